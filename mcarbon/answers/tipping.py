"""Where an input tips an answer: the value at which the chance to be below a target crosses a probability.

With the input held at a value and all others drawn, the share of draws below the target is a curve over the values. The
median crosses the target where it crosses 1/2. Of a pure factor x of the answer, y = x**d h, the curve is known from the
quantile of h alone. Of any other input it is looked at from the 1e-6 to the 1 - 1e-6 quantile, and beyond as far as the
prior's support goes, roughly at first and with all draws where that leaves a doubt; what crosses is narrowed. The same draws
are used at every value, so that the curve has no noise of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mcarbon.answers.levers import Lever
from mcarbon.engine.held import MOST_NOT_FINITE, Held
from mcarbon.engine.smoothed import ACCURACY, Counted, Factor
from mcarbon.engine.streams import BLOCK
from mcarbon.engine.tally import standard_error

Array = npt.NDArray[np.float64]

TYPICAL = (0.05, 0.95)
ENOUGH = 2**14
"""Draws of a median that is smoothed."""
ROUGH = 4
"""Replicates that are looked at first, a block of each."""
DOUBT = 0.05
"""A first look may be so far off: six standard errors of as many draws, counted."""
FINE, FINE_SMOOTH = 2e-4, 2e-3
"""Between two values whose shares differ by less, the curve is a line."""
PASSES = 40


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
    medians: tuple[float, float] = (math.nan, math.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Tippings:
    """The answer as it is (its median, the chance to be below the target, with errors), and what each lever does to it."""

    median: float
    below: float
    standard_error_below: float
    levers: tuple[Tipping, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked: where the chance to be below `target` crosses `chance`, which it is above now, or not."""

    target: float
    chance: float
    is_above: bool


def tippings(
    held: Held,
    levers: Sequence[Lever],
    target: float,
    chance: float = 0.5,
    progress: Callable[[float], None] = lambda share: None,
) -> Tippings:
    """Where each lever takes the chance that the output is below `target` across `chance`.

    Levers that are none of the output's inputs tip nothing.
    """
    now = held.as_it_is
    share = now.shares([target])
    asked = _Asked(target, chance, bool(share.pooled[0] >= chance))
    found = []
    for k, lever in enumerate(levers):
        progress(k / max(len(levers), 1))
        factor = next((each for each in held.factors if each.label == lever.label), None)
        rest = held.without(lever.label) if factor is not None else None
        if factor is not None and rest is not None:
            found.append(_of_factor(lever, factor, rest, asked))
            continue
        drawn = held.plain if factor is not None else held
        found.append(_of_curve(drawn, lever, asked))
    median, error = float(now.quantiles([0.5])[0]), float(share.errors(share.by_replicate)[0])
    return Tippings(median, float(share.pooled[0]), error, tuple(found))


def _of_factor(lever: Lever, factor: Factor, rest: Counted, asked: _Asked) -> Tipping:
    """Of a pure factor: the value to its power is the target over the quantile of the rest."""
    power, ends = factor.degree, lever.grid[[0, -1]]
    typical = float(rest.quantiles([0.5])[0]) * lever.quantiles(TYPICAL) ** power
    at_ends = rest.shares(asked.target / ends**power)
    near = np.abs(at_ends.pooled - asked.chance) <= 2 * at_ends.errors(at_ends.by_replicate)
    middle, error = float(rest.quantiles([asked.chance])[0]), float(rest.quantile_errors([asked.chance])[0])
    value = math.nan
    known = rest.not_finite <= MOST_NOT_FINITE * (rest.not_finite + rest.finite)
    if known and asked.target * middle > 0:
        value = float((asked.target / middle) ** (1 / power))
    if not ends[0] <= value <= ends[1]:
        return Tipping(math.nan, math.nan, False, 0, bool(near.all()), (float(typical[0]), float(typical[1])))
    grows = (power > 0) == (asked.target < 0)
    error = abs(value / power) * math.hypot(error / middle, ACCURACY)
    return Tipping(value, error, grows != asked.is_above, 1, bool(near.all()), (float(typical[0]), float(typical[1])))


@dataclass(frozen=True)
class _Curve:
    """The share of draws below a target with a lever held at places such as those of its grid: (replicates, n)."""

    held: Held
    lever: Lever
    target: float

    def at(self, where: Array, chains: int | None = None) -> Array:
        values = self.lever.values(where)
        place = self.held.places[self.lever.label]
        return self.held.below(np.full(len(values), place), values, self.target, chains)

    def over_grid(self, chance: float) -> Array:
        """All of the grid: with all draws where these may tell on which side the curve is."""
        grid = self.lever.grid
        rough = self.at(grid, ROUGH)
        shares = rough.mean(axis=0)
        side = shares >= chance
        changes = np.flatnonzero(side[1:] != side[:-1])
        near = ~(np.abs(shares - chance) > DOUBT)
        near[1:] |= near[:-1].copy()
        near[:-1] |= near[1:].copy()
        near[changes] = near[changes + 1] = True
        exact = np.tile(shares, (self.held.plan.replicates, 1))
        if near.any():
            exact[:, near] = self.at(grid[near])
        return exact


