"""Sobol' indices against closed forms, by both methods; what they are worth where there is no variance."""

import json
import math
import sys

import numpy as np
import pytest
import twin
from seeds import rms_band, seeds

import mcarbon as mc
from mcarbon import cli
from mcarbon.answers.sensitivity import sensitivity_rows
from mcarbon.engine import kernels
from mcarbon.engine.pair import Pair
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.reading.model import build_model

UNIT = '{ family = "uniform", low = 0, high = 1 }'
ANGLE = f'{{ family = "uniform", low = {-math.pi!r}, high = {math.pi!r} }}'


def study(formula, *priors, tail=""):
    lines = ["format = 1", 'id = "known"', 'title = "A function with known indices"']
    lines += [f'inputs.x{i} = {{ unit = "1", prior = {prior}, source = "judgement" }}' for i, prior in enumerate(priors, 1)]
    return mc.parse_study("\n".join([*lines, f'quantities.y = {{ unit = "1", formula = "{formula}" }}', tail]))


def ishigami(b):
    """Problem D1: indices of sin x1 + 7 sin(x2)**2 + b x3**4 sin x1 over (-pi, pi)**3, from its parts of variance."""
    one = 0.5 * (1 + b * math.pi**4 / 5) ** 2
    two = 49 / 8
    both = b**2 * math.pi**8 * (1 / 18 - 1 / 50)
    variance = one + two + both
    return (
        study(f"sin(x1) + 7 * sin(x2) ** 2 + {b} * x3 ** 4 * sin(x1)", ANGLE, ANGLE, ANGLE),
        np.array([one, two, 0]) / variance,
        np.array([one + both, two, both]) / variance,
    )


def sobol_g(*a):
    """Problem D2: indices of the product of (|4 x - 2| + a) / (1 + a) over the unit cube."""
    parts = np.array([1 / 3 / (1 + each) ** 2 for each in a])
    variance = np.prod(1 + parts) - 1
    formula = " * ".join(f"(abs(4 * x{i} - 2) + {each}) / {1 + each}" for i, each in enumerate(a, 1))
    return study(formula, *[UNIT] * len(a)), parts / variance, parts * np.prod(1 + parts) / (1 + parts) / variance


PROBLEMS = {
    "D1, b = 0.1": (*ishigami(0.1), [0.313905191, 0.442411145, 0], [0.557588855, 0.442411145, 0.243683664]),
    "D1, b = 0.05": (*ishigami(0.05), [0.218518564, 0.686894644, 0], [0.313105356, 0.686894644, 0.094586792]),
    "D2": (
        *sobol_g(0, 1, 4.5, 9, 99, 99, 99, 99),
        [0.716192, 0.179048, 0.0236758, 0.0071619, *[7.16e-5] * 4],
        [0.787144, 0.242198, 0.0343169, 0.0104604, *[1.049e-4] * 4],
    ),
    "D2, three inputs": (
        *sobol_g(0, 9, 99),
        [0.986711842, 0.00986711842, 9.8671e-5],
        [0.990033881, 0.013156596, 1.32e-4],
    ),
    "D3": (
        study("x1 * x2 + x3", UNIT, UNIT, UNIT),
        np.array([3, 3, 12]) / 19,
        np.array([4, 4, 12]) / 19,
        [3 / 19, 3 / 19, 12 / 19],
        [4 / 19, 4 / 19, 12 / 19],
    ),
}


