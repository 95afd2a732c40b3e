"""Tables in text: summaries of quantities, the built-in studies."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcarbon.showing.characters import ASCII, UNICODE, Characters, display_width
from mcarbon.words.wording import UNDEFINED, draws_words, number, thousands

if TYPE_CHECKING:
    from mcarbon.answers.summarize import Summary, SummaryRow

GAP = "  "
WIDTH = 80
NARROWEST = 14
"""A column of text is narrowed no further."""
_WORDS = re.compile(r"[^ _\[]*_|\[[^ _]*|[^ _\[]+|.")
MOST_PLACES = 4
"""Rows that a warning names."""


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    align: str,
    characters: Characters = UNICODE,
    width: int | None = None,
) -> list[str]:
    """Rows under their heads and one rule; `align` has ``l`` or ``r`` for each column.

    A row of one cell is a line of its own, whatever the columns' widths. In a table that is wider than `width` the widest
    columns on the left side are narrowed, and what stands in them goes on below, indented.
    """
    cells = [[characters.text(cell) for cell in row] for row in (head, *rows)]
    widths = [max(display_width(row[i]) for row in cells if len(row) > 1) for i in range(len(head))]
    if width is not None:
        widths = _narrowed(widths, align, width)
    lines = [line for row in cells for line in _laid(row, widths, align, width)]
    rule = characters.axis * (sum(widths) + len(GAP) * (len(widths) - 1))
    below_head = len(_laid(cells[0], widths, align, width))
    return [*lines[:below_head], rule, *lines[below_head:]]


def _laid(row: Sequence[str], widths: Sequence[int], align: str, width: int | None) -> list[str]:
    """A row as lines."""
    if len(row) == 1:
        return [row[0]] if width is None else parted(row[0], width)
    parts = [parted(cell, room) for cell, room in zip(row, widths)]
    laid = []
    for k in range(max(map(len, parts))):
        line = []
        for part, room, side in zip(parts, widths, align, strict=True):
            cell = part[k] if k < len(part) else ""
            blank = " " * (room - display_width(cell))
            line.append(cell + blank if side == "l" else blank + cell)
        laid.append(GAP.join(line).rstrip())
    return laid


def _narrowed(widths: Sequence[int], align: str, width: int) -> list[int]:
    """The columns' widths, taken from the widest of those that hold text until all fit."""
    found = list(widths)
    excess = sum(found) + len(GAP) * (len(found) - 1) - width
    text = [k for k, side in enumerate(align) if side == "l"]
    while excess > 0 and text and max(found[k] for k in text) > NARROWEST:
        found[max(text, key=found.__getitem__)] -= 1
        excess -= 1
    return found


def parted(text: str, width: int) -> list[str]:
    """A text in lines of so many columns, the later ones indented: parted at blanks and underscores, else anywhere."""
    if display_width(text) <= width:
        return [text]
    lead = text[: len(text) - len(text.lstrip(" "))]
    lines, line = [], lead
    for word in _WORDS.findall(text[len(lead) :]):
        for piece in [word] if display_width(word) <= width - len(lead) - len(GAP) else word:
            if display_width((line + piece).rstrip(" ")) > width and line.strip(" "):
                lines.append(line.rstrip(" "))
                line = lead + GAP
            line += piece if line.strip(" ") or piece.strip(" ") else ""
    return [*lines, line.rstrip(" ")]


def summary_table(summary: Summary, *, ascii: bool = False) -> str:
    """The quantities of a study: mean, standard deviation and quantiles, to the digits that their errors support.

    At most four digits. The interval stands in a column of its own where the quantiles do not show it. The foot says
    of which rows mean and median lie apart, and why that is.
    """
    characters = ASCII if ascii else UNICODE
    levels = list(dict.fromkeys(level for row in summary.quantities for level in row.quantiles))
    constant = _constant_coordinates(summary)
    interval = _interval_name(summary)
    head = ("quantity", "unit", "mean", "sd", *(f"{100 * level:g} %" for level in levels), *interval)
    rows: list[tuple[str, ...]] = []
    previous = ""
    for row in summary.quantities:
        at = ", ".join(there for axis, there in row.at.items() if axis not in constant)
        if at and row.name != previous:
            rows.append((row.name, *[""] * (len(head) - 1)))
        previous = row.name
        errors = row.standard_error_quantiles
        quantiles = [_figure(row.quantiles.get(each, math.nan), errors.get(each, 0.0)) for each in levels]
        moments = (_figure(row.mean, row.standard_error_mean), _figure(row.sd, row.standard_error_sd))
        ends = (
            f"{_figure(row.interval_low, row.standard_error_low)}",
            f"{_figure(row.interval_high, row.standard_error_high)}",
        )
        name, unit = f"  {at}" if at else row.name, "" if row.unit == "1" else row.unit
        figures = (*moments, *quantiles, *(" to ".join(ends) for _ in interval))
        rows.append((name, unit, *(figures if row.no_ratio is None else ["-" for _ in figures])))
    lines = table(head, rows, "ll" + "r" * (len(head) - 2), characters)
    foot = [part for line in _summary_foot(summary, constant) for part in textwrap.wrap(line, 78, break_on_hyphens=False)]
    return "\n".join([*lines, "", *(characters.text(line) for line in foot)])


