"""The report: what it says is what was found, whoever reads it, and nothing of a study can break it."""

import html.parser
import json
import math
import re

import pytest

import mcarbon as mc
from mcarbon.answers.budget import budgets
from mcarbon.answers.chain import chain
from mcarbon.answers.running import running
from mcarbon.answers.stress import stress
from mcarbon.engine.sampler import Plan
from mcarbon.reading.load import studies
from mcarbon.reading.model import build_model
from mcarbon.reading.syntax import parse
from mcarbon.reporting.content import gather
from mcarbon.reporting.formulas import Latex, Mathml, Plain, TypstMath, latex_escape, typeset
from mcarbon.reporting.html import html_report
from mcarbon.reporting.markdown import markdown_report
from mcarbon.reporting.pdf import pdf_report, typst_source
from mcarbon.reporting.view import view
from mcarbon.words.rows import rows
from mcarbon.words.titles import dot_counts, of_many, some_of

ONE = "midjourney-us-illustrator"
WORDS = (
    "virtually certain|extremely likely|very likely|more likely than not|about as likely as not|exceptionally unlikely|"
    "extremely unlikely|very unlikely|unlikely|likely"
)


@pytest.fixture(scope="module")
def study():
    return mc.load_study("tomlinson-2024")


@pytest.fixture(scope="module")
def whole(study):
    return view(gather(study, draws=2**13), "1 January 2026", "mcarbon report ...", [("mcarbon", "x")])


@pytest.fixture(scope="module")
def single(study):
    return view(gather(study, claims=[ONE], draws=2**14), "", "mcarbon report ...", [("mcarbon", "x")])


@pytest.fixture(scope="module")
def page(whole):
    return html_report(whole)


@pytest.fixture(scope="module")
def single_page(single):
    return html_report(single)


class Reader(html.parser.HTMLParser):
    """The elements, ids, links and visible text of a page, in order; hidden text of styles left out."""

    VOID = frozenset({"meta", "br"})
    BLOCKS = frozenset(
        {"p", "li", "td", "th", "dt", "dd", "figcaption", "h1", "h2", "h3", "summary", "title", "desc", "text"}
    )

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.links, self.open, self.blocks = [], [], [], [], [""]
        self.feed(text)
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag, attributes):
        there = dict(attributes)
        self.tags.append((tag, there))
        if "id" in there:
            self.ids.append(there["id"])
        if "href" in there:
            self.links.append(there["href"])
        if tag in self.BLOCKS:
            self.blocks.append("")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag in self.BLOCKS:
            self.blocks.append("")

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.blocks[-1] += data


@pytest.fixture(scope="module")
def read(page):
    return Reader(page)


def test_the_page_needs_nothing(page, read):
    assert not {"script", "link", "img", "iframe", "object", "embed", "form", "use"} & {tag for tag, _ in read.tags}
    assert not [
        name for _, there in read.tags for name in there if name.startswith("on") or name in ("src", "srcset", "action")
    ]
    assert "@import" not in page and "url(" not in page
    outside = [link for link in read.links if not link.startswith("#")]
    assert outside and all(link.startswith(("https://", "http://")) for link in outside)


def test_every_link_inside_leads_somewhere_and_every_id_is_one(read):
    assert len(read.ids) == len(set(read.ids))
    inside = {link[1:] for link in read.links if link.startswith("#")}
    assert inside <= set(read.ids) and len(inside) > 60
    named = [there["aria-labelledby"] for tag, there in read.tags if tag == "svg" and "role" in there]
    assert named and all(set(names.split()) <= set(read.ids) for names in named)


def test_the_page_has_its_landmarks(page, read):
    tags = [tag for tag, _ in read.tags]
    assert tags.count("h1") == tags.count("main") == tags.count("nav") == 1
    assert '<html lang="en">' in page
    assert "The arithmetic follows" in re.search("<title>(.*?)</title>", page)[1]
    assert all(there.get("scope") for tag, there in read.tags if tag == "th")


def test_an_svg_stands_in_two_widths(read):
    kinds = [there["class"] for tag, there in read.tags if tag == "svg" and there.get("role") == "img"]
    assert kinds.count("wide") == kinds.count("narrow") > 40
    widths = {there["class"]: there["width"] for tag, there in read.tags if tag == "svg" and there.get("role") == "img"}
    assert widths == {"wide": "880", "narrow": "358"}


def sentences(text):
    return re.split(r"(?<=[.;:!?])\s+(?=[A-Z“])", text.replace("\u00a0", " "))


