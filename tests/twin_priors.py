"""The plain twin's priors: the quantiles of every family by SciPy's distributions, bisection and textbook formulas.

It shares no code with the families that it judges. A law has `ppf`, `isf`, `cdf` and `sf`, as SciPy's frozen ones do.
"""

from __future__ import annotations

import numpy as np
from scipy import optimize, special, stats


def quantile(prior: dict, u: np.ndarray) -> np.ndarray:
    """The prior's quantiles, truncation and all, from the tail that keeps the digits."""
    whole = law(prior)
    return np.where(u < 0.5, whole.ppf(u), whole.isf(1 - u))


def law(prior: dict) -> object:
    """The distribution of a prior."""
    low, high = prior.get("lower"), prior.get("upper")
    if prior["family"] == "metalog":
        return Metalog(prior)
    points = percentiles(prior)
    if (points and prior["family"] not in ("normal", "lognormal")) or (points and (low, high) != (None, None)):
        prior = {"family": prior["family"]} | member(prior, points)
    whole = frozen(prior)
    return whole if low is None and high is None else Truncated(whole, low, high)


def percentiles(prior: dict) -> dict[float, float]:
    return {float(k[1:]) / 100: v for k, v in sorted(prior.items()) if k[0] == "p" and k[1:2].isdigit()}


def frozen(prior: dict) -> object:
    """The distribution of a prior's parameters, before truncation."""
    match prior:
        case {"family": "normal", "mean": mean, "sd": sd}:
            return stats.norm(mean, sd)
        case {"family": "normal"}:
            mean, sd = line(percentiles(prior))
            return stats.norm(mean, sd)
        case {"family": "lognormal", "median": median, "gsd": gsd}:
            return stats.lognorm(np.log(gsd), scale=median)
        case {"family": "lognormal", "meanlog": mu, "sdlog": sigma}:
            return stats.lognorm(sigma, scale=np.exp(mu))
        case {"family": "lognormal", "mean": mean, "sd": sd}:
            variance = np.log(1 + (sd / mean) ** 2)
            return stats.lognorm(np.sqrt(variance), scale=mean / np.sqrt(1 + (sd / mean) ** 2))
        case {"family": "lognormal"}:
            mu, sigma = line({p: np.log(x) for p, x in percentiles(prior).items()})
            return stats.lognorm(sigma, scale=np.exp(mu))
        case {"family": "uniform", "low": low, "high": high}:
            return stats.uniform(low, high - low)
        case {"family": "loguniform", "low": low, "high": high}:
            return stats.loguniform(low, high)
        case {"family": "triangular", "low": low, "mode": mode, "high": high}:
            return stats.triang((mode - low) / (high - low), low, high - low)
        case {"family": "pert", "low": low, "mode": mode, "high": high}:
            a = 1 + 4 * (mode - low) / (high - low)
            return stats.beta(a, 6 - a, low, high - low)
        case {"family": "trapezoid", "low": low, "mode_low": b, "mode_high": c, "high": high}:
            return stats.trapezoid((b - low) / (high - low), (c - low) / (high - low), low, high - low)
        case {"family": "curvilinear_trapezoid", "low": low, "high": high, "d": d}:
            return Curvilinear(low, high, d)
        case {"family": "arcsine", "low": low, "high": high}:
            return stats.arcsine(low, high - low)
        case {"family": "beta", "a": a, "b": b}:
            low, high = prior.get("low", 0.0), prior.get("high", 1.0)
            return stats.beta(a, b, low, high - low)
        case {"family": "gamma", "shape": shape, "scale": scale}:
            return stats.gamma(shape, scale=scale)
        case {"family": "weibull", "shape": shape, "scale": scale}:
            return stats.weibull_min(shape, scale=scale)
        case {"family": "exponential", "scale": scale}:
            return stats.expon(scale=scale)
        case {"family": "student_t", "df": df, "loc": loc, "scale": scale}:
            return stats.t(df, loc, scale)
        case {"family": "student_t", "df": df, "loc": loc, "sd": sd}:
            return stats.t(df, loc, sd / stats.t(df).std())
        case {"family": "scipy", "name": name}:
            return getattr(stats, name)(
                **{key: x for key, x in prior.items() if key not in ("family", "name", "lower", "upper")}
            )
        case {"family": "discrete", "values": values, "weights": weights}:
            return Atoms(values, weights)
        case {"family": "empirical", "values": values}:
            return Atoms(values, prior.get("weights") or [1.0] * len(values))
        case {"family": "mixture", "components": components}:
            return Pool([c["weight"] for c in components], [law(c["prior"]) for c in components])
    raise NotImplementedError(prior)


