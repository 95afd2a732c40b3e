"""The block machine beside C written by hand for W12 alone: the same generators, tables and draws, no statistics.

    python benchmarks/yardstick/yardstick.py [--blocks 4096] [--repeats 15]

`w12.c` is compiled by the system's C compiler (the environment's CC, or cc) into a folder that is thrown away. `same work`
is the kernel that does what the machine does, and its draws are checked against the machine's before anything is timed;
`direct` uses closed forms instead of tables, as an idea of the limit. Times are one thread's, in turn, in processor time,
which other work on the machine lengthens less; ratios are the medians of the ratios pair by pair.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np

import mcarbon as mc
from mcarbon.engine.machine import evaluate, fill_inputs, new_rows
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.engine.streams import BLOCK, uniform_block
from mcarbon.reading.model import build_model

HERE = Path(__file__).parent
W12 = HERE.parent.parent / "tests" / "studies" / "w12.toml"
OUTPUTS = ("ratio", "ai", "human")
FLAGS = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]
CHECKED = 8
"""Blocks of each chain whose draws must be equal."""


class Work(ctypes.Structure):
    """`Work` of w12.c."""

    _fields_ = [
        ("method", ctypes.c_int64),
        *((array, ctypes.c_void_p) for array in ("keys", "directions", "low")),
        *((array, ctypes.c_void_p) for array in ("cubics", "first_piece", "pieces", "has_pieces", "support")),
    ]


class Yardstick:
    """The compiled kernels on the streams and tables of a sampler."""

    def __init__(self, library: Path, sampler: Sampler) -> None:
        self._library = ctypes.CDLL(str(library))
        self._streams, self._tables = sampler.streams, sampler.program.tables
        assert self._tables.cubics.shape[1:] == (2048, 4) and BLOCK == 1024

    def _work(self, chain: int) -> Work:
        streams, tables = self._streams, self._tables
        keys = streams.keys[0 if len(streams.keys) == 1 else chain]
        arrays = (keys, streams.directions, streams.low, tables.cubics, tables.first_piece, tables.pieces)
        arrays += (tables.has_pieces, tables.support)
        return Work(streams.method, *(array.ctypes.data for array in arrays))

    def uniforms(self, k: int, chain: int, block: int) -> np.ndarray:
        """The uniforms of one block of input `k`."""
        u = np.empty(BLOCK)
        self._library.uniform_block(ctypes.byref(self._work(chain)), k, _u64(chain), _u64(block), _doubles(u))
        return u

    def draw(self, kernel: str, chain: int, blocks: int, keep: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """The sums (3,) of the outputs of a chain's first blocks, and if they are kept the outputs (3, n)."""
        sums, draws = np.zeros(3), np.empty((3, blocks * BLOCK if keep else 0))
        at = _doubles(draws) if keep else None
        first, last = ctypes.c_int64(0), ctypes.c_int64(blocks)
        getattr(self._library, kernel)(ctypes.byref(self._work(chain)), _u64(chain), first, last, _doubles(sums), at)
        return sums, draws


def _u64(number: int) -> ctypes.c_uint64:
    return ctypes.c_uint64(number)


def _doubles(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


@numba.njit(nogil=True, cache=False, error_model="numpy")
def machine_sums(streams, tables, copula, steps, chain, blocks, sums):
    """What the C kernels do, by the block machine: draw a chain's first blocks, and add the outputs up."""
    rows = new_rows(steps, streams.keys.shape[1])
    u = np.empty(BLOCK)
    for block in range(blocks):
        fill_inputs(streams, tables, copula, chain, block, u, rows)
        done = 0
        for k in range(steps.outputs.shape[0]):
            evaluate(steps.code[done : steps.ends[k]], rows)
            done = steps.ends[k]
            row = rows[steps.outputs[k]]
            # Eight partial sums, as the C kernels have them.
            part = np.zeros(8)
            for i in range(0, BLOCK, 8):
                for j in range(8):
                    part[j] += row[i + j]
            sums[k] += part.sum()


def compiled(folder: Path) -> Path | None:
    """The library of w12.c, or None where there is no compiler."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        return None
    library = folder / "w12.so"
    subprocess.run([compiler, *FLAGS, str(HERE / "w12.c"), "-o", str(library), "-lm"], check=True)
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    print(f"{version}, {' '.join(FLAGS[:3])}; numba {numba.__version__}")
    return library


def check(yardstick: Yardstick, sampler: Sampler) -> None:
    """The C kernel's uniforms are the machine's to the bit, its outputs to 1e-12."""
    u = np.empty(BLOCK)
    for chain in (0, sampler.plan.replicates - 1):
        for k in range(len(sampler.program.inputs)):
            for block in (0, 1, 1000):
                uniform_block(sampler.streams, k, chain, block, u)
                assert np.array_equal(u, yardstick.uniforms(k, chain, block)), "the uniforms differ"
        ours = np.empty((3, CHECKED * BLOCK))
        sampler.keep(chain, ours)
        assert np.allclose(yardstick.draw("same_work", chain, CHECKED, keep=True)[1], ours, rtol=1e-12, atol=0), (
            "draws differ"
        )
        # Closed forms come to other draws of the same distributions.
        medians = np.median(yardstick.draw("direct", chain, 256, keep=True)[1], axis=1)
        sampler.keep(chain, ours := np.empty((3, 256 * BLOCK)))
        assert np.allclose(medians, np.median(ours, axis=1), rtol=0.02), "the closed forms have another distribution"


def seconds(work: Callable[[], object]) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--blocks", type=int, default=2048, help="blocks of 1024 draws at a time")
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    targets = [(name, {}) for name in OUTPUTS]
    program = compile_program(build_model(mc.load_study(W12)), targets, smooth=False)
    with tempfile.TemporaryDirectory() as folder:
        library = compiled(Path(folder))
        if library is None:
            sys.exit("There is no C compiler (set CC, or install cc): nothing to compare with.")
        print(f"W12, 12 inputs, three outputs, {options.blocks * BLOCK} draws, one thread; million draws/s\n")
        print(f"{'points':10} {'machine':>8} {'same work in C':>15} {'ratio':>7} {'direct in C':>12} {'ratio':>7}")
        for method in ("sobol", "random"):
            sampler = Sampler(program, Plan(method, 1, 2, options.blocks * BLOCK))
            yardstick = Yardstick(library, sampler)
            check(yardstick, sampler)
            arguments = (sampler.streams, program.tables, program.copula, program.steps, 0, options.blocks)
            ways = (
                lambda arguments=arguments: machine_sums(*arguments, np.zeros(3)),
                lambda yardstick=yardstick: yardstick.draw("same_work", 0, options.blocks),
                lambda yardstick=yardstick: yardstick.draw("direct", 0, options.blocks),
            )
            times = np.array([[seconds(way) for way in ways] for _ in range(options.repeats + 1)][1:])
            rates = options.blocks * BLOCK / np.median(times, axis=0) / 1e6
            same, direct = (statistics.median(times[:, k] / times[:, 0]) for k in (1, 2))
            print(f"{method:10} {rates[0]:8.1f} {rates[1]:15.1f} {same:7.2f} {rates[2]:12.1f} {direct:7.2f}")


if __name__ == "__main__":
    main()
