"""Formulas: text in, a small tree out. Parsed, never evaluated as Python.

The tree has five kinds of node. `at` is the node's place in the text, a 0-based offset, for messages.
Python's own parser knows the grammar (precedence, parentheses); the text is scanned first, so that only numbers,
names, quoted coordinates and the operators below ever reach it.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache


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
    """``x["US"]``: the coordinate of the one axis of x that bears it (`axis` is filled in by `mcarbon.reading.model`)."""

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

MAX_LENGTH = 10_000
MAX_NESTING = 50
"""Levels of parentheses, calls and picks."""
MAX_DEPTH = 200
"""Levels of the tree: every walk over it is recursive and must stay far from Python's own limit."""

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

_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
}
OPERATIONS: dict[str, int | None] = {
    **dict.fromkeys((*_BINARY.values(), *_COMPARISONS.values()), 2),
    "neg": 1,
    **FUNCTIONS,
}
"""Every operation that a `Call` may have, with its arity (None: two or more)."""

RESERVED = frozenset({*FUNCTIONS, *REDUCTIONS, *CONSTANTS, "True", "False", "None"})
"""Words that an input, a quantity, a dimension or a choice cannot be called."""

_ALLOWED = "Allowed: numbers, names of inputs and quantities, + - * / **, < <= > >= == !=, parentheses, functions."
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<number>(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<text>\"[^\"\r\n]*\"|'[^'\r\n]*')"
    r"|(?P<operator>\*\*|<=|>=|==|!=|/(?!/)|[-+*<>()\[\],])"
)


