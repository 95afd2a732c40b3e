"""What would tip an answer: for each input the value at which it crosses a target, and the options that take it across."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mcarbon.answers.cells import cells_asked, input_cells, listed, not_made_at
from mcarbon.answers.claims import ClaimRecord, claim_records
from mcarbon.answers.levers import Lever
from mcarbon.answers.ratios import without_ratio
from mcarbon.answers.reproduce import reproduced
from mcarbon.answers.sample import describe, provenance
from mcarbon.answers.spread import spreads
from mcarbon.answers.tipping import Tipping, tippings
from mcarbon.arguments import checked
from mcarbon.engine.held import Held
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.errors import refuse
from mcarbon.families.discrete import Discrete, Empirical
from mcarbon.reading.model import Model, build_model
from mcarbon.results import BreakEven, OptionPoint, Spread, TippingPoint
from mcarbon.study import Study
from mcarbon.version import __version__
from mcarbon.words.statement import number_to_cross

if TYPE_CHECKING:
    import xarray

DRAWS = 2**16
"""Draws at every value of an input, where the user names none."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One cell and its target."""

    quantity: str
    at: dict[str, str]
    target: float
    claim: str | None = None
    published: str | None = None


def break_even_rows(
    study: Study,
    quantity: str,
    target: float = 1.0,
    at: Mapping[str, str] | None = None,
    choices: Mapping[str, str] | None = None,
    chance: float = 0.5,
    draws: int = DRAWS,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    threads: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[BreakEven, ...]:
    """What tips a quantity, as frozen records, one a cell; see `break_even`."""
    model = build_model(study)
    asked = [_Asked(quantity, cell, float(target)) for cell in cells_asked(model, quantity, at or {}, choices or {})]
    return _rows(model, asked, chance, Plan.of(draws, replicates, method, seed), threads, progress)


def claim_break_even(
    study: Study,
    claim: str,
    target: float | None = None,
    at: Mapping[str, str] | None = None,
    chance: float = 0.5,
    draws: int = DRAWS,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    threads: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[BreakEven, ...]:
    """What tips a claim's quantity, where the claim is made: one record for each coordinate that it leaves open.

    `target` is in the unit that the claim was printed in: by default where the two sides of a comparison are equal, else
    the published value or bound. The options are those that the claim fixes, of other choices the study's own. Other
    arguments as for `break_even`. UserError for a claim that does not exist, or published a range.
    """
    model = build_model(study)
    records = claim_records(model, [claim])
    quantity, wanted = records[0].claim.quantity, dict(at or {})
    cells_asked(model, quantity, wanted, {})  # refuses names that are none
    asked = []
    for record in records:
        cell = {**study.taken_choices, **{axis: at for axis, at in wanted.items() if axis in study.choices}, **record.at}
        cell |= record.fixed
        if all(cell[axis] == coordinate for axis, coordinate in wanted.items()):
            number = _target(model, record) if target is None else float(target)
            place = {axis: cell[axis] for axis in model.axes[quantity]}
            asked.append(_Asked(quantity, place, number / record.factor, claim, record.claim.published))
    if not asked:
        raise not_made_at(claim, wanted, ({**record.at, **record.fixed} for record in records))
    return _rows(model, asked, chance, Plan.of(draws, replicates, method, seed), threads, progress)


@checked
def break_even(
    study: Study,
    quantity: str,
    target: float = 1.0,
    at: Mapping[str, str] | None = None,
    choices: Mapping[str, str] | None = None,
    chance: float = 0.5,
    draws: int = DRAWS,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    threads: int | None = None,
) -> xarray.Dataset:
    """The value of each uncertain input at which a quantity's median crosses `target`, the other inputs uncertain.

    `target` is in the quantity's unit. `chance` other than 1/2: where the chance to be below the target crosses it, in
    place of the median. `at`, `choices` and the arguments of the draws are those of `mcarbon.sensitivity`; `draws` are
    taken at every value that is tried. An input that is held lets go of those that it is correlated with.

    The Dataset has dims ``(input, *open dimensions)`` and the variables ``value`` (in the unit that the coordinate
    ``unit`` names; NaN where no value of the prior tips the answer, or the cell does not need the input),
    ``standard_error``, ``percentile`` (the probability of the prior to be at most there), ``tips_above`` (whether it is
    tipped above the value, or else below it), ``crossings``, ``undecided``, ``median_low`` and ``median_high`` (the
    quantity's medians with the input at its 5 and 95 %), and without the dim ``input`` the quantity's own ``median`` and
    ``chance_below``. UserError for names that do not exist, and where the quantity is no ratio.
    """
    import xarray

    rows = break_even_rows(study, quantity, target, at, choices, chance, draws, replicates, method, seed, threads)
    axes = [axis for axis in study.dimensions if axis in rows[0].at and axis not in (at or {})]
    units = {each.name: each.unit for row in rows for each in row.inputs}
    names = [name for name in input_cells(study) if name in units]
    shape = tuple(len(study.dimensions[axis]) for axis in axes)
    unit = rows[0].unit
    described = {
        "value": ("value", "value at which the answer tips", "see the coordinate unit", math.nan),
        "standard_error": ("standard_error", "standard error of the value", "see the coordinate unit", math.nan),
        "percentile": ("percentile", "probability of the prior to be at most the value", "1", math.nan),
        "tips_above": ("above", "whether the answer is tipped above the value", "1", False),
        "crossings": ("crossings", "values that tip the answer", "1", 0),
        "undecided": ("undecided", "whether the answer is at the target within its error", "1", False),
        "median_low": ("at_low", "median of the quantity with the input at its 5 %", unit, math.nan),
        "median_high": ("at_high", "median of the quantity with the input at its 95 %", unit, math.nan),
    }
    variables: dict[str, Any] = {}
    for variable, (field, long_name, units_of, nothing) in described.items():
        known = [{each.name: getattr(each, field) for each in row.inputs} for row in rows]
        values = np.array([[here.get(name, nothing) for here in known] for name in names]).reshape(len(names), *shape)
        variables[variable] = (("input", *axes), values, {"units": units_of, "long_name": long_name})
    for variable, field, long_name, units_of in (
        ("median", "median", "median of the quantity as it is", unit),
        ("chance_below", "below", "chance to be below the target as it is", "1"),
    ):
        values = np.array([getattr(row, field) for row in rows]).reshape(shape)
        variables[variable] = (tuple(axes), values, {"units": units_of, "long_name": long_name})
    fixed = {axis: there for axis, there in rows[0].at.items() if axis not in axes}
    attributes = provenance(study, Plan.of(draws, replicates, method, seed)) | {
        "quantity": quantity,
        "long_name": describe(study, quantity)["long_name"],
        "target": float(target),
        "chance": float(chance),
        "at": listed({axis: there for axis, there in fixed.items() if axis in study.dimensions}),
        "choices": listed({axis: there for axis, there in fixed.items() if axis in study.choices}),
    }
    coordinates: dict[str, Any] = {"input": names, **{axis: study.dimensions[axis] for axis in axes}}
    coordinates["unit"] = ("input", [units[name] for name in names])
    return xarray.Dataset(variables, coordinates, attrs=attributes)


def _target(model: Model, record: ClaimRecord) -> float:
    """What a claim's answer is held against, in its unit: where its sides are equal, else the published value or bound."""
    number = number_to_cross(reproduced(model, record))
    if number is not None:
        return number
    what = f"{record.claim.published} has two ends to cross"
    raise refuse(what, place=f"[claims.{record.id}]", allowed="Name one, such as --target 5.")


def _rows(
    model: Model,
    asked: Sequence[_Asked],
    chance: float,
    plan: Plan,
    threads: int | None,
    progress: Callable[[float], None],
) -> tuple[BreakEven, ...]:
    if not 0 < chance < 1:
        raise refuse(f"{chance:g} is no chance", allowed="Between 0 and 1: 0.5 is the median.")
    for each in asked:
        if not math.isfinite(each.target):
            raise refuse(f"{each.target:g} is no target", allowed="A number.")
    targets = [(each.quantity, each.at) for each in asked]
    for k, (side, _) in without_ratio(model, targets, plan).items():
        what = f"`{asked[k].quantity}` is no ratio at {listed(asked[k].at)}: its second side is 0 in every draw"
        raise refuse(what, allowed=f"Ask what tips `{side}`.")
    found = spreads(model, targets, plan.method, plan.seed, threads)
    rows = []
    for k, (each, spread) in enumerate(zip(asked, found)):

        def so_far(share: float, done: int = k) -> None:
            progress((done + share) / len(asked))

        rows.append(_row(model, each, spread, chance, plan, threads, so_far))
    return tuple(rows)


def _row(
    model: Model,
    asked: _Asked,
    spread: Spread | None,
    chance: float,
    plan: Plan,
    threads: int | None,
    progress: Callable[[float], None],
) -> BreakEven:
    study = model.study
    held = Held(model, (asked.quantity, asked.at), plan, threads)
    levers = _levers(model, held)
    found = tippings(held, levers, asked.target, chance, progress=progress)
    shares = {name: each for each in (spread.inputs if spread else ()) for name in each.names}
    record = study.quantities.get(asked.quantity)
    sides = tuple(record.sides) if record and record.sides else ()
    points = []
    for lever, tipping in zip(levers, found.levers):
        share = shares.get(lever.label)
        point = _point(lever, tipping)
        if share:
            beside = tuple(name for name in share.names if name != lever.label)
            point = replace(point, share=share.share, correlated=beside)
        points.append(point)
    return BreakEven(
        study=study.id,
        digest=study.digest,
        version=__version__,
        method=plan.method,
        seed=plan.seed,
        draws=plan.draws,
        replicates=plan.replicates,
        quantity=asked.quantity,
        at=asked.at,
        unit=describe(study, asked.quantity)["units"],
        target=asked.target,
        chance=chance,
        median=found.median,
        below=found.below,
        standard_error_below=found.standard_error_below,
        inputs=tuple(points),
        options=_options(model, asked, found.below >= chance, chance, plan, threads),
        claim=asked.claim,
        published=asked.published,
        sides=(sides[0], sides[1]) if len(sides) == 2 else None,
    )


def _levers(model: Model, held: Held) -> list[Lever]:
    """The inputs that a cell is computed from, in the file's order."""
    needed = {*held.places, *(factor.label for factor in held.factors)}
    return [_lever(model, label, *cell) for label, cell in input_cells(model.study).items() if label in needed]


def _lever(model: Model, label: str, name: str, cell: dict[str, str]) -> Lever:
    prior = model.study.prior_of(model.study.inputs[name].entry(cell))
    assert prior is not None
    factor = model.prior_factors.get((name, tuple(cell.values())), 1.0)
    distribution = prior.distribution()
    atoms = np.unique(distribution.knots) * factor if isinstance(prior, Discrete | Empirical) else None
    return Lever(label, model.study.inputs[name].unit, distribution, factor, atoms)


def _point(lever: Lever, tipping: Tipping) -> TippingPoint:
    return TippingPoint(
        name=lever.label,
        unit=lever.unit,
        value=tipping.value,
        standard_error=tipping.standard_error,
        percentile=lever.percentile(tipping.value) if math.isfinite(tipping.value) else math.nan,
        above=tipping.above,
        crossings=tipping.crossings,
        undecided=tipping.undecided,
        at_low=tipping.medians[0],
        at_high=tipping.medians[1],
        share=0.0,
    )


def _options(
    model: Model, asked: _Asked, is_below: bool, chance: float, plan: Plan, threads: int | None
) -> tuple[OptionPoint, ...]:
    """Each other option of each choice that the quantity has, taken alone."""
    choices = {axis: model.study.choices[axis] for axis in asked.at if axis in model.study.choices}
    others = [(axis, option) for axis in choices for option in choices[axis].options if option != asked.at[axis]]
    targets = [(asked.quantity, {**asked.at, axis: option}) for axis, option in others]
    none = without_ratio(model, targets, plan)
    drawn = [k for k in range(len(targets)) if k not in none]
    program = compile_program(model, [targets[k] for k in drawn], smooth=True)
    outputs = program.outputs(Sampler(program, plan).count(threads=threads)) if drawn else []
    output_of = {k: outputs[number] for k, number in zip(drawn, program.output_of)}
    points = []
    for k, (axis, option) in enumerate(others):
        slip = option in choices[axis].slips
        if k in none:
            points.append(OptionPoint(axis, option, math.nan, math.nan, math.nan, False, slip))
            continue
        share, median = output_of[k].shares([asked.target]), float(output_of[k].quantiles([0.5])[0])
        below, error = float(share.pooled[0]), float(share.errors(share.by_replicate)[0])
        points.append(OptionPoint(axis, option, median, below, error, (below >= chance) != is_below, slip))
    return tuple(points)
