"""The table of a quantity's sensitivity indices: inputs by how much they matter, with errors."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mcarbon.results import AND
from mcarbon.showing.characters import ASCII, UNICODE, Characters
from mcarbon.showing.listing import WIDTH, table
from mcarbon.words.amounts import Form, PrintedUnit
from mcarbon.words.wording import UNDEFINED, fixed, number, thousands

if TYPE_CHECKING:
    from mcarbon.answers.choice_factors import InputsFactor
    from mcarbon.answers.variance import InputIndices, Sensitivity

SMALL = 0.005
"""Inputs with a smaller total index are told together."""
MOST_DECIMALS = 4
CHOICES = (
    "The factor of a choice is the largest over the smallest median of its options, the other choices as they are; no "
    "option has a weight. That of the inputs is between the ends of their 90 % interval."
)


def sensitivity_table(rows: Sequence[Sensitivity], *, width: int = WIDTH, ascii: bool = False) -> str:
    """The indices of each cell, the largest total first, to the decimals that two standard errors leave."""
    characters = ASCII if ascii else UNICODE
    lines: list[str] = []
    for row in rows:
        lines += _wrapped([f"{row.quantity}  {', '.join(row.at.values())}".strip()], width, ascii)
        totals = _totals(row)
        by_total = sorted(row.inputs, key=lambda each: -totals[each.name])
        with_shapley = row.shapley_method is not None
        columns = 7 if with_shapley else 5
        grouped = _members(row)
        shown: list[tuple[str, ...]] = []
        for each in by_total:
            if 0 <= totals[each.name] < SMALL or (each.name in grouped and not with_shapley):
                continue
            if AND in each.name and with_shapley:
                # Correlated inputs have their Sobol' indices together and their Shapley effects each its own.
                shown += [(each.name,), ("  together", *_figures(each)[:4], "", "")]
            elif each.name in grouped:
                shown.append((f"  {each.name}", "", "", "", "", *_figures(each)[4:]))
            else:
                shown.append((each.name, *_figures(each))[:columns])
        rest = [each for each in row.inputs if each.total < SMALL]
        if rest:
            each_below = f"{len(rest)} input{'s' if len(rest) > 1 else ''} below 0.5 %"
            small = (each.shapley for each in row.inputs if 0 <= totals[each.name] < SMALL)
            together = math.fsum(shapley for shapley in small if math.isfinite(shapley))
            share = f"{together:.2f}" if together >= SMALL else "<0.005"
            shown.append((each_below, "", "", "<0.005", "", share, "")[:columns])
        head = ("input", "first", "error", "total", "error", "Shapley", "error")
        lines += table(head[:columns], shown, "lrrrrrr"[:columns], characters, width)
        lines += _wrapped(_foot(row), width, ascii)
        if row.interval is not None:
            lines += [
                "",
                *_beside(row, row.interval, width, characters),
                *(_wrapped([CHOICES], width, ascii) if row.choices else ()),
            ]
        lines.append("")
    return "\n".join([*lines, *_wrapped([_run(rows[0])], width, ascii)])


def _beside(row: Sensitivity, inputs: InputsFactor, width: int, characters: Characters) -> list[str]:
    """The choices by their factors, then what all inputs do together."""
    form = Form(PrintedUnit.parse(row.unit), row.unit in ("", "1", "dimensionless"))

    def factor(value: float, error: float) -> str:
        return number(value, error) if math.isfinite(value) else UNDEFINED

    shown = []
    for each in row.choices:
        none = f"; no ratio at {', '.join(each.without_ratio)}" if each.without_ratio else ""
        low, high = (f"{form.text(value)}, {name}" for value, name in ((each.low, each.lowest), (each.high, each.highest)))
        if each.lowest == each.highest or each.low == each.high:
            low, high = form.text(each.low), "the same"
        shown.append((each.choice, factor(each.factor, each.standard_error), low, high + none))
    low, high = (f"{form.text(value)}, {name}" for value, name in ((inputs.low, "5 %"), (inputs.high, "95 %")))
    shown.append(("all inputs, 90 %", factor(inputs.factor, inputs.standard_error), low, high))
    head = ("choice" if row.choices else "", "factor", "smallest", "largest")
    return table(head, shown, "lrll", characters, width)


def _totals(row: Sensitivity) -> dict[str, float]:
    """The total index that each name has, or shares; -1 where there is none."""
    known = {name: each.total for each in row.inputs for name in (*each.name.split(AND), each.name) if each.total >= 0}
    return {each.name: known.get(each.name, -1.0) for each in row.inputs}


def _members(row: Sensitivity) -> set[str]:
    """The inputs that have Sobol' indices together with others."""
    return {name for each in row.inputs if AND in each.name for name in each.name.split(AND)}


def _figures(each: InputIndices) -> tuple[str, ...]:
    return (
        _index(each.first, each.standard_error_first),
        _error(each.standard_error_first),
        _index(each.total, each.standard_error_total),
        _error(each.standard_error_total),
        _index(each.shapley, each.standard_error_shapley),
        _error(each.standard_error_shapley),
    )


def _index(value: float, error: float) -> str:
    if not math.isfinite(value):
        return UNDEFINED
    decimals = MOST_DECIMALS
    while decimals > 1 and 4 * error > 10.0**-decimals:
        decimals -= 1
    return f"{round(value, decimals) + 0.0:.{decimals}f}"


def _error(error: float) -> str:
    return fixed(error, 1) if math.isfinite(error) and error >= 1e-6 else "" if math.isnan(error) else "<0.000001"


def _foot(row: Sensitivity) -> list[str]:
    what = f"the logarithm of {row.quantity}" if row.scale == "log" else row.quantity
    lines = [f"warning: {warning}" for warning in row.warnings]
    members = _members(row)
    alone = math.fsum(each.first for each in row.inputs if each.name not in members)
    if math.isfinite(alone) and row.inputs:
        shares = f"{100 * alone:.0f} %"
        lines.append(f"Shares of the variance of {what}: alone (first), and with all interactions (total).")
        lines.append(f"Inputs alone make {shares} of it; the rest is interaction." if shares != "100 %" else "")
        if row.shapley_method is not None:
            how = "all subsets of inputs" if row.shapley_method == "subsets" else "random orders of inputs"
            drawn = thousands(str(row.shapley_draws))
            lines.append(f"Shapley effects divide all of it, what inputs do together too: of {how}, {drawn} draws.")
    return [line for line in lines if line]


def _run(row: Sensitivity) -> str:
    drawn = f"{thousands(str(row.draws))} draws of each sample, {row.replicates} replicates"
    run = f"{drawn}, method {row.method}, seed {row.seed}, mcarbon {row.version}"
    return f"{run}, study {row.digest.removeprefix('sha256:')[:12]}."


def _wrapped(lines: Sequence[str], width: int, ascii: bool) -> list[str]:
    characters = ASCII if ascii else UNICODE
    return [part for line in lines for part in textwrap.wrap(characters.text(line), width - 2, break_on_hyphens=False)]
