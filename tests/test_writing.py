"""Studies written as TOML: what is read again is the same study, whatever its names and texts."""

from __future__ import annotations

import tomllib

import pytest
from builders import coffee, everything
from hypothesis import given
from hypothesis import strategies as st

import mcarbon as mc
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


def test_a_study_of_twenty_inputs():
    builder = mc.StudyBuilder("twenty", "Twenty")
    priors = [
        mc.normal(1, 0.1), mc.lognormal(median=2, gsd=1.5), mc.lognormal(**{"p2.5": 1, "p97.5": 1e16}),
        mc.uniform(-1, 1e-300),
        mc.triangular(0, 0, 1), mc.pert(1, 2, 3.3), mc.beta(0.5, 0.7), mc.discrete([1, 2.5], [0.1, 7]),
        mc.normal(p5=-1.25, p95=3, lower=-2, upper=5), mc.beta(2, 3, low=1, high=5),
    ]  # fmt: skip
    inputs = [builder.input(f"x{k}", "1", prior=priors[k % 10], source="judgement") for k in range(20)]
    builder.quantity("total", sum(inputs))
    study = builder.build()
    copy = mc.parse_study(study.to_toml())
    assert copy == study
    assert copy.digest == study.digest
    first, second = (mc.summarize(each, draws=2**12)["total"] for each in (study, copy))
    assert first.identical(second)


def test_every_form_is_written():
    study = everything().build()
    text = study.to_toml()
    assert mc.parse_study(text).digest == study.digest
    assert 'prior = { family = "triangular", low = 180, mode = 250, high = 350 }' in text
    assert "[inputs.losses.at.US]\nas-needed = { value = 1 }" in text


texts = st.text(st.characters(codec="utf-8"))


@given(texts, texts.filter(str.strip), texts, st.floats(allow_nan=False, allow_infinity=False))
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
