"""The normal family and the log-normal one, which is its exponential: by parameters or by two percentiles."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from pydantic import ConfigDict

from mcarbon.families.base import Array, Continuous, Distribution, Finite, Positive, one_form, read_percentiles, truncate


def normal_distribution(mean: float, sd: float) -> Distribution:
    """Normal with this mean and standard deviation, both in the prior's unit."""
    from scipy.special import ndtr, ndtri

    return Distribution(
        ppf=lambda u: mean + sd * ndtri(u),
        isf=lambda v: mean - sd * ndtri(v),
        cdf=lambda x: float(ndtr((x - mean) / sd)),
        sf=lambda x: float(ndtr((mean - x) / sd)),
    )


def lognormal_distribution(meanlog: float, sdlog: float) -> Distribution:
    """Log-normal: ln X is normal with this mean and standard deviation."""
    log = normal_distribution(meanlog, sdlog)
    return Distribution(
        ppf=lambda u: np.exp(log.ppf(u)),
        isf=lambda v: np.exp(log.isf(v)),
        cdf=lambda x: log.cdf(math.log(x)) if x > 0 else 0.0,
        sf=lambda x: log.sf(math.log(x)) if x > 0 else 1.0,
    )


def _through(points: dict[float, float], lower: float | None, upper: float | None) -> tuple[float, float]:
    """Mean and sd of the normal that, truncated to [lower, upper], has these two quantiles (p -> value).

    ValueError where none has them.
    """
    from scipy.special import ndtri

    (p, x), (q, y) = points.items()
    sd = (y - x) / float(ndtri(q) - ndtri(p))
    mean = x - sd * float(ndtri(p))
    if lower is None and upper is None:
        return mean, sd
    if (lower is not None and lower >= x) or (upper is not None and upper <= y):
        name = "lower" if lower is not None and lower >= x else "upper"
        raise ValueError(f"the quantiles must lie within the bounds; {name} does not leave them room")
    from scipy.optimize import root

    probabilities, target = np.array([p, q]), np.array([x, y])

    def miss(parameters: Array) -> Array:
        m, s = mean + sd * parameters[0], sd * math.exp(min(parameters[1], 50.0))
        try:
            cut = truncate(normal_distribution(m, s), lower, upper)
        except ValueError:
            return np.array([1e3, 1e3])
        return np.asarray((cut.ppf(probabilities) - target) / (y - x))

    solution = root(miss, np.zeros(2), method="hybr", options={"xtol": 1e-13})
    if np.max(np.abs(miss(solution.x))) > 1e-9:
        raise ValueError("no normal, truncated like this, has these quantiles: they are too far apart for the bounds")
    return mean + sd * float(solution.x[0]), sd * math.exp(float(solution.x[1]))


class _ByQuantiles(Continuous):
    model_config = ConfigDict(frozen=True, extra="allow", strict=True)
    __pydantic_extra__: dict[str, Finite]

    def _percentiles(self) -> dict[float, float]:
        return read_percentiles(self.__pydantic_extra__ or {}, list(type(self).model_fields))

    def _form(self, forms: list[tuple[str, ...]], percentiles: Mapping[float, Any]) -> tuple[str, ...]:
        given = {name: getattr(self, name) for form in forms for name in form}
        return one_form(given, forms, len(percentiles), 2)


class Normal(_ByQuantiles):
    """`mean, sd`, or two percentiles. Truncation leaves `mean` and `sd` those of the whole normal."""

    family: Literal["normal"]
    mean: Finite | None = None
    sd: Positive | None = None

    def parameters(self) -> tuple[float, float]:
        """Mean and standard deviation before truncation."""
        percentiles = self._percentiles()
        if self._form([("mean", "sd")], percentiles):
            assert self.mean is not None and self.sd is not None
            return self.mean, self.sd
        return _through(percentiles, self.lower, self.upper)

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        return normal_distribution(*self.parameters())


class Lognormal(_ByQuantiles):
    """`median, gsd` (geometric sd), `meanlog, sdlog`, `mean, sd` (of X itself), or two percentiles."""

    family: Literal["lognormal"]
    median: Positive | None = None
    gsd: Finite | None = None
    meanlog: Finite | None = None
    sdlog: Positive | None = None
    mean: Positive | None = None
    sd: Positive | None = None

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
        smallest = next(iter(percentiles.values()))
        if not smallest > 0:
            raise ValueError(f"a log-normal is positive: its lowest quantile ({smallest:g}) must be above 0")
        bounds = [None if bound is None or bound <= 0 else math.log(bound) for bound in (self.lower, self.upper)]
        return _through({p: math.log(x) for p, x in percentiles.items()}, bounds[0], bounds[1])

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        return lognormal_distribution(*self.parameters())
