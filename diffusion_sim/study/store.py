"""The store of a study: a folder of Parquet files to which one process appends and which anybody may read.

Signatures first; see docs/store.md for the folder and its columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa

SCHEMA = 1


class Store:
    """Results of a study in a folder. Made by ``create`` or ``open``; a context manager."""

    folder: Path
    manifest: dict[str, Any]

    @classmethod
    def create(cls, folder: str | PathLike[str], manifest: Mapping[str, Any],
               columns: Mapping[str, pa.Schema] | None = None) -> Store:
        """A new store, locked for writing.

        columns : {"runs": schema, "series": schema, "schools": schema}, so that every part has the same columns even
        where the first runs fail; a kind that is left out takes the columns of its first table.
        """
        raise NotImplementedError

    @classmethod
    def open(cls, folder: str | PathLike[str], write: bool = False, any_version: bool = False) -> Store:
        """The store in ``folder``, to read or (locked) to append."""
        raise NotImplementedError

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Put ``manifest`` in place of the one there is, whole or not at all."""
        raise NotImplementedError

    def completed(self) -> dict[str, str]:
        """Key -> status ("ok", "error", "crashed") of every run in the store."""
        raise NotImplementedError

    def append(self, runs: pa.Table, series: pa.Table | None = None, schools: pa.Table | None = None) -> None:
        """Add runs (columns key, status, scenario, strategy, point, replicate and more), all or nothing.

        ``series`` and ``schools`` have a column ``key`` of runs in ``runs``. A key that is there already counts with
        its last row. NaN becomes null.
        """
        raise NotImplementedError

    def load(self, kind: str = "runs", columns: Sequence[str] | None = None) -> pa.Table:
        """Rows of "runs", "series" or "schools", without doubles, by scenario, point, replicate and strategy."""
        raise NotImplementedError

    def take_over(self, other: str | PathLike[str], any_version: bool = False) -> int:
        """Add the runs of another store of the same study (a shard) that are not here; how many. May be repeated."""
        raise NotImplementedError

    def beat(self, status: Mapping[str, Any], force: bool = False) -> None:
        """Write ``status`` to status.json for another terminal, at most once a second unless ``force``."""
        raise NotImplementedError

    def close(self) -> None:
        """Finish compaction, tidy, and free the store. Raises StoreError where compaction failed."""
        raise NotImplementedError

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()


def is_store(folder: str | PathLike[str]) -> bool:
    """Whether ``folder`` holds a store (it has a manifest)."""
    raise NotImplementedError


def read_status(folder: str | PathLike[str]) -> dict[str, Any]:
    """The last ``beat`` and "running" (is a process writing?), "holder" ({pid, host, since} or None), "age" (s)."""
    raise NotImplementedError


def set_damaged_aside(folder: str | PathLike[str]) -> list[Path]:
    """Move damaged files, with those that belong to them, to ``folder``/damaged; their runs count as not run."""
    raise NotImplementedError
