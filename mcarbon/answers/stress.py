"""Is a claim's number credible? Its quantity under the priors, for every combination of choices."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mcarbon.answers.alarms import alarms
from mcarbon.answers.cases import cases_of
from mcarbon.answers.claims import ClaimRecord, claim_records
from mcarbon.answers.nearest import Asked, nearest_points
from mcarbon.answers.not_finite import not_finite_warning
from mcarbon.answers.ratios import amount, without_ratio
from mcarbon.answers.reproduce import reproduced
from mcarbon.answers.spread import spreads
from mcarbon.answers.tolerance import DRAWS, enough_draws, not_met_warning, plan_of
from mcarbon.arguments import checked
from mcarbon.engine.program import Target, compile_program
from mcarbon.engine.sampler import Plan
from mcarbon.engine.smoothed import Counted
from mcarbon.reading.model import Model, build_model
from mcarbon.results import ClaimResult, Combination, Nearest, Spread, StandardErrors, StudyResult
from mcarbon.study import Study
from mcarbon.version import __version__
from mcarbon.words.statement import number_to_cross
from mcarbon.words.verdict import make_verdict

if TYPE_CHECKING:
    from distributed import Client

PROBABILITIES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
INTERVALS = {0.5: (2, 4), 0.9: (1, 5), 0.95: (0, 6)}
"""Level -> the places of its bounds in `PROBABILITIES`."""
PRINTED = (0.05, 0.5, 0.95)
"""The quantiles of a row that are printed as numbers: these keep the tolerance."""
FACTORS = (2, 3, 10)
Array = npt.NDArray[np.float64]
DOTS = tuple((i + 0.5) / 50 for i in range(50))
"""The probabilities of 50 equally likely values."""


@checked
def stress(
    study: Study,
    claims: Collection[str] | None = None,
    draws: int | None = None,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    threads: int | None = None,
    tolerance: float | None = None,
    progress: Callable[[float], None] = lambda share: None,
    smooth: bool = True,
    scheduler: Client | str | None = None,
) -> StudyResult:
    """Reproduce and stress-test every claim of a study (or those named in `claims`), with a verdict on each.

    `draws` for every combination of choices, in `replicates` independent replicates; `method` as for `mcarbon.sample`.
    The same seed gives the same bits for any number of `threads`. `tolerance` adds draws until the median and the ends
    of the 90 % interval of every row (the published combination and the cases) are known to it, as in
    `mcarbon.summarize`, and `smooth` and `scheduler` as there. `progress` is told the share of the draws that is done.
    UserError for a claim that does not exist, a quantity of which more than 1 % of the draws are not finite, and a
    scheduler that does not answer.
    """
    started = time.perf_counter()
    model = build_model(study)
    plan = Plan.of(DRAWS if draws is None else draws, replicates, method, seed)
    rows = [row for record in claim_records(model, claims) for row in rows_of(model, record)]
    no_ratio = without_ratio(model, [row.target for row in rows], plan)
    targets = [no_ratio.get(k, row.target) for k, row in enumerate(rows)]
    program = compile_program(model, targets, smooth)
    wanted = [(number, PRINTED) for row, number in zip(rows, program.output_of) if row.case]
    outputs = enough_draws(program, plan, wanted, tolerance, threads, progress, scheduler)

    shown = [k for k, row in enumerate(rows) if row.case]
    told = dict(zip(shown, alarms(model, [targets[k] for k in shown])))
    results: dict[int, _Found] = {}
    done: dict[tuple[int, int, bool], Combination] = {}
    for k, (row, number) in enumerate(zip(rows, program.output_of)):
        # Combinations that come to the same output differ in name alone; an amount that stands in is no ratio of that size.
        key = (id(row.record), number, k in no_ratio)
        if key not in done:
            said = not_finite_warning(model, targets[k], plan_of(outputs[number].draws, plan), outputs[number].not_finite)
            figures = _no_ratio(model, row, targets[k], outputs[number]) if k in no_ratio else None
            done[key] = replace(figures or combination_of(row, outputs[number]), warnings=said)
        said = not_met_warning(outputs[number], PRINTED, tolerance) if tolerance is not None and row.case else ()
        combination = replace(
            done[key],
            case=row.case,
            label=row.label,
            complete=row.complete,
            choices=row.choices,
            slip=any(option in study.choices[axis].slips for axis, option in row.choices.items()),
            warnings=done[key].warnings + said + told.get(k, ()),
        )
        if id(row.record) not in results:
            results[id(row.record)] = _Found(row.record, reproduced(model, row.record), [], [])
        results[id(row.record)].add(combination, targets[k])
    found = list(results.values())
    spreads_found = _spreads(model, found, plan, threads)
    nearest = _nearest(model, found, spreads_found, plan, threads)
    return StudyResult(
        study=study.id,
        title=study.title,
        digest=study.digest,
        version=__version__,
        claims=tuple(_judged(*each) for each in zip(found, spreads_found, nearest)),
        method=plan.method,
        seed=plan.seed,
        draws=max((output.draws for output in outputs), default=plan.draws),
        replicates=plan.replicates,
        tolerance=tolerance,
        first_draws=plan.draws,
        seconds=time.perf_counter() - started,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One combination of choices of one claim: `case` where it is one, and the label of its row."""

    record: ClaimRecord
    case: str | None
    label: str
    complete: bool
    choices: dict[str, str]

    @property
    def target(self) -> Target:
        """The cell that it is drawn from."""
        return self.record.claim.quantity, {**self.record.at, **self.choices}


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found of one claim: its combinations, and what was drawn for each."""

    record: ClaimRecord
    claim: ClaimResult
    combinations: list[Combination]
    targets: list[Target]

    def add(self, combination: Combination, target: Target) -> None:
        self.combinations.append(combination)
        self.targets.append(target)

    @property
    def widest(self) -> int | None:
        """The combination whose spread is looked into; None where it has no ratio.

        The complete case, else the published one, or the first case that keeps no slip where that one does.
        """
        asked = [k for k, each in enumerate(self.combinations) if each.no_ratio is None]
        complete = [k for k in asked if self.combinations[k].complete]
        first = next((k for k, each in enumerate(self.combinations) if each.case and not each.slip), 0)
        return complete[0] if complete else first if first in asked else None


def rows_of(model: Model, record: ClaimRecord) -> list[Row]:
    """All combinations of a claim: the published one, the study's cases in their order, then the rest."""
    study, quantity = model.study, record.claim.quantity
    relevant = [axis for axis in model.axes[quantity] if axis in study.choices]
    published = {axis: study.published_choices[axis] for axis in relevant} | {
        axis: option for axis, option in record.fixed.items() if axis in relevant
    }

    def row(choices: dict[str, str], case: str | None, label: str, complete: bool = False) -> Row:
        return Row(record, case, label, complete, choices)

    # A study that has no publication has no choices of one, only those that it sets out from.
    rows = [row(published, "published", "published choices" if study.source else "starting choices")]
    for case in cases_of(study, relevant):
        fits = all(case.choices.get(axis, option) == option for axis, option in record.fixed.items())
        # Where the claim fixes the option that a case is about, the case is the first row again.
        if fits and {**published, **case.choices} not in [each.choices for each in rows]:
            rows.append(row({**published, **case.choices}, case.id, case.label, case.complete))
    known = [r.choices for r in rows]
    for combination in study.combinations(record.open_choices):
        choices = {axis: {**published, **combination}[axis] for axis in relevant}
        if choices not in known:
            rows.append(row(choices, None, ", ".join(combination.values())))
    return rows


