"""The words of a verdict: its sentences, and the phrase that follows from them by fixed rules.

This is the one place where they are made; the terminal, the report and the JSON document all show these. Rows are a
claim's cases, the published combination first; other combinations are counted in the text and set no verdict; rows
without a ratio count neither way, and rows that keep a slip of the publication do not count. A row supports a published
value that lies inside its 90 % interval if being within a factor of 3 of it has a probability of at least 50 %; a printed
number is all that rounds to it, so that it is inside where the interval holds something that would be printed so. Choices
are never averaged: only counts, extremes and the nearest one are said of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from mcarbon.results import ClaimResult, Verdict
from mcarbon.words.evidence import evidence
from mcarbon.words.next_step import next_step
from mcarbon.words.rows import Row, Support, judged_direction, leaning, rows, support_of
from mcarbon.words.sentences import arithmetic, direction, size, slips


def make_verdict(claim: ClaimResult) -> Verdict:
    """The verdict on a claim, from its reproduction, its combinations and what makes their spread."""
    shown = [row for row in rows(claim) if row.counts]
    return Verdict(
        phrase=_phrase(claim, shown),
        arithmetic=arithmetic(claim),
        defects=" ".join(filter(None, (*_known(claim), slips(claim)))),
        direction=direction(claim, shown) if claim.direction else "",
        size=size(claim, shown) if claim.published_text else "",
        evidence=evidence(claim),
        next=next_step(claim),
    )


def _known(claim: ClaimResult) -> list[str]:
    return [defect.what.strip().replace("\n", " ") for defect in claim.defects if claim.id in defect.claims]


def _phrase(claim: ClaimResult, shown: Sequence[Row]) -> str:
    """The first phrase that fits, in the order of the rules; the gates on probabilities are those of the words."""
    status = claim.reproduction.status
    if not claim.combinations or status == "does not reproduce":
        return status
    if not shown:
        return "undecided"
    support = {support_of(claim, row.combination) for row in shown} if claim.published_text else None
    if not claim.direction:
        return f"size {_size_phrase(support or set(), alone=True)}"
    leans = leaning(shown)
    if leans == "fails":
        return "direction fails"
    if leans == "depends":
        return "depends on the boundary"
    if leans == "undecided":
        return "undecided"
    if support is None or support == {"supports"}:
        very = all(judged_direction(row.combination) > 0.90 for row in shown)
        return "holds" if very else "likely holds"
    return f"direction holds, size {_size_phrase(support, alone=False)}"


def _size_phrase(support: set[Support], *, alone: bool) -> str:
    if support == {"supports"}:
        return "holds"
    if "outside" not in support:
        return "cannot be told"
    if support == {"outside"}:
        return "does not hold" if alone else "does not"
    return "depends on the boundary"
