"""What a user may get wrong: every rule of the format broken in each way, and the message, word by word, that it gets."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from mcarbon import study as records
from mcarbon.errors import Fault
from mcarbon.families import FAMILIES
from mcarbon.reading.load import check_files

DATA = Path(__file__).parent / "data"
RULES: list[dict[str, Any]] = tomllib.loads((DATA / "faults.toml").read_text("utf-8"))["rules"]
ROWS = [(rule["rule"], fault["change"], fault["says"]) for rule in RULES for fault in rule["faults"]]

RECORDS = {
    "header": records.StudyFile, "references": records.Reference, "choices": records.Choice, "cases": records.Case,
    "inputs": records.Input, "corrected": records.Corrected, "quantities": records.Quantity,
    "correlations": records.NormalCorrelation, "claims": records.Claim, "defects": records.Defect,
    "not-counted": records.NotCounted, "library": records.LibraryPrior, "sources": records.PriorSource,
}  # fmt: skip
"""By the rule that tells of it, the record of each table."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The sound files, one copy for all rows, and the working folder while they run."""
    copy = tmp_path_factory.mktemp("faults") / "sound"
    shutil.copytree(DATA / "sound", copy)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(copy)
        yield copy


def told(fault: Fault) -> tuple[str, str, str]:
    """Where it is, what it is and what is allowed."""
    where = ", ".join(part for part in (fault.file, f"line {fault.line}" if fault.line else "", fault.place) if part)
    return where, fault.what, fault.allowed


def test_the_files_are_sound(folder: Path) -> None:
    assert check_files(["study.toml", "priors"]) == []


@pytest.mark.parametrize(("rule", "change", "says"), ROWS, ids=[f"{row[0]}-{n}" for n, row in enumerate(ROWS)])
def test_a_fault_is_told_with_its_place_and_what_is_allowed(
    rule: str, change: list[str], says: list[list[str]], folder: Path
) -> None:
    """All that a change breaks is told, and nothing else: what follows from it is no fault of its own."""
    old, new, name = (*change, "study.toml")[:3]
    path = folder / name
    sound = path.read_text("utf-8")
    assert old in sound
    path.write_text(sound.replace(old, new, 1), "utf-8")
    try:
        found = [told(fault) for fault in check_files(["study.toml", "priors"])]
    finally:
        path.write_text(sound, "utf-8")
    found = list(dict.fromkeys(found))
    assert len(found) == len(says), found
    for (where, what, allowed), expected in zip(found, says, strict=True):
        assert [where, what] == expected[:2]
        wanted = expected[2] if len(expected) > 2 else ""
        assert allowed.startswith(wanted[:-4]) if wanted.endswith(" ...") else allowed == wanted


def test_every_family_has_a_rule_that_is_broken() -> None:
    names = {get_args(family.model_fields["family"].annotation)[0] for family in FAMILIES}
    assert len(ROWS) >= 120 and names <= {rule["rule"] for rule in RULES}
    assert all(rule["faults"] for rule in RULES)


@pytest.mark.parametrize("rule", RECORDS)
def test_every_key_that_a_table_must_have_is_missed_once(rule: str) -> None:
    needed = {name for name, field in RECORDS[rule].model_fields.items() if field.is_required()}
    missed = {says[1] for _, _, faults in ROWS for says in faults if says[1].endswith(" is missing")}
    assert {f"`{name}` is missing" for name in needed} - {"`quantities` is missing"} <= missed


def test_all_faults_of_a_file_are_told_at_once_and_in_its_order(folder: Path, tmp_path: Path) -> None:
    """Ten of ten kinds: a name, a type, a key, a prior, a source, a coordinate, a unit, a formula, an option, a claim."""
    text = (folder / "study.toml").read_text("utf-8")
    for old, new in (
        ('id = "servers"', 'id = "My Servers"'),
        ("year = 2020", "year = 2020.5"),
        ('label = "Home"', 'label = "Home"\nwhy_not = "x"'),
        ("sd = 20", "sd = -20"),
        ('source = ["doe2020", ', 'source = ["doe2021", '),
        ("at.c.India = { value = 1 }", "at.c.Indai = { value = 1 }"),
        ('unit = "percent"', 'unit = "per cent"'),
        ("sum(rate,", "sum(raet,"),
        ('chosen = "plug"', 'chosen = "socket"'),
        ('"1/2,900"', '"1/2,90"'),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "study.toml").write_text(text, "utf-8")
    shutil.copytree(folder / "priors", tmp_path / "priors")
    shutil.copy(folder / "hours.csv", tmp_path)
    found = check_files([tmp_path / "study.toml"])
    lines = [fault.line or 0 for fault in found]
    assert lines == sorted(lines)
    message = "\n".join(map(str, found))
    for part in (
        '"My Servers"', "2020.5", "`why_not`", "prior.sd", '"doe2021"', '"Indai"', "`per`", "`raet`", '"socket"', '"1/2,90"'
    ):  # fmt: skip
        assert part in message
    assert len(found) == 11  # with the coordinate that has no entry


def test_a_table_that_cannot_be_read_is_not_reported_as_missing(folder: Path) -> None:
    """What names it, or a unit that stands beside a slip, is neither right nor wrong."""
    changed = {says[0][1] for _, change, says in ROWS if len(says) == 1 and change[1].startswith(("value = true", "nams"))}
    assert changed == {"must be a number, not true", "unknown key `nams`"}
