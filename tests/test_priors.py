"""Families, truncation and quantile tables against SciPy, over the whole range of probabilities that can be drawn."""

import numpy as np
import pytest
import twin
import twin_priors
from pydantic import TypeAdapter, ValidationError
from scipy import integrate

import mcarbon as mc
from mcarbon.engine import tables
from mcarbon.engine.machine import look_up
from mcarbon.engine.streams import BLOCK
from mcarbon.engine.tables import quantile_table, stack_tables
from mcarbon.families import FAMILIES, Distribution, Prior
from mcarbon.families.percentiles import Percentiles

NORMAL = {"family": "normal", "mean": 0.0, "sd": 1.0}
LOGNORMAL = {"family": "lognormal", "median": 2.0, "gsd": 3.0}
ZERO = {"family": "discrete", "values": [0.0], "weights": [1.0]}


def mixture(*components, **bounds):
    parts = [{"weight": weight, "prior": prior} for weight, prior in components]
    return {"family": "mixture", "components": parts, **bounds}


SEVEN = {1: -2.3263479, 5: -1.6448536, 25: -0.6744898, 50: 0.0, 75: 0.6744898, 95: 1.6448536, 99: 2.3263479}
"""A normal's percentiles, symmetric about the median."""
MORE = {2.5: -1.959964, 10: -1.2815516, 90: 1.2815516, 97.5: 1.959964}

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
    {"family": "loguniform", "low": 1e-3, "high": 2e4},
    {"family": "loguniform", "low": 1.0, "high": 8.0, "lower": 2.0, "upper": 7.0},
    {"family": "trapezoid", "low": 0.0, "mode_low": 1.0, "mode_high": 5.0, "high": 8.0},
    {"family": "trapezoid", "low": 0.0, "mode_low": 0.0, "mode_high": 5.0, "high": 5.0},
    {"family": "trapezoid", "low": -2.0, "mode_low": 1.0, "mode_high": 1.5, "high": 5.0, "upper": 4.0},
    {"family": "curvilinear_trapezoid", "low": 0.0, "high": 10.0, "d": 1.0},
    {"family": "curvilinear_trapezoid", "low": 100.0, "high": 101.0, "d": 0.4999},
    {"family": "curvilinear_trapezoid", "low": -3.0, "high": 3.0, "d": 0.01, "lower": -3.0, "upper": 1.0},
    {"family": "arcsine", "low": -1.0, "high": 4.0},
    {"family": "arcsine", "low": 0.0, "high": 1.0, "lower": 0.1},
    {"family": "gamma", "shape": 0.1, "scale": 3.0},
    {"family": "gamma", "shape": 9.0, "scale": 0.5},
    {"family": "gamma", "p5": 2.0, "p95": 7.0},
    {"family": "gamma", "shape": 2.0, "scale": 1.0, "lower": 0.5, "upper": 6.0},
    {"family": "weibull", "shape": 0.5, "scale": 2.0},
    {"family": "weibull", "shape": 8.0, "scale": 2.0},
    {"family": "weibull", "p10": 2.0, "p50": 7.0},
    {"family": "weibull", "shape": 2.0, "scale": 1.0, "upper": 1.5},
    {"family": "exponential", "scale": 5.0},
    {"family": "exponential", "p50": 5.0},
    {"family": "exponential", "p90": 5.0, "lower": 1.0},
    {"family": "student_t", "df": 3.0, "loc": 0.0, "scale": 1.0},
    {"family": "student_t", "df": 3.0, "loc": 288.15, "sd": 0.02},
    {"family": "student_t", "df": 1.0, "loc": 5.0, "scale": 2.0},
    {"family": "student_t", "df": 4.0, "loc": 1.0, "scale": 2.0, "lower": 0.0},
    {"family": "metalog", "p10": 10.0, "p50": 20.0, "p90": 50.0},
    {"family": "metalog", "p10": 10.0, "p50": 20.0, "p90": 50.0, "lower": 0.0},
    {"family": "metalog", "p10": 10.0, "p50": 20.0, "p90": 50.0, "upper": 80.0},
    {"family": "metalog", "p10": 0.1, "p50": 0.2, "p90": 0.5, "lower": 0.0, "upper": 1.0},
    {"family": "metalog", "p5": 1.0, "p25": 3.0, "p50": 4.0, "p75": 6.0, "p95": 11.0},
    {
        "family": "metalog",
        "p1": 0.9172,
        "p5": 1.471,
        "p25": 2.882,
        "p50": 4.6,
        "p75": 7.341,
        "p90": 11.18,
        "p99": 23.07,
        "lower": 0.0,
    },
    {"family": "empirical", "values": [3.0, 1.0, 2.0, 3.0, 3.5, -1.0]},
    {"family": "empirical", "values": [3.0, 1.0, 2.0, 3.0], "weights": [0.5, 1.0, 4.0, 0.25]},
    {"family": "scipy", "name": "genextreme", "c": 0.2},
    {"family": "scipy", "name": "rice", "b": 0.775, "loc": 2.0, "scale": 3.0},
    {"family": "scipy", "name": "skewnorm", "a": 4.0},
    {"family": "scipy", "name": "gumbel_r", "lower": -0.5, "upper": 4.0},
    {"family": "scipy", "name": "laplace"},
    {"family": "normal", "mean": 3.0, "sd": 2.0, "lower": -1.0, "upper": 3.5},
    {"family": "normal", "p5": -1.0, "p95": 4.0, "lower": -2.0, "upper": 6.0},
    {"family": "lognormal", "meanlog": 1.0, "sdlog": 2.0, "upper": 40.0},
    {"family": "lognormal", "mean": 4.0, "sd": 3.0, "lower": 1.0},
    {"family": "lognormal", "p5": 120.0, "p50": 400.0, "upper": 3000.0},
    {"family": "lognormal", "p2.5": 1e-12, "p97.5": 1e9},
    {"family": "beta", "a": 3.0, "b": 1.5, "low": 10.0, "high": 20.0, "lower": 12.0},
    {"family": "gamma", "p5": 2.0, "p95": 7.0, "lower": 1.0, "upper": 9.0},
    {"family": "weibull", "p10": 2.0, "p50": 7.0, "upper": 30.0},
    {"family": "exponential", "scale": 5.0, "lower": 0.5, "upper": 40.0},
    {"family": "student_t", "df": 5.0, "loc": 2.0, "sd": 1.0, "lower": 0.0, "upper": 9.0},
    {"family": "student_t", "df": 2.5, "loc": 0.0, "scale": 1e-6},
    {"family": "metalog", "p5": 1.0, "p25": 3.0, "p50": 4.0, "p75": 6.0, "p95": 11.0, "lower": 0.0, "upper": 20.0},
    {"family": "metalog", **{f"p{p:g}": x for p, x in SEVEN.items()}},
    {"family": "metalog", **{f"p{p:g}": x for p, x in SEVEN.items()}, "lower": -5.0, "upper": 6.0},
    {"family": "metalog", **{f"p{p:g}": x for p, x in SEVEN.items()}, "p10": -1.2815516, "p90": 1.2815516},
    {"family": "metalog", **{f"p{p:g}": x for p, x in SEVEN.items()}, **{f"p{p:g}": x for p, x in MORE.items()}},
    {"family": "scipy", "name": "genextreme", "c": 0.2, "loc": 3.0, "scale": 2.0, "lower": 1.0},
    {"family": "scipy", "name": "johnsonsu", "a": 1.0, "b": 2.0, "loc": -1.0, "scale": 3.0},
    {"family": "scipy", "name": "genpareto", "c": 0.5},
    mixture((0.6, NORMAL), (0.4, {"family": "normal", "mean": 3.0, "sd": 2.0})),
    mixture((0.6, NORMAL), (0.4, {"family": "normal", "mean": 1000.0, "sd": 1.0})),
    mixture((0.5, {"family": "normal", "mean": 0.0, "sd": 1000.0}), (0.5, {"family": "normal", "mean": 0.0, "sd": 0.001})),
    mixture((1.0, {"family": "uniform", "low": 0.0, "high": 1.0}), (3.0, {"family": "uniform", "low": 2.0, "high": 3.0})),
    mixture((0.5, {"family": "uniform", "low": 0.0, "high": 2.0}), (0.5, {"family": "uniform", "low": 1.0, "high": 3.0})),
    mixture((0.3, ZERO), (0.7, LOGNORMAL)),
    mixture((0.8, ZERO), (0.2, LOGNORMAL)),
    mixture((0.3, {"family": "empirical", "values": [-1.0, 0.5, 2.0]}), (0.7, LOGNORMAL), lower=-1.0, upper=9.0),
    mixture(
        (1.0, {"family": "gamma", "shape": 0.1, "scale": 1.0}), (1.0, {"family": "weibull", "shape": 0.5, "scale": 3.0})
    ),
    mixture((1.0, {"family": "student_t", "df": 3.0, "loc": 0.0, "scale": 1.0}), (1.0, {**NORMAL, "lower": 0.0})),
    mixture((1.0, {"family": "beta", "a": 0.3, "b": 2.0}), (1.0, {"family": "arcsine", "low": -1.0, "high": 0.5})),
    mixture((1.0, {"family": "metalog", "p10": 1.0, "p50": 2.0, "p90": 5.0, "lower": 0.0}), (1.0, NORMAL)),
    mixture((1.0, mixture((1.0, NORMAL), (1.0, LOGNORMAL))), (1.0, {"family": "uniform", "low": -1.0, "high": 1.0})),
    mixture((0.5, NORMAL), (0.5, LOGNORMAL), lower=-1.0, upper=9.0),
    mixture((0.5, {"family": "uniform", "low": 0.0, "high": 1.0}), (0.5, {"family": "uniform", "low": 2.0, "high": 3.0})),
    mixture((0.6, NORMAL), (0.4, {"family": "normal", "mean": 1000.0, "sd": 1.0}), lower=-1.0, upper=1001.0),
    mixture(
        (1.0, {"family": "uniform", "low": 0.0, "high": 1.0}),
        (3.0, {"family": "uniform", "low": 2.0, "high": 3.0}),
        lower=0.25,
        upper=2.5,
    ),
    mixture((0.4, ZERO), (0.6, LOGNORMAL), upper=9.0),
    mixture((1e-6, NORMAL), (1.0, {"family": "normal", "mean": 1000.0, "sd": 1.0})),
    mixture((0.2, ZERO), (0.3, {"family": "discrete", "values": [1.0], "weights": [1.0]}), (0.5, LOGNORMAL)),
    mixture((0.999, ZERO), (0.001, {"family": "lognormal", "median": 1e3, "gsd": 2.0})),
]

