"""Which moments of a model's cells exist, as far as it can be proved from its inputs and formulas.

A moment is ``missing`` where that is proved, and what makes it so comes about with a probability above `RAREST`;
``formal`` where only something rarer does; ``unknown`` where neither that it exists nor that it does not is proved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mcarbon.engine.graph import Graph, drawn
from mcarbon.engine.program import Target
from mcarbon.families.tails import Cause, Tail, power
from mcarbon.moments.ground import Ground
from mcarbon.moments.marginals import Marginals
from mcarbon.moments.outline import Outline
from mcarbon.moments.probes import growths
from mcarbon.reading.model import Key, Model
from mcarbon.study import InputEntry

RAREST = 1e-9
"""What makes a moment missing with a smaller probability than this is only told."""
UNTOLD = 1e-30
"""What is rarer than this is not even told: a machine that had made 1e9 draws a second since the world began would not
have met it."""

ORDERS = (1.0, 2.0, 4.0)

State = Literal["exists", "formal", "missing", "unknown"]


@dataclass(frozen=True, slots=True)
class Moment:
    """Whether a moment exists, and where it does not, or only formally, why."""

    state: State
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Moments:
    """The mean, the variance and the fourth moment of a cell."""

    mean: Moment
    variance: Moment
    fourth: Moment


def moments_of(
    model: Model, targets: Sequence[Target], value_of: Callable[[str, Key, InputEntry], float | None] = drawn
) -> tuple[Ground, list[Moments]]:
    """Which moments of these cells exist, and the graph that the causes name nodes of.

    `value_of` gives the numbers of inputs that are taken for known (by default of those that are fixed).
    """
    graph = Graph(model, value_of)
    nodes = [graph.cell(name, coordinates) for name, coordinates in targets]
    ground = Ground(graph, Marginals(model))
    strict, likely = Outline(ground, UNTOLD), Outline(ground, RAREST)
    found = {node: _moments(ground, strict, likely, node) for node in dict.fromkeys(nodes)}
    return ground, [found[node] for node in nodes]


def _moments(ground: Ground, strict: Outline, likely: Outline, node: int) -> Moments:
    every = strict.shape(node).far
    if every.slowest > power(ORDERS[-1]):
        return Moments(*[Moment("exists")] * len(ORDERS))
    but_rare = likely.shape(node).far
    if any(but_rare.slowest <= power(order) < but_rare.fastest for order in ORDERS):
        # No rule proves that these exist, or that they do not.
        for found in growths(ground.graph, ground.marginals, node, RAREST):
            grown, is_rare = _told(ground, found)
            every = _heavier(every, grown)
            but_rare = but_rare if is_rare else _heavier(but_rare, grown)
    return Moments(*(_moment(order, every, but_rare) for order in ORDERS))


def _told(ground: Ground, grown: Tail) -> tuple[Tail, bool]:
    """The tail with the probability of what makes it, and whether that is rare, or not known."""
    cause = grown.cause
    if cause is None or cause.kind == "tail":
        return grown, False
    probability = ground.nearness(cause.node, cause.kind == "zero").probability
    return replace(grown, cause=replace(cause, probability=probability)), probability is None or probability < RAREST


def _heavier(proved: Tail, grown: Tail) -> Tail:
    """What is proved of a tail, and what it was seen to be; rules go before sight."""
    if proved.slowest <= grown.fastest < proved.fastest:
        return Tail(proved.slowest, grown.fastest, grown.cause)
    return proved


def _moment(order: float, every: Tail, but_rare: Tail) -> Moment:
    if every.slowest > power(order):
        return Moment("exists")
    if but_rare.fastest <= power(order):
        return Moment("missing", but_rare.cause)
    if every.fastest <= power(order):
        return Moment("formal", every.cause)
    return Moment("exists" if but_rare.slowest > power(order) else "unknown")
