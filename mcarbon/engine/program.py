"""A model to flat arrays: what the kernels run, and nothing else.

The uncertain inputs that the wanted cells need become rows filled through quantile tables, the graph of operations
becomes steps on rows, and each different wanted cell becomes an output, computed just before it is counted or kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mcarbon.engine.factors import Homogeneity, without
from mcarbon.engine.first_compile import load_kernels
from mcarbon.engine.graph import Constant, Draw, Graph, Operation, drawn
from mcarbon.engine.machine import OPCODE, Copula, Steps
from mcarbon.engine.smoothed import Counted, Factor, SmoothedTally, is_positive_and_smooth, makes_smooth
from mcarbon.engine.tables import Table, Tables, quantile_table, stack_tables
from mcarbon.engine.tally import Tally
from mcarbon.errors import UserError
from mcarbon.families import Family
from mcarbon.families.normal import Normal
from mcarbon.reading.correlations import CorrelatedGroup, correlated_groups
from mcarbon.reading.model import Key, Model
from mcarbon.study import Coordinates, place

Target = tuple[str, Coordinates]
"""A quantity (or input) and the coordinates of one of its cells."""
Cells = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


@dataclass(frozen=True, slots=True)
class InputCell:
    """An uncertain input's cell: its name, its key, and its place among all input cells of the file, fixed ones too."""

    input: str
    key: Key
    position: int

    @property
    def label(self) -> str:
        """``grid`` or ``annual_footprint[US]``: how it is called in tables."""
        return f"{self.input}[{', '.join(self.key)}]" if self.key else self.input


@dataclass(frozen=True, eq=False)
class Program:
    """Rows: one an input, one a constant, then those that steps write. `output_of` gives each target's output.

    An output is what is drawn, `drawn_of[k]`, or that times its pure factors, `factors[k]`. The inputs are those that
    what is drawn needs, and those that these are correlated with. `needs` (drawn, inputs) tells which inputs it is
    computed from; `input_cells` counts all input cells of the file.
    """

    inputs: tuple[InputCell, ...]
    input_cells: int
    output_of: tuple[int, ...]
    drawn_of: tuple[int, ...]
    factors: tuple[tuple[Factor, ...], ...]
    needs: npt.NDArray[np.bool_]
    tables: Tables
    copula: Copula
    steps: Steps

    @property
    def n_drawn(self) -> int:
        """How many different numbers are drawn."""
        return len(self.steps.outputs)

    def outputs(self, tally: Tally) -> list[Counted]:
        """What the counted draws say of each output."""
        counted = [tally.output(k) for k in range(self.n_drawn)]
        return [SmoothedTally(counted[k], each) if each else counted[k] for k, each in zip(self.drawn_of, self.factors)]


def compile_program(model: Model, targets: Sequence[Target], smooth: bool = False) -> Program:
    """The program that draws these cells under the priors, each input one number a draw wherever it appears.

    With `smooth`, pure factors of an output are left out of what is drawn, and known exactly (`Program.outputs`).
    """
    load_kernels()
    return _compiled(model, as_cells(targets), smooth)


def as_cells(targets: Sequence[Target]) -> Cells:
    """Targets as what can be a key."""
    return tuple((name, tuple(coordinates.items())) for name, coordinates in targets)


@lru_cache(maxsize=8)
def _compiled(model: Model, cells: Cells, smooth: bool) -> Program:
    """As `compile_program`. Remembered: the same question is often asked again, with other draws or another seed."""
    graph = Graph(model, drawn)
    nodes = [graph.cell(name, dict(coordinates)) for name, coordinates in cells]
    different = list(dict.fromkeys(nodes))
    groups = correlated_groups(model)
    pure = _pure_factors(model, graph, different, groups) if smooth else dict.fromkeys(different, ())
    drawn_nodes = _without_factors(graph, pure)
    outputs = list(dict.fromkeys(drawn_nodes.values()))
    order, ends = _schedule(graph, outputs)
    inputs, row = _input_rows(model, graph, order, groups)
    constants = {number: v.value for number in order if isinstance(v := graph.vertices[number], Constant)}
    row |= {number: len(inputs) + k for k, number in enumerate(constants)}
    operations = [number for number in order if isinstance(graph.vertices[number], Operation)]
    code, n_rows = _code(graph, operations, dict(zip(outputs, ends)), row, len(inputs) + len(constants))
    number = {node: k for k, node in enumerate(different)}
    place = {node: k for k, node in enumerate(outputs)}
    return Program(
        inputs=inputs,
        input_cells=sum(len(record.cells()) for record in model.study.inputs.values()),
        output_of=tuple(number[node] for node in nodes),
        drawn_of=tuple(place[drawn_nodes[node]] for node in different),
        factors=tuple(tuple(factor for _, factor in pure[node]) for node in different),
        needs=_needs(graph, order, outputs, row, len(inputs)),
        tables=stack_tables([_table(model, cell) for cell in inputs]),
        copula=_copula(inputs, groups),
        steps=Steps(
            code=code,
            ends=np.array(ends, dtype=np.int64),
            outputs=np.array([row[node] for node in outputs], dtype=np.int32),
            constants=np.array(list(constants.values()), dtype=np.float64),
            n_rows=n_rows,
        ),
    )


