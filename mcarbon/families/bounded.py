"""Families on an interval: uniform, log-uniform, triangular, PERT, trapezoids, arcsine and beta."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from mcarbon.families.base import Array, Continuous, Distribution, Finite, Positive
from mcarbon.families.tails import between, falling, power


def _ordered(**bounds: float) -> None:
    (first, low), (last, high) = list(bounds.items())[0], list(bounds.items())[-1]
    if not low < high:
        raise ValueError(f"{first} ({low:g}) must be below {last} ({high:g}); a number that is known is a `value`")
    for name, value in bounds.items():
        if not low <= value <= high:
            raise ValueError(f"{name} ({value:g}) must lie between {first} ({low:g}) and {last} ({high:g})")


def beta_distribution(a: float, b: float, low: float, high: float) -> Distribution:
    """Beta(a, b) stretched from [0, 1] to [low, high]."""
    from scipy.special import betainc, betaincinv

    width = high - low
    return Distribution(
        ppf=lambda u: low + width * betaincinv(a, b, u),
        isf=lambda v: high - width * betaincinv(b, a, v),
        cdf=lambda x: betainc(a, b, np.clip((x - low) / width, 0.0, 1.0)),
        sf=lambda x: betainc(b, a, np.clip((high - x) / width, 0.0, 1.0)),
        knots=(low, high),
        shape=lambda: between(falling(low, power(a)), falling(high, power(b))),
    )


def trapezoid_distribution(low: float, mode_low: float, mode_high: float, high: float) -> Distribution:
    """Density rising in a straight line, level between the modes, and falling in a straight line."""
    corners = (low, mode_low, mode_high, high)
    mirrored = (-high, -mode_high, -mode_low, -low)
    height = 2.0 / (high - low + mode_high - mode_low)

    def share(x: Array, a: float, b: float, c: float, d: float) -> Array:
        """The probability between the end `a` and x."""
        x = np.clip(x, a, d)
        rise = 0.5 * height * (x - a) ** 2 / (b - a) if b > a else np.zeros_like(x)
        level = height * (0.5 * (b - a) + x - b)
        fall = 1.0 - 0.5 * height * (d - x) ** 2 / (d - c) if d > c else np.ones_like(x)
        return np.where(x < b, rise, np.where(x < c, level, fall))

    def place(p: Array, a: float, b: float, c: float, d: float) -> Array:
        """The value up to which, from the end `a`, there is probability `p`."""
        rising, falling = 0.5 * height * (b - a), 0.5 * height * (d - c)
        rise = a + np.sqrt(2.0 / height * p * (b - a))
        level = b + (p - rising) / height
        fall = d - np.sqrt(2.0 / height * (1.0 - p) * (d - c))
        return np.where(p < rising, rise, np.where(1.0 - p > falling, level, fall))

    return Distribution(
        ppf=lambda u: place(u, *corners),
        isf=lambda v: -place(v, *mirrored),
        cdf=lambda x: share(x, *corners),
        sf=lambda x: share(-x, *mirrored),
        knots=corners,
        shape=lambda: between(
            falling(low, power(2.0 if mode_low > low else 1.0)), falling(high, power(2.0 if high > mode_high else 1.0))
        ),
    )


class Uniform(Continuous):
    """Every value between `low` and `high` alike."""

    family: Literal["uniform"]
    low: Finite
    high: Finite

    in_unit = ("low", "high", "lower", "upper")

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        _ordered(low=self.low, high=self.high)
        low, high, width = self.low, self.high, self.high - self.low
        return Distribution(
            ppf=lambda u: low + width * u,
            isf=lambda v: high - width * v,
            cdf=lambda x: np.clip((x - low) / width, 0.0, 1.0),
            sf=lambda x: np.clip((high - x) / width, 0.0, 1.0),
            knots=(low, high),
            shape=lambda: between(falling(low, power(1.0)), falling(high, power(1.0))),
        )


class Loguniform(Continuous):
    """The logarithm is uniform: every order of magnitude between `low` and `high` alike."""

    family: Literal["loguniform"]
    low: Positive
    high: Positive

    in_unit = ("low", "high", "lower", "upper")

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        _ordered(low=self.low, high=self.high)
        low, high, width = self.low, self.high, math.log(self.high / self.low)
        return Distribution(
            ppf=lambda u: np.minimum(low * np.exp(width * u), high),
            isf=lambda v: np.maximum(high * np.exp(-width * v), low),
            cdf=lambda x: np.log(np.clip(x, low, high) / low) / width,
            sf=lambda x: np.log(high / np.clip(x, low, high)) / width,
            knots=(low, high),
            shape=lambda: between(falling(low, power(1.0)), falling(high, power(1.0))),
        )


class Triangular(Continuous):
    """Density rising from `low` to `mode` and falling to `high`, in straight lines."""

    family: Literal["triangular"]
    low: Finite
    mode: Finite
    high: Finite

    in_unit = ("low", "mode", "high", "lower", "upper")

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        _ordered(low=self.low, mode=self.mode, high=self.high)
        return trapezoid_distribution(self.low, self.mode, self.mode, self.high)


class Pert(Continuous):
    """The beta distribution with this `mode` whose mean weighs it four times as much as each end (lambda 4)."""

    family: Literal["pert"]
    low: Finite
    mode: Finite
    high: Finite

    in_unit = ("low", "mode", "high", "lower", "upper")

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        _ordered(low=self.low, mode=self.mode, high=self.high)
        width = self.high - self.low
        a, b = 1 + 4 * (self.mode - self.low) / width, 1 + 4 * (self.high - self.mode) / width
        return beta_distribution(a, b, self.low, self.high)


class Trapezoid(Continuous):
    """Density rising from `low` to `mode_low`, level to `mode_high` and falling to `high`, in straight lines."""

    family: Literal["trapezoid"]
    low: Finite
    mode_low: Finite
    mode_high: Finite
    high: Finite

    in_unit = ("low", "mode_low", "mode_high", "high", "lower", "upper")

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        _ordered(low=self.low, mode_low=self.mode_low, mode_high=self.mode_high, high=self.high)
        if self.mode_low > self.mode_high:
            raise ValueError(f"mode_low ({self.mode_low:g}) must not be above mode_high ({self.mode_high:g})")
        return trapezoid_distribution(self.low, self.mode_low, self.mode_high, self.high)


class CurvilinearTrapezoid(Continuous):
    """Uniform between ends that are themselves only known to `d`: `low` +- d and `high` +- d, about one midpoint.

    JCGM 101:2008, 6.4.3, DOI 10.59161/JCGM101-2008.
    """

    family: Literal["curvilinear_trapezoid"]
    low: Finite
    high: Finite
    d: Positive

    in_unit = ("low", "high", "d", "lower", "upper")

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        _ordered(low=self.low, high=self.high)
        d, half = self.d, 0.5 * (self.high - self.low)
        if not d < half:
            raise ValueError(f"d ({d:g}) must be below half the distance of low and high ({half:g})")
        low, high, widest = self.low - d, self.high + d, half + d
        middle = self.low + half
        # The flank's cumulative probability is widest / (4 d) * _bend(t), t the part of `widest` gone from the end.
        share_of_bend = widest / (4.0 * d)
        flank = share_of_bend * float(_bend(np.array(2.0 * d / widest)))
        density = math.atanh(d / half) / (2.0 * d)

        def share(distance: Array) -> Array:
            """The probability within this distance of an end, on its own half."""
            t = np.clip(distance, 0.0, widest) / widest
            return np.where(distance < 2.0 * d, share_of_bend * _bend(t), 0.5 - density * (widest - widest * t))

        def distance(p: Array) -> Array:
            """The distance from an end within which there is probability `p`, at most half."""
            on_flank = p < flank
            bent = widest * _unbend(np.where(on_flank, p, 0.0) / share_of_bend)
            return np.where(on_flank, bent, widest - (0.5 - p) / density)

        return Distribution(
            ppf=lambda u: np.where(u < 0.5, low + distance(np.minimum(u, 0.5)), high - distance(np.minimum(1.0 - u, 0.5))),
            isf=lambda v: np.where(v < 0.5, high - distance(np.minimum(v, 0.5)), low + distance(np.minimum(1.0 - v, 0.5))),
            cdf=lambda x: np.where(x < middle, share(x - low), 1.0 - share(high - x)),
            sf=lambda x: np.where(x > middle, share(high - x), 1.0 - share(x - low)),
            knots=(low, self.low + d, self.high - d, high),
            shape=lambda: between(falling(low, power(2.0)), falling(high, power(2.0))),
        )


_ALMOST_ALL = float(np.nextafter(1.0, 0.0))


def _bend(t: Array) -> Array:
    """t + (1 - t) ln(1 - t), for t in [0, 1); near 0 by its series, where the terms cancel."""
    series = np.zeros_like(t)
    for k in range(14, 1, -1):
        series = (series + 1.0 / (k * (k - 1))) * t
    return np.where(t < 0.05, series * t, t + (1.0 - t) * np.log1p(-np.minimum(t, _ALMOST_ALL)))


def _unbend(y: Array) -> Array:
    """The t of which `_bend` is y. It is convex: Newton's steps from above fall onto the root."""
    t = np.minimum(np.sqrt(2.0 * y), _ALMOST_ALL)
    for _ in range(60):
        slope = -np.log1p(-t)
        step = (_bend(t) - y) / np.where(slope > 0.0, slope, 1.0)
        t = np.maximum(t - step, 0.0)
        if np.all(np.abs(step) <= 1e-15 * t):
            break
    return t


