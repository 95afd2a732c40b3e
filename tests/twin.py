"""The plain twin: the same draws by NumPy, SciPy, Pint and xarray alone, slowly. It is the judge of the kernels.

It shares no code with the engine below the study's records: streams, quantiles, units and formulas are done again.
"""

from __future__ import annotations

import functools
import hashlib
from functools import cache

import numpy as np
import pint
import xarray
from scipy import optimize, stats
from scipy.stats import qmc

from mcarbon.study import Study


@cache
def registry(names: tuple[str, ...]) -> pint.UnitRegistry:
    ureg = pint.UnitRegistry()
    ureg.define("year = 365 * day = yr")
    ureg.define("month = year / 12")
    ureg.define("gCO2e = [greenhouse_gas]")
    for prefix, factor in (("k", 1e3), ("M", 1e6), ("t", 1e6)):
        ureg.define(f"{prefix}CO2e = {factor} * gCO2e" if prefix == "t" else f"{prefix}gCO2e = {factor} * gCO2e")
    for name in ("word", "token", "page", "image", "query", "person", "FLOP", "USD", "EUR", *names):
        ureg.define(f"{name} = [{name}]")
    ureg.define("PFLOP = 1e15 * FLOP")
    return ureg


def to_base(unit: str, names: tuple[str, ...]) -> float:
    ureg = registry(names)
    return float(ureg.Quantity(1.0, "" if unit == "1" else unit).to_base_units().magnitude)


def key(seed: int, *names: str) -> int:
    return int.from_bytes(hashlib.blake2b("\0".join([str(seed), *names]).encode(), digest_size=8).digest(), "little")


def philox(counter: np.ndarray, chain: int, k: int) -> list[np.ndarray]:
    """Philox4x32-10 on counters (n, 0..3) = (low, high, chain, 0), by the definition in the paper."""
    mask = np.uint64(0xFFFFFFFF)
    c = [counter & mask, counter >> np.uint64(32), np.full_like(counter, chain), np.zeros_like(counter)]
    k0, k1 = k & 0xFFFFFFFF, k >> 32
    for _ in range(10):
        low, high = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [
            (high >> np.uint64(32)) ^ c[1] ^ np.uint64(k0),
            high & mask,
            (low >> np.uint64(32)) ^ c[3] ^ np.uint64(k1),
            low & mask,
        ]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c


