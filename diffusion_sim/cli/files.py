"""Files that a command writes: all of them or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from diffusion_sim.errors import StoreError


def check_writable(folder: Path | None) -> None:
    """Find out before a long run whether its results can be written. Leaves nothing behind. Raises StoreError."""
    if folder is None:
        return
    try:
        place = folder.absolute()
        if place.exists() and not place.is_dir():
            raise StoreError(f"--out {folder}: is a file; a folder is allowed")
        while not place.exists():
            place = place.parent
        if not place.is_dir():
            raise StoreError(f"--out {folder}: '{place}' is a file, so no folder can be made in it")
        os.rmdir(tempfile.mkdtemp(prefix=".trying-", dir=place))
    except OSError as error:
        raise StoreError(f"--out {folder}: cannot be written ({error.strerror or error})") from None


def write_all(folder: Path, writers: Mapping[str, Callable[[Path], object]]) -> list[str]:
    """Write each file aside by its writer and move all into ``folder`` when all are there. Raises StoreError."""
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".saving-", dir=folder))
        try:
            for name, write in writers.items():
                write(aside / name)
            for name in writers:
                os.replace(aside / name, folder / name)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
            if made and not any(folder.iterdir()):
                folder.rmdir()
    except OSError as error:
        raise StoreError(f"--out {folder}: cannot be written ({error.strerror or error})") from None
    return list(writers)


def said_otherwise(said: Mapping[str, Any], usual: Mapping[str, Any]) -> list[str]:
    """Options that a call gave otherwise than usual, as words of a command line: a flag alone, a list with commas."""
    words = []
    for name, value in usual.items():
        if said[name] != value:
            text = ",".join(said[name]) if isinstance(said[name], list | tuple) else f"{said[name]}"
            words.append(f"--{name.replace('_', '-')}" + ("" if said[name] is True else f" {text}"))
    return words
