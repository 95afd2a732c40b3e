"""Runs a program over its draws: which bits belong to which draw, and which thread does which blocks.

A draw is a pure function of (method, seed, chain, input, draw number), so threads and ranges of blocks change nothing
but the time.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar, get_args

import numpy as np
import numpy.typing as npt

from mcarbon.engine import kernels
from mcarbon.engine.bins import Bins, bins_from_pilot
from mcarbon.engine.machine import Copula, Steps
from mcarbon.engine.program import Program
from mcarbon.engine.streams import BLOCK, LATIN, MOST_DIMENSIONS, RANDOM, SOBOL, Streams, sobol_directions, stream_key
from mcarbon.engine.tables import Tables
from mcarbon.engine.tally import Tally
from mcarbon.errors import refuse

Task = TypeVar("Task")
Done = TypeVar("Done")
Method = Literal["sobol", "lhs", "random"]
METHODS: tuple[Method, ...] = get_args(Method)
PILOT = 2048
"""Draws that decide where the bins lie."""
MOST_DRAWS = 2**32 - 1
"""Draws of a replicate: a bin is counted in 32 bits, and Sobol' points have as many."""
SHORT = 2**22
"""Numbers drawn, computed and counted in one or two milliseconds: threads cost as much as they save."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many draws, of which kind: `replicates` independent chains of `length` draws each."""

    method: Method
    seed: int
    replicates: int
    length: int

    @classmethod
    def of(cls, draws: int, replicates: int = 16, method: str = "sobol", seed: int = 1) -> Plan:
        """The plan of at least `draws` draws in all: chains of equal length, a power of two for Sobol' points."""
        if method not in METHODS:
            raise refuse(f'method "{method}" is not known', allowed=f"Allowed: {', '.join(METHODS)}.")
        if replicates < 2 or draws < replicates:
            raise refuse(
                f"{draws} draws in {replicates} replicates cannot be",
                allowed="Allowed: at least 2 replicates (they give the Monte Carlo error) of at least one draw each.",
            )
        length = math.ceil(draws / replicates)
        if method == "sobol":
            length = 1 << (length - 1).bit_length()
        if length > MOST_DRAWS:
            raise refuse(f"{length} draws a replicate are too many", allowed=f"Allowed: up to {MOST_DRAWS}.")
        return cls(method, seed, replicates, length)

    @property
    def draws(self) -> int:
        """All draws of all chains."""
        return self.replicates * self.length

    @property
    def blocks(self) -> int:
        """The blocks of one chain, the last of which may be partly used."""
        return -(-self.length // BLOCK)

    @property
    def spans(self) -> int:
        """The spans of `kernels.SPAN` blocks of one chain, the last of which may be partly used."""
        return -(-self.blocks // kernels.SPAN)

    def ranges(self, tasks: int) -> list[tuple[int, int]]:
        """A chain's spans in ranges [first, last): those of all chains make `tasks` tasks, as far as there are spans."""
        parts = min(self.spans, -(-tasks // self.replicates))
        return list(itertools.pairwise(self.spans * k // parts for k in range(parts + 1)))


def default_threads() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def input_streams(program: Program, plan: Plan, side: int = 0) -> Streams:
    """The random numbers of a program's inputs: by name, and for Sobol' points by the cell's place in the file as well.

    Another `side` is another, independent sample: other keys, and for Sobol' points the dimensions after those of the
    sides before it.
    """
    cells = program.inputs
    names = [(cell.input, *cell.key, *((str(side),) if side else ())) for cell in cells]
    nothing = np.zeros((1, 1), np.uint32)
    if plan.method == "random":
        keys = [[stream_key(plan.seed, "random", *name) for name in names]]
        return Streams(RANDOM, plan.length, np.array(keys, np.uint64).reshape(1, len(cells)), nothing, nothing)
    keys = [[stream_key(plan.seed, plan.method, chain, *name) for name in names] for chain in range(plan.replicates)]
    by_chain = np.array(keys, np.uint64).reshape(plan.replicates, len(cells))
    if plan.method == "lhs":
        return Streams(LATIN, plan.length, by_chain, nothing, nothing)
    positions = [side * program.input_cells + cell.position for cell in cells]
    dimensions = max(positions, default=0) + 1
    if dimensions > MOST_DIMENSIONS:
        raise refuse(
            f"{dimensions} input cells are more than Sobol' points have dimensions",
            allowed=f"Allowed: {MOST_DIMENSIONS}; the method random has no such limit.",
        )
    # Rounded up, so that the programs of one study share a remembered table.
    directions, low = sobol_directions(min(-(-dimensions // 64) * 64, MOST_DIMENSIONS))
    return Streams(SOBOL, plan.length, by_chain, directions[positions], low[positions])


@dataclass(frozen=True)
class Sampler:
    """A program and a plan, ready to run."""

    program: Program
    plan: Plan

    @cached_property
    def streams(self) -> Streams:
        """The random numbers of every input."""
        return input_streams(self.program, self.plan)

    @property
    def _arguments(self) -> tuple[Streams, Tables, Copula, Steps]:
        return self.streams, self.program.tables, self.program.copula, self.program.steps

    def keep(self, chain: int, draws: npt.NDArray[np.float64], first: int = 0) -> None:
        """Write the outputs of a chain to `draws` (outputs, n), from block `first` on."""
        kernels.keep_draws(*self._arguments, chain, first, first - (-draws.shape[1] // BLOCK), draws)

    def keep_all(self, threads: int | None = None) -> npt.NDArray[np.float64]:
        """All draws: (chains, outputs, draws of a chain)."""
        plan = self.plan
        draws = np.empty((plan.replicates, self.program.n_drawn, plan.length))
        for _ in on_threads(lambda chain: self.keep(chain, draws[chain]), list(range(plan.replicates)), threads):
            pass
        return draws

    def pilot(self, most: int = PILOT) -> npt.NDArray[np.float64]:
        """The first draws of the first chain: (outputs, up to `most`)."""
        draws = np.empty((self.program.n_drawn, min(most, self.plan.length)))
        self.keep(0, draws)
        return draws

    def bins(self) -> Bins:
        """The bins that the pilot asks for."""
        return bins_from_pilot(self.pilot(), self.plan.draws)

    @property
    def is_long(self) -> bool:
        """Whether counting takes so long that starting threads is worth it."""
        steps = self.program.steps
        return self.plan.draws * (len(self.program.inputs) + len(steps.code) + 4 * len(steps.outputs)) > SHORT

    def count_range(
        self,
        bins: Bins,
        chain: int,
        spans: tuple[int, int],
        counts: npt.NDArray[np.uint32],
        extremes: npt.NDArray[np.float64],
        sums: npt.NDArray[np.float64],
    ) -> None:
        """Count the spans [first, last) of a chain into `counts`, `extremes` and `sums` (see `kernels.count_draws`)."""
        first, last = spans[0] * kernels.SPAN, min(spans[1] * kernels.SPAN, self.plan.blocks)
        kernels.count_draws(*self._arguments, chain, first, last, self.plan.length, bins, counts, extremes, sums)

    def count(
        self,
        bins: Bins | None = None,
        threads: int | None = None,
        ranges: list[tuple[int, int]] | None = None,
        progress: Callable[[float], None] = lambda share: None,
    ) -> Tally:
        """Count all draws of all chains.

        `ranges` splits a chain's spans into ranges [first, last), for tests and for machines with more threads than
        there are chains. `progress` is told the share that is done.
        """
        plan, outputs = self.plan, self.program.n_drawn
        threads = threads or (default_threads() if self.is_long else 1)
        bins = bins or self.bins()
        ranges = ranges or plan.ranges(threads)
        size = int(bins.offset[-1])
        counts = np.zeros((plan.replicates, len(ranges), size), dtype=np.uint32)
        sums = np.empty((plan.replicates, plan.spans, outputs, 2))
        extremes: list[npt.NDArray[np.float64]] = []
        for _ in range(min(threads, plan.replicates * len(ranges))):
            extremes.append(np.empty((size, 2)))
            extremes[-1][:] = np.inf, -np.inf
        free = list(extremes)

        def count(task: tuple[int, int]) -> None:
            chain, part = task
            room = free.pop()
            self.count_range(bins, chain, ranges[part], counts[chain, part], room, sums[chain, slice(*ranges[part])])
            free.append(room)

        tasks = [(chain, part) for chain in range(plan.replicates) for part in range(len(ranges))]
        for done, _ in enumerate(on_threads(count, tasks, len(extremes)), start=1):
            progress(done / len(tasks))
        smallest = np.minimum.reduce([room[:, 0] for room in extremes])
        largest = np.maximum.reduce([room[:, 1] for room in extremes])
        pooled = counts[:, 0] if len(ranges) == 1 else counts.sum(axis=1, dtype=np.uint32)
        # Spans are added in their order, whatever range they were counted in.
        return Tally(bins, pooled, smallest, largest, np.add.reduce(sums, axis=1))


def on_threads(work: Callable[[Task], Done], tasks: Sequence[Task], threads: int | None) -> Iterator[Done]:
    """Do the tasks on threads (default: all processors), yielding each one's result in the order of the tasks."""
    threads = min(threads or default_threads(), len(tasks))
    if threads <= 1:
        yield from map(work, tasks)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(work, tasks)
