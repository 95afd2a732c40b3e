"""First and total indices of W12's twelve inputs, side by side in one run: mcarbon beside SALib, for the same errors.

    python benchmarks/sensitivity.py [--error 0.01] [--seeds 32] [--repeats 7] [--scale log] [--reference]

SALib (pip install SALib) makes Sobol' samples of the unit cube (`SALib.sample.sobol`, without second-order indices), W12
is vectorised NumPy with the inverse distribution functions of SciPy, and `SALib.analyze.sobol` gives the indices with
its bootstrap. Of each the number of draws is the smallest power of two with which every index's own standard error (of
SALib its 95 % interval over 1.96) is below `--error`, as the median over the seeds of the largest of 24. Then both are
timed in turn. Beside that, what the errors are worth: the root mean square over the seeds of the largest true error,
and of the errors over what is told of them, against reference values that `--reference` makes by NumPy alone.
"""

from __future__ import annotations

import argparse
import platform
import statistics
from collections.abc import Callable
from importlib.metadata import version

import numpy as np
from scipy.special import betaincinv, ndtr, ndtri
from scipy.stats import qmc
from speed import W12, Z95, seconds

import mcarbon as mc

NAMES = (
    "words_per_page", "tokens_per_word", "seconds_per_token", "gpu_power", "gpu_utilization", "gpus_per_request", "pue",
    "grid", "training", "writing_speed", "annual_footprint", "device_power",
)  # fmt: skip
Found = tuple[np.ndarray, np.ndarray]
"""Indices (24,), first and then total ones, and their standard errors."""


def numpy_w12(u: np.ndarray) -> np.ndarray:
    """W12's ratio at points of the unit cube (n, 12), by inverse distribution functions."""

    def lognormal(k: int, low: float, high: float) -> np.ndarray:
        return np.exp((np.log(low) + np.log(high)) / 2 + (np.log(high) - np.log(low)) / (2 * Z95) * ndtri(u[:, k]))

    def triangular(k: int, low: float, mode: float, high: float) -> np.ndarray:
        below = low + np.sqrt(u[:, k] * (high - low) * (mode - low))
        return np.where(
            u[:, k] < (mode - low) / (high - low), below, high - np.sqrt((1 - u[:, k]) * (high - low) * (high - mode))
        )

    ends = ndtr((np.array([1.0, 2.0]) - 1.33) / 0.08)
    words, seconds, grid, training = (
        lognormal(0, 200, 350),
        lognormal(2, 0.01, 0.1),
        lognormal(7, 50, 600),
        lognormal(8, 0.05, 2.5),
    )
    tokens = 1.33 + 0.08 * ndtri(ends[0] + u[:, 1] * (ends[1] - ends[0]))
    power = 250 + 450 * betaincinv(1 + 4 * 150 / 450, 1 + 4 * 300 / 450, u[:, 3])
    ai = words * tokens * seconds * (0.1 + 1.9 * u[:, 5]) * power * betaincinv(5, 3, u[:, 4]) / 3.6e6 * grid
    ai = ai * triangular(6, 1.05, 1.12, 1.6) + training
    hours = words / lognormal(9, 200, 1200)
    footprint, device = 15000 + 1500 * ndtri(u[:, 10]), triangular(11, 20, 60, 250)
    return ai / (hours * footprint * 1000 / 8760 + hours * device / 1000 * grid)


def salib(draws: int, seed: int, scale: str) -> Found:
    from SALib.analyze import sobol as analyze
    from SALib.sample import sobol as sample

    problem = {"num_vars": len(NAMES), "names": NAMES, "bounds": [[0.0, 1.0]] * len(NAMES)}
    y = numpy_w12(sample.sample(problem, draws, calc_second_order=False, seed=seed))
    y = np.log(y) if scale == "log" else y
    found = analyze.analyze(problem, y, calc_second_order=False, seed=seed)
    return np.concatenate([found["S1"], found["ST"]]), np.concatenate([found["S1_conf"], found["ST_conf"]]) / 1.96


def mcarbon(study: mc.Study, draws: int, seed: int, scale: str) -> Found:
    found = mc.sensitivity(study, "ratio", scale=scale, draws=draws, seed=seed, shapley=False).sel(input=list(NAMES))
    first, total = found["first_standard_error"].values, found["total_standard_error"].values
    return np.concatenate([found["first"].values, found["total"].values]), np.concatenate([first, total])


