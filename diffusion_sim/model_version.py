"""The model version: a hash of every source that decides runs, which is written into results and saved models."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# Rooms that only sum up and show runs, and the package's own files, which say what is public and start the command
# line: they decide no run, so that a new figure or a public name leaves stores and models readable.
SHOWS_RUNS = ("__init__.py", "__main__.py", "analysis", "systems", "viz", "patterns", "cli")


@cache
def model_version() -> str:
    """12 hexadecimal digits: BLAKE2b of the Python sources that decide runs, by relative path and content."""
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(_PACKAGE.rglob("*.py"), key=lambda p: p.relative_to(_PACKAGE).as_posix()):
        if path.relative_to(_PACKAGE).parts[0] in SHOWS_RUNS:
            continue
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()
