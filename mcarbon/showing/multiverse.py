"""The multiverse of a claim as a table: every answer, sorted, and what they say together."""

from __future__ import annotations

from collections.abc import Sequence

from mcarbon.results import Multiverse, Specification, StudyResult
from mcarbon.showing.characters import ASCII, UNICODE, Characters
from mcarbon.showing.listing import WIDTH, table
from mcarbon.showing.terminal import wrapped
from mcarbon.words.multiverse import ORDER_MATTERS, counts, differences, most_moving, step_text
from mcarbon.words.statement import form_of, published_text
from mcarbon.words.wording import draws_words, thousands

MOST, ENDS = 60, 15
"""Above so many answers those at either end are shown, and those that a verdict has rows of."""


def multiverse_text(result: StudyResult, found: Sequence[Multiverse], *, width: int = WIDTH, ascii: bool = False) -> str:
    """Each claim's answers by median, how many hold, which choice moves most, and the way to the complete case."""
    characters = ASCII if ascii else UNICODE
    lines: list[str] = []
    for each in found:
        lines += _multiverse(each, width, characters)
        lines.append("")
    made = draws_words(each.draws for claim in result.claims for each in claim.combinations)
    drawn = "" if result.draws is None else f"{made or thousands(str(result.draws))} draws per combination, "
    run = f"{drawn}{result.replicates} replicates, method {result.method}, seed {result.seed}, mcarbon {result.version}"
    lines += wrapped(f"{run}, study {result.digest.removeprefix('sha256:')[:12]}.", width - 2, characters)
    return "\n".join(lines)


def _multiverse(found: Multiverse, width: int, characters: Characters) -> list[str]:
    claim = found.claim
    lines = wrapped(", ".join((claim.id, *claim.at.values())), width - 2, characters)
    lines += wrapped(f'"{claim.statement}"', width - 2, characters)
    if claim.published_text:
        lines += wrapped(f"Published: {published_text(claim)}.", width - 2, characters)
    shown, left_out = some_answers(found.specifications)
    head = ("", "median", "90 %", "direction", "size", "takes instead of the published")
    rows: list[tuple[str, ...]] = [answer_row(found, each) for each in shown]
    if left_out:
        rows.insert(ENDS, (f"... {left_out} more between them; --json has all",))
    lines += ["", *table(head, rows, "lrrlll", characters, width), ""]
    lines += wrapped(counts(found), width - 2, characters)
    lines += wrapped(most_moving(found), width - 2, characters)
    if found.steps:
        lines += ["", *wrapped("From published to complete, by median:", width - 2, characters)]
        steps = [
            (step_text(found, step), step.label, ", ".join(f"{axis} = {option}" for axis, option in step.changes.items()))
            for step in found.steps
        ]
        lines += [line.rstrip() for line in table(("median", "case", "change"), steps, "rll", characters, width)]
        lines += wrapped(ORDER_MATTERS, width - 2, characters)
    return lines


def some_answers(
    all_of_them: Sequence[Specification], most: int = MOST, ends: int = ENDS
) -> tuple[list[Specification], int]:
    """The answers that a table has, and how many it leaves out after those at its first end."""
    if len(all_of_them) <= most:
        return list(all_of_them), 0
    last = len(all_of_them) - ends
    shown = [each for i, each in enumerate(all_of_them) if i < ends or i >= last or each.letters]
    return shown, len(all_of_them) - len(shown)


def answer_row(found: Multiverse, each: Specification) -> tuple[str, ...]:
    """An answer's letters, median, interval, what holds there, and what it takes."""
    form, combination = form_of(found.claim), each.combination
    what = differences(found, each) + (" (a slip)" if combination.slip else "")
    letters = " ".join(each.letters)
    if combination.no_ratio is not None:
        return letters, "no ratio", "", "", "", what
    low, high = combination.intervals[0.9]
    median = form.text(combination.median, combination.standard_error.median, short=True)
    return letters, median, form.span(low, high), each.direction or "", each.size or "", what
