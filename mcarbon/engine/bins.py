"""Bins that are read off a float's bits: where draws are counted instead of kept.

The bin of y comes from the exponent and first mantissa bits of ``y - centre``, so bins are a fixed share of their
distance from the centre: equally fine in both tails of a ratio over ten orders of magnitude, at one shift and a
comparison a draw. Each bin also keeps its smallest and largest draw, so that a quantile is interpolated between draws
and not between edges, and a value that the pilot repeats has a bin of its own. Counts, smallest and largest draws
combine exactly: any split of the draws gives the same bins. A bin that holds more than its share of the pilot (far from
the centre a cluster or a pole may hide in one) is split by the next bits of the mantissa.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

ROOM = 6
"""Octaves beyond the pilot's smallest and largest draws; what lies further out shares the outermost bin."""
FINEST = 11
"""Around a centre other than 0, bins end this many octaves below half the pilot's width, or where there is no crowd."""
CROWDED = 2.0**-7
"""A coarse bin that holds more of the pilot than this is split into parts of which none should hold that much,"""
FINER = 5
"""and by as many bits more."""
REPEATED = 4
"""A value that the pilot has this many times is an atom: one in 500 draws or more. Continuous draws do not repeat."""
MOST_ATOMS = 64
BIAS = 1023


def bits_per_octave(draws: int) -> int:
    """How finely an octave is cut, as a power of two: 64 bins up to 2**16 draws, twice as many for each factor of 8.

    Interpolation errs by the square of a bin's width and the Monte Carlo error falls no faster than the number of
    draws, so quantiles stay within a tenth of their standard error (a quarter beside a pole); fewer bins stay in cache.
    """
    return int(min(6 + np.ceil(np.log2(max(draws / 2**16, 1.0)) / 3), 9))


class Bins(NamedTuple):
    """The bins of several outputs, one after another.

    Sums are kept of (y - `centre`) / `scale`, a power of two near half the 90 % width, so that squares stay in range.
    An output has `n_below` coarse bins below its centre, one at it, `n_above` above, and one for draws that are not
    finite; `lowest` is the key (exponent and leading mantissa bits) of the first coarse bin off the centre, `shift` the
    bits of a float below that key. `coarse` (outputs + 1,) says where an output's coarse bins start, `offset`
    (outputs + 1,) where its bins start. A coarse bin becomes the bins from `first` (counted from its output's start)
    on: the bits above `part_shift`, under `part_mask`, number them, mirrored by `part_flip` below the centre.
    Output k has the atoms ``atoms[k]`` to ``atoms[k + 1]``, of `atom_value`, which lie in the bins `atom_bin`: each of
    these becomes three, below the atom, the atom, and above it.
    """

    centre: Array
    scale: Array
    shift: np.uint64
    lowest: npt.NDArray[np.int32]
    n_below: npt.NDArray[np.int32]
    n_above: npt.NDArray[np.int32]
    coarse: npt.NDArray[np.int64]
    is_split: npt.NDArray[np.bool_]
    first: npt.NDArray[np.int32]
    part_shift: npt.NDArray[np.uint64]
    part_mask: npt.NDArray[np.int32]
    part_flip: npt.NDArray[np.int32]
    atoms: npt.NDArray[np.int64]
    atom_value: Array
    atom_bin: npt.NDArray[np.int32]
    offset: npt.NDArray[np.int64]


