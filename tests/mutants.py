"""Broken studies, made of sound ones: what is changed hangs on a source of chance, which tests and the fuzzer share."""

from __future__ import annotations

import copy
import json
import math
import re
import time
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import mcarbon as mc
from mcarbon.errors import UserError
from mcarbon.reading.formula import FormulaError
from mcarbon.reading.notation import parse_unit
from mcarbon.reading.syntax import parse
from mcarbon.reading.units import UnitError

Any_ = TypeVar("Any_")
ROOT = Path(__file__).parent.parent
LONGEST = 5.0
"""Seconds that a text may cost, whether it loads or not."""


class Chance(Protocol):
    """What picks: `random.Random`, or the bytes of a fuzzer."""

    def choice(self, items: Sequence[Any_], /) -> Any_: ...
    def randrange(self, stop: int, /) -> int: ...


class Bytes:
    """The picks that a fuzzer's bytes make; the first of everything when they are used up."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0

    def randrange(self, stop: int) -> int:
        width = 1 if stop <= 256 else 3
        piece = self.raw[self.at : self.at + width]
        self.at += width
        return int.from_bytes(piece, "little") % stop

    def choice(self, items: Sequence[Any_]) -> Any_:
        return items[self.randrange(len(items))]


@cache
def sound() -> list[dict[str, Any]]:
    """Data of sound studies: one with every rule's table, one with every family, and those that the format's page shows."""
    study = tomllib.loads((ROOT / "tests/data/sound/study.toml").read_text("utf-8"))
    # What lies beside a file stands in it here: a mutant has no folder.
    study["inputs"]["hours"]["prior"] = {"family": "empirical", "values": [7.5, 8.0, 6.25], "weights": [2.0, 1.0, 1.0]}
    study["inputs"]["size"]["prior"] = {"family": "uniform", "low": 0.1, "high": 0.3}
    study["inputs"]["size"]["source"] = "judgement"
    study["inputs"]["idle"]["prior"]["components"][1]["prior"] = "ai.pue"
    page = (ROOT / "docs/format.md").read_text("utf-8")
    pieces = re.findall(r"```toml\n(.*?)```", page, re.S)
    whole = [piece for piece in pieces if "format = 1" in piece]
    kettle = "".join(piece for piece in pieces if not piece.startswith("#"))
    kettle = kettle[kettle.index('format = 1\nid = "kettle-2020"') :]
    return [study, *(tomllib.loads(text) for text in [*(text for text in whole if text.startswith("#")), kettle])]


NUMBERS: list[Any] = [
    *(0, 1, -1, 2, 0.5, -0.0, 1e-300, 1e300, 5e-324, 1.7e308, -1.7e308, 10**15, 2**53 + 1, 10**308, 0.1, 99.999, 1e-6),
    *(True, math.inf, -math.inf, math.nan, 10**400),
]
TEXTS = [
    *("", " ", "1", "US", "published", "judgement", "kg", "gCO2e/kWh", "kg**9999", "degC", "percent", "1/0", "0..1", "<= 5"),
    *(
        "1e400",
        "0.30",
        "1/2,900",
        "x",
        "ai.pue",
        "grid.us",
        "a.b",
        "../x",
        "é",
        "\u202e",
        "\x1b[31m",
        "=1+1",
        "<b>",
        "9" * 400,
    ),
    *("uniform", "normal", "lognormal", "beta", "discrete", "mixture", "metalog", "scipy", "empirical", "pert", "student_t"),
    *("norm", "levy_stable", "gausshyper", "genextreme", "lower", "p5", "p50", "p95", "p99.99", "total", "rate", "ratio"),
]
PIECES = [
    *("+", "-", "*", "/", "**", "(", ")", ",", "<", "==", "where(", "sum(", 'x["US"]', ', "country")', "exp(", "log(", "pi"),
    *(
        "0",
        "1",
        "2",
        "1e308",
        "1e-308",
        "9**9**9**9",
        "2**1e308",
        "-1",
        "0.5",
        "arctan2(",
        "minimum(",
        "prod(",
        "mean(",
        "sqrt(",
    ),
    *(" ", "#", "\\", ".", "lambda", "_", "'", '"', "kg", "hour", "kWh", "gCO2e", "^", "·", "²", "1/", "**-", "**(1/3)"),
]


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all that stands in some data."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    found: list[tuple[Any, ...]] = []
    for key, value in items:
        found.append((*path, key))
        found += places(value, (*path, key))
    return found


def mutant(chance: Chance, data: dict[str, Any] | None = None) -> str:
    """The TOML text of a sound study, or of this data, with up to four changes."""
    data = copy.deepcopy(chance.choice(sound()) if data is None else data)
    for _ in range(chance.randrange(5)):
        paths = places(data)
        *around, key = chance.choice(paths)
        table = data
        for each in around:
            table = table[each]
        _change(chance, data, table, key, paths)
    return toml(data)


def toml(data: dict[str, Any]) -> str:
    """Any data as TOML, sound or not: tables of tables under heads of their own, all else on one line."""
    plain, heads = [], []
    for key, value in data.items():
        if isinstance(value, dict) and value and all(isinstance(inner, dict) for inner in value.values()):
            for name, inner in value.items():
                heads.append(f"[{_key(key)}.{_key(name)}]")
                heads += [f"{_key(each)} = {_inline(there)}" for each, there in inner.items()]
        else:
            plain.append(f"{_key(key)} = {_inline(value)}")
    return "\n".join([*plain, *heads]) + "\n"


def _key(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_inline(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _change(chance: Chance, data: Any, table: Any, key: Any, paths: list[tuple[Any, ...]]) -> None:
    """One change of what stands under a key: gone, another value, a neighbour's, another name, a text with a piece in it."""
    old = table[key]
    match chance.randrange(6):
        case 0:
            del table[key]
        case 1:
            table[key] = chance.choice(NUMBERS)
        case 2:
            table[key] = chance.choice(TEXTS)
        case 3:
            other: Any = data
            for each in chance.choice(paths):
                other = other[each]
            table[key] = copy.deepcopy(other)
        case 4 if isinstance(table, dict):
            table[chance.choice([*TEXTS, *map(str, data)])] = table.pop(key)
        case _ if isinstance(old, str):
            at = chance.randrange(len(old) + 1)
            table[key] = old[:at] + chance.choice(PIECES) + old[at + chance.randrange(3) :]
        case _ if isinstance(old, float | int):
            table[key] = old * chance.choice([-1, 0, 10, 1e6, 1e-6, 1.5])
        case _:
            table[key] = [old]


