"""Studies written as TOML: what is read again is the same study, whatever its names and texts."""

from __future__ import annotations

import tomllib
from typing import get_args

import pytest
from builders import coffee, everything
from hypothesis import given
from hypothesis import strategies as st

import mcarbon as mc
from mcarbon.errors import UNSHOWABLE
from mcarbon.families import FAMILIES, Family
from mcarbon.reading.load import studies
from mcarbon.writing import study_text


@pytest.mark.parametrize("name", studies())
def test_built_in_studies_are_the_same_after_writing(name, tmp_path):
    study = mc.load_study(name)
    text = study.to_toml(tmp_path / "copy.toml")
    copy = mc.load_study(tmp_path / "copy.toml")
    assert copy.digest == study.digest
    assert [*copy.inputs] == [*study.inputs]  # their order decides about Sobol' dimensions
    assert copy.to_toml() == text == (tmp_path / "copy.toml").read_text("utf-8")
    assert mc.parse_study(text).digest == study.digest


def twenty():
    """Twenty inputs: every family, quantiles, bounds, mixtures of named priors, axes, correlations, claims, defects."""
    builder = mc.StudyBuilder("twenty", "Twenty", source="doe2020")
    builder.reference("doe2020", title="On twenty", author="Doe, Jane", year=2020, doi="10.1000/20")
    builder.dimension("country", ["US", "India"])
    builder.choice("hours_counted", ["all", "working"], published="all")
    builder.case("working", "working hours", {"hours_counted": "working"}, why="...", source="doe2020")
    named = mc.mixture(
        [
            {"weight": 3, "prior": "ai.pue"},
            {"weight": 1, "prior": mc.mixture([{"weight": 1, "prior": "ai.pue"}, {"weight": 1, "prior": mc.uniform(1, 3)}])},
        ],
        upper=2.5,
    )
    priors = [
        mc.normal(1, 0.1), mc.lognormal(median=2, gsd=1.5), mc.lognormal(**{"p2.5": 1, "p97.5": 1e16}),
        mc.uniform(-1, 1e-300), mc.loguniform(1e-9, 1e9), mc.triangular(0, 0, 1), mc.pert(1, 2, 3.3),
        mc.trapezoid(0, 1, 2, 4), mc.curvilinear_trapezoid(0, 1, 0.1), mc.arcsine(-1, 1), mc.beta(2, 3, low=1, high=5),
        mc.gamma(p5=1, p95=3), mc.weibull(2, 1.5, upper=4), mc.exponential(p50=3), mc.student_t(3, 0, sd=0.1),
        mc.metalog(p10=1, p50=2, p90=5, lower=0), mc.discrete([1, 2.5], [0.1, 7]), mc.scipy("genextreme", c=0.2, loc=1),
        mc.empirical([1, 2, 2.5, 7], weights=[1, 2, 3, 4]), named,
    ]  # fmt: skip
    inputs = [builder.input(f"x{k}", "1", prior=prior, source="judgement") for k, prior in enumerate(priors)]
    both = {"all": "human.writing_speed", "working": mc.mixture([{"weight": 1, "prior": "human.writing_speed"}])}
    builder.input("speed", "word/hour", by=["country", "hours_counted"], at={"US": both, "India": both}, source="judgement")
    builder.input(
        "grid", "kgCO2e/kWh", by="country", at={"US": "grid.us", "India": {"prior": "grid.india", "published": 0.7}}
    )
    total = builder.quantity("total", sum(inputs), note="...")
    builder.quantity("ratio", "total / x6 * speed / speed * grid / grid", sides={"all": "total", "one": "x6"})
    builder.correlation("x0", "x1", 0.4)
    builder.correlation("x6", "x16", normal=-0.3)
    builder.claim("three", "Three.", "ratio", published="3", direction="> 1", at={"country": "US"}, source="doe2020")
    builder.claim("many", "Many.", total, published="20..30", source="doe2020")
    builder.defect("It is made up.", "internal", source="judgement", where="here")
    return builder.build()


