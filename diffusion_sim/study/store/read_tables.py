"""Reading a store as one table: which rows count and in which order they come, whatever the order of their arrival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from diffusion_sim.study.store.part_files import Part, about_part, kept_rows, read_part

ORDER = ("scenario", "point", "replicate", "strategy")
_PLAIN = {"key", "error"}  # texts that differ from row to row: codes would not make them smaller


def read_runs(store: Path, parts: Sequence[Part], columns: Sequence[str] | None, of: Mapping[str, Any]) -> pa.Table:
    """The rows of runs that count, in order; texts that repeat as dictionaries. of : the manifest. Raises
    FileNotFoundError, Damage."""
    texts = _texts(store, parts, columns, of)
    asked = None if columns is None else list(dict.fromkeys([*columns, *ORDER, "key"]))
    tables = [read_part(store / "runs" / part.name, of, asked, texts) for part in parts]
    keep = np.concatenate(kept_rows([table.column("key") for table in tables]))
    table = pa.concat_tables(tables).unify_dictionaries()
    order = run_order(table, of.get("arms", {}))
    rows = order[keep[order]]
    if columns is not None:
        table = table.select(list(columns))
    return _taken(table, rows)


def _taken(table: pa.Table, rows: np.ndarray) -> pa.Table:
    """``rows`` of ``table``, texts of dictionaries by name: equal rows make equal tables, however they came."""
    if not np.array_equal(rows, np.arange(table.num_rows)):
        table = table.take(pa.array(rows))
    for i, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(i, field, _by_name(table.column(i)))
    return table


def _by_name(column: pa.ChunkedArray) -> pa.Array:
    one = column.unify_dictionaries().combine_chunks()
    if isinstance(one, pa.ChunkedArray):
        one = one.chunk(0) if one.num_chunks else pa.array([], column.type)
    texts = one.dictionary.to_pylist()
    used = np.unique(one.indices.drop_null().to_numpy()).tolist()
    order = sorted(used, key=lambda i: texts[i])
    place = np.zeros(max(1, len(texts)), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    missing = one.is_null().to_numpy(zero_copy_only=False)
    code = np.where(missing, 0, one.indices.fill_null(0).to_numpy())
    codes = pa.array(place[code] if len(code) else np.zeros(0, np.int32), pa.int32(), mask=missing)
    return pa.DictionaryArray.from_arrays(codes, pa.array([texts[i] for i in order], pa.string()))


def _texts(store: Path, parts: Sequence[Part], columns: Sequence[str] | None, of: Mapping[str, Any]) -> list[str]:
    schema = about_part(store / "runs" / parts[0].name, of)["schema"]
    names = [field.name for field in schema if pa.types.is_string(field.type) and field.name not in _PLAIN]
    return names if columns is None else [n for n in names if n in columns or n in ORDER]


def run_order(table: pa.Table, arms: Mapping[str, Any]) -> np.ndarray:
    """Rows of ``table`` by scenario and strategy as in ``arms`` (scenario -> strategies), point and replicate.

    Scenarios and strategies not named there come behind, by name; runs alike in all four by key.
    """
    scenario, scenarios = _codes(table, "scenario")
    strategy, strategies = _codes(table, "strategy")
    rank = np.empty(len(scenarios), np.int64)
    rank[_ranked(scenarios, list(arms))] = np.arange(len(scenarios))
    within = np.empty((len(scenarios), len(strategies)), np.int64)
    for i, name in enumerate(scenarios):
        within[i, _ranked(strategies, list(arms.get(name, ())))] = np.arange(len(strategies))
    columns = [
        rank[scenario],
        table.column("point").to_numpy(),
        table.column("replicate").to_numpy(),
        within[scenario, strategy],
    ]
    order = np.lexsort(columns[::-1])
    same = np.ones(max(0, order.size - 1), bool)
    for column in columns:
        placed = column[order]
        same &= placed[1:] == placed[:-1]
    if same.any():
        order = np.lexsort([table.column("key").to_numpy(zero_copy_only=False).astype(str), *columns[::-1]])
    return order


def _codes(table: pa.Table, name: str) -> tuple[np.ndarray, list[str]]:
    column = table.column(name)
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries().combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0)
    return column.indices.to_numpy(), column.dictionary.to_pylist()


def _ranked(names: Sequence[str], first: Sequence[str]) -> np.ndarray:
    """Places of ``names``: those of ``first`` in its order, then the others by name."""
    place = {name: i for i, name in enumerate(first)}
    return np.array(sorted(range(len(names)), key=lambda i: (place.get(names[i], len(place)), names[i])), np.int64)


def read_others(
    store: Path, kind: str, parts: Sequence[Part], columns: Sequence[str] | None, of: Mapping[str, Any]
) -> pa.Table | None:
    """Rows of series or schools whose run counts, in the order of runs and within a run as they were added.

    None where no run has any. of : the manifest. Raises FileNotFoundError, Damage.
    """
    having = [i for i, part in enumerate(parts) if kind in about_part(store / "runs" / part.name, of)["kinds"]]
    if not having:
        return None
    runs = [read_part(store / "runs" / part.name, of, [*ORDER, "key"]) for part in parts]
    keep = np.concatenate(kept_rows([table.column("key") for table in runs]))
    file_of_run = np.repeat(np.arange(len(parts)), [table.num_rows for table in runs])[keep]
    counting = pa.concat_tables(runs).filter(pa.array(keep)).combine_chunks()
    place = np.empty(counting.num_rows, np.int64)
    place[run_order(counting, of.get("arms", {}))] = np.arange(counting.num_rows)

    asked = None if columns is None else list(dict.fromkeys([*columns, "key"]))
    paths = [store / kind / parts[i].name for i in having]
    schema = about_part(paths[0], of)["schema"]
    texts = [f.name for f in schema if pa.types.is_string(f.type) and (asked is None or f.name in asked)]
    tables = [read_part(path, of, asked, texts) for path in paths]
    file = np.repeat(having, [table.num_rows for table in tables])
    table = pa.concat_tables(tables).unify_dictionaries()
    codes, keys = _codes(table, "key") if table.num_rows else (np.zeros(0, np.int64), [])
    found = pc.index_in(pa.array(keys, pa.string()), value_set=counting.column("key").combine_chunks())
    run_of_key = np.where(found.is_null().to_numpy(zero_copy_only=False), -1, found.fill_null(0).to_numpy())
    run = run_of_key[codes] if table.num_rows else np.zeros(0, np.int64)
    rows = np.flatnonzero((run >= 0) & (file_of_run[run] == file)) if table.num_rows else np.zeros(0, np.int64)
    rows = rows[np.argsort(place[run[rows]], kind="stable")]
    if columns is not None:
        table = table.select(list(columns))
    return _taken(table, rows)
