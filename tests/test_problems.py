"""Problems with known answers: JCGM 101:2008 (GUM Supplement 1), NIST, NPL, and identities. See each for its source.

Exact values are closed forms or quadratures done here, apart from the engine; published ones are compared within what
their printed digits allow. Bars are t(R - 1) times the standard error from R replicates.
"""

import numpy as np
import pytest
from bars import REPLICATES, agrees, normal, study, summary, uniform, warnings
from scipy import integrate, optimize, stats
from seeds import TIMES, seeds, share_band

import mcarbon as mc
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import METHODS, Plan, Sampler
from mcarbon.reading.model import build_model

ROOT3 = 3**0.5
ADDITIVE = {  # JCGM 101 9.2.2 to 9.2.4: inputs, standard deviation, 97.5 % quantile, exact; and as printed there
    "four normals": ([normal(0.0, 1.0)] * 4, 2.0, 3.919927969, ("2.0", "3.92")),
    "four rectangles": ([uniform(-ROOT3, ROOT3)] * 4, 2.0, 2 * ROOT3 * (2 - (3 / 5) ** 0.25), ("2.0", "3.88")),
    "one wide rectangle": (
        [uniform(-ROOT3, ROOT3)] * 3 + [uniform(-10 * ROOT3, 10 * ROOT3)],
        103**0.5,
        17.01581410,
        ("10.1", "17.0"),
    ),
}


@pytest.mark.parametrize("case", ADDITIVE)
def test_additive_model(case):
    """Problem A1."""
    priors, sd, upper, printed = ADDITIVE[case]
    problem = study(dict(zip("abcd", priors, strict=True)), "a + b + c + d")
    agrees(problem, "mean", 0.0)
    agrees(problem, "sd", sd)
    agrees(problem, "0.975", upper)
    agrees(problem, "0.025", -upper)
    assert warnings(problem) == ""
    for statistic, text in zip(("sd", "0.975"), printed, strict=True):
        assert f"{summary(problem)['y'].sel(statistic=statistic).item():.{len(text.split('.')[1])}f}" == text


MASSES = {"m_rc": (100000.0, 0.05), "dm_rc": (1.234, 0.02)}
AIR = {"rho_a": (1.1, 1.3), "rho_w": (7000.0, 9000.0), "rho_r": (7950.0, 8050.0)}


def calibration():
    """Problem A2, JCGM 101 9.3, in mg."""
    priors = {name: normal(*x) for name, x in MASSES.items()} | {name: uniform(*x) for name, x in AIR.items()}
    return study(priors, "(m_rc + dm_rc) * (1 + (rho_a - 1.2) * (1 / rho_w - 1 / rho_r)) - 100000")


def calibration_law():
    """Given the densities the result is normal: means and weights by Gauss-Legendre quadrature, and the common sd."""
    nodes, weights = np.polynomial.legendre.leggauss(24)
    a, w, r = np.meshgrid(*(low + (high - low) * (nodes + 1) / 2 for low, high in AIR.values()))
    buoyancy = 1 + (a - 1.2) * (1 / w - 1 / r)
    mean, sd = (sum(x[0] for x in MASSES.values()), np.hypot(*(x[1] for x in MASSES.values())))
    share = np.prod(np.meshgrid(weights, weights, weights), axis=0) / 8
    # mean * buoyancy - 100000 without the loss of digits
    return (mean - 100000 + mean * (buoyancy - 1)).ravel(), share.ravel(), (sd * buoyancy).ravel()


def calibration_quantile(p):
    centres, share, sd = calibration_law()
    return optimize.brentq(lambda y: share @ stats.norm.cdf((y - centres) / sd) - p, 0, 3, xtol=1e-13)


def calibration_shortest():
    found = optimize.minimize_scalar(
        lambda p: calibration_quantile(p + 0.95) - calibration_quantile(p), bounds=(0.02, 0.03), method="bounded"
    )
    return calibration_quantile(found.x), calibration_quantile(found.x + 0.95)


def test_mass_calibration():
    centres, share, sd = calibration_law()
    mean = share @ centres
    u = np.sqrt(share @ (sd**2 + (centres - mean) ** 2))
    agrees(calibration(), "mean", mean)
    agrees(calibration(), "sd", u)
    for p in (0.025, 0.5, 0.975):
        agrees(calibration(), f"{p:g}", calibration_quantile(p))
    # By 2e7 draws elsewhere: mean 1.23403, u 0.075477, 95 % (1.08452, 1.38359); four of their standard errors.
    assert mean == pytest.approx(1.23403, abs=6.7e-5)
    assert u == pytest.approx(0.075477, abs=5e-5)
    assert calibration_quantile(0.025) == pytest.approx(1.08452, abs=2e-4)
    assert calibration_quantile(0.975) == pytest.approx(1.38359, abs=2e-4)


