"""The whole way of the draws against the plain twin, and the same bits however the work is split."""

import itertools

import numpy as np
import pytest
import twin

import mcarbon as mc
from mcarbon.engine.bins import bins_from_pilot
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.reading.model import build_model

W12 = "tests/studies/w12.toml"

EVERYTHING = """
format = 1
id = "everything"
title = "Every operation of a formula, several axes, atoms and kinks"
units = { names = ["thing"] }
dimensions = { country = ["US", "India"], size = ["small", "large", "huge"] }
[choices.boundary]
options = ["wide", "narrow"]
[inputs.a]
unit = "g"
prior = { family = "lognormal", p5 = 1, p95 = 30 }
source = "judgement"
[inputs.b]
unit = "kg"
by = ["country", "size"]
source = "judgement"
at.US.small = { prior = { family = "normal", mean = 3, sd = 0.4 } }
at.US.large = { prior = { family = "triangular", low = 1, mode = 2, high = 6 } }
at.US.huge = { value = 9 }
at.India.small = { prior = { family = "beta", a = 2, b = 3, low = 1, high = 2 } }
at.India.large = { prior = { family = "pert", low = 1, mode = 2, high = 6 } }
at.India.huge = { prior = { family = "uniform", low = 7, high = 8 } }
[inputs.n]
unit = "thing"
prior = { family = "discrete", values = [1, 2, 5], weights = [3, 2, 1] }
source = "judgement"
[inputs.share]
unit = "percent"
prior = { family = "normal", mean = 40, sd = 10, lower = 5, upper = 95 }
source = "judgement"
[quantities.mass]
unit = "g/thing"
formula = "(a + b) / n"
[quantities.total]
unit = "kg/thing"
formula = 'sum(mass, "country") - 2 * mean(mass["US"], "size")'
[quantities.product]
unit = "1"
formula = 'prod(b["US"] / (1 * a), "size") ** 0.5'
[quantities.functions]
unit = "1"
by = "boundary"
at.wide = '''
exp(-share) + log(1 + share) * sqrt(share) - abs(share - 0.4)
+ where(share > 0.4, share ** 2, minimum(share, 0.3, 0.2) * maximum(0.1, share))'''
at.narrow = "(share < 0.3) + 2 * (share >= 0.5) + 0.5 ** share - pi * share"
[quantities.both]
unit = "g/thing"
formula = "mass * functions + 0"
"""


@pytest.mark.parametrize("method", ["sobol", "random"])
@pytest.mark.parametrize("boundary", ["wide", "narrow"])
def test_draws_are_the_twins(method, boundary):
    study = mc.parse_study(EVERYTHING)
    names = list(study.quantities)
    draws = mc.sample(study, draws=4 * 1500, replicates=4, method=method, seed=5, choices={"boundary": boundary})
    for chain in (0, 3):
        expected = twin.draws(study, names, draws.sizes["draw"], chain, method, 5, {"boundary": boundary})
        for name in names:
            got = draws[name].isel(chain=chain)
            np.testing.assert_allclose(got, expected[name].transpose(*got.dims), rtol=1e-6, err_msg=name)


@pytest.mark.parametrize("method", ["sobol", "random"])
def test_built_in_study_is_the_twins(method):
    study = mc.load_study("tomlinson-2024")
    for options in (
        {},
        {"human_boundary": "device-only", "training_allocation": "model-life", "words_billed": "consistent"},
    ):
        choices = {**study.published_choices, **options}
        draws = mc.sample(study, draws=2 * 300, replicates=2, method=method, seed=0, quantities=["ratio"], choices=options)
        expected = twin.draws(study, ["ratio"], draws.sizes["draw"], 1, method, 0, choices)["ratio"]
        got = draws["ratio"].isel(chain=1)
        np.testing.assert_allclose(got, expected.transpose(*got.dims), rtol=1e-6)


def sampler(method="sobol", draws=2**14, replicates=4, seed=1):
    study = mc.load_study(W12)
    program = compile_program(build_model(study), [("ratio", {}), ("ai", {}), ("human", {})])
    return Sampler(program, Plan.of(draws, replicates, method, seed))


