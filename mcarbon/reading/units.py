"""Units: products of named units with exponents, and the factor from one to another.

Pint is asked once per name (`mcarbon.reading.registry`); the algebra on formulas is plain arithmetic on small tuples,
because a study is checked again at every edit. Factors are exact fractions until the last step, so a conversion is the
float nearest to the true one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

MAX_EXPONENT = 100

Power = int | Fraction
"""An exponent; a Fraction only where it is no whole number, because ints are compared and hashed much faster."""


class UnitError(Exception):
    """A text that is no unit, or two units that cannot be converted: what is wrong, and what is allowed."""

    def __init__(self, what: str, allowed: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.allowed = allowed


@dataclass(frozen=True, eq=False)
class NamedUnit:
    """One name such as kWh: what it measures (powers of base dimensions) and its size in base units. One per name."""

    name: str
    dimension: tuple[tuple[str, Power], ...]
    factor: Fraction


@dataclass(frozen=True)
class Unit:
    """A product of named units with exponents, such as kgCO2e·hour/year."""

    terms: tuple[tuple[NamedUnit, Power], ...] = ()

    def __mul__(self, other: Unit) -> Unit:
        return self._times(other, 1)

    def __truediv__(self, other: Unit) -> Unit:
        return self._times(other, -1)

    def __pow__(self, exponent: Power) -> Unit:
        if any(abs(float(power * exponent)) > MAX_EXPONENT for _, power in self.terms):
            what = f"({self})**{exponent} is beyond the exponents that a unit may have"
            raise UnitError(what, f"At most {MAX_EXPONENT}.")
        return Unit(tuple((name, _whole(power * exponent)) for name, power in self.terms if exponent))

    def _times(self, other: Unit, sign: int) -> Unit:
        if not other.terms:
            return self
        powers = dict(self.terms)
        for name, power in other.terms:
            powers[name] = _whole(powers.get(name, 0) + sign * power)
        return Unit(tuple((name, power) for name, power in powers.items() if power))

    @cached_property
    def dimension(self) -> tuple[tuple[str, Power], ...]:
        """Powers of the base dimensions, sorted; empty for a plain number (percent included)."""
        powers: dict[str, Power] = {}
        for name, power in self.terms:
            for base, exponent in name.dimension:
                powers[base] = _whole(powers.get(base, 0) + exponent * power)
        return tuple(sorted((base, power) for base, power in powers.items() if power))

    @property
    def factor(self) -> Fraction | float:
        """How many base units this is. Exact, unless a root is taken."""
        factor: Fraction | float = Fraction(1)
        for name, power in self.terms:
            factor = factor * name.factor**power
        return factor

    def __str__(self) -> str:
        above = [_power(name, power) for name, power in self.terms if power > 0]
        below = [_power(name, -power) for name, power in self.terms if power < 0]
        over = "·".join(above) or "1"
        under = below[0] if len(below) == 1 else f"({'·'.join(below)})"
        return f"{over}/{under}" if below else over


DIMENSIONLESS = Unit()


def exact_power(number: float) -> Power:
    """The exponent that a float means: 2, or one third for 0.333333333333."""
    return _whole(Fraction(number).limit_denominator(1000))


def _whole(power: Power) -> Power:
    return power.numerator if power.denominator == 1 else power


def _power(name: NamedUnit, power: Power) -> str:
    if power == 1:
        return name.name
    return f"{name.name}**{power}" if isinstance(power, int) else f"{name.name}**({power})"


@lru_cache(maxsize=4096)
def conversion(source: Unit, target: Unit) -> float:
    """The factor from `source` to `target`: a number in `source` times this is the number in `target`.

    Exactly 1.0 for the same unit. UnitError where the dimensions differ.
    """
    quotient = source / target
    if not quotient.terms:
        return 1.0
    if source.dimension != target.dimension:
        raise UnitError(f"{source} cannot be converted to {target}")
    try:
        factor = float(quotient.factor)
    except OverflowError:
        factor = float("inf")
    if factor in (0.0, float("inf")):
        raise UnitError(f"the factor from {source} to {target} is beyond what a number holds")
    return factor
