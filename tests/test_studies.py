"""Every built-in study: loads, reproduces, is stress-tested with a verdict on every claim; and every work is cited."""

import dataclasses
import json
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

import mcarbon as mc
from mcarbon.cli import main
from mcarbon.reading.library import Library
from mcarbon.reading.load import check_files, studies
from mcarbon.reading.sources import is_plain_source
from mcarbon.showing.characters import display_width
from mcarbon.showing.description import describe
from mcarbon.showing.reproductions import reproduction_table
from mcarbon.showing.terminal import render
from mcarbon.words.rows import rows

STUDIES = studies()
WIDTH = 80
OWN = ("illustrating-2026", "writing-2026")
"""Studies that reproduce no publication."""


@cache
def loaded(name):
    return mc.load_study(name)


@cache
def stressed(name):
    return mc.stress(loaded(name), draws=2**12)


@pytest.fixture
def printed(monkeypatch, capsys):
    """What the command line prints for these arguments."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["mcarbon", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code
        return capsys.readouterr().out

    return run


def test_studies_and_priors_have_no_faults():
    assert check_files(["mcarbon/studies", "priors"]) == []


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_is_where_its_id_says(name):
    assert loaded(name).id == name
    assert loaded(name).title and loaded(name).summary and loaded(name).claims
    assert (loaded(name).source is None) == (name in OWN)


@pytest.mark.parametrize("name", STUDIES)
def test_every_claim_has_a_verdict(name):
    """A phrase, a sentence on the arithmetic, and what is asked: the direction, the size, and the inputs' evidence."""
    result = stressed(name)
    assert {claim.id for claim in result.claims} == set(loaded(name).claims)
    for claim in result.claims:
        verdict = claim.verdict
        assert verdict.phrase and verdict.arithmetic, claim.id
        assert bool(verdict.direction) == (claim.direction is not None), claim.id
        assert bool(verdict.size) == (claim.published_text is not None), claim.id
        assert bool(verdict.evidence) == (claim.spread is not None), claim.id
        for sentence in (text for text in dataclasses.asdict(verdict).values() if text and text != verdict.phrase):
            assert re.match(r"[A-Z0-9<>~'\"]", sentence) and sentence.endswith("."), sentence
            assert not re.search(r"\s\s|_|\bnan\b|undefined", sentence), sentence


@pytest.mark.parametrize("name", STUDIES)
def test_rows_that_are_shown_have_numbers(name):
    """Every claim has a row that sets its verdict, and no row a warning."""
    for claim in stressed(name).claims:
        assert any(row.counts for row in rows(claim)), claim.id
        assert not [warning for row in rows(claim) for warning in row.combination.warnings], claim.id


@pytest.mark.parametrize("ascii", [False, True], ids=["unicode", "ascii"])
@pytest.mark.parametrize("name", STUDIES)
def test_what_is_printed_fits_the_terminal(name, ascii):
    texts = {
        "stress": render(stressed(name), width=WIDTH, ascii=ascii),
        "reproduce": reproduction_table([stressed(name)], ascii=ascii),
        "show": describe(loaded(name), ascii=ascii),
    }
    for command, text in texts.items():
        assert text.isascii() or not ascii, command
        # An address is left whole, on a line of its own.
        lines = [line for line in text.splitlines() if not line.strip().startswith("http")]
        assert [line for line in lines if display_width(line) > WIDTH] == [], command


def test_all_studies_are_reproduced_in_one_table(printed):
    lines = printed("reproduce").splitlines()
    assert [line for line in lines if display_width(line) > WIDTH] == []
    count = sum(len(stressed(name).claims) for name in STUDIES)
    assert lines[-1].startswith(f"Of {count} claims: ")
    (head,) = [i for i, line in enumerate(lines) if line.startswith("study ")]
    assert [line.split()[0] for line in lines[head + 2 : head + 2 + len(STUDIES)]] == STUDIES


