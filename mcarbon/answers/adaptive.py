"""The adaptive Monte Carlo procedure of JCGM 101:2008 (GUM Supplement 1), clause 7.9: random draws until results are stable.

Sequences of M draws are made one after another, and four figures of each: the mean, the standard deviation and both ends of
the coverage interval. When twice the standard error of the average of each figure is at most the numerical tolerance, which
belongs to the significant digits of the standard deviation, the results are those of all draws together.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcarbon.engine.bins import bins_from_pilot
from mcarbon.engine.part import part_of
from mcarbon.engine.program import Program
from mcarbon.engine.sampler import Plan, Sampler, default_threads, on_threads
from mcarbon.engine.sequences import count_chains
from mcarbon.engine.tally import OutputTally
from mcarbon.errors import refuse

Array = npt.NDArray[np.float64]

LEAST = 10_000
MOST_DRAWS = 2**26
"""A tolerance that needs more draws is given up."""
GROUPS = 16
"""Standard errors are those of so many groups of sequences."""


@dataclass(frozen=True, slots=True)
class Stable:
    """An output's draws when they were `stable`, or were too many: of the `plan`, whose chains are the sequences.

    `tolerance` is the numerical tolerance, in the output's unit.
    """

    counted: OutputTally
    plan: Plan
    tolerance: float
    stable: bool


def sequence_length(level: float) -> int:
    """M of 7.9.4 b): 10 000, or more where a sequence would have fewer than 100 draws outside the interval."""
    # To the digits of a level as it is written: 100 / (1 - 0.9) is above 1000 by a last bit.
    return max(math.ceil(round(100.0 / (1.0 - level), 6)), LEAST)


def numerical_tolerance(deviation: float, digits: int) -> float:
    """Half a unit of the last of so many significant digits of a standard deviation (7.9.2); 0 where that is 0."""
    if not deviation > 0:
        return 0.0
    # Rounded as it would be printed: 0.996 to two digits is 1.0.
    exponent = int(f"{deviation:.{digits - 1}e}".split("e")[1])
    return 0.5 * 10.0 ** (exponent - digits + 1)


def check_digits(digits: int, level: float) -> None:
    """UserError for what is no number of significant digits, and for a level that needs more draws than there may be."""
    if not isinstance(digits, int) or isinstance(digits, bool) or not 1 <= digits <= 6:
        what = f"{digits!r} significant digits of a standard deviation cannot be asked for"
        raise refuse(what, allowed="Allowed: 1 to 6; JCGM 101 takes 1 or 2.")
    if 2 * sequence_length(level) > MOST_DRAWS:
        what = f"a level of {level} needs sequences of {sequence_length(level)} draws"
        raise refuse(what, allowed=f"Allowed: two sequences within {MOST_DRAWS} draws, which levels up to 0.999997 have.")


def until_stable(
    program: Program,
    output: int,
    seed: int,
    digits: int,
    level: float,
    interval: str = "equal-tailed",
    threads: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
    share: float = 1.0,
) -> Stable:
    """Draw an output until its mean, standard deviation and coverage interval are stable to `digits` of the deviation.

    `level` is that of the `interval`, ``equal-tailed`` (probabilistically symmetric) or ``shortest``; `share` makes the
    numerical tolerance smaller, such as the fifth of it that is taken where another method is validated (clause 8).
    UserError as of `check_digits`.
    """
    check_digits(digits, level)
    length = sequence_length(level)
    most = MOST_DRAWS // length
    sampler = Sampler(part_of(program, [output]), Plan("random", seed, most, length))
    figures = np.empty((0, 4))

    def sequence(number: int) -> Array:
        draws = np.empty((1, length))
        sampler.keep(number, draws)
        return _figures(draws[0], level, interval == "shortest")

    # Several at a time, but looked at one by one: how many threads there are does not tell where it stops.
    at_once = max(threads or default_threads(), 1)
    used, tolerance, met = most, 0.0, False
    while len(figures) < most and not met:
        more = range(len(figures), min(max(2, len(figures) + at_once, len(figures) * 9 // 8), most))
        figures = np.vstack([figures, *on_threads(sequence, more, threads)])
        for h in range(max(more.start + 1, 2), len(figures) + 1):
            tolerance = share * numerical_tolerance(_deviation(figures[:h], length), digits)
            errors = np.std(figures[:h], axis=0, ddof=1) / math.sqrt(h)
            if np.all(2.0 * errors <= tolerance):
                used, met = h, True
                break
        progress(min(len(figures) / most, 1.0))
    bins = bins_from_pilot(sampler.pilot(), used * length)
    tally = count_chains(sampler, bins, used, min(used, GROUPS), threads)
    return Stable(tally.output(0), Plan("random", seed, used, length), tolerance, met)


def not_stable_warning(found: Stable, digits: int) -> tuple[str, ...]:
    """What to say of figures that are not stable after all draws that were made."""
    if found.stable:
        return ()
    figures = "significant digit" if digits == 1 else "significant digits"
    what = f"after {found.plan.draws} draws its figures are not stable to {digits} {figures} of the standard deviation"
    return (f"{what}, {found.tolerance:.1g} in its unit",)


def _deviation(figures: Array, length: int) -> float:
    """The standard deviation of all draws of some sequences, from their means and standard deviations."""
    means, deviations = figures[:, 0], figures[:, 1]
    squares = float(((length - 1) * deviations**2 + length * (means - means.mean()) ** 2).sum())
    return math.sqrt(squares / (length * len(figures) - 1))


def _figures(draws: Array, level: float, shortest: bool) -> Array:
    """Mean, standard deviation and the ends of the coverage interval of a sequence (7.6, 7.7), of its finite draws."""
    y = np.sort(draws[np.isfinite(draws)])
    if len(y) < 2:
        return np.full(4, np.nan)
    inside = min(int(round(level * len(y), 6) + 0.5), len(y) - 1)
    widths = y[inside:] - y[: len(y) - inside]
    first = int(np.argmin(widths)) if shortest else (len(y) - inside + 1) // 2 - 1
    return np.array([y.mean(), y.std(ddof=1), y[first], y[first + inside]])
