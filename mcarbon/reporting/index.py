"""The page over a folder of reports: ``python -m mcarbon.reporting.index FOLDER`` writes its index.html."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from mcarbon.files import whole_file
from mcarbon.reporting.html import environment, style
from mcarbon.reporting.view import count_words


@dataclass(frozen=True, slots=True)
class Listed:
    """One report: its study, what came out, how many claims."""

    id: str
    title: str
    heading: str
    claims: int


def listed(folder: Path) -> list[Listed]:
    """The reports in a folder, by the id of their study."""
    found = []
    for path in sorted(folder.glob("*/run.json")):
        document = json.loads(path.read_text("utf-8"))
        found.append(Listed(document["study"], document["title"], document["heading"], len(document["claims"])))
    return found


def index_page(folder: Path) -> str:
    """The page."""
    template = environment().get_template("index.html.j2")
    return template.render(reports=listed(folder), style=style(), count_words=count_words) + "\n"


if __name__ == "__main__":
    (place,) = map(Path, sys.argv[1:])
    with whole_file(place / "index.html") as beside:
        beside.write_text(index_page(place), "utf-8")
