"""The one decorator of every kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile `function` with numba.

    nogil: blocks run side by side on threads. cache: compiled once a machine, not once a process. error_model numpy:
    a division by zero is inf or NaN, counted later, and not an exception. No fastmath: NaN and inf keep their meaning,
    and every machine rounds alike.
    """
    try:
        compiled: Callable[..., Any] = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError as error:
        # Numba finds no folder that it can write to; see `not_kept`.
        if "cannot cache" not in str(error):
            raise
        _not_kept.append(function.__name__)
        compiled = numba.njit(nogil=True, error_model="numpy")(function)
    return compiled


def not_kept() -> bool:
    """Whether some kernels are compiled in every process anew."""
    return bool(_not_kept)


_not_kept: list[str] = []


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `kernel`, but copied into its callers before LLVM sees them, where a call would stop a loop from vectorising."""
    compiled: Callable[..., Any] = numba.njit(nogil=True, error_model="numpy", inline="always")(function)
    return compiled
