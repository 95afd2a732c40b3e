"""What is said of draws that are not finite: how many they are, and what makes them."""

from __future__ import annotations

from mcarbon.engine.culprits import Culprit, Culprits
from mcarbon.engine.graph import Constant, Draw, Graph
from mcarbon.engine.labels import Labels
from mcarbon.engine.replay import needed

MOST_CULPRITS = 3
MOST_INPUTS = 6


def not_finite_reason(them: Culprits) -> str:
    """What makes draws that are not finite, as the end of a sentence: ``: `b` in `a / b` is 0 there (input b)``.

    Empty where nothing was found.
    """
    graph, found = them.graph, them.found
    labels = Labels(graph)
    looked_at = sum(each.draws for each in found)
    parts = [
        _fault(graph, labels, each) + (f" in {each.draws} of {looked_at} looked at" if len(found) > 1 else "")
        for each in found[:MOST_CULPRITS]
    ]
    return f": {'; '.join(parts)}" if parts else ""


def first_of_them(them: Culprits) -> str:
    """Where the first of them is, as the end of a sentence; empty where none was found."""
    return "" if them.first is None else f"; the first is draw {them.first[1]} of chain {them.first[0]}"


def _fault(graph: Graph, labels: Labels, each: Culprit) -> str:
    formula = f"`{labels.formula(each.operation)}`"
    if isinstance(graph.vertices[each.operand], Constant):
        return f"{formula} divides by a number that is always {each.fault}"
    of = "" if each.operand == each.operation else f"`{labels.text(each.operand)}` in "
    return f"{of}{formula} is {each.fault} there{_inputs(graph, labels, each.operand)}"


def _inputs(graph: Graph, labels: Labels, node: int) -> str:
    names = [labels.text(one) for one in needed(graph, node) if isinstance(graph.vertices[one], Draw)]
    if not names:
        return ""
    more = f" and {len(names) - MOST_INPUTS} more" if len(names) > MOST_INPUTS else ""
    return f" (input{'s' if len(names) > 1 else ''} {', '.join(names[:MOST_INPUTS])}{more})"
