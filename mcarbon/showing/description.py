"""What ``mcarbon show`` prints: a study in words, with every number's source."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

import numpy as np

from mcarbon.families import Mixture, Prior
from mcarbon.reading.model import build_model
from mcarbon.showing.characters import ASCII, UNICODE
from mcarbon.showing.citing import WIDTH, cited_works, hanging, work_text
from mcarbon.study import InputEntry, NormalCorrelation, Quantity, Study
from mcarbon.words.wording import plain


def describe(study: Study, *, ascii: bool = False) -> str:
    """The study's inputs with priors and sources, quantities with formulas, choices, cases, claims, defects, works
    and what is not counted.
    """
    characters = ASCII if ascii else UNICODE
    lines = [*_paragraph(f"{study.id}  {study.title}"), *_paragraph(study.summary)]
    lines += [f"source: {_cited(study.source)}", study.digest]
    parts = (_dimensions, _choices, _cases, _inputs, _correlations, _quantities, _claims, _defects, _not_counted, _works)
    for part in parts:
        found = list(part(study))
        if found:
            lines += ["", *found]
    return "\n".join(characters.text(line).rstrip() for line in lines)


def _dimensions(study: Study) -> Iterator[str]:
    if study.dimensions:
        yield "Dimensions"
    for name, coordinates in study.dimensions.items():
        yield from _item(name, ", ".join(coordinates))


def _choices(study: Study) -> Iterator[str]:
    if study.choices:
        chosen = any(choice.chosen for choice in study.choices.values())
        start = "as published" if study.source else "the starting choice"
        yield f"Choices (never averaged; * {start}{', > taken here' if chosen else ''})"
    for name, choice in study.choices.items():
        marks = {choice.published_option: "*"} | ({choice.chosen: ">"} if choice.chosen else {})
        options = (marks.get(o, "") + o + (" (a slip)" if o in choice.slips else "") for o in choice.options)
        yield from _item(name, ", ".join(options))
        yield from _paragraph(choice.note, 4)


def _cases(study: Study) -> Iterator[str]:
    if study.cases:
        yield "Cases"
    for name, case in study.cases.items():
        yield from _item(name, case.label + (" (complete)" if case.complete else ""))
        yield from _paragraph(", ".join(f"{axis} = {option}" for axis, option in case.choices.items()), 4)
        yield from _paragraph(case.why, 4)
        if case.source is not None:
            yield from _paragraph(f"source: {_cited(case.source)}", 4)


def _inputs(study: Study) -> Iterator[str]:
    if study.inputs:
        yield "Inputs"
    for name, item in study.inputs.items():
        for at, entry in item.cells():
            said = "; ".join(text for text in (_published(entry), _fixed(entry)) if text)
            where = entry.where or item.where
            found = entry.source if entry.source is not None else item.source
            source = f"{_cited(found)}{f', {where}' if where else ''}" if found else ""
            yield from _item(f"{_cell(name, at)} [{item.unit}]", said + (f" (source: {source})" if said and source else ""))
            if entry.prior is not None:
                yield from _paragraph(_prior(study, name, at, entry, "" if said else source), 4)


def _correlations(study: Study) -> Iterator[str]:
    if study.correlations:
        yield "Correlations"
    for pair, given in study.correlations.items():
        if isinstance(given, NormalCorrelation):
            yield from _item(pair, f"{plain(given.normal)}, of the underlying normals")
        else:
            yield from _item(pair, f"{plain(given)}, of ranks")


def _quantities(study: Study) -> Iterator[str]:
    yield "Quantities"
    for name, quantity in study.quantities.items():
        yield from _item(name, _unit(quantity))
        for at, formula in quantity.cells():
            where = f"at {', '.join(at.values())}: " if at else ""
            yield from _paragraph(f"{where}{formula}", 4)


def _claims(study: Study) -> Iterator[str]:
    if study.claims:
        yield "Claims"
    for name, claim in study.claims.items():
        yield from _item(name, f'"{claim.statement}"')
        said = [text for text in (claim.published, claim.direction) if text is not None]
        at = f" at {', '.join(claim.at.values())}" if claim.at else ""
        yield from _paragraph(f"{claim.quantity}{at}: {'; '.join(said)} (source: {_cited(claim.source or study.source)})", 4)


def _defects(study: Study) -> Iterator[str]:
    if study.defects:
        yield "Known defects of the publication"
    for defect in study.defects:
        where = f", {defect.where}" if defect.where else ""
        yield from _item(defect.kind, f"{defect.what} (source: {_cited(defect.source)}{where})")


def _not_counted(study: Study) -> Iterator[str]:
    if study.not_counted:
        yield "Not counted"
    for item in study.not_counted:
        yield from _item(item.what, f"would push {item.pushes} (source: {_cited(item.source)})")
        yield from _paragraph(item.why, 4)


def _works(study: Study) -> Iterator[str]:
    works = cited_works(study)
    if works:
        yield "Works cited"
    for key, work in works.items():
        yield from hanging(f"{key}  {work_text(work)}", "  ", "    ")


def _cell(name: str, at: Mapping[str, str]) -> str:
    return name + (f" ({', '.join(at.values())})" if at else "")


def _unit(quantity: Quantity) -> str:
    sides = f", {' compared with '.join(quantity.sides)}" if quantity.sides else ""
    return f"[{quantity.unit}]{sides}"


def _published(entry: InputEntry) -> str:
    if entry.published is not None:
        return "published " + (entry.published if isinstance(entry.published, str) else plain(entry.published, 12))
    return "" if entry.neutral is None else f"not published (neutral {plain(entry.neutral, 12)})"


def _fixed(entry: InputEntry) -> str:
    return "" if entry.value is None else f"fixed at {plain(entry.value, 12)}"


def _prior(study: Study, name: str, at: Mapping[str, str], entry: InputEntry, source: str) -> str:
    """An input's prior: its grade, its quantiles in the input's unit, and what it rests on."""
    prior, grade = study.prior_of(entry), study.grade_of(name, at)
    assert prior is not None and entry.prior is not None
    if isinstance(entry.prior, str):
        called = entry.prior
        source = ", ".join(dict.fromkeys(source.cite for source in study.library[entry.prior].sources))
    else:
        called = prior_words(prior)
    factor = build_model(study).prior_factors[name, tuple(at[axis] for axis in study.inputs[name].axes)]
    low, middle, high = (plain(factor * x, 3) for x in prior.distribution().ppf(np.array([0.05, 0.5, 0.95])).tolist())
    rests = f"; from {source}" if source else ""
    known = f"grade {grade}" if grade else "a definition"
    known += ", varies" if study.inputs[name].nature == "variability" else ""
    return f"prior {called} ({known}): median {middle}, 90 % from {low} to {high}{rests}"


def prior_words(prior: Prior) -> str:
    """A prior by its family and parameters, a mixture by its components with their shares."""
    given = prior.model_dump(exclude_none=True, exclude_defaults=True)
    parameters = [f"{key} {_parameter(value)}" for key, value in given.items() if key not in ("family", "components")]
    if not isinstance(prior, Mixture):
        return f"{prior.family} with {', '.join(parameters)}"
    whole = sum(one.weight for one in prior.components)
    named = ((one.weight, one.prior if isinstance(one.prior, str) else prior_words(one.prior)) for one in prior.components)
    components = "; ".join(f"{plain(100 * weight / whole, 3)} % {name}" for weight, name in named)
    return f"mixture of ({components})" + "".join(f", {parameter}" for parameter in parameters)


def _parameter(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_parameter, value))}]"
    return plain(value, 8) if isinstance(value, (int, float)) else str(value)


def _cited(source: str | list[str] | None) -> str:
    if source is None:
        return "none given"
    return source if isinstance(source, str) else ", ".join(source)


def _item(name: str, text: str) -> list[str]:
    return textwrap.wrap(f"{name}  {text}", WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _paragraph(text: str, indent: int = 0) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent, break_on_hyphens=False)
