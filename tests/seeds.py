"""How many seeds the statistical tests take, and the bands that their answers must lie in.

`SEEDS_TIMES=10` takes ten times as many (`make statistics`). A band is given for the usual number, at which it raises some
share of false alarms, on either side; with more seeds it is the narrower one of the same share, by the law that the figure
has where all is right.
"""

from __future__ import annotations

import math
import os

from scipy import stats

TIMES = int(os.environ.get("SEEDS_TIMES", "1"))


def seeds(usual: int) -> range:
    """The seeds of a test that usually takes so many."""
    return range(usual * TIMES)


def alarms_of_share(usual: int, low: float, high: float, least: float = 0.95, most: float = 0.95) -> tuple[float, float]:
    """The chances that a share of so many seeds is below and above its band.

    Each is a hit with the probability `least` for the one and `most` for the other: the range of what is right.
    """
    below, above = stats.binom(usual, least), stats.binom(usual, most)
    return float(below.cdf(math.ceil(low * usual - 1e-9) - 1)), float(above.sf(math.floor(high * usual + 1e-9)))


def share_band(
    usual: int, low: float, high: float, least: float = 0.95, most: float = 0.95, times: int = TIMES
) -> tuple[float, float]:
    """The band of a share of hits."""
    if times == 1:
        return low, high
    n, (below, above) = usual * times, alarms_of_share(usual, low, high, least, most)
    return float(stats.binom(n, least).ppf(below)) / n, float(stats.binom(n, most).isf(above)) / n


def _law_of_rms(n: float, df: float) -> tuple[stats.rv_continuous, float]:
    """The root mean square of n values of t(df): chi-squared of as many degrees of freedom as their squares' variance gives.

    The mean of t**2 is df / (df - 2), that of t**4 is 3 df**2 / ((df - 2) (df - 4)).
    """
    square = df / (df - 2)
    relative = 3 * df**2 / ((df - 2) * (df - 4)) / square**2 - 1
    return stats.chi2(2 * n / relative), square / (2 * n / relative)


def alarms_of_rms(usual: int, low: float, high: float, df: float) -> tuple[float, float]:
    """The chances that the root mean square of so many independent t(df) is below and above its band."""
    law, unit = _law_of_rms(usual, df)
    return float(law.cdf(low**2 / unit)), float(law.sf(high**2 / unit))


def rms_band(usual: int, low: float, high: float, df: float = 15, times: int = TIMES) -> tuple[float, float]:
    """The band of the root mean square of z-scores, each of `df` degrees of freedom, so many of them independent."""
    if times == 1:
        return low, high
    (law, unit), (below, above) = _law_of_rms(usual * times, df), alarms_of_rms(usual, low, high, df)
    return math.sqrt(law.ppf(below) * unit), math.sqrt(law.isf(above) * unit)


def narrowed(usual: float, times: int = TIMES) -> float:
    """A tolerance of a mean over seeds, whose error falls with the root of their number."""
    return usual / math.sqrt(times)
