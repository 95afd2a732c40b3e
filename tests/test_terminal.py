"""The terminal picture, against the mock-up of the report design (section 2) and its acceptance tests."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import MOCK_UP, lognormal, mock_up, no_ratio, ratio_claim
from test_verdict import claims

from mcarbon.results import ClaimResult, Reproduction, StudyResult
from mcarbon.showing.characters import display_width
from mcarbon.showing.terminal import render

# The mock-up's axis has 7 columns a decade and ends beyond 10x; here the six decades fill the plot, as they do in the
# mock-up's second picture. The sides are named by the study, and each sentence says what its phrase follows from.
ILLUSTRATOR = """\
1 of 2  illustrator-us                              1 000 000 draws per choice
"AI emits 1/2900 of a human illustrator, per image."

DIRECTION HOLDS, SIZE DEPENDS ON THE BOUNDARY

                                    ◆ published 1/2900    equal
A whole life, one image    ·────██┃█◆────·                    │         1/5600
B whole life, accepted            ·─◆───██┃██─────·           │          1/490
C workplace, one image              ┊   ·───███┃█─────·       │          1/100
D workplace, accepted               ┊          ·────███┃█──────·         1/9.0
E computer, one image               ┊    ·────██┃█─────·      │           1/68
F computer, accepted                ┊           ·────███┃█──────·        1/6.0
G person there anyway    no ratio: AI adds 8.7 g (90 %: 2.0 to 40)
                         ┴──────┴───────┴──────┴──────┴───────┴──────┴  median
                         1/100 000    1/1000         1/10          10×

Arithmetic  Reproduces after rounding: 1.9 g gives 1/2884, unrounded 1/2847.
Direction   AI is lower than human: virtually certain (>99 %) in A, very
            likely (91 %) in F. It holds in all 6 choices that have a ratio; G
            has none.
Size        1/2900 or less: likely (73 %) in A, very unlikely (6 %) in B,
            exceptionally unlikely (<1 %) in C to F. 1/2900 is inside the 90 %
            interval in A and B, outside in C to F.
Evidence    Confidence in the inputs: low. 55 % of the spread in D comes from
            two inputs that are assumed.
Next        Measure hours per illustration, then images per accepted image.
"""
EMBODIED = """\
2 of 2  gpu-embodied                                1 000 000 draws per choice
"Embodied emissions of the GPU are 0.0001 g per query."

DOES NOT REPRODUCE

                                  ◆ published 0.0001 g
                                          recomputed 0.122 g ◇
embodied GPU, per query           ┊                      ·──█┃██──·     0.13 g
                         ┴────────┴────────┴───────┴────────┴────────┴  median
                                0.0001            0.01               1 g

Arithmetic  The published inputs give 0.122 g, 1220 times the printed value.
            0.000122 kg is 0.122 g: this fits a value in kg printed as g.
Size        Within a factor of 10 of 0.0001 g: exceptionally unlikely (<1 %).
            0.0001 g is outside the 90 % interval, 49 to 340 mg. The
            recomputed 0.122 g is inside it.
Evidence    Confidence in the inputs: medium. 38 % of the spread comes from
            one input that is modelled.
Next        Measure server emissions, then server life.

Bars: █ 50 %  ─ 90 %  · 95 %  ┃ median  ◆ published  ◇ recomputed.
Chance is given the priors and the choice, not agreement among experts.
16 replicates, method sobol, seed 1, 0.9 s, mcarbon 0.1.0, study 0123456789ab."""
GOLDEN = f"{ILLUSTRATOR}\n{'─' * 78}\n{EMBODIED}".replace("1 000 000", "1\u2009000\u2009000").replace(
    "1/100 000", "1/100\u2009000"
)
TO_ASCII = str.maketrans("█─·┃◆◇┊│┴×\u2009", "#-.O*o:|+x ")


def study(*shown: ClaimResult) -> StudyResult:
    """The mock-up with other claims."""
    return replace(mock_up(), claims=shown)


def plot(text: str, start: str) -> str:
    """The 45 columns of the plot on the line that starts so."""
    return next(line for line in text.splitlines() if line.startswith(start)).ljust(78)[25:70]


def column(value: float, low: int = -5, high: int = 1) -> int:
    """Where the design's axis has a value: decades from the middle of the first of 45 columns to that of the last."""
    return math.floor((math.log10(value) - low) / (high - low) * 44 + 0.5)


