"""Many small files become few large ones, in a thread beside the writer that never keeps it waiting.

Merging writes the new file, renames it into place (from then on it counts and the parts do not), and deletes the parts:
a kill at any moment loses and doubles nothing. Memory stays that of one piece, whatever the size of the files.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from diffusion_sim.study.store.part_files import (
    GONE,
    KINDS,
    OTHERS,
    Damage,
    Part,
    about_part,
    kept_rows,
    merged_part,
    names_in,
    read_groups,
    read_part,
    remove,
    write_part,
)

BLOCK_ROWS = 5_000  # runs in a block, at least
FEW = 32  # parts that may lie about before they are merged into one
_PIECE = 4_000_000  # bytes held while files are merged; one row group of the new file


class Held(NamedTuple):
    """A file that counts."""

    part: Part
    rows: int
    kinds: tuple[str, ...]  # the folders that have a file of this name


def held(store: Path, part: Part, of: Mapping[str, Any]) -> Held:
    """What a file's footer says. of : the manifest. Raises FileNotFoundError, parts.Damage."""
    about = about_part(store / "runs" / part.name, of)
    return Held(part, about["rows"], tuple(about["kinds"]))


def next_merge(files: Sequence[Held], closing: bool = False) -> tuple[int, int, bool] | None:
    """Which files to merge next: (first, behind the last, whether they make a block), None where none.

    Files behind the last block make a block as soon as they have the rows. Until then parts are merged when there are
    many, with neighbours no larger than themselves, so that a row is rewritten a few times only; all when closing.
    """
    start = max((i + 1 for i, file in enumerate(files) if file.part.block), default=0)
    total = 0
    for i in range(start, len(files)):
        total += files[i].rows
        if total >= BLOCK_ROWS:
            return start, i + 1, True
    if closing:
        return (start, len(files), False) if len(files) - start > 1 else None
    first = len(files)
    while first > start and files[first - 1].part.first == files[first - 1].part.last:
        first -= 1
    if len(files) - first < FEW:
        return None
    total = sum(file.rows for file in files[first:])
    while first > start and files[first - 1].rows <= total:
        first -= 1
        total += files[first].rows
    return first, len(files), False


def merge(store: Path, files: Sequence[Held], block: bool, about: Mapping[str, Any]) -> Held:
    """One file in place of ``files``, which may still be there. Of runs with one key the last is kept."""
    new = merged_part(files[0].part.first, files[-1].part.last, block)
    keys = [read_part(store / "runs" / file.part.name, about, ["key"]).column("key") for file in files]
    keep = kept_rows(keys)
    drop = [None if rows.all() else column.filter(pa.array(~rows)) for rows, column in zip(keep, keys, strict=True)]
    kinds = tuple(kind for kind in KINDS if any(kind in file.kinds for file in files))
    told = dict(about) | {"kinds": kinds, "parts": [file.part.name for file in files]}
    for kind in (*(k for k in OTHERS if k in kinds), "runs"):  # runs last: they make it count
        having = [i for i, file in enumerate(files) if kind in file.kinds]
        paths = [store / kind / files[i].part.name for i in having]
        schema = about_part(paths[0], about)["schema"]
        write_part(store / kind / new.name, schema, _pieces(paths, [drop[i] for i in having], about), told)
    return Held(new, int(sum(rows.sum() for rows in keep)), kinds)


def _pieces(
    paths: Sequence[Path], drop: Sequence[pa.ChunkedArray | None], about: Mapping[str, Any]
) -> Iterator[pa.Table]:
    """The rows of files without those of the keys to drop, in pieces of a bounded size."""
    waiting: list[pa.Table] = []
    size = 0
    for path, keys in zip(paths, drop, strict=True):
        for table in read_groups(path, about):
            if keys is not None:
                table = table.filter(pc.invert(pc.is_in(table.column("key"), value_set=keys.combine_chunks())))
            if table.num_rows:
                waiting.append(table)
                size += table.nbytes
            if size >= _PIECE:
                yield pa.concat_tables(waiting).combine_chunks()
                waiting, size = [], 0
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def delete(store: Path, files: Sequence[Held]) -> None:
    """Remove files that no longer count: their runs first, for series count only with them."""
    for kind in KINDS:
        for file in files:
            if kind in file.kinds:
                remove(store / kind / file.part.name)


