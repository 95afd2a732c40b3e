"""The median of a quantity with one input held at its 5 % and at its 95 %, all others uncertain: what a tornado shows.

Inputs that are correlated with the one that is held follow it: their normals are drawn given its.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from mcarbon.engine import exchange
from mcarbon.engine.program import Program
from mcarbon.engine.sampler import Plan, input_streams, on_threads
from mcarbon.engine.streams import BLOCK
from mcarbon.engine.tally import standard_error

Array = npt.NDArray[np.float64]

HELD = (0.05, 0.95)
DRAWS = 2**14
"""At most, of each median."""


@dataclass(frozen=True, slots=True, eq=False)
class Medians:
    """The medians (inputs, 2) of one output with each of `inputs` (their places in the program) held, and their errors.

    NaN where no draw is finite.
    """

    inputs: tuple[int, ...]
    medians: Array
    errors: Array


def held_medians(program: Program, plan: Plan, threads: int | None = None) -> Medians:
    """The medians of a program's one output with each input that it needs held at its 5 % and at its 95 %."""
    assert program.n_drawn == 1
    plan = replace(plan, length=min(plan.length, max(BLOCK, DRAWS // plan.replicates)))
    inputs = np.flatnonzero(program.needs[0])
    matrix = exchange.correlations(program.copula)
    followers = {int(k): [int(j) for j in inputs if j != k and matrix[j, k]] for k in inputs}
    sides = [input_streams(program, plan, side=side) for side in (0, 1)]
    shape = (len(program.inputs), BLOCK)

    def draws(chain: int) -> Array:
        values = np.empty((len(inputs), 2, plan.blocks * BLOCK))
        drawn, unused = np.empty(shape), np.empty(shape)
        for block in range(plan.blocks):
            exchange.both_sides(*sides, program.tables, program.copula, chain, block, drawn, unused)
            base = drawn.copy()
            for mixed in np.flatnonzero(program.copula.mixed):
                exchange.from_normals(program.tables, mixed, drawn[mixed], base[mixed])
            for row, k in enumerate(followers):
                for side, z in enumerate(ndtri(HELD)):
                    rows = base.copy()
                    exchange.from_normals(program.tables, k, np.full(BLOCK, z), rows[k])
                    for j in followers[k]:
                        exchange.from_normals(program.tables, j, drawn[j] + matrix[j, k] * (z - drawn[k]), rows[j])
                    exchange.from_inputs(program.steps, rows, values[row, side, block * BLOCK : (block + 1) * BLOCK])
        return values[:, :, : plan.length]

    by_chain = np.array(list(on_threads(draws, range(plan.replicates), threads)))
    medians, errors = np.full((2, len(inputs), 2), np.nan)
    for at in np.ndindex(medians.shape):
        medians[at], errors[at] = _median(by_chain[:, *at])
    return Medians(tuple(followers), medians, errors)


def _median(by_chain: Array) -> tuple[float, float]:
    """The median of the finite draws (replicates, n), and its error: that of the replicates' shares below, carried back."""
    finite = np.isfinite(by_chain)
    if not finite.any(axis=1).all():
        return np.nan, np.nan
    draws = by_chain[finite]
    middle = float(np.quantile(draws, 0.5, method="hazen"))
    below = np.where(finite, (by_chain < middle) + (by_chain == middle) / 2, 0.0)
    # A share is known to a draw's width at best, as in `OutputTally.carried`.
    error = max(float(standard_error(below.sum(axis=1) / finite.sum(axis=1))), np.sqrt(len(by_chain) / 12) / draws.size)
    low, high = np.quantile(draws, [max(0.5 - error, 0.0), min(0.5 + error, 1.0)], method="hazen")
    return middle, float(high - low) / 2
