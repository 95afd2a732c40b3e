"""Studies built in Python: formulas written by operators, priors by constructors, tables by the builder."""

from __future__ import annotations

import inspect
import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest
from builders import coffee, everything

import mcarbon as mc
from mcarbon import functions
from mcarbon.building import priors
from mcarbon.building.expressions import Expression
from mcarbon.errors import UserError
from mcarbon.families import FAMILIES
from mcarbon.reading.formula import FUNCTIONS, REDUCTIONS, Call, Name, Node, Number, Pick, Reduce
from mcarbon.reading.syntax import parse

a, b, c = (Expression(name) for name in "abc")


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (a + b + c, "a + b + c"),
        (a + (b + c), "a + (b + c)"),
        (a - (b - c), "a - (b - c)"),
        (a - b - c, "a - b - c"),
        ((a + b) * c, "(a + b) * c"),
        (a * b / c, "a * b / c"),
        (a / (b * c), "a / (b * c)"),
        (-a * b, "-a * b"),
        (-(a * b), "-(a * b)"),
        (-(a**2), "-a ** 2"),
        ((-a) ** 2, "(-a) ** 2"),
        (a**-b, "a ** -b"),
        ((a**b) ** c, "(a ** b) ** c"),
        (a**b**c, "a ** b ** c"),
        (2**a, "2 ** a"),
        (1 - a, "1 - a"),
        (1 / (2 + a), "1 / (2 + a)"),
        (a - -3.5, "a - -3.5"),
        (Expression("a") ** 2 * -1, "a ** 2 * -1"),
        (-3.0 * a, "-3.0 * a"),
        ((a < b) * (b <= c), "(a < b) * (b <= c)"),
        ((a + b > c) == (a >= 1), "(a + b > c) == (a >= 1)"),
        (a != 0, "a != 0"),
        (+a, "a"),
        (abs(a), "abs(a)"),
        (a["US"] / a["it's"], 'a["US"] / a["it\'s"]'),
        (a['say "hi"'], "a['say \"hi\"']"),
        ((a + b)["US"], '(a + b)["US"]'),
        (1e-5 * a * 1e300, "1e-05 * a * 1e+300"),
        (np.float64(2.5) * a + np.int64(3), "2.5 * a + 3"),
        (np.exp(a) - np.minimum(a, 2), "exp(a) - minimum(a, 2)"),
        (np.abs(-a), "abs(-a)"),
        (sum([a, b, c]), "0 + a + b + c"),
        (functions.where(a < b, a, 0), "where(a < b, a, 0)"),
        (functions.maximum(a, b, c, 1), "maximum(a, b, c, 1)"),
        (functions.mean(a * b, "country"), 'mean(a * b, "country")'),
        (functions.pi * a**2, "pi * a ** 2"),
    ],
    ids=str,
)
def test_operators_write_what_they_say(expression, text):
    assert str(expression) == text
    parse(text)


def test_parentheses_are_those_that_python_would_use():
    """All expressions of up to three operations, by value: the text evaluates to what the operators do to numbers."""
    operations = [
        lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / y, lambda x, y: x**y,
        lambda x, y: -x * y, lambda x, y: x * -y, lambda x, y: (-x) ** 2 - y, lambda x, y: (x < y) + 0 * x,
    ]  # fmt: skip
    values = {"a": 1.7, "b": 0.6, "c": 2.3, "d": 1.1}
    count = 0
    shapes = [
        lambda f, g, h, p, q, r, s: f(g(h(p, q), r), s),
        lambda f, g, h, p, q, r, s: f(p, g(q, h(r, s))),
        lambda f, g, h, p, q, r, s: f(g(p, q), h(r, s)),
        lambda f, g, h, p, q, r, s: f(p, g(h(q, r), s)),
    ]
    for three, shape in itertools.product(itertools.product(operations, repeat=3), shapes):
        written = shape(*three, *(Expression(name) for name in values))
        with np.errstate(all="ignore"):
            exact = shape(*three, *(np.float64(value) for value in values.values()))
            found = value_of(parse(written.text), values)
        assert found == exact or (np.isnan(found) and np.isnan(exact)), written.text
        count += 1
    assert count == 4 * len(operations) ** 3


