"""The block machine: runs a program over blocks of draws, a row of `BLOCK` floats per input and per step.

A step is (operation, destination, a, b, c), each operand a row. Rows are reused after the step that reads them last, so
that a block's work stays in cache. The interpreter's cost is one branch per step and block; nothing is compiled when a
formula or a prior is edited.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mcarbon.engine.accelerate import kernel
from mcarbon.engine.streams import BLOCK, Streams, uniform_block
from mcarbon.engine.tables import CELLS_PER_OCTAVE, OCTAVES, SIDE, Tables
from mcarbon.engine.vectors import LANES, eight_cubics

OPERATIONS = (
    "add", "sub", "mul", "div", "pow", "neg", "lt", "le", "gt", "ge", "eq", "ne", "where", "minimum", "maximum",
    "arctan2", "exp", "log", "log2", "log10", "sqrt", "abs", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh",
    "cosh", "tanh", "floor", "ceil", "square",
)  # fmt: skip
"""The machine's operations; an opcode is a place in this tuple. `minimum` and `maximum` take two operands here."""
OPCODE = {name: code for code, name in enumerate(OPERATIONS)}

(
    ADD, SUB, MUL, DIV, POW, NEG, LT, LE, GT, GE, EQ, NE, WHERE, MINIMUM, MAXIMUM,
    ARCTAN2, EXP, LOG, LOG2, LOG10, SQRT, ABS, SIN, COS, TAN, ARCSIN, ARCCOS, ARCTAN, SINH,
    COSH, TANH, FLOOR, CEIL, SQUARE,
) = range(len(OPERATIONS))  # fmt: skip

Array = npt.NDArray[np.float64]


class Steps(NamedTuple):
    """A program's formulas, for the kernels.

    `code` (steps, 5): operation, destination, up to three operands. `ends` (outputs,): how many steps must have run
    before an output is there; the outputs come in the order in which they are ready. `outputs` (outputs,): their rows.
    `constants` (n,) fill the rows after the inputs'. `n_rows`: all rows.
    """

    code: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int64]
    outputs: npt.NDArray[np.int32]
    constants: Array
    n_rows: int


class Copula(NamedTuple):
    """Which inputs are correlated, for the kernels: groups of inputs, joined by normal copulas.

    `mixed` (inputs,): whether an input is in a group. Group g has the inputs `members[first[g]:first[g + 1]]`, in the
    order of the file, and the lower triangle of its Cholesky factor, row by row, in
    `factors[factor_first[g]:factor_first[g + 1]]`. `normal`: the table of the standard normal.
    """

    mixed: npt.NDArray[np.bool_]
    first: npt.NDArray[np.int64]
    members: npt.NDArray[np.int32]
    factor_first: npt.NDArray[np.int64]
    factors: Array
    normal: Tables


U64 = np.uint64
_CELL_BITS = CELLS_PER_OCTAVE.bit_length() - 1
_TO_CELL = U64(52 - _CELL_BITS)
_FIRST_CELL = U64((1023 - OCTAVES - 1) << _CELL_BITS)
_WITHIN = U64((1 << (52 - _CELL_BITS)) - 1)
_TO_MANTISSA = U64(_CELL_BITS)
_ONE = U64(0x3FF0000000000000)
_UPPER = U64(SIDE)
_SMALLEST, _LARGEST = 2.0 ** (-OCTAVES - 1), 0.5 - 2.0**-54
"""Of tail probabilities that have a cell: 1/2 itself, which rounding can give, is that of the float below it."""


