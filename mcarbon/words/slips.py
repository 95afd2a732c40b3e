"""Slips of units that explain exactly why a recomputed value is not the printed one."""

from __future__ import annotations

from mcarbon.reading.published import Published, agrees
from mcarbon.words.amounts import Form
from mcarbon.words.wording import plain, printed_digits, thousands

POUND = 0.45359237
"""Kilograms, by definition (international yard and pound agreement, 1959)."""

_OTHER_SLIPS = (
    (1 / POUND, "pounds taken for kilograms, or kilograms for pounds"),
    (7, "days taken for weeks, or weeks for days"),
    (12, "months taken for years, or years for months"),
    (24, "hours taken for days, or days for hours"),
    (60, "minutes taken for hours, or seconds for minutes"),
    (100, "percent taken for a fraction, or a fraction for percent"),
    (365, "days taken for years, or years for days"),
    (3600, "seconds taken for hours, or joules for watt-hours"),
    (8760, "hours taken for years, or years for hours"),
)
_PREFIXES = (3, 6, 9)
"""Powers of ten between prefixes that are taken for each other."""


def likely_slip(value: float, published: Published, form: Form) -> str:
    """One sentence naming the slip between a recomputed value and the printed one; empty unless exactly one fits.

    A value printed with one digit fits some factor by chance too often: it is held against prefixes alone.
    """
    candidates = _prefix_slips(value, form)
    if printed_digits(published.text) > 1:
        candidates += [(k, up, f"The factor is that of {what}.") for k, what in _OTHER_SLIPS for up in (False, True)]
    fits = [sentence for factor, up, sentence in candidates if agrees(published, _apply(value, factor, up))]
    return fits[0] if len(fits) == 1 else ""


def _apply(value: float, factor: float, up: bool) -> float:
    return value * factor if up else value / factor


def _prefix_slips(value: float, form: Form) -> list[tuple[float, bool, str]]:
    unit = form.unit
    found: list[tuple[float, bool, str]] = []
    for power in _PREFIXES:
        factor = 10.0**power
        for up in (False, True):
            there = _symbol_at(unit.scale, unit.scale.get(unit.symbol, 0) + (-power if up else power))
            if unit.scale and there:
                printed_value = plain(_apply(value, factor, up))
                sentence = (
                    f"{printed_value} {there} is {plain(value)} {unit.symbol}: "
                    f"this fits a value in {there} printed as {unit.symbol}."
                )
            else:
                factor_in_words = thousands(str(10**power))
                per = f", or a figure for {factor_in_words} taken for one" if power == 3 else ""
                sentence = f"This fits a factor of {factor_in_words} in a unit's prefix{per}."
            found.append((factor, up, sentence))
    return found


def _symbol_at(scale: dict[str, int], power: int) -> str:
    return next((symbol for symbol, there in scale.items() if there == power), "")
