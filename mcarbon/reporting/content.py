"""Everything that a report says of a study, computed once: its claims, what makes their spread, its inputs and works."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from mcarbon.answers.budget import Budget, budgets
from mcarbon.answers.chain import Step, chain
from mcarbon.answers.claims import claim_records
from mcarbon.answers.explanation import prior_doubted, what_tips
from mcarbon.answers.inputs import InputFigures, input_figures
from mcarbon.answers.multiverse import multiverse_of
from mcarbon.answers.running import Running, running
from mcarbon.answers.spread import spreads
from mcarbon.answers.stress import stress
from mcarbon.engine.graph import Graph
from mcarbon.engine.program import Target
from mcarbon.engine.sampler import Plan
from mcarbon.reading.formula import names
from mcarbon.reading.model import Key, Model, build_model
from mcarbon.results import BreakEven, ClaimResult, Multiverse, Robustness, Spread, StudyResult
from mcarbon.study import InputEntry, Study
from mcarbon.words.rows import Row, rows


@dataclass(frozen=True, slots=True)
class ClaimContent:
    """One claim and what was looked into for it.

    `headline` claims have the full treatment. `factor` turns the quantity's unit into the claim's. `spreads` are those of
    the published row and of the most complete one; `budget`, `running` and `break_even` are of the last of these rows.
    `multiverse` and `break_even` are None where there is but one answer, or no number to cross.
    """

    claim: ClaimResult
    headline: bool
    factor: float
    steps: tuple[Step, ...]
    spreads: tuple[tuple[Row, Spread], ...] = ()
    multiverse: Multiverse | None = None
    break_even: BreakEven | None = None
    robustness: Robustness | None = None
    budget: Budget | None = None
    running: Running | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """A study, the result of its stress test, and what was looked into beyond it.

    `inputs` and `quantities` are those that the claims need, or all of the study where all claims are in it.
    """

    study: Study
    model: Model
    result: StudyResult
    claims: tuple[ClaimContent, ...]
    inputs: tuple[InputFigures, ...]
    quantities: frozenset[str]

    @property
    def headline(self) -> list[ClaimContent]:
        """The claims that have the full treatment."""
        return [each for each in self.claims if each.headline]


def gather(
    study: Study,
    claims: Collection[str] | None = None,
    draws: int | None = None,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    threads: int | None = None,
    tolerance: float | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Content:
    """Stress-test a study (or some of its claims), and look into the claims that stand for it. Arguments as for `stress`."""
    model = build_model(study)
    result = stress(study, claims, draws, replicates, method, seed, threads, tolerance, progress)
    full = headline(result.claims, model)
    factor_of = {id(claim): record.factor for claim, record in zip(result.claims, claim_records(model, claims))}
    looked_at = {id(claim): _looked_at(claim) for claim in full}
    pairs = [(claim, row) for claim in full for row in looked_at[id(claim)]]
    made = spreads(model, [_target(claim, row) for claim, row in pairs], method, seed, threads)
    found: dict[int, list[tuple[Row, Spread]]] = {}
    for (claim, row), spread in zip(pairs, made):
        if spread is not None:
            found.setdefault(id(claim), []).append((row, spread))
    last = [(claim, looked_at[id(claim)][-1]) for claim in full if looked_at[id(claim)]]
    targets = [_target(claim, row) for claim, row in last]
    plan = Plan.of(result.draws or 1, result.replicates or 2, method, seed)
    budget_of = {id(claim): each for (claim, _), each in zip(last, budgets(model, targets, method, seed, threads))}
    running_of = {id(claim): each for (claim, _), each in zip(last, running(model, targets, plan, threads))}
    run: dict[str, Any] = {"method": method, "seed": seed, "threads": threads}
    multiverse_for = {id(claim): multiverse_of(study, claim) for claim in full}
    break_even_for = {id(claim): what_tips(study, claim, factor_of[id(claim)], run) for claim, _ in last}
    doubted_for = {
        id(claim): prior_doubted(study, claim, _mattering(found[id(claim)]) if len(last) > 1 else None, run)
        for claim, _ in last
        if id(claim) in found
    }
    used = _used(model, result.claims)
    return Content(
        study=study,
        model=model,
        result=result,
        claims=tuple(
            ClaimContent(
                claim=claim,
                headline=any(claim is each for each in full),
                factor=factor_of[id(claim)],
                steps=tuple(chain(model, claim)),
                spreads=tuple(found.get(id(claim), [])),
                multiverse=_of_several(multiverse_for.get(id(claim))),
                break_even=break_even_for.get(id(claim)),
                robustness=doubted_for.get(id(claim)),
                budget=budget_of.get(id(claim)),
                running=running_of.get(id(claim)),
            )
            for claim in result.claims
        ),
        inputs=tuple(each for each in input_figures(model) if claims is None or each.label in used),
        quantities=frozenset(study.quantities) if claims is None else frozenset(used),
    )


def _used(model: Model, claims: Sequence[ClaimResult]) -> set[str]:
    """The inputs (by cell) and the quantities that some claims need, in all their combinations of choices."""
    found: set[str] = set()

    def note(name: str, key: Key, entry: InputEntry) -> float:
        found.add(f"{name}[{', '.join(key)}]" if key else name)
        return 1.0

    graph = Graph(model, note)
    for claim in claims:
        for each in claim.combinations:
            graph.cell(claim.quantity, {**claim.at, **each.choices})
    waiting = [claim.quantity for claim in claims]
    while waiting:
        quantity = waiting.pop()
        if quantity in model.formulas and quantity not in found:
            found.add(quantity)
            waiting += [name.name for tree in model.formulas[quantity].values() for name in names(tree)]
    return found


DOUBTED_FROM = 0.05
"""Where there are several claims, inputs with a smaller share of the spread have their priors doubted all together alone."""


def _of_several(found: Multiverse | None) -> Multiverse | None:
    return found if found is not None and len(found.counted) > 1 else None


def _mattering(found: Sequence[tuple[Row, Spread]]) -> set[str]:
    """The inputs that make enough of the spread, in one of the rows that were looked into, to be doubted one by one."""
    return {name for _, spread in found for each in spread.inputs if each.share >= DOUBTED_FROM for name in each.names}


MOST_FULL = 12
"""So many claims have the full treatment at most; beyond, those that compare two sides, or the last of a study."""


def headline(claims: Sequence[ClaimResult], model: Model) -> list[ClaimResult]:
    """The claims that stand for a study: those with a published comparison of two sides, else those that nothing
    rests on.
    """
    if len(claims) <= 3:
        return list(claims)
    compared = [claim for claim in claims if claim.sides is not None and claim.published is not None]
    used = {name for claim in claims for step in chain(model, claim) for name in _names(step)}
    found = compared or [claim for claim in claims if claim.quantity not in used] or list(claims)
    return found[-MOST_FULL:]


def _names(step: Step) -> set[str]:
    return {term.name for term in step.terms.values()}


def _looked_at(claim: ClaimResult) -> list[Row]:
    """The published row, and the one that its confidence is judged by (the most complete), where they have a value."""
    shown = [row for row in rows(claim) if row.has_ratio]
    case = claim.spread.case if claim.spread else "published"
    complete = [row for row in shown if row.combination.case == case]
    return shown[:1] + [row for row in complete if row is not shown[0]]


def _target(claim: ClaimResult, row: Row) -> Target:
    return claim.quantity, {**claim.at, **row.combination.choices}
