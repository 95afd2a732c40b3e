"""Means, quantiles and intervals of a study's quantities, each with its Monte Carlo error, from draws that are counted."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mcarbon.answers.adaptive import check_digits, not_stable_warning, until_stable
from mcarbon.answers.alarms import alarms
from mcarbon.answers.existence import Existence, existence
from mcarbon.answers.not_finite import not_finite_warning
from mcarbon.answers.ratios import amount, without_ratio
from mcarbon.answers.sample import Choices, Layout, chosen, describe, provenance
from mcarbon.answers.tolerance import DRAWS, look_at_enough, not_met_warning, plan_of
from mcarbon.arguments import checked
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import Plan
from mcarbon.engine.shortest import Interval, equal_tailed, shortest
from mcarbon.engine.smoothed import Counted
from mcarbon.errors import allowed_names, refuse
from mcarbon.reading.model import build_model
from mcarbon.results import NoRatio
from mcarbon.study import Study
from mcarbon.version import __version__
from mcarbon.words.moments import rest_on_the_unseen

if TYPE_CHECKING:
    import xarray
    from distributed import Client

INTERVALS = {"equal-tailed": equal_tailed, "shortest": shortest}


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """The figures of one cell of a quantity, in its unit, and their Monte Carlo standard errors.

    `quantiles` maps probability to value; the interval, ``equal-tailed`` or ``shortest``, has the probability `level`.
    `estimator` says what the figures were conditioned on; None where they are those of the draws themselves. `draws`
    says how many draws they are of, and `numerical_tolerance` is that of the adaptive procedure, where it was asked for.
    A mean or standard deviation that does not exist is NaN, and its error too; `warnings` say why. Where the second of two
    `sides` is always 0 all are NaN, and `no_ratio` has the first one.
    """

    name: str
    at: dict[str, str]
    unit: str
    mean: float
    sd: float
    quantiles: dict[float, float]
    interval: str
    interval_low: float
    interval_high: float
    level: float
    standard_error_mean: float
    standard_error_sd: float
    standard_error_quantiles: dict[float, float]
    standard_error_low: float
    standard_error_high: float
    warnings: tuple[str, ...] = ()
    no_ratio: NoRatio | None = None
    estimator: str | None = None
    draws: int | None = None
    numerical_tolerance: float | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of a study's quantities, and what is needed to get the same numbers again.

    `draws` are those of the cell that has most.
    """

    study: str
    digest: str
    version: str
    method: str
    seed: int
    draws: int
    replicates: int
    quantities: tuple[SummaryRow, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which figures are wanted of every cell."""

    quantiles: tuple[float, ...]
    interval: str
    level: float
    tolerance: float | None
    significant_digits: int | None

    def __post_init__(self) -> None:
        if self.tolerance is not None and self.significant_digits is not None:
            raise refuse("a tolerance and significant digits say two things of how many draws are made", allowed="Give one.")
        if self.significant_digits is not None:
            check_digits(self.significant_digits, self.level)
        for probability in (*self.quantiles, self.level):
            if not 0 < probability < 1:
                raise refuse(
                    f"{probability:g} is no probability of a quantile or interval", allowed="Allowed: between 0 and 1."
                )
        if self.interval not in INTERVALS:
            raise refuse(f'there is no interval "{self.interval}"', allowed=allowed_names(self.interval, INTERVALS))


@dataclass(frozen=True, slots=True)
class _Look:
    """What is asked of one output's counted draws; `moments` are its mean and sd, NaN for one that does not exist, each with
    its standard error."""

    plan: Plan
    finite: float
    not_finite: int
    estimator: str | None
    moments: list[tuple[float, float]]
    quantiles: list[float]
    errors: list[float]
    interval: Interval
    not_met: tuple[str, ...]
    numerical_tolerance: float | None = None

    @classmethod
    def at(cls, output: Counted, exists: Existence, plan: Plan, asked: _Asked) -> _Look:
        """What is asked of this output, of which the draws are those of the plan."""
        nothing = (math.nan, math.nan)
        values, errors = output.quantiles_and_errors(asked.quantiles)
        return cls(
            plan=plan,
            finite=output.finite,
            not_finite=output.not_finite,
            estimator=output.estimator,
            moments=[output.mean() if exists.mean else nothing, output.sd() if exists.sd else nothing],
            quantiles=values.tolist(),
            errors=errors.tolist(),
            interval=INTERVALS[asked.interval](output, asked.level),
            not_met=() if asked.tolerance is None else not_met_warning(output, asked.quantiles, asked.tolerance),
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """What was counted for a layout's targets, the plan of the most draws, and what is known of draws, moments and priors.

    `no_ratio` are those that have none.
    """

    layout: Layout
    plan: Plan
    outputs: list[_Look]
    not_finite: list[tuple[str, ...]]
    existence: list[Existence]
    alarms: list[tuple[str, ...]]
    no_ratio: dict[int, NoRatio]

    def figures(self, place: int) -> tuple[list[float], list[float]]:
        """Mean, sd, quantiles, low and high of a target, and their standard errors; NaN for what does not exist."""
        output = self.outputs[place]
        if place in self.no_ratio:
            return [math.nan] * (len(output.quantiles) + 4), [math.nan] * (len(output.quantiles) + 4)
        ends = output.interval
        return (
            [*(m for m, _ in output.moments), *output.quantiles, ends.low, ends.high],
            [*(e for _, e in output.moments), *output.errors, ends.low_error, ends.high_error],
        )

    def warnings(self, place: int) -> tuple[str, ...]:
        """What must be said of the figures of a target."""
        if found := self.no_ratio.get(place):
            unit = "" if found.unit == "1" else f" {found.unit}"
            alone = f"{found.side} alone is {found.amount:.3g}{unit} (90 % from {found.low:.3g} to {found.high:.3g})"
            return (f"no ratio: the other side is 0 in every draw; {alone}",)
        output, exists = self.outputs[place], self.existence[place]
        there = {"mean": exists.mean, "sd": exists.sd} if output.finite else {}
        figures = (figure for figure, _ in output.moments)
        unseen = [noun for (noun, is_there), figure in zip(there.items(), figures) if is_there and math.isnan(figure)]
        return self.not_finite[place] + exists.warnings + rest_on_the_unseen(unseen) + self.alarms[place] + output.not_met

    def most_draws(self, name: str) -> dict[str, float]:
        """The draws of the cell of a quantity that has most, and their numerical tolerance where there is one."""
        output = max((self.outputs[place] for place in self.layout.places[name]), key=lambda each: each.plan.draws)
        tolerance = output.numerical_tolerance
        return {"draws": output.plan.draws} | ({} if tolerance is None else {"numerical_tolerance": tolerance})

    def warnings_of(self, name: str) -> list[str]:
        """What must be said of a quantity: once where it is true of all cells, else with each cell's coordinates."""
        said: dict[str, list[str]] = {}
        places, axes = self.layout.places[name], self.layout.axes[name]
        for place in places:
            at = ", ".join(f"{axis}={self.layout.targets[place][1][axis]}" for axis in axes)
            for warning in self.warnings(place):
                said.setdefault(warning, []).append(at)
        return [
            warning if len(cells) == len(places) else f"{at}: {warning}"
            for warning, cells in said.items()
            for at in (cells if len(cells) < len(places) else cells[:1])
        ]


def summary_rows(
    study: Study,
    quantities: Sequence[str] | None = None,
    quantiles: Sequence[float] = (0.05, 0.5, 0.95),
    interval: str = "equal-tailed",
    level: float = 0.9,
    draws: int = DRAWS,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    threads: int | None = None,
    tolerance: float | None = None,
    choices: Choices = None,
    progress: Callable[[float], None] = lambda share: None,
    smooth: bool = True,
    scheduler: Client | str | None = None,
    significant_digits: int | None = None,
) -> Summary:
    """The figures of every cell of some quantities (default: all) as frozen records; see `summarize`."""
    asked = _Asked(tuple(quantiles), interval, level, tolerance, significant_digits)
    plan = Plan.of(draws, replicates, method, seed)
    found = _counted(study, quantities, choices, plan, asked, threads, progress, smooth, scheduler)
    layout, plan = found.layout, found.plan
    rows = []
    for name, places in layout.places.items():
        unit = describe(study, name)["units"]
        for place in places:
            at = {axis: layout.targets[place][1][axis] for axis in layout.model.axes[name]}
            rows.append(_row(name, at, unit, found, place, asked))
    return Summary(study.id, study.digest, __version__, plan.method, plan.seed, plan.draws, plan.replicates, tuple(rows))


@checked
def summarize(
    study: Study,
    quantities: Sequence[str] | None = None,
    quantiles: Sequence[float] = (0.05, 0.5, 0.95),
    interval: str = "equal-tailed",
    level: float = 0.9,
    draws: int = DRAWS,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    threads: int | None = None,
    tolerance: float | None = None,
    choices: Choices = None,
    smooth: bool = True,
    scheduler: Client | str | None = None,
    significant_digits: int | None = None,
) -> xarray.Dataset:
    """Propagate the priors without keeping draws.

    `summary["ratio"]` has dims ``(statistic, *axes)``, statistic being ``"mean"``, ``"sd"``, each of `quantiles` as text
    (``"0.05"``), ``"low"`` and ``"high"`` of the `interval` of probability `level`: ``equal-tailed``, with as many
    draws below as above, or ``shortest``, the narrowest one. `summary["ratio_standard_error"]` has the same.
    `tolerance` adds draws until the standard error of every quantile is below this share of the larger of its size
    and half the 90 % width, up to 2^26 draws, to each cell as many as it needs: the attribute ``draws`` of a quantity
    is that of the cell with most. One that does not get there has the attribute ``warnings``.
    A mean or sd that does not exist is NaN, and its error too; the attribute ``warnings`` says why.
    With `smooth`, quantities with pure factors (positive inputs that only scale them) are conditioned on these, which
    takes far fewer draws; the attribute ``estimator`` says so.
    `scheduler`, a `distributed.Client` or the address of a Dask scheduler, counts on its cluster: the same bits, on any
    number of workers. `significant_digits` takes the adaptive procedure of JCGM 101:2008, 7.9, in the place of a number of
    draws: random points, of each cell so many that mean, standard deviation and interval are stable to these digits of the
    standard deviation; the attributes ``draws`` and ``numerical_tolerance`` of a quantity are those of the cell with most
    draws. Other arguments as for `mcarbon.sample`. UserError for names that do not exist, probabilities
    outside (0, 1), quantities of which more than 1 % of the draws are not finite, and a scheduler that does not answer.
    """
    import xarray

    asked = _Asked(tuple(quantiles), interval, level, tolerance, significant_digits)
    plan = Plan.of(draws, replicates, method, seed)
    found = _counted(study, quantities, choices, plan, asked, threads, lambda share: None, smooth, scheduler)
    layout = found.layout
    layout.leaves_free(("statistic",), ("_standard_error",))
    statistics = ["mean", "sd", *(f"{p:g}" for p in quantiles), "low", "high"]
    variables = {}
    for name, axes in layout.axes.items():
        places = layout.places[name]
        figures = np.array([found.figures(place) for place in places])  # (cells, value or error, statistic)
        shape = (len(statistics), *(len(layout.coordinates[axis]) for axis in axes))
        attributes: dict[str, Any] = {**describe(study, name)}
        estimators = dict.fromkeys(found.outputs[place].estimator or "" for place in places)
        attributes |= {"estimator": "; ".join(filter(None, estimators))} if any(estimators) else {}
        attributes |= {} if tolerance is None and significant_digits is None else found.most_draws(name)
        warnings = found.warnings_of(name)
        for suffix, which in (("", 0), ("_standard_error", 1)):
            described = attributes | ({"long_name": f"standard error of {attributes['long_name']}"} if which else {})
            described |= {"warnings": "; ".join(warnings)} if warnings else {}
            variables[name + suffix] = (("statistic", *axes), figures[:, which].T.reshape(shape), described)
    attributes_of_run = provenance(study, found.plan) | chosen(layout) | {"interval": interval, "level": level}
    attributes_of_run |= {} if tolerance is None else {"tolerance": tolerance}
    attributes_of_run |= {} if significant_digits is None else {"significant_digits": significant_digits}
    return xarray.Dataset(variables, {"statistic": statistics, **layout.coordinates}, attrs=attributes_of_run)


def _counted(
    study: Study,
    quantities: Sequence[str] | None,
    choices: Choices,
    plan: Plan,
    asked: _Asked,
    threads: int | None,
    progress: Callable[[float], None],
    smooth: bool,
    scheduler: Client | str | None,
) -> _Found:
    """The layout, and for each of its targets what is asked of the counted draws."""
    if scheduler is not None and asked.significant_digits is not None:
        raise refuse("the adaptive procedure counts on this machine alone", place="scheduler")
    layout = Layout.of(build_model(study), quantities, choices)
    instead = without_ratio(layout.model, layout.targets, plan)
    targets = [instead.get(k, target) for k, target in enumerate(layout.targets)]
    program = compile_program(layout.model, targets, smooth and asked.significant_digits is None)
    model = layout.model
    exist = existence(model, targets)
    place_of = {number: place for place, number in enumerate(program.output_of)}
    no_ratio: dict[int, NoRatio] = {}

    def look(number: int, output: Counted, plan: Plan) -> _Look:
        for place, first in instead.items():
            if program.output_of[place] == number:
                no_ratio[place] = amount(model, layout.targets[place][0], first, output)
        return _Look.at(output, exist[place_of[number]], plan, asked)

    def look_at_stable(number: int, digits: int) -> _Look:
        if not exist[place_of[number]].sd:
            name = targets[place_of[number]][0]
            what = f"the standard deviation of `{name}` does not exist, and so it has no significant digits"
            raise refuse(what, allowed="Give a number of draws, or a tolerance of the quantiles.")
        outputs = len(program.factors)
        part = until_stable(
            program, number, plan.seed, digits, asked.level, asked.interval, threads,
            lambda share: progress((number + share) / outputs),
        )  # fmt: skip
        found = look(number, part.counted, part.plan)
        return replace(found, not_met=not_stable_warning(part, digits), numerical_tolerance=part.tolerance)

    if asked.significant_digits is not None:
        different = [look_at_stable(number, asked.significant_digits) for number in range(len(program.factors))]
    else:
        different = look_at_enough(
            lambda number, output: look(number, output, plan_of(output.draws, plan)),
            program, plan, [(k, asked.quantiles) for k in range(len(program.factors))],
            asked.tolerance, threads, progress, scheduler,
        )  # fmt: skip
    outputs = [different[k] for k in program.output_of]
    not_finite = [
        not_finite_warning(model, target, output.plan, output.not_finite) for target, output in zip(targets, outputs)
    ]
    most = max((output.plan for output in different), key=lambda each: each.draws, default=plan)
    return _Found(layout, most, outputs, not_finite, exist, alarms(model, targets), no_ratio)


def _row(name: str, at: dict[str, str], unit: str, found: _Found, place: int, asked: _Asked) -> SummaryRow:
    figures, standard_errors = found.figures(place)
    mean, sd, *values, low, high = figures
    mean_error, sd_error, *errors, low_error, high_error = standard_errors
    return SummaryRow(
        name=name,
        at=at,
        unit=unit,
        mean=mean,
        sd=sd,
        quantiles=dict(zip(asked.quantiles, values)),
        interval=asked.interval,
        interval_low=low,
        interval_high=high,
        level=asked.level,
        standard_error_mean=mean_error,
        standard_error_sd=sd_error,
        standard_error_quantiles=dict(zip(asked.quantiles, errors)),
        standard_error_low=low_error,
        standard_error_high=high_error,
        warnings=found.warnings(place),
        no_ratio=found.no_ratio.get(place),
        estimator=found.outputs[place].estimator,
        draws=found.outputs[place].plan.draws,
        numerical_tolerance=found.outputs[place].numerical_tolerance,
    )
