"""The summer between two years: teachers, ties, principals, superintendents; and numbers changed within a run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from diffusion_sim.compiled.jit import njit
from diffusion_sim.compiled.threads import each_share
from diffusion_sim.dynamics import capacity
from diffusion_sim.dynamics import params as groups
from diffusion_sim.dynamics.leaders import principals_summer, superintendents_summer
from diffusion_sim.dynamics.turnover import teachers_summer
from diffusion_sim.network.advice import renew
from diffusion_sim.network.traits import join_network
from diffusion_sim.scenario import Scenario
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import NO_TEAM, NOT_CONCERNED
from diffusion_sim.state.tables import Bytes
from diffusion_sim.state.use import left_class
from diffusion_sim.world.accountability import fill_pressure
from diffusion_sim.world.build import World
from diffusion_sim.world.concern import count_teaching, settle
from diffusion_sim.world.district_traits import fill_fit, fill_usual_principals, shift_traits
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.packed_ties import packed_ties, show_all
from diffusion_sim.world.run_state import RunState
from diffusion_sim.world.start import (
    count_all,
    feel_all,
    turnover_hazards,
)
from diffusion_sim.world.use_elsewhere import use_elsewhere


@njit
def new_faces(begin, end, seed, teachers, schools, vacant, popularity_sd):
    """What those who are new in their post bring to the network (the same as ever for those who moved), in the
    schools begin to end - 1."""
    for s in range(begin, end):
        for i in range(schools[s].first, schools[s].last):
            if vacant[i] == 1:
                join_network(teachers[i], seed, popularity_sd)


def summer(
    world: World, state: RunState, week: int, numbers: Numbers, pool: ThreadPoolExecutor | None = None
) -> None:
    """The summer after ``week`` weeks, in place. pool : threads that schools are shared out to; changes no result."""
    seed, year, p = np.uint64(world.seed), week // WEEKS_PER_YEAR, numbers.weekly
    teachers, schools, districts = state.teachers, state.schools, state.districts
    vacant = np.zeros(teachers.size, np.uint8)
    use_elsewhere(world, schools, districts, numbers)
    teachers_summer(
        year, seed, teachers, schools, districts, numbers.turnover, p.learning.s_w, numbers.persons, vacant,
        state.flow_rows, pool,
    )  # fmt: skip
    state.invited[vacant == 1] = 0  # invitations by name are to persons
    state.named[vacant == 1] = 0
    gone, structures = vacant, schools.staffing.any()  # without structures somebody teaches in all, without leaders
    if structures:
        teachers.leader[(vacant == 1) & (teachers.leader != NOT_CONCERNED)] = NO_TEAM
        gone = vacant | left_class.py_func(teachers.leader)  # ties of and to coaches and traded posts end
    state.capacity[:] = capacity.after_summer(state.capacity, numbers.turnover.exit)
    districts.deliverable[:] = capacity.after_summer(districts.deliverable, numbers.turnover.exit)
    if world.renew_ties:
        popularity_sd = numbers.network.popularity_sd
        each_share(pool, schools.last, lambda a, b: new_faces(a, b, seed, teachers, schools, vacant, popularity_sd))
        renew_ties(world, state, week, numbers, gone, pool)
    elif structures:  # given ties: no band changes, but a coach's post may be another's now
        settle(teachers, schools, numbers.concerned_bands)
    loss, broken = p.trust.principal_leaves, p.trust.broken_mandate
    principals_summer(seed, schools, districts, numbers.leaders, numbers.leader_start, loss, state.flow_rows)
    superintendents_summer(seed, schools, districts, numbers.leaders, numbers.leader_start, broken, state.flow_rows)
    if structures or numbers.concerned_bands > 0.0:
        count_teaching(teachers, schools)  # who came into a coach's post teaches until coaches are named anew
    count_all(teachers, schools, p.learning.compliant_intensity, pool)
    feel_all(schools, districts, groups.packed(p))
    show_all(week, teachers, state.faces[week % 2], pool, schools)


def renew_ties(
    world: World, state: RunState, week: int, numbers: Numbers, gone: Bytes, pool: ThreadPoolExecutor | None
) -> None:
    """Advice ties end and open places are filled, in place, and with the bands whom the practice is for changes.
    gone : uint8[T], 1 = whose ties all end."""
    tables, summer_number = (state.teachers, state.schools, state.districts), week // WEEKS_PER_YEAR - 1
    renew(np.uint64(world.seed), summer_number, *tables, state.network, gone, numbers.network, pool)
    settle(state.teachers, state.schools, numbers.concerned_bands)  # bands have changed
    state.ties = packed_ties(state.network, state.teachers, pool, state.schools)


def refresh(world: World, state: RunState, sc: Scenario, before: Numbers, now: Numbers) -> None:
    """Carry numbers changed within a run to the columns that hold them. sc : the scenario ``now`` is of."""
    shift_traits(state.districts, before.traits, now.traits)
    fill_usual_principals(world.seed, state.districts, now.leader_start)
    fill_pressure(state.schools, state.districts, world.table, now.accountability)
    turnover_hazards(sc, state.schools)
    fill_fit(state.schools, state.districts)
    feel_all(state.schools, state.districts, groups.packed(now.weekly))
