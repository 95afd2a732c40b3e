"""The files of a report: the same bytes each time, refusals, and the reports that are kept with the project."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import xarray

import mcarbon as mc
from mcarbon.reading.load import studies
from mcarbon.reporting.index import index_page

ROOT = Path(__file__).parent.parent
KEPT = ROOT / "reports"


@pytest.fixture(scope="module")
def study():
    return mc.load_study("tomlinson-2024")


def written(study, folder, **how):
    paths = mc.report(study, folder, claims=["midjourney-us-illustrator", "embodied-gpu"], draws=2**12, **how)
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_two_runs_give_the_same_bytes(study, tmp_path):
    formats = ("html", "md", *(["pdf"] if _has_typst() else []))
    one = written(study, tmp_path / "one", formats=formats)
    two = written(study, tmp_path / "two", formats=formats, threads=1)
    assert one == two
    assert {"report.html", "report.md", "run.json", "results.nc", "references.bib", "tables/claims.csv"} <= set(one)
    assert not any(str(ROOT).encode() in content for content in one.values())


def _has_typst():
    try:
        import typst  # noqa: F401
    except ImportError:
        return False
    return True


def test_the_date_is_the_study_s_or_the_epoch_s(study, tmp_path, monkeypatch):
    newest = max(prior.updated for prior in study.library.values())
    year, _, day = newest.split("-")
    page = written(study, tmp_path)["report.html"].decode()
    assert re.search(rf"tested, {int(day)} \w+ {year}", page)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert "tested, 2 January 1970" in written(study, tmp_path)["report.html"].decode()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    with pytest.raises(mc.UserError, match="no number of seconds"):
        written(study, tmp_path)


def test_what_lies_beside(study, tmp_path):
    files = written(study, tmp_path)
    run = json.loads(files["run.json"])
    assert (run["digest"], run["seed"], run["draws"]) == (study.digest, 1, 2**12)
    assert [claim["id"] for claim in run["claims"]] == ["embodied-gpu", "midjourney-us-illustrator"]
    assert run["claims"][0]["verdict"]["phrase"] == "does not reproduce"
    assert {"mcarbon", "NumPy", "Numba", "SciPy", "Python"} == set(run["versions"])
    with xarray.open_dataset(tmp_path / "results.nc", engine="h5netcdf") as data:
        assert data.attrs["digest"] == study.digest
        first = data.sel(combination=0)
        assert str(first["claim"].item()) == "embodied-gpu"
        expected = run["claims"][0]["stress"][0]["quantiles"]["0.5"]
        assert first["quantiles"].sel(probability=0.5).item() == expected
    bib = files["references.bib"].decode()
    assert "@article{tomlinson2024," in bib
    keys = re.findall(r"(?m)^@\w+\{([^,]+),", bib)
    assert len(keys) == len(set(keys)) == files["report.html"].decode().count('<li id="work-')
    csv = files["tables/claims.csv"].decode().splitlines()
    assert csv[0] == "Claim,Published,Recomputed,Median,90 % interval,Verdict" and len(csv) == 3


def test_refusals(study, tmp_path, monkeypatch):
    with pytest.raises(mc.UserError, match="no format"):
        mc.report(study, tmp_path, formats=["docx"])
    with pytest.raises(mc.UserError, match="no claim"):
        mc.report(study, tmp_path, claims=["nothing"])
    builder = mc.StudyBuilder("coffee", title="Coffee")
    water = builder.input("water", unit="g", prior=mc.triangular(150, 200, 300), source="judgement")
    builder.quantity("twice", water * 2, unit="g")
    with pytest.raises(mc.UserError, match="no claims to report on"):
        mc.report(builder.build(), tmp_path)
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(mc.UserError, match=r"pip install 'mcarbon\[pdf\]'"):
        mc.report(study, tmp_path, formats=["pdf"])
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    with pytest.raises(mc.UserError, match="cannot be made"):
        mc.report(study, tmp_path / "file", claims=["embodied-gpu"], draws=2**10)


def test_the_command(tmp_path):
    command = [sys.executable, "-m", "mcarbon", "report", "tomlinson-2024", "--claim", "embodied-gpu", "--draws", "4096"]
    run = subprocess.run([*command, "-o", "out"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0 and run.stderr == ""
    assert run.stdout.startswith("out: report.html, report.md, run.json, results.nc, references.bib")
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    again = re.search(r"<code>(mcarbon report [^<]*)</code>", page)[1]
    again = again.replace("mcarbon", f"{sys.executable} -m mcarbon", 1) + " -o again"
    subprocess.run(again.split(), cwd=tmp_path, capture_output=True, check=True)
    assert (tmp_path / "again" / "report.html").read_bytes() == (tmp_path / "out" / "report.html").read_bytes()
    bad = subprocess.run([*command, "--format", "docx"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert bad.returncode == 2 and "Allowed: " in bad.stderr and "Traceback" not in bad.stderr


# ---- The reports that are kept ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", studies())
def test_a_kept_report_is_of_its_study(name):
    """Fails when a study has changed and its report has not: run `make reports`."""
    digest = mc.load_study(name).digest
    assert json.loads((KEPT / name / "run.json").read_text("utf-8"))["digest"] == digest
    for file in ("report.html", "report.md"):
        assert digest in (KEPT / name / file).read_text("utf-8")


def test_no_kept_report_is_left_over_and_the_index_lists_all():
    assert sorted(path.parent.name for path in KEPT.glob("*/run.json")) == studies()
    assert (KEPT / "index.html").read_text("utf-8") == index_page(KEPT)


@pytest.mark.parametrize("name", studies())
def test_a_study_says_what_it_does_not_count(name):
    left_out = mc.load_study(name).not_counted
    assert len(left_out) >= 3
    assert len({each.what for each in left_out}) == len(left_out)
    assert all(each.why and each.source for each in left_out)


def test_the_wheel_has_the_templates():
    folder = Path(mc.__file__).parent / "reporting" / "templates"
    assert {"report.html.j2", "report.md.j2", "report.typ.j2", "style.css", "figures.css"} <= set(os.listdir(folder))
