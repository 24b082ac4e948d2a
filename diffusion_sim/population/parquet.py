"""The columns of a Parquet file that are used, without taking more memory than allowed."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from diffusion_sim.errors import PopulationError

if TYPE_CHECKING:
    import pandas as pd


def read(
    label: str, raw: bytes, wanted: list[str], most: int, check: Callable[..., None]
) -> tuple[pd.DataFrame, list[str]]:
    """The columns wanted of a file's bytes, and the names of all. most : bytes allowed; check : raises for more.

    Raises PopulationError for columns wanted that hold neither text nor numbers, or text that is not UTF-8.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(io.BytesIO(raw))
    schema = file.schema_arrow
    names = [str(name).strip() for name in schema.empty_table().to_pandas().columns]
    used = [field for field in schema if field.name.strip() in wanted]
    for field in used:
        if pa.types.is_nested(field.type) or pa.types.is_fixed_size_binary(field.type):
            raise PopulationError(f"{label}, column '{field.name}': found {field.type}; text or numbers are allowed")
    table = _unpacked(raw, file.metadata, [field.name for field in used], most, check)
    for name, column in zip(table.column_names, table.columns, strict=True):
        check_utf8(column, label, name)
    return table.to_pandas(), names


def _unpacked(raw: bytes, about: Any, used: list[str], most: int, check: Callable[..., None]) -> Any:
    """The columns used, as an Arrow table.

    A text that is repeated stands once in the file, and stays so in a dictionary. Where texts are stored by what they
    share with the one before, each may be as long as all that is stored: they are counted a few rows at a time.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    groups = [about.row_group(i) for i in range(about.num_row_groups)]
    chunks = [group.column(i) for group in groups for i in range(group.num_columns)]
    chunks = [chunk for chunk in chunks if chunk.path_in_schema in used]
    stored = [chunk.total_uncompressed_size for chunk in chunks]
    check(max(sum(stored), 8 * about.num_rows * len(used)))
    if not any("DELTA_BYTE_ARRAY" in chunk.encodings for chunk in chunks):
        texts = [chunk.path_in_schema for chunk in chunks if chunk.physical_type == "BYTE_ARRAY"]
        table = pq.ParquetFile(io.BytesIO(raw), read_dictionary=list(dict.fromkeys(texts))).read(used)
        check(table.nbytes)
        return table
    batches, size = [], 0
    few = min(65_536, max(1, most // (4 * max(stored))))
    file = pq.ParquetFile(io.BytesIO(raw))
    for batch in file.iter_batches(few, columns=used):
        size += batch.nbytes
        check(size, "more than ")
        batches.append(batch)
    return pa.Table.from_batches(batches)


def check_utf8(column: Any, label: str, name: str, place: Callable[[int], str] = lambda row: f"row {row + 1}") -> None:
    """Raise PopulationError for the first cell of an Arrow column of text that is not UTF-8."""
    import pyarrow as pa

    try:
        return column.validate(full=True)
    except pa.ArrowInvalid:
        parts = [chunk.dictionary_encode() for chunk in column.chunks]  # as it is where it is a dictionary
    texts = [(part.dictionary.cast("large_binary").to_pylist(), part.indices.to_pylist()) for part in parts]
    for row, cell in enumerate(known[i] if i is not None else b"" for known, rows in texts for i in rows):
        try:
            (cell or b"").decode()
        except UnicodeDecodeError:
            at = f"{label}, {place(row)}, column '{name}'"
            raise PopulationError(f"{at}: found {cell!r:.60}; text in UTF-8 is allowed") from None
