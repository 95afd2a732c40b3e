"""Arguments of the Python interface that are of the wrong kind: the package's own error, which names the argument."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import mcarbon as mc

PEOPLE = mc.parse_study("""format = 1
id = "people"
title = "People"
[dimensions]
country = ["US", "India"]
[choices.way]
options = ["one", "two"]
[inputs.a]
unit = "1"
by = "country"
source = "judgement"
at.US = { published = 2, prior = { family = "uniform", low = 1, high = 3 } }
at.India = { published = 2, prior = { family = "uniform", low = 1, high = 3 } }
[inputs.v]
unit = "1"
source = "judgement"
nature = "variability"
published = 1
prior = { family = "uniform", low = 1, high = 3 }
[quantities.q]
unit = "1"
by = "way"
at.one = "a * v"
at.two = "a + v"
[claims.c]
statement = "It is twice as much."
quantity = "q"
published = "2"
direction = "> 1"
""")
FEW: dict[str, Any] = {"draws": 64, "replicates": 2, "threads": 1}
CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "sample": (mc.sample, {"study": PEOPLE, **FEW}),
    "summarize": (mc.summarize, {"study": PEOPLE, **FEW}),
    "stress": (mc.stress, {"study": PEOPLE, **FEW}),
    "reproduce": (mc.reproduce, {"study": PEOPLE}),
    "sensitivity": (mc.sensitivity, {"study": PEOPLE, "quantity": "q", **FEW}),
    "break_even": (mc.break_even, {"study": PEOPLE, "quantity": "q", **FEW}),
    "multiverse": (mc.multiverse, {"study": PEOPLE, "claim": "c", **FEW}),
    "robustness": (mc.robustness, {"study": PEOPLE, "claim": "c", **FEW}),
    "population": (mc.population, {"study": PEOPLE, "outer": 32, "inner": 16, "replicates": 2, "threads": 1}),
    "report": (mc.report, {"study": PEOPLE, "folder": "x", **FEW}),
    "as_text": (mc.as_text, {"result": mc.reproduce(PEOPLE)}),
    "load_study": (mc.load_study, {"path_or_id": "tang-2023"}),
    "parse_study": (mc.parse_study, {"text": PEOPLE.to_toml()}),
    "with_prior": (PEOPLE.with_prior, {"name": "v", "prior": mc.uniform(1, 2), "source": "judgement"}),
    "with_value": (PEOPLE.with_value, {"name": "v", "value": 1}),
    "with_choice": (PEOPLE.with_choice, {"choice": "way", "option": "two"}),
    "to_toml": (PEOPLE.to_toml, {}),
}
BAD: list[Any] = [
    *(None, "1", "", True, 3.5, -1, 0, 10**30, float("nan"), float("inf"), b"x", object(), lambda: 1),
    *([], [1], ["1"], [None], [[1]], ["q", 3], (), {}, {"a": "b"}, {1: 2}, {"country": 3}, {"country": None}),
    *(np.array([1, 2]), np.float64(0.5), np.array([[1.0]]), np.str_("x")),
]  # fmt: skip
LEFT_OUT = {"progress", "scheduler", "drawing"}
"""What is called, what has messages of its own (`tests/test_cluster.py`), and what is handed on to `stress`."""
ROWS = [
    (name, argument) for name, (call, _) in CALLS.items() for argument in inspect.signature(call).parameters
    if argument not in LEFT_OUT
]  # fmt: skip


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Some of these are names of files that may be written."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("name", "argument"), ROWS)
def test_what_is_of_the_wrong_kind_is_refused_in_order(name: str, argument: str) -> None:
    """With the argument in the message, or the study where it is none; what works may be that it works."""
    call, good = CALLS[name]
    refused = 0
    for bad in BAD:
        try:
            call(**{**good, argument: bad})
        except mc.UserError as error:
            refused += 1
            assert error.faults[0].what and len(str(error)) < 5000, (bad, error)
        except TypeError as error:
            refused += 1
            assert argument in ("study", "result") and str(error).startswith(f"a {argument} is needed"), (bad, error)
    assert refused >= (20 if argument in ("study", "result", "quantity", "claim", "method") else 4)


def test_every_public_function_has_a_row() -> None:
    callables = {name for name in mc.__all__ if inspect.isfunction(getattr(mc, name))}
    assert callables <= set(CALLS)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: mc.population(PEOPLE, below="1"), "`below` cannot be '1'\n       Allowed: a number"),
        (lambda: mc.break_even(PEOPLE, "q", target="1/2"), "`target` cannot be '1/2'\n       Allowed: a number"),
        (lambda: mc.multiverse(PEOPLE, "c", at="US"), "`at` cannot be 'US'\n       It names the axis too"),
        (lambda: mc.sample(PEOPLE, draws=3.5), "`draws` cannot be 3.5 (float)\n       Allowed: a whole number"),
        (lambda: mc.sample(PEOPLE, draws=True), "`draws` cannot be True (bool)"),
        (lambda: mc.sample(PEOPLE, seed=-1), "`seed` cannot be -1 (int)\n       Allowed: a whole number from 0 on"),
        (lambda: mc.sample(PEOPLE, threads=0), "`threads` cannot be 0 (int)\n       Allowed: a whole number from 1 on"),
        (lambda: mc.sample(PEOPLE, quantities=[3]), "`quantities` cannot be [3] (list)"),
        (lambda: mc.summarize(PEOPLE, quantiles=["0.5"]), "`quantiles` cannot be ['0.5'] (list)"),
        (lambda: mc.stress(PEOPLE, claims={"c": 1}), "`claims` cannot be {'c': 1} (dict)"),
        (lambda: mc.load_study(None), "`path_or_id` cannot be None (NoneType)"),
        (lambda: mc.parse_study(b"x"), "`text` cannot be b'x' (bytes)"),
        (lambda: PEOPLE.with_value("v", "1"), "`value` cannot be '1'"),
        (lambda: mc.population(PEOPLE, quantities=[]), "no quantity is asked for"),
        (lambda: mc.report(PEOPLE, "x", claims=[]), "no claim is asked for"),
    ],
)  # fmt: skip
def test_the_argument_is_named_with_what_is_allowed(call: Callable[[], Any], told: str) -> None:
    with pytest.raises(mc.UserError) as raised:
        call()
    assert told in str(raised.value)


def test_numbers_of_numpy_are_numbers() -> None:
    """They are Python's afterwards, so that attributes are written to files."""
    few = {"draws": np.int64(64), "replicates": np.uint8(2), "seed": np.int32(3), "threads": np.int16(1)}
    found = mc.sample(PEOPLE, **few)
    assert found.identical(mc.sample(PEOPLE, draws=64, replicates=2, seed=3, threads=1))
    assert type(found.attrs["seed"]) is int
    found = mc.summarize(PEOPLE, level=np.float32(0.5), quantiles=np.array([0.25, 0.5]), **few)
    assert "0.25" in found.statistic.values
    assert mc.break_even(PEOPLE, np.str_("q"), target=np.float64(2), **few)
    assert PEOPLE.with_value("v", np.float64(2)).digest == PEOPLE.with_value("v", 2).digest


