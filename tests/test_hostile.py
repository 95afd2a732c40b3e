"""A stranger's file: what it may cost, where it may reach, and what its texts may do to those who read the answer."""

from __future__ import annotations

import csv
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import mcarbon as mc
from mcarbon.errors import UNSHOWABLE, Fault, UserError
from mcarbon.reading.load import check_files, load_study, parse_study
from mcarbon.reporting.report import report
from mcarbon.showing.pages import study_page

SOUND = Path(__file__).parent / "data" / "sound"
HEAD = 'format = 1\nid = "x"\ntitle = "x"\n'


def repeated(piece: str, many: int) -> str:
    return "".join(piece.format(i=i, j=i + 1) for i in range(many))


def quantity(formula: str, unit: str = "1", before: str = "") -> str:
    return f'{HEAD}{before}[quantities.q]\nunit = "{unit}"\nformula = "{formula}"\n'


def refusal(text: str) -> str:
    with pytest.raises(UserError) as caught:
        parse_study(text, "x.toml")
    return str(caught.value)


# ---- Bounds ----------------------------------------------------------------------------------------------------------

MANY = ", ".join(f'"c{i}"' for i in range(1000))
BOUNDS = {
    "bytes": (HEAD + "#" * 5_000_000, "At most 5,000,000."),
    "depth of lists": (HEAD + "x = " + "[" * 60 + "]" * 60 + "\n", "nested too deep"),
    "depth that no parser reads": (HEAD + "x = " + "[" * 100_000 + "]" * 100_000 + "\n", "nested too deep"),
    "depth of keys": (HEAD + "x" + ".a" * 5000 + " = 1\n", "nested too deep"),
    "depth of inline tables": (HEAD + "x = " + "{ a = " * 60 + "1" + " }" * 60 + "\n", "nested too deep"),
    "digits of a whole number": (HEAD + "x = 1" + "0" * 5000 + "\n", "thousands of digits"),
    "size of a whole number": (HEAD + "x = 1" + "0" * 400 + "\n", "the number is too large"),
    "size of a hexadecimal number": (HEAD + "x = 0x" + "f" * 4000 + "\n", "the number is too large"),
    "characters of a formula": (quantity("1" + " + 1" * 3000), "has 12,001 characters"),
    "levels of parentheses": (quantity("(" * 51 + "1" + ")" * 51), "more than 50 levels"),
    "levels of calls": (quantity("exp(" * 51 + "1" + ")" * 51), "more than 50 levels"),
    "cells": (
        quantity("a * b * c", before=f"[dimensions]\nx = [{MANY}]\ny = [{MANY}]\n" + "".join(
            f'[inputs.{name}]\nunit = "1"\nby = "{axis}"\n'
            + repeated('at.c{i} = {{ value = 1 }}\n', 1000)
            for name, axis in (("a", "x"), ("b", "y"), ("c", "x"))
        )),
        "too many cells: 1,000,000",
    ),
    "operations": (
        quantity("a" + " + a" * 2499, before=f'[dimensions]\nx = [{MANY}]\n[inputs.a]\nunit = "1"\nby = "x"\n'
        + repeated("at.c{i} = {{ value = 1 }}\n", 1000))
        + '[quantities.r]\nunit = "1"\nformula = "a' + " + a" * 2499 + '"\n',
        "too many operations: 9,998,000 over all cells",
    ),
    "characters of all formulas": (
        HEAD + repeated('[quantities.q{i}]\nunit = "1"\nformula = "1' + " + 1" * 2400 + '"\n', 250),
        "the formulas have 2,400,250 characters in all",
    ),
    "characters of a unit": (quantity("1", unit="m" * 201), "has 201 characters"),
    "exponent of a unit": (quantity("1", unit="kg**99999999"), "exponent above 100"),
    "exponent of a quantity": (
        quantity("a ** 99999999", before='[inputs.a]\nunit = "kg"\nvalue = 1\n'), "beyond the exponents that a unit may have"
    ),
    "correlated cells": (
        quantity("1", before=f"[dimensions]\nx = [{MANY}]\n" + "".join(
            f'[inputs.{name}]\nunit = "1"\nby = "x"\nsource = "judgement"\n'
            + repeated('at.c{i} = {{ prior = {{ family = "uniform", low = 0, high = 1 }} }}\n', 1000) for name in "ab"
        ) + '[correlations]\n"a, b" = 0.5\n'),
        "2000 correlated cells",
    ),
    "faults that are told": (
        HEAD + repeated('[quantities.q{i}]\nunit = "1"\nformula = "nothing{i}"\n', 3000), "and more faults"
    ),
}  # fmt: skip


