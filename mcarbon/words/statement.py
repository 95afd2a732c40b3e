"""A claim's own words and numbers, for whoever shows it: its sides, its direction, what was published, its unit."""

from __future__ import annotations

import math

from mcarbon.reading.published import Direction, Published, parse_direction, parse_published
from mcarbon.results import ClaimResult, Combination, StudyResult
from mcarbon.words.amounts import Form, PrintedUnit
from mcarbon.words.wording import plain

NOTHING_PUBLISHED = "nothing was published"
"""Instead of the status, for the claims of a study that is an answer of its own."""
_DIMENSIONLESS = ("1", "", "dimensionless")


def form_of(claim: ClaimResult, unit: str | None = None) -> Form:
    """How the claim's figures are printed: as ratios where it compares two sides, else as amounts of its unit.

    `unit` is that of another figure of the claim, such as a rounded intermediate.
    """
    unit = claim.unit if unit is None else unit
    as_fraction = "/" in (claim.published_text or "") + (claim.direction or "")
    return Form(PrintedUnit.parse(unit), unit in _DIMENSIONLESS and (claim.sides is not None or as_fraction))


def status_text(claim: ClaimResult) -> str:
    """Whether the claim's arithmetic follows, in the words of the status; that there is none where nothing was published."""
    return NOTHING_PUBLISHED if claim.reproduction.nothing_published else claim.reproduction.status


def record_name(result: StudyResult, claim: ClaimResult) -> str:
    """The claim's id, with the coordinates that tell its record from the others of the same id."""
    others = [other.at for other in result.claims if other.id == claim.id]
    varying = [at for axis, at in claim.at.items() if len({other.get(axis) for other in others}) > 1]
    return claim.id + (f" ({', '.join(varying)})" if varying else "")


def published_text(claim: ClaimResult, short: bool = False) -> str:
    """The published value as it was printed, with its unit; `short` leaves out what the unit is per."""
    unit = form_of(claim).unit
    return (claim.published_text or "") + unit.named(unit.symbol, short)


def equal_value(claim: ClaimResult) -> float | None:
    """Where the two sides of a comparison are equal, in the claim's unit; None where nothing is compared."""
    if claim.unit in _DIMENSIONLESS:
        return 1.0 if form_of(claim).is_ratio else None
    return 100.0 if claim.sides is not None and claim.unit == "percent" else None


def published_of(claim: ClaimResult) -> Published:
    """What the claim published, which there must be."""
    return parse_published(claim.published_text or "")


def number_to_cross(claim: ClaimResult) -> float | None:
    """What a claim's answer is held against, in its unit; None where it published a range and nothing else.

    Where its sides are equal, else the published value or bound, else that of its direction.
    """
    equal = equal_value(claim)
    if equal is not None:
        return equal
    published = None if claim.published_text is None else published_of(claim)
    if published is not None and published.kind != "range":
        return published.low if math.isfinite(published.low) else published.high
    return None if claim.direction is None else direction_of(claim).threshold


def direction_of(claim: ClaimResult) -> Direction:
    """The claim's direction, which it must have."""
    return parse_direction(claim.direction or "")


def is_below(direction: Direction) -> bool:
    """Whether a direction says that the value is small."""
    return direction.operator.startswith("<")


def direction_sentence(claim: ClaimResult) -> str:
    """The direction in words, such as ``AI is lower than human`` or ``the value is below 5 g``."""
    direction, form = direction_of(claim), form_of(claim)
    threshold = form.exact(direction.threshold)
    if claim.sides is None:
        words = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}
        return f"the value is {words[direction.operator]} {threshold}"
    first, second = claim.sides
    if direction.threshold == equal_value(claim):
        words = {"<": "lower than", "<=": "not higher than", ">": "higher than", ">=": "not lower than"}
        return f"{first} is {words[direction.operator]} {second}"
    words = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}
    if form.is_ratio and direction.threshold >= 1:
        return f"{first} is {words[direction.operator]} {plain(direction.threshold)} times {second}"
    return f"{first} is {words[direction.operator]} {threshold} of {second}"


def without_ratio(combination: Combination) -> str:
    """What is said of a combination that has no interval: no ratio, no value, or nothing but 0."""
    found = combination.no_ratio
    if found is None:
        return "no value" if math.isnan(combination.median) else "0 in every draw"
    form = Form(PrintedUnit.parse(found.unit))
    return f"no ratio: {found.side} adds {form.amount_with_interval(found.amount, found.low, found.high)}"


def range_sentence(claim: ClaimResult) -> str:
    """A published range or bound in words: ``between 0.3 and 5 g``, ``5 g or less``."""
    unit = form_of(claim).unit
    named = unit.named(unit.symbol)
    published = published_of(claim)
    low, high = ("" if end is None else end.text for end in published.ends)
    if published.kind == "range":
        return f"between {low} and {high}{named}"
    return f"{high}{named} or less" if high else f"{low}{named} or more"


def rounding_of(claim: ClaimResult) -> tuple[float, float]:
    """What the claim published may have been rounded from, as an interval; infinite where a bound is open."""
    return published_of(claim).rounding(claim.digits)


def distance(low: float, high: float, published_low: float, published_high: float) -> float:
    """How far an interval lies from what was published: as the log of a factor, or by value where one is not positive.

    0 where they overlap.
    """
    if low <= published_high and high >= published_low:
        return 0.0
    nearer, published = (low, published_high) if low > published_high else (high, published_low)
    if nearer > 0 and published > 0:
        return abs(math.log(nearer) - math.log(published))
    return abs(nearer - published)
