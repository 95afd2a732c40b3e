"""Coverage-guided fuzzing with Atheris: `fuzz.py TARGET [options of libFuzzer] [folders of seeds]`."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

ROOT = Path(__file__).parent.parent
sys.path += [str(ROOT), str(ROOT / "tests")]

# What Numba compiles must stay as it is written.
COMPILED = [f"mcarbon.engine.{name}" for name in ("accelerate", "exchange", "held", "kernels", "machine", "streams")]
with atheris.instrument_imports(include=["mcarbon", "mutants"], exclude=COMPILED):
    import mutants

    import mcarbon.answers.stress  # noqa: F401  (what is imported late is instrumented too)
    import mcarbon.engine.program


def text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="surrogateescape")


TARGETS = {
    "loader": lambda raw: mutants.survives(text(raw)),
    "formula": lambda raw: mutants.formula_survives(text(raw)),
    "unit": lambda raw: mutants.unit_survives(text(raw)),
    "compiler": lambda raw: mutants.survives(mutants.mutant(mutants.Bytes(raw))),
}

if __name__ == "__main__":
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
