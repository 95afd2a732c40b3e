"""Formulas without units: names, axes and units checked from the leaves up, conversions left as multiplications."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from mcarbon.errors import allowed_names
from mcarbon.reading.formula import COMPARISONS, Call, FormulaError, Name, Node, Number, Pick, Reduce, constant
from mcarbon.reading.scope import Scope
from mcarbon.reading.units import DIMENSIONLESS, Unit, UnitError, conversion, exact_power
from mcarbon.unwinding import Walk, unwound


@dataclass(frozen=True, slots=True)
class Tree:
    """A formula without units: evaluated with everything in its own unit, it gives the quantity in its unit.

    `axes` are those that its value has, with the ones it was looked at along; `cells` the most that any part has, and
    `operations` those of all parts together.
    """

    node: Node
    axes: frozenset[str]
    cells: int
    operations: int


def without_units(formula: Node, unit: Unit, by: frozenset[str], scope: Scope) -> Tree:
    """The tree of a formula for a quantity in `unit`, looked at along the axes `by` one coordinate at a time.

    FormulaError where its units or axes cannot be.
    """
    walk = _Walk(scope)
    part = unwound(walk.part(formula, by))
    return Tree(_in_unit(part, unit, _result(part, unit)), part.axes, walk.widest, walk.operations)


@dataclass(frozen=True, slots=True)
class _Part:
    """A subtree that has been checked: its tree without units, its unit (None: zero, which fits any) and axes."""

    node: Node
    unit: Unit | None
    axes: frozenset[str]
    at: int


_SAME_UNIT = {"add": "add", "sub": "subtract", "minimum": "take the minimum of", "maximum": "take the maximum of"}
_KEEPS_UNIT = frozenset({"neg", "abs", "floor", "ceil"})


class _Walk:
    """One formula: units and axes from the leaves up.

    `widest` is the most cells that any part of it has, `operations` the cells of all its parts.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.widest = 1
        self.operations = 0

    def part(self, node: Node, fixed: frozenset[str]) -> Walk[_Part]:
        """The checked subtree. `fixed` are the axes along which one coordinate at a time is looked at."""
        match node:
            case Number(value=value, at=at):
                return _Part(node, None if value == 0 else DIMENSIONLESS, frozenset(), at)
            case Name(name=name, at=at):
                part = _Part(node, self.scope.units[name], self.scope.axes[name], at)
            case Call():
                parts = []
                for argument in node.arguments:
                    parts.append((yield self.part(argument, fixed)))
                tree, unit = self.call(node, parts)
                part = _Part(tree, unit, frozenset().union(*(part.axes for part in parts)), node.at)
            case Pick():
                return self.pick(node, (yield self.part(node.argument, fixed)))
            case Reduce():
                part = self.reduce(node, (yield self.part(node.argument, fixed - {node.axis})))
        cells = math.prod(len(self.scope.coordinates[axis]) for axis in part.axes - fixed) if part.axes else 1
        self.widest = max(self.widest, cells)
        self.operations += cells
        return part

    def call(self, node: Call, parts: list[_Part]) -> tuple[Node, Unit | None]:
        operation = node.operation
        if operation in _SAME_UNIT:
            nodes, unit = _alike(parts, f"cannot {_SAME_UNIT[operation]}", node.at)
            return replace(node, arguments=nodes), unit
        if operation in COMPARISONS:
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
        number = constant(node.arguments[1])
        if number is None:
            what = f"the exponent of something with a unit ({base.unit}) must be a number"
            raise FormulaError(what, exponent.at, "Such as x ** 2; divide by a reference amount to make it plain.")
        try:
            return replace(node, arguments=(base.node, plain)), base.unit ** exact_power(number)
        except UnitError as error:
            raise FormulaError(error.what, exponent.at, error.allowed) from None

    def pick(self, node: Pick, inner: _Part) -> _Part:
        axes = self.scope.ordered(inner.axes)
        bearing = [axis for axis in axes if node.coordinate in self.scope.coordinates[axis]]
        if len(bearing) == 1:
            tree = Pick(inner.node, node.coordinate, node.at, bearing[0])
            return _Part(tree, inner.unit, inner.axes - {bearing[0]}, node.at)
        if bearing:
            raise FormulaError(f'"{node.coordinate}" is on two axes of this: {" and ".join(bearing)}', node.at)
        if not axes:
            raise FormulaError(f'nothing to pick "{node.coordinate}" from: this has no axis', node.at)
        known = [coordinate for axis in axes for coordinate in self.scope.study.axes[axis]]
        what = f'no coordinate "{node.coordinate}" on {" or ".join(axes)}'
        raise FormulaError(what, node.at, allowed_names(node.coordinate, known))

    def reduce(self, node: Reduce, inner: _Part) -> _Part:
        if node.axis not in inner.axes:
            axes = self.scope.ordered(inner.axes)
            has = f"it has {', '.join(axes)}" if axes else "it has none"
            allowed = "" if node.axis in self.scope.coordinates else allowed_names(node.axis, self.scope.study.dimensions)
            raise FormulaError(
                f'`{node.operation}` over "{node.axis}", an axis that this does not have: {has}', node.at, allowed
            )
        if node.axis in self.scope.study.choices:
            what = f'"{node.axis}" is a choice: its options stand side by side and are never put together'
            raise FormulaError(what, node.at, allowed_names(node.axis, self.scope.study.dimensions))
        argument, unit = inner.node, inner.unit
        if node.operation == "prod" and unit is not None:
            if not unit.dimension:
                argument, unit = _plain(inner, ""), DIMENSIONLESS
            try:
                unit = unit ** len(self.scope.coordinates[node.axis])
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
