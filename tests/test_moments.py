"""Which moments exist: against known mathematics, each alarm once where it rings and once where it does not."""

import csv
import json
import math
import re
import sys

import numpy as np
import pytest
import xarray
from bars import BAR, REPLICATES, normal, study, uniform
from scipy import stats

import mcarbon as mc
from mcarbon import cli
from mcarbon.engine.graph import Operation
from mcarbon.engine.machine import OPERATIONS
from mcarbon.moments.existence import RAREST, UNTOLD, moments_of
from mcarbon.reading.model import build_model


def prior(family, **parameters):
    return f'{{ family = "{family}", {", ".join(f"{name} = {value}" for name, value in parameters.items())} }}'


def positive(mean, sd):
    return prior("normal", mean=mean, sd=sd, lower=0.0)


def student(df, loc=0.0, scale=1.0):
    return prior("student_t", df=df, loc=loc, scale=scale)


def lognormal(gsd, median=1.0):
    return prior("lognormal", median=median, gsd=gsd)


def exponential(scale):
    return prior("exponential", scale=scale)


def values(*which):
    return prior("discrete", values=list(which), weights=[1] * len(which))


def normal_below_zero(probability):
    """A normal that is below 0 with this probability."""
    return normal(float(stats.norm.isf(probability)), 1.0)


UNIT = uniform(0.0, 1.0)
NORMAL = normal(0.0, 1.0)
TRIANGLE = prior("triangular", low=0, mode=1, high=2)
GAP = (
    '{ family = "mixture", components = [{ weight = 1, prior = { family = "uniform", low = 1, high = 2 } }, '
    '{ weight = 1, prior = { family = "uniform", low = -2, high = -1 } }] }'
)
CORRELATED = '[correlations]\n"u, v" = 0.5'

