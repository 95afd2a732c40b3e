"""Alarms: each rings where it should, and none on ratios of log-normals."""

import json
import math
import sys

import numpy as np
import pytest
from bars import normal, study, uniform
from scipy.stats import norm

import mcarbon as mc
from mcarbon import cli
from mcarbon.answers.alarms import alarms
from mcarbon.answers.cut_priors import file_alarms
from mcarbon.answers.indices import tail_index
from mcarbon.answers.modes import gap
from mcarbon.answers.sensitivity import sensitivity_rows
from mcarbon.reading.load import PACKAGE, studies
from mcarbon.reading.model import build_model


def lognormal(gsd, median=1.0, more=""):
    return f'{{ family = "lognormal", median = {median}, gsd = {gsd}{more} }}'


def student(df):
    return f'{{ family = "student_t", df = {df}, loc = 5, scale = 1 }}'


def values(*numbers, weights=None):
    weights = weights or [1] * len(numbers)
    return f'{{ family = "discrete", values = {list(numbers)}, weights = {weights} }}'


def pool(*priors):
    components = ", ".join(f"{{ weight = 1, prior = {prior} }}" for prior in priors)
    return f'{{ family = "mixture", components = [{components}] }}'


def positive(mean, sd):
    return f'{{ family = "normal", mean = {mean}, sd = {sd}, lower = 0 }}'


def problem(formula, *priors):
    return study(dict(zip("abcd", priors, strict=False)), formula)


def said(made, **arguments):
    return mc.summarize(made, draws=2**12, **arguments)["y"].attrs.get("warnings", "")


UNIT = uniform(0.0, 1.0)

RING = {  # formula, inputs: a part of what is said
    ("a", student(3)): "the standard error of the sd is unreliable, the fourth moment does not exist: the tails of `a`",
    ("a", student(2)): "the sd does not exist",
    ("a", student(1)): "the mean and the sd do not exist",
    ("a / b", lognormal(2.0), positive(1, 0.3)): "the mean and the sd do not exist: it divides by `b` (normal)",
    ("a / b ** 1", lognormal(2.0), UNIT): "the mean and the sd do not exist: it divides by `b` (uniform)",
    ("a / b ** 0.5", lognormal(2.0), UNIT): "the sd does not exist",
    ("a / b ** 0.3", lognormal(2.0), UNIT): "the fourth moment does not exist",
    ("a / b", lognormal(2.0), normal(7.0, 1.0)): "formally the mean and the sd do not exist",
    ("a", positive(1, 1)): "the prior of `a` is hardly the normal that it is called",
    (
        "a / b ** 3",
        lognormal(2.0),
        lognormal(3.0),
    ): "the sd is not given: it exists, but rests on values too rare to be drawn",
    ("a / b ** 3", lognormal(2.0), lognormal(8.0)): "the mean and the sd are not given: they exist, but rest on values",
    ("a * b", values(1, 30), lognormal(1.5)): "`a` splits the answer: 50 % of the draws around 1.0, 50 % around 30",
}
QUIET = {
    ("a / b", lognormal(2.0), lognormal(10.0)),
    ("a * b / (c * d)", lognormal(2.0), lognormal(1.2), lognormal(5.0), lognormal(3.0)),
    ("a / (b + c)", lognormal(2.0), lognormal(3.0), lognormal(5.0)),
    ("a / b ** 3", lognormal(2.0), lognormal(2.0)),
    ("a / b ** 0.2", lognormal(2.0), UNIT),
    ("a", student(4.5)),
    ("a / b", lognormal(2.0), normal(36.6, 1.0)),
    ("a * b", values(1, 2, 3), lognormal(2.0)),
    ("a", positive(1, 0.5)),
}


@pytest.mark.parametrize("case", RING, ids=lambda case: " ".join(case))
def test_alarms_ring(case):
    assert RING[case] in said(problem(*case))


@pytest.mark.parametrize("case", sorted(QUIET), ids=lambda case: " ".join(case))
def test_alarms_do_not_ring(case):
    assert said(problem(*case)) == ""


