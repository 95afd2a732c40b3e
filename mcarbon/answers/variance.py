"""How a quantity's variance is divided among its inputs: records with Sobol' indices and Shapley effects, a row a cell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mcarbon.answers.choice_factors import InputsFactor
from mcarbon.answers.indices import Scale
from mcarbon.answers.shapley import MOST_CORRELATED, Effects, How
from mcarbon.answers.tornado import Medians
from mcarbon.results import AND, ChoiceFactor

MOST_LEFT_OUT = 0.05
"""Of the draws, from which on there are no Shapley effects: the draws that are left would be too special."""


@dataclass(frozen=True, slots=True)
class InputIndices:
    """What one input cell (``grid``, ``annual_footprint[US]``) explains of a quantity's variance.

    `first` alone; `total` together with all its interactions; `shapley` its fair share of all of the variance. With their
    Monte Carlo standard errors. Correlated inputs have `first` and `total` together, as ``a & b``, and `shapley` each its
    own, below: what there is not is NaN. `median_at_5` and `median_at_95` are the quantity's medians with the input held at
    those quantiles of its own, all others uncertain.
    """

    name: str
    first: float
    total: float
    standard_error_first: float
    standard_error_total: float
    shapley: float = math.nan
    standard_error_shapley: float = math.nan
    median_at_5: float = math.nan
    median_at_95: float = math.nan
    standard_error_median_at_5: float = math.nan
    standard_error_median_at_95: float = math.nan


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The indices of one cell of a quantity, and what is needed to get the same numbers again.

    `at` names the coordinate on each of the quantity's axes, choices among them. `scale` is ``log`` where the indices
    are of the quantity's logarithm. `inputs` are those that the cell needs, in the file's order; NaN without variance.
    `shapley_method` is ``subsets`` or ``permutations`` (see `mcarbon.answers.shapley`), None without effects, and
    `shapley_draws` what they were made of. Beside them `choices` tells what each choice does to the median (in the
    quantity's `unit`), the largest factor first, and `interval` what all inputs do.
    """

    study: str
    digest: str
    version: str
    method: str
    seed: int
    draws: int
    replicates: int
    quantity: str
    at: dict[str, str]
    scale: Scale
    inputs: tuple[InputIndices, ...]
    warnings: tuple[str, ...] = ()
    shapley_method: How | None = None
    shapley_draws: int = 0
    unit: str = "1"
    choices: tuple[ChoiceFactor, ...] = ()
    interval: InputsFactor | None = None


def with_members(row: Sensitivity) -> Sensitivity:
    """The row with correlated inputs each on a line of its own, after the line of them together."""
    inputs: list[InputIndices] = []
    for each in row.inputs:
        members = each.name.split(AND) if AND in each.name else ()
        inputs += [each, *(InputIndices(member, *[math.nan] * 4) for member in members)]
    return replace(row, inputs=tuple(inputs))


def with_medians(row: Sensitivity, held: Medians) -> Sensitivity:
    """The row with the medians at the 5 and 95 % of each input."""
    figures = {
        label: (*map(float, medians), *map(float, errors))
        for label, medians, errors in zip(held.inputs, held.medians, held.errors)
    }
    names = ("median_at_5", "median_at_95", "standard_error_median_at_5", "standard_error_median_at_95")
    return _filled(row, {label: dict(zip(names, values)) for label, values in figures.items()})


def with_effects(row: Sensitivity, effects: Effects | None) -> Sensitivity:
    """The row with the Shapley effect of each input; with a warning in their place where there are none."""
    if effects is None:
        said = f"more than {MOST_CORRELATED} of its inputs are correlated: there are no Shapley effects"
        return replace(row, warnings=(*row.warnings, said))
    some = f"{effects.left_out} of {effects.draws} draws have no value for some subset of inputs"
    if effects.left_out > MOST_LEFT_OUT * effects.draws:
        return replace(row, warnings=(*row.warnings, f"{some}: there are no Shapley effects"))
    warnings = (*row.warnings, f"{some}; the Shapley effects are of the rest") if effects.left_out else row.warnings
    figures = {
        label: {"shapley": float(effect), "standard_error_shapley": float(error)}
        for label, effect, error in zip(effects.inputs, effects.effects, effects.error)
    }
    row = replace(row, warnings=warnings, shapley_method=effects.how, shapley_draws=effects.draws)
    return _filled(row, figures)


def _filled(row: Sensitivity, figures: Mapping[str, Mapping[str, Any]]) -> Sensitivity:
    return replace(row, inputs=tuple(replace(each, **figures.get(each.name, {})) for each in row.inputs))
