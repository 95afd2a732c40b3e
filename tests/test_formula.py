"""Formulas: what is read, and what is refused with its place."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcarbon.reading.formula import (
    FUNCTIONS,
    OPERATIONS,
    RESERVED,
    Call,
    FormulaError,
    Name,
    Node,
    Number,
    Pick,
    Reduce,
    names,
)
from mcarbon.reading.syntax import MAX_LENGTH, parse
from mcarbon.reading.tokens import MAX_NESTING

A, B, C = 7.0, 3.0, 2.0
_COMPUTE: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "neg": lambda a: -a,
    "lt": lambda a, b: float(a < b),
    "le": lambda a, b: float(a <= b),
    "gt": lambda a, b: float(a > b),
    "ge": lambda a, b: float(a >= b),
    "eq": lambda a, b: float(a == b),
    "ne": lambda a, b: float(a != b),
}


def value(node: Node) -> float:
    """The value of a tree of operators with a, b, c as above."""
    match node:
        case Number(value=number):
            return number
        case Name(name=name):
            return {"a": A, "b": B, "c": C}[name]
        case Call(operation=operation, arguments=arguments):
            return _COMPUTE[operation](*map(value, arguments))
    raise AssertionError(node)


@pytest.mark.parametrize(
    "text",
    [
        "a + b * c",
        "(a + b) * c",
        "a - b - c",
        "a / b / c",
        "a ** b ** c",
        "-a ** c",
        "a ** -c",
        "+a - -b",
        "a - (b - c)",
        "a * b < c + 1",
        "(a < b) == (b > c)",
        "a != b",
        "2.5e-1 * a + .5 - 1_000 / 10.",
        "((a))",
        "a<=b",
        "a>=b",
    ],
)
def test_operators_bind_as_in_arithmetic(text: str) -> None:
    # Python's own evaluation of the same text is the judge; the texts are ours.
    assert value(parse(text)) == float(eval(compile(ast.parse(text, mode="eval"), "", "eval"), {"a": A, "b": B, "c": C}))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("pi", Number(math.pi, 0)),
        (' x["US"]', Pick(Name("x", 1), "US", 1)),
        ("x['a \"b\" \\ # é']", Pick(Name("x", 0), 'a "b" \\ # é', 0)),
        ('sum(x, "country")', Reduce("sum", Name("x", 4), "country", 0)),
        ('x["US"]["workplace"]', Pick(Pick(Name("x", 0), "US", 0), "workplace", 0)),
        ("minimum(a, b, c)", Call("minimum", (Name("a", 8), Name("b", 11), Name("c", 14)), 0)),
        ("a\n  * b", Call("mul", (Name("a", 0), Name("b", 6)), 4)),
        (
            "where(a < b, 1, 0)",
            Call("where", (Call("lt", (Name("a", 6), Name("b", 10)), 8), Number(1, 13), Number(0, 16)), 0),
        ),
        ("yield * lambda", Call("mul", (Name("yield", 0), Name("lambda", 8)), 6)),
    ],
)
def test_trees(text: str, tree: Node) -> None:
    assert parse(text) == tree


def test_every_function_is_read_with_its_number_of_arguments() -> None:
    for function, arity in FUNCTIONS.items():
        count = arity or 4
        node = parse(f"{function}({', '.join('a' * count)})")
        assert isinstance(node, Call) and node.operation == function and len(node.arguments) == count
    assert set(OPERATIONS) > set(FUNCTIONS)
    assert {*FUNCTIONS, "pi", "sum", "mean", "prod"} <= RESERVED


def test_names_are_found_in_order() -> None:
    assert [name.name for name in names(parse('b + sum(a["US"] * b, "x")'))] == ["b", "a", "b"]


@pytest.mark.parametrize(
    ("text", "at", "what"),
    [
        ("", 0, "empty"),
        ("  \n ", 0, "empty"),
        ("a.b", 1, "attributes"),
        ("a + foo(b)", 4, "`foo` is not a function"),
        ("sqr(a)", 0, "`sqr` is not a function"),
        ("lambda x: x", 8, "lambda"),
        ("exp(x=2)", 5, "`=`"),
        ("(a := 2)", 3, "`:`"),
        ("1 < a < 3", 0, "chained"),
        ("a # b", 2, "`#`"),
        ("a + \\\n b", 4, "`\\`"),
        ("True", 0, "`True`"),
        ("a and b", 2, "`and`"),
        ("a if b else c", 2, "`if`"),
        ("not a", 4, "`a`"),
        ("a @ b", 2, "`@`"),
        ("a % b", 2, "`%`"),
        ("a // b", 2, "`//`"),
        ("a ^ b", 2, "`^`"),
        ("0x1F", 0, "`0x1F` is not a number"),
        ("a + 1j", 4, "`1j` is not a number"),
        ("2x", 0, "`2x` is not a number"),
        ("007", 0, "`007` is not a number"),
        ("1__0", 0, "not a number"),
        ("1e999", 0, "too large"),
        ("9" * 5000, 0, "too large"),
        ("1e-999", 0, "too small"),
        ('"US"', 0, "quoted text"),
        ("f'x'", 1, "quoted text"),
        ("x['a' 'b']", 6, "quoted text"),
        ("x[a]", 0, "coordinate in quotes"),
        ("x[1]", 0, "coordinate in quotes"),
        ('x["a", "b"]', 0, "coordinate in quotes"),
        ('x["a":"b"]', 5, "`:`"),
        ("x['a", 2, "not closed"),
        ("[a, b]", 0, "list"),
        ("a, b", 0, "list"),
        ("minimum(*a, b)", 8, "`*` cannot stand here"),
        ("exp(a for a in b)", 6, "`for` cannot stand here"),
        ("a + ", 3, "breaks off"),
        ("(a", 0, "`(` is not closed"),
        ("a) + (b", 1, "`)` closes nothing"),
        ("(a]", 2, "`]` does not close"),
        ("* a", 0, "`*` cannot stand here"),
        ("exp", 0, "takes its arguments"),
        ("exp()", 0, "takes 1 argument, not 0"),
        ("exp(a, b)", 0, "takes 1 argument, not 2"),
        ("minimum(a)", 0, "two or more"),
        ("where(a, b)", 0, "takes 3 arguments"),
        ("sum(a)", 0, "dimension in quotes"),
        ("sum(a, b)", 0, "dimension in quotes"),
        ("pi(2)", 0, "is a number"),
        ("(exp)(b)(c)", 1, "takes its arguments"),
        ("(a)(b)", 0, "only a function"),
        ("2 * exp(a)(b)", 4, "only a function"),
        ("2(a)", 0, "only a function"),
        ('a["US"](b)', 0, "only a function"),
        ("()", 1, "`)` cannot stand here"),
        ("exp(, a)", 4, "`,` cannot stand here"),
        ("exp(a b)", 6, "`b` cannot stand here"),
        ("(a, b)", 0, "list"),
        ("a * / b", 4, "`/` cannot stand here"),
        ("a < ", 3, "breaks off"),
        ("a == b != c", 0, "chained"),
        ('sum("country", a)', 4, "quoted text"),
        ('sum(a, "x", b)', 0, "dimension in quotes"),
        ("x[]", 0, "coordinate in quotes"),
        ("a\x00", 1, "U+0000"),
        ("é", 0, "`é`"),
        ("“US”", 0, "`“`"),
        ("a;b", 1, "`;`"),
        ("__import__('os')", 0, "not a function"),
        ("a" * (MAX_LENGTH + 1), MAX_LENGTH, "10,001 characters"),
        ("(" * 51 + "a" + ")" * 51, MAX_NESTING, "50 levels"),
        ("exp(" * 51 + "a" + ")" * 51, 4 * MAX_NESTING + 3, "50 levels"),
    ],
)
def test_refusals_name_the_place(text: str, at: int, what: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert what in caught.value.what
    assert caught.value.at == at


operands = st.sampled_from(["a", "b", "c", "2", ".5", "1e-1", "3."])
operators = st.sampled_from(["+", "-", "*", "/", "**", "<", "<=", ">", ">=", "==", "!="])
expressions = st.recursive(
    operands,
    lambda inner: st.one_of(
        st.tuples(inner, operators, inner).map(" ".join),
        st.tuples(st.sampled_from(["-", "+", "- "]), inner).map("".join),
        inner.map("({})".format),
    ),
    max_leaves=12,
)


def python_of(text: str) -> float:
    """Python's value of a text; SyntaxError where it is none to us either: comparisons that are chained."""
    tree = ast.parse(text, mode="eval")
    if any(isinstance(node, ast.Compare) and len(node.ops) > 1 for node in ast.walk(tree)):
        raise SyntaxError("chained")
    return float(eval(compile(tree, "", "eval"), {"a": A, "b": B, "c": C}))


