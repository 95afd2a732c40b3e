"""Few libraries, each with a reason and a pin; the files that continuous integration installs go by their hashes."""

from __future__ import annotations

import platform
import re
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PINNED = re.compile(r"(?m)^([A-Za-z0-9_.-]+)==(\S+)$")
HASHED = re.compile(r"(?m)^([A-Za-z0-9_.-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)")


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirements: list[str]) -> set[str]:
    return {plain(re.split(r"[<>=!\[ ]", each)[0]) for each in requirements} - {"mcarbon"}


DEPENDENCIES = named(PROJECT["dependencies"])
EXTRAS = named([each for extra in PROJECT["optional-dependencies"].values() for each in extra])


def pins(text: str) -> dict[str, str]:
    return {plain(name): version for name, version in PINNED.findall(text)}


def test_every_library_has_a_reason_and_a_pin() -> None:
    page = (ROOT / "docs/dependencies.md").read_text("utf-8")
    told = {plain(name) for row in re.findall(r"(?m)^\|.*\|$", page) for name in re.findall(r"`([a-z0-9-]+)`", row)}
    pinned = pins((ROOT / "constraints.txt").read_text("utf-8"))
    for name in DEPENDENCIES | EXTRAS:
        assert name in told, f"docs/dependencies.md does not say why there is {name}"
        assert name in pinned, f"constraints.txt has no version of {name}"


def test_a_plain_installation_needs_few() -> None:
    assert len(DEPENDENCIES) <= 15


def test_what_is_installed_by_hash_is_what_is_pinned() -> None:
    text = (ROOT / ".ci/requirements.txt").read_text("utf-8")
    hashed = {plain(name): version for name, version, _ in HASHED.findall(text)}
    pinned = pins((ROOT / "constraints.txt").read_text("utf-8"))
    assert hashed and len(hashed) == len(re.findall("==", text))
    for name, version in hashed.items():
        assert pinned.get(name) == version, f"{name}: run .ci/hashes.py"
    wanted = DEPENDENCIES | named(PROJECT["optional-dependencies"]["test"]) | {"distributed", "typst", "sphinx", "nbclient"}
    assert wanted <= set(hashed)


@pytest.mark.skipif(
    (sys.version_info[:2], sys.platform, platform.machine()) != ((3, 11), "linux", "x86_64"),
    reason="the files by hash are those of CPython 3.11 on Linux, x86-64",
)
def test_all_that_the_suite_needs_is_in_the_files_by_hash() -> None:
    """What the libraries ask for themselves, and so on, as they are installed here."""
    hashed = {plain(name) for name, *_ in HASHED.findall((ROOT / ".ci/requirements.txt").read_text("utf-8"))}
    asked = [each for extra in ("dependencies", "test") for each in _asked(extra)]
    seen: set[tuple[str, frozenset[str]]] = set()
    while asked:
        requirement = asked.pop()
        known = (plain(requirement.name), frozenset(requirement.extras))
        if known in seen or known[0] == "mcarbon":
            continue
        seen.add(known)
        for text in requires(requirement.name) or ():
            inner = Requirement(text)
            marks = (
                [inner.marker.evaluate({"extra": extra}) for extra in ("", *requirement.extras)] if inner.marker else [True]
            )
            asked += [inner] if any(marks) else []
    assert {name for name, _ in seen} - hashed == set()


def _asked(part: str) -> list[Requirement]:
    extras = PROJECT["optional-dependencies"]
    texts = PROJECT["dependencies"] if part == "dependencies" else extras[part]
    found = []
    for requirement in map(Requirement, texts):
        found += (
            [each for extra in requirement.extras for each in _asked(extra)]
            if requirement.name == "mcarbon"
            else [requirement]
        )
    return found
