"""What the machine may do in the middle of a run: kill it, interrupt it, have no room, forget or garble what was kept.

`faults/kill.py` (`make faults`) does the same to whole runs, hundreds of times.
"""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numba
import numpy as np
import pytest

from mcarbon import cli, files
from mcarbon.engine import kept_kernels
from mcarbon.errors import UserError
from mcarbon.files import whole_file, whole_files, whole_folder
from mcarbon.reading.load import check_files

ROOT = Path(cli.__file__).parents[1]
W12 = Path(__file__).parent / "studies" / "w12.toml"
linux = pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="looks into /proc")


@pytest.fixture(autouse=True)
def heeded():
    """A shell has what it starts in the background ignore Ctrl-C, and so all that is started here."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def start(*arguments, **environment):
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths, **environment},
    )


def left_beside(folder):
    return [path.name for path in folder.iterdir() if ".mcarbon-" in path.name]


HALF = """
import sys, time
from pathlib import Path
from mcarbon.files import whole_file, whole_folder
kind, path = sys.argv[1:]
with (whole_file if kind == "file" else whole_folder)(Path(path)) as beside:
    (beside if kind == "file" else beside / "part").write_text("half")
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_killed_while_writing(tmp_path, kind):
    """What was there stays; what is left of the killed process, and of no other one, the next one removes."""
    place = tmp_path / "kept"
    part = place if kind == "file" else place / "part"
    if kind == "folder":
        place.mkdir()
    part.write_text("before")
    writing = [start("-c", HALF, kind, place) for _ in range(2)]
    try:
        for process in writing:
            assert process.stdout.readline() == "ready\n"
        assert len(left_beside(tmp_path)) == 2
        writing[0].kill()
        writing[0].wait()
        assert part.read_text() == "before"
        assert len(left_beside(tmp_path)) == 2
        with (whole_file if kind == "file" else whole_folder)(place) as beside:
            (beside if kind == "file" else beside / "part").write_text("after")
        assert part.read_text() == "after"
        assert len(left_beside(tmp_path)) == 1
    finally:
        for process in writing:
            process.kill()
            process.communicate()
    files._remove_leftovers(place)
    assert not left_beside(tmp_path)


AGAIN_AND_AGAIN = """
import sys
from pathlib import Path
from mcarbon import files
path, exchanges, first = Path(sys.argv[1]), sys.argv[2] == "True", int(sys.argv[3])
if not exchanges:
    files._exchange = lambda one, other: False
print("ready", flush=True)
for number in range(first, first + int(sys.argv[4])):
    with files.whole_folder(path) as beside:
        for part in range(5):
            (beside / str(part)).write_text(str(number))
"""


def parts(folder):
    return [(folder / str(part)).read_text() for part in range(5)]


@pytest.mark.parametrize("exchanges", [True, False])
def test_killed_at_any_moment(tmp_path, exchanges):
    """A folder is there, and of one run; without an exchange in one step, at the latest when the next one begins."""
    chance = random.Random(1)
    place = tmp_path / "store.zarr"
    with whole_folder(place) as beside:
        for part in range(5):
            (beside / str(part)).write_text("before")
    for number in range(12):
        process = start("-c", AGAIN_AND_AGAIN, place, exchanges, 1000 * number, 10**6)
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.02, 0.1))
        process.kill()
        process.communicate()
        if not exchanges:
            files._remove_leftovers(place)
        assert len(set(parts(place))) == 1
        assert len(left_beside(tmp_path)) <= 1
    files._remove_leftovers(place)
    assert place.exists() and not left_beside(tmp_path)


@pytest.mark.parametrize("exchanges", [True, False])
def test_two_at_once(tmp_path, exchanges):
    place = tmp_path / "store.zarr"
    writing = [start("-c", AGAIN_AND_AGAIN, place, exchanges, first, 100) for first in (0, 1000)]
    for process in writing:
        assert process.communicate(timeout=120)[1] == "" and process.returncode == 0
    assert len(set(parts(place))) == 1 and parts(place)[0] in ("99", "1099")
    assert list(tmp_path.iterdir()) == [place]


@pytest.mark.parametrize(
    ("number", "told"),
    [(errno.ENOSPC, "Free some room"), (errno.EROFS, "Name a place that may be written to"), (errno.EFBIG, "ulimit -f")],
)
def test_a_fault_while_writing(tmp_path, number, told):
    (tmp_path / "draws.nc").write_text("before")

    def write():
        with whole_file(tmp_path / "draws.nc") as beside:
            beside.write_text("half")
            raise OSError(number, os.strerror(number))

    with pytest.raises(UserError, match=os.strerror(number)) as raised:
        write()
    (fault,) = raised.value.faults
    assert fault.file == str(tmp_path / "draws.nc") and told in fault.allowed
    assert (tmp_path / "draws.nc").read_text() == "before"
    assert not left_beside(tmp_path)