adapter = TypeAdapter(Prior)


def probabilities() -> np.ndarray:
    """From 1e-9 to 1 - 1e-9: the middle evenly, both tails by ratio; a whole number of blocks."""
    tail = np.geomspace(1e-9, 0.4, 2 * BLOCK)
    return np.sort(np.concatenate([tail, 1 - tail, np.linspace(0.001, 0.999, 4 * BLOCK) + 1e-7]))


def through_table(prior, u):
    stacked = stack_tables([quantile_table(prior)])
    x = np.empty_like(u)
    for start in range(0, len(u), BLOCK):
        part = slice(start, start + BLOCK)
        look_up(stacked, 0, u[part].copy(), x[part])
    return x


FORMS = {  # the format's table: the keys of each parameterisation, percentiles as p
    "normal": ["mean sd", "p p"],
    "lognormal": ["median gsd", "meanlog sdlog", "mean sd", "p p"],
    "uniform": ["low high"],
    "loguniform": ["low high"],
    "triangular": ["low mode high"],
    "pert": ["low mode high"],
    "trapezoid": ["low mode_low mode_high high"],
    "curvilinear_trapezoid": ["low high d"],
    "arcsine": ["low high"],
    "beta": ["a b", "a b low high"],
    "gamma": ["shape scale", "p p"],
    "weibull": ["shape scale", "p p"],
    "exponential": ["scale", "p"],
    "student_t": ["df loc scale", "df loc sd"],
    "metalog": ["p p p", "p p p p p", "p p p p p p p", "p p p p p p p p p"],
    "mixture": ["components"],
    "discrete": ["values weights"],
    "empirical": ["values", "values weights"],
    "scipy": ["name"],
}


