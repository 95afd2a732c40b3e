"""What goes to stdout, in the signs and the width that are there."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import Any


def say(text: str) -> None:
    """Print a text."""
    print(text, flush=True)


def say_json(document: dict[str, Any]) -> None:
    """Print a JSON document."""
    print(json.dumps(document, indent=1, ensure_ascii=not _is_utf8(), allow_nan=False), flush=True)


def in_ascii(asked: bool) -> bool:
    """Whether to draw with ASCII signs: where that is asked for, and where no others can be printed."""
    return asked or not _is_utf8()


def width() -> int:
    """The columns to fill: those of the terminal, 80 at most."""
    return min(80, shutil.get_terminal_size().columns) if sys.stdout.isatty() else 80


def colour() -> bool:
    """Whether colours are wanted."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _is_utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "").replace("_", "") in ("utf8", "utf8sig", "cp65001")
