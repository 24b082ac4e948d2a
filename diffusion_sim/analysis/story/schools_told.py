"""Three schools of the district: most, middle and least deep use at the end, with what the state says of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from diffusion_sim.analysis.story.follow import Followed
from diffusion_sim.analysis.story.teachers_told import causes_said, tried
from diffusion_sim.analysis.story.words import if_any, index, listed, many, number, part, percent, sentence, times
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import FLOWS

_STATE = ["school_id", "teachers", "poverty", "deep_use", "reach"]
_STATE += ["readiness_start", "readiness", "leadership", "trust"]
# What a school is held against: the mean of the district's schools.
COMPARED = ("readiness_start", "readiness", "leadership", "hours_per_teacher")


def school_table(seen: Followed) -> pd.DataFrame:
    """One row a school of the district, most deep use at the end first (ties: reach, then id).

    school_id, programme, teachers, poverty; deep_use, reach at the end; readiness_start, readiness, leadership
    (coherence), trust; hours, hours_building (person-hours), hours_per_teacher (per post that teaches); FLOWS so far;
    entered, left, mandated, broken, ended : years in which it happened, as lists; support : years of support.
    """
    model = seen.model
    frame = model.schools_frame().iloc[seen.rows].reset_index(drop=True)
    schools = model.state.schools[seen.rows]
    table = frame[_STATE].copy()
    table.insert(1, "programme", schools.programme == 1)
    for name in ("hours", "hours_building"):
        table[name] = seen.by_school[name].sum(axis=0)
    table["hours_per_teacher"] = table["hours"] / table["teachers"]
    flows = pd.DataFrame(seen.flows[-1], columns=list(FLOWS))
    yearly = np.diff(seen.flows, axis=0)
    for name, values in (
        ("entered", yearly[:, :, FLOWS.index("school_entries")]),
        ("left_programme", yearly[:, :, FLOWS.index("school_exits")]),
        ("mandated", seen.by_school["mandated"][1:]),
        ("broken", yearly[:, :, FLOWS.index("mandates_broken")]),
        ("ended", seen.by_school["mandates_ended"][1:]),
    ):
        table[name] = [[int(y) + 1 for y in np.flatnonzero(values[:, s] > 0)] for s in range(len(table))]
    table["support"] = model.support_weeks // WEEKS_PER_YEAR
    table["stayed"] = seen.by_school["handed_over"].sum(axis=0) > 0
    table = pd.concat([table, flows], axis=1)
    return table.sort_values(["deep_use", "reach", "school_id"], ascending=[False, False, True], ignore_index=True)


def _until(years: list[int], end: int) -> list[int]:
    return [year for year in years if year <= end]


def _after(years: list[int], end: int) -> list[int]:
    return [year for year in years if year > end]


def chosen(table: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    """(place, row) of the schools told of: most, middle and least; fewer where there are fewer than three."""
    last = len(table) - 1
    places = {"most deep use": 0, "in the middle": last // 2, "least deep use": last}
    if last < 2:
        places = {"most deep use": 0, "least deep use": last} if last else {"the only school": 0}
    return [(place, table.iloc[row].to_dict()) for place, row in places.items()]


def school_told(row: dict[str, Any], mean: dict[str, float]) -> list[str]:
    """Sentences about one school. mean : COMPARED, of the district's schools."""

    def beside(name: str) -> str:
        return f"{index(row[name])} ({index(mean[name])})"

    said = [f"{many(row['teachers'], 'teacher')}, {percent(row['poverty'])} of pupils with low income."]
    deep = f", {percent(row['deep_use'])} in deep use" if row["deep_use"] > 0 else ""
    use = f"{percent(row['reach'])} of teachers used the practice{deep}"
    said += [f"At the end {use if row['reach'] > 0 else 'nobody used the practice'}."]
    said += [
        f"Readiness was {beside('readiness_start')} at the start and {beside('readiness')} at the end, leadership "
        f"coherence {beside('leadership')}; in brackets the mean of the district's schools."
    ]
    if not row["programme"]:
        said.append("It could not take part in the programme.")
    said += sentence(
        [
            _in_years("it entered the programme", _until(row["entered"], row["support"])),
            _in_years("left it before its end", _until(row["left_programme"], row["support"])),
            "was in it when support ended" if row["stayed"] else "",
            _in_years("gave up what was kept of it", _after(row["left_programme"], row["support"])),
            _in_years("came to it after support", _after(row["entered"], row["support"])),
        ]
    )
    said += sentence(
        [
            _in_years("it was mandated", row["mandated"]),
            _in_years("a mandate was broken", row["broken"]),
            _in_years("a mandate ended as promised", row["ended"]),
        ]
    )
    hours, building = row["hours_per_teacher"], row["hours_building"]
    said += sentence(
        [
            f"{part(hours)} hours of support for each teacher came in all ({part(mean['hours_per_teacher'])})"
            if hours >= 0.05
            else "",
            f"{number(building)} person-hours went into its conditions" if round(building) else "",
        ]
    )
    n = row["principals_left"]
    said += sentence([if_any(n, f"its principal changed {times(n)}")])
    return said + _teachers(row)


def _teachers(row: dict[str, Any]) -> list[str]:
    n, compliant = tried(row), row["trial_compliant"]
    stops = row["stop_owned"] + row["stop_compliant"]
    said = []
    if n > 0:
        complied = if_any(compliant, f", {number(compliant)} of them in compliance")
        said = sentence([f"{many(n, 'trial')} began{complied}: {listed(causes_said(row))}"])
    return said + sentence(
        [
            if_any(row["routine"], f"{number(row['routine'])} became routine"),
            if_any(stops, f"{number(stops)} stopped"),
            if_any(row["left_users"], f"{many(row['left_users'], 'user')} left"),
        ]
    )


def _in_years(what: str, years: list[int]) -> str:
    return f"{what} in year {listed([str(year) for year in years])}" if years else ""
