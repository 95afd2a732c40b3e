"""The command line. The engine is imported inside the commands, so that ``--help`` and ``studies`` answer at once."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mcarbon.errors import Fault, UserError
from mcarbon.showing.waiting import waiting
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

StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="A built-in study's id, or a path to a TOML file.")]
Draws = Annotated[int | None, typer.Option(min=1, help="Draws in all; rounded up to what the method needs.")]
Replicates = Annotated[int, typer.Option(min=2, help="Independent replicates, which give the standard errors.")]
Method = Annotated[Literal["sobol", "lhs", "random"], typer.Option(help="How points are drawn.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same numbers.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads to use; all by default.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Ascii = Annotated[bool, typer.Option("--ascii", help="Draw with ASCII signs alone.")]
Claims = Annotated[list[str] | None, typer.Option("--claim", metavar="ID", help="This claim alone; repeatable.")]


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


@app.command()
def stress(
    study: StudyName,
    claim: Claims = None,
    draws: Draws = None,
    replicates: Replicates = 16,
    method: Method = "sobol",
    seed: Seed = 1,
    threads: Threads = None,
    ascii: Ascii = False,
    as_json: AsJson = False,
) -> None:
    """Reproduce and stress-test a study's claims: a verdict each, in words and as a picture."""
    with waiting(f"stress-testing {study}") as progress:
        from mcarbon.answers.stress import stress as stress_test
        from mcarbon.reading.load import load_study

        result = stress_test(
            load_study(study),
            claims=claim,
            draws=draws,
            replicates=replicates,
            method=method,
            seed=seed,
            threads=threads,
            progress=progress,
        )
    if as_json:
        from mcarbon.showing.documents import stress_document

        _print_json(stress_document(result))
        return
    from mcarbon.showing.terminal import render

    if not sys.stdout.isatty():
        # What is piped or kept is the same wherever and whenever it was made.
        result = dataclasses.replace(result, seconds=None)
    _print(render(result, width=_width(), ascii=_ascii(ascii), colour=_colour()))


@app.command()
def reproduce(
    studies: Annotated[
        list[str] | None, typer.Argument(metavar="[STUDY]...", help="Studies; all built-in ones by default.")
    ] = None,
    claim: Claims = None,
    ascii: Ascii = False,
    as_json: AsJson = False,
) -> None:
    """Redo the arithmetic of a study's claims, or of all built-in studies'."""
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
    if as_json:
        from mcarbon.showing.documents import reproduction_document

        _print_json(reproduction_document(results, one=len(studies or ()) == 1))
        return
    from mcarbon.showing.listing import reproduction_table

    _print(reproduction_table(results, ascii=_ascii(ascii)))


@app.command()
def run(
    study: StudyName,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Keep the draws: .nc; or quantiles: .csv.")
    ] = None,
    quantity: Annotated[
        list[str] | None, typer.Option("--quantity", metavar="NAME", help="This quantity alone; repeatable.")
    ] = None,
    quantiles: Annotated[str, typer.Option(metavar="P,P,...", help="Probabilities.")] = "0.05,0.5,0.95",
    draws: Draws = None,
    replicates: Replicates = 16,
    method: Method = "sobol",
    seed: Seed = 1,
    threads: Threads = None,
    ascii: Ascii = False,
    as_json: AsJson = False,
) -> None:
    """Propagate a study's priors: a summary of its quantities."""
    from mcarbon.showing.keeping import check_suffix, keep_csv, keep_netcdf

    levels = _levels(quantiles)
    if output is not None:
        check_suffix(output)
    drawing: dict[str, Any] = {"replicates": replicates, "method": method, "seed": seed, "threads": threads}
    if draws is not None:
        drawing["draws"] = draws
    with waiting(f"running {study}") as progress:
        from mcarbon.answers.summarize import summary_rows
        from mcarbon.reading.load import load_study

        loaded = load_study(study)
        summary = summary_rows(loaded, quantities=quantity, quantiles=levels, progress=progress, **drawing)
        if output is not None and output.suffix == ".nc":
            from mcarbon.answers.sample import sample

            drawn = {"draws": summary.draws, "quantities": quantity, "choices": None}
            keep_netcdf(sample(loaded, **(drawing | drawn)), output)
        elif output is not None:
            keep_csv(summary, output)
    if as_json:
        from mcarbon.showing.documents import summary_document

        _print_json(summary_document(summary))
        return
    from mcarbon.showing.listing import summary_table

    _print(summary_table(summary, ascii=_ascii(ascii)))


