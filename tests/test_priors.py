"""Families, truncation and quantile tables against SciPy, over the whole range of probabilities that can be drawn."""

import numpy as np
import pytest
import twin
from pydantic import TypeAdapter, ValidationError

from mcarbon.engine.machine import look_up
from mcarbon.engine.streams import BLOCK
from mcarbon.engine.tables import quantile_table, stack_tables
from mcarbon.families import FAMILIES, Prior

PRIORS = [
    {"family": "normal", "mean": 3.0, "sd": 2.0},
    {"family": "normal", "mean": 1e9, "sd": 1.0},
    {"family": "normal", "p5": -1.0, "p95": 4.0},
    {"family": "normal", "p2.5": 1.0, "p50": 2.0},
    {"family": "normal", "mean": 1.33, "sd": 0.08, "lower": 1.0, "upper": 2.0},
    {"family": "normal", "mean": 0.0, "sd": 1.0, "lower": 4.0},
    {"family": "normal", "mean": 0.0, "sd": 1.0, "upper": -3.5},
    {"family": "lognormal", "median": 2.0, "gsd": 1.5},
    {"family": "lognormal", "median": 1.0, "gsd": 10.0},
    {"family": "lognormal", "meanlog": -3.0, "sdlog": 0.2},
    {"family": "lognormal", "mean": 4.0, "sd": 3.0},
    {"family": "lognormal", "p5": 120.0, "p95": 1000.0},
    {"family": "lognormal", "median": 2.0, "gsd": 3.0, "lower": 0.5, "upper": 50.0},
    {"family": "uniform", "low": -2.0, "high": 5.0},
    {"family": "uniform", "low": 0.0, "high": 1.0, "lower": 0.25},
    {"family": "triangular", "low": 1.05, "mode": 1.12, "high": 1.6},
    {"family": "triangular", "low": 0.0, "mode": 0.0, "high": 1.0},
    {"family": "triangular", "low": 0.0, "mode": 1.0, "high": 1.0},
    {"family": "triangular", "low": 0.0, "mode": 3.0, "high": 10.0, "lower": 1.0, "upper": 9.0},
    {"family": "pert", "low": 250.0, "mode": 400.0, "high": 700.0},
    {"family": "pert", "low": 1.0, "mode": 1.0, "high": 9.0},
    {"family": "pert", "low": 1.0, "mode": 3.0, "high": 9.0, "upper": 5.0},
    {"family": "beta", "a": 5.0, "b": 3.0},
    {"family": "beta", "a": 0.3, "b": 2.0},
    {"family": "beta", "a": 40.0, "b": 0.5, "low": -1.0, "high": 4.0},
    {"family": "beta", "a": 2.0, "b": 2.0, "lower": 0.1, "upper": 0.4},
    {"family": "discrete", "values": [3.0, 1.0, 2.0], "weights": [1.0, 5.0, 2.0]},
    {"family": "discrete", "values": [7.0], "weights": [0.3]},
]

adapter = TypeAdapter(Prior)


def probabilities() -> np.ndarray:
    """From 1e-9 to 1 - 1e-9: the middle evenly, both tails by ratio; a whole number of blocks."""
    tail = np.geomspace(1e-9, 0.4, 2 * BLOCK)
    return np.sort(np.concatenate([tail, 1 - tail, np.linspace(0.001, 0.999, 4 * BLOCK) + 1e-7]))


def through_table(prior, u):
    tables = stack_tables([quantile_table(prior)])
    x = np.empty_like(u)
    for start in range(0, len(u), BLOCK):
        part = slice(start, start + BLOCK)
        look_up(tables, 0, u[part], x[part])
    return x


def test_every_family_has_a_row():
    assert {family.model_fields["family"].annotation.__args__[0] for family in FAMILIES} == {p["family"] for p in PRIORS}


def test_every_truncatable_family_is_tested_truncated():
    truncatable = {f.model_fields["family"].annotation.__args__[0] for f in FAMILIES if "lower" in f.model_fields}
    assert truncatable == {p["family"] for p in PRIORS if "lower" in p or "upper" in p}


@pytest.mark.parametrize("parameters", PRIORS, ids=str)
def test_table_is_scipys_quantile_function(parameters):
    prior = adapter.validate_python(parameters)
    u = probabilities()
    expected = twin.quantile(parameters, u)
    got = through_table(prior, u)
    if parameters["family"] == "discrete":
        assert np.array_equal(got, expected)
        return
    low, high = twin.quantile(parameters, np.array([0.25, 0.75]))
    assert np.max(np.abs(got - expected) / np.maximum(np.abs(expected), high - low)) < 1e-7


