"""Makes docs/drivers.md and docs/extremes.md, what the two studies of our own rest on; `make pages` runs it.

A test asks that the pages are current, that no important prior lacks its sentences, and that each has two sources or a
reason.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import mcarbon as mc
from mcarbon.answers.library import library_priors
from mcarbon.answers.multiverse import moved
from mcarbon.answers.sensitivity import Sensitivity, sensitivity_rows
from mcarbon.results import AND, ChoiceFactor, ClaimResult, Combination
from mcarbon.study import Study
from mcarbon.words.evidence import in_words
from mcarbon.words.wording import plain

ROOT = Path(__file__).resolve().parent.parent
DRIVERS = ROOT / "docs" / "drivers.md"
EXTREMES = ROOT / "docs" / "extremes.md"
CLAIM = "less-than-a-person"
STUDIES = ("writing-2026", "illustrating-2026")
IMPORTANT = 0.05
"""Total index from which an input counts as important."""
DRAWS = 2**17
INDEX_DRAWS = 2**13


WEAK = {
    "displacement.substitution_share": "No share was measured. Almost flat from 0 to 1, which is as wide as it gets.",
    "human.image_review_time": "No account was found. Widened from 1 to 30 minutes to 0.5 to 45.",
    "images.accelerator_energy_small": "One group has measured it so. Widened by 1.4 either way around its median.",
    "tokens.input_per_query": "No distribution was found. Left as it is: it spans two decades for this reason.",
}
"""Important priors with fewer than two sources, and what was done about it."""
FOUND = """\
Second sources were found for `ai.image_training_emissions`, `ai.images_per_accepted`, `displacement.human_time_fraction`
(whose interval was widened to span it), `energy.token_residual`, `human.prompting_time`, `images.accelerator_energy`,
`images.accelerator_energy_large`, `volume.images_over_life` and `volume.queries_per_day_2025`. Several of them are weak:
an assumption of another publication, or a figure derived from two. They are marked so in the [library](priors.md).
"""

HEAD = """<!-- Made by `make pages` from the studies. Change those, not this page. -->

# What the answer rests on

For the two studies of our own, [a page of text](studies/writing-2026.md) and [an
illustration](studies/illustrating-2026.md): which inputs make the spread, which choice moves the answer, and the four
boundaries on the human side beside each other. The ratio is AI over what it takes the place of; below 1, AI emits less.
Choices are shown side by side, and nothing here is an average over them. [How to read priors and choices](methods.md).
"""
DRIVERS_NOTE = """\
Total Sobol' indices of the logarithm of the ratio, in the case that leaves least out ("LABEL"). Inputs that go
together have their share together. A total index counts interactions, so a row may add up to more than 100 %.
"""
CHOICES_NOTE = """\
The largest over the smallest median among a choice's options, the other choices held at the start (whole life,
the first result used unattended, training over a model's life, the average grid); then the choice that comes second, there
and in the case that leaves least out. Options without a ratio are beyond any factor and are not counted.
"""
BOUNDARIES_NOTE = """\
Medians, with 90 % intervals. Where the person's side is nothing there is no ratio, and what AI adds stands
instead. The device is a laptop, with its making.
"""
SOURCES_NOTE = """\
Every prior that carries more than 5 % of the variance of some ratio, in any case of either study that has one,
or against the computer alone; members of a correlated group have the share of the group. Judgement is not counted as a
source.
"""


@dataclass(frozen=True)
class Important:
    """A library prior that carries more than 5 % of some ratio's variance: the largest share, and where."""

    name: str
    share: float
    where: str


@cache
def loaded(name: str) -> Study:
    """A study, once."""
    return mc.load_study(name)


def complete(study: Study) -> Mapping[str, str]:
    """The options of the case that leaves least out."""
    return next(case.choices for case in study.cases.values() if case.complete)


@cache
def indices(name: str, quantity: str, case: str) -> tuple[Sensitivity, ...]:
    """The indices of a quantity in a case, for each model and country; the empty name is the start."""
    study = loaded(name)
    choices = study.cases[case].choices if case else {}
    axes = study.axes
    known = {
        axis: option
        for axis, option in choices.items()
        if quantity == "ratio" or axis in ("training_allocation", "grid_basis")
    }
    assert set(known) <= set(axes)
    return sensitivity_rows(study, quantity, choices=known, draws=INDEX_DRAWS, replicates=8, shapley=False)


