"""Units: what they measure, what one is in another, and what is no unit."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest

from mcarbon.reading import registry
from mcarbon.reading.notation import _plain, _powers, parse_unit
from mcarbon.reading.registry import from_pint, known_as
from mcarbon.reading.units import DIMENSIONLESS, UnitError, conversion
from mcarbon.reading.usual_units import NAMES, usual_powers, usual_unit


@pytest.mark.parametrize(
    ("source", "target", "factor"),
    [
        ("kWh", "kWh", 1.0),
        ("kWh", "J", 3.6e6),
        ("Wh", "kWh", 0.001),
        ("J", "Wh", 1 / 3600),
        ("tCO2e", "kgCO2e", 1000.0),
        ("MtCO2e", "gCO2e", 1e12),
        ("lbCO2e/kWh", "gCO2e/kWh", 453.59237),
        ("tCO2e/year", "kgCO2e/month", 1000 / 12),
        ("year", "hour", 8760.0),
        ("year", "day", 365.0),
        ("month", "hour", 730.0),
        ("decade", "year", 10.0),
        ("julian_year", "day", 365.25),
        ("lb", "kg", 0.45359237),
        ("mile", "km", 1.609344),
        ("kgCO2e*hour/year/page/(hour/year)", "gCO2e/page", 1000.0),
        ("percent", "1", 0.01),
        ("1", "percent", 100.0),
        ("PFLOP/second", "FLOP/hour", 3.6e18),
        ("ktoken", "token", 1000.0),
        ("m²", "cm**2", 1e4),
        ("m^3", "L", 1000.0),
        ("J/(g·K)", "kJ/kg/K", 1.0),
        ("h", "minute", 60.0),
        ("kg per hour", "g/s", 1 / 3.6),
        ("m**-2", "1/m**2", 1.0),
        ("degree", "radian", 0.017453292519943295),
        ("kGPU", "GPU", 1000.0),
        ("GPU*hour", "server*hour", None),
        ("gCO2e", "g", None),
        ("USD", "EUR", None),
        ("word", "token", None),
        ("word", "1", None),
        ("person", "1", None),
        ("GB", "1", None),
    ],
)
def test_conversions(source: str, target: str, factor: float | None) -> None:
    one, other = (parse_unit(text, ["GPU", "server"]) for text in (source, target))
    if factor is None:
        with pytest.raises(UnitError, match="cannot be converted"):
            conversion(one, other)
    else:
        assert conversion(one, other) == pytest.approx(factor, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "empty"),
        ("kWhr", "no unit `kWhr`"),
        ("degC", "offset"),
        ("J/degC", "offset"),
        ("dB", "logarithmic"),
        ("3600 s", "has a number"),
        ("2*m/2", "has a number"),
        ("1e3 m", "no unit"),
        ("m**1/2", "has a number"),
        ("m**9**9**9", "not a unit"),
        ("m**(9**9)", "exponent"),
        ("m**-2**-2", "not a unit"),
        ("m**99999999", "exponent above"),
        ("m**", "cannot be read"),
        ("*m", "cannot be read"),
        ("()", "cannot be read"),
        ("m + s", "not a unit"),
        ("%", "not a unit"),
        ("°C", "not a unit"),
        ("__import__('os')", "not a unit"),
        ("GPU", "no unit `GPU`"),
        ("x" * 201, "201 characters"),
    ],
)
def test_what_is_no_unit(text: str, what: str) -> None:
    with pytest.raises(UnitError) as caught:
        parse_unit(text)
    assert what in caught.value.what


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("kWhr", "kWh"),
        ("gco2e", "gCO2e"),
        ("tokens_", "token"),
        ("kwh", "kWh"),
        ("CO2e", "gCO2e"),
        ("CO2", "gCO2e"),
        ("CO2eq", "gCO2e"),
    ],
)
def test_near_misses(wrong: str, right: str) -> None:
    with pytest.raises(UnitError) as caught:
        parse_unit(wrong)
    assert f'Did you mean "{right}' in caught.value.allowed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("gCO2e/kWh", "gCO2e/kWh"),
        ("kgCO2e * hour / year", "kgCO2e·hour/year"),
        ("1/hour", "1/hour"),
        ("J/(g*K)", "J/(g·K)"),
        ("m**2/m", "m"),
        ("m**0.5", "m**(1/2)"),
        ("1", "1"),
    ],
)
def test_shown_as_written(text: str, shown: str) -> None:
    assert str(parse_unit(text)) == shown


def test_algebra() -> None:
    metre, second = parse_unit("m"), parse_unit("s")
    assert metre * second / second == metre
    assert metre / metre == DIMENSIONLESS
    assert (metre**2) ** Fraction(1, 2) == metre
    assert metre**0 == DIMENSIONLESS
    assert ((metre ** Fraction(1, 3)) ** 3).dimension == metre.dimension
    with pytest.raises(UnitError, match="beyond the exponents"):
        (metre**99) ** 9


def test_a_factor_beyond_all_floats_is_refused() -> None:
    with pytest.raises(UnitError, match="beyond what a number holds"):
        conversion(parse_unit("Ym") ** 50, parse_unit("ym") ** 50)


def test_names_of_one_study_are_not_units_of_another() -> None:
    assert conversion(parse_unit("GPU", ["GPU"]), parse_unit("GPU", ["GPU", "server"])) == 1.0
    with pytest.raises(UnitError, match="no unit"):
        parse_unit("GPU", ["server"])


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("kWh", "kilowatt_hour"),
        ("token", "token"),
        ("pin", "picoinch"),
        ("degC", "degC"),
        ("GPU", None),
        ("server", None),
    ],
)
def test_names_that_are_taken(name: str, known: str | None) -> None:
    assert known_as(name) == known


def test_an_unusable_cache_folder_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert registry._registry.__wrapped__().get_root_units("year")[0] == 365 * 24 * 3600


def test_the_year_is_the_same_with_a_fresh_and_a_filled_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Pint computes its own year into its cache while it loads; a redefinition afterwards may come too late.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for _ in range(2):
        assert registry._registry.__wrapped__().get_root_units("year")[0] == 365 * 24 * 3600


def test_usual_units_are_those_of_pint():
    for name in NAMES:
        ours, theirs = usual_unit(name), from_pint(name)
        assert (ours.name, ours.dimension, ours.factor) == (theirs.name, theirs.dimension, theirs.factor), name
    assert usual_unit("furlong") is None


def test_usual_units_are_read_as_by_pint():
    """Products, quotients and whole powers, in whatever order; what is written otherwise is left to Pint."""
    generator, read = random.Random(1), 0
    for _ in range(2000):
        terms = generator.choices([*NAMES, "1", "foo"], k=generator.randint(1, 4))
        powers = generator.choices(["", "", "", "**2", "²", " ** 3", "**-1", "**0", "**0.5"], k=4)
        between = generator.choices(["*", "/", "·", " ", "*("], weights=[5, 5, 2, 1, 1], k=4)
        text = "".join(f"{term}{power}{sign}" for term, power, sign in zip(terms, powers, between))[:-1]
        try:
            tokens = _plain(text)
        except UnitError:
            continue
        ours = usual_powers(tokens)
        if ours is not None:
            read += 1
            assert list(ours.items()) == list(_powers(text, " ".join(tokens)).items()), text
    assert read > 500


def test_built_in_studies_have_usual_units():
    """So that they load without Pint: every name in the units of studies and priors is a usual one, or their own."""
    from mcarbon.reading.library import Library
    from mcarbon.reading.load import load_study, studies

    library = Library()
    texts = [(library.prior(name)[0].unit, library.prior(name)[1].units) for name in library.names()]
    for name in studies():
        study = load_study(name)
        own = (*study.units.names, *study.library_units)
        texts += [(item.unit, own) for item in (*study.inputs.values(), *study.quantities.values())]
    for text, own in texts:
        powers = {} if text == "1" else usual_powers(_plain(text))
        assert powers is not None and set(powers) <= {*NAMES, *own}, text