def test_a_study_of_twenty_inputs(tmp_path):
    study = twenty()
    assert len(study.inputs) >= 20
    families = {
        entry.prior.family for item in study.inputs.values() for _, entry in item.cells() if isinstance(entry.prior, Family)
    }
    assert families == {get_args(family.model_fields["family"].annotation)[0] for family in FAMILIES}
    text = study.to_toml(tmp_path / "twenty.toml")
    for copy in (
        mc.load_study(tmp_path / "twenty.toml"),
        mc.parse_study(text),
        mc.parse_study(mc.parse_study(text).to_toml()),
    ):
        assert copy.digest == study.digest
        assert copy.to_toml() == text
        first, second = (mc.summarize(each, draws=2**12)["ratio"] for each in (study, copy))
        assert first.equals(second)
        assert repr(mc.reproduce(copy).claims) == repr(mc.reproduce(study).claims)
    assert mc.parse_study(text) == study


def test_mixtures_keep_the_names_that_they_were_given(tmp_path):
    """And with them their sources, and what the library says once it says something else."""
    text = twenty().to_toml()
    assert 'components = [{ weight = 3, prior = "ai.pue" }, { weight = 1, prior = { family = "mixture"' in text
    assert text.count('{ weight = 1, prior = "human.writing_speed" }') == 2
    changed = mc.parse_study(text).with_value("x0", 1).with_prior("x1", mc.uniform(0, 1), source="judgement")
    assert 'weight = 3, prior = "ai.pue"' in changed.to_toml()
    assert "ai.pue" in changed.library
    assert "ai.pue" not in changed.with_value("x19", 1.1).to_toml()


def test_every_form_is_written():
    study = everything().build()
    text = study.to_toml()
    assert mc.parse_study(text).digest == study.digest
    assert 'prior = { family = "triangular", low = 180, mode = 250, high = 350 }' in text
    assert "[inputs.losses.at.US]\nas-needed = { value = 1 }" in text


texts = st.text(st.characters(codec="utf-8"))


shown = texts.map(lambda text: UNSHOWABLE.sub("", text))  # what a study may have


@given(shown, shown.filter(str.strip), shown, st.floats(allow_nan=False, allow_infinity=False))
def test_any_text_and_number(title, coordinate, note, value):
    builder = coffee()
    builder.choice("how", [coordinate, coordinate + "'\"\\\n"], note=note)
    builder.reference(title or "-", title=title, author=note, year="n.d.", url="https://example.org")
    builder.input("x", "1", by="how", at={coordinate: {"value": value, "note": note}, coordinate + "'\"\\\n": 1})
    study = builder.build()
    copy = mc.parse_study(study.to_toml())
    assert copy == study
    assert copy.digest == study.digest


@given(st.recursive(texts | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False), st.lists))
def test_values_are_what_toml_reads(value):
    assert tomllib.loads(study_text({"key": value, "a b": {"c": value}})) == {"key": value, "a b": {"c": value}}


def test_what_was_there_stays_if_writing_fails(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text("before")
    folder = tmp_path / "elsewhere"
    (folder / "priors").mkdir(parents=True)
    (folder / "priors" / "references.bib").write_text("@misc{mine, title={Mine}, year=2020, url={https://example.org}}\n")
    (folder / "study.toml").write_text(coffee().build().to_toml().replace('source = "judgement"', 'source = "mine"'))
    study = mc.load_study(folder / "study.toml")
    with pytest.raises(mc.UserError) as raised:
        study.to_toml(path)
    assert "would not be the same there" in str(raised.value) and "Copy the folder priors" in str(raised.value)
    assert path.read_text() == "before"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["elsewhere", "study.toml"]
    with pytest.raises(mc.UserError, match="cannot be written"):
        study.to_toml(tmp_path / "nowhere" / "study.toml")


def test_records_alone_cannot_change_themselves():
    study = mc.Study.model_validate(coffee().data())
    with pytest.raises(TypeError, match="load_study"):
        study.with_value("water", 1)
