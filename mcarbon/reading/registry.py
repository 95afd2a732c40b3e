"""The named units: what Pint knows, footprint practice, and the things that a study counts."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcarbon.errors import near_miss
from mcarbon.reading.units import NamedUnit, UnitError, exact_power
from mcarbon.reading.usual_units import usual_unit
from mcarbon.remembered import cache_folder, keep, recall

if TYPE_CHECKING:
    import pint

COUNTABLE = ("word", "token", "page", "image", "query", "person", "FLOP", "USD", "EUR")
"""Things that are counted, each a dimension of its own; Pint's prefixes work on them (PFLOP, kWh)."""

_DEFINITIONS = (
    # Footprint practice: 8760 h in a year. Pint's own has 365.25 days; what Pint calls julian_year keeps them.
    "year = 365 * day = a = yr",
    "julian_year = 365.25 * day",
    "decade = 10 * year",  # Pint means the logarithmic one
    "gCO2e = [carbon_dioxide_equivalent]",
    "tCO2e = 1e6 * gCO2e",
    "lbCO2e = 453.59237 * gCO2e",
    *(f"{name} = [{name}]" for name in COUNTABLE),
)
_PLAIN = ("radian", "count")
"""Base units that are plain numbers. `bit` is one to Pint, but a sum of gigabytes and a number is a mistake here."""

_SUGGESTED = (
    *("gCO2e", "kgCO2e", "tCO2e", "MtCO2e", "lbCO2e", "PFLOP", "TFLOP", "GFLOP", "percent", "mg", "kg", "km", "cm", "mm"),
    *("kW", "MW", "GW", "mWh", "kWh", "MWh", "GWh", "TWh", "kJ", "MJ", "GJ", "mL", "GB", "MB", "TB", *COUNTABLE),
)


@lru_cache(maxsize=1024)
def _counted(name: str) -> NamedUnit:
    return NamedUnit(name, ((f"[{name}]", 1),), Fraction(1))


def named_unit(name: str, names: frozenset[str]) -> NamedUnit:
    """The unit of one name; `names` are the study's own countable things. UnitError where there is none."""
    unit = _counted(name) if name in names else _lookup(name)
    if unit is not None:
        return unit
    for extra in names:
        # Prefixes work on the study's own names as on the built-in ones: `kGPU` is 1000 GPU.
        prefixed = _lookup(name.removesuffix(extra) + COUNTABLE[0]) if name.endswith(extra) else None
        if prefixed is not None:
            return _prefixed(name, extra, prefixed.factor)
    known = [*names, *_known_names()]
    folded = {word.casefold(): word for word in reversed(known)}
    # A mass of CO2 without its mass: of the names alike, grams are the one that was left out most likely.
    is_bare = name.casefold().startswith("co2")
    near = "gco2e" if is_bare else near_miss(name.casefold(), folded, cutoff=0.7)
    raise UnitError(
        f"there is no unit `{name}`",
        (f'Did you mean "{folded[near]}"? ' if near else "")
        + "Allowed: what Pint knows, gCO2e (and kgCO2e, tCO2e, ...), percent, "
        + ", ".join([*COUNTABLE, *sorted(names)])
        + "; others in `[units] names`.",
    )


@lru_cache(maxsize=1024)
def _prefixed(name: str, extra: str, factor: Fraction) -> NamedUnit:
    return NamedUnit(name, _counted(extra).dimension, factor)


@lru_cache(maxsize=4096)
def _lookup(name: str) -> NamedUnit | None:
    """The unit of one name; None where there is none. UnitError for offset and logarithmic scales."""
    return usual_unit(name) or from_pint(name)


def from_pint(name: str) -> NamedUnit | None:
    """What Pint knows of one name, as `_lookup`."""
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
    """What a name already is, spelt out: ``kWh`` a kilowatt_hour, ``pin`` a picoinch; None where it is no unit.

    Remembered on disk, since asking means to import Pint.
    """
    key = f"{name} {_edition()}"
    kept = recall("names", key)
    if kept is not None:
        return kept.decode() or None
    found = _known_as(name)
    keep("names", key, (found or "").encode())
    return found


def _known_as(name: str) -> str | None:
    try:
        return str(_registry().get_name(name)) if _lookup(name) is not None else None
    except UnitError:
        return name


@lru_cache(maxsize=1)
def _edition() -> str:
    """Which definitions there are: the state of Pint's own, and the project's."""
    spec = find_spec("pint")
    assert spec is not None and spec.submodule_search_locations
    status = (Path(spec.submodule_search_locations[0]) / "default_en.txt").stat()
    return f"{status.st_mtime_ns} {status.st_size} {_DEFINITIONS}"


@lru_cache(maxsize=1)
def _known_names() -> tuple[str, ...]:
    registry = _registry()
    return (*_SUGGESTED, *(name for name in registry._units if name.isascii() and len(name) > 1))


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry[Any]:
    """Pint with the project's units. Its parsed definitions are cached on disk: 0.03 s instead of 0.25 s."""
    from importlib.resources import as_file, files

    import pint

    def load(kept_in: str | None) -> pint.UnitRegistry[Any]:
        # Empty first, then the definitions: a registry that loads them itself precomputes with Pint's own year.
        registry: pint.UnitRegistry[Any] = pint.UnitRegistry(
            None, cache_folder=kept_in, non_int_type=Fraction, on_redefinition="ignore"
        )
        with as_file(files("pint") / "default_en.txt") as path:
            registry.load_definitions(path)
        for definition in _DEFINITIONS:
            registry.define(definition)
        return registry

    folder = cache_folder()
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            return load(str(folder / "units"))
    except Exception:  # an unwritable or broken cache must not stop a study from loading
        pass
    return load(None)
