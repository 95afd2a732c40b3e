"""Where randomness comes from: uniform numbers as pure functions of (seed, chain, input, draw number).

Nothing here has a state, so any split over threads, blocks or machines gives the same bits. Three methods:

- ``random``: Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3",
  doi 10.1145/2063384.2063405), keyed by seed and input, the counter being the draw number and the chain.
- ``sobol``: Sobol' points with the direction numbers of Joe and Kuo (2008, doi 10.1137/070709359) that SciPy ships, in
  SciPy's order, under a nested uniform (Owen) scramble by hashing: Burley 2020, "Practical Hash-based Owen
  Scrambling", Journal of Computer Graphics Techniques 9(4), with the hash of N. Vegdahl, "Building a Better LK Hash"
  (2021). A chain is one independent scramble of the same points.
- ``lhs``: Latin hypercube points (McKay, Beckman, Conover 1979, doi 10.1080/00401706.1979.10489755): each input's n draws
  of a chain fall one into each of n equal strata, in an order that a keyed permutation gives, at a Philox place within.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from mcarbon.engine.accelerate import inlined, kernel

BLOCK = 1024
"""Draws a block: rows of a few inputs and results stay in the processor's first and second cache."""
HALF = BLOCK // 2
SOBOL_BITS = 32

Array = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint32]
U32 = np.uint32
U64 = np.uint64
_LOW = U64(0xFFFFFFFF)
_M0, _M1 = U64(0xD2511F53), U64(0xCD9E8D57)
_W0, _W1 = U64(0x9E3779B9), U64(0xBB67AE85)
_S12, _S20, _S32 = U64(12), U64(20), U64(32)
_ONE = U64(0x3FF0000000000000)
"""The bits of 1.0: with 52 random bits below them, a float in [1, 2)."""


class Streams(NamedTuple):
    """The streams of a program's inputs, for the kernels.

    `method` SOBOL, RANDOM or LATIN; `length` draws a chain; `keys` (chains, inputs) of 64 bits, for RANDOM one row that
    serves every chain; `directions` (inputs, SOBOL_BITS) and `low` (inputs, BLOCK) as of `sobol_directions`.
    """

    method: int
    length: int
    keys: npt.NDArray[np.uint64]
    directions: Words
    low: Words


SOBOL = 0
RANDOM = 1
LATIN = 2


