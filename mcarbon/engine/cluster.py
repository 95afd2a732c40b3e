"""Counting on a Dask cluster: ranges of spans are its tasks, and what each one counted comes back and is added up.

The tasks are those of threads, and so are the bits. A task depends on nothing but numbers that the scheduler holds, so
that those of a lost worker are done again by another.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numba
import numpy as np
import numpy.typing as npt
import scipy

from mcarbon.engine.bins import Bins
from mcarbon.engine.sampler import Sampler
from mcarbon.engine.tally import Tally
from mcarbon.errors import refuse
from mcarbon.version import __version__

if TYPE_CHECKING:
    from distributed import Client

Shared = TypeVar("Shared")
Done = TypeVar("Done")
INSTALL = "pip install 'mcarbon[dask]'"
ANSWER = 5.0
"""Seconds in which a scheduler must answer."""
WORKERS = 60.0
"""Seconds in which a first worker must be there; a cluster that scales starts one when it has tasks."""
TASKS = 64
"""Tasks at least, and `PER_THREAD` for each thread of the cluster: what a lost worker was at is then little."""
PER_THREAD = 4


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one task counted: the bins that are not empty, their counts and extreme draws, and the sums of its spans."""

    used: npt.NDArray[np.intp]
    counts: npt.NDArray[np.uint32]
    extremes: npt.NDArray[np.float64]
    sums: npt.NDArray[np.float64]


