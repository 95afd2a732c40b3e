"""Hypothesis without deadlines: a machine that is busy is not a fault of the code. Nothing is remembered between runs."""

import os
import tempfile

from hypothesis import settings

settings.register_profile("mcarbon", deadline=None, derandomize=True)
settings.load_profile("mcarbon")

os.environ["MCARBON_CACHE_DIR"] = tempfile.mkdtemp(prefix="mcarbon-tests-")

if os.environ.get("NUMBA_DISABLE_JIT") == "1":
    from interpreted import use_plain_python

    use_plain_python()
