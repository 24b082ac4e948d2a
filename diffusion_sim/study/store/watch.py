"""What a writer looks at before it changes a folder: that lock and manifest are still its own, whatever others do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

from diffusion_sim.errors import StoreError
from diffusion_sim.study.store.manifest import MANIFEST
from diffusion_sim.study.store.part_files import replace_text, said
from diffusion_sim.study.store.writer_lock import WriterLock


class Watch:
    """Of one writer."""

    def __init__(self, folder: Path, lock: WriterLock) -> None:
        self._folder, self._lock = folder, lock
        self._path = folder / MANIFEST
        self._text = self._path.read_text("utf-8")
        self._seen = self._stat()
        self._ended: str | None = None  # why the folder is no longer its own

    def _stat(self) -> tuple[int, ...]:
        now = os.stat(self._path)
        return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns

    def write_manifest(self, text: str) -> None:
        """Put ``text`` in place of the manifest. Raises StoreError."""
        try:
            replace_text(self._path, text)
            self._text, self._seen = text, self._stat()
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be written: {said(error)}") from error

    def owns(self) -> bool:
        """Whether the folder is still this writer's."""
        return self._ended is None and self._lock.lost() is None

    def _end(self, text: str) -> NoReturn:
        self._ended = text
        raise StoreError(text)

    def check_lock(self) -> None:
        """Raises StoreError where the lock is gone, or another's; from then on always."""
        if self._ended is not None:
            self._end(self._ended)
        what = self._lock.lost()
        if what is not None:
            self._end(
                f"{self._folder}: {what} while results were written to it. Writing ended at once and deleted nothing; "
                "runs added before are where they were. See that one process writes, and the folder is in its place, "
                "and run the study again to go on from there"
            )

    def check(self) -> None:
        """Raises StoreError where the lock is gone or another's, or the manifest another. One that was removed is
        written again: it is this writer's, word for word."""
        self.check_lock()
        try:
            if self._stat() == self._seen:
                return
            text = self._path.read_text("utf-8")
            now = self._stat()
        except FileNotFoundError:
            return self.write_manifest(self._text)
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be read while results are written: {said(error)}") from None
        except ValueError:  # no text
            text = ""
        if text != self._text:
            self._end(
                f"{self._path}: was changed while results were written, so that the runs to come are not those of its "
                "study. Runs added before are safe: put back a copy of it, and run the study again to go on from there"
            )
        self._seen = now
