"""Which rows of a table become schools: selection, rules for closed, virtual and empty schools, unique ids."""

from __future__ import annotations

import re
from typing import Any, NoReturn

import numpy as np

from diffusion_sim.errors import PopulationError, nearest
from diffusion_sim.population.catalogue import COLUMNS
from diffusion_sim.population.cells import CLOSED_STATUS, fail, is_blank
from diffusion_sim.population.imputation import Report
from diffusion_sim.population.read import Sheet

SMALLEST = 0.01  # teachers or pupils of a school; a smaller number is a mistake, not a school
_VIRTUAL = re.compile(r"\b(virtual|online|cyber|e-?learning)", re.IGNORECASE)


def select(sheet: Sheet, where: Any, report: Report) -> Sheet:
    """Only the rows whose cells have the values asked for; the others are counted in the report."""
    if not where:
        return sheet
    keep = np.ones(sheet.rows, dtype=bool)
    for name, value in where.items():
        if name not in sheet.cells:
            raise PopulationError(f"{sheet.label}: options.where: no column '{name}'{nearest(str(name), sheet.names)}")
        asked = {_plain(v) for v in (value if isinstance(value, (list, tuple)) else [value])}
        there = [_plain(cell) for cell in sheet.cells[name]]
        for one in sorted(asked - set(there)):
            some = ", ".join(sorted(set(there))[:8])
            raise PopulationError(
                f"{sheet.label}, column '{name}': no row has '{one}' (options.where); the column has {some}"
                f"{' ...' if len(set(there)) > 8 else ''}{nearest(one, set(there))}"
            )
        keep &= np.array([cell in asked for cell in there])
    if not keep.any():
        raise PopulationError(f"{sheet.label}: no row has all the values that options.where asks for")
    report.add("rows not selected", ", ".join(map(str, where)), int((~keep).sum()), "options.where")
    return sheet.take(np.flatnonzero(keep))


def _plain(cell: Any) -> str:
    if is_blank(cell):
        return ""
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        return str(int(cell))
    return str(cell).strip()


def check_numbers(sheet: Sheet, found: dict[str, tuple[str, ...]], raw: dict[str, Any], settings: dict) -> None:
    """Look for sizes that no school has, and for poverty's unit; turn per cent into shares in ``raw``.

    A poverty column that looks like the other unit is an error. Raises PopulationError.
    """
    for ours in ("teachers", "pupils"):
        tiny = np.flatnonzero((raw[ours] > 0.0) & (raw[ours] < SMALLEST))
        if tiny.size and ours in found:
            row = int(tiny[0])
            allowed = f"allowed is {COLUMNS[ours].about}, at least {SMALLEST:g}"
            fail(sheet, row, found[ours][0], sheet.cells[found[ours][0]][row], allowed)
    name, poverty = found["poverty"][0], raw["poverty"]
    source = sheet.cells[name]
    if settings["poverty_unit"] == "share":
        wrong = np.flatnonzero(poverty > 1.0)
        if wrong.size:
            row = int(wrong[0])
            hint = "a share from 0 to 1 is needed; it looks like per cent, write poverty_unit: percent in options"
            fail(sheet, row, name, source[row], hint)
        return
    told = poverty[~np.isnan(poverty)]
    if told.size and told.max() <= 1.0 and told.max() > 0.0:
        row = int(np.flatnonzero(poverty > 0.0)[0])
        hint = "per cent from 0 to 100 is needed, but no value is above 1: it looks like a share, write "
        fail(sheet, row, name, source[row], hint + "poverty_unit: share in options")
    raw["poverty"] = poverty / 100.0


