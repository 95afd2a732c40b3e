"""Figure 8, for reviewers: the cumulative probability of each choice, labelled on the line."""

from __future__ import annotations

from mcarbon.reporting.figures.canvas import NARROW, WIDE, Canvas, Figure
from mcarbon.reporting.figures.frame import Frame, Span, grid, published_lines, unit_of_axis
from mcarbon.results import ClaimResult, Combination
from mcarbon.words.rows import Row, rows
from mcarbon.words.statement import form_of
from mcarbon.words.titles import CURVES_CAPTION, curves_title

MOST = 7
HEIGHTS = (25, 37, 12, 31, 18, 43, 6)
"""Which of the fifty values along its line each curve has its label at, so that neighbours stand apart."""
HEIGHT = 260.0


def curves_figure(claim: ClaimResult, frame: Frame, id: str) -> Figure | None:
    """P(value <= x) of up to seven choices; None where none has a curve."""
    shown = [row for row in rows(claim) if row.has_ratio and row.combination.dots][:MOST]
    if not shown:
        return None
    form = form_of(claim)
    return Figure(
        id=id,
        title=curves_title(claim, shown),
        caption=CURVES_CAPTION,
        description=" ".join(f"{row.named}: half below {form.text(row.combination.median)}." for row in shown),
        wide=_draw(claim, frame, shown, WIDE, 60, 846),
        narrow=_draw(claim, frame, shown, NARROW, 44, 340),
        head=("Choice", *(f"{100 * p:g} %" for p in shown[0].combination.quantiles)),
        rows=tuple((row.named, *(form.text(value) for value in row.combination.quantiles.values())) for row in shown),
    )


def points(each: Combination) -> list[tuple[float, float]]:
    """Value and probability along the curve, in order."""
    found = {(i + 0.5) / len(each.dots): value for i, value in enumerate(each.dots)} | each.quantiles
    return [(found[p], p) for p in sorted(found)]


def _draw(claim: ClaimResult, frame: Frame, shown: list[Row], width: int, left: float, right: float) -> Canvas:
    canvas, span = Canvas(width, HEIGHT), Span(frame, left, right)
    top, base = 34.0, HEIGHT - 44

    def y(p: float) -> float:
        return base - p * (base - top)

    grid(canvas, span, top, base, unit_of_axis(frame, claim.sides))
    for p in (0.0, 0.5, 1.0):
        canvas.line(left, y(p), right, y(p), "grid")
        canvas.text(left - 8, y(p) + 4, f"{p:g}", "ax", "end")
    published_lines(canvas, span, claim, top - 12, base)
    for row in shown:
        along = [(span.x(value), y(p)) for value, p in points(row.combination)]
        canvas.path(along, "run")
    for k, row in enumerate(shown):
        # Labels of neighbouring lines stand at different heights.
        place = HEIGHTS[k]
        dots = row.combination.dots
        if row.letter:
            canvas.text(span.x(dots[place]), y((place + 0.5) / len(dots)) + 5, row.letter, "k", "middle")
    return canvas
