"""The story's parts, as the terminal and the page show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from diffusion_sim.analysis.story import teachers_told
from diffusion_sim.analysis.story import year_told as told
from diffusion_sim.analysis.story.follow import ALL, Followed
from diffusion_sim.analysis.story.schools_told import COMPARED, chosen, school_told
from diffusion_sim.analysis.story.words import NOTHING, Row, Section, index, many, number, percent, points, sd
from diffusion_sim.school_year import WEEKS_PER_YEAR

_TITLES = {1: "One school", 2: "Two schools", 3: "Three schools"}
_MEASURES = {
    "reach": "reach: teachers who use it",
    "deep_use": "deep use",
    "mean_depth": "mean depth among users",
    "pupil_gain_sd": "pupils' gain, SD so far",
}


def sections_of(seen: Followed, schools: pd.DataFrame, compared: pd.DataFrame) -> list[Section]:
    """Head, years, years in numbers, schools, the same seed without a programme."""
    alone = len(seen.model.world.district_ids) == 1
    years = [_year(seen, year, alone) for year in range(1, len(seen.years))]
    said = [] if alone else ["Of the district, and of all districts (all)."]
    numbers = in_numbers(seen.years, alone, said)
    return [_head(seen, alone), *years, numbers, _schools(schools), without(compared, seen.model, alone)]


def _head(seen: Followed, alone: bool) -> Section:
    model = seen.model
    size, teachers = seen.last - seen.first, seen.years[0]["teachers"]
    strategy = model.strategy or "the scenario's own strategy"
    support = model.support_weeks // WEEKS_PER_YEAR
    after = model.weeks // WEEKS_PER_YEAR - support
    district = model.world.district_ids[seen.row]
    others = "the only district" if alone else f"one of {number(len(model.world.district_ids))} districts"
    whole = float(model.world.schools.classes[seen.rows].sum())
    some = "" if teachers == whole else f" for whom the practice is, of {number(whole)}"
    outside = "" if seen.programme == size else f" Of its schools {number(seen.programme)} can take part."
    first = seen.years[0]
    use = f"At the start {percent(first['reach'])} of its teachers used the practice"
    deep = f", {percent(first['deep_use'])} in deep use" if first["deep_use"] > 0 else ""
    start = f"{use}{deep}." if first["reach"] > 0 else "At the start none of its teachers used the practice."
    return Section(
        f"{model.case.title}: what happened in district {district}",
        [
            f"One run of seed {model.seed}; another seed tells another story.",
            f"Strategy: {strategy}; {many(support, 'year')} of support and {many(after, 'year')} after it. District "
            f"{district}, {others}: {many(size, 'school')}, {many(teachers, 'teacher')}{some}, "
            f"{many(float(model.state.schools.pupils[seen.rows].sum()), 'pupil')}.{outside} {start}",
            "A year's account includes the summer before it. Where several causes worked together a trial is credited "
            "to each by its share. Pupils' gain has the year's chance in it: only its difference to the same seed "
            "without a programme, at the end, is the programme's. What did not happen is not told.",
            *changed(model),
        ],
    )


def changed(model: Any) -> list[str]:
    """What was set otherwise than in the scenario."""
    return [f"Changed: {'; '.join(model.case.changed)}."] if model.case.changed else []


def _year(seen: Followed, year: int, alone: bool) -> Section:
    row = seen.years[year]
    gates = [gate for gate in seen.gates if gate["year"] == year]
    parts = [
        told.events([event for event in seen.events if event[0] == year]),
        [] if seen.idle else told.money_and_hours(row, seen.purse.shared),
        told.district(row),
        told.schools(row) + told.stages(row, gates),
        teachers_told.variants(row) + told.structures(row),
        told.came_and_went(row),
        teachers_told.teachers(row),
        teachers_told.skill(row),
        told.ended(row, seen.years[year - 1], alone),
    ]
    title = year_title(seen.model, year, row["phase"])
    return Section(title, [" ".join(sentences) for sentences in parts if sentences])


def year_title(model: Any, year: int, phase: str) -> str:
    """``Year 2 of support``, ``Year 4, 1 after support``."""
    after = year - model.support_weeks // WEEKS_PER_YEAR
    return f"Year {year} of support" if phase == "support" else f"Year {year}, {after} after support"


def in_numbers(years: Sequence[Row], alone: bool, said: list[str]) -> Section:
    """A table of the years; ``alone`` : there is nobody to hold them against."""
    endings = [""] if alone else ["", ALL]
    columns = ["at the end of", *(_short(name, ending) for name in _MEASURES for ending in endings)]
    rows = []
    for row in years:
        after = " (after)" if row["phase"] in ("after", "own") else ""
        label = "start" if row["year"] == 0 else f"year {row['year']}{after}"
        rows.append([label, *(_cell(name, row[name + ending]) for name in _MEASURES for ending in endings)])
    return Section("The years in numbers", said, columns, rows)


def _short(name: str, ending: str) -> str:
    short = {"reach": "reach", "deep_use": "deep", "mean_depth": "depth", "pupil_gain_sd": "gain SD"}[name]
    return short if not ending else "all"


def _cell(name: str, value: float) -> str:
    if name == "mean_depth":
        return index(value)
    return sd(value) if name == "pupil_gain_sd" else percent(value)


def _schools(table: pd.DataFrame) -> Section:
    mean = {name: float(table[name].mean()) for name in COMPARED}
    said = [f"{row['school_id']}, {place}: {' '.join(school_told(row, mean))}" for place, row in chosen(table)]
    return Section(_TITLES[len(said)], said)


def without(compared: pd.DataFrame, model: Any, alone: bool, others: str = "  all districts") -> Section:
    """The end beside the same seed without a programme; others : label of the rows of whom it is held against."""
    title = "The same seed without a programme"
    if compared.empty:
        return Section(title, ["This is a run without a programme: there is nothing to compare it with."])
    endings = [""] if alone else ["", ALL]
    rows = []
    for row in compared.to_dict("records"):
        name = str(row["measure"])
        for ending in endings:
            label = _MEASURES[name] if not ending else others
            cells = [_cell(name, row[f"{which}{ending}"]) for which in ("story", "none")]
            rows.append([label, *cells, _difference(name, row[f"difference{ending}"])])
    last = model.weeks // WEEKS_PER_YEAR
    said = ["World and random draws are the same, the strategy is none. One run is one draw; what a strategy does on "
            "average: diffusion-sim compare."]  # fmt: skip
    return Section(title, said, [f"at the end of year {last}", "here", "none", "difference"], rows)


def _difference(name: str, value: float) -> str:
    if name in ("reach", "deep_use"):
        return points(value)
    return NOTHING if value != value else f"{value:+.2f}" if name == "mean_depth" else sd(value, signed=True)
