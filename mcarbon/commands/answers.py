"""The commands that answer: stress, reproduce, run, sensitivity."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from mcarbon.commands.changing import load_changed
from mcarbon.commands.options import (
    At,
    Choose,
    Claims,
    Drawing,
    Figures,
    Points,
    Printing,
    Quantities,
    Scheduler,
    Set,
    StudyName,
    pairs,
    spread,
)
from mcarbon.commands.output import colour, in_ascii, say, say_json, width
from mcarbon.errors import Fault, UserError
from mcarbon.showing.waiting import waiting


@spread
def stress(
    study: StudyName,
    drawing: Drawing,
    printing: Printing,
    scheduler: Scheduler = None,
    claim: Claims = None,
    set: Set = None,
) -> None:
    """Give a verdict on each claim, in words and as a picture.

    Its arithmetic is redone, and it is held against the priors under every choice.
    """
    with waiting(f"stress-testing {study}") as progress:
        from mcarbon.answers.stress import stress as stress_test

        changed = load_changed(study, set)
        arguments = drawing.arguments()
        result = stress_test(changed.study, claims=claim, progress=progress, scheduler=scheduler, **arguments)
    if printing.as_json:
        from mcarbon.showing.documents import stress_document

        say_json(stress_document(result) | changed.document())
        return
    from mcarbon.showing.terminal import render

    if not sys.stdout.isatty():
        # What is piped or kept is the same wherever and whenever it was made.
        result = dataclasses.replace(result, seconds=None)
    text = render(result, width=width(), ascii=in_ascii(printing.ascii), colour=colour())
    say(changed.under(text))


@spread
def reproduce(
    printing: Printing,
    studies: Annotated[
        list[str] | None, typer.Argument(metavar="[STUDY]...", help="Studies; all built-in ones by default.")
    ] = None,
    claim: Claims = None,
) -> None:
    """Redo the arithmetic of claims: does it follow?"""
    with waiting("reproducing"):
        from mcarbon.answers.reproduce import reproduce as redo
        from mcarbon.reading.load import load_study
        from mcarbon.reading.load import studies as built_in

        results, faults = [], list[Fault]()
        for name in studies or built_in():
            try:
                results.append(redo(load_study(name), claims=claim))
            except UserError as error:
                faults += error.faults
        if faults:
            raise UserError(*faults)
    if printing.as_json:
        from mcarbon.showing.documents import reproduction_document

        say_json(reproduction_document(results, one=len(studies or ()) == 1))
        return
    from mcarbon.showing.reproductions import reproduction_table

    say(reproduction_table(results, ascii=in_ascii(printing.ascii)))


@spread
def run(
    study: StudyName,
    drawing: Drawing,
    figures: Figures,
    printing: Printing,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="PATH", help="Keep the draws: FILE.nc, DIR.zarr; or quantiles: FILE.csv."),
    ] = None,
    significant_digits: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=6,
            help="JCGM 101's adaptive procedure: random draws until mean, sd and interval are stable to N digits of the sd.",
        ),
    ] = None,
    scheduler: Scheduler = None,
    quantity: Quantities = None,
    set: Set = None,
    choose: Choose = None,
) -> None:
    """Propagate a study's priors: a summary of its quantities."""
    from mcarbon.showing.keeping import check_suffix, keep_csv, keep_draws

    asked = figures.arguments() | {"scheduler": scheduler}
    drawn = drawing.arguments()
    if significant_digits is not None:
        if drawing.draws is not None or drawing.tolerance is not None:
            what = "The number of draws is given twice."
            raise UserError(Fault(what, "--significant-digits", "Leave out --draws and --tolerance, or this."))
        if drawing.method == "lhs":
            raise UserError(Fault("The adaptive procedure draws random points.", "--method", "Leave it out."))
        if output is not None and output.suffix != ".csv":
            raise UserError(Fault("The adaptive procedure keeps no draws.", "--output", "Allowed: FILE.csv."))
        drawn |= {"tolerance": None, "significant_digits": significant_digits}
    if output is not None:
        check_suffix(output)
    with waiting(f"running {study}") as progress:
        from mcarbon.answers.summarize import summary_rows

        changed = load_changed(study, set, choose)
        summary = summary_rows(changed.study, quantities=quantity, progress=progress, **asked, **drawn)
        if output is not None and output.suffix == ".csv":
            keep_csv(summary, output)
        elif output is not None and output.suffix == ".zarr" and scheduler is not None:
            from mcarbon.showing.regions import keep_by_region

            keep_by_region(changed.study, output, scheduler, quantity, **drawing.points(summary.draws))
        elif output is not None:
            from mcarbon.answers.sample import sample

            keep_draws(sample(changed.study, quantities=quantity, **drawing.points(summary.draws)), output)
    if printing.as_json:
        from mcarbon.showing.documents import summary_document

        say_json(summary_document(summary) | changed.document())
        return
    from mcarbon.showing.listing import summary_table

    kept = "" if output is None else f"{output} has {'the quantiles' if output.suffix == '.csv' else 'the draws'}."
    say("\n".join(filter(None, (summary_table(summary, ascii=in_ascii(printing.ascii)), changed.line(), kept))))


@spread
def sensitivity(
    study: StudyName,
    points: Points,
    printing: Printing,
    quantity: Annotated[str, typer.Option("--quantity", metavar="NAME", help="The quantity whose spread is divided.")],
    at: At = None,
    scale: Annotated[
        Literal["log", "linear"] | None, typer.Option(help="By default log where the quantity is positive.")
    ] = None,
    draws: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Draws of each sample; 2 (k + 1) for k inputs.")
    ] = None,
    shapley: Annotated[
        bool,
        typer.Option(
            "--shapley/--no-shapley",
            help="Shapley effects too: of all subsets up to 8 inputs, of random orders beyond.",
        ),
    ] = True,
    set: Set = None,
    choose: Choose = None,
) -> None:
    """Tell which inputs matter, and how much.

    By first and total Sobol' indices and by Shapley effects.
    """
    places = pairs(at, "--at")
    with waiting(f"asking which inputs of {study} matter") as progress:
        from mcarbon.answers.sensitivity import sensitivity_rows

        changed = load_changed(study, set, choose)
        drawn = points.points(draws)
        rows = sensitivity_rows(changed.study, quantity, at=places, scale=scale, shapley=shapley, progress=progress, **drawn)
    if printing.as_json:
        from mcarbon.showing.documents import sensitivity_document

        say_json(sensitivity_document(rows) | changed.document())
        return
    from mcarbon.showing.indices import sensitivity_table

    say(changed.under(sensitivity_table(rows, width=width(), ascii=in_ascii(printing.ascii))))