def prose(study):
    """All texts of a study and its priors, which have words of their own."""
    return " ".join(json.dumps(study.model_dump(mode="json"), ensure_ascii=False).replace("\\n", " ").split())


LIKELY = re.compile(rf"(?<![\w-])(?:{WORDS})(?![\w-])")
EXEMPT = re.compile(r"scale of the IPCC|IPCC's scale|likely holds|Holds” asks|less likely|equally likely|Likely holds")


def test_every_probability_word_has_its_percent(study, read, whole, single, single_page):
    own = prose(study)
    texts = [
        *read.blocks,
        *Reader(single_page).blocks,
        *markdown_report(whole).split("\n"),
        *markdown_report(single).split("\n"),
    ]
    checked = 0
    for text in texts:
        for sentence in sentences(text.replace("\\", "")):
            if EXEMPT.search(sentence):
                continue
            if " ".join(sentence.split()).strip("- ") in own:
                continue
            for match in LIKELY.finditer(sentence):
                # The percent follows in the same sentence, before another word asks for its own.
                rest = sentence[match.end() :]
                following = LIKELY.search(rest)
                assert "%" in (rest[: following.start()] if following else rest), sentence
                checked += 1
    assert checked > 300


def test_words_that_are_not_said(study, read, single_page, whole):
    own = prose(study)
    for text in (*read.blocks, *Reader(single_page).blocks, *markdown_report(whole).split("\n")):
        for match in re.finditer(r".{0,4}(?:on average|mean ratio|±)", text):
            assert match[0].replace("\\", "") in own, text
    cells = [block.replace("\u00a0", " ") for block in read.blocks]
    chances = [cell for cell in cells if LIKELY.match(cell) and "%" in cell]
    assert len(chances) > 100
    assert not [cell for cell in chances if re.search(r"(?<![\d.<>~])(?:0|100) %", cell)]


def test_dots_drawn_are_the_dots_counted(single):
    (claim,) = single.claims
    for canvas in (claim.dots.figure.wide, claim.dots.figure.narrow):
        drawn = {}
        for part in canvas.parts:
            style = re.search('class="([^"]*)"', part)[1]
            drawn[style] = drawn.get(style, 0) + part.count("h0")
        counts = [dot_counts(claim.claim, row.combination) for row in rows(claim.claim) if row.letter in ("A", "E")]
        assert drawn.get("dot-in", 0) == sum(count.reached for count in counts)
        assert drawn.get("dot-up", 0) == drawn.get("dot-up hole", 0) == sum(count.opposite for count in counts)
        assert sum(n for style, n in drawn.items() if not style.endswith("hole")) == 100
    published = claim.claim.published
    first = claim.claim.combinations[0]
    # The dots are quantiles of the same draws as the probability: they agree to a dot.
    assert abs(sum(value <= published for value in first.dots) - 50 * first.percentile) <= 1


def test_a_row_without_a_ratio_has_no_bar(single):
    (claim,) = single.claims
    shown = rows(claim.claim)
    assert [row.letter for row in shown if not row.has_ratio] == ["I"]
    for canvas in (claim.choices.figure.wide, claim.choices.figure.narrow):
        assert sum('class="i50"' in part for part in canvas.parts) == len(shown) - 1
        assert any("no ratio: AI adds" in part for part in canvas.parts)


def squares(canvas):
    """How many squares each path has, in the order in which they are drawn."""
    return [part.count("h.1") for part in canvas.parts if 'class="pt"' in part]


def test_every_answer_is_a_point_and_a_square_for_each_option_that_it_takes(single):
    (claim,) = single.claims
    multiverse = claim.content.multiverse
    shown = [each for each in multiverse.specifications if each.combination.no_ratio is None]
    axes = ["human_boundary", "output_counted", "training_allocation"]  # the others tell no answers of an image apart
    taken = [sum(len(each.options[axis]) for each in shown) for axis in axes]
    for canvas in (claim.answers.figure.wide, claim.answers.figure.narrow):
        points, *options = squares(canvas)
        assert points == len(shown) == 24
        assert sum(options) == sum(taken)
    assert "AI is lower than human in 21 of 24" in claim.answers.figure.title and "%" not in claim.answers.figure.title
    rows_shown = {row[1] for row in claim.answers.figure.rows}
    assert {letter for letters in rows_shown for letter in letters.split()} == set("ABCDEFGHI")