def test_files_of_a_folder_are_all_there_or_none(tmp_path, monkeypatch):
    """Room ends at the third file."""
    new = {"report.html": b"new", "tables/one.csv": b"new", "run.json": b"new"}
    write = Path.write_bytes

    def full(path, content):
        if path.name == "run.json":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, content)

    folder = tmp_path / "reports" / "tea"
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UserError, match="No space left"):
        whole_files(folder, new)
    assert not folder.exists()
    monkeypatch.undo()
    whole_files(folder, {"report.html": b"old", "run.json": b"old", "tables/one.csv": b"old"})
    (folder / "notes.txt").write_text("mine")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UserError, match="No space left"):
        whole_files(folder, new)
    assert {(folder / name).read_bytes() for name in new} == {b"old"}
    monkeypatch.undo()
    assert whole_files(folder, new) == [folder / name for name in new]
    assert {(folder / name).read_bytes() for name in new} == {b"new"}
    assert sorted(path.name for path in folder.iterdir()) == ["notes.txt", "report.html", "run.json", "tables"]


@pytest.mark.parametrize(
    "arguments", [("run", "-o", "{}/draws.nc"), ("run", "-o", "{}/x.zarr"), ("report", "-o", "{}/new/x")]
)
def test_a_folder_that_may_not_be_written_to_is_told_before_anything_is_computed(tmp_path, monkeypatch, capsys, arguments):
    access = os.access
    monkeypatch.setattr(
        files.os, "access", lambda path, *rest, **more: Path(path) != tmp_path and access(path, *rest, **more)
    )
    monkeypatch.setattr(files.os, "supports_effective_ids", set())
    for name in ("answers.stress.stress", "reporting.report.gather", "answers.summarize.summary_rows"):
        monkeypatch.setattr(f"mcarbon.{name}", lambda *_, **__: pytest.fail("computed"))
    command, *rest = (argument.format(tmp_path) for argument in arguments)
    monkeypatch.setattr(sys, "argv", ["mcarbon", command, "bloom-2022", *rest])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert capsys.readouterr().err.splitlines()[1:] == [
        "       this cannot be written: Permission denied",
        "       Name a place that may be written to. What was there before is as it was.",
    ]
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="limits are those of Unix")
def test_draws_that_do_not_fit(tmp_path):
    """HDF5 fails in its midst, and once more when it is closed: the message and the status are ours all the same."""
    (tmp_path / "draws.nc").write_text("before")
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "from mcarbon.__main__ import main; main()"
    )
    process = start("-c", code, "run", W12, "--draws", 2**14, "-o", tmp_path / "draws.nc")
    out, said = process.communicate(timeout=300)
    lines = said[said.index("error:") :].splitlines()
    assert (process.returncode, out) == (2, ""), said
    assert lines[1:] == [
        "       this cannot be written: File too large",
        "       Raise the limit (`ulimit -f`) or ask for fewer draws. What was there before is as it was.",
    ]
    assert (tmp_path / "draws.nc").read_text() == "before"
    assert not left_beside(tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["studies"], ["--help"], ["--version"], ["priors", "--json"]])
def test_a_disk_that_is_full_of_what_is_printed(arguments):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mcarbon", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        )
    assert done.returncode == 2
    assert "the output cannot be written: No space left on device" in done.stderr or "[Errno 28]" not in done.stderr
    assert "Traceback" not in done.stderr and len(done.stderr.splitlines()) <= 3


@pytest.mark.skipif(sys.platform == "win32", reason="streams are closed by a shell of Unix")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    ("asked", "status"), [("studies", 0), ("stress tang-2023 --draws 64", 0), ("check nowhere.toml", 2)]
)
def test_a_stream_that_is_closed_is_one_that_leads_nowhere(closed, asked, status, tmp_path):
    """It ended in a traceback: `print` finds no stream, and what is opened next gets its number."""
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m mcarbon {asked} {closed}', sys.executable],
        capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == status and "Traceback" not in done.stderr
    assert bool(done.stderr) == (status == 2 and "2>" not in closed)


