"""Studies whose texts are something elsewhere, and mutants of them, in reports, tables and the terminal."""

from __future__ import annotations

import random
from collections import Counter
from html.parser import HTMLParser

import pytest
from mutants import Bytes, toml
from reported import CHECKS, LIVE, claimed, hostile, is_shown

import mcarbon as mc
from mcarbon.answers.reproduce import reproduce
from mcarbon.reporting.figures.canvas import text_width, wrapped
from mcarbon.reporting.formulas import latex_escape
from mcarbon.reporting.report import report
from mcarbon.reporting.tables import Table, plainly_named
from mcarbon.showing.characters import clipped, display_width
from mcarbon.showing.markdown import block, code, escaped
from mcarbon.showing.pages import study_page
from mcarbon.showing.spreadsheet import cell

STUDY = """format = 1
id = "x"
title = "x"
[references.work]
title = "A work"
author = "Doe"
year = 2020
url = "{url}"
[dimensions]
place = [{places}]
[choices.way]
options = ["one", {option}]
[inputs.a]
unit = "1"
published = 1
source = "work"
prior = {{ family = "uniform", low = 1, high = 3 }}
[inputs.b]
unit = "1"
by = "place"
source = "judgement"
{cells}
[quantities.q]
unit = "1"
by = "way"
at.one = "a * b"
at.{option} = "a + b"
[claims.c]
statement = "x"
quantity = "q"
published = "2"
direction = "> 1"
"""


def study(places: tuple[str, ...] = ("here",), option: str = "two", url: str = "https://example.org") -> mc.Study:
    """A study whose names are these."""
    import json

    quoted = [json.dumps(name) for name in places]
    cells = "\n".join(
        f'at.{name} = {{ published = 1, prior = {{ family = "normal", mean = 2, sd = 1 }} }}' for name in quoted
    )
    return mc.parse_study(STUDY.format(url=url, places=", ".join(quoted), option=json.dumps(option), cells=cells))


# ---- At random -------------------------------------------------------------------------------------------------------


def test_texts_that_are_something_elsewhere_are_shown_as_text() -> None:
    """`fuzz/fuzz.py report` goes on with these; most are sound, so that there is something to show."""
    became = Counter(is_shown(hostile(random.Random(seed))) for seed in range(6))
    assert became["shown"] > 2


@pytest.mark.parametrize("seed", [1000, 1001, 1002])
def test_they_are_shown_in_pdf(seed: int) -> None:
    pytest.importorskip("typst")
    chance = random.Random(seed)
    while is_shown(hostile(chance), ("pdf",)) != "shown":
        pass


@pytest.mark.parametrize("raw", [b"", b"\xff" * 40, bytes(range(256))])
def test_the_picks_of_a_fuzzer_end(raw: bytes) -> None:
    is_shown(hostile(Bytes(raw)))


def test_the_studies_that_these_are_made_of_are_shown() -> None:
    assert {is_shown(toml(data)) for data in claimed()} == {"shown"} and len(claimed()) >= 2


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        ("html", "<!doctype html><html><x-live></x-live></html>"),
        ("html", '<!doctype html><html><p onclick="x"></p></html>'),
        ("html", "<!doctype html><html><p></html>"),
        ("html", '<!doctype html><html><a href="javascript:x">x</a></html>'),
        ("html", "<!doctype html><html>"),
        ("md", "<x-live>"),
        ("md", "[a](x.html)"),
        ("md", "![a](https://example.org)"),
        ("md", "a\n\n---\n"),
        ("csv", "a,b\n=1,2\n"),
        ("csv", "a,b\n1\n"),
        ("tex", "\\input{x}"),
        ("tex", "{ x"),
        ("bib", "@misc{a, title={x}}\n@comment{x}"),
        ("json", "{"),
        ("pdf", "x"),
    ],
)
def test_what_is_live_is_seen(kind: str, bad: str) -> None:
    """So that a check above can fail."""
    with pytest.raises((AssertionError, ValueError)):
        CHECKS[kind](bad.encode())


# ---- What was found --------------------------------------------------------------------------------------------------


def test_a_label_of_latex_has_no_text_of_the_study(tmp_path) -> None:
    r"""`\label{tab:budget-c (\input{/etc/passwd})}` was a command of TeX."""
    report(study(("\\input{x}", "$y$")), tmp_path, draws=256, replicates=2)
    found = {path.name: path.read_text("utf-8") for path in (tmp_path / "tables").glob("*.tex")}
    assert any(name.startswith("break-even-c") for name in found)
    assert not any("\\input" in text or "$" in text.replace("\\$", "") for text in found.values())


