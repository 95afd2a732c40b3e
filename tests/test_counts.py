"""What counts say, in small: each figure and each error by its definition, in NumPy or SciPy or by hand."""

import math

import numpy as np
import pytest
from bars import normal, study, uniform
from scipy import stats
from scipy.linalg import hadamard

import mcarbon as mc
from mcarbon.answers.indices import _with_factors, indices_of, linearised, sobol_indices, tail_index
from mcarbon.engine import bins as of_bins
from mcarbon.engine.bins import bins_from_pilot, bits_per_octave
from mcarbon.engine.kernels import count_block
from mcarbon.engine.pair import Pair
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import Plan
from mcarbon.engine.shortest import Interval, _narrowest, balanced_signs, equal_tailed, shortest
from mcarbon.engine.smoothed import (
    ACCURACY,
    Factor,
    Products,
    SmoothedTally,
    grid,
    is_positive_and_smooth,
    log_deviation,
    makes_smooth,
    shares_below,
    values_at,
)
from mcarbon.engine.streams import BLOCK
from mcarbon.engine.tables import quantile_table, stack_tables
from mcarbon.engine.tally import OutputTally, Tally, standard_error
from mcarbon.reading.model import build_model

pytestmark = pytest.mark.kernels


def counted(*outputs, pilot=None):
    """The tally of some outputs' draws (replicates, n), n at most a block."""
    pilots = np.array([each[0] for each in outputs] if pilot is None else pilot)
    bins = bins_from_pilot(pilots, outputs[0].size)
    size, (replicates, n) = int(bins.offset[-1]), outputs[0].shape
    counts, extremes = np.zeros((replicates, size), np.uint32), np.tile([np.inf, -np.inf], (size, 1))
    sums, shifted, place = np.zeros((replicates, len(outputs), 2)), np.empty(BLOCK), np.empty(BLOCK, np.int32)
    for k, draws in enumerate(outputs):
        here = slice(bins.offset[k], bins.offset[k + 1])
        for r in range(replicates):
            # What lies beyond the draws must not count.
            row = np.concatenate([draws[r], np.full(BLOCK - n, 1e3)])
            count_block(row, n, bins, k, shifted, place, counts[r, here], extremes[here], sums[r, k])
    return Tally(bins, counts, extremes[:, 0], extremes[:, 1], sums)


# Errors


def test_the_standard_error_is_that_of_a_mean():
    values = np.array([[1.0, 5.0], [2.0, 5.0], [4.0, 8.0], [9.0, 6.0]])
    np.testing.assert_allclose(standard_error(values), values.std(axis=0, ddof=1) / 2)
    assert standard_error(np.array([1.0, 3.0])) == 1.0
    # A replicate that is not known is left out; of one there is no error.
    np.testing.assert_allclose(standard_error(np.vstack([values, [np.nan, 1.0]])), standard_error(values))
    assert np.isnan(standard_error(np.array([[1.0, 2.0], [np.inf, 3.0]]))).all()
    assert standard_error(np.ones((1, 3))).shape == (3,)


# Counts

SHAPES = {
    "normal": lambda rng: rng.normal(3.0, 1.0, (6, 700)),
    "log-normal": lambda rng: rng.lognormal(0.0, 3.0, (6, 700)),
    "of both signs": lambda rng: rng.standard_t(2, (6, 700)),
    "negative": lambda rng: -rng.lognormal(5.0, 1.0, (6, 700)),
    "with atoms": lambda rng: np.where(
        rng.random((6, 700)) < 0.5, rng.choice([0.0, 2.0], (6, 700)), rng.normal(size=(6, 700))
    ),
    "far from 0": lambda rng: 1e6 + rng.normal(size=(6, 700)),
}


def output_of(shape):
    """The second of two outputs, and its draws."""
    rng = np.random.default_rng(11)
    draws = SHAPES[shape](rng)
    return counted(rng.normal(size=draws.shape), draws).output(1), draws


