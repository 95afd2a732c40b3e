"""Student's t."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from mcarbon.families.base import Array, Continuous, Distribution, Finite, Positive
from mcarbon.families.percentiles import one_form
from mcarbon.families.tails import between, falling, power


class StudentT(Continuous):
    """`df, loc, scale`, or `df, loc, sd` where df is above 2. The scale is not the standard deviation."""

    family: Literal["student_t"]
    df: Positive
    loc: Finite
    scale: Positive | None = None
    sd: Positive | None = None

    in_unit = ("loc", "scale", "sd", "lower", "upper")

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        from scipy.special import stdtr, stdtrit

        df, loc = self.df, self.loc
        if one_form({"scale": self.scale, "sd": self.sd}, [("scale",), ("sd",)], 0, 0) == ("sd",):
            assert self.sd is not None
            if not df > 2:
                raise ValueError(f"with df = {df:g} there is no sd: df must be above 2, or give `scale` instead")
            scale = self.sd * math.sqrt((df - 2) / df)
        else:
            assert self.scale is not None
            scale = self.scale

        def lower_tail(p: Array) -> Array:
            # SciPy has +inf for a probability of 0.
            return np.where(p > 0.0, stdtrit(df, p), -np.inf)

        return Distribution(
            ppf=lambda u: loc + scale * lower_tail(u),
            isf=lambda v: loc - scale * lower_tail(v),
            cdf=lambda x: np.asarray(stdtr(df, (x - loc) / scale), np.float64),
            sf=lambda x: np.asarray(stdtr(df, (loc - x) / scale), np.float64),
            shape=lambda: between(falling(-math.inf, power(df)), falling(math.inf, power(df))),
        )
