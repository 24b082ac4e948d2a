"""The columns of a store: the same names and types in every file, so that any reader takes the folder as one table.

Numbers are int64, double and so on as first given; texts are plain strings (Parquet keeps them as codes). A value that
is missing, or not a number, is null: nothing in a store is NaN, which some readers would carry into every mean.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from diffusion_sim.errors import StoreError, nearest

# What each row must say: those of runs all of this, the others only which run they are of.
NEEDED = {
    "runs": ("key", "status", "scenario", "strategy", "point", "replicate"),
    "series": ("key",),
    "schools": ("key",),
}


def plain_schema(schema: pa.Schema, kind: str) -> pa.Schema:
    """``schema`` as it is stored. Raises StoreError: a column that is needed is not there, or a type that is no
    number, truth value, text or date."""
    lacking = [name for name in NEEDED[kind] if name not in schema.names]
    if lacking:
        raise StoreError(f"table of {kind}: column {lacking[0]!r} is missing; it needs {', '.join(NEEDED[kind])}")
    fields = []
    for field in schema:
        kept = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_large_string(kept) or pa.types.is_string_view(kept):
            kept = pa.string()
        fields.append(pa.field(field.name, kept))
    strange = next((field for field in fields if not _simple(field.type)), None)
    if strange is not None:
        raise StoreError(
            f"table of {kind}: column {strange.name!r} has type {strange.type}; numbers, truth values, texts and dates "
            "are allowed (give Store.create the columns where the first rows may be empty)"
        )
    return pa.schema(fields)


def _simple(kind: pa.DataType) -> bool:
    """Whether its name alone says it, as the manifest has to."""
    try:
        return not pa.types.is_null(kind) and pa.type_for_alias(str(kind)) == kind
    except ValueError:
        return False


def say_columns(schema: pa.Schema) -> dict[str, str]:
    """A schema as plain words, for the manifest."""
    return {field.name: str(field.type) for field in schema}


def read_columns(told: Mapping[str, str]) -> pa.Schema:
    """The schema that ``say_columns`` told."""
    return pa.schema([pa.field(name, pa.type_for_alias(kind)) for name, kind in told.items()])


def fit(table: pa.Table, schema: pa.Schema, kind: str) -> pa.Table:
    """``table`` with the columns of the store, in their order; those it lacks are null, and so is every NaN.

    Raises StoreError: a column the store does not have, a value that does not fit its type, or a needed one missing.
    """
    there, known = dict(zip(table.column_names, table.columns, strict=True)), set(schema.names)
    for name in there:
        if name not in known:
            raise StoreError(
                f"table of {kind}: the store has no column {name!r}{nearest(name, schema.names)}; "
                "all runs of a store have the same columns"
            )
    columns = []
    for field in schema:
        if field.name in there:
            column = _fitted(there[field.name], field, kind)
        else:
            column = pa.nulls(table.num_rows, field.type)
        if field.name in NEEDED["runs"] and column.null_count:
            raise StoreError(f"table of {kind}: column {field.name!r} has rows without a value; each row needs one")
        columns.append(column)
    return pa.table(columns, schema=schema)


def _fitted(column: pa.ChunkedArray, field: pa.Field, kind: str) -> pa.Array:
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # without a chunk there is nothing to combine
        array = pa.array([], column.type)
    if array.type != field.type:
        try:
            array = array.cast(field.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise StoreError(
                f"table of {kind}: column {field.name!r} is {field.type} in the store, found {array.type} ({error})"
            ) from None
    if pa.types.is_float64(field.type) or pa.types.is_float32(field.type):
        values = array.to_numpy(zero_copy_only=False)
        if np.isnan(values).any():
            array = pa.array(values, field.type, from_pandas=True)
    return array


def check_keys(runs: pa.Table, others: Mapping[str, pa.Table]) -> None:
    """Raises StoreError: two rows of runs with one key, or rows of a series whose run is not in ``runs``."""
    keys = runs.column("key")
    if len(pc.unique(keys)) != len(keys):
        raise StoreError("table of runs: two rows have the same key; each run is added once")
    for kind, table in others.items():
        if table.num_rows and not pc.all(pc.is_in(table.column("key"), value_set=keys.combine_chunks())).as_py():
            raise StoreError(f"table of {kind}: has rows of runs that are not in the table of runs added with it")
