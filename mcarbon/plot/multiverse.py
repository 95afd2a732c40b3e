"""Figures of the multiverse: the specification curve, and the steps from published to complete."""

from __future__ import annotations

import itertools
import math
import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mcarbon.plot.axes import DIMENSIONLESS, MM, POINT, SMALL, WIDTHS, Width, value_axis
from mcarbon.results import Multiverse, Specification
from mcarbon.showing.palette import LIGHT
from mcarbon.words.multiverse import MOST, ORDER_MATTERS, step_text, telling_choices
from mcarbon.words.statement import form_of, published_text


def specifications(found: Multiverse, label: str = "AI ÷ human", width: Width = "page") -> Figure:
    """The specification curve: a point and its 90 % interval for each answer, by median; below, which options it takes.

    `found` is of `mcarbon.multiverse`. Answers without a ratio are left out and counted in the label; those that keep a
    slip are hollow. Above 120 answers a ribbon is drawn, without the options. ValueError where no answer has a ratio.
    """
    shown = [each for each in found.specifications if each.combination.no_ratio is None]
    if not shown:
        raise ValueError("no combination has a ratio to show")
    axes_of = telling_choices(shown) if len(shown) <= MOST else {}
    lines = sum(map(len, axes_of.values())) + len(axes_of)
    figure = Figure(figsize=(WIDTHS[width], (78 + 3.6 * lines) * MM), facecolor="white", layout="constrained")
    heights = [60, max(1.0, 3.6 * lines)] if axes_of else [60]
    panels = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for each in panels:
        _bare(each)
    _curve(panels[0], found, shown, label)
    if axes_of:
        _options(panels[1], shown, axes_of)
    without = len(found.specifications) - len(shown)
    note = f"{len(shown)} different answers of {found.combinations} combinations, by median"
    note = _broken(f"{note}; {without} without a ratio" if without else note, 50 if width == "column" else 110)
    panels[-1].set_xlabel(note, fontsize=SMALL, color=LIGHT["ink2"])
    panels[0].set_xlim(-0.8, len(shown) - 0.2)
    return figure


def steps(found: Multiverse, label: str = "AI ÷ human", width: Width = "page") -> Figure:
    """From published to complete: the median after each change, with its 90 % interval, and that the order matters.

    `found` is of `mcarbon.multiverse`. ValueError where there are no steps, since no case is the complete one.
    """
    if not found.steps:
        raise ValueError("there is no way to a complete case")
    figure = Figure(figsize=(WIDTHS[width], 62 * MM), facecolor="white", layout="constrained")
    axes = figure.subplots()
    _bare(axes)
    known = [(x, each.combination) for x, each in enumerate(found.steps) if each.combination.no_ratio is None]
    ends = [end for _, each in known for end in each.intervals[0.9]]
    value_axis(axes, ends, _marks(found), _unit(found), label, "y")
    _lines(axes, found, at=0.0)
    for (x, each), (after, other) in itertools.pairwise(known):
        axes.plot(
            [x + 0.3, x + 0.5, x + 0.5, after - 0.3], [each.median, each.median, other.median, other.median],
            color=LIGHT["ink2"], linewidth=0.8, zorder=2,
        )  # fmt: skip
    for x, each in known:
        low, high = each.intervals[0.9]
        axes.plot([x, x], [low, high], color=LIGHT["d90"], linewidth=7 * POINT, solid_capstyle="butt", zorder=3)
        axes.plot([x - 0.3, x + 0.3], [each.median] * 2, color=LIGHT["data"], linewidth=2.2, solid_capstyle="butt", zorder=4)
    for x, step in enumerate(found.steps):
        value = step.combination.median
        where = value if math.isfinite(value) else axes.get_ylim()[0]
        axes.annotate(
            step_text(found, step), (x + 0.06, where), xytext=(2, 4), textcoords="offset points", fontsize=SMALL,
            color=LIGHT["ink"], fontweight="bold", zorder=5,
        )  # fmt: skip
    room = 11 if width == "column" else 24
    axes.set_xticks(range(len(found.steps)), [_broken(each.label, room) for each in found.steps], fontsize=SMALL)
    axes.set_xlim(-0.5, len(found.steps) - 0.4)
    axes.set_xlabel(_broken(ORDER_MATTERS, 50 if width == "column" else 110), fontsize=SMALL, color=LIGHT["ink2"])
    return figure


