"""Draws by output: parts of a program, as many draws as each output needs, and the cases as an axis."""

import numpy as np
import pytest

import mcarbon as mc
from mcarbon.answers.claims import claim_records
from mcarbon.answers.stress import rows_of
from mcarbon.answers.summarize import summary_rows
from mcarbon.engine.part import part_of
from mcarbon.engine.program import compile_program
from mcarbon.engine.sampler import Plan, Sampler
from mcarbon.reading.model import build_model
from mcarbon.showing.documents import stress_document, summary_document
from tests.builders import everything

PLAN = Plan.of(2**11, 2)


def all_cells(study):
    model = build_model(study)
    return model, [(name, cell) for name in study.quantities for cell in study.combinations(model.axes[name])]


@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize("method", ["sobol", "lhs", "random"])
def test_a_part_has_the_same_draws(smooth, method):
    """Correlated inputs among them: whatever else is asked for, an output's draws are the same bits."""
    plan = Plan.of(2**11, 2, method)
    for study in (everything().build(), mc.load_study("tomlinson-2024")):
        model, cells = all_cells(study)
        program = compile_program(model, cells, smooth)
        whole = Sampler(program, plan).keep_all()
        random = np.random.default_rng(1)
        for size in (1, 2, 7):
            some = random.choice(len(program.factors), min(size, len(program.factors)), replace=False).tolist()
            part = part_of(program, some)
            drawn = Sampler(part, plan).keep_all()
            for k, output in enumerate(some):
                theirs = whole[:, program.drawn_of[output]]
                assert np.array_equal(drawn[:, part.drawn_of[part.output_of[k]]], theirs, equal_nan=True)
                assert part.factors[k] == program.factors[output]
            needed = program.needs[[program.drawn_of[k] for k in some]].any(axis=0)
            grouped = sum(program.copula.mixed & ~needed)
            assert needed.sum() <= len(part.inputs) <= needed.sum() + grouped
            assert len(part.steps.code) <= len(program.steps.code)


def test_a_part_alone_leaves_out_what_only_others_need():
    model, cells = all_cells(mc.load_study("tomlinson-2024"))
    program = compile_program(model, cells)
    part = part_of(program, [0])
    assert len(part.inputs) < len(program.inputs) and len(part.steps.code) < len(program.steps.code) / 10


WIDE = {"x": mc.lognormal(median=1, gsd=8), "z": mc.lognormal(median=1, gsd=8)}


def narrow_and_wide():
    builder = mc.StudyBuilder("two", "Two")
    x, z = (builder.input(name, "1", prior=prior, source="judgement") for name, prior in WIDE.items())
    narrow = builder.input("n", "1", prior=mc.normal(10, 1), source="judgement")
    builder.quantity("wide", x * z + 1)
    builder.quantity("narrow", narrow + 1)
    return builder.build()


def test_each_quantity_has_as_many_draws_as_it_needs():
    asked = {"draws": 2**11, "tolerance": 0.01}
    both = summary_rows(narrow_and_wide(), **asked)
    wide, narrow = both.quantities
    assert (narrow.draws, both.draws) == (2**11, wide.draws) and wide.draws >= 2**13
    # What is asked for beside it changes nothing, nor does how many threads count.
    for row in (wide, narrow):
        assert summary_rows(narrow_and_wide(), [row.name], **asked).quantities == (row,)
        assert summary_rows(narrow_and_wide(), [row.name], draws=row.draws).quantities == (row,)
    assert summary_rows(narrow_and_wide(), threads=1, **asked) == summary_rows(narrow_and_wide(), threads=3, **asked) == both
    dataset = mc.summarize(narrow_and_wide(), **asked)
    assert dataset.attrs["draws"] == dataset["wide"].attrs["draws"] == wide.draws
    assert dataset["narrow"].attrs["draws"] == 2**11
    document = summary_document(both)
    assert document["draws"] == wide.draws and [each["draws"] for each in document["quantities"]] == [wide.draws, 2**11]


