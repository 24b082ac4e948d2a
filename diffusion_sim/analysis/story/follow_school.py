"""A run, week by week, with an eye on one school: its persons, its teams and what they cost."""

from __future__ import annotations

import math

import numpy as np

from diffusion_sim.analysis.story.follow import ALL, LEVELS, Before, Followed, levels
from diffusion_sim.analysis.story.people import AS_COACH, LEADER, MEMBER, People
from diffusion_sim.analysis.story.why_begun import causes_in, credit
from diffusion_sim.frames import variant_names
from diffusion_sim.model import ReformModel
from diffusion_sim.programme.staffing import quarter_bill
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.state.codes import NO_TEAM, TRADITIONAL, WITH_COACH
from diffusion_sim.study.run.gain_percentile import Stayers, stayers
from diffusion_sim.year.dated_events import closed

# US dollars of a year, and hours that arrived: in which leaders were prepared, and of leaders' help, in person-hours of
# those who are led.
MONEY = (
    "transition",
    "preparation",
    "supplements",
    "own_coaches_pay",
    "freed",
    "hours_preparing",
    "hours_from_leaders",
)
# What a school has at a year's end beside what districts have.
STANDS = (
    "staffing",
    "kept",
    "embedded",
    "standing",
    "readiness",
    "coherence",
    "trust",
    "rooted",
    "fit",
    "estimate",
    "claims",
)


class AtYearsEnd:
    """What a run shows of all persons at the end of each year, so that another run can be held against it.

    stayers : year -> `Stayers` of the measure; gain : year -> {person: own gain so far}, of those who teach; school :
    year -> the school's gain so far.
    """

    def __init__(self) -> None:
        self.stayers: dict[int, Stayers] = {}
        self.gain: dict[int, dict[tuple[int, int], float]] = {}
        self.school: dict[int, float] = {}

    def note(self, model: ReformModel, year: int, s: int) -> None:
        """Take what there is now; s : row of the school."""
        t = model.state.teachers
        rows = np.flatnonzero(t.leader >= NO_TEAM)
        keys = zip(t.origin[rows].tolist(), t.tag[rows].tolist(), strict=True)
        self.gain[year] = dict(zip(keys, t.gain[rows].tolist(), strict=True))
        self.school[year] = float(model.state.schools.gain[s])
        if year > 0:
            self.stayers[year] = stayers(model)


class FollowedSchool(Followed):
    """What was seen of school s. people : its persons; end : all persons at the ends of years."""

    def __init__(self, model: ReformModel, s: int) -> None:
        super().__init__(model, int(model.state.schools.district[s]), slice(s, s + 1))
        self.s = s
        self.purse.pot = -1  # the pot is the district's
        self.people = People(model, s)
        self.end = AtYearsEnd()
        self._start = model.copy()
        self._causes: dict[int, dict[str, float]] = {}
        self._money = dict.fromkeys(MONEY, 0.0)

    def run(self) -> FollowedSchool:
        """All weeks, and why each person began; returns itself."""
        super().run()
        credit(self._start, self.s, self.people.happened, self._causes)
        return self

    def _before(self) -> Before:
        self.people.look()
        return super()._before()

    def _note(self, before: Before, year: int, week: int) -> None:
        self.people.note(year, week)
        state = self.model.state
        self._causes[week] = causes_in(state.flows[self.s] - before.flows[0])
        if week % WEEKS_PER_QUARTER == 0:
            self._pay(week)
        school = state.schools[self.s]
        arrive = school.active * school.supported / WEEKS_PER_YEAR
        self._money["hours_preparing"] += float(school.preparing * arrive)
        if school.staffed == 1:
            hours = self.model.numbers.weekly.staffing.leader_hours * arrive
            led = sum(person.role == MEMBER for person in self.people.present().values())
            self._money["hours_from_leaders"] += hours * led

    def _pay(self, week: int) -> None:
        """What the quarter of the structure costs and frees, as it was settled."""
        state, numbers, money = self.model.state, self.model.numbers, self._money
        school = state.schools[self.s]
        if school.staffing == TRADITIONAL:
            return
        bill = quarter_bill(state, numbers)
        shut = closed(self.model.schedule, week, state.schools.size)
        if shut is None or not shut[self.s]:
            money["freed"] += float(bill.saving[self.s])
        if school.staffed == 1:
            kind = "own_coaches_pay" if school.staffing == WITH_COACH else "supplements"
            money[kind] += float(bill.cost[self.s])
        prices = numbers.money  # preparing is a yearly rate of hours
        hour = prices.price_coaching + prices.released_leaders * prices.price_released_time
        money["preparation"] += float(school.preparing) / 4.0 * hour
        if week == school.staffing_year * WEEKS_PER_YEAR:  # it has just begun
            helpers = sum(person.role in (LEADER, AS_COACH) for person in self.people.present().values())
            money["transition"] += numbers.money.price_transition * helpers

    def _close_year(self, year: int) -> None:
        super()._close_year(year)
        self.people.close(year)
        self.end.note(self.model, year, self.s)
        school = self.model.state.schools[self.s]
        self.years[-1] |= self._money | {name: float(school[name]) for name in STANDS}
        self.years[-1]["variant"] = variant_names(self.model)[self.s]
        self.years[-1] |= {"users": float(school.users), "deep": float(school.deep)}
        self._money = dict.fromkeys(MONEY, 0.0)

    def _levels(self) -> dict[str, float]:
        return school_levels(self.model, self.s)


def school_levels(model: ReformModel, s: int) -> dict[str, float]:
    """Reach, deep use, mean depth and pupils' gain so far of a school, and, ending in ALL, of its district."""
    school = model.state.schools[s]
    users, posts = float(school.users), float(school.teaching)
    own = {
        "reach": users / max(1.0, posts),
        "deep_use": float(school.deep) / max(1.0, posts),
        "mean_depth": float(school.quality) / users if users > 0.0 else math.nan,
        "pupil_gain_sd": float(school.gain),
    }
    whole = levels(model, int(school.district))
    return own | {f"{name}{ALL}": whole[name] for name in LEVELS}
