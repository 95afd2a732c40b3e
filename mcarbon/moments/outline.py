"""The shapes of a graph's nodes: how their ends and tails follow from those of the inputs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from mcarbon.engine.graph import Constant, Draw, Operation
from mcarbon.families.tails import (
    ANYTHING,
    BOUNDED,
    EVERY_POWER,
    NONE,
    NOTHING,
    UNKNOWN,
    Cause,
    End,
    Shape,
    Tail,
    constant,
    power,
)
from mcarbon.moments.ground import Ground
from mcarbon.moments.images import bounded, chosen, compared, image, larger, raised, smaller
from mcarbon.moments.products import Factors, may_be_zero, multiplied, root
from mcarbon.moments.sums import added, is_constant
from mcarbon.moments.terms import Powers, product_of, size_of, sum_of
from mcarbon.reading.formula import COMPARISONS

Key = TypeVar("Key")
HIGHEST = 4.0
"""The order of the highest moment that is asked for: the error of a standard deviation rests on the fourth."""
UNSEEN = 1e-12
"""What the probability is taken for of what no draw shows and the parts do not tell."""


class Outline:
    """The shapes of nodes. Denominators that come near 0 more rarely than `rarest` are taken never to."""

    def __init__(self, ground: Ground, rarest: float) -> None:
        self._ground = ground
        self._graph = ground.graph
        self._rarest = rarest
        self._shapes: dict[int, Shape] = {}
        self._sources: dict[int, int] = {}
        self._terms: dict[int, dict[Powers, float]] = {}

    def shape(self, node: int) -> Shape:
        """The shape of a node."""
        pending, missing = [node], set[int]()
        while pending:
            here = pending.pop()
            if here not in missing and here not in self._shapes:
                missing.add(here)
                pending += self._parts(here)
        for here in sorted(missing):  # what a node is made of has lower numbers
            self._sources[here] = self._own_source(here)
            for part in self._parts(here):
                self._sources[here] |= self._sources[part]
            self._shapes[here] = self._shape(here)
        return self._shapes[node]

    def _own_source(self, node: int) -> int:
        """A bit for each input, or correlated group of them, that a node is drawn from."""
        vertex = self._graph.vertices[node]
        return 1 << self._ground.marginals.group((vertex.input, vertex.key)) if isinstance(vertex, Draw) else 0

    def _parts(self, node: int) -> Iterable[int]:
        """The nodes of which the shapes are needed first."""
        vertex = self._graph.vertices[node]
        if not isinstance(vertex, Operation):
            return ()
        if vertex.name in ("add", "sub"):
            self._terms[node] = sum_of(self._graph, node)
        else:
            coefficient, powers = product_of(self._graph, node)
            if powers == {node: 1.0}:
                inner = size_of(self._graph, powers)[1]
                return vertex.arguments if inner == powers else inner
            self._terms[node] = {frozenset(powers.items()): coefficient}
        factors = [dict(term) for term in self._terms[node]]
        return {part for powers in factors for part in (*powers, *size_of(self._graph, powers)[1])}

    def _shape(self, node: int) -> Shape:
        match self._graph.vertices[node]:
            case Constant(value=value):
                return constant(value) if math.isfinite(value) else ANYTHING
            case Draw(input=name, key=key):
                return _because(self._ground.marginals[name, key].shape, node)
            case Operation(name=name, arguments=arguments):
                if node in self._terms:
                    return self._sum(self._terms[node])
                coefficient, parts = size_of(self._graph, {node: 1.0})
                if parts != {node: 1.0}:
                    known = _of_coefficient(coefficient)
                    return known or self._made_sure(root(self._groups(parts), coefficient), parts)
                return self._but_rare(self._operation(name, arguments), name, arguments)
        return ANYTHING

    def _operation(self, name: str, arguments: tuple[int, ...]) -> Shape:
        shapes = [self._shapes[argument] for argument in arguments]
        if name in COMPARISONS:
            return compared(name, *shapes)
        match name:
            case "where":
                if is_constant(shapes[0]):
                    return shapes[1 if shapes[0].low.at else 2]
                return chosen(shapes[1], shapes[2])
            case "maximum" | "minimum":
                return (larger if name == "maximum" else smaller)(shapes[0], shapes[1], self._are_apart(arguments))
            case "arctan2":
                return bounded(-math.pi, math.pi, UNKNOWN)
            case "pow":
                return raised(shapes[0], shapes[1], self._are_apart(arguments), arguments[1])
        return image(name, shapes[0], arguments[0])

    def _but_rare(self, shape: Shape, name: str, arguments: tuple[int, ...]) -> Shape:
        """The shape of an exponential with the tail that it has where it is not rarer than what is told of."""
        factor, argument = 1.0, arguments[0]
        if name == "pow":
            base = self._shapes[arguments[0]]
            if not is_constant(base):
                return shape
            factor, argument = math.log(base.low.at), arguments[1]
        if shape.far.fastest != NOTHING or not factor:
            return shape
        steps = [abs(factor) * self._ground.growth(argument, self._rarest, factor > 0)]
        if name in ("sinh", "cosh"):
            steps.append(self._ground.growth(argument, self._rarest, False))
        rate = 1 / max(steps) if max(steps) > 0 else math.inf
        far = replace(Tail.exact(power(rate)), cause=shape.far.cause)
        low, high = (replace(end, tail=far) if math.isinf(end.at) else end for end in (shape.low, shape.high))
        return replace(shape, low=low, high=high, far=far)

    def _are_apart(self, nodes: tuple[int, ...]) -> bool:
        """Whether two nodes share no input."""
        return not self._sources[nodes[0]] & self._sources[nodes[1]]

    def _sum(self, terms: dict[Powers, float]) -> Shape:
        """Terms that share no input are independent; those that do are added up first."""
        shapes = {term: self._product(dict(term), coefficient) for term, coefficient in terms.items()}
        sources = {term: self._sources_of(node for node, _ in term) for term in terms}
        total: Shape | None = None
        for group in _joined(sources):
            part: Shape | None = None
            for term in group:
                part = shapes[term] if part is None else added(part, shapes[term], independent=False)
            assert part is not None
            total = part if total is None else added(total, part, independent=True)
        return constant(0.0) if total is None else total

    def _sources_of(self, nodes: Iterable[int]) -> int:
        found = 0
        for node in nodes:
            found |= self._sources[node]
        return found

    def _product(self, powers: dict[int, float], coefficient: float) -> Shape:
        inner, parts = size_of(self._graph, powers)
        if (known := _of_coefficient(coefficient * inner)) is not None:
            return known
        if not powers:
            return constant(coefficient)
        if list(powers.values()) == [1.0]:
            shape = self._shapes[next(iter(powers))]
        else:
            factors = [(self._factor(node, exponent), exponent) for node, exponent in powers.items()]
            shape = self._made_sure(multiplied(factors, self._groups(parts), inner), powers)
        return shape.scaled(coefficient) if coefficient > 0 else shape.negated().scaled(-coefficient)

    def _groups(self, powers: dict[int, float]) -> list[Factors]:
        """The factors of an absolute value: those that share inputs together."""
        groups = _joined({node: self._sources[node] for node in powers})
        return [[(self._factor(node, powers[node]), powers[node]) for node in group] for group in groups]

    def _factor(self, node: int, exponent: float) -> Shape:
        """The shape of a factor; of a denominator that hardly ever comes near 0, without what is there."""
        shape = self._shapes[node]
        if exponent > 0 or shape.near.slowest > power(-HIGHEST * exponent):
            return shape
        rarity = self._ground.nearness(node, shape.straddles)
        if rarity.probability is None and shape.near.fastest == NONE:
            return shape
        if (UNSEEN if rarity.probability is None else rarity.probability) >= self._rarest:
            cause = Cause("zero" if shape.straddles else "bound", node, shape.near.fastest, rarity.probability)
            return replace(shape, near=replace(shape.near, cause=cause))
        end = End(0.0, BOUNDED)
        low, high = (end, shape.high) if rarity.is_positive else (shape.low, end)
        return replace(shape, low=low, high=high, near=BOUNDED)

    def _made_sure(self, shape: Shape, powers: Iterable[int]) -> Shape:
        """A product's shape; nothing tells how heavy its tails are at least where a factor is 0 in all draws."""
        if min(shape.far.fastest, shape.near.fastest) >= EVERY_POWER:
            return shape
        for node in powers:
            is_input = isinstance(self._graph.vertices[node], Draw)
            if not is_input and may_be_zero(self._shapes[node]) and not self._ground.is_ever_other_than_zero(node):
                low, high = (End(end.at, replace(end.tail, fastest=NONE)) for end in (shape.low, shape.high))
                return Shape(low, high, replace(shape.far, fastest=NONE), replace(shape.near, fastest=NONE))
        return shape