def combination_of(row: Row, output: Counted) -> Combination:
    """The figures of one combination, in the claim's unit."""
    record, factor = row.record, row.record.factor
    # Fifty equally likely values are shown of rows alone.
    quantiles, dots = np.split(output.quantiles([*PROBABILITIES, *(DOTS if row.case else ())]), [len(PROBABILITIES)])
    published = record.published
    number = published.value if published else None
    positive = number is not None and number > 0

    # All shares in one pass: below each quantile, then below each end that the claim asks for. An end belongs to the
    # interval that it closes, so draws equal to a lower end are not counted as below it, to an upper end they are.
    ends: list[tuple[float, float]] = []
    if number is not None:
        ends.append((number, 0.5))
    if number is not None and positive:
        ends += [end for k in FACTORS for end in ((number / k, 0.0), (number * k, 1.0))]
    if published is not None and number is None:
        ends += [(published.low, 0.0), (published.high, 1.0)]
    if record.direction is not None:
        ends.append((record.direction.threshold, 1.0 if record.direction.operator in ("<=", ">") else 0.0))
    shares = output.shares(
        [*quantiles, *(value / factor for value, _ in ends)], [*[0.5] * len(quantiles), *(equal for _, equal in ends)]
    )
    n = len(quantiles)
    errors = output.carried(np.array(PROBABILITIES), shares.by_replicate[:, :n]) * factor
    values = quantiles * factor
    # What follows takes the ends in their order: a share below one, or a share between two.
    below, by_replicate = shares.pooled[n:], shares.by_replicate[:, n:]
    between = np.diff(below), shares.errors(np.diff(by_replicate, axis=1))
    alone = below, shares.errors(by_replicate)
    places = iter(range(len(ends)))

    def one(of: tuple[Array, Array], place: int) -> tuple[float, float]:
        return float(of[0][place]), float(of[1][place])

    def interval() -> tuple[float, float]:
        found = one(between, next(places))
        next(places)
        return found

    percentile = one(alone, next(places)) if number is not None else (None, None)
    within = {k: interval() for k in FACTORS} if positive else None
    inside = interval() if published is not None and number is None else None
    direction: tuple[float, float] | tuple[None, None] = (None, None)
    if record.direction is not None:
        share, error = one(alone, next(places))
        direction = (share if record.direction.operator in ("<", "<=") else 1.0 - share), error
    return Combination(
        case=row.case,
        label=row.label,
        complete=row.complete,
        choices=row.choices,
        median=float(values[3]),
        quantiles=dict(zip(PROBABILITIES, values.tolist())),
        intervals={level: (float(values[low]), float(values[high])) for level, (low, high) in INTERVALS.items()},
        percentile=percentile[0],
        p_direction=direction[0],
        p_within=None if within is None else {k: value for k, (value, _) in within.items()},
        p_inside=inside and inside[0],
        dots=tuple((dots * factor).tolist()),
        standard_error=StandardErrors(
            median=float(errors[3]),
            quantiles=dict(zip(PROBABILITIES, errors.tolist())),
            percentile=percentile[1],
            p_direction=direction[1],
            p_within=None if within is None else {k: error for k, (_, error) in within.items()},
            p_inside=inside and inside[1],
        ),
        estimator=output.estimator,
        draws=output.draws,
    )


