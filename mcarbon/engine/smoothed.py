"""What counted draws say of an output with pure factors: smooth shares and quantiles, by conditioning on the drawn part.

With y = g * h, g the product of the pure factors' powers and h what was drawn and counted, the share of y below a value
is the mean of P(g <= value / h): a smooth function of the draws, where counting y itself averages a jump. Sobol' points
integrate the one far better than the other (Griewank, Kuo, Leovey and Sloan 2018; L'Ecuyer, Puchhammer and Ben
Abdellah 2022). The logarithm of g is known on a grid, once for all outputs with the same factors; shares by replicate
are sums over the bins of h, and the pooled distribution, for quantiles, is a convolution with the grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mcarbon.engine.kernels import products_below
from mcarbon.engine.machine import look_up
from mcarbon.engine.streams import BLOCK
from mcarbon.engine.tables import CELLS_PER_OCTAVE, OCTAVES, Table, Tables, stack_tables
from mcarbon.engine.tally import Errors, OutputTally, Shares, standard_error

Array = npt.NDArray[np.float64]

FINENESS = 256
"""Points of the grid to a standard deviation of log g, at least: near the end of a product of uniforms, where all is a few
points away, shares need so many to be right to `ACCURACY`. Smooth densities need a quarter of them."""
NARROWEST = 1 / 16
"""Octaves: factors whose product has a smaller standard deviation smooth less than a bin does, and are drawn instead."""
MOST_POINTS = 2**17
ACCURACY = 2e-7
"""What the tables, the grid and the cubics between its points leave of a share, and of a moment in proportion."""
LEAST_KNOWN = 0.1
"""A moment of which what lies beyond the tables is known no better than to this share of it is not known."""
_BEYOND = 1000
"""Octaves beyond the table's last one: down to the smallest float."""
_LEAST = np.finfo(np.float64).tiny
"""The probability of the smallest value: with none, it would be any value below."""
_DENSE_OCTAVES, _DENSE, _SPARSE = 8, 32, 4
"""A table's cells are looked at in so many places each, densely where nearly all of the probability is."""


@dataclass(frozen=True, slots=True)
class Factor:
    """An input that is a pure factor: its `label`, its table, what its values are multiplied by, and its power."""

    label: str
    table: Table
    scale: float
    degree: float


