"""Turn the cells of a Sheet into numbers, ids and words; every cell that cannot be read is one PopulationError."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, NoReturn

import numpy as np

from diffusion_sim.errors import PopulationError, nearest
from diffusion_sim.population.catalogue import Column
from diffusion_sim.population.read import Sheet
from diffusion_sim.population.schooltable import LEVELS, LOCALES
from diffusion_sim.state.tables import Floats

UNKNOWN = 255  # a level or locale that the table does not say

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_MARKED = {mark: re.compile(rf"[+-]?[0-9]*{re.escape(mark)}[0-9]+") for mark in (",", ".")}
_THOUSANDS = {mark: re.compile(rf"[+-]?[1-9][0-9]{{0,2}}{re.escape(mark)}[0-9]{{3}}") for mark in (",", ".")}
_FLOAT_ID = re.compile(r"(0|[1-9][0-9]*)\.0+")
_SHORTENED_ID = re.compile(r"[0-9]([.,][0-9]+)?[eE]\+[0-9]+")
_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}  # how Excel writes them, in CSV too
_FLAGS = {"1": 1, "true": 1, "yes": 1, "0": 0, "false": 0, "no": 0}
_LEVELS = {**{word: i for i, word in enumerate(LEVELS)}, "primary": 0, "secondary": 2}
_LOCALES = {word: i for i, word in enumerate(LOCALES)}
_NO_GRADE = {"–", "-", "N", "M", "UG", "AE", "NOT APPLICABLE", "NOT REPORTED"}
# NCES operational status: 1 open, 2 closed, 3 new, 4 added, 5 changed agency, 6 inactive, 7 future, 8 reopened
_STATUS = {
    "open": 1, "closed": 2, "new": 3, "added": 4, "changed agency": 5, "changed boundary/agency": 5, "inactive": 6,
    "temporarily closed": 6, "future": 7, "reopened": 8,
}  # fmt: skip
CLOSED_STATUS = (2, 6, 7)


def fail(sheet: Sheet, row: int, name: str, found: Any, allowed: str) -> NoReturn:
    """Raise the PopulationError of one cell: table, row, column, value found, what is allowed."""
    text = " ".join(repr(found.item() if isinstance(found, np.generic) else found).split())
    if len(text) > 60:
        text = text[:57] + "..."
    raise PopulationError(f"{sheet.label}, {sheet.place(row)}, column '{name}': found {text}; {allowed}")


def is_blank(cell: Any) -> bool:
    """True for an empty cell: None, NaN, NaT, NA or text of spaces only."""
    if cell is None:
        return True
    if isinstance(cell, str):
        return not cell.strip()
    if isinstance(cell, np.ndarray):
        return False
    try:
        return bool(cell != cell)
    except (TypeError, ValueError, ArithmeticError):  # pandas.NA has no truth value
        return type(cell).__name__ == "NAType"


def decimal_mark(sheet: Sheet, names: Iterable[str], option: str | None) -> str:
    """"." or ",": the decimal mark of all text cells in these columns; a table that mixes both is an error."""
    if option is not None:
        return option
    sure: dict[str, tuple[int, str, str]] = {}
    maybe: dict[str, tuple[int, str, str]] = {}
    for name in names:
        column = sheet.cells[name]
        if column.dtype != object:
            continue
        for row, cell in enumerate(column):
            if not isinstance(cell, str):
                continue
            text = cell.strip()
            for mark in (",", "."):
                if mark in text and _MARKED[mark].fullmatch(text):
                    found = maybe if _THOUSANDS[mark].fullmatch(text) else sure
                    found.setdefault(mark, (row, name, text))
    comma, dot = sure.get(",") or maybe.get(","), sure.get(".") or maybe.get(".")
    if comma and dot:
        fail(sheet, *comma, f"but '{dot[2]}' ({sheet.place(dot[0])}, column '{dot[1]}') has a decimal point; "
             "a table has one decimal mark and no thousands separators")  # fmt: skip
    if "," in maybe and "," not in sure:
        fail(sheet, *maybe[","], "it may be thousands or a decimal comma; leave out thousands separators, or "
             "write decimal: \",\" in options")  # fmt: skip
    if "." in maybe and "." not in sure and sheet.delimiter in (";", "\t"):
        fail(sheet, *maybe["."], "it may be thousands or a decimal point; leave out thousands separators, or "
             "write decimal: \".\" in options")  # fmt: skip
    return "," if "," in sure else "."


def numbers(sheet: Sheet, name: str, column: Column, mark: str) -> Floats:
    """Numbers of one column, float64 (R,), NaN where empty, within the column's bounds."""
    values = sheet.cells[name]
    allowed = f"allowed is {column.about}"
    if values.dtype == bool:
        fail(sheet, 0, name, values[0], allowed)
    if values.dtype != object:
        out = values.astype(np.float64)
    else:
        out = np.array([_number(sheet, row, name, cell, mark, allowed) for row, cell in enumerate(values)])
    wrong = np.flatnonzero(np.isinf(out) | (out < column.low) | (out > column.high))
    if wrong.size:
        row = int(wrong[0])
        hint = ""
        if column.kind == "share" and 1.0 < out[row] <= 100.0:
            hint = "; it looks like per cent, write shares from 0 to 1"
        fail(sheet, row, name, values[row], f"{allowed}, within {column.low:,.15g} to {column.high:,.15g}{hint}")
    return out