@pytest.mark.parametrize("bound", BOUNDS)
def test_beyond_a_bound_is_a_clear_refusal(bound: str) -> None:
    text, says = BOUNDS[bound]
    start = time.process_time()
    message = refusal(text)
    assert says in message and len(message) < 40_000
    assert time.process_time() - start < 5


# ---- Time ------------------------------------------------------------------------------------------------------------

EXPLOSIVE = [
    *("9**9**9**9", "2**1e308", "9**9**9**9**9**9", "(9**9)**(9**9)", "10**-99999999999", "2**(2**(2**(2**2**2)))"),
    *(
        "1e308 * 1e308",
        "exp(exp(exp(exp(9))))",
        "1 / 0",
        "0 ** -1",
        "(-8) ** (1 / 3)",
        "floor(1e308 ** 2)",
        "log(0)",
        "0 / 0",
    ),
]


@pytest.mark.parametrize("formula", EXPLOSIVE)
def test_numbers_that_explode_are_floats(formula: str) -> None:
    """A formula's numbers are 64-bit floats and never whole numbers without bounds: what overflows is infinite at once."""
    start = time.process_time()
    study = parse_study(quantity(formula))
    (found,) = mc.sample(study, draws=2, replicates=2, method="random")["q"].values[:1, 0]
    assert not np.isfinite(found) or formula.startswith("10**-")
    assert time.process_time() - start < 3


@pytest.mark.parametrize("power", ["9**9**9**9", "1e308", "2**1e308", "-1e308", "1 / 0", "0 ** -1"])
def test_a_unit_to_such_a_power_is_refused(power: str) -> None:
    start = time.process_time()
    message = refusal(quantity(f"a ** ({power})", before='[inputs.a]\nunit = "kg"\nvalue = 1\n'))
    assert "exponent" in message and len(message) < 1000
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "text",
    [
        repeated('[inputs.i{i}]\nunit = "1"\nvalue = 1\nsource = "s{i}"\n', 32_000),
        repeated('[quantities.q{i}]\nunit = "1"\nformula = "j{i}"\n', 32_000),
        repeated('[quantities.q{i}]\nunit = "1"\nformula = "1"\nsides = {{ a = "q{j}", b = "q0" }}\n', 12_000),
        repeated('[claims.c{i}]\nstatement = "1"\nquantity = "q"\npublished = "1"\nat = {{ d = "c0{i}" }}\n', 100)
        + '[dimensions]\nd = ["'
        + '", "'.join(f"c{i}" for i in range(40_000))
        + '"]\n',
    ],
    ids=["sources", "names", "sides", "coordinates"],
)
def test_a_file_of_faults_costs_little_more_than_reading_it(text: str) -> None:
    text = f'{HEAD}{text}[quantities.q]\nunit = "1"\nformula = "1"\n'
    start = time.process_time()
    with pytest.raises(UserError) as caught:
        parse_study(text)
    assert len(caught.value.faults) <= 110
    assert time.process_time() - start < 6  # some 2 s; with a step that is quadratic in them, 8 s and more


CHECK = """
import re, resource, sys
from mcarbon import cli
sys.argv = ["mcarbon", "check", sys.argv[1]]
try:
    cli.main()
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    # Not ru_maxrss, which begins with what the process that started this one had.
    peak = int(re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[1])
    print(used.ru_utime + used.ru_stime, peak / 1024, file=sys.stderr)
"""

