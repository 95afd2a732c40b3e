"""The register of published figures: every row that the study covers, recomputed to six digits.

The register's numbers were computed apart from this program, from the publication and its sources.
"""

import tomllib
from pathlib import Path

import pytest

import mcarbon as mc
from mcarbon.engine.graph import Constant, Graph
from mcarbon.reading.model import build_model

ROWS = tomllib.loads(Path("tests/data/register.toml").read_text("utf-8"))["row"]
EXPECTED = {
    "chatgpt-us-writer": 1060.89, "chatgpt-india-writer": 134.380, "bloom-us-writer": 1498.28,
    "bloom-india-writer": 189.782, "dalle2-us-illustrator": 2466.00, "dalle2-india-illustrator": 312.360,
    "midjourney-us-illustrator": 2883.92, "midjourney-india-illustrator": 365.297,
}  # fmt: skip


@pytest.fixture(scope="module")
def study():
    return mc.load_study("tomlinson-2024")


@pytest.fixture(scope="module")
def claims(study):
    return {(claim.id, tuple(claim.at.items())): claim for claim in mc.reproduce(study).claims}


def six_digits(value):
    return float(f"{value:.6g}")


@pytest.mark.parametrize("name", EXPECTED)
def test_the_eight_ratios_reproduce(study, name):
    claim = mc.reproduce(study, [name]).claims[0]
    assert six_digits(1 / claim.reproduction.value) == EXPECTED[name]
    rounded = name.startswith("midjourney")
    assert claim.reproduction.status == ("reproduces from rounded intermediates" if rounded else "reproduces")
    if name == "midjourney-us-illustrator":
        assert six_digits(1 / claim.reproduction.unrounded) == 2847.29


@pytest.mark.parametrize("row", [row for row in ROWS if "claim" in row], ids=lambda row: row["id"])
def test_claim_is_the_registers(claims, row):
    at = row.get("at", {})
    (claim,) = [c for (name, _), c in claims.items() if name == row["claim"] and at.items() <= c.at.items()]
    if "recomputed" not in row:
        assert claim.reproduction.status == "not checkable"
        return
    value = claim.reproduction.value
    assert six_digits(1 / value if row.get("invert") else value) == row["recomputed"]
    if "unrounded" in row:
        assert six_digits(1 / claim.reproduction.unrounded) == row["unrounded"]
    follows = row["reproduces"] in ("yes", "yes*")
    assert claim.reproduction.status.startswith("reproduces") == follows


@pytest.mark.parametrize(
    "row", [r for r in ROWS if "claim" not in r and {"quantity", "quantities"} & r.keys()], ids=lambda r: r["id"]
)
def test_figure_without_a_claim_is_the_registers(study, row):
    """Quantities at the published values, with other options and inputs where the row names them."""
    model = build_model(study)

    def value(name, key, entry):
        if name in row.get("set", {}):
            return row["set"][name]
        given = [v for v in (entry.published, entry.neutral, entry.value) if v is not None]
        return float(given[0])

    at = {**study.published_choices, **row.get("choices", {}), **row.get("at", {})}
    graph = Graph(model, value, row.get("via"))
    numbers = []
    for name in row.get("quantities", [row.get("quantity")]):
        vertex = graph.vertices[graph.cell(name, at)]
        assert isinstance(vertex, Constant)
        numbers.append(vertex.value)
    got = numbers[0] if len(numbers) == 1 else (numbers[0] + numbers[1]) / numbers[2]
    assert six_digits(1 / got if row.get("invert") else got) == row["recomputed"]


def test_every_row_is_covered_or_says_why_not():
    """A row has a claim or quantities of the study, or is one of those that only restate others or cannot be had."""
    bare = {row["id"] for row in ROWS if not {"claim", "quantity", "quantities"} & row.keys()}
    assert {row_id.split("-")[0].rstrip("abcd") for row_id in bare} <= {"T27", "T28", "T29"}, bare
    assert {f"T{n}" for n in range(1, 33)} <= {row["id"].split("-")[0].rstrip("abcdef") for row in ROWS}


def test_nobody_there_is_no_ratio(study):
    claim = mc.stress(study, ["midjourney-us-illustrator"], draws=2**12).claims[0]
    for combination in claim.combinations:
        assert (combination.no_ratio is not None) == (combination.choices["human_boundary"] == "none")
        if combination.no_ratio:
            assert combination.median != combination.median  # NaN
            assert combination.no_ratio.side == "AI"
            assert combination.no_ratio.low < combination.no_ratio.amount < combination.no_ratio.high
