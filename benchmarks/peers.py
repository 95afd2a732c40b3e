"""Seconds to an accurate quantile, other engines beside mcarbon in one run: the 5 % and the 95 % quantile of W12's ratio.

    pip install 'mcarbon[bench]'
    python benchmarks/peers.py [NAME ...] [--tolerance 0.001] [--seeds 12] [--repeats 3]

Each engine draws the twelve inputs with its own priors and its own means, as its documentation shows, and gives the two
quantiles. Its error is the larger relative root mean square error over the seeds, against reference values of 2**27 points
of another implementation. Points are doubled until the error is below the tolerance; where that would take more than
`--most` draws (2**18 for random ones) the number is extrapolated from the last errors, like 1 / sqrt(n) for random draws. As
many draws are then timed, beside mcarbon in turn, by the clock and by the processor, which a busy machine moves less. An
engine that is not installed is named.
"""

from __future__ import annotations

import argparse
import importlib
import math
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from accuracy import REFERENCE, worst_error
from speed import W12, Z95, numpy_draws, seconds

import mcarbon as mc

Array = np.ndarray
Quantiles = Callable[[int, int], dict[float, float]]
"""Of a number of draws and a seed."""
LOGNORMAL = {
    "words": (200, 350), "seconds": (0.01, 0.1), "grid": (50, 600), "training": (0.05, 2.5), "speed": (200, 1200),
}  # fmt: skip
"""The 5 % and the 95 % quantile."""
PERT = (1 + 4 * 150 / 450, 1 + 4 * 300 / 450)
"""Shapes of the beta distribution on [250, 700] with the mode 400."""


def log_parameters(name: str) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm."""
    low, high = map(math.log, LOGNORMAL[name])
    return (low + high) / 2, (high - low) / (2 * Z95)


def ratio(words: Any, tokens: Any, each: Any, power: Any, used: Any, gpus: Any, pue: Any, grid: Any, training: Any,
          speed: Any, footprint: Any, device: Any) -> Any:  # fmt: skip
    """W12's ratio."""
    ai = words * tokens * each * gpus * power * used * pue / 3.6e6 * grid + training
    hours = words / speed
    return ai / (hours * footprint * 1000 / 8760 + hours * device / 1000 * grid)


def of(draws: Array) -> dict[float, float]:
    """The quantiles of an array of draws."""
    return dict(zip(REFERENCE, np.quantile(draws, list(REFERENCE)).tolist()))


def numpy_peer() -> Quantiles:
    return lambda n, seed: of(numpy_draws(n, seed)[0])


def scipy_sobol() -> Quantiles:
    from scipy import special, stats

    normal = special.ndtri

    def triangular(u: Array, low: float, mode: float, high: float) -> Array:
        left, right = np.sqrt(u * (high - low) * (mode - low)), np.sqrt((1 - u) * (high - low) * (high - mode))
        return np.where(u < (mode - low) / (high - low), low + left, high - right)

    def quantiles(n: int, seed: int) -> dict[float, float]:
        u = stats.qmc.Sobol(12, rng=seed).random_base2(math.ceil(math.log2(n))).T
        lognormal = {
            name: np.exp(m + s * normal(u[k]))
            for k, (name, (m, s)) in zip((0, 2, 7, 8, 9), ((name, log_parameters(name)) for name in LOGNORMAL))
        }
        below, above = special.ndtr((1 - 1.33) / 0.08), special.ndtr((2 - 1.33) / 0.08)
        return of(
            ratio(
                lognormal["words"],
                1.33 + 0.08 * normal(below + u[1] * (above - below)),
                lognormal["seconds"],
                250 + 450 * special.betaincinv(*PERT, u[3]),
                special.betaincinv(5, 3, u[4]),
                0.1 + 1.9 * u[5],
                triangular(u[6], 1.05, 1.12, 1.6),
                lognormal["grid"],
                lognormal["training"],
                lognormal["speed"],
                15000 + 1500 * normal(u[10]),
                triangular(u[11], 20, 60, 250),
            )
        )

    return quantiles