def assert_same(one, other):
    for field in ("counts", "smallest", "largest", "sums"):
        assert np.array_equal(getattr(one, field), getattr(other, field)), field


@pytest.mark.parametrize(("method", "draws"), [("sobol", 2**21), ("random", 2**21), ("random", 1_700_000), ("sobol", 2**9)])
def test_same_bits_for_any_threads_and_any_split(method, draws):
    whole = sampler(method, draws)
    bins = bins_from_pilot(whole.pilot(), draws)
    reference = whole.count(bins, threads=1)
    for threads in (2, 7):
        assert_same(reference, whole.count(bins, threads=threads))
    spans = whole.plan.spans
    rng = np.random.default_rng(1)
    for _ in range(3):
        cuts = [0, *sorted(rng.integers(0, spans + 1, size=3).tolist()), spans]
        assert_same(reference, whole.count(bins, threads=2, ranges=list(itertools.pairwise(cuts))))


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_same_draws_for_any_threads(threads):
    one = sampler("random", 20_000)
    assert np.array_equal(one.keep_all(threads), one.keep_all(1))


def test_a_block_alone_is_that_block_of_the_chain():
    whole = sampler("random", 4 * 4096)
    chain = whole.keep_all(1)[2]
    part = np.empty((3, 1500))
    whole.keep(2, part, first=2)
    assert np.array_equal(part, chain[:, 2048 : 2048 + 1500])


def test_answers_are_the_same_for_any_threads():
    study = mc.load_study("tomlinson-2024")
    one, seven = (mc.stress(study, ["midjourney-us-illustrator"], draws=2**13, threads=threads) for threads in (1, 7))
    assert repr(one.claims) == repr(seven.claims)  # NaN is not equal to itself


def test_seeds_and_chains_differ_and_seed_zero_is_a_seed():
    draws = [sampler(seed=seed).keep_all() for seed in (0, 1)]
    assert not np.array_equal(*draws)
    assert not np.array_equal(draws[0][0], draws[0][1])


INPUTS = {
    "x": 'prior = { family = "normal", mean = 1, sd = 1 }',
    "y": 'prior = { family = "uniform", low = 0, high = 1 }',
    "z": 'by = "country"\nat.US = { prior = { family = "lognormal", median = 2, gsd = 2 } }\nat.India = { value = 3 }',
    "n": 'prior = { family = "discrete", values = [1, 2], weights = [1, 3] }',
    "s": 'prior = { family = "beta", a = 2, b = 5 }',
}


def drawn(names, method, correlated="x, s", **changed):
    """The draws of each of these inputs in a study that has them in this order."""
    lines = ['format = 1\nid = "some"\ntitle = "Some inputs"\ndimensions = { country = ["US", "India"] }']
    for name in names:
        lines.append(f'[inputs.{name}]\nunit = "1"\nsource = "judgement"\n{changed.get(name, INPUTS[name])}')
    lines.append('[quantities.q]\nunit = "1"\nformula = "2 * ' + names[0] + '"')
    if {one.strip() for one in correlated.split(",")} <= set(names):
        lines.append(f'[correlations]\n"{correlated}" = 0.5')
    study = mc.parse_study("\n".join(lines))
    draws = mc.sample(study, draws=2**11, replicates=2, method=method, quantities=list(names), seed=3)
    return {name: draws[name].values for name in names}


@pytest.mark.parametrize("method", ["random", "lhs"])
def test_adding_removing_and_reordering_inputs_moves_no_other_draws(method):
    """By name: whatever other inputs there are, before or after, an input's draws are the same to the bit.

    An input that is correlated with one before it is mixed with that one's draws, so their order among themselves
    stays, and where one of the two goes it is not looked at.
    """
    reference = drawn(list(INPUTS), method)
    for order in itertools.permutations(INPUTS):
        if order.index("x") < order.index("s"):
            for k in range(1, 6):
                for name, values in drawn(order[:k], method).items():
                    if name not in ("x", "s") or {"x", "s"} <= set(order[:k]):
                        assert np.array_equal(values, reference[name]), (order[:k], name)