def drop_doubles(store: Path, files: Sequence[Held], about: Mapping[str, Any]) -> list[Held]:
    """``files`` without the rows that a later file has again (runs that were retried); what is left of them."""
    keys = [read_part(store / "runs" / file.part.name, about, ["key"]).column("key") for file in files]
    left = []
    for file, rows, column in zip(files, kept_rows(keys), keys, strict=True):
        if rows.all():
            left.append(file)
        elif not rows.any():
            delete(store, [file])
        else:
            left.append(_without(store, file, column.filter(pa.array(~rows)), about))
    return left


def _without(store: Path, file: Held, keys: pa.ChunkedArray, about: Mapping[str, Any]) -> Held:
    """The file rewritten in its place without ``keys``. Its runs lose them last: a row of a series without its run
    would be taken, once files are merged, for one of the later row of that run."""
    for kind in (*(k for k in OTHERS if k in file.kinds), "runs"):
        path = store / kind / file.part.name
        old = about_part(path, about)
        told = dict(about) | {"kinds": file.kinds, "parts": old.get("parts", [])}
        write_part(path, old["schema"], _pieces([path], [keys], about), told)
    return Held(file.part, file.rows - len(keys), file.kinds)


class Compactor:
    """The list of files that count, for one writer, and the thread that merges them."""

    def __init__(
        self, store: Path, files: Sequence[Held], about: Mapping[str, Any], check: Callable[[], None] = lambda: None
    ) -> None:
        """check : raises where the folder is another's meanwhile, whose files are left alone."""
        self._store, self._check = store, check
        self._files = list(files)
        self._about = dict(about)
        self._guard = threading.Lock()
        self._work = threading.Event()
        self._stopping = False
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def add(self, file: Held) -> None:
        """A file was added. Starts the thread where there is something to merge."""
        with self._guard:
            self._files.append(file)
            due = next_merge(self._files) is not None
        if due and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="diffusion-sim compaction", daemon=True)
            self._thread.start()
        if due:
            self._work.set()

    def check_there(self) -> None:
        """Raises Damage where a file that counts is not there; OSError."""
        with self._guard:
            there = {kind: set(names_in(self._store / kind)) for kind in KINDS}
            lost = (self._store / k / f.part.name for f in self._files for k in f.kinds if f.part.name not in there[k])
            path = next(lost, None)
        if path is not None:
            raise Damage(path, GONE)

    def raise_error(self) -> None:
        """Raise, once, what stopped the thread's last merge (OSError, parts.Damage)."""
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _run(self) -> None:
        while True:
            self._work.wait()
            self._work.clear()
            try:
                while not self._stopping and self._step(closing=False):
                    pass
            except Exception as error:  # told to the writer, whose thread this is not
                self._error = error
            if self._stopping:
                return

    def _step(self, closing: bool) -> bool:
        """Merge once; whether there was something to merge."""
        with self._guard:
            due = next_merge(self._files, closing)
            if due is None:
                return False
            first, behind, block = due
            files = self._files[first:behind]
        self._check()
        new = merge(self._store, files, block, self._about)
        with self._guard:  # others were only added behind them
            self._files[first:behind] = [new]
        self._check()
        delete(self._store, files)
        pa.default_memory_pool().release_unused()
        return True

    def stop(self) -> None:
        """End the thread, once it has finished the merge under way."""
        self._stopping = True
        self._work.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def tidy(self) -> None:
        """After ``stop``: merge what is left and drop doubles, so that the folder holds each run once, in few files."""
        while self._step(closing=True):
            pass
        self._check()
        self._files = drop_doubles(self._store, self._files, self._about)
