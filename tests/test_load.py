"""Loading: studies from files, texts and ids; priors and works from folders; what survives any input."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcarbon.errors import UserError, near_miss
from mcarbon.reading.library import Library
from mcarbon.reading.lines import lines
from mcarbon.reading.load import check_files, load_study, parse_study, studies
from mcarbon.reading.model import build_model
from mcarbon.reading.schema import priors_schema, study_schema

COFFEE = """format = 1
id = "coffee"
title = "Energy of a cup of coffee"

[inputs.water]
unit = "g"
prior = { family = "triangular", low = 150, mode = 200, high = 300 }
source = "judgement"

[inputs.heat]
unit = "J/g"
prior = { family = "normal", mean = 335, sd = 10 }
source = "judgement"

[quantities.energy]
unit = "Wh"
formula = "water * heat"
"""

PRIORS = """[units]
names = ["server"]

[size]
unit = "kg/server"
prior = { family = "uniform", low = 0.1, high = 0.3 }
rationale = "servers hold this much"
updated = 2026-01-31
sources = [{ cite = "doe2020", value = "0.2 kg", kind = "measured" }]
"""

BIBLIOGRAPHY = """@article{doe2020,
  title = {The {Server} and its size},
  author = {Doe, Jane},
  year = {2020},
  doi = {10.1000/server},
}
"""

SERVERS = """format = 1
id = "servers"
title = "Servers"

[units]
names = ["server"]

[inputs.size]
unit = "g/server"
prior = "servers.size"

[inputs.many]
unit = "server"
value = 4