@pytest.mark.parametrize("method", ["random", "lhs"])
def test_uncorrelated_inputs_are_the_same_in_any_order(method):
    reference = drawn(list(INPUTS), method, correlated="")
    for order in itertools.permutations(INPUTS, 3):
        for name, values in drawn(order, method, correlated="").items():
            assert np.array_equal(values, reference[name]), (order, name)


def test_sobol_inputs_at_the_end_move_nothing():
    """By place: an input that is appended, edited, fixed or taken off the end changes no draws of those before it."""
    reference = drawn(list(INPUTS), "sobol", correlated="x, y")
    for k in range(1, 6):
        names = list(INPUTS)[:k]
        correlated = "x, y" if k > 1 else ""
        for name, values in drawn(names, "sobol", correlated).items():
            if k > 1 or name not in ("x", "y"):
                assert np.array_equal(values, reference[name]), (names, name)
    for edited in ("value = 7", 'prior = { family = "uniform", low = -5, high = 9 }'):
        for name, values in drawn(list(INPUTS), "sobol", "x, y", n=edited).items():
            assert name == "n" or np.array_equal(values, reference[name]), (edited, name)


@pytest.mark.parametrize("method", ["sobol", "random"])
def test_a_shared_input_cancels_exactly(method):
    """Problem E2: g / g is 1 and (a g) / (b g) is a / b in every draw, for an uncertain g."""
    study = mc.parse_study("""
    format = 1
    id = "cancels"
    title = "A grid factor on both sides"
    inputs.g = { unit = "gCO2e/kWh", prior = { family = "lognormal", p5 = 50, p95 = 600 }, source = "judgement" }
    inputs.a = { unit = "kWh", prior = { family = "lognormal", p5 = 1, p95 = 30 }, source = "judgement" }
    inputs.b = { unit = "kWh", prior = { family = "normal", mean = 9, sd = 1 }, source = "judgement" }
    quantities.one = { unit = "1", formula = "g / g" }
    quantities.with_grid = { unit = "1", formula = "(a * g) / (b * g)" }
    quantities.without = { unit = "1", formula = "a / b" }
    """)
    draws = mc.sample(study, method=method)
    assert (draws["one"] == 1).all()
    np.testing.assert_allclose(draws["with_grid"], draws["without"], rtol=4e-16)
    summary = mc.summarize(study, ["one"], method=method)
    assert summary["one"].sel(statistic=["mean", "0.05", "0.5", "0.95"]).values.tolist() == [1, 1, 1, 1]
    assert summary["one"].sel(statistic="sd") == 0
    assert (summary["one_standard_error"] == 0).all()


def test_a_long_formula_and_a_long_chain_of_quantities_are_followed():
    """As far as the format's bounds go: 10,000 characters, and many quantities one upon the other."""
    head = 'format = 1\nid = "long"\ntitle = "Long"\ninputs.a = { unit = "g", value = 2 }\n'
    formula = "a" + "-a" * 4999
    assert len(formula) == 9999
    chain = [f'quantities.q{k} = {{ unit = "g", formula = "{f"q{k - 1} + a" if k else "a"}" }}' for k in range(5000)]
    study = mc.parse_study("\n".join([head, f'quantities.y = {{ unit = "kg", formula = "{formula}" }}', *chain]))
    found = mc.summarize(study, ["y", "q4999"], draws=32)
    assert found["y"].sel(statistic="0.5").item() == pytest.approx(-2 * 4998 / 1000)
    assert found["q4999"].sel(statistic="0.5").item() == 10_000


REFERENCE = {  # 2**27 points of an independent implementation
    "ratio": {"mean": 1.302171e-3, "0.05": 1.16643e-4, "0.5": 6.95094e-4, "0.95": 4.32226e-3},
    "ai": {"mean": 1.040536, "0.05": 0.139947, "0.5": 0.647944, "0.95": 3.158172},
    "human": {"mean": 1104.3623, "0.05": 359.8848, "0.5": 933.8423, "0.95": 2421.276},
}


def test_w12_is_the_reference():
    summary = mc.summarize(mc.load_study(W12), list(REFERENCE), draws=2**22)
    for name, figures in REFERENCE.items():
        for statistic, value in figures.items():
            assert summary[name].sel(statistic=statistic).item() == pytest.approx(value, rel=1e-3), (name, statistic)
