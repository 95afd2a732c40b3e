"""Synthetic claims with lognormal answers, and the two claims of the design's mock-up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist

from mcarbon.results import (
    ClaimResult,
    Combination,
    InputShare,
    NoRatio,
    Reproduction,
    Spread,
    StandardErrors,
    StudyResult,
)

NORMAL = NormalDist()
Z = {0.5: NORMAL.inv_cdf(0.75), 0.9: NORMAL.inv_cdf(0.95), 0.95: NORMAL.inv_cdf(0.975)}
REPRODUCES = Reproduction("reproduces", value=1 / 2884, unrounded=1 / 2847, factor=2900 / 2884)
NO_ERRORS = StandardErrors(0.0, {0.05: 0.0, 0.5: 0.0, 0.95: 0.0}, None, None, None)


def lognormal(
    median: float,
    gsd: float,
    *,
    published: float | None = None,
    direction: str | None = "< 1",
    case: str | None = "published",
    label: str = "whole life",
    error: float = 0.0,
    inside: tuple[float, float] | None = None,
) -> Combination:
    """A combination whose quantity is lognormal, its figures exact; `error` is that of its probabilities."""

    def below(x: float) -> float:
        return NORMAL.cdf(math.log(x / median) / math.log(gsd)) if x > 0 else 0.0

    within = None if published is None else {k: below(published * k) - below(published / k) for k in (2, 3, 10)}
    threshold = float(direction.lstrip("<>= ")) if direction else 1.0
    p_direction = None
    if direction:
        p_direction = below(threshold) if direction.startswith("<") else 1 - below(threshold)
    intervals = {level: (median / gsd**z, median * gsd**z) for level, z in Z.items()}
    return Combination(
        case=case,
        label=label,
        complete=False,
        choices={"boundary": label},
        median=median,
        quantiles={0.05: intervals[0.9][0], 0.5: median, 0.95: intervals[0.9][1]},
        intervals=intervals,
        percentile=None if published is None else below(published),
        p_direction=p_direction,
        p_within=within,
        standard_error=StandardErrors(
            median=0.0,
            quantiles={0.05: 0.0, 0.5: 0.0, 0.95: 0.0},
            percentile=None if published is None else error,
            p_direction=error if direction else None,
            p_within=None if published is None else dict.fromkeys((2, 3, 10), error),
            p_inside=None if inside is None else error,
        ),
        p_inside=None if inside is None else below(inside[1]) - below(inside[0]),
    )


def no_ratio(label: str = "person there anyway", case: str | None = "there-anyway", side: str = "AI") -> Combination:
    """A combination whose second side is exactly 0."""
    nothing = dict.fromkeys((0.5, 0.9, 0.95), (math.nan, math.nan))
    return Combination(
        case=case,
        label=label,
        complete=False,
        choices={"boundary": label},
        median=math.nan,
        quantiles=dict.fromkeys((0.05, 0.5, 0.95), math.nan),
        intervals=nothing,
        percentile=math.nan,
        p_direction=math.nan,
        p_within=dict.fromkeys((2, 3, 10), math.nan),
        standard_error=StandardErrors(math.nan, {}, math.nan, math.nan, None),
        no_ratio=NoRatio(side, 8.7, "g", 2.0, 40.0),
    )


def ratio_claim(
    answers: Sequence[tuple[float, float]],
    *,
    published: float | None = 1 / 2900,
    published_text: str | None = "1/2900",
    direction: str | None = "< 1",
    reproduction: Reproduction = REPRODUCES,
    extra: Sequence[Combination] = (),
    error: float = 0.0,
) -> ClaimResult:
    """A claim about the ratio of AI to human, one row a (median, geometric standard deviation)."""
    combinations = [
        lognormal(
            median,
            gsd,
            published=published,
            direction=direction,
            case="published" if i == 0 else f"case-{i}",
            label=f"choice {i + 1}",
            error=error,
        )
        for i, (median, gsd) in enumerate(answers)
    ]
    return ClaimResult(
        id="illustrator-us",
        statement="AI emits 1/2900 of a human illustrator, per image.",
        quantity="ratio",
        unit="1",
        at={},
        published=published,
        published_text=published_text if published is not None else None,
        direction=direction,
        sides=("AI", "human"),
        reproduction=reproduction,
        combinations=(*combinations, *extra),
    )


def spread(*inputs: tuple[str, float, int | None], case: str = "published", error: float = 0.0) -> Spread:
    """What makes a spread: names, shares and grades, all with the same error."""
    return Spread(
        scale="log",
        inputs=tuple(InputShare((name,), share, grade, error) for name, share, grade in inputs),
        standard_error_assumed=error,
        standard_error_not_measured=error,
        case=case,
    )


def turned_over(claim: ClaimResult) -> ClaimResult:
    """The same claim about human over AI."""

    def turned(each: Combination) -> Combination:
        if each.no_ratio is not None:
            return each
        return replace(
            each,
            median=1 / each.median,
            quantiles={1 - p: 1 / value for p, value in each.quantiles.items()},
            intervals={level: (1 / high, 1 / low) for level, (low, high) in each.intervals.items()},
            percentile=None if each.percentile is None else 1 - each.percentile,
        )

    direction = None if claim.direction is None else claim.direction.translate(str.maketrans("<>", "><"))
    return replace(
        claim,
        published=None if claim.published is None else 1 / claim.published,
        published_text=None if claim.published is None else f"{1 / claim.published:.0f}",
        direction=direction,
        sides=("human", "AI"),
        combinations=tuple(turned(each) for each in claim.combinations),
    )


# The mock-up: label, columns of its picture (95 %, 90 %, 50 %, median; seven columns a decade from 1/100000), median
# as printed, P(AI lower), P(1/2900 or less), P(within 3).
MOCK_UP = (
    ("whole life, one image", (2, 15), (3, 14), (7, 10), 9, 5600, 0.9999, 0.73, 0.40),
    ("whole life, accepted", (9, 24), (10, 23), (14, 18), 16, 490, 0.999, 0.06, 0.20),
    ("workplace, one image", (14, 28), (15, 27), (18, 22), 21, 100, 0.999, 0.004, 0.01),
    ("workplace, accepted", (21, 36), (22, 35), (26, 30), 28, 9.0, 0.93, 0.001, 0.01),
    ("computer, one image", (15, 29), (16, 28), (20, 23), 22, 68, 0.998, 0.001, 0.01),
    ("computer, accepted", (22, 37), (23, 36), (27, 31), 29, 6.0, 0.91, 0.001, 0.01),
)


def mock_up() -> StudyResult:
    """The two claims of the design's terminal mock-up."""

    def value(column: float) -> float:
        return float(10 ** (-5 + column / 7))

    illustrator = [
        Combination(
            case="published" if i == 0 else f"case-{i}",
            label=label,
            complete=i == 3,
            choices={"boundary": label},
            median=1 / printed,
            quantiles={0.05: value(at90[0]), 0.95: value(at90[1])},
            intervals={
                0.5: (value(at50[0]), value(at50[1])),
                0.9: (value(at90[0]), value(at90[1])),
                0.95: (value(at95[0]), value(at95[1])),
            },
            percentile=below,
            p_direction=lower,
            p_within={2: within / 2, 3: within, 10: min(1.0, 2 * within)},
            standard_error=NO_ERRORS,
        )
        for i, (label, at95, at90, at50, _, printed, lower, below, within) in enumerate(MOCK_UP)
    ]
    first = replace(
        ratio_claim([]),
        combinations=(*illustrator, no_ratio()),
        reproduction=Reproduction(
            "reproduces from rounded intermediates",
            value=1 / 2884,
            unrounded=1 / 2847,
            factor=2900 / 2884,
            via={"ai_emissions": (1.9, "g")},
        ),
        spread=spread(
            ("hours_per_illustration", 0.32, 4),
            ("annual_footprint[US]", 0.15, 2),
            ("energy_per_image", 0.2, 2),
            ("images_per_accepted_image", 0.23, 4),
            ("grid", 0.1, 1),
            case="case-3",
        ),
    )
    second = ClaimResult(
        id="gpu-embodied",
        statement="Embodied emissions of the GPU are 0.0001 g per query.",
        quantity="embodied",
        unit="g",
        at={},
        published=0.0001,
        published_text="0.0001",
        direction=None,
        sides=None,
        reproduction=Reproduction("does not reproduce", value=0.122, unrounded=0.122, factor=1220.0),
        combinations=(
            lognormal(0.13, 1.8, published=0.0001, direction=None, label="embodied GPU, per query"),
        ),
        spread=spread(("server_emissions", 0.6, 2), ("server_life", 0.38, 3), ("gpus_per_server", 0.02, None)),
    )  # fmt: skip
    return StudyResult(
        study="demo",
        title="Mock-up",
        digest="sha256:0123456789abcdef0123456789abcdef",
        version="0.1.0",
        claims=(first, second),
        method="sobol",
        seed=1,
        draws=1_000_000,
        replicates=16,
        seconds=0.9,
    )
