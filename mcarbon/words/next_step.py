"""The sentences on what to look at next: what to measure, what drives the answer, and what would tip it soonest."""

from __future__ import annotations

from mcarbon.results import ClaimResult, InputShare, NearestPoint
from mcarbon.words.evidence import NEGLIGIBLE, in_case, in_words
from mcarbon.words.statement import equal_value, form_of, published_of, published_text
from mcarbon.words.tipping import ordinal_percentile, value_words
from mcarbon.words.wording import percent

WORTH_NAMING = 0.10
"""The second input is named if it makes at least this share of the spread."""


def next_step(claim: ClaimResult) -> str:
    """The one or two inputs whose measurement would narrow the answer most, and what would tip it; empty without any.

    Such as ``Measure image time, then pay. The first explains 41 % of the spread in E; above 230 s/image (98th percentile
    of its prior) the median ratio would pass 1.``
    """
    spread = claim.spread
    # What is set by definition cannot be measured.
    found = [] if spread is None else [each for each in spread.inputs if each.grade is not None and each.share > NEGLIGIBLE]
    if not found:
        return ""
    first, *others = sorted(found, key=lambda each: -each.share)[:2]
    measured, which = f"Measure {_named(first)}", "It"
    if others and others[0].share >= WORTH_NAMING:
        (second,), which = others, "The first"
        if first.share - second.share < 2 * (first.standard_error + second.standard_error):
            # Which is first is not known: as in the file, so that another seed says the same.
            first, second = sorted((first, second), key=found.index)
            measured = f"Measure {_named(first)} and {_named(second)}"
        else:
            measured += f", then {_named(second)}"
    return " ".join(filter(None, (f"{measured}.", _what_tips(claim, first, which))))


def _what_tips(claim: ClaimResult, driver: InputShare, which: str) -> str:
    """How much the input that is measured first explains, and what the nearest tipping point is."""
    if claim.spread is None or claim.nearest is None:
        return ""
    share = percent(driver.share, driver.standard_error)
    explains = f"{which} explains {share} of the spread{in_case(claim, claim.spread)}"
    point, median = claim.nearest.point, f"the median{' ratio' * form_of(claim).is_ratio}"
    if point is None:
        return f"{explains}; no input alone takes {median} past {crossing(claim)} within its prior."
    return f"{explains}; {_place(point, driver)} {median} would pass {crossing(claim)}."


def _place(point: NearestPoint, driver: InputShare) -> str:
    whose = "" if (point.name,) == driver.names else f"with {in_words(point.name)} "
    value = value_words(point.value, point.standard_error, point.unit, above=point.above)
    return f"{whose}{value} ({ordinal_percentile(point.percentile)} of its prior)"


def crossing(claim: ClaimResult) -> str:
    """What the median would cross, in words: ``1``, ``the published 0.38 g``, ``5 g``."""
    number = None if claim.nearest is None else claim.nearest.number
    assert number is not None
    if number == equal_value(claim):
        return "1" if form_of(claim).is_ratio else form_of(claim).exact(number)
    published = None if claim.published_text is None else published_of(claim)
    if published is not None and number in (published.low, published.high):
        return f"the published {published_text(claim, short=True)}"
    return form_of(claim).exact(number)


def _named(each: InputShare) -> str:
    names = [in_words(name) for name in each.names]
    return " with ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