def has_ratio(study: Study, choices: Mapping[str, str]) -> bool:
    """Whether the comparison has a second side."""
    taken = {**study.published_choices, **choices}
    return "none" not in (taken["human_boundary"], taken["displacement"])


@cache
def important() -> tuple[Important, ...]:
    """The priors that carry more than 5 % of some ratio's variance, in any case of either study, by name."""
    found: dict[str, Important] = {}
    for name in STUDIES:
        study = loaded(name)
        cases = ["", *(case for case, record in study.cases.items() if has_ratio(study, record.choices))]
        for quantity, case in [*(("ratio", case) for case in cases), ("computer_ratio", "")]:
            for row in indices(name, quantity, case):
                for each in row.inputs:
                    if each.total <= IMPORTANT:
                        continue
                    label = study.cases[case].label if case else "starting choices"
                    place = ", ".join(
                        [row.at["model"], row.at["country"], *([row.at["device"]] if "device" in row.at else [])]
                    )
                    where = f"{study.id}, {label if quantity == 'ratio' else 'against the computer'}: {place}"
                    for member in each.name.split(AND):
                        prior = _prior(study, member)
                        if prior not in found or each.total > found[prior].share:
                            found[prior] = Important(prior, each.total, where)
    return tuple(found[name] for name in sorted(found))


def sources(name: str) -> list[str]:
    """The works that a library prior cites, judgement left out."""
    record = next(prior.record for prior in library_priors() if prior.name == name)
    return sorted({source.cite for source in record.sources} - {"judgement"})


def drivers_page() -> str:
    """The page of drivers."""
    parts = [HEAD]
    for name in STUDIES:
        study = loaded(name)
        parts.append(f"## {study.title}\n")
        parts += _drivers(study)
        parts += _choices(study)
        parts += _boundaries(study)
    parts += _sources()
    return "\n".join(parts)


def extremes_page() -> str:
    """The page of extremes."""
    said = tomllib.loads((ROOT / "docs" / "extremes.toml").read_text("utf-8"))
    records = {prior.name: prior.record for prior in library_priors()}
    rows = []
    for each in important():
        record = records[each.name]
        low, high = record.prior.distribution().ppf(np.array([0.01, 0.99])).tolist()
        unit = "" if record.unit == "1" else f" {record.unit}"
        rows.append(
            [
                _link(each.name),
                f"{plain(low, 2)}{unit}",
                said[each.name]["low"],
                f"{plain(high, 2)}{unit}",
                said[each.name]["high"],
            ]
        )
    head = """<!-- Made by `make pages` from the studies and docs/extremes.toml. Change those, not this page. -->

# Sensible extremes

For every prior that carries more than 5 % of the variance of some ratio ([which
ones](drivers.md#sources-of-what-matters)): what stands at its 1 % and at its 99 %, and why that can be. That no prior of
the library has probability where nothing can be, and 95 % of each lies within what is plausible, is checked for all of
them (`tests/test_library.py`).
"""
    return "\n".join([head, _table(["prior", "1 %", "why it can be", "99 %", "why it can be"], rows)])


def _drivers(study: Study) -> Iterator[str]:
    label = next(case.label for case in study.cases.values() if case.complete)
    yield f"### Five largest drivers: {study.title.partition(':')[0].lower()}\n"
    yield DRIVERS_NOTE.replace("LABEL", label)
    case = next(name for name, record in study.cases.items() if record.complete)
    rows = []
    for row in indices(study.id, "ratio", case):
        top = sorted(row.inputs, key=lambda each: -each.total)[:5]
        rows.append([row.at["model"], row.at["country"], *(f"{_named(each.name)} {_percent(each.total)}" for each in top)])
    yield _table(["model", "country", "first", "second", "third", "fourth", "fifth"], rows)


def _choices(study: Study) -> Iterator[str]:
    yield f"### The choice that moves the median most: {study.title.partition(':')[0].lower()}\n"
    yield CHOICES_NOTE
    rows = []
    for model in study.dimensions["model"]:
        for country in study.dimensions["country"]:
            first, second = _moving(study, model, country, {})[:2]
            _, later = _moving(study, model, country, complete(study))[:2]
            rows.append([model, country, first, second, later])
    yield _table(["model", "country", "most", "second", "second, in the case that leaves least out"], rows)


