"""Columns of numbers out of CSV files, for empirical priors."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from mcarbon.errors import Fault, UserError, allowed_names
from mcarbon.families import Empirical
from mcarbon.reading.files import read_text


def with_file(prior: Empirical, folder: Path | None) -> Empirical:
    """The prior with what stands in its file, which lies in `folder` or below; UserError where it cannot be had."""
    assert prior.file is not None and prior.column is not None
    if folder is None:
        raise UserError(Fault(what=f'the file "{prior.file}" lies beside no file: this study came from none'))
    try:
        path = folder / prior.file
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        inside = False
    if not inside:
        what = f'the file "{prior.file}" does not lie in the folder of the file that names it'
        raise UserError(Fault(what=what, allowed="A path within that folder, such as data/hours.csv."))
    if not path.is_file():
        what = f'the file "{prior.file}" is {"no file" if path.exists() else "not there"}'
        raise UserError(Fault(what=what, allowed="A CSV file beside the file that names it."))
    columns = _columns(path, prior, [prior.column, *([prior.weights] if isinstance(prior.weights, str) else [])])
    return prior.with_values(columns[0], columns[1] if len(columns) > 1 else None)


def _columns(path: Path, prior: Empirical, names: list[str]) -> list[list[float]]:
    """These columns of a CSV file, whose first line names them."""
    reader = csv.reader(read_text(path).splitlines())
    columns: list[list[float]] = [[] for _ in names]
    try:
        header = [name.strip() for name in next(reader, [])]
        for name in names:
            if name not in header:
                what = f'there is no column "{name[:60]}"'
                raise UserError(Fault(what=what, allowed=allowed_names(name, header), file=str(path), line=1))
            if header.count(name) > 1:
                raise UserError(Fault(what=f'two columns have the name "{name[:60]}"', file=str(path), line=1))
        places = [header.index(name) for name in names]
        for row in reader:
            if row and len(row) != len(header):
                what = f"{len(row)} field{'s stand' if len(row) > 1 else ' stands'} here; the first line has {len(header)}"
                allowed = "A field a column; a decimal point is a point, and a field with a comma stands in quotes."
                raise UserError(Fault(what=what, allowed=allowed, file=str(path), line=reader.line_num))
            for name, place_, column in zip(names, places, columns):
                if row:
                    column.append(_number(row[place_], name, path, reader.line_num))
                    if name == prior.weights and not column[-1] > 0:
                        what = f'in the column "{name}" stands "{row[place_][:40]}"; a weight is above 0'
                        raise UserError(Fault(what=what, file=str(path), line=reader.line_num))
    except csv.Error as error:
        raise UserError(Fault(what=f"this is not CSV: {error}", file=str(path), line=reader.line_num)) from None
    if not columns[0]:
        raise UserError(Fault(what=f'the column "{names[0]}" is empty', file=str(path)))
    return columns


def _number(text: str, column: str, path: Path, line: int) -> float:
    try:
        number = float(text.strip()) if "_" not in text else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        what = f'in the column "{column}" stands "{text[:40]}", which is no finite number'
        raise UserError(Fault(what=what, file=str(path), line=line))
    return number
