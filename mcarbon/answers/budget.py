"""The uncertainty budget of an answer in the manner of the GUM, on the log scale, beside the Monte Carlo result.

Of y = f(x1, x2, ...) each input has u(ln x), the standard deviation of its prior's logarithm, and the sensitivity
coefficient c = d ln y / d ln x where all inputs are at their medians. To first order u(ln y)**2 is the sum of
(c u)**2, which holds where f is a product of powers (JCGM 100:2008, 5.1.6) and the inputs are independent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mcarbon.engine.graph import Constant, Graph
from mcarbon.engine.program import InputCell, Program, Target, compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.families import Distribution
from mcarbon.reading.correlations import correlated_groups
from mcarbon.reading.model import Key, Model
from mcarbon.study import InputEntry

STEP = 0.01
"""The step of ln x on either side that coefficients are found with."""
POINTS = 4096
"""Probabilities that a prior's standard deviation is taken over."""
DRAWS, REPLICATES = 2**15, 16


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """What one input adds: its median, u(ln x), the coefficient, their product, its share of the linear sum."""

    name: str
    estimate: float
    unit: str
    family: str
    u: float
    coefficient: float
    share: float

    @property
    def contribution(self) -> float:
        """|c| u, what the input adds to u(ln y)."""
        return abs(self.coefficient) * self.u


@dataclass(frozen=True, slots=True)
class Budget:
    """The lines of an answer, the largest first, the linear sum, and the Monte Carlo standard deviation of ln y.

    `correlated` where some of its inputs are correlated, which the linear sum leaves out.
    """

    lines: tuple[BudgetLine, ...]
    linear: float
    monte_carlo: float
    correlated: bool


def budgets(
    model: Model, targets: Sequence[Target], method: str, seed: int, threads: int | None = None
) -> list[Budget | None]:
    """The budget of each target; None where it or an input that matters is not positive throughout."""
    if not targets:
        return []
    program = compile_program(model, targets)
    draws = Sampler(program, Plan.of(DRAWS, REPLICATES, method, seed)).keep_all(threads)
    found = []
    for target, k in zip(targets, program.output_of):
        values = draws[:, k].ravel()
        values = values[np.isfinite(values)]
        positive = values.size > 0 and bool(np.all(values > 0))
        found.append(_budget(model, program, target, k, float(np.std(np.log(values)))) if positive else None)
    return found


def _budget(model: Model, program: Program, target: Target, output: int, monte_carlo: float) -> Budget | None:
    cells = [cell for cell, needed in zip(program.inputs, program.needs[output]) if needed]
    medians = {(cell.input, cell.key): _median(model, cell) for cell in cells}
    lines = []
    for cell in cells:
        u = _u(_distribution(model, cell))
        estimate = medians[cell.input, cell.key]
        if u is None or estimate <= 0:
            return None
        ends = [
            _value(model, target, {**medians, (cell.input, cell.key): estimate * math.exp(step)}) for step in (STEP, -STEP)
        ]
        if not all(end > 0 for end in ends):
            return None
        coefficient = (math.log(ends[0]) - math.log(ends[1])) / (2 * STEP)
        lines.append((cell, estimate, u, coefficient))
    variance = sum((u * c) ** 2 for _, _, u, c in lines)
    correlated = {name for group in correlated_groups(model) for name, _ in group.cells} if variance else set()
    made = [
        BudgetLine(
            name=cell.label,
            estimate=estimate,
            unit=model.study.inputs[cell.input].unit,
            family=_family(model, cell),
            u=u,
            coefficient=c,
            share=(u * c) ** 2 / variance if variance else 0.0,
        )
        for cell, estimate, u, c in lines
    ]
    return Budget(
        lines=tuple(sorted(made, key=lambda line: -line.share)),
        linear=math.sqrt(variance),
        monte_carlo=monte_carlo,
        correlated=any(cell.input in correlated for cell, *_ in lines),
    )


def _value(model: Model, target: Target, values: dict[tuple[str, Key], float]) -> float:
    """The target where each uncertain input has the value given here."""

    def entry_value(name: str, key: Key, entry: InputEntry) -> float:
        return float(entry.value or 0.0) if entry.prior is None else values[name, key]

    name, at = target
    graph = Graph(model, entry_value)
    vertex = graph.vertices[graph.cell(name, at)]
    return vertex.value if isinstance(vertex, Constant) else math.nan


def _entry(model: Model, cell: InputCell) -> InputEntry:
    record = model.study.inputs[cell.input]
    return record.entry(dict(zip(record.axes, cell.key)))


def _family(model: Model, cell: InputCell) -> str:
    prior = model.study.prior_of(_entry(model, cell))
    return prior.family if prior is not None else ""


def _distribution(model: Model, cell: InputCell) -> Distribution:
    prior = model.study.prior_of(_entry(model, cell))
    assert prior is not None, "the inputs of a program have priors"
    return prior.distribution()


def _median(model: Model, cell: InputCell) -> float:
    factor = model.prior_factors.get((cell.input, cell.key), 1.0)
    return float(_distribution(model, cell).ppf(np.array([0.5]))[0]) * factor


def _u(distribution: Distribution) -> float | None:
    """The standard deviation of ln x; None where x is not positive throughout."""
    p = (np.arange(POINTS) + 0.5) / POINTS
    values = np.where(p < 0.5, distribution.ppf(np.minimum(p, 0.5)), distribution.isf(np.minimum(1 - p, 0.5)))
    return float(np.std(np.log(values))) if np.all(values > 0) else None
