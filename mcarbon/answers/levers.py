"""Inputs that may tip an answer: their values by probability, and where these are looked at first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from mcarbon.families import Distribution

Array = npt.NDArray[np.float64]

OUTERMOST = 4.753424308822899
"""The standard normal's 1 - 1e-6 quantile."""
LEVELS = ndtr(np.linspace(-OUTERMOST, OUTERMOST, 41))
"""The probabilities at which a prior's values are looked at first: evenly far apart on the normal's scale."""
FARTHEST = 1e6
"""How far beyond these a support without an end is looked at: so many times away from 0, or nearer to it."""
BEYOND = np.linspace(0.0, 1.0, 17)[1:]
"""Places between the outermost quantile and the end beyond it."""


@dataclass(frozen=True, eq=False)
class Lever:
    """An input that may tip an answer: its name and unit, and its distribution in units of which `factor` make one.

    `atoms` has its values where it has no others.
    """

    label: str
    unit: str
    distribution: Distribution
    factor: float = 1.0
    atoms: Array | None = None

    def quantiles(self, levels: Sequence[float] | Array) -> Array:
        """The values with these probabilities below."""
        p = np.asarray(levels, dtype=np.float64)
        low = p <= 0.5
        from_below = self.distribution.ppf(np.where(low, p, 0.5))
        from_above = self.distribution.isf(np.where(low, 0.5, 1 - p))
        return np.asarray(np.where(low, from_below, from_above) * self.factor)

    def percentile(self, value: float) -> float:
        """The probability to be at most this value."""
        return float(self.distribution.cdf(np.array([value / self.factor]))[0])

    @cached_property
    def grid(self) -> Array:
        """Where the lever is looked at first: values, or places among its atoms."""
        values = np.unique(self.quantiles(LEVELS))
        if self.atoms is None:
            low, high = self.quantiles([0.0, 1.0])
            width = values[-1] - values[0]
            return np.concatenate([_beyond(values[0], low, -width)[::-1], values, _beyond(values[-1], high, width)])
        places = np.searchsorted(self.atoms, values)
        return np.asarray(np.unique(places), dtype=np.float64)

    def values(self, where: Array) -> Array:
        """The values at places such as those of the grid."""
        return where if self.atoms is None else self.atoms[where.astype(np.int64)]


def _beyond(start: float, end: float, width: float) -> Array:
    """Values from an outermost quantile to an end of the support, never across 0; `width` is that of the prior, signed."""
    away = math.copysign(1.0, width)
    if math.isinf(end):
        end = start * FARTHEST if start * away > 0 else start / FARTHEST if start else width * FARTHEST
    elif end == 0.0:
        end = start / FARTHEST
    if not (end - start) * away > 0:
        return np.empty(0)
    if start * end > 0:
        return np.asarray(start * (end / start) ** BEYOND)
    return np.asarray(start + (end - start) * FARTHEST ** (BEYOND - 1.0))
