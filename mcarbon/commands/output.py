"""What goes to stdout, in the signs and the width that are there."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import Any

from mcarbon.errors import refuse


class ReaderGoneError(Exception):
    """Whoever read stdout has had enough, as ``head`` has after ten lines."""


def say(text: str) -> None:
    """Print a text. ReaderGoneError where nobody reads any longer; UserError where it cannot be written (a full disk)."""
    try:
        print(text, flush=True)
    except BrokenPipeError:  # an error of the system, which Typer would take for one of ours
        raise ReaderGoneError from None
    except OSError as error:
        drop_output()
        raise refuse(
            f"stdout cannot be written: {error.strerror}", allowed="Send it elsewhere, or free some room."
        ) from None


def drop_output() -> None:
    """Write to nowhere from now on: what is left in the buffer must not complain once more at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say_json(document: dict[str, Any]) -> None:
    """Print a JSON document. ReaderGoneError as for `say`."""
    say(json.dumps(document, indent=1, ensure_ascii=not _is_utf8(), allow_nan=False))


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
