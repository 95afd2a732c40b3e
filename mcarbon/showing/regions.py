"""Draws written by a cluster: each task draws a range of a chain and writes it into its region of a Zarr store."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mcarbon.answers.sample import Frame, Variable
from mcarbon.engine.cluster import connected, on_cluster
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.engine.streams import BLOCK
from mcarbon.errors import refuse
from mcarbon.files import whole_folder
from mcarbon.showing.keeping import STORE
from mcarbon.study import Study

if TYPE_CHECKING:
    from distributed import Client

VALUES = 2**22
"""Numbers that a region has at most, of all quantities together: 32 MB are in memory at a time, whatever the draws."""


def keep_by_region(
    study: Study,
    path: Path,
    scheduler: Client | str,
    quantities: Sequence[str] | None = None,
    draws: int = 2**17,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    threads: int | None = None,
) -> None:
    """Write the draws of `mcarbon.sample` to a Zarr store through the workers of a cluster.

    The workers must see the folder of `path` and may write there; each uses its own threads, whatever `threads` says.
    Other arguments as for `sample`. UserError where the workers cannot write, where the disk has too little room, and as
    for `connected` and `on_cluster`.
    """
    frame = Frame.of(study, Plan.of(draws, replicates, method, seed), quantities)
    plan, variables = frame.plan, frame.variables
    if frame.size > (free := shutil.disk_usage(path.parent).free):
        what = f"{plan.draws} draws of {len(frame.layout.targets)} cells take {frame.size / 1024**3:.1f} GB"
        raise refuse(what, place="--output", allowed=f"{free / 1024**3:.1f} GB are free.")
    length = min(plan.length, BLOCK * max(1, VALUES // BLOCK // len(frame.layout.targets)))
    tasks = [(chain, first) for chain in range(plan.replicates) for first in range(0, plan.length, length)]
    # Chunks are regions, so that no two tasks write to one file.
    chunks = {name: (1, length, *each.shape) for name, each in variables.items()}
    with connected(scheduler) as client, whole_folder(path) as beside:
        import dask.array

        empty = {
            name: dask.array.empty((plan.replicates, plan.length, *each.shape), chunks=chunks[name])
            for name, each in variables.items()
        }
        encoding = {name: {"chunks": each} for name, each in chunks.items()}
        frame.dataset(empty).to_zarr(beside, mode="w", compute=False, encoding=encoding, **STORE)
        shared = Sampler(frame.program, plan), variables, str(beside.resolve()), length
        try:
            for _ in on_cluster(client, _write_region, shared, tasks):
                pass
        except (FileNotFoundError, PermissionError) as error:
            what = f"a worker cannot write beside {path}: {error}"
            raise refuse(what, place="--output", allowed="A folder that all workers see and may write to.") from error


def _write_region(shared: tuple[Sampler, dict[str, Variable], str, int], task: tuple[int, int]) -> None:
    import zarr

    (sampler, variables, folder, length), (chain, first) = shared, task
    last = min(first + length, sampler.plan.length)
    kept = np.empty((sampler.program.n_drawn, last - first))
    sampler.keep(chain, kept, first // BLOCK)
    store = zarr.open_group(folder, mode="r+", zarr_format=2)
    for name, variable in variables.items():
        array = store[name]
        assert isinstance(array, zarr.Array)
        array[chain : chain + 1, first:last] = variable.arranged(kept[np.newaxis])
