"""The published arithmetic of a claim step by step: each quantity of its chain with the numbers that go into it."""

from __future__ import annotations

from dataclasses import dataclass

from mcarbon.answers.reproduce import published_value
from mcarbon.engine.graph import Constant, Graph, Missing
from mcarbon.reading.formula import Call, Name, Node, Number, Pick, Reduce
from mcarbon.reading.model import Key, Model
from mcarbon.reading.syntax import parse
from mcarbon.results import ClaimResult
from mcarbon.study import Coordinates, InputEntry


@dataclass(frozen=True, slots=True)
class Term:
    """An input or a quantity at one place: its number in its unit, None where it was not published."""

    name: str
    at: dict[str, str]
    unit: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """One quantity of the chain: its formula as written, and the terms that stand in it by their place in its text.

    `printed` is the rounded value that the publication went on from, None where it went on from the computed one.
    """

    result: Term
    formula: Node
    terms: dict[int, Term]
    printed: float | None = None


def chain(model: Model, claim: ClaimResult) -> list[Step]:
    """The steps from the published inputs to the claim's quantity, each after those that it uses."""
    return _Chain(model, claim).steps()


class _Chain:
    def __init__(self, model: Model, claim: ClaimResult) -> None:
        self.model = model
        self.claim = claim
        self.graph = Graph(model, _published)
        self.found: dict[tuple[str, Key], Step] = {}

    def steps(self) -> list[Step]:
        record = self.model.study.claims[self.claim.id]
        at = {**self.model.study.published_choices, **self.claim.at, **record.at}
        self.visit(self.claim.quantity, at)
        return list(self.found.values())

    def visit(self, name: str, at: Coordinates) -> None:
        study = self.model.study
        if name not in study.quantities:
            return
        key = tuple(at[axis] for axis in self.model.axes[name])
        if (name, key) in self.found:
            return
        item = study.quantities[name]
        here = {axis: at[axis] for axis in item.axes}
        text = next(text for cell, text in item.cells() if cell == here)
        formula = parse(text)
        terms: dict[int, Term] = {}
        self.walk(formula, at, terms)
        via = study.claims[self.claim.id].via
        self.found[name, key] = Step(self.term(name, at), formula, terms, via.get(name))

    def walk(self, node: Node, at: Coordinates, terms: dict[int, Term]) -> None:
        match node:
            case Name(name=name):
                self.visit(name, at)
                terms[node.at] = self.term(name, at)
            case Pick(argument=argument, coordinate=coordinate):
                self.walk(argument, {**at, self.axis(argument, coordinate): coordinate}, terms)
            case Reduce(argument=argument, axis=axis):
                # The terms of a sum are many: they are told by name.
                for coordinate in self.model.study.axes[axis]:
                    self.walk(argument, {**at, axis: coordinate}, {})
            case Call(arguments=arguments):
                for argument in arguments:
                    self.walk(argument, at, terms)
            case Number():
                pass

    def axis(self, node: Node, coordinate: str) -> str:
        """The axis of a picked expression that bears the coordinate."""
        return next(axis for axis, there in self.model.study.axes.items() if coordinate in there and self.has(node, axis))

    def has(self, node: Node, axis: str) -> bool:
        match node:
            case Name(name=name):
                return axis in self.model.axes[name]
            case Pick(argument=argument) | Reduce(argument=argument):
                return self.has(argument, axis)
            case Call(arguments=arguments):
                return any(self.has(argument, axis) for argument in arguments)
        return False

    def term(self, name: str, at: Coordinates) -> Term:
        study = self.model.study
        vertex = self.graph.vertices[self.graph.cell(name, at)]
        unit = (study.quantities.get(name) or study.inputs[name]).unit
        value = vertex.value if isinstance(vertex, Constant) else None
        return Term(name, {axis: at[axis] for axis in self.model.axes[name]}, unit, value)


def _published(name: str, key: Key, entry: InputEntry) -> float | Missing:
    value = published_value(entry)
    return Missing(name) if value is None else value
