"""``--set`` and ``--choose``: a study changed from the command line, and what to say of it."""

from __future__ import annotations

import re
import sys
import textwrap
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mcarbon.commands.options import pairs
from mcarbon.errors import UserError, allowed_names, refuse

if TYPE_CHECKING:
    from mcarbon.study import Study

_ASSIGNMENT = re.compile(r"\s*(?P<name>\w+)\s*(?:\[(?P<at>.*?)\]\s*)?=\s*(?P<value>.*?)\s*", re.S)
_NAMED = re.compile(r"[A-Za-z_][\w-]*\.[A-Za-z_]\w*")
_FORMS = "Such as pue=1.2, 'pue={family=\"uniform\", low=1, high=2}', pue=ai.pue, or 'grid[US]=400' at a coordinate."


@dataclass(frozen=True)
class Changed:
    """A study, and how it was changed on the command line: what was set (input and coordinates), and what was chosen."""

    study: Study
    set: dict[str, str]
    choose: dict[str, str]

    def document(self) -> dict[str, Any]:
        """What a JSON document says of it: nothing where nothing was changed."""
        return {key: there for key in ("set", "choose") if (there := getattr(self, key))}

    def line(self) -> str:
        """The line below an answer: empty where nothing was changed."""
        said = [f"{name} = {value}" for name, value in (self.set | self.choose).items()]
        return textwrap.fill(f"Changed by --set or --choose: {'; '.join(said)}.", 78, break_on_hyphens=False) if said else ""

    def under(self, answer: str) -> str:
        """An answer with that line below it."""
        return "\n".join(filter(None, (answer, self.line())))


def load_changed(name: str, assignments: Sequence[str] | None, choices: Sequence[str] | None = None) -> Changed:
    """The study of this name with these changes. UserError where it or one of them cannot be.

    That an input's correlations are dropped with its prior is told on stderr.
    """
    from mcarbon.reading.load import load_study

    study = load_study(name)
    was_set = {}
    for text in assignments or ():
        try:
            study, label, value = _set(study, text)
        except UserError as error:
            raise _told(error, f"--set {text}") from None
        was_set[label] = value
    was_chosen = pairs(choices, "--choose")
    for choice, option in was_chosen.items():
        try:
            study = study.with_choice(choice, option)
        except UserError as error:
            raise _told(error, f"--choose {choice}={option}") from None
    return Changed(study, was_set, was_chosen)


def _told(error: UserError, option: str) -> UserError:
    return UserError(*(fault if fault.file else replace(fault, file=option) for fault in error.faults))


def _set(study: Study, text: str) -> tuple[Study, str, str]:
    """The study with one assignment, what was assigned to, and what."""
    match = _ASSIGNMENT.fullmatch(text)
    if match is None:
        raise refuse("this sets no input", allowed=_FORMS)
    name, shown = match["name"], match["value"]
    coordinates = [] if match["at"] is None else _coordinates(match["at"])
    at = {_axis(study, name, coordinate): coordinate for coordinate in coordinates}
    label = name + (f"[{', '.join(coordinates)}]" if coordinates else "")
    value = _value(shown)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        changed = study.with_value(name, value, at)
        lost = [f'"{pair}"' for pair in study.correlations if pair not in changed.correlations]
        if lost:
            print(f"note: {name} is fixed now; its correlations are dropped: {', '.join(lost)}", file=sys.stderr)
        return changed, label, shown
    if isinstance(value, dict):
        # Whoever sets it on the command line is its source.
        return study.with_prior(name, value, at, source="judgement"), label, shown
    if isinstance(value, str):
        return study.with_prior(name, value, at), label, shown
    raise refuse(f"`{shown}` is neither a number nor a prior", allowed=_FORMS)


def _axis(study: Study, name: str, coordinate: str) -> str:
    """The axis of an input that bears a coordinate. UserError where there is no such input, none, or more than one."""
    if name not in study.inputs:
        raise refuse(f"there is no input `{name}`", allowed=allowed_names(name, study.inputs))
    axes = study.inputs[name].axes
    bearing = [axis for axis in axes if coordinate in study.axes[axis]]
    if len(bearing) == 1:
        return bearing[0]
    if bearing:
        raise refuse(f'"{coordinate}" is on two axes of `{name}`: {" and ".join(bearing)}')
    if not axes:
        raise refuse(f"`{name}` is one number, without coordinates", allowed=f"Write {name}=...")
    known = [each for axis in axes for each in study.axes[axis]]
    raise refuse(f'`{name}` has no coordinate "{coordinate}"', allowed=allowed_names(coordinate, known))


def _value(text: str) -> Any:
    """A value as TOML writes it; a prior's full name needs no quotes. UserError where it is neither."""
    if _NAMED.fullmatch(text):
        return text
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        raise refuse(f"`{text}` is neither a number nor a prior", allowed=_FORMS) from None


def _coordinates(text: str) -> list[str]:
    """Coordinates with commas between them; one that has a comma in it stands in quotes."""
    try:
        found = tomllib.loads(f"at = [{text}]")["at"]
    except tomllib.TOMLDecodeError:
        found = None
    if isinstance(found, list) and all(isinstance(one, str) for one in found):
        return found
    return [one.strip() for one in text.split(",")]
