"""The registers of published figures, one a study: every row recomputed to six digits.

The registers' numbers were computed apart from this program, from the publications and their sources.
"""

import re
import runpy
import tomllib
from functools import cache
from pathlib import Path

import pytest

import mcarbon as mc
from mcarbon.engine.graph import Constant, Graph
from mcarbon.reading.load import studies
from mcarbon.reading.model import build_model

FOLDER = Path("tests/data/register")
ROWS = [(path.stem, row) for path in sorted(FOLDER.glob("*.toml")) for row in tomllib.loads(path.read_text("utf-8"))["row"]]
RESTATED = {"T27", "T28", "T29"}
"""Rows of which a part only restates other rows."""
WITHOUT_A_NUMBER = {"R10", "H6", "X3"}
"""Rows that state nothing that could be computed."""
EXPECTED = {
    "chatgpt-us-writer": 1060.89, "chatgpt-india-writer": 134.380, "bloom-us-writer": 1498.28,
    "bloom-india-writer": 189.782, "dalle2-us-illustrator": 2466.00, "dalle2-india-illustrator": 312.360,
    "midjourney-us-illustrator": 2883.92, "midjourney-india-illustrator": 365.297,
}  # fmt: skip


@cache
def loaded(name):
    return mc.load_study(name)


@cache
def reproduced(name):
    return mc.reproduce(loaded(name)).claims


def rows(wanted):
    return [pytest.param(name, row, id=f"{name} {row['id']}") for name, row in ROWS if wanted(row)]


def six_digits(value):
    return float(f"{value:.6g}")


@pytest.mark.parametrize("name", EXPECTED)
def test_the_eight_ratios_reproduce(name):
    claim = mc.reproduce(loaded("tomlinson-2024"), [name]).claims[0]
    assert six_digits(1 / claim.reproduction.value) == EXPECTED[name]
    rounded = name.startswith("midjourney")
    assert claim.reproduction.status == ("reproduces from rounded intermediates" if rounded else "reproduces")
    if name == "midjourney-us-illustrator":
        assert six_digits(1 / claim.reproduction.unrounded) == 2847.29


@pytest.mark.parametrize(("study", "row"), rows(lambda row: "claim" in row))
def test_claim_is_the_registers(study, row):
    """Value, corrected value and status: what the register's judgement says, or the row's `status` with its reason."""
    at = row.get("at", {})
    (claim,) = [c for c in reproduced(study) if c.id == row["claim"] and at.items() <= c.at.items()]
    found = claim.reproduction
    if "published" in row and claim.published_text is not None:
        assert claim.published_text == row["published"] or row.get("invert")
    if "status" in row:
        assert found.status == row["status"] and row["why"]
    elif row["reproduces"] == "n/d":
        assert found.status == "not checkable"
    else:
        assert found.status.startswith("reproduces") == (row["reproduces"] in ("yes", "yes*"))
    if "recomputed" not in row:
        assert found.value is None
        return
    assert six_digits(1 / found.value if row.get("invert") else found.value) == row["recomputed"]
    if "unrounded" in row:
        assert six_digits(1 / found.unrounded if row.get("invert") else found.unrounded) == row["unrounded"]
    if "corrected" in row:
        assert six_digits(1 / found.corrected if row.get("invert") else found.corrected) == row["corrected"]


@pytest.mark.parametrize(("study", "row"), rows(lambda row: "claim" not in row and {"quantity", "quantities"} & row.keys()))
def test_figure_without_a_claim_is_the_registers(study, row):
    """Quantities at the published values, with other options and inputs where the row names them."""
    model = build_model(loaded(study))

    def value(name, key, entry):
        if name in row.get("set", {}):
            return row["set"][name]
        given = [v for v in (entry.published, entry.neutral, entry.value) if v is not None]
        return float(given[0])

    at = {**model.study.published_choices, **row.get("choices", {}), **row.get("at", {})}
    graph = Graph(model, value, row.get("via"))
    numbers = []
    for name in row.get("quantities", [row.get("quantity")]):
        vertex = graph.vertices[graph.cell(name, at)]
        assert isinstance(vertex, Constant)
        numbers.append(vertex.value)
    got = numbers[0] if len(numbers) == 1 else (numbers[0] + numbers[1]) / numbers[2]
    assert six_digits(1 / got if row.get("invert") else got) == row["recomputed"]