def squigglepy_peer() -> Quantiles:
    import squigglepy as sq

    priors = [
        sq.lognorm(*LOGNORMAL["words"]), sq.norm(mean=1.33, sd=0.08, lclip=1, rclip=2), sq.lognorm(*LOGNORMAL["seconds"]),
        sq.pert(250, 400, 700), sq.beta(5, 3), sq.uniform(0.1, 2), sq.triangular(1.05, 1.12, 1.6),
        sq.lognorm(*LOGNORMAL["grid"]), sq.lognorm(*LOGNORMAL["training"]), sq.lognorm(*LOGNORMAL["speed"]),
        sq.norm(mean=15000, sd=1500), sq.triangular(20, 60, 250),
    ]  # fmt: skip

    def quantiles(n: int, seed: int) -> dict[float, float]:
        sq.set_seed(seed)
        return of(ratio(*(sq.sample(prior, n=n) for prior in priors)))

    return quantiles


def chaospy_peer(rule: str) -> Quantiles:
    import chaospy as cp

    def lognormal(name: str) -> Any:
        return cp.LogNormal(*log_parameters(name))

    joint = cp.J(
        lognormal("words"), cp.TruncNormal(1, 2, 1.33, 0.08), lognormal("seconds"), cp.Beta(*PERT, 250, 700), cp.Beta(5, 3),
        cp.Uniform(0.1, 2), cp.Triangle(1.05, 1.12, 1.6), lognormal("grid"), lognormal("training"), lognormal("speed"),
        cp.Normal(15000, 1500), cp.Triangle(20, 60, 250),
    )  # fmt: skip
    return lambda n, seed: of(ratio(*joint.sample(n, rule=rule, seed=seed)))


def openturns_peer(sobol: bool) -> Quantiles:
    import openturns as ot

    def lognormal(name: str) -> Any:
        return ot.LogNormal(*log_parameters(name))

    joint = ot.JointDistribution([
        lognormal("words"), ot.TruncatedNormal(1.33, 0.08, 1, 2), lognormal("seconds"), ot.Beta(*PERT, 250, 700),
        ot.Beta(5, 3, 0, 1), ot.Uniform(0.1, 2), ot.Triangular(1.05, 1.12, 1.6), lognormal("grid"), lognormal("training"),
        lognormal("speed"), ot.Normal(15000, 1500), ot.Triangular(20, 60, 250),
    ])  # fmt: skip
    names = ["words", "tokens", "each", "power", "used", "gpus", "pue", "grid", "training", "speed", "footprint", "device"]
    ai = "words * tokens * each * gpus * power * used * pue / 3.6e6 * grid + training"
    human = "words / speed * (footprint * 1000 / 8760 + device / 1000 * grid)"
    formula = ot.SymbolicFunction(names, [f"({ai}) / ({human})"])

    def quantiles(n: int, seed: int) -> dict[float, float]:
        ot.RandomGenerator.SetSeed(seed)
        if sobol:
            points = ot.LowDiscrepancyExperiment(ot.SobolSequence(12), joint, n, False)
            points.setRandomize(True)
            draws = formula(points.generate())
        else:
            draws = formula(joint.getSample(n))
        return {p: draws.computeQuantilePerComponent(p)[0] for p in REFERENCE}

    return quantiles


def jax_peer() -> Quantiles:
    import jax

    jax.config.update("jax_enable_x64", True)
    random, jnp = jax.random, jax.numpy

    def draw(key: Any, n: int) -> Any:
        keys = random.split(key, 12)
        logs = {
            name: jnp.exp(m + s * random.normal(keys[k], (n,)))
            for k, (name, (m, s)) in enumerate((name, log_parameters(name)) for name in LOGNORMAL)
        }
        return ratio(
            logs["words"],
            1.33 + 0.08 * random.truncated_normal(keys[5], (1 - 1.33) / 0.08, (2 - 1.33) / 0.08, (n,)),
            logs["seconds"],
            250 + 450 * random.beta(keys[6], *PERT, (n,)),
            random.beta(keys[7], 5.0, 3.0, (n,)),
            random.uniform(keys[8], (n,), minval=0.1, maxval=2.0),
            random.triangular(keys[9], 1.05, 1.12, 1.6, (n,)),
            logs["grid"],
            logs["training"],
            logs["speed"],
            15000 + 1500 * random.normal(keys[10], (n,)),
            random.triangular(keys[11], 20.0, 60.0, 250.0, (n,)),
        )

    compiled = jax.jit(draw, static_argnums=1)
    return lambda n, seed: of(np.asarray(compiled(random.key(seed), n)))


