"""The commands that tell what there is and how to go on: studies, show, priors, new, check, schema."""

from __future__ import annotations

import dataclasses
import shlex
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import typer

from mcarbon.commands.options import Printing, StudyName, spread
from mcarbon.commands.output import in_ascii, say, say_json
from mcarbon.errors import UserError


@spread
def studies(printing: Printing) -> None:
    """List the built-in studies."""
    from mcarbon.showing.listing import Header, studies_table

    # Reading the heads alone spares loading and checking the studies, which takes the engine.
    headers = []
    for path in sorted((Path(__file__).parent.parent / "studies").glob("*.toml")):
        head = tomllib.loads(path.read_text(encoding="utf-8"))
        headers.append(Header(head["id"], head["title"], len(head.get("claims", {}))))
    if printing.as_json:
        say_json({"studies": [dataclasses.asdict(header) for header in headers]})
    else:
        say(studies_table(headers, ascii=in_ascii(printing.ascii)))


@spread
def show(study: StudyName, printing: Printing) -> None:
    """Show a study: its inputs, sources, formulas and claims.

    Also its priors, choices, cases and defects.
    """
    from mcarbon.reading.load import load_study

    loaded = load_study(study)
    if printing.as_json:
        say_json(loaded.model_dump(mode="json", exclude={"origin"}, exclude_defaults=True))
        return
    from mcarbon.showing.description import describe

    say(describe(loaded, ascii=in_ascii(printing.ascii)))


@spread
def priors(
    printing: Printing,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A prior's full name, such as ai.pue, or a subject, such as grid.")
    ] = None,
) -> None:
    """List the library of priors, or show one with its sources.

    A subject lists its priors. One is shown with its quantiles, grade and reasons as well.
    """
    from mcarbon.answers.library import library_prior, library_priors
    from mcarbon.showing.library import prior_document, prior_text, priors_table

    if listed := library_priors(name):
        if printing.as_json:
            say_json({"priors": [prior_document(prior) for prior in listed]})
        else:
            say(priors_table(listed, ascii=in_ascii(printing.ascii)))
        return
    found = library_prior(name or "")
    if printing.as_json:
        say_json(prior_document(found))
    else:
        say(prior_text(found, ascii=in_ascii(printing.ascii)))


def new(
    path: Annotated[Path, typer.Argument(metavar="FILE.toml", help="The file to write; it must not be there yet.")],
) -> None:
    """Write a small study to start from, with comments.

    It has every part of the format, and loads and runs as it is.
    """
    from mcarbon.showing.template import write_template

    write_template(path)
    named = shlex.quote(str(path))
    say(f"{path} is a study to start from. Try: mcarbon check {named}, mcarbon run {named}, mcarbon stress {named}")


@spread
def check(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Study and prior files, or folders of them.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Check study and prior files: all faults at once.

    Priors that their bounds make other ones are no faults, but are told.
    """
    from mcarbon.answers.cut_priors import file_alarms
    from mcarbon.reading.load import check_files

    faults = check_files(paths)
    said = [] if faults else file_alarms(paths)
    if as_json:
        say_json({"faults": [dataclasses.asdict(fault) for fault in faults], "warnings": said})
        raise typer.Exit(2 if faults else 0)
    if faults:
        raise UserError(*faults)
    lines = [f"warning: {each}" for each in said]
    say("\n".join([*lines, f"{len(paths)} path{'s' if len(paths) > 1 else ''} checked, no faults."]))


def schema(of: Annotated[Literal["study", "priors"], typer.Argument(metavar="study|priors")]) -> None:
    """Print the JSON Schema of study or prior files, for editors."""
    from mcarbon.reading.schema import priors_schema, study_schema

    say_json(study_schema() if of == "study" else priors_schema())
