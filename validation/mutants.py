"""Mutation testing of kernels and statistics: a seeded sample of mutants, each held against the tests that run its function.

    NUMBA_DISABLE_JIT=1 python validation/mutants.py --sample 60 --seed 1

Kernels are plain Python here. Tests are collected once; a mutant gets a fork of this process, its code in the place of the
function's, and the tests that call that function, the quickest first, until one fails. A mutant is killed by a failing
test, by using four times the processor time of all of them, or by not starting. Everything is counted: modules, their
mutants, those sampled, and each survivor with its line.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import os
import random
import resource
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from mutations import Mutant, mutants, mutated

ROOT = Path(__file__).parent.parent
MODULES = (
    "engine.streams", "engine.machine", "engine.kernels", "engine.bins", "engine.tally", "engine.smoothed",
    "engine.factors", "engine.shortest", "engine.exchange", "engine.pair", "engine.held", "engine.nested",
    "answers.indices",
)  # fmt: skip
MOST_MEMORY = 8 << 30


def main() -> int:
    """Run the sample and print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", default=MODULES, help="modules of mcarbon, such as engine.streams")
    parser.add_argument("--sample", type=int, default=60, help="mutants of each module; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--again", type=Path, help="the output of an earlier run: only the mutants that survived it")
    parser.add_argument("--least", type=float, default=0.9, help="the share killed below which the exit status is 1")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / ".made" / "mutants.json")
    asked = parser.parse_args()
    if os.environ.get("NUMBA_DISABLE_JIT") != "1":
        parser.error("set NUMBA_DISABLE_JIT=1: compiled kernels cannot be exchanged")
    trial = Trial(asked)
    status = pytest.main(
        [
            "-q",
            "--capture=sys",
            "-p",
            "no:cacheprovider",
            "-m",
            "kernels and not statistics",
            "--rootdir",
            str(ROOT),
            str(ROOT / "tests"),
        ],
        plugins=[trial],
    )
    return int(status) or trial.status


class Trial:
    """A plugin that runs mutants in the place of pytest's loop over tests."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.asked = asked
        self.status = 0

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests once as they are, then the mutants."""
        tests = list(session.items)
        modules = [importlib.import_module(f"mcarbon.{name}") for name in self.asked.modules]
        sources = {inspect.getsourcefile(module): module.__name__ for module in modules}
        sound, calls = _forked(lambda: _calls(tests, sources))
        if not sound:
            raise pytest.UsageError(f"tests fail without a mutant: {calls}")
        of_function, seconds = defaultdict(list), {number: each[0] for number, each in calls.items()}
        for number in sorted(calls, key=lambda number: seconds[number]):
            for function in calls[number][1]:
                of_function[function].append(number)

        found: list[dict[str, Any]] = []
        todo = list(self._sampled(modules))
        running: dict[int, tuple[ModuleType, Mutant, int, float]] = {}
        while todo or running:
            while todo and len(running) < self.asked.workers:
                module, mutant = todo.pop(0)
                numbers = of_function[module.__name__, mutant.function]
                limit = 5 + 4 * sum(seconds[number] for number in numbers)
                pid = _start(lambda: _survives(module, mutant, [tests[k] for k in numbers]), limit)  # noqa: B023
                running[pid] = module, mutant, len(numbers), time.time()
            pid, status = os.wait()
            module, mutant, n, began = running.pop(pid)
            found.append(
                {
                    "module": module.__name__, "line": mutant.line, "function": mutant.function, "change": mutant.text,
                    "tests": n, "survived": status == 0, "how": _how(status), "seconds": round(time.time() - began, 2),
                }
            )  # fmt: skip
            if status == 0:
                said = f"{module.__name__}:{mutant.line} {mutant.function}: {mutant.text} ({n} tests)"
                print(f"\nsurvived  {said}", end="", file=sys.__stdout__, flush=True)
        self._tell(modules, found)
        return True

    def _sampled(self, modules: list[ModuleType]) -> Iterator[tuple[ModuleType, Mutant]]:
        self.all = {module.__name__: mutants(inspect.getsource(module)) for module in modules}
        if self.asked.again:
            before = json.loads(self.asked.again.read_text())["found"]
            left = {(each["module"], each["line"], each["change"]) for each in before if each["survived"]}
            for module in modules:
                every = self.all[module.__name__]
                yield from ((module, each) for each in every if (module.__name__, each.line, each.text) in left)
            return
        for module in modules:
            every = self.all[module.__name__]
            size = min(self.asked.sample or len(every), len(every))
            chosen = random.Random(f"{self.asked.seed} {module.__name__}").sample(range(len(every)), size)
            yield from ((module, every[k]) for k in sorted(chosen))

    def _tell(self, modules: list[ModuleType], found: list[dict[str, Any]]) -> None:
        self.asked.output.parent.mkdir(exist_ok=True)
        counts = {name: len(every) for name, every in self.all.items()}
        document = {"seed": self.asked.seed, "sample": self.asked.sample, "mutants": counts, "found": found}
        self.asked.output.write_text(json.dumps(document, indent=1) + "\n")
        print("\n\n| Module | Mutants | Sampled | Killed | Share |\n| --- | ---: | ---: | ---: | ---: |")
        for name in [*counts, "all"]:
            here = [each for each in found if name in (each["module"], "all")]
            killed = sum(not each["survived"] for each in here)
            total = sum(counts.values()) if name == "all" else counts[name]
            print(f"| {name} | {total} | {len(here)} | {killed} | {killed / max(len(here), 1):.1%} |")
        print("by", dict(Counter(each["how"] for each in found)))
        self.status = int(killed < self.asked.least * len(found))