def test_the_steps_drawn_are_the_medians_of_the_way(single):
    (claim,) = single.claims
    steps = claim.content.multiverse.steps
    assert [row[2] for row in claim.path.figure.rows] == ["1/590", "1/1200", "1/1200", "1/22"]
    for canvas in (claim.path.figure.wide, claim.path.figure.narrow):
        assert sum('class="i50"' in part for part in canvas.parts) == len(steps) == 4
    assert "The order matters" in claim.path.figure.caption


def test_what_tips_a_claim_is_what_break_even_gives(study, single, whole):
    (claim,) = single.claims
    case = next(each for each in claim.claim.combinations if each.complete)
    exact = mc.break_even(study, "ratio", 1.0, claim.claim.at, case.choices, draws=2**13)
    first = claim.tipping.rows[0]
    assert first[:3] == ("image review time", "above 260 minute/output", "99.8 %")
    assert exact["value"].sel(input="image_review_time").item() == pytest.approx(260, rel=0.02)
    assert "image review time above 260 minute/output" in claim.claim.verdict.next
    assert claim.tipping_words.startswith(
        "The value of each input at which the median ratio in E would pass 1. Nearest: image"
    )
    full = [each for each in whole.claims if each.content.headline]
    assert all(each.tipping and each.answers for each in full) and len(full) == 8
    assert not any(each.tipping or each.answers for each in whole.compact)


def test_the_table_of_doubted_priors(study, single, whole):
    (found,) = mc.robustness(study, ONE, draws=2**13)
    assert single.doubted.rows[-1] == (
        "all together",
        *("stays" if now == found.phrase else now for now in found.together),
        "",
    )
    assert len(whole.doubted.rows) == 8
    phrases = {row[1] for row in whole.doubted.rows}
    assert phrases <= {each.claim.verdict.phrase for each in whole.claims}
    assert "at least 5 %" in whole.doubted_words


def test_sizes(page, single_page):
    assert len(single_page.encode()) < 400_000
    # 35 claims: what the README of the reports says.
    assert len(page.encode()) < 1_050_000


def turned(flip):
    ratio = "b / a" if flip else "a / b"
    return mc.parse_study(f"""
format = 1
id = "turned"
title = "Turned over"
[choices.scope]
options = ["narrow", "wide"]
[inputs.a]
unit = "g"
prior = {{ family = "lognormal", median = 3, gsd = 2 }}
published = 3
source = "judgement"
[inputs.small]
unit = "g"
prior = {{ family = "lognormal", median = 40, gsd = 1.7 }}
published = 30
source = "judgement"
[quantities.b]
unit = "g"
by = "scope"
at.narrow = "small"
at.wide = "small * 7"
[quantities.ratio]
unit = "1"
formula = "{ratio}"
sides = {{ {"human = 'b', AI = 'a'" if flip else "AI = 'a', human = 'b'"} }}
[claims.one]
statement = "..."
quantity = "ratio"
published = "{"10" if flip else "1/10"}"
direction = "{"> 1" if flip else "< 1"}"
source = "judgement"
""")


def over(text):
    """The ratio on the other side: 1/4.3 for 4.3×."""
    return text.removeprefix("1/") + "×" if text.startswith("1/") else "1/" + text.removesuffix("×")


def test_a_ratio_turned_over_says_the_same():
    (one,), (other,) = (stress(turned(flip), draws=2**15).claims for flip in (False, True))
    assert one.verdict.phrase == other.verdict.phrase
    tables = []
    for flip in (False, True):
        made = view(gather(turned(flip), draws=2**15), "", "", [])
        tables.append(made.claims[0].choices.figure.rows)
    for (name, median, *intervals), (other_name, other_median, *other_intervals) in zip(*tables):
        assert name == other_name and over(median) == other_median
        for interval, other_interval in zip(intervals, other_intervals):
            low, high = interval.split(" to ")
            assert other_interval == f"{over(high)} to {over(low)}"


def test_another_seed_changes_a_printed_figure_by_one_unit(study):
    """Of the claims' medians, at the tolerance of the command line; two digits, or one where the error asks for it."""
    tables = []
    for seed in (1, 2):
        made = view(gather(study, seed=seed, tolerance=0.005), "", "", [])
        tables.append({row[0]: row[3] for row in made.claim_table.rows})
    assert len(tables[0]) == 35
    for name, text in tables[0].items():
        one, two = (
            float(re.search(r"[\d.]+", each.replace("\u2009", "").replace("1/", ""))[0]) for each in (text, tables[1][name])
        )
        unit = 10 ** (math.floor(math.log10(max(one, two))) - (0 if "~" in text + tables[1][name] else 1))
        assert abs(one - two) <= unit * 1.001, (name, text, tables[1][name])


