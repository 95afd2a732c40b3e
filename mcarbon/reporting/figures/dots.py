"""Figure 2: fifty equally likely outcomes as dots, those that reach the published value filled."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mcarbon.reporting.figures.canvas import NARROW, WIDE, Canvas, Figure, wrapped
from mcarbon.reporting.figures.frame import Frame, Span, grid, unit_of_axis
from mcarbon.results import ClaimResult, Combination
from mcarbon.words.rows import Row, rows
from mcarbon.words.titles import dot_counts, dots_caption, dots_sentence, dots_title, is_opposite, reaches
from mcarbon.words.wording import capitalised

PITCH = {WIDE: 14.6, NARROW: 9.6}


def dots_figure(claim: ClaimResult, frame: Frame, id: str) -> Figure | None:
    """Dots of the published choice and of the most complete one; None without a published number to reach, or spread."""
    shown = panels(claim)
    if claim.published is None or not shown or all(row.is_certain for row in shown):
        return None
    return Figure(
        id=id,
        title=dots_title(claim, shown),
        caption=dots_caption(claim),
        description=" ".join(f"{row.named}: {dots_sentence(claim, row)}." for row in shown),
        wide=_draw(claim, frame, shown, WIDE, 34, 846),
        narrow=_draw(claim, frame, shown, NARROW, 18, 340),
        head=("Choice", "Filled", "Hollow", "Heavy ring"),
        rows=tuple((f"{row.letter} {capitalised(row.combination.label)}".strip(), *_counts(claim, row)) for row in shown),
    )


def _counts(claim: ClaimResult, row: Row) -> tuple[str, str, str]:
    count = dot_counts(claim, row.combination)
    return str(count.reached), str(count.of - count.reached - count.opposite), str(count.opposite)


def panels(claim: ClaimResult) -> list[Row]:
    """The published row and the most complete one that has a ratio, in that order."""
    shown = [row for row in rows(claim) if row.has_ratio and row.combination.dots]
    complete = [row for row in shown if row.combination.complete]
    return shown[:1] + [row for row in complete if row is not shown[0]]


def _draw(claim: ClaimResult, frame: Frame, shown: Sequence[Row], width: int, left: float, right: float) -> Canvas:
    pitch = PITCH[width]
    span = Span(frame, left, right)
    stacks = [_stack(claim, row.combination, span, pitch) for row in shown]
    heights = [max(k for _, k, _ in stack) * pitch + pitch + 62 for stack in stacks]
    canvas = Canvas(width, sum(heights) + 34 * len(shown) + 22)
    top = 0.0
    for row, stack, height in zip(shown, stacks, heights):
        base = top + height
        canvas.text(left, top + 16, f"{row.letter} {capitalised(row.combination.label)}".strip(), "h")
        for k, line in enumerate(wrapped(dots_sentence(claim, row), 13, width - 2 * left)):
            canvas.text(left, top + 33 + 15 * k, line, "t2")
        grid(canvas, span, base, base + 5)
        canvas.line(left, base, right, base, "tick")
        if frame.equal is not None and not span.beyond(frame.equal):
            canvas.line(span.x(frame.equal), base - height + 58, span.x(frame.equal), base, "one")
        assert claim.published is not None
        x = span.x(claim.published)
        canvas.line(x, base - height + 58, x, base, "publ")
        canvas.diamond(x, base - height + 58, "pub")
        for style in ("dot-in", "dot", "dot-up"):
            points = [(x, base - pitch * (k + 0.5)) for x, k, kind in stack if kind == style]
            canvas.dots(points, style)
            if style != "dot-in":
                canvas.dots(points, f"{style} hole")
        top = base + 34
    canvas.text(
        (left + right) / 2,
        canvas.height - 8,
        f"{unit_of_axis(frame, claim.sides)}; each dot a 1-in-50 chance",
        "axt",
        "middle",
    )
    return canvas


def _stack(claim: ClaimResult, each: Combination, span: Span, pitch: float) -> list[tuple[float, int, str]]:
    """Each dot's place, its height in its stack and its style; bins start at the published value, so none straddles it."""
    assert claim.published is not None
    origin = span.x(claim.published)
    heights: dict[int, int] = {}
    placed = []
    below = reaches(claim, -math.inf)
    for value in each.dots:
        place = math.floor((span.x(value) - origin) / pitch)
        if reaches(claim, value):
            # The published value itself belongs to the side that reaches it.
            place = min(place, -1) if below else max(place, 0)
        kind = "dot-in" if reaches(claim, value) else "dot-up" if is_opposite(claim, value) else "dot"
        x = min(max(origin + (place + 0.5) * pitch, span.left - 8), span.right + 8)
        placed.append((x, heights.get(place, 0), kind))
        heights[place] = heights.get(place, 0) + 1
    return placed
