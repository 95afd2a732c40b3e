"""The tables of ``mcarbon reproduce``: whether each claim's arithmetic follows, a table a study, and all studies in one."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from mcarbon.results import ClaimResult, StudyResult
from mcarbon.showing.characters import ASCII, UNICODE, Characters, display_width
from mcarbon.showing.listing import GAP, WIDTH, table
from mcarbon.words.statement import NOTHING_PUBLISHED, form_of, published_text, record_name, status_text
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
    lines += _total([claim for result in results for claim in result.claims])
    return "\n".join(lines)


def _total(claims: Sequence[ClaimResult]) -> list[str]:
    """For how many claims nothing was published, and how many of all reproduce."""
    follow, fail, unknown, unpublished = counts_of(claims)
    many = f"{len(claims)} claim{'' if len(claims) == 1 else 's'}"
    if unpublished == len(claims) > 0:
        return [f"{many}: {NOTHING_PUBLISHED} to hold the arithmetic against."]
    said = [f"{follow} reproduce{'s' if follow == 1 else ''}"]
    said += [f"{fail} do{'es' if fail == 1 else ''} not"] if fail else []
    said += [f"{unknown} not checkable"] if unknown else []
    rest = [f"For {unpublished} claim{'' if unpublished == 1 else 's'} {NOTHING_PUBLISHED}."] if unpublished else []
    return [*rest, f"Of {many}: {', '.join(said)}."]


def counts_of(claims: Sequence[ClaimResult]) -> tuple[int, int, int, int]:
    """How many claims reproduce, do not, cannot be checked, and how many have nothing published to check."""
    statuses = [claim.reproduction.status for claim in claims]
    unpublished = sum(claim.reproduction.nothing_published for claim in claims)
    follow = sum(status.startswith("reproduces") for status in statuses)
    return follow, statuses.count("does not reproduce"), statuses.count("not checkable") - unpublished, unpublished


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
        *counts, unpublished = counts_of(result.claims)
        cells = [str(count) if count else "" for count in (len(result.claims), *counts)]
        rows.append((result.study, *cells[:-1], NOTHING_PUBLISHED if unpublished else cells[-1]))
    return table(("study", "claims", "reproduce", "do not", "not checkable"), rows, "lrrrr", characters)


def figures(claim: ClaimResult, *, full: bool = False) -> tuple[str, str, str, str]:
    """A claim's published value, the recomputed one, the factor between, and whether it reproduces, in a word.

    `full` keeps every unit; without it those that take much room or stand there already are left out.
    """
    found, form = claim.reproduction, form_of(claim)
    digits = max(4, printed_digits(claim.published_text or "") + 1)
    own = "" if form.is_ratio else form.unit.named(form.unit.symbol, short=True)
    published = published_text(claim, short=True) if claim.published_text else f"{claim.direction}"
    missing = "" if found.nothing_published else "not published"
    value = missing if found.value is None else form.exact(found.value, digits, short=True)
    if not full:
        published = published.removesuffix(own) if len(own.strip()) > LONGEST_UNIT else published
        # The recomputed value has a unit of its own where another one keeps it readable.
        value = value.removesuffix(own)
    return published, value, _factor(found.factor), _RESULTS.get(status_text(claim), status_text(claim))


def _factor(factor: float | None) -> str:
    if factor is None:
        return ""
    return f"1/{plain(1 / factor)}" if 0 < factor < 0.1 else plain(factor)
