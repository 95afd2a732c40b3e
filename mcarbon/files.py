"""Files and folders of results: written beside their place and renamed when whole, so that a failed run changes nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mcarbon.errors import Fault, UserError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes its place if the block ends well, and is removed if not."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
    except OSError as error:
        raise _unwritable(path, error) from error
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        # mkstemp makes files for their owner alone; a result is to be as readable as any other file made here.
        beside.chmod(0o666 & ~_mask())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder beside `path` to fill; it takes its place if the block ends well, and is removed if not.

    A folder cannot be renamed over another: what was there is moved aside first, and back if that was in vain.
    """
    try:
        beside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    except OSError as error:
        raise _unwritable(path, error) from error
    new, old = beside / "new", beside / "old"
    new.mkdir()
    try:
        yield new
        new.chmod(0o777 & ~_mask())
        if path.exists():
            path.rename(old)
        try:
            new.rename(path)
        except BaseException:
            if old.exists():
                old.rename(path)
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _unwritable(path: Path, error: OSError) -> UserError:
    return UserError(Fault(what=f"this cannot be written: {error.strerror}", file=str(path)))


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