def test_tables_of_places_that_are_alike_are_all_written(tmp_path) -> None:
    """Of `C++` and `C--`, and of `µ/1` and `µ 1`, one was written over the other."""
    places = ("C++", "C--", "µ/1", "µ 1", "a" * 5000)
    paths = report(study(places), tmp_path, draws=256, replicates=2)
    names = [path.name for path in paths]
    assert sum(name.startswith("break-even-c") and name.endswith(".csv") for name in names) == len(places)
    assert len({name.casefold() for name in names}) == len(names) and all(len(name.encode()) < 255 for name in names)


def test_names_of_tables_are_told_apart() -> None:
    tables = plainly_named([Table(name, "", (), ()) for name in ("a b", "a/b", "A-b", "a-b-2", "漢" * 100)])
    assert [table.name for table in tables] == ["a-b", "a-b-2", "A-b-3", "a-b-2-2", "漢" * 60]


@pytest.mark.parametrize("label", [" ", "\u2003", "\n", ""])
def test_a_case_whose_label_is_blank_has_its_row(label: str, tmp_path) -> None:
    """A figure ended in an IndexError."""
    import json

    case = f'[cases.other]\nlabel = {json.dumps(label)}\nchoices = {{ way = "two" }}\n'
    assert report(mc.parse_study(study().to_toml() + case), tmp_path, draws=256, replicates=2)


def test_a_word_without_end_is_cut_at_once() -> None:
    """A word of 10,000 letters took half a minute in figures, and one of combining signs as long in the terminal."""
    import time

    start = time.process_time()
    assert wrapped("x" * 100_000 + " y", 13, 200, 1)[0].endswith("x…")
    assert text_width(wrapped("i" * 100_000, 13, 200)[0], 13) <= 200
    assert wrapped("a b", 13, 200) == ["a b"] and wrapped("", 13, 200) == [""]
    assert display_width(clipped("e" + "\u0301" * 100_000, 4, "…")) == 1
    assert clipped("abcdef", 4, "…") == "abc…" and clipped("漢漢漢", 4, "…") == "漢…" and clipped("abcd", 4, "…") == "abcd"
    assert time.process_time() - start < 1


@pytest.mark.parametrize("url", ["10.1000/182", "https://example.org/a(b)"])
def test_an_address_of_a_page_is_on_the_web(url: str) -> None:
    """A DOI that stood as `url` was a link to a file beside the page."""
    links = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            links.extend(value for name, value in attributes if name == "href")

    loaded = study(url=url)
    from reported import rendered

    Reader().feed(rendered(study_page(loaded, reproduce(loaded))))
    assert [link for link in links if not link.startswith("#")] == ([url] if url.startswith("https") else [])


def test_judgement_is_no_address() -> None:
    """It was taken for one, and was a link."""
    with pytest.raises(mc.UserError, match='"judgement" is no URL'):
        study(url="judgement")


@pytest.mark.parametrize(("text", "reads"), [("---", "\\---"), ("= =", "\\= ="), ("1)", "1\\)"), ("-", "\\-"), ("-5", "-5")])
def test_a_line_of_markdown_is_no_rule_head_or_list(text: str, reads: str) -> None:
    assert escaped(text) == reads


@pytest.mark.parametrize("text", ["a\n\n***\n", "\nx", " x", "a`b"])
def test_a_name_in_code_stays_on_its_line(text: str) -> None:
    assert not code(text).startswith("`") and "\n" not in code(text)
    assert code("a b|c") == "`a b\\|c`"


def test_a_block_of_code_ends_where_it_ends() -> None:
    assert block("a\n```\n<b>").count("```") == 2


def test_there_are_many_such_texts() -> None:
    assert len(set(LIVE)) > 90


def test_a_coordinate_in_a_formula_is_no_link_of_markdown_and_no_argument_of_latex() -> None:
    assert latex_escape("![i](http://x)") == "!{[}i{]}(http://x)" and latex_escape("*1") == "{*}1"


def test_a_cell_of_a_spreadsheet_is_no_formula_behind_blanks() -> None:
    for text in (" =1+1", "\n@x", "\ufeff-x", " -1"):
        assert cell(text) == f"'{text}"
    assert cell("a=1") == "a=1" and cell("-1") == "-1"
