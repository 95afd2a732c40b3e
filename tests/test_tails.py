"""What every family tells of its ends and tails, against its own probabilities there."""

import itertools
import math

import numpy as np
import pytest
from pydantic import TypeAdapter
from test_priors import PRIORS, mixture

from mcarbon.families import FAMILIES, Prior
from mcarbon.families.tails import ATOM, BOUNDED, EVERY_POWER, NONE, NOTHING, UNKNOWN, Tail, power

UNIFORM = {"family": "uniform", "low": 0.0, "high": 1.0}


def distribution(prior):
    return TypeAdapter(Prior).validate_python(prior).distribution()


def name(prior):
    return " ".join(str(value) for value in prior.values())[:60]


def slope(x, y):
    """The last of the slopes of log y over log x, where it has settled to 1 %; else None."""
    with np.errstate(all="ignore"):
        slopes = np.diff(np.log(y)) / np.diff(np.log(x))
    return slopes[-1] if np.isfinite(slopes).all() and abs(slopes[-1] - slopes[-2]) < 0.01 * abs(slopes[-1]) else None


def quantiles(made, *p):
    return [float(made.ppf(np.array([one]))[0] if one < 0.5 else made.isf(np.array([1 - one]))[0]) for one in p]


def ends(made):
    """Each end, the probability between it and x, and the way inwards."""
    shape = made.shape()
    return (shape.low, made.cdf, 1.0), (shape.high, made.sf, -1.0)


@pytest.mark.parametrize("prior", PRIORS, ids=name)
def test_ends_are_where_the_probability_ends(prior):
    made = distribution(prior)
    low, high = quantiles(made, 1e-9, 1 - 1e-9)
    for (end, gone, inwards), near in zip(ends(made), (low, high), strict=True):
        if math.isfinite(end.at):
            assert gone(np.array([np.nextafter(end.at, -inwards * np.inf)]))[0] == 0
            assert end.tail.slowest == ATOM or gone(np.array([end.at + inwards * 1e-3 * (high - low)]))[0] > 0
        else:
            assert inwards * (near - quantiles(made, 1e-12 if inwards > 0 else 1 - 1e-12)[0]) > 0


@pytest.mark.parametrize("prior", PRIORS, ids=name)
def test_tails_at_the_ends_are_those_of_the_probabilities(prior):
    """The power with which the probability falls, over some orders of magnitude next to each end."""
    made = distribution(prior)
    low, high = quantiles(made, 0.25, 0.75)
    for end, gone, inwards in ends(made):
        if end.tail.slowest == ATOM:
            continue
        (near,) = quantiles(made, 1e-9 if inwards > 0 else 1 - 1e-9)
        if math.isinf(end.at):
            distance = 10.0 ** -np.arange(1.0, 5.0)
            found = slope(distance, gone(near - inwards * max(abs(near), high - low) / distance))
        else:
            distance = max(abs(near - end.at), 1e-6 * (high - low)) * 10.0 ** -np.arange(2.0, 6.0)
            found = slope(distance, gone(end.at + inwards * distance))
        known = end.tail.fastest
        if end.tail == Tail.exact(known) and NOTHING < known < EVERY_POWER:
            assert found is not None
            assert found == pytest.approx(known.rate, rel=0.02)
        elif found is not None and end.tail.slowest.stretch == 0:
            # What is only bounded, holds.
            assert end.tail.slowest.rate <= found * 1.02


@pytest.mark.parametrize("prior", [prior for prior in PRIORS if prior["family"] != "mixture"], ids=name)
def test_what_fills_its_range_has_probability_everywhere(prior):
    made = distribution(prior)
    assert made.shape().fills == (prior["family"] not in ("discrete", "empirical", "scipy"))
    if made.shape().fills:
        x = np.linspace(*quantiles(made, 1e-3, 1 - 1e-3), 400)
        assert np.all(np.maximum(np.diff(made.cdf(x)), -np.diff(made.sf(x))) > 0)


FILLS = [  # the parts of a mixture, and whether there is density all between its ends
    ([(0.0, 2.0), (1.0, 3.0)], True),
    ([(1.0, 3.0), (0.0, 2.0), (-4.0, 0.5)], True),
    ([(0.0, 1.0), (1.0, 3.0)], False),  # it may be 0 where they touch
    ([(0.0, 1.0), (2.0, 3.0)], False),
]


@pytest.mark.parametrize(("parts", "fills"), FILLS)
def test_mixtures_fill_their_range_where_their_parts_overlap(parts, fills):
    uniform = [{"family": "uniform", "low": low, "high": high} for low, high in parts]
    assert distribution(mixture(*((1.0, one) for one in uniform))).shape().fills == fills


@pytest.mark.parametrize("prior", PRIORS, ids=name)
def test_no_place_is_more_crowded_than_told(prior):
    """As e falls by 10, the most that an interval of width e holds falls by 10**k at least."""
    made = distribution(prior)
    shape = made.shape()
    low, high = quantiles(made, 0.01, 0.99)
    # A log-normal over twenty orders of magnitude is densest where it has 1e-49 of its probability.
    if not shape.crowding or (low > 0 and high > 1e12 * low):
        return
    x = np.unique(np.append(made.ppf(np.linspace(0.001, 0.999, 2001)), made.knots))
    widths = np.min(np.diff(x)) * 10.0 ** -np.arange(0.0, 3.0)
    held = [np.max(made.cdf(x + e) - made.cdf(x - e)) for e in widths]
    for wider, narrower in itertools.pairwise(held):
        assert narrower <= wider * 10.0**-shape.crowding * 1.1


