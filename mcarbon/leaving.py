"""Leaving when told to, by Ctrl-C or a signal to end: in a moment, whatever is being done, with one line, no traceback.

Python gives a signal to the main thread, between two of its steps; a kernel, the compiler and a cluster's client may keep
that one for long. So the signals are waited for on a thread, which ends the process. That is safe at any moment, since
what is written takes its place in one step (`mcarbon.files`).
"""

from __future__ import annotations

import os
import signal
import sys
import threading

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_SAID = "interrupted; no file is left half written"


def leave_when_told() -> None:
    """From now on end this process when one of `NAMES` comes, with the status 128 + its number: 130 for Ctrl-C.

    Signals that this process is to ignore, as under nohup, stay ignored. Where signals cannot be waited for (Windows),
    Ctrl-C stays Python's.
    """
    if not hasattr(signal, "sigwait"):
        return
    numbers = [getattr(signal, name) for name in NAMES]
    told = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
    # Before any other thread is there: each inherits what is blocked.
    signal.pthread_sigmask(signal.SIG_BLOCK, told)
    threading.Thread(target=_leave, args=(told,), name="leaving", daemon=True).start()


def leave_as_ever() -> None:
    """Give signals back to the system, for the end of the process: there threads do not run any longer."""
    if hasattr(signal, "sigwait"):
        for name in NAMES:
            number = getattr(signal, name)
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [getattr(signal, name) for name in NAMES])


def _leave(told: list[signal.Signals]) -> None:
    number = signal.sigwait(told)
    try:
        # Not imported here: that would delay every start, and what has not been imported writes nothing.
        files = sys.modules.get("mcarbon.files")
        if files is not None and hasattr(files, "abandon"):
            # A large folder takes a while; what is left of it the next run removes.
            removing = threading.Thread(target=files.abandon, daemon=True)
            removing.start()
            removing.join(0.4)
        start, end = ("\r", " " * 30) if sys.stderr.isatty() else ("", "")  # over what tells of waiting
        os.write(2, f"{start}{_SAID}{end}\n".encode())
    finally:
        os._exit(128 + number)
