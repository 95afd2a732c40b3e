"""Counted draws against the same draws kept: NumPy is the judge."""

import numpy as np
import pytest
from scipy import stats
from seeds import narrowed, seeds

from mcarbon.engine import kernels
from mcarbon.engine.bins import bins_from_pilot
from mcarbon.engine.streams import BLOCK
from mcarbon.engine.tally import Tally

N = 16 * 4096

pytestmark = pytest.mark.kernels


@pytest.fixture
def rng(request):
    """Draws that are each test's own, whatever ran before it."""
    return np.random.default_rng(list(request.node.name.encode()))


def tally(draws):
    """The tally of `draws` (replicates, n), counted by the kernel block by block."""
    replicates, n = draws.shape
    bins = bins_from_pilot(draws[:1, :2048], draws.size)
    size = int(bins.offset[-1])
    counts = np.zeros((replicates, size), np.uint32)
    extremes = np.empty((size, 2))
    extremes[:] = np.inf, -np.inf
    sums = np.zeros((replicates, 1, 2))
    shifted, room = np.empty(BLOCK), np.empty(BLOCK, np.int32)
    for r in range(replicates):
        for start in range(0, n, BLOCK):
            row = np.zeros(BLOCK)
            part = draws[r, start : start + BLOCK]
            row[: len(part)] = part
            block = np.empty(2)
            kernels.count_block(row, len(part), bins, 0, shifted, room, counts[r], extremes, block)
            sums[r, 0] += block
    return Tally(bins, counts, extremes[:, 0], extremes[:, 1], sums).output(0)


def lognormal(sigma, scale=1.0):
    return stats.lognorm(sigma, scale=scale)


