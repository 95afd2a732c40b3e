"""What a formula is: a small tree of five kinds of node, and the operations and words that it may have.

`at` is a node's place in the text, a 0-based offset, for messages.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from mcarbon.unwinding import Walk, unwound


@dataclass(frozen=True, slots=True)
class Number:
    """A literal, or a constant such as pi."""

    value: float
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """An input or a quantity."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of the table `OPERATIONS` on its arguments: operators and functions alike."""

    operation: str
    arguments: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Pick:
    """``x["US"]``: the coordinate of the one axis of x that bears it (`axis` is filled in by `mcarbon.reading.trees`)."""

    argument: Node
    coordinate: str
    at: int
    axis: str | None = None


@dataclass(frozen=True, slots=True)
class Reduce:
    """``sum(x, "country")``, also mean and prod."""

    operation: str
    argument: Node
    axis: str
    at: int


Node = Number | Name | Call | Pick | Reduce

CONSTANTS = {"pi": math.pi}
REDUCTIONS = ("sum", "mean", "prod")

_ONE_ARGUMENT = (
    *("exp", "log", "log2", "log10", "sqrt", "abs", "sin", "cos", "tan", "arcsin", "arccos", "arctan"),
    *("sinh", "cosh", "tanh", "floor", "ceil"),
)
FUNCTIONS: dict[str, int | None] = {
    "where": 3,
    "minimum": None,
    "maximum": None,
    "arctan2": 2,
    **dict.fromkeys(_ONE_ARGUMENT, 1),
}
"""The functions of a formula with the number of their arguments (None: two or more)."""

COMPARISONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})
OPERATIONS: dict[str, int | None] = {
    **dict.fromkeys(("add", "sub", "mul", "div", "pow", *sorted(COMPARISONS)), 2),
    "neg": 1,
    **FUNCTIONS,
}
"""Every operation that a `Call` may have, with its arity (None: two or more)."""

RESERVED = frozenset({*FUNCTIONS, *REDUCTIONS, *CONSTANTS, "True", "False", "None"})
"""Words that an input, a quantity, a dimension or a choice cannot be called."""


class FormulaError(Exception):
    """A formula that cannot be read: what is wrong, at which offset of the text, and what is allowed."""

    def __init__(self, what: str, at: int, allowed: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.at = at
        self.allowed = allowed

    def where(self, text: str) -> str:
        """Where it stands in the text of the formula, with its line and a mark under it."""
        at = self.at
        start = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at)
        line = text[start : len(text) if end < 0 else end].expandtabs(1).rstrip("\r")
        column = at - start
        first = max(0, column - 60)
        shown = ("..." if first else "") + line[first : first + 110] + ("..." if len(line) > first + 110 else "")
        number = f"line {text.count(chr(10), 0, at) + 1}, " if "\n" in text.strip() else ""
        return f"{number}column {column + 1} of the formula\n{shown}\n{' ' * (column - first + (3 if first else 0))}^"


def names(node: Node) -> Iterator[Name]:
    """Every use of an input or a quantity in a tree, from left to right."""
    pending = [node]
    while pending:
        node = pending.pop()
        if isinstance(node, Name):
            yield node
        elif isinstance(node, Call):
            pending += reversed(node.arguments)
        elif isinstance(node, Pick | Reduce):
            pending.append(node.argument)


def constant(node: Node) -> float | None:
    """The value of an expression of literals; None where it is none, or not a finite number."""
    return unwound(_constant(node))


def _constant(node: Node) -> Walk[float | None]:
    if isinstance(node, Number):
        return node.value
    if not isinstance(node, Call):
        return None
    values: list[float] = []
    for argument in node.arguments:
        value = yield _constant(argument)
        if value is None:
            return None
        values.append(value)
    try:
        match node.operation, values:
            case "neg", [a]:
                return -a
            case "add", [a, b]:
                return a + b
            case "sub", [a, b]:
                return a - b
            case "mul", [a, b]:
                return a * b
            case "div", [a, b]:
                return a / b
            case "pow", [a, b]:
                power = a**b
                return power if isinstance(power, float) and math.isfinite(power) else None
    except (OverflowError, ZeroDivisionError):
        return None
    return None
