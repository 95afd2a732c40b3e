"""The functions of formulas, on expressions: ``functions.exp(x)`` writes ``exp(x)``."""

from __future__ import annotations

from mcarbon.building.expressions import Expression, Operand, call, quoted


def exp(x: Operand) -> Expression:
    """E to the power of x."""
    return call("exp", x)


def log(x: Operand) -> Expression:
    """The natural logarithm."""
    return call("log", x)


def log2(x: Operand) -> Expression:
    """The logarithm to base 2."""
    return call("log2", x)


def log10(x: Operand) -> Expression:
    """The logarithm to base 10."""
    return call("log10", x)


def sqrt(x: Operand) -> Expression:
    """The square root; of a unit too."""
    return call("sqrt", x)


def abs(x: Operand) -> Expression:
    """The size without its sign."""
    return call("abs", x)


def sin(x: Operand) -> Expression:
    """The sine of an angle."""
    return call("sin", x)


def cos(x: Operand) -> Expression:
    """The cosine of an angle."""
    return call("cos", x)


def tan(x: Operand) -> Expression:
    """The tangent of an angle."""
    return call("tan", x)


def arcsin(x: Operand) -> Expression:
    """The angle of this sine."""
    return call("arcsin", x)


def arccos(x: Operand) -> Expression:
    """The angle of this cosine."""
    return call("arccos", x)


def arctan(x: Operand) -> Expression:
    """The angle of this tangent."""
    return call("arctan", x)


def sinh(x: Operand) -> Expression:
    """The hyperbolic sine."""
    return call("sinh", x)


def cosh(x: Operand) -> Expression:
    """The hyperbolic cosine."""
    return call("cosh", x)


def tanh(x: Operand) -> Expression:
    """The hyperbolic tangent."""
    return call("tanh", x)


def floor(x: Operand) -> Expression:
    """The next whole number below."""
    return call("floor", x)


def ceil(x: Operand) -> Expression:
    """The next whole number above."""
    return call("ceil", x)


def where(condition: Operand, then: Operand, otherwise: Operand) -> Expression:
    """One value where the condition is not 0, another where it is."""
    return call("where", condition, then, otherwise)


def minimum(first: Operand, second: Operand, *others: Operand) -> Expression:
    """The smallest of two or more."""
    return call("minimum", first, second, *others)


def maximum(first: Operand, second: Operand, *others: Operand) -> Expression:
    """The largest of two or more."""
    return call("maximum", first, second, *others)


def arctan2(y: Operand, x: Operand) -> Expression:
    """The angle of the point (x, y)."""
    return call("arctan2", y, x)


def sum(x: Operand, dimension: str) -> Expression:
    """The sum over a dimension."""
    return call("sum", x, quoted(dimension))


def mean(x: Operand, dimension: str) -> Expression:
    """The mean over a dimension."""
    return call("mean", x, quoted(dimension))


def prod(x: Operand, dimension: str) -> Expression:
    """The product over a dimension."""
    return call("prod", x, quoted(dimension))


pi = Expression("pi")
"""The ratio of a circle's circumference to its diameter."""
