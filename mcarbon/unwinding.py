"""Walks over trees of any depth: a recursive function written as a generator that yields its calls of itself.

Python's own recursion ends at some hundred levels; a formula may have thousands of terms, each a level of its tree,
and a study thousands of quantities one upon the other.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

Result = TypeVar("Result")
Walk = Generator[Any, Any, Result]
"""A call that is to be made: it yields the calls that it makes, is sent their results, and returns its own."""


def unwound(walk: Walk[Result]) -> Result:
    """The result of a call, with the calls that it makes on a list in place of the stack."""
    calls: list[Walk[Any]] = [walk]
    result: Any = None
    while calls:
        try:
            calls.append(calls[-1].send(result))
            result = None
        except StopIteration as done:
            calls.pop()
            result = done.value
    last: Result = result
    return last
