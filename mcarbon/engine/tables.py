"""Quantile tables: every prior as the same thing, piecewise cubics that one kernel evaluates.

With v = min(u, 1 - u), each side of a prior is cut into cells by the binary exponent of v (32 octaves) and the first
five bits of its mantissa (32 cells an octave): the cell of a draw is read off the float's bits, without a search, and
the tails keep their relative precision. A cell that no cubic fits to `TOLERANCE` (a kink, a gap, an atom) points to
pieces of its own, cut at the prior's breakpoints and bisected until they fit, and until they meet their neighbours.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mcarbon.errors import UserError, refuse
from mcarbon.families import Distribution, Family
from mcarbon.families.sound import remember
from mcarbon.remembered import keep, recall

Array = npt.NDArray[np.float64]

OCTAVES = 32
CELLS_PER_OCTAVE = 32
SIDE = OCTAVES * CELLS_PER_OCTAVE
"""Cells a side; cell ``SIDE + k`` is the mirror of cell k."""
TOLERANCE = 1e-8
"""Relative to the value or the interquartile range, whichever is larger."""
DEEPEST = 24
"""Bisections of a cell at most: past a jump, what is left is 2**-24 of a cell in probability."""
ROUGHEST, ROUGH_DEPTH = 1e-5, 3
"""Where from this depth on halving does not help, and the error is below this: rounding in the quantile function itself."""
MOST_PIECES = 200_000
"""Pieces of one table, beyond those that its breakpoints make: a quantile function that needs more is mostly noise."""
LONGEST = 5.0
"""Seconds that making a table may take."""


def _monomials(nodes: Sequence[Fraction]) -> Array:
    """The coefficients, row by row of powers, that make values at the nodes a polynomial: exact, so alike everywhere."""
    columns = []
    for node in nodes:
        polynomial = [Fraction(1)]
        for other in nodes:
            if other != node:
                lower, higher = [each * -other for each in polynomial], [Fraction(0), *polynomial]
                polynomial = [(a + b) / (node - other) for a, b in zip([*lower, Fraction(0)], higher)]
        columns.append([float(each) for each in polynomial])
    return np.array(columns).T


# Interpolation at Chebyshev nodes has nearly the smallest possible largest error, and never asks for a cell's ends,
# where a jump may sit.
_NODES = np.array([0.5 - 0.5 * math.cos(math.pi * (k + 0.5) / 4) for k in range(4)])
_PROBES = np.array([0.001, 0.5, 0.8])
_TO_MONOMIALS = _monomials([Fraction(node) for node in _NODES.tolist()])
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
    in increasing v, the last one ending where the cell ends. `support` (2,): the ends that no value goes beyond.
    """

    cubics: Array
    first_piece: npt.NDArray[np.int32]
    pieces: Array
    support: Array


class Tables(NamedTuple):
    """The tables of a program's inputs, stacked for the kernels; the fields are those of `Table`.

    `cubics` (inputs, 2 * SIDE, 4), `first_piece` (inputs, 2 * SIDE) into `pieces` (n, 7), `has_pieces` (inputs,),
    `support` (inputs, 2).
    """

    cubics: Array
    first_piece: npt.NDArray[np.int32]
    pieces: Array
    has_pieces: npt.NDArray[np.bool_]
    support: Array


def stack_tables(tables: Sequence[Table]) -> Tables:
    """The tables of all inputs, one after another."""
    starts = np.cumsum([0, *(len(table.pieces) for table in tables)])
    first = [np.where(table.first_piece >= 0, table.first_piece + start, -1) for table, start in zip(tables, starts)]
    return Tables(
        cubics=np.array([table.cubics for table in tables]).reshape(len(tables), 2 * SIDE, 4),
        first_piece=np.array(first, dtype=np.int32).reshape(len(tables), 2 * SIDE),
        pieces=np.concatenate([np.empty((0, 7)), *(table.pieces for table in tables)]),
        has_pieces=np.array([len(table.pieces) > 0 for table in tables], dtype=np.bool_),
        support=np.array([table.support for table in tables]).reshape(len(tables), 2),
    )