def _moving(study: Study, model: str, country: str, others: Mapping[str, str]) -> list[str]:
    """The choices by the factor between their options' medians, largest first."""
    claim = next(each for each in _claims(study.id) if (each.at["model"], each.at["country"]) == (model, country))
    published = claim.combinations[0].choices
    return [_moved(each) for each in moved(study, claim, {axis: others.get(axis, published[axis]) for axis in published})]


def _moved(each: ChoiceFactor) -> str:
    size = f"{plain(each.factor, 2)} times" if each.factor >= 1.1 else "less than 1.1 times"
    return f"`{each.choice}`, {size}: {each.lowest} {_ratio(each.low)}, {each.highest} {_ratio(each.high)}"


def _boundaries(study: Study) -> Iterator[str]:
    yield f"### Four boundaries side by side: {study.title.partition(':')[0].lower()}\n"
    yield BOUNDARIES_NOTE
    boundaries = study.choices["human_boundary"].options
    for others, what in (({}, "At the start"), (complete(study), "In the case that leaves least out")):
        rows = []
        for model in study.dimensions["model"]:
            for country in study.dimensions["country"]:
                found = (_at(study, model, country, {**others, "human_boundary": boundary}) for boundary in boundaries)
                rows.append([model, country, *map(_interval, found)])
        yield f"{what}:\n"
        yield _table(["model", "country", *boundaries], rows)


def _interval(each: Combination) -> str:
    if each.no_ratio is not None:
        amount = each.no_ratio
        return f"no ratio; AI adds {plain(amount.amount, 2)} g ({plain(amount.low, 2)} to {plain(amount.high, 2)})"
    low, high = each.intervals[0.9]
    return f"{_ratio(each.median)} ({_ratio(low)} to {_ratio(high)})"


@cache
def _claims(name: str) -> tuple[ClaimResult, ...]:
    """The claim, for each model and country."""
    return mc.stress(loaded(name), [CLAIM], draws=DRAWS).claims


@cache
def _combinations(name: str) -> dict[tuple[str, ...], Combination]:
    """Every combination of the ratio, by model, country and options in the order of the study's choices."""
    return {
        (claim.at["model"], claim.at["country"], *(each.choices[axis] for axis in loaded(name).choices)): each
        for claim in _claims(name)
        for each in claim.combinations
    }


def _at(study: Study, model: str, country: str, options: Mapping[str, str]) -> Combination:
    taken = {**study.published_choices, **options}
    return _combinations(study.id)[model, country, *(taken[axis] for axis in study.choices)]


def _sources() -> Iterator[str]:
    yield "## Sources of what matters\n"
    yield SOURCES_NOTE
    rows = [
        [_link(each.name), _percent(each.share), each.where, str(len(sources(each.name))), WEAK.get(each.name, "")]
        for each in important()
    ]
    yield _table(["prior", "largest share", "where", "sources", "where there are fewer than two"], rows)
    yield FOUND


def _prior(study: Study, label: str) -> str:
    """The library prior of an input cell; the input's own name where the prior stands in the study."""
    name, _, key = label.removesuffix("]").partition("[")
    for cell, entry in study.inputs[name].cells():
        if ", ".join(cell.values()) == key:
            return entry.prior if isinstance(entry.prior, str) else f"{study.id}: {label}"
    raise AssertionError(label)


def _named(label: str) -> str:
    names = [in_words(one) for one in label.split(AND)]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} together"


def _ratio(value: float) -> str:
    return f"1/{plain(1 / value, 2)}" if value < 1 else f"{plain(value, 2)}×"


def _percent(share: float) -> str:
    return "<1 %" if share < 0.005 else f"{100 * share:.0f} %"


def _link(name: str) -> str:
    return f"[`{name}`](priors.md#{name.replace('.', '')})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def pages() -> dict[Path, str]:
    """Both pages, by path."""
    return {DRIVERS: drivers_page(), EXTREMES: extremes_page()}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8", newline="\n")
        print(f"{path.relative_to(ROOT)} is written.")
