"""The library of priors as a whole: that none is missing, that none holds what cannot be, that its sources are in order.

What a prior may hold, which inputs the library must cover and which published totals it must leave out are tables in
`tests/data`, drawn up from the evidence and not from the priors.
"""

import re
import runpy
import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import mcarbon as mc
from mcarbon.answers.library import PriorFigures, library_priors
from mcarbon.families.normal import Normal
from mcarbon.reading.library import Library
from mcarbon.reading.notation import parse_unit
from mcarbon.study import GRADES

DATA = Path("tests/data")
NUMBER_OF_INPUTS = 80
"""Inputs that the evidence was gathered for."""


def table(name):
    return tomllib.loads((DATA / f"{name}.toml").read_text("utf-8"))


INPUTS, BOUNDS, MEASUREMENTS = table("evidence_inputs"), table("prior_bounds"), table("measurements")


@cache
def priors():
    return {prior.name: prior for prior in library_priors()}


def sources(key):
    """The priors that cite a work, each with what they say of it."""
    return {name: source.value for name, prior in priors().items() for source in prior.record.sources if source.cite == key}


# --- Complete ---------------------------------------------------------------------------------------------------------


def test_every_input_of_the_evidence_is_in_the_library():
    assert len(INPUTS) == NUMBER_OF_INPUTS
    for name, row in INPUTS.items():
        assert row["priors"] or row["choice"], name
        assert set(row["priors"]) <= set(priors()), name


def test_every_prior_has_its_bounds():
    assert set(BOUNDS) == set(priors())


def test_every_prior_says_why_and_when():
    for name, prior in priors().items():
        assert len(prior.record.rationale.split()) >= 10, name
        assert re.fullmatch(r"2026-\d\d-\d\d", prior.record.updated), name


# --- Possible ---------------------------------------------------------------------------------------------------------


def impossible(prior, least, low, high, most):
    """What a prior holds that it cannot: probability beyond its ends, an interval beyond what is plausible."""
    distribution = prior.distribution()
    below = distribution.cdf(np.array([np.nextafter(least, -np.inf)])).item()
    above = distribution.sf(np.array([float(most)])).item() if np.isfinite(most) else 0.0
    start, end = distribution.ppf(np.array([0.025, 0.975])).tolist()
    faults = []
    if below > 0:
        faults.append(f"{below:.2g} below {least:g}")
    if above > 0:
        faults.append(f"{above:.2g} above {most:g}")
    if start < low or end > high:
        faults.append(f"95 % from {start:.3g} to {end:.3g}")
    return faults


@pytest.mark.parametrize("name", BOUNDS)
def test_no_prior_holds_what_cannot_be(name):
    assert impossible(priors()[name].record.prior, *BOUNDS[name]) == []


@pytest.mark.parametrize(
    ("mean", "sd", "ends", "told"),
    [
        (1.15, 0.1, (1, 0.9, 2, 9), ["0.067 below 1"]),  # a PUE with a normal error: P(Z < -1.5)
        (0.85, 0.1, (-9, 0.5, 1.2, 1), ["0.067 above 1"]),  # a share, likewise
        (1.15, 0.05, (-9, 1.1, 1.2, 9), ["95 % from 1.05 to 1.25"]),  # 1.96 standard deviations either way
    ],
)
def test_what_cannot_be_is_found(mean, sd, ends, told):
    assert impossible(Normal(family="normal", mean=mean, sd=sd), *ends) == told


# --- Honest -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_what_a_published_total_shares_with_the_priors_is_told(name):
    assert set(MEASUREMENTS[name]["used"]) == set(sources(name))


def test_published_totals_are_in_no_prior_of_a_part():
    """Whichever work is cited, no source of a prior gives a held-out number with its unit, but for priors of totals."""
    held_out = {(f"{row['value']:g}", row["unit"][:2]) for one in MEASUREMENTS.values() for row in one["values"]}
    of_totals = {name for one in MEASUREMENTS.values() for name, use in one["used"].items() if use.startswith("total: ")}
    found = {
        (name, number)
        for name, prior in priors().items()
        for source in prior.record.sources
        for number, unit in re.findall(r"(?<![\d.,])(\d+(?:\.\d+)?) (Wh|J|g)(?![\w/])", source.value)
        if (f"{float(number):g}", {"Wh": "Wh", "J": "J/", "g": "gC"}[unit]) in held_out
    }
    assert {name for name, _ in found} == of_totals == {"ai.energy_per_image"}


