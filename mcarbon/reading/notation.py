"""Units as they are written: ``kgCO2e/year`` in, a `Unit` out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from mcarbon.reading.registry import named_unit
from mcarbon.reading.units import DIMENSIONLESS, MAX_EXPONENT, Power, Unit, UnitError, exact_power
from mcarbon.reading.usual_units import usual_powers

MAX_LENGTH = 200

_TOKEN = re.compile(r"\s*(?:(?P<name>[^\W\d]\w*)|(?P<number>\d+(?:\.\d+)?)|(?P<operator>\*\*|[-+*/^()·×]))\s*")


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
    tokens = _plain(text)
    powers = usual_powers(tokens)
    if powers is None:
        powers = _powers(text, " ".join(tokens))
    unit = DIMENSIONLESS
    for name, power in powers.items():
        if abs(float(power)) > MAX_EXPONENT:
            raise UnitError(f"`{text}` has an exponent above {MAX_EXPONENT}", _FORM)
        unit = unit * Unit(((named_unit(name, names), power),))
    return unit


def _powers(text: str, plain: str) -> dict[str, Power]:
    """What Pint makes of a unit that is written in an unusual way."""
    from pint.util import ParserHelper

    try:
        helper: Any = ParserHelper.from_string(plain)
        powers = {name: exact_power(float(power)) for name, power in helper.items()}
        scale = float(helper.scale)
    except Exception as error:  # Pint's parser leaks what its tokenizer and evaluator raise
        raise UnitError(f"`{text}` cannot be read as a unit", _FORM) from error
    if scale != 1:
        raise UnitError(f"`{text}` has a number in it; a unit has none", _FORM)
    return powers


_FORM = "Such as kWh, gCO2e/kWh, kgCO2e/year, m**2; a plain number has the unit 1."


def _plain(text: str) -> list[str]:
    """The text's parts in the form that Pint reads, once nothing is left in it that Pint would hang or compute on."""
    if len(text) > MAX_LENGTH:
        raise UnitError(f"the unit has {len(text):,} characters", f"A unit has at most {MAX_LENGTH}.")
    text = text.replace("²", "**2").replace("³", "**3")
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
    return plain
