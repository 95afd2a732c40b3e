"""Ratios that are none: where the second of the two sides that a quantity compares is exactly 0 in every draw."""

from __future__ import annotations

from collections.abc import Sequence

from mcarbon.engine.graph import Constant, Graph
from mcarbon.engine.program import Target, compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.engine.smoothed import Counted
from mcarbon.engine.tables import SIDE, quantile_table
from mcarbon.reading.model import Key, Model
from mcarbon.results import NoRatio
from mcarbon.study import InputEntry


def without_ratio(model: Model, targets: Sequence[Target], plan: Plan) -> dict[int, Target]:
    """The places of targets that have no ratio, each with its first side, which stands in for it."""

    def some_value(name: str, key: Key, entry: InputEntry) -> float:
        prior = model.study.prior_of(entry)
        if prior is None:
            return float(entry.value or 0.0)
        return float(quantile_table(prior).cubics[SIDE - 1, 0]) * model.prior_factors.get((name, key), 1.0)

    # A side that is not 0 for one set of values is not always 0; what is left is drawn, to make sure.
    graph = Graph(model, some_value)
    sides = {
        k: [(side, at) for side in record.sides.values()]
        for k, (name, at) in enumerate(targets)
        if (record := model.study.quantities.get(name)) and record.sides
    }
    zero = [k for k, (_, second) in sides.items() if graph.vertices[graph.cell(*second)] == Constant(0.0)]
    if not zero:
        return {}
    program = compile_program(model, [sides[k][1] for k in zero])
    tally = Sampler(program, plan).count()
    always = [tally.output(n).range == (0.0, 0.0) and not tally.output(n).not_finite for n in range(program.n_drawn)]
    return {k: sides[k][0] for k, n in zip(zero, program.output_of) if always[n]}


def amount(model: Model, quantity: str, first: Target, output: Counted) -> NoRatio:
    """What a quantity without a ratio shows: the draws of its first side."""
    label = next(iter(model.study.quantities[quantity].sides or {"": ""}))
    record = model.study.quantities.get(first[0]) or model.study.inputs[first[0]]
    low, middle, high = output.quantiles([0.05, 0.5, 0.95])
    return NoRatio(label, float(middle), record.unit, float(low), float(high))
