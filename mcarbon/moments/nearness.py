"""How probable it is that a number comes near 0, far below what draws show where its parts allow it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mcarbon.engine.graph import Draw, Graph
from mcarbon.engine.replay import Array, Cell, cells_under, replay
from mcarbon.families.normal import normal_distribution
from mcarbon.moments.marginals import Marginals
from mcarbon.moments.terms import Powers, sum_of

Mask = npt.NDArray[np.bool_]

CLOSE = 0.01
"""As a share of the median: within this, a number is near 0."""
SCORES = np.linspace(-12.0, 12.0, 481)
"""The quantiles that an input goes through, as those of a standard normal."""
PLACES, MOST_INPUTS = 64, 8
"""For how many values of the others, and how many inputs."""
MOST_TERMS = 200
"""Of a longer sum it is not asked which inputs stand alone in it."""


class Nearness(NamedTuple):
    """The probability of a number to be near 0, None where no draw is and its parts do not tell; its side of 0 else."""

    probability: float | None
    is_positive: bool


def nearness(graph: Graph, marginals: Marginals, node: int, straddles: bool) -> Nearness:
    """How probable it is that a node is near 0.

    Where it `straddles` 0: to be 0 or on the side of it where its median is not; else to be within `CLOSE` of its median.
    """
    close = 0.0 if straddles else CLOSE
    vertex = graph.vertices[node]
    if isinstance(vertex, Draw):
        marginal = marginals[vertex.input, vertex.key]
        median = float(marginal.quantiles(np.array(0.5)))
        beyond = marginal.at_most if median > 0 else marginal.above
        return Nearness(float(beyond(np.array(close * median))), median > 0)
    terms = sum_of(graph, node)
    alone = _alone(graph, marginals, terms)
    if (normal := _normal(marginals, terms, alone)) is not None:
        mean, sd = normal
        whole = normal_distribution(mean, sd)
        return Nearness(float((whole.cdf if mean > 0 else whole.sf)(np.array(close * mean))), mean > 0)
    factors = sorted({factor for each in alone for factor, _ in each.term})
    values, *others = replay(graph, marginals.draws(cells_under(graph, node)), node, *factors)
    finite = values[np.isfinite(values)]
    median = float(np.median(finite)) if finite.size else 0.0
    if median == 0:
        return Nearness(1.0, True)
    at, below = close * median, median > 0
    if alone:
        probability = _given_the_rest(marginals, alone, dict(zip(factors, others)), at - values, below)
    else:
        probability = _as_one_moves(graph, marginals, node, lambda found: found <= at if below else found >= at)
    return Nearness(probability or None, below)


class _Alone(NamedTuple):
    """An uncorrelated input that stands in one term of a sum only, as a factor."""

    cell: Cell
    node: int
    term: Powers
    coefficient: float


def _alone(graph: Graph, marginals: Marginals, terms: dict[Powers, float]) -> list[_Alone]:
    """The inputs on which a sum depends in a straight line."""
    if len(terms) > MOST_TERMS:
        return []
    found: list[_Alone] = []
    uses = Counter[Cell]()
    for term, coefficient in terms.items():
        for node, exponent in term:
            vertex = graph.vertices[node]
            uses.update(cells_under(graph, node))
            if isinstance(vertex, Draw) and exponent == 1 and not marginals.is_correlated((vertex.input, vertex.key)):
                found.append(_Alone((vertex.input, vertex.key), node, term, coefficient))
    return [each for each in found if uses[each.cell] == 1]


def _normal(marginals: Marginals, terms: dict[Powers, float], alone: list[_Alone]) -> tuple[float, float] | None:
    """Mean and standard deviation of a sum of independent normals; None for any other."""
    cells = {each.term: each.cell for each in alone if len(each.term) == 1}
    mean, variance = terms.get(frozenset(), 0.0), 0.0
    for term, coefficient in terms.items():
        if not term:
            continue
        normal = marginals[cells[term]].normal if term in cells else None
        if normal is None:
            return None
        mean, variance = mean + coefficient * normal[0], variance + (coefficient * normal[1]) ** 2
    return (mean, math.sqrt(variance)) if variance > 0 else None


def _given_the_rest(
    marginals: Marginals, alone: list[_Alone], values: dict[int, Array], missing: Array, below: bool
) -> float:
    """The mean probability that a sum moves by what is `missing` or more, given all inputs but that which moves it most."""
    most, best = -math.inf, None
    with np.errstate(all="ignore"):
        for each in alone:
            slope, drawn = np.full(missing.shape, each.coefficient), values[each.node]
            for other, exponent in each.term - {(each.node, 1.0)}:
                slope = slope * values[other] ** exponent
            moved = float(np.nanmedian(np.abs(slope * (drawn - np.median(drawn)))))
            if best is None or moved > most:
                most, best = moved, (marginals[each.cell], slope, drawn)
        assert best is not None
        marginal, slope, drawn = best
        reached = drawn + missing / slope
        return float(np.nanmean(np.where((slope > 0) == below, marginal.at_most(reached), marginal.above(reached))))


def _as_one_moves(graph: Graph, marginals: Marginals, node: int, is_near: Callable[[Array], Mask]) -> float:
    """The probability that a node is near 0, as one input after the other goes through all its quantiles.

    The others have some draws' values meanwhile. Each input gives an estimate of the same, and what is told is their mean.
    """
    cells = cells_under(graph, node)
    draws = {cell: found[:PLACES, None] for cell, found in marginals.draws(cells).items()}
    weights = np.exp(-(SCORES**2) / 2) * (SCORES[1] - SCORES[0]) / math.sqrt(2 * math.pi)
    seen = []
    for cell in [cell for cell in cells if not marginals.is_correlated(cell)][:MOST_INPUTS]:
        moved = replay(graph, {**draws, cell: marginals[cell].at_score(SCORES)[None, :]}, node)[0]
        seen.append(float(np.mean(np.broadcast_to(is_near(moved), (PLACES, len(SCORES))) @ weights)))
    return float(np.mean(seen)) if seen else 0.0