def value_of(node: Node, values):
    match node:
        case Number(value=value):
            return np.float64(value)
        case Name(name=name):
            return np.float64(values[name])
        case Call(operation=operation, arguments=arguments):
            x = [value_of(argument, values) for argument in arguments]
            return {
                "add": lambda: x[0] + x[1], "sub": lambda: x[0] - x[1], "mul": lambda: x[0] * x[1],
                "div": lambda: x[0] / x[1], "pow": lambda: x[0] ** x[1], "neg": lambda: -x[0],
                "lt": lambda: np.float64(x[0] < x[1]),
            }[operation]()  # fmt: skip
        case Pick() | Reduce():
            raise AssertionError(node)


@pytest.mark.parametrize(
    ("write", "error"),
    [
        (lambda: bool(a < b), TypeError),
        (lambda: a < b < c, TypeError),
        (lambda: list(a), TypeError),
        (lambda: a + "b", TypeError),
        (lambda: a + True, TypeError),
        (lambda: a * float("nan"), ValueError),
        (lambda: a * float("inf"), ValueError),
        (lambda: a["\"'"], ValueError),
        (lambda: a["two\nlines"], ValueError),
        (lambda: np.arctan(a, out=np.zeros(1)), TypeError),
        (lambda: np.gcd(a, b), TypeError),
        (lambda: np.add.reduce(a), TypeError),
    ],
)
def test_what_is_no_formula_is_refused(write, error):
    with pytest.raises(error):
        write()


def test_every_function_of_formulas_is_there():
    own = {
        name
        for name, value in vars(functions).items()
        if inspect.isfunction(value) and value.__module__ == functions.__name__
    }
    assert own == {*FUNCTIONS, *REDUCTIONS}
    for name in FUNCTIONS:
        arity = FUNCTIONS[name] or 2
        assert isinstance(parse(getattr(functions, name)(*[a] * arity).text), Call)


def test_every_family_has_a_constructor():
    for family in FAMILIES:
        name = next(iter(family.model_fields["family"].annotation.__args__))
        constructor = getattr(mc, name)
        assert name in mc.__all__
        assert isinstance(constructor, priors.Constructor)
        assert constructor.__doc__ == family.__doc__
        fields = set(family.model_fields) - {"family"}
        assert set(inspect.signature(constructor).parameters) - {"percentiles"} == fields


def test_constructors_make_the_records():
    assert mc.normal(335, 10) == mc.normal(mean=335, sd=10.0)
    assert mc.normal(335, 10).parameters() == (335, 10)
    assert mc.triangular(150, 200, 300).model_dump(exclude_none=True) == {
        "family": "triangular", "low": 150, "mode": 200, "high": 300
    }  # fmt: skip
    assert mc.lognormal(p5=1, p95=100).parameters()[0] == pytest.approx(np.log(10))
    assert mc.lognormal(median=3, gsd=2, upper=9).upper == 9
    assert mc.lognormal(**{"p2.5": 1, "p97.5": 4}).parameters()[0] == pytest.approx(np.log(2))
    assert mc.discrete(np.array([1, 2]), (np.float32(0.5), 1)).weights == [0.5, 1]
    assert mc.beta(2, 3, 10, 20).high == 20
    assert str(inspect.signature(mc.beta)) == "(a, b, low=0.0, high=1.0, *, lower=None, upper=None)"


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: mc.uniform(6, 0.6), ["mcarbon.uniform", "low (6) must be below high (0.6)"]),
        (
            lambda: mc.uniform(lo=3, high=4),
            ["mcarbon.uniform, low", "`low` is missing", "mcarbon.uniform, lo", 'mean "low"?'],
        ),
        (lambda: mc.normal(3), ["mcarbon.normal", "give exactly `mean, sd` or 2 percentiles"]),
        (lambda: mc.normal(3, -1), ["mcarbon.normal, sd", "must be above 0"]),
        (lambda: mc.normal(1, 2, 3), ["3 values without a name", "Allowed: mean, sd."]),
        (lambda: mc.normal(1, mean=2, sd=3), ["`mean` is given twice"]),
        (lambda: mc.pert(float("nan"), 1, 2), ["mcarbon.pert, low", "finite"]),
        (lambda: mc.uniform(1, "a"), ["mcarbon.uniform, high", 'must be a number, not the text "a"']),
    ],
)
def test_wrong_priors_are_told_of(make, told):
    with pytest.raises(UserError) as raised:
        make()
    assert all(part in str(raised.value) for part in told), str(raised.value)


