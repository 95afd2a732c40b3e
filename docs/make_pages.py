"""Makes the pages of the documentation that are made from data: `python docs/make_pages.py` writes them here."""

from pathlib import Path

import mcarbon as mc
from mcarbon.reading.load import studies
from mcarbon.showing.pages import claims_page, index_page, study_page

DOCS = Path(__file__).parent


def pages() -> dict[Path, str]:
    """The path of each page and its text."""
    loaded = [mc.load_study(name) for name in studies()]
    found = [(study, mc.reproduce(study)) for study in loaded]
    return {
        DOCS / "claims.md": claims_page(found),
        DOCS / "studies" / "index.md": index_page(found),
        **{DOCS / "studies" / f"{study.id}.md": study_page(study, result) for study, result in found},
    }


def main() -> None:
    """Write every page, and take away those of studies that are no more."""
    texts = pages()
    (DOCS / "studies").mkdir(exist_ok=True)
    for path in (DOCS / "studies").glob("*.md"):
        if path not in texts:
            path.unlink()
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
