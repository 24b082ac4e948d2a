"""Tiles: eight neighbouring rows of a table, read into Lanes a column each and written back.

A tile may have fewer rows, at the end of a school; lanes beyond them hold what comes next in the table and are never
written. Arrays have their rows one behind the other in memory; others are refused.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing import signature
from numba.extending import intrinsic

from diffusion_sim.columns import LINE, WORD
from diffusion_sim.columns_compiled import ColumnsType, place_of
from diffusion_sim.lanes import EIGHT, EIGHT_BITS, EIGHT_WORDS, WIDTH, Lanes, Mask, constant, mask_of_first
from diffusion_sim.state import FACE, FACE_NUMBERS, NEAR
from diffusion_sim.words import Words

_WORD, _INDEX, _BYTE = ir.IntType(64), ir.IntType(32), ir.IntType(8)
AHEAD = 96  # rows asked for before their turn: a few schools
_FOUR = ir.VectorType(ir.DoubleType(), 4)


def _must_be(fine, what):
    """Refuse an argument that compiled code would misread."""
    if not fine:
        raise TypeError(f"needs {what}")


def _must_be_faces(face):
    fine = isinstance(face.dtype, types.Record) and face.layout == "C" and face.dtype.size == FACE.itemsize
    _must_be(fine, "records FACE, one behind the other")


def _must_be_fours(rows):
    fine = rows.dtype == types.float64 and rows.ndim == 2 and rows.layout == "C"
    _must_be(fine, "rows of four float64, one behind the other")


def _shuffle(builder, one, other, order):
    """Elements of two vectors in another order: j < 8 of the first, j >= 8 of the second."""
    return builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(_INDEX, len(order)), order))


def _turned(builder, rows):
    """Swap rows and columns of two squares of four by four numbers side by side."""
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


def _rows_of(builder, one, other, third):
    """Three Lanes, a column each, as eight rows of three numbers one behind the other: three vectors."""
    vectors = []
    for start in range(0, 3 * WIDTH, WIDTH):
        wanted = [divmod(start + q, 3) for q in range(WIDTH)]  # row and column of each number
        two = _shuffle(builder, one, other, [row + WIDTH * (column == 1) for row, column in wanted])
        order = [WIDTH + row if column == 2 else q for q, (row, column) in enumerate(wanted)]
        vectors.append(_shuffle(builder, two, third, order))
    return vectors


def _written_out(number):
    """A whole number that stands in the code that is compiled."""
    _must_be(isinstance(number, types.IntegerLiteral), "a number that is written out")
    return number.literal_value


def _column_of(context, builder, kind, table, row, name):
    """Address of eight neighbouring rows of a column of a table, as a pointer to EIGHT."""
    it = cgutils.create_struct_proxy(kind)(context, builder, table)
    first = place_of(builder, it.address, it.stride, kind.record.offset(name))
    place = builder.gep(first, [builder.mul(row, ir.Constant(_WORD, WORD))])
    return builder.bitcast(place, EIGHT.as_pointer())


def _named(table, name):
    """The name, which stands in the code, of a column that begins a word."""
    _must_be(isinstance(table, ColumnsType), "a table kept by columns")
    _must_be(isinstance(name, types.StringLiteral), "a name that is written out")
    column = name.literal_value
    fields = table.record.fields
    _must_be(column in fields and table.record.offset(column) % WORD == 0, "a column that begins a word")
    _must_be(fields[column].type in (types.float64, types.uint8), "a column of float64, or of single bytes")
    return column


@intrinsic(prefer_literal=True)
def load_column(context, table, row, name):
    """A column of a tile of the table ``columns.Columns``: Lanes. Of columns of one byte, all that share the word of
    the one named; all eight rows are read, whatever the tile's count."""
    column = _named(table, name)

    def generate(context, builder, sig, args):
        return builder.load(_column_of(context, builder, sig.args[0], args[0], args[1], column), align=WORD)

    return signature(Lanes, table, types.int64, name), generate


