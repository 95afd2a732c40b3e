"""From a checked study to numbers: draws, and what they say. Labels stay outside; kernels see bare floats."""
