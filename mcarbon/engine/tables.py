"""Quantile tables: every prior as the same thing, piecewise cubics that one kernel evaluates.

With v = min(u, 1 - u), each side of a prior is cut into cells by the binary exponent of v (32 octaves) and the first
five bits of its mantissa (32 cells an octave): the cell of a draw is read off the float's bits, without a search, and
the tails keep their relative precision. A cell that no cubic fits to `TOLERANCE` (a kink, a gap, an atom) points to
pieces of its own, cut at the prior's breakpoints and bisected until they fit.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mcarbon.families import Distribution, Family

Array = npt.NDArray[np.float64]

OCTAVES = 32
CELLS_PER_OCTAVE = 32
SIDE = OCTAVES * CELLS_PER_OCTAVE
"""Cells a side; cell ``SIDE + k`` is the mirror of cell k."""
TOLERANCE = 1e-8
"""Relative to the value or the interquartile range, whichever is larger."""
DEEPEST = 24
"""Bisections of a cell at most: past a jump, what is left is 2**-24 of a cell in probability."""

# Interpolation at Chebyshev nodes has nearly the smallest possible largest error, and never asks for a cell's ends,
# where a jump may sit.
_NODES = 0.5 - 0.5 * np.cos(np.pi * (np.arange(4) + 0.5) / 4)
_PROBES = np.array([0.001, 0.5])
_TO_MONOMIALS = np.linalg.inv(np.vander(_NODES, 4, increasing=True))
_PROBE_POWERS = np.vander(_PROBES, 4, increasing=True)


def _cell_bounds() -> tuple[Array, Array]:
    octave, cell = np.divmod(np.arange(SIDE), CELLS_PER_OCTAVE)
    size = np.exp2(octave - OCTAVES - 1.0) / CELLS_PER_OCTAVE
    start = np.exp2(octave - OCTAVES - 1.0) + cell * size
    return start, size


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The quantile table of one prior.

    `cubics` (2 * SIDE, 4): coefficients of 1, t, t**2, t**3, where t in [0, 1) is the place within the cell.
    `first_piece` (2 * SIDE): the index of a cell's first piece, or -1 where its cubic holds.
    `pieces` (n, 7): start and end in v, 1 / (end - start), and four coefficients; a cell's pieces follow each other
    in increasing v, the last one ending where the cell ends.
    """

    cubics: Array
    first_piece: npt.NDArray[np.int32]
    pieces: Array


class Tables(NamedTuple):
    """The tables of a program's inputs, stacked for the kernels; the fields are those of `Table`.

    `cubics` (inputs, 2 * SIDE, 4), `first_piece` (inputs, 2 * SIDE) into `pieces` (n, 7), `has_pieces` (inputs,).
    """

    cubics: Array
    first_piece: npt.NDArray[np.int32]
    pieces: Array
    has_pieces: npt.NDArray[np.bool_]


def stack_tables(tables: Sequence[Table]) -> Tables:
    """The tables of all inputs, one after another."""
    starts = np.cumsum([0, *(len(table.pieces) for table in tables)])
    first = [np.where(table.first_piece >= 0, table.first_piece + start, -1) for table, start in zip(tables, starts)]
    return Tables(
        cubics=np.array([table.cubics for table in tables]).reshape(len(tables), 2 * SIDE, 4),
        first_piece=np.array(first, dtype=np.int32).reshape(len(tables), 2 * SIDE),
        pieces=np.concatenate([np.empty((0, 7)), *(table.pieces for table in tables)]),
        has_pieces=np.array([len(table.pieces) > 0 for table in tables], dtype=np.bool_),
    )


def _fit(upper: bool, prior: Distribution, start: Array, size: Array, scale: float) -> tuple[Array, Array]:
    """Cubics (n, 4) on the intervals of v given by `start` and `size`, and their largest relative errors (n)."""
    quantile = prior.isf if upper else prior.ppf
    points = start[:, None] + size[:, None] * np.concatenate([_NODES, _PROBES])
    values = np.asarray(quantile(points.ravel()), dtype=np.float64).reshape(points.shape)
    cubics = values[:, :4] @ _TO_MONOMIALS.T
    # An atom's value must come out to the bit.
    constant = np.all(values == values[:, :1], axis=1)
    cubics[constant] = 0.0
    cubics[constant, 0] = values[constant, 0]
    probes = values[:, 4:]
    error = np.abs(cubics @ _PROBE_POWERS.T - probes) / np.maximum(np.abs(probes), scale)
    return cubics, error.max(axis=1)


def _pieces(upper: bool, prior: Distribution, start: float, end: float, breaks: Array, scale: float) -> list[Array]:
    """The pieces of one cell, in increasing v."""
    edges = np.concatenate([[start], breaks[(breaks > start) & (breaks < end)], [end]])
    done: list[Array] = []
    pending = [(low, high, 0) for low, high in itertools.pairwise(edges)][::-1]
    while pending:
        low, high, depth = pending.pop()
        cubic, error = _fit(upper, prior, np.array([low]), np.array([high - low]), scale)
        middle = 0.5 * (low + high)
        if error[0] <= TOLERANCE or depth == DEEPEST or not low < middle < high:
            done.append(np.array([low, high, 1.0 / (high - low), *cubic[0]]))
        else:
            pending += [(middle, high, depth + 1), (low, middle, depth + 1)]
    return done


def quantile_table(prior: Family) -> Table:
    """The table of a prior, in the prior's own unit. Remembered for as long as the process lives."""
    key = prior.model_dump_json()
    if key not in _made:
        if len(_made) >= 1000:
            _made.clear()
        _made[key] = _make_table(prior.distribution())
    return _made[key]


_made: dict[str, Table] = {}


def _make_table(distribution: Distribution) -> Table:
    quartiles = distribution.ppf(np.array([0.25, 0.75]))
    scale = max(float(quartiles[1] - quartiles[0]), np.finfo(np.float64).tiny)
    breakpoints = np.asarray(distribution.breakpoints, dtype=np.float64)
    start, size = _cell_bounds()
    cubics = np.empty((2 * SIDE, 4))
    first_piece = np.full(2 * SIDE, -1, dtype=np.int32)
    pieces: list[Array] = []
    for upper in (False, True):
        offset = SIDE * upper
        breaks = np.sort(1.0 - breakpoints if upper else breakpoints)
        cubics[offset : offset + SIDE], error = _fit(upper, distribution, start, size, scale)
        broken = np.searchsorted(breaks, start, side="right") < np.searchsorted(breaks, start + size, side="left")
        for cell in np.flatnonzero((error > TOLERANCE) | broken):
            first_piece[offset + cell] = len(pieces)
            pieces += _pieces(upper, distribution, start[cell], start[cell] + size[cell], breaks, scale)
    return Table(cubics, first_piece, np.array(pieces).reshape(-1, 7))