SHAPES = {
    "log-normal": lognormal(1),
    "log-normal over ten decades": lognormal(4),
    "normal around zero": stats.norm(),
    "normal far from zero": stats.norm(1e6, 1),
    "narrow and negative": stats.norm(-5, 1e-7),
    "uniform": stats.uniform(2, 1),
    "beta with poles at both ends": stats.beta(0.4, 0.6),
    "heavy tails": stats.cauchy(),
    "tiny numbers": lognormal(1, 1e-300),
    "huge numbers": lognormal(1, 1e300),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_quantiles_and_moments(shape, rng):
    """Draws at evenly spaced probabilities have no noise: what is left is the error of counting in bins."""
    exact = SHAPES[shape]
    even = exact.ppf((np.arange(N) + 0.5) / N)
    output = tally(rng.permutation(even).reshape(16, -1))
    p = np.array([0.001, 0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975, 0.999])
    # A tenth of the standard error of as many plain draws. Towards the beta's pole a quarter, where a bin is just not
    # crowded, or a fifty-thousandth of the 90 % width, where there is no standard error to speak of.
    error = np.sqrt(p * (1 - p) / N) / exact.pdf(exact.ppf(p))
    allowed = np.maximum((0.25 if "poles" in shape else 0.1) * error, 2e-5 * np.ptp(exact.ppf([0.05, 0.95])))
    assert np.all(np.abs(output.quantiles(p) - np.quantile(even, p, method="hazen")) <= allowed)
    assert output.range == (even.min(), even.max())
    # NumPy's own squares overflow or vanish at the ends of the range: there, of the draws scaled to the middle.
    unit = np.exp2(np.floor(np.log2(np.abs(even[N // 2])))) if "numbers" in shape else 1.0
    assert output.mean()[0] == pytest.approx((even / unit).mean() * unit, rel=1e-12, abs=1e-12 * (even / unit).std() * unit)
    assert output.sd()[0] == pytest.approx((even / unit).std() * unit, rel=1e-9)


@pytest.mark.parametrize("order", range(6))
def test_components_far_apart_are_both_resolved(order):
    """Two normals 10,000 of their own widths apart, drawn at evenly spaced probabilities.

    By their order the pilot's median is in the upper one, around which bins are fine, or in the lower one, near 0.
    """
    rng = np.random.default_rng(order)
    u = (np.arange(N // 2) + 0.5) / (N // 2)
    even = np.concatenate([stats.norm.ppf(u), 1e4 + stats.norm.ppf(u)])
    p = np.array([0.025, 0.1, 0.25, 0.4, 0.6, 0.75, 0.9, 0.975])
    error = np.sqrt(p * (1 - p) / N) / (stats.norm.pdf(stats.norm.ppf(2 * p % 1)) / 2)
    found = tally(rng.permutation(even).reshape(16, -1)).quantiles(p)
    assert np.all(np.abs(found - np.quantile(even, p, method="hazen")) <= 0.1 * error)


def test_few_draws_give_nearly_hazens_quantiles(rng):
    draws = np.exp(2 * rng.normal(size=(4, 25)))
    p = np.linspace(0.01, 0.99, 33)
    np.testing.assert_allclose(tally(draws).quantiles(p), np.quantile(draws, p, method="hazen"), rtol=1e-2)
    few = np.array([[1.0, 4.0], [2.0, 8.0]])
    np.testing.assert_array_equal(tally(few).quantiles([0.125, 0.375, 0.5, 0.625, 0.875]), [1, 2, 3, 4, 8])


def test_atoms_are_exact(rng):
    draws = rng.choice([0.0, 1.0, 3.3, 1e9], p=[0.1, 0.5, 0.3, 0.1], size=(16, 4096))
    output = tally(draws)
    p = [0.05, 0.3, 0.55, 0.7, 0.95]
    np.testing.assert_array_equal(output.quantiles(p), np.quantile(draws, p, method="hazen"))
    for value, equal in ((1.0, 0.0), (1.0, 0.5), (1.0, 1.0), (3.3, 0.0), (3.3, 1.0), (2.0, 0.5), (-1.0, 0.5), (1e10, 0.0)):
        expected = np.mean(draws < value) + equal * np.mean(draws == value)
        assert output.shares([value], equal).pooled[0] == pytest.approx(expected, abs=1e-12)


MIXED = {
    "cap": lambda u, w: np.minimum(np.exp(w), 5.0),
    "floor at zero": lambda u, w: np.maximum(w, 0.0),
    "atom at the median": lambda u, w: np.where(u < 0.6, 1.0, 1 + np.exp(w)),
    "atom in the middle of a bell": lambda u, w: np.where(u < 0.3, 3.3, 3.3 + 0.1 * w),
    "two caps": lambda u, w: np.clip(w, -0.5, 1.25),
    "rare atom, tiny": lambda u, w: np.where(u < 0.04, 5.0, 1.0) * 1e-6,
    "rare atom, huge": lambda u, w: np.where(u < 0.04, 5.0, 1.0) * 1e12,
    "negative cap": lambda u, w: -np.minimum(np.exp(w), 2.0),
}


@pytest.mark.parametrize("shape", MIXED)
def test_atoms_among_continuous_draws_are_exact(shape, rng):
    """Shares below, up to, at and above an atom are NumPy's of the same draws, and quantiles within it are the atom."""
    draws = MIXED[shape](rng.random((16, 4096)), rng.normal(size=(16, 4096)))
    output = tally(draws)
    values, counts = np.unique(draws, return_counts=True)
    for atom, count in zip(values[counts > 100], counts[counts > 100], strict=True):
        for equal in (0.0, 0.5, 1.0):
            expected = np.mean(draws < atom) + equal * count / draws.size
            assert output.shares([atom], equal).pooled[0] == pytest.approx(expected, abs=1e-12)
        middle = np.mean(draws < atom) + count / draws.size / 2
        assert output.quantiles([middle])[0] == atom
        assert output.quantile_errors([middle])[0] == 0


def test_shares_are_numpys(rng):
    draws = np.exp(rng.normal(size=(16, 4096)))
    output = tally(draws)
    values = np.quantile(draws, [0.003, 0.1, 0.42, 0.9, 0.999])
    shares = output.shares(values)
    np.testing.assert_allclose(shares.pooled, [np.mean(draws < v) for v in values], atol=1e-3)
    np.testing.assert_allclose(shares.by_replicate.mean(axis=0), shares.pooled, rtol=1e-12)


@pytest.mark.parametrize("least", [-np.inf, 0.0, -1.0])
def test_draws_that_are_not_finite_are_counted_and_left_out(rng, least):
    """Whether or not there are atoms, of which the count is kept in bins beside."""
    draws = np.maximum(rng.normal(size=(4, 3000)), least)
    finite = draws.copy()
    draws[0, :7], draws[1, 5], draws[2, 9] = np.nan, np.inf, -np.inf
    output = tally(draws)
    rest = finite[np.isfinite(draws)]
    assert output.not_finite == 9
    assert output.finite == rest.size
    assert output.mean()[0] == pytest.approx(rest.mean(), abs=1e-12)
    assert output.sd()[0] == pytest.approx(rest.std(), rel=1e-12)
    assert output.range == (rest.min(), rest.max())


def test_nothing_finite_gives_nan_and_no_fault():
    output = tally(np.full((4, 1000), np.nan))
    assert np.isnan(output.quantiles([0.5])).all()
    assert np.isnan(output.quantile_errors([0.5])).all()
    assert np.isnan(output.shares([1.0]).pooled).all()
    assert np.isnan(output.mean()[0])


@pytest.mark.statistics
def test_standard_errors_of_plain_draws_are_the_textbooks(rng):
    """Problem E9: for n standard normal draws, of mean, sd, median and 97.5 % quantile. 200 seeds of 16 x 1024 draws.

    The mean of 200 estimated standard errors, each of 15 degrees of freedom, has a relative error of about
    1 / sqrt(2 * 15 * 200) = 1.3 %, and the expectation of an sd of 16 values is 1.7 % low: within 6 %, false alarms
    are below 1 in 1000 for each figure.
    """
    n = 16 * 1024
    density = stats.norm.pdf(stats.norm.ppf(0.975))
    exact = [1 / np.sqrt(n), 1 / np.sqrt(2 * n), np.sqrt(np.pi / 2 / n), np.sqrt(0.975 * 0.025 / n) / density]
    found = []
    for _ in seeds(200):
        output = tally(rng.normal(size=(16, 1024)))
        found.append([output.mean()[1], output.sd()[1], *output.quantile_errors([0.5, 0.975])])
    np.testing.assert_allclose(np.mean(found, axis=0) / 0.983, exact, rtol=narrowed(0.06))
