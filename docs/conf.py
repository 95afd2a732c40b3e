"""How the site is built from these pages (`make docs`). They stay plain Markdown: their tree stands here, not in them."""

import re
import sys
from pathlib import Path

from docutils import nodes
from pygments.lexer import RegexLexer, bygroups
from pygments.token import Generic, Keyword, Name, Text

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))

from mcarbon.version import __version__  # noqa: E402

TREE: dict[str, list[str] | dict[str, str]] = {
    "index": {
        "tutorial": "Tutorial",
        "how-to/index": "How-to",
        "reference": "Reference",
        "computing": "Methods",
        "studies/index": "Studies",
        "priors": "Priors",
        "architecture": "Architecture",
        "changelog": "Changelog",
    },
    "how-to/index": [
        "how-to/write-a-study",
        "how-to/add-a-prior",
        "how-to/elicit",
        "how-to/read-a-verdict",
        "how-to/what-would-tip-it",
        "python",
        "how-to/use-dask",
        "how-to/cite",
    ],
    "reference": ["format", "command-line", "python-names", "json"],
    "computing": ["verdict-rules", "performance", "validation", "methods"],
    "methods": ["drivers", "extremes", "predictive-check"],
    "studies/index": ["claims", "status", *(f"studies/{path.stem}" for path in sorted((DOCS / "studies").glob("*-*.md")))],
}
"""The pages below each page, with the name that the head of every page gives them. Those that are not there are left out."""

project = "mcarbon"
author = "The mcarbon developers"
project_copyright = author
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
exclude_patterns = ["*.py", "site"]
show_warning_types = True
highlight_language = "text"

myst_heading_anchors = 4  # those of a code host: priors.md#aipue

default_role = "code"  # docstrings put names into single backticks
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
maximum_signature_line_length = 80

copybutton_prompt_text = "$ "

html_title = "mcarbon"
html_theme = "pydata_sphinx_theme"
html_static_path = ["site"]
html_css_files = ["site.css"]
html_favicon = "site/mark.svg"
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {page: [] for page in ("index", "tutorial", "priors", "architecture", "changelog")}
html_theme_options = {
    "logo": {"text": "mcarbon", "image_light": "site/mark.svg", "image_dark": "site/mark-dark.svg", "alt_text": ""},
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 8,
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
    "show_nav_level": 1,
    "show_toc_level": 1,
    "show_prev_next": True,
    "footer_start": ["copyright"],
    "footer_center": [],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


class Console(RegexLexer):
    """What a terminal shows: commands, verdicts in capitals, and the signs of the picture in the colours of reports."""

    name = "Console"
    tokens = {  # noqa: RUF012
        "root": [
            (r"^(\$ )(.*\n)", bygroups(Generic.Prompt, Generic.Strong)),
            (r"^[A-Z][A-Z ,]+$", Generic.Strong),
            (r"◆|◇", Keyword),
            (r"[·─]*[█┃][█┃·─]*|(?<=[◆█┃])[·─]+|[·─]+(?=◆)", Name.Tag),
            (r"[^·─█┃◆◇\n]+|.|\n", Text),
        ],
    }


def _tree(page: str) -> str:
    """The hidden list of the pages below a page."""
    below = TREE.get(page, [])
    there = [name for name in below if (DOCS / f"{name}.md").exists()]
    lines = [f"/{name}" if isinstance(below, list) else f"{below[name]} </{name}>" for name in there]
    return "\n\n```{toctree}\n:hidden:\n\n" + "\n".join(lines) + "\n```\n" if there else ""


def _read(_app: object, page: str, source: list[str]) -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8") if page == "changelog" else source[0]
    here = (DOCS / page).parent

    def link(found: re.Match[str]) -> str:
        # What lies outside these pages is no page of the site: its name is left.
        return found[0] if (here / found[2]).resolve().is_relative_to(DOCS) else found[1]

    source[0] = re.sub(r"\[([^\]]*)\]\((\.\./[^)#]*)[^)]*\)", link, text) + _tree(page)


def _signature(  # what Sphinx gives
    _app: object, what: str, name: str, _obj: object, _options: object, arguments: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    if what == "class" and (name == "mcarbon.Study" or name.startswith("mcarbon.results.")):
        # Records are not made by hand: their fields are told one by one, and what they inherit takes a page.
        return "", ""
    # Any prior: Sphinx writes out the union.
    return re.sub(r"Annotated\[Normal \|.*?discriminator='family'\)\]", "Prior", arguments or "") or None, returned


WIDEST = 45
"""Columns of text that a table may have on a telephone; a wider one is told row by row there."""


def _tables(_app: object, tree: nodes.document, _page: str) -> None:
    for table in tree.findall(nodes.table):
        rows = [list(row.children) for row in table.findall(nodes.row)]
        head, *body = rows
        if sum(min(30, max(len(row[i].astext()) for row in rows)) for i in range(len(head))) <= WIDEST:
            continue
        table["classes"].append("by-row")
        for row in body:
            for title, cell in list(zip(head, row))[1:] if len(head) > 2 else []:
                if cell.astext() and isinstance(cell[0], nodes.paragraph):
                    cell[0].insert(0, nodes.inline("", title.astext(), classes=["cell-title"]))


def setup(app: object) -> None:
    """Called by Sphinx."""
    app.add_lexer("console", Console)  # type: ignore[attr-defined]
    app.connect("source-read", _read)  # type: ignore[attr-defined]
    app.connect("autodoc-process-signature", _signature)  # type: ignore[attr-defined]
    app.connect("doctree-resolved", _tables)  # type: ignore[attr-defined]
