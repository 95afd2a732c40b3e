"""Numbers and probabilities in print. Expected texts are those of the report design, sections 3.5 and 4.1."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcarbon.words.amounts import Form, PrintedUnit
from mcarbon.words.wording import chance, likelihood, number, percent, plain, printed_digits, ratio, thousands, to_ascii

THIN = "\u2009"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1 / 490, "1/490"),
        (1 / 9.0, "1/9.0"),
        (1 / 5600, "1/5600"),
        (1 / 32_000, f"1/32{THIN}000"),
        (1 / 3333, "1/3300"),
        (1 / 1.1, "1/1.1"),
        (1.5, "1.5×"),
        (80.3, "80×"),
        (12_345, f"12{THIN}000×"),
        (0.951, "equal"),
        (1.0, "equal"),
        (1.049, "equal"),
        (0.94, "1/1.1"),
        (1.06, "1.1×"),
        (1 / 99.7, "1/100"),
        (math.nan, "undefined"),
    ],
)
def test_ratios(value: float, text: str) -> None:
    assert ratio(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(1 / 2884.3, "1/2884"), (1 / 2846.6, "1/2847"), (0.97, "1/1.031"), (0.001, "1/1000")]
)
def test_recomputed_ratios_have_four_digits(value: float, text: str) -> None:
    assert ratio(value, digits=4, exact=True) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (8.7, "g", "8.7 g"),
        (2.0, "g", "2.0 g"),
        (40, "g", "40 g"),
        (0.13, "g", "0.13 g"),
        (0.05, "gCO2e", "50 mg CO2e"),
        (0.05, "gCO2e/image", "50 mg CO2e/image"),
        (1500, "g", "1.5 kg"),
        (999.6, "g", "1.0 kg"),
        (626_155, "tCO2e", "630 kt CO2e"),
        (626_155, "lbCO2e", f"630{THIN}000 lb CO2e"),
        (36_156, "lbCO2e/year", f"36{THIN}000 lb CO2e/year"),
        (4.6, "MUSD", "4.6 million USD"),
        (0.07, "USD/kWh", "0.070 USD/kWh"),
        (0.02, "tCO2e/year", "20 kg CO2e/year"),
        (3400, "Wh", "3.4 kWh"),
        (0.0006, "kWh", "600 mWh"),
        (1.234, "1", "1.2"),
        (14.6, "hour/page", "15 hour/page"),
        (25_000, "word", f"25{THIN}000 word"),
        (5.4, "person_day/page", "5.4 person-day/page"),
    ],
)
def test_amounts_keep_two_digits_and_a_readable_unit(value: float, unit: str, text: str) -> None:
    assert Form(PrintedUnit.parse(unit)).text(value) == text


@given(
    st.floats(1e-9, 1e15),
    st.sampled_from(["g", "kg", "tCO2e", "mgCO2e/query", "Wh", "kWh/year"]),
)
def test_units_keep_values_between_a_tenth_and_a_thousand(value: float, unit: str) -> None:
    parsed = PrintedUnit.parse(unit)
    symbol = parsed.fitting(value)
    printed = float(f"{parsed.convert(value, symbol):.1e}")
    in_reach = 1e-3 < value * 10.0 ** parsed.scale[parsed.symbol] < 1e14
    assert 0.1 <= printed < 1000 or not in_reach


@pytest.mark.parametrize(("low", "high", "text"), [(1 / 3300, 1 / 73, "1/3300 to 1/73"), (1 / 75, 1 / 1.1, "1/75 to 1/1.1")])
def test_intervals_run_from_the_smaller_ratio_to_the_larger(low: float, high: float, text: str) -> None:
    assert Form(PrintedUnit.parse("1"), is_ratio=True).span(low, high) == text


def test_an_amount_and_its_interval_share_a_unit() -> None:
    assert Form(PrintedUnit.parse("g")).amount_with_interval(8.7, 2.0, 40) == "8.7 g (90 %: 2.0 to 40)"
    assert Form(PrintedUnit.parse("g")).span(0.049, 0.34) == "49 to 340 mg"


def test_the_ends_of_an_interval_are_told_apart() -> None:
    assert Form(PrintedUnit.parse("g")).span(209.1, 214.2) == "209 to 214 g"
    assert Form(PrintedUnit.parse("1")).span(2.0001, 2.0002) == "2.000 to 2.000"
    assert Form(PrintedUnit.parse("1")).span(3, 3) == "3.0 to 3.0"


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.73, "73 %"),
        (0.0, "<1 %"),
        (0.0099, "<1 %"),
        (0.01, "1 %"),
        (0.99, "99 %"),
        (0.9901, ">99 %"),
        (1.0, ">99 %"),
        (0.5, "50 %"),
    ],
)
def test_percent_is_whole_and_never_0_or_100(probability: float, text: str) -> None:
    assert percent(probability) == text


@given(st.floats(0, 1), st.floats(0, 0.2))
def test_percent_never_says_0_or_100(probability: float, error: float) -> None:
    assert percent(probability, error).strip("<>~ %") not in ("0", "100")


@pytest.mark.parametrize(
    ("probability", "word"),
    [
        (0.995, "virtually certain"),
        (0.99, "extremely likely"),
        (0.96, "extremely likely"),
        (0.95, "very likely"),
        (0.91, "very likely"),
        (0.90, "likely"),
        (0.67, "likely"),
        (0.66, "more likely than not"),
        (0.51, "more likely than not"),
        (0.50, "about as likely as not"),
        (0.33, "about as likely as not"),
        (0.32, "unlikely"),
        (0.10, "unlikely"),
        (0.09, "very unlikely"),
        (0.05, "very unlikely"),
        (0.04, "extremely unlikely"),
        (0.01, "extremely unlikely"),
        (0.009, "exceptionally unlikely"),
    ],
)
def test_likelihood_words(probability: float, word: str) -> None:
    assert likelihood(probability) == word


@pytest.mark.parametrize(
    ("probability", "error", "word"),
    [
        (0.905, 0.002, "very likely"),
        (0.905, 0.003, "likely"),
        (0.995, 0.003, "extremely likely"),
        (0.665, 0.004, "more likely than not"),
        (0.505, 0.004, "about as likely as not"),
        (0.325, 0.004, "about as likely as not"),
        (0.095, 0.004, "unlikely"),
        (0.009, 0.001, "extremely unlikely"),
        (0.60, 0.4, "about as likely as not"),
    ],
)
def test_the_weaker_word_where_two_standard_errors_cross_an_edge(probability: float, error: float, word: str) -> None:
    assert likelihood(probability, error) == word


def test_words_carry_their_percent() -> None:
    assert chance(0.91) == "very likely (91 %)"
    assert chance(0.999) == "virtually certain (>99 %)"


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (490, 1, "490"),
        (490, 2.5, "490"),
        (490, 2.6, "~500"),
        (9.02, 0.03, "~9"),
        (9.02, 0.02, "9.0"),
        (0.13, 1, "~0.1"),
    ],
)
def test_one_digit_fewer_where_the_error_reaches_the_last(value: float, error: float, text: str) -> None:
    assert number(value, error) == text


def test_the_error_of_a_ratio_is_that_of_its_denominator() -> None:
    assert ratio(1 / 487, error=0.002 / 487) == "1/490"
    assert ratio(1 / 487, error=0.02 / 487) == "~1/500"


@given(st.floats(1e-6, 1e6), st.floats(1e-4, 0.02), st.floats(-1, 1))
def test_another_seed_changes_the_last_digit_by_one_unit_at_most(value: float, error: float, z: float) -> None:
    """Two runs differ by less than 2 * sqrt(2) standard errors in 95 of 100 cases; here up to that, at one digit."""
    other = value * (1 + z * 2 * math.sqrt(2) * error)
    first, second = number(value, error * value), number(other, error * value)
    if first.count("~") != second.count("~") or len(first) != len(second) or "." in first:
        return  # across a power of ten the unit itself changes
    clean = [text.strip("~").replace(THIN, "") for text in (first, second)]
    unit = 10 ** (len(clean[0]) - (1 if "~" in first else min(2, len(clean[0]))))
    assert abs(float(clean[0]) - float(clean[1])) <= unit


def test_thousands_from_five_digits() -> None:
    assert [thousands(text) for text in ("2900", "32000", "1000000")] == [
        "2900",
        f"32{THIN}000",
        f"1{THIN}000{THIN}000",
    ]


def test_a_number_with_all_its_digits_has_no_exponent() -> None:
    assert plain(5_378_892_480, 10) == f"5{THIN}378{THIN}892{THIN}480"
    assert plain(1_963_295_755_200, 12) == f"1{THIN}963{THIN}295{THIN}755{THIN}200"
    assert plain(5_378_892_480, 4) == "5.379e9"


def test_recomputed_numbers() -> None:
    assert [plain(0.122), plain(1220.0), plain(0.000122)] == ["0.122", "1220", "0.000122"]


def test_printed_digits() -> None:
    texts = {"1/2900": 2, "0.0001": 1, "0.30": 2, "4400": 2, "626155": 6, "626,155": 6, "<= 5": 1}
    assert {text: printed_digits(text) for text in texts} == texts


def test_ascii_of_what_is_printed() -> None:
    assert to_ascii(f"1/32{THIN}000, 10×, 5 µg, naïve") == "1/32 000, 10x, 5 ug, naive"


@given(st.text())
def test_ascii_of_anything_is_ascii(text: str) -> None:
    assert to_ascii(text).isascii()