def stream_key(seed: int, *names: str | int) -> int:
    """64 bits that belong to this seed and these names; equal only by chance of 2**-64."""
    text = "\0".join([str(seed), *map(str, names)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


@inlined
def _philox_round(c0: U64, c1: U64, c2: U64, c3: U64, k0: U64, k1: U64) -> tuple[U64, U64, U64, U64]:
    p0, p1 = _M0 * c0, _M1 * c2
    return (p1 >> _S32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _S32) ^ c3 ^ k1, p0 & _LOW


@inlined
def philox4x32(c0: U64, c1: U64, c2: U64, c3: U64, k0: U64, k1: U64) -> Any:
    """Ten rounds of Philox4x32 on one counter (four 32-bit words) under a key (two): four 32-bit words, all as uint64.

    The rounds are written out: a loop here keeps the loop over draws from being vectorised (4 times slower).
    """
    c0, c1, c2, c3 = _philox_round(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    c0, c1, c2, c3 = _philox_round(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    c0, c1, c2, c3 = _philox_round(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    c0, c1, c2, c3 = _philox_round(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    c0, c1, c2, c3 = _philox_round(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    c0, c1, c2, c3 = _philox_round(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    c0, c1, c2, c3 = _philox_round(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    c0, c1, c2, c3 = _philox_round(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    c0, c1, c2, c3 = _philox_round(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return _philox_round(c0, c1, c2, c3, k0, k1)


@kernel
def philox_block(key: U64, chain: int, block: int, u: Array) -> None:
    """Fill `u` (BLOCK,) with the uniforms of one block of draws: odd multiples of 2**-53 in (0, 1).

    One counter gives two draws, i and i + HALF of the block.
    """
    bits = u.view(np.uint64)
    left, right = bits[:HALF], bits[HALF:]
    k0, k1, c2 = key & _LOW, key >> _S32, U64(chain)
    first = U64(block) * U64(HALF)
    for i in range(HALF):
        counter = first + U64(i)
        w0, w1, w2, w3 = philox4x32(counter & _LOW, counter >> _S32, c2, U64(0), k0, k1)
        left[i] = (w0 << _S20) | (w1 >> _S12) | _ONE
        right[i] = (w2 << _S20) | (w3 >> _S12) | _ONE
    for i in range(BLOCK):
        u[i] -= 1.0 - 2.0**-53


@kernel
def reverse_bits(x: U32) -> U32:
    """The 32 bits of `x` in reverse order."""
    x = U32(((x >> U32(1)) & U32(0x55555555)) | U32((x & U32(0x55555555)) << U32(1)))
    x = U32(((x >> U32(2)) & U32(0x33333333)) | U32((x & U32(0x33333333)) << U32(2)))
    x = U32(((x >> U32(4)) & U32(0x0F0F0F0F)) | U32((x & U32(0x0F0F0F0F)) << U32(4)))
    x = U32(((x >> U32(8)) & U32(0x00FF00FF)) | U32((x & U32(0x00FF00FF)) << U32(8)))
    return U32((x >> U32(16)) | U32(x << U32(16)))


@kernel
def sobol_block(low: Words, directions: Words, scramble: U32, block: int, u: Array) -> None:
    """Fill `u` (BLOCK,) with one dimension of one block of scrambled Sobol' points, odd multiples of 2**-33.

    `low` (BLOCK,) holds the points 0 to BLOCK - 1 of the dimension and `directions` (SOBOL_BITS,) its direction
    numbers, both with their bits reversed: the scramble works from the highest bit down, and hashing works from the
    lowest up. `scramble` is the 32-bit seed of this chain and input.
    """
    gray = U64(block * BLOCK) ^ U64((block * BLOCK) >> 1)
    high = U32(0)
    for bit in range(SOBOL_BITS):
        if (gray >> U64(bit)) & U64(1):
            high ^= directions[bit]
    odd = U32(U32(scramble >> U32(16)) | U32(1))
    for i in range(BLOCK):
        x = U32(low[i] ^ high)
        x = U32(x ^ U32(x * U32(0x3D20ADEA)))
        x = U32(x + scramble)
        x = U32(x * odd)
        x = U32(x ^ U32(x * U32(0x05526C56)))
        x = U32(x ^ U32(x * U32(0x53A22864)))
        u[i] = (np.float64(np.int64(reverse_bits(x))) + 0.5) * 2.0**-32


@kernel
def permuted(i: int, length: int, key: U64) -> int:
    """Where number `i` stands in a permutation of [0, length) that belongs to `key`.

    Rounds that are one to one on the next power of two (odd multiples, additions, shifted halves added), walked on
    until the number is below `length` again: beyond 128 at most twice on average.
    """
    bits = U64(8)  # on fewer the rounds leave some permutations more likely than others
    while U64(length - 1) >> bits:
        bits += U64(1)
    mask = (U64(1) << bits) - U64(1)
    half = (bits + U64(1)) >> U64(1)
    x = U64(i)
    while True:
        for turn in range(4):
            x = (x * ((key >> U64(8 * turn)) | U64(1)) + (key >> U64(16 * turn))) & mask
            x ^= x >> half
            x = (x * U64(0x9E3779B97F4A7C15)) & mask
            x ^= x >> ((bits + U64(2)) // U64(3))
        if x < U64(length):
            return int(x)


@kernel
def latin_block(key: U64, length: int, block: int, u: Array) -> None:
    """Fill `u` (BLOCK,) with one block of a chain's Latin hypercube points of one input."""
    philox_block(key, 0, block, u)
    for i in range(BLOCK):
        draw = block * BLOCK + i
        if draw < length:
            u[i] = (permuted(draw, length, key) + u[i]) / length


@kernel
def uniform_block(streams: Streams, k: int, chain: int, block: int, u: Array) -> None:
    """Fill `u` (BLOCK,) with the uniforms of one block of input `k`."""
    if streams.method == SOBOL:
        sobol_block(streams.low[k], streams.directions[k], U32(streams.keys[chain, k] & _LOW), block, u)
    elif streams.method == RANDOM:
        philox_block(streams.keys[0, k], chain, block, u)
    else:
        latin_block(streams.keys[chain, k], streams.length, block, u)


@lru_cache(maxsize=1)
def _joe_kuo() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Primitive polynomials and initial direction numbers, read from SciPy's data without importing scipy.stats."""
    spec = find_spec("scipy")
    assert spec is not None and spec.submodule_search_locations
    with np.load(Path(spec.submodule_search_locations[0]) / "stats" / "_sobol_direction_numbers.npz") as data:
        return data["poly"].astype(np.int64), data["vinit"].astype(np.int64)


MOST_DIMENSIONS = 21201
"""Joe and Kuo's table ends here."""


@lru_cache(maxsize=8)
def sobol_directions(dimensions: int) -> tuple[Words, Words]:
    """Bit-reversed direction numbers (dimensions, SOBOL_BITS) and points of the first block (dimensions, BLOCK)."""
    polynomials, initial = _joe_kuo()
    v = np.zeros((dimensions, SOBOL_BITS), dtype=np.int64)
    v[:1] = 1
    for d in range(1, dimensions):
        polynomial = int(polynomials[d])
        degree = polynomial.bit_length() - 1
        v[d, :degree] = initial[d, :degree]
        for j in range(degree, SOBOL_BITS):
            number = int(v[d, j - degree]) ^ (int(v[d, j - degree]) << degree)
            for k in range(1, degree):
                if (polynomial >> (degree - k)) & 1:
                    number ^= int(v[d, j - k]) << k
            v[d, j] = number
    # v[d, j] is the fraction m / 2**(j + 1): left-aligned in 32 bits it is m << (31 - j); reversed it is rev(m).
    directions = np.zeros((dimensions, SOBOL_BITS), dtype=np.uint32)
    for j in range(SOBOL_BITS):
        for bit in range(j + 1):
            directions[:, j] |= (((v[:, j] >> bit) & 1) << (j - bit)).astype(np.uint32)
    index = np.arange(BLOCK)
    gray = index ^ (index >> 1)
    low = np.zeros((dimensions, BLOCK), dtype=np.uint32)
    for j in range(int(gray.max()).bit_length()):
        low ^= np.where((gray >> j) & 1, directions[:, j : j + 1], U32(0)).astype(np.uint32)
    return directions, low
