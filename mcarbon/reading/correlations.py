"""Correlations between inputs: pairs as they are written, to groups of cells with a Cholesky factor each.

The inputs of a group are joined by a normal copula: each is the quantile of a correlated standard normal. A rank
correlation (Spearman's) rho is that of normals correlated by 2 sin(pi rho / 6) (Pearson 1907; Kruskal 1958, doi
10.1080/01621459.1958.10501481).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcarbon.errors import Fault, allowed_names
from mcarbon.study import NormalCorrelation, Study, place

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from mcarbon.reading.model import Key, Model

    Matrix = npt.NDArray[np.float64]


MOST_CELLS = 500
"""Cells of inputs in one correlated group: their matrix is made and factored while the study is loaded."""


@dataclass(frozen=True, eq=False)
class CorrelatedGroup:
    """Cells of inputs (name, key) in the file's order, and the lower Cholesky factor of their normals' correlations."""

    cells: tuple[tuple[str, Key], ...]
    cholesky: Matrix


def pairs(study: Study) -> tuple[dict[tuple[str, str], float], list[Fault]]:
    """The correlation of the underlying normals for each pair of inputs, and what is wrong with them."""
    found: dict[tuple[str, str], float] = {}
    faults: list[Fault] = []
    for key, value in study.correlations.items():
        here = place(("correlations", key))
        names = [name.strip() for name in key.split(",")]
        unknown = [name for name in names if name not in study.inputs]
        r = value.normal if isinstance(value, NormalCorrelation) else 2 * math.sin(math.pi * value / 6)
        size = abs(value.normal if isinstance(value, NormalCorrelation) else value)
        if len(names) != 2 or names[0] == names[1]:
            faults.append(Fault("a correlation is of two different inputs", here, 'Write it as "a, b" = 0.5.'))
        elif unknown:
            faults.append(Fault(f"there is no input `{unknown[0]}`", here, allowed_names(unknown[0], study.inputs)))
        elif not size < 1:
            faults.append(Fault(f"a correlation of {size:g} cannot be", here, "Allowed: above -1 and below 1."))
        elif (names[0], names[1]) in found or (names[1], names[0]) in found:
            faults.append(Fault("this pair stands here twice", here))
        else:
            problem = _cannot(study, names[0], names[1], isinstance(value, NormalCorrelation))
            faults += [Fault(what, here, allowed) for what, allowed in problem]
            if not problem:
                found[names[0], names[1]] = r
    return found, faults


def _cannot(study: Study, a: str, b: str, normal: bool) -> list[tuple[str, str]]:
    """What keeps two inputs from being correlated: what, and what is allowed."""
    for name in (a, b):
        for coordinates, entry in study.inputs[name].cells():
            where = f" at {', '.join(coordinates.values())}" if coordinates else ""
            prior = study.prior_of(entry)
            if prior is None:
                return [(f"`{name}`{where} is fixed and cannot be correlated", "Allowed: inputs with a prior.")]
            if not normal and not prior.is_continuous:
                return [
                    (
                        f"`{name}`{where} is {prior.family}: a rank correlation is not defined for a prior with ties",
                        "Write { normal = r }, the correlation of the underlying normals.",
                    )
                ]
    axes = [set(study.inputs[name].axes) for name in (a, b)]
    if not (axes[0] <= axes[1] or axes[1] <= axes[0]):
        return [
            (
                f"`{a}` has the axes {', '.join(study.inputs[a].axes)}, `{b}` {', '.join(study.inputs[b].axes)}",
                "The axes of one must be among those of the other.",
            )
        ]
    return []


def groups_of(study: Study) -> tuple[list[CorrelatedGroup], list[Fault]]:
    """The groups of a study's correlated cells, and the faults of its correlations."""
    if not study.correlations:
        return [], []
    import numpy as np

    listed, faults = pairs(study)
    groups: list[CorrelatedGroup] = []
    for names in _connected(study, listed):
        cells = [
            (name, tuple(coordinates[axis] for axis in study.inputs[name].axes))
            for name in names
            for coordinates, _ in study.inputs[name].cells()
        ]
        if len(cells) > MOST_CELLS:
            what = f"{len(cells)} correlated cells hang together, of {', '.join(names)}"
            faults.append(Fault(what, "[correlations]", f"Allowed: {MOST_CELLS}."))
            continue
        matrix = _matrix(study, names, cells, listed)
        try:
            groups.append(CorrelatedGroup(tuple(cells), np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)))
        except np.linalg.LinAlgError:
            smallest = float(np.linalg.eigvalsh(matrix)[0])
            faults.append(
                Fault(
                    f"the correlations of {', '.join(names)} contradict each other: their matrix is not positive "
                    f"definite (smallest eigenvalue {smallest:.2g})",
                    "[correlations]",
                    "It is never repaired: lower some of them, or add the pairs that are missing.",
                )
            )
    return groups, faults


def correlated_groups(model: Model) -> list[CorrelatedGroup]:
    """The groups of a checked study."""
    return groups_of(model.study)[0]


def _connected(study: Study, listed: dict[tuple[str, str], float]) -> list[list[str]]:
    """Inputs that hang together by correlations, each set in the file's order."""
    sets: list[set[str]] = []
    for pair in listed:
        joined = set(pair).union(*(found for found in sets if found & set(pair)))
        sets = [found for found in sets if not found & joined] + [joined]
    order = list(study.inputs)
    return sorted((sorted(found, key=order.index) for found in sets), key=lambda names: order.index(names[0]))


def _matrix(study: Study, names: list[str], cells: list[tuple[str, Key]], listed: dict[tuple[str, str], float]) -> Matrix:
    """The correlations of the normals of these cells.

    Cells that agree on the axes that they share have the listed correlation. Cells that do not are independent given
    the inputs that have only axes on which they agree.
    """
    import numpy as np

    place_of = {name: k for k, name in enumerate(names)}
    pairwise = np.eye(len(names))
    for (a, b), r in listed.items():
        if a in place_of and b in place_of:
            pairwise[place_of[a], place_of[b]] = pairwise[place_of[b], place_of[a]] = r
    axes = {name: study.inputs[name].axes for name in names}
    matrix = np.eye(len(cells))
    for i, (a, key_a) in enumerate(cells):
        at_a = dict(zip(axes[a], key_a))
        for j in range(i):
            b, key_b = cells[j]
            at_b = dict(zip(axes[b], key_b))
            agreed = {axis for axis in at_a.keys() & at_b.keys() if at_a[axis] == at_b[axis]}
            if agreed == at_a.keys() & at_b.keys():
                value = pairwise[place_of[a], place_of[b]]
            else:
                common = [place_of[name] for name in names if set(axes[name]) <= agreed]
                inner = pairwise[np.ix_(common, common)]
                left, right = pairwise[place_of[a], common], pairwise[common, place_of[b]]
                value = left @ np.linalg.pinv(inner) @ right
            matrix[i, j] = matrix[j, i] = value
    return matrix
