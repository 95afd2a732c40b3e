"""What is said of moments that do not exist, or hardly."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mcarbon.families.tails import Cause
from mcarbon.moments.existence import RAREST, Moments

SELDOM = 1e-3
"""A probability below this is told."""


def moment_warnings(moments: Moments, name_of: Callable[[int], str]) -> tuple[str, ...]:
    """What must be said of a cell's mean, sd and their errors; `name_of` gives a node as it stands in a sentence."""
    told = {"mean": moments.mean, "sd": moments.variance}
    said: list[str] = []
    missing = [noun for noun, moment in told.items() if moment.state == "missing"]
    if missing:
        unreliable = ", and the standard error of the mean is unreliable" if missing == ["sd"] else ""
        said.append(f"{_not_there(missing)}{unreliable}{_because(told[missing[0]].cause, name_of)}")
    formal = [noun for noun, moment in told.items() if moment.state == "formal"]
    if formal:
        given = "they are" if len(formal) > 1 else "it is"
        because = _because(told[formal[0]].cause, name_of, formal=True)
        said.append(f"formally {_not_there(formal)}{because}; {given} given as if that could not be")
    if moments.fourth.state == "missing" and "sd" not in missing:
        what = "the standard error of the sd is unreliable, the fourth moment does not exist"
        said.append(what + _because(moments.fourth.cause, name_of))
    return tuple(said)


def _not_there(nouns: list[str]) -> str:
    return " and ".join(f"the {noun}" for noun in nouns) + (" do not exist" if len(nouns) > 1 else " does not exist")


def rest_on_the_unseen(nouns: Sequence[str]) -> tuple[str, ...]:
    """What is said of moments that exist, and are made by values beyond all that is drawn."""
    if not nouns:
        return ()
    they = "they exist, but rest" if len(nouns) > 1 else "it exists, but rests"
    given = f"{' and '.join(f'the {noun}' for noun in nouns)} {'are' if len(nouns) > 1 else 'is'} not given"
    return (f"{given}: {they} on values too rare to be drawn",)


def may_not_exist(moment: str, tail: float, needed: float) -> str:
    """What is said of a moment that neither is proved to exist nor not to, where the draws tell against it."""
    return (
        f"the {moment} may not exist: nothing proves that it does, and the tails of the draws fall like the power "
        f"{tail:.1f}, where it needs more than {needed:g}"
    )


def as_seen(tail: float) -> str:
    """What the draws show of the tails beside what is proved of them: see `mcarbon.answers.indices.tail_index`."""
    return f"the tails of the draws fall like the power {tail:.1f}, by Hill's estimate"


def _because(cause: Cause | None, name_of: Callable[[int], str], formal: bool = False) -> str:
    """The end of a sentence, from the colon on."""
    if cause is None:
        return ""
    name, probability = name_of(cause.node), cause.probability
    seldom = probability is not None and probability < SELDOM
    match cause.kind:
        case "tail":
            why = f"the tails of {name} fall only like the power {cause.fall.rate:.3g}"
        case "grows":
            far_out = f", where they have less than {RAREST:g} of the probability" if formal else ""
            why = f"an exponential of {name} grows too fast for its tails{far_out}"
        case "zero":
            how = f"is 0 or beyond with a probability of {probability:.1g}" if seldom else "can be 0"
            how += ", though no draw comes near it" if probability is None else ""
            why = f"it divides by {name}, which {how}"
        case "bound":
            order = "e" if cause.fall.rate == 1 else f"e**{cause.fall.rate:.3g}"
            how = f"; the probability to be nearer than a hundredth of its median is {probability:.1g}" if seldom else ""
            how += "; no draw is nearer than a hundredth of its median" if probability is None else ""
            why = f"it divides by {name}, whose chance of being within a small e of 0 is like {order}{how}"
    return f": {why}"
