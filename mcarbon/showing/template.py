"""The study that ``mcarbon new`` writes: `template.toml` under the name of the file."""

from __future__ import annotations

import re
from pathlib import Path

from mcarbon.errors import Fault, UserError
from mcarbon.files import whole_file

_TEMPLATE = Path(__file__).with_name("template.toml")


def write_template(path: Path) -> None:
    """Write the template as a file that is not there yet. UserError where it is, or cannot be."""
    if path.suffix != ".toml":
        raise UserError(Fault("a study is a TOML file", file=str(path), allowed=f"Such as {path.stem or 'study'}.toml."))
    if path.exists() or path.is_symlink():
        raise UserError(Fault("this is there already, and is left as it is", file=str(path), allowed="Choose another name."))
    id = re.sub("[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "study"
    text = _TEMPLATE.read_text(encoding="utf-8").replace('id = "template"', f'id = "{id}"', 1)
    with whole_file(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")
