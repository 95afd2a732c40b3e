"""The uncertainty report of a study, written as files; everything is computed and worded before the first is written."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numba
import numpy
import scipy

from mcarbon.arguments import checked
from mcarbon.errors import allowed_names, refuse
from mcarbon.files import require_writable, whole_files
from mcarbon.reading.load import studies
from mcarbon.reading.model import build_model
from mcarbon.reporting import tables
from mcarbon.reporting.content import Content, gather
from mcarbon.reporting.html import html_report
from mcarbon.reporting.markdown import markdown_report
from mcarbon.reporting.pdf import pdf_report, require_typst
from mcarbon.reporting.record import netcdf, run_document
from mcarbon.reporting.view import View, view
from mcarbon.study import Study
from mcarbon.version import __version__

FORMATS = ("html", "pdf", "md")
DEFAULT = ("html", "md")


@checked
def report(
    study: Study,
    folder: str | os.PathLike[str],
    formats: Sequence[str] = DEFAULT,
    claims: Collection[str] | None = None,
    draws: int | None = None,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    threads: int | None = None,
    tolerance: float | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> list[Path]:
    """Write the uncertainty report of a study into a folder, and give the paths of its files.

    ``report.html`` needs nothing else; ``report.md`` and ``report.pdf`` say the same. Beside them lie ``run.json``
    (verdicts, quantiles, digest, seed, versions), ``results.nc``, ``references.bib`` and ``tables/`` as CSV and LaTeX.
    `formats` are of ``html``, ``md`` and ``pdf``, which needs the extra `mcarbon[pdf]`. `claims` (default: all) makes
    the report of these alone. Other arguments as for `mcarbon.stress`. The same study, arguments and versions give the
    same bytes: the date is that of SOURCE_DATE_EPOCH where it is set, else that of the newest prior. UserError for what
    cannot be asked for or written.
    """
    build_model(study)
    formats = [formats] if isinstance(formats, str) else formats
    claims = [claims] if isinstance(claims, str) else claims
    _check(formats)
    if not study.claims:
        raise refuse(
            f"{study.id} has no claims to report on", allowed="A report is of claims; `mcarbon run` shows quantities."
        )
    if claims is not None and not claims:
        raise refuse("no claim is asked for", place="claims", allowed="None asks for all.")
    require_writable(Path(folder))
    content = gather(study, claims, draws, replicates, method, seed, threads, tolerance, progress)
    when = _date(content)
    shown = view(content, _in_words(when), _command(content, claims), versions())
    return whole_files(Path(folder), _files(shown, formats, when))


def _check(formats: Sequence[str]) -> None:
    if not formats:
        raise refuse("a report needs a format", place="--format", allowed=f"Allowed: {', '.join(FORMATS)}.")
    for name in formats:
        if name not in FORMATS:
            raise refuse(f'there is no format "{name}"', place="--format", allowed=allowed_names(name, FORMATS))
    if "pdf" in formats:
        require_typst()


def versions() -> list[tuple[str, str]]:
    """What the numbers were made with."""
    return [
        ("mcarbon", __version__),
        ("Python", platform.python_version()),
        ("NumPy", numpy.__version__),
        ("SciPy", scipy.__version__),
        ("Numba", numba.__version__),
    ]


def _files(shown: View, formats: Sequence[str], when: datetime.datetime | None) -> dict[str, bytes]:
    """The files of a report by their names in its folder."""
    content = shown.content
    files: dict[str, bytes] = {}
    if "html" in formats:
        files["report.html"] = html_report(shown).encode()
    if "md" in formats:
        files["report.md"] = markdown_report(shown).encode()
    if "pdf" in formats:
        files["report.pdf"] = pdf_report(shown, when)
    files["run.json"] = run_document(shown).encode()
    files["results.nc"] = netcdf(content)
    files["references.bib"] = shown.works.bibtex().encode()
    made = [tables.claim_table(content.result), tables.reproduction_table(content.result), tables.input_table(content)]
    made += [table for claim in shown.claims for table in (claim.budget, claim.tipping) if table is not None]
    made += [shown.doubted] if shown.doubted is not None else []
    for table in tables.plainly_named(made):
        files[f"tables/{table.name}.csv"] = table.csv().encode()
        files[f"tables/{table.name}.tex"] = table.latex().encode()
    files["tables/results.csv"] = tables.result_table(content).csv().encode()
    return files


def _date(content: Content) -> datetime.datetime | None:
    """SOURCE_DATE_EPOCH, else the day on which the newest prior of the study was last looked at; None where there is
    none.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch:
        try:
            return datetime.datetime.fromtimestamp(int(epoch), datetime.UTC)
        except (ValueError, OverflowError, OSError):
            what = f'"{epoch}" is no number of seconds'
            raise refuse(what, place="SOURCE_DATE_EPOCH", allowed="Such as 1763769600.") from None
    days = []
    for each in content.inputs:
        try:
            days.append(datetime.date.fromisoformat(each.updated))
        except ValueError:
            continue
    return None if not days else datetime.datetime.combine(max(days), datetime.time(), datetime.UTC)


def _in_words(when: datetime.datetime | None) -> str:
    months = (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    )
    return "" if when is None else f"{when.day} {months[when.month - 1]} {when.year}"


def _command(content: Content, claims: Collection[str] | None) -> str:
    """The command that makes the same report again."""
    result, origin = content.result, content.study.origin
    # A built-in study goes by its id; of another one's place on this machine the name is enough.
    named = result.study if origin is None or result.study in studies() else Path(origin).name
    asked = "".join(f" --claim {claim}" for claim in claims or ())
    return (
        f"mcarbon report {named}{asked} --method {result.method} --seed {result.seed} --draws {result.first_draws} "
        f"--replicates {result.replicates}" + ("" if result.tolerance is None else f" --tolerance {result.tolerance:g}")
    )
