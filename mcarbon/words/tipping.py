"""What tips an answer, in words: values with their units, and where in a prior they lie."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mcarbon.results import BreakEven, TippingPoint
from mcarbon.words.amounts import Form, PrintedUnit
from mcarbon.words.evidence import in_words
from mcarbon.words.wording import number

OUTERMOST = 1e-6
"""The probability of a prior's end that is told no closer."""
CANNOT = "cannot tip it"
UNDECIDED = "at the target"


def form_of_answer(row: BreakEven) -> Form:
    """How the answer's figures are printed."""
    return Form(PrintedUnit.parse(row.unit), row.unit == "1" and row.sides is not None)


def is_within(point: TippingPoint) -> bool:
    """Whether the value that tips the answer is one that the input's prior holds possible, but for 1e-6 at either end."""
    return math.isfinite(point.value) and OUTERMOST <= point.percentile <= 1 - OUTERMOST


def nearest_first(points: Sequence[TippingPoint]) -> list[TippingPoint]:
    """The inputs by how far into their prior's tails the value that tips the answer is; those that cannot last."""

    def key(point: TippingPoint) -> tuple[int, float, float]:
        if point.undecided or not math.isfinite(point.value):
            return 2, 0.0, -point.share
        # Beyond the outermost quantile all are alike: by how much they matter.
        return 1 - is_within(point), -min(point.percentile, 1 - point.percentile) * is_within(point), -point.share

    return sorted(points, key=key)


def tips_at(point: TippingPoint) -> str:
    """The value that tips the answer, such as ``above 21 000 words/hour``; that there is none."""
    if point.undecided:
        return UNDECIDED
    if not math.isfinite(point.value):
        return CANNOT
    return value_words(point.value, point.standard_error, point.unit, above=point.above)


def value_words(value: float, error: float, unit: str, *, above: bool) -> str:
    """The side of a value on which an answer is tipped: ``above 21 000 words/hour``."""
    printed = PrintedUnit.parse(unit)
    return f"{'above' if above else 'below'} {number(value, error)}{printed.named(printed.symbol)}"


def ordinal_percentile(probability: float) -> str:
    """Where in a prior a value is: ``98th percentile``, ``99.99th percentile``.

    >>> ordinal_percentile(0.98), ordinal_percentile(0.0021), ordinal_percentile(0.5)
    ('98th percentile', '0.3th percentile', '50th percentile')
    """
    text = _percent(min(max(probability, OUTERMOST), 1 - OUTERMOST))
    return f"{_ordinal(text.removesuffix('.0'))} percentile"


def percentile_of(probability: float) -> str:
    """A probability of a prior in percent, never 0 or 100, to the first digit that tells it from them.

    >>> percentile_of(0.12), percentile_of(0.9987), percentile_of(3e-5), percentile_of(1.0)
    ('12 %', '99.8 %', '0.01 %', '>99.9999 %')
    """
    if math.isnan(probability):
        return ""
    if probability < OUTERMOST:
        return "<0.0001 %"
    if probability > 1 - OUTERMOST:
        return ">99.9999 %"
    return f"{_percent(probability)} %"


def tipping_sentence(point: TippingPoint) -> str:
    """What tips the answer, and how far out that is.

    Such as ``writing speed above 21 000 words/hour: beyond the 99.9th percentile of its prior``.
    """
    there = "beyond" if point.above else "below"
    if point.percentile < OUTERMOST or point.percentile > 1 - OUTERMOST:
        place = f"{there} {'99.9999' if point.above else '0.0001'} % of its prior"
        place = place if point.above == (point.percentile > 0.5) else "all of its prior does"
    else:
        place = f"{there} the {_ordinal(_percent(point.percentile))} percentile of its prior"
    return f"{in_words(point.name)} {tips_at(point)}: {place}"


def options_sentence(row: BreakEven) -> str:
    """Which options of choices tip the answer alone; empty where there are none to take."""
    tipping = [f"{each.option} ({in_words(each.choice)})" for each in row.options if each.tips]
    if not row.options:
        return ""
    return f"Options that tip it alone: {', '.join(tipping)}." if tipping else "No option tips it alone."


def nearest_sentence(row: BreakEven) -> str:
    """The input that tips the answer nearest to the middle of its prior; that there is none within its prior."""
    found = [each for each in nearest_first(row.inputs) if is_within(each) and not each.undecided]
    return f"Nearest: {tipping_sentence(found[0])}." if found else "No input tips it alone within its prior."


def _percent(probability: float) -> str:
    tail = min(probability, 1 - probability)
    decimals = 0 if tail >= 0.01 else max(1, math.floor(-math.log10(100 * tail)))
    # Cut and not rounded towards the end: 99.96 is no 100.
    scaled = 100 * probability * 10**decimals
    whole = math.ceil(scaled - 1e-9) if probability < 0.01 else math.floor(scaled + (0.5 if tail >= 0.01 else 1e-9))
    return f"{whole / 10**decimals:.{decimals}f}"


def _ordinal(text: str) -> str:
    ending = "th"
    if "." not in text and text[-2:] not in ("11", "12", "13"):
        ending = {"1": "st", "2": "nd", "3": "rd"}.get(text[-1], "th")
    return text + ending
