"""The tokens of a formula: numbers, names, quoted coordinates and the operators below; anything else is refused."""

from __future__ import annotations

import math
import re

from mcarbon.reading.formula import FormulaError

MAX_NESTING = 50
"""Levels of parentheses, calls and picks."""

ALLOWED = "Allowed: numbers, names of inputs and quantities, + - * / **, < <= > >= == !=, parentheses, functions."
QUOTES = 'Quotes are for coordinates and dimensions: x["US"], sum(x, "country").'

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<number>(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<text>\"[^\"\r\n]*\"|'[^'\r\n]*')"
    r"|(?P<operator>\*\*|<=|>=|==|!=|/(?!/)|[-+*<>()\[\],])"
)


class Tokens:
    """The tokens of a text by offset. FormulaError for what is none."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at: dict[int, str] = {}
        position, level, before, earlier = 0, 0, "", ""
        while position < len(text):
            match = _TOKEN.match(text, position)
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
                self.at[position] = token
                earlier = kind
            before, position = kind, match.end()
        if not self.at:
            raise FormulaError("the formula is empty", 0)

    def _check(self, kind: str, token: str, before: str, position: int) -> None:
        if kind == "number":
            if before == "name":
                raise FormulaError(f"`{token}` cannot follow a name", position)
            number = literal(token)
            if number is None:
                raise FormulaError(f"`{token[:40]}` is not a number here", position, "Write it as 0.5, 1200 or 1.2e3.")
            if math.isinf(number):
                raise FormulaError(f"`{token[:40]}` is too large for a number", position, "The largest is 1.7e308.")
            if number == 0 and re.search("[1-9]", re.split("[eE]", token)[0]):
                raise FormulaError(f"`{token[:40]}` is too small for a number", position, "The smallest is 5e-324.")
        elif kind == "name":
            if before == "number":
                start = next(reversed(self.at))
                raise FormulaError(
                    f"`{self.text[start : position + len(token)][-40:]}` is not a number here",
                    start,
                    "Numbers are decimal (0.5, 1.2e3); a product needs `*`.",
                )
            if token in ("True", "False", "None"):
                raise FormulaError(f"`{token}` is not a number", position, "Write 1 or 0.")
        elif kind == "text" and before in ("name", "number", "text"):
            raise FormulaError("a quoted text cannot stand here", position, QUOTES)

    def _unreadable(self, position: int) -> FormulaError:
        character = self.text[position]
        if character in "\"'":
            return FormulaError("a quoted text is not closed", position)
        if character == "." and position + 1 < len(self.text) and re.match(r"[A-Za-z_]", self.text[position + 1]):
            return FormulaError("attributes (`.`) are not allowed in a formula", position, ALLOWED)
        if character == ":" and "lambda" in self.at.values():
            return FormulaError("a lambda is not allowed in a formula", position, ALLOWED)
        if character == "/":
            return FormulaError("`//` is not an operator here", position, "A division without remainder is floor(a / b).")
        if character == "=":
            return FormulaError(
                "`=` is not allowed in a formula", position, "A comparison is `==`; functions take no named arguments."
            )
        if character == "^":
            return FormulaError("`^` is not an operator here", position, "A power is `**`.")
        shown = character if character.isprintable() else f"U+{ord(character):04X}"
        return FormulaError(f"`{shown}` is not allowed in a formula", position, ALLOWED)


def literal(token: str) -> float | None:
    """The value of a decimal literal; None where it is none (``1__0``, ``007``)."""
    if re.match("0_?[0-9]", token) and token.replace("_", "").isdigit():
        return None
    try:
        return float(token)
    except ValueError:
        return None
