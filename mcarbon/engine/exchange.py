"""Kernels that evaluate a program where some inputs are drawn again, the others kept: all subsets, or one path to all.

A block has two sides. Of an input that is correlated with none they are two values. Of correlated inputs the first side
has the correlated normals, the second independent ones, of which any of them are drawn again given the others.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mcarbon.engine.accelerate import kernel
from mcarbon.engine.machine import Copula, Steps, evaluate, look_up, mix_normals, new_rows
from mcarbon.engine.streams import BLOCK, Streams, uniform_block
from mcarbon.engine.tables import Tables

Array = npt.NDArray[np.float64]
Orders = npt.NDArray[np.int64]

LANES = 16
"""Draws that are transformed together: their corners stay in the second cache."""


class Redrawn(NamedTuple):
    """The inputs that are drawn again, by their rows.

    `alone` (m,): those that are correlated with none. `together` (n,): the others, group after group. For each subset of
    `together`, as bits of a number, `mixes[subset]` (n, 2 n) makes their normals of those of the first side and of
    the second. An input that is in neither is not needed.
    """

    alone: npt.NDArray[np.int64]
    together: npt.NDArray[np.int64]
    mixes: Array


@kernel
def both_sides(
    a: Streams, b: Streams, tables: Tables, copula: Copula, chain: int, block: int, first: Array, second: Array
) -> None:
    """Fill one block of both sides (inputs, BLOCK): values, or the normals of inputs that are correlated."""
    u = np.empty(BLOCK)
    for k in range(a.keys.shape[1]):
        for streams, rows in ((a, first), (b, second)):
            uniform_block(streams, k, chain, block, u)
            if copula.mixed[k]:
                look_up(copula.normal, 0, u, rows[k])
            else:
                look_up(tables, k, u, rows[k])
    for g in range(len(copula.first) - 1):
        members = copula.members[copula.first[g] : copula.first[g + 1]]
        mix_normals(copula.factors[copula.factor_first[g] : copula.factor_first[g + 1]], members, first)


@kernel
def from_normals(tables: Tables, k: int, z: Array, x: Array) -> None:
    """Map a row of standard normals (BLOCK,) to the values of input `k`."""
    u = np.empty(BLOCK)
    for i in range(BLOCK):
        u[i] = 0.5 * math.erfc(-z[i] * math.sqrt(0.5))
    look_up(tables, k, u, x)


@kernel
def from_inputs(steps: Steps, inputs: Array, values: Array) -> None:
    """The first output (BLOCK,) of given values of all inputs (inputs, BLOCK)."""
    rows = new_rows(steps, len(inputs))
    rows[: len(inputs)] = inputs
    evaluate(steps.code[: steps.ends[0]], rows)
    values[:] = rows[steps.outputs[0]]


def correlations(copula: Copula) -> Array:
    """The correlations of all inputs' normals (inputs, inputs)."""
    matrix = np.eye(len(copula.mixed))
    for group, triangle in zip(itertools.pairwise(copula.first), itertools.pairwise(copula.factor_first)):
        members = copula.members[slice(*group)]
        factor = np.zeros((len(members), len(members)))
        factor[np.tril_indices(len(members))] = copula.factors[slice(*triangle)]
        matrix[np.ix_(members, members)] = factor @ factor.T
    return matrix


@kernel
def corners(tables: Tables, steps: Steps, redrawn: Redrawn, first: Array, second: Array, values: Array) -> None:
    """The first output where each subset of inputs is drawn again: `values` (subsets, BLOCK).

    A subset's number has the bits of `alone` first, then those of `together`. From one subset of `alone` to the next, in
    the order of Gray's code, one row changes.
    """
    rows = new_rows(steps, len(first))
    alone, together = redrawn.alone, redrawn.together
    code, output = steps.code[: steps.ends[0]], steps.outputs[0]
    z = np.empty(BLOCK)
    for subset in range(len(redrawn.mixes)):
        for r in range(len(together)):
            z[:] = 0.0
            for c in range(len(together)):
                kept, new = redrawn.mixes[subset, r, c], redrawn.mixes[subset, r, len(together) + c]
                old, other = first[together[c]], second[together[c]]
                for i in range(BLOCK):
                    z[i] = z[i] + kept * old[i] + new * other[i]
            from_normals(tables, together[r], z, rows[together[r]])
        for k in alone:
            rows[k] = first[k]
        gray = 0
        for step in range(1 << len(alone)):
            if step > 0:
                bit = 0
                while not (step >> bit) & 1:
                    bit += 1
                gray ^= 1 << bit
                k = alone[bit]
                rows[k] = second[k] if (gray >> bit) & 1 else first[k]
            evaluate(code, rows)
            values[(subset << len(alone)) + gray] = rows[output]


@kernel
def add_walsh(values: Array, good: npt.NDArray[np.bool_], apart: Array, joint: Array) -> None:
    """Add over the good draws the squares of differences and of sums of Walsh coefficients.

    `values` (groups, corners, draws). With w the Walsh transform over the corners, divided by their number, `apart` and
    `joint` (groups, corners) take (w[0] - w[g])**2 and (w[0] + w[g])**2.
    """
    groups, size, draws = values.shape
    w = np.empty((size, LANES))
    base = np.empty((size, LANES))
    for start in range(0, draws, LANES):
        lanes = min(LANES, draws - start)
        for g in range(groups):
            for v in range(size):
                for i in range(LANES):
                    w[v, i] = values[g, v, start + i] / size if i < lanes and good[start + i] else 0.0
            half = 1
            while half < size:
                for left in range(0, size, 2 * half):
                    for v in range(left, left + half):
                        for i in range(LANES):
                            x, y = w[v, i], w[v + half, i]
                            w[v, i] = x + y
                            w[v + half, i] = x - y
                half *= 2
            if g == 0:
                base[:] = w
            for v in range(size):
                d = 0.0
                s = 0.0
                for i in range(LANES):
                    d += (base[v, i] - w[v, i]) ** 2
                    s += (base[v, i] + w[v, i]) ** 2
                apart[g, v] += d
                joint[g, v] += s


@kernel
def path(steps: Steps, redrawn: Redrawn, first: Array, second: Array, stages: Array, order: Orders, values: Array) -> None:
    """The first output along each draw's own path: `values` (players + 1, BLOCK), from none drawn again to all.

    `order` (players, BLOCK) is which input is drawn again next: a place in `alone`, or past its end in `together`.
    `stages` (n + 1, n, BLOCK) has the values of `together` where so many of them are drawn again.
    """
    m, together = len(redrawn.alone), redrawn.together
    rows = new_rows(steps, len(first))
    rows[: len(first)] = first
    for c in range(len(together)):
        rows[together[c]] = stages[0, c]
    code, output = steps.code[: steps.ends[0]], steps.outputs[0]
    done = np.zeros(BLOCK, np.int64)
    evaluate(code, rows)
    values[0] = rows[output]
    for step in range(len(order)):
        for i in range(BLOCK):
            player = order[step, i]
            if player < m:
                rows[redrawn.alone[player], i] = second[redrawn.alone[player], i]
            else:
                done[i] += 1
                for c in range(len(together)):
                    rows[together[c], i] = stages[done[i], c, i]
        evaluate(code, rows)
        values[step + 1] = rows[output]


@kernel
def uniforms(streams: Streams, chain: int, block: int, u: Array) -> None:
    """Fill `u` (inputs, BLOCK) with the uniforms of one block."""
    for k in range(len(u)):
        uniform_block(streams, k, chain, block, u[k])
