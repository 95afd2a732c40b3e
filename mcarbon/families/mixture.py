"""Mixtures, and `Prior`: any of the families, told apart by its `family`, for a mixture may hold any of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from mcarbon.families.arbitrary import Scipy
from mcarbon.families.base import Array, Continuous, Distribution, Family, Function, Positive
from mcarbon.families.bounded import Arcsine, Beta, CurvilinearTrapezoid, Loguniform, Pert, Trapezoid, Triangular, Uniform
from mcarbon.families.crossing import crossing, narrowed
from mcarbon.families.discrete import Discrete, Empirical
from mcarbon.families.metalog import Metalog
from mcarbon.families.normal import Lognormal, Normal
from mcarbon.families.positive import Exponential, Gamma, Weibull
from mcarbon.families.student import StudentT
from mcarbon.families.tails import pooled


class Component(BaseModel):
    """A prior of a mixture, written out or named, with its weight."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    weight: Positive
    prior: Prior | str


class Mixture(Continuous):
    """A linear pool: with probability `weight` (normalised) the number is drawn from that component.

    Components may be discrete. A named one is found, and converted to the mixture's unit, when a study is loaded
    (`with_priors`); until then the mixture is not resolved. `lower` and `upper` truncate the pool.
    """

    family: Literal["mixture"]
    components: Annotated[list[Component], Field(min_length=1)]

    in_unit = ("lower", "upper")

    @property
    def is_resolved(self) -> bool:
        """See `Family.is_resolved`."""
        return all(isinstance(one.prior, Family) and one.prior.is_resolved for one in self.components)

    @property
    def is_continuous(self) -> bool:
        """See `Family.is_continuous`."""
        return all(isinstance(one.prior, Family) and one.prior.is_continuous for one in self.components)

    def with_priors(self, priors: Iterable[Prior | str]) -> Self:
        """The same mixture of these priors, one a component, in the mixture's unit where they are no names."""
        return type(self)(**{**dict(self), "components": self._of(priors)})

    def _of(self, priors: Iterable[Prior | str]) -> list[Component]:
        return [Component(weight=one.weight, prior=prior) for one, prior in zip(self.components, priors)]

    def _in_other_unit(self, factor: float) -> dict[str, Any]:
        priors = [self._written_out(one.prior).scaled(factor) for one in self.components]
        return {**super()._in_other_unit(factor), "components": self._of(priors)}

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        weights = np.array([one.weight for one in self.components])
        return pool(weights, [self._written_out(one.prior).distribution() for one in self.components])

    @staticmethod
    def _written_out(prior: Prior | str) -> Prior:
        if isinstance(prior, str):
            raise ValueError(f'the component "{prior}" is a name that has not been looked up')
        return prior


_SOME = np.concatenate(
    [np.geomspace(1e-10, 0.01, 80), np.linspace(0.01, 0.99, 160)[1:], 1.0 - np.geomspace(1e-10, 0.01, 80)]
)
"""Probabilities at which a pool is looked at, to begin its inversion from nearby."""


def pool(weights: Array, components: list[Distribution]) -> Distribution:
    """The linear pool of these distributions: its probabilities are the weighted means of theirs."""
    shares = weights / weights.max()
    shares = shares / shares.sum()

    def cdf(x: Array) -> Array:
        return np.asarray(sum(share * one.cdf(x) for share, one in zip(shares, components)))

    def sf(x: Array) -> Array:
        return np.asarray(sum(share * one.sf(x) for share, one in zip(shares, components)))

    knots = np.unique(np.concatenate([np.asarray(one.knots, dtype=np.float64) for one in components]))
    before = np.nextafter(knots, -np.inf)
    from_below = _from_one_end(cdf, [one.ppf for one in components], knots, cdf(before), cdf(knots), 1.0)
    from_above = _from_one_end(sf, [one.isf for one in components], knots[::-1], sf(knots)[::-1], sf(before)[::-1], -1.0)

    def from_both(near: Function, far: Function, p: Array) -> Array:
        p = np.asarray(p, dtype=np.float64)
        x = np.empty(p.shape)
        half = p <= 0.5
        x[half], x[~half] = near(p[half]), far(1.0 - p[~half])
        return x

    return Distribution(
        ppf=lambda u: from_both(from_below, from_above, u),
        isf=lambda v: from_both(from_above, from_below, v),
        cdf=cdf,
        sf=sf,
        knots=knots,
        shape=lambda: pooled([one.shape() for one in components]),
    )


def _from_one_end(
    gone: Function, quantiles: list[Function], knots: Array, before: Array, upto: Array, away: float
) -> Function:
    """The quantile function of a pool from one end, for probabilities p (n,) up to a half.

    `gone` is the probability between that end and x. At the `knots`, in the order met from that end, it is `before`
    and, with what sits at the knot itself, `upto`; between two of them it is smooth, and is inverted there. `away` is
    the sign of the way from that end.
    """
    edges = np.maximum.accumulate(np.column_stack([before, upto]).ravel())
    places = np.concatenate([[np.nan], away * knots, [np.nan]])

    def log_gone(y: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.log(gone(away * y))

    @cache
    def met() -> tuple[Array, Array]:
        y = np.unique(np.concatenate([away * one(_SOME) for one in quantiles]))
        y = y[np.isfinite(y)]
        return y, log_gone(y)

    def quantile(p: Array) -> Array:
        where = np.searchsorted(edges, p, side="left")
        passed = where // 2
        y = places[np.minimum(passed + 1, len(knots))]
        if len(free := np.flatnonzero(where % 2 == 0)):
            p, passed = p[free], passed[free]
            # The pool's quantile lies among its components'.
            among = np.stack([away * one(p) for one in quantiles])
            start = np.fmax(among.min(axis=0), places[passed])
            end = np.fmax(np.fmin(among.max(axis=0), places[passed + 1]), start)
            with np.errstate(divide="ignore"):
                target = np.log(p)
            y[free] = np.where(p > 0.0, crossing(log_gone, target, *narrowed(target, *met(), start, end)), start)
        return away * y

    return quantile


Prior = Annotated[
    Normal
    | Lognormal
    | Uniform
    | Loguniform
    | Triangular
    | Pert
    | Trapezoid
    | CurvilinearTrapezoid
    | Arcsine
    | Beta
    | Gamma
    | Weibull
    | Exponential
    | StudentT
    | Metalog
    | Mixture
    | Discrete
    | Empirical
    | Scipy,
    Field(discriminator="family"),
]

Component.model_rebuild()
Mixture.model_rebuild()
