"""A report as it is read, whatever it is written in: every section's words, figures and tables, in the design's order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from mcarbon.answers.inputs import InputFigures
from mcarbon.reading.formula import Node
from mcarbon.reading.syntax import parse
from mcarbon.reporting import arithmetic, tables
from mcarbon.reporting.content import ClaimContent, Content
from mcarbon.reporting.figures.answers import answers_figure, steps_figure
from mcarbon.reporting.figures.canvas import Figure
from mcarbon.reporting.figures.choices import choices_figure, strip_figure
from mcarbon.reporting.figures.curves import curves_figure
from mcarbon.reporting.figures.dots import dots_figure
from mcarbon.reporting.figures.forest import Named, forest_figure, medians_figure, medians_frame
from mcarbon.reporting.figures.frame import Frame, frame_of
from mcarbon.reporting.figures.running import running_figure
from mcarbon.reporting.figures.shares import shares_figure
from mcarbon.reporting.works import Citation, Work, Works
from mcarbon.results import BreakEven, ClaimResult, Robustness
from mcarbon.showing.description import prior_words
from mcarbon.study import Study
from mcarbon.words.evidence import in_words
from mcarbon.words.leads import heading, lead, study_confidence, study_heading, study_lead, study_three
from mcarbon.words.likelihoods import Question, questions
from mcarbon.words.methods import methods
from mcarbon.words.multiverse import counts, most_moving
from mcarbon.words.next_step import crossing
from mcarbon.words.robustness import EXPLAINED, OF_MANY, hanging_on, robustness_sentence
from mcarbon.words.rows import in_letters, row_warnings, rows
from mcarbon.words.statement import form_of, record_name, status_text
from mcarbon.words.tipping import nearest_sentence, options_sentence
from mcarbon.words.titles import counted, of_many
from mcarbon.words.wording import capitalised, draws_words


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure with its number."""

    number: int
    figure: Figure


@dataclass(frozen=True, slots=True)
class DefectView:
    """A known defect: its kind, what it is, where, the claims that it is about (none: all), its sources."""

    kind: str
    what: str
    where: str
    claims: tuple[str, ...]
    cited: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A row of choices explained: its letter, label, the options that it takes, who argues for it and why."""

    letter: str
    label: str
    options: str
    why: str
    cited: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim as it is read."""

    content: ClaimContent
    anchor: str
    name: str
    place: str
    cited: tuple[Citation, ...]
    where: str
    note: str
    heading: str
    arithmetic: str
    lead: str
    strip: Shown | None
    choices: Shown | None
    questions: tuple[Question, ...]
    dots: Shown | None
    shares: Shown | None
    answers: Shown | None
    path: Shown | None
    counts: str
    moving: str
    tipping: tables.Table | None
    tipping_words: str
    running: Shown | None
    curves: Shown | None
    steps: tuple[str, ...]
    defects: tuple[DefectView, ...]
    budget: tables.Table | None
    budget_words: str

    @property
    def claim(self) -> ClaimResult:
        """The claim's record."""
        return self.content.claim

    @property
    def three(self) -> list[tuple[str, str]]:
        """The three answers under their names, those that there are."""
        verdict = self.claim.verdict
        if verdict is None:
            return []
        said = (("Arithmetic", verdict.arithmetic), ("Direction", verdict.direction), ("Size", verdict.size))
        return [(name, text) for name, text in said if text]

    @property
    def warnings(self) -> str:
        """What must be said of its figures."""
        return " ".join(f"{capitalised(text)}." for text in row_warnings(self.claim)).replace("`", "")


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source of an input: its citation, what it says and where, how it knows."""

    cited: tuple[Citation, ...]
    value: str
    where: str
    kind: str


@dataclass(frozen=True, slots=True)
class InputView:
    """A row of the table of inputs."""

    figures: InputFigures
    name: str
    median: str
    range: str
    shape: str
    prior: str
    published: str
    grade: int | None
    grade_name: str
    cited: tuple[Citation, ...]
    sources: tuple[SourceView, ...]
    corrected: str


@dataclass(frozen=True, slots=True)
class FormulaView:
    """A quantity: its name, where its formula holds, the formula, its unit and note."""

    name: str
    at: str
    formula: Node
    unit: str
    note: str


@dataclass(frozen=True, slots=True)
class NotCountedView:
    """Something that is left out, its direction, why, and who says so."""

    what: str
    pushes: str
    why: str
    cited: tuple[Citation, ...]


@dataclass(frozen=True)
class View:
    """The whole report."""

    content: Content
    works: Works
    date: str
    is_single: bool
    heading: str
    lead: str
    three: tuple[tuple[str, str], ...]
    confidence: str
    cited: tuple[Citation, ...]
    claims: tuple[ClaimView, ...]
    medians: Shown | None
    forest: Shown | None
    settled: Shown | None
    doubted: tables.Table | None
    doubted_words: str
    cases: tuple[CaseView, ...]
    inputs: tuple[InputView, ...]
    constants: tuple[InputView, ...]
    formulas: tuple[FormulaView, ...]
    not_counted: tuple[NotCountedView, ...]
    defects: tuple[DefectView, ...]
    methods: tuple[str, ...]
    correlations: tuple[str, ...]
    claim_table: tables.Table
    reproduction: tables.Table
    manifest: tuple[tuple[str, str], ...]
    command: str
    listed: tuple[Work, ...] = field(default=())

    @property
    def study(self) -> Study:
        """The study."""
        return self.content.study

    @property
    def full(self) -> list[ClaimView]:
        """The claims with the full treatment."""
        return [claim for claim in self.claims if claim.content.headline]

    @property
    def compact(self) -> list[ClaimView]:
        """The other claims."""
        return [claim for claim in self.claims if not claim.content.headline]


class _Numbers:
    """Figures numbered in the order in which they are shown."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self, figure: Figure | None) -> Shown | None:
        if figure is None:
            return None
        self.last += 1
        return Shown(self.last, figure)


