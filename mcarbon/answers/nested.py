"""The figures of a population, and how sure of each we are: nested Monte Carlo of some outputs.

At each outer draw, of what is unknown, the inner draws are a population, with quantiles, a mean and a spread. Over the
outer draws each of these has a distribution, which is what we know of it. Known in the literature as two-dimensional or
second-order Monte Carlo (Cullen and Frey 1999, "Probabilistic Techniques in Exposure Assessment"; R's package mc2d calls
the two dimensions variability and uncertainty; both recalled, not read).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcarbon.engine.nested import Nested
from mcarbon.engine.sampler import on_threads
from mcarbon.engine.tally import standard_error

Array = npt.NDArray[np.float64]

ROOM = 2**21
"""Draws that are in memory at a time, on each thread."""
CROSSED = 8
"""Chains whose first outer draws are looked at with one another's populations."""
MEAN, SD, WIDTH, BELOW = range(4)
"""The places of the figures after the quantiles."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of figures (outputs, figures, ends): `values` at the ends asked for, and their standard errors.

    `inner_error` (outputs, figures) is the standard deviation that the inner draws alone give it, and
    `inner_share` (outputs, figures) the share of the variance between the outer draws that this makes, on the log scale
    where the figure is positive. `not_finite` (outputs,) counts draws that are not finite; the figures are of the rest.
    """

    values: Array
    errors: Array
    inner_error: Array
    inner_share: Array
    not_finite: npt.NDArray[np.int64]


