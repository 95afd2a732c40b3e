"""The input that tips a claim's answer soonest, found quickly enough to be said in every verdict.

`mcarbon.break_even` tells of every input where it tips an answer. Here all inputs go outwards from their medians side by
side, as far out in their priors as one another, and only those that have tipped the answer at a distance are looked at
closer. An input that tips the answer in the middle of its prior and not at an end is not seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mcarbon.engine.exchange import from_normals
from mcarbon.engine.held import keep_held
from mcarbon.engine.program import Program, Target, compile_program
from mcarbon.engine.sampler import Plan, input_streams, on_threads
from mcarbon.engine.streams import BLOCK, Streams
from mcarbon.engine.tally import standard_error
from mcarbon.families.discrete import Discrete, Empirical
from mcarbon.reading.model import Model
from mcarbon.results import NearestPoint

Array = npt.NDArray[np.float64]
Way = tuple[int, int]
"""An input's place in the program, and whether it goes down (-1) or up (1)."""

FAR = 4.753424308822899
"""How far out inputs go, in standard deviations of a normal: to their 1e-6 and 1 - 1e-6 quantiles."""
RUNGS = 16
"""Distances at which inputs are compared first."""
CUTS = 8
"""Places between two distances that are looked at next, and once more between two of these."""
STEEP = 0.03
"""Between two values whose shares differ by less, the curve is near enough to a line."""
ROUGH, FINE = (2**12, 4), (2**15, 16)
"""Draws and replicates of the first looks, and of the last one."""
AROUND = np.array([-0.3, -0.06, -0.02, 0.02, 0.06, 0.3])
"""Where the last look is, about what the first ones found: they may be off by some hundredths."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A cell of the model, and the number that its median is to cross, in the cell's unit."""

    cell: Target
    number: float
    is_below: bool


def nearest_points(
    model: Model, asked: Sequence[Asked], method: str, seed: int, threads: int | None
) -> list[NearestPoint | None]:
    """For each cell the input that takes its median across the number nearest to the middle of its own prior."""
    rough, fine = (Plan.of(*draws, method, seed) for draws in (ROUGH, FINE))

    def search(each: Asked) -> NearestPoint | None:
        return _Search(model, compile_program(model, [each.cell]), each, rough, fine).nearest()

    return list(on_threads(search, asked, threads))


