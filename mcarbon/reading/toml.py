"""TOML: the data of a text, or why it has none; refused before the parser can be made slow."""

from __future__ import annotations

import math
import re
import sys
import tomllib
from typing import Any

from mcarbon.errors import UNSHOWABLE, Fault
from mcarbon.reading.faults import Keys
from mcarbon.reading.files import MAX_BYTES, unshowable
from mcarbon.study import place

MAX_DEPTH = 40
"""Levels of tables and lists in a file; the format needs fewer than ten."""
MAX_HEADS = 200_000
"""Tables with a head of their own in a file."""
MAX_COMMAS = 1_000_000
"""Commas in a file: tomllib takes some two microseconds for each number of a list."""
_LARGEST = sys.float_info.max


def read_toml(text: str) -> tuple[dict[str, Any], list[Fault]]:
    """The data of a TOML text, and what keeps it from being read (then the data is empty)."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        return {}, [Fault(what=f"U+{ord(text[error.start]):04X} is not a character of a text", line=line)]
    if size > MAX_BYTES:
        return {}, [Fault(what=f"the file has {size:,} bytes", allowed=f"At most {MAX_BYTES:,}.")]
    if (heads := text.count("\n[")) > MAX_HEADS:  # tomllib keeps a kilobyte of each
        return {}, [Fault(what=f"the file has {heads:,} tables", allowed=f"At most {MAX_HEADS:,}.")]
    if (commas := text.count(",")) > MAX_COMMAS:
        return {}, [Fault(what=f"the file has {commas:,} commas", allowed=f"At most {MAX_COMMAS:,}; a CSV file has more.")]
    # tomllib takes quadratic time for a dotted key of thousands of parts.
    if chain := _CHAIN.search(text):
        line = text.count("\n", 0, chain.start()) + 1
        return {}, [Fault(what=_TOO_DEEP, allowed=f"At most {MAX_DEPTH} levels.", line=line)]
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return {}, [_syntax(str(error), text)]
    except RecursionError:
        return {}, [Fault(what="lists or tables are nested too deep to be read", allowed=f"At most {MAX_DEPTH} levels.")]
    except ValueError:  # Python's own bound on the digits of an integer
        return {}, [Fault(what="a whole number in it has thousands of digits", allowed="The largest number is 1.7e308.")]
    if _SUSPECT.search(text) and (faults := control_characters(data)):
        return data, faults
    if not _possible(data):
        faults = _impossible(data)
        return (data if len(faults) > 1 or faults[0].what != _TOO_DEEP else {}), faults
    return data, []


_CHAIN = re.compile(rf"^[ \t]*+\[*+[ \t]*+[\w-]++(?:[ \t]*+\.[ \t]*+[\w-]++){{{MAX_DEPTH},}}", re.M)
_TOO_DEEP = "lists or tables are nested too deep"


_SUSPECT = re.compile(rf"\\[uUbfrex]|{UNSHOWABLE.pattern}")
"""What has to be in a file for one of its texts to have a control character: the character, or an escape."""


def control_characters(data: Any) -> list[Fault]:
    """The faults of texts and keys that would do something to what shows them."""
    faults: list[Fault] = []
    pending: list[tuple[Keys, Any]] = [((), data)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, str) and (found := UNSHOWABLE.search(value)):
            faults.append(unshowable(found[0], place=place(path)))
        elif isinstance(value, dict | list):
            items = list(value.items() if isinstance(value, dict) else enumerate(value))
            for key, _ in items:
                if isinstance(key, str) and (found := UNSHOWABLE.search(key)):
                    faults.append(unshowable(found[0], place=place((*path, key))))
            pending += [((*path, key), inner) for key, inner in reversed(items)]
    return faults


def _possible(data: dict[str, Any]) -> bool:
    """Whether all is well with nesting and numbers: the quick look, without places and without recursion."""
    pending: list[tuple[int, Any]] = [(0, data)]
    for depth, value in pending:
        if isinstance(value, dict | list):
            if depth >= MAX_DEPTH:
                return False
            inner = value.values() if isinstance(value, dict) else value
            # Most values are texts and small whole numbers, with which nothing can be wrong.
            pending += [
                (depth + 1, one) for one in inner if type(one) is not str and not (type(one) is int and abs(one) < 9e9)
            ]
        elif isinstance(value, float | int) and not abs(value) <= _LARGEST:
            return False
    return True


_QUOTED = "'([^']*)'"
_KEYS = re.compile(r"\(('.*',?)\)")
"""How tomllib's messages name a table."""


def _syntax(message: str, text: str) -> Fault:
    match = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    line = None if match is None else int(match[1]) if match[1] else text.count("\n") + 1
    what = message[: match.start()] if match else message
    what = _KEYS.sub(lambda keys: f"[{'.'.join(re.findall(_QUOTED, keys[1]))}]", what)
    column = f", column {match[2]}" if match and match[2] else ", at the end" if match else ""
    repeated = what.startswith(("Cannot overwrite", "Cannot declare", "Cannot mutate", "Duplicate"))
    hint = "A key or table may stand only once." if repeated else _hint(what, text.split("\n")[line - 1] if line else "")
    return Fault(what=f"this is not TOML: {what[:1].lower()}{what[1:]}{column}", allowed=hint, line=line)


def _hint(what: str, line: str) -> str:
    """What is usually meant by a mistake of this kind; nothing where that is not plain."""
    if re.search(r"=[ \t]*[0-9]+,[0-9]", line):
        return "A decimal point is a point: 0.5."
    if what.startswith("Invalid value"):
        return 'Text stands in quotes: unit = "kWh".'
    return "A closing quote is missing." if what == r"Illegal character '\n'" else ""


def _impossible(data: dict[str, Any]) -> list[Fault]:
    """Numbers that no study can have, and nesting beyond all use."""
    faults: list[Fault] = []
    pending: list[tuple[Keys, Any]] = [((), data)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict | list):
            if len(path) >= MAX_DEPTH:
                return [Fault(what=_TOO_DEEP, place=place(path[:2]), allowed=f"At most {MAX_DEPTH} levels.")]
            items = list(value.items() if isinstance(value, dict) else enumerate(value))
            pending += [((*path, key), inner) for key, inner in reversed(items)]
        elif isinstance(value, float) and not math.isfinite(value):
            shown = "nan" if math.isnan(value) else "infinite"
            faults.append(Fault(what=f"a number cannot be {shown}", place=place(path), allowed="Write a finite number."))
        elif isinstance(value, int) and abs(value) > _LARGEST:
            faults.append(Fault(what="the number is too large", place=place(path), allowed="The largest is 1.7e308."))
    return faults
