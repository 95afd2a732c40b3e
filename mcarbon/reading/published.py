"""Numbers as they were printed: ``1/2,900``, ``0.30``, ``0.3..5``, ``<= 5``; what they say, and what rounds to them.

How a number is printed says how it was rounded, so its text is kept, and a computed value agrees with it when it
rounds to the same digits. Decimal arithmetic throughout: in binary, 0.125 and 2.675 round by accident.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_SIGNIFICANT = 12
"""Digits of a computed value that are looked at: what float arithmetic leaves beyond them is noise, and would turn a
half, which may have been rounded either way, into one that may not."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One number as printed: `numerator` over `denominator` (None: no fraction); the last of them was rounded."""

    text: str
    numerator: Decimal
    denominator: Decimal | None
    has_point: bool

    @property
    def value(self) -> float:
        """The number itself."""
        if self.denominator is None:
            return float(self.numerator)
        return float(Fraction(self.numerator) / Fraction(self.denominator))

    def unit(self, digits: int | None = None) -> Decimal:
        """The last digit's worth. With a point, its last place; without, its last non-zero digit or the one that
        `digits` significant digits make the last."""
        rounded = self.numerator if self.denominator is None else self.denominator
        if self.has_point:
            return Decimal(1).scaleb(int(rounded.as_tuple().exponent))
        if not rounded:
            return Decimal(1)
        if digits is not None:
            return Decimal(1).scaleb(rounded.adjusted() - digits + 1)
        return Decimal(1).scaleb(int(rounded.normalize().as_tuple().exponent))

    def rounding(self, digits: int | None = None) -> tuple[float, float]:
        """The least and the greatest number that, rounded as this was printed, is this."""
        half = self.unit(digits) / 2
        if self.denominator is None:
            return float(self.numerator - half), float(self.numerator + half)
        ends = [float(Fraction(self.numerator) / Fraction(self.denominator + way * half)) for way in (1, -1)]
        return min(ends), max(ends)

    def rounds_from(self, value: float, digits: int | None = None) -> bool:
        """Whether `value`, rounded as this was printed, is this. A half may go either way."""
        if not math.isfinite(value):
            return False
        rounded, computed = self.numerator, value
        if self.denominator is not None:
            if abs(value) < 1e-301:  # below every fraction that is read
                return False
            rounded, computed = self.denominator, float(self.numerator) / value
            if math.isinf(computed):
                return False
        exact = Fraction(f"{computed:.{_SIGNIFICANT}g}")
        return abs(exact - Fraction(rounded)) <= Fraction(self.unit(digits)) / 2


@dataclass(frozen=True, slots=True)
class Published:
    """A published statement's number: a value (`low` is `high`), a range, or a bound (one end infinite)."""

    text: str
    kind: Literal["value", "range", "bound"]
    low: float
    high: float
    ends: tuple[Printed | None, Printed | None]

    @property
    def value(self) -> float | None:
        """The number; None for a range or a bound."""
        return self.low if self.kind == "value" else None

    def rounding(self, digits: int | None = None) -> tuple[float, float]:
        """All that may have been printed so: the value, the range or the bound, with the numbers that round to its ends."""
        low, high = self.ends
        return (
            self.low if low is None else low.rounding(digits)[0],
            self.high if high is None else high.rounding(digits)[1],
        )


Operator = Literal["<=", ">=", "<", ">"]
_OPERATORS: tuple[Operator, ...] = ("<=", ">=", "<", ">")  # the longer first


@dataclass(frozen=True, slots=True)
class Direction:
    """What a claim says about where its quantity lies, such as ``< 1``."""

    operator: Operator
    threshold: float

    def holds(self, value: float) -> bool:
        """Whether `value` lies there; NaN lies nowhere. What float arithmetic leaves beyond 12 digits is not looked at."""
        value, threshold = (float(f"{number:.{_SIGNIFICANT}g}") for number in (value, self.threshold))
        match self.operator:
            case "<":
                return value < threshold
            case "<=":
                return value <= threshold
            case ">":
                return value > threshold
            case ">=":
                return value >= threshold


@lru_cache(maxsize=1024)
def parse_published(text: str) -> Published:
    """Reads ``1/2900``, ``1/2,900``, ``0.30``, ``1.2e3``, ``0.3..5``, ``<= 5`` or ``>= 5``. ValueError otherwise."""
    stripped = text.strip()
    if stripped.startswith(("<=", ">=")):
        end = _printed(stripped[2:])
        if stripped[0] == "<":
            return Published(text, "bound", -math.inf, end.value, (None, end))
        return Published(text, "bound", end.value, math.inf, (end, None))
    if ".." in stripped:
        low, high = (_printed(part) for part in stripped.split("..", 1))
        if not low.value < high.value:
            raise ValueError(f'the range "{text}" runs from high to low')
        return Published(text, "range", low.value, high.value, (low, high))
    end = _printed(stripped)
    return Published(text, "value", end.value, end.value, (end, end))


def agrees(published: Published, value: float, digits: int | None = None) -> bool:
    """Whether a computed value, rounded as the published number was printed, is it or lies within it.

    `digits` says how many significant digits a number printed without a point has (``4400`` has two unless told).
    """
    if not math.isfinite(value):
        return False
    low, high = published.ends
    if published.kind == "value":
        return low is not None and low.rounds_from(value, digits)
    above = low is None or value >= low.value or low.rounds_from(value, digits)
    below = high is None or value <= high.value or high.rounds_from(value, digits)
    return above and below


def parse_number(text: str) -> float:
    """An input's published value, printed as text: one number, no fraction. ValueError otherwise."""
    printed = _printed(text)
    if printed.denominator is not None:
        raise ValueError(f'"{text}" is a fraction; an input is published as a number')
    return printed.value


def half_unit(text: str) -> float:
    """Half a unit of the last digit of an input published as text: 0.05 for ``14.8``, 50 for ``4400``."""
    parse_number(text)
    return float(_printed(text).unit() / 2)


def parse_direction(text: str) -> Direction:
    """Reads ``< 1``, ``<= 1/3``, ``> 0.5`` or ``>= 2``. ValueError otherwise."""
    for operator in _OPERATORS:
        if text.lstrip().startswith(operator):
            return Direction(operator, _printed(text.lstrip()[len(operator) :]).value)
    raise ValueError(f'"{text}" does not begin with <, <=, > or >=')


def _printed(text: str) -> Printed:
    parts = [part.strip() for part in text.split("/")]
    if len(parts) > 2 or not all(_NUMBER.fullmatch(part) and re.search("[0-9]", part.split("e")[0]) for part in parts):
        raise ValueError(f'"{text.strip()[:60]}" is not a number')
    numbers = [Decimal(part.replace(",", "")) for part in parts]
    for number in numbers:
        if math.isinf(float(number)) or (number and not float(number)):
            raise ValueError(f'"{text.strip()[:60]}" is beyond what a number holds')
    if len(numbers) == 2:
        if not numbers[0] or not numbers[1]:
            raise ValueError(f'"{text.strip()[:60]}": neither side of a fraction can be 0')
        quotient = Fraction(numbers[0]) / Fraction(numbers[1])
        if not 1e-300 < abs(quotient) < 1e300:
            raise ValueError(f'"{text.strip()[:60]}" is beyond what a number holds')
    return Printed(text.strip(), numbers[0], numbers[1] if len(numbers) == 2 else None, "." in parts[-1])
