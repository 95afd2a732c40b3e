"""Reproduction, rule by rule of the format: what a chain's value is worth against what was printed. Worked by hand."""

from __future__ import annotations

import pytest

import mcarbon as mc
from mcarbon.errors import UserError

YES, ROUNDED, WITHIN = (
    "reproduces",
    "reproduces from rounded intermediates",
    "reproduces within the rounding of the inputs",
)
NO, UNKNOWN = "does not reproduce", "not checkable"


def reproduced(claim, *, x="value = 1", formula="x", unit="1", more="", tail=""):
    """The reproduction of a claim on `y = formula` of an input `x`; `more` are further tables, `tail` follows the claim."""
    text = (
        f'format = 1\nid = "t"\ntitle = "T"\n[inputs.x]\nunit = "{unit}"\n{x}\n{more}\n'
        f'[quantities.y]\nunit = "{unit}"\nformula = "{formula}"\n'
        f'[claims.c]\nstatement = "..."\nquantity = "y"\n{claim}\n{tail}'
    )
    return mc.reproduce(mc.parse_study(text)).claims[0].reproduction


@pytest.mark.parametrize(
    ("printed", "value", "status"),
    [
        # With a point: as many places as were printed. A half may have gone either way.
        ("0.30", 0.3049, YES), ("0.30", 0.305, YES), ("0.30", 0.3051, NO), ("0.30", 0.295, YES), ("0.30", 0.2949, NO),
        ("0.10", 0.0964, YES), ("0.10", 0.0949, NO), ("0.0", 0.05, YES), ("0.0", 0.051, NO),
        # Without one: the significant digits, zeros at the end apart.
        ("4400", 4350, YES), ("4400", 4349, NO), ("4400", 4450, YES), ("4400", 4451, NO), ("100", 51, YES), ("100", 151, NO),
        ("15,000", 15_400, YES), ("15,000", 15_600, NO), ("1.2e3", 1249, YES), ("1.2e3", 1251, NO), ("-5", -5.4, YES),
        ("-5", -5.6, NO), ("+3", 3, YES), ("0", 0.4, YES), ("0", 0.6, NO),
        # Of a fraction the denominator.
        ("1/2900", 1 / 2883.92, YES), ("1/2900", 1 / 2847.3, NO), ("1/2,900", 1 / 2850, YES), ("1/2900", 1 / 2951, NO),
        ("2/3", 2 / 3.4, YES), ("2/3", 2 / 3.6, NO), ("1/0.30", 1 / 0.3049, YES), ("1/0.30", 1 / 0.3051, NO),
        # A range or a bound: the value, rounded as its ends are printed, lies within.
        ("0.3..5", 3, YES), ("0.3..5", 0.25, YES), ("0.3..5", 0.24, NO), ("0.3..5", 5.4, YES), ("0.3..5", 5.6, NO),
        ("1/2900..1/310", 1 / 1000, YES), ("<= 5", -100, YES), ("<= 5", 5.4, YES), ("<= 5", 5.6, NO), (">= 5", 4.6, YES),
        (">= 5", 4.4, NO),
    ],
)  # fmt: skip
def test_digits(printed, value, status):
    found = reproduced(f'published = "{printed}"', x=f"value = {value!r}")
    assert found.status == status
    assert found.value == found.unrounded == value


@pytest.mark.parametrize(
    ("printed", "digits", "value", "status"),
    [
        ("100", 3, 100.4, YES), ("100", 3, 104, NO), ("100", 2, 104, YES), ("1/2900", 3, 1 / 2883.92, NO),
        ("1/2900", 4, 1 / 2900.4, YES),
    ],
)  # fmt: skip
def test_digits_that_are_said(printed, digits, value, status):
    assert reproduced(f'published = "{printed}"\ndigits = {digits}', x=f"value = {value!r}").status == status


@pytest.mark.parametrize(
    ("direction", "value", "status"),
    [
        ("< 1", 0.999, YES), ("< 1", 1, NO), ("<= 1", 1, YES), ("> 1/3", 1 / 3, NO), (">= 1/3", 1 / 3, YES),
        (">= 2,900", 2900, YES),
    ],
)  # fmt: skip
def test_a_direction_alone_is_obeyed_or_not(direction, value, status):
    found = reproduced(f'direction = "{direction}"', x=f"value = {value!r}")
    assert (found.status, found.factor) == (status, None)


def test_the_unit_is_that_of_the_print():
    found = reproduced('published = "12"\nunit = "g"', x="value = 0.0116", unit="kg")
    assert (found.status, found.value) == (YES, pytest.approx(11.6))
    assert found.factor == pytest.approx(11.6 / 12)
    assert reproduced('direction = "< 600"\nunit = "g"', x="value = 0.5", unit="kg").status == YES


STEP = '[inputs.a]\nunit = "1"\nvalue = 1.92444\n[quantities.m]\nunit = "1"\nformula = "a"'