@contextlib.contextmanager
def connected(scheduler: Client | str) -> Iterator[Client]:
    """A client of the cluster: the user's own, left open, or one of the scheduler at an address, closed afterwards.

    UserError without Dask, where nobody answers within `ANSWER` seconds, and for a client that is asynchronous.
    """
    try:
        from distributed import Client
        from distributed.comm import get_address_host_port
    except ImportError:
        raise refuse("a scheduler needs Dask, which is not installed", place="scheduler", allowed=INSTALL) from None
    if not isinstance(scheduler, str):
        if not isinstance(scheduler, Client) or scheduler.asynchronous:
            raise refuse(
                f"a {type(scheduler).__name__} is no scheduler",
                place="scheduler",
                allowed="Allowed: an address, or a distributed.Client that is not asynchronous.",
            )
        yield scheduler
        return
    try:
        get_address_host_port(scheduler)
        # On a thread, since a notebook's own has a loop of its own.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(_greet(scheduler))).result()
        client = Client(scheduler, timeout=ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:
        what = f'no Dask scheduler answers at "{scheduler}"'
        raise refuse(what, place="scheduler", allowed="An address is such as tcp://127.0.0.1:8786.") from error
    with client:
        yield client


async def _greet(address: str) -> None:
    """Wait for a scheduler's greeting: a client has no end to that where something else answers, such as a dashboard."""
    from distributed.comm import connect
    from distributed.security import Security

    options = Security().get_connection_args("client")
    greeted = await asyncio.wait_for(connect(address, timeout=ANSWER, **options), ANSWER)
    await greeted.close()


def count(
    client: Client,
    sampler: Sampler,
    progress: Callable[[float], None] = lambda share: None,
    bins: Bins | None = None,
) -> Tally:
    """Count all draws of all chains on a cluster: the same bits as `Sampler.count`.

    `progress` is told the share that is done. UserError where no worker comes, or the workers cannot do it.
    """
    plan, outputs, bins = sampler.plan, sampler.program.n_drawn, bins or sampler.bins()
    ranges = plan.ranges(max(TASKS, PER_THREAD * sum(client.nthreads().values())))
    tasks = [(chain, spans) for chain in range(plan.replicates) for spans in ranges]
    size = int(bins.offset[-1])
    counts = np.zeros((plan.replicates, size), dtype=np.uint32)
    smallest, largest = np.full(size, np.inf), np.full(size, -np.inf)
    sums = np.empty((plan.replicates, plan.spans, outputs, 2))
    # In the order of the tasks: of 0 and -0, the one that comes first is kept, as on one thread.
    for done, part in enumerate(on_cluster(client, _count, (sampler, bins), tasks)):
        chain, (first, last) = tasks[done]
        counts[chain, part.used] += part.counts
        low, high = smallest[part.used], largest[part.used]
        smallest[part.used] = np.where(part.extremes[:, 0] < low, part.extremes[:, 0], low)
        largest[part.used] = np.where(part.extremes[:, 1] > high, part.extremes[:, 1], high)
        sums[chain, first:last] = part.sums
        progress((done + 1) / len(tasks))
    return Tally(bins, counts, smallest, largest, np.add.reduce(sums, axis=1))


def on_cluster(
    client: Client, work: Callable[[Shared, Any], Done], shared: Shared, tasks: Sequence[tuple[Any, ...]]
) -> Iterator[Done]:
    """Do the tasks on a cluster, yielding each one's result in the order of the tasks; `shared` is sent once.

    UserError where no worker comes, a worker has other versions, or Dask gives a task up.
    """
    import dask
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError

    run = f"mcarbon-{work.__name__.strip('_')}-{uuid.uuid4().hex}"
    # As a task of its own, and not scattered: what was scattered is lost with the workers that have it.
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GiB"}):
        sent = client.submit(_sent, shared, key=f"{run}-shared")
    futures = [client.submit(_done, work, sent, task, key=f"{run}-{k}") for k, task in enumerate(tasks)]
    try:
        _await_worker(client)
        for future in futures:
            versions, result = _result(client, future)
            if versions != _versions():
                what = f"a worker has {_named(versions)}, and this is {_named(_versions())}"
                raise refuse(what, place="scheduler", allowed="The same bits need the same versions everywhere.")
            yield result
            future.release()
    except ModuleNotFoundError as error:
        raise refuse(f"a worker lacks what is needed: {error}", place="scheduler", allowed=INSTALL) from error
    except KilledWorker as error:
        what = "workers died over the same task again and again; they may have too little memory"
        raise refuse(what, place="scheduler") from error
    except FutureCancelledError as error:
        raise refuse("the scheduler has gone, or has cancelled the run", place="scheduler") from error
    finally:
        for future in (sent, *futures):
            future.release()


def _result(client: Client, future: Any) -> Any:
    """A task's result; UserError where all workers are gone and none comes, for which Dask would wait for ever."""
    while True:
        try:
            return future.result(timeout=ANSWER)
        except TimeoutError:
            if future.done():  # in the meantime, or its own work ran out of time
                return future.result()
            _await_worker(client)


def _await_worker(client: Client) -> None:
    try:
        client.wait_for_workers(1, timeout=WORKERS)
    except TimeoutError as error:
        what = f"the scheduler has had no worker for {WORKERS:g} s"
        raise refuse(what, place="scheduler", allowed="Start one: dask worker ADDRESS") from error


def _sent(shared: Shared) -> Shared:
    return shared


def _done(work: Callable[[Shared, Any], Done], shared: Shared, task: Any) -> tuple[dict[str, str], Done]:
    return _versions(), work(shared, task)


def _count(shared: tuple[Sampler, Bins], task: tuple[int, tuple[int, int]]) -> Part:
    (sampler, bins), (chain, spans) = shared, task
    size = int(bins.offset[-1])
    counts, extremes = np.zeros(size, dtype=np.uint32), np.empty((size, 2))
    extremes[:] = np.inf, -np.inf
    sums = np.empty((spans[1] - spans[0], sampler.program.n_drawn, 2))
    sampler.count_range(bins, chain, spans, counts, extremes, sums)
    used = np.flatnonzero(counts)
    return Part(used, counts[used], extremes[used], sums)


def _versions() -> dict[str, str]:
    return {"mcarbon": __version__, "numpy": np.__version__, "numba": numba.__version__, "scipy": scipy.__version__}


def _named(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
