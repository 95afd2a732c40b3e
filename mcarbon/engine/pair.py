"""Two independent samples of a program, A and B, and those that take some inputs from the one, some from the other.

Sensitivity indices are made of these. A is the sample that every other answer draws from.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mcarbon.engine import kernels
from mcarbon.engine.part import part_of
from mcarbon.engine.program import Program
from mcarbon.engine.sampler import Plan, input_streams
from mcarbon.engine.streams import BLOCK, SOBOL, Streams


@dataclass(frozen=True)
class Exchange:
    """Some inputs that are exchanged between A and B: the `outputs` that they change, and the program of these alone.

    `a` are the streams of that program with these inputs from B, all others from A, and `b` the other way round.
    """

    outputs: npt.NDArray[np.intp]
    program: Program
    a: Streams
    b: Streams


@dataclass(frozen=True)
class Pair:
    """A program and a plan, each draw of which is to be taken twice, independently."""

    program: Program
    plan: Plan

    @cached_property
    def _sides(self) -> tuple[Streams, Streams]:
        return input_streams(self.program, self.plan), input_streams(self.program, self.plan, side=1)

    @cached_property
    def exchanges(self) -> tuple[tuple[int, ...], ...]:
        """The inputs by what can be exchanged between A and B: a correlated group whole, any other input alone."""
        copula = self.program.copula
        groups = [tuple(copula.members[start:end].tolist()) for start, end in itertools.pairwise(copula.first)]
        return tuple(sorted([*groups, *((int(k),) for k in np.flatnonzero(~copula.mixed))]))

    @cached_property
    def exchanged(self) -> tuple[Exchange, ...]:
        """Each of `exchanges`, made."""
        made = []
        for inputs in self.exchanges:
            outputs = np.flatnonzero(self.program.needs[:, list(inputs)].any(axis=1))
            part = part_of(self.program, [self.program.drawn_of.index(k) for k in outputs])
            rows = np.flatnonzero(np.isin(_positions(self.program), _positions(part)))
            only = np.isin(np.arange(len(self.program.inputs)), inputs)
            made.append(Exchange(outputs, part, of_inputs(self.mixed(only), rows), of_inputs(self.mixed(~only), rows)))
        return tuple(made)

    def mixed(self, from_b: npt.ArrayLike) -> Streams:
        """The streams of A, but those of B for the inputs where `from_b` (inputs,) is true, correlated groups whole."""
        a, b = self._sides
        other = np.broadcast_to(np.asarray(from_b, dtype=np.bool_), len(self.program.inputs))
        if 2 * np.count_nonzero(other) > other.size:
            a, b, other = b, a, ~other
        mixed = Streams(a.method, a.length, a.keys.copy(), a.directions.copy(), a.low.copy())
        mixed.keys[:, other] = b.keys[:, other]
        if a.method == SOBOL:
            mixed.directions[other] = b.directions[other]
            mixed.low[other] = b.low[other]
        return mixed

    def draw(
        self, streams: Streams, chain: int, first: int, last: int, program: Program | None = None
    ) -> npt.NDArray[np.float64]:
        """The outputs (outputs, n) of a chain's blocks [first, last), as far as the chain goes; of a part of the program."""
        program = program or self.program
        draws = np.empty((program.n_drawn, min(last * BLOCK, self.plan.length) - first * BLOCK))
        kernels.keep_draws(streams, program.tables, program.copula, program.steps, chain, first, last, draws)
        return draws


def of_inputs(streams: Streams, rows: npt.NDArray[np.intp]) -> Streams:
    """The streams of some of the inputs."""
    by_input = (
        (streams.directions, streams.low) if streams.method != SOBOL else (streams.directions[rows], streams.low[rows])
    )
    return Streams(streams.method, streams.length, np.ascontiguousarray(streams.keys[:, rows]), *by_input)


def _positions(program: Program) -> list[int]:
    return [cell.position for cell in program.inputs]
