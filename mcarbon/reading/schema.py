"""TOML files against their records: reading, line numbers, faults in plain sentences, and JSON Schema for editors."""

from __future__ import annotations

import datetime
import math
import re
import sys
import tomllib
from collections.abc import Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from mcarbon.errors import Fault, allowed_names
from mcarbon.families import FAMILIES
from mcarbon.study import (
    Case,
    Choice,
    Claim,
    Corrected,
    Defect,
    Input,
    InputEntry,
    LibraryPrior,
    PriorSource,
    Quantity,
    Reference,
    StudyFile,
    Units,
    place,
)

MAX_BYTES = 5_000_000
_LARGEST = sys.float_info.max
MAX_DEPTH = 40
"""Levels of tables and lists in a file; the format needs fewer than ten."""

MAX_FAULTS = 100
"""Faults of one file that are told; looking for the near misses of thousands would take minutes."""

Path = tuple[str | int, ...]
"""Keys and list positions from the top of a file."""

_Record = TypeVar("_Record", bound=BaseModel)


def study_schema() -> dict[str, Any]:
    """The JSON Schema of a study file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **StudyFile.model_json_schema()}


def priors_schema() -> dict[str, Any]:
    """The JSON Schema of a file of priors: one prior a table, and optionally `[units]`."""
    schema = TypeAdapter(dict[str, LibraryPrior]).json_schema()
    definitions = schema.setdefault("$defs", {})
    definitions["Units"] = Units.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Priors",
        "properties": {"units": {"$ref": "#/$defs/Units"}},
    }


def read_toml(text: str) -> tuple[dict[str, Any], list[Fault]]:
    """The data of a TOML text, and what keeps it from being read (then the data is empty)."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        return {}, [Fault(what=f"U+{ord(text[error.start]):04X} is not a character of a text", line=line)]
    if size > MAX_BYTES:
        return {}, [Fault(what=f"the file has {size:,} bytes", allowed=f"At most {MAX_BYTES:,}.")]
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
    if not _possible(data):
        faults = _impossible(data)
        return (data if len(faults) > 1 or faults[0].what != _TOO_DEEP else {}), faults
    return data, []


_CHAIN = re.compile(rf"^[ \t]*+\[*+[ \t]*+[\w-]++(?:[ \t]*+\.[ \t]*+[\w-]++){{{MAX_DEPTH},}}", re.M)
_TOO_DEEP = "lists or tables are nested too deep"


def _possible(data: dict[str, Any]) -> bool:
    """Whether all is well with nesting and numbers: the quick look, without places and without recursion."""
    pending: list[tuple[int, Any]] = [(0, data)]
    for depth, value in pending:
        if isinstance(value, dict | list):
            if depth >= MAX_DEPTH:
                return False
            inner = value.values() if isinstance(value, dict) else value
            pending += [(depth + 1, one) for one in inner if not isinstance(one, str)]
        elif isinstance(value, float | int) and not abs(value) <= _LARGEST:
            return False
    return True


def _syntax(message: str, text: str) -> Fault:
    match = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    line = None if match is None else int(match[1]) if match[1] else text.count("\n") + 1
    what = message[: match.start()] if match else message
    column = f", column {match[2]}" if match and match[2] else ", at the end" if match else ""
    repeated = what.startswith(("Cannot overwrite", "Cannot declare", "Cannot mutate", "Duplicate"))
    return Fault(
        what=f"this is not TOML: {what[:1].lower()}{what[1:]}{column}",
        allowed="A key or table may stand only once." if repeated else "",
        line=line,
    )


def _impossible(data: dict[str, Any]) -> list[Fault]:
    """Numbers that no study can have, and nesting beyond all use."""
    faults: list[Fault] = []
    pending: list[tuple[Path, Any]] = [((), data)]
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


def validate(record: type[_Record], data: Any, at: Path = ()) -> tuple[_Record | None, list[tuple[Path, Fault]]]:
    """The record of a table, or its faults, each with its path (which begins with `at`, where the table stands)."""
    try:
        return record.model_validate(data), []
    except ValidationError as error:
        return None, _sentences(error.errors(include_url=False), data, at, record)


