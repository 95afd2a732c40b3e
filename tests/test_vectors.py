"""Vector code that is written out, against the same arithmetic in NumPy, to the bit; and that steps can be vectorised."""

import numpy as np
import pytest
from numba import njit

import mcarbon as mc
from mcarbon.answers.sample import Layout
from mcarbon.engine.program import compile_program
from mcarbon.engine.vectors import eight_cubics, lane_sums
from mcarbon.reading.model import build_model

pytestmark = pytest.mark.kernels


@njit
def cubics_of_all(cubics, cells, t, low, high, x):
    for i in range(0, len(x), 8):
        eight_cubics(cubics, cells, t, low, high, x, i)


@njit
def sums_of(x, unit, sums):
    lane_sums(x, unit, sums)


@pytest.mark.parametrize("offset", range(4), ids=lambda offset: f"{8 * offset} bytes off")
def test_cubics_are_horners_rule_to_the_bit(offset):
    rng = np.random.default_rng(1)
    cubics = rng.normal(size=4 * 300 + offset)[offset:].reshape(300, 4)
    cells = rng.integers(300, size=64).astype(np.uint64)
    t = 1.0 + rng.random(64)
    x = np.full(64, np.nan)
    low, high = -0.5, 1.5
    cubics_of_all(cubics, cells, t, low, high, x)
    c, s = cubics[cells].T, t - 1.0
    expected = np.clip(c[0] + s * (c[1] + s * (c[2] + s * c[3])), low, high)
    assert np.array_equal(x, expected)
    assert np.any(x == low) and np.any(x == high) and np.any((low < x) & (x < high))


def test_sums_are_those_of_eight_lanes_to_the_bit():
    x = np.random.default_rng(2).lognormal(0.0, 3.0, 1024)
    sums = np.zeros(2)
    sums_of(x, 0.3, sums)
    for power, found in zip((1, 2), sums):
        terms = x * 0.3 if power == 1 else (x * 0.3) * (x * 0.3)
        lanes = np.zeros(8)
        for eight in terms.reshape(-1, 8):
            lanes += eight
        total = 0.0
        for lane in lanes:
            total += lane
        assert found == total


@pytest.mark.parametrize("study", ["tomlinson-2024", "writing-2026"])
def test_no_step_writes_to_a_row_that_it_reads(study):
    layout = Layout.of(build_model(mc.load_study(study)), None, None)
    code = compile_program(layout.model, layout.targets).steps.code
    # An operand that a step does not have is written 0, the row of an input, to which no step writes.
    assert len(code) > 5 and code[:, 1].min() > 0
    assert not np.any(code[:, 2:] == code[:, 1:2])
