# What of llvmlite is used; it has no types.
from llvmlite import ir as ir

__version__: str
