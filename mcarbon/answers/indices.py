"""Sobol' indices of one output, with the error that their replicates show.

With samples A and B, A_i being A with input i from B, and B_i being B with input i from A, both indices are those of
Azzini, Mara and Rosati 2021 ("Comparison of two sets of Monte Carlo estimators of Sobol' indices", Environmental
Modelling & Software 144, 105167, doi 10.1016/j.envsoft.2021.105167), sums over draws:

    first = 2 (f(A) - f(A_i)) (f(B_i) - f(B)) / D       total = [(f(A) - f(A_i))**2 + (f(B) - f(B_i))**2] / D
    D = (f(A) - f(B))**2 + (f(A_i) - f(B_i))**2

The total index is Jansen's (1999, doi 10.1016/S0010-4655(98)00154-4) from both samples. The product of two differences,
each of which is small where the input matters little, is the idea of Owen 2013 ("Better estimation of small Sobol'
sensitivity indices", doi 10.1145/2457459.2457460): an index of 0 comes out as 0, where the usual products of outputs
have the noise of the whole variance. D follows the chance of its numerators. An additive function's first and total
indices agree to rounding.
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
from mcarbon.engine.tally import standard_error

Array = npt.NDArray[np.float64]
Scale = Literal["log", "linear"]

PIECE = 64
"""Blocks that are in memory at a time, on each thread."""
TAIL_DRAWS = 64
"""Blocks of the first chain of which the tails are looked at."""
NO_SPREAD = 1e-12
"""A standard deviation relative to the quantity that is rounding alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Indices:
    """The indices of one output: `first` and `total` (inputs,), NaN where the output does not vary.

    `first_deviations` and `total_deviations` (replicates, inputs) are what each replicate says apart from the pooled
    index, to first order; `evaluations` counts all values of the output that went in, `not_finite` those that were not
    finite and `not_positive` those that had no logarithm; both are left out. `tail` is the tail index of the values
    around their median (the moments from there on up do not exist), inf on the log scale.
    """

    scale: Scale
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
) -> Indices:
    """The indices of a pair's one output.

    On the log scale where `scale` is None and every value is positive, else on the linear one.
    """
    if scale is None:
        with np.errstate(invalid="ignore"):
            positive = not np.any(pair.draw(pair.mixed(False), 0, 0, 1) <= 0)
        found = _on_scale(pair, "log", threads, progress) if positive else None
        if found is not None and not found.not_positive:
            return found
    return _on_scale(pair, scale or "linear", threads, progress)


@dataclass(slots=True)
class _Sums:
    """Of one chain: `products`, `squares`, `denominators` (inputs,), and what was counted on the way."""

    products: Array
    squares: Array
    denominators: Array
    used: Array
    total: float = 0.0
    finite: int = 0
    not_finite: int = 0
    not_positive: int = 0


def _on_scale(pair: Pair, scale: Scale, threads: int | None, progress: Callable[[float], None]) -> Indices:
    plan, inputs = pair.plan, len(pair.program.inputs)
    chains = []
    for chain in on_threads(lambda chain: _chain_sums(pair, chain, scale), range(plan.replicates), threads):
        chains.append(chain)
        progress(len(chains) / plan.replicates)
    products, squares, denominators, used = (
        np.array([getattr(sums, name) for sums in chains]) for name in ("products", "squares", "denominators", "used")
    )
    with np.errstate(all="ignore"):
        sd = np.sqrt(denominators.sum(axis=0) / (4 * used.sum(axis=0)))
        mean = 1.0 if scale == "log" else sum(sums.total for sums in chains) / max(sum(sums.finite for sums in chains), 1)
    if not np.all(sd > NO_SPREAD * abs(mean)):
        denominators[:] = np.nan
    first, first_deviations = _ratio(products, denominators)
    total, total_deviations = _ratio(squares, denominators)
    return Indices(
        scale=scale,
        first=first,
        total=total,
        first_deviations=first_deviations,
        total_deviations=total_deviations,
        evaluations=plan.draws * 2 * (inputs + 1),
        not_finite=sum(sums.not_finite for sums in chains),
        not_positive=sum(sums.not_positive for sums in chains),
        tail=math.inf if scale == "log" else tail_index(pair.draw(pair.mixed(False), 0, 0, min(TAIL_DRAWS, plan.blocks))[0]),
    )


def _ratio(numerators: Array, denominators: Array) -> tuple[Array, Array]:
    """The ratio of two sums over replicates (replicates, inputs), and each replicate's deviation from it."""
    with np.errstate(all="ignore"):
        ratio = numerators.sum(axis=0) / denominators.sum(axis=0)
        return ratio, (numerators - ratio * denominators) / denominators.mean(axis=0)


def _chain_sums(pair: Pair, chain: int, scale: Scale) -> _Sums:
    """The sums of one chain, piece after piece: the same for any number of threads."""
    inputs, blocks = len(pair.program.inputs), pair.plan.blocks
    sums = _Sums(*np.zeros((4, inputs)))

    for start in range(0, blocks, PIECE):
        stop = min(start + PIECE, blocks)

        def values(from_b: npt.ArrayLike, start: int = start, stop: int = stop) -> Array:
            y: Array = pair.draw(pair.mixed(from_b), chain, start, stop)[0]
            finite = np.isfinite(y)
            sums.not_finite += y.size - int(finite.sum())
            if scale == "log":
                sums.not_positive += int(np.sum(finite & (y <= 0)))
                y = np.log(y)
            return y

        with np.errstate(all="ignore"):
            a, b = values(False), values(True)
            good = a[np.isfinite(a)]
            sums.total += float(good.sum())
            sums.finite += good.size
            for i in range(inputs):
                only = np.arange(inputs) == i
                a_i, b_i = values(only), values(~only)
                parts = np.stack([(a - a_i) * (b_i - b), (a - a_i) ** 2 + (b - b_i) ** 2, (a - b) ** 2 + (a_i - b_i) ** 2])
                finite = np.isfinite(a + b + a_i + b_i)
                if not finite.all():
                    parts = parts[:, finite]
                product, square, denominator = parts.sum(axis=1)
                sums.products[i] += 2 * product
                sums.squares[i] += square
                sums.denominators[i] += denominator
                sums.used[i] += parts.shape[1]
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
