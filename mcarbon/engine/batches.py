"""Counting many outputs in little memory: so many at a time as fit, each batch a program of its own.

An output's draws, bins and counts do not depend on what is counted beside it, so batches change nothing but the time: the
inputs that two of them need are drawn twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from mcarbon.engine.bins import Bins, bins_from_pilot
from mcarbon.engine.kernels import GROUP
from mcarbon.engine.part import part_of
from mcarbon.engine.program import Program
from mcarbon.engine.sampler import Plan, Sampler, default_threads
from mcarbon.engine.smoothed import Counted
from mcarbon.engine.streams import BLOCK
from mcarbon.engine.tally import Tally

MOST_BYTES = 2**29
"""What the counts of a batch may take, and what is made of them; one output alone may take more."""
AT_ONCE = 256
"""Outputs of which the pilot is looked at together."""

Count = Callable[[Sampler, Bins | None, Callable[[float], None]], Tally]
"""What counts the draws of a sampler into bins (by default those of its pilot), and tells the share that is done."""


def on_threads(threads: int | None = None) -> Count:
    """Counting on threads of this process."""
    return lambda sampler, bins, progress: sampler.count(bins, threads, progress=progress)


def count_in_batches(
    program: Program,
    plan: Plan,
    threads: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
    count: Count | None = None,
    most_bytes: int | None = None,
) -> Iterator[Counted]:
    """The counted draws of a program's outputs, one after another.

    An output that is yielded is held no longer than its batch. `progress` is told the share that is done.
    """
    count = count or on_threads(threads)
    sampler = Sampler(program, plan)
    pilot = sampler.pilot()
    bins: Bins | None = None
    if program.n_drawn <= AT_ONCE:
        bins = bins_from_pilot(pilot, plan.draws)
        sizes = np.diff(bins.offset)
    else:
        parts = [pilot[first : first + AT_ONCE] for first in range(0, program.n_drawn, AT_ONCE)]
        sizes = np.concatenate([np.diff(bins_from_pilot(part, plan.draws).offset) for part in parts])
    del pilot
    sizes = sizes[list(program.drawn_of)]
    found = _batches(_bytes(sizes, plan, threads or default_threads()), MOST_BYTES if most_bytes is None else most_bytes)
    for number, batch in enumerate(found):
        if len(found) > 1:
            sampler, bins = Sampler(part_of(program, batch), plan), None

        def told(share: float, number: int = number) -> None:
            progress((number + share) / len(found))

        tally = count(sampler, bins, told)
        counted = sampler.program.outputs(tally)
        del tally
        yield from counted
        del counted


def _bytes(bins: npt.NDArray[np.int64], plan: Plan, threads: int) -> npt.NDArray[np.int64]:
    """What outputs of so many `bins` take while they are counted: counts, extremes and sums, the draws of some blocks, and
    the counts once more as numbers below each bin."""
    ranges = len(plan.ranges(threads))
    by_bin = plan.replicates * (4 * ranges + 8) + 8 + 24 * threads + 16
    return np.asarray(bins * by_bin + plan.replicates * plan.spans * 16 + threads * GROUP * BLOCK * 8)


def _batches(sizes: npt.NDArray[np.int64], most: int) -> list[Sequence[int]]:
    """Numbers of outputs, in their order, in batches that are together below `most`, or of one output."""
    batches: list[Sequence[int]] = []
    first = total = 0
    for k, size in enumerate(sizes.tolist()):
        if k > first and total + size > most:
            batches.append(range(first, k))
            first = k
            total = 0
        total += size
    return [*batches, range(first, len(sizes))] if len(sizes) else []
