"""Who is in the posts of one school, what they do, and when: read off the state before and after each week.

A person is known by (origin, tag), as in the state, and called T7 (in post 7 from the start) or T7.2 (the second one
hired into it); who was first hired in another school is called by it, too: S0003/T7.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from diffusion_sim.ids import escaped
from diffusion_sim.model import ReformModel
from diffusion_sim.programme.teams import prior_growth
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.state.codes import (
    COACH,
    DISCONTINUED,
    HAS_LED,
    IN_PREPARATION,
    MULTI_CLASSROOM,
    NOT_CONCERNED,
    NOT_YET,
    ROUTINE,
    STAGES,
    TRADED,
    TRIAL,
    UNAWARE,
)
from diffusion_sim.state.use import intensity_of, is_user

Who = tuple[int, int]
Event = dict[str, Any]
_COLUMNS = (
    "stage",
    "spells",
    "owned",
    "uses",
    "skill",
    "conviction",
    "leader",
    "moves",
    "gain",
    "effectiveness",
    "prepared",
)
_OF_ALL = ("origin", "tag", "school", "stage", "spells", "leader", "prepared")
TEACHER, LEADER, MEMBER, AS_COACH = "teacher", "leader", "member", "coach"


class Person(NamedTuple):
    """Somebody in a post, at one moment. leader : row of who leads the team, or what the post is for."""

    row: int
    stage: int
    spells: int
    owned: int
    uses: float
    skill: float
    conviction: float
    leader: int
    moves: int
    gain: float
    effectiveness: float
    prepared: int

    @property
    def using(self) -> bool:
        """Whether the person uses the practice; a coach does not teach."""
        return bool(is_user.py_func(self.stage)) and self.leader > COACH

    @property
    def role(self) -> str:
        """leader, member, coach or teacher."""
        if self.leader == COACH:
            return AS_COACH
        return LEADER if self.leader == self.row else MEMBER if self.leader >= 0 else TEACHER


class People:
    """What was seen of the persons of school s.

    happened : events in their order, {year, week, who, event, ...}; came : person -> (year, how), how = start, hired,
    or the school come from; by_year : one dict a person and year's end; effectiveness : person -> e; teams : year ->
    [(leader, members)], as formed.
    """

    def __init__(self, model: ReformModel, s: int) -> None:
        self.model, self.s = model, s
        school = model.state.schools[s]
        self.key, self.first, self.last = int(school.key), int(school.first), int(school.last)
        self.happened: list[Event] = []
        self.came: dict[Who, tuple[int, str]] = {}
        self.by_year: list[dict[str, Any]] = []
        self.effectiveness: dict[Who, float] = {}
        self.teams: dict[int, list[tuple[Who, list[Who]]]] = {}
        self._home = {int(key): row for row, key in enumerate(model.state.schools.key.tolist())}

    # ---- names -------------------------------------------------------------------------------------------------------
    def name(self, who: Who) -> str:
        """T7, T7.2, S0003/T7."""
        post, incumbent = who[1] >> 16, who[1] & 0xFFFF
        short = f"T{post}.{incumbent}" if incumbent else f"T{post}"
        return short if who[0] == self.key else f"{self.school_id(self._home[who[0]])}/{short}"

    def teacher_id(self, who: Who) -> str:
        """district/school/post/number where first hired, as in ``teachers_frame``."""
        table, row = self.model.world.table, self._home[who[0]]
        home = f"{escaped(table.district_id[row])}/{escaped(table.school_id[row])}"
        return f"{home}/{who[1] >> 16}/{who[1] & 0xFFFF}"

    def school_id(self, row: int) -> str:
        """Id of the school of a row: within its district there is one."""
        return self.model.world.table.school_id[row]

    # ---- a week ------------------------------------------------------------------------------------------------------
    def look(self) -> None:
        """Before a week; before one with which a year begins at everybody in the world, since people come and go."""
        teachers = self.model.state.teachers
        self._before = self.present()
        if self.model.week % WEEKS_PER_YEAR == 0:
            self._all = {name: np.array(teachers[name]) for name in _OF_ALL}

    def present(self) -> dict[Who, Person]:
        """Who is in a post that the practice is for at this moment, by post."""
        t = self.model.state.teachers
        columns = [np.array(t[name][self.first : self.last]).tolist() for name in ("origin", "tag", *_COLUMNS)]
        rows = zip(range(self.first, self.last), zip(*columns, strict=True), strict=True)
        found = {(values[0], values[1]): Person(row, *values[2:]) for row, values in rows}
        return {who: person for who, person in found.items() if person.leader not in (TRADED, NOT_CONCERNED)}

    def note(self, year: int, week: int) -> None:
        """After a week; week : weeks done before it."""
        now, before = self.present(), self._before
        quarter, summer = week % WEEKS_PER_QUARTER == 0, week % WEEKS_PER_YEAR == 0
        when = {"year": year, "week": week % WEEKS_PER_YEAR + 1}
        if summer:
            self._went(before, now, when)
            self._arrived(before, now, when)
            self._roles(before, now, when)
            self.teams[year] = self._teams(now)
        for who, person in now.items():
            self._did(who, before.get(who) or self._elsewhere(who, person), person, when, quarter)

    def _add(self, who: Who, event: str, when: Event, **more: Any) -> None:
        self.happened.append({**when, "who": who, "event": event, **more})

    def _elsewhere(self, who: Who, now: Person) -> Person | None:
        """Who comes from another school, as there before the week; None: hired, so that no spell had begun."""
        rows = np.flatnonzero((self._all["origin"] == who[0]) & (self._all["tag"] == who[1]))
        if not rows.size:
            return None
        row = rows[0]
        return now._replace(**{name: int(self._all[name][row]) for name in ("stage", "spells", "prepared")})

    def _went(self, before: dict[Who, Person], now: dict[Who, Person], when: Event) -> None:
        """Who left, moved, or left as a post was traded."""
        t = self.model.state.teachers
        for who, person in before.items():
            if who in now:
                continue
            rows = np.flatnonzero((t.origin == who[0]) & (t.tag == who[1]))
            elsewhere = [int(row) for row in rows if not self.first <= row < self.last]
            user = {"user": bool(is_user.py_func(person.stage))}
            if elsewhere:
                self._add(who, "moved", when, school=self.school_id(int(t.school[elsewhere[0]])), **user)
            elif rows.size and t.leader[rows[0]] == NOT_CONCERNED:
                self._add(who, "no longer concerned", when, **user)
            else:
                self._add(who, "traded" if rows.size else "left", when, **user)
        for row in range(self.first, self.last):  # who came and lost the post at once
            who = (int(t.origin[row]), int(t.tag[row]))
            was, leader = self._all["leader"][row], t.leader[row]
            if who in before or was in (TRADED, NOT_CONCERNED):
                continue
            if leader == TRADED and t.moves[row] > 0:
                self._add(who, "traded", when, user=False)
            elif leader == NOT_CONCERNED and t.moves[row] == 0:
                self._add(who, "hired", when, school="hired", user=False, knew=False)
                self._add(who, "no longer concerned", when, user=False)

    def _arrived(self, before: dict[Who, Person], now: dict[Who, Person], when: Event) -> None:
        """Who was hired or came from another school."""
        year = int(when["year"])
        for who, person in now.items():
            if who in before:
                continue
            known = np.flatnonzero((self._all["origin"] == who[0]) & (self._all["tag"] == who[1]))
            how = self.school_id(int(self._all["school"][known[0]])) if person.moves > 0 and known.size else "hired"
            here = known.size > 0 and self.first <= known[0] < self.last
            if here or (how == "hired" and self._all["leader"][person.row] == NOT_CONCERNED):
                self.came.setdefault(who, (year, "concerned"))
                self._add(who, "concerned", when, user=False)
                continue
            self.came[who] = year, how
            user = bool(is_user.py_func(int(self._all["stage"][known[0]]))) if known.size else False
            knew = how == "hired" and self.model.state.teachers.years[person.row] > 0.0
            self._add(who, "hired" if how == "hired" else "came", when, school=how, user=user, knew=bool(knew))

    def _did(self, who: Who, was: Person | None, now: Person, when: Event, quarter: bool) -> None:
        """What changed in a person's use."""
        spells = was.spells if was else 0
        began = now.spells > spells
        used = was is not None and bool(is_user.py_func(was.stage))
        if was is not None and was.stage == UNAWARE != now.stage:
            self._add(who, "heard", when)
        if began:
            still = self.model.state.schools.active[self.s] == 0.0  # nobody begins in time that is lost
            named = quarter and (now.stage != TRIAL or now.uses > 0.0 or bool(still))
            self._add(who, "began", when, spell=now.spells, owned=now.owned == 1, appointed=named, causes={})
        if quarter and now.role == LEADER and self.model.state.schools.staffing[self.s] == MULTI_CLASSROOM:
            if now.prepared == IN_PREPARATION:
                self._add(who, "prepared", when)
            elif now.prepared == HAS_LED and (was is None or was.prepared == NOT_YET):
                self._add(who, "not prepared", when)
        if now.stage == ROUTINE and (was is None or was.stage != ROUTINE):
            self._add(who, "routine", when)
        if now.stage == DISCONTINUED and (used or began):
            self._add(who, "stopped", when, owned=now.owned == 1)
        if was is not None and used and not began and was.owned == 0 and now.owned == 1:
            self._add(who, "owned", when)

    def _roles(self, before: dict[Who, Person], now: dict[Who, Person], when: Event) -> None:
        """Who leads or coaches from this week on, and who no longer does."""
        for who, person in now.items():
            was = before[who].role if who in before else TEACHER
            for role, begun, ended in ((LEADER, "leads", "leads no more"), (AS_COACH, "coaches", "coaches no more")):
                if person.role == role != was:
                    known = before.get(who)
                    skill = known.skill if known else person.skill
                    user = bool(known) and bool(is_user.py_func(known.stage if known else UNAWARE))
                    self._add(who, begun, when, skill=skill, user=user, growth=self._growth(person.row))
                elif was == role != person.role:
                    self._add(who, ended, when, skill=person.skill)

    def _growth(self, row: int) -> float:
        teachers = self.model.state.teachers[np.array([row])]
        return float(prior_growth(self.model.seed, teachers, self.model.numbers.planner.growth_reliability)[0])

    def _teams(self, now: dict[Who, Person]) -> list[tuple[Who, list[Who]]]:
        """Teams with a leader, in the order of their leaders' posts."""
        found: dict[int, list[Who]] = {person.row: [] for person in now.values() if person.role == LEADER}
        names = {person.row: who for who, person in now.items()}
        for who, person in now.items():
            if person.role == MEMBER:
                found[person.leader].append(who)
        return [(names[row], members) for row, members in found.items()]

    # ---- a year ------------------------------------------------------------------------------------------------------
    def close(self, year: int) -> None:
        """Note everybody at a year's end; year 0 is the start."""
        compliant = self.model.numbers.weekly.learning.compliant_intensity
        now = self.present()
        names = {person.row: who for who, person in now.items()}
        if year == 0:
            self.came = dict.fromkeys(now, (0, "start"))
        for who, one in now.items():
            self.effectiveness[who] = one.effectiveness
            quality = one.skill * float(intensity_of.py_func(one.owned == 1, compliant)) if one.using else np.nan
            led_by = names[one.leader] if one.role == MEMBER else None
            self.by_year.append(
                {"year": year, "who": who, "role": one.role, "led_by": led_by, "stage": STAGES[one.stage],
                 "using": one.using, "owned": one.owned == 1 if one.using else None, "skill": one.skill,
                 "quality": quality, "conviction": one.conviction, "gain": one.gain}
            )  # fmt: skip
