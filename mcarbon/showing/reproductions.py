"""The tables of ``mcarbon reproduce``: whether each claim's arithmetic follows, a table a study, and all studies in one."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from mcarbon.results import ClaimResult, StudyResult
from mcarbon.showing.characters import ASCII, UNICODE, Characters, display_width
from mcarbon.showing.listing import GAP, WIDTH, table
from mcarbon.words.statement import form_of, published_text, record_name
from mcarbon.words.wording import plain, printed_digits

LONGEST_UNIT = 8
"""A unit longer than this is left out: the claim's statement has it."""
_RESULTS = {
    "reproduces": "yes",
    "reproduces from rounded intermediates": "yes (a)",
    "reproduces within the rounding of the inputs": "yes (b)",
    "does not reproduce": "NO",
    "not checkable": "not checkable",
}
_NOTES = {
    "reproduces from rounded intermediates": "(a) from rounded intermediates",
    "reproduces within the rounding of the inputs": "(b) within the rounding of the inputs",
}
_HEAD = ("claim", "published", "recomputed", "factor", "reproduces")


def reproduction_table(results: Sequence[StudyResult], *, ascii: bool = False) -> str:
    """Whether each claim's arithmetic follows, with the digits that decide it; of several studies a summary, too."""
    characters = ASCII if ascii else UNICODE
    lines: list[str] = []
    for result in results:
        lines += [result.study, *textwrap.wrap(characters.text(result.title), WIDTH)]
        rows = [(record_name(result, claim), *figures(claim)) for claim in result.claims]
        lines += [*_table(rows, characters), ""] if rows else ["It makes no claims.", ""]
    statuses = [claim.reproduction.status for result in results for claim in result.claims]
    if len(results) > 1:
        lines += [*_summary(results, characters), ""]
    notes = [note for status, note in _NOTES.items() if status in statuses]
    if notes:
        lines.append("; ".join(notes) + ".")
    found = sum(status.startswith("reproduces") for status in statuses)
    counts = [f"{found} reproduce{'s' if found == 1 else ''}"]
    if "does not reproduce" in statuses:
        failing = statuses.count("does not reproduce")
        counts.append(f"{failing} do{'es' if failing == 1 else ''} not")
    if "not checkable" in statuses:
        counts.append(f"{statuses.count('not checkable')} not checkable")
    lines.append(f"Of {len(statuses)} claim{'s' if len(statuses) != 1 else ''}: {', '.join(counts)}.")
    return "\n".join(lines)


def _table(rows: Sequence[tuple[str, ...]], characters: Characters) -> list[str]:
    """The claims of a study. A name that leaves too little room for its figures has a line of its own."""
    figures = [max(display_width(characters.text(row[i])) for row in (_HEAD, *rows)) for i in range(1, len(_HEAD))]
    room = max(len("claim"), WIDTH - sum(figures) - len(GAP) * len(figures))
    laid: list[tuple[str, ...]] = []
    for name, *rest in rows:
        fits = display_width(characters.text(name)) <= room
        laid += [(name, *rest)] if fits else [(name,), ("", *rest)]
    return table(_HEAD, laid, "lrrrl", characters)


def _summary(results: Sequence[StudyResult], characters: Characters) -> list[str]:
    """A line a study: how many of its claims reproduce."""
    rows = []
    for result in results:
        statuses = [claim.reproduction.status for claim in result.claims]
        counts = (
            len(statuses),
            sum(status.startswith("reproduces") for status in statuses),
            statuses.count("does not reproduce"),
            statuses.count("not checkable"),
        )
        rows.append((result.study, *(str(count) if count else "" for count in counts)))
    return table(("study", "claims", "reproduce", "do not", "not checkable"), rows, "lrrrr", characters)


def figures(claim: ClaimResult, *, full: bool = False) -> tuple[str, str, str, str]:
    """A claim's published value, the recomputed one, the factor between, and whether it reproduces, in a word.

    `full` keeps every unit; without it those that take much room or stand there already are left out.
    """
    found, form = claim.reproduction, form_of(claim)
    digits = max(4, printed_digits(claim.published_text or "") + 1)
    own = "" if form.is_ratio else form.unit.named(form.unit.symbol, short=True)
    published = published_text(claim, short=True) if claim.published_text else f"{claim.direction}"
    value = "not published" if found.value is None else form.exact(found.value, digits, short=True)
    if not full:
        published = published.removesuffix(own) if len(own.strip()) > LONGEST_UNIT else published
        # The recomputed value has a unit of its own where another one keeps it readable.
        value = value.removesuffix(own)
    return published, value, _factor(found.factor), _RESULTS[found.status]


def _factor(factor: float | None) -> str:
    if factor is None:
        return ""
    return f"1/{plain(1 / factor)}" if 0 < factor < 0.1 else plain(factor)