def test_the_mock_up_comes_out() -> None:
    assert render(mock_up()).splitlines() == GOLDEN.splitlines()


def test_ascii_has_the_same_picture() -> None:
    assert render(mock_up(), ascii=True) == GOLDEN.translate(TO_ASCII)


def test_colour_only_adds() -> None:
    coloured = render(mock_up(), colour=True)
    assert {"\x1b[38;5;32m", "\x1b[38;5;166m"} <= set(re.findall("\x1b\\[[0-9;]*m", coloured))
    assert re.search("\x1b\\[1mDIRECTION HOLDS, SIZE DEPENDS ON THE BOUNDARY\x1b\\[0m", coloured)
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == render(mock_up())


@pytest.mark.parametrize("ascii", [False, True])
def test_marks_stand_at_the_columns_of_their_values(ascii: bool) -> None:
    text = render(mock_up(), ascii=ascii)
    published, equal, median = ("*", "|", "O") if ascii else ("◆", "│", "┃")
    half, nine_tenths, line = ("#", "-", ":") if ascii else ("█", "─", "┊")
    for letter, each in zip("ABCDEF", mock_up().claims[0].combinations, strict=False):
        drawn = plot(text, f"{letter} ")
        assert drawn.index(median) == column(each.median)
        low, high = (column(end) for end in each.intervals[0.95])
        at = column(1 / 2900)
        assert drawn[at] == (published if low <= at <= high else line)
        if not low <= column(1.0) <= high:
            assert drawn[column(1.0)] == equal
        bars = {i for i, sign in enumerate(drawn) if sign in (half, nine_tenths, median, published)}
        inner_low, inner_high = (column(end) for end in each.intervals[0.9])
        assert bars == set(range(inner_low, inner_high + 1))
        assert {i for i, sign in enumerate(drawn) if sign in (half, median)} | {at} >= set(
            range(column(each.intervals[0.5][0]), column(each.intervals[0.5][1]) + 1)
        )


def test_medians_are_those_of_the_mock_up() -> None:
    for letter, row in zip("ABCDEF", MOCK_UP, strict=True):
        line = next(line for line in render(mock_up()).splitlines() if line.startswith(f"{letter} "))
        assert line.endswith(f" 1/{row[5]}")


def test_a_row_without_a_ratio_has_no_number_on_the_axis() -> None:
    line = next(line for line in render(mock_up()).splitlines() if line.startswith("G "))
    assert line == "G person there anyway    no ratio: AI adds 8.7 g (90 %: 2.0 to 40)"
    alone = render(study(ratio_claim([], extra=[no_ratio(case="published")])))
    assert "no ratio: AI adds 8.7 g" in alone
    assert "median\n" not in alone


def test_the_coordinates_stand_in_the_head() -> None:
    claim = replace(ratio_claim([(0.1, 2.0)]), at={"system": "Midjourney", "country": "US"})
    assert render(study(claim)).startswith("1 of 1  illustrator-us  Midjourney, US  ")
    claim = replace(claim, at={"system": "Midjourney", "country": "United States of America, the lower states"})
    lines = render(study(claim)).splitlines()
    assert lines[1] == "Midjourney, United States of America, the lower states"


def test_a_long_unit_stands_at_the_axis_and_not_in_the_rows() -> None:
    row = lognormal(30.0, 2.0, published=10.0, direction=None, label="by days")
    claim = replace(ratio_claim([], direction=None), published=10.0, published_text="10", sides=None, combinations=(row,))
    for unit, told in (("person_day", "30"), ("hour", "30 hour"), ("gCO2e/person_day", "30 g")):
        lines = render(study(replace(claim, unit=unit))).splitlines()
        (drawn,) = [line for line in lines if line.startswith("by days")]
        assert drawn.endswith(f" {told}")
        (at,) = [i for i, line in enumerate(lines) if line.endswith("median") and "┴" in line]
        ticks = lines[at + 1].split()
        assert (ticks[0] if unit == "person_day" else ticks[-1]) == (told.partition(" ")[2] or "person-day")


