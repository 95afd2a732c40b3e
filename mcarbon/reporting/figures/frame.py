"""What interval figures share: the axis of the claims in them, its grid and labels, the reference lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mcarbon.reporting.figures.canvas import NARROW, Canvas, text_width
from mcarbon.results import ClaimResult, Combination
from mcarbon.showing.axis import Axis
from mcarbon.showing.characters import UNICODE
from mcarbon.showing.palette import BAR_50, BAR_90
from mcarbon.showing.picture import axis_of, reference_lines
from mcarbon.words.amounts import Form
from mcarbon.words.rows import Row, rows
from mcarbon.words.statement import equal_value, form_of
from mcarbon.words.wording import plain

AXIS_SIZE = 12.5


@dataclass(frozen=True, slots=True)
class Frame:
    """An axis, how its values are printed, where two sides are equal."""

    axis: Axis
    form: Form
    equal: float | None


@dataclass(frozen=True, slots=True)
class Span:
    """Where the axis lies on a canvas."""

    frame: Frame
    left: float
    right: float

    def x(self, value: float) -> float:
        """The place of a value, the nearer end where the axis does not reach it."""
        fraction = min(max(self.frame.axis.fraction(value), 0.0), 1.0)
        return self.left + fraction * (self.right - self.left)

    def beyond(self, value: float) -> int:
        """-1 where a value lies left of the axis, 1 where right of it, else 0."""
        fraction = self.frame.axis.fraction(value)
        return -1 if fraction < -1e-9 else 1 if fraction > 1 + 1e-9 else 0


def frame_of(claims: Sequence[ClaimResult]) -> Frame | None:
    """The frame of claims that share a form: holds the rows and reference lines of all. None without anything to draw."""
    shown = [row.combination for claim in claims for row in rows(claim) if has_bar(row)]
    form, marks = form_of(claims[0]), [mark for claim in claims for mark in reference_lines(claim)]
    axis = axis_of(shown, marks, form, 100)
    return None if axis is None else Frame(axis, form, equal_value(claims[0]))


def has_bar(row: Row) -> bool:
    """Whether a row has something to draw: a ratio or an amount that is not 0 in every draw."""
    return row.has_ratio and row.combination.intervals[0.95] != (0.0, 0.0)


def short(form: Form) -> Form:
    """The form without what its unit is per, for places where that is said elsewhere."""
    return replace(form, unit=replace(form.unit, rest=""))


def grid(canvas: Canvas, span: Span, top: float, bottom: float, title: str = "") -> None:
    """The lines of the ticks, their labels below, and the axis's title below these."""
    frame = span.frame
    others = (span.x(tick) for tick in frame.axis.ticks if tick != frame.equal)
    canvas.lines(((x, top, x, bottom) for x in others), "grid")
    if frame.equal is not None and not span.beyond(frame.equal):
        canvas.line(span.x(frame.equal), top, span.x(frame.equal), bottom, "one")
    for tick, label in _labels(span):
        half = text_width(label, AXIS_SIZE) / 2
        canvas.text(min(max(span.x(tick), half), canvas.width - half), bottom + 17, label, "ax", "middle")
    if title:
        canvas.text((span.left + span.right) / 2, bottom + 37, title, "axt", "middle")


def _labels(span: Span) -> list[tuple[float, str]]:
    """The labelled ticks: every one, every second, ... so that they keep apart; counted from where sides are equal."""
    frame = span.frame
    ticks = list(frame.axis.ticks)
    texts = [label_of(frame, tick) for tick in ticks]
    anchor = next((i for i, tick in enumerate(ticks) if tick == frame.equal), 0)
    for step in range(1, len(ticks) + 1):
        chosen = [(ticks[i], texts[i]) for i in range(len(ticks)) if (i - anchor) % step == 0]
        ends = [(span.x(tick), text_width(text, AXIS_SIZE) / 2) for tick, text in chosen]
        if all(x + half + 6 <= after - other for (x, half), (after, other) in pairwise(ends)):
            return chosen
    return chosen


def label_of(frame: Frame, tick: float) -> str:
    """What a tick says."""
    if tick == frame.equal:
        return "equal"
    return frame.form.exact(tick) if frame.form.is_ratio else plain(tick)


def unit_of_axis(frame: Frame, sides: tuple[str, str] | None) -> str:
    """What an axis shows, with its unit and scale."""
    scale = " (log scale)" if frame.axis.is_log else ""
    if sides is not None and frame.equal is not None:
        return f"{sides[0]} ÷ {sides[1]}{scale}"
    return f"{frame.form.unit.named(frame.form.unit.symbol).strip() or 'value'}{scale}"


def published_lines(canvas: Canvas, span: Span, claim: ClaimResult, y: float, bottom: float) -> float:
    """The published value and, where it differs, the recomputed one: dashed lines under a mark with a label.

    Gives the place up to which the labels reach.
    """
    reached = 0.0
    marks = sorted((mark for mark in reference_lines(claim) if mark.sign), key=lambda mark: mark.value)
    for k, mark in enumerate(marks):
        x, size = span.x(mark.value), text_width(mark.label, 13) + 12
        # Two labels part: the left one goes left, the right one right, each where there is room for it.
        to_left = (k < len(marks) - 1 or (len(marks) == 1 and canvas.width > NARROW)) and x - size > 4
        to_left = to_left or x + size > canvas.width - 4
        here = y
        if len(marks) > 1 and k == 0 and not to_left:
            here = y - 17
        canvas.line(x, here, x, bottom, "publ")
        canvas.diamond(x, here, "rec" if mark.sign == UNICODE.recomputed else "pub")
        if mark.label:
            canvas.text(x - 11 if to_left else x + 11, here + 4.5, mark.label, "publ-t", "end" if to_left else "start")
            reached = max(reached, x if to_left else x + size)
    return reached


def interval(canvas: Canvas, span: Span, each: Combination, y: float, thick: float = BAR_50, with_95: bool = True) -> None:
    """The nested bars of a row: thin 95 %, medium 90 %, thick 50 %, a gap at the median."""
    if each.intervals[0.95][0] == each.intervals[0.95][1]:
        # The same in every draw: a mark in place of bars.
        canvas.bar(span.x(each.median) - 2, span.x(each.median) + 2, y, thick, "i50")
        return
    bounds = {level: ends for level, ends in each.intervals.items() if math.isfinite(ends[0])}
    if with_95 and 0.95 in bounds:
        canvas.line(span.x(bounds[0.95][0]), y, span.x(bounds[0.95][1]), y, "i95")
    medium = thick * BAR_90 / BAR_50
    canvas.bar(span.x(bounds[0.9][0]), span.x(bounds[0.9][1]), y, medium, "i90", 1.5)
    canvas.bar(span.x(bounds[0.5][0]), span.x(bounds[0.5][1]), y, thick, "i50", 1.5)
    if not span.beyond(each.median):
        canvas.line(span.x(each.median), y - thick / 2 - 2, span.x(each.median), y + thick / 2 + 2, "med")
    outer = bounds[0.95] if with_95 and 0.95 in bounds else bounds[0.9]
    for end, way in zip(outer, (-1, 1)):
        if span.beyond(end) == way:
            canvas.triangle(span.x(end) - 1 * way, y, way, "tri")
