"""Units: read by Pint, once, when a study is loaded; after that a conversion is a factor.

A `Unit` is a product of named units with exponents. Pint is asked once per name (what it measures, how large it is);
the algebra on formulas is plain arithmetic on small tuples, because a study is checked again at every edit.
Factors are exact fractions until the last step, so a conversion is the float nearest to the true one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pint

MAX_LENGTH = 200
MAX_EXPONENT = 100

COUNTABLE = ("word", "token", "page", "image", "query", "person", "FLOP", "USD", "EUR")
"""Things that are counted, each a dimension of its own; Pint's prefixes work on them (PFLOP, kWh)."""

_DEFINITIONS = (
    # Footprint practice: 8760 h in a year. Pint's own has 365.25 days; what Pint calls julian_year keeps them.
    "year = 365 * day = a = yr",
    "julian_year = 365.25 * day",
    "decade = 10 * year",  # Pint means the logarithmic one
    "gCO2e = [carbon_dioxide_equivalent]",
    "tCO2e = 1e6 * gCO2e",
    *(f"{name} = [{name}]" for name in COUNTABLE),
)
_PLAIN = ("radian", "count")
"""Base units that are plain numbers. `bit` is one to Pint, but a sum of gigabytes and a number is a mistake here."""

_SUGGESTED = (
    *("gCO2e", "kgCO2e", "tCO2e", "MtCO2e", "PFLOP", "TFLOP", "GFLOP", "percent", "mg", "kg", "km", "cm", "mm", "kW"),
    *("MW", "GW", "mWh", "kWh", "MWh", "GWh", "TWh", "kJ", "MJ", "GJ", "mL", "GB", "MB", "TB", *COUNTABLE),
)
_TOKEN = re.compile(r"\s*(?:(?P<name>[^\W\d]\w*)|(?P<number>\d+(?:\.\d+)?)|(?P<operator>\*\*|[-+*/^()·×]))\s*")
_SMALL_POWERS = {"⁰": "0", "¹": "1", "²": "2", "³": "3"}


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


def parse_unit(text: str, names: Iterable[str] = ()) -> Unit:
    """The unit of a text such as ``kgCO2e/year``; ``1`` is dimensionless.

    `names` are the study's own countable things. UnitError for a text that is no unit, has numbers, is a temperature
    scale with an offset or a logarithmic scale.
    """
    return _parse(text, frozenset(names))


@lru_cache(maxsize=4096)
def _parse(text: str, names: frozenset[str]) -> Unit:
    if text in ("1", "dimensionless"):
        return DIMENSIONLESS
    if not text.strip():
        raise UnitError("the unit is empty", 'A plain number has the unit "1".')
    from pint.util import ParserHelper

    plain = _plain(text)
    try:
        helper = ParserHelper.from_string(plain)
        powers = {name: exact_power(float(power)) for name, power in helper.items()}  # type: ignore[arg-type]
        scale = float(helper.scale)  # type: ignore[arg-type]
    except Exception as error:  # Pint's parser leaks what its tokenizer and evaluator raise
        raise UnitError(f"`{text}` cannot be read as a unit", _FORM) from error
    if scale != 1:
        raise UnitError(f"`{text}` has a number in it; a unit has none", _FORM)
    unit = DIMENSIONLESS
    for name, power in powers.items():
        if abs(float(power)) > MAX_EXPONENT:
            raise UnitError(f"`{text}` has an exponent above {MAX_EXPONENT}", _FORM)
        one = _extra(name) if name in names else _named(name, names)
        unit = unit * Unit(((one, power),))
    return unit


_FORM = "Such as kWh, gCO2e/kWh, kgCO2e/year, m**2; a plain number has the unit 1."


def _plain(text: str) -> str:
    """The text in the form that Pint reads, once nothing is left in it that Pint would hang or compute on."""
    if len(text) > MAX_LENGTH:
        raise UnitError(f"the unit has {len(text):,} characters", f"A unit has at most {MAX_LENGTH}.")
    text = re.sub("[²³]", lambda match: "**" + _SMALL_POWERS[match.group()], text)
    plain: list[str] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            hint = "percent is written `percent`. " if text[position:].lstrip().startswith("%") else ""
            raise UnitError(f"`{text}` is not a unit", hint + _FORM)
        token = match.group().strip()
        power = plain[-1:] == ["**"] or (plain[-2:-1] == ["**"] and plain[-1] in "+-")
        if match["number"] and not power and token != "1":
            raise UnitError(f"`{text}` has a number in it; a unit has none", _FORM)
        if match["operator"]:
            token = {"^": "**", "·": "*", "×": "*"}.get(token, token)
            # A tower of powers, or a parenthesis for an exponent: a short text that asks for an endless computation.
            chained = plain[-2:-1] == ["**"] or (plain[-3:-2] == ["**"] and plain[-2] in "+-")
            if (token == "**" and chained) or (token in "+-" and plain[-1:] != ["**"]):
                raise UnitError(f"`{text}` is not a unit", _FORM)
            if power and token not in "+-":
                raise UnitError(f"`{text}` is not a unit: an exponent is a plain number", _FORM)
        elif match["name"] and power:
            raise UnitError(f"`{text}` is not a unit: an exponent is a plain number", _FORM)
        plain.append(token)
        position = match.end()
    return " ".join(plain)