WORST: dict[str, Callable[[Path], object]] = {
    "100 MB": lambda path: path.write_bytes(b"# " + b"x" * 100_000_000),
    "zeros": lambda path: path.write_bytes(bytes(4_999_999)),
    "brackets": lambda path: path.write_text(HEAD + "x = " + "[" * 4_900_000),
    "dots": lambda path: path.write_text(HEAD + "[" + "a." * 2_400_000 + "a]\n"),
    "quotes": lambda path: path.write_text(HEAD + "x = " + '"' * 4_900_000),
    "tables": lambda path: path.write_text(HEAD + repeated("[a{i}]\n", 400_000)),
    "unknown names": lambda path: path.write_text(
        HEAD + repeated('[quantities.q{i}]\nunit = "1"\nformula = "j{i}"\n', 80_000)
    ),
    "sums": lambda path: path.write_text(
        HEAD + repeated('[quantities.q{i}]\nunit = "1"\nformula = "' + "1" + " + 1" * 2300 + '"\n', 500) + "x = 1\n"
    ),
    "numbers for names": lambda path: path.write_text(HEAD + "[units]\nnames = [" + "1," * 999_000 + "]\n"),
    "commas": lambda path: path.write_text(HEAD + "[units]\nnames = [" + "1," * 2_400_000 + "]\n"),
    "numbers for tables": lambda path: path.write_text(HEAD + "[inputs]\n" + repeated("a{i} = 1\n", 350_000)),
    "parts of a mixture": lambda path: path.write_text(
        quantity("a") + '[inputs.a]\nunit = "1"\nsource = "judgement"\nprior = { family = "mixture", components = ['
        + '{ weight = 1, prior = { family = "normal", mean = 1, sd = 1 } }, ' * 60_000 + "] }\n"
    ),
    "values": lambda path: path.write_text(quantity("1") + "[inputs.a]\nvalue = [" + "1.5, " * 900_000 + "]\n"),
}  # fmt: skip


def is_refused_at_once(path: Path) -> str:
    """Check a file by a process of its own, within 5 s and 500 MB; what it is refused with."""
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(SOUND.parents[2])},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30)),
    )
    *said, used = done.stderr.splitlines()
    assert done.returncode == 2 and said[0].startswith("error: "), done.stderr[-500:]
    assert "Traceback" not in done.stderr and len(done.stderr) < 50_000
    seconds, megabytes = map(float, used.split())
    assert seconds < 5 and megabytes < 500
    return done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="a process's peak of memory is read from /proc")
@pytest.mark.parametrize("worst", WORST)
def test_a_refused_file_costs_at_most_five_seconds_and_half_a_gigabyte(worst: str, tmp_path: Path) -> None:
    WORST[worst](tmp_path / "x.toml")
    is_refused_at_once(tmp_path / "x.toml")


BESIDE: dict[str, tuple[str, Callable[[str], str], str]] = {
    "entries that do not close": ("priors/references.bib", lambda text: text + "@a{" * 1_600_000, "signs @"),
    "entries alike": ("priors/references.bib", lambda text: text + "@a{k,t=1}\n" * 490_000, "signs @"),
    "strings": ("priors/references.bib", lambda text: text + '@string{a="x"}\n' * 320_000, "signs @"),
    "fields": ("priors/references.bib", lambda text: text + "@a{x," + "a=1," * 1_200_000 + "}", "braces, quotes, commas"),
    "braces": ("priors/references.bib", lambda text: text + "@a{x, t=" + "{" * 4_900_000, "braces, quotes, commas"),
    "as many entries as may be": ("priors/references.bib", lambda text: text + "@a{" * 19_990, "cannot be read"),
    "as many signs as may be": ("priors/references.bib", lambda text: text + "@a{x," + "a=1," * 249_000 + "}", "duplicate"),
    "priors": ("priors/servers.toml", lambda text: text + repeated("[p{i}]\n", 190_000), "190,003 priors"),
    "faulty priors": ("priors/servers.toml", lambda text: text.replace("[idle]", "[i]") + repeated("[p{i}]\n", 9_900), "id"),
    "a mixture that doubles": ("priors/servers.toml", lambda text: text + pools(40, 2), "has 1,024 parts"),
    "a mixture in a mixture": ("priors/servers.toml", lambda text: text + pools(3000, 1), "more than 40 levels"),
    "a CSV file of quotes": ("hours.csv", lambda text: text + '"' * 4_900_000, "is not CSV"),
    "a CSV file of commas": ("hours.csv", lambda text: text + "," * 4_900_000, "fields stand here"),
    "one CSV file a hundred times": ("hours.csv", lambda text: "hours,weight\n" + "1,1\n" * 1_200_000, "hold too much"),
}  # fmt: skip


def pools(levels: int, parts: int) -> str:
    """Priors, each a mixture of the one before, so many times; the last is named `servers.idle2`."""
    end = 'rationale = "x"\nupdated = 2026-01-01\nsources = [{ cite = "judgement", value = "1", kind = "judgement" }]\n'
    text = f'[m0]\nunit = "1"\nprior = {{ family = "uniform", low = 1, high = 2 }}\n{end}'
    for level in range(levels):
        one = f'{{ weight = 1, prior = "servers.m{level}" }}, ' * parts
        text += f'[m{level + 1}]\nunit = "1"\nprior = {{ family = "mixture", components = [{one}] }}\n{end}'
    return text


