"""What is remembered on disk: quantile tables, sound priors, names that are no units. Lost or broken, it does no harm."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mcarbon as mc
from mcarbon import remembered
from mcarbon.engine import tables
from mcarbon.families import sound
from mcarbon.reading.registry import known_as

PRIOR = mc.mixture(
    components=[
        {"weight": 1, "prior": mc.lognormal(p5=1, p95=9, upper=30)},
        {"weight": 1, "prior": mc.uniform(2, 3)},
    ]
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache, and a process that has computed nothing yet."""
    monkeypatch.setenv(remembered.FOLDER, str(tmp_path / "cache"))
    forget(monkeypatch)
    return tmp_path / "cache"


def forget(monkeypatch):
    monkeypatch.setattr(tables, "_made", {})
    monkeypatch.setattr(sound, "_sound", sound._Sound())


def files(folder, kind):
    return sorted((folder / kind).glob("*")) if (folder / kind).is_dir() else []


def test_a_table_comes_back_to_the_bit(folder, monkeypatch):
    made = tables.quantile_table(PRIOR)
    (kept,) = files(folder, "tables")
    forget(monkeypatch)
    monkeypatch.setattr(tables, "_make_table", lambda *_: pytest.fail("it was made again"))
    again = tables.quantile_table(PRIOR)
    for name in ("cubics", "first_piece", "pieces", "support"):
        one, other = getattr(made, name), getattr(again, name)
        assert one.dtype == other.dtype and one.shape == other.shape and np.array_equal(one, other)
        assert other.flags.writeable and other.flags.c_contiguous
    assert len(made.pieces) and kept.stat().st_size < 200_000


@pytest.mark.parametrize("harm", [b"", b"short", None])
def test_a_broken_file_is_made_again(folder, monkeypatch, harm):
    made = tables.quantile_table(PRIOR)
    (kept,) = files(folder, "tables")
    whole = kept.read_bytes()
    # Nothing, too little, or one bit in the middle.
    kept.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:] if harm is None else harm)
    forget(monkeypatch)
    assert np.array_equal(tables.quantile_table(PRIOR).cubics, made.cubics)
    assert kept.read_bytes() == whole


def test_a_folder_that_cannot_be_written_does_no_harm(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    for place in (str(tmp_path / "file" / "cache"), "", "/dev/null/cache"):
        monkeypatch.setenv(remembered.FOLDER, place)
        forget(monkeypatch)
        assert len(tables.quantile_table(PRIOR).cubics) == 2 * tables.SIDE
        assert mc.load_study("tomlinson-2024").id == "tomlinson-2024"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_sound_priors_are_remembered_and_others_are_not(folder, monkeypatch):
    from mcarbon.families import base

    mc.load_study("tomlinson-2024")
    assert files(folder, "priors")
    forget(monkeypatch)
    asked = []
    monkeypatch.setattr(base.Continuous, "distribution", lambda self: asked.append(self))
    mc.parse_study((Path(mc.__file__).parent / "studies" / "tomlinson-2024.toml").read_text("utf-8"))
    assert asked == []
    monkeypatch.undo()
    monkeypatch.setenv(remembered.FOLDER, str(folder))
    for _ in range(2):
        with pytest.raises(mc.UserError, match="out of order"):
            mc.lognormal(p5=3, p95=2)
        sound.remember()
        forget(monkeypatch)


def test_other_sources_have_other_files(folder, monkeypatch):
    remembered.keep("kind", "key", b"content")
    assert remembered.recall("kind", "key") == b"content"
    monkeypatch.setattr(remembered, "_maker", lambda: "another version")
    assert remembered.recall("kind", "key") is None


def test_who_computes_what_is_remembered():
    """Every module that keeps something is among the sources that a name has in it."""
    here = Path(remembered.__file__).parent
    named = {line.split()[0] for line in remembered._maker().splitlines()}
    keepers = [path for path in here.rglob("*.py") if re.search(r"import .*\brecall\b", path.read_text("utf-8"))]
    assert len(keepers) >= 4 and {path.name for path in keepers} <= named


def test_the_oldest_files_make_room(folder, monkeypatch):
    monkeypatch.setattr(remembered, "MOST", 6)
    for k in range(20):
        remembered.keep("kind", str(k), b"%d" % k)
        os.utime(folder / "kind" / remembered._name(str(k)), (k, k))
        assert len(files(folder, "kind")) <= 6
    assert remembered.recall("kind", "19") == b"19" and remembered.recall("kind", "0") is None
    assert all(not path.name.startswith(".") for path in files(folder, "kind"))


def test_names_of_units_are_remembered(folder, monkeypatch):
    from mcarbon.reading import registry

    assert [known_as(name) for name in ("output", "pin", "degC")] == [None, "picoinch", "degC"]
    monkeypatch.setattr(registry, "_known_as", lambda name: pytest.fail("Pint was asked again"))
    assert [known_as(name) for name in ("output", "pin", "degC")] == [None, "picoinch", "degC"]


STRESS = ["-m", "mcarbon", "stress", "tomlinson-2024", "--claim", "midjourney-us-illustrator", "--draws", "4096"]


LOADED = """
import sys
from mcarbon.cli import main
try:
    main()
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""


def test_processes_at_once_agree(folder):
    environment = {**os.environ, remembered.FOLDER: str(folder)}
    several = [
        subprocess.Popen([sys.executable, *STRESS], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    told = [process.communicate() for process in several]
    assert [process.returncode for process in several] == [0, 0, 0], told
    assert told[0][0] == told[1][0] == told[2][0]
    # What they left behind serves the next one, which imports no more of SciPy and Pint than numba does.
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *STRESS[2:]], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.encode() == told[0][0]
    loaded = set(done.stderr.split())
    assert "numba" in loaded
    assert not {"scipy.special", "scipy.optimize", "scipy.stats", "pint", "xarray", "pandas", "dask", "asyncio"} & loaded
