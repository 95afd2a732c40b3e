"""Conditioning on pure factors: which are found, and that smooth answers are right, with honest errors."""

import math

import numpy as np
import pytest
from bars import study as problem
from scipy import integrate, optimize, stats
from seeds import seeds, share_band

import mcarbon as mc
from mcarbon.answers.summarize import summary_rows
from mcarbon.engine.factors import Homogeneity, without
from mcarbon.engine.graph import Draw, Graph, drawn
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import METHODS, Plan, Sampler
from mcarbon.reading.load import studies
from mcarbon.reading.model import build_model

PRIORS = {
    "x": '{ family = "lognormal", meanlog = 0.3, sdlog = 0.7 }',
    "z": '{ family = "gamma", shape = 3.0, scale = 2.0 }',
    "a": '{ family = "uniform", low = 0.0, high = 1.0 }',
    "b": '{ family = "triangular", low = 1.0, mode = 2.0, high = 4.0 }',
    "n": '{ family = "normal", mean = 0.0, sd = 1.0 }',
    "k": '{ family = "discrete", values = [1, 2], weights = [1, 1] }',
    "e": '{ family = "empirical", values = [1, 2, 5] }',
}
X = stats.lognorm(0.7, scale=np.exp(0.3))


def study(formula):
    lines = [f'inputs.{name} = {{ unit = "1", prior = {prior}, source = "judgement" }}' for name, prior in PRIORS.items()]
    inputs = "\n".join(lines) + "\n"
    return mc.parse_study(
        f'format = 1\nid = "smooth"\ntitle = "Smooth"\n{inputs}[quantities.y]\nunit = "1"\nformula = "{formula}"\n'
    )


DEGREES = {
    "x": {"x": 1},
    "x * b / z": {"x": 1, "b": 1, "z": -1},
    "2 * x ** 1.5": {"x": 1.5},
    "-x ** 2 + abs(-x) ** 2": {"x": 2},
    "sqrt(x ** 3 * a)": {"x": 1.5, "a": 0.5},
    "sqrt(x) * abs(-z) ** -2": {"x": 0.5, "z": -2},
    "x * a + x * b": {"x": 1, "a": None, "b": None},
    "x / z * a + x / z": {"x": 1, "z": -1, "a": None},
    "(x * a + b) / x": {"x": None, "a": None, "b": None},
    "(x * a + b * x) / (x * b)": {"x": 0, "a": None, "b": None},
    "x + 0": {"x": 1},
    "minimum(x * a, x * b) + maximum(x, x * z)": {"x": 1, "a": None, "b": None, "z": None},
    "where(x * a < x * b, x, 2 * x)": {"x": 1, "a": None, "b": None},
    "where(x < b, x, 2 * x)": {"x": None, "b": None},
    "where(a < 0.5, 0, x)": {"x": 1, "a": None},
    "exp(a) * x": {"x": 1, "a": None},
    "exp(x / (x + x * a))": {"x": 0, "a": None},
    "x ** a": {"x": None, "a": None},
    "x - 1": {"x": None},
}


@pytest.mark.kernels
@pytest.mark.parametrize("formula", DEGREES)
def test_degrees(formula):
    graph = Graph(build_model(study(formula)), drawn)
    homogeneity = Homogeneity(graph)
    found = homogeneity.degrees(graph.cell("y", {}))
    names = {node: vertex.input for node, vertex in enumerate(graph.vertices) if isinstance(vertex, Draw)}
    broken = {names[node]: None for node, bit in homogeneity.bit.items() if found.broken & bit}
    assert {**{names[node]: degree for node, degree in found.of.items()}, **broken} == DEGREES[formula]