def _named_all(table, names):
    """The names of a tuple of names that stand in the code."""
    return [_named(table, name) for name in names]


def _store_first(builder, value, place, count):
    """Write the first ``count`` lanes (none below 1, all above seven) to where ``place`` points."""
    form = ir.FunctionType(ir.VoidType(), [EIGHT, EIGHT.as_pointer(), _INDEX, EIGHT_BITS])
    write = cgutils.get_or_insert_function(builder.module, form, "llvm.masked.store.v8f64.p0v8f64")
    builder.call(write, [value, place, ir.Constant(_INDEX, WORD), mask_of_first(builder, count)])


@intrinsic(prefer_literal=True)
def store_columns(context, table, row, count, names, columns):
    """Write columns of a tile's first ``count`` rows; names : a tuple of names that stand in the code.

    Masked stores: the rows that follow must wait for them, but `look` at the next school comes first. A processor
    without such stores asks lane by lane.
    """
    named = _named_all(table, names)

    def generate(context, builder, sig, args):
        values = cgutils.unpack_tuple(builder, args[4], len(named))
        places = [_column_of(context, builder, sig.args[0], args[0], args[1], name) for name in named]
        for value, place in zip(values, places, strict=True):
            _store_first(builder, value, place, args[2])
        return context.get_dummy_value()

    return signature(types.void, table, types.int64, types.int64, names, types.UniTuple(Lanes, len(named))), generate


def _ask_for(builder, place):
    """Ask for the cache line at ``place``, to be kept; beyond what exists nothing happens."""
    kind = _BYTE.as_pointer()
    form = ir.FunctionType(ir.VoidType(), [kind, _INDEX, _INDEX, _INDEX])
    ask = builder.module.declare_intrinsic("llvm.prefetch", [kind], form)
    how = [ir.Constant(_INDEX, number) for number in (0, 3, 1)]  # to read; keep; data
    builder.call(ask, [builder.bitcast(place, kind), *how])


@intrinsic(prefer_literal=True)
def prefetch(context, table, row, names):
    """Ask for columns of the tile at ``row``, before its turn; names : a tuple of names that stand in the code."""
    named = _named_all(table, names)

    def generate(context, builder, sig, args):
        for name in named:
            _ask_for(builder, _column_of(context, builder, sig.args[0], args[0], args[1], name))
        return context.get_dummy_value()

    return signature(types.void, table, types.int64, names), generate


@intrinsic
def prefetch_record(context, records, row):
    """Ask for a whole record of an array, before its turn."""
    _must_be(isinstance(records.dtype, types.Record) and records.layout == "C", "records, one behind the other")

    def generate(context, builder, sig, args):
        width = sig.args[0].dtype.size
        data = builder.bitcast(context.make_array(sig.args[0])(context, builder, args[0]).data, _BYTE.as_pointer())
        start = builder.mul(args[1], ir.Constant(_WORD, width))
        for offset in range(0, width, LINE):
            _ask_for(builder, builder.gep(data, [builder.add(start, ir.Constant(_WORD, offset))]))
        return context.get_dummy_value()

    return signature(types.void, records, types.int64), generate


def _number_at(context, builder, kind, array, row, place):
    """Address of what stands at ``place`` of a row of an array (row of a one-dimensional one: 0)."""
    table = context.make_array(kind)(context, builder, array)
    size = builder.extract_value(table.shape, kind.ndim - 1)
    return builder.gep(table.data, [builder.add(builder.mul(row, size), place)])


def _must_be_numbers(numbers):
    _must_be(numbers.dtype == types.float64 and numbers.layout == "C", "an array of float64, one behind the other")


