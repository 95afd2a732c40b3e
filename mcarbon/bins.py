"""Bins that are read off a float's bits: where draws are counted instead of kept.

The bin of y comes from the exponent and first mantissa bits of ``y - centre``, so bins are a fixed share of their
distance from the centre: equally fine in both tails of a ratio over ten orders of magnitude, at one shift and a
comparison a draw. Each bin also keeps its smallest and largest draw, so that an atom is exact and a quantile is
interpolated between draws and not between edges. Counts, smallest and largest draws combine exactly: any split of the
draws gives the same bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

ROOM = 6
"""Octaves beyond the pilot's smallest and largest draws; what lies further out shares the outermost bin."""
FINEST = 12
"""Around a centre other than 0, bins end this many octaves below the pilot's width; within is one bin."""
BIAS = 1023


def bits_per_octave(draws: int) -> int:
    """How finely an octave is cut, as a power of two: 64 bins up to 2**16 draws, twice as many for each factor of 8.

    Interpolation errs by the square of a bin's width and the Monte Carlo error falls no faster than the number of
    draws, so quantiles stay within a tenth of their standard error; fewer bins stay in cache.
    """
    return int(np.clip(6 + np.ceil(np.log2(max(draws, 1) / 2**16) / 3), 6, 9))


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """The bins of several outputs, one after another.

    An output has `n_below` bins below its centre, one at it, `n_above` above, and one for draws that are not finite.
    `lowest` is the key (exponent and leading mantissa bits) of the first bin off the centre, `shift` the bits of a
    float below that key. `offset` (outputs + 1,) says where an output's bins start.
    """

    centre: Array
    shift: np.uint64
    lowest: npt.NDArray[np.int32]
    n_below: npt.NDArray[np.int32]
    n_above: npt.NDArray[np.int32]
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
    width = high - low
    centre = np.nan_to_num(np.where(width < 2 * np.abs(middle), middle, 0.0))

    distance = np.abs(pilot - centre[:, None])
    distance[~(distance > 0)] = np.nan
    with np.errstate(all="ignore"):
        nearest = np.where(centre == 0, np.fmin.reduce(distance, axis=1), width)
        furthest = np.fmax.reduce(distance, axis=1)
    smallest_exponent = _exponent(nearest) - np.where(centre == 0, ROOM, FINEST)
    octaves = np.clip(_exponent(furthest) + ROOM + 1 - smallest_exponent, 1, 2 * BIAS)
    smallest_exponent = np.clip(smallest_exponent, 1 - BIAS, BIAS - 1)
    above, below = (np.where(side, octaves << bits, 1) for side in (most > centre, least < centre))
    total = below + above + 2
    return Bins(
        centre=centre,
        shift=np.uint64(52 - bits),
        lowest=((smallest_exponent + BIAS) << bits).astype(np.int32),
        n_below=below.astype(np.int32),
        n_above=above.astype(np.int32),
        offset=np.concatenate([[0], np.cumsum(total)]).astype(np.int64),
    )


def _exponent(values: Array) -> npt.NDArray[np.int64]:
    """The binary exponent of each value, 0 for what has none."""
    usable = np.where(np.isfinite(values) & (values > 0), values, 1.0)
    return np.asarray(np.frexp(usable)[1] - 1, dtype=np.int64)
