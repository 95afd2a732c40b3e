"""The pages that are made from the studies: current in the repository, complete, and sound Markdown."""

import re
import runpy
from pathlib import Path

import pytest

import mcarbon as mc
from mcarbon.showing.markdown import block, code, escaped, link, table
from mcarbon.showing.pages import claims_page, index_page, study_page
from mcarbon.showing.reproductions import reproduction_table

DOCS = Path("docs")
TEXTS = {path.resolve(): text for path, text in runpy.run_path(str(DOCS / "make_pages.py"))["pages"]().items()}
SIGNS = "a|b <c> *d* _e_ `f` [g](h) {i} ~j~ $k$ #l \\m &amp; n"


def test_the_committed_pages_are_current():
    """`make pages` makes them."""
    stale = [str(path) for path, text in TEXTS.items() if not path.exists() or path.read_text("utf-8") != text]
    assert stale == []
    assert {path.resolve() for path in (DOCS / "studies").glob("*.md")} <= TEXTS.keys()


@pytest.mark.parametrize("path", TEXTS, ids=[path.name for path in TEXTS])
def test_tables_have_the_cells_of_their_heads(path):
    """A sign that is not escaped would split a cell; a blank line inside would end the table."""
    lines = TEXTS[path].splitlines()
    heads = [i for i, line in enumerate(lines) if re.fullmatch(r"\| (:--|--:)( \| (:--|--:))* \|", line)]
    assert heads
    rows = 0
    for at in heads:
        width = len(re.split(r"(?<!\\)\|", lines[at]))
        for line in lines[at - 1 :]:
            if not line.startswith("|"):
                break
            rows += 1
            assert len(re.split(r"(?<!\\)\|", line)) == width, line
    assert rows == sum(line.startswith("|") for line in lines)


@pytest.mark.parametrize("path", TEXTS, ids=[path.name for path in TEXTS])
def test_links_to_pages_lead_somewhere(path):
    for address in re.findall(r"\]\(<?([^)>]+)", TEXTS[path]):
        page, _, anchor = address.partition("#")
        assert address.startswith("http") or (path.parent / page).exists()
        if anchor:
            headings = re.findall("(?m)^#+ (.*)$", (path.parent / page).read_text("utf-8"))
            assert anchor in {re.sub(r"[^\w-]", "", heading.lower()) for heading in headings}, anchor


def made_up():
    builder = mc.StudyBuilder("signs", f"Title {SIGNS}", summary=SIGNS, source="doe2020")
    builder.reference("doe2020", title=SIGNS, author="Doe, Jane", year=2020, url="https://example.org/a_b(c)")
    builder.choice("way", ["a|b", "c*d"], slips=["a|b"], note=SIGNS)
    builder.case("other", "c|d", {"way": "c*d"}, why=SIGNS, source="https://example.org/x|y", complete=True)
    size = builder.input(
        "size", "kg", by="way", source="doe2020", where=SIGNS, note=SIGNS,
        at={
            "a|b": {"value": 1, "published": "1", "corrected": {"value": 2, "why": SIGNS, "source": "doe2020"}},
            "c*d": mc.lognormal(p5=1, p95=4),
        },
    )  # fmt: skip
    grid = builder.input("grid", "kgCO2e/MWh", prior="grid.us", published=400, source="doe2020")
    total = builder.quantity("total", size * 2, "kg", note=SIGNS)
    builder.quantity("ratio", total / 3, "kg")
    builder.quantity("intensity", grid * 1, "kgCO2e/MWh")
    builder.claim("size", f"Size {SIGNS}", total, published="2", source="doe2020", note=SIGNS)
    builder.defect(SIGNS, "unit", claims=["size"], where=SIGNS, source="doe2020")
    return builder.build()


def test_a_page_has_everything_of_its_study():
    study = made_up()
    page = study_page(study, mc.reproduce(study))
    for said in (
        "| `size`: Size a\\|b \\<c\\>",
        "| 2 kg | 2 kg | 1 | reproduces |",
        "With the corrected inputs: 4 kg.",
        "- **unit** (a\\|b",
        "About `size`. Source: `doe2020`.",
        "- `way`: a\\|b (as published), a slip; c\\*d.",
        "| c\\|d (leaves least out) | `way`: c\\*d |",
        "[https://example.org/x\\|y](https://example.org/x%7Cy)",
        "| `size[a\\|b]` | kg | 1 | fixed at 1 |  |  |  |",
        "| `size[c*d]` | kg |  | lognormal with p5 1, p95 4 | 1 | 2 | 4 |",
        "Corrected: 2, since a\\|b",
        "`total`, in kg: a\\|b",
        "```text\nsize * 2\n```",
        "- `doe2020`: Doe, Jane (2020). a\\|b",
        "(<https://example.org/a_b(c)>)",
    ):
        assert said in page, said
    # In the input's unit: kg/MWh and g/kWh are the same number, so the library's median is 380.
    assert "| `grid` | kgCO2e/MWh | 400 | [`grid.us`](../priors.md#gridus) | 325 | 380 | 435 |" in page


def test_the_claims_page_has_every_claim_once():
    study = made_up()
    found = [(study, mc.reproduce(study))]
    page = claims_page(found)
    assert page.count("reproduces |") == 1
    assert "1 claim." in page
    assert "](studies/signs.md)" in page
    assert "| `signs` | 1 | 1 | 0 | 0 |" in index_page(found)


def test_where_nothing_was_published_no_claim_counts_as_not_checkable():
    """The study of an answer of its own lists claims of others, which nothing in it was published with."""
    own = mc.parse_study(
        'format = 1\nid = "own"\ntitle = "Own"\n[inputs.x]\nunit = "kg"\nsource = "judgement"\n'
        'prior = { family = "uniform", low = 1, high = 4 }\n'
        '[quantities.y]\nunit = "kg"\nformula = "x"\n'
        '[claims.c]\nstatement = "It is 3 kg."\nquantity = "y"\npublished = "3"\nsource = "doe2021"\n'
        '[references]\ndoe2021 = { title = "T", author = "Doe", year = 2021, url = "https://example.org" }\n'
    )
    found = [(study, mc.reproduce(study)) for study in (own, made_up())]
    assert "| `own` | 1 |  |  | nothing was published |" in index_page(found)
    assert "3 kg |  | nothing was published |" in claims_page(found)
    assert "not checkable" not in study_page(*found[0]) + claims_page(found)
    results = [result for _, result in found]
    said = reproduction_table(results).splitlines()[-2:]
    assert said == ["For 1 claim nothing was published.", "Of 2 claims: 1 reproduces."]
    alone = reproduction_table(results[:1])
    assert alone.splitlines()[-1] == "1 claim: nothing was published to hold the arithmetic against."
    assert "not checkable" not in alone


def test_escaped_text_has_no_sign_of_its_own():
    text = escaped(SIGNS)
    assert re.sub(r"\\(.)", r"\1", text) == SIGNS
    assert not re.search(r"(?<!\\)[`*_{}\[\]<>|~$#]", text.replace("\\\\", ""))
    assert escaped("1. one\n- two") == "1\\. one - two"
    assert escaped("1.5 t") == "1.5 t"


def test_tables_blocks_and_links():
    assert table(["A", "B"], [["1", "2"]], "lr") == "| A | B |\n| :-- | --: |\n| 1 | 2 |"
    assert block("a\n") == "```text\na\n```"
    assert code("a|b") == "`a\\|b`"
    assert link("t", "https://example.org/a") == "[t](https://example.org/a)"
