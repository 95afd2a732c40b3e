"""Where a number grows without bound as one of its inputs moves and the others stay: found on its own values.

For operands that share inputs no rule tells how a product's tail falls. But where |Y| grows like d**-g as an input comes
to a distance d of some place, for ordinary values of the others, P(|Y| > y) falls like y**(-k / g) or slower, k being the
power with which the probability of that distance falls: 1 where the input's density is positive.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mcarbon.engine.graph import Constant, Draw, Graph, Operation
from mcarbon.engine.replay import Array, Cell, cells_under, needed, replay
from mcarbon.families.tails import EVERY_POWER, NOTHING, Cause, Tail, power
from mcarbon.moments.marginals import Marginal, Marginals
from mcarbon.moments.terms import size_of
from mcarbon.reading.formula import COMPARISONS

PLACES = 16
"""How many values of the other inputs are tried; two must agree."""
STEEPEST = 1e-3
"""Relative: how far the growth over the last two steps may differ."""
LEAST = 0.05
"""Growth that is slower tells nothing of the first four moments."""
_STEPS = 10.0 ** -np.arange(2.0, 9.0)
_CLAMPS = frozenset({"where", "minimum", "maximum", "floor", "ceil", *COMPARISONS})
"""Behind these a growth may end where no step goes."""


def growths(graph: Graph, marginals: Marginals, node: int, rarest: float) -> Iterator[Tail]:
    """What makes a node's tails heavy, one input moving at a time: an input's own tail, or a denominator.

    Where an input comes with a probability below `rarest` is not gone to.
    """
    under = needed(graph, node)
    draws = {cell: values[:PLACES, None] for cell, values in marginals.draws(cells_under(graph, node)).items()}
    for moving in under:
        vertex = graph.vertices[moving]
        if not isinstance(vertex, Draw):
            continue
        moved = _moved(graph, under, moving)
        if any(name in _CLAMPS for name in _names(graph, moved)):
            continue
        line = _Line(graph, marginals[vertex.input, vertex.key], (vertex.input, vertex.key), draws, rarest)
        denominators = [inner for inner in _denominators(graph, under) if inner in moved]
        if not marginals.is_correlated(line.cell):
            yield from line.at_ends(node, moving, denominators)
        yield from line.inside(node, denominators)


def _moved(graph: Graph, under: list[int], moving: int) -> set[int]:
    """The nodes that are computed from the one that moves."""
    found = {moving}
    for node in under:
        vertex = graph.vertices[node]
        if isinstance(vertex, Operation) and not found.isdisjoint(vertex.arguments):
            found.add(node)
    return found


def _names(graph: Graph, nodes: set[int]) -> Iterator[str]:
    for node in nodes:
        vertex = graph.vertices[node]
        if isinstance(vertex, Operation):
            yield vertex.name


def _denominators(graph: Graph, under: list[int]) -> list[int]:
    """The factors of what is divided by, or has an exponent that is not a positive number."""
    found: dict[int, float] = {}
    for node in under:
        match graph.vertices[node]:
            case Operation(name="div", arguments=(_, inner)):
                found |= size_of(graph, {inner: 1.0})[1]
            case Operation(name="pow", arguments=(inner, exponent)):
                vertex = graph.vertices[exponent]
                if not (isinstance(vertex, Constant) and vertex.value > 0):
                    found |= size_of(graph, {inner: 1.0})[1]
    return list(found)


class _Line:
    """The values of a graph as one input moves, for some values of the others."""

    def __init__(self, graph: Graph, marginal: Marginal, cell: Cell, draws: dict[Cell, Array], rarest: float) -> None:
        self.graph = graph
        self.marginal = marginal
        self.cell = cell
        self.draws = draws
        self.rarest = rarest
        self.quartiles = marginal.quantiles(np.array([0.25, 0.5, 0.75]))

    def at(self, node: int, values: Array) -> Array:
        """A node's values (places, n) where the input has these (places or 1, n)."""
        found = replay(self.graph, {**self.draws, self.cell: values}, node)[0]
        return np.broadcast_to(found, (PLACES, values.shape[1]))

    def at_ends(self, node: int, moving: int, denominators: list[int]) -> Iterator[Tail]:
        """What grows as the input goes to the ends of its support."""
        shape = self.marginal.shape
        for end, away in ((shape.low, 1.0), (shape.high, -1.0)):
            fall = end.tail.fastest
            if not NOTHING < fall < EVERY_POWER or end.tail.slowest != fall:
                continue
            if math.isinf(end.at):
                width = max(self.quartiles[2] - self.quartiles[0], abs(self.quartiles[1]))
                distances, values = _STEPS, self.quartiles[1] - away * width / _STEPS
                rate = _rate(self._grown(node, values), distances, fall.rate)
                if rate < math.inf:
                    yield Tail(NOTHING, power(rate), Cause("tail", moving, fall))
                continue
            width = abs(float(self.quartiles[1]) - end.at)
            reached = self.marginal.at_most if away > 0 else self.marginal.above
            if width == 0 or float(reached(np.array(end.at + away * 0.01 * width))) < self.rarest:
                continue
            values = end.at + away * width * _STEPS
            rate = _rate(self._grown(node, values), np.abs(values - end.at), fall.rate)
            if rate < math.inf:
                vanishing = [inner for inner in denominators if self._vanishes(inner, values)]
                yield Tail(NOTHING, power(rate), Cause("bound", vanishing[0] if vanishing else moving, fall))

    def _grown(self, node: int, values: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.log(np.abs(self.at(node, values[None, :])))

    def _vanishes(self, node: int, values: Array) -> bool:
        sizes = np.abs(self.at(node, values[None, :]))
        return bool(np.count_nonzero(sizes[:, -1] < 1e-3 * sizes[:, 0]) > 1)

    def inside(self, node: int, denominators: list[int]) -> Iterator[Tail]:
        """What grows as the input goes to where a denominator changes its sign."""
        if not self.marginal.shape.fills:
            return
        tails = np.geomspace(self.rarest, 0.5, 40)
        grid = self.marginal.quantiles(np.concatenate([tails, 1 - tails[-2::-1]]))
        for inner in denominators:
            negative = self.at(inner, grid[None, :]) < 0
            change = negative[:, 1:] != negative[:, :-1]
            first, changes = np.argmax(change, axis=1), np.any(change, axis=1)
            if np.count_nonzero(changes) < 2:
                continue
            zero = self._zero(inner, grid[first], grid[first + 1])
            distances = (self.quartiles[2] - self.quartiles[0]) * _STEPS
            for side in (-1.0, 1.0):
                values = zero[:, None] + side * distances
                with np.errstate(all="ignore"):
                    grown = np.log(np.abs(self.at(node, values)))
                grown = np.where(changes[:, None], grown, np.nan)
                rate = _rate(grown, distances, 1.0)
                if rate < math.inf:
                    yield Tail(NOTHING, power(rate), Cause("zero", inner, power(1.0)))

    def _zero(self, node: int, low: Array, high: Array) -> Array:
        """Where a node changes its sign between two values of the input (places,)."""
        negative = self._one(node, low) < 0
        for _ in range(100):
            middle = 0.5 * (low + high)
            same = (self._one(node, middle) < 0) == negative
            low, high = np.where(same, middle, low), np.where(same, high, middle)
        return low

    def _one(self, node: int, values: Array) -> Array:
        return self.at(node, values[:, None])[:, 0]


def _rate(grown: Array, distances: Array, power_of_distance: float) -> float:
    """The power with which a tail falls, of which the logarithms (places, n) are `grown` at these distances.

    inf where the growth is no power's at two places at least.
    """
    with np.errstate(all="ignore"):
        slopes = -np.diff(grown, axis=1) / np.diff(np.log(distances))
        last, before = slopes[:, -1], slopes[:, -2]
        steady = np.isfinite(last) & (last > LEAST) & (np.abs(last - before) < STEEPEST * last)
    rates = np.sort(power_of_distance / last[steady])
    # A rate that is 1 but for rounding is 1.
    return float(f"{rates[1]:.3g}") if len(rates) > 1 else math.inf
