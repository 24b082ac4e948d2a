"""The stated rules for what a table does not say. Each is counted in the report and looks at programme schools only.

Rules work on columns sorted by (district id, school id), so the order of a table's rows changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from diffusion_sim import rng
from diffusion_sim.population.cells import UNKNOWN
from diffusion_sim.population.keys import ACHIEVEMENT
from diffusion_sim.population.schooltable import LEVELS, LOCALES
from diffusion_sim.state.tables import Bytes, Floats, Ints, Keys

Mask = np.ndarray


@dataclass
class Report:
    """Collects what was imputed, changed, ignored or dropped: (rule, column, schools, note)."""

    rows: list[tuple[str, str, int, str]] = field(default_factory=list)

    def add(self, rule: str, column: str, schools: int, note: str = "", always: bool = False) -> None:
        if schools or always:
            self.rows.append((rule, column, int(schools), note))


def typical_ratio(teachers: Floats, pupils: Floats, use: Mask, fallback: float, highest: float) -> float:
    """Median of pupils per teacher over the schools in ``use`` that tell both and stay below ``highest``."""
    told = use & (teachers > 0) & (pupils > 0)
    with np.errstate(over="ignore"):
        ratio = pupils[told] / teachers[told]
    ratio = ratio[ratio <= highest]
    return float(np.median(ratio)) if ratio.size else fallback


def fill_posts_and_pupils(
    teachers: Floats, pupils: Floats, use: Mask, fallback: float, highest: float | None, report: Report
) -> tuple[Floats, Floats]:
    """Teachers from pupils and pupils from teachers, where one is NaN or the ratio is absurd; both float64 (S,)."""
    limit = np.inf if highest is None else float(highest)
    ratio = typical_ratio(teachers, pupils, use, fallback, limit)
    with np.errstate(invalid="ignore"):
        absurd = pupils > limit * teachers
    no_teachers, no_pupils = np.isnan(teachers), np.isnan(pupils)
    note = f"{ratio:.2f} pupils a teacher, median of the table"
    if not (use & ~no_teachers & ~no_pupils).any():
        note = f"{ratio:.2f} pupils a teacher, as the options say"
    report.add("teachers imputed from pupils", "teachers", no_teachers.sum(), note)
    report.add("teachers imputed: absurd ratio", "teachers", absurd.sum(), f"above {limit:g} pupils a teacher; {note}")
    report.add("pupils imputed from teachers", "pupils", no_pupils.sum(), note)
    teachers = np.where(no_teachers | absurd, pupils / ratio, teachers)
    return teachers, np.where(no_pupils, teachers * ratio, pupils)


def whole_posts(teachers: Floats, minimum: int, report: Report) -> Ints:
    """Whole posts, halves upwards, at least ``minimum``; int32 (S,)."""
    rounded = np.floor(teachers + 0.5)
    report.add("rounded to whole posts", "teachers", (rounded != teachers).sum(), "halves upwards")
    report.add("raised to the smallest school", "teachers", (rounded < minimum).sum(), f"at least {minimum} posts")
    return np.maximum(rounded, minimum).astype(np.int32)


def fill_poverty(poverty: Floats, pupils: Floats, district: Ints, locale: Bytes, use: Mask, report: Report) -> Floats:
    """Empty poverty: pupil-weighted mean of the district; else of the locale; else of all. float64 (S,), shares."""
    out = poverty.copy()
    told = use & ~np.isnan(poverty)
    for group, name in ((district, "district"), (locale.astype(np.int32), "locale")):
        mean = _group_means(poverty, pupils, group, told)[group]
        fill = np.isnan(out) & ~np.isnan(mean)
        out[fill] = mean[fill]
        report.add(f"poverty imputed from the {name}", "poverty", fill.sum(), "pupil-weighted mean")
    rest = np.isnan(out)
    if rest.any():
        out[rest] = np.average(poverty[told], weights=pupils[told])
        report.add("poverty imputed from all schools", "poverty", rest.sum(), "pupil-weighted mean")
    return np.clip(out, 0.0, 1.0)


def _group_means(values: Floats, weights: Floats, group: Ints, told: Mask) -> Floats:
    size = int(group.max()) + 1
    total = np.bincount(group[told], weights=(values * weights)[told], minlength=size)
    weight = np.bincount(group[told], weights=weights[told], minlength=size)
    return np.divide(total, weight, out=np.full(size, np.nan), where=weight > 0)


def fill_share(values: Floats, district: Ints, use: Mask, column: str, report: Report) -> Floats:
    """Empty survey or use shares: mean of the district's schools, else of all that tell; float64 (S,)."""
    told = use & ~np.isnan(values)
    if not told.any():
        told = ~np.isnan(values)
    empty = np.isnan(values)
    mean = _group_means(values, np.ones(values.size), district, told)[district]
    mean = np.where(np.isnan(mean), np.mean(values[told]), mean)
    report.add("empty cells imputed", column, empty.sum(), "mean of the district, else of all schools")
    return np.where(empty, mean, values)


