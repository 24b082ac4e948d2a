"""What accountability and a strategy's part for districts, teams and whom the practice is for come to: of the model and
of its slow twin."""

from __future__ import annotations

from .teams import TEAM_WORDS


def exact_parts(model, twin) -> dict:
    s, schools = model.state.schools, twin.schools
    d, districts = model.state.districts, twin.districts
    people = [teacher for school in schools for teacher in school.present()]
    return {
        "programme": (s.programme, [x.programme for x in schools]),
        "concerned": (s.concerned, [x.concerned_posts() for x in schools]),
        "concerned at the start": (s.concerned_start, [x.posts0 for x in schools]),
        "classes": (s.classes, [x.classes() for x in schools]),
        "designated": (s.designated, [x.designated for x in schools]),
        "quarters of relief": (s.relief_quarters, [x.relief_quarters for x in schools]),
        "vision": (s.vision, [x.vision for x in schools]),
        "aligning": (d.aligning, [-1 if x.aligned is None else x.aligned for x in districts]),
        "quarters of autonomy": (d.autonomy_quarters, [x.autonomy_quarters for x in districts]),
        "prepared": (model.state.teachers.prepared[model.state.teachers.leader != -3], [t.prepared for t in people]),
    }


def close_parts(model, twin) -> dict:
    s, schools = model.state.schools, twin.schools
    d, districts = model.state.districts, twin.districts
    with_teams = [x.structure.word in TEAM_WORDS for x in schools]
    return {
        "relieved": (s.relieved, [x.relieved for x in schools]),
        "hours of aligning": (d.align_hours, [x.align_hours for x in districts]),
        "autonomy added": (d.autonomy_added, [x.widened for x in districts]),
        "preparing": (s.preparing, [twin.preparing(x) for x in schools]),
        "share of teams": (
            s.staffing_share * with_teams,
            [x.structure.share * there for x, there in zip(schools, with_teams, strict=True)],
        ),
    }
