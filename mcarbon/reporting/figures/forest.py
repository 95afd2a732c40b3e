"""All claims of a study at once: the medians of their choices beside what was published, and their intervals over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mcarbon.reporting.figures.canvas import NARROW, WIDE, Canvas, Figure, text_width, wrapped
from mcarbon.reporting.figures.frame import Frame, Span, grid, has_bar, interval, unit_of_axis
from mcarbon.results import ClaimResult, Combination
from mcarbon.showing.axis import log_axis
from mcarbon.showing.picture import reference_lines
from mcarbon.words.amounts import Form, PrintedUnit
from mcarbon.words.rows import rows
from mcarbon.words.statement import equal_value, form_of, published_text
from mcarbon.words.titles import FOREST_CAPTION, MEDIANS_CAPTION, forest_title, medians_title
from mcarbon.words.wording import number

ROW = 26.0


@dataclass(frozen=True, slots=True)
class Named:
    """A claim and what figures call it."""

    name: str
    claim: ClaimResult


def medians_figure(claims: Sequence[Named], frame: Frame, id: str) -> Figure:
    """A row a claim: a short bar at the median of each choice, a diamond at the published value."""
    said = [_medians(each.claim) for each in claims]
    return Figure(
        id=id,
        title=medians_title([each.claim for each in claims]),
        caption=MEDIANS_CAPTION,
        description=" ".join(f"{each.name}: {text}." for each, text in zip(claims, said)),
        wide=_draw_medians(claims, frame, WIDE),
        narrow=_draw_medians(claims, frame, NARROW),
        head=("Claim", "Published", "Medians of its choices"),
        rows=tuple(
            (each.name, published_text(each.claim), text.partition("; ")[0].removeprefix("medians "))
            for each, text in zip(claims, said)
        ),
    )


def _medians(claim: ClaimResult) -> str:
    found = [row.combination.median for row in rows(claim) if row.has_ratio]
    form = form_of(claim)
    text = "no value" if not found else f"medians {form.span(min(found), max(found))}"
    return f"{text}; published {published_text(claim)}"


def _room(names: Sequence[str]) -> float:
    """How wide the column of names is, within reason."""
    return min(max(text_width(name, 13.5) for name in names), 330.0)


def _draw_medians(claims: Sequence[Named], frame: Frame, width: int) -> Canvas:
    wide = width == WIDE
    pitch, top = (26.0, 8.0) if wide else (52.0, 6.0)
    bottom = top + pitch * len(claims)
    canvas = Canvas(width, bottom + 42)
    room = _room([each.name for each in claims])
    span = Span(frame, room + 30 if wide else 16, 850 if wide else 340)
    canvas.bands((top + pitch * i for i in range(0, len(claims), 2)), pitch)
    grid(canvas, span, top, bottom, unit_of_axis(frame, claims[0].claim.sides))
    for i, each in enumerate(claims):
        y = top + pitch * (i + 0.5) + (0 if wide else 12)
        name = wrapped(each.name, 13.5, room if wide else width - 20, 1)[0]
        canvas.text(8, y + 5 if wide else y - 21, name, "tn")
        shown = [row for row in rows(each.claim) if has_bar(row)]
        values = [row.combination.median for row in shown]
        if values:
            canvas.line(span.x(min(values)), y + 3, span.x(max(values)), y + 3, "i95")
        for x in (span.x(value) for value in values):
            canvas.bar(x - 2, x + 2, y + 3, 10, "i50")
        for x, letters in clusters([(span.x(row.combination.median), row.letter) for row in shown]):
            canvas.text(x, y - 5, letters, "lt", "middle")
        if each.claim.published is not None:
            canvas.diamond(span.x(each.claim.published), y + 3, "pub", 5.5)
    return canvas


def clusters(places: Sequence[tuple[float, str]], apart: float = 9) -> list[tuple[float, str]]:
    """Letters with their places, those that would touch put together in the order of the alphabet."""
    groups: list[list[tuple[float, str]]] = []
    for x, letter in sorted(places):
        if groups and x - groups[-1][0][0] < apart + 9 * (len(groups[-1]) - 1):
            groups[-1].append((x, letter))
        else:
            groups.append([(x, letter)])
    return [(sum(x for x, _ in group) / len(group), "".join(sorted(letter for _, letter in group))) for group in groups]


def medians_frame(claims: Sequence[ClaimResult]) -> Frame | None:
    """The axis of medians and published values alone; None where one of them has no logarithm."""
    values = [row.combination.median for claim in claims for row in rows(claim) if has_bar(row)]
    marks = [mark.value for claim in claims for mark in reference_lines(claim)]
    if not values or min([*values, *marks]) <= 0:
        return None
    return Frame(log_axis([*values, *marks], [], marks, 100), form_of(claims[0]), equal_value(claims[0]))


def forest_figure(claims: Sequence[Named], id: str) -> Figure | None:
    """A row a claim: its interval under the published choices over the published value; None for fewer than two of them."""
    shown = [each for each in claims if _can_be_divided(each.claim)]
    if len(shown) < 2:
        return None
    rows_over = [(each, _over(each.claim)) for each in shown]
    core = [end for _, row in rows_over for end in (*row.intervals[0.9], row.median)]
    outer = [end for _, row in rows_over for end in row.intervals[0.95]]
    axis = log_axis([*core, 1.0], outer, [1.0], 100)
    frame = Frame(axis, Form(PrintedUnit.parse("1")), None)
    return Figure(
        id=id,
        title=forest_title([each.claim for each in shown]),
        caption=FOREST_CAPTION,
        description=" ".join(
            f"{each.name}: {number(row.median)} times, 90 percent {_span(row)}." for each, row in rows_over
        ),
        wide=_draw_forest(rows_over, frame, WIDE),
        narrow=_draw_forest(rows_over, frame, NARROW),
        head=("Claim", "Median over published", "90 % interval over published"),
        rows=tuple((each.name, f"{number(row.median)}×", _span(row)) for each, row in rows_over),
    )


def _span(row: Combination) -> str:
    low, high = row.intervals[0.9]
    return f"{number(low)}× to {number(high)}×"


def _can_be_divided(claim: ClaimResult) -> bool:
    first = rows(claim)[0] if claim.combinations else None
    return bool(
        claim.published and claim.published > 0 and first and has_bar(first) and first.combination.intervals[0.9][0] > 0
    )


def _over(claim: ClaimResult) -> Combination:
    """The published combination, every figure over the published value."""
    each, by = claim.combinations[0], claim.published or 1.0
    return replace(
        each,
        median=each.median / by,
        intervals={level: (low / by, high / by) for level, (low, high) in each.intervals.items()},
    )


def _draw_forest(claims: Sequence[tuple[Named, Combination]], frame: Frame, width: int) -> Canvas:
    wide = width == WIDE
    pitch, top = (ROW, 12.0) if wide else (42.0, 8.0)
    bottom = top + pitch * len(claims)
    canvas = Canvas(width, bottom + 42)
    names = _room([each.name for each, _ in claims])
    span = Span(frame, names + 26 if wide else 16, 770 if wide else 340)
    canvas.bands((top + pitch * i for i in range(0, len(claims), 2)), pitch)
    grid(canvas, span, top, bottom, "value under the priors ÷ published value (log scale)")
    canvas.line(span.x(1.0), top, span.x(1.0), bottom, "publ")
    for i, (each, row) in enumerate(claims):
        y = top + pitch * (i + 0.5) + (0 if wide else 9)
        text = f"{number(row.median)}×"
        room = names if wide else width - 20 - text_width(text, 13)
        canvas.text(8, y + 5 if wide else y - 12, wrapped(each.name, 13.5, room, 1)[0], "tn")
        interval(canvas, span, row, y, 10)
        canvas.diamond(span.x(1.0), y, "pub", 4.5)
        found = each.claim.reproduction
        if found.status == "does not reproduce" and found.factor is not None and found.factor > 0:
            canvas.diamond(span.x(found.factor), y, "rec", 4.5)
        canvas.text(784 if wide else width - 8, y + 5 if wide else y - 12, text, "vn", "start" if wide else "end")
    return canvas
