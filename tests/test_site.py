"""The site of the documentation: it builds without a warning, asks nothing of the net, and shows what the code does."""

import json
import os
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer.main
import yaml

import mcarbon as mc
from mcarbon.cli import app
from mcarbon.families import FAMILIES
from mcarbon.study import (
    Case,
    Choice,
    Claim,
    Corrected,
    Defect,
    Input,
    LibraryPrior,
    NotCounted,
    PriorSource,
    Quantity,
    Reference,
    StudyFile,
    Units,
)
from mcarbon.version import __version__
from mcarbon.words.wording import likelihood

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
CONSOLES = runpy.run_path(str(DOCS / "make_consoles.py"))
FIGURES = runpy.run_path(str(DOCS / "make_figures.py"))
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def named(path):
    return path.relative_to(ROOT).as_posix()


def blocks(path, language):
    found = CONSOLES["FENCE"].finditer(path.read_text("utf-8"))
    return [block["text"] for block in found if block["language"] == language]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built as `make docs` does."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", folder / "doctrees", DOCS, folder / "html"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "html"


def test_every_page_is_in_the_site(site):
    for page in DOCS.rglob("*.md"):
        html = (site / page.relative_to(DOCS)).with_suffix(".html").read_text("utf-8")
        assert "<h1>" in html


def test_the_site_asks_nothing_of_the_net(site):
    """Links lead out; what a page loads does not."""
    loads = re.compile(
        r"<(?:script|img|iframe|source|video|link(?=[^>]*rel=\"?(?:stylesheet|preload|icon|preconnect|modulepreload)))"
        r"[^>]*?(?:src|href)=\"?((?:https?:)?//[^\s\">]+)"
    )
    imports = re.compile(r"(?:@import|url\()\s*[\"']?((?:https?:)?//[^\"')]+)")
    found = {url for page in site.rglob("*.html") for url in loads.findall(page.read_text("utf-8"))}
    found |= {url for sheet in site.rglob("*.css") for url in imports.findall(sheet.read_text("utf-8"))}
    assert found == set()
    assert loads.findall('<link href="https://a.example/x.css" rel="stylesheet" />')
    assert loads.findall('<script src="//a.example/x.js">')


def test_the_figure_of_the_first_pages_is_of_its_study():
    """`make pages` draws it, with the same bytes each time; it names the digest of the study and its seed."""
    committed = FIGURES["FIGURE"].read_text("utf-8")
    assert f"tomlinson-2024 ({mc.load_study('tomlinson-2024').digest}), 262144 draws a row, seed 1." in committed
    drawn = FIGURES["figure"](2**10)
    assert drawn == FIGURES["figure"](2**10)
    # The same but for the draws: as many rows, lines and texts.
    assert drawn.decode().count("<g id=") == committed.count("<g id=")
    for page in (ROOT / "README.md", DOCS / "index.md"):
        (address,) = re.findall(r"!\[[^]]+\]\(([^)]+)\)", page.read_text("utf-8"))
        assert (page.parent / address).resolve() == FIGURES["FIGURE"]


@pytest.mark.parametrize("path", CONSOLES["pages"](), ids=named)
def test_consoles_show_what_is_printed(path, tmp_path):
    """`make pages` renews them."""
    page = path.read_text("utf-8")
    assert CONSOLES["renewed"](page, tmp_path) == page


def test_shell_blocks_only_install():
    lines = [line for path in PAGES for block in blocks(path, "shell") for line in block.splitlines()]
    assert lines
    for line in lines:
        assert re.match(r"(python3 -m venv|\.venv/bin/pip install|pip install|\. \.venv/bin/activate|make \w+)\b", line), (
            line
        )


@pytest.mark.parametrize("path", [path for path in PAGES if blocks(path, "toml")], ids=named)
def test_toml_blocks_load(path, tmp_path):
    """A block with a path is a file of its own; the others of a page are one study."""
    pieces = []
    for block in blocks(path, "toml"):
        name = CONSOLES["FILE"].match(block)
        if name is None:
            pieces.append(block)
            continue
        file = tmp_path / name["path"]
        file.parent.mkdir(exist_ok=True)
        file.write_text(block, "utf-8")
    for file in tmp_path.glob("*.toml"):
        study = mc.load_study(file)
        assert mc.summarize(study, draws=2**10).data_vars
    if pieces:
        claims = mc.reproduce(mc.parse_study("\n".join(pieces))).claims
        assert len({claim.id for claim in claims}) == sum(piece.count("[claims.") for piece in pieces)
        # The examples are published figures that follow, one of them from a rounded one.
        statuses = {claim.reproduction.status for claim in claims}
        assert statuses <= {"reproduces", "reproduces from rounded intermediates"}


