"""Cells of CSV files that a spreadsheet shows and does not compute."""

from __future__ import annotations

import re
from typing import Any

_BEGINS = re.compile(r"[\t\r]|[\s\u200b\u2060\ufeff]*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[0-9][0-9 ,.]*(?:[eE][+-]?[0-9]+)?")


def cell(value: Any) -> Any:
    """A cell; a text that a spreadsheet would take for a formula begins with an apostrophe, which makes it text there.

    >>> cell("=1+1"), cell("-0.5"), cell(2.0)
    ("'=1+1", '-0.5', 2.0)
    """
    if isinstance(value, str) and _BEGINS.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
