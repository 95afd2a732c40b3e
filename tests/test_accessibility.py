"""The kept reports in a browser. `make accessibility` brings what it needs; without that, what is skipped is said."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
AXE = ROOT / ".made" / "node_modules" / "axe-core" / "axe.min.js"


def test_the_report_of_the_first_study_in_chromium():
    missing = [] if importlib.util.find_spec("selenium") else ["selenium"]
    missing += [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    missing += [] if AXE.is_file() else ["axe-core"]
    if missing:
        pytest.skip(f"no {', '.join(missing)}: `make accessibility` holds the reports against axe-core")
    command = [sys.executable, "accessibility/check.py", str(AXE), "reports/index.html", "reports/op-ed-2023/report.html"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert "2 reports, 0 faults" in run.stdout
