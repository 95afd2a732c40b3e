"""A line on a terminal that says what is being waited for, once that has taken more than a second."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PATIENCE = 1.0
_EVERY = 0.5


@contextmanager
def waiting(what: str) -> Iterator[Callable[[float], None]]:
    """Tell on stderr, if it is a terminal, what takes longer than a second; the line is gone afterwards.

    What is yielded may be told the share that is done.
    """
    if not sys.stderr.isatty():
        yield lambda share: None
        return
    done, shares = threading.Event(), [0.0]
    ticking = threading.Thread(target=_tick, args=(what, done, shares), daemon=True)
    ticking.start()
    try:
        yield shares.append
    finally:
        done.set()
        ticking.join()


def _tick(what: str, done: threading.Event, shares: list[float]) -> None:
    start = time.monotonic()
    shown = 0
    wait = _PATIENCE
    while not done.wait(wait):
        wait = _EVERY
        share = f", {100 * shares[-1]:.0f} %" if shares[-1] > 0 else ""
        line = f"{what}, {time.monotonic() - start:.0f} s{share}"
        print(f"\r{line.ljust(shown)}", end="", file=sys.stderr, flush=True)
        shown = max(shown, len(line))
    if shown:
        print("\r" + " " * shown + "\r", end="", file=sys.stderr, flush=True)
