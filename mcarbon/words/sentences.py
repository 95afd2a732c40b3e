"""The sentences of a verdict: whether the arithmetic follows, the direction holds, the size is within reach.

A probability's word always has its percent beside it, and names the choice that it is conditional on. Of several
choices only counts, extremes and the nearest one are said.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from mcarbon.results import ClaimResult, Combination
from mcarbon.words.evidence import in_words
from mcarbon.words.rows import Row, in_letters, judged_direction, leaning, listed, rows, support_of
from mcarbon.words.slips import likely_slip
from mcarbon.words.statement import (
    direction_of,
    direction_sentence,
    distance,
    form_of,
    is_below,
    published_of,
    published_text,
    range_sentence,
    rounding_of,
)
from mcarbon.words.wording import capitalised, chance, likelihood, percent, plain, printed_digits


def arithmetic(claim: ClaimResult) -> str:
    """Whether the published number follows from the published inputs."""
    found = claim.reproduction
    form = form_of(claim)
    digits = max(4, printed_digits(claim.published_text or "") + 1)
    # It is not held against the printed digits, so it needs no more than any other number.
    corrected = "" if found.corrected is None else f" The corrected inputs give {form.exact(found.corrected)}."
    if found.nothing_published:
        return "Nothing was published that it could be held against. This says nothing about whether it is true."
    if found.status == "not checkable":
        why = f"the chain lacks a published value for {', '.join(map(in_words, found.missing))}"
        return f"Not checkable: {why}. This says nothing about whether it is true."
    if found.value is None:
        return capitalised(found.status) + "." + corrected
    value = form.exact(found.value, digits)
    if found.status == "does not reproduce":
        return f"The published inputs give {value}, {_against(claim, found.value)}{corrected}"
    if found.status == "reproduces from rounded intermediates":
        rounded = [form_of(claim, unit).exact(amount) for amount, unit in found.via.values()]
        used = " and ".join(filter(None, (", ".join(rounded[:-1]), *rounded[-1:]))) or "the rounded intermediates"
        gives = "gives" if len(rounded) == 1 else "give"
        unrounded = "" if found.unrounded is None else f", unrounded {form.exact(found.unrounded, digits)}"
        return f"Reproduces after rounding: {used} {gives} {value}{unrounded}.{corrected}"
    if found.status == "reproduces within the rounding of the inputs":
        return f"Reproduces within the rounding of the inputs: as printed they give {value}.{corrected}"
    return f"Reproduces: the published inputs give {value}.{corrected}"


def _against(claim: ClaimResult, value: float) -> str:
    if claim.published_text is None:
        return f"which is not {claim.direction}."
    printed = published_text(claim)
    if claim.published is None:
        return f"outside the published {printed}."
    slip = likely_slip(value, published_of(claim), form_of(claim))
    factor = claim.reproduction.factor
    if factor is None or factor <= 0:
        return f"not the printed {printed}." + (f" {slip}" if slip else "")
    size, tail = (factor, "times the printed value") if factor >= 1 else (1 / factor, "of the printed value")
    # Enough digits that the factor is seen not to be 1.
    digits = max(3, 2 - math.floor(math.log10(abs(size - 1)))) if 0 < abs(size - 1) < 1 else 3
    return f"{'' if factor >= 1 else '1/'}{plain(size, digits)} {tail}." + (f" {slip}" if slip else "")


def direction(claim: ClaimResult, shown: Sequence[Row]) -> str:
    """How likely the claimed direction is, in the rows that have a ratio."""
    said = capitalised(direction_sentence(claim))
    if not claim.combinations:
        return ""
    if not shown:
        return _none(claim, "direction")
    judged = [(row, row.combination.p_direction, row.combination.standard_error.p_direction) for row in shown]
    asked = [(row, p, error or 0.0) for row, p, error in judged if p is not None]
    if not asked:
        return ""
    first, last = max(asked, key=lambda each: each[1]), min(asked, key=lambda each: each[1])
    texts = [chance(p, error) for _, p, error in asked]
    phrase = leaning(shown)
    if len(set(texts)) == 1:
        line = f"{said}: {texts[0]}{in_letters([row.letter for row in shown])}."
    else:
        ends = [f"{chance(p, error)} in {row.letter}" for row, p, error in (first, last)]
        line = f"{said}: {', '.join(ends)}."
    if phrase == "fails":
        _, p, error = first
        every = "In every choice the opposite" if len(shown) > 1 else "The opposite"
        more = f"{percent(1 - p, error)} or more" if len(set(texts)) > 1 else percent(1 - p, error)
        return f"{line} {every} is {likelihood(1 - p, error)} ({more})." + _others(claim)
    if phrase == "depends":
        support = f"{first[0].named} supports it ({percent(first[1], first[2])})"
        against = f"{last[0].named} contradicts it ({percent(1 - last[1], last[2])})"
        return f"{line} {capitalised(support)}; {against}. The choice, not the data, decides." + _others(claim)
    undecided = " The inputs are too uncertain to say." if phrase == "undecided" else ""
    return line + _count(claim, shown) + _others(claim) + undecided


def slips(claim: ClaimResult) -> str:
    """Which rows do not count, since they keep a slip of the publication; empty where there are none."""
    keeping = [row.letter for row in rows(claim) if row.combination.slip]
    if not keeping:
        return ""
    if not any(keeping):
        return "This keeps a slip of the publication, so it sets no verdict."
    one = len(keeping) == 1
    return f"{listed(keeping)} {'keeps' if one else 'keep'} a slip and {'sets' if one else 'set'} no verdict."


def _free_of_slips(claim: ClaimResult) -> str:
    return " without a slip" if any(row.combination.slip for row in rows(claim)) else ""


def _none(claim: ClaimResult, what: str) -> str:
    """What is said where no row counts."""
    why = "No choice is free of slips" if _free_of_slips(claim) else "No choice has a ratio"
    return f"{why}, so nothing is said of the {what}."


def _count(claim: ClaimResult, shown: Sequence[Row]) -> str:
    every = rows(claim)
    holding = sum(judged_direction(row.combination) > 0.66 for row in shown)
    without = [row.letter for row in every if not row.has_ratio]
    if len(shown) == 1:
        return f" {listed(without)} {'has' if len(without) == 1 else 'have'} no ratio." if without else ""
    which = f"choices{_free_of_slips(claim)}" + (" that have a ratio" if without else "")
    has_none = f"; {listed(without)} {'has' if len(without) == 1 else 'have'} none." if without else "."
    if holding < len(shown):
        return f" It holds in {holding or 'none'} of {len(shown)} {which}{has_none}"
    return f" It holds in {'both' if holding == 2 else f'all {holding}'} {which}{has_none}"


def _other_combinations(claim: ClaimResult) -> list[Combination]:
    """The combinations that are no rows, keep no slip and come to other figures than every row, one of equal ones."""
    seen = {tuple(each.quantiles.values()) for each in claim.combinations if each.case is not None}
    others: list[Combination] = []
    for each in claim.combinations:
        figures = tuple(each.quantiles.values())
        if each.case is None and Row("", each).counts and figures not in seen:
            seen.add(figures)
            others.append(each)
    return others


def _others(claim: ClaimResult) -> str:
    others = _other_combinations(claim)
    if not others:
        return ""
    holding = sum(judged_direction(each) > 0.66 for each in others)
    return f" It holds in {_share(holding, len(others))} other combination{'s' if len(others) > 1 else ''}."


def _share(some: int, of: int) -> str:
    return f"all {of}" if some == of > 1 else f"{some or 'none'} of {of}"


def size(claim: ClaimResult, shown: Sequence[Row]) -> str:
    """How likely the published size is, in the rows that have a ratio, and what lies nearest."""
    if not claim.combinations:
        return ""
    if not shown:
        return _none(claim, "size")
    supports = [(row, support_of(claim, row.combination)) for row in shown]
    inside = [row for row, support in supports if support != "outside"]
    if {end for row in shown for end in row.combination.intervals[0.95]} == {shown[0].combination.median}:
        return f"None of its inputs is uncertain: the value is {form_of(claim).exact(shown[0].combination.median)}."
    printed = range_sentence(claim) if claim.published is None else published_text(claim)
    parts = [_chances(claim, shown, held={support for _, support in supports} == {"supports"}, none=not inside)]
    if len(inside) == len(shown) and any(support != "supports" for _, support in supports):
        low = min(row.combination.intervals[0.9][0] for row in shown)
        high = max(row.combination.intervals[0.9][1] for row in shown)
        parts.append(f"{capitalised(printed)} is possible, but so are values {form_of(claim).span(low, high)}.")
    else:
        published = published_of(claim)
        what = f"The published {published.kind}" if claim.published is None else capitalised(printed)
        parts.append(_where(claim, what, shown, published.low, published.high, rounding_of(claim)))
    parts.append(_others_inside(claim))
    if claim.reproduction.status == "does not reproduce" and claim.reproduction.value is not None:
        value = claim.reproduction.value
        told = _nearest(shown, value, value) is _nearest(shown, *rounding_of(claim))
        what = f"The recomputed {form_of(claim).exact(value)}"
        parts.append(_where(claim, what, shown, value, value, (value, value), again=told))
    return " ".join(part for part in parts if part)


def _others_inside(claim: ClaimResult) -> str:
    others = _other_combinations(claim)
    inside = sum(support_of(claim, each) != "outside" for each in others)
    if not others:
        return ""
    return f"It is inside in {_share(inside, len(others))} other combination{'s' if len(others) > 1 else ''}."


def _nearest(shown: Sequence[Row], low: float, high: float) -> Row:
    """The row whose 90 % interval is nearest to a value or a range; the first of those that hold it."""

    def gap(row: Row) -> float:
        bottom, top = row.combination.intervals[0.9]
        return distance(bottom, top, low, high)

    return min(shown, key=gap)


def _where(
    claim: ClaimResult,
    what: str,
    shown: Sequence[Row],
    low: float,
    high: float,
    rounding: tuple[float, float],
    again: bool = False,
) -> str:
    """Where a value, or a range, lies as to the 90 % intervals of the rows.

    `rounding`: what it may have been rounded from. `again`: the nearest row was just told.
    """
    form = form_of(claim)
    apart = [distance(*row.combination.intervals[0.9], low, high) for row in shown]
    still_apart = [distance(*row.combination.intervals[0.9], *rounding) for row in shown]
    inside, outside = ("is inside", "outside") if low == high else ("overlaps", "not")
    not_one = "is outside" if low == high else "lies apart from"
    holding = [row.letter for row, gap in zip(shown, apart, strict=True) if gap == 0]
    missing = [row.letter for row, gap in zip(shown, still_apart, strict=True) if gap > 0]
    rounded = [row.letter for row in shown if row.letter not in (*holding, *missing)]
    if rounded and not holding:
        what, holding, rounded = f"{what}, as rounded,", rounded, []
    as_rounded = f", as rounded in {listed(rounded)}" if rounded else ""
    if len(shown) == 1:
        where = in_letters([shown[0].letter])
        interval = "it" if again else f"the 90 % interval{where}, {form.span(*shown[0].combination.intervals[0.9])}"
        return f"{what} {inside if holding else not_one} {interval}."
    every = f"every 90 % interval{_free_of_slips(claim)}"
    if not missing:
        return f"{what} {inside} {every}{as_rounded}."
    if holding:
        return f"{what} {inside} the 90 % interval in {listed(holding)}{as_rounded}, {outside} in {listed(missing)}."
    if again:
        return f"{what} {not_one} {every}, too."
    nearest = _nearest(shown, *rounding)
    interval = form.span(*nearest.combination.intervals[0.9])
    return f"{what} {not_one} {every}; the nearest is {nearest.named}: {interval}."


def _chances(claim: ClaimResult, shown: Sequence[Row], *, held: bool, none: bool) -> str:
    """The probabilities that the size is judged by, with what they are of."""
    printed = published_text(claim)

    def of(question: str, probability: Callable[[Combination], tuple[float | None, float | None]]) -> str:
        found = [(row, *probability(row.combination)) for row in shown]
        answers = [(row, p, error or 0.0) for row, p, error in found if p is not None]
        return f"{question}: {_grouped(answers)}." if answers else ""

    if claim.published is None:
        return of(capitalised(range_sentence(claim)), lambda each: (each.p_inside, each.standard_error.p_inside))
    # Where the direction asks the same, it has been answered already.
    if claim.direction and not held and direction_of(claim).threshold != claim.published:
        if is_below(direction_of(claim)):
            return of(f"{printed} or less", lambda each: (each.percentile, each.standard_error.percentile))
        return of(
            f"{printed} or more",
            lambda each: (None if each.percentile is None else 1 - each.percentile, each.standard_error.percentile),
        )
    # Where nothing reaches the value, the wider factor says more, as long as it too is unlikely.
    tens = [row.combination.p_within[10] for row in shown if row.combination.p_within is not None]
    factor = 10 if none and all(p < 0.33 for p in tens) else 3
    return of(
        f"Within a factor of {factor} of {printed}",
        lambda each: (
            None if each.p_within is None else each.p_within[factor],
            None if each.standard_error.p_within is None else each.standard_error.p_within[factor],
        ),
    )


def _grouped(answers: Sequence[tuple[Row, float, float]]) -> str:
    """Each word once with its percent and its letters; words share a range of percent where there are many."""
    by_text: dict[str, list[tuple[Row, float, float]]] = {}
    for row, p, error in answers:
        by_text.setdefault(chance(p, error), []).append((row, p, error))
    if len(by_text) > 3:
        by_word: dict[str, list[tuple[Row, float, float]]] = {}
        for row, p, error in answers:
            by_word.setdefault(likelihood(p, error), []).append((row, p, error))
        by_text = {f"{word} ({_percent_range(group)})": group for word, group in by_word.items()}
    return ", ".join(text + in_letters([row.letter for row, _, _ in group]) for text, group in by_text.items())


def _percent_range(group: Sequence[tuple[Row, float, float]]) -> str:
    low, high = min(group, key=lambda each: each[1]), max(group, key=lambda each: each[1])
    texts = [percent(p, error) for _, p, error in (low, high)]
    return texts[0] if texts[0] == texts[1] else f"{texts[0].removesuffix(' %')} to {texts[1]}"
