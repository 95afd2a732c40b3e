"""Speed, side by side in one run: mcarbon beside NumPy on W12, a study in a warm process, edited or not, a cold process.

    python benchmarks/speed.py [--draws 8388608] [--repeats 5] [--quick] [--busy]

With --busy one thread's throughput alone is measured, in processor time, which other work on the machine lengthens less.
Times are medians of alternating repeats; ratios are the median of the ratios pair by pair, which a machine that speeds
up or slows down in between does not move. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import mcarbon as mc

W12 = Path(__file__).parent.parent / "tests" / "studies" / "w12.toml"
OUTPUTS = ["ratio", "ai", "human"]
QUANTILES = (0.05, 0.5, 0.95)
Z95 = 1.6448536269514722


def numpy_draws(draws: int, seed: int | np.random.SeedSequence) -> tuple[np.ndarray, ...]:
    """The draws of W12's ratio, AI and human side as a competent NumPy script makes them: Generator, vectorised formulas."""
    rng = np.random.default_rng(seed)

    def lognormal(low: float, high: float) -> np.ndarray:
        return rng.lognormal((np.log(low) + np.log(high)) / 2, (np.log(high) - np.log(low)) / (2 * Z95), draws)

    tokens_per_word = rng.normal(1.33, 0.08, draws)
    while (outside := np.flatnonzero((tokens_per_word < 1) | (tokens_per_word > 2))).size:
        tokens_per_word[outside] = rng.normal(1.33, 0.08, outside.size)
    words, seconds = lognormal(200, 350), lognormal(0.01, 0.1)
    power = 250 + 450 * rng.beta(1 + 4 * 150 / 450, 1 + 4 * 300 / 450, draws)
    utilization, gpus = rng.beta(5, 3, draws), rng.uniform(0.1, 2, draws)
    pue, grid, training = rng.triangular(1.05, 1.12, 1.6, draws), lognormal(50, 600), lognormal(0.05, 2.5)
    speed, footprint, device = lognormal(200, 1200), rng.normal(15000, 1500, draws), rng.triangular(20, 60, 250, draws)
    ai = words * tokens_per_word * seconds * gpus * power * utilization * pue / 3.6e6 * grid + training
    hours = words / speed
    human = hours * footprint * 1000 / 8760 + hours * device / 1000 * grid
    return ai / human, ai, human


def numpy_w12(draws: int, seed: int) -> list[tuple[float, ...]]:
    """W12 with NumPy: mean and three quantiles of three outputs."""
    return [(float(y.mean()), *np.quantile(y, QUANTILES)) for y in numpy_draws(draws, seed)]


