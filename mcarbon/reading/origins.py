"""Where the numbers of a study come from: its sources and the priors that it names, looked up."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from mcarbon.errors import UserError
from mcarbon.reading.faults import Faults, Keys
from mcarbon.reading.library import Library
from mcarbon.reading.sources import is_plain_source, source_fault
from mcarbon.study import LibraryPrior, StudyFile, place


class Origins:
    """The named priors of a study, as they are found, and the countable things that their files declare.

    `broken` are references that cannot be read; `beside` is the folder of the study, None for one from no file.
    """

    def __init__(self, study: StudyFile, broken: set[str], beside: Path | None, faults: Faults) -> None:
        self.study = study
        self.broken = broken
        self.library = Library(beside)
        self.faults = faults
        self.priors: dict[str, LibraryPrior] = {}
        self.library_units: set[str] = set()

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
        if name in self.priors:
            return
        try:
            self.priors[name], file = self.library.prior(name)
            self.library_units |= set(file.units)
        except UserError as error:
            for fault in error.faults:
                if fault.file:
                    self.faults.found.append(fault)
                else:
                    self.faults.at(path, fault.what, fault.allowed)