CLAIM = """
format = 1
id = "claim"
title = "A claim"
[choices.boundary]
options = ["narrow", "wide"]
[inputs.a]
unit = "g"
prior = A
source = "judgement"
[inputs.b]
unit = "g"
prior = B
source = "judgement"
[inputs.c]
unit = "1"
prior = C
source = "judgement"
[quantities.ratio]
unit = "1"
by = "boundary"
at.narrow = "a / b"
at.wide = "a / b * c"
[claims.below]
statement = "a is below b."
quantity = "ratio"
direction = "< 1"
source = "judgement"
"""


def claim(a, b, c):
    return CLAIM.replace("= A", f"= {a}").replace("= B", f"= {b}").replace("= C", f"= {c}")


def test_ratios_of_lognormals_ring_nowhere():
    made = mc.parse_study(claim(lognormal(3.0), lognormal(5.0), lognormal(2.0)))
    (found,) = mc.stress(made, draws=2**12).claims
    assert all(each.warnings == () for each in found.combinations)
    assert sensitivity_rows(made, "ratio", draws=2**12)[0].warnings == ()
    assert "warnings" not in mc.sample(made, draws=2**12)["ratio"].attrs
    assert "Warning" not in mc.as_text(mc.stress(made, draws=2**12))


# Priors that their bounds make other ones.


def cut_at(share, more=""):
    """A normal that loses this share of its probability below its lower bound."""
    return f'{{ family = "normal", mean = 0, sd = 1, lower = {norm.ppf(share)}{more} }}'


def test_a_tenth_is_where_a_prior_becomes_another():
    """And what is told is what is so: the median of a normal without its lowest 16 %."""
    assert said(problem("a", cut_at(0.099))) == ""
    assert "take 10 % of that away" in said(problem("a", cut_at(0.101)))
    both = f", upper = {norm.isf(0.06)}"
    assert said(problem("a", cut_at(0.03, both))) == ""
    assert "take 12 % of that away" in said(problem("a", cut_at(0.06, both)))
    mean, sd = 10.0, 10.0
    below = norm.cdf(-mean / sd)
    median = mean + sd * norm.ppf((1 + below) / 2)
    text = said(problem("a", positive(mean, sd)))
    assert f"take {100 * below:.0f} % of that away, and its median is {median:.2g} in place of 10" in text


def test_percentiles_are_those_that_are_left():
    """A prior that is given by percentiles has them after its bounds, however much these take away."""
    assert said(problem("a", '{ family = "normal", p5 = 0.1, p95 = 3, lower = 0 }')) == ""
    assert said(problem("a", '{ family = "lognormal", p5 = 1.02, p95 = 1.5, lower = 1 }')) == ""


def test_a_component_is_named_as_one():
    text = said(problem("a", pool(positive(1, 1), lognormal(2.0))))
    assert text.startswith("a component of the prior of `a` is hardly the normal that it is called")


def test_other_families_and_units():
    made = mc.parse_study(
        'format = 1\nid = "p"\ntitle = "P"\n[inputs.t]\nunit = "min"\nsource = "judgement"\n'
        'prior = { family = "exponential", scale = 10, lower = 10 }\n[quantities.y]\nunit = "h"\nformula = "2 * t"'
    )
    # P(x < scale) = 1 - 1 / e; without a memory, what is left has its median at 10 + 10 ln 2.
    text = said(made)
    assert f"take {100 * (1 - 1 / math.e):.0f} % of that away, and its median is {10 + 10 * math.log(2):.0f} min" in text


def test_no_prior_that_comes_with_mcarbon_is_another_one():
    assert file_alarms([PACKAGE / "studies", PACKAGE.parent / "priors"]) == []


# Answers that fall into groups.


