"""How fast a distribution falls off: towards infinity, towards the ends of its support, and towards 0.

A moment of X of order p exists where the tail of |X| falls faster than the power p, one of 1 / X where that of 1 / |X|
does. What is known of a tail is two bounds: how fast it falls at least, and at most.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple


class Fall(NamedTuple):
    """How fast P(V > x) falls, in order, the slowest first.

    With `stretch` 0 like ``x**-rate`` (a rate of inf: faster than every power, as a log-normal does), above 0 like
    ``exp(-rate * x**stretch)``. See `ATOM` and `NONE` for the ends of the order.
    """

    stretch: float
    rate: float


def power(rate: float) -> Fall:
    """The fall of ``x**-rate``."""
    return Fall(0.0, rate)


def exponential(scale: float, stretch: float) -> Fall:
    """The fall of ``exp(-(x / scale)**stretch)``."""
    return Fall(stretch, _power(scale, -stretch))


ATOM = Fall(-1.0, 0.0)
"""Of an end of the support: that value has a probability of its own."""
NOTHING = Fall(0.0, 0.0)
EVERY_POWER = Fall(0.0, math.inf)
NONE = Fall(math.inf, math.inf)
"""There is no tail: V is bounded."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What makes a tail, at a node of a graph.

    `kind`: the node's own ``tail``; a division by the node, which can be ``zero`` (with this `probability` that it is
    there or beyond) or comes near a ``bound`` that is 0 (with this probability to come within 1 % of its median); or the
    exponential that ``grows`` too fast for the node's tail. `fall` is the tail that is meant.
    """

    kind: Literal["tail", "zero", "bound", "grows"]
    node: int
    fall: Fall
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Tail:
    """A tail that falls no slower than `slowest` and no faster than `fastest`, and what makes it so heavy.

    The moments of an order below the rate of `slowest` exist; P(V > x) is at least a multiple of `fastest`, so those from
    its rate on do not. ``Tail(NOTHING, NONE)`` says nothing.
    """

    slowest: Fall
    fastest: Fall
    cause: Cause | None = field(default=None, compare=False)

    @classmethod
    def exact(cls, fall: Fall) -> Tail:
        """A tail of which the fall is known."""
        return cls(fall, fall)

    def scaled(self, factor: float) -> Tail:
        """The tail of a positive multiple of V."""
        return replace(self, slowest=_scaled(self.slowest, factor), fastest=_scaled(self.fastest, factor))


BOUNDED = Tail.exact(NONE)
UNKNOWN = Tail(NOTHING, NONE)
UNKNOWN_END = Tail(ATOM, NONE)
"""Of an end, about which nothing is known: the value there may have a probability of its own."""


def nearly(fall: Fall) -> Tail:
    """The tail of a fall but for a factor that falls slower: any larger rate is too large."""
    return Tail(fall, Fall(fall.stretch, math.nextafter(fall.rate, math.inf)))


def heaviest(tails: Sequence[Tail]) -> Tail:
    """The tail of a sum, of a maximum or of a mixture of positive numbers, whatever joins them, up to a constant."""
    least = min(tails, key=lambda tail: tail.fastest)
    return Tail(min(tail.slowest for tail in tails), least.fastest, least.cause)


@dataclass(frozen=True, slots=True)
class End:
    """An end of a support: where it is, and the tail there.

    At infinity the tail is that of |X|, at a finite end `at` that of 1 / |X - at|.
    """

    at: float
    tail: Tail


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a distribution's support and tails.

    `low` and `high` are the ends (outer bounds, where their tails are not known), `far` the tail of |X|, `near` that of
    1 / |X| (where X is not 0). `fills`: the density is positive all between the ends. `crowding` is a power k such that no
    interval of width e has more than a multiple of e**k of the probability; 0 where none is known.
    """

    low: End
    high: End
    far: Tail
    near: Tail
    fills: bool = False
    crowding: float = 0.0

    @property
    def straddles(self) -> bool:
        """Whether 0 lies inside."""
        return self.low.at < 0 < self.high.at

    def scaled(self, factor: float) -> Shape:
        """The shape of `factor` X, the factor being positive."""

        def end(one: End) -> End:
            return End(one.at * factor, one.tail.scaled(factor if math.isinf(one.at) else 1 / factor))

        far, near = self.far.scaled(factor), self.near.scaled(1 / factor)
        return replace(self, low=end(self.low), high=end(self.high), far=far, near=near)

    def negated(self) -> Shape:
        """The shape of -X."""
        return replace(self, low=End(-self.high.at, self.high.tail), high=End(-self.low.at, self.low.tail))


