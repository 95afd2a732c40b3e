"""Makes docs/priors.md, the library of priors as a page; `make pages` runs it, and a test asks that the page is current."""

import itertools
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mcarbon.answers.library import PriorFigures, library_priors
from mcarbon.showing.description import prior_words
from mcarbon.study import PriorSource, Reference
from mcarbon.words.wording import plain

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "priors.md"

HEAD = """# The library of priors

A prior says what is known about one number: a distribution, the reasons for it, and the sources with what each of them
says. A study names a prior as `file.name`; `mcarbon priors NAME` prints one, `mcarbon priors FILE` a subject. This page is
made from [`priors/`](../priors) by `make pages`.

SUBJECTS

**Grade.** A prior's grade is that of its best source: 1 measured; 2 measured in another setting, or reported by whoever
operates or makes it; 3 modelled; 4 informal, or judgement. The kind says how well a source knows *this* number: a figure
for something else, from which this one was inferred, counts as judgement whoever measured it.

**How seen.** "As quoted in secondary accounts": the figure was read in texts or code that quote the work. "Excerpt": a part
of the work was read. "Recalled": from memory, not read. "Taken here" or "in notes": computed for this library from the data
of the source. Figures from Our World in Data with Ember and the Global Carbon Project (CC BY 4.0), eGRID (public domain),
the ML.ENERGY leaderboard (Apache-2.0), the code of Luccioni and others (MIT) and EcoLogits (MPL-2.0) are used with their
attribution.

**Family.** Log-normal where a number is positive and sources differ by factors, which is most of them; normal where they
differ by a few per cent; beta for shares; triangular where sources give ends and a middle and nothing beyond; metalog
where three or more quantiles are known; a mixture where sources disagree and do not overlap, or where some cases are
exactly 0 or 1. Intervals span what the sources support; where they do not, the interval is wider and says that it is judged.

## One of two, never both

Some priors say the same thing in two ways. A study takes one of them.

PAIRS
Energies per token and per image are of accelerators alone; `ai.server_overhead_factor`, `serving.idle_capacity_factor` and
`ai.pue` come on top. What is correlated with what stands with each prior. One figure is known, the rank correlation of
`serving.batch_size` and `serving.gpu_power_h100`, 0.5; of the others only the sign, and a study that needs them judges
them.
"""
PAIRS = (
    (
        "`energy.token_small`, `_mid`, `_large`",
        "`energy.token_reference`, `_..._exponent`, `_residual`",
        "by class, or by size",
    ),
    ("`serving.decode_throughput`", "any energy per token", "power over energy per token; logarithms correlated by -0.99"),
    ("`serving.idle_capacity_factor`", "`ai.gpu_utilization`", "the inverse of each other"),
    ("`serving.gpus_per_replica`", "`serving.parameters_...`", "the boards follow from the parameters"),
    ("`serving.power_fraction`", "`serving.gpu_power_h100`, `ai.gpu_power_a100`", "a share of the rating, or watts"),
    ("`ai.embodied_over_operational`", "`ai.embodied_...`, `ai.hardware_life`, `hardware.duty`", "a ratio, or its parts"),
    ("`ai.energy_per_image`", "`images.accelerator_energy...`", "a total, or a part"),
    ("`training.emissions_final_run`", "`training.energy_...` with a grid", "a product, or its factors"),
    ("`volume.queries_over_model_life`", "`volume.queries_per_day_...`, `ai.service_life`", "a product, or its factors"),
    (
        "`human.writing_speed`",
        "`human.composition_speed`, `human.revision_multiplier`",
        "finished text, or typing and all else",
    ),
    ("`human.illustration_hours`", "`human.illustration_fee`, `human.illustrator_rate`", "hours, or prices"),
    ("`displacement.human_time_fraction`", "`human.review_time`", "the whole task, or a part"),
)
CHOICES = """## What a study chooses

No prior settles these: they are options, shown side by side and never averaged. Where priors are named, they hold within
an option.
"""
HELD_OUT = """## Totals that are held out

Totals per query, image or page that others published. They are in no prior of a part, so that a chain built from parts can
be compared with them. "Shares" names the priors that rest on another figure of the same publication: to that extent the
comparison is not independent.
"""


