"""The machine-readable side of a report: run.json, and the quantiles as netCDF."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np

from mcarbon.reporting.content import Content
from mcarbon.reporting.view import View
from mcarbon.showing.documents import stress_document
from mcarbon.words.statement import record_name


def run_document(view: View) -> str:
    """The verdicts with their sentences, the rows with their quantiles, inputs, and what is needed to get them again.

    Rows (the published combination and the cases) alone: all combinations are in the netCDF file and in
    ``mcarbon stress --json``.
    """
    document = stress_document(view.content.result)
    for claim in document["claims"]:
        claim["stress"] = [row for row in claim["stress"] if row["case"] is not None]
    document["heading"] = view.heading
    document["command"] = view.command
    document["date"] = view.date or None
    document["versions"] = dict(view.manifest[6:])
    document["inputs"] = [_input(each) for each in (*view.inputs, *view.constants)]
    document["not_counted"] = [{"what": each.what, "pushes": each.pushes} for each in view.not_counted]
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _input(each: Any) -> dict[str, Any]:
    figures = each.figures
    return {
        "name": figures.name,
        "at": figures.at,
        "unit": figures.unit,
        "published": figures.published,
        "value": figures.value,
        "prior": None if figures.prior is None else figures.prior.model_dump(mode="json", exclude_defaults=True),
        "library": figures.prior_name,
        "quantiles": {f"{p:g}": value for p, value in figures.quantiles.items()},
        "grade": each.grade,
        "sources": list(dict.fromkeys([*figures.cited, *(source.cite for source in figures.sources)])),
    }


def netcdf(content: Content) -> bytes:
    """The figures of every combination of every claim as a netCDF file: dims (combination, probability)."""
    import xarray

    result = content.result
    found = [(claim, each) for claim in result.claims for each in claim.combinations]
    probabilities = list(found[0][1].quantiles) if found else []
    nan = float("nan")

    def column(values: list[float | None]) -> tuple[str, Any]:
        return "combination", np.array([nan if value is None else value for value in values])

    quantiles = np.array([[each.quantiles[p] for p in probabilities] for _, each in found]).reshape(len(found), -1)
    errors = np.array([[each.standard_error.quantiles[p] for p in probabilities] for _, each in found]).reshape(
        len(found), -1
    )
    dataset = xarray.Dataset(
        {
            "quantiles": (("combination", "probability"), quantiles, {"long_name": "quantiles, in the claim's unit"}),
            "quantiles_standard_error": (
                ("combination", "probability"),
                errors,
                {"long_name": "Monte Carlo standard error"},
            ),
            "percentile": column([each.percentile for _, each in found]),
            "p_direction": column([each.p_direction for _, each in found]),
        },
        {
            "probability": probabilities,
            "claim": ("combination", [record_name(result, claim) for claim, _ in found]),
            "case": ("combination", [each.case or "" for _, each in found]),
            "choices": ("combination", ["; ".join(f"{a}={o}" for a, o in each.choices.items()) for _, each in found]),
            "unit": ("combination", [claim.unit for claim, _ in found]),
        },
        attrs={
            "study": result.study,
            "title": result.title,
            "digest": result.digest,
            "mcarbon_version": result.version,
            "method": result.method or "",
            "seed": result.seed or 0,
            "draws": result.draws or 0,
            "replicates": result.replicates or 0,
        },
    )
    out = io.BytesIO()
    dataset.to_netcdf(out, engine="h5netcdf")
    return out.getvalue()