def test_the_markdown_has_the_picture_and_no_html(whole):
    text = markdown_report(whole)
    outside = re.sub(r"```text.*?```|\$[^$\n]*\$|(?m:^\d+\. .*<http\S+>.*$)", "", text, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)<[a-z/]", outside)
    assert text.count("```text") == 35
    assert "* published 1/2900" in text


# ---- What a study may hold ------------------------------------------------------------------------------------------

NASTY = (
    """<b onclick="x">&amp;</b> $x_1$ #emph[no] `code` *stars* [a](javascript:x) | \\textbf{t} {{ 7 * 7 }} """
    """"q" 'a' // @x ~ ]"""
)


def nasty():
    quoted = json.dumps(NASTY)
    return mc.parse_study(f"""
format = 1
id = "nasty"
title = {quoted}
summary = {quoted}
source = "nasty"
[references.nasty]
title = {quoted}
author = {quoted}
year = 2020
url = "https://example.org/?a=1&b='2'"
[dimensions]
place = ["<i>A</i>", "#B $"]
[choices.way]
options = ["<u>one</u>", "two | #x"]
note = {quoted}
[cases.other]
label = {quoted}
choices = {{ way = "two | #x" }}
why = {quoted}
source = "nasty"
[inputs.x]
unit = "g"
by = "place"
source = "nasty"
where = {quoted}
note = {quoted}
at."<i>A</i>" = {{ published = 2, prior = {{ family = "uniform", low = 1, high = 3 }} }}
at."#B $" = {{ published = 2, prior = {{ family = "uniform", low = 1, high = 3 }} }}
[quantities.y]
unit = "g"
by = "way"
at."<u>one</u>" = "x"
at."two | #x" = 'x["#B $"] * 2'
note = {quoted}
[claims.it]
statement = {quoted}
quantity = "y"
published = "2"
source = "nasty"
where = {quoted}
note = {quoted}
[[defects]]
what = {quoted}
kind = "unit"
claims = ["it"]
where = {quoted}
source = "nasty"
[[not_counted]]
what = {quoted}
pushes = {quoted}
why = {quoted}
source = "nasty"
""")


@pytest.fixture(scope="module")
def nasty_view():
    return view(gather(nasty(), draws=2**12), "", NASTY, [("mcarbon", NASTY)])


def test_markup_in_a_study_is_text_in_html(nasty_view):
    page = html_report(nasty_view)
    read = Reader(page)
    assert not {"b", "i", "u"} - {"b"} & {tag for tag, _ in read.tags}
    assert not [there for _, there in read.tags if "onclick" in there]
    assert not [link for link in read.links if "javascript" in link]
    assert "".join(read.blocks).count("<b onclick") > 10
    assert "49" not in re.sub(r"<style>.*?</style>|\d+[.\d]*", "", page)


def test_markup_in_a_study_is_text_in_markdown(nasty_view):
    text = markdown_report(nasty_view)
    outside = re.sub(r"```text.*?```|\$[^\n]*\$|`[^`\n]*`", "", text, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)<b", outside)
    assert r"\*stars\*" in text and r"\[a\]" in text and r"\#emph" in text


def test_markup_in_a_study_is_text_in_typst(nasty_view):
    pytest.importorskip("typst")
    source = typst_source(nasty_view, None)
    assert "{{ 7 * 7 }}" in source
    assert len(pdf_report(nasty_view, None)) > 10_000


def test_markup_in_a_study_is_text_in_latex(nasty_view):
    text = nasty_view.claim_table.latex()
    assert r"\textbf" not in latex_escape(NASTY)
    assert text.count(" & ") == 5 * (len(nasty_view.claim_table.rows) + 1)
    assert latex_escape("a_b & 5 % of $3 #1 {x}") == r"a\_b \& 5 \% of \$3 \#1 \{x\}"


# ---- Formulas -------------------------------------------------------------------------------------------------------

