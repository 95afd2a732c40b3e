"""``python -m mcarbon`` and ``mcarbon``: the command line, which can be left from its first import on."""

from __future__ import annotations

import os
import sys

from mcarbon.leaving import leave_as_ever, leave_when_told


def _open_what_is_closed() -> None:
    """Give streams that a caller has closed (`>&-`) an end that leads nowhere, before a file gets their number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115


def main() -> None:
    """Run the command line; see `mcarbon.cli.main` for the exit status."""
    _open_what_is_closed()
    leave_when_told()
    # Of a cluster that is gone Dask tells in tracebacks; what it means is told by us.
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "critical")
    from mcarbon.cli import main as command_line

    try:
        command_line()
    except SystemExit as end:
        if isinstance(end.code, int) and end.code:
            # Without the closing of libraries: HDF5 crashes there over a file that the disk had no room for.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(end.code)
        leave_as_ever()
        raise


if __name__ == "__main__":
    main()
