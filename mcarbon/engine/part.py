"""A program of some of another one's outputs: the same steps, without those that only the others need."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mcarbon.engine.machine import Copula, Steps
from mcarbon.engine.program import Program
from mcarbon.engine.tables import Tables


def part_of(program: Program, outputs: Sequence[int]) -> Program:
    """The program of these outputs, in this order, with the inputs that they need; their draws are the same bits.

    Its targets are the outputs themselves. An input that is correlated stays with all of its group.
    """
    drawn = sorted({program.drawn_of[k] for k in outputs})
    place = {number: k for k, number in enumerate(drawn)}
    inputs = np.flatnonzero(_with_groups(program.copula, np.any(program.needs[drawn], axis=0)))
    return replace(
        program,
        inputs=tuple(program.inputs[k] for k in inputs),
        output_of=tuple(range(len(outputs))),
        drawn_of=tuple(place[program.drawn_of[k]] for k in outputs),
        factors=tuple(program.factors[k] for k in outputs),
        needs=program.needs[drawn][:, inputs],
        tables=_tables(program.tables, inputs),
        copula=_copula(program.copula, inputs),
        steps=_steps(program.steps, len(program.inputs), drawn, inputs),
    )


def _with_groups(copula: Copula, needed: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    found = np.array(needed, dtype=np.bool_)
    for start, end in itertools.pairwise(copula.first):
        members = copula.members[start:end]
        found[members] = np.any(found[members])
    return found


def _tables(tables: Tables, inputs: npt.NDArray[np.intp]) -> Tables:
    # The pieces of the other inputs stay: cells point to them by their places.
    return Tables(
        cubics=tables.cubics[inputs],
        first_piece=tables.first_piece[inputs],
        pieces=tables.pieces,
        has_pieces=tables.has_pieces[inputs],
        support=tables.support[inputs],
    )


def _copula(copula: Copula, inputs: npt.NDArray[np.intp]) -> Copula:
    row = np.full(len(copula.mixed), -1, dtype=np.int32)
    row[inputs] = np.arange(len(inputs))
    kept = [g for g in range(len(copula.first) - 1) if row[copula.members[copula.first[g]]] >= 0]
    members = [row[copula.members[copula.first[g] : copula.first[g + 1]]] for g in kept]
    factors = [copula.factors[copula.factor_first[g] : copula.factor_first[g + 1]] for g in kept]
    return Copula(
        mixed=copula.mixed[inputs],
        first=np.cumsum([0, *map(len, members)], dtype=np.int64),
        members=np.concatenate([np.empty(0, np.int32), *members]),
        factor_first=np.cumsum([0, *map(len, factors)], dtype=np.int64),
        factors=np.concatenate([np.empty(0), *factors]),
        normal=copula.normal,
    )


def _steps(steps: Steps, n_inputs: int, drawn: Sequence[int], inputs: npt.NDArray[np.intp]) -> Steps:
    """The steps that write what these outputs read, found from the last one back."""
    ends = steps.ends.tolist()
    counted: dict[int, list[int]] = {}
    for k in drawn:
        counted.setdefault(ends[k], []).append(int(steps.outputs[k]))
    code = steps.code.tolist()
    wanted = set(counted.get(len(code), ()))
    kept: list[int] = []
    for k in range(len(code) - 1, -1, -1):
        _, destination, *operands = code[k]
        if destination in wanted:
            kept.append(k)
            wanted.discard(destination)
            # Operands that an operation does not have are row 0, which costs nothing to keep.
            wanted.update(operands)
        wanted.update(counted.get(k, ()))
    kept.reverse()
    left = steps.n_rows - n_inputs
    row = np.zeros(steps.n_rows, dtype=np.int32)
    row[inputs] = np.arange(len(inputs))
    row[n_inputs:] = len(inputs) + np.arange(left)
    some = steps.code[kept]
    return Steps(
        code=np.column_stack([some[:, :1], row[some[:, 1:]]]).astype(np.int32),
        ends=np.searchsorted(kept, steps.ends[list(drawn)]).astype(np.int64),
        outputs=row[steps.outputs[list(drawn)]],
        constants=steps.constants,
        n_rows=len(inputs) + left,
    )
