"""Priors that stand elsewhere: named components of mixtures, converted, and columns of CSV files."""

import json
from pathlib import Path

import numpy as np
import pytest
import twin

import mcarbon as mc
from mcarbon.reading.load import check_files
from mcarbon.reading.schema import priors_schema, study_schema

STUDY = """\
format = 1
id = "servers"
title = "Servers"

[dimensions]
site = ["North", "South"]

[inputs.rack]
unit = "g"
prior = "servers.rack"

[inputs.box]
unit = "g"
source = "judgement"
prior = { family = "mixture", upper = 1e5, components = [
  { weight = 3, prior = "servers.rack" },
  { weight = 1, prior = { family = "uniform", low = 1, high = 2 } },
] }

[inputs.hours]
unit = "hour"
source = "judgement"
prior = { family = "empirical", file = "data/hours.csv", column = "y", weights = "w" }

[inputs.load]
unit = "1"
by = "site"
source = "judgement"
at.North = { prior = { family = "empirical", file = "data/hours.csv", column = "y" } }
at.South = { prior = { family = "mixture", components = [{ weight = 1, prior = { family = "exponential", scale = 1 } }] } }

[quantities.total]
unit = "kg*hour"
formula = "(rack + box) * hours * load"
"""

PRIORS = """\
[size]
unit = "kg"
prior = { family = "normal", mean = 2, sd = 0.1 }
rationale = "A size."
updated = 2026-01-01
sources = [{ cite = "judgement", value = "2", kind = "judgement" }]

[rack]
unit = "kg"
prior = { family = "mixture", components = [
  { weight = 1, prior = "servers.size" },
  { weight = 1, prior = { family = "empirical", file = "racks.csv", column = "y" } },
] }
rationale = "A size, or one that was measured."
updated = 2026-01-01
sources = [{ cite = "judgement", value = "2", kind = "judgement" }]
"""

FILES = {
    "study.toml": STUDY,
    "priors/servers.toml": PRIORS,
    "priors/racks.csv": "x,y\n9,1.5\n9,2.5\n\n9,2.5\n",
    "data/hours.csv": "y,w\n1,2\n2,1\n3,1\n",
}


def write(folder: Path, **changed: tuple[str, str]) -> Path:
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        old, new = changed.get(path.stem, ("", ""))
        assert old in text
        path.write_text(text.replace(old, new, 1) if old else text, "utf-8")
    return folder / "study.toml"


def priors(study: mc.Study) -> dict[str, dict]:
    return {
        " ".join([name, *at.values()]): study.prior_of(entry).model_dump(exclude_none=True)
        for name, record in study.inputs.items()
        for at, entry in record.cells()
    }


def test_names_and_files_are_written_out_in_the_inputs_unit(tmp_path: Path) -> None:
    found = priors(mc.load_study(write(tmp_path)))
    one, other = found["rack"]["components"]
    assert one == {"weight": 1.0, "prior": {"family": "normal", "mean": 2.0, "sd": 0.1}}
    assert other["prior"] == {"family": "empirical", "values": [1.5, 2.5, 2.5]}
    inner = found["box"]["components"][0]["prior"]
    assert inner["components"][0]["prior"] == {"family": "normal", "mean": 2000.0, "sd": 100.0}
    assert inner["components"][1]["prior"]["values"] == [1500.0, 2500.0, 2500.0]
    assert found["box"]["upper"] == 1e5
    assert found["hours"] == {"family": "empirical", "values": [1.0, 2.0, 3.0], "weights": [2.0, 1.0, 1.0]}
    assert found["load North"] == {"family": "empirical", "values": [1.0, 2.0, 3.0]}


@pytest.mark.parametrize("method", ["sobol", "random"])
def test_draws_are_the_twins(tmp_path: Path, method: str) -> None:
    study = mc.load_study(write(tmp_path))
    draws = mc.sample(study, draws=4096, replicates=2, method=method, seed=3)
    expected = twin.draws(study, ["total"], draws.sizes["draw"], 1, method, 3, {})["total"]
    got = draws["total"].isel(chain=1).transpose(*expected.dims).values
    wrong = np.abs(got / expected.values - 1) > 1e-7
    assert wrong.mean() < 1e-3


def test_the_digest_has_what_was_written_out(tmp_path: Path) -> None:
    digest = mc.load_study(write(tmp_path)).digest
    assert mc.load_study(write(tmp_path)).digest == digest
    changes = [("hours", ("3,1", "3,2")), ("racks", ("9,1.5", "9,1.25")), ("servers", ("sd = 0.1", "sd = 0.2"))]
    changed = [mc.load_study(write(tmp_path, **{stem: change})).digest for stem, change in changes]
    assert len({digest, *changed}) == 4


def test_the_library_keeps_the_sources_of_what_mixtures_name(tmp_path: Path) -> None:
    assert set(mc.load_study(write(tmp_path)).library) == {"servers.rack", "servers.size"}


