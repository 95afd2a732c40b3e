"""The families of priors: `Prior` is any of them, told apart by its `family`.

A family is a frozen record of its parameters in the words of the study format, with one method that computes:
`distribution()`. A new family is a class here and a row in the tests.
"""

from __future__ import annotations

from typing import get_args

from mcarbon.families.base import Distribution, Family
from mcarbon.families.discrete import Empirical
from mcarbon.families.mixture import Component, Mixture, Prior

FAMILIES: tuple[type[Family], ...] = get_args(get_args(Prior)[0])

__all__ = ["FAMILIES", "Component", "Distribution", "Empirical", "Family", "Mixture", "Prior"]
