"""The checked model of a study: its formulas as trees without units, each quantity's axes, the order to compute in.

Everything that can be wrong with a formula is found here, once, when the study is loaded: names, circles, axes and
units. What is left needs no check and no unit: conversion factors stand in the trees as plain multiplications.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter

from mcarbon.errors import Fault, UserError, allowed_names
from mcarbon.reading.formula import Call, FormulaError, Name, Node, Number, Pick, Reduce, names, parse
from mcarbon.reading.units import DIMENSIONLESS, Unit, UnitError, conversion, exact_power, known_as, parse_unit
from mcarbon.study import Study, place

MAX_CELLS = 100_000
MAX_FAULTS = 100
"""Faults that are told; looking for the near misses of thousands would take minutes."""

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
    """The model of a study, made once and kept with it. UserError with all faults of its formulas and units."""
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
    builder = _Builder(study, set(unreadable))
    try:
        model = builder.build()
    except UserError:
        return None, builder.faults
    if builder.faults:
        return None, builder.faults
    study.__dict__[_KEPT] = model
    return model, []


@dataclass(frozen=True, slots=True)
class _Part:
    """A subtree that has been checked: its tree without units, its unit (None: zero, which fits any) and axes."""

    node: Node
    unit: Unit | None
    axes: frozenset[str]
    at: int


class _Builder:
    def __init__(self, study: Study, unreadable: set[str]) -> None:
        self.study = study
        self.faults: list[Fault] = []
        self.failed = unreadable
        self.units: dict[str, Unit] = {}
        self.axes: dict[str, frozenset[str]] = {}
        self.trees: dict[str, dict[Key, Node]] = {}
        self.formulas: dict[str, dict[Key, Node]] = {}
        self.cells = 0

    def fault(self, path: Sequence[str | int], what: str, allowed: str = "") -> None:
        self.faults.append(Fault(what=what, place=place(path), allowed=allowed))
        if len(self.faults) > MAX_FAULTS:
            raise UserError(*self.faults)

    def build(self) -> Model:
        self.read_units()
        self.read_formulas()
        order = self.order()
        for name in order:
            if name not in self.failed:
                self.quantity(name)
            if self.cells > MAX_CELLS:
                break
        prior_factors, claim_factors = self.prior_factors(), self.claim_factors()
        return Model(
            study=self.study,
            axes={name: self.ordered(axes) for name, axes in self.axes.items()},
            formulas=self.formulas,
            order=order,
            prior_factors=prior_factors,
            claim_factors=claim_factors,
        )

    def ordered(self, axes: Iterable[str]) -> tuple[str, ...]:
        wanted = frozenset(axes)
        return tuple(axis for axis in self.study.axes if axis in wanted) if wanted else ()

    def read_units(self) -> None:
        seen: set[str] = set()
        for position, name in enumerate(self.study.units.names):
            if name in seen:
                self.fault(("units", "names", position), f"`{name}` stands here twice")
            elif (known := known_as(name)) is not None:
                spelt = "" if known == name else f" ({known})"
                self.fault(("units", "names", position), f"`{name}` is a unit already{spelt}", "Choose another name.")
            seen.add(name)
        self.names = frozenset(name for name in seen if known_as(name) is None)
        for section, items in (("inputs", self.study.inputs), ("quantities", self.study.quantities)):
            for name, item in items.items():
                self.axes[name] = frozenset(item.axes)
                try:
                    self.units[name] = parse_unit(item.unit, self.names)
                except UnitError as error:
                    self.failed.add(name)
                    self.fault((section, name, "unit"), error.what, error.allowed)

    def read_formulas(self) -> None:
        known = [*self.study.inputs, *self.study.quantities]
        exists = frozenset(known) | self.failed
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
        self.fault(path, f"{error.what}, {_where(text, error.at)}", error.allowed)

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
            first = min(range(len(circle) - 1), key=lambda i: list(uses).index(circle[i]))
            path = [*circle[first:-1], *circle[: first + 1]]
            self.fault(("quantities", path[0]), f"its formula goes round in a circle: {' -> '.join(path)}")
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
            walk = _Walk(self, by)
            try:
                part = walk.part(trees[key], by)
                checked[key] = _in_unit(part, self.units[name], _result(part, self.units[name]))
            except FormulaError as error:
                self.formula_fault(name, key, text, error)
                continue
            axes |= part.axes
            self.cells += walk.widest
            if self.cells > MAX_CELLS:
                allowed = f"At most {MAX_CELLS:,} over all quantities."
                self.fault(("quantities", name), f"too many cells: {self.cells:,} up to this quantity", allowed)
                return
        if name not in self.failed:
            self.axes[name] = frozenset(axes)
            self.formulas[name] = checked

    def prior_factors(self) -> dict[tuple[str, Key], float]:
        factors: dict[tuple[str, Key], float] = {}
        extended = self.names | frozenset(self.study.library_units)
        for name, item in self.study.inputs.items():
            if name in self.failed:
                continue
            for cell, entry in item.cells():
                key = tuple(cell[axis] for axis in item.axes)
                if entry.prior is None:
                    continue
                factor = 1.0
                if isinstance(entry.prior, str):
                    if entry.prior not in self.study.library:
                        continue
                    path = ("inputs", name, "at", *key, "prior") if key else ("inputs", name, "prior")
                    try:
                        unit = parse_unit(self.study.library[entry.prior].unit, extended)
                        factor = conversion(unit, self.units[name])
                    except UnitError as error:
                        self.fault(path, f"the prior `{entry.prior}` does not fit: {error.what}", error.allowed)
                factors[name, key] = factor
        return factors

    def claim_factors(self) -> dict[str, float]:
        factors: dict[str, float] = {}
        for id, claim in self.study.claims.items():
            if claim.quantity not in self.units:
                continue
            factors[id] = 1.0
            if claim.quantity in self.formulas:
                axes = {*self.axes[claim.quantity], *self.study.choices}
                for axis in claim.at:
                    if axis in self.study.axes and axis not in axes:
                        listed = ", ".join(self.ordered(self.axes[claim.quantity])) or "none"
                        what = f"`{claim.quantity}` does not depend on {axis}"
                        self.fault(("claims", id, "at", axis), what, f"Its axes: {listed}.")
            if claim.unit is not None:
                try:
                    factors[id] = conversion(self.units[claim.quantity], parse_unit(claim.unit, self.names))
                except UnitError as error:
                    self.fault(("claims", id, "unit"), error.what, error.allowed)
        return factors


_SAME_UNIT = {"add": "add", "sub": "subtract", "minimum": "take the minimum of", "maximum": "take the maximum of"}
_COMPARISONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})
_KEEPS_UNIT = frozenset({"neg", "abs", "floor", "ceil"})


class _Walk:
    """One formula: units and axes from the leaves up. `widest` is the most cells that any part of it has."""

    def __init__(self, builder: _Builder, by: frozenset[str]) -> None:
        self.builder = builder
        self.coordinates = builder.study.axes
        self.by = by
        self.widest = 1

    def part(self, node: Node, fixed: frozenset[str]) -> _Part:
        """The checked subtree. `fixed` are the axes along which one coordinate at a time is looked at."""
        match node:
            case Number(value=value, at=at):
                return _Part(node, None if value == 0 else DIMENSIONLESS, frozenset(), at)
            case Name(name=name, at=at):
                part = _Part(node, self.builder.units[name], self.builder.axes[name], at)
            case Call():
                parts = [self.part(argument, fixed) for argument in node.arguments]
                tree, unit = self.call(node, parts)
                part = _Part(tree, unit, frozenset().union(*(part.axes for part in parts)), node.at)
            case Pick():
                return self.pick(node, fixed)
            case Reduce():
                part = self.reduce(node, fixed)
        if part.axes:
            cells = math.prod(len(self.coordinates[axis]) for axis in part.axes - fixed)
            self.widest = max(self.widest, cells)
        return part

    def call(self, node: Call, parts: list[_Part]) -> tuple[Node, Unit | None]:
        operation = node.operation
        if operation in _SAME_UNIT:
            nodes, unit = _alike(parts, f"cannot {_SAME_UNIT[operation]}", node.at)
            return replace(node, arguments=nodes), unit
        if operation in _COMPARISONS:
            nodes, _ = _alike(parts, "cannot compare", node.at)
            return replace(node, arguments=nodes), DIMENSIONLESS
        if operation == "where":
            if parts[0].unit is not None and parts[0].unit.dimension:
                raise FormulaError(f"a condition has no unit, this one is in {parts[0].unit}", parts[0].at)
            nodes, unit = _alike(parts[1:], "`where` cannot choose between", node.at)
            return replace(node, arguments=(parts[0].node, *nodes)), unit
        if operation == "arctan2":
            nodes, _ = _alike(parts, "`arctan2` cannot take", node.at)
            return replace(node, arguments=nodes), DIMENSIONLESS
        if operation in ("mul", "div"):
            left, right = (DIMENSIONLESS if part.unit is None else part.unit for part in parts)
            return _with(node, parts), left * right if operation == "mul" else left / right
        if operation == "pow":
            return self.power(node, parts)
        if operation in _KEEPS_UNIT:
            return _with(node, parts), parts[0].unit
        if operation == "sqrt":
            unit = parts[0].unit
            return _with(node, parts), None if unit is None else unit ** Fraction(1, 2)
        return replace(node, arguments=(_plain(parts[0], f"`{operation}` takes a plain number"),)), DIMENSIONLESS

    def power(self, node: Call, parts: list[_Part]) -> tuple[Node, Unit]:
        base, exponent = parts
        plain = _plain(exponent, "an exponent is a plain number")
        if base.unit is None or not base.unit.dimension:
            return replace(node, arguments=(_plain(base, ""), plain)), DIMENSIONLESS
        number = _constant(node.arguments[1])
        if number is None:
            what = f"the exponent of something with a unit ({base.unit}) must be a number"
            raise FormulaError(what, exponent.at, "Such as x ** 2; divide by a reference amount to make it plain.")
        try:
            return replace(node, arguments=(base.node, plain)), base.unit ** exact_power(number)
        except UnitError as error:
            raise FormulaError(error.what, exponent.at, error.allowed) from None

    def pick(self, node: Pick, fixed: frozenset[str]) -> _Part:
        inner = self.part(node.argument, fixed)
        axes = self.builder.ordered(inner.axes)
        bearing = [axis for axis in axes if node.coordinate in self.coordinates[axis]]
        if len(bearing) == 1:
            tree = Pick(inner.node, node.coordinate, node.at, bearing[0])
            return _Part(tree, inner.unit, inner.axes - {bearing[0]}, node.at)
        if bearing:
            raise FormulaError(f'"{node.coordinate}" is on two axes of this: {" and ".join(bearing)}', node.at)
        if not axes:
            raise FormulaError(f'nothing to pick "{node.coordinate}" from: this has no axis', node.at)
        known = [coordinate for axis in axes for coordinate in self.coordinates[axis]]
        what = f'no coordinate "{node.coordinate}" on {" or ".join(axes)}'
        raise FormulaError(what, node.at, allowed_names(node.coordinate, known))

    def reduce(self, node: Reduce, fixed: frozenset[str]) -> _Part:
        inner = self.part(node.argument, fixed - {node.axis})
        if node.axis not in inner.axes:
            axes = self.builder.ordered(inner.axes)
            has = f"it has {', '.join(axes)}" if axes else "it has none"
            allowed = "" if node.axis in self.coordinates else allowed_names(node.axis, self.builder.study.dimensions)
            raise FormulaError(
                f'`{node.operation}` over "{node.axis}", an axis that this does not have: {has}', node.at, allowed
            )
        if node.axis in self.builder.study.choices:
            what = f'"{node.axis}" is a choice: its options stand side by side and are never put together'
            raise FormulaError(what, node.at, allowed_names(node.axis, self.builder.study.dimensions))
        argument, unit = inner.node, inner.unit
        if node.operation == "prod" and unit is not None:
            if not unit.dimension:
                argument, unit = _plain(inner, ""), DIMENSIONLESS
            try:
                unit = unit ** len(self.coordinates[node.axis])
            except UnitError as error:
                raise FormulaError(error.what, node.at, error.allowed) from None
        return _Part(Reduce(node.operation, argument, node.axis, node.at), unit, inner.axes - {node.axis}, node.at)


def _with(node: Call, parts: list[_Part]) -> Call:
    return replace(node, arguments=tuple(part.node for part in parts))


def _in_unit(part: _Part, target: Unit, factor: float | None = None) -> Node:
    """The part's tree, converted to `target`. UnitError where that cannot be."""
    if part.unit is None:
        return part.node
    factor = conversion(part.unit, target) if factor is None else factor
    return part.node if factor == 1.0 else Call("mul", (Number(factor, part.at), part.node), part.at)