@pytest.mark.skipif(sys.platform != "linux", reason="a process's peak of memory is read from /proc")
@pytest.mark.parametrize("worst", BESIDE)
def test_what_lies_beside_a_refused_study_costs_at_most_five_seconds(worst: str, folder: Path) -> None:
    """Before there were bounds, some of these took minutes, or all memory."""
    name, change, told = BESIDE[worst]
    path, study = folder / name, folder / "study.toml"
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    if "mixture" in worst:
        last = re.findall(r"^\[m(\d+)\]", path.read_text("utf-8"), re.M)[-1]
        study.write_text(study.read_text("utf-8").replace('prior = "servers.idle"', f'prior = "servers.m{last}"'), "utf-8")
    if "hundred" in worst:
        prior = '{{ family = "empirical", file = "hours.csv", column = "hours" }}'
        more = repeated('[inputs.h{i}]\nunit = "hour"\nsource = "doe2020"\nprior = ' + prior + "\n", 100)
        study.write_text(study.read_text("utf-8") + more, "utf-8")
    assert told in is_refused_at_once(study)


# ---- Places ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SOUND, tmp_path / "s")
    (tmp_path / "secret.csv").write_text("hours,weight\n1,1\n")
    return tmp_path / "s"


def with_file(folder: Path, name: str) -> str:
    path = folder / "study.toml"
    path.write_text((SOUND / "study.toml").read_text().replace('"hours.csv"', json.dumps(name)))
    with pytest.raises(UserError) as caught:
        load_study(path)
    return str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["../secret.csv", "/etc/passwd", "/dev/zero", "/proc/self/environ", "priors/../../secret.csv", "~/x.csv", "", "x\x00"],
)  # fmt: skip
def test_a_study_reads_no_file_outside_its_folder(name: str, folder: Path) -> None:
    message = with_file(folder, name)
    assert any(part in message for part in ("does not lie in the folder", "is no file", "is not there", "U+0000"))
    assert "root:" not in message


def test_links_out_of_the_folder_are_not_followed(folder: Path) -> None:
    (folder / "link.csv").symlink_to("../secret.csv")
    (folder / "up").symlink_to("..")
    (folder / "round.csv").symlink_to("round.csv")
    (folder / "inside.csv").symlink_to("hours.csv")
    for name in ("link.csv", "up/secret.csv"):
        assert "does not lie in the folder" in with_file(folder, name)
    assert "round.csv" in with_file(folder, "round.csv")
    path = folder / "study.toml"
    path.write_text((SOUND / "study.toml").read_text().replace("hours.csv", "inside.csv"))
    assert load_study(path).digest


def test_nothing_waits_for_a_pipe_or_reads_a_device(folder: Path) -> None:
    for name in ("pipe.csv", "pipe.toml"):
        os.mkfifo(folder / name)
    assert 'the file "pipe.csv" is no file' in with_file(folder, "pipe.csv")
    for path in (folder / "pipe.toml", Path("/dev/zero"), Path("/dev/null")):
        (fault,) = check_files([path])
        assert fault.what == "this is a device or a pipe, not a file"
    (folder / "priors/references.bib").unlink()
    os.mkfifo(folder / "priors/references.bib")
    with pytest.raises(UserError, match="a device or a pipe"):
        load_study(folder / "study.toml")


# ---- Texts -----------------------------------------------------------------------------------------------------------

EVIL = (
    """=cmd|' /C calc'!A0 <script>alert(1)</script><img src=x onerror=alert(2)>]]> #eval("1") $\\frac{$ """
    """\\input{/etc/passwd} [a](javascript:alert(3)) ![b](http://evil.example/c.png) <https://evil.example> `d` **e** """
    """| {{ 7 * 7 }} {% raw %} & " ; @f"""
)
ADDRESS = "https://example.org/><script>alert(4)</script>)`|{}\\"


