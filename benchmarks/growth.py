"""How cost grows: with draws, with inputs, with outputs; time, and the peak of memory of a process of its own.

    python benchmarks/growth.py [--most-draws 1e9]

Each line is a process of its own with compiled kernels: seconds from a loaded study to its summary, and the resident
memory at its peak, of which some 200 MB are Python and its libraries.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

W12 = Path(__file__).parent.parent / "tests" / "studies" / "w12.toml"


def wide(inputs: int, outputs: int) -> str:
    """A study of log-normal inputs; each output adds a product of three of them to what two others give."""
    lines = ['format = 1\nid = "wide"\ntitle = "Wide"']
    prior = '{ family = "lognormal", median = 1.0, gsd = 1.5 }'
    lines += [f'inputs.x{k} = {{ unit = "1", prior = {prior}, source = "judgement" }}' for k in range(inputs)]
    for k in range(outputs):
        a, b, c, d, e = ((7 * k + 3 * j) % inputs for j in range(5))
        lines.append(f'quantities.y{k} = {{ unit = "1", formula = "x{a} * x{b} * x{c} + x{d} / (1 + x{e})" }}')
    return "\n".join(lines)


def once(text: str, draws: int) -> None:
    """What a process of its own does."""
    import resource

    import mcarbon as mc

    start = time.perf_counter()
    study = mc.parse_study(text)
    loaded = time.perf_counter()
    quantities = ["ratio", "ai", "human"] if study.id == "w12" else None
    mc.summarize(study, quantities, draws=2**10)
    warm = time.perf_counter()
    mc.summarize(study, quantities, draws=draws)
    done = time.perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"load": loaded - start, "run": done - warm, "memory": memory}))


def line(name: str, text: str, draws: int) -> None:
    command = [sys.executable, __file__, "--once", str(draws)]
    found = json.loads(subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout)
    print(f"{name:32} load {found['load']:6.2f} s  run {found['run']:8.2f} s  peak {found['memory']:6.0f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most-draws", type=float, default=1e9)
    parser.add_argument("--once", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.once:
        once(sys.stdin.read(), options.once)
        return
    draws = 10**4
    while draws <= options.most_draws:
        line(f"W12, {draws:.0e} draws", W12.read_text("utf-8"), draws)
        draws *= 10
    for inputs in (5, 50, 500):
        line(f"{inputs} inputs, 20 outputs, 2**16", wide(inputs, 20), 2**16)
    for outputs in (1, 10, 100, 1000):
        line(f"50 inputs, {outputs} outputs, 2**16", wide(50, outputs), 2**16)


if __name__ == "__main__":
    main()
