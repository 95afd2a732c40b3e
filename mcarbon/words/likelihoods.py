"""The likelihood table of a claim: the questions that its verdict is judged by, answered for each choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mcarbon.results import ClaimResult, Combination
from mcarbon.words.rows import rows
from mcarbon.words.statement import direction_of, direction_sentence, is_below, published_text, range_sentence
from mcarbon.words.wording import capitalised, likelihood, percent

SCALE = (
    "Words follow the likelihood scale of the IPCC, always with the number: virtually certain >99 %, extremely likely "
    ">95 %, "
    "very likely >90 %, likely >66 %, more likely than not >50 %, about as likely as not 33 to 50 %, unlikely <33 %, very "
    "unlikely <10 %, extremely unlikely <5 %, exceptionally unlikely <1 %. In the IPCC's scale “about as likely as "
    "not” runs "
    "from 33 to 66 %; the part above 50 % has a word of its own here, so that each probability has one. They express chance "
    "given the priors and the choice, not agreement among experts."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One cell: the choice's letter, the word and its percent; `word` is empty where a choice has no ratio."""

    letter: str
    word: str
    percent: str


@dataclass(frozen=True, slots=True)
class Question:
    """One row of the table."""

    text: str
    answers: tuple[Answer, ...]


Probability = Callable[[Combination], tuple[float | None, float | None]]


def questions(claim: ClaimResult) -> list[Question]:
    """The questions that a claim can be asked: its direction, its size, being near."""
    if all(row.is_certain for row in rows(claim) if row.has_ratio):
        return []  # nothing is a matter of chance
    asked: list[tuple[str, Probability]] = []
    if claim.direction is not None:
        asked.append((capitalised(direction_sentence(claim)), lambda c: (c.p_direction, c.standard_error.p_direction)))
    if claim.published is not None:
        printed = published_text(claim)
        if claim.direction is None or is_below(direction_of(claim)):
            asked.append((f"{printed} or less", lambda c: (c.percentile, c.standard_error.percentile)))
        else:
            asked.append((f"{printed} or more", lambda c: (_other(c.percentile), c.standard_error.percentile)))
        for factor in (3, 10):
            asked.append((f"Within a factor of {factor} of {printed}", _within(factor)))
    elif claim.published_text is not None:
        asked.append((capitalised(range_sentence(claim)), lambda c: (c.p_inside, c.standard_error.p_inside)))
    found = [Question(text, tuple(_answers(claim, probability))) for text, probability in asked]
    return [question for question in found if any(answer.word for answer in question.answers)]


def _other(probability: float | None) -> float | None:
    return None if probability is None else 1 - probability


def _within(factor: int) -> Probability:
    def probability(each: Combination) -> tuple[float | None, float | None]:
        errors = each.standard_error.p_within
        return (
            None if each.p_within is None else each.p_within[factor],
            None if errors is None else errors[factor],
        )

    return probability


def _answers(claim: ClaimResult, probability: Probability) -> list[Answer]:
    found = []
    for row in rows(claim):
        p, error = probability(row.combination)
        told = row.has_ratio and p is not None
        found.append(
            Answer(
                row.letter,
                likelihood(p, error or 0.0) if told and p is not None else "",
                percent(p, error or 0.0) if told and p is not None else "",
            )
        )
    return found
