"""Changed studies: new ones, checked like files, with digests of their own; the study they were made of is as it was."""

from __future__ import annotations

import pickle

import pytest
from builders import coffee, everything

import mcarbon as mc


@pytest.fixture(scope="module")
def tea():
    return everything().build()


def entry(study, name, **at):
    return study.inputs[name].entry(at)


def test_nothing_is_changed_in_place(tea):
    before = tea.digest, tea.model_dump()
    changed = [
        tea.with_value("heat", 300),
        tea.with_prior("heat", mc.normal(335, 5), source="judgement"),
        tea.with_prior("grid", "grid.india"),
        tea.with_value("grid", 500, at={"country": "US"}),
        tea.with_choice("water_boiled", "full-kettle"),
    ]
    assert (tea.digest, tea.model_dump()) == before
    assert len({tea.digest, *(study.digest for study in changed)}) == 6
    for study in changed:
        assert mc.parse_study(study.to_toml()).digest == study.digest
        assert pickle.loads(pickle.dumps(study)).with_value("heat", 1).digest == study.with_value("heat", 1).digest


def test_with_prior_takes_records_tables_and_names(tea):
    record = tea.with_prior("heat", mc.normal(335, 5), source="judgement")
    table = tea.with_prior("heat", {"family": "normal", "mean": 335, "sd": 5}, source="judgement")
    assert record == table
    assert entry(record, "heat").prior == mc.normal(335, 5)
    assert entry(record, "heat").value is None
    named = tea.with_prior("grid", "grid.india", at={"country": "US"})
    assert entry(named, "grid", country="US").prior == "grid.india"
    assert "grid.us" not in named.library
    assert mc.summarize(named, ["grid"], draws=2**14)["grid"].sel(statistic="0.5").std() < 5


def test_a_published_value_keeps_its_source(tea):
    efficiency = entry(tea.with_prior("efficiency", mc.uniform(0.5, 0.6), source="10.1000/182"), "efficiency")
    assert efficiency.source == ["doe2020", "judgement", "10.1000/182"]
    assert (efficiency.published, efficiency.corrected.value, efficiency.kind) == ("0.80", 0.85, None)
    assert entry(tea.with_value("efficiency", 0.7), "efficiency").source == ["doe2020", "judgement"]
    # Of the losses nothing was published: their source was the old prior's.
    at = {"country": "US", "water_boiled": "full-kettle"}
    losses = tea.with_prior("losses", mc.uniform(1, 2), at=at, source="10.1000/182")
    assert entry(losses, "losses", **at).source == "10.1000/182"
    assert entry(tea.with_value("losses", 2, at=at), "losses", **at).source is None


def test_at_names_some_cells_or_all(tea):
    def values(study):
        return [cell.value for _, cell in study.inputs["losses"].cells()]

    assert values(tea) == [1, None, 1, 1.1]
    assert values(tea.with_value("losses", 3)) == [3, 3, 3, 3]
    assert values(tea.with_value("losses", 3, at={"country": "India"})) == [1, None, 3, 3]
    assert values(tea.with_value("losses", 3, at={"water_boiled": "full-kettle"})) == [1, 3, 1, 3]
    assert values(tea.with_value("losses", 3, {"water_boiled": "as-needed", "country": "US"})) == [3, None, 1, 1.1]


def test_a_fixed_input_loses_its_correlations(tea):
    assert len(tea.correlations) == 2
    assert [*tea.with_value("efficiency", 0.8).correlations] == ["water, stove"]
    assert not tea.with_value("stove", 0.4).correlations
    assert tea.with_prior("stove", mc.uniform(0.2, 0.4), source="judgement").correlations == tea.correlations


