"""Sobol' indices of a program's outputs, with the error that their replicates show.

With samples A and B, A_i being A with input i from B, and B_i being B with input i from A, both indices are those of
Azzini, Mara and Rosati 2021 ("Comparison of two sets of Monte Carlo estimators of Sobol' indices", Environmental
Modelling & Software 144, 105167, doi 10.1016/j.envsoft.2021.105167), sums over draws:

    first = 2 (f(A) - f(A_i)) (f(B_i) - f(B)) / D       total = [(f(A) - f(A_i))**2 + (f(B) - f(B_i))**2] / D
    D = (f(A) - f(B))**2 + (f(A_i) - f(B_i))**2

The total index is Jansen's (1999, doi 10.1016/S0010-4655(98)00154-4) from both samples. The product of two differences,
each of which is small where the input matters little, is the idea of Owen 2013 ("Better estimation of small Sobol'
sensitivity indices", doi 10.1145/2457459.2457460): an index of 0 comes out as 0, where the usual products of outputs
have the noise of the whole variance. D follows the chance of its numerators. An additive function's first and total
indices agree to rounding. Correlated inputs have no indices of their own here, only their group has. On the log scale
pure factors are known, and what is drawn is the rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from mcarbon.answers.cells import input_cells
from mcarbon.engine.pair import Pair
from mcarbon.engine.program import Target, compile_program
from mcarbon.engine.sampler import Plan, Sampler, on_threads
from mcarbon.engine.smoothed import ACCURACY, Factor, log_deviation
from mcarbon.engine.tally import standard_error
from mcarbon.reading.model import Model

Array = npt.NDArray[np.float64]
Scale = Literal["log", "linear"]

TAIL_DRAWS = 65_536
"""Draws of the first chain of which the tails are looked at."""
NO_SPREAD = 1e-12
"""A standard deviation relative to the quantity that is rounding alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Indices:
    """The indices of one output: `first` and `total` for each of `inputs`, NaN where the output does not vary.

    An entry of `inputs` has the label of an input that the output needs, or those of a correlated group, whose index is of
    all of it together. `first_deviations` and `total_deviations` (replicates, inputs) are what each replicate says apart
    from the pooled index, to first order, and no index is known better than to `accuracy`. `variance` is that of the output
    on its scale, with `variance_deviations` (replicates,). `evaluations` counts the values of the output that were looked
    at, `not_finite` those of them that are not finite and `not_positive` those that have no logarithm; both are left out.
    `tail` is the `tail_index` of the values on the linear scale, inf on the log scale.
    """

    scale: Scale
    inputs: tuple[tuple[str, ...], ...]
    first: Array
    total: Array
    first_deviations: Array
    total_deviations: Array
    variance: float
    variance_deviations: Array
    evaluations: int
    not_finite: int
    not_positive: int
    tail: float
    accuracy: float = 0.0

    @property
    def vary(self) -> bool:
        """Whether the output varies at all."""
        return self.total.size > 0 and not bool(np.isnan(self.total).any())

    @property
    def first_error(self) -> Array:
        """The standard errors of `first`."""
        return np.hypot(standard_error(self.first_deviations), self.accuracy)

    @property
    def total_error(self) -> Array:
        """The standard errors of `total`."""
        return np.hypot(standard_error(self.total_deviations), self.accuracy)


