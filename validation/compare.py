"""mcarbon beside OpenTURNS, SciPy, chaospy and SALib: the same models, and the differences in units of the standard error.

    python validation/compare.py [--draws 65536] [--replicates 16] [--markdown FILE]

Each peer answers `--replicates` times with seeds of its own, so that its answers have a standard error; mcarbon has its own.
A difference is divided by the root of the sum of both squares. The last lines say how many differences there are beyond 2,
3 and 4, and how many chance makes.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from models import MODELS, Array, Model
from peers import PEERS
from scipy import stats

import mcarbon as mc
from mcarbon.version import __version__

PROBABILITIES = (0.01, 0.05, 0.5, 0.95, 0.99)
OURS = 2**22
OUR_REPLICATES = 32


@dataclass(frozen=True)
class Difference:
    """One statistic of one model, by mcarbon and by a peer, each with its standard error."""

    model: str
    statistic: str
    peer: str
    ours: tuple[float, float]
    theirs: tuple[float, float]

    @property
    def z(self) -> float:
        """The difference in units of the standard error of both."""
        error = float(np.hypot(self.ours[1], self.theirs[1]))
        return (self.ours[0] - self.theirs[0]) / error


def our_statistics(model: Model) -> dict[str, tuple[float, float]]:
    """Mean, sd and quantiles, and the chance to be below the threshold; what does not exist is left out."""
    study = mc.parse_study(model.toml())
    found = mc.summarize(study, ["y"], PROBABILITIES, draws=OURS, replicates=OUR_REPLICATES, seed=7)
    values = found["y"].to_series()
    errors = found["y_standard_error"].to_series()
    wanted = ["mean", "sd", *(f"{p:g}" for p in PROBABILITIES)]
    statistics = {name: (values[name], errors[name]) for name in wanted if np.isfinite(values[name])}
    kept = mc.sample(study, draws=2**20, replicates=OUR_REPLICATES, seed=8, quantities=["y"])["y"].values
    below = (kept < model.threshold).mean(axis=1)
    statistics["below"] = float(below.mean()), float(below.std(ddof=1) / np.sqrt(len(below)))
    return statistics


def their_statistics(draws: Array, model: Model) -> dict[str, float]:
    """The same of a peer's draws."""
    quantiles = np.quantile(draws, PROBABILITIES, method="hazen")
    return {
        "mean": float(draws.mean()),
        "sd": float(draws.std()),
        **{f"{p:g}": float(value) for p, value in zip(PROBABILITIES, quantiles)},
        "below": float((draws < model.threshold).mean()),
    }


def pooled(values: Array) -> tuple[float, float]:
    """The mean of replicates and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def root(value: tuple[float, float]) -> tuple[float, float]:
    """The root of a variance, whose replicates are not biased as their roots are."""
    return value[0] ** 0.5, value[1] / (2 * value[0] ** 0.5)


def differences(model: Model, n: int, replicates: int) -> Iterator[Difference]:
    """Every statistic of a model beside every peer that has it."""
    ours = our_statistics(model)
    for peer in PEERS:
        rows = []
        for seed in range(1, replicates + 1):
            draws = peer.draws(model, n, seed)
            if draws is None:
                break
            rows.append(their_statistics(draws, model))
        for statistic in ours if rows else ():
            values = np.array([row[statistic] for row in rows])
            theirs = root(pooled(values**2)) if statistic == "sd" else pooled(values)
            yield Difference(model.name, statistic, peer.name, ours[statistic], theirs)
    if model.indices:
        yield from index_differences(model, n // 16, replicates)


def index_differences(model: Model, n: int, replicates: int) -> Iterator[Difference]:
    """Every first and total Sobol' index beside every peer that has them."""
    found = mc.sensitivity(
        mc.parse_study(model.toml()), "y", scale="linear", draws=2**16, replicates=OUR_REPLICATES, shapley=False
    )
    for peer in PEERS:
        rows = [peer.indices(model, n, seed) for seed in range(1, replicates + 1)]
        if rows[0] is None:
            continue
        for order, name in enumerate(("first", "total")):
            for k, each in enumerate(model.inputs):
                at = {"input": each}
                ours = float(found[name].sel(at)), float(found[f"{name}_standard_error"].sel(at))
                theirs = pooled(np.array([row[order][k] for row in rows if row is not None]))
                if np.hypot(ours[1], theirs[1]) > 0:
                    yield Difference(model.name, f"{name} index of {each}", peer.name, ours, theirs)


def main() -> None:
    """Compare all, print each line as it is known, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=2**16)
    parser.add_argument("--replicates", type=int, default=16)
    parser.add_argument("--model", action="append", help="only this one")
    parser.add_argument("--markdown", type=Path, help="write the table there")
    options = parser.parse_args()
    versions = ", ".join(f"{peer.name} {peer.version}" for peer in PEERS)
    head = f"mcarbon {__version__} beside {versions}; Python {platform.python_version()}, {platform.machine()}"
    print(head)
    found: list[Difference] = []
    for model in MODELS:
        if options.model and model.name not in options.model:
            continue
        for each in differences(model, options.draws, options.replicates):
            found.append(each)
            line = f"{each.model:22} {each.statistic:22} {each.peer:10}"
            print(f"{line} {each.ours[0]: .6e} {each.theirs[0]: .6e} {each.z: 6.2f}", flush=True)
    z = np.abs([each.z for each in found])
    degrees = options.replicates - 1
    print(f"\n{len(z)} differences, root mean square {np.sqrt(np.mean(z**2)):.2f}, largest {z.max():.2f}")
    for bound in (2, 3, 4):
        expected = 2 * stats.t.sf(bound, degrees) * len(z)
        print(f"beyond {bound}: {np.sum(z > bound)}; of t with {degrees} degrees of freedom {expected:.1f} are expected")
    if options.markdown:
        options.markdown.write_text(table(head, found), "utf-8")


def table(head: str, found: list[Difference]) -> str:
    """A line a model and peer: how many statistics, and the largest difference."""
    lines = [
        head,
        "",
        "| model | peer | statistics | root mean square | largest | of |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for model, peer in dict.fromkeys((each.model, each.peer) for each in found):
        here = [each for each in found if (each.model, each.peer) == (model, peer)]
        z = np.abs([each.z for each in here])
        worst = here[int(z.argmax())]
        lines.append(
            f"| {model} | {peer} | {len(z)} | {np.sqrt(np.mean(z**2)):.2f} | {z.max():.2f} | {worst.statistic}: "
            f"{worst.ours[0]:.6g} beside {worst.theirs[0]:.6g} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
