"""The families of priors: `Prior` is any of them, told apart by its `family`.

A family is a frozen record of its parameters in the words of the study format, with one method that computes:
`distribution()`. A new family is a class here and a row in the tests.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mcarbon.families.base import Distribution, Family
from mcarbon.families.bounded import Beta, Pert, Triangular, Uniform
from mcarbon.families.discrete import Discrete
from mcarbon.families.normal import Lognormal, Normal

Prior = Annotated[
    Normal | Lognormal | Uniform | Triangular | Pert | Beta | Discrete,
    Field(discriminator="family"),
]

FAMILIES: tuple[type[Family], ...] = (Normal, Lognormal, Uniform, Triangular, Pert, Beta, Discrete)

__all__ = ["FAMILIES", "Distribution", "Family", "Prior"]
