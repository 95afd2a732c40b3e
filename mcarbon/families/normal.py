"""The normal family and the log-normal one, which is its exponential: by parameters or by two percentiles."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from mcarbon.families.base import Array, Distribution, Finite, Positive
from mcarbon.families.percentiles import ByPercentiles, through
from mcarbon.families.tails import EVERY_POWER, End, between, exponential, falling, nearly


def normal_distribution(mean: float, sd: float) -> Distribution:
    """Normal with this mean and standard deviation, both in the prior's unit."""
    from scipy.special import ndtr, ndtri

    return Distribution(
        ppf=lambda u: mean + sd * ndtri(u),
        isf=lambda v: mean - sd * ndtri(v),
        cdf=lambda x: ndtr((x - mean) / sd),
        sf=lambda x: ndtr((mean - x) / sd),
        # Like exp(-x**2 / 2 sd**2), but for a factor of 1 / x.
        shape=lambda: between(*(End(at, nearly(exponential(math.sqrt(2.0) * sd, 2.0))) for at in (-math.inf, math.inf))),
    )


def lognormal_distribution(meanlog: float, sdlog: float) -> Distribution:
    """Log-normal: ln X is normal with this mean and standard deviation."""
    log = normal_distribution(meanlog, sdlog)

    def ln(x: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.log(np.maximum(x, 0.0))

    return Distribution(
        ppf=lambda u: np.exp(log.ppf(u)),
        isf=lambda v: np.exp(log.isf(v)),
        cdf=lambda x: log.cdf(ln(x)),
        sf=lambda x: log.sf(ln(x)),
        knots=(0.0,),
        shape=lambda: between(falling(0.0, EVERY_POWER), falling(math.inf, EVERY_POWER)),
    )


def _line(points: Mapping[float, float]) -> tuple[float, float]:
    """Mean and sd of the normal that has these two quantiles (p -> value)."""
    from scipy.special import ndtri

    (p, x), (q, y) = points.items()
    sd = (y - x) / float(ndtri(q) - ndtri(p))
    return x - sd * float(ndtri(p)), sd


class Normal(ByPercentiles):
    """`mean, sd`, or two percentiles. Truncation leaves `mean` and `sd` those of the whole normal."""

    family: Literal["normal"]
    mean: Finite | None = None
    sd: Positive | None = None

    in_unit = ("mean", "sd", "lower", "upper")

    def parameters(self) -> tuple[float, float]:
        """Mean and standard deviation before truncation."""
        percentiles = self._percentiles()
        if self._form([("mean", "sd")], percentiles):
            assert self.mean is not None and self.sd is not None
            return self.mean, self.sd
        mean, sd = _line(percentiles)

        def member(free: Array) -> tuple[float, float]:
            return mean + sd * float(free[0]), sd * math.exp(free[1])

        found = through(
            percentiles, lambda free: normal_distribution(*member(free)), self.lower, self.upper, noun="normal", logs=False
        )
        return member(found)

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        return normal_distribution(*self.parameters())


class Lognormal(ByPercentiles):
    """`median, gsd` (geometric sd), `meanlog, sdlog`, `mean, sd` (of X itself), or two percentiles."""

    family: Literal["lognormal"]
    median: Positive | None = None
    gsd: Finite | None = None
    meanlog: Finite | None = None
    sdlog: Positive | None = None
    mean: Positive | None = None
    sd: Positive | None = None

    in_unit = ("median", "mean", "sd", "lower", "upper")

    def _in_other_unit(self, factor: float) -> dict[str, Any]:
        shifted = {} if self.meanlog is None else {"meanlog": self.meanlog + math.log(factor)}
        return {**super()._in_other_unit(factor), **shifted}

    def parameters(self) -> tuple[float, float]:
        """Mean and standard deviation of ln X before truncation."""
        percentiles = self._percentiles()
        form = self._form([("median", "gsd"), ("meanlog", "sdlog"), ("mean", "sd")], percentiles)
        if form == ("median", "gsd"):
            assert self.median is not None and self.gsd is not None
            if not self.gsd > 1:
                raise ValueError(f"gsd ({self.gsd:g}) is a factor and must be above 1")
            return math.log(self.median), math.log(self.gsd)
        if form == ("meanlog", "sdlog"):
            assert self.meanlog is not None and self.sdlog is not None
            return self.meanlog, self.sdlog
        if form == ("mean", "sd"):
            assert self.mean is not None and self.sd is not None
            variance = math.log1p((self.sd / self.mean) ** 2)
            return math.log(self.mean) - variance / 2, math.sqrt(variance)
        self._positive(percentiles, "a log-normal")
        meanlog, sdlog = _line({p: math.log(x) for p, x in percentiles.items()})

        def member(free: Array) -> tuple[float, float]:
            return meanlog + sdlog * float(free[0]), sdlog * math.exp(free[1])

        found = through(
            percentiles, lambda free: lognormal_distribution(*member(free)), self.lower, self.upper, noun="log-normal"
        )
        return member(found)

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        return lognormal_distribution(*self.parameters())
