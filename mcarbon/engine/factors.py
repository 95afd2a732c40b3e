"""Pure factors: inputs in which an output is homogeneous, y(x, others) = x**d * h(others).

Where x > 0 scales a quantity by a fixed power of itself, whatever the other inputs are, the quantity's distribution
given the others is that of a power of x, known exactly. Only h must then be drawn, and it is the quantity itself with 1
in the place of x. A degree follows from those of an operation's arguments (Euler's homogeneous functions), so sums that
share a factor are found as well as products: ``w / speed * a + w / speed * b`` has the degree -1 in `speed`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mcarbon.engine.graph import Constant, Draw, Graph, Operation, Vertex

Degrees = dict[int, float | None]
"""Input's node -> degree; None: not homogeneous. An input that is not named does not occur."""

_SAME_DEGREE = ("add", "sub", "minimum", "maximum")
_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")
_POWERS = {"neg": 1.0, "abs": 1.0, "square": 2.0, "sqrt": 0.5}


class Homogeneity:
    """The degrees of a graph's nodes in its draws."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._known: dict[int, Degrees] = {}

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
                self._known[current] = {current: 1.0} if isinstance(vertex, Draw) else self._of(vertex)
        return self._known[node]

    def _of(self, vertex: Vertex) -> Degrees:
        if not isinstance(vertex, Operation):
            return {}
        vertices = [self._graph.vertices[argument] for argument in vertex.arguments]
        of = [self._known[argument] for argument in vertex.arguments]
        name = vertex.name
        if name in _POWERS:
            return {x: None if d is None else _POWERS[name] * d for x, d in of[0].items()}
        if name in ("mul", "div"):
            sign = 1.0 if name == "mul" else -1.0
            return _joined(of, lambda a, b: a + sign * b)
        if name == "pow" and isinstance(exponent := vertices[1], Constant):
            return {x: None if d is None else exponent.value * d for x, d in of[0].items()}
        if name in _SAME_DEGREE:
            # 0 is of any degree.
            terms = [degrees for degrees, each in zip(of, vertices) if each != Constant(0.0)]
            return _joined(terms, _if_same)
        if name in _COMPARISONS:
            return {x: None if d is None else 0.0 for x, d in _joined(of, _if_same).items()}
        if name == "where":
            branches = _joined([degrees for degrees, each in zip(of[1:], vertices[1:]) if each != Constant(0.0)], _if_same)
            return branches | {x: branches.get(x, 0.0) if d == 0.0 else None for x, d in of[0].items()}
        # Of any other function the arguments must not change with x at all.
        return {x: 0.0 if all(each.get(x, 0.0) == 0.0 for each in of) else None for each in of for x in each}


def _if_same(a: float, b: float) -> float | None:
    return a if a == b else None


def _joined(of: Sequence[Degrees], join: Callable[[float, float], float | None]) -> Degrees:
    """The degrees of an operation on one or two arguments; an argument without x has the degree 0 in it."""
    if not of:
        return {}
    result = dict(of[0])
    for degrees in of[1:]:
        for x in {**result, **degrees}:
            a, b = result.get(x, 0.0), degrees.get(x, 0.0)
            result[x] = None if a is None or b is None else join(a, b)
    return result


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
