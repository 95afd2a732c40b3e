"""What the counted draws say: means, quantiles and shares, each with its Monte Carlo standard error.

The replicates are independent, so the spread between them is the error. A quantile's error is the spread of the share
of draws below it, carried to the value through the pooled distribution: replicates' own quantiles are biased, and have
no spread where all fall into one bin.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mcarbon.engine.bins import Bins

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """The counted draws of several outputs.

    `counts` (replicates, bins), `smallest` and `largest` (bins) the extreme draws of each
    bin, `sums` (replicates, outputs, 2) of (y - centre) / scale and of its square over the finite draws.
    """

    bins: Bins
    counts: npt.NDArray[np.uint32]
    smallest: Array
    largest: Array
    sums: Array

    def output(self, number: int) -> OutputTally:
        """The counts of one output, its empty bins left out."""
        start, stop = self.bins.offset[number : number + 2]
        counts = self.counts[:, start : stop - 1]
        used = np.flatnonzero(counts.any(axis=0))
        before = np.zeros((len(counts), len(used) + 1))
        np.cumsum(counts[:, used], axis=1, out=before[:, 1:])
        return OutputTally(
            centre=float(self.bins.centre[number]),
            scale=float(self.bins.scale[number]),
            before=before,
            pooled=before.sum(axis=0),
            smallest=self.smallest[start : stop - 1][used],
            largest=self.largest[start : stop - 1][used],
            sums=self.sums[:, number],
            not_finite=int(self.counts[:, stop - 1].sum()),
        )


class Errors(ABC):
    """The standard errors of quantiles, from how the shares below them differ between replicates."""

    @abstractmethod
    def quantiles(self, probabilities: npt.ArrayLike) -> Array:
        """The quantiles at these probabilities."""

    @abstractmethod
    def shares(self, values: npt.ArrayLike, equal: npt.ArrayLike = 0.5) -> Shares:
        """The share of the finite draws below each of `values` (n,), plus `equal` times those equal to it."""

    @abstractmethod
    def share_errors(self, by_replicate: Array) -> Array:
        """The standard errors of shares (n,), given each replicate's (replicates, n)."""

    def carried(self, p: Array, by_replicate: Array) -> Array:
        """The standard errors of the quantiles at `p` (n,), given each replicate's shares below them (replicates, n)."""
        error = self.share_errors(by_replicate)
        by = np.nan_to_num(error)
        low, high = self.quantiles(np.stack([p - by, p + by]))
        return np.where(np.isnan(error), np.nan, (high - low) / 2)

    @cached_property
    def _known(self) -> dict[float, tuple[float, float]]:
        return {}

    def quantiles_and_errors(self, probabilities: Sequence[float]) -> tuple[Array, Array]:
        """The quantiles at these probabilities and their standard errors, each computed once."""
        new = np.array([p for p in dict.fromkeys(probabilities) if p not in self._known])
        if new.size:
            values = self.quantiles(new)
            errors = self.carried(new, self.shares(values).by_replicate)
            self._known.update(zip(new.tolist(), zip(values.tolist(), errors.tolist())))
        both = np.array([self._known[p] for p in probabilities]).reshape(len(probabilities), 2)
        return both[:, 0], both[:, 1]

    def quantile_errors(self, probabilities: Sequence[float]) -> Array:
        """The standard errors of these quantiles."""
        return self.quantiles_and_errors(probabilities)[1]