FORMULAS = [
    ("a * b / (c * d)", "a × b ÷ (c × d)", r"\frac{\text{a} \cdot \text{b}}{\text{c} \cdot \text{d}}"),
    ("a - (b - c)", "a − (b − c)", r"\text{a} - \left(\text{b} - \text{c}\right)"),
    ("a / b * c", "a ÷ b × c", r"\frac{\text{a}}{\text{b}} \cdot \text{c}"),
    ("a / (b / c)", "a ÷ (b ÷ c)", r"\frac{\text{a}}{\frac{\text{b}}{\text{c}}}"),
    ("(a + b) ** 2", "(a + b)^2", r"{\left(\text{a} + \text{b}\right)}^{2}"),
    ("-(a + b)", "−(a + b)", r"-\left(\text{a} + \text{b}\right)"),
    ("(a + b) * pi", "(a + b) × π", r"\left(\text{a} + \text{b}\right) \cdot \pi"),
    ("log(a_b)", "ln(a b)", r"\operatorname{ln}\left(\text{a b}\right)"),
    ("minimum(a, b)", "min(a, b)", r"\operatorname{min}\left(\text{a}, \text{b}\right)"),
    ('a["US"] * b', "a (US) × b", r"{\text{a}}_{\text{US}} \cdot \text{b}"),
    ('sum(a, "country") / b', "(sum over country of a) ÷ b", r"\frac{\sum_{\text{country}} \text{a}}{\text{b}}"),
]


@pytest.mark.parametrize(("text", "plain", "latex"), FORMULAS)
def test_formulas_are_typeset(text, plain, latex):
    node = parse(text)
    assert typeset(node, Plain()).replace("(sum", "sum").replace("a) ÷", "a ÷") == plain.replace("(sum", "sum").replace(
        "a) ÷", "a ÷"
    )
    assert typeset(node, Latex()) == latex
    mathml = typeset(node, Mathml())
    Reader(f"<math>{mathml}</math>")
    assert typeset(node, TypstMath()).count('"') % 2 == 0


def test_every_formula_of_every_study_is_typeset():
    for name in studies():
        for quantity in mc.load_study(name).quantities.values():
            for _, text in quantity.cells():
                Reader(f"<math>{typeset(parse(text), Mathml())}</math>")


# ---- Claims of every form -------------------------------------------------------------------------------------------

ODD = """
format = 1
id = "odd"
title = "Odd"
[choices.w]
options = ["a", "b", "zero"]
[inputs.x]
unit = "g"
prior = { family = "normal", mean = 0.5, sd = 2 }
published = 1
source = "judgement"
[inputs.k]
unit = "g"
value = 3
published = 3
[inputs.d]
unit = "1"
prior = { family = "discrete", values = [0, 1], weights = [1, 1] }
source = "judgement"
[quantities]
y = { unit = "g", by = "w", at = { a = "x", b = "x * 2 - k", zero = "0" } }
c = { unit = "g", formula = "k * 2" }
z = { unit = "g", formula = "k * d" }
r = { unit = "1", formula = "k / side", sides = { one = "k", two = "side" } }
side = { unit = "g", by = "w", at = { a = "abs(x)", b = "k", zero = "0" } }
[claims]
negative = { statement = "...", quantity = "y", published = "-2", source = "judgement" }
range = { statement = "...", quantity = "y", published = "0.3..5", source = "judgement" }
bound = { statement = "...", quantity = "y", published = "<= 5", source = "judgement" }
direction = { statement = "...", quantity = "y", direction = "> 1", source = "judgement" }
certain = { statement = "...", quantity = "c", published = "6", source = "judgement" }
atom = { statement = "...", quantity = "z", published = "3", source = "judgement" }
ratio = { statement = "...", quantity = "r", published = "2", direction = "> 1", source = "judgement" }
"""


@pytest.mark.parametrize("claim", ["negative", "range", "bound", "direction", "certain", "atom", "ratio", None])
def test_a_claim_of_any_form_has_a_report(claim):
    made = view(gather(mc.parse_study(ODD), claims=claim and [claim], draws=2**10), "", "", [])
    page = html_report(made)
    read = Reader(page)
    assert not re.search(r"\b(nan|None(?! of its)|inf|undefined)\b", " ".join(read.blocks)), read.blocks
    assert "The study does not say what it leaves out." in page
    text = markdown_report(made)
    assert made.heading in text
    if claim == "certain":
        assert "The value is 6 g in every draw" in page and not made.claims[0].questions and made.claims[0].dots is None
    if claim == "negative":
        assert "log scale" not in made.claims[0].strip.figure.caption


PLAIN = """
format = 1
id = "plain"
title = "A study as a beginner writes it"
source = "https://example.org/text"
[choices.network]
options = ["counted", "left-out"]
note = "Whether the network runs anyway."
[inputs]
device = { unit = "g", published = 80, prior = { family = "uniform", low = 10, high = 90 }, source = "judgement" }
net = { unit = "g", published = 10, prior = { family = "uniform", low = 1, high = 20 }, source = "judgement" }
[quantities]
hour = { unit = "g", by = "network", at = { counted = "device + net", left-out = "device" } }
[claims]
hour = { statement = "An hour emits 90 g.", quantity = "hour", published = "90" }
other = { statement = "The same again.", quantity = "hour", published = "90", source = "https://example.org/other" }
"""


