"""The works that a report cites, numbered in the order in which they are first named, and their BibTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mcarbon.reading.library import Library
from mcarbon.reading.sources import Entry, entries, is_web_address
from mcarbon.study import Reference, Study

_DOI = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/\S+)", re.I)
_REST = ("journal", "booktitle", "institution", "organization", "publisher", "howpublished")


@dataclass(frozen=True, slots=True)
class Citation:
    """One source where it is cited: its number among the works, None for ``judgement`` and ``definition``."""

    number: int | None
    key: str


@dataclass(frozen=True, slots=True)
class Work:
    """A work as it is listed: who, when, what; where it appeared; its address; how it was read."""

    number: int
    key: str
    head: str
    title: str
    place: str
    link: str
    link_text: str
    note: str
    bibtex: str


class Works:
    """The works of one report. `cite` numbers them as they come; `listed` holds those cited so far."""

    def __init__(self, study: Study) -> None:
        self._study = study
        # A study from a file has its own works beside it, as when it was loaded.
        folders = Library(None if study.origin is None else Path(study.origin).parent).folders
        self._entries: Mapping[str, Entry] = {
            key: entry for folder in reversed(folders) for key, entry in entries(folder).items()
        }
        self._numbers: dict[str, int] = {}

    def cite(self, source: str | list[str] | tuple[str, ...] | None) -> tuple[Citation, ...]:
        """The citations of what stands as a `source`."""
        return tuple(self._citations(source))

    def _citations(self, source: str | list[str] | tuple[str, ...] | None) -> Iterator[Citation]:
        for key in () if source is None else (source,) if isinstance(source, str) else source:
            if key in ("judgement", "definition"):
                yield Citation(None, key)
            else:
                yield Citation(self._numbers.setdefault(key, len(self._numbers) + 1), key)

    @property
    def listed(self) -> list[Work]:
        """The works cited so far, by their numbers."""
        return [self._work(key, number) for key, number in self._numbers.items()]

    def named(self, key: str) -> str:
        """A work in a sentence: ``Tomlinson and others 2024``."""
        work = self._work(key, self._numbers.get(key, 0))
        return work.head or work.title

    def _work(self, key: str, number: int) -> Work:
        reference = self._study.references.get(key)
        if reference is not None:
            return _of_reference(key, number, reference)
        entry = self._entries.get(key)
        if entry is not None:
            return _of_entry(key, number, entry)
        link, text = _address(None, key)
        if not link:
            link, text = _address(key, None)
        said = f"@misc{{source{number},\n  url = {{{_in_bibtex(link)}}}\n}}"
        return Work(number, key, "", "", "", link, text, "", said)

    def bibtex(self) -> str:
        """The BibTeX of the works cited so far."""
        return "\n\n".join(work.bibtex for work in self.listed) + "\n"


def _of_reference(key: str, number: int, work: Reference) -> Work:
    link, text = _address(work.doi, work.url)
    fields = {"author": work.author, "title": work.title, "year": str(work.year), "doi": work.doi, "url": work.url}
    said = ",\n".join(f"  {name} = {{{_in_bibtex(value)}}}" for name, value in fields.items() if value)
    return Work(
        number, key, _head(work.author, str(work.year)), work.title, "", link, text, "", f"@misc{{{_key(key)},\n{said}\n}}"
    )


def _of_entry(key: str, number: int, entry: Entry) -> Work:
    fields = {name: _plain(value) for name, value in entry.fields.items()}
    link, text = _address(fields.get("doi"), fields.get("url"))
    place = next((fields[name] for name in _REST if name in fields), "")
    place += f" {fields['volume']}" if "volume" in fields else ""
    place += f", {fields['pages']}" if "pages" in fields else ""
    author = fields.get("author") or fields.get("editor") or ""
    year = fields.get("year") or fields.get("date", "")[:4]
    head = _head(author, year)
    return Work(number, key, head, fields.get("title", key), place.strip(), link, text, fields.get("note", ""), entry.text)


def _head(author: str, year: str) -> str:
    """Who and when: ``Noy and Zhang 2023``, ``Tomlinson and others 2024``."""
    names = [name.partition(",")[0].strip() for name in author.split(" and ") if name.strip()]
    are_many = len(names) > 2 or names[1:] == ["others"]
    who = f"{names[0]} and others" if are_many else " and ".join(names)
    return f"{who} {year}".strip()


def _address(doi: str | None, url: str | None) -> tuple[str, str]:
    """Where a work is found, and what the link says; nothing for an address that is neither a DOI nor on the web."""
    match = _DOI.fullmatch((doi or url or "").strip())
    if match:
        return f"https://doi.org/{match[1]}", f"doi:{match[1]}"
    if url and is_web_address(url):
        return url, url.partition("://")[2].rstrip("/")
    return "", ""


def _plain(text: str) -> str:
    """A field of BibTeX as plain text."""
    text = text.replace("---", "—").replace("--", "–").replace("~", " ")
    return " ".join(text.split())


def _key(key: str) -> str:
    """A key that BibTeX reads as one."""
    return re.sub(r"[^\w.:+/-]", "-", key)


def _in_bibtex(text: str) -> str:
    return "".join({"\\": r"\textbackslash ", "{": "", "}": ""}.get(sign, sign) for sign in text)
