"""A small SVG writer: lines, bars, marks and text under the classes of the report's style sheet."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass

WIDE, NARROW = 880, 358
SLACK = 1.15
"""Text may be so much wider in a reader's font than it is taken for here."""
_THIN, _BROAD = frozenset("iljtfr.,:;'|!()[]/ \u2009-"), frozenset("mwMWÆŒ@%")
_UNITS = 0.3, 0.85, 0.56


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawn figure: its SVG in both widths, its title (the finding), its description, caption and table of numbers."""

    id: str
    title: str
    caption: str
    description: str
    wide: Canvas
    narrow: Canvas
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def svg(self) -> str:
        """Both widths; the style sheet shows one of them, to screen readers too."""
        return "".join(
            canvas.svg(f"{self.id}{name[0]}", self.title, self.description, name)
            for canvas, name in ((self.wide, "wide"), (self.narrow, "narrow"))
        )


def text_width(text: str, size: float) -> float:
    """About how wide a text is in a sans-serif font of this size, with `SLACK`."""
    thin, broad, other = _UNITS
    units = sum(thin if sign in _THIN else broad if sign in _BROAD else other for sign in text)
    return units * size * SLACK


def wrapped(text: str, size: float, width: float, lines: int = 2) -> list[str]:
    """A text in at most so many lines of a width, broken between words; what does not fit ends in an ellipsis.

    One line at least, which is empty where there is no word.
    """
    found: list[str] = []
    most = int(width / (min(_UNITS) * size * SLACK)) + 2
    for word in text.split():
        word = word[:most]  # more does not fit, whatever it is
        if found and text_width(f"{found[-1]} {word}", size) <= width:
            found[-1] += f" {word}"
        elif len(found) < lines:
            found.append(word)
        else:
            found[-1] = found[-1].rstrip(",;") + "…"
            break
    return [_cut(line, size, width) for line in found or [""]]


def _cut(line: str, size: float, width: float) -> str:
    while len(line) > 2 and text_width(line, size) > width:
        line = line.rstrip("…")[:-1].rstrip() + "…"
    return line


class Canvas:
    """A drawing in px; marks lie over one another in the order in which they are made."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.parts: list[str] = []

    def line(self, x1: float, y1: float, x2: float, y2: float, style: str) -> None:
        """A line."""
        self.parts.append(f'<path d="M{_px(x1)} {_px(y1)}L{_px(x2)} {_px(y2)}" class="{style}"/>')

    def lines(self, ends: Iterable[tuple[float, float, float, float]], style: str, thick: float | None = None) -> None:
        """Several lines of one style, as one path; `thick` where the style does not say how thick."""
        d = "".join(f"M{_px(x1)} {_px(y1)}{_to(x1, x2, y2)}" for x1, y1, x2, y2 in ends)
        wide = "" if thick is None else f' stroke-width="{_px(thick)}"'
        if d:
            self.parts.append(f'<path d="{d}" class="{style}"{wide}/>')

    def bands(self, tops: Iterable[float], height: float) -> None:
        """Bands over the whole width from each of these heights, to lead the eye along rows."""
        d = "".join(f"M0 {_px(top)}h{_px(self.width)}v{_px(height)}H0Z" for top in tops)
        if d:
            self.parts.append(f'<path d="{d}" class="band"/>')

    def path(self, points: Iterable[tuple[float, float]], style: str, close: bool = False) -> None:
        """A line through points, or the area that it encloses."""
        d = "L".join(f"{_px(x)} {_px(y)}" for x, y in points)
        self.parts.append(f'<path d="M{d}{"Z" if close else ""}" class="{style}"/>')

    def dots(self, points: Iterable[tuple[float, float]], style: str) -> None:
        """Round dots of the size of the style's stroke, one path for all: each a line of no length with round ends."""
        d = "".join(f"M{_px(x)} {_px(y)}h0" for x, y in points)
        if d:
            self.parts.append(f'<path d="{d}" class="{style}"/>')

    def squares(self, points: Iterable[tuple[float, float]], size: float, style: str) -> None:
        """Squares of a size about points, one path for all: each a line of next to no length with square ends.

        Of no length at all, Typst would leave it out. Those after the first are told by how far they are from the one
        before, which is shorter.
        """
        d, last = "", (0.0, 0.0)
        for x, y in ((round(x, 1), round(y, 1)) for x, y in points):
            d += f"m{_px(x - last[0])} {_px(y - last[1])}h.1"
            last = x + 0.1, y
        if d:
            self.parts.append(f'<path d="M{d[1:]}" class="{style}" stroke-width="{_px(size)}"/>')

    def bar(self, x1: float, x2: float, y: float, height: float, style: str, round: float = 0.0) -> None:
        """A horizontal bar around y; at least a hairline wide, so that a value without spread is seen."""
        middle, half = (x1 + x2) / 2, max(x2 - x1, 1.0) / 2
        corner = f' rx="{_px(round)}"' if round else ""
        box = f'x="{_px(middle - half)}" y="{_px(y - height / 2)}" width="{_px(2 * half)}" height="{_px(height)}"'
        self.parts.append(f'<rect {box} class="{style}"{corner}/>')

    def diamond(self, x: float, y: float, style: str, size: float = 6.0) -> None:
        """A diamond, which marks what was published."""
        self.path([(x, y - size), (x + size, y), (x, y + size), (x - size, y)], style, close=True)

    def triangle(self, x: float, y: float, way: int, style: str) -> None:
        """A small triangle at the edge: the interval goes on to the left (-1) or right (1)."""
        self.path([(x, y - 5), (x + 6 * way, y), (x, y + 5)], style, close=True)

    def text(self, x: float, y: float, text: str, style: str, anchor: str = "start") -> None:
        """A text whose baseline is at y, which starts, is centred or ends at x."""
        where = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self.parts.append(f'<text x="{_px(x)}" y="{_px(y)}" class="{style}"{where}>{html.escape(text, quote=False)}</text>')

    def svg(self, id: str, title: str, description: str, style: str) -> str:
        """The element, to stand in a page: named and described for those who do not see it."""
        size = f'viewBox="0 0 {_px(self.width)} {_px(self.height)}" width="{_px(self.width)}" height="{_px(self.height)}"'
        head = (
            f'<svg class="{style}" {size} role="img" aria-labelledby="{id}t {id}d">'
            f'<title id="{id}t">{html.escape(title, quote=False)}</title>'
            f'<desc id="{id}d">{html.escape(description, quote=False)}</desc>'
        )
        return head + "".join(self.parts) + "</svg>"

    def standalone(self, style: str) -> str:
        """The drawing as a file of its own, with a style sheet."""
        size = f'viewBox="0 0 {_px(self.width)} {_px(self.height)}" width="{_px(self.width)}" height="{_px(self.height)}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{style}</style>{"".join(self.parts)}</svg>'


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _to(x1: float, x2: float, y2: float) -> str:
    """A line onwards, as an upright one where it is one."""
    return f"V{_px(y2)}" if x1 == x2 else f"L{_px(x2)} {_px(y2)}"
