"""The one decorator of every kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

from mcarbon.engine.kept_kernels import keep_compiled


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile `function` with numba.

    nogil: blocks run side by side on threads. Compiled once a machine, not once a process. error_model numpy: a division
    by zero is inf or NaN, counted later, and not an exception. No fastmath: NaN and inf keep their meaning, and every
    machine rounds alike.
    """
    compiled: Callable[..., Any] = numba.njit(nogil=True, error_model="numpy")(function)
    keep_compiled(compiled, function)
    return compiled


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `kernel`, but copied into its callers before LLVM sees them, where a call would stop a loop from vectorising."""
    compiled: Callable[..., Any] = numba.njit(nogil=True, error_model="numpy", inline="always")(function)
    return compiled