def fill_district(values: Floats, district: Ints, column: str, report: Report) -> Floats:
    """Empty cells of a column of districts: what the district's other rows say, else NaN; float64 (S,)."""
    told = ~np.isnan(values)
    of_district = np.full(int(district.max()) + 1, np.nan)
    of_district[district[told]] = values[told]
    filled = of_district[district]
    report.add("empty cells filled", column, (~told & ~np.isnan(filled)).sum(), "as other rows of the district say")
    report.add("districts that say nothing", column, np.isnan(filled).sum(), "as without the column")
    return filled


def level_from_grades(low: np.ndarray, high: np.ndarray) -> Bytes:
    """Level by lowest and highest grade, as in the Common Core of Data; uint8 (S,), UNKNOWN where ungraded.

    Primary: PK-3 to PK-8; middle: 4-7 to 4-9; high: 7-12 to 12 (13 counts as 12); any other span: other.
    """
    out = np.full(low.size, 3, dtype=np.uint8)
    out[(low >= 7) & (low <= 12) & (high >= 12)] = 2
    out[(low >= 4) & (low <= 7) & (high >= 4) & (high <= 9)] = 1
    out[(low <= 3) & (high <= 8)] = 0
    out[(low == UNKNOWN) | (high == UNKNOWN)] = UNKNOWN
    return out


def fill_level(level: Bytes, report: Report) -> Bytes:
    """Unknown levels become "other"."""
    unknown = level == UNKNOWN
    report.add("level unknown, taken as other", "level", unknown.sum(), f"one of {', '.join(LEVELS)}")
    return np.where(unknown, 3, level).astype(np.uint8)


def fill_locale(locale: Bytes, district: Ints, use: Mask, report: Report) -> Bytes:
    """Unknown locale: the district's commonest, else the table's; suburb for all where the table has none."""
    unknown = locale == UNKNOWN
    if not unknown.any():
        return locale
    told = use & ~unknown
    if not told.any():
        told = ~unknown
    if not told.any():
        report.add("locale unknown, taken as suburb", "locale", unknown.sum(), "all schools alike")
        return np.full(locale.size, 1, dtype=np.uint8)
    counts = np.zeros((int(district.max()) + 1, len(LOCALES)), dtype=np.int64)
    np.add.at(counts, (district[told], locale[told]), 1)
    overall = int(counts.sum(axis=0).argmax())
    mode = np.where(counts.sum(axis=1) > 0, counts.argmax(axis=1), overall)
    report.add("locale imputed", "locale", unknown.sum(), "commonest of the district, else of the table")
    return np.where(unknown, mode[district], locale).astype(np.uint8)


def standardise(values: Floats, use: Mask) -> Floats:
    """(values - mean) / SD, both over ``use`` (each school once, SD with n); zeros where all are alike."""
    mean, sd = np.mean(values[use]), np.std(values[use])
    if not sd > 1e-12 * abs(mean):
        return np.zeros(values.size)
    return (values - mean) / sd


def achievement_from_poverty(poverty: Floats, keys: Keys, use: Mask, correlation: float, seed: int) -> Floats:
    """r z(poverty) + sqrt(1 - r^2) keyed N(0, 1), float64 (S,), SD units; ``seed`` 0 for tables."""
    noise = rng.normals(seed, keys, 0, ACHIEVEMENT, 0)
    return correlation * standardise(poverty, use) + np.sqrt(1.0 - correlation**2) * noise


def achievement(
    parts: list[Floats], poverty: Floats, keys: Keys, use: Mask, correlation: float, report: Report
) -> Floats:
    """Mean of the standardised parts, standardised; schools that tell no part are imputed from poverty.

    parts : columns float64 (S,), NaN where empty; may be none. Returns float64 (S,), mean 0 and SD 1 over ``use``.
    """
    scores = np.full((len(parts), poverty.size), np.nan)
    for row, part in enumerate(parts):
        told = use & ~np.isnan(part)
        if told.any():
            scores[row] = standardise(part, told)
    told = (~np.isnan(scores)).sum(axis=0)
    some = told > 0
    value = np.zeros(poverty.size)
    value[some] = np.nansum(scores[:, some], axis=0) / told[some]
    report.add("a part of achievement empty", "achievement", (some & (told < len(parts))).sum(), "mean of the others")
    if (some & use).any():
        value[some] = standardise(value, some & use)[some]
    if not some.all():
        guess = achievement_from_poverty(poverty, keys, use, correlation, seed=0)
        value[~some] = guess[~some]
        note = f"correlation {correlation:g} with poverty, keyed by the school's ids, the same for every seed"
        report.add("achievement imputed from poverty", "achievement", (~some).sum(), note)
    out = standardise(value, use)
    if not out[use].any():
        report.add("achievement the same in all schools", "achievement", out.size, "set to 0")
    return out
