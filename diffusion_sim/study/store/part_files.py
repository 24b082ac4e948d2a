"""The files of a store: their names, which of them count, and how one is written whole or not at all.

A table of runs lies in ``runs/``; what belongs to the same runs lies in ``series/`` and ``schools/`` under the same
file name and counts only with it, so renaming the file in ``runs/`` is the one act that adds runs. Files are numbered;
one that holds the numbers first-last replaces all whose numbers lie within, whether those are gone yet or not.
"""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from diffusion_sim.study.store.checksums import add_checksums, check_columns, read_checksums
from diffusion_sim.study.store.schema import say_columns

KINDS = ("runs", "series", "schools")
OTHERS = KINDS[1:]
DAMAGED = "damaged"  # the folder for files set aside
SHARDS = "shards"  # the folder for stores of parts of the study
GONE = "is missing, while files that go with it are there"
_ABOUT = b"diffusion-sim"
_NAME = re.compile(r"(part|block)-(\d{8})(?:-(\d{8}))?\.parquet")
_TEMPORARY = ".tmp"


class Part(NamedTuple):
    """A file of runs by its name; holds the numbers ``first`` to ``last``."""

    name: str
    first: int
    last: int

    @property
    def block(self) -> bool:
        """Whether it is as large as files get."""
        return self.name.startswith("block")


class Damage(Exception):
    """A file of a store that cannot be read, or belongs elsewhere: (path, what is wrong)."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason


def said(error: BaseException) -> str:
    """What the system says of an error, without numbers and paths."""
    return getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__


# ---- names -----------------------------------------------------------------------------------------------------------
def new_part(number: int) -> Part:
    """The part of that number."""
    return Part(f"part-{number:08d}.parquet", number, number)


def merged_part(first: int, last: int, block: bool) -> Part:
    """The file that replaces the numbers ``first`` to ``last``."""
    return Part(f"{'block' if block else 'part'}-{first:08d}-{last:08d}.parquet", first, last)


def read_name(name: str) -> Part | None:
    """The part a file name stands for, None where it is another's."""
    found = _NAME.fullmatch(name)
    if not found:
        return None
    first = int(found[2])
    return Part(name, first, int(found[3] or first))


def names_in(folder: Path) -> list[str]:
    """Names in a folder, in order; none where it is not there. Raises OSError."""
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []


def _parts(folder: Path) -> list[Part]:
    return [part for name in names_in(folder) if (part := read_name(name))]


def _counting(parts: Iterable[Part]) -> list[Part]:
    """Those whose numbers no other holds too, by number."""
    kept: list[Part] = []
    for part in sorted(parts, key=lambda p: (p.first, -p.last, p.name)):
        if not kept or part.first > kept[-1].last:
            kept.append(part)
    return kept


def live_parts(store: Path) -> list[Part]:
    """The files of runs that count, by number: also while a writer appends and compacts.

    A listing made while files come and go may miss both a block and the parts it replaced, so two must agree.
    """
    before = names_in(store / "runs")
    while (now := names_in(store / "runs")) != before:
        before = now
    return _counting(part for name in now if (part := read_name(name)))


def next_number(store: Path) -> int:
    """The first number no file has had, be it in use, left over or set aside."""
    found = [part.last for kind in KINDS for part in _parts(store / kind)]
    aside = [part.last for name in names_in(store / DAMAGED) if (part := read_name(name.partition("-")[2]))]
    return 1 + max(found + aside, default=0)


def clean(store: Path) -> None:
    """Remove what a killed writer left: half-written files, replaced parts, series whose runs never came."""
    counting = {part.name for part in live_parts(store)}
    for folder in (store, *(store / kind for kind in KINDS)):
        for name in names_in(folder):
            if name.startswith(".") and name.endswith(_TEMPORARY):
                remove(folder / name)
    for kind in KINDS:
        for part in _parts(store / kind):
            if part.name not in counting:
                remove(store / kind / part.name)


def remove(path: Path) -> None:
    """Delete a file that no longer counts. One that is open elsewhere (Windows) stays for the next writer."""
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        pass


# ---- writing ---------------------------------------------------------------------------------------------------------
def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}{_TEMPORARY}")


