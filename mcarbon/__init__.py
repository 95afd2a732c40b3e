"""mcarbon: published carbon claims, held against their own arithmetic and against what is known.

A study (a TOML file) states inputs with priors and sources, formulas, choices and claims. `reproduce` asks whether a
claim's arithmetic follows, `stress` whether its number is credible; `sample` and `summarize` propagate the priors;
`sensitivity` asks which inputs matter, `break_even` what would tip an answer, `multiverse` under which choices a claim
holds, `robustness` whether a verdict hangs on a prior, `population` how people or sites differ and how sure of that we
are; `as_text` words what was found, `report` writes all of it down, and `plot` draws it. `StudyBuilder`, the constructors
of priors (`normal`, `uniform`, ...) and `functions` write a study in Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcarbon.version import __version__

if TYPE_CHECKING:
    from mcarbon import functions, plot
    from mcarbon.answers.break_even import break_even
    from mcarbon.answers.multiverse import multiverse
    from mcarbon.answers.population import population
    from mcarbon.answers.reproduce import reproduce
    from mcarbon.answers.robustness import robustness
    from mcarbon.answers.sample import sample
    from mcarbon.answers.sensitivity import sensitivity
    from mcarbon.answers.stress import stress
    from mcarbon.answers.summarize import summarize
    from mcarbon.building.builder import StudyBuilder
    from mcarbon.building.priors import (
        arcsine,
        beta,
        curvilinear_trapezoid,
        discrete,
        empirical,
        exponential,
        gamma,
        lognormal,
        loguniform,
        metalog,
        mixture,
        normal,
        pert,
        scipy,
        student_t,
        trapezoid,
        triangular,
        uniform,
        weibull,
    )
    from mcarbon.errors import UserError
    from mcarbon.reading.load import load_study, parse_study
    from mcarbon.reporting.report import report
    from mcarbon.showing.text import as_text
    from mcarbon.study import Study

_PRIORS = (
    "arcsine",
    "beta",
    "curvilinear_trapezoid",
    "discrete",
    "empirical",
    "exponential",
    "gamma",
    "lognormal",
    "loguniform",
    "metalog",
    "mixture",
    "normal",
    "pert",
    "scipy",
    "student_t",
    "trapezoid",
    "triangular",
    "uniform",
    "weibull",
)
_HOME = {
    "Study": "study",
    "StudyBuilder": "building.builder",
    "UserError": "errors",
    "as_text": "showing.text",
    "break_even": "answers.break_even",
    "functions": "functions",
    "load_study": "reading.load",
    "multiverse": "answers.multiverse",
    "parse_study": "reading.load",
    "plot": "plot",
    "population": "answers.population",
    "report": "reporting.report",
    "reproduce": "answers.reproduce",
    "robustness": "answers.robustness",
    "sample": "answers.sample",
    "sensitivity": "answers.sensitivity",
    "stress": "answers.stress",
    "summarize": "answers.summarize",
} | dict.fromkeys(_PRIORS, "building.priors")

__all__ = [
    "Study",
    "StudyBuilder",
    "UserError",
    "__version__",
    "arcsine",
    "as_text",
    "beta",
    "break_even",
    "curvilinear_trapezoid",
    "discrete",
    "empirical",
    "exponential",
    "functions",
    "gamma",
    "load_study",
    "lognormal",
    "loguniform",
    "metalog",
    "mixture",
    "multiverse",
    "normal",
    "parse_study",
    "pert",
    "plot",
    "population",
    "report",
    "reproduce",
    "robustness",
    "sample",
    "scipy",
    "sensitivity",
    "stress",
    "student_t",
    "summarize",
    "trapezoid",
    "triangular",
    "uniform",
    "weibull",
]


def __getattr__(name: str) -> Any:
    # Nothing heavy is imported before it is used: listing studies must not wait for numba.
    if name not in _HOME:
        raise AttributeError(f"module 'mcarbon' has no attribute {name!r}")
    from importlib import import_module

    module = import_module(f"mcarbon.{_HOME[name]}")
    return module if _HOME[name] == name else getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)
