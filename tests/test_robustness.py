"""Priors doubted: against closed forms, and verdicts that are known to change."""

import json
import math
import sys

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit

import mcarbon as mc
from mcarbon import cli
from mcarbon.engine.tables import quantile_table, replaced, stack_tables, table_of
from mcarbon.families.stretched import other_family, stretched

P = np.array([1e-6, 0.01, 0.05, 0.3, 0.5, 0.8, 0.95, 1 - 1e-6])


@pytest.mark.parametrize("by", [2.0, 0.5])
@pytest.mark.parametrize(
    ("prior", "is_share", "there", "back"),
    [
        (mc.lognormal(median=3, gsd=1.5), False, np.log, np.exp),
        (mc.uniform(10, 30), False, np.log, np.exp),
        (mc.normal(-1, 2), False, lambda x: x, lambda x: x),
        (mc.beta(2, 5), True, logit, expit),
    ],
)
def test_a_spread_is_that_about_the_median_on_its_scale(by, prior, is_share, there, back):
    given = prior.distribution()
    doubted = stretched(prior, by, is_share)
    middle = there(given.ppf(np.array([0.5])))
    exact = back(middle + by * (there(given.ppf(P)) - middle))
    np.testing.assert_allclose(doubted.ppf(P), exact, rtol=1e-9)
    np.testing.assert_allclose(doubted.isf(1 - P), exact, rtol=1e-6)


def test_a_wider_lognormal_is_a_lognormal():
    np.testing.assert_allclose(
        stretched(mc.lognormal(median=3, gsd=1.5), 2).ppf(P), mc.lognormal(median=3, gsd=1.5**2).distribution().ppf(P)
    )


def test_bounds_that_truncate_stay_and_single_values_are_moved():
    cut = mc.lognormal(median=1.2, gsd=1.2, lower=1)
    assert stretched(cut, 2).ppf(P).min() >= 1
    assert other_family(cut).ppf(P).min() >= 1
    atoms = stretched(mc.discrete([1, 2, 4], [1, 2, 1]), 2)
    assert atoms.ppf(np.array([0.1, 0.5, 0.9])).tolist() == pytest.approx([0.5, 2, 8])
    assert other_family(mc.discrete([1, 2, 4], [1, 2, 1])) is None


@pytest.mark.parametrize(
    ("prior", "is_share", "family"),
    [
        (mc.lognormal(p5=2, p95=50), False, stats.loguniform(2 * 25 ** (-1 / 18), 50 * 25 ** (1 / 18))),
        (mc.loguniform(2, 50), False, None),
        (mc.normal(0, 1), False, stats.uniform(-stats.norm.ppf(0.95) / 0.9, 2 * stats.norm.ppf(0.95) / 0.9)),
        (mc.beta(2, 5), True, None),
    ],
)
def test_another_family_has_the_same_5_and_95_percent(prior, is_share, family):
    given, doubted = prior.distribution(), other_family(prior, is_share)
    ends = np.array([0.05, 0.95])
    np.testing.assert_allclose(doubted.ppf(ends), given.ppf(ends), rtol=1e-9)
    inner = np.array([0.25, 0.75])
    assert (np.abs(doubted.ppf(inner) / given.ppf(inner) - 1) > 0.01).all()
    if family is not None:
        np.testing.assert_allclose(doubted.ppf(P), family.ppf(P), rtol=1e-6, atol=1e-12)


def test_a_table_takes_the_place_of_another():
    tables = [
        quantile_table(mc.discrete([1, 2], [1, 1])),
        quantile_table(mc.uniform(0, 1)),
        quantile_table(mc.pert(1, 2, 9)),
    ]
    other = table_of(stretched(mc.discrete([1, 2, 5], [1, 2, 1]), 2), "x")
    for k in range(3):
        exact = stack_tables([*tables[:k], other, *tables[k + 1 :]])
        found = replaced(stack_tables(tables), k, other)
        for name in ("cubics", "has_pieces", "support"):
            np.testing.assert_array_equal(getattr(found, name), getattr(exact, name))
        # Pieces may stand elsewhere, but are the same ones.
        for cell in np.argwhere(exact.first_piece >= 0):
            one, two = found.first_piece[tuple(cell)], exact.first_piece[tuple(cell)]
            np.testing.assert_array_equal(found.pieces[one], exact.pieces[two])
        np.testing.assert_array_equal(found.first_piece >= 0, exact.first_piece >= 0)


