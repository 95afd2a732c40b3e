"""Correlated inputs and Latin hypercubes: closed forms, and draws that depend on nothing but their names."""

from collections import Counter

import numpy as np
import pytest
from bars import BAR, REPLICATES
from scipy import stats
from seeds import seeds

import mcarbon as mc
from mcarbon.engine.streams import U64, permuted, stream_key

HEADER = 'format = 1\nid = "t"\ntitle = "T"\n'
LOGNORMALS = (
    HEADER
    + """
inputs.a = { unit = "g", prior = { family = "lognormal", meanlog = 0, sdlog = 0.5 }, source = "judgement" }
inputs.b = { unit = "g", prior = { family = "lognormal", meanlog = 0, sdlog = 1 }, source = "judgement" }
inputs.c = { unit = "g", prior = { family = "uniform", low = 0, high = 1 }, source = "judgement" }
quantities.y = { unit = "g", formula = "a + b + c" }
"""
)


def drawn(text, names=("a", "b"), method="sobol", draws=2**17):
    study = mc.parse_study(text)
    kept = mc.sample(study, draws=draws, quantities=list(names), method=method)
    return [kept[name].values.ravel() for name in names]


N = 2**14
"""Draws of each of 32 replicates whose own correlation is looked at."""


def by_replicate(statistic, correlation, method):
    """The mean of a statistic of a and b over 32 replicates, and its bar: t(31), one false alarm in 10,000."""
    study = mc.parse_study(LOGNORMALS + f"[correlations]\n{correlation}\n")
    kept = mc.sample(study, draws=REPLICATES * N, replicates=REPLICATES, quantities=["a", "b"], method=method)
    found = [statistic(a, b) for a, b in zip(kept["a"].values, kept["b"].values, strict=True)]
    return np.mean(found), BAR * np.std(found, ddof=1) / np.sqrt(REPLICATES)


@pytest.mark.parametrize(
    ("r", "spearman", "kendall"), [(0.3, 0.287564, 0.193973), (0.5, 0.482584, 0.333333), (0.9, 0.891456, 0.712867)]
)
@pytest.mark.parametrize("method", ["sobol", "lhs", "random"])
def test_ranks_of_a_normal_copula(r, spearman, kendall, method):
    """Problem E3, exact: Spearman 6/pi asin(r/2), Kendall 2/pi asin r, to within 0.01.

    Spearman's of n pairs has a bias of less than 3 / n, and Kendall's, which has none, one below 1 / n on even points.
    """
    for exact, statistic, bias in ((spearman, stats.spearmanr, 3 / N), (kendall, stats.kendalltau, 1 / N)):
        found, bar = by_replicate(lambda a, b, of=statistic: of(a, b).statistic, f'"a, b" = {{ normal = {r} }}', method)
        assert bar < 0.01
        assert abs(found - exact) <= bar + bias + 5e-7, (statistic, found, bar)


@pytest.mark.parametrize("rho", [-0.6, 0.3, 0.95])
def test_rank_correlation_is_spearmans(rho):
    found, bar = by_replicate(lambda a, b: stats.spearmanr(a, b).statistic, f'"b, a" = {rho}', "sobol")
    assert bar < 1e-3
    assert abs(found - rho) <= bar + 3 / N


@pytest.mark.parametrize("method", ["sobol", "lhs", "random"])
def test_pearson_of_two_lognormals(method):
    """Problem E3, exact: sigma 0.5 and 1.0 under r = 0.5 have a Pearson correlation of 0.406566.

    From the mean of the product, whose replicates have no bias: moments of the margins are known.
    """

    def scaled(a, b):
        means, sds = np.exp([1 / 8, 1 / 2]), np.sqrt(np.expm1([1 / 4, 1.0])) * np.exp([1 / 8, 1 / 2])
        return np.mean((a - means[0]) * (b - means[1])) / np.prod(sds)

    found, bar = by_replicate(scaled, '"a, b" = { normal = 0.5 }', method)
    assert bar < (0.01 if method == "sobol" else 0.04)
    assert abs(found - 0.406566) <= bar + 5e-7


@pytest.mark.parametrize("method", ["sobol", "lhs", "random"])
def test_margins_stay_as_they_are(method):
    text = LOGNORMALS + '[correlations]\n"a, b" = 0.7\n"b, c" = -0.3\n'
    for values, exact in zip(
        drawn(text, ("a", "b", "c"), method), (stats.lognorm(0.5), stats.lognorm(1), stats.uniform()), strict=True
    ):
        # The largest distance of an empirical cdf of 2**17 independent draws is below 0.0054 but once in 1000 times.
        assert stats.kstest(values, exact.cdf).statistic < 0.0054


