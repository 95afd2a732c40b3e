"""Arguments of the Python interface: what is of the wrong kind is refused by name, before anything is done with it."""

from __future__ import annotations

import functools
import inspect
import numbers
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar

from mcarbon.errors import harmless, refuse

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")
MOST = 2**63 - 1
"""Of a whole number."""


def checked(function: Callable[_Given, _Answer]) -> Callable[_Given, _Answer]:
    """The function, whose arguments are looked at by their names; one that may be left out may be None if it is by default.

    NumPy's numbers become Python's. UserError for what is of the wrong kind; what may be asked the function sees to.
    """
    signature = inspect.signature(function)
    looked_at = {
        name: (KINDS[name], parameter.default is None) for name, parameter in signature.parameters.items() if name in KINDS
    }

    @functools.wraps(function)
    def call(*args: _Given.args, **kwargs: _Given.kwargs) -> _Answer:
        given = signature.bind(*args, **kwargs)
        for name, value in given.arguments.items():
            if name in looked_at and not (value is None and looked_at[name][1]):
                kind, such = looked_at[name][0]
                try:
                    given.arguments[name] = kind(value)
                except (TypeError, ValueError, OverflowError):
                    raise refuse(f"`{name}` cannot be {_shown(value)}", allowed=such) from None
        return function(*given.args, **given.kwargs)

    return call


def _shown(value: Any) -> str:
    """A value in a message: short, on one line."""
    try:
        said = " ".join(harmless(repr(value)).split())
    except Exception:  # whatever a stranger's object does
        said = "..."
    kind = "" if isinstance(value, str) else f" ({type(value).__name__})"
    return f"{said[:60]}{'...' if len(said) > 60 else ''}{kind}"


def whole(value: Any) -> int:
    """A whole number, not a truth value."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or abs(int(value)) > MOST:
        raise TypeError
    return int(value)


def _from(least: int) -> Callable[[Any], int]:
    def kind(value: Any) -> int:
        found = whole(value)
        if found < least:
            raise ValueError
        return found

    return kind


def real(value: Any) -> float:
    """A number, not a truth value."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError
    return float(value)


def text(value: Any) -> str:
    """A text, or what stands for one: an expression of a `StudyBuilder` is the name of its input or quantity."""
    said = value if isinstance(value, str) else getattr(value, "text", None)
    if not isinstance(said, str):
        raise TypeError
    return str(said)


def texts(value: Any) -> Any:
    """One text, or several."""
    if isinstance(value, str) or hasattr(value, "text"):
        return text(value)
    if isinstance(value, Mapping | bytes) or not isinstance(value, Iterable):
        raise TypeError
    return [text(each) for each in value]


def reals(value: Any) -> tuple[float, ...]:
    """Numbers."""
    if isinstance(value, str | bytes | Mapping):
        raise TypeError
    return tuple(real(each) for each in value)


def places(value: Any) -> dict[str, str]:
    """Texts by the names of their axes."""
    if not isinstance(value, Mapping):
        raise TypeError
    return {text(name): text(option) for name, option in value.items()}


def options(value: Any) -> Any:
    """Texts by the names of their choices, or one of the words that stand for some."""
    return value if isinstance(value, str) else places(value)


def path(value: Any) -> Any:
    """A path, as text or as an object that is one."""
    if not isinstance(value, str | os.PathLike) or not isinstance(os.fspath(value), str):
        raise TypeError
    return value


def truth(value: Any) -> bool:
    """True or False, NumPy's too."""
    if value not in (True, False):
        raise TypeError
    return bool(value)


Kind = tuple[Callable[[Any], Any], str]
_COUNT: Kind = (whole, "Allowed: a whole number, such as 4096.")
_NUMBER: Kind = (real, "Allowed: a number, such as 0.5.")
_NAME: Kind = (text, 'Allowed: a text, such as "ratio".')
_NAMES: Kind = (texts, 'Allowed: a list of names, such as ["ratio"].')
_PATH: Kind = (path, 'Allowed: a path, such as "study.toml".')
_TRUTH: Kind = (truth, "Allowed: True or False.")

KINDS: dict[str, Kind] = {
    **dict.fromkeys(("draws", "replicates", "outer", "inner", "width"), _COUNT),
    "significant_digits": (whole, "Allowed: a whole number, such as 2."),
    "seed": (_from(0), "Allowed: a whole number from 0 on, such as 1."),
    "threads": (_from(1), "Allowed: a whole number from 1 on; None for all that there are."),
    **dict.fromkeys(("level", "tolerance", "chance", "target", "below", "value"), _NUMBER),
    **dict.fromkeys(("quantity", "claim", "method", "interval", "scale", "name", "text", "choice", "option"), _NAME),
    **dict.fromkeys(("quantities", "claims", "only", "formats", "source"), _NAMES),
    "quantiles": (reals, "Allowed: a list of numbers, such as [0.05, 0.5, 0.95]."),
    "at": (places, 'It names the axis too: {"country": "US"}.'),
    "choices": (options, 'Such as {"drying": "line"}, "all" or "cases".'),
    **dict.fromkeys(("folder", "path", "path_or_id"), _PATH),
    **dict.fromkeys(("smooth", "shapley"), _TRUTH),
}
"""By the name of an argument, what it must be, and the words that say so."""
