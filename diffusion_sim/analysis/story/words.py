"""Numbers and lists as a story says them. What would show as 0 is not said at all."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

NOTHING = "-"
COLUMNS = 80  # of a terminal
FIRST = 12  # of these, what the first column of a table gets where it needs so much


Row = Mapping[str, Any]  # of a year, a gate or a school


class Section(NamedTuple):
    """A title, paragraphs, and a table (no columns: none)."""

    title: str
    paragraphs: list[str]
    columns: list[str] = []
    rows: list[list[str]] = []


def number(n: float) -> str:
    """A count: whole, with commas."""
    return f"{n:,.0f}"


def many(n: float, one: str, several: str | None = None) -> str:
    """``1 school``, ``3 schools``."""
    return f"{number(n)} {one if round(n) == 1 else several or one + 's'}"


def times(n: float) -> str:
    """``once``, ``twice``, ``3 times``."""
    return {1: "once", 2: "twice"}.get(round(n), f"{number(n)} times")


def part(x: float) -> str:
    """A count that is no whole number, one decimal."""
    return f"{x:,.1f}"


def shows(x: float) -> bool:
    """Whether ``part`` of it is not 0."""
    return abs(x) >= 0.05


def percent(x: float) -> str:
    """A share; - where it is undefined."""
    return NOTHING if math.isnan(x) else f"{100 * x:.1f} %"


def points(x: float) -> str:
    """A difference of shares."""
    return NOTHING if math.isnan(x) else f"{100 * x:+.1f} points"


def index(x: float) -> str:
    """A value between 0 and 1, two decimals; - where it is undefined."""
    return NOTHING if math.isnan(x) else f"{x:.2f}"


def sd(x: float, signed: bool = False) -> str:
    """Standard deviations, three decimals."""
    return NOTHING if math.isnan(x) else f"{x:{'+' if signed else ''}.3f}"


def dollars(x: float) -> str:
    """US dollars."""
    return f"${x:,.0f}" if x >= 0 else f"-${-x:,.0f}"


def listed(items: Sequence[str]) -> str:
    """``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def sentence(items: Iterable[str], begin: str = "", joint: str = " and ") -> list[str]:
    """One sentence of the parts that are there, capitalised; none where there is no part."""
    there = [item for item in items if item]
    if not there:
        return []
    body = begin + (f"{', '.join(there[:-1])}{joint}{there[-1]}" if len(there) > 1 else there[0])
    return [f"{body[0].upper()}{body[1:]}."]


def if_any(n: float, text: str) -> str:
    """The text where the count is above 0, else nothing."""
    return text if n > 0 else ""


def filled(text: str, lead: str = "") -> str:
    """A paragraph, folded to a terminal's width."""
    return textwrap.fill(
        " ".join(text.split()), COLUMNS, initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False
    )


def drawn(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table as lines: the first column to the left, numbers to the right; of the first, what does not fit is cut.

    Where the others leave no room for the first, the table goes on below, with the first column again.
    """
    wide = [max(len(row[i]) for row in [columns, *rows]) for i in range(len(columns))]
    fit = _fitting(wide)
    if fit < len(columns):
        here, below = ([[*row[:1], *row[a:b]] for row in [columns, *rows]] for a, b in ((1, fit), (fit, len(columns))))
        return [*drawn(here[0], here[1:]), "", *drawn(below[0], below[1:])]
    wide[0] = min(wide[0], COLUMNS - sum(wide[1:]) - 2 * (len(wide) - 1))
    lines = []
    for row in [columns, ["-" * w for w in wide], *rows]:
        first, *others = (cell[:w] for cell, w in zip(row, wide, strict=True))
        lines.append("  ".join([first.ljust(wide[0]), *map(str.rjust, others, wide[1:])]).rstrip())
    return lines


def _fitting(wide: Sequence[int]) -> int:
    """How many columns stand side by side; at least two. wide : what each needs, of the first at most FIRST."""
    left, n = COLUMNS - min(wide[0], FIRST), 1
    while n < len(wide) and (left >= wide[n] + 2 or n == 1):
        left, n = left - wide[n] - 2, n + 1
    return n
