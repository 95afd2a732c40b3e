"""Does a verdict hang on how the priors were chosen? The claim with each prior wider, narrower, and of another family."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mcarbon.answers.cells import listed
from mcarbon.answers.claims import ClaimRecord, claim_records
from mcarbon.answers.ratios import without_ratio
from mcarbon.answers.reproduce import reproduced
from mcarbon.answers.stress import Row, combination_of, rows_of
from mcarbon.engine.program import Program, compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.engine.tables import Table, replaced, table_of
from mcarbon.errors import refuse
from mcarbon.families import Distribution, Family
from mcarbon.families.stretched import other_family, stretched
from mcarbon.reading.model import Model, build_model
from mcarbon.results import Doubted, Robustness
from mcarbon.study import Study
from mcarbon.version import __version__
from mcarbon.words.verdict import make_verdict

DRAWS = 2**15
"""Draws of each combination, for each change of a prior."""
SPREADS = (2.0, 0.5)


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
        raise refuse(f"the claim is not made at {listed(at or {})}", place=f"[claims.{claim}]")
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
    program: Program
    plan: Plan
    threads: int | None

    @classmethod
    def of(cls, model: Model, record: ClaimRecord, plan: Plan, threads: int | None) -> _Judge:
        cases = [row for row in rows_of(model, record) if row.case]
        none = without_ratio(model, [row.target for row in cases], plan)
        rows = [row for k, row in enumerate(cases) if k not in none]
        return cls(model, record, rows, compile_program(model, [row.target for row in rows]), plan, threads)

    def phrase(self, changed: Mapping[int, Table]) -> str:
        """The verdict with these tables in place of those of the inputs at these places."""
        tables = self.program.tables
        for place, table in changed.items():
            tables = replaced(tables, place, table)
        program = replace(self.program, tables=tables)
        outputs = program.outputs(Sampler(program, self.plan).count(threads=self.threads))
        combinations = [
            replace(combination_of(row, outputs[number]), slip=self._is_slip(row))
            for row, number in zip(self.rows, program.output_of)
        ]
        result = replace(reproduced(self.model, self.record), combinations=tuple(combinations))
        return make_verdict(result).phrase

    def _is_slip(self, row: Row) -> bool:
        return any(option in self.model.study.choices[axis].slips for axis, option in row.choices.items())


def _robustness(judge: _Judge, progress: Callable[[float], None], only: Collection[str] | None) -> Robustness:
    needed = np.logical_or.reduce(judge.program.needs, axis=0)
    places = [k for k in range(len(judge.program.inputs)) if needed[k]]
    wider, narrower = ({k: _stretched(judge, k, by) for k in places} for by in SPREADS)
    found = []
    alone = [k for k in places if only is None or judge.program.inputs[k].label in only]
    for done, k in enumerate(alone, start=1):
        other = _table(judge, k, other_family)
        found.append(
            Doubted(
                name=judge.program.inputs[k].label,
                wider=judge.phrase({k: wider[k]}),
                narrower=judge.phrase({k: narrower[k]}),
                other=None if other is None else judge.phrase({k: other}),
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
        claim=reproduced(judge.model, judge.record),
        phrase=judge.phrase({}),
        inputs=tuple(found),
        together=together,
    )


def _stretched(judge: _Judge, k: int, by: float) -> Table:
    table = _table(judge, k, lambda prior, is_share: stretched(prior, by, is_share))
    assert table is not None
    return table


def _table(judge: _Judge, k: int, doubt: Callable[[Family, bool], Distribution | None]) -> Table | None:
    """The table of an input's prior as it is doubted, in the input's unit; None where it cannot be."""
    cell, study = judge.program.inputs[k], judge.model.study
    record = study.inputs[cell.input]
    prior = study.prior_of(record.entry(dict(zip(record.axes, cell.key))))
    assert prior is not None
    factor = judge.model.prior_factors.get((cell.input, cell.key), 1.0)
    doubted = doubt(prior, record.unit == "1" and factor == 1.0)
    if doubted is None:
        return None
    in_unit = replace(doubted, ppf=lambda u: factor * doubted.ppf(u), isf=lambda v: factor * doubted.isf(v), knots=())
    return table_of(in_unit, cell.label)
