"""Tiles: eight neighbouring rows of a table, read into Lanes a column each and written back.

A cache line of a record holds eight columns of eight bytes, so that eight rows of it are a square that is turned over.
A tile may have fewer rows, at the end of a school; lanes beyond them repeat its last row (``load_lanes``: hold what
comes next) and are never written. Arrays have their rows one behind the other in memory; others are refused.
"""

from __future__ import annotations

from itertools import product

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing import signature
from numba.extending import intrinsic

from diffusion_sim.lanes import EIGHT, EIGHT_WORDS, WIDTH, Lanes, Mask, constant
from diffusion_sim.state import FACE, LINE, NEAR

_WORD, _INDEX, _BYTE = ir.IntType(64), ir.IntType(32), ir.IntType(8)
_FOUR = ir.VectorType(ir.DoubleType(), 4)
_COLUMNS = types.UniTuple(Lanes, WIDTH)


def _must_be(fine, what):
    """Refuse an argument that compiled code would misread."""
    if not fine:
        raise TypeError(f"needs {what}")


def _must_be_records(table, lines):
    fine = isinstance(table.dtype, types.Record) and table.layout == "C" and table.dtype.size >= LINE * lines
    _must_be(fine, f"records of {lines} cache lines or more, one behind the other")


def _must_be_faces(face):
    fine = isinstance(face.dtype, types.Record) and face.layout == "C" and face.dtype.size == FACE.itemsize
    _must_be(fine, "records FACE, one behind the other")


def _shuffle(builder, one, other, order):
    """Elements of two vectors in another order: j < 8 of the first, j >= 8 of the second."""
    return builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(_INDEX, len(order)), order))


def _turned(builder, rows):
    """Swap rows and columns of eight by eight numbers, or of two squares of four by four side by side."""
    rows, step = list(rows), len(rows) // 2
    while step:
        for i in range(len(rows)):
            if i & step == 0:
                upper = [j if j & step == 0 else WIDTH + j - step for j in range(WIDTH)]
                lower = [j + step if j & step == 0 else WIDTH + j for j in range(WIDTH)]
                one, other = rows[i], rows[i + step]
                rows[i] = _shuffle(builder, one, other, upper)
                rows[i + step] = _shuffle(builder, one, other, lower)
        step //= 2
    return rows


