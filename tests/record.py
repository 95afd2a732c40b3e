"""The record: what every built-in study gave when it was last looked at, so that no change moves a number unseen.

``make record`` writes `RECORD` anew. Where a number has moved it asks for the reason (``make record BECAUSE="..."``), a
line of the changelog: `test_record.py` looks for it there.

A draw's bits are the same for any threads and any x86-64 processor, but for what NumPy's and the C library's exp, log and
sin round in the last place: they have other ways for processors with and without AVX-512. So draws are compared bit by
bit where these are the same as on record, and to `DRAWS` elsewhere; estimates to `ESTIMATES`, since a bin's edge or a
tie may make of a last place more.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import platform
import re
import sys
from pathlib import Path
from typing import Any

import numba
import numpy as np
import scipy

import mcarbon as mc
from mcarbon.reading.load import studies

RECORD = Path(__file__).parent / "data" / "record.json"
METHODS = ("sobol", "lhs", "random")
DRAWS = 1e-11
"""Relative to the largest size of a quantity's draws."""
ESTIMATES = 1e-6
"""Relative to the value or the 90 % width."""


def machine() -> dict[str, Any]:
    """What decides over the last places."""
    return {
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "numba": numba.__version__,
        "c library": " ".join(platform.libc_ver()),
        "processor": platform.machine(),
        "vector units": np.show_config(mode="dicts")["SIMD Extensions"]["found"],
    }


def drawn(study: mc.Study, method: str, draws: int = 2**10) -> dict[str, Any]:
    """Draws of all quantities and inputs: a digest of their bits, and the smallest, the mean and the largest of each."""
    kept = mc.sample(study, draws, 2, method, seed=7, quantities=[*study.inputs, *study.quantities])
    digest = hashlib.sha256()
    shown = {}
    for name in sorted(map(str, kept.data_vars)):
        values = np.ascontiguousarray(kept[name].values)
        digest.update(name.encode() + values.tobytes())
        finite = values[np.isfinite(values)]
        shown[name] = [float(figure).hex() for figure in (finite.min(), finite.mean(), finite.max())] if finite.size else []
    if method != "sobol":
        # Whatever moves these moves the means, too.
        shown = {"means": [figures[1] for figures in shown.values() if figures]}
    return {"bits": digest.hexdigest(), "figures": shown}


def stressed(study: mc.Study) -> dict[str, Any]:
    """Of each claim the verdict's phrase, and the figures of its first three combinations of choices."""
    found = {}
    for claim in mc.stress(study, draws=2**12, replicates=4, seed=7).claims:
        rows = []
        for row in claim.combinations:
            figures = (row.median, *row.quantiles.values(), row.percentile, row.p_direction, row.standard_error.median)
            rows.append([None if figure is None or math.isnan(figure) else float(figure).hex() for figure in figures])
        phrase = claim.verdict.phrase if claim.verdict else ""
        found[claim.id] = {"phrase": phrase, "combinations": len(rows), "first": rows[:3]}
    return found


def taken() -> dict[str, Any]:
    """The record as things are now."""
    found: dict[str, Any] = {"machine": machine(), "version": mc.__version__, "seed": 7, "studies": {}}
    for name in studies():
        study = mc.load_study(name)
        found["studies"][name] = {
            "digest": study.digest,
            "draws": {method: drawn(study, method) for method in METHODS},
            "stress": stressed(study),
        }
    return found


def moved(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What differs between two records, study by study, in words; nothing where all is as it was."""
    same = before["machine"] == now["machine"]
    said = []
    if before["studies"].keys() != now["studies"].keys():
        said.append(f"other studies: {sorted(before['studies'].keys() ^ now['studies'].keys())}")
    for name in before["studies"].keys() & now["studies"].keys():
        old, new = before["studies"][name], now["studies"][name]
        if old["digest"] != new["digest"]:
            said.append(f"{name}: the study is another one, digest {new['digest'][:15]}")
        for method in METHODS:
            here, there = old["draws"][method], new["draws"][method]
            if same and here["bits"] != there["bits"]:
                said.append(f"{name}: bits of {method} draws")
            said += _differ(f"{name}: {method} draws of", here["figures"], there["figures"], DRAWS)
        for claim in old["stress"].keys() | new["stress"].keys():
            one, two = old["stress"].get(claim), new["stress"].get(claim)
            if one is None or two is None or any(one[key] != two[key] for key in ("phrase", "combinations")):
                said.append(f"{name}: the verdict on {claim}")
                continue
            for k, (a, b) in enumerate(zip(one["first"], two["first"])):
                said += _differ(f"{name}: estimates of {claim}, combination", {str(k): a}, {str(k): b}, ESTIMATES)
    return sorted(said)


def _differ(what: str, one: dict[str, Any], other: dict[str, Any], tolerance: float) -> list[str]:
    if one.keys() != other.keys():
        return [f"{what} {', '.join(sorted(one.keys() ^ other.keys()))}"]
    return [f"{what} {name}" for name in one if not _alike(one[name], other[name], tolerance)]


def _alike(one: list[str | None], other: list[str | None], tolerance: float) -> bool:
    if [a is None for a in one] != [b is None for b in other]:
        return False
    a, b = ([float.fromhex(each) for each in row if each is not None] for row in (one, other))
    size = max((abs(each) for each in (*a, *b) if math.isfinite(each)), default=0.0)
    return len(a) == len(b) and all(x == y or abs(x - y) <= tolerance * size or (x != x and y != y) for x, y in zip(a, b))


def main() -> None:
    """Write the record anew, with the reason where numbers have moved."""
    parser = argparse.ArgumentParser(description="Write the record of results anew.")
    parser.add_argument("--because", default="", help="the line of the changelog that says why numbers have moved")
    because = parser.parse_args().because
    before = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else None
    now = taken()
    said = [] if before is None else moved(before, now)
    print("\n".join(said) or "Nothing has moved.")
    if said and not because:
        sys.exit('Numbers have moved: BECAUSE="..." is to give the line of the changelog that says why.')
    now["because"] = because or (before or {}).get("because", "")
    text = json.dumps(now, indent=1, sort_keys=True)
    RECORD.write_text(re.sub(r"\[\s+([^][]*?)\s+\]", lambda row: f"[{' '.join(row[1].split())}]", text) + "\n", "utf-8")


if __name__ == "__main__":
    main()