ENDS = ("low", "high")


def test_shortest_interval_of_the_mass_calibration():
    """Its width is known better than its place, in which the published one, (1.0834, 1.3825), is 0.001 off."""
    low, high = (summary(calibration(), interval="shortest", level=0.95)["y"].sel(statistic=end).item() for end in ENDS)
    exact = calibration_shortest()
    assert high - low == pytest.approx(exact[1] - exact[0], abs=1e-4)
    for end, value, published in zip(ENDS, exact, (1.0834, 1.3825), strict=True):
        agrees(calibration(), end, value, known=2e-2, interval="shortest", level=0.95)
        assert value == pytest.approx(published, abs=2e-3)
    assert exact[1] - exact[0] == pytest.approx(0.2991, abs=5e-5)


def test_first_order_fails_the_validation_that_second_order_passes():
    """JCGM 101 clause 8: the interval of an analytic propagation, held against ours to 0.005, one digit of u."""
    (m, _), (_, s) = MASSES["m_rc"], (0, np.hypot(0.05, 0.02))
    u = {name: (high - low) / 12**0.5 for name, (low, high) in AIR.items()}
    # At rho_a = 1.2 all first derivatives by densities vanish; of the second ones those by rho_a and another remain.
    second = m * u["rho_a"] * np.hypot(u["rho_w"] / 8000**2, u["rho_r"] / 8000**2)
    ours = np.array([summary(calibration(), interval="shortest", level=0.95)["y"].sel(statistic=end).item() for end in ENDS])
    for sd, printed, passes in ((s, 0.0539, False), (np.hypot(s, second), 0.0750, True)):
        assert sd == pytest.approx(printed, abs=5e-5)
        apart = np.abs(1.234 + stats.norm.ppf([0.025, 0.975]) * sd - ours)
        assert np.all(apart < 0.005) == passes, apart
        assert np.all(apart > 0.04) != passes, apart


EXPANSION = {"l0": (1.4999, 1e-4), "l1": (1.5021, 2e-4), "t0": (288.15, 0.02), "t1": (373.10, 0.05)}


def expansion(prior=normal):
    """Problem C1, NIST TN1900 E13."""
    return study({name: prior(*x) for name, x in EXPANSION.items()}, "(l1 - l0) / (l0 * (t1 - t0))")


def expansion_cdf(y):
    """P(alpha <= y): given the temperatures, l1 - l0 (1 + y dt) is normal; dt by Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    (m0, s0), (m1, s1), (a, sa), (b, sb) = (EXPANSION[name] for name in ("l0", "l1", "t0", "t1"))
    factor = 1 + y * (b - a + np.hypot(sa, sb) * nodes)
    return float(np.dot(weights, stats.norm.cdf((m0 * factor - m1) / np.hypot(s1, s0 * factor))) / weights.sum())


def expansion_quantile(p):
    return optimize.brentq(lambda y: expansion_cdf(y) - p, 0, 4e-5, xtol=1e-20, rtol=1e-14)


def expansion_moments(variance_of_u=1.0):
    """Mean and sd where each input's variance is so many times u**2.

    From E[l1 / l0 - 1] E[1 / dt] and the same of the squares, inverse moments by their series to the variance: what is
    left out is below 1e-12 of them.
    """
    (m0, s0), (m1, s1), (a, sa), (b, sb) = (EXPANSION[name] for name in ("l0", "l1", "t0", "t1"))

    def inverses(mean, sd):
        v = variance_of_u * (sd / mean) ** 2
        return (1 + v) / mean, (1 + 3 * v) / mean**2

    (first, second), (of_dt, of_dt_squared) = inverses(m0, s0), inverses(b - a, np.hypot(sa, sb))
    mean = (m1 * first - 1) * of_dt
    square = ((m1**2 + variance_of_u * s1**2) * second - 2 * m1 * first + 1) * of_dt_squared
    return mean, np.sqrt(square - mean**2)


def expansion_mean():
    return expansion_moments()[0]


def expansion_sd():
    return expansion_moments()[1]


def test_thermal_expansion():
    agrees(expansion(), "mean", expansion_mean())
    agrees(expansion(), "sd", expansion_sd())
    for p in (0.025, 0.5, 0.975):
        agrees(expansion(), f"{p:g}", expansion_quantile(p))
    # As published elsewhere, to their digits: (1.3825e-5, 2.0708e-5), mean 1.72660e-5, sd 1.7559e-6.
    assert expansion_quantile(0.025) == pytest.approx(1.3825e-5, abs=2e-9)
    assert expansion_quantile(0.975) == pytest.approx(2.0708e-5, abs=2e-9)
    assert expansion_mean() == pytest.approx(1.72660e-5, abs=2e-9)
    assert expansion_sd() == pytest.approx(1.7559e-6, abs=2e-9)
    # No denominator comes near 0 by any probability worth a word.
    assert warnings(expansion()) == ""


def student(parameter):
    """Student's t with 3 degrees of freedom, u being its `parameter`: its sd (NUM code 11) or its scale (code 12)."""
    return lambda mean, u: f'{{ family = "student_t", df = 3, loc = {mean!r}, {parameter} = {u!r} }}'


