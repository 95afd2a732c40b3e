"""Ratios that are none: where the second of the two sides that a quantity compares is exactly 0 in every draw."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from mcarbon.engine.graph import Constant, Graph, drawn
from mcarbon.engine.program import Cells, Target, as_cells, compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.engine.smoothed import Counted
from mcarbon.engine.tables import SIDE, quantile_table
from mcarbon.reading.model import Key, Model
from mcarbon.results import NoRatio
from mcarbon.study import InputEntry


def without_ratio(model: Model, targets: Sequence[Target], plan: Plan) -> dict[int, Target]:
    """The places of targets that have no ratio, each with its first side, which stands in for it."""
    suspected = _second_sides_of_zero(model, as_cells(targets))
    doubtful = [k for k, certain in suspected.items() if not certain]
    zero = [k for k, certain in suspected.items() if certain]
    sides = {k: _sides(model, targets[k]) for k in suspected}
    if doubtful:
        # A side that is not 0 for one set of values is not always 0; what is left is drawn, to make sure.
        program = compile_program(model, [sides[k][1] for k in doubtful])
        tally = Sampler(program, plan).count()
        always = [tally.output(n).range == (0.0, 0.0) and not tally.output(n).not_finite for n in range(program.n_drawn)]
        zero += [k for k, n in zip(doubtful, program.output_of) if always[n]]
    return {k: sides[k][0] for k in sorted(zero)}


@lru_cache(maxsize=8)
def _second_sides_of_zero(model: Model, cells: Cells) -> dict[int, bool]:
    """The places of ratios whose second side is 0 where all inputs are at their medians, and whether it is 0 anyway."""

    def median(name: str, key: Key, entry: InputEntry) -> float:
        prior = model.study.prior_of(entry)
        if prior is None:
            return float(entry.value or 0.0)
        return float(quantile_table(prior).cubics[SIDE - 1, 0]) * model.prior_factors.get((name, key), 1.0)

    at_medians, under_priors = Graph(model, median), Graph(model, drawn)
    found = {}
    for k, (name, at) in enumerate(cells):
        sides = _sides(model, (name, dict(at)))
        if sides and at_medians.vertices[at_medians.cell(*sides[1])] == Constant(0.0):
            found[k] = under_priors.vertices[under_priors.cell(*sides[1])] == Constant(0.0)
    return found


def _sides(model: Model, target: Target) -> list[Target]:
    """The two sides that a quantity compares, at its own coordinates; none where it compares none."""
    name, at = target
    record = model.study.quantities.get(name)
    return [(side, at) for side in record.sides.values()] if record and record.sides else []


def amount(model: Model, quantity: str, first: Target, output: Counted) -> NoRatio:
    """What a quantity without a ratio shows: the draws of its first side."""
    label = next(iter(model.study.quantities[quantity].sides or {"": ""}))
    record = model.study.quantities.get(first[0]) or model.study.inputs[first[0]]
    low, middle, high = output.quantiles([0.05, 0.5, 0.95])
    return NoRatio(label, float(middle), record.unit, float(low), float(high))
