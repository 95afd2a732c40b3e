"""All code that is shown runs: the Python and shell blocks of the README, and the pages of docs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest

import mcarbon as mc

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


def blocks(page, language):
    """The fenced blocks of a page in this language ("" for none)."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [block for of, block in found if of == language]


PRINTED = {
    "README.md": ["('chain', 'draw', 'system', 'country')"],
    "docs/how-to/tell-people-apart.md": ["known\nlow", "Name: ratio_below"],
    "docs/how-to/use-dask.md": ["('statistic', 'system', 'country')"],
    "docs/how-to/what-would-tip-it.md": ["illustration_fee", "human_boundary"],
    "docs/python.md": ["('chain', 'draw', 'country', 'drying')", "kgCO2e", "[quantities.wrong] formula", "cannot add kWh"],
}
"""What the Python blocks of a page print, among other things."""


@pytest.fixture(autouse=True)
def somewhere(tmp_path, monkeypatch):
    """Files that are written land in a folder of their own, and figures nowhere."""
    from matplotlib import pyplot

    monkeypatch.chdir(tmp_path)
    matplotlib.use("Agg")
    yield
    pyplot.close("all")


@pytest.mark.parametrize("page", PRINTED)
def test_python_blocks_run_in_order(page, capsys):
    code = blocks(ROOT / page, "python")
    assert code
    for text in blocks(ROOT / page, "toml"):
        if named := re.match(r"# (\w+\.toml)\n", text):
            Path(named[1]).write_text(text, "utf-8")
    names = {}
    for block in code:
        exec(compile(block, page, "exec"), names)
    out = capsys.readouterr().out
    for printed in PRINTED[page]:
        assert printed in out


def test_every_page_with_code_runs():
    pages = [README, *(ROOT / "docs").rglob("*.md")]
    assert {page.relative_to(ROOT).as_posix() for page in pages if blocks(page, "python")} == PRINTED.keys()


def test_readme_study_loads():
    (block,) = blocks(README, "toml")
    summary = mc.summarize(mc.parse_study(block), draws=2**14)
    # 216.667 g by 335 J/g, the exact mean of a product of independent factors, in Wh.
    assert summary["energy"].sel(statistic="mean").item() == pytest.approx(650 / 3 * 335 / 3600, rel=1e-4)


def shell_lines():
    return [line for block in blocks(README, "") for line in block.splitlines() if line.strip()]


def test_readme_shell_blocks_name_commands_of_the_project():
    lines = shell_lines()
    assert {line.split()[0] for line in lines} == {"make", "mcarbon"}
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {line.split()[1] for line in lines if line.startswith("make")} <= set(targets)


@pytest.mark.parametrize("line", [line for line in shell_lines() if line.startswith("mcarbon")])
def test_readme_shell_blocks_run(line):
    """As they stand, by a shell, beside the README's study. `make` installs, and is what ran this."""
    Path("coffee.toml").write_text(blocks(README, "toml")[0], "utf-8")
    python = f'mcarbon() {{ "{sys.executable}" -m mcarbon "$@"; }}\n'
    done = subprocess.run(
        ["sh", "-c", python + line],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    if ">" in line:
        assert Path(line.split(">")[1].split("#")[0].strip()).stat().st_size > 1000
    else:
        assert done.stdout.strip()
