"""What `sample` and `summarize` return: dims, coordinates, units, what is needed to get the same again; and bounds."""

from __future__ import annotations

import numpy as np
import pytest
from builders import everything

import mcarbon as mc

PROVENANCE = {"study", "title", "digest", "method", "seed", "draws", "replicates", "mcarbon_version", "choices"}


def test_draws_of_a_study_with_axes():
    study = everything().build()
    draws = mc.sample(study, draws=1000, replicates=4, quantities=["ratio", "kettle_emissions", "efficiency"])
    assert draws.attrs.keys() >= PROVENANCE
    assert (draws.attrs["draws"], draws.attrs["replicates"], draws.attrs["digest"]) == (1024, 4, study.digest)
    assert draws["ratio"].dims == ("chain", "draw", "country")
    assert draws.sizes == {"chain": 4, "draw": 256, "country": 2}
    assert draws["country"].values.tolist() == ["US", "India"]
    assert draws["kettle_emissions"].attrs == {"units": "gCO2e/serving", "long_name": "kettle emissions"}
    # An input may be asked for as well; it is the same number that the quantities were computed from.
    assert draws["efficiency"].dims == ("chain", "draw")
    assert 0.7 <= draws["efficiency"].min() < draws["efficiency"].max() <= 0.9
    every = mc.sample(study, draws=1000, replicates=4, quantities=["ratio"], choices="all")
    assert every["ratio"].dims == ("chain", "draw", "country", "water_boiled")
    np.testing.assert_array_equal(every["ratio"].sel(water_boiled="as-needed"), draws["ratio"])
    other = mc.sample(study, draws=1000, replicates=4, quantities=["ratio"], choices={"water_boiled": "full-kettle"})
    np.testing.assert_array_equal(every["ratio"].sel(water_boiled="full-kettle"), other["ratio"])


def test_a_name_alone_is_one_name():
    study = everything().build()
    assert list(mc.sample(study, draws=64, quantities="ratio").data_vars) == ["ratio"]
    assert list(mc.summarize(study, "ratio", draws=64).data_vars) == ["ratio", "ratio_standard_error"]
    claim = next(iter(study.claims))
    assert {each.id for each in mc.reproduce(study, claims=claim).claims} == {claim}
    assert {each.id for each in mc.stress(study, claims=claim, draws=64).claims} == {claim}


ASKED = [
    lambda study: mc.sample(study, draws=64),
    lambda study: mc.summarize(study, draws=64),
    lambda study: mc.stress(study, draws=64),
    lambda study: mc.reproduce(study),
    lambda study: mc.sensitivity(study, "ratio"),
    lambda study: mc.report(study, "nowhere"),
]


@pytest.mark.parametrize("ask", ASKED)
def test_the_name_of_a_study_is_no_study(ask):
    with pytest.raises(TypeError, match=r"a study is needed, as mcarbon\.load_study gives, not str 'tomlinson-2024'"):
        ask("tomlinson-2024")


def test_choices_are_all_or_an_option_of_each():
    with pytest.raises(mc.UserError, match=r"choices cannot be 'al'\n.*Such as .*, \"all\" or \"cases\"\."):
        mc.sample(everything().build(), draws=64, choices="al")


def test_an_expression_stands_for_its_name():
    builder = mc.StudyBuilder("short", "A short study")
    x = builder.input("x", "g", prior=mc.uniform(1, 2), source="judgement")
    twice = builder.quantity("twice", 2 * x, unit="g")
    study = builder.build()
    assert list(mc.sample(study, draws=64, quantities=[twice, x]).data_vars) == ["twice", "x"]
    assert mc.sensitivity(study, twice, draws=64)["total"].sizes == {"input": 1}


def test_a_coordinate_alone_is_no_place():
    study = everything().build()
    told = r"`at` cannot be 'US'\n.*names the axis too"
    with pytest.raises(mc.UserError, match=told):
        mc.sensitivity(study, "ratio", at="US", draws=64)
    with pytest.raises(mc.UserError, match=told):
        study.with_value("grid", 400, at="US")


def test_what_a_prompt_shows_is_short():
    builder = everything()
    study = builder.build()
    assert repr(study) == f"<Study {study.id}: dimensions 1, choices 1, inputs 7, quantities 5, claims 2>"
    assert repr(builder) == f"StudyBuilder({study.id!r}, {study.title!r})"
    result = mc.stress(study, draws=64)
    lines = repr(result).splitlines()
    assert lines[0] == f"<StudyResult {study.id}" and len(lines) == 1 + len(result.claims)
    for line, claim in zip(lines[1:], result.claims):
        assert line.strip().startswith(claim.id) and claim.verdict.phrase in line
        assert all(place in line for place in claim.at.values())
        assert repr(claim) == f"<ClaimResult {line.strip().removesuffix('>')}>"
    assert "reproduces" in repr(mc.reproduce(study))
    assert "dots" not in repr(result.claims[0].combinations[0])


def test_a_summary_is_of_the_same_draws():
    """Counted in bins, a mean is that of the kept draws, and a quantile theirs to the place of a draw within its bin."""
    study = everything().build()
    kept = mc.sample(study, draws=2**14, quantities=["ratio"])["ratio"].stack(all=("chain", "draw"))
    summary = mc.summarize(study, ["ratio"], draws=2**14)
    assert summary.attrs.keys() >= PROVENANCE | {"interval", "level"}
    assert summary["ratio"].dims == summary["ratio_standard_error"].dims == ("statistic", "country")
    assert summary["statistic"].values.tolist() == ["mean", "sd", "0.05", "0.5", "0.95", "low", "high"]
    np.testing.assert_allclose(summary["ratio"].sel(statistic="mean"), kept.mean("all"), rtol=1e-12)
    np.testing.assert_allclose(summary["ratio"].sel(statistic="sd"), kept.std("all"), rtol=1e-9)
    for p in (0.05, 0.5, 0.95):
        np.testing.assert_allclose(
            summary["ratio"].sel(statistic=f"{p:g}"), kept.quantile(p, "all", method="hazen"), rtol=1e-3
        )


def test_more_than_two_gigabytes_are_refused_with_the_size():
    study = everything().build()
    with pytest.raises(mc.UserError, match=r"134217728 draws of 4 cells take 4\.0 GB") as raised:
        mc.sample(study, draws=2**27, quantities=["ratio"], choices="all")
    assert "Allowed: 2 GB" in str(raised.value) and "summarize" in str(raised.value)
