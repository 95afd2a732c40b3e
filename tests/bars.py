"""Problems of one formula, and the bars within which their answers must lie.

A bar is t(R - 1) times the standard error from R replicates: one false alarm in 10,000 comparisons. It means something
only where the error is small, so that is asked for too, as a share of the standard deviation, or of a quarter of the 95 %
width where there is none.
"""

from __future__ import annotations

import math
from functools import cache

from scipy import stats

import mcarbon as mc

REPLICATES = 32
DRAWS = 2**22
BAR = stats.t.ppf(1 - 1e-4 / 2, REPLICATES - 1)
QUANTILES = (0.005, 0.025, 0.05, 0.5, 0.95, 0.975, 0.995)


def study(inputs, formula, unit="1", tail=""):
    """A study of plain numbers: the priors of `inputs`, as TOML, and one quantity `y`."""
    lines = [f'inputs.{name} = {{ unit = "1", prior = {prior}, source = "definition" }}' for name, prior in inputs.items()]
    return mc.parse_study(
        'format = 1\nid = "problem"\ntitle = "A problem"\n'
        + "\n".join(lines)
        + f'\n[quantities.y]\nunit = "{unit}"\nformula = "{formula}"\n{tail}'
    )


def normal(mean, sd):
    return f'{{ family = "normal", mean = {mean!r}, sd = {sd!r} }}'


def uniform(low, high):
    return f'{{ family = "uniform", low = {low!r}, high = {high!r} }}'


@cache
def _summary(digest, text, named):
    return mc.summarize(mc.parse_study(text), draws=DRAWS, replicates=REPLICATES, **dict(named))


def summary(problem, **named):
    """The summary of a problem from 32 replicates and 2**22 draws, made once."""
    return _summary(problem.digest, problem.to_toml(), tuple(sorted({"quantiles": QUANTILES, **named}.items())))


def warnings(problem):
    """What is said of `y`."""
    return mc.summarize(problem, draws=2**12)["y"].attrs.get("warnings", "")


def agrees(problem, statistic, value, *, within=0.0, known=1e-3, name="y", **named):
    """The statistic is `value` within its bar (and `within`, what a printed value leaves open).

    Its error is below the share `known` of the standard deviation, or of what stands in for it.
    """
    found = summary(problem, **named)
    got = found[name].sel(statistic=statistic).item()
    error = found[f"{name}_standard_error"].sel(statistic=statistic).item()
    sd = found[name].sel(statistic="sd").item()
    if math.isnan(sd):
        low, high = (found[name].sel(statistic=end).item() for end in ("0.025", "0.975"))
        sd = (high - low) / 4
    assert error < known * sd, (statistic, error)
    assert abs(got - value) <= BAR * error + within, (statistic, got, value, error)
