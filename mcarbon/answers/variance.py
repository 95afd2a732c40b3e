"""How a quantity's variance is divided among its inputs: records with Sobol' indices and Shapley effects, a row a cell."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from mcarbon.answers.choice_factors import ChoiceFactor, InputsFactor
from mcarbon.answers.indices import Scale
from mcarbon.answers.shapley import MOST_CORRELATED, Effects, How
from mcarbon.engine.program import Program
from mcarbon.results import AND

MOST_LEFT_OUT = 0.05
"""Of the draws, from which on there are no Shapley effects: the draws that are left would be too special."""


@dataclass(frozen=True, slots=True)
class InputIndices:
    """What one input cell (``grid``, ``annual_footprint[US]``) explains of a quantity's variance.

    `first` alone; `total` together with all its interactions; `shapley` its fair share of all of the variance. With their
    Monte Carlo standard errors. Correlated inputs have `first` and `total` together, as ``a & b``, and `shapley` each its
    own, below: what there is not is NaN.
    """

    name: str
    first: float
    total: float
    standard_error_first: float
    standard_error_total: float
    shapley: float = math.nan
    standard_error_shapley: float = math.nan


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


def with_effects(row: Sensitivity, program: Program, effects: Effects | None) -> Sensitivity:
    """The row with Shapley effects, those of correlated inputs after their Sobol' indices."""
    if effects is None:
        said = f"more than {MOST_CORRELATED} of its inputs are correlated: there are no Shapley effects"
        return replace(row, warnings=(*row.warnings, said))
    if effects.left_out > MOST_LEFT_OUT * effects.draws:
        what = "are not finite, or have no logarithm, for some subset of inputs: there are no Shapley effects"
        return replace(row, warnings=(*row.warnings, f"{effects.left_out} of {effects.draws} draws {what}"))
    labels = [program.inputs[place].label for place in effects.inputs]
    figures = {label: values for label, *values in zip(labels, map(float, effects.effects), map(float, effects.error))}
    inputs: list[InputIndices] = []
    for each in row.inputs:
        members = each.name.split(AND)
        if len(members) == 1:
            shapley, error = figures[each.name]
            inputs.append(replace(each, shapley=shapley, standard_error_shapley=error))
        else:
            inputs.append(each)
            inputs += [InputIndices(member, *[math.nan] * 4, *figures[member]) for member in members]
    said = f"{effects.left_out} of {effects.draws} draws have no value for some subset; the Shapley effects are of the rest"
    warnings = (*row.warnings, said) if effects.left_out else row.warnings
    return replace(row, inputs=tuple(inputs), warnings=warnings, shapley_method=effects.how, shapley_draws=effects.draws)