def _of_coefficient(coefficient: float) -> Shape | None:
    """The shape of a product that its coefficient decides: one by 0, or divided by it."""
    if not math.isfinite(coefficient):
        return ANYTHING
    return constant(0.0) if coefficient == 0 else None


def _joined(sources: Mapping[Key, int]) -> list[list[Key]]:
    """What shares a source together, in order."""
    groups: list[tuple[int, list[Key]]] = []
    seen = 0
    for key, source in sources.items():
        if not source & seen:
            groups.append((source, [key]))
            seen |= source
            continue
        seen |= source
        apart = [group for group in groups if not group[0] & source]
        shared = [group for group in groups if group[0] & source]
        for bits, _ in shared:
            source |= bits
        groups = [*apart, (source, [*(one for _, keys in shared for one in keys), key])]
    return [keys for _, keys in groups]


def _because(shape: Shape, node: int) -> Shape:
    """An input's shape, its heavy tails being its own."""

    def own(tail: Tail) -> Tail:
        return replace(tail, cause=Cause("tail", node, tail.fastest)) if tail.fastest < EVERY_POWER else tail

    ends = (End(end.at, own(end.tail)) if math.isinf(end.at) else end for end in (shape.low, shape.high))
    low, high = ends
    return replace(shape, low=low, high=high, far=own(shape.far))
