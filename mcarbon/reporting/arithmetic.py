"""The published arithmetic as lines of text: each quantity, its formula in words, the numbers in it, what comes out."""

from __future__ import annotations

from collections.abc import Sequence

from mcarbon.answers.chain import Step, Term
from mcarbon.reading.formula import Call, Name, Number
from mcarbon.reporting.formulas import Plain, typeset
from mcarbon.results import ClaimResult
from mcarbon.words.evidence import in_words
from mcarbon.words.statement import form_of, published_text
from mcarbon.words.wording import plain

DIGITS = 6
"""Inputs are shown to so many digits, results to four."""


def lines(claim: ClaimResult, steps: Sequence[Step]) -> list[str]:
    """The steps from inputs to the claim, those left out that only give a number another name; last, what was printed."""
    said = [_line(step) for step in steps if not isinstance(step.formula, Name) or step.printed is not None]
    found = claim.reproduction
    if found.value is not None and claim.published_text is not None:
        form = form_of(claim)
        via = " with the rounded steps as printed" if found.via else ""
        said.append(f"the claim{via}: {form.exact(found.value)}; published {published_text(claim)}")
    return said


def _line(step: Step) -> str:
    # A name that stands for itself needs no second mention, a constant no numbers.
    parts = [in_words(step.result.name), typeset(step.formula, Plain())]
    if step.terms and not isinstance(step.formula, Number):
        parts.append(typeset(step.formula, Plain(), lambda name: _number(step.terms.get(name.at), name.name, step)))
    parts.append(_amount(step.result, 4))
    text = " = ".join(dict.fromkeys(parts))
    if step.printed is not None:
        text += f", taken on as {plain(step.printed, DIGITS)}, the printed value"
    return text


def _number(term: Term | None, name: str, step: Step) -> str:
    if term is None or term.value is None:
        return f"{in_words(name)} (not published)"
    text = _amount(term, DIGITS)
    # A unit that is itself a quotient would be read as a part of the formula.
    return f"({text})" if " " in text and isinstance(step.formula, Call) and step.formula.operation == "pow" else text


def _amount(term: Term, digits: int) -> str:
    if term.value is None:
        return "not published"
    unit = "" if term.unit in ("1", "", "dimensionless") else f" {term.unit}"
    return plain(term.value, digits) + unit
