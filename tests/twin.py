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
from scipy.stats import qmc
from twin_priors import quantile

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


def permuted(i: int, length: int, k: int) -> int:
    """Where `i` stands in the keyed permutation of [0, length), in whole numbers of Python."""
    bits = max(8, (length - 1).bit_length())
    size = 2**bits
    while True:
        for turn in range(4):
            i = (i * (k >> 8 * turn | 1) + (k >> 16 * turn)) % size
            i ^= i >> (bits + 1) // 2
            i = i * 0x9E3779B97F4A7C15 % size
            i ^= i >> (bits + 2) // 3
        if i < length:
            return i


def latin_uniforms(seed: int, chain: int, label: tuple[str, ...], n: int, length: int) -> np.ndarray:
    k = key(seed, "lhs", str(chain), *label)
    draw = np.arange(n, dtype=np.uint64)
    words = philox(draw // np.uint64(1024) * np.uint64(512) + draw % np.uint64(512), 0, k)
    first = draw % np.uint64(1024) < 512
    high, low = np.where(first, words[0], words[2]), np.where(first, words[1], words[3])
    u = ((high * 2**20 + low // 2**12).astype(np.float64) + 0.5) / 2**52
    return (np.array([permuted(int(i), length, k) for i in draw], dtype=np.float64) + u) / length


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
