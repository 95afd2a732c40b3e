"""The methods of a run in words that a paper can take over, and the rules of verdicts."""

from __future__ import annotations

from mcarbon.results import StudyResult
from mcarbon.words.wording import draws_words, thousands

_METHODS = {
    "sobol": "Sobol' points with Owen's scrambling",
    "lhs": "Latin hypercube samples",
    "random": "pseudorandom numbers (Philox4x32-10)",
}

RULES = (
    "A row is the published combination of choices or a case that people argue for; rows set the verdict, other "
    "combinations "
    "are counted in its sentences. A direction holds in a row where its probability is above 66 %, and fails below 33 "
    "%. A row "
    "supports a published value that lies inside its 90 % interval if the chance to be within a factor of 3 of it is "
    "at least "
    "50 %; a value inside but less likely is not ruled out; a value outside is not supported. “Holds” asks for a "
    "direction above "
    "90 % and support in every row, “likely holds” for 66 %. These gates are a judgement, and every probability is "
    "moved two "
    "Monte Carlo standard errors towards 50 % before it is held against one."
)
CONFIDENCE = (
    "Confidence in the inputs is apart from likelihood. Each input has the grade of its best source (1 measured, 2 "
    "measured in "
    "another setting, 3 modelled, 4 assumed), weighted by its share of the spread in the most complete case. High: "
    "assumed inputs "
    "make at most 10 % and modelled and assumed ones together at most 33 %. Low: assumed inputs make more than 33 %. "
    "Else medium."
)


def methods(
    result: StudyResult, uncertain: int, fixed: int, choices: int, combinations: int, correlations: int
) -> list[str]:
    """The paragraphs of a methods section: model, propagation, sensitivity."""
    method = _METHODS.get(result.method or "", result.method or "")
    chosen = (
        f" {_many(choices, 'structural choice')} that data cannot settle {'are' if choices != 1 else 'is'} kept "
        "apart: each of "
        f"the {thousands(str(combinations))} combinations has its own distribution, and none is averaged over."
        if choices
        else ""
    )
    independent = (
        f"{_many(correlations, 'pair')} of inputs {'are' if correlations != 1 else 'is'} correlated through a "
        "Gaussian copula; "
        "the others are independent."
        if correlations
        else "Inputs are independent of each other; an input that appears in several places is the same number in each draw."
    )
    counts = [each.draws for claim in result.claims for each in claim.combinations] or [result.draws]
    lengths = [None if count is None else count // (result.replicates or 1) for count in counts]
    added = "" if result.tolerance is None else f", added until printed quantiles were known to {100 * result.tolerance:g} %"
    return [
        f"The published calculation was written as one set of formulas with units, evaluated first at the published values "
        f"(reproduction) and then under prior distributions (stress test). {_many(uncertain, 'input')} "
        f"{'have' if uncertain != 1 else 'has'} a prior with a source, {fixed} {'are' if fixed != 1 else 'is'} fixed "
        "by definition "
        f"or constant.{chosen}",
        f"Priors were propagated by Monte Carlo with {draws_words(counts)} draws of {method}{added}, in "
        f"{result.replicates} independent replicates of {draws_words(lengths)} draws (seed {result.seed}, mcarbon "
        f"{result.version}). {independent} Results are medians and equal-tailed 50, 90 and 95 % intervals. Standard "
        "errors come "
        "from the spread between replicates; a figure is printed with one digit fewer, and marked ~, where two "
        "standard errors "
        "could change its last digit.",
        "Shares of the spread are total-order Sobol' indices over their sum (estimators of Azzini, Mara and Rosati "
        "2021, doi "
        "10.1016/j.envsoft.2021.105167), of the logarithm of the answer where it is positive throughout.",
    ]


def _many(number: int, what: str) -> str:
    return f"{thousands(str(number))} {what}{'' if number == 1 else 's'}"
