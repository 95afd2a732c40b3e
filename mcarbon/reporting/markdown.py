"""The report as Markdown, without HTML: pictures in ASCII, tables as tables, formulas in LaTeX."""

from __future__ import annotations

import re
from typing import Any

import jinja2
from markupsafe import Markup

from mcarbon.reporting.formulas import Latex, typeset
from mcarbon.reporting.tables import Table
from mcarbon.reporting.view import ClaimView, Shown, View, count_words
from mcarbon.showing.characters import ASCII
from mcarbon.showing.markdown import escaped
from mcarbon.showing.picture import picture
from mcarbon.words.likelihoods import SCALE
from mcarbon.words.methods import CONFIDENCE, RULES

WIDTH = 80


def markdown_report(view: View) -> str:
    """The whole file."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("mcarbon.reporting"),
        autoescape=True,  # marks what macros return; what `finalize` escaped for Markdown is marked too
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "raw": lambda text: Markup(text),
        "url": lambda text: Markup(str(text).replace(">", "%3E").replace("<", "%3C").replace(" ", "%20")),
        "code": lambda text: Markup(str(text).replace("`", "'")),
    }
    text = environment.get_template("report.md.j2").render(
        v=view,
        ascii=_ascii,
        numbers=_numbers,
        latex=lambda formula: typeset(formula.formula, Latex()),
        count_words=count_words,
        scale=SCALE,
        rules=RULES,
        confidence=CONFIDENCE,
    )
    lines = (line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _shown(value: Any) -> Any:
    if isinstance(value, Markup) or value is None:
        return value
    return Markup(escaped(str(value)))


def _ascii(claim: ClaimView) -> str:
    lines = (line.render(False) for line in picture(claim.claim, WIDTH, ASCII))
    return "\n".join(line.replace("```", "'''") for line in lines)


def _numbers(shown: Shown) -> Table:
    return Table("", shown.figure.title, shown.figure.head, shown.figure.rows, frozenset(range(1, len(shown.figure.head))))