def test_cells_are_independent_given_what_they_share():
    """x has no axis, y one: each cell of y is correlated with x, and two cells of y with each other by r squared."""
    text = (
        HEADER
        + """
dimensions = { country = ["US", "India", "France"] }
inputs.x = { unit = "1", prior = { family = "normal", mean = 0, sd = 1 }, source = "judgement" }
[inputs.y]
unit = "1"
by = "country"
source = "judgement"
at.US = { prior = { family = "normal", mean = 0, sd = 1 } }
at.India = { prior = { family = "normal", mean = 1, sd = 2 } }
at.France = { prior = { family = "normal", mean = 1, sd = 2 } }
[quantities.z]
unit = "1"
formula = "x + y"
[correlations]
"x, y" = { normal = 0.8 }
"""
    )
    kept = mc.sample(mc.parse_study(text), draws=2**18, quantities=["x", "y"])
    x, y = kept["x"].values.ravel(), kept["y"].values.reshape(-1, 3)
    matrix = np.corrcoef(np.column_stack([x, y]).T)
    expected = np.full((4, 4), 0.64)
    expected[0, 1:] = expected[1:, 0] = 0.8
    np.fill_diagonal(expected, 1)
    np.testing.assert_allclose(matrix, expected, atol=0.008)


def test_draws_do_not_depend_on_what_is_asked():
    text = LOGNORMALS + '[correlations]\n"a, b" = 0.7\n'
    (alone,) = drawn(text, ("b",))
    assert np.array_equal(alone, drawn(text, ("a", "b", "c", "y"))[1])
    # The first of a group keeps its own draws, to the rounding of a way through the normal and back.
    np.testing.assert_allclose(drawn(text, ("a",))[0], drawn(LOGNORMALS, ("a",))[0], rtol=1e-7)


@pytest.mark.parametrize(
    ("correlations", "message"),
    [
        ('"a, d" = 0.5', "there is no input `d`"),
        ('"a" = 0.5', "two different inputs"),
        ('"a, a" = 0.5', "two different inputs"),
        ('"a, b" = 1', "a correlation of 1 cannot be"),
        ('"a, b" = { normal = -1.5 }', "a correlation of 1.5 cannot be"),
        ('"a, b" = 0.5\n"b, a" = 0.4', "stands here twice"),
        ('"a, b" = 0.9\n"b, c" = 0.9\n"a, c" = -0.9', "not positive definite"),
        ('"a, n" = 0.5', "`n` is discrete: a rank correlation is not defined"),
        ('"a, f" = 0.5', "`f` is fixed and cannot be correlated"),
        ('"p, q" = 0.5', "The axes of one must be among those of the other."),
    ],
)
def test_correlations_that_cannot_be(correlations, message):
    more = """
dimensions = { country = ["US", "India"], size = ["small", "large"] }
inputs.n = { unit = "1", prior = { family = "discrete", values = [1, 2], weights = [1, 1] }, source = "judgement" }
inputs.f = { unit = "1", value = 3 }
inputs.p.unit = "1"
inputs.p.by = "country"
inputs.p.source = "judgement"
inputs.p.at.US = { prior = { family = "uniform", low = 0, high = 1 } }
inputs.p.at.India = { prior = { family = "uniform", low = 0, high = 1 } }
inputs.q.unit = "1"
inputs.q.by = "size"
inputs.q.source = "judgement"
inputs.q.at.small = { prior = { family = "uniform", low = 0, high = 1 } }
inputs.q.at.large = { prior = { family = "uniform", low = 0, high = 1 } }
"""
    with pytest.raises(mc.UserError) as caught:
        mc.parse_study(LOGNORMALS + more + f"[correlations]\n{correlations}\n")
    assert message in str(caught.value)
    assert "[correlations]" in str(caught.value)


@pytest.mark.parametrize("draws", [16, 1600, 50_000])
def test_a_latin_hypercube_has_one_draw_in_each_stratum(draws):
    study = mc.parse_study(LOGNORMALS)
    kept = mc.sample(study, draws=draws, quantities=["c"], method="lhs")["c"].values
    n = kept.shape[1]
    assert n == -(-draws // 16)
    for chain in kept:
        assert np.array_equal(np.sort((chain * n).astype(int)), np.arange(n))
    if n > 100:
        assert abs(np.corrcoef(kept[0], kept[1])[0, 1]) < 4 / np.sqrt(n)


@pytest.mark.statistics
@pytest.mark.parametrize("length", [3, 5, 10, 16])
def test_permutations_are_random(length):
    """Where draws land, and where two of them do, over 4000 keys: uniform. False alarms: 1 in 1000 of each of these."""
    keys = [U64(stream_key(seed, "lhs", length)) for seed in seeds(4000)]
    for i in (0, 1, length - 1):
        places = [permuted(i, length, key) for key in keys]
        assert stats.chisquare(np.bincount(places, minlength=length)).pvalue > 1e-3
    pairs = Counter((permuted(0, length, key), permuted(1, length, key)) for key in keys)
    assert stats.chisquare([pairs[i, j] for i in range(length) for j in range(length) if i != j]).pvalue > 1e-3


def test_latin_draws_are_keyed_by_name():
    text = LOGNORMALS.replace("inputs.a =", 'inputs.first = { unit = "g", value = 1 }\ninputs.a =')
    assert np.array_equal(drawn(LOGNORMALS, method="lhs"), drawn(text, method="lhs"))
