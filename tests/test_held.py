"""What is counted with an input held, by NumPy and SciPy from the twin's uniforms: shares, where they are known, medians."""

import math

import numpy as np
import pytest
import twin
from bars import study, uniform
from scipy import stats

from mcarbon.engine.held import MOST_NOT_FINITE, Held
from mcarbon.engine.sampler import Plan
from mcarbon.reading.model import build_model

pytestmark = pytest.mark.kernels

TWO = {"a": uniform(0.0, 1.0), "b": uniform(0.0, 1.0)}


def held_of(formula, priors, length, replicates=2):
    plan = Plan.of(replicates * length, replicates, "random")
    return Held(build_model(study(priors, formula)), ("y", {}), plan, threads=1)


def uniforms(name, length, replicates=2):
    return np.array([twin.random_uniforms(1, chain, (name,), length) for chain in range(replicates)])


@pytest.mark.parametrize("length", [1, 300, 1500])
def test_one_input_after_another_is_held_and_let_go(length):
    """A single draw has shares as well; a rough look is at no more replicates than there are, and at a block of each."""
    held = held_of("a + 2 * b", TWO, length)
    a, b = uniforms("a", length), uniforms("b", length)
    inputs, values = [held.places[name] for name in "aba"], [0.1, 0.4, 0.8]
    y = np.array([0.1 + 2 * b, a + 0.8, 0.8 + 2 * b])
    np.testing.assert_allclose(held.draws(inputs, values), y, rtol=1e-12)
    for chains, n in ((None, length), (8, min(length, 1024))):
        found = held.below(inputs, values, 1.2, chains)
        np.testing.assert_allclose(found, (y[:, :, :n] < 1.2).mean(axis=2).T, rtol=1e-12)
    assert np.array_equal(held.below(inputs, values, 1.2, chains=1), found[:1])


def test_a_share_is_known_where_a_hundredth_is_not_finite_and_not_where_more_is():
    a, _ = uniforms("a", 600)
    order = np.sort(a)
    for missing in (0, 6, 7, 600):
        cut = float(order[missing - 1]) * (1 + 1e-6) if missing else 0.0
        held = held_of(f"where(a <= {cut!r}, 1 / 0 * b, a)", TWO, 600)
        (share,) = held.below([held.places["b"]], [0.5], 0.3)[0]
        known = a[a > cut]
        assert known.size == 600 - missing
        if missing / 600 > MOST_NOT_FINITE:
            assert math.isnan(share)
        else:
            assert share == pytest.approx((known < 0.3).mean(), rel=1e-12)


SIZES, WEIGHTS = [-2.0, -0.5, 0.0, 0.5, 1.0, 3.0], [0.1, 0.2, 0.2, 0.1, 0.3, 0.1]


@pytest.mark.parametrize("target", [-1.0, -0.5, 0.0, 0.4, 1.0])
def test_draws_of_any_sign_count_by_the_probability_of_their_factor(target):
    """y = x h, ln x normal and h one of six numbers: what is 0 counts as it stands, by half where the target is 0."""
    priors = {
        "x": '{ family = "lognormal", meanlog = 0.3, sdlog = 0.7 }', "b": uniform(0.0, 1.0),
        "h": f'{{ family = "discrete", values = {SIZES}, weights = {WEIGHTS} }}',
    }  # fmt: skip
    held = held_of("x * (h + b)", priors, 400)
    assert [factor.label for factor in held.factors] == ["x"] and sorted(held.places) == ["b", "h"]
    found = held.below([held.places["b"]], [0.0], target)
    x = stats.lognorm(0.7, scale=math.exp(0.3))
    of_size = [x.cdf(target / h) if h > 0 else x.sf(target / h) if h < 0 else (np.sign(target) + 1) / 2 for h in SIZES]
    drawn = np.searchsorted(np.cumsum(WEIGHTS), uniforms("h", 400))
    assert set(drawn.ravel()) == set(range(6))
    np.testing.assert_allclose(found[:, 0], np.array(of_size)[drawn].mean(axis=1), atol=2e-6)


def test_a_median_that_replicates_agree_on_is_known_to_a_draws_width():
    """Of four replicates each has half of its draws below the middle. A share that lies anywhere within a draw's width has
    the variance 1/12 of it, the mean of four a quarter: sqrt(4 / 12) of all draws, which are 1 apart."""
    held = held_of("a + b", TWO, 300, replicates=4)
    held = Held(held.model, held.target, held.plan, smooth=False)
    draws = 4.0 * np.random.default_rng(23).permuted(np.tile(np.arange(300.0), (4, 1)), axis=1) + np.arange(4)[:, None]
    assert held.median(draws) == pytest.approx((599.5, math.sqrt(4 / 12)), rel=1e-9)
    # As far apart as two replicates can be: all that there is lies within the error.
    assert held.median(np.array([[1.0, 2.0], [3.0, 4.0]])) == (2.5, 1.5)
