"""Runs the console blocks of the pages and writes what they print; `make pages` runs it, and a test asks for it.

A page's blocks run in order in a folder of its own. A TOML block whose first line is a comment with a path,
`# coffee.toml`, is saved there; `$` marks a command, what follows it is what it prints on both streams, 80 columns wide.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"# (?P<path>[\w/.-]+\.toml)\n")
AS_INSTALLED = 'import sys; sys.argv[0] = "mcarbon"; from mcarbon.cli import main; sys.exit(main())'
MCARBON = f"mcarbon() {{ '{sys.executable}' -c '{AS_INSTALLED}' \"$@\"; }}\n"


def pages() -> list[Path]:
    """The pages with console blocks."""
    return sorted(path for path in [ROOT / "README.md", *DOCS.rglob("*.md")] if "```console\n" in path.read_text("utf-8"))


def renewed(page: str, folder: Path) -> str:
    """A page's text with what its console blocks print now, run in `folder`."""

    def block(found: re.Match[str]) -> str:
        language, text = found["language"], found["text"]
        named = FILE.match(text)
        if language == "toml" and named:
            path = folder / named["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        if language != "console":
            return found[0]
        commands = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
        return "```console\n" + "\n".join(f"$ {command}\n{_printed(command, folder)}" for command in commands) + "```"

    return FENCE.sub(block, page)


def _printed(command: str, folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")}
    done = subprocess.run(
        ["sh", "-c", MCARBON + command],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    wrong_input = done.returncode == 2 and done.stdout.startswith("error: ")
    if done.returncode and not wrong_input:
        raise RuntimeError(f"{command}: exit status {done.returncode}\n{done.stdout}")
    return "".join(line.rstrip() + "\n" for line in done.stdout.splitlines())


def main() -> None:
    """Renew every page."""
    for path in pages():
        with tempfile.TemporaryDirectory() as folder:
            path.write_text(renewed(path.read_text("utf-8"), Path(folder)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
