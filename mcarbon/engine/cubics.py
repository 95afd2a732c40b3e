"""Eight cubics at a time: the one place where vector code is written out and not left to the compiler.

A cubic's four coefficients lie together. Compilers load each of them alone, for each draw, or gather them; here a draw's
coefficients are loaded as one vector, and eight of these turned into four vectors of eight. The same operations on the
same numbers, so the same bits as one draw at a time, on any processor; LLVM splits the vectors where its are shorter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

DRAWS = 8
_INDEX = ir.IntType(64)
_PLACE = ir.IntType(32)
_FLOAT = ir.DoubleType()
_ROW = ir.VectorType(_FLOAT, 4)
_EIGHT = ir.VectorType(_FLOAT, DRAWS)


@intrinsic  # type: ignore[untyped-decorator]
def eight_cubics(context: Any, cubics: Any, cells: Any, t: Any, low: Any, high: Any, x: Any, i: Any) -> Any:
    """Set ``x[i:i + 8]`` to the cubics ``cubics[cells[i:i + 8]]`` at ``t[i:i + 8] - 1``, kept within `low` and `high`.

    `cubics` (cells, 4): coefficients of 1, s, s**2, s**3; `cells` uint64. Arrays are contiguous; no bounds are checked.
    """
    return types.void(cubics, cells, t, low, high, x, i), _generate


def _generate(context: Any, builder: Any, signature: Any, arguments: Sequence[Any]) -> Any:
    cubics, cells, t, x = (
        cgutils.create_struct_proxy(signature.args[k])(context, builder, value=arguments[k]).data for k in (0, 1, 2, 5)
    )
    low, high, i = arguments[3], arguments[4], arguments[6]

    def vector(pointer: Any, index: Any, kind: Any) -> Any:
        return builder.bitcast(builder.gep(pointer, [index]), kind.as_pointer())

    def shuffled(a: Any, b: Any, places: Sequence[int]) -> Any:
        mask = [ir.Constant(_PLACE, place) for place in places]
        return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(_PLACE, len(mask)), mask))

    def repeated(number: Any) -> Any:
        one = builder.insert_element(ir.Constant(_EIGHT, ir.Undefined), number, ir.Constant(_PLACE, 0))
        return shuffled(one, one, [0] * DRAWS)

    rows = []
    for draw in range(DRAWS):
        cell = builder.load(builder.gep(cells, [builder.add(i, ir.Constant(_INDEX, draw))]))
        rows.append(builder.load(vector(cubics, builder.shl(cell, ir.Constant(_INDEX, 2)), _ROW), align=8))
    # Two rows to a vector, then coefficients 0, 2 and 1, 3 of four draws, then each coefficient of all eight.
    a, b, c, d = (shuffled(rows[k], rows[k + 2], range(8)) for k in (0, 1, 4, 5))
    even, odd = (0, 8, 2, 10, 4, 12, 6, 14), (1, 9, 3, 11, 5, 13, 7, 15)
    first, second = (0, 1, 4, 5, 8, 9, 12, 13), (2, 3, 6, 7, 10, 11, 14, 15)
    c0, c2 = (shuffled(shuffled(a, b, even), shuffled(c, d, even), half) for half in (first, second))
    c1, c3 = (shuffled(shuffled(a, b, odd), shuffled(c, d, odd), half) for half in (first, second))

    s = builder.fsub(builder.load(vector(t, i, _EIGHT), align=8), ir.Constant(_EIGHT, [1.0] * DRAWS))
    y = c3
    for coefficient in (c2, c1, c0):
        y = builder.fadd(coefficient, builder.fmul(s, y))
    least, most = repeated(low), repeated(high)
    y = builder.select(builder.fcmp_ordered(">", y, least), y, least)
    y = builder.select(builder.fcmp_ordered("<", y, most), y, most)
    builder.store(y, vector(x, i, _EIGHT), align=8)
    return context.get_dummy_value()
