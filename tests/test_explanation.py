"""What a claim's answer hangs on, on one page: the same as the commands that ask for each part."""

import json
import sys

import pytest

import mcarbon as mc
from mcarbon import cli
from mcarbon.answers.explanation import explanations
from mcarbon.words.multiverse import counts
from mcarbon.words.tipping import nearest_sentence

ASKED = ["tomlinson-2024", "--claim", "midjourney-us-illustrator", "--draws", "16384"]


def run(monkeypatch, capsys, *arguments, status="0"):
    monkeypatch.setattr(sys, "argv", ["mcarbon", "explain", *arguments])
    with pytest.raises(SystemExit, match=status):
        cli.main()
    return capsys.readouterr()


@pytest.fixture(scope="module")
def found():
    _, (each,) = explanations(mc.load_study("tomlinson-2024"), "midjourney-us-illustrator", draws=2**14)
    return each


def test_one_screen_that_answers_each_question(monkeypatch, capsys, found):
    text = run(monkeypatch, capsys, *ASKED).out
    lines = text.splitlines()
    assert len(lines) <= 60 and max(map(len, lines)) <= 80
    said = " ".join(text.split())
    for part in ("WHICH INPUTS", "WHICH CHOICES", "WHAT TIPS IT", "WHICH PRIORS"):
        assert part in lines
    assert counts(found.multiverse) in said
    assert nearest_sentence(found.break_even) in said and "image review time above 260 minute/output" in said
    assert "From published to complete: 1/590 (published choices), " in said
    assert run(monkeypatch, capsys, *ASKED, "--ascii").out.isascii()


def test_it_is_of_the_case_that_the_verdict_looks_into(found):
    (claim,) = mc.stress(mc.load_study("tomlinson-2024"), ["midjourney-us-illustrator"], draws=2**14).claims
    assert (found.multiverse.claim.verdict, found.multiverse.claim.nearest) == (claim.verdict, claim.nearest)
    case = next(each for each in claim.combinations if each.case == claim.spread.case)
    assert case.complete and {axis: found.break_even.at[axis] for axis in case.choices} == case.choices
    assert found.break_even.target == claim.nearest.number == 1
    assert found.robustness.phrase == claim.verdict.phrase


def test_as_json(monkeypatch, capsys, found):
    (document,) = json.loads(run(monkeypatch, capsys, *ASKED, "--json").out)["claims"]
    assert document["combinations"] == found.multiverse.combinations
    assert [each["name"] for each in document["break_even"]["inputs"]] == [each.name for each in found.break_even.inputs]
    assert document["robustness"]["verdict"] == document["verdict"]["phrase"] == found.robustness.phrase
    assert document["spread"]["case"] == found.multiverse.claim.spread.case


def test_a_claim_without_a_spread_has_what_there_is(monkeypatch, capsys):
    """Its inputs are all certain: nothing to draw, tip or doubt."""
    study = """
format = 1
id = "sure"
title = "Sure"
[inputs.x]
unit = "g"
value = 2
source = "judgement"
[quantities.y]
unit = "g"
formula = "2 * x"
[claims.four]
statement = "It is 4 g."
quantity = "y"
published = "4"
source = "judgement"
"""
    _, (each,) = explanations(mc.parse_study(study), "four", draws=2**10)
    assert each.break_even is None and each.robustness is None


def test_refusals(monkeypatch, capsys):
    assert "no claim" in run(monkeypatch, capsys, "tomlinson-2024", "--claim", "nothing", status="2").err
    asked = ["tomlinson-2024", "--claim", "midjourney-us-illustrator", "--at", "country=India", "--draws", "1024"]
    assert "not made at country=India" in run(monkeypatch, capsys, *asked, status="2").err
