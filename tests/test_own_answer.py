"""The two studies of our own: their correlations and choices, the predictive check, the drivers, the extremes."""

import re
import runpy
import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import mcarbon as mc
from mcarbon.reading.load import studies

DOCS = Path("docs")
CHECK = runpy.run_path(str(DOCS / "make_check.py"))
DRIVERS = runpy.run_path(str(DOCS / "make_drivers.py"))
NAMES = ("writing-2026", "illustrating-2026")
MEASUREMENTS = tomllib.loads(Path("tests/data/measurements.toml").read_text("utf-8"))
TOLERANCE = 1e-12


@cache
def loaded(name):
    return mc.load_study(name)


@cache
def drawn(name, quantities, **choices):
    return mc.sample(loaded(name), draws=2**12, quantities=list(quantities), choices=choices)


# --- The studies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_no_prior_of_a_total_is_in_a_chain(name):
    """Neither `ai.energy_per_image`, which is a total, nor both of two priors that say the same."""
    used = set(loaded(name).library)
    assert "ai.energy_per_image" not in used and "serving.decode_throughput" not in used
    assert not {"serving.idle_capacity_factor", "ai.gpu_utilization"} <= used
    assert not {"human.illustration_fee", "human.illustrator_rate", "human.composition_speed"} & used


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("boundary", ["whole-life", "working-hours", "device-only"])
@pytest.mark.parametrize("displacement", ["full-unattended", "full", "partial"])
def test_the_break_even_multiplier_is_where_emissions_are_equal(name, boundary, displacement):
    """So many outputs with AI emit as much as one person's output; in the hybrid case ratio x multiplier x share is 1."""
    wanted = ("ai_emissions", "person_emissions", "break_even_multiplier", "ratio", "substitution_share")
    draws = drawn(name, wanted, human_boundary=boundary, displacement=displacement)
    # Differences of labelled arrays: they have their axes in orders of their own.
    assert np.abs(draws.break_even_multiplier * draws.ai_emissions / draws.person_emissions - 1).max() < TOLERANCE
    share = draws.substitution_share if displacement == "partial" else 1.0
    assert np.abs(draws.ratio * draws.break_even_multiplier * share - 1).max() < TOLERANCE


def test_a_page_worked_by_hand():
    """The large model at round numbers, worked by hand: 325 tokens and 50 read at 2 J, 2 x 1.25 x 1.2 on top, 0.4 kg/kWh.

    (325 + 500 x 0.1) x 2 J x 3 = 2250 J = 0.625 Wh = 0.25 g; 750 J / 500 W = 1.5 s of boards at 1000 kg over 4 years x 0.5,
    which is 0.0237823 g; 40 GWh x 2 x (400 + 57.0776 / (0.5 x 2 x 1.2)) g/kWh over 1e9 queries x 400 days: 0.0895129 g.
    """
    study = loaded("writing-2026")
    at = {
        "tokens_per_word": 1.3, "input_tokens": 500, "prefill_ratio": 0.1, "token_reference": 2, "parameters_large": 5e10,
        "batch_size": 64, "token_residual": 1, "server_overhead": 2, "idle_capacity": 1.25, "site_overhead": 1.2,
        "gpu_power": 500, "gpu_embodied": 500, "server_embodied": 4000, "hardware_life": 4, "duty": 0.5,
        "datacentre_grid": 400, "training_energy_large": 40_000, "development_multiplier": 2, "queries_per_day": 1e9,
        "service_life": 400 / (365 / 12),
    }  # fmt: skip
    for name, value in at.items():
        study = study.with_value(name, value, source="definition")
    draws = mc.sample(study, draws=16, quantities=["page_energy", "answer_emissions"])
    assert float(draws.page_energy.sel(model="large").max()) == pytest.approx(0.625)
    assert float(draws.answer_emissions.sel(model="large").max()) == pytest.approx(0.25 + 0.0237823 + 0.0895129, rel=1e-6)