def mcarbon_peer(smooth: bool) -> Quantiles:
    study = mc.load_study(W12)

    def quantiles(n: int, seed: int) -> dict[float, float]:
        found = mc.summarize(study, ["ratio"], tuple(REFERENCE), draws=n, seed=seed, smooth=smooth)["ratio"]
        return {p: found.sel(statistic=f"{p:g}").item() for p in REFERENCE}

    return quantiles


@dataclass(frozen=True)
class Engine:
    """An engine: what it is imported and installed as, how it is made ready, and whether its points are random."""

    module: str
    package: str
    make: Callable[[], Quantiles]
    random: bool


ENGINES = {
    "mcarbon, conditioned": Engine("mcarbon", "mcarbon", lambda: mcarbon_peer(True), False),
    "mcarbon, counted": Engine("mcarbon", "mcarbon", lambda: mcarbon_peer(False), False),
    "NumPy, one thread": Engine("numpy", "numpy", numpy_peer, True),
    "SciPy, Sobol'": Engine("scipy", "scipy", scipy_sobol, False),
    "squigglepy": Engine("squigglepy", "squigglepy", squigglepy_peer, True),
    "chaospy, random": Engine("chaospy", "chaospy", lambda: chaospy_peer("random"), True),
    "OpenTURNS, random": Engine("openturns", "openturns", lambda: openturns_peer(False), True),
    "OpenTURNS, Sobol'": Engine("openturns", "openturns", lambda: openturns_peer(True), False),
    "JAX on the processor, 64 bits": Engine("jax", "jax", jax_peer, True),
}


def needed(quantiles: Quantiles, random: bool, tolerance: float, seeds: int, most: int) -> tuple[int, float, str]:
    """How many draws keep the tolerance, the error that was seen last, and how the number was found."""
    draws, errors = 2**12, list[float]()
    while True:
        errors.append(worst_error([quantiles(draws, seed) for seed in range(1, seeds + 1)]))
        if errors[-1] <= tolerance:
            return draws, errors[-1], "tried"
        # Random draws are no longer tried than it takes to know their error.
        if draws * 2 > (min(most, 2**18) if random else most):
            break
        draws *= 2
    # Of points that are even, the speed of the last four doublings.
    speed = 0.5 if random else max(0.5, math.log2(errors[max(-5, -len(errors))] / errors[-1]) / min(4, len(errors) - 1))
    return math.ceil(draws * (errors[-1] / tolerance) ** (1 / speed)), errors[-1], f"extrapolated from {draws}"


def timed(quantiles: Quantiles, draws: int, seed: int) -> tuple[float, float]:
    """Seconds of the clock and of all processors."""
    processor = time.process_time()
    return seconds(lambda: quantiles(draws, seed)), time.process_time() - processor


def installed(engine: Engine) -> str | None:
    """The version of an engine; None where it cannot be imported."""
    try:
        importlib.import_module(engine.module)
    except ImportError:
        return None
    return mc.__version__ if engine.module == "mcarbon" else version(engine.package)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"engines, all by default: {'; '.join(ENGINES)}")
    parser.add_argument("--tolerance", type=float, default=1e-3)
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--most", type=int, default=2**20)
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"W12: 5 % and 95 % quantile of the ratio to {100 * options.tolerance:g} %, {options.seeds} seeds\n")
    wanted = options.names or list(ENGINES)
    ours = ENGINES["mcarbon, conditioned"].make()
    own_draws, _, _ = needed(ours, False, options.tolerance, options.seeds, options.most)
    for name in wanted:
        engine = ENGINES[name]
        found = installed(engine)
        if found is None:
            print(f"{name:32} is not installed")
            continue
        quantiles = engine.make()
        draws, error, how = needed(quantiles, engine.random, options.tolerance, options.seeds, options.most)
        quantiles(draws, 0)
        pairs = [(timed(quantiles, draws, k), timed(ours, own_draws, k)) for k in range(options.repeats)]
        clock, processor = (statistics.median(theirs[i] for theirs, _ in pairs) for i in (0, 1))
        times = [statistics.median(theirs[i] / own[i] for theirs, own in pairs) for i in (0, 1)]
        print(
            f"{name:30} {found:9} {draws:>9} draws ({how}: {100 * error:.3f} %)  {clock:7.3f} s, cores {processor:7.3f} s  "
            f"{times[0]:.0f} and {times[1]:.0f} times mcarbon",
            flush=True,
        )


if __name__ == "__main__":
    main()