def formula(chance: Chance) -> str:
    """A text of pieces of formulas."""
    return "".join(chance.choice(["x", "y", "z", *PIECES]) for _ in range(chance.randrange(40)))


def survives(text: str, name: str = "x.toml") -> str:
    """What became of a text: `refused` in order, or `answered`.

    AssertionError for a refusal without place, a study that is not the same when it is written out, and for what takes
    too long. Any exception but UserError goes through.
    """
    start = time.process_time()
    try:
        study = mc.parse_study(text, name)
    except UserError as error:
        assert error.faults
        for fault in error.faults:
            assert fault.what and (fault.file or fault.place), fault
            assert len(fault.what) + len(fault.allowed) < 5000, fault
        return within(start, "refused")
    again = mc.parse_study(study.to_toml())
    assert again.digest == study.digest
    for answer in ANSWERS:
        try:
            answer(study)
        except UserError as error:
            assert error.faults[0].what
    return within(start, "answered")


def within(start: float, became: str) -> str:
    """What became of it, where it took no longer than it may."""
    taken = time.process_time() - start
    assert taken < LONGEST, f"{became} after {taken:.1f} s"
    return became


ANSWERS: list[Callable[[mc.Study], object]] = [
    lambda study: mc.sample(study, draws=1024, replicates=2, threads=1),
    mc.reproduce,
    lambda study: mc.stress(study, draws=1024, replicates=2, threads=1),
]


def formula_survives(text: str) -> None:
    """A formula is a tree or a FormulaError whose place can be shown."""
    start = time.process_time()
    try:
        parse(text)
    except FormulaError as error:
        assert error.what and 0 <= error.at <= len(text) and "^" in error.where(text)
    within(start, "read")


def unit_survives(text: str) -> None:
    """A unit is one, whose name reads as the same, or a UnitError."""
    start = time.process_time()
    try:
        unit = parse_unit(text, ("server",))
        if unit.terms:
            assert parse_unit(str(unit), ("server",)).dimension == unit.dimension
    except UnitError as error:
        assert error.what
    within(start, "read")
