"""What products and powers do to absolute values: their bounds, and how their tails fall towards infinity and 0."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import NamedTuple

from mcarbon.families.tails import NONE, UNKNOWN, Fall, Shape, Tail, constant, power


class Size(NamedTuple):
    """An absolute value: its bounds, its tail towards infinity, and that of its inverse."""

    low: float
    high: float
    far: Tail
    near: Tail

    @classmethod
    def of(cls, shape: Shape) -> Size:
        """The absolute value of what has this shape."""
        low, high = sorted((abs(shape.low.at), abs(shape.high.at)))
        return cls(0.0 if shape.straddles else low, high, shape.far, shape.near)

    def inverse(self) -> Size:
        """Of 1 over it."""
        return Size(_inverse(self.high), _inverse(self.low), self.near, self.far)

    def to(self, exponent: float) -> Size:
        """Of a power of it, of any sign but not 0."""
        if exponent < 0:
            return self.inverse().to(-exponent)
        low, high = power_of(self.low, exponent), power_of(self.high, exponent)
        return Size(low, high, _to(self.far, exponent), _to(self.near, exponent))

    def scaled(self, factor: float) -> Size:
        """Of a positive multiple of it."""
        return Size(self.low * factor, self.high * factor, self.far.scaled(factor), self.near.scaled(1 / factor))

    def times(self, other: Size, independent: bool) -> Size:
        """Of its product with another one, which is `independent` of it or joined in any way."""
        return Size(
            times(self.low, other.low),
            times(self.high, other.high),
            _product_tail(self, other, independent),
            _product_tail(self.inverse(), other.inverse(), independent),
        )


def joint(sizes: Sequence[Size], independent: bool) -> Size:
    """Of the product of some, which is 1 for none."""
    return reduce(lambda one, other: one.times(other, independent), sizes) if sizes else Size.of(constant(1.0))


def times(a: float, b: float) -> float:
    """The product of two bounds: 0 times infinity is 0."""
    return 0.0 if a == 0 or b == 0 else a * b


def power_of(value: float, exponent: float) -> float:
    """A power of a bound that is not negative."""
    if value == 0:
        return 0.0 if exponent > 0 else math.inf
    try:
        return float(value**exponent)
    except OverflowError:
        return math.inf


def _inverse(value: float) -> float:
    return power_of(value, -1.0)


def _to(tail: Tail, exponent: float) -> Tail:
    """The tail of V**exponent."""

    def fall(one: Fall) -> Fall:
        if one.stretch == 0:
            return power(one.rate / exponent)
        return one if one == NONE else Fall(one.stretch / exponent, one.rate)

    return replace(tail, slowest=fall(tail.slowest), fastest=fall(tail.fastest))


def _product_tail(a: Size, b: Size, independent: bool) -> Tail:
    """The tail of a product towards infinity."""
    # Of independent factors either one's tail is the product's, the other being above some number by some chance; of any
    # where the other is never below some number.
    known = [one.far for one, other in ((a, b), (b, a)) if independent or other.low > 0]
    least = min(known, key=lambda tail: tail.fastest, default=UNKNOWN)
    fastest = Fall(least.fastest.stretch, math.inf) if least.fastest.stretch > 0 else least.fastest
    return Tail(_slowest(a, b, independent), fastest, least.cause)


def _slowest(a: Size, b: Size, independent: bool) -> Fall:
    f, g = a.far.slowest, b.far.slowest
    if f == NONE or g == NONE:
        one, bound = (f, b.high) if g == NONE else (g, a.high)
        if one == NONE or one.stretch == 0 or bound == 0:
            return one
        return Fall(one.stretch, one.rate * power_of(bound, -one.stretch))
    if f.stretch > 0 and g.stretch > 0:
        # Young's inequality.
        return Fall(f.stretch * g.stretch / (f.stretch + g.stretch), 0.0)
    if independent or not (f.stretch == g.stretch == 0 and max(f.rate, g.rate) < math.inf):
        return min(f, g)
    # Hoelder's inequality.
    return power(1 / (1 / f.rate + 1 / g.rate) if min(f.rate, g.rate) > 0 else 0.0)
