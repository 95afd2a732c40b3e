"""The records of a study: what a study file says, checked and frozen.

Each record mirrors a table of the study format one to one, so the JSON Schema that editors use is made from these
very classes. Nothing here computes. `mcarbon.reading.load` makes a `Study` from a file; everything below only reads it.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Discriminator, Field, PrivateAttr, StringConstraints, Tag, model_validator
from typing_extensions import TypeAliasType

from mcarbon.arguments import checked
from mcarbon.changes import set_choice, set_prior, set_value
from mcarbon.errors import Fault, UserError
from mcarbon.families import Family, Prior
from mcarbon.files import whole_file
from mcarbon.frozen import freeze_fields, frozen
from mcarbon.listed import EveryFault
from mcarbon.writing import study_text

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
Identifier = Annotated[str, StringConstraints(pattern=rf"^{NAME}$")]
KebabCase = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Texts = Annotated[list[str], EveryFault()]
Coordinates = Mapping[str, str]
"""Axis name -> coordinate (of a dimension) or option (of a choice)."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")

EvidenceKind = Literal["measured", "first-party", "measured-elsewhere", "modelled", "informal", "judgement", "definition"]
Nature = Literal["ignorance", "variability"]
GRADES: Mapping[str, int | None] = {
    "measured": 1,
    "first-party": 2,
    "measured-elsewhere": 2,
    "modelled": 3,
    "informal": 4,
    "judgement": 4,
    "definition": None,
}
"""The grade of each kind of evidence: 1 measured, 2 measured in another setting, 3 modelled, 4 assumed, None: neither."""
DefectKind = Literal[
    "unit",
    "wrong-source",
    "functional-unit",
    "double-counting",
    "boundary",
    "volume",
    "extreme-as-typical",
    "rounding",
    "internal",
]


_SECTIONS = frozenset({"references", "choices", "cases", "inputs", "quantities", "claims"})
_LISTS = frozenset({"defects", "not_counted"})
_HEADER = frozenset({"format", "id", "title", "summary", "source"})


def place(path: Sequence[str | int]) -> str:
    """How messages name a place of a file, given its keys (and list positions) from the top.

    >>> place(("inputs", "grid", "at", "New York", "prior"))
    '[inputs.grid] at."New York".prior'
    """
    if not path:
        return ""
    keys = [
        str(key) if isinstance(key, int) or _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False) for key in path
    ]
    if path[0] in _LISTS:
        head, rest = f"[[{path[0]}]]", 1
    elif path[0] in _SECTIONS:
        head, rest = f"[{'.'.join(keys[:2])}]", 2
    elif path[0] in _HEADER:
        return keys[0]
    else:
        head, rest = f"[{keys[0]}]", 1
    text, joint = "", ""
    for key, shown in zip(path[rest:], keys[rest:]):
        entry = isinstance(key, int)
        text += f"{', ' if text else ''}entry {int(key) + 1}" if entry else f"{joint}{shown}"
        joint = ", " if entry else "."
    return f"{head} {text}".rstrip()


class Record(BaseModel):
    """Frozen, and strict at the door: unknown keys and numbers written as text are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @model_validator(mode="after")
    def _is_frozen_throughout(self) -> Self:
        freeze_fields(self)
        return self


class Reference(Record):
    """A work cited by the study that is not in the library's bibliography; `note` says how it was read."""

    title: str
    author: str
    year: int | str
    doi: str | None = None
    url: str | None = None
    note: str | None = None


class Units(Record):
    """Countable things beyond the built-in units, each a dimension of its own."""

    names: Annotated[list[Identifier], EveryFault()] = []


class Choice(Record):
    """A structural modelling choice that data cannot settle: an axis that is never averaged over.

    `published` is what the publication chose; `chosen`, where it is given, the option that `run`, `sample` and
    `summarize` take instead. Claims are held against the published one and against all options either way.
    `slips` are options that nobody argues for, such as a unit misread: they show what the slip costs, and a row that
    keeps one sets no verdict.
    """

    options: Annotated[Texts, Field(min_length=1)]
    published: str | None = None
    chosen: str | None = None
    slips: Texts = []
    note: str = ""

    @property
    def published_option(self) -> str:
        """What the publication chose; the first option where nothing was published."""
        return self.options[0] if self.published is None else self.published

    @property
    def taken_option(self) -> str:
        """The option where results show one: the chosen one, else the published one."""
        return self.published_option if self.chosen is None else self.chosen