@pytest.mark.parametrize(
    ("names", "call", "taken"),
    [
        (("chain", "d"), mc.sample, "chain"),
        (("draw", "d"), mc.sample, "draw"),
        (("q", "draw"), mc.sample, "draw"),
        (("statistic", "d"), mc.summarize, "statistic"),
        (("q", "statistic"), mc.summarize, "statistic"),
        (("x_standard_error", "d"), mc.summarize, "x_standard_error"),
        (("known", "d"), mc.population, "known"),
        (("figure", "d"), mc.population, "figure"),
        (("x_below", "d"), mc.population, "x_below"),
    ],
)
def test_a_result_has_no_room_for_a_name_of_its_own(names: tuple[str, str], call: Callable[..., Any], taken: str) -> None:
    """The format allows these names; a Dataset cannot have them twice, and one was written over the other."""
    quantity, axis = names
    study = mc.parse_study(
        f'format = 1\nid = "x"\ntitle = "x"\n[dimensions]\n{axis} = ["a"]\n[inputs.i]\nunit = "1"\nby = "{axis}"\n'
        'source = "judgement"\nnature = "variability"\nat.a = { prior = { family = "uniform", low = 1, high = 2 } }\n'
        f'[quantities.{quantity}]\nunit = "1"\nformula = "i"\n[quantities.x]\nunit = "1"\nformula = "i"\n'
    )
    with pytest.raises(mc.UserError, match=f"variable or dimension `{taken}` of its own"):
        call(study)
    if axis == "d":
        assert "x" in call(study, quantities=["x"])
