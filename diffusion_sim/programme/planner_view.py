"""The planner's desk: what a strategy sees, and what it has asked for so far."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from diffusion_sim import rng
from diffusion_sim.compiled.jit import njit, rule
from diffusion_sim.dynamics.experience import payoff
from diffusion_sim.dynamics.params import Params, packed
from diffusion_sim.persons import person_noise
from diffusion_sim.programme.teams import prior_growth
from diffusion_sim.school_year import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from diffusion_sim.state.tables import Floats
from diffusion_sim.state.use import intensity_of, is_user, teaches
from diffusion_sim.strategies.contract import Evidence, Plan, Response, Staff, View
from diffusion_sim.strategies.testing import coded
from diffusion_sim.world.build import World, frozen
from diffusion_sim.world.numbers import Numbers
from diffusion_sim.world.run_state import RunState

# Fields of a plan that stay as asked until a plan asks otherwise.
ASKED_LASTING = (
    *("enrol", "no_wait", "mandate", "priority", "hours", "building", "outreach", "staffing", "staffing_share"),
    *("staffing_schools", "staffing_priority", "look", "align", "relief", "autonomy", "vision"),
)


def keep(state: RunState, plan: Plan) -> None:
    """Note what a plan asks for; what it leaves out (None) stays as asked before."""
    asked, schools = state.asked, state.schools
    for name in ASKED_LASTING:
        value = getattr(plan, name)
        if value is not None:
            asked[name] = value
    if plan.variant_rule is not None:
        state.variant_rule[:] = coded(plan.variant_rule)
    if plan.places is not None:
        state.places[0] = plan.places
    if plan.invite is not None:
        state.invited[:] = plan.invite
    if plan.mix is not None:
        schools.mix[:] = plan.mix
    # what holds for this quarter only
    state.appointed[:] = 0 if plan.appoint is None else plan.appoint
    for name in ("release", "adapt"):
        value = getattr(plan, name)
        asked[name] = 0.0 if value is None else value
    if plan.memo is not None:
        state.memo[:] = plan.memo
    for name in ("departments", "on_team", "stage"):
        value = getattr(plan, name)
        if value is not None:
            schools[name] = value
    if plan.target_condition is not None:
        schools.target_condition[:] = plan.target_condition
    if plan.recipient is not None:
        schools.to_leaders[:] = plan.recipient


def observed_use(world: World, schools: Any, quarter: int, sd: float) -> Floats:
    """Share of users of each school as seen from outside, with error, in [0, 1]."""
    noise = rng.normals(world.seed, schools.key, 0, rng.OBSERVED_USE, quarter)
    return np.minimum(np.maximum(schools.users / np.maximum(1, schools.teaching) + sd * noise, 0.0), 1.0)


@rule
def seen_payoff(t, schools, districts, p):
    """A user's payoff (record t) in the state as it is."""
    s, intensity = schools[t.school], intensity_of(t.owned == 1, p.learning.compliant_intensity)
    complexity = districts[s.district].complexity
    return payoff(t.skill, intensity, s.conditions[1], t.payoff_noise, s.fit, complexity, p.experience)


@njit
def users_payoffs(teachers, schools, districts, numbers, payoffs, willing):
    """Sums of each school's users' payoffs and number of users of conviction above 0; both float64[S], zero before."""
    p = numbers[0]
    for i in range(teachers.size):
        t = teachers[i]
        if teaches(t.leader) and is_user(t.stage):
            payoffs[t.school] += seen_payoff(t, schools, districts, p)
            willing[t.school] += 1.0 if t.conviction > 0.0 else 0.0


def see_evidence(
    world: World, teachers: Any, schools: Any, districts: Any, quarter: int, params: Params, sd: float
) -> Evidence:
    """What enrolled schools' use shows, with error."""
    sums, willing = np.zeros(schools.size), np.zeros(schools.size)
    users_payoffs(teachers, schools, districts, packed(params), sums, willing)
    shown = (schools.enrolled == 1) & (schools.users > 0)
    seen = []
    for total, purpose in ((sums, rng.SEEN_PAYOFF), (willing, rng.SEEN_WILLING)):
        mean = np.divide(total, schools.users, out=np.full(schools.size, np.nan), where=shown)
        seen.append(frozen(mean + sd * rng.normals(world.seed, schools.key, 0, purpose, quarter)))
    return Evidence(*seen)


