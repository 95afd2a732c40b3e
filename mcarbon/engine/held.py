"""An output with one input held at given values, all others drawn as ever: the same draws at every value.

What is between two values is then the input's doing alone, and no noise: curves over the values are smooth. Pure factors
of the output are not drawn, but known (see `mcarbon.engine.smoothed`); one of them that is held is a number beside
what is drawn of all the others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mcarbon.engine.accelerate import kernel
from mcarbon.engine.kernels import share_below
from mcarbon.engine.machine import Array, Copula, Steps, evaluate, fill_inputs, new_rows
from mcarbon.engine.program import Program, Target, compile_program
from mcarbon.engine.sampler import Plan, Sampler, input_streams, on_threads
from mcarbon.engine.smoothed import (
    ACCURACY,
    Counted,
    Factor,
    Products,
    SmoothedTally,
    grid,
    makes_smooth,
    shares_below,
)
from mcarbon.engine.streams import BLOCK, Streams
from mcarbon.engine.tables import Tables
from mcarbon.engine.tally import standard_error
from mcarbon.reading.model import Model

Places = Sequence[int] | npt.NDArray[np.int64]

MOST_NOT_FINITE = 0.01
"""A value at which more of the draws are not finite is none at which the answer is known."""


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
        for k in range(len(inputs)):
            kept[:] = rows[inputs[k]]
            rows[inputs[k]] = values[k]
            evaluate(steps.code, rows)
            draws[k, start:stop] = rows[steps.outputs[0], : stop - start]
            rows[inputs[k]] = kept


@kernel
def count_held(
    streams: Streams, tables: Tables, copula: Copula, steps: Steps, chain: int, length: int,
    inputs: npt.NDArray[np.int64], values: Array, target: float, log_target: float,
    start: float, step: float, g_below: Array, below: Array, finite: Array,
) -> None:  # fmt: skip
    """Count to `below` (n,) how many of a chain's draws are below a target, of `finite` (n,), with inputs held as above.

    Of an output with pure factors g, of which `start`, `step` and `g_below` tell as of `share_below`, each draw counts by
    the probability that it is below, `log_target` being log2 of the target's size; else `g_below` is empty. Draws equal to
    the target count by half.
    """
    rows = new_rows(steps, streams.keys.shape[1])
    u = np.empty(BLOCK)
    kept = np.empty(BLOCK)
    smooth = len(g_below) != 0
    for block in range(-(-length // BLOCK)):
        fill_inputs(streams, tables, copula, chain, block, u, rows)
        stop = min(BLOCK, length - block * BLOCK)
        for k in range(len(inputs)):
            kept[:] = rows[inputs[k]]
            rows[inputs[k]] = values[k]
            evaluate(steps.code, rows)
            y = rows[steps.outputs[0]]
            share, known = 0.0, 0
            for i in range(stop):
                if not math.isfinite(y[i]):
                    continue
                known += 1
                if smooth and y[i] > 0.0 and target > 0.0:
                    share += share_below(log_target - math.log2(y[i]), start, step, g_below)
                elif smooth and y[i] < 0.0 and target < 0.0:
                    share += 1.0 - share_below(log_target - math.log2(-y[i]), start, step, g_below)
                else:
                    share += 1.0 if y[i] < target else (0.5 if y[i] == target else 0.0)
            below[k] += share
            finite[k] += known
            rows[inputs[k]] = kept


@dataclass(frozen=True)
class Held:
    """One cell of a model and a plan, to be drawn with an input held at values.

    An input that is held lets go of those that it is correlated with; they keep their own correlations. Without `smooth`
    pure factors are drawn as other inputs are.
    """

    model: Model
    target: Target
    plan: Plan
    threads: int | None = None
    smooth: bool = True

    @cached_property
    def program(self) -> Program:
        """What is drawn."""
        return compile_program(self.model, [self.target], self.smooth)

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The output's pure factors, which are not drawn."""
        (factors,) = self.program.factors
        return factors

    @cached_property
    def places(self) -> dict[str, int]:
        """The inputs that what is drawn is computed from, by label, with their places in the program."""
        (needed,) = self.program.needs
        return {self.program.inputs[k].label: int(k) for k in np.flatnonzero(needed)}

    @cached_property
    def plain(self) -> Held:
        """The same with every input drawn."""
        return replace(self, smooth=False)

    @cached_property
    def _streams(self) -> Streams:
        return input_streams(self.program, self.plan)

    @cached_property
    def as_it_is(self) -> Counted:
        """What the counted draws say of the output with no input held."""
        (output,) = self.program.outputs(Sampler(self.program, self.plan).count(threads=self.threads))
        return output

    def without(self, label: str) -> Counted | None:
        """The output with 1 in the place of a pure factor; None where what the other factors do is too fine to be known."""
        rest = tuple(factor for factor in self.factors if factor.label != label)
        drawn = self.as_it_is.drawn if isinstance(self.as_it_is, SmoothedTally) else self.as_it_is
        if not rest:
            return drawn
        return SmoothedTally(drawn, rest) if makes_smooth(rest) else None

    def below(self, inputs: Places, values: Sequence[float] | Array, target: float, chains: int | None = None) -> Array:
        """The share of the finite draws below a target (replicates, n), those equal to it by half, with inputs held.

        Input `inputs[k]` is held at `values[k]`. NaN where more than `MOST_NOT_FINITE` of the draws are not finite.
        `chains`: a rough look, at no more than a block of so many replicates.
        """
        program = self.program
        which, at = np.asarray(inputs, dtype=np.int64), np.asarray(values, dtype=np.float64)
        length = self.plan.length if chains is None else min(self.plan.length, BLOCK)
        g = grid(self.factors) if self.factors else None
        known = (g.start, g.step, g.below) if g else (math.nan, math.nan, np.empty(0))
        log_target = math.log2(abs(target)) if target else math.nan

        def share(chain: int) -> Array:
            below, finite = np.zeros((2, len(which)))
            arguments = self._streams, program.tables, program.copula, program.steps, chain, length
            count_held(*arguments, which, at, float(target), log_target, *known, below, finite)
            return np.where(finite >= (1 - MOST_NOT_FINITE) * length, below / np.maximum(finite, 1.0), np.nan)

        replicates = min(self.plan.replicates, chains or self.plan.replicates)
        return np.stack(list(on_threads(share, range(replicates), self.threads)))

    def draws(self, inputs: Places, values: Sequence[float] | Array) -> Array:
        """What is drawn (n, replicates, draws) with inputs held as above."""
        program = self.program
        which, at = np.asarray(inputs, dtype=np.int64), np.asarray(values, dtype=np.float64)

        def keep(chain: int) -> Array:
            draws = np.empty((len(which), self.plan.length))
            keep_held(self._streams, program.tables, program.copula, program.steps, chain, which, at, draws)
            return draws

        return np.stack(list(on_threads(keep, range(self.plan.replicates), self.threads)), axis=1)

    def median(self, draws: Array) -> tuple[float, float]:
        """The median of the output, of draws (replicates, n), and its standard error: that of the shares below it."""
        finite = np.isfinite(draws)
        if not finite.any(axis=1).all():
            return math.nan, math.nan
        known = draws[finite]
        finest = math.sqrt(len(draws) / 12) / len(known)
        if self.factors:
            g, finest = grid(self.factors), ACCURACY
            pooled = Products.of(known, np.ones(len(known)), g)
            (middle,) = pooled.quantiles(np.array([0.5]))
            below = np.array([shares_below(row[here], middle, g) for row, here in zip(draws, finite)])
            low, high = pooled.quantiles(_around(below, finest))
        else:
            middle = np.quantile(known, 0.5, method="hazen")
            below = np.where(finite, (draws < middle) + (draws == middle) / 2, 0.0).sum(axis=1) / finite.sum(axis=1)
            low, high = np.quantile(known, _around(below, finest), method="hazen")
        return float(middle), float(high - low) / 2


def _around(below: Array, finest: float) -> Array:
    """The probabilities one standard error from a half."""
    error = min(max(float(standard_error(below)), finest), 0.5)
    return np.array([0.5 - error, 0.5 + error])
