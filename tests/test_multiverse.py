"""Every combination of a claim's choices, against medians that are known."""

import json
import math
import sys

import pytest

import mcarbon as mc
from mcarbon import cli
from mcarbon.answers.multiverse import multiverses
from mcarbon.showing.multiverse import MOST, multiverse_text
from mcarbon.words.multiverse import counts, differences, most_moving

STUDY = """
format = 1
id = "own"
title = "Choices that multiply"
dimensions = { country = ["US", "India"] }
choices.first = { options = ["one", "ten", "none"], published = "one" }
choices.second = { options = ["one", "third"] }
choices.idle = { options = ["here", "there"] }
choices.misread = { options = ["right", "thousandfold"], published = "right", slips = ["thousandfold"] }
[cases.ten]
label = "ten times"
choices = { first = "ten" }
[cases.third]
label = "a third"
choices = { second = "third", idle = "there" }
[cases.all]
label = "all of it"
choices = { first = "ten", second = "third", idle = "there" }
complete = true
[inputs.amount]
unit = "1"
source = "judgement"
by = "country"
at.US.prior = { family = "lognormal", median = 0.2, gsd = 1.5 }
at.India.prior = { family = "lognormal", median = 2, gsd = 1.5 }
[quantities.top]
unit = "1"
by = ["first", "second", "misread"]
at.one.one.right = "amount"
at.one.one.thousandfold = "1000 * amount"
at.one.third.right = "amount / 3"
at.one.third.thousandfold = "1000 * amount / 3"
at.ten.one.right = "10 * amount"
at.ten.one.thousandfold = "10000 * amount"
at.ten.third.right = "10 * amount / 3"
at.ten.third.thousandfold = "10000 * amount / 3"
at.none.one.right = "amount"
at.none.one.thousandfold = "1000 * amount"
at.none.third.right = "amount / 3"
at.none.third.thousandfold = "1000 * amount / 3"
[quantities.bottom]
unit = "1"
by = ["first", "idle"]
at.one.here = "1"
at.one.there = "1"
at.ten.here = "1"
at.ten.there = "1"
at.none.here = "0"
at.none.there = "0"
[quantities.ratio]
unit = "1"
formula = "top / bottom"
sides = { AI = "top", human = "bottom" }
[claims.small]
statement = "It is a fifth."
quantity = "ratio"
at = { country = "US" }
published = "0.2"
direction = "< 1"
[claims.everywhere]
statement = "It is less."
quantity = "ratio"
direction = "< 1"
[claims.large]
statement = "It is 50."
quantity = "ratio"
at = { country = "US", misread = "right", first = "one" }
published = "50"
"""


@pytest.fixture(scope="module")
def found():
    (each,) = mc.multiverse(mc.parse_study(STUDY), "small", draws=2**14)
    return each


def test_answers_are_sorted_and_equal_ones_are_one(found):
    """24 combinations; `idle` changes nothing: 8 answers with a ratio, 4 without. What is a thousandfold is a slip."""
    medians = [each.combination.median for each in found.specifications]
    known = [each.combination.median for each in found.specifications if each.combination.no_ratio is None]
    assert medians[:8] == known == sorted(known) and all(map(math.isnan, medians[8:])) and len(medians) == 12
    exact = [0.2 / 3, 0.2, 2 / 3, 2, 200 / 3, 200, 2000 / 3, 2000]
    assert known == pytest.approx(exact, rel=0.01)
    assert found.combinations == 24 and {each.count for each in found.specifications} == {2}
    assert [each.combination.slip for each in found.specifications[:8]] == [False] * 4 + [True] * 4
    assert found.specifications[0].options == {
        "first": ("one",), "second": ("third",), "idle": ("there", "here"), "misread": ("right",)
    }  # fmt: skip
    assert [each.letters for each in found.specifications[:4]] == [("C",), ("A",), ("D",), ("B",)]


def test_direction_and_size_hold_by_the_rules_of_the_verdict(found):
    """P(< 1) is that of a normal: 1.00, 1.00, 0.84 and 0.04. 0.2 is the median of A, and 2.7 standard deviations and
    more off in the others, outside their 90 % intervals."""
    assert [each.direction for each in found.counted] == ["holds", "holds", "holds", "fails"]
    assert [each.size for each in found.counted] == ["outside", "holds", "outside", "outside"]
    assert [each.holds for each in found.counted] == [False, True, False, False]
    said = counts(found)
    assert "24 combinations, 12 different answers." in said
    assert "AI is lower than human in 3 of 4; the opposite in 1." in said
    assert "0.2 holds in 1 of 4, and is possible in 0. Both hold in 1." in said
    assert "Not counted: 2 without a ratio and 6 that keep a slip." in said
    assert "%" not in said and said.endswith("A count is no probability: nobody drew the choices.")


def test_the_choice_that_moves_the_median_most(found):
    assert [(each.choice, each.lowest, each.highest) for each in found.moved[:3]] == [
        ("misread", "right", "thousandfold"), ("first", "one", "ten"), ("second", "third", "one")
    ]  # fmt: skip
    assert [each.factor for each in found.moved] == pytest.approx([1000, 10, 3, 1])
    said = most_moving(found)
    assert said.startswith("The median moves most with misread, 1000 times (1/5.0 under right, 200× under thousandfold).")
    assert said.endswith("By less than 1.1 times: idle.")


