"""The checked model of a study: its formulas as trees without units, each quantity's axes, the order to compute in.

Everything that can be wrong with a formula is found here, once, when the study is loaded: names, circles, axes and
units. What is left needs no check and no unit: conversion factors stand in the trees as plain multiplications.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from mcarbon.errors import Fault, UserError, allowed_names
from mcarbon.reading.factors import claim_factors, prior_factors
from mcarbon.reading.faults import Faults
from mcarbon.reading.formula import FormulaError, Node, names
from mcarbon.reading.scope import Scope
from mcarbon.reading.syntax import parse
from mcarbon.reading.trees import without_units
from mcarbon.study import Study

MAX_CELLS = 100_000
MAX_OPERATIONS = 5_000_000
"""Of all cells of all formulas: each is a node of the graph once."""
MAX_CHARACTERS = 2_000_000
"""Of all formulas."""

Key = tuple[str, ...]
"""Coordinates along the `by` axes of an input or a quantity, in the order of its `axes`; () without `by`."""


@dataclass(frozen=True, eq=False)  # a study holds its model: compared by value, the two would go round in a circle
class Model:
    """What the compiler reads of a study.

    `axes` maps every input and quantity to its axes, in the order of `study.axes`. `formulas` maps each quantity to
    its trees by key. Evaluated with every input and quantity in its own unit, a tree gives the quantity in its unit.
    A `Name` in a tree is taken at the coordinates of the cell that is computed; a `Pick` (whose `axis` is set) and a
    `Reduce` replace the cell's coordinate along their axis. `order` lists the quantities, each after those it uses.
    `prior_factors` maps (input, key) to the factor from its named prior's unit to the input's, `claim_factors` a
    claim's id to the factor from the quantity's unit to the one that the claim was printed in.
    """

    study: Study
    axes: dict[str, tuple[str, ...]]
    formulas: dict[str, dict[Key, Node]]
    order: tuple[str, ...]
    prior_factors: dict[tuple[str, Key], float]
    claim_factors: dict[str, float]


def build_model(study: Study) -> Model:
    """The model of a study, made once and kept with it. UserError with all faults of its formulas and units.

    TypeError for what is no study, such as its name: this is the door of all that is asked of one.
    """
    if not isinstance(study, Study):
        raise TypeError(f"a study is needed, as mcarbon.load_study gives, not {type(study).__name__} {str(study)[:80]!r}")
    kept = study.__dict__.get(_KEPT)
    if isinstance(kept, Model) and kept.study is study:
        return kept
    model, faults = check_model(study)
    if model is None:
        raise UserError(*faults)
    return model


_KEPT = "_model"
"""Where a study keeps its model: in the instance's dict, as cached_property does, which pydantic leaves out of
comparisons and dumps. A copy of a study carries the dict along, so a kept model must be of this very study."""


def check_model(study: Study, unreadable: Iterable[str] = ()) -> tuple[Model | None, list[Fault]]:
    """The model, kept with the study, or all its faults.

    `unreadable` are inputs and quantities whose tables are known to be wrong: what uses them is not looked at.
    """
    faults = Faults()
    try:
        model = _Builder(study, set(unreadable), faults).build()
    except UserError:
        return None, faults.found
    if faults.found:
        return None, faults.found
    study.__dict__[_KEPT] = model
    return model, []


class _Builder:
    def __init__(self, study: Study, unreadable: set[str], faults: Faults) -> None:
        self.study = study
        self.faults = faults
        self.scope = Scope(study, unreadable, faults)
        self.failed = self.scope.failed
        self.trees: dict[str, dict[Key, Node]] = {}
        self.formulas: dict[str, dict[Key, Node]] = {}
        self.cells = 0
        self.operations = 0

    def build(self) -> Model:
        self.read_formulas()
        order = self.order()
        for name in order:
            if name not in self.failed:
                self.quantity(name)
            if self.cells > MAX_CELLS or self.operations > MAX_OPERATIONS:
                break
        self.sides()
        return Model(
            study=self.study,
            axes={name: self.scope.ordered(axes) for name, axes in self.scope.axes.items()},
            formulas=self.formulas,
            order=order,
            prior_factors=prior_factors(self.scope, self.faults),
            claim_factors=claim_factors(self.scope, self.formulas, self.faults),
        )

    def sides(self) -> None:
        """The sides of a ratio are compared at its coordinates: they have no axis that it lacks."""
        for name in self.formulas:
            for label, side in (self.study.quantities[name].sides or {}).items():
                known = side in self.formulas or (side in self.study.inputs and side not in self.failed)
                extra = self.scope.axes[side] - self.scope.axes[name] if known else frozenset()
                if extra:
                    what = f"`{side}` differs by {', '.join(self.scope.ordered(extra))}, which `{name}` does not"
                    allowed = f"Name a quantity that has no other axes than `{name}`."
                    self.faults.at(("quantities", name, "sides", label), what, allowed)

    def read_formulas(self) -> None:
        known = [*self.study.inputs, *self.study.quantities]
        exists = frozenset(known) | self.failed
        sound = (item for name, item in self.study.quantities.items() if name not in self.failed)
        characters = sum(len(text) for item in sound for _, text in item.cells())
        if characters > MAX_CHARACTERS:
            what = f"the formulas have {characters:,} characters in all"
            self.faults.at(("quantities",), what, f"At most {MAX_CHARACTERS:,}.")
            return
        for quantity, item in self.study.quantities.items():
            if quantity in self.failed:
                continue
            self.trees[quantity] = {}
            for cell, text in item.cells():
                key = tuple(cell[axis] for axis in item.axes)
                try:
                    tree = parse(text)
                    for name in names(tree):
                        if name.name not in exists:
                            what = f"there is no input or quantity `{name.name}`"
                            raise FormulaError(what, name.at, allowed_names(name.name, known))
                    self.trees[quantity][key] = tree
                except FormulaError as error:
                    self.formula_fault(quantity, key, text, error)

    def formula_fault(self, quantity: str, key: Key, text: str, error: FormulaError) -> None:
        self.failed.add(quantity)
        path = ("quantities", quantity, "at", *key) if key else ("quantities", quantity, "formula")
        self.faults.at(path, f"{error.what}, {error.where(text)}", error.allowed)

    def order(self) -> tuple[str, ...]:
        """Each quantity after those it uses; a circle is a fault that names its path."""
        uses = {
            quantity: list(
                dict.fromkeys(
                    name.name for tree in trees.values() for name in names(tree) if name.name in self.study.quantities
                )
            )
            for quantity, trees in self.trees.items()
        }
        try:
            return tuple(name for name in TopologicalSorter(uses).static_order() if name in uses)
        except CycleError as error:
            circle = error.args[1][::-1]
            position = {name: at for at, name in enumerate(uses)}
            first = min(range(len(circle) - 1), key=lambda i: position[circle[i]])
            path = [*circle[first:-1], *circle[: first + 1]]
            self.faults.at(("quantities", path[0]), f"its formula goes round in a circle: {' -> '.join(path)}")
            return ()

    def quantity(self, name: str) -> None:
        item, trees = self.study.quantities[name], self.trees[name]
        by = frozenset(item.axes)
        axes: set[str] = set(by)
        checked: dict[Key, Node] = {}
        used = {use.name for tree in trees.values() for use in names(tree)}
        if used & self.failed:
            self.failed.add(name)
            return
        for cell, text in item.cells():
            key = tuple(cell[axis] for axis in item.axes)
            try:
                tree = without_units(trees[key], self.scope.units[name], by, self.scope)
            except FormulaError as error:
                self.formula_fault(name, key, text, error)
                continue
            checked[key] = tree.node
            axes |= tree.axes
            self.cells += tree.cells
            self.operations += tree.operations
            if self.operations > MAX_OPERATIONS:
                what = f"too many operations: {self.operations:,} over all cells up to this quantity"
                self.faults.at(("quantities", name), what, f"At most {MAX_OPERATIONS:,} over all quantities.")
                return
            if self.cells > MAX_CELLS:
                allowed = f"At most {MAX_CELLS:,} over all quantities."
                self.faults.at(("quantities", name), f"too many cells: {self.cells:,} up to this quantity", allowed)
                return
        if name not in self.failed:
            self.scope.axes[name] = frozenset(axes)
            self.formulas[name] = checked
