"""JSON files that say themselves whether they are whole: a digest goes with all that they hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

DIGEST = "digest"


def digest_of(said: Mapping[str, Any]) -> str:
    """16 hexadecimal digits: BLAKE2b of ``said`` as JSON, in the order it has. Raises TypeError, ValueError."""
    text = json.dumps(said, separators=(",", ":"), allow_nan=False)
    return hashlib.blake2b(text.encode("ascii"), digest_size=8).hexdigest()


def seal(said: Mapping[str, Any], indent: int | None = None) -> str:
    """The text of a file that holds ``said`` and its digest. Raises TypeError, ValueError: it is no plain JSON."""
    return json.dumps({**said, DIGEST: digest_of(said)}, indent=indent, allow_nan=False)


def read_mapping(text: str) -> dict[str, Any]:
    """A JSON mapping, read strictly. Raises ValueError in words: no JSON, no mapping, a key twice, NaN, too deep."""
    try:
        told = json.loads(text, object_pairs_hook=_once, parse_constant=_refused)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if not isinstance(told, dict):
        raise ValueError(f"found {told!r:.40}; a mapping is allowed")
    return told


def whole(told: Mapping[str, Any]) -> dict[str, Any]:
    """``told`` without its digest. Raises ValueError in words where that is missing, or of another content."""
    said = {key: value for key, value in told.items() if key != DIGEST}
    if DIGEST not in told:
        raise ValueError(f"{DIGEST} is missing")
    try:
        fits = digest_of(said) == told[DIGEST]
    except (RecursionError, ValueError):  # nested too deeply, or 1e999
        fits = False
    if not fits:
        raise ValueError(f"{DIGEST}: found {told[DIGEST]!r:.40}, which is not that of its content")
    return said


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r:.40} stands twice")
    return found


def _refused(word: str) -> None:
    raise ValueError(f"found {word}; finite numbers are allowed")