def evil() -> mc.Study:
    """A study whose every text would be a command somewhere."""
    text = json.dumps(EVIL)
    return parse_study(
        f"""format = 1
id = "evil"
title = {text}
summary = {text}
source = [{json.dumps(ADDRESS)}, {text}]
[references.{text}]
title = {text}
author = {text}
year = {text}
url = {json.dumps(ADDRESS)}
note = {text}
[dimensions]
place = [{text}, "+1", "-2+3"]
[choices.way]
options = [{text}, "@sum"]
note = {text}
[cases.other]
label = {text}
choices = {{ way = "@sum" }}
why = {text}
source = {text}
[inputs.x]
unit = "g"
by = "place"
source = {text}
where = {text}
note = {text}
at.{text} = {{ published = 2, prior = {{ family = "uniform", low = 1, high = 3 }} }}
at."+1" = {{ published = 2, prior = {{ family = "uniform", low = 1, high = 3 }}, source = {json.dumps(ADDRESS)} }}
[inputs.x.at."-2+3"]
published = 2
corrected = {{ value = 3, why = {text}, source = {text} }}
prior = {{ family = "uniform", low = 1, high = 3 }}
[inputs.w]
unit = "g"
published = 1
prior = {{ family = "uniform", low = 1, high = 3 }}
source = {text}
[quantities.y]
unit = "g"
by = "way"
at.{text} = "x * w / w"
at."@sum" = "x['+1'] * 2"
note = {text}
[quantities.z]
unit = "1"
formula = "y / w"
sides = {{ {text} = "y", "=b" = "w" }}
[claims.it]
statement = {text}
quantity = "z"
at = {{ place = {text} }}
published = "2"
direction = "> 1"
source = {text}
where = {text}
note = {text}
[claims.all]
statement = {text}
quantity = "y"
published = "2"
[[defects]]
what = {text}
kind = "unit"
where = {text}
source = {text}
[[not_counted]]
what = {text}
pushes = {text}
why = {text}
source = {text}
"""
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A report of it, all files by name."""
    folder = tmp_path_factory.mktemp("evil")
    paths = report(evil(), folder, formats=["html", "md", "pdf"], draws=2048, replicates=2)
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    """The elements of a page, with their attributes."""
    from html.parser import HTMLParser

    found: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attributes)))

    Reader().feed(page)
    return found


def assert_tame(page: str) -> None:
    """No element of the page runs, loads or leads anywhere but to a web page."""
    for tag, attributes in tags(page):
        assert tag not in ("script", "img", "iframe", "object", "embed", "form", "base", "video", "audio", "foreignobject")
        assert not [name for name in attributes if name.startswith("on") or name == "srcset"]
        assert re.match("#|https?://|[a-z]", attributes.get("href") or "#")
        assert not (attributes.get("href") or "").lower().startswith(("javascript", "data", "vbscript"))
        assert not attributes.get("src")


def rendered(markdown: str) -> str:
    """Markdown as a reader shows it that lets HTML through."""
    markdown_it = pytest.importorskip("markdown_it")
    return str(markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))


def test_texts_are_shown_in_the_report_s_page(written: dict[str, bytes]) -> None:
    page = written["report.html"].decode()
    assert_tame(page)
    assert page.count("&lt;script&gt;alert(1)") > 10 and "49" not in re.findall(r"alert\(3\).{120}", page)[0]


def test_texts_are_shown_in_markdown(written: dict[str, bytes]) -> None:
    """In the report and in a page of the documentation; a table has as many columns in each row."""
    study = evil()
    for text in (written["report.md"].decode(), study_page(study, mc.reproduce(study))):
        page = rendered(re.sub(r"<!--.*?-->", "", text))
        assert_tame(page)
        assert "&lt;script&gt;alert(1)" in page
        for table in re.findall(r"<table>.*?</table>", page, re.DOTALL):
            rows = [len(re.findall("<t[hd][ >]", row)) for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)]
            assert len(set(rows)) == 1


def test_texts_are_strings_in_typst_and_escaped_in_latex(written: dict[str, bytes]) -> None:
    assert written["report.pdf"].startswith(b"%PDF")  # which `#eval` or a stray quote would have kept from being set
    for name, content in written.items():
        if name.endswith(".tex"):
            assert r"\input" not in content.decode().replace(r"\textbackslash{}input", "")
            assert not re.search(r"(?<!\\)\$", content.decode())


def test_no_cell_of_a_csv_file_is_a_formula(
    written: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {name: content.decode() for name, content in written.items() if name.endswith(".csv")}
    evil().to_toml(tmp_path / "evil.toml")
    answer("run", str(tmp_path / "evil.toml"), "--draws", "64", "--replicates", "2", "-o", str(tmp_path / "out.csv"))
    files["run"] = (tmp_path / "out.csv").read_text("utf-8")
    cells = [cell for text in files.values() for row in csv.reader(text.splitlines()) for cell in row]
    assert any(cell.startswith("'=cmd") for cell in cells) and any(cell.startswith("'-2+3") for cell in cells)
    for cell in cells:
        assert not re.match(r"[=+\-@\t\r]", cell) or re.fullmatch(r"[+-]?[0-9., ]+(e[+-]?[0-9]+)?", cell), cell


def test_the_bibliography_has_the_entries_that_are_cited(written: dict[str, bytes]) -> None:
    from bibtexparser.entrypoint import parse_string

    parsed = parse_string(written["references.bib"].decode())
    assert not parsed.failed_blocks and len(parsed.entries) == 2
    assert {entry.entry_type for entry in parsed.entries} == {"misc"}


def test_documents_have_the_texts_as_they_are(written: dict[str, bytes], tmp_path: Path) -> None:
    import xarray

    document = json.loads(written["run.json"])
    assert document["claims"][0]["statement"] == EVIL and document["not_counted"][0]["what"] == EVIL
    (tmp_path / "results.nc").write_bytes(written["results.nc"])
    with xarray.open_dataset(tmp_path / "results.nc", engine="h5netcdf") as kept:
        assert kept.attrs["title"] == EVIL
    draws = mc.sample(evil(), draws=64, replicates=2)
    draws.to_netcdf(tmp_path / "draws.nc")
    with xarray.open_dataset(tmp_path / "draws.nc", engine="h5netcdf") as kept:
        assert str(kept["place"].values[0]) == EVIL


def test_figures_show_a_dollar_sign(tmp_path: Path) -> None:
    draws = mc.sample(evil(), draws=64, replicates=2)["z"]
    figures = [
        mc.plot.ratio(draws.isel(place=0), label=EVIL),
        mc.plot.strip({EVIL: draws.isel(place=0), "$b$": draws.isel(place=1)}),
        mc.plot.forest({EVIL: (draws.isel(place=0), 2.0)}),
    ]
    for figure in figures:
        figure.savefig(tmp_path / "figure.svg")
        figure.savefig(tmp_path / "figure.png")
        assert_tame((tmp_path / "figure.svg").read_text("utf-8"))


def answer(*arguments: str) -> str:
    """What the command line prints on both streams, with status 0 or 2 and no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "mcarbon", *arguments],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(SOUND.parents[2]), "PYTHONIOENCODING": "utf-8"},
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert done.returncode in (0, 2) and "Traceback" not in err, err[-2000:]
    return out + err


