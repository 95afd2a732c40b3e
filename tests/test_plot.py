"""The figures for papers: each against its kept picture, its labels and units, and what it refuses.

Pictures are compared at 60 dpi with a tolerance of 4 in root mean square of 255: type is drawn a little otherwise by other
versions of FreeType, a bar moved by a pixel is above it. To keep new ones after a change that is meant:
``python tests/test_plot.py``.
"""

import dataclasses
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import xarray
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.testing.compare import compare_images

import mcarbon as mc
from mcarbon.showing.palette import LIGHT

BASELINE = Path(__file__).parent / "baseline"
TOLERANCE = 4.0
DPI = 60

U = (np.arange(2**12) + 0.5) / 2**12


def lognormal(median, gsd, unit="1"):
    """Draws that are quantiles of a lognormal, the same on every machine."""
    values = mc.lognormal(median=median, gsd=gsd).distribution().ppf(U)
    return xarray.DataArray(values, dims=["draw"], attrs={"units": unit})


ROWS = {
    "A as published": lognormal(1 / 5600, 3),
    "B accepted image": lognormal(1 / 490, 3.2),
    "C workplace energy": lognormal(1 / 100, 3.3),
    "D workplace, accepted": lognormal(1 / 9, 3.6),
}
LETTERS = {name[0]: draws for name, draws in ROWS.items()}
PUBLISHED = {"published": 1 / 2900, "published_text": "1/2900", "label": "AI ÷ human"}


def chains():
    values = mc.lognormal(median=1 / 9, gsd=3).distribution().ppf(np.random.default_rng(1).random((8, 512)))
    return xarray.DataArray(values, dims=["chain", "draw"], attrs={"units": "1"})


@cache
def multiverse():
    """A claim of five choices whose priors are log-normal: the same figures on every machine, to far below a pixel."""
    (found,) = mc.multiverse(mc.load_study("tomlinson-2024"), "midjourney-us-illustrator", draws=2**14)
    return found


FIGURES = {
    "ratio": lambda: mc.plot.ratio(ROWS["A as published"], **PUBLISHED),
    "ratio_column": lambda: mc.plot.ratio(ROWS["A as published"], **PUBLISHED, width="column"),
    "amount": lambda: mc.plot.ratio(lognormal(8, 2, "gCO2e/page"), published=12, label="AI emissions"),
    "difference": lambda: mc.plot.ratio(xarray.DataArray(np.sin(40 * U) + U, attrs={"units": "g"}), label="difference"),
    "choices": lambda: mc.plot.choices(ROWS, **PUBLISHED),
    "choices_column": lambda: mc.plot.choices(ROWS, **PUBLISHED, width="column"),
    "strip": lambda: mc.plot.strip(LETTERS, **PUBLISHED),
    "dots": lambda: mc.plot.dots({name: ROWS[name] for name in list(ROWS)[::3]}, **PUBLISHED),
    "curves": lambda: mc.plot.curves(LETTERS, **PUBLISHED),
    "forest": lambda: mc.plot.forest({name: (draws, 1 / 500) for name, draws in ROWS.items()}),
    "sides": lambda: mc.plot.sides(lognormal(2, 3, "gCO2e/page"), lognormal(1400, 2, "gCO2e/page")),
    "prior": lambda: mc.plot.prior(
        mc.lognormal(p5=120, p95=1000),
        {"One source": 300, "Another and others 1999": 1140},
        300,
        "word/hour",
        "writing speed",
    ),
    "shares": lambda: mc.plot.shares({"fee": 0.5, "rate_of_pay": 0.3, "grid": 0.2, "small": 0.001}, {"fee": 4, "grid": 1}),
    "convergence": lambda: mc.plot.convergence(chains(), label="AI ÷ human"),
    "tornado": lambda: mc.plot.tornado(
        {"fee": (1 / 900, 1 / 8000), "rate_of_pay": (1 / 4000, 1 / 1900), "grid": (1 / 2300, 1 / 2300)}, 1 / 2300
    ),
    "specifications": lambda: mc.plot.specifications(multiverse()),
    "specifications_column": lambda: mc.plot.specifications(multiverse(), width="column"),
    "steps": lambda: mc.plot.steps(multiverse()),
}


