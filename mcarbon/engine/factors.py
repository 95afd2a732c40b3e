"""Pure factors: inputs in which an output is homogeneous, y(x, others) = x**d * h(others).

Where x > 0 scales a quantity by a fixed power of itself, whatever the other inputs are, the quantity's distribution
given the others is that of a power of x, known exactly. Only h must then be drawn, and it is the quantity itself with 1
in the place of x. A degree follows from those of an operation's arguments (Euler's homogeneous functions), so sums that
share a factor are found as well as products: ``w / speed * a + w / speed * b`` has the degree -1 in `speed`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from mcarbon.engine.graph import Constant, Draw, Graph, Operation, Vertex


class Degrees(NamedTuple):
    """The degrees `of` a node in the draws it is homogeneous in; draws that are in neither do not occur.

    `broken`: those it is not homogeneous in, a bit each (`Homogeneity.bit`), since of a large study they are most, and are
    joined at every node.
    """

    of: dict[int, float]
    broken: int


_SAME_DEGREE = ("add", "sub", "minimum", "maximum")
_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
_POWERS = {"neg": 1.0, "abs": 1.0, "square": 2.0, "sqrt": 0.5}
_NONE = Degrees({}, 0)


class Homogeneity:
    """The degrees of a graph's nodes in its draws. `bit`: a draw's bit in `Degrees.broken`."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._known: dict[int, Degrees] = {}
        self.bit: dict[int, int] = {}

    def degrees(self, node: int) -> Degrees:
        """The degree of a node in each draw that it is computed from."""
        pending = [node]
        while pending:
            current = pending[-1]
            vertex = self._graph.vertices[current]
            arguments = vertex.arguments if isinstance(vertex, Operation) else ()
            missing = [argument for argument in arguments if argument not in self._known]
            if missing:
                pending += missing
                continue
            pending.pop()
            if current not in self._known:
                self._known[current] = self._draw(current) if isinstance(vertex, Draw) else self._of(vertex)
        return self._known[node]

    def _draw(self, node: int) -> Degrees:
        self.bit[node] = 1 << len(self.bit)
        return Degrees({node: 1.0}, 0)

    def _of(self, vertex: Vertex) -> Degrees:
        if not isinstance(vertex, Operation):
            return _NONE
        vertices = [self._graph.vertices[argument] for argument in vertex.arguments]
        of = [self._known[argument] for argument in vertex.arguments]
        name = vertex.name
        if name in _POWERS:
            return self._times(of[0], _POWERS[name])
        if name in ("mul", "div"):
            sign = 1.0 if name == "mul" else -1.0
            return self._joined(of, lambda a, b: a + sign * b)
        if name == "pow" and isinstance(exponent := vertices[1], Constant):
            return self._times(of[0], exponent.value)
        if name in _SAME_DEGREE:
            # 0 is of any degree.
            return self._joined([degrees for degrees, each in zip(of, vertices) if each != Constant(0.0)], _if_same)
        if name in _COMPARISONS:
            return self._times(self._joined(of, _if_same), 0.0)
        if name == "where":
            branches = self._joined([each for each, v in zip(of[1:], vertices[1:]) if v != Constant(0.0)], _if_same)
            # The condition must not change with x at all, and then says nothing of the degree.
            asked = self._unchanged(of[:1])
            return self._without({**asked.of, **branches.of}, asked.broken | branches.broken)
        # Of any other function the arguments must not change with x at all.
        return self._unchanged(of)

    def _times(self, degrees: Degrees, power: float) -> Degrees:
        return Degrees({x: power * d for x, d in degrees.of.items()}, degrees.broken)

    def _unchanged(self, of: Sequence[Degrees]) -> Degrees:
        """The degree 0 in the draws in which all of these have it; broken in all others."""
        broken = 0
        for degrees in of:
            broken |= degrees.broken
            for x, d in degrees.of.items():
                broken |= self.bit[x] if d else 0
        return self._without({x: 0.0 for degrees in of for x in degrees.of}, broken)

    def _joined(self, of: Sequence[Degrees], join: Callable[[float, float], float | None]) -> Degrees:
        """The degrees of an operation on one or two arguments; an argument without x has the degree 0 in it."""
        if not of:
            return _NONE
        result, broken = of[0]
        for degrees in of[1:]:
            both = {}
            broken |= degrees.broken
            for x in {**result, **degrees.of}:
                degree = join(result.get(x, 0.0), degrees.of.get(x, 0.0))
                if degree is None:
                    broken |= self.bit[x]
                else:
                    both[x] = degree
            result = both
        return self._without(result, broken)

    def _without(self, of: dict[int, float], broken: int) -> Degrees:
        return Degrees({x: d for x, d in of.items() if not broken & self.bit[x]}, broken)


def _if_same(a: float, b: float) -> float | None:
    return a if a == b else None


def without(graph: Graph, node: int, left_out: frozenset[int], made: dict[int, int]) -> int:
    """The node with 1 in the place of these draws, which is the same graph's; `made` remembers what became of each node."""
    pending = [node]
    while pending:
        current = pending[-1]
        vertex = graph.vertices[current]
        arguments = vertex.arguments if isinstance(vertex, Operation) else ()
        missing = [argument for argument in arguments if argument not in made]
        if missing:
            pending += missing
            continue
        pending.pop()
        if current in left_out:
            made[current] = graph.constant(1.0)
        elif isinstance(vertex, Operation):
            made[current] = graph.operate(vertex.name, *(made[argument] for argument in vertex.arguments))
        else:
            made[current] = current
    return made[node]
