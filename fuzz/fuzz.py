"""Coverage-guided fuzzing with Atheris: `fuzz.py TARGET [options of libFuzzer]`."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import atheris

ROOT = Path(__file__).parent.parent
MADE = ROOT / ".made"
sys.path += [str(ROOT), str(ROOT / "tests")]

# What Numba compiles must stay as it is written.
ENGINE = sorted((ROOT / "mcarbon" / "engine").glob("*.py"))
COMPILED = [
    f"mcarbon.engine.{path.stem}" for path in ENGINE if re.search(r"^@(kernel|inlined)|numba", path.read_text(), re.M)
]
with atheris.instrument_imports(include=["mcarbon"], exclude=COMPILED):
    import mutants
    import reported

    import mcarbon.answers.stress  # noqa: F401  (what is imported late would not be instrumented)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="surrogateescape")


TARGETS = {
    "loader": lambda raw: mutants.survives(_text(raw)),
    "compiler": lambda raw: mutants.survives(mutants.mutant(mutants.Bytes(raw))),
    "formula": lambda raw: mutants.formula_survives(_text(raw)),
    "report": lambda raw: reported.is_shown(reported.hostile(mutants.Bytes(raw))),
    "unit": lambda raw: mutants.unit_survives(_text(raw)),
}


def seeds(name: str) -> Iterator[str]:
    """Texts to begin with."""
    if name == "loader":
        yield from map(mutants.toml, mutants.sound())
    studies = [tomllib.loads(path.read_text("utf-8")) for path in (ROOT / "mcarbon/studies").glob("*.toml")]
    for study in studies:
        for item in study["quantities"].values():
            if name == "formula":
                yield item["formula"] if "formula" in item else str(next(iter(item["at"].values())))
            if name == "unit":
                yield item["unit"]


def words() -> Iterator[str]:
    """Words that texts are made of, as libFuzzer reads them."""
    keys = set(re.findall(r"[A-Za-z_]{3,}", (ROOT / "docs/format.md").read_text("utf-8")))
    for word in sorted({*mutants.PIECES, *mutants.TEXTS, *keys}):
        if word and len(word) < 60:
            yield '"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"'


if __name__ == "__main__":
    name = sys.argv.pop(1)
    for text in seeds("loader"):
        mutants.survives(text)  # what is compiled once is no case's time
    corpus = MADE / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for n, text in enumerate(dict.fromkeys(seeds(name))):
        (corpus / f"seed-{n}").write_text(text, "utf-8")
    (MADE / "words.dict").write_text("\n".join(words()) + "\n", "utf-8")
    length = {"loader": 8192, "compiler": 96, "report": 160, "formula": 300, "unit": 60}[name]
    given = [f"-max_len={length}", "-timeout=120", "-rss_limit_mb=3000", f"-artifact_prefix={MADE}/"]
    options = [f"-dict={MADE / 'words.dict'}", "-len_control=0", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *given, *options, *sys.argv[1:], str(corpus)], TARGETS[name])
    atheris.Fuzz()
