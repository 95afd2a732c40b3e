"""Formulas read: text in, a tree out. Parsed, never evaluated as Python.

Python's own parser knows the grammar (precedence, parentheses); it is shown only what `mcarbon.reading.tokens` has
let through.
"""

from __future__ import annotations

import ast
import math
from functools import lru_cache

from mcarbon.errors import near_miss
from mcarbon.reading.formula import CONSTANTS, FUNCTIONS, REDUCTIONS, Call, FormulaError, Name, Node, Number, Pick, Reduce
from mcarbon.reading.tokens import ALLOWED, QUOTES, Tokens, literal

MAX_LENGTH = 10_000
MAX_DEPTH = 200
"""Levels of the tree: every walk over it is recursive and must stay far from Python's own limit."""

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


class _Reader:
    """One formula while it is read: its tokens by offset, and the walk over Python's tree of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        tokens = Tokens(text)
        self.tokens = tokens.at
        self.shown = tokens.shown
        self.indent = len(text) - len(text.lstrip(" \t\r\n"))

    def python_tree(self) -> ast.expr:
        """Python's tree of the scanned text."""
        try:
            return ast.parse(self.shown[self.indent :], mode="eval").body
        except SyntaxError as error:
            # Python gives offset 0 where the text ends too early.
            raise self._broken(error.offset - 1 + self.indent if error.offset else len(self.shown)) from None
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
            return FormulaError("the formula breaks off", len(self.text.rstrip()), ALLOWED)
        return FormulaError(f"`{self.tokens[later[0]]}` cannot stand here", later[0], ALLOWED)

    def _too_deep(self, at: int) -> FormulaError:
        return FormulaError(f"the formula is more than {MAX_DEPTH} operations deep", at, "Split it into several quantities.")

    def node(self, tree: ast.expr, depth: int) -> Node:
        """Our node of a node of Python's."""
        at = tree.col_offset + self.indent
        if depth > MAX_DEPTH:
            raise self._too_deep(at)
        match tree:
            case ast.Constant(value=int() | float()):
                number = literal(self.tokens[at])
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
                raise FormulaError("a quoted text cannot stand here", at, QUOTES)
            case ast.Tuple() | ast.List():
                raise FormulaError("a list is not allowed in a formula", at, ALLOWED)
        raise FormulaError("this is not arithmetic", at, ALLOWED)

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
            near = near_miss(name, [*FUNCTIONS, *REDUCTIONS])
            raise FormulaError(
                f"`{name}` is not a function of a formula",
                at,
                (f"Did you mean `{near}`? " if near else "") + _FUNCTIONS,
            )
        arity = FUNCTIONS[name]
        if len(tree.args) != arity if arity is not None else len(tree.args) < 2:
            wanted = "two or more arguments" if arity is None else f"{arity} argument{'s' if arity > 1 else ''}"
            raise FormulaError(f"`{name}` takes {wanted}, not {len(tree.args)}", at)
        return Call(name, tuple(self.node(argument, depth + 1) for argument in tree.args), at)


_FUNCTIONS = "Allowed: " + ", ".join([*FUNCTIONS, *REDUCTIONS]) + "."
