"""What compiled kernels know of tables kept by columns (``column_table.Columns``).

``table[i]`` is a row whose columns are read and written by name, ``table.skill`` an array, ``table.size`` the number of
rows. A row is a place in the table, not a copy. Rows are counted from 0, and nothing checks the number. A column must
not leave the kernel, because it does not keep the table's memory alive.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic, lower_setattr_generic
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import NativeValue, lower_builtin, models, register_model, typeof_impl, unbox
from numba.np import arrayobj
from numba.np.numpy_support import from_dtype

from diffusion_sim.compiled.column_table import WORD, Columns

_INT = ir.IntType(64)


class ColumnsType(types.Type):
    """Type of a table; record : type of its rows, seen as records."""

    def __init__(self, record: types.Record) -> None:
        self.record = record
        super().__init__(name=f"Columns({record})")


class RowType(types.Type):
    """Type of a row of a table."""

    def __init__(self, record: types.Record) -> None:
        self.record = record
        super().__init__(name=f"Row({record})")


@register_model(ColumnsType)
class _ColumnsModel(models.StructModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        members = [("address", types.voidptr), ("size", types.int64), ("stride", types.int64)]
        super().__init__(manager, kind, members)


@register_model(RowType)
class _RowModel(models.StructModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, [("address", types.voidptr), ("stride", types.int64)])


_types: dict[int, tuple[np.dtype, ColumnsType]] = {}  # by the dtype's id: hashing a record takes longer than the rest


@typeof_impl.register(Columns)
def _typeof(table: Any, _context: Any) -> ColumnsType:
    found = _types.get(id(table.dtype))
    if found is None:
        found = table.dtype, ColumnsType(from_dtype(np.dtype((np.record, table.dtype))))
        _types[id(table.dtype)] = found
    return found[1]


@unbox(ColumnsType)
def _unbox(kind: Any, table: Any, c: Any) -> NativeValue:
    out = cgutils.create_struct_proxy(kind)(c.context, c.builder)
    for name in ("address", "size", "stride"):
        number = c.pyapi.object_getattr_string(table, name)
        value = c.pyapi.long_as_longlong(number)
        c.pyapi.decref(number)
        setattr(out, name, c.builder.inttoptr(value, out.address.type) if name == "address" else value)
    return NativeValue(out._getvalue(), is_error=cgutils.is_not_null(c.builder, c.pyapi.err_occurred()))


# ---- rows ------------------------------------------------------------------------------------------------------------
@infer_global(operator.getitem)
class _GetRow(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        table, number = args
        if isinstance(table, ColumnsType) and isinstance(number, types.Integer):
            return signature(RowType(table.record), table, types.int64)
        return None


@lower_builtin(operator.getitem, ColumnsType, types.int64)
def _get_row(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    table = cgutils.create_struct_proxy(sig.args[0])(context, builder, args[0])
    row = cgutils.create_struct_proxy(sig.return_type)(context, builder)
    row.address = builder.gep(table.address, [builder.mul(args[1], ir.Constant(_INT, WORD))])
    row.stride = table.stride
    return row._getvalue()


@infer_getattr
class _RowColumns(AttributeTemplate):
    key = RowType

    def generic_resolve(self, row: Any, name: str) -> Any:
        return row.record.typeof(name) if name in row.record.fields else None


def place_of(builder: Any, address: Any, stride: Any, offset: int) -> Any:
    """Address of the column at ``offset`` of the record; address : of the first word of the row, or of the table."""
    word, inside = divmod(offset, WORD)
    return builder.gep(address, [builder.add(builder.mul(stride, ir.Constant(_INT, word)), ir.Constant(_INT, inside))])


def _cell(context: Any, builder: Any, kind: Any, row: Any, name: str) -> Any:
    """Address of a row's column."""
    it = cgutils.create_struct_proxy(kind)(context, builder, row)
    place = place_of(builder, it.address, it.stride, kind.record.offset(name))
    return builder.bitcast(place, context.get_data_type(kind.record.typeof(name)).as_pointer())


@lower_getattr_generic(RowType)
def _get_column(context: Any, builder: Any, kind: Any, row: Any, name: str) -> Any:
    return builder.load(_cell(context, builder, kind, row, name))


@lower_setattr_generic(RowType)
def _set_column(context: Any, builder: Any, sig: Any, args: Any, name: str) -> None:
    builder.store(args[1], _cell(context, builder, sig.args[0], args[0], name))


# ---- whole columns ---------------------------------------------------------------------------------------------------
@infer_getattr
class _TableColumns(AttributeTemplate):
    key = ColumnsType

    def generic_resolve(self, table: Any, name: str) -> Any:
        if name == "size":
            return types.int64
        if name not in table.record.fields:
            return None
        kind = table.record.typeof(name)
        return types.Array(kind, 1, "C" if kind.bitwidth == 8 * WORD else "A")


@lower_getattr_generic(ColumnsType)
def _get_table_column(context: Any, builder: Any, kind: Any, value: Any, name: str) -> Any:
    table = cgutils.create_struct_proxy(kind)(context, builder, value)
    if name == "size":
        return table.size
    column = _TableColumns(context.typing_context).generic_resolve(kind, name)
    array = arrayobj.make_array(column)(context, builder)
    place = place_of(builder, table.address, table.stride, kind.record.offset(name))
    arrayobj.populate_array(
        array,
        data=builder.bitcast(place, array.data.type),
        shape=[table.size],
        strides=[ir.Constant(_INT, WORD)],
        itemsize=ir.Constant(_INT, column.dtype.bitwidth // 8),
        meminfo=None,
    )
    return array._getvalue()
