"""Vector code that is written out and not left to the compiler: eight cubics at a time, and sums in eight lanes.

A cubic's four coefficients lie together. Compilers load each of them alone, for each draw, or gather them; here a draw's
coefficients are loaded as one vector, and eight of these are turned into four vectors of eight. Compilers also keep
partial sums in memory. The operations and their order are those of one draw after another, so the bits are the same on
any processor; LLVM splits the vectors where a processor's are shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

LANES = 8
_tools: Any = cgutils
_INDEX = ir.IntType(64)
_PLACE = ir.IntType(32)
_FLOAT = ir.DoubleType()
_ROW = ir.VectorType(_FLOAT, 4)
_LANES = ir.VectorType(_FLOAT, LANES)
_ZEROS = ir.Constant(_LANES, [0.0] * LANES)


def _eight_cubics(context: Any, cubics: Any, cells: Any, t: Any, low: Any, high: Any, x: Any, i: Any) -> Any:
    """Set ``x[i:i + 8]`` to the cubics ``cubics[cells[i:i + 8]]`` at ``t[i:i + 8] - 1``, kept within `low` and `high`.

    `cubics` (cells, 4): coefficients of 1, s, s**2, s**3; `cells` uint64. Arrays are contiguous; no bounds are checked.
    """
    return types.void(cubics, cells, t, low, high, x, i), _write_cubics


def _write_cubics(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
    cubics, cells, t, x = (_data(context, builder, signature, arguments, k) for k in (0, 1, 2, 5))
    low, high, i = arguments[3], arguments[4], arguments[6]
    rows = []
    for draw in range(LANES):
        cell = builder.load(builder.gep(cells, [builder.add(i, _INDEX(draw))]))
        rows.append(_load(builder, cubics, builder.shl(cell, _INDEX(2)), _ROW))
    # Two rows to a vector, then coefficients 0, 2 and 1, 3 of four draws, then each coefficient of all eight.
    a, b, c, d = (_shuffled(builder, rows[k], rows[k + 2], range(8)) for k in (0, 1, 4, 5))
    first, second = (0, 1, 4, 5, 8, 9, 12, 13), (2, 3, 6, 7, 10, 11, 14, 15)
    of_four = [
        (_shuffled(builder, a, b, pairs), _shuffled(builder, c, d, pairs))
        for pairs in ((0, 8, 2, 10, 4, 12, 6, 14), (1, 9, 3, 11, 5, 13, 7, 15))
    ]
    c0, c1 = (_shuffled(builder, *both, first) for both in of_four)
    c2, c3 = (_shuffled(builder, *both, second) for both in of_four)

    s = builder.fsub(_load(builder, t, i, _LANES), ir.Constant(_LANES, [1.0] * LANES))
    y = c3
    for coefficient in (c2, c1, c0):
        y = builder.fadd(coefficient, builder.fmul(s, y))
    least, most = _repeated(builder, low), _repeated(builder, high)
    y = builder.select(builder.fcmp_ordered(">", y, least), y, least)
    y = builder.select(builder.fcmp_ordered("<", y, most), y, most)
    builder.store(y, _vector(builder, x, i, _LANES), align=8)
    return context.get_dummy_value()


def _lane_sums(context: Any, x: Any, unit: Any, sums: Any) -> Any:
    """Set `sums` (2,) to the sums of ``x * unit`` and of its square, of `x` (n,), n a multiple of 8.

    Eight partial sums each, of every eighth number, are added up from the first lane to the last.
    """
    return types.void(x, unit, sums), _write_sums


def _write_sums(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
    x, sums = (_data(context, builder, signature, arguments, k) for k in (0, 2))
    length = _tools.unpack_tuple(builder, _array(context, builder, signature, arguments, 0).shape)[0]
    unit = _repeated(builder, arguments[1])
    totals = [_tools.alloca_once(builder, _LANES) for _ in range(2)]
    for total in totals:
        builder.store(_ZEROS, total)
    with _tools.for_range(builder, builder.udiv(length, _INDEX(LANES))) as loop:
        d = builder.fmul(_load(builder, x, builder.mul(loop.index, _INDEX(LANES)), _LANES), unit)
        for total, term in zip(totals, (d, builder.fmul(d, d))):
            builder.store(builder.fadd(builder.load(total), term), total)
    for k, total in enumerate(totals):
        lanes = [builder.extract_element(builder.load(total), _PLACE(lane)) for lane in range(LANES)]
        result = lanes[0]
        for lane in lanes[1:]:
            result = builder.fadd(result, lane)
        builder.store(result, builder.gep(sums, [_INDEX(k)]))
    return context.get_dummy_value()


def _array(context: Any, builder: Any, signature: Any, arguments: Sequence[Any], k: int) -> Any:
    return _tools.create_struct_proxy(signature.args[k])(context, builder, value=arguments[k])


def _data(context: Any, builder: Any, signature: Any, arguments: Sequence[Any], k: int) -> Any:
    return _array(context, builder, signature, arguments, k).data


def _vector(builder: Any, pointer: Any, index: Any, kind: Any) -> Any:
    return builder.bitcast(builder.gep(pointer, [index]), kind.as_pointer())


def _load(builder: Any, pointer: Any, index: Any, kind: Any) -> Any:
    return builder.load(_vector(builder, pointer, index, kind), align=8)


def _shuffled(builder: Any, a: Any, b: Any, places: Sequence[int]) -> Any:
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(_PLACE, len(places)), [_PLACE(k) for k in places]))


def _repeated(builder: Any, number: Any) -> Any:
    one = builder.insert_element(ir.Constant(_LANES, ir.Undefined), number, _PLACE(0))
    return _shuffled(builder, one, one, [0] * LANES)


eight_cubics: Callable[..., None] = intrinsic(_eight_cubics)
lane_sums: Callable[..., None] = intrinsic(_lane_sums)
