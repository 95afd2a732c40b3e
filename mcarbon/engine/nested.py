"""Draws within draws: for each draw of what is not known, a whole population of what varies.

Each chain has its own draws of the unknown, the outer ones, and its own population, which is the same at every outer
draw: what differs between two outer draws is then the doing of what is unknown, and no noise. Both are the draws that any
answer has, by (method, seed, chain, input, draw number); an input has only one of the two.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mcarbon.engine.accelerate import kernel
from mcarbon.engine.exchange import correlations
from mcarbon.engine.machine import Array, Copula, Steps, correlate, evaluate, look_up, new_rows
from mcarbon.engine.program import Program
from mcarbon.engine.sampler import Plan, input_streams
from mcarbon.engine.streams import BLOCK, Streams, uniform_block
from mcarbon.engine.tables import Tables

Mask = npt.NDArray[np.bool_]


@kernel
def _drawn(
    streams: Streams, tables: Tables, copula: Copula, wanted: Mask, chain: int, block: int, u: Array, rows: Array
) -> None:
    """Fill one block of the wanted inputs: their values, or the independent normals of those that are correlated."""
    for k in range(len(wanted)):
        if wanted[k]:
            uniform_block(streams, k, chain, block, u)
            if copula.mixed[k]:
                look_up(copula.normal, 0, u, rows[k])
            else:
                look_up(tables, k, u, rows[k])


@kernel
def keep_nested(
    outer: Streams, inner: Streams, tables: Tables, copula: Copula, steps: Steps, varies: Mask,
    outer_chain: int, inner_chain: int, first: int, draws: Array,
) -> None:  # fmt: skip
    """Write outputs to `draws` (outer draws from number `first` on, outputs, inner draws).

    Inputs that vary have the draws of `inner` in its chain, the others those of `outer` in its own. Of a correlated group
    the members that do not vary come first, so that the others are drawn given them.
    """
    n_inputs = len(varies)
    unknown = ~varies
    rows = new_rows(steps, n_inputs)
    u = np.empty(BLOCK)
    held = np.empty((n_inputs, BLOCK))
    normals = np.empty((n_inputs, BLOCK))
    outers, _, length = draws.shape
    last = first + outers
    for held_block in range(first // BLOCK, -(-last // BLOCK)):
        _drawn(outer, tables, copula, unknown, outer_chain, held_block, u, held)
        begin, end = max(first, held_block * BLOCK), min(last, (held_block + 1) * BLOCK)
        for block in range(-(-length // BLOCK)):
            # What is not correlated stays in its row, since steps write to none of the inputs'.
            _drawn(inner, tables, copula, varies, inner_chain, block, u, rows)
            normals[:] = rows[:n_inputs]
            start = block * BLOCK
            stop = min(start + BLOCK, length)
            for j in range(begin, end):
                for k in range(n_inputs):
                    if not varies[k]:
                        rows[k] = held[k, j - held_block * BLOCK]
                    elif copula.mixed[k]:
                        rows[k] = normals[k]
                correlate(tables, copula, u, rows)
                done = 0
                for output in range(len(steps.outputs)):
                    evaluate(steps.code[done : steps.ends[output]], rows)
                    done = steps.ends[output]
                    draws[j - first, output, start:stop] = rows[steps.outputs[output], : stop - start]


@dataclass(frozen=True)
class Nested:
    """A program of which the inputs that `varies` (inputs,) marks are drawn anew within each draw of the others.

    `outer` and `inner` have the same method, seed and replicates.
    """

    program: Program
    varies: Mask
    outer: Plan
    inner: Plan

    @cached_property
    def unknown(self) -> Mask:
        """Which unknown inputs an output rests on (outputs, inputs): those that what varies is correlated with too."""
        needs, copula = self.program.needs, self.program.copula
        found = np.array(needs & ~self.varies)
        for start, stop in itertools.pairwise(copula.first):
            group = np.zeros(len(self.varies), np.bool_)
            group[copula.members[start:stop]] = True
            is_moved = np.any(needs & group & self.varies, axis=1)
            found |= np.outer(is_moved, group & ~self.varies)
        return found

    @cached_property
    def _streams(self) -> tuple[Streams, Streams]:
        return input_streams(self.program, self.outer), input_streams(self.program, self.inner)

    @cached_property
    def _copula(self) -> Copula:
        return _unknown_first(self.program.copula, self.varies)

    def keep(self, outer_chain: int, inner_chain: int, first: int, last: int) -> Array:
        """The outputs at the outer draws [first, last) of a chain with a chain's population: (outer, outputs, inner)."""
        program = self.program
        draws = np.empty((last - first, program.n_drawn, self.inner.length))
        keep_nested(
            *self._streams, program.tables, self._copula, program.steps, self.varies,
            outer_chain, inner_chain, first, draws,
        )  # fmt: skip
        return draws


def _unknown_first(copula: Copula, varies: Mask) -> Copula:
    """The same correlations with the members of each group in another order: first those that do not vary."""
    matrix = correlations(copula)
    members: list[Sequence[int]] = []
    factors: list[Array] = [np.empty(0)]
    for start, stop in itertools.pairwise(copula.first):
        group = sorted(copula.members[start:stop].tolist(), key=lambda k: bool(varies[k]))
        members.append(group)
        cholesky = np.asarray(np.linalg.cholesky(matrix[np.ix_(group, group)]), dtype=np.float64)
        factors.append(cholesky[np.tril_indices(len(group))])
    return copula._replace(
        members=np.array([k for group in members for k in group], dtype=np.int32), factors=np.concatenate(factors)
    )
