"""A district's improvement team: its leaders learn from what its members find, and its gates' verdicts are counted."""

from __future__ import annotations

import numpy as np

from diffusion_sim.programme.planner_view import see_response
from diffusion_sim.school_year import WEEKS_PER_QUARTER
from diffusion_sim.strategies.contract import Plan
from diffusion_sim.world.build import World
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import RunState

VERDICTS = ("adopted", "adapted", "abandoned")  # of a gate: 1, 2, 3; 0 = no gate this quarter


def leaders_learn(world: World, state: RunState, numbers: Numbers) -> None:
    """Support of the principals on a team, and of their superintendent, moves towards what those named made of the
    practice in the quarter that ended, in place: towards clip01(1/2 + S2/2), by eta_lead/4 of the way.

    S2 = mean payoff over the named who ever used it in the district's schools on the team, as `Response.payoff`.
    Source: Ed Partners (PACE), improvement teams of district leaders, principals and teachers; the size is an
    assumption.
    """
    schools, districts, step = state.schools, state.districts, numbers.leaders.eta_lead / 4.0
    on = (schools.on_team == 1) & (schools.enrolled == 1)
    if step == 0.0 or not on.any():
        return
    quarter, sd = state.week // WEEKS_PER_QUARTER, numbers.planner.gate_sd
    found = see_response(world, state.teachers, schools, districts, state.named, quarter, numbers.weekly, sd)
    used = np.where(on, found.used, 0.0)
    d, size = schools.district, districts.size
    people = np.bincount(d, weights=used, minlength=size)
    total = np.bincount(d, weights=np.where(used > 0.0, used * found.payoff, 0.0), minlength=size)
    tried = people > 0.0
    mean = np.divide(total, people, out=np.zeros(size), where=tried)
    aim = np.clip(0.5 + mean / 2.0, 0.0, 1.0)
    moves = on & tried[d]
    schools.principal[moves] += step * (aim[d] - schools.principal)[moves]
    districts.superintendent[tried] += step * (aim - districts.superintendent)[tried]


def note(state: RunState, plan: Plan) -> None:
    """Keep whom the quarter's plan has named, and count its verdicts of districts' gates, each at its district's first
    programme school, in place. Not before the quarter's last plan: a gate judges nobody who was named in its week."""
    if plan.named is not None:
        state.named[:] = plan.named
    if plan.verdict is None or not np.any(plan.verdict):
        return
    schools = state.schools
    inside = np.flatnonzero(schools.programme == 1)
    first = inside[np.unique(schools.district[inside], return_index=True)[1]]
    for number, name in enumerate(VERDICTS, 1):
        schools[name][first[plan.verdict[first] == number]] += 1