def test_every_family_is_looked_at():
    assert {prior["family"] for prior in PRIORS} == {
        family.model_fields["family"].annotation.__args__[0] for family in FAMILIES
    }


TAILS = {  # prior: its tail towards infinity, and that of one over it; the exponents of textbooks
    "normal around 0": ({"family": "normal", "mean": 1.0, "sd": 2.0}, None, power(1.0)),
    "normal cut at 0": ({"family": "normal", "mean": 1.0, "sd": 2.0, "lower": 0.0}, None, power(1.0)),
    "normal above 0": ({"family": "normal", "mean": 1.0, "sd": 2.0, "lower": 0.1}, None, NONE),
    "log-normal": ({"family": "lognormal", "median": 1.0, "gsd": 2.0}, EVERY_POWER, EVERY_POWER),
    "uniform from 0": (UNIFORM, NONE, power(1.0)),
    "uniform below 0": ({"family": "uniform", "low": -2.0, "high": -1.0}, NONE, NONE),
    "triangular from 0": ({"family": "triangular", "low": 0.0, "mode": 1.0, "high": 2.0}, NONE, power(2.0)),
    "triangular with its mode at 0": ({"family": "triangular", "low": 0.0, "mode": 0.0, "high": 2.0}, NONE, power(1.0)),
    "beta": ({"family": "beta", "a": 0.3, "b": 2.0}, NONE, power(0.3)),
    "PERT": ({"family": "pert", "low": 0.0, "mode": 1.0, "high": 4.0}, NONE, power(2.0)),
    "arcsine": ({"family": "arcsine", "low": 0.0, "high": 4.0}, NONE, power(0.5)),
    "gamma": ({"family": "gamma", "shape": 0.7, "scale": 2.0}, None, power(0.7)),
    "Weibull": ({"family": "weibull", "shape": 1.7, "scale": 2.0}, None, power(1.7)),
    "exponential": ({"family": "exponential", "scale": 2.0}, None, power(1.0)),
    "t": ({"family": "student_t", "df": 3.0, "loc": 5.0, "scale": 1.0}, power(3.0), power(1.0)),
    "t cut above": ({"family": "student_t", "df": 3.0, "loc": 5.0, "scale": 1.0, "upper": 9.0}, power(3.0), power(1.0)),
    "t cut on both sides": (
        {"family": "student_t", "df": 3.0, "loc": 5.0, "scale": 1.0, "lower": 1.0, "upper": 9.0}, NONE, NONE,
    ),
    "values": ({"family": "discrete", "values": [0.0, 1.0], "weights": [1.0, 1.0]}, NONE, NONE),
    "mixture, one component at 0": (
        mixture((0.999, {"family": "lognormal", "median": 1.0, "gsd": 2.0}), (0.001, UNIFORM)), EVERY_POWER, power(1.0),
    ),
    "mixture around 0, with a gap there": (
        mixture((1.0, {"family": "uniform", "low": 1.0, "high": 2.0}), (1.0, {**UNIFORM, "low": -2.0, "high": -1.0})),
        NONE, NONE,
    ),
    "Cauchy by SciPy": ({"family": "scipy", "name": "cauchy"}, power(1.0), None),
    "Lomax by SciPy": ({"family": "scipy", "name": "lomax", "c": 1.2}, power(1.2), power(1.0)),
    "generalised extreme values by SciPy": ({"family": "scipy", "name": "genextreme", "c": -0.4}, power(2.5), None),
    "inverse gamma by SciPy": ({"family": "scipy", "name": "invgamma", "a": 2.0}, power(2.0), None),
}  # fmt: skip


@pytest.mark.parametrize("case", TAILS)
def test_tails_of_the_textbooks(case):
    prior, far, near = TAILS[case]
    shape = distribution(prior).shape()
    if far is not None:
        assert shape.far == Tail.exact(far)
    if near is not None:
        assert shape.near == Tail.exact(near)


def test_a_log_metalog_has_a_power_tail():
    """x is like exp(s log-odds) far out, s being the mean step of the log-odds' terms there: Keelin's equations 6 and 11.

    Through 10, 20, 50 at 10, 50, 90 % with a bound at 0: a2 = .366243380, a3 = .126946258 (problem E4), s = a2 + a3 / 2.
    """
    far = distribution({"family": "metalog", "p10": 10.0, "p50": 20.0, "p90": 50.0, "lower": 0.0}).shape().far
    assert far.fastest.rate == pytest.approx(1 / (0.366243380 + 0.126946258 / 2), rel=1e-6)
    unbounded = distribution({"family": "metalog", "p10": 10.0, "p50": 20.0, "p90": 50.0}).shape()
    assert unbounded.high.tail.fastest.stretch == 1.0


def test_what_scipy_does_not_tell_is_unknown():
    shape = distribution({"family": "scipy", "name": "truncpareto", "b": 1.0, "c": 4.0}).shape()
    assert shape.low.tail == shape.high.tail == UNKNOWN
    assert shape.far == BOUNDED
    assert not shape.fills
