"""As many draws as a tolerance asks for: all are counted again with more, until the quantiles are known well enough.

A quantile is known well enough when its standard error is at most the tolerance times the larger of its size and half
the 90 % width. The next count takes as many draws as errors that fall like 1/n would need, and twice as many at least:
Sobol' points do no better than that, so it rarely goes too far.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mcarbon.engine import cluster
from mcarbon.engine.program import Program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.engine.smoothed import Counted
from mcarbon.errors import refuse

if TYPE_CHECKING:
    from distributed import Client

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
) -> tuple[Plan, list[Counted]]:
    """The counted draws of a program's outputs, and the plan that it took.

    `wanted` names outputs and the probabilities of their quantiles that must keep the tolerance; with no tolerance the
    plan is taken as it is. Draws are counted on threads, or by a `scheduler` on its cluster. UserError for a tolerance
    that is not positive, and for a cluster that does not answer.
    """
    if tolerance is not None and not (0 < tolerance < math.inf):
        raise refuse(f"a tolerance of {tolerance:g} cannot be", allowed="Allowed: above 0, such as 0.005 for 0.5 %.")
    wanted = list(wanted)
    with contextlib.nullcontext() if scheduler is None else cluster.connected(scheduler) as client:
        while True:
            sampler = Sampler(program, plan)
            if client is None:
                tally = sampler.count(threads=threads, progress=progress)
            else:
                tally = cluster.count(client, sampler, progress)
            outputs = program.outputs(tally)
            if tolerance is None:
                return plan, outputs
            worst = max((float(relative_errors(outputs[k], p).max(initial=0.0)) for k, p in wanted), default=0.0) / tolerance
            more: int = 2 ** math.ceil(math.log2(min(max(worst, 1.0), MOST_DRAWS)))
            while plan.draws * more > MOST_DRAWS:
                more //= 2
            if more < 2:
                return plan, outputs
            plan = Plan.of(plan.draws * more, plan.replicates, plan.method, plan.seed)


def relative_errors(output: Counted, quantiles: Sequence[float]) -> npt.NDArray[np.float64]:
    """The standard errors of some quantiles, each over the larger of its size and half the 90 % width; 0 for a constant."""
    values, errors = output.quantiles(quantiles), output.quantile_errors(quantiles)
    low, high = output.quantiles([0.05, 0.95])
    scale = np.maximum(np.abs(values), (high - low) / 2)
    return np.asarray(np.divide(errors, scale, out=np.zeros(len(errors)), where=errors > 0))


def not_met_warning(output: Counted, quantiles: Sequence[float], tolerance: float, plan: Plan) -> tuple[str, ...]:
    """What to say of quantiles that do not keep the tolerance after all draws that were made."""
    errors = relative_errors(output, quantiles)
    if not np.any(errors > tolerance):
        return ()
    worst = int(errors.argmax())
    what = f"after {plan.draws} draws the standard error of its {100 * quantiles[worst]:g} % quantile is still"
    return (f"{what} {100 * errors[worst]:.2g} %, above the tolerance of {100 * tolerance:g} %",)
