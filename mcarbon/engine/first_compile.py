"""The kernels, loaded together: where this machine has none yet they are compiled, and it is said what is waited for."""

from __future__ import annotations

import sys
import time
from functools import cache

import numpy as np
from numba.core.event import Event, Listener, install_listener

from mcarbon.engine.bins import bins_from_pilot
from mcarbon.engine.kept_kernels import not_kept
from mcarbon.engine.kernels import count_draws, keep_draws, products_below
from mcarbon.engine.machine import Copula, Steps, look_up
from mcarbon.engine.streams import BLOCK, RANDOM, Streams
from mcarbon.engine.tables import SIDE, Tables

ABOUT = 15
"""Seconds that compiling takes on a processor of 2020."""
ADVICE = "Nothing compiled can be kept, since no cache folder can be written: set NUMBA_CACHE_DIR to one that can."


@cache
def load_kernels() -> None:
    """Have the kernels that every answer needs, once a process.

    Says on stderr that they have to be compiled, where that is so, and how long it took.
    """
    told = _Told()
    with install_listener("numba:compile", told):
        _run_all()
    if told.since is not None:
        print(f"Compiled in {time.monotonic() - told.since:.0f} s.", file=sys.stderr, flush=True)
        if not_kept() and not told.advised:  # a disk that turned out to be full
            print(ADVICE, file=sys.stderr, flush=True)


class _Told(Listener):
    """Says, when the first kernel is compiled and not loaded, what is going on."""

    def __init__(self) -> None:
        self.since: float | None = None
        self.advised = bool(not_kept())

    def on_start(self, event: Event) -> None:
        if self.since is None:
            self.since = time.monotonic()
            once = "" if not_kept() else ", once"
            print(f"Compiling the sampler for this machine{once}: about {ABOUT} s.", file=sys.stderr, flush=True)
            if not_kept():
                print(ADVICE, file=sys.stderr, flush=True)

    def on_end(self, event: Event) -> None:
        pass


def _run_all() -> None:
    """Every kernel on the smallest arguments, of the kinds that programs have."""
    nothing = np.zeros((1, 1), np.uint32)
    streams = Streams(RANDOM, BLOCK, np.zeros((1, 1), np.uint64), nothing, nothing)
    tables = Tables(
        cubics=np.zeros((1, 2 * SIDE, 4)),
        first_piece=np.full((1, 2 * SIDE), -1, dtype=np.int32),
        pieces=np.empty((0, 7)),
        has_pieces=np.zeros(1, dtype=np.bool_),
        support=np.zeros((1, 2)),
    )
    none, start = np.empty(0, np.int32), np.zeros(1, np.int64)
    copula = Copula(np.zeros(1, np.bool_), start, none, start, np.empty(0), tables)
    steps = Steps(np.empty((0, 5), np.int32), np.zeros(1, np.int64), np.zeros(1, np.int32), np.empty(0), 1)
    bins = bins_from_pilot(np.zeros((1, 8)), BLOCK)
    size = int(bins.offset[-1])
    counts, extremes = np.zeros(size, np.uint32), np.zeros((size, 2))
    one, both = np.zeros(BLOCK), np.zeros((1, 1))
    look_up(tables, 0, one, one.copy())
    keep_draws(streams, tables, copula, steps, 0, 0, 1, np.empty((1, BLOCK)))
    count_draws(streams, tables, copula, steps, 0, 0, 1, BLOCK, bins, counts, extremes, np.empty((1, 1, 2)))
    a = np.zeros(1)
    products_below(a, a, both, a, a, a, 0.0, 1.0, np.zeros(4), both.copy())
