"""The cross checks of a study: what its tables must be to each other. Formulas and units are the model's to check."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mcarbon.errors import Fault, UserError, allowed_names
from mcarbon.families import Prior
from mcarbon.reading.axes import Axes
from mcarbon.reading.faults import Faults, Keys
from mcarbon.reading.formula import RESERVED
from mcarbon.reading.origins import Origins
from mcarbon.reading.published import parse_direction, parse_number, parse_published
from mcarbon.reading.sources import is_doi, is_web_address
from mcarbon.study import Input, InputEntry, LibraryPrior, Quantity, StudyFile, place

_FIXED = "`value` fixes it, `prior` says what is known; `published` and `neutral` stand beside one of them."


@dataclass(frozen=True)
class Tables:
    """What the checks find: all faults, or more than `MAX_FAULTS` where there are too many to go on.

    `unreadable` are the inputs and quantities that no formula can be checked against, `priors` the named priors by
    full name, `library_units` the countable things that their files declare, and `written_out` the study's own priors
    that held names or files, by their keys; `named` has those of them that held names, with these.
    """

    faults: list[Fault]
    unreadable: set[str]
    priors: dict[str, LibraryPrior]
    library_units: set[str]
    written_out: dict[tuple[str, ...], Prior]
    named: dict[tuple[str, ...], Prior]


def check_tables(study: StudyFile, broken: set[tuple[str, str]], beside: Path | None) -> Tables:
    """All checks of a study's tables.

    `broken` are the tables (section and name) that were left out because they cannot be read; `beside` is the folder
    of the study, None for one that came from no file.
    """
    checks = _Checks(study, broken, beside)
    with suppress(UserError):  # which says that there are too many faults
        checks.run()
    origins, found = checks.origins, checks.origins.resolver
    return Tables(checks.faults.found, checks.unreadable, found.priors, found.units, origins.written_out, origins.named)


class _Checks:
    """One study while it is checked: what is known so far."""

    def __init__(self, study: StudyFile, broken: set[tuple[str, str]], beside: Path | None) -> None:
        self.study = study
        self.broken = broken
        self.faults = Faults()
        self.origins = Origins(study, {name for section, name in broken if section == "references"}, beside, self.faults)
        self.axes = Axes(study, {name for section, name in broken if section in ("dimensions", "choices")}, self.faults)
        self.unreadable = {name for section, name in broken if section in ("inputs", "quantities")}

    def run(self) -> None:
        """All checks, in the order of the file format."""
        self.origins.source(("source",), self.study.source)
        for key, work in self.study.references.items():
            if work.doi is None and work.url is None:
                self.faults.at(("references", key), "a work has a `doi` or a `url`; this has neither")
            for name, address, such in (("doi", work.doi, "10.1000/182"), ("url", work.url, "https://example.org")):
                if address is not None and not (is_doi(address) or (name == "url" and is_web_address(address))):
                    self.faults.at(("references", key, name), f'"{address[:80]}" is no {name.upper()}', f"Such as {such}.")
        self.names()
        self.choices()
        self.cases()
        for name, item in self.study.inputs.items():
            self.input(name, item)
        for name, quantity in self.study.quantities.items():
            self.quantity(name, quantity)
        self.claims()
        for position, defect in enumerate(self.study.defects):
            for name in defect.claims:
                if name not in self.study.claims:
                    what = f"there is no claim `{name}`"
                    self.faults.at(("defects", position, "claims"), what, allowed_names(name, self.study.claims))
            self.origins.source(("defects", position, "source"), defect.source)
        for position, left_out in enumerate(self.study.not_counted):
            self.origins.source(("not_counted", position, "source"), left_out.source)

    def readable(self, path: Keys, parse: Callable[[str], object], text: str, allowed: str) -> None:
        try:
            parse(text)
        except ValueError as error:
            self.faults.at(path, str(error), allowed)

    def names(self) -> None:
        seen: dict[str, str] = {}
        for section in ("dimensions", "choices", "inputs", "quantities"):
            for name in getattr(self.study, section):
                if name in RESERVED:
                    self.faults.at((section, name), f"`{name}` is a word of formulas and cannot be a name")
                    self.unreadable.add(name)
                if name in seen:
                    self.faults.at((section, name), f"the name `{name}` is taken: {place((seen[name], name))} has it")
                    self.unreadable.add(name)
                seen.setdefault(name, section)
        for name, coordinates in self.study.dimensions.items():
            self.axes.check(("dimensions", name), coordinates)

    def choices(self) -> None:
        for name, choice in self.study.choices.items():
            self.axes.check(("choices", name, "options"), choice.options)
            named = [("published", choice.published), ("chosen", choice.chosen), *(("slips", slip) for slip in choice.slips)]
            for key, option in named:
                if option is not None and option not in choice.options:
                    what = f'"{option}" is not an option'
                    self.faults.at(("choices", name, key), what, allowed_names(option, choice.options))
            if set(choice.options) <= set(choice.slips):
                self.faults.at(("choices", name, "slips"), "every option is a slip", "At least one option that is none.")

    def cases(self) -> None:
        complete = [id for id, case in self.study.cases.items() if case.complete]
        for id in complete[1:]:
            self.faults.at(("cases", id, "complete"), f"only one case is the complete one; `{complete[0]}` is it already")
        for id, case in self.study.cases.items():
            if id == "published":
                self.faults.at(("cases", id), "the name `published` is reserved: the published combination is always shown")
            for choice, option in case.choices.items():
                if choice in self.axes.broken:
                    continue
                path = ("cases", id, "choices", choice)
                if choice not in self.study.choices:
                    self.faults.at(path, f"there is no choice `{choice}`", allowed_names(choice, self.study.choices))
                elif option not in self.axes.coordinates[choice]:
                    allowed = allowed_names(option, self.axes.coordinates[choice])
                    self.faults.at(path, f'"{option}" is not an option', allowed)
            self.origins.source(("cases", id, "source"), case.source)

    def input(self, name: str, item: Input) -> None:
        path: tuple[str, ...] = ("inputs", name)
        self.origins.source((*path, "source"), item.source)
        if item.by is None and item.at is None:
            self.entry(path, item, item)
            self.nature(path, item)
            return
        for key in ("prior", "value", "published", "neutral", "corrected"):
            if getattr(item, key) is not None:
                self.faults.at((*path, key), f"`{key}` cannot stand beside `at`: it belongs into each entry")
        if not self.axes.filled(path, item):
            self.unreadable.add(name)
            return
        for cell, entry in item.cells():
            here = (*path, "at", *cell.values())
            self.origins.source((*here, "source"), entry.source)
            self.entry(here, entry, item)
        self.nature(path, item)

    def nature(self, path: tuple[str, ...], item: Input) -> None:
        if item.nature == "variability" and all(entry.prior is None for _, entry in item.cells()):
            self.faults.at((*path, "nature"), "what is fixed does not vary", "Give a `prior`: how it differs.")

    def entry(self, path: tuple[str, ...], entry: InputEntry, item: Input) -> None:
        if entry.prior is None and entry.value is None:
            self.faults.at(path, "an input has a `prior` or a `value`; this has neither", _FIXED)
        if entry.prior is not None and entry.value is not None:
            self.faults.at(path, "an input has a `prior` or a `value`, not both")
        if entry.published is not None and entry.neutral is not None:
            self.faults.at(
                path, "`published` and `neutral` cannot both stand: neutral is for a factor that was not published"
            )
        if isinstance(entry.published, str):
            allowed = 'Such as "14.8" or "15,000"; a number without quotes is exact.'
            self.readable((*path, "published"), parse_number, entry.published, allowed)
        if entry.corrected is not None:
            if entry.published is None:
                self.faults.at((*path, "corrected"), "`corrected` stands beside `published`, which is missing")
            self.origins.source((*path, "corrected", "source"), entry.corrected.source)
        if isinstance(entry.prior, str):
            self.origins.prior((*path, "prior"), entry.prior)
        elif entry.prior is not None:
            self.origins.own_prior((*path, "prior"), entry.prior, item.unit)
            if entry.source is None and item.source is None:
                allowed = 'Add `source`: a key of the bibliography, a DOI, a URL, "judgement".'
                self.faults.at(path, "a prior needs a source", allowed)

    def quantity(self, name: str, item: Quantity) -> None:
        path = ("quantities", name)
        if item.formula is not None and (item.by is not None or item.at is not None):
            self.faults.at(path, "a quantity has a `formula`, or `by` with a formula an entry of `at`, not both")
            self.unreadable.add(name)
        elif item.formula is None and item.by is None and item.at is None:
            self.faults.at(path, "a quantity has a `formula`, or `by` with a formula an entry of `at`; this has neither")
            self.unreadable.add(name)
        elif item.formula is None and not self.axes.filled(path, item):
            self.unreadable.add(name)
        if item.sides is None:
            return
        if len(item.sides) != 2:
            self.faults.at((*path, "sides"), f"a ratio compares two sides, not {len(item.sides)}")
        for label, side in item.sides.items():
            exists = side in self.study.inputs or side in self.study.quantities
            if side == name or not (exists or {("inputs", side), ("quantities", side)} & self.broken):
                what = f"there is no input or quantity `{side}`" if side != name else "a ratio is not a side of itself"
                known = [other for other in (*self.study.quantities, *self.study.inputs) if other != name]
                self.faults.at((*path, "sides", label), what, allowed_names(side, known))

    def claims(self) -> None:
        for id, claim in self.study.claims.items():
            path = ("claims", id)
            known = self.study.quantities
            if claim.quantity not in known and ("quantities", claim.quantity) not in self.broken:
                self.faults.at(
                    (*path, "quantity"),
                    f"there is no quantity `{claim.quantity}`",
                    allowed_names(claim.quantity, known),
                )
            for axis, coordinate in claim.at.items():
                if self.axes.has((*path, "at", axis), axis):
                    self.axes.bears((*path, "at", axis), axis, coordinate)
            for name in claim.via:
                if name not in known and ("quantities", name) not in self.broken:
                    self.faults.at((*path, "via", name), f"there is no quantity `{name}`", allowed_names(name, known))
                elif name == claim.quantity:
                    self.faults.at((*path, "via", name), "the quantity of the claim cannot be its own intermediate")
            if claim.published is None and claim.direction is None:
                self.faults.at(path, "a claim has `published`, `direction` or both; this has neither")
            if claim.published is not None:
                allowed = 'Such as "0.30", "1/2,900", "0.3..5", "<= 5"; the unit stands in `unit`.'
                self.readable((*path, "published"), parse_published, claim.published, allowed)
            if claim.direction is not None:
                self.readable((*path, "direction"), parse_direction, claim.direction, 'Such as "< 1" or ">= 1/3".')
            self.origins.source((*path, "source"), claim.source)
