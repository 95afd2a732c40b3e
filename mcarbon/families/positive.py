"""Families of positive values: gamma, Weibull and exponential."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from mcarbon.families.base import Array, Distribution, Positive
from mcarbon.families.percentiles import ByPercentiles, through
from mcarbon.families.tails import End, between, exponential, falling, nearly, power


def gamma_distribution(shape: float, scale: float) -> Distribution:
    """Gamma: mean shape * scale, variance shape * scale**2."""
    from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv

    return Distribution(
        ppf=lambda u: np.asarray(scale * gammaincinv(shape, u), np.float64),
        isf=lambda v: np.asarray(scale * gammainccinv(shape, v), np.float64),
        cdf=lambda x: np.asarray(gammainc(shape, np.maximum(x, 0.0) / scale), np.float64),
        sf=lambda x: np.asarray(gammaincc(shape, np.maximum(x, 0.0) / scale), np.float64),
        knots=(0.0,),
        # Like exp(-x / scale), but for a factor of x**(shape - 1).
        shape=lambda: between(falling(0.0, power(shape)), End(math.inf, nearly(exponential(scale, 1.0)))),
    )


def weibull_distribution(shape: float, scale: float) -> Distribution:
    """Weibull: the probability above x is exp(-(x / scale)**shape)."""

    def hazard(x: Array) -> Array:
        with np.errstate(over="ignore"):
            return np.asarray((np.maximum(x, 0.0) / scale) ** shape)

    def undo(cumulative: Array) -> Array:
        return np.asarray(scale * np.abs(cumulative) ** (1.0 / shape))

    def isf(v: Array) -> Array:
        with np.errstate(divide="ignore"):
            return undo(np.log(v))

    def ppf(u: Array) -> Array:
        with np.errstate(divide="ignore"):
            return undo(np.log1p(-u))

    return Distribution(
        ppf=ppf,
        isf=isf,
        cdf=lambda x: -np.expm1(-hazard(x)),
        sf=lambda x: np.exp(-hazard(x)),
        knots=(0.0,),
        shape=lambda: between(falling(0.0, power(shape)), falling(math.inf, exponential(scale, shape))),
    )


class Gamma(ByPercentiles):
    """`shape, scale`, or two percentiles."""

    family: Literal["gamma"]
    shape: Positive | None = None
    scale: Positive | None = None

    in_unit = ("scale", "lower", "upper")

    def parameters(self) -> tuple[float, float]:
        """Shape and scale before truncation."""
        percentiles = self._percentiles()
        if self._form([("shape", "scale")], percentiles):
            assert self.shape is not None and self.scale is not None
            return self.shape, self.scale
        self._positive(percentiles, "a gamma")
        shape, scale = _gamma_through(percentiles)

        def member(free: Array) -> tuple[float, float]:
            # The second parameter widens: a smaller shape about the same mean.
            return shape * math.exp(-free[1]), scale * math.exp(free[0] + free[1])

        found = through(percentiles, lambda free: gamma_distribution(*member(free)), self.lower, self.upper, noun="gamma")
        return member(found)

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        return gamma_distribution(*self.parameters())


def _gamma_through(points: dict[float, float]) -> tuple[float, float]:
    """Shape and scale of the gamma that has these two quantiles: their ratio falls as the shape grows."""
    from scipy.optimize import brentq
    from scipy.special import gammaincinv

    (p, x), (q, y) = points.items()
    narrowest, widest = math.log(1e-2), math.log(1e8)

    def miss(log_shape: float) -> float:
        low, high = gammaincinv(math.exp(log_shape), [p, q])
        return math.log(high / low) - math.log(y / x) if low > 0 else math.inf

    if not miss(narrowest) > 0 > miss(widest):
        apart = "far apart" if miss(narrowest) <= 0 else "close"
        raise ValueError(f"no gamma of a shape from 0.01 to 1e8 has these quantiles: they are too {apart}")
    while miss(narrowest) == math.inf:  # the lower quantile is too small for a float
        narrowest += 0.1
    shape = math.exp(brentq(miss, narrowest, widest, xtol=1e-14, rtol=1e-14))
    return shape, x / float(gammaincinv(shape, p))


class Weibull(ByPercentiles):
    """`shape, scale`, or two percentiles."""

    family: Literal["weibull"]
    shape: Positive | None = None
    scale: Positive | None = None

    in_unit = ("scale", "lower", "upper")

    def parameters(self) -> tuple[float, float]:
        """Shape and scale before truncation."""
        percentiles = self._percentiles()
        if self._form([("shape", "scale")], percentiles):
            assert self.shape is not None and self.scale is not None
            return self.shape, self.scale
        self._positive(percentiles, "a Weibull")
        (p, x), (q, y) = percentiles.items()
        low, high = math.log(-math.log1p(-p)), math.log(-math.log1p(-q))
        shape = (high - low) / math.log(y / x)
        log_scale = math.log(x) - low / shape

        def member(free: Array) -> tuple[float, float]:
            return shape * math.exp(-free[1]), math.exp(log_scale + free[0] / shape)

        def weibull(free: Array) -> Distribution:
            return weibull_distribution(*member(free))

        return member(through(percentiles, weibull, self.lower, self.upper, noun="Weibull"))

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        return weibull_distribution(*self.parameters())


class Exponential(ByPercentiles):
    """`scale`, which is the mean, or one percentile."""

    family: Literal["exponential"]
    scale: Positive | None = None

    in_unit = ("scale", "lower", "upper")

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        percentiles = self._percentiles()
        if self._form([("scale",)], percentiles, wanted=1):
            assert self.scale is not None
            return weibull_distribution(1.0, self.scale)
        self._positive(percentiles, "an exponential")
        ((p, x),) = percentiles.items()
        scale = x / -math.log1p(-p)

        def member(free: Array) -> Distribution:
            return weibull_distribution(1.0, scale * math.exp(free[0]))

        return member(through(percentiles, member, self.lower, self.upper, noun="exponential"))
