"""What every prior family is: a frozen record of its parameters, and the distribution that they give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

from mcarbon.families.sound import found_sound, is_sound
from mcarbon.families.tails import ANYTHING, Shape, cut
from mcarbon.frozen import freeze_fields

Array = npt.NDArray[np.float64]
Function = Callable[[Array], Array]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]

SMALLEST_MASS = 1e-6
"""A truncation that leaves less probability than this is refused: the bounds miss the distribution."""

_SAME = 1e-14
"""Probabilities closer than this are one breakpoint."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution by its quantile function from both ends, and its probabilities from both ends.

    `ppf` maps a probability below to a value, `isf` a probability above (so that the upper tail keeps its
    precision); at 0 they give the ends of the support. `cdf` (at most x) and `sf` (above x) go back. `knots` are the
    finite values, in any order, at which the cumulative probability has a jump or a kink: atoms, ends of the support,
    corners of the density. `shape` tells of its ends and tails what the numbers cannot: whether moments exist.
    """

    ppf: Function
    isf: Function
    cdf: Function
    sf: Function
    knots: Sequence[float] | Array = ()
    shape: Callable[[], Shape] = lambda: ANYTHING

    @property
    def breakpoints(self) -> Array:
        """The probabilities below, in (0, 1) and in order, at which the quantile function jumps or has a kink."""
        knots = np.unique(np.asarray(self.knots, dtype=np.float64))
        # Just below an atom stands another probability than at it.
        found = np.sort(np.concatenate([self.cdf(np.nextafter(knots, -np.inf)), self.cdf(knots)]))
        found = found[(found > 0.0) & (found < 1.0)]
        return np.asarray(found[np.diff(found, prepend=-1.0) > _SAME])


def truncate(full: Distribution, lower: float | None, upper: float | None) -> Distribution:
    """`full` restricted to [lower, upper] and renormalised; ValueError where less than `SMALLEST_MASS` is left."""
    low = -np.inf if lower is None else lower
    high = np.inf if upper is None else upper
    if not low < high:
        raise ValueError(f"lower ({low:g}) must be below upper ({high:g})")
    # An atom at the lower bound stays in.
    bounds = np.array([np.nextafter(low, -np.inf), high])
    (below, upto), (beyond, above) = full.cdf(bounds).tolist(), full.sf(bounds).tolist()
    # From whichever end keeps the digits: far in the upper tail both cdf values are 1.
    mass = upto - below if below < 0.5 else beyond - above
    if not mass >= SMALLEST_MASS:
        bounds_given = [f"{name} = {at:g}" for name, at in (("lower", lower), ("upper", upper)) if at is not None]
        leave = f"{' and '.join(bounds_given)} leave{'s' if len(bounds_given) == 1 else ''}"
        raise ValueError(f"{leave} {mass:.2g} of the distribution; at least {SMALLEST_MASS:g} must remain")

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
        cdf=lambda x: np.where(x < low, 0.0, np.clip((full.cdf(x) - below) / mass, 0.0, 1.0)),
        sf=lambda x: np.where(x >= high, 0.0, np.clip((full.sf(x) - above) / mass, 0.0, 1.0)),
        knots=[*(x for x in full.knots if low < x < high), *(x for x in (low, high) if np.isfinite(x))],
        shape=lambda: cut(full.shape(), lower, upper),
    )


class Family(BaseModel):
    """A prior: its family's name and parameters, checked when it is made."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    in_unit: ClassVar[tuple[str, ...]] = ()
    """The parameters that are in the prior's unit."""

    @model_validator(mode="after")
    def _distribution_exists(self) -> Self:
        if self.is_resolved:
            written_out = f"{type(self).__name__} {self.model_dump_json()}"
            if not is_sound(written_out):
                try:
                    with np.errstate(all="ignore"):  # what overflows is no number, and is refused as such
                        self.distribution()
                except ArithmeticError:
                    raise ValueError("these numbers are too large, too small or too far apart to compute with") from None
                found_sound(written_out)
        freeze_fields(self)
        return self

    @property
    def is_continuous(self) -> bool:
        """Whether no value has a probability of its own."""
        return False

    @property
    def is_resolved(self) -> bool:
        """Whether all its numbers are here, and none in another prior or a file."""
        return True

    def distribution(self) -> Distribution:
        """The distribution of these parameters, truncation included. ValueError where they contradict each other."""
        raise NotImplementedError

    def scaled(self, factor: float) -> Self:
        """The same prior in another unit, of which `factor` make one of its own."""
        return type(self)(**{**self.model_dump(exclude_none=True), **self._in_other_unit(factor)})

    def _in_other_unit(self, factor: float) -> dict[str, Any]:
        """The parameters that change with the unit, converted."""
        given = {name: getattr(self, name) for name in self.in_unit}
        return {
            name: [factor * one for one in value] if isinstance(value, list) else factor * value
            for name, value in given.items()
            if value is not None
        }


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

    def cut_off(self) -> float:
        """The share of the family's probability that the bounds take away; 0 where its parameters are those after it."""
        full = self.full()
        below = 0.0 if self.lower is None else float(full.cdf(np.nextafter([self.lower], -np.inf))[0])
        above = 0.0 if self.upper is None else float(full.sf(np.array([self.upper]))[0])
        return below + above
