"""Convergence: the quantiles of some cells at more and more draws, each with its standard error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcarbon.engine.program import Target, compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.reading.model import Model

PROBABILITIES = (0.05, 0.5, 0.95)
SHORTEST = 2**4
"""Draws of a replicate to start from."""


@dataclass(frozen=True, slots=True)
class Running:
    """The quantiles of one cell in its unit, by probability: at each of `draws` the value and its standard error."""

    draws: tuple[int, ...]
    values: dict[float, tuple[float, ...]]
    standard_errors: dict[float, tuple[float, ...]]


def running(model: Model, targets: Sequence[Target], plan: Plan, threads: int | None = None) -> list[Running]:
    """How the quantiles of each target settle, up to the plan's own draws.

    With Sobol' and random points the draws of a shorter run are the first ones of the longer one.
    """
    if not targets:
        return []
    program = compile_program(model, targets, smooth=True)
    lengths = [plan.length]
    while lengths[0] // 2 >= SHORTEST:
        lengths.insert(0, lengths[0] // 2)
    values: list[list[list[float]]] = [[] for _ in program.factors]
    errors: list[list[list[float]]] = [[] for _ in program.factors]
    for length in lengths:
        tally = Sampler(program, Plan(plan.method, plan.seed, plan.replicates, length)).count(threads=threads)
        for k, output in enumerate(program.outputs(tally)):
            values[k].append(output.quantiles(PROBABILITIES).tolist())
            errors[k].append(output.quantile_errors(PROBABILITIES).tolist())
    draws = tuple(plan.replicates * length for length in lengths)
    return [Running(draws, _by_probability(values[k]), _by_probability(errors[k])) for k in program.output_of]


def _by_probability(rows: Sequence[Sequence[float]]) -> dict[float, tuple[float, ...]]:
    return {probability: tuple(row[i] for row in rows) for i, probability in enumerate(PROBABILITIES)}
