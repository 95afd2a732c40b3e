"""Draws that are not finite: counted, and named with the operation and the inputs that make them."""

import json
import sys

import numpy as np
import pytest
from bars import normal, study, uniform

import mcarbon as mc
from mcarbon import cli
from mcarbon.engine.graph import Graph, drawn
from mcarbon.engine.labels import Labels
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import METHODS, Plan, Sampler
from mcarbon.reading.model import build_model

RARELY_ZERO = '{ family = "discrete", values = [0, 1, 2], weights = [0.004, 0.5, 0.496] }'
OFTEN_ZERO = RARELY_ZERO.replace("0.004", "0.04")
UNIT = uniform(0.0, 1.0)

REASONS = {  # formula, inputs: what is said of the draws that are not finite
    ("a / b", UNIT, RARELY_ZERO): "`b` in `a / b` is 0 there (input b)",
    ("a / (1000 * b)", UNIT, RARELY_ZERO): "`b` in `a / (1000 * b)` is 0 there (input b)",
    ("1 + a / (b * (a + 1))", UNIT, RARELY_ZERO): "`b * (a + 1)` in `a / (b * (a + 1))` is 0 there (inputs a, b)",
    ("b ** -1", UNIT, RARELY_ZERO): "`b` in `b ** -1` is 0 there (input b)",
    ("log(b)", UNIT, RARELY_ZERO): "`b` in `log(b)` is 0 there (input b)",
    ("log(a)", uniform(-0.005, 1.0)): "`a` in `log(a)` is negative there (input a)",
    ("sqrt(a - 0.001)", UNIT): "`a - 0.001` in `sqrt(a - 0.001)` is negative there (input a)",
    ("(a - 0.001) ** 0.5", UNIT): "`a - 0.001` in `(a - 0.001) ** 0.5` is negative there (input a)",
    ("arccos(a)", uniform(0.0, 1.005)): "`a` in `arccos(a)` is outside -1 to 1 there (input a)",
    ("exp(a)", '{ family = "exponential", scale = 120 }'): "`exp(a)` is out of range there (input a)",
    ("a / b * 1e300 * 1e300", UNIT, '{ family = "discrete", values = [0, 1e300], weights = [0.004, 0.996] }'): (
        "`b` in `a / b` is 0 there (input b)"
    ),
    ("where(a > 0.5, a / b, 1)", UNIT, RARELY_ZERO): "`b` in `a / b` is 0 there (input b)",
    ("where(b > 0, a / b, 1)", UNIT, RARELY_ZERO): None,  # the branch that is not taken does not count
    ("1 / (a / b)", UNIT, RARELY_ZERO): None,  # a / 0 is infinite, and one over it is 0
    ("minimum(a / b, 10)", UNIT, RARELY_ZERO): None,
    ("a / (b + 1)", UNIT, RARELY_ZERO): None,
}


def problem(formula, *priors):
    return study(dict(zip("ab", priors, strict=False)), formula)


@pytest.mark.parametrize("case", REASONS, ids=lambda case: " ".join(case))
def test_what_makes_them_is_named(case):
    said = mc.summarize(problem(*case), draws=2**14)["y"].attrs.get("warnings", "")
    if REASONS[case] is None:
        assert "not finite" not in said
    else:
        assert f" draws are not finite: {REASONS[case]}; the figures are of the rest" in said


def test_several_causes_are_told_apart():
    """sqrt(a) / b: where a is negative the root is to blame, whatever b is. P(a < 0) = 0.0035, P(b = 0) = 0.004."""
    made = problem("sqrt(a) / b", normal(2.7, 1.0), RARELY_ZERO)
    said = mc.summarize(made, draws=2**18)["y"].attrs["warnings"]
    draws = mc.sample(made, draws=2**18, quantities=["a", "b", "y"])
    every, negative = int((~np.isfinite(draws["y"])).sum()), int((draws["a"] < 0).sum())
    assert 500 < negative < every - 500 < 2**12
    assert f"`a` in `sqrt(a)` is negative there (input a) in {negative} of {every} looked at" in said
    assert f"`b` in `sqrt(a) / b` is 0 there (input b) in {every - negative} of {every} looked at" in said


@pytest.mark.parametrize("method", METHODS)
def test_they_are_the_draws_that_were_counted(method):
    """What is looked into are the same draws, whatever the method and wherever in the chains they are."""
    made = problem("where(a > 0.9999, 1 / (a - a), b)", UNIT, UNIT)
    plan = Plan.of(2**17, 4, method, 3)
    counted = Sampler(compile_program(build_model(made), [("y", {})]), plan).count().output(0).not_finite
    said = mc.summarize(made, draws=2**17, replicates=4, method=method, seed=3)["y"].attrs["warnings"]
    assert counted > 0
    assert said.startswith(f"{counted} of 131072 draws are not finite: `a - a` in `1 / (a - a)` is 0 there (input a);")


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """The command line on a study's text: exit status, stdout, stderr."""

    def run(text, *arguments):
        (tmp_path / "study.toml").write_text(text, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["mcarbon", "run", str(tmp_path / "study.toml"), "--draws", "4096", *arguments])
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = end.code
        return status, *capsys.readouterr()

    return run


