"""The pages of the documentation that are made from the studies: one a study, their list, and all claims together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mcarbon.families import Prior
from mcarbon.reading.model import build_model
from mcarbon.results import ClaimResult, StudyResult
from mcarbon.showing.description import prior_words
from mcarbon.showing.markdown import block, code, escaped, link, table
from mcarbon.showing.reproductions import counts_of, figures
from mcarbon.showing.works import Works
from mcarbon.study import InputEntry, Study
from mcarbon.words.statement import NOTHING_PUBLISHED, form_of, record_name, status_text
from mcarbon.words.wording import plain

MADE = "<!-- Made by `make pages` from the studies. Change those, not this page. -->"
EXACT = 12
"""Digits of a number that is told as it was given."""


def study_page(study: Study, result: StudyResult) -> str:
    """One study: claims, defects, choices, cases, inputs, formulas, what is not counted, works.

    `result` is its reproduction."""
    works = Works(study)
    head = f"{code(study.id)}, {_claims(len(result.claims))}. Source: {works.cited(study.source) or 'none given'}."
    parts = [MADE, f"# {escaped(study.title)}", head, escaped(study.summary)]
    parts.append(f"Verdicts under the priors: {code(f'mcarbon stress {study.id}')}.")
    for title, told in (
        ("Claims", _claim_table(study, result, works)),
        ("What is known to be wrong", _defects(study, works)),
        ("Choices", _choices(study)),
        ("Cases", _cases(study, works)),
        ("Inputs", _inputs(study, works)),
        ("Formulas", _quantities(study)),
        ("What is not counted", _not_counted(study, works)),
        ("Works", _works(works)),
    ):
        section = [part for part in told if part]
        parts += [f"## {title}", *section] if section else []
    return "\n\n".join(part for part in parts if part) + "\n"


def index_page(studies: Sequence[tuple[Study, StudyResult]]) -> str:
    """The list of studies, with how many of their claims reproduce."""
    rows = []
    for study, result in studies:
        *counts, unpublished = counts_of(result.claims)
        shown = ["", "", NOTHING_PUBLISHED] if unpublished else map(str, counts)
        rows.append([link(escaped(study.title), f"{study.id}.md"), code(study.id), str(len(result.claims)), *shown])
    head = ["Study", "Id", "Claims", "Reproduce", "Do not", "Not checkable"]
    text = f"All their claims on one page: {link('claims', '../claims.md')}."
    return "\n\n".join([MADE, "# The studies", table(head, rows, "llrrrr"), text]) + "\n"


def claims_page(studies: Sequence[tuple[Study, StudyResult]]) -> str:
    """All claims of all studies: what was published, what comes out, and whether it follows."""
    count = sum(len(result.claims) for _, result in studies)
    text = (
        "Whether a number follows from the inputs that were published with it. This says nothing of whether it is true: "
        "for that, and for what each number rests on, see the study's page."
    )
    parts = [MADE, "# All claims", f"{_claims(count)}. {text}"]
    for study, result in studies:
        rows = [
            [escaped(_statement(result, claim)), *map(escaped, figures(claim, full=True)[:2]), _status(claim)]
            for claim in result.claims
        ]
        parts.append(f"## {link(escaped(study.title), f'studies/{study.id}.md')}")
        parts += [table(["Claim", "Published", "Recomputed", "Arithmetic"], rows, "lrrl")] if rows else []
    return "\n\n".join(parts) + "\n"


def _claims(count: int) -> str:
    return f"{count} claim{'' if count == 1 else 's'}"


def _statement(result: StudyResult, claim: ClaimResult) -> str:
    """A claim's statement, with the coordinates that tell its record from others of the same claim."""
    return claim.statement + record_name(result, claim).removeprefix(claim.id)


def _status(claim: ClaimResult) -> str:
    status = status_text(claim)
    return f"**{status}**" if status == "does not reproduce" else status


def _claim_table(study: Study, result: StudyResult, works: Works) -> Iterator[str]:
    rows = []
    for claim in result.claims:
        published, value, factor, _ = figures(claim, full=True)
        name = f"{code(record_name(result, claim))}: {escaped(claim.statement)}"
        rows.append([name, *map(escaped, (published, value, factor)), _status(claim)])
    if rows:
        yield table(["Claim", "Published", "Recomputed", "Factor", "Arithmetic"], rows, "lrrrl")
    notes = []
    for claim in result.claims:
        record, corrected = study.claims[claim.id], claim.reproduction.corrected
        said = [
            escaped(record.note),
            "" if corrected is None else f"With the corrected inputs: {escaped(form_of(claim).exact(corrected))}.",
            _source(works, record.source, record.where) if record.where or record.source != study.source else "",
        ]
        notes.append((code(record_name(result, claim)), said))
    yield _listed(notes)


