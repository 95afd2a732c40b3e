"""Kill whole runs at random moments, and count what is lost (`make faults`): nothing is to be.

Each kind of run writes over a result that is there. After each kill the result must be the whole old one or a whole new
one, equal in all its bytes or draws; after the last one, a run that is left alone must end well, and leave nothing beside
its result. Prints the table of docs/validation.md.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xarray

ROOT = Path(__file__).resolve().parent.parent
W12 = ROOT / "tests" / "studies" / "w12.toml"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
SHARES = (3, 8, 8, 2, 6, 3)
"""How often each kind is killed, beside the others: those that begin cold take long."""
SAID = "interrupted; no file is left half written"


def command(*arguments: object, **environment: str) -> subprocess.Popen[str]:
    """Start the command line."""
    asked = [sys.executable, "-m", "mcarbon", *map(str, arguments)]
    piped = subprocess.PIPE
    return subprocess.Popen(asked, stdout=subprocess.DEVNULL, stderr=piped, text=True, env=ENVIRONMENT | environment)


WARM = """
import json, os, sys
import h5netcdf, h5py, xarray, zarr
from mcarbon.__main__ import main
from mcarbon import cli
import mcarbon.reporting.report, mcarbon.showing.keeping
sys.argv = ["mcarbon", "run", sys.argv[1], "--draws", "64", "--threads", "1"]
output = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
try:
    cli.main()
except SystemExit:
    pass
