"""The works that a page cites: links to their list, and the list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mcarbon.reading.library import Library
from mcarbon.reading.sources import is_web_address
from mcarbon.showing.markdown import code, escaped, link
from mcarbon.study import Reference, Study


class Works:
    """The works of one page. `cited` notes what is cited; `listed` are the works among it, by key."""

    def __init__(self, study: Study) -> None:
        self._works = {**Library(None if study.origin is None else Path(study.origin).parent).works, **study.references}
        self._cited: dict[str, None] = {}

    def cited(self, source: str | list[str] | None, where: str = "") -> str:
        """A source in words, with the place in it: keys, links, ``judgement``; nothing where there is none."""
        sources = [] if source is None else [source] if isinstance(source, str) else source
        self._cited |= dict.fromkeys(sources)
        return ", ".join([*map(self._one, sources), *([escaped(where)] if where else [])])

    def listed(self) -> Iterator[str]:
        """A line a work that was cited, by key."""
        for key in sorted(self._cited.keys() & self._works.keys()):
            yield f"- {code(key)}: {_work(self._works[key])}"

    def _one(self, source: str) -> str:
        if source in self._works:
            return code(source)
        if is_web_address(source):
            return link(escaped(source), source)
        return escaped(source)


def _work(work: Reference) -> str:
    head = " ".join(part for part in (work.author, f"({work.year})" if work.year != "n.d." else "") if part)
    parts = [escaped(part.strip(". ")) + "." for part in (head, work.title, work.note or "") if part]
    if work.doi:
        doi = work.doi.removeprefix("https://doi.org/")
        parts.append(link(escaped(f"doi:{doi}"), f"https://doi.org/{doi}"))
    elif work.url and is_web_address(work.url):
        parts.append(link(escaped(work.url), work.url))
    elif work.url:
        parts.append(escaped(work.url))
    return " ".join(parts)
