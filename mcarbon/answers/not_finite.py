"""Draws that are not finite: told with what makes them, and refused where they are many."""

from __future__ import annotations

from mcarbon.engine.culprits import culprits
from mcarbon.engine.program import Target
from mcarbon.engine.sampler import Plan
from mcarbon.errors import refuse
from mcarbon.reading.model import Model
from mcarbon.words.not_finite import first_of_them, not_finite_reason

MOST_NOT_FINITE = 0.01
"""A quantity with a larger share of draws that are not finite is no answer, but an error of its formula."""


def not_finite_warning(
    model: Model, target: Target, plan: Plan, not_finite: int, evaluations: int | None = None, sides: int = 1
) -> tuple[str, ...]:
    """What to say of a cell's draws that are not finite, where there are any of the plan's (or of the `evaluations`).

    They are looked for in the plan's draws, of so many `sides` (see `mcarbon.engine.sampler.input_streams`). UserError where
    they are more than `MOST_NOT_FINITE`.
    """
    if not not_finite:
        return ()
    draws = plan.draws if evaluations is None else evaluations
    them = culprits(model, target, plan, not_finite, sides)
    reason = not_finite_reason(them)
    name, at = target
    if not_finite > MOST_NOT_FINITE * draws:
        where = ", ".join(f"{axis} = {there}" for axis, there in at.items())
        raise refuse(
            f"{not_finite} of {draws} draws of `{name}` are not finite{reason}",
            place=f"[quantities.{name}]{f' at {where}' if where else ''}",
            allowed="Allowed: up to 1 %. Give `sides` where the second one may be 0, or priors that stay away from it.",
        )
    first = first_of_them(them) if evaluations is None else ""
    return (f"{not_finite} of {draws} draws are not finite{reason}; the figures are of the rest{first}",)


def kept_warning(model: Model, target: Target, plan: Plan, not_finite: int) -> tuple[str, ...]:
    """What to say of a cell's draws that are kept and not finite, however many they are."""
    if not not_finite:
        return ()
    them = culprits(model, target, plan, not_finite)
    return (f"{not_finite} of {plan.draws} draws are not finite{not_finite_reason(them)}{first_of_them(them)}",)
