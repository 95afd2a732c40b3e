"""The shortest interval that holds a given share of an output's draws, and how well its ends are known.

The width Q(p + level) - Q(p) is taken over a dense grid of p, and once more around its minimum. There the width hardly
changes with p, so the ends are known far less well than the quantiles at fixed p are: their error is mostly that of
where the minimum lies. It is found by moving the whole curve as the replicates differ, by all of a set of balanced
signs (rows of a Hadamard matrix, and their opposites), and looking for the minimum again; between two points of the finer
grid it may lie anywhere. Against the spread over seeds this is right within a factor of 1.6, mostly within a quarter; the
errors at fixed p would be up to a hundred times too small.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from mcarbon.engine.smoothed import Counted

Array = npt.NDArray[np.float64]

GRID = 1025
"""Points of the grid, of both ends too."""
REFINED = 129
"""Points around its minimum: 63 between it and the next one on either side."""
ALIKE = 1e-9
"""Widths that differ by no more than this share are the same: atoms give whole ranges of p with one width."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The ends of an interval and their standard errors."""

    low: float
    high: float
    low_error: float
    high_error: float


def equal_tailed(output: Counted, level: float) -> Interval:
    """The interval with as many draws below as above it."""
    # Of a level as it is written, so that 90 % ends where the quantiles 0.05 and 0.95 are.
    written = Decimal(str(level))
    tails = [float((1 - written) / 2), float((1 + written) / 2)]
    ends, errors = output.quantiles_and_errors(tails)
    return Interval(*ends.tolist(), *errors.tolist())


def shortest(output: Counted, level: float) -> Interval:
    """The narrowest of the intervals [Q(p), Q(p + level)]."""
    if not output.finite:
        return Interval(np.nan, np.nan, np.nan, np.nan)
    p = np.linspace(0.0, 1.0 - level, GRID)
    both = np.concatenate([p, p + level])
    ends = output.quantiles(both)
    k = _narrowest(ends)
    around = p[max(k - 1, 0) : k + 2]
    near = np.linspace(around[0], around[-1], REFINED)
    refined = output.quantiles(np.concatenate([near, near + level]))
    k = _narrowest(refined)
    low, high = _ends(refined, k)
    # Where the minimum lies between two points is not known.
    step = np.subtract(_ends(refined, min(k + 1, REFINED - 1)), _ends(refined, max(k - 1, 0))) / 2
    errors = np.maximum(np.hypot(_errors(output, both, ends), step / np.sqrt(12)), _last_gap(output, np.array([low, high])))
    return Interval(low, high, *errors.tolist())


def _narrowest(ends: Array) -> int:
    """Where the width is smallest, the middle one of those that are alike; `ends` are all low ones, then all high ones."""
    low, high = ends[: len(ends) // 2], ends[len(ends) // 2 :]
    width = high - low
    alike = np.flatnonzero(width <= width.min() + ALIKE * np.ptp(ends))
    return int(alike[len(alike) // 2])


def _ends(ends: Array, k: int) -> tuple[float, float]:
    return float(ends[k]), float(ends[len(ends) // 2 + k])


def _errors(output: Counted, both: Array, ends: Array) -> Array:
    """The standard errors of the two ends: how they move when the shares below each grid point do."""
    shares = output.shares(ends)
    replicates = output.replicates
    # A replicate without finite draws has no shares and cannot move anything.
    moves = np.nan_to_num(shares.by_replicate - shares.pooled)
    shifts = [signs @ moves / np.sqrt(replicates * (replicates - 1.0)) for signs in balanced_signs(replicates)]
    curves = [output.quantiles(p) for p in [*(both - shift for shift in shifts), *(both + shift for shift in shifts)]]
    return np.asarray(np.std([_ends(curve, _narrowest(curve)) for curve in curves], axis=0))


def balanced_signs(n: int) -> npt.NDArray[np.float64]:
    """Rows of n signs: those of a Hadamard matrix but the first."""
    size = 1 << (n - 1).bit_length()
    rows = np.array([[1.0]])
    while len(rows) < size:
        rows = np.block([[rows, rows], [rows, -rows]])
    return rows[1:, :n]


def _last_gap(output: Counted, ends: Array) -> Array:
    """For ends at the smallest or largest draw, the gap to the next one: no share below says how well those are known."""
    gap = 1.0 / output.finite
    p = np.arange(2) * 1.5 * gap  # of the draws 1 and 2
    first, second, last, last_but_one = output.quantiles(np.concatenate([p, 1.0 - p]))
    return np.where(ends <= first, second - first, 0.0) + np.where(ends >= last, last - last_but_one, 0.0)
