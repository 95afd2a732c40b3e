"""Figures 3 and 5: every answer of a claim's choices, sorted, and the way from the published one to the complete one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mcarbon.reporting.figures.canvas import NARROW, WIDE, Canvas, Figure, text_width, wrapped
from mcarbon.reporting.figures.forest import clusters
from mcarbon.reporting.figures.frame import AXIS_SIZE, Frame, label_of, short, unit_of_axis
from mcarbon.results import Combination, Multiverse, Specification
from mcarbon.showing.multiverse import answer_row, some_answers
from mcarbon.showing.picture import axis_of, reference_lines
from mcarbon.words.multiverse import (
    CAPTION,
    MOST,
    ORDER_MATTERS,
    changes_text,
    counts,
    step_text,
    steps_title,
    telling_choices,
    title,
)
from mcarbon.words.statement import equal_value, form_of, published_text

CURVE = 220.0
LINE = 16.0
"""A line of the table of options."""
SMALLEST = 4.0
"""px from one answer to the next that squares need."""
FEW, ENDS = 24, 6
"""Above so many answers the table has those at either end, and the claim's rows."""
STEPS = {WIDE: 236.0, NARROW: 300.0}


@dataclass(frozen=True, slots=True)
class _Upright:
    """An axis of values that goes up, from `bottom` to `top`."""

    frame: Frame
    top: float
    bottom: float

    def y(self, value: float) -> float:
        fraction = min(max(self.frame.axis.fraction(value), 0.0), 1.0)
        return self.bottom - fraction * (self.bottom - self.top)


def answers_figure(found: Multiverse, id: str) -> Figure | None:
    """A point and its 90 % interval for each answer, by median, over the options that it takes; None for fewer than two."""
    shown = _with_ratio(found)
    frame = _frame(found, [each.combination for each in shown])
    if len(shown) < 2 or frame is None:
        return None
    listed, left_out = some_answers(found.specifications, FEW, ENDS)
    rows = [_first_last(answer_row(found, each)) for each in listed]
    if left_out:
        rows.insert(ENDS, (f"{left_out} more between them: tables/results.csv has all combinations", "", "", "", "", ""))
    return Figure(
        id=id,
        title=title(found),
        caption=CAPTION,
        description=counts(found),
        wide=_answers(found, shown, frame, WIDE, 196, 866),
        narrow=_answers(found, shown, frame, NARROW, 140, 352),
        head=("Takes instead of the published", "Row", "Median", "90 %", "Direction", "Size"),
        rows=tuple(rows),
    )


def steps_figure(found: Multiverse, id: str) -> Figure | None:
    """The median after each change, from the published combination to the complete one; None where there is no way."""
    known = [step.combination for step in found.steps if step.combination.no_ratio is None]
    frame = _frame(found, known)
    if len(known) < 2 or frame is None:
        return None
    form = form_of(found.claim)
    said = [(step.label, step_text(found, step)) for step in found.steps]
    return Figure(
        id=id,
        title=steps_title(found),
        caption=f"Short bar: the median after each change, in the order of the cases. Tall bar: 90 %. {ORDER_MATTERS}",
        description=" ".join(f"{label}: median {text}." for label, text in said),
        wide=_steps(found, frame, WIDE, 84, 866),
        narrow=_steps(found, frame, NARROW, 66, 350),
        head=("Case", "Change", "Median", "90 %"),
        rows=tuple(
            (label, changes_text(step) or "none", text, _interval(step.combination, form.span))
            for (label, text), step in zip(said, found.steps)
        ),
    )


def _interval(each: Combination, span: Callable[[float, float], str]) -> str:
    return span(*each.intervals[0.9]) if each.no_ratio is None else ""


def _first_last(row: tuple[str, ...]) -> tuple[str, ...]:
    """What is taken stands first in a table that is read row by row."""
    return row[-1], *row[:-1]


def _with_ratio(found: Multiverse) -> list[Specification]:
    return [each for each in found.specifications if each.combination.no_ratio is None]


def _frame(found: Multiverse, shown: Sequence[Combination]) -> Frame | None:
    """An axis that holds every interval; the claim's own has its rows alone."""
    form = form_of(found.claim)
    axis = axis_of(shown, reference_lines(found.claim), form, 100) if shown else None
    return None if axis is None else Frame(axis, form, equal_value(found.claim))


def _ground(canvas: Canvas, upright: _Upright, found: Multiverse, left: float, right: float) -> None:
    """The lines of the ticks with their labels, where the sides are equal, and what was published."""
    frame = upright.frame
    ticks = list(frame.axis.ticks)
    pitch = (upright.bottom - upright.top) / max(1, len(ticks) - 1)
    every = max(1, round(24 / pitch))
    anchor = ticks.index(frame.equal) if frame.equal in ticks else 0
    for i, tick in enumerate(ticks):
        y = upright.y(tick)
        canvas.line(left, y, right, y, "one" if tick == frame.equal else "grid")
        if (i - anchor) % every == 0:
            canvas.text(left - 8, y + 4, label_of(frame, tick), "ax", "end")
    canvas.text(0, 12, unit_of_axis(frame, found.claim.sides), "axt")
    published = found.claim.published
    if published is not None:
        y = upright.y(published)
        canvas.line(left, y, right, y, "publ")
        canvas.diamond(left, y, "pub", 5)
        text = f"published {published_text(found.claim, short=True)}"
        canvas.text(right, 12, text, "publ-t", "end")
        canvas.diamond(right - text_width(text, 13) - 8, 8, "pub", 5)


