"""What is remembered between processes, in the user's cache folder: small files that may be lost, broken or forbidden.

Nothing here may stop or change an answer: what cannot be read is computed again, what cannot be written is not
remembered. Each file has a digest of its content, and is written beside its place and renamed, so that processes at
once do no harm.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from mcarbon.version import __version__

FOLDER = "MCARBON_CACHE_DIR"
"""The environment's variable that names another folder; empty, nothing is remembered."""
MOST = 600
"""Files of a kind; half of them, the oldest, go when one more comes."""
_DIGEST = 16


def cache_folder() -> Path | None:
    """Where it is remembered; None where it is not."""
    named = os.environ.get(FOLDER)
    if named is not None:
        return Path(named) if named else None
    import platformdirs

    return Path(platformdirs.user_cache_dir("mcarbon"))


def recall(kind: str, key: str) -> bytes | None:
    """What was kept under a key; None where there is nothing, or it is not whole."""
    folder = cache_folder()
    if folder is None:
        return None
    try:
        found = (folder / kind / _name(key)).read_bytes()
    except OSError:
        return None
    digest, content = found[:_DIGEST], found[_DIGEST:]
    return content if digest == _digest(content) else None


def keep(kind: str, key: str, content: bytes) -> None:
    """Keep something under a key, where that can be."""
    folder = cache_folder()
    if folder is None:
        return
    with suppress(OSError):
        place = folder / kind
        place.mkdir(parents=True, exist_ok=True)
        _make_room(place)
        with tempfile.NamedTemporaryFile(dir=place, prefix=".", delete=False) as beside:
            beside.write(_digest(content) + content)
        os.replace(beside.name, place / _name(key))


def _make_room(place: Path) -> None:
    # Their ages are asked for only where there are too many: a large study keeps hundreds of files in a row.
    if len(os.listdir(place)) >= MOST:
        files = [(entry.stat().st_mtime_ns, entry.path) for entry in os.scandir(place)]
        for _, path in sorted(files)[: len(files) - MOST // 2]:
            with suppress(OSError):
                os.unlink(path)


def _name(key: str) -> str:
    return hashlib.blake2b(f"{_maker()}\0{key}".encode(), digest_size=20).hexdigest()


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST).digest()


@cache
def _maker() -> str:
    """What computed it: the versions, and the state of the sources, so that who edits them is not told of yesterday."""
    here = Path(__file__).parent
    sources = [*sorted((here / "families").glob("*.py")), *sorted((here / "engine").glob("*.py"))]
    for library in ("numpy", "scipy"):
        spec = find_spec(library)
        sources += [Path(folder) / "version.py" for folder in (spec.submodule_search_locations or ())] if spec else []
    stamps = [__version__]
    for source in sources:
        with suppress(OSError):
            status = source.stat()
            stamps.append(f"{source.name} {status.st_mtime_ns} {status.st_size}")
    return "\n".join(stamps)
