"""Choices that hold a slip: an option that nobody argues for, shown for what it costs, and no part of a verdict."""

import mcarbon as mc
from mcarbon.showing.description import describe
from mcarbon.showing.documents import stress_document


def study(**case):
    """A figure in pounds that a publication read as kilograms; a boundary stands beside, on which people differ."""
    builder = mc.StudyBuilder("pounds", title="Pounds")
    builder.choice("read_as", ["kilograms", "pounds"], published="kilograms", slips=["kilograms"])
    builder.choice("boundary", ["narrow", "wide"])
    builder.case("pounds", "pounds", {"read_as": "pounds"}, **case)
    builder.case("wide", "pounds, wide", {"read_as": "pounds", "boundary": "wide"})
    figure = builder.input("figure", "1", published=100, prior=mc.lognormal(p5=90, p95=110), source="judgement")
    factor = builder.input("factor", "kg", by="read_as", at={"kilograms": 1, "pounds": 0.45359237})
    more = builder.input("more", "1", by="boundary", at={"narrow": 1, "wide": 1.1})
    mass = builder.quantity("mass", figure * factor * more, "kg")
    builder.claim("mass", "It weighs 100 kg.", mass, published="100.0")
    return builder.build()


def stressed(**case):
    return mc.stress(study(**case), draws=2**10).claims[0]


def test_a_combination_that_keeps_a_slip_says_so():
    claim = stressed()
    assert [each.slip for each in claim.combinations] == [
        each.choices["read_as"] == "kilograms" for each in claim.combinations
    ]
    assert claim.combinations[0].slip
    document = stress_document(mc.stress(study(), draws=2**10))
    assert [row["slip"] for row in document["claims"][0]["stress"]] == [each.slip for each in claim.combinations]


def test_the_published_row_sets_no_verdict_where_it_keeps_a_slip():
    verdict = stressed().verdict
    assert verdict.arithmetic == "Reproduces: the published inputs give 100 kg."
    assert verdict.phrase == "size does not hold"
    assert verdict.defects == "A keeps a slip and sets no verdict."
    assert "every 90 % interval without a slip" in verdict.size


def test_what_makes_the_spread_is_asked_of_a_row_without_a_slip():
    """Of the complete case where there is one; the last one is it here, unless another is marked."""
    assert stressed().spread.case == "wide"
    assert stressed(complete=True).spread.case == "pounds"


def test_a_study_is_shown_with_its_slips():
    assert "read_as  *kilograms (a slip), pounds" in describe(study())
    assert mc.parse_study(study().to_toml()) == study()
