"""What would tip an answer, as a page of text: the answer as it is, its inputs, and the options of its choices."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from mcarbon.results import BreakEven, OptionPoint
from mcarbon.showing.characters import ASCII, UNICODE
from mcarbon.showing.listing import WIDTH, table
from mcarbon.words.tipping import form_of_answer, is_within, nearest_first, percentile_of, tipping_sentence, tips_at
from mcarbon.words.wording import percent, thousands


def break_even_table(rows: Sequence[BreakEven], *, width: int = WIDTH, ascii: bool = False) -> str:
    """What tips each cell's answer: the inputs, the nearest value first, then the options."""
    characters = ASCII if ascii else UNICODE
    lines: list[str] = []
    for row in rows:
        lines += _wrapped(_head(row), width, ascii)
        lines.append("")
        head = ("input", "tips it", "percentile", "at 5 %", "at 95 %", "spread")
        lines += table(head, _inputs(row), "llrrrr", characters, width)
        if row.options:
            lines.append("")
            lines += table(("choice", "option", "median", "below", ""), _options(row), "llrrl", characters, width)
        lines.append("")
        lines += _wrapped(_foot(row), width, ascii)
        lines.append("")
    return "\n".join([*lines, *_wrapped([_run(rows[0])], width, ascii)])


def _head(row: BreakEven) -> list[str]:
    form = form_of_answer(row)
    what = ", ".join((row.claim or row.quantity, *row.at.values()))
    published = f" Published: {row.published}." if row.published else ""
    if row.sides is not None and form.is_ratio:
        is_below = f"{row.sides[0]} is below {'' if row.target == 1 else f'{form.exact(row.target)} of '}{row.sides[1]}"
    else:
        is_below = f"it is below {form.exact(row.target)}"
    answer = f"Median {form.text(row.median)}; {is_below} with {percent(row.below, row.standard_error_below)}.{published}"
    return [what, answer]


def _inputs(row: BreakEven) -> list[tuple[str, ...]]:
    form = form_of_answer(row)
    return [
        (
            each.name,
            tips_at(each) + ("*" if each.crossings > 1 else ""),
            "" if each.undecided else percentile_of(each.percentile),
            form.text(each.at_low, short=True),
            form.text(each.at_high, short=True),
            percent(each.share) + ("+" if each.correlated else ""),
        )
        for each in nearest_first(row.inputs)
    ]


def _options(row: BreakEven) -> list[tuple[str, ...]]:
    form = form_of_answer(row)

    def figures(each: OptionPoint) -> tuple[str, ...]:
        if math.isnan(each.median):
            return "no ratio", "", ""
        said = ("tips it" if each.tips else "") + (" (a slip)" if each.slip else "")
        return form.text(each.median, short=True), percent(each.below, each.standard_error_below), said.strip()

    return [(each.choice, each.option, *figures(each)) for each in row.options]


def _foot(row: BreakEven) -> list[str]:
    found = [each for each in nearest_first(row.inputs) if math.isfinite(each.value) and not each.undecided]
    said = [f"Nearest: {tipping_sentence(found[0])}." if found else "No input can tip it alone."]
    if found and not is_within(found[0]):
        said.append("No input tips it alone within its prior.")
    tipping = [f"{each.option} ({each.choice})" for each in row.options if each.tips]
    if row.options:
        said.append(f"Options that tip it alone: {', '.join(tipping)}." if tipping else "No option tips it alone.")
    crosses = "the median crosses" if row.chance == 0.5 else f"the chance to be below crosses {100 * row.chance:g} % at"
    notes = [
        " ".join(said),
        f"Tips it: one input held at a value, all others uncertain, until {crosses} the target. Percentile: of the input's "
        "prior. At 5 %, at 95 %: the median with the input there. Spread: the input's share of it.",
    ]
    if any(each.crossings > 1 for each in row.inputs):
        notes.append("* more values than one tip it; this is the nearest to the middle of the prior.")
    if any(each.correlated for each in row.inputs):
        notes.append("+ together with the inputs that it is correlated with; held at a value it lets go of them.")
    return notes


def _run(row: BreakEven) -> str:
    drawn = f"{thousands(str(row.draws))} draws at every value, {row.replicates} replicates"
    run = f"{drawn}, method {row.method}, seed {row.seed}, mcarbon {row.version}"
    return f"{run}, study {row.digest.removeprefix('sha256:')[:12]}."


def _wrapped(lines: Sequence[str], width: int, ascii: bool) -> list[str]:
    characters = ASCII if ascii else UNICODE
    return [part for line in lines for part in textwrap.wrap(characters.text(line), width - 2, break_on_hyphens=False)]
