"""A prior doubted: the same with another spread, or another family between the same quantiles.

A prior is stretched about its median on the scale that its numbers live on: of shares, which lie within 0 and 1, the
logit; of numbers above 0 the logarithm; of others the number itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logit, ndtri

from mcarbon.families.base import Array, Distribution, Family
from mcarbon.families.discrete import Discrete, Empirical, atoms_distribution

SAME = 1e-4
"""Of a spread: two families that are nearer at their quartiles are one."""
ENDS = (0.05, 0.95)
"""The quantiles that another family keeps."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """The scale that a prior's numbers live on."""

    there: Callable[[Array], Array]
    back: Callable[[Array], Array]


_SHARE = _Scale(logit, expit)
_POSITIVE = _Scale(np.log, np.exp)
_PLAIN = _Scale(lambda x: x, lambda x: x)


def stretched(prior: Family, by: float, is_share: bool = False) -> Distribution:
    """The prior with `by` times its spread; bounds that truncate it stay.

    `is_share`: a number without a unit, which within 0 and 1 is taken for a share.
    """
    given = prior.distribution()
    scale = _scale(given, is_share)
    with np.errstate(divide="ignore"):
        middle = scale.there(given.ppf(np.array([0.5])))

        def moved(x: Array) -> Array:
            with np.errstate(divide="ignore"):
                return np.asarray(scale.back(middle + by * (scale.there(x) - middle)))

        if isinstance(prior, Discrete | Empirical):
            values = np.unique(given.knots)
            shares = np.diff(given.cdf(values), prepend=0.0)
            return atoms_distribution(_kept(prior, moved(values)), shares)
    return _quantiles(lambda u: _kept(prior, moved(given.ppf(u))), lambda v: _kept(prior, moved(given.isf(v))), given)


def other_family(prior: Family, is_share: bool = False) -> Distribution | None:
    """A normal on the prior's scale with the same 5 and 95 % quantiles; where it is one, a uniform.

    None for single values, which have no other family. Bounds that truncate the prior stay.
    """
    if isinstance(prior, Discrete | Empirical):
        return None
    given = prior.distribution()
    scale = _scale(given, is_share)
    low, high = scale.there(given.ppf(np.array(ENDS)))
    if not high > low:
        return None
    middle, width = 0.5 * (low + high), (high - low) / (ndtri(ENDS[1]) - ndtri(ENDS[0]))
    probes = np.array([0.01, 0.25, 0.5, 0.75, 0.99])
    apart = np.abs(scale.there(given.ppf(probes)) - (middle + width * ndtri(probes)))
    if float(apart.max()) > SAME * width:
        centred: Callable[[Array], Array] = ndtri
    else:
        width = (high - low) / (ENDS[1] - ENDS[0])
        centred = _uniform
    return _quantiles(
        lambda u: _kept(prior, scale.back(middle + width * centred(u))),
        lambda v: _kept(prior, scale.back(middle - width * centred(v))),
        given,
    )


def _uniform(u: Array) -> Array:
    return u - 0.5


def _scale(given: Distribution, is_share: bool) -> _Scale:
    low, high = (float(end(np.array([1e-9]))[0]) for end in (given.ppf, given.isf))
    if is_share and low > 0.0 and high < 1.0:
        return _SHARE
    return _POSITIVE if low > 0.0 else _PLAIN


def _kept(prior: Family, x: Array) -> Array:
    lower, upper = getattr(prior, "lower", None), getattr(prior, "upper", None)
    return np.asarray(np.clip(x, -np.inf if lower is None else lower, np.inf if upper is None else upper))


def _quantiles(ppf: Callable[[Array], Array], isf: Callable[[Array], Array], given: Distribution) -> Distribution:
    """A distribution that is asked for its quantiles alone."""
    return replace(given, ppf=ppf, isf=isf, knots=())