def line(points: dict[float, float]) -> tuple[float, float]:
    """Mean and sd of the normal through two percentiles."""
    (p, x), (q, y) = points.items()
    sd = (y - x) / (stats.norm.ppf(q) - stats.norm.ppf(p))
    return x - sd * stats.norm.ppf(p), sd


FORMS = {
    "normal": lambda a, b: {"mean": a, "sd": np.exp(b)},
    "lognormal": lambda a, b: {"meanlog": a, "sdlog": np.exp(b)},
    "gamma": lambda a, b: {"shape": np.exp(-2 * b), "scale": np.exp(a + 2 * b)},
    "weibull": lambda a, b: {"shape": np.exp(-b), "scale": np.exp(a)},
    "exponential": lambda a: {"scale": np.exp(a)},
}


def member(prior: dict, points: dict[float, float]) -> dict:
    """The parameters of which the distribution, truncated, has these quantiles: a place and a width, searched for."""
    family, bounds = prior["family"], (prior.get("lower"), prior.get("upper"))
    wanted = np.array(list(points.values()))
    scale = wanted if family == "normal" else np.log(wanted)
    start = [scale.mean(), *([np.log(np.ptp(scale) / 3.0)] if len(points) == 2 else [])]

    def miss(x):
        got = Truncated(frozen({"family": family, **FORMS[family](*x)}), *bounds).ppf(np.array(list(points)))
        return (got - wanted) / wanted.max()

    found = optimize.least_squares(miss, start, xtol=1e-15, ftol=1e-15, gtol=1e-15)
    assert np.max(np.abs(found.fun)) < 1e-9
    return FORMS[family](*found.x)


class Truncated:
    """A law restricted to [low, high]."""

    def __init__(self, whole, low: float | None, high: float | None) -> None:
        self.whole = whole
        self.low, self.high = -np.inf if low is None else low, np.inf if high is None else high
        # What sits at a bound itself stays in.
        self.below = whole.cdf(np.nextafter(self.low, -np.inf))
        self.above = whole.sf(self.high)
        at_least = whole.sf(np.nextafter(self.low, -np.inf))
        self.mass = whole.cdf(self.high) - self.below if self.below < 0.5 else at_least - self.above

    def between(self, u, v):
        p, s = self.below + u * self.mass, self.above + v * self.mass
        with np.errstate(all="ignore"):
            return np.where(p < 0.5, self.whole.ppf(np.minimum(p, 0.5)), self.whole.isf(np.minimum(s, 0.5)))

    def ppf(self, u):
        return self.between(u, 1 - u)

    def isf(self, v):
        return self.between(1 - v, v)

    def cdf(self, x):
        return np.where(x < self.low, 0, np.clip((self.whole.cdf(x) - self.below) / self.mass, 0, 1))

    def sf(self, x):
        return np.where(x < self.low, 1, np.clip((self.whole.sf(x) - self.above) / self.mass, 0, 1))


class Atoms:
    """Values with weights."""

    def __init__(self, values: list[float], weights: list[float]) -> None:
        self.values = np.array(sorted(set(values)))
        self.weights = np.array([sum(w for x, w in zip(values, weights) if x == value) for value in self.values])

    def ppf(self, u):
        return self.values[np.searchsorted(np.cumsum(self.weights)[:-1] / self.weights.sum(), u)]

    def isf(self, v):
        return self.values[::-1][np.searchsorted(np.cumsum(self.weights[::-1])[:-1] / self.weights.sum(), v)]

    def cdf(self, x):
        return np.sum(self.weights * (self.values <= np.asarray(x)[..., None]), axis=-1) / self.weights.sum()

    def sf(self, x):
        return np.sum(self.weights * (self.values > np.asarray(x)[..., None]), axis=-1) / self.weights.sum()


class Curvilinear:
    """Uniform within +- W of the midpoint, W being uniform itself: JCGM 101, 6.4.3.4. Its cdf is the mean over W."""

    def __init__(self, low: float, high: float, d: float) -> None:
        self.middle, self.half, self.d = (low + high) / 2, (high - low) / 2, d

    def cdf(self, x):
        t = np.clip(np.asarray(x, float) - self.middle, -self.half - self.d, self.half + self.d)
        # Beyond |t|, x is inside [middle - W, middle + W]; short of it, all or nothing is below.
        inside = np.maximum(np.abs(t), self.half - self.d)
        log = np.log((self.half + self.d) / inside)
        share = 0.5 * (self.half + self.d - inside) + 0.5 * t * log + np.where(t > 0, inside - (self.half - self.d), 0.0)
        return share / (2 * self.d)

    def sf(self, x):
        return self.cdf(2 * self.middle - np.asarray(x))

    def ppf(self, u):
        low = np.full(np.shape(u), self.middle - self.half - self.d)
        return bisect(lambda x: self.cdf(x) - u, low, low + 2 * (self.half + self.d))

    def isf(self, v):
        return 2 * self.middle - self.ppf(v)