def bins_from_pilot(pilot: Array, draws: int) -> Bins:
    """Bins fit for outputs of which `pilot` (outputs, some hundred draws) is a sample, when `draws` will be counted.

    The centre is 0 where the draws span orders of magnitude, and else their median.
    """
    bits = bits_per_octave(draws)
    pilot = np.sort(np.where(np.isfinite(pilot), pilot, np.nan), axis=1)
    finite = np.sum(np.isfinite(pilot), axis=1)
    rows = np.arange(len(pilot))
    low, middle, high = (pilot[rows, ((finite - 1) * p).astype(np.int64)] for p in (0.05, 0.5, 0.95))
    half = high / 2 - low / 2  # by halves, since of the largest floats there are no differences
    centre = np.where(half < np.abs(middle), middle, 0.0)
    around_zero = centre == 0

    shifted = pilot - centre[:, None]
    distance = np.where(shifted != 0, np.abs(shifted), np.nan)
    closest, furthest = np.fmin.reduce(distance, axis=1), np.fmax.reduce(distance, axis=1)
    # A pilot of which nine tenths are one value has no width: then around that value down to its last bits, or as near as
    # any other draw came.
    last = np.where(around_zero, closest, np.fmin(closest, np.abs(centre) * 2.0**-40))
    half = np.where(half > 0, half, last / 2)
    # Within so much of the centre there is no crowd.
    alone = np.fmin(np.sort(distance, axis=1)[rows, (CROWDED * finite).astype(np.int64)], half)
    finest = np.minimum(_exponent(half) - FINEST, _exponent(alone))
    nearest = np.where(around_zero, _exponent(closest) - ROOM, finest)
    # In octaves of a float's bits: 0 is that of 0, 2 * BIAS that of the largest.
    least, most = (np.clip(each + BIAS, 0, 2 * BIAS) for each in (nearest, _exponent(furthest) + ROOM))
    below, above = (np.where(side.any(axis=1), (most + 1 - least) << bits, 1) for side in (shifted < 0, shifted > 0))
    lowest = least << bits
    coarse = np.concatenate([[0], np.cumsum(below + above + 2)])
    middles = coarse[:-1] + below

    shift = np.uint64(52 - bits)

    def coarse_bins(apart: Array, k: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The coarse bins, of all outputs, of the pilot's draws that lie so far `apart` from the centre of output `k`."""
        key = (np.abs(apart).view(np.uint64) >> shift).astype(np.int64) - lowest[k]
        return np.asarray(middles[k] + np.where(key < 0, 0, np.where(apart < 0, -1 - key, 1 + key)))

    place = coarse_bins(shifted, rows[:, None])
    held = np.bincount(place[np.isfinite(shifted) & (place != middles[:, None])], minlength=int(coarse[-1]))
    crowd = CROWDED * np.repeat(finite, np.diff(coarse))
    crowded = np.flatnonzero(held > crowd)
    part_bits = np.zeros(len(held), dtype=np.int64)
    part_bits[crowded] = np.ceil(np.log2(held[crowded] / crowd[crowded])) + FINER
    parts = 1 << part_bits
    ends = np.cumsum(parts)
    starts = ends - parts
    offset = np.concatenate([[0], ends[coarse[1:] - 1]])
    is_below = np.repeat(np.tile([True, False], len(pilot)), np.stack([below, above + 2], axis=1).ravel())
    part_shift = (52 - bits - part_bits).astype(np.uint64)
    part_flip = np.where(is_below, parts - 1, 0)

    repeated = [_atoms(row[np.isfinite(away)]) for row, away in zip(pilot, shifted)]
    values = np.concatenate([np.empty(0), *repeated])
    k = np.repeat(rows, [len(each) for each in repeated])
    c = coarse_bins(apart := values - centre[k], k)
    part = (np.abs(apart).view(np.uint64) >> part_shift[c]).astype(np.int64) & (parts[c] - 1)
    # Of atoms in one bin the first, which is the most frequent, has the others beside it.
    atom_bin, chosen = np.unique(starts[c] + (part ^ part_flip[c]), return_index=True)
    atoms = np.searchsorted(k[chosen], np.arange(len(pilot) + 1))
    return Bins(
        centre=centre,
        scale=np.exp2(np.clip(_exponent(half), 1 - BIAS, BIAS - 1)),
        shift=shift,
        lowest=lowest.astype(np.int32),
        n_below=below.astype(np.int32),
        n_above=above.astype(np.int32),
        coarse=coarse.astype(np.int64),
        is_split=np.logical_or.reduceat(part_bits, coarse[:-1]) if len(pilot) else np.zeros(0, np.bool_),
        first=(starts - np.repeat(offset[:-1], np.diff(coarse))).astype(np.int32),
        part_shift=part_shift,
        part_mask=(parts - 1).astype(np.int32),
        part_flip=part_flip.astype(np.int32),
        atoms=atoms.astype(np.int64),
        atom_value=values[chosen],
        atom_bin=(atom_bin - offset[k[chosen]]).astype(np.int32),
        offset=(offset + 2 * atoms).astype(np.int64),
    )


def _atoms(pilot: Array) -> Array:
    """The values that finite draws of a pilot repeat, the most frequent first."""
    values, counts = np.unique(pilot, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MOST_ATOMS]
    return np.asarray(values[order][counts[order] >= REPEATED])


def _exponent(values: Array) -> npt.NDArray[np.int64]:
    """The binary exponent of each positive value: 0 for NaN, that of the largest floats for infinity."""
    return np.asarray(np.frexp(np.nan_to_num(values, nan=1.0))[1] - 1, dtype=np.int64)
