"""What a claim's answer hangs on, on one page of text: which inputs, which choices, what tips it, which priors."""

from __future__ import annotations

from collections.abc import Sequence

from mcarbon.answers.explanation import Explanation
from mcarbon.results import BreakEven, ClaimResult, StudyResult
from mcarbon.showing.characters import ASCII, UNICODE, Characters
from mcarbon.showing.listing import table
from mcarbon.showing.terminal import wrapped
from mcarbon.words.evidence import in_words
from mcarbon.words.multiverse import ORDER_MATTERS, counts, most_moving, step_text
from mcarbon.words.next_step import crossing
from mcarbon.words.robustness import robustness_sentence
from mcarbon.words.rows import Row, rows
from mcarbon.words.statement import form_of, published_text
from mcarbon.words.tipping import (
    CANNOT,
    is_within,
    nearest_first,
    nearest_sentence,
    options_sentence,
    percentile_of,
    tips_at,
)
from mcarbon.words.wording import capitalised, percent, thousands

WIDTH = 78
MOST = 8
"""Inputs that have a line: those that tip the answer or make most of its spread."""


def explanation_text(result: StudyResult, found: Sequence[Explanation], *, ascii: bool = False) -> str:
    """A page for each claim."""
    characters = ASCII if ascii else UNICODE
    lines: list[str] = []
    for each in found:
        lines += [*_page(each, characters), ""]
    drawn = "" if result.draws is None else f"{thousands(str(result.draws))} draws per combination, "
    run = f"{drawn}{result.replicates} replicates, method {result.method}, seed {result.seed}, mcarbon {result.version}"
    lines += wrapped(f"{run}, study {result.digest.removeprefix('sha256:')[:12]}.", WIDTH, characters)
    return "\n".join(lines)


def _page(found: Explanation, characters: Characters) -> list[str]:
    claim, verdict = found.multiverse.claim, found.multiverse.claim.verdict
    lines = wrapped(", ".join((claim.id, *claim.at.values())), WIDTH, characters)
    lines += wrapped(f'"{claim.statement}"', WIDTH, characters)
    published = f"Published: {published_text(claim)}. " if claim.published_text else ""
    lines += wrapped(f"{published}Verdict: {verdict.phrase if verdict else 'none'}.", WIDTH, characters)
    parts: list[tuple[str, list[str]]] = []
    if found.break_even is not None:
        parts.append(("WHICH INPUTS", _inputs(claim, found.break_even, characters)))
    if len(found.multiverse.counted) > 1:
        parts.append(("WHICH CHOICES", _choices(found, characters)))
    tips = _tips(claim, found)
    if tips:
        parts.append(("WHAT TIPS IT", wrapped(tips, WIDTH, characters)))
    if found.robustness is not None:
        parts.append(("WHICH PRIORS", wrapped(robustness_sentence(found.robustness), WIDTH, characters)))
    for name, part in parts:
        lines += ["", name, *part]
    return lines


def _row(claim: ClaimResult) -> Row:
    """The row that the claim's spread is of."""
    case = claim.spread.case if claim.spread else "published"
    return next(row for row in rows(claim) if row.combination.case == case)


def _inputs(claim: ClaimResult, found: BreakEven, characters: Characters) -> list[str]:
    row, form = _row(claim), form_of(claim)
    each = row.combination
    median = form.text(each.median, each.standard_error.median)
    where = f"Under {row.named}" if row.letter else "Under the priors"
    head = f"{where} the median is {median} (90 %: {form.span(*each.intervals[0.9])})."
    driver = "" if claim.verdict is None else claim.verdict.evidence
    by_share = sorted(found.inputs, key=lambda point: -point.share)[:MOST]
    shown = [
        (
            in_words(point.name),
            percent(point.share),
            tips_at(point) if point.undecided or is_within(point) else CANNOT,
            percentile_of(point.percentile) if is_within(point) and not point.undecided else "",
        )
        for point in by_share
    ]
    lines = [*wrapped(f"{head} {driver}".strip(), WIDTH, characters), ""]
    lines += table(("input", "spread", "tips it", "percentile"), shown, "lrlr", characters)
    return lines


def _choices(found: Explanation, characters: Characters) -> list[str]:
    multiverse = found.multiverse
    lines = wrapped(counts(multiverse), WIDTH, characters)
    lines += wrapped(most_moving(multiverse), WIDTH, characters)
    if len(multiverse.steps) > 1:
        steps = ", ".join(f"{step_text(multiverse, step)} ({step.label})" for step in multiverse.steps)
        lines += wrapped(f"From published to complete: {steps}. {ORDER_MATTERS}", WIDTH, characters)
    return lines


def _tips(claim: ClaimResult, found: Explanation) -> str:
    row = found.break_even
    if row is None:
        return ""
    ratio = " ratio" * form_of(claim).is_ratio
    where = f" under {_row(claim).named}" if _row(claim).letter else ""
    able = [point for point in nearest_first(row.inputs) if is_within(point) and not point.undecided]
    many = f"{len(able)} of {len(row.inputs)} inputs can take the median{ratio}{where} past {crossing(claim)}, alone and "
    many += "within their priors."
    return " ".join(filter(None, (capitalised(many), nearest_sentence(row), options_sentence(row))))
