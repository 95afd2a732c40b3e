"""What the command line prints of a result, as text: for notebooks, mails and files."""

from __future__ import annotations

from dataclasses import replace

from mcarbon.arguments import checked
from mcarbon.results import StudyResult
from mcarbon.showing.reproductions import reproduction_table
from mcarbon.showing.terminal import render


@checked
def as_text(result: StudyResult, width: int = 80) -> str:
    """The verdicts of `mcarbon.stress`, or the table of `mcarbon.reproduce`, as the command line prints them.

    Verdicts take `width` columns, from 40 to 100. The text is without colour, and without the time that the run took, so
    that the same result is the same text. TypeError for what is no result.
    """
    if not isinstance(result, StudyResult):
        what = f"{type(result).__name__} {str(result)[:80]!r}"
        raise TypeError(f"a result is needed, as mcarbon.stress and mcarbon.reproduce give, not {what}")
    if result.draws is None:
        return reproduction_table([result])
    return render(replace(result, seconds=None), width=width)
