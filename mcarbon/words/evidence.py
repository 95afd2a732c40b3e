"""The sentence on what an answer rests on: the confidence in its inputs, with its reason.

Confidence comes from the grades of the inputs, weighted by their shares of the spread in one case, and is apart from
likelihood, which comes from the draws.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mcarbon.results import ClaimResult, InputShare, Spread
from mcarbon.words.rows import in_letters, rows
from mcarbon.words.wording import percent

MOST_ASSUMED_FOR_HIGH = 0.10
MOST_NOT_MEASURED_FOR_HIGH = 0.33
MOST_ASSUMED_FOR_MEDIUM = 0.33
NEGLIGIBLE = 0.005
"""Inputs with a smaller share are not counted among those that the spread comes from."""

_GRADES = {1: "measured", 2: "measured in another setting", None: "defined", 3: "modelled", 4: "assumed"}
_INITIALS = re.compile(r"\b(ai|co2|cpu|gpt|gpu|ict|pue|tpu|us)(s?\d*)\b")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def evidence(claim: ClaimResult) -> str:
    """The confidence in the inputs and its reason; empty where the answer has no spread."""
    spread = claim.spread
    if spread is None:
        return ""
    # A share and its error; as with the words for probabilities, where the error crosses an edge the weaker word is said.
    assumed = _share(spread, (4,)), spread.standard_error_assumed
    not_measured = _share(spread, (3, 4)), spread.standard_error_not_measured
    if _at_most(assumed) > MOST_ASSUMED_FOR_MEDIUM:
        return f"Confidence in the inputs: low. {_comes_from(claim, spread, (4,), *assumed)}"
    if _at_most(assumed) > MOST_ASSUMED_FOR_HIGH:
        return f"Confidence in the inputs: medium. {_comes_from(claim, spread, (4,), *assumed)}"
    if _at_most(not_measured) > MOST_NOT_MEASURED_FOR_HIGH:
        return f"Confidence in the inputs: medium. {_comes_from(claim, spread, (3, 4), *not_measured)}"
    measured = 1 - not_measured[0], not_measured[1]
    return f"Confidence in the inputs: high. {_comes_from(claim, spread, (1, 2, None), *measured)}"


def in_words(name: str) -> str:
    """An input's name in a sentence.

    >>> in_words("words_per_answer"), in_words("annual_footprint[US]"), in_words("gpu_power")
    ('words per answer', 'annual footprint (US)', 'GPU power')
    """
    name, _, key = name.removesuffix("]").partition("[")
    words = _INITIALS.sub(lambda found: found[1].upper() + found[2], name.replace("_", " "))
    return words + (f" ({key})" if key else "")


def _at_most(share: tuple[float, float]) -> float:
    return share[0] + 2 * share[1]


def _share(spread: Spread, grades: Sequence[int | None]) -> float:
    return sum(each.share for each in spread.inputs if each.grade in grades)


def _comes_from(claim: ClaimResult, spread: Spread, grades: Sequence[int | None], share: float, error: float) -> str:
    such = [each for each in spread.inputs if each.grade in grades]
    counted = [each for each in such if each.share >= NEGLIGIBLE] or such
    return f"{percent(share, error)} of the spread{in_case(claim, spread)} comes from {_inputs(counted)}."


def in_case(claim: ClaimResult, spread: Spread) -> str:
    """The row that a spread is of: `` in E``; nothing for a single row."""
    return in_letters([row.letter for row in rows(claim) if row.combination.case == spread.case])


def _inputs(counted: Sequence[InputShare]) -> str:
    grades = {each.grade for each in counted}
    kinds = [text for grade, text in _GRADES.items() if grade in grades]
    if {1, 2} <= grades:
        kinds[:2] = ["measured, here or in another setting"]
    count = sum(len(each.names) for each in counted)
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    return f"{number} input{' that is' if count == 1 else 's that are'} {' or '.join(kinds)}"