@pytest.mark.parametrize("method", ["sobol", "random"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_indices_are_the_closed_forms(name, method):
    """Within 5 standard errors of 32 replicates, whose t(31) law puts 2e-5 outside: of the 120 comparisons here
    one would fail for 1 seed in 400. The errors are at most 0.6 % (Sobol') or 3 % (the others) of the index, or of 0.6
    times the total where a first index is smaller than that. With Sobol' points all are within 0.002, and by both methods
    no index lies below zero by more than its error's 95 % bar, 2.04 times it."""
    known, first, total, first_given, total_given = PROBLEMS[name]
    np.testing.assert_allclose(first, first_given, rtol=1e-3, atol=1e-9)
    np.testing.assert_allclose(total, total_given, rtol=1e-3, atol=1e-9)
    found = mc.sensitivity(known, "y", draws=2**17, replicates=32, method=method, seed=3, scale="linear")
    for variable, exact in (("first", first), ("total", total)):
        error = found[f"{variable}_standard_error"].values
        assert (np.abs(found[variable].values - exact) < 5 * error).all(), (variable, found[variable].values, error)
        assert (error <= (0.006 if method == "sobol" else 0.03) * np.maximum(exact, 0.6 * total)).all(), (variable, error)
        assert (found[variable].values > -2.04 * error - 1e-12).all()
        if method == "sobol":
            assert (np.abs(found[variable].values - exact) < 0.002).all()


@pytest.mark.parametrize("method", ["sobol", "random"])
def test_an_input_that_does_not_matter_is_zero(method):
    found = mc.sensitivity(study("x1 + x2 - 0 * x3", UNIT, UNIT, UNIT), "y", method=method, scale="linear")
    nothing = found.sel(input="x3")
    assert abs(nothing["first"]) < 1e-28 and abs(nothing["total"]) < 1e-28
    assert "x4" not in mc.sensitivity(study("x1 + x2", *[UNIT] * 4), "y")["input"].values


@pytest.mark.parametrize("method", ["sobol", "random"])
def test_additive_indices_sum_to_one(method):
    """First and total of an additive function are the same; 5 standard errors of t(31) as above, six comparisons."""
    known = study("x1 + 2 * x2 - 3 * x3", UNIT, UNIT, UNIT)
    found = mc.sensitivity(known, "y", replicates=32, method=method)
    assert found.attrs["scale"] == "linear"
    np.testing.assert_allclose(found["first"], found["total"], rtol=1e-12)
    error = found["first_standard_error"].values
    assert (np.abs(found["first"].values - np.array([1, 4, 9]) / 14) < 5 * error).all()
    assert (error < (1e-4 if method == "sobol" else 3e-3)).all()
    assert abs(found["first"].values.sum() - 1) < 5 * math.hypot(*error)


@pytest.mark.parametrize("method", ["sobol", "random"])
def test_on_the_log_scale_a_product_of_lognormals_has_its_shares_of_variance(method):
    """Problem E1: ln Y is a sum, whose indices are sigma**2 over the sum of them. Twelve comparisons as above."""
    percentiles = [(100, 1000), (2e-4, 3e-3), (1.05, 1.6), (0.02, 0.8), (200, 600), (0.05, 0.15)]
    known = study(
        "x1 * x2 * x3 * x4 / (x5 * x6)",
        *(f'{{ family = "lognormal", p5 = {low}, p95 = {high} }}' for low, high in percentiles),
    )
    variances = np.array([math.log(high / low) ** 2 for low, high in percentiles])
    found = mc.sensitivity(known, "y", replicates=32, method=method)
    assert found.attrs["scale"] == "log"
    for variable in ("first", "total"):
        error = found[f"{variable}_standard_error"].values
        assert (np.abs(found[variable].values - variances / variances.sum()) < 5 * error).all()
        assert (error < (1e-3 if method == "sobol" else 5e-3)).all()


def test_on_the_linear_scale_a_product_of_lognormals():
    """Closed form: the variance of a product of independent log-normals. Four comparisons as above."""
    known = study("x1 * x2", *(f'{{ family = "lognormal", meanlog = 0, sdlog = {sd} }}' for sd in (0.2, 0.4)))
    grown = np.expm1(np.array([0.04, 0.16]))
    whole = np.expm1(0.2)
    found = mc.sensitivity(known, "y", replicates=32, scale="linear")
    for variable, exact in (("first", grown / whole), ("total", grown * (1 + grown[::-1]) / whole)):
        error = found[f"{variable}_standard_error"].values
        assert (np.abs(found[variable].values - exact) < 5 * error).all()
        assert (error < 2e-3).all()


@pytest.mark.statistics
def test_errors_are_those_that_seeds_show():
    """Of 64 seeds' z-scores, two indices each: the root mean square lies within 0.75 and 1.3, which chance leaves for
    less than 1 seed in 1000 (chi-squared of some 100 degrees of freedom, widened by t(15))."""
    known, first, total, _, _ = PROBLEMS["D1, b = 0.1"]
    z = []
    for seed in seeds(64):
        found = mc.sensitivity(known, "y", draws=2**13, method="random", seed=seed)
        z.append((found["first"][0].item() - first[0]) / found["first_standard_error"][0].item())
        z.append((found["total"][2].item() - total[2]) / found["total_standard_error"][2].item())
    low, high = rms_band(128, 0.75, 1.3)
    assert low < math.sqrt(np.mean(np.square(z))) < high


@pytest.mark.parametrize("method", ["sobol", "random"])
def test_same_bits_for_any_threads(method):
    known, *_ = PROBLEMS["D1, b = 0.1"]
    one, two, seven = (mc.sensitivity(known, "y", draws=50_000, method=method, threads=n) for n in (1, 2, 7))
    assert one.identical(two) and one.identical(seven)


@pytest.mark.parametrize("method", ["sobol", "random"])
def test_a_pair_is_two_samples(method):
    """A is the sample of all other answers; B has other keys, and Sobol' dimensions after those of all input cells."""
    known = study("x3 + x1", UNIT, UNIT, UNIT)
    program = compile_program(build_model(known), [("x1", {}), ("x3", {})])
    plan = Plan.of(4 * 1500, 4, method, 5)
    pair = Pair(program, plan)
    n, chain = plan.length, 2
    a, b = np.empty((2, 2, n))
    for streams, draws in zip(pair._sides, (a, b)):
        kernels.keep_draws(streams, program.tables, program.copula, program.steps, chain, 0, plan.blocks, draws)
    np.testing.assert_array_equal(a, Sampler(program, plan).keep_all()[chain])
    for row, position in enumerate((0, 2)):
        label = (f"x{position + 1}", "1")
        if method == "sobol":
            expected = twin.sobol_uniforms(5, chain, label, position + 3, 6, n)
        else:
            expected = twin.random_uniforms(5, chain, label, n)
        np.testing.assert_allclose(b[row], expected, rtol=1e-12)
    # Independent: a correlation of 4096 pairs has a standard deviation of 1/64.
    assert abs(np.corrcoef(np.concatenate([a, b]))[np.triu_indices(4, 1)]).max() < 5 / math.sqrt(n)


AXES = """
format = 1
id = "axes"
title = "Two dimensions and a choice"
dimensions = { country = ["US", "India"], size = ["small", "large"] }
choices.boundary = { options = ["wide", "narrow"] }
[inputs.grid]
unit = "1"
by = "country"
source = "judgement"
at.US = { prior = { family = "lognormal", median = 3, gsd = 2 } }
at.India = { value = 5 }
[inputs.load]
unit = "1"
by = "size"
source = "judgement"
at.small = { prior = { family = "lognormal", median = 3, gsd = 1.5 } }
at.large = { prior = { family = "lognormal", median = 7, gsd = 1.2 } }
[inputs.other]
unit = "1"
prior = { family = "normal", mean = 0, sd = 1 }
source = "judgement"
[quantities.use]
unit = "1"
formula = "grid * load"
[quantities.chosen]
unit = "1"
by = "boundary"
at.wide = "use"
at.narrow = "use * exp(other)"
[quantities.signed]
unit = "1"
by = "country"
at.US = "grid"
at.India = "other"
[quantities.fixed]
unit = "1"
formula = 'grid["India"] + 0 * use'
"""


def test_open_dimensions_become_dims():
    found = mc.sensitivity(mc.parse_study(AXES), "use", at={"size": "large"}, draws=2**12)
    assert found["first"].dims == ("input", "country")
    assert found["input"].values.tolist() == ["grid[US]", "load[large]"]
    assert found["first"].sel(country="India").values.tolist() == [0, 1]
    assert found["total"].sel(country="US", input="grid[US]").item() == pytest.approx(
        math.log(2) ** 2 / (math.log(2) ** 2 + math.log(1.2) ** 2), abs=0.01
    )
    alone = mc.sensitivity(mc.parse_study(AXES), "use", at={"size": "large", "country": "US"}, draws=2**12)
    assert alone["first"].dims == ("input",)
    # Beside other cells or alone, to rounding: sums are then made in other pieces.
    np.testing.assert_allclose(alone["first"], found["first"].sel(country="US"), rtol=1e-10)
    assert alone.attrs["at"] == "country=US, size=large"
    assert {"study", "digest", "method", "seed", "draws", "replicates", "mcarbon_version"} <= alone.attrs.keys()


def test_rows_are_one_a_cell_and_choices_published_unless_named():
    known = mc.parse_study(AXES)
    rows = sensitivity_rows(known, "chosen", at={"size": "small"}, draws=2**12)
    assert [row.at for row in rows] == [
        {"country": country, "size": "small", "boundary": "wide"} for country in ("US", "India")
    ]
    for named in ({"choices": {"boundary": "narrow"}}, {"at": {"boundary": "narrow"}}):
        (first, *_) = sensitivity_rows(known, "chosen", draws=2**12, **named)
        assert first.at == {"country": "US", "size": "small", "boundary": "narrow"}
        assert [each.name for each in first.inputs] == ["grid[US]", "load[small]", "other"]
    assert sensitivity_rows(known, "load", at={"size": "small"}, draws=2**12)[0].inputs[0].first == pytest.approx(1)


def test_one_question_has_one_scale():
    rows = sensitivity_rows(mc.parse_study(AXES), "signed", draws=2**12)
    assert [row.scale for row in rows] == ["linear", "linear"]
    assert sensitivity_rows(mc.parse_study(AXES), "signed", at={"country": "US"}, draws=2**12)[0].scale == "log"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"quantity": "uses"}, 'Did you mean "use"?'),
        ({"at": {"contry": "US"}}, "`use` has no axis `contry`"),
        ({"at": {"boundary": "wide"}}, "`use` has no axis `boundary`"),
        ({"at": {"country": "France"}}, 'there is no coordinate "France" on country'),
        ({"choices": {"boundary": "none"}}, 'no option "none"'),
        ({"quantity": "chosen", "at": {"boundary": "wide"}, "choices": {"boundary": "narrow"}}, "to be both"),
        ({"scale": "square"}, 'scale "square" is not known'),
        ({"method": "guess"}, 'method "guess" is not known'),
        ({"draws": 1}, "1 draws in 16 replicates cannot be"),
        ({"quantity": "other", "scale": "log"}, "are not positive and have no logarithm"),
    ],
)
def test_what_cannot_be_is_refused(asked, told):
    with pytest.raises(mc.UserError, match=told.replace("?", r"\?")):
        mc.sensitivity(mc.parse_study(AXES), **({"quantity": "use", "draws": 2**12} | asked))


