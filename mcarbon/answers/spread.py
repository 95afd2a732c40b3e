"""What makes the spread of a claim's answer, and how well that is known: shares of inputs with their grades."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mcarbon.answers.cells import input_cells
from mcarbon.answers.indices import Indices, indices_of
from mcarbon.engine.program import Target
from mcarbon.engine.sampler import Plan
from mcarbon.engine.tally import standard_error
from mcarbon.reading.model import Model
from mcarbon.results import InputShare, Spread

DRAWS, REPLICATES = 2**13, 8
"""Of each sample: blocks are filled whole, and shares are known to about half a percent."""


def spreads(model: Model, targets: Iterable[Target], method: str, seed: int, threads: int | None) -> list[Spread | None]:
    """The spread of each target, computed once where several are the same cell; None where there is none.

    On the log scale where a target is positive in every draw, else on the linear one.
    """
    cells = list(targets)
    if not cells:
        return []
    found = indices_of(model, cells, Plan.of(DRAWS, REPLICATES, method, seed), threads=threads)
    made = {id(each): _spread(model, each) for each in found}
    return [made[id(each)] for each in found]


def _spread(model: Model, indices: Indices) -> Spread | None:
    if not indices.vary:
        return None
    cells = input_cells(model.study)
    grades = [_grade(model, [cells[label] for label in labels]) for labels in indices.inputs]
    all_of_it = indices.total.sum()
    shares = indices.total / all_of_it
    deviations = indices.total_deviations / all_of_it
    deviations = deviations - shares * deviations.sum(axis=1, keepdims=True)

    def error(among: tuple[int, ...]) -> float:
        return float(standard_error(deviations[:, [grade in among for grade in grades]].sum(axis=1)))

    errors = standard_error(deviations)
    return Spread(
        scale=indices.scale,
        inputs=tuple(
            InputShare(labels, float(share), grade, float(e))
            for labels, share, grade, e in zip(indices.inputs, shares, grades, errors)
        ),
        standard_error_assumed=error((4,)),
        standard_error_not_measured=error((3, 4)),
    )


def _grade(model: Model, cells: Sequence[tuple[str, dict[str, str]]]) -> int | None:
    """The grade of an input; of correlated ones, whose share is theirs together, that of the least well known."""
    found = [model.study.grade_of(name, cell) for name, cell in cells]
    return max((grade for grade in found if grade is not None), default=None)
