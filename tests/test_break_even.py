"""Break-even values, against closed forms and by putting them back.

Errors are judged at five standard errors of t(15), which chance exceeds for 1.6 values in 10,000; one seed, fixed.
"""

import json
import math
import sys

import numpy as np
import pytest
from scipy import stats
from seeds import rms_band, seeds

import mcarbon as mc
from mcarbon import cli
from mcarbon.answers.break_even import break_even_rows, claim_break_even
from mcarbon.results import TippingPoint
from mcarbon.words.tipping import percentile_of, tipping_sentence


def study(formula, *priors, tail=""):
    """A study of one quantity y of inputs x1, x2, ... with these priors."""
    inputs = "\n".join(
        f'[inputs.x{k}]\nunit = "1"\nsource = "judgement"\nprior = {prior}' for k, prior in enumerate(priors, start=1)
    )
    text = f'format = 1\nid = "own"\ntitle = "Own"\n{inputs}\n[quantities.y]\nunit = "1"\nformula = "{formula}"\n{tail}'
    return mc.parse_study(text)


def lognormal(median, gsd):
    return f'{{ family = "lognormal", median = {median}, gsd = {gsd} }}'


MEDIANS, GSDS = (3.0, 0.2, 7.0), (2.0, 1.5, 3.0)
PRODUCT = [lognormal(*each) for each in zip(MEDIANS, GSDS)]
UNIFORM = '{ family = "uniform", low = 0, high = 1 }'


@pytest.mark.parametrize("method", ["sobol", "random"])
@pytest.mark.parametrize("chance", [0.5, 0.95, 0.1])
@pytest.mark.parametrize("target", [0.3, 1.0])
def test_a_product_of_lognormals(method, chance, target):
    """y = x1 x2 / x3: with one held, ln y is normal with the variances of the others. Three comparisons."""
    found = mc.break_even(study("x1 * x2 / x3", *PRODUCT), "y", target, chance=chance, method=method)
    powers, spreads, middles = np.array([1, 1, -1]), np.log(GSDS), np.log(MEDIANS)
    for k in range(3):
        rest = math.sqrt((spreads**2).sum() - spreads[k] ** 2)
        others = (powers * middles).sum() - powers[k] * middles[k]
        exact = math.exp(powers[k] * (math.log(target) - others - stats.norm.ppf(chance) * rest))
        here = found.isel(input=k)
        assert abs(here["value"].item() - exact) < 5 * here["standard_error"].item(), k
        assert here["standard_error"].item() < (0.02 if method == "sobol" else 0.04) * exact
        assert here["percentile"].item() == pytest.approx(
            stats.norm.cdf(math.log(exact / MEDIANS[k]) / spreads[k]), abs=0.02
        )
    whole = stats.norm.cdf((math.log(target) - (powers * middles).sum()) / math.sqrt((spreads**2).sum()))
    assert found["chance_below"].item() == pytest.approx(whole, abs=0.01)
    # Below it now with less than the chance: what makes y small tips it, and the other way round.
    is_below = whole >= chance
    assert found["tips_above"].values.tolist() == [is_below, is_below, not is_below]
    at_low = math.exp((powers * middles).sum() + stats.norm.ppf(0.05) * spreads[0])
    assert found["median_low"][0].item() == pytest.approx(at_low, rel=0.02)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_value_put_back_hits_the_target(seed):
    """Conditioned on the same draws to 1/5000; counted with others, within the errors of both."""
    known = mc.load_study("tomlinson-2024")
    (row,) = claim_break_even(known.with_choice("human_boundary", "device-only"), "midjourney-us-illustrator")
    within = [each for each in row.inputs if 1e-6 < each.percentile < 1 - 1e-6]
    assert len(within) >= 5
    places = {axis: there for axis, there in row.at.items() if axis in known.dimensions}
    choices = {axis: there for axis, there in row.at.items() if axis in known.choices}
    for each in within:
        name, _, key = each.name.removesuffix("]").partition("[")
        at = dict(zip(known.inputs[name].axes, key.split(", "))) if key else None
        there = known.with_value(name, each.value, at)
        with_more = known.with_value(name, each.value + each.standard_error, at)
        medians, errors = [], []
        for changed in (there, with_more):
            drawing = {"draws": row.draws, "seed": seed, "smooth": seed == row.seed}
            found = mc.summarize(changed, quantities=["ratio"], choices=choices, **drawing).sel(statistic="0.5", **places)
            medians.append(found["ratio"].item())
            errors.append(found["ratio_standard_error"].item())
        if seed == row.seed:
            assert medians[0] == pytest.approx(1.0, rel=2e-4), each.name
        else:
            # The value's own error moves the median by as much.
            assert abs(medians[0] - 1.0) < 5 * math.hypot(errors[0], medians[1] - medians[0]), each.name


