"""Two independent samples of a program, A and B, and those that take some inputs from the one, some from the other.

Sensitivity indices are made of these. A is the sample that every other answer draws from.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mcarbon.engine.accelerate import kernel
from mcarbon.engine.machine import Array, Copula, Steps, evaluate, fill_inputs, new_rows
from mcarbon.engine.program import Program
from mcarbon.engine.sampler import Plan, input_streams
from mcarbon.engine.streams import BLOCK, Streams
from mcarbon.engine.tables import Tables

Flags = npt.NDArray[np.bool_]


@kernel
def exchange_sums(
    a: Streams, b: Streams, tables: Tables, copula: Copula, steps: Steps, chain: int, length: int,
    members: npt.NDArray[np.int64], first: npt.NDArray[np.int64], needs: Flags, logs: Flags,
    parts: Array, counts: Array,
) -> None:  # fmt: skip
    """Add up what one chain of `length` draws says of exchanges between A and B.

    Exchange j takes the inputs `members[first[j]:first[j + 1]]`, and changes the outputs where `needs` (outputs, exchanges);
    each input is in one of them. With f an output, or its logarithm where `logs` (outputs,), `parts` (4, outputs, exchanges)
    takes sums over the draws at which all four values are finite: 2 (f(A) - f(A_i)) (f(B_i) - f(B)),
    (f(A) - f(A_i))**2 + (f(B) - f(B_i))**2, (f(A) - f(B))**2 + (f(A_i) - f(B_i))**2, and how many these are. `counts`
    (4, outputs): the sum of f(A) where it is finite, how often that is, and of all values those that are not finite, and
    those that have no logarithm.
    """
    outputs, exchanges = needs.shape
    sides = (new_rows(steps, len(members)), new_rows(steps, len(members)))
    whole = np.empty((len(sides), outputs, BLOCK))
    taken = np.empty((len(sides), outputs, BLOCK))
    u = np.empty(BLOCK)
    for block in range(-(-length // BLOCK)):
        stop = min(BLOCK, length - block * BLOCK)
        fill_inputs(a, tables, copula, chain, block, u, sides[0])
        fill_inputs(b, tables, copula, chain, block, u, sides[1])
        for j in range(-1, exchanges):
            if j >= 0:
                for k in members[first[j] : first[j + 1]]:
                    u[:] = sides[0][k]
                    sides[0][k] = sides[1][k]
                    sides[1][k] = u
            values = whole if j < 0 else taken
            for side in range(len(sides)):
                rows, done = sides[side], 0
                for k in range(outputs):
                    if j >= 0 and not needs[k, j]:
                        continue
                    evaluate(steps.code[done : steps.ends[k]], rows)
                    done = steps.ends[k]
                    y, f = rows[steps.outputs[k]], values[side, k]
                    bad, negative = 0, 0
                    for i in range(stop):
                        known = math.isfinite(y[i])
                        bad += not known
                        if logs[k]:
                            negative += known and y[i] <= 0.0
                            f[i] = math.log(y[i]) if known and y[i] > 0.0 else math.nan
                        else:
                            f[i] = y[i] if known else math.nan
                    counts[2, k] += bad
                    counts[3, k] += negative
            for k in range(outputs):
                if j < 0:
                    for i in range(stop):
                        if math.isfinite(whole[0, k, i]):
                            counts[0, k] += whole[0, k, i]
                            counts[1, k] += 1.0
                elif needs[k, j]:
                    product, square, between, used = 0.0, 0.0, 0.0, 0
                    for i in range(stop):
                        p, q = whole[0, k, i] - taken[0, k, i], whole[1, k, i] - taken[1, k, i]
                        r, s = whole[0, k, i] - whole[1, k, i], taken[0, k, i] - taken[1, k, i]
                        squares, across = p * p + q * q, r * r + s * s
                        if math.isfinite(squares) and math.isfinite(across):
                            product -= 2.0 * p * q
                            square += squares
                            between += across
                            used += 1
                    parts[0, k, j] += product
                    parts[1, k, j] += square
                    parts[2, k, j] += between
                    parts[3, k, j] += used
            if j >= 0:
                for k in members[first[j] : first[j + 1]]:
                    u[:] = sides[0][k]
                    sides[0][k] = sides[1][k]
                    sides[1][k] = u


@dataclass(frozen=True)
class Pair:
    """A program and a plan, each draw of which is to be taken twice, independently."""

    program: Program
    plan: Plan

    @cached_property
    def _sides(self) -> tuple[Streams, Streams]:
        return input_streams(self.program, self.plan), input_streams(self.program, self.plan, side=1)

    @cached_property
    def exchanges(self) -> tuple[tuple[int, ...], ...]:
        """The inputs by what can be exchanged between A and B: a correlated group whole, any other input alone."""
        copula = self.program.copula
        groups = [tuple(copula.members[start:end].tolist()) for start, end in itertools.pairwise(copula.first)]
        return tuple(sorted([*groups, *((int(k),) for k in np.flatnonzero(~copula.mixed))]))

    @cached_property
    def needs(self) -> Flags:
        """Which exchanges change which output: (outputs, exchanges)."""
        found = [self.program.needs[:, list(inputs)].any(axis=1) for inputs in self.exchanges]
        return np.array(found, dtype=np.bool_).reshape(len(found), self.program.n_drawn).T.copy()

    def sums(self, chain: int, logs: Flags) -> tuple[Array, Array]:
        """What the draws of a chain say of all exchanges: `parts` and `counts` of `exchange_sums`."""
        program = self.program
        parts, counts = np.zeros((4, *self.needs.shape)), np.zeros((4, program.n_drawn))
        members = np.array([k for inputs in self.exchanges for k in inputs], dtype=np.int64)
        first = np.cumsum([0, *map(len, self.exchanges)], dtype=np.int64)
        drawn = *self._sides, program.tables, program.copula, program.steps, chain, self.plan.length
        exchange_sums(*drawn, members, first, self.needs, logs, parts, counts)
        return parts, counts
