"""As many draws as a tolerance asks for: an output is counted again with more, until its quantiles are known well enough.

A quantile is known well enough when its standard error is at most the tolerance times the larger of its size and half
the 90 % width. The next count takes as many draws as errors that fall like 1/n would need, and twice as many at least:
Sobol' points do no better than that, so it rarely goes too far. Outputs that are known keep their counts, and so each
output has as many draws as it needs, whatever else is asked for beside it.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from mcarbon.engine.batches import Count, count_in_batches, counting_on_threads
from mcarbon.engine.part import part_of
from mcarbon.engine.program import Program
from mcarbon.engine.sampler import Plan
from mcarbon.engine.smoothed import Counted
from mcarbon.errors import refuse
from mcarbon.words.wording import thousands

if TYPE_CHECKING:
    from distributed import Client

Looked = TypeVar("Looked")
DRAWS = 2**18
"""Draws where the user names none."""
TOLERANCE = 0.005
"""The tolerance of the command line, where no number of draws is given."""
FIRST_DRAWS = 2**16
"""Where the command line begins: enough for most quantities with pure factors."""
MOST_DRAWS = 2**26
"""A tolerance is given up here."""


def enough_draws(
    program: Program,
    plan: Plan,
    wanted: Iterable[tuple[int, Sequence[float]]],
    tolerance: float | None,
    threads: int | None,
    progress: Callable[[float], None],
    scheduler: Client | str | None = None,
) -> list[Counted]:
    """The counted draws of a program's outputs: those of the plan, and for some outputs of more (see `Counted.draws`).

    `wanted` names outputs and the probabilities of their quantiles that must keep the tolerance; the others, and all
    with no tolerance, have the plan's draws. Draws are counted on threads, or by a `scheduler` on its cluster. UserError
    for a tolerance that is not positive, and for a cluster that does not answer.
    """
    return look_at_enough(lambda _, counted: counted, program, plan, wanted, tolerance, threads, progress, scheduler)


def look_at_enough(
    look: Callable[[int, Counted], Looked],
    program: Program,
    plan: Plan,
    wanted: Iterable[tuple[int, Sequence[float]]],
    tolerance: float | None,
    threads: int | None,
    progress: Callable[[float], None],
    scheduler: Client | str | None = None,
) -> list[Looked]:
    """What `look` makes of each output (its number, its counted draws) of `enough_draws`.

    Draws that have been looked at are held no longer, so that many outputs take little memory.
    """
    if tolerance is not None and not (0 < tolerance < math.inf):
        raise refuse(f"a tolerance of {tolerance:g} cannot be", allowed="Allowed: above 0, such as 0.005 for 0.5 %.")
    asked = {} if tolerance is None else dict(wanted)
    everything = range(len(program.factors))
    found: dict[int, Looked] = {}
    # By how many draws: what was asked for with few of them may be asked for together with what began with more.
    pending: dict[int, list[int]] = {plan.draws: list(everything)}
    with contextlib.ExitStack() as stack:
        count = _counting(stack, threads, scheduler)
        while pending:
            draws = min(pending)
            outputs = sorted(pending.pop(draws))
            some = program if len(outputs) == len(everything) else part_of(program, outputs)
            drawn = plan_of(draws, plan)
            for k, counted in zip(outputs, count_in_batches(some, drawn, threads, progress, count)):
                more = 1
                if tolerance is not None and k in asked:
                    more = _times(float(relative_errors(counted, asked[k]).max(initial=0.0)) / tolerance, draws)
                if more > 1:
                    pending.setdefault(drawn.draws * more, []).append(k)
                else:
                    found[k] = look(k, counted)
    return [found[k] for k in everything]


def _counting(stack: contextlib.ExitStack, threads: int | None, scheduler: Client | str | None) -> Count:
    """What counts the draws of a sampler."""
    if scheduler is None:
        return counting_on_threads(threads)
    # Only here, since it takes as long to import as some answers take.
    from mcarbon.engine import cluster

    client = stack.enter_context(cluster.connected(scheduler))
    return lambda sampler, bins, progress: cluster.count(client, sampler, progress, bins)


def _times(missed_by: float, draws: int) -> int:
    """How many times as many draws to take next, a power of two; 1 where they are enough, or as many as there may be."""
    more: int = 2 ** math.ceil(math.log2(min(max(missed_by, 1.0), MOST_DRAWS)))
    while more > 1 and draws * more > MOST_DRAWS:
        more //= 2
    return more


def plan_of(draws: int, plan: Plan) -> Plan:
    """The plan of an output's own draws, where `plan` is the one that they began with."""
    return Plan.of(draws, plan.replicates, plan.method, plan.seed)


def relative_errors(output: Counted, quantiles: Sequence[float]) -> npt.NDArray[np.float64]:
    """The standard errors of some quantiles, each over the larger of its size and half the 90 % width; 0 for a constant."""
    values, errors = output.quantiles_and_errors(quantiles)
    low, high = output.quantiles_and_errors((0.05, 0.95))[0]
    scale = np.maximum(np.abs(values), (high - low) / 2)
    return np.asarray(np.divide(errors, scale, out=np.zeros(len(errors)), where=errors > 0))


def not_met_warning(output: Counted, quantiles: Sequence[float], tolerance: float) -> tuple[str, ...]:
    """What to say of quantiles that do not keep the tolerance after all draws that were made."""
    errors = relative_errors(output, quantiles)
    if not np.any(errors > tolerance):
        return ()
    worst = int(errors.argmax())
    drawn, quantile = thousands(str(output.draws)), f"{100 * quantiles[worst]:g} %"
    what = f"after {drawn} draws the standard error of its {quantile} quantile is still"
    return (f"{what} {100 * errors[worst]:.2g} %, above the tolerance of {100 * tolerance:g} %",)