def seconds(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    start = clock()
    work()
    return clock() - start


def beside(
    name: str,
    ours: Callable[[int], object],
    theirs: Callable[[int], object],
    repeats: int,
    draws: int,
    clock: Callable[[], float] = time.perf_counter,
) -> None:
    """Time both in turn, and print draws a second and the ratio."""
    ours(0), theirs(0)
    pairs = [(seconds(lambda k=k: ours(k), clock), seconds(lambda k=k: theirs(k), clock)) for k in range(1, repeats + 1)]
    one, other = (statistics.median(times) for times in zip(*pairs))
    ratio = statistics.median(b / a for a, b in pairs)
    print(f"{name:34} {draws / one / 1e6:7.2f} {draws / other / 1e6:7.2f}  million draws/s, ratio {ratio:.2f}")


def warm(text: str, answer: Callable[[mc.Study], object], edits: list[str], repeats: int) -> float:
    """Median seconds from the text of a study with one prior edited to the answer, in a process that is warm."""
    answer(mc.parse_study(text))
    assert all(edit != text for edit in edits)
    return statistics.median(seconds(lambda k=k: answer(mc.parse_study(edits[k % len(edits)]))) for k in range(repeats))


def asked_again(study: mc.Study, answer: Callable[[mc.Study], object], repeats: int) -> float:
    """Median seconds to the answer of a study that was asked before."""
    answer(study)
    return statistics.median(seconds(lambda: answer(study)) for _ in range(repeats))


def whole_process(arguments: list[str]) -> float:
    return seconds(lambda: subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=2**23)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--busy", action="store_true", help="one thread's throughput in processor time, and no more")
    parser.add_argument("--quick", action="store_true", help="fewer draws and repeats: does it run?")
    options = parser.parse_args()
    draws, repeats = (2**16, 2) if options.quick else (options.draws, options.repeats)
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}, {repeats} repeats\n")

    study = mc.load_study(W12)

    def mcarbon(method: str, threads: int) -> Callable[[int], object]:
        return lambda seed: mc.summarize(study, OUTPUTS, QUANTILES, draws=draws, method=method, seed=seed, threads=threads)

    print(f"W12, {draws} draws, means and three quantiles of three outputs     mcarbon   NumPy")
    for method in ("sobol", "random"):
        for threads in (1,) if options.busy else (1, 2):
            name = f"{method}, {threads} thread{'s' * (threads > 1)}"
            clock = time.thread_time if options.busy else time.perf_counter
            beside(name, mcarbon(method, threads), lambda seed: numpy_w12(draws, seed), repeats, draws, clock)
    if options.busy:
        return

    print("\nA study edited in a warm process: parsed, checked, compiled, drawn 2**16 times, answered; median")
    w12 = W12.read_text("utf-8")
    edits = [w12.replace("low = 250, mode = 400", f"low = {250 + k}, mode = 400") for k in range(1, 50)]
    answer = warm(w12, lambda s: mc.summarize(s, OUTPUTS, QUANTILES, draws=2**16), edits, 4 * repeats)
    print(f"{'W12, three outputs':34} {1e3 * answer:7.1f} ms")
    tomlinson = (Path(mc.__file__).parent / "studies" / "tomlinson-2024.toml").read_text("utf-8")
    edits = [tomlinson.replace("unit    = \"1\"\nneutral = 1\nprior   = \"ai.pue\"", "unit    = \"1\"\nneutral = 1\nsource  = \"judgement\"\nprior   = " + f'{{ family = "pert", low = 1, mode = 1.1, high = {1.5 + k / 100} }}') for k in range(1, 50)]  # fmt: skip  # noqa: E501
    one = warm(tomlinson, lambda s: mc.stress(s, ["midjourney-us-illustrator"], draws=2**16), edits, 4 * repeats)
    print(f"{'tomlinson-2024, one claim':34} {1e3 * one:7.1f} ms")
    every = warm(tomlinson, lambda s: mc.stress(s, draws=2**16), edits, 2 * repeats)
    print(f"{'tomlinson-2024, all claims':34} {1e3 * every:7.1f} ms")

    print("\nAt a tolerance of 0.5 %, from 2**16 draws on, in a warm process: the same study again, and edited; medians")
    again = mc.parse_study(tomlinson)
    ratios = [name for name, claim in again.claims.items() if claim.quantity == "ratio"]
    known = {"draws": 2**16, "tolerance": 0.005}
    works: dict[str, Callable[[mc.Study], object]] = {
        "summarize, ratios of the cases": lambda s: mc.summarize(s, ["ratio"], choices="cases", **known),
        "stress, the eight ratios": lambda s: mc.stress(s, ratios, **known),
        "stress, all claims": lambda s: mc.stress(s, **known),
    }
    for name, work in works.items():
        same, edited = asked_again(again, work, 2 * repeats), warm(tomlinson, work, edits, 2 * repeats)
        print(f"{name:34} {1e3 * same:7.1f} ms {1e3 * edited:7.1f} ms")

    print("\nA cold process with cached kernels, against the imports alone; medians, and the ratio pair by pair")
    imports = [sys.executable, "-c", "import numba, scipy.stats, xarray"]
    for name, arguments in (
        ("stress, one claim", ["stress", "tomlinson-2024", "--claim", "midjourney-us-illustrator"]),
        ("stress, all claims", ["stress", "tomlinson-2024"]),
        ("studies", ["studies"]),
    ):
        command = [sys.executable, "-m", "mcarbon", *arguments]
        whole_process(command), whole_process(imports)
        pairs = [(whole_process(command), whole_process(imports)) for _ in range(repeats)]
        ours, theirs = (statistics.median(times) for times in zip(*pairs))
        ratio = statistics.median(a / b for a, b in pairs)
        print(f"{name:34} {ours:7.2f} s  imports {theirs:5.2f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
