"""Priors that stand elsewhere: named components of mixtures, and the columns of CSV files, put in their place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from mcarbon.errors import Fault, UserError
from mcarbon.families import Empirical, Mixture, Prior
from mcarbon.reading.columns import with_file
from mcarbon.reading.faults import Keys
from mcarbon.reading.files import read_text
from mcarbon.reading.library import Library, PriorFile
from mcarbon.reading.lines import lines, located
from mcarbon.reading.notation import parse_unit
from mcarbon.reading.units import Unit, UnitError, conversion
from mcarbon.study import LibraryPrior, place

MOST_PARTS = 1000
"""Of a mixture, its named components written out."""
MOST_LEVELS = 40
"""Of named priors that rest on named ones."""
MOST_VALUES, MOST_BYTES = 2_500_000, 50_000_000
"""Of CSV files, of all priors of a study."""


def _parts(prior: Prior | str) -> int:
    """How many priors a prior is made of."""
    if not isinstance(prior, Mixture):
        return 1
    return sum(_parts(component.prior) for component in prior.components)


def with_names(prior: Prior, written_out: Prior) -> Prior:
    """A prior that is `written_out` but for the names of its components: its files are read, and its names stand."""
    if not isinstance(prior, Mixture) or not isinstance(written_out, Mixture):
        return written_out
    return prior.with_priors(
        one.prior if isinstance(one.prior, str) or isinstance(out.prior, str) else with_names(one.prior, out.prior)
        for one, out in zip(prior.components, written_out.components)
    )


class Resolver:
    """Writes out priors. `priors` are the named ones met so far, `units` the countable things of their files."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._values = self._bytes = 0
        self.priors: dict[str, LibraryPrior] = {}
        self.units: set[str] = set()

    def named(self, name: str, users: tuple[str, ...] = ()) -> LibraryPrior:
        """The library's prior of this name, written out; `users` are the priors that lead to it.

        UserError, whose faults have a file where the fault is the library's and none where it is the name's.
        """
        if len(users) > MOST_LEVELS:
            what = f"the prior rests on others through more than {MOST_LEVELS} levels"
            raise UserError(Fault(what, allowed=f"At most {MOST_LEVELS}."))
        if name in users:
            circle = " -> ".join([*users[users.index(name) :], name])
            raise UserError(Fault(what=f"the prior goes round in a circle: {circle}"))
        if name not in self.priors:
            _, file = self.library.prior(name)
            self.units |= set(file.units)
            self.priors[name] = self.from_file(file, name.partition(".")[2], name, users)
        return self.priors[name]

    def from_file(self, file: PriorFile, short: str, name: str, users: tuple[str, ...] = ()) -> LibraryPrior:
        """The prior that is called `short` in this file and `name` elsewhere, written out. UserError as of `named`."""
        record = file.priors[short]
        unit, folder = parse_unit(record.unit, file.units), file.path.parent
        try:
            prior = self.written_out(record.prior, unit, file.units, folder, (short, "prior"), (*users, name))
        except UserError as error:
            if all(fault.file for fault in error.faults):
                raise
            numbers = lines(read_text(file.path))
            faults = (fault if fault.file else located(fault, numbers, str(file.path)) for fault in error.faults)
            raise UserError(*faults) from None
        return record if prior is record.prior else record.model_copy(update={"prior": prior})

    def written_out(
        self,
        prior: Prior,
        unit: Unit,
        names: Iterable[str],
        folder: Path | None,
        at: Keys,
        users: tuple[str, ...] = (),
    ) -> Prior:
        """The prior, which is in `unit`, with all its numbers. UserError with places that begin with `at`.

        `names` are the countable things of the file that it stands in, `folder` the folder of that file, None where
        it stands in none.
        """
        try:
            if isinstance(prior, Empirical) and not prior.is_resolved:
                return self._out_of_file(prior, folder)
            if isinstance(prior, Mixture) and not prior.is_resolved:
                components: list[Prior] = []
                for position, component in enumerate(prior.components):
                    here = (*at, "components", position, "prior")
                    if isinstance(component.prior, str):
                        components.append(self._converted(component.prior, unit, names, here, users))
                    else:
                        components.append(self.written_out(component.prior, unit, names, folder, here, users))
                prior = prior.with_priors(components)
            if (parts := _parts(prior)) > MOST_PARTS:
                raise UserError(Fault(f"the mixture has {parts:,} parts, written out", allowed=f"At most {MOST_PARTS:,}."))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise UserError(Fault(what=str(first.get("ctx", {}).get("error", first["msg"])), place=place(at))) from None
        except UserError as error:
            raise UserError(
                *(fault if fault.file or fault.place else replace(fault, place=place(at)) for fault in error.faults)
            ) from None
        return prior

    def _out_of_file(self, prior: Empirical, folder: Path | None) -> Empirical:
        """The prior with what stands in its file; UserError where too much has been read already."""
        if self._values <= MOST_VALUES and self._bytes <= MOST_BYTES:
            found = with_file(prior, folder)
            self._values += len(found.values or ())
            self._bytes += 0 if folder is None else (folder / str(prior.file)).stat().st_size
        if self._values > MOST_VALUES or self._bytes > MOST_BYTES:
            what = "the CSV files of this study hold too much, each counted as often as a prior names it"
            raise UserError(Fault(what, allowed=f"At most {MOST_VALUES:,} values and {MOST_BYTES:,} bytes in all."))
        return found

    def _converted(self, name: str, unit: Unit, names: Iterable[str], at: Keys, users: tuple[str, ...]) -> Prior:
        try:
            record = self.named(name, users)
            return record.prior.scaled(conversion(parse_unit(record.unit, {*names, *self.units}), unit))
        except UnitError as error:
            raise UserError(Fault(f"the prior `{name}` does not fit: {error.what}", place(at), error.allowed)) from None
        except UserError as error:
            raise UserError(*(fault if fault.file else replace(fault, place=place(at)) for fault in error.faults)) from None
