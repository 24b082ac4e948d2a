"""Code of the user's own that a scenario or a call names: ``file.py:name`` or ``package.module:name``."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from diffusion_sim.errors import DiffusionSimError, told

_LOADING = threading.local()  # path : of the file that this thread is loading


@contextmanager
def guarded(error: Callable[[str], DiffusionSimError]) -> Iterator[None]:
    """Call code of the user's inside. Raises ``error`` of what it says for whatever it raises, SystemExit and
    GeneratorExit too; errors of ours and KeyboardInterrupt come out as they are."""
    try:
        yield
    except (DiffusionSimError, KeyboardInterrupt):
        raise
    except BaseException as raised:
        raise error(told(raised)) from raised


def file_of(where: str, folder: Path | None) -> Path | None:
    """The file that ``file.py:name`` names: in ``folder`` (a scenario's), else from the working folder; None for a
    module."""
    place = where.rpartition(":")[0]
    if not place.endswith(".py"):
        return None
    beside = folder / place if folder is not None else Path(place)
    return beside if beside.is_file() or not Path(place).is_file() else Path(place)


def source_of(where: str, folder: Path | None) -> Path | None:
    """The file that holds what ``where`` names, a module's too; None for a module that is not found or has no file."""
    file, module = file_of(where, folder), where.rpartition(":")[0]
    if file is None:
        spec = None
        with suppress(DiffusionSimError), guarded(DiffusionSimError):  # it loads the package that the module is in
            spec = importlib.util.find_spec(module)
        if spec is not None and spec.origin and Path(spec.origin).is_file():
            file = Path(spec.origin)
    return file


def file_digest(where: str, folder: Path | None) -> str | None:
    """16 hexadecimal digits of the content of the file that holds what ``where`` names; None without one that can be
    read."""
    file = source_of(where, folder)
    try:
        return None if file is None else hashlib.blake2b(file.read_bytes(), digest_size=8).hexdigest()
    except OSError:
        return None


def load(where: str, folder: Path | None) -> Any:
    """What ``where`` names. Raises whatever importing it raises, AttributeError where it does not hold the name."""
    place, _, name = where.rpartition(":")
    file = file_of(where, folder)
    module = importlib.import_module(place) if file is None else _load_file(file, place)
    if not hasattr(module, name):
        raise AttributeError(f"there is no '{name}' in it")
    return getattr(module, name)


def refuse_while_loading() -> None:
    """Raises DiffusionSimError where a user's file is being loaded in this thread, and so runs the model itself."""
    path = getattr(_LOADING, "path", None)
    if path is not None:
        raise DiffusionSimError(
            f"'{path}' runs the model while it is loaded, and the model loads it for its rules or strategies: put what "
            "it runs under 'if __name__ == \"__main__\":', or rules and strategies into a file of their own"
        )


def _load_file(path: Path, place: str) -> Any:
    refuse_while_loading()
    key = f"diffusion_sim_user_{hashlib.blake2b(os.fsencode(path.resolve()), digest_size=8).hexdigest()}"
    spec = importlib.util.spec_from_file_location(key, path)
    if spec is None or spec.loader is None or not path.is_file():
        here = Path(place).absolute()
        raise FileNotFoundError(f"there is no {here}" + (f", nor {path}" if path.absolute() != here else ""))
    module = importlib.util.module_from_spec(spec)
    sys.modules[key] = module
    _LOADING.path = str(path)
    try:
        spec.loader.exec_module(module)
    finally:
        del _LOADING.path
    return module
