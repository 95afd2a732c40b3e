"""Means, quantiles and intervals of a study's quantities, each with its Monte Carlo error, from draws that are counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mcarbon.answers.sample import Choices, Layout, chosen, describe, provenance
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.engine.tally import OutputTally
from mcarbon.errors import refuse
from mcarbon.reading.model import build_model
from mcarbon.study import Study
from mcarbon.version import __version__

if TYPE_CHECKING:
    import xarray

DRAWS = 2**18
"""Draws where the user names none."""
MOST_NOT_FINITE = 0.01
"""A quantity with a larger share of draws that are not finite is no answer, but an error of its formula."""


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """The figures of one cell of a quantity, in its unit, and their Monte Carlo standard errors.

    `quantiles` maps probability to value; the interval is equal-tailed, with the probability `level`.
    """

    name: str
    at: dict[str, str]
    unit: str
    mean: float
    sd: float
    quantiles: dict[float, float]
    interval_low: float
    interval_high: float
    level: float
    standard_error_mean: float
    standard_error_sd: float
    standard_error_quantiles: dict[float, float]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of a study's quantities, and what is needed to get the same numbers again."""

    study: str
    digest: str
    version: str
    method: str
    seed: int
    draws: int
    replicates: int
    quantities: tuple[SummaryRow, ...]


def summary_rows(
    study: Study,
    quantities: Sequence[str] | None = None,
    quantiles: Sequence[float] = (0.05, 0.5, 0.95),
    level: float = 0.9,
    draws: int = DRAWS,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    threads: int | None = None,
    choices: Choices = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Summary:
    """The figures of every cell of some quantities (default: all) as frozen records; see `summarize`."""
    plan = Plan.of(draws, replicates, method, seed)
    layout, outputs = _counted(study, quantities, choices, plan, quantiles, level, threads, progress)
    rows = []
    for name, places in layout.places.items():
        unit = describe(study, name)["units"]
        for place in places:
            at = {axis: layout.targets[place][1][axis] for axis in layout.model.axes[name]}
            rows.append(_row(name, at, unit, outputs[place], tuple(quantiles), level, plan.draws))
    return Summary(study.id, study.digest, __version__, plan.method, plan.seed, plan.draws, plan.replicates, tuple(rows))


def summarize(
    study: Study,
    quantities: Sequence[str] | None = None,
    quantiles: Sequence[float] = (0.05, 0.5, 0.95),
    level: float = 0.9,
    draws: int = DRAWS,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    threads: int | None = None,
    choices: Choices = None,
) -> xarray.Dataset:
    """Propagate the priors without keeping draws.

    `summary["ratio"]` has dims (statistic, *axes), statistic being ``"mean"``, ``"sd"``, each of `quantiles` as text
    (``"0.05"``), ``"low"`` and ``"high"`` of the equal-tailed interval of probability `level`;
    `summary["ratio_standard_error"]` the same. Other arguments as for `mcarbon.sample`. UserError for names that do
    not exist, probabilities outside (0, 1), and quantities of which more than 1 % of the draws are not finite.
    """
    import xarray

    plan = Plan.of(draws, replicates, method, seed)
    layout, outputs = _counted(study, quantities, choices, plan, quantiles, level, threads, lambda share: None)
    statistics = ["mean", "sd", *(f"{p:g}" for p in quantiles), "low", "high"]
    variables = {}
    for name, axes in layout.axes.items():
        figures = np.array(
            [_figures(outputs[place], quantiles, level) for place in layout.places[name]]
        )  # (cells, value or error, statistic)
        shape = (len(statistics), *(len(layout.coordinates[axis]) for axis in axes))
        attributes = describe(study, name)
        for suffix, which in (("", 0), ("_standard_error", 1)):
            described = attributes | ({"long_name": f"standard error of {attributes['long_name']}"} if which else {})
            variables[name + suffix] = (("statistic", *axes), figures[:, which].T.reshape(shape), described)
    attributes_of_run = provenance(study, plan) | chosen(layout) | {"interval": "equal-tailed", "level": level}
    return xarray.Dataset(variables, {"statistic": statistics, **layout.coordinates}, attrs=attributes_of_run)


def _counted(
    study: Study,
    quantities: Sequence[str] | None,
    choices: Choices,
    plan: Plan,
    quantiles: Sequence[float],
    level: float,
    threads: int | None,
    progress: Callable[[float], None],
) -> tuple[Layout, list[OutputTally]]:
    """The layout, and for each of its targets the counted draws."""
    for probability in (*quantiles, level):
        if not 0 < probability < 1:
            raise refuse(f"{probability:g} is no probability of a quantile or interval", allowed="Allowed: between 0 and 1.")
    layout = Layout.of(build_model(study), quantities, choices)
    program = layout.program
    tally = Sampler(program, plan).count(threads=threads, progress=progress)
    different = [tally.output(k) for k in range(program.n_outputs)]
    outputs = [different[k] for k in program.output_of]
    for (name, at), output in zip(layout.targets, outputs):
        refuse_not_finite(name, at, output.not_finite, plan.draws)
    return layout, outputs


def refuse_not_finite(name: str, at: object, not_finite: int, draws: int) -> None:
    """UserError where more than `MOST_NOT_FINITE` of a quantity's draws are not finite."""
    if not_finite > MOST_NOT_FINITE * draws:
        raise refuse(
            f"{not_finite} of {draws} draws of `{name}` are not finite (a division by zero, or out of range)",
            place=f"[quantities.{name}] at {at}" if at else f"[quantities.{name}]",
            allowed="Allowed: up to 1 %. Give `sides` where the second one may be 0, or priors that stay away from it.",
        )


def not_finite_warning(not_finite: int, draws: int) -> tuple[str, ...]:
    """What to say of draws that are not finite, where there are any."""
    if not not_finite:
        return ()
    return (f"{not_finite} of {draws} draws are not finite; the figures are of the rest",)


def _figures(output: OutputTally, quantiles: Sequence[float], level: float) -> tuple[list[float], list[float]]:
    """Mean, sd, quantiles, low and high, and their standard errors."""
    probabilities = [*quantiles, (1 - level) / 2, (1 + level) / 2]
    moments = [output.mean(), output.sd()]
    values, errors = output.quantiles(probabilities), output.quantile_errors(probabilities)
    return [*(m for m, _ in moments), *values.tolist()], [*(e for _, e in moments), *errors.tolist()]


def _row(
    name: str, at: dict[str, str], unit: str, output: OutputTally, quantiles: tuple[float, ...], level: float, draws: int
) -> SummaryRow:
    (mean, sd, *values, low, high), (mean_error, sd_error, *errors, _, _) = _figures(output, quantiles, level)
    return SummaryRow(
        name=name,
        at=at,
        unit=unit,
        mean=mean,
        sd=sd,
        quantiles=dict(zip(quantiles, values)),
        interval_low=low,
        interval_high=high,
        level=level,
        standard_error_mean=mean_error,
        standard_error_sd=sd_error,
        standard_error_quantiles=dict(zip(quantiles, errors)),
        warnings=not_finite_warning(output.not_finite, draws),
    )
