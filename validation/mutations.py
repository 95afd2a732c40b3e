"""The mutants of a module's source: one small change each, by rules that are fixed.

Arithmetic operators are exchanged, comparisons moved over their boundary or turned, numbers changed by 1 either way,
conditions negated, `and` and `or`, least and most exchanged, signs dropped, and statements that only have an effect left
out. Annotations, decorators, docstrings and texts are left alone.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.Pow: ast.Mult, ast.MatMult: ast.Mult, ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitOr,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "floor": "ceil", "ceil": "floor"}
EITHER_WAY = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
"""Comparisons that are turned: to negate a condition of one of them is the same mutant."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """Change number `change` of node number `place`: its line, the function that it is in ("" in none), and what it is."""

    place: int
    change: int
    line: int
    function: str
    text: str


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a module, in the order of the source."""
    found = []
    for place, (node, function) in enumerate(_places(ast.parse(source))):
        for change, other in enumerate(_changes(node)):
            before, after = (ast.unparse(each).splitlines()[0] for each in (node, ast.fix_missing_locations(other)))
            found.append(Mutant(place, change, node.lineno, function, f"`{before}` -> `{after}`"))
    return found


def mutated(source: str, mutant: Mutant) -> ast.Module:
    """The module's tree with this change."""
    tree = ast.parse(source)
    node, _ = list(_places(tree))[mutant.place]
    _Replace(node, list(_changes(node))[mutant.change]).visit(tree)
    return ast.fix_missing_locations(tree)


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, ast.copy_location(new, old)

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)


def _places(node: ast.AST, within: str = "", in_function: bool = False) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """The nodes that can be changed, with the qualified name of the function that each is in."""
    if isinstance(node, ast.expr | ast.stmt):
        yield node, within if in_function else ""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        inside = f"{within}.<locals>.{node.name}" if in_function else f"{within}.{node.name}".lstrip(".")
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        if isinstance(node, ast.FunctionDef):
            for default in node.args.defaults:
                yield from _places(default, within, in_function)
        for statement in body:
            yield from _places(statement, inside, isinstance(node, ast.FunctionDef))
    elif isinstance(node, ast.AnnAssign):
        if node.value is not None:
            yield from _places(node.value, within, in_function)
    elif not isinstance(node, ast.JoinedStr | ast.Raise | ast.Assert):
        for child in ast.iter_child_nodes(node):
            yield from _places(child, within, in_function)


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """What could stand in a node's place."""
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp):
        yield _with(node, op=OPERATORS[type(node.op)]())
    if isinstance(node, ast.Compare):
        for k, operator in enumerate(node.ops):
            yield _with(node, ops=[*node.ops[:k], OPERATORS[type(operator)](), *node.ops[k + 1 :]])
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield _with(node, value=not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield from (_with(node, value=node.value + by) for by in (1, -1))
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        test = node.test
        if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], EITHER_WAY)):
            yield _with(node, test=ast.UnaryOp(ast.Not(), test))
    if isinstance(node, ast.UnaryOp):
        yield node.operand
    if isinstance(node, ast.Name) and node.id in NAMES:
        yield _with(node, id=NAMES[node.id])
    if isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield _with(node, attr=NAMES[node.attr])
    is_call = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
    is_filled = isinstance(node, ast.Assign) and all(isinstance(each, ast.Subscript) for each in node.targets)
    if is_call or is_filled or isinstance(node, ast.AugAssign | ast.Continue | ast.Break):
        yield ast.Pass()


def _with(node: ast.AST, **changed: object) -> ast.AST:
    other = copy.copy(node)
    for name, value in changed.items():
        setattr(other, name, value)
    return other
