"""Titles, captions and descriptions of figures: a title states the finding, from the same tests as the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mcarbon.results import ClaimResult, Combination, Spread
from mcarbon.words.amounts import Form
from mcarbon.words.evidence import NEGLIGIBLE, in_words
from mcarbon.words.rows import Row, judged_direction, rows, support_of
from mcarbon.words.sentences import slips
from mcarbon.words.statement import (
    direction_of,
    direction_sentence,
    equal_value,
    form_of,
    is_below,
    published_text,
    without_ratio,
)
from mcarbon.words.wording import capitalised, number, percent, thousands

NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def counted(count: int) -> str:
    """A small number as a word, a larger one in figures."""
    return NUMBERS[count] if count < len(NUMBERS) else thousands(str(count))


def some_of(some: int, of: int) -> str:
    """How many of how many: ``two of six``, ``all six``, ``none of six``."""
    return f"{'both' if of == 2 else f'all {counted(of)}'}" if some == of > 1 else f"{counted(some)} of {counted(of)}"


def of_many(some: int, of: int, what: str) -> str:
    """How many of them: ``two of six claims``, ``both claims``, ``the one claim``, ``no claim``."""
    if of == 1:
        return f"the one {what}" if some else f"no {what}"
    return f"{some_of(some, of)} {what}s"


def has_slips(claim: ClaimResult) -> bool:
    """Whether some rows keep a slip of the publication, and so set no verdict."""
    return any(row.combination.slip for row in rows(claim))


def that_count(claim: ClaimResult) -> str:
    """What sets the rows apart that a verdict is of: having a ratio, keeping no slip; nothing where all do."""
    without = any(not row.has_ratio for row in rows(claim))
    kept = " without a slip" if has_slips(claim) else ""
    return kept + (" that has a ratio" if without else "")


def absent(claim: ClaimResult, row: Row) -> str:
    """What stands in place of a bar where a row has none."""
    return without_ratio(row.combination)


def choices_title(claim: ClaimResult) -> str:
    """The finding of the figure of choices."""
    shown = [row for row in rows(claim) if row.counts]
    if not shown:
        return "No choice has a value to compare"
    if claim.published_text is not None:
        inside = sum(support_of(claim, row.combination) != "outside" for row in shown)
        what = "The published value sits inside" if claim.published is not None else "What was published overlaps"
        if len(shown) > 1:
            return f"{what} {some_of(inside, len(shown))} intervals{' without a slip' * has_slips(claim)}"
        if claim.published is not None:
            return f"The published value sits {'inside' if inside else 'outside'} the 90 % interval"
        return f"What was published {'overlaps' if inside else 'lies apart from'} the 90 % interval"
    holding = sum(judged_direction(row.combination) > 0.66 for row in shown)
    said = capitalised(direction_sentence(claim))
    if len(shown) > 1:
        return f"{said} in {some_of(holding, len(shown))} choices{' without a slip' * has_slips(claim)}"
    return said if holding else f"Whether {direction_sentence(claim)} cannot be told"


def choices_caption(claim: ClaimResult) -> str:
    """What the figure of choices encodes."""
    several = len(rows(claim)) > 1
    conditional = " Intervals are conditional on the choice in the row; no row is a best estimate of the others."
    recomputed = " Open diamond: recomputed." if claim.reproduction.status == "does not reproduce" else ""
    published = " Diamond and dashed line: published." if claim.published_text is not None else ""
    bars = "Thick bar: middle 50 %. Medium bar: 90 %. Thin line: 95 %. Gap in the bar: median."
    slip = f" {slips(claim)}" if has_slips(claim) else ""
    return bars + published + recomputed + (conditional if several else "") + slip


def strip_caption(claim: ClaimResult, is_log: bool) -> str:
    """What the strip encodes."""
    shown = [row for row in rows(claim) if row.has_ratio]
    letters = f"{shown[0].letter} to {shown[-1].letter}, explained below" if len(shown) > 1 else "explained below"
    count = f"{capitalised(counted(len(shown)))} modelling choices, {letters}: " if len(shown) > 1 else ""
    what = f"{claim.sides[0]} ÷ {claim.sides[1]}" if claim.sides and equal_value(claim) is not None else "value"
    return f"{count}{what}{', log scale' * is_log}. Thick 50 %, medium 90 %, gap median."


def interval_texts(claim: ClaimResult, row: Row, form: Form | None = None) -> tuple[str, str, str, str]:
    """A row's median and its 50, 90 and 95 % intervals in print; words where it has none."""
    each = row.combination
    if not row.has_ratio:
        return absent(claim, row), "", "", ""
    form = form or form_of(claim)
    if row.is_certain:
        return form.exact(each.median), "certain", "certain", "certain"
    half, most, nearly_all = (form.span(*each.intervals[level]) for level in (0.5, 0.9, 0.95))
    return form.text(each.median, each.standard_error.median), half, most, nearly_all


