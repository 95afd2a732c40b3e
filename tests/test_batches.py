"""Outputs counted a few at a time: the same bits as all at once, in little memory."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mcarbon as mc
from mcarbon.answers.summarize import summary_rows
from mcarbon.engine import batches
from mcarbon.engine.batches import count_in_batches
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import MOST_DRAWS, Plan
from mcarbon.errors import UserError
from mcarbon.reading.model import build_model

STUDY = """
format = 1
id = "many"
title = "Many outputs"
[inputs.a]
unit = "1"
prior = { family = "lognormal", median = 1.0, gsd = 1.6 }
source = "judgement"
[inputs.b]
unit = "1"
prior = { family = "normal", mean = 3.0, sd = 0.5 }
source = "judgement"
[inputs.c]
unit = "1"
prior = { family = "triangular", low = 0.0, mode = 1.0, high = 3.0 }
source = "judgement"
[inputs.d]
unit = "1"
prior = { family = "uniform", low = 0.5, high = 2.0 }
source = "judgement"
[correlations]
"b, c" = 0.4
[quantities]
"""
FORMULAS = (
    "a * b",
    "a + b * d",
    "minimum(c, 1)",
    "d",
    "a ** 2 / d",
    "where(c < 1, c, a)",
    "b - 3",
    "a / a",
    "a * (b + c)",
    "1e6 + d",
)


def many(outputs):
    lines = [
        f'y{k} = {{ unit = "1", formula = "{FORMULAS[k % len(FORMULAS)]} + {k // len(FORMULAS)}" }}' for k in range(outputs)
    ]
    return mc.parse_study(STUDY + "\n".join(lines))


def program_of(study, smooth=True):
    return compile_program(build_model(study), [(name, {}) for name in study.quantities], smooth)


def bits(counted):
    drawn = getattr(counted, "drawn", counted)
    return [getattr(drawn, name).tobytes() for name in ("before", "pooled", "smallest", "largest", "sums")]


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize(("method", "draws"), [("sobol", 2**13), ("random", 9001), ("lhs", 5000)])
def test_a_batch_of_one_is_all_at_once(method, draws, smooth):
    program = program_of(many(30), smooth)
    plan = Plan.of(draws, 4, method, seed=2)
    whole = list(count_in_batches(program, plan))
    alone = list(count_in_batches(program, plan, most_bytes=0))
    assert len(whole) == len(alone) == len(program.factors)
    for one, other in zip(whole, alone, strict=True):
        assert bits(one) == bits(other)
        assert one.draws == plan.draws and one.estimator == other.estimator


def test_progress_goes_on_from_batch_to_batch():
    told = []
    list(count_in_batches(program_of(many(30)), Plan.of(2**10, 4), progress=told.append, most_bytes=0))
    assert told == sorted(told) and told[-1] == 1.0 and len(set(told)) > 30


@pytest.mark.parametrize("asked", [{"draws": 2**12}, {"draws": 2**10, "tolerance": 0.01}])
def test_answers_do_not_depend_on_batches(monkeypatch, asked):
    study = many(20)
    here = summary_rows(study, interval="shortest", **asked)
    monkeypatch.setattr(batches, "MOST_BYTES", 10**6)
    assert summary_rows(study, interval="shortest", **asked) == here


def test_batches_keep_their_order_and_size():
    sizes = np.array([5, 5, 5, 20, 1, 1, 9])
    assert [list(batch) for batch in batches._batches(sizes, 10)] == [[0, 1], [2], [3], [4, 5], [6]]
    assert batches._batches(np.array([], dtype=np.int64), 10) == []


MEASURE = """
import re, sys
sys.path.insert(0, {folder!r})
from test_batches import many
import mcarbon as mc
def peak():
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[1]) / 1024
study = many(1500)
mc.summarize(study, ["y1"], draws=2**12)
before = peak()
mc.summarize(study, draws=2**20, replicates=32, smooth=False)
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a process's peak of memory is read from /proc")
def test_many_outputs_take_little_memory():
    """All at once 1500 outputs in 32 replicates take 4 GB, and more with more bins."""
    command = [sys.executable, "-c", MEASURE.format(folder=str(Path(__file__).parent))]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(found.stdout) < 1024


def test_more_draws_than_a_bin_can_count_are_refused():
    """2**32 draws in one bin would be none."""
    assert Plan.of(2 * MOST_DRAWS, 2, "random").length == MOST_DRAWS == np.iinfo(np.uint32).max
    for method in ("random", "sobol"):
        with pytest.raises(UserError, match="4294967296 draws a replicate are too many"):
            Plan.of(2**33, 2, method)
