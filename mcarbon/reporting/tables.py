"""The tables of a report as rows of text: for the page, for CSV and for LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mcarbon.answers.inputs import InputFigures
from mcarbon.reporting.content import ClaimContent, Content
from mcarbon.reporting.formulas import latex_escape
from mcarbon.results import BreakEven, ClaimResult, Robustness, StudyResult
from mcarbon.showing.description import prior_words
from mcarbon.showing.spreadsheet import cell
from mcarbon.words.amounts import PrintedUnit
from mcarbon.words.evidence import in_words
from mcarbon.words.robustness import STAYS, changes, hanging_on, now_words
from mcarbon.words.rows import rows
from mcarbon.words.statement import form_of, published_text, record_name, status_text
from mcarbon.words.tipping import CANNOT, form_of_answer, is_within, nearest_first, percentile_of, tips_at
from mcarbon.words.wording import number, percent, plain

GRADES = {
    1: "measured",
    2: "measured in another setting",
    3: "modelled",
    4: "assumed",
    None: "by definition",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its caption, the heads of its columns, its rows of text, and which columns hold numbers."""

    name: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()

    def csv(self) -> str:
        """The table as CSV."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerows(map(cell, row) for row in (self.head, *self.rows))
        return out.getvalue()

    def latex(self) -> str:
        """The table as LaTeX, for the packages `booktabs` and `longtable`."""
        columns = "".join("r" if k in self.numbers else "l" for k in range(len(self.head)))
        body = "\n".join(" & ".join(map(latex_escape, row)) + r" \\" for row in self.rows)
        head = " & ".join(map(latex_escape, self.head)) + r" \\"
        return "\n".join(
            [
                r"% \usepackage{booktabs,longtable}",
                rf"\begin{{longtable}}{{{columns}}}",
                rf"\caption{{{latex_escape(self.caption)}}}\label{{tab:{plain_name(self.name)}}}\\",
                r"\toprule",
                head,
                r"\midrule\endhead",
                body,
                r"\bottomrule",
                r"\end{longtable}",
                "",
            ]
        )


def plain_name(name: str) -> str:
    """A name that a file and a label of LaTeX may have: letters, digits, hyphens and underscores, not too many."""
    return "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in name)[:_LONGEST].strip("-")


_LONGEST = 60
"""Characters of a file's name; 255 bytes is what file systems take, and a letter may have four."""


def plainly_named(tables: Iterable[Table]) -> list[Table]:
    """The tables with names that files may have, no two alike."""
    found: dict[str, Table] = {}
    for table in tables:
        name, number = plain_name(table.name), 1
        while name.casefold() in found:
            number += 1
            name = f"{plain_name(table.name)}-{number}"
        found[name.casefold()] = replace(table, name=name)
    return list(found.values())


def claim_table(result: StudyResult) -> Table:
    """Every claim: what was printed, what the arithmetic gives, the published choices under the priors, the verdict."""
    return Table(
        "claims",
        "Claims and verdicts",
        ("Claim", "Published", "Recomputed", "Median", "90 % interval", "Verdict"),
        tuple(_claim_row(result, claim) for claim in result.claims),
        frozenset({1, 2, 3, 4}),
    )


def _claim_row(result: StudyResult, claim: ClaimResult) -> tuple[str, ...]:
    form, found = form_of(claim), claim.reproduction
    first = rows(claim)[0] if claim.combinations else None
    median, interval = "no value", ""
    if first is not None and first.is_certain:
        median, interval = form.exact(first.combination.median, short=True), "certain"
    elif first is not None and first.has_ratio:
        each = first.combination
        median = form.text(each.median, each.standard_error.median, short=True)
        interval = form.span(*each.intervals[0.9])
    return (
        record_name(result, claim),
        published_text(claim, short=True) if claim.published_text else claim.direction or "not published",
        form.exact(found.value, short=True) if found.value is not None else status_text(claim),
        median,
        interval,
        claim.verdict.phrase if claim.verdict else found.status,
    )


