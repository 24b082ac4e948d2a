"""The population's columns before any seed-specific draw: one row a school, sorted by (district id, school id)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

LEVELS = ("elementary", "middle", "high", "other")
LOCALES = ("city", "suburb", "town", "rural")
CHANGE = ("rule", "column", "schools", "note")  # of a thing imputed, changed, ignored or dropped
TEACHERS_MAX = 60_000  # posts of one school: a person's tag has 16 bits for the post number


@dataclass(frozen=True, eq=False)
class SchoolTable:
    """Schools of a world, shape (S,) unless said, rows sorted by (district_id, school_id) as text.

    district_id, school_id : text, unique as a pair; random draws are keyed by them, never by the row
    teachers : int32, teaching posts, 1 to 60,000 (tables are raised to `teachers_min`, 2 unless said otherwise)
    pupils : float64, pupils, > 0
    poverty : float64, share of pupils with low income, in [0, 1]
    achievement : float64, mean 0 and SD 1 over programme schools, each school counted once
    level : uint8, row of LEVELS; locale : uint8, row of LOCALES; programme : uint8, 1 = can take part
    designated : uint8, 1 = accountability names the school; None where the table has none: the lowest are named
    readiness : float64 (S, 4), surveyed focus, time, team, district in [0, 1]; None where the table has none
    initial_use : float64, share of teachers who use the practice at the start; None where the table has none
    centralisation, autonomy, regime, fit, complexity, effect, board : float64, of the district, alike in its rows; NaN
        where a district says nothing; each None where the table has none
    alignment_standards and those of the five other instruments : float64, of the district, likewise
    principal_years, superintendent_years : float64, years in post at the start, the second of the district; likewise
    network : list of hub names, "" = in no hub; None where the table has none
    latitude, longitude : float64 degrees, NaN = unknown; None where the table has none
    changes : (rule, column, schools, note) for each thing imputed, changed, ignored or dropped
    """

    district_id: list[str]
    school_id: list[str]
    teachers: NDArray[np.int32]
    pupils: NDArray[np.float64]
    poverty: NDArray[np.float64]
    achievement: NDArray[np.float64]
    level: NDArray[np.uint8]
    locale: NDArray[np.uint8]
    programme: NDArray[np.uint8]
    changes: tuple[tuple[str, str, int, str], ...]
    readiness: NDArray[np.float64] | None = None
    initial_use: NDArray[np.float64] | None = None
    network: list[str] | None = None
    latitude: NDArray[np.float64] | None = None
    longitude: NDArray[np.float64] | None = None
    centralisation: NDArray[np.float64] | None = None
    autonomy: NDArray[np.float64] | None = None
    regime: NDArray[np.float64] | None = None
    fit: NDArray[np.float64] | None = None
    complexity: NDArray[np.float64] | None = None
    effect: NDArray[np.float64] | None = None
    board: NDArray[np.float64] | None = None
    principal_years: NDArray[np.float64] | None = None
    superintendent_years: NDArray[np.float64] | None = None
    designated: NDArray[np.uint8] | None = None
    alignment_standards: NDArray[np.float64] | None = None
    alignment_pacing: NDArray[np.float64] | None = None
    alignment_materials: NDArray[np.float64] | None = None
    alignment_assessment: NDArray[np.float64] | None = None
    alignment_evaluation: NDArray[np.float64] | None = None
    alignment_coaching: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __len__(self) -> int:
        return len(self.school_id)

    @cached_property
    def report(self) -> pd.DataFrame:
        """``changes`` as a table with columns CHANGE."""
        import pandas as pd

        return pd.DataFrame(list(self.changes), columns=list(CHANGE))

    def summary(self) -> dict[str, int | float]:
        """Counts and means in one small dict: schools, districts, teachers, pupils, poverty (unweighted mean)."""
        return {
            "schools": len(self),
            "programme_schools": int(self.programme.sum()),
            "districts": len(set(self.district_id)),
            "teachers": int(self.teachers.sum()),
            "pupils": float(self.pupils.sum()),
            "mean_teachers": float(self.teachers.mean()),
            "mean_poverty": float(self.poverty.mean()),
        }

    def equals(self, other: SchoolTable) -> bool:
        """True where every column is equal bit for bit (NaN equals NaN); changes are not compared."""
        for field in fields(self):
            if field.name == "changes":
                continue
            a, b = getattr(self, field.name), getattr(other, field.name)
            if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
                if a.dtype != b.dtype or not np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
                    return False
            elif isinstance(a, np.ndarray) or isinstance(b, np.ndarray) or a != b:
                return False
        return True