def form(parameters):
    """A prior's family, its keys in order (percentiles as p) and which of its ends are bounded."""
    family, bounds = parameters["family"], {"lower", "upper"} & parameters.keys()
    if family == "scipy":
        return family, "name", bounds
    keys = ["p" if key[0] == "p" and key[1:2].isdigit() else key for key in parameters.keys() - {"family", *bounds}]
    return family, " ".join(sorted(keys)), bounds


def test_every_parameterisation_has_a_row_truncated_and_not():
    """Of the format's table; a metalog's bounds are those of its support, none, either and both."""
    assert {family.model_fields["family"].annotation.__args__[0] for family in FAMILIES} == FORMS.keys()
    found = [form(parameters) for parameters in PRIORS]
    bounded = {f.model_fields["family"].annotation.__args__[0] for f in FAMILIES if "lower" in f.model_fields}
    assert bounded == FORMS.keys() - {"discrete", "empirical"}
    for family, forms in FORMS.items():
        for keys in forms:
            keys = " ".join(sorted(keys.split()))
            kinds = [bounds for other, those, bounds in found if (other, those) == (family, keys)]
            assert set() in kinds, (family, keys)
            assert family not in bounded or family == "metalog" or any(kinds), (family, keys)
    assert {frozenset(bounds) for family, _, bounds in found if family == "metalog"} == {
        frozenset(some) for some in ((), ("lower",), ("upper",), ("lower", "upper"))
    }
    by_percentiles = {f.model_fields["family"].annotation.__args__[0] for f in FAMILIES if issubclass(f, Percentiles)}
    assert by_percentiles == {family for family, forms in FORMS.items() if any("p" in keys.split() for keys in forms)}
    keys = {key for family in FAMILIES for key in family.model_fields if key not in ("family", "lower", "upper")}
    assert keys == {key for forms in FORMS.values() for keys in forms for key in keys.split()} - {"p"} | {
        "loc", "scale", "file", "column"
    }  # fmt: skip


