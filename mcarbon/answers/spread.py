"""What makes the spread of a claim's answer, and how well that is known: shares of inputs with their grades."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mcarbon.answers.indices import Indices, sobol_indices
from mcarbon.engine.pair import Pair
from mcarbon.engine.program import InputCell, Target, compile_program
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
    program = compile_program(model, cells)
    found = sobol_indices(Pair(program, Plan.of(DRAWS, REPLICATES, method, seed)), threads=threads)
    made = [_spread(model, [[program.inputs[k] for k in places] for places in each.inputs], each) for each in found]
    return [made[output] for output in program.output_of]


def _spread(model: Model, inputs: Sequence[Sequence[InputCell]], indices: Indices) -> Spread | None:
    if not indices.vary:
        return None
    grades = [_grade(model, cells) for cells in inputs]
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
            InputShare(tuple(cell.label for cell in cells), float(share), grade, float(e))
            for cells, share, grade, e in zip(inputs, shares, grades, errors)
        ),
        standard_error_assumed=error((4,)),
        standard_error_not_measured=error((3, 4)),
    )


def _grade(model: Model, cells: Sequence[InputCell]) -> int | None:
    """The grade of an input; of correlated ones, whose share is theirs together, that of the least well known."""
    inputs = model.study.inputs
    found = [model.study.grade_of(cell.input, dict(zip(inputs[cell.input].axes, cell.key))) for cell in cells]
    return max((grade for grade in found if grade is not None), default=None)
