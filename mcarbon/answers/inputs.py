"""The inputs of a study as answers: each cell's published value, its prior in figures, its sources, grade and reasons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcarbon.families import Distribution, Prior
from mcarbon.reading.model import Model
from mcarbon.study import Corrected, EvidenceKind, Input, InputEntry, Study

PROBABILITIES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
SKETCH = 12.0
"""A prior's sketch runs from its median over this to this times its median, on a log scale."""
BINS = 60
"""Bins of a sketch."""


@dataclass(frozen=True, slots=True)
class InputSource:
    """One source of an input: its key, DOI or URL; what it says and where; how it knows (None: not told)."""

    cite: str
    value: str = ""
    where: str = ""
    kind: EvidenceKind | None = None


@dataclass(frozen=True, slots=True)
class InputFigures:
    """One cell of an input.

    `label` is ``grid`` or ``annual_footprint[US]``. `published` is as printed; `neutral` where the publication has no such
    factor; `value` where it is fixed. `quantiles` maps probability to value in the input's unit, empty where fixed;
    `sketch` holds the prior's mass in `BINS` equal steps of ln x around the median, empty where that is not positive.
    `cited` are the keys that the study gives for the published value, `sources` those of the prior.
    """

    name: str
    at: dict[str, str]
    label: str
    unit: str
    published: float | str | None
    neutral: float | None
    value: float | None
    corrected: Corrected | None
    prior: Prior | None
    prior_name: str | None
    quantiles: dict[float, float]
    sketch: tuple[float, ...]
    grade: int | None
    cited: tuple[str, ...]
    where: str
    sources: tuple[InputSource, ...]
    rationale: str
    note: str
    updated: str


def input_figures(model: Model) -> list[InputFigures]:
    """Every cell of every input, in the file's order."""
    study = model.study
    return [_figures(model, name, item, at, entry) for name, item in study.inputs.items() for at, entry in item.cells()]


def _figures(model: Model, name: str, item: Input, at: dict[str, str], entry: InputEntry) -> InputFigures:
    study, key = model.study, tuple(at.values())
    prior = study.prior_of(entry)
    named = study.library[entry.prior] if isinstance(entry.prior, str) else None
    distribution = None if prior is None else prior.distribution()
    factor = model.prior_factors.get((name, key), 1.0)
    # What lies under `at` may be told for all cells at once.
    notes = dict.fromkeys(text.strip() for text in (item.note, entry.note) if text.strip())
    return InputFigures(
        name=name,
        at=at,
        label=name + (f"[{', '.join(key)}]" if key else ""),
        unit=item.unit,
        published=entry.published,
        neutral=entry.neutral,
        value=entry.value,
        corrected=entry.corrected,
        prior=prior,
        prior_name=entry.prior if isinstance(entry.prior, str) else None,
        quantiles=_quantiles(distribution, factor),
        sketch=_sketch(distribution),
        grade=None if prior is None else study.grade_of(name, at),
        cited=_listed(entry.source if entry.source is not None else item.source),
        where=entry.where or item.where,
        sources=tuple(_sources(study, item, entry)),
        rationale="" if named is None else named.rationale.strip(),
        note=" ".join(notes),
        updated="" if named is None else named.updated,
    )


def _sources(study: Study, item: Input, entry: InputEntry) -> list[InputSource]:
    """What a prior rests on: the sources of the library's, else those of the study with the kind that it names."""
    if isinstance(entry.prior, str):
        return [InputSource(s.cite, s.value, s.where, s.kind) for s in study.library[entry.prior].sources]
    if entry.prior is None:
        return []
    cited = _listed(entry.source if entry.source is not None else item.source)
    return [InputSource(cite, kind=entry.kind or item.kind) for cite in cited]


def _listed(source: str | list[str] | None) -> tuple[str, ...]:
    return () if source is None else (source,) if isinstance(source, str) else tuple(source)


def _quantiles(distribution: Distribution | None, factor: float) -> dict[float, float]:
    if distribution is None:
        return {}
    values = np.asarray(distribution.ppf(np.array(PROBABILITIES)), dtype=np.float64) * factor
    return dict(zip(PROBABILITIES, values.tolist()))


def _sketch(distribution: Distribution | None) -> tuple[float, ...]:
    if distribution is None:
        return ()
    median = float(distribution.ppf(np.array([0.5]))[0])
    if not median > 0:
        return ()
    edges = median * np.exp(np.linspace(-np.log(SKETCH), np.log(SKETCH), BINS + 1))
    return tuple(np.diff(distribution.cdf(edges)).tolist())