def test_a_claim_without_a_source_has_the_study_s_and_rows_say_what_they_take():
    study = mc.parse_study(PLAIN)
    made = view(gather(study, draws=2**10), "", "", [])
    assert [[each.key for each in claim.cited] for claim in made.claims] == [
        ["https://example.org/text"],
        ["https://example.org/other"],
    ]
    rows_said = {case.letter: (case.options, case.why) for case in made.cases}
    assert rows_said == {
        "A": ("Network: counted", ""),
        "B": ("Network: left-out", "Whether the network runs anyway."),
    }
    assert "none given" not in markdown_report(made)


# ---- What lies behind -----------------------------------------------------------------------------------------------


def test_the_chain_gives_the_published_steps(study):
    """Worked by hand from the published inputs: 50 PFLOP at 1.25 PFLOP/s and 400 W; 15 t over 8760 h; 200 over 62.5 USD."""
    model = build_model(study)
    (claim,) = mc.reproduce(study, claims=[ONE]).claims
    steps = {step.result.name: step for step in chain(model, claim)}
    assert steps["midjourney_image_energy"].result.value == pytest.approx(50 / 1.25 * 400 / 3600)
    assert steps["human_hourly_emissions"].result.value == pytest.approx(15e6 / 8760)
    assert steps["illustrating_time"].result.value == pytest.approx(3.2)
    assert steps["ai_emissions"].printed == 1.9
    assert list(steps)[-1] == "ratio"
    assert {term.name for term in steps["illustrating_time"].terms.values()} == {"illustration_fee", "illustrator_rate"}


def test_the_budget_of_a_product_is_exact():
    """ln y = ln a - 2 ln b: u**2 = ln(2)**2 + (2 ln 1.5)**2, which Monte Carlo meets to 1 % at 2**15 draws."""
    study = mc.parse_study("""
format = 1
id = "product"
title = "..."
[inputs.a]
unit = "g"
prior = { family = "lognormal", median = 3, gsd = 2 }
source = "judgement"
[inputs.b]
unit = "m"
prior = { family = "lognormal", median = 5, gsd = 1.5 }
source = "judgement"
[quantities.y]
unit = "g/m**2"
formula = "a / b ** 2"
""")
    (budget,) = budgets(build_model(study), [("y", {})], "sobol", 1)
    assert {line.name: line.coefficient for line in budget.lines} == pytest.approx({"a": 1.0, "b": -2.0})
    assert {line.name: line.u for line in budget.lines} == pytest.approx({"a": math.log(2), "b": math.log(1.5)}, rel=2e-3)
    exact = math.hypot(math.log(2), 2 * math.log(1.5))
    assert budget.linear == pytest.approx(exact, rel=2e-3)
    assert budget.monte_carlo == pytest.approx(exact, rel=1e-2)
    assert sum(line.share for line in budget.lines) == pytest.approx(1)


def test_a_budget_needs_positive_values():
    study = mc.parse_study("""
format = 1
id = "sign"
title = "..."
[inputs.a]
unit = "g"
prior = { family = "normal", mean = 1, sd = 2 }
source = "judgement"
[quantities.y]
unit = "g"
formula = "a * 2"
""")
    assert budgets(build_model(study), [("y", {})], "sobol", 1) == [None]


def test_convergence_ends_at_the_result(study):
    result = stress(study, claims=[ONE], draws=2**13)
    (claim,) = result.claims
    at = {**claim.at, **claim.combinations[0].choices}
    (found,) = running(build_model(study), [("ratio", at)], Plan.of(2**13))
    assert found.draws[-1] == 2**13 == 2 * found.draws[-2]
    assert found.values[0.5][-1] == claim.combinations[0].median
    assert found.standard_errors[0.5][-1] == claim.combinations[0].standard_error.median


def test_counts_in_words():
    assert [some_of(0, 6), some_of(2, 2), some_of(3, 8), some_of(12, 12)] == [
        "none of six",
        "both",
        "three of eight",
        "all 12",
    ]
    assert [of_many(1, 1, "claim"), of_many(0, 1, "claim"), of_many(8, 8, "claim")] == [
        "the one claim",
        "no claim",
        "all eight claims",
    ]
