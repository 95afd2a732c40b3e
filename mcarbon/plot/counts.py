"""Figures of counts: fifty equally likely outcomes as dots, and cumulative curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mcarbon.plot.axes import (
    SIZE,
    SMALL,
    WIDTHS,
    Draws,
    Width,
    draws_of,
    equal_line,
    label_of,
    new_figure,
    published_line,
    value_axis,
)
from mcarbon.showing.palette import LIGHT
from mcarbon.words.wording import plain

DOTS = 50
MOST_CURVES = 7
HEIGHTS = (0.5, 0.75, 0.25, 0.62, 0.38, 0.87, 0.13)
"""Where along its line each curve has its label, so that neighbours stand apart."""


def dots(
    rows: Mapping[str, Any],
    published: float,
    published_text: str | None = None,
    reach: Literal["or less", "or more"] = "or less",
    label: str | None = None,
    width: Width = "page",
) -> Figure:
    """Fifty equally likely outcomes of each row as dots, one a chance of 2 %; those at the published value `reach`
    are filled.

    `rows` maps a name to its draws, a panel each. The stacks start at the published value, so that no dot straddles it.
    """
    found = {name: draws_of(values) for name, values in rows.items()}
    first = next(iter(found.values()))
    unit, named = first.unit, label_of(label, first.name, first.unit)
    quantiles = {name: each.quantiles([(i + 0.5) / DOTS for i in range(DOTS)]) for name, each in found.items()}
    figure, panels = new_figure(width, 12 + 40 * len(found), rows=len(found), sharex=True)
    marks = [mark for mark in (published, 1.0 if unit == "1" else None) if mark is not None]
    everything = [float(value) for values in quantiles.values() for value in values]
    pitch = 2.9 if width == "page" else 1.9  # mm
    bins = (WIDTHS[width] * 25.4 - 12) / pitch
    for axes, (name, values) in zip(panels, quantiles.items()):
        value_axis(axes, everything, marks, unit, named if axes is panels[-1] else "")
        if axes is not panels[-1]:
            axes.set_xlabel("")
        equal_line(axes, unit)
        filled = _stack(axes, values, published, reach, bins, width)
        axes.set_title(
            f"{name}: {filled} of {DOTS} at {published_text or Draws(values, unit).form.exact(published)} {reach}",
            fontsize=SIZE, loc="left", color=LIGHT["ink"], pad=10,
        )  # fmt: skip
        axes.set_yticks([])
        axes.set_ylim(0, 13)
        published_line(axes, published, published_text, unit, at=1.0)
    return figure


def _stack(axes: Axes, values: Any, published: float, reach: str, bins: float, width: Width) -> int:
    low, high = axes.get_xlim()
    is_log = axes.get_xscale() == "log"

    def place(value: Any) -> Any:
        return np.log(np.asarray(value)) if is_log else np.asarray(value, dtype=float)

    step = float(place(high) - place(low)) / bins
    is_filled = np.asarray(values <= published if reach == "or less" else values >= published)
    columns = np.floor((place(np.maximum(values, low)) - place(published)) / step)
    columns = np.where(is_filled, np.minimum(columns, -1), np.maximum(columns, 0)) if reach == "or less" else columns
    heights: dict[float, int] = {}
    x, y = [], []
    for column in columns.tolist():
        middle = place(published) + (column + 0.5) * step
        x.append(float(np.exp(middle)) if is_log else float(middle))
        y.append(heights.get(column, 0) + 0.6)
        heights[column] = heights.get(column, 0) + 1
    size = 5.6 if width == "page" else 3.6
    for chosen, face in ((is_filled, LIGHT["data"]), (~is_filled, "white")):
        axes.plot(
            np.asarray(x)[chosen], np.asarray(y)[chosen], linestyle="none", marker="o", markersize=size,
            markerfacecolor=face, markeredgecolor=LIGHT["data"], markeredgewidth=0.9, zorder=4, clip_on=False,
        )  # fmt: skip
    return int(is_filled.sum())


def curves(
    rows: Mapping[str, Any],
    published: float | None = None,
    published_text: str | None = None,
    label: str | None = None,
    width: Width = "page",
) -> Figure:
    """The cumulative probability of up to seven rows, each line labelled where it stands. ValueError for more."""
    if len(rows) > MOST_CURVES:
        raise ValueError(f"{len(rows)} curves cannot be told apart; at most {MOST_CURVES}")
    found = {name: draws_of(values) for name, values in rows.items()}
    first = next(iter(found.values()))
    unit = first.unit
    figure, (axes,) = new_figure(width, 66)
    ends = [end for each in found.values() for end in each.quantiles((0.005, 0.995)).tolist()]
    marks = [mark for mark in (published, 1.0 if unit == "1" else None) if mark is not None]
    value_axis(axes, ends, marks, unit, label_of(label, first.name, unit))
    equal_line(axes, unit)
    p = np.linspace(0.005, 0.995, 199)
    for k, (name, each) in enumerate(found.items()):
        x = each.quantiles(p.tolist())
        axes.plot(x, p, color=LIGHT["data"], linewidth=1.2, zorder=3)
        at = HEIGHTS[k]
        axes.annotate(
            name, (float(each.quantiles((at,))[0]), at), fontsize=SMALL, ha="center", va="center",
            color=LIGHT["ink"], zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )  # fmt: skip
    axes.set_ylim(0, 1.06)
    axes.set_yticks([0, 0.5, 1], [plain(v) for v in (0, 0.5, 1)])
    axes.set_ylabel("probability of at most x", fontsize=SMALL, color=LIGHT["ink2"])
    published_line(axes, published, published_text, unit)
    return figure