class Case(Record):
    """A combination of options that people argue for, with who and why."""

    label: str
    choices: dict[str, str] = {}
    why: str = ""
    source: str | Texts | None = None
    complete: bool = False


class Corrected(Record):
    """The value that the publication should have used, and why."""

    value: Finite
    why: str
    source: str | Texts


class InputEntry(Record):
    """The number of one cell of an input: uncertain (`prior`) or fixed (`value`), and what was published."""

    prior: Prior | str | None = None
    value: Finite | None = None
    published: Finite | str | None = None
    neutral: Finite | None = None
    corrected: Corrected | None = None
    source: str | Texts | None = None
    where: str = ""
    note: str = ""
    kind: EvidenceKind | None = None


def _entry_or_axis(value: Any) -> str:
    """Which of the two a table under `at` is: a further axis holds tables only, and none by an entry's key."""
    if not isinstance(value, Mapping) or not value or set(value) & set(InputEntry.model_fields):
        return "entry"
    return "axis" if all(isinstance(inner, Mapping | InputEntry) for inner in value.values()) else "entry"


InputAt = TypeAliasType(
    "InputAt",
    "dict[str, Annotated[Annotated[InputEntry, Tag('entry')] | Annotated[InputAt, Tag('axis')], "
    "Discriminator(_entry_or_axis)]]",
)
QuantityAt = TypeAliasType("QuantityAt", "dict[str, str | QuantityAt]")


def _axes(by: str | list[str] | None) -> tuple[str, ...]:
    return () if by is None else (by,) if isinstance(by, str) else tuple(by)


def _cells(at: Mapping[str, Any], axes: tuple[str, ...]) -> Iterator[tuple[dict[str, str], Any]]:
    for coordinate, inner in at.items():
        if len(axes) > 1 and isinstance(inner, Mapping):
            for rest, entry in _cells(inner, axes[1:]):
                yield {axes[0]: coordinate, **rest}, entry
        else:
            yield {axes[0]: coordinate}, inner


class Input(InputEntry):
    """An uncertain or fixed number with a unit and a source; one entry a coordinate where it has `by`.

    `nature` says what its prior is of: our ignorance of one number, or the variability of a number that differs between
    people, sites or hours.
    """

    unit: str
    by: str | Texts | None = None
    at: InputAt | None = None
    nature: Nature = "ignorance"

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes named by `by`, in its order."""
        return _axes(self.by)

    def cells(self) -> list[tuple[dict[str, str], InputEntry]]:
        """Each cell's coordinates and entry, in the file's order; one with no coordinates where there is no `by`."""
        return [({}, self)] if self.at is None else list(_cells(self.at, self.axes))

    def entry(self, coordinates: Coordinates) -> InputEntry:
        """The entry at these coordinates (axes that the input lacks are ignored)."""
        entry: Any = self if self.at is None else self.at
        for axis in self.axes:
            entry = entry[coordinates[axis]]
        return cast(InputEntry, entry)

    def with_prior(self, key: Sequence[str], prior: Prior) -> Input:
        """The same input with this prior at these coordinates, in the order of its axes; none where it has no `by`."""
        if not key:
            return self.model_copy(update={"prior": prior})
        at: dict[str, Any] = {**(self.at or {})}
        here = at
        for coordinate in key[:-1]:
            here[coordinate] = dict(here[coordinate])
            here = here[coordinate]
        here[key[-1]] = here[key[-1]].model_copy(update={"prior": prior})
        return self.model_copy(update={"at": frozen(at)})


class Quantity(Record):
    """A formula over inputs and other quantities, with its unit; one formula an option where it has `by`."""

    unit: str
    formula: str | None = None
    by: str | Texts | None = None
    at: QuantityAt | None = None
    sides: dict[str, str] | None = None
    note: str = ""

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes named by `by`, in its order (its formulas may bring more)."""
        return _axes(self.by)

    def cells(self) -> list[tuple[dict[str, str], str]]:
        """Each entry's coordinates and formula, in the file's order."""
        return [({}, self.formula or "")] if self.at is None else list(_cells(self.at, self.axes))


class NormalCorrelation(Record):
    """The correlation of the normals that underlie two inputs (what GUM calls r)."""

    normal: Finite


