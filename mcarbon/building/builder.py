"""Studies built in Python: each call adds a table, and `build` checks them all, as a file is checked."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mcarbon.building.expressions import Expression, operand
from mcarbon.building.plain import plain, table
from mcarbon.errors import refuse
from mcarbon.families import Family, Prior
from mcarbon.reading.load import study_of
from mcarbon.study import DefectKind, EvidenceKind, Nature, Study, StudyFile, place

Source = str | Sequence[str] | None


class StudyBuilder:
    """A study under construction.

    The methods mirror the tables of a study file, with the same keys. Formulas, sides and claims take expressions or
    their text. Only names that are taken are refused at once; all else is checked by `build`.
    """

    def __init__(self, id: str, title: str, *, summary: str = "", source: Source = None) -> None:
        self._header = {"format": 1, "id": id, "title": title, **table(summary=summary or None, source=source)}
        self._sections: dict[str, dict[str, Any]] = {}
        self._units: list[str] = []
        self._defects: list[dict[str, Any]] = []
        self._not_counted: list[dict[str, Any]] = []

    def __repr__(self) -> str:
        return f"StudyBuilder({self._header['id']!r}, {self._header['title']!r})"

    def units(self, *names: str) -> None:
        """Declare countable things, such as ``GPU`` or ``server``, each a unit of a dimension of its own."""
        self._units += names

    def reference(
        self, key: str, *, title: str, author: str, year: int | str, doi: str | None = None, url: str | None = None
    ) -> None:
        """Add a work that is not in the library's bibliography, with a DOI or a URL."""
        self._add("references", key, table(title=title, author=author, year=year, doi=doi, url=url))

    def dimension(self, name: str, coordinates: Sequence[str]) -> None:
        """Add an axis along which an answer is given for each coordinate."""
        self._add("dimensions", name, plain(coordinates))

    def choice(
        self,
        name: str,
        options: Sequence[str],
        *,
        published: str | None = None,
        chosen: str | None = None,
        slips: Sequence[str] = (),
        note: str = "",
    ) -> None:
        """Add a choice that data cannot settle; `published` is what the publication took, or the first option.

        `slips` are options that nobody argues for: a row that keeps one sets no verdict.
        """
        record = table(options=options, published=published, chosen=chosen, slips=list(slips) or None, note=note or None)
        self._add("choices", name, record)

    def case(
        self,
        id: str,
        label: str,
        choices: Mapping[str, str],
        *,
        why: str = "",
        source: Source = None,
        complete: bool = False,
    ) -> None:
        """Add a combination of options that people argue for, the others as published."""
        self._add(
            "cases", id, table(label=label, choices=choices, why=why or None, source=source, complete=complete or None)
        )

    def input(
        self,
        name: str,
        unit: str,
        *,
        prior: Prior | Mapping[str, Any] | str | None = None,
        value: float | None = None,
        published: float | str | None = None,
        neutral: float | None = None,
        corrected: Mapping[str, Any] | None = None,
        by: str | Sequence[str] | None = None,
        at: Mapping[str, Any] | None = None,
        source: Source = None,
        where: str = "",
        note: str = "",
        kind: EvidenceKind | None = None,
        nature: Nature | None = None,
    ) -> Expression:
        """Add an uncertain (`prior`) or fixed (`value`) number; what is returned stands for it in formulas.

        `prior` is one that `mcarbon.normal` and its like make, a table, or the full name of one in the library. With
        `by`, an axis or several, `at` maps each coordinate (for several axes, mappings of mappings) to a mapping of
        the keys above, to a prior alone, or to a number alone. `nature` is ``"ignorance"`` of one number, the default, or
        ``"variability"`` of one that differs between people, sites or hours: `mcarbon.population` keeps them apart.
        """
        entries = None if at is None else _entries(at, 1 if by is None or isinstance(by, str) else len(by))
        numbers = {"prior": prior, "value": value, "published": published, "neutral": neutral, "corrected": corrected}
        words = {"source": source, "where": where or None, "note": note or None, "kind": kind, "nature": nature}
        self._add("inputs", name, table(unit=unit, by=by, at=entries, **numbers, **words))
        return Expression(name)

    def quantity(
        self,
        name: str,
        formula: Expression | str | float | None = None,
        unit: str = "1",
        *,
        by: str | Sequence[str] | None = None,
        at: Mapping[str, Any] | None = None,
        sides: Mapping[str, Expression | str] | None = None,
        note: str = "",
    ) -> Expression:
        """Add a formula over inputs and other quantities; what is returned stands for it in formulas.

        With `by`, `at` maps each coordinate to a formula instead. `sides` names the two sides that a ratio compares,
        numerator first.
        """
        text = None if formula is None else _formula(formula)
        formulas = None if at is None else _formulas(at)
        self._add("quantities", name, table(unit=unit, formula=text, by=by, at=formulas, sides=sides, note=note or None))
        return Expression(name)

    def correlation(
        self, a: Expression | str, b: Expression | str, rank: float | None = None, *, normal: float | None = None
    ) -> None:
        """Correlate two inputs: by their rank correlation (Spearman's), or that of the underlying normals."""
        if (rank is None) == (normal is None):
            raise refuse("a correlation is `rank` or `normal`, one of the two", place=f"[correlations] {a}, {b}")
        self._add("correlations", f"{a}, {b}", plain(rank) if normal is None else table(normal=normal))

    def claim(
        self,
        id: str,
        statement: str,
        quantity: Expression | str,
        *,
        at: Mapping[str, str] | None = None,
        published: str | None = None,
        unit: str | None = None,
        via: Mapping[str, float] | None = None,
        direction: str | None = None,
        digits: int | None = None,
        source: Source = None,
        where: str = "",
        note: str = "",
    ) -> None:
        """Add a published statement about a quantity: its value as printed (``"1/2900"``), a direction, or both."""
        said = {"at": at, "published": published, "unit": unit, "via": via, "direction": direction, "digits": digits}
        words = {"source": source, "where": where or None, "note": note or None}
        self._add("claims", id, table(statement=statement, quantity=quantity, **said, **words))

    def defect(
        self, what: str, kind: DefectKind, *, claims: list[str] | None = None, where: str = "", source: Source = None
    ) -> None:
        """Add something that is known to be wrong with the publication: with these claims, or with all of it."""
        self._defects.append(table(what=what, kind=kind, claims=claims, where=where or None, source=source))

    def not_counted(self, what: str, pushes: str, *, why: str = "", source: Source = None) -> None:
        """Add something that the study leaves out, and in which direction it would move the answers (``AI up``)."""
        self._not_counted.append(table(what=what, pushes=pushes, why=why or None, source=source))

    def data(self) -> dict[str, Any]:
        """The tables so far as plain data, in the format's order, unchecked."""
        tables: dict[str, Any] = {**self._sections}
        tables |= {"units": {"names": self._units}} if self._units else {}
        tables |= {"defects": self._defects} if self._defects else {}
        tables |= {"not_counted": self._not_counted} if self._not_counted else {}
        return self._header | {name: tables[name] for name in StudyFile.model_fields if name in tables}

    def build(self, folder: str | os.PathLike[str] | None = None) -> Study:
        """The study, checked and frozen. UserError, with every fault at once, where it is none.

        Named priors and works are looked up in the library, and in the folder `priors/` of `folder` where one is given.
        """
        return study_of(self.data(), None if folder is None else Path(folder) / f"{self._header['id']}.toml")

    def _add(self, section: str, name: str, item: Any) -> None:
        items = self._sections.setdefault(section, {})
        if name in items:
            raise refuse(f"`{name}` is there already", place=place((section, name)), allowed="Choose another name.")
        items[name] = item


def _entries(at: Any, axes: int) -> Any:
    """The entries of an input, in which a prior or a number alone stands for an entry that has nothing else."""
    if isinstance(at, Mapping) and axes > 0:
        return {coordinate: _entries(inner, axes - 1) for coordinate, inner in at.items()}
    if isinstance(at, Mapping):
        return table(**at)
    return {"prior": at} if isinstance(at, Family | str) else {"value": at}


def _formulas(at: Any) -> Any:
    return {key: _formulas(inner) for key, inner in at.items()} if isinstance(at, Mapping) else _formula(at)


def _formula(formula: Expression | str | float) -> str:
    return formula if isinstance(formula, str) else operand(formula).text