@pytest.mark.kernels
@pytest.mark.parametrize(
    ("formula", "rest"),
    [
        ("x * z", "1"),
        ("x * (1 + a) / z", "1 * (1 + a) / 1"),
        ("x ** 2 * b + sqrt(z) * b", "1 ** 2 * b + sqrt(1) * b"),
        ("where(a < 0.5, x, x * b)", "where(a < 0.5, 1, 1 * b)"),
        ("a + b", "a + b"),
    ],
)
def test_what_is_left_has_1_in_the_place_of_a_factor(formula, rest):
    """A graph's node is the same for the same formula: that with 1 written out."""
    text = study(formula).to_toml() + f'[quantities.rest]\nunit = "1"\nformula = "{rest}"\n'
    graph = Graph(build_model(mc.parse_study(text)), drawn)
    y, expected = graph.cell("y", {}), graph.cell("rest", {})
    left_out = frozenset(n for n, each in enumerate(graph.vertices) if isinstance(each, Draw) and each.input in ("x", "z"))
    made = {}
    assert without(graph, y, left_out, made) == expected
    assert without(graph, y, left_out, made) == expected and made[y] == expected


@pytest.mark.kernels
@pytest.mark.parametrize(
    ("formula", "labels"),
    [
        ("x * z", {"x", "z"}),
        ("x * k + x", {"x"}),
        ("x * n", {"x"}),
        ("k * e * n", set()),
        ("x * a", {"x", "a"}),
        ("x + z", set()),
    ],
)
def test_factors_are_continuous_and_positive(formula, labels):
    program = compile_program(build_model(study(formula)), [("y", {})], smooth=True)
    assert {factor.label for factor in program.factors[0]} == labels


@pytest.mark.kernels
def test_correlated_inputs_are_no_factors():
    text = study("x * z * b").to_toml() + '[correlations]\n"x, z" = 0.5\n'
    program = compile_program(build_model(mc.parse_study(text)), [("y", {})], smooth=True)
    assert {factor.label for factor in program.factors[0]} == {"b"}


def given(h, density, low, high):
    """P(x h(t) <= y) for t of this density."""
    return lambda y: integrate.quad(lambda t: float(below(h(t), y)) * density(t), low, high, limit=400, epsabs=1e-11)[0]


def below(h, y):
    if h == 0:
        return float(y >= 0)
    return X.cdf(y / h) if h > 0 else X.sf(y / h)


