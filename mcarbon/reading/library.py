"""The library of priors and the bibliography: what a study's `human.writing_speed` and `"karat1999"` stand for.

Both are looked up in a folder `priors/` beside the study first, then in the built-in one. Only files that are named
are read, and each of them once as long as it does not change.
"""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from mcarbon.errors import Fault, UserError, allowed_names
from mcarbon.reading.files import built_in, read_text
from mcarbon.reading.lines import lines, located
from mcarbon.reading.notation import parse_unit
from mcarbon.reading.records import validate
from mcarbon.reading.sources import bibliography, source_fault
from mcarbon.reading.toml import read_toml
from mcarbon.reading.units import UnitError
from mcarbon.study import LibraryPrior, Reference, Units, place

MOST_PRIORS = 10_000
"""Of a file."""


@dataclass(frozen=True)
class PriorFile:
    """A file of priors as read: its priors that are sound, what is wrong with the others, and its countable things."""

    priors: Mapping[str, LibraryPrior]
    faults: Mapping[str, tuple[Fault, ...]]
    """By the name of the prior; "" for what is wrong with the file as a whole."""
    units: tuple[str, ...]
    path: Path


def read_priors(path: Path) -> PriorFile:
    """A file of priors, each checked. UserError where the file as a whole cannot be read."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return _read_priors(path, 0, 0)
    return _read_priors(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=256)
def _read_priors(path: Path, changed: int, size: int) -> PriorFile:
    text = read_text(path)
    data, found = read_toml(text)
    if not data and found:
        raise UserError(*(replace(fault, file=str(path)) for fault in found))
    units, faults = Units(), {"": list(found)}
    if "units" in data:
        record, wrong = validate(Units, data.pop("units"), ("units",))
        units = record or units
        faults[""] = found + [fault for _, fault in wrong]
    if len(data) > MOST_PRIORS:
        what = f"the file has {len(data):,} priors"
        raise UserError(Fault(what=what, allowed=f"At most {MOST_PRIORS:,}.", file=str(path)))
    works = {**bibliography(built_in()), **bibliography(path.parent)}
    priors: dict[str, LibraryPrior] = {}
    for name, table in data.items():
        prior, wrong_here = _prior(name, table, units.names, works)
        faults[name] = wrong_here
        if prior is not None and not wrong_here:
            priors[name] = prior
    if any(faults.values()):
        numbers = lines(text)
        faults = {name: [located(fault, numbers, str(path)) for fault in some] for name, some in faults.items()}
    return PriorFile(priors, {name: tuple(some) for name, some in faults.items()}, tuple(units.names), path)


def _prior(name: str, table: Any, units: Iterable[str], works: Collection[str]) -> tuple[LibraryPrior | None, list[Fault]]:
    if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name):
        what = f'"{name[:60]}" is not a name here'
        return None, [Fault(what=what, place=place((name,)), allowed="Allowed: letters, digits and underscores.")]
    if isinstance(table, dict) and isinstance(table.get("updated"), datetime.date):
        table = {**table, "updated": table["updated"].isoformat()}
    if isinstance(table, dict) and table.get("sources") == []:
        return None, [Fault(what="a prior without a source does not load", place=place((name, "sources")))]
    prior, wrong = validate(LibraryPrior, table, (name,))
    faults = [fault for _, fault in wrong]
    if prior is None:
        return None, faults
    try:
        datetime.date.fromisoformat(prior.updated)
    except ValueError:
        what = f'"{prior.updated[:60]}" is not a date'
        faults.append(Fault(what=what, place=place((name, "updated")), allowed="A day, such as 2026-01-31."))
    try:
        parse_unit(prior.unit, units)
    except UnitError as error:
        faults.append(Fault(what=error.what, place=place((name, "unit")), allowed=error.allowed))
    for position, source in enumerate(prior.sources):
        unknown = source_fault(source.cite, works, place((name, "sources", position, "cite")))
        faults += [unknown] if unknown else []
    return prior, faults


class Library:
    """What a study can name: the priors and works beside it and the built-in ones.

    `beside` is the folder of the study, None for a study that came from no file. Made once a load, so that a file is
    looked at once.
    """

    def __init__(self, beside: Path | None = None) -> None:
        own = None if beside is None else beside / "priors"
        same = own is None or os.path.realpath(own) == os.path.realpath(built_in())
        self.folders = (built_in(),) if own is None or same else (own, built_in())
        self._files: dict[str, dict[Path, PriorFile]] = {}

    @cached_property
    def works(self) -> Mapping[str, Reference]:
        """The works of the bibliographies by key, the study's own first. UserError where one cannot be read."""
        return {key: work for folder in reversed(self.folders) for key, work in bibliography(folder).items()}

    def names(self) -> list[str]:
        """The full names of all priors, sound or not."""
        files = sorted({path.stem for folder in self.folders for path in folder.glob("*.toml")})
        found = {f"{file}.{name}" for file in files for one in self._read(file).values() for name in one.faults if name}
        return sorted(found)

    def prior(self, name: str) -> tuple[LibraryPrior, PriorFile]:
        """The prior of this full name (``human.writing_speed``), and the file that it stands in.

        UserError where there is none, where it stands in two folders, or where it is not sound; its faults have a
        file where the fault is the library's, none where it is the name's.
        """
        file, dot, short = name.partition(".")
        if not dot or not short or not re.fullmatch(r"[\w-]+", file):
            allowed = 'A full name is "file.name"; a fixed number is `value = 100`, without quotes.'
            raise UserError(Fault(what=f'"{name[:80]}" names no prior', allowed=allowed))
        read = self._read(file)
        if not read:
            stems = sorted({path.stem for folder in self.folders for path in folder.glob("*.toml")})
            raise UserError(Fault(what=f"there is no file of priors `{file}.toml`", allowed=allowed_names(file, stems)))
        bearing = [path for path, found in read.items() if short in found.faults]
        if len(bearing) > 1:
            what = f"the prior `{name}` stands in two places: {' and '.join(map(str, bearing))}"
            raise UserError(Fault(what=what, allowed="Rename the one beside the study."))
        if not bearing:
            known = [f"{file}.{other}" for found in read.values() for other in found.faults if other]
            raise UserError(Fault(what=f"there is no prior `{name}`", allowed=allowed_names(name, known)))
        found = read[bearing[0]]
        if found.faults[short] or found.faults[""]:
            raise UserError(*found.faults[""], *found.faults[short])
        return found.priors[short], found

    def _read(self, file: str) -> dict[Path, PriorFile]:
        if file not in self._files:
            paths = [folder / f"{file}.toml" for folder in self.folders]
            self._files[file] = {path: read_priors(path) for path in paths if path.is_file()}
        return self._files[file]
