"""Figures of densities: a ratio, its two sides, a prior with what its sources say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mcarbon.families import Family
from mcarbon.plot.axes import (
    SIZE,
    SMALL,
    Array,
    Draws,
    Width,
    draws_of,
    equal_line,
    label_of,
    nested_bar,
    new_figure,
    published_line,
    value_axis,
)
from mcarbon.showing.palette import LIGHT

BINS = 160
"""Bins of a density; it is smoothed over `SMOOTH` of them, so that it is not mistaken for more than the draws say."""
SMOOTH = 2.0
TAILS = (0.001, 0.999)


def ratio(
    values: Any,
    published: float | None = None,
    published_text: str | None = None,
    label: str | None = None,
    width: Width = "page",
) -> Figure:
    """The density of a ratio, or of any quantity, with its 50, 90 and 95 % credible intervals and the published value.

    `values` are draws; a DataArray's name and unit label the axis unless `label` does. The density is per decade (of
    the logarithm) where all draws are positive.
    """
    draws = draws_of(values)
    figure, (axes,) = new_figure(width, 62)
    marks = [mark for mark in (published, 1.0 if draws.unit == "1" else None) if mark is not None]
    value_axis(axes, draws.quantiles(TAILS).tolist(), marks, draws.unit, label_of(label, draws.name, draws.unit))
    equal_line(axes, draws.unit)
    _density(axes, draws, 0.0, 1.0)
    nested_bar(axes, draws, -0.11)
    low, high = draws.quantiles((0.05, 0.95)).tolist()
    median = float(draws.quantiles((0.5,))[0])
    form = draws.form
    axes.annotate(
        f"median {form.text(median)}, 90 % {form.span(low, high)}", (median, -0.24), ha="center", va="center", fontsize=SIZE,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2}, zorder=5,
    )  # fmt: skip
    axes.set_ylim(-0.32, 1.12)
    axes.set_yticks([])
    published_line(axes, published, published_text, draws.unit)
    return figure


def sides(
    first: Any, second: Any, names: tuple[str, str] = ("AI", "human"), label: str = "emissions", width: Width = "page"
) -> Figure:
    """The two sides of a comparison on one axis, one above the other, each with its intervals; both in one unit."""
    found = [draws_of(first), draws_of(second)]
    if found[0].unit != found[1].unit:
        raise ValueError(f"the sides have different units: {found[0].unit} and {found[1].unit}")
    figure, (axes,) = new_figure(width, 64)
    ends = [end for each in found for end in each.quantiles(TAILS).tolist()]
    value_axis(axes, ends, [], found[0].unit, label)
    for k, each in enumerate(found):
        base = 1.45 * (1 - k)
        _density(axes, each, base, 0.95)
        nested_bar(axes, each, base - 0.12, thick=11)
    axes.set_ylim(-0.28, 2.5)
    axes.set_yticks([1.45 + 0.3, 0.3], names, fontsize=SIZE, fontweight="bold", color=LIGHT["ink"])
    axes.tick_params(axis="y", length=0)
    return figure


def prior(
    distribution: Family,
    sources: Mapping[str, float] | None = None,
    published: float | None = None,
    unit: str = "1",
    label: str = "value",
    width: Width = "column",
) -> Figure:
    """A prior's density, with the values of its sources as ticks below it and what the publication took.

    `distribution` is a prior such as `mcarbon.lognormal` makes; `sources` maps a source's name to the value it gives.
    """
    p = (np.arange(2**16) + 0.5) / 2**16
    draws = Draws(np.asarray(distribution.distribution().ppf(p), dtype=np.float64), unit)
    ticks = dict(sources or {})
    figure, (axes,) = new_figure(width, 52 + 4.2 * len(ticks))
    marks = [float(value) for value in ticks.values()] + ([] if published is None else [published])
    value_axis(axes, draws.quantiles(TAILS).tolist(), [mark for mark in marks if mark != 0], unit, label)
    if unit == "1":
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    _density(axes, draws, 0.0, 1.0)
    nested_bar(axes, draws, -0.11, thick=11)
    for k, (name, value) in enumerate(ticks.items()):
        y = -0.34 - 0.17 * k
        axes.plot([value], [y], marker="|", markersize=8, markeredgewidth=1.6, color=LIGHT["ink"], zorder=5)
        to_left = axes.transData.transform((value, 0))[0] > axes.transAxes.transform((0.6, 0))[0]
        axes.annotate(
            name, (value, y), xytext=(-5 if to_left else 5, 0), textcoords="offset points", fontsize=SMALL, va="center",
            ha="right" if to_left else "left", color=LIGHT["ink"],
        )  # fmt: skip
    axes.set_ylim(-0.26 - 0.17 * len(ticks), 1.12)
    axes.set_yticks([])
    published_line(axes, published, None if unit != "1" or published is None else f"{published:g}", unit)
    return figure


def _density(axes: Axes, draws: Draws, base: float, height: float) -> None:
    """A filled density on the axis as it stands, `height` high at its peak."""
    x, y = _curve(draws.values, axes.get_xscale() == "log", axes.get_xlim())
    y = base + height * y / y.max()
    axes.fill_between(x, base, y, color=LIGHT["gA"], linewidth=0, zorder=2.2)
    axes.plot(x, y, color=LIGHT["data"], linewidth=1.1, zorder=2.4)
    axes.plot([x[0], x[-1]], [base, base], color=LIGHT["rule"], linewidth=0.6, zorder=2.1)


def _curve(values: Array, is_log: bool, limits: tuple[float, float]) -> tuple[Array, Array]:
    low, high = (np.log(limits) if is_log else np.asarray(limits)).tolist()
    counts, edges = np.histogram(np.log(values[values > 0]) if is_log else values, bins=BINS, range=(low, high))
    reach = np.arange(-6, 7)
    kernel = np.exp(-0.5 * (reach / SMOOTH) ** 2)
    y = np.convolve(counts, kernel / kernel.sum(), mode="same")
    middle = (edges[1:] + edges[:-1]) / 2
    return np.exp(middle) if is_log else middle, np.maximum(y, 1e-12)