def test_a_long_label_is_told_in_full_below() -> None:
    label = "everything that a person does in a year of their life"
    claim = replace(ratio_claim([]), combinations=(lognormal(0.1, 2.0, published=1 / 2900, label=label),))
    lines = render(study(claim)).splitlines()
    assert any(line.startswith("everything that a perso… ") for line in lines)
    assert label in lines


def test_what_the_axis_cannot_hold_is_marked_and_told() -> None:
    text = render(study(ratio_claim([(1e-20, 10.0), (1e8, 100.0)])))
    assert plot(text, "A choice 1").startswith("◁")
    assert re.search(r"B choice 2 .*▷ +100\u2009000\u2009000×\n", text)
    assert "◁ A 95 % interval from " in text
    assert "▷ B 95 % interval to " in text


def test_an_amount_that_changes_sign_has_a_linear_axis() -> None:
    row = replace(
        lognormal(1.0, 2.0, direction=None),
        median=-20.0,
        intervals={0.5: (-50.0, 10.0), 0.9: (-80.0, 45.0), 0.95: (-98.0, 60.0)},
    )
    claim = replace(ratio_claim([], direction=None), unit="kg", sides=None, published=50.0, published_text="50")
    text = render(study(replace(claim, combinations=(row,))))
    drawn = plot(text, "whole life")
    assert drawn.index("┃") == math.floor((-20 + 100) / 200 * 44 + 0.5)
    assert re.search(r"-100 +-50 +0 +50 +100 kg\n", text)


def test_a_claim_that_does_not_reproduce_shows_both_values() -> None:
    found = Reproduction("does not reproduce", value=1 / 100, unrounded=1 / 100, factor=29.0)
    text = render(study(ratio_claim([(1 / 50, 5.0)], reproduction=found)))
    assert "◇ recomputed 1/100" in text
    assert "◆ published 1/2900" in text
    assert plot(text, "choice 1")[column(1 / 100, -4, 1)] == "◇"


def test_warnings_are_shown() -> None:
    row = replace(lognormal(0.1, 2.0, published=1 / 2900), warnings=("12 draws are not finite (grid).",))
    assert "Warning     12 draws are not finite (grid)." in render(study(replace(ratio_claim([]), combinations=(row,))))


def test_the_time_is_told_where_there_is_one() -> None:
    assert "0.9 s" in render(mock_up())
    assert " s," not in render(replace(mock_up(), seconds=None))


@given(st.lists(claims, min_size=1, max_size=3), st.sampled_from([(80, 78), (100, 98), (140, 98), (60, 58)]))
def test_nothing_is_wider_than_the_terminal(shown: list[ClaimResult], width: tuple[int, int]) -> None:
    asked, most = width
    for ascii in (False, True):
        text = render(study(*shown), width=asked, ascii=ascii)
        assert max(display_width(line) for line in text.splitlines()) <= most
        assert text.isascii() or not ascii
    plain = render(study(*shown), width=asked)
    assert re.sub("\x1b\\[[0-9;]*m", "", render(study(*shown), width=asked, colour=True)) == plain
    # Lengths of words may differ between the sets (an ellipsis has three dots), lines and rows may not.
    assert [line[:1] for line in plain.splitlines() if re.match("[A-Z] ", line)] == [
        line[:1] for line in render(study(*shown), width=asked, ascii=True).splitlines() if re.match("[A-Z] ", line)
    ]


def test_of_many_claims_the_verdicts_are_listed_at_the_end() -> None:
    shown = [replace(ratio_claim([(1 / 2900, 2.0)]), id=f"claim-{i}") for i in range(4)]
    assert "\nclaim-0  holds\nclaim-1  holds\nclaim-2  holds\nclaim-3  holds\n\nBars: " in render(study(*shown))
    assert "\nclaim-0  holds\n" not in render(study(*shown[:3]))


def test_an_amount_that_is_always_zero_is_told_in_words() -> None:
    zero = replace(
        lognormal(1.0, 2.0, direction=None, case="none"), median=0.0, intervals=dict.fromkeys((0.5, 0.9, 0.95), (0.0, 0.0))
    )
    some = lognormal(6.0, 2.0, direction=None)
    claim = replace(ratio_claim([], direction=None), unit="g", sides=None, published=5.0, published_text="5")
    text = render(study(replace(claim, combinations=(some, zero))))
    assert "B whole life             0 in every draw" in text
    assert re.search(r"1 +10 +100 g\n", text)