@intrinsic
def load_lanes(context, numbers, row, place):
    """Eight neighbouring numbers of a row of an array (row of a one-dimensional one: 0), from ``place`` on: Lanes of
    float64, Words of uint64.

    All eight are read, whatever the tile's count: the array holds WIDTH - 1 numbers more than are of use.
    """
    fine = numbers.dtype in (types.float64, types.uint64) and numbers.layout == "C"
    _must_be(fine, "an array of float64 or uint64, one behind the other")
    kind, form = (Lanes, EIGHT) if numbers.dtype == types.float64 else (Words, EIGHT_WORDS)

    def generate(context, builder, sig, args):
        place = builder.bitcast(_number_at(context, builder, sig.args[0], *args), form.as_pointer())
        return builder.load(place, align=8)

    return signature(kind, numbers, types.int64, types.int64), generate


@intrinsic
def store_lanes(context, numbers, row, place, lanes):
    """Write eight neighbouring numbers of a row of a float64 array, from ``place`` on (as `load_lanes` reads them)."""
    _must_be_numbers(numbers)

    def generate(context, builder, sig, args):
        place = builder.bitcast(_number_at(context, builder, sig.args[0], *args[:3]), EIGHT.as_pointer())
        builder.store(args[3], place, align=8)
        return context.get_dummy_value()

    return signature(types.void, numbers, types.int64, types.int64, Lanes), generate


@intrinsic
def keep(context, numbers, row, place, mask, lanes):
    """Write those of ``lanes`` that ``mask`` names to a row of a float64 array, side by side, from ``place`` on."""
    _must_be_numbers(numbers)

    def generate(context, builder, sig, args):
        place = _number_at(context, builder, sig.args[0], *args[:3])
        form = ir.FunctionType(ir.VoidType(), [EIGHT, ir.DoubleType().as_pointer(), EIGHT_BITS])
        write = cgutils.get_or_insert_function(builder.module, form, "llvm.masked.compressstore.v8f64")
        builder.call(write, [args[4], place, args[3]])
        return context.get_dummy_value()

    return signature(types.void, numbers, types.int64, types.int64, Mask, Lanes), generate


# ---- columns of one byte: eight of them in the eight bytes of each lane ----------------------------------------------
@intrinsic(prefer_literal=True)
def byte_has(context, lanes, byte, bits):
    """A Mask of the lanes whose byte number ``byte`` (0 to 7) has one or more of ``bits``: one instruction, where a
    comparison of the byte would be two."""
    wanted = _written_out(bits) << 8 * _written_out(byte)

    def generate(context, builder, sig, args):
        words = builder.and_(builder.bitcast(args[0], EIGHT_WORDS), constant(wanted, EIGHT_WORDS))
        return builder.icmp_unsigned("!=", words, constant(0, EIGHT_WORDS))

    return signature(Mask, Lanes, byte, bits), generate


# ---- what colleagues show: rows of three numbers, read with a fourth behind them, of no account ----------------------
def _number_of_face(builder, cells, row, further):
    """Address of the first number of the face ``further`` rows behind ``row``."""
    place = builder.add(row, ir.Constant(_WORD, further))
    return builder.gep(cells, [builder.mul(place, ir.Constant(_WORD, FACE_NUMBERS))])


def _sum_of_four(builder, cells, places, number):
    """Sum of the rows of faces that block ``number`` of four places names, as one vector of four; cells : of faces."""
    start = builder.mul(number, ir.Constant(_WORD, NEAR))
    rows = []
    for j in range(NEAR):
        place = builder.zext(builder.load(builder.gep(places, [builder.add(start, ir.Constant(_WORD, j))])), _WORD)
        row = builder.bitcast(builder.gep(cells, [place]), _FOUR.as_pointer())
        rows.append(builder.load(row, align=8))
    while len(rows) > 1:
        rows = [builder.fadd(one, other) for one, other in zip(rows[::2], rows[1::2], strict=True)]
    return rows[0]