class Claim(Record):
    """A published statement about a quantity."""

    statement: str
    quantity: str
    at: dict[str, str] = {}
    published: str | None = None
    unit: str | None = None
    via: dict[str, Finite] = {}
    direction: str | None = None
    digits: Annotated[int, Field(ge=1)] | None = None
    source: str | Texts | None = None
    where: str = ""
    note: str = ""


class Defect(Record):
    """Something that is known to be wrong with the publication: with the claims that it names, or with all of it."""

    what: str
    kind: DefectKind
    claims: Annotated[list[KebabCase], EveryFault()] = []
    where: str = ""
    source: str | Texts | None = None


class NotCounted(Record):
    """Something that the study leaves out: what it is, in which direction it would move the answers, and why it is left out.

    `pushes` is a few words that end a sentence, such as ``AI up`` or ``either way``.
    """

    what: Annotated[str, Field(min_length=1)]
    pushes: Annotated[str, Field(min_length=1)]
    why: str = ""
    source: str | Texts | None = None


class PriorSource(Record):
    """A source of a library prior: what it says, and how it knows."""

    cite: str
    value: str
    where: str = ""
    kind: EvidenceKind


class LibraryPrior(Record):
    """A prior of the library: a unit, a distribution, the reasons and the sources."""

    unit: str
    prior: Prior
    rationale: str
    updated: str
    sources: Annotated[list[PriorSource], Field(min_length=1)]

    @property
    def grade(self) -> int | None:
        """The grade of its best source, 1 (measured) to 4 (judgement); None for a definition."""
        grades = [grade for source in self.sources if (grade := GRADES[source.kind]) is not None]
        return min(grades, default=None)


class StudyFile(Record):
    """A study file, table by table, in the format's order."""

    format: Literal[1]
    id: KebabCase
    title: str
    summary: str = ""
    source: str | Texts | None = None
    references: dict[str, Reference] = {}
    units: Units = Units()
    dimensions: dict[Identifier, Annotated[Texts, Field(min_length=1)]] = {}
    choices: dict[Identifier, Choice] = {}
    cases: dict[KebabCase, Case] = {}
    inputs: dict[Identifier, Input] = {}
    quantities: Annotated[dict[Identifier, Quantity], Field(min_length=1)]
    correlations: dict[str, Finite | NormalCorrelation] = {}
    claims: dict[KebabCase, Claim] = {}
    defects: list[Defect] = []
    not_counted: list[NotCounted] = []


