"""How large a number gets at probabilities that no draw shows: the largest one that is as far from the ordinary."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import log_ndtr, ndtri

from mcarbon.engine.graph import Graph
from mcarbon.engine.replay import Array, cells_under, replay
from mcarbon.moments.marginals import Marginals

STARTS, TURNS = 3, 6
"""From how many of the first ways, and how often, it is turned towards where the node rises."""
STEP = 0.01
APART = 0.98
"""The two distances between which the growth is measured, as a ratio."""


def growth(graph: Graph, marginals: Marginals, node: int, probability: float, upward: bool) -> float:
    """By how much the largest values of a node grow as their probability falls by a factor e, about this probability.

    Every input is put as the quantile of a standard normal; of all points at one distance from the middle the node is
    largest at one (smallest, where not `upward`), which is looked for by turning towards where it rises. The probability
    to be beyond is about that of a normal to be as far out: as the first-order reliability method takes it.
    """
    cells = cells_under(graph, node)
    furthest = -float(ndtri(probability))

    def values(scores: Array) -> Array:
        """The node where the inputs have these scores (inputs, n)."""
        inputs = {cell: marginals[cell].at_score(score) for cell, score in zip(cells, scores)}
        found = np.broadcast_to(replay(graph, inputs, node)[0], scores.shape[1:])
        return found if upward else -found

    distances = np.array([APART, 1.0]) * furthest
    # To begin with along each input alone, and along all of them: in the middle itself the slope may be 0.
    eye = np.eye(len(cells))
    every = np.full((len(cells), 1), len(cells) ** -0.5)
    ways = np.hstack([eye, -eye, every, -every])
    best = np.full(2, -math.inf)
    with np.errstate(all="ignore"):
        first = np.nan_to_num(values(furthest * ways), nan=-math.inf)
        for start in np.argsort(first)[: -STARTS - 1 : -1]:
            way = ways[:, start]
            for _ in range(TURNS):
                found = values(way[:, None] * distances)
                if found[1] > best[1]:
                    best = found
                around = values(furthest * way[:, None] + STEP * np.hstack([eye, -eye]))
                slope = around[: len(cells)] - around[len(cells) :]
                size = float(np.linalg.norm(slope))
                if not (math.isfinite(size) and size > 0):
                    break
                way = slope / size
        below, above = -log_ndtr(-distances)
        grown = float((best[1] - best[0]) / (above - below))
    return grown if math.isfinite(grown) else math.inf
