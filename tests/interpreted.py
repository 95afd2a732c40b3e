"""Kernels as plain Python, where `NUMBA_DISABLE_JIT=1` asks for it: for coverage and for mutants.

Numba then leaves functions as they are, but for two things. NumPy's numbers warn where machine arithmetic wraps around or
divides by zero, which kernels rely on; and code written as LLVM's vectors cannot be called, so that the same arithmetic
stands in its place, lane by lane.
"""

from __future__ import annotations

from functools import wraps

import numpy as np

from mcarbon.engine import accelerate, vectors


def kernel(function):
    """Machine arithmetic, which says nothing."""

    @wraps(function)
    def silent(*arguments):
        with np.errstate(all="ignore"):
            return function(*arguments)

    return silent


def eight_cubics(cubics, cells, t, low, high, x, i):
    c, s = cubics[cells[i : i + 8]].T, t[i : i + 8] - 1.0
    y = c[0] + s * (c[1] + s * (c[2] + s * c[3]))
    x[i : i + 8] = np.where(y > low, np.where(y < high, y, high), low)


def lane_sums(x, unit, sums):
    d = x.reshape(-1, 8) * unit
    for k, terms in enumerate((d, d * d)):
        # Rows are added one after another, as `np.sum` adds along the first axis.
        total = 0.0
        for lane in np.add.reduce(terms, axis=0):
            total += lane
        sums[k] = total


def use_plain_python():
    """Put these in the place of the compiler, before a module with kernels is imported."""
    accelerate.kernel = kernel
    accelerate.inlined = lambda function: function
    vectors.eight_cubics, vectors.lane_sums = eight_cubics, lane_sums
