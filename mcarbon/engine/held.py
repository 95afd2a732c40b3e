"""Draws of one output with an input held at given values, all others drawn as ever: the same draws at every value.

What is between two values is then the input's doing alone, and no noise: curves over the values are smooth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mcarbon.engine.accelerate import kernel
from mcarbon.engine.machine import Array, Copula, Steps, evaluate, fill_inputs, new_rows
from mcarbon.engine.program import Program
from mcarbon.engine.sampler import Done, Plan, input_streams, on_threads
from mcarbon.engine.streams import BLOCK, Streams
from mcarbon.engine.tables import Tables

NONE = -1
"""The input that is held where none is."""


@kernel
def keep_held(
    streams: Streams,
    tables: Tables,
    copula: Copula,
    steps: Steps,
    chain: int,
    inputs: npt.NDArray[np.int64],
    values: Array,
    draws: Array,
) -> None:
    """Write a chain's draws of a program's one output to `draws` (n, draws), each with input `inputs[k]` at `values[k]`.

    The inputs are drawn once for all values, since steps write to none of their rows.
    """
    rows = new_rows(steps, streams.keys.shape[1])
    u = np.empty(BLOCK)
    kept = np.empty(BLOCK)
    length = draws.shape[1]
    for block in range(-(-length // BLOCK)):
        fill_inputs(streams, tables, copula, chain, block, u, rows)
        start = block * BLOCK
        stop = min(start + BLOCK, length)
        for k in range(inputs.shape[0]):
            held = inputs[k]
            if held >= 0:
                kept[:] = rows[held]
                rows[held] = values[k]
            evaluate(steps.code, rows)
            draws[k, start:stop] = rows[steps.outputs[0], : stop - start]
            if held >= 0:
                rows[held] = kept


@dataclass(frozen=True)
class Held:
    """A program of one output and a plan, to be drawn with an input held at values.

    An input that is held lets go of those that it is correlated with; they keep their own correlations.
    """

    program: Program
    plan: Plan

    @cached_property
    def _streams(self) -> Streams:
        return input_streams(self.program, self.plan)

    def each_chain(
        self,
        inputs: Sequence[int] | npt.NDArray[np.int64],
        values: Sequence[float] | Array,
        look: Callable[[Array], Done],
        threads: int | None = None,
    ) -> list[Done]:
        """What `look` makes of each chain's draws (n, draws), with input `inputs[k]` at `values[k]`, or `NONE` held."""
        program = self.program
        which, at = np.asarray(inputs, dtype=np.int64), np.asarray(values, dtype=np.float64)

        def chain_draws(chain: int) -> Done:
            draws = np.empty((len(which), self.plan.length))
            keep_held(self._streams, program.tables, program.copula, program.steps, chain, which, at, draws)
            return look(draws)

        return list(on_threads(chain_draws, range(self.plan.replicates), threads))
