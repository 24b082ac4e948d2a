"""The store of a study: a folder of Parquet files to which one process appends and which anybody may read.

What is in the folder, and its columns, is told in docs/store.md. ``append`` returns when its runs are on the disk, and
a process that is killed, or a disk that is full, at any moment leaves the store as it was before the runs being added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import pyarrow as pa

from diffusion_sim import __version__
from diffusion_sim.errors import StoreError, as_path, nearest
from diffusion_sim.model_version import model_version
from diffusion_sim.study.store.compaction import Compactor, Held, held
from diffusion_sim.study.store.damage import gone, in_words, set_damaged_aside, unwritten
from diffusion_sim.study.store.manifest import (
    MANIFEST,
    OWN,
    SCHEMA,
    begin_manifest,
    is_store,
    manifest_text,
    read_manifest,
    refuse_taken,
)
from diffusion_sim.study.store.part_files import (
    KINDS,
    OTHERS,
    Damage,
    Part,
    about_part,
    clean,
    live_parts,
    new_part,
    next_number,
    read_part,
    remove,
    replace_text,
    said,
    write_part,
)
from diffusion_sim.study.store.read_tables import read_others, read_runs
from diffusion_sim.study.store.schema import (
    check_keys,
    fit,
    plain_schema,
    read_columns,
    say_columns,
)
from diffusion_sim.study.store.sealed import read_mapping, whole
from diffusion_sim.study.store.watch import Watch
from diffusion_sim.study.store.writer_lock import Heart, WriterLock, read_status

__all__ = ["SCHEMA", "Store", "is_store", "read_status", "set_damaged_aside"]

_AGAIN = 20  # times a reader looks again for files that a writer compacted meanwhile

T = TypeVar("T")


class Store:
    """Results of a study in a folder. Made by ``create`` or ``open``; a context manager.

    folder : its path. manifest : what the store is of (a copy; ``write_manifest`` changes it).
    """

    def __init__(self, folder: Path, manifest: dict[str, Any], lock: WriterLock | None) -> None:
        self.folder = folder
        self.manifest = manifest
        self._lock = lock
        self._failed = False
        self._columns = {kind: read_columns(told) for kind, told in manifest.get("columns", {}).items()}
        if lock is not None:
            self._heart, self._watch = Heart(folder), Watch(folder, lock)
            self._number = next_number(folder)
            self._compactor = Compactor(folder, self.look(self._held), self._about(), self._watch.check_lock)

    # ---- making and opening ------------------------------------------------------------------------------------------
    @classmethod
    def create(
        cls, folder: str | PathLike[str], manifest: Mapping[str, Any], columns: Mapping[str, pa.Schema] | None = None
    ) -> Store:
        """A new store, locked for writing.

        folder : one that is not there, or is empty. manifest : plain JSON; "schema", "package_version",
        "model_version" and "created" are filled in. columns : {"runs": schema, "series": ..., "schools": ...}, so that
        every part has the same columns even where the first runs fail; a kind that is left out takes those of its
        first table. Raises StoreError: it holds a store or other files, another process writes to it, or it cannot be
        written.
        """
        path = as_path(folder, "folder of results", StoreError)
        told = begin_manifest(manifest, columns)
        try:
            path.mkdir(parents=True, exist_ok=True)
            refuse_taken(path)
            lock = WriterLock(path)
        except OSError as error:
            raise StoreError(f"{path}: cannot be made: {said(error)}; give another folder (--out)") from error
        try:
            refuse_taken(path)
            for kind in KINDS:
                (path / kind).mkdir(exist_ok=True)
            clean(path)
            replace_text(path / MANIFEST, told)
            return cls(path, read_manifest(path, any_version=True), lock)
        except BaseException as error:
            lock.release()
            if isinstance(error, OSError):
                raise StoreError(f"{path}: cannot be made: {said(error)}; give another folder (--out)") from error
            raise

    @classmethod
    def open(cls, folder: str | PathLike[str], write: bool = False, any_version: bool = False) -> Store:
        """The store in ``folder``, to read, or locked to append; a writer removes what a killed one left.

        Raises StoreError: there is none, it is of another schema, of another model version (unless ``any_version``),
        damaged, or being written by another process.
        """
        path = as_path(folder, "folder of results", StoreError)
        manifest = read_manifest(path, any_version, write)
        if not write:
            return cls(path, manifest, None)
        lock = WriterLock(path)
        try:
            manifest = read_manifest(path, any_version, write)
            for kind in KINDS:
                (path / kind).mkdir(exist_ok=True)
            clean(path)
            store = cls(path, manifest, lock)
            if manifest["model_version"] != model_version():
                also = manifest.get("also_written_by", [])
                store.write_manifest(manifest | {"also_written_by": sorted({*also, model_version()})})
            return store
        except BaseException as error:
            lock.release()
            if isinstance(error, OSError):
                raise StoreError(f"{path}: cannot be written: {said(error)}") from error
            raise

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Put ``manifest`` in place of the one there is, whole or not at all.

        What the store itself keeps there (schema, columns, versions, created) stays where ``manifest`` is silent.
        """
        self.check_writable()
        self._watch.check()
        text = manifest_text({key: self.manifest[key] for key in OWN if key in self.manifest} | dict(manifest))
        self._watch.write_manifest(text)
        self.manifest = whole(read_mapping(text))

    # ---- writing -----------------------------------------------------------------------------------------------------
    def append(self, runs: pa.Table, series: pa.Table | None = None, schools: pa.Table | None = None) -> None:
        """Add runs, all or nothing; they are on the disk when this returns.

        runs : columns key, status ("ok", "error", "crashed"), scenario, strategy, point, replicate and any others, the
        same in every call. series, schools : None, or rows with a column ``key`` of runs in ``runs``. A key that the
        store has already counts with its last row. NaN becomes null. Raises StoreError: columns that do not fit, or a
        disk that is full or cannot be written, also while compacting what was added before; a lock, manifest or file
        of the store that somebody took away or changed meanwhile.
        """
        self._check_own()
        given = {"runs": runs, "series": series, "schools": schools}
        tables = {kind: self._fitted(kind, table) for kind, table in given.items() if table is not None}
        check_keys(tables["runs"], {kind: tables[kind] for kind in OTHERS if kind in tables})
        if not runs.num_rows:
            return
        part = new_part(self._number)
        self._number += 1  # a number is used once, whether its file comes to be or not
        kinds = tuple(kind for kind in KINDS if kind in tables)
        try:
            for kind in (*kinds[1:], "runs"):  # runs last: they make it count
                path = self.folder / kind / part.name
                about = self._about() | {"kinds": kinds, "parts": []}
                write_part(path, tables[kind].schema, [tables[kind]], about, compress=False)
        except BaseException as error:
            self._watch.check_lock()  # else the files of this name are another's
            for kind in kinds:
                remove(self.folder / kind / part.name)
            if isinstance(error, OSError | pa.ArrowException):
                self._failed = True
                raise unwritten(self.folder, error) from error
            raise
        self._compactor.add(Held(part, runs.num_rows, kinds))

    def _fitted(self, kind: str, table: pa.Table) -> pa.Table:
        if kind not in self._columns:
            # Of the first table: from now on all have its columns, which the manifest says before any file does.
            schema = plain_schema(table.schema, kind)
            self._columns[kind] = schema
            self.write_manifest({"columns": self.manifest.get("columns", {}) | {kind: say_columns(schema)}}
                                | {k: v for k, v in self.manifest.items() if k != "columns"})  # fmt: skip
        return fit(table, self._columns[kind], kind)

    def beat(self, status: Mapping[str, Any], force: bool = False) -> None:
        """Write ``status`` (plain JSON) to status.json for another terminal, at most once a second unless ``force``.
        Raises StoreError, once, as ``append`` does for what was taken away."""
        self.check_writable()
        if self._heart.due(force):
            if not self._failed:
                self._check_own()
            if self._watch.owns():
                self._heart.beat(status)

    def _check_own(self) -> None:
        """Raises StoreError where something of the store is no longer as this writer left it."""
        self.check_writable()
        try:
            self._watch.check()
        except StoreError:
            self._failed = True
            raise
        self._in_words(self._compactor.raise_error)
        self._in_words(self._compactor.check_there)

    def close(self) -> None:
        """Finish compaction, tidy, and free the folder. May be called again. Raises StoreError where compaction failed;
        the runs are safe all the same."""
        if self._lock is None:
            return
        try:
            self._compactor.stop()
            if not self._failed:
                self._check_own()
                self._in_words(self._compactor.tidy)
        finally:
            lock, self._lock = self._lock, None
            lock.release()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._failed = self._failed or kind is not None  # then free the folder first; the next writer tidies
        self.close()

    def check_writable(self) -> None:
        """Raises StoreError where nothing can be added: it is open to read only, or was closed."""
        if self._lock is None:
            raise StoreError(f"{self.folder}: is open to read only, or was closed; open it with write=True")

    def _about(self) -> dict[str, Any]:
        told = {"schema": SCHEMA, "model_version": model_version(), "package_version": __version__}
        return told | {"store": self.manifest["store"]}

    def _in_words(self, act: Callable[[], None]) -> None:
        try:
            act()
        except (Damage, FileNotFoundError) as damage:
            self._failed = True
            self._watch.check_lock()
            raise in_words(self.folder, gone(damage), self.manifest) from None
        except (OSError, pa.ArrowException) as error:
            self._failed = True
            raise unwritten(self.folder, error) from error

    # ---- reading -----------------------------------------------------------------------------------------------------
    def completed(self) -> dict[str, str]:
        """Key -> status ("ok", "error", "crashed") of every run in the store, read from its files."""
        return self.look(self._completed)

    def _completed(self, parts: Sequence[Part]) -> dict[str, str]:
        names = ["key", "status"]
        tables = [read_part(self.folder / "runs" / part.name, self.manifest, names, names[1:]) for part in parts]
        done: dict[str, str] = {}
        for table in tables:
            done.update(zip(_texts(table.column("key")), _texts(table.column("status")), strict=True))
        return done

    def load(self, kind: str = "runs", columns: Sequence[str] | None = None) -> pa.Table:
        """Rows of "runs", "series" or "schools" that count, by scenario, point, replicate and strategy (scenarios and
        strategies in the order of manifest["arms"]); rows of one run in the order they were added.

        columns : which, in which order (all by default). Texts that repeat are dictionaries. A table without rows has
        the columns of the store. Raises StoreError: a damaged or missing file, an unknown kind or column.
        """
        if kind not in KINDS:
            raise StoreError(f"kind of table: found {kind!r}{nearest(kind, KINDS)}; {', '.join(KINDS)} are allowed")
        schema = self._schema(kind)
        for name in columns or ():
            if name not in schema.names:
                raise StoreError(f"{self.folder}: {kind} have no column {name!r}{nearest(name, schema.names)}")

        def read(parts: Sequence[Part]) -> pa.Table | None:
            if not parts:
                return None
            if kind == "runs":
                return read_runs(self.folder, parts, columns, self.manifest)
            return read_others(self.folder, kind, parts, columns, self.manifest)

        table = self.look(read)
        if table is None:
            table = schema.empty_table()
            return table if columns is None else table.select(list(columns))
        return table

    def _schema(self, kind: str) -> pa.Schema:
        """Columns of a kind, of the manifest as it is now: another process may have added the first rows since."""
        if kind not in self._columns:
            told = read_manifest(self.folder, any_version=True).get("columns", {})
            return read_columns(told[kind]) if kind in told else pa.schema([])
        return self._columns[kind]

    def look(self, read: Callable[[Sequence[Part]], T]) -> T:
        """``read`` of the files that count, again where a writer replaced some meanwhile. Raises StoreError."""
        seen: list[Part] | None = None
        for _ in range(_AGAIN):
            try:
                parts = live_parts(self.folder)
                return read(parts)
            except FileNotFoundError as error:
                if parts == seen:  # nobody replaced it: it is gone
                    raise in_words(self.folder, gone(error), self.manifest) from None
                seen = parts
            except Damage as damage:
                raise in_words(self.folder, damage, self.manifest) from None
            except OSError as error:
                raise StoreError(f"{error.filename or self.folder}: cannot be read: {said(error)}") from None
            except pa.ArrowException as error:
                raise StoreError(f"{self.folder}: its files do not fit together: {said(error)}") from None
        raise StoreError(f"{self.folder}: its files changed while they were read, {_AGAIN} times; try again")

    def _held(self, parts: Sequence[Part]) -> list[Held]:
        """What the footers of all files say, those of series and schools too, so that damage shows before work."""
        found = [held(self.folder, part, self.manifest) for part in parts]
        for file in found:
            for kind in file.kinds[1:]:
                about_part(self.folder / kind / file.part.name, self.manifest)
        return found


def _texts(column: pa.ChunkedArray) -> list[str]:
    return column.to_numpy(zero_copy_only=False).tolist()  # many times faster than to_pylist()