@pytest.mark.parametrize(
    "asked", [["run", "tang-2023", "-o", "other/x.nc"], ["report", "tang-2023", "-o", "other/r"], ["new", "other/x.toml"]]
)
def test_the_folder_of_another_user(tmp_path, monkeypatch, capsys, asked):
    """To look whether a file is there is forbidden too, which was a traceback."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    stat = Path.stat

    def forbidden(path, *rest, **more):
        if path.parent.name == "other":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return stat(path, *rest, **more)

    monkeypatch.setattr(Path, "stat", forbidden)
    monkeypatch.setattr(sys, "argv", ["mcarbon", *asked])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert "cannot be reached: Permission denied\n       Ask whoever it belongs to" in told and "Traceback" not in told


def in_numba(process, seconds=120):
    """Wait until a process has the compiler, and then a little: it compiles, or draws with what was kept."""
    end = time.monotonic() + seconds
    while "llvmlite" not in Path(f"/proc/{process.pid}/maps").read_text():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.02)
    time.sleep(1.0)


@linux
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("doing", ["compiling", "drawing"])
def test_left_when_told(tmp_path, name, doing):
    """In a second where nobody else works; the bound leaves room for a busy machine. The work itself would take an hour."""
    (tmp_path / "draws.csv").write_text("before")
    environment = {"NUMBA_CACHE_DIR": str(tmp_path / "kernels")} if doing == "compiling" else {}
    asked = ("run", W12, "--draws", 2**35, "--replicates", 16, "-o", tmp_path / "draws.csv")
    process = start("-m", "mcarbon", *asked, **environment)
    in_numba(process)
    process.send_signal(getattr(signal, name))
    told = time.monotonic()
    out, said = process.communicate(timeout=60)
    assert time.monotonic() - told < 20
    assert (process.returncode, out) == (128 + getattr(signal, name), "")
    assert said.splitlines()[-1] == "interrupted; no file is left half written"
    assert all("ompil" in line for line in said.splitlines()[:-1])
    assert (tmp_path / "draws.csv").read_text() == "before"
    assert not left_beside(tmp_path)


ABANDONED = """
import os, sys, time
from pathlib import Path
from mcarbon.leaving import leave_when_told
leave_when_told()
from mcarbon.files import whole_folder
while True:
    with whole_folder(Path(sys.argv[1])) as beside:
        for part in range(40):
            (beside / str(part)).write_text(sys.argv[2])
            if part == 20:
                print("ready", flush=True)
"""


def test_left_at_any_moment(tmp_path):
    """Interrupted while folders take their places and are removed, the one that is there is whole."""
    chance = random.Random(2)
    place = tmp_path / "store"
    with whole_folder(place) as beside:
        for part in range(40):
            (beside / str(part)).write_text("before")
    for number in range(8):
        process = start("-c", ABANDONED, place, number)
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.0, 0.1))
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
        assert (process.returncode, said) == (130, "interrupted; no file is left half written\n")
        found = [path.read_text() for path in place.iterdir()]
        assert len(found) == 40 and len(set(found)) == 1


# Compiled kernels: a tiny one, kept as those of the engine are.


def doubled(x):
    return 2.0 * x


@pytest.fixture
def compile_it(tmp_path, monkeypatch):
    """Compile the tiny kernel as a new process would: 1 where it was kept."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(kept_kernels, "_faults", [])

    def compile_it():
        compiled = numba.njit(doubled)
        kept_kernels.keep_compiled(compiled, doubled)
        assert compiled(21.0) == 42.0
        return sum(compiled.stats.cache_hits.values())

    return compile_it


