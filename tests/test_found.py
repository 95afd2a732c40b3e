"""What mutants and the fuzzer found, one test each."""

from __future__ import annotations

import math

import pytest
from mutants import survives

import mcarbon as mc
from mcarbon.words.statement import distance

HEAD = 'format = 1\nid = "x"\ntitle = "x"\n'


def drawn(prior: str) -> str:
    """A study of one input with this prior."""
    return (
        f'{HEAD}[inputs.x]\nunit = "1"\nsource = "judgement"\nprior = {{ {prior} }}\n'
        '[quantities.q]\nunit = "1"\nformula = "x"\n'
    )


@pytest.mark.parametrize(
    "prior",
    [
        'family = "uniform", low = 1e307, high = 1e308',
        'family = "uniform", low = -1.7e308, high = 1.7e308',
        'family = "normal", mean = 0, sd = 1.7e308',
        'family = "lognormal", median = 1, gsd = 1e300',
        'family = "student_t", df = 3, loc = 1.7e308, scale = 1e308, lower = 0',
        'family = "triangular", low = -1.7e308, mode = 0, high = 1.7e308',
        'family = "trapezoid", low = -1.7e308, mode_low = 0, mode_high = 1, high = 1.7e308',
        'family = "curvilinear_trapezoid", low = -1.7e308, high = 1.7e308, d = 1e300',
        'family = "pert", low = -1.7e308, mode = 0, high = 1.7e308',
        'family = "arcsine", low = -1.7e308, high = 1.7e308',
        'family = "beta", a = 2, b = 2, low = -1.7e308, high = 1.7e308',
        'family = "lognormal", mean = 1, sd = 1e300',
        'family = "metalog", p5 = -1.7e308, p50 = 0, p95 = 1.7e308',
    ],
)
def test_a_prior_near_the_largest_float_is_refused_by_name(prior: str) -> None:
    """Its cubics overflowed, with a warning on stderr and values that were no numbers."""
    try:
        study = mc.parse_study(drawn(prior))
    except mc.UserError as error:
        assert "[inputs.x] prior" in str(error)
        return
    with pytest.raises(mc.UserError, match=r"\[inputs.x\] prior\n +the quantile table of the family"):
        mc.sample(study, draws=1024)


@pytest.mark.parametrize(
    ("prior", "values"),
    [
        ('family = "normal", mean = 1.7e308, sd = 1', {1.7e308}),
        ('family = "discrete", values = [-1.7e308, 1.7e308], weights = [1, 1]', {-1.7e308, 1.7e308}),
    ],
)
def test_a_prior_of_single_values_may_be_as_large(prior: str, values: set[float]) -> None:
    draws = mc.sample(mc.parse_study(drawn(prior)), draws=1024)["q"]
    assert set(draws.values.ravel().tolist()) == values


def test_the_distance_of_an_interval_may_be_beyond_a_float_s_ratio() -> None:
    """The quotient was 0, of which there is no logarithm."""
    assert distance(1e-310, 1e-309, 1e300, 1e301) == pytest.approx(609 * math.log(10), rel=1e-9)
    assert distance(1e300, 1e301, 1e-310, 1e-309) == pytest.approx(609 * math.log(10), rel=1e-9)


def test_a_side_of_a_ratio_has_no_axis_that_the_ratio_lacks() -> None:
    """It loaded, and ended in a KeyError when it was run."""
    text = (
        f'{HEAD}[dimensions]\ncountry = ["US", "India"]\n[inputs.x]\nunit = "g"\nby = "country"\n'
        'at.US = { value = 1 }\nat.India = { value = 2 }\n'
        '[quantities.all]\nunit = "g"\nformula = "sum(x, \\"country\\")"\n'
        '[quantities.ratio]\nunit = "1"\nformula = "all / x[\\"US\\"]"\nsides = { all = "all", x = "x" }\n'
    )  # fmt: skip
    with pytest.raises(mc.UserError, match="`x` differs by country, which `ratio` does not"):
        mc.parse_study(text)
    assert survives(text.replace('x = "x" }', 'x = "all" }')) == "answered"


def test_a_quantity_whose_entries_have_no_axis_is_told() -> None:
    text = f'{HEAD}[quantities.q]\nunit = "1"\nat = {{ a = "1", b = "2" }}\n'
    with pytest.raises(mc.UserError, match="`at` needs `by`"):
        mc.parse_study(text)


def test_nothing_in_a_study_is_changed_in_place() -> None:
    """`study.inputs["x"] = 3` was accepted, and the study kept the digest that it no longer had."""
    study = mc.parse_study(drawn('family = "discrete", values = [1, 2], weights = [1, 1]'))
    prior = study.inputs["x"].prior
    for change in (
        lambda: study.inputs.__setitem__("x", 3),
        lambda: study.inputs.update(x=3),
        lambda: study.quantities.pop("q"),
        lambda: study.library.clear(),
        lambda: study.axes.setdefault("country", []),
        lambda: study.library_units.append("server"),
        lambda: prior.values.__setitem__(0, 5),
        lambda: prior.weights.sort(),
    ):
        with pytest.raises(TypeError, match="cannot be changed in place"):
            change()


def test_a_frozen_study_is_copied_and_sent() -> None:
    import copy
    import pickle

    study = mc.parse_study(drawn('family = "discrete", values = [1, 2], weights = [1, 1]'))
    for other in (pickle.loads(pickle.dumps(study)), copy.deepcopy(study), copy.copy(study)):
        assert other == study and other.digest == study.digest
        with pytest.raises(TypeError):
            other.inputs["x"] = 3
    changed = study.with_prior("x", mc.uniform(1, 2), source="judgement")
    with pytest.raises(TypeError):
        changed.inputs["x"] = 3
