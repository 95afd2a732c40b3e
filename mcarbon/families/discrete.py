"""Families of single values: discrete, whose weights are judged, and empirical, which resamples data."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from mcarbon.families.base import Array, Distribution, Family, Finite, Positive
from mcarbon.families.tails import atoms
from mcarbon.listed import EveryFault


def atoms_distribution(values: Array, weights: Array) -> Distribution:
    """These values, each with its share of the weights; equal values are one."""
    values, which = np.unique(values, return_inverse=True)
    shares: Array = np.bincount(which, weights / weights.max()).astype(np.float64)
    upto = np.cumsum(shares) / shares.sum()
    beyond = np.cumsum(shares[::-1])[::-1] / shares.sum()
    below, above = np.concatenate([[0.0], upto[:-1], [1.0]]), np.concatenate([[1.0], beyond[1:], [0.0]])
    return Distribution(
        ppf=lambda u: values[np.searchsorted(upto[:-1], u, side="left")],
        isf=lambda v: values[::-1][np.searchsorted(beyond[:0:-1], v, side="left")],
        cdf=lambda x: below[np.searchsorted(values, x, side="right")],
        sf=lambda x: above[np.searchsorted(values, x, side="right")],
        knots=values,
        shape=lambda: atoms(float(values[0]), float(values[-1])),
    )


class Discrete(Family):
    """`values` with `weights`, which are normalised."""

    family: Literal["discrete"]
    values: Annotated[list[Finite], Field(min_length=1), EveryFault()]
    weights: Annotated[list[Positive], Field(min_length=1), EveryFault()]

    in_unit = ("values",)

    def distribution(self) -> Distribution:
        """See `Family.distribution`."""
        if len(self.values) != len(self.weights):
            raise ValueError(f"{len(self.values)} values but {len(self.weights)} weights: one weight a value")
        if len(set(self.values)) != len(self.values):
            raise ValueError("values must differ: give a value once, with all its weight")
        return atoms_distribution(np.array(self.values), np.array(self.weights))


class Empirical(Family):
    """Data, resampled and not smoothed: `values`, or a `column` of a CSV `file`; alike, or by `weights`.

    The file is read when a study is loaded (`with_values`); until then the prior is not resolved. Beside a file,
    `weights` may name another of its columns.
    """

    family: Literal["empirical"]
    values: Annotated[list[Finite], Field(min_length=1), EveryFault()] | None = None
    file: str | None = None
    column: str | None = None
    weights: Annotated[list[Positive], Field(min_length=1), EveryFault()] | str | None = None

    in_unit = ("values",)

    @model_validator(mode="after")
    def _one_origin(self) -> Empirical:
        if self.values is None and (self.file is None or self.column is None):
            raise ValueError("give `values`, or `file` and `column`")
        return self

    @property
    def is_resolved(self) -> bool:
        """See `Family.is_resolved`."""
        return self.values is not None

    def with_values(self, values: list[float], weights: list[float] | None) -> Empirical:
        """The same prior with what stands in its file; `weights` those of a named column."""
        return Empirical(family="empirical", values=values, weights=self.weights if weights is None else weights)

    def distribution(self) -> Distribution:
        """See `Family.distribution`."""
        if self.values is not None and (self.file is not None or self.column is not None):
            raise ValueError("give `values`, or `file` and `column`, not both")
        if self.values is None:
            raise ValueError(f'the values are in the file "{self.file}", which has not been read')
        if isinstance(self.weights, str):
            raise ValueError(f'weights ("{self.weights}") may name a column only beside `file`; give one weight a value')
        weights = np.ones(len(self.values)) if self.weights is None else np.array(self.weights)
        if len(self.values) != len(weights):
            raise ValueError(f"{len(self.values)} values but {len(weights)} weights: one weight a value")
        return atoms_distribution(np.array(self.values), weights)
