"""The story of one school."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from diffusion_sim.analysis.story.district_story import COMPARED, GATES, NONE, compared_table
from diffusion_sim.analysis.story.follow import nobody_recruited
from diffusion_sim.analysis.story.follow_school import FollowedSchool, school_levels
from diffusion_sim.analysis.story.page import Story
from diffusion_sim.analysis.story.pupils import COLUMNS, pupils_table, run_without
from diffusion_sim.analysis.story.school_sections import sections_of
from diffusion_sim.errors import StudyError
from diffusion_sim.model import ReformModel
from diffusion_sim.population.names import find_schools

_EVENTS = [
    "year",
    "week",
    "person",
    "event",
    "spell",
    "owned",
    "appointed",
    "user",
    "knew",
    "school",
    "skill",
    "growth",
]
_DISTRICTS = ["came_in", "spent"]  # money that comes and goes by districts


@dataclass(frozen=True, eq=False, kw_only=True)
class SchoolStory(Story):
    """What happened in one school in one run.

    years : as in a district's story, without money of the pot; with transition, preparation (of leaders), supplements,
    own_coaches_pay, freed (US dollars), hours_preparing and hours_from_leaders (person-hours) of its staffing; reach,
    deep_use, mean_depth, pupil_gain_sd (so far) of the school, ending in ``_all`` of all schools of its district
    gates : of the district, of a staged strategy
    persons : one row a person who was ever here: person (as the story calls it), teacher_id, came (year, 0 = there at
    the start), how (start, hired, concerned, or the school come from), gone (year, or missing), why (left, traded,
    moved, no longer concerned)
    by_year : one row a person and year's end: role, led_by, stage, using, owned, skill, quality, conviction, gain (own
    pupils' so far, without what general effectiveness adds)
    happened : one row an event of a person: year, week (of the year, from 1), person, event, and what belongs to it;
    who began by a wait has the trial's causes, by their shares, under the names of flows
    teams : year, leader, members (a list), as formed when the year begins
    pupils : see ``pupils.pupils_table``; empty where the strategy recruits nobody.
    """

    district: str
    school: str
    gates: pd.DataFrame
    persons: pd.DataFrame
    by_year: pd.DataFrame
    happened: pd.DataFrame
    teams: pd.DataFrame
    pupils: pd.DataFrame

    SUBJECT: ClassVar[tuple[str, ...]] = ("district", "school")
    TABLES: ClassVar[tuple[str, ...]] = (
        *("years", "gates", "persons", "by_year", "happened", "teams", "pupils", "compared"),
    )
    SAVED: ClassVar[tuple[str, ...]] = ("years", "persons", "by_year", "happened", "pupils")


def school_story(
    model: ReformModel, school: str, said: Mapping[str, Any], again: Callable[[str], ReformModel]
) -> SchoolStory:
    """The story of a school by id, or district/school. Arguments as of ``district_story``. Raises StudyError."""
    (s,) = find_schools(model.world.table, [school], "school", StudyError)
    seen = FollowedSchool(model, s).run()
    pupil, compared = pd.DataFrame(columns=COLUMNS), pd.DataFrame(columns=COMPARED)
    if not nobody_recruited(model):
        none = again(NONE)
        pupil = pupils_table(seen, run_without(none, s))
        compared = compared_table(school_levels(model, s), school_levels(none, s))
    return SchoolStory(
        **said,
        asked_for={"school": school},
        years=pd.DataFrame(seen.years).drop(columns=_DISTRICTS),
        compared=compared,
        sections=tuple(sections_of(seen, pupil, compared)),
        district=model.world.district_ids[seen.row],
        school=seen.people.school_id(s),
        gates=pd.DataFrame(seen.gates, columns=GATES),
        pupils=pupil,
        **_tables(seen),
    )


def _tables(seen: FollowedSchool) -> dict[str, pd.DataFrame]:
    """Persons, persons by year, events and teams, with persons by name."""
    people = seen.people
    name, gone = people.name, {}
    for event in people.happened:
        if event["event"] in ("left", "moved", "traded", "no longer concerned"):
            gone[event["who"]] = event["year"], event["event"]
    persons = [
        (name(who), people.teacher_id(who), came, how, *gone.get(who, (None, None)))
        for who, (came, how) in people.came.items()
    ]
    by_year = pd.DataFrame(people.by_year)
    by_year.insert(1, "person", by_year["who"].map(name))
    by_year["led_by"] = [None if who is None else name(who) for who in by_year["led_by"]]
    happened = [
        {key: event.get(key) for key in _EVENTS if key != "person"}
        | {"person": name(event["who"])}
        | event.get("causes", {})
        for event in people.happened
    ]
    teams = [
        (year, name(leader), [name(who) for who in members])
        for year, formed in people.teams.items()
        for leader, members in formed
    ]
    events = pd.DataFrame(happened)
    return {
        "persons": pd.DataFrame(persons, columns=["person", "teacher_id", "came", "how", "gone", "why"]),
        "by_year": by_year.drop(columns="who"),
        "happened": events.reindex(columns=[*_EVENTS, *(name for name in events if name not in _EVENTS)]),
        "teams": pd.DataFrame(teams, columns=["year", "leader", "members"]),
    }
