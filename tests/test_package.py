"""What is shipped: the wheel holds the studies and the library of priors, and works from there."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def test_wheel_holds_what_is_read_at_run_time(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in (("mcarbon/studies", "mcarbon/studies"), ("priors", "mcarbon/priors")):
        files = [path.name for path in (ROOT / folder).iterdir() if path.is_file()]
        assert files
        assert {f"{inside}/{name}" for name in files} <= names
    assert "mcarbon/py.typed" in names
    assert not any(name.startswith(("tests", "benchmarks")) for name in names)


def test_wheel_works_without_the_checkout(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = "import mcarbon as mc; s = mc.load_study('tomlinson-2024'); print(mc.__file__, s.library['ai.pue'].unit)"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.stderr == ""
    assert run.stdout.split() == [str(tmp_path / "mcarbon" / "__init__.py"), "1"]
