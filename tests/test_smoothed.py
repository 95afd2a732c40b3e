"""Products that are known, and what is read off them: against closed forms and SciPy, to what each promises."""

import math
from functools import cache

import numpy as np
import pytest
from scipy import interpolate, special, stats

import mcarbon as mc
from mcarbon.engine import kernels, smoothed
from mcarbon.engine.smoothed import (
    Factor,
    Grid,
    Products,
    SmoothedTally,
    _logarithms,
    _on_grid,
    _Side,
    _side,
    cubic_between,
    grid,
    is_positive_and_smooth,
    log_deviation,
    shares_below,
)
from mcarbon.engine.tables import SIDE, Table, quantile_table
from mcarbon.engine.tally import OutputTally, standard_error

pytestmark = pytest.mark.kernels

OUTERMOST = 2.0**-33
"""The smallest probability that a table has."""


def lognormal(sdlog, meanlog=0.0, scale=1.0, degree=1.0):
    law = stats.lognorm(sdlog, scale=math.exp(meanlog))
    return mc.lognormal(meanlog=meanlog, sdlog=sdlog), law, scale, degree


def gamma(shape, scale=1.0, degree=1.0):
    return mc.gamma(shape=shape, scale=1), stats.gamma(shape), scale, degree


def beta(a, b):
    return mc.beta(a, b), stats.beta(a, b), 1.0, 1.0


def uniform(low, high, scale=1.0, degree=1.0):
    return mc.uniform(low, high), stats.uniform(low, high - low), scale, degree


SMOOTH, NEAR_ITS_END = 2e-7, 1e-6
EXPONENTIAL = mc.exponential(scale=1), stats.expon(), 1.0, 1.0
# Each factor's prior, SciPy's law, scale and power; the law of the product; how well its density's jumps let it be known.
LAWS = {
    "a log-normal": ([lognormal(0.5, 0.2)], stats.lognorm(0.5, scale=math.exp(0.2)).cdf, SMOOTH),
    "log-normals": (
        [lognormal(0.5, 0.2), lognormal(0.8, -1.0, 4.0, -2.0), lognormal(0.3, 0.0, 0.1, 0.5)],
        stats.lognorm(math.sqrt(0.25 + 2.56 + 0.0225), scale=math.exp(2.2) / 16 * 0.1**0.5).cdf,
        SMOOTH,
    ),
    "a ratio of gammas": ([gamma(3.0), gamma(5.0, degree=-1.0)], stats.betaprime(3, 5).cdf, SMOOTH),
    "betas": ([beta(2, 3), beta(5, 4)], stats.beta(2, 7).cdf, SMOOTH),
    "exponentials": ([EXPONENTIAL] * 2, lambda y: 1 - 2 * np.sqrt(y) * special.k1(2 * np.sqrt(y)), SMOOTH),
    "a root below": ([gamma(2.5, 3.0, -0.5)], lambda y: stats.gamma(2.5).sf(y**-2.0 / 3), SMOOTH),
    "uniforms": (
        [uniform(0.0, 1.0), uniform(0.0, 1.0, 2.0)],
        lambda y: np.where(y < 2, y / 2 * (1 - np.log(np.minimum(y / 2, 1))), 1.0),
        NEAR_ITS_END,
    ),
    "a ratio of uniforms": (
        [uniform(0.0, 1.0), uniform(0.0, 1.0, degree=-1.0)],
        lambda y: np.where(y < 1, y / 2, 1 - 1 / (2 * np.maximum(y, 1))),
        NEAR_ITS_END,
    ),
}
# Between two points a cubic does not see a jump: a tenth of what a cell holds, here 1/256 of a standard deviation wide.
LAWS["over a uniform"] = [uniform(1.0, 2.0, 3.3, -1.0)], lambda y: np.clip(2 - 1 / (3.3 * y), 0, 1), 1e-3


def factor_of(prior, law, scale, degree):
    return Factor("x", quantile_table(prior), scale, degree)


