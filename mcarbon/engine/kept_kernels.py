"""Compiled kernels, kept on the disk: Numba's folders, with files of our own that no fault of the machine can make wrong.

Numba's own files are read without a check, so that one that is cut short stops every later run; two processes that
compile at once may name the same file; and a kernel stays as it was when another module that it takes in is edited. Here
a file is named for its kernel, signature and processor alone, and begins with a digest of all that it was made from and
of itself: what does not match is compiled again and written over.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core.caching import FunctionCache

_DIGEST = 32
_VERSIONS = sys.version, numba.__version__, llvmlite.__version__
_faults: list[str] = []
"""Why kernels could not be kept."""


def not_kept() -> str:
    """Why compiled kernels cannot be kept, so that every process compiles them again; empty where they are."""
    return _faults[0] if _faults else ""


def keep_compiled(compiled: Any, function: Callable[..., Any]) -> None:
    """Have what Numba compiles of `function` kept where Numba would keep it, if there is such a place."""
    try:
        compiled._cache = _Kept(function)
    except RuntimeError as error:
        if "cannot cache" not in str(error):
            raise
        _faults.append("no folder for them can be written")  # Numba finds none


class _Kept(FunctionCache):
    def __init__(self, function: Callable[..., Any]) -> None:
        begin: Callable[[Callable[..., Any]], None] = super().__init__  # which Numba gives no types
        begin(function)
        self._cache_file: Any = _Files(Path(self._cache_path), self._impl.filename_base, function)


class _Files:
    """Stands where Numba has its files of an index and its data."""

    def __init__(self, folder: Path, name: str, function: Callable[..., Any]) -> None:
        self.folder, self.name, self.function = folder, name, function

    def load(self, key: Any) -> Any:
        try:
            whole = self._path(key).read_bytes()
            if whole[:_DIGEST] == self._digest(key, whole[_DIGEST:]):
                return pickle.loads(whole[_DIGEST:])
        except OSError:  # not there, or not for us to read
            pass
        return None

    def save(self, key: Any, data: Any) -> None:
        content = pickle.dumps(data)
        try:
            handle, beside = tempfile.mkstemp(dir=self.folder, prefix=f"{self.name}.")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(self._digest(key, content) + content)
                os.chmod(beside, 0o644)
                os.replace(beside, self._path(key))
            except BaseException:
                os.unlink(beside)
                raise
        except OSError as error:  # a full disk: the kernel is there all the same
            _faults.append(f"{self.folder} cannot be written: {error.strerror}")

    def flush(self) -> None:
        for path in self.folder.glob(f"{self.name}.*.kernel"):
            path.unlink(missing_ok=True)

    def _path(self, key: Any) -> Path:
        return self.folder / f"{self.name}.{hashlib.sha256(repr(key[:2]).encode()).hexdigest()[:16]}.kernel"

    def _digest(self, key: Any, content: bytes) -> bytes:
        return hashlib.sha256(f"{key!r}{_VERSIONS}{made_from(self.function)}".encode() + content).digest()


@cache
def made_from(function: Callable[..., Any]) -> str:
    """All that a kernel is compiled from: its own code, the constants that it has, and the functions that it calls."""
    parts = [repr(_code(function.__code__))]
    for name in sorted(_names(function.__code__)):
        value: Any = function.__globals__.get(name)
        # A kernel, a function that is inlined, one that writes LLVM's code itself (`numba.extending.intrinsic`), and plain
        # ones that this calls.
        called = getattr(value, "py_func", None) or getattr(value, "_defn", None)
        called = called or (value if isinstance(value, FunctionType) else None)
        if called is not None:
            parts.append(f"{name}: {made_from(called)} {getattr(value, 'targetoptions', '')}")
        elif isinstance(value, np.ndarray):
            parts.append(f"{name} = {value.dtype} {value.shape} {value.tobytes().hex()}")
        elif isinstance(value, (bool, int, float, str, tuple, np.generic)):
            parts.append(f"{name} = {value!r}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _code(code: CodeType) -> tuple[Any, ...]:
    inner = [_code(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts]
    return code.co_code.hex(), code.co_names, code.co_varnames, inner


def _names(code: CodeType) -> set[str]:
    return {*code.co_names, *(name for each in code.co_consts if isinstance(each, CodeType) for name in _names(each))}
