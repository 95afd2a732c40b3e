"""What every prior family is: a frozen record of its parameters, and the distribution that they give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

Array = npt.NDArray[np.float64]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]

SMALLEST_MASS = 1e-6
"""A truncation that leaves less probability than this is refused: the bounds miss the distribution."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution by its quantile function from both ends, and its probabilities from both ends.

    `ppf` maps a probability below to a value, `isf` a probability above (so that the upper tail keeps its
    precision), `cdf` and `sf` go back. `breakpoints` are the probabilities below, in (0, 1), at which the quantile
    function jumps or has a kink.
    """

    ppf: Callable[[Array], Array]
    isf: Callable[[Array], Array]
    cdf: Callable[[float], float]
    sf: Callable[[float], float]
    breakpoints: tuple[float, ...] = ()


def truncate(full: Distribution, lower: float | None, upper: float | None) -> Distribution:
    """`full` restricted to [lower, upper] and renormalised; ValueError where less than `SMALLEST_MASS` is left."""
    low = -np.inf if lower is None else lower
    high = np.inf if upper is None else upper
    if not low < high:
        raise ValueError(f"lower ({low:g}) must be below upper ({high:g})")
    below, above = float(full.cdf(low)), float(full.sf(high))
    # From whichever end keeps the digits: far in the upper tail both cdf values are 1.
    mass = float(full.cdf(high)) - below if below < 0.5 else float(full.sf(low)) - above
    if mass < SMALLEST_MASS:
        raise ValueError(
            f"lower = {low:g}, upper = {high:g} leave {mass:.2g} of the distribution; at least {SMALLEST_MASS:g} must remain"
        )

    def from_below(u: Array, v: Array) -> Array:
        """The value with `u` of the truncated mass below and `v` above."""
        p, s = below + u * mass, above + v * mass
        lower_half = p <= 0.5
        with np.errstate(all="ignore"):
            x = np.where(lower_half, full.ppf(np.where(lower_half, p, 0.5)), full.isf(np.where(lower_half, 0.5, s)))
        return np.clip(x, low, high)

    return Distribution(
        ppf=lambda u: from_below(u, 1.0 - u),
        isf=lambda v: from_below(1.0 - v, v),
        cdf=lambda x: min(1.0, max(0.0, (full.cdf(x) - below) / mass)),
        sf=lambda x: min(1.0, max(0.0, (full.sf(x) - above) / mass)),
        breakpoints=tuple(q for q in ((p - below) / mass for p in full.breakpoints) if 0.0 < q < 1.0),
    )


class Family(BaseModel):
    """A prior: its family's name and parameters, checked when it is made."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @model_validator(mode="after")
    def _distribution_exists(self) -> Family:
        self.distribution()
        return self

    @property
    def is_continuous(self) -> bool:
        """Whether no value has a probability of its own."""
        return False

    def distribution(self) -> Distribution:
        """The distribution of these parameters, truncation included. ValueError where they contradict each other."""
        raise NotImplementedError


class Continuous(Family):
    """A continuous family; `lower` and `upper` truncate it."""

    lower: Finite | None = None
    upper: Finite | None = None

    @property
    def is_continuous(self) -> bool:
        """See `Family.is_continuous`."""
        return True

    def full(self) -> Distribution:
        """The distribution before truncation."""
        raise NotImplementedError

    def distribution(self) -> Distribution:
        """See `Family.distribution`."""
        full = self.full()
        return full if self.lower is None and self.upper is None else truncate(full, self.lower, self.upper)


def read_percentiles(keys: Mapping[str, Any], allowed: list[str]) -> dict[float, float]:
    """The keys ``p5``, ``p50``, ``p2.5`` as probability -> value, in increasing order of probability.

    ValueError for a key that is none, a percentile outside (0, 100), or values that do not increase.
    """
    quantiles: dict[float, float] = {}
    for key, value in keys.items():
        number = key[1:]
        if not (key.startswith("p") and number.replace(".", "", 1).isdigit()):
            raise ValueError(f"unknown key `{key}`; allowed: {', '.join(allowed)} and percentiles such as p5, p95")
        if not 0 < Decimal(number) < 100:
            raise ValueError(f"{key} is no percentile: the number must lie between 0 and 100")
        quantiles[float(Decimal(number) / 100)] = float(value)
    ordered = dict(sorted(quantiles.items()))
    for (p, low), (q, high) in zip(list(ordered.items()), list(ordered.items())[1:]):
        if not low < high:
            raise ValueError(f"the quantiles are out of order: p{100 * p:g} = {low:g} is not below p{100 * q:g} = {high:g}")
    return ordered


def one_form(given: Mapping[str, Any], forms: list[tuple[str, ...]], quantiles: int, wanted: int) -> tuple[str, ...]:
    """Which of the parameterisations `forms` was given; ``()`` for `wanted` quantiles. ValueError for none or two."""
    names = tuple(name for name, value in given.items() if value is not None)
    if quantiles == wanted and not names:
        return ()
    for form in forms:
        if set(names) == set(form) and not quantiles:
            return form
    listed = " or ".join(f"`{', '.join(form)}`" for form in forms)
    got = ", ".join([*names, *([f"{quantiles} percentile(s)"] if quantiles else [])]) or "nothing"
    raise ValueError(f"give exactly {listed} or {wanted} percentiles (such as p5, p95); got {got}")