def texts(figure):
    """All that a figure says."""
    figure.draw_without_rendering()
    found = []
    for axes in figure.axes:
        labels = [*axes.texts, axes.xaxis.label, axes.yaxis.label, *axes.get_xticklabels(), *axes.get_yticklabels()]
        found += [text.get_text() for text in (*labels, axes.title, axes._left_title) if text.get_text()]
    return found


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_looks_as_it_did(name, tmp_path):
    figure = FIGURES[name]()
    assert isinstance(figure, Figure)
    path = tmp_path / f"{name}.png"
    figure.savefig(path, dpi=DPI)
    assert compare_images(str(BASELINE / f"{name}.png"), str(path), tol=TOLERANCE) is None


def test_the_comparison_can_fail(tmp_path):
    path = tmp_path / "choices.png"
    mc.plot.choices(ROWS | {"D workplace, accepted": lognormal(1 / 20, 3.6)}, **PUBLISHED).savefig(path, dpi=DPI)
    assert compare_images(str(BASELINE / "choices.png"), str(path), tol=TOLERANCE) is not None


def test_every_figure_has_a_picture():
    assert {path.stem for path in BASELINE.glob("*.png") if "failed-diff" not in path.stem} == set(FIGURES)


SAID = [
    (
        "ratio",
        ["AI ÷ human, log scale", "published 1/2900", "equal", "1/1000", "median 1/5600, 90 % 1/34\u2009000 to 1/920"],
    ),
    ("amount", ["AI emissions (gCO₂e/page), log scale", "published 12 g CO2e/page"]),
    ("difference", ["difference (g)", "0"]),
    ("choices", ["A as published", "1/5600  (1/34\u2009000 to 1/920)", "published 1/2900", "10×"]),
    ("dots", ["A as published: 36 of 50 at 1/2900 or less", "D workplace, accepted: 0 of 50 at 1/2900 or less"]),
    ("curves", ["A", "D", "probability of at most x", "0.5"]),
    ("forest", ["value under the priors ÷ published value, log scale", "0.089×", "56×"]),
    ("sides", ["AI", "human", "emissions (gCO₂e/page), log scale"]),
    ("prior", ["writing speed (word/hour), log scale", "Another and others 1999", "published 300 word/hour"]),
    ("shares", ["rate of pay", "50 %", "4", "1 other", "share of the variance, by total Sobol' index"]),
    ("tornado", ["rate of pay", "5 %: 1/900", "95 %: 1/8000", "median 1/2300", "AI ÷ human, log scale"]),
    (
        "specifications",
        [
            "equal",
            "published 1/2900",
            "human boundary",
            "device-only",
            "AI ÷ human, log scale, 90 %",
            "24 different answers of 120 combinations, by median; 6 without a ratio",
        ],
    ),
    ("steps", ["published choices", "1/590", "whole life, accepted", "published 1/2900"]),
    ("convergence", ["median", "5 %", "95 %", "draws, log scale; bars are two standard errors", "AI ÷ human, log scale"]),
]


@pytest.mark.parametrize(("name", "expected"), SAID)
def test_labels_and_units(name, expected):
    found = texts(FIGURES[name]())
    assert [text for text in expected if text not in found] == [], found


def test_a_row_too_narrow_for_a_bar_has_a_mark():
    """A white gap would leave nothing of it."""
    (axes,) = mc.plot.choices({"wide": ROWS["A as published"], "narrow": np.full(99, 0.01)}).axes
    marks = [line for line in axes.lines if line.get_marker() == "|"]
    assert [to_hex(mark.get_color()) for mark in marks] == ["#ffffff", to_hex(LIGHT["data"])]


def test_sizes_are_a_page_s_and_a_column_s():
    for name, width in (("ratio", 180), ("ratio_column", 88)):
        assert FIGURES[name]().get_figwidth() * 25.4 == pytest.approx(width)


