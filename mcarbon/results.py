"""What was found about a study's claims: frozen records, numbers only.

`mcarbon.reproduce` and `mcarbon.stress` fill them; the verdict words them, the terminal and the report show them.
NaN stands for a number that does not exist (null in JSON). All figures of a claim are in the unit it was printed in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import xarray

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
    values in order, the quantiles at (i - 1/2)/50, of rows that have a ratio. `estimator` says what the figures were
    conditioned on; None where they are those of the draws themselves. `draws` says how many draws they are of.
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
    draws: int | None = None


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
class NearestPoint:
    """The input cell that takes an answer's median across a number nearest to the middle of its own prior.

    `value` is in the input's `unit`, with its Monte Carlo standard error; the answer is tipped `above` it, or else below.
    `percentile` is the probability of the prior to be at most there.
    """

    name: str
    unit: str
    value: float
    standard_error: float
    percentile: float
    above: bool


@dataclass(frozen=True, slots=True)
class Nearest:
    """What would tip a claim's answer soonest, in the case that its spread is of.

    `number` is what the median would cross, in the claim's unit: where its sides are equal, else the published value or
    bound, or that of its direction. `point` is None where no input tips it alone between the 1e-6 and 1 - 1e-6 quantiles
    of its prior.
    """

    number: float
    point: NearestPoint | None


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
    `spread` is None where nothing was sampled or nothing varies, `nearest` there and where the claim has no number to
    cross. `digits` says how many significant digits a published
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
    nearest: Nearest | None = None

    def __repr__(self) -> str:
        return f"<ClaimResult {self._line()}>"

    def _line(self) -> str:
        at = f" ({', '.join(self.at.values())})" if self.at else ""
        return f"{self.id}{at}: {self.verdict.phrase if self.verdict else self.reproduction.status}"


@dataclass(frozen=True, slots=True)
class StudyResult:
    """The claims of one study, and what is needed to get the same numbers again.

    `method`, `seed`, `draws` and `replicates` are None where nothing was sampled (a reproduction). `draws` are those of the
    combination that has most; with a `tolerance` each was begun with `first_draws`, and has as many as it needs.
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
    tolerance: float | None = None
    first_draws: int | None = None

    def __repr__(self) -> str:
        return "\n  ".join([f"<StudyResult {self.study}", *(claim._line() for claim in self.claims)]) + ">"


@dataclass(frozen=True, slots=True)
class TippingPoint:
    """The value of one input cell (``grid``, ``annual_footprint[US]``) at which the answer tips, the others uncertain.

    `value` is in the input's `unit`, with its Monte Carlo standard error; NaN where no value of the input's prior tips the
    answer. `percentile` is the probability of the prior to be at most there. The answer is tipped `above` the value, or
    else below it. `crossings` counts all values that tip it; this is the one nearest to the prior's median. `undecided`:
    the answer is at the target, within its error, whatever the input is. `at_low` and `at_high` are the answer's medians
    with the input at its 5 and its 95 % quantile. `share` is the input's share of the spread, together with those that it
    is `correlated` with.
    """

    name: str
    unit: str
    value: float
    standard_error: float
    percentile: float
    above: bool
    crossings: int
    undecided: bool
    at_low: float
    at_high: float
    share: float
    correlated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OptionPoint:
    """Another option of a choice, taken alone: the answer's median there, and the chance to be below the target.

    Both are NaN where the quantity is no ratio there. `tips`: the chance is on the other side; `slip`: nobody argues
    for the option.
    """

    choice: str
    option: str
    median: float
    below: float
    standard_error_below: float
    tips: bool
    slip: bool