def test_a_choice_is_taken_and_not_published(tea):
    taken = tea.with_choice("water_boiled", "full-kettle")
    assert taken.published_choices == tea.published_choices == {"water_boiled": "as-needed"}
    assert taken.taken_choices == {"water_boiled": "full-kettle"}
    summaries = [mc.summarize(tea, ["ratio"], draws=2**12, choices=choices) for choices in (None, taken.taken_choices)]
    found = mc.summarize(taken, ["ratio"], draws=2**12)
    assert found["ratio"].identical(summaries[1]["ratio"]) and not found["ratio"].identical(summaries[0]["ratio"])
    assert found.attrs["choices"] == "water_boiled=full-kettle"
    assert mc.sample(taken, 2**10, quantities=["ratio"]).attrs["choices"] == "water_boiled=full-kettle"
    # Claims are held against what the publication took, and against all options.
    assert mc.reproduce(taken).claims == mc.reproduce(tea).claims
    assert mc.stress(taken, draws=2**10).claims == mc.stress(tea, draws=2**10).claims


def test_the_published_option_taken_again_is_the_same_study(tea):
    assert tea.with_choice("water_boiled", "full-kettle").with_choice("water_boiled", "as-needed") == tea


def test_sobol_draws_of_other_inputs_do_not_move(tea):
    first = mc.sample(tea, 2**10, quantities=["water", "kettle", "grid"])
    second = mc.sample(
        tea.with_value("efficiency", 0.8).with_value("heat", 300), 2**10, quantities=["water", "kettle", "grid"]
    )
    assert first.equals(second)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: s.with_value("haet", 1), ["there is no input `haet`", 'Did you mean "heat"?']),
        (lambda s: s.with_value("ratio", 1), ["there is no input `ratio`"]),
        (lambda s: s.with_value("heat", 1, at={"country": "US"}), ["`heat` does not differ by country"]),
        (lambda s: s.with_value("grid", 1, at={"contry": "US"}), ["does not differ by contry", 'Did you mean "country"?']),
        (lambda s: s.with_value("grid", 1, at={"country": "Us"}), ['no coordinate "Us" on country', "Allowed: US, India."]),
        (lambda s: s.with_value("heat", float("nan")), ["[inputs.heat] value", "finite"]),
        (lambda s: s.with_prior("heat", mc.normal(1, 2)), ["[inputs.heat] prior", "a prior needs a source"]),
        (lambda s: s.with_prior("heat", mc.normal(1, 2), source="me"), ["[inputs.heat] source", 'no source "me"']),
        (lambda s: s.with_prior("heat", "grid.uss"), ["[inputs.heat] prior", 'Did you mean "grid.us"?']),
        (lambda s: s.with_prior("heat", "grid.us"), ["[inputs.heat] prior", "does not fit"]),
        (lambda s: s.with_prior("heat", {"family": "unifrom"}, source="judgement"), ['Did you mean "uniform"?']),
        (
            lambda s: s.with_prior("heat", {"family": "uniform", "low": 2, "high": 1}, source="judgement"),
            ["[inputs.heat] prior", "low (2) must be below high (1)"],
        ),
        (
            lambda s: s.with_prior("stove", mc.discrete([1, 2], [1, 1]), source="judgement"),
            ["[correlations]", "a rank correlation is not defined"],
        ),
        (lambda s: s.with_choice("water_boild", "x"), ["there is no choice `water_boild`", 'Did you mean "water_boiled"?']),
        (
            lambda s: s.with_choice("water_boiled", "full-ketle"),
            ['has no option "full-ketle"', 'Did you mean "full-kettle"?'],
        ),
    ],
)
def test_what_cannot_be_is_told(tea, change, told):
    with pytest.raises(mc.UserError) as raised:
        change(tea)
    assert all(part in str(raised.value) for part in told), str(raised.value)


def test_a_chosen_option_in_a_file():
    text = 'options = ["a", "b"]\nchosen = "c"\n'
    with pytest.raises(mc.UserError, match='"c" is not an option'):
        mc.parse_study(coffee().build().to_toml() + "[choices.how]\n" + text)
    study = mc.parse_study(coffee().build().to_toml() + "[choices.how]\n" + text.replace('"c"', '"b"'))
    assert (study.published_choices, study.taken_choices) == ({"how": "a"}, {"how": "b"})