@kernel
def look_up(tables: Tables, k: int, u: Array, x: Array) -> None:
    """Map uniforms `u` (BLOCK,), which are lost, to values `x` (BLOCK,) through the quantile table of input `k`.

    Two loops that vectorise: the tail probability, then its cell (in the place of `u`) and the place within it, as the
    bits of a float in [1, 2). Then the cubics, whose rounding must not leave the support (a share above 1).
    """
    low, high = tables.support[k, 0], tables.support[k, 1]
    cubics, cells, bits = tables.cubics[k], u.view(np.uint64), x.view(np.uint64)
    for i in range(BLOCK):
        x[i] = min(max(min(u[i], 1.0 - u[i]), _SMALLEST), _LARGEST)
    v = x.copy() if tables.has_pieces[k] else x
    for i in range(BLOCK):
        cells[i] = (bits[i] >> _TO_CELL) - _FIRST_CELL + (_UPPER if u[i] > 0.5 else U64(0))
        bits[i] = ((bits[i] & _WITHIN) << _TO_MANTISSA) | _ONE
    for i in range(0, BLOCK, LANES):
        eight_cubics(cubics, cells, x, low, high, x, i)
    if tables.has_pieces[k]:
        first_piece, pieces = tables.first_piece[k], tables.pieces
        for i in range(BLOCK):
            piece = first_piece[cells[i]]
            if piece >= 0:
                while v[i] >= pieces[piece, 1]:
                    piece += 1
                s = (v[i] - pieces[piece, 0]) * pieces[piece, 2]
                value = pieces[piece, 3] + s * (pieces[piece, 4] + s * (pieces[piece, 5] + s * pieces[piece, 6]))
                x[i] = min(max(value, low), high)