def choices_description(claim: ClaimResult) -> str:
    """The finding with its numbers, for those who do not see the figure."""
    said = []
    for row in rows(claim):
        median, _, ninety, _ = interval_texts(claim, row)
        name = f"{row.letter}, {row.combination.label}" if row.letter else row.combination.label
        said.append(f"{name}: median {median}, 90 percent interval {ninety}." if row.has_ratio else f"{name}: {median}.")
    published = f" Published: {published_text(claim)}." if claim.published_text else ""
    return " ".join(said) + published


@dataclass(frozen=True, slots=True)
class DotCounts:
    """Of 50 equally likely values: how many reach the published value, lie between it and equal, or go the other way."""

    reached: int
    opposite: int
    of: int


def reaches(claim: ClaimResult, value: float) -> bool:
    """Whether a value is the published one or beyond it, in the claimed direction (or less, without one)."""
    published = claim.published
    if published is None:
        return False
    return value <= published if claim.direction is None or is_below(direction_of(claim)) else value >= published


def is_opposite(claim: ClaimResult, value: float) -> bool:
    """Whether a value is against the claimed direction."""
    return claim.direction is not None and not direction_of(claim).holds(value)


def dot_counts(claim: ClaimResult, each: Combination) -> DotCounts:
    """The counts that the sentence above a panel of dots says."""
    return DotCounts(
        reached=sum(reaches(claim, value) for value in each.dots),
        opposite=sum(is_opposite(claim, value) for value in each.dots),
        of=len(each.dots),
    )


def reach_words(claim: ClaimResult) -> str:
    """What reaching the published value is: ``1/2900 or less``."""
    below = claim.direction is None or is_below(direction_of(claim))
    return f"{published_text(claim)} or {'less' if below else 'more'}"


def dots_sentence(claim: ClaimResult, row: Row) -> str:
    """How many of a panel's dots are filled, and how many have a heavy ring."""
    count = dot_counts(claim, row.combination)
    opposite = f"; {count.opposite} in the opposite direction" if count.opposite else ""
    return f"{count.reached} of {count.of} dots at {reach_words(claim)}{opposite}"


def dots_title(claim: ClaimResult, panels: Sequence[Row]) -> str:
    """The finding of the figure of dots."""
    said: list[str] = []
    for row in panels:
        count = dot_counts(claim, row.combination)
        dots = "none" if not count.reached else f"all {count.of}" if count.reached == count.of else str(count.reached)
        where = f"under choice {row.letter}, " if row.letter else ""
        said.append(f"{where}{dots}" + (f" of {count.of} equally likely outcomes" if not said and dots != "none" else ""))
    if "equally" not in said[0]:
        said[0] += f" of {dot_counts(claim, panels[0].combination).of} equally likely outcomes"
    return capitalised(
        "; ".join([f"{said[0]} {'is' if said[0].startswith('1 ') else 'are'} {reach_words(claim)}", *said[1:]])
    )


