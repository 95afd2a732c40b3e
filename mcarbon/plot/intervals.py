"""Figures of intervals: a strip, the choices of a claim, the claims of a study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from mcarbon.plot.axes import (
    SIZE,
    SMALL,
    Width,
    draws_of,
    equal_line,
    label_of,
    nested_bar,
    new_figure,
    published_line,
    row_names,
    value_axis,
)
from mcarbon.showing.palette import LIGHT
from mcarbon.words.wording import number

_OUTER = (0.025, 0.975)


def choices(
    rows: Mapping[str, Any],
    published: float | None = None,
    published_text: str | None = None,
    label: str | None = None,
    width: Width = "page",
) -> Figure:
    """The answers under several choices, side by side: nested 50, 90 and 95 % intervals, a row a choice.

    `rows` maps a choice's name to its draws, in the order in which they are to stand; `published` is the value that was
    printed (`published_text` as it was printed). On a page's width the median and the 90 % interval stand at the right.
    """
    return _rows(rows, published, published_text, label, width, pitch=9.0, with_numbers=width == "page")


def strip(
    rows: Mapping[str, Any],
    published: float | None = None,
    published_text: str | None = None,
    label: str | None = None,
    width: Width = "page",
) -> Figure:
    """The same without the 95 % lines and numbers, low: for the top of a page. Arguments as for `choices`."""
    return _rows(rows, published, published_text, label, width, pitch=3.6, with_numbers=False, with_95=False)


def _rows(
    rows: Mapping[str, Any],
    published: float | None,
    published_text: str | None,
    label: str | None,
    width: Width,
    pitch: float,
    with_numbers: bool,
    with_95: bool = True,
) -> Figure:
    found = {name: draws_of(values) for name, values in rows.items()}
    first = next(iter(found.values()))
    unit = first.unit
    figure, (axes,) = new_figure(width, 18 + pitch * len(found))
    ends = [float(end) for each in found.values() for end in each.quantiles(_OUTER)]
    marks = [mark for mark in (published, 1.0 if unit == "1" else None) if mark is not None]
    value_axis(axes, ends, marks, unit, label_of(label, first.name, unit))
    equal_line(axes, unit)
    for y, each in enumerate(found.values()):
        nested_bar(axes, each, y, with_95, 13 if pitch > 5 else 10)
        if with_numbers:
            low, median, high = each.quantiles((0.05, 0.5, 0.95))
            form = each.form
            text = f"{form.text(float(median))}  ({form.span(float(low), float(high))})"
            axes.annotate(
                text, (1.01, y), xycoords=("axes fraction", "data"), fontsize=SMALL, va="center", color=LIGHT["ink"]
            )
    row_names(axes, list(found), width)
    published_line(axes, published, published_text, unit, at=1.03)
    return figure


def forest(claims: Mapping[str, tuple[Any, float]], width: Width = "page") -> Figure:
    """The claims of a study, published against interval: each interval over its published value, so that all share an axis.

    `claims` maps a claim's name to its draws and its published value, which is above 0, in one unit. ValueError for a
    published value that is not above 0.
    """
    found = {}
    for name, (values, published) in claims.items():
        if not published > 0:
            raise ValueError(f"{name}: a published value of {published:g} cannot be divided by")
        each = draws_of(values)
        found[name] = draws_of(each.values / published)
    figure, (axes,) = new_figure(width, 18 + 5.2 * len(found))
    ends = [float(end) for each in found.values() for end in each.quantiles(_OUTER)]
    value_axis(axes, ends, [1.0], "×", "value under the priors ÷ published value")
    axes.set_xlabel("value under the priors ÷ published value, log scale", fontsize=SMALL, color=LIGHT["ink2"])
    axes.axvline(1.0, color=LIGHT["pub"], linewidth=1.0, linestyle=(0, (4, 2.5)), zorder=2.5)
    for y, each in enumerate(found.values()):
        nested_bar(axes, each, y, thick=10)
        axes.plot([1.0], [y], marker="D", markersize=3.2, color=LIGHT["pub"], zorder=5)
        median = number(float(each.quantiles((0.5,))[0]))
        axes.annotate(f"{median}×", (1.01, y), xycoords=("axes fraction", "data"), fontsize=SMALL, va="center")
    row_names(axes, list(found), width)
    axes.tick_params(axis="y", labelsize=SIZE - 0.5)
    return figure