[quantities.all]
unit = "kg"
formula = "size * many"
"""


def folder(tmp_path: Path, **files: str) -> Path:
    (tmp_path / "priors").mkdir(exist_ok=True)
    for name, text in files.items():
        stem, _, suffix = name.partition("__")
        place = tmp_path if stem == "study" else tmp_path / "priors"
        (place / f"{stem}.{suffix}").write_text(text, encoding="utf-8")
    return tmp_path / "study.toml"


def messages(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        load_study(path)
    return str(caught.value)


def test_the_smallest_study() -> None:
    study = parse_study(COFFEE)
    assert (study.id, list(study.inputs), list(study.quantities), study.origin) == (
        "coffee",
        ["water", "heat"],
        ["energy"],
        None,
    )
    assert build_model(study).order == ("energy",)


@pytest.mark.parametrize("changed", [COFFEE.replace("\n", "\r\n"), "\ufeff" + COFFEE, "# a comment\n" + COFFEE])
def test_line_ends_marks_and_comments_change_nothing(changed: str, tmp_path: Path) -> None:
    assert parse_study(changed) == parse_study(COFFEE)
    (tmp_path / "a.toml").write_bytes(changed.encode())
    assert load_study(tmp_path / "a.toml").digest == parse_study(COFFEE).digest


def test_every_built_in_study_loads_under_its_file_name() -> None:
    assert studies()
    for id in studies():
        assert load_study(id).id == id


def test_all_shipped_files_are_sound() -> None:
    root = Path(__file__).parent.parent
    assert check_files([root / "priors", root / "mcarbon" / "studies"]) == []


def test_priors_and_works_beside_the_study(tmp_path: Path) -> None:
    path = folder(tmp_path, study__toml=SERVERS, servers__toml=PRIORS, references__bib=BIBLIOGRAPHY)
    study = load_study(path)
    assert study.library["servers.size"].updated == "2026-01-31"
    assert study.library_units == ["server"] and study.origin == str(path)
    assert build_model(study).prior_factors == {("size", ()): 1000.0}
    library = Library(tmp_path)
    assert library.works["doe2020"].title == "The Server and its size" and "servers.size" in library.names()
    assert check_files([path, tmp_path / "priors"]) == []


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (
            'cite = "doe2020"',
            'cite = "doe2021"',
            ["servers.toml, line 9, [size] sources, entry 1, cite", 'Did you mean "doe2020"?'],
        ),
        ('[{ cite = "doe2020", value = "0.2 kg", kind = "measured" }]', "[]", ["without a source does not load"]),
        (
            'sources = [{ cite = "doe2020", value = "0.2 kg", kind = "measured" }]\n',
            "",
            ["line 4, [size]", "`sources` is missing"],
        ),
        ('unit = "kg/server"', 'unit = "kg/servr"', ["servers.toml, line 5, [size] unit", 'Did you mean "server"?']),
        (
            'unit = "kg/server"',
            'unit = "kg"',
            ["study.toml, line 10, [inputs.size] prior", "kg cannot be converted to g/server"],
        ),
        ("low = 0.1", "low = 0.4", ["servers.toml, line 6, [size] prior", "low (0.4) must be below high (0.3)"]),
        ("[size]", "[sise]", ["[inputs.size] prior", "no prior `servers.size`", 'Did you mean "servers.sise"?']),
        ("[size]", "[size", ["servers.toml, line 4", "not TOML"]),
        ('kind = "measured"', 'kind = "measurd"', ["entry 1, kind", 'Did you mean "measured"?']),
        ('rationale = "', 'rational = "', ["unknown key `rational`", "`rationale` is missing"]),
        ('names = ["server"]', 'nams = ["server"]', ["[units] nams", 'Did you mean "names"?']),
    ],
)
def test_what_is_wrong_with_a_prior_beside_the_study(tmp_path: Path, old: str, new: str, parts: list[str]) -> None:
    assert old in PRIORS
    path = folder(tmp_path, study__toml=SERVERS, servers__toml=PRIORS.replace(old, new, 1), references__bib=BIBLIOGRAPHY)
    found = messages(path)
    for part in parts:
        assert part in found


def test_an_unsound_prior_that_is_not_named_does_no_harm(tmp_path: Path) -> None:
    path = folder(tmp_path, study__toml=SERVERS, servers__toml=PRIORS + "[other]\nunit = 3\n", references__bib=BIBLIOGRAPHY)
    assert load_study(path).id == "servers"
    assert any("[other] unit" in str(fault) for fault in check_files([tmp_path / "priors"]))


def test_the_same_prior_in_two_folders_is_refused(tmp_path: Path) -> None:
    name = Library().names()[0]
    file, _, short = name.partition(".")
    text = PRIORS.replace("[size]", f"[{short}]").replace("doe2020", "judgement")
    path = folder(tmp_path, study__toml=SERVERS.replace("servers.size", name), **{f"{file}__toml": text})
    assert "stands in two places" in messages(path)


def test_a_broken_bibliography_is_named_with_its_line(tmp_path: Path) -> None:
    path = folder(tmp_path, study__toml=SERVERS, servers__toml=PRIORS, references__bib=BIBLIOGRAPHY + BIBLIOGRAPHY)
    assert "references.bib, line 7" in messages(path)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = folder(tmp_path, study__toml=SERVERS, servers__toml=PRIORS, references__bib=BIBLIOGRAPHY)
    before = load_study(path)
    folder(tmp_path, servers__toml=PRIORS.replace("high = 0.3", "high = 0.375"))
    assert load_study(path).digest != before.digest


@pytest.mark.parametrize(
    ("name", "raw", "what"),
    [
        ("missing.toml", None, "there is no such file"),
        (".", None, "this is a folder"),
        ("no-such-study", None, "there is no study `no-such-study`"),
        ("latin.toml", COFFEE.replace("cup", "caf\xe9").encode("latin-1"), "not UTF-8"),
        ("large.toml", b"#" * 5_000_001, "more than 5,000,000 bytes"),
        ("nul.toml", COFFEE.replace("cup", "\x00").encode(), "line 3"),
        ("empty.toml", b"", "`quantities` is missing"),
        ("bad\x00name.toml", None, "cannot be read"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, raw: bytes | None, what: str) -> None:
    path = name if name == "no-such-study" else str(tmp_path / name)
    if raw is not None:
        Path(path).write_bytes(raw)
    with pytest.raises(UserError, match=what):
        load_study(path)
    assert check_files([path])


def test_a_file_called_without_its_ending_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("coffee.toml").write_text(COFFEE)
    with pytest.raises(UserError, match=r"no study `coffee`\n +Did you mean the file coffee\.toml\?"):
        load_study("coffee")


@pytest.mark.parametrize(("name", "near"), [("usa", "US"), ("INDIA", "India"), ("Indai", "India"), ("xyz", None)])
def test_a_near_miss_may_differ_in_case(name: str, near: str | None) -> None:
    assert near_miss(name, ["US", "India"]) == near


def test_a_near_miss_of_a_study_is_named() -> None:
    with pytest.raises(UserError, match=f'Did you mean "{studies()[0]}"'):
        load_study(studies()[0][:-1])


def test_lines_of_every_kind_of_place() -> None:
    text = (
        """a = 1
