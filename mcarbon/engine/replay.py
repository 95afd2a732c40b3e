"""The nodes of a graph on given draws of its inputs, by NumPy: to look into some draws, node by node."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from mcarbon.engine.graph import Constant, Draw, Graph, Operation, vectorized
from mcarbon.engine.program import Target, compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.reading.model import Key, Model

Array = npt.NDArray[np.float64]
Cell = tuple[str, Key]


def needed(graph: Graph, *nodes: int) -> list[int]:
    """All nodes that these are computed from, and themselves, each after its operands."""
    found = set[int]()
    pending = list(nodes)
    while pending:
        node = pending.pop()
        if node not in found:
            found.add(node)
            vertex = graph.vertices[node]
            pending += vertex.arguments if isinstance(vertex, Operation) else ()
    return sorted(found)


def cells_under(graph: Graph, *nodes: int) -> list[Cell]:
    """The input cells that these nodes are computed from."""
    vertices = (graph.vertices[node] for node in needed(graph, *nodes))
    return [(vertex.input, vertex.key) for vertex in vertices if isinstance(vertex, Draw)]


def targets_of(model: Model, cells: list[Cell]) -> list[Target]:
    """The input cells as what a program is asked for."""
    return [(name, dict(zip(model.study.inputs[name].axes, key))) for name, key in cells]


def drawn_inputs(model: Model, cells: list[Cell], plan: Plan) -> dict[Cell, Array]:
    """All draws of the first chain of these input cells, the same as in any program of the model."""
    if not cells:
        return {}
    program = compile_program(model, targets_of(model, cells))
    draws = np.empty((program.n_drawn, plan.length))
    Sampler(program, plan).keep(0, draws)
    return {cell: draws[output] for cell, output in zip(cells, program.output_of)}


def replay(graph: Graph, inputs: Mapping[Cell, Array], *nodes: int) -> list[Array]:
    """The values of nodes, given those of the inputs' cells, all of one shape or broadcast to it."""
    order = needed(graph, *nodes)
    last_use = {node: len(order) for node in nodes}
    for number, node in enumerate(order):
        vertex = graph.vertices[node]
        for operand in vertex.arguments if isinstance(vertex, Operation) else ():
            last_use[operand] = max(number, last_use.get(operand, 0))
    expiring: dict[int, list[int]] = {}
    for node, number in last_use.items():
        expiring.setdefault(number, []).append(node)
    values: dict[int, Array] = {}
    with np.errstate(all="ignore"):
        for number, node in enumerate(order):
            match graph.vertices[node]:
                case Constant(value=value):
                    values[node] = np.array(value)
                case Draw(input=name, key=key):
                    values[node] = inputs[name, key]
                case Operation(name=name, arguments=operands):
                    values[node] = vectorized(name, *(values[operand] for operand in operands))
            # Of a long formula not all is kept.
            for operand in expiring.get(number, ()):
                del values[operand]
    return [values[node] for node in nodes]
