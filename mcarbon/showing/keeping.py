"""Files of results: written beside their place and renamed when whole, so that a failed run leaves what was there."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcarbon.errors import Fault, UserError
from mcarbon.files import require_writable, whole_file, whole_folder
from mcarbon.showing.spreadsheet import cell

if TYPE_CHECKING:
    import xarray

    from mcarbon.answers.summarize import Summary

SUFFIXES = (".nc", ".zarr", ".csv")
# Version 2 of the format is read by every tool, and specifies texts, which version 3 does not yet.
STORE: dict[str, Any] = {"zarr_format": 2, "consolidated": True}
"""How a Zarr store is written."""
_ALLOWED = "Allowed: FILE.nc or DIR.zarr for draws, FILE.csv for quantiles."


def check_suffix(path: Path) -> None:
    """Refuse a file that cannot be written, before anything is computed for it."""
    if path.suffix not in SUFFIXES:
        raise UserError(Fault(what=f'"{path.name}" is no kind of file that is written.', place="--output", allowed=_ALLOWED))
    if not path.parent.is_dir():
        raise UserError(Fault(what=f'There is no folder "{path.parent}".', place="--output"))
    if path.suffix != ".zarr" and path.is_dir():
        raise UserError(Fault(what=f'"{path}" is a folder.', place="--output"))
    require_writable(path.parent)
    # A folder that is no store is not ours to replace.
    if path.suffix == ".zarr" and path.exists() and not any((path / mark).is_file() for mark in (".zgroup", "zarr.json")):
        what = f'"{path}" is there already and is no Zarr store.'
        raise UserError(Fault(what=what, place="--output", allowed="Choose another name."))


def keep_draws(draws: xarray.Dataset, path: Path) -> None:
    """Write draws as netCDF (``.nc``) or as a Zarr store (``.zarr``)."""
    if path.suffix == ".nc":
        with whole_file(path) as beside:
            try:
                draws.to_netcdf(beside)
            except RuntimeError as error:  # HDF5's, of a file that it cannot end
                number = re.search(r"errno = (\d+)", str(error))
                if number is None:
                    raise
                raise OSError(int(number[1]), os.strerror(int(number[1]))) from error
        return
    with whole_folder(path) as beside:
        draws.to_zarr(beside, mode="w", **STORE)


def keep_csv(summary: Summary, path: Path) -> None:
    """Write a summary for a spreadsheet: a line a quantity and coordinate, all digits, empty where nothing exists."""
    axes = list(dict.fromkeys(axis for row in summary.quantities for axis in row.at))
    levels = list(dict.fromkeys(level for row in summary.quantities for level in row.quantiles))
    kind = next((f"{row.interval} {row.level:g}" for row in summary.quantities), "")
    with whole_file(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        head = ["quantity", *axes, "unit", "mean", "sd", *levels, f"{kind} low", f"{kind} high", "warnings"]
        table.writerow(map(cell, head))
        for row in summary.quantities:
            quantiles = (row.quantiles.get(level, float("nan")) for level in levels)
            figures = [row.mean, row.sd, *quantiles, row.interval_low, row.interval_high]
            shown = ["" if figure != figure else repr(float(figure)) for figure in figures]
            places = (row.at.get(axis, "") for axis in axes)
            table.writerow(map(cell, [row.name, *places, row.unit, *shown, "; ".join(row.warnings)]))