def _pure_factors(
    model: Model, graph: Graph, nodes: list[int], groups: list[CorrelatedGroup]
) -> dict[int, tuple[tuple[int, Factor], ...]]:
    """The pure factors of each node, by their draws' nodes: continuous, positive, independent of all other inputs."""
    correlated = {cell for group in groups for cell in group.cells}
    homogeneity = Homogeneity(graph)
    factor_of: dict[int, Factor | None] = {}

    def known(x: int, degree: float) -> Factor | None:
        if x not in factor_of:
            vertex = graph.vertices[x]
            assert isinstance(vertex, Draw)
            factor_of[x] = None if (vertex.input, vertex.key) in correlated else _factor(model, vertex)
        found = factor_of[x]
        return None if found is None else replace(found, degree=degree)

    result = {}
    for node in nodes:
        degrees = homogeneity.degrees(node).of
        found = [(x, known(x, d)) for x, d in degrees.items() if d]
        pure = tuple((x, factor) for x, factor in found if factor is not None)
        result[node] = pure if makes_smooth(tuple(factor for _, factor in pure)) else ()
    return result


def _without_factors(graph: Graph, pure: Mapping[int, tuple[tuple[int, Factor], ...]]) -> dict[int, int]:
    """What is drawn of each node: itself without its pure factors."""
    made: dict[frozenset[int], dict[int, int]] = {}
    drawn_nodes = {}
    for node, factors in pure.items():
        left_out = frozenset(x for x, _ in factors)
        drawn_nodes[node] = without(graph, node, left_out, made.setdefault(left_out, {})) if left_out else node
    return drawn_nodes


def _factor(model: Model, vertex: Draw) -> Factor | None:
    """An input's cell as a factor, if its values are positive and continuous."""
    record = model.study.inputs[vertex.input]
    prior = model.study.prior_of(record.entry(dict(zip(record.axes, vertex.key))))
    if prior is None or not prior.is_continuous:
        return None
    table = _prior_table(prior, vertex.input, vertex.key)
    if not is_positive_and_smooth(table):
        return None
    label = InputCell(vertex.input, vertex.key, 0).label
    return Factor(label, table, model.prior_factors.get((vertex.input, vertex.key), 1.0), 1.0)


def _schedule(graph: Graph, outputs: list[int]) -> tuple[list[int], list[int]]:
    """All nodes that the outputs need, each after its arguments; and for each output, how many operations come before.

    Depth first, output by output, so that a result is counted while it is still in cache.
    """
    order: list[int] = []
    ends: list[int] = []
    seen: set[int] = set()
    operations = 0
    for output in outputs:
        pending = [(output, False)]
        while pending:
            node, ready = pending.pop()
            vertex = graph.vertices[node]
            if ready:
                order.append(node)
                operations += isinstance(vertex, Operation)
            elif node not in seen:
                seen.add(node)
                pending.append((node, True))
                if isinstance(vertex, Operation):
                    pending += [(argument, False) for argument in reversed(vertex.arguments)]
        ends.append(operations)
    return order, ends


def _input_rows(
    model: Model, graph: Graph, order: list[int], groups: list[CorrelatedGroup]
) -> tuple[tuple[InputCell, ...], dict[int, int]]:
    """The uncertain input cells that are needed, in the file's order, and the row of each one's node."""
    study = model.study
    keys = [
        (name, tuple(coordinates[axis] for axis in record.axes))
        for name, record in study.inputs.items()
        for coordinates, _ in record.cells()
    ]
    position = {key: k for k, key in enumerate(keys)}
    nodes = {(v.input, v.key): number for number in order if isinstance(v := graph.vertices[number], Draw)}
    needed = set(nodes)
    for group in groups:
        # An input that is correlated is drawn with all of its group, or its draws would depend on what is asked.
        if needed.intersection(group.cells):
            needed.update(group.cells)
    cells = sorted((InputCell(name, key, position[name, key]) for name, key in needed), key=lambda cell: cell.position)
    rows = {(cell.input, cell.key): k for k, cell in enumerate(cells)}
    return tuple(cells), {node: rows[cell] for cell, node in nodes.items()}


