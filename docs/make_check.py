"""Makes the table of docs/predictive-check.md; `make pages` runs it, and a test asks that the page is current."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import mcarbon as mc
from mcarbon.study import Study
from mcarbon.words.wording import plain

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "predictive-check.md"
DRAWS = 2**18
DIMENSIONS = ("model", "country", "device")


@dataclass(frozen=True)
class Compared:
    """A measurement beside the draws of the quantity that it is compared with, in the measurement's unit."""

    row: dict[str, Any]
    publication: dict[str, Any]
    measured: dict[str, Any]
    draws: np.ndarray

    @property
    def percentile(self) -> float:
        """The share of draws below the measurement, in percent."""
        return float(100 * np.mean(self.draws < self.measured["value"]))


def compared(draws: int = DRAWS) -> Iterator[Compared]:
    """Every row of the table, in the order of the data."""
    measurements = _data("measurements")
    for row in _data("predictive_check")["row"]:
        publication = measurements[row["publication"]]
        measured = publication["values"][row["number"] - 1]
        study = _study(row["study"])
        for name, value in row.get("held", {}).items():
            study = study.with_value(name, value, source="definition")
        for name, prior in row.get("prior", {}).items():
            study = study.with_prior(name, prior, source="judgement")
        quantity, at = row["quantity"], row["at"]
        unit = study.quantities[quantity].unit
        joules = 3600 if (unit.partition("/")[0], measured["unit"].partition("/")[0]) == ("Wh", "J") else 1
        assert joules > 1 or unit == measured["unit"], row
        choices = {axis: option for axis, option in at.items() if axis in study.choices}
        found = mc.sample(study, draws=draws, quantities=[quantity], choices=choices)[quantity]
        found = found.sel({axis: at[axis] for axis in DIMENSIONS if axis in found.dims})
        yield Compared(row, publication, measured, joules * found.to_numpy().ravel())


@cache
def _study(name: str) -> Study:
    return mc.load_study(name)


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "tests" / "data" / f"{name}.toml").read_text("utf-8"))
