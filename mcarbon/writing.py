"""A study's data as TOML text, laid out as a person would write it: a table an item, a prior on one line.

Written out here, since the libraries that write TOML do not serve: tomlkit takes a minute for a list of 16,000 values,
and tomli-w makes a table of its own of each prior. The strings of JSON, whose escapes are TOML's too, do the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LINES = ("correlations",)
"""Tables with a line an item, even where each item is a table."""
_LARGEST_WHOLE = 1e15
"""Whole numbers up to here are written without a point."""


def study_text(data: Mapping[str, Any]) -> str:
    """The TOML text of a study's data: text, numbers, lists and mappings, in the order in which they stand."""
    lines: list[str] = []
    for key, value in data.items():
        if isinstance(value, Mapping) and key not in _LINES and all(isinstance(item, Mapping) for item in value.values()):
            for name, item in value.items():
                lines += _table((key, name), item)
        elif isinstance(value, Mapping):
            lines += _table((key,), value)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for item in value:
                lines += ["", f"[[{_key(key)}]]"]
                lines += [f"{_key(inner)} = {_value(there, long=True)}" for inner, there in item.items()]
        else:
            lines.append(f"{_key(key)} = {_value(value, long=True)}")
    return "\n".join(lines) + "\n"


def _table(path: tuple[str, ...], item: Mapping[str, Any]) -> Iterator[str]:
    """A table under its head; what it has at each coordinate of its axes in tables below it."""
    axes = item.get("by", [])
    inside = "at" if axes and isinstance(item.get("at"), Mapping) else None
    yield ""
    yield f"[{'.'.join(map(_key, path))}]"
    for key, value in sorted(item.items(), key=lambda pair: pair[0] != "unit"):
        if key != inside:
            yield f"{_key(key)} = {_value(value, long=True)}"
    if inside:
        yield from _at((*path, inside), item[inside], 1 if isinstance(axes, str) else len(axes))


def _at(path: tuple[str, ...], entries: Mapping[str, Any], axes: int) -> Iterator[str]:
    if axes == 1:
        yield f"[{'.'.join(map(_key, path))}]"
        for coordinate, entry in entries.items():
            yield f"{_key(coordinate)} = {_value(entry, long=True)}"
    else:
        for coordinate, inner in entries.items():
            yield from _at((*path, coordinate), inner, axes - 1)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _value(value: Any, long: bool = False) -> str:
    if isinstance(value, str):
        return _lines(value) if long and "\n" in value else _string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(key)} = {_value(inner)}' for key, inner in value.items())} }}" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    is_whole = isinstance(value, float) and value.is_integer() and 0 < abs(value) < _LARGEST_WHOLE
    return repr(int(value)) if is_whole else repr(value)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _lines(text: str) -> str:
    """A text of several lines as it stands, where nothing in it needs an escape."""
    plain = "'''" not in text and not text.endswith("'") and all(sign in "\n\t" or sign.isprintable() for sign in text)
    return f"'''\n{text}'''" if plain else _string(text)
