"""What the nodes of a graph are called in messages: by name, or as the formula that they are."""

from __future__ import annotations

from mcarbon.engine.graph import Constant, Draw, Graph, Missing, Operation

_SIGNS = {
    "add": ("+", 1), "sub": ("-", 1), "mul": ("*", 2), "div": ("/", 2), "pow": ("**", 4),
    "lt": ("<", 0), "le": ("<=", 0), "gt": (">", 0), "ge": (">=", 0), "eq": ("==", 0), "ne": ("!=", 0),
}  # fmt: skip
"""The operators of formulas, and how strongly they bind."""
_NEGATIVE, _SQUARE, _ALONE = 3, 4, 5
DEEPEST = 3
"""Operations within operations that are written out."""


class Labels:
    """The nodes of a graph in words. Quantities and inputs go by their names, with the coordinates of their cell."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._names: dict[int, str] = {}
        for (name, key), node in graph.cells.items():
            if isinstance(graph.vertices[node], Constant):
                continue  # equal numbers share a node, and may be anything
            self._names.setdefault(node, f"{name}[{', '.join(key)}]" if key else name)

    def text(self, node: int) -> str:
        """The node's name, or its formula where it has none."""
        return self._names.get(node) or self.formula(node)

    def formula(self, node: int) -> str:
        """The node as the formula that it is, other nodes by name."""
        return self._written(node, DEEPEST, named=False)[0]

    def _written(self, node: int, depth: int, named: bool = True) -> tuple[str, int]:
        """The text, and how strongly its outermost operator binds."""
        if named and node in self._names:
            return self._names[node], _ALONE
        match self._graph.vertices[node]:
            case Constant(value=value):
                return f"{value:.6g}", _ALONE if value >= 0 else _NEGATIVE
            case Draw(input=name, key=key):
                return f"{name}[{', '.join(key)}]" if key else name, _ALONE
            case Missing(input=name):
                return name, _ALONE
            case Operation() if depth == 0:
                return "...", _ALONE
            case Operation(name=name, arguments=(a, b)) if name in _SIGNS:
                sign, strength = _SIGNS[name]
                # What binds as strongly stands on the left; powers, which may be negative, the other way round.
                left = self._within(a, depth, strength + (name == "pow" or strength == 0))
                right = self._within(b, depth, _NEGATIVE if name == "pow" else strength + 1)
                return f"{left} {sign} {right}", strength
            case Operation(name="neg", arguments=(a,)):
                return f"-{self._within(a, depth, _NEGATIVE)}", _NEGATIVE
            case Operation(name="square", arguments=(a,)):
                return f"{self._within(a, depth, _SQUARE + 1)} ** 2", _SQUARE
            case Operation(name=name, arguments=arguments):
                return f"{name}({', '.join(self._written(one, depth - 1)[0] for one in arguments)})", _ALONE
        raise AssertionError(node)

    def _within(self, node: int, depth: int, strength: int) -> str:
        text, own = self._written(node, depth - 1)
        return text if own >= strength else f"({text})"
