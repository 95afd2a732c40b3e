"""What a claim's answer hangs on: its choices, what would tip it, and how its priors were chosen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mcarbon.answers.break_even import break_even_rows
from mcarbon.answers.cells import listed
from mcarbon.answers.claims import claim_records
from mcarbon.answers.multiverse import multiverse_of
from mcarbon.answers.robustness import robustness
from mcarbon.answers.stress import stress
from mcarbon.errors import refuse
from mcarbon.reading.model import build_model
from mcarbon.results import BreakEven, ClaimResult, Multiverse, Robustness, StudyResult
from mcarbon.study import Study

TIPPING, DOUBTING = 2**13, 2**13
"""Draws at every value that may tip an answer, and of each combination with a prior doubted."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """All of it for one claim at one place.

    `break_even` is of the case that the claim's spread is of, as is what its verdict says would tip it; None without a
    number to cross or a spread. `robustness` is None without a spread.
    """

    multiverse: Multiverse
    break_even: BreakEven | None
    robustness: Robustness | None


def explanations(
    study: Study,
    claim: str,
    at: Mapping[str, str] | None = None,
    progress: Callable[[float], None] = lambda share: None,
    **drawing: Any,
) -> tuple[StudyResult, tuple[Explanation, ...]]:
    """The stress test of a claim with its explanation at each place where it is made.

    `drawing` are the arguments of `mcarbon.stress`. UserError for a claim that does not exist, or is not made there.
    """
    result = stress(study, [claim], **drawing)
    factors = [record.factor for record in claim_records(build_model(study), [claim])]
    wanted = [
        (each, factor)
        for each, factor in zip(result.claims, factors)
        if all(each.at.get(axis) == coordinate for axis, coordinate in (at or {}).items())
    ]
    if not wanted:
        raise refuse(f"the claim is not made at {listed(at or {})}", place=f"[claims.{claim}]")
    run = {"method": result.method, "seed": result.seed, "threads": drawing.get("threads")}
    found = []
    for done, (each, factor) in enumerate(wanted, start=1):
        tips, doubted = what_tips(study, each, factor, run), None
        if each.spread is not None:
            doubted = prior_doubted(study, each, None, run)
        found.append(Explanation(multiverse_of(study, each), tips, doubted))
        progress(done / len(wanted))
    return replace(result, claims=tuple(each for each, _ in wanted)), tuple(found)


def what_tips(study: Study, claim: ClaimResult, factor: float, run: dict[str, Any]) -> BreakEven | None:
    """What tips a claim's answer in the case that its spread is of; `factor` turns the quantity's unit into the claim's."""
    if claim.nearest is None or claim.spread is None:
        return None
    case = next(each for each in claim.combinations if each.case == claim.spread.case)
    target = claim.nearest.number / factor
    (found,) = break_even_rows(study, claim.quantity, target, claim.at, case.choices, draws=TIPPING, **run)
    return found


def prior_doubted(study: Study, claim: ClaimResult, only: Collection[str] | None, run: dict[str, Any]) -> Robustness:
    """The verdict with the priors of some inputs (None: of all) doubted one by one, and those of all together."""
    (found,) = robustness(study, claim.id, claim.at, draws=DOUBTING, only=only, **run)
    return found
