"""Studies, formulas and units at random: whatever a text is, it loads and answers, or is refused with its place."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutants import PIECES, TEXTS, Bytes, formula, formula_survives, mutant, sound, survives, toml, unit_survives

import mcarbon as mc
from mcarbon.errors import UserError

CHANCE = st.randoms(use_true_random=False)


def test_the_studies_that_mutants_are_made_of_are_sound() -> None:
    for data in sound():
        assert survives(toml(data)) == "answered"


@settings(max_examples=250)
@given(CHANCE)
def test_a_mutant_answers_or_is_refused_in_order(chance: random.Random) -> None:
    survives(mutant(chance))


def test_mutants_come_both_ways() -> None:
    """So that neither side of the test above is empty."""
    became = Counter(survives(mutant(random.Random(seed))) for seed in range(60))
    assert min(became["answered"], became["refused"]) > 10


@settings(max_examples=300)
@given(st.one_of(CHANCE.map(formula), st.text(max_size=40)))
def test_a_formula_is_read_or_refused_at_a_place(text: str) -> None:
    formula_survives(text)


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=20), st.lists(st.sampled_from([*TEXTS, *PIECES]), max_size=8).map("".join)))
def test_a_unit_is_read_or_refused(text: str) -> None:
    unit_survives(text)


@settings(max_examples=150)
@given(CHANCE)
def test_a_formula_of_pieces_is_computed(chance: random.Random) -> None:
    text = formula(chance)
    builder = mc.StudyBuilder("pieces", "Pieces")
    for name in "xyz":
        builder.input(name, unit="1", prior=mc.uniform(-1, 2), source="judgement")
    try:
        builder.quantity("q", text, unit="1")
        survives(builder.build().to_toml())
    except UserError:
        pass


@pytest.mark.parametrize("raw", [b"", b"\x00" * 40, b"\xff" * 40, bytes(range(256))])
def test_the_picks_of_a_fuzzer_end(raw: bytes) -> None:
    survives(mutant(Bytes(raw)))