def test_ends_of_a_prior():
    """x1 + x2 of uniforms: with one held at v the median is v + 1/2, and no value of x1 brings it to 1.6 or 0.4."""
    known = study("x1 + x2", UNIFORM, UNIFORM)
    found = mc.break_even(known, "y", 1.2)
    np.testing.assert_allclose(found["value"], 0.7, atol=2e-3)
    np.testing.assert_allclose(found["percentile"], 0.7, atol=2e-3)
    for target in (1.6, 0.4):
        found = mc.break_even(known, "y", target)
        assert np.isnan(found["value"]).all() and np.isnan(found["percentile"]).all()
        assert (found["crossings"] == 0).all() and not found["undecided"].any()


def test_beyond_what_a_prior_holds_likely():
    """A log-normal has no end: the value is told, nine standard deviations out; a truncated one is not left."""
    found = mc.break_even(study("x1 * x2", lognormal(1, 1.2), lognormal(1, 1.2)), "y", 1.2**9)
    assert (np.abs(found["value"] - 1.2**9) < 5 * found["standard_error"]).all()
    assert found["percentile"].values.tolist() == [1.0, 1.0]
    cut = lognormal(1, 1.2).replace("}", ", upper = 2 }")
    found = mc.break_even(study("x1 * x2", cut, lognormal(1, 1.2)), "y", 1.2**9)
    assert np.isnan(found["value"][0]) and np.isfinite(found["value"][1])


@pytest.mark.parametrize(("prior", "values"), [("discrete", [1, 2, 4, 8]), ("empirical", list(range(1, 2000)))])
def test_single_values_tip_as_they_are(prior, values):
    """y = x1 x2, x2 of median 1: it is above 3.3 from the first value that is."""
    weights = f", weights = {[1] * len(values)}" if prior == "discrete" else ""
    found = mc.break_even(
        study("x1 * x2", f'{{ family = "{prior}", values = {values}{weights} }}', lognormal(1, 1.5)), "y", 3.3
    )
    asked = found.sel(input="x1")
    upwards = asked["tips_above"].item()
    assert asked["value"].item() == (min(v for v in values if v > 3.3) if upwards else max(v for v in values if v < 3.3))
    assert upwards == (np.median(values) < 3.3)


def test_of_several_values_the_nearest_to_the_median():
    """(x1 - 1)**2 is 0.25 at 0.5 and at 1.5; of a normal around 0.8 the first is nearer."""
    found = mc.break_even(study("(x1 - 1) ** 2", '{ family = "normal", mean = 0.8, sd = 0.2 }'), "y", 0.25)
    assert found["value"].item() == pytest.approx(0.5, rel=1e-6)
    assert found["crossings"].item() == 2
    assert not found["tips_above"].item()


def test_an_answer_at_its_target_is_not_decided():
    found = mc.break_even(study("x1 * x2 ** 0", lognormal(1, 2), lognormal(1, 2)), "y", 1.0)
    assert found["undecided"].sel(input="x2").item() and not found["undecided"].sel(input="x1").item()
    assert found["value"].sel(input="x1").item() == pytest.approx(1.0, rel=1e-6)


def test_an_input_that_is_held_lets_go_of_what_it_is_correlated_with():
    """Normals of mean 0: with x1 held, x2 keeps its own. The median of x1 + x2 is then the value, whatever r is."""
    normal = '{ family = "normal", mean = 0, sd = 1 }'
    known = study("x1 + x2", normal, normal, tail='[correlations]\n"x1, x2" = { normal = 0.8 }')
    found = mc.break_even(known, "y", 1.0)
    assert (np.abs(found["value"] - 1.0) < 5 * found["standard_error"]).all()
    (row,) = break_even_rows(known, "y", 1.0)
    assert [each.correlated for each in row.inputs] == [("x2",), ("x1",)]


