"""Formulas read: text in, a tree out. Parsed, never evaluated as Python.

The grammar is Python's of the same operators, one method a level: comparisons bind least, then sums, products, signs,
powers, and picks and calls most. Chains of operators are loops, so only parentheses and calls, whose levels are
bounded, go deeper.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mcarbon.errors import near_miss
from mcarbon.reading.formula import CONSTANTS, FUNCTIONS, REDUCTIONS, Call, FormulaError, Name, Node, Number, Pick, Reduce
from mcarbon.reading.tokens import ALLOWED, QUOTES, Tokens, literal

MAX_LENGTH = 10_000

_COMPARISONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}
_SUMS = {"+": "add", "-": "sub"}
_PRODUCTS = {"*": "mul", "/": "div"}
_NAME = re.compile("[A-Za-z_]")
_FUNCTIONS = "Allowed: " + ", ".join([*FUNCTIONS, *REDUCTIONS]) + "."


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
    return _Reader(text).whole()


class _Reader:
    """One formula while it is read: its tokens, and how far it has been read."""

    def __init__(self, text: str) -> None:
        tokens = Tokens(text).at
        self.tokens = [*tokens.values(), ""]
        self.places = [*tokens, len(text.rstrip())]
        self.next = 0
        self._brackets()

    @property
    def token(self) -> str:
        """The token that comes; empty at the end."""
        return self.tokens[self.next]

    @property
    def at(self) -> int:
        """Its place."""
        return self.places[self.next]

    def taken(self, *tokens: str) -> bool:
        """Whether the token that comes is one of these; it is passed then."""
        if self.token in tokens:
            self.next += 1
            return True
        return False

    def whole(self) -> Node:
        """The formula, read to its end."""
        node = self.comparison()
        if self.token == ",":
            raise FormulaError("a list is not allowed in a formula", self.places[0], ALLOWED)
        if self.token:
            raise self._cannot_stand()
        return node

    def comparison(self) -> Node:
        """A sum, or two that are compared."""
        start = self.at
        left = self.sum()
        if self.token not in _COMPARISONS:
            return left
        at, operation = self.at, _COMPARISONS[self.token]
        self.next += 1
        right = self.sum()
        if self.token in _COMPARISONS:
            allowed = "Write (a < b) * (b < c) for `a < b` and `b < c` together."
            raise FormulaError("comparisons cannot be chained", start, allowed)
        return Call(operation, (left, right), at)

    def sum(self) -> Node:
        """Products, added and taken off from the left to the right."""
        node = self.product()
        while self.token in _SUMS:
            at, operation = self.at, _SUMS[self.token]
            self.next += 1
            node = Call(operation, (node, self.product()), at)
        return node

    def product(self) -> Node:
        """Signed powers, multiplied and divided from the left to the right."""
        node = self.signed()
        while self.token in _PRODUCTS:
            at, operation = self.at, _PRODUCTS[self.token]
            self.next += 1
            node = Call(operation, (node, self.signed()), at)
        return node

    def signed(self) -> Node:
        """Signs and powers: -a ** -b ** c is -(a ** (-(b ** c)))."""
        outer: list[tuple[int, Node | None]] = []  # a power's place and base; a sign has none
        while True:
            at = self.at
            if self.taken("-"):
                outer.append((at, None))
            elif not self.taken("+"):
                node = self.item()
                at = self.at
                if not self.taken("**"):
                    break
                outer.append((at, node))
        for at, base in reversed(outer):
            node = Call("neg", (node,), at) if base is None else Call("pow", (base, node), at)
        return node

    def item(self) -> Node:
        """A number, a name, a call or what stands in parentheses, and what is picked of it."""
        start, token = self.at, self.token
        self.next += 1
        if _NAME.match(token):
            node = self.call(token, start) if self.token == "(" else self.name(token, start)
        elif token[:1].isdigit() or (token[:1] == "." and token[1:2].isdigit()):
            number = literal(token)
            assert number is not None, "the tokens are checked"
            node = Number(number, start)
        elif token == "(":
            node = self.comparison()
            if self.token == ",":
                raise FormulaError("a list is not allowed in a formula", start, ALLOWED)
            self._closed(")")
        elif token == "[":
            raise FormulaError("a list is not allowed in a formula", start, ALLOWED)
        elif token[:1] in ("'", '"') and token:
            raise FormulaError("a quoted text cannot stand here", start, QUOTES)
        else:
            self.next -= 1
            raise self._cannot_stand()
        while True:
            if self.token == "(":
                raise FormulaError("only a function can be called", start, _FUNCTIONS)
            if not self.taken("["):
                return node
            coordinate = self._text()
            if coordinate is None or self.token != "]":
                raise FormulaError("a pick takes one coordinate in quotes", start, 'Such as x["US"].')
            self.next += 1
            node = Pick(node, coordinate, start)

    def name(self, name: str, at: int) -> Node:
        """An input, a quantity or a constant."""
        if name in CONSTANTS:
            return Number(CONSTANTS[name], at)
        if name in FUNCTIONS or name in REDUCTIONS:
            raise FormulaError(f"`{name}` is a function and takes its arguments in parentheses", at)
        return Name(name, at)

    def call(self, name: str, at: int) -> Node:
        """A function's name has been read: its arguments follow."""
        if name in CONSTANTS:
            raise FormulaError(f"`{name}` is a number, not a function", at)
        if name not in FUNCTIONS and name not in REDUCTIONS:
            near = near_miss(name, [*FUNCTIONS, *REDUCTIONS])
            meant = f"Did you mean `{near}`? " if near else ""
            raise FormulaError(f"`{name}` is not a function of a formula", at, meant + _FUNCTIONS)
        self.next += 1
        arguments: list[Node] = []
        axis = None
        while self.token != ")":
            axis = self._text() if name in REDUCTIONS and len(arguments) == 1 else None
            if axis is not None:
                break
            arguments.append(self.comparison())
            if not self.taken(","):
                break
        if name in REDUCTIONS:
            if axis is None or self.token != ")":
                what = f"`{name}` takes an expression and a dimension in quotes"
                raise FormulaError(what, at, f'Such as {name}(x, "country").')
            self.next += 1
            return Reduce(name, arguments[0], axis, at)
        self._closed(")")
        arity = FUNCTIONS[name]
        if len(arguments) != arity if arity is not None else len(arguments) < 2:
            wanted = "two or more arguments" if arity is None else f"{arity} argument{'s' if arity > 1 else ''}"
            raise FormulaError(f"`{name}` takes {wanted}, not {len(arguments)}", at)
        return Call(name, tuple(arguments), at)

    def _text(self) -> str | None:
        """The quoted text that comes, passed and without its quotes; None where none does."""
        if self.token[:1] not in ("'", '"') or not self.token:
            return None
        self.next += 1
        return self.tokens[self.next - 1][1:-1]

    def _closed(self, bracket: str) -> None:
        if not self.taken(bracket):
            raise self._cannot_stand()

    def _cannot_stand(self) -> FormulaError:
        if not self.token:
            return FormulaError("the formula breaks off", self.at, ALLOWED)
        return FormulaError(f"`{self.token}` cannot stand here", self.at, ALLOWED)

    def _brackets(self) -> None:
        """FormulaError for brackets that do not belong together."""
        opened: list[int] = []
        for k, token in enumerate(self.tokens):
            if token in ("(", "["):
                opened.append(k)
            elif token in (")", "]"):
                if not opened:
                    raise FormulaError(f"`{token}` closes nothing", self.places[k])
                if self.tokens[opened.pop()] != {")": "(", "]": "["}[token]:
                    raise FormulaError(f"`{token}` does not close the bracket that is open", self.places[k])
        if opened:
            raise FormulaError(f"`{self.tokens[opened[-1]]}` is not closed", self.places[opened[-1]])