class FormulaError(Exception):
    """A formula that cannot be read: what is wrong, at which offset of the text, and what is allowed."""

    def __init__(self, what: str, at: int, allowed: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.at = at
        self.allowed = allowed


@lru_cache(maxsize=4096)
def parse(text: str) -> Node:
    """The tree of a formula.

    Raises `FormulaError` for anything that is not arithmetic of the study format: see its section on formulas.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(
            f"the formula has {len(text):,} characters",
            MAX_LENGTH,
            f"A formula has at most {MAX_LENGTH:,} characters; split it into several quantities.",
        )
    reader = _Reader(text)
    return reader.node(reader.python_tree(), 0)


def names(node: Node) -> Iterator[Name]:
    """Every use of an input or a quantity in a tree, from left to right."""
    if isinstance(node, Name):
        yield node
    elif isinstance(node, Call):
        for argument in node.arguments:
            yield from names(argument)
    elif isinstance(node, Pick | Reduce):
        yield from names(node.argument)


class _Reader:
    """One formula while it is read: its tokens by offset, and the walk over Python's tree of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: dict[int, str] = {}
        # What Python's parser sees: one line of ASCII as long as the text, so that its columns are our offsets.
        # Quoted coordinates are blanked out and Python's keywords (`yield` is a fair name of an input) disguised.
        self.shown: list[str] = []
        self._scan()
        self.indent = len(text) - len(text.lstrip(" \t\r\n"))

    def _scan(self) -> None:
        position, level, before, earlier = 0, 0, "", ""
        while position < len(self.text):
            match = _TOKEN.match(self.text, position)
            if match is None:
                raise self._unreadable(position)
            kind, token = str(match.lastgroup), match.group()
            if kind != "space":
                level += (token in "([") - (token in ")]") if kind == "operator" else 0
                if level > MAX_NESTING:
                    raise FormulaError(
                        f"more than {MAX_NESTING} levels of parentheses and calls",
                        position,
                        "Split the formula into several quantities.",
                    )
                self._check(kind, token, earlier if kind == "text" else before, position)
                self.tokens[position] = token
                earlier = kind
            if kind == "text":
                self.shown.append('"' + "_" * (len(token) - 2) + '"')
            elif kind == "space":
                self.shown.append(" " * len(token))
            else:
                self.shown.append(token.swapcase() if keyword.iskeyword(token) else token)
            before, position = kind, match.end()
        if not self.tokens:
            raise FormulaError("the formula is empty", 0)

    def _check(self, kind: str, token: str, before: str, position: int) -> None:
        if kind == "number":
            if before == "name":
                raise FormulaError(f"`{token}` cannot follow a name", position)
            number = _literal(token)
            if number is None:
                raise FormulaError(f"`{token[:40]}` is not a number here", position, "Write it as 0.5, 1200 or 1.2e3.")
            if math.isinf(number):
                raise FormulaError(f"`{token[:40]}` is too large for a number", position, "The largest is 1.7e308.")
            if number == 0 and re.search("[1-9]", re.split("[eE]", token)[0]):
                raise FormulaError(f"`{token[:40]}` is too small for a number", position, "The smallest is 5e-324.")
        elif kind == "name":
            if before == "number":
                start = next(reversed(self.tokens))
                raise FormulaError(
                    f"`{self.text[start : position + len(token)][-40:]}` is not a number here",
                    start,
                    "Numbers are decimal (0.5, 1.2e3); a product needs `*`.",
                )
            if token in ("True", "False", "None"):
                raise FormulaError(f"`{token}` is not a number", position, "Write 1 or 0.")
        elif kind == "text" and before in ("name", "number", "text"):
            raise FormulaError("a quoted text cannot stand here", position, _TEXT)

    def _unreadable(self, position: int) -> FormulaError:
        character = self.text[position]
        if character in "\"'":
            return FormulaError("a quoted text is not closed", position)
        if character == "." and position + 1 < len(self.text) and re.match(r"[A-Za-z_]", self.text[position + 1]):
            return FormulaError("attributes (`.`) are not allowed in a formula", position, _ALLOWED)
        if character == ":" and "lambda" in self.tokens.values():
            return FormulaError("a lambda is not allowed in a formula", position, _ALLOWED)
        if character == "/":
            return FormulaError("`//` is not an operator here", position, "A division without remainder is floor(a / b).")
        if character == "=":
            return FormulaError(
                "`=` is not allowed in a formula", position, "A comparison is `==`; functions take no named arguments."
            )
        if character == "^":
            return FormulaError("`^` is not an operator here", position, "A power is `**`.")
        shown = character if character.isprintable() else f"U+{ord(character):04X}"
        return FormulaError(f"`{shown}` is not allowed in a formula", position, _ALLOWED)

    def python_tree(self) -> ast.expr:
        """Python's tree of the scanned text."""
        source = "".join(self.shown)
        try:
            return ast.parse(source[self.indent :], mode="eval").body
        except SyntaxError as error:
            # Python gives offset 0 where the text ends too early.
            raise self._broken(error.offset - 1 + self.indent if error.offset else len(source)) from None
        except (RecursionError, MemoryError):
            raise self._too_deep(0) from None

    def _broken(self, offset: int) -> FormulaError:
        opened: list[int] = []
        for at, token in self.tokens.items():
            if token in ("(", "["):
                opened.append(at)
            elif token in (")", "]"):
                if not opened:
                    return FormulaError(f"`{token}` closes nothing", at)
                if self.tokens[opened.pop()] != {")": "(", "]": "["}[token]:
                    return FormulaError(f"`{token}` does not close the bracket that is open", at)
        if opened:
            return FormulaError(f"`{self.tokens[opened[-1]]}` is not closed", opened[-1])
        later = [at for at in self.tokens if at >= offset]
        if not later:
            return FormulaError("the formula breaks off", len(self.text.rstrip()), _ALLOWED)
        return FormulaError(f"`{self.tokens[later[0]]}` cannot stand here", later[0], _ALLOWED)

    def _too_deep(self, at: int) -> FormulaError:
        return FormulaError(f"the formula is more than {MAX_DEPTH} operations deep", at, "Split it into several quantities.")

    def node(self, tree: ast.expr, depth: int) -> Node:
        """Our node of a node of Python's."""
        at = tree.col_offset + self.indent
        if depth > MAX_DEPTH:
            raise self._too_deep(at)
        match tree:
            case ast.Constant(value=int() | float()):
                number = _literal(self.tokens[at])
                return Number(math.nan if number is None else number, at)
            case ast.Name():
                return self._name(at)
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _BINARY:
                arguments = (self.node(left, depth + 1), self.node(right, depth + 1))
                return Call(_BINARY[type(operator)], arguments, self._between(left, right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Call("neg", (self.node(operand, depth + 1),), at)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.node(operand, depth + 1)
            case ast.Compare(left=left, ops=[comparison], comparators=[right]) if type(comparison) in _COMPARISONS:
                arguments = (self.node(left, depth + 1), self.node(right, depth + 1))
                return Call(_COMPARISONS[type(comparison)], arguments, self._between(left, right))
            case ast.Compare():
                raise FormulaError(
                    "comparisons cannot be chained", at, "Write (a < b) * (b < c) for `a < b` and `b < c` together."
                )
            case ast.Call():
                return self._call(tree, at, depth)
            case ast.Subscript(value=value, slice=inner):
                coordinate = self._text(inner)
                if coordinate is None:
                    raise FormulaError("a pick takes one coordinate in quotes", at, 'Such as x["US"].')
                return Pick(self.node(value, depth + 1), coordinate, at)
            case ast.Constant():
                raise FormulaError("a quoted text cannot stand here", at, _TEXT)
            case ast.Tuple() | ast.List():
                raise FormulaError("a list is not allowed in a formula", at, _ALLOWED)
        raise FormulaError("this is not arithmetic", at, _ALLOWED)

    def _between(self, left: ast.expr, right: ast.expr) -> int:
        """Where the operator between two operands stands."""
        start, stop = (left.end_col_offset or 0) + self.indent, right.col_offset + self.indent
        return next(at for at in range(start, stop) if self.tokens.get(at, ")") not in "()")

    def _name(self, at: int) -> Node:
        name = self.tokens[at]
        if name in CONSTANTS:
            return Number(CONSTANTS[name], at)
        if name in FUNCTIONS or name in REDUCTIONS:
            raise FormulaError(f"`{name}` is a function and takes its arguments in parentheses", at)
        return Name(name, at)

    def _text(self, tree: ast.expr) -> str | None:
        if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
            return self.tokens[tree.col_offset + self.indent][1:-1]
        return None

    def _call(self, tree: ast.Call, at: int, depth: int) -> Node:
        if not isinstance(tree.func, ast.Name):
            raise FormulaError("only a function can be called", at, _FUNCTIONS)
        name = self.tokens[tree.func.col_offset + self.indent]
        if name in CONSTANTS:
            raise FormulaError(f"`{name}` is a number, not a function", at)
        if name in REDUCTIONS:
            axis = self._text(tree.args[1]) if len(tree.args) == 2 else None
            if axis is None:
                raise FormulaError(
                    f"`{name}` takes an expression and a dimension in quotes", at, f'Such as {name}(x, "country").'
                )
            return Reduce(name, self.node(tree.args[0], depth + 1), axis, at)
        if name not in FUNCTIONS:
            near = get_close_matches(name, [*FUNCTIONS, *REDUCTIONS], n=1)
            raise FormulaError(
                f"`{name}` is not a function of a formula",
                at,
                (f"Did you mean `{near[0]}`? " if near else "") + _FUNCTIONS,
            )
        arity = FUNCTIONS[name]
        if len(tree.args) != arity if arity is not None else len(tree.args) < 2:
            wanted = "two or more arguments" if arity is None else f"{arity} argument{'s' if arity > 1 else ''}"
            raise FormulaError(f"`{name}` takes {wanted}, not {len(tree.args)}", at)
        return Call(name, tuple(self.node(argument, depth + 1) for argument in tree.args), at)


_TEXT = 'Quotes are for coordinates and dimensions: x["US"], sum(x, "country").'
_FUNCTIONS = "Allowed: " + ", ".join([*FUNCTIONS, *REDUCTIONS]) + "."


def _literal(token: str) -> float | None:
    """The value of a decimal literal; None where it is none (``1__0``, ``007``)."""
    if re.match("0_?[0-9]", token) and token.replace("_", "").isdigit():
        return None
    try:
        return float(token)
    except ValueError:
        return None
