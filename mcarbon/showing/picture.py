"""The picture of a claim in text: a line a choice, nested bars on one axis, the published value over them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mcarbon.results import ClaimResult, Combination
from mcarbon.showing.axis import Axis, linear_axis, log_axis
from mcarbon.showing.characters import UNICODE, Characters, Line, clipped, display_width
from mcarbon.words.amounts import Form
from mcarbon.words.rows import Row, rows
from mcarbon.words.statement import direction_of, equal_value, form_of, published_of, published_text, without_ratio
from mcarbon.words.wording import plain

LEFT, MEDIAN = 25, 8
LONGEST_UNIT = 8
"""A unit longer than this stands at the axis and with what was published, and is left out in the rows."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A reference line: its value, the sign that heads it, its label, and the sign of its line in empty places."""

    value: float
    sign: str
    label: str
    line: str
    style: str


def picture(claim: ClaimResult, width: int, characters: Characters) -> list[Line]:
    """The lines of a claim's picture within so many columns: marks, rows, axis, tick labels, then notes."""
    shown = rows(claim)
    form = form_of(claim)
    medians = {row.letter: characters.text(_median(row, form)) for row in shown if row.has_ratio}
    right = max([MEDIAN, *(display_width(text) + 2 for text in medians.values())])
    left = LEFT if width >= 70 else 16
    columns = max(10, width - left - right)
    marks = reference_lines(claim, characters)
    axis = axis_of([row.combination for row in shown if _has_bar(row)], marks, form, columns)
    lines = _head(marks, axis, left, width) if axis else []
    notes: list[Line] = []
    for row in shown:
        name = characters.text(f"{row.letter} {row.combination.label}".strip())
        line = Line().put(0, clipped(name, left - 1, characters.ellipsis))
        if display_width(name) > left - 1:
            notes.append(Line().put(0, name))
        if axis is None or not _has_bar(row):
            words = characters.text(without_ratio(row.combination))
            fits = left + display_width(words) <= width
            lines += [line.put(left, words)] if fits else [line, Line().put(2, words)]
            continue
        _draw(line, row, marks, axis, left, characters)
        lines.append(line.put(left + columns + right - display_width(medians[row.letter]), medians[row.letter]))
        notes += _goes_on(row, axis, form, characters)
    if axis:
        lines += _foot(axis, form, equal_value(claim), left, right, characters)
    return lines + notes


def _median(row: Row, form: Form) -> str:
    median = row.combination.median
    if row.is_certain:
        text = form.exact(median, short=True)
    else:
        text = form.text(median, row.combination.standard_error.median, short=True)
    unit = "" if form.is_ratio or form.unit.scale else form.unit.named(form.unit.symbol, short=True)
    return text.removesuffix(unit) if len(unit.strip()) > LONGEST_UNIT else text


def reference_lines(claim: ClaimResult, characters: Characters = UNICODE) -> list[Mark]:
    """The reference lines of a claim: where its sides are equal, what was recomputed where it differs, what was
    published.
    """
    marks = []
    equal = equal_value(claim)
    if equal is not None:
        marks.append(Mark(equal, "", "equal", characters.equal, ""))
    found = claim.reproduction
    if found.status == "does not reproduce" and found.value is not None:
        label = "recomputed " + form_of(claim).exact(found.value, short=True)
        marks.append(Mark(found.value, characters.recomputed, characters.text(label), characters.line, "published"))
    if claim.published_text is not None:
        asked = published_of(claim)
        label = characters.text("published " + published_text(claim, short=True))
        ends = [end for end in dict.fromkeys((asked.low, asked.high)) if math.isfinite(end)]
        marks += [
            Mark(end, characters.published, label if i == 0 else "", characters.line, "published")
            for i, end in enumerate(ends)
        ]
    elif claim.direction is not None and direction_of(claim).threshold != equal:
        unit = form_of(claim).unit
        label = characters.text(f"published {claim.direction}{unit.named(unit.symbol, short=True)}")
        threshold = direction_of(claim).threshold
        marks.append(Mark(threshold, characters.published, label, characters.line, "published"))
    return marks


def axis_of(shown: Sequence[Combination], marks: Sequence[Mark], form: Form, columns: int) -> Axis | None:
    """The axis that holds the rows and the reference lines: of logarithms where they are positive; None without rows."""
    if not shown:
        return None
    core = [each.median for each in shown] + [mark.value for mark in marks]
    core += [end for each in shown for end in each.intervals[0.9]]
    outer = [end for each in shown for end in each.intervals[0.95]]
    changes_sign = min(each.median for each in shown) <= 0 or any(mark.value <= 0 for mark in marks)
    if changes_sign or (not form.is_ratio and min(core + outer) < 0):
        return linear_axis(core + outer, columns)
    return log_axis(core, outer, [mark.value for mark in marks], columns)


