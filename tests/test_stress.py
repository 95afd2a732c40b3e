"""The figures of a stress test against closed forms: where the published value stands, chances, intervals, combinations."""

from __future__ import annotations

import math

import pytest
from bars import BAR, REPLICATES
from scipy import stats

import mcarbon as mc

DRAWS = 2**20
LOGNORMAL = '{ family = "lognormal", median = 3, gsd = 2.5 }'
LAW = stats.lognorm(math.log(2.5), scale=3)
NORMAL = '{ family = "normal", mean = 1, sd = 2 }'
ATOMS = '{ family = "discrete", values = [1, 2, 5], weights = [5, 3, 2] }'


def stressed(prior, claim, unit="1", formula="x"):
    """The one combination of a claim on `y = formula` of an input `x`."""
    text = (
        f'format = 1\nid = "t"\ntitle = "T"\n[inputs.x]\nunit = "{unit}"\nprior = {prior}\nsource = "judgement"\n'
        f'[quantities.y]\nunit = "{unit}"\nformula = "{formula}"\n[claims.c]\nstatement = "..."\nquantity = "y"\n{claim}\n'
    )
    (found,) = mc.stress(mc.parse_study(text), draws=DRAWS, replicates=REPLICATES).claims[0].combinations
    return found


def is_within(value, error, exact, known):
    """The value is exact within its bar of t(31), one false alarm in 10,000, and known to `known`."""
    assert error < known, (value, error)
    assert abs(value - exact) <= BAR * error + 1e-12, (value, exact, error)


def test_median_and_intervals():
    found = stressed(LOGNORMAL, 'published = "2"')
    is_within(found.median, found.standard_error.median, LAW.median(), 1e-3 * LAW.median())
    for p, value in found.quantiles.items():
        is_within(value, found.standard_error.quantiles[p], LAW.ppf(p), 3e-3 * LAW.ppf(p))
    assert found.intervals == {
        level: (found.quantiles[round((1 - level) / 2, 3)], found.quantiles[round((1 + level) / 2, 3)])
        for level in (0.5, 0.9, 0.95)
    }


@pytest.mark.parametrize("published", [0.5, 2, 30])
def test_where_the_published_value_stands_and_the_chances_of_being_near(published):
    found, errors = (lambda each: (each, each.standard_error))(stressed(LOGNORMAL, f'published = "{published}"'))
    is_within(found.percentile, errors.percentile, LAW.cdf(published), 1e-4)
    for k in (2, 3, 10):
        is_within(found.p_within[k], errors.p_within[k], LAW.cdf(published * k) - LAW.cdf(published / k), 1e-4)
    assert found.p_direction is None and found.p_inside is None


@pytest.mark.parametrize(
    ("direction", "chance"), [("< 2", LAW.cdf(2)), ("> 1/3", LAW.sf(1 / 3)), (">= 4,000", LAW.sf(4000))]
)
def test_the_chance_of_a_direction(direction, chance):
    found = stressed(LOGNORMAL, f'direction = "{direction}"')
    is_within(found.p_direction, found.standard_error.p_direction, chance, 1e-4)
    assert (found.percentile, found.p_within) == (None, None)


@pytest.mark.parametrize(
    ("published", "chance"), [("2..4", LAW.cdf(4) - LAW.cdf(2)), ("<= 5", LAW.cdf(5)), (">= 0.5", LAW.sf(0.5))]
)
def test_the_chance_of_a_range_or_a_bound(published, chance):
    """It has no place of its own, and no factor."""
    found = stressed(LOGNORMAL, f'published = "{published}"')
    is_within(found.p_inside, found.standard_error.p_inside, chance, 1e-4)
    assert (found.percentile, found.p_within) == (None, None)


def test_in_the_unit_of_the_claim():
    found = stressed(LOGNORMAL, 'published = "2000"\nunit = "g"\ndirection = "< 5000"', unit="kg")
    is_within(found.median, found.standard_error.median, 3000, 3)
    is_within(found.percentile, found.standard_error.percentile, LAW.cdf(2), 1e-4)
    is_within(found.p_direction, found.standard_error.p_direction, LAW.cdf(5), 1e-4)


