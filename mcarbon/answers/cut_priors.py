"""Priors of which the bounds take so much away that they are no longer what they are called."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from mcarbon.errors import UserError
from mcarbon.families import Mixture
from mcarbon.families.base import Continuous
from mcarbon.reading.library import read_priors
from mcarbon.reading.load import load_study
from mcarbon.reading.model import Key, Model, build_model
from mcarbon.remembered import keep, recall
from mcarbon.words.alarms import another_prior

MOST_CUT_OFF = 0.1
"""Bounds that take away more of a prior make another one of it: a normal that loses a tenth on one side has its mean moved
by 0.195 standard deviations, one that loses a twentieth on both has 0.79 of its standard deviation."""


def cut_prior_alarms(model: Model, cell: tuple[str, Key]) -> tuple[str, ...]:
    """What must be said of the prior of an input's cell; nothing of one that is fixed."""
    name, key = cell
    record = model.study.inputs[name]
    prior = model.study.prior_of(record.entry(dict(zip(record.axes, key))))
    label = f"{name}[{', '.join(key)}]" if key else name
    return tuple(_alarms(label, prior, model.prior_factors.get(cell, 1.0), record.unit))


def file_alarms(paths: Iterable[str | Path]) -> list[str]:
    """What must be said of the priors of study files, files of priors, and folders of them; nothing of what has faults."""
    found: list[str] = []
    for path in map(Path, paths):
        for file in sorted(path.glob("*.toml")) if path.is_dir() else [path]:
            try:
                model = build_model(load_study(file))
            except UserError:
                found += _of_library(file)
                continue
            inputs = model.study.inputs
            cells = [(name, tuple(at.values())) for name, record in inputs.items() for at, _ in record.cells()]
            found += [f"{file}: {said}" for cell in cells for said in cut_prior_alarms(model, cell)]
    return found


def _of_library(file: Path) -> list[str]:
    try:
        priors = read_priors(file).priors
    except UserError:
        return []
    return [
        f"{file}: {said}"
        for name, record in priors.items()
        for said in _alarms(f"{file.stem}.{name}", record.prior, 1.0, record.unit)
    ]


def _alarms(label: str, prior: object, factor: float, unit: str) -> Iterator[str]:
    for part in _parts(prior):
        if part.lower is None and part.upper is None:
            continue
        cut_off, whole, left = _cut(part)
        if cut_off > MOST_CUT_OFF:
            family = part.model_dump()["family"]
            yield another_prior(label, family, part is not prior, cut_off, whole * factor, left * factor, unit)


def _cut(prior: Continuous) -> tuple[float, float, float]:
    """Which share its bounds take away, and its median before and after.

    Remembered on disk, since asking means to import SciPy's functions.
    """
    key = prior.model_dump_json()
    kept = recall("cuts", key)
    if kept is None:
        medians = (float(each.ppf(np.array([0.5]))[0]) for each in (prior.full(), prior.distribution()))
        kept = struct.pack("<3d", prior.cut_off(), *medians)
        keep("cuts", key, kept)
    cut_off, whole, left = struct.unpack("<3d", kept)
    return cut_off, whole, left


def _parts(prior: object) -> Iterator[Continuous]:
    """The prior, and the components of a mixture that are written out, as far as they can be truncated."""
    if isinstance(prior, Continuous) and prior.is_resolved:
        yield prior
    if isinstance(prior, Mixture):
        for component in prior.components:
            yield from _parts(component.prior)
