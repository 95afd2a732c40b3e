"""A line on a terminal that says what is being waited for, once that has taken more than a second."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_PATIENCE = 1.0


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Tell on stderr, if it is a terminal, what takes longer than a second; the line is gone afterwards."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    ticking = threading.Thread(target=_tick, args=(what, done), daemon=True)
    ticking.start()
    try:
        yield
    finally:
        done.set()
        ticking.join()


def _tick(what: str, done: threading.Event) -> None:
    start = time.monotonic()
    shown = 0
    wait = _PATIENCE
    while not done.wait(wait):
        wait = 0.5
        line = f"{what}, {time.monotonic() - start:.0f} s"
        shown = max(shown, len(line))
        print(f"\r{line}", end="", file=sys.stderr, flush=True)
    if shown:
        print("\r" + " " * shown + "\r", end="", file=sys.stderr, flush=True)
