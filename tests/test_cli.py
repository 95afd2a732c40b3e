"""The command line: what goes where, exit statuses, documents. The engine behind it is replaced by fakes."""

from __future__ import annotations

import csv
import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from synthetic import mock_up

from mcarbon import cli
from mcarbon.errors import Fault, UserError
from mcarbon.files import whole_file
from mcarbon.results import StudyResult

Run = Callable[..., tuple[int, str, str]]


def summary() -> Any:
    """A summary of two quantities, one skewed and without moments that exist."""
    common: dict[str, Any] = {
        "interval": "equal-tailed", "level": 0.9, "interval_low": 15.6, "interval_high": 25.2, "warnings": (),
        "standard_error_low": 1e-5, "standard_error_high": 0.2, "no_ratio": None, "estimator": None,
        "draws": 2**17, "numerical_tolerance": None,
    }  # fmt: skip
    energy = SimpleNamespace(
        name="energy", at={"country": "US"}, unit="Wh", mean=20.12345, sd=2.9,
        quantiles={0.05: 15.6, 0.5: 19.9, 0.95: 25.2}, standard_error_mean=1e-6, standard_error_sd=0.02,
        standard_error_quantiles={0.05: 1e-5, 0.5: 1e-5, 0.95: 0.2}, **common,
    )  # fmt: skip
    tail = SimpleNamespace(
        name="tail", at={}, unit="1", mean=9.0, sd=math.nan, quantiles={0.05: 0.1, 0.5: 1.0, 0.95: 20.0},
        standard_error_mean=0.001, standard_error_sd=math.nan, standard_error_quantiles={0.05: 0.0, 0.5: 0.0, 0.95: 0.0},
        **(common | {"warnings": ("The standard deviation does not exist.",)}),
    )  # fmt: skip
    return SimpleNamespace(
        study="coffee", digest="sha256:0123456789abcdef", version="0.1.0", method="sobol", seed=1, draws=2**17,
        replicates=16, quantities=(energy, tail),
    )  # fmt: skip


@dataclass(frozen=True)
class SimpleInputs:
    name: str
    first: float
    total: float
    standard_error_first: float
    standard_error_total: float
    shapley: float
    standard_error_shapley: float
    median_at_5: float = 1.0
    median_at_95: float = 2.0
    standard_error_median_at_5: float = 0.1
    standard_error_median_at_95: float = 0.2


@dataclass(frozen=True)
class SimpleIndices:
    inputs: tuple[SimpleInputs, ...]
    study: str = "coffee"
    digest: str = "sha256:0123456789abcdef"
    version: str = "0.1.0"
    method: str = "sobol"
    seed: int = 1
    draws: int = 2**16
    replicates: int = 16
    quantity: str = "energy"
    at: dict[str, str] = field(default_factory=lambda: {"country": "US"})
    scale: str = "log"
    warnings: tuple[str, ...] = ("Told.",)
    shapley_method: str | None = "subsets"
    shapley_draws: int = 2**14
    interval: None = None


def indices(**changed: Any) -> Any:
    """The indices of one cell: five inputs, two of which hardly matter."""
    figures = {
        "grid": (0.0004, 0.0004), "speed": (0.3141, 0.3344), "pue": (0.0, 0.0001), "fee[US]": (0.62, 0.661),
        "pi": (0.03, 0.03),
    }  # fmt: skip
    inputs = tuple(
        SimpleInputs(name, first, total, error := 0.02 if name == "pi" else 1e-5, error, (first + total) / 2, 2e-5)
        for name, (first, total) in figures.items()
    )
    return SimpleIndices(**({"inputs": inputs} | changed))