@cache
def law(name):
    """A grid, the points between its cells, and the distribution function at values."""
    parts, cdf, accuracy = LAWS[name]
    g = grid(tuple(factor_of(*part) for part in parts))
    return g, g.start + (np.arange(len(g.mass) + 1) - 0.5) * g.step, cdf, accuracy


@pytest.mark.parametrize("name", LAWS)
def test_the_grid_is_the_law_of_the_product(name):
    """At the points, and between them by cubics; from the smallest to the largest value of the tables, and little more."""
    g, edges, cdf, accuracy = law(name)
    assert g.mass.sum() == pytest.approx(1.0, abs=1e-14) and g.below[0] == 0.0 and np.all(np.diff(g.below) >= 0)
    assert np.abs(g.below - cdf(np.exp2(edges))).max() <= accuracy
    between = np.random.default_rng(1).uniform(edges[0], edges[-1], 200)
    found = [kernels.share_below(at, g.start, g.step, g.below) for at in between]
    assert np.abs(found - cdf(np.exp2(between))).max() <= accuracy
    ends = []
    for _, each, scale, degree in LAWS[name][0]:
        both = degree * np.log2(scale * np.array([each.ppf(OUTERMOST), each.isf(OUTERMOST)]))
        ends.append(np.sort(both))
    low, high = np.sum(ends, axis=0)
    # One factor's cells hold its ends; of more, each is shared among four points, and a convolution is as long as all.
    before, after = (1, 1) if len(ends) == 1 else (2 * len(ends), 3 * len(ends) - 1)
    assert low - before * g.step < g.start <= low + 1e-6
    assert high - 1e-6 <= g.start + g.step * (len(g.mass) - 1) < high + after * g.step + 1e-6


@pytest.mark.parametrize("deviation", [0.99, 1.01, 1.5, 1.99])
def test_a_standard_deviation_has_as_many_points_as_asked_and_not_twice_as_many(deviation):
    g = grid((factor_of(*lognormal(1.0, degree=deviation * math.log(2))),))
    assert smoothed.FINENESS <= deviation / g.step < 2 * smoothed.FINENESS and math.log2(g.step) % 1 == 0


def of_two_values(low, high, cell):
    """A table of values from 1 to 2 but for the outermost cells, of `low` below and of `high` above."""
    cubics = np.zeros((2 * SIDE, 4))
    cubics[:, 0] = np.linspace(1.0, 2.0, 2 * SIDE)
    cubics[SIDE:] = cubics[SIDE:][::-1]
    cubics[:cell, 0], cubics[SIDE : SIDE + cell, 0] = low, high
    return Table(cubics, np.full(2 * SIDE, -1, np.int32), np.empty((0, 7)), np.array([low, high]))


def test_a_grid_of_many_octaves_is_no_finer_than_memory_allows():
    """Mostly within an octave, but from 2**-900 to 2**900: at most 2**17 points, and no fewer than half of them."""
    table = of_two_values(2.0**-900, 2.0**900, 3 * 32)
    assert _logarithms(table).deviation < 1.0
    assert 2**16 < len(grid((Factor("x", table, 1.0, 1.0),)).mass) <= 2**17 + 3


LOGARITHMS = {  # prior: the standard deviation of its logarithm, and its quantile functions from below and from above
    "log-normal": (mc.lognormal(meanlog=2, sdlog=3), 3.0, stats.lognorm(3, scale=math.exp(2))),
    "uniform from 0": (mc.uniform(0, 1), 1.0, stats.uniform()),
    "uniform": (
        mc.uniform(1, 2),
        math.sqrt(2 * math.log(2) ** 2 - 4 * math.log(2) + 2 - (2 * math.log(2) - 1) ** 2),
        stats.uniform(1, 1),
    ),
    "exponential": (mc.exponential(scale=1), math.pi / math.sqrt(6), stats.expon()),
    "gamma": (mc.gamma(shape=0.5, scale=1), math.sqrt(special.polygamma(1, 0.5)), stats.gamma(0.5)),
    "beta": (mc.beta(2, 3), math.sqrt(special.polygamma(1, 2) - special.polygamma(1, 5)), stats.beta(2, 3)),
    "at its ends": (mc.beta(0.5, 0.5), math.sqrt(special.polygamma(1, 0.5) - special.polygamma(1, 1)), stats.beta(0.5, 0.5)),
}


