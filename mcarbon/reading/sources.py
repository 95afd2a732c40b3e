"""Sources: the works of a bibliography, and what else a number may come from."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mcarbon.errors import Fault, UserError, allowed_names
from mcarbon.reading.files import read_text
from mcarbon.study import Reference

MOST_ENTRIES = 20_000
MARKS = '{}",='
MOST_MARKS = 500_000
_DOI = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?10\.\d{4,9}/\S+", re.I)
_URL = re.compile(r"https?://[^\s/]+\S*")


def is_doi(text: str) -> bool:
    """Whether it is a DOI, alone or as an address."""
    return bool(_DOI.fullmatch(text))


def is_web_address(text: str) -> bool:
    """Whether it is an address on the web, alone."""
    return bool(_URL.fullmatch(text))


def is_plain_source(source: str) -> bool:
    """Whether a source needs no bibliography: a DOI, a URL, judgement or definition."""
    return source in ("judgement", "definition") or is_doi(source) or is_web_address(source)


def source_fault(source: str, works: Collection[str], at: str) -> Fault | None:
    """What is wrong with a source; None for a key of `works`, a DOI, a URL, judgement or definition."""
    if is_plain_source(source) or source in works:
        return None
    hint, _, _ = allowed_names(source, ["judgement", "definition", *sorted(works)]).partition("Allowed")
    return Fault(
        what=f'there is no source "{source[:80]}"',
        place=at,
        allowed=f"{hint}Allowed: a key of references.bib or of [references], a DOI, a URL, judgement, definition.",
    )


def bibliography(folder: Path) -> Mapping[str, Reference]:
    """The works of a folder's `references.bib` by key. UserError where it cannot be read."""
    path = folder / "references.bib"
    try:
        status = path.stat()
    except (OSError, ValueError):
        return {}
    return _bibliography(path, status.st_mtime_ns, status.st_size)


def _plain(text: str) -> str:
    """A field without what BibTeX groups, escapes and quotes with; letters with accents are written as they are."""
    return re.sub(r"[{}]|\\(?=[_&%#$])", "", text).replace("``", "“").replace("''", "”")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a bibliography: its text as it stands there, and its fields by name, braces left out."""

    text: str
    fields: dict[str, str]


def entries(folder: Path) -> Mapping[str, Entry]:
    """The entries of a folder's `references.bib` by key. UserError where it cannot be read."""
    path = folder / "references.bib"
    try:
        status = path.stat()
    except (OSError, ValueError):
        return {}
    return _entries(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _bibliography(path: Path, changed: int, size: int) -> Mapping[str, Reference]:
    works: dict[str, Reference] = {}
    for key, entry in _entries(path, changed, size).items():
        fields = entry.fields
        author = next((fields[key] for key in ("author", "editor", "organization", "institution") if key in fields), "")
        works[key] = Reference(
            title=fields.get("title", key),
            author=author,
            year=fields.get("year") or fields.get("date", "")[:4] or "n.d.",
            doi=fields.get("doi"),
            url=fields.get("url"),
            note=fields.get("note"),
        )
    return works


@lru_cache(maxsize=64)
def _entries(path: Path, changed: int, size: int) -> Mapping[str, Entry]:
    from bibtexparser.entrypoint import parse_string

    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # what is wrong is told as a fault
    text = read_text(path)
    for sign, most, what in (("@", MOST_ENTRIES, "signs @"), (MARKS, MOST_MARKS, "braces, quotes, commas and signs =")):
        if (many := sum(map(text.count, sign))) > most:
            # What the parser does with each of them takes long, and with an entry that is not closed ever longer.
            raise UserError(Fault(f"the bibliography has {many:,} {what}", allowed=f"At most {most:,}.", file=str(path)))
    parsed = parse_string(text)
    if parsed.failed_blocks:
        block = parsed.failed_blocks[0]
        line = None if block.start_line is None else block.start_line + 1
        # What the parser adds is for those who program with it.
        what = str(getattr(block, "error", "")).partition(" Note:")[0] or "this entry cannot be read"
        raise UserError(Fault(what=what[:1].lower() + what[1:], file=str(path), line=line))
    return {
        entry.key: Entry(
            text=(entry.raw or "").strip(),
            fields={field.key.lower(): _plain(str(field.value)) for field in entry.fields},
        )
        for entry in parsed.entries
    }