def reference(scale: str, replicates: int = 16, draws: int = 2**17) -> Found:
    """The indices by NumPy alone: Owen-scrambled Sobol' points, Jansen's total index, and the first as its mirror."""
    by_replicate = []
    for seed in range(replicates):
        u = np.clip(qmc.Sobol(24, seed=1000 + seed).random(draws), 1e-12, 1 - 1e-12)
        a, b = u[:, :12], u[:, 12:]

        def value(points: np.ndarray) -> np.ndarray:
            return np.log(numpy_w12(points)) if scale == "log" else numpy_w12(points)

        of_a, of_b = value(a), value(b)
        variance = np.mean((of_a - of_b) ** 2) / 2
        total, without = [], []
        for k in range(12):
            mixed = a.copy()
            mixed[:, k] = b[:, k]
            of_mixed = value(mixed)
            total.append(np.mean((of_a - of_mixed) ** 2) / 2 / variance)
            without.append(np.mean((of_b - of_mixed) ** 2) / 2 / variance)
        by_replicate.append(np.concatenate([1 - np.array(without), total]))
    return np.mean(by_replicate, axis=0), np.std(by_replicate, axis=0, ddof=1) / np.sqrt(replicates)


def needed(tool: Callable[[int, int], Found], draws: int, error: float, seeds: int) -> int:
    """The smallest power of two of draws, from these on, with which the largest standard error is small enough."""
    while statistics.median(float(tool(draws, seed)[1].max()) for seed in range(min(seeds, 7))) >= error:
        draws *= 2
    return draws


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--error", type=float, default=0.01)
    parser.add_argument("--seeds", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--scale", choices=["log", "linear"], default="log")
    parser.add_argument("--reference", action="store_true", help="make the reference values, and nothing else")
    options = parser.parse_args()
    if options.reference:
        values, errors = reference(options.scale)
        print(np.array2string(values, precision=6, separator=", "), f"\nlargest standard error {errors.max():.1e}")
        return
    study = mc.load_study(W12)
    tools: dict[str, Callable[[int, int], Found]] = {
        "mcarbon": lambda draws, seed: mcarbon(study, draws, seed, options.scale),
        "SALib": lambda draws, seed: salib(draws, seed, options.scale),
    }
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, SALib {version('SALib')}, {platform.machine()}"
    print(f"{versions}: W12, {options.scale} scale, {options.seeds} seeds, {options.repeats} repeats")
    draws = {name: needed(tool, LEAST[name], options.error, options.seeds) for name, tool in tools.items()}
    pairs = [[seconds(lambda: tool(draws[name], seed)) for name, tool in tools.items()] for seed in range(options.repeats)]  # noqa: B023
    times = dict(zip(tools, map(statistics.median, zip(*pairs))))
    ratio = statistics.median(theirs / ours for ours, theirs in pairs)
    for name, tool in tools.items():
        found = [tool(draws[name], seed) for seed in range(options.seeds)]
        off = np.array([values for values, _ in found]) - REFERENCE[options.scale]
        told = np.array([errors for _, errors in found])
        true = float(np.sqrt((off**2).mean(axis=0)).max())
        calibrated = float(np.sqrt(np.mean((off / np.maximum(told, 1e-6)) ** 2)))
        evaluations = draws[name] * (24 if name == "mcarbon" else 14)  # mcarbon draws all but the writing speed
        print(
            f"{name:8} {draws[name]:6} draws, {evaluations:8} evaluations: {1e3 * times[name]:8.1f} ms, largest error told "
            f"{np.median(told.max(axis=1)):.4f}, true {true:.4f}; error over what is told of it {calibrated:.2f}"
        )
    print(f"mcarbon takes 1/{ratio:.0f} of SALib's time (median of the pairs)")


LEAST = {"mcarbon": 2**14, "SALib": 2**9}
"""Fewer draws take mcarbon no less time: of each of 16 replicates a block of 1024 is drawn."""
REFERENCE = {
    "log": [
        9.832799e-03, 3.854801e-04, 5.469883e-02, 4.123072e-03, 8.195751e-03, 4.008733e-02, 9.916422e-04, 5.879045e-02,
        5.001014e-01, 2.456036e-01, 8.251244e-03, 3.569118e-05, 1.169325e-02, 6.237040e-04, 8.121153e-02, 6.556321e-03,
        1.345390e-02, 6.492907e-02, 1.582036e-03, 8.865373e-02, 5.491720e-01, 2.456028e-01, 8.249159e-03, 6.246872e-05,
    ],
    "linear": [
        5.564507e-03, 3.332069e-04, 1.979865e-02, 8.977723e-04, 1.155583e-03, 9.343586e-03, 5.504903e-04, 2.071195e-02,
        5.308468e-01, 1.250352e-01, 4.031898e-03, -1.500947e-04, 2.748339e-02, 6.285386e-04, 6.819871e-02, 6.344015e-03,
        1.118080e-02, 3.725489e-02, 1.621705e-03, 7.144830e-02, 7.356548e-01, 3.407618e-01, 1.366217e-02, 2.275071e-04,
    ],
}  # fmt: skip
"""Standard errors of at most 6e-5 on the log scale, 5e-3 on the linear one, whose variance rests on few draws."""


if __name__ == "__main__":
    main()
