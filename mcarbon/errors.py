"""What a user did that cannot be, said in a few lines: the file, the place, the fault, what is allowed.

Every error of this package that is the user's to mend is a `UserError`; the command line prints it and exits
with status 2. Anything else is a fault of the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice

UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that do something to what is shown instead of being shown: control characters but for line breaks and tabs,
those that turn the direction of text, and halves of characters."""


def harmless(text: str) -> str:
    """A text with such characters spelt out."""
    return UNSHOWABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a file.

    `file` is the path as the user wrote it (or None for text that came from nowhere), `line` its 1-based line where
    known, `place` the table and key such as ``[inputs.pue] prior``, `what` one or two sentences, and `allowed` what
    would be right or the nearest fix (may be empty).
    """

    what: str
    place: str = ""
    allowed: str = ""
    file: str | None = None
    line: int | None = None

    def __post_init__(self) -> None:
        for name in ("what", "place", "allowed", "file"):
            text = getattr(self, name)
            if text and UNSHOWABLE.search(text):
                object.__setattr__(self, name, harmless(text))

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.file, f"line {self.line}" if self.line else "", self.place) if part)
        lines = [where] if where else []
        lines += self.what.splitlines()
        lines += self.allowed.splitlines()
        return "\n       ".join(lines)


class UserError(Exception):
    """The user's input is wrong; `faults` says where and how, all of them at once."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


def refuse(what: str, *, place: str = "", allowed: str = "") -> UserError:
    """A `UserError` of one fault, to be raised by the caller."""
    return UserError(Fault(what=what, place=place, allowed=allowed))


def near_miss(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The name most like `name`, at least `cutoff` alike (of 1); None where none is.

    Looks at so many names, and at names so long, as people write: comparing takes quadratic time and more.
    """
    if len(name) > _LONGEST:
        return None
    compared = list(islice(known, _COMPARED))
    near = get_close_matches(name, compared, n=1, cutoff=cutoff)
    if not near:
        folded = {each.casefold(): each for each in reversed(compared)}
        near = [folded[each] for each in get_close_matches(name.casefold(), folded, n=1, cutoff=cutoff)]
    return near[0] if near else None


_COMPARED = 2000
_LONGEST = 100


def allowed_names(name: str, known: Iterable[str], noun: str = "") -> str:
    """One sentence naming what is allowed instead of `name`, the near miss first.

    >>> allowed_names("grdi", ["grid", "pue"])
    'Did you mean "grid"? Allowed: grid, pue.'
    """
    names = list(known)
    near = near_miss(name, names)
    hint = "" if near is None else f'Did you mean "{near}"? '
    listed = ", ".join(names[:40]) + (", ..." if len(names) > 40 else "")
    return f"{hint}Allowed{' ' + noun if noun else ''}: {listed}." if names else f"{hint}There is none."