def test_a_published_total_is_complete():
    values = [row for publication in MEASUREMENTS.values() for row in publication["values"]]
    for row in values:
        parse_unit(row["unit"], ["output"])
        assert row["what"] and row["covers"] and row.get("low", 0) < row["value"] < row.get("high", np.inf)
    assert {publication["kind"] for publication in MEASUREMENTS.values()} <= set(GRADES)


def test_the_two_ways_to_energy_per_token_agree():
    """By size and batch, and by class: medians within a factor of 1.5, at sizes and batches in the middle of each class.

    Sizes: the geometric middle of the measured models of the class; batch 92, that of all settings.
    """
    median = {name: prior.quantiles[0.5] for name, prior in priors().items() if name.startswith("energy.")}
    for name, parameters in (("energy.token_small", 10e9), ("energy.token_mid", 40e9), ("energy.token_large", 290e9)):
        found = median["energy.token_reference"] * (parameters / 5e10) ** median["energy.token_size_exponent"]
        found *= (92 / 64) ** median["energy.token_batch_exponent"]
        assert 1 / 1.5 < found / median[name] < 1.5


# --- The bibliography -------------------------------------------------------------------------------------------------


def cited(tree, keys=("cite", "source")):
    """All sources that a TOML tree names."""
    if isinstance(tree, dict):
        own = [tree[key] for key in keys if isinstance(tree.get(key), (str, list))]
        found = {one for some in own for one in ([some] if isinstance(some, str) else some)}
        return found.union(*(cited(branch, keys) for branch in tree.values()))
    return set().union(*(cited(branch, keys) for branch in tree)) if isinstance(tree, list) else set()


def test_the_bibliography_is_sorted_and_used():
    works = re.findall(r"^@\w+\{([^,]+),", Path("priors/references.bib").read_text("utf-8"), re.MULTILINE)
    assert works == sorted(works) and len(works) == len(set(works)) == len(Library().works)
    files = [*Path("priors").glob("*.toml"), *Path("mcarbon/studies").glob("*.toml")]
    assert set(works) <= set().union(*(cited(tomllib.loads(path.read_text("utf-8"))) for path in files))


def test_works_are_told_without_the_marks_of_bibtex():
    for key, work in Library().works.items():
        assert not re.search(r"[{}\\]|``|''", f"{work.author} {work.title}"), key
    assert "carbonr: office_emissions" in Library().works["carbonr"].title


def test_priors_load_into_a_study_in_their_unit():
    """What a study sees of every prior is what the library says."""
    text = 'format = 1\nid = "all"\ntitle = "All priors"\n[units]\nnames = ["output"]\n'
    for number, (name, prior) in enumerate(priors().items()):
        text += f'[inputs.x{number}]\nunit = "{prior.record.unit}"\nprior = "{name}"\n'
        text += f'[quantities.q{number}]\nunit = "{prior.record.unit}"\nformula = "x{number}"\n'
    summary = mc.summarize(mc.parse_study(text), draws=2**13, quantiles=(0.25, 0.5, 0.75))
    for number, prior in enumerate(priors().values()):
        middle = summary[f"q{number}"].sel(statistic="0.5").item()
        assert prior.quantiles[0.25] <= middle <= prior.quantiles[0.75], prior.name
        assert middle == pytest.approx(prior.quantiles[0.5], rel=0.05) or is_discrete(prior), prior.name


def test_chains_can_be_built_from_the_parts():
    """Units fit without a conversion by hand: a page and an image, energy, hardware and training, and a person."""
    study = mc.load_study("tests/studies/parts.toml")
    assert len(study.library) == len(study.inputs) - 1 == 36


def is_discrete(prior: PriorFigures):
    return not prior.record.prior.is_continuous


# --- The page ---------------------------------------------------------------------------------------------------------


def test_the_page_is_current():
    """`make pages` writes docs/priors.md as it is."""
    made = runpy.run_path("docs/make_priors.py")
    assert made["page"]() == made["PAGE"].read_text("utf-8")


def test_the_page_shows_every_prior_and_every_total():
    text = Path("docs/priors.md").read_text("utf-8")
    assert re.findall(r"^### (.*)$", text, re.MULTILINE) == list(priors())
    for publication in MEASUREMENTS.values():
        assert publication["title"] in text and all(f"| {row['what']} |" in text for row in publication["values"])
