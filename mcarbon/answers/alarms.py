"""What must be said of an answer beside its figures: of priors cut to other ones, and of groups with nothing between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from mcarbon.answers.cut_priors import cut_prior_alarms
from mcarbon.answers.modes import gap, tellers
from mcarbon.engine.graph import Graph, drawn
from mcarbon.engine.program import InputCell, Target, compile_program
from mcarbon.engine.replay import Array, Cell, cells_under, targets_of
from mcarbon.engine.sampler import Sampler
from mcarbon.families import Mixture
from mcarbon.families.discrete import Discrete, Empirical
from mcarbon.moments.marginals import LOOKS
from mcarbon.reading.model import Model
from mcarbon.words.alarms import split_by

TOGETHER = 128
"""Cells that are drawn at a time."""


def alarms(model: Model, targets: Sequence[Target]) -> list[tuple[str, ...]]:
    """What must be said of each of these cells."""
    return list(_alarms(model, tuple((name, tuple(at.items())) for name, at in targets)))


@lru_cache(maxsize=32)
def _alarms(model: Model, cells: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]) -> tuple[tuple[str, ...], ...]:
    """As `alarms`. Remembered: of the same priors and formulas it is the same, however many draws are made."""
    graph = Graph(model, drawn)
    nodes = [graph.cell(name, dict(at)) for name, at in cells]
    under = {node: cells_under(graph, node) for node in dict.fromkeys(nodes)}
    targets = {node: (name, dict(at)) for node, (name, at) in zip(nodes, cells)}
    found = {
        node: tuple(said for cell in beneath for said in cut_prior_alarms(model, cell)) for node, beneath in under.items()
    }
    several = {cell for beneath in under.values() for cell in beneath if _has_several(model, cell)}
    asked = [node for node, beneath in under.items() if not several.isdisjoint(beneath)]
    for start in range(0, len(asked), TOGETHER):
        some = asked[start : start + TOGETHER]
        beside = [cell for cell in several if any(cell in under[node] for node in some)]
        program = compile_program(model, [*(targets[node] for node in some), *targets_of(model, beside)])
        draws = np.empty((program.n_drawn, LOOKS.length))
        Sampler(program, LOOKS).keep(0, draws)
        values = dict(zip([*some, *beside], (draws[output] for output in program.output_of)))
        for node in some:
            inputs = {InputCell(*cell, 0).label: values[cell] for cell in under[node] if cell in several}
            found[node] += _split(model, targets[node][0], values[node], inputs)
    return tuple(found[node] for node in nodes)


def _has_several(model: Model, cell: Cell) -> bool:
    """Whether an input's prior is of several values or components."""
    record = model.study.inputs[cell[0]]
    prior = model.study.prior_of(record.entry(dict(zip(record.axes, cell[1]))))
    return isinstance(prior, Discrete | Empirical | Mixture)


def _split(model: Model, name: str, values: Array, inputs: Mapping[str, Array]) -> tuple[str, ...]:
    """Where an answer falls into groups, and one of these inputs is what makes them."""
    found = gap(values)
    names = () if found is None else tellers(values, found, inputs)
    if found is None or not names:
        return ()
    record = model.study.quantities.get(name) or model.study.inputs[name]
    return split_by(names, found.share, found.below, found.above, record.unit)
