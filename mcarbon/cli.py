"""The command line. The engine is imported inside the commands, so that ``--help`` and ``studies`` answer at once."""

from __future__ import annotations

import errno
import sys
from typing import Annotated

import typer

from mcarbon.commands import answers, catalogue, population, reporting, tipping
from mcarbon.commands.output import ReaderGoneError, drop_output
from mcarbon.errors import UserError, harmless
from mcarbon.version import __version__

app = typer.Typer(
    name="mcarbon",
    help="Holds published claims against their arithmetic and against what is known of their inputs.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    *(answers.stress, answers.reproduce, answers.run, answers.sensitivity, population.population),
    *(tipping.explain, tipping.break_even, tipping.multiverse, tipping.robustness, reporting.report),
    *(catalogue.studies, catalogue.show, catalogue.priors, catalogue.new, catalogue.check, catalogue.schema),
):
    app.command()(command)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"mcarbon {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line.

    Exit with 0, 2 where the input is wrong, 1 for a fault of the program, 130 interrupted, 141 where nobody reads on.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A title or path that the encoding lacks is no reason to fail.
            stream.reconfigure(errors="replace")
    try:
        app()
    except UserError as error:
        for fault in error.faults:
            print(f"error: {fault}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except ReaderGoneError:
        # Quietly, as other tools end that write to a closed pipe; without this, flushing at exit complains once more.
        drop_output()
        sys.exit(141)
    except Exception as error:
        if (
            isinstance(error, OSError)
            and error.filename is None
            and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        ):
            # Help and versions, which Typer prints.
            drop_output()
            print(f"error: the output cannot be written: {error.strerror}", file=sys.stderr)
            sys.exit(2)
        if isinstance(error, PermissionError) and error.filename is not None:
            # What only looks whether a file is there may not even look.
            print(f"error: {harmless(str(error.filename))}", file=sys.stderr)
            print(f"       this cannot be reached: {error.strerror}", file=sys.stderr)
            print("       Ask whoever it belongs to, or name a place of your own.", file=sys.stderr)
            sys.exit(2)
        print("error: this is a fault of mcarbon, not of your input. Please report it with these lines.", file=sys.stderr)
        raise


if __name__ == "__main__":
    main()
