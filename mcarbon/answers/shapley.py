"""Shapley effects of a program's output: its variance divided among inputs, interactions and correlations too.

The effect of an input is its Shapley value where a set S of inputs is worth T(S) = E[Var(y | the inputs not in S)] (Owen
2014, doi 10.1137/130936233; Song, Nelson and Staum 2016, doi 10.1137/15M1048070). T(S) is half the mean squared
difference between y and the y where S is drawn again given the others. Correlated inputs are drawn again as normals,
given the other normals of their copula. Effects sum to 1 by construction, correlated inputs have one each, and of
independent inputs none is below 0.

On the log scale a pure factor has its own variance, and is not drawn. Up to `MOST_EXACT` other inputs all subsets are
drawn again. Of independent inputs each draw then stands for all 2**(k - 1) pairs of opposite corners of a cube: by their
Walsh transform, a sum of squares, at one evaluation a corner. Beyond that every draw walks through an order of the inputs
and through its reverse (Castro, Gomez and Tejada 2009, doi 10.1016/j.cor.2008.04.004), as Goda (2021, doi
10.1016/j.ress.2021.107702) does for independent inputs: 2 (k + 1) evaluations a draw.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from mcarbon.answers.indices import Scale, linearised
from mcarbon.engine import exchange
from mcarbon.engine.exchange import Redrawn
from mcarbon.engine.program import Program
from mcarbon.engine.sampler import Plan, input_streams, on_threads
from mcarbon.engine.smoothed import ACCURACY, Factor, log_deviation
from mcarbon.engine.streams import BLOCK, Streams
from mcarbon.engine.tally import standard_error

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
How = Literal["subsets", "permutations"]

MOST_EXACT = 8
"""Inputs of which all subsets are drawn again; of more, random orders are known as well for less work."""
MOST_EVALUATIONS = 2**22
"""Of all subsets together: a chain is cut short to it, but not below a block."""
MOST_CORRELATED = 64
"""Inputs that are correlated, in one quantity: random orders solve for all of them, again and again."""
SHARED = 8
"""Draws that have the order of their correlated inputs in common, so that their normals are solved for together."""


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """The Shapley effects of one output, `effects` for each of `inputs` (their labels).

    `deviations` (replicates, inputs): what each replicate says apart from the pooled effect, to first order; no effect is
    known better than to `accuracy`. `draws` tells how many there are, `left_out` how many of them have no value for some
    subset.
    """

    how: How
    inputs: tuple[str, ...]
    effects: Array
    deviations: Array
    draws: int
    left_out: int
    accuracy: float = 0.0

    @property
    def error(self) -> Array:
        """The standard errors of `effects`."""
        return np.hypot(standard_error(self.deviations), self.accuracy)


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The variance of what is drawn of an output, parted among `inputs`: `sums` (chains, inputs) over `used` draws."""

    how: How
    inputs: tuple[str, ...]
    sums: Array
    used: Array
    plan: Plan

    def effects(self, factors: Sequence[Factor] = ()) -> Effects:
        """The effects, beside pure factors that were not drawn, each of which adds its own variance to a logarithm."""
        known = np.array([(factor.degree * log_deviation(factor.table)) ** 2 for factor in factors])
        parts = np.concatenate([self.sums, np.outer(self.used, known)], axis=1)
        effects, deviations = linearised(parts, parts.sum(axis=1, keepdims=True))
        return Effects(
            how=self.how,
            inputs=(*self.inputs, *(factor.label for factor in factors)),
            effects=effects,
            deviations=deviations,
            draws=self.plan.draws,
            left_out=self.plan.draws - int(self.used.sum()),
            accuracy=ACCURACY if factors else 0.0,
        )


