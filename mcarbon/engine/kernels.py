"""The two ways over the blocks of a program: keep the draws, or count them.

Both run a range of blocks of one chain; any split of the ranges gives the same results, to the bit.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mcarbon.engine.accelerate import kernel
from mcarbon.engine.bins import Bins
from mcarbon.engine.machine import Array, Copula, Steps, aligned, evaluate, fill_inputs, new_rows
from mcarbon.engine.streams import BLOCK, Streams
from mcarbon.engine.tables import Tables
from mcarbon.engine.vectors import lane_sums

Counts = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int32]

U32 = np.uint32
U64 = np.uint64
_MAGNITUDE = U64(0x7FFFFFFFFFFFFFFF)
_INFINITE = U64(0x7FF0000000000000)
GROUP = 8
"""Blocks of one output that are counted in a row: its bins are in cache only while it is that output's turn."""
SPAN = 8 * GROUP
"""Blocks of which the sums are kept together, always added in their order: tasks are whole spans."""


@kernel
def keep_draws(
    streams: Streams, tables: Tables, copula: Copula, steps: Steps, chain: int, first: int, last: int, draws: Array
) -> None:
    """Write the outputs of blocks [first, last) of a chain to `draws` (outputs, draws from block `first` on)."""
    rows = new_rows(steps, streams.keys.shape[1])
    u = aligned(BLOCK)
    for block in range(first, last):
        fill_inputs(streams, tables, copula, chain, block, u, rows)
        start = (block - first) * BLOCK
        stop = min(start + BLOCK, draws.shape[1])
        done = 0
        for k in range(len(steps.outputs)):
            evaluate(steps.code[done : steps.ends[k]], rows)
            done = steps.ends[k]
            draws[k, start:stop] = rows[steps.outputs[k], : stop - start]


@kernel
def count_block(
    row: Array, length: int, bins: Bins, k: int, shifted: Array, place: Places, counts: Counts, extremes: Array, sums: Array
) -> None:
    """Count the first `length` draws of one block of output `k` into its bins (see `mcarbon.engine.bins.Bins`).

    `counts` (bins of the output,) and `extremes` (bins, 2), the smallest and largest draw of a bin, are updated; `sums`
    (2,), of (y - centre) / scale and of its square over the finite draws, is overwritten. `shifted` and `place` (BLOCK,) are
    room to work.
    """
    for i in range(BLOCK):
        shifted[i] = row[i] - bins.centre[k]
    bits = shifted.view(np.uint64)
    n_below, n_above = bins.n_below[k], bins.n_above[k]
    coarse, not_finite = bins.coarse[k], n_below + 1 + n_above
    for i in range(BLOCK):
        magnitude = bits[i] & _MAGNITUDE
        octave = np.int32(magnitude >> bins.shift) - bins.lowest[k]
        above = n_below + 1 + min(octave, n_above - 1)
        below = n_below - 1 - min(octave, n_below - 1)
        inside = n_below if octave < 0 else (above if shifted[i] >= 0.0 else below)
        place[i] = inside if magnitude < _INFINITE else not_finite
    if bins.is_split[k]:
        for i in range(BLOCK):
            c = coarse + place[i]
            part = np.int32(bits[i] >> bins.part_shift[c]) & bins.part_mask[c]
            place[i] = bins.first[c] + (part ^ bins.part_flip[c])
        not_finite = bins.first[coarse + not_finite]
    first_atom, last_atom = bins.atoms[k], bins.atoms[k + 1]
    if last_atom > first_atom:
        # An atom has a bin of its own: what shares its bin otherwise goes below or above it.
        for i in range(BLOCK):
            b = place[i]
            moved = 0
            for a in range(first_atom, last_atom):
                if b > bins.atom_bin[a] or (b == bins.atom_bin[a] and row[i] > bins.atom_value[a]):
                    moved += 2
                elif b == bins.atom_bin[a] and row[i] == bins.atom_value[a]:
                    moved += 1
            place[i] = b + moved
        not_finite += 2 * (last_atom - first_atom)
    before = counts[not_finite]
    for i in range(length):
        b = U64(place[i])  # unsigned: nothing counts from an array's end
        y = row[i]
        counts[b] += U32(1)
        if y < extremes[b, 0]:
            extremes[b, 0] = y
        if y > extremes[b, 1]:
            extremes[b, 1] = y
    if length < BLOCK or counts[not_finite] != before:
        for i in range(BLOCK):
            shifted[i] = shifted[i] if i < length and place[i] != not_finite else 0.0
    lane_sums(shifted, 1.0 / bins.scale[k], sums)


