"""Files and folders of results: written beside their place, renamed when whole, so that no fault leaves one half written.

What is being written lies in a folder beside its place, such as ``.draws.nc.mcarbon-x1y2z3``, that is locked for as long
as its process lives. A process that was killed leaves that folder; whoever next writes to the same place removes it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mcarbon.errors import Fault, UserError

if sys.platform == "win32":  # where leftovers of a killed process stay
    fcntl = None
else:
    import fcntl

_MARK = ".mcarbon-"
_ROOM = "Free some room or name another place. What was there before is as it was."
_OTHER = "Name a place that may be written to. What was there before is as it was."
_REMEDIES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), _ROOM),
    errno.EFBIG: f"Raise the limit (`ulimit -f`) or ask for fewer draws. {_ROOM.partition('. ')[2]}",
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ENAMETOOLONG), _OTHER),
}
"""Faults of the machine that are no fault of the program, each with what mends it."""
_AT_HERE, _EXCHANGE = -100, 2
_open: dict[Path, Path] = {}
"""What this process is writing: each folder beside, and the place that it is for."""
_abandoned = threading.Event()


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes its place if the block ends well, and is removed if not.

    UserError where the machine does not let it be written: no room, no right to, a folder of this name.
    """
    if path.is_dir():
        raise UserError(Fault(what="this is a folder, not a file", file=str(path)))
    with _beside(path) as folder:
        new = folder / f"new{path.suffix}"
        yield new
        _flush(new)
        new.replace(path)
        _flush_name(path)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder beside `path` to fill; it takes its place if the block ends well, and is removed if not.

    UserError as for `whole_file`.
    """
    with _beside(path) as folder:
        new = folder / "new"
        new.mkdir()
        yield new
        for inside in new.rglob("*"):
            _flush(inside)
        _take_place(new, path, folder / "old")
        _flush_name(path)


def whole_files(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files by their names in a folder, and give their paths; a folder that is new is there when all are.

    In one that was there all are on the disk before the first is renamed, and other files stay. UserError as for
    `whole_file`.
    """
    try:
        (folder if folder.exists() else folder.parent).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(Fault(what=f"this folder cannot be made: {error.strerror}", file=str(folder))) from error
    if not folder.exists():
        with whole_folder(folder) as new:
            _fill(new, files)
    else:
        with _beside(folder / "report") as beside:
            _fill(beside, files)
            for name in files:
                _flush(beside / name)
            for name in files:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (beside / name).replace(folder / name)
            _flush_name(folder / "report")
    return [folder / name for name in files]


def require_writable(path: Path) -> None:
    """Refuse a place that may not be written to, before anything is computed for it."""
    above = next(folder for folder in (path, *path.absolute().parents) if folder.is_dir())
    if not os.access(above, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        read_only = hasattr(os, "statvfs") and os.statvfs(above).f_flag & os.ST_RDONLY
        raise _unwritable(path, OSError(number := errno.EROFS if read_only else errno.EACCES, os.strerror(number)))


def abandon() -> None:
    """Remove what this process is writing, from any thread, before it ends in the middle of it."""
    _abandoned.set()
    for beside, path in list(_open.items()):
        # Under another name first: from then on nothing of it can take its place while it is removed.
        away = beside.with_name(f"{beside.name}-left")
        with contextlib.suppress(OSError):
            beside.rename(away)
            _remove(away, path)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A folder of our own beside `path`, on the same file system; leftovers of processes that were killed are removed."""
    with contextlib.suppress(OSError):
        _remove_leftovers(path)
    try:
        beside, lock = _locked(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    _open[beside] = path
    try:
        yield beside
    except BaseException as error:
        if _abandoned.is_set():
            threading.Event().wait()  # for the end of the process: what fails because of that is not told
        if isinstance(error, OSError) and error.errno in _REMEDIES:
            raise _unwritable(path, error) from error
        raise
    finally:
        _remove(beside, path)
        del _open[beside]
        if lock is not None:
            os.close(lock)


def _prefix(path: Path) -> str:
    return f".{path.name[:50]}{_MARK}"


def _locked(path: Path) -> tuple[Path, int | None]:
    """A new folder beside `path`, and its lock; None where folders have none (Windows cannot even open one)."""
    while True:
        beside = Path(tempfile.mkdtemp(dir=path.parent, prefix=_prefix(path)))
        if fcntl is None:
            return beside, None
        lock = _lock(beside)
        if lock is not None:
            return beside, lock


def _lock(beside: Path) -> int | None:
    """Lock a folder: None where another process has it, or has removed it."""
    try:
        handle = os.open(beside, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if beside.exists():
            return handle
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            return handle  # a file system without locks
    os.close(handle)
    return None


def _remove_leftovers(path: Path) -> None:
    if fcntl is None:
        return
    for beside in path.parent.iterdir():
        if beside.name.startswith(_prefix(path)) and beside not in _open and beside.is_dir() and not beside.is_symlink():
            lock = _lock(beside)
            if lock is not None:
                _remove(beside, path)
                os.close(lock)


def _remove(beside: Path, path: Path) -> None:
    old = beside / "old"
    if old.exists() and not path.exists():  # ended between the two renames of `_take_place`
        with contextlib.suppress(OSError):
            old.rename(path)
    for _ in range(20):
        shutil.rmtree(beside, ignore_errors=True)
        if not beside.exists():
            return
        time.sleep(0.05)  # for threads that are still writing into it


def _take_place(new: Path, path: Path, old: Path) -> None:
    """Put a folder in its place; what was there goes with the folder beside."""
    while True:
        if _exchange(new, path):
            return
        # Where that cannot be, such as on a network's disk: aside first, and back if that was in vain.
        with contextlib.suppress(FileNotFoundError):
            path.rename(old)
        try:
            new.rename(path)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            # Another process has put its own there meanwhile.
            shutil.rmtree(old, ignore_errors=True)
        else:
            return


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step; False where one is not there, or the system or the disk cannot."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    return bool(renameat2(_AT_HERE, os.fsencode(one), _AT_HERE, os.fsencode(other), _EXCHANGE) == 0)


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _flush(path: Path) -> None:
    """Have a file or folder on the disk itself, so that a power cut after renaming does not leave it empty."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:  # folders cannot be opened on Windows
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
    finally:
        os.close(handle)


def _flush_name(path: Path) -> None:
    """Have on the disk what is called so now; where that fails the old name may be back after a power cut, and is whole."""
    with contextlib.suppress(OSError):
        _flush(path.parent)


def _unwritable(path: Path, error: OSError) -> UserError:
    what = f"this cannot be written: {os.strerror(error.errno) if error.errno else error}"
    return UserError(Fault(what=what, file=str(path), allowed=_REMEDIES.get(error.errno or 0, "")))