class Arcsine(Continuous):
    """A sinusoid's value at a random time: dense at `low` and `high`."""

    family: Literal["arcsine"]
    low: Finite
    high: Finite

    in_unit = ("low", "high", "lower", "upper")

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        _ordered(low=self.low, high=self.high)
        low, high, width = self.low, self.high, self.high - self.low

        def share(distance: Array) -> Array:
            return np.asarray(2.0 / np.pi * np.arcsin(np.sqrt(np.clip(distance / width, 0.0, 1.0))))

        return Distribution(
            ppf=lambda u: low + width * np.sin(0.5 * np.pi * u) ** 2,
            isf=lambda v: high - width * np.sin(0.5 * np.pi * v) ** 2,
            cdf=lambda x: share(x - low),
            sf=lambda x: share(high - x),
            knots=(low, high),
            shape=lambda: between(falling(low, power(0.5)), falling(high, power(0.5))),
        )


class Beta(Continuous):
    """Beta(a, b) on [0, 1], or on [`low`, `high`]."""

    family: Literal["beta"]
    a: Positive
    b: Positive
    low: Finite = 0.0
    high: Finite = 1.0

    in_unit = ("low", "high", "lower", "upper")

    def full(self) -> Distribution:
        """See `Continuous.full`."""
        _ordered(low=self.low, high=self.high)
        return beta_distribution(self.a, self.b, self.low, self.high)
