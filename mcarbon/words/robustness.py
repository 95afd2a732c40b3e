"""Whether a verdict hangs on how its priors were chosen, in words."""

from __future__ import annotations

from mcarbon.results import Doubted, Robustness
from mcarbon.words.evidence import in_words

STAYS = "stays"
EXPLAINED = (
    "The verdict is made again with the prior of one input changed, all others as they are: with twice and half its spread "
    "about the median, and with another family between the same 5 and 95 %. A verdict that changes hangs on that prior; its "
    "sources deserve a second look."
)
OF_MANY = (
    "Of each claim the inputs are doubted one by one that make at least 5 % of the spread, under the published choices or "
    "in the most complete case; all together are all."
)


def changes(found: Robustness, each: Doubted) -> bool:
    """Whether some change of this prior changes the verdict."""
    return {each.wider, each.narrower, each.other or found.phrase} != {found.phrase}


def now_words(found: Robustness, now: str | None) -> str:
    """What the verdict is with a prior changed: that it stays, or the other phrase."""
    return "no other" if now is None else STAYS if now == found.phrase else now


def hanging_on(found: Robustness) -> str:
    """The inputs whose priors the verdict hangs on; empty where no prior alone changes it."""
    return ", ".join(in_words(each.name) for each in found.inputs if changes(found, each))


def robustness_sentence(found: Robustness) -> str:
    """Whether the verdict hangs on a prior, and what all of them together do."""
    hangs = hanging_on(found)
    alone = f"The verdict hangs on the prior of {hangs}." if hangs else "No prior alone changes the verdict."
    wider, narrower = (now_words(found, now) for now in found.together)
    if wider == narrower == STAYS:
        return f"{alone} With all priors twice or half as wide it stays."
    return f"{alone} With all priors twice as wide it {_becomes(wider)}, with all half as wide it {_becomes(narrower)}."


def _becomes(now: str) -> str:
    return now if now == STAYS else f"is \u201c{now}\u201d"
