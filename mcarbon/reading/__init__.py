"""From text to a checked study: syntax, units, axes, sources; every fault with its place."""
