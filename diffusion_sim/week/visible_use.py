"""Faces: what teachers show to those who ask, rows of four numbers, each read as one vector, added up over advisers and
written by tiles."""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing import signature
from numba.extending import intrinsic

from diffusion_sim.compiled.column_table import WORD
from diffusion_sim.compiled.lane_memory import AHEAD, ask_for, must_be, store_first
from diffusion_sim.compiled.lanes import EIGHT, INT32, INT64, WIDTH, Lanes
from diffusion_sim.state.tables import FACE, FACE_NUMBERS, NEAR

_FOUR = ir.VectorType(ir.DoubleType(), 4)


def _must_be_faces(face):
    fine = isinstance(face.dtype, types.Record) and face.layout == "C" and face.dtype.size == FACE.itemsize
    must_be(fine, "records FACE, one behind the other")


def _must_be_fours(rows):
    fine = rows.dtype == types.float64 and rows.ndim == 2 and rows.layout == "C"
    must_be(fine, "rows of four float64, one behind the other")


def _shuffle(builder, one, other, order):
    """Elements of two vectors in another order: j < 8 of the first, j >= 8 of the second."""
    return builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(INT32, len(order)), order))


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


def _rows_of(builder, one, other, third, fourth):
    """Four Lanes, a column each, as eight rows of four numbers one behind the other: four vectors."""
    vectors = []
    for start in range(0, FACE_NUMBERS * WIDTH, WIDTH):
        wanted = [divmod(start + q, FACE_NUMBERS) for q in range(WIDTH)]  # row and column of each number
        left = _shuffle(builder, one, other, [row + WIDTH * (column == 1) for row, column in wanted])
        right = _shuffle(builder, third, fourth, [row + WIDTH * (column == 3) for row, column in wanted])
        order = [WIDTH + q if column > 1 else q for q, (_, column) in enumerate(wanted)]
        vectors.append(_shuffle(builder, left, right, order))
    return vectors


def _place_of_face(builder, cells, row, further):
    """Address of the first number of the face ``further`` rows behind ``row``."""
    place = builder.add(row, ir.Constant(INT64, further))
    return builder.gep(cells, [builder.mul(place, ir.Constant(INT64, FACE_NUMBERS))])


def _sum_of_four(builder, cells, places, number):
    """Sum of the rows of faces that block ``number`` of four places names, as one vector of four; cells : of faces."""
    start = builder.mul(number, ir.Constant(INT64, NEAR))
    rows = []
    for j in range(NEAR):
        place = builder.zext(builder.load(builder.gep(places, [builder.add(start, ir.Constant(INT64, j))])), INT64)
        row = builder.bitcast(builder.gep(cells, [place]), _FOUR.as_pointer())
        rows.append(builder.load(row, align=8))
    while len(rows) > 1:
        rows = [builder.fadd(one, other) for one, other in zip(rows[::2], rows[1::2], strict=True)]
    return rows[0]


@intrinsic
def look(context, face, near, far_first, far_row, far, first, last, seen):
    """What the advisers of each of the rows first to last - 1 show, added up, in ``seen``, from its row 0 on.

    seen : rows of four float64, as faces; the others : of ``state.Ties``.
    Nobody's number of advisers sends the processor the wrong way, since the first four are read of everybody; few have
    more.
    """
    _must_be_faces(face)
    for rows in (near, far_first, far_row, far):
        must_be(rows.dtype == types.uint32 and rows.layout == "C", "arrays of uint32, one behind the other")
    _must_be_fours(seen)

    def generate(context, builder, sig, args):
        data = [context.make_array(sig.args[a])(context, builder, args[a]).data for a in (0, 1, 2, 3, 4, 7)]
        cells, near_, begins, seekers, far_, sums = (
            builder.bitcast(one, kind.as_pointer())
            for one, kind in zip(data, (ir.DoubleType(), INT32, INT32, INT32, INT32, _FOUR), strict=True)
        )
        one = ir.Constant(INT64, 1)
        with cgutils.for_range_slice(builder, args[5], args[6], one, INT64) as (row, _):
            ask_for(builder, _place_of_face(builder, cells, row, AHEAD))
            place = builder.gep(sums, [builder.sub(row, args[5])])
            builder.store(_sum_of_four(builder, cells, near_, row), place, align=8)
        begin, end = (builder.zext(builder.load(builder.gep(begins, [row])), INT64) for row in args[5:7])
        with cgutils.for_range_slice(builder, begin, end, one, INT64) as (index, _):
            seeker = builder.zext(builder.load(builder.gep(seekers, [index])), INT64)
            place = builder.gep(sums, [builder.sub(seeker, args[5])])
            more = _sum_of_four(builder, cells, far_, index)
            builder.store(builder.fadd(builder.load(place, align=8), more), place, align=8)
        return context.get_dummy_value()

    places = (types.int64, types.int64, seen)
    return signature(types.void, face, near, far_first, far_row, far, *places), generate


@intrinsic
def load_four(context, fours, row):
    """Eight neighbouring rows of four float64, turned over: the four columns, Lanes."""
    _must_be_fours(fours)

    def generate(context, builder, sig, args):
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        cells = builder.bitcast(data, _FOUR.as_pointer())
        rows = [
            builder.load(builder.gep(cells, [builder.add(args[1], ir.Constant(INT64, j))]), align=8)
            for j in range(WIDTH)
        ]
        pairs = [_shuffle(builder, rows[j], rows[j + 4], list(range(WIDTH))) for j in range(4)]
        return cgutils.pack_array(builder, _turned(builder, pairs))

    return signature(types.UniTuple(Lanes, 4), fours, types.int64), generate


@intrinsic
def show(context, face, row, count, shown, skill, conviction, stopped):
    """Write what a tile's teachers show to the rows row to row + count - 1 of ``face``, and ask for rows to come."""
    _must_be_faces(face)

    def generate(context, builder, sig, args):
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        cells = builder.bitcast(data, ir.DoubleType().as_pointer())
        ahead, here = (_place_of_face(builder, cells, args[1], further) for further in (AHEAD, 0))
        steps = [ir.Constant(INT64, number) for number in range(0, FACE_NUMBERS * WIDTH, WIDTH)]
        vectors = _rows_of(builder, *args[3:])
        places = [builder.bitcast(builder.gep(here, [step]), EIGHT.as_pointer()) for step in steps]
        for step in steps:
            ask_for(builder, builder.gep(ahead, [step]))
        whole = builder.icmp_signed("==", args[2], ir.Constant(INT64, WIDTH))
        with builder.if_else(whole, likely=True) as (all_rows, some):
            with all_rows:
                for values, place in zip(vectors, places, strict=True):
                    builder.store(values, place, align=WORD)
            with some:
                numbers = builder.mul(args[2], ir.Constant(INT64, FACE_NUMBERS))
                for values, place, step in zip(vectors, places, steps, strict=True):
                    store_first(builder, values, place, builder.sub(numbers, step))
        return context.get_dummy_value()

    return signature(types.void, face, types.int64, types.int64, Lanes, Lanes, Lanes, Lanes), generate
