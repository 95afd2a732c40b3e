"""Holds what `coverage json` wrote against the bars: lines and branches that tests reach, kernels as plain Python.

coverage json -o .made/coverage/all.json && python validation/covered.py .made/coverage/all.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

LINES, BRANCHES = 0.95, 0.90
LEAST = 10
"""Files of which the most is not reached are named, so many of them."""


def main(path: Path) -> int:
    """Print both shares and the files that lack most; 1 where a share is below its bar."""
    document = json.loads(path.read_text())
    totals = document["totals"]
    lines = totals["covered_lines"] / totals["num_statements"]
    branches = totals["covered_branches"] / totals["num_branches"]
    lacking = sorted(document["files"].items(), key=lambda item: -item[1]["summary"]["missing_lines"])
    for name, file in lacking[:LEAST]:
        summary = file["summary"]
        print(f"{name}: {summary['missing_lines']} of {summary['num_statements']} lines not reached")
    print(f"{lines:.1%} of {totals['num_statements']:,} lines, {branches:.1%} of {totals['num_branches']:,} branches")
    return int(lines < LINES or branches < BRANCHES)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
