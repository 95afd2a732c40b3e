"""Draws of a study's quantities, as an `xarray.Dataset` that ArviZ and every xarray tool read as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numba
import numpy as np
import numpy.typing as npt
import scipy

from mcarbon.answers.cases import cases_of
from mcarbon.answers.not_finite import kept_warning
from mcarbon.arguments import checked
from mcarbon.engine.program import Program, Target, compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.errors import allowed_names, refuse
from mcarbon.reading.model import Model, build_model
from mcarbon.study import Study
from mcarbon.version import __version__

if TYPE_CHECKING:
    import xarray

LARGEST = 2 * 1024**3
"""Bytes of draws that are kept at most."""

Choices = Mapping[str, str] | Literal["all", "cases"] | None
CASE = "case"
"""The axis of a study's cases, where these are asked for."""


@checked
def sample(
    study: Study,
    draws: int = 2**17,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    quantities: Sequence[str] | None = None,
    choices: Choices = None,
    threads: int | None = None,
) -> xarray.Dataset:
    """Propagate the priors and keep the draws.

    `draws` in all, rounded up to `replicates` chains of equal length (a power of two for ``sobol``); `quantities` by
    name (default: all; inputs may be named too); `choices` by option, where not named the published ones (or those
    that `Study.with_choice` took), ``"all"`` for every option as an axis, or ``"cases"`` for the study's cases, the
    published choices first, as the axis ``case``. A variable a quantity with dims
    ``(chain, draw, *axes)`` and its unit; the attributes hold what is needed to get the same bits again. UserError where
    a name is unknown or the draws would take more than 2 GB. Draws that are not finite are kept: the attribute ``warnings``
    of a variable says how many they are, what makes them, and where the first one is.
    """
    frame = Frame.of(study, Plan.of(draws, replicates, method, seed), quantities, choices)
    if frame.size > LARGEST:
        raise refuse(
            f"{frame.plan.draws} draws of {len(frame.layout.targets)} cells take {frame.size / 1024**3:.1f} GB",
            allowed="Allowed: 2 GB. Take fewer draws or quantities, or `summarize`, which keeps none.",
        )
    kept = Sampler(frame.program, frame.plan).keep_all(threads)
    dataset = frame.dataset({name: variable.arranged(kept) for name, variable in frame.variables.items()})
    for name, said in _not_finite(frame, kept).items():
        dataset[name].attrs["warnings"] = "; ".join(said)
    return dataset


def _not_finite(frame: Frame, kept: npt.NDArray[np.float64]) -> dict[str, list[str]]:
    """What is to be said of the draws of each variable that are not finite."""
    layout = frame.layout
    counts = [int(np.count_nonzero(~np.isfinite(kept[:, output]))) for output in range(kept.shape[1])]
    found: dict[str, list[str]] = {}
    for name, places in layout.places.items():
        for place in places:
            target = layout.targets[place]
            at = ", ".join(f"{axis}={target[1][axis]}" for axis in layout.axes[name])
            for said in kept_warning(layout.model, target, frame.plan, counts[frame.program.output_of[place]]):
                found.setdefault(name, []).append(f"{at}: {said}" if at else said)
    return found