@pytest.mark.parametrize("method", ["sobol", "lhs", "random"])
def test_correlated_inputs_have_their_indices_together(method):
    """A sum of normals, x1 and x3 with r = 0.5: of the variance 1 + 4 + 2 + 9 they make 7/16. Five standard errors of
    t(15), six comparisons: one fails for 1 seed in 1000."""
    priors = [f'{{ family = "normal", mean = 0, sd = {sd} }}' for sd in (1, 3, 2, 1)]
    known = study("x1 + x2 + x3", *priors, tail='[correlations]\n"x3, x1" = { normal = 0.5 }\n"x4, x2" = 0.9')
    found = mc.sensitivity(known, "y", method=method)
    # x4 is drawn with x2, which it is correlated with, and not needed.
    assert found["input"].values.tolist() == ["x1 & x3", "x1", "x2", "x3"]
    assert "have their Sobol' indices together" in found.attrs["warnings"]
    assert np.isnan(found.sel(input=["x1", "x3"])[["first", "total", "first_standard_error"]].to_array()).all()
    assert np.isnan(found["shapley"].sel(input="x1 & x3"))
    found = found.sel(input=["x1 & x3", "x2"])
    for variable in ("first", "total"):
        error = found[f"{variable}_standard_error"].values
        assert (np.abs(found[variable].values - np.array([7, 9]) / 16) < 5 * error).all()
        assert (error < 5e-3).all()


