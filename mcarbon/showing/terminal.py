"""A study's claims in a terminal: verdict, picture and reasons of each, in at most 100 columns.

Colour only adds: the text is the same without it. The time that a run took is printed where the result has it, which
the command line sees to for terminals alone, so that what is piped or kept is the same on every machine.
"""

from __future__ import annotations

import re
import textwrap

from mcarbon.results import ClaimResult, StudyResult
from mcarbon.showing.characters import ASCII, UNICODE, Characters, Line, clipped, display_width
from mcarbon.showing.picture import picture
from mcarbon.words.rows import row_warnings, rows
from mcarbon.words.statement import record_name
from mcarbon.words.verdict import make_verdict
from mcarbon.words.wording import FEWER, draws_words, thousands

LABEL = 12
LONGEST_PHRASE = len("direction holds, size depends on the boundary")
OVERVIEW_FROM = 3
"""Up to so many claims are seen together; of more, the verdicts are listed once more at the end."""
_TOGETHER = re.compile(r"(?<=\d) (?=%|[nuµmk]?g\b|[kMG]?t\b|[nuµmkMGT]?Wh\b)")


def render(result: StudyResult, *, width: int = 80, ascii: bool = False, colour: bool = False) -> str:
    """The whole answer to ``mcarbon stress`` as text, its last line without a line end."""
    characters = ASCII if ascii else UNICODE
    columns = max(40, min(width, 100)) - 2
    lines: list[str] = []
    for i, claim in enumerate(result.claims):
        if i:
            lines += ["", characters.axis * columns]
        lines += _claim(result, i, claim, columns, characters, colour)
    if len(result.claims) > OVERVIEW_FROM:
        lines += ["", characters.axis * columns, *_overview(result, columns, characters)]
    if not result.claims:
        lines.append(f"{result.study} makes no claims; its quantities: mcarbon run {result.study}")
    pictured = "\n".join(lines)
    return "\n".join([*lines, "", *_legend(result, pictured, columns, characters)])


def _claim(
    result: StudyResult, index: int, claim: ClaimResult, columns: int, characters: Characters, colour: bool
) -> list[str]:
    verdict = claim.verdict or make_verdict(claim)
    lines = _heading(result, index, claim, columns, characters)
    lines += wrapped(f'"{claim.statement}"', columns, characters)
    phrase = wrapped(verdict.phrase.upper(), columns, characters)
    lines += ["", *(Line().put(0, line, "bold").render(colour) for line in phrase)]
    if claim.combinations:
        lines += ["", *(line.render(colour) for line in picture(claim, columns, characters))]
    reasons = (
        ("Arithmetic", verdict.arithmetic),
        ("Known", verdict.defects),
        ("Direction", verdict.direction),
        ("Size", verdict.size),
        ("Evidence", verdict.evidence),
        ("Next", verdict.next),
        ("Warning", " ".join(row_warnings(claim))),
    )
    lines.append("")
    for label, text in reasons:
        if text:
            lines += wrapped(text, columns, characters, label)
    return lines


def _heading(result: StudyResult, index: int, claim: ClaimResult, columns: int, characters: Characters) -> list[str]:
    left = characters.text(f"{index + 1} of {len(result.claims)}  {claim.id}")
    at = characters.text(", ".join(claim.at.values()))
    drawn = draws_words(row.combination.draws for row in rows(claim)) if claim.combinations else ""
    right = characters.text(f"{drawn or thousands(str(result.draws))} draws per choice") if result.draws is not None else ""
    if at and display_width(left) + display_width(at) + display_width(right) + 4 <= columns:
        left, at = f"{left}  {at}", ""
    if display_width(left) + display_width(right) + 2 > columns:
        lines = [left, right.rjust(columns)] if right else [left]
    else:
        lines = [left + right.rjust(columns - display_width(left))]
    return [line.rstrip() for line in lines] + (wrapped(at, columns, characters) if at else [])


def _overview(result: StudyResult, columns: int, characters: Characters) -> list[str]:
    """Every claim's verdict on a line."""
    names = [characters.text(record_name(result, claim)) for claim in result.claims]
    left = min(max(map(display_width, names)) + 2, max(10, columns - LONGEST_PHRASE))
    lines = []
    for name, claim in zip(names, result.claims):
        phrase = clipped((claim.verdict or make_verdict(claim)).phrase, columns - left, characters.ellipsis)
        line = Line().put(0, clipped(name, left - 2, characters.ellipsis)).put(left, phrase)
        lines.append(line.render(colour=False))
    return lines


def _legend(result: StudyResult, pictured: str, columns: int, characters: Characters) -> list[str]:
    signs = [
        f"{characters.bar50} 50 %",
        f"{characters.bar90} 90 %",
        f"{characters.bar95} 95 %",
        f"{characters.median} median",
        f"{characters.published} published",
    ]
    if any(claim.combinations and claim.reproduction.status == "does not reproduce" for claim in result.claims):
        signs.append(f"{characters.recomputed} recomputed")
    lines = []
    if any(claim.combinations for claim in result.claims):
        lines.append("Bars: " + "  ".join(signs) + ".")
        lines.append("Chance is given the priors and the choice, not agreement among experts.")
    if FEWER in pictured:
        lines.append(f"{FEWER} one digit fewer, for the Monte Carlo error; more --draws give it back.")
    run = []
    if result.draws is not None:
        run += [f"{result.replicates} replicates", f"method {result.method}", f"seed {result.seed}"]
    if result.seconds is not None:
        run.append(f"{result.seconds:.1f} s")
    run += [f"mcarbon {result.version}", f"study {result.digest.removeprefix('sha256:')[:12]}"]
    lines.append(", ".join(run) + ".")
    return [part for line in lines for part in wrapped(line, columns, characters)]


def wrapped(text: str, columns: int, characters: Characters, label: str = "") -> list[str]:
    """A text in lines of so many columns, maybe behind a label; a percent sign or unit stays with its number."""
    together = _TOGETHER.sub("\u00a0", characters.text(text))
    lines = textwrap.wrap(
        together,
        columns,
        initial_indent=label.ljust(LABEL) if label else "",
        subsequent_indent=" " * LABEL if label else "",
        break_on_hyphens=False,
    )
    return [line.replace("\u00a0", " ") for line in lines]
