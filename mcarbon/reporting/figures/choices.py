"""Figure 1: the answer of each choice as nested intervals beside what was published. And the strip of the first screen."""

from __future__ import annotations

from mcarbon.reporting.figures.canvas import NARROW, WIDE, Canvas, Figure, text_width, wrapped
from mcarbon.reporting.figures.frame import Frame, Span, grid, has_bar, interval, published_lines, short, unit_of_axis
from mcarbon.results import ClaimResult
from mcarbon.showing.picture import reference_lines
from mcarbon.words.rows import Row, rows
from mcarbon.words.titles import absent, choices_caption, choices_description, choices_title, interval_texts, strip_caption
from mcarbon.words.wording import capitalised

TOP, ROW = 52, 44
NARROW_ROW = 62
HEAD = 20
"""A second label above the plot takes so much more."""


def choices_figure(claim: ClaimResult, frame: Frame, id: str) -> Figure:
    """A row a choice; one without a ratio, or without any value, in words."""
    return Figure(
        id=id,
        title=choices_title(claim),
        caption=choices_caption(claim),
        description=choices_description(claim),
        wide=_wide(claim, frame),
        narrow=_narrow(claim, frame),
        head=("Choice", "Median", "50 %", "90 %", "95 %"),
        rows=tuple((_name(row), *interval_texts(claim, row)) for row in rows(claim)),
    )


def _name(row: Row) -> str:
    return f"{row.letter} {capitalised(row.combination.label)}".strip()


def _top(claim: ClaimResult, first: float) -> float:
    two = claim.reproduction.status == "does not reproduce" and claim.published_text is not None
    return first + HEAD * two


def _sides(canvas: Canvas, span: Span, claim: ClaimResult, y: float) -> None:
    """Which way is more: told above the line where two sides are equal."""
    equal = span.frame.equal
    if claim.sides is None or equal is None or span.beyond(equal):
        return
    x, first = span.x(equal), claim.sides[0]
    less, more = f"← {first} lower", "higher →"
    room = text_width(less, 12.5) + 14
    taken = [span.x(mark.value) for mark in reference_lines(claim) if mark.sign]
    right = 738 if canvas.width > NARROW else canvas.width
    if x - span.left > room and right - x > text_width(more, 12.5) + 12 and all(x - at > room + 10 for at in taken):
        canvas.text(x - 8, y, less, "dir", "end")
        canvas.text(x + 8, y, more, "dir")


def _wide(claim: ClaimResult, frame: Frame) -> Canvas:
    shown, top = rows(claim), _top(claim, TOP)
    bottom = top + ROW * len(shown)
    canvas = Canvas(WIDE, bottom + 44)
    span = Span(frame, 286, 716)
    canvas.bands((top + ROW * i for i in range(0, len(shown), 2)), ROW)
    grid(canvas, span, top - 8, bottom, unit_of_axis(frame, claim.sides))
    _sides(canvas, span, claim, top - 14)
    reached = published_lines(canvas, span, claim, top - 18, bottom)
    canvas.text(738, top - 14 if reached < 732 else 13, "median, 90 %", "ax")
    for i, row in enumerate(shown):
        y = top + ROW * (i + 0.5)
        canvas.text(14, y + 5, row.letter, "k")
        names = wrapped(capitalised(row.combination.label), 14.5, 226)
        for k, name in enumerate(names):
            canvas.text(38, y + 5 + 17 * (k - (len(names) - 1) / 2), name, "t")
        if not has_bar(row):
            _in_words(canvas, claim, row, span.left + 8, y + 5)
            continue
        interval(canvas, span, row.combination, y)
        median, _, ninety, _ = interval_texts(claim, row, short(frame.form))
        canvas.text(738, y - 2, median, "v")
        canvas.text(738, y + 14, ninety, "v2")
    return canvas


def _narrow(claim: ClaimResult, frame: Frame) -> Canvas:
    shown, top = rows(claim), _top(claim, 66)
    bottom = top + NARROW_ROW * len(shown)
    canvas = Canvas(NARROW, bottom + 44)
    span = Span(frame, 16, 336)
    canvas.bands((top + NARROW_ROW * i for i in range(0, len(shown), 2)), NARROW_ROW)
    grid(canvas, span, top - 6, bottom, unit_of_axis(frame, claim.sides))
    _sides(canvas, span, claim, top - 12)
    published_lines(canvas, span, claim, top - 38, bottom)
    for i, row in enumerate(shown):
        y = top + NARROW_ROW * i
        canvas.text(8, y + 20, row.letter, "k")
        if not has_bar(row):
            canvas.text(26, y + 20, wrapped(capitalised(row.combination.label), 13.5, 320, 1)[0], "tn")
            _in_words(canvas, claim, row, 26, y + 38)
            continue
        median = interval_texts(claim, row, short(frame.form))[0]
        room = NARROW - 26 - 12 - text_width(median, 14.5) - 10
        canvas.text(26, y + 20, wrapped(capitalised(row.combination.label), 13.5, room, 1)[0], "tn")
        canvas.text(NARROW - 12, y + 20, median, "vn", "end")
        interval(canvas, span, row.combination, y + 42)
    return canvas


def _in_words(canvas: Canvas, claim: ClaimResult, row: Row, x: float, y: float) -> None:
    said = wrapped(absent(claim, row), 13.5, canvas.width - x - 10)
    canvas.bar(x - 6, x + max(text_width(line, 13.5) for line in said), y - 4, 22, "blank")
    for k, line in enumerate(said):
        canvas.text(x, y + 16 * k, line, "nr")


def strip_figure(claim: ClaimResult, frame: Frame, id: str) -> Figure:
    """The choices on one axis without names: what the first screen shows."""
    return Figure(
        id=id,
        title=choices_title(claim),
        caption=strip_caption(claim, frame.axis.is_log),
        description=choices_description(claim),
        wide=_strip(claim, frame, WIDE, 34, 846),
        narrow=_strip(claim, frame, NARROW, 18, 340),
    )


def _strip(claim: ClaimResult, frame: Frame, width: float, left: float, right: float) -> Canvas:
    shown = [row for row in rows(claim) if has_bar(row)]
    pitch = min(17.0, 102 / max(1, len(shown)))
    top = _top(claim, 24)
    bottom = top + 8 + pitch * len(shown)
    canvas, span = Canvas(width, bottom + 24), Span(frame, left, right)
    grid(canvas, span, top, bottom)
    published_lines(canvas, span, claim, top - 12, bottom)
    thick = min(10.0, pitch - 4)
    for i, row in enumerate(shown):
        y = top + 4 + pitch * (i + 0.5)
        interval(canvas, span, row.combination, y, thick, with_95=False)
        x = span.x(row.combination.intervals[0.9][0])
        if row.letter:
            canvas.text(x - 7 if x > 30 else x + 3, y + 5, row.letter, "k", "end" if x > 30 else "start")
    return canvas