def test_from_published_to_complete_in_the_order_of_the_cases(found):
    assert [step.changes for step in found.steps] == [{}, {"first": "ten"}, {"second": "third", "idle": "there"}]
    assert [step.combination.median for step in found.steps] == pytest.approx([0.2, 2, 2 / 3], rel=0.01)
    assert found.steps[-1].combination.complete
    assert [step.label for step in found.steps] == ["starting choices", "ten times", "all of it"]


def test_without_a_complete_case_or_choices_there_is_no_way():
    (large,) = mc.multiverse(mc.parse_study(STUDY), "large", draws=2**10)
    # The complete case takes another option than the one that this claim fixes.
    assert large.steps == ()
    assert {each.size for each in large.counted} == {"outside"}
    assert {each.direction for each in large.specifications} == {None}
    assert "lower" not in counts(large) and "50 holds in 0 of" in counts(large)


def test_one_for_each_coordinate_that_a_claim_leaves_open():
    known = mc.parse_study(STUDY)
    assert [each.claim.at for each in mc.multiverse(known, "everywhere", draws=2**10)] == [
        {"country": "US"}, {"country": "India"}
    ]  # fmt: skip
    (india,) = mc.multiverse(known, "everywhere", at={"country": "India"}, draws=2**10)
    assert {each.size for each in india.specifications} == {None}
    with pytest.raises(mc.UserError, match="the claim is not made at country=India"):
        mc.multiverse(known, "small", at={"country": "India"}, draws=2**10)
    with pytest.raises(mc.UserError, match='no claim "smal"'):
        mc.multiverse(known, "smal")


def test_what_a_combination_takes_is_told_apart(found):
    assert differences(found, found.specifications[1]) == "starting choices"
    assert differences(found, found.specifications[2]) == "ten, third"
    # "one" is an option of two choices.
    (large,) = mc.multiverse(mc.parse_study(STUDY.replace('published = "one"', 'published = "ten"')), "small", draws=2**10)
    assert "one (first)" in {differences(large, each) for each in large.specifications}


def test_it_agrees_with_the_stress_test():
    known = mc.load_study("tomlinson-2024")
    (found,) = mc.multiverse(known, "midjourney-us-illustrator", draws=2**14)
    (claim,) = mc.stress(known, ["midjourney-us-illustrator"], draws=2**14).claims
    assert found.claim.verdict == claim.verdict
    assert found.combinations == len(claim.combinations) == 120
    assert sum(each.count for each in found.specifications) == 120
    medians = {each.combination.median for each in found.specifications if each.combination.no_ratio is None}
    assert medians == {each.median for each in claim.combinations if each.no_ratio is None}
    assert found.moved[0].choice == "human_boundary"


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["mcarbon", "multiverse", *arguments])
    with pytest.raises(SystemExit, match="0"):
        cli.main()
    return capsys.readouterr().out


def test_the_command_line_prints_what_python_gives(monkeypatch, capsys):
    asked = ["tomlinson-2024", "--claim", "midjourney-us-illustrator", "--draws", "16384"]
    (document,) = json.loads(run(monkeypatch, capsys, *asked, "--json"))["claims"]
    (found,) = mc.multiverse(mc.load_study("tomlinson-2024"), "midjourney-us-illustrator", draws=2**14)
    medians = [None if math.isnan(m := each.combination.median) else m for each in found.specifications]
    assert [each["median"] for each in document["answers"]] == medians
    assert [each["factor"] for each in document["moved"]] == [each.factor for each in found.moved]
    assert [each["median"] for each in document["published_to_complete"]] == [
        step.combination.median for step in found.steps
    ]
    text = run(monkeypatch, capsys, *asked)
    assert counts(found).split(".")[0] in text and "The order matters" in text
    assert run(monkeypatch, capsys, *asked, "--ascii").isascii()


def test_of_many_answers_the_ends_and_the_rows_are_shown():
    known = mc.load_study("writing-2026")
    result, found = multiverses(known, "less-than-a-person", {"country": "US"}, draws=2**10)
    assert len(found[0].specifications) > MOST
    text = multiverse_text(result, found[:1])
    assert " more between them; --json has all" in text
    letters = {letter for each in found[0].specifications for letter in each.letters}
    shown = [line.split("  ")[0].split() for line in text.splitlines()]
    assert letters <= {word for words in shown for word in words}


def test_a_dataset_has_the_answers_in_their_order():
    (found,) = mc.multiverse(mc.parse_study(STUDY), "small", draws=2**12)
    data = found.to_dataset()
    first = data.isel(specification=0)
    assert data.sizes["specification"] == len(found.specifications) and data["median"].attrs["units"] == found.claim.unit
    assert data["combinations"].sum() == found.combinations and data["counted"].sum() == len(found.counted)
    assert first["quantile"].sel(probability=0.5) == first["median"]
    medians = data["median"].values[~data["median"].isnull()]
    assert list(medians) == sorted(medians)
