"""Variability within a population and ignorance around it: nested Monte Carlo against closed forms and a plain twin."""

import json
import math
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.stats import norm
from seeds import rms_band, seeds

import mcarbon as mc
from mcarbon import cli
from mcarbon.answers.population import population_rows
from mcarbon.engine.nested import Nested
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import METHODS, Plan, Sampler
from mcarbon.reading.model import build_model
from mcarbon.results import PopulationFigure
from mcarbon.words.amounts import Form, PrintedUnit
from mcarbon.words.population import below_sentence, spread_sentence

BAR = stats.t.ppf(1 - 1e-4 / 2, 15)
"""One false alarm in 10,000 comparisons with 16 replicates; a case here makes some 30."""
Z = norm.ppf([0.05, 0.25, 0.5, 0.75, 0.95])
ENDS = norm.ppf([0.05, 0.5, 0.95])


def lognormal(gsd, median=1.0):
    return f'{{ family = "lognormal", median = {median}, gsd = {gsd} }}'


NORMAL = '{ family = "normal", mean = 0, sd = 1 }'
UNIT = '{ family = "uniform", low = 0, high = 1 }'


def study(formula, varies, unknown, tail="", first="v"):
    """`varies` and `unknown` are priors by name; the file has the natures in the order that `first` says."""
    natures = [("variability", varies), ("ignorance", unknown)]
    lines = ["format = 1", 'id = "people"', 'title = "People"']
    for nature, priors in natures if first == "v" else natures[::-1]:
        for name, prior in priors.items():
            lines += [f"[inputs.{name}]", 'unit = "1"', f"prior = {prior}", 'source = "judgement"']
            lines += [f'nature = "{nature}"'] if nature == "variability" else []
    return mc.parse_study("\n".join([*lines, "[quantities.y]", 'unit = "1"', f'formula = "{formula}"', tail]))