def _no_ratio(model: Model, row: Row, first: Target, output: Counted) -> Combination:
    """A combination of which the second side is 0: the first side's amount stands in for the ratio."""
    nan = float("nan")
    nothing = dict.fromkeys(PROBABILITIES, nan)
    has_published = row.record.published is not None and row.record.published.value is not None
    return Combination(
        case=row.case,
        label=row.label,
        complete=row.complete,
        choices=row.choices,
        median=nan,
        quantiles=nothing,
        intervals=dict.fromkeys(INTERVALS, (nan, nan)),
        percentile=nan if has_published else None,
        p_direction=nan if row.record.direction else None,
        p_within=dict.fromkeys(FACTORS, nan) if has_published else None,
        standard_error=StandardErrors(
            nan,
            nothing,
            nan if has_published else None,
            nan if row.record.direction else None,
            dict.fromkeys(FACTORS, nan) if has_published else None,
        ),
        no_ratio=amount(model, row.record.claim.quantity, first, output),
        draws=output.draws,
    )


def _spreads(model: Model, found: Sequence[_Found], plan: Plan, threads: int | None) -> list[Spread | None]:
    """What makes the spread of each claim's answer, in the combination that it is asked of."""
    asked = [(each, each.widest) for each in found]
    targets = [each.targets[k] for each, k in asked if k is not None]
    made = iter(spreads(model, targets, plan.method, plan.seed, threads))
    spread_of = [None if k is None else next(made) for _, k in asked]
    return [
        None if k is None or spread is None else replace(spread, case=each.combinations[k].case or "published")
        for (each, k), spread in zip(asked, spread_of)
    ]


def _nearest(
    model: Model, found: Sequence[_Found], spreads_found: Sequence[Spread | None], plan: Plan, threads: int | None
) -> list[Nearest | None]:
    """What would tip each claim's answer soonest, in the combination whose spread is told."""
    asked: dict[int, Asked] = {}
    for place, (each, spread) in enumerate(zip(found, spreads_found)):
        k, number = each.widest, number_to_cross(each.claim)
        if spread is not None and k is not None and number is not None:
            is_below = each.combinations[k].median < number
            asked[place] = Asked(each.targets[k], number / each.record.factor, is_below)
    points = dict(zip(asked, nearest_points(model, list(asked.values()), plan.method, plan.seed, threads)))
    numbers = {place: each.number * found[place].record.factor for place, each in asked.items()}
    return [Nearest(numbers[k], points[k]) if k in asked else None for k in range(len(found))]


def _judged(found: _Found, spread: Spread | None, nearest: Nearest | None) -> ClaimResult:
    result = replace(found.claim, combinations=tuple(found.combinations), spread=spread, nearest=nearest)
    return replace(result, verdict=make_verdict(result))