def variance_parts(program: Program, plan: Plan, scale: Scale, threads: int | None = None) -> Parts | None:
    """The variance of what a program draws, which is one output, in parts; None where too many inputs are correlated."""
    assert program.n_drawn == 1
    needed = program.needs[0]
    mixed = program.copula.mixed
    alone, together = np.flatnonzero(needed & ~mixed), np.flatnonzero(needed & mixed)
    if len(together) > MOST_CORRELATED:
        return None
    labels = tuple(program.inputs[k].label for k in (*alone, *together))
    players = len(labels)
    how: How = "subsets" if players <= MOST_EXACT else "permutations"
    if not players:
        return Parts(how, labels, np.zeros((plan.replicates, 0)), np.full(plan.replicates, float(plan.length)), plan)
    if how == "subsets":
        length = max(BLOCK, MOST_EVALUATIONS // (plan.replicates << players))
        plan = replace(plan, length=min(plan.length, length))
    normals = exchange.correlations(program.copula)[np.ix_(together, together)]
    draw = _Draw(program, plan, Redrawn(alone, together, _mixes(normals if how == "subsets" else normals[:0, :0])), normals)
    work = draw.by_subsets if how == "subsets" else draw.by_permutations
    chains = list(on_threads(lambda chain: work(chain, scale), range(plan.replicates), threads))
    return Parts(how, labels, np.array([parts for parts, _ in chains]), np.array([float(used) for _, used in chains]), plan)


@dataclass(frozen=True)
class _Draw:
    """A program, a plan, and what is drawn again: by chain, the parts of the variance in the order of the players."""

    program: Program
    plan: Plan
    redrawn: Redrawn
    normals: Array

    @cached_property
    def _both(self) -> tuple[Streams, Streams]:
        return input_streams(self.program, self.plan), input_streams(self.program, self.plan, side=1)

    @cached_property
    def _orders(self) -> Streams:
        return input_streams(self.program, self.plan, side=2)

    def _sides(self, chain: int, block: int) -> tuple[Array, Array]:
        program, shape = self.program, (len(self.program.inputs), BLOCK)
        first, second = np.empty(shape), np.empty(shape)
        exchange.both_sides(*self._both, program.tables, program.copula, chain, block, first, second)
        return first, second

    def _good(self, values: Array, block: int, scale: Scale) -> npt.NDArray[np.bool_]:
        """Whether each draw has a value everywhere; on the log scale, logarithms are taken in place."""
        with np.errstate(all="ignore"):
            if scale == "log":
                np.log(values, out=values)
            good = np.asarray(np.isfinite(values).all(axis=0), dtype=np.bool_)
        good[self.plan.length - block * BLOCK :] = False
        return good

    def by_subsets(self, chain: int, scale: Scale) -> tuple[Array, int]:
        """From all subsets: parts, and the draws that these are of."""
        program = self.program
        alone, together = len(self.redrawn.alone), len(self.redrawn.together)
        values = np.empty((1 << alone + together, BLOCK))
        apart, joint = np.zeros((2, 1 << together, 1 << alone))
        used = 0
        for block in range(self.plan.blocks):
            exchange.corners(program.tables, program.steps, self.redrawn, *self._sides(chain, block), values)
            good = self._good(values, block, scale)
            used += int(np.count_nonzero(good))
            exchange.add_walsh(values.reshape(1 << together, 1 << alone, BLOCK), good, apart, joint)
        # A subset of those alone changes the sign of the coefficients with which it shares an odd number of inputs.
        worth = (apart.sum(axis=1, keepdims=True) + _walsh(apart) + joint.sum(axis=1, keepdims=True) - _walsh(joint)) / 4
        return shapley_values(worth.ravel()), used

    def by_permutations(self, chain: int, scale: Scale) -> tuple[Array, int]:
        """From an order and its reverse for each draw: parts, and the draws that these are of."""
        program, redrawn = self.program, self.redrawn
        alone, players = len(redrawn.alone), len(redrawn.alone) + len(redrawn.together)
        places = np.concatenate([redrawn.alone, redrawn.together])
        u = np.empty((len(program.inputs), BLOCK))
        parts, used = np.zeros(players), 0
        for block in range(self.plan.blocks):
            first, second = self._sides(chain, block)
            exchange.uniforms(self._orders, chain, block, u)
            order = np.argsort(u[places], axis=0)
            by_draw = order.T.copy()
            inner = by_draw[by_draw >= alone].reshape(BLOCK, -1)[::SHARED]
            by_draw[by_draw >= alone] = np.repeat(inner, SHARED, axis=0).ravel()
            forth = np.ascontiguousarray(by_draw.T)
            walks = []
            for way, sequences in ((forth, inner), (np.ascontiguousarray(forth[::-1]), inner[:, ::-1])):
                values = np.empty((players + 1, BLOCK))
                stages = self._stages(sequences - alone, first, second)
                exchange.path(program.steps, redrawn, first, second, stages, way, values)
                walks.append((way, values))
            good = np.logical_and(*(self._good(values, block, scale) for _, values in walks))
            used += int(np.count_nonzero(good))
            for way, values in walks:
                kept = values[:, good]
                if len(redrawn.together):
                    steps = np.diff((kept - kept[0]) ** 2, axis=0) / 4
                else:
                    steps = np.diff(kept, axis=0) * (kept[-1] - kept[0]) / 4
                parts += np.bincount(way[:, good].ravel(), weights=steps.ravel(), minlength=players)
        return parts, used

    def _stages(self, sequences: Integers, first: Array, second: Array) -> Array:
        """The values of the correlated inputs where the first 0, 1, ... of a sequence are drawn again given the others.

        `sequences` (BLOCK / SHARED, n), one for each few draws.
        """
        together, n = self.redrawn.together, sequences.shape[1]
        stages = np.empty((n + 1, n, BLOCK))
        if not n:
            return stages
        # From the last of a sequence on, each normal is made of those after it and of one of its own.
        backward = sequences[:, ::-1]
        factors = np.linalg.cholesky(self.normals[backward[:, :, None], backward[:, None, :]])

        def parted(rows: Array) -> Array:
            return np.take_along_axis(rows.reshape(n, -1, SHARED).swapaxes(0, 1), backward[:, :, None], axis=1)

        own, new = np.linalg.solve(factors, parted(first[together])), parted(second[together])
        z = np.empty_like(own)
        for redrawn in range(n + 1):
            own[:, n - redrawn :] = new[:, n - redrawn :]
            np.put_along_axis(z, backward[:, :, None], factors @ own, axis=1)
            for c, row in enumerate(z.swapaxes(0, 1).reshape(n, BLOCK)):
                exchange.from_normals(self.program.tables, together[c], row, stages[redrawn, c])
        return stages


def shapley_values(worth: Array) -> Array:
    """The Shapley value of each player, of what each set is worth; sets are numbers with a bit a player."""
    players = (len(worth) - 1).bit_length()
    sets = np.arange(len(worth))
    sizes = np.array([int(each).bit_count() for each in sets])
    weights = np.array([1 / (players * math.comb(players - 1, size)) for size in range(players)])
    found = np.empty(players)
    for player in range(players):
        without = sets[(sets >> player) & 1 == 0]
        found[player] = np.sum(weights[sizes[without]] * (worth[without | 1 << player] - worth[without]))
    return found


def _mixes(normals: Array) -> Array:
    """For each subset of correlated normals, what makes them where it is drawn again given the others (see `Redrawn`)."""
    n = len(normals)
    mixes = np.zeros((1 << n, n, 2 * n))
    for subset in range(1 << n):
        new = np.flatnonzero(subset >> np.arange(n) & 1)
        kept = np.flatnonzero(~(subset >> np.arange(n)) & 1)
        mixes[subset, kept, kept] = 1
        order = np.concatenate([kept, new])
        factor = np.linalg.cholesky(normals[np.ix_(order, order)])
        inner, below, own = (
            factor[: len(kept), : len(kept)],
            factor[len(kept) :, : len(kept)],
            factor[len(kept) :, len(kept) :],
        )
        mixes[subset][np.ix_(new, kept)] = np.linalg.solve(inner.T, below.T).T
        mixes[subset][np.ix_(new, n + new)] = own
    return mixes


def _walsh(rows: Array) -> Array:
    """The Walsh transform along the second axis, whose length is a power of two."""
    found, size = rows, rows.shape[1]
    half = 1
    while half < size:
        pairs = found.reshape(len(rows), -1, 2, half)
        found = np.stack([pairs[:, :, 0] + pairs[:, :, 1], pairs[:, :, 0] - pairs[:, :, 1]], axis=2).reshape(rows.shape)
        half *= 2
    return found
