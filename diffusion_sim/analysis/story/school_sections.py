"""The parts of a school's story, as the terminal and the page show them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from diffusion_sim.analysis.story import pupils, teachers_told, year_told
from diffusion_sim.analysis.story import school_year_told as told
from diffusion_sim.analysis.story.follow_school import FollowedSchool
from diffusion_sim.analysis.story.people import AS_COACH, LEADER, MEMBER, Who
from diffusion_sim.analysis.story.sections import changed, in_numbers, without, year_title
from diffusion_sim.analysis.story.words import NOTHING, Section, index, many, number, percent, sd, sentence
from diffusion_sim.population.schooltable import LEVELS, LOCALES
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.use import is_deep

_STAGE = {"UNAWARE": "unaware", "AWARE": "aware", "TRIAL": "try", "ROUTINE": "rout", "DISCONTINUED": "stop"}
DISTRICT = "the district's schools"
UNNAMED = "the scenario's own strategy"


def sections_of(seen: FollowedSchool, pupil: pd.DataFrame, compared: pd.DataFrame) -> list[Section]:
    """Head, years, leaders, persons, numbers, pupils, what stayed, the same seed without a programme."""
    district = seen.model.state.districts[seen.row]
    alone = int(district.last) - int(district.first) == 1
    parts = [_head(seen), *(_year(seen, year, alone) for year in range(1, len(seen.years)))]
    parts += [part for part in (_leaders(seen), _teams(seen), _persons(seen)) if part.rows]
    said = [] if alone else ["Of the school, and of all schools of the district (all)."]
    parts.append(in_numbers(seen.years, alone, said))
    parts += [_pupils(pupil)] if len(pupil) else []
    parts += [_stayed(seen)] if seen.model.weeks > seen.model.support_weeks > 0 else []
    return [*parts, without(compared, seen.model, alone, "  the district")]


_NAMES = (
    "T7 is the person who was in post 7 at the start, T7.2 the second one hired into it; who was first hired in "
    "another school is named with it, such as S0003/T7. A year's account includes the summer before it; its weeks are "
    "counted from 1 to 36. Where several causes worked together a trial is credited to each by its share. Pupils' gain "
    "has the year's chance in it: only its difference to the same seed without a programme is the programme's. What "
    "did not happen is not told."
)


def _head(seen: FollowedSchool) -> Section:
    model, row = seen.model, seen.years[0]
    school, name = model.state.schools[seen.s], seen.people.school_id(seen.s)
    support = model.support_weeks // WEEKS_PER_YEAR
    after = model.weeks // WEEKS_PER_YEAR - support
    kind = f"{LEVELS[int(school.level)]}, {LOCALES[int(school.locale)]}"
    posts, pupil = many(row["teachers"], "teacher"), many(float(school.pupils), "pupil")
    size = f"{posts}, {pupil}, {percent(float(school.poverty))} of them with low income"
    deep = f" ({number(row['deep'])} in deep use)" if row["deep"] else ""
    start = f"{many(row['users'], 'teacher')} used the practice{deep}" if row["users"] else "nobody used the practice"
    climate = [f"{what} {index(row[key])}" for key, what in (("coherence", "leadership coherence"), ("trust", "trust"))]
    return Section(
        f"{model.case.title}: what happened in school {name}",
        [
            f"One run of seed {model.seed}; another seed tells another story.",
            f"Strategy: {model.strategy or UNNAMED}; {many(support, 'year')} of support and {many(after, 'year')} "
            f"after it. School {name} of district {model.world.district_ids[seen.row]} ({kind}): {size}."
            + _concerned(school)
            + ("" if school.programme == 1 else " It cannot take part in the programme.")
            + f" Readiness was {index(row['readiness'])}, {', '.join(climate)}. At the start {start}.",
            _NAMES,
            *changed(model),
        ],
    )


def _concerned(school: Any) -> str:
    others = int(school.classes) - int(school.teaching)
    return f" The practice is not for {many(others, 'other')}, of whom nothing is told." if others else ""


def _year(seen: FollowedSchool, year: int, alone: bool) -> Section:
    row, before = seen.years[year], seen.years[year - 1]
    parts = [
        year_told.events([event for event in seen.events if event[0] == year]),
        told.programme(row) + _stage(seen, year),
        told.came_and_went(seen, year) + year_told.leaders_left(row),
        told.structure(row, before) + told.leaders(seen, year) + told.teams(seen, year),
        year_told.hours(row, "the school's conditions") + told.leaders_hours(row),
        told.variants(row),
        teachers_told.teachers(row),
        told.use_by_person(seen, year),
        teachers_told.skill(row),
        year_told.ended(row, before, alone, DISTRICT) + told.quality(seen, year),
    ]
    return Section(year_title(seen.model, year, row["phase"]), [" ".join(some) for some in parts if some])


def _stage(seen: FollowedSchool, year: int) -> list[str]:
    """Gates of the district, and its stage at the year's end."""
    row, verdicts = seen.years[year], [gate for gate in seen.gates if gate["year"] == year]
    stage = int(row["stage"]) if row["phase"] in ("support", "own") and row["stage"] > 0 else 0
    where = f"at the year's end the district stood in stage {stage} ({year_told.STAGES[stage]})" if stage else ""
    return year_told.gates_told(verdicts) + sentence([where])


