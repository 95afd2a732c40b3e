"""The library of priors as answers: each prior with its quantiles, its grade and the works that it cites."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcarbon.reading.library import Library
from mcarbon.study import LibraryPrior, Reference

PROBABILITIES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)


@dataclass(frozen=True, slots=True)
class PriorFigures:
    """A prior of the library: its full name, its record, its quantiles (probability to value, in its unit), its works."""

    name: str
    record: LibraryPrior
    quantiles: dict[float, float]
    works: dict[str, Reference]


def library_priors() -> list[PriorFigures]:
    """All priors of the built-in library, by name."""
    library = Library()
    return [_figures(library, name) for name in library.names()]


def library_prior(name: str) -> PriorFigures:
    """The built-in prior of this full name. UserError where there is none."""
    return _figures(Library(), name)


def _figures(library: Library, name: str) -> PriorFigures:
    record, _ = library.prior(name)
    values = np.asarray(record.prior.distribution().ppf(np.array(PROBABILITIES)), dtype=np.float64)
    works = {source.cite: library.works[source.cite] for source in record.sources if source.cite in library.works}
    return PriorFigures(name, record, dict(zip(PROBABILITIES, values.tolist())), works)
