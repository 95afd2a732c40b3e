"""Which inputs matter: Sobol' indices and Shapley effects of a quantity, each with its Monte Carlo error."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mcarbon.answers.alarms import alarms
from mcarbon.answers.cells import cells_asked, input_cells, listed
from mcarbon.answers.choice_factors import choice_factors
from mcarbon.answers.existence import Existence, existence
from mcarbon.answers.indices import Indices, Scale, indices_of
from mcarbon.answers.not_finite import not_finite_warning
from mcarbon.answers.ratios import without_ratio
from mcarbon.answers.sample import describe, provenance
from mcarbon.answers.shapley import Parts, variance_parts
from mcarbon.answers.tornado import Medians, held_medians
from mcarbon.answers.variance import InputIndices, Sensitivity, with_effects, with_medians, with_members
from mcarbon.arguments import checked
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import Plan
from mcarbon.errors import refuse
from mcarbon.reading.model import Model, build_model
from mcarbon.results import AND
from mcarbon.study import Study
from mcarbon.version import __version__

if TYPE_CHECKING:
    import xarray

DRAWS = 2**16
"""Draws of each sample where the user names none; a quantity of k inputs takes 2 (k + 1) samples."""
SCALES = ("log", "linear")
MOST_NOT_POSITIVE = 0.01
"""A quantity with a larger share of values that have no logarithm has no indices on the log scale."""


def sensitivity_rows(
    study: Study,
    quantity: str,
    at: Mapping[str, str] | None = None,
    choices: Mapping[str, str] | None = None,
    scale: str | None = None,
    draws: int = DRAWS,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    threads: int | None = None,
    shapley: bool = True,
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[Sensitivity, ...]:
    """The indices as frozen records, one a cell; see `sensitivity`."""
    model = build_model(study)
    plan = Plan.of(draws, replicates, method, seed)
    cells = cells_asked(model, quantity, at or {}, choices or {})
    asked = _scale(scale)
    for k, (side, _) in without_ratio(model, [(quantity, cell) for cell in cells], plan).items():
        what = f"`{quantity}` is no ratio at {listed(cells[k])}: its second side is 0 in every draw"
        raise refuse(what, allowed=f"Ask which inputs of `{side}` matter.")
    targets = [(quantity, cell) for cell in cells]
    part = 0.3 if shapley else 0.9
    found = indices_of(model, targets, plan, asked, threads, lambda share: progress(part * share))
    if len({each.scale for each in found}) > 1:
        # One question, one scale.
        found = indices_of(model, targets, plan, "linear", threads, lambda share: progress(part * share))
    exist = existence(model, targets)
    beside = choice_factors(model, quantity, cells, plan, threads)
    unit = describe(study, quantity)["units"]
    rows = tuple(
        Sensitivity(
            study=study.id,
            digest=study.digest,
            version=__version__,
            method=plan.method,
            seed=plan.seed,
            draws=plan.draws,
            replicates=plan.replicates,
            quantity=quantity,
            at=cell,
            scale=each.scale,
            inputs=_inputs(each),
            warnings=not_finite_warning(model, (quantity, cell), plan, each.not_finite, each.evaluations, sides=2)
            + _warnings(quantity, each, moments)
            + said,
            unit=unit,
            choices=choices,
            interval=interval,
        )
        for cell, each, (choices, interval), moments, said in zip(cells, found, beside, exist, alarms(model, targets))
    )
    if not shapley:
        return rows
    vary = [each.vary for each in found]
    return _divided(model, rows, vary, plan, threads, lambda share: progress(part + (1 - part) * share))


def _divided(
    model: Model,
    rows: Sequence[Sensitivity],
    vary: Sequence[bool],
    plan: Plan,
    threads: int | None,
    progress: Callable[[float], None],
) -> tuple[Sensitivity, ...]:
    """The rows with Shapley effects, and medians with each input held."""
    program = compile_program(model, [(row.quantity, row.at) for row in rows], smooth=rows[0].scale == "log")
    parts: dict[int, Parts | None] = {}
    medians: dict[int, Medians] = {}
    done = []
    for k, (row, varies, output) in enumerate(zip(rows, vary, program.output_of)):
        if varies:
            target, drawn, factors = (row.quantity, row.at), program.drawn_of[output], program.factors[output]
            if drawn not in parts:
                alone = compile_program(model, [target], smooth=row.scale == "log")
                parts[drawn] = variance_parts(alone, plan, row.scale, threads)
            if output not in medians:
                medians[output] = held_medians(model, target, plan, threads)
            found = parts[drawn]
            effects = found.effects(factors) if found else None
            row = with_effects(with_medians(with_members(row), medians[output]), effects)
        done.append(row)
        progress((k + 1) / len(rows))
    return tuple(done)


@checked
def sensitivity(
    study: Study,
    quantity: str,
    at: Mapping[str, str] | None = None,
    choices: Mapping[str, str] | None = None,
    scale: str | None = None,
    draws: int = DRAWS,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    threads: int | None = None,
    shapley: bool = True,
) -> xarray.Dataset:
    """The Sobol' indices and Shapley effects of a quantity (or input): which share of its variance each input makes.

    `at` names coordinates of dimensions (those left open become dims of the result), `choices` options, the published
    ones where not named. `scale` ``"log"`` or ``"linear"``: of the quantity's logarithm or of itself; by default log
    where it is positive in every draw. `draws` of each of 2 (k + 1) samples for k inputs; other arguments as for
    `mcarbon.sample`.

    The Dataset has dims ``(input, *open dimensions)`` and the variables ``first`` (the share that an input makes alone),
    ``total`` (with all its interactions), ``shapley`` (its fair share: these add up to 1), and each with
    ``_standard_error``; an input that a cell does not need has index 0 there, one that no cell needs is left out. Inputs
    that are correlated with one another have ``first`` and ``total`` together, under the name ``a & b``, and ``shapley``
    each under its own; the others are NaN. ``median_at_5`` and ``median_at_95`` are the medians of the quantity with the
    input held at its 5 and its 95 %, the others uncertain, and ``median`` is that with none held. All NaN, with a warning
    in the attributes, where the quantity does not vary. Shapley effects are of all subsets of up to 8 inputs, of random
    orders of more; without `shapley` they are left out, and the medians with an input held. UserError for names that do
    not exist, and where more than 1 % of the values are not finite, or not positive on the log scale that was asked for.
    """
    import xarray

    quantity = str(quantity)  # an expression stands for its name
    rows = sensitivity_rows(study, quantity, at, choices, scale, draws, replicates, method, seed, threads, shapley)
    axes = [axis for axis in study.dimensions if axis in rows[0].at and axis not in (at or {})]
    names = sorted({each.name for row in rows for each in row.inputs}, key=_in_file_order(study))
    figures = np.zeros((10, len(names), len(rows)))
    for k, row in enumerate(rows):
        if not any(math.isfinite(each.total) for each in row.inputs):
            figures[:, :, k] = np.nan
        for each in row.inputs:
            figures[:, names.index(each.name), k] = [
                each.first, each.total, each.shapley,
                each.standard_error_first, each.standard_error_total, each.standard_error_shapley,
                each.median_at_5, each.median_at_95, each.standard_error_median_at_5, each.standard_error_median_at_95,
            ]  # fmt: skip
        not_needed = [k for k, name in enumerate(names) if name not in {each.name for each in row.inputs}]
        figures[6:8, not_needed, k] = row.interval.median if row.interval else np.nan
        if row.shapley_method is None:
            figures[[2, 5], :, k] = np.nan
    described = {
        "first": "first-order Sobol' index",
        "total": "total-order Sobol' index",
        "shapley": "Shapley effect",
        "first_standard_error": "standard error of the first-order Sobol' index",
        "total_standard_error": "standard error of the total-order Sobol' index",
        "shapley_standard_error": "standard error of the Shapley effect",
        "median_at_5": "median with the input at its 5 %",
        "median_at_95": "median with the input at its 95 %",
        "median_at_5_standard_error": "standard error of the median with the input at its 5 %",
        "median_at_95_standard_error": "standard error of the median with the input at its 95 %",
    }
    unit = describe(study, quantity)["units"]
    shape = (len(names), *(len(study.dimensions[axis]) for axis in axes))
    variables = {
        name: (
            ("input", *axes),
            values.reshape(shape),
            {"units": unit if name.startswith("median") else "1", "long_name": long_name},
        )
        for (name, long_name), values in zip(described.items(), figures)
    }
    variables["median"] = (
        tuple(axes),
        np.array([row.interval.median if row.interval else np.nan for row in rows]).reshape(shape[1:]),
        {"units": unit, "long_name": "median"},
    )
    plan = Plan.of(draws, replicates, method, seed)
    fixed = {axis: there for axis, there in rows[0].at.items() if axis not in axes}
    attributes = provenance(study, plan) | {
        "quantity": quantity,
        "long_name": describe(study, quantity)["long_name"],
        "at": listed({axis: there for axis, there in fixed.items() if axis in study.dimensions}),
        "choices": listed({axis: there for axis, there in fixed.items() if axis in study.choices}),
        "scale": rows[0].scale,
        "shapley_method": ", ".join(sorted({row.shapley_method or "none" for row in rows})),
        "warnings": "; ".join(
            f"{listed({axis: row.at[axis] for axis in axes})}: {warning}" if axes else warning
            for row in rows
            for warning in row.warnings
        ),
    }
    coordinates = {"input": names, **{axis: study.dimensions[axis] for axis in axes}}
    return xarray.Dataset(variables, coordinates, attrs=attributes)


def _scale(scale: str | None) -> Scale | None:
    if scale is not None and scale not in SCALES:
        raise refuse(f'scale "{scale}" is not known', allowed=f"Allowed: {', '.join(SCALES)}.")
    return None if scale is None else "log" if scale == "log" else "linear"


def _inputs(indices: Indices) -> tuple[InputIndices, ...]:
    figures = (indices.first, indices.total, indices.first_error, indices.total_error)
    labels = map(AND.join, indices.inputs)
    return tuple(InputIndices(label, *map(float, values)) for label, *values in zip(labels, *figures))


def _warnings(quantity: str, indices: Indices, moments: Existence) -> tuple[str, ...]:
    """What is to be said beside the indices. UserError where too many values have none."""
    said = []
    if indices.scale == "log" and indices.not_positive:
        what = f"{indices.not_positive} of {indices.evaluations} draws are not positive and have no logarithm"
        if indices.not_positive > MOST_NOT_POSITIVE * indices.evaluations:
            raise refuse(what, place=f"[quantities.{quantity}]", allowed="Allowed: up to 1 %. Take the linear scale.")
        said.append(f"{what}; the indices are of the rest")
    if any(len(labels) > 1 for labels in indices.inputs):
        said.append("inputs that are correlated have their Sobol' indices together, not each its own")
    if not indices.vary:
        said.append("the quantity is the same in every draw: there is no variance to divide among inputs")
    elif indices.scale == "linear" and not moments.sd:
        said.append(f"on the linear scale these are shares of a variance that does not exist; {moments.warnings[0]}")
    elif indices.scale == "linear" and not moments.fourth:
        said.append(f"on the linear scale the standard errors are unreliable; {moments.warnings[0]}")
    elif indices.tail < 2:
        what = "exists, but rests" if moments.sd_is_proved else "may not exist, or rest"
        said.append(
            f"on the linear scale the variance {what} on a few extreme draws: the tails fall as the power "
            f"{indices.tail:.1f}, and a variance needs more than 2"
        )
    return tuple(said)


def _in_file_order(study: Study) -> Callable[[str], tuple[int, int]]:
    """A key that sorts names as the file does, those of several inputs before the first of them."""
    place = {label: k for k, label in enumerate(input_cells(study))}

    def key(name: str) -> tuple[int, int]:
        members = name.split(AND)
        return place[members[0]], -len(members)

    return key
