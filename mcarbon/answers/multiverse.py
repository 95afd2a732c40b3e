"""Every combination of a study's choices, for a claim: which hold, which choice moves it, the way to the complete case.

Combinations are counted, and their counts are no probabilities: nobody drew the choices at random.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from mcarbon.answers.cells import not_made_at
from mcarbon.answers.choice_factors import choice_factor, farthest_first
from mcarbon.answers.stress import stress
from mcarbon.arguments import checked
from mcarbon.results import ChoiceFactor, ClaimResult, Combination, Multiverse, Specification, Step, StudyResult
from mcarbon.study import Study
from mcarbon.words.rows import judged_direction, rows, support_of

HOLDS, FAILS = 0.66, 0.33
"""Chances of a direction from which it holds, and below which it fails, as in the verdict."""


@checked
def multiverse(study: Study, claim: str, at: Mapping[str, str] | None = None, **drawing: Any) -> tuple[Multiverse, ...]:
    """The multiverse of a claim: one for each coordinate of a dimension that it leaves open (or of those named in `at`).

    `drawing` are the arguments of `mcarbon.stress`: `draws`, `replicates`, `method`, `seed`, `threads`, `tolerance`.
    `to_dataset()` of each is an `xarray.Dataset`. UserError for a claim that does not exist, or is not made there.
    """
    return multiverses(study, claim, at, **drawing)[1]


def multiverses(
    study: Study, claim: str, at: Mapping[str, str] | None = None, **drawing: Any
) -> tuple[StudyResult, tuple[Multiverse, ...]]:
    """The same with the stress test that it is read from."""
    result = stress(study, [claim], **drawing)
    there = tuple(
        each for each in result.claims if all(each.at.get(axis) == coordinate for axis, coordinate in (at or {}).items())
    )
    if not there:
        raise not_made_at(claim, at or {}, (each.at for each in result.claims))
    return replace(result, claims=there), tuple(multiverse_of(study, each, run_of(result)) for each in there)


def run_of(result: StudyResult) -> dict[str, Any]:
    """What is needed to get a stress test again, by the names of a Dataset's attributes."""
    names = ("study", "digest", "method", "seed", "draws", "replicates")
    return {name: getattr(result, name) for name in names} | {"mcarbon_version": result.version}


def multiverse_of(study: Study, claim: ClaimResult, run: Mapping[str, Any] | None = None) -> Multiverse:
    """What a stress-tested claim's combinations say together; `run` is what is needed to get them again."""
    specifications = _specifications(claim)
    published = claim.combinations[0].choices
    return Multiverse(claim, specifications, moved(study, claim, published), _steps(study, claim), dict(run or {}))


def moved(study: Study, claim: ClaimResult, others: Mapping[str, str]) -> tuple[ChoiceFactor, ...]:
    """How far each choice moves the median, with the other choices at these options: the farthest first."""
    by_choices = {tuple(each.choices.items()): each for each in claim.combinations}
    found = []
    for axis in others:
        options = study.choices[axis].options
        taken = {option: by_choices.get(tuple({**others, axis: option}.items())) for option in options}
        medians = {
            option: (each.median, each.standard_error.median)
            for option, each in taken.items()
            if each is not None and each.no_ratio is None and math.isfinite(each.median)
        }
        if medians:
            found.append(choice_factor(axis, medians, [option for option in options if option not in medians]))
    return farthest_first(found)


def _specifications(claim: ClaimResult) -> tuple[Specification, ...]:
    letters = {id(row.combination): row.letter for row in rows(claim)}
    groups: dict[str, list[Combination]] = {}
    for each in claim.combinations:
        # Different combinations that come to the same draws have all figures alike.
        groups.setdefault(repr((each.quantiles, each.no_ratio)), []).append(each)
    found = [_specification(claim, group, letters) for group in groups.values()]
    return tuple(sorted(found, key=lambda each: (math.isnan(each.combination.median), each.combination.median)))


def _specification(claim: ClaimResult, group: Sequence[Combination], letters: Mapping[int, str]) -> Specification:
    first = group[0]
    known = first.no_ratio is None and math.isfinite(first.median)
    options = {axis: tuple(dict.fromkeys(each.choices[axis] for each in group)) for axis in first.choices}
    return Specification(
        combination=replace(first, slip=all(each.slip for each in group)),
        options=options,
        count=len(group),
        letters=tuple(letter for each in group if (letter := letters.get(id(each)))),
        direction=_direction(first) if known and claim.direction else None,
        size=_size(claim, first) if known and claim.published_text else None,
    )


def _direction(combination: Combination) -> Literal["holds", "open", "fails"]:
    judged = judged_direction(combination)
    return "holds" if judged > HOLDS else "fails" if judged < FAILS else "open"


def _size(claim: ClaimResult, combination: Combination) -> Literal["holds", "possible", "outside"]:
    support = support_of(claim, combination)
    return "holds" if support == "supports" else support


def _steps(study: Study, claim: ClaimResult) -> tuple[Step, ...]:
    """From the published combination to the complete one: each case adds those of its options that the complete one has."""
    complete = next((each for each in claim.combinations if each.complete), None)
    if complete is None:
        return ()
    by_choices = {tuple(each.choices.items()): each for each in claim.combinations}
    first = claim.combinations[0]
    steps, now = [Step(first.label, {}, first)], dict(first.choices)
    for case in study.cases.values():
        changes = {
            axis: option
            for axis, option in case.choices.items()
            if axis in now and complete.choices[axis] == option != now[axis]
        }
        then = by_choices.get(tuple({**now, **changes}.items()))
        if changes and then is not None:
            now |= changes
            steps.append(Step(then.label if then.case else case.label, changes, then))
    return tuple(steps)