class Engine:
    """Stands for load, stress test, reproduction, summary, sampling and sensitivity; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def load_study(self, name: str) -> str:
        if name == "broken.toml":
            raise UserError(
                Fault(
                    "low (6 Wh) is above high (0.6 Wh).",
                    '[inputs.energy] prior = { family = "uniform", low = 6, high = 0.6 }',
                    "Swap them: low = 0.6, high = 6",
                    "broken.toml",
                    14,
                ),
                Fault("a prior needs a source", "[inputs.pue]", file="broken.toml", line=20),
            )
        return name

    def answer(self, study: str, **asked: Any) -> StudyResult:
        self.asked = asked
        if study == "fault":
            raise ZeroDivisionError("a fault of the program")
        if study == "stopped":
            raise KeyboardInterrupt
        return replace(mock_up(), study=study)

    def summary_rows(self, study: str, **asked: Any) -> Any:
        self.asked = asked
        return summary()

    def sample(self, study: str, **asked: Any) -> Any:
        self.asked = asked

        def to_netcdf(path: Path) -> None:
            if study == "fault":
                raise OSError("disk full")
            Path(path).write_text("draws")

        return SimpleNamespace(to_netcdf=to_netcdf)

    def sensitivity_rows(self, study: str, quantity: str, **asked: Any) -> Any:
        self.asked = asked | {"quantity": quantity}
        return (indices(), indices(at={"country": "India"})) if study == "two" else (indices(),)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    fake = Engine()
    for name, functions in {
        "reading.load": {
            "load_study": fake.load_study,
            "studies": lambda: ["one", "two"],
            "check_files": lambda paths: [Fault("wrong", file=path) for path in paths if "broken" in path],
        },
        "answers.stress": {"stress": fake.answer},
        "answers.reproduce": {"reproduce": fake.answer},
        "answers.summarize": {"summary_rows": fake.summary_rows},
        "answers.sample": {"sample": fake.sample},
        "answers.sensitivity": {"sensitivity_rows": fake.sensitivity_rows},
    }.items():
        module = ModuleType(f"mcarbon.{name}")
        vars(module).update(functions)
        monkeypatch.setitem(sys.modules, f"mcarbon.{name}", module)
    return fake


@pytest.fixture
def run(engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["mcarbon", *arguments])
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_stress_draws_verdicts_without_the_time(run: Run) -> None:
    status, out, err = run("stress", "demo")
    assert (status, err) == (0, "")
    assert "DIRECTION HOLDS, SIZE DEPENDS ON THE BOUNDARY" in out
    assert "0.9 s" not in out
    assert "\x1b" not in out
    assert run("stress", "demo") == (status, out, err)


def test_stress_passes_its_options_on(run: Run, engine: Engine) -> None:
    run("stress", "demo", "--claim", "a", "--claim", "b", "--draws", "1024", "--replicates", "8", "--seed", "0",
        "--method", "random", "--threads", "2", "--scheduler", "tcp://127.0.0.1:8786")  # fmt: skip
    progress = engine.asked.pop("progress")
    assert callable(progress)
    assert engine.asked == {
        "claims": ["a", "b"], "draws": 1024, "replicates": 8, "method": "random", "seed": 0, "threads": 2,
        "tolerance": None, "scheduler": "tcp://127.0.0.1:8786",
    }  # fmt: skip


def test_stress_json_is_the_contract(run: Run) -> None:
    status, out, _ = run("stress", "demo", "--json")
    document = json.loads(out)
    assert status == 0
    assert document.keys() >= {"study", "digest", "version", "method", "seed", "draws", "replicates", "claims"}
    first, second = document["claims"]
    assert first.keys() >= {
        "id", "statement", "quantity", "at", "published", "published_text", "reproduction", "stress", "defects", "verdict"
    }  # fmt: skip
    assert first["reproduction"].keys() >= {"status", "value", "unrounded", "corrected", "factor"}
    row = first["stress"][0]
    assert row.keys() >= {
        "case", "choices", "median", "quantiles", "intervals", "percentile", "p_direction", "p_within", "standard_error"
    }  # fmt: skip
    assert row["p_within"].keys() == {"2", "3", "10"}
    assert row["intervals"].keys() == {"0.5", "0.9", "0.95"}
    assert "no_ratio" not in row
    nothing = first["stress"][-1]
    assert nothing["median"] is None
    assert nothing["no_ratio"] == {"side": "AI", "amount": 8.7, "unit": "g", "low": 2.0, "high": 40.0}
    assert first["verdict"] is None or first["verdict"].keys() == {
        "phrase", "arithmetic", "direction", "size", "evidence", "next"
    }  # fmt: skip
    assert second["reproduction"]["factor"] == 1220.0


def test_reproduce_prints_a_table(run: Run) -> None:
    status, out, _ = run("reproduce", "demo")
    assert status == 0
    rows = [line.split() for line in out.splitlines()]
    assert ["illustrator-us", "1/2900", "1/2884", "1.006", "yes", "(a)"] in rows
    assert ["gpu-embodied", "0.0001", "g", "0.122", "1220", "NO"] in rows
    assert out.endswith("Of 2 claims: 1 reproduces, 1 does not.\n")


@pytest.mark.parametrize("named", [(), ("one", "two")])
def test_reproduce_json_of_none_or_several_is_a_list(run: Run, named: tuple[str, ...]) -> None:
    document = json.loads(run("reproduce", *named, "--json")[1])
    assert [each["study"] for each in document["studies"]] == ["one", "two"]
    assert document["studies"][0]["claims"][0].keys().isdisjoint({"stress", "verdict"})


def test_reproduce_json_of_one_is_its_own(run: Run) -> None:
    assert json.loads(run("reproduce", "one", "--json")[1])["study"] == "one"


def test_run_prints_the_digits_that_the_errors_leave(run: Run, engine: Engine) -> None:
    status, out, _ = run("run", "coffee", "--quantity", "energy", "--quantiles", "0.05,0.5,0.95", "--draws", "4096")
    lines = out.splitlines()
    assert status == 0
    assert lines[2].split() == ["energy", "Wh", "20.12", "2.9", "15.60", "19.90", "25"]
    assert lines[3].split() == ["tail", "9.00", "undefined", "0.1000", "1.000", "20.00"]
    assert "Mean and median of tail differ by more than a factor of 1.5" in out
    assert "warning: tail: The standard deviation does not exist." in out
    assert "seed 1" in out
    assert "All at country = US." in out
    assert engine.asked["quantities"] == ["energy"]
    assert engine.asked["quantiles"] == (0.05, 0.5, 0.95)
    assert engine.asked["draws"] == 4096


def test_run_json_is_the_contract(run: Run) -> None:
    document = json.loads(run("run", "coffee", "--json")[1])
    first, second = document["quantities"]
    assert first == {
        "name": "energy",
        "at": {"country": "US"},
        "unit": "Wh",
        "mean": 20.12345,
        "sd": 2.9,
        "quantiles": {"0.05": 15.6, "0.5": 19.9, "0.95": 25.2},
        "interval": {"kind": "equal-tailed", "level": 0.9, "low": 15.6, "high": 25.2},
        "standard_error": {
            "mean": 1e-6,
            "sd": 0.02,
            "quantiles": {"0.05": 1e-5, "0.5": 1e-5, "0.95": 0.2},
            "interval": {"low": 1e-5, "high": 0.2},
        },
        "estimator": None,
        "draws": 2**17,
        "warnings": [],
    }
    assert second["sd"] is None
    assert document["draws"] == 2**17


def test_run_keeps_draws_and_quantiles(run: Run, tmp_path: Path) -> None:
    assert run("run", "coffee", "-o", str(tmp_path / "draws.nc"))[0] == 0
    assert (tmp_path / "draws.nc").read_text() == "draws"
    status, out, _ = run("run", "coffee", "-o", str(tmp_path / "quantiles.csv"))
    assert status == 0 and out.endswith("quantiles.csv has the quantiles.\n")
    assert not run("run", "coffee", "-o", str(tmp_path / "quantiles.csv"), "--json")[1].endswith("quantiles.\n")
    with (tmp_path / "quantiles.csv").open(newline="") as file:
        table = list(csv.reader(file))
    ends = ["equal-tailed 0.9 low", "equal-tailed 0.9 high"]
    assert table[0] == ["quantity", "country", "unit", "mean", "sd", "0.05", "0.5", "0.95", *ends, "warnings"]
    assert table[1] == ["energy", "US", "Wh", "20.12345", "2.9", "15.6", "19.9", "25.2", "15.6", "25.2", ""]
    assert (table[2][4], table[2][-1]) == ("", "The standard deviation does not exist.")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["draws.nc", "quantiles.csv"]


def test_a_failed_run_leaves_what_was_there(run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "draws.nc"
    kept.write_text("before")
    with pytest.raises(OSError, match="disk full"):
        run("run", "fault", "-o", str(kept))
    assert kept.read_text() == "before"
    assert list(tmp_path.iterdir()) == [kept]


def test_a_whole_file_is_as_readable_as_others(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("")
    with whole_file(tmp_path / "file") as beside:
        beside.write_text("whole")
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("stress", "broken.toml"), "error: broken.toml, line 14, [inputs.energy]"),
        (("stress",), "Missing argument"),
        (("stress", "demo", "--draws", "0"), "--draws"),
        (("stress", "demo", "--method", "guess"), "--method"),
        (("stress", "demo", "--nonsense"), "--nonsense"),
        (("nonsense",), "nonsense"),
        (("run", "coffee", "--quantiles", "0.5,2"), '"0.5,2" is not a list of probabilities.'),
        (("run", "coffee", "--quantiles", ""), "is not a list of probabilities."),
        (("run", "coffee", "-o", "x.pdf"), "Allowed: FILE.nc or DIR.zarr for draws, FILE.csv for quantiles."),
        (("run", "coffee", "-o", "nowhere/x.nc"), 'There is no folder "nowhere".'),
        (("check", "broken.toml", "fine.toml"), "error: broken.toml"),
        (("schema", "nonsense"), "nonsense"),
        (("sensitivity", "coffee"), "--quantity"),
        (("sensitivity", "coffee", "--quantity", "q", "--at", "US"), '"US" does not name a place.'),
        (("sensitivity", "coffee", "--quantity", "q", "--choose", "=x"), "--choose"),
        (("sensitivity", "coffee", "--quantity", "q", "--at", "a=b", "--at", "a=c"), '"a" is to be both "b" and "c".'),
        (("sensitivity", "coffee", "--quantity", "q", "--scale", "square"), "--scale"),
    ],
)
def test_wrong_input_is_told_on_stderr_with_status_2(run: Run, arguments: tuple[str, ...], told: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


def test_all_faults_are_told_in_the_form_of_the_design(run: Run) -> None:
    assert run("stress", "broken.toml")[2] == (
        'error: broken.toml, line 14, [inputs.energy] prior = { family = "uniform", low = 6, high = 0.6 }\n'
        "       low (6 Wh) is above high (0.6 Wh).\n"
        "       Swap them: low = 0.6, high = 6\n"
        "error: broken.toml, line 20, [inputs.pue]\n"
        "       a prior needs a source\n"
    )
    assert run("reproduce", "broken.toml", "one", "broken.toml")[2].count("error: ") == 4


def test_check_tells_of_none(run: Run) -> None:
    assert run("check", "fine.toml") == (0, "1 path checked, no faults.\n", "")
    status, out, _ = run("check", "broken.toml", "--json")
    assert status == 2
    assert json.loads(out)["faults"][0]["file"] == "broken.toml"


def test_a_fault_of_the_program_is_told_as_one(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError):  # which Python ends with status 1
        run("stress", "fault")
    assert "a fault of mcarbon, not of your input" in capsys.readouterr().err


def test_interrupted_is_130(run: Run) -> None:
    assert run("stress", "stopped")[0] == 130


def test_sensitivity_lists_what_matters_first(run: Run, engine: Engine) -> None:
    status, out, err = run(
        "sensitivity", "coffee", "--quantity", "energy", "--at", "country = US=A",
        "--scale", "log", "--draws", "1024", "--threads", "2",
    )  # fmt: skip
    assert (status, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert lines[:3] == [["energy", "US"], ["input", "first", "error", "total", "error", "Shapley", "error"], [lines[2][0]]]
    assert lines[3:7] == [
        ["fee[US]", "0.6200", "0.00001", "0.6610", "0.00001", "0.6405", "0.00002"],
        ["speed", "0.3141", "0.00001", "0.3344", "0.00001", "0.3242", "0.00002"],
        ["pi", "0.0", "0.02", "0.0", "0.02", "0.0300", "0.00002"],
        ["2", "inputs", "below", "0.5", "%", "<0.005", "<0.005"],
    ]
    assert "warning: Told." in out
    assert "variance of the logarithm of energy" in out
    assert "Inputs alone make 96 % of it" in out
    assert "of all subsets of inputs, 16 384 draws." in " ".join(out.split())
    assert "seed 1" in out
    assert engine.asked.pop("progress")
    assert engine.asked == {
        "shapley": True, "quantity": "energy", "at": {"country": "US=A"}, "scale": "log", "draws": 1024,
        "replicates": 16, "method": "sobol", "seed": 1, "threads": 2,
    }  # fmt: skip


def test_sensitivity_json_is_the_contract(run: Run) -> None:
    document = json.loads(run("sensitivity", "coffee", "--quantity", "energy", "--json")[1])
    assert document.keys() >= {"study", "quantity", "at", "scale", "method", "inputs", "warnings"}
    assert (document["at"], document["scale"], document["warnings"]) == ({"country": "US"}, "log", ["Told."])
    assert document["inputs"][1] == {
        "name": "speed", "first": 0.3141, "total": 0.3344, "shapley": (0.3141 + 0.3344) / 2,
        "standard_error": {"first": 1e-5, "total": 1e-5, "shapley": 2e-5, "median_at_5": 0.1, "median_at_95": 0.2},
        "median_at_5": 1.0, "median_at_95": 2.0,
    }  # fmt: skip
    cells = json.loads(run("sensitivity", "two", "--quantity", "energy", "--json")[1])["cells"]
    assert [cell["at"]["country"] for cell in cells] == ["US", "India"]
    assert cells[0] == document


WAITING = """
import sys, time
from mcarbon.showing.waiting import waiting
for seconds in (0.5, 1.9):
    with waiting("stress-testing tea") as progress:
        progress(0.25)
        time.sleep(seconds)
