"""What ``mcarbon priors`` prints: the library as a table, one prior in full, and both as JSON documents."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mcarbon.showing.characters import ASCII, UNICODE
from mcarbon.showing.citing import WIDTH, hanging, work_text
from mcarbon.showing.description import prior_words
from mcarbon.showing.listing import table
from mcarbon.words.wording import plain

if TYPE_CHECKING:
    from mcarbon.answers.library import PriorFigures


def priors_table(priors: Sequence[PriorFigures], *, ascii: bool = False) -> str:
    """The priors, a line each and a gap between subjects: unit, grade, median and 90 % interval; 80 columns at most."""
    characters = ASCII if ascii else UNICODE
    rows: list[tuple[str, ...]] = []
    for before, prior in zip([None, *priors], priors):
        if before is not None and _subject(before) != _subject(prior):
            rows.append(("",) * 6)
        quantiles = (_figure(prior.quantiles[p]) for p in (0.05, 0.5, 0.95))
        rows.append((prior.name, prior.record.unit, _grade(prior), *quantiles))
    head = ("prior", "unit", "grade", "5 %", "50 %", "95 %")
    foot = "Grades of the best source: 1 measured, 2 measured in another setting, 3 modelled, 4 assumed; - a definition."
    more = "`mcarbon priors NAME` shows one, with its sources."
    return "\n".join(
        [*table(head, rows, "llrrrr", characters), "", *textwrap.wrap(characters.text(f"{foot} {more}"), WIDTH)]
    )


def prior_text(prior: PriorFigures, *, ascii: bool = False) -> str:
    """One prior: what it is, its quantiles, why, and each source with what it says and how it knows."""
    characters, record = ASCII if ascii else UNICODE, prior.record
    head = (f"{100 * p:g} %" for p in prior.quantiles)
    quantiles = table(
        list(head), [[plain(value) for value in prior.quantiles.values()]], "r" * len(prior.quantiles), characters
    )
    lines = [
        f"{prior.name}  [{record.unit}]",
        *textwrap.wrap(f"{prior_words(record.prior)}; grade {_grade(prior)}; updated {record.updated}", WIDTH),
        "",
        *quantiles,
        "",
        *textwrap.wrap(record.rationale, WIDTH),
        "",
        "Sources",
    ]
    for source in record.sources:
        where = f", {source.where}" if source.where else ""
        lines += hanging(f"{source.cite} ({source.kind}{where}): {source.value}", "  ")
        lines += hanging(work_text(prior.works[source.cite]), "    ") if source.cite in prior.works else []
    return "\n".join(characters.text(line).rstrip() for line in lines)


def prior_document(prior: PriorFigures) -> dict[str, Any]:
    """One prior as a JSON document."""
    record = prior.record.model_dump(mode="json", exclude_defaults=True)
    quantiles = {str(p): value for p, value in prior.quantiles.items()}
    works = {key: work.model_dump(mode="json", exclude_none=True) for key, work in prior.works.items()}
    return {"name": prior.name, **record, "grade": prior.record.grade, "quantiles": quantiles, "works": works}


def _subject(prior: PriorFigures) -> str:
    return prior.name.partition(".")[0]


def _figure(value: float) -> str:
    # Volumes and numbers of parameters written out would widen the columns of all others.
    digits, _, exponent = f"{value:.2e}".partition("e")
    return plain(value, 3) if abs(value) < 1e6 else f"{plain(float(digits), 3)}e{int(exponent)}"


def _grade(prior: PriorFigures) -> str:
    return "-" if prior.record.grade is None else str(prior.record.grade)
