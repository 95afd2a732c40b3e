"""What must be said of an answer beside its figures: of priors cut to other ones, and of groups with nothing between."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from mcarbon.answers.cut_priors import cut_prior_alarms
from mcarbon.answers.modes import gap, tellers
from mcarbon.engine.graph import Graph, drawn
from mcarbon.engine.program import InputCell, Target, compile_program
from mcarbon.engine.replay import Cell, cells_under, targets_of
from mcarbon.engine.sampler import Sampler
from mcarbon.families import Mixture
from mcarbon.families.discrete import Discrete, Empirical
from mcarbon.moments.marginals import LOOKS
from mcarbon.reading.model import Model
from mcarbon.words.alarms import split_by


def alarms(model: Model, targets: Sequence[Target]) -> list[tuple[str, ...]]:
    """What must be said of each of these cells."""
    return list(_alarms(model, tuple((name, tuple(at.items())) for name, at in targets)))


@lru_cache(maxsize=32)
def _alarms(model: Model, cells: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]) -> tuple[tuple[str, ...], ...]:
    """As `alarms`. Remembered: of the same priors and formulas it is the same, however many draws are made."""
    graph = Graph(model, drawn)
    nodes = [graph.cell(name, dict(at)) for name, at in cells]
    found: dict[int, tuple[str, ...]] = {}
    for node, (name, at) in zip(nodes, cells):
        if node not in found:
            under = cells_under(graph, node)
            cut = tuple(said for cell in under for said in cut_prior_alarms(model, cell))
            found[node] = cut + _split(model, (name, dict(at)), under)
    return tuple(found[node] for node in nodes)


def _split(model: Model, target: Target, under: list[Cell]) -> tuple[str, ...]:
    """Where an answer falls into groups, and a prior of several values or components is what makes them."""
    study = model.study
    cells = [(cell, study.inputs[cell[0]]) for cell in under]
    priors = {cell: study.prior_of(record.entry(dict(zip(record.axes, cell[1])))) for cell, record in cells}
    asked = [cell for cell, prior in priors.items() if isinstance(prior, Discrete | Empirical | Mixture)]
    if not asked:
        return ()
    program = compile_program(model, [target, *targets_of(model, asked)])
    draws = np.empty((program.n_drawn, LOOKS.length))
    Sampler(program, LOOKS).keep(0, draws)
    values, *others = draws[list(program.output_of)]
    found = gap(values)
    if found is None:
        return ()
    names = tellers(values, found, {InputCell(*cell, 0).label: of for cell, of in zip(asked, others)})
    record = study.quantities.get(target[0]) or study.inputs[target[0]]
    return split_by(names, found.share, found.below, found.above, record.unit) if names else ()
