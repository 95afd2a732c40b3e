"""The shape of a function of a number, or of two: exponentials, logarithms, extremes, comparisons and choices."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from mcarbon.families.tails import (
    ANYTHING,
    ATOM,
    BOUNDED,
    EVERY_POWER,
    NONE,
    NOTHING,
    UNKNOWN,
    UNKNOWN_END,
    Cause,
    End,
    Fall,
    Shape,
    Tail,
    between,
    constant,
    heaviest,
    power,
)
from mcarbon.moments.products import has_zero, multiplied, smooth
from mcarbon.moments.sums import corner, is_constant

_BOUNDED: dict[str, tuple[Callable[[float], float], float]] = {
    "tanh": (math.tanh, 1.0),
    "arctan": (math.atan, math.pi / 2),
    "arcsin": (math.asin, math.pi / 2),
}


def image(operation: str, shape: Shape, node: int) -> Shape:
    """The shape of an operation on one number, which is the `node`; nothing is known of one that is not listed."""
    match operation:
        case "exp":
            return exponential(shape, node)
        case "log":
            return logarithm(shape)
        case "log2" | "log10":
            return logarithm(shape).scaled(1 / math.log(2.0 if operation == "log2" else 10.0))
        case "tanh" | "arctan" | "arcsin":
            function, most = _BOUNDED[operation]
            ends = End(-most, UNKNOWN_END), End(most, UNKNOWN_END)
            return replace(rising(shape, function, *ends), near=smooth(shape.near))
        case "sinh":
            ends = End(-math.inf, _grown(shape.low.tail, node)), End(math.inf, _grown(shape.high.tail, node))
            return replace(rising(shape, lambda x: math.sinh(_moderate(x)), *ends), near=smooth(shape.near))
        case "cosh":
            far = _grown(shape.far, node)
            return Shape(End(1.0, UNKNOWN_END), End(math.inf, far), far, BOUNDED)
        case "sin" | "cos":
            return bounded(-1.0, 1.0, UNKNOWN)
        case "arccos":
            return bounded(0.0, math.pi, UNKNOWN)
        case "floor" | "ceil":
            whole = math.floor if operation == "floor" else math.ceil
            low, high = (
                End(float(whole(end.at)), UNKNOWN_END) if math.isfinite(end.at) else end for end in (shape.low, shape.high)
            )
            return Shape(low, high, shape.far, BOUNDED)
    return ANYTHING


def bounded(low: float, high: float, near: Tail) -> Shape:
    """The shape of something between two numbers, of which no more is known than the tail of its inverse."""
    return Shape(End(low, UNKNOWN_END), End(high, UNKNOWN_END), BOUNDED, near)


def exponential(shape: Shape, node: int) -> Shape:
    """The shape of exp(X), X being the node."""
    return rising(
        shape,
        lambda x: math.exp(_moderate(x)),
        End(0.0, _grown(shape.low.tail, node)),
        End(math.inf, _grown(shape.high.tail, node)),
    )


def _moderate(x: float) -> float:
    """A finite end of which neither 0 nor infinity is made."""
    return min(max(x, -700.0), 700.0)


def _grown(tail: Tail, node: int) -> Tail:
    """The tail of an exponential."""

    def fall(one: Fall) -> Fall:
        if one == NONE:
            return NONE
        return EVERY_POWER if one.stretch > 1 else power(one.rate) if one.stretch == 1 else NOTHING

    fastest = fall(tail.fastest)
    return Tail(fall(tail.slowest), fastest, Cause("grows", node, fastest) if fastest < EVERY_POWER else None)


def logarithm(shape: Shape) -> Shape:
    """The shape of log(X) where X is positive."""
    if shape.high.at <= 0:
        return ANYTHING

    def tail(one: Tail) -> Tail:
        f, g = one.slowest, one.fastest
        slowest = NONE if f == NONE else Fall(1.0, f.rate if f.stretch == 0 else math.inf) if f > NOTHING else NOTHING
        return Tail(slowest, Fall(1.0, g.rate) if g.stretch == 0 and g < EVERY_POWER else NONE)

    low = tail(replace(shape.near, fastest=NONE) if shape.straddles else shape.near)
    return rising(shape, math.log, End(-math.inf, low), End(math.inf, tail(shape.high.tail)))


def rising(shape: Shape, function: Callable[[float], float], low: End, high: End) -> Shape:
    """The shape of a smooth rising function of X, given its ends where X goes beyond all that the function takes."""

    def end(one: End, beyond: End) -> End:
        if math.isinf(one.at):
            return beyond
        try:
            return End(function(one.at), smooth(one.tail))
        except ValueError:
            return beyond

    return between(end(shape.low, low), end(shape.high, high), fills=shape.fills, crowding=0.0)


def raised(a: Shape, b: Shape, independent: bool, node: int) -> Shape:
    """The shape of a positive number to the power of another one, the `node`."""
    if a.low.at < 0 or a.high.at <= 0:
        return ANYTHING
    if is_constant(a):
        factor = math.log(a.low.at)
        if factor == 0:
            return constant(1.0)
        return exponential(b.scaled(factor) if factor > 0 else b.negated().scaled(-factor), node)
    factors = [(logarithm(a), 1.0), (b, 1.0)]
    return exponential(multiplied(factors, [[factor] for factor in factors] if independent else [factors]), node)


def larger(a: Shape, b: Shape, independent: bool) -> Shape:
    """The shape of the larger of two numbers, which are `independent` or joined in any way."""
    low, high = max(a.low.at, b.low.at), max(a.high.at, b.high.at)
    top = heaviest([one.high.tail for one in (a, b) if one.high.at == high])
    # The larger one is that low only where both are.
    bottom = [one.low.tail if one.low.at == low else Tail.exact(ATOM) for one in (a, b)]
    shape = between(End(low, corner(bottom[0], bottom[1], independent)), End(high, top), fills=False)
    if not low <= 0 <= high:
        return shape
    either = heaviest([a.near, b.near])
    if high == 0 and not any(has_zero(one) for one in (a, b)):
        return replace(shape, near=either)
    # Where it is not 0, it is one of them.
    return shape if either.slowest < shape.near.slowest else replace(shape, near=Tail(either.slowest, NONE))


def smaller(a: Shape, b: Shape, independent: bool) -> Shape:
    """The shape of the smaller of two numbers."""
    return larger(a.negated(), b.negated(), independent).negated()


def chosen(a: Shape, b: Shape) -> Shape:
    """The shape of what is the one or the other number."""

    def end(one: End, other: End, at: float) -> End:
        tails = [each.tail.slowest for each in (one, other) if each.at == at]
        return End(at, Tail(min(tails), NONE) if math.isinf(at) else UNKNOWN_END)

    far, near = (Tail(min(one.slowest, other.slowest), NONE) for one, other in ((a.far, b.far), (a.near, b.near)))
    low, high = end(a.low, b.low, min(a.low.at, b.low.at)), end(a.high, b.high, max(a.high.at, b.high.at))
    return Shape(low, high, far, near)


def compared(operation: str, a: Shape, b: Shape) -> Shape:
    """The shape of a comparison: 1 or 0, or only one of them where no values overlap."""
    if operation in ("gt", "ge"):
        return compared({"gt": "lt", "ge": "le"}[operation], b, a)
    apart = a.high.at < b.low.at or b.high.at < a.low.at
    always = {"lt": a.high.at < b.low.at, "le": a.high.at <= b.low.at, "ne": apart, "eq": False}
    never = {"lt": a.low.at >= b.high.at, "le": a.low.at > b.high.at, "ne": False, "eq": apart}
    if always[operation] or never[operation]:
        return constant(1.0 if always[operation] else 0.0)
    return bounded(0.0, 1.0, BOUNDED)
