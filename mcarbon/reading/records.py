"""Records out of tables: pydantic's judgement of a table, with its errors as faults in plain sentences."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from mcarbon.errors import Fault, allowed_names
from mcarbon.families import FAMILIES, Component
from mcarbon.reading.faults import MAX_FAULTS, Keys
from mcarbon.study import (
    Case,
    Choice,
    Claim,
    Corrected,
    Defect,
    Input,
    InputEntry,
    NormalCorrelation,
    NotCounted,
    PriorSource,
    Quantity,
    Reference,
    StudyFile,
    Units,
    place,
)

_Record = TypeVar("_Record", bound=BaseModel)


def validate(record: type[_Record], data: Any, at: Keys = ()) -> tuple[_Record | None, list[tuple[Keys, Fault]]]:
    """The record of a table, or its faults, each with its path (which begins with `at`, where the table stands)."""
    try:
        return record.model_validate(data), []
    except ValidationError as error:
        return None, _sentences(error.errors(include_url=False), data, at, record)


def _sentences(errors: Sequence[Any], data: Any, at: Keys, record: type[BaseModel]) -> list[tuple[Keys, Fault]]:
    located = [(_located(error, data), error) for error in errors[: 10 * MAX_FAULTS]]
    # A union reports what keeps the value from being each of its members: of a table only what is wrong inside it
    # counts; of anything else, the kinds that would have been right, in one sentence.
    inside = {path[:i] for path, _ in located for i in range(len(path))}
    inside |= {path for path, error in located if error["type"] not in _KINDS}
    kinds: dict[Keys, list[str]] = {}
    faults: list[tuple[Keys, Fault]] = []
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
            value = _value(data, path[len(at) :])
            dotted = isinstance(value, dict) and path and re.fullmatch("p[0-9]+", str(path[-1]))
            allowed = 'A percentile that is not whole stands in quotes: "p2.5" = 1.' if dotted else ""
            if path and path[-1] == "prior":
                allowed = 'Such as { family = "uniform", low = 1, high = 2 } or "grid.us"; a fixed number stands in `value`.'
            faults[position] = path, Fault(what=f"must be {listed}, not {_shown(value)}", place=fault.place, allowed=allowed)
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


def _located(error: Any, data: Any) -> Keys:
    """Where the error stands in the data: pydantic's location without the names of the union members tried."""
    path: list[str | int] = []
    here = data
    location = [key for key in error["loc"] if key != "[key]"]
    for position, key in enumerate(location):
        if _is_tag(location, position):
            continue
        if (isinstance(here, dict) and key in here) or (isinstance(here, list) and isinstance(key, int)):
            here = here[key]
        elif not (position == len(location) - 1 and error["type"] == "missing"):
            continue
        path.append(key)
    return tuple(path)


def _is_tag(location: Sequence[Any], position: int) -> bool:
    """Whether it names a member of a tagged union, which may be spelt as a key: a family, or what a coordinate bears."""
    if position and str(location[position - 1]).startswith("tagged-union["):
        return True
    bears = location[0] == "inputs" and location[2:3] == ["at"] and position > 2 and position % 2 == 0
    return bears and "entry" not in location[4:position:2]


def _value(data: Any, path: Keys) -> Any:
    for key in path:
        data = data[key] if isinstance(key, int) else data.get(key)
    return data


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    if isinstance(value, str):
        return f'the text "{value[:40]}"'
    if isinstance(value, datetime.date | datetime.time):
        return f"the date or time {value.isoformat()}"
    return f"the number {value}"


def _sentence(path: Keys, error: Any, value: Any, at: Keys, data: Any, record: type[BaseModel]) -> Fault:
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
        known = re.findall(r"'([^']*)'", context["expected"])
        if not known and isinstance(value, str | bool | dict | list):
            return Fault(what=f"must be the number {context['expected']}, not {_shown(value)}", place=here)
        known = known or [context["expected"]]
        shown = f'"{value}"' if isinstance(value, str) else _shown(value)
        return Fault(what=f"{shown} is not allowed here", place=here, allowed=allowed_names(str(value), known))
    if kind == "union_tag_not_found":
        return Fault(what="`family` is missing", place=here, allowed=allowed_names("", _families()))
    if kind == "union_tag_invalid":
        family = str(value.get("family")) if isinstance(value, dict) else ""
        return Fault(what=f'there is no family "{family[:60]}"', place=here, allowed=allowed_names(family, _families()))
    if kind in ("too_short", "string_too_short"):
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


def _keys(path: Keys, data: Any, record: type[BaseModel]) -> list[str]:
    """The keys of the table in which `path` stands."""
    table = path[:-1]
    if "prior" in table:
        prior = table[: len(table) - table[::-1].index("prior")]
        if table[len(prior) : -1] == ("components",):
            return list(Component.model_fields)
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
    "correlations": NormalCorrelation,
    "claims": Claim,
    "defects": Defect,
    "not_counted": NotCounted,
}