SV, SE, R = math.log(2.0), math.log(1.5), 0.6
CASES = {
    # name: study, the quantiles of the population at the unknown's score z (5 quantiles), with z rising
    "product": (study("v * e", {"v": lognormal(2.0)}, {"e": lognormal(1.5, 0.3)}), lambda z: 0.3 * np.exp(SV * Z + SE * z)),
    "unknown spread": (study("exp(e * v)", {"v": NORMAL}, {"e": lognormal(1.5)}), lambda z: np.exp(np.exp(SE * z) * Z)),
    "correlated": (
        study("v", {"v": lognormal(2.0)}, {"e": lognormal(1.5)}, f'[correlations]\n"v, e" = {{ normal = {R} }}'),
        lambda z: np.exp(SV * (R * z + math.sqrt(1 - R**2) * Z)),
    ),
    "correlated, and both in the answer": (
        study("v * e", {"v": lognormal(2.0)}, {"e": lognormal(1.5)}, f'[correlations]\n"e, v" = {{ normal = {R} }}', "e"),
        lambda z: np.exp((SV * R + SE) * z + SV * math.sqrt(1 - R**2) * Z),
    ),
    "two of each": (
        study("v * w / (e * f)", {"v": lognormal(2.0), "w": lognormal(1.3)}, {"e": lognormal(1.5), "f": lognormal(1.2)}),
        lambda z: np.exp(math.hypot(SV, math.log(1.3)) * Z + math.hypot(SE, math.log(1.2)) * z),
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("method", METHODS)
def test_quantiles_of_the_population_against_closed_forms(case, method):
    made, exact = CASES[case]
    found = mc.population(made, method=method)
    # Each quantile rises or falls with the unknown: its ends are at the unknown's.
    expected = np.sort(np.array([exact(z) for z in ENDS]).T, axis=1)
    quantiles = found["figure"].values[:5]
    values = found["y"].sel(figure=quantiles).values
    errors = found["y_standard_error"].sel(figure=quantiles).values
    assert np.all(np.abs(values - expected) <= BAR * errors + 1e-9 * expected)
    if method == "sobol":
        # The errors are small enough that the comparison says something.
        assert np.all(errors <= 0.05 * expected)
        assert "warnings" not in found["y"].attrs


def test_mean_sd_width_and_share_below_against_closed_forms():
    found = mc.population(study("v * e", {"v": lognormal(2.0)}, {"e": lognormal(1.5, 0.3)}), below=1.0)
    e = 0.3 * np.exp(SE * ENDS)
    mean = e * math.exp(SV**2 / 2)
    expected = {
        "mean": mean,
        "sd": mean * math.sqrt(math.expm1(SV**2)),
        "width": e * (math.exp(SV * Z[4]) - math.exp(SV * Z[0])),
    }
    for name, values in expected.items():
        errors = found["y_standard_error"].sel(figure=name).values
        assert np.all(np.abs(found["y"].sel(figure=name).values - values) <= BAR * errors), name
        assert np.all(errors <= 0.05 * values), name
    below = norm.cdf((-np.log(0.3) - SE * ENDS[::-1]) / SV)
    assert np.all(np.abs(found["y_below"].values - below) <= BAR * found["y_below_standard_error"].values)
    assert found["y_below"].attrs["threshold"] == 1.0


@pytest.mark.parametrize("first", ["v", "e"])
def test_against_a_plain_twin(first):
    """The same draws from `sample`, put together by NumPy: each population at each draw of the unknown of its chain."""
    made = study("v ** 2 * e + v", {"v": lognormal(2.0)}, {"e": lognormal(1.5)}, first=first)
    found = mc.population(made, outer=64, inner=128, replicates=4, seed=3)
    e = mc.sample(made, draws=64, replicates=4, seed=3, quantities=["e"])["e"].values  # (chains, 16)
    v = mc.sample(made, draws=4 * 128, replicates=4, seed=3, quantities=["v"])["v"].values  # (chains, 128)
    people = v[:, None, :] ** 2 * e[:, :, None] + v[:, None, :]
    figures = [*np.quantile(people, [0.05, 0.25, 0.5, 0.75, 0.95], axis=2, method="hazen"), people.mean(2), people.std(2)]
    expected = np.quantile(np.reshape(figures, (7, -1)), [0.05, 0.5, 0.95], axis=1, method="hazen").T
    np.testing.assert_allclose(found["y"].values[:7], expected, rtol=1e-9)


def test_what_is_drawn_does_not_depend_on_how_it_is_split():
    made = study("v * e", {"v": lognormal(2.0)}, {"e": lognormal(1.5)}, '[correlations]\n"v, e" = 0.5')
    program = compile_program(build_model(made), [("y", {})])
    varies = np.array([cell.input == "v" for cell in program.inputs])
    plan = Plan.of(4 * 1500, 4, "random")
    nested = Nested(program, varies, plan, plan)
    whole = nested.keep(1, 2, 0, 1100)
    parts = [nested.keep(1, 2, first, last) for first, last in ((0, 7), (7, 1024), (1024, 1100))]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    one, two = (mc.population(made, outer=256, inner=256, threads=threads) for threads in (1, 2))
    assert one.equals(two)


def test_the_population_is_that_of_any_answer():
    """An input that varies has the draws that it has everywhere."""
    made = study("v", {"v": lognormal(2.0)}, {"e": lognormal(1.5)})
    program = compile_program(build_model(made), [("y", {})])
    plan = Plan.of(2**12, 4, "sobol", 7)
    draws = np.empty((1, plan.length))
    Sampler(program, plan).keep(2, draws)
    nested = Nested(program, np.array([True]), plan, plan)
    np.testing.assert_array_equal(nested.keep(0, 2, 0, 1)[0], draws)


@pytest.mark.statistics
def test_standard_errors_are_those_of_seeds():
    """Over 40 seeds the errors of figures, in their own standard errors, have a root mean square near 1.

    With 16 replicates t(15) has 1.07; of 40 such the root mean square leaves (0.6, 1.6) less than once in 1000.
    """
    made, exact = CASES["product"]
    expected = np.array([exact(z) for z in ENDS]).T
    scores = []
    for seed in seeds(40):
        found = mc.population(made, outer=1024, inner=256, seed=seed, method="random")
        scores.append((found["y"].values[:5] - expected) / found["y_standard_error"].values[:5])
    size = np.sqrt(np.mean(np.square(scores), axis=0))
    low, high = rms_band(40, 0.6, 1.6)
    assert np.all((size > low) & (size < high)), size


def test_too_few_inner_draws_are_told():
    """16 people show their 95 % quantile badly, and what is unknown moves it little."""
    made = study("v * e", {"v": lognormal(2.0)}, {"e": lognormal(1.1)})
    said = mc.population(made, inner=16, method="random")["y"].attrs["warnings"]
    assert "is the error of 16 inner draws" in said and "take more inner draws" in said
    assert "warnings" not in mc.population(made)["y"].attrs


def test_the_inner_error_is_that_of_populations():
    """The logarithm of the median of n independent people of a log-normal has the standard deviation sqrt(pi / 2 n) sd."""
    made = study("v * e", {"v": lognormal(2.0)}, {"e": lognormal(1.0001)})
    found = mc.population(made, inner=1024, method="random")
    assert found["y_inner_error"].sel(figure="0.5") == pytest.approx(math.sqrt(math.pi / 2048) * SV, rel=0.5)


def test_a_figure_that_is_known_has_one_value():
    """The sd of v + e is that of v, whatever e is: no noise is told for what is not unknown."""
    made = study("v + e", {"v": NORMAL}, {"e": NORMAL})
    found = mc.population(made)
    assert "warnings" not in found["y"].attrs
    np.testing.assert_allclose(found["y"].sel(figure="sd"), 1.0, atol=5e-3)


def test_all_of_it_varies():
    made = study("v * w", {"v": lognormal(2.0), "w": lognormal(1.5)}, {})
    found = mc.population(made)
    assert "nothing of it is unknown" in found["y"].attrs["warnings"]
    whole = mc.summarize(made, quantiles=(0.05, 0.25, 0.5, 0.75, 0.95), draws=2**18)["y"]
    for name in found["figure"].values[:5]:
        values, errors = found["y"].sel(figure=name).values, found["y_standard_error"].sel(figure=name).values
        assert len(set(values)) == 1
        assert abs(values[0] - float(whole.sel(statistic=name))) <= BAR * errors[0] + 1e-4 * values[0]


def test_nothing_varies():
    with pytest.raises(mc.UserError, match=r'nothing varies in people: .*\n.*nature = "variability"'):
        mc.population(study("e", {}, {"e": NORMAL}))
    with pytest.raises(mc.UserError, match="no quantity of people rests on an input that varies"):
        mc.population(study("e", {"v": NORMAL}, {"e": NORMAL}))
    everyone = mc.population(study("e", {"v": NORMAL}, {"e": NORMAL}), ["y"])["y"]
    assert "it is the same for the whole population" in everyone.attrs["warnings"]
    np.testing.assert_array_equal(everyone.sel(figure="0.05"), everyone.sel(figure="0.95"))
    shifted = mc.population(study("e + 2/3", {"v": NORMAL}, {"e": NORMAL}), ["y"])["y"]
    assert (shifted.sel(figure=["sd", "width"]) == 0).all()


def test_the_name_of_a_study_is_no_study():
    with pytest.raises(TypeError, match=r"a study is needed, as mcarbon\.load_study gives, not str 'writers.toml'"):
        mc.population("writers.toml")


def test_moments_of_the_population_that_do_not_exist():
    """1 / v has no mean over people; 1 / e has one at every e, though none over what is unknown."""
    varies = mc.population(study("e / v", {"v": UNIT}, {"e": lognormal(1.5)}))["y"]
    assert np.isnan(varies.sel(figure=["mean", "sd"])).all() and np.isfinite(varies.sel(figure="0.5")).all()
    assert "the mean and the sd do not exist: it divides by `v` (uniform)" in varies.attrs["warnings"]
    unknown = mc.population(study("v / e", {"v": lognormal(1.5)}, {"e": UNIT}))["y"]
    assert np.isfinite(unknown).all() and "warnings" not in unknown.attrs


def test_draws_that_are_not_finite():
    rarely = '{ family = "discrete", values = [0, 1], weights = [0.004, 1] }'
    found = mc.population(study("e / v", {"v": rarely}, {"e": lognormal(1.5)}), outer=256, inner=1024)["y"]
    assert "draws are not finite: `v` in `e / v` is 0 there" in found.attrs["warnings"]
    assert found.sel(figure="0.5", known="median") == pytest.approx(1.0, rel=0.05)
    with pytest.raises(mc.UserError, match="are not finite"):
        mc.population(study("e / v", {"v": rarely.replace("0.004", "0.2")}, {"e": lognormal(1.5)}), outer=256)


BY_COUNTRY = """
format = 1
id = "writers"
title = "Writers"
dimensions.country = ["US", "India"]
[inputs.speed]
unit = "page/hour"
by = "country"
nature = "variability"
at.US = { prior = { family = "lognormal", p5 = 0.5, p95 = 4 }, source = "judgement" }
at.India = { prior = { family = "lognormal", p5 = 0.25, p95 = 2 }, source = "judgement" }
[inputs.power]
unit = "W"
prior = { family = "lognormal", p5 = 10, p95 = 40 }
source = "judgement"
[inputs.machine]
unit = "Wh/page"
prior = { family = "lognormal", p5 = 1, p95 = 20 }
source = "judgement"
[quantities.hand]
unit = "Wh/page"
formula = "power / speed"
[quantities.ratio]
unit = "1"
formula = "machine / hand"
sides = { machine = "machine", hand = "hand" }
"""


def test_dimensions_and_sides():
    found = mc.population(mc.parse_study(BY_COUNTRY), outer=512, inner=256)
    assert found["ratio"].dims == ("figure", "known", "country") and found["ratio_below"].dims == ("known", "country")
    assert "hand_below" not in found and found["ratio_below"].attrs["threshold"] == 1.0
    us, india = (found["hand"].sel(figure="0.5", known="median", country=country) for country in ("US", "India"))
    assert float(india / us) == pytest.approx(2.0, rel=0.01)
    assert found["hand"].attrs["units"] == "Wh/page"
    rows = population_rows(mc.parse_study(BY_COUNTRY), ["ratio"], outer=512, inner=256).quantities
    assert [row.varies for row in rows] == [("speed[US]",), ("speed[India]",)]
    assert rows[0].unknown == ("power", "machine")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"quantities": ["y2"]}, "there is no quantity or input `y2`"),
        ({"quantiles": (0.5,)}, "at least two quantiles"),
        ({"quantiles": (0.5, 1.5)}, "1.5 is no probability"),
        ({"level": 0.0}, "0 is no probability"),
        ({"below": math.inf}, "inf is no threshold"),
        ({"inner": 0}, "cannot be"),
        ({"outer": 2**30, "inner": 2**20}, "are too many"),
    ],
)
def test_what_cannot_be_asked(arguments, said):
    with pytest.raises(mc.UserError, match=said):
        mc.population(study("v * e", {"v": NORMAL}, {"e": NORMAL}), **arguments)


