"""What the formulas of a study may use: its inputs and quantities, with their units and axes."""

from __future__ import annotations

from collections.abc import Iterable

from mcarbon.reading.faults import Faults
from mcarbon.reading.notation import parse_unit
from mcarbon.reading.registry import known_as
from mcarbon.reading.units import Unit, UnitError
from mcarbon.study import Study


class Scope:
    """The units of a study, read, and the axes of its inputs and quantities.

    `failed` are inputs and quantities that are known to be wrong: what uses them is not looked at. `names` are the
    study's own countable things. The axes of a quantity are those of its `by` until its formulas have been checked.
    """

    def __init__(self, study: Study, failed: set[str], faults: Faults) -> None:
        self.study = study
        self.failed = failed
        self.coordinates = {axis: frozenset(coordinates) for axis, coordinates in study.axes.items()}
        self.names = _names(study, faults)
        self.units: dict[str, Unit] = {}
        self.axes: dict[str, frozenset[str]] = {}
        for section, items in (("inputs", study.inputs), ("quantities", study.quantities)):
            for name, item in items.items():
                self.axes[name] = frozenset(item.axes)
                try:
                    self.units[name] = parse_unit(item.unit, self.names)
                except UnitError as error:
                    failed.add(name)
                    faults.at((section, name, "unit"), error.what, error.allowed)

    def ordered(self, axes: Iterable[str]) -> tuple[str, ...]:
        """The axes in the order of the study."""
        wanted = frozenset(axes)
        return tuple(axis for axis in self.study.axes if axis in wanted) if wanted else ()


def _names(study: Study, faults: Faults) -> frozenset[str]:
    new: set[str] = set()
    seen: set[str] = set()
    for position, name in enumerate(study.units.names):
        known = known_as(name)
        if name in seen:
            faults.at(("units", "names", position), f"`{name}` stands here twice")
        elif known is not None:
            spelt = "" if known == name else f" ({known})"
            faults.at(("units", "names", position), f"`{name}` is a unit already{spelt}", "Choose another name.")
        else:
            new.add(name)
        seen.add(name)
    return frozenset(new)
