"""The first sentences of a report: of one claim, and of a study that has several."""

from __future__ import annotations

from collections.abc import Sequence

from mcarbon.results import ClaimResult
from mcarbon.words.rows import judged_direction, leaning, listed, rows, support_of
from mcarbon.words.statement import direction_sentence, form_of, published_text
from mcarbon.words.titles import counted, of_many, that_count
from mcarbon.words.wording import capitalised, chance, likelihood, percent


def heading(claim: ClaimResult) -> str:
    """The verdict as a heading: ``Direction holds. Size depends on the boundary.``"""
    phrase = claim.verdict.phrase if claim.verdict else claim.reproduction.status
    return ". ".join(capitalised(part) for part in phrase.split(", ")) + "."


def lead(claim: ClaimResult) -> str:
    """What follows for the claim in two sentences: how far the direction holds, and how far apart the sizes are."""
    shown = [row for row in rows(claim) if row.counts]
    if not shown:
        return claim.verdict.arithmetic if claim.verdict else ""
    parts = []
    if claim.direction is not None:
        asked = [(row, row.combination.p_direction or 0.0, row.combination.standard_error.p_direction) for row in shown]
        low = min(asked, key=lambda each: each[1])
        high = max(asked, key=lambda each: each[1])
        said, lean = capitalised(direction_sentence(claim)), leaning(shown)
        every = f"in every choice{that_count(claim)}"
        if lean == "holds" and len(shown) > 1:
            parts.append(f"{said}: {likelihood(low[1], low[2] or 0.0)} ({percent(low[1], low[2] or 0.0)} or more) {every}.")
        elif lean == "fails" and len(shown) > 1:
            word, text = likelihood(1 - high[1], high[2] or 0.0), percent(1 - high[1], high[2] or 0.0)
            parts.append(f"{said}: the opposite is {word} ({text} or more) {every}.")
        elif len(shown) > 1:
            ends = [f"{chance(p, error or 0.0)} in {row.named}" for row, p, error in (high, low)]
            parts.append(f"{said}: {ends[0]}, {ends[1]}.")
        else:
            parts.append(f"{said}: {chance(low[1], low[2] or 0.0)}.")
    form = form_of(claim)
    medians = sorted(row.combination.median for row in shown)
    inside = [row for row in shown if claim.published_text and support_of(claim, row.combination) != "outside"]
    if all(row.is_certain for row in shown) and len(shown) == 1:
        sizes = f"The value is {form.exact(medians[0])} in every draw"
    elif len(shown) > 1 and form.text(medians[0]) != form.text(medians[-1]):
        sizes = f"Medians run from {form.span(medians[0], medians[-1])}"
    else:
        sizes = f"The median is {form.text(medians[0])}"
        sizes += f", with a 90 % interval from {form.span(*shown[0].combination.intervals[0.9])}" if len(shown) == 1 else ""
    if claim.published_text is None:
        parts.append(f"{sizes}.")
    else:
        printed = published_text(claim)
        every = "every" if len(shown) > 1 else "the"
        if len(inside) in (0, len(shown)):
            where = f"{'inside' if inside else 'outside'} {every} 90 % interval"
        else:
            where = f"inside the 90 % interval of {listed([row.letter for row in inside])} alone"
        parts.append(f"{sizes}; {printed} is {where}.")
    return " ".join(parts)


def study_heading(claims: Sequence[ClaimResult], headline: Sequence[ClaimResult]) -> str:
    """The verdict on a study with several claims: how much of the arithmetic follows, and how often the direction holds."""
    checkable = [claim for claim in claims if claim.reproduction.status != "not checkable"]
    follows = sum(claim.reproduction.status != "does not reproduce" for claim in checkable)
    parts = [f"The arithmetic follows in {of_many(follows, len(checkable), 'claim')}."] if checkable else []
    directed = [claim for claim in headline if claim.direction]
    if directed:
        holding = sum(_holds_everywhere(claim) for claim in directed)
        parts.append(f"The direction holds in every choice for {of_many(holding, len(directed), 'comparison')}.")
    return " ".join(parts) or "No claim can be checked."