def test_a_built_study_is_the_one_of_a_file():
    text = Path("README.md").read_text("utf-8").partition("```toml\n")[2].partition("```")[0]
    assert coffee().build() == mc.parse_study(text)
    assert coffee().build().digest == mc.parse_study(text).digest
    assert coffee().data() == {**tomllib.loads(text)}


def test_every_table_can_be_built():
    study = everything().build()
    assert study.library.keys() == {"grid.us", "grid.india"}
    assert study.inputs["grid"].at["India"].prior == "grid.india"
    assert study.inputs["losses"].entry({"country": "US", "water_boiled": "full-kettle"}).prior == mc.uniform(1, 1.2)
    assert study.quantities["ratio"].sides == {"kettle": "kettle_emissions", "stove": "stove_emissions"}
    assert study.quantities["boiled"].at == {"as-needed": "water", "full-kettle": "kettle * 1"}
    # What the grid of India was, nobody published.
    half = [claim.reproduction.status for claim in mc.reproduce(study, ["half"]).claims]
    assert half == ["reproduces", "not checkable"]
    assert mc.reproduce(study, ["cup"]).claims[0].reproduction.value == pytest.approx(0.01163, rel=1e-3)
    left_out = {field for field in type(study).model_fields if not getattr(study, field)} - {"origin", "library_units"}
    assert not left_out, "the builder should be able to make every table"


def test_all_faults_are_told_at_once():
    builder = coffee()
    builder.input("milk", unit="grams of milk", value=1)
    builder.input("cup", unit="1", prior=mc.uniform(0, 1))
    builder.quantity("wrong", "water + heat", unit="g")
    builder.claim("one", "One.", "enrgy", published="1")
    with pytest.raises(UserError) as raised:
        builder.build()
    told = str(raised.value)
    for part in (
        "[inputs.milk] unit",
        "[inputs.cup]",
        "a prior needs a source",
        "[quantities.wrong]",
        'Did you mean "energy"?',
    ):
        assert part in told


def test_a_name_is_taken_once():
    with pytest.raises(UserError, match="is there already"):
        coffee().input("water", unit="g", value=1)
    with pytest.raises(UserError, match="one of the two"):
        coffee().correlation("water", "heat")


def test_priors_beside_a_folder_are_found(tmp_path):
    (tmp_path / "priors").mkdir()
    (tmp_path / "priors" / "mine.toml").write_text(
        '[size]\nunit = "kg"\nprior = { family = "uniform", low = 1, high = 2 }\nrationale = "..."\nupdated = 2026-01-01\n'
        'sources = [{ cite = "judgement", value = "1 to 2 kg", kind = "judgement" }]\n'
    )
    builder = mc.StudyBuilder("boxes", "Boxes")
    builder.quantity("total", 3 * builder.input("size", "g", prior="mine.size"), unit="kg")
    with pytest.raises(UserError, match=r"mine\.toml"):
        builder.build()
    study = builder.build(tmp_path)
    study.to_toml(tmp_path / "boxes.toml")
    assert mc.load_study(tmp_path / "boxes.toml").digest == study.digest
    with pytest.raises(UserError, match="would not be the same there"):
        study.to_toml(tmp_path / "priors" / "boxes.toml")
    assert not (tmp_path / "priors" / "boxes.toml").exists()