def test_nature_in_the_file():
    made = study("v * e", {"v": lognormal(2.0)}, {"e": lognormal(1.5)})
    assert made.inputs["v"].nature == "variability" and made.inputs["e"].nature == "ignorance"
    assert mc.parse_study(made.to_toml()).digest == made.digest
    # Saying what is so anyway changes nothing; saying something else does.
    text = made.to_toml()
    plain = mc.parse_study(text.replace('nature = "variability"\n', ""))
    said = mc.parse_study(text.replace('"variability"', '"ignorance"'))
    assert plain.digest == said.digest != made.digest
    with pytest.raises(mc.UserError, match="nature"):
        mc.parse_study(text.replace('"variability"', '"variable"'))


def test_what_is_fixed_does_not_vary():
    text = study("v * e", {"v": lognormal(2.0)}, {"e": lognormal(1.5)}).to_toml()
    prior = next(line for line in text.splitlines() if line.startswith("prior"))
    with pytest.raises(mc.UserError, match=r"\[inputs.v\] nature\n.*what is fixed does not vary"):
        mc.parse_study(text.replace(prior, "value = 2", 1))
    fixed = mc.parse_study(text).with_value("v", 2.0)
    assert fixed.inputs["v"].nature == "ignorance"


def test_nature_in_a_builder():
    builder = mc.StudyBuilder("b", "B")
    v = builder.input("v", "1", prior=mc.uniform(0, 1), source="judgement", nature="variability")
    builder.quantity("y", v)
    assert builder.build().inputs["v"].nature == "variability"


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """The command line on a study's text: exit status, stdout, stderr."""

    def run(command, text, *arguments):
        (tmp_path / "study.toml").write_text(text, encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["mcarbon", command, str(tmp_path / "study.toml"), *arguments])
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = end.code
        return status, *capsys.readouterr()

    return run


