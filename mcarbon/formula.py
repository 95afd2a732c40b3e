"""Formulas: text in, a small tree out. Parsed, never evaluated as Python.

The tree has five kinds of node. `at` is the node's place in the text, a 0-based offset, for messages.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A literal, or a constant such as pi."""

    value: float
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """An input or a quantity."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of the table `OPERATIONS` on its arguments: operators and functions alike."""

    operation: str
    arguments: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Pick:
    """``x["US"]``: the coordinate of the one axis of x that bears it."""

    argument: Node
    coordinate: str
    at: int


@dataclass(frozen=True, slots=True)
class Reduce:
    """``sum(x, "country")``, also mean and prod."""

    operation: str
    argument: Node
    axis: str
    at: int


Node = Number | Name | Call | Pick | Reduce
