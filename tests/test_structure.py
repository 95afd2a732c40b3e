"""The shape of the package: imports go down, and what is public is few."""

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import mcarbon as mc

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mcarbon"

PRIORS = [
    "arcsine",
    "beta",
    "curvilinear_trapezoid",
    "discrete",
    "empirical",
    "exponential",
    "gamma",
    "lognormal",
    "loguniform",
    "metalog",
    "mixture",
    "normal",
    "pert",
    "scipy",
    "student_t",
    "trapezoid",
    "triangular",
    "uniform",
    "weibull",
]
PUBLIC = [
    "Study", "StudyBuilder", "UserError", "as_text", "break_even", "functions", "load_study", "multiverse", "parse_study",
    "plot", "population", "report", "reproduce", "robustness", "sample", "sensitivity", "stress", "summarize", *PRIORS,
]  # fmt: skip


def test_public_names():
    assert sorted(mc.__all__) == dir(mc) == sorted([*PUBLIC, "__version__"])
    for name in PUBLIC:
        assert getattr(mc, name).__doc__


def test_nothing_heavy_is_imported_to_list_studies():
    code = "import sys, mcarbon.cli; from mcarbon.reading.load import studies; studies(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numba", "scipy", "xarray", "pint", "pandas"} & set(loaded)


# From the bottom up: a module imports only from its own layer and those before it.
LAYERS = [
    "errors", "arguments", "version", "unwinding", "files", "remembered", "frozen", "listed", "writing", "changes",
    "families", "study", "results", "reading", "building", "functions", "engine", "moments", "words", "answers", "showing",
    "plot", "reporting", "commands", "cli", "leaving", "__main__",
]  # fmt: skip


def layer(module):
    parts = module.split(".")
    return LAYERS.index(parts[1]) if len(parts) > 1 and parts[1] in LAYERS else None


def imports(path):
    """The modules of this package that a file imports, anywhere in it (a type checker's imports too)."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("mcarbon"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mcarbon"):
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in modules() else node.module for name in inner)


def test_imports_only_go_down():
    for name, path in modules().items():
        here = layer(name)
        if here is None:
            assert name == "mcarbon.__init__", f"{name} is in no layer"
            continue
        for other in imports(path):
            there = layer(other)
            assert there is not None and there <= here, f"{name} imports {other}, which stands above it"


def test_no_circles_within_a_layer():
    """Inside a layer modules import one another in one direction, too."""
    graph = {name: {other for other in imports(path) if other != name} for name, path in modules().items()}
    graphlib.TopologicalSorter(graph).prepare()


def modules():
    found = {".".join(p.relative_to(ROOT).with_suffix("").parts): p for p in PACKAGE.rglob("*.py")}
    return {name.removesuffix(".__init__") if name.count(".") > 1 else name: path for name, path in found.items()}


def test_every_module_says_what_it_is():
    for name, path in modules().items():
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), name