def indices_of(
    model: Model,
    cells: Sequence[Target],
    plan: Plan,
    scale: Scale | None = None,
    threads: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> list[Indices]:
    """The indices of each cell of a model; those of the same cell are the same object.

    Where `scale` is None a cell of which every value is positive is taken on the log scale, else on the linear one. On the
    log scale pure factors are not drawn.
    """
    program = compile_program(model, cells, smooth=scale != "linear")
    found = sobol_indices(Pair(program, plan), scale, threads, progress)
    order = {label: k for k, label in enumerate(input_cells(model.study))}
    outputs: list[Indices | None] = []
    for drawn, factors in zip((found[k] for k in program.drawn_of), program.factors):
        known = _with_factors(drawn, factors, order) if factors and drawn.scale == "log" else None
        outputs.append(known if factors else drawn)
    linear = [k for k, number in enumerate(program.output_of) if outputs[number] is None]
    again = indices_of(model, [cells[k] for k in linear], plan, "linear", threads) if linear else []
    for k, output in zip(linear, again):
        outputs[program.output_of[k]] = output
    return [each for k in program.output_of if (each := outputs[k]) is not None]


def _with_factors(drawn: Indices, factors: Sequence[Factor], order: Mapping[str, int]) -> Indices:
    """The indices of an output on the log scale, given those of what is drawn of it; inputs in the order of the file.

    The logarithm of y = x**d h is a sum, so that each pure factor adds its own variance, which is known, and nothing else.
    """
    known = np.array([(factor.degree * log_deviation(factor.table)) ** 2 for factor in factors])
    inputs = (*drawn.inputs, *((factor.label,) for factor in factors))
    places = sorted(range(len(inputs)), key=lambda k: order[inputs[k][0]])
    variance = (drawn.variance if drawn.vary else 0.0) + float(known.sum())
    # How the share of what is drawn moves with its variance.
    moves = (drawn.variance_deviations if drawn.vary else np.zeros(len(drawn.variance_deviations))) / variance
    part = 1.0 - known.sum() / variance

    def joined(values: Array, deviations: Array) -> tuple[Array, Array]:
        if not drawn.vary:
            values, deviations = np.zeros_like(values), np.zeros_like(deviations)
        beside = known / variance
        deviations = np.concatenate(
            [part * deviations + (1.0 - part) * np.outer(moves, values), -np.outer(moves, beside)], axis=1
        )
        return np.concatenate([part * values, beside])[places], deviations[:, places]

    first, first_deviations = joined(drawn.first, drawn.first_deviations)
    total, total_deviations = joined(drawn.total, drawn.total_deviations)
    return replace(
        drawn,
        inputs=tuple(inputs[k] for k in places),
        first=first,
        total=total,
        first_deviations=first_deviations,
        total_deviations=total_deviations,
        variance=variance,
        accuracy=ACCURACY,
    )


def sobol_indices(
    pair: Pair,
    scale: Scale | None = None,
    threads: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> list[Indices]:
    """The indices of what a pair draws, pure factors left out; `scale` as of `indices_of`."""
    first = Sampler(pair.program, pair.plan).pilot()
    logs = np.full(len(first), scale == "log") if scale else ~np.any(first <= 0, axis=1)
    found = _indices(pair, logs, threads, progress)
    if scale is None and any(each.not_positive for each in found):
        # Rare: the first draws do not tell.
        logs &= [not each.not_positive for each in found]
        found = _indices(pair, logs, threads, progress)
    return found


def _indices(
    pair: Pair, logs: npt.NDArray[np.bool_], threads: int | None, progress: Callable[[float], None]
) -> list[Indices]:
    plan = pair.plan
    chains = []
    for chain in on_threads(lambda chain: pair.sums(chain, logs), range(plan.replicates), threads):
        chains.append(chain)
        progress(len(chains) / plan.replicates)
    parts = np.array([each for each, _ in chains])
    sums, finite, not_finite, not_positive = np.sum([each for _, each in chains], axis=0)
    with np.errstate(all="ignore"):
        means = sums / finite
    tails = np.full(len(logs), math.inf)
    if not logs.all():
        tails[~logs] = [tail_index(values) for values in Sampler(pair.program, plan).pilot(TAIL_DRAWS)[~logs]]
    labels = [cell.label for cell in pair.program.inputs]
    found = []
    for k, log in enumerate(logs):
        needed = np.flatnonzero(pair.needs[k])
        products, squares, denominators, used = np.moveaxis(parts[:, :, k, needed], 1, 0)
        variance, variance_deviations = linearised(denominators.sum(axis=1), 4 * used.sum(axis=1))
        if not np.sqrt(variance) > NO_SPREAD * (1.0 if log else abs(means[k])):
            unknown = (np.full_like(each, math.nan) for each in (denominators, variance, variance_deviations))
            denominators, variance, variance_deviations = unknown
        first, first_deviations = linearised(products, denominators)
        total, total_deviations = linearised(squares, denominators)
        found.append(
            Indices(
                scale="log" if log else "linear",
                inputs=tuple(tuple(labels[i] for i in pair.exchanges[j] if pair.program.needs[k, i]) for j in needed),
                first=first,
                total=total,
                first_deviations=first_deviations,
                total_deviations=total_deviations,
                variance=float(variance),
                variance_deviations=variance_deviations,
                evaluations=plan.draws * 2 * (len(needed) + 1),
                not_finite=int(not_finite[k]),
                not_positive=int(not_positive[k]),
                tail=float(tails[k]),
            )
        )
    return found


def linearised(numerators: Array, denominators: Array) -> tuple[Array, Array]:
    """The ratio of two sums over replicates (replicates, ...), and each replicate's deviation from it, to first order."""
    with np.errstate(all="ignore"):
        ratio = numerators.sum(axis=0) / denominators.sum(axis=0)
        return ratio, (numerators - ratio * denominators) / denominators.mean(axis=0)


def tail_index(values: Array) -> float:
    """Hill's estimate (1975, doi 10.1214/aos/1176343247) of how fast the tails fall: P(|y - median| > x) ~ x**-index.

    A variance exists above 2. Of a log-normal with a wide spread the estimate is below 2 as well, while the variance
    that there is rests on draws too rare to be seen. inf where nothing varies.
    """
    finite = values[np.isfinite(values)]
    if finite.size < 100:
        return math.inf
    distances = np.sort(np.abs(finite - np.median(finite)))
    count = math.isqrt(finite.size)
    edge = distances[-count - 1]
    with np.errstate(divide="ignore"):
        return float(1 / np.mean(np.log(distances[-count:] / edge))) if edge else math.inf