FORMAT = (DOCS / "format.md").read_text("utf-8")


@pytest.mark.parametrize(
    "record",
    [
        StudyFile,
        Reference,
        Units,
        Choice,
        Case,
        Input,
        Corrected,
        Quantity,
        Claim,
        Defect,
        NotCounted,
        LibraryPrior,
        PriorSource,
    ],
    ids=lambda record: record.__name__,
)
def test_the_format_has_every_key(record):
    # A key as it is written: alone in code, in a list of keys, or as a heading's table.
    said = {word for code in re.findall("`([^`\n]+)`", FORMAT) for word in re.findall(r"\w+", code)}
    assert record.model_fields.keys() - {"names"} <= said


def test_the_format_has_every_family():
    rows = re.findall(r"^\| ((?:`\w+`(?: \([^)]*\))?(?:, )?)+) \|", FORMAT, re.MULTILINE)
    families = {family.model_fields["family"].annotation.__args__[0] for family in FAMILIES}
    assert families <= {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    (example,) = [block for block in blocks(DOCS / "format.md", "toml") if block.startswith("# families.toml")]
    assert {entry["prior"]["family"] for entry in tomllib.loads(example)["inputs"]["size"]["at"].values()} == families


def test_the_pieces_of_the_format_use_every_table():
    pieces = [block for block in blocks(DOCS / "format.md", "toml") if CONSOLES["FILE"].match(block) is None]
    assert tomllib.loads("\n".join(pieces)).keys() == StudyFile.model_fields.keys()


def test_every_command_has_a_section():
    commands = typer.main.get_command(app).commands
    sections = re.findall(r"^## `mcarbon (\S+)`$", (DOCS / "command-line.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(sections) == sorted(commands)


def test_every_public_name_is_in_the_reference(site):
    html = (site / "python-names.html").read_text("utf-8")
    missing = [name for name in mc.__all__ if f'id="mcarbon.{name}"' not in html and f"module-mcarbon.{name}" not in html]
    assert missing == ["__version__"]


def keys(document):
    if isinstance(document, dict):
        for key, value in document.items():
            if re.fullmatch("[a-z_]+", key):
                yield key
            # What is below these is named by the study.
            is_named = key in ("at", "choices", "changes") or (key == "options" and isinstance(value, dict))
            if not is_named:
                yield from keys(value)
    elif isinstance(document, list):
        for value in document:
            yield from keys(value)


@pytest.mark.parametrize(
    "command", ["stress", "reproduce", "run", "sensitivity", "break-even", "multiverse", "robustness", "population", "check"]
)
def test_the_keys_of_documents_are_told(command, tmp_path):
    (people,) = blocks(DOCS / "how-to" / "tell-people-apart.md", "toml")
    (tmp_path / "people.toml").write_text(people, "utf-8")
    options = {
        "population": ["--outer", "64", "--inner", "64"],
        "check": [],
        "run": ["--quantity", "ratio"],
        "stress": ["--claim", "midjourney-us-illustrator"],
        "reproduce": [],
        "break-even": ["--claim", "midjourney-us-illustrator"],
        "multiverse": ["--claim", "midjourney-us-illustrator"],
        "robustness": ["--claim", "midjourney-us-illustrator"],
        "sensitivity": ["--quantity", "ratio", "--at", "country=US", "--at", "system=BLOOM"],
    }[command]
    drawn = [] if command in ("reproduce", "population", "check") else ["--draws", "8192"]
    asked = str(tmp_path / "people.toml") if command in ("population", "check") else "tomlinson-2024"
    done = subprocess.run(
        [sys.executable, "-m", "mcarbon", command, asked, "--json", *options, *drawn],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    told = set(re.findall("`([a-z_]+)`", (DOCS / "json.md").read_text("utf-8")))
    assert set(keys(json.loads(done.stdout))) <= told


def test_the_words_for_chances_are_those_of_the_code():
    page = (DOCS / "how-to" / "read-a-verdict.md").read_text("utf-8")
    rows = re.findall(r"^\| (above|below|33 to) (\d+) % \| ([a-z ]+) \|$", page, re.MULTILINE)
    assert len(rows) == 10
    for side, edge, word in rows:
        assert likelihood(int(edge) / 100 + (0.001 if side == "above" else -0.001)) == word


def test_the_citation_is_that_of_the_package():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == __version__
    assert citation["license"] == project["license"]
    assert citation["authors"] == project["authors"]
    assert citation["keywords"] == project["keywords"]
    assert {"message", "title", "type"} <= citation.keys()