def replaced(tables: Tables, k: int, table: Table) -> Tables:
    """The tables of a program's inputs with another one for input `k`."""
    cubics, first = tables.cubics.copy(), tables.first_piece.copy()
    has_pieces, support = tables.has_pieces.copy(), tables.support.copy()
    cubics[k], has_pieces[k], support[k] = table.cubics, len(table.pieces) > 0, table.support
    first[k] = np.where(table.first_piece >= 0, table.first_piece + len(tables.pieces), -1)
    return Tables(cubics, first, np.concatenate([tables.pieces, table.pieces]), has_pieces, support)


def table_of(distribution: Distribution, name: str) -> Table:
    """The table of a distribution that is no prior of a file; `name` is what refusals call it. UserError as below."""
    return _make_table(distribution, name)


def quantile_table(prior: Family) -> Table:
    """The table of a prior, in the prior's own unit. Remembered by this process, and on disk for those to come.

    UserError where it takes longer than `LONGEST` or where the quantiles are no finite numbers.
    """
    key = prior.model_dump_json()
    if key not in _made:
        if len(_made) >= 1000:
            _made.clear()
        kept = recall("tables", key)
        _made[key] = _new_table(prior, key) if kept is None else _from_bytes(kept)
    return _made[key]


def _new_table(prior: Family, key: str) -> Table:
    # SciPy's families go by their own names.
    name = getattr(prior, "name", None) or getattr(prior, "family", "")
    table = _make_table(prior.distribution(), str(name))
    keep("tables", key, _to_bytes(table))
    remember()
    return table


def _to_bytes(table: Table) -> bytes:
    return b"".join(part.tobytes() for part in (table.support, table.cubics, table.first_piece, table.pieces))