def _interval_name(summary: Summary) -> tuple[str, ...]:
    """The head of the interval's column; none where its ends are among the quantiles."""
    for row in summary.quantities:
        ends = {round((1 - row.level) / 2, 9), round((1 + row.level) / 2, 9)}
        if row.interval != "equal-tailed" or not ends <= {round(p, 9) for p in row.quantiles}:
            return (f"{row.interval} {100 * row.level:g} %",)
    return ()


def _constant_coordinates(summary: Summary) -> dict[str, str]:
    """Axes on which every row that has them is at the same place: told once, in the foot."""
    places: dict[str, set[str]] = {}
    for row in summary.quantities:
        for axis, at in row.at.items():
            places.setdefault(axis, set()).add(at)
    return {axis: next(iter(at)) for axis, at in places.items() if len(at) == 1}


def _summary_foot(summary: Summary, constant: Mapping[str, str]) -> list[str]:
    lines = []
    if constant:
        lines.append(f"All at {', '.join(f'{axis} = {at}' for axis, at in constant.items())}.")
    skewed = [row for row in summary.quantities if _is_skewed(row)]
    if skewed:
        names = list(dict.fromkeys(row.name for row in skewed))
        named = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        lines.append(
            f"Mean and median of {named} differ by more than a factor of 1.5: these are skewed, and few large draws "
            "carry the mean. The median is the typical value."
        )
    if any(row.interval == "shortest" for row in summary.quantities):
        lines.append(
            "The shortest interval is the narrowest one with that share of the draws. Its ends are known less well than "
            "quantiles are: its width hardly changes where it is smallest."
        )
    lines += _warnings(summary, constant)
    if any(row.no_ratio is None and (_undefined(row.mean) or _undefined(row.sd)) for row in summary.quantities):
        lines.append(f"{UNDEFINED}: the moment does not exist.")
    lines.append("Digits are those that two Monte Carlo standard errors leave, four at most; --json has all.")
    counts = draws_words(row.draws for row in summary.quantities) or thousands(str(summary.draws))
    drawn = f"{counts} draws, {summary.replicates} replicates"
    tolerances = [row.numerical_tolerance for row in summary.quantities if row.numerical_tolerance is not None]
    if tolerances:
        ends = " to ".join(dict.fromkeys(f"{each:.1g}" for each in (min(tolerances), max(tolerances))))
        lines.append(
            "Adaptive procedure of JCGM 101, 7.9: mean, sd and interval are known to a numerical tolerance of "
            f"{ends}, in the unit of each quantity."
        )
        most = "up to " if len({row.draws for row in summary.quantities}) > 1 else ""
        drawn = f"{counts} draws, in {most}{summary.replicates} sequences"
    run = f"{drawn}, method {summary.method}, seed {summary.seed}, mcarbon {summary.version}"
    lines.append(f"{run}, study {summary.digest.removeprefix('sha256:')[:12]}.")
    return lines


def _warnings(summary: Summary, constant: Mapping[str, str]) -> list[str]:
    """A line a warning, naming the rows of its quantity that have it where not all do."""
    rows_of: dict[str, int] = {}
    places: dict[tuple[str, str], list[str]] = {}
    for row in summary.quantities:
        rows_of[row.name] = rows_of.get(row.name, 0) + 1
        at = ", ".join(there for axis, there in row.at.items() if axis not in constant)
        for warning in row.warnings:
            places.setdefault((row.name, warning), []).append(at)
    lines = []
    for (name, warning), there in places.items():
        more = f" and {len(there) - MOST_PLACES} more" if len(there) > MOST_PLACES else ""
        some = f" ({'; '.join(there[:MOST_PLACES])}{more})" if len(there) < rows_of[name] else ""
        lines.append(f"warning: {name}{some}: {warning}")
    return lines


def _undefined(value: float) -> bool:
    return not math.isfinite(value)


def _is_skewed(row: SummaryRow) -> bool:
    median = row.quantiles.get(0.5, math.nan)
    if _undefined(median) or _undefined(row.mean) or median * row.mean <= 0:
        return False
    return not 1 / 1.5 <= row.mean / median <= 1.5


def _figure(value: float, error: float) -> str:
    return number(value, 0.0 if math.isnan(error) else error, digits=4).removeprefix("~")


@dataclass(frozen=True, slots=True)
class Header:
    """What the list of studies tells of one: its id, its title, and how many claims it holds."""

    id: str
    title: str
    claims: int


def studies_table(headers: Sequence[Header], *, ascii: bool = False) -> str:
    """The built-in studies: id, number of claims, title."""
    characters = ASCII if ascii else UNICODE
    head = ("study", "claims", "title")
    room = WIDTH - max(len(header.id) for header in headers) - len(head[1]) - 2 * len(GAP)
    rows: list[tuple[str, ...]] = []
    for header in headers:
        first, *more = textwrap.wrap(characters.text(header.title), max(room, 20))
        rows += [(header.id, str(header.claims), first), *(("", "", line) for line in more)]
    return "\n".join(table(head, rows, "lrl", characters))
