"""How a population is spread, and how sure of that we are: variability within, ignorance around it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mcarbon.answers.alarms import alarms
from mcarbon.answers.existence import existence_given_the_rest
from mcarbon.answers.nested import BELOW, MEAN, SD, WIDTH, Known, known
from mcarbon.answers.not_finite import not_finite_warning
from mcarbon.answers.ratios import without_ratio
from mcarbon.answers.sample import Choices, Layout, chosen, describe, provenance
from mcarbon.arguments import checked
from mcarbon.engine.nested import Nested
from mcarbon.engine.program import Program, Target, compile_program
from mcarbon.engine.sampler import Plan
from mcarbon.errors import refuse
from mcarbon.reading.model import build_model
from mcarbon.results import Population, PopulationFigure, PopulationRow
from mcarbon.study import Study
from mcarbon.version import __version__
from mcarbon.words.population import everyone_alike, inner_too_few, nothing_unknown

if TYPE_CHECKING:
    import xarray

OUTER, INNER = 4096, 1024
"""Draws of the unknown, in all, and of the population at each of them, where the user names none."""
MOST = 2**36
"""Draws in all, of both."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_INNER = 0.02
"""Of the variance between the outer draws: where the inner draws make more of it, an interval is 1 % too wide."""
LEAST_INNER = 0.005
"""A Monte Carlo error of this share of a figure, or of half the population's width, is not told."""
ENDS = ("low", "median", "high")


