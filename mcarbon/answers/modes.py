"""Whether an answer falls into groups with hardly any draws between them, and which input makes it so.

Looked for on the log scale where the answer is positive. A gap is where a histogram, slightly smoothed, has less than half
of the lower one of the two peaks beside it, by more than counting noise, with a twentieth of the draws on either side. An
input makes the gap where its value tells on which side of it a draw lies, for at least half of the draws that one would get
wrong without it (Goodman and Kruskal's lambda, 1954, doi 10.1080/01621459.1954.10501231; recalled, not read).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

BINS = 64
OUTER = 0.005
"""Of the draws, beyond either end of the histogram."""
SHALLOWEST = 0.5
"""Of the lower peak beside it: what is left in a gap."""
NOISE = 5.0
"""Standard deviations of the difference of two counts: how far a gap is below that peak at least."""
LEAST = 0.05
"""Of the draws, on either side of a gap."""
TELLS = 0.5
"""Of the draws that a guess gets wrong: how many an input's value puts right at least."""
MOST_CLASSES = 64


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap at the value `at`: the `share` of the draws that lies below it, and the medians below and above."""

    at: float
    share: float
    below: float
    above: float


def gap(values: Array) -> Gap | None:
    """The deepest gap of some draws; None where there is none, or where fewer than 1000 are finite.

    Nor where most draws repeat: between single values there is nothing, and that is no finding.
    """
    finite = values[np.isfinite(values)]
    if finite.size < 1000 or 2 * np.unique(finite).size < finite.size:
        return None
    is_positive = bool((finite > 0).all())
    y = np.log(finite) if is_positive else finite
    low, high = np.quantile(y, [OUTER, 1 - OUTER])
    if not low < high:
        return None
    edges = np.linspace(low, high, BINS + 1)
    counts = np.histogram(y, edges)[0].astype(np.float64)
    smooth = np.convolve(counts, [0.25, 0.5, 0.25], mode="same")
    # The ends have one neighbour.
    smooth[0], smooth[-1] = (2 * counts[0] + counts[1]) / 3, (2 * counts[-1] + counts[-2]) / 3
    peak = np.minimum(np.maximum.accumulate(smooth), np.maximum.accumulate(smooth[::-1])[::-1])
    share = np.cumsum(counts) / finite.size
    deep = (smooth < SHALLOWEST * peak) & (peak - smooth > NOISE * np.sqrt(peak + smooth))
    deep &= (share >= LEAST) & (share <= 1 - LEAST)
    if not deep.any():
        return None
    depth = np.where(deep, smooth / np.maximum(peak, 1e-300), np.inf)
    # In the middle of the bins that are as deep.
    deepest = np.flatnonzero(depth <= depth.min())
    middle = int(deepest[len(deepest) // 2])
    cut = float((edges[middle] + edges[middle + 1]) / 2)
    is_below = y < cut
    back = np.exp if is_positive else np.asarray
    return Gap(
        float(back(cut)), float(is_below.mean()), float(np.median(finite[is_below])), float(np.median(finite[~is_below]))
    )


def tellers(values: Array, found: Gap, inputs: Mapping[str, Array]) -> tuple[str, ...]:
    """The inputs of which the value tells on which side of the gap a draw lies: the best one, or all of them together."""
    finite = np.isfinite(values)
    is_below = values[finite] < found.at
    classes = {name: _classes(drawn[finite]) for name, drawn in inputs.items()}
    told = {name: _told(is_below, each) for name, each in classes.items()}
    best = max(told, key=lambda name: told[name])
    if told[best] >= TELLS:
        return (best,)
    several = [name for name in told if len(np.unique(classes[name])) > 1]
    together = np.unique(np.column_stack([classes[name] for name in several]), axis=0, return_inverse=True)[1]
    is_told = together.max() < MOST_CLASSES**2 and _told(is_below, together.reshape(-1)) >= TELLS
    return tuple(several) if is_told else ()


def _classes(drawn: Array) -> Places:
    """The classes of an input's values: each value where they are few, else so many quantiles."""
    distinct, number = np.unique(drawn, return_inverse=True)
    if len(distinct) <= MOST_CLASSES:
        return number.reshape(-1)
    return np.searchsorted(np.quantile(drawn, np.linspace(0, 1, MOST_CLASSES + 1)[1:-1]), drawn)


def _told(is_below: npt.NDArray[np.bool_], classes: Places) -> float:
    """Which share of the draws that a guess gets wrong without the classes it gets right with them."""
    below = np.bincount(classes, weights=is_below)
    right = float(np.maximum(below, np.bincount(classes) - below).sum()) / is_below.size
    guess = max(float(is_below.mean()), 1 - float(is_below.mean()))
    return (right - guess) / (1 - guess) if guess < 1 else 0.0
