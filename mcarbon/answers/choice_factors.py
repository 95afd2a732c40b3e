"""What choices do beside uncertain inputs: how far apart a choice's options put the median. No option has a weight."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mcarbon.answers.ratios import without_ratio
from mcarbon.engine.program import Target, compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.reading.model import Model
from mcarbon.results import ChoiceFactor

LEVEL = 0.9
"""Of the interval that the inputs make."""


@dataclass(frozen=True, slots=True)
class InputsFactor:
    """What all uncertain inputs do together, the choices held: the 90 % interval, and its upper over its lower end.

    `factor` is NaN where the lower end is not positive. The standard error takes both ends for independent.
    """

    level: float
    low: float
    median: float
    high: float
    factor: float
    standard_error: float


def choice_factors(
    model: Model, quantity: str, cells: Sequence[dict[str, str]], plan: Plan, threads: int | None
) -> list[tuple[tuple[ChoiceFactor, ...], InputsFactor]]:
    """For each cell of a quantity its choices, the largest factor first, and what its inputs do."""
    options = model.study.choices
    others = [
        {axis: [{**cell, axis: option} for option in options[axis].options] for axis in cell if axis in options}
        for cell in cells
    ]
    targets: dict[tuple[str, ...], Target] = {}
    for cell, by_axis in zip(cells, others):
        for each in (cell, *(each for along in by_axis.values() for each in along)):
            targets[tuple(each.values())] = (quantity, each)
    none = {list(targets)[place] for place in without_ratio(model, list(targets.values()), plan)}
    counted = [key for key in targets if key not in none]
    program = compile_program(model, [targets[key] for key in counted], smooth=True)
    outputs = program.outputs(Sampler(program, plan).count(threads=threads))
    output_of = dict(zip(counted, program.output_of))
    ends = (0.5 - LEVEL / 2, 0.5, 0.5 + LEVEL / 2)
    values = [output.quantiles(ends).tolist() for output in outputs]
    errors = [output.quantile_errors(ends).tolist() for output in outputs]

    def choice(axis: str, along: Sequence[dict[str, str]]) -> ChoiceFactor:
        places = {each[axis]: output_of[key] for each in along if (key := tuple(each.values())) not in none}
        medians = {option: (values[place][1], errors[place][1]) for option, place in places.items()}
        return choice_factor(axis, medians, [each[axis] for each in along if each[axis] not in places])

    found = []
    for cell, by_axis in zip(cells, others):
        choices = farthest_first([choice(axis, along) for axis, along in by_axis.items()])
        own = output_of[tuple(cell.values())]
        low, median, high = values[own]
        inputs = InputsFactor(LEVEL, low, median, high, *_factor(low, errors[own][0], high, errors[own][2]))
        found.append((choices, inputs))
    return found


def choice_factor(choice: str, medians: Mapping[str, tuple[float, float]], without: Sequence[str]) -> ChoiceFactor:
    """What a choice does, given the median of each option, with its error, and the options that have none."""
    lowest, highest = (end(medians, key=lambda option: medians[option][0]) for end in (min, max))
    (low, low_error), (high, high_error) = medians[lowest], medians[highest]
    factor, error = _factor(low, low_error, high, high_error)
    # Options that come to the same draws differ by nothing.
    error = 0.0 if low == high and math.isfinite(error) else error
    return ChoiceFactor(choice, factor, error, lowest, low, highest, high, tuple(without))


def farthest_first(factors: Sequence[ChoiceFactor]) -> tuple[ChoiceFactor, ...]:
    """The largest factor first; before it where there is none, since the medians have both signs, by their difference."""

    def key(each: ChoiceFactor) -> tuple[float, float]:
        factor = each.factor if math.isfinite(each.factor) else math.inf if each.high > each.low else 1.0
        return -factor, each.low - each.high

    return tuple(sorted(factors, key=key))


def _factor(low: float, low_error: float, high: float, high_error: float) -> tuple[float, float]:
    """The factor between two values, and its standard error."""
    if not low > 0:
        return math.nan, math.nan
    return high / low, high / low * math.hypot(low_error / low, high_error / high)