class Metalog:
    """Keelin (2016), equations 6, 11 and 14, term by term."""

    def __init__(self, prior: dict) -> None:
        points = percentiles(prior)
        self.bounds = prior.get("lower"), prior.get("upper")
        match self.bounds:
            case None, None:
                self.to, self.back = (lambda x: x), (lambda z: z)
            case low, None:
                self.to, self.back = (lambda x: np.log(x - low)), (lambda z: low + np.exp(z))
            case None, high:
                self.to, self.back = (lambda x: -np.log(high - x)), (lambda z: high - np.exp(-z))
            case low, high:
                self.to = lambda x: special.logit((x - low) / (high - low))
                self.back = lambda z: low + (high - low) * special.expit(z)
        odds = special.logit(np.array(list(points)))
        terms = [self.term(k, odds) for k in range(1, 2 * len(points))]
        # Where the percentiles lie evenly about p50, an odd term may say nothing that the others have not said.
        said = [
            k
            for k in range(len(terms))
            if np.linalg.matrix_rank(terms[: k + 1], tol=1e-9) > np.linalg.matrix_rank(terms[:k] or [0 * odds], tol=1e-9)
        ][: len(points)]
        self.a = np.zeros(said[-1] + 1)
        matrix = np.stack([terms[k] for k in said], axis=1)
        self.a[said] = np.linalg.lstsq(matrix, self.to(np.array(list(points.values()))), rcond=None)[0]

    @staticmethod
    def term(k: int, odds):
        half = special.expit(odds) - 0.5
        first = {1: np.ones_like(odds), 2: odds, 3: half * odds, 4: half}
        return first[k] if k < 5 else half ** ((k - 1) // 2) if k % 2 else half ** (k // 2 - 1) * odds

    def at(self, odds):
        return sum(a * self.term(k, odds) for k, a in enumerate(self.a, 1))

    def ppf(self, u):
        return self.back(self.at(special.logit(u)))

    def isf(self, v):
        return self.back(self.at(-special.logit(v)))

    def odds(self, x):
        low, high = (limit if bound is None else bound for bound, limit in zip(self.bounds, (-np.inf, np.inf)))
        with np.errstate(all="ignore"):
            z = self.to(np.asarray(x, float))
        ends = np.full(np.shape(x), 50.0)
        return np.where(x <= low, -np.inf, np.where(x >= high, np.inf, bisect(lambda odds: self.at(odds) - z, -ends, ends)))

    def cdf(self, x):
        return special.expit(self.odds(x))

    def sf(self, x):
        return special.expit(-self.odds(x))


class Pool:
    """A linear pool."""

    def __init__(self, weights: list[float], laws: list) -> None:
        self.weights, self.laws = np.array(weights) / np.sum(weights), laws
        self.atoms = sorted({x for one in laws for x in self.atoms_of(one)})

    @classmethod
    def atoms_of(cls, one) -> list[float]:
        match one:
            case Atoms():
                return one.values.tolist()
            case Pool():
                return one.atoms
            case Truncated():
                return cls.atoms_of(one.whole)
        return []

    def cdf(self, x):
        return sum(w * one.cdf(x) for w, one in zip(self.weights, self.laws))

    def sf(self, x):
        return sum(w * one.sf(x) for w, one in zip(self.weights, self.laws))

    def ppf(self, u):
        among = [one.ppf(u) for one in self.laws]
        x = bisect(lambda x: self.cdf(x) - u, np.min(among, axis=0), np.max(among, axis=0))
        for atom in self.atoms:
            x = np.where((self.cdf(np.nextafter(atom, -np.inf)) < u) & (u <= self.cdf(atom)), atom, x)
        return x

    def isf(self, v):
        among = [one.isf(v) for one in self.laws]
        x = bisect(lambda x: v - self.sf(x), np.min(among, axis=0), np.max(among, axis=0))
        for atom in self.atoms:
            x = np.where((self.sf(atom) < v) & (v <= self.sf(np.nextafter(atom, -np.inf))), atom, x)
        return x


def bisect(function, low, high):
    """Where an increasing function (elementwise) passes 0."""
    for _ in range(90):
        middle = low + (high - low) / 2
        if np.all((middle <= low) | (middle >= high)):
            break
        passed = function(middle) >= 0
        low, high = np.where(passed, low, middle), np.where(passed, middle, high)
    return high
