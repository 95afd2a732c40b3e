"""Ten models that other packages can compute as well: inputs by family, a formula for mcarbon, a function for the others.

The formula and the function are written apart, so that a slip in one shows. The numbers of the published models are theirs:

- flood, cantilever beam, stressed beam, wing weight: the use cases of OpenTURNS, where the other side is OpenTURNS's own
  object (its distribution and its function), so that the inputs are held against theirs too.
- borehole: Harper and Gupta 1983, as given by Surjanovic and Bingham's Virtual Library of Simulation Experiments (recalled).
- Ishigami: Ishigami and Homma 1990, a = 7, b = 0.1. g: Sobol' 1993, with a = 0, 1, 4.5, 9, 99, 99, 99, 99.
- w12, footprint of correlated uses, heavy tails, bimodal: our own, of the kinds that carbon claims are made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Input:
    """An input: its family, in mcarbon's names, and the family's parameters."""

    family: str
    parameters: Mapping[str, Any]

    def toml(self) -> str:
        """The prior as an inline table."""
        pairs = {"family": self.family, **self.parameters}
        return "{ " + ", ".join(f"{key} = {_toml(value)}" for key, value in pairs.items()) + " }"


def _toml(value: Any) -> str:
    if isinstance(value, Input):
        return value.toml()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else repr(float(value))


def of(family: str, **parameters: Any) -> Input:
    """An input of a family."""
    return Input(family, parameters)


@dataclass(frozen=True)
class Model:
    """A model with its inputs, and what is asked of its output."""

    name: str
    inputs: Mapping[str, Input]
    formula: str
    function: Callable[..., Array]
    threshold: float
    """The chance that the output is below this is compared as well."""
    correlations: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Rank correlations (Spearman's) of pairs of inputs, under a normal copula."""
    use_case: str | None = None
    """OpenTURNS's module and class, its output's number after a colon."""
    indices: bool = False
    """Whether Sobol' indices are compared."""

    def toml(self) -> str:
        """The model as a study."""
        lines = [f'format = 1\nid = "{self.name}"\ntitle = "{self.name}"']
        for name, each in self.inputs.items():
            lines.append(f'[inputs.{name}]\nunit = "1"\nsource = "definition"\nprior = {each.toml()}')
        lines.append(f'[quantities.y]\nunit = "1"\nformula = """{self.formula}"""')
        pairs = [f'"{a}, {b}" = {rank}' for (a, b), rank in self.correlations.items()]
        return "\n".join([*lines, "[correlations]", *pairs]) + "\n"


def _flood(Q: Array, Ks: Array, Zv: Array, Zm: Array, B: Array, L: Array, Zb: Array, Hd: Array) -> Array:
    return Zv + (Q / (Ks * B * np.sqrt((Zm - Zv) / L))) ** 0.6 - Zb - Hd


def _wing(*x: Array) -> Array:
    s, fuel, aspect, sweep, pressure, taper, thickness, load, gross, paint = x
    cosine = np.cos(np.radians(sweep))
    first = 0.036 * s**0.758 * fuel**0.0035 * (aspect / cosine**2) ** 0.6 * pressure**0.006 * taper**0.04
    return first * (100 * thickness / cosine) ** -0.3 * (load * gross) ** 0.49 + s * paint


def _borehole(rw: Array, r: Array, Tu: Array, Hu: Array, Tl: Array, Hl: Array, L: Array, Kw: Array) -> Array:
    log = np.log(r / rw)
    return 2 * np.pi * Tu * (Hu - Hl) / (log * (1 + 2 * L * Tu / (log * rw**2 * Kw) + Tu / Tl))


def _w12(*x: Array) -> Array:
    words, per_word, seconds, power, use, gpus, pue, grid, training, speed, footprint, device = x
    machine = words * per_word * seconds * gpus * power * use * pue / 3.6e6 * grid + training
    hours = words / speed
    return machine / (hours * footprint * 1000 / 8760 + hours * device / 1000 * grid)


A = (0, 1, 4.5, 9, 99, 99, 99, 99)
PI = float(np.pi)