def test_what_is_written_has_the_names_and_what_stood_in_files(tmp_path: Path) -> None:
    study = mc.load_study(write(tmp_path))
    text = study.to_toml(tmp_path / "copy.toml")
    assert '{ weight = 3, prior = "servers.rack" }' in text
    assert '{ family = "empirical", values = [1, 2, 3], weights = [2, 1, 1] }' in text
    (tmp_path / "data" / "hours.csv").unlink()
    assert mc.load_study(tmp_path / "copy.toml").digest == study.digest
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with pytest.raises(mc.UserError, match="Copy the folder priors beside"):
        study.to_toml(elsewhere / "copy.toml")
    assert not list(elsewhere.iterdir())


@pytest.mark.parametrize(
    ("stem", "old", "new", "parts"),
    [
        (
            "study",
            '"servers.rack" }',
            '"servers.rak" }',
            ["line 16, [inputs.box] prior.components, entry 1", "`servers.rak`"],
        ),
        ("study", '"servers.rack" }', '"servers" }', ["[inputs.box] prior.components, entry 1, prior", "names no prior"]),
        ("study", "weight = 3", "wieght = 3", ["entry 1, wieght", "unknown key", 'Did you mean "weight"?', "prior"]),
        ("study", "weight = 3", "weight = 0", ["entry 1, weight", "must be above 0, not 0"]),
        (
            "study",
            "low = 1,",
            "low = 3,",
            ["[inputs.box] prior.components, entry 2, prior", "low (3) must be below high (2)"],
        ),
        ("study", '"uniform"', '"unifrom"', ["entry 2, prior", 'no family "unifrom"', 'Did you mean "uniform"?']),
        ("study", "upper = 1e5", "upper = 0.5", ["[inputs.box] prior", "upper = 0.5 leave"]),
        ("study", 'unit = "g"\nsource', 'unit = "m"\nsource', ["the prior `servers.rack` does not fit", "kg cannot be"]),
        ("study", '"data/hours.csv"', '"../hours.csv"', ["[inputs.hours] prior", "does not lie in the folder"]),
        ("study", '"data/hours.csv"', '"/etc/passwd"', ["[inputs.hours] prior", "does not lie in the folder"]),
        ("study", '"data/hours.csv"', '"data/days.csv"', ["[inputs.hours] prior", 'the file "data/days.csv" is not there']),
        ("study", 'column = "y"', 'column = "yy"', ["hours.csv, line 1", 'no column "yy"', 'Did you mean "y"?']),
        ("study", 'column = "y", ', "", ["[inputs.hours] prior", "give `values`, or `file` and `column`"]),
        ("study", '"w"', "[1, 2]", ["[inputs.hours] prior", "3 values but 2 weights"]),
        ("hours", "2,1", "two,1", ["hours.csv, line 3", '"two"', "no finite number"]),
        ("hours", "2,1", "nan,1", ["hours.csv, line 3", "no finite number"]),
        ("hours", "2,1", "2", ["hours.csv, line 3", "1 field stands here; the first line has 2"]),
        ("hours", "2,1", "2,-1", ["hours.csv, line 3", 'stands "-1"; a weight is above 0']),
        ("hours", "y,w", "y,y", ["hours.csv, line 1", 'two columns have the name "y"']),
        ("hours", "y,w\n1,2\n2,1\n3,1", "y,w", ["hours.csv", 'the column "y" is empty']),
        ("racks", "9,1.5", "9,x", ["racks.csv, line 2", "no finite number"]),
        ("servers", '"servers.size"', '"servers.rack"', ["[rack] prior.components", "servers.rack -> servers.rack"]),
        ("servers", '"racks.csv"', '"../../x.csv"', ["servers.toml", "does not lie in the folder"]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, stem: str, old: str, new: str, parts: list[str]) -> None:
    path = write(tmp_path, **{stem: (old, new)})
    with pytest.raises(mc.UserError) as caught:
        mc.load_study(path)
    for part in parts:
        assert part in str(caught.value), str(caught.value)


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "hours.csv").write_text("y,w\n1,1\n")
    path = write(inner)
    (inner / "data/hours.csv").unlink()
    (inner / "data/hours.csv").symlink_to(tmp_path / "hours.csv")
    with pytest.raises(mc.UserError, match="does not lie in the folder"):
        mc.load_study(path)


def test_a_study_without_a_file_names_none() -> None:
    text = STUDY.replace('"servers.rack"', '"human.writing_speed"')
    with pytest.raises(mc.UserError, match="this study came from none"):
        mc.parse_study(text)


def test_checking_a_file_of_priors_looks_at_what_they_name(tmp_path: Path) -> None:
    write(tmp_path)
    assert check_files([tmp_path / "priors", tmp_path / "study.toml"]) == []
    write(tmp_path, servers=('"servers.size"', '"servers.sise"'), racks=("9,1.5", "9,x"))
    (fault,) = check_files([tmp_path / "priors"])
    assert 'Did you mean "servers.size"?' in str(fault)


def test_the_schemas_are_json_and_know_all_families() -> None:
    for schema in (study_schema(), priors_schema()):
        assert json.loads(json.dumps(schema)) == schema
        assert {"Mixture", "Component", "Metalog", "Scipy", "Empirical"} <= set(schema["$defs"])