@lru_cache(maxsize=1024)
def _extra(name: str) -> NamedUnit:
    return NamedUnit(name, ((f"[{name}]", 1),), Fraction(1))


def _named(name: str, names: frozenset[str]) -> NamedUnit:
    unit = _lookup(name)
    if unit is not None:
        return unit
    for extra in names:
        # Prefixes work on the study's own names as on the built-in ones: `kGPU` is 1000 GPU.
        prefixed = _lookup(name.removesuffix(extra) + COUNTABLE[0]) if name.endswith(extra) else None
        if prefixed is not None:
            return _prefixed(name, extra, prefixed.factor)
    known = [*names, *_known_names()]
    folded = {word.casefold(): word for word in reversed(known)}
    near = [folded[word] for word in get_close_matches(name.casefold(), folded, n=1, cutoff=0.7)]
    raise UnitError(
        f"there is no unit `{name}`",
        (f'Did you mean "{near[0]}"? ' if near else "")
        + "Allowed: what Pint knows, gCO2e (and kgCO2e, tCO2e, ...), percent, "
        + ", ".join([*COUNTABLE, *sorted(names)])
        + "; others in `[units] names`.",
    )


@lru_cache(maxsize=1024)
def _prefixed(name: str, extra: str, factor: Fraction) -> NamedUnit:
    return NamedUnit(name, _extra(extra).dimension, factor)


@lru_cache(maxsize=4096)
def _lookup(name: str) -> NamedUnit | None:
    """What Pint knows of one name; None where it knows nothing. UnitError for offset and logarithmic scales."""
    import pint

    registry = _registry()
    try:
        canonical = registry.get_name(name)
        definition = registry._units[canonical]
        if not definition.is_multiplicative or definition.is_logarithmic:
            scale = "logarithmic scale" if definition.is_logarithmic else "scale with an offset"
            raise UnitError(
                f"`{name}` is a {scale}, which no formula can multiply",
                "A temperature is given in kelvin, a difference in delta_degC, a ratio as a plain number.",
            )
        factor, base = registry.get_root_units(canonical)
    except (pint.UndefinedUnitError, KeyError, ValueError):
        return None
    powers: dict[str, Any] = dict(base._units)
    dimension = tuple(sorted((unit, exact_power(float(power))) for unit, power in powers.items() if unit not in _PLAIN))
    return NamedUnit(name, dimension, Fraction(str(factor)))


def known_as(name: str) -> str | None:
    """What a name already is, spelt out: ``kWh`` a kilowatt_hour, ``pin`` a picoinch; None where it is no unit."""
    try:
        return str(_registry().get_name(name)) if _lookup(name) is not None else None
    except UnitError:
        return name


@lru_cache(maxsize=1)
def _known_names() -> tuple[str, ...]:
    registry = _registry()
    return (*_SUGGESTED, *(name for name in registry._units if name.isascii() and len(name) > 1))


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry[Any]:
    """Pint with the project's units. Its parsed definitions are cached on disk: 0.03 s instead of 0.25 s."""
    from importlib.resources import as_file, files

    import pint
    import platformdirs

    def load(cache_folder: str | None) -> pint.UnitRegistry[Any]:
        # Empty first, then the definitions: a registry that loads them itself precomputes with Pint's own year.
        registry: pint.UnitRegistry[Any] = pint.UnitRegistry(
            None, cache_folder=cache_folder, non_int_type=Fraction, on_redefinition="ignore"
        )
        with as_file(files("pint") / "default_en.txt") as path:
            registry.load_definitions(path)
        for definition in _DEFINITIONS:
            registry.define(definition)
        return registry

    try:
        return load(platformdirs.user_cache_dir("mcarbon", ensure_exists=True) + "/units")
    except Exception:  # an unwritable or broken cache must not stop a study from loading
        return load(None)
