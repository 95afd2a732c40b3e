"""Numbers as printed: the digits rule of the study format, case by case."""

from __future__ import annotations

import math

import pytest

from mcarbon.reading.published import agrees, half_unit, parse_direction, parse_number, parse_published


@pytest.mark.parametrize(
    ("text", "kind", "low", "high"),
    [
        ("0.30", "value", 0.3, 0.3),
        ("4400", "value", 4400, 4400),
        ("15,000", "value", 15000, 15000),
        ("1/2900", "value", 1 / 2900, 1 / 2900),
        ("1/2,900", "value", 1 / 2900, 1 / 2900),
        ("1 / 2,900", "value", 1 / 2900, 1 / 2900),
        ("2.5/3", "value", 2.5 / 3, 2.5 / 3),
        ("-1.5", "value", -1.5, -1.5),
        ("1.2e-3", "value", 0.0012, 0.0012),
        ("6E5", "value", 6e5, 6e5),
        (".5", "value", 0.5, 0.5),
        ("0.3..5", "range", 0.3, 5),
        ("0.3 .. 5", "range", 0.3, 5),
        ("1/3..1/2", "range", 1 / 3, 1 / 2),
        ("<= 5", "bound", -math.inf, 5),
        (">=5", "bound", 5, math.inf),
        (">= 1/3", "bound", 1 / 3, math.inf),
    ],
)
def test_what_is_read(text: str, kind: str, low: float, high: float) -> None:
    published = parse_published(text)
    assert (published.kind, published.low, published.high) == (kind, low, high)
    assert published.value == (low if kind == "value" else None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "abc",
        "1/0",
        "0/5",
        "1/2/3",
        "1,00",
        "1,0000",
        "12,34",
        "5%",
        "< 5",
        "nan",
        "inf",
        "1e999",
        "1e-999",
        "5..3",
        "3..3",
        "..5",
        "5..",
        "1...2",
        "--5",
        "1e",
        "e5",
        "0x10",
        "1 000",
        "<=",
        "1/",
        "1e300/1e-300",
        "½",
        "٣",
        "1/1e-999",
    ],
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError):
        parse_published(text)


@pytest.mark.parametrize(
    ("text", "value", "digits", "agree"),
    [
        # With a point: as many places as were printed.
        ("0.30", 0.304, None, True),
        ("0.30", 0.306, None, False),
        ("0.30", 0.305, None, True),  # a half may have gone either way
        ("0.30", 0.295, None, True),
        ("0.10", 0.0964, None, True),
        ("0.1", 0.149, None, True),
        ("1.90", 1.896, None, True),
        ("1.90", 1.89, None, False),
        ("2.68", 2.675, None, True),  # 2.675 is a little less in binary
        ("0.3", 0.1 + 0.2 + 0.05, None, True),  # 0.35000000000000003
        ("5.0", 5.04, None, True),
        ("5.0", 5.06, None, False),
        ("1.2e3", 1249.0, None, True),
        ("1.2e3", 1251.0, None, False),
        # Without one: significant digits, zeros at the end do not count.
        ("4400", 4449, None, True),
        ("4400", 4451, None, False),
        ("4400", 4350, None, True),
        ("100", 149, None, True),
        ("100", 151, None, False),
        ("100", 104, 2, True),
        ("100", 106, 2, False),
        ("100", 100.4, 3, True),
        ("100", 100.6, 3, False),
        ("4401", 4401.4, None, True),
        ("4401", 4402, None, False),
        ("15,000", 15400, None, True),
        ("0", 0.4, None, True),
        ("0", 0.6, None, False),
        ("-20", -24, None, True),
        ("-20", 20, None, False),
        # Of a fraction the denominator was rounded.
        ("1/1100", 1 / 1060.89, None, True),
        ("1/1100", 1 / 1040, None, False),
        ("1/1100", 1 / 1150, None, True),
        ("1/2900", 3.512e-4, None, False),  # 1/2847 rounds to 2800
        ("1/2900", 3.467e-4, None, True),  # 1/2884
        ("1/2,900", 3.52e-4, None, False),  # 1/2841 rounds to 2800
        ("1/2900", 3.448e-4, 4, True),
        ("1/2900", 3.449e-4, 4, False),
        ("1/3.0", 1 / 3.04, None, True),
        ("1/3.0", 1 / 3.06, None, False),
        ("1/100", 0.0, None, False),
        ("1/100", -0.01, None, False),
        # A range or a bound: rounded as its ends are printed, within.
        ("0.3..5", 0.3, None, True),
        ("0.3..5", 0.26, None, True),
        ("0.3..5", 0.24, None, False),
        ("0.3..5", 5.4, None, True),
        ("0.3..5", 5.6, None, False),
        ("<= 5", -1e9, None, True),
        ("<= 5", 5.4, None, True),
        ("<= 5", 5.6, None, False),
        (">= 5", 4.6, None, True),
        (">= 5", 4.4, None, False),
        (">= 1/3", 1 / 3.4, None, True),
        (">= 1/3", 1 / 3.6, None, False),
        ("<= 1/3", 1 / 2.6, None, True),
        ("<= 1/3", 1 / 2.4, None, False),
        ("<= 1/3", -1.0, None, True),
        ("1", math.nan, None, False),
        (">= 1", math.inf, None, False),
    ],
)
def test_agreement(text: str, value: float, digits: int | None, agree: bool) -> None:
    assert agrees(parse_published(text), value, digits) is agree
    low, high = parse_published(text).rounding(digits)
    at_an_end = any(math.isclose(value, end, rel_tol=1e-12) for end in (low, high))
    assert (math.isfinite(value) and (low <= value <= high or at_an_end)) is agree