def test_figures_are_vectors(tmp_path):
    path = tmp_path / "choices.svg"
    FIGURES["choices"]().savefig(path)
    assert "<image" not in path.read_text("utf-8")


def test_datasets_of_the_library_are_taken():
    study = mc.load_study("tomlinson-2024")
    at = {"system": "Midjourney", "country": "US"}
    draws = mc.sample(study, draws=2**10, quantities=["ratio", "ai_emissions", "human_emissions"]).sel(at)
    assert "ratio, log scale" in texts(mc.plot.ratio(draws["ratio"], 1 / 2900))
    assert "AI ÷ human, log scale" in texts(mc.plot.ratio(draws["ratio"], 1 / 2900, label="AI ÷ human"))
    assert "ai emissions (gCO₂e/output), log scale" in texts(mc.plot.choices({"A": draws["ai_emissions"]}))
    assert "ai emissions (gCO₂e/output), log scale" in texts(mc.plot.curves({"A": draws["ai_emissions"]}))
    assert "ai emissions (gCO₂e/output), log scale" in texts(mc.plot.dots({"A": draws["ai_emissions"]}, 2.0))
    assert "ratio, log scale" in texts(mc.plot.convergence(draws["ratio"]))
    assert "ratio, log scale" in texts(mc.plot.ratio([1.0, 2.0, 3.0]))
    assert "emissions (gCO₂e/output), log scale" in texts(mc.plot.sides(draws["ai_emissions"], draws["human_emissions"]))
    mc.plot.convergence(draws["ratio"])
    indices = mc.sensitivity(study, "ratio", at=at, draws=2**10)
    assert "illustration fee" in texts(mc.plot.shares(indices))
    assert "illustration fee" in texts(mc.plot.tornado(indices))


def test_of_many_answers_a_ribbon_is_drawn():
    found = multiverse()
    many = dataclasses.replace(found, specifications=found.specifications[:24] * 6)
    figure = mc.plot.specifications(many)
    assert len(figure.axes) == 1 and len(mc.plot.specifications(found).axes) == 2


def test_refusals():
    with pytest.raises(ValueError, match="no combination has a ratio"):
        mc.plot.specifications(dataclasses.replace(multiverse(), specifications=multiverse().specifications[24:]))
    with pytest.raises(ValueError, match="no way to a complete case"):
        mc.plot.steps(dataclasses.replace(multiverse(), steps=()))
    with pytest.raises(ValueError, match="no finite draws"):
        mc.plot.ratio([float("nan")])
    with pytest.raises(ValueError, match="different units"):
        mc.plot.sides(lognormal(1, 2, "g"), lognormal(1, 2, "kg"))
    with pytest.raises(ValueError, match="at most 7"):
        mc.plot.curves({str(k): [1, 2, 3] for k in range(8)})
    with pytest.raises(ValueError, match="cannot be divided by"):
        mc.plot.forest({"x": ([1.0, 2.0], 0.0)})
    with pytest.raises(ValueError, match="chain, draw"):
        mc.plot.convergence([1.0, 2.0])
    with pytest.raises(ValueError, match="needs the median"):
        mc.plot.tornado({"x": (1.0, 2.0)})
    with pytest.raises(ValueError, match="no medians"):
        mc.plot.tornado({"x": (1.0, float("nan"))}, 1.0)


if __name__ == "__main__":
    for name, figure in FIGURES.items():
        figure().savefig(BASELINE / f"{name}.png", dpi=DPI, metadata={"Software": None})


def test_a_prior_without_a_published_value():
    assert "1.1" not in texts(mc.plot.prior(mc.uniform(1, 2), {"One source": 1.5}))


def test_what_holds_more_than_one_quantity_is_told():
    study = mc.load_study("tomlinson-2024")
    with pytest.raises(ValueError, match="a figure shows one quantity of a Dataset: take one of ratio"):
        mc.plot.ratio(mc.sample(study, draws=64, quantities=["ratio"]))
    with pytest.raises(ValueError, match="shares are of one place: select a coordinate on system"):
        mc.plot.shares(mc.sensitivity(study, "ratio", at={"country": "US"}, draws=64))
