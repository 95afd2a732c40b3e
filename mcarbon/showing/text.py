"""What the command line prints of a result, as text: for notebooks, mails and files."""

from __future__ import annotations

from dataclasses import replace

from mcarbon.results import StudyResult
from mcarbon.showing.reproductions import reproduction_table
from mcarbon.showing.terminal import render


def as_text(result: StudyResult, width: int = 80) -> str:
    """The verdicts of `mcarbon.stress`, or the table of `mcarbon.reproduce`, as the command line prints them.

    Verdicts take `width` columns, from 40 to 100. The text is without colour, and without the time that the run took, so
    that the same result is the same text.
    """
    if result.draws is None:
        return reproduction_table([result])
    return render(replace(result, seconds=None), width=width)