def view(content: Content, date: str, command: str, versions: Sequence[tuple[str, str]]) -> View:
    """The report of a content: `date` in words (empty: none), the `command` that makes it again, versions of what
    made it.
    """
    study, result, works, number = content.study, content.result, Works(content.study), _Numbers()
    cited = works.cite(study.source)
    is_single = len(content.claims) == 1
    frames = _frames(content)
    names = {id(each.claim): record_name(result, each.claim) for each in content.claims}
    medians = forest = None
    headline = [each.claim for each in content.headline]
    if not is_single:
        medians = number(_medians(content, frames, names))
        forest = number(forest_figure([Named(names[id(each.claim)], each.claim) for each in content.claims], "all"))
    defects = {id(defect): _defect(defect, works) for defect in study.defects}

    def build(each: ClaimContent) -> ClaimView:
        return _claim(each, study, works, number, frames[id(each.claim)], names[id(each.claim)], is_single, defects)

    # Figures are numbered as they stand on the page: the claims with the full treatment come first.
    made = {id(each): build(each) for each in sorted(content.claims, key=lambda each: not each.headline)}
    claims = tuple(made[id(each)] for each in content.claims)
    settled = None if is_single else number(_least_settled(content, names))
    doubted = [(names[id(each.claim)], each.robustness) for each in content.claims if each.robustness is not None]
    ordered = _by_share(content)
    uncertain = tuple(_input(each, works) for each in ordered if each.prior is not None)
    constants = tuple(_input(each, works) for each in content.inputs if each.prior is None)
    combinations = max((len(each.claim.combinations) for each in content.claims), default=1)
    return View(
        content=content,
        works=works,
        date=date,
        is_single=is_single,
        heading=claims[0].heading if is_single else study_heading(result.claims, headline) if claims else "No claims.",
        lead=claims[0].lead if is_single else study_lead(result.claims, headline) if claims else "",
        three=tuple(study_three(result.claims, headline)) if not is_single and claims else (),
        confidence=study_confidence(headline) if not is_single else "",
        cited=cited,
        claims=claims,
        medians=medians,
        forest=forest,
        settled=settled,
        doubted=tables.robustness_table(doubted) if doubted else None,
        doubted_words=_doubted_words([found for _, found in doubted], is_single),
        cases=tuple(_cases(content, works)),
        inputs=uncertain,
        constants=constants,
        formulas=tuple(_formulas(study, content.quantities)),
        not_counted=tuple(
            NotCountedView(_one_line(each.what), each.pushes, _one_line(each.why), works.cite(each.source))
            for each in study.not_counted
        ),
        defects=tuple(defects.values()),
        methods=tuple(
            methods(
                result,
                uncertain=len(uncertain),
                fixed=len(constants),
                choices=len(study.choices),
                combinations=combinations,
                correlations=len(study.correlations),
            )
        ),
        correlations=tuple(_correlations(study)),
        claim_table=tables.claim_table(result),
        reproduction=tables.reproduction_table(result),
        manifest=_manifest(content, versions),
        command=command,
        listed=tuple(works.listed),
    )


def _frames(content: Content) -> dict[int, Frame | None]:
    """The axis of each claim: one for all comparisons of the same form among those with the full treatment."""
    shared = [each.claim for each in content.headline if frame_of([each.claim]) is not None]
    shared = [claim for claim in shared if (claim.unit, bool(claim.sides)) == (shared[0].unit, bool(shared[0].sides))]
    common = frame_of(shared) if len(shared) > 1 and shared[0].sides else None
    return {
        id(each.claim): common if common and any(each.claim is claim for claim in shared) else frame_of([each.claim])
        for each in content.claims
    }


