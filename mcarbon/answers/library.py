"""The library of priors as answers: each prior with its quantiles, its grade and the works that it cites."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcarbon.errors import allowed_names, refuse
from mcarbon.reading.library import Library
from mcarbon.reading.resolve import Resolver
from mcarbon.study import LibraryPrior, Reference

PROBABILITIES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)


@dataclass(frozen=True, slots=True)
class PriorFigures:
    """A prior of the library: its full name, its record, its quantiles (probability to value, in its unit), its works."""

    name: str
    record: LibraryPrior
    quantiles: dict[float, float]
    works: dict[str, Reference]


def library_priors(subject: str | None = None) -> list[PriorFigures]:
    """The priors of the built-in library by name: all of them, or those of one subject, a file's name.

    None of a subject that there is not.
    """
    library = Library()
    names = [name for name in library.names() if subject in (None, name.partition(".")[0])]
    return [_figures(library, name) for name in names]


def library_prior(name: str) -> PriorFigures:
    """The built-in prior of this full name. UserError where there is none."""
    library = Library()
    names = library.names()
    if name not in names:
        raise refuse(f"there is no prior `{name[:80]}`", allowed=_allowed(name, names))
    return _figures(library, name)


def _allowed(name: str, names: list[str]) -> str:
    """What may stand instead of a name that is none: a prior of that short name, those of its subject, or the subjects."""
    if meant := [full for full in names if full.partition(".")[2] == name]:
        return f'Did you mean "{meant[0]}"? A full name is "file.name".'
    if beside := [full for full in names if full.partition(".")[0] == name.partition(".")[0]]:
        return allowed_names(name, beside)
    subjects = list(dict.fromkeys(full.partition(".")[0] for full in names))
    return f"{allowed_names(name, subjects, 'subjects')} `mcarbon priors` lists all."


def _figures(library: Library, name: str) -> PriorFigures:
    record = Resolver(library).named(name)
    values = np.asarray(record.prior.distribution().ppf(np.array(PROBABILITIES)), dtype=np.float64)
    works = {source.cite: library.works[source.cite] for source in record.sources if source.cite in library.works}
    return PriorFigures(name, record, dict(zip(PROBABILITIES, values.tolist())), works)