def heavy_expansion_quantile(p, scale_of_u):
    """The quantile of the expansion where each input is t3 with so many times u as its scale.

    alpha <= y where l1 - l0 - y l0 dt <= 0; about the means that is a sum of four independent t3 but for products of two
    deviations, 1e-8 of it. The characteristic function of t3 is exp(-c) (1 + c), c = sqrt(3) scale |t|; Gil-Pelaez.
    """
    (m0, s0), (m1, s1), (a, sa), (b, sb) = (EXPANSION[name] for name in ("l0", "l1", "t0", "t1"))

    def miss(y):
        scales = scale_of_u * np.array([s1, s0 * (1 + y * (b - a)), m0 * y * sa, m0 * y * sb])
        x = (m0 * (1 + y * (b - a)) - m1) / scales[0]

        def integrand(t):
            c = ROOT3 * scales / scales[0] * t
            return np.exp(-c.sum()) * np.prod(1 + c) * np.sin(t * x) / t

        return 0.5 + integrate.quad(integrand, 0, np.inf, epsabs=1e-12, limit=500)[0] / np.pi - p

    return optimize.brentq(miss, 5e-6, 3e-5, xtol=1e-16)


# u is the sd or the scale, whose square is a third of the variance. By Monte Carlo elsewhere: 95 % interval, to 1e-8.
T3 = {"sd": (1 / ROOT3, 1.0, 1.4004e-5, 2.0527e-5), "scale": (1.0, 3.0, 1.1619e-5, 2.2923e-5)}


@pytest.mark.parametrize("parameter", T3)
def test_thermal_expansion_with_heavy_tails(parameter):
    """Problem C1 with t3: the scale is not the sd, and the sd's standard error is not to be relied on.

    The sd is compared without it: of tails like x**-3 it is known to a percent or two.
    """
    problem = expansion(student(parameter))
    scale, variance, low, high = T3[parameter]
    mean, sd = expansion_moments(variance)
    agrees(problem, "mean", mean, within=1e-13)
    for p, published in ((0.025, low), (0.5, 1.7267e-5), (0.975, high)):
        exact = heavy_expansion_quantile(p, scale)
        agrees(problem, f"{p:g}", exact, within=1e-12)
        assert exact == pytest.approx(published, abs=1e-8)
    assert summary(problem)["y"].sel(statistic="sd").item() == pytest.approx(sd, rel=0.03)
    assert (
        "the standard error of the sd is unreliable, the fourth moment does not exist: "
        "the tails of `l1` (student t) fall only like the power 3"
    ) in warnings(problem)


VISCOSITY = {
    "mu_c": (4.63, 0.0463), "rho_b": (2217.0, 0.5), "rho_m": (1180.0, 0.5), "rho_c": (810.0, 0.5), "t_m": (61.0, 6.1),
    "t_c": (36.6, 5.49),
}  # fmt: skip


def viscosity():
    """Problem C3, NIST TN1900 E3."""
    priors = {name: normal(*x) for name, x in VISCOSITY.items()}
    return study(priors, "mu_c * (rho_b - rho_m) / (rho_b - rho_c) * t_m / t_c")


