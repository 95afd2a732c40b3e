"""Files of results: written beside their place and renamed when whole, so that a failed run leaves what was there."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from mcarbon.errors import Fault, UserError
from mcarbon.files import whole_file

if TYPE_CHECKING:
    import xarray

    from mcarbon.answers.summarize import Summary

SUFFIXES = (".nc", ".csv")


def check_suffix(path: Path) -> None:
    """Refuse a file that cannot be written, before anything is computed for it."""
    if path.suffix not in SUFFIXES:
        what = f'"{path.name}" is no kind of file that is written.'
        raise UserError(Fault(what=what, place="--output", allowed="Allowed: FILE.nc for draws, FILE.csv for quantiles."))
    if not path.parent.is_dir():
        raise UserError(Fault(what=f'There is no folder "{path.parent}".', place="--output"))
    if path.is_dir():
        raise UserError(Fault(what=f'"{path}" is a folder.', place="--output"))


def keep_netcdf(draws: xarray.Dataset, path: Path) -> None:
    """Write draws as netCDF."""
    with whole_file(path) as beside:
        draws.to_netcdf(beside)


def keep_csv(summary: Summary, path: Path) -> None:
    """Write a summary for a spreadsheet: a line a quantity and coordinate, all digits, empty where nothing exists."""
    axes = list(dict.fromkeys(axis for row in summary.quantities for axis in row.at))
    levels = list(dict.fromkeys(level for row in summary.quantities for level in row.quantiles))
    with whole_file(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["quantity", *axes, "unit", "mean", "sd", *levels])
        for row in summary.quantities:
            figures = [row.mean, row.sd, *(row.quantiles.get(level, float("nan")) for level in levels)]
            shown = ["" if figure != figure else repr(float(figure)) for figure in figures]
            table.writerow([row.name, *(row.at.get(axis, "") for axis in axes), row.unit, *shown])
