"""Writes `.ci/requirements.txt`: what `constraints.txt` pins for this platform, each file by its SHA-256.

Run with CPython 3.11 on Linux (x86-64). pip resolves and installs nothing; the hashes are those that the index names.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def requirements(report: dict) -> str:
    """The requirements file of an installation report of pip."""
    lines = ["# Made by .ci/hashes.py from constraints.txt, for CPython 3.11 on Linux (x86-64)."]
    for item in sorted(report["install"], key=lambda item: item["metadata"]["name"].lower()):
        name, version = item["metadata"]["name"], item["metadata"]["version"]
        if name != "mcarbon":
            digest = item["download_info"]["archive_info"]["hashes"]["sha256"]
            lines.append(f"{name}=={version} \\\n    --hash=sha256:{digest}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = ["install", "--quiet", "--dry-run", "--ignore-installed", "--report", str(report)]
        wanted = ["--constraint", "constraints.txt", f"{ROOT}[test,accessibility]"]
        subprocess.run([sys.executable, "-m", "pip", *command, *wanted], cwd=ROOT, check=True)
        (ROOT / ".ci/requirements.txt").write_text(requirements(json.loads(report.read_text("utf-8"))), "utf-8")
