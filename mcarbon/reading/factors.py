"""The factors of a study's numbers that stand in another unit than what they are numbers of."""

from __future__ import annotations

from collections.abc import Container

from mcarbon.reading.faults import Faults
from mcarbon.reading.notation import parse_unit
from mcarbon.reading.scope import Scope
from mcarbon.reading.units import UnitError, conversion


def prior_factors(scope: Scope, faults: Faults) -> dict[tuple[str, tuple[str, ...]], float]:
    """By (input, key): from the unit of its named prior to the input's; 1 for a prior that stands in the study."""
    factors: dict[tuple[str, tuple[str, ...]], float] = {}
    names = scope.names | frozenset(scope.study.library_units)
    for name, item in scope.study.inputs.items():
        if name in scope.failed:
            continue
        for cell, entry in item.cells():
            key = tuple(cell[axis] for axis in item.axes)
            if entry.prior is None:
                continue
            factor = 1.0
            if isinstance(entry.prior, str):
                if entry.prior not in scope.study.library:
                    continue
                path = ("inputs", name, "at", *key, "prior") if key else ("inputs", name, "prior")
                try:
                    unit = parse_unit(scope.study.library[entry.prior].unit, names)
                    factor = conversion(unit, scope.units[name])
                except UnitError as error:
                    faults.at(path, f"the prior `{entry.prior}` does not fit: {error.what}", error.allowed)
            factors[name, key] = factor
    return factors


def claim_factors(scope: Scope, formulas: Container[str], faults: Faults) -> dict[str, float]:
    """By claim: from the quantity's unit to the one that it was printed in. `formulas` has the quantities that are sound."""
    factors: dict[str, float] = {}
    for id, claim in scope.study.claims.items():
        if claim.quantity not in scope.units or claim.quantity not in scope.study.quantities:
            continue
        factors[id] = 1.0
        if claim.quantity in formulas:
            axes = {*scope.axes[claim.quantity], *scope.study.choices}
            for axis in claim.at:
                if axis in scope.study.axes and axis not in axes:
                    listed = ", ".join(scope.ordered(scope.axes[claim.quantity])) or "none"
                    what = f"`{claim.quantity}` does not depend on {axis}"
                    faults.at(("claims", id, "at", axis), what, f"Its axes: {listed}.")
        if claim.unit is not None:
            try:
                factors[id] = conversion(scope.units[claim.quantity], parse_unit(claim.unit, scope.names))
            except UnitError as error:
                faults.at(("claims", id, "unit"), error.what, error.allowed)
    return factors
