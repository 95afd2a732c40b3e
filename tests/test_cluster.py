"""Counting on a Dask cluster of two processes: the bits of one thread, also where a worker dies on the way."""

import os
import shutil
import signal
import socket
import sys
from pathlib import Path

import pytest
import xarray as xr
from distributed import Client, LocalCluster

import mcarbon as mc
from mcarbon import cli
from mcarbon.answers.summarize import summary_rows
from mcarbon.engine import cluster
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.errors import UserError
from mcarbon.reading.model import build_model
from mcarbon.showing import regions

W12 = Path(__file__).parent / "studies" / "w12.toml"
SPAN = 2**16
"""Draws of a span, the smallest task."""

ALONE = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
"""On this machine alone. Without Bokeh there is no dashboard, but its port is listened to: any that is free."""


@pytest.fixture(scope="module")
def workers():
    """Two processes of one thread each on this machine, reached by nothing else."""
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **ALONE) as local:
        yield local


@pytest.fixture
def client(workers):
    with Client(workers, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        yield client


@pytest.fixture
def run(monkeypatch, capsys):
    """The command line, in this process."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["mcarbon", *map(str, arguments)])
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        return status, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def w12():
    return mc.load_study(W12)


def same_tally(one, two):
    names = ("counts", "smallest", "largest", "sums")
    return all(getattr(one, name).tobytes() == getattr(two, name).tobytes() for name in names)


@pytest.mark.parametrize(("method", "draws"), [("sobol", 2 * 4 * SPAN), ("random", 2 * 4 * SPAN - 3001), ("lhs", 3 * 2**14)])
def test_counts_are_those_of_one_thread(client, w12, method, draws):
    """Ranges shorter than a chain, a last block that is partly used, chains shorter than a span."""
    program = compile_program(build_model(w12), [("ratio", {}), ("ai", {})])
    sampler = Sampler(program, Plan.of(draws, 2, method, seed=3))
    assert len(sampler.plan.ranges(cluster.TASKS)) == sampler.plan.spans
    one = sampler.count(threads=1)
    assert one.counts.sum() == 2 * sampler.plan.draws
    assert same_tally(one, cluster.count(client, sampler))
    other = Sampler(program, Plan.of(draws, 2, method, seed=4))
    assert not same_tally(one, cluster.count(client, other))


def test_summary_with_a_client_and_with_an_address(client, workers, w12):
    asked = {"draws": 4 * SPAN, "replicates": 2, "seed": 5}
    here = mc.summarize(w12, threads=1, **asked)
    xr.testing.assert_identical(mc.summarize(w12, scheduler=client, **asked), here)
    xr.testing.assert_identical(mc.summarize(w12, scheduler=workers.scheduler_address, **asked), here)
    assert client.status == "running"  # the user's own is left open


def test_a_tolerance_takes_as_many_draws(client, w12):
    asked = {"draws": 2**12, "tolerance": 0.01, "smooth": False}
    here = mc.summarize(w12, threads=1, **asked)
    assert here.attrs["draws"] > 2**12
    xr.testing.assert_identical(mc.summarize(w12, scheduler=client, **asked), here)


def test_stress(client):
    study = mc.load_study("tomlinson-2024")
    asked = {"claims": ["chatgpt-query"], "draws": 4 * SPAN, "replicates": 2}
    here, there = (mc.stress(study, **asked, **where) for where in ({"threads": 1}, {"scheduler": client}))
    assert here.claims == there.claims


def test_a_worker_that_dies_costs_only_time(client, w12):
    """It is killed when the first of 64 tasks is back: what it had counted and not given is lost, too."""
    pids = sorted(client.run(os.getpid).values())
    killed = []

    def kill(share):
        if not killed:
            assert share < 0.1
            os.kill(pids[0], signal.SIGKILL)
            killed.append(pids[0])

    asked = {"draws": 2**24, "replicates": 16, "smooth": False}
    there = summary_rows(w12, scheduler=client, progress=kill, **asked)
    assert killed
    client.wait_for_workers(2, timeout=60)
    assert killed[0] not in client.run(os.getpid).values()
    assert there == summary_rows(w12, threads=1, **asked)


def give_up(shared, task):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_task_that_kills_its_workers_is_given_up(client, workers, monkeypatch):
    monkeypatch.setattr(workers.scheduler, "allowed_failures", 0)
    with pytest.raises(UserError, match="workers died over the same task"):
        list(cluster.on_cluster(client, give_up, None, [(0,)]))
    client.wait_for_workers(2, timeout=60)


@pytest.mark.parametrize("study", [W12, "tomlinson-2024"])
def test_draws_by_region(run, workers, tmp_path, monkeypatch, study):
    """Several regions a chain; the second study's quantities have axes."""
    monkeypatch.setattr(regions, "VALUES", 2**12)
    asked = ["run", study, "--draws", 2**13, "--replicates", 2, "--json"]
    here, there = tmp_path / "here.zarr", tmp_path / "there.zarr"
    printed = run(*asked, "-o", here)
    assert printed[0] == 0 and printed == run(*asked, "-o", there, "--scheduler", workers.scheduler_address)
    one, two = (xr.open_zarr(path, chunks=None) for path in (here, there))
    xr.testing.assert_identical(one, two)
    assert two["ratio"].encoding["chunks"][:2] < two["ratio"].shape[:2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here.zarr", "there.zarr"]


def test_a_folder_that_workers_do_not_see(client, w12, tmp_path):
    sampler = Sampler(compile_program(build_model(w12), [("ratio", {})]), Plan.of(2**12, 2))
    shared = sampler, {}, str(tmp_path / "elsewhere"), 2**11
    with pytest.raises(FileNotFoundError):
        list(cluster.on_cluster(client, regions._write_region, shared, [(0, 0)]))


def test_draws_that_the_disk_has_no_room_for(w12, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(regions.shutil, "disk_usage", lambda path: usage._replace(free=8 * 3 * 2**12 - 1))
    with pytest.raises(UserError, match=r"4096 draws of 3 cells take 0\.0 GB"):
        regions.keep_by_region(w12, tmp_path / "draws.zarr", "nobody", ["ratio", "ai", "human"], draws=2**12)
    assert not list(tmp_path.iterdir())


def test_without_dask(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    status, out, said = run("stress", "tomlinson-2024", "--scheduler", "tcp://127.0.0.1:8786")
    assert (status, out) == (2, "")
    assert said.splitlines() == [
        "error: scheduler",
        "       a scheduler needs Dask, which is not installed",
        "       pip install 'mcarbon[dask]'",
    ]


@pytest.mark.parametrize("command", ["stress", "run"])
@pytest.mark.parametrize("listens", [False, True])
def test_nobody_answers(run, monkeypatch, command, listens):
    """Nobody is there, or somebody who does not greet as a scheduler does."""
    monkeypatch.setattr(cluster, "ANSWER", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        if not listens:
            server.close()
        status, out, said = run(command, "tomlinson-2024", "--draws", 2**10, "--scheduler", address)
    assert (status, out) == (2, "")
    assert f'no Dask scheduler answers at "{address}"' in said


@pytest.mark.parametrize("address", ["", "nowhere", "tcp://", "soap://127.0.0.1:1"])
def test_what_is_no_address(run, monkeypatch, address):
    monkeypatch.setattr(cluster, "ANSWER", 0.5)
    status, out, said = run("run", W12, "--draws", 2**10, "--scheduler", address)
    assert (status, out) == (2, "")
    assert "no Dask scheduler answers at" in said


def test_what_is_no_client(w12):
    with pytest.raises(UserError, match="a int is no scheduler"):
        mc.summarize(w12, draws=2**10, scheduler=8786)


def test_no_workers(w12, monkeypatch):
    monkeypatch.setattr(cluster, "WORKERS", 0.2)
    with (
        LocalCluster(n_workers=0, **ALONE) as local,
        Client(local, set_as_default=False) as client,
        pytest.raises(UserError, match="has had no worker"),
    ):
        mc.summarize(w12, draws=2**10, scheduler=client)


def test_workers_of_another_version(client, w12, monkeypatch):
    monkeypatch.setattr(cluster, "__version__", "0.0.1")
    with pytest.raises(UserError, match=f"a worker has mcarbon {mc.__version__}, .* this is mcarbon 0.0.1, "):
        mc.summarize(w12, draws=2**10, scheduler=client)


class JustDone:
    """A task that is done right after somebody has waited for it in vain."""

    def __init__(self):
        self.asked = 0

    def done(self):
        return self.asked > 0

    def result(self, timeout=None):
        self.asked += 1
        if self.asked == 1:
            raise TimeoutError(f"timed out after {timeout} s.")
        return "counted"


def test_a_task_that_is_done_just_after_the_wait_for_it_has_its_result():
    assert cluster._result(None, JustDone()) == "counted"
