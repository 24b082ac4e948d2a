"""What the numbers in the tables mean: stages, roles, staffing structures, conditions, instruments, flows."""

from __future__ import annotations

from diffusion_sim.school_year import WEEKS_PER_YEAR

# Stages follow the Levels of Use of the Concerns-Based Adoption Model (Hall & Loucks 1977).
UNAWARE, AWARE, TRIAL, ROUTINE, DISCONTINUED = 0, 1, 2, 3, 4
STAGES = ("UNAWARE", "AWARE", "TRIAL", "ROUTINE", "DISCONTINUED")

# The four readiness conditions and the six instruments of a district, in the order of their columns.
CONDITIONS = ("focus", "time", "team", "district")
INSTRUMENTS = ("standards", "pacing", "materials", "assessment", "evaluation", "coaching")
EVALUATION = 4
CONTENT = ("practice", "expertise", "conditions", "capacity")

# The column ``leader`` of teachers says who is in a post: the row of the team's leader (a leader's own row), or one of
NO_TEAM, COACH, TRADED = -1, -2, -3  # teaches without a team leader; coaches and does not teach; nobody is there
NOT_CONCERNED = -4  # teaches, but the practice is not for this post: it counts as one that does not teach
ROLES = ("teacher", "team leader", "coach", "traded", "not concerned")

# Staffing structures of a school, in the order of the strategies' words.
TRADITIONAL, WITH_COACH, MULTI_CLASSROOM, MULTI_CLASSROOM_FIRST = 0, 1, 2, 3
STAFFING = ("traditional", "coach", "multi_classroom_leader", "multi_classroom_leader_first")

# The column ``prepared`` of teachers: has not led yet, is being prepared to lead this quarter, has led.
NOT_YET, IN_PREPARATION, HAS_LED = 0, 1, 2

# The column ``invited`` of teachers: INVITED by name this quarter, plus the number of that quarter of the school year
# in which the person was first invited.
INVITED = 1
FIRST_INVITED = (2, 4, 8, 16)
NEW_HERE = 32  # the same column: in the first year in the school

LAST_STAGE = 5  # of a staged roll-out: the whole district

DT = 1.0 / WEEKS_PER_YEAR  # school years in a week

# A school's books: it remembers at most this many variants, with evidence of its own tests and of others' reports.
BOOK = 8
OWN_COUNT, OWN_SUM, READ_COUNT, READ_SUM, EVIDENCE = 0, 1, slice(2, 10), slice(10, 18), 18

# Of a school of an improvement network: has not itself found what the network would recommend to it; has taken it up.
OTHER, TAKEN_UP = 1, 2

# Flows: cumulative counts of each school, one column each, in this order.
FLOWS = (
    "aware",
    "trial_initiative",  # the teacher's own: the part p
    "trial_outreach",
    "trial_peers",
    "trial_norm",
    "trial_invitation",
    "trial_mandate",
    "trial_compliant",  # of all trials, those begun as compliant
    "retrial",  # of all trials, those after an earlier spell
    "routine",
    "internalised",
    "stop_owned",
    "stop_compliant",
    "left_users",  # users who left the world
    "moved_users",  # users who moved to another school of the district
    "hired",
    "left",
    "moved",
    "skill_use",  # sum of skill gained, by source
    "skill_help",
    "skill_peers",
    "skill_expertise",
    "skill_drift",  # skill of users lost to drift (positive number)
    "skill_forgotten",  # skill of non-users lost
    "school_entries",
    "school_exits",
    "principals_left",
    "superintendents_left",
    "mandates_broken",
    "trial_appointed",  # of all trials, those of team leaders and of others whom a plan appoints
    "study_acts",  # quarters in which a school studied its results and acted on them
    "variant_switches",  # schools that went over to another variant
    "variant_borrowed",  # of these, to one that only others had tested
    "variant_abandonments",  # of these, because the one in use failed and no tested one was better
    "variant_adaptations",
    "trial_asked",  # because a coach asked
    "trial_like",  # because of like schools; negative where they use it less than at the start
    "trial_induction",  # because a school in which the practice is embedded inducts who is new
    "trial_team",  # because a team's leader expects it
)