def known(
    nested: Nested,
    quantiles: Sequence[float],
    thresholds: Array,
    ends: Sequence[float],
    threads: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Known:
    """What is known of the quantiles of each output's population, its mean, sd, width and share below a threshold.

    The width is that between the first and the last of the `quantiles`; `thresholds` (outputs,) may be NaN. `ends` are the
    probabilities at which the distribution of a figure over the outer draws is told.
    """
    program, chains = nested.program, nested.outer.replicates
    step = max(1, ROOM // (program.n_drawn * nested.inner.length))
    starts = range(0, nested.outer.length, step)
    p = np.asarray(quantiles, dtype=np.float64)

    def part(task: tuple[int, int]) -> tuple[Array, npt.NDArray[np.int64]]:
        chain, start = task
        return figures(nested.keep(chain, chain, start, min(start + step, nested.outer.length)), p, thresholds)

    tasks = [(chain, start) for chain in range(chains) for start in starts]
    found = []
    for each in on_threads(part, tasks, threads):
        found.append(each)
        progress(len(found) / len(tasks))
    by_chain = np.concatenate([each for each, _ in found]).reshape(chains, nested.outer.length, program.n_drawn, -1)
    crossed = _crossed(nested, p, thresholds, threads)
    values, errors = _over_outer(by_chain, ends)
    # Where nothing is unknown all outer draws are the same, and chains differ by their populations alone.
    certain = ~nested.unknown.any(axis=1)
    values[certain] = by_chain[:, 0, certain].mean(axis=0)[..., None]
    errors[certain] = (np.std(by_chain[:, 0, certain], axis=0, ddof=1) / np.sqrt(chains))[..., None]
    inner_error, inner_share = _inner(by_chain, crossed)
    inner_share[certain] = 0.0
    # A share is known to a draw's width at best, and an interval is too wide by what the inner draws add.
    finest = np.zeros(inner_share.shape)
    finest[:, len(p) + BELOW] = 1 / np.sqrt(12) / nested.inner.length
    middle = values[..., len(ends) // 2, None]
    widened = np.abs(values - middle) * (1 - np.sqrt(1 - inner_share))[..., None]
    errors = np.sqrt(errors**2 + widened**2 + finest[..., None] ** 2)
    return Known(values, errors, inner_error, inner_share, np.sum([count for _, count in found], axis=0))


def figures(draws: Array, quantiles: Array, thresholds: Array) -> tuple[Array, npt.NDArray[np.int64]]:
    """The figures (outer, outputs, figures) of populations (outer, outputs, inner), and how many draws are not finite."""
    finite = np.isfinite(draws)
    ordered = np.where(finite, draws, np.nan) if not finite.all() else draws
    ordered.sort(axis=2)
    count = finite.sum(axis=2, dtype=np.float64)
    found = np.empty((*count.shape, len(quantiles) + 4))
    with np.errstate(all="ignore"):
        # The midpoint rule (Hazen), as everywhere.
        rank = np.clip(quantiles * count[..., None] - 0.5, 0.0, np.maximum(count[..., None] - 1.0, 0.0))
        below = rank.astype(np.int64)
        above = np.minimum(below + 1, np.maximum(count[..., None] - 1, 0).astype(np.int64))
        low, high = (np.take_along_axis(ordered, places, axis=2) for places in (below, above))
        found[..., : len(quantiles)] = low + (rank - below) * (high - low)
        rest = found[..., len(quantiles) :]
        mean = np.nansum(ordered, axis=2) / count
        rest[..., MEAN] = mean
        deviations = ordered - mean[..., None]
        rest[..., SD] = np.sqrt(np.nansum(np.square(deviations, out=deviations), axis=2) / count)
        rest[..., WIDTH] = found[..., len(quantiles) - 1] - found[..., 0]
        limit = thresholds[:, None]
        less = np.count_nonzero(ordered < limit, axis=2) + 0.5 * np.count_nonzero(ordered == limit, axis=2)
        rest[..., BELOW] = np.where(np.isnan(thresholds), np.nan, less / count)
    return found, np.count_nonzero(~finite, axis=(0, 2))


def _over_outer(by_chain: Array, ends: Sequence[float]) -> tuple[Array, Array]:
    """Quantiles of figures (chains, outer, outputs, figures) over all outer draws (outputs, figures, ends), with errors."""
    chains, outer = by_chain.shape[:2]
    values, errors = np.full((2, *by_chain.shape[2:], len(ends)), np.nan)
    p = np.asarray(ends, dtype=np.float64)
    # A share is known to a draw's width at best, as in `OutputTally.share_errors`.
    finest = np.sqrt(chains / 12) / (chains * outer)
    for at in np.ndindex(by_chain.shape[2:]):
        each = by_chain[:, :, *at]
        finite = np.isfinite(each)
        if not finite.any(axis=1).all():
            continue
        pooled = each[finite]
        values[at] = np.quantile(pooled, p, method="hazen")
        equal = 0.5 * (each[..., None] == values[at])
        below = np.where(finite[..., None], (each[..., None] < values[at]) + equal, 0.0).sum(axis=1)
        error = np.maximum(standard_error(below / finite.sum(axis=1)[:, None]), finest)
        sides = np.quantile(pooled, np.clip([p - error, p + error], 0.0, 1.0), method="hazen")
        errors[at] = (sides[1] - sides[0]) / 2
    return values, errors


def _crossed(nested: Nested, quantiles: Array, thresholds: Array, threads: int | None) -> Array:
    """Figures of some outer draws, each with several populations: (outer draws, populations, outputs, figures)."""
    some = range(min(CROSSED, nested.outer.replicates))

    def one(task: tuple[int, int]) -> Array:
        return figures(nested.keep(*task, 0, 1), quantiles, thresholds)[0]

    tasks = [(outer, inner) for outer in some for inner in some]
    found = np.concatenate(list(on_threads(one, tasks, threads)))
    return found.reshape((len(some), len(some), *found.shape[1:]))


def _inner(by_chain: Array, crossed: Array) -> tuple[Array, Array]:
    """See `Known`."""
    error = np.sqrt(np.var(crossed, axis=1, ddof=1).mean(axis=0))
    with np.errstate(all="ignore"):
        positive = (by_chain > 0).all(axis=(0, 1)) & (crossed > 0).all(axis=(0, 1))
        one, other = (np.where(positive, np.log(np.abs(some)), some) for some in (crossed, by_chain))
        share = np.var(one, axis=1, ddof=1).mean(axis=0) / np.var(other, axis=(0, 1))
    return error, np.minimum(np.nan_to_num(share), 1.0)
