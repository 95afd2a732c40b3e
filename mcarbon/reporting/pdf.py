"""The report as PDF, set by Typst with the fonts that it carries; figures keep their text as text."""

from __future__ import annotations

import datetime
import re
from typing import Any

import jinja2
from markupsafe import Markup

from mcarbon.errors import refuse
from mcarbon.reporting.figures.canvas import Figure
from mcarbon.reporting.figures.sketch import sketch
from mcarbon.reporting.formulas import TypstMath, typeset, typst_string
from mcarbon.reporting.view import FormulaView, InputView, View, count_words, title
from mcarbon.showing.palette import LIGHT
from mcarbon.words.likelihoods import SCALE
from mcarbon.words.methods import CONFIDENCE, RULES

INSTALL = "pip install 'mcarbon[pdf]'"


def require_typst() -> Any:
    """The Typst compiler. UserError, with the line that installs it, where it is not there."""
    try:
        import typst
    except ImportError:
        raise refuse("PDF needs Typst, which is not installed", place="--format pdf", allowed=INSTALL) from None
    return typst


def pdf_report(view: View, when: datetime.datetime | None) -> bytes:
    """The whole file, the same bytes for the same report; `when` is the date that it bears. UserError without Typst."""
    typst = require_typst()
    compiled = typst.compile(
        typst_source(view, when).encode(),
        ignore_system_fonts=True,
        timestamp=when or datetime.datetime.fromtimestamp(0, datetime.UTC),
    )
    assert isinstance(compiled, bytes)
    return compiled


def typst_source(view: View, when: datetime.datetime | None) -> str:
    """The report in Typst's language; every text of the study is a string in it, so that nothing in one is markup."""
    loader = jinja2.PackageLoader("mcarbon.reporting")
    environment = jinja2.Environment(
        loader=loader,
        autoescape=True,  # marks what macros return; what `finalize` wrote as a Typst string is marked too
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
    )
    environment.filters |= {
        "s": lambda text: Markup(typst_string(_fine(str(text)))),
        "raw": lambda text: Markup(text),
        "line": lambda text: " ".join(str(text).split()),
    }
    date = "none" if when is None else f"datetime(year: {when.year}, month: {when.month}, day: {when.day})"
    style = _style(loader.get_source(environment, "figures.css")[0])
    return environment.get_template("report.typ.j2").render(
        v=view,
        title=title(view),
        date=date,
        svg=lambda figure: _svg(figure, style),
        sketch=lambda each: _sketch(each, style),
        math=_math,
        count_words=count_words,
        scale=SCALE,
        rules=RULES,
        confidence=CONFIDENCE,
    )


def _shown(value: Any) -> Any:
    """What is printed of an expression: a string of Typst; what is Typst already stays as it is."""
    if isinstance(value, Markup) or value is None:
        return value
    text = str(value)
    return Markup(f"#{typst_string(_fine(text))};") if text else Markup("")


def _fine(text: str) -> str:
    return re.sub(r"(?<=\d) (?=%)", "\u00a0", text.replace("CO2e", "CO₂e"))


def _style(source: str) -> str:
    """The figures' style sheet with its colours written out, which Typst's SVG reader needs."""
    colours = LIGHT | {"bg": "#ffffff", "band": "#f6f6f1"}
    plain = re.sub(r"var\(--(\w+)\)", lambda match: colours[match[1]], source).replace("\n", "")
    return "svg text{font-family:'Libertinus Serif'}.sk{fill:" + colours["d90"] + "}" + plain


def _svg(figure: Figure, style: str) -> str:
    return figure.wide.standalone(style)


def _sketch(each: InputView, style: str) -> str:
    return sketch(each.figures.sketch, standalone=f".sk{{fill:{LIGHT['d90']}}}")


def _math(formula: FormulaView) -> str:
    return f"$display({typeset(formula.formula, TypstMath())})$"