CASES = {  # formula: (P(y <= .), a bracket)
    "x * (1 + a)": (given(lambda t: 1 + t, lambda t: 1.0, 0, 1), (1e-6, 1e4)),
    "x * (a - 0.3)": (given(lambda t: t - 0.3, lambda t: 1.0, 0, 1), (-1e4, 1e4)),
    "x * where(a < 0.02, 0, a)": (given(lambda t: 0.0 if t < 0.02 else t, lambda t: 1.0, 0, 1), (-1.0, 1e4)),
    "x / b + x * 2 / b": (given(lambda t: 3 / t, stats.triang(1 / 3, 1, 3).pdf, 1, 4), (1e-6, 1e4)),
    "x ** 2 * k ** 2": (lambda y: 0.5 * X.cdf(np.sqrt(y)) + 0.5 * X.cdf(np.sqrt(y) / 2), (1e-9, 1e8)),
    "sqrt(x) * n": (
        lambda y: integrate.quad(lambda t: X.pdf(t) * stats.norm.cdf(y / np.sqrt(t)), 0, np.inf, epsabs=1e-11)[0],
        (-1e3, 1e3),
    ),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("formula", CASES)
def test_quantiles_are_those_of_the_mixture(formula, method):
    """Within t-based bars (32 replicates, one in 10^4 false alarms a figure) that are narrower than plain counting's."""
    cdf, bracket = CASES[formula]
    p = (0.05, 0.5, 0.95)
    (smooth,) = summary_rows(study(formula), quantiles=p, draws=2**16, replicates=32, method=method).quantities
    (plain,) = summary_rows(study(formula), quantiles=p, draws=2**16, replicates=32, method=method, smooth=False).quantities
    bar = stats.t.ppf(1 - 5e-5, 31)
    for q in p:
        exact = optimize.brentq(lambda y, q=q: cdf(y) - q, *bracket, xtol=1e-12)
        # Beside the Monte Carlo error, what is left of the bins and the grid.
        assert abs(smooth.quantiles[q] - exact) <= bar * smooth.standard_error_quantiles[q] + 2e-5 * abs(exact) + 1e-12, q
        assert smooth.standard_error_quantiles[q] <= 1.1 * plain.standard_error_quantiles[q]


@pytest.mark.kernels
def test_a_product_of_pure_factors_is_exact():
    """Problem E1: the ratio of log-normals, without any Monte Carlo error."""
    intervals = {"x": (100, 1000), "z": (2e-4, 3e-3), "b": (1.05, 1.6), "a": (0.02, 0.8), "n": (200, 600), "k": (0.05, 0.15)}
    inputs = "".join(
        f'[inputs.{name}]\nunit = "1"\nprior = {{ family = "lognormal", p5 = {low}, p95 = {high} }}\nsource = "judgement"\n'
        for name, (low, high) in intervals.items()
    )
    known = mc.parse_study(
        f'format = 1\nid = "e1"\ntitle = "E1"\n{inputs}[quantities.y]\nunit = "1"\nformula = "x * z * b * a / (n * k)"\n'
    )
    (row,) = summary_rows(known, draws=64, replicates=16).quantities
    assert row.quantiles == pytest.approx({0.05: 9.13346e-5, 0.5: 1.338656e-3, 0.95: 1.962017e-2}, rel=2e-5)
    assert row.mean == pytest.approx(5.072661e-3, rel=1e-5)
    # What is left is how well a share is known at all.
    assert all(error < 1e-5 * row.quantiles[p] for p, error in row.standard_error_quantiles.items())
    assert row.standard_error_mean < 1e-6 * row.mean


@pytest.mark.statistics
@pytest.mark.parametrize("method", METHODS)
def test_smooth_errors_are_honest(method):
    """Bars of t(R - 1) cover 91 to 98 % of 400 seeds; were the coverage 95 %, one run in 500 would fall out."""
    formula = "x * (a - 0.3)"
    cdf, bracket = CASES[formula]
    p = (0.05, 0.5, 0.95)
    exact = np.array([optimize.brentq(lambda y, q=q: cdf(y) - q, *bracket, xtol=1e-12) for q in p])
    program = compile_program(build_model(study(formula)), [("y", {})], smooth=True)
    hits = np.zeros(3)
    bar = stats.t.ppf(0.975, 31)
    for seed in seeds(400):
        (output,) = program.outputs(Sampler(program, Plan.of(32 * 64, 32, method, seed)).count(threads=1))
        hits += np.abs(output.quantiles(p) - exact) <= bar * output.quantile_errors(p)
    shares, (low, high) = hits / len(seeds(400)), share_band(400, 0.91, 0.98)
    assert np.all((shares >= low) & (shares <= high)), shares


@pytest.mark.parametrize("name", studies())
def test_smooth_and_plain_answers_agree(name):
    """Of every built-in study, within 5 of their joint standard errors: some thousand figures, one false alarm in 10^3."""
    known = mc.load_study(name)
    kwargs = {"draws": 2**14, "replicates": 32, "method": "random"}
    smooth, plain = (summary_rows(known, smooth=each, **kwargs).quantities for each in (True, False))
    for one, other in zip(smooth, plain, strict=True):
        for q, value in one.quantiles.items():
            error = np.hypot(one.standard_error_quantiles[q], other.standard_error_quantiles[q])
            assert abs(value - other.quantiles[q]) <= 5.5 * error + 1e-4 * abs(value), (one.name, one.at, q)


@pytest.mark.kernels
@pytest.mark.parametrize("gsd", [1.5, 2.0, 2.5, 3.0, 4.0, 8.0])
@pytest.mark.parametrize("power", [-3, -1, 1, 2])
def test_moments_of_factors_know_how_far_they_are_known(gsd, power):
    """Of 1 / x**3 the variance of a wide log-normal lies at values rarer than any table holds: its error says so."""
    made = problem({"x": f'{{ family = "lognormal", median = 1, gsd = {gsd} }}'}, f"x ** {power}")
    summary = mc.summarize(made, draws=2**12)
    sdlog = abs(power) * math.log(gsd)
    mean = math.exp(sdlog**2 / 2)
    for name, exact in (("mean", mean), ("sd", mean * math.sqrt(math.expm1(sdlog**2)))):
        value, error = (float(summary[of].sel(statistic=name)) for of in ("y", "y_standard_error"))
        if math.isnan(value):
            assert f"the {name}" in summary["y"].attrs["warnings"] and math.isnan(error)
            # The integrand of a moment of order k has its middle at k sdlog: given wherever that is well within the tables.
            assert (1 if name == "mean" else 2) * sdlog > 5
        else:
            assert abs(value - exact) <= error
            assert error <= 0.1 * exact


LOG3 = math.log(3.0)
JUMPING = {
    "u * v": (lambda y: y * (1.0 - math.log(y)), (1e-9, 1.0)),
    "u / v": (lambda y: y / 2 if y < 1 else 1.0 - 1.0 / (2 * y), (1e-9, 1e9)),
    "u * v * w": (lambda y: y * (1.0 - math.log(y) + math.log(y) ** 2 / 2), (1e-9, 1.0)),
    "s * t": (lambda y: (math.log(y) / LOG3) ** 2 / 2 if y < 3 else 1.0 - (2.0 - math.log(y) / LOG3) ** 2 / 2, (1.0, 9.0)),
    "s / t": (
        lambda y: (1.0 + math.log(y) / LOG3) ** 2 / 2 if y < 1 else 1.0 - (1.0 - math.log(y) / LOG3) ** 2 / 2,
        (1 / 3, 3.0),
    ),
    "u * s": (lambda y: y * 2.0 / 3.0 / LOG3 if y < 1 else (math.log(y) + 1.0 - y / 3.0) / LOG3, (1e-9, 3.0)),
}


@pytest.mark.kernels
@pytest.mark.parametrize("formula", JUMPING)
def test_products_of_densities_that_jump(formula):
    """Uniforms on 0 to 1 and log-uniforms on 1 to 3, beside the closed forms of their products, far into both tails."""
    uniform, log_uniform = '{ family = "uniform", low = 0, high = 1 }', '{ family = "loguniform", low = 1, high = 3 }'
    known = problem(dict.fromkeys("uvw", uniform) | dict.fromkeys("st", log_uniform), formula)
    (row,) = summary_rows(known, draws=64, replicates=16, quantiles=(1e-4, 0.001, 0.05, 0.5, 0.95, 0.999, 0.9999)).quantities
    cdf, bracket = JUMPING[formula]
    for p, value in row.quantiles.items():
        exact = optimize.brentq(lambda y, p=p: cdf(y) - p, *bracket, xtol=1e-15)
        assert cdf(value) == pytest.approx(p, abs=2e-7), p
        assert abs(value - exact) <= 2 * row.standard_error_quantiles[p], p


@pytest.mark.parametrize("number", [1.0, 3.3, 1.7e8, 1.7e308])
@pytest.mark.parametrize("formula", ["x * {}", "{} / x"])
def test_a_factor_whose_density_jumps(formula, number):
    """A number times or over a uniform: closed forms, wherever they lie on the grid and up to the largest floats."""
    low, high = (0.0, 1.0) if formula.startswith("x") else (1.0, 2.0)
    study = mc.parse_study(
        'format = 1\nid = "jump"\ntitle = "Jump"\n[inputs.x]\nunit = "1"\nsource = "judgement"\n'
        f'prior = {{ family = "uniform", low = {low}, high = {high} }}\n'
        f'[quantities.y]\nunit = "1"\nformula = "{formula.format(number)}"\n'
    )
    found = mc.summarize(study, quantiles=(0.05, 0.5, 0.95), draws=2**10)["y"]
    assert "estimator" in found.attrs
    p = np.array([0.05, 0.5, 0.95])
    assert found.values[2:5] == pytest.approx(number * p if low == 0.0 else number / (2.0 - p), rel=1e-6)
