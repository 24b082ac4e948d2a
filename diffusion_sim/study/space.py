"""The factors of a study: which numbers vary, over which levels, ranges or distributions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Level(NamedTuple):
    """One level of a factor. label : its name, "" where the value says it all. values : dotted path -> value."""

    label: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Factor:
    """One line of ``space``: a number that varies (its dotted path), or a name with labelled levels.

    paths : what it sets. levels : as stated in the file, () where it is continuous. low, high : of a range; unit : of
    both. distribution : name and numbers, {} where it is none.
    """

    name: str
    paths: tuple[str, ...]
    levels: tuple[Level, ...] = ()
    said: Any = field(default=None)  # what the file says, plain JSON

    @property
    def labelled(self) -> bool:
        """True for a factor of its own name, whose levels have labels."""
        return "." not in self.name
