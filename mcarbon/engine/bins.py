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
FINEST = 12
"""Around a centre other than 0, bins end this many octaves below the pilot's width; within is one bin."""
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
    draws, so quantiles stay within a tenth of their standard error; fewer bins stay in cache.
    """
    return int(np.clip(6 + np.ceil(np.log2(max(draws, 1) / 2**16) / 3), 6, 9))


class Bins(NamedTuple):
    """The bins of several outputs, one after another.

    Sums are kept of (y - `centre`) / `scale`, a power of two near the 90 % width, so that squares stay in range.
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
    finite = np.maximum(np.sum(~np.isnan(pilot), axis=1), 1)
    rows = np.arange(len(pilot))
    low, middle, high = (pilot[rows, ((finite - 1) * p).astype(np.int64)] for p in (0.05, 0.5, 0.95))
    least, most = pilot[:, 0], pilot[rows, finite - 1]
    half = high / 2 - low / 2  # by halves, since of the largest floats there are no differences
    centre = np.nan_to_num(np.where(half < np.abs(middle), middle, 0.0))
    width = 2 * np.minimum(half, np.finfo(np.float64).max / 2)

    shifted = pilot - centre[:, None]
    distance = np.abs(shifted)
    distance[~(distance > 0)] = np.nan
    with np.errstate(all="ignore"):
        closest = np.fmin.reduce(distance, axis=1)
        # A pilot of which nine tenths are one value has no width: then around that value down to its last bits, or as
        # near as any other draw came.
        width = np.where(width > 0, width, np.fmin(closest, np.abs(centre) * 2.0**-40))
        nearest = np.where(centre == 0, closest, width)
        furthest = np.fmax.reduce(distance, axis=1)
    smallest_exponent = _exponent(nearest) - np.where(centre == 0, ROOM, FINEST)
    octaves = np.clip(_exponent(furthest) + ROOM + 1 - smallest_exponent, 1, 2 * BIAS)
    smallest_exponent = np.clip(smallest_exponent, 1 - BIAS, BIAS - 1)
    above, below = (np.where(side, octaves << bits, 1) for side in (most > centre, least < centre))
    lowest = (smallest_exponent + BIAS) << bits
    coarse = np.concatenate([[0], np.cumsum(below + above + 2)])

    shift = np.uint64(52 - bits)
    key = ((np.abs(shifted).view(np.uint64) >> shift).astype(np.int64)) - lowest[:, None]
    inside = np.where(
        shifted >= 0,
        below[:, None] + 1 + np.minimum(key, above[:, None] - 1),
        below[:, None] - 1 - np.minimum(key, below[:, None] - 1),
    )
    off_centre = (key >= 0) & np.isfinite(shifted)
    held = np.bincount((coarse[:-1, None] + inside)[off_centre], minlength=int(coarse[-1]))
    share = held / np.repeat(finite, np.diff(coarse))
    # The outermost bin of a side takes all beyond it, whose bits would not number its parts.
    share[coarse[:-1] + below + above] = share[coarse[:-1]] = 0.0
    crowded = np.flatnonzero(share > CROWDED)
    part_bits = np.zeros(len(share), dtype=np.int64)
    part_bits[crowded] = np.ceil(np.log2(share[crowded] / CROWDED)) + FINER
    parts = 1 << part_bits
    ends = np.cumsum(parts)
    starts = ends - parts
    offset = np.concatenate([[0], ends[coarse[1:] - 1]])
    first = starts - np.repeat(offset[:-1], np.diff(coarse))
    is_below = np.arange(coarse[-1]) < np.repeat(coarse[:-1] + below, np.diff(coarse))
    part_shift = (52 - bits - part_bits).astype(np.uint64)
    part_flip = np.where(is_below, parts - 1, 0)

    atoms, atom_value, atom_bin = [0], list[float](), list[int]()
    for k in range(len(pilot)):
        found: dict[int, float] = {}
        for value in _atoms(pilot[k]):
            distance_bits = np.abs(np.float64(value) - centre[k]).view(np.uint64)
            octave = int(distance_bits >> shift) - int(lowest[k])
            side = min(octave, above[k] - 1) + 1 if value >= centre[k] else -min(octave, below[k] - 1) - 1
            c = int(coarse[k] + below[k] + (side if octave >= 0 else 0))
            part = int(distance_bits >> part_shift[c]) & int(parts[c] - 1)
            found.setdefault(int(first[c] + (part ^ int(part_flip[c]))), value)
        for b, value in sorted(found.items()):
            atom_bin.append(b)
            atom_value.append(value)
        atoms.append(len(atom_bin))
    offset = offset + 2 * np.array(atoms)
    return Bins(
        centre=centre,
        scale=np.exp2(np.clip(_exponent(np.maximum(width, np.abs(centre) * 2.0**-52)), -1000, 1000)),
        shift=shift,
        lowest=lowest.astype(np.int32),
        n_below=below.astype(np.int32),
        n_above=above.astype(np.int32),
        coarse=coarse.astype(np.int64),
        is_split=np.maximum.reduceat(parts, coarse[:-1]) > 1 if len(pilot) else np.zeros(0, np.bool_),
        first=first.astype(np.int32),
        part_shift=part_shift,
        part_mask=(parts - 1).astype(np.int32),
        part_flip=part_flip.astype(np.int32),
        atoms=np.array(atoms, dtype=np.int64),
        atom_value=np.array(atom_value, dtype=np.float64),
        atom_bin=np.array(atom_bin, dtype=np.int32),
        offset=offset.astype(np.int64),
    )


def _atoms(pilot: Array) -> list[float]:
    """The values that a sorted pilot repeats, the most frequent first."""
    if not np.any(pilot[REPEATED - 1 :] == pilot[: len(pilot) - REPEATED + 1]):
        return []
    values, counts = np.unique(pilot[np.isfinite(pilot)], return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MOST_ATOMS]
    return [float(value) for value, count in zip(values[order], counts[order]) if count >= REPEATED]


def _exponent(values: Array) -> npt.NDArray[np.int64]:
    """The binary exponent of each value, 0 for what has none."""
    usable = np.where(np.isfinite(values) & (values > 0), values, 1.0)
    return np.asarray(np.frexp(usable)[1] - 1, dtype=np.int64)