def _sentences(errors: Sequence[Any], data: Any, at: Path, record: type[BaseModel]) -> list[tuple[Path, Fault]]:
    located = [(_located(error, data), error) for error in errors]
    # A union reports what keeps the value from being each of its members: of a table only what is wrong inside it
    # counts; of anything else, the kinds that would have been right, in one sentence.
    inside = {path[:i] for path, _ in located for i in range(len(path))}
    inside |= {path for path, error in located if error["type"] not in _KINDS}
    kinds: dict[Path, list[str]] = {}
    faults: list[tuple[Path, Fault]] = []
    for path, error in located:
        if len(faults) >= MAX_FAULTS:
            faults.append(((*at, *path), Fault(what="one of many more faults", place=place((*at, *path)))))
            continue
        value = _value(data, path)
        if error["type"] in _KINDS:
            if isinstance(value, dict | list) and path in inside:
                continue
            kinds.setdefault(path, []).append(_KINDS[error["type"]])
            if len(kinds[path]) > 1:
                continue
        faults.append(((*at, *path), _sentence(path, error, value, at, data, record)))
    for position, (path, fault) in enumerate(faults):
        expected = list(dict.fromkeys(kinds.get(path[len(at) :], [])))
        if expected and not fault.what:
            listed = " or ".join(expected)
            what = f"must be {listed}, not {_shown(_value(data, path[len(at) :]))}"
            faults[position] = path, Fault(what=what, place=fault.place)
    return list(dict.fromkeys(faults))


_KINDS = {
    "string_type": "text in quotes",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a table",
    "mapping_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


def _located(error: Any, data: Any) -> Path:
    """Where the error stands in the data: pydantic's location without the names of the union members tried."""
    path: list[str | int] = []
    here = data
    location = [key for key in error["loc"] if key != "[key]"]
    for position, key in enumerate(location):
        if (isinstance(here, dict) and key in here) or (isinstance(here, list) and isinstance(key, int)):
            here = here[key]
        elif not (position == len(location) - 1 and error["type"] == "missing"):
            continue
        path.append(key)
    return tuple(path)


def _value(data: Any, path: Path) -> Any:
    for key in path:
        data = data[key] if isinstance(data, list) else data.get(key)  # type: ignore[index]
    return data


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, str):
        return f'the text "{value[:40]}"'
    if isinstance(value, datetime.date | datetime.time):
        return f"the date or time {value.isoformat()}"
    return f"the number {value}"


def _sentence(path: Path, error: Any, value: Any, at: Path, data: Any, record: type[BaseModel]) -> Fault:
    kind, context = error["type"], error.get("ctx", {})
    here = place((*at, *path))
    table = place((*at, *path[:-1]))
    key = str(path[-1]) if path else ""
    if kind in _KINDS:
        return Fault(what="", place=here)
    if kind == "missing":
        return Fault(what=f"`{key}` is missing", place=table)
    if kind == "extra_forbidden":
        here = key if len(path) == 1 and not at and not isinstance(value, dict) else here
        return Fault(what=f"unknown key `{key}`", place=here, allowed=allowed_names(key, _keys(path, data, record)))
    if kind == "string_pattern_mismatch":
        kebab = "a-z" in context["pattern"] and "A-Z" not in context["pattern"]
        named = (
            "small letters and digits joined by single hyphens"
            if kebab
            else "letters, digits and underscores, not beginning with a digit"
        )
        name = value if isinstance(value, str) else key
        return Fault(what=f'"{name[:60]}" is not a name here', place=here, allowed=f"Allowed: {named}.")
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", context["expected"]) or [context["expected"]]
        shown = f'"{value}"' if isinstance(value, str) else _shown(value)
        return Fault(what=f"{shown} is not allowed here", place=here, allowed=allowed_names(str(value), known))
    if kind == "union_tag_not_found":
        return Fault(what="`family` is missing", place=here, allowed=allowed_names("", _families()))
    if kind == "union_tag_invalid":
        family = str(value.get("family")) if isinstance(value, dict) else ""
        return Fault(what=f'there is no family "{family[:60]}"', place=here, allowed=allowed_names(family, _families()))
    if kind == "too_short":
        return Fault(what="must not be empty", place=here)
    if kind == "finite_number":
        return Fault(what="a number must be finite", place=here)
    if kind in ("greater_than", "greater_than_equal"):
        limit = "above" if kind == "greater_than" else "at least"
        return Fault(what=f"must be {limit} {next(iter(context.values())):g}, not {value}", place=here)
    what = str(context["error"]) if "error" in context else f"{error['msg'][:1].lower()}{error['msg'][1:]}"
    return Fault(what=what, place=here)


