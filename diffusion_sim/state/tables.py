"""The model's state as columns: tables that the compiled kernels read and write.

T = teaching posts, S = schools, D = districts. Rows of teachers are sorted by school, then post number; rows of
schools by (district id, school id) as text. All rates are per school year.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.compiled.column_table import Columns, as_attribute, zeros
from diffusion_sim.state.codes import FLOWS

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Keys = NDArray[np.uint64]
Rows = NDArray[np.uint32]

# Columns of a table: (name, type[, width]). A table is one argument of a compiled kernel, whatever its number of
# columns. Teachers are kept by columns (compiled/column_table.py), schools and districts as records.
_TEACHER = [
    # what every week needs; the first four change every week
    ("skill", "f8"),  # k in [0, 1]
    ("conviction", "f8"),  # v in [-1, 1]
    ("wait", "f8"),  # hazard still to come until the wait of the present stage (aware, try or stop) ends
    ("uses", "f8"),  # of the practice in this spell (compliant uses count for less); of who has stopped: in which week
    ("stage", "u1"),
    ("owned", "u1"),  # 1 = owned use, 0 = compliant (meaningful while using)
    ("visible", "u1"),  # this spell's TRIAL is visible to colleagues
    ("invited", "u1"),  # 1 = invited by name this quarter, + 2, 4, 8, 16 = first in the year's quarter 1, 2, 3, 4
    ("marked", "u1"),  # in deep use in the last week of support
    ("ever", "u1"),  # has ever used
    ("grade", "u1"),  # grade band; belongs to the post
    ("attitude", "u1"),  # class of attitude to innovation, for advice ties
    ("innovativeness", "f8"),  # z, SD of teachers
    ("drive", "f8"),  # w = exp(s_w z - s_w^2 / 2)
    # what users and former users need; the first three change every week, the fourth every quarter
    ("skill_brought", "f8"),  # k0 in [0, 1]
    ("own_wait", "f8"),  # hazard still to come until compliant use is owned; inf before the first compliant spell
    ("gain", "f8"),  # of the own pupils so far, SD, without what general effectiveness adds
    ("payoff_noise", "f8"),  # this quarter's noise of the payoff, SD units
    ("origin", "u8"),  # key of the school where first hired
    ("tag", "i8"),  # post << 16 | incumbent number where first hired
    ("spells", "i8"),  # spells of use begun so far
    # what summers need
    ("moves", "i4"),  # moves to another school so far
    ("entered", "i4"),  # school year of entry to this school: 0 = first simulated year, negative before
    ("years", "f8"),  # years of experience as a teacher
    ("popularity", "f8"),  # weight as an adviser, in (0, 1]; 0 in a post that does not teach
    ("leave_sum", "f8"),  # leaving the school: hazard accumulated
    ("leave_draw", "f8"),
    ("effectiveness", "f8"),  # e, SD of teachers
    ("mine", "f8"),  # for rules of users' own; 0 at the start, moves with the person
    ("school", "i4"),  # row of the school; this and what follows belongs to the post
    ("post", "i4"),  # post number within the school, from 0
    ("hires", "i4"),  # persons hired into this post so far; the next one's incumbent number
    ("leader", "i4"),  # row of the team's leader, NO_TEAM, COACH, TRADED or NOT_CONCERNED
    ("prepared", "u1"),  # to lead a team: NOT_YET, IN_PREPARATION or HAS_LED; moves with the person
]

_SCHOOL = [
    ("key", "u8"),
    ("first", "i8"),  # teachers of the school: rows first to last - 1
    ("last", "i8"),
    ("posts", "i8"),  # last - first
    ("teaching", "i8"),  # posts that teach: all but traded ones, coaches, and those that the practice is not for
    ("classes", "i8"),  # posts in which somebody teaches, whether the practice is for them or not
    ("concerned", "i8"),  # posts that the practice is for, whatever their role
    ("concerned_start", "i8"),  # the same before week 1
    ("district", "i8"),  # row of the district
    ("programme", "u1"),  # 1 = takes part in places, pots, ties and ranks
    ("level", "u1"),
    ("locale", "u1"),
    ("pupils", "f8"),
    ("poverty", "f8"),  # share of low-income pupils
    ("achievement", "f8"),  # SD between programme schools
    ("exit_hazard", "f8"),  # teachers' yearly hazard of leaving
    ("principal_hazard", "f8"),  # the principal's yearly hazard of leaving
    ("conditions", "f8", (4,)),  # the fourth is the school's own part
    ("conditions_start", "f8", (4,)),
    ("principal", "f8"),  # principal's support in [0, 1]
    ("principal_base", "f8"),  # the same when the principal came
    ("principal_number", "i8"),
    ("weeks_principal", "i8"),  # weeks since the principal came, large at the start
    ("principal_sum", "f8"),
    ("principal_draw", "f8"),
    ("trust", "f8"),
    ("trust_start", "f8"),
    ("norm", "f8"),
    ("embedded", "f8"),  # E: how far the practice is part of the school
    ("standing", "f8"),  # share of this quarter's hours that come from within the district
    ("initiatives", "f8"),  # competing initiatives, this programme included
    ("initiatives_start", "f8"),  # number at which the focus is what it is at the start
    ("initiatives_usual", "f8"),  # of these, those that come and go by themselves
    ("designated", "u1"),  # 1 = accountability names the school
    ("pressure", "f8"),  # accountability pressure, before relief
    ("relief_quarters", "i8"),  # of relief paid, at most a year of them
    ("relieved", "f8"),  # share of the pressure that relief takes
    ("vision", "u1"),  # 1 = a district's vision, paid this quarter, is for the school
    ("openness", "f8"),  # f: the principal's own inclination to enrol
    ("coach_quality", "f8"),  # mean 1
    ("surveyed", "f8", (4,)),  # this year's survey of the four conditions
    ("surveyed_trust", "f8"),  # and of trust
    ("enrolled", "u1"),
    ("mandate_spent", "u1"),  # 1 = a mandate has run out or been broken; none follows
    ("monitored", "u1"),
    ("by_name", "u1"),  # 1 = only the invited take part
    ("on_team", "u1"),  # 1 = its principal sits on the district's improvement team
    ("looked", "u1"),  # 1 = has been looked at before a partnership: its survey errs by half
    ("staffing", "u1"),  # structure in force, a number of STAFFING
    ("staffed", "u1"),  # 1 = this quarter's supplements or coaches are paid
    ("kept", "u1"),  # after support: 1 = still counts as in the programme; its district's own coaches go on here
    ("once_kept", "u1"),  # 1 = was in the programme when support ended: may come back
    ("staffing_year", "i8"),  # school year in which the structure began
    ("staffing_share", "f8"),  # share of the posts that its teams are for, as it began; 0 without a structure
    ("preparing", "f8"),  # person-hours a year in which leaders are prepared, as paid this quarter
    ("enrolled_week", "i8"),  # week of enrolment, -1 = not enrolled
    ("left_week", "i8"),  # weeks done when the school last left of itself, -1 = never
    ("replaced", "i8"),  # quarters for which another initiative takes the practice's place, 0 = none does
    ("spells", "i8"),  # enrolments begun so far
    ("mandate_weeks", "i8"),  # weeks of mandate left, 0 = none in force
    ("mandate_eased", "f8"),  # share of the usual mandated hazard that it lacks
    ("stage", "i8"),  # of a staged roll-out as the strategy says, 1 to 5, -1 = abandoned, 0 = none
    ("adopted", "i8"),  # verdicts of its district's gates so far, counted at its first programme school
    ("adapted", "i8"),
    ("abandoned", "i8"),
    ("target_condition", "i8"),  # condition that building hours go to; 4 = trust, -1 = all five alike
    ("enter_sum", "f8"),
    ("enter_draw", "f8"),
    ("exit_sum", "f8"),
    ("exit_draw", "f8"),
    ("outreach", "f8"),
    # improvement cycles: the variant of the practice in use, and what the school knows of it
    ("testing", "u1"),  # 1 = a cycle is paid for this quarter
    ("adapting", "u1"),  # 1 = the variant is (to be) adapted, with a quarter's hours
    ("borrowed", "u1"),  # 1 = the variant in use was taken up on what others' tests had shown
    ("claims", "u1"),  # 1 = the school claims success with it
    ("slot", "i8"),  # place of the variant in use in the school's books, -1 = the school has tested none
    ("designs", "i8"),  # variants of its own that the school has made so far
    ("fit", "f8"),  # true fit of what is in use; the district's where the school has tested no variant
    ("fit_start", "f8"),  # true fit of the variant that the school began with
    ("estimate", "f8"),  # what the school holds the fit of its variant to be
    ("adapting_hours", "f8"),  # hours a teacher and year, as paid, that go into adapting instead of ``hours``
    ("network", "i8"),  # row of the first school of its improvement network when it was judged last, -1 = in none
    ("spread", "u1"),  # of what its network would recommend to it: 0 = found itself, or nothing is; OTHER or TAKEN_UP
    ("fit_new_area", "f8"),  # mean true fit, over the world's contexts, of what its network would recommend; or NaN
    ("partner_use", "f8"),  # mean share of users in partner schools when the quarter began
    ("like", "f8"),  # how far like schools use the practice, when the quarter began
    ("like_start", "f8"),  # the same before week 1
    ("peer_scale", "f8"),  # of the peers' force where it asks for a number of advisers; alike in all schools
    ("hours", "f8"),  # hours a participating teacher and year, as paid this quarter
    ("mix", "f8", (4,)),  # shares of hours: practice, expertise, conditions, capacity
    ("participants", "f8"),
    ("to_leaders", "f8"),  # share of hours that goes to the school's leaders, who pass them on
    ("building", "f8"),  # person-hours a year for the school's conditions, as paid this quarter
    ("departments", "f8"),  # share of conditions' hours that go to the district's departments
    ("active", "f8"),  # share of school time not lost this week, 1 but for events
    ("supported", "f8"),  # 0 = support is suspended this week, 1 otherwise
    ("supply_factor", "f8"),  # coaches' quality as the programme outgrows its trained coaches, <= 1
    ("readiness", "f8"),  # R of last week
    ("coherence", "f8"),  # C of last week
    # sums over the school's teachers at the end of the week
    ("users", "f8"),
    ("deep", "f8"),
    ("deep_40", "f8"),  # users whose quality is .4 or more
    ("deep_60", "f8"),  # and .6 or more
    ("quality", "f8"),
    ("owned", "f8"),
    ("rooted", "f8"),  # users in owned ROUTINE
    ("in_teams", "f8"),  # posts in teams, leaders included, where this quarter of them is paid; as the next two
    ("leaders", "f8"),  # team leaders
    ("leader_skill", "f8"),  # sum of their skill
    ("discontinued", "f8"),
    ("ever", "f8"),
    ("conviction_users", "f8"),  # the two of conviction: at the start and after a summer only, for enrolment
    ("conviction_all", "f8"),
    ("effectiveness", "f8"),  # sum of e
    ("marked_deep", "f8"),  # of those marked at the end of support, still in deep use
    ("gain", "f8"),  # mean gain of the school's pupils so far, SD
    ("shock", "f8"),  # of the school year's gain, N(0, 1)
    ("comers", "f8"),  # hires so far who knew the practice from elsewhere
]

_DISTRICT = [
    ("key", "u8"),
    ("first", "i8"),  # schools of the district: rows first to last - 1
    ("last", "i8"),
    ("superintendent", "f8"),  # support in [0, 1]
    ("superintendent_base", "f8"),  # the same when the superintendent came
    ("superintendent_number", "i8"),
    ("weeks_superintendent", "i8"),  # weeks since the superintendent came, large at the start
    ("superintendent_sum", "f8"),
    ("superintendent_draw", "f8"),
    ("alignment", "f8", (6,)),  # of the instruments
    ("alignment_start", "f8", (6,)),
    ("aligning", "i8"),  # instrument that a strategy has the district align this quarter, -1 = none
    ("align_hours", "f8"),  # that each leader spends on it, a year
    ("centralisation", "f8"),
    ("autonomy", "f8"),
    ("autonomy_quarters", "i8"),  # of wider autonomy paid, at most a year of them
    ("autonomy_added", "f8"),  # what that adds to autonomy
    ("regime", "f8"),
    ("fit", "f8"),  # of the practice, where a school has tested no variant of it
    ("complexity", "f8"),  # of the practice; 1 = usual
    ("effect", "f8"),  # of the practice on pupils, at quality 1 and fit 1, SD per school year
    ("board", "f8"),  # the school board's support in [0, 1]; looked at with structure.board only
    ("deviation", "f8", (7,)),  # of the seven above, centralisation first, from their means at the start, uncut
    ("usual_principal", "f8"),  # support of principals as they usually are in the district
    ("deliverable", "f8"),  # person-hours a year that the provider of the district's coaches can deliver
    ("use_elsewhere", "f8"),  # share of teachers who use the practice where hires come from, in [0, 1]
]

TEACHER = np.dtype(_TEACHER, align=True)
SCHOOL = np.dtype(_SCHOOL, align=True)
DISTRICT = np.dtype(_DISTRICT, align=True)

# What a strategy has asked of each school so far; NaN = no priority of its own, building not said.
_ASKED = (
    *("enrol", "no_wait", "mandate", "priority", "hours", "building", "outreach", "staffing", "look"),
    *("staffing_share", "staffing_schools", "staffing_priority", "release", "adapt", "align", "relief", "autonomy"),
    "vision",
)
ASKED = np.dtype([(name, "f8") for name in _ASKED])

NEAR = 4  # advisers in a block of ties, a power of 2


class Table(np.ndarray):
    """Rows of records, made by ``rows``: ``table.skill`` is a column, ``table[i].skill`` a value of a row.

    Like NumPy's recarray, but a column is reached ten times as fast, and views do not make types of their own.
    """

    __slots__ = ()  # a column that does not exist cannot be set

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return found.view(np.ndarray) if type(key) is str else found

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


def _get(table: Table, name: str) -> Any:
    return np.ndarray.__getitem__(table, name).view(np.ndarray)


@cache
def _made_known(kind: np.dtype) -> np.dtype:
    """The type of a table's rows; makes its columns attributes of Table."""
    for name in kind.names or ():
        if not hasattr(Table, name):
            setattr(Table, name, as_attribute(name, _get))
    return np.dtype((np.record, kind))


