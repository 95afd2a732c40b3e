"""Lines of text made of signs and styles: the Unicode and ASCII sets, display width, and colour that only adds."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from mcarbon.words.wording import to_ascii

# Blue and vermillion of the 256-colour palette, legible on light and dark grounds; no red, no green.
_STYLES = {"bar": "\x1b[38;5;32m", "median": "\x1b[1;38;5;32m", "published": "\x1b[38;5;166m", "bold": "\x1b[1m"}
_END = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Characters:
    """The signs that pictures are drawn with."""

    bar50: str
    bar90: str
    bar95: str
    median: str
    published: str
    recomputed: str
    line: str
    equal: str
    tick: str
    axis: str
    goes_left: str
    goes_right: str
    ellipsis: str
    ascii: bool

    def text(self, text: str) -> str:
        """Any text in this set."""
        return to_ascii(text) if self.ascii else text


UNICODE = Characters("█", "─", "·", "┃", "◆", "◇", "┊", "│", "┴", "─", "◁", "▷", "…", ascii=False)
ASCII = Characters("#", "-", ".", "O", "*", "o", ":", "|", "+", "-", "<", ">", "...", ascii=True)


def display_width(text: str) -> int:
    """How many columns a terminal gives to a text."""
    return sum(0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def clipped(text: str, width: int, ellipsis: str) -> str:
    """The text, cut to so many columns."""
    if display_width(text) <= width:
        return text
    room, kept = width - display_width(ellipsis), 0
    for sign in text:
        room -= display_width(sign)
        if room < 0:
            break
        kept += 1
    return text[:kept].rstrip() + ellipsis


class Line:
    """A line under construction: a sign and a style for each column; what is put later covers what was there."""

    def __init__(self) -> None:
        self._cells: list[tuple[str, str]] = []

    def put(self, column: int, text: str, style: str = "") -> Line:
        """Write a text from a column on (what lies before the first column is left out)."""
        for sign in text:
            if unicodedata.combining(sign) and 0 < column <= len(self._cells):
                there, kept = self._cells[column - 1]
                self._cells[column - 1] = (there + sign, kept)
                continue
            size = display_width(sign)
            if column >= 0:
                self._cells += [(" ", "")] * (column + size - len(self._cells))
                self._cells[column : column + size] = [(sign, style), ("", style)][:size]
            column += size
        return self

    def free(self, column: int, size: int) -> bool:
        """Whether nothing but blanks stands in these columns."""
        return all(sign == " " for sign, _ in self._cells[max(0, column) : max(0, column + size)])

    def render(self, colour: bool) -> str:
        """The line's text, without blanks at its end; the same text with or without colour."""
        cells = list(self._cells)
        while cells and cells[-1][0] == " ":
            cells.pop()
        if not colour:
            return "".join(sign for sign, _ in cells)
        said, current = "", ""
        for sign, style in cells:
            if style != current:
                said += (_END if current else "") + _STYLES.get(style, "")
                current = style
            said += sign
        return said + (_END if current else "")