def test_an_image_worked_by_hand():
    """At round numbers: 2 Wh x 3 = 6 Wh = 2.4 g; 14.4 s of boards 0.2283105 g; 100 t x 2 over 1e9 images: 0.2 g.

    8.76 t a year are 1 kg an hour: two hours of drawing 2000 g, six minutes of prompts and review 100 g, with two images.
    """
    study = loaded("illustrating-2026")
    at = {
        "server_overhead": 2, "idle_capacity": 1.25, "site_overhead": 1.2, "gpu_power": 500, "gpu_embodied": 500,
        "server_embodied": 4000, "hardware_life": 4, "duty": 0.5, "datacentre_grid": 400, "training_emissions": 100,
        "development_multiplier": 2, "images_over_life": 1e9, "drawing_time": 2, "prompting_time": 2, "review_time": 4,
        "attempts": 2,
    }  # fmt: skip
    for name, value in at.items():
        study = study.with_value(name, value, source="definition")
    study = study.with_value("image_energy", 2, at={"model": "large"}, source="definition")
    study = study.with_value("annual_footprint", 8.76, at={"country": "US"}, source="definition")
    draws = mc.sample(study, draws=16, quantities=["ratio", "generation_emissions"], choices={"displacement": "full"})
    one = 2.4 + 57.0776256 * 14.4 / 3600 + 0.2
    assert float(draws.generation_emissions.sel(model="large").max()) == pytest.approx(one)
    assert float(draws.ratio.sel(model="large", country="US").max()) == pytest.approx((2 * one + 100) / 2000)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_published_and_nothing_is_listed_as_missing(name):
    for claim in mc.reproduce(loaded(name)).claims:
        assert claim.reproduction.status == "not checkable" and claim.reproduction.missing == ()


@pytest.mark.parametrize("name", studies())
def test_nothing_was_published_where_no_publication_is_named(name):
    claims = mc.reproduce(mc.load_study(name)).claims
    unpublished = [claim.reproduction.nothing_published for claim in claims]
    assert unpublished == [mc.load_study(name).source is None] * len(claims)


@pytest.mark.parametrize("name", NAMES)
def test_the_four_boundaries_are_rows_of_one_picture(name):
    """In the rows that the terminal shows, for every model and country."""
    for claim in mc.stress(loaded(name), ["less-than-a-person"], draws=2**10).claims:
        shown = [each.choices["human_boundary"] for each in claim.combinations if each.case is not None]
        assert set(shown) == {"whole-life", "working-hours", "device-only", "none"}


# --- The predictive check ---------------------------------------------------------------------------------------------


def test_every_held_out_measurement_is_compared():
    rows = CHECK["_data"]("predictive_check")["row"]
    assert {(row["publication"], row["number"]) for row in rows} == {
        (key, number) for key, one in MEASUREMENTS.items() for number in range(1, len(one["values"]) + 1)
    }
    assert {row["study"] for row in rows} <= set(studies()) and all(row["why"] for row in rows)


def test_the_check_is_current():
    assert CHECK["page"]() == CHECK["PAGE"].read_text("utf-8")


def test_the_check_does_not_hang_on_the_draws():
    """With 16 times fewer draws than the page has, medians come again to 10 % and shares to 2 points."""
    for few, many in zip(CHECK["compared"](2**14), CHECK["compared"](CHECK["DRAWS"]), strict=True):
        assert np.median(few.draws) == pytest.approx(np.median(many.draws), rel=0.1)
        assert abs(few.below - many.below) < 0.02


# --- Drivers and extremes ---------------------------------------------------------------------------------------------


def test_the_pages_are_current():
    for path, text in DRIVERS["pages"]().items():
        assert text == path.read_text("utf-8"), path


def test_what_matters_has_two_sources_or_a_reason():
    few = {each.name for each in DRIVERS["important"]() if len(DRIVERS["sources"](each.name)) < 2}
    assert few == set(DRIVERS["WEAK"])


def test_what_matters_has_a_sentence_at_both_ends():
    said = tomllib.loads((DOCS / "extremes.toml").read_text("utf-8"))
    assert set(said) == {each.name for each in DRIVERS["important"]()}
    for name, ends in said.items():
        assert set(ends) == {"low", "high"}, name
        assert all(re.fullmatch(r"[A-Z].{15,}\.", text) for text in ends.values()), name


@pytest.mark.parametrize("page", ["methods", "drivers", "extremes", "predictive-check"])
def test_links_lead_somewhere(page):
    text = (DOCS / f"{page}.md").read_text("utf-8")
    for address in re.findall(r"\]\(([^)]+)\)", text):
        target, _, anchor = address.partition("#")
        assert (DOCS / target).exists(), address
        headings = re.findall("(?m)^#+ (.*)$", (DOCS / target).read_text("utf-8"))
        assert not anchor or anchor in {re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings}