def test_without_variance_there_are_no_indices():
    known = mc.parse_study(AXES)
    for quantity, inputs in (("fixed", ["grid[US]", "load[small]"]), ("grid", [])):
        found = mc.sensitivity(known, quantity, at={"country": "US"} | ({"size": "small"} if inputs else {}), draws=2**12)
        if quantity == "grid":
            found = mc.sensitivity(known, quantity, at={"country": "India"}, draws=2**12)
        assert found["input"].values.tolist() == inputs
        assert np.isnan(found["first"]).all() and np.isnan(found["total_standard_error"]).all()
        assert "there is no variance to divide" in found.attrs["warnings"]
    # g / g differs from 1 by rounding at most.
    cancelled = mc.sensitivity(
        study("x1 * x2 / (x3 * x2) * x3 / x1", *['{ family = "lognormal", median = 3, gsd = 2 }'] * 3), "y"
    )
    assert np.isnan(cancelled["first"]).all()


def test_values_that_are_not_finite_are_left_out_and_told():
    atoms = '{ family = "discrete", values = [0, 1, 2], weights = [0.004, 0.5, 0.496] }'
    found = mc.sensitivity(study("x2 + 1 / x1", atoms, UNIT), "y", scale="linear")
    said = "draws are not finite: `x1` in `1 / x1` is 0 there (input x1); the figures are of the rest"
    assert said in found.attrs["warnings"]
    # Two atoms, 1 and 1/2, of nearly the same weight, and a uniform: 1/16 and 1/12.
    np.testing.assert_allclose(found["first"], np.array([3, 4]) / 7, atol=0.005)
    with pytest.raises(mc.UserError, match="are not finite"):
        mc.sensitivity(study("x2 + 1 / x1", atoms.replace("0.004", "0.02"), UNIT), "y")


