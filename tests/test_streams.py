"""Uniform numbers: published vectors, SciPy's points, and the properties that scrambling must keep."""

import numpy as np
import pytest
import twin
from scipy import stats
from scipy.stats import qmc
from seeds import seeds

from mcarbon.engine.streams import (
    BLOCK,
    MOST_DIMENSIONS,
    U32,
    U64,
    philox4x32,
    philox_block,
    reverse_bits,
    sobol_block,
    sobol_directions,
    stream_key,
)

pytestmark = pytest.mark.kernels

# Random123 1.14, tests/kat_vectors, rows "philox4x32 10": counter, key, expected.
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_philox_passes_the_published_vectors(counter, key, expected):
    words = [U64(int(word, 16)) for word in (counter + " " + key).split()]
    assert [f"{int(word):08x}" for word in philox4x32(*words)] == expected.split()


def test_philox_block_is_the_definition():
    key = stream_key(7, "random", "grid")
    u = np.empty(BLOCK)
    for block in (0, 1, 5):
        philox_block(U64(key), 3, block, u)
        expected = twin.random_uniforms(7, 3, ("grid",), (block + 1) * BLOCK)[-BLOCK:]
        assert np.array_equal(u, expected)
        assert u.min() > 0
        assert u.max() < 1


def test_sobol_points_are_scipys():
    directions, low = sobol_directions(300)
    expected = qmc.Sobol(300, scramble=False, bits=32).random(4 * BLOCK)
    for dimension in (0, 1, 2, 17, 299):
        for block in range(4):
            gray = (block * BLOCK) ^ (block * BLOCK >> 1)
            high = np.bitwise_xor.reduce([directions[dimension, bit] for bit in range(32) if gray >> bit & 1] or [U32(0)])
            points = [int(reverse_bits(U32(x ^ high))) / 2**32 for x in low[dimension]]
            assert np.array_equal(points, expected[block * BLOCK : (block + 1) * BLOCK, dimension])


def test_there_are_as_many_dimensions_as_joe_and_kuo_give():
    """21 201 in their table "new-joe-kuo-6", which SciPy ships."""
    assert MOST_DIMENSIONS == qmc.Sobol.MAXDIM == 21201


def test_scrambled_points_are_the_definition():
    directions, low = sobol_directions(5)
    u = np.empty(BLOCK)
    for block in (0, 1, 3):
        sobol_block(low[4], directions[4], U32(twin.key(1, "sobol", "2", "grid") % 2**32), block, u)
        expected = twin.sobol_uniforms(1, 2, ("grid",), 4, 5, (block + 1) * BLOCK)[-BLOCK:]
        assert np.array_equal(u, expected)


def test_scrambling_keeps_the_net():
    """2**10 points in two dimensions: one in each elementary interval of volume 2**-10, whatever its shape."""
    directions, low = sobol_directions(2)
    points = np.empty((2, BLOCK))
    for dimension in range(2):
        sobol_block(low[dimension], directions[dimension], U32(stream_key(1, dimension) & 0xFFFFFFFF), 0, points[dimension])
    for split in range(11):
        rows, columns = 2**split, 2 ** (10 - split)
        cells = np.floor(points[0] * rows) * columns + np.floor(points[1] * columns)
        assert len(np.unique(cells)) == BLOCK


@pytest.mark.statistics
def test_scrambles_are_uniform_and_independent():
    """A point over 4000 seeds is uniform, and two dimensions of it are uncorrelated. False alarms: 1 in 1000 each."""
    directions, low = sobol_directions(2)
    u = np.empty(BLOCK)
    values = np.empty((2, len(seeds(4000))))
    for seed in seeds(4000):
        for dimension in range(2):
            scramble = U32(stream_key(seed, "sobol", "0", str(dimension)) & 0xFFFFFFFF)
            sobol_block(low[dimension], directions[dimension], scramble, 0, u)
            values[dimension, seed] = u[5]
    for row in values:
        assert stats.kstest(row, "uniform").pvalue > 1e-3
    assert stats.pearsonr(*values).pvalue > 1e-3


def test_streams_of_other_names_and_seeds_differ():
    keys = {
        stream_key(seed, *names) for seed in (0, 1, 2) for names in (("random", "a"), ("random", "b"), ("sobol", "0", "a"))
    }
    assert len(keys) == 9