# Mean, variance and fourth moment: e exists, - does not, f does not but for less than 1e-9 of the probability, ? not known.
DENOMINATORS = {  # 1 / d has moments below the power k of P(|d| < e) ~ e**k
    ("1 / u", UNIT): "---",
    ("1 / u", uniform(0.1, 1.0)): "eee",
    ("1 / u", uniform(-1.0, 0.0)): "---",
    ("1 / u", TRIANGLE): "e--",
    ("1 / u", prior("triangular", low=0, mode=0, high=2)): "---",
    ("1 / u", prior("beta", a=0.5, b=2)): "---",
    ("1 / u", prior("beta", a=1.5, b=2)): "e--",
    ("1 / u", prior("beta", a=2.5, b=2)): "ee-",
    ("1 / u", prior("beta", a=4.5, b=2)): "eee",
    ("1 / u", prior("gamma", shape=3, scale=1)): "ee-",
    ("1 / u", prior("weibull", shape=2, scale=1)): "e--",
    ("1 / u", prior("arcsine", low=0, high=1)): "---",
    ("1 / u", prior("pert", low=0, mode=1, high=4)): "e--",
    ("1 / u", lognormal(10.0)): "eee",
    ("1 / u", positive(1.0, 0.3)): "---",
    ("1 / u", GAP): "eee",
    ("1 / u", values(0, 1, 2)): "eee",  # of the draws that are finite
    ("1 / u**2", TRIANGLE): "---",
    ("sqrt(1 / u)", UNIT): "e--",
    ("u ** -0.4", UNIT): "ee-",
    ("u ** -0.2", UNIT): "eee",
    ("1 / sqrt(abs(u))", NORMAL): "e--",
    ("1 / (u - 0.5)", UNIT): "---",
    ("1 / (u - 0.1 - 0.2)", uniform(0.3, 1.0)): "---",  # 0 but for rounding
    ("1 / log(u)", lognormal(2.0)): "---",
    ("1 / arctan(u)", uniform(-1.0, 1.0)): "---",
    ("1 / sinh(u)", TRIANGLE): "e--",
    ("1 / tanh(u)", TRIANGLE): "e--",
    ("1 / arcsin(u)", TRIANGLE.replace("2", "0.9").replace("= 1", "= 0.5")): "e--",
    ("1 / cosh(u)", NORMAL): "eee",
    ("log(u)", UNIT): "eee",
    ("log2(u) + log10(u)", UNIT): "eee",
    ("exp(-0.4 * log(u))", UNIT): "ee-",  # u ** -0.4
    ("1 / ceil(u)", UNIT): "eee",
}
TWO = {  # u, v
    ("u / v", NORMAL, NORMAL): "---",
    ("u / v", lognormal(2.0), lognormal(10.0)): "eee",
    ("u / (v + 1)", UNIT, UNIT): "eee",
    ("1 / (u + v)", UNIT, UNIT): "e--",  # P(u + v < e) = e**2 / 2
    ("1 / (u - v)", UNIT, UNIT): "---",
    ("1 / (u - v)", uniform(1.0, 2.0), UNIT): "e--",  # 0 only where u = v = 1
    ("1 / (1 - u * v)", UNIT, UNIT): "e--",  # 0 only where u = v = 1
    ("1 / (u * v)", UNIT, TRIANGLE): "---",
    ("1 / (u * v - 1)", lognormal(2.0), lognormal(2.0)): "---",
    ("1 / maximum(u, v)", UNIT, UNIT): "e--",  # P = e**2
    ("1 / minimum(u, v)", TRIANGLE, TRIANGLE): "e--",  # P ~ e**2
    ("1 / (u + v)", uniform(-1.0, 1.0), values(-10, 10)): "???",  # never 0, but for all that the rules see
    ("v / u", UNIT, values(0, 1)): "---",
    ("(u + v) / u", UNIT, lognormal(2.0)): "---",
    ("u / v", values(1, 2), uniform(-1.0, 1.0)): "---",
}
TAILS = {
    ("u", student(1.0)): "---",
    ("u", student(1.5)): "e--",
    ("u", student(2.0)): "e--",
    ("u", student(2.5)): "ee-",
    ("u", student(3.5)): "ee-",
    ("u", student(4.5)): "eee",
    ("-u", student(1.5)): "e--",
    ("u ** 2", student(3.0)): "e--",
    ("u ** 3", student(3.0)): "---",
    ("sqrt(abs(u))", student(1.5)): "ee-",
    ("abs(u)", student(1.5)): "e--",
    ("log(abs(u))", student(1.0)): "eee",
    ("floor(u)", student(1.5)): "e--",
    ("arctan(u)", student(1.0)): "eee",
    ("1 / u", student(1.0, loc=30.0, scale=0.1)): "---",  # below 0 with a probability of 1e-3
    ("u", prior("scipy", name='"cauchy"')): "---",
    ("u", prior("scipy", name='"pareto"', b=1.5)): "e--",
    ("u", prior("scipy", name='"norm"')): "eee",
    ("exp(u)", NORMAL): "eee",
    ("exp(u)", lognormal(2.0)): "---",
    ("exp(-u)", lognormal(2.0)): "eee",
    ("exp(u)", student(3.0)): "---",
    ("exp(-u)", student(3.0)): "---",
    ("exp(u * u / 4)", student(3.0)): "---",
    ("exp(u)", exponential(0.2)): "eee",  # E exp(p u) = 1 / (1 - p scale), below p = 1 / scale
    ("exp(u)", exponential(0.4)): "ee-",
    ("exp(u)", exponential(0.6)): "e--",
    ("exp(u)", exponential(1.0)): "---",
    ("2 ** u", exponential(1.0)): "e--",  # 1 / ln 2 is 1.44
    ("exp(u)", prior("gamma", shape=3, scale=0.4)): "ee-",
    ("exp(u)", prior("weibull", shape=2, scale=1)): "eee",
    ("exp(u)", prior("weibull", shape=0.5, scale=1)): "---",
    ("exp(u ** 2)", NORMAL): "---",  # E exp(p u**2) exists below p = 1 / 2
    ("exp(u ** 2 / 3)", NORMAL): "e--",
    ("sinh(u)", lognormal(2.0)): "---",
    ("sinh(u) + cosh(u)", uniform(0.0, 1.0)): "eee",
    ("exp(u) + exp(-u)", NORMAL): "eee",
    ("u", prior("metalog", p10=10, p50=20, p90=50, lower=0)): "ee-",  # the rate is 2.33, see test_tails
    ("u", prior("metalog", p10=10, p50=20, p90=50)): "eee",
}
TAILS_OF_TWO = {
    ("u * v", student(3.0), NORMAL): "ee-",
    ("u + v", student(3.0), student(1.5)): "e--",
    ("u / v", student(3.0), lognormal(2.0)): "ee-",
    ("u * v", student(3.0), values(0, 1)): "ee-",
    ("exp(u + v)", exponential(0.2), exponential(0.6)): "e--",
    ("exp(u * v)", exponential(0.4), UNIT): "ee?",  # at 1 / 0.4 or above: no better is known
    ("exp(u * v)", lognormal(1.3), lognormal(1.3)): "f--",
    ("u ** v", UNIT, UNIT): "eee",
    ("u ** v", lognormal(2.0), UNIT): "eee",
    ("maximum(u, v)", student(1.5), UNIT): "e--",
    ("minimum(u, v)", lognormal(2.0), student(1.5)): "e--",
    ("arctan2(u, v)", student(1.0), student(1.0)): "eee",
    ("sin(u) * cos(v) + arccos(sin(u))", student(1.0), student(1.0)): "eee",
}
SHARED = {  # what cancels, and what only looks as if it did
    ("u - u", student(1.0)): "eee",
    ("u / u", NORMAL): "eee",
    ("(v * u) / (w * u)", UNIT, lognormal(2.0), lognormal(2.0)): "eee",
    ("(v * u) / (w * u)", student(1.0), lognormal(2.0), lognormal(2.0)): "eee",
    ("u / u ** 2", UNIT): "---",
    ("sqrt(u ** 2)", student(1.5)): "e--",
    ("u / (u + v)", lognormal(3.0), lognormal(3.0)): "eee",
    ("u / (u + v)", UNIT, UNIT): "e??",  # between 0 and 1, but the rules see a numerator and a denominator
    ("(u + v) / (u * v)", UNIT, lognormal(2.0)): "---",
    ("(u + 1) / (u - 0.5)", UNIT): "---",
    ("(u - 0.3) / (u - 0.5)", UNIT): "---",
    ("(u - v) / (u + v)", NORMAL, NORMAL): "---",
    ("u * v / (u - v) ** 2", UNIT, UNIT): "---",
    ("(u - 0.5) / (u - 0.5)", UNIT): "eee",
    ("u * v - u", student(3.0), lognormal(2.0)): "ee-",
    ("u / v", NORMAL, NORMAL, CORRELATED): "---",
    ("u / v", lognormal(2.0), lognormal(2.0), CORRELATED): "eee",
    ("u / v", lognormal(2.0), UNIT, CORRELATED): "???",  # the mean exists: u goes to 0 with v, slower than any power
    ("u + v", student(3.0), lognormal(2.0), CORRELATED): "ee-",
}
GUARDED = {
    ("1 / maximum(u, 0.01)", UNIT): "eee",
    ("minimum(1 / u, 100)", UNIT): "eee",
    ("minimum(1 / u, 100)", NORMAL): "---",
    ("where(u > 0.1, 1 / u, 0)", UNIT): "???",
    ("where(u < 2, 1 / (u + 1), 1 / u)", UNIT): "eee",  # the condition is always true
    ("where(u > 2, 1, 0) / v", UNIT, UNIT): "eee",  # it is always 0
    ("where(u * u > 2 * u, 1, 0) / v", UNIT, UNIT): "???",  # it is, but it would take algebra to know
    ("where(u > 0.5, 1, 0) / v", UNIT, UNIT): "---",
    ("where((u >= 0.5) * (u != 2) + (u == 3), v, u) + (u <= 0.2)", UNIT, student(1.5)): "e??",
}
RARE = {
    ("61 / u", normal(36.6, 5.49)): "fff",  # as in problem C3
    ("61 / u", positive(36.6, 5.49)): "fff",
    ("61 / (u * v)", normal(36.6, 5.49), lognormal(2.0)): "fff",
    ("61 / (u - v)", normal(36.6, 4.0), normal(0.0, 4.0)): "fff",  # 6.5 standard deviations
    ("61 / (u - v)", normal(36.6, 4.0), uniform(0.0, 1.0)): "fff",  # 9
    ("61 / (u - v)", normal(36.6, 3.0), uniform(0.0, 1.0)): "eee",  # 12
    ("1 / u", normal_below_zero(2 * RAREST)): "---",
    ("1 / u", normal_below_zero(RAREST / 2)): "fff",
    ("1 / u", normal_below_zero(1 - RAREST / 2)): "fff",
    ("1 / u", normal_below_zero(2 * UNTOLD)): "fff",
    ("1 / u", normal_below_zero(UNTOLD / 2)): "eee",
    ("exp(10 * u)", lognormal(1.5, median=0.03)): "fff",
    ("exp(10 * u)", lognormal(1.05, median=0.03)): "eee",
}
CASES = DENOMINATORS | TWO | TAILS | TAILS_OF_TWO | SHARED | GUARDED | RARE
LETTERS = {"exists": "e", "missing": "-", "formal": "f", "unknown": "?"}


