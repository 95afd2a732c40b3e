"""What a verdict says would tip its answer soonest: against closed forms, and against the full search."""

import math

import pytest
from scipy.stats import norm

import mcarbon as mc
from mcarbon.answers.break_even import break_even_rows
from mcarbon.answers.claims import claim_records
from mcarbon.reading.model import build_model
from mcarbon.words.tipping import is_within, nearest_first, ordinal_percentile

STUDY = """
format = 1
id = "nearest"
title = "What is nearest"
[inputs.steady]
unit = "1"
source = "judgement"
prior = {{ family = "lognormal", median = 2, gsd = 1.2 }}
[inputs.wide]
unit = "Wh"
source = "judgement"
prior = {{ family = "lognormal", median = 0.2, gsd = 2 }}
[inputs.{third}
source = "judgement"
[inputs.three]
unit = "Wh"
value = 3
source = "judgement"
[quantities.amount]
unit = "Wh"
formula = "steady * wide * extra"
[quantities.ratio]
unit = "1"
formula = "a / b"
sides = {{ AI = "a", human = "b" }}
[quantities.a]
unit = "Wh"
formula = "steady * wide * extra"
[quantities.b]
unit = "Wh"
formula = "three"
[claims.it]
statement = "..."
quantity = "{quantity}"
published = "{published}"
source = "judgement"
"""
EXTRA = 'extra]\nunit = "1"\nprior = {{ family = "{}", {} }}'


def nearest(third, quantity="amount", published="2", draws=2**12):
    third = EXTRA.format(*third)
    study = mc.parse_study(STUDY.format(third=third, quantity=quantity, published=published))
    (claim,) = mc.stress(study, draws=draws).claims
    return claim


def test_the_value_and_its_percentile_are_those_of_the_closed_form():
    """The median of the product is 2 * 0.2 * 1; held at w, it is 2 w: 2 Wh at 1 Wh, log2(5) deviations out."""
    claim = nearest(("lognormal", "median = 1, gsd = 1.3"))
    assert claim.nearest.number == 2
    point = claim.nearest.point
    assert (point.name, point.unit, point.above) == ("wide", "Wh", True)
    assert point.value == pytest.approx(1, abs=4 * point.standard_error) and point.standard_error < 0.01
    assert point.percentile == pytest.approx(norm.cdf(math.log2(5)), abs=3e-4)
    assert claim.verdict.next.endswith(
        "of the spread; above 1.0 Wh (99th percentile of its prior) the median would pass the published 2 Wh."
    )


def test_a_ratio_is_held_against_1_whatever_was_published():
    """2 w / 3 is 1 at 1.5 Wh."""
    claim = nearest(("lognormal", "median = 1, gsd = 1.3"), "ratio", "1/10")
    assert claim.nearest.number == 1
    assert claim.nearest.point.value == pytest.approx(1.5, abs=4 * claim.nearest.point.standard_error)
    assert claim.verdict.next.endswith("the median ratio would pass 1.")


def test_the_input_that_tips_soonest_need_not_be_the_one_that_explains_most():
    """`extra` is 1 in nine of ten draws and 10 in one: it tips the answer at its 90th percentile, `wide` at its 99th."""
    claim = nearest(("discrete", "values = [1, 10], weights = [0.9, 0.1]"))
    point = claim.nearest.point
    assert (point.name, point.value, point.standard_error, point.above) == ("extra", 10, 0, True)
    assert " of the spread; with extra above 10 " in claim.verdict.next


def test_below_as_well_as_above():
    """2 w is 0.1 at 0.05, two deviations below."""
    point = nearest(("lognormal", "median = 1, gsd = 1.3"), published="0.1").nearest.point
    assert not point.above and point.value == pytest.approx(0.05, rel=0.01)
    assert point.percentile == pytest.approx(norm.cdf(-2), abs=3e-4)


def test_where_no_prior_reaches_so_far_it_is_said():
    claim = nearest(("uniform", "low = 0.9, high = 1.1"), published="1000")
    assert claim.nearest.number == 1000 and claim.nearest.point is None
    assert claim.verdict.next.endswith("no input alone takes the median past the published 1000 Wh within its prior.")


def test_a_range_has_no_number_to_cross():
    claim = nearest(("uniform", "low = 0.9, high = 1.1"), published="0.1..3")
    assert claim.nearest is None
    assert claim.verdict.next in ("Measure wide.", "Measure wide, then steady.")


@pytest.mark.parametrize("name", ["tomlinson-2024", "power-hungry-2023"])
def test_it_agrees_with_the_full_search(name):
    """Values agree to four standard errors, or to a thousandth where the answer hangs on the input alone. Where the
    nearest value is near the middle of its prior, the answer is near the number with every input: any may be named."""
    study = mc.load_study(name)
    model, checked = build_model(study), 0
    records = claim_records(model)
    for claim, record in list(zip(mc.stress(study, draws=2**13).claims, records, strict=True))[-8:]:
        if claim.nearest is None:
            continue
        case = next(each for each in claim.combinations if each.case == claim.spread.case)
        number = claim.nearest.number / record.factor
        (row,) = break_even_rows(study, claim.quantity, number, claim.at, case.choices, draws=2**14)
        first, point = nearest_first(row.inputs)[0], claim.nearest.point
        checked += 1
        if point is None:
            assert not is_within(first), claim.id
            continue
        (same,) = (each for each in row.inputs if each.name == point.name)
        error = math.hypot(same.standard_error, point.standard_error)
        assert point.value == pytest.approx(same.value, abs=4 * error, rel=1e-3), claim.id
        assert point.above == same.above and point.unit == same.unit
        assert point.percentile == pytest.approx(same.percentile, abs=0.01)
        if abs(first.percentile - 0.5) > 0.1:
            assert point.name == first.name, claim.id
    assert checked


def test_any_number_of_threads_gives_the_same():
    study = mc.load_study("tomlinson-2024")
    one, two = ([claim.nearest for claim in mc.stress(study, draws=2**10, threads=threads).claims] for threads in (1, 2))
    assert one == two


def test_percentiles_in_words():
    said = [ordinal_percentile(p) for p in (0.98, 0.01, 0.0096, 0.9987, 0.21, 0.12, 1.0, 0.0)]
    assert said[:4] == ["98th percentile", "1st percentile", "1st percentile", "99.8th percentile"]
    assert said[4:] == ["21st percentile", "12th percentile", "99.999th percentile", "0.0001th percentile"]
