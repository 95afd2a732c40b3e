"""The JSON Schemas of study files and of files of priors, for editors."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from mcarbon.study import LibraryPrior, StudyFile, Units


def study_schema() -> dict[str, Any]:
    """The JSON Schema of a study file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **StudyFile.model_json_schema()}


def priors_schema() -> dict[str, Any]:
    """The JSON Schema of a file of priors: one prior a table, and optionally `[units]`."""
    schema = TypeAdapter(dict[str, LibraryPrior]).json_schema()
    definitions = schema.setdefault("$defs", {})
    definitions["Units"] = Units.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Priors",
        "properties": {"units": {"$ref": "#/$defs/Units"}},
    }
