"""A run, week by week, with an eye on one person who stays in a post: what happened to that person, and why."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from diffusion_sim.analysis.story.follow import Before
from diffusion_sim.analysis.story.follow_school import FollowedSchool
from diffusion_sim.analysis.story.people import MEMBER, Event, Person
from diffusion_sim.dynamics.stop import after_leaving, holding_norm
from diffusion_sim.dynamics.trial import agenda_factor, risk_of_trying
from diffusion_sim.model import ReformModel
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.state.codes import EVALUATION, INVITED, ROUTINE, STAFFING, STAGES, UNAWARE
from diffusion_sim.state.use import intensity_of, is_deep, is_user, teaches

# What is looked at after every week, of the school, of what reaches the person, and of the person; in the order in
# which one leads to another.
SCHOOLS = ("enrolled", "mandated", "outreach", "staffing", "principal", "superintendent", "like", "partner_use",
           "standing_in_use", "norm")  # fmt: skip
REACHES = ("invited", "hours", "asked", "led_by", "hours_from_leader", "advisers_using", "advisers")
OWN = ("wait", "stage", "spells", "owned", "conviction", "skill", "quality", "uses", "gain")


class Life(FollowedSchool):
    """What was seen of the person in a post (a row). weeks : one dict a week, the first (week 0) before week 1:
    SCHOOLS, REACHES and OWN, principal_support, deep, help. Hours and uses are of the week, gain is so far (SD), like
    and partner_use are how far like schools and partners use the practice, wait is the hazard still to come before the
    next step (to hear of the practice, to begin, to stop)."""

    def __init__(self, model: ReformModel, row: int) -> None:
        super().__init__(model, int(model.state.teachers.school[row]))
        self.post, t = row, model.state.teachers
        self.who = int(t.origin[row]), int(t.tag[row])
        self.weeks: list[dict[str, Any]] = [self._seen(0.0)]
        self.stops: dict[int, dict[str, float]] = {}  # weeks done before -> factors on the hazard of stopping

    @property
    def happened(self) -> list[Event]:
        """What happened to the person: events of ``people``, in their order."""
        return [event for event in self.people.happened if event["who"] == self.who]

    def run(self) -> Life:
        """All weeks; returns itself."""
        super().run()
        return self

    def _before(self) -> Before:
        self._was = self.people.present()[self.who]
        return super()._before()

    def _note(self, before: Before, year: int, week: int) -> None:
        super()._note(before, year, week)
        was, now = self._was, self.people.present()[self.who]
        self.weeks.append(self._seen(self._uses(was, now)))
        if was.using and not now.using:
            self.stops[week] = stop_factors(self.model, before.schools[0], self.s, was)

    def _uses(self, was: Person, now: Person) -> float:
        """Uses of the practice in the week; compliant ones count for less."""
        if now.using:
            return now.uses - (was.uses if was.using and was.spells == now.spells else 0.0)
        if not was.using:
            return 0.0
        p = self.model.params.learning  # of who has stopped the column says when: the week's uses are worked out
        active = float(self.model.state.schools.active[self.s])
        return float(intensity_of.py_func(was.owned == 1, p.compliant_intensity)) * p.uses_per_week * active

    # ---- after a week ------------------------------------------------------------------------------------------------
    def _seen(self, uses: float) -> dict[str, Any]:
        s = self.model.state.schools[self.s]
        district = self.model.state.districts[self.row]
        return {
            "enrolled": bool(s.enrolled == 1), "mandated": bool(s.mandate_weeks > 0),
            "outreach": bool(s.outreach > 0.0 and s.supported > 0.0), "staffing": STAFFING[int(s.staffing)],
            "principal": int(s.principal_number), "superintendent": int(district.superintendent_number),
            "standing_in_use": float(s.users / max(1, s.teaching)), "principal_support": float(s.principal),
            "like": float(s.like), "partner_use": float(s.partner_use), "norm": float(s.norm),
            **self._reaches(s), **self._own(), "uses": uses,
        }  # fmt: skip

    def _reaches(self, s: Any) -> dict[str, Any]:
        model, t, p = self.model, self.model.state.teachers, self.model.params
        invited = bool(int(t.invited[self.post]) & INVITED)
        week = s.active * s.supported / WEEKS_PER_YEAR
        part = s.participants > 0.0 and (s.by_name == 0 or invited)
        pass_on = 1.0 - s.to_leaders + s.to_leaders * s.conditions[2] * s.principal
        hours = float(s.hours * week * pass_on * (s.mix[0] + s.mix[1])) if part else 0.0
        asks = hours > 0.0 and s.by_name == 0 and p.structure.recruit_hours > 0.0 and p.trial.p_hours > 0.0
        person = self.people.present()[self.who]
        led = person.role == MEMBER
        advisers = self.advisers()
        leader = model.numbers.weekly.staffing.leader_hours * week if led and s.staffed == 1 else 0.0
        return {
            "invited": invited,
            "hours": hours,
            "help": hours > 0.0,
            "asked": bool(asks and not person.using and person.stage != UNAWARE),
            "led_by": self._person(person.leader) if led else None,
            "hours_from_leader": float(leader),
            "advisers_using": tuple(sorted(name for name, using in advisers if using)),
            "advisers": len(advisers),
        }

    def _own(self) -> dict[str, Any]:
        person = self.people.present()[self.who]
        compliant = self.model.params.learning.compliant_intensity
        quality = person.skill * float(intensity_of.py_func(person.owned == 1, compliant)) if person.using else math.nan
        return {
            "wait": float(self.model.state.teachers.wait[self.post]),
            "stage": STAGES[person.stage], "spells": person.spells, "conviction": person.conviction,
            "owned": person.owned == 1 if person.using else None, "skill": person.skill, "quality": quality,
            "deep": bool(person.using and is_deep.py_func(quality)), "gain": person.gain,
        }  # fmt: skip

    def advisers(self) -> list[tuple[str, bool]]:
        """Those whose advice the person seeks, by name, and whether each uses the practice; who does not teach is left
        out, as the model does."""
        network, t = self.model.state.network, self.model.state.teachers
        first = network.first[self.post]
        rows = [int(row) for row in network.target[first : first + network.degree[self.post]]]
        rows = [row for row in rows if teaches.py_func(int(t.leader[row]))]
        return [(self._person(row), bool(is_user.py_func(int(t.stage[row])))) for row in rows]

    def _person(self, row: int) -> str:
        t = self.model.state.teachers
        return self.people.name((int(t.origin[row]), int(t.tag[row])))


def stop_factors(model: ReformModel, school: Any, s: int, person: Person) -> dict[str, float]:
    """What the hazard of a user's stopping is made of in a week: factors by which each thing multiplies it, and
    ``hazard`` itself, 1/school year (docs/model.md; dynamics/stop.py).

    school : record of school s before the week; person : before the week.
    """
    p, now, d = model.params, model.state.schools[s], model.state.districts[int(school.district)]
    stop, v, k = p.stop, person.conviction, person.skill
    # quarters' decisions stand before the week's teachers; a mandate that ends or breaks otherwise does so after them
    decided = (model.week - 1) % WEEKS_PER_QUARTER == 0
    told = now if decided else school
    mandated, monitored = told.mandate_weeks > 0, told.monitored == 1 and now.supported > 0.0
    risk = 0.0
    if not mandated:
        pressed = school.pressure * (1.0 - school.relieved)
        evaluation = float(d.alignment[EVALUATION])
        risk = float(risk_of_trying.py_func(pressed, evaluation, float(school.trust), float(school.principal)))
    left = model.week - now.left_week if now.left_week >= 0 else 0
    factors = {
        "conviction": math.exp(-stop.g_v * v),
        "skill": math.exp(-stop.g_k * (2.0 * k - 1.0)),
        "norm": math.exp(-stop.g_N * float(holding_norm.py_func(float(school.norm), stop))),
        "readiness": math.exp(stop.g_R * (1.0 - float(school.readiness))),
        "pressure": math.exp(p.trial.b_P * risk * (1.0 - k)),
        "routine": stop.routine_factor if person.stage == ROUTINE else 1.0,
        "compliance": 1.0 if person.owned == 1 else stop.monitored_factor if monitored else stop.after_mandate_factor,
        "new_principal": float(agenda_factor.py_func(float(school.weeks_principal), p.trial)),
        "school_left": float(after_leaving.py_func(int(left), stop)),
    }
    return factors | {"hazard": stop.d0 * float(np.prod(list(factors.values())))}
