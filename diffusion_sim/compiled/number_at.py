"""Writing and reading a float64 at an address: for what would cost too much to carry as an array, whose owners are
counted at every step."""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core.typing import signature
from numba.extending import intrinsic


def _place(builder, address, number):
    start = builder.inttoptr(address, ir.DoubleType().as_pointer())
    return builder.gep(start, [number])


@intrinsic
def read_at(context, address, number):
    """The float64 of number ``number`` from ``address`` on, both int64; the memory must be alive."""

    def generate(context, builder, sig, args):
        return builder.load(_place(builder, *args))

    return signature(types.float64, types.int64, types.int64), generate


@intrinsic
def write_at(context, address, number, value):
    """Write ``value`` there; see `read_at`."""

    def generate(context, builder, sig, args):
        builder.store(args[2], _place(builder, args[0], args[1]))
        return context.get_dummy_value()

    return signature(types.void, types.int64, types.int64, types.float64), generate