def _of_curve(held: Held, lever: Lever, asked: _Asked) -> Tipping:
    """Of any other input: where its curve crosses."""
    if lever.label not in held.places:
        return Tipping(math.nan, math.nan, False, 0, False)
    curve = _Curve(held, lever, asked.target)
    shares = curve.over_grid(asked.chance)
    crossings = _crossings(lever, shares, asked.chance)
    value, error, above = math.nan, math.nan, False
    if crossings:
        narrow = _narrowed(curve, crossings[0], asked.chance)
        value, error, above = _tip(narrow, held, lever, asked)
    # Not `standard_error`, which leaves out a replicate that has no share at one of the values.
    errors = np.maximum(np.std(shares, axis=0, ddof=1) / math.sqrt(len(shares)), _finest(held))
    undecided = bool(np.nanmax(np.abs(shares.mean(axis=0) - asked.chance) - 2 * errors, initial=-np.inf) <= 0)
    typical = _typical(held, lever)
    return Tipping(value, error, above, len(crossings), undecided, typical)


def _typical(held: Held, lever: Lever) -> tuple[float, float]:
    """The medians with the lever at its 5 and 95 %."""
    if held.factors:
        # Smoothed, a median is known to its digits from fewer draws.
        length = min(held.plan.length, max(BLOCK, ENOUGH // held.plan.replicates))
        held = replace(held, plan=replace(held.plan, length=length))
    low, high = held.draws([held.places[lever.label]] * 2, lever.quantiles(TYPICAL))
    return held.median(low)[0], held.median(high)[0]


@dataclass(frozen=True, slots=True, eq=False)
class _Bracket:
    """Two places between which the chance crosses, with what it is at each, by replicate.

    `slope` is that of the curve over a bracket wide enough to have one; NaN as long as there is no wider one.
    """

    low: float
    high: float
    below_low: Array
    below_high: Array
    slope: float = math.nan

    @property
    def step(self) -> float:
        return float(self.below_high.mean() - self.below_low.mean())

    def part(self, chance: float) -> float:
        """How far into it a line between its ends crosses."""
        return float((chance - self.below_low.mean()) / self.step) if self.step else 0.5


def _crossings(lever: Lever, shares: Array, chance: float) -> list[_Bracket]:
    """The brackets of the grid in which the chance crosses, that nearest to the prior's median first."""
    grid, mean = lever.grid, shares.mean(axis=0)
    side, known = mean >= chance, np.isfinite(mean)
    where = np.flatnonzero((side[:-1] != side[1:]) & known[:-1] & known[1:])
    middle = np.searchsorted(lever.values(grid), lever.quantiles([0.5])[0])
    brackets = [_Bracket(grid[i], grid[i + 1], shares[:, i], shares[:, i + 1]) for i in where]
    return [brackets[i] for i in np.argsort(np.abs(where + 0.5 - middle), kind="stable")]


def _narrowed(curve: _Curve, bracket: _Bracket, chance: float) -> _Bracket:
    """The bracket, narrowed until the curve within is a line, or to two atoms beside each other."""
    for _ in range(PASSES):
        cut = _cuts(curve, bracket, chance)
        if not len(cut):
            break
        bracket = _narrower(bracket, cut, curve.at(cut), chance)
    return bracket


def _cuts(curve: _Curve, bracket: _Bracket, chance: float) -> Array:
    """Where a bracket is looked into next: its middle, and about where a line crosses; nowhere where it is narrow enough."""
    low, high = bracket.low, bracket.high
    if curve.lever.atoms is not None:
        places = np.unique(np.round(np.linspace(low, high, 10)))
        return np.asarray(places[(places > low) & (places < high)])
    fine = FINE_SMOOTH if curve.held.factors else FINE
    if abs(bracket.step) <= fine or high - low <= 1e-12 * max(abs(low), abs(high)):
        return np.empty(0)
    part = bracket.part(chance)
    parts = np.unique(np.clip([part - 0.03, part + 0.03, 0.5], 0.01, 0.99))
    return low * (high / low) ** parts if low > 0 and high > 2 * low else low + (high - low) * parts


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


def _tip(bracket: _Bracket, held: Held, lever: Lever, asked: _Asked) -> tuple[float, float, bool]:
    """The value within a narrow bracket, its standard error, and whether the answer is tipped above it."""
    above = bool(bracket.below_high.mean() >= asked.chance) != asked.is_above
    if lever.atoms is not None:
        # The first value that tips it is one that there is.
        return float(lever.atoms[int(bracket.high if above else bracket.low)]), 0.0, above
    part = bracket.part(asked.chance)
    value = bracket.low + part * (bracket.high - bracket.low)
    error = max(float(standard_error(bracket.below_low + part * (bracket.below_high - bracket.below_low))), _finest(held))
    slope = bracket.slope
    if held.factors or not math.isfinite(slope):
        slope = bracket.step / (bracket.high - bracket.low)
    return float(value), float(error / abs(slope)) if slope else math.inf, above


def _finest(held: Held) -> float:
    """How well a share is known at best: counted, to a draw's width, as in `OutputTally.share_errors`."""
    return ACCURACY if held.factors else math.sqrt(held.plan.replicates / 12) / held.plan.draws