def _scaled(fall: Fall, factor: float) -> Fall:
    if not 0 < fall.stretch < math.inf:
        return fall
    return Fall(fall.stretch, fall.rate * _power(factor, -fall.stretch))


def _power(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except OverflowError:
        return math.inf


def between(low: End, high: End, *, fills: bool = True, crowding: float | None = None) -> Shape:
    """The shape of a distribution between two ends.

    `crowding`, where not given, is that of a density which is bounded but for its ends.
    """
    ends = [low, high]
    if crowding is None:
        crowding = min([1.0, *(_rate(end.tail.slowest) for end in ends if math.isfinite(end.at))]) if fills else 0.0
    return Shape(low, high, _far(ends), _near(low, high, inside(fills, crowding)), fills=fills, crowding=crowding)


def inside(fills: bool, crowding: float) -> Tail:
    """The tail of 1 / |X - x| for an x between the ends, where X itself is not x."""
    return Tail(power(crowding), power(1.0) if fills else NONE)


def _rate(fall: Fall) -> float:
    return math.inf if fall.stretch > 0 else max(fall.rate, 0.0) if fall.stretch == 0 else 0.0


def _far(ends: Sequence[End]) -> Tail:
    return heaviest([BOUNDED, *(end.tail for end in ends if math.isinf(end.at))])


def _near(low: End, high: End, within: Tail) -> Tail:
    """The tail of 1 / |X|; `within` is that where 0 lies between the ends."""
    if low.at < 0 < high.at:
        return within
    for end in (low, high):
        if end.at == 0:
            # Where 0 has a probability of its own, the tail tells nothing of what is beside it.
            return UNKNOWN if end.tail.slowest == ATOM else end.tail
    return BOUNDED


def constant(value: float) -> Shape:
    """The shape of a number."""
    end = End(value, Tail.exact(ATOM))
    return Shape(end, end, BOUNDED, BOUNDED)


def atoms(low: float, high: float) -> Shape:
    """The shape of finitely many values from `low` to `high`."""
    return Shape(End(low, Tail.exact(ATOM)), End(high, Tail.exact(ATOM)), BOUNDED, BOUNDED)


def falling(at: float, fall: Fall) -> End:
    """An end with a tail of which the fall is known."""
    return End(at, Tail.exact(fall))


ANYTHING = Shape(End(-math.inf, UNKNOWN), End(math.inf, UNKNOWN), UNKNOWN, UNKNOWN)
"""Nothing is known."""


def pooled(shapes: Sequence[Shape]) -> Shape:
    """The shape of a mixture of these."""
    low, high = min(shape.low.at for shape in shapes), max(shape.high.at for shape in shapes)
    reached = low
    for one in sorted((shape for shape in shapes if shape.fills), key=lambda shape: shape.low.at):
        if one.low.at < reached or (one.low.at == reached == low):
            reached = max(reached, one.high.at)
    return Shape(
        End(low, heaviest([shape.low.tail for shape in shapes if shape.low.at == low])),
        End(high, heaviest([shape.high.tail for shape in shapes if shape.high.at == high])),
        heaviest([shape.far for shape in shapes]),
        heaviest([shape.near for shape in shapes]),
        fills=low < reached == high,
        crowding=min(shape.crowding for shape in shapes),
    )


def cut(shape: Shape, lower: float | None, upper: float | None) -> Shape:
    """The shape of what is left between two bounds."""
    within = inside(shape.fills, shape.crowding)
    if not shape.crowding:
        within = replace(within, slowest=ATOM)
    low = shape.low if lower is None or lower <= shape.low.at else End(lower, within)
    high = shape.high if upper is None or upper >= shape.high.at else End(upper, within)
    return Shape(low, high, _far([low, high]), _near(low, high, shape.near), fills=shape.fills, crowding=shape.crowding)