def _curve(axes: Axes, found: Multiverse, shown: Sequence[Specification], label: str) -> None:
    medians = np.array([each.combination.median for each in shown])
    low, high = np.array([each.combination.intervals[0.9] for each in shown]).T
    x = np.arange(len(shown))
    value_axis(axes, [*low.tolist(), *high.tolist()], _marks(found), _unit(found), label, "y")
    axes.yaxis.label.set_text(f"{axes.yaxis.label.get_text()}, 90 %")
    _lines(axes, found)
    if len(shown) > MOST:
        axes.fill_between(x, low, high, color=LIGHT["d95"], linewidth=0, zorder=2.5)
        ends = [0, len(shown) - 1]
        axes.plot(x[ends], medians[ends], "o", color=LIGHT["data"], markersize=3.5, zorder=4)
        axes.plot(x, medians, ".", color=LIGHT["data"], markersize=1.2, zorder=3)
        return
    thick = min(3.0, 120 / len(shown))
    axes.vlines(x, low, high, color=LIGHT["d90"], linewidth=thick, zorder=3)
    slips = np.array([each.combination.slip for each in shown])
    for kept, filling in ((slips, "white"), (~slips, LIGHT["data"])):
        axes.plot(
            x[kept], medians[kept], "o", color=LIGHT["data"], markerfacecolor=filling, markersize=min(4.0, 160 / len(shown)),
            zorder=4,
        )  # fmt: skip


def _options(axes: Axes, shown: Sequence[Specification], choices: dict[str, list[str]]) -> None:
    names: list[tuple[float, str, bool]] = []
    y = 0.0
    for axis, options in choices.items():
        names.append((y, axis.replace("_", " "), True))
        for option in options:
            y += 1
            names.append((y, option, False))
            taken = np.array([option in each.options[axis] for each in shown])
            x = np.arange(len(shown))
            size = min(3.4, 150 / len(shown))
            axes.plot(x[~taken], np.full((~taken).sum(), y), "s", color=LIGHT["grid"], markersize=size * 0.5)
            axes.plot(x[taken], np.full(taken.sum(), y), "s", color=LIGHT["data"], markersize=size)
        y += 1
    axes.set_ylim(y - 0.4, -0.6)
    axes.set_yticks([place for place, _, _ in names], [name for _, name, _ in names], fontsize=SMALL)
    for tick, (_, _, is_head) in zip(axes.get_yticklabels(), names):
        tick.set_fontweight("bold" if is_head else "normal")
    axes.tick_params(axis="both", length=0)


def _marks(found: Multiverse) -> list[float]:
    published = found.claim.published
    return [mark for mark in (published, 1.0 if form_of(found.claim).is_ratio else None) if mark is not None]


def _unit(found: Multiverse) -> str:
    return "1" if form_of(found.claim).is_ratio else found.claim.unit


def _lines(axes: Axes, found: Multiverse, at: float = 1.0) -> None:
    """Where the sides are equal, and what was published, named at this place from the left."""
    if _unit(found) in DIMENSIONLESS:
        axes.axhline(1.0, color=LIGHT["ink"], linewidth=0.9, zorder=2)
    published = found.claim.published
    if published is not None:
        axes.axhline(published, color=LIGHT["pub"], linewidth=1.0, linestyle=(0, (4, 2.5)), zorder=2.5)
        # Over its line at the right, under it at the left, where the first step stands.
        right = at > 0
        axes.annotate(
            f"published {published_text(found.claim, short=True)}", (at, published), xycoords=axes.get_yaxis_transform(),
            xytext=(-2, 3) if right else (2, -8), textcoords="offset points", ha="right" if right else "left",
            fontsize=SMALL, color=LIGHT["pub"], fontweight="bold", zorder=5,
        )  # fmt: skip


def _bare(axes: Axes) -> None:
    axes.set_facecolor("white")
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["left"].set_color(LIGHT["ink2"])
    axes.tick_params(labelsize=SMALL, colors=LIGHT["ink2"], length=2.5)
    axes.tick_params(axis="x", length=0, labelbottom=True)
    axes.set_xticks([])
    axes.set_axisbelow(True)


def _broken(text: str, columns: int) -> str:
    return "\n".join(textwrap.wrap(text, columns))
