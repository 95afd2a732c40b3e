"""A study's claims as records to be computed: one for each coordinate of a dimension that the claim leaves open."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mcarbon.errors import allowed_names, refuse
from mcarbon.reading.model import Model
from mcarbon.reading.published import Direction, Published, parse_direction, parse_published
from mcarbon.study import Claim


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """One claim at one place: `at` names a coordinate on each dimension of its quantity.

    `fixed` are the options that the claim fixes, `open_choices` the quantity's other choices. `factor` turns the
    quantity's unit into the one the claim was printed in.
    """

    id: str
    claim: Claim
    at: dict[str, str]
    fixed: dict[str, str]
    open_choices: tuple[str, ...]
    factor: float
    unit: str
    published: Published | None
    direction: Direction | None


def claim_records(model: Model, only: Collection[str] | None = None) -> list[ClaimRecord]:
    """The records of a study's claims, or of those named in `only`. UserError for an id that is none."""
    study = model.study
    only = [only] if isinstance(only, str) else only
    for name in only or ():
        if name not in study.claims:
            raise refuse(f'there is no claim "{name}" in {study.id}', allowed=allowed_names(name, study.claims))
    records = []
    for name, claim in study.claims.items():
        if only is not None and name not in only:
            continue
        axes = model.axes[claim.quantity]
        open_dimensions = tuple(axis for axis in axes if axis in study.dimensions and axis not in claim.at)
        for coordinates in study.combinations(open_dimensions):
            at = {**claim.at, **coordinates}
            records.append(
                ClaimRecord(
                    id=name,
                    claim=claim,
                    at={axis: at[axis] for axis in axes if axis in study.dimensions},
                    fixed={axis: option for axis, option in claim.at.items() if axis in study.choices},
                    open_choices=tuple(axis for axis in axes if axis in study.choices and axis not in claim.at),
                    factor=model.claim_factors.get(name, 1.0),
                    unit=claim.unit or study.quantities[claim.quantity].unit,
                    published=None if claim.published is None else parse_published(claim.published),
                    direction=None if claim.direction is None else parse_direction(claim.direction),
                )
            )
    return records
