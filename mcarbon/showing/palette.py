"""Colours and weights of figures, for the report and for `mcarbon.plot` alike.

Blue for results, vermillion for what was published (Okabe and Ito's, darkened for contrast), ink for where two sides are
equal. Colour never carries a meaning alone.
"""

from __future__ import annotations

LIGHT = {
    "bg": "#fdfdfb", "panel": "#f3f3ee", "ink": "#1b1d1f", "ink2": "#555b61", "rule": "#d9d9d2", "grid": "#e5e5de",
    "band": "#f6f6f1", "data": "#0a5c94", "d90": "#558eba", "d95": "#3f7dab", "pub": "#b04300", "link": "#0a5c94",
    "gA": "#bcd3e3", "gB": "#83afcd", "gC": "#35749f", "gD": "#0b4168", "gAt": "#12222e", "gDt": "#ffffff",
}  # fmt: skip
DARK = {
    "bg": "#15181b", "panel": "#1e2226", "ink": "#eceae4", "ink2": "#a9afb5", "rule": "#363b40", "grid": "#2a2f34",
    "band": "#1a1e21", "data": "#6db9ec", "d90": "#3b7aa8", "d95": "#5f9cc8", "pub": "#ff9b5e", "link": "#7cc2f1",
    "gA": "#27435a", "gB": "#3a6a8e", "gC": "#5e9fcd", "gD": "#b5dbf5", "gAt": "#eceae4", "gDt": "#10202c",
}  # fmt: skip
GRADE_COLOURS = {1: "gA", 2: "gB", 3: "gC", 4: "gD", None: "gA"}
"""The fill of a bar by the grade of its source: the stronger, the weaker the evidence."""

BAR_50, BAR_90, LINE_95, GAP = 13.0, 7.0, 1.6, 2.6
"""How thick the bars of an interval figure are, and the gap at the median, in px of a wide figure (880 px to 180 mm)."""
