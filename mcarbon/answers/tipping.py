"""Where an input tips an answer: the value at which the chance to be below a target crosses a probability.

With the input held at a value and all others drawn, the share of draws below the target is a curve over the values. The
same draws are used at every value, so that the curve has no noise of its own. It is looked at from the input's 1e-6
to its 1 - 1e-6 quantile, and beyond as far as the prior's support goes; what crosses is narrowed by cutting the bracket
into nine, again and again. The median crosses the target where the chance crosses 1/2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from mcarbon.engine.held import NONE, Held
from mcarbon.engine.tally import standard_error
from mcarbon.families import Distribution

Array = npt.NDArray[np.float64]

OUTERMOST = 4.753424308822899
"""The standard normal's 1 - 1e-6 quantile."""
LEVELS = ndtr(np.linspace(-OUTERMOST, OUTERMOST, 41))
"""The probabilities at which a prior's values are looked at first: evenly far apart on the normal's scale."""
FARTHEST = 1e6
"""How far beyond these a support without an end is looked at: so many times away from 0, or nearer to it."""
BEYOND = np.linspace(0.0, 1.0, 17)[1:]
"""Places between the outermost quantile and the end beyond it."""
TYPICAL = (0.05, 0.95)
CUTS = 8
"""Values within a bracket in each pass."""
FINE = 2e-4
"""Between two values whose shares differ by less, the curve is a line."""
PASSES = 12
MOST_NOT_FINITE = 0.01
"""A value at which more of the draws are not finite is none at which the answer is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Lever:
    """An input that may tip an answer: its place in the program, and its distribution in units of which `factor` make one.

    `atoms` has its values where it has no others.
    """

    place: int
    distribution: Distribution
    factor: float = 1.0
    atoms: Array | None = None

    def quantiles(self, levels: Sequence[float] | Array) -> Array:
        """The values with these probabilities below."""
        p = np.asarray(levels, dtype=np.float64)
        low = p <= 0.5
        from_below = self.distribution.ppf(np.where(low, p, 0.5))
        from_above = self.distribution.isf(np.where(low, 0.5, 1 - p))
        return np.asarray(np.where(low, from_below, from_above) * self.factor)

    def percentile(self, value: float) -> float:
        """The probability to be at most this value."""
        return float(self.distribution.cdf(np.array([value / self.factor]))[0])


@dataclass(frozen=True, slots=True)
class Tipping:
    """What one lever does: the `value` at which it tips the answer, NaN where it cannot.

    `above`: whether the answer is tipped above the value, or below it. `crossings` counts all values at which the chance
    crosses within the prior; the value is that nearest to the prior's median. `undecided`: the chance stays
    within two standard errors of what it is to cross. `medians` are the answer's with the input at its 5 and 95 %.
    """

    value: float
    standard_error: float
    above: bool
    crossings: int
    undecided: bool
    medians: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Tippings:
    """The answer as it is (its median, the chance to be below the target, with errors), and what each lever does to it."""

    median: float
    below: float
    standard_error_below: float
    levers: tuple[Tipping, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Bracket:
    """Two values (or places among atoms) between which the chance crosses, with what it is at each, by replicate.

    `slope` is that of the curve over a bracket wide enough to have one; NaN as long as there is no wider one.
    """

    lever: int
    low: float
    high: float
    below_low: Array
    below_high: Array
    slope: float = math.nan

    @property
    def step(self) -> float:
        return float(self.below_high.mean() - self.below_low.mean())

    @property
    def is_fine(self) -> bool:
        width = self.high - self.low
        return abs(self.step) <= FINE or width <= 1e-12 * max(abs(self.low), abs(self.high))


def tippings(
    held: Held,
    levers: Sequence[Lever],
    target: float,
    chance: float = 0.5,
    threads: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Tippings:
    """Where each lever takes the chance that the program's output is below `target` across `chance`."""
    curve = _Curve(held, target, threads)
    as_it_is = curve.below([NONE], [0.0])[:, 0]
    grids = [_grid(lever) for lever in levers]
    places = np.repeat([lever.place for lever in levers], [len(grid) for grid in grids])
    below = curve.below(places, np.concatenate([np.empty(0), *(_values(*each) for each in zip(levers, grids))]))
    progress(0.5)
    curves = np.split(below, np.cumsum([len(grid) for grid in grids])[:-1], axis=1) if levers else []
    is_below = bool(as_it_is.mean() >= chance)
    found = [_crossings(k, lever, grid, there, chance) for k, (lever, grid, there) in enumerate(zip(levers, grids, curves))]
    narrowed = _narrowed(curve, levers, [crossings[0] for crossings in found if crossings], chance)
    progress(0.8)
    values = {bracket.lever: _tip(bracket, levers[bracket.lever], chance, is_below, held.plan.draws) for bracket in narrowed}
    ends = np.concatenate([np.zeros(1), *(lever.quantiles(TYPICAL) for lever in levers)])
    medians = curve.medians([NONE, *(lever.place for lever in levers for _ in TYPICAL)], ends)
    progress(1.0)
    tips = []
    for k, (crossings, there) in enumerate(zip(found, curves)):
        value, error, above = values.get(k, (math.nan, math.nan, False))
        # Not `standard_error`, which leaves out a replicate that has no share at one of the values.
        errors = np.std(there, axis=0, ddof=1) / math.sqrt(len(there))
        undecided = bool(np.nanmax(np.abs(there.mean(axis=0) - chance) - 2 * errors, initial=-np.inf) <= 0)
        typical = float(medians[1 + 2 * k]), float(medians[2 + 2 * k])
        tips.append(Tipping(value, error, above, len(crossings), undecided, typical))
    return Tippings(float(medians[0]), float(as_it_is.mean()), float(standard_error(as_it_is)), tuple(tips))


