"""Where the numbers of a study come from: its sources and the priors that it names, looked up."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from mcarbon.errors import UserError
from mcarbon.families import Prior
from mcarbon.reading.faults import Faults, Keys
from mcarbon.reading.library import Library
from mcarbon.reading.notation import parse_unit
from mcarbon.reading.resolve import Resolver, with_names
from mcarbon.reading.sources import is_plain_source, source_fault
from mcarbon.reading.units import UnitError
from mcarbon.study import StudyFile, place


class Origins:
    """The named priors of a study, as they are found, and those of its own that had to be written out, by their keys.

    `written_out` has these with all their numbers, `named` those of them that name others, with these names. `broken`
    are references that cannot be read; `beside` is the folder of the study, None for one from no file.
    """

    def __init__(self, study: StudyFile, broken: set[str], beside: Path | None, faults: Faults) -> None:
        self.study = study
        self.broken = broken
        self.beside = beside
        self.library = Library(beside)
        self.faults = faults
        self.resolver = Resolver(self.library)
        self.written_out: dict[tuple[str, ...], Prior] = {}
        self.named: dict[tuple[str, ...], Prior] = {}

    @cached_property
    def works(self) -> frozenset[str]:
        """The keys that a source may be: of the bibliographies and of `[references]`."""
        known = {*self.study.references, *self.broken}
        try:
            return frozenset(known | set(self.library.works))
        except UserError as error:
            self.faults.found += error.faults
            return frozenset(known)

    def source(self, path: Keys, source: str | list[str] | None) -> None:
        """What stands as a `source`: each of them can be found."""
        if source is None:
            return
        if not source:
            self.faults.at(path, "the source is empty")
            return
        for one in [source] if isinstance(source, str) else source:
            wrong = None if is_plain_source(one) else source_fault(one, self.works, place(path))
            if wrong:
                self.faults.add(wrong)

    def prior(self, path: Keys, name: str) -> None:
        """The named prior of an input: it is in the library, and sound."""
        try:
            self.resolver.named(name)
        except UserError as error:
            for fault in error.faults:
                if fault.file:
                    self.faults.found.append(fault)
                else:
                    self.faults.at(path, fault.what, fault.allowed)

    def own_prior(self, path: tuple[str, ...], prior: Prior, unit: str) -> None:
        """A prior that the study writes out, but for names in it and files: what they stand for is found and kept."""
        names = self.study.units.names
        try:
            parsed = parse_unit(unit, names)
        except UnitError:  # which is told of the input
            return
        try:
            found = self.resolver.written_out(prior, parsed, names, self.beside, path)
        except UserError as error:
            self.faults.found += error.faults
            return
        if found is prior:
            return
        self.written_out[path] = found
        named = with_names(prior, found)
        if not named.is_resolved:
            self.named[path] = named
