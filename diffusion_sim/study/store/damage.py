"""Files of a store that cannot be read: what to say of them, and the way out."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from diffusion_sim.errors import StoreError, as_path
from diffusion_sim.study.store.compaction import held
from diffusion_sim.study.store.manifest import read_manifest
from diffusion_sim.study.store.part_files import (
    DAMAGED,
    GONE,
    KINDS,
    Damage,
    Part,
    about_part,
    live_parts,
    read_part,
    said,
)
from diffusion_sim.study.store.writer_lock import WriterLock


def gone(error: Damage | FileNotFoundError) -> Damage:
    """A file that is not there, as damage."""
    if isinstance(error, Damage):
        return error
    return Damage(Path(error.filename or "a file"), GONE)


def in_words(store: Path, damage: Damage, of: Mapping[str, Any]) -> StoreError:
    """The error for a damaged file: which, what it costs, and the way out. of : the store's manifest."""
    rows, files = 0, 0
    for part in live_parts(store):
        try:
            if part.name != damage.path.name:
                rows += about_part(store / "runs" / part.name, of)["rows"]
                files += 1
        except (Damage, OSError):
            continue
    return StoreError(
        f"{damage.path}: is damaged ({damage.reason}). The other files ({files} with {rows:,} runs) stay as they are; "
        f"the runs of this one have to be run again: `diffusion-sim study retry {shlex.quote(str(store))}` moves it, "
        f"and the files of the same name that belong to it, to {store / DAMAGED} and runs them"
    )


def unwritten(store: Path, error: BaseException) -> StoreError:
    """The error for results that cannot be written."""
    return StoreError(
        f"{store}: cannot write results: {said(error)}; the runs added before are safe: make room, or make "
        "the folder writable, and run the study again to go on from there"
    )


def set_damaged_aside(folder: str | PathLike[str]) -> list[Path]:
    """Read every file of the store and move those that are damaged, with what belongs to them, to folder/damaged.

    Their runs then count as not run. Returns the new places. Raises StoreError: no store, being written, not writable.
    """
    path = as_path(folder, "folder of results", StoreError)
    of = read_manifest(path, any_version=True, write=True)
    lock = WriterLock(path)
    try:
        damaged = [part for part in live_parts(path) if not _whole(path, part, of)]  # all, before any is moved
        return [new for part in damaged for new in _set_aside(path, part)]
    except OSError as error:
        raise StoreError(f"{error.filename or path}: cannot be read, or moved to {DAMAGED}: {said(error)}") from error
    finally:
        lock.release()


def _whole(store: Path, part: Part, of: Mapping[str, Any]) -> bool:
    try:
        for kind in held(store, part, of).kinds:
            read_part(store / kind / part.name, of)
    except (Damage, FileNotFoundError):
        return False
    return True


def _set_aside(store: Path, part: Part) -> list[Path]:
    moved = []
    (store / DAMAGED).mkdir(exist_ok=True)
    for kind in KINDS:  # runs first: without them the others do not count
        old, new = store / kind / part.name, store / DAMAGED / f"{kind}-{part.name}"
        if old.exists():
            os.replace(old, new)
            moved.append(new)
    return moved