@kernel
def aligned(n: int) -> Array:
    """Room for `n` floats, from the start of a line of the cache on: vectors that lie across two lines take longer."""
    room = np.empty(n + 8)
    first = int(-(room.ctypes.data // 8)) % 8
    return room[first : first + n]


@kernel
def new_rows(steps: Steps, n_inputs: int) -> Array:
    """Room for one block: the rows of a program, its constants filled in."""
    rows: Array = aligned(steps.n_rows * BLOCK).reshape(steps.n_rows, BLOCK)
    for k in range(len(steps.constants)):
        rows[n_inputs + k] = steps.constants[k]
    return rows


@kernel
def mix_normals(factor: Array, members: npt.NDArray[np.int32], rows: Array) -> None:
    """Correlate independent standard normal rows in place: each becomes a sum of itself and the members before it.

    `factor` holds the lower triangle of a Cholesky factor, row by row.
    """
    for a in range(len(members) - 1, -1, -1):
        start = a * (a + 1) // 2
        z = rows[members[a]]
        for i in range(BLOCK):
            z[i] *= factor[start + a]
        for b in range(a):
            other = rows[members[b]]
            share = factor[start + b]
            for i in range(BLOCK):
                z[i] += share * other[i]


@kernel
def correlate(tables: Tables, copula: Copula, u: Array, rows: Array) -> None:
    """Make the values of correlated inputs of the independent normals in their rows; `u` (BLOCK,) is room to work."""
    for g in range(len(copula.first) - 1):
        members = copula.members[copula.first[g] : copula.first[g + 1]]
        mix_normals(copula.factors[copula.factor_first[g] : copula.factor_first[g + 1]], members, rows)
        for k in members:
            for i in range(BLOCK):
                u[i] = 0.5 * math.erfc(-rows[k, i] * math.sqrt(0.5))
            look_up(tables, k, u, rows[k])


@kernel
def fill_inputs(streams: Streams, tables: Tables, copula: Copula, chain: int, block: int, u: Array, rows: Array) -> None:
    """Draw one block of every input into the first rows of `rows`; `u` (BLOCK,) is room to work."""
    for k in range(streams.keys.shape[1]):
        uniform_block(streams, k, chain, block, u)
        if copula.mixed[k]:
            look_up(copula.normal, 0, u, rows[k])
        else:
            look_up(tables, k, u, rows[k])
    correlate(tables, copula, u, rows)


@kernel
def evaluate(code: npt.NDArray[np.int32], rows: Array) -> None:
    """Run the steps of `code` (steps, 5) on `rows` (rows, BLOCK), in place."""
    for step in range(len(code)):
        op = code[step, 0]
        z, a, b = rows[code[step, 1]], rows[code[step, 2]], rows[code[step, 3]]
        if op == MUL:
            for i in range(BLOCK):
                z[i] = a[i] * b[i]
        elif op == DIV:
            for i in range(BLOCK):
                z[i] = a[i] / b[i]
        elif op == ADD:
            for i in range(BLOCK):
                z[i] = a[i] + b[i]
        elif op == SUB:
            for i in range(BLOCK):
                z[i] = a[i] - b[i]
        elif op == POW:
            for i in range(BLOCK):
                z[i] = a[i] ** b[i]
        elif op == SQUARE:
            for i in range(BLOCK):
                z[i] = a[i] * a[i]
        elif op == NEG:
            for i in range(BLOCK):
                z[i] = -a[i]
        elif op == LT:
            for i in range(BLOCK):
                z[i] = 1.0 if a[i] < b[i] else 0.0
        elif op == LE:
            for i in range(BLOCK):
                z[i] = 1.0 if a[i] <= b[i] else 0.0
        elif op == GT:
            for i in range(BLOCK):
                z[i] = 1.0 if a[i] > b[i] else 0.0
        elif op == GE:
            for i in range(BLOCK):
                z[i] = 1.0 if a[i] >= b[i] else 0.0
        elif op == EQ:
            for i in range(BLOCK):
                z[i] = 1.0 if a[i] == b[i] else 0.0
        elif op == NE:
            for i in range(BLOCK):
                z[i] = 1.0 if a[i] != b[i] else 0.0
        elif op == WHERE:
            c = rows[code[step, 4]]
            for i in range(BLOCK):
                z[i] = b[i] if a[i] != 0.0 else c[i]
        elif op == MINIMUM:
            for i in range(BLOCK):
                z[i] = a[i] if a[i] < b[i] or a[i] != a[i] else b[i]
        elif op == MAXIMUM:
            for i in range(BLOCK):
                z[i] = a[i] if a[i] > b[i] or a[i] != a[i] else b[i]
        elif op == ARCTAN2:
            for i in range(BLOCK):
                z[i] = math.atan2(a[i], b[i])
        elif op == EXP:
            for i in range(BLOCK):
                z[i] = np.exp(a[i])
        elif op == LOG:
            for i in range(BLOCK):
                z[i] = np.log(a[i])
        elif op == LOG2:
            for i in range(BLOCK):
                z[i] = np.log2(a[i])
        elif op == LOG10:
            for i in range(BLOCK):
                z[i] = np.log10(a[i])
        elif op == SQRT:
            for i in range(BLOCK):
                z[i] = np.sqrt(a[i])
        elif op == ABS:
            for i in range(BLOCK):
                z[i] = abs(a[i])
        elif op == SIN:
            for i in range(BLOCK):
                z[i] = np.sin(a[i])
        elif op == COS:
            for i in range(BLOCK):
                z[i] = np.cos(a[i])
        elif op == TAN:
            for i in range(BLOCK):
                z[i] = np.tan(a[i])
        elif op == ARCSIN:
            for i in range(BLOCK):
                z[i] = np.arcsin(a[i])
        elif op == ARCCOS:
            for i in range(BLOCK):
                z[i] = np.arccos(a[i])
        elif op == ARCTAN:
            for i in range(BLOCK):
                z[i] = np.arctan(a[i])
        elif op == SINH:
            for i in range(BLOCK):
                z[i] = np.sinh(a[i])
        elif op == COSH:
            for i in range(BLOCK):
                z[i] = np.cosh(a[i])
        elif op == TANH:
            for i in range(BLOCK):
                z[i] = np.tanh(a[i])
        elif op == FLOOR:
            for i in range(BLOCK):
                z[i] = np.floor(a[i])
        elif op == CEIL:
            for i in range(BLOCK):
                z[i] = np.ceil(a[i])
