"""The command that keeps variability and ignorance apart: population."""

from __future__ import annotations

from typing import Annotated

import typer

from mcarbon.commands.changing import load_changed
from mcarbon.commands.options import Choose, Points, Printing, Quantities, Set, StudyName, spread
from mcarbon.commands.output import in_ascii, say, say_json
from mcarbon.errors import Fault, UserError
from mcarbon.showing.waiting import waiting


@spread
def population(
    study: StudyName,
    points: Points,
    printing: Printing,
    quantity: Quantities = None,
    below: Annotated[
        float | None,
        typer.Option(metavar="VALUE", help="The share of the population below this value, too; 1 for a ratio of two sides."),
    ] = None,
    of: Annotated[str, typer.Option(metavar="WORD", help="Who differs, as sentences call them: writers.")] = "population",
    level: Annotated[float, typer.Option(metavar="P", help="How sure to be of each figure.")] = 0.9,
    outer: Annotated[int | None, typer.Option(metavar="N", min=1, help="Draws of what is unknown, in all.")] = None,
    inner: Annotated[int | None, typer.Option(metavar="N", min=1, help="Draws of the population, at each of these.")] = None,
    set: Set = None,
    choose: Choose = None,
) -> None:
    """Tell how a population is spread, and how sure of that we are.

    Inputs of the nature variability differ within it; all others are unknown numbers.
    """
    if not 0 < level < 1:
        raise UserError(Fault(f"{level:g} is no level of an interval.", "--level", "Between 0 and 1: 0.9"))
    if not of.strip():
        raise UserError(Fault("Who differs has no name.", "--of", "A word such as writers, or leave it out."))
    with waiting(f"drawing the population of {study}") as progress:
        from mcarbon.answers.population import INNER, OUTER, population_rows

        changed = load_changed(study, set, choose)
        found = population_rows(
            changed.study, quantity, below, level=level, outer=outer or OUTER, inner=inner or INNER,
            progress=progress, **points.points(None),
        )  # fmt: skip
    if printing.as_json:
        from mcarbon.showing.documents import population_document

        say_json(population_document(found) | changed.document())
        return
    from mcarbon.showing.population import population_table

    say(changed.under(population_table(found, of, ascii=in_ascii(printing.ascii))))
