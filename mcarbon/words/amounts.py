"""Values of a claim or a quantity in print: as ratios, or as amounts in a unit that keeps them readable."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mcarbon.words.wording import UNDEFINED, number, plain, ratio

_PREFIXES = {"n": -9, "µ": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12}
_MASSES = {"ng": -9, "µg": -6, "mg": -3, "g": 0, "kg": 3, "t": 6, "kt": 9, "Mt": 12, "Gt": 15}
_ENERGIES = {prefix + "Wh": power for prefix, power in _PREFIXES.items()}
_SCALES = (_MASSES, _ENERGIES)
_MONEY = {
    f"{prefix}{currency}": f"{words} {currency}"
    for currency in ("USD", "EUR")
    for prefix, words in (("k", "thousand"), ("M", "million"), ("G", "billion"), ("T", "trillion"))
}


@dataclass(frozen=True, slots=True)
class PrintedUnit:
    """A unit's text taken apart: its place on a scale of prefixes (none: `scale` is empty), and what follows it."""

    symbol: str
    scale: dict[str, int]
    rest: str

    @classmethod
    def parse(cls, text: str) -> PrintedUnit:
        """Read a unit as studies write it, such as ``kgCO2e/year``; ``1`` and nothing have no symbol.

        A countable thing of two words, such as ``person_day``, is printed as ``person-day``.
        """
        text = text.strip().replace("_", "-")
        if text in ("", "1", "dimensionless"):
            return cls("", {}, "")
        head, slash, per = (part.strip() for part in text.partition("/"))
        symbol, equivalent = (head.removesuffix("CO2e"), " CO2e") if head.endswith("CO2e") else (head, "")
        symbol = symbol.replace("u", "µ", 1) if symbol in ("ug", "uWh") else symbol
        scale = next((scale for scale in _SCALES if symbol in scale), {})
        if not scale:
            return cls(_MONEY.get(symbol, symbol), {}, equivalent + slash + per)
        return cls(symbol, scale, equivalent + slash + per)

    def fitting(self, value: float, digits: int = 2) -> str:
        """The symbol that keeps 0.1 <= value < 1000 as printed: the unit's own where it does."""
        if not self.scale or value == 0 or not math.isfinite(value):
            return self.symbol

        def printed(symbol: str) -> float:
            return abs(float(f"{self.convert(value, symbol):.{digits - 1}e}"))

        if 0.1 <= printed(self.symbol) < 1000:
            return self.symbol
        fitting = [symbol for symbol in self.scale if 1 <= printed(symbol) < 1000]
        return fitting[0] if fitting else self.symbol

    def convert(self, value: float, symbol: str) -> float:
        """A value in this unit, in the one with another symbol of the same scale."""
        if symbol == self.symbol:
            return value
        power = self.scale[self.symbol] - self.scale[symbol]
        return value * 10.0**power if power >= 0 else value / 10.0**-power

    def named(self, symbol: str, short: bool = False) -> str:
        """The unit's text after a number, with its space; `short` leaves out what it is per."""
        text = symbol + ("" if short else self.rest)
        return f" {text}" if text else ""


@dataclass(frozen=True, slots=True)
class Form:
    """How the values of one claim or quantity are printed: as ratios, or as amounts of a unit."""

    unit: PrintedUnit
    is_ratio: bool = False

    def text(self, value: float, error: float = 0.0, short: bool = False) -> str:
        """A value under the priors, to two digits: ``1/490``, ``8.7 g CO2e``."""
        if self.is_ratio:
            return ratio(value, error)
        if not math.isfinite(value):
            return UNDEFINED
        symbol = self.unit.fitting(value)
        scaled, scaled_error = self.unit.convert(value, symbol), self.unit.convert(error, symbol)
        return number(scaled, scaled_error) + self.unit.named(symbol, short)

    def exact(self, value: float, digits: int = 4, short: bool = False) -> str:
        """A recomputed value, to four digits or as many as asked for."""
        if self.is_ratio:
            return ratio(value, digits=digits, exact=True)
        symbol = self.unit.fitting(value, digits)
        return plain(self.unit.convert(value, symbol), digits) + self.unit.named(symbol, short)

    def span(self, low: float, high: float) -> str:
        """Two bounds, the smaller first: ``1/3300 to 1/73``, ``2.0 to 40 g CO2e``; with more digits where two are alike."""
        if self.is_ratio:
            return f"{ratio(low)} to {ratio(high)}"
        digits = next((digits for digits in (2, 3) if number(low, digits=digits) != number(high, digits=digits)), 4)
        digits = 2 if low == high else digits
        for symbol in (self.unit.symbol, self.unit.fitting(low), self.unit.fitting(high)):
            scaled = [self.unit.convert(bound, symbol) for bound in (low, high)]
            if not self.unit.scale or all(bound == 0 or 0.1 <= abs(bound) < 1000 for bound in scaled):
                return f"{number(scaled[0], digits=digits)} to {number(scaled[1], digits=digits)}{self.unit.named(symbol)}"
        return f"{self.text(low, short=True)} to {self.text(high)}"

    def amount_with_interval(self, value: float, low: float, high: float) -> str:
        """An amount and its 90 % interval in the amount's unit: ``8.7 g (90 %: 2.0 to 40)``."""
        symbol = self.unit.fitting(value)
        bounds = f"{number(self.unit.convert(low, symbol))} to {number(self.unit.convert(high, symbol))}"
        return f"{number(self.unit.convert(value, symbol))}{self.unit.named(symbol)} (90 %: {bounds})"
