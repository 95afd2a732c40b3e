"""A Dask cluster of two processes of one thread each beside one, on this machine: seconds of a count of W12, and the ratio.

    python benchmarks/cluster.py [--draws 1e9] [--repeats 1] [--workers 2] [--kill]

One and several in turn, with the same counts to the bit; `--kill` ends a worker on the way in one more run. What scheduler
and client cost is told by the processor's time, and what the machine gives by the same counts on threads of one process.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import distributed
from distributed import Client, LocalCluster

import mcarbon as mc
from mcarbon.engine import cluster
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.engine.tally import Tally
from mcarbon.reading.model import build_model

W12 = Path(__file__).parent.parent / "tests" / "studies" / "w12.toml"


def same(one: Tally, other: Tally) -> bool:
    """Whether two tallies are the same to the bit."""
    return all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in ("counts", "smallest", "largest", "sums")
    )


@contextlib.contextmanager
def cluster_of(workers: int, sampler: Sampler) -> Iterator[Client]:
    """A warm cluster of processes of one thread each: the kernels are loaded, a first count is done."""
    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as local,
        Client(local, set_as_default=False) as client,
    ):
        client.wait_for_workers(workers)
        cluster.count(client, sampler)
        yield client


def timed(work: Callable[[], Tally]) -> tuple[float, Tally]:
    """Seconds, and what came of it."""
    start = time.perf_counter()
    tally = work()
    return time.perf_counter() - start, tally


def processor(client: Client) -> float:
    """Seconds that the workers' processors have worked."""
    return float(sum(client.run(time.process_time).values()))


def killed(client: Client, sampler: Sampler) -> Tally:
    """The count in which a worker is killed when a tenth of it is done."""
    pids = sorted(client.run(os.getpid).values())

    def kill(share: float) -> None:
        if share > 0.1 and pids:
            os.kill(pids.pop(), signal.SIGKILL)
            pids.clear()

    return cluster.count(client, sampler, kill)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=float, default=1e9)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--method", default="random")
    parser.add_argument("--kill", action="store_true")
    options = parser.parse_args()
    program = compile_program(build_model(mc.load_study(W12)), [("ratio", {}), ("ai", {}), ("human", {})], smooth=True)
    few = Sampler(program, Plan.of(2**22, method=options.method))
    many = Sampler(program, Plan.of(int(options.draws), method=options.method))
    print(f"Python {platform.python_version()}, distributed {distributed.__version__}, {os.cpu_count()} processors")
    print(f"W12, {many.plan.draws} draws, {options.method}; load {os.getloadavg()[0]:.1f}", flush=True)
    ratios = []
    with cluster_of(1, few) as one, cluster_of(options.workers, few) as several:
        for _ in range(options.repeats):
            alone, first = timed(lambda: cluster.count(one, many))
            here, there = time.process_time(), processor(several)
            together, second = timed(lambda: cluster.count(several, many))
            here, there = time.process_time() - here, processor(several) - there
            ratios.append(alone / together)
            equal = "same bits" if same(first, second) else "OTHER BITS"
            print(f"one worker {alone:.2f} s, {options.workers} {together:.2f} s, {equal}", flush=True)
            print(f"processor: workers {there:.2f} s, scheduler and client {here:.2f} s", flush=True)
        print(f"ratio {statistics.median(ratios):.2f}, load {os.getloadavg()[0]:.1f}", flush=True)
        if options.kill:
            seconds, third = timed(lambda: killed(several, many))
            print(
                f"a worker killed on the way: {seconds:.2f} s, {'same bits' if same(first, third) else 'OTHER BITS'}",
                flush=True,
            )
    few.count()
    threads = [timed(lambda k=k: many.count(threads=k))[0] for k in (1, options.workers)]
    print(f"threads in one process: {threads[0]:.2f} s, {options.workers} {threads[1]:.2f} s, {threads[0] / threads[1]:.2f}")


if __name__ == "__main__":
    main()
