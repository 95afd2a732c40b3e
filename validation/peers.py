"""How each peer draws a model: its own distributions, its own random numbers, its own correlation.

A peer's `draws(model, n, seed)` are n draws of the output, or None where it lacks a family or a correlation; its
`indices(model, n, seed)` are first and total Sobol' indices (inputs,), or None where it has none.
"""

from __future__ import annotations

import importlib
from importlib.metadata import version
from math import exp, log, sin, sqrt
from typing import Any

import chaospy
import numpy as np
import openturns as ot
import scipy
from models import PI, Array, Input, Model
from SALib.analyze import sobol as sobol_analysis
from SALib.sample import sobol as sobol_sample
from scipy import stats
from scipy.stats import qmc

Z95 = float(stats.norm.ppf(0.95))
Indices = tuple[Array, Array]


def log_parameters(p: dict[str, float]) -> tuple[float, float]:
    """The mean and sd of a log-normal's logarithm."""
    if "gsd" in p:
        return log(p["median"]), log(p["gsd"])
    if "p5" in p:
        return (log(p["p5"]) + log(p["p95"])) / 2, (log(p["p95"]) - log(p["p5"])) / (2 * Z95)
    variance = log(1 + (p["sd"] / p["mean"]) ** 2)
    return log(p["mean"]) - variance / 2, sqrt(variance)


def pert_shapes(p: dict[str, float]) -> tuple[float, float]:
    """The shapes of a PERT's beta."""
    width = p["high"] - p["low"]
    return 1 + 4 * (p["mode"] - p["low"]) / width, 1 + 4 * (p["high"] - p["mode"]) / width


def as_normals(rank: float) -> float:
    """The correlation of the normals under a normal copula that has this rank correlation (Pearson 1907)."""
    return 2 * sin(PI * rank / 6)


def matrix_of(model: Model) -> Array:
    """The correlations of the normals of all inputs."""
    names = list(model.inputs)
    matrix = np.eye(len(names))
    for (a, b), rank in model.correlations.items():
        i, j = names.index(a), names.index(b)
        matrix[i, j] = matrix[j, i] = as_normals(rank)
    return matrix


class SciPy:
    """Scrambled Sobol' points of scipy.stats.qmc through the families' `ppf`."""

    name, version = "SciPy", scipy.__version__

    @staticmethod
    def ppf(each: Input, u: Array) -> Array:
        """The values at probabilities `u` (n,)."""
        p = dict(each.parameters)
        if each.family == "mixture":
            edge, values = 0.0, np.empty_like(u)
            for component in p["components"]:
                inside = (u >= edge) & (u <= edge + component["weight"])
                values[inside] = SciPy.ppf(component["prior"], (u[inside] - edge) / component["weight"])
                edge += component["weight"]
            return values
        family = SciPy.family(each.family, p)
        low = family.cdf(p["lower"]) if "lower" in p else 0.0
        high = family.cdf(p["upper"]) if "upper" in p else 1.0
        return np.asarray(family.ppf(low + u * (high - low)))

    @staticmethod
    def family(name: str, p: dict[str, Any]) -> Any:
        """The frozen distribution, not truncated."""
        low, width = p.get("low", 0.0), p.get("high", 0.0) - p.get("low", 0.0)
        match name:
            case "normal":
                return stats.norm(p["mean"], p["sd"])
            case "lognormal":
                mu, sigma = log_parameters(p)
                return stats.lognorm(sigma, scale=exp(mu))
            case "uniform":
                return stats.uniform(low, width)
            case "loguniform":
                return stats.loguniform(low, p["high"])
            case "triangular":
                return stats.triang((p["mode"] - low) / width, low, width)
            case "trapezoid":
                return stats.trapezoid((p["mode_low"] - low) / width, (p["mode_high"] - low) / width, low, width)
            case "beta":
                return stats.beta(p["a"], p["b"], low, width)
            case "pert":
                return stats.beta(*pert_shapes(p), low, width)
            case "gamma":
                return stats.gamma(p["shape"], scale=p["scale"])
            case "weibull":
                return stats.weibull_min(p["shape"], scale=p["scale"])
            case "exponential":
                return stats.expon(scale=p["scale"])
            case "student_t":
                return stats.t(p["df"], p["loc"], p["scale"])
        return getattr(stats, p["name"])(p["loc"], p["scale"])

    def draws(self, model: Model, n: int, seed: int) -> Array | None:
        """Draws of the output."""
        u = qmc.Sobol(len(model.inputs), seed=seed).random(n)
        u = np.clip(u, 2.0**-40, 1 - 2.0**-40)
        if model.correlations:
            u = stats.norm.cdf(stats.norm.ppf(u) @ np.linalg.cholesky(matrix_of(model)).T)
        return model.function(*(self.ppf(each, u[:, k]) for k, each in enumerate(model.inputs.values())))

    def indices(self, model: Model, n: int, seed: int) -> Indices | None:
        """First and total indices by `scipy.stats.sobol_indices`."""
        families = list(model.inputs.values())

        def values(x: Array) -> Array:
            return model.function(*x)

        dists = [self.family(each.family, dict(each.parameters)) for each in families]
        found = stats.sobol_indices(func=values, n=n, dists=dists, rng=np.random.default_rng(seed))
        return np.asarray(found.first_order), np.asarray(found.total_order)