def has_atoms(parameters):
    inner = [component["prior"] for component in parameters.get("components", [])]
    return parameters["family"] in ("discrete", "empirical") or any(map(has_atoms, inner))


@pytest.mark.parametrize("parameters", PRIORS, ids=str)
def test_table_is_scipys_quantile_function(parameters):
    prior = adapter.validate_python(parameters)
    u = probabilities()
    expected = twin.quantile(parameters, u)
    got = through_table(prior, u)
    if parameters["family"] in ("discrete", "empirical"):
        assert np.array_equal(got, expected)
        return
    low, high = twin.quantile(parameters, np.array([0.25, 0.75]))
    allowed = 1e-7 * np.maximum(np.abs(expected), high - low)
    missed = np.abs(got - expected) > allowed
    if parameters["family"] == "mixture":
        # At a gap or an atom, 1e-9 in probability are as good as none.
        before, after = (twin.quantile(parameters, u[missed] + move) for move in (-1e-9, 1e-9))
        assert missed.sum() <= 2
        assert np.all((before - allowed[missed] <= got[missed]) & (got[missed] <= after + allowed[missed]))
    else:
        assert not missed.any()


ENDS = np.array([0.0])


@pytest.mark.parametrize("parameters", PRIORS, ids=str)
def test_no_draw_leaves_the_support(parameters):
    """Not by a bit: where a share is 1 at most, its complement is no negative number to take the logarithm of.

    At probabilities down to the least that is drawn.
    """
    distribution = adapter.validate_python(parameters).distribution()
    low, high = float(distribution.ppf(ENDS)[0]), float(distribution.isf(ENDS)[0])
    assert not low < parameters.get("lower", -np.inf) and not high > parameters.get("upper", np.inf)
    if parameters["family"] not in ("metalog", "mixture"):
        whole = twin_priors.law(parameters)
        spread = np.ptp(twin.quantile(parameters, np.array([0.25, 0.75]))) or 1.0
        assert [low, high] == pytest.approx(
            [float(np.ravel(end(ENDS))[0]) for end in (whole.ppf, whole.isf)], abs=1e-3 * spread
        )
    tail = np.exp2(-np.random.default_rng(1).uniform(1, 33, 8 * BLOCK))
    x = through_table(adapter.validate_python(parameters), np.concatenate([tail, 1 - tail, probabilities()]))
    assert low <= x.min() and x.max() <= high


