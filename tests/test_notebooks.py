"""The notebooks run from start to end, their outputs are committed, and their prose says no number that is not shown."""

import re
import runpy
from pathlib import Path

import nbformat
import pytest

import mcarbon as mc
from mcarbon.reading.load import studies

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))
EXECUTE = runpy.run_path(str(FOLDER / "execute.py"))
DRAWS = 1024
LARGEST = 500_000  # bytes

every_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def text(cell):
    """What a cell printed, without the line that says how many draws there were."""
    printed = "".join(output.get("text", "") for output in cell.outputs)
    return "\n".join(line for line in printed.splitlines() if not line.startswith(("seed ", "Python ")))


def test_seven_notebooks_are_there_and_listed():
    assert [path.stem for path in PATHS] == [
        "01-reproducing-tomlinson",
        "02-stress-testing-1-in-2900",
        "03-the-daily-tonnes-of-chatgpt",
        "04-how-five-billion-human-years-came-about",
        "05-a-smartphone-charge-per-image",
        "06-your-own-claim",
        "07-writing-and-illustrating-2026",
    ]
    listed = (FOLDER / "README.md").read_text("utf-8")
    assert [f"{name}.ipynb" for name in re.findall(r"\]\((.*)\.ipynb\)", listed)] == [path.name for path in PATHS]


@pytest.fixture(scope="module")
def manager():
    """One kernel for all, emptied in between: starting seven would take longer than what they compute."""
    with EXECUTE["kernel"](draws=DRAWS) as running:
        yield running


@every_notebook
def test_runs_and_prints_what_is_committed(path, manager):
    """At few draws. What does not depend on them must be as committed: digests, and the cells tagged `exact`."""
    EXECUTE["empty"](manager)
    committed, executed = code(read(path)), code(EXECUTE["execute"](path, manager))
    exact = [k for k, cell in enumerate(committed) if "exact" in cell.metadata.get("tags", [])]
    assert exact
    for k in [0, *exact]:
        assert text(executed[k]) == text(committed[k]), "run `make notebooks`"
    for before, after in zip(committed, executed, strict=True):
        assert kinds(after) == kinds(before), after.source


def kinds(cell):
    """What sorts of output a cell has: a warning or an error is one of its own."""
    return [(output.output_type, output.get("name"), *sorted(output.get("data", {}))) for output in cell.outputs]


@every_notebook
def test_outputs_are_committed_without_what_is_the_machines(path):
    notebook = read(path)
    assert notebook.metadata == EXECUTE["METADATA"]
    assert path.stat().st_size < LARGEST
    assert [cell.execution_count for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))
    for cell in code(notebook):
        assert set(cell.metadata) <= {"tags"}
        assert cell.outputs, cell.source
        for output in cell.outputs:
            assert output.output_type in ("stream", "execute_result") and output.get("name") != "stderr"
            assert not re.search(r"/(home|root|tmp|Users)/|0x[0-9a-f]{6}", output.get("text", ""))
    assert any("image/png" in output.get("data", {}) for cell in code(notebook) for output in cell.outputs)


@every_notebook
def test_begins_with_a_question_and_ends_with_what_follows(path):
    notebook = read(path)
    assert re.match(r"# [^\n]+\n\n\*\*[^*]+\?\*\*", notebook.cells[0].source)
    first = "".join(output.text for output in code(notebook)[0].outputs)
    for said in ("sha256:", "seed 1", f"mcarbon {mc.__version__}", "Python 3.", "NumPy "):
        assert said in first
    headings = re.findall(r"^## (.*)$", prose(notebook), re.MULTILINE)
    assert headings[-2:] == ["What follows", "What does not follow"]


@every_notebook
def test_prose_has_no_number_that_is_not_shown(path):
    """Each is in what a cell prints or says, or in a study that the notebook loads."""
    notebook = read(path)
    sources = "\n".join(cell.source for cell in code(notebook))
    loaded = [name for name in re.findall(r'load_study\("(.*?)"\)', sources) if name in studies()]
    files = [(ROOT / "mcarbon" / "studies" / f"{name}.toml").read_text("utf-8") for name in loaded]
    printed = ["".join(output.get("text", "") for output in cell.outputs) for cell in code(notebook)]
    said = re.sub(r"\]\([^)]*\)", "]", prose(notebook))
    assert numbers(said) - numbers("\n".join([sources, *files, *printed])) == set()


def numbers(text):
    """The numbers of a text, without separators of thousands."""
    return set(re.findall(r"\d+(?:\.\d+)?", re.sub(r"(?<=\d)[ ,_\u202f](?=\d{3})", "", text)))


def test_a_number_from_nowhere_would_be_found():
    assert numbers("1/2900, 5,378,892,480 and 65 536 draws; 0.382 g.") == {"1", "2900", "5378892480", "65536", "0.382"}