MODELS = (
    Model(
        "flood",
        {
            "Q": of("scipy", name="gumbel_r", loc=1013, scale=558, lower=0),
            "Ks": of("normal", mean=30, sd=7.5, lower=0),
            "Zv": of("uniform", low=49, high=51),
            "Zm": of("uniform", low=54, high=56),
            "B": of("triangular", low=295, mode=300, high=305),
            "L": of("triangular", low=4990, mode=5000, high=5010),
            "Zb": of("triangular", low=55, mode=55.5, high=56),
            "Hd": of("uniform", low=2, high=4),
        },
        "(Q / (Ks * B * sqrt((Zm - Zv) / L)))**0.6 + Zv - Zb - Hd",
        _flood,
        0.0,
        use_case="flood_model.FloodModel:1",
    ),
    Model(
        "cantilever-beam",
        {
            "E": of("beta", a=0.9, b=3.5, low=6.5e10, high=7.5e10),
            "F": of("lognormal", mean=300, sd=30),
            "L": of("uniform", low=2.5, high=2.6),
            "I": of("beta", a=2.5, b=4, low=1.3e-7, high=1.7e-7),
        },
        "F * L**3 / (3 * E * I)",
        lambda E, F, L, I: F * L**3 / (3 * E * I),
        0.2,
        correlations={("L", "I"): -0.2},
        use_case="cantilever_beam.CantileverBeam:0",
    ),
    Model(
        "stressed-beam",
        {"R": of("lognormal", mean=3e6, sd=3e5), "F": of("normal", mean=750, sd=50)},
        "R - F / (pi * (0.02 / 2)**2)",
        lambda R, F: R - F / (PI * 1e-4),
        0.0,
        use_case="stressed_beam.AxialStressedBeam:0",
    ),
    Model(
        "wing-weight",
        {
            f"x{k}": of("uniform", low=low, high=high)
            for k, (low, high) in enumerate(
                [
                    (150, 200),
                    (220, 300),
                    (6, 10),
                    (-10, 10),
                    (16, 45),
                    (0.5, 1),
                    (0.08, 0.18),
                    (2.5, 6),
                    (1700, 2500),
                    (0.025, 0.08),
                ]
            )
        },
        "0.036 * x0**0.758 * x1**0.0035 * (x2 / cos(x3 * pi / 180)**2)**0.6 * x4**0.006 * x5**0.04"
        " * (100 * x6 / cos(x3 * pi / 180))**(-0.3) * (x7 * x8)**0.49 + x0 * x9",
        _wing,
        250.0,
        use_case="wingweight_function.WingWeightModel:0",
        indices=True,
    ),
    Model(
        "borehole",
        {
            "rw": of("normal", mean=0.1, sd=0.0161812, lower=0.02),
            "r": of("lognormal", median=2208.347991887, gsd=2.7360239),
            "Tu": of("uniform", low=63070, high=115600),
            "Hu": of("uniform", low=990, high=1110),
            "Tl": of("uniform", low=63.1, high=116),
            "Hl": of("uniform", low=700, high=820),
            "L": of("uniform", low=1120, high=1680),
            "Kw": of("uniform", low=9855, high=12045),
        },
        "2 * pi * Tu * (Hu - Hl) / (log(r / rw) * (1 + 2 * L * Tu / (log(r / rw) * rw**2 * Kw) + Tu / Tl))",
        _borehole,
        50.0,
    ),
    Model(
        "w12-ratio",
        {
            "words": of("lognormal", p5=200, p95=350),
            "per_word": of("normal", mean=1.33, sd=0.08, lower=1, upper=2),
            "seconds": of("lognormal", p5=0.01, p95=0.1),
            "power": of("pert", low=250, mode=400, high=700),
            "use": of("beta", a=5, b=3, low=0, high=1),
            "gpus": of("uniform", low=0.1, high=2),
            "pue": of("triangular", low=1.05, mode=1.12, high=1.6),
            "grid": of("lognormal", p5=50, p95=600),
            "training": of("lognormal", p5=0.05, p95=2.5),
            "speed": of("lognormal", p5=200, p95=1200),
            "footprint": of("normal", mean=15000, sd=1500),
            "device": of("triangular", low=20, mode=60, high=250),
        },
        "(words * per_word * seconds * gpus * power * use * pue / 3.6e6 * grid + training)"
        " / (words / speed * (footprint * 1000 / 8760 + device / 1000 * grid))",
        _w12,
        1e-3,
    ),
    Model(
        "ishigami",
        {name: of("uniform", low=-PI, high=PI) for name in ("x1", "x2", "x3")},
        "sin(x1) + 7 * sin(x2)**2 + 0.1 * x3**4 * sin(x1)",
        lambda a, b, c: np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a),
        0.0,
        use_case="ishigami_function.IshigamiModel:0",
        indices=True,
    ),
    Model(
        "sobol-g",
        {f"x{k}": of("uniform", low=0, high=1) for k in range(8)},
        " * ".join(f"(abs(4 * x{k} - 2) + {a}) / (1 + {a})" for k, a in enumerate(A)),
        lambda *x: np.prod([(np.abs(4 * each - 2) + a) / (1 + a) for each, a in zip(x, A)], axis=0),
        1.0,
        indices=True,
    ),
    Model(
        "correlated-footprint",
        {
            "energy": of("lognormal", median=4, gsd=1.6),
            "grid": of("lognormal", median=0.3, gsd=1.4),
            "hardware": of("gamma", shape=3, scale=0.4),
            "pages": of("weibull", shape=1.7, scale=900),
        },
        "(energy * grid + hardware) / pages",
        lambda energy, grid, hardware, pages: (energy * grid + hardware) / pages,
        2e-3,
        correlations={("energy", "grid"): 0.5, ("energy", "hardware"): 0.3, ("grid", "hardware"): -0.2},
    ),
    Model(
        "heavy-tails",
        {
            "a": of("student_t", df=5, loc=10, scale=2),
            "b": of("exponential", scale=3),
            "c": of("loguniform", low=0.5, high=20),
        },
        "a / (b + c)",
        lambda a, b, c: a / (b + c),
        1.0,
    ),
    Model(
        "bimodal",
        {
            "a": of(
                "mixture",
                components=[
                    {"weight": 0.3, "prior": of("normal", mean=2, sd=0.3)},
                    {"weight": 0.7, "prior": of("uniform", low=5, high=9)},
                ],
            ),
            "b": of("trapezoid", low=1, mode_low=2, mode_high=3, high=5),
        },
        "a * b",
        lambda a, b: a * b,
        10.0,
    ),
)