class Study(StudyFile):
    """A checked study: its file, the library priors that it names, and where it came from.

    Made by `mcarbon.load_study` and `mcarbon.parse_study`: what mixtures name and what files hold stands in their
    priors. `library` holds the named priors that the study uses, by full name, `library_units` the countable things
    that their files declare; `origin` is the path that it was read from, or None.
    """

    library: dict[str, LibraryPrior] = {}
    library_units: list[str] = []
    origin: str | None = None

    # The checks stand above the records, so a study is given them when it is loaded.
    _check: Callable[[Mapping[str, Any], Path | None], Study] | None = PrivateAttr(default=None)
    _named: Mapping[tuple[str, ...], Prior] = PrivateAttr(default_factory=dict)
    """The mixtures that name priors of the library, with these names, by their keys from the top of the file."""

    def __repr__(self) -> str:
        tables = {name: len(getattr(self, name)) for name in ("dimensions", "choices", "inputs", "quantities", "claims")}
        return f"<Study {self.id}: {', '.join(f'{name} {count}' for name, count in tables.items() if count)}>"

    __str__ = __repr__

    @cached_property
    def axes(self) -> dict[str, list[str]]:
        """Every axis with its coordinates: the dimensions, then the choices, in the file's order."""
        axes = {**self.dimensions, **{name: choice.options for name, choice in self.choices.items()}}
        return cast(dict[str, list[str]], frozen(axes))

    @cached_property
    def published_choices(self) -> dict[str, str]:
        """The option of each choice that the publication took."""
        return {name: choice.published_option for name, choice in self.choices.items()}

    @cached_property
    def taken_choices(self) -> dict[str, str]:
        """The option of each choice where results show one: see `Choice.chosen`."""
        return {name: choice.taken_option for name, choice in self.choices.items()}

    def combinations(self, axes: tuple[str, ...]) -> list[dict[str, str]]:
        """All coordinates over these axes, the last axis fastest."""
        return [dict(zip(axes, values)) for values in itertools.product(*(self.axes[axis] for axis in axes))]

    def prior_of(self, entry: InputEntry) -> Prior | None:
        """The entry's prior with all its numbers, looked up in the library where it is named (in the library's unit)."""
        return self.library[entry.prior].prior if isinstance(entry.prior, str) else entry.prior

    def grade_of(self, name: str, coordinates: Coordinates) -> int | None:
        """The grade of what an input's prior rests on: of a library prior its best source's, else that of its `kind`.

        4 where a prior of the study names no kind; None for a definition.
        """
        item = self.inputs[name]
        entry = item.entry(coordinates)
        if isinstance(entry.prior, str):
            return self.library[entry.prior].grade
        kind = entry.kind or item.kind
        return 4 if kind is None else GRADES[kind]

    @cached_property
    def digest(self) -> str:
        """The sha256 of the resolved study as canonical JSON: same digest, same numbers (given seed and version)."""
        record = self.model_dump(mode="json", exclude={"origin"}, exclude_defaults=True)
        text = json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def data(self) -> dict[str, Any]:
        """The tables of the study's file as plain data: text, numbers, lists and dictionaries, defaults left out.

        Mixtures have the names of priors that they were given; what stood in other files is written out.
        """
        data = self.model_dump(mode="json", include=set(StudyFile.model_fields), exclude_defaults=True)
        for (*keys, last), prior in self._named.items():
            table = data
            for key in keys:
                table = table[key]
            table[last] = prior.model_dump(mode="json", exclude_defaults=True)
        return data

    @checked
    def with_prior(
        self,
        name: str,
        prior: Prior | Mapping[str, Any] | str,
        at: Mapping[str, str] | None = None,
        source: str | list[str] | None = None,
    ) -> Study:
        """This study with another prior for an input: a new study, checked like a file.

        `prior` is one that `mcarbon.normal` and its like make, a table, or the full name of one in the library; all
        but a name need a `source`. `at` names coordinates of an input that differs by an axis; the prior is given to
        every cell of an axis that it leaves out. UserError for what does not exist or cannot be.
        """
        data = self.data()
        table = prior.model_dump(mode="json", exclude_defaults=True) if isinstance(prior, Family) else prior
        set_prior(data, name, table, at, source)
        return self._checked(data)

    @checked
    def with_value(
        self, name: str, value: float, at: Mapping[str, str] | None = None, source: str | list[str] | None = None
    ) -> Study:
        """This study with an input fixed at a value: a new study, checked like a file; `at` as for `with_prior`.

        What was published stays: it is what claims are recomputed from. Where nothing was published the value stands
        in that chain too, as any fixed value does.
        """
        data = self.data()
        set_value(data, name, float(value), at, source)
        return self._checked(data)

    @checked
    def with_choice(self, choice: str, option: str) -> Study:
        """This study with another option taken: a new study, checked like a file.

        `sample` and `summarize` then take this option where the published one was taken. What the publication chose
        stays: claims are recomputed from it, and stress-tested under every option.
        """
        data = self.data()
        set_choice(data, choice, option)
        return self._checked(data)

    @checked
    def to_toml(self, path: str | os.PathLike[str] | None = None) -> str:
        """The study as TOML text; where a path is given, the file is written too, as a whole or not at all.

        The text loads as a study of the same digest, which is made sure before the file takes its place: UserError
        where it does not, since the study names priors or works of a folder `priors/` that is not beside the file.
        """
        text = study_text(self.data())
        if path is None:
            return text
        with whole_file(Path(path)) as beside:
            beside.write_text(text, encoding="utf-8", newline="\n")
            try:
                same = self._checked(tomllib.loads(text), Path(path)).digest == self.digest
                faults: tuple[Fault, ...] = ()
            except UserError as error:
                same, faults = False, error.faults
            if not same:
                what = "the study would not be the same there: it names priors or works that lie beside another file"
                allowed = f"Copy the folder priors beside {self.origin} there first." if self.origin else ""
                raise UserError(Fault(what=what, file=str(path), allowed=allowed), *faults)
        return text

    def _checked(self, data: Mapping[str, Any], path: Path | None = None) -> Study:
        if self._check is None:
            raise TypeError("this study was not made by load_study, parse_study or a StudyBuilder")
        return self._check(data, path or (None if self.origin is None else Path(self.origin)))
