"""Which of a study's moments exist, and what must be said of those that do not or may not."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mcarbon.answers.indices import tail_index
from mcarbon.engine.graph import Draw, drawn
from mcarbon.engine.labels import Labels
from mcarbon.engine.program import Cells, Target, as_cells, compile_program
from mcarbon.engine.sampler import Sampler
from mcarbon.engine.tables import SIDE, quantile_table
from mcarbon.moments.existence import Moments, moments_of
from mcarbon.moments.ground import Ground
from mcarbon.moments.marginals import LOOKS
from mcarbon.reading.model import Key, Model
from mcarbon.study import InputEntry
from mcarbon.words.moments import as_seen, may_not_exist, moment_warnings


@dataclass(frozen=True, slots=True)
class Existence:
    """Whether a cell's mean and standard deviation are to be given, and what must be said of them.

    `fourth`: whether the fourth moment may exist, without which the error of a standard deviation is not to be relied on;
    `sd_is_proved`: whether it is proved that the standard deviation exists.
    """

    mean: bool
    sd: bool
    fourth: bool
    sd_is_proved: bool
    warnings: tuple[str, ...]


def existence(model: Model, targets: Sequence[Target]) -> list[Existence]:
    """What is to be given of each of these cells."""
    return list(_existences(model, as_cells(targets)))


@lru_cache(maxsize=32)
def _existences(model: Model, cells: Cells) -> tuple[Existence, ...]:
    """As `existence`. Remembered: of the same priors and formulas it is the same, however many draws are made."""
    targets = [(name, dict(at)) for name, at in cells]
    ground, moments = moments_of(model, targets)
    named = _Names(ground)
    # Cells that come to the same have the same record.
    found = {id(each): (target, each) for target, each in zip(targets, moments)}
    told = {key: _existence(model, target, each, named) for key, (target, each) in found.items()}
    return tuple(told[id(each)] for each in moments)


def existence_given_the_rest(model: Model, targets: Sequence[Target], varies: Callable[[str], bool]) -> list[Existence]:
    """What is to be given of the population of each cell: the inputs that do not vary are at their medians.

    Only what is proved is told: no draws of the population are looked at.
    """

    def value_of(name: str, key: Key, entry: InputEntry) -> float | None:
        prior = model.study.prior_of(entry)
        if prior is None or varies(name):
            return drawn(name, key, entry)
        return float(quantile_table(prior).cubics[SIDE - 1, 0]) * model.prior_factors.get((name, key), 1.0)

    ground, moments = moments_of(model, targets, value_of)
    named = _Names(ground)
    return [_told(each, moment_warnings(each, named)) for each in moments]


def _told(moments: Moments, warnings: tuple[str, ...]) -> Existence:
    each = (moments.mean, moments.variance, moments.fourth)
    mean, sd, fourth = (moment.state != "missing" for moment in each)
    return Existence(mean, sd, fourth, moments.variance.state == "exists", warnings)


class _Names:
    """The nodes of a graph as they stand in a sentence: inputs with their families."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._labels = Labels(ground.graph)

    def __call__(self, node: int) -> str:
        vertex = self._ground.graph.vertices[node]
        name = f"`{self._labels.text(node)}`"
        if isinstance(vertex, Draw):
            name += f" ({self._ground.marginals[vertex.input, vertex.key].prior.family.replace('_', ' ')})"
        return name


def _existence(model: Model, target: Target, moments: Moments, named: _Names) -> Existence:
    warnings = moment_warnings(moments, named)
    doubtful = {"mean": moments.mean, "sd": moments.variance}
    if warnings or any(moment.state == "unknown" for moment in doubtful.values()):
        program = compile_program(model, [target])
        draws = np.empty((1, LOOKS.length))
        Sampler(program, LOOKS).keep(0, draws)
        tail = tail_index(draws[0])
        if warnings and math.isfinite(tail):
            warnings = (f"{warnings[0]} ({as_seen(tail)})", *warnings[1:])
        for needed, (name, moment) in enumerate(doubtful.items(), start=1):
            if moment.state == "unknown" and tail < needed:
                warnings += (may_not_exist(name, tail, needed),)
    return _told(moments, warnings)