@pytest.mark.parametrize(("printed", "status"), [("1/2850", YES), ("1/2900", ROUNDED), ("1/9", NO)])
def test_rounded_intermediates_come_second(printed, status):
    """The factor is of the value after `via`, and the chain without it stays."""
    found = reproduced(f'published = "{printed}"', x="value = 5479.45", formula="m / x", more=STEP, tail="via = { m = 1.9 }")
    assert found.status == status
    assert (found.value, found.unrounded) == (pytest.approx(1.9 / 5479.45), pytest.approx(1.92444 / 5479.45))


@pytest.mark.parametrize(
    ("published", "printed", "status"),
    [
        ('"1.9"', "1/2900", YES), ('"1.9"', "1/2800", WITHIN), ('"1.9"', "1/2700", NO), ("1.9", "1/2800", NO),
        ('"4,400"', "1/1.28", WITHIN), ('"4,400"', "1/1.30", NO), ('"4,400"', "1/1.3", YES),
    ],
)  # fmt: skip
def test_inputs_printed_as_text_move_by_half_a_digit(published, printed, status):
    more = f'[inputs.a]\nunit = "1"\nvalue = 1\npublished = {published}'
    x = 5479.45 if "4,400" not in published else 5600
    assert reproduced(f'published = "{printed}"', x=f"value = {x}", formula="a / x", more=more).status == status


def test_rounding_of_inputs_is_not_combined_with_intermediates():
    more = STEP.replace("value = 1.92444", 'value = 1\npublished = "1.92"')
    asked = {"x": "value = 5479.45", "formula": "m / x", "more": more}
    assert reproduced('published = "1/2850"', **asked).status == YES
    assert reproduced('published = "1/2851"\ndigits = 4', **asked).status == WITHIN
    assert reproduced('published = "1/2851"\ndigits = 4', **asked, tail="via = { m = 2.0 }").status == NO


UNCERTAIN = 'prior = { family = "uniform", low = 1, high = 2 }\nsource = "judgement"'


def test_what_was_not_published_cannot_be_checked():
    other = '[inputs.z]\nunit = "1"\nvalue = 1\npublished = 1'
    found = reproduced('published = "3"', x=UNCERTAIN, more=other)
    assert (found.status, found.value, found.unrounded, found.factor, found.missing) == (UNKNOWN, None, None, None, ("x",))
    # Where nothing of the study was published, no input is named for it.
    found = reproduced('published = "3"', x=UNCERTAIN)
    assert (found.status, found.missing) == (UNKNOWN, ())
    assert reproduced('published = "3"', x=f"{UNCERTAIN}\nneutral = 3").status == YES
    assert reproduced('published = "3"', x=f"{UNCERTAIN}\npublished = 3").status == YES
    assert reproduced('published = "3"', x="value = 5\npublished = 3").status == YES


def test_the_chain_is_computed_with_the_correction_too():
    corrected = 'corrected = { value = 2, why = "a slip", source = "judgement" }'
    found = reproduced('published = "30"', x=f"value = 5\npublished = 3\n{corrected}", formula="x * 10")
    assert (found.status, found.value, found.corrected) == (YES, 30, 20)
    assert reproduced('published = "30"', x="value = 5\npublished = 3", formula="x * 10").corrected is None


AXES = """
format = 1
id = "t"
title = "T"
dimensions = { country = ["US", "India"] }
choices.boundary = { options = ["wide", "narrow"], published = "narrow" }
[inputs.x]
unit = "1"
by = "country"
at.US = { value = 6.2 }
at.India = { value = 2.9 }
[inputs.z]
unit = "1"
by = "boundary"
at.wide = { value = 10 }
at.narrow = { value = 1 }
[quantities.m]
unit = "1"
formula = "x * z"
[quantities.relative]
unit = "1"
formula = 'm / m["India"]'
[quantities.total]
unit = "1"
formula = 'sum(m, "country")'
[claims.each]
statement = "..."
quantity = "m"
published = "6"
[claims.wide]
statement = "..."
quantity = "m"
at = { country = "US", boundary = "wide" }
published = "62"
[claims.relative]
statement = "..."
quantity = "relative"
at = { country = "US" }
published = "2.1"
via = { m = 6 }
[claims.total]
statement = "..."
quantity = "total"
published = "12"
via = { m = 6 }
"""


def test_claims_on_axes():
    """An open dimension gives a record a coordinate; choices stand at their published option unless the claim names one."""
    claims = mc.reproduce(mc.parse_study(AXES)).claims
    assert [(claim.id, claim.at, claim.reproduction.value) for claim in claims] == [
        ("each", {"country": "US"}, 6.2), ("each", {"country": "India"}, 2.9), ("wide", {"country": "US"}, 62),
        # The rounded intermediate is that of the claim's coordinates; of a sum, which has none, it is each.
        ("relative", {"country": "US"}, 6 / 2.9), ("total", {}, 12),
    ]  # fmt: skip
    assert [claim.reproduction.status for claim in claims] == [YES, NO, YES, YES, ROUNDED]


@pytest.mark.parametrize(
    "printed", ["", "3 %", "about 3", "1/0", "1/2/3", "15,00", "5..0.3", "< 5", "1e400", "0x1", "1_000"]
)
def test_what_is_no_number_is_refused(printed):
    with pytest.raises(UserError, match=r"\[claims\.c\] published"):
        reproduced(f'published = "{printed}"')
