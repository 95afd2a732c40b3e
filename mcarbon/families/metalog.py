"""The metalog: a quantile function through as many percentiles as are given."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np

from mcarbon.families.base import Array, Distribution, Finite
from mcarbon.families.crossing import crossing, narrowed
from mcarbon.families.percentiles import Percentiles
from mcarbon.families.tails import UNKNOWN, End, Shape, between, exponential, falling, power

_FAR = np.geomspace(40.0, 700.0, 101)[1:]
"""Log-odds of the tails, up to the largest of a probability that a float can hold."""

_WORST_CONDITION = 1e10


class Metalog(Percentiles):
    """Three or more percentiles; `lower` and `upper` are bounds of the support and cut nothing off.

    It meets them all, with as many terms: the first ones that they determine. Keelin 2016, DOI 10.1287/deca.2016.0338.
    """

    family: Literal["metalog"]
    lower: Finite | None = None
    upper: Finite | None = None

    in_unit = ("lower", "upper")

    @property
    def is_continuous(self) -> bool:
        """See `Family.is_continuous`."""
        return True

    def coefficients(self) -> Array:
        """a1, a2, ... of Keelin's equation 6 (unbounded), 11 (one bound) or 14 (two bounds); 0 for a term left out."""
        points = self._percentiles()
        if len(points) < 3:
            raise ValueError(f"a metalog needs three percentiles or more (such as p10, p50, p90); got {len(points)}")
        x = np.array(list(points.values()))
        for name, bound, outside in (("lower", self.lower, x[0]), ("upper", self.upper, x[-1])):
            if bound is not None and (bound >= outside if name == "lower" else bound <= outside):
                raise ValueError(f"the quantiles must lie within the support: {name} = {bound:g} excludes {outside:g}")
        y = np.array(list(points))
        terms = _terms(np.log(y / (1.0 - y)), y - 0.5, 2 * len(points))
        # Seven percentiles symmetric about p50, for one, leave the seventh term without a say: the eighth stands in.
        kept: list[int] = []
        for k in range(terms.shape[1]):
            if len(kept) < len(points) and np.linalg.cond(terms[:, [*kept, k]]) < _WORST_CONDITION:
                kept.append(k)
        if len(kept) < len(points):
            raise ValueError(
                f"these {len(points)} percentiles do not determine a metalog: leave some out, those that are close together"
            )
        coefficients = np.zeros(kept[-1] + 1)
        coefficients[kept] = np.linalg.solve(terms[:, kept], self._unbound(x))
        return coefficients

    def _unbound(self, x: Array) -> Array:
        """From the support to the whole line."""
        below = x if self.lower is None else x - self.lower
        above = x if self.upper is None else self.upper - x
        z = x
        with np.errstate(divide="ignore"):
            if self.lower is not None and self.upper is not None:
                z = np.asarray(np.log(below / above))
            elif self.lower is not None:
                z = np.asarray(np.log(below))
            elif self.upper is not None:
                z = np.asarray(-np.log(above))
        return z

    def _bind(self, z: Array) -> Array:
        """From the whole line to the support."""
        with np.errstate(over="ignore"):
            if self.lower is not None and self.upper is not None:
                width = self.upper - self.lower
                return np.where(z < 0, self.lower + width / (1.0 + np.exp(-z)), self.upper - width / (1.0 + np.exp(z)))
            if self.lower is not None:
                return np.asarray(self.lower + np.exp(z))
            return z if self.upper is None else np.asarray(self.upper - np.exp(-z))

    def distribution(self) -> Distribution:
        """See `Family.distribution`."""
        from scipy.special import expit

        a = self.coefficients()
        self._rises(a)
        low, high = (-np.inf if self.lower is None else self.lower), (np.inf if self.upper is None else self.upper)

        def value(odds: Array, centred: Array) -> Array:
            with np.errstate(invalid="ignore"):  # at the ends, which stand in below
                z = np.sum(_terms(odds, centred, len(a)) * a, axis=-1)
            return np.where(np.isneginf(odds), low, np.where(np.isposinf(odds), high, self._bind(z)))

        def log_odds(p: Array) -> Array:
            with np.errstate(divide="ignore"):
                return np.asarray(np.log(p) - np.log1p(-p))

        @cache
        def met() -> tuple[Array, Array]:
            odds = np.concatenate([-_FAR[::-1], np.linspace(-40.0, 40.0, 801), _FAR])
            return odds, reached(odds)

        def reached(odds: Array) -> Array:
            return np.asarray(_terms(odds, expit(odds) - 0.5, len(a)) @ a)

        def odds_of(x: Array) -> Array:
            """The log-odds of the probability below x, for x inside the support."""
            flat = np.ravel(np.clip(x, low, high))
            target, ends = self._unbound(flat), np.full(flat.shape, _FAR[-1])
            found = crossing(reached, target, *narrowed(target, *met(), -ends, ends))
            return np.where(flat <= low, -np.inf, np.where(flat >= high, np.inf, found)).reshape(np.shape(x))

        return Distribution(
            ppf=lambda u: value(log_odds(u), u - 0.5),
            isf=lambda v: value(-log_odds(v), 0.5 - v),
            cdf=lambda x: expit(odds_of(x)),
            sf=lambda x: expit(-odds_of(x)),
            knots=[bound for bound in (self.lower, self.upper) if bound is not None],
            shape=lambda: self._shape(a),
        )

    def _shape(self, a: Array) -> Shape:
        """Far out the unbound quantile function is a line in the log-odds, and the log-odds are exponential."""
        ends = []
        for bound, other, far, middle in ((self.lower, self.upper, -np.inf, -0.5), (self.upper, self.lower, np.inf, 0.5)):
            slope = float(sum(k * middle**degree for k, (degree, by_odds) in zip(a, _powers(len(a))) if by_odds))
            at = far if bound is None else bound
            if not slope > 1e-9 * np.max(np.abs(a)):
                ends.append(End(at, UNKNOWN))
            elif bound is None and other is None:
                ends.append(falling(at, exponential(slope, 1.0)))
            else:
                ends.append(falling(at, power(1.0 / slope)))
        return between(*ends)

    def _rises(self, a: Array) -> None:
        """ValueError where the quantile function falls somewhere: then these quantiles have no metalog."""
        from scipy.special import expit

        n = len(a)
        # The slope by log-odds, which stays in bounds: at both ends, densely between, and more so where it is least.
        odds = np.concatenate([np.linspace(-40.0, 40.0, 16001), _FAR, -_FAR])
        slope = _slopes(odds, n) @ a
        least = float(odds[np.argmin(slope)])
        closer = _slopes(np.linspace(least - 0.01, least + 0.01, 201), n) @ a
        if not min(slope.min(), closer.min()) > 0.0:
            where = 100.0 * float(expit(least))
            raise ValueError(
                f"these quantiles are not a metalog's: of {np.count_nonzero(a)} terms, its quantile function falls near "
                f"p{where:.3g}; give fewer percentiles, or ones that rise more evenly"
            )


def _powers(n: int) -> list[tuple[int, bool]]:
    """Of each of n terms, the power of (y - 0.5) and whether it multiplies the log-odds."""
    first = [(0, False), (0, True), (1, True), (1, False)]
    return (first + [(k // 2, k % 2 == 1) for k in range(4, n)])[:n]


def _terms(odds: Array, centred: Array, n: int) -> Array:
    """Keelin's basis (..., n) at these log-odds, `centred` being the probability less a half."""
    with np.errstate(invalid="ignore"):
        return np.stack([centred**degree * (odds if by_odds else 1.0) for degree, by_odds in _powers(n)], axis=-1)


def _slopes(odds: Array, n: int) -> Array:
    """The derivative of the basis (..., n) by the log-odds."""
    from scipy.special import expit

    y = expit(odds)
    centred, spread = y - 0.5, y * expit(-odds)
    terms = []
    for degree, by_odds in _powers(n):
        inner = degree * centred ** max(degree - 1, 0) * spread
        terms.append(centred**degree + odds * inner if by_odds else inner)
    return np.stack(terms, axis=-1)
