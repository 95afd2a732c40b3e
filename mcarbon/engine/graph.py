"""Formulas to one graph of operations: axes expanded, equal parts shared, constants folded.

Every cell of a quantity becomes a node. Nodes are made once: the same operation on the same nodes is the same node,
so what two cells have in common is computed once a draw, and ``g / g`` of a shared g is exactly 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcarbon.reading.formula import Call, Name, Node, Number, Pick, Reduce
from mcarbon.reading.model import Key, Model
from mcarbon.study import Coordinates, InputEntry
from mcarbon.unwinding import Walk, unwound


@dataclass(frozen=True, slots=True)
class Constant:
    """A number that is the same in every draw."""

    value: float


@dataclass(frozen=True, slots=True)
class Draw:
    """An uncertain input's cell."""

    input: str
    key: Key


@dataclass(frozen=True, slots=True)
class Missing:
    """A value that is not there, and with it everything computed from it (an input that was not published)."""

    input: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of `mcarbon.engine.machine.OPERATIONS` on other nodes, by their numbers."""

    name: str
    arguments: tuple[int, ...]


Vertex = Constant | Draw | Missing | Operation

_NUMPY: dict[str, Callable[..., Any]] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.float_power,
    "neg": np.negative, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    "eq": np.equal, "ne": np.not_equal, "where": lambda c, a, b: np.where(c != 0, a, b), "minimum": np.minimum,
    "maximum": np.maximum, "arctan2": np.arctan2, "exp": np.exp, "log": np.log, "log2": np.log2, "log10": np.log10,
    "sqrt": np.sqrt, "abs": np.abs, "sin": np.sin, "cos": np.cos, "tan": np.tan, "arcsin": np.arcsin,
    "arccos": np.arccos, "arctan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "floor": np.floor,
    "ceil": np.ceil, "square": np.square,
}  # fmt: skip


def apply(operation: str, *values: float) -> float:
    """One operation on numbers, as NumPy does it: what the machine does to every draw."""
    with np.errstate(all="ignore"):
        return float(_NUMPY[operation](*(np.float64(value) for value in values)))


def vectorized(operation: str, *values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """One operation on arrays, as `apply` does it on numbers."""
    return np.asarray(_NUMPY[operation](*values), dtype=np.float64)


class Graph:
    """The nodes of some cells of a model.

    `vertices` are the nodes by number, `cells` the numbers of the inputs' and quantities' cells that were asked for.
    `entry_value` gives the number of an input's cell, None where it is drawn from its prior, or a `Missing`.
    `overrides` replaces quantities by numbers in their own unit (a claim's rounded intermediates): those of their cells
    that are at these coordinates, `overridden_at`, on whatever axes they share.
    """

    def __init__(
        self,
        model: Model,
        entry_value: Callable[[str, Key, InputEntry], float | Missing | None],
        overrides: Mapping[str, float] | None = None,
        overridden_at: Coordinates | None = None,
    ) -> None:
        self.vertices: list[Vertex] = []
        self._model = model
        self._entry_value = entry_value
        self._overrides = overrides or {}
        self._overridden_at = overridden_at or {}
        self._numbers: dict[object, int] = {}
        self.cells: dict[tuple[str, Key], int] = {}

    def cell(self, name: str, coordinates: Coordinates) -> int:
        """The node of an input or a quantity at these coordinates (axes that it lacks are ignored)."""
        return unwound(self._cell(name, coordinates))

    def _cell(self, name: str, coordinates: Coordinates) -> Walk[int]:
        key = tuple(coordinates[axis] for axis in self._model.axes[name])
        node = self.cells.get((name, key))
        if node is None:
            is_input = name in self._model.study.inputs
            node = self._input(name, coordinates) if is_input else (yield self._quantity(name, coordinates))
            self.cells[name, key] = node
        return node

    def _input(self, name: str, coordinates: Coordinates) -> int:
        record = self._model.study.inputs[name]
        key = tuple(coordinates[axis] for axis in record.axes)
        value = self._entry_value(name, key, record.entry(coordinates))
        if value is None:
            return self._add(Draw(name, key))
        return self._add(value if isinstance(value, Missing) else Constant(float(value)))

    def _quantity(self, name: str, coordinates: Coordinates) -> Walk[int]:
        axes = self._model.axes[name]
        here = all(coordinates[axis] == self._overridden_at.get(axis, coordinates[axis]) for axis in axes)
        if name in self._overrides and here:
            return self._add(Constant(float(self._overrides[name])))
        key = tuple(coordinates[axis] for axis in self._model.study.quantities[name].axes)
        node: int = yield self._tree(self._model.formulas[name][key], coordinates)
        return node

    def _tree(self, tree: Node, at: Coordinates) -> Walk[int]:
        match tree:
            case Number(value=value):
                return self._add(Constant(value))
            case Name(name=name):
                node: int = yield self._cell(name, at)
                return node
            case Pick(argument=argument, coordinate=coordinate, axis=axis):
                assert axis is not None, "the model fills it in"
                node = yield self._tree(argument, {**at, axis: coordinate})
                return node
            case Reduce(operation=operation, argument=argument, axis=axis):
                coordinates = self._model.study.axes[axis]
                terms = []
                for coordinate in coordinates:
                    terms.append((yield self._tree(argument, {**at, axis: coordinate})))
                total = self._chain("mul" if operation == "prod" else "add", terms)
                return self.operate("div", total, self._add(Constant(len(terms)))) if operation == "mean" else total
            case Call(operation=operation, arguments=arguments):
                nodes = []
                for argument in arguments:
                    nodes.append((yield self._tree(argument, at)))
                return (
                    self._chain(operation, nodes) if operation in ("minimum", "maximum") else self.operate(operation, *nodes)
                )
        raise AssertionError(tree)

    def _chain(self, operation: str, nodes: list[int]) -> int:
        result = nodes[0]
        for node in nodes[1:]:
            result = self.operate(operation, result, node)
        return result

    def operate(self, operation: str, *arguments: int) -> int:
        """The node of an operation of the machine on other nodes: a number where it can be."""
        vertices = [self.vertices[argument] for argument in arguments]
        if operation == "where" and isinstance(vertices[0], Constant):
            return arguments[1] if vertices[0].value != 0 else arguments[2]
        for vertex in vertices:
            if isinstance(vertex, Missing):
                return self._add(vertex)
        values = [vertex.value for vertex in vertices if isinstance(vertex, Constant)]
        if len(values) == len(vertices):
            return self._add(Constant(apply(operation, *values)))
        # Multiplying and dividing by 1 changes no bit.
        if operation in ("mul", "div") and vertices[1] == Constant(1.0):
            return arguments[0]
        if operation == "mul" and vertices[0] == Constant(1.0):
            return arguments[1]
        if operation == "pow" and vertices[1] == Constant(2.0):
            return self._add(Operation("square", arguments[:1]))
        return self._add(Operation(operation, arguments))

    def constant(self, value: float) -> int:
        """The node of a number."""
        return self._add(Constant(value))

    def _add(self, vertex: Vertex) -> int:
        # A float's -0.0 and 0.0 are equal and would share a node: 1/x tells them apart, so their signs are kept.
        key: object = (vertex, np.signbit(vertex.value)) if isinstance(vertex, Constant) else vertex
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.vertices)
            self.vertices.append(vertex)
        return number


def drawn(name: str, key: Key, entry: InputEntry) -> float | None:
    """The entry's value under the priors: None where it is drawn."""
    return entry.value if entry.prior is None else None
