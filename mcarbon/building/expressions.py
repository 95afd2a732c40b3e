"""Expressions: Python's operators on inputs and quantities, which write the text of a formula.

Nothing is computed and nothing is checked here. The text is parsed and checked with the study, like one from a file.
"""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any, NoReturn

from mcarbon.reading.formula import FUNCTIONS

COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)
"""How tightly the outermost operation of a text binds: decides about parentheses."""


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A formula as text, and how tightly it binds.

    The operators and comparisons of formulas make longer ones, ``x["US"]`` picks a coordinate, and the functions of
    formulas are in `mcarbon.functions`; NumPy's functions of the same names (``numpy.exp(x)``) give the same.
    """

    text: str
    rank: int = ATOM

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def __add__(self, other: Operand) -> Expression:
        return _binary(self, "+", other, SUM)

    def __radd__(self, other: Operand) -> Expression:
        return _binary(other, "+", self, SUM)

    def __sub__(self, other: Operand) -> Expression:
        return _binary(self, "-", other, SUM)

    def __rsub__(self, other: Operand) -> Expression:
        return _binary(other, "-", self, SUM)

    def __mul__(self, other: Operand) -> Expression:
        return _binary(self, "*", other, PRODUCT)

    def __rmul__(self, other: Operand) -> Expression:
        return _binary(other, "*", self, PRODUCT)

    def __truediv__(self, other: Operand) -> Expression:
        return _binary(self, "/", other, PRODUCT)

    def __rtruediv__(self, other: Operand) -> Expression:
        return _binary(other, "/", self, PRODUCT)

    def __pow__(self, other: Operand) -> Expression:
        return Expression(f"{_within(self, ATOM)} ** {_within(other, SIGN)}", POWER)

    def __rpow__(self, other: Operand) -> Expression:
        return Expression(f"{_within(other, ATOM)} ** {_within(self, SIGN)}", POWER)

    def __neg__(self) -> Expression:
        return Expression(f"-{_within(self, SIGN)}", SIGN)

    def __pos__(self) -> Expression:
        return self

    def __abs__(self) -> Expression:
        return call("abs", self)

    def __lt__(self, other: Operand) -> Expression:
        return _compared(self, "<", other)

    def __le__(self, other: Operand) -> Expression:
        return _compared(self, "<=", other)

    def __gt__(self, other: Operand) -> Expression:
        return _compared(self, ">", other)

    def __ge__(self, other: Operand) -> Expression:
        return _compared(self, ">=", other)

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]
        return _compared(self, "==", other)

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]
        return _compared(self, "!=", other)

    __hash__ = object.__hash__

    def __getitem__(self, coordinate: str) -> Expression:
        return Expression(f"{_within(self, ATOM)}[{quoted(coordinate)}]")

    def __iter__(self) -> NoReturn:
        # Without this, Python would go through self[0], self[1], ... for ever.
        raise TypeError("an expression has no parts to go through")

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "an expression is neither true nor false: where(condition, a, b) chooses, (a < b) * (b < c) stands for a < b < c"
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """NumPy's functions on expressions; without it, NumPy would make arrays of objects."""
        operator = _UFUNCS.get(ufunc.__name__)
        if method != "__call__" or options:
            return NotImplemented
        if operator is not None:
            left, right = (each if isinstance(each, Expression) else operand(each) for each in inputs)
            return getattr(left, operator)(right)
        name = {"absolute": "abs", "fabs": "abs", "negative": "neg"}.get(ufunc.__name__, ufunc.__name__)
        if name == "neg":
            return -inputs[0]
        if name not in FUNCTIONS:
            return NotImplemented
        return call(name, *inputs)


Operand = Expression | float

_UFUNCS = {
    "add": "__add__", "subtract": "__sub__", "multiply": "__mul__", "divide": "__truediv__", "power": "__pow__",
    "float_power": "__pow__", "less": "__lt__", "less_equal": "__le__", "greater": "__gt__", "greater_equal": "__ge__",
    "equal": "__eq__", "not_equal": "__ne__",
}  # fmt: skip


def call(name: str, *arguments: Operand | str) -> Expression:
    """A function of formulas on its arguments; a text is an argument as it stands."""
    return Expression(f"{name}({', '.join(each if isinstance(each, str) else operand(each).text for each in arguments)})")


def operand(value: object) -> Expression:
    """A number as an expression. TypeError for what is neither, ValueError for a number that formulas do not have."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"a formula is made of expressions and numbers, not of {type(value).__name__} {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"a formula has no number {float(value)!r}")
    text = repr(int(value)) if isinstance(value, numbers.Integral) else repr(float(value))
    return Expression(text, SIGN if text.startswith("-") else ATOM)


def quoted(text: str) -> str:
    """A coordinate or an axis in quotes. ValueError where both kinds of quotes, or a line's end, stand in it."""
    if '"' not in text and not {"\n", "\r"} & set(text):
        return f'"{text}"'
    if "'" in text or {"\n", "\r"} & set(text):
        raise ValueError(f"{text!r} cannot be quoted in a formula: it has both kinds of quotes or a line's end")
    return f"'{text}'"


def _binary(left: object, operator: str, right: object, rank: int) -> Expression:
    # What stands right binds tighter than its operator: a - (b - c), and a + (b + c) as it was written, to the bit.
    return Expression(f"{_within(left, rank)} {operator} {_within(right, rank + 1)}", rank)


def _compared(left: object, operator: str, right: object) -> Expression:
    return Expression(f"{_within(left, SUM)} {operator} {_within(right, SUM)}", COMPARISON)


def _within(value: object, rank: int) -> str:
    """The text of an operand, in parentheses where it binds less tightly than `rank`."""
    expression = operand(value)
    return expression.text if expression.rank >= rank else f"({expression.text})"