class OpenTURNS:
    """OpenTURNS's random generator; for its use cases its own distribution and its own function."""

    name, version = "OpenTURNS", ot.__version__

    @staticmethod
    def family(each: Input) -> Any:
        """The distribution."""
        p = dict(each.parameters)
        match each.family:
            case "mixture":
                parts = p["components"]
                return ot.Mixture([OpenTURNS.family(c["prior"]) for c in parts], [c["weight"] for c in parts])
            case "normal":
                family = ot.Normal(p["mean"], p["sd"])
            case "lognormal":
                family = ot.LogNormal(*log_parameters(p))
            case "uniform":
                family = ot.Uniform(p["low"], p["high"])
            case "loguniform":
                family = ot.LogUniform(log(p["low"]), log(p["high"]))
            case "triangular":
                family = ot.Triangular(p["low"], p["mode"], p["high"])
            case "trapezoid":
                family = ot.Trapezoidal(p["low"], p["mode_low"], p["mode_high"], p["high"])
            case "beta":
                family = ot.Beta(p["a"], p["b"], p["low"], p["high"])
            case "pert":
                family = ot.Beta(*pert_shapes(p), p["low"], p["high"])
            case "gamma":
                family = ot.Gamma(p["shape"], 1 / p["scale"])
            case "weibull":
                family = ot.WeibullMin(p["scale"], p["shape"])
            case "exponential":
                family = ot.Exponential(1 / p["scale"])
            case "student_t":
                family = ot.Student(p["df"], p["loc"], p["scale"])
            case "scipy":
                family = ot.Gumbel(p["scale"], p["loc"])
        if "lower" in p and "upper" in p:
            return ot.TruncatedDistribution(family, float(p["lower"]), float(p["upper"]))
        return (
            ot.TruncatedDistribution(family, float(p["lower"]), ot.TruncatedDistribution.LOWER) if "lower" in p else family
        )

    def joint(self, model: Model) -> Any:
        """The joint distribution: of a use case, its own."""
        if model.use_case:
            return self.use_case(model).distribution
        copula = ot.NormalCopula(ot.CorrelationMatrix(matrix_of(model).tolist()))
        return ot.JointDistribution([self.family(each) for each in model.inputs.values()], copula)

    @staticmethod
    def use_case(model: Model) -> Any:
        """The object of OpenTURNS's use cases."""
        assert model.use_case
        module, name = model.use_case.split(":")[0].split(".")
        return getattr(importlib.import_module(f"openturns.usecases.{module}"), name)()

    def function(self, model: Model) -> Any:
        """The function on a sample, as OpenTURNS takes it."""
        if model.use_case:
            return self.use_case(model).model.getMarginal(int(model.use_case.split(":")[1]))
        return ot.PythonFunction(
            len(model.inputs), 1, func_sample=lambda x: model.function(*np.asarray(x).T).reshape(-1, 1).tolist()
        )

    def draws(self, model: Model, n: int, seed: int) -> Array | None:
        """Draws of the output."""
        ot.RandomGenerator.SetSeed(seed)
        return np.asarray(self.function(model)(self.joint(model).getSample(n)))[:, 0]

    def indices(self, model: Model, n: int, seed: int) -> Indices | None:
        """First and total indices by Saltelli's estimators."""
        ot.RandomGenerator.SetSeed(seed)
        found = ot.SaltelliSensitivityAlgorithm(self.joint(model), n, self.function(model), False)
        return np.asarray(found.getFirstOrderIndices()), np.asarray(found.getTotalOrderIndices())


