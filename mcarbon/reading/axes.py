"""The axes of a study, and whether the tables that go by them fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcarbon.errors import allowed_names
from mcarbon.reading.faults import Faults, Keys
from mcarbon.study import Input, InputEntry, Quantity, StudyFile


class Axes:
    """The dimensions and choices of a study with their coordinates.

    `broken` are axes whose own tables cannot be read: what names them is neither right nor wrong.
    """

    def __init__(self, study: StudyFile, broken: set[str], faults: Faults) -> None:
        self.coordinates: dict[str, dict[str, None]] = {
            **{name: dict.fromkeys(coordinates) for name, coordinates in study.dimensions.items()},
            **{name: dict.fromkeys(choice.options) for name, choice in study.choices.items()},
        }
        self.broken = broken
        self.faults = faults

    def check(self, keys: Keys, coordinates: list[str]) -> None:
        """An axis itself: its coordinates have names, and each is unique."""
        seen: set[str] = set()
        for position, coordinate in enumerate(coordinates):
            if coordinate in seen:
                self.faults.at((*keys, position), f'"{coordinate}" stands here twice; on an axis each is unique')
            if not coordinate.strip():
                self.faults.at((*keys, position), "a coordinate cannot be empty")
            seen.add(coordinate)

    def has(self, keys: Keys, axis: str) -> bool:
        """Whether there is this axis and it can be read."""
        if axis not in self.coordinates and axis not in self.broken:
            self.faults.at(keys, f"there is no dimension or choice `{axis}`", allowed_names(axis, self.coordinates))
        return axis in self.coordinates and axis not in self.broken

    def bears(self, keys: Keys, axis: str, coordinate: str) -> bool:
        """Whether the axis, which there is, has this coordinate."""
        if coordinate in self.coordinates[axis]:
            return True
        what = f'there is no coordinate "{coordinate}" on {axis}'
        self.faults.at(keys, what, allowed_names(coordinate, self.coordinates[axis]))
        return False

    def filled(self, keys: tuple[str, ...], item: Input | Quantity) -> bool:
        """Whether the item's axes exist and its entries fill them, no more and no less."""
        missing = [axis for axis in item.axes if not self.has((*keys, "by"), axis)]
        sound = not missing
        if len(set(item.axes)) < len(item.axes):
            self.faults.at((*keys, "by"), "an axis stands here twice")
            sound = False
        if not item.axes or item.at is None:
            what = "`at` needs `by`" if item.at is not None else "`by` needs `at`, an entry for each coordinate"
            self.faults.at(keys, what if item.axes or item.by is None else "`by` is empty")
            sound = False
        return sound and self._filled((*keys, "at"), item.at, item.axes)

    def _filled(self, keys: tuple[str, ...], at: Any, axes: tuple[str, ...]) -> bool:
        if not axes:
            if isinstance(at, str | InputEntry):
                return True
            self.faults.at(keys, "entries stand one level too deep: no axis is left for them")
            return False
        axis, coordinates = axes[0], self.coordinates[axes[0]]
        if not isinstance(at, Mapping):
            self.faults.at(keys, f"entries are missing for each {axis}", f"Allowed: {', '.join(coordinates)}.")
            return False
        extra = [coordinate for coordinate in at if not self.bears((*keys, coordinate), axis, coordinate)]
        missing = [coordinate for coordinate in coordinates if coordinate not in at and coordinate.strip()]
        if missing:
            listed = ", ".join(missing[:20]) + (f" and {len(missing) - 20} more" if len(missing) > 20 else "")
            self.faults.at(keys, f"no entry for {axis}: {listed}")
        good = [self._filled((*keys, one), at[one], axes[1:]) for one in coordinates if one in at]
        return not extra and not missing and all(good)