@pytest.mark.parametrize("name", LOGARITHMS)
def test_logarithms_of_a_table(name):
    prior, deviation, exact = LOGARITHMS[name]
    table = quantile_table(prior)
    assert log_deviation(table) == pytest.approx(deviation, rel=1e-7)
    known = _logarithms(table)
    assert known.below[0] == OUTERMOST and known.below[-1] == 1.0 - OUTERMOST
    assert np.all(np.diff(known.below) > 0) and np.abs(known.below + known.below[::-1] - 1.0).max() < 2.0**-52
    assert known.weights.sum() * 2 == pytest.approx(1.0, abs=1e-9)
    lower = known.below < 0.5
    values = np.where(lower, exact.ppf(known.below), exact.isf(known.below[::-1]))
    spread = exact.ppf(0.75) - exact.ppf(0.25)
    assert np.all(np.abs(np.exp2(known.position) - values) <= 2e-8 * np.maximum(values, spread))
    assert np.all(np.diff(known.position) >= 0)


def test_a_gap_is_looked_at_where_it_is():
    """0.3 of it from 1 to 2 and 0.7 from 3 to 4: the mean and the variance of the logarithm by their integrals."""
    prior = mc.mixture([{"weight": 0.3, "prior": mc.uniform(1, 2)}, {"weight": 0.7, "prior": mc.uniform(3, 4)}])

    def integrals(low, high):
        both = [(x * math.log(x) - x, x * math.log(x) ** 2 - 2 * x * math.log(x) + 2 * x) for x in (low, high)]
        return np.subtract(both[1], both[0])

    first, second = 0.3 * integrals(1, 2) + 0.7 * integrals(3, 4)
    table = quantile_table(prior)
    assert log_deviation(table) == pytest.approx(math.sqrt(second - first**2), rel=1e-8)
    known = _logarithms(table)
    assert known.moment(Factor("x", table, 1.0, 1.0), 1)[0] == pytest.approx(0.3 * 1.5 + 0.7 * 3.5, rel=1e-9)
    # No value lies in the gap.
    inside = (known.position > 1e-9 + 1) & (known.position < math.log2(3) - 1e-9)
    assert not inside.any()


@pytest.mark.parametrize("sdlog", [1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 5.5])
def test_a_moment_knows_how_far_it_is_known(sdlog):
    """Of a log-normal: what is said to be unknown is more than what is missing, but not fifteen times as much."""
    one = factor_of(*lognormal(1.0, 0.3, 2.0, sdlog))
    exact = 2.0**sdlog * math.exp(0.3 * sdlog + sdlog**2 / 2)
    g = grid((one,))
    missing = abs(g.mean / exact - 1)
    assert missing < g.mean_accuracy < 15 * missing
    # Of the square of half of it, the same.
    half = grid((factor_of(*lognormal(1.0, 0.3, 2.0, sdlog / 2)),))
    second = half.variance + half.mean**2
    assert second == pytest.approx(g.mean, rel=1e-9)
    assert half.sd_accuracy == pytest.approx(g.mean_accuracy * second / half.variance / 2, rel=1e-9)
    # Of two factors, each as far as it is known.
    both = grid((one, factor_of(*lognormal(1.0, 0.3, 2.0, 3.0))))
    other = grid((factor_of(*lognormal(1.0, 0.3, 2.0, 3.0)),))
    assert both.mean == pytest.approx(g.mean * other.mean, rel=1e-12)
    assert both.mean_accuracy == pytest.approx((1 + g.mean_accuracy) * (1 + other.mean_accuracy) - 1, rel=1e-6)


