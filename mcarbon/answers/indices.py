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
indices agree to rounding. Correlated inputs have no indices of their own here, only their group has.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from mcarbon.engine.pair import Pair
from mcarbon.engine.sampler import on_threads
from mcarbon.engine.streams import BLOCK
from mcarbon.engine.tally import standard_error

Array = npt.NDArray[np.float64]
Scale = Literal["log", "linear"]

ROOM = 64 * BLOCK
"""Values of each sample that are in memory at a time, on each thread."""
TAIL_DRAWS = 64
"""Blocks of the first chain of which the tails are looked at."""
NO_SPREAD = 1e-12
"""A standard deviation relative to the quantity that is rounding alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Indices:
    """The indices of one output: `first` and `total` for each of `inputs`, NaN where the output does not vary.

    An entry of `inputs` has the place in the program of an input that the output needs, or of those of a correlated
    group, whose index is of all of it together. `first_deviations` and `total_deviations` (replicates, inputs) are what each
    replicate says apart from the pooled index, to first order; `evaluations` counts the values of the output that were
    looked at, `not_finite` those of them that are not finite and `not_positive` those that have no logarithm; both are
    left out. `tail` is the `tail_index` of the values on the linear scale, inf on the log scale.
    """

    scale: Scale
    inputs: tuple[tuple[int, ...], ...]
    first: Array
    total: Array
    first_deviations: Array
    total_deviations: Array
    evaluations: int
    not_finite: int
    not_positive: int
    tail: float

    @property
    def vary(self) -> bool:
        """Whether the output varies at all."""
        return self.total.size > 0 and not bool(np.isnan(self.total).any())

    @property
    def first_error(self) -> Array:
        """The standard errors of `first`."""
        return standard_error(self.first_deviations)

    @property
    def total_error(self) -> Array:
        """The standard errors of `total`."""
        return standard_error(self.total_deviations)


def sobol_indices(
    pair: Pair,
    scale: Scale | None = None,
    threads: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> list[Indices]:
    """The indices of each output of a pair.

    Where `scale` is None an output of which every value is positive is taken on the log scale, else on the linear one.
    """
    outputs = pair.program.n_drawn
    first = pair.draw(pair.mixed(False), 0, 0, 1)
    logs = np.full(outputs, scale == "log") if scale else ~np.any(first <= 0, axis=1)
    found = _indices(pair, logs, threads, progress)
    if scale is None and any(each.not_positive for each in found):
        # Rare: the first block does not tell.
        logs &= [not each.not_positive for each in found]
        found = _indices(pair, logs, threads, progress)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Of one chain: `parts` (products, squares, denominators, how many; outputs; exchanges), and counts by output."""

    parts: Array
    total: Array
    finite: Array
    not_finite: Array
    not_positive: Array


def _indices(
    pair: Pair, logs: npt.NDArray[np.bool_], threads: int | None, progress: Callable[[float], None]
) -> list[Indices]:
    plan, needs = pair.plan, _needs(pair)
    chains = []
    for chain in on_threads(lambda chain: _chain_sums(pair, chain, logs), range(plan.replicates), threads):
        chains.append(chain)
        progress(len(chains) / plan.replicates)
    parts = np.array([sums.parts for sums in chains])
    with np.errstate(all="ignore"):
        means = np.sum([sums.total for sums in chains], axis=0) / np.sum([sums.finite for sums in chains], axis=0)
    tails = np.full(len(logs), math.inf)
    if not logs.all():
        draws = pair.draw(pair.mixed(False), 0, 0, min(TAIL_DRAWS, plan.blocks))
        tails[~logs] = [tail_index(values) for values in draws[~logs]]
    found = []
    for k, log in enumerate(logs):
        needed = np.flatnonzero(needs[k])
        products, squares, denominators, used = np.moveaxis(parts[:, :, k, needed], 1, 0)
        with np.errstate(all="ignore"):
            sd = np.sqrt(denominators.sum(axis=0) / (4 * used.sum(axis=0)))
        if not np.all(sd > NO_SPREAD * (1.0 if log else abs(means[k]))):
            denominators = np.full_like(denominators, np.nan)
        first, first_deviations = linearised(products, denominators)
        total, total_deviations = linearised(squares, denominators)
        found.append(
            Indices(
                scale="log" if log else "linear",
                inputs=tuple(tuple(i for i in pair.exchanges[j] if pair.program.needs[k, i]) for j in needed),
                first=first,
                total=total,
                first_deviations=first_deviations,
                total_deviations=total_deviations,
                evaluations=plan.draws * 2 * (len(needed) + 1),
                not_finite=sum(int(sums.not_finite[k]) for sums in chains),
                not_positive=sum(int(sums.not_positive[k]) for sums in chains),
                tail=float(tails[k]),
            )
        )
    return found


def _needs(pair: Pair) -> npt.NDArray[np.bool_]:
    """Which exchanges change which output: (outputs, exchanges)."""
    found = [pair.program.needs[:, list(inputs)].any(axis=1) for inputs in pair.exchanges]
    return np.array(found, dtype=np.bool_).reshape(len(found), pair.program.n_drawn).T


def linearised(numerators: Array, denominators: Array) -> tuple[Array, Array]:
    """The ratio of two sums over replicates (replicates, inputs), and each replicate's deviation from it, to first order."""
    with np.errstate(all="ignore"):
        ratio = numerators.sum(axis=0) / denominators.sum(axis=0)
        return ratio, (numerators - ratio * denominators) / denominators.mean(axis=0)


def _chain_sums(pair: Pair, chain: int, logs: npt.NDArray[np.bool_]) -> _Sums:
    """The sums of one chain, piece after piece: the same for any number of threads."""
    outputs = pair.program.n_drawn
    sums = _Sums(np.zeros((4, outputs, len(pair.exchanges))), *np.zeros((4, outputs)))

    def values(y: Array, users: npt.NDArray[np.intp]) -> Array:
        finite = np.isfinite(y)
        sums.not_finite[users] += y.shape[1] - finite.sum(axis=1)
        sums.not_positive[users] += np.where(logs[users], np.sum(finite & (y <= 0), axis=1), 0)
        return np.log(y, out=y, where=logs[users, None])

    piece = max(1, ROOM // (BLOCK * outputs))
    everyone, both = np.arange(outputs), (pair.mixed(False), pair.mixed(True))
    for start in range(0, pair.plan.blocks, piece):
        stop = min(start + piece, pair.plan.blocks)
        with np.errstate(all="ignore"):
            all_a, all_b = (values(pair.draw(streams, chain, start, stop), everyone) for streams in both)
            good = np.isfinite(all_a)
            sums.total[:] += np.where(good, all_a, 0.0).sum(axis=1)
            sums.finite[:] += good.sum(axis=1)
            for i, made in enumerate(pair.exchanged):
                users = made.outputs
                if not users.size:
                    continue
                a, b = all_a[users], all_b[users]
                a_i, b_i = (
                    values(pair.draw(streams, chain, start, stop, made.program), users) for streams in (made.a, made.b)
                )
                from_a, from_b, between = a - a_i, b - b_i, a - b
                parts = [-2 * from_a * from_b, from_a**2 + from_b**2, between**2 + (a_i - b_i) ** 2]
                used = np.isfinite(parts[2]) & np.isfinite(parts[1])
                for place, part in enumerate([*parts, np.ones_like(a)]):
                    sums.parts[place, users, i] += np.where(used, part, 0.0).sum(axis=1)
    return sums


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
    slope = float(np.mean(np.log(distances[-count:] / edge))) if edge > 0 else 0.0
    return 1 / slope if slope > 0 else math.inf
