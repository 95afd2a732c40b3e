"""``python -m mcarbon`` and ``mcarbon``: the command line, which can be left from its first import on."""

from __future__ import annotations

from mcarbon.leaving import leave_when_told


def main() -> None:
    """Run the command line; see `mcarbon.cli.main` for the exit status."""
    leave_when_told()
    from mcarbon.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
