"""What was found about a study's claims: frozen records, numbers only.

`mcarbon.reproduce` and `mcarbon.stress` fill them; the verdict words them, the terminal and the report show them.
NaN stands for a number that does not exist (null in JSON). All figures of a claim are in the unit it was printed in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mcarbon.study import Defect

Status = Literal[
    "reproduces",
    "reproduces from rounded intermediates",
    "reproduces within the rounding of the inputs",
    "does not reproduce",
    "not checkable",
]

AND = " & "
"""Between the names of inputs that are correlated, where something is told of them together."""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Whether a claim's arithmetic follows from its published inputs.

    `value` is the chain at the published values, after the claim's rounded intermediates (`via`) where it has them;
    `unrounded` is the chain without them; `corrected` the chain at the corrected inputs; `factor` is value over
    published. Each is None where it does not exist. `missing` names the inputs that were not published.
    `via` maps a quantity to the printed, rounded value that the publication went on from, and its unit.
    """

    status: Status
    value: float | None = None
    unrounded: float | None = None
    corrected: float | None = None
    factor: float | None = None
    missing: tuple[str, ...] = ()
    via: dict[str, tuple[float, str]] = field(default_factory=dict)

    @property
    def nothing_published(self) -> bool:
        """Whether no input of the study was published, as in an answer of its own: there is no arithmetic to check."""
        return self.status == "not checkable" and not self.missing


@dataclass(frozen=True, slots=True)
class NoRatio:
    """What a combination shows where the second side is exactly 0: the first side's amount, with its 90 % interval."""

    side: str
    amount: float
    unit: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class StandardErrors:
    """Monte Carlo standard errors of a combination's figures, from the spread of the replicates."""

    median: float
    quantiles: dict[float, float]
    percentile: float | None
    p_direction: float | None
    p_within: dict[int, float] | None
    p_inside: float | None = None


@dataclass(frozen=True, slots=True)
class Combination:
    """A claim's quantity under the priors, for one combination of choices.

    `case` is the id of the case, ``published`` for the published combination, else None; `label` is what rows of a
    picture call it; `complete` marks the case that leaves least out, `slip` a combination that keeps a slip of the
    publication and so sets no verdict. `quantiles` maps probability to value,
    `intervals` maps level (0.5, 0.9, 0.95) to equal-tailed bounds. `percentile` is the share of draws below the
    published value plus half of the share equal to it; `p_direction` the probability of the claimed direction;
    `p_within` the probability to be within a factor 2, 3, 10 of the published value; `p_inside` the
    probability to be within a published range or bound. None: not asked by this claim. `dots` are 50 equally likely
    values in order, the quantiles at (i - 1/2)/50; none without a ratio. `estimator` says what the figures were
    conditioned on; None where they are those of the draws themselves.
    """

    case: str | None
    label: str
    complete: bool
    choices: dict[str, str]
    median: float
    quantiles: dict[float, float]
    intervals: dict[float, tuple[float, float]]
    percentile: float | None
    p_direction: float | None
    p_within: dict[int, float] | None
    standard_error: StandardErrors
    no_ratio: NoRatio | None = None
    warnings: tuple[str, ...] = ()
    p_inside: float | None = None
    slip: bool = False
    dots: tuple[float, ...] = field(default=(), repr=False)
    estimator: str | None = None


@dataclass(frozen=True, slots=True)
class InputShare:
    """How much of a spread an input cell makes, and how well it is known.

    `names` has its name (``grid``, ``annual_footprint[US]``), or those of correlated inputs that make it together.
    `share` is its total Sobol' index over the sum of all inputs'; `grade` 1 measured, 2 measured in another setting,
    3 modelled, 4 assumed, None for a definition.
    """

    names: tuple[str, ...]
    share: float
    grade: int | None
    standard_error: float


@dataclass(frozen=True, slots=True)
class Spread:
    """What makes the spread of a claim's answer in one case, by input.

    `case` is that combination's: the one marked complete where it has a ratio, else the published one. `scale` is
    ``log`` where the shares are of the variance of the answer's logarithm. The standard errors are those of the share
    of grade 4, and of grades 3 and 4 together.
    """

    scale: Literal["log", "linear"]
    inputs: tuple[InputShare, ...]
    standard_error_assumed: float
    standard_error_not_measured: float
    case: str = "published"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The words of a verdict, for every output (`mcarbon.words.verdict` makes them). Empty: nothing to say."""

    phrase: str
    arithmetic: str = ""
    defects: str = ""
    direction: str = ""
    size: str = ""
    evidence: str = ""
    next: str = ""


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """A claim with its reproduction and, where it was stress-tested, its combinations and verdict.

    `published` is the printed value (None for a range, a bound, or a claim with a direction only),
    `published_text` the text as printed, `direction` as written in the study (``< 1``), `sides` the names of the two
    sides that a ratio compares, numerator first. `combinations` are all of them, the published one first, then the
    cases in the study's order, then the rest. `defects` are those of this claim and those of the whole study.
    `spread` is None where nothing was sampled or nothing varies. `digits` says how many significant digits a published
    number without a point has, where its zeros at the end do not.
    """

    id: str
    statement: str
    quantity: str
    unit: str
    at: dict[str, str]
    published: float | None
    published_text: str | None
    direction: str | None
    sides: tuple[str, str] | None
    reproduction: Reproduction
    combinations: tuple[Combination, ...] = ()
    defects: tuple[Defect, ...] = ()
    spread: Spread | None = None
    verdict: Verdict | None = None
    digits: int | None = None

    def __repr__(self) -> str:
        return f"<ClaimResult {self._line()}>"

    def _line(self) -> str:
        at = f" ({', '.join(self.at.values())})" if self.at else ""
        return f"{self.id}{at}: {self.verdict.phrase if self.verdict else self.reproduction.status}"


@dataclass(frozen=True, slots=True)
class StudyResult:
    """The claims of one study, and what is needed to get the same numbers again.

    `method`, `seed`, `draws` and `replicates` are None where nothing was sampled (a reproduction).
    """

    study: str
    title: str
    digest: str
    version: str
    claims: tuple[ClaimResult, ...]
    method: str | None = None
    seed: int | None = None
    draws: int | None = None
    replicates: int | None = None
    seconds: float | None = None

    def __repr__(self) -> str:
        return "\n  ".join([f"<StudyResult {self.study}", *(claim._line() for claim in self.claims)]) + ">"
