"""The two ways over the blocks of a program: keep the draws, or count them.

Both run a range of blocks of one chain; any split of the ranges gives the same results, to the bit.
"""

from __future__ import annotations

import numpy as np

from mcarbon.accelerate import kernel
from mcarbon.machine import evaluate, fill_inputs
from mcarbon.streams import BLOCK

BINS_PER_OCTAVE = 512
_BIN_BITS = np.uint64(52 - (BINS_PER_OCTAVE.bit_length() - 1))
_MAGNITUDE = np.uint64(0x7FFFFFFFFFFFFFFF)
_INFINITE = np.uint64(0x7FF0000000000000)


@kernel
def keep_draws(method, keys, chain, first, last, directions, low, cubics, first_piece, has_pieces, pieces, code, constants, n_rows, outputs, draws):  # type: ignore[no-untyped-def]  # noqa: E501
    """Write the outputs of blocks [first, last) of a chain to `draws` (outputs, draws of the chain from block `first`)."""
    n_inputs = keys.shape[1]
    rows = np.empty((n_rows, BLOCK))
    for k in range(constants.shape[0]):
        rows[n_inputs + k] = constants[k]
    u = np.empty(BLOCK)
    total = draws.shape[1]
    for block in range(first, last):
        fill_inputs(method, keys, chain, block, directions, low, cubics, first_piece, has_pieces, pieces, u, rows)
        evaluate(code, rows)
        start = (block - first) * BLOCK
        stop = min(start + BLOCK, total)
        for k in range(outputs.shape[0]):
            draws[k, start:stop] = rows[outputs[k], : stop - start]


@kernel
def count_block(row, length, centre, lowest_key, n_below, n_above, counts, smallest, largest, sums):  # type: ignore[no-untyped-def]
    """Count one block of one output into its bins (see `mcarbon.counts.Bins`); sums of y - centre and its square.

    `length` draws of the block count; `counts`, `smallest` and `largest` are the output's own bins, the last of them
    for draws that are not finite; `sums` (2,) is overwritten.
    """
    shifted = np.empty(BLOCK)
    for i in range(BLOCK):
        shifted[i] = row[i] - centre
    bits = shifted.view(np.uint64)
    bins = np.empty(BLOCK, np.int64)
    for i in range(BLOCK):
        magnitude = bits[i] & _MAGNITUDE
        key = np.int64(magnitude >> _BIN_BITS) - lowest_key
        above = n_below + 1 + min(key, n_above - 1)
        below = n_below - 1 - min(key, n_below - 1)
        inner = n_below if key < 0 else (above if shifted[i] >= 0.0 else below)
        bins[i] = inner if magnitude < _INFINITE else n_below + 1 + n_above
    first = 0.0
    second = 0.0
    for i in range(length):
        k = bins[i]
        counts[k] += 1
        y = row[i]
        if y < smallest[k]:
            smallest[k] = y
        if y > largest[k]:
            largest[k] = y
    last_bin = n_below + 1 + n_above
    for i in range(length):
        d = shifted[i] if bins[i] != last_bin else 0.0
        first += d
        second += d * d
    sums[0] = first
    sums[1] = second


@kernel
def count_draws(method, keys, chain, first, last, length, directions, low, cubics, first_piece, has_pieces, pieces, code, constants, n_rows, outputs, centre, lowest_key, n_below, n_above, offset, counts, smallest, largest, sums):  # type: ignore[no-untyped-def]  # noqa: E501
    """Count the outputs of blocks [first, last) of a chain of `length` draws.

    `counts`, `smallest`, `largest` (bins of all outputs) are added to; `sums` (blocks of this call, outputs, 2) are
    the sums of each block, to be added in the order of the blocks.
    """
    n_inputs = keys.shape[1]
    rows = np.empty((n_rows, BLOCK))
    for k in range(constants.shape[0]):
        rows[n_inputs + k] = constants[k]
    u = np.empty(BLOCK)
    for block in range(first, last):
        fill_inputs(method, keys, chain, block, directions, low, cubics, first_piece, has_pieces, pieces, u, rows)
        evaluate(code, rows)
        inside = min(BLOCK, length - block * BLOCK)
        for k in range(outputs.shape[0]):
            o, p = offset[k], offset[k + 1]
            count_block(
                rows[outputs[k]], inside, centre[k], lowest_key[k], n_below[k], n_above[k],
                counts[o:p], smallest[o:p], largest[o:p], sums[block - first, k],
            )  # fmt: skip