@njit
def sum_named(teachers, schools, districts, named, numbers, counts, used, willing, payoffs):
    """Of each school's named who teach, in order of rows: how many, how many of them ever used, use and are of
    conviction above 0; and the sum of users' payoffs and of the conviction below 0 of who has stopped. All float64[S],
    zero before; named : uint8[T]."""
    p = numbers[0]
    for i in range(teachers.size):
        t = teachers[i]
        if named[i] == 0 or not teaches(t.leader):
            continue
        s = t.school
        counts[s] += 1.0
        if t.ever == 0:
            continue
        used[s] += 1.0
        if is_user(t.stage):
            payoffs[s] += seen_payoff(t, schools, districts, p)
            willing[s] += 1.0 if t.conviction > 0.0 else 0.0
        else:
            payoffs[s] += min(t.conviction, 0.0)


def see_response(
    world: World, teachers: Any, schools: Any, districts: Any, named: Any, quarter: int, params: Params, sd: float
) -> Response:
    """What those named in enrolled schools have made of the practice, with error."""
    counts, used, willing, payoffs = (np.zeros(schools.size) for _ in range(4))
    sum_named(teachers, schools, districts, np.asarray(named), packed(params), counts, used, willing, payoffs)
    inside = schools.enrolled == 1
    counts, used = np.where(inside, counts, 0.0), np.where(inside, used, 0.0)
    seen = []
    for total, of, purpose in ((payoffs, used, rng.SEEN_PAYOFF), (willing, counts, rng.SEEN_WILLING)):
        mean = np.divide(total, of, out=np.full(schools.size, np.nan), where=of > 0)
        seen.append(frozen(mean + sd * rng.normals(world.seed, schools.key, 0, purpose, quarter)))
    return Response(frozen(counts), frozen(used), *seen)


def make_view(
    world: World,
    teachers: Any,
    schools: Any,
    districts: Any,
    network: Any,
    week: int,
    numbers: Numbers,
    memo: Floats,
    named: Any = None,
    year_pot: Floats | None = None,
) -> View:
    """What a planner sees at the start of the week after ``week``; every array is a read-only copy or constant.

    named : uint8[T], whom the strategy has named; None = nobody.
    """
    if named is None:
        named = np.zeros(teachers.size, np.uint8)
    settings, sees = numbers.settings, numbers.planner
    quarter, tables = week // WEEKS_PER_QUARTER, (world, teachers, schools, districts)

    def staff() -> Staff:
        feeling = np.empty(teachers.size)
        person_noise(np.uint64(world.seed), teachers, rng.WILLINGNESS, week // WEEKS_PER_YEAR, feeling)
        return Staff(
            school=frozen(teachers.school),
            key=frozen(teachers.origin),
            tag=frozen(teachers.tag),
            prior_growth=frozen(prior_growth(world.seed, teachers, sees.growth_reliability)),
            subject_leader=frozen(network.leader),
            grade=frozen(teachers.grade),
            willing=frozen(teachers.conviction + sees.willing_sd * feeling),
            leader=frozen(teachers.leader),
            named=frozen(named),
        )

    surveyed = frozen(schools["surveyed"])
    return View(
        week=week,
        quarter=quarter,
        year=week // WEEKS_PER_YEAR,
        years_support=int(settings["years_support"]),
        after_support=week >= numbers.support_weeks,
        own_pot=frozen(np.zeros(world.pots.posts.size) if year_pot is None else year_pot),
        settings=settings,
        teachers=frozen(schools["teaching"].astype(float)),
        staffing=frozen(schools["staffing"]),
        enrolled=frozen(schools["enrolled"]),
        enrolled_week=frozen(schools["enrolled_week"]),
        on_team=frozen(schools["on_team"]),
        stage=frozen(schools["stage"]),
        designated=frozen(schools["designated"]),
        mandated=frozen((schools["mandate_weeks"] > 0).astype(np.uint8)),
        surveyed=surveyed,
        surveyed_readiness=frozen((surveyed[:, 0] * surveyed[:, 1] * surveyed[:, 2] * surveyed[:, 3]) ** 0.25),
        surveyed_trust=frozen(schools["surveyed_trust"]),
        observed_use=frozen(observed_use(world, schools, quarter, sees.observed_use_sd)),
        memo=frozen(memo),
        evidence=lambda: see_evidence(*tables, quarter, numbers.weekly, sees.gate_sd),
        response=lambda: see_response(*tables, named, quarter, numbers.weekly, sees.gate_sd),
        staff=cache(staff),
        **world.lasting,
    )
