"""Arguments of the command line that cannot be, and files that are none: a message of a few lines and status 2."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mcarbon import cli

SOUND = Path(__file__).parent / "data" / "sound"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """The command line, in a folder with a sound study and files that are none."""
    shutil.copytree(SOUND, tmp_path / "s")
    monkeypatch.chdir(tmp_path / "s")
    Path("folder.toml").mkdir()
    Path("folder.nc").mkdir()
    Path("empty.toml").write_bytes(b"")
    Path("blank.toml").write_bytes(b"\n\n")
    Path("binary.toml").write_bytes(bytes(range(256)) * 20)
    text = SOUND.joinpath("study.toml").read_text("utf-8")
    Path("utf16.toml").write_text(text, "utf-16")
    Path("utf32.toml").write_text(text, "utf-32")
    Path("latin.toml").write_text(text.replace("Servers", "Sérvers"), "latin-1")
    Path("cut.toml").write_text(text[: len(text) // 2], "utf-8")
    Path("list.toml").write_text("[[inputs]]\n", "utf-8")
    Path("json.toml").write_text('{"format": 1}', "utf-8")
    Path("page.toml").write_text("<!doctype html>\n", "utf-8")
    Path("broken.toml").symlink_to("nowhere.toml")
    Path("round.toml").symlink_to("round.toml")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["mcarbon", *arguments])
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        return status, *capsys.readouterr()

    return run


FILES = {
    "folder.toml": "this is a folder, not a file",
    "empty.toml": "`format` is missing",
    "blank.toml": "`quantities` is missing",
    "binary.toml": "not UTF-8",
    "utf16.toml": "not UTF-8",
    "utf32.toml": "not UTF-8",
    "latin.toml": "not UTF-8: byte 0xe9",
    "cut.toml": "line ",
    "list.toml": "must be a table, not a list",
    "json.toml": "this is not TOML",
    "page.toml": "this is not TOML",
    "broken.toml": "there is no such file",
    "round.toml": "cannot be read",
    "nothing.toml": "there is no such file",
    "nowhere/x.toml": "there is no such file",
    "a\x00b.toml": "cannot be read",
    "x" * 5000 + ".toml": "cannot be read",
    "": "there is no study ``",
    "study.toml/x.toml": "cannot be read",
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("command", ["check", "show", "run"])
def test_a_file_that_is_none(run: Run, command: str, name: str) -> None:
    status, out, err = run(command, name)
    if (command, name) in (("check", "folder.toml"), ("check", "")):
        # `check` takes folders: this one has no study in it, and the working folder has those above.
        assert status == 2 and "error: " in err
        return
    assert (status, out) == (2, "") and FILES[name] in err, err
    assert err.startswith("error: ") and len(err) < 12_000


@pytest.mark.parametrize("change", [("\n", "\r\n"), ("format = 1", "\ufeffformat = 1")])
def test_line_ends_and_marks_are_no_fault(run: Run, change: tuple[str, str]) -> None:
    text = SOUND.joinpath("study.toml").read_text("utf-8").replace(*change)
    Path("study.toml").write_bytes(text.encode())
    assert run("check", "study.toml")[0] == 0


Q = ("--quantity", "total")
C = ("--claim", "first")
WRITE = ("run", "study.toml", *Q, "--draws", "64", "-o")
ARGUMENTS: list[tuple[tuple[str, ...], str]] = [
    *((("run", "study.toml", "--draws", bad), "--draws") for bad in ("abc", "0", "-5", "1e3", "", "1.5")),
    *((("run", "study.toml", "--draws", bad), "are too many") for bad in ("9" * 30, str(2**62))),
    *((("run", "study.toml", "--replicates", bad), "--replicates") for bad in ("abc", "0", "1")),
    (("run", "study.toml", "--replicates", "9" * 30), "replicates cannot be"),
    *((("run", "study.toml", "--seed", bad), "--seed") for bad in ("abc", "-1", "1e3")),
    *((("run", "study.toml", "--threads", bad), "--threads") for bad in ("abc", "0", "-1")),
    *((("run", "study.toml", "--tolerance", bad), "tolerance") for bad in ("abc", "0", "-1", "nan", "inf")),
    *((("run", "study.toml", "--level", bad), "--level") for bad in ("abc", "0", "1", "nan", "-inf")),
    *((("run", "study.toml", "--quantiles", bad), "--quantiles") for bad in ("abc", "0", "1", "nan", "0.5;0.9", ",")),
    (("run", "study.toml", "--method", "guess"), "--method"),
    (("run", "study.toml", "--interval", "narrow"), "--interval"),
    (("run", "study.toml", "--quantity", "totl"), 'Did you mean "total"?'),
    (("run", "study.toml", "--quantity", ""), "there is no quantity"),
    (("run", "study.toml", "--scheduler", "nonsense"), "nonsense"),
    (("run", "study.toml", "--nonsense"), "--nonsense"),
    (("run", "study.toml", "more"), "more"),
    *((("run", "study.toml", "--set", bad), "--set") for bad in ("", "=", "idle", "idle=", "idle=1e999", "idle=nan", "x=1")),
    *((("run", "study.toml", "--choose", bad), "--choose") for bad in ("", "boundary", "boundary=", "boundary=x", "x=1")),
    *(((*WRITE, bad), "--output") for bad in ("x.xlsx", "x", "nowhere/x.nc", "folder.nc", "study.toml/x.nc", "")),
    *(((*WRITE, bad), bad) for bad in ("/proc/x.nc", "/proc/x.csv", "/proc/x.zarr")),
    (("stress", "study.toml", "--claim", "frst"), 'Did you mean "first"?'),
    (("stress", "study.toml", "--choose", "boundary=whole-life"), "--choose"),
    (("reproduce", "study.toml", "--claim", ""), "there is no claim"),
    (("reproduce", "study.toml", "nothing", "empty.toml"), "there is no study `nothing`"),
    (("sensitivity", "study.toml", "--quantity", "totl"), 'Did you mean "total"?'),
    *((("sensitivity", "study.toml", *Q, "--at", bad), "--at") for bad in ("", "=", "system")),
    (("sensitivity", "study.toml", *Q, "--at", "sytem=a"), "sytem"),
    (("sensitivity", "study.toml", *Q, "--at", "system=d"), "system"),
    (("sensitivity", "study.toml", *Q, "--scale", "square"), "--scale"),
    (("break-even", "study.toml"), "--claim, --quantity"),
    (("break-even", "study.toml", *Q, *C), "--claim, --quantity"),
    *((("break-even", "study.toml", *Q, "--target", bad), "--target") for bad in ("abc", "", "1/0", "1..2", "nan", "1e999")),
    *((("break-even", "study.toml", *Q, "--chance", bad), "chance") for bad in ("0", "1", "2", "nan", "abc")),
    (("multiverse", "study.toml", "--claim", "frst"), 'Did you mean "first"?'),
    (("robustness", "study.toml", "--claim", "frst"), 'Did you mean "first"?'),
    (("report", "study.toml", "--draws", "64", "--format", "docx"), "--format"),
    (("report", "study.toml", "--draws", "64", "--format", ""), "--format"),
    (("report", "study.toml", "--draws", "64", "-o", "study.toml"), "study.toml"),
    (("report", "study.toml", "--draws", "64", "-o", "/proc/x"), "/proc/x"),
    (("new", "study.toml"), "this is there already"),
    (("new", "folder.toml"), "this is there already"),
    (("new", "x.txt"), "a study is a TOML file"),
    (("new", "nowhere/x.toml"), "nowhere/x.toml"),
    (("new", "/proc/x.toml"), "/proc/x.toml"),
    (("new", ""), "a study is a TOML file"),
    (("check",), "PATH"),
    (("schema", "nonsense"), "nonsense"),
    (("priors", "nothing.at_all"), "there is no"),
    (("priors", "../../etc/passwd"), "there is no"),
    (("nonsense",), "nonsense"),
]  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="/proc stands for a folder that cannot be written to, even by root")
@pytest.mark.parametrize(("arguments", "told"), ARGUMENTS, ids=[" ".join(row[0])[:60] for row in ARGUMENTS])
def test_arguments_that_cannot_be(run: Run, arguments: tuple[str, ...], told: str) -> None:
    before = sorted(os.listdir())
    status, out, err = run(*arguments)
    assert (status, out) == (2, ""), out + err
    assert told in err, err
    assert "Traceback" not in err and len(err) < 8000
    assert sorted(os.listdir()) == before
