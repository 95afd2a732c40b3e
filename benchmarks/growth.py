"""How cost grows: with draws, with inputs, with outputs, with the size of a study; time, and the peak of memory.

    python benchmarks/growth.py [draws] [outputs] [inputs] [load] [families] [--most-draws 1e8]

Each line is a process of its own with compiled kernels. `run` is the time from a loaded study to its summary; memory is what
the process takes at its peak above what it took after a first summary of few draws; the sum is in parentheses.
`load` is the time from a text to a program that is ready to draw. The processor's time stands beside that of the clock,
which a busy machine moves more.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from made_studies import PRIORS, large, wide

W12 = Path(__file__).parent.parent / "tests" / "studies" / "w12.toml"
FEW = 2**10
SIZES = (125, 250, 500, 1000)


def peak() -> float:
    """The largest memory of this process so far, in MB (on Linux)."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(text: str, draws: int, options: dict[str, object]) -> dict[str, float]:
    """What a process of its own does, to see how a summary grows."""
    import mcarbon as mc

    study = mc.parse_study(text)
    quantities = ["ratio", "ai", "human"] if study.id == "w12" else None
    mc.summarize(study, quantities, draws=FEW, **options)
    before, start, processor = peak(), time.perf_counter(), time.process_time()
    mc.summarize(study, quantities, draws=draws, **options)
    done, used = time.perf_counter() - start, time.process_time() - processor
    return {"run": done, "processor": used, "above": peak() - before, "peak": peak()}


def load(text: str) -> dict[str, float]:
    """What a process of its own does, to see how loading grows: the text to a program, then a summary."""
    import mcarbon as mc
    from mcarbon.engine.program import compile_program
    from mcarbon.reading.model import build_model

    mc.summarize(mc.parse_study(large(20, 60, 10)), draws=FEW)
    start, processor = time.perf_counter(), time.process_time()
    study = mc.parse_study(text)
    parsed = time.perf_counter()
    names = [name for name in study.quantities if name.startswith("y")]
    compile_program(build_model(study), [(name, {}) for name in names], smooth=True)
    done, used = time.perf_counter(), time.process_time() - processor
    mc.summarize(study, names, draws=2**16)
    return {
        "parse": parsed - start,
        "load": done - start,
        "processor": used,
        "summary": time.perf_counter() - done,
    }


def apart(work: str, text: str, *arguments: object) -> dict[str, float]:
    """What a function of this module gives in a process of its own."""
    command = [sys.executable, __file__, "--apart", json.dumps([work, *arguments])]
    return dict(json.loads(subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=True).stdout))


def show_run(name: str, text: str, draws: int, **options: object) -> None:
    found = apart("run", text, draws, options)
    seconds = f"run {found['run']:8.2f} s (processor {found['processor']:8.2f} s)"
    print(f"{name:46} {seconds}  above {found['above']:5.0f} MB ({found['peak']:4.0f})", flush=True)


def show_load(name: str, text: str) -> None:
    found = apart("load", text)
    print(
        f"{name:46} parse {found['parse']:5.2f} s  load {found['load']:5.2f} s (processor {found['processor']:5.2f} s)  "
        f"summary of 2**16 draws {found['summary']:5.2f} s",
        flush=True,
    )


def draws(most: float) -> None:
    text = W12.read_text("utf-8")
    for method in ("sobol", "random"):
        number = 10**4
        while number <= most:
            show_run(f"W12, {method}, {number:.0e} draws", text, number, method=method)
            number *= 10


def inputs() -> None:
    for number in (5, 50, 500):
        show_run(f"{number} inputs, 20 outputs, 2**16 draws", wide(number, 20), 2**16)


def outputs() -> None:
    for number in (1, 10, 100, 1000):
        show_run(f"50 inputs, {number} outputs, 2**16 draws", wide(50, number), 2**16)
    for number, replicates in ((1000, 16), (1000, 32), (5000, 32)):
        name = f"50 inputs, {number} outputs, 2**23 draws, {replicates}"
        show_run(name, wide(50, number), 2**23, replicates=replicates, smooth=False)


def sizes() -> None:
    for number in SIZES:
        name = f"{number} log-normal inputs, {4 * number} formulas, {3 * number // 5} outputs"
        show_load(name, large(number, 4 * number, 3 * number // 5))


def families() -> None:
    for family in PRIORS:
        show_load(f"500 inputs ({family}), 2000 formulas, 300 outputs", large(500, 2000, 300, family))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help="draws, outputs, inputs, load, families; all where none is named")
    parser.add_argument("--most-draws", type=float, default=1e8)
    parser.add_argument("--apart", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.apart:
        work, *arguments = json.loads(options.apart)
        print(json.dumps({"run": run, "load": load}[work](sys.stdin.read(), *arguments)))
        return
    parts = {
        "draws": lambda: draws(options.most_draws),
        "inputs": inputs,
        "outputs": outputs,
        "load": sizes,
        "families": families,
    }
    for name in options.parts or parts:
        load_average = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
        print(f"{name}: Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors{load_average}")
        parts[name]()


if __name__ == "__main__":
    main()
