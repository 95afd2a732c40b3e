"""Figures of causes and care: what makes the spread, and how the estimate settles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mcarbon.plot.axes import (
    DIMENSIONLESS,
    SIZE,
    SMALL,
    Draws,
    Width,
    label_of,
    name_of,
    new_figure,
    row_names,
    unit_of,
    value_axis,
)
from mcarbon.showing.palette import GRADE_COLOURS, LIGHT
from mcarbon.words.amounts import Form, PrintedUnit
from mcarbon.words.evidence import in_words
from mcarbon.words.wording import percent, thousands

MOST = 10
ROOM = 0.16
"""Beside a tornado's bars, as a share of their span."""
_LIGHT_ON = (3, 4)
"""Grades whose bars are dark: their number is white."""


def shares(indices: Any, grades: Mapping[str, int | None] | None = None, width: Width = "page") -> Figure:
    """What makes the spread: a bar an input, the largest first, filled by the grade of its source.

    `indices` is a Dataset of `mcarbon.sensitivity` without open dimensions, or a mapping of names to indices: bars are total
    indices over their sum. `grades` maps an input's name to 1 (measured) to 4 (assumed). Beyond ten, and below 0.5 %, inputs
    are put together. ValueError for indices with open dimensions.
    """
    if isinstance(indices, Mapping) and "total" not in indices:
        found = {str(name): float(value) for name, value in indices.items()}
    else:
        total = indices["total"]
        if len(total.dims) > 1:
            open_axes = ", ".join(str(axis) for axis in total.dims if axis != "input")
            raise ValueError(f"shares are of one place: select a coordinate on {open_axes}")
        found = dict(zip(map(str, total["input"].values), np.asarray(total.values, dtype=float).tolist(), strict=True))
        # Correlated inputs have their total index together.
        found = {name: value for name, value in found.items() if not np.isnan(value)}
    whole = sum(found.values())
    ordered = sorted(((name, value / whole) for name, value in found.items()), key=lambda pair: -pair[1])
    shown = [(name, share) for name, share in ordered if share > 0.005][:MOST]
    rest = ordered[len(shown) :]
    figure, (axes,) = new_figure(width, 14 + 5.4 * (len(shown) + bool(rest)))
    for y, (name, share) in enumerate(shown):
        grade = (grades or {}).get(name)
        axes.barh(y, share, height=0.66, color=LIGHT[GRADE_COLOURS[grade]], edgecolor=LIGHT["gC"], linewidth=0.6, zorder=3)
        if grade is not None:
            colour = LIGHT["gDt" if grade in _LIGHT_ON else "gAt"]
            axes.annotate(
                str(grade), (0, y), xytext=(3, 0), textcoords="offset points", va="center", fontsize=SMALL, color=colour,
                fontweight="bold", zorder=5,
            )  # fmt: skip
        axes.annotate(
            percent(share),
            (share, y),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            color=LIGHT["ink"],
        )
    names = [in_words(name) for name, _ in shown]
    if rest:
        names.append(f"{len(rest)} other{'s' if len(rest) > 1 else ''}")
        text = percent(max(sum(share for _, share in rest), 0.0))
        axes.annotate(text, (0, len(shown)), xytext=(4, 0), textcoords="offset points", va="center", fontsize=SMALL)
    row_names(axes, names, width)
    axes.set_xlim(0, max(share for _, share in shown) * 1.12)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.set_xlabel("share of the variance, by total Sobol' index", fontsize=SMALL, color=LIGHT["ink2"])
    return figure


