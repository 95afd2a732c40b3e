"""Which of a study's moments exist, and what must be said of those that do not or may not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mcarbon.answers.indices import tail_index
from mcarbon.engine.graph import Draw
from mcarbon.engine.labels import Labels
from mcarbon.engine.program import Cells, Target, as_cells, compile_program
from mcarbon.engine.sampler import Sampler
from mcarbon.moments.existence import Moments, moments_of
from mcarbon.moments.ground import Ground
from mcarbon.moments.marginals import LOOKS
from mcarbon.reading.model import Model
from mcarbon.words.moments import may_not_exist, moment_warnings


@dataclass(frozen=True, slots=True)
class Existence:
    """Whether a cell's mean and standard deviation are to be given, and what must be said of them."""

    mean: bool
    sd: bool
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
    if any(moment.state == "unknown" for moment in doubtful.values()):
        program = compile_program(model, [target])
        draws = np.empty((1, LOOKS.length))
        Sampler(program, LOOKS).keep(0, draws)
        tail = tail_index(draws[0])
        for needed, (name, moment) in enumerate(doubtful.items(), start=1):
            if moment.state == "unknown" and tail < needed:
                warnings += (may_not_exist(name, tail, needed),)
    return Existence(moments.mean.state != "missing", moments.variance.state != "missing", warnings)