def page() -> str:
    """The whole page."""
    priors = library_priors()
    subjects: dict[str, list[PriorFigures]] = {}
    for prior in priors:
        subjects.setdefault(prior.name.partition(".")[0], []).append(prior)
    contents = ", ".join(f"[{subject}](#{subject}) ({len(some)})" for subject, some in subjects.items())
    head = HEAD.replace("SUBJECTS", f"{len(priors)} priors by subject: {contents}.")
    parts = [head.replace("PAIRS", _table(("either", "or", "why"), PAIRS)), *_choices(), *_held_out()]
    for subject, some in subjects.items():
        parts += _section(subject, some)
    return "\n".join(parts)


def _choices() -> Iterator[str]:
    rows = _data("evidence_inputs")
    yield CHOICES
    yield _table(
        ("choice", "priors"), ((row["choice"], _names(row["priors"]) or "none") for row in rows.values() if "choice" in row)
    )


def _held_out() -> Iterator[str]:
    yield HELD_OUT
    for publication in _data("measurements").values():
        link = f"[{publication['title']}]({publication['url']})" if "url" in publication else publication["title"]
        yield f"**{link}**: {publication['kind']}; seen: {publication['seen']}.\n"
        values = ((row["what"], _value(row), row["covers"]) for row in publication["values"])
        yield _table(("what", "value", "covers"), values)
        shared = "; ".join(f"`{name}` ({what})" for name, what in publication["used"].items())
        yield f"Shares: {shared or 'nothing with a prior'}.\n"


def _value(row: dict[str, float | str]) -> str:
    ends = f" ({row['low']:g} to {row['high']:g})" if "low" in row else ""
    return f"{row['value']:g}{ends} {row['unit']}"


def _section(subject: str, priors: Sequence[PriorFigures]) -> Iterator[str]:
    yield f"## {subject}\n"
    yield _comment(subject)
    rows = ((f"[`{prior.name}`](#{prior.name.replace('.', '')})", *_figures(prior)) for prior in priors)
    yield _table(("prior", "unit", "grade", "5 %", "50 %", "95 %", "support"), rows)
    for prior in priors:
        record = prior.record
        yield f"### {prior.name}\n"
        unit = "no unit" if record.unit == "1" else record.unit
        yield f"{prior_words(record.prior)}; {unit}; grade {record.grade or 'none'}; {record.updated}.\n"
        yield " ".join(record.rationale.split()) + "\n"
        sources = ((_cited(prior.works.get(one.cite), one), one.kind, one.value, one.where) for one in record.sources)
        yield _table(("source", "kind", "value", "where"), sources)


def _figures(prior: PriorFigures) -> tuple[str, ...]:
    quantiles = (plain(prior.quantiles[p], 3) for p in (0.05, 0.5, 0.95))
    return prior.record.unit, str(prior.record.grade or "none"), *quantiles, _support(prior)


def _support(prior: PriorFigures) -> str:
    distribution = prior.record.prior.distribution()
    with np.errstate(invalid="ignore"):  # a bounded metalog comes to its ends by infinities
        ends = (distribution.ppf(np.zeros(1)).item(), distribution.isf(np.zeros(1)).item())
    return " to ".join(plain(end, 3) if np.isfinite(end) else "∞" for end in ends)


def _cited(work: Reference | None, source: PriorSource) -> str:
    if work is None:
        return source.cite
    authors = [author.partition(",")[0] for author in work.author.split(" and ")]
    name = f"{' and '.join(authors if len(authors) < 3 else [authors[0], 'others']) or work.title} ({work.year})"
    address = f"https://doi.org/{work.doi.removeprefix('https://doi.org/')}" if work.doi else work.url
    return f"[{name}]({address})" if address else name


def _comment(subject: str) -> str:
    """The comment at the head of a file of priors."""
    lines = (ROOT / "priors" / f"{subject}.toml").read_text("utf-8").splitlines()
    comment = itertools.takewhile(lambda line: line.startswith("#"), lines)
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in comment) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    cells = ([" ".join(cell.split()).replace("|", r"\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "tests" / "data" / f"{name}.toml").read_text("utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} is written.")