def test_beyond_a_prior_no_value_changes_its_sign():
    """ln x1 is -1 at 1/e, six standard deviations out; below 0 there is no logarithm."""
    found = mc.break_even(study("log(x1) + 0 * x2", '{ family = "normal", mean = 1, sd = 0.1 }', UNIFORM), "y", -1.0)
    assert found["value"].sel(input="x1").item() == pytest.approx(math.exp(-1), rel=1e-6)


@pytest.mark.parametrize("method", ["sobol", "lhs", "random"])
def test_same_bits_for_any_threads(method):
    known = study("x1 * x2 / x3", *PRODUCT)
    one, three = (mc.break_even(known, "y", draws=5000, method=method, threads=n) for n in (1, 3))
    assert one.identical(three)


@pytest.mark.statistics
@pytest.mark.parametrize("formula", ["x1 * exp(x2 + x3)", "exp(log(x1) + x2 + x3)"])
def test_errors_are_those_that_seeds_show(formula):
    """Of 64 seeds' z-scores, two inputs each, the root mean square lies within 0.75 and 1.35, which chance leaves for
    less than 1 in 1000. ln y is normal; x1 is a pure factor of the one, the other has none and is counted."""
    priors = [lognormal(3, 2), *(f'{{ family = "normal", mean = 0.5, sd = {sd} }}' for sd in (0.7, 0.4))]
    target, chance = 4.0, 0.3
    rest = [math.hypot(0.7, 0.4), math.hypot(math.log(2), 0.4)]
    exact = [
        math.exp(math.log(target) - 1 - stats.norm.ppf(chance) * rest[0]),
        math.log(target) - math.log(3) - 0.5 - stats.norm.ppf(chance) * rest[1],
    ]
    z = []
    for seed in seeds(64):
        known = study(formula, *priors)
        found = mc.break_even(known, "y", target, chance=chance, draws=2**12, method="random", seed=seed)
        z.extend((found["value"][:2].values - exact) / found["standard_error"][:2].values)
    low, high = rms_band(128, 0.75, 1.35)
    assert low < math.sqrt(np.mean(np.square(z))) < high


@pytest.mark.parametrize("target", [-2.0, 2.0])
@pytest.mark.parametrize("mean", [-1.0, 1.0])
def test_a_pure_factor_of_what_may_be_negative(target, mean):
    """y = x1**-2 x2: with x1 held, the chance to be below the target is that of x2 to be below target x1**2."""
    known = study("x2 / x1 ** 2", lognormal(1, 2), f'{{ family = "normal", mean = {mean}, sd = 1 }}')
    found = mc.break_even(known, "y", target).sel(input="x1")
    if target * mean < 0:
        assert math.isnan(found["value"].item()) and found["crossings"].item() == 0
    else:
        assert abs(found["value"].item() - math.sqrt(0.5)) < 5 * found["standard_error"].item() < 0.01
        assert found["percentile"].item() == pytest.approx(stats.norm.cdf(-0.5), abs=0.005)
        # The larger x1, the nearer to 0 is y: now it is nearer than the target.
        assert not found["tips_above"].item()
        assert found["median_low"].item() == pytest.approx(mean * 2 ** (2 * stats.norm.ppf(0.95)), rel=0.01)


def test_a_factor_beside_others_too_narrow_to_be_known():
    """With x1 held, what x2 and x3 do is within a thousandth: x1 is found from draws of all of them."""
    known = study("x1 * x2 * exp(x3)", lognormal(1, 2), lognormal(1, 1.0005), '{ family = "normal", mean = 0, sd = 1e-4 }')
    found = mc.break_even(known, "y", 3.0).sel(input="x1")
    assert abs(found["value"].item() - 3.0) < 5 * found["standard_error"].item() < 1e-3