@dataclass(frozen=True, eq=False)
class Grid:
    """The distribution of log2 g, g the product of `factors`: `mass` (n,) at the points ``start + step * arange(n)``.

    `mean` and `variance` are those of g, known to `mean_accuracy` and `sd_accuracy` in proportion; `below` (n + 1,) is the
    mass below each middle between two points.
    """

    factors: tuple[Factor, ...]
    start: float
    step: float
    mass: Array

    @cached_property
    def below(self) -> Array:
        """See above."""
        return _cumulative(self.mass, 1.0)

    @cached_property
    def mean(self) -> float:
        """See above."""
        return self._moments[0][0]

    @cached_property
    def variance(self) -> float:
        """See above."""
        return max(self._moments[1][0] - self.mean**2, 0.0)

    @property
    def mean_accuracy(self) -> float:
        """See above."""
        return self._moments[0][1]

    @property
    def sd_accuracy(self) -> float:
        """See above."""
        second, accuracy = self._moments[1]
        return accuracy * second / self.variance / 2 if self.variance else 0.0

    @cached_property
    def _moments(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The first two moments, and to which share of them they are known."""
        return self._moment(1), self._moment(2)

    def _moment(self, order: int) -> tuple[float, float]:
        known = np.array([_logarithms(factor.table).moment(factor, order) for factor in self.factors])
        with np.errstate(all="ignore"):
            return float(np.prod(known[:, 0])), float(np.prod(1.0 + known[:, 1]) - 1.0)


def makes_smooth(factors: tuple[Factor, ...]) -> bool:
    """Whether the product of these varies enough to be worth conditioning on."""
    return sum((factor.degree * _logarithms(factor.table).deviation) ** 2 for factor in factors) >= NARROWEST**2


def log_deviation(table: Table) -> float:
    """The standard deviation of the natural logarithm of a table's values."""
    return _logarithms(table).deviation * float(np.log(2.0))


def is_positive_and_smooth(table: Table) -> bool:
    """Whether a table's values are all above 0 and none is repeated."""
    first, last = _values(table, np.array([0.0, 1.0]))
    return bool(0 < first < last)


@lru_cache(maxsize=256)
def grid(factors: tuple[Factor, ...]) -> Grid:
    """The distribution of the product of the factors' powers, by a convolution of those of their logarithms."""
    known = [(factor, _logarithms(factor.table)) for factor in factors]
    deviation = np.sqrt(sum((factor.degree * each.deviation) ** 2 for factor, each in known))
    span = sum(abs(factor.degree) * float(np.ptp(each.position)) for factor, each in known)
    step = 2.0 ** np.floor(np.log2(deviation / FINENESS))
    while span / step > MOST_POINTS:
        step *= 2.0
    if len(known) == 1:
        first, mass = known[0][1].cells(factors[0], step)
        return Grid(factors, first * step, step, mass / mass.sum())
    # Masses of cells say nothing of where in its cell a density jumps; masses at points do. To the fourth order of the step,
    # a cell has a 24th of the second difference more than its point: a box, in the transform.
    parts = [each.at_points(factor, step) for factor, each in known]
    size = sum(len(mass) for _, mass in parts)
    transform = 1.0 - np.sin(np.pi * np.fft.rfftfreq(size)) ** 2 / 6.0
    for _, mass in parts:
        transform = transform * np.fft.rfft(mass, size)
    mass = np.fft.irfft(transform, size)
    return Grid(factors, sum(first for first, _ in parts) * step, step, mass / mass.sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Logarithms:
    """log2 of a table's values: `position` (n + 1,) with the probability `below` each, which is the same from above.

    `points` (2, m) and their `weights` (m,) are nodes of Gauss's rule in the lower and the upper half, in octaves of
    probability (`octave`, 0 the outermost); `deviation` is the standard deviation.
    """

    position: Array
    below: Array
    points: Array
    weights: Array
    octave: npt.NDArray[np.int64]
    deviation: float

    def moment(self, factor: Factor, order: int) -> tuple[float, float]:
        """The moment of this order of the factor's power, and to which share of it it is known.

        Beyond the table's last octave each octave is taken to add less than the one before, by a ratio that itself changes
        as it did over the last three: what is taken for known is as far as a constant ratio, which is exact for a tail that
        falls off like a power, would lead elsewhere.
        """
        with np.errstate(over="ignore"):
            powers = np.exp2(order * factor.degree * (self.points + np.log2(factor.scale)))
        total, unknown = 0.0, 0.0
        for side in powers:
            by_octave = np.bincount(self.octave, side * self.weights)
            if not by_octave[0]:  # below the smallest float
                total += float(by_octave.sum())
                continue
            with np.errstate(all="ignore"):
                ratio = by_octave[0] / by_octave[1]
                change = min(ratio / (by_octave[1] / by_octave[2]), 1.0)
                beyond = by_octave[0] * np.cumprod(ratio * change ** np.arange(1.0, _BEYOND)).sum()
                steady = by_octave[0] * ratio / (1.0 - ratio) if ratio < 1.0 else np.inf
                total += float(by_octave.sum() + beyond)
                unknown += float(abs(steady - beyond))
        return total, unknown / total if math.isfinite(total) else math.inf

    def cells(self, factor: Factor, step: float) -> tuple[float, Array]:
        """The mass of the factor's power in each cell of a grid of logarithms, and the first cell's middle in steps."""
        position = np.sort(factor.degree * (self.position + np.log2(factor.scale)) / step)
        first = np.floor(position[0])
        edges = first + np.arange(-0.5, np.ceil(position[-1]) - first + 1.0)
        return float(first), np.diff(np.interp(edges, position, self.below))

    def at_points(self, factor: Factor, step: float) -> tuple[float, Array]:
        """The masses at a grid's points that stand for the factor's power, and the first point in steps."""
        place = factor.degree * (self.points.ravel() + np.log2(factor.scale)) / step
        first = np.floor(place.min()) - 1.0
        return float(first), _on_grid(place - first, np.tile(self.weights, 2), int(place.max() - first) + 3)


@lru_cache(maxsize=256)  # of a megabyte each
def _logarithms(table: Table) -> _Logarithms:
    octave = np.repeat(np.arange(OCTAVES), CELLS_PER_OCTAVE)
    parts = np.where(octave >= OCTAVES - _DENSE_OCTAVES, _DENSE, _SPARSE)
    within = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
    cell = np.repeat(np.tile(np.arange(CELLS_PER_OCTAVE), OCTAVES), parts) + within / np.repeat(parts, parts)
    v = np.exp2(np.repeat(octave, parts) - OCTAVES - 1.0) * (1.0 + cell / CELLS_PER_OCTAVE)
    # Where a kink or a gap has cut a cell into pieces, they are looked at as well.
    v = np.unique(np.concatenate([v, table.pieces[:, 0], [0.5]]))
    middle, half = (v[1:] + v[:-1]) / 2, (v[1:] - v[:-1]) / 2
    nodes = np.concatenate([middle - half / np.sqrt(3.0), middle + half / np.sqrt(3.0)])
    weights = np.tile(half, 2)
    points = np.log2(np.stack([_values(table, nodes), _values(table, 1.0 - nodes)]))
    position = np.log2(np.concatenate([_values(table, v), _values(table, 1.0 - v[-2::-1])]))
    mean = float((points * weights).sum())
    return _Logarithms(
        position=np.maximum.accumulate(position),
        below=np.concatenate([v, 1.0 - v[-2::-1]]),
        points=points,
        weights=weights,
        octave=np.floor(np.log2(nodes)).astype(np.int64) + OCTAVES + 1,
        deviation=float(np.sqrt(((points - mean) ** 2 * weights).sum())),
    )


def values_at(tables: Tables, k: int, u: npt.ArrayLike) -> Array:
    """The values of input `k` at the probabilities `u` (n,)."""
    p = np.asarray(u, dtype=np.float64)
    whole = np.resize(p, -(-len(p) // BLOCK) * BLOCK)
    x = np.empty_like(whole)
    for start in range(0, len(whole), BLOCK):
        look_up(tables, k, whole[start : start + BLOCK], x[start : start + BLOCK])
    return x[: len(p)]


def _values(table: Table, u: Array) -> Array:
    return values_at(stack_tables([table]), 0, u)


def _on_grid(place: Array, mass: Array, size: int) -> Array:
    """Masses at places between the points of a grid, shared among the four nearest so that three moments stay."""
    whole = np.floor(place).astype(np.int64)
    t = place - whole
    shares = (
        -t * (t - 1.0) * (t - 2.0) / 6.0,
        (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0,
        -(t + 1.0) * t * (t - 2.0) / 2.0,
        (t + 1.0) * t * (t - 1.0) / 6.0,
    )
    return np.asarray(sum(np.bincount(whole + k - 1, mass * share, size) for k, share in enumerate(shares)))


def _cumulative(mass: Array, total: float) -> Array:
    """The mass below each middle between two points (n + 1,), given masses (n,) that add up to `total`.

    Where a density jumps, shares among four points go below 0 and beyond all: cut off there, and not from all the rest.
    """
    below = np.maximum.accumulate(np.minimum(np.concatenate([[0.0], np.cumsum(mass)]), total))
    below[-1] = total
    return below


@dataclass(frozen=True, slots=True, eq=False)
class Products:
    """The distribution of g * h, given masses of h: below 0, at 0, above 0."""

    below: _Side | None
    zero: float
    above: _Side | None

    @classmethod
    def of(cls, places: Array, mass: Array, g: Grid) -> Products:
        """Of h at `places` (n,) with these masses (n,)."""
        negative, positive = places < 0, places > 0
        return cls(
            _side(-places[negative], mass[negative], g),
            float(mass[places == 0].sum()),
            _side(places[positive], mass[positive], g),
        )

    def quantiles(self, p: Array) -> Array:
        """The quantiles at these probabilities."""
        negative = 0.0 if self.below is None else self.below.total
        positive = 0.0 if self.above is None else self.above.total
        rank = _within(p, _LEAST, 1.0) * (negative + self.zero + positive)
        result = np.zeros(p.shape)
        if self.below is not None:
            here = rank <= negative
            result[here] = -self.below.value(negative - rank[here])
        if self.above is not None:
            here = rank > negative + self.zero
            result[here] = self.above.value(rank[here] - negative - self.zero)
        return result


def shares_below(h: Array, value: float, g: Grid) -> float:
    """The share of g * h below a value, of draws of h (n,)."""
    below = np.array([[0.0]])
    with np.errstate(divide="ignore"):
        log_h, log_y = np.log2(np.abs(h)), np.log2(np.abs([value]))
    counts = np.ones((len(h), 1))
    products_below(h, log_h, counts, np.array([value]), log_y, np.array([0.5]), g.start, g.step, g.below, below)
    return float(below.item()) / len(h)


@dataclass(frozen=True, eq=False)
class SmoothedTally(Errors):
    """The distribution of g * h from the counted draws of h: the same figures as an `OutputTally`, with less error."""

    drawn: OutputTally
    factors: tuple[Factor, ...]

    @property
    def estimator(self) -> str:
        """What was conditioned on, in words."""
        return "conditioning on " + ", ".join(factor.label for factor in self.factors)

    @property
    def not_finite(self) -> int:
        """How many draws were not finite."""
        return self.drawn.not_finite

    @property
    def finite(self) -> float:
        """How many draws were finite."""
        return self.drawn.finite

    @property
    def draws(self) -> int:
        """How many draws were counted."""
        return self.drawn.draws

    @property
    def replicates(self) -> int:
        """How many independent replicates there are."""
        return self.drawn.replicates

    @cached_property
    def _grid(self) -> Grid:
        return grid(self.factors)

    @cached_property
    def _points(self) -> tuple[Array, Array]:
        """Where the draws of h lie, (2 * bins,), and those of each replicate there (replicates, 2 * bins).

        A bin's draws stand in two places, with the mean and the variance of draws spread evenly over it.
        """
        middle = self.drawn.smallest / 2 + self.drawn.largest / 2  # their sum may be beyond the largest float
        apart = (self.drawn.largest - self.drawn.smallest) / np.sqrt(12.0)
        counts = np.diff(self.drawn.before, axis=1) / 2
        return np.concatenate([middle - apart, middle + apart]), np.concatenate([counts, counts], axis=1)

    @cached_property
    def _pooled(self) -> Products:
        places, counts = self._points
        return Products.of(places, counts.sum(axis=0), self._grid)

    def mean(self) -> tuple[float, float]:
        """The mean and its standard error; NaN where it rests on what lies beyond the tables."""
        mean, error = self.drawn.mean()
        g = self._grid
        if not g.mean_accuracy < LEAST_KNOWN:
            return np.nan, np.nan
        return g.mean * mean, g.mean * float(np.hypot(error, max(ACCURACY, g.mean_accuracy) * mean))

    def sd(self) -> tuple[float, float]:
        """The standard deviation and its standard error; NaN where it rests on what lies beyond the tables."""
        g = self._grid
        if not max(g.mean_accuracy, g.sd_accuracy) < LEAST_KNOWN:
            return np.nan, np.nan
        root = np.sqrt(g.variance + g.mean**2), np.sqrt(g.variance)
        sd = float(np.hypot(root[0] * self.drawn.sd()[0], root[1] * self.drawn.mean()[0]))
        means, spreads = self.drawn.moments_by_replicate()
        by_replicate = np.hypot(root[0] * spreads, root[1] * means)
        accuracy = max(ACCURACY, g.sd_accuracy)
        return sd, sd * float(np.hypot(standard_error((by_replicate / sd) ** 2) / 2, accuracy)) if sd else 0.0

    def quantiles(self, probabilities: npt.ArrayLike) -> Array:
        """The quantiles at these probabilities."""
        p = np.asarray(probabilities, dtype=np.float64)
        if not self.finite:
            return np.full(p.shape, np.nan)
        return self._pooled.quantiles(p)

    def share_errors(self, by_replicate: Array) -> Array:
        """The standard errors of shares (n,), given each replicate's (replicates, n)."""
        return np.asarray(np.hypot(standard_error(by_replicate), ACCURACY))

    def shares(self, values: npt.ArrayLike, equal: npt.ArrayLike = 0.5) -> Shares:
        """The share of y below each of `values` (n,), plus `equal` times those equal to it (which only 0 can have)."""
        y = np.asarray(values, dtype=np.float64)
        places, counts = self._points
        if not self.finite:
            return Shares(np.full(y.shape, np.nan), np.full((self.replicates, *y.shape), np.nan))
        # A copy: what cannot be written to is another kind of array to a kernel, and would be compiled for.
        at = np.array(np.broadcast_to(np.asarray(equal, dtype=np.float64), y.shape)).ravel()
        below = np.zeros((y.size, self.replicates))
        with np.errstate(divide="ignore"):
            log_h, log_y = np.log2(np.abs(places)), np.log2(np.abs(y.ravel()))
        g = self._grid
        products_below(places, log_h, np.ascontiguousarray(counts.T), y.ravel(), log_y, at, g.start, g.step, g.below, below)
        with np.errstate(invalid="ignore"):
            by_replicate = below / counts.sum(axis=1)
        pooled = below.sum(axis=1) / self.finite
        return Shares(pooled.reshape(y.shape), by_replicate.T.reshape(self.replicates, *y.shape), ACCURACY)


Counted = OutputTally | SmoothedTally


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """The draws of |y| of one sign: `below` (n + 1,) the mass below ``start + step * k`` in log2, `total` all of it.

    Between these, the mass below is a cubic that keeps the slopes there.
    """

    start: float
    step: float
    below: Array

    @property
    def total(self) -> float:
        return float(self.below[-1])

    def value(self, rank: Array) -> Array:
        """The value of |y| with so much mass below it."""
        rank = _within(rank, _LEAST, self.total)
        k = np.searchsorted(self.below, rank) - 1
        low, inside, left, right = cubic_between(self.below, k)
        part = (rank - low) / inside
        for _ in range(3):
            rest = 1.0 - part
            error = low + inside * part + part * rest * (left * rest - right * part) - rank
            slope = inside + left * rest * (1.0 - 3.0 * part) - right * part * (2.0 - 3.0 * part)
            part = _within(part - np.divide(error, slope, out=np.zeros_like(error), where=slope > 0), 0.0, 1.0)
        return np.asarray(np.exp2(self.start + self.step * (k + part)))


def _within(values: npt.NDArray[Any], low: float, high: float) -> npt.NDArray[Any]:
    """`np.clip`, which takes four times as long for a few values."""
    return np.asarray(np.minimum(np.maximum(values, low), high))


def cubic_between(below: Array, k: npt.NDArray[np.int64]) -> tuple[Array, Array, Array, Array]:
    """The cubic of `below` between its points k and k + 1, as low + inside t + t (1 - t) (left (1 - t) - right t).

    `left` and `right` are what the slopes at the ends, means of those on either side, are above the slope between.
    """
    last = len(below) - 1
    inside = below[k + 1] - below[k]
    before, after = below[k] - below[np.maximum(k - 1, 0)], below[np.minimum(k + 2, last)] - below[k + 1]
    return below[k], inside, (before - inside) / 2, (after - inside) / 2


def _side(places: Array, mass: Array, g: Grid) -> _Side | None:
    if not len(places):
        return None
    positions = np.log2(places) / g.step
    first = np.floor(positions.min()) - 1.0
    size = int(positions.max() - first) + 3
    h = _on_grid(positions - first, mass, size)
    n = size + len(g.mass) - 1
    length = 1 << n.bit_length()
    both = np.fft.irfft(np.fft.rfft(h, length) * np.fft.rfft(g.mass, length), length)[:n]
    below = _cumulative(both, float(mass.sum()))
    return _Side(g.start + (first - 0.5) * g.step, g.step, below)