@pytest.mark.parametrize("parameters", [p for p in PRIORS if p["family"] == "mixture" and has_atoms(p)], ids=str)
def test_atoms_of_mixtures_come_out_to_the_bit(parameters):
    prior = adapter.validate_python(parameters)
    u = probabilities()
    got = through_table(prior, u)
    atoms = [x for one in parameters["components"] for x in one["prior"].get("values", [])]
    for atom in atoms:
        share = twin_priors.law(parameters).cdf(np.array([np.nextafter(atom, -np.inf), atom]))
        inside = (u > share[0] + 1e-9) & (u < share[1] - 1e-9)
        assert inside.any() and np.all(got[inside] == atom)


@pytest.mark.parametrize("parameters", PRIORS, ids=str)
def test_both_ends_agree(parameters):
    """ppf and isf are one function, and cdf and sf undo them (for what has no jumps)."""
    d = adapter.validate_python(parameters).distribution()
    u = np.array([0.01, 0.2, 0.45, 0.55, 0.8, 0.99]) + 0.0003
    assert np.allclose(d.ppf(u), d.isf(1 - u), rtol=1e-9)
    if not has_atoms(parameters):
        assert np.allclose(d.cdf(d.ppf(u)), u, rtol=1e-7)
        assert np.allclose(d.sf(d.ppf(u)), 1 - u, rtol=1e-7)


@pytest.mark.parametrize("parameters", PRIORS, ids=str)
def test_in_another_unit_it_is_the_same_prior(parameters):
    prior = adapter.validate_python(parameters)
    u = probabilities()[::64]
    scaled = prior.scaled(1000.0).distribution().ppf(u)
    quartiles = scaled[np.searchsorted(u, [0.25, 0.75])]
    assert np.allclose(scaled, 1000.0 * prior.distribution().ppf(u), rtol=1e-9, atol=1e-9 * np.ptp(quartiles))


@pytest.mark.parametrize("parameters", [p for p in PRIORS if p["family"] == "mixture" and not has_atoms(p)], ids=str)
def test_pools_are_inverted_to_the_last_digits_in_both_tails(parameters):
    """To 1e-12 of the probability, or to the float: beside an end of the support its spacing is more than that."""
    d = adapter.validate_python(parameters).distribution()
    p = np.geomspace(1e-9, 0.5, 300)
    for quantile, back in ((d.ppf, d.cdf), (d.isf, d.sf)):
        x = quantile(p)
        near = [back(x + steps * np.spacing(np.abs(x))) for steps in (-3, 3)]
        rounding = 2e-16 if "lower" in parameters else 0.0
        assert np.all(np.min(near, axis=0) - 1e-12 * p - rounding <= p)
        assert np.all(p <= np.max(near, axis=0) + 1e-12 * p + rounding)


@pytest.mark.parametrize("family", ["normal", "lognormal", "gamma", "weibull"])
@pytest.mark.parametrize("bounds", [{"lower": 1.0}, {"upper": 9.0}, {"lower": 1.0, "upper": 9.0}])
def test_quantiles_are_those_after_truncation(family, bounds):
    prior = adapter.validate_python({"family": family, "p5": 2.0, "p95": 7.0, **bounds}).distribution()
    assert np.allclose(prior.ppf(np.array([0.05, 0.95])), [2.0, 7.0], rtol=1e-8)
    ends = prior.ppf(np.array([1e-12, 1 - 1e-12]))
    assert ends[0] >= bounds.get("lower", -np.inf)
    assert ends[1] <= bounds.get("upper", np.inf)


@pytest.mark.parametrize("bounds", [{"lower": 1.0}, {"upper": 9.0}, {"lower": 1.0, "upper": 9.0}])
def test_the_quantile_of_an_exponential_is_that_after_truncation(bounds):
    prior = adapter.validate_python({"family": "exponential", "p50": 4.0, **bounds}).distribution()
    assert np.allclose(prior.ppf(np.array([0.5])), 4.0, rtol=1e-8)