def test_unimodal_draws_have_no_gap():
    """In 4000 samples of such distributions none was found (below 0.1 % at 95 %); of the 160 here none may be."""
    rng = np.random.default_rng(20)
    n = 2**14
    makers = {
        "normal": lambda: rng.normal(size=n),
        "uniform": lambda: rng.uniform(size=n),
        "exponential": lambda: rng.exponential(size=n),
        "log-normal": lambda: rng.lognormal(0, 1.1, size=n),
        "t(2)": lambda: rng.standard_t(2, size=n),
        "Cauchy": lambda: rng.standard_cauchy(size=n),
        "triangular": lambda: rng.triangular(0, 0.3, 1, size=n),
        "beta": lambda: rng.beta(0.5, 2, size=n),
    }
    assert {name: sum(gap(make()) is not None for _ in range(20)) for name, make in makers.items()} == dict.fromkeys(
        makers, 0
    )


@pytest.mark.parametrize(
    ("case", "rings"),
    [
        (("a * b", values(1, 30), lognormal(1.5)), "`a`"),
        (("a * b", values(1, 30, weights=[1, 9]), lognormal(1.5)), "`a`"),
        (("a * b", values(1, 30, weights=[1, 40]), lognormal(1.5)), None),  # a group of less than a twentieth
        (("a * b", values(1, 2), lognormal(2.0)), None),  # two groups that overlap
        (("a * b", pool(lognormal(1.2), lognormal(1.2, 20.0)), lognormal(1.5)), "`a`"),
        (("a * b", pool(lognormal(2.0), lognormal(2.0, 3.0)), lognormal(1.5)), None),
        (("a * b", '{ family = "empirical", values = [1, 1.1, 0.9, 40, 44] }', lognormal(1.2)), "`a`"),
        (("a * b * c", values(1, 10), values(1, 10), lognormal(1.2)), "`a` and `b`"),
        (("a * b * c", values(1, 30), values(1, 1.1), lognormal(1.5)), "`a`"),
        (("b + 20 * a", values(0, 1), normal(0.0, 1.0)), "`a`"),  # on the linear scale
        (("where(b > 1, 30, 1) * c + 0 * a", values(1, 2), lognormal(2.0), lognormal(1.2)), None),  # not its doing
        (("a", values(1, 2, 30)), None),  # between single values there is nothing, and that is no finding
        (("a + floor(b)", values(1, 2, 30), UNIT), None),
    ],
    ids=str,
)
def test_an_input_that_makes_groups(case, rings):
    (found,) = alarms(build_model(problem(*case)), [("y", {})])
    if rings is None:
        assert found == ()
    else:
        (warning,) = found
        assert warning.startswith(f"{rings} split")


def test_the_groups_are_told():
    """A third of the draws around 1, two thirds around 30: medians of what each value makes."""
    (warning,) = alarms(build_model(problem("a * b", values(1, 30, weights=[1, 2]), lognormal(1.5))), [("y", {})])[0]
    assert warning.startswith("`a` splits the answer: 33 % of the draws around 1.0, 67 % around 30, hardly any between")


# What the draws show of the tails.


def test_what_draws_show_stands_beside_what_is_proved():
    """Hill's estimate of k = 128 distances has a standard deviation of 9 %, and a bias; t(1) has tails like the power 1."""
    text = said(problem("a", student(1)))
    seen = float(text.partition("fall like the power ")[2].partition(",")[0])
    assert seen == pytest.approx(1.0, rel=0.4)


def test_false_alarms_of_the_tail_index():
    """Where nothing is proved, an index below 2 says that the sd may not exist. Of 300 samples of t with 3 degrees of
    freedom none was below, of t(2.5) one, of t(1.8) 88 %, of t(1.5) all; of a log-normal of gsd 3 none, of gsd 5 81 %.
    """
    rng = np.random.default_rng(21)
    n = 2**14
    assert all(tail_index(rng.standard_t(3, size=n)) > 2 for _ in range(20))
    assert all(tail_index(rng.standard_t(1.5, size=n)) < 2 for _ in range(20))
    assert all(tail_index(rng.lognormal(0, math.log(3), size=n)) > 2 for _ in range(20))


# How they travel.


def test_stress_tells_them_by_row():
    made = mc.parse_study(claim(lognormal(2.0), positive(1, 1), values(1, 60)))
    (found,) = mc.stress(made, draws=2**12).claims
    narrow, wide = found.combinations
    (cut,) = narrow.warnings
    assert "the prior of `b` is hardly the normal" in cut
    assert wide.warnings[0] == cut
    text = " ".join(mc.as_text(mc.stress(made, draws=2**12)).split())
    # What is true of all rows stands once, and without letters.
    assert text.count("is hardly the normal that it is called") == 1
    assert "Warning the prior of `b`" in text