def test_open_dimensions_become_dims():
    known = mc.load_study("tomlinson-2024")
    found = mc.break_even(known, "ratio", at={"system": "Midjourney"}, draws=2**10, replicates=4)
    assert found["value"].dims == ("input", "country")
    assert found["median"].dims == ("country",)
    assert np.isnan(found["value"].sel(input="annual_footprint[US]", country="India"))
    assert found["unit"].sel(input="illustrator_rate").item() == "USD/hour"
    assert {"study", "digest", "seed", "target", "chance", "choices"} <= found.attrs.keys()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"quantity": "ratios"}, "Did you mean"),
        ({"at": {"country": "France"}}, 'no coordinate "France"'),
        ({"choices": {"human_boundary": "all"}}, 'no option "all"'),
        ({"chance": 1.0}, "1 is no chance"),
        ({"target": math.nan}, "nan is no target"),
        ({"choices": {"human_boundary": "none"}}, "is no ratio at"),
    ],
)
def test_what_cannot_be_is_refused(asked, told):
    with pytest.raises(mc.UserError, match=told):
        mc.break_even(mc.load_study("tomlinson-2024"), **({"quantity": "ratio", "draws": 2**8} | asked))


def test_a_claims_target():
    known = mc.load_study("tomlinson-2024")
    (row,) = claim_break_even(known, "midjourney-us-illustrator", draws=2**10)
    assert (row.target, row.published, row.sides) == (1.0, "1/2900", ("AI", "human"))
    (row,) = claim_break_even(known, "chatgpt-query", draws=2**10)
    assert row.target == 2.2
    with pytest.raises(mc.UserError, match="the claim is not made at country=India"):
        claim_break_even(known, "midjourney-us-illustrator", at={"country": "India"})
    tang = mc.load_study("tang-2023")
    assert claim_break_even(tang, "days", draws=2**10)[0].target == 60  # ">= 60"
    with pytest.raises(mc.UserError, match="has two ends to cross"):
        claim_break_even(tang, "ict", draws=2**10)
    # Printed in percent, computed as a share.
    percent = study("x1", UNIFORM, tail='[claims.half]\nstatement = "s"\nquantity = "y"\npublished = "30"\nunit = "percent"')
    (row,) = claim_break_even(percent, "half", draws=2**10)
    assert row.target == pytest.approx(0.3) and row.inputs[0].value == pytest.approx(0.3)


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["mcarbon", "break-even", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code, capsys.readouterr()


def test_the_command_line_prints_what_python_gives(monkeypatch, capsys):
    asked = ["tomlinson-2024", "--claim", "midjourney-us-illustrator", "--choose", "human_boundary=device-only"]
    code, printed = run(monkeypatch, capsys, *asked, "--draws", "4096", "--json")
    assert code == 0
    document = json.loads(printed.out)
    found = mc.break_even(
        mc.load_study("tomlinson-2024"), "ratio", at={"country": "US", "system": "Midjourney"},
        choices={"human_boundary": "device-only"}, draws=4096,
    )  # fmt: skip
    assert [each["name"] for each in document["inputs"]] == found["input"].values.tolist()
    values = [math.nan if each["value"] is None else each["value"] for each in document["inputs"]]
    np.testing.assert_array_equal(values, found["value"])
    assert document["choose"] == {"human_boundary": "device-only"}
    code, printed = run(monkeypatch, capsys, *asked, "--draws", "4096")
    assert code == 0
    assert "Options that tip it alone: " in printed.out and max(map(len, printed.out.splitlines())) <= 100
    assert run(monkeypatch, capsys, *asked, "--draws", "4096", "--ascii")[1].out.isascii()


def test_one_of_claim_and_quantity_is_asked_for(monkeypatch, capsys):
    for asked in ([], ["--claim", "a", "--quantity", "b"]):
        code, printed = run(monkeypatch, capsys, "tomlinson-2024", *asked)
        assert code == 2 and "--claim, --quantity" in printed.err
    code, printed = run(monkeypatch, capsys, "tomlinson-2024", "--quantity", "ratio", "--target", "much")
    assert code == 2 and '"much" is no number' in printed.err


@pytest.mark.parametrize(
    ("probability", "text"),
    [(0.5, "50 %"), (0.996, "99.6 %"), (0.99996, "99.99 %"), (0.0004, "0.1 %"), (1e-9, "<0.0001 %"), (0.01, "1 %")],
)
def test_percentiles_are_never_0_or_100(probability, text):
    assert percentile_of(probability) == text


def test_a_tipping_value_in_a_sentence():
    point = TippingPoint("writing_speed", "word/hour", 21000.0, 10.0, 0.9991, True, 1, False, 1.0, 1.0, 0.2)
    assert tipping_sentence(point) == "writing speed above 21\u2009000 word/hour: beyond the 99.9th percentile of its prior"
