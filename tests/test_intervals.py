"""Shortest intervals and tolerances, held against exact answers and against the spread over seeds."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy import stats
from seeds import seeds

import mcarbon as mc
from mcarbon.answers.summarize import summary_rows
from mcarbon.answers.tolerance import MOST_DRAWS
from mcarbon.engine.sampler import Plan
from mcarbon.engine.shortest import balanced_signs


def study(formula="x", **inputs):
    builder = mc.StudyBuilder("one", "One")
    for name, prior in inputs.items():
        builder.input(name, "1", prior=prior, source="judgement")
    builder.quantity("y", formula)
    return builder.build()


def ends(study, level, interval="shortest", **drawing):
    summary = mc.summarize(study, interval=interval, level=level, smooth=False, **drawing)
    assert summary.attrs["interval"] == interval
    return [summary[name].sel(statistic=["low", "high"]).values for name in ("y", "y_standard_error")]


def test_problem_c7():
    """y = ln x, x ~ U(0.1, 1.1), 95 %: the density of y rises to its upper end, so that is where the shortest one ends."""
    problem = study("log(x)", x=mc.uniform(0.1, 1.1))
    for interval, exact in (("shortest", [np.log(0.15), np.log(1.1)]), ("equal-tailed", [np.log(0.125), np.log(1.075)])):
        found, errors = ends(problem, 0.95, interval, draws=2**18)
        np.testing.assert_allclose(found, exact, atol=5e-5)
        assert np.all(np.abs(found - exact) < 4 * errors)
        assert np.all(errors < 1e-4)


def shortest_of(distribution, level):
    p = np.linspace(0, 1 - level, 200_001)[1:-1]
    low, high = distribution.ppf(p), distribution.ppf(p + level)
    k = np.argmin(high - low)
    return np.array([low[k], high[k]])


CASES = {
    "symmetric": (mc.normal(3, 2), stats.norm(3, 2)),
    "skewed": (mc.lognormal(median=1, gsd=np.e), stats.lognorm(1)),
    "triangular": (mc.triangular(0, 1, 4), stats.triang(0.25, scale=4)),
    "ends at the bottom": (mc.beta(1, 4), stats.beta(1, 4)),
}


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
@pytest.mark.parametrize("gsd", [1.2, np.e, 5.0])
def test_ends_that_no_draw_decides_are_known_to_the_grid(gsd, level):
    """A log-normal is known without drawing: its ends err by the grid alone, and never by nothing."""
    summary = mc.summarize(study(x=mc.lognormal(median=1, gsd=gsd)), interval="shortest", level=level, draws=2**10)
    found, errors = (summary[name].sel(statistic=["low", "high"]).values for name in ("y", "y_standard_error"))
    assert np.all(errors > 0) and np.all(errors < 1e-4 * np.ptp(found))
    assert np.all(np.abs(found - shortest_of(stats.lognorm(np.log(gsd)), level)) < 4 * errors)


@pytest.mark.statistics
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("method", ["sobol", "random"])
def test_errors_are_those_of_the_spread_over_seeds(case, method):
    """20 seeds of 16 x 1024 draws: the ends' mean lies by the exact ones, and their spread is as they say.

    The sd of 20 values has 19 degrees of freedom, so with right errors the ratio lies within 0.5 to 2 in all but 1 of
    10,000 cases; the errors are right to about 1.6, for which 0.33 to 3 leaves room.
    """
    prior, exact = CASES[case]
    problem = study(x=prior)
    found = np.array([ends(problem, 0.8, draws=2**14, method=method, seed=seed) for seed in seeds(20)])
    spread = found[:, 0].std(axis=0, ddof=1)
    claimed = np.sqrt((found[:, 1] ** 2).mean(axis=0))
    assert np.all(claimed / spread > 1 / 3), (claimed, spread)
    assert np.all(claimed / spread < 3), (claimed, spread)
    # The place of a flat minimum is found with a bias that is small beside its error.
    assert np.all(np.abs(found[:, 0].mean(axis=0) - shortest_of(exact, 0.8)) < 1.5 * claimed)


def test_equal_tails_end_where_the_quantiles_are():
    """To the bit: 90 % is from the quantile 0.05 to 0.95."""
    for level in (0.9, 0.8, 0.95, 0.5, 0.99):
        tails = [round((1 - level) / 2, 6), round((1 + level) / 2, 6)]
        found = mc.summarize(study(x=mc.lognormal(median=1, gsd=3)), quantiles=tails, level=level, draws=2**12)["y"]
        ends_of = found.sel(statistic=["low", "high"]).values.tolist()
        assert ends_of == found.sel(statistic=[f"{p:g}" for p in tails]).values.tolist()


def test_where_every_interval_is_as_short_the_errors_say_so():
    """A uniform distribution: any interval of 80 % will do, so its ends may lie anywhere in the outer 20 %."""
    found, errors = ends(study(x=mc.uniform(0, 1)), 0.8, draws=2**14)
    assert found[1] - found[0] == pytest.approx(0.8, abs=1e-3)
    assert np.all(errors > 0.01)


def test_atoms_and_constants():
    found, errors = ends(study(x=mc.discrete([1, 2, 7], [0.6, 0.3, 0.1])), 0.85, draws=2**12)
    assert found.tolist() == [1, 2] and errors.tolist() == [0, 0]
    found, errors = ends(study("x * 0 + 3", x=mc.uniform(1, 2)), 0.9, draws=2**10)
    assert found.tolist() == [3, 3] and errors.tolist() == [0, 0]


def test_few_draws_and_few_replicates():
    for draws, replicates in ((32, 2), (64, 3), (48, 48)):
        found, errors = ends(study(x=mc.normal(0, 1)), 0.5, draws=draws, replicates=replicates, method="random")
        assert found[0] < found[1] and np.all(np.isfinite(errors))


@pytest.mark.parametrize("n", [2, 3, 5, 16, 33])
def test_signs_are_balanced(n):
    """Over all rows a replicate is up as often as down; for a power of two each two of them agree in as many as not."""
    rows = balanced_signs(n)
    signs = np.concatenate([rows, -rows])
    assert set(signs.ravel()) == {-1.0, 1.0}
    assert not signs.sum(axis=0).any()
    if n & (n - 1) == 0:
        np.testing.assert_array_equal(signs.T @ signs, np.eye(n) * len(signs) - (1 - np.eye(n)) * 2)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"interval": "narrowest"}, 'there is no interval "narrowest"'),
        ({"level": 1.0}, "is no probability"),
        ({"tolerance": 0}, "a tolerance of 0 cannot be"),
        ({"tolerance": float("nan")}, "a tolerance of nan cannot be"),
    ],
)
def test_what_cannot_be_is_told(asked, told):
    with pytest.raises(mc.UserError, match=told):
        mc.summarize(study(x=mc.uniform(0, 1)), draws=2**10, **asked)


SKEWED = {"x": mc.lognormal(median=1, gsd=8), "z": mc.lognormal(median=1, gsd=8)}


@pytest.mark.parametrize("method", ["sobol", "lhs", "random"])
def test_a_tolerance_is_kept(method):
    quantiles, tolerance = (0.01, 0.5, 0.99), 0.01
    asked = {"quantiles": quantiles, "method": method, "smooth": False}
    kept = summary_rows(study("x * z", **SKEWED), draws=2**10, tolerance=tolerance, **asked)
    assert 2**10 < kept.draws < MOST_DRAWS and kept.draws % 2**10 == 0
    (row,) = kept.quantities
    half = (row.interval_high - row.interval_low) / 2
    for p in quantiles:
        assert row.standard_error_quantiles[p] <= tolerance * max(abs(row.quantiles[p]), half)
    assert row.warnings == ()
    # Asked for as many draws at once, the figures are the same to the bit.
    at_once = summary_rows(study("x * z", **SKEWED), draws=kept.draws, **asked)
    assert at_once == kept


def test_without_a_tolerance_draws_are_as_asked():
    assert mc.summarize(study(x=mc.uniform(0, 1)), draws=2**10).attrs["draws"] == 2**10
    summary = mc.summarize(study(x=mc.uniform(0, 1)), draws=2**10, tolerance=0.5)
    assert (summary.attrs["draws"], summary.attrs["tolerance"]) == (2**10, 0.5)


def test_a_tolerance_is_given_up_and_said(monkeypatch):
    monkeypatch.setattr("mcarbon.answers.tolerance.MOST_DRAWS", 2**14)
    normal = study(x=mc.normal(0, 1))
    for replicates in (16, 10):
        asked = {"draws": 2**10, "method": "sobol", "replicates": replicates, "tolerance": 1e-9}
        summary = mc.summarize(normal, **asked)
        assert 2**13 < summary.attrs["draws"] <= 2**14
        assert "above the tolerance of 1e-07 %" in summary["y"].attrs["warnings"]
        (row,) = summary_rows(normal, **asked).quantities
        assert re.match("after [0-9\u2009]+ draws the standard error of its (5|50|95) % quantile is still", row.warnings[0])


def test_stress_keeps_a_tolerance_in_its_rows():
    tea = mc.load_study("tomlinson-2024")
    result = mc.stress(tea, ["midjourney-us-illustrator"], draws=2**12, tolerance=0.01)
    assert result.draws > 2**12
    for row in result.claims[0].combinations:
        if row.case and row.no_ratio is None:
            low, high = row.intervals[0.9]
            for p in (0.05, 0.5, 0.95):
                assert row.standard_error.quantiles[p] <= 0.01 * max(abs(row.quantiles[p]), (high - low) / 2)
    drawn = {row.draws for row in result.claims[0].combinations}
    assert len(drawn) > 1 and max(drawn) == result.draws
    for draws in drawn:
        # Each has the figures of so many draws from the start.
        at_once = mc.stress(tea, ["midjourney-us-illustrator"], draws=draws).claims[0].combinations
        both = [pair for pair in zip(result.claims[0].combinations, at_once) if pair[0].draws == draws]
        assert both and all(repr(row) == repr(again) for row, again in both)  # NaN where there is no ratio
    assert Plan.of(result.draws).draws == result.draws
