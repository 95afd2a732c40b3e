"""Which operation makes a cell's draws that are not finite, and of what: found by going through some of them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from mcarbon.engine import kernels
from mcarbon.engine.graph import Constant, Graph, Operation, drawn
from mcarbon.engine.program import Target, compile_program
from mcarbon.engine.replay import Array, Cell, cells_under, needed, replay, targets_of
from mcarbon.engine.sampler import Plan, input_streams
from mcarbon.engine.streams import BLOCK
from mcarbon.reading.model import Model

Mask = npt.NDArray[np.bool_]

ENOUGH = 4096
"""Draws that are looked into at most."""
ROOM = 2**22
"""Numbers that are drawn again at a time."""

Fault = Literal["0", "negative", "outside -1 to 1", "out of range"]


@dataclass(frozen=True, slots=True)
class Culprit:
    """An operation whose operands are finite and whose result is not, in so many `draws` of those looked into.

    `operand` is the one that is at `fault` (the `operation` itself where its result is out of range).
    """

    operation: int
    operand: int
    fault: Fault
    draws: int


@dataclass(frozen=True, slots=True, eq=False)
class Culprits:
    """What makes the draws of a cell that are not finite, the most frequent first.

    `graph` has the nodes. `first` is the chain and the number of the first of these draws; None where none was found.
    """

    graph: Graph
    found: list[Culprit]
    first: tuple[int, int] | None


def culprits(model: Model, target: Target, plan: Plan, count: int, sides: int = 1) -> Culprits:
    """What makes the draws of a cell that are not finite.

    `count` draws at most are looked into, of so many independent samples (see `input_streams`).
    """
    graph = Graph(model, drawn)
    node = graph.cell(*target)
    inputs, first = _inputs_where_not_finite(model, target, cells_under(graph, node), plan, min(count, ENOUGH), sides)
    found: dict[tuple[int, int, Fault], int] = {}
    under = needed(graph, node)
    size = len(next(iter(inputs.values()))) if inputs else 1
    values = {one: np.broadcast_to(array, (size,)) for one, array in zip(under, replay(graph, inputs, *under))}
    for operation, mask in _operations(graph, under, values):
        for operand, fault, at_fault in _faults(graph, operation, values, mask):
            if number := int(np.count_nonzero(at_fault)):
                found[operation, operand, fault] = number
    ordered = sorted(found.items(), key=lambda item: -item[1])
    return Culprits(graph, [Culprit(*key, number) for key, number in ordered], first)


def _inputs_where_not_finite(
    model: Model, target: Target, cells: list[Cell], plan: Plan, count: int, sides: int
) -> tuple[dict[Cell, Array], tuple[int, int] | None]:
    """The inputs' values in up to `count` draws of which the target is not finite, and where the first of these is."""
    program = compile_program(model, [target, *targets_of(model, cells)])
    wanted = list(program.output_of)
    found = [np.empty((len(wanted), 0))]
    at: tuple[int, int] | None = None
    blocks = max(1, ROOM // (BLOCK * program.n_drawn))
    for side in range(sides):
        streams = input_streams(program, plan, side)
        for chain in range(plan.replicates):
            for first in range(0, plan.blocks, blocks):
                last = min(first + blocks, plan.blocks)
                draws = np.empty((program.n_drawn, min(last * BLOCK, plan.length) - first * BLOCK))
                kernels.keep_draws(streams, program.tables, program.copula, program.steps, chain, first, last, draws)
                not_finite = np.flatnonzero(~np.isfinite(draws[wanted[0]]))
                if at is None and not_finite.size:
                    at = chain, first * BLOCK + int(not_finite[0])
                found.append(draws[wanted][:, not_finite])
                if sum(part.shape[1] for part in found) >= count:
                    return dict(zip(cells, np.concatenate(found, axis=1)[1:, :count])), at
    return dict(zip(cells, np.concatenate(found, axis=1)[1:])), at


def _operations(graph: Graph, under: list[int], values: dict[int, Array]) -> list[tuple[int, Mask]]:
    """The operations at which what is not finite begins, going down from the last node, and in which draws."""
    finite = {node: np.isfinite(array) for node, array in values.items()}
    blamed = {node: np.zeros_like(array) for node, array in finite.items()}
    blamed[under[-1]] = ~finite[under[-1]]
    found = []
    for node in reversed(under):
        mask, vertex = blamed[node], graph.vertices[node]
        if not mask.any() or not isinstance(vertex, Operation):
            continue
        passed = [(operand, ~finite[operand]) for operand in vertex.arguments]
        if vertex.name == "where":
            # The branch that is not taken does not count, whatever it comes to.
            condition, first, second = vertex.arguments
            passed = [(first, values[condition] != 0), (second, values[condition] == 0)]
        for operand, part in passed:
            blamed[operand] |= mask & part
            mask = mask & ~part
        if mask.any():
            found.append((node, mask))
    return found


def _faults(graph: Graph, node: int, values: dict[int, Array], mask: Mask) -> list[tuple[int, Fault, Mask]]:
    """Which operand of an operation is at fault in which draws, and how."""
    vertex = graph.vertices[node]
    assert isinstance(vertex, Operation)
    first, last = vertex.arguments[0], vertex.arguments[-1]
    one, other = values[first], values[last]
    faults: list[tuple[int, Fault, Mask]] = []
    match vertex.name:
        case "div":
            faults = [(last, "0", other == 0)]
        case "pow":
            faults = [(first, "0", (one == 0) & (other < 0)), (first, "negative", (one < 0) & (other % 1 != 0))]
        case "log" | "log2" | "log10":
            faults = [(first, "0", one == 0), (first, "negative", one < 0)]
        case "sqrt":
            faults = [(first, "negative", one < 0)]
        case "arcsin" | "arccos":
            faults = [(first, "outside -1 to 1", np.abs(one) > 1)]
    found: list[tuple[int, Fault, Mask]] = []
    for operand, fault, where in faults:
        found.append((_without_factor(graph, operand, fault), fault, mask & where))
        mask = mask & ~where
    return [*found, (node, "out of range", mask)]


def _without_factor(graph: Graph, node: int, fault: Fault) -> int:
    """What is 0 or negative where the node is: without the factors of units."""
    match graph.vertices[node]:
        case Operation(name="mul" | "div", arguments=(a, b)) if fault != "outside -1 to 1":
            for one, other in ((a, b), (b, a)):
                vertex = graph.vertices[other]
                if isinstance(vertex, Constant) and vertex.value > 0 and not isinstance(graph.vertices[one], Constant):
                    return _without_factor(graph, one, fault)
    return node
