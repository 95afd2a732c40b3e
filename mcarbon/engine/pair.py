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
from mcarbon.engine.program import Program
from mcarbon.engine.sampler import Plan, input_streams
from mcarbon.engine.streams import BLOCK, SOBOL, Streams


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

    def draw(self, streams: Streams, chain: int, first: int, last: int) -> npt.NDArray[np.float64]:
        """The outputs (outputs, n) of a chain's blocks [first, last), as far as the chain goes."""
        draws = np.empty((self.program.n_drawn, min(last * BLOCK, self.plan.length) - first * BLOCK))
        kernels.keep_draws(streams, self.program.tables, self.program.copula, self.program.steps, chain, first, last, draws)
        return draws
