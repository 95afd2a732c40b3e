"""Changes to a study's data: another prior, another value, another option. The result is checked like a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcarbon.errors import UserError, allowed_names, refuse

Data = dict[str, Any]


def set_prior(data: Data, name: str, prior: Any, at: Mapping[str, str] | None, source: str | list[str] | None) -> None:
    """Give an input, or its cells at these coordinates, this prior (a full name, or a table with its `source`).

    A value that was published keeps its source beside the prior's. UserError for an input, axis or coordinate that is
    none, and for a table without a source.
    """
    if not isinstance(prior, str) and source is None:
        allowed = 'Give `source`: a key of the bibliography, a DOI, a URL, "judgement".'
        raise refuse("a prior needs a source", place=f"[inputs.{name}] prior", allowed=allowed)
    for entry, given in _cells(data, name, at):
        _replace(entry, given, source)
        entry["prior"] = prior


def set_value(data: Data, name: str, value: Any, at: Mapping[str, str] | None, source: str | list[str] | None) -> None:
    """Fix an input, or its cells at these coordinates, at this value. UserError as for `set_prior`.

    The input's correlations go: what is fixed has none. Nor does it vary, where no cell of it has a prior left.
    """
    for entry, given in _cells(data, name, at):
        _replace(entry, given, source)
        entry["value"] = value
    if all("prior" not in entry for entry, _ in _cells(data, name, None)):
        data["inputs"][name].pop("nature", None)
    correlations = data.get("correlations", {})
    for pair in [pair for pair in correlations if name in (one.strip() for one in pair.split(","))]:
        del correlations[pair]


def set_choice(data: Data, choice: str, option: str) -> None:
    """Take this option wherever results show one of them. UserError for a choice or option that is none."""
    choices = data.get("choices", {})
    if choice not in choices:
        raise refuse(f"there is no choice `{choice}`", allowed=allowed_names(choice, choices))
    options = choices[choice]["options"]
    if option not in options:
        raise refuse(f'the choice `{choice}` has no option "{option}"', allowed=allowed_names(option, options))
    # What the publication took is not written twice: the same study has the same digest.
    choices[choice].pop("chosen", None)
    if option != choices[choice].get("published", options[0]):
        choices[choice]["chosen"] = option


def _replace(entry: Data, given: Any, source: str | list[str] | None) -> None:
    """Take out what was uncertain or fixed, with how it was known; a published value keeps its source."""
    for key in ("prior", "value", "kind", "source"):
        entry.pop(key, None)
    published = given if "published" in entry or "neutral" in entry else None
    sources = [one for some in (published, source) if some for one in ([some] if isinstance(some, str) else some)]
    if sources:
        different = list(dict.fromkeys(sources))
        entry["source"] = different[0] if len(different) == 1 else different


def placed(at: Mapping[str, str] | None) -> dict[str, str]:
    """Coordinates by axis. UserError for what is no mapping, such as a coordinate alone."""
    if at is not None and not isinstance(at, Mapping):
        raise refuse(f"`at` cannot be {at!r}", allowed='It names the axis too: {"country": "US"}.')
    return dict(at or {})


def _cells(data: Data, name: str, at: Mapping[str, str] | None) -> Iterator[tuple[Data, Any]]:
    """The entries of an input at these coordinates (all of an axis that is not named), each with its source so far."""
    inputs = data.get("inputs", {})
    if name not in inputs:
        raise refuse(f"there is no input `{name}`", allowed=allowed_names(name, inputs))
    item, at = inputs[name], placed(at)
    by = item.get("by", [])
    axes = [by] if isinstance(by, str) else list(by)
    for axis in at:
        if axis not in axes:
            raise refuse(f"`{name}` does not differ by {axis}", place=f"[inputs.{name}]", allowed=allowed_names(axis, axes))
    if not axes:
        yield item, item.get("source")
        return
    entries = [item["at"]]
    for axis in axes:
        if axis in at and at[axis] not in entries[0]:
            raise _no_coordinate(name, at[axis], axis, entries[0])
        entries = [inner for table in entries for key, inner in table.items() if at.get(axis, key) == key]
    for entry in entries:
        yield entry, entry.get("source", item.get("source"))


def _no_coordinate(name: str, coordinate: str, axis: str, known: Mapping[str, Any]) -> UserError:
    what = f'there is no coordinate "{coordinate}" on {axis}'
    return refuse(what, place=f"[inputs.{name}]", allowed=allowed_names(coordinate, known))
