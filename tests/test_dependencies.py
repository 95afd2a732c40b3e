"""Few libraries, each with a reason and a pin; the files that continuous integration installs go by their hashes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

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
