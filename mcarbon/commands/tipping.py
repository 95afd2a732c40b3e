"""The commands that ask what an answer hangs on: explain, break-even, multiverse, robustness."""

from __future__ import annotations

from typing import Annotated

import typer

from mcarbon.commands.changing import load_changed
from mcarbon.commands.options import At, Choose, Drawing, Points, Printing, Set, StudyName, pairs, spread
from mcarbon.commands.output import in_ascii, say, say_json, width
from mcarbon.errors import Fault, UserError
from mcarbon.showing.waiting import waiting


@spread
def break_even(
    study: StudyName,
    points: Points,
    printing: Printing,
    claim: Annotated[str | None, typer.Option("--claim", metavar="ID", help="What tips this claim's answer.")] = None,
    quantity: Annotated[str | None, typer.Option("--quantity", metavar="NAME", help="What tips this quantity.")] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="VALUE",
            help="The value to cross, in the unit of the claim or quantity; by default where the sides of a comparison are "
            "equal, else what the claim published; 1 for a quantity.",
        ),
    ] = None,
    at: At = None,
    chance: Annotated[
        float, typer.Option(metavar="P", help="The chance to be below the target that is crossed; 0.5: the median.")
    ] = 0.5,
    draws: Annotated[int | None, typer.Option(metavar="N", min=1, help="Draws at every value that is tried.")] = None,
    set: Set = None,
    choose: Choose = None,
) -> None:
    """Tell what would tip an answer, input by input.

    For each input the value at which the answer crosses a target, and the options that do.
    """
    if (claim is None) == (quantity is None):
        raise UserError(Fault("one of the two is needed", "--claim, --quantity", "Such as --quantity ratio --target 1."))
    places, number = pairs(at, "--at"), _number(target)
    with waiting(f"asking what tips {claim or quantity}") as progress:
        from mcarbon.answers.break_even import break_even_rows, claim_break_even

        changed = load_changed(study, set, choose)
        asked = {"at": places, "chance": chance, "progress": progress, **points.points(draws)}
        if claim is not None:
            rows = claim_break_even(changed.study, claim, target=number, **asked)
        else:
            rows = break_even_rows(changed.study, quantity or "", target=1.0 if number is None else number, **asked)
    if printing.as_json:
        from mcarbon.showing.documents import break_even_document

        say_json(break_even_document(rows) | changed.document())
        return
    from mcarbon.showing.tipping import break_even_table

    say(changed.under(break_even_table(rows, width=width(), ascii=in_ascii(printing.ascii))))


@spread
def multiverse(
    study: StudyName,
    drawing: Drawing,
    printing: Printing,
    claim: Annotated[str, typer.Option("--claim", metavar="ID", help="The claim whose combinations are shown.")],
    at: At = None,
    set: Set = None,
) -> None:
    """Show a claim under every combination of choices.

    Sorted and counted, with the choice that moves it most.
    """
    places = pairs(at, "--at")
    with waiting(f"combining the choices of {study}") as progress:
        from mcarbon.answers.multiverse import multiverses

        changed = load_changed(study, set)
        result, found = multiverses(changed.study, claim, places, progress=progress, **drawing.arguments())
    if printing.as_json:
        from mcarbon.showing.documents import multiverse_document

        say_json(multiverse_document(result, found) | changed.document())
        return
    from mcarbon.showing.multiverse import multiverse_text

    text = multiverse_text(result, found, width=width(), ascii=in_ascii(printing.ascii))
    say(changed.under(text))


@spread
def robustness(
    study: StudyName,
    points: Points,
    printing: Printing,
    claim: Annotated[str, typer.Option("--claim", metavar="ID", help="The claim whose verdict is doubted.")],
    at: At = None,
    draws: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Draws of each combination, for each change.")
    ] = None,
    set: Set = None,
) -> None:
    """Tell whether a verdict hangs on a prior.

    Each prior is taken with twice and half its spread, and as another family.
    """
    places = pairs(at, "--at")
    with waiting(f"doubting the priors of {study}") as progress:
        from mcarbon.answers.robustness import robustness as doubt

        changed = load_changed(study, set)
        found = doubt(changed.study, claim, places, progress=progress, **points.points(draws))
    if printing.as_json:
        from mcarbon.showing.documents import robustness_document

        say_json(robustness_document(found) | changed.document())
        return
    from mcarbon.showing.robustness import robustness_table

    say(changed.under(robustness_table(found, width=width(), ascii=in_ascii(printing.ascii))))


@spread
def explain(
    study: StudyName,
    drawing: Drawing,
    printing: Printing,
    claim: Annotated[str, typer.Option("--claim", metavar="ID", help="The claim that is explained.")],
    at: At = None,
    set: Set = None,
) -> None:
    """Tell on one page what a claim's answer hangs on.

    Which inputs, which choices, what tips it, and whether its verdict hangs on a prior.
    """
    places = pairs(at, "--at")
    with waiting(f"explaining {claim}") as progress:
        from mcarbon.answers.explanation import explanations

        changed = load_changed(study, set)
        result, found = explanations(changed.study, claim, places, progress=progress, **drawing.arguments())
    if printing.as_json:
        from mcarbon.showing.documents import explanation_document

        say_json(explanation_document(result, found) | changed.document())
        return
    from mcarbon.showing.explanation import explanation_text

    say(changed.under(explanation_text(result, found, ascii=in_ascii(printing.ascii))))


def _number(text: str | None) -> float | None:
    """A target as it is written: a number, or a fraction such as 1/2900."""
    if text is None:
        return None
    from mcarbon.reading.published import parse_published

    try:
        found = parse_published(text).value
    except ValueError:
        found = None
    if found is None:
        raise UserError(Fault(f'"{text}" is no number', "--target", "Such as 1, 0.38 or 1/2900."))
    return found