for line in sys.stdin:
    asked, said = json.loads(line)
    child = os.fork()
    if child == 0:
        os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        sys.argv = ["mcarbon", *asked]
        main()
        os._exit(0)
    os.write(output, f"{child}\\n".encode())
    os.write(output, f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\\n".encode())
"""


class Warm:
    """A process that has imported all that a run needs, and forks: its runs are computing and writing alone.

    A run that it makes is used as one of `command`.
    """

    def __init__(self, folder: Path) -> None:
        piped = subprocess.PIPE
        self.said = folder / "said"
        asked = [sys.executable, "-c", WARM, str(W12)]
        self.process = subprocess.Popen(asked, stdin=piped, stdout=piped, text=True, bufsize=1, env=ENVIRONMENT)

    def command(self, *arguments: object) -> Warm:
        """Start a run."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.returncode: int | None = None
        self.process.stdin.write(json.dumps([[str(each) for each in arguments], str(self.said)]) + "\n")
        self.process.stdin.flush()
        self.pid = int(self.process.stdout.readline())
        self.ending = threading.Thread(target=self._wait)
        self.ending.start()
        return self

    def _wait(self) -> None:
        assert self.process.stdout is not None
        self.returncode = int(self.process.stdout.readline())

    def wait(self, seconds: float) -> None:
        """Wait for the end of the run, so long at most."""
        self.ending.join(seconds)

    def poll(self) -> int | None:
        """The status of a run that has ended."""
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the run."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def communicate(self) -> tuple[None, str]:
        """Wait for the end, and give what was said on stderr."""
        self.ending.join()
        return None, self.said.read_text() if self.said.exists() else ""


def draws(path: Path) -> str:
    """A digest of all draws of a file or store, and of its attributes."""
    with xarray.open_dataset(path) if path.suffix == ".nc" else xarray.open_zarr(path, chunks=None) as kept:
        loaded = kept.load()
    said = json.dumps({name: str(value) for name, value in sorted(loaded.attrs.items())})
    digest = hashlib.sha256(said.encode())
    for name in sorted(loaded.data_vars):
        digest.update(name.encode() + loaded[name].values.tobytes())
    return digest.hexdigest()


def report(path: Path) -> str:
    """A digest of all files of a report."""
    digest = hashlib.sha256()
    for each in sorted(path.rglob("*")):
        if each.is_file() and ".mcarbon-" not in str(each.relative_to(path)):
            digest.update(str(each.relative_to(path)).encode() + each.read_bytes())
    return digest.hexdigest()


@dataclass
class Kind:
    """A kind of run: what it writes, from which seed, and how what is there is read as one text."""

    name: str
    place: Path
    asked: Callable[[int], list[object]]
    read: Callable[[Path], str]
    begin: Callable[..., Any] = command
    fresh: bool = False
    """Whether it compiles its kernels, too."""
    happened: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0


def kinds(folder: Path, scheduler: str) -> list[Kind]:
    """All kinds of runs that are killed."""

    def run(name: str, *more: object) -> Callable[[int], list[object]]:
        return lambda seed: ["run", W12, "--draws", 2**16, "--seed", seed, *more, "-o", folder / name]

    warm = Warm(folder).command
    return [
        Kind("`run -o draws.nc`, from its first import", folder / "a.nc", run("a.nc"), draws),
        Kind("`run -o draws.nc`", folder / "e.nc", run("e.nc"), draws, warm),
        Kind("`run -o draws.zarr`", folder / "b.zarr", run("b.zarr"), draws, warm),
        Kind("`run -o draws.nc`, compiling", folder / "c.nc", run("c.nc"), draws, fresh=True),
        Kind(
            "`report -o`",
            folder / "report",
            lambda seed: ["report", "dodge-2022", "--draws", 2**12, "--seed", seed, "-o", folder / "report"],
            report,
            warm,
        ),
        Kind("`run --scheduler -o draws.zarr`", folder / "d.zarr", run("d.zarr", "--scheduler", scheduler), draws),
    ]


def left_beside(folder: Path) -> list[Path]:
    """What killed runs have left."""
    return [path for path in folder.rglob("*.mcarbon-*") if path.is_dir()]


def whole(kind: Kind, seed: int, caches: Path) -> float:
    """Let a run end, and give the seconds that it took."""
    start = time.monotonic()
    process = kind.begin(*kind.asked(seed), **({"NUMBA_CACHE_DIR": str(caches)} if kind.fresh else {}))
    said = process.communicate()[1]
    assert process.returncode == 0, said
    return time.monotonic() - start


def kill(kind: Kind, times: int, chance: random.Random, folder: Path) -> None:
    """Kill runs of a kind at random moments, and see what is there then: every second one is only told to end."""
    caches = folder / "caches"
    expected = {}
    for seed in (1, 2):
        took = whole(kind, seed, caches)
        expected[kind.read(kind.place)] = seed
    assert len(expected) == 2
    there = 2
    for number in range(times):
        if kind.fresh:
            shutil.rmtree(caches, ignore_errors=True)
        seed = 3 - there
        process = kind.begin(*kind.asked(seed), **({"NUMBA_CACHE_DIR": str(caches)} if kind.fresh else {}))
        with contextlib.suppress(subprocess.TimeoutExpired):
            # Half of them in the part in which results are written.
            process.wait(took * (chance.uniform(0.0, 1.0) if chance.random() < 0.5 else chance.uniform(0.6, 1.05)))
        ended = process.poll() is not None
        sent = (signal.SIGKILL, signal.SIGINT, signal.SIGKILL, signal.SIGTERM)[number % 4]
        told = time.monotonic()
        process.send_signal(sent)
        said = process.communicate()[1]
        if ended:
            kind.happened["ended before"] += 1
        elif sent == signal.SIGKILL:
            kind.happened["killed"] += 1
        else:
            kind.happened["interrupted"] += 1
            kind.slowest = max(kind.slowest, time.monotonic() - told)
            # In the first moments the interpreter itself is not there yet, and in the last no longer.
            if process.returncode not in (0, -sent) and (process.returncode, said.splitlines()[-1:]) != (128 + sent, [SAID]):
                kind.happened["not told well"] += 1
                print(process.returncode, said, file=sys.stderr)
        found = None
        with contextlib.suppress(Exception):
            found = expected.get(kind.read(kind.place))
        if found is None:
            kind.happened["lost"] += 1
            print(f"{kind.name}: what is there after kill {number} is neither the old nor the new one", file=sys.stderr)
            whole(kind, there, caches)
        else:
            there = found
            kind.happened["new"] += found == seed
    whole(kind, 1, caches)
    assert expected[kind.read(kind.place)] == 1
    kind.happened["left beside"] = len(left_beside(kind.place.parent if kind.read is not report else kind.place))


def two_at_once(times: int, folder: Path) -> Counter[str]:
    """Two processes compile into the same empty folder, and write the same file."""
    happened: Counter[str] = Counter()
    place, caches = folder / "two.nc", folder / "shared"
    for _ in range(times):
        shutil.rmtree(caches, ignore_errors=True)
        asked = ("run", W12, "--draws", 2**14)
        both = [command(*asked, "--seed", seed, "-o", place, NUMBA_CACHE_DIR=str(caches)) for seed in (1, 2)]
        said = [process.communicate()[1] for process in both]
        happened["pairs"] += 1
        happened["failed"] += any(process.returncode for process in both) or any("rror" in each for each in said)
        before = {path: path.stat().st_mtime_ns for path in caches.rglob("*.kernel")}
        alone = command(*asked, "--seed", 1, "-o", folder / "one.nc", NUMBA_CACHE_DIR=str(caches))
        happened["failed"] += bool(alone.communicate()[1]) or alone.returncode != 0
        happened["compiled again"] += before != {path: path.stat().st_mtime_ns for path in caches.rglob("*.kernel")}
        happened["lost"] += draws(place) not in (draws(folder / "one.nc"), other(folder))
    return happened


def other(folder: Path) -> str:
    """The draws of the second of two processes."""
    process = command("run", W12, "--draws", 2**14, "--seed", 2, "-o", folder / "other.nc")
    assert process.wait() == 0
    return draws(folder / "other.nc")


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """A cluster of two processes on this machine; gives its address."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as local:
        yield local.scheduler_address


def main() -> None:
    """Kill, count, print the table; exit with 1 where anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200, help="kills in all")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    # A shell has what it starts in the background ignore Ctrl-C, and so all that this starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    faults = 0
    with tempfile.TemporaryDirectory() as name, cluster() as scheduler:
        folder = Path(name)
        every = kinds(folder, scheduler)
        share = [each / sum(SHARES) for each in SHARES]
        print("| run | killed | interrupted | ended before | new result there | lost | left beside | slowest to leave |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for kind, part in zip(every, share, strict=True):
            kill(kind, round(asked.times * part), chance, folder)
            counts = ("killed", "interrupted", "ended before", "new", "lost", "left beside")
            row = [kind.name, *(str(kind.happened[each]) for each in counts), f"{kind.slowest:.2f} s"]
            print(f"| {' | '.join(row)} |", flush=True)
            faults += kind.happened["lost"] + kind.happened["left beside"] + kind.happened["not told well"]
        two = two_at_once(max(1, asked.times // 40), folder)
        print(f"\nTwo at once: {', '.join(f'{name} {count}' for name, count in two.items())}")
        faults += two["failed"] + two["lost"] + two["compiled again"]
    sys.exit(faults > 0)


if __name__ == "__main__":
    main()