def _defects(study: Study, works: Works) -> Iterator[str]:
    notes = []
    for defect in study.defects:
        where = f" ({escaped(defect.where)})" if defect.where else ""
        about = f"About {', '.join(map(code, defect.claims)) or 'all claims'}."
        said = [escaped(defect.what), about, _source(works, defect.source)]
        notes.append((f"**{defect.kind}**{where}", said))
    yield _listed(notes)


def _not_counted(study: Study, works: Works) -> Iterator[str]:
    notes = []
    for item in study.not_counted:
        said = [f"Would push {escaped(item.pushes)}.", escaped(item.why), _source(works, item.source)]
        notes.append((f"**{escaped(item.what)}**", said))
    yield _listed(notes)


def _choices(study: Study) -> Iterator[str]:
    if study.choices:
        yield "Options stand side by side and are never averaged."
    notes = []
    for name, choice in study.choices.items():
        marks = {choice.published_option: " (as published)" if study.source else " (starting choice)"}
        options = [
            escaped(option) + marks.get(option, "") + (", a slip" if option in choice.slips else "")
            for option in choice.options
        ]
        notes.append((code(name), ["; ".join(options) + ".", escaped(choice.note)]))
    yield _listed(notes)


def _cases(study: Study, works: Works) -> Iterator[str]:
    rows = []
    for case in study.cases.values():
        options = "; ".join(f"{code(axis)}: {escaped(option)}" for axis, option in case.choices.items())
        complete = " (leaves least out)" if case.complete else ""
        rows.append([escaped(case.label) + complete, options, escaped(case.why), works.cited(case.source)])
    if rows:
        others = "as published" if study.source else "at the start"
        yield table(["Row", f"Options, others {others}", "Why", "Source"], rows, "llll")


def _inputs(study: Study, works: Works) -> Iterator[str]:
    factors = build_model(study).prior_factors
    rows, notes = [], []
    for name, item in study.inputs.items():
        if item.at is not None:
            # What is told of all entries at once.
            notes.append((code(name), [escaped(item.note), _source(works, item.source, item.where)]))
        for at, entry in item.cells():
            label = code(name + (f"[{', '.join(at.values())}]" if at else ""))
            quantiles = _quantiles(study.prior_of(entry), factors.get((name, tuple(at.values())), 1.0))
            rows.append([label, escaped(item.unit), escaped(_published(entry)), _prior(entry), *map(escaped, quantiles)])
            notes.append((label, [_corrected(entry, works), escaped(entry.note), _source(works, entry.source, entry.where)]))
    if rows:
        yield table(["Input", "Unit", "Published", "Prior", "5 %", "50 %", "95 %"], rows, "llrlrrr")
    yield _listed(notes)


def _quantiles(prior: Prior | None, factor: float) -> list[str]:
    if prior is None:
        return ["", "", ""]
    values = np.asarray(prior.distribution().ppf(np.array([0.05, 0.5, 0.95])), dtype=np.float64) * factor
    return [plain(value, 3) for value in values.tolist()]


def _corrected(entry: InputEntry, works: Works) -> str:
    if entry.corrected is None:
        return ""
    found = entry.corrected
    return f"Corrected: {escaped(plain(found.value, EXACT))}, since {escaped(found.why)} ({works.cited(found.source)})."


def _published(entry: InputEntry) -> str:
    if entry.published is not None:
        return entry.published if isinstance(entry.published, str) else plain(entry.published, EXACT)
    return "" if entry.neutral is None else f"none (neutral {plain(entry.neutral, EXACT)})"


def _prior(entry: InputEntry) -> str:
    if isinstance(entry.prior, str):
        # A heading's anchor has no points.
        return link(code(entry.prior), f"../priors.md#{entry.prior.replace('.', '')}")
    if entry.prior is not None:
        return escaped(prior_words(entry.prior))
    return "" if entry.value is None else escaped(f"fixed at {plain(entry.value, EXACT)}")


def _quantities(study: Study) -> Iterator[str]:
    for name, quantity in study.quantities.items():
        unit = "dimensionless" if quantity.unit == "1" else f"in {escaped(quantity.unit)}"
        sides = f", {escaped(' compared with '.join(quantity.sides))}" if quantity.sides else ""
        note = f": {escaped(quantity.note)}" if quantity.note else ""
        yield f"{code(name)}, {unit}{sides}{note}"
        lines = [f"{', '.join(at.values())}: {' '.join(text.split())}" if at else text for at, text in quantity.cells()]
        yield block("\n".join(lines))


def _works(works: Works) -> Iterator[str]:
    yield "\n".join(works.listed())


def _source(works: Works, source: str | list[str] | None, where: str = "") -> str:
    cited = works.cited(source, where)
    return f"Source: {cited}." if cited else ""


def _listed(notes: Sequence[tuple[str, Sequence[str]]]) -> str:
    """A list of names with what is said of them, without those of which nothing is."""
    told = [(name, " ".join(part for part in said if part)) for name, said in notes]
    return "\n".join(f"- {name}: {text}" for name, text in told if text)
