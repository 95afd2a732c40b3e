"""Which cells of a quantity are asked for, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mcarbon.answers.sample import chosen_options
from mcarbon.changes import placed
from mcarbon.engine.program import InputCell
from mcarbon.errors import UserError, allowed_names, refuse
from mcarbon.reading.model import Model
from mcarbon.study import Study


def cells_asked(model: Model, quantity: str, at: Mapping[str, str], choices: Mapping[str, str]) -> list[dict[str, str]]:
    """The coordinates of each cell that is asked for, on all axes of the quantity.

    `at` names coordinates of dimensions, and options too; other choices take the options in `choices`, else the study's
    own. UserError for names that do not exist and options that contradict each other.
    """
    study = model.study
    if quantity not in model.axes:
        raise refuse(
            f"there is no quantity or input `{quantity}` in {study.id}",
            allowed=allowed_names(quantity, [*study.quantities, *study.inputs]),
        )
    axes = model.axes[quantity]
    for axis, coordinate in placed(at).items():
        if axis not in axes:
            raise refuse(f"`{quantity}` has no axis `{axis}`", allowed=allowed_names(axis, axes))
        if coordinate not in study.axes[axis]:
            raise refuse(
                f'there is no coordinate "{coordinate}" on {axis}', allowed=allowed_names(coordinate, study.axes[axis])
            )
        if choices.get(axis, coordinate) != coordinate:
            raise refuse(f'`{axis}` is to be both "{coordinate}" and "{choices[axis]}"')
    fixed = {**chosen_options(study, choices), **at}
    cells = study.combinations(tuple(axis for axis in axes if axis not in fixed))
    return [{axis: {**fixed, **cell}[axis] for axis in axes} for cell in cells]


def not_made_at(claim: str, asked: Mapping[str, str], made: Iterable[Mapping[str, str]]) -> UserError:
    """That a claim is not made where it was asked for, with the places where it is."""
    places = "; ".join(listed(place) for place in made if place)
    allowed = f"It is made at {places}." if places else "It is made at no coordinate: leave --at out."
    return refuse(f"the claim is not made at {listed(asked)}", place=f"[claims.{claim}]", allowed=allowed)


def input_cells(study: Study) -> dict[str, tuple[str, dict[str, str]]]:
    """The cells of all inputs by label (``annual_footprint[US]``), each its input and coordinates, in the file's order."""
    cells = [(name, cell) for name, record in study.inputs.items() for cell, _ in record.cells()]
    return {InputCell(name, tuple(cell.values()), 0).label: (name, cell) for name, cell in cells}


def listed(at: Mapping[str, str]) -> str:
    """Coordinates as text: ``country=US, size=large``."""
    return ", ".join(f"{axis}={coordinate}" for axis, coordinate in at.items())