def _medians(content: Content, frames: dict[int, Frame | None], names: dict[int, str]) -> Figure | None:
    claims = [each.claim for each in content.headline]
    shared = {id(frames[id(claim)]) for claim in claims}
    frame = medians_frame(claims) if len(claims) > 1 and len(shared) == 1 and frames[id(claims[0])] else None
    if frame is None:
        return None
    return medians_figure([Named(names[id(claim)], claim) for claim in claims], frame, "overview")


def _least_settled(content: Content, names: dict[int, str]) -> Figure | None:
    """The convergence of the claim whose median has the largest standard error relative to it."""
    found = [each for each in content.headline if each.running is not None]

    def error(each: ClaimContent) -> float:
        assert each.running is not None
        value = each.running.values[0.5][-1]
        return abs(each.running.standard_errors[0.5][-1] / value) if value else 0.0

    if not found:
        return None
    worst = max(found, key=error)
    assert worst.running is not None
    figure = running_figure(worst.claim, worst.running, worst.factor, "settled")
    return replace(figure, title=f"{names[id(worst.claim)]}, the least settled claim. {figure.title}")


def _claim(
    each: ClaimContent,
    study: Study,
    works: Works,
    number: _Numbers,
    frame: Frame | None,
    name: str,
    is_single: bool,
    defects: dict[int, DefectView],
) -> ClaimView:
    claim, record = each.claim, study.claims[each.claim.id]
    anchor = "claim-" + "-".join([claim.id, *("".join(c if c.isalnum() else "-" for c in at) for at in claim.at.values())])
    full, key, multiverse = each.headline, f"c{number.last}", each.multiverse
    strip = strip_figure(claim, frame, f"{key}s") if is_single and frame is not None and len(rows(claim)) > 1 else None
    verdict = claim.verdict
    return ClaimView(
        content=each,
        anchor=anchor,
        name=name,
        place=", ".join(claim.at.values()),
        cited=works.cite(record.source or study.source),
        where=record.where,
        note=_one_line(record.note),
        heading=heading(claim) if verdict else claim.reproduction.status,
        arithmetic=status_text(claim),
        lead=lead(claim),
        strip=None if strip is None else Shown(0, strip),
        choices=number(choices_figure(claim, frame, f"{key}a")) if frame is not None else None,
        questions=tuple(questions(claim)),
        dots=number(dots_figure(claim, frame, f"{key}b")) if full and frame is not None else None,
        shares=number(shares_figure(each.spreads, f"{key}c")) if full and each.spreads else None,
        answers=number(answers_figure(multiverse, f"{key}f")) if multiverse is not None else None,
        path=number(steps_figure(multiverse, f"{key}g")) if multiverse is not None else None,
        counts=counts(multiverse) if multiverse is not None else "",
        moving=most_moving(multiverse) if multiverse is not None else "",
        tipping=tables.break_even_table(each.break_even, name),
        tipping_words=_tipping_words(claim, each.break_even),
        curves=number(curves_figure(claim, frame, f"{key}d")) if is_single and frame is not None else None,
        running=number(running_figure(claim, each.running, each.factor, f"{key}e")) if is_single and each.running else None,
        steps=tuple(arithmetic.lines(claim, each.steps)),
        defects=tuple(defects[id(defect)] for defect in claim.defects if claim.id in defect.claims),
        budget=tables.budget_table(each, name) if full else None,
        budget_words=tables.budget_words(each) if full else "",
    )


def _doubted_words(found: Sequence[Robustness], is_single: bool) -> str:
    """What the table of doubted priors is of, and what it comes to."""
    if is_single:
        return " ".join([EXPLAINED, *map(robustness_sentence, found)])
    staying = sum(not hanging_on(each) for each in found)
    stays = f"No prior alone changes the verdict of {of_many(staying, len(found), 'claim')}."
    return f"{EXPLAINED} {OF_MANY if len(found) > 1 else ''} {stays}"


def _tipping_words(claim: ClaimResult, found: BreakEven | None) -> str:
    """What the table of what tips an answer is of, and what it comes to."""
    if found is None or claim.spread is None:
        return ""
    letters = [row.letter for row in rows(claim) if row.combination.case == claim.spread.case]
    where = in_letters(letters)
    ratio = " ratio" * form_of(claim).is_ratio
    asked = f"The value of each input at which the median{ratio}{where} would pass {crossing(claim)}."
    return " ".join(filter(None, (asked, nearest_sentence(found), options_sentence(found))))