@dataclass(frozen=True, slots=True)
class BreakEven:
    """What would tip the answer of one cell of a quantity, and what is needed to get the same numbers again.

    `at` names the coordinate on each of the quantity's axes, choices among them. The answer tips where the chance to be
    below `target` (in the quantity's `unit`) crosses `chance`; at 1/2 that is where the median crosses. `median` and `below`
    are the answer's as it is. `inputs` are in the file's order. `claim` is the id of the claim that was asked about.
    """

    study: str
    digest: str
    version: str
    method: str
    seed: int
    draws: int
    replicates: int
    quantity: str
    at: dict[str, str]
    unit: str
    target: float
    chance: float
    median: float
    below: float
    standard_error_below: float
    inputs: tuple[TippingPoint, ...]
    options: tuple[OptionPoint, ...] = ()
    claim: str | None = None
    published: str | None = None
    sides: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Specification:
    """One answer of the multiverse, with all combinations of options that come to it.

    `combination` is the first of them: the published one or a case where one is among them. `options` maps each choice to
    the options that come to this answer; `count` says how many combinations that are. `letters` are those that a
    verdict calls its rows by. `direction` and `size` say whether what was claimed holds there, by the rules of the
    verdict; None where it is not claimed, or where there is no ratio.
    """

    combination: Combination
    options: dict[str, tuple[str, ...]]
    count: int
    letters: tuple[str, ...]
    direction: Literal["holds", "open", "fails"] | None
    size: Literal["holds", "possible", "outside"] | None

    @property
    def is_counted(self) -> bool:
        """Whether it has a ratio, and keeps no slip of the publication."""
        return self.combination.no_ratio is None and not self.combination.slip

    @property
    def holds(self) -> bool:
        """Whether all that was claimed holds."""
        return {self.direction, self.size} <= {"holds", None} and self.combination.no_ratio is None


