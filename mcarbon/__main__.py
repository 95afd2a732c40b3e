"""``python -m mcarbon``: the command line."""

from mcarbon.cli import main

main()
