"""Checksums over all bytes of a Parquet file that are read, kept where readers of Parquet do not look.

Parquet itself checks the content of pages only: a changed bit in the header of a page, or in the footer, may give other
values without a word. Between the last page and the footer lie, as whole numbers of 4 bytes: the CRC-32 of each column
of each row group (its pages with their headers), how many these are, and the CRC-32 of all this and the footer.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

_END = 8  # bytes behind the footer: its length, and the magic
_MAGIC = b"PAR1"


def _span(metadata: pq.FileMetaData, group: int, column: int) -> tuple[int, int]:
    """(first byte, bytes) of a column of a row group."""
    about = metadata.row_group(group).column(column)
    first = about.data_page_offset
    if about.has_dictionary_page:
        first = min(first, about.dictionary_page_offset)
    return first, about.total_compressed_size


def add_checksums(file: BinaryIO) -> None:
    """Put checksums into a file just written, open to read and to write."""
    metadata = pq.read_metadata(file)
    size = file.seek(0, 2)
    file.seek(size - metadata.serialized_size - _END)
    footer = file.read()
    sums = []
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            first, count = _span(metadata, group, column)
            file.seek(first)
            sums.append(zlib.crc32(file.read(count)))
    told = struct.pack(f"<{len(sums) + 1}I", *sums, len(sums))
    file.seek(size - len(footer))
    file.write(told + struct.pack("<I", zlib.crc32(told + footer)) + footer)


def read_checksums(file: pa.NativeFile) -> tuple[int, ...]:
    """The checksums of columns. Raises ValueError: there are none, or the footer is not as it was written."""
    size = file.size()
    length, magic = struct.unpack("<I4s", file.read_at(_END, size - _END)) if size > 2 * _END else (0, b"")
    start = size - _END - length  # of the footer
    if magic != _MAGIC or start < 2 * _END:
        raise ValueError("it ends before its end" if magic != _MAGIC else "its footer has another length")
    count, total = struct.unpack("<2I", file.read_at(8, start - 8))
    begin = start - 8 - 4 * count
    told = file.read_at(size - begin, begin) if begin > 0 else b""
    if zlib.crc32(told[4 * count + 8 :], zlib.crc32(told[: 4 * count + 4])) != total or not told:
        raise ValueError("its footer does not fit its checksum")
    return struct.unpack(f"<{count}I", told[: 4 * count])


def check_columns(
    file: pa.NativeFile, metadata: pq.FileMetaData, sums: tuple[int, ...], groups: Iterable[int],
    columns: Iterable[str] | None,
) -> None:  # fmt: skip
    """Raises ValueError where columns (None = all) of row groups are not as they were written."""
    names = metadata.schema.names
    asked = range(len(names)) if columns is None else [names.index(name) for name in columns if name in names]
    for group in groups:
        for column in asked:
            first, count = _span(metadata, group, column)
            if zlib.crc32(file.read_at(count, first)) != sums[group * len(names) + column]:
                raise ValueError(f"column {names[column]!r} does not fit its checksum")