@pytest.mark.parametrize("parameters", PRIORS, ids=str)
def test_both_ends_agree(parameters):
    """ppf and isf are one function, and cdf and sf undo them (for what has no jumps)."""
    d = adapter.validate_python(parameters).distribution()
    u = np.array([0.01, 0.2, 0.45, 0.55, 0.8, 0.99]) + 0.0003
    assert np.allclose(d.ppf(u), d.isf(1 - u), rtol=1e-9)
    if parameters["family"] != "discrete":
        assert np.allclose([d.cdf(x) for x in d.ppf(u)], u, rtol=1e-7)
        assert np.allclose([d.sf(x) for x in d.ppf(u)], 1 - u, rtol=1e-7)


@pytest.mark.parametrize("family", ["normal", "lognormal"])
@pytest.mark.parametrize("bounds", [{"lower": 1.0}, {"upper": 9.0}, {"lower": 1.0, "upper": 9.0}])
def test_quantiles_are_those_after_truncation(family, bounds):
    prior = adapter.validate_python({"family": family, "p5": 2.0, "p95": 7.0, **bounds}).distribution()
    assert np.allclose(prior.ppf(np.array([0.05, 0.95])), [2.0, 7.0], rtol=1e-8)
    ends = prior.ppf(np.array([1e-12, 1 - 1e-12]))
    assert ends[0] >= bounds.get("lower", -np.inf)
    assert ends[1] <= bounds.get("upper", np.inf)


def test_pert_of_problem_e5():
    """PERT(1, 3, 9) is a stretched Beta(2, 4); its 5, 50 and 95 % quantiles to seven digits."""
    prior = adapter.validate_python({"family": "pert", "low": 1.0, "mode": 3.0, "high": 9.0}).distribution()
    assert np.allclose(prior.ppf(np.array([0.05, 0.5, 0.95])), [1.611523, 3.510481, 6.259267], rtol=0, atol=5e-7)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"family": "normal", "mean": 1.0, "sd": -1.0}, "greater than 0"),
        ({"family": "normal", "mean": 1.0}, "exactly `mean, sd` or 2 percentiles"),
        ({"family": "normal", "mean": 1.0, "sd": 1.0, "p5": 0.0}, "exactly `mean, sd` or 2 percentiles"),
        ({"family": "normal", "p5": 3.0, "p95": 1.0}, "out of order: p5 = 3 is not below p95 = 1"),
        ({"family": "normal", "p0": 3.0, "p95": 4.0}, "between 0 and 100"),
        ({"family": "normal", "meen": 1.0, "sd": 1.0}, "unknown key `meen`"),
        ({"family": "normal", "mean": 0.0, "sd": 1.0, "lower": 9.0}, "leave 1.1e-19 of the distribution"),
        ({"family": "normal", "mean": 0.0, "sd": 1.0, "lower": 2.0, "upper": 1.0}, "lower (2) must be below upper (1)"),
        ({"family": "normal", "p5": 2.0, "p95": 7.0, "lower": 3.0}, "must lie within the bounds"),
        ({"family": "normal", "mean": float("nan"), "sd": 1.0}, "finite"),
        ({"family": "lognormal", "p5": -1.0, "p95": 1.0}, "must be above 0"),
        ({"family": "lognormal", "median": 1.0, "gsd": 0.5}, "gsd (0.5) is a factor and must be above 1"),
        ({"family": "uniform", "low": 6.0, "high": 0.6}, "low (6) must be below high (0.6)"),
        ({"family": "triangular", "low": 1.0, "mode": 5.0, "high": 2.0}, "mode (5) must lie between low (1) and high (2)"),
        ({"family": "beta", "a": 0.0, "b": 1.0}, "greater than 0"),
        ({"family": "discrete", "values": [1.0, 2.0], "weights": [1.0]}, "2 values but 1 weights"),
        ({"family": "discrete", "values": [1.0, 1.0], "weights": [1.0, 1.0]}, "values must differ"),
        ({"family": "discrete", "values": [1.0], "weights": [0.0]}, "greater than 0"),
        ({"family": "gauss", "mean": 1.0}, "'normal', 'lognormal'"),
    ],
    ids=str,
)
def test_a_prior_that_cannot_be_is_refused(parameters, message):
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(parameters)
    assert message in str(caught.value)
