"""The model: axes, order, and unit factors, judged by hand and by Pint itself on whole formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pytest

from mcarbon.errors import UserError
from mcarbon.reading.formula import Call, Name, Node, Number, Pick, Reduce
from mcarbon.reading.load import parse_study
from mcarbon.reading.model import Model, build_model

HEADER = 'format = 1\nid = "study"\ntitle = "A study"\n'
AXES = """
[dimensions]
country = ["US", "India"]
system = ["a", "b", "c"]
[choices.boundary]
options = ["whole-life", "device-only"]
"""


def inputs(**units: str) -> str:
    """Inputs of value 2, 3, 5, ... in these units; `name__axis` has one entry a coordinate, all of the same value."""
    coordinates = {"country": ["US", "India"], "system": ["a", "b", "c"]}
    text = ""
    for (name, unit), value in zip(units.items(), (2, 3, 5, 7, 11)):
        short, _, axis = name.partition("__")
        text += f'[inputs.{short}]\nunit = "{unit}"\n'
        entries = "".join(f'at."{one}" = {{ value = {value} }}\n' for one in coordinates.get(axis, []))
        text += f'by = "{axis}"\n{entries}' if axis else f"value = {value}\n"
    return text


def quantity(name: str, unit: str, formula: str) -> str:
    return f"[quantities.{name}]\nunit = \"{unit}\"\nformula = '''{formula}'''\n"


def model(text: str) -> Model:
    return build_model(parse_study(HEADER + text))


_COMPUTE: dict[str, Callable[..., float]] = {
    "exp": math.exp,
    "sin": math.sin,
    "log": math.log,
    "sqrt": math.sqrt,
    "abs": abs,
    "floor": math.floor,
}
_COMPUTE |= {"ceil": math.ceil, "arctan2": math.atan2, "minimum": min, "maximum": max, "neg": lambda a: -a}
_COMPUTE |= {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": lambda a, b: a / b}
_COMPUTE |= {"pow": lambda a, b: a**b, "lt": lambda a, b: float(a < b), "gt": lambda a, b: float(a > b)}
_COMPUTE |= {"eq": lambda a, b: float(a == b), "where": lambda c, a, b: a if c else b}


def evaluate(found: Model, name: str, at: Mapping[str, str] | None = None) -> float:
    """A quantity or input at a cell, by the shortest possible reading of the model: the judge of what it means."""
    study, at = found.study, at or {}
    if name in study.inputs:
        entry = study.inputs[name].entry(at)
        assert entry.value is not None
        return entry.value

    def tree(node: Node, at: Mapping[str, str]) -> float:
        match node:
            case Number(value=value):
                return value
            case Name(name=other):
                return evaluate(found, other, at)
            case Call(operation=operation, arguments=arguments):
                return float(_COMPUTE[operation](*(tree(argument, at) for argument in arguments)))
            case Pick(argument=argument, coordinate=coordinate, axis=axis):
                assert axis is not None
                return tree(argument, {**at, axis: coordinate})
            case Reduce(operation=operation, argument=argument, axis=axis):
                terms = [tree(argument, {**at, axis: one}) for one in study.axes[axis]]
                total = math.prod(terms) if operation == "prod" else sum(terms)
                return total / len(terms) if operation == "mean" else total

    key = tuple(at[axis] for axis in study.quantities[name].axes)
    return tree(found.formulas[name][key], at)


@pytest.mark.parametrize(
    ("units", "unit", "formula", "value"),
    [
        # a = 2, b = 3, c = 5 in their units; values worked by hand
        ({"a": "g", "b": "J/g"}, "Wh", "a * b", 6 / 3600),
        ({"a": "g", "b": "J/g"}, "J", "a * b", 6),
        ({"a": "kg", "b": "g"}, "g", "a + b", 2003),
        ({"a": "g", "b": "kg"}, "g", "a + b", 3002),
        ({"a": "g", "b": "kg"}, "kg", "a - b", -2.998),
        ({"a": "kWh", "b": "gCO2e/kWh", "c": "year"}, "kgCO2e/month", "a * b / c", 6 / 1000 / 60),
        ({"a": "hour/page", "b": "kgCO2e/year", "c": "hour/year"}, "gCO2e/page", "a * b / c", 1200),
        ({"a": "W", "b": "hour"}, "kWh", "a * b", 0.006),
        ({"a": "percent"}, "1", "1 - a", 0.98),
        ({"a": "percent"}, "1", "a + 1", 1.02),
        ({"a": "percent"}, "percent", "1 - a", 98),
        ({"a": "percent"}, "1", "exp(a)", math.exp(0.02)),
        ({"a": "percent"}, "1", "a ** 2", 0.0004),
        ({"a": "percent", "b": "percent"}, "1", "a ** b", 0.02**0.03),
        ({"a": "m", "b": "cm"}, "1", "a / b", 200 / 3),
        ({"a": "m", "b": "cm"}, "1", "exp(a / b)", math.exp(200 / 3)),
        ({"a": "m", "b": "cm"}, "1", "a > b", 1),
        ({"a": "cm", "b": "m"}, "1", "a > b", 0),
        ({"a": "m", "b": "cm"}, "percent", "a > b", 100),
        ({"a": "hour", "b": "minute"}, "minute", "minimum(a, b)", 3),
        ({"a": "hour", "b": "minute", "c": "second"}, "second", "maximum(b, a, c)", 7200),
        ({"a": "hour"}, "hour", "maximum(0, a)", 2),
        ({"a": "hour"}, "hour", "maximum(0, -a)", 0),
        ({"a": "hour"}, "minute", "where(a > 0, a, 0)", 120),
        ({"a": "hour"}, "minute", "where(a < 0, a, 0)", 0),
        ({"a": "hour", "b": "minute"}, "minute", "where(1, b, a)", 3),
        ({"a": "hour", "b": "minute"}, "minute", "where(0, b, a)", 120),
        ({"a": "m"}, "cm**2", "a ** 2", 40000),
        ({"a": "m"}, "cm**2", "a ** (1 + 1)", 40000),
        ({"a": "m"}, "1/cm", "a ** -1", 0.005),
        ({"a": "m**2"}, "cm", "sqrt(a)", 100 * 2**0.5),
        ({"a": "m**3"}, "m", "a ** (1/3)", 2 ** (1 / 3)),
        ({"a": "m", "b": "cm"}, "1", "arctan2(a, b)", math.atan2(2, 0.03)),
        ({"a": "degree"}, "1", "sin(a)", math.sin(math.radians(2))),
        ({"a": "hour"}, "minute", "floor(a / 3 * 2)", 60),
        ({"a": "hour"}, "hour", "ceil(abs(-a))", 2),
        ({"a": "gCO2e"}, "gCO2e", "0", 0),
        ({"a": "gCO2e"}, "gCO2e", "a * 0 + 0", 0),
        ({"a": "tCO2e/year", "b": "person"}, "kgCO2e/day/person", "a / b", 2000 / 365 / 3),
        ({"a": "1"}, "1", "a ** a ** a", 16),
        ({"a": "hour"}, "hour", "a * (2 == 2)", 2),
    ],
)
def test_units_are_folded_into_factors(units: dict[str, str], unit: str, formula: str, value: float) -> None:
    found = model(inputs(**units) + quantity("q", unit, formula))
    assert evaluate(found, "q") == pytest.approx(value, rel=1e-12)


def test_no_factor_of_one_is_inserted() -> None:
    found = model(inputs(a="g", b="J/g") + quantity("q", "J", "a * b") + quantity("r", "kg", "a"))
    assert found.formulas["q"][()] == Call("mul", (Name("a", 0), Name("b", 4)), 2)
    assert found.formulas["r"][()] == Call("mul", (Number(0.001, 0), Name("a", 0)), 0)


@pytest.mark.parametrize(
    ("formula", "axes", "value"),
    [
        ("s * n", ("country",), 6),
        ("s * p", ("country", "system"), 10),
        ("p * s", ("country", "system"), 10),
        ('sum(s, "country")', (), 4),
        ('sum(s * p, "country")', ("system",), 20),
        ('sum(sum(s * p, "country"), "system")', (), 60),
        ('mean(p, "system")', (), 5),
        ('prod(p, "system")', (), 125),
        ('s["US"] * p', ("system",), 10),
        ('(s * p)["US"]', ("system",), 10),
        ('s["US"] / s["India"]', (), 1),
        ('s / sum(s, "country")', ("country",), 0.5),
    ],
)
def test_axes_broadcast(formula: str, axes: tuple[str, ...], value: float) -> None:
    found = model(AXES + inputs(s__country="1", n="1", p__system="1") + quantity("q", "1", formula))
    assert found.axes["q"] == axes
    assert evaluate(found, "q", {"country": "India", "system": "b"}) == pytest.approx(value)


def test_axes_follow_the_order_of_the_study_and_entries_are_taken_at_their_coordinate() -> None:
    found = model(
        AXES
        + inputs(s__country="1", n="1", p__system="1")
        + quantity("q", "1", 'r + s["US"]')
        + """