@pytest.mark.parametrize(
    ("text", "digits", "ends"),
    [
        ("4", None, (3.5, 4.5)),
        ("0.30", None, (0.295, 0.305)),
        ("950", None, (945, 955)),
        ("950", 3, (949.5, 950.5)),
        ("-20", None, (-25, -15)),
        ("1/1500", None, (1 / 1550, 1 / 1450)),
        ("0.3..5", None, (0.25, 5.5)),
        (">= 65,000", None, (64_500, math.inf)),
        ("<= 1/3", None, (-math.inf, 1 / 2.5)),
    ],
)
def test_what_rounds_to_it(text: str, digits: int | None, ends: tuple[float, float]) -> None:
    assert parse_published(text).rounding(digits) == pytest.approx(ends, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "half"),
    [
        ("14.8", 0.05),
        ("14.80", 0.005),
        ("4400", 50),
        ("100", 50),
        ("15,000", 500),
        ("7", 0.5),
        ("1.2e3", 50),
        ("0.0", 0.05),
    ],
)
def test_half_a_unit_of_the_last_digit(text: str, half: float) -> None:
    assert half_unit(text) == half


def test_an_input_is_published_as_one_number() -> None:
    assert parse_number("15,000") == 15000
    for text in ("1/3", "0.3..5", "<= 5", "about 5"):
        with pytest.raises(ValueError):
            parse_number(text)


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("< 1", 0.999, True),
        ("< 1", 1.0, False),
        ("<1", 0.5, True),
        ("<= 1/3", 1 / 3, True),
        (">= 1/3", 1 / 3, True),
        ("> 1/3", 1 / 3, False),
        ("< 2/3", 2 / 3, False),
        (">= 0.1", 0.3 / 3, True),
        ("> 0.5", 0.5, False),
        (">= 2,900", 2900.0, True),
        ("> 0", math.nan, False),
        ("<= 0", math.nan, False),
    ],
)
def test_directions(text: str, value: float, holds: bool) -> None:
    assert parse_direction(text).holds(value) is holds


@pytest.mark.parametrize("text", ["", "1", "= 1", "== 1", "< ", "< x", "<> 1", "=< 1", "< 1..2", "below 1"])
def test_what_is_no_direction(text: str) -> None:
    with pytest.raises(ValueError):
        parse_direction(text)
