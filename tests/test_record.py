"""The record of results: no change moves a number of a built-in study unseen, on this processor or on a simpler one."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import record

ROOT = Path(__file__).parent.parent
HOW = 'Where that is meant: `make record BECAUSE="..."` with the line of the changelog that says why.'


@pytest.fixture(scope="module")
def on_record():
    return json.loads(record.RECORD.read_text("utf-8"))


def test_nothing_has_moved(on_record):
    said = record.moved(on_record, record.taken())
    assert not said, "\n".join([*said, HOW])


def test_the_changelog_says_why_the_record_is_as_it_is(on_record):
    """The reason given when it was made stands in the changelog."""
    changelog = " ".join((ROOT / "CHANGELOG.md").read_text("utf-8").split())
    assert on_record["because"] and " ".join(on_record["because"].split()) in changelog


def first(found, *keys):
    for key in keys:
        found = found[key]
    return found


@pytest.mark.parametrize("elsewhere", [False, True])
def test_what_is_seen(on_record, elsewhere):
    """A last place of draws is seen on the same machine alone; 1e-10 of draws, and 1e-5 of estimates, on any."""
    now = copy.deepcopy(on_record)
    if elsewhere:
        now["machine"]["vector units"] = []
    assert record.moved(on_record, now) == []
    study = now["studies"]["bloom-2022"]
    study["draws"]["lhs"]["bits"] = "other"
    assert record.moved(on_record, now) == ([] if elsewhere else ["bloom-2022: bits of lhs draws"])
    study["draws"]["lhs"]["bits"] = on_record["studies"]["bloom-2022"]["draws"]["lhs"]["bits"]
    figures = study["draws"]["sobol"]["figures"]["training_energy"]
    figures[2] = (float.fromhex(figures[2]) * (1 + 1e-10)).hex()
    claim, row = "training-energy", study["stress"]["training-energy"]["first"][0]
    row[0] = (float.fromhex(row[0]) * (1 + 1e-5)).hex()
    assert record.moved(on_record, now) == [
        "bloom-2022: estimates of training-energy, combination 0",
        "bloom-2022: sobol draws of training_energy",
    ]
    study["stress"][claim]["phrase"] = "holds"
    study["digest"] = "sha256:other"
    del now["studies"]["dodge-2022"]
    said = record.moved(on_record, now)
    assert "other studies: ['dodge-2022']" in said and "bloom-2022: the verdict on training-energy" in said
    assert any(each.startswith("bloom-2022: the study is another one") for each in said)


GENERIC = """
import json, sys
import record
import mcarbon as mc
study = mc.load_study(sys.argv[1])
print(json.dumps({method: record.drawn(study, method)["bits"] for method in record.METHODS}))
"""


def test_the_same_bits_on_a_simpler_processor(tmp_path, on_record):
    """Kernels compiled for any x86-64 processor, which has neither AVX nor a fused multiply-add, and matrix products too."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(Path(__file__).parent))),
        "NUMBA_CPU_NAME": "generic",
        "NUMBA_CPU_FEATURES": "",
        "NUMBA_CACHE_DIR": str(tmp_path),
        "OPENBLAS_CORETYPE": "Nehalem",
    }
    study = "tomlinson-2024"
    done = subprocess.run(
        [sys.executable, "-c", GENERIC, study], capture_output=True, text=True, env=environment, check=True
    )
    here = record.mc.load_study(study)
    assert json.loads(done.stdout) == {method: record.drawn(here, method)["bits"] for method in record.METHODS}
