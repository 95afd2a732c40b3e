"""How numbers and probabilities are printed, the same in every output.

Two significant digits for anything uncertain, ratios in the form of the claims (``1/490``, ``1.5×``), whole percent
that never say 0 or 100, and words for probabilities that always carry their percent. A figure whose Monte Carlo error
(two standard errors) reaches half a unit of its last digit is printed with one digit fewer and marked ``~``: two runs
that differ in the seed alone then differ by one unit of the last digit at most.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

THIN_SPACE = "\u2009"
UNDEFINED = "undefined"
FEWER = "~"

_WORDS = (
    (0.99, "virtually certain"),
    (0.95, "extremely likely"),
    (0.90, "very likely"),
    (0.66, "likely"),
    (0.50, "more likely than not"),
)
_UNLIKELY = (
    (0.01, "exceptionally unlikely"),
    (0.05, "extremely unlikely"),
    (0.10, "very unlikely"),
    (0.33, "unlikely"),
)
_ASCII = str.maketrans(
    {"×": "x", "÷": "/", "·": ".", "−": "-", "–": "-", "—": "-", "…": "...", "≤": "<=", "≥": ">=", "µ": "u", "μ": "u"}
    | {"‘": "'", "’": "'", "“": '"', "”": '"', "€": "EUR", "£": "GBP", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o"}
    | dict.fromkeys((THIN_SPACE, "\u202f", "\u00a0"), " ")
)


def cautious(probability: float, error: float = 0.0) -> float:
    """The probability moved two standard errors towards 1/2, and never past it.

    The words of 4.1 and the gates of the verdict both judge this one, so a phrase and its sentence cannot disagree.
    """
    if probability > 0.5:
        return max(0.5, probability - 2 * error)
    return min(0.5, probability + 2 * error)


def likelihood(probability: float, error: float = 0.0) -> str:
    """The word for a probability: the narrowest band that holds, the weaker one where the error crosses an edge.

    >>> likelihood(0.91), likelihood(0.91, error=0.01), likelihood(0.4)
    ('very likely', 'likely', 'about as likely as not')
    """
    judged = cautious(probability, error)
    for edge, word in _WORDS:
        if judged > edge:
            return word
    for edge, word in _UNLIKELY:
        if judged < edge:
            return word
    return "about as likely as not"


def percent(probability: float, error: float = 0.0) -> str:
    """A whole percent, never 0 or 100; tens where the error could change the last digit, or the bound that it leaves.

    >>> percent(0.734), percent(0.002), percent(0.9951), percent(0.734, error=0.01)
    ('73 %', '<1 %', '>99 %', '~70 %')
    """
    if not _reaches(100 * error, 1.0):
        if probability < 0.01:
            return "<1 %"
        return ">99 %" if probability > 0.99 else f"{math.floor(100 * probability + 0.5)} %"
    tens = math.floor(10 * probability + 0.5)
    if tens == 0:
        return f"<{max(1, math.ceil(100 * cautious(probability, error)))} %"
    if tens == 10:
        return f">{min(99, math.floor(100 * cautious(probability, error)))} %"
    return f"{FEWER}{10 * tens} %"


def chance(probability: float, error: float = 0.0) -> str:
    """The word with its percent: ``very likely (91 %)``."""
    return f"{likelihood(probability, error)} ({percent(probability, error)})"


def number(value: float, error: float = 0.0, digits: int = 2) -> str:
    """A number to so many significant digits, one fewer (and ``~``) where its standard error asks for it.

    >>> number(3456), number(0.0996), number(2.0), number(12346, digits=4), number(3456, error=300)
    ('3500', '0.10', '2.0', '12\\u2009350', '~3000')
    """
    if not math.isfinite(value):
        return UNDEFINED
    kept = supported_digits(value, error, digits)
    return (FEWER if kept < digits else "") + fixed(value, kept)


def supported_digits(value: float, error: float, digits: int) -> int:
    """How many of so many significant digits two standard errors leave; at least one."""
    while digits > 1 and _reaches(error, 10.0 ** (_exponent(value, digits) - digits + 1)):
        digits -= 1
    return digits


def fixed(value: float, digits: int) -> str:
    """A number to so many significant digits, without an exponent between 1e-6 and 1e9, or where all digits are told."""
    if not math.isfinite(value):
        return UNDEFINED
    if value == 0:
        return "0"
    rounded = f"{value:.{digits - 1}e}"
    exponent = int(rounded.partition("e")[2])
    if not -7 < exponent < max(9, digits + 1):
        return f"{rounded.partition('e')[0]}e{exponent}"
    return thousands(format(Decimal(rounded), "f"))


def plain(value: float, digits: int = 4) -> str:
    """A recomputed number: so many significant digits, zeros at the end of its decimals left out.

    >>> plain(0.122), plain(2884.4)
    ('0.122', '2884')
    """
    text = fixed(value, digits)
    mantissa, exponent, power = text.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return mantissa + exponent + power


def thousands(text: str) -> str:
    """Thin spaces between the thousands of a number's text, from five digits up.

    >>> thousands("2900"), thousands("32000")
    ('2900', '32\\u2009000')
    """
    whole, point, decimals = text.partition(".")
    digits = whole.lstrip("-")
    if len(digits) < 5:
        return text
    return whole[: len(whole) - len(digits)] + f"{int(digits):,}".replace(",", THIN_SPACE) + point + decimals


def draws_words(counts: Iterable[int | None]) -> str:
    """How many draws, where some figures have more than others.

    >>> draws_words([2048, 2048]), draws_words([8192, 2048])
    ('2048', '2048 to 8192')
    """
    known = {count for count in counts if count is not None}
    return " to ".join(thousands(str(count)) for count in sorted({min(known), max(known)})) if known else ""


def ratio(value: float, error: float = 0.0, digits: int = 2, exact: bool = False) -> str:
    """A ratio as claims write it; `exact` gives a recomputed value its digits and never says ``equal``.

    >>> ratio(1 / 487), ratio(1 / 9.02), ratio(1.53), ratio(0.97)
    ('1/490', '1/9.0', '1.5×', 'equal')
    """
    if not math.isfinite(value):
        return UNDEFINED
    if value <= 0:
        return plain(value, digits) if exact else number(value, error, digits)
    if not exact and 0.95 <= value <= 1.05:
        return "equal"
    size = value if value >= 1 else 1 / value
    text = plain(size, digits) if exact else number(size, error / value * size, digits)
    mark = FEWER if text.startswith(FEWER) else ""
    text = text.removeprefix(FEWER)
    return mark + (text + "×" if value >= 1 else "1/" + text)


def to_ascii(text: str) -> str:
    """The text in ASCII: signs by their nearest, accents left out, anything else as ``?``.

    >>> to_ascii("10× für 5 µg")
    '10x fur 5 ug'
    """
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_ASCII))
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return bare.translate(_ASCII).encode("ascii", "replace").decode()


def capitalised(text: str) -> str:
    """The text with its first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]


def printed_digits(text: str) -> int:
    """How many significant digits a printed number shows (of a fraction, its denominator); 1 where there is none."""
    digits = re.sub(r"[^0-9.]", "", text.rpartition("/")[2].partition("e")[0])
    return max(1, len((digits.replace(".", "") if "." in digits else digits.rstrip("0")).lstrip("0")))


def _exponent(value: float, digits: int) -> int:
    return int(f"{value:.{digits - 1}e}".partition("e")[2]) if value else 0


def _reaches(error: float, last_digit: float) -> bool:
    return error > 0 and 2 * error > last_digit / 2
