"""Lists whose faults are told entry by entry, but not a million of them."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import GetCoreSchemaHandler, ValidationError
from pydantic_core import SchemaValidator, core_schema

MOST = 100
"""Entries that are looked at from the first bad one on."""


class EveryFault:
    """Annotates a list: the faults of its first bad entry and of the next ones are told, at most `MOST`.

    Pydantic tells of the first alone (`fail_fast`) or of all, each a record of a kilobyte.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        schema: Any = handler(source)

        @cache
        def every() -> SchemaValidator:
            return SchemaValidator(schema, core_schema.CoreConfig(strict=True))

        def told(value: Any, check: core_schema.ValidatorFunctionWrapHandler) -> Any:
            try:
                return check(value)
            except ValidationError as error:
                where = error.errors(include_url=False, include_input=False)[0]["loc"]
                if where and isinstance(where[0], int):
                    every().validate_python(value[: where[0] + MOST])
                raise

        return core_schema.no_info_wrap_validator_function(told, {**schema, "fail_fast": True})
