"""Staffing structures: how many lead or coach, and what they give to those who teach."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.compiled.jit import njit, rule
from diffusion_sim.dynamics.hours import share_of_hours
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import COACH, DT, IN_PREPARATION, MULTI_CLASSROOM, NO_TEAM
from diffusion_sim.state.use import is_user, teaches


class StaffingParams(NamedTuple):
    """Scenario section ``staffing``."""

    team_size: float
    smallest_team: float
    coach_ratio: float
    leader_hours: float
    coach_hours: float
    h_team: float
    coach_training: float
    reach_start: float
    reach_growth: float
    effectiveness: float
    quality_max: float
    help_factor: float
    prep_hours: float


@rule
def has_teams(staffing):
    """Whether a structure, a number of STAFFING, is one of teams with leaders."""
    return staffing >= MULTI_CLASSROOM


def posts_for_teams(posts: Any, share: Any) -> NDArray[np.int64]:
    """How many of ``posts`` posts teams are for, where they are for this share of a school: rounded up."""
    return np.ceil(posts * share - 1e-9).astype(np.int64)


def teams_of(posts: Any, p: StaffingParams) -> NDArray[np.int64]:
    """Teams of schools with ``posts`` posts for teams, before any trade: posts / team_size rounded half up, at least 1,
    and none where there are fewer than smallest_team posts."""
    teams = np.maximum(1, np.floor(posts / p.team_size + 0.5))
    return np.where(np.less(posts, p.smallest_team), 0, teams).astype(np.int64)


def coaches_of(posts: Any, p: StaffingParams) -> NDArray[np.int64]:
    """Full-time coaches of schools of ``posts`` posts: posts / coach_ratio rounded half up; none in small schools."""
    return np.floor(posts / p.coach_ratio + 0.5).astype(np.int64)


def trades_of(posts: Any, teams: Any, p: Any) -> NDArray[np.int64]:
    """Posts that schools with ``posts`` posts for teams trade for ``teams`` leaders: as many as pay for the
    supplements, or one for two teams; at most those who do not lead. p : money.MoneyParams."""
    paying = np.ceil(teams * p.supplement / p.traded_pay - 1e-9)
    return np.minimum(paying if p.pays > 0.0 else teams // 2, posts - teams).astype(np.int64)


@rule
def structure_reach(full_years, p):
    """m in (0, 1]: how much of a leader's help arrives, growing over a structure's first years (assumption)."""
    return min(1.0, p.reach_start + p.reach_growth * full_years)


@rule
def helper_quality(skill, effectiveness, p):
    """Quality of a leader's or a coach's help: k (1 + .15 e), cut to [0, quality_max]."""
    return min(p.quality_max, max(0.0, skill * (1.0 + p.effectiveness * effectiveness)))


@njit
def leading(s, teachers, week, p, out):
    """What the structure of school s (a record) gives each post in the week: fills ``out[:, j]``, j from 0.

    out : float64 (4, n), n >= posts: feedback term g m k_L, and g quality_L, of the leader's (the coaches') skill in
    the state in which the week begins; 0 for posts that do not teach, where the quarter is not paid, and for leaders,
    whose help is their preparation, in its quarter; 1 where the post teaches, else 0; and m where a leader who
    uses the practice expects the post to try, else 0.
    A coach's skill grows by the hours of training within the post, here, once a week. Lost time shrinks these hours as
    all others, and in weeks of suspended support there are none.
    """
    for j in range(s.posts):
        out[0, j] = out[1, j] = out[3, j] = 0.0
        out[2, j] = 1.0 if teaches(teachers[s.first + j].leader) else 0.0
    if s.staffed == 0:
        return
    delivered = s.active * s.supported
    if has_teams(s.staffing):
        hours = p.staffing.leader_hours * delivered
        share = p.staffing.help_factor * share_of_hours(hours, p.staffing.h_team, p.structure.hill)
        m = structure_reach((week - 1) // WEEKS_PER_YEAR - s.staffing_year, p.staffing)
        expects = m * s.supported if s.staffing == MULTI_CLASSROOM else 0.0
        taught = share_of_hours(p.staffing.prep_hours * delivered, p.learning.h, p.structure.hill)
        for i in range(s.first, s.last):
            row = np.int64(teachers[i].leader)
            leads = row == i
            led = (row >= 0) & (row != i)
            row = row if led else i  # worked out for everybody: no branch to guess
            skill = teachers[row].skill
            quality = helper_quality(skill, teachers[row].effectiveness, p.staffing)
            out[0, i - s.first] = share * m * skill if led else 0.0
            prepared = taught * helper_quality(1.0, teachers[i].effectiveness, p.staffing)
            own = prepared if leads & (teachers[i].prepared == IN_PREPARATION) else 0.0
            out[1, i - s.first] = share * m * quality if led else own
            out[3, i - s.first] = expects if led & is_user(teachers[row].stage) else 0.0
        return
    coaches = skill = quality = 0.0
    trained = share_of_hours(p.staffing.coach_training * delivered, p.staffing.h_team, p.structure.hill)
    growth = p.learning.l_help * p.learning.w_e * trained * DT
    for i in range(s.first, s.last):
        t = teachers[i]
        if t.leader == COACH:
            coaches += 1.0
            skill += t.skill
            quality += helper_quality(t.skill, t.effectiveness, p.staffing)
            t.skill += growth * (1.0 - t.skill) * (1.0 - t.skill)
            t.skill_brought += growth * (1.0 - t.skill_brought) * (1.0 - t.skill_brought)
    if coaches == 0.0 or s.teaching == 0:
        return
    hours = p.staffing.coach_hours * delivered * coaches / s.teaching
    share = p.staffing.help_factor * share_of_hours(hours, p.staffing.h_team, p.structure.hill)
    for i in range(s.first, s.last):
        if teachers[i].leader == NO_TEAM:
            out[0, i - s.first] = share * skill / coaches
            out[1, i - s.first] = share * quality / coaches


@njit
def sum_teams(s, teachers):
    """Take what measures say of the teams of school s (a record) from its teachers as they are."""
    in_teams = leaders = skill = 0.0
    if s.staffed == 1 and has_teams(s.staffing):
        for i in range(s.first, s.last):
            leads = teachers[i].leader == i
            in_teams += 1.0 if teachers[i].leader >= 0 else 0.0
            leaders += 1.0 if leads else 0.0
            skill += teachers[i].skill if leads else 0.0
    s.in_teams, s.leaders, s.leader_skill = in_teams, leaders, skill