def test_above_one_percent_it_is_an_error_that_names_them(run):
    with pytest.raises(mc.UserError) as caught:
        mc.summarize(problem("a / b", UNIT, OFTEN_ZERO), draws=2**14)
    (fault,) = caught.value.faults
    assert fault.what.endswith("draws of `y` are not finite: `b` in `a / b` is 0 there (input b)")
    assert fault.place == "[quantities.y]"
    status, out, err = run(problem("a / b", UNIT, OFTEN_ZERO).to_toml())
    assert (status, out) == (2, "")
    assert "`b` in `a / b` is 0 there (input b)" in err


CLAIM = """
format = 1
id = "near-zero"
title = "A denominator that is 0 now and then"
dimensions.country = ["US", "India"]
inputs.mass = { unit = "g", published = 2, prior = { family = "uniform", low = 1, high = 3 }, source = "judgement" }
[inputs.pages]
unit = "page"
by = "country"
at.US = { published = 4, prior = { family = "discrete", values = [0, 4], weights = [0.002, 1] }, source = "judgement" }
at.India = { published = 4, prior = { family = "discrete", values = [3, 4], weights = [1, 1] }, source = "judgement" }
[quantities.per_page]
unit = "kg/page"
formula = "mass / pages"
[claims.half-a-gram]
statement = "Half a gram a page."
quantity = "per_page"
published = "0.5"
unit = "g/page"
source = "judgement"
"""
SAID = "`pages[US]` in `mass / pages[US]` is 0 there (input pages[US])"


def test_stress_names_them():
    us, india = mc.stress(mc.parse_study(CLAIM), draws=2**14).claims
    (warning,) = us.combinations[0].warnings
    assert f" of 16384 draws are not finite: {SAID}; the figures are of the rest; the first is draw " in warning
    assert india.combinations[0].warnings == ()
    with pytest.raises(mc.UserError, match="are not finite: `pages"):
        mc.stress(mc.parse_study(CLAIM.replace("0.002", "0.2")), draws=2**14)


def test_sensitivity_names_them():
    indices = mc.sensitivity(mc.parse_study(CLAIM), "per_page", at={"country": "US"}, draws=2**13)
    assert f"draws are not finite: {SAID}; the figures are of the rest" in indices.attrs["warnings"]


def test_run_names_them(run):
    us, india = json.loads(run(CLAIM, "--json")[1])["quantities"]
    assert SAID in us["warnings"][0]
    assert india["warnings"] == []


def test_a_division_by_a_constant_0_is_told():
    with pytest.raises(mc.UserError, match="`a / 0` divides by a number that is always 0"):
        mc.summarize(problem("a / (2 - 2)", UNIT), draws=2**10)


FORMULAS = [
    "a + b * a", "(a + b) * a", "a - (b - a)", "a - b - a", "a / (b / a)", "a / b / a", "a / (b * a)", "-a * b", "-(a + b)",
    "a ** b", "(a ** b) ** a", "a ** b ** a", "(-a) ** b", "a ** 2", "(a + b) ** 2", "a ** -1.5", "2 * a", "a < b",
    "(a < b) == (b < 1)", "where(a > b, a, 0)", "maximum(a, b) - minimum(a, b)", "exp(-a) + sqrt(b)",
]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
def test_operations_are_written_as_formulas_are(formula):
    graph = Graph(build_model(problem(formula, UNIT, UNIT)), drawn)
    assert Labels(graph).formula(graph.cell("y", {})) == formula


def test_quantities_go_by_their_names_and_long_formulas_are_cut():
    made = problem("a / 2", UNIT, UNIT).to_toml().replace("[quantities.y]", "[quantities.half]")
    formula = "sqrt(exp(log(a + b * 2))) + half"
    made = mc.parse_study(f'{made}\n[quantities.y]\nunit = "1"\nformula = "{formula}"\n')
    graph = Graph(build_model(made), drawn)
    node = graph.cell("y", {})
    assert Labels(graph).text(node) == "y"
    assert Labels(graph).formula(node) == "sqrt(exp(...)) + half"


@pytest.mark.parametrize("method", METHODS)
def test_kept_draws_say_where_the_first_is(method):
    """Draws that are kept are not refused, however many are not finite; where the first one is, the draws tell as well."""
    for prior in (RARELY_ZERO, OFTEN_ZERO):
        draws = mc.sample(problem("a / b", UNIT, prior), draws=2**14, replicates=4, method=method, seed=5)["y"]
        wrong = np.argwhere(~np.isfinite(draws.values))
        said = f"{len(wrong)} of 16384 draws are not finite: `b` in `a / b` is 0 there (input b)"
        assert draws.attrs["warnings"] == f"{said}; the first is draw {wrong[0, 1]} of chain {wrong[0, 0]}"


def test_kept_draws_that_are_finite_say_nothing():
    assert "warnings" not in mc.sample(problem("a / b", UNIT, normal(9.0, 1.0)), draws=2**12)["y"].attrs


def test_kept_draws_name_the_cell():
    draws = mc.sample(mc.parse_study(CLAIM), draws=2**14)["per_page"]
    assert draws.attrs["warnings"].startswith("country=US: ")
    assert "country=India" not in draws.attrs["warnings"]