def reproduction_table(result: StudyResult) -> Table:
    """The arithmetic of every claim to the digit."""
    rows_found = []
    for claim in result.claims:
        form, found = form_of(claim), claim.reproduction
        rows_found.append(
            (
                record_name(result, claim),
                published_text(claim, short=True) if claim.published_text else claim.direction or "not published",
                status_text(claim) if found.value is None else form.exact(found.value, 6, short=True),
                status_text(claim) if found.unrounded is None else form.exact(found.unrounded, 6, short=True),
                "none" if found.factor is None else plain(found.factor, 5),
                status_text(claim),
            )
        )
    head = ("Claim", "Published", "Recomputed", "Unrounded", "Recomputed over published", "Status")
    return Table("reproduction", "Reproduction to the digit", head, tuple(rows_found), frozenset({1, 2, 3, 4}))


def result_table(content: Content) -> Table:
    """Every row of every claim in figures, without rounding: for those who go on from them."""
    found = []
    for each in content.result.claims:
        for combination in each.combinations:
            figures = [repr(value) for value in (combination.median, *combination.quantiles.values())]
            options = "; ".join(f"{axis}={option}" for axis, option in combination.choices.items())
            found.append((record_name(content.result, each), combination.case or "", options, each.unit, *figures))
    first = next((c for each in content.result.claims for c in each.combinations), None)
    probabilities = [f"{p:g}" for p in first.quantiles] if first else []
    head = ("claim", "case", "choices", "unit", "median", *probabilities)
    return Table("results", "Quantiles of every combination", head, tuple(found), frozenset(range(4, len(head))))


def input_figures(each: InputFigures) -> tuple[str, str]:
    """An input's median with its unit, and its 90 % range in the same unit."""
    unit = PrintedUnit.parse(each.unit)
    if not each.quantiles:
        value = each.value if each.value is not None else 0.0
        return plain(value, 8) + unit.named(unit.symbol), "fixed"
    low, median, high = (each.quantiles[p] for p in (0.05, 0.5, 0.95))
    symbol = unit.fitting(median)
    converted = [unit.convert(value, symbol) for value in (low, median, high)]
    return (
        number(converted[1]) + unit.named(symbol),
        f"{number(converted[0])} to {number(converted[2])}",
    )


def published_input(each: InputFigures) -> str:
    """What the publication took for an input."""
    if each.published is not None:
        return each.published if isinstance(each.published, str) else plain(each.published, 8)
    if each.neutral is not None:
        return "no such factor"
    return "as fixed" if each.value is not None else "not published"


def input_name(each: InputFigures) -> str:
    """An input's name in words, with its coordinates."""
    return in_words(each.name) + (f" ({', '.join(each.at.values())})" if each.at else "")


def input_table(content: Content) -> Table:
    """Every input with its prior and its sources."""
    found = [
        (
            input_name(each),
            each.unit,
            published_input(each),
            *input_figures(each),
            "fixed" if each.prior is None else prior_words(each.prior),
            "" if each.prior is None else GRADES[each.grade],
            ", ".join(dict.fromkeys([*each.cited, *(source.cite for source in each.sources)])),
        )
        for each in content.inputs
    ]
    head = ("Input", "Unit", "Published", "Median", "90 % range", "Prior", "Grade", "Sources")
    return Table("inputs", "Inputs, priors and sources", head, tuple(found), frozenset({2, 3, 4}))