def test_stress_names_the_rows_that_fall_into_groups():
    made = mc.parse_study(claim(lognormal(1.3), lognormal(1.3), values(1, 60)))
    text = " ".join(mc.as_text(mc.stress(made, draws=2**12)).split())
    assert "Warning B: `c` splits the answer" in text


def test_sensitivity_tells_them():
    (row,) = sensitivity_rows(problem("a * b", positive(1, 1), values(1, 60)), "y", draws=2**12)
    assert "the prior of `a` is hardly the normal" in row.warnings[0]


def test_sensitivity_on_the_linear_scale_tells_what_is_proved():
    def warnings(case, scale):
        return " ".join(sensitivity_rows(problem(*case), "y", scale=scale, draws=2**12)[0].warnings)

    missing = ("a / b", lognormal(2.0), UNIT)
    assert "these are shares of a variance that does not exist; the mean and the sd do not exist" in warnings(
        missing, "linear"
    )
    assert warnings(missing, "log") == ""
    fourth = ("a + b", student(3), lognormal(2.0))
    assert "on the linear scale the standard errors are unreliable" in warnings(fourth, "linear")
    assert warnings(("a + b", normal(0.0, 1.0), normal(0.0, 2.0)), "linear") == ""


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """The command line on a study's text: exit status, stdout, stderr."""

    def run(text, command, *arguments):
        (tmp_path / "study.toml").write_text(text, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["mcarbon", command, str(tmp_path / "study.toml"), *arguments])
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = end.code
        return status, *capsys.readouterr()

    return run


def test_check_warns_and_passes(run, tmp_path):
    text = problem("a", positive(1, 1)).to_toml()
    status, out, _ = run(text, "check")
    assert status == 0
    assert out.splitlines()[0].startswith(f"warning: {tmp_path / 'study.toml'}: the prior of `a` is hardly the normal")
    assert out.splitlines()[-1] == "1 path checked, no faults."
    document = json.loads(run(text, "check", "--json")[1])
    assert document["faults"] == []
    assert len(document["warnings"]) == 1
    quiet = run(problem("a", positive(1, 0.3)).to_toml(), "check")
    assert quiet == (0, "1 path checked, no faults.\n", "")


def test_check_warns_of_files_of_priors(tmp_path):
    (tmp_path / "cups.toml").write_text(
        '[size]\nunit = "g"\nprior = { family = "normal", mean = 1, sd = 1, lower = 0 }\nrationale = "A guess."\n'
        'updated = 2020-01-01\nsources = [{ cite = "judgement", value = "1 g", kind = "judgement" }]\n',
        "utf-8",
    )
    (warning,) = file_alarms([tmp_path])
    assert warning.startswith(f"{tmp_path / 'cups.toml'}: the prior of `cups.size` is hardly the normal")


def test_the_report_warns(tmp_path):
    text = claim(lognormal(2.0), positive(1, 1), lognormal(2.0))
    mc.report(mc.parse_study(text), tmp_path, draws=2**12)
    for file in tmp_path.glob("*"):
        if file.suffix in (".html", ".md"):
            assert "he prior of b is hardly the normal that it is called" in file.read_text("utf-8"), file


@pytest.mark.parametrize("name", studies())
def test_what_built_in_studies_say(name):
    """No prior of theirs is cut to another one. One factor falls into groups: the market's over the location's intensity, of
    which some operators' is 0, some operators' 1 and the rest between; no answer with it does.
    """
    made = mc.load_study(name)
    model = build_model(made)
    cells = [(quantity, cell) for quantity in made.quantities for cell in made.combinations(model.axes[quantity])[:100]]
    rung = {quantity for (quantity, _), found in zip(cells, alarms(model, cells)) if found}
    assert rung == ({"grid_factor"} if name == "illustrating-2026" else set())