def _holds_everywhere(claim: ClaimResult) -> bool:
    shown = [row for row in rows(claim) if row.counts]
    return bool(shown) and all(judged_direction(row.combination) > 0.66 for row in shown)


def study_lead(claims: Sequence[ClaimResult], headline: Sequence[ClaimResult]) -> str:
    """What follows for a study: its verdicts by how many have each, the most first."""
    groups: dict[str, int] = {}
    for claim in headline:
        phrase = claim.verdict.phrase if claim.verdict else claim.reproduction.status
        groups[phrase] = groups.get(phrase, 0) + 1
    said = [f"{phrase} ({number})" for phrase, number in sorted(groups.items(), key=lambda pair: -pair[1])]
    what = "comparison" if all(claim.sides for claim in headline) else "claim"
    many = f"{counted(len(headline))} {what}{'s' if len(headline) > 1 else ''}"
    rest, them = len(claims) - len(headline), "them" if len(headline) > 1 else "it"
    more = {0: "", 1: f" One more claim is a step to {them} or stands beside {them}."}.get(
        rest, f" {capitalised(counted(rest))} more claims are steps to {them} or stand beside {them}."
    )
    return f"Verdict{'s' if len(headline) > 1 else ''} on the {many}: {', '.join(said)}.{more}"


def study_three(claims: Sequence[ClaimResult], headline: Sequence[ClaimResult]) -> list[tuple[str, str]]:
    """The three answers of a study, in counts alone."""
    statuses = [claim.reproduction.status for claim in claims]
    follows = sum(status in _FOLLOWS for status in statuses)
    unknown = statuses.count("not checkable")
    if unknown < len(statuses):
        first = f"Follows in {of_many(follows, len(statuses) - unknown, 'claim')} that can be checked."
        rest = f" {capitalised(counted(unknown))} cannot be checked." if unknown else ""
        found = [("Arithmetic", first + rest)]
    else:
        nothing = all(claim.reproduction.nothing_published for claim in claims)
        found = [("Arithmetic", "Nothing was published to check." if nothing else "No claim can be checked.")]
    directed = [claim for claim in headline if claim.direction]
    if directed:
        shown = [row for claim in directed for row in rows(claim) if row.counts]
        holding = sum(judged_direction(row.combination) > 0.66 for row in shown)
        every = of_many(sum(map(_holds_everywhere, directed)), len(directed), "comparison")
        found.append(("Direction", f"Holds in every choice for {every}, and in {holding} of {len(shown)} rows of choices."))
    sized = [claim for claim in headline if claim.published_text]
    if sized:
        inside = [[support_of(claim, row.combination) != "outside" for row in rows(claim) if row.counts] for claim in sized]
        every = of_many(sum(map(all, inside)), len(sized), "claim")
        each = [one for some in inside for one in some]
        found.append(
            (
                "Size",
                f"What was published lies inside every 90 % interval for {every}, and inside {sum(each)} of {len(each)} "
                "intervals.",
            )
        )
    return found


def study_confidence(headline: Sequence[ClaimResult]) -> str:
    """How many claims have which confidence in their inputs."""
    found: dict[str, int] = {}
    for claim in headline:
        level = claim.verdict.evidence.removeprefix("Confidence in the inputs: ").partition(".")[0] if claim.verdict else ""
        if level:
            found[level] = found.get(level, 0) + 1
    said = [f"{level} for {of_many(number, len(headline), 'claim')}" for level, number in found.items()]
    return f"Confidence in the inputs: {', '.join(said)}." if said else ""


_FOLLOWS = (
    "reproduces",
    "reproduces from rounded intermediates",
    "reproduces within the rounding of the inputs",
)
