"""Names of the slow twin for what docs/model.md numbers: stages, places, purposes of draws (section 3)."""

TEACHES, LEADS, COACHES, ASIDE = "teacher", "team leader", "coach", "not concerned"  # roles of posts
UNAWARE, AWARE, TRIAL, ROUTINE, DISCONTINUED = range(5)
WEEKS = 36
QUARTER_WEEKS = 9
DT = 1 / WEEKS
EVALUATION = 4  # instrument number of the district's evaluation of teachers
FOCUS, TIME, TEAM, DISTRICT_SUPPORT, TRUST_AS_TARGET = range(5)
PRACTICE, EXPERTISE, BUILDING, CAPACITY = range(4)  # places in a mix of hours

EFFECTIVENESS, INNOVATIVENESS, CONVICTION, SKILL, EXPERIENCE = 1, 2, 3, 4, 5
INITIAL_USER, INITIAL_SKILL, INITIAL_CONVICTION, ARRIVAL, FINDS_IN_SCHOOL = 6, 7, 8, 9, 12
AWARE_CLOCK, TRY_CLOCK, STOP_CLOCK, INTERNALISE_CLOCK, LEAVE_CLOCK = 20, 21, 22, 23, 24
OWNERSHIP, VISIBILITY, PAYOFF_NOISE, MOVE_KIND, MOVE_ORDER, MOVE_PROPOSAL = 25, 26, 27, 28, 29, 30
INITIAL_USE, CONDITIONS, PRINCIPAL, TRUST, INITIATIVES, OPENNESS, COACH, SURVEY = 40, 41, 42, 43, 44, 45, 46, 47
QUEUE = 49
ENTER_CLOCK, EXIT_CLOCK, PRINCIPAL_CLOCK = 50, 51, 52
SUPERINTENDENT, SUPERINTENDENT_CLOCK, ALIGNMENT, ALIGNMENT_MEAN, MANDATE_DROPPED = 60, 61, 62, 63, 64
DISTRICTS_PART, DISTRICTS_INITIATIVES, DISTRICTS_USE, DISTRICTS_DIFFER = 65, 66, 67, 68
TRUST_IN_COMMON, PRINCIPALS_IN_COMMON = 4, 5  # occasions of the district's part, after the four conditions
STRATEGY_DRAW = 70

# In what districts differ, in the order of its draws: the mean's name and its hard bounds.
DIFFERING = {
    "districts.centralisation": (0.0, 1.0),
    "districts.autonomy": (0.0, 1.0),
    "districts.regime": (0.0, 3.0),
    "experience.fit": (-2.0, 3.0),
    "experience.complexity": (0.0, 10.0),
    "pupils.effect": (-5.0, 5.0),
    "districts.board": (0.0, 1.0),
}