def problem(formula, *priors):
    correlations = [one for one in priors if one.startswith("[")]
    named = dict(zip("uvw", [one for one in priors if not one.startswith("[")], strict=False))
    return study(named, formula, tail="\n".join(correlations))


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(case))
def test_moments_of_known_mathematics(case):
    _, (found,) = moments_of(build_model(problem(*case)), [("y", {})])
    assert "".join(LETTERS[moment.state] for moment in (found.mean, found.variance, found.fourth)) == CASES[case]


def test_every_operation_is_looked_at():
    used = set()
    for case in CASES:
        ground, _ = moments_of(build_model(problem(*case)), [("y", {})])
        used |= {vertex.name for vertex in ground.graph.vertices if isinstance(vertex, Operation)}
    assert set(OPERATIONS) - used == {"tan"}
    # Of a tangent nothing is known.
    _, (found,) = moments_of(build_model(problem("tan(u)", NORMAL)), [("y", {})])
    assert found.mean.state == "unknown"


ALARMS = {  # what is said, and whether mean and sd are given
    ("u / v", NORMAL, NORMAL): (
        False, False, "the mean and the sd do not exist: it divides by `v` (normal), which can be 0",
    ),
    ("1 / u", UNIT): (
        False, False,
        "the mean and the sd do not exist: it divides by `u` (uniform), "
        "whose chance of being within a small e of 0 is like e",
    ),
    ("1 / u", TRIANGLE): (
        True, False,
        "the sd does not exist, and the standard error of the mean is unreliable: it divides by `u` (triangular), whose "
        "chance of being within a small e of 0 is like e**2; the probability to be nearer than a hundredth of its median is "
        "5e-05",
    ),
    ("u", student(1.5)): (
        True, False,
        "the sd does not exist, and the standard error of the mean is unreliable: the tails of `u` (student t) fall only "
        "like the power 1.5",
    ),
    ("u", student(3.0)): (
        True, True,
        "the standard error of the sd is unreliable, the fourth moment does not exist: the tails of `u` (student t) fall "
        "only like the power 3",
    ),
    ("exp(u)", lognormal(2.0)): (
        False, False, "the mean and the sd do not exist: an exponential of `u` (lognormal) grows too fast for its tails",
    ),
    ("61 / u", normal(36.6, 5.49)): (
        True, True,
        "formally the mean and the sd do not exist: it divides by `u` (normal), which is 0 or beyond with a probability of "
        "1e-11; they are given as if that could not be",
    ),
    ("1 / (exp(u) - exp(v))", uniform(1.0, 2.0), uniform(0.0, 1.0)): (
        True, False,
        "the sd does not exist, and the standard error of the mean is unreliable: it divides by `exp(u) - exp(v)`, whose "
        "chance of being within a small e of 0 is like e**2; the probability to be nearer than a hundredth of its median is",
    ),
    ("where(u > 0, v / u, 0)", NORMAL, NORMAL): (
        True, True,
        "the sd may not exist: nothing proves that it does, and the tails of the draws fall like the power 1.0, where it "
        "needs more than 2",
    ),
    ("u / v", lognormal(2.0), lognormal(10.0)): (True, True, None),
    ("u", student(4.5)): (True, True, None),
    ("where(u > 0.1, 1 / u, 0)", UNIT): (True, True, None),
    ("u / (u + v)", UNIT, UNIT): (True, True, None),
    ("1 / u", normal(36.6, 1.0)): (True, True, None),
}  # fmt: skip


