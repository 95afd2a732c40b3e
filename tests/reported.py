"""What must hold of all that shows a study, whatever its texts are: none of them is live, and each file is whole."""

from __future__ import annotations

import copy
import csv
import json
import re
import tempfile
import time
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from io import BytesIO, StringIO
from typing import Any

from markdown_it import MarkdownIt
from mutants import Chance, mutant, sound, toml, within

import mcarbon as mc
from mcarbon.answers.explanation import explanations
from mcarbon.errors import UNSHOWABLE, UserError
from mcarbon.reporting.report import report
from mcarbon.showing.description import describe
from mcarbon.showing.explanation import explanation_text
from mcarbon.showing.pages import study_page

LIVE = [
    "<x-live onclick=alert(1)>", "</p></td></table><x-live>", '"><x-live a="', "' onmouseover='alert(1)",
    '" onload="alert(1)',
    "<script>alert(1)</script>", "<svg onload=alert(1)>", "<img src=x onerror=alert(1)>", "]]><x-live/>", "<!-- ", " -->",
    "&lt;x-live&gt;", "&#60;x-live&#62;", "</style><x-live>", "</title><x-live>", "</text></svg><x-live>", "</math><x-live>",
    "\\input{/etc/passwd}", "\\write18{id}", "$x^2$", "\\end{longtable}", "% \\x", "a & b \\\\", "^^5cinput", "{", "}",
    "~", "#1",
    '#eval("1")', "#x", "#[", '"); #eval("1', "@ref", "<label>", "$ pi $", "*b*", "_i_", "`c`", "```\n", "~~~", "/* ", "// ",
    "[a](javascript:alert(1))", "![i](http://evil.example/i.png)", "<http://evil.example>", "http://evil.example/x",
    "[a]: /x",
    "| a | b |", "\n\n# head", "\n- item", "\n> said", "\n    code", "\n***\n", "\n1. one", "- item", "+ item", "1) one",
    "# head",
    "\n{eval-rst}", "\\", "\\\\", "\\`", "[^1]", "==m==", "{{ 7 * 7 }}", "{% raw %}", "${x}", "%s %d {0}",
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\n=1+1", " =1+1", "＝1+1", "=1,\n=2", ';=1+1', '"=1+1"',
    "\u2028# head", "\u2029<x-live>", "\u200b", "\u2060", "\ufeff", "\u200e\u200f\u061c", "\u00ad", "\u00a0", "e\u0301" * 20,
    "שלום עולם", "مرحبا بالعالم", "👩‍👩‍👧‍👦🏳️‍🌈", "漢字" * 30, "ﷺ" * 10, "\U000e0041\U000e007f", "\ufffe",
    "x" * 10_000, "W" * 300,
    "-" * 100, " ", "", "\n", "\t", "CO2e", "5 %", "1/2", "nan", "None", "judgement",
]  # fmt: skip
"""Texts that are something elsewhere: in HTML, TeX, Typst, Markdown, templates and spreadsheets, or are hard to set."""
ADDRESSES = [
    "10.1000/182", "https://example.org/\"><x-live>", "https://example.org/)](x)|`<x-live>", "10.1000/\"><x-live>",
    "https://example.org/}\\input{x}",
]  # fmt: skip
"""Sources and addresses that may be."""
NO_ADDRESSES = [
    "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "https:///x",
    " https://example.org",
    "//example.org",
]
CONTROL = ["\x1b[2J", "\x1b]0;x\x07", "\r", "\x00", "\u202e", "\u2066", "\x9b2J", "\x7f", "\ud800"]
"""Texts that must not come in at all."""

SPOKEN = ("title", "summary", "author", "note", "where", "why", "label", "statement", "what", "pushes")
"""Keys whose values are free texts."""


def hostile(chance: Chance) -> str:
    """A sound study, or one time in four a mutant of it, some of whose texts and names are those of `LIVE`, as TOML."""
    data = copy.deepcopy(chance.choice(claimed()))
    often = 1 + chance.randrange(4)
    _say(chance, data, often)
    for name in _named(data):
        if chance.randrange(3 * often) == 0:
            data = _renamed(data, name, _text(chance))
    return toml(data) if chance.randrange(4) else mutant(chance, data)