def kernels(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_kernels_are_kept(compile_it, tmp_path, monkeypatch):
    assert [compile_it() for _ in range(3)] == [0, 1, 1]
    assert [path.suffix for path in kernels(tmp_path)] == [".kernel"]
    monkeypatch.setattr(kept_kernels, "made_from", lambda function: "what has a line that is different")
    assert [compile_it() for _ in range(2)] == [0, 1]
    assert len(kernels(tmp_path)) == 1 and kept_kernels.not_kept() == ""


@pytest.mark.parametrize("how", ["empty", "cut short", "one bit", "another file", "longer"])
def test_a_kept_kernel_that_is_garbled_is_made_again(compile_it, tmp_path, how):
    compile_it()
    (path,) = kernels(tmp_path)
    whole = path.read_bytes()
    for place in (40, len(whole) // 2, len(whole) - 1):
        garbled = {
            "empty": b"", "cut short": whole[:place], "longer": whole + b"\0", "another file": b"\x80\x04N." * 100,
            "one bit": whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :],
        }  # fmt: skip
        path.write_bytes(garbled[how])
        assert [compile_it() for _ in range(2)] == [0, 1]


def test_kernels_that_cannot_be_kept(compile_it, tmp_path, monkeypatch):
    """The disk is full, or there is no folder at all: what is computed is the same, and why it takes long is told."""

    def full(**_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(kept_kernels.tempfile, "mkstemp", full)
        assert compile_it() == 0
    assert kept_kernels.not_kept().endswith("No space left on device")
    assert not kernels(tmp_path)
    kept_kernels._faults.clear()
    monkeypatch.setattr(kept_kernels._Kept._impl_class, "_locator_classes", [])
    assert compile_it() == 0
    assert kept_kernels.not_kept() == "no folder for them can be written"


def test_the_engine_keeps_its_kernels():
    """Numba's own way of keeping them, which checks nothing, is nowhere left."""
    from mcarbon.engine import kernels as engine

    assert isinstance(engine.count_draws._cache, kept_kernels._Kept)


def test_what_a_kernel_is_made_from():
    """A constant or a called kernel that another module has: what Numba itself does not see."""

    def made(constant=3.0, sign="+", name="y"):
        scope = {"CONSTANT": constant, "TABLE": np.array([constant])}
        exec(f"def inner({name}):\n    return {name} {sign} 1.0", scope)
        scope["inner"] = numba.njit(scope["inner"])
        exec("def outer(x):\n    return [inner(x) * CONSTANT for _ in range(2)]", scope)
        return kept_kernels.made_from(scope["outer"])

    assert made() == made()
    assert len({made(), made(constant=4.0), made(sign="-")}) == 3


def test_a_kernel_is_made_from_what_writes_code_for_it(monkeypatch):
    """Instructions for LLVM are written by plain functions, which the compiled ones do not name."""
    from mcarbon.engine import machine, vectors

    before = kept_kernels.made_from.__wrapped__(machine.look_up.py_func)
    monkeypatch.setattr(vectors, "_write_cubics", lambda *arguments: None)
    kept_kernels.made_from.cache_clear()
    try:
        assert kept_kernels.made_from(machine.look_up.py_func) != before
    finally:
        kept_kernels.made_from.cache_clear()


def test_a_folder_that_may_not_be_looked_into(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    (fault,) = check_files([tmp_path])
    assert (fault.what, fault.file) == ("this cannot be read: Permission denied", str(tmp_path))


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x80\x04N."])
def test_remembered_units_that_are_garbled_are_read_anew(content, tmp_path):
    """Those that are no unit written in a usual way: Pint's own files, and those that are kept beside them."""
    study, folder = tmp_path / "study.toml", tmp_path / "cache"
    study.write_text(
        'format = 1\nid = "far"\ntitle = "Far"\n[inputs.x]\nunit = "furlong"\nvalue = 2\nsource = "definition"\n'
        '[quantities.y]\nunit = "m"\nformula = "x"\n'
    )

    def said():
        run = start("-m", "mcarbon", "run", study, "--draws", 64, "--json", MCARBON_CACHE_DIR=str(folder))
        output, told = run.communicate()
        assert run.returncode == 0, told
        return output

    before = said()
    kept = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".pickle" for path in kept)
    for path in kept:
        path.write_bytes(content)
    assert said() == before and "402.33" in before


def test_folders_that_cannot_be_opened_nor_locked(tmp_path, monkeypatch):
    """Those of Windows, which has no `fcntl`, and where `os.open` refuses a folder."""
    really = os.open

    def refused(path, *arguments, **named):
        if os.path.isdir(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return really(path, *arguments, **named)

    monkeypatch.setattr(files, "fcntl", None)
    monkeypatch.setattr(files, "os", SimpleNamespace(**{**vars(os), "open": refused}))
    with whole_file(tmp_path / "draws.nc") as path:
        path.write_text("whole")
    whole_files(tmp_path / "report", {"report.html": b"whole"})
    assert (tmp_path / "draws.nc").read_text() == "whole" and (tmp_path / "report" / "report.html").read_bytes() == b"whole"
    assert not left_beside(tmp_path)


def test_the_engine_is_made_from_all_that_it_calls():
    from mcarbon.engine import kernels as engine
    from mcarbon.engine import machine

    before = kept_kernels.made_from.__wrapped__(engine.count_draws.py_func)
    kept_kernels.made_from.cache_clear()
    code = machine.evaluate.py_func.__code__
    try:
        machine.evaluate.py_func.__code__ = code.replace(co_consts=(*code.co_consts, "edited"))
        assert kept_kernels.made_from(engine.count_draws.py_func) != before
    finally:
        machine.evaluate.py_func.__code__ = code
        kept_kernels.made_from.cache_clear()
    assert kept_kernels.made_from(engine.count_draws.py_func) == before