def _copula(inputs: tuple[InputCell, ...], groups: list[CorrelatedGroup]) -> Copula:
    """The correlations among these inputs."""
    row = {(cell.input, cell.key): k for k, cell in enumerate(inputs)}
    used = [group for group in groups if group.cells[0] in row]
    members = [np.array([row[cell] for cell in group.cells], dtype=np.int32) for group in used]
    factors = [group.cholesky[np.tril_indices(len(group.cells))] for group in used]
    mixed = np.zeros(len(inputs), dtype=np.bool_)
    for rows in members:
        mixed[rows] = True
    return Copula(
        mixed=mixed,
        first=np.cumsum([0, *map(len, members)], dtype=np.int64),
        members=np.concatenate([np.empty(0, np.int32), *members]),
        factor_first=np.cumsum([0, *map(len, factors)], dtype=np.int64),
        factors=np.concatenate([np.empty(0), *factors]),
        normal=stack_tables([quantile_table(Normal.model_validate({"family": "normal", "mean": 0.0, "sd": 1.0}))]),
    )


def _code(
    graph: Graph, steps: list[int], counted: dict[int, int], row: dict[int, int], n_first: int
) -> tuple[npt.NDArray[np.int32], int]:
    """The steps as code, and how many rows it takes; each result's row, from `n_first` on, is entered into `row`.

    `counted` gives, for each output, the number of steps after which it is counted. A row is free for another result
    after the step of its last use (a step that writes to a row that it reads is not vectorised), and after it is counted.
    """
    released = dict(counted)
    for k, step in enumerate(steps):
        for argument in _operation(graph, step).arguments:
            released[argument] = max(k, released.get(argument, 0))
    expiring: dict[int, list[int]] = {}
    for node, k in released.items():
        if isinstance(graph.vertices[node], Operation):
            expiring.setdefault(k, []).append(node)

    n_rows = n_first
    free: list[int] = []
    code = np.zeros((len(steps), 5), dtype=np.int32)
    for k, step in enumerate(steps):
        operation = _operation(graph, step)
        if free:
            row[step] = free.pop()
        else:
            row[step], n_rows = n_rows, n_rows + 1
        free += [row[node] for node in expiring.get(k, [])]
        code[k, :2] = OPCODE[operation.name], row[step]
        code[k, 2 : 2 + len(operation.arguments)] = [row[argument] for argument in operation.arguments]
    return code, n_rows


def _needs(graph: Graph, order: list[int], outputs: list[int], row: dict[int, int], inputs: int) -> npt.NDArray[np.bool_]:
    """Which inputs (by their rows) each output is computed from."""
    needed: dict[int, npt.NDArray[np.bool_]] = {}
    for node in order:
        vertex = graph.vertices[node]
        needed[node] = np.zeros(inputs, dtype=np.bool_)
        if isinstance(vertex, Draw):
            needed[node][row[node]] = True
        elif isinstance(vertex, Operation):
            needed[node] |= np.logical_or.reduce([needed[argument] for argument in vertex.arguments])
    return np.array([needed[node] for node in outputs]).reshape(len(outputs), inputs)


def _operation(graph: Graph, node: int) -> Operation:
    vertex = graph.vertices[node]
    assert isinstance(vertex, Operation)
    return vertex


def _table(model: Model, cell: InputCell) -> Table:
    """The cell's quantile table in the input's unit."""
    record = model.study.inputs[cell.input]
    prior = model.study.prior_of(record.entry(dict(zip(record.axes, cell.key))))
    assert prior is not None
    table = _prior_table(prior, cell.input, cell.key)
    factor = model.prior_factors.get((cell.input, cell.key), 1.0)
    if factor == 1.0:
        return table
    pieces = table.pieces.copy()
    pieces[:, 3:] *= factor
    return Table(table.cubics * factor, table.first_piece, pieces, table.support * factor)


def _prior_table(prior: Family, name: str, key: Key) -> Table:
    """A prior's table; a refusal names the input."""
    try:
        return quantile_table(prior)
    except UserError as error:
        at = place(("inputs", name, *(("at", *key) if key else ()), "prior"))
        raise UserError(*(replace(fault, place=at) for fault in error.faults)) from None