def test_a_claim_has_the_same_figures_alone_and_among_others():
    study = mc.load_study("tomlinson-2024")
    asked = {"draws": 2**12, "tolerance": 0.02}
    some = ["midjourney-us-illustrator", "chatgpt-india-writer", "us-writer"]
    together = mc.stress(study, some, **asked)
    drawn = {each.draws for claim in together.claims for each in claim.combinations}
    assert len(drawn) > 1 and together.draws == max(drawn) and (together.first_draws, together.tolerance) == (2**12, 0.02)
    for claim in together.claims:
        alone = mc.stress(study, [claim.id], threads=1, **asked)
        assert repr(alone.claims) == repr((claim,))
        assert [each.combinations for each in alone.claims][0][0].dots == claim.combinations[0].dots
        # Combinations that are no rows are not held to the tolerance.
        assert {each.draws for each in claim.combinations if each.case is None} <= {
            2**12,
            *(each.draws for each in claim.combinations if each.case),
        }
    combinations = stress_document(together)["claims"][0]["stress"]
    assert [each["draws"] for each in combinations] == [each.draws for each in together.claims[0].combinations]


def test_cases_are_an_axis():
    study = mc.load_study("tomlinson-2024")
    cases = mc.summarize(study, ["ratio", "writing_time"], choices="cases", draws=2**12)
    assert cases["ratio"].dims == ("statistic", "case", "system", "country")
    assert cases["writing_time"].dims == ("statistic", "case")
    assert cases["case"].values.tolist() == ["published", *study.cases]
    for case, options in {"published": {}, "accepted": study.cases["accepted"].choices}.items():
        one = mc.summarize(study, ["ratio"], choices=dict(options), draws=2**12)["ratio"]
        assert np.array_equal(one, cases["ratio"].sel(case=case))
    # The same as the rows of the stress test, whose claim is made at one place.
    claim = mc.stress(study, ["midjourney-us-illustrator"], draws=2**12).claims[0]
    there = cases["ratio"].sel(statistic="0.5", system="Midjourney", country="US")
    rows = {each.case: each.median for each in claim.combinations if each.case}
    assert {case: float(there.sel(case=case)) for case in rows if not np.isnan(rows[case])} == {
        case: median for case, median in rows.items() if not np.isnan(median)
    }
    draws = mc.sample(study, quantities=["ratio"], choices="cases", draws=2**8)
    assert draws["ratio"].dims == ("chain", "draw", "case", "system", "country")


def test_without_cases_each_option_is_one():
    builder = mc.StudyBuilder("options", "Options")
    builder.choice("how", ["a", "b", "c"], published="b")
    x = builder.input("x", "1", prior=mc.uniform(1, 2), source="judgement")
    builder.quantity("y", unit="1", by="how", at={"a": x, "b": x * 2, "c": x * 3})
    found = mc.summarize(builder.build(), choices="cases", draws=2**10)
    assert found["case"].values.tolist() == ["published", "how-a", "how-c"]
    median = found["y"].sel(statistic="0.5")
    assert float(median.sel(case="how-c") / median.sel(case="how-a")) == pytest.approx(3, rel=1e-3)


def test_a_dimension_called_case_leaves_no_room():
    builder = mc.StudyBuilder("called", "Called")
    builder.dimension("case", ["a", "b"])
    x = builder.input("x", "1", by="case", at={"a": mc.uniform(1, 2), "b": mc.uniform(1, 2)}, source="judgement")
    builder.quantity("y", x + 1)
    with pytest.raises(mc.UserError, match='has a dimension or choice "case"'):
        mc.summarize(builder.build(), choices="cases", draws=2**10)


def test_rows_alone_have_dots():
    claim = mc.stress(mc.load_study("tomlinson-2024"), ["midjourney-us-illustrator"], draws=2**11).claims[0]
    assert {len(each.dots) for each in claim.combinations if each.case and each.no_ratio is None} == {50}
    # Others have those of the row that they come to, or none.
    rows = {each.median for each in claim.combinations if each.case}
    assert {len(each.dots) for each in claim.combinations if each.case is None and each.median not in rows} == {0}


def test_rows_are_the_targets_of_a_claim():
    model = build_model(mc.load_study("tomlinson-2024"))
    (record,) = claim_records(model, ["midjourney-us-illustrator"])
    assert [row.case for row in rows_of(model, record)][:2] == ["published", "working-hours"]
