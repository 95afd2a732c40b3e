"""Markdown that reads the same on a code host and in MyST: text with its signs escaped, tables, blocks of code, links."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SIGNS = re.compile(r"([\\`*_{}\[\]<>|~$#]|&(?=#?\w+;))")
_LIST = re.compile(r"^(\d*)([-+.)])(?=\s|$)")
_RULE = re.compile(r"[-=][-=\s]*")


def escaped(text: str) -> str:
    """Any text so that it is read as it stands, on one line.

    >>> escaped("<= 5 | *a*_b")
    '\\\\<= 5 \\\\| \\\\*a\\\\*\\\\_b'
    """
    line = " ".join(text.split())
    if _RULE.fullmatch(line):
        return f"\\{line}"
    return _LIST.sub(r"\1\\\2", _SIGNS.sub(r"\\\1", line))


def code(text: str) -> str:
    """A name in the type of code, unless it would not stay in it; a bar would end a table's cell even there."""
    return f"`{text}`".replace("|", "\\|") if "`" not in text and text == " ".join(text.split()) else escaped(text)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> str:
    """Rows of cells that are Markdown already; `align` has ``l`` or ``r`` for each column."""
    marks = [{"l": ":--", "r": "--:"}[side] for side in align]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, marks, *rows))


def block(text: str) -> str:
    """Lines of code."""
    return "```text\n" + text.strip("\n").replace("```", "'''") + "\n```"


def link(text: str, address: str) -> str:
    """A link; `text` is Markdown."""
    address = re.sub(r"[|<>\\`]", lambda sign: f"%{ord(sign[0]):02X}", address)
    return f"[{text}](<{address}>)" if re.search(r"[\s()]", address) else f"[{text}]({address})"