def test_the_scale_is_linear_where_any_value_is_not_positive():
    """4.2 standard deviations above 0: the first block has none, 65 536 draws have some."""
    known = study("x1 + 0.1 * x2", '{ family = "normal", mean = 4.2, sd = 1 }', UNIT)
    assert mc.sensitivity(known, "y").attrs["scale"] == "linear"
    asked = mc.sensitivity(known, "y", scale="log")
    assert asked.attrs["scale"] == "log"
    assert "are not positive and have no logarithm; the indices are of the rest" in asked.attrs["warnings"]


@pytest.mark.parametrize(
    ("formula", "prior", "warned"),
    [
        ("1 / x1", '{ family = "normal", mean = 1, sd = 0.3, lower = 0 }', "shares of a variance that does not exist"),
        ("tan(pi * (x1 - 0.5))", UNIT, "shares of a variance that does not exist"),
        ("where(x1 > 0, 1 / x1, 0)", UNIT, "the variance may not exist, or rest on a few extreme draws"),
        ("x1", '{ family = "lognormal", median = 1, gsd = 8 }', "the variance exists, but rests on a few extreme draws"),
        ("x1", '{ family = "lognormal", median = 1, gsd = 1.5 }', None),
        ("x1", '{ family = "normal", mean = 1, sd = 0.3 }', None),
        ("x1 ** (-0.2)", UNIT, None),
        ("x1 ** (-0.25)", UNIT, "the standard errors are unreliable"),
        ("x1 ** (-0.7)", UNIT, "shares of a variance that does not exist"),
    ],
)
def test_a_variance_that_may_not_exist_is_told_on_the_linear_scale(formula, prior, warned):
    """The power with which tails fall is known to some 6 %; the nearest here are 1.43 and 5 against 2."""
    said = mc.sensitivity(study(formula, prior), "y", scale="linear").attrs["warnings"]
    assert (warned in said) if warned else said == ""


def test_the_command_line_prints_what_python_gives(monkeypatch, capsys):
    asked = ["tomlinson-2024", "--quantity", "ratio", "--at", "country=US", "--at", "system=Midjourney", "--draws", "8192"]
    monkeypatch.setattr(sys, "argv", ["mcarbon", "sensitivity", *asked, "--json"])
    with pytest.raises(SystemExit, match="0"):
        cli.main()
    document = json.loads(capsys.readouterr().out)
    found = mc.sensitivity(
        mc.load_study("tomlinson-2024"), "ratio", at={"country": "US", "system": "Midjourney"}, draws=8192
    )
    assert document["scale"] == found.attrs["scale"] == "log"
    assert [each["name"] for each in document["inputs"]] == found["input"].values.tolist()
    assert [each["total"] for each in document["inputs"]] == found["total"].values.tolist()
    assert [each["standard_error"]["first"] for each in document["inputs"]] == found["first_standard_error"].values.tolist()
    assert document["at"]["human_boundary"] == "whole-life"
    monkeypatch.setattr(sys, "argv", ["mcarbon", "sensitivity", *asked])
    with pytest.raises(SystemExit, match="0"):
        cli.main()
    assert capsys.readouterr().out.splitlines()[4].startswith("illustration_fee")