def convergence(values: Any, label: str | None = None, width: Width = "page") -> Figure:
    """How the median and the 5 and 95 % quantiles settle: against draws, with bars of two standard errors.

    `values` has chains along its first dimension and draws along the second, as `mcarbon.sample` gives them. The standard
    errors are those of independent chains. ValueError for other shapes, or fewer than two chains.
    """
    array = np.asarray(getattr(values, "values", values), dtype=np.float64)
    if array.ndim != 2 or len(array) < 2:
        raise ValueError("convergence takes draws of dims (chain, draw), of two chains or more")
    unit = unit_of(values)
    named = label_of(label, name_of(values), unit)
    lengths = [array.shape[1]]
    while lengths[0] // 2 >= 8:
        lengths.insert(0, lengths[0] // 2)
    draws = np.array(lengths) * len(array)
    figure, (axes,) = new_figure(width, 60)
    every: list[float] = []
    for p, name, line in ((0.05, "5 %", 0.9), (0.5, "median", 1.4), (0.95, "95 %", 0.9)):
        middle = [float(Draws(np.sort(array[:, :n].ravel()), unit).quantiles((p,))[0]) for n in lengths]
        by_chain = [np.quantile(array[:, :n], p, axis=1, method="hazen") for n in lengths]
        errors = [float(np.std(each, ddof=1) / np.sqrt(len(array))) for each in by_chain]
        axes.errorbar(
            draws,
            middle,
            yerr=2 * np.array(errors),
            color=LIGHT["data"],
            linewidth=line,
            capsize=2.2,
            elinewidth=0.8,
            zorder=3,
        )
        axes.annotate(
            name, (float(draws[-1]), middle[-1]), xytext=(6, 0), textcoords="offset points", fontsize=SIZE, va="center"
        )
        every += [value - 2 * error for value, error in zip(middle, errors)] + [v + 2 * e for v, e in zip(middle, errors)]
    value_axis(axes, every if min(every) > 0 or array.min() <= 0 else [v for v in every if v > 0], [], unit, named, "y")
    axes.set_xscale("log", base=2)
    axes.set_xticks(draws[:: max(1, len(draws) // 6)].tolist())
    axes.xaxis.set_major_formatter(lambda value, _: thousands(str(round(value))))
    axes.set_xlabel("draws, log scale; bars are two standard errors", fontsize=SMALL, color=LIGHT["ink2"])
    axes.margins(x=0.06)
    return figure


def tornado(indices: Any, median: float | None = None, label: str = "AI ÷ human", width: Width = "page") -> Figure:
    """What one input moves: a bar from the median with it at its 5 % to that at its 95 %, the widest on top.

    `indices` is a Dataset of `mcarbon.sensitivity` without open dimensions, or a mapping of names to both medians, with
    the `median` of all. The other inputs are uncertain throughout. The end at the input's 95 % is the dark one. At most
    ten inputs are shown; on a page's width with numbers. ValueError without the median, or where nothing is known.
    """
    unit = "1"
    if isinstance(indices, Mapping) and "median_at_5" not in indices:
        found = {str(name): (float(low), float(high)) for name, (low, high) in indices.items()}
    else:
        low, high = indices["median_at_5"], indices["median_at_95"]
        unit = str(low.attrs.get("units", "1"))
        names = map(str, low["input"].values)
        found = dict(zip(names, zip(low.values.tolist(), high.values.tolist(), strict=True), strict=True))
        median = float(indices["median"]) if median is None else median
    if median is None:
        raise ValueError("a tornado needs the median that the bars are about")
    ends = {name: pair for name, pair in found.items() if np.isfinite(pair).all()}
    if not ends:
        raise ValueError("there are no medians to show")
    logs = min(median, *(value for pair in ends.values() for value in pair)) > 0

    def length(pair: tuple[float, float]) -> float:
        return abs(float(np.log(pair[1] / pair[0])) if logs else pair[1] - pair[0])

    ordered = sorted(ends, key=lambda name: -length(ends[name]))
    shown = ordered[:MOST]
    figure, (axes,) = new_figure(width, 20 + 5.4 * len(shown))
    every = [value for name in shown for value in ends[name]]
    low, high = min(*every, median), max(*every, median)
    # Room for the numbers beside the longest bars.
    room = (high / low) ** ROOM if logs else ROOM * (high - low)
    value_axis(axes, [*every, *((low / room, high * room) if logs else (low - room, high + room))], [median], unit, label)
    form = Form(PrintedUnit.parse(unit), unit in DIMENSIONLESS)
    for y, name in enumerate(shown):
        right = int(ends[name][1] >= ends[name][0])
        for end, (value, colour, held) in enumerate(zip(ends[name], ("gA", "gC"), ("5 %", "95 %"))):
            axes.barh(
                y, value - median, left=median, height=0.66, color=LIGHT[colour], edgecolor=LIGHT["gC"], linewidth=0.6,
                zorder=3,
            )  # fmt: skip
            if width == "page":
                axes.annotate(
                    f"{held}: {form.text(value, short=True)}", (value, y), xytext=(4 if end == right else -4, 0),
                    textcoords="offset points", ha="left" if end == right else "right", va="center", fontsize=SMALL,
                    color=LIGHT["ink"], zorder=5,
                )  # fmt: skip
    axes.axvline(median, color=LIGHT["ink"], linewidth=0.9, zorder=4)
    axes.annotate(
        f"median {form.text(median)}", (median, 1.0), xycoords=axes.get_xaxis_transform(), xytext=(0, 3),
        textcoords="offset points", ha="center", fontsize=SMALL, color=LIGHT["ink"], annotation_clip=False,
    )  # fmt: skip
    row_names(axes, [in_words(name) for name in shown], width)
    return figure
