"""What compiling for the first time costs is said; a cache that cannot be written is said too, and does no harm."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

import mcarbon as mc
from mcarbon.engine import accelerate, first_compile, kept_kernels, kernels, machine

TINY = """
import sys
sys.path.insert(0, sys.argv[1])
import tiny
from mcarbon.engine import first_compile
first_compile._run_all = lambda: tiny.twice(2.0)
first_compile.load_kernels()
first_compile.load_kernels()
print(tiny.twice(2.0))
"""


def test_it_is_said_once_a_machine(tmp_path):
    """With a kernel that takes no 15 seconds: in the first process with an empty cache, and never again."""
    (tmp_path / "tiny.py").write_text("from mcarbon.engine.accelerate import kernel\n@kernel\ndef twice(x): return 2 * x\n")
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    runs = [
        subprocess.run(
            [sys.executable, "-c", TINY, str(tmp_path)], env=environment, capture_output=True, text=True, check=True
        )
        for _ in range(2)
    ]
    assert [run.stdout for run in runs] == ["4.0\n", "4.0\n"]
    first, last = runs[0].stderr.splitlines()
    assert first == "Compiling the sampler for this machine, once: about 15 s." and last.startswith("Compiled in ")
    assert runs[1].stderr == ""


def test_without_a_place_for_it_kernels_are_compiled_each_time(monkeypatch, capsys):
    def kept(function):
        raise RuntimeError("cannot cache function 'twice': no locator available for file 'tiny.py'")

    monkeypatch.setattr(kept_kernels, "_Kept", kept)
    monkeypatch.setattr(kept_kernels, "_faults", [])
    assert not kept_kernels.not_kept()
    twice = accelerate.kernel(lambda x: 2 * x)
    assert kept_kernels.not_kept()
    monkeypatch.setattr(first_compile, "_run_all", lambda: twice(2.0))
    first_compile.load_kernels.__wrapped__()
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines()[:2] == ["Compiling the sampler for this machine: about 15 s.", first_compile.ADVICE]
    assert "NUMBA_CACHE_DIR" in first_compile.ADVICE and twice(2.0) == 4.0


def test_a_fault_of_another_kind_is_not_hidden(monkeypatch):
    def njit(**options):
        raise RuntimeError("something else")

    monkeypatch.setattr(accelerate, "numba", SimpleNamespace(njit=njit))
    with pytest.raises(RuntimeError, match="something else"):
        accelerate.kernel(lambda x: 2 * x)


def test_all_that_answers_need_is_compiled_at_once():
    """Each kernel for one kind of arguments alone: another one would be compiled later, and not said."""
    needed = (machine.look_up, kernels.keep_draws, kernels.count_draws, kernels.products_below)
    first_compile.load_kernels()
    # Compiled in this process, a kernel has those kinds too that other kernels call it with.
    before = [set(each.signatures) for each in needed]
    study = mc.load_study("tomlinson-2024")
    for method in ("sobol", "lhs", "random"):
        mc.stress(study, ["midjourney-us-illustrator"], draws=2**11, method=method)
        mc.stress(study, ["midjourney-us-illustrator"], draws=2**11, method=method, smooth=False)
    mc.sample(study, quantities=["ratio"], draws=2**11)
    mc.summarize(study, ["ratio"], draws=2**11)
    assert [set(each.signatures) for each in needed] == before
    assert len(kernels.keep_draws.signatures) == len(kernels.count_draws.signatures) == 1