def mean_and_sd(distribution):
    """By integrating the quantile function."""
    moments = [integrate.quad(lambda u, k=k: distribution.ppf(np.array(u)) ** k, 0, 1, limit=500)[0] for k in (1, 2)]
    return moments[0], np.sqrt(moments[1] - moments[0] ** 2)


def test_metalog_of_problem_e4():
    prior = adapter.validate_python({"family": "metalog", "p10": 10.0, "p50": 20.0, "p90": 50.0})
    assert np.allclose(prior.coefficients(), [20, 9.102392266, 11.377990333], rtol=0, atol=5e-10)
    distribution = prior.distribution()
    assert np.allclose(distribution.ppf(np.array([0.05, 0.95])), [8.274371, 61.877247], rtol=0, atol=1e-6)
    assert mean_and_sd(distribution)[0] == pytest.approx(25.688995166, abs=5e-9)


def test_bounded_metalog_of_problem_e4():
    prior = adapter.validate_python({"family": "metalog", "p10": 10.0, "p50": 20.0, "p90": 50.0, "lower": 0.0})
    assert np.allclose(prior.coefficients(), [2.995732274, 0.366243380, 0.126946258], rtol=0, atol=5e-10)
    quantiles = prior.distribution().ppf(np.array([0.05, 0.25, 0.75, 0.95]))
    assert np.allclose(quantiles, [8.049053, 13.849359, 30.968108, 69.568859], rtol=0, atol=1e-6)


def test_linear_pool_of_problem_e6():
    pool = adapter.validate_python(
        mixture((0.6, NORMAL), (0.4, {"family": "normal", "mean": 3.0, "sd": 2.0}))
    ).distribution()
    assert np.allclose(pool.ppf(np.array([0.05, 0.5, 0.95])), [-1.442667, 0.678880, 5.300700], rtol=0, atol=5e-7)
    mean, sd = mean_and_sd(pool)
    assert mean == pytest.approx(1.2, abs=1e-8)
    assert sd**2 == pytest.approx(4.36, abs=1e-7)


@pytest.mark.parametrize(("spread", "low", "high"), [("sd", 1.4004e-5, 2.0527e-5), ("scale", 1.1619e-5, 2.2923e-5)])
def test_the_scale_of_students_t_is_not_its_sd(spread, low, high):
    """Thermal expansion of NIST TN 1900 E13 with t of 3 degrees of freedom (problem C1); 4 standard errors."""
    lines = ['format = 1\nid = "thermal"\ntitle = "Thermal expansion"']
    lengths = [("L0", "m", 1.4999, 1e-4), ("L1", "m", 1.5021, 2e-4)]
    for name, unit, loc, u in [*lengths, ("T0", "K", 288.15, 0.02), ("T1", "K", 373.10, 0.05)]:
        prior = f'{{ family = "student_t", df = 3, loc = {loc}, {spread} = {u} }}'
        lines.append(f'[inputs.{name}]\nunit = "{unit}"\nsource = "judgement"\nprior = {prior}')
    lines.append('[quantities.alpha]\nunit = "1/K"\nformula = "(L1 - L0) / (L0 * (T1 - T0))"')
    study = mc.parse_study("\n".join(lines))
    found = mc.summarize(study, draws=2**18, quantiles=(0.025, 0.975))
    got, error = (found[name].sel(statistic=["0.025", "0.975"]).values for name in ("alpha", "alpha_standard_error"))
    assert np.all(np.abs(got - [low, high]) < 4 * error + 1e-9)


