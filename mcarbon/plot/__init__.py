"""Figures for papers and notebooks: each function takes arrays, DataArrays or Datasets and returns a matplotlib Figure.

Draws are numbers in any shape, such as `mcarbon.sample(...)["ratio"].sel(country="US")`; a DataArray's unit labels the
axis. Save with `figure.savefig("ratio.pdf")`: figures are vectors, 180 mm wide or 88 mm (`width="column"`), safe for
colour-blind readers and legible in greyscale.
"""

from mcarbon.plot.causes import convergence, shares, tornado
from mcarbon.plot.counts import curves, dots
from mcarbon.plot.densities import prior, ratio, sides
from mcarbon.plot.intervals import choices, forest, strip
from mcarbon.plot.multiverse import specifications, steps

__all__ = [
    "choices", "convergence", "curves", "dots", "forest", "prior", "ratio", "shares", "sides", "specifications", "steps",
    "strip", "tornado",
]  # fmt: skip