@cache
def claimed() -> list[dict[str, Any]]:
    """The sound studies that have claims."""
    studies = [copy.deepcopy(data) for data in sound() if data.get("claims")]
    for data in studies:
        some = {"summary": "s", "cases": {"one": {"label": "One", "choices": {}, "why": "w"}}}
        data.update({key: value for key, value in some.items() if key not in data})
        for table in ("claims", "inputs", "quantities", "choices"):
            for item in data.get(table, {}).values():
                item.setdefault("note", "n")
    return studies


def _text(chance: Chance) -> str:
    if chance.randrange(200) == 0:
        return chance.choice(CONTROL)
    return "".join(chance.choice(LIVE) for _ in range(1 + chance.randrange(2)))


def _say(chance: Chance, data: Any, often: int) -> None:
    """Put such texts in the place of free ones."""
    for key, value in list(data.items()) if isinstance(data, dict) else list(enumerate(data)):
        if isinstance(value, dict | list):
            _say(chance, value, often)
        elif (value == "judgement" or key == "url") and chance.randrange(often) == 0:
            data[key] = chance.choice(ADDRESSES if chance.randrange(40) else NO_ADDRESSES)
        elif key in SPOKEN and isinstance(value, str) and chance.randrange(often) == 0:
            data[key] = _text(chance)


def _named(data: dict[str, Any]) -> list[str]:
    """Coordinates, options, keys of works and names of sides, which may be any text."""
    found = [name for axis in data["dimensions"].values() for name in axis] if "dimensions" in data else []
    found += [name for choice in data.get("choices", {}).values() for name in choice["options"]]
    found += [*data.get("references", {})]
    return [*found, *(name for item in data["quantities"].values() for name in item.get("sides", {}))]


def _renamed(data: Any, old: str, new: str) -> Any:
    """The data with this name changed wherever it stands, in formulas too where they can have it."""
    if isinstance(data, dict):
        # Parameters of priors may have the name of a coordinate.
        return {
            new if key == old else key: value if key == "prior" else _renamed(value, old, new) for key, value in data.items()
        }
    if isinstance(data, list):
        return [_renamed(value, old, new) for value in data]
    if isinstance(data, str):
        return new if data == old else data.replace(f"['{old}']", f"['{new}']").replace(f'["{old}"]', f'["{new}"]')
    return data


def is_shown(text: str, formats: tuple[str, ...] = ("html", "md")) -> str:
    """What became of a study that is shown in every way: `refused` or `unanswered` in order, or `shown`.

    AssertionError where a text of it is live somewhere, where a file is not whole, and for what takes too long.
    """
    plain()  # what is computed once is no text's time
    start = time.process_time()
    try:
        study = mc.parse_study(text, "x.toml")
    except UserError as error:
        assert error.faults[0].what and len(str(error)) < 60_000
        assert not UNSHOWABLE.search(str(error))
        return within(start, "refused")
    try:
        files, said = _files(study, formats), _said_of(study)
    except UserError as error:
        # Of numbers, never of texts.
        assert re.search("has no claims to report on|are not finite|the quantile table of", str(error)), error
        return within(start, "unanswered")
    for each in said:
        assert not UNSHOWABLE.search(each)
    for name, content in files.items():
        kind = name.rpartition(".")[2]
        if kind not in ("nc", "pdf"):
            assert not UNSHOWABLE.search(content.decode()), name
        CHECKS[kind](content)
    return within(start, "shown")


def _files(study: mc.Study, formats: tuple[str, ...]) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        paths = report(study, folder, formats=formats, draws=256, replicates=2, threads=1)
        files = {str(path.relative_to(folder)): path.read_bytes() for path in paths}
    assert {f"report.{name}" for name in formats} <= set(files) and "run.json" in files
    files["page.md"] = study_page(study, mc.reproduce(study)).encode()
    return files


def _said_of(study: mc.Study) -> list[str]:
    """What the terminal shows."""
    result = mc.stress(study, draws=256, replicates=2, threads=1)
    said = [mc.as_text(result, width) for width in (40, 80)]
    said += [mc.as_text(mc.reproduce(study)), describe(study), describe(study, ascii=True)]
    for claim in list(study.claims)[:2]:
        said.append(explanation_text(*explanations(study, claim, draws=256, replicates=2, threads=1)))
    return said


