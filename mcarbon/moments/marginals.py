"""The inputs of a model one by one: what is known of their distributions beyond their draws."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mcarbon.engine.replay import Array, Cell, drawn_inputs
from mcarbon.engine.sampler import Plan
from mcarbon.families import Distribution, Prior
from mcarbon.families.normal import Normal
from mcarbon.families.tails import Shape
from mcarbon.reading.correlations import correlated_groups
from mcarbon.reading.model import Model

LOOKS = Plan("random", 1, 1, 2**14)
"""The draws that are looked into: always the same, so that what is said of a study does not depend on the user's draws."""


@dataclass(frozen=True)
class Marginal:
    """The distribution of an uncertain input's cell, in the input's unit, of which `factor` make one of the prior's."""

    prior: Prior
    factor: float

    @cached_property
    def _distribution(self) -> Distribution:
        return self.prior.distribution()

    @cached_property
    def shape(self) -> Shape:
        """Its ends and tails."""
        return self._distribution.shape().scaled(self.factor)

    def at_most(self, x: Array) -> Array:
        """The probability of at most x."""
        return np.asarray(self._distribution.cdf(np.asarray(x, dtype=np.float64) / self.factor))

    def above(self, x: Array) -> Array:
        """The probability of more than x, with all its digits where it is small."""
        return np.asarray(self._distribution.sf(np.asarray(x, dtype=np.float64) / self.factor))

    def quantiles(self, below: Array) -> Array:
        """The values with these probabilities below."""
        return np.asarray(self._distribution.ppf(below)) * self.factor

    def at_score(self, score: Array) -> Array:
        """The values that are quantiles as these are of a standard normal, in both tails to all digits."""
        from scipy.special import ndtr

        below, above = ndtr(score), ndtr(-score)
        lower = np.asarray(self._distribution.ppf(np.minimum(below, 0.5)))
        return np.where(score < 0, lower, np.asarray(self._distribution.isf(np.minimum(above, 0.5)))) * self.factor

    @property
    def normal(self) -> tuple[float, float] | None:
        """Mean and standard deviation of a whole normal; None for any other."""
        if not isinstance(self.prior, Normal) or self.prior.lower is not None or self.prior.upper is not None:
            return None
        mean, sd = self.prior.parameters()
        return mean * self.factor, sd * self.factor


class Marginals:
    """The uncertain cells of a model; `group` numbers those that are correlated with one another alike."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._found: dict[Cell, Marginal] = {}
        self._draws: dict[Cell, Array] = {}
        self._groups: dict[Cell, int] = {}
        for number, group in enumerate(correlated_groups(model)):
            self._groups |= dict.fromkeys(group.cells, number)
        self._correlated = frozenset(self._groups)

    def __getitem__(self, cell: Cell) -> Marginal:
        if cell not in self._found:
            name, key = cell
            record = self.model.study.inputs[name]
            prior = self.model.study.prior_of(record.entry(dict(zip(record.axes, key))))
            assert prior is not None
            self._found[cell] = Marginal(prior, self.model.prior_factors.get(cell, 1.0))
        return self._found[cell]

    def group(self, cell: Cell) -> int:
        """A number that only correlated cells share."""
        return self._groups.setdefault(cell, len(self._groups))

    def is_correlated(self, cell: Cell) -> bool:
        """Whether the cell is correlated with another one."""
        return cell in self._correlated

    def draws(self, cells: list[Cell]) -> dict[Cell, Array]:
        """Some draws of these cells; each is drawn once."""
        self._draws |= drawn_inputs(self.model, [cell for cell in cells if cell not in self._draws], LOOKS)
        return {cell: self._draws[cell] for cell in cells}
