"""The faults of a file while it is checked."""

from __future__ import annotations

from mcarbon.errors import Fault, UserError
from mcarbon.study import place

MAX_FAULTS = 100
"""Faults of one file that are told; looking for the near misses of thousands would take minutes."""

Keys = tuple[str | int, ...]
"""Keys and list positions from the top of a file."""


class Faults:
    """What is wrong with a file, in the order in which it is found."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def at(self, keys: Keys, what: str, allowed: str = "") -> None:
        """One more fault, of the place that `keys` name."""
        self.add(Fault(what=what, place=place(keys), allowed=allowed))

    def add(self, fault: Fault) -> None:
        """One more fault. UserError with all of them where they are too many to go on."""
        self.found.append(fault)
        if len(self.found) > MAX_FAULTS:
            raise UserError(*self.found)
