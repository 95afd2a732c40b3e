"""The medians with one input held, and the factors of choices, against closed forms."""

import math

import numpy as np
import pytest
from test_sensitivity import AXES, UNIT, study
from test_shapley import SUM, gaussian_sum

import mcarbon as mc
from mcarbon.answers.sensitivity import sensitivity_rows
from mcarbon.showing.indices import sensitivity_table

Z = 1.6448536269514722
"""The normal's 95 %."""


@pytest.mark.parametrize("method", ["sobol", "lhs", "random"])
def test_medians_with_an_input_held(method):
    """A product of log-normals: the held one's quantile times the others' medians. Four comparisons, 5 errors of t(15)."""
    known = study("x1 * x2 + 0 * x3", *(f'{{ family = "lognormal", median = 3, gsd = {gsd} }}' for gsd in (2, 1.5)), UNIT)
    found = mc.sensitivity(known, "y", method=method)
    assert found["median"].item() == pytest.approx(9, rel=0.02)
    for name, gsd in (("x1", 2), ("x2", 1.5)):
        for end, z in (("median_at_5", -Z), ("median_at_95", Z)):
            row = found.sel(input=name)
            error = row[f"{end}_standard_error"].item()
            assert abs(row[end].item() - 9 * gsd**z) < 5 * error < 0.1 * 9 * gsd**z


def test_correlated_inputs_follow_the_one_that_is_held():
    """x2 and x3 have sds 1 and 2 and a correlation of 1/2: x2 at -Z draws x3 to -Z, x3 at -2 Z draws x2 to -Z / 2."""
    found = mc.sensitivity(gaussian_sum(SUM), "y", scale="linear").sel(input=["x1", "x2", "x3"])
    exact = np.array([-Z, -2 * Z, -2.5 * Z])
    for end, sign in (("median_at_5", 1), ("median_at_95", -1)):
        error = found[f"{end}_standard_error"].values
        assert (np.abs(found[end].values - sign * exact) < 5 * error).all()
        assert (error < 0.03).all()


def test_discrete_inputs_are_held_at_their_quantiles():
    coin = '{ family = "discrete", values = [1, 2], weights = [0.5, 0.5] }'
    found = mc.sensitivity(study("x1 * x2", coin, UNIT), "y").sel(input="x1")
    assert found["median_at_5"].item() == pytest.approx(0.5, abs=0.005)
    assert found["median_at_95"].item() == pytest.approx(1, abs=0.01)


CHOICES = AXES.replace('at.narrow = "use * exp(other)"', 'at.narrow = "use * 20"')


def test_choices_stand_beside_the_inputs():
    """`narrow` is 20 times `wide` in every draw; the 90 % interval of a log-normal is gsd**(2 Z) wide."""
    wide, narrow = (
        sensitivity_rows(mc.parse_study(CHOICES), "chosen", at={"country": "US", "size": "small", "boundary": boundary})[0]
        for boundary in ("wide", "narrow")
    )
    for row in (wide, narrow):
        (choice,) = row.choices
        assert (choice.choice, choice.lowest, choice.highest) == ("boundary", "wide", "narrow")
        assert choice.factor == pytest.approx(20, rel=1e-4)
        assert 0 < choice.standard_error < 0.1
        exact = math.exp(2 * Z * math.hypot(math.log(2), math.log(1.5)))
        assert abs(row.interval.factor - exact) < 5 * row.interval.standard_error
    assert narrow.interval.median == pytest.approx(20 * wide.interval.median, rel=1e-4)
    lines = [line.split() for line in sensitivity_table([wide]).splitlines()]
    assert ["boundary", "20", "9.0×,", "wide", "180×,", "narrow"] in lines
    assert any(line[:4] == ["all", "inputs,", "90", "%"] for line in lines)


def test_without_a_positive_median_there_is_no_factor():
    row = sensitivity_rows(mc.parse_study(AXES), "signed", at={"country": "India"}, draws=2**12)[0]
    assert row.choices == () and math.isnan(row.interval.factor) and math.isnan(row.interval.standard_error)


def test_options_without_a_ratio_are_told_and_left_out():
    row = sensitivity_rows(
        mc.load_study("writing-2026"), "ratio", at={"country": "US", "model": "small"}, draws=2**12, shapley=False
    )[0]
    displaced = next(each for each in row.choices if each.choice == "human_boundary")
    assert displaced.without_ratio == ("none",) and displaced.low > 0
    assert [each.factor for each in row.choices] == sorted((each.factor for each in row.choices), reverse=True)
    assert "no ratio at none" in sensitivity_table([row], width=120)
