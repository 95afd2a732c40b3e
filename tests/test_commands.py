"""The command line as a user has it, the engine and all: what changes a study, what is written, what the library says."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray
from builders import coffee, everything

import mcarbon as mc
from mcarbon import cli
from mcarbon.reading.load import studies

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    coffee().build().to_toml("coffee.toml")
    everything().build().to_toml("tea.toml")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["mcarbon", *arguments])
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        return status, *capsys.readouterr()

    return run


def document(run: Run, *arguments: str):
    status, out, err = run("run", *arguments, "--json")
    assert (status, err) == (0, ""), err
    return json.loads(out)


FEW = ("--draws", "4096")


def test_set_is_the_changed_study_of_python(run):
    heat = '{family="uniform", low=300, high=350}'
    found = document(run, "coffee.toml", *FEW, "--set", "water=.2e3", "--set", f"heat={heat}")
    study = mc.load_study("coffee.toml").with_value("water", 200)
    study = study.with_prior("heat", mc.uniform(300, 350), source="judgement")
    assert found["digest"] == study.digest != mc.load_study("coffee.toml").digest
    assert found["quantities"][0]["mean"] == mc.summarize(study, draws=4096)["energy"].sel(statistic="mean").item()
    assert found["set"] == {"water": ".2e3", "heat": heat}
    assert "choose" not in found
    assert not {"set", "choose"} & document(run, "coffee.toml", *FEW).keys()


@pytest.mark.parametrize("name", ["grid.india", '"grid.india"'])
def test_set_at_a_coordinate(run, name):
    digest = document(run, "tea.toml", *FEW, "--set", f"grid[US]={name}", "--set", "losses[US, full-kettle]=1")["digest"]
    study = mc.load_study("tea.toml").with_prior("grid", "grid.india", {"country": "US"})
    study = study.with_value("losses", 1, {"country": "US", "water_boiled": "full-kettle"})
    assert digest == study.digest


def test_a_coordinate_with_a_comma_stands_in_quotes(run):
    builder = mc.StudyBuilder("places", "Places")
    builder.dimension("place", ["New York, NY", "here]"])
    builder.quantity("double", 2 * builder.input("x", "1", by="place", at={"New York, NY": 1, "here]": 2}))
    builder.build().to_toml("places.toml")
    found = document(run, "places.toml", *FEW, "--set", 'x["New York, NY"] = 5', "--set", "x[here]]=7")
    assert [row["mean"] for row in found["quantities"]] == [10, 14]


def test_choose_takes_another_option(run):
    found = document(run, "tea.toml", *FEW, "--quantity", "ratio", "--choose", "water_boiled=full-kettle")
    assert found["digest"] == mc.load_study("tea.toml").with_choice("water_boiled", "full-kettle").digest
    assert {row["at"]["water_boiled"] for row in found["quantities"]} == {"full-kettle"}
    assert found["choose"] == {"water_boiled": "full-kettle"}
    again = ("--choose", "water_boiled=full-kettle", "--choose", "water_boiled=as-needed")
    assert '"water_boiled" is to be both' in run("run", "tea.toml", *again)[2]


NOBODY = ("tomlinson-2024", "--choose", "human_boundary=none", *FEW)


def test_a_ratio_to_nothing_is_told_with_the_first_side_in_its_place(run):
    """Its figures are null in documents, empty in tables and NaN in Python; the other quantities are as ever."""
    asked = ("run", *NOBODY, "--quantity", "ratio", "--quantity", "ai_emissions")
    status, out, err = run(*asked)
    assert (status, err) == (0, "")
    assert re.search(r"^  Midjourney, US +-( +-)+$", out, re.MULTILINE)
    told = r"warning: ratio \(Midjourney, US; Midjourney, India\): no ratio: the other side is 0 in every draw; AI alone"
    assert re.search(told, " ".join(out.split()))
    assert "undefined" not in out
    rows = json.loads(run(*asked, "--json")[1])["quantities"]
    ratio, ai = ([row for row in rows if row["name"] == name] for name in ("ratio", "ai_emissions"))
    for row, alone in zip(ratio, ai, strict=True):
        assert row["at"] == alone["at"]
        assert (row["mean"], row["sd"], *row["quantiles"].values(), row["interval"]["low"]) == (None,) * 6
        assert row["no_ratio"].keys() == {"side", "amount", "unit", "low", "high"}
        assert (row["no_ratio"]["side"], row["no_ratio"]["unit"]) == ("AI", "gCO2e/output")
        assert row["no_ratio"]["amount"] == pytest.approx(alone["quantiles"]["0.5"])
        assert "no_ratio" not in alone
    run("run", *NOBODY, "--quantity", "ratio", "-o", "none.csv")
    with open("none.csv", newline="", encoding="utf-8") as file:
        assert {row["0.5"] for row in csv.DictReader(file)} == {""}
    choices = {"human_boundary": "none"}
    found = mc.summarize(mc.load_study("tomlinson-2024"), ["ratio"], draws=4096, choices=choices)
    assert found["ratio"].isnull().all() and found["ratio_standard_error"].isnull().all()
    assert "no ratio" in found["ratio"].attrs["warnings"]
    # Of all options only that one is without.
    found = mc.summarize(mc.load_study("tomlinson-2024"), ["ratio"], draws=64, choices="all")
    assert found["ratio"].isnull().all(set(found["ratio"].dims) - {"human_boundary"}).values.tolist() == [
        option == "none" for option in found["human_boundary"].values
    ]


def test_what_is_no_ratio_has_no_indices(run):
    status, _, err = run("sensitivity", *NOBODY, "--quantity", "ratio", "--at", "country=US")
    assert status == 2 and "its second side is 0 in every draw" in err and "`ai_emissions`" in err


def test_what_was_changed_is_told(run):
    status, out, err = run("run", "tea.toml", *FEW, "--set", "stove=0.4", "--choose", "water_boiled=full-kettle")
    assert status == 0
    assert out.endswith("Changed by --set or --choose: stove = 0.4; water_boiled = full-kettle.\n")
    assert err == 'note: stove is fixed now; its correlations are dropped: "efficiency, stove", "water, stove"\n'
    assert "Changed by" not in run("run", "tea.toml", *FEW)[1]
    assert run("stress", "tea.toml", *FEW, "--set", "heat=300")[1].endswith("Changed by --set or --choose: heat = 300.\n")
    at = ("--quantity", "kettle_emissions", "--at", "country=US")
    out = run("sensitivity", "tea.toml", *FEW, *at, "--set", "heat=300", "--choose", "water_boiled=full-kettle")[1]
    assert "kettle " in out and out.endswith("Changed by --set or --choose: heat = 300; water_boiled = full-kettle.\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--set", "heat"), ["--set heat", "this sets no input", "Such as pue=1.2"]),
        (("--set", "heat=warm"), ["--set heat=warm", "`warm` is neither a number nor a prior"]),
        (("--set", "heat="), ["is neither a number nor a prior"]),
        (("--set", "heat=true"), ["`true` is neither a number nor a prior"]),
        (("--set", "heat=[1, 2]"), ["is neither a number nor a prior"]),
        (("--set", "haet=1"), ["--set haet=1", "there is no input `haet`", 'Did you mean "heat"?']),
        (("--set", "haet[US]=1"), ["there is no input `haet`", 'Did you mean "heat"?']),
        (("--set", "heat=nan"), ["--set heat=nan, [inputs.heat] value", "finite"]),
        (("--set", "heat[US]=1"), ["`heat` is one number, without coordinates", "Write heat=..."]),
        (("--set", "grid[Us]=1"), ['`grid` has no coordinate "Us"', "Allowed: US, India."]),
        (("--set", "grid=grid.uss"), ["there is no prior `grid.uss`", 'Did you mean "grid.us"?']),
        (("--set", "heat={family='uniform', low=2, high=1}"), ["[inputs.heat] prior", "low (2) must be below high (1)"]),
        (("--set", "heat={family='unifrom', low=2, high=1}"), ['Did you mean "uniform"?']),
        (("--choose", "water_boiled"), ["--choose", '"water_boiled" does not name a place.']),
        (("--choose", "water=x"), ["--choose water=x", "there is no choice `water`"]),
        (("--choose", "water_boiled=full-ketle"), ['has no option "full-ketle"', 'Did you mean "full-kettle"?']),
        (("--interval", "narrow"), ["--interval"]),
        (("--level", "2"), ["--level", "2 is no level of an interval."]),
        (("--tolerance", "0"), ["--tolerance", "0 is no tolerance."]),
    ],
)
def test_what_cannot_be_is_told_with_status_2(run, arguments, told):
    status, out, err = run("run", "tea.toml", *arguments)
    assert (status, out) == (2, "")
    assert all(part in err for part in told), err
    assert "Traceback" not in err


def test_a_tolerance_adds_draws_unless_draws_are_given(run):
    """Skewed lognormals, in a sum that no factor is common to: 2^16 draws do not do for 0.2 %, and 4096 are left alone."""
    builder = mc.StudyBuilder("wide", "Wide")
    x = builder.input("x", "1", prior=mc.lognormal(median=1, gsd=9), source="judgement")
    z = builder.input("z", "1", prior=mc.lognormal(median=1, gsd=9), source="judgement")
    builder.quantity("y", x * z + 1)
    builder.build().to_toml("wide.toml")
    assert document(run, "wide.toml", *FEW)["draws"] == 4096
    for given in ((), ("--tolerance", "0.005")):
        (row,) = document(run, "wide.toml", *given)["quantities"]
        half = (row["quantiles"]["0.95"] - row["quantiles"]["0.05"]) / 2
        for p, error in row["standard_error"]["quantiles"].items():
            assert error <= 0.005 * max(row["quantiles"][p], half)
        assert not row["warnings"]
    assert document(run, "wide.toml", "--draws", "65536", "--tolerance", "0.002")["draws"] > 65536


def test_the_interval_is_labelled(run):
    plain = run("run", "coffee.toml", *FEW)[1]
    assert "equal-tailed" not in plain and "shortest" not in plain  # 5 % and 95 % are its ends
    assert "equal-tailed 80 %" in run("run", "coffee.toml", *FEW, "--level", "0.8")[1]
    shortest = run("run", "coffee.toml", *FEW, "--interval", "shortest")[1]
    assert "shortest 90 %" in shortest and "narrowest one" in shortest
    found = document(run, "coffee.toml", *FEW, "--interval", "shortest", "--level", "0.5")["quantities"][0]
    assert found["interval"].keys() == {"kind", "level", "low", "high"}
    assert (found["interval"]["kind"], found["interval"]["level"]) == ("shortest", 0.5)
    assert found["standard_error"]["interval"]["low"] > 0
    run("run", "coffee.toml", *FEW, "--interval", "shortest", "-o", "out.csv")
    with open("out.csv", newline="", encoding="utf-8") as file:
        head, row = csv.reader(file)
    assert head[-3:] == ["shortest 0.9 low", "shortest 0.9 high", "warnings"] and float(row[-3]) < float(row[-2])


def test_draws_are_kept_as_netcdf_and_zarr(run):
    for name in ("draws.nc", "draws.zarr", "draws.zarr"):
        assert run("run", "tea.toml", *FEW, "--quantity", "ratio", "-o", name)[0] == 0
    expected = mc.sample(mc.load_study("tea.toml"), draws=4096, quantities=["ratio"])
    with xarray.open_dataset("draws.nc", engine="h5netcdf") as kept:
        xarray.testing.assert_equal(kept, expected)
    with xarray.open_zarr("draws.zarr") as kept:
        xarray.testing.assert_equal(kept.load(), expected)
        assert kept.attrs == expected.attrs
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["coffee.toml", "draws.nc", "draws.zarr", "tea.toml"]


def test_a_folder_that_is_no_store_is_left_alone(run):
    Path("thesis.zarr").mkdir()
    Path("thesis.zarr/chapter.txt").write_text("precious")
    status, _, err = run("run", "coffee.toml", *FEW, "-o", "thesis.zarr")
    assert status == 2 and "is there already and is no Zarr store" in err
    assert Path("thesis.zarr/chapter.txt").read_text() == "precious"


def test_a_failed_store_leaves_what_was_there(run, monkeypatch):
    run("run", "coffee.toml", *FEW, "-o", "draws.zarr")
    before = sorted(Path("draws.zarr").rglob("*"))
    monkeypatch.setattr(xarray.Dataset, "to_zarr", lambda self, path, **named: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        run("run", "coffee.toml", *FEW, "-o", "draws.zarr")
    assert sorted(Path("draws.zarr").rglob("*")) == before
    assert not [path for path in Path.cwd().iterdir() if path.name.startswith(".")]


def test_a_study_is_shown_with_what_its_priors_are_and_rest_on(run):
    study = mc.load_study("tea.toml")
    status, out, err = run("show", "tea.toml")
    assert (status, err) == (0, "")
    said = " ".join(out.split())
    for part in (
        "efficiency [1] published 0.80 (source: doe2020, judgement, p. 1)",
        "prior uniform with low 0.7, high 0.9 (grade 1): median 0.8, 90 % from 0.71 to 0.89",
        "kettle [g/serving] not published (neutral 250) (source: judgement)",
        "(grade 4): median 1090, 90 % from 700 to 1700",
        "losses (US, full-kettle) [1] prior uniform with low 1, high 1.2 (grade 4): median 1.1",
        "Correlations efficiency, stove 0.3, of ranks water, stove -0.2, of the underlying normals",
        "doe2020 Doe, Jane (2020). On tea. https://example.org/tea",
    ):
        assert part in said, part
    # A library prior in the input's unit, with the works that it rests on and where they are.
    low, middle, high = study.library["grid.us"].prior.distribution().ppf(np.array([0.05, 0.5, 0.95]))
    cites = [source.cite for source in study.library["grid.us"].sources]
    assert f"prior grid.us (grade {study.library['grid.us'].grade}): median {middle:.3g}, 90 % from {low:.3g}" in said
    assert f"to {high:.3g}; from {', '.join(dict.fromkeys(cites))}" in said
    assert run("show", "tea.toml", "--ascii")[1].isascii()


@pytest.mark.parametrize("name", studies())
def test_every_work_that_a_study_cites_is_shown(run, name):
    """By its key, where it stands in the text, and once below with what it is."""
    study, out = mc.load_study(name), run("show", name)[1]
    above, _, works = out.partition("\nWorks cited\n")
    listed = re.findall(r"^  (\S+)  ", works, re.MULTILINE)
    assert listed == sorted(set(listed))
    assert {source.cite for prior in study.library.values() for source in prior.sources if "/" not in source.cite} - {
        "judgement", "definition"
    } <= set(listed)  # fmt: skip
    for key in listed:
        assert re.search(rf"\b{re.escape(key)}\b", above), key


def test_priors_are_listed_and_shown(run):
    status, out, _ = run("priors")
    assert status == 0
    row = next(line.split() for line in out.splitlines() if line.startswith("ai.pue "))
    assert row == ["ai.pue", "1", "2", "1.03", "1.16", "1.41"]
    status, out, _ = run("priors", "ai.pue")
    assert status == 0
    for part in ("ai.pue  [1]", "beta with a 1.8, b 8, low 1, high 2", "grade 2", "97.5 %", "Energy of the site", "Sources"):
        assert part in out
    for source in mc.load_study("tomlinson-2024").library["ai.pue"].sources:
        assert source.cite in out and source.kind in out
    assert run("priors", "ai.pue", "--ascii")[1].isascii()


def test_mixtures_are_told_by_their_shares(run, monkeypatch, tmp_path):
    """Written out in the library, and named: half of a prior in hours is, in minutes, a component from 60 to 120."""
    told = " ".join(run("priors", "devices.embodied_monitor")[1].split())
    assert "mixture of (60 % lognormal with p5 151, p95 606; 40 % lognormal with p5 45, p95 95); grade 2" in told
    why = 'rationale = "."\nupdated = "2026-11-25"\nsources = [{ cite = "judgement", value = "1", kind = "judgement" }]\n'
    components = (
        '{ weight = 1, prior = "a.h" }, { weight = 3, prior = { family = "discrete", values = [0], weights = [1] } }'
    )
    (tmp_path / "a.toml").write_text(
        f'[h]\nunit = "hour"\nprior = {{ family = "uniform", low = 1, high = 2 }}\n{why}'
        f'[m]\nunit = "minute"\nprior = {{ family = "mixture", components = [{components}] }}\n{why}'
    )
    monkeypatch.setattr("mcarbon.reading.library.built_in", lambda: tmp_path)
    told = " ".join(run("priors", "a.m")[1].split())
    assert "mixture of (25 % uniform with low 60, high 120; 75 % discrete with values [0], weights [1])" in told
    assert json.loads(run("priors", "a.m", "--json")[1])["quantiles"]["0.95"] == pytest.approx(108)


def test_a_subject_of_priors(run):
    status, out, _ = run("priors", "grid")
    names = [line.split()[0] for line in out.splitlines() if line.startswith("grid.")]
    table = tomllib.loads(Path(mc.__file__).parents[1].joinpath("priors", "grid.toml").read_text("utf-8"))
    assert status == 0 and names == sorted(f"grid.{name}" for name in table) and "ai." not in out
    listed = json.loads(run("priors", "grid", "--json")[1])["priors"]
    assert [prior["name"] for prior in listed] == names


def test_large_numbers_leave_the_table_narrow(run):
    status, out, _ = run("priors")
    assert status == 0 and max(map(len, out.splitlines())) <= 80
    row = next(line.split() for line in out.splitlines() if line.startswith("volume.queries_over_model_life "))
    assert row[3::2] == ["3e9", "1e12"]


def test_the_list_of_commands_says_each_in_a_whole_sentence():
    done = subprocess.run([sys.executable, "-m", "mcarbon", "--help"], capture_output=True, text=True, check=True)
    listed = done.stdout.partition("Commands:\n")[2].splitlines()
    assert len(listed) == 16 and all(line.endswith((".", "?")) and not line.endswith("...") for line in listed), listed
    assert all(len(line) <= 80 for line in listed)


def test_priors_as_json(run):
    listed = json.loads(run("priors", "--json")[1])["priors"]
    files = list(Path(mc.__file__).parents[1].joinpath("priors").glob("*.toml"))
    tables = {f"{path.stem}.{name}" for path in files for name in tomllib.loads(path.read_text("utf-8")) if name != "units"}
    assert {prior["name"] for prior in listed} == tables
    one = json.loads(run("priors", "ai.pue", "--json")[1])
    assert one == next(prior for prior in listed if prior["name"] == "ai.pue")
    assert one["grade"] == 2 and one["quantiles"]["0.5"] == pytest.approx(1.162, abs=1e-3)
    assert one["works"]["uptime2024"]["title"]
    assert all(prior["sources"] and prior["rationale"] for prior in listed)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("pue", 'Did you mean "ai.pue"?'),
        ("ai.pu", 'Did you mean "ai.pue"? Allowed: ai.decode_throughput_gpt3_class, '),
        ("grids", 'Did you mean "grid"? Allowed subjects: ai, devices, '),
        ("nothing", "there is no prior `nothing`"),
        ("", "there is no prior ``"),
    ],
)
def test_a_prior_that_is_none(run, name, told):
    status, out, err = run("priors", name)
    assert (status, out) == (2, "") and told in err


def test_the_template_loads_and_runs(run):
    status, out, err = run("new", "My Study.toml")
    assert (status, err) == (0, "") and "mcarbon check 'My Study.toml', mcarbon run 'My Study.toml'" in out
    study = mc.load_study("My Study.toml")
    assert study.id == "my-study"
    assert run("check", "My Study.toml")[0] == 0
    assert all(claim.reproduction.status == "reproduces" for claim in mc.reproduce(study).claims)
    assert run("stress", "My Study.toml", *FEW)[0] == 0
    assert run("run", "My Study.toml", *FEW)[0] == 0
    # It shows every table of the format, each with a word on what it is for.
    shown = study.model_dump(exclude_defaults=True)
    assert set(type(study).model_fields) - set(shown) <= {"library_units", "origin", "library"}
    text = Path("My Study.toml").read_text("utf-8")
    for section in (
        "references",
        "units",
        "dimensions",
        "choices",
        "cases",
        "correlations",
        "claims",
        "defects",
        "not_counted",
    ):
        assert f"\n[{section}" in text or f"\n[[{section}" in text
    assert text.count("\n# ") > 15


def test_the_template_overwrites_nothing(run):
    Path("mine.toml").write_text("mine")
    status, _, err = run("new", "mine.toml")
    assert status == 2 and "this is there already" in err
    assert Path("mine.toml").read_text() == "mine"
    assert "a study is a TOML file" in run("new", "mine.txt")[2]
    assert "cannot be written" in run("new", "nowhere/mine.toml")[2]


def test_options_are_the_same_wherever_they_stand():
    """Every command that draws has the options of drawing, with one meaning and one default."""
    helps = {
        name: subprocess.run(
            [sys.executable, "-m", "mcarbon", name, "--help"], capture_output=True, text=True, check=True
        ).stdout
        for name in ("stress", "run", "sensitivity")
    }
    for text in helps.values():
        for option in ("--draws", "--replicates", "--method", "--seed", "--threads", "--set", "--json", "--ascii"):
            assert option in text
    for name in ("stress", "run"):
        assert "--tolerance" in helps[name]
    for name in ("run", "sensitivity"):
        assert "--choose" in helps[name]


def test_as_text_is_what_is_printed(run):
    study = mc.load_study("tea.toml")
    assert study.claims
    assert run("stress", "tea.toml", *FEW) == (0, mc.as_text(mc.stress(study, draws=4096)) + "\n", "")
    assert run("reproduce", "tea.toml") == (0, mc.as_text(mc.reproduce(study)) + "\n", "")


def test_as_text_keeps_to_its_width(run):
    lines = mc.as_text(mc.stress(mc.load_study("tea.toml"), draws=1024), width=60).splitlines()
    assert 50 < max(map(len, lines)) <= 60
