"""What a verdict's confidence rests on: the grades of inputs, and the case whose spread is looked into."""

import numpy as np
import pytest

import mcarbon as mc
from mcarbon.study import GRADES, EvidenceKind

STUDY = """
format = 1
id = "graded"
title = "A ratio whose inputs are known in different ways"
dimensions = { country = ["US", "India"] }
choices.boundary = { options = ["wide", "narrow", "none"] }
choices.counted = { options = ["one", "accepted"] }
cases.complete = { label = "all of it", choices = { counted = "accepted" }, complete = true }
cases.narrow = { label = "narrow", choices = { boundary = "narrow" } }
[inputs.named]
unit = "1"
prior = "ai.pue"
[inputs.metered]
unit = "1"
by = "country"
source = "judgement"
kind = "measured"
at.US = { prior = { family = "lognormal", median = 3, gsd = 2.5 } }
at.India = { prior = { family = "lognormal", median = 3, gsd = 2 }, kind = "modelled" }
[inputs.guessed]
unit = "1"
prior = { family = "lognormal", median = 1, gsd = 2 }
source = "https://example.org/"
[inputs.images]
unit = "1"
by = "counted"
source = "judgement"
kind = "first-party"
at.one = { value = 1 }
at.accepted = { prior = { family = "lognormal", median = 4, gsd = 3 } }
[quantities.ai]
unit = "1"
formula = "metered * named * images"
[quantities.human]
unit = "1"
by = "boundary"
at.wide = "guessed"
at.narrow = "1"
at.none = "0"
[quantities.ratio]
unit = "1"
formula = "ai / human"
sides = { AI = "ai", human = "human" }
[quantities.third]
unit = "1"
formula = "1 / 3"
[quantities.change]
unit = "1"
formula = "metered - 3"
[claims.lower]
statement = "AI is lower."
quantity = "ratio"
at = { country = "US" }
direction = "< 1"
[claims.again]
statement = "AI is not higher."
quantity = "ratio"
at = { country = "US" }
direction = "<= 1"
[claims.without]
statement = "AI is lower where the person is there anyway."
quantity = "ratio"
at = { country = "US", boundary = "none" }
direction = "< 1"
[claims.human-one]
statement = "The person emits 1."
quantity = "human"
at = { boundary = "narrow" }
published = "1"
[claims.third]
statement = "It is 0.33."
quantity = "third"
published = "0.33"
[claims.not-a-third]
statement = "It is 0.34."
quantity = "third"
published = "0.34"
[claims.change]
statement = "The change is 0."
quantity = "change"
at = { country = "India" }
published = "0"
"""


@pytest.fixture(scope="module")
def study():
    return mc.parse_study(STUDY)


@pytest.fixture(scope="module")
def claims(study):
    return {claim.id: claim for claim in mc.stress(study, draws=2**12).claims}


def test_every_kind_of_evidence_has_a_grade():
    assert set(GRADES) == set(EvidenceKind.__args__)


def test_the_grade_is_that_of_the_best_source_or_of_the_kind(study):
    kinds = {source.kind for source in study.library["ai.pue"].sources}
    assert study.grade_of("named", {}) == min(GRADES[kind] for kind in kinds if GRADES[kind] is not None)
    assert study.grade_of("metered", {"country": "US"}) == 1
    assert study.grade_of("metered", {"country": "India"}) == 3
    assert study.grade_of("guessed", {}) == 4
    assert study.grade_of("images", {"counted": "accepted"}) == 2


@pytest.mark.parametrize(
    ("kinds", "grade"),
    [
        (["judgement", "measured", "modelled"], 1),
        (["definition", "informal"], 4),
        (["definition"], None),
        (["first-party", "modelled"], 2),
    ],
)
def test_the_grade_of_a_library_prior(study, kinds, grade):
    prior = study.library["ai.pue"]
    sources = [prior.sources[0].model_copy(update={"kind": kind}) for kind in kinds]
    changed = study.model_copy(update={"library": {"ai.pue": prior.model_copy(update={"sources": sources})}})
    assert changed.grade_of("named", {}) == grade


def test_a_case_that_a_claim_fixes_is_no_second_row(claims):
    assert [each.case for each in claims["human-one"].combinations] == ["published"]
    assert [each.case for each in claims["lower"].combinations if each.case] == ["published", "complete", "narrow"]


def test_what_is_certain_is_judged_by_its_rounding(claims):
    holds, fails = (claims[name].verdict for name in ("third", "not-a-third"))
    assert (holds.phrase, fails.phrase) == ("size holds", "does not reproduce")
    assert holds.size == fails.size == "None of its inputs is uncertain: the value is 0.3333."
    assert claims["human-one"].verdict.phrase == "size holds"


def test_the_complete_case_is_looked_into(study, claims):
    found = claims["lower"].spread
    assert (found.case, found.scale) == ("complete", "log")
    assert [(each.names[0], each.grade) for each in found.inputs] == [
        ("named", study.grade_of("named", {})), ("metered[US]", 1), ("guessed", 4), ("images[accepted]", 2)
    ]  # fmt: skip
    exact = mc.sensitivity(study, "ratio", at={"country": "US"}, choices={"counted": "accepted"}, draws=2**12)["total"]
    np.testing.assert_allclose([each.share for each in found.inputs], exact / exact.sum(), atol=0.02)
    assert sum(each.share for each in found.inputs) == pytest.approx(1)
    # Pure factors all of them: their shares of the logarithm's variance are known.
    assert 0 <= found.standard_error_assumed < 1e-6
    # Grade 4 is the one input, grades 3 and 4 as well.
    assert found.standard_error_assumed == pytest.approx(found.inputs[2].standard_error)
    assert found.standard_error_not_measured == pytest.approx(found.standard_error_assumed)
    verdict = claims["lower"].verdict
    assert "of the spread in B comes from one input that is assumed." in verdict.evidence
    assert verdict.next.startswith("Measure images (accepted), then metered (US). The first explains ")


def test_claims_on_the_same_cell_share_what_was_found(claims):
    assert claims["again"].spread == claims["lower"].spread


def test_without_a_ratio_or_a_spread_there_is_none(claims):
    for name in ("without", "human-one"):
        assert claims[name].spread is None
        assert (claims[name].verdict.evidence, claims[name].verdict.next) == ("", "")


def test_where_the_sign_changes_the_scale_is_linear(claims):
    found = claims["change"].spread
    assert (found.case, found.scale) == ("published", "linear")
    assert [(each.names[0], each.share, each.grade) for each in found.inputs] == [("metered[India]", 1, 3)]
    assert claims["change"].verdict.evidence == (
        "Confidence in the inputs: medium. >99 % of the spread comes from one input that is modelled."
    )


def test_correlated_inputs_make_their_share_together_and_are_as_well_known_as_the_least():
    correlated = STUDY + '[correlations]\n"guessed, metered" = 0.5\n'
    (found,) = mc.stress(mc.parse_study(correlated), ["lower"], draws=2**12).claims
    together = found.spread.inputs[1]
    assert (together.names, together.grade) == (("metered[US]", "guessed"), 4)
    assert "comes from two inputs that are assumed." in found.verdict.evidence
    assert found.verdict.next.startswith("Measure images (accepted), then metered (US) with guessed. The first explains ")


def test_every_claim_of_the_built_in_study_with_a_spread_says_what_it_rests_on():
    for claim in mc.stress(mc.load_study("tomlinson-2024"), draws=2**12).claims:
        assert claim.verdict.evidence.startswith("Confidence in the inputs: "), claim.id
        assert claim.verdict.next.startswith("Measure "), claim.id