def _result(part: _Part, target: Unit) -> float:
    if part.unit is None:
        return 1.0
    try:
        return conversion(part.unit, target)
    except UnitError as error:
        if part.unit.dimension == target.dimension:
            raise FormulaError(error.what, part.at) from None
        raise FormulaError(f"the formula gives {part.unit}, the quantity is in {target}", part.at) from None


def _plain(part: _Part, what: str) -> Node:
    try:
        return _in_unit(part, DIMENSIONLESS)
    except UnitError:
        raise FormulaError(f"{what}, this is in {part.unit}", part.at) from None


def _alike(parts: list[_Part], what: str, at: int) -> tuple[tuple[Node, ...], Unit | None]:
    """The trees in the unit of the first that has one."""
    unit = next((part.unit for part in parts if part.unit is not None), None)
    if unit is None:
        return tuple(part.node for part in parts), None
    nodes = []
    for part in parts:
        try:
            nodes.append(_in_unit(part, unit))
        except UnitError as error:
            if part.unit is not None and part.unit.dimension == unit.dimension:
                raise FormulaError(error.what, at) from None
            raise FormulaError(f"{what} {unit} and {part.unit}", at) from None
    return tuple(nodes), unit


def _constant(node: Node) -> float | None:
    """The value of an expression of literals; None where it is none, or not a finite number."""
    if isinstance(node, Number):
        return node.value
    if not isinstance(node, Call):
        return None
    values = [value for value in map(_constant, node.arguments) if value is not None]
    if len(values) != len(node.arguments):
        return None
    try:
        match node.operation, values:
            case "neg", [a]:
                return -a
            case "add", [a, b]:
                return a + b
            case "sub", [a, b]:
                return a - b
            case "mul", [a, b]:
                return a * b
            case "div", [a, b]:
                return a / b
            case "pow", [a, b]:
                power = a**b
                return power if isinstance(power, float) and math.isfinite(power) else None
    except (OverflowError, ZeroDivisionError):
        return None
    return None


def _where(text: str, at: int) -> str:
    """Where an offset stands in a formula, with the line of the formula and a mark under it."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line = text[start : len(text) if end < 0 else end].expandtabs(1).rstrip("\r")
    column = at - start
    first = max(0, column - 60)
    shown = ("..." if first else "") + line[first : first + 110] + ("..." if len(line) > first + 110 else "")
    number = f"line {text.count(chr(10), 0, at) + 1}, " if "\n" in text.strip() else ""
    return f"{number}column {column + 1} of the formula\n{shown}\n{' ' * (column - first + (3 if first else 0))}^"
