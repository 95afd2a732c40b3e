"""Sobol' indices with their errors, by NumPy alone from two samples of the inputs; what is said where there are none."""

import math

import numpy as np
import pytest
import twin
from bars import normal, study, uniform
from scipy import stats

from mcarbon.answers.indices import Indices, indices_of, sobol_indices, tail_index
from mcarbon.engine.pair import Pair
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import Plan
from mcarbon.engine.smoothed import ACCURACY
from mcarbon.reading.model import build_model

pytestmark = pytest.mark.kernels

LENGTH, REPLICATES = 300, 3
SPREAD = 0.6
"""Of the logarithm of the factor."""
PRIORS = {
    "a": normal(0.5, 1.0), "x": f'{{ family = "lognormal", meanlog = 1, sdlog = {SPREAD} }}',
    "b": normal(0.0, 0.5), "c": uniform(0.0, 1.0),
}  # fmt: skip
GROUPS = (("a", "b"), ("x",), ("c",))
TAIL = '[correlations]\n"a, b" = { normal = 0.6 }\n'
CELLS = {  # quantity: formula, the same in NumPy but for the factor, its degree, the inputs, whether it is positive
    "y": ("x * (exp(a + b) + c)", lambda a, b, c: np.exp(a + b) + c, 1.0, "abxc", True),
    "signed": ("(a - c) / sqrt(x)", lambda a, b, c: a - c, -0.5, "axc", False),
    "plain": ("a + 3 * b * c", lambda a, b, c: a + 3 * b * c, 0.0, "abc", False),
    "gaps": (
        "where(c < 0.03, 1 / 0 * c, exp(b) - 0.2)", lambda a, b, c: np.where(c < 0.03, np.inf, np.exp(b) - 0.2), 0.0, "bc",
        False,
    ),
}  # fmt: skip


def samples(side):
    """The values of all inputs by name (replicates, draws), by SciPy from the twin's uniforms."""
    u = {
        name: np.array([twin.random_uniforms(1, chain, (name, *side), LENGTH) for chain in range(REPLICATES)])
        for name in PRIORS
    }
    z = 0.6 * stats.norm.ppf(u["a"]) + 0.8 * stats.norm.ppf(u["b"])
    x = stats.lognorm(SPREAD, scale=math.e).ppf(u["x"])
    return {"a": 0.5 + stats.norm.ppf(u["a"]), "x": x, "b": 0.5 * z, "c": u["c"]}


def model_of_cells():
    lines = [f'[quantities.{name}]\nunit = "1"\nformula = "{formula}"\n' for name, (formula, *_) in CELLS.items()]
    return build_model(study(PRIORS, CELLS["y"][0], tail=TAIL + "".join(lines[1:])))


def by_numpy(name, log, smooth):
    """Of a cell: (first, total, variance) by the replicates' weights, counts of values, the first chain's draws.

    With `smooth` the factor is known, else it is an input like others.
    """
    a, b = samples(()), samples(("1",))
    _, function, degree, needed, _ = CELLS[name]
    used = [group for group in GROUPS if set(group) & set(needed) and not (smooth and group == ("x",))]

    def f(values):
        return function(values["a"], values["b"], values["c"]) * (1.0 if smooth else values["x"] ** degree)

    raw = [f(a), f(b)]
    for group in used:
        raw += [f({k: (second if k in group else first)[k] for k in a}) for first, second in ((a, b), (b, a))]
    with np.errstate(all="ignore"):
        values = [np.where(np.isfinite(each), np.log(each) if log else each, np.nan) for each in raw]
    product, square, between, n = [], [], [], []
    for j in range(len(used)):
        fa, fb, fi, fj = values[0], values[1], *values[2 + 2 * j : 4 + 2 * j]
        good = np.isfinite(fa + fb + fi + fj)
        for sums, terms in (
            (product, 2 * (fa - fi) * (fj - fb)), (square, (fa - fi) ** 2 + (fb - fj) ** 2),
            (between, (fa - fb) ** 2 + (fi - fj) ** 2), (n, good),
        ):  # fmt: skip
            sums.append(np.where(good, terms, 0).sum(axis=1))

    def figures(w):
        first, total = (
            np.array([w @ top / (w @ bottom) for top, bottom in zip(sums, between)]) for sums in (product, square)
        )
        variance = sum(w @ each for each in between) / sum(4 * w @ each for each in n)
        known = (degree * SPREAD) ** 2 if smooth and log else 0.0
        shares = variance / (variance + known)
        if known:
            # In the file the factor stands after the first of the correlated inputs.
            first, total = (np.insert(shares * each, 1, 1 - shares) for each in (first, total))
        return first, total, np.array([variance + known])

    every = np.array(raw)
    with np.errstate(invalid="ignore"):
        counts = np.sum(~np.isfinite(every)), np.sum(np.isfinite(every) & (every <= 0)) if log else 0
    return figures, (every.size, *counts), raw[0][0]


