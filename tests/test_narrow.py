"""Tables of long names fit the columns that there are, and lose no letter by it."""

import pytest

import mcarbon as mc
from mcarbon.answers.break_even import claim_break_even
from mcarbon.answers.multiverse import multiverses
from mcarbon.answers.robustness import robustness
from mcarbon.answers.sensitivity import sensitivity_rows
from mcarbon.showing.characters import display_width
from mcarbon.showing.indices import sensitivity_table
from mcarbon.showing.listing import parted, table
from mcarbon.showing.multiverse import multiverse_text
from mcarbon.showing.robustness import robustness_table
from mcarbon.showing.tipping import break_even_table

CLAIM = "chatgpt-us-writer"


@pytest.fixture(scope="module")
def texts():
    """What prints the four tables, at a width."""
    study = mc.load_study("tomlinson-2024")
    at = {"system": "Midjourney", "country": "US"}
    rows = sensitivity_rows(study, "ratio", at=at, draws=2**10)
    tipping = claim_break_even(study, "midjourney-us-illustrator", draws=2**10)
    doubted = robustness(study, CLAIM, draws=2**10)
    result, found = multiverses(study, CLAIM, draws=2**10)
    return [
        lambda **how: sensitivity_table(rows, **how),
        lambda **how: break_even_table(tipping, **how),
        lambda **how: robustness_table(doubted, **how),
        lambda **how: multiverse_text(result, found, **how),
    ]


@pytest.mark.parametrize("width", [76, 80, 120])
@pytest.mark.parametrize("ascii", [False, True])
def test_tables_fit(texts, width, ascii):
    for text in texts:
        assert max(map(display_width, text(width=width, ascii=ascii).splitlines())) <= width


def test_nothing_is_lost(texts):
    """All letters of a wide page are those of a narrow one, in another order of lines."""
    for text in texts:
        narrow, wide = (sorted(text(width=width).replace("─", "").replace(" ", "").replace("\n", "")) for width in (80, 300))
        assert narrow == wide


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("short", ["short"]),
        ("midjourney_training_emissions", ["midjourney_training_", "  emissions"]),
        ("annual_footprint_of_x[US]", ["annual_footprint_of_", "  x[US]"]),
        ("  follow_up_hourly_emissions[US]", ["  follow_up_hourly_", "    emissions[US]"]),
        ("above 530 000 g CO2e/kWh", ["above 530 000 g", "  CO2e/kWh"]),
        ("x" * 45, ["x" * 20, "  " + "x" * 18, "  " + "x" * 7]),
    ],
)
def test_where_texts_are_parted(text, lines):
    assert parted(text, 20) == lines


def test_figures_are_never_narrowed():
    lines = table(("name", "figure"), [("a_name_that_is_long", "1234567890")], "lr", width=10)
    assert lines[2:] == ["a_name_that_    1234567890", "  is_long"]
