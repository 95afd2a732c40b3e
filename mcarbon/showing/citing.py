"""Works that are cited, as text: those of a study, each with its key."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from mcarbon.reading.library import Library
from mcarbon.study import Reference, Study

WIDTH = 78


def work_text(work: Reference) -> str:
    """A work in a line: author, year, title, how it was read, where it is."""
    at = f"doi:{work.doi.removeprefix('https://doi.org/')}" if work.doi else work.url or ""
    named = f"{work.author} ({work.year}). {work.title}" if work.author else f"{work.title} ({work.year})"
    sentences = [text if text[-1] in ".?!" else f"{text}." for text in (named, work.note) if text]
    return " ".join([*sentences, at]).rstrip()


def hanging(text: str, first: str, rest: str | None = None) -> list[str]:
    """A text in lines, indented; an address is left whole, even where it is longer than a line."""
    rest = first if rest is None else rest
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False, break_long_words=False
    )


def cited_works(study: Study) -> dict[str, Reference]:
    """The works that a study and its library priors cite, by key in order: of a bibliography or its `[references]`."""
    library = Library(None if study.origin is None else Path(study.origin).parent)
    known = {**library.works, **study.references}
    return {key: known[key] for key in sorted(set(_sources(study)) & known.keys())}


def _sources(study: Study) -> Iterator[str]:
    given = [study.source]
    given += [item.source for item in study.cases.values()]
    given += [item.source for item in study.claims.values()]
    given += [item.source for item in study.defects]
    given += [item.source for item in study.not_counted]
    for item in study.inputs.values():
        given.append(item.source)
        for _, entry in item.cells():
            given += [entry.source, None if entry.corrected is None else entry.corrected.source]
    for source in given:
        yield from [source] if isinstance(source, str) else source or []
    for prior in study.library.values():
        yield from (source.cite for source in prior.sources)
