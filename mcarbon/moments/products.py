"""The shape of a product of powers, from those of its factors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from mcarbon.families.tails import ATOM, NONE, NOTHING, UNKNOWN_END, End, Fall, Shape, Tail, constant, heaviest
from mcarbon.moments.sizes import Size, joint, power_of, times
from mcarbon.moments.sums import corner, is_constant

Factors = Sequence[tuple[Shape, float]]
"""Shapes with the exponents that they have in a product."""


def multiplied(factors: Factors, groups: Sequence[Factors], coefficient: float = 1.0) -> Shape:
    """The shape of a product of powers.

    `factors` have whole exponents and tell its sign and bounds. `groups`, with a positive `coefficient`, tell of its
    absolute value, and may have any exponents: within one they are joined in any way, between them they are independent.
    """
    size = _size(groups, coefficient)
    low, high = 1.0, 1.0
    for factor in factors:
        ends = [times(x, y) for x in _powers(*factor) for y in (low, high)]
        low, high = min(ends), max(ends)
    if low == high:
        return constant(low)
    low, high = max(low, -size.high), min(high, size.high)
    fills = _fills(groups)
    if low >= 0:
        return positive(size, groups, fills, low, high)
    if high <= 0:
        return positive(size, groups, fills, -high, -low).negated()
    # A factor that has density all around 0 makes its inverse as heavy on both sides.
    on_both = fills_around_zero(groups)
    far = size.far if on_both else Tail(size.far.slowest, NONE)
    ends_of = [End(at, far if math.isinf(at) else UNKNOWN_END) for at in (low, high)]
    return Shape(ends_of[0], ends_of[1], size.far, size.near, fills=fills)


def root(groups: Sequence[Factors], coefficient: float) -> Shape:
    """The shape of a product of powers of absolute values, which is not negative."""
    fills = _fills(groups)
    return positive(_size(groups, coefficient), groups, fills)


def _size(groups: Sequence[Factors], coefficient: float) -> Size:
    sizes = [joint([Size.of(shape).to(exponent) for shape, exponent in group], independent=False) for group in groups]
    return joint(sizes, independent=True).scaled(coefficient)


def fills_around_zero(groups: Sequence[Factors]) -> bool:
    """Whether there is only one factor, a denominator with a positive density all around 0."""
    only = [factor for group in groups for factor in group]
    return len(only) == 1 and only[0][1] < 0 and only[0][0].fills and only[0][0].straddles


def positive(size: Size, groups: Sequence[Factors], fills: bool, low: float = 0.0, high: float = math.inf) -> Shape:
    """The shape of a product that is not negative, given its absolute value and further bounds."""
    parts = [factor for group in groups for factor in group]
    if not parts:
        return constant(size.low)
    independent = len(parts) == len(groups)
    least, most = max(low, size.low), min(high, size.high)
    low_end = End(least, size.near)
    if least > 0:
        low_end = End(least, _bound(parts, False, independent) if least == size.low else UNKNOWN_END)
    elif any(exponent > 0 and has_zero(shape) for shape, exponent in parts):
        low_end = End(least, UNKNOWN_END)
    high_end = End(most, size.far)
    if math.isfinite(most):
        high_end = End(most, _bound(parts, True, independent) if most == size.high else UNKNOWN_END)
    return Shape(low_end, high_end, size.far, size.near, fills=fills)


def has_zero(shape: Shape) -> bool:
    """Whether 0 may have a probability of its own."""
    if shape.straddles:
        return not shape.crowding
    return any(end.at == 0 and end.tail.slowest == ATOM for end in (shape.low, shape.high))


def may_be_zero(shape: Shape) -> bool:
    """Whether it may be 0 always, for all that is known of its ends."""
    if shape.straddles:
        return not (shape.fills or shape.crowding)
    return any(end.at == 0 and end.tail.slowest <= NOTHING for end in (shape.low, shape.high)) and not shape.fills


def smooth(tail: Tail) -> Tail:
    """The tail at a finite end that a smooth function has moved: only the rate of an exponential changes."""
    slowest = Fall(tail.slowest.stretch, 0.0) if 0 < tail.slowest.stretch < math.inf else tail.slowest
    fastest = Fall(tail.fastest.stretch, math.inf) if tail.fastest.stretch > 0 else tail.fastest
    return replace(tail, slowest=slowest, fastest=fastest)


def _powers(shape: Shape, exponent: float) -> tuple[float, float]:
    """The bounds of a whole power."""
    low, high = shape.low.at, shape.high.at
    size = Size.of(shape).to(exponent)
    if exponent % 2 == 0 or low >= 0:
        return size.low, size.high
    if high <= 0:
        return -size.high, -size.low
    return (-power_of(-low, exponent), power_of(high, exponent)) if exponent > 0 else (-math.inf, math.inf)


def _fills(groups: Sequence[Factors]) -> bool:
    """Whether the density of a product is positive all between its ends."""
    return bool(groups) and all(len(group) == 1 and _goes_through(*group[0]) for group in groups)


def _goes_through(shape: Shape, exponent: float) -> bool:
    """Whether a power of it fills its range, or is a number."""
    return is_constant(shape) or (shape.fills and (exponent > 0 or not shape.straddles))


def _bound(parts: Factors, upper: bool, independent: bool) -> Tail:
    """The tail at a finite bound of a product of absolute values, which is reached where each factor is at its own."""
    tails = [smooth(_end_of_size(shape, upper == (exponent > 0))) for shape, exponent in parts]
    return reduce(lambda one, other: corner(one, other, independent), tails)


def _end_of_size(shape: Shape, upper: bool) -> Tail:
    """The tail at an end of |X|."""
    if not shape.straddles:
        return (shape.high if upper == (shape.low.at >= 0) else shape.low).tail
    outer = max(-shape.low.at, shape.high.at)
    return heaviest([end.tail for end in (shape.low, shape.high) if abs(end.at) == outer]) if upper else UNKNOWN_END
