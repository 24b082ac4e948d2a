"""Who writes to a store: one process at a time, known by name, and what it last said of itself.

The lock belongs to the operating system (library ``filelock``: flock, or LockFileEx on Windows), so it is free the
moment its holder is gone, killed or not. ``holder.json`` only names the holder; ``status.json`` is its heartbeat. Both
are hints: where one is not as it was written, nothing is said.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from diffusion_sim.errors import StoreError
from diffusion_sim.study.store.part_files import replace_text, said
from diffusion_sim.study.store.sealed import read_mapping, seal, whole

LOCK = "store.lock"
HOLDER = "holder.json"
STATUS = "status.json"
# A look at the lock from another terminal holds it for a moment; whoever wants to write waits that out.
_PATIENCE = 1.0
_LOOK = 0.05


class WriterLock:
    """The right to write to a folder. Raises StoreError naming the holder where another process has it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = FileLock(folder / LOCK, thread_local=False)
        try:
            self._lock.acquire(timeout=_PATIENCE, poll_interval=_LOOK)
        except Timeout:
            raise StoreError(
                f"{folder}: another process is writing to it ({_named(read_holder(folder))}); wait until it is done, "
                "or end it, or give another folder (--out)"
            ) from None
        except (OSError, NotImplementedError) as error:
            raise StoreError(f"{folder}: cannot be locked for writing: {said(error)}") from error
        self._me = {"pid": os.getpid(), "host": socket.gethostname(), "since": round(time.time(), 3)}
        try:
            self._file = os.stat(folder / LOCK)
            replace_text(folder / HOLDER, seal(self._me), durable=False)
        except OSError as error:
            self._lock.release()
            raise StoreError(f"{folder / HOLDER}: cannot be written: {said(error)}") from error

    def lost(self) -> str | None:
        """How the lock was lost, in words; None while it is this one's."""
        holder = read_holder(self.folder)
        if holder is not None and holder != self._me:
            return f"another process has begun to write to it ({_named(holder)})"
        try:
            if os.path.samestat(os.stat(self.folder / LOCK), self._file):
                return None
        except FileNotFoundError:
            return f"{LOCK} was removed" if self.folder.is_dir() else "the folder was removed or renamed"
        except OSError:
            return None  # what the system says of a drive says nothing of the lock; writing will tell
        return f"{LOCK} was replaced"

    def release(self) -> None:
        """Free the folder. May be called again."""
        if self._lock.is_locked:
            try:
                if self.lost() is None:
                    (self.folder / HOLDER).unlink(missing_ok=True)
            except OSError:
                pass  # it only names who held the lock
            self._lock.release()


def _named(holder: Mapping[str, Any] | None) -> str:
    if holder is None:
        return "which one is not known"
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(holder["since"]))
    return f"process {holder['pid']} on {holder['host']}, since {since}"


def read_holder(folder: Path) -> dict[str, Any] | None:
    """Who holds, or last held, the lock: {"pid", "host", "since"}; None where nothing is said."""
    return _read_json(folder / HOLDER)


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        return whole(read_mapping(path.read_text("utf-8")))
    except (OSError, ValueError):
        return None


def is_held(folder: Path) -> bool:
    """Whether a process is writing to ``folder``. Never takes the lock from it."""
    path = folder / LOCK
    if not path.exists():
        return False
    if not os.access(path, os.W_OK):  # somebody else's folder, to read only: its holder removes the name when it ends
        return read_holder(folder) is not None
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except (OSError, NotImplementedError):
        return read_holder(folder) is not None
    lock.release()
    return False


def refuse_held(folder: Path, what: str) -> None:
    """Raises StoreError where a process is writing to ``folder``."""
    if is_held(folder):
        raise StoreError(f"{folder}: {what} while a process is writing to it ({_named(read_holder(folder))})")


def read_status(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """The last heartbeat of the writer of ``folder``, from any process, without disturbing it.

    Returns what the writer said, and "running" (whether one is writing now), "holder" ({"pid", "host", "since"}, None
    where nobody is writing) and "age" (seconds since the heartbeat, None without one).
    """
    path = Path(folder)
    running = is_held(path)
    told = _read_json(path / STATUS) or {}
    beaten = told.pop("beaten", None)
    age = None if beaten is None else max(0.0, time.time() - beaten)
    return told | {"running": running, "holder": read_holder(path) if running else None, "age": age}


class Heart:
    """Writes status.json, at most once a second."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / STATUS
        self._last = float("-inf")

    def due(self, force: bool = False) -> bool:
        """Whether a second has passed since the last beat, which then is now."""
        now = time.monotonic()
        if not force and now - self._last < 1.0:
            return False
        self._last = now
        return True

    def beat(self, status: Mapping[str, Any]) -> None:
        """See Store.beat. A status that cannot be written (full disk, open elsewhere) is left out: runs matter more."""
        try:
            replace_text(self._path, seal({**status, "beaten": round(time.time(), 3)}), durable=False)
        except OSError:
            pass
