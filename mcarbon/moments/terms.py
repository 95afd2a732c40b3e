"""Nodes of a graph as sums of products of powers: what cancels is gone, and what is left can be looked at one by one."""

from __future__ import annotations

from mcarbon.engine.graph import Constant, Graph, Operation

ROUNDING = 1e-12
"""What is left of a sum is 0 where it is this much smaller than its terms."""

Powers = frozenset[tuple[int, float]]
"""A product of powers: nodes with their exponents."""


def product_of(graph: Graph, node: int) -> tuple[float, dict[int, float]]:
    """The node as a coefficient times integer powers of other nodes, none of which is a product itself."""
    return _product(graph, [(node, 1.0)], _SIGNED)


def size_of(graph: Graph, powers: dict[int, float]) -> tuple[float, dict[int, float]]:
    """The absolute value of a product of powers as a coefficient times powers of other nodes' absolute values.

    Roots and other powers that are constant are taken apart too.
    """
    coefficient, parts = _product(graph, list(powers.items()), {**_SIGNED, "sqrt": 0.5, "abs": 1.0})
    return abs(coefficient), parts


_SIGNED = {"square": 2.0, "neg": 1.0}
"""Operations on one operand that are a power of it, but for the sign."""


def _product(graph: Graph, pending: list[tuple[int, float]], roots: dict[str, float]) -> tuple[float, dict[int, float]]:
    coefficient = 1.0
    powers: dict[int, float] = {}
    while pending:
        node, exponent = pending.pop()
        match graph.vertices[node]:
            case Constant(value=value):
                coefficient *= _power(value, exponent)
            case Operation(name="mul", arguments=(a, b)):
                pending += [(b, exponent), (a, exponent)]
            case Operation(name="div", arguments=(a, b)):
                pending += [(b, -exponent), (a, exponent)]
            case Operation(name=name, arguments=(a,)) if name in roots:
                coefficient *= -1.0 if name == "neg" and exponent % 2 == 1 else 1.0
                pending.append((a, exponent * roots[name]))
            case Operation(name="pow", arguments=(a, b)) if _is_power(graph, b, whole="sqrt" not in roots):
                power = graph.vertices[b]
                assert isinstance(power, Constant)
                pending.append((a, exponent * power.value))
            case _:
                powers[node] = powers.get(node, 0.0) + exponent
    return coefficient, {node: exponent for node, exponent in sorted(powers.items()) if exponent}


def _is_power(graph: Graph, node: int, whole: bool) -> bool:
    """Whether the node is a number that can be an exponent here."""
    vertex = graph.vertices[node]
    return isinstance(vertex, Constant) and abs(vertex.value) < 1e6 and (not whole or vertex.value.is_integer())


def _power(value: float, exponent: float) -> float:
    try:
        return float(abs(value) ** exponent) * (-1.0 if value < 0 and exponent % 2 == 1 else 1.0)
    except (OverflowError, ZeroDivisionError):
        return float("inf")


def sum_of(graph: Graph, node: int) -> dict[Powers, float]:
    """The node as a sum of different products with their coefficients; a constant is the product of nothing."""
    terms: dict[Powers, float] = {}
    sizes: dict[Powers, float] = {}
    pending = [(node, 1.0)]
    while pending:
        here, factor = pending.pop()
        match graph.vertices[here]:
            case Operation(name="add", arguments=(a, b)):
                pending += [(b, factor), (a, factor)]
                continue
            case Operation(name="sub", arguments=(a, b)):
                pending += [(b, -factor), (a, factor)]
                continue
        coefficient, powers = product_of(graph, here)
        if [*powers.values()] == [1.0] and _is_sum(graph, inner := next(iter(powers))):
            pending.append((inner, factor * coefficient))
            continue
        key = frozenset(powers.items())
        terms[key] = terms.get(key, 0.0) + factor * coefficient
        sizes[key] = sizes.get(key, 0.0) + abs(factor * coefficient)
    # 0.1 x + 0.2 x - 0.3 x is 0 but for rounding.
    return {key: value for key, value in terms.items() if abs(value) > ROUNDING * sizes[key]}


def _is_sum(graph: Graph, node: int) -> bool:
    vertex = graph.vertices[node]
    return isinstance(vertex, Operation) and vertex.name in ("add", "sub")
