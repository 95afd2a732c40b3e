"""Loading: a study file in, a checked `Study` out, or all that is wrong with the file at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from mcarbon.errors import Fault, UserError, allowed_names
from mcarbon.reading.formula import RESERVED
from mcarbon.reading.library import PACKAGE, Library, is_plain_source, located, read_priors, read_text, source_fault
from mcarbon.reading.model import check_model
from mcarbon.reading.published import parse_direction, parse_number, parse_published
from mcarbon.reading.schema import MAX_FAULTS, lines, read_toml, validate
from mcarbon.study import Input, InputEntry, LibraryPrior, Quantity, Study, StudyFile, place

_PARTS = ("references", "dimensions", "choices", "cases", "inputs", "quantities", "claims")


def studies() -> list[str]:
    """The ids of the built-in studies."""
    return sorted(path.stem for path in (PACKAGE / "studies").glob("*.toml"))


def load_study(path_or_id: str | os.PathLike[str]) -> Study:
    """The study of a file, or the built-in one of this id.

    UserError, with every fault of the file, where it cannot be loaded.
    """
    text = os.fspath(path_or_id)
    if isinstance(path_or_id, str) and text in studies():
        path = PACKAGE / "studies" / f"{text}.toml"
    else:
        path = Path(text)
        if isinstance(path_or_id, str) and not path.suffix and path.name == text and not path.exists():
            raise UserError(Fault(what=f"there is no study `{text}`", allowed=allowed_names(text, studies())))
    return _checked(read_text(path), str(path), path)


def parse_study(text: str, name: str = "<string>") -> Study:
    """The study of a TOML text; `name` is what messages call it. Named priors are the built-in ones.

    UserError, with every fault of the text, where it cannot be loaded.
    """
    return _checked(text, name, None)


def check_files(paths: Iterable[str | os.PathLike[str]]) -> list[Fault]:
    """All that is wrong with study files, files of priors, and folders of them."""
    faults: list[Fault] = []
    for path in map(Path, paths):
        try:
            files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
            if not files:
                faults.append(Fault(what="there is no TOML file in this folder", file=str(path)))
        except (OSError, ValueError) as error:
            faults.append(Fault(what=f"the file cannot be read: {error}", file=str(path)))
            continue
        for file in files:
            try:
                faults += _check_file(file)
            except UserError as error:
                faults += error.faults
    return faults


def _check_file(path: Path) -> list[Fault]:
    text = read_text(path)
    data, _ = read_toml(text)
    study = {"format", "id", "inputs", "quantities"} & set(data)
    if data and not study and all(isinstance(table, dict) for table in data.values()):
        return [fault for some in read_priors(path).faults.values() for fault in some]
    return _study(text, str(path), path)[1]


def _checked(text: str, name: str, path: Path | None) -> Study:
    study, faults = _study(text, name, path)
    if study is None or faults:
        raise UserError(*faults)
    return study


def _study(text: str, name: str, path: Path | None) -> tuple[Study | None, list[Fault]]:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    data, faults = read_toml(text)
    study = None
    if not faults:
        study, faults = check_data(data, path)
    if faults:
        numbers = lines(text) if data else {}
        faults = [fault if fault.file else located(fault, numbers, name) for fault in dict.fromkeys(faults)]
        faults.sort(key=lambda fault: (fault.file != name, fault.line or 0))
        if len(faults) > MAX_FAULTS:
            more = Fault(what=f"and {len(faults) - MAX_FAULTS} more faults", file=name)
            faults = [*faults[:MAX_FAULTS], more]
        return None, faults
    return study, []


def check_data(data: Mapping[str, Any], path: Path | None = None) -> tuple[Study | None, list[Fault]]:
    """The study of a file's data, or all its faults (without file and line).

    `path` is the file that it comes from: named priors and works are looked up beside it.
    """
    record, wrong = validate(StudyFile, data)
    faults = [fault for _, fault in wrong]
    if data.get("format") is True:  # which equals 1 to Python
        faults.append(Fault(what="true is not allowed here", place="format", allowed="Allowed: 1."))
    broken: set[tuple[str, str]] = set()
    if record is None:
        # The tables that cannot be read are left out, so that the others are checked all the same.
        record, broken = _without(data, [at for at, _ in wrong])
    if record is None:
        return None, faults
    checks = _Checks(record, broken, None if path is None else path.parent)
    try:
        checks.run()
    except UserError:
        return None, faults + checks.faults
    faults += checks.faults
    study = Study.model_construct(
        **{field: getattr(record, field) for field in StudyFile.model_fields},
        library=checks.priors,
        library_units=sorted(checks.library_units),
        origin=None if path is None else str(path),
    )
    model, model_faults = check_model(study, checks.unreadable)
    faults += model_faults
    if faults or model is None:
        return None, faults
    return study, []


def _without(data: Mapping[str, Any], wrong: list[tuple[str | int, ...]]) -> tuple[StudyFile | None, set[tuple[str, str]]]:
    """The record of a file without the tables that hold these faults, and which tables these are."""
    rest: dict[str, Any] = {key: dict(value) if isinstance(value, dict) else value for key, value in data.items()}
    broken: set[tuple[str, str]] = set()
    for at in wrong:
        if len(at) > 1 and at[0] in _PARTS and isinstance(rest.get(str(at[0])), dict):
            rest[str(at[0])].pop(at[1], None)
            broken.add((str(at[0]), str(at[1])))
        elif at:
            rest.pop(str(at[0]), None)
    header = {"format": 1, "id": "study", "title": ""}
    rest = {key: value for key, value in rest.items() if key in StudyFile.model_fields}
    return validate(StudyFile, {**header, **rest})[0], broken


class _Checks:
    """What the tables of a study must be to each other. Formulas and units are the model's to check."""

    def __init__(self, study: StudyFile, broken: set[tuple[str, str]], beside: Path | None) -> None:
        self.study = study
        self.broken = broken
        self.library = Library(beside)
        self.faults: list[Fault] = []
        self.unreadable = {name for section, name in broken if section in ("inputs", "quantities")}
        self.priors: dict[str, LibraryPrior] = {}
        self.library_units: set[str] = set()
        self.axes: dict[str, list[str]] = {
            **study.dimensions,
            **{name: choice.options for name, choice in study.choices.items()},
        }
        self.broken_axes = {name for section, name in broken if section in ("dimensions", "choices")}

    def fault(self, path: tuple[str | int, ...], what: str, allowed: str = "") -> None:
        self.faults.append(Fault(what=what, place=place(path), allowed=allowed))
        if len(self.faults) > MAX_FAULTS:
            raise UserError(*self.faults)

    def run(self) -> None:
        """All checks, in the order of the file format."""
        self.source(("source",), self.study.source)
        for key, work in self.study.references.items():
            if work.doi is None and work.url is None:
                self.fault(("references", key), "a work has a `doi` or a `url`; this has neither")
        self.names()
        self.choices()
        self.cases()
        for name, item in self.study.inputs.items():
            self.input(name, item)
        for name, quantity in self.study.quantities.items():
            self.quantity(name, quantity)
        self.claims()
        for position, defect in enumerate(self.study.defects):
            self.source(("defects", position, "source"), defect.source)

    @cached_property
    def works(self) -> frozenset[str]:
        """The keys that a source may be: of the bibliographies and of `[references]`."""
        known = {*self.study.references, *(name for section, name in self.broken if section == "references")}
        try:
            return frozenset(known | set(self.library.works))
        except UserError as error:
            self.faults += error.faults
            return frozenset(known)

    def source(self, path: tuple[str | int, ...], source: str | list[str] | None) -> None:
        if source is None:
            return
        if not source:
            self.fault(path, "the source is empty")
            return
        for one in [source] if isinstance(source, str) else source:
            wrong = None if is_plain_source(one) else source_fault(one, self.works, place(path))
            self.faults += [wrong] if wrong else []

    def names(self) -> None:
        seen: dict[str, str] = {}
        for section in ("dimensions", "choices", "inputs", "quantities"):
            for name in getattr(self.study, section):
                if name in RESERVED:
                    self.fault((section, name), f"`{name}` is a word of formulas and cannot be a name")
                    self.unreadable.add(name)
                if name in seen:
                    self.fault((section, name), f"the name `{name}` is taken: {place((seen[name], name))} has it")
                    self.unreadable.add(name)
                seen.setdefault(name, section)
        for name, coordinates in self.study.dimensions.items():
            self.unique(("dimensions", name), coordinates)

    def unique(self, path: tuple[str | int, ...], coordinates: list[str]) -> None:
        seen: set[str] = set()
        for position, coordinate in enumerate(coordinates):
            if coordinate in seen:
                self.fault((*path, position), f'"{coordinate}" stands here twice; on an axis each is unique')
            if not coordinate.strip():
                self.fault((*path, position), "a coordinate cannot be empty")
            seen.add(coordinate)

    def choices(self) -> None:
        for name, choice in self.study.choices.items():
            self.unique(("choices", name, "options"), choice.options)
            if choice.published is not None and choice.published not in choice.options:
                what = f'"{choice.published}" is not an option'
                self.fault(("choices", name, "published"), what, allowed_names(choice.published, choice.options))

    def cases(self) -> None:
        complete = [id for id, case in self.study.cases.items() if case.complete]
        for id in complete[1:]:
            self.fault(("cases", id, "complete"), f"only one case is the complete one; `{complete[0]}` is it already")
        for id, case in self.study.cases.items():
            if id == "published":
                self.fault(("cases", id), "the name `published` is reserved: the published combination is always shown")
            for choice, option in case.choices.items():
                if choice in self.broken_axes:
                    continue
                path = ("cases", id, "choices", choice)
                if choice not in self.study.choices:
                    self.fault(path, f"there is no choice `{choice}`", allowed_names(choice, self.study.choices))
                elif option not in (options := self.study.choices[choice].options):
                    self.fault(path, f'"{option}" is not an option', allowed_names(option, options))
            self.source(("cases", id, "source"), case.source)

    def by(self, section: str, name: str, item: Input | Quantity) -> bool:
        """Whether the item's axes exist and its entries fill them, no more and no less."""
        path = (section, name)
        sound = True
        for axis in item.axes:
            if axis in self.broken_axes:
                sound = False
            elif axis not in self.axes:
                self.fault((*path, "by"), f"there is no dimension or choice `{axis}`", allowed_names(axis, self.axes))
                sound = False
        if len(set(item.axes)) < len(item.axes):
            self.fault((*path, "by"), "an axis stands here twice")
            sound = False
        if not item.axes or item.at is None:
            what = "`at` needs `by`" if item.at is not None else "`by` needs `at`, an entry for each coordinate"
            self.fault(path, what if item.axes or item.by is None else "`by` is empty")
            sound = False
        return sound and self.filled(path, item.at, item.axes, ())

    def filled(self, path: tuple[str, ...], at: Any, axes: tuple[str, ...], key: tuple[str, ...]) -> bool:
        here = (*path, "at", *key)
        if not axes:
            if isinstance(at, str | InputEntry):
                return True
            self.fault(here, "entries stand one level too deep: no axis is left for them")
            return False
        if not isinstance(at, Mapping):
            self.fault(here, f"entries are missing for each {axes[0]}", f"Allowed: {', '.join(self.axes[axes[0]])}.")
            return False
        coordinates = self.axes[axes[0]]
        extra = [coordinate for coordinate in at if coordinate not in coordinates]
        missing = [coordinate for coordinate in coordinates if coordinate not in at]
        for coordinate in extra:
            what = f'there is no coordinate "{coordinate}" on {axes[0]}'
            self.fault((*here, coordinate), what, allowed_names(coordinate, coordinates))
        if missing:
            listed = ", ".join(missing[:20]) + (f" and {len(missing) - 20} more" if len(missing) > 20 else "")
            self.fault(here, f"no entry for {axes[0]}: {listed}")
        good = [self.filled(path, at[one], axes[1:], (*key, one)) for one in coordinates if one in at]
        return not extra and not missing and all(good)

    def input(self, name: str, item: Input) -> None:
        path: tuple[str, ...] = ("inputs", name)
        self.source((*path, "source"), item.source)
        if item.by is None and item.at is None:
            self.entry(path, item, item)
            return
        for key in ("prior", "value", "published", "neutral", "corrected"):
            if getattr(item, key) is not None:
                self.fault((*path, key), f"`{key}` cannot stand beside `at`: it belongs into each entry")
        if not self.by("inputs", name, item):
            self.unreadable.add(name)
            return
        for cell, entry in item.cells():
            here = (*path, "at", *cell.values())
            self.source((*here, "source"), entry.source)
            self.entry(here, entry, item)

    def entry(self, path: tuple[str, ...], entry: InputEntry, item: Input) -> None:
        if entry.prior is None and entry.value is None:
            self.fault(path, "an input has a `prior` or a `value`; this has neither")
        if entry.prior is not None and entry.value is not None:
            self.fault(path, "an input has a `prior` or a `value`, not both")
        if entry.published is not None and entry.neutral is not None:
            self.fault(path, "`published` and `neutral` cannot both stand: neutral is for a factor that was not published")
        if isinstance(entry.published, str):
            try:
                parse_number(entry.published)
            except ValueError as error:
                self.fault((*path, "published"), str(error), 'Such as "14.8" or "15,000"; a number without quotes is exact.')
        if entry.corrected is not None:
            if entry.published is None:
                self.fault((*path, "corrected"), "`corrected` stands beside `published`, which is missing")
            self.source((*path, "corrected", "source"), entry.corrected.source)
        if isinstance(entry.prior, str):
            self.named_prior((*path, "prior"), entry.prior)
        elif entry.prior is not None and entry.source is None and item.source is None:
            self.fault(path, "a prior needs a source", 'Add `source`: a key of the bibliography, a DOI, a URL, "judgement".')

    def named_prior(self, path: tuple[str, ...], name: str) -> None:
        if name in self.priors:
            return
        try:
            self.priors[name], file = self.library.prior(name)
            self.library_units |= set(file.units)
        except UserError as error:
            for fault in error.faults:
                if fault.file:
                    self.faults.append(fault)
                else:
                    self.fault(path, fault.what, fault.allowed)

    def quantity(self, name: str, item: Quantity) -> None:
        path = ("quantities", name)
        if item.formula is not None and (item.by is not None or item.at is not None):
            self.fault(path, "a quantity has a `formula`, or `by` with a formula an entry of `at`, not both")
            self.unreadable.add(name)
        elif item.formula is None and item.by is None and item.at is None:
            self.fault(path, "a quantity has a `formula`, or `by` with a formula an entry of `at`; this has neither")
            self.unreadable.add(name)
        elif item.formula is None and not self.by("quantities", name, item):
            self.unreadable.add(name)
        if item.sides is None:
            return
        if len(item.sides) != 2:
            self.fault((*path, "sides"), f"a ratio compares two sides, not {len(item.sides)}")
        known = [other for other in (*self.study.quantities, *self.study.inputs) if other != name]
        for label, side in item.sides.items():
            if side not in known and ("inputs", side) not in self.broken and ("quantities", side) not in self.broken:
                what = f"there is no input or quantity `{side}`" if side != name else "a ratio is not a side of itself"
                self.fault((*path, "sides", label), what, allowed_names(side, known))

    def claims(self) -> None:
        for id, claim in self.study.claims.items():
            path = ("claims", id)
            known = list(self.study.quantities)
            if claim.quantity not in known and ("quantities", claim.quantity) not in self.broken:
                self.fault(
                    (*path, "quantity"),
                    f"there is no quantity `{claim.quantity}`",
                    allowed_names(claim.quantity, known),
                )
            for axis, coordinate in claim.at.items():
                if axis in self.broken_axes:
                    continue
                if axis not in self.axes:
                    what = f"there is no dimension or choice `{axis}`"
                    self.fault((*path, "at", axis), what, allowed_names(axis, self.axes))
                elif coordinate not in self.axes[axis]:
                    what = f'there is no coordinate "{coordinate}" on {axis}'
                    self.fault((*path, "at", axis), what, allowed_names(coordinate, self.axes[axis]))
            for name in claim.via:
                if name not in known and ("quantities", name) not in self.broken:
                    self.fault((*path, "via", name), f"there is no quantity `{name}`", allowed_names(name, known))
                elif name == claim.quantity:
                    self.fault((*path, "via", name), "the quantity of the claim cannot be its own intermediate")
            if claim.published is None and claim.direction is None:
                self.fault(path, "a claim has `published`, `direction` or both; this has neither")
            if claim.published is not None:
                try:
                    parse_published(claim.published)
                except ValueError as error:
                    allowed = 'Such as "0.30", "1/2,900", "0.3..5", "<= 5".'
                    self.fault((*path, "published"), str(error), allowed)
            if claim.direction is not None:
                try:
                    parse_direction(claim.direction)
                except ValueError as error:
                    self.fault((*path, "direction"), str(error), 'Such as "< 1" or ">= 1/3".')
            self.source((*path, "source"), claim.source)