[inputs.x]
unit = "=#[" # ]
prior = { family = "y",
}
""".replace(",\n}", " }")
        + '''at."New York".z = { value = 1, note = "a, b" }
list = [
  1, # one
  { k = 2 },
]
long = """
[not.a.table]
x = 1
"""
after = 3
[[defects]]
what = "a"
[[defects]]
what = "b"
'''
    )
    found = lines(text)
    expected = {
        "a": 1,
        "[inputs.x]": 2,
        "[inputs.x] unit": 3,
        "[inputs.x] prior": 4,
        "[inputs.x] prior.family": 4,
        '[inputs.x] at."New York".z.value': 5,
        "[inputs.x] list, entry 1": 7,
        "[inputs.x] list, entry 2, k": 8,
        "[inputs.x] after": 14,
        "[[defects]] entry 1, what": 16,
        "[[defects]] entry 2, what": 18,
    }
    assert {place: found.of(place) for place in expected} == expected


def test_schemas_are_json_and_name_the_tables() -> None:
    study, priors = study_schema(), priors_schema()
    assert {"inputs", "quantities", "claims"} <= set(study["properties"])
    assert "units" in priors["properties"]
    assert json.loads(json.dumps(study)) == study and json.loads(json.dumps(priors)) == priors


def test_loading_imports_nothing_heavy() -> None:
    heavy = "('pint', 'scipy', 'numba', 'xarray', 'bibtexparser')"
    code = f"import sys, mcarbon.reading.load; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def forty_inputs() -> str:
    items = ""
    for k in range(39):
        items += f'[inputs.i{k}]\nunit = "gCO2e/kWh"\nsource = "judgement"\nnote = "a note"\n'
        items += 'prior = { family = "uniform", low = 1, high = 2 }\n'
        items += f'[quantities.q{k}]\nunit = "kgCO2e"\nformula = "i{k} * e + {f"q{k - 1}" if k else 0}"\n'
    return f'format = 1\nid = "x"\ntitle = "x"\n[inputs.e]\nunit = "MWh"\nvalue = 1\n{items}'


def test_a_study_is_checked_again_in_a_few_milliseconds() -> None:
    text = forty_inputs()
    best = 1.0
    for _ in range(12):
        start = time.perf_counter()
        parse_study(text)
        best = min(best, time.perf_counter() - start)
    assert best < 0.1  # some 8 ms alone on a desktop; the bound leaves room for a busy machine


JUNK = [
    '"',
    "'",
    "{",
    "}",
    "[",
    "]",
    "=",
    ".",
    ",",
    "\n",
    "0",
    "-1",
    "nan",
    "inf",
    "1e999",
    "true",
    '""',
    "[]",
    "{}",
    "[[",
]
JUNK += [
    "é",
    "\x00",
    "\ud800",
    "#",
    "**",
    "(",
    ")",
    "1979-05-27",
    "0x1F",
    "\\",
    '"""',
    "'''",
    "sum(",
    '["US"]',
    "pi",
    "lambda",
]


@settings(max_examples=300)
@given(st.randoms(use_true_random=False))
def test_no_text_however_broken_gives_anything_but_faults(chance: random.Random) -> None:
    text = COFFEE
    for _ in range(chance.choice([1, 1, 2, 3, 8])):
        start = chance.randrange(len(text) + 1)
        stop = min(len(text), start + chance.choice([0, 0, 1, 4, 12, 60]))
        text = text[:start] + chance.choice(["", *JUNK]) + text[stop:]
    try:
        parse_study(text)
    except UserError as error:
        assert error.faults and all(fault.what for fault in error.faults)