# ---- tables ----------------------------------------------------------------------------------------------------------
def _years_of(seen: FollowedSchool) -> list[int]:
    return list(range(1, len(seen.years)))


def _leaders(seen: FollowedSchool) -> Section:
    """Each leader or coach: prior growth, skill when named and at each year's end."""
    years = _years_of(seen)
    rows = []
    for event in [e for e in seen.people.happened if e["event"] in ("leads", "coaches")]:
        ends = {r["year"]: r for r in seen.people.by_year if r["who"] == event["who"] and r["year"] >= event["year"]}
        cells = [_skill(ends[year]) if year in ends else "" for year in years]
        rows.append(
            [
                seen.people.name(event["who"]),
                str(event["year"]),
                f"{event['growth']:+.2f}",
                index(event["skill"]),
                *cells,
            ]
        )
    columns = ["who", "since", "growth", "named", *(f"year {year}" for year in years)]
    said = [
        "Since which year, prior growth as the school sees it (SD of teachers), skill when named and at the end of "
        "each year while the person is here; in brackets where the person does not lead or coach then."
    ]
    return Section("Leaders" if any(seen.people.teams.values()) else "Coaches", said, columns, rows)


def _skill(row: dict[str, Any]) -> str:
    return index(row["skill"]) if row["role"] in ("leader", "coach") else f"({index(row['skill'])})"


def _teams(seen: FollowedSchool) -> Section:
    """Each team by year: leader's skill, members, users among them and the quality of their use."""
    rows = []
    for year, teams in seen.people.teams.items():
        there = {row["who"]: row for row in seen.people.by_year if row["year"] == year}
        for leader, members in teams:
            users = [there[who]["quality"] for who in members if there[who]["using"]]
            mean = index(sum(users) / len(users)) if users else NOTHING
            lead = there[leader]
            rows.append(
                [
                    f"year {year}, {seen.people.name(leader)}",
                    index(lead["quality"]),
                    str(len(members)),
                    str(len(users)),
                    mean,
                ]
            )
    columns = ["led by", "quality", "members", "users", "their quality"]
    said = [
        "At the end of each year: quality of the leader's use, how many are led, how many of them use the practice, "
        "and the mean quality of their use."
    ]
    return Section("Teams", said, columns, rows)


def _persons(seen: FollowedSchool) -> Section:
    """Everybody who ever used the practice here, by year's end."""
    years, by_year = range(len(seen.years)), seen.people.by_year
    used = {row["who"] for row in by_year if row["stage"] in ("TRIAL", "ROUTINE", "DISCONTINUED")}
    used |= {event["who"] for event in seen.people.happened if event["event"] == "began"}
    everybody = list(dict.fromkeys([row["who"] for row in by_year] + [who for who in seen.people.came]))
    at = {(row["who"], row["year"]): row for row in by_year}
    rows = [
        [seen.people.name(who), *(_cell(at.get((who, year))) for year in years)] for who in everybody if who in used
    ]
    others = len(everybody) - len(rows)
    said = (
        "Everybody who used the practice while here: stage (try: in trial; rout: in routine; stop: stopped) and skill "
        "at the end of each year; + led a team, = was led, * coached; empty where the person was not here."
    )
    said += f" {many(others, 'other person', 'others')} never used it here." if others else ""
    return Section("Person by person", [said], ["who", "start", *(f"year {year}" for year in years if year)], rows)


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    mark = {LEADER: "+", MEMBER: "=", AS_COACH: "*"}.get(row["role"], "")
    skill = "1.0" if row["skill"] >= 0.995 else f"{row['skill']:.2f}"[1:]
    return _STAGE[row["stage"]] + (f" {skill}" if row["stage"] not in ("UNAWARE", "AWARE") else "") + mark


