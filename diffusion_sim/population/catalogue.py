"""Every column and option a table of schools may have: name, kind, bounds, in one place for checks and docs."""

from __future__ import annotations

from dataclasses import dataclass

from diffusion_sim.population.schooltable import TEACHERS_MAX
from diffusion_sim.state.codes import EVALUATION, INSTRUMENTS


@dataclass(frozen=True)
class Column:
    """One column of ours. kind: id, number, share, flag, level, locale, grade, status, name, text. of_district: all
    rows of a district say the same; drawn_if_empty: where the table says nothing the scenario does; plausible: range
    of the scenario's number, beyond which a note is made."""

    name: str
    kind: str
    about: str
    low: float = float("-inf")
    high: float = float("inf")
    required: bool = False
    of_district: bool = False
    drawn_if_empty: bool = False
    plausible: tuple[float, float] | None = None


READINESS = ("readiness_focus", "readiness_time", "readiness_team", "readiness_district")

# Alignment of each instrument with the practice, of the district.
ALIGNMENT = tuple(f"alignment_{instrument}" for instrument in INSTRUMENTS)

MOST_YEARS = 80.0  # in post
# What is said of a district; bounds are those of the scenario's number.
_TRAITS = (
    ("centralisation", "share", "authority of the district's mandate, 0 to 1", 0.0, 1.0, (0.2, 0.8)),
    ("autonomy", "share", "teachers' autonomy in the district, 0 to 1", 0.0, 1.0, (0.2, 0.8)),
    ("regime", "number", "strength of accountability in the district, 0 to 3", 0.0, 3.0, (0.0, 1.5)),
    ("fit", "number", "fit of the district's practice, -2 to 3", -2.0, 3.0, (0.7, 1.3)),
    ("complexity", "number", "complexity of the district's practice, 1 = usual, 0 to 10", 0.0, 10.0, (0.6, 1.4)),
    (
        "effect", "number", "effect of the district's practice on pupils, SD per school year, -5 to 5", -5.0, 5.0,
        (0.3, 0.55),
    ),
    ("board", "share", "support of the district's school board, 0 to 1", 0.0, 1.0, (0.5, 0.7)),
    *(
        (
            f"alignment_{word}", "share", f"alignment of the district's {word} with the practice, 0 to 1", 0.0, 1.0,
            (0.1, 0.5) if j == EVALUATION else (0.45, 0.65),
        )
        for j, word in enumerate(INSTRUMENTS)
    ),
    (
        "superintendent_years", "number", "the superintendent's years in post at the start, 0 to 80", 0.0, MOST_YEARS,
        None,
    ),
)  # fmt: skip
COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("district_id", "id", "district, text", required=True),
        Column("school_id", "id", "school, text, unique within its district", required=True),
        Column("teachers", "number", "teaching posts or full-time equivalents, > 0", 0.0, TEACHERS_MAX, required=True),
        Column("poverty", "number", "share of pupils with low income, 0 to 1 (or per cent)", 0.0, 100.0, required=True),
        Column("pupils", "number", "pupils, > 0", 0.0, 1e6),
        Column("achievement", "number", "test result, any scale up to 1e9; several columns are averaged", -1e9, 1e9),
        Column("level", "level", "elementary, middle, high or other"),
        Column("locale", "locale", "city, suburb, town or rural, or an NCES locale code 11 to 43"),
        Column("programme", "flag", "1 or true: the school can take part; 0 or false: it cannot"),
        Column("designated", "flag", "1 or true: accountability names the school; 0 or false: it does not"),
        *(Column(name, "share", "surveyed readiness condition, 0 to 1", 0.0, 1.0) for name in READINESS),
        Column("initial_use", "share", "share of teachers who use the practice at the start", 0.0, 1.0),
        *(Column(*said, of_district=True, drawn_if_empty=True, plausible=usual) for *said, usual in _TRAITS),
        Column(
            "principal_years", "number", "the principal's years in post at the start, 0 to 80", 0.0, MOST_YEARS,
            drawn_if_empty=True,
        ),
        Column("network", "name", "name of the improvement network, empty = in none"),
        Column("latitude", "number", "degrees north", -90.0, 90.0),
        Column("longitude", "number", "degrees east", -180.0, 180.0),
        # columns from which others are worked out
        Column("staff_per_1000", "number", "all staff per 1,000 pupils", 0.0, 1000.0),
        Column("grade_low", "grade", "lowest grade: PK, KG, 01 to 13"),
        Column("grade_high", "grade", "highest grade: PK, KG, 01 to 13"),
        Column("status", "status", "NCES operational status, word or code 1 to 8"),
        Column("virtual", "flag", "1 or true: taught online only"),
        Column("school_name", "text", "name of the school, used to recognise virtual schools"),
    )
}

# option: (allowed types, allowed words or (low, high), what it does)
OPTIONS: dict[str, tuple[tuple[type, ...], tuple | None, str]] = {
    "poverty_unit": ((str,), ("share", "percent"), "unit of the poverty column"),
    "no_teachers": ((str,), ("error", "drop", "from_pupils"), "schools whose teachers cell is empty or 0"),
    "no_pupils": ((str,), ("error", "drop", "impute"), "schools whose pupils cell is empty or 0"),
    "no_poverty": ((str,), ("error", "impute"), "schools whose poverty cell is empty"),
    "teachers_min": ((int,), (1, 100), "smallest number of teaching posts; smaller schools are raised to it"),
    "teachers_per_staff": ((float, int), (0.05, 1.0), "teachers as a share of all staff, for staff_per_1000"),
    "pupils_per_teacher": ((float, int), (1.0, 100.0), "used where pupils or teachers cannot be told from the table"),
    "pupils_per_teacher_max": ((float, int), (1.0, 1e6), "above it the teachers column is not believed"),
    "achievement_poverty_correlation": ((float, int), (-0.99, 0.99), "used where achievement is unknown"),
    "virtual_names": ((bool,), None, "also drop schools whose name says virtual, online or cyber"),
    "where": ((dict,), None, "their column: value or list of values; only these rows are taken"),
    "delimiter": ((str,), (",", ";", "\t", "|"), "CSV: what separates cells"),
    "decimal": ((str,), (".", ","), "text: the decimal mark"),
    "encoding": ((str,), None, "CSV: the file's encoding, such as utf-8 or latin-1"),
    "sheet": ((str,), None, "Excel: name of the sheet; the first one unless given"),
}

DEFAULT_OPTIONS: dict[str, object] = {
    "poverty_unit": "share",
    "no_teachers": "error",
    "no_pupils": "error",
    "no_poverty": "error",
    "teachers_min": 2,  # a school of one teacher has no colleagues
    "teachers_per_staff": 0.75,  # 13.2 pupils a head of staff against 17.3 a teacher (NCES Common Core of Data)
    "pupils_per_teacher": 15.4,  # median of US districts, NCES 100 Largest School Districts 2008-09
    "pupils_per_teacher_max": None,
    "achievement_poverty_correlation": -0.65,
    "virtual_names": False,
    "where": None,
    "delimiter": None,
    "decimal": None,
    "encoding": None,
    "sheet": None,
}
