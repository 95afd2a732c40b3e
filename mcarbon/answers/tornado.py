"""The median of a quantity with one input held at its 5 % and at its 95 %, all others uncertain: what a tornado shows.

Inputs that are correlated with the one that is held follow it: their normals are drawn given its.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from mcarbon.engine import exchange
from mcarbon.engine.held import Held
from mcarbon.engine.program import Target
from mcarbon.engine.sampler import Plan, input_streams, on_threads
from mcarbon.engine.smoothed import values_at
from mcarbon.engine.streams import BLOCK
from mcarbon.engine.tables import stack_tables
from mcarbon.reading.model import Model

Array = npt.NDArray[np.float64]

HELD = (0.05, 0.95)
DRAWS = 2**14
"""At most, of each median."""


@dataclass(frozen=True, slots=True, eq=False)
class Medians:
    """The medians (inputs, 2) of one output with each of `inputs` (their labels) held, and their errors.

    NaN where no draw is finite.
    """

    inputs: tuple[str, ...]
    medians: Array
    errors: Array


def held_medians(model: Model, target: Target, plan: Plan, threads: int | None = None) -> Medians:
    """The medians of a cell with each input that it needs held at its 5 % and at its 95 %."""
    plan = replace(plan, length=min(plan.length, max(BLOCK, DRAWS // plan.replicates)))
    held = Held(model, target, plan, threads)
    found: dict[str, list[tuple[float, float]]] = {}
    for factor in held.factors:
        rest = held.without(factor.label)
        if rest is None:
            found[factor.label] = _drawn(held.plain, factor.label)
        else:
            median, error = rest.quantiles([0.5])[0], rest.quantile_errors([0.5])[0]
            powers = (values_at(stack_tables([factor.table]), 0, HELD) * factor.scale) ** factor.degree
            found[factor.label] = [(float(median * power), float(error * power)) for power in powers]
    found |= {label: _drawn(held, label) for label in held.places}
    figures = np.array(list(found.values())).reshape(len(found), 2, 2)
    return Medians(tuple(found), figures[:, :, 0], figures[:, :, 1])


def _drawn(held: Held, label: str) -> list[tuple[float, float]]:
    """The medians with an input held that is among what is drawn."""
    place = held.places[label]
    if held.program.copula.mixed[place]:
        return [held.median(draws) for draws in _followed(held, place)]
    return [held.median(draws) for draws in held.draws([place] * 2, values_at(held.program.tables, place, HELD))]


def _followed(held: Held, place: int) -> Array:
    """What is drawn (2, replicates, draws) with a correlated input held, and those that are correlated with it following."""
    program, plan = held.program, held.plan
    matrix = exchange.correlations(program.copula)
    followers = [j for j in held.places.values() if j != place and matrix[j, place]]
    sides = [input_streams(program, plan, side=side) for side in (0, 1)]
    shape = (len(program.inputs), BLOCK)

    def draws(chain: int) -> Array:
        values = np.empty((2, plan.blocks * BLOCK))
        drawn, unused = np.empty(shape), np.empty(shape)
        for block in range(plan.blocks):
            exchange.both_sides(*sides, program.tables, program.copula, chain, block, drawn, unused)
            base = drawn.copy()
            for mixed in np.flatnonzero(program.copula.mixed):
                exchange.from_normals(program.tables, mixed, drawn[mixed], base[mixed])
            for side, z in enumerate(ndtri(HELD)):
                rows = base.copy()
                exchange.from_normals(program.tables, place, np.full(BLOCK, z), rows[place])
                for j in followers:
                    normals = drawn[j] + matrix[j, place] * (z - drawn[place])
                    exchange.from_normals(program.tables, j, normals, rows[j])
                exchange.from_inputs(program.steps, rows, values[side, block * BLOCK : (block + 1) * BLOCK])
        return values[:, : plan.length]

    return np.stack(list(on_threads(draws, range(plan.replicates), held.threads)), axis=1)
