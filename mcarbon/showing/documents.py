"""The JSON documents of the command line: plain dictionaries, with null for what does not exist."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mcarbon.results import BreakEven, ClaimResult, Combination, Multiverse, Population, Robustness, StudyResult
from mcarbon.words.rows import rows

if TYPE_CHECKING:
    from mcarbon.answers.explanation import Explanation
    from mcarbon.answers.summarize import Summary, SummaryRow
    from mcarbon.answers.variance import Sensitivity

Document = dict[str, Any]


def stress_document(result: StudyResult) -> Document:
    """What ``mcarbon stress --json`` prints."""
    return _document(_header(result) | {"claims": [_stressed(claim) for claim in result.claims]})


def reproduction_document(results: Sequence[StudyResult], *, one: bool) -> Document:
    """What ``mcarbon reproduce --json`` prints: of `one` named study its own document, else a list of them."""
    documents = [_header(result) | {"claims": [_claim(claim) for claim in result.claims]} for result in results]
    return _document(documents[0] if one else {"studies": documents})


def _header(result: StudyResult) -> Document:
    header: Document = {"study": result.study, "title": result.title, "digest": result.digest}
    header["version"] = result.version
    if result.draws is not None:
        header |= {"method": result.method, "seed": result.seed}
        header |= {"draws": result.draws, "replicates": result.replicates}
    return header


def _claim(claim: ClaimResult) -> Document:
    found = claim.reproduction
    return {
        "id": claim.id,
        "statement": claim.statement,
        "quantity": claim.quantity,
        "unit": claim.unit,
        "at": claim.at,
        "published": claim.published,
        "published_text": claim.published_text,
        "direction": claim.direction,
        "reproduction": {
            "status": found.status,
            "value": found.value,
            "unrounded": found.unrounded,
            "corrected": found.corrected,
            "factor": found.factor,
            "missing": list(found.missing),
        },
        "defects": [defect.what for defect in claim.defects],
    }


def _stressed(claim: ClaimResult) -> Document:
    letters = {id(row.combination): row.letter for row in rows(claim)}
    document = _claim(claim)
    document["stress"] = [_combination(each, letters.get(id(each))) for each in claim.combinations]
    document["spread"] = None if claim.spread is None else asdict(claim.spread)
    document["nearest"] = None if claim.nearest is None else asdict(claim.nearest)
    document["verdict"] = None if claim.verdict is None else asdict(claim.verdict)
    return document


def _combination(each: Combination, letter: str | None) -> Document:
    errors = each.standard_error
    document: Document = {
        "case": each.case,
        "letter": letter or None,
        "label": each.label,
        "complete": each.complete,
        "slip": each.slip,
        "choices": each.choices,
        "median": each.median,
        "quantiles": _keyed(each.quantiles),
        "intervals": {str(level): list(bounds) for level, bounds in each.intervals.items()},
        "percentile": each.percentile,
        "p_direction": each.p_direction,
        "p_within": None if each.p_within is None else _keyed(each.p_within),
        "p_inside": each.p_inside,
        "standard_error": {
            "median": errors.median,
            "quantiles": _keyed(errors.quantiles),
            "percentile": errors.percentile,
            "p_direction": errors.p_direction,
            "p_within": None if errors.p_within is None else _keyed(errors.p_within),
            "p_inside": errors.p_inside,
        },
        "estimator": each.estimator,
        "draws": each.draws,
        "warnings": list(each.warnings),
    }
    if each.no_ratio is not None:
        document["no_ratio"] = asdict(each.no_ratio)
    return document


def summary_document(summary: Summary) -> Document:
    """What ``mcarbon run --json`` prints."""
    header: Document = {"study": summary.study, "digest": summary.digest, "version": summary.version}
    header |= {"method": summary.method, "seed": summary.seed}
    header |= {"draws": summary.draws, "replicates": summary.replicates}
    return _document(header | {"quantities": [_quantity(row) for row in summary.quantities]})


def _quantity(row: SummaryRow) -> Document:
    interval = {"kind": row.interval, "level": row.level, "low": row.interval_low, "high": row.interval_high}
    document: Document = {
        "name": row.name,
        "at": dict(row.at),
        "unit": row.unit,
        "mean": row.mean,
        "sd": row.sd,
        "quantiles": _keyed(row.quantiles),
        "interval": interval,
        "standard_error": {
            "mean": row.standard_error_mean,
            "sd": row.standard_error_sd,
            "quantiles": _keyed(row.standard_error_quantiles),
            "interval": {"low": row.standard_error_low, "high": row.standard_error_high},
        },
        "estimator": row.estimator,
        "draws": row.draws,
        "warnings": list(row.warnings),
    }
    if row.numerical_tolerance is not None:
        document["numerical_tolerance"] = row.numerical_tolerance
    if row.no_ratio is not None:
        document["no_ratio"] = asdict(row.no_ratio)
    return document


def sensitivity_document(rows: Sequence[Sensitivity]) -> Document:
    """What ``mcarbon sensitivity --json`` prints: of one cell its own document, else a list of them."""
    documents = [_sensitivity(row) for row in rows]
    return _document(documents[0] if len(documents) == 1 else {"cells": documents})


def _sensitivity(row: Sensitivity) -> Document:
    inputs = [
        {
            "name": each.name,
            "first": each.first,
            "total": each.total,
            "shapley": each.shapley,
            "standard_error": {
                "first": each.standard_error_first,
                "total": each.standard_error_total,
                "shapley": each.standard_error_shapley,
                "median_at_5": each.standard_error_median_at_5,
                "median_at_95": each.standard_error_median_at_95,
            },
            "median_at_5": each.median_at_5,
            "median_at_95": each.median_at_95,
        }
        for each in row.inputs
    ]
    document = asdict(row)
    return {name: inputs if name == "inputs" else value for name, value in document.items()}


def break_even_document(rows: Sequence[BreakEven]) -> Document:
    """What ``mcarbon break-even --json`` prints: of one cell its own document, else a list of them."""
    documents = [asdict(row) for row in rows]
    return _document(documents[0] if len(documents) == 1 else {"cells": documents})


def multiverse_document(result: StudyResult, found: Sequence[Multiverse]) -> Document:
    """What ``mcarbon multiverse --json`` prints."""
    return _document(_header(result) | {"claims": [_multiverse(each) for each in found]})


def _multiverse(found: Multiverse) -> Document:
    document = _claim(found.claim)
    document["combinations"] = found.combinations
    document["answers"] = [
        {
            "letters": list(each.letters),
            "options": {axis: list(options) for axis, options in each.options.items()},
            "count": each.count,
            "median": each.combination.median,
            "standard_error": each.combination.standard_error.median,
            "interval": list(each.combination.intervals[0.9]),
            "p_direction": each.combination.p_direction,
            "direction": each.direction,
            "size": each.size,
            "holds": each.holds,
            "slip": each.combination.slip,
            "no_ratio": None if each.combination.no_ratio is None else asdict(each.combination.no_ratio),
        }
        for each in found.specifications
    ]
    document["moved"] = [asdict(each) for each in found.moved]
    document["published_to_complete"] = [
        {"label": step.label, "changes": step.changes, "median": step.combination.median} for step in found.steps
    ]
    return document


def explanation_document(result: StudyResult, found: Sequence[Explanation]) -> Document:
    """What ``mcarbon explain --json`` prints: for each claim what the three other commands do."""
    claims = [
        _multiverse(each.multiverse)
        | {"verdict": None if (verdict := each.multiverse.claim.verdict) is None else asdict(verdict)}
        | {"spread": None if (spread := each.multiverse.claim.spread) is None else asdict(spread)}
        | {"break_even": None if each.break_even is None else asdict(each.break_even)}
        | {"robustness": None if each.robustness is None else _doubted(each.robustness)}
        for each in found
    ]
    return _document(_header(result) | {"claims": claims})


def robustness_document(found: Sequence[Robustness]) -> Document:
    """What ``mcarbon robustness --json`` prints."""
    header = found[0]
    document: Document = {"study": header.study, "digest": header.digest, "version": header.version}
    document |= {"method": header.method, "seed": header.seed, "draws": header.draws, "replicates": header.replicates}
    return _document(document | {"claims": [_doubted(each) for each in found]})


def _doubted(found: Robustness) -> Document:
    document = {"id": found.claim.id, "at": found.claim.at, "verdict": found.phrase}
    together = {"wider": found.together[0], "narrower": found.together[1]}
    return document | {"inputs": [asdict(each) for each in found.inputs], "together": together}


def population_document(found: Population) -> Document:
    """What ``mcarbon population --json`` prints."""
    document = asdict(found)
    for row in document["quantities"]:
        row["quantiles"] = {f"{p:g}": _figure(each) for p, each in row["quantiles"].items()}
        for name in ("mean", "sd", "width", "below"):
            row[name] = None if row[name] is None else _figure(row[name])
    return _document(document)


def _figure(figure: Document) -> Document:
    """A figure of a population, its errors in a table of their own."""
    errors = {end: figure[f"standard_error_{end}"] for end in ("low", "median", "high")}
    known = {end: figure[end] for end in ("low", "median", "high")}
    return known | {"standard_error": errors, "inner_error": figure["inner_error"]}


def _keyed(values: Mapping[Any, float]) -> Document:
    return {str(key): value for key, value in values.items()}


def _document(values: Document) -> Document:
    return {key: _no_nan(value) for key, value in values.items()}


def _no_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _no_nan(inner) for key, inner in value.items()}
    return [_no_nan(inner) for inner in value] if isinstance(value, (list, tuple)) else value
