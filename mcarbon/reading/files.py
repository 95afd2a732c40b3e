"""Files: where the built-in ones lie, and the text of any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mcarbon.errors import UNSHOWABLE, Fault, UserError

PACKAGE = Path(__file__).parent.parent
MAX_BYTES = 5_000_000


def built_in() -> Path:
    """The folder of the built-in priors: in the package when installed, beside it in a checkout."""
    inside = PACKAGE / "priors"
    return inside if inside.is_dir() else PACKAGE.parent / "priors"


def read_text(path: Path) -> str:
    """A file's text. UserError where it is not there, too large, or not UTF-8."""
    try:
        if not path.is_dir() and path.exists() and not path.is_file():
            # A pipe would be waited for, and a device never ends.
            raise UserError(Fault(what="this is a device or a pipe, not a file", file=str(path)))
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise UserError(Fault(what="this is a folder, not a file", file=str(path))) from None
    except FileNotFoundError:
        raise UserError(Fault(what="there is no such file", file=str(path))) from None
    except (OSError, ValueError) as error:
        raise UserError(Fault(what=f"the file cannot be read: {error}", file=str(path))) from None
    if len(raw) > MAX_BYTES:
        what = f"the file has more than {MAX_BYTES:,} bytes"
        raise UserError(Fault(what=what, file=str(path), allowed=f"At most {MAX_BYTES:,}."))
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        what = f"the file is not UTF-8: byte 0x{raw[error.start]:02x} cannot stand here"
        raise UserError(Fault(what=what, file=str(path), line=line, allowed="Save the file as UTF-8.")) from None
    if found := UNSHOWABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise UserError(unshowable(found[0], file=str(path), line=line))
    return text


def unshowable(character: str, **where: Any) -> Fault:
    """The fault of a control character in a text; `where` are the fault's file, place and line."""
    what = f"the character U+{ord(character):04X} cannot stand in a text: it is not shown, but does something"
    return Fault(what=what, allowed="Of control characters only line breaks and tabs.", **where)