[quantities.r]
unit = "1"
by = ["boundary", "country"]
at.whole-life.US = "s * p"
at.whole-life.India = 'sum(s, "country")'
at.device-only.US = "0"
at.device-only.India = 's["US"] * 100'
"""
    )
    assert found.axes["r"] == found.axes["q"] == ("country", "system", "boundary")
    assert found.order == ("r", "q")
    cell = {"country": "India", "system": "a"}
    assert evaluate(found, "q", {**cell, "boundary": "whole-life"}) == 4 + 2
    assert evaluate(found, "q", {**cell, "boundary": "device-only"}) == 200 + 2


def test_prior_and_claim_factors() -> None:
    found = model(
        """
[inputs.g]
unit = "kgCO2e/MWh"
prior = { family = "normal", mean = 400, sd = 10 }
source = "judgement"
[quantities.q]
unit = "gCO2e/kWh"
formula = "g"
[claims.one]
statement = "..."
quantity = "q"
published = "0.4"
unit = "kgCO2e/kWh"
[claims.other]
statement = "..."
quantity = "q"
direction = "> 1"
"""
    )
    assert found.prior_factors == {("g", ()): 1.0}
    assert found.claim_factors == {"one": 0.001, "other": 1.0}


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (
            inputs(a="g", b="hour") + quantity("q", "g", "1 * a + b"),
            ["cannot add g and hour", "column 7", "1 * a + b\n      ^"],
        ),
        (inputs(a="g", b="hour") + quantity("q", "g", "a -\n  b"), ["cannot subtract g and hour", "line 1, column 3"]),
        (inputs(a="g", b="hour") + quantity("q", "1", "a < b"), ["cannot compare g and hour"]),
        (inputs(a="g", b="hour") + quantity("q", "g", "minimum(a, b)"), ["cannot take the minimum of g and hour"]),
        (inputs(a="g", b="hour") + quantity("q", "g", "where(1, a, b)"), ["choose between g and hour"]),
        (inputs(a="g", b="hour") + quantity("q", "g", "where(b, a, a)"), ["a condition has no unit", "hour"]),
        (inputs(a="g", b="hour") + quantity("q", "1", "arctan2(a, b)"), ["`arctan2`", "g and hour"]),
        (inputs(a="m") + quantity("q", "1", "exp(a)"), ["`exp` takes a plain number", "in m"]),
        (inputs(a="g") + quantity("q", "g", "a + 1"), ["cannot add g and 1"]),
        (
            inputs(a="g", b="1") + quantity("q", "g", "a ** b"),
            ["exponent of something with a unit (g) must be a number"],
        ),
        (inputs(a="g", b="m") + quantity("q", "g", "2 ** b"), ["an exponent is a plain number", "in m"]),
        (inputs(a="g") + quantity("q", "g", "a ** 9**9**9**9"), ["must be a number"]),
        (inputs(a="g") + quantity("q", "g", "a ** 1000"), ["beyond the exponents"]),
        (inputs(a="g") + quantity("q", "Wh", "a"), ["the formula gives g, the quantity is in Wh"]),
        (inputs(a="g") + quantity("q", "1", "1"), []),
        (inputs(a="g") + quantity("q", "g", "grdi"), ["no input or quantity `grdi`", "Allowed: a, q"]),
        (inputs(grid="g") + quantity("q", "g", "grdi"), ['Did you mean "grid"?']),
        (inputs(a="g") + quantity("q", "g", "r") + quantity("r", "g", "q"), ["q -> r -> q"]),
        (inputs(a="g") + quantity("q", "g", "q + a"), ["q -> q"]),
        (
            AXES + inputs(s__country="1") + quantity("q", "1", 's["USA"]'),
            ['no coordinate "USA" on country', 'Did you mean "US"'],
        ),
        (AXES + inputs(s="1") + quantity("q", "1", 's["US"]'), ["this has no axis"]),
        (AXES + inputs(s="1") + quantity("q", "1", 'sum(s, "country")'), ['"country"', "it has none"]),
        (AXES + inputs(s__system="1") + quantity("q", "1", 'sum(s, "country")'), ['"country"', "it has system"]),
        (AXES + inputs(s__system="1") + quantity("q", "1", 'sum(s, "sytem")'), ['Did you mean "system"']),
        (
            '[dimensions]\nx = ["a", "b"]\ny = ["b", "c"]\n'
            + '[inputs.s]\nunit = "1"\nby = ["x", "y"]\n'
            + "".join(f"at.{x}.{y} = {{ value = 1 }}\n" for x in "ab" for y in "bc")
            + quantity("q", "1", 's["b"]'),
            ["two axes", "x and y"],
        ),
        (
            AXES
            + '[quantities.c]\nunit = "1"\nby = "boundary"\nat.whole-life = "1"\nat.device-only = "2"\n'
            + quantity("q", "1", 'mean(c, "boundary")'),
            ["is a choice"],
        ),
    ],
)
def test_what_is_wrong_with_a_formula(body: str, parts: list[str]) -> None:
    if not parts:
        model(body)
        return
    with pytest.raises(UserError) as caught:
        model(body)
    message = "\n".join(f"{fault.what}\n{fault.allowed}" for fault in caught.value.faults)
    assert "[quantities." in caught.value.faults[0].place
    for part in parts:
        assert part in message


def test_too_many_cells_are_refused_before_they_are_made() -> None:
    axes = "[dimensions]\n" + "".join(f"d{k} = {[f'c{i}' for i in range(400)]}\n" for k in range(2))
    items = "".join(
        f'[inputs.i{k}]\nunit = "1"\nby = "d{k}"\n' + "".join(f"at.c{i} = {{ value = 1 }}\n" for i in range(400))
        for k in range(2)
    )
    for formula in ("i0 * i1", 'sum(sum(i0 * i1, "d0"), "d1")'):
        with pytest.raises(UserError, match="too many cells: 160,000"):
            model(axes + items + quantity("q", "1", formula))


def test_a_long_chain_of_quantities_is_no_recursion() -> None:
    chain = "".join(quantity(f"q{i}", "1", f"q{i - 1} + 1" if i else "a") for i in range(2000))
    assert len(model(inputs(a="1") + chain).order) == 2000


def test_the_model_is_made_once_and_not_carried_to_a_copy() -> None:
    study = parse_study(HEADER + inputs(a="g") + quantity("q", "g", "a"))
    assert build_model(study) is build_model(study)
    other = study.model_copy(update={"title": "Other"})
    assert build_model(other).study is other
    assert other != study and study == parse_study(HEADER + inputs(a="g") + quantity("q", "g", "a"))