@pytest.mark.parametrize("case", ALARMS, ids=lambda case: " ".join(case))
def test_alarms_ring_where_they_should(case):
    """And the quantiles, which always exist, are given either way."""
    has_mean, has_sd, said = ALARMS[case]
    summary = mc.summarize(problem(*case), draws=2**12)
    for name in ("y", "y_standard_error"):
        assert math.isfinite(summary[name].sel(statistic="mean")) == has_mean
        assert math.isfinite(summary[name].sel(statistic="sd")) == has_sd
        assert np.isfinite(summary[name].sel(statistic=["0.05", "0.5", "0.95", "low", "high"])).all()
        if said is None:
            assert "warnings" not in summary[name].attrs
        else:
            assert said in summary[name].attrs["warnings"].split("; the mean")[0]


BY_COUNTRY = """
format = 1
id = "by-country"
title = "A denominator that is near 0 in one country"
dimensions.country = ["US", "India", "Japan"]
inputs.heat = { unit = "J", prior = { family = "lognormal", median = 335, gsd = 1.1 }, source = "judgement" }
[inputs.mass]
unit = "g"
by = "country"
at.US = { prior = { family = "uniform", low = 0, high = 1 }, source = "judgement" }
at.India = { prior = { family = "lognormal", median = 0.5, gsd = 1.3 }, source = "judgement" }
at.Japan = { prior = { family = "lognormal", median = 0.5, gsd = 1.3 }, source = "judgement" }
[quantities.specific_heat]
unit = "J/g"
formula = "heat / mass"
"""
SAID = (
    "the mean and the sd do not exist: it divides by `mass[US]` (uniform), "
    "whose chance of being within a small e of 0 is like e"
)


