"""Figure 4: what makes the spread, a bar an input, filled by the grade of its source."""

from __future__ import annotations

from collections.abc import Sequence

from mcarbon.reporting.figures.canvas import NARROW, WIDE, Canvas, Figure, wrapped
from mcarbon.results import InputShare, Spread
from mcarbon.showing.palette import GRADE_COLOURS
from mcarbon.words.evidence import NEGLIGIBLE, in_words
from mcarbon.words.rows import Row
from mcarbon.words.titles import shares_caption, shares_title
from mcarbon.words.wording import percent

MOST = 8
PITCH = 22.0


def shares_figure(spreads: Sequence[tuple[Row, Spread]], id: str) -> Figure:
    """A panel a row; the last one is that which the title is about."""
    row, spread = spreads[-1]
    lines = [(_panel_name(row), *_bars(spread)) for row, spread in spreads]
    return Figure(
        id=id,
        title=shares_title(spread, row.letter),
        caption=shares_caption(spread),
        description=" ".join(
            f"{name}: {', '.join(f'{_name(each)} {percent(each.share)}' for each in bars)}." for name, bars, _ in lines
        ),
        wide=_draw(lines, WIDE, 262, 790),
        narrow=_draw(lines, NARROW, 0, 300),
        head=("Input", "Choice", "Share of the spread", "Grade of its source"),
        rows=tuple(
            (_name(each), _panel_name(row), percent(each.share, each.standard_error), _grade(each))
            for row, spread in spreads
            for each in _bars(spread)[0]
        ),
    )


def _panel_name(row: Row) -> str:
    return f"Choice {row.letter}, {row.combination.label}" if row.letter else row.combination.label.capitalize()


def _name(each: InputShare) -> str:
    return " with ".join(in_words(name) for name in each.names)


def _grade(each: InputShare) -> str:
    return "by definition" if each.grade is None else str(each.grade)


def _bars(spread: Spread) -> tuple[list[InputShare], tuple[int, float]]:
    """The inputs that have a bar, the largest first, and how many others there are with their share together."""
    found = sorted(spread.inputs, key=lambda each: -each.share)
    shown = [each for each in found if each.share > NEGLIGIBLE][:MOST]
    rest = found[len(shown) :]
    return shown, (len(rest), sum(each.share for each in rest))


def _draw(lines: Sequence[tuple[str, list[InputShare], tuple[int, float]]], width: int, left: float, right: float) -> Canvas:
    # On a phone a name stands above its bar, which is as wide as the page.
    above = width == NARROW
    pitch = 40.0 if above else PITCH
    counts = [len(bars) + (rest[0] > 0) for _, bars, rest in lines]
    canvas = Canvas(width, sum(counts) * pitch + 46 * len(lines) + 4)
    longest = max((each.share for _, bars, _ in lines for each in bars), default=1.0)
    top = 0.0
    for (name, bars, rest), count in zip(lines, counts):
        canvas.text(0, top + 18, wrapped(name, 14.5, width, 1)[0], "h")

        def named(text: str, y: float) -> None:
            if above:
                canvas.text(0, y - 13, wrapped(text, 13, width, 1)[0], "ax2")
            else:
                canvas.text(left - 10, y + 4.5, wrapped(text, 13, left - 12, 1)[0], "ax2", "end")

        for i, each in enumerate(bars):
            y = top + 40 + pitch * i + 14 * above
            named(_name(each), y)
            colour = GRADE_COLOURS[each.grade]
            end = max(left + (right - left) * each.share / longest, left + 15)
            canvas.bar(left, end, y, 15, f"src{colour[1]}", 1)
            canvas.text(left + 4, y + 4, "–" if each.grade is None else str(each.grade), f"gr gr{colour[1]}")
            canvas.text(end + 6, y + 4.5, percent(each.share, each.standard_error), "v2")
        if rest[0]:
            y = top + 40 + pitch * len(bars) + 14 * above
            named(f"{rest[0]} other{'s' if rest[0] > 1 else ''}", y)
            canvas.text(left + 2, y + 4.5, percent(max(rest[1], 0.0)), "v2")
        top += 46 + pitch * count
    return canvas