STUDY = """
format = 1
id = "own"
title = "Own"
[inputs.x]
unit = "1"
source = "judgement"
prior = { family = "lognormal", median = 0.5, gsd = 2 }
[inputs.idle]
unit = "1"
source = "judgement"
prior = { family = "discrete", values = [1, 2], weights = [1, 1] }
[quantities.y]
unit = "1"
formula = "x + 0 * idle"
[claims.small]
statement = "It is below 1."
quantity = "y"
direction = "< 1"
"""


def test_a_verdict_that_changes():
    """P(y < 1) is that of a normal below 1, 2 and 1/2 standard deviations: 0.84, 0.98 and 0.69; of the log-uniform with the
    same 5 and 95 % it is 1/2 + 0.9 / (2 * 1.645) = 0.77. Above 0.66 the direction likely holds, above 0.90 it holds."""
    (found,) = mc.robustness(mc.parse_study(STUDY), "small")
    assert found.phrase == "likely holds"
    x, idle = found.inputs
    assert (x.name, x.wider, x.narrower, x.other) == ("x", "likely holds", "holds", "likely holds")
    assert (idle.name, idle.wider, idle.narrower, idle.other) == ("idle", "likely holds", "likely holds", None)
    assert found.together == ("likely holds", "holds")
    (wide,) = mc.robustness(mc.parse_study(STUDY.replace("gsd = 2", "gsd = 4")), "small")
    # 0.69 and, at twice the spread, 0.60.
    assert (wide.phrase, wide.inputs[0].wider) == ("likely holds", "undecided")


def test_it_agrees_with_the_stress_test_of_a_changed_study():
    known = mc.load_study("tomlinson-2024")
    (found,) = mc.robustness(known, "chatgpt-us-writer")
    changing = [each for each in found.inputs if each.narrower != found.phrase]
    assert found.phrase == mc.stress(known, ["chatgpt-us-writer"]).claims[0].verdict.phrase
    assert {each.name for each in changing} >= {"decode_throughput"}
    # Of a log-normal with 4 and 400 as its 5 and 95 %, half the spread on the log scale.
    prior = mc.lognormal(p5=40 / math.sqrt(10), p95=40 * math.sqrt(10))
    changed = known.with_prior("decode_throughput", prior, source="judgement")
    phrase = mc.stress(changed, ["chatgpt-us-writer"]).claims[0].verdict.phrase
    assert phrase == next(each.narrower for each in changing if each.name == "decode_throughput")


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["mcarbon", "robustness", *arguments])
    with pytest.raises(SystemExit, match="0"):
        cli.main()
    return capsys.readouterr().out


def test_the_command_line_prints_what_python_gives(monkeypatch, capsys, tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(STUDY, encoding="utf-8")
    (found,) = mc.robustness(mc.parse_study(STUDY), "small", draws=2**12)
    document = json.loads(run(monkeypatch, capsys, str(path), "--claim", "small", "--draws", "4096", "--json"))
    (claim,) = document["claims"]
    assert claim["verdict"] == found.phrase and document["draws"] == 2**12
    assert [each["narrower"] for each in claim["inputs"]] == [each.narrower for each in found.inputs]
    text = run(monkeypatch, capsys, str(path), "--claim", "small", "--draws", "4096")
    assert "The verdict hangs on x." in text
    assert run(monkeypatch, capsys, str(path), "--claim", "small", "--draws", "4096", "--ascii").isascii()


def test_what_cannot_be_is_refused():
    with pytest.raises(mc.UserError, match='no claim "large"'):
        mc.robustness(mc.parse_study(STUDY), "large")
    with pytest.raises(mc.UserError, match="the claim is not made at country=US"):
        mc.robustness(mc.parse_study(STUDY), "small", at={"country": "US"})


def test_a_dataset_has_a_phrase_for_every_doubt():
    (found,) = mc.robustness(mc.load_study("tang-2023"), "ict", draws=2**10)
    data = found.to_dataset()
    assert data["phrase"].dims == ("input", "doubt") and data.attrs["phrase"] == found.phrase
    assert list(data["phrase"].sel(doubt="wider").values) == [each.wider for each in found.inputs]
