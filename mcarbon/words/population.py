"""What is said of a population: how it is spread, and how sure of that we are."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mcarbon.results import PopulationFigure
from mcarbon.words.amounts import Form
from mcarbon.words.wording import FEWER, percent

HALF = (0.25, 0.75)


def spread_sentence(
    quantiles: Mapping[float, PopulationFigure], form: Form, them: str, level: float, known: bool = False
) -> str:
    """How a population is spread, and how sure of its median we are; `known` where nothing of it is unknown.

    Such as ``Half of the writers lie between 1/900 and 1/310; we are 90 % sure that their median lies between 1/830
    and 1/330.`` Empty where no quantile is known.
    """
    if any(math.isnan(each.median) for each in quantiles.values()):
        return ""
    said = []
    low, high = HALF if set(HALF) <= set(quantiles) else (min(quantiles), max(quantiles))
    share = "Half" if (low, high) == HALF else f"{100 * (high - low):.3g} %"
    first, last = quantiles[low], quantiles[high]
    ends = first.median, last.median, first.standard_error_median, last.standard_error_median
    said.append(f"{share} of the {them} lie between {_between(form, *ends)}")
    if not known and (middle := quantiles.get(0.5)):
        ends = middle.low, middle.high, middle.standard_error_low, middle.standard_error_high
        said.append(f"we are {100 * level:g} % sure that their median lies between {_between(form, *ends)}")
    return "; ".join(said) + "."


def below_sentence(
    below: PopulationFigure,
    threshold: float,
    form: Form,
    sides: tuple[str, str] | None,
    them: str,
    level: float,
    known: bool = False,
) -> str:
    """The share of a population below a threshold, as `spread_sentence`. Empty where it does not exist."""
    if math.isnan(below.median):
        return ""
    what = (
        f"{sides[0]} is below {sides[1]}" if sides is not None and threshold == 1 else f"it is below {form.exact(threshold)}"
    )
    share, low, high = shares(below)
    if known:
        return f"For {share} of the {them} {what}."
    return f"For {share} of the {them} {what} ({100 * level:g} % sure: {low if low == high else f'{low} to {high}'})."


def shares(below: PopulationFigure) -> tuple[str, str, str]:
    """A share of a population in print: its median, and the ends of what is known of it."""
    return (
        percent(below.median, below.standard_error_median),
        percent(below.low, below.standard_error_low),
        percent(below.high, below.standard_error_high),
    )


def _between(form: Form, low: float, high: float, low_error: float, high_error: float) -> str:
    texts = form.text(low, low_error), form.text(high, high_error)
    if any(text.startswith(FEWER) for text in texts):
        return " and ".join(texts)
    return form.span(low, high).replace(" to ", " and ", 1)


def everyone_alike() -> tuple[str, ...]:
    """What is said of a quantity that is the same for all."""
    return ("no input of it varies: it is the same for the whole population",)


def nothing_unknown() -> tuple[str, ...]:
    """What is said of a quantity of which all inputs vary."""
    return ("nothing of it is unknown: all of its inputs vary, and what is left is the Monte Carlo error",)


def inner_too_few(figure: str, share: float, inner: int) -> tuple[str, ...]:
    """What is said where the finite population makes an interval wider."""
    wider = f"by some {100 * (1 / math.sqrt(1 - share) - 1):.0f} %" if share < 0.5 else "more than ignorance does"
    what = f"{100 * share:.0f} % of the variance of its {figure} between the outer draws is the error of {inner} inner draws"
    return (f"{what}, which widens what is known of it {wider}: take more inner draws",)
