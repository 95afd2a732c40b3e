"""The shape of the package: imports go down, what is public is few, and what is shown runs."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mcarbon as mc

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mcarbon"

PUBLIC = ["Study", "UserError", "load_study", "parse_study", "reproduce", "sample", "stress", "summarize"]


def test_public_names():
    assert sorted(mc.__all__) == dir(mc) == sorted([*PUBLIC, "__version__"])
    for name in PUBLIC:
        assert getattr(mc, name).__doc__


def test_nothing_heavy_is_imported_to_list_studies():
    code = "import sys, mcarbon.cli; from mcarbon.reading.load import studies; studies(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numba", "scipy", "xarray", "pint", "numpy", "pandas"} & set(loaded)


def test_readme_python_runs(capsys):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
    assert "('chain', 'draw', 'system', 'country')" in capsys.readouterr().out


def test_readme_study_loads():
    (block,) = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    summary = mc.summarize(mc.parse_study(block), draws=2**14)
    # 216.667 g by 335 J/g, the exact mean of a product of independent factors, in Wh.
    assert summary["energy"].sel(statistic="mean").item() == pytest.approx(650 / 3 * 335 / 3600, rel=1e-4)


def modules():
    return {".".join(p.relative_to(ROOT).with_suffix("").parts): p for p in PACKAGE.rglob("*.py")}


def test_every_module_says_what_it_is():
    for name, path in modules().items():
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), name
