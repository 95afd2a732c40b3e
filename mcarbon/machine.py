"""The block machine: runs a program over blocks of draws, a row of `BLOCK` floats per input and per step.

A step is (operation, destination, a, b, c), each operand a row. Rows are reused as soon as they are free, so that a
block's work stays in cache. The interpreter's cost is one branch per step and block; nothing is compiled when a
formula or a prior is edited.
"""

from __future__ import annotations

import math

import numpy as np

from mcarbon.accelerate import kernel
from mcarbon.streams import BLOCK, philox_block, sobol_block
from mcarbon.tables import CELLS_PER_OCTAVE, OCTAVES, SIDE

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

SOBOL = 0
RANDOM = 1
METHODS = {"sobol": SOBOL, "random": RANDOM}

U64 = np.uint64
_CELL_BITS = CELLS_PER_OCTAVE.bit_length() - 1
_TO_CELL = U64(52 - _CELL_BITS)
_FIRST_CELL = U64((1023 - OCTAVES - 1) << _CELL_BITS)
_WITHIN = U64((1 << (52 - _CELL_BITS)) - 1)
_TO_MANTISSA = U64(_CELL_BITS)
_ONE = U64(0x3FF0000000000000)
_UPPER = U64(SIDE)
_SMALLEST = 2.0 ** (-OCTAVES - 1)


@kernel
def look_up(cubics, first_piece, has_pieces, pieces, u, x):  # type: ignore[no-untyped-def]
    """Map uniforms `u` (BLOCK,) to values `x` (BLOCK,) through one quantile table (see `mcarbon.tables.Table`).

    Three loops of which the first two vectorise: the side and tail probability, the cell and the place within it as
    the bits of a float in [1, 2), and the cubic.
    """
    v = np.empty(BLOCK)
    for i in range(BLOCK):
        v[i] = max(min(u[i], 1.0 - u[i]), _SMALLEST)
    bits = v.view(np.uint64)
    cells = np.empty(BLOCK, np.uint64)
    t = np.empty(BLOCK)
    t_bits = t.view(np.uint64)
    for i in range(BLOCK):
        cells[i] = (bits[i] >> _TO_CELL) - _FIRST_CELL + (_UPPER if u[i] > 0.5 else U64(0))
        t_bits[i] = ((bits[i] & _WITHIN) << _TO_MANTISSA) | _ONE
    for i in range(BLOCK):
        k = cells[i]
        s = t[i] - 1.0
        x[i] = cubics[k, 0] + s * (cubics[k, 1] + s * (cubics[k, 2] + s * cubics[k, 3]))
    if has_pieces:
        for i in range(BLOCK):
            piece = first_piece[cells[i]]
            if piece >= 0:
                while v[i] >= pieces[piece, 1]:
                    piece += 1
                s = (v[i] - pieces[piece, 0]) * pieces[piece, 2]
                x[i] = pieces[piece, 3] + s * (pieces[piece, 4] + s * (pieces[piece, 5] + s * pieces[piece, 6]))


@kernel
def fill_inputs(method, keys, chain, block, directions, low, cubics, first_piece, has_pieces, pieces, u, rows):  # type: ignore[no-untyped-def]
    """Draw one block of every input into the first rows of `rows`."""
    for k in range(keys.shape[1]):
        if method == SOBOL:
            sobol_block(low[k], directions[k], np.uint32(keys[chain, k] & np.uint64(0xFFFFFFFF)), block, u)
        else:
            philox_block(keys[0, k], chain, block, u)
        look_up(cubics[k], first_piece[k], has_pieces[k], pieces, u, rows[k])


@kernel
def evaluate(code, rows):  # type: ignore[no-untyped-def]
    """Run the steps of `code` (steps, 5) on `rows` (rows, BLOCK), in place."""
    for step in range(code.shape[0]):
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