Teachers = Columns
Schools = Table
Districts = Table


def rows(kind: np.dtype, size: int, **columns: Any) -> Any:
    """``size`` rows of TEACHER (by columns), SCHOOL, DISTRICT or another record, zero but for the columns given."""
    if kind == TEACHER:
        return Columns(kind, size, **columns)
    table = zeros((size * kind.itemsize,), np.uint8).view(_made_known(kind)).view(Table)
    for name, values in columns.items():
        table[name] = values
    return table


def set_bounds(table: Table, sizes: Any) -> None:
    """Fill first and last (and posts, all teaching and concerned) of schools or districts of ``sizes`` members, in row
    order."""
    table["last"] = np.cumsum(sizes)
    table["first"] = table["last"] - sizes
    if "posts" in table.dtype.names:
        for name in ("posts", "teaching", "classes", "concerned", "concerned_start"):
            table[name] = sizes


class Network(NamedTuple):
    """Advice ties by seeker: teacher row i asks rows target[first[i] : first[i] + degree[i]]."""

    first: NDArray[np.int64]  # (T + 1,): room for each seeker's ties
    degree: Ints  # (T,)
    target: Ints  # (first[T],): rows of the advisers; unused room holds -1
    within: Ints  # (T,): how many of the degree are within the own school (they come first)
    leader: Bytes  # (T,): subject leader of the school


class Ties(NamedTuple):
    """The same ties in blocks of NEAR, for the weekly loop; places left over name row T, where nobody stands.

    Row i is named by the number FACE_NUMBERS x i, the place in ``face`` where its numbers begin.
    """

    share: Floats  # (T + lanes.WIDTH,): 1 / number of advisers, 0 without
    near: Rows  # (T, NEAR): the first ones
    far_first: Rows  # (T + 1,): further blocks of row i are far_first[i] to far_first[i + 1] - 1
    far_row: Rows  # (F,): whose block it is
    far: Rows  # (F, NEAR)


# What a teacher shows to those who ask: 1, skill and conviction, or zeros where no use is seen; and 1 where the teacher
# stopped within a year. A row is read as one vector of four numbers. Behind the teachers' rows stand NOBODIES empty
# rows, which are read for places that name nobody.
FACE = np.dtype((np.record, [("shown", "f8"), ("skill", "f8"), ("conviction", "f8"), ("stopped", "f8")]))
FACE_NUMBERS = FACE.itemsize // 8
NOBODIES = 1
FLOW = np.dtype((np.record, [(name, "f8") for name in FLOWS]))