def test_every_row_is_covered_or_says_why_not():
    """A row has a claim or quantities of the study, or is one of those that only restate others or have no number."""
    bare = {row["id"] for _, row in ROWS if not {"claim", "quantity", "quantities"} & row.keys()}
    assert {re.match("[A-Z]+[0-9]*", each)[0] for each in bare} <= RESTATED | WITHOUT_A_NUMBER, bare
    known = {re.match("[A-Z]+[0-9]*", row["id"])[0] for _, row in ROWS}
    assert {f"T{n}" for n in range(1, 33)} <= known
    assert {f"P{n}" for n in range(8)} <= known
    assert {f"S{n}" for n in range(1, 22)} - {"S13", "S17"} <= known


def test_what_does_not_reproduce_has_a_defect_that_says_why():
    """A verdict of arithmetic alone would leave its reader with two numbers and no reason."""
    failing = [(s, c) for s in studies() for c in reproduced(s) if c.reproduction.status == "does not reproduce"]
    assert {("bloom-2022", "deployment-emissions"), ("power-hungry-2023", "text-is-16-percent")} <= {
        (name, claim.id) for name, claim in failing
    }
    assert [(s, c.id) for s, c in failing if not any(c.id in defect.claims for defect in c.defects)] == []


@pytest.mark.parametrize(
    ("choices", "median"),
    [
        ({"model_shown": "extreme", "charge_energy": "until-2023"}, 11.49 / 12),
        ({"model_shown": "mean", "charge_energy": "since-2024"}, 2.907 / 22),
        ({"model_shown": "median", "charge_energy": "until-2023"}, 1.35 / 12),
    ],
)
def test_an_image_is_a_phone_charge_by_the_most_extreme_model_alone(choices, median):
    """The priors lie around the published figures, and hold a whole charge for the model that takes most alone."""
    (claim,) = mc.stress(loaded("power-hungry-2023"), ["image-is-a-charge"], draws=2**13).claims
    rows_shown = [each for each in claim.combinations if each.case is not None]
    (row,) = [each for each in rows_shown if each.choices == {**choices, "energy_counted": "node"}]
    assert row.median == pytest.approx(median, rel=0.25)
    low, high = row.intervals[0.9]
    assert (low < 1 < high) == (choices["model_shown"] == "extreme")
    assert claim.verdict.phrase == "size depends on the boundary"


def test_nobody_there_is_no_ratio():
    claim = mc.stress(loaded("tomlinson-2024"), ["midjourney-us-illustrator"], draws=2**12).claims[0]
    for combination in claim.combinations:
        assert (combination.no_ratio is not None) == (combination.choices["human_boundary"] == "none")
        if combination.no_ratio:
            assert combination.median != combination.median  # NaN
            assert combination.no_ratio.side == "AI"
            assert combination.no_ratio.low < combination.no_ratio.amount < combination.no_ratio.high


STATUS = runpy.run_path("docs/make_status.py")


def test_the_page_of_statuses_is_current():
    """`make pages` makes it."""
    assert STATUS["page"]() == STATUS["PAGE"].read_text("utf-8")


@pytest.mark.parametrize("study", sorted({study for study, _ in ROWS}))
def test_every_difference_from_the_register_has_its_reason(study):
    for figure in STATUS["figures"](study):
        assert figure.why or not figure.differs, figure.id
        contradicts = figure.status.startswith("reproduces") != (figure.register in ("yes", "yes*"))
        contradicts |= (figure.status == "not checkable") != (figure.register == "n/d")
        (row,) = [row for name, row in ROWS if name == study and row["id"] == figure.id]
        assert not contradicts or {"status", "why"} <= row.keys(), figure.id