@pytest.mark.parametrize("shape", SHAPES)
def test_moments_and_their_errors(shape):
    output, draws = output_of(shape)
    assert (output.finite, output.draws, output.replicates, output.not_finite) == (4200, 4200, 6, 0)
    assert output.estimator is None
    assert output.range == (draws.min(), draws.max())
    middle = draws - draws.mean()
    mean, mean_error = output.mean()
    assert mean == pytest.approx(draws.mean(), rel=1e-12)
    assert mean_error == pytest.approx(draws.mean(axis=1).std(ddof=1) / 6**0.5, rel=1e-9)
    sd, sd_error = output.sd()
    assert sd == pytest.approx(middle.std(), rel=1e-9)
    assert sd_error == pytest.approx(draws.var(axis=1).std(ddof=1) / 6**0.5 / (2 * sd), rel=1e-6)
    means, sds = output.moments_by_replicate()
    np.testing.assert_allclose(means, draws.mean(axis=1), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(sds, draws.std(axis=1), rtol=1e-8)


@pytest.mark.parametrize("shape", SHAPES)
def test_quantiles_shares_and_their_errors(shape):
    """To what a bin of 64 an octave and 4200 draws leave open: a hundredth of the spread, or of a standard error."""
    output, draws = output_of(shape)
    p = np.array([0.03, 0.31, 0.5, 0.77, 0.98])
    exact, near = np.quantile(draws, p, method="hazen"), np.quantile(draws, [p - 0.004, p + 0.004], method="hazen")
    found = output.quantiles(p)
    assert np.all((near[0] <= found) & (found <= near[1]))
    assert np.all(np.abs(found - exact) <= 0.016 * np.abs(exact - output.centre) + 1e-12 * np.abs(exact))
    for equal in (0.0, 0.5, 1.0):
        shares = output.shares(exact, equal)
        by_hand = (draws[:, :, None] < exact).mean(axis=1) + equal * (draws[:, :, None] == exact).mean(axis=1)
        np.testing.assert_allclose(shares.by_replicate, by_hand, atol=4 / 700)
        np.testing.assert_allclose(shares.pooled, by_hand.mean(axis=0), atol=4 / 4200)
        np.testing.assert_allclose(shares.errors(shares.by_replicate), standard_error(shares.by_replicate))
    values, errors = output.quantiles_and_errors([*p, 0.5])
    assert np.array_equal(values, [*found, found[2]]) and errors[2] == errors[-1]
    of_shares = np.maximum(standard_error(output.shares(found).by_replicate), math.sqrt(6 / 12) / 4200)
    moved = output.quantiles(p + of_shares) - output.quantiles(p - of_shares)
    np.testing.assert_allclose(errors[:-1], moved / 2)
    assert np.array_equal(output.quantile_errors([0.77]), errors[3:4])


def test_shares_beyond_and_between_the_draws():
    """Seven draws in two bins of known ends: 4 from 1 to 4, and 3 from 10 to 12; one replicate has none of the latter."""
    output = OutputTally(
        0.0, 1.0, np.array([[0.0, 2.0, 5.0], [0.0, 2.0, 2.0]]), np.array([0.0, 4.0, 7.0]), np.array([1.0, 10.0]),
        np.array([4.0, 12.0]), np.zeros((2, 2)), 0,
    )  # fmt: skip
    at = output.shares([0.0, 1.0, 2.5, 4.0, 7.0, 11.0, 12.0, 13.0])
    np.testing.assert_allclose(at.pooled * 7, [0, 0.5, 2, 3.5, 4, 5.5, 6.5, 7])
    np.testing.assert_allclose(at.by_replicate[0] * 5, [0, 0.25, 1, 1.75, 2, 3.5, 4.5, 5])
    np.testing.assert_allclose(at.by_replicate[1] * 2, [0, 0.25, 1, 1.75, 2, 2, 2, 2])
    # The k-th of n draws is at (k - 1/2) / n, and those of a bin spread evenly.
    ranks = np.array([0.1, 1, 2, 3.5, 4, 4.5, 5, 6, 7, 7.4])
    np.testing.assert_allclose(output.quantiles((ranks - 0.5) / 7), [1, 1, 2, 3.5, 4, 7, 10, 11, 12, 12])


def test_replicates_that_agree_are_known_to_a_draws_width():
    """Each replicate's share is uniform within a draw's width: a variance of 1/12 of a draw, of the mean of R of them."""
    output = counted(np.tile(np.linspace(1.0, 2.0, 500) ** 2, (6, 1))).output(0)
    p, finest = np.array([0.2, 0.5, 0.8]), math.sqrt(6 / 12) / 3000
    moved = output.quantiles(p + finest) - output.quantiles(p - finest)
    np.testing.assert_allclose(output.quantile_errors(p.tolist()), moved / 2, rtol=1e-12)
    assert np.all(moved > 0)


def test_nothing_spreads():
    output = counted(np.full((3, 200), 7.0)).output(0)
    assert output.mean() == (7.0, 0.0) and output.sd() == (0.0, 0.0) and output.range == (7.0, 7.0)
    means, sds = output.moments_by_replicate()
    assert np.all(means == 7.0) and np.all(sds == 0.0) and means.shape == sds.shape == (3,)
    assert output.quantiles([0.0, 0.3, 1.0]).tolist() == [7.0] * 3 and output.quantile_errors([0.5]) == [0.0]
    assert output.shares([6.0, 7.0, 8.0], [0.5, 0.25, 0.5]).pooled.tolist() == [0.0, 0.25, 1.0]


def test_rounding_gives_no_spread():
    """Draws that are one value have it as their mean, to the bit, wherever the centre is; a variance is at least 0."""
    apart = np.full(11, (0.1 - 0.7) / 0.25)
    before = np.tile([0.0, 11.0], (3, 1))
    sums = np.tile([apart.sum(), (apart**2).sum()], (3, 1))
    one = OutputTally(0.7, 0.25, before, before.sum(axis=0), np.array([0.1]), np.array([0.1]), sums, 0)
    assert 0.7 + 0.25 * (sums[:, 0].sum() / 33) != 0.1 and sums[0, 1] / 11 > (sums[0, 0] / 11) ** 2
    assert one.mean() == (0.1, 0.0) and one.sd() == (0.0, 0.0)
    means, sds = one.moments_by_replicate()
    assert np.all(means == 0.1) and np.all(sds == 0.0)
    # Two neighbours whose squares sum to a last bit less than the square of their sum.
    less = np.tile([11.0, 11.0 - 2.0**-40], (3, 1))
    two = OutputTally(0.0, 1.0, before, before.sum(axis=0), np.array([1.0]), np.array([1.0 + 2.0**-52]), less, 0)
    assert two.sd() == (0.0, 0.0) and np.all(two.moments_by_replicate()[1] == 0.0)


def test_what_is_not_finite_is_counted_apart():
    draws = np.random.default_rng(12).normal(5.0, 1.0, (4, 600))
    finite = draws.copy()
    draws[0, :9], draws[1, 3], finite[0, :9], finite[1, 3] = np.nan, -np.inf, np.nan, np.nan
    output = counted(draws, pilot=finite[2:3]).output(0)
    assert (output.not_finite, output.finite, output.draws) == (10, 2390.0, 2400)
    assert output.mean()[0] == pytest.approx(np.nanmean(finite), rel=1e-12)
    assert output.mean()[1] == pytest.approx(standard_error(np.nanmean(finite, axis=1)), rel=1e-9)
    np.testing.assert_allclose(output.moments_by_replicate()[1], np.nanstd(finite, axis=1), rtol=1e-9)
    none = counted(np.full((2, 100), np.nan)).output(0)
    assert none.not_finite == none.draws == 200 and none.finite == 0
    for figure in (none.mean(), none.sd(), none.range, none.quantiles([0.2, 0.8]), none.quantile_errors([0.2, 0.8])):
        assert np.shape(figure) == (2,) and np.isnan(figure).all()
    assert np.isnan(none.shares([1.0]).by_replicate).all() and none.shares([1.0]).by_replicate.shape == (2, 1)


def test_one_replicate_without_draws_is_left_out_of_errors():
    draws = np.random.default_rng(13).normal(size=(4, 500))
    draws[3] = np.nan
    output = counted(draws).output(0)
    rest = draws[:3]
    assert output.mean() == pytest.approx((rest.mean(), float(standard_error(rest.mean(axis=1)))), rel=1e-9, abs=1e-12)
    assert output.quantile_errors([0.5]) > 0
    one = counted(rest[:1]).output(0)
    assert np.isnan(one.mean()[1]) and np.isnan(one.quantile_errors([0.5])).all() and np.isfinite(one.quantiles([0.5])).all()


# Bins


def test_octaves_are_cut_more_finely_for_more_draws():
    assert [bits_per_octave(2**k) for k in (0, 10, 16, 17, 19, 20, 22, 23, 25, 40)] == [6, 6, 6, 7, 7, 8, 8, 9, 9, 9]
    assert bits_per_octave(2**16 + 1) == 7 and bits_per_octave(0) == 6


@pytest.mark.parametrize("scale", [1e-300, 1e-5, 1.0, 1e300])
@pytest.mark.parametrize("shape", SHAPES)
def test_bins_follow_one_another_and_are_narrow(shape, scale):
    """No two bins overlap, and but for those at the ends and at the centre none is wider than a 64th of its distance."""
    rng = np.random.default_rng(14)
    draws = np.concatenate([SHAPES[shape](rng), 20 * SHAPES[shape](rng)]) * scale
    with np.errstate(over="ignore"):
        tally = counted(draws, pilot=draws[:1])
    output, bins = tally.output(0), tally.bins
    low, high = output.smallest, output.largest
    assert np.all(low[1:] > high[:-1]) and np.all(low <= high)
    np.testing.assert_array_equal(np.sort(draws.ravel())[np.cumsum(np.diff(output.pooled)).astype(int) - 1], high)
    assert output.centre == (0.0 if shape not in ("normal", "far from 0") else np.sort(draws[0])[(699) // 2])
    width = np.ptp(np.quantile(draws[0], [0.05, 0.95]))
    assert 0.2 * min(width, 2.0**1000) <= output.scale <= 0.53 * width or shape == "far from 0"
    inner = (np.abs((low + high) / 2 - output.centre) > width * 2.0**-11)[1:-1]
    distance = np.minimum(np.abs(low - output.centre), np.abs(high - output.centre))[1:-1]
    assert np.all((high - low)[1:-1][inner] <= distance[inner] / 64 * (1 + 1e-9))
    assert math.log2(output.scale) % 1 == 0 and bins.offset[0] == 0


def test_bins_reach_as_far_as_they_say():
    """Six octaves beyond the closest and the furthest draw of a pilot around 0, from twelve below its width around another
    centre; one bin on a side without draws, and 2**k of an octave."""
    around = np.array([0.3, -5.0, 700.0, 0.02, 40.0, -0.9, 2.0, 90.0, -80.0, 1.0])
    one_side = np.abs(around)
    far = 1000.0 + np.arange(-4.0, 6.0)
    bins = bins_from_pilot(np.stack([around, one_side, -one_side, far]), 2**17)
    assert bins.shift == 52 - 7
    # Exponents: of 0.02 it is -6, of 700 it is 9.
    assert bins.lowest[:3].tolist() == [(-6 - 6 + 1023) << 7] * 3
    assert bins.n_above[:3].tolist() == [(9 + 6 + 1 - (-6 - 6)) << 7] * 2 + [1]
    assert bins.n_below[:3].tolist() == [bins.n_above[0], 1, bins.n_above[0]]
    # Ranks 0, 4 and 8 of ten: from 996 to 1004, around 1000, where the furthest is 5 away.
    assert bins.centre.tolist() == [0.0, 0.0, 0.0, 1000.0] and bins.scale[3] == 4.0
    assert bins.lowest[3] == (3 - 12 + 1023) << 7
    assert bins.n_below[3] == bins.n_above[3] == (2 + 6 + 1 - (3 - 12)) << 7
    assert np.array_equal(np.diff(bins.coarse), bins.n_below + bins.n_above + 2)
    # A tenth of a pilot in a bin is crowded: 2**-7 of it and five bits more make 2**(4 + 5) parts.
    assert np.all(np.isin(bins.part_mask + 1, [1, 2 ** (4 + 5), 2 ** (5 + 5)])) and bins.is_split.all()
    assert (bins.part_mask + 1 == 2**9).sum() > 20 and not bins.part_flip[bins.coarse[1] : bins.coarse[2]].any()
    split = bins.part_mask > 0
    assert np.array_equal(bins.part_shift[split], 45 - np.log2(bins.part_mask[split] + 1))


@pytest.mark.parametrize("value", [1.0, 1e300, 1e-300, -3.0])
def test_a_pilot_of_one_value_has_bins_down_to_its_last_bits(value):
    bins = bins_from_pilot(np.full((1, 50), value), 1000)
    assert bins.centre[0] == value and bins.atom_value.tolist() == [value]
    assert bins.n_below[0] == bins.n_above[0] == 1 and 0 < bins.scale[0] <= max(2.0**-39 * abs(value), 2.0**-1000)


def test_a_crowded_bin_is_split():
    """Nine tenths lie within a thousandth of an octave: no bin holds more than four times what makes it crowded."""
    rng = np.random.default_rng(15)
    draws = np.where(rng.random((4, 1000)) < 0.9, 1000 + 0.1 * rng.normal(size=(4, 1000)), rng.lognormal(0, 3, (4, 1000)))
    draws[:, :100] = 1e-6
    draws[:, 1::2] *= -1
    for each in (draws, -draws):
        tally = counted(each)
        held = np.diff(tally.output(0).pooled)
        atoms = np.isin(tally.output(0).largest, [1e-6, -1e-6])
        assert tally.bins.is_split[0] and np.sort(held[~atoms])[-1] <= 4 * of_bins.CROWDED * 4000
        assert np.all(tally.output(0).smallest[1:] > tally.output(0).largest[:-1])


def test_repeated_values_have_bins_of_their_own():
    """Four times in the pilot is an atom, three times not; at most 64, the most frequent first."""
    rng = np.random.default_rng(16)
    pilot = np.concatenate([rng.normal(size=500), np.full(4, 0.25), np.full(3, 0.5), np.full(6, -1.5), [np.nan] * 5])
    bins = bins_from_pilot(pilot[None], 1000)
    assert bins.atom_value.tolist() == [-1.5, 0.25] and bins.atoms.tolist() == [0, 2]
    many = np.repeat(np.arange(1.0, 101.0), np.where(np.arange(100) < 64, 5, 4))
    assert sorted(bins_from_pilot(many[None], 1000).atom_value) == list(range(1, 65))
    two = bins_from_pilot(np.stack([many, np.roll(np.linspace(1, 2, len(many)), 3)]), 1000)
    assert two.atoms.tolist() == [0, 64, 64]
    draws = np.concatenate([pilot[:513], pilot[:487]])[None]
    output = counted(draws, pilot=pilot[None]).output(0)
    for value in (-1.5, 0.25):
        k = np.flatnonzero(output.smallest == value)
        assert len(k) == 1 and output.largest[k] == value
        assert output.pooled[k + 1] - output.pooled[k] == np.sum(draws == value)


def test_a_pilot_of_which_nine_tenths_are_one_value():
    rng = np.random.default_rng(17)
    for rest in (5.0 + 1e-9 * rng.normal(size=40), np.full(40, 6.0), 5.0 + np.zeros(40)):
        pilot = np.concatenate([np.full(960, 5.0), rest])
        output = counted(np.stack([pilot, pilot[::-1]])).output(0)
        assert output.quantiles([0.5]) == 5.0 and output.centre == 5.0
        assert output.mean()[0] == pytest.approx(pilot.mean(), rel=1e-13)
        np.testing.assert_allclose(
            output.quantiles([0.999, 0.0005]), np.quantile(pilot, [0.999, 0.0005], method="hazen"), rtol=1e-10
        )


# Shortest intervals


@pytest.mark.parametrize("n", [2, 3, 8, 13, 16])
def test_signs_are_balanced(n):
    """Rows of a Hadamard matrix but the first: each column's product with another's lacks the first row's 1."""
    signs = balanced_signs(n)
    assert signs.shape == (2 ** math.ceil(math.log2(n)) - 1, n) and set(signs.ravel()) == {1.0, -1.0}
    np.testing.assert_array_equal(signs.T @ signs, (len(signs) + 1) * np.eye(n) - 1)


def even(exact, replicates=4, n=1000):
    """Draws at evenly spaced probabilities, dealt out to the replicates."""
    u = (np.arange(replicates * n) + 0.5) / (replicates * n)
    return counted(np.random.default_rng(18).permutation(exact.ppf(u)).reshape(replicates, n)).output(0)


def test_the_shortest_interval_is_where_the_density_is_highest():
    """Of an exponential from 0, of a beta at its upper end, of a normal around its middle: known in closed form."""
    found = shortest(even(stats.expon(1.0)), 0.8)
    assert found.low == pytest.approx(1.0, abs=2e-3) and found.high == pytest.approx(1.0 - math.log(0.2), abs=0.02)
    found = shortest(even(stats.beta(4, 1)), 0.9)
    assert (found.low, found.high) == pytest.approx((0.1**0.25, 1.0), abs=3e-3)
    output = even(stats.norm(5.0, 2.0))
    found = shortest(output, 0.5)
    assert (found.low, found.high) == pytest.approx(stats.norm(5, 2).ppf([0.25, 0.75]), abs=0.25)
    assert found.high - found.low == pytest.approx(4 * stats.norm.ppf(0.75), rel=0.005)
    # Where the minimum is flat, its place is known far less well than quantiles at fixed probabilities are.
    assert found.low_error > 2 * output.quantile_errors([0.25])[0]


def test_the_end_at_the_last_draw_is_known_to_the_gap_beside_it():
    draws = np.sort(np.random.default_rng(19).exponential(size=4000))
    output = counted(draws.reshape(1000, 4).T.copy()).output(0)
    found = shortest(output, 0.8)
    assert found.low == draws[0]
    assert found.low_error >= draws[1] - draws[0] - 1e-12
    mirrored = shortest(counted(-draws.reshape(1000, 4).T).output(0), 0.8)
    assert mirrored.high == -draws[0] and mirrored.high_error == pytest.approx(found.low_error, rel=1e-6)
    assert mirrored.low == pytest.approx(-found.high, rel=1e-6)


def test_widths_that_are_alike_give_the_middle_one():
    ends = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 4.0, 4.0, 5.0, 6.0, 8.0, 9.0])
    assert _narrowest(ends) == 2
    # One that is narrower by less than 1e-9 of the range is none: 9 here.
    ends[9] -= 8e-9
    assert _narrowest(ends) == 2
    ends[9] -= 2e-9
    assert _narrowest(ends) == 3


def laid_out(edges, counts, replicates=2):
    """Draws that lie evenly between these edges, as many in each piece; all replicates alike."""
    edges, counts = np.asarray(edges), np.asarray(counts, dtype=float)
    half = np.diff(edges) / counts / 2
    below = np.concatenate([[0.0], np.cumsum(counts)])
    return OutputTally(
        0.0, 1.0, np.tile(below / replicates, (replicates, 1)), below, edges[:-1] + half, edges[1:] - half,
        np.zeros((replicates, 2)), 0,
    )  # fmt: skip


@pytest.mark.parametrize("cells", [0, 5 / 64, 1 - 1 / 64, 1, 257, 257 + 5 / 64, 400 - 7 / 64, 1023 + 2 / 64, 1024])
def test_the_minimum_is_found_to_a_64th_of_the_grid(cells):
    """Half of all draws lie closest, from a share of them on that is on the grid or a whole number of 64ths off it."""
    before, n = 0.5 * cells / 1024, 2.0**44
    shares = np.array([before, 0.5, 0.5 - before])
    edges = np.array([-7.0, 1.0, 1.5, 9.0])
    used = np.flatnonzero(shares)
    found = shortest(laid_out(edges[used[0] : used[-1] + 2], n * shares[used]), 0.5)
    assert (found.low, found.high) == pytest.approx((1.0, 1.5), abs=1e-8)


def test_of_intervals_that_are_all_as_short_the_middle_one_is_given():
    for level in (0.5, 0.8):
        found = shortest(laid_out([3.0, 4.0], [2.0**40]), level)
        assert (found.low, found.high) == pytest.approx((3.5 - level / 2, 3.5 + level / 2), abs=1e-9)


def test_an_end_at_the_last_draw_is_unknown_by_the_gap_where_replicates_agree():
    """Each bin holds a draw of either replicate, so that no share differs between them; gaps widen from 0.25 on.

    The other end is known to the grid: at its edge to half of a 128th of a 1024th of the share beside the interval.
    """
    x = np.cumsum(0.25 * np.arange(200)) + 1.0
    before = np.tile(np.arange(101.0), (2, 1))
    for sign in (1, -1):
        smallest, largest = (x[::2], x[1::2]) if sign > 0 else (-x[1::2][::-1], -x[::2][::-1])
        output = OutputTally(0.0, 1.0, before, before.sum(axis=0), smallest, largest, np.zeros((2, 2)), 0)
        found = shortest(output, 0.8)
        ends = (found.low, found.low_error), (found.high, found.high_error)
        at_last, other = ends[::sign]
        gap = 0.25 * 0.8 * 200
        assert at_last == (sign * 1.0, 0.25)
        assert other[1] == pytest.approx(0.2 / 1024 / 128 / 2 / np.sqrt(12) * gap * 200, rel=0.01)


@pytest.mark.parametrize("replicates", [3, 4])
def test_errors_of_ends_are_how_they_move_with_the_replicates(replicates):
    """By the definition, over a Hadamard matrix: the curve moved by each, its minimum found again to a 64th of the grid."""
    output = even(stats.norm(5.0, 2.0), replicates, n=250)
    p = np.linspace(0.0, 0.5, 1025)
    low, high = output.quantiles(p), output.quantiles(p + 0.5)
    both = [output.shares(each).by_replicate - output.shares(each).pooled for each in (low, high)]
    rows, moved = hadamard(4)[1:, :replicates], []
    for signs in [*rows, *-rows]:
        shift = [signs @ each / np.sqrt(replicates * (replicates - 1)) for each in both]
        ends = [output.quantiles(np.clip(q - by, 0, 1)) for q, by in zip((p, p + 0.5), shift)]
        width = ends[1] - ends[0]
        alike = np.flatnonzero(width <= width.min() + 1e-9 * (ends[1][-1] - ends[0][0]))
        moved.append([each[alike[len(alike) // 2]] for each in ends])
    found = shortest(output, 0.5)
    step = 0.5 / 1024 / 64 / np.sqrt(12) / stats.norm(5.0, 2.0).pdf([found.low, found.high])
    np.testing.assert_allclose([found.low_error, found.high_error], np.hypot(np.std(moved, axis=0), step), rtol=1e-9)


def test_intervals_of_one_value_and_of_none():
    assert shortest(counted(np.full((3, 50), 2.0)).output(0), 0.9) == Interval(2.0, 2.0, 0.0, 0.0)
    none = shortest(counted(np.full((3, 50), np.nan)).output(0), 0.9)
    assert np.isnan([none.low, none.high, none.low_error, none.high_error]).all()
    output = even(stats.norm())
    tails = equal_tailed(output, 0.9)
    assert [tails.low, tails.high] == output.quantiles([0.05, 0.95]).tolist()
    assert [tails.low_error, tails.high_error] == output.quantile_errors([0.05, 0.95]).tolist()


# Products of what is counted and of what is known


def factor(sdlog, meanlog=0.0, scale=1.0, degree=1.0, label="x"):
    return Factor(label, quantile_table(mc.lognormal(meanlog=meanlog, sdlog=sdlog)), scale, degree)


BOTH = (factor(0.5, 0.2), factor(0.8, -1.0, 4.0, -2.0, "z"))
LAW = stats.norm((0.2 - 2 * (-1.0 + math.log(4.0))) / math.log(2), math.hypot(0.5, 1.6) / math.log(2))
"""log2 of x * (4 z)**-2."""


def test_the_grid_is_the_law_of_the_product():
    g = grid(BOTH)
    edges = g.start + (np.arange(len(g.mass) + 1) - 0.5) * g.step
    np.testing.assert_allclose(g.below, LAW.cdf(edges), atol=2e-6)
    assert g.mass.sum() == pytest.approx(1.0, abs=1e-12) and g.step <= LAW.std() / 64
    # A log-normal's moments: exp(mu + s**2 / 2), and of its square.
    mu, s = LAW.mean() * math.log(2), LAW.std() * math.log(2)
    assert g.mean == pytest.approx(math.exp(mu + s**2 / 2), rel=2e-4)
    assert abs(g.mean / math.exp(mu + s**2 / 2) - 1) <= max(g.mean_accuracy, ACCURACY)
    one = grid((factor(0.3, 0.1),))
    assert one.mean == pytest.approx(math.exp(0.1 + 0.045), rel=1e-7)
    assert one.variance == pytest.approx(math.exp(0.2 + 0.09) * math.expm1(0.09), rel=1e-6)
    assert 0 <= one.mean_accuracy < 1e-6 and 0 <= one.sd_accuracy < 1e-5
    np.testing.assert_allclose(
        one.below,
        stats.norm(0.1, 0.3).cdf((one.start + (np.arange(len(one.below)) - 0.5) * one.step) * math.log(2)),
        atol=2e-6,
    )


@pytest.mark.parametrize("degree", [-0.3, -0.45, -0.6, -0.9])
def test_what_lies_beyond_the_tables_is_counted(degree):
    """Of a uniform's power, whose tail falls like a power: the mean is 1 / (1 + degree), a tenth of it beyond at -0.9."""
    g = grid((Factor("x", quantile_table(mc.uniform(0, 1)), 2.0, degree),))
    mean = 2.0**degree / (1 + degree)
    assert g.mean == pytest.approx(mean, rel=1e-6) and g.mean_accuracy < 1e-4
    if degree > -0.5:
        second = 4.0**degree / (1 + 2 * degree)
        assert g.variance == pytest.approx(second - mean**2, rel=1e-4)
        # An error of the second moment, carried to the root of the variance.
        assert g.sd_accuracy == pytest.approx(g._moment(2)[1] * second / (second - mean**2) / 2, rel=1e-3)
    else:
        # The second moment is infinite.
        assert not g.sd_accuracy < 1e-3


def test_factors_smooth_where_they_vary():
    assert log_deviation(BOTH[0].table) == pytest.approx(0.5, rel=1e-6)
    edge = math.log(2) / 16
    assert makes_smooth((factor(1.01 * edge),)) and not makes_smooth((factor(0.99 * edge),))
    assert makes_smooth((factor(0.8 * edge), factor(0.35 * edge, degree=-2.0))) and not makes_smooth(())
    assert is_positive_and_smooth(BOTH[0].table)
    for prior in (mc.normal(0, 1), mc.uniform(-1, 1), mc.discrete([3], [1])):
        assert not is_positive_and_smooth(quantile_table(prior))


def test_values_at_any_number_of_probabilities():
    tables = stack_tables([quantile_table(mc.uniform(0, 1)), quantile_table(mc.normal(1, 2))])
    for n in (1, 1024, 1500):
        u = (np.arange(n) + 0.25) / n
        np.testing.assert_allclose(values_at(tables, 1, u), stats.norm(1, 2).ppf(u), rtol=1e-7, atol=1e-7)


H = {  # what is drawn
    "positive": lambda rng: rng.lognormal(0.5, 0.4, (8, 500)),
    "of both signs and 0": lambda rng: np.where(rng.random((8, 500)) < 0.2, 0.0, rng.normal(0.3, 1.0, (8, 500))),
    "negative": lambda rng: -rng.lognormal(0.5, 0.4, (8, 500)),
}


@pytest.mark.parametrize("of", H)
def test_smoothed_figures_are_means_over_the_draws(of):
    """Of g * h with g known: shares, quantiles, moments, from each draw of h by the law of g; by replicate for errors."""
    h = H[of](np.random.default_rng(20))
    drawn = counted(h).output(0)
    output = SmoothedTally(drawn, (factor(0.5, 0.2),))
    g = stats.lognorm(0.5, scale=math.exp(0.2))

    def shares(y, equal=0.5):
        with np.errstate(all="ignore"):
            above, below = g.cdf(y / h), g.sf(y / h)
        at_zero = np.where(y > 0, 1.0, np.where(y == 0, equal, 0.0))
        signs = np.where(h > 0, above if y > 0 else 0.0, np.where(h < 0, below if y < 0 else 1.0, at_zero))
        return signs.mean(axis=1)

    y = np.array([-4.0, -1.0, -0.2, 0.0, 0.3, 1.5, 6.0])
    found = output.shares(y)
    by_hand = np.array([shares(value) for value in y]).T
    np.testing.assert_allclose(found.by_replicate, by_hand, atol=2e-4)
    np.testing.assert_allclose(found.pooled, by_hand.mean(axis=0), atol=4e-5)
    np.testing.assert_allclose(found.errors(found.by_replicate), np.hypot(standard_error(found.by_replicate), ACCURACY))
    np.testing.assert_allclose(output.shares([0.0], 1.0).pooled, shares(0.0, 1.0).mean(), atol=1e-12)
    assert output.shares([[0.5, 1.0]]).by_replicate.shape == (8, 1, 2)

    p = np.array([0.04, 0.3, 0.5, 0.7, 0.96])
    quantiles, errors = output.quantiles_and_errors(p.tolist())
    for q, value in zip(p, quantiles):
        if value:
            assert shares(value).mean() == pytest.approx(q, abs=4e-5)
    moved = np.hypot(standard_error(output.shares(quantiles).by_replicate), ACCURACY)
    np.testing.assert_allclose(errors, (output.quantiles(p + moved) - output.quantiles(p - moved)) / 2)
    assert np.all((errors > 0) | (quantiles == 0))

    mean, mean_error = output.mean()
    assert mean == pytest.approx(g.mean() * h.mean(), rel=1e-6)
    assert mean_error == pytest.approx(g.mean() * standard_error(h.mean(axis=1)), rel=1e-3)
    second = (g.var() + g.mean() ** 2) * (h**2).mean()
    sd, sd_error = output.sd()
    assert sd == pytest.approx(math.sqrt(second - mean**2), rel=1e-5)
    of_each = (g.var() + g.mean() ** 2) * h.var(axis=1) + g.var() * h.mean(axis=1) ** 2
    assert sd_error == pytest.approx(standard_error(of_each / sd**2) / 2 * sd, rel=1e-3)
    assert (output.draws, output.finite, output.not_finite, output.replicates) == (4000, 4000.0, 0, 8)
    assert output.estimator == "conditioning on x"
    assert shares_below(h[0], 1.5, grid(output.factors)) == pytest.approx(shares(1.5)[0], abs=2e-6)


def test_smoothed_figures_of_nothing():
    output = SmoothedTally(counted(np.full((3, 60), np.nan)).output(0), (factor(0.5),))
    assert np.isnan(output.quantiles([0.1, 0.9])).all() and np.isnan(output.shares([1.0, 2.0]).pooled).all()
    assert output.shares([1.0, 2.0]).by_replicate.shape == (3, 2) and output.not_finite == output.draws == 180
    # The variance of a log-normal of a wide spread rests on what no table holds.
    wide = SmoothedTally(counted(np.ones((3, 60))).output(0), (factor(8.0),))
    assert np.isnan(wide.mean()).all() and np.isnan(wide.sd()).all() and np.isfinite(wide.quantiles([0.5])).all()


def test_masses_of_products():
    """Of h = -2, 0, 1, 3 with masses 2, 1, 3, 2: between them only g spreads."""
    law = stats.lognorm(0.5, scale=math.exp(0.2))
    g = grid((factor(0.5, 0.2),))
    products = Products.of(np.array([3.0, -2.0, 0.0, 1.0]), np.array([2.0, 2.0, 1.0, 3.0]), g)
    assert products.zero == 1.0 and products.below.total == pytest.approx(2.0) and products.above.total == pytest.approx(5.0)
    p = np.array([-0.1, 0.05, 0.2, 0.26, 0.37, 0.5, 0.9, 1.2])
    found = products.quantiles(p)

    def below(y):
        return (2 * (law.sf(y / -2) if y < 0 else 1.0) + (y >= 0) + 3 * law.cdf(y) + 2 * law.cdf(y / 3)) / 8

    for q, value in zip(p[1:-1], found[1:-1]):
        if 0.25 < q < 0.375:
            assert value == 0.0
        else:
            assert below(value) == pytest.approx(q, abs=2e-6)
    assert found[0] == pytest.approx(-2 * law.isf(2.0**-33), rel=0.02)
    assert found[-1] == pytest.approx(3 * law.isf(2.0**-33), rel=0.02)
    only = Products.of(np.array([2.0]), np.array([1.0]), g)
    assert only.below is None and only.zero == 0.0
    np.testing.assert_allclose(only.quantiles(p[1:-1]), 2 * law.ppf(p[1:-1]), rtol=1e-5)


# Indices


def test_ratios_and_their_deviations():
    top, bottom = np.array([[1.0, 2.0], [3.0, 5.0], [2.0, 2.0]]), np.array([[4.0, 4.0], [5.0, 6.0], [3.0, 2.0]])
    ratio, deviations = linearised(top, bottom)
    np.testing.assert_allclose(ratio, [6 / 12, 9 / 12])
    np.testing.assert_allclose(deviations, (top - ratio * bottom) / 4)
    np.testing.assert_allclose(deviations.sum(axis=0), 0.0, atol=1e-15)


def test_tail_indices():
    """Hill's estimate by its definition; that of a Pareto tail is its power."""
    u = (np.arange(10_000) + 0.5) / 10_000
    assert tail_index(np.concatenate([u**-0.5, [np.nan, np.inf]])) == pytest.approx(2.0, rel=0.15)
    values = np.random.default_rng(21).standard_t(3, 400)
    apart = np.sort(np.abs(values - np.median(values)))
    assert tail_index(values) == pytest.approx(1 / np.mean(np.log(apart[-20:] / apart[-21])))
    assert tail_index(np.ones(500)) == math.inf == tail_index(values[:99]) and tail_index(values[:100]) < math.inf
    assert tail_index(np.r_[np.zeros(485), np.full(15, 2.0)]) == math.inf


def indices(formula, priors, scale, tail="", draws=2 * 2048, smooth=False):
    model = build_model(study(priors, formula, tail=tail))
    plan = Plan.of(draws, 2, "sobol")
    if smooth:
        return indices_of(model, [("y", {})], plan, scale, threads=1)[0]
    return sobol_indices(Pair(compile_program(model, [("y", {})]), plan), scale, threads=1)[0]


def test_indices_are_shares_of_the_variance():
    """y = a + b + a b, a and b of mean 0 and variances 1/3 and 1: parts 1/3, 1 and 1/3."""
    priors = {"a": uniform(-1.0, 1.0), "b": normal(0.0, 1.0)}
    found = indices("a + b + a * b", priors, "linear")
    assert [each[0] for each in found.inputs] == ["a", "b"] and found.scale == "linear"
    np.testing.assert_allclose(found.first, [0.2, 0.6], atol=0.02)
    np.testing.assert_allclose(found.total, [0.4, 0.8], atol=0.02)
    assert found.variance == pytest.approx(5 / 3, rel=0.02) and found.vary
    assert found.evaluations == 4096 * 6 and found.not_finite == found.not_positive == 0
    np.testing.assert_allclose(found.first_error, standard_error(found.first_deviations))
    np.testing.assert_allclose(found.total_error, standard_error(found.total_deviations))
    assert np.all(found.first_error < 0.05) and 2 < found.tail < math.inf


def test_the_scale_is_the_logarithms_where_all_is_positive():
    priors = {
        "a": '{ family = "lognormal", meanlog = 0, sdlog = 0.3 }',
        "b": '{ family = "lognormal", meanlog = 1, sdlog = 0.4 }',
    }
    for found in (indices("a * b", priors, None), indices("a * b", priors, None, smooth=True)):
        assert found.scale == "log" and found.tail == math.inf
        np.testing.assert_allclose(found.total, [0.36, 0.64], atol=0.01)
        np.testing.assert_allclose(found.first, [0.36, 0.64], atol=0.01)
        assert found.variance == pytest.approx(0.25, rel=0.01)
    assert indices("a - b", priors, None).scale == "linear"
    forced = indices("a - b", priors, "log")
    assert forced.scale == "log" and forced.not_positive > 0
    linear = indices("a * b + 0 * a", priors, "linear", smooth=True)
    assert linear.scale == "linear" and linear.accuracy == 0.0 and linear.tail < math.inf


def test_what_does_not_vary_has_no_indices():
    priors = {"a": uniform(1.0, 2.0), "b": uniform(1.0, 2.0)}
    cancelled = indices("a * b / b / a + 0 * b", priors, "linear")
    assert np.isnan(cancelled.first).all() and np.isnan(cancelled.total).all() and not cancelled.vary
    with_gaps = indices("where(a > 1.5, a + b, 1 / 0 * a)", priors, "linear")
    assert with_gaps.not_finite > 1000 and np.isfinite(with_gaps.total).all()


def test_known_factors_add_their_variance():
    """ln y = 0.5 ln-normal x twice, and a part that is drawn: shares of both, errors scaled by the drawn part's share."""
    drawn = indices("exp(b) * (1 + c)", {"b": normal(0.0, 0.3), "c": uniform(0.0, 1.0)}, "log")
    both = (factor(0.5, label="x"), factor(0.2, degree=-2.0, label="a"))
    joined = _with_factors(drawn, both, {"a": 0, "b": 1, "c": 2, "x": 3})
    assert joined.inputs == (("a",), ("b",), ("c",), ("x",)) and joined.accuracy == ACCURACY
    whole = drawn.variance + 0.25 + 0.16
    assert joined.variance == pytest.approx(whole, rel=1e-6)
    share = drawn.variance / whole
    expected = np.array([0.16 / whole, *(share * drawn.total), 0.25 / whole])
    np.testing.assert_allclose(joined.total, expected, rtol=1e-6)
    np.testing.assert_allclose(joined.first[1:3], share * drawn.first, rtol=1e-6)
    # By replicate: the drawn variance is that of the replicate, to first order.
    small = 1e-6
    for k in range(2):
        v = drawn.variance + small * drawn.variance_deviations[k]
        t = drawn.total + small * drawn.total_deviations[k]
        moved = np.array([0.16, *(v * t), 0.25]) / (v + 0.41)
        np.testing.assert_allclose(joined.total_deviations[k], (moved - expected) / small, rtol=1e-3, atol=1e-6)
    still = indices("b * c / c / b + 0 * c", {"b": uniform(1.0, 2.0), "c": uniform(1.0, 2.0)}, "log")
    alone = _with_factors(still, both, {"a": 0, "b": 1, "c": 2, "x": 3})
    np.testing.assert_allclose(alone.total, [0.16 / 0.41, 0.0, 0.0, 0.25 / 0.41], rtol=1e-6)
    assert alone.variance == pytest.approx(0.41, rel=1e-6) and np.all(alone.total_deviations == 0)


def test_a_correlated_group_has_one_index():
    priors = {"a": normal(0.0, 1.0), "b": normal(0.0, 1.0), "c": normal(0.0, 1.0)}
    found = indices("a + b + c", priors, "linear", tail='[correlations]\n"a, b" = { normal = 0.5 }\n')
    assert found.inputs == (("a", "b"), ("c",))
    np.testing.assert_allclose(found.total, [0.75, 0.25], atol=0.02)
