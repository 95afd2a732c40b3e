"""Studies built in Python, for the tests: a small one, and one with every table and form."""

from __future__ import annotations

import numpy as np

import mcarbon as mc


def coffee() -> mc.StudyBuilder:
    builder = mc.StudyBuilder("coffee", title="Energy of a cup of coffee")
    water = builder.input("water", unit="g", prior=mc.triangular(150, 200, 300), source="judgement")
    heat = builder.input("heat", unit="J/g", prior=mc.normal(335, 10), source="judgement")
    builder.quantity("energy", water * heat, unit="Wh")
    return builder


def everything() -> mc.StudyBuilder:
    """A study with every table and form, the same as the template."""
    builder = mc.StudyBuilder("tea", "Tea", summary="A summary.", source="doe2020")
    builder.reference("doe2020", title="On tea", author="Doe, Jane", year=2020, url="https://example.org/tea")
    builder.units("serving")
    builder.dimension("country", ["US", "India"])
    builder.choice("water_boiled", ["as-needed", "full-kettle"], published="as-needed", note="...")
    builder.case("habit", "full kettle", {"water_boiled": "full-kettle"}, why="...", source="judgement", complete=True)
    water = builder.input("water", "g/serving", prior=mc.triangular(180, 250, 350), published=250, source="doe2020")
    kettle = builder.input("kettle", "g/serving", prior=mc.lognormal(p5=700, p95=1700), neutral=250, source="judgement")
    heat = builder.input("heat", "J/g", value=np.float64(335))
    efficiency = builder.input(
        "efficiency", "1", prior=mc.uniform(0.7, 0.9), published="0.80", source=["doe2020", "judgement"], where="p. 1",
        corrected={"value": 0.85, "why": "a slip", "source": "judgement"}, kind="measured",
    )  # fmt: skip
    stove = builder.input("stove", "1", prior=mc.uniform(0.3, 0.5), published=0.4, source="doe2020")
    grid = builder.input(
        "grid", "gCO2e/kWh", by="country",
        at={"US": {"published": 400, "prior": "grid.us", "source": "doe2020"}, "India": "grid.india"},
    )  # fmt: skip
    losses = builder.input(
        "losses", "1", by=("country", "water_boiled"), source="judgement",
        at={"US": {"as-needed": 1.0, "full-kettle": mc.uniform(1, 1.2)}, "India": {"as-needed": 1, "full-kettle": 1.1}},
    )  # fmt: skip
    boiled = builder.quantity(
        "boiled", unit="g/serving", by="water_boiled", at={"as-needed": water, "full-kettle": kettle * 1}
    )
    energy = boiled * heat / efficiency * losses
    first = builder.quantity("kettle_emissions", energy * grid, "gCO2e/serving", note="...")
    second = builder.quantity("stove_emissions", water * heat / stove * grid, "gCO2e/serving")
    ratio = builder.quantity("ratio", first / second, sides={"kettle": first, "stove": "stove_emissions"})
    builder.quantity("number", 3)
    builder.correlation(efficiency, stove, 0.3)
    builder.correlation("water", stove, normal=-0.2)
    builder.claim("half", "Half.", ratio, published="1/2", direction="< 1", source="doe2020", where="p. 2", note="...")
    builder.claim(
        "cup", "12 g.", first, at={"country": "US"}, published="0.012", unit="kgCO2e/serving", digits=2,
        via={"boiled": 250}, source="doe2020",
    )  # fmt: skip
    builder.defect("Losses are not measured.", "internal", claims=["half"], where="p. 3", source="judgement")
    builder.not_counted("The cup.", "up", why="It lasts.", source="judgement")
    return builder
