"""What the numbers of a saved model may be, column by column: a file is not believed, whatever type its arrays have."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffusion_sim.dynamics.districts import YEAR
from diffusion_sim.population.catalogue import COLUMNS, MOST_YEARS
from diffusion_sim.population.schooltable import LEVELS, LOCALES, TEACHERS_MAX
from diffusion_sim.state.codes import BOOK, HAS_LED, NOT_YET, STAFFING, STAGES, TAKEN_UP
from diffusion_sim.state.npz import Damage
from diffusion_sim.state.tables import ASKED
from diffusion_sim.strategies.contract import LIMITS
from diffusion_sim.week.replaceable_rules import RULES

_ROUNDING = 1e-6  # by which sums may leave their bounds
_SHARE, _FLAG, _FINITE, _SOME = (-_ROUNDING, 1 + _ROUNDING), (0, 1), (-1e15, 1e15), (-_ROUNDING, 1e15)
_COUNT, _PEOPLE = (0, 2**31 - 1), (-_ROUNDING, TEACHERS_MAX)
_MOST = float(np.finfo(np.float64).max)
LEAST_MONEY = -0.01  # US dollars: a sum of pots that were used up may leave 0 by rounding
# What own rules return is added up, and sums of numbers as large as they may be leave the finite ones.
_RULED, _ENDED = (-RULES["gain_of_use"].high, RULES["gain_of_use"].high), (-RULES["stop_hazard"].high, 1e15)

# (lowest, highest): columns. Those that say which rows belong together are checked together (load_saved).
_BOUNDS: tuple[tuple[float, float, str], ...] = (
    (*_FLAG, """
        teachers: owned visible marked ever
        schools: programme enrolled mandate_spent monitored by_name on_team looked staffed kept once_kept testing
        schools: adapting
        schools: borrowed claims designated vision
        network: leader
        table: programme designated
        : left invited appointed"""),
    (*_SHARE, """
        schools: staffing_share
        teachers: skill skill_brought popularity
        schools: poverty conditions conditions_start principal principal_base trust trust_start norm surveyed
        schools: surveyed_trust outreach partner_use like like_start mix departments to_leaders active supported
        schools: embedded standing relieved
        schools: supply_factor readiness coherence mandate_eased
        districts: superintendent superintendent_base alignment alignment_start centralisation autonomy
        districts: board usual_principal use_elsewhere autonomy_added
        table: poverty readiness initial_use centralisation autonomy board
        table: alignment_standards alignment_pacing alignment_materials alignment_assessment alignment_evaluation
        table: alignment_coaching
        : readiness_start"""),
    (-1 - _ROUNDING, 1 + _ROUNDING, "teachers: conviction\n: faces"),
    (0, 3, "schools: pressure\ndistricts: regime\ntable: regime"),
    (-2, 3, "districts: fit\ntable: fit"),
    (0, 10, "districts: complexity\ntable: complexity"),
    (-5, 5, "districts: effect\ntable: effect"),
    (0, MOST_YEARS, "table: principal_years superintendent_years"),
    (*_SOME, """
        teachers: drive uses years leave_sum leave_draw
        schools: exit_hazard principal_hazard principal_sum principal_draw enter_sum enter_draw exit_sum exit_draw
        schools: initiatives initiatives_start initiatives_usual coach_quality building preparing peer_scale comers
        districts: superintendent_sum superintendent_draw deliverable align_hours
        : capacity"""),
    (*_FINITE, """
        teachers: innovativeness payoff_noise effectiveness
        schools: achievement openness fit fit_start estimate effectiveness shock
        districts: deviation
        table: achievement
        : ledger year_pot evidence memory variant_rule"""),
    (*_RULED, "teachers: gain\nschools: gain\n: flows flow_series series"),
    (*_ENDED, "teachers: wait own_wait"),
    (-_MOST, _MOST, "teachers: mine"),
    (*_PEOPLE, """
        schools: users deep deep_40 deep_60 quality owned rooted discontinued ever marked_deep participants
        schools: in_teams leaders leader_skill"""),
    (-TEACHERS_MAX, TEACHERS_MAX, "schools: conviction_users conviction_all"),
    (*_COUNT, """
        teachers: spells moves
        schools: principal_number weeks_principal staffing_year spells mandate_weeks designs replaced
        schools: adopted adapted abandoned
        districts: superintendent_number weeks_superintendent"""),
    (1e-9, 1e12, "schools: pupils\ntable: pupils"),
    (-_ROUNDING, LIMITS["hours"][1], "schools: hours adapting_hours"),
    (*LIMITS["memo"], ": memo"),
    (*LIMITS["named"], ": named"),
    (*LIMITS["stage"], "schools: stage"),
    (-1, 2**31 - 1, "schools: enrolled_week left_week\n: places variant_number"),
    (-1, 4, "schools: target_condition"),
    (*LIMITS["align"], "districts: aligning"),
    (0, YEAR, "schools: relief_quarters\ndistricts: autonomy_quarters"),
    (-1, BOOK - 1, "schools: slot"),
    (0, TAKEN_UP, "schools: spread"),
    (-2, 3, "schools: fit_new_area"),
    (0, 63, "teachers: invited"),
    (0, 9, "teachers: grade"),
    (0, 3, "teachers: attitude"),
    (NOT_YET, HAS_LED, "teachers: prepared"),
    (0, len(STAGES) - 1, "teachers: stage"),
    (0, len(STAFFING) - 1, "schools: staffing"),
    (0, len(LEVELS) - 1, "schools: level\ntable: level"),
    (0, len(LOCALES) - 1, "schools: locale\ntable: locale"),
    (-10_000, 10_000, "teachers: entered"),
    (0, TEACHERS_MAX - 1, "teachers: post"),
    (1, TEACHERS_MAX, "table: teachers"),
    (1, 2**16, "teachers: hires"),
    (0, TEACHERS_MAX << 16, "teachers: tag"),
    (-90, 90, "table: latitude"),
    (-180, 180, "table: longitude"),
)  # fmt: skip
_GIVEN = {
    "": ("variant_origin",),
    "teachers": ("origin", "school", "leader"),
    "schools": (
        "key",
        "first",
        "last",
        "posts",
        "teaching",
        "classes",
        "concerned",
        "concerned_start",
        "district",
        "network",
    ),
    "districts": ("key", "first", "last"),
    "network": ("first", "degree", "target", "within"),
}


def _names(table: str, columns: Any) -> list[str]:
    return [f"{table}.{column}" if table else column for column in columns]


BOUNDS = {
    name: (low, high)
    for low, high, text in _BOUNDS
    for table, _, columns in (line.strip().partition(":") for line in text.strip().splitlines())
    for name in _names(table, columns.split())
}
# A plan's priority may be any number but inf.
BOUNDS |= {f"asked.{name}": tuple(np.clip(LIMITS[name], -_MOST, _MOST).tolist()) for name in ASKED.names or ()}
TOGETHER = {name for table, columns in _GIVEN.items() for name in _names(table, columns)}
# NaN = not yet, not known or not asked for, or a sum that was inf and -inf; inf = before the first compliant spell.
MISSING = {"memory", "series", "variant_rule", "table.latitude", "table.longitude", "schools.gain", "flows",
           "flow_series", "schools.fit_new_area"}  # fmt: skip
MISSING |= {f"table.{name}" for name, column in COLUMNS.items() if column.drawn_if_empty}
ENDLESS = "teachers.own_wait"


def check(name: str, array: Any) -> None:
    """Raise Damage for the first number of a column that is out of its bounds."""
    if name not in BOUNDS:
        return
    low, high = BOUNDS[name]
    fine = (array >= low) & (array <= high)  # false for NaN
    if name in MISSING or name.startswith("asked."):
        fine |= np.isnan(array)
    if name == ENDLESS:
        fine |= array == np.inf
    if not fine.all():
        place = np.argwhere(~fine)[0].tolist()
        where = ", ".join(map(str, place))
        allowed = f"{low:.15g} to {high:.15g} is allowed"
        raise Damage(f"is damaged ('{name}', row {where}: found {array[tuple(place)]!s:.40}; {allowed})")