def test_the_document_of_all_studies_is_that_of_each(printed):
    document = json.loads(printed("reproduce", "--json"))
    assert document.keys() == {"studies"}
    assert [each["study"] for each in document["studies"]] == STUDIES
    for each in document["studies"]:
        assert each.keys() >= {"study", "digest", "version", "claims"}
        assert each["digest"] == loaded(each["study"]).digest
        for claim in each["claims"]:
            assert claim.keys() >= {
                "id", "statement", "quantity", "at", "published", "published_text", "reproduction", "defects"
            }  # fmt: skip
            assert not claim.keys() & {"stress", "verdict"}
            assert claim["reproduction"].keys() >= {"status", "value", "unrounded", "corrected", "factor"}
    name = STUDIES[0]
    assert json.loads(printed("reproduce", name, "--json")) == document["studies"][0]


def test_the_list_of_studies_fits_the_terminal(printed):
    lines = printed("studies").splitlines()
    assert [line for line in lines if display_width(line) > WIDTH] == []
    assert [line.split()[0] for line in lines[2:] if not line.startswith(" ")] == STUDIES


def cited():
    """Every source that a study or a prior names."""

    def walk(value, key=""):
        if isinstance(value, dict):
            for name, inner in value.items():
                yield from walk(inner, name)
        elif isinstance(value, list):
            for inner in value:
                yield from walk(inner, key)
        elif key in ("source", "cite") and value is not None:
            yield value

    for name in STUDIES:
        yield from walk(loaded(name).data())
    library = Library()
    for name in library.names():
        yield from walk(library.prior(name)[0].model_dump(mode="json"))


def test_every_work_is_cited_and_every_citation_is_a_work():
    works = set(Library().works)
    own = {key for name in STUDIES for key in loaded(name).references}
    found = set(cited())
    assert found - works - own == {source for source in found if is_plain_source(source)}
    assert works - found == set(), "works that no prior and no study cites"


def written_priors(entry, place):
    """The priors that an input has written out, with their places."""
    if isinstance(entry, dict):
        if isinstance(entry.get("prior"), dict):
            yield place, entry["prior"]
        for key, inner in entry.items():
            if key != "prior":
                yield from written_priors(inner, f"{place}.{key}")


def test_what_the_library_has_is_taken_by_name():
    """No study writes out a prior of the library: it would stay behind when that one is elicited again."""
    library = {}
    for path in Path("priors").glob("*.toml"):
        entries = tomllib.loads(path.read_text("utf-8"))
        library |= {f"{path.stem}.{name}": entry["prior"] for name, entry in entries.items() if "prior" in entry}
    assert library["hardware.duty"] == {"family": "beta", "a": 4.6, "b": 3.4}
    written = [
        (place, prior)
        for name in STUDIES
        for place, prior in written_priors(
            tomllib.loads(Path(f"mcarbon/studies/{name}.toml").read_text("utf-8"))["inputs"], name
        )
    ]
    assert len(written) > 50
    assert [(place, name) for place, prior in written for name, other in library.items() if prior == other] == []


def test_works_stand_in_the_order_of_their_keys():
    keys = re.findall(r"(?m)^@\w+\{([^,]+),", Path("priors/references.bib").read_text("utf-8"))
    assert keys == sorted(keys)
    assert set(keys) == set(Library().works)


def numbered(letter, *numbers):
    return {f"{letter}{number}" for number in numbers}


REGISTER = {
    *numbered("T", *range(1, 33)), *numbered("X", *range(1, 7)), *numbered("P", *range(8)), *numbered("S", *range(1, 22)),
    *numbered("B", *range(1, 8)), *numbered("R", *range(1, 13)), *numbered("D", *range(1, 6)), *numbered("H", *range(1, 12)),
    "PAT-search", "PAT-T5", "PAT-Meena", "PAT-GShard", "PAT-Switch", "PAT-GPT3",
}  # fmt: skip
"""The published figures that the studies hold: of Tomlinson and others (T, X), of ChatGPT's day (P), of a life-cycle sum and
the figures beside it (S), of BLOOM (B), of a forum post (R), of an op-ed (D), of Power Hungry Processing (H), and the six
models of a table of Patterson and others."""


def test_every_figure_of_the_register_has_a_row():
    ids = [
        row["id"]
        for path in Path("tests/data/register").glob("*.toml")
        for row in tomllib.loads(path.read_text("utf-8"))["row"]
    ]
    missing = [name for name in REGISTER if not any(re.fullmatch(rf"{name}(-.*)?", id) for id in ids)]
    assert sorted(missing) == []


def test_there_are_at_least_90_claims():
    assert sum(len(loaded(name).claims) for name in STUDIES) >= 90