def population_rows(
    study: Study,
    quantities: Sequence[str] | None = None,
    below: float | None = None,
    quantiles: Sequence[float] = QUANTILES,
    level: float = 0.9,
    outer: int = OUTER,
    inner: int = INNER,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    threads: int | None = None,
    choices: Choices = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Population:
    """The figures as frozen records; see `population`."""
    return _asked(study, quantities, below, quantiles, level, outer, inner, replicates, method, seed, choices).answered(
        threads, progress
    )


@checked
def population(
    study: Study,
    quantities: Sequence[str] | None = None,
    below: float | None = None,
    quantiles: Sequence[float] = QUANTILES,
    level: float = 0.9,
    outer: int = OUTER,
    inner: int = INNER,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    threads: int | None = None,
    choices: Choices = None,
) -> xarray.Dataset:
    """How quantities are spread over a population, and how sure of that we are: nested Monte Carlo.

    Inputs of the nature ``"variability"`` differ within the population, all others are unknown numbers. At each of `outer`
    draws of the unknown, `inner` draws of the others are a population; what is known of a figure of it is how that is
    spread over the outer draws. Both are rounded up to what the method needs. `quantities` by name (default: all that
    vary); `below` is a threshold in their unit (default: 1 for a ratio of two sides); other arguments as for
    `mcarbon.sample`.

    ``result["ratio"]`` has dims ``(figure, known, *axes)``: `figure` is a quantile of the population as text (``"0.5"``),
    ``"mean"``, ``"sd"`` or ``"width"`` (between the first and the last quantile), `known` is ``"low"``, ``"median"`` or
    ``"high"`` of what is known of it, with the probability `level` between low and high. ``result["ratio_below"]`` has dims
    ``(known, *axes)``, the share of the population below the threshold. ``..._standard_error`` of both is that of Monte
    Carlo, ``..._inner_error`` without `known` what the finite population gives a figure. Figures that do not exist are NaN,
    and ``.attrs["warnings"]`` says why. UserError for names that do not exist, and where nothing varies.
    """
    import xarray

    asked = _asked(study, quantities, below, quantiles, level, outer, inner, replicates, method, seed, choices)
    rows = asked.answered(threads).quantities
    layout = asked.layout
    variables = {}
    for name, axes in layout.axes.items():
        here = [rows[place] for place in layout.places[name]]
        shape = [len(layout.coordinates[axis]) for axis in axes]
        attributes = describe(study, name)
        said = dict.fromkeys(warning for row in here for warning in row.warnings)
        attributes |= {"warnings": "; ".join(said)} if said else {}
        tables = {"": [[*row.quantiles.values(), row.mean, row.sd, row.width] for row in here]}
        if here[0].below is not None:
            tables["_below"] = [[row.below] for row in here if row.below is not None]
        for kind, table in tables.items():
            dims = ("figure",) if kind == "" else ()
            described = attributes | ({"units": "1", "threshold": here[0].threshold} if kind else {})
            values = np.array([[[getattr(each, end) for end in ENDS] for each in row] for row in table])
            errors = np.array([[[getattr(each, f"standard_error_{end}") for end in ENDS] for each in row] for row in table])
            inner_errors = np.array([[each.inner_error for each in row] for row in table])
            lengths = [len(table[0])] if kind == "" else []
            for suffix, array in (("", values), ("_standard_error", errors)):
                arranged = np.moveaxis(array, 0, -1).reshape((*lengths, len(ENDS), *shape))
                variables[name + kind + suffix] = ((*dims, "known", *axes), arranged, described)
            variables[f"{name}{kind}_inner_error"] = (
                (*dims, *axes), np.moveaxis(inner_errors, 0, -1).reshape((*lengths, *shape)), described,
            )  # fmt: skip
    plans = {"draws": asked.outer.draws * asked.inner.length, "outer": asked.outer.draws, "inner": asked.inner.length}
    attributes_of_run = provenance(study, asked.outer) | plans | chosen(layout) | {"level": level}
    coordinates = {"figure": [*(f"{p:g}" for p in asked.quantiles), "mean", "sd", "width"], "known": list(ENDS)}
    return xarray.Dataset(variables, {**coordinates, **layout.coordinates}, attrs=attributes_of_run)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked, checked."""

    layout: Layout
    program: Program
    thresholds: npt.NDArray[np.float64]
    quantiles: tuple[float, ...]
    level: float
    outer: Plan
    inner: Plan

    @property
    def nested(self) -> Nested:
        """What is drawn."""
        return Nested(self.program, _varies(self.layout.model.study, self.program), self.outer, self.inner)

    def answered(self, threads: int | None, progress: Callable[[float], None] = lambda share: None) -> Population:
        """The figures of every cell."""
        layout, program, study = self.layout, self.program, self.layout.model.study
        ends = [(1 - self.level) / 2, 0.5, (1 + self.level) / 2]
        # Equal outputs are drawn once; a threshold is the quantity's.
        found = known(self.nested, self.quantiles, self._by_output(), ends, threads, progress)
        exist = existence_given_the_rest(layout.model, layout.targets, lambda name: _is_variable(study, name))
        no_ratio = without_ratio(layout.model, layout.targets, self.inner)
        said = alarms(layout.model, layout.targets)
        rows = []
        for place, target in enumerate(layout.targets):
            warnings = not_finite_warning(
                layout.model, target, self.inner, int(found.not_finite[program.output_of[place]]),
                self.outer.draws * self.inner.length,
            ) + exist[place].warnings + said[place]  # fmt: skip
            missing = {MEAN} if not exist[place].mean else set()
            missing |= {SD} if not exist[place].sd else set()
            rows.append(self._row(place, found, missing, warnings, place in no_ratio))
        return Population(
            study=study.id,
            digest=study.digest,
            version=__version__,
            method=self.outer.method,
            seed=self.outer.seed,
            outer=self.outer.draws,
            inner=self.inner.length,
            replicates=self.outer.replicates,
            level=self.level,
            quantities=tuple(rows),
        )

    def _by_output(self) -> npt.NDArray[np.float64]:
        found = np.full(self.program.n_drawn, np.nan)
        for place, output in enumerate(self.program.output_of):
            if not math.isnan(self.thresholds[place]):
                found[output] = self.thresholds[place]
        return found

    def _row(self, place: int, found: Known, missing: set[int], warnings: tuple[str, ...], no_ratio: bool) -> PopulationRow:
        layout, output, program = self.layout, self.program.output_of[place], self.program
        name, at = layout.targets[place]
        study, n = layout.model.study, len(self.quantiles)

        def figure(number: int) -> PopulationFigure:
            if no_ratio or number - n in missing:
                return PopulationFigure(*[math.nan] * len(fields(PopulationFigure)))
            if not varies and number - n in (SD, WIDTH):
                # Of equal values a sum of squares leaves its rounding.
                return PopulationFigure(*[0.0] * len(fields(PopulationFigure)))
            low, median, high = found.values[output, number].tolist()
            errors = found.errors[output, number].tolist()
            inner_error = float(found.inner_error[output, number])
            return PopulationFigure(low, median, high, errors[0], errors[1], errors[2], inner_error)

        nested = self.nested
        rests = program.needs[output] & nested.varies, nested.unknown[output]
        varies, unknown = (tuple(program.inputs[k].label for k in np.flatnonzero(each)) for each in rests)
        if no_ratio:
            warnings = ("no ratio: the other side is 0 in every draw",)
        else:
            warnings += everyone_alike() if not varies else nothing_unknown() if not unknown else ()
            warnings += self._too_few(found, output, missing)
        record = study.quantities.get(name)
        sides = tuple(record.sides) if record and record.sides else ()
        threshold = self.thresholds[place]
        return PopulationRow(
            name=name,
            at={axis: at[axis] for axis in layout.model.axes[name]},
            unit=describe(study, name)["units"],
            quantiles={p: figure(k) for k, p in enumerate(self.quantiles)},
            mean=figure(n + MEAN),
            sd=figure(n + SD),
            width=figure(n + WIDTH),
            threshold=None if math.isnan(threshold) else float(threshold),
            below=None if math.isnan(threshold) else figure(n + BELOW),
            varies=varies,
            unknown=unknown,
            sides=(sides[0], sides[1]) if len(sides) == 2 else None,
            warnings=warnings,
        )

    def _too_few(self, found: Known, output: int, missing: set[int]) -> tuple[str, ...]:
        """What is to be said where the finite population widens an interval: of the figure that it widens most."""
        n = len(self.quantiles)
        names = [*(f"{100 * p:g} %" for p in self.quantiles), "mean", "sd", "width", "share below"]
        scale = np.maximum(np.abs(found.values[output, :, 1]), found.values[output, n + WIDTH, 1] / 2)
        scale[n + BELOW] = 1.0
        told = (found.inner_share[output] > MOST_INNER) & (found.inner_error[output] > LEAST_INNER * scale)
        told[[n + each for each in missing]] = False
        if not told.any():
            return ()
        worst = int(np.argmax(np.where(told, found.inner_share[output], 0.0)))
        return inner_too_few(names[worst], float(found.inner_share[output, worst]), self.inner.length)


def _asked(
    study: Study,
    quantities: Sequence[str] | None,
    below: float | None,
    quantiles: Sequence[float],
    level: float,
    outer: int,
    inner: int,
    replicates: int,
    method: str,
    seed: int,
    choices: Choices,
) -> _Asked:
    """The question, checked. UserError for what cannot be asked."""
    model = build_model(study)
    for probability in (*quantiles, level):
        if not 0 < probability < 1:
            what = f"{probability:g} is no probability of a quantile or interval"
            raise refuse(what, allowed="Allowed: between 0 and 1.")
    if len(set(quantiles)) < 2:
        raise refuse("a population is told by at least two quantiles", allowed="Such as 0.05, 0.5 and 0.95.")
    if below is not None and not math.isfinite(below):
        raise refuse(f"{below:g} is no threshold", allowed="A number.")
    if not any(item.nature == "variability" for item in study.inputs.values()):
        what = f"nothing varies in {study.id}: all of its inputs are unknown numbers"
        allowed = 'Write nature = "variability" to inputs that differ between people, sites or hours; or ask `mcarbon run`.'
        raise refuse(what, allowed=allowed)
    plans = Plan.of(outer, replicates, method, seed), Plan.of(inner * replicates, replicates, method, seed)
    if plans[0].draws * plans[1].length > MOST:
        raise refuse(f"{plans[0].draws} times {plans[1].length} draws are too many", allowed=f"Allowed: {MOST} in all.")
    layout = Layout.of(model, quantities, choices)
    layout.leaves_free(("figure", "known"), ("_standard_error", "_inner_error", "_below"))
    if not layout.targets:
        raise refuse("no quantity is asked for", place="quantities", allowed="None asks for all that vary.")
    program = compile_program(model, layout.targets)
    if quantities is None:
        rests = {k for k, output in enumerate(program.output_of) if (program.needs[output] & _varies(study, program)).any()}
        names = [name for name, places in layout.places.items() if not rests.isdisjoint(places)]
        if not names:
            raise refuse(f"no quantity of {study.id} rests on an input that varies")
        layout = Layout.of(model, names, choices)
        program = compile_program(model, layout.targets)
    thresholds = np.array([_threshold(study, target, below) for target in layout.targets])
    probabilities = tuple(sorted({float(p) for p in quantiles}))
    asked = _Asked(layout, program, thresholds, probabilities, level, *plans)
    # Where nothing is unknown one outer draw a chain shows it all.
    return asked if asked.nested.unknown.any() else replace(asked, outer=Plan.of(replicates, replicates, method, seed))


def _threshold(study: Study, target: Target, below: float | None) -> float:
    record = study.quantities.get(target[0])
    return float(below) if below is not None else 1.0 if record and record.sides else math.nan


def _is_variable(study: Study, name: str) -> bool:
    return study.inputs[name].nature == "variability"


def _varies(study: Study, program: Program) -> npt.NDArray[np.bool_]:
    return np.array([_is_variable(study, cell.input) for cell in program.inputs], dtype=np.bool_)