SEEN = re.compile(r" \(the tails of the draws fall like the power ([0-9.]+), by Hill's estimate\)")


def without_seen(warning):
    """The warning without what the draws show, which is close to what is proved: heat / u falls like the power 1.

    Of k = 128 distances Hill's estimate has a standard deviation of 1 / sqrt(k), 9 %; four of these and its bias.
    """
    assert float(SEEN.search(warning)[1]) == pytest.approx(1.0, abs=0.4)
    return SEEN.sub("", warning)


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


def test_a_moment_that_does_not_exist_is_null_in_json(run):
    us, india, _ = json.loads(run(BY_COUNTRY, "--json")[1])["quantities"]
    assert us["mean"] is us["sd"] is us["standard_error"]["mean"] is us["standard_error"]["sd"] is None
    assert [without_seen(warning) for warning in us["warnings"]] == [SAID]
    assert india["mean"] == pytest.approx(335 / 0.5 * math.exp((math.log(1.1) ** 2 + math.log(1.3) ** 2) / 2), rel=1e-2)
    assert india["warnings"] == []


def test_a_moment_that_does_not_exist_is_told_in_the_terminal(run):
    lines = run(BY_COUNTRY)[1].splitlines()
    assert lines[3].split()[:4] == ["US", "J/g", "undefined", "undefined"]
    assert "undefined" not in lines[4]
    assert "warning: specific_heat (US): the mean and the sd do not exist: it divides by" in lines
    assert "undefined: the moment does not exist." in lines


