"""Whether a verdict hangs on its priors, as a table: a row an input, a column a change."""

from __future__ import annotations

from collections.abc import Sequence

from mcarbon.results import Doubted, Robustness
from mcarbon.showing.characters import ASCII, UNICODE
from mcarbon.showing.listing import WIDTH, table
from mcarbon.showing.terminal import wrapped
from mcarbon.words.wording import thousands

SAME, NONE = "=", "-"


def robustness_table(found: Sequence[Robustness], *, width: int = WIDTH, ascii: bool = False) -> str:
    """The verdict with each prior wider, narrower, and of another family; those that change it first."""
    characters = ASCII if ascii else UNICODE
    lines: list[str] = []
    for each in found:
        lines += wrapped(", ".join((each.claim.id, *each.claim.at.values())), width - 2, characters)
        lines += [*wrapped(f"Verdict: {each.phrase}", width - 2, characters), ""]
        changing = [one for one in each.inputs if not _same(each, one)]
        staying = [one for one in each.inputs if _same(each, one)]
        rows: list[tuple[str, ...]] = [_row(each.phrase, one) for one in changing + staying]
        rows.append(("all together", *(_word(each.phrase, phrase) for phrase in each.together), ""))
        lines += table(("input", "spread x 2", "spread x 1/2", "other family"), rows, "llll", characters, width)
        lines += ["", *wrapped(_foot(each), width - 2, characters), ""]
    run = f"{thousands(str(found[0].draws))} draws per combination, {found[0].replicates} replicates"
    run += f", method {found[0].method}, seed {found[0].seed}, mcarbon {found[0].version}"
    lines += wrapped(f"{run}, study {found[0].digest.removeprefix('sha256:')[:12]}.", width - 2, characters)
    return "\n".join(lines)


def _row(phrase: str, each: Doubted) -> tuple[str, ...]:
    return each.name, _word(phrase, each.wider), _word(phrase, each.narrower), _word(phrase, each.other)


def _word(phrase: str, now: str | None) -> str:
    return NONE if now is None else SAME if now == phrase else now


def _same(found: Robustness, each: Doubted) -> bool:
    return {each.wider, each.narrower, each.other or found.phrase} == {found.phrase}


def _foot(found: Robustness) -> str:
    changing = [each.name for each in found.inputs if not _same(found, each)]
    said = f"The verdict hangs on {', '.join(changing)}." if changing else "No prior alone changes the verdict."
    without = f" {NONE}: single values have none." if any(each.other is None for each in found.inputs) else ""
    return (
        f"{said} {SAME}: the verdict stays. Spreads are about the median: of shares on the logit scale, of numbers above 0 "
        "on the log scale. Other family: a normal on that scale between the same 5 and 95 %, or a uniform where it is one."
        f"{without}"
    )