def break_even_table(found: BreakEven | None, name: str) -> Table | None:
    """What tips a claim's answer, input by input; those together that neither do nor make any of the spread."""
    if found is None:
        return None
    form = form_of_answer(found)
    ordered = nearest_first(found.inputs)
    shown = [each for each in ordered if is_within(each) or each.share >= NAMED]
    lines = [
        (
            in_words(each.name),
            tips_at(each) if each.undecided or is_within(each) else CANNOT,
            percentile_of(each.percentile) if is_within(each) and not each.undecided else "",
            form.text(each.at_low, short=True),
            form.text(each.at_high, short=True),
            percent(each.share),
        )
        for each in shown
    ]
    rest = len(ordered) - len(shown)
    if rest:
        lines.append((f"{rest} other{'s' * (rest > 1)}, each below 1 %", CANNOT, "", "", "", ""))
    head = ("Input", "Tips it", "Percentile of its prior", "Median at its 5 %", "At its 95 %", "Share of the spread")
    return Table(
        f"break-even-{name}", f"One input held, all others uncertain, {name}", head, tuple(lines), frozenset({2, 3, 4, 5})
    )


NAMED = 0.01
"""Inputs with a smaller share of the spread are told together, where they do not tip the answer."""


def robustness_table(claims: Sequence[tuple[str, Robustness]]) -> Table:
    """Whether verdicts stay: of one claim a line an input, of several a line a claim."""
    if len(claims) == 1:
        ((_, found),) = claims
        changing = [each for each in found.inputs if changes(found, each)]
        lines: list[tuple[str, ...]] = [
            (in_words(each.name), *(now_words(found, now) for now in (each.wider, each.narrower, each.other)))
            for each in changing
        ]
        rest = len(found.inputs) - len(changing)
        if rest:
            others = "each other input" if changing else "each input"
            lines.append((f"{others} ({rest})", STAYS, STAYS, STAYS))
        lines.append(("all together", *(now_words(found, now) for now in found.together), ""))
        caption = f"The verdict with one prior changed; as it is: {found.phrase}"
        return Table("robustness", caption, ("Input", "Twice the spread", "Half the spread", "Another family"), tuple(lines))
    head = ("Claim", "Verdict", "Changes with the prior of", "All priors twice as wide", "All half as wide")
    several: list[tuple[str, ...]] = [
        (name, found.phrase, hanging_on(found) or "none alone", *(now_words(found, now) for now in found.together))
        for name, found in claims
    ]
    return Table("robustness", "Verdicts with priors changed", head, tuple(several))


def budget_table(each: ClaimContent, name: str) -> Table | None:
    """The uncertainty budget of a claim; None where it has none."""
    budget = each.budget
    if budget is None:
        return None
    found = []
    for line in budget.lines:
        unit = PrintedUnit.parse(line.unit)
        symbol = unit.fitting(line.estimate)
        found.append(
            (
                in_words(line.name),
                number(unit.convert(line.estimate, symbol)) + unit.named(symbol),
                number(line.u),
                line.family,
                f"{'−' if line.coefficient < 0 else '+'}{number(abs(line.coefficient))}",
                number(line.contribution),
                percent(line.share),
            )
        )
    found.append(("Linear sum", "", "", "", "", plain(budget.linear, 3), ""))
    found.append(("Monte Carlo", "", "", "", "", plain(budget.monte_carlo, 3), ""))
    head = ("Quantity", "Estimate", "u(ln x)", "Shape", "c", "|c|·u", "Share of the sum")
    return Table(
        f"budget-{name}", f"Uncertainty budget of ln(answer), {name}", head, tuple(found), frozenset({1, 2, 4, 5, 6})
    )


def budget_words(each: ClaimContent) -> str:
    """Which of the two last rows of a budget to believe."""
    budget = each.budget
    if budget is None:
        return "There is no budget on the log scale: the answer, or an input of it, is not positive throughout."
    apart = abs(budget.linear / budget.monte_carlo - 1) if budget.monte_carlo else 0.0
    also = " The linear sum leaves out correlations." if budget.correlated else ""
    if apart <= 0.05:
        return f"The linear sum and Monte Carlo agree within 5 %.{also}"
    return (
        f"The linear sum and Monte Carlo differ by {plain(100 * apart, 2)} %. Believe Monte Carlo: the answer is not "
        "a product "
        f"of powers of its inputs over their whole range, so the first-order sum does not hold.{also}"
    )
