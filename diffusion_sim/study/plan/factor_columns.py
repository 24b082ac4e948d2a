"""What a factor's column is called in tables of runs: ``p.<path>``, ``label.<factor>``, ``structure.<key>``."""

from __future__ import annotations

PARAMETER, LABEL, STRUCTURE = "p.", "label.", "structure."


def column_of(path: str) -> str:
    """The column of what stands at a dotted path of a scenario; a structure's is its path."""
    return path if path.startswith(STRUCTURE) else PARAMETER + path


def is_factor(column: object) -> bool:
    """Whether a column says a level of what varies, and no outcome."""
    return str(column).startswith((PARAMETER, LABEL, STRUCTURE))