def test_pert_of_problem_e5():
    """PERT(1, 3, 9) is a stretched Beta(2, 4); its 5, 50 and 95 % quantiles to seven digits."""
    prior = adapter.validate_python({"family": "pert", "low": 1.0, "mode": 3.0, "high": 9.0}).distribution()
    assert np.allclose(prior.ppf(np.array([0.05, 0.5, 0.95])), [1.611523, 3.510481, 6.259267], rtol=0, atol=5e-7)
    assert np.allclose(mean_and_sd(prior), [3.666667, 1.425393], rtol=0, atol=5e-7)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"family": "normal", "mean": 1.0, "sd": -1.0}, "greater than 0"),
        ({"family": "normal", "mean": 1.0}, "exactly `mean, sd` or 2 percentiles"),
        ({"family": "normal", "mean": 1.0, "sd": 1.0, "p5": 0.0}, "exactly `mean, sd` or 2 percentiles"),
        ({"family": "normal", "p5": 3.0, "p95": 1.0}, "out of order: p5 = 3 is not below p95 = 1"),
        ({"family": "normal", "p0": 3.0, "p95": 4.0}, "between 0 and 100"),
        ({"family": "normal", "meen": 1.0, "sd": 1.0}, "unknown key `meen`"),
        ({"family": "normal", "mean": 0.0, "sd": 1.0, "lower": 9.0}, "leaves 1.1e-19 of the distribution"),
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
        ({"family": "loguniform", "low": 0.0, "high": 1.0}, "greater than 0"),
        ({"family": "loguniform", "low": 2.0, "high": 1.0}, "low (2) must be below high (1)"),
        (
            {"family": "trapezoid", "low": 0.0, "mode_low": 3.0, "mode_high": 2.0, "high": 4.0},
            "mode_low (3) must not be above mode_high (2)",
        ),
        (
            {"family": "trapezoid", "low": 0.0, "mode_low": 1.0, "mode_high": 5.0, "high": 4.0},
            "mode_high (5) must lie",
        ),
        ({"family": "curvilinear_trapezoid", "low": 0.0, "high": 4.0, "d": 2.0}, "d (2) must be below half the distance"),
        ({"family": "arcsine", "low": 4.0, "high": 4.0}, "low (4) must be below high (4)"),
        ({"family": "gamma", "shape": 1.0}, "exactly `shape, scale` or 2 percentiles"),
        ({"family": "gamma", "p5": -1.0, "p95": 2.0}, "a gamma is positive: its lowest quantile (-1) must be above 0"),
        ({"family": "gamma", "p5": 1.0, "p95": 1.0000001}, "no gamma of a shape from 0.01 to 1e8 has these quantiles"),
        ({"family": "weibull", "p5": 0.0, "p95": 2.0}, "a Weibull is positive"),
        ({"family": "weibull", "shape": 1.0, "scale": 1.0, "p5": 1.0}, "exactly `shape, scale` or 2 percentiles"),
        ({"family": "weibull", "p5": 2.0, "p95": 7.0, "lower": 1.9999, "upper": 7.0001}, "no Weibull, truncated like this"),
        ({"family": "exponential"}, "exactly `scale` or 1 percentile (such as p50); got nothing"),
        ({"family": "exponential", "p5": 1.0, "p95": 9.0}, "exactly `scale` or 1 percentile"),
        ({"family": "exponential", "scale": 1.0, "lower": 20.0}, "leaves 2.1e-09 of the distribution"),
        ({"family": "student_t", "df": 2.0, "loc": 0.0, "sd": 1.0}, "with df = 2 there is no sd"),
        ({"family": "student_t", "df": 3.0, "loc": 0.0}, "exactly `scale` or `sd`; got nothing"),
        ({"family": "student_t", "df": 3.0, "loc": 0.0, "sd": 1.0, "scale": 1.0}, "exactly `scale` or `sd`; got scale, sd"),
        ({"family": "metalog", "p10": 1.0, "p90": 2.0}, "three percentiles or more (such as p10, p50, p90); got 2"),
        (
            {"family": "metalog", "p10": 10.0, "p50": 12.0, "p90": 90.0},
            "not a metalog's: of 3 terms, its",
        ),
        (
            {"family": "metalog", "p10": 1.0, "p50": 2.0, "p90": 3.0, "lower": 1.0},
            "support: lower = 1 excludes 1",
        ),
        (
            {"family": "metalog", "p10": 1.0, "p50": 2.0, "p90": 3.0, "upper": 2.5},
            "support: upper = 2.5 excludes 3",
        ),
        (
            {"family": "metalog", "p10": 1.0, "p50": 2.0, "p50.0000000001": 2.1, "p90": 3.0},
            "these 4 percentiles do not determine a metalog: leave some out",
        ),
        ({"family": "metalog", "p5": 1.0, "p5.0": 1.0, "p90": 3.0}, "p5 is given twice"),
        (mixture(), "at least 1 item"),
        (mixture((0.0, NORMAL)), "greater than 0"),
        (mixture((1.0, {**NORMAL, "sd": -1.0})), "greater than 0"),
        (mixture((1.0, NORMAL), lower=9.0), "leaves 1.1e-19 of the distribution"),
        ({"family": "empirical", "values": []}, "at least 1 item"),
        ({"family": "empirical", "values": [1.0, 2.0], "weights": [1.0]}, "2 values but 1 weights"),
        ({"family": "empirical", "values": [1.0], "weights": "w"}, 'weights ("w") may name a column only beside `file`'),
        ({"family": "empirical", "values": [1.0], "file": "x.csv", "column": "y"}, "not both"),
        ({"family": "empirical", "file": "x.csv"}, "give `values`, or `file` and `column`"),
        ({"family": "scipy", "name": "genextrem", "c": 1.0}, 'no continuous family `genextrem`. Did you mean "genextreme"?'),
        ({"family": "scipy", "name": "poisson", "mu": 1.0}, "no continuous family `poisson`"),
        ({"family": "scipy", "name": "genextreme"}, "the shape parameters of `genextreme` are `c`; got none"),
        ({"family": "scipy", "name": "norm", "mean": 1.0}, "the shape parameters of `norm` are none; got `mean`"),
        ({"family": "scipy", "name": "gamma", "a": -1.0}, "scipy.stats.gamma does not exist for a = -1"),
    ],
    ids=str,
)
def test_a_prior_that_cannot_be_is_refused(parameters, message):
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(parameters)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "parameters", [mixture((1.0, "human.writing_speed")), {"family": "empirical", "file": "x", "column": "y"}]
)
def test_what_is_not_resolved_has_no_distribution(parameters):
    prior = adapter.validate_python(parameters)
    assert not prior.is_resolved
    with pytest.raises(ValueError, match=r"has not been looked up|has not been read"):
        prior.distribution()