print("answer")
"""


def test_progress_shows_on_a_terminal_alone_and_after_a_second() -> None:
    """What is shorter says nothing, and of what is longer nothing is left on the line."""
    quiet = python(WAITING)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "answer\n", "")
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1])}
    process = subprocess.Popen([sys.executable, "-c", WAITING], stdout=subprocess.PIPE, stderr=theirs, env=environment)
    os.close(theirs)
    answer, _ = process.communicate()
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert answer == b"answer\n"
    lines = shown.split("\r")
    said = [line for line in lines if line.strip()]
    assert said and all(re.fullmatch("stress-testing tea, [1-9] s, 25 %", line) for line in said)
    assert not lines[-1].strip()


@pytest.mark.parametrize("arguments", [["priors", "--json"], ["schema", "study"], ["studies"]])
def test_a_reader_that_has_had_enough_ends_it_quietly(arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "mcarbon", *arguments],
        stdout=write,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1])},
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_version(run: Run) -> None:
    status, out, _ = run("--version")
    assert status == 0
    assert out.startswith("mcarbon ")


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own, from the folder above the package."""
    folder = Path(cli.__file__).parents[1]
    paths = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": paths, **environment},
        check=False,
    )


@pytest.mark.parametrize("arguments", [["--help"], ["studies"], ["stress", "--help"], ["sensitivity", "--help"]])
def test_a_cold_start_does_not_load_the_engine(arguments: list[str]) -> None:
    done = python(
        f"import sys; sys.argv = ['mcarbon', *{arguments!r}]\n"
        "from mcarbon import cli\n"
        "try:\n    cli.main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = {'numba', 'numpy', 'scipy', 'xarray', 'pint', 'rich', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_studies_lists_what_is_built_in(run: Run) -> None:
    assert "tomlinson-2024" in run("studies")[1]
    assert "tomlinson-2024" in [each["id"] for each in json.loads(run("studies", "--json")[1])["studies"]]


@pytest.mark.parametrize(("encoding", "sign"), [("utf-8", "─"), ("ascii", "---"), ("latin-1", "---")])
def test_signs_follow_the_encoding(encoding: str, sign: str) -> None:
    done = python(
        "import sys; sys.argv = ['mcarbon', 'studies']\nfrom mcarbon import cli; cli.main()", PYTHONIOENCODING=encoding
    )
    assert done.returncode == 0
    assert sign in done.stdout
    assert done.stdout.isascii() == (encoding != "utf-8")
