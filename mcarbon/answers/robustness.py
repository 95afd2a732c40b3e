"""Does a verdict hang on how the priors were chosen? The claim with each prior wider, narrower, and of another family."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mcarbon.answers.cells import input_cells, not_made_at
from mcarbon.answers.claims import ClaimRecord, claim_records
from mcarbon.answers.ratios import without_ratio
from mcarbon.answers.reproduce import reproduced
from mcarbon.answers.stress import Row, combination_of, rows_of
from mcarbon.arguments import checked
from mcarbon.engine.program import Program, compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.engine.smoothed import Counted, is_positive_and_smooth
from mcarbon.engine.tables import Table, replaced, table_of
from mcarbon.engine.tally import Tally
from mcarbon.families import Distribution, Family
from mcarbon.families.stretched import other_family, stretched
from mcarbon.reading.model import Model, build_model
from mcarbon.results import ClaimResult, Doubted, Robustness
from mcarbon.study import Study
from mcarbon.version import __version__
from mcarbon.words.verdict import make_verdict

DRAWS = 2**14
"""Draws of each combination, for each change of a prior."""
SPREADS = (2.0, 0.5)


@checked
def robustness(
    study: Study,
    claim: str,
    at: Mapping[str, str] | None = None,
    draws: int = DRAWS,
    replicates: int = 16,
    method: str = "sobol",
    seed: int = 1,
    threads: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
    only: Collection[str] | None = None,
) -> tuple[Robustness, ...]:
    """The verdict on a claim with each of its priors doubted, one record for each place where the claim is made.

    Spreads are doubled and halved about the median, on the scale that the prior's numbers live on
    (`mcarbon.families.stretched`). `only` names inputs (``grid``, ``annual_footprint[US]``) that are doubted one by one; by
    default all are, and together all are always. UserError for a claim that does not exist, or is not made there.
    """
    model = build_model(study)
    plan = Plan.of(draws, replicates, method, seed)
    records = [
        record
        for record in claim_records(model, [claim])
        if all(record.at.get(axis) == coordinate for axis, coordinate in (at or {}).items())
    ]
    if not records:
        raise not_made_at(claim, at or {}, (each.at for each in claim_records(model, [claim])))
    found = []
    for k, record in enumerate(records):

        def so_far(share: float, done: int = k) -> None:
            progress((done + share) / len(records))

        found.append(_robustness(_Judge.of(model, record, plan, threads), so_far, only))
    return tuple(found)


@dataclass(frozen=True)
class _Judge:
    """The rows of a claim that have a ratio, as a program whose tables can be exchanged."""

    model: Model
    record: ClaimRecord
    rows: Sequence[Row]
    plan: Plan
    threads: int | None

    @classmethod
    def of(cls, model: Model, record: ClaimRecord, plan: Plan, threads: int | None) -> _Judge:
        cases = [row for row in rows_of(model, record) if row.case]
        none = without_ratio(model, [row.target for row in cases], plan)
        return cls(model, record, [row for k, row in enumerate(cases) if k not in none], plan, threads)

    @cached_property
    def _smooth(self) -> Program:
        return compile_program(self.model, [row.target for row in self.rows], smooth=True)

    @cached_property
    def _plain(self) -> Program:
        return compile_program(self.model, [row.target for row in self.rows])

    @cached_property
    def _tally(self) -> Tally:
        return Sampler(self._smooth, self.plan).count(threads=self.threads)

    @cached_property
    def reproduced(self) -> ClaimResult:
        """The claim without what is drawn."""
        return reproduced(self.model, self.record)

    @property
    def labels(self) -> list[str]:
        """The inputs that any row is computed from, in the file's order."""
        program = self._plain
        needed = {program.inputs[k].label for k in np.flatnonzero(np.logical_or.reduce(program.needs, axis=0))}
        return [label for label in input_cells(self.model.study) if label in needed]

    def phrase(self, changed: Mapping[str, Table]) -> str:
        """The verdict with these tables in place of those of the inputs with these labels."""
        outputs = self._outputs(changed)
        combinations = [
            replace(combination_of(row, output), slip=self._is_slip(row)) for row, output in zip(self.rows, outputs)
        ]
        return make_verdict(replace(self.reproduced, combinations=tuple(combinations))).phrase

    def _outputs(self, changed: Mapping[str, Table]) -> list[Counted]:
        """What is counted of each row. Pure factors need no draws, as long as they are what pure factors may be."""
        known = {factor.label for factors in self._smooth.factors for factor in factors}
        smooth = all(is_positive_and_smooth(table) for label, table in changed.items() if label in known)
        program = self._smooth if smooth else self._plain
        tables, is_drawn = program.tables, False
        for place, cell in enumerate(program.inputs):
            if cell.label in changed:
                tables, is_drawn = replaced(tables, place, changed[cell.label]), True
        factors = tuple(
            tuple(replace(each, table=changed[each.label], scale=1.0) if each.label in changed else each for each in factors)
            for factors in program.factors
        )
        program = replace(program, tables=tables, factors=factors)
        again = is_drawn or not smooth
        outputs = program.outputs(Sampler(program, self.plan).count(threads=self.threads) if again else self._tally)
        return [outputs[number] for number in program.output_of]

    def _is_slip(self, row: Row) -> bool:
        return any(option in self.model.study.choices[axis].slips for axis, option in row.choices.items())


def _robustness(judge: _Judge, progress: Callable[[float], None], only: Collection[str] | None) -> Robustness:
    labels = judge.labels
    wider, narrower = ({label: _stretched(judge, label, by) for label in labels} for by in SPREADS)
    found = []
    alone = [label for label in labels if only is None or label in only]
    for done, label in enumerate(alone, start=1):
        other = _table(judge, label, other_family)
        found.append(
            Doubted(
                name=label,
                wider=judge.phrase({label: wider[label]}),
                narrower=judge.phrase({label: narrower[label]}),
                other=None if other is None else judge.phrase({label: other}),
            )
        )
        progress(done / (len(alone) + 1))
    together = judge.phrase(wider), judge.phrase(narrower)
    study, plan = judge.model.study, judge.plan
    return Robustness(
        study=study.id,
        digest=study.digest,
        version=__version__,
        method=plan.method,
        seed=plan.seed,
        draws=plan.draws,
        replicates=plan.replicates,
        claim=judge.reproduced,
        phrase=judge.phrase({}),
        inputs=tuple(found),
        together=together,
    )


def _stretched(judge: _Judge, label: str, by: float) -> Table:
    table = _table(judge, label, lambda prior, is_share: stretched(prior, by, is_share))
    assert table is not None
    return table


def _table(judge: _Judge, label: str, doubt: Callable[[Family, bool], Distribution | None]) -> Table | None:
    """The table of an input's prior as it is doubted, in the input's unit; None where it cannot be."""
    study = judge.model.study
    name, cell = input_cells(study)[label]
    record = study.inputs[name]
    prior = study.prior_of(record.entry(cell))
    assert prior is not None
    factor = judge.model.prior_factors.get((name, tuple(cell.values())), 1.0)
    doubted = doubt(prior, record.unit == "1" and factor == 1.0)
    if doubted is None:
        return None
    in_unit = replace(doubted, ppf=lambda u: factor * doubted.ppf(u), isf=lambda v: factor * doubted.isf(v), knots=())
    return table_of(in_unit, label)