def _number(sheet: Sheet, row: int, name: str, cell: Any, mark: str, allowed: str) -> float:
    if is_blank(cell):
        return np.nan
    if isinstance(cell, str):
        text = cell.strip()
        if mark == ",":
            text = text if "." not in text else "?"
            text = text.replace(",", ".", 1)
        if not _NUMBER.fullmatch(text):
            fail(sheet, row, name, cell, f"a number is needed (decimal mark '{mark}', no signs or units); {allowed}")
        return float(text)
    if isinstance(cell, (bool, np.bool_)) or not isinstance(cell, (int, float, np.number)):
        if type(cell).__name__ != "Decimal":
            fail(sheet, row, name, cell, f"a number is needed; {allowed}")
    try:
        return float(cell)
    except (OverflowError, TypeError, ValueError):
        fail(sheet, row, name, cell, f"a number is needed; {allowed}")


def ids(sheet: Sheet, name: str) -> tuple[list[str], bool]:
    """Ids of one column as text, leading zeros kept, and whether ".0" of a number column was taken off.

    Numbers become their digits (12 and 12.0 -> "12"); spaces around an id are not part of it.
    """
    values = sheet.cells[name]
    out = [_id(sheet, row, name, cell) for row, cell in enumerate(values)]
    written_as_float = sheet.delimiter is not None and all(_FLOAT_ID.fullmatch(text) for text in out)
    if written_as_float:
        out = [text.partition(".")[0] for text in out]
    return out, written_as_float


def _id(sheet: Sheet, row: int, name: str, cell: Any) -> str:
    if is_blank(cell):
        fail(sheet, row, name, "" if cell is None else cell, "the id is empty; every school needs its ids")
    if isinstance(cell, str):
        text = cell.strip()
        # on the cell as found: strip() would take off U+001F, which joins ids into keys
        if not cell.isprintable() and any(unicodedata.category(letter) in ("Cc", "Cs") for letter in cell):
            fail(sheet, row, name, cell, "an id must not hold control characters")
        if _SHORTENED_ID.fullmatch(text):
            fail(sheet, row, name, cell, "it looks like an id that a spreadsheet shortened; write all digits, as text")
        if text in _ERRORS:
            fail(sheet, row, name, cell, "it is the error of a spreadsheet's formula, not an id")
        return text
    if isinstance(cell, (bool, np.bool_)) or not isinstance(cell, (int, float, np.integer, np.floating)):
        fail(sheet, row, name, cell, "an id is text or a whole number")
    if isinstance(cell, (float, np.floating)):
        if not float(cell).is_integer() or abs(float(cell)) >= 2**53:
            fail(sheet, row, name, cell, "an id is text or a whole number; write it as text")
        return str(int(cell))
    return str(int(cell))


