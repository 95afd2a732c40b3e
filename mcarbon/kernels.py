"""The two ways over the blocks of a program: keep the draws, or count them.

Both run a range of blocks of one chain; any split of the ranges gives the same results, to the bit.
"""

from __future__ import annotations

import numpy as np

from mcarbon.accelerate import kernel
from mcarbon.machine import evaluate, fill_inputs
from mcarbon.streams import BLOCK

U64 = np.uint64
_MAGNITUDE = U64(0x7FFFFFFFFFFFFFFF)
_INFINITE = U64(0x7FF0000000000000)
LANES = 8
GROUP = 8
"""Blocks of one output that are counted in a row: its bins are in cache only while it is that output's turn."""


@kernel
def keep_draws(method, keys, chain, first, last, directions, low, cubics, first_piece, has_pieces, pieces, code, ends, constants, n_rows, outputs, draws):  # type: ignore[no-untyped-def]  # noqa: E501
    """Write the outputs of blocks [first, last) of a chain to `draws` (outputs, draws from block `first` on)."""
    rows = np.empty((n_rows, BLOCK))
    for k in range(constants.shape[0]):
        rows[keys.shape[1] + k] = constants[k]
    u = np.empty(BLOCK)
    total = draws.shape[1]
    for block in range(first, last):
        fill_inputs(method, keys, chain, block, directions, low, cubics, first_piece, has_pieces, pieces, u, rows)
        start = (block - first) * BLOCK
        stop = min(start + BLOCK, total)
        done = 0
        for k in range(outputs.shape[0]):
            evaluate(code[done : ends[k]], rows)
            done = ends[k]
            draws[k, start:stop] = rows[outputs[k], : stop - start]


@kernel
def count_block(row, length, centre, shift, lowest, n_below, n_above, is_split, first, part_shift, part_mask, part_flip, shifted, bins, counts, extremes, sums):  # type: ignore[no-untyped-def]  # noqa: E501
    """Count the first `length` draws of one block of one output into its bins (see `mcarbon.bins.Bins`).

    `counts` (bins,) and `extremes` (bins, 2), the smallest and largest draw of a bin, are updated; `sums` (2,), of
    y - centre and of its square over the finite draws, is overwritten. `shifted` and `bins` (BLOCK,) are room to work.
    """
    for i in range(BLOCK):
        shifted[i] = row[i] - centre
    bits = shifted.view(np.uint64)
    not_finite = n_below + 1 + n_above
    for i in range(BLOCK):
        magnitude = bits[i] & _MAGNITUDE
        octave = np.int32(magnitude >> shift) - lowest
        above = n_below + 1 + min(octave, n_above - 1)
        below = n_below - 1 - min(octave, n_below - 1)
        inside = n_below if octave < 0 else (above if shifted[i] >= 0.0 else below)
        bins[i] = inside if magnitude < _INFINITE else not_finite
    if is_split:
        for i in range(BLOCK):
            k = bins[i]
            bins[i] = first[k] + ((np.int32(bits[i] >> part_shift[k]) & part_mask[k]) ^ part_flip[k])
        not_finite = first[not_finite]
    for i in range(length):
        k = bins[i]
        y = row[i]
        counts[k] += 1
        if y < extremes[k, 0]:
            extremes[k, 0] = y
        if y > extremes[k, 1]:
            extremes[k, 1] = y
    for i in range(BLOCK):
        shifted[i] = shifted[i] if i < length and bins[i] != not_finite else 0.0
    # Lanes of partial sums, always added in the same order: vector units of any width give the same bits.
    first = np.zeros(LANES)
    second = np.zeros(LANES)
    for i in range(0, BLOCK, LANES):
        for j in range(LANES):
            first[j] += shifted[i + j]
            second[j] += shifted[i + j] * shifted[i + j]
    sums[0] = 0.0
    sums[1] = 0.0
    for j in range(LANES):
        sums[0] += first[j]
        sums[1] += second[j]


@kernel
def count_draws(method, keys, chain, first, last, length, directions, low, cubics, first_piece, has_pieces, pieces, code, ends, constants, n_rows, outputs, centre, shift, lowest, n_below, n_above, coarse, is_split, first_part, part_shift, part_mask, part_flip, offset, counts, extremes, sums):  # type: ignore[no-untyped-def]  # noqa: E501
    """Count the outputs of blocks [first, last) of a chain of `length` draws.

    `counts` (bins of all outputs) and `extremes` (bins of all outputs, 2) are added to; `sums` (blocks of this call,
    outputs, 2) are the sums of each block, to be added in the order of the blocks.
    """
    rows = np.empty((n_rows, BLOCK))
    for k in range(constants.shape[0]):
        rows[keys.shape[1] + k] = constants[k]
    u = np.empty(BLOCK)
    shifted = np.empty(BLOCK)
    bins = np.empty(BLOCK, np.int32)
    kept = np.empty((outputs.shape[0], GROUP, BLOCK))
    for group in range(first, last, GROUP):
        blocks = min(GROUP, last - group)
        for j in range(blocks):
            fill_inputs(method, keys, chain, group + j, directions, low, cubics, first_piece, has_pieces, pieces, u, rows)
            done = 0
            for k in range(outputs.shape[0]):
                evaluate(code[done : ends[k]], rows)
                done = ends[k]
                kept[k, j] = rows[outputs[k]]
        for k in range(outputs.shape[0]):
            o, p = offset[k], offset[k + 1]
            c, d = coarse[k], coarse[k + 1]
            for j in range(blocks):
                block = group + j
                count_block(
                    kept[k, j], min(BLOCK, length - block * BLOCK), centre[k], shift, lowest[k], n_below[k], n_above[k],
                    is_split[k], first_part[c:d], part_shift[c:d], part_mask[c:d], part_flip[c:d],
                    shifted, bins, counts[o:p], extremes[o:p], sums[block - first, k],
                )  # fmt: skip