@dataclass(frozen=True, slots=True)
class ChoiceFactor:
    """What one choice does to the median, the other choices held: between which options it is lowest and highest.

    `factor` is the highest over the lowest, NaN where the lowest is not positive. `without_ratio` are options at which
    the quantity is no ratio; they are left out. The standard error takes both medians for independent, though the same
    draws make them, and so is rather too large.
    """

    choice: str
    factor: float
    standard_error: float
    lowest: str
    low: float
    highest: str
    high: float
    without_ratio: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One change on the way from the published combination to the complete one: what is taken, and the answer then."""

    label: str
    changes: dict[str, str]
    combination: Combination


@dataclass(frozen=True, slots=True)
class Multiverse:
    """Every combination of a claim's choices: sorted by median, those without a ratio last.

    `claim` is the claim as it was stress-tested. `moved` are its choices by how far they move the median, the others as
    published; `steps` go from the published combination to the complete one, in the order of the study's cases (none
    where there is no such case). `run` has what is needed to get the same again: study, digest, method, seed, draws,
    replicates and version.
    """

    claim: ClaimResult
    specifications: tuple[Specification, ...]
    moved: tuple[ChoiceFactor, ...]
    steps: tuple[Step, ...]
    run: dict[str, str | int] = field(default_factory=dict)

    @property
    def combinations(self) -> int:
        """All combinations, equal ones too."""
        return sum(each.count for each in self.specifications)

    @property
    def counted(self) -> tuple[Specification, ...]:
        """The answers that are counted: those that have a ratio, and keep no slip of the publication."""
        return tuple(each for each in self.specifications if each.is_counted)

    def to_dataset(self) -> xarray.Dataset:
        """The answers along the dim ``specification``, in their order.

        The choices are coordinates along it, of options joined by " or ". Variables: ``median`` and its
        ``standard_error``, ``quantile`` with the second dim ``probability``, in the claim's unit, NaN without a ratio;
        ``direction`` and ``size`` ("" where they are not claimed), ``holds``, ``combinations`` (how many come to the
        answer), and ``counted``. Attributes are the claim, where it is made, and `run`.
        """
        import numpy as np
        import xarray

        each = self.specifications
        probabilities = list(each[0].combination.quantiles)
        unit = {"units": self.claim.unit}
        along: dict[str, tuple[str, object]] = {
            axis: ("specification", [" or ".join(one.options[axis]) for one in each]) for axis in each[0].options
        }
        return xarray.Dataset(
            {
                "median": ("specification", [one.combination.median for one in each], unit),
                "standard_error": ("specification", [one.combination.standard_error.median for one in each], unit),
                "quantile": (
                    ("specification", "probability"),
                    np.array([[one.combination.quantiles[p] for p in probabilities] for one in each]),
                    unit,
                ),
                "direction": ("specification", [one.direction or "" for one in each]),
                "size": ("specification", [one.size or "" for one in each]),
                "holds": ("specification", [one.holds for one in each]),
                "combinations": ("specification", [one.count for one in each]),
                "counted": ("specification", [one.is_counted for one in each]),
            },
            {**along, "probability": probabilities},
            {"claim": self.claim.id, "statement": self.claim.statement, **self.claim.at, **self.run},
        )


@dataclass(frozen=True, slots=True)
class Doubted:
    """The verdict's phrase with the prior of one input changed, all others as they are.

    `wider` and `narrower`: with twice and half its spread; `other`: with another family between the same 5 and 95 %
    quantiles, None for a prior of single values.
    """

    name: str
    wider: str
    narrower: str
    other: str | None


@dataclass(frozen=True, slots=True)
class Robustness:
    """Whether a claim's verdict hangs on how its priors were chosen: its `phrase`, and what it is with each prior doubted.

    `together` is the verdict with all priors at twice, and at half their spread. The rest is what is needed to get the
    same answer again.
    """

    study: str
    digest: str
    version: str
    method: str
    seed: int
    draws: int
    replicates: int
    claim: ClaimResult
    phrase: str
    inputs: tuple[Doubted, ...]
    together: tuple[str, str]

    def to_dataset(self) -> xarray.Dataset:
        """The verdict's ``phrase`` with dims ``(input, doubt)``: doubts are ``wider``, ``narrower`` and ``other family``.

        "" where a prior has no other family. ``together`` has the dim ``doubt``; the phrase without a doubt, and what is
        needed to get the same again, are attributes.
        """
        import xarray

        return xarray.Dataset(
            {
                "phrase": (("input", "doubt"), [[each.wider, each.narrower, each.other or ""] for each in self.inputs]),
                "together": ("doubt", [*self.together, ""]),
            },
            {"input": [each.name for each in self.inputs], "doubt": ["wider", "narrower", "other family"]},
            {
                "claim": self.claim.id,
                "phrase": self.phrase,
                "study": self.study,
                "digest": self.digest,
                "method": self.method,
                "seed": self.seed,
                "draws": self.draws,
                "replicates": self.replicates,
                "mcarbon_version": self.version,
            },
        )


@dataclass(frozen=True, slots=True)
class PopulationFigure:
    """One figure of the population, and what is known of it: its median, and an interval of the asked level.

    `inner_error` is the standard deviation that the finite draws of the population give it.
    """

    low: float
    median: float
    high: float
    standard_error_low: float
    standard_error_median: float
    standard_error_high: float
    inner_error: float


@dataclass(frozen=True, slots=True)
class PopulationRow:
    """One cell of a quantity over a population: its quantiles, mean, standard deviation and width in its unit.

    The width is that between the outermost quantiles. `below` is the share of the population below the `threshold`; both
    are None where none is asked for. `varies` and `unknown` are the inputs of either nature that it rests on.
    """

    name: str
    at: dict[str, str]
    unit: str
    quantiles: dict[float, PopulationFigure]
    mean: PopulationFigure
    sd: PopulationFigure
    width: PopulationFigure
    threshold: float | None
    below: PopulationFigure | None
    varies: tuple[str, ...]
    unknown: tuple[str, ...]
    sides: tuple[str, str] | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Population:
    """Quantities over a population, and what is needed to get the same numbers again.

    `outer` draws of the unknown in all, `inner` of the population at each. `level` is that of the figures' intervals.
    """

    study: str
    digest: str
    version: str
    method: str
    seed: int
    outer: int
    inner: int
    replicates: int
    level: float
    quantities: tuple[PopulationRow, ...]
