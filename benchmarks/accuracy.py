"""Seconds to an accurate quantile, side by side in one run: mcarbon beside two-thread NumPy on W12's ratio.

    python benchmarks/accuracy.py [--tolerance 0.001] [--seeds 32] [--repeats 9]

Asked is the number of draws with which the relative root mean square error over the seeds is below the tolerance, for
the 5 % and for the 95 % quantile, against reference values of 2**27 points of another implementation; then the time of
that many draws, in turn. NumPy's number of draws is extrapolated by 1 / sqrt(n) from 2**20, mcarbon's is tried.
"""

from __future__ import annotations

import argparse
import platform
import statistics
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from speed import QUANTILES, W12, numpy_draws, seconds

import mcarbon as mc

REFERENCE = {0.05: 1.16643e-4, 0.95: 4.32226e-3}


def numpy_on_two_threads(pool: ThreadPoolExecutor, draws: int, seed: int) -> np.ndarray:
    """The quantiles of W12's ratio: two generators on two threads, one quantile of all draws."""
    parts = pool.map(lambda child: numpy_draws(draws // 2, child)[0], np.random.SeedSequence(seed).spawn(2))
    return np.quantile(np.concatenate(list(parts)), QUANTILES)


def worst_error(found: list[dict[float, float]]) -> float:
    """The larger of the two relative root mean square errors."""
    return max(float(np.sqrt(np.mean([(each[p] / value - 1) ** 2 for each in found]))) for p, value in REFERENCE.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tolerance", type=float, default=1e-3)
    parser.add_argument("--seeds", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    study = mc.load_study(W12)
    pool = ThreadPoolExecutor(2)
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}, {options.seeds} seeds")

    def ours(draws: int, seed: int, smooth: bool) -> dict[float, float]:
        summary = mc.summarize(study, ["ratio"], QUANTILES, draws=draws, seed=seed, smooth=smooth)["ratio"]
        return {p: summary.sel(statistic=f"{p:g}").item() for p in REFERENCE}

    def theirs(draws: int, seed: int) -> dict[float, float]:
        return {p: q for p, q in zip(QUANTILES, numpy_on_two_threads(pool, draws, seed)) if p in REFERENCE}

    tried = 2**20
    error = worst_error([theirs(tried, seed) for seed in range(options.seeds)])
    needed = int(tried * (error / options.tolerance) ** 2)
    print(f"NumPy, 2 threads: error {100 * error:.3f} % with {tried} draws, so {needed} draws are needed")
    for smooth, name in ((True, "conditioned"), (False, "counted")):
        draws = 2**12
        while (error := worst_error([ours(draws, seed, smooth) for seed in range(options.seeds)])) > options.tolerance:
            draws *= 2
        pairs = []
        for seed in range(options.repeats):
            pairs.append((seconds(partial(ours, draws, seed, smooth)), seconds(partial(theirs, needed, seed))))
        one, other = (statistics.median(times) for times in zip(*pairs))
        ratio = statistics.median(b / a for a, b in pairs)
        print(f"mcarbon, {name}: error {100 * error:.3f} % with {draws} draws")
        print(f"{'':24} {1e3 * one:.1f} ms against {other:.2f} s: 1/{ratio:.0f}")


if __name__ == "__main__":
    main()