def rows_kept(
    sheet: Sheet, found: dict[str, tuple[str, ...]], raw: dict[str, Any], settings: dict[str, Any], report: Report
) -> list[int]:
    """Rows that become schools. A row is left out for the first reason that applies; each reason is counted.

    Empty or zero teachers, pupils and poverty are errors, or become NaN to be imputed, as the options say.
    """
    gone = np.zeros(sheet.rows, dtype=bool)

    def drop(mask: np.ndarray, rule: str, column: str, note: str) -> None:
        report.add(rule, column, int((mask & ~gone).sum()), note)
        np.logical_or(gone, mask, out=gone)

    if "status" in raw:
        drop(np.isin(raw["status"], CLOSED_STATUS), "dropped: not open", "status", "closed, inactive or future")
    if "virtual" in raw:
        drop(raw["virtual"] == 1, "dropped: virtual", "virtual", "taught online only")
    if settings["virtual_names"] and "school_name" in raw:
        named = np.array([bool(_VIRTUAL.search(name)) for name in raw["school_name"]])
        drop(named, "dropped: virtual by name", "school_name", "name says virtual, online, cyber or e-learning")
    for column, empty in (("teachers", _empty(raw["teachers"])), ("pupils", _empty(raw["pupils"]))):
        rule = settings[f"no_{column}"]
        if column == "pupils" and "pupils" not in found:
            rule = "impute"  # a table without a pupils column: all are imputed from teachers
        if rule == "drop":
            drop(empty, f"dropped: no {column}", column, "empty or 0")
        elif rule == "error":
            _refuse(sheet, raw, empty & ~gone, column)
        else:
            raw[column] = np.where(empty, np.nan, raw[column])
    if gone.all():
        raise PopulationError(f"{sheet.label}: no row is left; all {sheet.rows} were dropped (closed, virtual, empty)")
    if not ((raw["programme"] == 1) & ~gone).any():
        raise PopulationError(f"{sheet.label}: no school takes part; at least one needs programme = 1")
    both = np.flatnonzero(np.isnan(raw["teachers"]) & np.isnan(raw["pupils"]) & ~gone)
    if both.size:
        _cell_error(sheet, int(both[0]), "neither teachers nor pupils are given; one of them is needed")
    unknown = np.isnan(raw["poverty"]) & ~gone
    if unknown.any() and settings["no_poverty"] == "error":
        row = int(np.flatnonzero(unknown)[0])
        _cell_error(sheet, row, "poverty is empty; write a share, or no_poverty: impute in options")
    if (np.isnan(raw["poverty"]) | gone | (raw["programme"] == 0)).all():
        raise PopulationError(f"{sheet.label}: poverty is empty in all programme schools; it cannot be imputed")
    return [int(i) for i in np.flatnonzero(~gone)]


def _empty(values: np.ndarray) -> np.ndarray:
    return np.isnan(values) | (values == 0.0)


def _refuse(sheet: Sheet, raw: dict[str, Any], empty: np.ndarray, column: str) -> None:
    rows = np.flatnonzero(empty)
    if rows.size:
        row = int(rows[0])
        found = "an empty cell" if np.isnan(raw[column][row]) else "0"
        instead = "drop or from_pupils" if column == "teachers" else "drop or impute"
        allowed = f"{COLUMNS[column].about} (or write no_{column}: {instead} in options)"
        _cell_error(sheet, row, f"{column}: found {found}; {allowed}")


def _cell_error(sheet: Sheet, row: int, text: str) -> NoReturn:
    raise PopulationError(f"{sheet.label}, {sheet.place(row)}: {text}")


def check_districts(sheet: Sheet, found: dict[str, tuple[str, ...]], raw: dict[str, Any], kept: list[int]) -> None:
    """Columns of districts say the same in all rows of a district, or nothing. raw : of the rows kept."""
    for ours in (name for name in found if COLUMNS[name].of_district):
        first: dict[str, int] = {}
        for i, row in enumerate(kept):
            district, value = raw["district_id"][i], raw[ours][i]
            if np.isnan(value):
                continue
            before = first.setdefault(district, i)
            if raw[ours][before] != value:
                told = f"district '{district:.60}' says {raw[ours][before]:.15g} in {sheet.place(kept[before])}"
                name = found[ours][0]
                fail(sheet, row, name, sheet.cells[name][row], f"{told}; the rows of a district have to agree")


def note_unusual(found: dict[str, tuple[str, ...]], raw: dict[str, Any], report: Report) -> None:
    """Note what a table says of districts beyond the plausible range of the scenario's number: allowed, and rare."""
    for ours in (name for name in found if COLUMNS[name].plausible):
        low, high = COLUMNS[ours].plausible or (0.0, 0.0)
        values = np.asarray(raw[ours], float)
        rare = (values < low) | (values > high)
        if rare.any():
            first = int(np.argmax(rare))
            told = f"plausible is {low:g} to {high:g}; the first: district '{raw['district_id'][first]:.40}'"
            report.add("outside the plausible range", ours, int(rare.sum()), f"{told} says {values[first]:.6g}")


def check_unique(sheet: Sheet, raw: dict[str, Any], kept: list[int]) -> None:
    """Every (district id, school id) once."""
    seen: dict[tuple[str, str], int] = {}
    for i, row in enumerate(kept):
        pair = (raw["district_id"][i], raw["school_id"][i])
        if pair in seen:
            raise PopulationError(
                f"{sheet.label}, {sheet.place(seen[pair])} and {sheet.place(row)}: district '{pair[0]:.60}', school "
                f"'{pair[1]:.60}' stands there twice; one row a school is allowed"
            )
        seen[pair] = row