@dataclass(frozen=True, slots=True)
class Variable:
    """The place of a quantity's draws: the outputs of its cells, and the lengths of its axes."""

    outputs: list[int]
    shape: tuple[int, ...]

    def arranged(self, kept: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The draws of all outputs (chains, outputs, draws) as this quantity's (chains, draws, *axes)."""
        chains, _, draws = kept.shape
        return np.moveaxis(kept[:, self.outputs, :], 1, 2).reshape(chains, draws, *self.shape)


@dataclass(frozen=True)
class Frame:
    """What a Dataset of draws has but for the draws."""

    study: Study
    plan: Plan
    layout: Layout
    program: Program

    @classmethod
    def of(cls, study: Study, plan: Plan, quantities: Sequence[str] | None, choices: Choices = None) -> Frame:
        """The frame of these quantities' draws; arguments as for `sample`."""
        layout = Layout.of(build_model(study), quantities, choices)
        layout.leaves_free(("chain", "draw"))
        return cls(study, plan, layout, layout.program)

    @property
    def size(self) -> int:
        """The bytes of all draws."""
        return 8 * self.plan.draws * len(self.layout.targets)

    @property
    def variables(self) -> dict[str, Variable]:
        """Where each quantity's draws belong."""
        layout = self.layout
        return {
            name: Variable(
                [self.program.output_of[k] for k in layout.places[name]],
                tuple(len(layout.coordinates[axis]) for axis in axes),
            )
            for name, axes in layout.axes.items()
        }

    def dataset(self, draws: Mapping[str, Any]) -> xarray.Dataset:
        """The Dataset of an array (chain, draw, *axes) a quantity."""
        import xarray

        plan, layout = self.plan, self.layout
        variables = {
            name: (("chain", "draw", *layout.axes[name]), of, describe(self.study, name)) for name, of in draws.items()
        }
        coordinates = {"chain": np.arange(plan.replicates), "draw": np.arange(plan.length), **layout.coordinates}
        return xarray.Dataset(variables, coordinates, attrs=provenance(self.study, plan) | chosen(layout))


class Layout:
    """Which cells of which quantities are wanted, in which order.

    `axes`: the axes that each quantity keeps; `coordinates`: of those axes; `fixed`: the options of the other choices;
    `targets`: all cells, `places`: where each quantity's cells stand among them, last axis fastest. With `cases`, the
    options that each takes, they are the first axis instead of the choices.
    """

    def __init__(
        self,
        model: Model,
        names: Sequence[str],
        fixed: Mapping[str, str],
        cases: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        study = model.study
        self.model = model
        self.fixed = dict(fixed)
        left_out = study.choices if cases else fixed
        kept = {name: tuple(axis for axis in model.axes[name] if axis not in left_out) for name in names}
        used = {axis for axes in kept.values() for axis in axes}
        self.axes = {name: (CASE, *axes) for name, axes in kept.items()} if cases else kept
        self.coordinates = {CASE: list(cases)} if cases else {}
        self.coordinates |= {axis: list(values) for axis, values in study.axes.items() if axis in used}
        self.targets: list[Target] = []
        self.places: dict[str, range] = {}
        for name, axes in kept.items():
            cells = study.combinations(axes)
            if cases:
                cells = [{CASE: case, **options, **cell} for case, options in cases.items() for cell in cells]
            self.places[name] = range(len(self.targets), len(self.targets) + len(cells))
            self.targets += [(name, {**fixed, **cell}) for cell in cells]

    @classmethod
    def of(cls, model: Model, quantities: Sequence[str] | None, choices: Choices) -> Layout:
        """The layout of these quantities (all where None) under these choices. UserError for unknown names."""
        study = model.study
        asked = [quantities] if isinstance(quantities, str) else quantities
        names = list(study.quantities) if asked is None else list(dict.fromkeys(map(str, asked)))
        for name in names:
            if name not in model.axes:
                raise refuse(
                    f"there is no quantity or input `{name}` in {study.id}",
                    allowed=allowed_names(name, [*study.quantities, *study.inputs]),
                )
        if choices == "cases":
            return cls(model, names, {}, _cases(study))
        return cls(model, names, {} if choices == "all" else chosen_options(study, choices or {}))

    def leaves_free(self, dimensions: Sequence[str], endings: Sequence[str] = ()) -> None:
        """Make sure that a Dataset with these dimensions, and with more variables of these endings, has room for all.

        UserError for a quantity or axis that has the name of one of them, which the format allows.
        """
        for name in (*self.axes, *self.coordinates):
            if name in dimensions or any(f"{other}{ending}" == name for other in self.axes for ending in endings):
                what = f"the result has a variable or dimension `{name}` of its own, and so no room for the study's"
                raise refuse(what, place=name, allowed="Ask for other quantities, or give it another name in the study.")

    @property
    def program(self) -> Program:
        """The program of all cells."""
        return compile_program(self.model, self.targets)


def _cases(study: Study) -> dict[str, dict[str, str]]:
    """Every choice's option in each case; ``published`` stands for the published ones."""
    if CASE in study.axes:
        raise refuse(f'{study.id} has a dimension or choice "{CASE}", and so no room for one of its cases')
    found = {each.id: each.choices for each in cases_of(study, list(study.choices))}
    return {case: {**study.published_choices, **options} for case, options in {"published": {}, **found}.items()}


def chosen_options(study: Study, choices: Mapping[str, str]) -> dict[str, str]:
    """Every choice's option: as named in `choices`, else the study's own. UserError for what does not exist."""
    if not isinstance(choices, Mapping):
        raise refuse(f"choices cannot be {choices!r}", allowed='Such as {"drying": "line"}, "all" or "cases".')
    for name, option in choices.items():
        if name not in study.choices:
            raise refuse(f"there is no choice `{name}` in {study.id}", allowed=allowed_names(name, study.choices))
        if option not in study.choices[name].options:
            raise refuse(
                f'the choice `{name}` has no option "{option}"', allowed=allowed_names(option, study.choices[name].options)
            )
    return {**study.taken_choices, **choices}


def chosen(layout: Layout) -> dict[str, str]:
    """The options taken, as an attribute of a Dataset: ``human_boundary=whole-life, ...``; none where they are an axis."""
    return {"choices": ", ".join(f"{choice}={option}" for choice, option in layout.fixed.items())}


def describe(study: Study, name: str) -> dict[str, str]:
    """The attributes of a variable: its unit, and its name in words."""
    record = study.quantities.get(name) or study.inputs[name]
    return {"units": record.unit, "long_name": name.replace("_", " ")}


def provenance(study: Study, plan: Plan) -> dict[str, Any]:
    """What is needed to get the same bits again, and the versions that computed them."""
    return {
        "study": study.id,
        "title": study.title,
        "digest": study.digest,
        "method": plan.method,
        "seed": plan.seed,
        "draws": plan.draws,
        "replicates": plan.replicates,
        "mcarbon_version": __version__,
        "numpy_version": np.__version__,
        "numba_version": numba.__version__,
        "scipy_version": scipy.__version__,
    }