def test_a_moment_that_does_not_exist_is_empty_in_csv(run, tmp_path):
    assert run(BY_COUNTRY, "-o", str(tmp_path / "y.csv"))[0] == 0
    us, india, _ = csv.DictReader((tmp_path / "y.csv").read_text("utf-8").splitlines())
    assert (us["mean"], us["sd"], without_seen(us["warnings"])) == ("", "", SAID)
    assert float(us["0.5"]) > 0
    assert float(india["mean"]) > 0
    assert india["warnings"] == ""


def test_a_moment_that_does_not_exist_stays_so_in_netcdf(tmp_path):
    mc.summarize(mc.parse_study(BY_COUNTRY), draws=2**12).to_netcdf(tmp_path / "y.nc")
    with xarray.open_dataset(tmp_path / "y.nc") as kept:
        assert np.isnan(kept["specific_heat"].sel(statistic="mean", country="US"))
        assert without_seen(kept["specific_heat"].attrs["warnings"]) == f"country=US: {SAID}"


EXACT = {  # mean and standard deviation, by integrals done by hand
    # 1 / v between 1 and 2: E = ln 2, E of its square = 1 / 2
    ("u / (v + 1)", UNIT, UNIT): (math.log(2) / 2, math.sqrt(1 / 6 - math.log(2) ** 2 / 4)),
    # u / (u + v) is symmetric about a half; P(u / (u + v) < s) = s / (2 (1 - s)) below a half: E of the square 1 - ln 2
    ("u / (u + v)", UNIT, UNIT): (0.5, math.sqrt(0.75 - math.log(2))),
    # u ** -0.2: 1 / (1 - 0.2), 1 / (1 - 0.4)
    ("u ** -0.2", UNIT): (1.25, math.sqrt(1 / 0.6 - 1.25**2)),
    # 1 / u of a beta: B(a - k, b) / B(a, b)
    ("1 / u", prior("beta", a=6, b=1)): (6 / 5, math.sqrt(6 / 4 - 36 / 25)),
    # the 4th moment of t with 9 degrees of freedom, by its variance 9 / 7 and kurtosis 3 + 6 / 5
    ("u ** 2", student(9.0)): (9 / 7, 9 / 7 * math.sqrt(3 + 6 / 5 - 1)),
    ("exp(u)", exponential(0.1)): (1 / 0.9, math.sqrt(1 / 0.8 - 1 / 0.81)),
    ("minimum(1 / u, 4)", UNIT): (1 + math.log(4), math.sqrt(7 - (1 + math.log(4)) ** 2)),
    ("where(u > 0.25, 1 / u, 0)", UNIT): (math.log(4), math.sqrt(3 - math.log(4) ** 2)),
    ("u / v", lognormal(2.0), lognormal(1.5)): (
        math.exp((math.log(2) ** 2 + math.log(1.5) ** 2) / 2),
        math.exp((math.log(2) ** 2 + math.log(1.5) ** 2) / 2) * math.sqrt(math.expm1(math.log(2) ** 2 + math.log(1.5) ** 2)),
    ),
}


@pytest.mark.parametrize("method", ["sobol", "random"])
@pytest.mark.parametrize("case", EXACT, ids=lambda case: " ".join(case))
def test_moments_that_exist_are_given(case, method):
    """Within t(31) times their standard errors: one false alarm in 10,000 of each of these."""
    summary = mc.summarize(problem(*case), draws=2**19, replicates=REPLICATES, method=method)
    for statistic, exact in zip(("mean", "sd"), EXACT[case], strict=True):
        error = summary["y_standard_error"].sel(statistic=statistic).item()
        assert error < 0.02 * EXACT[case][1]
        assert abs(summary["y"].sel(statistic=statistic).item() - exact) <= BAR * error