# ---- Pages -----------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """The elements of a page with the names of their attributes; AssertionError where they do not close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in ("meta", "link", "br", "hr", "wbr", "img", "col", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {(tag, ""), *((tag, name) for name, _ in attrs)}
        self.links += [value or "" for name, value in attrs if name in ("href", "xlink:href", "src", "action")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, tag

    def handle_comment(self, data: str) -> None:
        self.found.add(("comment", ""))

    def handle_pi(self, data: str) -> None:
        self.found.add(("instruction", ""))


TAME = re.compile(r"#[^\s]*|https?://[^\s/]+\S*|\.\./priors\.md#[\w.-]+")


@cache
def plain() -> dict[str, set[tuple[str, str]]]:
    """By kind of file, the elements or commands of TeX that reports of studies without such texts have."""
    found: dict[str, set[tuple[str, str]]] = {"html": set(), "md": set(), "tex": set()}
    for study in [*(mc.parse_study(toml(data)) for data in claimed()), *map(mc.load_study, PLAIN)]:
        for name, content in _files(study, ("html", "md")).items():
            kind = name.rpartition(".")[2]
            if kind in found:
                found[kind] |= _parts(kind, content)
    return found


PLAIN = ("tang-2023", "op-ed-2023")
"""Studies of one claim and of more, of ratios and amounts, whose reports have every part."""


def _parts(kind: str, content: bytes) -> set[tuple[str, str]]:
    text = content.decode()
    if kind == "tex":
        bare = re.sub(r"\\label\{.*\}\\\\$", "", re.sub(r"^%.*$", "", text, count=1, flags=re.M), flags=re.M)
        return {(sign, "") for sign in re.findall(r"\\(?:[a-zA-Z]+|.)|[$%#^_~&]", bare)}
    return _page(kind, text).found


def _page(kind: str, text: str) -> Page:
    return Page(text if kind == "html" else rendered(text))


def rendered(text: str) -> str:
    """Markdown as a reader shows it that lets HTML through."""
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


def _is_tame_page(kind: str) -> Callable[[bytes], None]:
    def check(content: bytes) -> None:
        page = _page(kind, content.decode())
        extra = page.found - plain()[kind]
        assert not extra, extra
        for link in page.links:
            assert TAME.fullmatch(link), link
            assert "evil.example" not in link
        if kind == "html":
            assert content.decode().startswith("<!doctype html>") and content.decode().rstrip().endswith("</html>")
        else:
            for table in re.findall(r"<table>.*?</table>", rendered(content.decode()), re.DOTALL):
                rows = {len(re.findall("<t[hd][ >]", row)) for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)}
                assert len(rows) == 1

    return check


# ---- Files beside them -----------------------------------------------------------------------------------------------


def _is_tame_csv(content: bytes) -> None:
    rows = list(csv.reader(StringIO(content.decode(), newline="")))
    assert len({len(row) for row in rows}) == 1
    for cell in (cell for row in rows for cell in row):
        assert not re.match(r"\s*[=+\-@＝＋－＠]", cell) or re.fullmatch(r"[+-]?[0-9., ]+(e[+-]?[0-9]+)?", cell), cell


def _is_tame_tex(content: bytes) -> None:
    extra = _parts("tex", content) - plain()["tex"] - {(f"\\{sign}", "") for sign in "{}#$%&_"} - SPELT
    assert not extra, extra
    bare = re.sub(r"\\.", "", content.decode())
    assert bare.count("{") == bare.count("}")


SPELT = {("\\textbackslash", ""), ("\\textasciitilde", ""), ("\\textasciicircum", "")}


def _is_tame_bib(content: bytes) -> None:
    from bibtexparser.entrypoint import parse_string

    parsed = parse_string(content.decode())
    assert not parsed.failed_blocks and len(parsed.blocks) == len(parsed.entries)
    for entry in parsed.entries:
        assert all(re.fullmatch("[a-z]+", field.key) and "x-live" not in field.key for field in entry.fields)


def _is_whole_pdf(content: bytes) -> None:
    assert content.startswith(b"%PDF") and content.rstrip().endswith(b"%%EOF")


def _is_whole_netcdf(content: bytes) -> None:
    import xarray

    with xarray.open_dataset(BytesIO(content), engine="h5netcdf") as found:
        assert found.attrs["study"] and "quantiles" in found


CHECKS: dict[str, Callable[[bytes], None]] = {
    "html": _is_tame_page("html"),
    "md": _is_tame_page("md"),
    "csv": _is_tame_csv,
    "tex": _is_tame_tex,
    "bib": _is_tame_bib,
    "json": json.loads,
    "nc": _is_whole_netcdf,
    "pdf": _is_whole_pdf,
}
