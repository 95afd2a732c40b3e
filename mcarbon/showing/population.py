"""A population as a page of text: its figures, what is known of each, and both in a sentence."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from mcarbon.results import Population, PopulationFigure, PopulationRow
from mcarbon.showing.characters import ASCII, UNICODE
from mcarbon.showing.listing import table
from mcarbon.words.amounts import Form, PrintedUnit
from mcarbon.words.population import below_sentence, shares, spread_sentence
from mcarbon.words.wording import FEWER, thousands


def population_table(found: Population, them: str = "population", *, ascii: bool = False) -> str:
    """Each cell of each quantity: quantiles, mean, sd and width of the population with what is known of each.

    `them` is what sentences call those who differ.
    """
    characters = ASCII if ascii else UNICODE
    level = f"{100 * found.level:g} %"
    lines: list[str] = []
    for row in found.quantities:
        lines += _wrapped([", ".join((row.name, *row.at.values()))], ascii)
        lines += _wrapped(_natures(row), ascii)
        lines.append("")
        head = (f"of the {them}", "median", f"{level} sure from", "to")
        lines += table(head, _figures(row), "lrrr", characters)
        lines.append("")
        lines += _wrapped(_foot(row, them, found.level), ascii)
        lines.append("")
    return "\n".join([*lines, *_wrapped(_run(found, "\n".join(lines)), ascii)])


def _natures(row: PopulationRow) -> list[str]:
    named = (("Varies", row.varies), ("Unknown", row.unknown))
    return [f"{what}: {', '.join(names) if names else 'nothing'}." for what, names in named]


def _form(row: PopulationRow) -> Form:
    return Form(PrintedUnit.parse(row.unit), row.unit == "1" and row.sides is not None)


def _figures(row: PopulationRow) -> list[tuple[str, ...]]:
    form, plain = _form(row), Form(PrintedUnit.parse(row.unit))
    outer = [f"{100 * p:g} %" for p in (min(row.quantiles), max(row.quantiles))]
    rows = [(f"{100 * p:g} %", *_texts(each, form)) for p, each in row.quantiles.items()]
    rows.append(("mean", *_texts(row.mean, form)))
    rows += [("sd", *_texts(row.sd, plain)), (f"{outer[0]} to {outer[1]}, width", *_texts(row.width, plain))]
    if row.below is not None and row.threshold is not None:
        rows.append((f"share below {form.exact(row.threshold)}", *shares(row.below)))
    return rows


def _texts(figure: PopulationFigure, form: Form) -> tuple[str, ...]:
    return (
        form.text(figure.median, figure.standard_error_median),
        form.text(figure.low, figure.standard_error_low),
        form.text(figure.high, figure.standard_error_high),
    )


def _foot(row: PopulationRow, them: str, level: float) -> list[str]:
    known = not row.unknown
    said = [spread_sentence(row.quantiles, _form(row), them, level, known)] if row.varies else []
    if row.below is not None and row.threshold is not None:
        said.append(below_sentence(row.below, row.threshold, _form(row), row.sides, them, level, known))
    return [" ".join(filter(None, said)), *(f"warning: {warning}" for warning in row.warnings)]


def _run(found: Population, table: str) -> list[str]:
    drawn = f"{thousands(str(found.outer))} draws of the unknown, {thousands(str(found.inner))} of the population at each"
    run = f"{drawn}, {found.replicates} replicates, method {found.method}, seed {found.seed}, mcarbon {found.version}"
    fewer = [f"{FEWER} one digit fewer, for the Monte Carlo error; more --outer or --inner give it back."]
    return [*(fewer if FEWER in table else []), f"{run}, study {found.digest.removeprefix('sha256:')[:12]}."]


def _wrapped(lines: Sequence[str], ascii: bool) -> list[str]:
    characters = ASCII if ascii else UNICODE
    return [part for line in lines for part in textwrap.wrap(characters.text(line), 78, break_on_hyphens=False)]