@app.command()
def sensitivity(
    study: StudyName,
    quantity: Annotated[str, typer.Option("--quantity", metavar="NAME", help="The quantity whose spread is divided.")],
    at: Annotated[
        list[str] | None, typer.Option("--at", metavar="AXIS=COORDINATE", help="Where on a dimension; repeatable.")
    ] = None,
    choose: Annotated[
        list[str] | None, typer.Option("--choose", metavar="CHOICE=OPTION", help="Not as published; repeatable.")
    ] = None,
    scale: Annotated[
        Literal["log", "linear"] | None, typer.Option(help="By default log where the quantity is positive.")
    ] = None,
    draws: Annotated[int | None, typer.Option(min=1, help="Draws of each sample; 2 (k + 1) for k inputs.")] = None,
    replicates: Replicates = 16,
    method: Method = "sobol",
    seed: Seed = 1,
    threads: Threads = None,
    ascii: Ascii = False,
    as_json: AsJson = False,
) -> None:
    """Tell which inputs matter: first and total Sobol' indices of a quantity."""
    places, options = _pairs(at, "--at"), _pairs(choose, "--choose")
    drawing: dict[str, Any] = {"replicates": replicates, "method": method, "seed": seed, "threads": threads}
    if draws is not None:
        drawing["draws"] = draws
    with waiting(f"asking which inputs of {study} matter") as progress:
        from mcarbon.answers.sensitivity import sensitivity_rows
        from mcarbon.reading.load import load_study

        rows = sensitivity_rows(
            load_study(study), quantity, at=places, choices=options, scale=scale, progress=progress, **drawing
        )
    if as_json:
        from mcarbon.showing.documents import sensitivity_document

        _print_json(sensitivity_document(rows))
        return
    from mcarbon.showing.indices import sensitivity_table

    _print(sensitivity_table(rows, ascii=_ascii(ascii)))


@app.command("studies")
def list_studies(ascii: Ascii = False, as_json: AsJson = False) -> None:
    """List the built-in studies."""
    from mcarbon.showing.listing import Header, studies_table

    # Reading the heads alone spares loading and checking the studies, which takes the engine.
    headers = []
    for path in sorted((Path(__file__).parent / "studies").glob("*.toml")):
        head = tomllib.loads(path.read_text(encoding="utf-8"))
        headers.append(Header(head["id"], head["title"], len(head.get("claims", {}))))
    if as_json:
        _print_json({"studies": [dataclasses.asdict(header) for header in headers]})
    else:
        _print(studies_table(headers, ascii=_ascii(ascii)))


@app.command()
def show(study: StudyName, ascii: Ascii = False, as_json: AsJson = False) -> None:
    """Show a study: inputs, priors, sources, formulas, choices, cases, claims, defects."""
    from mcarbon.reading.load import load_study

    loaded = load_study(study)
    if as_json:
        _print_json(loaded.model_dump(mode="json", exclude={"origin"}, exclude_defaults=True))
        return
    from mcarbon.showing.description import describe

    _print(describe(loaded, ascii=_ascii(ascii)))


@app.command()
def check(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Study and prior files, or folders of them.")],
    as_json: AsJson = False,
) -> None:
    """Check study and prior files: all faults at once."""
    from mcarbon.reading.load import check_files

    faults = check_files(paths)
    if as_json:
        _print_json({"faults": [dataclasses.asdict(fault) for fault in faults]})
        raise typer.Exit(2 if faults else 0)
    if faults:
        raise UserError(*faults)
    _print(f"{len(paths)} path{'s' if len(paths) > 1 else ''} checked, no faults.")


@app.command()
def schema(of: Annotated[Literal["study", "priors"], typer.Argument(metavar="study|priors")]) -> None:
    """Print the JSON Schema of study files or of prior files, for editors."""
    from mcarbon.reading.schema import priors_schema, study_schema

    _print_json(study_schema() if of == "study" else priors_schema())


def main() -> None:
    """Run the command line; exit with 0, 2 where the input is wrong, 1 for a fault of the program, 130 interrupted."""
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
    except BrokenPipeError:
        # The reader has had enough; without this, flushing at exit complains once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception:
        print("error: this is a fault of mcarbon, not of your input. Please report it with these lines.", file=sys.stderr)
        raise


def _levels(text: str) -> tuple[float, ...]:
    try:
        levels = tuple(float(part) for part in text.split(","))
    except ValueError:
        levels = ()
    if not levels or not all(0 < level < 1 for level in levels):
        raise UserError(
            Fault(
                what=f'"{text}" is not a list of probabilities.',
                place="--quantiles",
                allowed="Numbers between 0 and 1, with commas: 0.05,0.5,0.95",
            )
        )
    return tuple(dict.fromkeys(levels))


def _pairs(texts: list[str] | None, option: str) -> dict[str, str]:
    """``axis=coordinate`` options as a mapping."""
    pairs: dict[str, str] = {}
    for text in texts or ():
        axis, equals, coordinate = (part.strip() for part in text.partition("="))
        if not (axis and equals and coordinate):
            what = f'"{text}" does not name a place.'
            raise UserError(Fault(what=what, place=option, allowed="Such as country=US; repeat the option for more."))
        if pairs.setdefault(axis, coordinate) != coordinate:
            raise UserError(Fault(what=f'"{axis}" is to be both "{pairs[axis]}" and "{coordinate}".', place=option))
    return pairs


def _print(text: str) -> None:
    print(text, flush=True)


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, indent=1, ensure_ascii=not _is_utf8(), allow_nan=False), flush=True)


def _is_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "").replace("_", "") in ("utf8", "utf8sig", "cp65001")


def _ascii(asked: bool) -> bool:
    return asked or not _is_utf8()


def _width() -> int:
    return min(80, shutil.get_terminal_size().columns) if sys.stdout.isatty() else 80


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


if __name__ == "__main__":
    main()