def texts(sheet: Sheet, name: str) -> list[str]:
    """Text of one column as it stands, "" where empty."""
    for row, cell in enumerate(sheet.cells[name]):
        if isinstance(cell, bytes | np.ndarray | list | dict):
            fail(sheet, row, name, cell, "a text is needed")
    return ["" if is_blank(cell) else str(cell).strip() for cell in sheet.cells[name]]


def names(sheet: Sheet, name: str) -> list[str]:
    """Names that draws may be keyed by, checked like ids, "" where empty."""
    import pandas as pd

    cells, rows = sheet.cells[name], np.arange(sheet.rows)
    codes = rows
    if pd.api.types.infer_dtype(cells, skipna=True) == "string":  # edge lists name posts many times: each is read once
        codes, cells = pd.factorize(cells)  # -1: missing
        rows = np.empty(len(cells), np.int64)
        known = codes >= 0
        rows[codes[known][::-1]] = np.flatnonzero(known)[::-1]  # the first of each
    found = ["" if is_blank(cell) else _id(sheet, row, name, cell) for row, cell in zip(rows, cells, strict=True)]
    return np.array([*found, ""], object)[codes].tolist()


def flags(sheet: Sheet, name: str) -> np.ndarray:
    """0 or 1 of one column, uint8 (R,); empty cells are errors."""
    return _coded(sheet, name, _flag, "1 or true, 0 or false").astype(np.uint8)


def levels(sheet: Sheet, name: str) -> np.ndarray:
    """Rows of LEVELS, uint8 (R,), UNKNOWN where empty."""
    return _coded(sheet, name, _level, ", ".join(LEVELS), _LEVELS).astype(np.uint8)


def locales(sheet: Sheet, name: str) -> np.ndarray:
    """Rows of LOCALES, uint8 (R,), UNKNOWN where empty; NCES locale codes 11 to 43 are understood."""
    return _coded(sheet, name, _locale, ", ".join(LOCALES) + " or an NCES code 11 to 43", _LOCALES).astype(np.uint8)


def statuses(sheet: Sheet, name: str) -> np.ndarray:
    """NCES status codes 1 to 8 of one column, int (R,); empty counts as open."""
    return _coded(sheet, name, _status, ", ".join(_STATUS) + " or a code 1 to 8", _STATUS)


def grades(sheet: Sheet, name: str) -> np.ndarray:
    """Grades of one column, int (R,): PK -1, KG 0, 1 to 13; UNKNOWN for ungraded, adult or empty."""
    return _coded(sheet, name, _grade, "PK, KG, 01 to 13, UG or AE")


def _coded(sheet: Sheet, name: str, code, allowed: str, words: Iterable[str] = ()) -> np.ndarray:
    memo: dict[str, int | None] = {}
    out = np.empty(sheet.rows, dtype=np.int64)
    for row, cell in enumerate(sheet.cells[name]):
        text = _word(cell)
        if text not in memo:
            memo[text] = code(text)
        value = memo[text]
        if value is None:
            fail(sheet, row, name, cell, f"allowed is {allowed}{nearest(text, words)}")
        out[row] = value
    return out


def _word(cell: Any) -> str:
    if is_blank(cell):
        return ""
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        return str(int(cell))
    return str(cell).strip().lower()


def _flag(text: str) -> int | None:
    return _FLAGS.get(text)


def _level(text: str) -> int | None:
    return UNKNOWN if text == "" else _LEVELS.get(text)


def _locale(text: str) -> int | None:
    if text == "":
        return UNKNOWN
    code = re.match(r"([1-4])[1-3](\.0)?($|[-: ])", text)
    return int(code.group(1)) - 1 if code else _LOCALES.get(text)


def _status(text: str) -> int | None:
    if text == "":
        return 1
    return int(text) if re.fullmatch("[1-8]", text) else _STATUS.get(text)


def _grade(text: str) -> int | None:
    if text == "" or text.upper() in _NO_GRADE:
        return UNKNOWN
    if text in ("pk", "kg", "k"):
        return -1 if text == "pk" else 0
    return int(text) if re.fullmatch(r"0?[1-9]|1[0-3]", text) else None
