"""What Python calls a value as what a TOML file would hold: text, numbers, lists and dictionaries."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from mcarbon.building.expressions import Expression


def plain(value: Any) -> Any:
    """The value as plain data: NumPy's numbers and arrays, tuples, priors and expressions are turned into it."""
    if isinstance(value, str | bool):
        return value
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_defaults=True)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, Iterable) else value


def table(**keys: Any) -> dict[str, Any]:
    """A table of the keys that were given: None stands for one that was not."""
    return {key: plain(value) for key, value in keys.items() if value is not None}