@dataclass(frozen=True)
class _Search:
    model: Model
    program: Program
    asked: Asked
    rough: Plan
    fine: Plan

    @cached_property
    def _streams(self) -> tuple[Streams, Streams]:
        return input_streams(self.program, self.rough), input_streams(self.program, self.fine)

    def nearest(self) -> NearestPoint | None:
        ways = [(int(k), way) for k in np.flatnonzero(self.program.needs[0]) for way in (-1, 1)]
        steps = FAR / RUNGS * np.arange(RUNGS + 1)
        near, far, ahead = 0, RUNGS, self._tipped(ways, FAR)
        while ahead and far - near > 1:
            middle = (near + far) // 2
            tipped = self._tipped(ahead, float(steps[middle]))
            near, far, ahead = (near, middle, tipped) if tipped else (middle, far, ahead)
        if not ahead:
            return None
        low, high = float(steps[near]), float(steps[far])
        for _ in range(2):
            low, high, ahead = self._closer(ahead, low, high)
        return self._point(ahead[0], low, high)

    def _closer(self, ways: Sequence[Way], low: float, high: float) -> tuple[float, float, list[Way]]:
        """Between which of some distances the first of the ways tips the answer, and which ways do, the farthest first."""
        cuts = np.linspace(low, high, CUTS + 2)[1:]
        past = self._past([way for _ in cuts for way in ways], np.repeat(cuts, len(ways))).reshape(len(cuts), len(ways))
        has = (past > 0).any(axis=1)
        first = int(has.argmax()) if has.any() else CUTS
        tipped = [int(i) for i in np.argsort(-past[first]) if past[first, i] > 0]
        return float(cuts[first - 1]) if first else low, float(cuts[first]), [ways[i] for i in tipped] or list(ways)

    def _tipped(self, ways: Sequence[Way], distance: float) -> list[Way]:
        return [way for way, past in zip(ways, self._past(ways, [distance] * len(ways))) if past > 0]

    def _past(self, ways: Sequence[Way], distances: Sequence[float] | Array) -> Array:
        """How far the share of draws below the number is past 1/2 with an input so far out; NaN where it is not known."""
        values = [self._value(k, way * z) for (k, way), z in zip(ways, distances)]
        below = self._below(self.rough, [k for k, _ in ways], values).mean(axis=0)
        return np.asarray(0.5 - below if self.asked.is_below else below - 0.5)

    def _point(self, way: Way, low: float, high: float) -> NearestPoint | None:
        """The value at which the answer tips, about between two distances that are close together."""
        k, sign = way
        cell, study = self.program.inputs[k], self.model.study
        record = study.inputs[cell.input]
        prior = study.prior_of(record.entry(dict(zip(record.axes, cell.key))))
        assert prior is not None
        value, error = self._value(k, sign * high), 0.0
        # Of single values, the first that tips it is one that there is.
        if not isinstance(prior, Discrete | Empirical):
            found = self._crossing(k, np.sort(sign * (low + high) / 2 + AROUND))
            if found is None:
                return None
            value, error, z = found
            percentile = 0.5 * math.erfc(-z * math.sqrt(0.5))
        else:
            factor = self.model.prior_factors.get((cell.input, cell.key), 1.0)
            percentile = float(prior.distribution().cdf(np.array([value / factor]))[0])
        return NearestPoint(cell.label, record.unit, value, error, percentile, sign > 0)

    def _crossing(self, k: int, distances: Array) -> tuple[float, float, float] | None:
        """The value at which the share below crosses 1/2, its standard error, and how far out it is.

        None where it does not cross between these distances.
        """
        slope = math.nan
        while True:
            values = np.array([self._value(k, z) for z in distances])
            below = self._below(self.fine, [k] * len(values), values)
            mean = below.mean(axis=0)
            side = mean >= 0.5
            where = np.flatnonzero((side[:-1] != side[1:]) & np.isfinite(mean[:-1]) & np.isfinite(mean[1:]))
            if not len(where):
                return None
            i = int(where[0])
            if math.isnan(slope):
                slope = float((mean[-1] - mean[0]) / (values[-1] - values[0]))
            step = float(mean[i + 1] - mean[i])
            if abs(step) <= STEEP or distances[i + 1] - distances[i] < 1e-9:
                break
            slope = step / float(values[i + 1] - values[i])
            distances = np.linspace(distances[i], distances[i + 1], CUTS + 2)
        part = (0.5 - mean[i]) / step
        here = step / float(values[i + 1] - values[i])
        # What goes back again further out has no slope over all of it.
        slope = slope if slope * here > 0 else here
        # A share is known to a draw's width at best, as in `OutputTally.share_errors`.
        finest = math.sqrt(self.fine.replicates / 12) / self.fine.draws
        error = max(float(standard_error(below[:, i] + part * (below[:, i + 1] - below[:, i]))), finest)
        value = float(values[i] + part * (values[i + 1] - values[i]))
        return value, abs(error / slope), float(distances[i] + part * (distances[i + 1] - distances[i]))

    def _value(self, k: int, z: float) -> float:
        """The value of an input that is so many standard deviations out, on the normal's scale."""
        values = np.empty(BLOCK)
        from_normals(self.program.tables, k, np.full(BLOCK, z), values)
        return float(values[0])

    def _below(self, plan: Plan, inputs: Sequence[int], values: Sequence[float] | Array) -> Array:
        """The share of draws below the number (replicates, n), with input `inputs[k]` held at `values[k]`."""
        program, which, at = self.program, np.asarray(inputs, dtype=np.int64), np.asarray(values, dtype=np.float64)
        shares = np.empty((plan.replicates, len(which)))
        draws = np.empty((len(which), plan.length))
        streams = self._streams[plan is self.fine]
        for chain in range(plan.replicates):
            keep_held(streams, program.tables, program.copula, program.steps, chain, which, at, draws)
            finite = np.full(len(which), plan.length)
            if not np.isfinite(draws.sum()):
                draws[np.isinf(draws)] = np.nan
                finite -= np.count_nonzero(np.isnan(draws), axis=1)
            below = np.count_nonzero(draws < self.asked.number, axis=1) + np.count_nonzero(
                draws <= self.asked.number, axis=1
            )
            shares[chain] = np.where(finite >= 0.99 * plan.length, below / 2 / np.maximum(finite, 1), np.nan)
        return shares
