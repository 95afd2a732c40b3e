"""Makes docs/status.md: where a study's statuses and its register's judgement differ; `make pages` runs it.

A test asks that the page is current, and that no difference stands without its reason.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mcarbon as mc
from mcarbon.results import ClaimResult
from mcarbon.showing.markdown import escaped, link, table

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "status.md"
REGISTERS = ROOT / "tests" / "data" / "register"

HEAD = """# Reproduction: the program beside the registers

Each built-in study has a register of published figures in [`tests/data/register/`](../tests/data/register), recomputed
apart from this program. Its column says whether a figure follows: **yes**; **yes\\*** (only with an input that the
publication does not state, from a rounded step, or within the rounding of an input); **no**; **n/d** (no published inputs).
The program has five statuses. Their plain counterparts are

| register | program |
|---|---|
| yes | reproduces |
| yes\\* | reproduces from rounded intermediates; reproduces within the rounding of the inputs |
| no | does not reproduce |
| n/d | not checkable |

This page lists the figures for which the two differ, and why. It is made by `make pages`. A yes\\* that "reproduces" is not
a contradiction: the study holds the input that the publication does not state, and says where it comes from."""
PLAIN = {
    "yes": {"reproduces"},
    "yes*": {"reproduces from rounded intermediates", "reproduces within the rounding of the inputs"},
    "no": {"does not reproduce"},
    "n/d": {"not checkable"},
}
"""The statuses that say what the register's column says."""


@dataclass(frozen=True)
class Figure:
    """A row of a register that a claim of the study stands for, and the status that the program gives it."""

    id: str
    text: str
    published: str
    register: str
    status: str
    why: str

    @property
    def differs(self) -> bool:
        """Whether the status is not the plain counterpart of the register's judgement."""
        return self.status not in PLAIN[self.register]


def figures(study: str) -> list[Figure]:
    """The figures of a study's register that have a claim, in the register's order."""
    claims = mc.reproduce(mc.load_study(study)).claims
    rows = tomllib.loads((REGISTERS / f"{study}.toml").read_text("utf-8"))["row"]
    return [_figure(row, claims) for row in rows if "claim" in row]


def _figure(row: dict[str, str], claims: tuple[ClaimResult, ...]) -> Figure:
    at = dict(row.get("at", {}))
    (claim,) = [each for each in claims if each.id == row["claim"] and at.items() <= each.at.items()]
    published = row.get("published") or claim.published_text or claim.direction or ""
    why = row.get("why") or row.get("note", "")
    return Figure(row["id"], row["text"], published, row["reproduces"], claim.reproduction.status, why)


def _counted(values: Iterator[str]) -> str:
    return ", ".join(f"{count} {escaped(value)}" for value, count in Counter(values).most_common())


def page() -> str:
    """The page."""
    found = {path.stem: figures(path.stem) for path in sorted(REGISTERS.glob("*.toml"))}
    summary = [
        (
            link(study, f"studies/{study}.md"),
            str(len(rows)),
            _counted(row.register for row in rows),
            _counted(row.status for row in rows),
            str(sum(row.differs for row in rows) or "none"),
        )
        for study, rows in found.items()
    ]
    parts = [HEAD, table(("study", "figures", "register", "program", "differ"), summary, "lrllr")]
    for study, rows in found.items():
        listed = [
            [escaped(cell) for cell in (row.id, row.text, row.published, row.register, row.status, row.why)]
            for row in rows
            if row.differs
        ]
        if listed:
            parts += [f"## {study}", table(("id", "figure", "printed", "register", "program", "why"), listed, "llrlll")]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
