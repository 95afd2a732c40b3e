"""Where a monotone function reaches a value: the inverse of what has no inverse in closed form."""

from __future__ import annotations

import numpy as np

from mcarbon.families.base import Array, Function

_STEPS = 200
_EPSILON = np.finfo(np.float64).eps


def crossing(function: Function, target: Array, start: Array, end: Array) -> Array:
    """The x (n,) between `start` (n,) and `end` (n,) at which `function` reaches `target` (n,), to the last digits.

    `function` is monotone, elementwise, and not beyond the target at `start`; where it is beyond there, or not yet
    there at `end`, that end is the answer. Chandrupatla's method (DOI 10.1016/s0965-9978(96)00051-8), but halving the
    floats between the ends instead of their distance, so that a bracket over many orders of magnitude costs no more.
    """
    x = np.where(np.isfinite(start), start, end)
    with np.errstate(all="ignore"):
        f_start, f_end = function(start) - target, function(end) - target
    x = np.where(f_end == 0.0, end, x)
    open_ = np.flatnonzero(np.sign(f_start) * np.sign(f_end) < 0.0)
    # Not bracketed, by rounding alone: the end that is nearer.
    missed = (np.sign(f_start) * np.sign(f_end) > 0.0) & (np.abs(f_end) < np.abs(f_start))
    x = np.where(missed, end, x)
    a, b, fa, fb = (one[open_] for one in (start, end, f_start, f_end))
    c, fc, goal = a, fa, target[open_]
    halve = np.ones(len(open_), dtype=np.bool_)
    t = np.full(len(open_), 0.5)
    for _ in range(_STEPS):
        if not len(open_):
            break
        with np.errstate(all="ignore"):
            here = np.where(halve, _between(a, b), a + t * (b - a))
            f = function(here) - goal
            same = np.sign(f) == np.sign(fa)
            c, fc = np.where(same, a, b), np.where(same, fa, fb)
            b, fb = np.where(same, b, a), np.where(same, fb, fa)
            a, fa = here, f
            best = np.where(np.abs(fa) < np.abs(fb), a, b)
            room = _EPSILON * np.abs(best) / np.abs(b - a)
            x[open_] = best
            xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
            halve = ~((phi**2 < xi) & ((1.0 - phi) ** 2 < 1.0 - xi) & np.isfinite(fa) & np.isfinite(fb) & np.isfinite(fc))
            t = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
            t = np.clip(t, room, 1.0 - room)
            halve |= ~np.isfinite(t)
            going = (room < 0.5) & (f != 0.0) & (a != b)
        if not going.all():
            open_, a, b, c, fa, fb, fc, goal, halve, t = (one[going] for one in (open_, a, b, c, fa, fb, fc, goal, halve, t))
    return x


def narrowed(target: Array, places: Array, reached: Array, start: Array, end: Array) -> tuple[Array, Array]:
    """Closer ends for `crossing`, from what the function has `reached` at some `places` in order."""
    after = np.searchsorted(np.maximum.accumulate(reached), target)
    padded = np.concatenate([[np.nan], places, [np.nan]])
    start = np.fmax(start, padded[after])
    return start, np.fmax(np.fmin(end, padded[after + 1]), start)


def _between(a: Array, b: Array) -> Array:
    """The float in the middle of all floats between a and b."""
    first, second = _rank(a), _rank(b)
    middle = first // 2 + second // 2 + (first % 2 + second % 2) // 2
    bits = np.where(middle >= 0, middle, np.iinfo(np.int64).min - middle)
    return np.asarray(bits.view(np.float64))


def _rank(x: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """An integer that grows with the float."""
    bits = np.ascontiguousarray(x + 0.0).view(np.int64)
    return np.where(bits >= 0, bits, np.iinfo(np.int64).min - bits)