def test_a_family_that_takes_too_long_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(tables, "LONGEST", 0.2)
    prior = adapter.validate_python({"family": "scipy", "name": "levy_stable", "alpha": 1.8, "beta": 0.0})
    with pytest.raises(mc.UserError, match=r"family `levy_stable` takes more than 0.2 s"):
        tables.quantile_table(prior)


def test_a_refused_table_names_the_input(monkeypatch):
    monkeypatch.setattr(tables, "LONGEST", 0.2)
    study = mc.parse_study(
        'format = 1\nid = "slow"\ntitle = "Slow"\n[inputs.x]\nunit = "1"\nsource = "judgement"\n'
        'prior = { family = "scipy", name = "studentized_range", k = 3, df = 10 }\n'
        '[quantities.y]\nunit = "1"\nformula = "x"'
    )
    with pytest.raises(mc.UserError) as caught:
        mc.summarize(study, draws=1024)
    (fault,) = caught.value.faults
    assert fault.place == "[inputs.x] prior"


def test_quantiles_beyond_all_floats_are_refused():
    prior = adapter.validate_python({"family": "student_t", "df": 0.01, "loc": 0.0, "scale": 1.0})
    with pytest.raises(mc.UserError, match="no finite value with probability"):
        tables.quantile_table(prior)


def test_a_jump_that_nobody_announced_is_found():
    """Steps anywhere in a cell, at its ends too: what is left of each is less than 1e-9 in probability."""
    for jump in np.random.default_rng(3).uniform(0.01, 0.99, 40):
        step = lambda u, jump=jump: np.where(u <= jump, 0.0, 1.0) + u  # noqa: E731
        hidden = Distribution(ppf=step, isf=lambda v, step=step: step(1.0 - v), cdf=np.asarray, sf=np.asarray)
        stacked = stack_tables([tables._make_table(hidden, "step")])
        u = np.repeat(jump + np.array([-1e-4, -1e-6, -1e-9, 1e-9, 1e-6, 1e-4, -0.005, 0.005]), BLOCK // 8)
        x = np.empty(BLOCK)
        look_up(stacked, 0, u.copy(), x)
        assert np.allclose(x, step(u), rtol=1e-7)