def _sync_folder(folder: Path) -> None:
    """Make names in ``folder`` last through a power cut, where the system can (not on Windows)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_text(path: Path, text: str, durable: bool = True) -> None:
    """Put ``text`` in ``path``, whole or not at all. Raises OSError."""
    aside = _aside(path)
    try:
        with aside.open("w", encoding="utf-8") as file:
            file.write(text)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
    if durable:
        _sync_folder(path.parent)


def write_part(
    path: Path, schema: pa.Schema, tables: Iterable[pa.Table], about: Mapping[str, Any], compress: bool = True
) -> None:
    """Put ``tables`` (one row group each) in ``path``, whole or not at all. Raises OSError.

    about : what the footer says: store, model version, kinds written under this name, parts replaced; added are which
    kind this is and which numbers. compress : small parts gain nothing by it and are written sooner without.
    """
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    told = {**about, **_own(path)}
    marked = schema.with_metadata({_ABOUT: json.dumps(told, sort_keys=True).encode()})
    aside = _aside(path)
    try:
        with aside.open("x+b", buffering=1 << 20) as file:
            with pq.ParquetWriter(
                file,
                marked,
                compression="zstd" if compress else "none",
                use_dictionary=texts,
                write_statistics=False,
                write_page_checksum=True,
            ) as writer:
                for table in tables:
                    writer.write_table(table, row_group_size=max(1, table.num_rows))
            add_checksums(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
    _sync_folder(path.parent)


# ---- reading ---------------------------------------------------------------------------------------------------------
class _Opened(NamedTuple):
    """An open file. sums : checksums of its columns, None of a store from before there were any."""

    source: pa.NativeFile
    metadata: pq.FileMetaData
    sums: tuple[int, ...] | None
    about: dict[str, Any]

    def check(self, groups: Iterable[int], columns: Sequence[str] | None = None) -> None:
        """Raises ValueError where what is to be read is not as it was written."""
        if self.sums is not None:
            check_columns(self.source, self.metadata, self.sums, groups, columns)

    def parquet(self, dictionary: Sequence[str] = (), ahead: bool = True) -> pq.ParquetFile:
        """ahead : read everything that will be asked for at once; soonest, and with most memory."""
        return pq.ParquetFile(
            self.source, metadata=self.metadata, read_dictionary=list(dictionary), pre_buffer=ahead,
            page_checksum_verification=self.sums is None,
        )  # fmt: skip


@contextmanager
def _opened(path: Path, of: Mapping[str, Any]) -> Iterator[_Opened]:
    try:
        with pa.OSFile(os.fsencode(path)) as source:  # as bytes: a folder's name need not be Unicode
            sums = read_checksums(source) if "store" in of else None
            metadata = pq.read_metadata(source)
            yield _Opened(source, metadata, sums, _about(path, metadata, of))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unread(path, error) from None


def _unread(path: Path, error: Exception) -> Exception:
    """What to raise for a file that was not read: Damage only where its content is wrong. What the system says (it is
    not there, may not be read, too many are open) says nothing of the content."""
    if isinstance(error, MemoryError):
        return OSError(errno.ENOMEM, os.strerror(errno.ENOMEM), str(path))
    if isinstance(error, OSError) and error.errno is not None:
        return OSError(error.errno, os.strerror(error.errno), str(path))
    text = said(error)
    return Damage(path, text if len(text) <= 160 else text[:157] + "...")


def _own(path: Path) -> dict[str, Any]:
    """What the place of a file says that it holds."""
    part = read_name(path.name)
    return {"kind": path.parent.name, "numbers": None if part is None else [part.first, part.last]}


def _about(path: Path, metadata: pq.FileMetaData, of: Mapping[str, Any]) -> dict[str, Any]:
    """What the footer says, with "rows" and "schema". Raises Damage where it belongs elsewhere."""
    schema = metadata.schema.to_arrow_schema()
    try:
        about = json.loads((schema.metadata or {})[_ABOUT])
        kinds = [kind for kind in KINDS if kind in about["kinds"]]
    except (KeyError, ValueError, TypeError, RecursionError):
        raise Damage(path, "was not written by diffusion-sim") from None
    schema = schema.remove_metadata()
    own = _own(path)
    if "store" in of:
        if about.get("kind") != own["kind"]:
            raise Damage(path, f"holds {about.get('kind')}, not {own['kind']}")
        if about.get("store") != of["store"]:
            raise Damage(path, f"belongs to another store: {about.get('store')}; manifest.json says {of['store']}")
        if about.get("numbers") != own["numbers"]:
            raise Damage(path, f"holds the numbers {about.get('numbers')}, under the name of another file")
    columns = of.get("columns", {}).get(own["kind"])
    if columns is not None and list(say_columns(schema).items()) != list(columns.items()):
        raise Damage(path, "has other columns than manifest.json says")
    return {**about, "kinds": kinds, "rows": metadata.num_rows, "schema": schema}


def about_part(path: Path, of: Mapping[str, Any]) -> dict[str, Any]:
    """What the footer of a file says, with "rows" and "schema". of : the manifest of the store it should be of. Raises
    Damage, also where it is of another store, kind or name; OSError with the path."""
    with _opened(path, of) as file:
        return file.about


def read_part(
    path: Path, of: Mapping[str, Any], columns: Sequence[str] | None = None, dictionary: Sequence[str] = ()
) -> pa.Table:
    """A file as a table, its bytes checked. ``dictionary`` names texts to read as codes. Raises as ``about_part``."""
    with _opened(path, of) as file:
        file.check(range(file.metadata.num_row_groups), columns)
        table = file.parquet(dictionary).read(columns=None if columns is None else list(columns))
    return table.replace_schema_metadata(None)


def read_groups(path: Path, of: Mapping[str, Any]) -> Iterator[pa.Table]:
    """A file piece by piece, as it was written, with little memory. Raises as ``about_part``."""
    with _opened(path, of) as file:
        parquet = file.parquet(ahead=False)
        for group in range(file.metadata.num_row_groups):
            file.check([group])
            yield parquet.read_row_group(group, use_threads=False).replace_schema_metadata(None)


def kept_rows(keys: Sequence[pa.ChunkedArray]) -> list[np.ndarray]:
    """For each file's keys, in order: which rows count (bool). Of rows with the same key the last does."""
    lengths = [len(column) for column in keys]
    if not lengths or not sum(lengths):
        return [np.zeros(n, bool) for n in lengths]
    codes = pa.chunked_array([c for column in keys for c in column.chunks], pa.string()).combine_chunks()
    codes = codes.dictionary_encode()
    number = codes.indices.to_numpy()
    place = np.arange(number.size)
    last = np.zeros(len(codes.dictionary), np.int64)
    last[number] = place  # later rows overwrite
    return np.split(last[number] == place, np.cumsum(lengths)[:-1])
