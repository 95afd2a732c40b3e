"""The usual units, as Pint gives them with the project's own definitions, so that most studies load without importing Pint.

`tests/test_units.py` holds each of them, and how they are written, against Pint.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mcarbon.reading.units import NamedUnit, Power

_SIZES = {
    "a": "31536000 second", "B": "8 bit", "bit": "1 bit", "byte": "8 bit", "cm": "1/100 meter", "day": "86400 second",
    "days": "86400 second", "EUR": "1 EUR", "FLOP": "1 FLOP", "g": "1 gram", "GB": "8000000000 bit", "gCO2e": "1 gCO2e",
    "GFLOP": "1000000000 FLOP", "GHz": "1000000000 second^-1", "GJ": "1000000000000 gram meter^2 second^-2",
    "gram": "1 gram", "GtCO2e": "1000000000000000 gCO2e", "GW": "1000000000000 gram meter^2 second^-3",
    "GWh": "3600000000000000 gram meter^2 second^-2", "h": "3600 second", "ha": "10000 meter^2", "hectare": "10000 meter^2",
    "hour": "3600 second", "hours": "3600 second", "Hz": "1 second^-1", "image": "1 image",
    "J": "1000 gram meter^2 second^-2", "joule": "1000 gram meter^2 second^-2", "K": "1 kelvin", "kB": "8000 bit",
    "kelvin": "1 kelvin", "kg": "1000 gram", "kgCO2e": "1000 gCO2e", "kilogram": "1000 gram", "kilometer": "1000 meter",
    "kJ": "1000000 gram meter^2 second^-2", "km": "1000 meter", "kW": "1000000 gram meter^2 second^-3",
    "kWh": "3600000000 gram meter^2 second^-2", "L": "1/1000 meter^3", "lb": "45359237/100000 gram",
    "lbCO2e": "45359237/100000 gCO2e", "liter": "1/1000 meter^3", "litre": "1/1000 meter^3", "m": "1 meter",
    "MB": "8000000 bit", "meter": "1 meter", "mg": "1/1000 gram", "mile": "201168/125 meter", "miles": "201168/125 meter",
    "min": "60 second", "minute": "60 second", "minutes": "60 second", "MJ": "1000000000 gram meter^2 second^-2",
    "mL": "1/1000000 meter^3", "mm": "1/1000 meter", "month": "2628000 second", "months": "2628000 second",
    "ms": "1/1000 second", "MtCO2e": "1000000000000 gCO2e", "MUSD": "1000000 USD",
    "MW": "1000000000 gram meter^2 second^-3", "MWh": "3600000000000 gram meter^2 second^-2",
    "mWh": "3600 gram meter^2 second^-2", "page": "1 page", "PB": "8000000000000000 bit", "percent": "1/100",
    "person": "1 person", "PFLOP": "1000000000000000 FLOP", "query": "1 query", "s": "1 second", "second": "1 second",
    "seconds": "1 second", "t": "1000000 gram", "TB": "8000000000000 bit", "tCO2e": "1000000 gCO2e",
    "TFLOP": "1000000000000 FLOP", "token": "1 token", "tonne": "1000000 gram", "TUSD": "1000000000000 USD",
    "TWh": "3600000000000000000 gram meter^2 second^-2", "USD": "1 USD", "W": "1000 gram meter^2 second^-3",
    "watt": "1000 gram meter^2 second^-3", "week": "604800 second", "weeks": "604800 second",
    "Wh": "3600000 gram meter^2 second^-2", "word": "1 word", "year": "31536000 second", "years": "31536000 second",
    "yr": "31536000 second",
}  # fmt: skip
"""Name -> the size, and the base dimensions with their powers."""

NAMES = tuple(_SIZES)


def usual_unit(name: str) -> NamedUnit | None:
    """The unit of this name; None where it is not a usual one."""
    if name not in _SIZES:
        return None
    size, *bases = _SIZES[name].split()
    powers = (base.partition("^") for base in bases)
    return NamedUnit(name, tuple((base, int(power or 1)) for base, _, power in powers), Fraction(size))


def usual_powers(tokens: Sequence[str]) -> dict[str, Power] | None:
    """Name -> power of a unit that is written as names, with whole powers, between ``*`` and ``/``; None for any other."""
    powers: dict[str, Power] = {}
    sign, k = 1, 0
    while k < len(tokens):
        name, after = tokens[k], list(tokens[k + 1 : k + 4])
        power = 1
        if after[:1] == ["**"]:
            if len(after) < 2 or not after[1].isdecimal() or int(after[1]) == 0:
                return None
            power, after = int(after[1]), list(tokens[k + 3 : k + 4])
            k += 2
        if not (name.isidentifier() or (name == "1" and power == 1)):
            return None
        if name != "1":
            powers[name] = powers.get(name, 0) + sign * power
        if not after:
            return {name: power for name, power in powers.items() if power}
        if after[0] not in ("*", "/") or k + 2 >= len(tokens):
            return None
        sign = 1 if after[0] == "*" else -1
        k += 2
    return None
