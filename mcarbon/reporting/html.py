"""The report as one HTML file that needs nothing: no script, no request, light and dark, phone and paper."""

from __future__ import annotations

import re
from typing import Any

import jinja2
from markupsafe import Markup, escape

from mcarbon.reporting.figures.canvas import Figure
from mcarbon.reporting.figures.sketch import sketch
from mcarbon.reporting.formulas import Mathml, typeset
from mcarbon.reporting.tables import Table
from mcarbon.reporting.view import FormulaView, Shown, View, count_words, title
from mcarbon.showing.palette import DARK, LIGHT
from mcarbon.words.likelihoods import SCALE
from mcarbon.words.methods import CONFIDENCE, RULES

FONTS = '-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",Arial,"Liberation Sans",system-ui,sans-serif'


def html_report(view: View) -> str:
    """The whole file."""
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            v=view,
            title=title(view),
            style=style(),
            contents=_contents(view),
            svg=lambda figure: Markup(_co2(figure.svg)),
            sketch=lambda each: Markup(sketch(each.figures.sketch)),
            mathml=_mathml,
            numbers=_numbers,
            count_words=count_words,
            scale=SCALE,
            rules=RULES,
            confidence=CONFIDENCE,
        )
        + "\n"
    )


def environment() -> jinja2.Environment:
    """The templates of pages; every text of a study is escaped."""
    found = jinja2.Environment(
        loader=jinja2.PackageLoader("mcarbon.reporting"), autoescape=True, undefined=jinja2.StrictUndefined, finalize=_shown
    )
    found.filters["url"] = lambda text: Markup(escape(text))
    return found


_KEPT = re.compile(r"(?<=\d) (?=%)")


def _co2(text: str) -> str:
    """A text with its subscript, and with no line break between a number and its percent sign."""
    return _KEPT.sub("\u00a0", text.replace("CO2e", "CO₂e"))


def _shown(value: Any) -> Any:
    """What is printed of an expression: text with its subscripts; what is markup already stays as it is."""
    return value if isinstance(value, Markup) else _co2(value) if isinstance(value, str) else value


def style() -> Markup:
    """The style sheet of a page: light and dark colours, layout, figures, print."""
    light, dark = ("".join(f"--{name}:{colour};" for name, colour in palette.items()) for palette in (LIGHT, DARK))
    printed = ";".join(
        f"--{name}:{colour}" for name, colour in (LIGHT | {"bg": "#fff", "ink": "#000", "ink2": "#444"}).items()
    )
    templates = jinja2.PackageLoader("mcarbon.reporting")
    files = "".join(templates.get_source(environment(), name)[0] for name in ("style.css", "figures.css"))
    return Markup(
        f":root{{color-scheme:light dark;{light}--f:{FONTS}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f"{files}svg text{{font-family:var(--f)}}@media print{{:root{{{printed}}}}}".replace("\n", "")
    )


def _contents(view: View) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The list of contents: anchor, name, and what is below."""
    found: list[tuple[str, str, list[tuple[str, str]]]] = [("verdict", "Verdict", [])]
    if view.study.summary:
        found.append(("about", "What was published", []))
    if not view.is_single:
        found.append(("claims", count_words(len(view.claims), "claim"), []))
    if len(view.cases) > 1 or view.is_single:
        found.append(("choices", count_words(len(view.cases), "choice"), []))
    if view.is_single:
        claim = view.claims[0]
        found += [("size", "Size of the claim", [])] if claim.dots else []
        found += [("why", "Why the answers differ", [])] if claim.shares or claim.answers else []
        found += [("tipping", "What would tip it", [])] if claim.tipping else []
        found.append(("arithmetic", "The arithmetic", []))
    elif view.full:
        inner = [(claim.anchor, claim.name) for claim in view.full]
        found.append((view.full[0].anchor, "Claim by claim", inner))
        found += [("steps", "More claims", [])] if view.compact else []
    found += [("robustness", "Other priors", [])] if view.doubted else []
    found += [("inputs", "Inputs and sources", []), ("limits", "What is not counted", []), ("methods", "Methods", [])]
    return [*found, ("review", "For reviewers", []), ("works", "Bibliography", [])]


def _mathml(formula: FormulaView) -> Markup:
    inner = typeset(formula.formula, Mathml())
    return Markup(f'<math displaystyle="true"><mrow>{inner}</mrow></math>')  # its parts are escaped


def _numbers(shown: Shown) -> Table:
    figure: Figure = shown.figure
    caption = f"Figure {shown.number}: {figure.title}"
    return Table("", caption, figure.head, figure.rows, frozenset(range(1, len(figure.head))))
