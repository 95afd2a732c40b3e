"""The shape of a sum, from those of its terms."""

from __future__ import annotations

import math
from dataclasses import replace

from mcarbon.families.tails import ATOM, BOUNDED, NONE, UNKNOWN, End, Fall, Shape, Tail, between, power
from mcarbon.moments.terms import ROUNDING


def is_constant(shape: Shape) -> bool:
    """Whether there is only one value."""
    return shape.low.at == shape.high.at


def added(a: Shape, b: Shape, independent: bool) -> Shape:
    """The shape of a sum of two numbers, which are `independent` or joined in any way."""
    shape = between(
        _end(a.low, b.low, independent),
        _end(a.high, b.high, independent),
        fills=independent and (a.fills or is_constant(a)) and (b.fills or is_constant(b)),
        crowding=max(a.crowding, b.crowding) if independent else 0.0,
    )
    least = min((a.far, b.far), key=lambda tail: tail.fastest)
    if not (independent or a.low.at >= 0 <= b.low.at or a.high.at <= 0 >= b.high.at):
        # Only what falls slower than all of the other cannot be made up for by it.
        slower = [one for one, other in ((a.far, b.far), (b.far, a.far)) if one.fastest < other.slowest]
        least = slower[0] if slower and slower[0].fastest.stretch == 0 else UNKNOWN
    return replace(shape, far=_summed(a.far, b.far, least, independent))


def corner(a: Tail, b: Tail, independent: bool) -> Tail:
    """The tail at an end that is reached only where both of two numbers are at their ends."""
    if not independent:
        return Tail(max(a.slowest, b.slowest), NONE)

    def fall(f: Fall, g: Fall, otherwise: Fall) -> Fall:
        if ATOM in (f, g):
            return max(f, g)
        return power(f.rate + g.rate) if f.stretch == g.stretch == 0 else otherwise

    cause = a.cause if a.fastest < b.fastest else b.cause
    return Tail(fall(a.slowest, b.slowest, max(a.slowest, b.slowest)), fall(a.fastest, b.fastest, NONE), cause)


def _end(a: End, b: End, independent: bool) -> End:
    at = a.at + b.at
    if math.isinf(at):
        f, g = (end.tail if math.isinf(end.at) else BOUNDED for end in (a, b))
        least = min((f, g), key=lambda tail: tail.fastest) if independent else UNKNOWN
        return End(at, _summed(f, g, least, independent))
    return End(0.0 if abs(at) <= ROUNDING * max(abs(a.at), abs(b.at)) else at, corner(a.tail, b.tail, independent))


def _summed(f: Tail, g: Tail, least: Tail, independent: bool) -> Tail:
    """The tail of a sum towards infinity: at least as heavy as `least`."""
    # What a number is added to may fall faster by any rate if it falls like exp(-x**2).
    fastest = Fall(least.fastest.stretch, math.inf) if least.fastest.stretch > 1 else least.fastest
    return Tail(_slowest(f.slowest, g.slowest, independent), fastest, least.cause)


def _slowest(f: Fall, g: Fall, independent: bool) -> Fall:
    if f.stretch != g.stretch or f.stretch <= 0 or f == NONE or (independent and f.stretch <= 1):
        return min(f, g)
    return Fall(f.stretch, min(f.rate, g.rate) * 2**-f.stretch)
