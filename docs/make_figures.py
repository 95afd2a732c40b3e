"""Draws the figure of the first pages: `python docs/make_figures.py` writes it to docs/figures, the same bytes each time."""

import io
from pathlib import Path

import matplotlib as mpl

import mcarbon as mc
from mcarbon.words.rows import rows
from mcarbon.words.statement import published_of

ROOT = Path(__file__).resolve().parent.parent
CLAIM = "midjourney-us-illustrator"
FIGURE = ROOT / "docs" / "figures" / f"{CLAIM}.svg"
DRAWS = 2**18
"""As many as `mcarbon stress` takes for a choice, so that the medians are those of its picture."""


def figure(draws: int = DRAWS) -> bytes:
    """The claim under every row of its verdict that has a ratio, as SVG that names the study's digest and the seed."""
    study = mc.load_study("tomlinson-2024")
    claim = mc.stress(study, [CLAIM], draws=2**10).claims[0]
    found = {}
    for row in rows(claim):
        if row.combination.no_ratio is None:
            drawn = mc.sample(study, draws=draws, quantities=[claim.quantity], choices=row.combination.choices)
            found[f"{row.letter} {row.combination.label}"] = drawn[claim.quantity].sel(claim.at)
    shown = mc.plot.choices(found, published_of(claim).value, claim.published_text)
    # Identifiers in an SVG are random without a salt, and its date is that of the day.
    with mpl.rc_context({"svg.hashsalt": CLAIM, "svg.fonttype": "path"}):
        file = io.BytesIO()
        told = f"Claim {CLAIM} of {study.id} ({study.digest}), {draws} draws a row, seed 1."
        shown.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Description": told})
    return file.getvalue()


if __name__ == "__main__":
    FIGURE.parent.mkdir(exist_ok=True)
    FIGURE.write_bytes(figure())
    print(f"{FIGURE.relative_to(ROOT)} is written.")
