"""The block machine to the bit: which cell and which piece a probability is looked up in, by exact arithmetic."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

import mcarbon as mc
from mcarbon.engine.machine import Copula, correlate, look_up
from mcarbon.engine.streams import BLOCK
from mcarbon.engine.tables import SIDE, Table, quantile_table, stack_tables

pytestmark = pytest.mark.kernels

EVERYWHERE = np.array([-np.inf, np.inf])
NO_PIECES = np.full(2 * SIDE, -1, np.int32), np.empty((0, 7))


def found(tables, k, u):
    """The values at these probabilities, a block at most."""
    room, x = np.resize(np.asarray(u, dtype=np.float64), BLOCK), np.empty(BLOCK)
    look_up(tables, k, room, x)
    return x[: len(u)]


def cell_and_place(u):
    """Of a probability: the cell, and the place in it from 0 to 1, by the definition of the tables in whole numbers.

    The smaller of both tails has 32 octaves down to 2**-33 of 32 cells each; what is smaller is there, and 1/2 is the
    float below it, in the lower tail.
    """
    v = min(Fraction(u), 1 - Fraction(u))
    v = min(max(v, Fraction(1, 2**33)), Fraction(1, 2) - Fraction(1, 2**54))
    octave = 0
    while v >= Fraction(2**octave, 2**32):
        octave += 1
    place = (v * 2**33 / 2**octave - 1) * 32
    cell = math.floor(place)
    return 32 * octave + cell + (SIDE if u > 0.5 else 0), float(place - cell)


RNG = np.random.default_rng(23)
TAILS = RNG.integers(2**52, 2**53, 390) * 2.0 ** -(53.0 + RNG.integers(2, 33, 390) - 1)
EDGES = [0.0, 1.0, 0.5 - 2.0**-54, 0.5 - 2.0**-53, 0.5 + 2.0**-53]
EDGES += [p for k in range(1, 37) for p in (2.0**-k, 1 - 2.0**-k)]
PROBABILITIES = np.concatenate([TAILS, 1.0 - TAILS, RNG.random(150), EDGES])


def test_a_probability_has_the_cell_and_the_place_of_its_bits():
    assert len(PROBABILITIES) <= BLOCK
    cells, places = np.zeros((2, 2 * SIDE, 4))
    cells[:, 0], places[:, 1] = np.arange(2 * SIDE), 1.0
    tables = stack_tables([Table(cubics, *NO_PIECES, EVERYWHERE) for cubics in (cells, places)])
    expected = [cell_and_place(u) for u in PROBABILITIES.tolist()]
    assert np.array_equal(found(tables, 0, PROBABILITIES), [cell for cell, _ in expected])
    assert np.array_equal(found(tables, 1, PROBABILITIES), [place for _, place in expected])


def test_pieces_are_polynomials_from_their_start_up_to_their_end():
    """Two cells of the lower and one of the upper tail are cut; the first piece of all is one that is looked up."""
    start, size = 2.0**-2, 2.0**-7
    ends = {
        SIDE - 32: start + size * np.array([0.0, 0.25, 0.375, 1.0]),
        SIDE - 30: start + size * np.array([2.0, 2.5, 3.0]),
        2 * SIDE - 31: start + size * np.array([1.0, 1.125, 2.0]),
    }
    first, pieces = NO_PIECES[0].copy(), []
    for cell, bounds in ends.items():
        first[cell] = len(pieces)
        for low, high in pairwise(bounds):
            pieces.append([low, high, 1 / (high - low), *RNG.normal(size=4)])
    cut = Table(np.zeros((2 * SIDE, 4)), first, np.array(pieces), np.array([-1.2, 1.3]))
    whole = Table(np.full((2 * SIDE, 4), 0.5), *NO_PIECES, EVERYWHERE)
    tables = stack_tables([cut, whole, cut])
    v, expected = [], []
    for low, high, _, *coefficients in pieces:
        for t in (0.0, 0.125, 0.5, 0.875, 1 - 2.0**-40):
            v.append(low + t * (high - low))
            expected.append(np.polynomial.polynomial.polyval((v[-1] - low) / (high - low), coefficients))
    u = np.array(v)
    u[-10:] = 1 - u[-10:]
    expected = np.array(expected)
    assert expected.min() < -1.2 and expected.max() > 1.3
    for k in (0, 2):
        np.testing.assert_allclose(found(tables, k, u), np.clip(expected, -1.2, 1.3), rtol=1e-14, atol=1e-15)
    # Other cells of a table with pieces are as they are, and so is a table without.
    elsewhere = np.array([0.01, start + 1.5 * size, start + 3.5 * size, 1 - start - 0.5 * size, 0.99])
    assert np.array_equal(found(tables, 2, elsewhere), np.zeros(5))
    assert found(tables, 1, u[:1]) == 0.5


def test_a_half_is_of_the_lower_half():
    """As of any quantile function, which is the smallest value with no less than that below or at it."""
    tables = stack_tables([quantile_table(mc.discrete([1, 5], [1, 1]))])
    u = np.array([0.5, 0.5 - 2.0**-54, 0.5 + 2.0**-53, 0.25, 0.75])
    assert found(tables, 0, u).tolist() == stats.rv_discrete(values=([1, 5], [0.5, 0.5])).ppf(u).tolist()


def test_groups_are_correlated_each_by_its_own_factor():
    """Two groups of two among six inputs, a third of one input: by the normal distribution of the mixed normals."""
    groups = [[4, 1], [2], [0, 5]]
    correlation = [np.array([[1.0, 0.6], [0.6, 1.0]]), np.array([[1.0]]), np.array([[1.0, -0.3], [-0.3, 1.0]])]
    lower = [np.linalg.cholesky(each) for each in correlation]
    triangles = [each[np.tril_indices(len(each))] for each in lower]
    mixed = np.zeros(6, np.bool_)
    mixed[np.concatenate(groups)] = True
    copula = Copula(
        mixed,
        np.cumsum([0, *map(len, groups)]),
        np.concatenate(groups).astype(np.int32),
        np.cumsum([0, *map(len, triangles)]),
        np.concatenate(triangles),
        stack_tables([quantile_table(mc.normal(0, 1))]),
    )
    tables = stack_tables([quantile_table(mc.uniform(k, k + 1)) for k in range(6)])
    rows = np.random.default_rng(24).normal(size=(6, BLOCK))
    expected = rows.copy()
    for members, factor in zip(groups, lower):
        expected[members] = stats.norm.cdf(factor @ rows[members]) + np.array(members)[:, None]
    correlate(tables, copula, np.empty(BLOCK), rows)
    np.testing.assert_allclose(rows, expected, atol=1e-8)
    assert np.array_equal(rows[3], expected[3])
