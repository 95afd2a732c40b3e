"""Any continuous family of `scipy.stats`, by its name there."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any, Literal

import numpy as np
from pydantic import ConfigDict

from mcarbon.errors import allowed_names
from mcarbon.families.base import Array, Continuous, Distribution, Finite, Function, Positive
from mcarbon.families.crossing import crossing, narrowed
from mcarbon.families.tails import EVERY_POWER, NONE, UNKNOWN, End, Tail, between, power


class Scipy(Continuous):
    """A continuous family of `scipy.stats`: its `name`, its shape parameters by name, `loc` and `scale`."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)
    __pydantic_extra__: dict[str, Finite]

    family: Literal["scipy"]
    name: str
    loc: Finite = 0.0
    scale: Positive = 1.0

    in_unit = ("loc", "scale", "lower", "upper")

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        from scipy import stats

        family = getattr(stats, self.name, None)
        if not isinstance(family, stats.rv_continuous):
            known = [name for name in dir(stats) if isinstance(getattr(stats, name), stats.rv_continuous)]
            hint = allowed_names(self.name, known).partition("Allowed")[0]
            raise ValueError(f"scipy.stats has no continuous family `{self.name[:60]}`. {hint}".rstrip())
        shapes = family.shapes.replace(" ", "").split(",") if family.shapes else []
        given = self.__pydantic_extra__ or {}
        if set(given) != set(shapes):
            wanted = ", ".join(f"`{shape}`" for shape in shapes) or "none"
            got = ", ".join(f"`{name}`" for name in given) or "none"
            raise ValueError(f"the shape parameters of `{self.name}` are {wanted}; got {got}")
        frozen = family(**given, loc=self.loc, scale=self.scale)
        low, high = (float(end) for end in frozen.support())
        if np.isnan(low):
            listed = ", ".join(f"{name} = {value:g}" for name, value in given.items())
            raise ValueError(f"scipy.stats.{self.name} does not exist for {listed}")
        knots = [end for end in (low, high) if np.isfinite(end)]
        ppf, isf, cdf, sf = (_quiet(getattr(frozen, function)) for function in ("ppf", "isf", "cdf", "sf"))

        def has_own(function: str) -> bool:
            return getattr(type(family), function) is not getattr(stats.rv_continuous, function)

        # What SciPy has no formula for, it solves point by point, or from the wrong end.
        if not has_own("_ppf"):
            ppf, isf = _inverse(cdf, ppf, low, high), _inverse(sf, isf, high, low)
        elif not has_own("_isf") and has_own("_sf"):
            isf = _inverse(sf, isf, high, low)
        return Distribution(
            ppf=ppf,
            isf=isf,
            cdf=cdf,
            sf=sf,
            knots=knots,
            shape=lambda: between(_end(ppf, low), _end(isf, high), fills=False),
        )


_TINY = np.array([[1e-40, 1e-80, 1e-160], [1e-10, 1e-20, 1e-40]])


def _end(quantile: Function, at: float) -> End:
    """What the quantiles with hardly any probability beyond them tell of an end: a power is one to the last digits."""
    if at not in (-np.inf, 0.0, np.inf):
        return End(at, UNKNOWN)
    for beyond in _TINY:
        with np.errstate(all="ignore"):
            gone = np.log(np.abs(quantile(beyond))) * (-1.0 if at == 0.0 else 1.0)
            first, second = (-np.diff(np.log(beyond)) / np.diff(gone)).tolist()
        if not (np.isfinite(second) and first > 0.0):
            continue
        if abs(second - first) < 1e-6 * second:
            return End(at, Tail.exact(power(float(f"{second:.6g}"))))
        if second > 1.2 * first:
            return End(at, Tail(EVERY_POWER, NONE))
    return End(at, UNKNOWN)


def _inverse(gone: Function, slowly: Function, nearest: float, farthest: float) -> Function:
    """The quantile function from one end: where `gone`, the probability between it and x, is p.

    `nearest` and `farthest` are the ends of the support, as met from there; `slowly` is the same function, for a few
    points and for where `gone` is no number.
    """
    away = 1.0 if nearest < farthest else -1.0

    def log_gone(y: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.log(gone(away * y))

    @cache
    def met() -> tuple[Array, Array]:
        """Where to begin: places ever farther from the middle, and the logarithm of `gone` where it is a number."""
        some = away * slowly(np.array([0.25, 0.5, 0.75]))
        steps = (some[2] - some[0]) * np.exp2(np.arange(-4.0, 128.0))
        y = np.unique(np.concatenate([some, some[1] - steps, some[1] + steps]))
        y = y[(y > away * nearest) & (y < away * farthest)]
        reached = log_gone(y)
        # Up to where SciPy loses it: from the middle on, as far as it grows.
        with np.errstate(invalid="ignore"):
            stops = np.flatnonzero(~(np.diff(reached) >= 0.0))
        middle = int(np.searchsorted(y, some[1]))
        first = int(np.max(stops[stops < middle], initial=-1)) + 1
        last = int(np.min(stops[stops >= middle], initial=len(y) - 1))
        y, reached = y[first : last + 1], reached[first : last + 1]
        if np.isfinite(nearest):
            y, reached = np.append(away * nearest, y), np.append(-np.inf, reached)
        if np.isfinite(farthest):
            y, reached = np.append(y, away * farthest), np.append(reached, 0.0)
        return y, reached

    def quantile(p: Array) -> Array:
        flat = np.ravel(p)
        x = np.empty_like(flat)
        with np.errstate(divide="ignore"):
            target = np.log(flat)
        places, reached = met()
        inside = (target > np.min(reached, initial=0.0)) & (target < np.max(reached, initial=-np.inf))
        if inside.any():
            ends = np.repeat([places[[0]], places[[-1]]], inside.sum(), axis=1)
            x[inside] = away * crossing(log_gone, target[inside], *narrowed(target[inside], places, reached, *ends))
        if not inside.all():
            x[~inside] = slowly(flat[~inside])
        return x.reshape(np.shape(p))

    return quantile


def _quiet(function: Any) -> Function:
    """Without SciPy's warnings and errors: where its results are no numbers, the table is refused."""

    def quietly(x: Array) -> Array:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                return np.asarray(function(x), dtype=np.float64)
            except (ArithmeticError, ValueError, RuntimeError):
                return np.full(np.shape(x), np.nan)

    return quietly
