"""Counting the first chains of a plan, in groups: many short chains take no more memory than a few."""

from __future__ import annotations

import numpy as np

from mcarbon.engine.bins import Bins
from mcarbon.engine.sampler import Sampler, on_threads
from mcarbon.engine.tally import Tally


def count_chains(sampler: Sampler, bins: Bins, chains: int, groups: int, threads: int | None = None) -> Tally:
    """Count the first `chains` of a plan; chain k belongs to group k % `groups`, which is a replicate of the tally."""
    spans, outputs, size = sampler.plan.spans, sampler.program.n_drawn, int(bins.offset[-1])
    counts = np.zeros((groups, size), dtype=np.uint32)
    extremes = np.empty((groups, size, 2))
    extremes[:] = np.inf, -np.inf
    sums = np.empty((groups, outputs, 2))

    def count(group: int) -> None:
        of_spans = np.empty((len(range(group, chains, groups)), spans, outputs, 2))
        for place, chain in enumerate(range(group, chains, groups)):
            sampler.count_range(bins, chain, (0, spans), counts[group], extremes[group], of_spans[place])
        # In the order of chains and spans, whatever else is counted meanwhile.
        sums[group] = np.add.reduce(of_spans.reshape(-1, outputs, 2), axis=0)

    for _ in on_threads(count, range(groups), threads):
        pass
    return Tally(bins, counts, extremes[..., 0].min(axis=0), extremes[..., 1].max(axis=0), sums)
