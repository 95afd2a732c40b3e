"""The rows that are shown, under letters, and what is judged of each: its direction and its support."""

from __future__ import annotations

import functools
import math
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mcarbon.reading.published import agrees
from mcarbon.results import ClaimResult, Combination
from mcarbon.words.statement import distance, published_of, rounding_of
from mcarbon.words.wording import cautious

Support = Literal["supports", "possible", "outside"]
Leaning = Literal["fails", "depends", "holds", "undecided"]


@dataclass(frozen=True, slots=True)
class Row:
    """A combination that is shown, under the letter that sentences and pictures call it by."""

    letter: str
    combination: Combination

    @property
    def has_ratio(self) -> bool:
        """Whether the combination has a number at all."""
        return self.combination.no_ratio is None and math.isfinite(self.combination.median)

    @property
    def is_certain(self) -> bool:
        """Whether every draw is the same, as where all inputs are fixed."""
        low, high = self.combination.intervals[0.95]
        return low == self.combination.median == high

    @property
    def counts(self) -> bool:
        """Whether the row sets the verdict: it has a number, and keeps no slip of the publication."""
        return self.has_ratio and not self.combination.slip

    @property
    def named(self) -> str:
        """What the choice counts, then its letter."""
        return f"{self.combination.label} ({self.letter})" if self.letter else "this"


def rows(claim: ClaimResult) -> list[Row]:
    """A claim's rows in order, lettered A, B, C...; a single row needs no letter."""
    shown = [combination for combination in claim.combinations if combination.case is not None]
    return [Row(_letter(i) if len(shown) > 1 else "", combination) for i, combination in enumerate(shown)]


def row_warnings(claim: ClaimResult) -> list[str]:
    """What must be said of the figures of a claim's rows, with the letters of those that it is said of, where not of all."""
    shown = rows(claim)
    said: dict[str, list[str]] = {}
    for row in shown:
        for warning in row.combination.warnings:
            said.setdefault(warning, []).append(row.letter)
    return [
        warning if len(letters) == len(shown) else f"{', '.join(letters)}: {warning}" for warning, letters in said.items()
    ]


def judged_direction(combination: Combination) -> float:
    """The probability of the direction as the words judge it; 1/2 where the engine gave none."""
    if combination.p_direction is None or math.isnan(combination.p_direction):
        return 0.5
    return cautious(combination.p_direction, combination.standard_error.p_direction or 0.0)


def support_of(claim: ClaimResult, combination: Combination) -> Support:
    """Whether a row supports what was published, leaves it possible, or has it outside its 90 % interval.

    A printed number is all that rounds to it: it is inside where the interval holds something that would be printed so.
    """
    published = published_of(claim)
    low, high = combination.intervals[0.9]
    if Row("", combination).is_certain:
        # An interval of one number holds what that number is printed as.
        return "supports" if agrees(published, combination.median, claim.digits) else "outside"
    if distance(low, high, *rounding_of(claim)) > 0:
        return "outside"
    if claim.published is None:
        inside = combination.p_inside
        supports = published.low <= combination.median <= published.high if inside is None else inside >= 0.5
    else:
        # A factor has no meaning for a value that is not positive: the interval alone is then asked.
        supports = combination.p_within is None or combination.p_within[3] >= 0.5
    return "supports" if supports else "possible"


def leaning(shown: Sequence[Row]) -> Leaning:
    """What the rows together say of the direction."""
    judged = [judged_direction(row.combination) for row in shown]
    if judged and all(p < 0.33 for p in judged):
        return "fails"
    if judged and all(p > 0.66 for p in judged):
        return "holds"
    return "depends" if any(p > 0.66 for p in judged) and any(p < 0.33 for p in judged) else "undecided"


def _letter(index: int) -> str:
    more, index = divmod(index, 26)
    return (_letter(more - 1) if more else "") + string.ascii_uppercase[index]


def _index(letter: str) -> int:
    return functools.reduce(lambda n, character: 26 * n + string.ascii_uppercase.index(character) + 1, letter, 0) - 1


def in_letters(letters: Sequence[str]) -> str:
    """The rows that something was found in: `` in A and B``; nothing for a single row."""
    return f" in {listed(letters)}" if any(letters) else ""


def listed(letters: Sequence[str]) -> str:
    """Letters in words: ``A``, ``A and B``, ``A, C to F``."""
    runs: list[list[str]] = []
    for letter in letters:
        if runs and _index(letter) == _index(runs[-1][-1]) + 1:
            runs[-1].append(letter)
        else:
            runs.append([letter])
    parts = [part for run in runs for part in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else run)]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
