"""Given sets of parameter values: rows of a CSV file or of the study file, one point each."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diffusion_sim.errors import nearest
from diffusion_sim.scenario.numbers import short
from diffusion_sim.scenario.read_yaml import scalar
from diffusion_sim.study.plan.factors import MOST_POINTS, problem

_MOST_BYTES = 500_000_000


def read_rows(
    said: Mapping[str, Any], where: str, path: Path | None, labelled: set[str]
) -> tuple[list[dict[str, Any]], list[str]]:
    """(rows: column -> value as written, what each row is called in errors) of a table's ``file`` or ``rows``.

    labelled : columns of labels, which stay text. Raises StudyError that names file, row and column.
    """
    if "file" in said:
        name = said["file"]
        if not isinstance(name, str) or not name.strip() or "\0" in name:
            raise problem(where, "design.file", f"found {short(name)}; the path of a CSV file is allowed")
        file = Path(name)
        if not file.is_absolute() and path is not None:
            file = path.parent / file
        return _from_file(file, where, labelled)
    return _from_list(said["rows"], where)


def _from_list(rows: Any, where: str) -> tuple[list[dict[str, Any]], list[str]]:
    if not isinstance(rows, list) or not rows:
        raise problem(where, "design.rows", f"found {short(rows)}; a list of mappings, path to value, is allowed")
    for i, row in enumerate(rows):
        if not isinstance(row, Mapping) or not row:
            raise problem(where, f"design.rows[{i}]", f"found {short(row)}; a mapping of dotted path to value")
        if set(row) != set(rows[0]):
            odd = sorted(set(row) ^ set(rows[0]))
            text = f"{odd[0]} stands in one of this row and the first, not in both; rows have the same keys"
            raise problem(where, f"design.rows[{i}]", text)
    return [dict(row) for row in rows], [f"rows[{i}]" for i in range(len(rows))]


def _from_file(file: Path, where: str, labelled: set[str]) -> tuple[list[dict[str, Any]], list[str]]:
    key, name = "design.file", str(file)
    text = _text(file, where)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[dict[str, Any]] = []
    places: list[str] = []
    header: list[str] = []
    try:
        for cells in reader:
            place = f"{file.name} line {reader.line_num}"
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _header(cells, where, name)
                continue
            if len(cells) != len(header):
                found = f"{len(cells)} cells where the header has {len(header)}; cells are separated by commas"
                raise problem(where, f"design, {place}", found)
            rows.append(_row(header, cells, labelled, where, place))
            places.append(place)
            if len(rows) > MOST_POINTS:
                raise problem(where, key, f"{name} has more than {MOST_POINTS:,} rows")
    except csv.Error as error:
        raise problem(where, key, f"{name}, line {reader.line_num}: not readable as a table ({error})") from None
    if not rows:
        raise problem(where, key, f"{name} has no rows; a header of dotted paths and one row a point are needed")
    return rows, places


def _text(file: Path, where: str) -> str:
    try:
        if file.is_dir():
            raise problem(where, "design.file", f"{file} is a folder; the path of a CSV file is allowed")
        if file.stat().st_size > _MOST_BYTES:
            raise problem(where, "design.file", f"{file} is larger than {_MOST_BYTES:,} bytes")
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        try:
            near = nearest(file.name, (other.name for other in file.parent.iterdir()))
        except OSError:
            near = ""
        raise problem(where, "design.file", f"there is no file {file}{near}") from None
    except UnicodeDecodeError as error:
        raise problem(where, "design.file", f"{file}: byte {error.start + 1:,} is not UTF-8 text") from None
    except (OSError, ValueError) as error:
        raise problem(where, "design.file", f"{file} cannot be read ({error})") from None


def _header(cells: list[str], where: str, name: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    for i, column in enumerate(header):
        if not column:
            raise problem(where, "design.file", f"{name}: column {i + 1} has no name; a dotted path is allowed")
        if column in header[:i]:
            raise problem(where, "design.file", f"{name}: column {column[:80]} stands twice")
    return header


def _row(header: list[str], cells: list[str], labelled: set[str], where: str, place: str) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column, cell in zip(header, cells, strict=True):
        if not cell.strip():
            raise problem(
                where, f"design, {place}, column {column[:80]}", "the cell is empty; every row states a value"
            )
        row[column] = cell.strip() if column in labelled else scalar(cell.strip())
    return row
