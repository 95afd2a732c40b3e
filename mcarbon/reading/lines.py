"""The lines of a TOML text: where each table, key and list entry stands, for messages."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field, replace
from itertools import islice

from mcarbon.errors import Fault


@dataclass(slots=True)
class Lines:
    """Where a table, key or list entry first stands (None: not noted), and the same of all that stands in it."""

    line: int | None = None
    inner: dict[str | int, Lines] = field(default_factory=dict)

    def enter(self, key: str | int, line: int | None = None) -> Lines:
        """What stands under `key`, at this line unless it stands somewhere already."""
        found = self.inner.get(key)
        if found is None:
            found = self.inner[key] = Lines(line)
        elif found.line is None:
            found.line = line
        return found

    def of(self, place: str) -> int | None:
        """The line of a place as `mcarbon.study.place` names it, or of the nearest table around it."""
        here, line = self, self.line
        # A key above all tables that should not be there goes by its bare name.
        for key in [place] if place in self.inner else _keys(place):
            if key not in here.inner:
                break
            here = here.inner[key]
            line = here.line or line
        return line


_KEY = re.compile(r'entry (?P<entry>\d+)|(?P<quoted>"(?:\\.|[^"\\])*")|(?P<bare>[\w-]+)')


def _keys(place: str) -> list[str | int]:
    return [
        int(match["entry"]) - 1 if match["entry"] else match["bare"] or json.loads(match["quoted"])
        for match in _KEY.finditer(place)
    ]


def located(fault: Fault, numbers: Lines, file: str | None) -> Fault:
    """The fault with its file and the line of its place, or of the nearest table around it."""
    return replace(fault, file=file, line=numbers.of(fault.place) if fault.line is None else fault.line)


MOST_TOKENS = 200_000
"""What stands behind so many has no line: a file of megabytes would be gone through for seconds."""

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[][{}=,.\n]|[^][\s{}=,."\'#]+',
    re.S,
)


def lines(text: str) -> Lines:
    """The lines of a TOML text that can be read."""
    top = Lines()
    table = here = top
    entries: dict[tuple[str, ...], int] = {}
    stack: list[tuple[str, Lines, int]] = []
    key: list[str] = []
    state, line, first, last = "key", 1, 1, 0
    for match in islice(_TOKEN.finditer(text), MOST_TOKENS):
        token = match.group()
        line += text.count("\n", last, match.start())
        last = match.start()
        if token[0] == "#":
            continue
        if state == "header":
            if token == "\n":
                table = top
                for part in key:
                    table = table.enter(part, line)
                if text[first : first + 2] == "[[":
                    entries[tuple(key)] = entries.get(tuple(key), -1) + 1
                    table = table.enter(entries[tuple(key)], line)
                state, key = "key", []
            elif token not in "[].":
                key.append(_key(token))
        elif state == "key":
            if token == "[" and not stack and not key:
                state, first = "header", match.start()
            elif token == "=":
                here = stack[-1][1] if stack else table
                for part in key:
                    here = here.enter(part, first)
                state, key = "value", []
            elif token == "}":
                here, state = stack.pop()[1], "value"
            elif token not in ("\n", ",", "."):
                first = first if key else line
                key.append(_key(token))
        elif token == "{":
            stack.append(("table", here, 0))
            state = "key"
        elif token == "[":
            stack.append(("list", here, 0))
            here = here.enter(0)
        elif token in ("]", "}"):
            here = stack.pop()[1]
        elif token == "," and stack and stack[-1][0] == "list":
            _, around, index = stack.pop()
            stack.append(("list", around, index + 1))
            here = around.enter(index + 1)
        elif token == "," and stack:
            state = "key"
        elif token == "\n":
            state = "value" if stack else "key"
        elif here.line is None:
            here.line = line
    return top


def _key(token: str) -> str:
    return str(tomllib.loads(f"key = {token}")["key"]) if token[0] in "\"'" else token
