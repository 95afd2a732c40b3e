"""The bands of statistical tests: as they are written for the usual seeds, narrower with more at the same false alarms."""

import math

import numpy as np
import pytest
from scipy import stats
from seeds import alarms_of_rms, alarms_of_share, narrowed, rms_band, share_band


def test_bands_are_those_that_are_written():
    assert share_band(400, 0.91, 0.98, times=1) == (0.91, 0.98)
    assert rms_band(64, 0.75, 1.45, times=1) == (0.75, 1.45)
    assert narrowed(0.02, times=1) == 0.02 and narrowed(0.02, times=4) == 0.01


def test_more_seeds_raise_no_more_false_alarms():
    """By summing the binomial, and by drawing the root mean square: 20,000 of 640 values, of which 1 in 100 lies outside."""
    below, above = alarms_of_share(400, 0.91, 0.98)
    chances = [math.comb(400, k) * 0.95**k * 0.05 ** (400 - k) for k in range(401)]
    assert (below, above) == pytest.approx((sum(chances[:364]), sum(chances[393:])), rel=1e-9)
    low, high = share_band(400, 0.91, 0.98, times=10)
    law = stats.binom(4000, 0.95)
    assert 0.91 < low < 0.95 < high < 0.98
    assert law.cdf(round(low * 4000) - 1) <= below and law.sf(round(high * 4000)) <= above
    wide = rms_band(64, 0.9, 1.28, times=10)
    drawn = np.sqrt((np.random.default_rng(1).standard_t(15, (20_000, 640)) ** 2).mean(axis=1))
    found = np.mean(drawn < wide[0]), np.mean(drawn > wide[1])
    np.testing.assert_allclose(found, alarms_of_rms(64, 0.9, 1.28, 15), rtol=0.35, atol=0.001)