@pytest.mark.parametrize("published", ["-1", "0"])
def test_a_factor_of_what_is_not_positive_is_none(published):
    found = stressed(NORMAL, f'published = "{published}"')
    is_within(found.percentile, found.standard_error.percentile, stats.norm(1, 2).cdf(float(published)), 1e-4)
    assert found.p_within is None


@pytest.mark.parametrize(
    ("claim", "percentile", "direction", "inside", "twice"),
    [
        # Of draws that are equal to the published value half counts as below; the ends of an interval belong to it.
        ('published = "2"', 0.65, None, None, 0.8),
        ('published = "1"\ndirection = "< 1"', 0.25, 0.0, None, 0.8),
        ('published = "5"\ndirection = "<= 1"', 0.9, 0.5, None, 0.2),
        ('published = "10"\ndirection = "> 2"', 1.0, 0.2, None, 0.2),
        ('published = "3"\ndirection = ">= 2"', 0.8, 0.5, None, 0.5),
        ('published = "1..2"', None, None, 0.8, None),
        ('published = "<= 1"', None, None, 0.5, None),
        ('published = ">= 5"', None, None, 0.2, None),
    ],
)
def test_values_that_are_met_exactly(claim, percentile, direction, inside, twice):
    """Atoms at 1, 2 and 5 of 0.5, 0.3 and 0.2: Sobol' points share them out to less than a draw of each replicate."""
    found = stressed(ATOMS, claim)
    for got, exact in ((found.percentile, percentile), (found.p_direction, direction), (found.p_inside, inside)):
        assert got == (None if exact is None else pytest.approx(exact, abs=REPLICATES / DRAWS)), claim
    if twice is not None:
        assert found.p_within[2] == pytest.approx(twice, abs=REPLICATES / DRAWS)


CHOICES = """
format = 1
id = "t"
title = "T"
choices.a = { options = ["a1", "a2", "a3"], published = "a2" }
choices.b = { options = ["b1", "b2"] }
CASES
[inputs.x]
unit = "1"
by = "a"
at.a1 = { value = 1 }
at.a2 = { value = 2 }
at.a3 = { value = 3 }
[inputs.w]
unit = "1"
by = "b"
at.b1 = { value = 1 }
at.b2 = { value = 10 }
[quantities.one]
unit = "1"
formula = "x"
[quantities.both]
unit = "1"
formula = "x * w"
[claims.one]
statement = "..."
quantity = "one"
direction = "< 2"
[claims.both]
statement = "..."
quantity = "both"
direction = "< 2"
[claims.fixed]
statement = "..."
quantity = "both"
at = { a = "a1" }
direction = "< 2"
"""
CASES = """
cases.narrow = { label = "Narrow", choices = { a = "a1" } }
cases.other = { label = "Other", choices = { b = "b2" } }
cases.all = { label = "All", choices = { a = "a3", b = "b2" } }
"""


def combinations(cases):
    found = mc.stress(mc.parse_study(CHOICES.replace("CASES", cases)), draws=64).claims
    return {claim.id: [(each.case, each.median) for each in claim.combinations] for claim in found}


def test_all_combinations_are_listed_and_cases_come_first():
    """A case is shown where its choices lie on the quantity's axes and do not contradict the claim's."""
    assert combinations(CASES) == {
        "one": [("published", 2), ("narrow", 1), (None, 3)],
        "both": [("published", 2), ("narrow", 1), ("other", 20), ("all", 30), (None, 10), (None, 3)],
        "fixed": [("published", 1), ("other", 10)],
    }


def test_without_cases_each_option_is_changed_alone():
    assert combinations("") == {
        "one": [("published", 2), ("a-a1", 1), ("a-a3", 3)],
        "both": [("published", 2), ("a-a1", 1), ("a-a3", 3), ("b-b2", 20), (None, 10), (None, 30)],
        "fixed": [("published", 1), ("b-b2", 10)],
    }


def test_the_complete_case_is_the_one_that_is_marked_or_the_last():
    for marked, complete in (("", "all"), (", complete = true", "narrow")):
        cases = CASES.replace('{ a = "a1" } }', f'{{ a = "a1" }}{marked} }}')
        claim = mc.stress(mc.parse_study(CHOICES.replace("CASES", cases)), ["both"], draws=64).claims[0]
        assert [each.case for each in claim.combinations if each.complete] == [complete]