@dataclass(frozen=True, eq=False)
class OutputTally(Errors):
    """The finite draws of one output in increasing bins, and how many draws were not finite.

    `before` (replicates, bins + 1): the draws of each replicate below each bin, and all of them; `pooled` (bins + 1,)
    the same over all replicates. With no finite draw every figure is NaN.
    """

    centre: float
    scale: float
    before: Array
    pooled: Array
    smallest: Array
    largest: Array
    sums: Array
    not_finite: int

    @property
    def finite(self) -> float:
        """How many draws were finite."""
        return float(self.pooled[-1])

    @property
    def draws(self) -> int:
        """How many draws were counted."""
        return int(self.pooled[-1]) + self.not_finite

    @property
    def replicates(self) -> int:
        """How many independent replicates there are."""
        return len(self.before)

    @property
    def estimator(self) -> str | None:
        """None: the draws themselves."""
        return None

    @property
    def range(self) -> tuple[float, float]:
        """The smallest and the largest finite draw."""
        return (float(self.smallest[0]), float(self.largest[-1])) if self.finite else (np.nan, np.nan)

    def mean(self) -> tuple[float, float]:
        """The mean and its standard error."""
        low, high = self.range
        if not low < high:
            return low, 0.0 if low == high else np.nan
        with np.errstate(invalid="ignore"):
            by_replicate = self.sums[:, 0] / self.before[:, -1]
        mean = self.centre + self.scale * float(self.sums[:, 0].sum() / self.finite)
        return mean, self.scale * float(standard_error(by_replicate))

    def sd(self) -> tuple[float, float]:
        """The standard deviation and its standard error.

        Squares are divided by n: dividing by n - 1 would put an error of 1 / 2n on points that are evenly spread.
        """
        low, high = self.range
        if not low < high:
            return (0.0, 0.0) if low == high else (np.nan, np.nan)
        first, second = self.sums.sum(axis=0)
        sd = float(np.sqrt(max(second - first**2 / self.finite, 0.0) / self.finite))
        # The error of a variance, carried to its root.
        error = float(standard_error(self._spreads() ** 2)) / (2 * sd) if sd else 0.0
        return self.scale * sd, self.scale * error

    def moments_by_replicate(self) -> tuple[Array, Array]:
        """The mean and the standard deviation of each replicate (replicates,)."""
        low, high = self.range
        if not low < high:
            return np.full(self.replicates, low), np.zeros(self.replicates)
        with np.errstate(invalid="ignore"):
            means = self.sums[:, 0] / self.before[:, -1]
        return self.centre + self.scale * means, self.scale * self._spreads()

    def _spreads(self) -> Array:
        with np.errstate(invalid="ignore"):
            first, second = (self.sums / self.before[:, -1:]).T
        return np.asarray(np.sqrt(np.maximum(second - first**2, 0.0)))

    def quantiles(self, probabilities: npt.ArrayLike) -> Array:
        """The quantiles at these probabilities by the midpoint rule (Hazen): the k-th of n draws is at (k - 1/2) / n.

        NumPy's default rule is off by (1/2 - p) / n, which on Sobol' points is more than their own error.
        """
        p = np.asarray(probabilities, dtype=np.float64)
        if not self.finite:
            return np.full(p.shape, np.nan)
        rank = np.clip(p * self.finite + 0.5, 1.0, self.finite)
        whole = np.floor(rank)
        low, high = self._ordered(whole), self._ordered(np.minimum(whole + 1.0, self.finite))
        return np.asarray(low + (rank - whole) * (high - low))

    def _ordered(self, rank: Array) -> Array:
        """The draws of these ranks (1 is the smallest), a bin's draws spread evenly from its smallest to its largest."""
        k = np.searchsorted(self.pooled, rank) - 1
        inside = self.pooled[k + 1] - self.pooled[k]
        share = (rank - self.pooled[k] - 1.0) / np.maximum(inside - 1.0, 1.0)
        return np.asarray(self.smallest[k] + share * (self.largest[k] - self.smallest[k]))

    def share_errors(self, by_replicate: Array) -> Array:
        """The standard errors of shares (n,), given each replicate's (replicates, n)."""
        if not self.finite:
            return np.full(by_replicate.shape[1:], np.nan)
        # Evenly spread points may all have the same share below; a share is still known to a draw's width at best, which
        # is uniform within it.
        return np.asarray(np.maximum(standard_error(by_replicate), np.sqrt(self.replicates / 12) / self.finite))

    def shares(self, values: npt.ArrayLike, equal: npt.ArrayLike = 0.5) -> Shares:
        """The share of the finite draws below each of `values` (n,), plus `equal` times those equal to it."""
        x = np.asarray(values, dtype=np.float64)
        if not self.finite:
            return Shares(np.full(x.shape, np.nan), np.full((len(self.before), *x.shape), np.nan))
        k = np.searchsorted(self.largest, x)
        inside = np.minimum(k, len(self.largest) - 1)
        low, high = self.smallest[inside], self.largest[inside]
        n = self.pooled[inside + 1] - self.pooled[inside]
        with np.errstate(divide="ignore", invalid="ignore"):
            rank = 1.0 + (n - 1.0) * (x - low) / (high - low)
            part = np.where(low == high, equal, (rank - 0.5) / n)
            part = np.where((k > inside) | (x < low), 0.0, part)
            below = self.before[:, k] + part * (self.before[:, inside + 1] - self.before[:, inside])
            return Shares(below.sum(axis=0) / self.finite, below / self.before[:, -1:])


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Shares of an output's finite draws: `pooled` (n,), and `by_replicate` (replicates, n) for their errors.

    No share is known better than to `accuracy`.
    """

    pooled: Array
    by_replicate: Array
    accuracy: float = 0.0

    def errors(self, by_replicate: Array) -> Array:
        """The standard errors of shares, or of sums of shares, given those of each replicate (replicates, n)."""
        return np.asarray(np.hypot(standard_error(by_replicate), self.accuracy))


def standard_error(by_replicate: Array) -> Array:
    """The standard error of the mean of independent replicates, along the first axis.

    Replicates without a finite draw are left out; NaN where fewer than two are left.
    """
    known = by_replicate[np.isfinite(by_replicate).all(axis=tuple(range(1, by_replicate.ndim)))]
    if len(known) < 2:
        return np.full(by_replicate.shape[1:], np.nan)
    # Written out: `np.std` takes longer to begin than to compute.
    apart = known - known.sum(axis=0) / len(known)
    return np.asarray(np.sqrt((apart * apart).sum(axis=0) / (len(known) * (len(known) - 1.0))))