@pytest.mark.parametrize("sdlog", [6.4, 8.0, -8.0])
def test_a_moment_whose_parts_still_grow_is_not_known(sdlog):
    assert grid((factor_of(*lognormal(1.0, degree=sdlog)),)).mean_accuracy == math.inf


def by_octaves(added):
    """A table whose lower tail adds so much (32,) to the mean octave by octave, the outermost first; above, all is 1."""
    share = 2.0 ** -np.arange(33.0, 1.0, -1.0)
    cubics = np.zeros((2 * SIDE, 4))
    cubics[:SIDE, 0], cubics[SIDE:, 0] = np.repeat(added / share, SIDE // 32), 1.0
    return Factor("x", Table(cubics, np.full(2 * SIDE, -1, np.int32), np.empty((0, 7)), np.array([0.0, np.inf])), 1.0, 1.0)


@pytest.mark.parametrize(("slope", "bend"), [(0.05, 0.002), (0.4, 0.0), (-0.1, 0.004), (0.01, 0.01)])
def test_octaves_whose_ratio_changes_steadily_are_known_beyond_the_last(slope, bend):
    """They go on as exp(-slope k - bend k**2), k octaves from the middle: to be known as far as a constant ratio agrees."""
    k = np.arange(1.0, 2000.0)
    added = np.exp(-slope * k - bend * k**2)
    g = grid((by_octaves(added[31::-1]),))
    assert g.mean == pytest.approx(added.sum() + 0.5, rel=1e-9)
    ratio = added[31] / added[30]
    unknown = abs(added[31] * ratio / (1 - ratio) - added[32:].sum())
    assert g.mean_accuracy == pytest.approx(unknown / g.mean, rel=1e-6, abs=1e-9)


def test_octaves_that_add_ever_more_are_not_known():
    """Whether the ratio of one to the one before falls and is still above 1, or rises from below."""
    k = np.arange(1.0, 33.0)
    assert grid((by_octaves(np.exp(0.2 * k - 0.002 * k**2)[::-1]),)).mean_accuracy == math.inf
    rising = np.exp(-0.5 * k + 0.001 * k**2)
    # One that rises is taken to stay as it is: a tail that falls off like a power.
    ratio = rising[31] / rising[30]
    expected = 0.5 + rising.sum() + rising[31] * ratio / (1 - ratio)
    assert grid((by_octaves(rising[::-1]),)).mean == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("degree", [-0.99, -0.97])
def test_a_tail_like_a_powers_is_known_as_far_as_floats_go(degree):
    g = grid((factor_of(*uniform(0.0, 1.0, degree=degree)),))
    missing = abs(g.mean * (1 + degree) - 1)
    assert missing <= g.mean_accuracy * 1.01 + 1e-6 and missing < 2.0 ** (-1000 * (1 + degree))


def test_moments_of_which_a_side_is_below_the_smallest_float():
    """x**400 of a uniform has the mean 1/401; from 2**-3 down it is 0 to a float."""
    g = grid((factor_of(*uniform(0.0, 1.0, degree=400.0)),))
    assert g.mean == pytest.approx(1 / 401, rel=1e-4) and g.mean_accuracy < 1e-6
    # Of a table that is 2**-900 in its outermost octaves, the lower half of all that lies between 1 and 2 counts.
    table = of_two_values(2.0**-900, 2.0, 3 * 32)
    rest = np.exp2(1.5 * np.log2(table.cubics[3 * 32 : SIDE, 0])) @ np.repeat(2.0 ** -np.arange(30.0, 1.0, -1.0), 32) / 32
    upper = np.exp2(1.5 * np.log2(table.cubics[SIDE:, 0])) @ np.repeat(2.0 ** -np.arange(33.0, 1.0, -1.0), 32) / 32
    assert grid((Factor("x", table, 1.0, 1.5),)).mean == pytest.approx(rest + upper, rel=1e-8)
    # And one of which a side is beyond the largest.
    assert grid((factor_of(*lognormal(1.0, degree=150.0)),)).mean_accuracy == math.inf


def test_moments_of_what_hardly_varies():
    """The difference of two moments that are alike is rounding: no variance below 0, and none that is not known."""
    found = []
    for k in range(12):
        g = grid((factor_of(*lognormal(1.0, scale=1.0 + 0.1 * k, degree=1e-9)),))
        found.append(g.variance)
        assert 0 <= g.variance < 1e-13 * g.mean**2 and g.sd_accuracy >= 0
        assert not math.isnan(SmoothedTally(ONE, g.factors).sd()[0])
    assert 0.0 in found


def test_values_are_positive_from_the_first_to_the_last():
    """A normal whose outermost value alone is below 0, one that is 0 there, and one value or two."""
    z = [stats.norm.isf(OUTERMOST * (1 + k / 32)) for k in (0, 1)]
    assert not is_positive_and_smooth(quantile_table(mc.normal((z[0] + z[1]) / 2, 1)))
    assert is_positive_and_smooth(quantile_table(mc.normal(z[0] + 0.01, 1)))
    assert is_positive_and_smooth(quantile_table(mc.uniform(0, 1)))
    assert is_positive_and_smooth(quantile_table(mc.uniform(1e-3, 2e-3)))
    assert not is_positive_and_smooth(quantile_table(mc.discrete([0, 1], [1, 1])))
    # So wide a one has its outermost cell in pieces.
    assert is_positive_and_smooth(quantile_table(mc.lognormal(meanlog=0, sdlog=8)))


# Masses on grids


def test_masses_between_points_keep_three_moments():
    """Shared among the four nearest points, of which there is only one way."""
    rng = np.random.default_rng(3)
    place, mass = rng.uniform(2.0, 9.0, 40), rng.random(40)
    for p, m in [*zip(place, mass), (5.0, 0.7), (4.999999, 0.7)]:
        shares = _on_grid(np.array([p]), np.array([m]), 12)
        assert len(shares) == 12
        points = np.flatnonzero(shares)
        assert set(points) <= {math.floor(p) + k for k in (-1, 0, 1, 2)}
        for power in range(4):
            assert (shares * (np.arange(12) - 5.0) ** power).sum() == pytest.approx(m * (p - 5.0) ** power, abs=1e-12)
    together = sum(_on_grid(np.array([p]), np.array([m]), 12) for p, m in zip(place, mass))
    np.testing.assert_allclose(_on_grid(place, mass, 12), together, atol=1e-14)


BELOW = np.concatenate([[0.0, 0.0], np.cumsum([0.01, 0.02, 0.05, 0.15, 0.4, 0.25, 0.1, 0.05, 0.02])])


def hermite(below):
    """SciPy's cubic through points and slopes, of which the grid's ends have half of one side's."""
    steps = np.concatenate([[0.0], np.diff(below), [0.0]])
    return interpolate.CubicHermiteSpline(np.arange(len(below)), below, (steps[1:] + steps[:-1]) / 2)


def test_cubics_keep_the_slopes():
    t = np.linspace(0.0, 1.0, 7)
    for below in (BELOW, BELOW[1:]):
        for k in range(len(below) - 1):
            low, inside, left, right = cubic_between(below, np.array([k]))
            found = low + inside * t + t * (1 - t) * (left * (1 - t) - right * t)
            np.testing.assert_allclose(found, hermite(below)(k + t), atol=1e-15)


def test_a_rank_has_the_value_with_so_much_below_it():
    side = _Side(-3.0, 0.25, BELOW)
    assert side.total == BELOW[-1]
    ranks = np.linspace(1e-6, side.total, 301)
    place = (np.log2(side.value(ranks)) + 3.0) / 0.25
    assert np.all(np.diff(place) > 0)
    np.testing.assert_allclose(hermite(BELOW)(place), ranks, atol=2e-8)
    # None lies where nothing is: of the rank 0 the smallest value, and beyond all the largest.
    assert np.all(side.value(np.array([-1.0, 0.0])) == 2.0 ** (-3.0 + 0.25))
    assert np.all(side.value(np.array([side.total + 1e-9, 7.0])) == side.value(np.array([side.total])))


def test_a_value_is_where_its_rank_is_however_the_masses_jump():
    """Where a cubic goes up and down between two points it is still between these."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        below = np.concatenate([[0.0], np.cumsum(np.exp(rng.normal(0.0, 4.0, 30)))])
        cell = np.repeat(np.arange(30), 9)
        ranks = below[cell] + np.diff(below)[cell] * np.tile(np.linspace(0.1, 0.9, 9), 30)
        place = np.log2(_Side(0.0, 1.0, below).value(ranks))
        assert np.all((cell - 1e-12 <= place) & (place <= cell + 1 + 1e-12))


def test_ranks_of_a_smooth_law_are_found_to_the_last_places():
    """On a grid as fine as they are made, three steps are enough, out to its outermost points."""
    x = np.arange(-420, 420) / 64
    side = _Side(0.0, 1.0, stats.norm.cdf(x) - stats.norm.cdf(x[0]))
    ranks = np.concatenate(
        [side.total * np.exp2(-np.linspace(1, 32, 200)), side.total * (1 - np.exp2(-np.linspace(1, 32, 200)))]
    )
    np.testing.assert_allclose(hermite(side.below)(np.log2(side.value(ranks * 1.0))), ranks, atol=1e-15, rtol=1e-9)


@pytest.mark.parametrize("name", ["log-normals", "betas", "uniforms", "over a uniform"])
def test_masses_times_a_grid_are_the_products(name):
    """Each point's mass below is the mean over what is drawn of the share of g below; all of it at the end."""
    g, _, cdf, accuracy = law(name)
    rng = np.random.default_rng(4)
    places, mass = rng.lognormal(3.0, 0.8, 30), rng.random(30)
    side = _side(places, mass, g)
    values = np.exp2(side.start + side.step * np.arange(len(side.below)))
    exact = (mass[:, None] * cdf(values / places[:, None])).sum(axis=0)
    # Where it jumps, masses between points go a tenth below and beyond.
    assert np.abs(side.below - exact).max() <= mass.sum() * (2 * accuracy if accuracy < 1e-3 else 0.2 * accuracy)
    assert side.below[0] == 0.0 and side.below[-1] == side.total == mass.sum() and np.all(np.diff(side.below) >= 0)
    assert side.step == g.step
    # From the first to the last of the four points that each is shared among.
    low, high = g.start + np.log2(places.min()), g.start + g.step * len(g.mass) + np.log2(places.max())
    end = side.start + side.step * (len(side.below) - 1)
    assert -2.5 < (side.start - low) / g.step <= -1.5 and 0.5 < (end - high) / g.step <= 1.5
    assert _side(places[:0], mass[:0], g) is None


def test_quantiles_where_signs_meet():
    """A quarter below 0, a half at 0: the smallest value with no less than p below or at it; and at 0 and 1 the extremes."""
    g = law("over a uniform")[0]
    products = Products.of(np.array([-1.0, 0.0, 1.0]), np.array([0.25, 0.5, 0.25]), g)
    low, high = 3.3**-1 / 2, 3.3**-1
    found = products.quantiles(np.array([0.0, 0.25, 0.25 + 1e-9, 0.5, 0.75, 0.75 + 1e-9, 1.0]))
    near = pytest.approx
    assert found == near([-high, -low, 0.0, 0.0, 0.0, low, high], rel=0.03) and list(found[2:5]) == [0.0] * 3
    for sign, ends in ((1.0, (low, high)), (-1.0, (-high, -low))):
        one = Products.of(np.array([sign]), np.array([0.3]), g)
        assert one.quantiles(np.array([0.0, 1.0])) == near(ends, rel=0.03)
        assert one.quantiles(np.array([-0.5, 1.5])).tolist() == one.quantiles(np.array([0.0, 1.0])).tolist()
        assert one.zero == 0.0


def test_shares_of_draws_that_are_0():
    """Half of what is equal, as of any two values that are alike."""
    g, _, cdf, _ = law("a log-normal")
    h = np.array([-2.0, -1.0, 0.0, 0.0, 0.0, 1.0, 5.0])
    assert shares_below(h, 0.0, g) == pytest.approx((2 + 1.5) / 7, abs=1e-15)
    assert shares_below(h, 3.0, g) == pytest.approx((5 + cdf(3.0) + cdf(0.6)) / 7, abs=4e-7)
    assert shares_below(h, -3.0, g) == pytest.approx((2 - cdf(1.5) - cdf(3.0)) / 7, abs=4e-7)


# Tallies


def counted(smallest, largest, counts, sums=None):
    """The tally of some bins: their extremes, and the draws of each replicate in them (replicates, bins)."""
    before = np.concatenate([np.zeros((len(counts), 1)), np.cumsum(counts, axis=1)], axis=1)
    sums = np.zeros((len(counts), 2)) if sums is None else np.array(sums)
    return OutputTally(0.0, 1.0, before, before.sum(axis=0), np.array(smallest), np.array(largest), sums, 0)


ONE = counted([1.0], [1.0], [[5.0], [5.0]])


def test_a_bins_draws_keep_their_mean_and_variance():
    """Spread evenly from 1 to 4, and from 10 to 12: variances of 9 / 12 and 4 / 12."""
    output = SmoothedTally(counted([1.0, 10.0], [4.0, 12.0], [[2.0, 3.0], [6.0, 0.0]]), ())
    places, counts = output._points
    assert places.shape == (4,) and counts.shape == (2, 4)
    np.testing.assert_allclose(counts.sum(axis=1), [5.0, 6.0])
    np.testing.assert_allclose((counts * places).sum(axis=1), [2 * 2.5 + 3 * 11, 6 * 2.5])
    second = 2 * (9 / 12 + 2.5**2) + 3 * (4 / 12 + 11**2), 6 * (9 / 12 + 2.5**2)
    np.testing.assert_allclose((counts * places**2).sum(axis=1), second)
    far = SmoothedTally(counted([1.6e308], [1.7e308], [[2.0]]), ())._points[0]
    assert np.all((far >= 1.6e308) & (far <= 1.7e308))


def of_replicates(means, spreads, factors, n=50.0):
    """A tally of which each replicate has this mean and standard deviation."""
    means, spreads = np.array(means), np.array(spreads)
    sums = np.stack([n * means, n * (spreads**2 + means**2)], axis=1)
    return SmoothedTally(counted([0.0], [9.0], np.full((len(means), 1), n), sums), factors)


def test_moments_are_known_as_far_as_the_tables_tell():
    """A tenth of a log-normal's mean is unknown from about sdlog = 5.4 on, and of its sd from a bit more than half."""
    means, spreads = [3.0, 3.5, 2.0, 4.0], [1.0, 1.2, 0.8, 1.1]
    for sdlog, mean_known, sd_known in ((2.0, True, True), (2.6, True, True), (2.95, True, False), (5.2, True, False)):
        output = of_replicates(means, spreads, (factor_of(*lognormal(1.0, degree=sdlog)),))
        assert math.isnan(output.mean()[0]) == math.isnan(output.mean()[1]) == (not mean_known)
        assert math.isnan(output.sd()[0]) == math.isnan(output.sd()[1]) == (not sd_known)
    for sdlog in (5.6, 5.9, 7.0):
        output = of_replicates(means, spreads, (factor_of(*lognormal(1.0, degree=sdlog)),))
        assert np.isnan([*output.mean(), *output.sd()]).all()


@pytest.mark.parametrize("sdlog", [0.4, 2.2])
def test_moments_of_products_and_their_errors(sdlog):
    """E[g**2] Var h + Var g E[h]**2 of each replicate; and what is unknown of g beside what differs between replicates."""
    means, spreads = np.array([3.0, 3.5, 2.0, 4.0]), np.array([1.0, 1.2, 0.8, 1.1])
    output = of_replicates(means, spreads, (factor_of(*lognormal(1.0, degree=sdlog)),))
    first, second = math.exp(sdlog**2 / 2), math.exp(2 * sdlog**2)
    mean, mean_error = output.mean()
    assert mean == pytest.approx(first * means.mean(), rel=1e-6)
    unknown = max(smoothed.ACCURACY, output._grid.mean_accuracy)
    assert mean_error == pytest.approx(first * math.hypot(standard_error(means), unknown * means.mean()), rel=1e-6)
    square = (spreads**2 + means**2).mean() - means.mean() ** 2
    variance = second * square + (second - first**2) * means.mean() ** 2
    sd, sd_error = output.sd()
    assert sd == pytest.approx(math.sqrt(variance), rel=1e-3)
    of_each = second * spreads**2 + (second - first**2) * means**2
    unknown = max(smoothed.ACCURACY, output._grid.sd_accuracy)
    assert sd_error == pytest.approx(sd * math.hypot(standard_error(of_each / variance) / 2, unknown), rel=3e-3)
    # Replicates that agree leave what the tables and the grid leave.
    still = of_replicates([3.0] * 4, [1.0] * 4, (factor_of(*lognormal(1.0, degree=sdlog)),))
    assert still.mean()[1] == pytest.approx(3.0 * first * max(smoothed.ACCURACY, output._grid.mean_accuracy), rel=1e-3)
    assert still.sd()[1] == pytest.approx(still.sd()[0] * unknown, rel=1e-3)
    assert 0 < smoothed.ACCURACY <= 1e-6


def test_what_is_0_stays_0():
    output = SmoothedTally(counted([0.0], [0.0], [[5.0], [5.0]]), (factor_of(*lognormal(0.5)),))
    assert output.sd() == (0.0, 0.0) and output.mean() == (0.0, 0.0)
    assert output.quantiles([0.0, 0.4, 1.0]).tolist() == [0.0] * 3 and output.quantile_errors([0.4]) == [0.0]


def test_one_replicate_knows_no_errors():
    output = SmoothedTally(counted([1.0], [2.0], [[9.0]]), (factor_of(*lognormal(0.5)),))
    assert np.isnan(output.quantile_errors([0.2, 0.7])).all() and np.isfinite(output.quantiles([0.2, 0.7])).all()


def test_shares_have_the_shape_of_the_values():
    """Of a replicate without draws none is known."""
    output = SmoothedTally(counted([1.0, 4.0], [1.0, 4.0], [[4.0, 1.0], [2.0, 2.0], [0.0, 0.0]]), LOG_NORMAL)
    cdf = stats.lognorm(0.5).cdf
    values = np.array([[0.5, 1.0, 2.0], [3.0, 4.0, 0.0]])
    found = output.shares(values)
    assert found.pooled.shape == (2, 3) and found.by_replicate.shape == (3, 2, 3) and found.accuracy == smoothed.ACCURACY
    one, four = cdf(values), cdf(values / 4)
    np.testing.assert_allclose(found.pooled, (6 * one + 3 * four) / 9, atol=1e-6)
    np.testing.assert_allclose(found.by_replicate[:2], [(4 * one + four) / 5, (one + four) / 2], atol=1e-6)
    assert np.isnan(found.by_replicate[2]).all()
    none = SmoothedTally(counted([], [], np.zeros((3, 0))), LOG_NORMAL).shares(values)
    assert none.pooled.shape == (2, 3) and none.by_replicate.shape == (3, 2, 3) and np.isnan(none.by_replicate).all()


LOG_NORMAL = (factor_of(*lognormal(0.5)),)


def test_a_grid_of_hand_has_its_moments_from_its_factors():
    """Not from its masses, which end where the tables do."""
    g = Grid(LOG_NORMAL, 0.0, 1.0, np.array([1.0]))
    assert g.mean == pytest.approx(math.exp(0.125), rel=1e-8)
    assert g.variance == pytest.approx(math.exp(0.25) * math.expm1(0.25), rel=1e-7)
    assert g.below.tolist() == [0.0, 1.0]
