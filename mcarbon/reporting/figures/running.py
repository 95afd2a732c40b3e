"""Figure 7, for reviewers: how the quantiles settle as draws are added, with their Monte Carlo errors."""

from __future__ import annotations

import math

from mcarbon.answers.running import Running
from mcarbon.reporting.figures.canvas import NARROW, WIDE, Canvas, Figure
from mcarbon.results import ClaimResult
from mcarbon.showing.axis import linear_axis, log_axis
from mcarbon.words.statement import form_of
from mcarbon.words.titles import RUNNING_CAPTION, running_title
from mcarbon.words.wording import plain, thousands

TOP, BOTTOM = 12.0, 40.0
_NAMES = {0.05: "5 %", 0.5: "median", 0.95: "95 %"}


def running_figure(claim: ClaimResult, found: Running, factor: float, id: str) -> Figure:
    """Median and 5 and 95 % quantiles against draws; `factor` turns the quantity's unit into the claim's."""
    form = form_of(claim)
    last = {p: (values[-1] * factor, found.standard_errors[p][-1] * factor) for p, values in found.values.items()}
    said = [
        f"{_NAMES[p]} {form.text(value)} with a standard error of {_relative(value, error)}"
        for p, (value, error) in last.items()
    ]
    median, error = last[0.5]
    return Figure(
        id=id,
        title=running_title(error, median, found.draws[-1]),
        caption=RUNNING_CAPTION,
        description=f"After {thousands(str(found.draws[-1]))} draws: {'; '.join(said)}.",
        wide=_draw(claim, found, factor, WIDE, 220, 92, 790),
        narrow=_draw(claim, found, factor, NARROW, 220, 66, 288),
        head=("Draws", "Median", "Standard error of the median, relative"),
        rows=tuple(
            (thousands(str(draws)), form.exact(value * factor), _relative(value, error))
            for draws, value, error in zip(found.draws, found.values[0.5], found.standard_errors[0.5])
        ),
    )


def _relative(value: float, error: float) -> str:
    return f"{plain(100 * abs(error / value), 2)} %" if value else plain(error, 2)


def _draw(claim: ClaimResult, found: Running, factor: float, width: int, height: float, left: float, right: float) -> Canvas:
    form, canvas = form_of(claim), Canvas(width, height)
    values = [value * factor for each in found.values.values() for value in each if math.isfinite(value)]
    axis = log_axis(values, values, [], 100) if min(values) > 0 else linear_axis(values, 100)
    base = height - BOTTOM

    def y(value: float) -> float:
        return base - min(max(axis.fraction(value), 0.0), 1.0) * (base - TOP)

    def x(draws: int) -> float:
        first, last = math.log(found.draws[0]), math.log(found.draws[-1])
        return left + (math.log(draws) - first) / ((last - first) or 1.0) * (right - left)

    every = max(1, math.ceil(len(axis.ticks) / 7))
    for k, tick in enumerate(axis.ticks):
        canvas.line(left, y(tick), right, y(tick), "grid")
        if k % every == 0:
            text = ("equal" if tick == 1 else form.exact(tick)) if form.is_ratio else plain(tick)
            canvas.text(left - 8, y(tick) + 4, text, "ax", "end")
    some = found.draws[:: max(1, len(found.draws) // (6 if width == WIDE else 3))]
    for draws in some:
        canvas.text(x(draws), base + 17, thousands(str(draws)), "ax", "middle")
    for p, each in found.values.items():
        points = [
            (draws, value * factor, error * factor)
            for draws, value, error in zip(found.draws, each, found.standard_errors[p])
        ]
        upper = [(x(draws), y(value + 2 * error)) for draws, value, error in points]
        lower = [(x(draws), y(value - 2 * error)) for draws, value, error in points]
        canvas.path([*upper, *reversed(lower)], "err", close=True)
        canvas.path([(x(draws), y(value)) for draws, value, _ in points], "run" if p == 0.5 else "run2")
        name = _NAMES[p]
        canvas.text(right + 8, y(points[-1][1]) + 4.5, name, "v2")
    canvas.text((left + right) / 2, height - 6, "draws (log scale)", "axt", "middle")
    return canvas
