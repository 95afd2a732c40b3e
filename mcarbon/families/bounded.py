"""Families on an interval: uniform, triangular, PERT and beta."""

from __future__ import annotations

from typing import Literal

import numpy as np

from mcarbon.families.base import Continuous, Distribution, Finite, Positive


def _ordered(**bounds: float) -> None:
    (first, low), (last, high) = list(bounds.items())[0], list(bounds.items())[-1]
    if not low < high:
        raise ValueError(f"{first} ({low:g}) must be below {last} ({high:g}); a number that is known is a `value`")
    for name, value in bounds.items():
        if not low <= value <= high:
            raise ValueError(f"{name} ({value:g}) must lie between {first} ({low:g}) and {last} ({high:g})")


def beta_distribution(a: float, b: float, low: float, high: float) -> Distribution:
    """Beta(a, b) stretched from [0, 1] to [low, high]."""
    from scipy.special import betainc, betaincinv

    width = high - low

    def share(x: float) -> float:
        return min(1.0, max(0.0, (x - low) / width))

    return Distribution(
        ppf=lambda u: low + width * betaincinv(a, b, u),
        isf=lambda v: high - width * betaincinv(b, a, v),
        cdf=lambda x: float(betainc(a, b, share(x))),
        sf=lambda x: float(betainc(b, a, 1.0 - share(x))),
    )


class Uniform(Continuous):
    """Every value between `low` and `high` alike."""

    family: Literal["uniform"]
    low: Finite
    high: Finite

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        _ordered(low=self.low, high=self.high)
        low, high, width = self.low, self.high, self.high - self.low
        return Distribution(
            ppf=lambda u: low + width * u,
            isf=lambda v: high - width * v,
            cdf=lambda x: min(1.0, max(0.0, (x - low) / width)),
            sf=lambda x: min(1.0, max(0.0, (high - x) / width)),
        )


class Triangular(Continuous):
    """Density rising from `low` to `mode` and falling to `high`, in straight lines."""

    family: Literal["triangular"]
    low: Finite
    mode: Finite
    high: Finite

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        _ordered(low=self.low, mode=self.mode, high=self.high)
        low, mode, high = self.low, self.mode, self.high
        rise, fall = (high - low) * (mode - low), (high - low) * (high - mode)
        turn, turn_above = (mode - low) / (high - low), (high - mode) / (high - low)

        def cdf(x: float) -> float:
            x = min(high, max(low, x))
            return (x - low) ** 2 / rise if x < mode else 1.0 - (high - x) ** 2 / fall if fall else 1.0

        def sf(x: float) -> float:
            x = min(high, max(low, x))
            return (high - x) ** 2 / fall if x > mode else 1.0 - (x - low) ** 2 / rise if rise else 1.0

        return Distribution(
            ppf=lambda u: np.where(u < turn, low + np.sqrt(u * rise), high - np.sqrt((1.0 - u) * fall)),
            isf=lambda v: np.where(v < turn_above, high - np.sqrt(v * fall), low + np.sqrt((1.0 - v) * rise)),
            cdf=cdf,
            sf=sf,
            breakpoints=(turn,) if 0 < turn < 1 else (),
        )


class Pert(Continuous):
    """The beta distribution with this `mode` whose mean weighs it four times as much as each end (lambda 4)."""

    family: Literal["pert"]
    low: Finite
    mode: Finite
    high: Finite

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        _ordered(low=self.low, mode=self.mode, high=self.high)
        width = self.high - self.low
        a, b = 1 + 4 * (self.mode - self.low) / width, 1 + 4 * (self.high - self.mode) / width
        return beta_distribution(a, b, self.low, self.high)


class Beta(Continuous):
    """Beta(a, b) on [0, 1], or on [`low`, `high`]."""

    family: Literal["beta"]
    a: Positive
    b: Positive
    low: Finite = 0.0
    high: Finite = 1.0

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        _ordered(low=self.low, high=self.high)
        return beta_distribution(self.a, self.b, self.low, self.high)