def _head(marks: Sequence[Mark], axis: Axis, left: int, width: int) -> list[Line]:
    """The labels of the reference lines, on as few lines as keep them apart."""
    lines: list[Line] = []
    for mark in sorted((mark for mark in marks if mark.label), key=lambda mark: (mark.sign == "", mark.value)):
        column = left + axis.column(mark.value)
        size = display_width(mark.label)
        if mark.sign:
            places = [(column, f"{mark.sign} {mark.label}"), (column - size - 1, f"{mark.label} {mark.sign}")]
        else:
            places = [(start, mark.label) for start in (column - size + 1, column - size // 2, column)]
        fitting = [(start, text) for start, text in places if start >= 0 and start + display_width(text) <= width]
        start, text = next(
            (place for line in lines[-1:] for place in fitting if line.free(place[0] - 2, display_width(place[1]) + 4)),
            (-1, ""),
        )
        if start < 0:
            lines.append(Line())
            start, text = (fitting or [(max(0, width - size - 2), f"{mark.label} {mark.sign}".strip())])[0]
        lines[-1].put(start, text)
        if mark.sign:
            lines[-1].put(start + text.index(mark.sign), mark.sign, mark.style)
    return lines


def _draw(line: Line, row: Row, marks: Sequence[Mark], axis: Axis, left: int, characters: Characters) -> None:
    last = axis.columns - 1
    for mark in marks:
        if 0 <= axis.column(mark.value) <= last:
            line.put(left + axis.column(mark.value), mark.line, mark.style)
    intervals = row.combination.intervals
    covered: set[int] = set()
    for level, sign in ((0.95, characters.bar95), (0.9, characters.bar90), (0.5, characters.bar50)):
        low, high = (axis.column(end) for end in intervals[level])
        inside = range(max(low, 0), min(high, last) + 1)
        covered.update(inside)
        for column in inside:
            line.put(left + column, sign, "bar")
    for mark in marks:
        column = axis.column(mark.value)
        if mark.sign == characters.recomputed and column in covered:
            line.put(left + column, mark.sign, mark.style)
    if 0 <= axis.column(row.combination.median) <= last:
        line.put(left + axis.column(row.combination.median), characters.median, "median")
    for mark in marks:
        column = axis.column(mark.value)
        if mark.sign == characters.published and column in covered:
            line.put(left + column, mark.sign, mark.style)
    if axis.column(intervals[0.95][0]) < 0:
        line.put(left, characters.goes_left, "bar")
    if axis.column(intervals[0.95][1]) > last:
        line.put(left + last, characters.goes_right, "bar")


def _goes_on(row: Row, axis: Axis, form: Form, characters: Characters) -> list[Line]:
    low, high = row.combination.intervals[0.95]
    said = []
    if axis.column(low) < 0:
        said.append(f"{characters.goes_left} {row.letter} 95 % interval from {form.text(low)}")
    if axis.column(high) > axis.columns - 1:
        said.append(f"{characters.goes_right} {row.letter} 95 % interval to {form.text(high)}")
    return [Line().put(0, characters.text(text.replace("  ", " "))) for text in said]


def _has_bar(row: Row) -> bool:
    """Whether a row has something to draw: a ratio or an amount that is not 0 in every draw."""
    return row.has_ratio and row.combination.intervals[0.95] != (0.0, 0.0)


def _foot(axis: Axis, form: Form, equal: float | None, left: int, right: int, characters: Characters) -> list[Line]:
    rule = Line().put(left, characters.axis * axis.columns)
    for tick in axis.ticks:
        rule.put(left + axis.column(tick), characters.tick)
    rule.put(left + axis.columns + right - len("median"), "median")

    def text(tick: float) -> str:
        if form.is_ratio:
            return characters.text(form.exact(tick))
        return characters.text(plain(tick))

    placed = axis.labels(text, skip=lambda tick: form.is_ratio and tick == equal)
    labels = Line()
    for start, said in placed:
        labels.put(left + start, said)
    unit = "" if form.is_ratio else characters.text(form.unit.named(form.unit.symbol, short=True))
    end = max((start + display_width(said) for start, said in placed), default=0)
    # Behind the last label, or in the rows' own column where it is too long for that.
    fits = end + display_width(unit) <= axis.columns + right
    labels.put(left + end, unit) if fits else labels.put(0, clipped(unit.strip(), left - 2, characters.ellipsis))
    return [rule, labels]