@pytest.mark.parametrize("scale", [None, "log", "linear"])
def test_indices_are_numpys(scale):
    """All cells at once, one of them twice, correlated inputs and a factor that is known on the log scale alone.

    A replicate's deviation is how the pooled figure moves with the replicate's weight.
    """
    plan, asked = Plan.of(REPLICATES * LENGTH, REPLICATES, "random"), ["y", "plain", "gaps", "signed", "y"]
    result = indices_of(model_of_cells(), [(name, {}) for name in asked], plan, scale, threads=1)
    assert len(result) == 5 and result[0] is result[4]
    for name, found in zip(asked, result):
        log = scale == "log" or (scale is None and CELLS[name][-1])
        _, _, degree, needed, _ = CELLS[name]
        smooth = log and degree != 0
        figures, counts, drawn = by_numpy(name, log, smooth)
        assert isinstance(found, Indices) and found.scale == ("log" if log else "linear") and found.vary
        groups = [tuple(each for each in group if each in needed) for group in GROUPS]
        assert found.inputs == tuple(group for group in groups if group)
        assert (found.evaluations, found.not_finite, found.not_positive) == counts, name
        assert found.accuracy == (ACCURACY if smooth else 0.0)
        assert found.tail == (math.inf if log else pytest.approx(tail_index(drawn), rel=1e-4)), name
        pooled = figures(np.ones(REPLICATES))
        deviations = []
        for r in range(REPLICATES):
            by = np.eye(REPLICATES)[r] * 1e-4
            pairs = zip(figures(1 + by), figures(1 - by))
            deviations.append([REPLICATES * (above - below) / 2e-4 for above, below in pairs])
        for k, (value, deviation) in enumerate(
            (
                (found.first, found.first_deviations),
                (found.total, found.total_deviations),
                (np.array([found.variance]), found.variance_deviations[:, None]),
            )
        ):
            np.testing.assert_allclose(value, pooled[k], rtol=3e-5, atol=1e-6, err_msg=name)
            expected = np.array([each[k] for each in deviations])
            np.testing.assert_allclose(deviation, expected, rtol=1e-3, atol=1e-5, err_msg=name)
        for error, deviation in ((found.first_error, found.first_deviations), (found.total_error, found.total_deviations)):
            squares = deviation.var(axis=0, ddof=1) / REPLICATES + found.accuracy**2
            np.testing.assert_allclose(error, np.sqrt(squares), rtol=1e-12)


def of_pair(formula, priors, scale=None, draws=2 * 600, method="random", progress=lambda share: None):
    model = build_model(study(priors, formula))
    plan = Plan.of(draws, 2, method)
    return sobol_indices(Pair(compile_program(model, [("y", {})]), plan), scale, 1, progress)[0]


@pytest.mark.parametrize(
    ("formula", "scale"),
    [("1 + a", "log"), ("a - 0.9", "linear"), ("where(a > 0.5, 1, 0)", "linear"), ("a - 0.001", "linear")],
)
def test_the_first_draws_tell_the_scale(formula, scale):
    """Or nearly all of it is done twice. Of these some are not positive within 600 draws, but none is -1."""
    told = []
    found = of_pair(formula, {"a": uniform(0.0, 1.0)}, progress=told.append)
    assert found.scale == scale and told == [0.5, 1.0]
    assert found.vary and found.total == pytest.approx([1.0], rel=1e-9)


def test_a_value_that_is_not_positive_makes_the_scale_linear_wherever_it_is_drawn():
    """The smallest of all draws of the first chain is none of its first 2048; the second cell is positive throughout."""
    u = twin.random_uniforms(1, 0, ("a",), 3000)
    assert u[2048:].min() < u[:2048].min() * 0.9
    cut = float(1 + 0.95 * u[:2048].min())
    tail = '[quantities.z]\nunit = "1"\nformula = "a"\n'
    model = build_model(study({"a": uniform(1.0, 2.0)}, f"a - {cut!r}", tail=tail))
    told = []
    program = compile_program(model, [("y", {}), ("z", {})])
    found = sobol_indices(Pair(program, Plan.of(2 * 3000, 2, "random", 1)), None, 1, told.append)
    assert [each.scale for each in found] == ["linear", "log"]
    assert all(each.not_positive == 0 and each.total == pytest.approx([1.0], rel=1e-9) for each in found)
    assert told == [0.5, 1.0, 0.5, 1.0]


@pytest.mark.parametrize("sign", [1, -1])
def test_what_spreads_by_rounding_alone_does_not_vary(sign):
    """A product around a million is rounded to 1e-10, a relative 1e-16; 3e-10 of it is a spread."""
    priors = {"a": uniform(1.0, 2.0), "b": uniform(1.0, 2.0)}
    rounded = of_pair(f"{sign}e6 * a * b / a / b", priors, "linear")
    assert not rounded.vary and math.isnan(rounded.variance) and np.isnan(rounded.variance_deviations).all()
    assert np.isnan(rounded.first).all() and np.isnan(rounded.total_error).all() and rounded.total.shape == (2,)
    narrow = of_pair(f"{sign} * (1e6 + 1e-3 * a)", priors, "linear")
    assert narrow.vary and narrow.total == pytest.approx([1.0], abs=1e-6)
    assert narrow.variance == pytest.approx(1e-6 / 12, rel=0.2)
    assert not of_pair("a * b / a / b", {"a": uniform(1.0, 2.0), "b": uniform(1.0, 2.0)}, "log").vary
    nothing = of_pair("2", {"a": uniform(0.0, 1.0)}, "linear")
    assert not nothing.vary and nothing.inputs == () and nothing.evaluations == 2 * 1200


def test_tails_have_no_unit():
    values = np.random.default_rng(22).standard_t(3, 400)
    for scale in (1e-9, 1e9):
        assert tail_index(scale * values) == pytest.approx(tail_index(values), rel=1e-9)