def random_uniforms(seed: int, chain: int, label: tuple[str, ...], n: int) -> np.ndarray:
    draw = np.arange(n, dtype=np.uint64)
    block, place = draw // np.uint64(1024), draw % np.uint64(1024)
    words = philox(block * np.uint64(512) + place % np.uint64(512), chain, key(seed, "random", *label))
    first = place < 512
    high, low = np.where(first, words[0], words[2]), np.where(first, words[1], words[3])
    return ((high * 2**20 + low // 2**12).astype(np.float64) + 0.5) / 2**52


def owen_hash(x: int, seed: int) -> int:
    """One point's nested uniform scramble, bit by bit as text: reverse, hash, reverse."""
    word = 2**32
    x = int(f"{x:032b}"[::-1], 2)
    x ^= x * 0x3D20ADEA % word
    x = (x + seed) % word
    x = x * (seed >> 16 | 1) % word
    x ^= x * 0x05526C56 % word
    x ^= x * 0x53A22864 % word
    return int(f"{x:032b}"[::-1], 2)


@cache
def sobol_points(dimensions: int, n: int) -> np.ndarray:
    power = max(1, (n - 1).bit_length())
    return qmc.Sobol(dimensions, scramble=False, bits=32).random_base2(power)[:n]


def sobol_uniforms(seed: int, chain: int, label: tuple[str, ...], position: int, dimensions: int, n: int) -> np.ndarray:
    scramble = key(seed, "sobol", str(chain), *label) % 2**32
    points = (sobol_points(dimensions, n)[:, position] * 2.0**32).astype(np.int64)
    return (np.array([owen_hash(int(x), scramble) for x in points], dtype=np.float64) + 0.5) / 2**32


def frozen(prior: dict) -> object:
    """The SciPy distribution of a prior's parameters, before truncation."""
    match prior:
        case {"family": "normal", "mean": mean, "sd": sd}:
            return stats.norm(mean, sd)
        case {"family": "normal"}:
            mean, sd = line(prior)
            return stats.norm(mean, sd)
        case {"family": "lognormal", "median": median, "gsd": gsd}:
            return stats.lognorm(np.log(gsd), scale=median)
        case {"family": "lognormal", "meanlog": mu, "sdlog": sigma}:
            return stats.lognorm(sigma, scale=np.exp(mu))
        case {"family": "lognormal", "mean": mean, "sd": sd}:
            variance = np.log(1 + (sd / mean) ** 2)
            return stats.lognorm(np.sqrt(variance), scale=mean / np.sqrt(1 + (sd / mean) ** 2))
        case {"family": "lognormal"}:
            mu, sigma = line({k: np.log(v) if k[0] == "p" and k[1:2].isdigit() else v for k, v in prior.items()})
            return stats.lognorm(sigma, scale=np.exp(mu))
        case {"family": "uniform", "low": low, "high": high}:
            return stats.uniform(low, high - low)
        case {"family": "triangular", "low": low, "mode": mode, "high": high}:
            return stats.triang((mode - low) / (high - low), low, high - low)
        case {"family": "pert", "low": low, "mode": mode, "high": high}:
            a = 1 + 4 * (mode - low) / (high - low)
            return stats.beta(a, 6 - a, low, high - low)
        case {"family": "beta", "a": a, "b": b}:
            low, high = prior.get("low", 0.0), prior.get("high", 1.0)
            return stats.beta(a, b, low, high - low)
    raise NotImplementedError(prior)


def line(prior: dict) -> tuple[float, float]:
    """Mean and sd of the normal through two percentiles."""
    (p, x), (q, y) = sorted((float(k[1:]) / 100, v) for k, v in prior.items() if k[0] == "p" and k[1:2].isdigit())
    sd = (y - x) / (stats.norm.ppf(q) - stats.norm.ppf(p))
    return x - sd * stats.norm.ppf(p), sd


def quantile(prior: dict, u: np.ndarray) -> np.ndarray:
    """The prior's quantiles, truncation and all, from the tail that keeps the digits."""
    if prior["family"] == "discrete":
        order = np.argsort(prior["values"])
        upto = np.cumsum(np.array(prior["weights"], float)[order]) / np.sum(prior["weights"])
        return np.array(prior["values"], float)[order][np.searchsorted(upto[:-1], u)]
    low, high = prior.get("lower"), prior.get("upper")
    if low is None and high is None:
        whole = frozen(prior)
        return np.where(u < 0.5, whole.ppf(u), whole.isf(1 - u))
    points = {float(k[1:]) / 100: v for k, v in prior.items() if k[0] == "p" and k[1:2].isdigit()}
    if points:
        prior = {"family": prior["family"], "lower": low, "upper": high} | untruncated(prior, points)
    return truncated(frozen(prior), low, high, u)


def untruncated(prior: dict, points: dict[float, float]) -> dict:
    """The parameters of which the truncated distribution has these quantiles."""
    logs = prior["family"] == "lognormal"
    names = ("meanlog", "sdlog") if logs else ("mean", "sd")
    start = line({k: np.log(v) if logs and k[0] == "p" else v for k, v in prior.items()})

    def miss(x):
        trial = {"family": prior["family"], names[0]: x[0], names[1]: np.exp(x[1])}
        got = truncated(frozen(trial), prior.get("lower"), prior.get("upper"), np.array(list(points)))
        return (got - list(points.values())) / np.ptp(list(points.values()))

    found = optimize.least_squares(miss, [start[0], np.log(start[1])], xtol=1e-15, ftol=1e-15, gtol=1e-15)
    assert np.max(np.abs(found.fun)) < 1e-9
    return {names[0]: found.x[0], names[1]: np.exp(found.x[1])}


def truncated(whole, low: float | None, high: float | None, u: np.ndarray) -> np.ndarray:
    """The quantiles of `whole` restricted to [low, high]."""
    low, high = -np.inf if low is None else low, np.inf if high is None else high
    if whole.cdf(low) < 0.5:
        mass = whole.cdf(high) - whole.cdf(low)
        p = whole.cdf(low) + u * mass
        s = whole.sf(high) + (1 - u) * mass
    else:
        mass = whole.sf(low) - whole.sf(high)
        s = whole.sf(high) + (1 - u) * mass
        p = 1 - s
    return np.where(p < 0.5, whole.ppf(np.minimum(p, 0.5)), whole.isf(np.minimum(s, 0.5)))


def draws(study: Study, quantities: list[str], n: int, chain: int, method: str, seed: int, choices: dict[str, str]):
    """`n` draws of a chain for these quantities, {name: DataArray (draw, *axes)}, at these options of the choices."""
    names = (*study.units.names, *study.library_units)
    cells = [(name, at, entry) for name, record in study.inputs.items() for at, entry in record.cells()]
    values: dict[str, xarray.DataArray] = {}
    for name, record in study.inputs.items():
        coords = {"draw": np.arange(n), **{axis: study.axes[axis] for axis in record.axes}}
        array = xarray.DataArray(np.full([len(c) for c in coords.values()], np.nan), coords, list(coords))
        for position, (other, at, entry) in enumerate(cells):
            if other != name:
                continue
            if entry.prior is None:
                column = np.full(n, entry.value)
            else:
                label = (name, *(at[axis] for axis in record.axes))
                if method == "sobol":
                    u = sobol_uniforms(seed, chain, label, position, len(cells), n)
                else:
                    u = random_uniforms(seed, chain, label, n)
                prior = study.prior_of(entry).model_dump(exclude_none=True)
                column = quantile(prior, u)
                if isinstance(entry.prior, str):
                    column = column * to_base(study.library[entry.prior].unit, names) / to_base(record.unit, names)
            array.loc[at] = column
        values[name] = array.sel({a: o for a, o in choices.items() if a in array.dims}) * to_base(record.unit, names)
    functions = {
        "where": xarray.where, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": abs, "pi": np.pi,
        "minimum": lambda *x: functools.reduce(np.minimum, x), "maximum": lambda *x: functools.reduce(np.maximum, x),
        "sum": lambda x, axis: x.sum(axis), "mean": lambda x, axis: x.mean(axis), "prod": lambda x, axis: x.prod(axis),
    }  # fmt: skip
    waiting = dict(study.quantities)
    while waiting:
        before = len(waiting)
        for name, record in list(waiting.items()):
            parts = []
            try:
                for at, formula in record.cells():
                    if any(choices.get(axis, option) != option for axis, option in at.items()):
                        continue
                    here = {k: v.sel({a: c for a, c in at.items() if a in v.dims}, drop=True) for k, v in values.items()}
                    part = eval(" ".join(formula.split()), functions, _Picking(here))
                    parts.append((at, xarray.DataArray(part) + xarray.zeros_like(values[next(iter(values))].draw, float)))
            except NameError:
                continue
            values[name] = _joined(parts, record.axes, choices, study)
            del waiting[name]
        assert len(waiting) < before, waiting
    return {name: values[name] / to_base(study.quantities[name].unit, names) for name in quantities}


class _Picking(dict):
    """Names of a formula; ``x["US"]`` picks along whichever axis bears the coordinate."""

    def __getitem__(self, name):
        return _Pickable(super().__getitem__(name))


class _Pickable(xarray.DataArray):
    __slots__ = ()

    def __getitem__(self, coordinate):
        if not isinstance(coordinate, str):
            return super().__getitem__(coordinate)
        axis = next(a for a in self.dims if coordinate in self.coords[a].values.tolist())
        return self.sel({axis: coordinate}, drop=True)


def _joined(parts, axes, choices, study):
    left = [axis for axis in axes if axis not in choices]
    if not left:
        assert len(parts) == 1
        return parts[0][1]
    assert len(left) == 1, "the twin joins one axis"
    pieces = xarray.broadcast(*[part for _, part in parts])
    return xarray.concat(list(pieces), dim=xarray.Variable(left[0], [at[left[0]] for at, _ in parts])).transpose("draw", ...)