def _pupils(table: pd.DataFrame) -> Section:
    words = {pupils.LED: "those who are led", pupils.LEADING: "leaders", pupils.ALL: "all who teach here"}
    rows = []
    teams = (table["whose"] == pupils.LED).any()
    for row in table.to_dict("records"):
        if row["compared"] > 0:
            ranks = [NOTHING if rank != rank else f"{rank:.0f}" for rank in (row["percentile"], row["percentile_none"])]
            gains = [sd(row["gain"]), sd(row["none"]), sd(row["difference"], signed=True)]
            label = f"year {row['year']}, {words[row['whose']]}" if teams else f"year {row['year']}"
            rows.append([label, str(row["compared"]), *gains, *ranks])
    said = [
        "Pupils of those who teach here at the end of a year, beside the same persons in the run without a programme "
        "(same seed): mean gain of the year in SD, with what general effectiveness adds. Rank: the median of their "
        "ranks, 0 to 100, by mean yearly gain since the start among all teachers of the run without a programme; only "
        "of those who teach from before week 1, as the measure gain_percentile_median has it."
    ]
    columns = ["at the end of", "n", "here", "none", "diff.", "rank", "none"]
    return Section("Their pupils, and the same persons without the programme", said, columns, rows)


# ---- what stayed -----------------------------------------------------------------------------------------------------
def _stayed(seen: FollowedSchool) -> Section:
    """Use, teams and embedding when support ended, and at the end of the run."""
    end = seen.model.support_weeks // WEEKS_PER_YEAR
    then, now = seen.years[end], seen.years[-1]
    last = len(seen.years) - 1
    here = {row["who"]: _is_deep(row) for row in seen.people.by_year if row["year"] == last}
    deep = [row["who"] for row in seen.people.by_year if row["year"] == end and _is_deep(row)]
    said = [
        f"When support ended {_use(then)}; at the end of year {last} {_use(now)}.",
        *sentence([_deep_left(deep, here)]),
        *sentence(
            [
                _both("embedding", then["embedded"], now["embedded"]),
                _both("readiness", then["readiness"], now["readiness"]),
                _both("leadership coherence", then["coherence"], now["coherence"]),
            ],
            begin="between the two ",
        ),
    ]
    if then["staffing"] > 0:
        ended = [row["year"] for row in seen.years[end + 1 :] if row["staffing"] == 0]
        kept = f"gave way to the usual one in year {ended[0]}" if ended else "was still there at the end"
        said.append(f"The staffing of the years of support {kept}.")
    if then["enrolled"] > 0:
        word = (
            "still counted as in the programme"
            if now["kept"] or now["enrolled"]
            else "no longer kept anything of the programme"
        )
        said.append(f"At the end the school {word}.")
    return Section("What stayed after support", [" ".join(said)])


def _use(row: dict[str, Any]) -> str:
    if not row["users"]:
        return "nobody used the practice"
    use = f"{number(row['users'])} of {many(row['teachers'], 'teacher')} used the practice"
    return f"{use}, {number(row['deep'])} in deep use, {number(row['rooted'])} of their own accord and as routine"


def _is_deep(row: dict[str, Any]) -> bool:
    return row["using"] and bool(is_deep.py_func(row["quality"]))


def _deep_left(deep: list[Who], here: dict[Who, bool]) -> str:
    if not deep:
        return ""
    stay, still = sum(who in here for who in deep), sum(here.get(who, False) for who in deep)
    return f"of the {len(deep)} in deep use when support ended {stay} were still here and {still} still in deep use"


def _both(what: str, then: float, now: float) -> str:
    changed = index(then) != index(now)
    return f"{what} went from {index(then)} to {index(now)}" if changed else ""
