"""Dictionaries and lists that refuse to be changed: what stands in a frozen record is frozen too."""

from __future__ import annotations

from typing import Any, NoReturn


def _refuse(self: Any, *_: Any, **__: Any) -> NoReturn:
    raise TypeError("a study cannot be changed in place: `with_prior`, `with_value` and `with_choice` give a changed one")


class FrozenDict(dict[Any, Any]):
    """A dictionary, but for all that changes one."""

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)


class FrozenList(list[Any]):
    """A list, but for all that changes one."""

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = extend = insert = pop = remove = clear = sort = reverse = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenList, (list(self),)


def frozen(value: Any) -> Any:
    """The value; dictionaries and lists, and those in them, as ones that refuse to be changed."""
    if type(value) is dict:
        return FrozenDict({key: frozen(inner) for key, inner in value.items()})
    if type(value) is list:
        return FrozenList(map(frozen, value))
    return value


def freeze_fields(record: Any) -> None:
    """Freeze what stands in the fields of a record that has just been made."""
    fields = record.__dict__
    for name, value in fields.items():
        if type(value) in (dict, list):
            fields[name] = frozen(value)
