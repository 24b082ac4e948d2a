"""Asking for memory before it is needed: large worlds do not fit into a processor's own memory."""

from __future__ import annotations

from numba import types
from numba.extending import intrinsic

LINE = 64  # bytes of a cache line


@intrinsic
def prefetch(context, table, row):
    """Ask for the first two cache lines of a row (unsigned) of a table of records; beyond its end nothing happens."""

    def generate(context, builder, signature, arguments):
        from llvmlite import ir

        word, flag, place = ir.IntType(64), ir.IntType(32), ir.IntType(8).as_pointer()
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        width = ir.Constant(word, signature.args[0].dtype.size)
        start = builder.add(builder.ptrtoint(data, word), builder.mul(arguments[1], width))
        form = ir.FunctionType(ir.VoidType(), [place, flag, flag, flag])
        ask = builder.module.declare_intrinsic("llvm.prefetch", [place], form)
        how = [ir.Constant(flag, number) for number in (0, 3, 1)]  # to read; keep; data
        for offset in (0, LINE):
            line = builder.add(start, ir.Constant(word, offset))
            builder.call(ask, [builder.inttoptr(line, place), *how])
        return context.get_dummy_value()

    return types.void(table, row), generate