def viscosity_quantile(p):
    """Given all but the times, t_m - c y t_c is normal: Gauss-Hermite quadrature. t_c is 6.7 sd above 0."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    mu, rb, rm, rc = np.meshgrid(*(mean + sd * nodes for mean, sd in list(VISCOSITY.values())[:4]))
    factor = (mu * (rb - rm) / (rb - rc)).ravel()
    share = np.prod(np.meshgrid(*[weights] * 4), axis=0).ravel() / weights.sum() ** 4
    (m, sm), (c, sc) = VISCOSITY["t_m"], VISCOSITY["t_c"]
    return optimize.brentq(
        lambda y: share @ stats.norm.cdf((y / factor * c - m) / np.hypot(sm, y / factor * sc)) - p, 1, 20, xtol=1e-12
    )


def test_falling_ball_viscosity():
    """By 1e7 draws elsewhere mean 5.8257, u 1.116, median 5.6874, 95 % (4.0536, 8.4013), 99 % (3.651, 9.723)."""
    agrees(viscosity(), "mean", 5.8257, within=1.6e-3)
    agrees(viscosity(), "sd", 1.116, within=2e-3)
    elsewhere = {
        0.005: (3.651, 3e-3),
        0.025: (4.0536, 3e-3),
        0.5: (5.6874, 1.8e-3),
        0.975: (8.4013, 7e-3),
        0.995: (9.723, 1e-2),
    }
    for p, (value, within) in elsewhere.items():
        exact = viscosity_quantile(p)
        assert exact == pytest.approx(value, abs=within)
        agrees(viscosity(), f"{p:g}", exact, known=2e-3)
    # Harmless here, 6.7 standard deviations away, but named: P = 1.3e-11.
    said, _, seen = warnings(viscosity()).partition(" (the tails of the draws fall like the power ")
    assert said == (
        "formally the mean and the sd do not exist: it divides by `t_c` (normal), which is 0 or beyond with a probability "
        f"of {stats.norm.cdf(-36.6 / 5.49):.1g}; they are given as if that could not be"
    )
    # The draws see nothing of it.
    assert float(seen.partition(",")[0]) > 4


def test_falling_ball_viscosity_at_the_means():
    """The first-order estimate is the formula at the means, 5.687408, published as 5.69."""
    claim = '[claims.at-the-means]\nstatement = "5.69 mPa s."\nquantity = "y"\npublished = "5.69"\n'
    problem = mc.parse_study(viscosity().to_toml() + claim)
    assert mc.reproduce(problem).claims[0].reproduction.status == "not checkable"
    for name, (mean, _) in VISCOSITY.items():
        problem = problem.with_value(name, mean)
    found = mc.reproduce(problem).claims[0].reproduction
    assert (found.status, round(found.value, 6)) == ("reproduces", 5.687408)


def test_logarithm_of_a_rectangle():
    """Problem C7, NPL DEM-ES-011 9.2: mean -0.664900293, sd 0.606226697, symmetric 95 % (-2.079442, 0.072321); exact."""
    problem = study({"x": uniform(0.1, 1.1)}, "log(x)")
    agrees(problem, "mean", -0.664900293, within=5e-10)
    agrees(problem, "sd", 0.606226697, within=5e-10)
    agrees(problem, "0.025", -2.079442, within=5e-7)
    agrees(problem, "0.975", 0.072321, within=5e-7)
    # The density rises to the upper end, so that is where the shortest interval ends.
    for end, value in zip(ENDS, (np.log(0.15), np.log(1.1)), strict=True):
        agrees(problem, end, value, interval="shortest", level=0.95)


ISHIGAMI = {  # by b: mean and variance exact, quantiles by randomised quasi-Monte Carlo elsewhere
    0.1: {
        "mean": 3.5, "sd": 13.8445879407**0.5,
        "0.025": -4.0382, "0.05": -2.2983, "0.5": 3.5003, "0.95": 9.3030, "0.975": 11.0418,
    },
    0.05: {"mean": 3.5, "sd": 8.916942440**0.5},
}  # fmt: skip


def ishigami(b=0.1):
    """Problem D1, a = 7. Packages differ in b."""
    formula = f"sin(x1) + 7 * sin(x2) ** 2 + {b} * x3 ** 4 * sin(x1)"
    return study({f"x{k}": uniform(-np.pi, np.pi) for k in (1, 2, 3)}, formula)


@pytest.mark.parametrize(("b", "statistic"), [(b, statistic) for b in ISHIGAMI for statistic in ISHIGAMI[b]])
def test_ishigami(b, statistic):
    within = 0.0 if statistic == "mean" else 1e-9 if statistic == "sd" else 5e-5
    agrees(ishigami(b), statistic, ISHIGAMI[b][statistic], within=within)


SOBOL_G = {0.465424432: (0, 1, 4.5, 9, 99, 99, 99, 99), 0.337822370: (0, 9, 99)}
"""Variance, exact to its digits: a."""


@pytest.mark.parametrize("variance", SOBOL_G)
def test_sobol_g(variance):
    """Problem D2, with eight inputs and with three: mean 1."""
    a = SOBOL_G[variance]
    formula = " * ".join(f"(abs(4 * x{k} - 2) + {each}) / {1 + each}" for k, each in enumerate(a, 1))
    problem = study({f"x{k}": uniform(0.0, 1.0) for k in range(1, len(a) + 1)}, formula)
    agrees(problem, "mean", 1.0)
    agrees(problem, "sd", variance**0.5, within=1e-9)


def test_borgonovo():
    """Problem D3, y = x1 x2 + x3: mean 3/4, variance 7/144 + 1/12."""
    problem = study({f"x{k}": uniform(0.0, 1.0) for k in (1, 2, 3)}, "x1 * x2 + x3")
    agrees(problem, "mean", 3 / 4)
    agrees(problem, "sd", (7 / 144 + 1 / 12) ** 0.5)


def test_denominators_near_zero_are_told_and_do_not_hide():
    """Problem E12: 1 / N(1, 0.3) truncated at 0 has no mean; its quantiles do not mind."""
    problem = study({"x": '{ family = "normal", mean = 1.0, sd = 0.3, lower = 0.0 }'}, "1 / x")
    cut = stats.truncnorm(-1 / 0.3, np.inf, 1.0, 0.3)
    for p in (0.05, 0.5, 0.95):
        agrees(problem, f"{p:g}", 1 / cut.isf(p))
    moments = mc.summarize(problem, draws=2**12)["y"].sel(statistic=["mean", "sd"])
    assert np.isnan(moments).all()
    assert moments.attrs["warnings"].startswith("the mean and the sd do not exist: it divides by `x` (normal)")


COVERED = {  # name: (problem, {statistic: value})
    "expansion": (expansion, {"mean": expansion_mean(), 0.5: expansion_quantile(0.5), 0.05: expansion_quantile(0.05)}),
    "ishigami": (ishigami, {"mean": 3.5, 0.5: 3.5003, 0.05: -2.2983}),
}
SEEDS = 400


def covers(problem, values, method, length=1024, replicates=REPLICATES):
    """In what share of SEEDS runs the 95 % bars of t(R - 1) contain each value."""
    program = compile_program(build_model(problem), [("y", {})])
    t = stats.t.ppf(0.975, replicates - 1)
    hits = dict.fromkeys(values, 0)
    probabilities = [p for p in values if p != "mean"]
    for seed in seeds(SEEDS):
        output = Sampler(program, Plan.of(length * replicates, replicates, method, seed)).count(threads=1).output(0)
        mean, error = output.mean()
        hits["mean"] += abs(mean - values["mean"]) <= t * error
        for p, q, e in zip(
            probabilities, output.quantiles(probabilities), output.quantile_errors(probabilities), strict=True
        ):
            hits[p] += abs(q - values[p]) <= t * e
    return {name: count / len(seeds(SEEDS)) for name, count in hits.items()}


@pytest.mark.statistics
@pytest.mark.parametrize("replicates", [16, REPLICATES])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", COVERED)
def test_standard_errors_are_honest(name, method, replicates):
    """Bars cover 91 to 98 % of 400 seeds, with 1024 draws a replicate.

    Were the true coverage 95 %, fewer would be seen in one of 3000 runs and more in one of 1500; the seeds are fixed, so
    the answer is the same each time. Of 4000 seeds the expansion's Sobol' points cover 93.0 to 95.1 %. With 256 draws a
    replicate, Sobol' points came down to 90.8 % (a median).
    """
    problem, values = COVERED[name]
    low, high = share_band(SEEDS, 0.91, 0.98)
    if TIMES > 1 and (name, method, replicates) == ("expansion", "sobol", 16):
        pytest.xfail("the 5 % quantile is covered by 93.0 % of 4000 seeds, and not by 95 %: docs/validation.md")
    for statistic, share in covers(problem(), values, method, replicates=replicates).items():
        assert low <= share <= high, (statistic, share)


@pytest.mark.statistics
@pytest.mark.parametrize("method", METHODS)
def test_standard_error_of_a_skewed_mean(method):
    """A log-normal's mean: its few large draws make bars of even points cover less, 88 % or more of 400 seeds.

    Of 4000 seeds 91.5 % are covered (Sobol', Latin hypercube) and 95.3 % (random); with 91.5 %, fewer than 88 % would be
    seen once in 130 runs. The seeds are fixed. With 16 replicates it is 88.7 % (95 %), however many draws they have.
    """
    problem = study({"x": '{ family = "lognormal", meanlog = 0.0, sdlog = 1.0 }'}, "x")
    share = covers(problem, {"mean": np.exp(0.5)}, method)["mean"]
    assert share >= share_band(SEEDS, 0.88, 1.0, least=0.915)[0]
