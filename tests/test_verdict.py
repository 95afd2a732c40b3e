"""Verdicts by the rules of the report design, sections 4.2 to 4.5, on synthetic claims."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import REPRODUCES, lognormal, mock_up, no_ratio, ratio_claim, spread, turned_over

from mcarbon.results import ClaimResult, Reproduction, Verdict
from mcarbon.words.rows import rows
from mcarbon.words.verdict import make_verdict

DOES_NOT = Reproduction("does not reproduce", value=1 / 300, unrounded=1 / 300, factor=2900 / 300)
NOT_CHECKABLE = Reproduction("not checkable", missing=("images", "energy"))
FAR = [(1 / 100, 2.0), (1 / 50, 2.0)]

PHRASES = [
    ("not checkable", ratio_claim([], reproduction=NOT_CHECKABLE)),
    ("does not reproduce", ratio_claim(FAR, reproduction=DOES_NOT)),
    ("direction fails", ratio_claim([(5.0, 2.0), (8.0, 2.0)])),
    ("depends on the boundary", ratio_claim([(1 / 100, 2.0), (10.0, 2.0)])),
    ("holds", ratio_claim([(1 / 2900, 2.0), (1 / 2000, 2.0)])),
    ("likely holds", ratio_claim([(0.6, 2.0)], published=0.8, published_text="0.8")),
    ("direction holds, size cannot be told", ratio_claim([(1 / 2900, 30.0), (1 / 2900, 2.0)])),
    ("direction holds, size depends on the boundary", ratio_claim([(1 / 5600, 3.0), (1 / 9, 2.0)])),
    ("direction holds, size does not", ratio_claim(FAR)),
    ("undecided", ratio_claim([(1.0, 3.0)])),
    ("undecided", ratio_claim([(1 / 100, 2.0), (1.0, 3.0)])),
    # A claim without a direction.
    ("size holds", ratio_claim([(1 / 2900, 2.0)], direction=None)),
    ("size cannot be told", ratio_claim([(1 / 2900, 30.0)], direction=None)),
    ("size depends on the boundary", ratio_claim([(1 / 5600, 3.0), (1 / 9, 2.0)], direction=None)),
    ("size does not hold", ratio_claim(FAR, direction=None)),
    # With a direction alone.
    ("holds", ratio_claim(FAR, published=None)),
    ("likely holds", ratio_claim([(0.6, 2.0)], published=None)),
    ("direction fails", ratio_claim([(5.0, 2.0)], published=None)),
    ("depends on the boundary", ratio_claim([(1 / 100, 2.0), (10.0, 2.0)], published=None)),
    ("undecided", ratio_claim([(1.0, 3.0)], published=None)),
    # Rows without a ratio count neither way.
    ("holds", ratio_claim([(1 / 2900, 2.0)], extra=[no_ratio()])),
    ("undecided", ratio_claim([], extra=[no_ratio(case="published")])),
    # "Not checkable" needs that there is nothing to stress either.
    ("direction holds, size does not", ratio_claim(FAR, reproduction=NOT_CHECKABLE)),
]


@pytest.mark.parametrize(("phrase", "claim"), PHRASES)
def test_the_phrase_follows_from_the_rules(phrase: str, claim: ClaimResult) -> None:
    assert make_verdict(claim).phrase == phrase


def ranged(text: str, answers: list[tuple[float, float]], inside: tuple[float, float] | None = None) -> ClaimResult:
    """A claim whose published value is a range or bound, in grams."""
    found = tuple(
        lognormal(
            median, gsd, direction=None, case="published" if i == 0 else f"case-{i}", label=f"choice {i}", inside=inside
        )
        for i, (median, gsd) in enumerate(answers)
    )
    claim = ratio_claim([], direction=None)
    return replace(claim, published=None, published_text=text, unit="g", sides=None, combinations=found)


@pytest.mark.parametrize(
    ("phrase", "claim"),
    [
        ("size holds", ranged("0.3..5", [(1.0, 2.0)], inside=(0.3, 5.0))),
        ("size holds", ranged("0.3..5", [(1.0, 2.0)])),
        ("size holds", ranged("<= 5", [(1.0, 2.0), (0.1, 2.0)])),
        ("size cannot be told", ranged(">= 5", [(2.5, 2.0)], inside=(5.0, 1e9))),
        ("size depends on the boundary", ranged("<= 5", [(1.0, 2.0), (50.0, 2.0)])),
        ("size does not hold", ranged("0.3..5", [(50.0, 2.0)])),
    ],
)
def test_ranges_and_bounds(phrase: str, claim: ClaimResult) -> None:
    verdict = make_verdict(claim)
    assert verdict.phrase == phrase
    assert verdict.direction == ""


def near(text: str, *intervals: tuple[float, float], digits: int | None = None) -> ClaimResult:
    """A claim of so many grams, with a row for each 90 % interval."""
    claim = ratio_claim(
        [((low * high) ** 0.5, (high / low) ** (0.5 / 1.644854)) for low, high in intervals],
        published=float(text), published_text=text, direction=None,
    )  # fmt: skip
    return replace(claim, unit="g", sides=None, digits=digits)


@pytest.mark.parametrize(
    ("claim", "phrase", "where"),
    [
        (near("4", (4.2, 5.4)), "size holds", "4 g, as rounded, is inside the 90 % interval, 4.2 to 5.4 g."),
        (near("4", (4.6, 5.4)), "size does not hold", "4 g is outside the 90 % interval, 4.6 to 5.4 g."),
        (near("4.0", (4.2, 5.4)), "size does not hold", "4.0 g is outside the 90 % interval, 4.2 to 5.4 g."),
        (near("40", (42, 54)), "size holds", "40 g, as rounded, is inside the 90 % interval, 42 to 54 g."),
        (near("40", (42, 54), digits=2), "size does not hold", "40 g is outside the 90 % interval, 42 to 54 g."),
        (near("4", (3, 5), (4.2, 5.4)), "size holds", "4 g is inside every 90 % interval, as rounded in B."),
        (near("4", (4.2, 5), (4.1, 5)), "size holds", "4 g, as rounded, is inside every 90 % interval."),
        (
            near("4", (3, 5), (4.2, 5.4), (8, 9)),
            "size depends on the boundary",
            "4 g is inside the 90 % interval in A, as rounded in B, outside in C.",
        ),
        (
            near("4", (6, 7), (4.2, 5.4), (8, 9)),
            "size depends on the boundary",
            "4 g, as rounded, is inside the 90 % interval in B, outside in A and C.",
        ),
    ],
)
def test_a_printed_number_is_all_that_rounds_to_it(claim: ClaimResult, phrase: str, where: str) -> None:
    verdict = make_verdict(claim)
    assert verdict.phrase == phrase
    assert verdict.size.endswith(where)


def test_the_sentences_of_the_mock_up() -> None:
    first, second = (make_verdict(claim) for claim in mock_up().claims)
    assert first == Verdict(
        phrase="direction holds, size depends on the boundary",
        arithmetic="Reproduces after rounding: 1.9 g gives 1/2884, unrounded 1/2847.",
        direction="AI is lower than human: virtually certain (>99 %) in A, very likely (91 %) in F. "
        "It holds in all 6 choices that have a ratio; G has none.",
        size="1/2900 or less: likely (73 %) in A, very unlikely (6 %) in B, exceptionally unlikely (<1 %) in C to F. "
        "1/2900 is inside the 90 % interval in A and B, outside in C to F.",
        evidence="Confidence in the inputs: low. 55 % of the spread in D comes from two inputs that are assumed.",
        next="Measure hours per illustration, then images per accepted image.",
    )
    assert second.phrase == "does not reproduce"
    assert second.arithmetic == (
        "The published inputs give 0.122 g, 1220 times the printed value. "
        "0.000122 kg is 0.122 g: this fits a value in kg printed as g."
    )
    assert second.direction == ""
    assert second.size.startswith("Within a factor of 10 of 0.0001 g: exceptionally unlikely (<1 %). ")
    assert second.evidence == ("Confidence in the inputs: medium. 38 % of the spread comes from one input that is modelled.")
    assert second.next == "Measure server emissions, then server life."


@pytest.mark.parametrize(
    ("direction", "sides", "unit", "said"),
    [
        ("< 1", ("AI", "human"), "1", "AI is lower than human: "),
        ("> 1", ("human", "AI"), "1", "Human is higher than AI: "),
        ("<= 1", ("AI", "human"), "1", "AI is not higher than human: "),
        (">= 1", ("AI", "human"), "1", "AI is not lower than human: "),
        ("< 1/10", ("AI", "human"), "1", "AI is less than 1/10 of human: "),
        ("> 10", ("human", "AI"), "1", "Human is more than 10 times AI: "),
        ("<= 0.5", ("AI", "human"), "1", "AI is at most 1/2 of human: "),
        ("< 100", ("AI", "human"), "percent", "AI is lower than human: "),
        ("< 5", None, "g", "The value is below 5 g: "),
        (">= 0.05", None, "kgCO2e", "The value is at least 50 g CO2e: "),
    ],
)
def test_the_direction_is_said_with_the_sides_of_the_study(
    direction: str, sides: tuple[str, str] | None, unit: str, said: str
) -> None:
    row = replace(lognormal(0.01, 2.0, direction=None), p_direction=0.97)
    claim = replace(ratio_claim([], published=None), direction=direction, sides=sides, unit=unit, combinations=(row,))
    assert make_verdict(claim).direction == f"{said}extremely likely (97 %)."


@pytest.mark.parametrize(
    ("value", "published", "unit", "slip"),
    [
        (0.122, "0.0001", "g", "0.000122 kg is 0.122 g: this fits a value in kg printed as g."),
        (4.0, "4000", "kg", "4000 g is 4 kg: this fits a value in g printed as kg."),
        (0.016, "16", "percent", "This fits a factor of 1000 in a unit's prefix, or a figure for 1000 taken for one."),
        (16.0, "16000000", "word", "This fits a factor of 1\u2009000\u2009000 in a unit's prefix."),
        (0.45359, "1.000", "kg", "The factor is that of pounds taken for kilograms, or kilograms for pounds."),
        (10.0, "3650", "g", "The factor is that of days taken for years, or years for days."),
        (7.0, "5.0", "g", ""),
        (0.38244, "5", "g", ""),  # times 12 is 4.6, which one digit cannot tell from 5
        (0.38244, "4.6", "g", "The factor is that of months taken for years, or years for months."),
    ],
)
def test_a_slip_is_named_where_one_explains_the_number_exactly(value: float, published: str, unit: str, slip: str) -> None:
    printed = float(published)
    found = Reproduction("does not reproduce", value=value, unrounded=value, factor=value / printed)
    claim = replace(
        ratio_claim([], direction=None, reproduction=found),
        published=printed, published_text=published, unit=unit, sides=None,
    )  # fmt: skip
    sentences = make_verdict(claim).arithmetic.partition("printed value.")
    assert sentences[2].strip() == slip


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (REPRODUCES, "Reproduces: the published inputs give 1/2884."),
        (
            Reproduction("reproduces from rounded intermediates", value=1 / 2884, unrounded=1 / 2847),
            "Reproduces after rounding: the rounded intermediates give 1/2884, unrounded 1/2847.",
        ),
        (
            Reproduction(
                "reproduces from rounded intermediates",
                value=1 / 2884,
                via={"hardware": (33.41, "tCO2e"), "training": (552, "tCO2e"), "day": (3.82, "tCO2e/day")},
            ),
            "Reproduces after rounding: 33.41 t CO2e, 552 t CO2e and 3.82 t CO2e/day give 1/2884.",
        ),
        (
            Reproduction("reproduces within the rounding of the inputs", value=1 / 2847),
            "Reproduces within the rounding of the inputs: as printed they give 1/2847.",
        ),
        (
            NOT_CHECKABLE,
            "Not checkable: the chain lacks a published value for images, energy. "
            "This says nothing about whether it is true.",
        ),
        (
            Reproduction("does not reproduce", value=1 / 2000, factor=1.45),
            "The published inputs give 1/2000, 1.45 times the printed value.",
        ),
        (
            Reproduction("not checkable", missing=("server_service_life",)),
            "Not checkable: the chain lacks a published value for server service life. "
            "This says nothing about whether it is true.",
        ),
        (
            Reproduction("does not reproduce", value=1 / 3000, factor=2900 / 3000, corrected=1 / 2500),
            "The published inputs give 1/3000, 1/1.034 of the printed value. The corrected inputs give 1/2500.",
        ),
    ],
)
def test_arithmetic(found: Reproduction, said: str) -> None:
    assert make_verdict(ratio_claim([], reproduction=found)).arithmetic == said


def with_slips(*slips: bool) -> ClaimResult:
    """Three rows of which the first alone is near the published value, and these of them keep a slip."""
    claim = ratio_claim([(1 / 2900, 2.0), (1 / 50, 2.0), (1 / 40, 2.0)])
    rows = zip(claim.combinations, slips, strict=True)
    return replace(claim, combinations=tuple(replace(each, slip=slip) for each, slip in rows))


def test_rows_that_keep_a_slip_set_no_verdict() -> None:
    assert make_verdict(with_slips(False, False, False)).phrase == "direction holds, size depends on the boundary"
    verdict = make_verdict(with_slips(True, False, False))
    assert verdict.phrase == "direction holds, size does not"
    assert verdict.defects == "A keeps a slip and sets no verdict."
    assert verdict.direction.endswith("It holds in both choices without a slip.")
    assert verdict.size.endswith(
        "in B and C. 1/2900 is outside every 90 % interval without a slip; the nearest is choice 2 (B): 1/160 to 1/16."
    )
    verdict = make_verdict(with_slips(True, True, False))
    assert verdict.defects == "A and B keep a slip and set no verdict."
    assert verdict.size.endswith("1/2900 is outside the 90 % interval in C, 1/130 to 1/13.")


def test_where_every_row_keeps_a_slip_nothing_is_said() -> None:
    verdict = make_verdict(with_slips(True, True, True))
    assert verdict.phrase == "undecided"
    assert verdict.direction == "No choice is free of slips, so nothing is said of the direction."
    assert verdict.size == "No choice is free of slips, so nothing is said of the size."


def test_combinations_that_keep_a_slip_are_not_counted() -> None:
    others = [replace(lognormal(1 / 9, 2.0, published=1 / 2900, case=None), slip=slip) for slip in (True, False)]
    others[0] = replace(others[0], quantiles={0.5: 1.0})
    verdict = make_verdict(ratio_claim([(1 / 2900, 2.0)], extra=others))
    assert verdict.size.endswith("It is inside in none of 1 other combination.")


def test_the_nearest_row_is_told_once() -> None:
    rows = [(1 / 100, 2.0), (1 / 50, 2.0)]
    near = Reproduction("does not reproduce", value=1 / 2000, factor=1.45)
    assert make_verdict(ratio_claim(rows, reproduction=near)).size.endswith(
        "the nearest is choice 1 (A): 1/310 to 1/32. The recomputed 1/2000 is outside every 90 % interval, too."
    )
    beyond = Reproduction("does not reproduce", value=1.0, factor=2900)
    assert make_verdict(ratio_claim(rows, reproduction=beyond)).size.endswith(
        "The recomputed 1× is outside every 90 % interval; the nearest is choice 2 (B): 1/160 to 1/16."
    )


def test_other_combinations_are_counted_and_set_no_verdict() -> None:
    others = [lognormal(30.0, 2.0, published=1 / 2900, case=None), lognormal(1 / 9, 2.0, published=1 / 2900, case=None)]
    alone, with_others = ratio_claim([(1 / 2900, 2.0)]), ratio_claim([(1 / 2900, 2.0)], extra=others)
    assert make_verdict(with_others).phrase == make_verdict(alone).phrase == "holds"
    assert "It holds in 1 of 2 other combinations." in make_verdict(with_others).direction
    assert "It is inside in none of 2 other combinations." in make_verdict(with_others).size


def test_a_value_without_uncertain_inputs_has_no_interval() -> None:
    fixed = replace(lognormal(1.0, 2.0), median=134.6, intervals=dict.fromkeys((0.5, 0.9, 0.95), (134.6, 134.6)))
    claim = replace(ranged(">= 100", []), combinations=(replace(fixed, p_inside=1.0),), unit="1")
    assert make_verdict(claim).size == "None of its inputs is uncertain: the value is 134.6."


def test_a_bound_that_is_possible_is_said_in_words() -> None:
    claim = ranged(">= 5", [(2.5, 2.0)], inside=(5.0, 1e9))
    assert "5 g or more is possible, but so are values 0.80 to 7.8 g." in make_verdict(claim).size


def test_size_does_not_ask_again_what_the_direction_has_asked() -> None:
    claim = ratio_claim([(8.0, 3.0)], published=4.0, published_text="4", direction="> 4")
    claim = replace(claim, unit="g", sides=None)
    verdict = make_verdict(claim)
    assert verdict.direction.startswith("The value is above 4 g: ")
    assert verdict.size.startswith("Within a factor of 3 of 4 g: ")


def test_letters_are_those_of_the_rows_in_order() -> None:
    claim = ratio_claim([(1 / 10, 2.0)] * 28, extra=[lognormal(1.0, 2.0, case=None)])
    assert [row.letter for row in rows(claim)][:3] + [row.letter for row in rows(claim)][-2:] == [
        "A",
        "B",
        "C",
        "AA",
        "AB",
    ]
    assert [row.letter for row in rows(ratio_claim([(1.0, 2.0)]))] == [""]


def test_the_gates_are_those_of_the_words() -> None:
    """A probability above 66 % whose error reaches below it is not called likely, nor does it set a phrase."""
    sure, unsure = (replace(lognormal(0.5, 2.0), p_direction=0.665) for _ in range(2))
    unsure = replace(unsure, standard_error=replace(unsure.standard_error, p_direction=0.005))
    claim = ratio_claim([], published=None)
    assert make_verdict(replace(claim, combinations=(sure,))).phrase == "likely holds"
    assert make_verdict(replace(claim, combinations=(unsure,))).phrase == "undecided"


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        # Grade 4 above 33 %: low; above 10 %, or grades 3 and 4 above 33 %: medium; else high.
        ([(0.34, 4), (0.66, 1)], "low. 34 % of the spread comes from one input that is assumed."),
        ([(0.2, 4), (0.2, 4), (0.6, 3)], "low. 40 % of the spread comes from two inputs that are assumed."),
        ([(1.0, 4)], "low. >99 % of the spread comes from one input that is assumed."),
        ([(0.33, 4), (0.67, 1)], "medium. 33 % of the spread comes from one input that is assumed."),
        ([(0.11, 4), (0.89, 1)], "medium. 11 % of the spread comes from one input that is assumed."),
        (
            [(0.10, 4), (0.24, 3), (0.66, 1)],
            "medium. 34 % of the spread comes from two inputs that are modelled or assumed.",
        ),
        ([(0.34, 3), (0.66, 2)], "medium. 34 % of the spread comes from one input that is modelled."),
        ([(0.10, 4), (0.23, 3), (0.67, 1)], "high. 67 % of the spread comes from one input that is measured."),
        ([(1.0, 2)], "high. >99 % of the spread comes from one input that is measured in another setting."),
        (
            [(0.5, 1), (0.3, 2), (0.2, 3)],
            "high. 80 % of the spread comes from two inputs that are measured, here or in another setting.",
        ),
        ([(1.0, None)], "high. >99 % of the spread comes from one input that is defined."),
        # What makes next to nothing is not counted, unless nothing makes more.
        ([(0.4, 4), (0.004, 4), (0.596, 1)], "low. 40 % of the spread comes from one input that is assumed."),
        ([(0.004, 4)] * 250, "low. >99 % of the spread comes from 250 inputs that are assumed."),
    ],
)
def test_confidence_follows_from_the_grades(inputs: list[tuple[float, int | None]], said: str) -> None:
    found = spread(*((f"x{i}", share, grade) for i, (share, grade) in enumerate(inputs)))
    verdict = make_verdict(replace(ratio_claim([(1 / 100, 2.0)]), spread=found))
    assert verdict.evidence == f"Confidence in the inputs: {said}"


def test_where_the_error_crosses_an_edge_confidence_is_the_weaker() -> None:
    claim = ratio_claim([(1 / 100, 2.0)])
    for error, word in ((0.004, "medium"), (0.006, "low")):
        found = spread(("x", 0.32, 4), ("z", 0.68, 1), error=error)
        assert make_verdict(replace(claim, spread=found)).evidence.startswith(f"Confidence in the inputs: {word}. ")
    assert "~30 % of the spread" in make_verdict(replace(claim, spread=found)).evidence


def test_the_spread_names_its_choice() -> None:
    claim = replace(ratio_claim([(1 / 100, 2.0), (1 / 50, 2.0)]), spread=spread(("x", 1.0, 4), case="case-1"))
    assert " of the spread in B comes from " in make_verdict(claim).evidence


@pytest.mark.parametrize(
    ("inputs", "error", "said"),
    [
        ([("words_per_answer", 0.9, 4), ("pue", 0.1, 1)], 0.0, "Measure words per answer, then PUE."),
        ([("pue", 0.09, 1), ("words_per_answer", 0.91, 4)], 0.0, "Measure words per answer."),
        ([("a_b", 0.4, 4), ("annual_footprint[US, whole-life]", 0.5, 1), ("c", 0.1, 4)], 0.0,
         "Measure annual footprint (US, whole-life), then a b."),
        # Where the order is not known, that of the file.
        ([("a_b", 0.49, 4), ("c", 0.51, 4)], 0.01, "Measure a b and c."),
        ([("hours_per_year", 0.9, None), ("pue", 0.1, 1)], 0.0, "Measure PUE."),
        ([("hours_per_year", 1.0, None)], 0.0, ""),
        ([("gpus_per_replica", 0.5, 1), ("gpt3_throughput", 0.5, 1)], 0.1, "Measure GPUs per replica and GPT3 throughput."),
    ],
)  # fmt: skip
def test_next_names_what_makes_most_of_the_spread(
    inputs: list[tuple[str, float, int | None]], error: float, said: str
) -> None:
    claim = replace(ratio_claim([(1 / 100, 2.0)]), spread=spread(*inputs, error=error))
    assert make_verdict(claim).next == said


def test_without_a_spread_there_is_neither_evidence_nor_next() -> None:
    verdict = make_verdict(ratio_claim([(1 / 100, 2.0)]))
    assert (verdict.evidence, verdict.next) == ("", "")


answers = st.lists(
    st.tuples(st.floats(-6, 3).map(lambda x: 10**x), st.floats(1.05, 60)), min_size=1, max_size=9
)  # fmt: skip
spreads = st.lists(
    st.tuples(
        st.sampled_from(["grid", "annual_footprint[US]", "words_per_page"]),
        st.floats(0.01, 1),
        st.sampled_from([1, 2, 3, 4, None]),
    ),
    min_size=1,
    max_size=12,
).map(lambda inputs: [(name, share / sum(each[1] for each in inputs), grade) for name, share, grade in inputs])
claims = st.builds(
    lambda found, published, direction, reproduction, nothing, others, error, inputs: replace(
        ratio_claim(
            found,
            published=published,
            published_text=None if published is None else f"1/{1 / published:.0f}",
            direction=direction if published is not None else "< 1",
            reproduction=reproduction,
            extra=[no_ratio()] * nothing
            + [lognormal(0.2, 3.0, published=published, direction=direction, case=None)] * others,
            error=error,
        ),
        spread=inputs and spread(*inputs, error=error),
    ),
    answers,
    st.one_of(st.none(), st.integers(2, 10**6).map(lambda n: 1 / n)),
    st.sampled_from(["< 1", "<= 1", None]),
    st.sampled_from([REPRODUCES, DOES_NOT, NOT_CHECKABLE]),
    st.integers(0, 1),
    st.integers(0, 3),
    st.sampled_from([0.0, 0.0001, 0.01]),
    st.one_of(st.none(), spreads),
)


@given(claims)
def test_turning_the_ratio_over_leaves_the_phrase(claim: ClaimResult) -> None:
    assert make_verdict(turned_over(claim)).phrase == make_verdict(claim).phrase


PROBABILITY_WORD = (
    r"virtually certain|(?:extremely|very) likely|(?<!as )(?<!more )(?<!very )(?<!extremely )likely(?! than)|"
    r"more likely than not|about as likely as not|(?:very |extremely |exceptionally )?unlikely"
)
PERCENT = r" \([<>~]?\d+(?: to [<>~]?\d+)? %(?: or more)?\)"
FORBIDDEN = (
    "on average", "overall", "mean ratio", "±", "only", "just", "massive", "debunked", "proves", "myth", "alleged",
    "claimed", "greener", "optimistic", "realistic", "nan", "inf", "None", "emits",
)  # fmt: skip


@given(claims)
def test_sentences_keep_to_the_voice(claim: ClaimResult) -> None:
    for each in (claim, turned_over(claim)):
        verdict = make_verdict(each)
        for text in (verdict.arithmetic, verdict.direction, verdict.size, verdict.evidence, verdict.next):
            for word in FORBIDDEN:
                assert not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text), text
            assert not re.search(r"(?<![\d.])(?:0|100) %", text), text
            found = re.findall(PROBABILITY_WORD, text)
            with_percent = re.findall(rf"(?:{PROBABILITY_WORD}){PERCENT}", text)
            assert len(found) == len(with_percent), text
            assert text == "" or text.endswith("."), text
            assert not re.search(r"  |\.\.", text), text