@pytest.mark.parametrize("command", ["stress", "reproduce", "show", "check"])
def test_a_terminal_gets_no_control_character(command: str, tmp_path: Path) -> None:
    """Neither of a study's texts, which have none, nor of a file that is refused for one, nor of its name."""
    evil().to_toml(tmp_path / "evil.toml")
    few = ["--draws", "64", "--replicates", "2"] if command == "stress" else []
    assert not UNSHOWABLE.search(answer(command, str(tmp_path / "evil.toml"), *few))
    text = (SOUND / "study.toml").read_text("utf-8")
    refused = ("\\u001b]0;pwned\\u0007", "\u202e", "\\u009b2J", "\\u0008", "\\r") if command == "check" else ()
    for n, bad in enumerate(refused):
        path = tmp_path / f"\x1b[31m{n}.toml"
        path.write_text(text.replace('title = "Servers"', f'title = "Servers{bad}"'), "utf-8")
        said = answer(command, str(path))
        assert "cannot stand in a text" in said and not UNSHOWABLE.search(said)


def test_a_fault_spells_out_what_cannot_be_shown() -> None:
    assert str(Fault("a\x1b[2J", file="\u202ex\udcff")) == "\\u202ex\\udcff\n       a\\u001b[2J"


@pytest.mark.parametrize("bad", ["\x1b[2J", "\u202e", "\x00", "\ud800", "\r"])
def test_a_builder_refuses_what_a_file_cannot_have(bad: str) -> None:
    builder = mc.StudyBuilder("x", title=f"x{bad}")
    builder.quantity("q", 1)
    with pytest.raises(UserError, match="cannot stand in a text"):
        builder.build()