@dataclass(frozen=True)
class _Curve:
    """The share of draws below a target, and the median, with one input held."""

    held: Held
    target: float
    threads: int | None

    def below(self, places: Sequence[int] | npt.NDArray[np.int64], values: Sequence[float] | Array) -> Array:
        """The share of the finite draws below the target (replicates, n), those equal to it by half; NaN where few are."""

        def look(draws: Array) -> Array:
            finite = np.count_nonzero(np.isfinite(draws), axis=1)
            below = np.count_nonzero(draws < self.target, axis=1) - np.count_nonzero(draws == -np.inf, axis=1)
            equal = np.count_nonzero(draws == self.target, axis=1)
            known = finite >= (1 - MOST_NOT_FINITE) * draws.shape[1]
            return np.where(known, (below + 0.5 * equal) / np.maximum(finite, 1), np.nan)

        return np.stack(self.held.each_chain(places, values, look, self.threads))

    def medians(self, places: Sequence[int], values: Array) -> Array:
        """The medians (n,) of the finite draws."""
        draws = np.concatenate(self.held.each_chain(places, values, lambda draws: draws, self.threads), axis=1)
        return np.asarray(np.nanmedian(np.where(np.isfinite(draws), draws, np.nan), axis=1))


def _grid(lever: Lever) -> Array:
    """Where the lever is looked at first: values, or places among its atoms."""
    values = np.unique(lever.quantiles(LEVELS))
    if lever.atoms is None:
        low, high = lever.quantiles([0.0, 1.0])
        width = values[-1] - values[0]
        return np.concatenate([_beyond(values[0], low, -width)[::-1], values, _beyond(values[-1], high, width)])
    places = np.searchsorted(lever.atoms, values)
    return np.asarray(np.unique(places), dtype=np.float64)


def _beyond(start: float, end: float, width: float) -> Array:
    """Values from an outermost quantile to an end of the support, never across 0; `width` is that of the prior, signed."""
    away = math.copysign(1.0, width)
    if math.isinf(end):
        end = start * FARTHEST if start * away > 0 else start / FARTHEST if start else width * FARTHEST
    elif end == 0.0:
        end = start / FARTHEST
    if not (end - start) * away > 0:
        return np.empty(0)
    if start * end > 0:
        return np.asarray(start * (end / start) ** BEYOND)
    return np.asarray(start + (end - start) * FARTHEST ** (BEYOND - 1.0))


def _values(lever: Lever, where: Array) -> Array:
    return where if lever.atoms is None else lever.atoms[where.astype(np.int64)]


