"""How trials are said: sections of a text and a table, numbers, intervals, bands, whom one counts."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import pandas as pd

from diffusion_sim.analysis.trials.coaching import ALL, BEGIN
from diffusion_sim.analysis.trials.network import LEADERS, TEACHERS
from diffusion_sim.analysis.trials.published import COACHING, published

NOTHING = "-"


class Section(NamedTuple):
    """A title, lines before a table, the table, lines after it."""

    title: str
    before: list[str]
    columns: list[str]
    rows: list[list[str]]
    after: list[str]


def whom(who: str) -> str:
    """Whom a row counts, or whose time its hours are."""
    weeks = published().designs[COACHING]["begin_weeks"]
    return {
        BEGIN: f"teachers who begin within {weeks} weeks if offered",
        ALL: "all teachers of schools that agreed",
        TEACHERS: "hours to teachers",
        LEADERS: "hours to leaders",
    }[who]


def number(value: float, digits: int = 2, signed: bool = False) -> str:
    """A number with so many decimals; - where it is undefined or has no end."""
    if not math.isfinite(value):
        return NOTHING
    text = f"{value:{'+' if signed else ''}.{digits}f}"
    return text.replace("-", "", 1) if float(text) == 0.0 and not signed else text


def interval(row: Any, digits: int = 3) -> str:
    """``effect (low to high)``."""
    ends = f"{number(row['low'], digits, True)} to {number(row['high'], digits, True)}"
    return f"{number(row['effect'], digits, True)} ({ends})"


def band(low: float, high: float) -> str:
    """A band in words."""
    if math.isinf(low) and math.isinf(high):
        return "none"
    if math.isinf(low):
        return f"at most {number(high)}"
    return f"at least {number(low)}" if math.isinf(high) else f"{number(low)} to {number(high)}"


def rows_of(table: pd.DataFrame, **keys: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_dict("records")  # type: ignore[assignment]
    return [row for row in rows if all(row[key] == value for key, value in keys.items())]