@intrinsic
def look(context, face, near, far_first, far_row, far, first, last, seen):
    """What the advisers of each of the rows first to last - 1 show, added up, in ``seen``, from its row 0 on.

    seen : rows of four float64, the fourth of no account; the others : of ``state.Ties``. Nobody's number of advisers
    sends the processor the wrong way, since the first four are read of everybody; few have more.
    """
    _must_be_faces(face)
    for rows in (near, far_first, far_row, far):
        _must_be(rows.dtype == types.uint32 and rows.layout == "C", "arrays of uint32, one behind the other")
    _must_be_fours(seen)

    def generate(context, builder, sig, args):
        data = [context.make_array(sig.args[a])(context, builder, args[a]).data for a in (0, 1, 2, 3, 4, 7)]
        cells, near_, begins, seekers, far_, sums = (
            builder.bitcast(one, kind.as_pointer())
            for one, kind in zip(data, (ir.DoubleType(), _INDEX, _INDEX, _INDEX, _INDEX, _FOUR), strict=True)
        )
        one = ir.Constant(_WORD, 1)
        with cgutils.for_range_slice(builder, args[5], args[6], one, _WORD) as (row, _):
            _ask_for(builder, _number_of_face(builder, cells, row, AHEAD))
            place = builder.gep(sums, [builder.sub(row, args[5])])
            builder.store(_sum_of_four(builder, cells, near_, row), place, align=8)
        begin, end = (builder.zext(builder.load(builder.gep(begins, [row])), _WORD) for row in args[5:7])
        with cgutils.for_range_slice(builder, begin, end, one, _WORD) as (index, _):
            seeker = builder.zext(builder.load(builder.gep(seekers, [index])), _WORD)
            place = builder.gep(sums, [builder.sub(seeker, args[5])])
            more = _sum_of_four(builder, cells, far_, index)
            builder.store(builder.fadd(builder.load(place, align=8), more), place, align=8)
        return context.get_dummy_value()

    places = (types.int64, types.int64, seen)
    return signature(types.void, face, near, far_first, far_row, far, *places), generate


@intrinsic
def load_three(context, fours, row):
    """Eight neighbouring rows of four float64, turned over: the first three columns, Lanes."""
    _must_be_fours(fours)

    def generate(context, builder, sig, args):
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        cells = builder.bitcast(data, _FOUR.as_pointer())
        rows = [
            builder.load(builder.gep(cells, [builder.add(args[1], ir.Constant(_WORD, j))]), align=8)
            for j in range(WIDTH)
        ]
        pairs = [_shuffle(builder, rows[j], rows[j + 4], list(range(WIDTH))) for j in range(4)]
        return cgutils.pack_array(builder, _turned(builder, pairs)[:3])

    return signature(types.UniTuple(Lanes, 3), fours, types.int64), generate


@intrinsic
def show(context, face, row, count, shown, skill, conviction):
    """Write what a tile's teachers show to the rows row to row + count - 1 of ``face``, and ask for rows to come."""
    _must_be_faces(face)

    def generate(context, builder, sig, args):
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        cells = builder.bitcast(data, ir.DoubleType().as_pointer())
        ahead, here = (_number_of_face(builder, cells, args[1], further) for further in (AHEAD, 0))
        steps = [ir.Constant(_WORD, number) for number in range(0, FACE_NUMBERS * WIDTH, WIDTH)]
        vectors = _rows_of(builder, *args[3:])
        places = [builder.bitcast(builder.gep(here, [step]), EIGHT.as_pointer()) for step in steps]
        for step in steps:
            _ask_for(builder, builder.gep(ahead, [step]))
        whole = builder.icmp_signed("==", args[2], ir.Constant(_WORD, WIDTH))
        with builder.if_else(whole, likely=True) as (all_rows, some):
            with all_rows:
                for values, place in zip(vectors, places, strict=True):
                    builder.store(values, place, align=WORD)
            with some:
                numbers = builder.mul(args[2], ir.Constant(_WORD, FACE_NUMBERS))
                for values, place, step in zip(vectors, places, steps, strict=True):
                    _store_first(builder, values, place, builder.sub(numbers, step))
        return context.get_dummy_value()

    return signature(types.void, face, types.int64, types.int64, Lanes, Lanes, Lanes), generate
