"""How tables and numbers look in a terminal."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import diffusion_sim
from diffusion_sim.analysis.statements import STATEMENTS

if TYPE_CHECKING:
    import pandas as pd

NOTHING = "-"  # undefined
_WIDE = 140  # columns where the output is no terminal


@cache
def _console() -> Any:
    from rich.console import Console

    wide = None if sys.stdout.isatty() else _WIDE
    return Console(width=wide, markup=False, highlight=False, emoji=False)


def width() -> int:
    """Columns there are."""
    return _console().width


def text(line: str, style: str | None = None) -> None:
    """One line."""
    _console().print(line, style=style, soft_wrap=False)


def heading(what: str) -> None:
    """What is shown, and by which version."""
    text(f"{what}  (diffusion-sim {diffusion_sim.__version__})", "bold")


def changes(said: Iterable[str]) -> None:
    """What is otherwise than the scenario's file says: ``Scenario.changed``."""
    if found := "; ".join(said):
        lines([f"Changed: {found}"])


def table(columns: Sequence[str], rows: Iterable[Sequence[Any] | None], right: Sequence[str] = ()) -> None:
    """A table; ``right`` = columns of numbers. A row of None draws a line."""
    from rich import box
    from rich.table import Table

    rows = list(rows)
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    wide = dict(zip(columns, widths(columns, rows), strict=True))
    solid = sum(wide[name] + 3 for name in (columns[0], *right)) <= width()
    for name in columns:  # where there is not room for all, texts are folded: numbers are never cut
        number = name in right
        whole = number or (name == columns[0] and solid and width() >= _WIDE)
        drawn.add_column(name, justify="right" if number else "left", no_wrap=whole, overflow="fold")
    for row in rows:
        if row is None:
            drawn.add_section()
        else:
            drawn.add_row(*(str(cell) for cell in row))
    _console().print(drawn)


def numbers(columns: Sequence[str], rows: Sequence[Sequence[str] | None]) -> None:
    """A table whose columns but the first are numbers under the names of strategies. Names are broken where they have
    underscores; columns that do not fit beside the others go on below, under the first column again."""
    titles = [name if i == 0 else name.replace("_", "_\n") for i, name in enumerate(columns)]
    wide, start = [letters + 3 for letters in widths(titles, rows)], 1
    while start < len(columns):
        end = start + 1
        while end < len(columns) and wide[0] + sum(wide[start : end + 1]) <= width():
            end += 1
        table(
            [titles[0], *titles[start:end]],
            [row and [row[0], *row[start:end]] for row in rows],
            right=titles[start:end],
        )
        start = end


def widths(columns: Sequence[str], rows: Sequence[Sequence[Any] | None]) -> list[int]:
    """The longest line of each column."""
    cells = [[name, *(row[i] for row in rows if row)] for i, name in enumerate(columns)]
    return [max(len(line) for cell in column for line in str(cell).split("\n")) for column in cells]


def lines(items: Iterable[str], lead: str = "  ") -> None:
    """Lines of prose, indented."""
    import textwrap

    columns = max(40, width())
    for item in items:
        print(textwrap.fill(item, columns, initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False))


def number(value: Any, unit: str = "", signed: bool = False) -> str:
    """A value with the digits that make sense for its unit and size; "-" where undefined."""
    if value is None or not isinstance(value, int | float) or isinstance(value, bool):
        return NOTHING if value is None else str(value)
    if math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    sign = "+" if signed else ""
    if unit.startswith("US dollars per pupil") and abs(value) < 1_000:
        return f"{value:{sign},.2f}"
    if unit.startswith("US dollars") or abs(value) >= 10_000:
        return f"{value:{sign},.0f}"
    if unit in ("teachers", "schools") or abs(value) >= 100:
        return f"{value:{sign},.1f}".removesuffix(".0")
    return f"{value:{sign}.3f}"


def interval(low: float, high: float, unit: str = "") -> str:
    """``low to high``."""
    if math.isnan(low) or math.isnan(high):
        return NOTHING
    return f"{number(low, unit, True)} to {number(high, unit, True)}"


def as_json(said: Mapping[str, Any]) -> None:
    """Print JSON: the version first, NaN as null, tables as lists of rows."""
    whole = {"diffusion_sim": diffusion_sim.__version__, **said}
    print(json.dumps(plain(whole), indent=2, ensure_ascii=False, allow_nan=False))


def plain(value: Any) -> Any:
    """JSON's own kinds in place of pandas' and NumPy's."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return [plain(row) for row in records(value)]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One dict a row."""
    return frame.to_dict("records")  # type: ignore[return-value]


def closing(notes: Sequence[str], folder: Any, files: Sequence[str]) -> None:
    """What every result ends with: notes, what it is and is not, and where the files are."""
    if notes:
        text("Notes", "bold")
        lines(notes)
    print()
    lines(STATEMENTS, "")
    if folder is not None:
        lines([f"Files in {folder}: {', '.join(files)}"], "")