def _from_bytes(content: bytes) -> Table:
    # A copy, since what lies in bytes cannot be written to, which to a kernel is another kind of array.
    room = bytearray(content)
    cubics, pieces = 16 + 2 * SIDE * 32, 16 + 2 * SIDE * 36
    return Table(
        np.frombuffer(room, np.float64, 2 * SIDE * 4, 16).reshape(2 * SIDE, 4),
        np.frombuffer(room, np.int32, 2 * SIDE, cubics),
        np.frombuffer(room, np.float64, (len(room) - pieces) // 8, pieces).reshape(-1, 7),
        np.frombuffer(room, np.float64, 2),
    )


_made: dict[str, Table] = {}


class _Patient:
    """A quantile function that is given up on: asked in parts, few points first, so that a slow one shows in time."""

    def __init__(self, distribution: Distribution, name: str) -> None:
        self.ends = (distribution.ppf, distribution.isf)
        self.name = name
        self.until = time.perf_counter() + LONGEST

    def __call__(self, upper: bool, v: Array) -> Array:
        """The values with probability `v` (n,) below, or above where `upper`."""
        values = np.empty_like(v)
        start, part = 0, 1
        while start < len(v):
            began = time.perf_counter()
            end = min(start + part, len(v))
            try:
                values[start:end] = self.ends[upper](v[start:end])
            except ArithmeticError:  # of Python's own floats; NumPy's become no numbers
                values[start:end] = np.nan
            now = time.perf_counter()
            if now > self.until:
                raise _refused(self.name, f"takes more than {LONGEST:g} s to make", "Choose another family, or a metalog.")
            part = max(1, int((end - start) * min(8.0, 0.2 / max(now - began, 1e-9))))
            start = end
        if not np.all(np.isfinite(values)):
            at = v[~np.isfinite(values)][0]
            raise _refused(self.name, f"has no finite value with probability {at:.3g} {'above' if upper else 'below'}")
        return values


def _refused(name: str, why: str, allowed: str = "") -> UserError:
    return refuse(f"the quantile table of the family `{name}` {why}", allowed=allowed)


@dataclass(frozen=True, slots=True, eq=False)
class _Intervals:
    """Parts of cells (n,): the `cell`, `low` and `high` in v, the `depth` of bisection, whether a breakpoint is at `low`.

    `cubics` (n, 4) are those of the part, once they are fitted.
    """

    cell: npt.NDArray[np.int64]
    low: Array
    high: Array
    depth: npt.NDArray[np.int64]
    is_cut: npt.NDArray[np.bool_]
    cubics: Array

    def __getitem__(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> _Intervals:
        return _Intervals(*(getattr(self, field)[which] for field in self.__slots__))

    @property
    def can_be_halved(self) -> npt.NDArray[np.bool_]:
        """Whether each is neither at the last depth nor too narrow for a float between its ends."""
        middle = 0.5 * (self.low + self.high)
        return (self.depth < DEEPEST) & (self.low < middle) & (middle < self.high)

    def halves(self) -> _Intervals:
        """Both halves of each."""
        middle = 0.5 * (self.low + self.high)
        left = replace(self, high=middle, depth=self.depth + 1)
        right = replace(self, low=middle, depth=self.depth + 1, is_cut=np.zeros_like(self.is_cut))
        return _joined([left, right])


def _joined(parts: Sequence[_Intervals]) -> _Intervals:
    """All parts in order: by cell, then by v."""
    whole = _Intervals(*(np.concatenate([getattr(part, field) for part in parts]) for field in _Intervals.__slots__))
    return whole[np.lexsort((whole.low, whole.cell))]


def _cut(breakpoints: Array) -> _Intervals:
    """All cells of both sides, cut at the breakpoints (probabilities below)."""
    start, _ = _cell_bounds()
    parts = []
    for upper in (False, True):
        breaks = 1.0 - breakpoints if upper else breakpoints
        low = np.unique(np.concatenate([start, breaks[(breaks > start[0]) & (breaks < 0.5)]]))
        cell = np.searchsorted(start, low, side="right") - 1 + SIDE * upper
        depth, is_cut = np.zeros(len(low), dtype=np.int64), np.isin(low, breaks)
        parts.append(_Intervals(cell, low, np.append(low[1:], 0.5), depth, is_cut, np.empty((len(low), 4))))
    return _joined(parts)


def _fit(quantile: _Patient, at: _Intervals, scale: float) -> tuple[_Intervals, Array]:
    """The intervals with their cubics, and the largest relative error of each (n,)."""
    points = at.low[:, None] + (at.high - at.low)[:, None] * np.concatenate([_NODES, _PROBES])
    values = np.empty(points.shape)
    for upper in (False, True):
        here = (at.cell >= SIDE) == upper
        values[here] = quantile(upper, points[here].ravel()).reshape(-1, points.shape[1])
    cubics = _product(values[:, :4], _TO_MONOMIALS)
    # An atom's value must come out to the bit.
    constant = np.all(values == values[:, :1], axis=1)
    cubics[constant] = 0.0
    cubics[constant, 0] = values[constant, 0]
    if not np.all(np.isfinite(cubics)):
        raise _refused(quantile.name, f"has values up to {np.max(np.abs(values)):.3g}: too large to go between them")
    probes = values[:, 4:]
    error = np.abs(_product(cubics, _PROBE_POWERS) - probes) / np.maximum(np.abs(probes), scale)
    return replace(at, cubics=cubics), error.max(axis=1)


def _product(values: Array, matrix: npt.NDArray[np.floating]) -> Array:
    """``values @ matrix.T``, rounded alike on every processor, which a matrix product is not."""
    total = values[:, :1] * matrix[:, 0]
    for k in range(1, values.shape[1]):
        total = total + values[:, k : k + 1] * matrix[:, k]
    return total


def _torn(at: _Intervals, scale: float, middle_is_cut: bool) -> npt.NDArray[np.bool_]:
    """Which intervals (n,) do not meet a neighbour, though no breakpoint lies between: a jump has hidden at their ends."""
    starts, ends = at.cubics[:, 0], at.cubics.sum(axis=1)
    torn = np.zeros(len(starts), dtype=np.bool_)

    def compare(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64], x: Array, y: Array) -> None:
        apart = np.abs(x - y) > 4.0 * TOLERANCE * np.maximum(np.abs(y), scale)
        torn[one[apart]] = torn[other[apart]] = True

    first = int(np.searchsorted(at.cell, SIDE))
    left = np.flatnonzero(~at.is_cut[1:] & (np.arange(1, len(starts)) != first))
    compare(left, left + 1, ends[left], starts[left + 1])
    if not middle_is_cut:
        last = np.array([first - 1, len(starts) - 1])
        compare(last[:1], last[1:], ends[last[:1]], ends[last[1:]])
    return torn


def _rough(halved: _Intervals, error: Array, of_halves: Array) -> npt.NDArray[np.bool_]:
    """Which intervals (n,) were halved in vain, given their `error` (n,) and that `of_halves` (2 n,), pair by pair.

    A jump or kink is in one half only; rounding is in both.
    """
    least = of_halves.reshape(-1, 2).min(axis=1)
    return np.asarray((least > 0.5 * error) & (error < ROUGHEST) & (halved.depth >= ROUGH_DEPTH))


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # what is no finite number is refused
def _make_table(distribution: Distribution, name: str) -> Table:
    quantile = _Patient(distribution, name)
    quartiles = [float(quantile(upper, np.array([0.25]))[0]) for upper in (False, True)]
    scale = max(quartiles[1] - quartiles[0], float(np.finfo(np.float64).tiny))
    breakpoints = distribution.breakpoints
    middle_is_cut = bool(np.any(np.abs(breakpoints - 0.5) < 1e-14))
    pending = _cut(breakpoints)
    most = len(pending.low) + MOST_PIECES
    fitted: list[_Intervals] = []
    halved: tuple[_Intervals, Array] | None = None
    while len(pending.low):
        tried, error = _fit(quantile, pending, scale)
        if halved is not None:
            rough = _rough(*halved, error)
            fitted.append(replace(halved[0][rough], depth=np.full(rough.sum(), DEEPEST)))
            tried, error = tried[~np.repeat(rough, 2)], error[~np.repeat(rough, 2)]
        good = (error <= TOLERANCE) | ~tried.can_be_halved
        fitted.append(tried[good])
        halved = tried[~good], error[~good]
        pending = halved[0].halves()
        if not len(pending.low):
            whole = _joined(fitted)
            torn = _torn(whole, scale, middle_is_cut) & whole.can_be_halved
            fitted, pending, halved = [whole[~torn]], whole[torn].halves(), None
        if sum(len(part.low) for part in fitted) + len(pending.low) > most:
            raise _refused(name, f"would need more than {most:,} pieces: its quantiles are not smooth")
    with np.errstate(all="ignore"):
        support = np.concatenate([end(np.zeros(1)) for end in quantile.ends])
    return _table(whole, np.where(np.isnan(support), [-np.inf, np.inf], support))


def _table(whole: _Intervals, support: Array) -> Table:
    """The table of all fitted intervals: a cell's own cubic where it is whole, else its pieces."""
    is_whole = np.bincount(whole.cell, minlength=2 * SIDE)[whole.cell] == 1
    cubics = np.zeros((2 * SIDE, 4))
    cubics[whole.cell[is_whole]] = whole.cubics[is_whole]
    parts = whole[~is_whole]
    first_piece = np.full(2 * SIDE, -1, dtype=np.int32)
    cells, first = np.unique(parts.cell, return_index=True)
    first_piece[cells] = first
    pieces = np.column_stack([parts.low, parts.high, 1.0 / (parts.high - parts.low), parts.cubics])
    return Table(cubics, first_piece, pieces, support)
