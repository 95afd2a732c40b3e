"""The discrete family: a few values with weights."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from mcarbon.families.base import Array, Distribution, Family, Finite, Positive


class Discrete(Family):
    """`values` with `weights`, which are normalised."""

    family: Literal["discrete"]
    values: Annotated[list[Finite], Field(min_length=1)]
    weights: Annotated[list[Positive], Field(min_length=1)]

    def distribution(self) -> Distribution:
        """See `Family.distribution`."""
        if len(self.values) != len(self.weights):
            raise ValueError(f"{len(self.values)} values but {len(self.weights)} weights: one weight a value")
        if len(set(self.values)) != len(self.values):
            raise ValueError("values must differ: give a value once, with all its weight")
        order = np.argsort(self.values)
        values = np.asarray(self.values, dtype=np.float64)[order]
        weights = np.asarray(self.weights, dtype=np.float64)[order]
        upto = np.cumsum(weights) / weights.sum()
        beyond = np.cumsum(weights[::-1])[::-1] / weights.sum()

        def ppf(u: Array) -> Array:
            return np.asarray(values[np.minimum(np.searchsorted(upto[:-1], u, side="left"), len(values) - 1)])

        def isf(v: Array) -> Array:
            return np.asarray(values[::-1][np.searchsorted(beyond[:0:-1], v, side="left")])

        return Distribution(
            ppf=ppf,
            isf=isf,
            cdf=lambda x: float(weights[values <= x].sum() / weights.sum()),
            sf=lambda x: float(weights[values > x].sum() / weights.sum()),
            breakpoints=tuple(float(p) for p in upto[:-1]),
        )