@given(expressions)
@settings(max_examples=1000)
def test_expressions_are_pythons(text: str) -> None:
    """Whatever stands beside whatever, in parentheses or not."""
    try:
        expected = python_of(text)
    except SyntaxError:
        with pytest.raises(FormulaError, match="chained"):
            parse(text)
    except (ArithmeticError, TypeError):  # 1 / 0, a complex root
        parse(text)
    else:
        assert value(parse(text)) == expected


@given(
    st.lists(st.sampled_from([*"abc2()[]+-*/<,", "**", "==", '"US"', "exp", "sum", "where", " "]), max_size=12).map("".join)
)
@settings(max_examples=1000)
def test_what_python_refuses_is_refused(text: str) -> None:
    """And nothing is raised but a FormulaError."""
    try:
        parse(text)
    except FormulaError:
        return
    ast.parse(text.strip(), mode="eval")


def test_bounds_are_reached() -> None:
    assert parse("(" * 50 + "a" + ")" * 50) == Name("a", 50)
    assert isinstance(parse("a".ljust(MAX_LENGTH)), Name)
    for text in ("a" + "+a" * 4999, "a" + "**a" * 3333, "-" * 9999 + "a", "1" + "/a" * 4999):
        assert len(text) <= MAX_LENGTH
        assert list(names(parse(text)))[-1].at == len(text) - 1
    deep = "a"
    for _ in range(50):
        deep = f"-a ** (1 + 2 * {deep})"
    assert isinstance(parse(deep), Call)


def test_nothing_is_computed_while_reading() -> None:
    assert isinstance(parse("9**9**9**9"), Call)
    assert isinstance(parse("1/0"), Call)


def test_a_near_miss_of_a_function_is_named() -> None:
    with pytest.raises(FormulaError) as caught:
        parse("maximun(a, b)")
    assert "Did you mean `maximum`?" in caught.value.allowed