SMALL = ("--outer", "512", "--inner", "256")


def test_on_the_command_line(run):
    status, out, _ = run("population", BY_COUNTRY, "--of", "writers", "--quantity", "ratio", *SMALL)
    text = " ".join(out.split())
    assert status == 0
    assert "Varies: speed[US]. Unknown: power, machine." in text
    assert "Half of the writers lie between" in text
    assert "we are 90 % sure that their median lies between" in text
    # The chance that machine is below hand for the median writer is that of ln(machine / power * speed) < 0.
    assert "of the writers machine is below hand (90 % sure: " in text
    assert "512 draws of the unknown, 256 of the population at each" in text


def test_a_quantity_that_is_the_same_for_all_has_no_sentence_of_who_differs(run):
    _, out, _ = run("population", BY_COUNTRY, "--quantity", "machine", *SMALL)
    assert "Varies: nothing." in out and "it is the same for the whole population" in " ".join(out.split())
    assert "Half of the population" not in out


def test_nothing_is_said_of_how_sure_we_are_where_nothing_is_unknown(run):
    _, out, _ = run("population", study("v", {"v": lognormal(2.0)}, {}).to_toml(), *SMALL)
    text = " ".join(out.split())
    assert "Unknown: nothing." in text and "Half of the population lie between" in text
    assert "sure that their median" not in text and "nothing of it is unknown" in text