@kernel
def share_below(log_ratio: float, start: float, step: float, g_below: Array) -> float:
    """The probability that log2 g is below `log_ratio`, by cubics between the points of its grid.

    g > 0 has the probability ``g_below[k]`` below 2 ** (start + (k - 1/2) * step).
    """
    last = len(g_below) - 1
    place = min(max((log_ratio - start) / step + 0.5, 0.0), float(last))
    k = min(int(place), last - 1)
    part = place - k
    inside = g_below[k + 1] - g_below[k]
    left = 0.5 * (g_below[k] - g_below[max(k - 1, 0)] - inside)
    right = 0.5 * (g_below[min(k + 2, last)] - g_below[k + 1] - inside)
    return float(g_below[k] + inside * part + part * (1.0 - part) * (left * (1.0 - part) - right * part))


@kernel
def products_below(
    h: Array, log_h: Array, counts: Array, y: Array, log_y: Array, equal: Array,
    start: float, step: float, g_below: Array, below: Array,
) -> None:  # fmt: skip
    """Add to `below` (values, replicates) how many of each replicate's g * h are below `y` (values,).

    h lies at `h` (places,), `counts` (places, replicates) draws of it; draws equal to y are counted `equal` (values,)
    times. `log_h` and `log_y` are base-2 logarithms of sizes; `start`, `step` and `g_below` as of `share_below`.
    """
    for j in range(len(y)):
        for i in range(len(h)):
            sign, other = np.sign(h[i]), np.sign(y[j])
            if sign < other:
                share = 1.0
            elif sign != other:
                share = 0.0
            elif sign == 0.0:
                share = equal[j]
            else:
                p = share_below(log_y[j] - log_h[i], start, step, g_below)
                share = p if sign == 1.0 else 1.0 - p
            for r in range(counts.shape[1]):
                below[j, r] += share * counts[i, r]


@kernel
def count_draws(
    streams: Streams, tables: Tables, copula: Copula, steps: Steps, chain: int, first: int, last: int, length: int,
    bins: Bins, counts: Counts, extremes: Array, sums: Array,
) -> None:  # fmt: skip
    """Count the outputs of blocks [first, last) of a chain of `length` draws.

    `first` begins a span. `counts` (bins of all outputs) and `extremes` (bins of all outputs, 2) are added to; `sums`
    (spans of this call, outputs, 2) are the sums of each span, to be added in the order of the spans.
    """
    n_outputs = len(steps.outputs)
    rows = new_rows(steps, streams.keys.shape[1])
    u = aligned(BLOCK)
    shifted = aligned(BLOCK)
    place = np.empty(BLOCK, np.int32)
    kept = aligned(n_outputs * GROUP * BLOCK).reshape(n_outputs, GROUP, BLOCK)
    of_block = np.empty(sums.shape[2])
    sums[:] = 0.0
    for group in range(first, last, GROUP):
        blocks = min(GROUP, last - group)
        for j in range(blocks):
            fill_inputs(streams, tables, copula, chain, group + j, u, rows)
            done = 0
            for k in range(n_outputs):
                evaluate(steps.code[done : steps.ends[k]], rows)
                done = steps.ends[k]
                kept[k, j] = rows[steps.outputs[k]]
        for k in range(n_outputs):
            start, stop = bins.offset[k], bins.offset[k + 1]
            for j in range(blocks):
                block = group + j
                inside = min(BLOCK, length - block * BLOCK)
                count_block(kept[k, j], inside, bins, k, shifted, place, counts[start:stop], extremes[start:stop], of_block)
                span = (block - first) // SPAN
                sums[span, k, 0] += of_block[0]
                sums[span, k, 1] += of_block[1]
