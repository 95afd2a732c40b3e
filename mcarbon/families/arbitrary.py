"""Any continuous family of `scipy.stats`, by its name there."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
from pydantic import ConfigDict

from mcarbon.errors import allowed_names
from mcarbon.families.base import Array, Continuous, Distribution, Finite, Function, Positive


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
        return Distribution(
            ppf=_quiet(frozen.ppf),
            isf=_quiet(frozen.isf),
            cdf=_quiet(frozen.cdf),
            sf=_quiet(frozen.sf),
            knots=[end for end in (low, high) if np.isfinite(end)],
        )


def _quiet(function: Any) -> Function:
    """Without SciPy's warnings: where its results are no numbers, the table is refused."""

    def quietly(x: Array) -> Array:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return np.asarray(function(x), dtype=np.float64)

    return quietly
