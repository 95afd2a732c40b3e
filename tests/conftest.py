"""Hypothesis without deadlines: a machine that is busy is not a fault of the code."""

from hypothesis import settings

settings.register_profile("mcarbon", deadline=None, derandomize=True)
settings.load_profile("mcarbon")