def test_alarms_on_priors_stand_beside_a_population():
    cut = '{ family = "normal", mean = 1, sd = 2, lower = 0 }'
    two = '{ family = "discrete", values = [1, 100], weights = [1, 1] }'
    found = mc.population(study("v * w * e", {"v": two, "w": cut}, {"e": lognormal(1.2)}), outer=64, inner=64)["y"]
    assert "the prior of `w` is hardly the normal that it is called" in found.attrs["warnings"]
    assert "`v` splits the answer" in found.attrs["warnings"]


def test_sentences_have_the_digits_of_the_table(run):
    form = Form(PrintedUnit.parse("1"), is_ratio=True)
    half = PopulationFigure(1 / 14.6, 1 / 2.6, 2.11, 1e-6, 1e-6, 0.2, 0.0)
    quarter, three = replace(half, median=1 / 5.04), replace(half, median=1.53)
    said = spread_sentence({0.25: quarter, 0.5: half, 0.75: three}, form, "writers", 0.9)
    assert said == (
        "Half of the writers lie between 1/5.0 and 1.5×; we are 90 % sure that their median lies between 1/15 and ~2×."
    )
    share = PopulationFigure(0.21, 0.86, 0.97, 0.001, 0.01, 0.001, 0.0)
    said = below_sentence(share, 1.0, form, ("machine", "hand"), "writers", 0.9)
    assert said == "For ~90 % of the writers machine is below hand (90 % sure: 21 % to 97 %)."


def test_as_a_document(run):
    status, out, _ = run("population", BY_COUNTRY, "--json", *SMALL)
    document = json.loads(out)
    rows = population_rows(mc.parse_study(BY_COUNTRY), outer=512, inner=256)
    assert status == 0
    assert (document["outer"], document["inner"], document["digest"]) == (512, 256, rows.digest)
    first, row = document["quantities"][0], rows.quantities[0]
    assert first["below"] is None and first["quantiles"]["0.5"]["median"] == row.quantiles[0.5].median
    assert first["mean"]["standard_error"]["high"] == row.mean.standard_error_high
    assert first["sd"]["inner_error"] == row.sd.inner_error
    assert document["quantities"][-1]["below"]["low"] == rows.quantities[-1].below.low


def test_wrong_input_on_the_command_line(run):
    status, out, err = run("population", BY_COUNTRY.replace('nature = "variability"\n', ""))
    assert (status, out) == (2, "") and "nothing varies in writers" in err
    assert run("population", BY_COUNTRY, "--level", "2")[0] == 2
    assert "--of" in run("population", BY_COUNTRY, "--of", " ")[2]


def test_a_study_is_shown_with_its_natures(run):
    out = " ".join(run("show", BY_COUNTRY)[1].split())
    assert "(grade 4, varies): median 1.41" in out and "(grade 4): median 20" in out
