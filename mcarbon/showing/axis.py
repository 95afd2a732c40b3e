"""Axes of text pictures: where a value falls among the columns, and which ticks are labelled."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

DECADES = 15
"""At most so many on one axis; what lies beyond is drawn as going on."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A log or linear axis over so many columns; `low` and `high` are at the middle of the first and last one."""

    low: float
    high: float
    ticks: tuple[float, ...]
    columns: int
    is_log: bool

    def column(self, value: float) -> int:
        """The column of a value: below 0 or past the last one where the axis does not reach it."""
        low, high = self._place(self.low), self._place(self.high)
        place = self._place(value) if value > 0 or not self.is_log else -math.inf
        where = (place - low) / (high - low) * (self.columns - 1)
        return math.floor(min(max(where, -1.0), float(self.columns)) + 0.5)

    def fraction(self, value: float) -> float:
        """Where a value lies between the axis's ends: 0 at the low one, 1 at the high one; -inf for what has no
        logarithm.
        """
        if self.is_log and value <= 0:
            return -math.inf
        low, high = self._place(self.low), self._place(self.high)
        return (self._place(value) - low) / (high - low)

    def _place(self, value: float) -> float:
        return math.log10(value) if self.is_log else value

    def labels(self, text: Callable[[float], str], skip: Callable[[float], bool]) -> list[tuple[int, str]]:
        """Where labels start, and what they say: every tick, or every second, third... so that they keep apart.

        `skip` is true of the tick that is labelled elsewhere (equal): the labelled ones are counted from beside it.
        """
        anchor = next((i - 1 for i, tick in enumerate(self.ticks) if skip(tick)), self._anchor())
        for step in range(1, len(self.ticks) + 1):
            chosen = [tick for i, tick in enumerate(self.ticks) if (i - anchor) % step == 0 and not skip(tick)]
            placed = [self._centred(tick, text(tick)) for tick in chosen]
            if all(start + len(said) + 2 <= following for (start, said), (following, _) in pairwise(placed)):
                break
        return placed

    def _anchor(self) -> int:
        return next((i for i, tick in enumerate(self.ticks) if tick in (0.0, 1.0)), 0)

    def _centred(self, tick: float, text: str) -> tuple[int, str]:
        start = self.column(tick) - (len(text) - 1) // 2
        return max(0, min(start, self.columns - len(text))), text


def log_axis(core: Sequence[float], outer: Sequence[float], marks: Sequence[float], columns: int) -> Axis:
    """A log axis of whole decades that holds `outer` if it can, else `core`, else what lies around its middle.

    Below one decade the limits and ticks are the 1, 2, 5 of each decade. Reference lines (`marks`, which are in
    `core` too) do not stand on the axis's ends.
    """
    core, outer = [x for x in core if x > 0], [x for x in outer if x > 0]
    low, high = _decades([*core, *outer])
    if high - low > DECADES:
        low, high = _decades(core)
    if high - low > DECADES:
        middle = round(math.log10(sorted(core)[len(core) // 2]))
        low, high = middle - DECADES // 2, middle - DECADES // 2 + DECADES
    values = [*core, *outer]
    if max(values) / min(values) < 10:
        steps = [a * 10.0**k for k in range(low - 2, high + 3) for a in (1, 2, 5)]
        first = max(i for i, step in enumerate(steps) if step <= min(values) * (1 + 1e-9))
        last = min(i for i, step in enumerate(steps) if step >= max(values) * (1 - 1e-9))
        first -= any(math.isclose(mark, steps[first]) for mark in marks)
        last += any(math.isclose(mark, steps[last]) for mark in marks)
        ticks = steps[first : max(last, first + 1) + 1]
    else:
        low -= any(math.isclose(mark, 10.0**low) for mark in marks)
        high += any(math.isclose(mark, 10.0**high) for mark in marks)
        ticks = [10.0**k for k in range(low, high + 1)]
    return Axis(ticks[0], ticks[-1], tuple(ticks), columns, is_log=True)


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low = math.floor(math.log10(min(values)) + 1e-9)
    return low, max(math.ceil(math.log10(max(values)) - 1e-9), low + 1)


def linear_axis(values: Sequence[float], columns: int) -> Axis:
    """A linear axis from 0 or below to 0 or above, its ticks 1, 2 or 5 times a power of ten apart."""
    low, high = min(0.0, *values), max(0.0, *values)
    rough = (high - low or 1.0) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(a * power for a in (1, 2, 5, 10) if a * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(k * step for k in range(first, max(last, first + 1) + 1))
    return Axis(ticks[0], ticks[-1], ticks, columns, is_log=False)
