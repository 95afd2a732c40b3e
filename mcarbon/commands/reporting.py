"""The command that writes a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcarbon.commands.options import Claims, Drawing, Set, StudyName, spread
from mcarbon.commands.output import say
from mcarbon.showing.waiting import waiting


@spread
def report(
    study: StudyName,
    drawing: Drawing,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="The folder to write into; STUDY-report by default.")
    ] = None,
    format: Annotated[str, typer.Option(metavar="F,F,...", help="Of html, md and pdf.")] = "html,md",
    claim: Claims = None,
    set: Set = None,
) -> None:
    """Write the uncertainty report: one page that needs nothing.

    It has the verdicts, figures, sources and methods; tables, draws and works lie beside it.
    """
    from mcarbon.commands.changing import load_changed

    with waiting(f"reporting on {study}") as progress:
        from mcarbon.reporting.report import report as write

        changed = load_changed(study, set)
        folder = Path(f"{changed.study.id}-report") if output is None else output
        formats = [name.strip() for name in format.split(",") if name.strip()]
        paths = write(changed.study, folder, formats, claims=claim, progress=progress, **drawing.arguments())
    named = [path.name for path in paths if path.parent == folder]
    say(changed.under(f"{folder}: {', '.join(named)}, and tables."))
