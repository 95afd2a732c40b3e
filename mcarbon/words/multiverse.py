"""What a multiverse says, in words: how many answers hold, which choice moves them, the way to the complete case."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mcarbon.results import ChoiceFactor, Multiverse, Specification, Step
from mcarbon.words.statement import direction_sentence, form_of, published_text, range_sentence
from mcarbon.words.wording import capitalised, plain

LEAST = 1.1
"""A smaller factor between medians is told as none."""
MOST = 120
"""Above so many answers a figure draws a ribbon and the extremes."""


def counts(found: Multiverse) -> str:
    """The counts of different answers, never as a share or a probability."""
    claim, counted = found.claim, found.counted
    n, answers = len(counted), len(found.specifications)
    several = f"{found.combinations} combinations, {answers} different answers."
    parts = ["1 combination." if found.combinations == 1 else several]
    if claim.direction:
        holding = sum(each.direction == "holds" for each in counted)
        failing = sum(each.direction == "fails" for each in counted)
        parts.append(f"{capitalised(direction_sentence(claim))} in {holding} of {n}; the opposite in {failing}.")
    if claim.published_text:
        holding = sum(each.size == "holds" for each in counted)
        possible = sum(each.size == "possible" for each in counted)
        what = range_sentence(claim) if claim.published is None else published_text(claim)
        parts.append(f"{capitalised(what)} holds in {holding} of {n}, and is possible in {possible}.")
    if claim.direction and claim.published_text:
        parts.append(f"Both hold in {sum(each.holds for each in counted)}.")
    slips = sum(each.combination.slip for each in found.specifications)
    without = answers - n - slips
    left = [f"{without} without a ratio"] * bool(without) + [f"{slips} that keep{'s' * (slips == 1)} a slip"] * bool(slips)
    parts += [f"Not counted: {' and '.join(left)}."] if left else []
    return " ".join([*parts, "A count is no probability: nobody drew the choices."])


def most_moving(found: Multiverse) -> str:
    """Which choices move the median, the others as published."""
    form = form_of(found.claim)

    def said(each: ChoiceFactor) -> str:
        size = f"{plain(each.factor, 2)} times" if math.isfinite(each.factor) else "across 0"
        ends = f"{form.text(each.low)} under {each.lowest}, {form.text(each.high)} under {each.highest}"
        return f"{each.choice}, {size} ({ends})"

    moving = [each for each in found.moved if not each.factor < LEAST]
    still = [each.choice for each in found.moved if each.factor < LEAST]
    parts = [f"The median moves most with {said(moving[0])}."] if moving else []
    parts += [f"Then with {'; '.join(map(said, moving[1:]))}."] if moving[1:] else []
    parts += [f"By less than 1.1 times: {', '.join(still)}."] if still else []
    return " ".join(parts)


def step_text(found: Multiverse, step: Step) -> str:
    """The median after a step, or the amount that stands where there is no ratio."""
    each = step.combination
    return form_of(found.claim).text(each.median, each.standard_error.median) if each.no_ratio is None else "no ratio"


def title(found: Multiverse) -> str:
    """The finding of the figure of all answers."""
    claim, counted, said = found.claim, found.counted, []
    if claim.direction:
        holding = sum(each.direction == "holds" for each in counted)
        said.append(f"{direction_sentence(claim)} in {holding} of {len(counted)} different answers")
    if claim.published_text:
        inside = sum(each.size in ("holds", "possible") for each in counted)
        what = range_sentence(claim) if claim.published is None else published_text(claim, short=True)
        among = "" if said else f" of {len(counted)} different answers"
        said.append(f"{what} holds or is possible in {inside}{among}")
    return capitalised("; ".join(said) or f"{len(counted)} different answers")


CAPTION = (
    "Each point is the median of one combination of choices, with its 90 % interval, sorted by median; combinations that "
    "come to the same answer are one point. A square below: it takes that option. Letters are the rows of the claim's own "
    "figure. More combinations are no better estimate, and a count is no probability."
)


def steps_title(found: Multiverse) -> str:
    """The finding of the figure of steps."""
    first, last = step_text(found, found.steps[0]), step_text(found, found.steps[-1])
    return f"Counted one after the other, the changes take the median from {first} to {last}"


def changes_text(step: Step) -> str:
    """What a step takes: ``human boundary: working-hours``."""
    return ", ".join(f"{axis.replace('_', ' ')}: {option}" for axis, option in step.changes.items())


def telling_choices(shown: Sequence[Specification]) -> dict[str, list[str]]:
    """The choices that tell answers apart, each with the options that some answer takes."""
    found: dict[str, list[str]] = {}
    for axis in shown[0].options:
        options = list(dict.fromkeys(option for each in shown for option in each.options[axis]))
        if any(len(each.options[axis]) < len(options) for each in shown):
            found[axis] = options
    return found


ORDER_MATTERS = "The order matters: in another one the same changes move the median by other amounts."


def differences(found: Multiverse, each: Specification) -> str:
    """What a combination takes that the publication did not; options that come to the same answer are left out."""
    published = found.claim.combinations[0].choices
    names = [options[0] for axis, options in each.options.items() if published[axis] not in options]
    of_two = {option for option in names if sum(option in known for known in _options(found).values()) > 1}
    taken = [
        f"{options[0]} ({axis})" if options[0] in of_two else options[0]
        for axis, options in each.options.items()
        if published[axis] not in options
    ]
    return ", ".join(taken) or found.claim.combinations[0].label


def _options(found: Multiverse) -> dict[str, set[str]]:
    """The options of each choice that are among the combinations."""
    axes = found.claim.combinations[0].choices
    return {axis: {each.choices[axis] for each in found.claim.combinations} for axis in axes}