def _calls(tests: list[pytest.Item], sources: dict[str | None, str]) -> tuple[bool, dict[int, Any]]:
    """Whether the tests pass, and for each its processor time and the functions that it calls (or those that fail)."""
    made: set[CodeType] = set()

    def profile(frame: Any, event: str, argument: object) -> None:
        if event == "call":
            made.add(frame.f_code)

    calls: dict[int, Any] = {}
    failed = {}
    threading.setprofile(profile)
    for number, test in enumerate(tests):
        made.clear()
        sys.setprofile(profile)
        began = time.process_time()
        passed = _passes(test)
        used = time.process_time() - began
        sys.setprofile(None)
        if not passed:
            failed[number] = test.nodeid
        here = {(sources[code.co_filename], _function(code)) for code in made if code.co_filename in sources}
        calls[number] = used, sorted(here | {(name, "") for name, _ in here})
    return (False, failed) if failed else (True, calls)


def _function(code: CodeType) -> str:
    """The function that a comprehension or lambda stands in."""
    parts = code.co_qualname.split(".<locals>.")
    while parts and parts[-1].startswith("<"):
        parts.pop()
    return ".<locals>.".join(parts)


def _passes(test: pytest.Item) -> bool:
    return not any(report.failed for report in runtestprotocol(test, log=False, nextitem=None))


def _survives(module: ModuleType, mutant: Mutant, tests: list[pytest.Item]) -> bool:
    put_in(module, mutated(inspect.getsource(module), mutant))
    return all(_passes(test) for test in tests)


def put_in(module: ModuleType, tree: Any) -> None:
    """Give a module's functions the code of another tree, and its values (and copies of them elsewhere) the values."""
    other = {"__name__": module.__name__, "__file__": module.__file__}
    exec(compile(tree, str(module.__file__), "exec"), other)
    new = dict(_functions(other, module.__name__))
    for name, function in _functions(vars(module), module.__name__):
        if function.__code__.co_filename != "<string>":  # not written by `dataclass`, of which the defaults count alone
            function.__code__ = new[name].__code__
        if repr(function.__defaults__) != repr(new[name].__defaults__):
            function.__defaults__ = new[name].__defaults__
    for name, value in other.items():
        old = vars(module).get(name)
        if name.startswith("__") or callable(value) or isinstance(value, ModuleType) or repr(old) == repr(value):
            continue
        for each in [known for key, known in sys.modules.items() if key.startswith("mcarbon.")]:
            if vars(each).get(name) is old:
                setattr(each, name, value)


def _functions(namespace: dict[str, Any], module: str, prefix: str = "") -> Iterator[tuple[str, FunctionType]]:
    for name, value in namespace.items():
        if isinstance(value, type) and value.__module__ == module:
            yield from _functions(dict(vars(value)), module, f"{prefix}{name}.")
            continue
        for inner in ("fget", "func", "__func__"):
            value = getattr(value, inner, None) or value
        value = inspect.unwrap(value) if callable(value) else value
        if isinstance(value, FunctionType) and value.__module__ == module:
            yield prefix + name, value


def _start(work: Callable[[], bool], limit: float) -> int:
    """A fork of this process that ends with 0 where `work` gives True; `limit` in seconds of its processor time."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, limit)
        status = 0 if work() else 1
    except BaseException:
        status = 2
    finally:
        os._exit(status)


def _forked(work: Callable[[], Any]) -> Any:
    """What `work` gives in a fork of this process, so that here nothing is remembered of it."""
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            with os.fdopen(write, "w") as stream:
                json.dump(work(), stream)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as stream:
        ok, calls = json.load(stream)
    os.waitpid(pid, 0)
    if not ok:
        return ok, calls
    return ok, {int(number): (used, [tuple(each) for each in here]) for number, (used, here) in calls.items()}


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        return "time" if os.WTERMSIG(status) == signal.SIGPROF else "end of the process"
    return {0: "survived", 1: "test"}.get(os.WEXITSTATUS(status), "error")


if __name__ == "__main__":
    sys.exit(main())
