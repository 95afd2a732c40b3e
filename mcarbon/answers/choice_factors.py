"""What choices do beside uncertain inputs: how far apart a choice's options put the median. No option has a weight."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mcarbon.answers.ratios import without_ratio
from mcarbon.engine.program import Target, compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.reading.model import Model

LEVEL = 0.9
"""Of the interval that the inputs make."""


@dataclass(frozen=True, slots=True)
class ChoiceFactor:
    """What one choice does to the median, the other choices held: between which options it is lowest and highest.

    `factor` is the highest over the lowest, NaN where the lowest is not positive. `without_ratio` are options at which
    the quantity is no ratio; they are left out. The standard error takes both medians for independent, though the same
    draws make them, and so is rather too large.
    """

    choice: str
    factor: float
    standard_error: float
    lowest: str
    low: float
    highest: str
    high: float
    without_ratio: tuple[str, ...]


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
        lowest, highest = (ends(places, key=lambda option: values[places[option]][1]) for ends in (min, max))
        at_low, at_high = places[lowest], places[highest]
        factor, error = _factor(values[at_low][1], errors[at_low][1], values[at_high][1], errors[at_high][1])
        error = 0.0 if at_low == at_high else error
        missing = tuple(each[axis] for each in along if each[axis] not in places)
        return ChoiceFactor(axis, factor, error, lowest, values[at_low][1], highest, values[at_high][1], missing)

    found = []
    for cell, by_axis in zip(cells, others):
        choices = sorted((choice(axis, along) for axis, along in by_axis.items()), key=_far)
        own = output_of[tuple(cell.values())]
        low, median, high = values[own]
        inputs = InputsFactor(LEVEL, low, median, high, *_factor(low, errors[own][0], high, errors[own][2]))
        found.append((tuple(choices), inputs))
    return found


def _factor(low: float, low_error: float, high: float, high_error: float) -> tuple[float, float]:
    """The factor between two values, and its standard error."""
    if not low > 0:
        return math.nan, math.nan
    return high / low, high / low * math.hypot(low_error / low, high_error / high)


def _far(each: ChoiceFactor) -> tuple[float, float]:
    """The farthest first; where there is no factor the difference tells."""
    return -each.factor if math.isfinite(each.factor) else -math.inf, each.low - each.high
