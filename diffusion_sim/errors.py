"""Errors that a user can act on: every message names the file, the key, the value found and what is allowed."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class DiffusionSimError(Exception):
    """Base of every error this package raises on purpose. Its text is written for the user, not for us."""


class ScenarioError(DiffusionSimError):
    """A scenario file, an override or an intervention says something the model cannot run."""


class PopulationError(DiffusionSimError):
    """A table of schools, or a table or graph of ties between their teachers, cannot be used as given."""


class StrategyError(DiffusionSimError):
    """A strategy is unknown, or returned a plan that breaks the contract."""


class RuleError(DiffusionSimError):
    """A rule of the user's own cannot be used as given, or returned what its rule must not return."""


class StudyError(DiffusionSimError):
    """A comparison or a study cannot be run as asked."""


class StoreError(DiffusionSimError):
    """A file or folder of results or a saved model cannot be read or written."""


def encodable(text: str) -> str:
    r"""``text`` as any file and any screen takes it: what is no Unicode, such as a byte of a file's name, as \udcf1."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def told(error: BaseException) -> str:
    """What anybody's error says, ``ValueError: text``, or the text alone of one of ours; encodable, and never raises
    anything but KeyboardInterrupt."""
    try:
        text = str(error)
    except KeyboardInterrupt:
        raise
    except BaseException as again:
        text = f"(its text cannot be had: {type(again).__name__})"
    return encodable(text if text and isinstance(error, DiffusionSimError) else f"{type(error).__name__}: {text}")


def as_path(value: Any, what: str, error: type[DiffusionSimError]) -> Path:
    """``value`` as a Path; raises ``error`` in words where it is no text and no path."""
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise error(f"{what}: found {value!r:.60}; the path of a file is allowed")
    return Path(value)


def check_flag(value: Any, name: str, error: type[DiffusionSimError], none: bool = False) -> None:
    """Raise ``error`` in words where the argument ``name`` is neither True nor False (nor None, with ``none``)."""
    if not isinstance(value, bool) and not (none and value is None):
        raise error(f"{name}: found {value!r:.60}; True{', False or None' if none else ' or False'} is allowed")


def check_compiler() -> None:
    """Raise DiffusionSimError where Numba is told not to compile: the model is compiled code alone."""
    said = os.environ.get("NUMBA_DISABLE_JIT", "")
    if said not in ("", "0"):
        raise DiffusionSimError(
            f"NUMBA_DISABLE_JIT: found {said!r:.60}; the model runs compiled only, so unset it or write 0 "
            "(DIFFUSION_SIM_PLAIN=1 runs one teacher at a time, compiled too)"
        )


def nearest(word: str, allowed: Iterable[str], n: int = 3, first: Iterable[str] = ()) -> str:
    """Return ``"; did you mean 'x'?"`` for the allowed words closest to ``word``, or ``""`` where none is close.

    first : words to name before them, however close they are."""
    names = sorted({str(a) for a in allowed})
    close = difflib.get_close_matches(str(word), names, n=n, cutoff=0.6)
    close = list(dict.fromkeys([*first, *close]))[:n]
    if not close:
        return ""
    return "; did you mean " + " or ".join(f"'{c}'" for c in close) + "?"
