"""Parameters from percentiles: the keys ``p5``, ``p50``, ``p2.5``, and the member of a family that meets them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
from pydantic import ConfigDict

from mcarbon.families.base import Array, Continuous, Distribution, Family, Finite, truncate


def read_percentiles(keys: Mapping[str, Any], allowed: list[str]) -> dict[float, float]:
    """The keys ``p5``, ``p50``, ``p2.5`` as probability -> value, in increasing order of probability.

    ValueError for a key that is none, a percentile outside (0, 100), or values that do not increase.
    """
    quantiles: dict[float, float] = {}
    for key, value in keys.items():
        number = key[1:]
        if not (key.startswith("p") and number.isascii() and number.replace(".", "", 1).isdigit()):
            raise ValueError(f"unknown key `{key}`; allowed: {', '.join(allowed)} and percentiles such as p5, p95")
        if not 0 < Decimal(number) < 100:
            raise ValueError(f"{key} is no percentile: the number must lie between 0 and 100")
        probability = float(Decimal(number) / 100)
        if probability in quantiles:
            raise ValueError(f"p{100 * probability:g} is given twice")
        quantiles[probability] = float(value)
    ordered = dict(sorted(quantiles.items()))
    for (p, low), (q, high) in zip(list(ordered.items()), list(ordered.items())[1:]):
        if not low < high:
            raise ValueError(f"the quantiles are out of order: p{100 * p:g} = {low:g} is not below p{100 * q:g} = {high:g}")
    return ordered


def one_form(given: Mapping[str, Any], forms: list[tuple[str, ...]], quantiles: int, wanted: int) -> tuple[str, ...]:
    """Which of the parameterisations `forms` was given; ``()`` for `wanted` quantiles. ValueError for none or two."""
    names = tuple(name for name, value in given.items() if value is not None)
    if wanted and quantiles == wanted and not names:
        return ()
    for form in forms:
        if set(names) == set(form) and not quantiles:
            return form
    listed = " or ".join(f"`{', '.join(form)}`" for form in forms)
    such = {0: "", 1: " or 1 percentile (such as p50)"}.get(wanted, f" or {wanted} percentiles (such as p5, p95)")
    got = ", ".join([*names, *([f"{quantiles} percentile{'s' if quantiles > 1 else ''}"] if quantiles else [])]) or "nothing"
    raise ValueError(f"give exactly {listed}{such}; got {got}")


def through(
    points: Mapping[float, float],
    member: Callable[[Array], Distribution],
    lower: float | None,
    upper: float | None,
    *,
    noun: str,
    logs: bool = True,
) -> Array:
    """The parameters of the member of a family that, truncated to [lower, upper], has these quantiles (p -> value).

    `member` makes one from as many free parameters as there are quantiles; all 0 is the one that has them when
    nothing is cut off. `logs` compares logarithms: for families of positive values. ValueError where none has them.
    """
    probabilities, wanted = np.array(list(points)), np.array(list(points.values()))
    if lower is None and upper is None:
        return np.zeros(len(points))
    if (lower is not None and lower >= wanted[0]) or (upper is not None and upper <= wanted[-1]):
        name = "lower" if lower is not None and lower >= wanted[0] else "upper"
        raise ValueError(f"the quantiles must lie within the bounds; {name} does not leave them room")
    from scipy.optimize import root

    target = np.log(wanted) if logs else wanted
    spread = np.ptp(target) or 1.0

    def miss(free: Array) -> Array:
        try:
            cut = truncate(member(np.clip(free, -50.0, 50.0)), lower, upper)
        except ValueError:
            return np.full(len(points), 1e3)
        with np.errstate(all="ignore"):
            got = cut.ppf(probabilities)
            return np.asarray(np.nan_to_num(((np.log(got) if logs else got) - target) / spread, nan=1e3))

    # What is cut off makes the uncut member wider than what is left, so wider ones are the next to start from.
    for start in (0.0, 0.5, 1.0, 2.0):
        free = np.append(np.zeros(len(points) - 1), start)
        solution = root(miss, free, method="hybr", options={"xtol": 1e-13})
        if np.max(np.abs(miss(solution.x))) <= 1e-9:
            return np.asarray(np.clip(solution.x, -50.0, 50.0))
    raise ValueError(f"no {noun}, truncated like this, has these quantiles: they are too far apart for the bounds")


class Percentiles(Family):
    """A family that takes percentiles as keys of its own; a value each, in the prior's unit."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)
    __pydantic_extra__: dict[str, Finite]

    def _percentiles(self) -> dict[float, float]:
        return read_percentiles(self.__pydantic_extra__ or {}, list(type(self).model_fields))

    def _in_other_unit(self, factor: float) -> dict[str, Any]:
        percentiles = {key: factor * value for key, value in (self.__pydantic_extra__ or {}).items()}
        return {**super()._in_other_unit(factor), **percentiles}


class ByPercentiles(Continuous, Percentiles):
    """A continuous family given by its parameters or by percentiles, which are those after truncation."""

    def cut_off(self) -> float:
        """See `Continuous.cut_off`: percentiles are those after it."""
        return 0.0 if self._percentiles() else super().cut_off()

    def _form(self, forms: list[tuple[str, ...]], percentiles: Mapping[float, float], wanted: int = 2) -> tuple[str, ...]:
        given = {name: getattr(self, name) for form in forms for name in form}
        return one_form(given, forms, len(percentiles), wanted)

    def _positive(self, percentiles: Mapping[float, float], noun: str) -> None:
        """ValueError where a percentile of a family of positive values is none."""
        smallest = next(iter(percentiles.values()))
        if not smallest > 0:
            raise ValueError(f"{noun} is positive: its lowest quantile ({smallest:g}) must be above 0")
