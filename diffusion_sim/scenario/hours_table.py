"""A planner's own table of hours by school and year (allocation ``by_hand``): from CSV, Excel, YAML or written inline.

Whatever the form, a scenario keeps it as a list of ``[school, year, hours]``: the file is read once, when the scenario
is, so that a run, a worker or a saved model never depends on a file that may have changed. Hours are per participating
teacher and school year. Schools are named by their id, or by ``district/school`` where ids repeat between districts.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from diffusion_sim.errors import ScenarioError, nearest
from diffusion_sim.ids import escaped
from diffusion_sim.scenario.numbers import plain, problem, short
from diffusion_sim.scenario.read_yaml import parse_yaml, read_text, scalar
from diffusion_sim.scenario.words import TABLE

COLUMNS = ("school", "year", "hours")
OPTIONAL = ("district",)
HOURS_MAX = 400.0  # hours per teacher and school year
YEARS_MAX = 20
_EXCEL = (".xlsx", ".xlsm", ".xls")
Row = list[Any]  # [school, year, hours]


def read_table(raw: Any) -> str | list[Row]:
    """The option ``table`` as stated: the path of a file (kept as text until ``fill``), or rows.

    Inline: ``{school: hours}`` (every year), ``{school: {year: hours}}``, or a list of ``{school, year, hours}``, of
    ``[school, year, hours]``. Raises ``problem`` with row and column.
    """
    if isinstance(raw, str):
        if not raw.strip():
            raise problem("found an empty text; the path of a CSV, Excel or YAML file, or a table, is allowed")
        return raw
    if isinstance(raw, Mapping):
        return checked_rows(_from_mapping(raw))
    if isinstance(raw, list | tuple):
        return checked_rows(_from_list(raw))
    raise problem(f"found {short(raw)}; the path of a CSV, Excel or YAML file, or a table, is allowed")


def _from_mapping(raw: Mapping[Any, Any]) -> Iterable[tuple[str, Any, Any, Any]]:
    for school, hours in raw.items():
        if isinstance(hours, Mapping):
            for year, value in hours.items():
                yield f"{school}, year {year}", school, scalar(year) if isinstance(year, str) else year, value
        else:
            for year in range(1, YEARS_MAX + 1):
                yield str(school), school, year, hours


def _from_list(raw: Iterable[Any]) -> Iterable[tuple[str, Any, Any, Any]]:
    for number, row in enumerate(raw, start=1):
        if isinstance(row, Mapping):
            yield (f"row {number}", *_fields(row, f"row {number}"))
        elif isinstance(row, list | tuple) and len(row) == 3:
            yield (f"row {number}", *row)
        else:
            raise problem(f"row {number}: found {short(row)}; {{school, year, hours}} is allowed")


def _fields(row: Mapping[Any, Any], place: str) -> tuple[Any, Any, Any]:
    for key in row:
        if key not in (*COLUMNS, *OPTIONAL):
            known = (*COLUMNS, *OPTIONAL)
            raise problem(f"{place}: no column '{key}' is known{nearest(str(key), known)}; {', '.join(known)}")
    for key in COLUMNS:
        if key not in row:
            raise problem(f"{place}, column {key}: is missing")
    school = row["school"]
    if row.get("district") is not None:
        school = f"{escaped(str(row['district']))}/{escaped(str(school))}"
    return school, row["year"], row["hours"]


def checked_rows(rows: Iterable[tuple[str, Any, Any, Any]]) -> list[Row]:
    """Rows of (place, school, year, hours), checked and sorted. Raises ``problem`` naming place and column."""
    found: dict[tuple[str, int], float] = {}
    for place, school, year, hours in rows:
        name = str(plain(school)).strip() if isinstance(plain(school), str | int) else ""
        if not name or isinstance(school, bool):
            raise problem(f"{place}, column school: found {short(school)}; the id of a school is allowed")
        number = _number(plain(year))
        if number is None or number != int(number) or not 1 <= number <= YEARS_MAX:
            allowed = f"a whole number from 1 (the first school year) to {YEARS_MAX} is allowed"
            raise problem(f"{place}, column year: found {short(year)}; {allowed}")
        value = _number(plain(hours))
        if value is None or not 0.0 <= value <= HOURS_MAX:
            hint = "; hours, not per cent" if isinstance(hours, str) and "%" in hours else ""
            hint = "; write 3.5, not 3,5" if isinstance(hours, str) and "," in hours else hint
            allowed = f"a number from 0 to {HOURS_MAX:g} (hours per teacher and school year) is allowed"
            raise problem(f"{place}, column hours: found {short(hours)}; {allowed}{hint}")
        if (name, int(number)) in found:
            raise problem(f"{place}: school '{name}' has year {int(number)} twice")
        found[name, int(number)] = value
    if not found:
        raise problem("holds no row; a table has at least one school with its year and hours")
    return [[name, year, hours] for (name, year), hours in sorted(found.items())]


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


# ---- files -----------------------------------------------------------------------------------------------------------
def fill(parts: dict[str, Any], scenario_file: Path | None, where: str = "") -> None:
    """Put the rows of the file that ``parts`` names (allocation by_hand) in place of its path, in place.

    A relative path is relative to the scenario's file. Raises ScenarioError naming file, row and column; where
    ``where`` is empty (an override), ``problem``.
    """
    block = parts.get("allocation")
    if not isinstance(block, dict) or not isinstance(block.get(TABLE), str):
        return
    path = Path(block[TABLE]).expanduser()
    if not path.is_absolute() and scenario_file is not None:
        path = scenario_file.parent / path
    try:
        block[TABLE] = read_file(path)
    except PydanticCustomError as error:
        if not where:
            raise problem(f"{path}, {error}") from None
        raise ScenarioError(f"{where}.allocation.table: {path}, {error}") from None
    except ScenarioError as error:
        if not where:
            raise problem(str(error)) from None
        raise ScenarioError(f"{where}.allocation.table: {error}") from None


def read_file(path: Path) -> list[Row]:
    """The rows of a CSV, Excel (first sheet) or YAML file. Raises ScenarioError or ``problem``."""
    try:
        there = path.is_file()
    except (OSError, ValueError):
        there = False
    if not there:
        raise ScenarioError(f"there is no file {path}")
    suffix = path.suffix.lower()
    if suffix in (".yaml", ".yml"):
        said = parse_yaml(read_text(path), str(path))
        return read_table(said.get(TABLE, said))  # type: ignore[return-value]
    if suffix in _EXCEL:
        return checked_rows(_rows(_excel(path)))
    if suffix in (".csv", ".txt", ".tsv"):
        text = read_text(path)
        return checked_rows(_rows(csv.reader(io.StringIO(text), delimiter=_delimiter(text))))
    raise ScenarioError(f"{path}: is no table that can be read; .csv, .xlsx, .yaml are allowed")


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max((",", ";", "\t"), key=head.count)


def _excel(path: Path) -> Iterable[list[Any]]:
    import pandas as pd

    try:
        sheet = pd.read_excel(path, header=None, dtype=object)
    except ImportError as error:
        raise ScenarioError(f"{path}: reading Excel needs another package ({error}); save it as CSV") from None
    except Exception as error:  # readers of damaged workbooks fail in any way
        raise ScenarioError(f"{path}: cannot be read as Excel ({type(error).__name__}: {error})") from None
    return sheet.astype(object).where(sheet.notna(), None).to_numpy().tolist()


def _rows(lines: Iterable[list[Any]]) -> Iterable[tuple[str, Any, Any, Any]]:
    """(place, school, year, hours) of a table whose first line names the columns; empty lines are passed over."""
    columns: list[str] | None = None
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() if isinstance(cell, str) else cell for cell in line]
        if all(cell is None or cell == "" for cell in cells):
            continue
        place = f"row {number}"
        if columns is None:
            columns = [str(cell or "").lower() for cell in cells]
            _check_header(columns, place)
            continue
        if len(cells) != len(columns):
            raise problem(f"{place}: has {len(cells)} cells; the first row names {len(columns)} columns")
        row = dict(zip(columns, cells, strict=True))
        for key in ("year", "hours"):
            row[key] = _cell(row[key])
        yield (place, *_fields(row, place))


def _check_header(columns: list[str], place: str) -> None:
    for name in columns:
        if columns.count(name) > 1:
            raise problem(f"{place}: the column '{name}' stands twice")
    _fields(dict.fromkeys(columns, None), place)


def _cell(cell: Any) -> Any:
    """A number as the file writes it; anything else stays as it is, so that the error can show it."""
    return scalar(cell) if isinstance(cell, str) else cell