def _families() -> dict[str, type[BaseModel]]:
    return {get_args(family.model_fields["family"].annotation)[0]: family for family in FAMILIES}


def _keys(path: Path, data: Any, record: type[BaseModel]) -> list[str]:
    """The keys of the table in which `path` stands."""
    table = path[:-1]
    if "prior" in table:
        prior = table[: len(table) - table[::-1].index("prior")]
        family = _families().get(str(_value(data, prior).get("family")))
        return sorted(family.model_fields, key=lambda key: key in ("lower", "upper")) if family else ["family"]
    if record is not StudyFile:
        return list(PriorSource.model_fields if "sources" in table else record.model_fields)
    match table:
        case ():
            found: type[BaseModel] = StudyFile
        case ("units",):
            found = Units
        case (*_, "corrected"):
            found = Corrected
        case ("inputs", _):
            found = Input
        case ("inputs", *_):
            found = InputEntry
        case (section, *_):
            found = _SECTIONS.get(str(section), StudyFile)
    return list(found.model_fields)


_SECTIONS: dict[str, type[BaseModel]] = {
    "references": Reference,
    "choices": Choice,
    "cases": Case,
    "quantities": Quantity,
    "claims": Claim,
    "defects": Defect,
}

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[][{}=,.\n]|[^][\s{}=,."\'#]+',
    re.S,
)


def lines(text: str) -> dict[str, int]:
    """The line of every table, key and list entry of a TOML text that can be read, by `place`."""
    found: dict[Path, int] = {}
    tables: dict[Path, int] = {}
    table: Path = ()
    stack: list[tuple[str, Path, int]] = []
    key: list[str] = []
    path: Path = ()
    state, line, first, last = "key", 1, 1, 0
    for match in _TOKEN.finditer(text):
        token = match.group()
        line += text.count("\n", last, match.start())
        last = match.start()
        if token[0] == "#":
            continue
        if state == "header":
            if token == "\n":
                table = tuple(key)
                if text[first : first + 2] == "[[":
                    tables[table] = tables.get(table, -1) + 1
                    table = (*table, tables[table])
                for end in range(1, min(len(table), MAX_DEPTH) + 1):
                    found.setdefault(table[:end], line)
                state, key = "key", []
            elif token not in "[].":
                key.append(_key(token))
        elif state == "key":
            if token == "[" and not stack and not key:
                state, first = "header", match.start()
            elif token == "=":
                base = stack[-1][1] if stack else table
                path = (*base, *key)
                for end in range(len(base) + 1, min(len(path), MAX_DEPTH) + 1):
                    found.setdefault(path[:end], first)
                state, key = "value", []
            elif token == "}":
                path, state = stack.pop()[1], "value"
            elif token not in ("\n", ",", "."):
                first = first if key else line
                key.append(_key(token))
        elif token == "{":
            stack.append(("table", path, 0))
            state = "key"
        elif token == "[":
            stack.append(("list", path, 0))
            path = (*path, 0)
        elif token in ("]", "}"):
            path = stack.pop()[1]
        elif token == "," and stack and stack[-1][0] == "list":
            _, base, index = stack.pop()
            stack.append(("list", base, index + 1))
            path = (*base, index + 1)
        elif token == "," and stack:
            state = "key"
        elif token == "\n":
            state = "value" if stack else "key"
        else:
            found.setdefault(path, line)
    # A key above all tables that should not be there goes by its bare name.
    bare = {str(path[0]): number for path, number in found.items() if len(path) == 1}
    return {**bare, **{place(path): number for path, number in reversed(found.items())}}


def _key(token: str) -> str:
    return str(tomllib.loads(f"key = {token}")["key"]) if token[0] in "\"'" else token