class Chaospy:
    """chaospy's distributions and its random samples."""

    name, version = "chaospy", chaospy.__version__

    @staticmethod
    def family(each: Input) -> Any:
        """The distribution; None where chaospy has no such family."""
        p = dict(each.parameters)
        match each.family:
            case "normal":
                family = chaospy.Normal(p["mean"], p["sd"])
            case "lognormal":
                family = chaospy.LogNormal(*log_parameters(p))
            case "uniform":
                family = chaospy.Uniform(p["low"], p["high"])
            case "loguniform":
                family = chaospy.LogUniform(log(p["low"]), log(p["high"]))
            case "triangular":
                family = chaospy.Triangle(p["low"], p["mode"], p["high"])
            case "beta":
                family = chaospy.Beta(p["a"], p["b"], p["low"], p["high"])
            case "pert":
                family = chaospy.Beta(*pert_shapes(p), p["low"], p["high"])
            case "gamma":
                family = chaospy.Gamma(p["shape"], p["scale"])
            case "weibull":
                family = chaospy.Weibull(p["shape"], p["scale"])
            case "exponential":
                family = chaospy.Exponential(p["scale"])
            case "student_t":
                family = chaospy.StudentT(p["df"], p["loc"], p["scale"])
            case "scipy":
                family = chaospy.LogWeibull(p["scale"], p["loc"])
            case _:
                return None
        if "lower" in p or "upper" in p:
            return chaospy.Trunc(family, lower=p.get("lower"), upper=p.get("upper"))
        return family

    def draws(self, model: Model, n: int, seed: int) -> Array | None:
        """Draws of the output."""
        families = [self.family(each) for each in model.inputs.values()]
        if model.correlations or any(each is None for each in families):
            return None
        np.random.seed(seed)  # noqa: NPY002  chaospy draws from NumPy's global generator
        return model.function(*chaospy.J(*families).sample(n, rule="random"))

    def indices(self, model: Model, n: int, seed: int) -> Indices | None:
        """None: its indices are those of a polynomial fitted to the model."""
        return None


class Salib:
    """SALib's Sobol' design and its estimators; it has indices, and no quantiles."""

    name = "SALib"
    version = version("SALib")

    def draws(self, model: Model, n: int, seed: int) -> Array | None:
        """None: SALib has no answers but indices."""
        return None

    def indices(self, model: Model, n: int, seed: int) -> Indices | None:
        """First and total indices."""
        bounds = [[each.parameters["low"], each.parameters["high"]] for each in model.inputs.values()]
        problem = {"num_vars": len(bounds), "names": list(model.inputs), "bounds": bounds}
        x = sobol_sample.sample(problem, n, calc_second_order=False, seed=seed)
        found = sobol_analysis.analyze(problem, model.function(*x.T), calc_second_order=False, num_resamples=2, seed=seed)
        return np.asarray(found["S1"]), np.asarray(found["ST"])


PEERS = (SciPy(), OpenTURNS(), Chaospy(), Salib())