def _rows_of(builder, columns):
    """Four Lanes, a column each, as eight rows of four numbers."""
    pairs = _turned(builder, columns)
    return [_shuffle(builder, pairs[j % 4], pairs[j % 4], [j // 4 * 4 + q for q in range(4)]) for j in range(WIDTH)]


def _start_of(context, builder, kind, table):
    """Address of a table's first byte."""
    return builder.bitcast(context.make_array(kind)(context, builder, table).data, _BYTE.as_pointer())


def _line_of(builder, start, width, row, line, kind):
    """Where cache line ``line`` (int) of a row begins, as a pointer to ``kind``."""
    place = builder.add(builder.mul(row, ir.Constant(_WORD, width)), ir.Constant(_WORD, LINE * line))
    return builder.bitcast(builder.gep(start, [place]), kind.as_pointer())


def _row_of(builder, row, count, j):
    """Row of lane j, where lanes from ``count`` on repeat the last row."""
    last = builder.sub(count, ir.Constant(_WORD, 1))
    number = ir.Constant(_WORD, j)
    return builder.add(row, builder.select(builder.icmp_signed("<", number, last), number, last))


def _written_out(number):
    """A whole number that stands in the code that is compiled."""
    _must_be(isinstance(number, types.IntegerLiteral), "a number that is written out")
    return number.literal_value


@intrinsic(prefer_literal=True)
def load_line(context, table, row, count, line):
    """The eight columns of cache line ``line`` (0, 1, ...) of a table's rows row to row + count - 1 (int64)."""
    number = _written_out(line)
    _must_be_records(table, number + 1)

    def generate(context, builder, sig, args):
        start = _start_of(context, builder, sig.args[0], args[0])
        width, rows = sig.args[0].dtype.size, []
        for j in range(WIDTH):
            place = _line_of(builder, start, width, _row_of(builder, args[1], args[2], j), number, EIGHT)
            rows.append(builder.load(place, align=8))
        return cgutils.pack_array(builder, _turned(builder, rows))

    return signature(_COLUMNS, table, types.int64, types.int64, line), generate


@intrinsic(prefer_literal=True)
def store_half(context, table, row, count, line, columns):
    """Write the first four columns of cache line ``line`` of a table's rows row to row + count - 1."""
    number = _written_out(line)
    _must_be_records(table, number + 1)

    def generate(context, builder, sig, args):
        start = _start_of(context, builder, sig.args[0], args[0])
        width = sig.args[0].dtype.size
        for j, values in enumerate(_rows_of(builder, cgutils.unpack_tuple(builder, args[4], WIDTH // 2))):
            with builder.if_then(builder.icmp_signed("<", ir.Constant(_WORD, j), args[2]), likely=True):
                row = builder.add(args[1], ir.Constant(_WORD, j))
                builder.store(values, _line_of(builder, start, width, row, number, _FOUR), align=8)
        return context.get_dummy_value()

    half = types.UniTuple(Lanes, WIDTH // 2)
    return signature(types.void, table, types.int64, types.int64, line, half), generate


@intrinsic
def load_lanes(context, numbers, row, place):
    """Eight neighbouring numbers of a row of a float64 array (row of a one-dimensional one: 0), from ``place`` on.

    All eight are read, whatever the tile's count: the array holds WIDTH - 1 numbers more than are of use.
    """
    _must_be(numbers.dtype == types.float64 and numbers.layout == "C", "an array of float64, one behind the other")

    def generate(context, builder, sig, args):
        table = context.make_array(sig.args[0])(context, builder, args[0])
        size = builder.extract_value(table.shape, sig.args[0].ndim - 1)
        place = builder.add(builder.mul(args[1], size), args[2])
        return builder.load(builder.bitcast(builder.gep(table.data, [place]), EIGHT.as_pointer()), align=8)

    return signature(Lanes, numbers, types.int64, types.int64), generate


@intrinsic
def prefetch(context, table, row):
    """Ask for what a tile at ``row`` reads of a table, before its turn: two cache lines of a long record, all of short
    ones. Beyond a table's end nothing happens."""

    def generate(context, builder, sig, args):
        start, width = _start_of(context, builder, sig.args[0], args[0]), sig.args[0].dtype.size
        kind = _BYTE.as_pointer()
        form = ir.FunctionType(ir.VoidType(), [kind, _INDEX, _INDEX, _INDEX])
        ask = builder.module.declare_intrinsic("llvm.prefetch", [kind], form)
        how = [ir.Constant(_INDEX, number) for number in (0, 3, 1)]  # to read; keep; data
        if width > LINE:
            places = [width * j + LINE * line for j, line in product(range(WIDTH), range(2))]
        else:
            places = list(range(0, width * WIDTH, LINE))
        tile = builder.gep(start, [builder.mul(args[1], ir.Constant(_WORD, width))])
        for place in places:
            builder.call(ask, [builder.gep(tile, [ir.Constant(_WORD, place)]), *how])
        return context.get_dummy_value()

    return signature(types.void, table, types.int64), generate


# ---- columns of one byte: eight of them in the eight bytes of each lane ----------------------------------------------
@intrinsic(prefer_literal=True)
def byte_is(context, lanes, byte, value):
    """A Mask of the lanes whose byte number ``byte`` (0 to 7) is ``value``."""
    which, wanted = _written_out(byte), _written_out(value)

    def generate(context, builder, sig, args):
        words = builder.and_(builder.bitcast(args[0], EIGHT_WORDS), constant(255 << 8 * which, EIGHT_WORDS))
        return builder.icmp_unsigned("==", words, constant(wanted << 8 * which, EIGHT_WORDS))

    return signature(Mask, Lanes, byte, value), generate


# ---- what colleagues show: rows of four numbers ----------------------------------------------------------------------
def _sum_of_four(builder, cells, places, number):
    """Sum of the rows of ``cells`` that block ``number`` of four row numbers names, as one vector of four."""
    start = builder.mul(number, ir.Constant(_WORD, NEAR))
    rows = []
    for j in range(NEAR):
        row = builder.load(builder.gep(places, [builder.add(start, ir.Constant(_WORD, j))]))
        rows.append(builder.load(builder.gep(cells, [builder.zext(row, _WORD)]), align=8))
    while len(rows) > 1:
        rows = [builder.fadd(one, other) for one, other in zip(rows[::2], rows[1::2], strict=True)]
    return rows[0]


@intrinsic
def sum_shown(context, face, near, far_first, far_row, far, row, count):
    """What the advisers of each of a tile's rows show, added up: three Lanes.

    face : records of four float64; the others : of ``state.Ties``. Nobody's number of advisers sends the processor the
    wrong way, since the first four are read of everybody; few have more.
    """
    _must_be_faces(face)
    for rows in (near, far_first, far_row, far):
        _must_be(rows.dtype == types.uint32 and rows.layout == "C", "arrays of uint32, one behind the other")

    def generate(context, builder, sig, args):
        data = [context.make_array(sig.args[a])(context, builder, args[a]).data for a in range(5)]
        cells, near_, first, seekers, far_ = (
            builder.bitcast(one, kind.as_pointer())
            for one, kind in zip(data, (_FOUR, _INDEX, _INDEX, _INDEX, _INDEX), strict=True)
        )
        sums, zero = cgutils.alloca_once(builder, ir.ArrayType(_FOUR, WIDTH)), ir.Constant(_WORD, 0)
        for j in range(WIDTH):
            place = builder.gep(sums, [zero, ir.Constant(_WORD, j)])
            builder.store(_sum_of_four(builder, cells, near_, _row_of(builder, args[5], args[6], j)), place)
        bounds = (args[5], builder.add(args[5], args[6]))
        begin, end = (builder.zext(builder.load(builder.gep(first, [bound])), _WORD) for bound in bounds)
        with cgutils.for_range_slice(builder, begin, end, ir.Constant(_WORD, 1), _WORD) as (index, _):
            seeker = builder.zext(builder.load(builder.gep(seekers, [index])), _WORD)
            place = builder.gep(sums, [zero, builder.sub(seeker, args[5])])
            more = _sum_of_four(builder, cells, far_, index)
            builder.store(builder.fadd(builder.load(place), more), place)
        rows = [builder.load(builder.gep(sums, [zero, ir.Constant(_WORD, j)])) for j in range(WIDTH)]
        pairs = [_shuffle(builder, rows[j], rows[j + 4], list(range(WIDTH))) for j in range(4)]
        return cgutils.pack_array(builder, _turned(builder, pairs)[:3])

    sums_of_three = types.UniTuple(Lanes, 3)
    return signature(sums_of_three, face, near, far_first, far_row, far, types.int64, types.int64), generate


@intrinsic
def show(context, face, row, count, shown, skill, conviction):
    """Write what a tile's teachers show to the rows row to row + count - 1 of ``face``."""
    _must_be_faces(face)

    def generate(context, builder, sig, args):
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        cells = builder.bitcast(data, _FOUR.as_pointer())
        for j, values in enumerate(_rows_of(builder, [*args[3:], constant(0.0)])):
            number = ir.Constant(_WORD, j)
            with builder.if_then(builder.icmp_signed("<", number, args[2]), likely=True):
                builder.store(values, builder.gep(cells, [builder.add(args[1], number)]), align=8)
        return context.get_dummy_value()

    return signature(types.void, face, types.int64, types.int64, Lanes, Lanes, Lanes), generate