def _answers(
    found: Multiverse, shown: Sequence[Specification], frame: Frame, width: int, left: float, right: float
) -> Canvas:
    pitch = (right - left) / len(shown)
    pitch = float(int(pitch)) if pitch >= 4 else pitch
    # Too small to be told apart, squares are left out: on a phone with some fifty answers, elsewhere with MOST.
    choices = telling_choices(shown) if len(shown) <= MOST and pitch >= SMALLEST else {}
    lines = sum(map(len, choices.values())) + len(choices)
    bottom = 26 + CURVE
    canvas = Canvas(width, bottom + 26 + LINE * lines + 6 * len(choices))
    upright = _Upright(frame, 26, bottom)
    _ground(canvas, upright, found, left, right)
    x = [left + int(pitch / 2) + pitch * i for i in range(len(shown))]
    medians = [upright.y(each.combination.median) for each in shown]
    ends = [tuple(upright.y(end) for end in each.combination.intervals[0.9]) for each in shown]
    if len(shown) <= MOST:
        bars = [(at, low, at, high) for at, (low, high) in zip(x, ends)]
        canvas.lines(bars, "i90s", min(5.0, pitch * 0.6))
        canvas.squares(zip(x, medians), min(8.0, max(2.0, pitch * 0.7)), "pt")
        slips = [(at, y) for at, y, each in zip(x, medians, shown) if each.combination.slip]
        canvas.squares(slips, min(4.0, max(1.0, pitch * 0.35)), "pt hole")
    else:
        upper = [(at, high) for at, (_, high) in zip(x, ends)]
        canvas.path([*upper, *((at, low) for at, (low, _) in reversed(list(zip(x, ends))))], "err", close=True)
        canvas.path(list(zip(x, medians)), "run")
    lettered = [(at, letter) for at, each in zip(x, shown) for letter in each.letters]
    for at, letters in clusters(lettered, 14):
        canvas.text(at, bottom + 16, letters, "lt", "middle")
    _options(canvas, shown, choices, x, pitch, bottom + 26, left, right)
    return canvas


def _options(
    canvas: Canvas, shown: Sequence[Specification], choices: dict[str, list[str]], x: Sequence[float], pitch: float,
    top: float, left: float, right: float,
) -> None:  # fmt: skip
    """A line an option, with a square under each answer that takes it."""
    y = top
    for axis, options in choices.items():
        canvas.text(0, y + 12, wrapped(axis.replace("_", " ").capitalize(), 13, canvas.width, 1)[0], "opt")
        y += LINE
        for option in options:
            canvas.text(left - 8, y + 12, wrapped(option, AXIS_SIZE, left + 4, 1)[0], "ax", "end")
            canvas.line(left, y + 8, right, y + 8, "grid")
            taken = [(at, y + 8) for at, each in zip(x, shown) if option in each.options[axis]]
            canvas.squares(taken, min(9.0, max(1.5, pitch * 0.7)), "pt")
            y += LINE
        y += 6


def _steps(found: Multiverse, frame: Frame, width: int, left: float, right: float) -> Canvas:
    bottom = STEPS[width] - 20
    pitch = (right - left) / len(found.steps)
    names = [wrapped(step.label, 12.5, pitch + 4, 4) for step in found.steps]
    canvas = Canvas(width, bottom + 14 + 16 * max(map(len, names)))
    upright = _Upright(frame, 30, bottom)
    _ground(canvas, upright, found, left, right)
    form, half = short(frame.form), min(34.0, pitch * 0.3)
    places = [(left + pitch * (i + 0.5), step) for i, step in enumerate(found.steps)]
    known = [(x, step.combination) for x, step in places if step.combination.no_ratio is None]
    for (x, each), (after, other) in pairwise(known):
        middle = (x + after) / 2
        y, then = upright.y(each.median), upright.y(other.median)
        canvas.path([(x + half, y), (middle, y), (middle, then), (after - half, then)], "way")
    for x, each in known:
        low, high = (upright.y(end) for end in each.intervals[0.9])
        canvas.bar(x - 3.5, x + 3.5, (low + high) / 2, low - high, "i90", 1.5)
        canvas.bar(x - half, x + half, upright.y(each.median), 4, "i50")
    for (x, step), name in zip(places, names):
        each = step.combination
        text, y = "no ratio", bottom - 6.0
        if each.no_ratio is None:
            text, y = form.text(each.median, each.standard_error.median), upright.y(each.median) - 7
        start = min(x + 8, right - text_width(text, 14.5))
        canvas.text(start, y, text, "v")
        for k, line in enumerate(name):
            canvas.text(x, bottom + 18 + 16 * k, line, "ax2", "middle")
    return canvas
