"""Tiles: eight neighbouring rows of a table, read column by column into Lanes and written back.

The last tile of a school may have fewer rows. The lanes beyond them hold the rows that come next in the table and are
never written. Arrays must have their rows one behind the other in memory; others are refused.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing import signature
from numba.extending import intrinsic

from diffusion_sim.compiled.column_table import LINE, WORD
from diffusion_sim.compiled.column_table_numba import ColumnsType, place_of
from diffusion_sim.compiled.integer_lanes import Words
from diffusion_sim.compiled.lanes import (
    EIGHT,
    EIGHT_BITS,
    EIGHT_WORDS,
    INT32,
    INT64,
    Lanes,
    Mask,
    constant,
    mask_of_first,
)

_BYTE = ir.IntType(8)
AHEAD = 96  # how many rows ahead memory is asked for: a few schools


def must_be(fine, what):
    """Refuse an argument that compiled code would misread."""
    if not fine:
        raise TypeError(f"needs {what}")


def _written_out(number):
    """The value of a whole number that is written in the code, so that it is known when the code is compiled."""
    must_be(isinstance(number, types.IntegerLiteral), "a number that is written out")
    return number.literal_value


def _column_of(context, builder, kind, table, row, name):
    """Address of eight neighbouring rows of a column of a table, as a pointer to EIGHT."""
    it = cgutils.create_struct_proxy(kind)(context, builder, table)
    first = place_of(builder, it.address, it.stride, kind.record.offset(name))
    place = builder.gep(first, [builder.mul(row, ir.Constant(INT64, WORD))])
    return builder.bitcast(place, EIGHT.as_pointer())


def _named(table, name):
    """The name of a column, written in the code; the column must begin a word."""
    must_be(isinstance(table, ColumnsType), "a table kept by columns")
    must_be(isinstance(name, types.StringLiteral), "a name that is written out")
    column = name.literal_value
    fields = table.record.fields
    must_be(column in fields and table.record.offset(column) % WORD == 0, "a column that begins a word")
    must_be(fields[column].type in (types.float64, types.uint8), "a column of float64, or of single bytes")
    return column


@intrinsic(prefer_literal=True)
def load_column(context, table, row, name):
    """Read a column of a tile of a table (``column_table.Columns``) into Lanes.

    A column of one byte comes with all that share its word. All eight rows are read, even where the tile has fewer.
    """
    column = _named(table, name)

    def generate(context, builder, sig, args):
        return builder.load(_column_of(context, builder, sig.args[0], args[0], args[1], column), align=WORD)

    return signature(Lanes, table, types.int64, name), generate


def _named_all(table, names):
    """The names of a tuple of names that is written in the code."""
    return [_named(table, name) for name in names]


def store_first(builder, value, place, count):
    """Write the first ``count`` lanes (none below 1, all above seven) to where ``place`` points: a masked store, which
    a processor without such stores does lane by lane."""
    form = ir.FunctionType(ir.VoidType(), [EIGHT, EIGHT.as_pointer(), INT32, EIGHT_BITS])
    write = cgutils.get_or_insert_function(builder.module, form, "llvm.masked.store.v8f64.p0v8f64")
    builder.call(write, [value, place, ir.Constant(INT32, WORD), mask_of_first(builder, count)])


@intrinsic(prefer_literal=True)
def store_columns(context, table, row, count, names, columns):
    """Write columns of a tile's first ``count`` rows; names : a tuple of names that is written in the code.

    The stores are masked, so reading the rows that follow a school's last tile waits until they are done. That costs
    little, because what the next school's advisers show is added up in between (``look`` in week/visible_use.py).
    """
    named = _named_all(table, names)

    def generate(context, builder, sig, args):
        values = cgutils.unpack_tuple(builder, args[4], len(named))
        places = [_column_of(context, builder, sig.args[0], args[0], args[1], name) for name in named]
        for value, place in zip(values, places, strict=True):
            store_first(builder, value, place, args[2])
        return context.get_dummy_value()

    return signature(types.void, table, types.int64, types.int64, names, types.UniTuple(Lanes, len(named))), generate


def ask_for(builder, place):
    """Ask the processor to fetch the cache line at ``place`` into the second level of its cache.

    The first level is too small for so much. A place where there is nothing does no harm.
    """
    kind = _BYTE.as_pointer()
    form = ir.FunctionType(ir.VoidType(), [kind, INT32, INT32, INT32])
    ask = builder.module.declare_intrinsic("llvm.prefetch", [kind], form)
    how = [ir.Constant(INT32, number) for number in (0, 2, 1)]  # to read; second level; data
    builder.call(ask, [builder.bitcast(place, kind), *how])


@intrinsic(prefer_literal=True)
def prefetch(context, table, row, names):
    """Ask for columns of the tile at ``row`` before its turn; names : a tuple of names that is written in the code."""
    named = _named_all(table, names)

    def generate(context, builder, sig, args):
        for name in named:
            ask_for(builder, _column_of(context, builder, sig.args[0], args[0], args[1], name))
        return context.get_dummy_value()

    return signature(types.void, table, types.int64, names), generate


@intrinsic
def prefetch_record(context, records, row):
    """Ask for a whole record of an array, before its turn."""
    must_be(isinstance(records.dtype, types.Record) and records.layout == "C", "records, one behind the other")

    def generate(context, builder, sig, args):
        width = sig.args[0].dtype.size
        data = builder.bitcast(context.make_array(sig.args[0])(context, builder, args[0]).data, _BYTE.as_pointer())
        start = builder.mul(args[1], ir.Constant(INT64, width))
        for offset in range(0, width, LINE):
            ask_for(builder, builder.gep(data, [builder.add(start, ir.Constant(INT64, offset))]))
        return context.get_dummy_value()

    return signature(types.void, records, types.int64), generate


def _place_at(context, builder, kind, array, row, place):
    """Address of what stands at ``place`` of a row of an array (row of a one-dimensional one: 0)."""
    table = context.make_array(kind)(context, builder, array)
    size = builder.extract_value(table.shape, kind.ndim - 1)
    return builder.gep(table.data, [builder.add(builder.mul(row, size), place)])


def _must_be_numbers(numbers):
    must_be(numbers.dtype == types.float64 and numbers.layout == "C", "an array of float64, one behind the other")


@intrinsic
def load_lanes(context, numbers, row, place):
    """Eight neighbouring numbers of a row of an array (row of a one-dimensional one: 0), from ``place`` on: Lanes of
    float64, Words of uint64.

    All eight are read even where the tile has fewer, so the array has to be WIDTH - 1 numbers longer than what it
    holds.
    """
    fine = numbers.dtype in (types.float64, types.uint64) and numbers.layout == "C"
    must_be(fine, "an array of float64 or uint64, one behind the other")
    kind, form = (Lanes, EIGHT) if numbers.dtype == types.float64 else (Words, EIGHT_WORDS)

    def generate(context, builder, sig, args):
        place = builder.bitcast(_place_at(context, builder, sig.args[0], *args), form.as_pointer())
        return builder.load(place, align=8)

    return signature(kind, numbers, types.int64, types.int64), generate


@intrinsic
def store_lanes(context, numbers, row, place, lanes):
    """Write eight neighbouring numbers of a row of a float64 array, from ``place`` on (as `load_lanes` reads them)."""
    _must_be_numbers(numbers)

    def generate(context, builder, sig, args):
        place = builder.bitcast(_place_at(context, builder, sig.args[0], *args[:3]), EIGHT.as_pointer())
        builder.store(args[3], place, align=8)
        return context.get_dummy_value()

    return signature(types.void, numbers, types.int64, types.int64, Lanes), generate


@intrinsic
def keep(context, numbers, row, place, mask, lanes):
    """Write the lanes for which ``mask`` is true to a row of a float64 array, side by side, from ``place`` on."""
    _must_be_numbers(numbers)

    def generate(context, builder, sig, args):
        place = _place_at(context, builder, sig.args[0], *args[:3])
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
