"""What the figures share: size, type, axes with ticks in the form of the claims, reference lines, nested bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from mcarbon.showing.axis import linear_axis, log_axis
from mcarbon.showing.palette import BAR_50, BAR_90, GAP, LIGHT, LINE_95
from mcarbon.words.amounts import Form, PrintedUnit
from mcarbon.words.wording import plain

Array = npt.NDArray[np.float64]
Width = Literal["page", "column"]

MM = 1 / 25.4
WIDTHS = {"page": 180 * MM, "column": 88 * MM}
"""Inches: a page's width and a column's."""
POINT = 180 / 880 * 72 / 25.4
"""Points of a px of the wide figures (880 px to 180 mm)."""
SIZE, SMALL = 8.0, 7.0
"""Points of text."""
DIMENSIONLESS = ("1", "", "dimensionless")
NARROW = 0.01
"""Of the axis: a 50 % bar below this is a mark and no bar."""
_NAMES = {"page": 26, "column": 18}


@dataclass(frozen=True)
class Draws:
    """Finite draws in order, their unit (``1`` where an array names none) and their name (none of a bare array)."""

    values: Array
    unit: str
    name: str = ""

    @property
    def form(self) -> Form:
        """How its values are printed: as ratios where they have no unit."""
        return Form(PrintedUnit.parse(self.unit), self.unit in DIMENSIONLESS)

    def quantiles(self, probabilities: Sequence[float]) -> Array:
        """Quantiles by the midpoint rule, as everywhere in mcarbon."""
        return np.asarray(np.quantile(self.values, probabilities, method="hazen"), dtype=np.float64)


def draws_of(values: Any) -> Draws:
    """The draws of an array or a DataArray of any shape. ValueError where none is finite, and for a whole Dataset."""
    if hasattr(values, "data_vars"):
        raise ValueError(f"a figure shows one quantity of a Dataset: take one of {', '.join(map(str, values.data_vars))}")
    array = np.asarray(getattr(values, "values", values), dtype=np.float64).ravel()
    array = np.sort(array[np.isfinite(array)])
    if not array.size:
        raise ValueError("there are no finite draws to show")
    return Draws(array, unit_of(values), name_of(values))


def unit_of(values: Any) -> str:
    """The unit that a DataArray names, else ``1``."""
    return str(getattr(values, "attrs", {}).get("units", "1"))


def name_of(values: Any) -> str:
    """What a DataArray calls itself, else nothing."""
    return str(getattr(values, "attrs", {}).get("long_name") or getattr(values, "name", None) or "").replace("_", " ")


def label_of(label: str | None, name: str, unit: str) -> str:
    """What an axis is called: as asked for, else as the draws are, else what a bare number is."""
    return label or name or ("ratio" if unit in DIMENSIONLESS else "value")


class _Plain(Figure):
    """A figure whose texts are shown as they stand: a dollar sign in a label begins no formula."""

    def draw(self, renderer: RendererBase) -> None:
        """See `Figure.draw`."""
        for text in self.findobj(Text):
            text.set_parse_math(False)
        super().draw(renderer)


def new_figure(
    width: Width, height: float, rows: int = 1, left: float = 0.02, sharex: bool = False
) -> tuple[Figure, list[Axes]]:
    """A figure of a width and a height in mm, with panels one above the other."""
    figure = _Plain(figsize=(WIDTHS[width], height * MM), facecolor="white", layout="constrained")
    found = figure.subplots(rows, 1, squeeze=False, sharex=sharex)
    axes = [each[0] for each in found]
    for each in axes:
        each.set_facecolor("white")
        for side in ("top", "right", "left"):
            each.spines[side].set_visible(False)
        each.spines["bottom"].set_color(LIGHT["ink2"])
        each.tick_params(labelsize=SMALL, colors=LIGHT["ink2"], length=2.5)
        each.set_axisbelow(True)
    return figure, axes


def value_axis(axes: Axes, values: Sequence[float], marks: Sequence[float], unit: str, label: str, names: str = "x") -> None:
    """A log axis of whole decades where all is positive, else a linear one; ticks in the form of the claims."""
    form = Form(PrintedUnit.parse(unit), unit in DIMENSIONLESS)
    finite = [float(value) for value in (*values, *marks) if math.isfinite(value)]
    is_log = min(finite) > 0
    axis = log_axis(finite, [], [float(mark) for mark in marks], 100) if is_log else linear_axis(finite, 100)
    which = axes.xaxis if names == "x" else axes.yaxis
    (axes.set_xscale if names == "x" else axes.set_yscale)("log" if is_log else "linear")
    (axes.set_xlim if names == "x" else axes.set_ylim)(axis.low, axis.high)
    room = 5 if names == "x" and isinstance(axes.figure, Figure) and axes.figure.get_figwidth() < 5 else 8
    equal = 1.0 if form.is_ratio else None
    anchor = next((i for i, tick in enumerate(axis.ticks) if tick == equal), 0)
    step = math.ceil(len(axis.ticks) / room)
    shown = [tick for i, tick in enumerate(axis.ticks) if (i - anchor) % step == 0]

    def text(value: float, _: int) -> str:
        if equal is not None and math.isclose(value, 1.0):
            return "equal"
        return form.exact(value) if form.is_ratio and value > 0 else plain(value)

    which.set_major_locator(FixedLocator(shown))
    which.set_minor_locator(NullLocator())
    which.set_major_formatter(FuncFormatter(text))
    which.grid(True, color=LIGHT["grid"], linewidth=0.6)
    shown_unit = "" if form.is_ratio else f" ({unit.replace('CO2e', 'CO₂e')})"
    scale = ", log scale" if is_log else ""
    (axes.set_xlabel if names == "x" else axes.set_ylabel)(
        f"{label}{shown_unit}{scale}", fontsize=SMALL, color=LIGHT["ink2"]
    )


def published_line(axes: Axes, value: float | None, text: str | None, unit: str, at: float = 1.0) -> None:
    """The published value: a dashed line under a diamond, with its label."""
    if value is None:
        return
    form = Form(PrintedUnit.parse(unit), unit in DIMENSIONLESS)
    axes.axvline(value, color=LIGHT["pub"], linewidth=1.0, linestyle=(0, (4, 2.5)), zorder=2.5)
    transform = axes.get_xaxis_transform()
    axes.plot([value], [at], marker="D", markersize=4.5, color=LIGHT["pub"], transform=transform, clip_on=False, zorder=5)
    label = f"published {text or form.exact(value)}"
    axes.annotate(
        label, (value, at), xycoords=transform, xytext=(5, 0), textcoords="offset points", fontsize=SMALL,
        color=LIGHT["pub"],
        va="center", fontweight="bold", annotation_clip=False,
    )  # fmt: skip


def equal_line(axes: Axes, unit: str) -> None:
    """Where the two sides of a ratio are equal."""
    if unit in DIMENSIONLESS:
        axes.axvline(1.0, color=LIGHT["ink"], linewidth=0.9, zorder=2)


def nested_bar(axes: Axes, draws: Draws, y: float, with_95: bool = True, thick: float = BAR_50) -> None:
    """The intervals of a row: thin 95 %, medium 90 %, thick 50 %, a gap at the median."""
    q = draws.quantiles((0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975))
    scale = thick / BAR_50 * POINT
    if with_95:
        axes.plot([q[0], q[6]], [y, y], color=LIGHT["d95"], linewidth=LINE_95 * POINT, solid_capstyle="butt", zorder=3)
    axes.plot([q[1], q[5]], [y, y], color=LIGHT["d90"], linewidth=BAR_90 * scale, solid_capstyle="butt", zorder=3)
    axes.plot([q[2], q[4]], [y, y], color=LIGHT["data"], linewidth=BAR_50 * scale, solid_capstyle="butt", zorder=3)
    # A gap would hide a bar that is narrower than itself: there the median is the mark.
    colour = LIGHT["data"] if _share_of_axis(axes, q[2], q[4]) < NARROW else "white"
    axes.plot(
        [q[3]], [y], marker="|", markersize=(thick + 4) * POINT, markeredgewidth=GAP * POINT, color=colour, zorder=4,
        linestyle="none",
    )  # fmt: skip


def _share_of_axis(axes: Axes, low: float, high: float) -> float:
    """How much of the value axis lies between two values."""
    place = math.log if axes.get_xscale() == "log" else float
    left, right = axes.get_xlim()
    return (place(high) - place(low)) / (place(right) - place(left))


def row_names(axes: Axes, names: Sequence[str], width: Width) -> None:
    """Names at the left of rows, the first one on top."""
    kept = [name if len(name) <= 2 * _NAMES[width] else name[: 2 * _NAMES[width] - 1] + "…" for name in names]
    axes.set_yticks(range(len(names)), kept, fontsize=SIZE, color=LIGHT["ink"])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