def dots_caption(claim: ClaimResult) -> str:
    """What the dots encode."""
    ring = f" Heavy ring: against the direction that {direction_sentence(claim)}." if claim.direction else ""
    return (
        f"Each dot is one of 50 equally likely outcomes, a chance of 2 %. Filled: {reach_words(claim)}. Hollow: not.{ring}"
    )


def shares_title(spread: Spread, letter: str) -> str:
    """The finding of the figure of shares."""
    where = f"In choice {letter}, " if letter else ""
    assumed = [each for each in spread.inputs if each.grade == 4 and each.share > NEGLIGIBLE]
    total = sum(each.share for each in assumed)
    if total - 2 * spread.standard_error_assumed > 0.5:
        inputs = f"{counted(len(assumed))} assumed input{'s carry' if len(assumed) > 1 else ' carries'}"
        return capitalised(f"{where}{inputs} more than half of the spread")
    first = max(spread.inputs, key=lambda each: each.share)
    if first.share - 2 * first.standard_error > 1 / 3:
        names = " with ".join(in_words(name) for name in first.names)
        return capitalised(f"{where}{names} makes {percent(first.share, first.standard_error)} of the spread")
    return capitalised(f"{where}no single input makes a third of the spread".strip())


def shares_caption(spread: Spread) -> str:
    """What the bars of shares encode."""
    scale = "of its logarithm" if spread.scale == "log" else "of the value"
    return (
        f"Share of the variance ({scale}) by total Sobol' index. Numbers in the bars grade the source: 1 measured, 2 "
        "measured "
        "in another setting, 3 modelled, 4 assumed. Stronger colour means weaker evidence."
    )


def running_title(error: float, value: float, draws: int) -> str:
    """The finding of the figure of convergence: how well the median is known at the end."""
    if not math.isfinite(error) or value == 0:
        return "The median against the number of draws"
    size = 100 * abs(error / value)
    text = f"{size:.1g} %" if size >= 0.001 else "<0.001 %"
    return f"After {thousands(str(draws))} draws the standard error of the median is {text} of it"


RUNNING_CAPTION = (
    "Median and 5 and 95 % quantiles against the number of draws, each with a band of two Monte Carlo standard errors on "
    "either side."
)
CURVES_CAPTION = "The probability that the value is at most the one on the axis, a line a choice, under its letter."
FOREST_CAPTION = (
    "Each interval under the published choices is divided by the published value, so that all claims share an axis: "
    "at 1 the "
    "claim is met. Thick bar: middle 50 %. Medium bar: 90 %. Thin line: 95 %. Gap: median. Open diamond: recomputed value "
    "where the arithmetic does not reproduce."
)
MEDIANS_CAPTION = (
    "Short bar: the median of one choice, under its letter. Line: from the smallest to the largest. Diamond: published."
)


def medians_title(claims: Sequence[ClaimResult]) -> str:
    """The finding of the figure of medians: how far the choices move one claim."""
    factors = []
    for claim in claims:
        medians = [row.combination.median for row in rows(claim) if row.counts]
        if len(medians) > 1 and min(medians) > 0:
            factors.append(max(medians) / min(medians))
    if not factors:
        return "The median of each claim beside what was published"
    return f"What is counted moves the median of one claim by a factor of up to {number(max(factors))}"


def forest_title(claims: Sequence[ClaimResult]) -> str:
    """The finding of the forest of claims."""
    inside = [support_of(claim, claim.combinations[0]) != "outside" for claim in claims]
    return f"The published value sits inside {of_many(sum(inside), len(inside), 'interval')} under the published choices"


def curves_title(claim: ClaimResult, shown: Sequence[Row]) -> str:
    """The finding of the cumulative curves: the medians' ends."""
    form = form_of(claim)
    medians = sorted(row.combination.median for row in shown)
    if len(medians) == 1:
        return f"The median is {form.text(medians[0])}"
    return f"Medians run from {form.span(medians[0], medians[-1])}"