def _crossings(k: int, lever: Lever, grid: Array, below: Array, chance: float) -> list[_Bracket]:
    """The brackets in which the chance crosses, that nearest to the prior's median first."""
    side = below.mean(axis=0) >= chance
    known = np.isfinite(below.mean(axis=0))
    where = np.flatnonzero((side[:-1] != side[1:]) & known[:-1] & known[1:])
    middle = np.searchsorted(_values(lever, grid), lever.quantiles([0.5])[0])
    brackets = [_Bracket(k, grid[i], grid[i + 1], below[:, i], below[:, i + 1]) for i in where]
    return [brackets[i] for i in np.argsort(np.abs(where + 0.5 - middle), kind="stable")]


def _narrowed(curve: _Curve, levers: Sequence[Lever], brackets: list[_Bracket], chance: float) -> list[_Bracket]:
    """The brackets, narrowed until the curve within is a line, or to two atoms beside each other."""
    done = []
    for _ in range(PASSES):
        cuts = [_cuts(bracket, levers[bracket.lever]) for bracket in brackets]
        done += [bracket for bracket, cut in zip(brackets, cuts) if not len(cut)]
        brackets, cuts = [b for b, cut in zip(brackets, cuts) if len(cut)], [cut for cut in cuts if len(cut)]
        if not brackets:
            return done
        places = np.repeat([levers[bracket.lever].place for bracket in brackets], [len(cut) for cut in cuts])
        values = np.concatenate([_values(levers[bracket.lever], cut) for bracket, cut in zip(brackets, cuts)])
        parts = np.split(curve.below(places, values), np.cumsum([len(cut) for cut in cuts])[:-1], axis=1)
        brackets = [_narrower(bracket, cut, below, chance) for bracket, cut, below in zip(brackets, cuts, parts)]
    return done + brackets


def _cuts(bracket: _Bracket, lever: Lever) -> Array:
    """Where a bracket is looked into next; nowhere where it is narrow enough."""
    if lever.atoms is not None:
        places = np.unique(np.round(np.linspace(bracket.low, bracket.high, CUTS + 2)))
        return np.asarray(places[(places > bracket.low) & (places < bracket.high)])
    if bracket.is_fine:
        return np.empty(0)
    if bracket.low > 0 and bracket.high > 2 * bracket.low:
        return np.geomspace(bracket.low, bracket.high, CUTS + 2)[1:-1]
    return np.linspace(bracket.low, bracket.high, CUTS + 2)[1:-1]


def _narrower(bracket: _Bracket, cut: Array, below: Array, chance: float) -> _Bracket:
    """The part of a bracket in which the chance crosses."""
    where = np.concatenate([[bracket.low], cut, [bracket.high]])
    shares = np.column_stack([bracket.below_low, below, bracket.below_high])
    side = shares.mean(axis=0) >= chance
    i = int(np.flatnonzero(side != side[0])[0]) - 1
    slope = bracket.slope
    if math.isnan(slope):
        # Wide enough that the slope is not that of single draws.
        first, last = max(i - 1, 0), min(i + 2, len(where) - 1)
        slope = float((shares[:, last].mean() - shares[:, first].mean()) / (where[last] - where[first]))
    return replace(
        bracket, low=where[i], high=where[i + 1], below_low=shares[:, i], below_high=shares[:, i + 1], slope=slope
    )


def _tip(bracket: _Bracket, lever: Lever, chance: float, is_below: bool, draws: int) -> tuple[float, float, bool]:
    """The value within a narrow bracket, its standard error, and whether the answer is tipped above it."""
    above = bool(bracket.below_high.mean() >= chance) != is_below
    if lever.atoms is not None:
        # The first value that tips it is one that there is.
        return float(lever.atoms[int(bracket.high if above else bracket.low)]), 0.0, above
    part = (chance - bracket.below_low.mean()) / bracket.step if bracket.step else 0.5
    value = bracket.low + part * (bracket.high - bracket.low)
    # A share is known to a draw's width at best, as in `OutputTally.carried`.
    finest = math.sqrt(len(bracket.below_low) / 12) / draws
    error = max(float(standard_error(bracket.below_low + part * (bracket.below_high - bracket.below_low))), finest)
    slope = bracket.slope if math.isfinite(bracket.slope) else bracket.step / (bracket.high - bracket.low)
    return float(value), float(error / abs(slope)) if slope else math.inf, above