def _defect(defect: object, works: Works) -> DefectView:
    from mcarbon.study import Defect

    assert isinstance(defect, Defect)
    return DefectView(
        kind=defect.kind.replace("-", " "),
        what=_one_line(defect.what),
        where=defect.where,
        claims=tuple(defect.claims),
        cited=works.cite(defect.source),
    )


def _cases(content: Content, works: Works) -> list[CaseView]:
    """The rows explained, as the claim with most of them letters them."""
    study = content.study
    claims = [each.claim for each in content.headline or content.claims]
    if not claims:
        return []
    claim = max(claims, key=lambda claim: len(rows(claim)))
    found = []
    for row in rows(claim):
        case = study.cases.get(row.combination.case or "")
        published = study.published_choices
        changed = {a: o for a, o in row.combination.choices.items() if o != published.get(a)}
        options = ", ".join(f"{in_words(axis)}: {option}" for axis, option in (changed or row.combination.choices).items())
        notes = " ".join(study.choices[axis].note for axis in changed)
        found.append(
            CaseView(
                row.letter,
                capitalised(row.combination.label),
                capitalised(options),
                _one_line(case.why if case else notes),
                works.cite(case.source) if case else (),
            )
        )
    return found


def _by_share(content: Content) -> list[InputFigures]:
    """The inputs by the largest share that each makes of the spread of a claim with the full treatment."""
    shares: dict[str, float] = {}
    for each in content.headline:
        if each.claim.spread is not None:
            for made in each.claim.spread.inputs:
                for name in made.names:
                    shares[name] = max(shares.get(name, 0.0), made.share)
    # To whole percent: finer differences are within the error and would put another seed's rows in another order.
    return sorted(content.inputs, key=lambda each: -round(shares.get(each.label, 0.0), 2))


def _input(each: InputFigures, works: Works) -> InputView:
    median, range_ = tables.input_figures(each)
    corrected = each.corrected
    own = [key for key in each.cited if key not in {source.cite for source in each.sources}]
    return InputView(
        figures=each,
        name=tables.input_name(each),
        median=median,
        range=range_,
        shape="fixed" if each.prior is None else each.prior.family.replace("_", " "),
        prior="" if each.prior is None else prior_words(each.prior),
        published=tables.published_input(each),
        grade=each.grade,
        grade_name=tables.GRADES[each.grade],
        cited=works.cite(tuple(dict.fromkeys([*own, *(source.cite for source in each.sources)]))),
        sources=tuple(
            SourceView(works.cite(source.cite), source.value, source.where, (source.kind or "").replace("-", " "))
            for source in each.sources
        ),
        corrected="" if corrected is None else f"corrected to {corrected.value:g}: {_one_line(corrected.why)}",
    )


def _formulas(study: Study, needed: Collection[str]) -> list[FormulaView]:
    return [
        FormulaView(
            name=in_words(name),
            at=", ".join(at.values()),
            formula=parse(text),
            unit="" if quantity.unit == "1" else quantity.unit,
            note=_one_line(quantity.note) if at == quantity.cells()[0][0] else "",
        )
        for name, quantity in study.quantities.items()
        if name in needed
        for at, text in quantity.cells()
    ]


def _correlations(study: Study) -> list[str]:
    found = []
    for pair, value in study.correlations.items():
        names = " and ".join(in_words(name.strip()) for name in pair.split(","))
        kind, r = ("rank correlation", value) if isinstance(value, float) else ("correlation of the normals", value.normal)
        found.append(f"{capitalised(names)}: {kind} {r:g}.")
    if found:
        return [*found, "All other inputs are independent."]
    return [
        "No correlation between inputs is assumed. An input that stands in several places, such as one grid on both "
        "sides of a "
        "ratio, is the same number in each draw."
    ]


def _manifest(content: Content, versions: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    result = content.result
    return (
        ("study", result.study),
        ("digest of the study", result.digest),
        ("method", result.method or ""),
        ("seed", str(result.seed)),
        ("draws per combination", draws_words(each.draws for claim in result.claims for each in claim.combinations)),
        ("replicates", str(result.replicates)),
        *versions,
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def title(made: View) -> str:
    """The title of the document, with the verdict in it."""
    if made.is_single and made.claims:
        claim = made.claims[0].claim
        asked = f"{claim.published_text}? " if claim.published_text else ""
        return f"{asked}{made.heading} mcarbon report"
    return f"{made.study.title}. {made.heading} mcarbon report"


def count_words(number: int, what: str) -> str:
    """A heading's count: ``Eight claims``."""
    return capitalised(f"{counted(number) if number else 'no'} {what}{'' if number == 1 else 's'}")
