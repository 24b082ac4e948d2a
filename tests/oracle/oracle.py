"""A slow twin of the model, written from docs/model.md alone: one agent at a time, plain Python.

It shares no code with the simulator. Where the document leaves something open, the reading taken is marked AMBIGUOUS;
tests/oracle/test_twin.py shows that the simulator takes the same one.
The advice network is not rebuilt here: the ties in force in each school year are handed in.
"""

import math
from collections import Counter
from typing import NamedTuple

from .cycles import Cycles
from .draws import (
    BetaScore,
    Draws,
    Wait,
    affordable,
    clip,
    clip01,
    entity_key,
    half_up,
    logistic,
    poisson,
    quantile_of_thirds,
    text_tag,
    usual,
)
from .pupils import PupilRules
from .staffing import COACHES, TEACHES, StaffingRules, Structure

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

# recruitment, allocation, content, tempo and, where it is not traditional, staffing
STRATEGIES = {
    # AMBIGUOUS: allocation, content and tempo of "none" are not stated; with no places they have no effect.
    "none": ("none", "uniform", "practice_first", "waves"),
    "volunteer_uniform": ("volunteer", "uniform", "practice_first", "waves"),
    "directed_uniform": ("directed", "uniform", "practice_first", "at_once"),
    "volunteer_differentiated": ("volunteer", "readiness_gap", "by_readiness", "waves"),
    "directed_differentiated": ("directed", "readiness_gap", "by_readiness", "at_once"),
    "volunteer_responsive": ("volunteer", "readiness_gap", "responsive", "waves"),
    "directed_responsive": ("directed", "readiness_gap", "responsive", "at_once"),
    "directed_need_weighted": ("directed", "need_weighted", "practice_first", "at_once"),
    "equity_first": ("equity_first", "uniform", "practice_first", "waves"),
    "lottery": ("lottery", "uniform", "practice_first", "waves"),
    "ready_only": ("ready_only", "uniform", "practice_first", "waves"),
    "improvement_network": ("volunteer", "uniform", "mixed", "waves"),
    "multi_classroom_leader": ("volunteer", "uniform", "practice_first", "waves", "multi_classroom_leader"),
    "staged": ("improvement_team", "uniform", "mixed", "gated_asked"),
    "staged_first": ("team_outward", "uniform", "practice_first", "gated"),
}
LOOK_AT_SCHOOLS = ("staged",)  # ids that look at every school before the partnership
MIXES = {  # practice, expertise, conditions, capacity
    "practice_first": (0.9, 0.0, 0.1, 0.0),
    "mixed": (0.6, 0.1, 0.2, 0.1),
    "conditions_first": (0.1, 0.0, 0.9, 0.0),
    "responsive": (0.4, 0.2, 0.4, 0.0),
}


# ----------------------------------------------------------------------------------------------------------- entities


class Exposure(NamedTuple):
    """What a teacher sees among the own advisers, from the state in which the week begins."""

    x: float = 0.0  # share who visibly use
    kbar: float = 0.0
    vbar: float = 0.0
    visible: int = 0  # how many visibly use
    stopped: float = 0.0  # share who stopped within a year


class Dose(NamedTuple):
    """Hours that reach one teacher, and what they come to."""

    hours: float = 0.0  # H, of practice and expertise
    g: float = 0.0
    helped: float = 0.0
    known: float = 0.0


class Teacher:
    """A person in a post."""

    def __init__(self, origin, origin_key, origin_post, incumbent):
        self.origin_key = origin_key
        self.tag = origin_post * 2**16 + incumbent
        self.id = f"{origin[0]}/{origin[1]}/{origin_post}/{incumbent}"
        self.school = None
        self.post = origin_post
        self.effectiveness = self.innovativeness = 0.0
        self.drive = 1.0
        self.k = self.k0 = 0.0
        self.v = 0.0
        self.stage = UNAWARE
        # AMBIGUOUS: ownership of somebody who never used is not defined (0 here); after a stop the last value stays.
        self.owned = False
        self.visible = False
        self.uses = 0.0
        self.spells = 0  # begun so far; the present spell is number spells - 1
        self.moves = 0
        self.ever_used = False
        self.years = 0.0
        self.year_of_entry = 0
        self.aware_wait = self.try_wait = self.stop_wait = self.internalise_wait = self.leave_wait = None
        self.noise_quarter = None
        self.noise = 0.0
        self.invited = 0.0  # by name, in this quarter
        self.invited_first = None  # (school year, quarter of it) of the last year's first invitation
        self.stopped_week = None  # of the last stop
        self.began = None  # week in which the present spell began, None = before the run
        self.role = TEACHES
        self.team_leader = None
        self.own_gain = 0.0  # of the own pupils, without what effectiveness adds
        self.came_knowing = False  # hired with the practice known from elsewhere
        self.named = self.member = False  # by the strategy, while in this post: asked in this stage; on the team
        self.grade = 0  # grade band of the post, handed in like the ties

    def is_user(self):
        return self.stage in (TRIAL, ROUTINE)

    def visibly_uses(self):
        return self.stage == ROUTINE or (self.stage == TRIAL and self.visible)


class School:
    def __init__(self, row, district):
        self.id = (str(row["district_id"]), str(row["school_id"]))
        self.key = entity_key(*self.id)
        self.district = district
        self.posts = int(row["teachers"])
        self.pupils = float(row["pupils"])
        self.poverty = float(row["poverty"])
        self.achievement = float(row["achievement"])
        self.programme = bool(row["programme"])
        self.level = row.get("level")
        self.locale = row.get("locale")
        self.network = row.get("network")
        self.own_survey = row.get("readiness")
        self.own_initial_use = row.get("initial_use")
        self.own_principal_years = row.get("principal_years")
        self.teachers = [None] * self.posts
        self.last_incumbent = [0] * self.posts
        self.conditions = [0.0] * 4
        self.condition_targets = [0.0] * 4
        self.principal = self.principal0 = 0.0
        self.principal_number = 0
        self.principal_weeks = WEEKS  # "long in post"
        self.principal_wait = None
        self.trust = self.trust0 = 0.0
        self.norm = 0.0
        self.embedded = 0.0  # E
        self.standing = 0.0  # s: hours from within the district, as a share, of this quarter
        self.usual_initiatives = 0  # that run in this quarter without the programme and events
        self.initiatives_by_events = 0
        self.initiatives0 = 0.0
        self.like = self.like_start = 0.0  # L_s, now and before week 1
        self.third = 0  # of programme schools' poverty
        self.pressure = 0.0
        self.openness = 0.0
        self.coach_quality = 1.0
        self.enrolled = False
        self.enrolments = 0
        self.enrolled_week = None
        self.kept = self.kept_once = False  # after support still counts as in the programme, or did
        self.left_week = None  # in which it last left of itself
        self.replaced = 0  # quarters for which another initiative has the practice's place
        self.by_name = False  # invites by name: only the invited take part
        self.departments = 0.0  # share of the conditions' hours for the district's departments
        self.active = 1.0  # L, share of school time not lost this week
        self.helped = 1.0  # z, 0 while support is suspended
        self.entry_wait = self.exit_wait = None
        self.mandate_weeks = 0
        self.mandate_force = 1.0  # share of the usual hazard
        self.named_in = None  # the stage in which people were named last
        self.on_team = False  # the principal, on the district's improvement team
        self.mandate_spent = False  # has run out or was broken: none follows
        self.outreach = 0.0
        self.hours = self.adapting_hours = 0.0
        self.mix = (0.0, 0.0, 0.0, 0.0)
        self.building = 0.0  # person-hours of the school a year for its conditions
        self.target = None  # None: all five alike
        self.to_leaders = 0.0  # share of the hours
        self.looked_at = False
        self.supply_factor = 1.0
        self.surveyed = None
        self.surveyed_trust = None
        self.surveyed_readiness = None
        self.gain = 0.0
        self.comers = 0  # hires so far who knew the practice from elsewhere
        self.structure = Structure()
        self.quarter_paid = False
        self.weight = self.posts  # posts that taught before this summer
        # derived
        self.district_felt = self.readiness = self.coherence = 0.0

    @property
    def initiatives(self):
        inside = self.enrolled or self.kept
        return self.usual_initiatives + inside + (self.replaced > 0) + self.initiatives_by_events

    def mandated(self):
        return self.mandate_weeks > 0

    def visible_share(self):
        """u_r: share of the posts that teach whose incumbents visibly use."""
        teaching = self.teaching()
        return sum(t.visibly_uses() for t in teaching) / len(teaching) if teaching else 0.0

    def present(self):
        """Everybody but the traded posts."""
        return [t for t in self.teachers if t is not None]

    def teaching(self):
        return [t for t in self.present() if t.role != COACHES]

    def teaching_posts(self):
        return len(self.teaching())


class District:
    def __init__(self, identifier):
        self.id = identifier
        self.key = entity_key(identifier)
        self.schools = []
        self.support = self.support0 = 0.0
        self.alignment = [0.0] * 6
        self.alignment0 = [0.0] * 6
        self.use_elsewhere = 0.0  # counted before each summer
        self.superintendent_number = 0
        self.superintendent_wait = None
        self.given = {}  # what the table says of it: name of the mean -> value
        self.deviations = {}  # from the means, settled at the start


class Pot:
    def __init__(self, schools):
        self.schools = schools  # programme schools, in row order
        self.posts = sum(school.posts for school in schools)
        self.left_of_year = 0.0
        self.left = 0.0  # of the quarter's allowance
        self.kept = 1.0  # what cuts have left of every year's pot

    def open_quarter(self, quarter_of_year):
        self.left = self.left_of_year / (4 - quarter_of_year)

    def pay(self, cost):
        self.left -= cost
        self.left_of_year -= cost


class Provider:
    """Who sends coaches."""

    def __init__(self, schools):
        self.schools = schools  # programme schools
        self.reach = 0.0  # D, person-hours a year that it can deliver


class Plan:
    """What a strategy asks for in one quarter."""

    def __init__(self):
        self.places = 0
        self.mandates = []
        self.offered = []
        self.priority = {}  # school id -> number; absent: default
        self.outreach = {}
        self.hours = {}
        self.mixes = {}  # school id -> shares of hours
        self.building = {}  # school id -> person-hours a year; absent: hours x share of conditions x participants
        self.targets = {}  # school id -> condition 0 to 3, or 4 for trust; absent: all five alike
        self.to_leaders = {}
        self.look = []  # programme schools to be looked at
        self.staffing = "traditional"
        self.departments = {}
        self.force = 1.0  # share of a mandate's usual hazard
        self.no_wait = set()  # ids of schools that enter without waiting, if never in before
        self.release = []
        self.adapt = []
        self.invite = {}  # school id -> teachers invited by name; absent: all take part
        self.appoint = []  # (school, teacher)


# -------------------------------------------------------------------------------------------------------------- model


class Oracle(PupilRules, StaffingRules):
    options = {}  # of the strategy's parts, by name

    def __init__(
        self, *, numbers, schools, ties, strategy, seed, mix=None, testing=None, grades=None, appoint=None
    ):
        """One run from section 4 on.

        numbers: dotted path to value. schools: mappings with district_id, school_id, teachers, poverty, achievement,
        programme, optionally readiness (four) and initial_use. ties: called with the school year, gives
        (district, school, post) -> list of the posts asked for advice. mix: shares of hours, instead of the content's.
        strategy: an id, "recruitment+allocation+content+tempo" (and "+staffing"), or a mapping of these parts, each to
        its kind or to a mapping with kind and options.
        testing: the rule of improvement cycles, see cycles.py.
        grades: called without arguments, gives (district, school, post) -> grade band. appoint: called with the quarter
        of the run, gives the posts that its plan appoints.
        """
        self.n = dict(numbers)
        self.mix = mix
        self.ties = ties
        if isinstance(strategy, dict):
            parts = {part: word if isinstance(word, dict) else {"kind": word} for part, word in strategy.items()}
            own_testing = parts.pop("testing", None)
            testing = testing or own_testing
            said = {name: value for part in parts.values() for name, value in part.items() if name != "kind"}
            self.options = said | dict(self.options)
            parts = {"staffing": {"kind": "traditional"}} | parts
            strategy = "+".join(
                parts[part]["kind"] for part in ("recruitment", "allocation", "content", "tempo", "staffing")
            )
        self.looks = strategy in LOOK_AT_SCHOOLS
        self.strategy = STRATEGIES[strategy] if strategy in STRATEGIES else tuple(strategy.split("+"))
        self.draws = Draws(seed)
        self.week = 0
        self.ledger = dict.fromkeys(
            (
                *("coaching", "released_time", "outreach", "monitoring", "measurement", "own"),
                *("supplements", "transition", "capacity", "freed"),
            ),
            0.0,
        )
        self.unspent = 0.0
        self.flows = dict.fromkeys(
            (
                *("trial_own", "trial_outreach", "trial_asked", "trial_peers", "trial_norm", "trial_like"),
                *("trial_invited", "trial_induction", "trial_mandate", "school_entries", "school_exits"),
                *("learn_use", "learn_help", "learn_peers", "learn_expertise", "loss_drift", "loss_forgetting"),
                *("trial_appointed", "aware", "hired", "left", "left_users", "moved"),
            ),
            0.0,
        )
        self.deep_at_end_of_support = set()
        self.schools_at_end = 0
        self.turns = Counter()  # only so that tests can ask whether it happened

        self.districts = [District(name) for name in sorted({str(row["district_id"]) for row in schools})]
        by_name = {district.id: district for district in self.districts}
        self.schools = []
        for row in sorted(schools, key=lambda row: (str(row["district_id"]), str(row["school_id"]))):
            school = School(row, by_name[str(row["district_id"])])
            school.district.schools.append(school)
            school.district.given |= {name: float(row[name]) for name in DIFFERING if row.get(name) is not None}
            self.schools.append(school)
        self.by_id = {school.id: school for school in self.schools}
        self.programme = [school for school in self.schools if school.programme]
        if self.n["money.pool"] == "world":
            self.pots = [Pot(self.programme)]
        else:
            self.pots = [Pot([s for s in district.schools if s.programme]) for district in self.districts]
        self.pot_of = {school.id: pot for pot in self.pots for school in pot.schools}
        if self.n["structure.provider"] == "world":
            self.providers = [Provider(self.programme)]
        else:
            self.providers = [Provider([s for s in district.schools if s.programme]) for district in self.districts]
        self.programme_posts = sum(school.posts for school in self.programme)
        self.mean_poverty = self.mean_by_posts(self.programme, lambda school: school.poverty)

        self.icc = self.n["districts.icc"]  # settled at the start, as the districts' deviations are
        self.skill_score = BetaScore(self.n["teachers.skill_a"], self.n["teachers.skill_b"])
        self.initial_skill_score = BetaScore(self.n["initial_use.skill_a"], self.n["initial_use.skill_b"])
        for district in self.districts:
            self.start_district(district)
        for school in self.schools:
            self.start_school(school)
        self.start_teachers()
        self.cycles = Cycles(self, strategy, testing)
        self.start_staffing(grades, appoint)
        self.start_pupils()
        self.current_ties = self.ties(0)
        for school in self.schools:
            self.derive(school)
            self.start_embedding(school)
        self.take_like()
        for school in self.schools:
            school.like_start = school.like
        self.threshold_scale = self.scale_of_threshold()
        self.count_use_elsewhere()

    # --------------------------------------------------------------------------------------------- small things

    @staticmethod
    def mean_by_posts(schools, value):
        posts = sum(school.posts for school in schools)
        return sum(school.posts * value(school) for school in schools) / posts if posts else 0.0

    @staticmethod
    def mean_by_teachers(schools, value):
        posts = sum(school.weight for school in schools)
        return sum(school.weight * value(school) for school in schools) / posts if posts else 0.0

    @staticmethod
    def sat(hours, half):
        """Of schools' and leaders' hours."""
        return hours / (hours + half) if hours > 0 else 0.0

    def hill(self, hours, half):
        """Of hours that reach one teacher."""
        exponent = 1 if self.n["structure.dose"] == "saturating" else 2
        return hours**exponent / (hours**exponent + half**exponent) if hours > 0 else 0.0

    def year(self):
        return (self.week - 1) // WEEKS

    def quarter(self):
        return (self.week - 1) // QUARTER_WEEKS

    def planning(self):
        """Whether the strategy plans this year: in years of support, and on the districts' own money after them."""
        return self.supported() or self.goes_on()

    def goes_on(self):
        """Whether the strategy plans after support."""
        own = self.n["money.own_budget"] * self.n["money.budget_per_teacher"]
        return bool(self.option("after_support", self.strategy[3] == "gated_asked")) and own > 0

    def book(self, column, amount):
        """After support all that is paid is the districts' own, but for what traded posts free."""
        column = column if self.supported() or column == "freed" else "own"
        self.ledger[column] = self.ledger.get(column, 0.0) + amount

    def supported(self):
        return self.year() < self.n["programme.years_support"]

    def intensity(self, teacher):
        return 1.0 if teacher.owned else self.n["learning.compliant_intensity"]

    def quality(self, teacher):
        return teacher.k * self.intensity(teacher) if teacher.is_user() else 0.0

    def deep(self, teacher):
        return teacher.is_user() and self.quality(teacher) >= 0.5

    def deep_share(self, school):
        teaching = school.teaching()
        return sum(self.deep(t) for t in teaching) / len(teaching) if teaching else 0.0

    def taught(self, school):
        """Whether hours can be paid for a school: by the programme, or after it by the district."""
        return school.enrolled if self.planning() else school.kept

    def participates(self, teacher, school):
        return self.taught(school) and (teacher.invited > 0 or not school.by_name)

    def participants(self, school):
        return sum(self.participates(teacher, school) for teacher in school.teaching())

    def delivered(self, school):
        """Hours that arrive: none while support is suspended, less while school time is lost."""
        return school.hours * school.active * school.helped if self.taught(school) else 0.0

    def delivered_building(self, school):
        """Person-hours a year for a school's conditions that arrive, its district's departments included."""
        return school.building * school.active * school.helped if self.taught(school) else 0.0

    def dose(self, teacher, school):
        """Hours of all kinds that reach a teacher saturate together."""
        if not self.participates(teacher, school):
            return Dose()
        passed_on = 1 - school.to_leaders + school.to_leaders * school.conditions[TEAM] * school.principal
        practice = self.delivered(school) * school.mix[PRACTICE] * passed_on
        expertise = self.delivered(school) * school.mix[EXPERTISE] * passed_on
        hours = practice + expertise
        if hours <= 0:
            return Dose()
        g = self.hill(hours, self.n["learning.h"])
        helped = g * (practice + self.n["learning.w_e"] * expertise) / hours
        return Dose(hours, g, helped, g * expertise / hours)

    @staticmethod
    def coach(school):
        return school.coach_quality * school.supply_factor

    def ready(self, school):
        """How far a school is ready for help."""
        n = self.n
        above = (school.readiness - n["learning.ready_floor"]) / n["learning.ready_span"]
        return min(n["learning.ready_max"], max(0.0, above))

    def fade(self, teacher):
        """What is left of an invitation by name, of the first one in this school year."""
        if not teacher.invited:
            return 0.0
        _, quarter = teacher.invited_first
        return 1 - ((self.week - 1) % WEEKS - QUARTER_WEEKS * quarter) / WEEKS

    def is_inducted(self, teacher, school):
        """[new]: came into this school in the summer before this year, and the school is in the programme."""
        # Those of the start entered before year 0.
        return teacher.year_of_entry == self.year() and (school.enrolled or school.kept)

    def agenda(self, school):
        return 1 + self.n["trial.agenda"] * max(0.0, 1 - school.principal_weeks / WEEKS)

    def person_wait(self, teacher, purpose, occasion):
        return Wait(self.draws.exponential(purpose, teacher.origin_key, teacher.tag, occasion))

    def derive(self, school):
        """Section 2, derived values; called only after the weekly update and after summer (and at the start)."""
        district = school.district
        school.district_felt = self.felt_district(school)
        school.readiness = (math.prod(school.conditions[:3]) * school.district_felt) ** 0.25
        supports = [school.principal, district.support, min(district.alignment)]
        if self.n["structure.board"] == "in_coherence":
            supports.append(self.of_district(district, "districts.board"))
        school.coherence = math.prod(supports) ** (1 / len(supports))

    def felt_district(self, school):
        """c_3*."""
        own = self.n["readiness.own_weight"]
        rest, district = (1 - own) / 2, school.district
        outside = rest * district.support + rest * sum(district.alignment) / 6
        return own * school.conditions[DISTRICT_SUPPORT] + outside

    def of_district(self, district, name):
        """A number in which districts differ: a mean that changes within a run moves all of them."""
        return clip(self.n[name] + district.deviations[name], *DIFFERING[name])

    def shared_score(self, school, what, purpose, tag, occasion):
        """nu: a normal score of which the district's schools share a part."""
        shared = self.draws.normal(DISTRICTS_PART, school.district.key, 0, what)
        own = self.draws.normal(purpose, school.key, tag, occasion)
        return math.sqrt(self.icc) * shared + math.sqrt(1 - self.icc) * own

    def usual_principal(self, district):
        """P_usual: principals' support without what is each one's own."""
        shared = self.draws.normal(DISTRICTS_PART, district.key, 0, PRINCIPALS_IN_COMMON)
        # AMBIGUOUS: whether it follows a mean and an SD that are changed within a run is not said; it does here.
        return clip01(self.n["schools.principal"] + self.n["schools.principal_sd"] * math.sqrt(self.icc) * shared)

    def initiative_quarters(self):
        """m: quarters that an initiative lasts."""
        return max(1, half_up(4 * self.n["schools.initiative_years"]))

    def take_usual(self, school, quarter):
        """Usual initiatives of a quarter of the run: those that began in the last quarters, one count for each."""
        lasts = self.initiative_quarters()
        mean = self.n["schools.initiatives"] / lasts
        school.usual_initiatives = sum(
            poisson(
                self.icc * mean, self.draws.uniform(DISTRICTS_INITIATIVES, school.district.key, 0, j + 1000)
            )
            + poisson((1 - self.icc) * mean, self.draws.uniform(INITIATIVES, school.key, 0, j + 1000))
            for j in range(quarter - lasts + 1, quarter + 1)
        )

    @staticmethod
    def embedding_share(school):
        """Share in owned ROUTINE of the posts that teach."""
        teaching = school.teaching()
        return sum(t.stage == ROUTINE and t.owned for t in teaching) / len(teaching) if teaching else 0.0

    def start_embedding(self, school):
        """E before week 1: where it stands still without standing support."""
        share = self.embedding_share(school)
        gain = share**2 * school.coherence
        if self.n["structure.embedding"] != "off" and gain > 0:
            # AMBIGUOUS: where all use and coherence is 0 the fixed point is 0/0; 0 here.
            school.embedded = gain / (gain + 1 - share)

    def embed(self, school):
        """A week of E, with the coherence of last week and the share of this week."""
        n = self.n
        if n["structure.embedding"] == "off":
            return
        share, now = self.embedding_share(school), school.embedded
        gain = share**2 * school.coherence * (1 - now)
        loss = (1 - share) * (1 - n["embedding.standing"] * school.standing) * now
        school.embedded = clip01(now + n["embedding.rate"] * (gain - loss) * DT)

    def take_like(self):
        """L_s of every school, from what is seen now."""
        weight = self.n["enrolment.like_district"]
        poverty = [school.poverty for school in self.programme]
        bounds = [quantile_of_thirds(poverty, thirds) for thirds in (1, 2)] if poverty else []
        for school in self.schools:
            school.third = sum(bound < school.poverty for bound in bounds)
        shown = {s.id: usual(s.visible_share(), self.n["enrolment.like_norm"]) for s in self.programme}
        for school in self.schools:
            near = [shown[s.id] for s in self.programme if s.district is school.district and s is not school]
            far = [
                shown[s.id]
                for s in self.programme
                if s.district is not school.district and s.level == school.level and s.third == school.third
            ]
            near = sum(near) / len(near) if near else 0.0
            far = sum(far) / len(far) if far else 0.0
            school.like = weight * near + (1 - weight) * far

    def like_change(self, school):
        """dL: what like schools' use has changed by since the start."""
        return 0.0 if self.n["structure.like"] == "off" else school.like - school.like_start

    def press(self, school):
        regime = self.of_district(school.district, "districts.regime")
        school.pressure = regime * logistic(-self.n["districts.pressure_slope"] * school.achievement)

    def change(self, numbers):
        """Numbers change between two weeks."""
        self.n.update(numbers)
        # AMBIGUOUS: that pressure follows, and that R and C are felt anew at once, is not said.
        for school in self.schools:
            self.press(school)
            self.derive(school)

    @staticmethod
    def risk(school):
        """Felt risk, with the present trust: a broken mandate lowers it at once in every formula of that week."""
        safety = school.trust * school.principal
        return school.pressure * (1 - school.district.alignment[EVALUATION]) * (1 - safety)

    # ------------------------------------------------------------------------------------------ section 4: start

    def start_district(self, district):
        n, draws = self.n, self.draws
        district.support = clip01(
            n["districts.superintendent"]
            + n["districts.superintendent_sd"] * draws.normal(SUPERINTENDENT, district.key, 0, 0)
        )
        mean = n["districts.alignment"] + n["districts.alignment_sd_between"] * draws.normal(
            ALIGNMENT_MEAN, district.key, 0, 0
        )
        district.support0 = district.support
        district.alignment = [
            clip01(mean + n["districts.alignment_sd_within"] * draws.normal(ALIGNMENT, district.key, 0, j))
            for j in range(6)
        ]
        district.alignment0 = list(district.alignment)
        district.superintendent_wait = Wait(draws.exponential(SUPERINTENDENT_CLOCK, district.key, 0, 0))
        for place, name in enumerate(DIFFERING):
            district.deviations[name] = n[f"{name}_sd"] * draws.normal(DISTRICTS_DIFFER, district.key, 0, place)
            if name in district.given:
                district.deviations[name] = district.given[name] - n[name]

    def start_school(self, school):
        n, draws, key = self.n, self.draws, school.key
        if school.own_survey is not None:
            # AMBIGUOUS: the table's own survey is taken as it stands, clipped, without noise.
            school.conditions = [clip01(float(value)) for value in school.own_survey]
        else:
            level = n["schools.readiness"] + n["schools.readiness_poverty"] * (school.poverty - 0.5)
            school.conditions = [
                clip01(level + n["schools.readiness_sd"] * self.shared_score(school, j, CONDITIONS, 0, j))
                for j in range(4)
            ]
        school.condition_targets = list(school.conditions)
        school.principal = clip01(
            n["schools.principal"]
            + n["schools.principal_sd"] * self.shared_score(school, PRINCIPALS_IN_COMMON, PRINCIPAL, 0, 0)
        )
        school.principal0 = school.principal
        score = self.shared_score(school, TRUST_IN_COMMON, TRUST, 0, 0)
        school.trust = clip01(n["schools.trust"] + n["schools.trust_sd"] * score)
        if school.own_principal_years is not None:
            school.principal_weeks = math.floor(WEEKS * school.own_principal_years + 0.5)
        school.trust0 = school.trust
        self.take_usual(school, 0)
        given = school.own_survey is not None
        school.initiatives0 = school.usual_initiatives if given else n["schools.initiatives"]
        school.conditions[FOCUS] = self.aim(school, FOCUS)
        school.openness = n["enrolment.openness_sd"] * draws.normal(OPENNESS, key, 0, 0)
        variance = math.log(1 + n["coaches.quality_sd"] ** 2)
        school.coach_quality = math.exp(math.sqrt(variance) * draws.normal(COACH, key, 0, 0) - variance / 2)
        self.press(school)
        school.principal_wait = Wait(draws.exponential(PRINCIPAL_CLOCK, key, 0, 0))
        # AMBIGUOUS: when the first entry wait starts is not said; it gathers hazard only when a place is offered.
        school.entry_wait = Wait(draws.exponential(ENTER_CLOCK, key, 0, 0))

    def new_person(self, school, post, incumbent, conviction_mean):
        """What start and hire have in common."""
        n, draws = self.n, self.draws
        teacher = Teacher(school.id, school.key, post, incumbent)
        key, tag = teacher.origin_key, teacher.tag
        teacher.school = school
        teacher.effectiveness = draws.normal(EFFECTIVENESS, key, tag, 0)
        teacher.innovativeness = draws.normal(INNOVATIVENESS, key, tag, 0)
        spread = n["learning.s_w"]
        teacher.drive = math.exp(spread * teacher.innovativeness - spread**2 / 2)
        rho = n["teachers.skill_effectiveness"]
        score = rho * teacher.effectiveness + math.sqrt(1 - rho**2) * draws.normal(SKILL, key, tag, 0)
        teacher.k = teacher.k0 = self.skill_score(score)
        teacher.v = clip(
            conviction_mean + n["teachers.conviction_sd"] * draws.normal(CONVICTION, key, tag, 0), -1.0, 1.0
        )
        teacher.years = n["teachers.experience_mean"] * draws.exponential(EXPERIENCE, key, tag, 0)
        teacher.leave_wait = self.person_wait(teacher, LEAVE_CLOCK, 0)
        return teacher

    def start_teachers(self):
        n, draws = self.n, self.draws
        share, icc = n["initial_use.share"], n["initial_use.icc"]
        clustered = icc > 0 and 0 < share < 1
        use_score = BetaScore(share * (1 - icc) / icc, (1 - share) * (1 - icc) / icc) if clustered else None
        for school in self.schools:
            if school.own_initial_use is not None:
                chance = float(school.own_initial_use)
            elif clustered:
                between, shared = n["initial_use.icc_districts"], school.district.key
                score = math.sqrt(between) * draws.normal(DISTRICTS_USE, shared, 0, 0)
                chance = use_score(score + math.sqrt(1 - between) * draws.normal(INITIAL_USE, school.key, 0, 0))
            else:
                chance = share
            # AMBIGUOUS: whether post numbers start at 0 or 1 is not said; 0 here, as everything else counts from 0.
            for post in range(school.posts):
                teacher = self.new_person(school, post, 0, n["teachers.conviction"])
                key, tag = teacher.origin_key, teacher.tag
                tenure = min(teacher.years, 6 * draws.exponential(EXPERIENCE, key, tag, 1))
                teacher.year_of_entry = -1 - math.floor(tenure)
                if draws.uniform(INITIAL_USER, key, tag, 0) < chance:
                    teacher.stage = ROUTINE
                    teacher.owned = teacher.visible = teacher.ever_used = True
                    teacher.spells = 1
                    teacher.uses = float(n["learning.routine_uses"])
                    teacher.k = self.initial_skill_score(draws.normal(INITIAL_SKILL, key, tag, 0))
                    noise = n["initial_use.conviction_sd"] * draws.normal(INITIAL_CONVICTION, key, tag, 0)
                    teacher.v = clip(n["initial_use.conviction"] + noise, -1.0, 1.0)
                    teacher.k0 = min(teacher.k0, teacher.k)
                    teacher.stop_wait = self.person_wait(teacher, STOP_CLOCK, 0)
                else:
                    teacher.aware_wait = self.person_wait(teacher, AWARE_CLOCK, 0)
                school.teachers[post] = teacher
            school.norm = self.deep_share(school)

    # ------------------------------------------------------------------------------------ section 5: order of events

    def step(self):
        n = self.n
        if self.week >= WEEKS * (n["programme.years_support"] + n["programme.years_after"]):
            raise RuntimeError("the run has ended")
        if self.week and self.week % QUARTER_WEEKS == 0:
            self.cycles.quarter_ends(self.quarter())
        self.week += 1
        if (self.week - 1) % WEEKS == 0:
            if self.week > 1:
                self.summer()
        self.events_come()
        if (self.week - 1) % QUARTER_WEEKS == 0:
            for school in self.schools:
                self.take_usual(school, self.quarter())
                if school.replaced:
                    school.replaced -= 1
                    self.turns["given_up_replacement"] += not school.replaced
                    self.turns["replaced_while_back"] += school.enrolled or school.kept
            self.take_like()
            if self.planning():
                self.leaders_learn()
        if (self.week - 1) % WEEKS == 0:
            self.open_year()
            if self.year() == n["programme.years_support"]:
                self.end_support()
            if self.planning():
                self.enrol_year()
            else:
                self.decide_after_support()
            self.form_structures()
        if (self.week - 1) % QUARTER_WEEKS == 0:
            self.mandates_by_events()
            if self.planning():
                self.pay_quarter()
            else:
                self.pay_own_quarter()
        exposures = self.exposures()  # appointed teachers are seen from their first week on
        self.lend()
        for school in self.schools:
            self.pupils_week(school)
        for school in self.schools:
            for teacher in school.present():
                if teacher.role == COACHES:
                    self.coach_week(teacher, school)
                else:
                    self.teacher_week(teacher, school, exposures[school.id, teacher.post])
        for district in self.districts:
            self.district_week(district)
        for school in self.schools:
            self.school_week(school)
        for school in self.schools:
            self.derive(school)
        if self.week == WEEKS * n["programme.years_support"]:
            self.deep_at_end_of_support = {t.id for s in self.schools for t in s.teaching() if self.deep(t)}

    # ------------------------------------------- hooks: what tests/oracle/events.py and staged.py say more about

    def events_come(self):
        """Dated events of the weeks done so far."""

    def mandates_by_events(self):
        """New mandates that wait for a quarter's start."""

    def suspended(self, school):
        """Whether support is suspended in this week."""
        return False

    def not_paid(self, school):
        """Whether support is suspended in every week of this quarter."""
        return False

    def narrow(self, plan):
        """What gates and teams do to a plan."""

    def leaders_learn(self):
        """What leaders on an improvement team hear of it."""

    def hours_of_participant(self, school):
        return self.n["programme.hours"]

    def named_no_more(self, teacher):
        teacher.named = teacher.member = False

    def hours_by_hand(self, school):
        raise NotImplementedError

    def option(self, name, default):
        """An option of the strategy's parts."""
        said = self.options.get(name)
        return default if said is None else said

    # --------------------------------------------------------------------------------------- section 6: teachers

    def exposures(self):
        """Exposure of every post, from the state in which the week begins."""
        visible, stopped, teach = {}, set(), set()
        for school in self.schools:
            for teacher in school.teaching():
                place = (*school.id, teacher.post)
                teach.add(place)
                if teacher.visibly_uses():
                    visible[place] = (teacher.k, teacher.v)
                if teacher.stage == DISCONTINUED and self.week - 1 - teacher.stopped_week < WEEKS:
                    stopped.add(place)
        result = {}
        for school in self.schools:
            for post in range(school.posts):
                ties = [tuple(tie) for tie in self.current_ties.get((*school.id, post), ()) if tuple(tie) in teach]
                seen = [visible[tie] for tie in ties if tie in visible]
                talk = sum(tie in stopped for tie in ties) / len(ties) if ties else 0.0
                if seen:
                    kbar = sum(k for k, _ in seen) / len(seen)
                    vbar = sum(v for _, v in seen) / len(seen)
                    result[school.id, post] = Exposure(len(seen) / len(ties), kbar, vbar, len(seen), talk)
                else:
                    result[school.id, post] = Exposure(stopped=talk)
        return result

    def scale_of_threshold(self):
        """phi: with it a threshold of advisers has the mean force that their share has before week 1."""
        # AMBIGUOUS: over the posts that teach in all schools of the world, outside the programme too.
        exposures = self.exposures()
        seen = [exposures[school.id, t.post] for school in self.schools for t in school.teaching()]
        enough = sum(exposure.visible >= self.n["trial.threshold"] for exposure in seen)
        by_share = sum(exposure.x ** self.n["trial.kappa"] for exposure in seen)
        return by_share / enough if enough else 0.0

    def by_peers(self, exposure):
        """Q: what advisers' use adds to the hazard of trying."""
        if self.n["structure.exposure"] == "threshold":
            return self.n["trial.q"] * self.threshold_scale * (exposure.visible >= self.n["trial.threshold"])
        return self.n["trial.q"] * exposure.x ** self.n["trial.kappa"]

    def teacher_week(self, teacher, school, exposure):
        n = self.n
        x, vbar = exposure.x, exposure.vbar
        k, k0, v, stage = teacher.k, teacher.k0, teacher.v, teacher.stage
        # AMBIGUOUS: a participant of a school that got no hours this quarter stays one, with dose 0.
        dose = self.dose(teacher, school)

        dk = dk0 = dv = 0.0
        if stage in (TRIAL, ROUTINE):
            dk, dv = self.use_changes(teacher, school, exposure, dose)
        else:
            known = n["learning.l_exp"] * dose.known * self.coach(school) * max(0.0, n["learning.k_know"] - k0) * DT
            forgotten = n["learning.forget"] * max(0.0, k - k0) * DT
            dk, dk0 = known - forgotten, known
            self.flows["learn_expertise"] += known
            self.flows["loss_forgetting"] += forgotten
            # AMBIGUOUS: read as a rule of AWARE and DISCONTINUED only (the paragraph it stands in), not of UNAWARE.
            if stage != UNAWARE and x > 0:
                dv += n["experience.eta_peer"] * x * (vbar - v) * DT * school.active

        new_k = clip01(k + dk)
        if stage == UNAWARE:
            self.unaware_event(teacher, school, x, dose)
        elif stage in (AWARE, DISCONTINUED):
            self.try_event(teacher, school, exposure, dose)
        else:
            self.use_events(teacher, school, new_k)
        teacher.k = new_k
        teacher.k0 = clip01(k0 + dk0)
        teacher.v = clip(v + dv, -1.0, 1.0)

    def become_aware(self, teacher):
        teacher.stage = AWARE
        teacher.aware_wait = None
        teacher.try_wait = self.person_wait(teacher, TRY_CLOCK, teacher.spells)

    def unaware_event(self, teacher, school, x, dose):
        n = self.n
        hazard = n["aware.a_0"] + n["aware.a_out"] * school.outreach * school.helped
        # AMBIGUOUS: "hours delivered" are taken as H, those of practice and expertise.
        if dose.hours > 0 and n["structure.recruit"] != "none":
            hazard += n["aware.a_hours"]
        hazard += n["aware.a_peer"] * (x + self.cycles.partner_use(school))
        hazard += n["aware.a_like"] * self.like_change(school)
        if teacher.aware_wait.add(max(0.0, hazard) * school.active * DT) or school.mandated():
            self.flows["aware"] += 1
            self.become_aware(teacher)

    def asked(self, teacher, school, dose):
        """What hours add to the hazard of trying, of those who are not invited by name."""
        if teacher.invited or self.n["structure.recruit"] == "none":
            return 0.0
        return self.n["trial.p_hours"] * dose.g * self.coach(school)

    def try_event(self, teacher, school, exposure, dose):
        n = self.n
        risk = 0.0 if school.mandated() else self.risk(school)
        factor = math.exp(
            n["trial.b_z"] * teacher.innovativeness
            + n["trial.b_v"] * teacher.v
            + n["trial.b_C"] * (2 * school.coherence - 1)
            + n["trial.b_R"] * (2 * school.readiness - 1)
            + n["trial.b_T"] * (2 * school.trust - 1)
            - n["trial.b_P"] * risk
            - n["trial.b_stopped"] * exposure.stopped
        )
        scale = self.agenda(school) * (1.0 if teacher.stage == AWARE else n["trial.rho"]) * school.active
        if school.enrolled and school.by_name and not teacher.invited:
            scale *= n["trial.uninvited"]
        mandate = 0.0
        if school.mandated():
            floor = n["trial.mandate_floor"]
            mandate = n["trial.mu"] * self.of_district(school.district, "districts.centralisation")
            mandate *= floor + (1 - floor) * school.coherence
            mandate *= school.active * school.mandate_force
        like = n["trial.q_like"] * self.like_change(school) if n["structure.like"] == "trying" else 0.0
        causes = {
            "trial_own": n["trial.p"],
            "trial_outreach": n["trial.p"] * school.outreach * school.helped,
            "trial_asked": self.asked(teacher, school, dose),
            "trial_peers": self.by_peers(exposure),
            "trial_norm": n["trial.qN"] * school.norm,
            "trial_like": like,
        }
        cut = sum(causes.values()) <= 0  # then nothing under the bracket counts
        causes = {cause: 0.0 if cut else scale * part * factor for cause, part in causes.items()}
        causes["trial_invited"] = scale * n["trial.p_inv"] * self.fade(teacher)
        self.turns["inducted_and_invited"] += bool(teacher.invited) and self.is_inducted(teacher, school)
        causes["trial_induction"] = scale * n["trial.p_ind"] * school.embedded * self.is_inducted(teacher, school)
        causes["trial_mandate"] = mandate
        hazard = sum(causes.values())
        if not teacher.try_wait.add(hazard * DT) or hazard <= 0:
            return
        compliant = mandate
        if n["structure.recruited"] == "by_readiness":
            compliant += causes["trial_asked"] * (1 - min(1.0, self.ready(school)))
        self.begin_spell(teacher, compliant / hazard)
        # AMBIGUOUS: flows are summed over all teachers, those of schools outside the programme included.
        for cause, part in causes.items():
            self.flows[cause] += part / hazard

    def begin_spell(self, teacher, compliant_share):
        spell = teacher.spells
        teacher.spells += 1
        teacher.stage = TRIAL
        teacher.ever_used = True
        teacher.aware_wait = teacher.try_wait = None
        key, tag = teacher.origin_key, teacher.tag
        teacher.owned = not self.draws.uniform(OWNERSHIP, key, tag, spell) < compliant_share
        teacher.visible = self.draws.uniform(VISIBILITY, key, tag, spell) < self.n["trial.visibility"]
        teacher.uses = 0.0
        teacher.began = self.week
        teacher.stop_wait = self.person_wait(teacher, STOP_CLOCK, spell)
        teacher.internalise_wait = None if teacher.owned else self.person_wait(teacher, INTERNALISE_CLOCK, spell)

    def use_changes(self, teacher, school, exposure, dose):
        """dk and dv of a user's week."""
        n = self.n
        k, v, x, kbar = teacher.k, teacher.v, exposure.x, exposure.kbar
        coaching = n["learning.coaching_feedback"] * dose.helped
        skilled = n["learning.peer_feedback"] * x * kbar * k
        watched, helped = self.lent.get(teacher.id, (0.0, 0.0))
        fb0 = n["learning.fb0"]
        feedback = fb0 + (1 - fb0) * min(1.0, coaching + watched + skilled)
        by_use = (
            n["learning.l_use"]
            * (4 * k * (1 - k) + n["learning.use_floor"])
            * (0.5 + school.conditions[TIME])
            * teacher.drive
            * feedback
            * school.active
        )
        by_help = n["learning.l_help"] * (1 - k) * (dose.helped * self.coach(school) * self.ready(school) + helped)
        by_peers = n["learning.l_peer"] * x * kbar * k**2 * school.active
        scale = (1 - k) * (1.0 if teacher.owned else n["learning.compliant_learning"])
        drift = n["learning.skill_drift"] * k * max(0.0, 1 - feedback - school.norm)
        self.flows["learn_use"] += scale * by_use * DT
        self.flows["learn_help"] += scale * by_help * DT
        self.flows["learn_peers"] += scale * by_peers * DT
        self.flows["loss_drift"] += drift * DT
        dk = (scale * (by_use + by_help + by_peers) - drift) * DT

        payoff = self.payoff(teacher, school, self.quarter())
        return dk, n["experience.eta"] * (payoff - v) * DT * school.active

    def payoff(self, teacher, school, quarter):
        """What the practice shows a user, with the noise of a quarter of the run."""
        n = self.n
        if teacher.noise_quarter != quarter:
            teacher.noise_quarter = quarter
            teacher.noise = self.draws.normal(PAYOFF_NOISE, teacher.origin_key, teacher.tag, quarter)
        burden = n["experience.burden"] * self.of_district(school.district, "experience.complexity")
        return (
            self.cycles.fit(school) * teacher.k * self.intensity(teacher)
            - burden * (1 - teacher.k) * (1.5 - school.conditions[TIME])
            + n["experience.noise"] * teacher.noise
        )

    def use_events(self, teacher, school, new_k):
        n = self.n
        k, v, norm = teacher.k, teacher.v, school.norm
        compliant = not teacher.owned
        risk = 0.0 if school.mandated() else self.risk(school)
        holding = usual(norm, n["stop.critical_norm"])
        stop = n["stop.d0"] * self.agenda(school)
        stop *= math.exp(
            -n["stop.g_v"] * v
            - n["stop.g_k"] * (2 * k - 1)
            - n["stop.g_N"] * holding
            + n["stop.g_R"] * (1 - school.readiness)
            + n["trial.b_P"] * risk * (1 - k)
        )
        if school.left_week is not None and self.week - school.left_week < WEEKS:
            # AMBIGUOUS: the week in which the school left (the first of a year) is the first of the 36.
            stop *= 1 + n["stop.leave_stop"]
            self.turns["users_of_leavers"] += 1
        if teacher.stage == ROUTINE:
            stop *= n["stop.routine_factor"]
        if compliant:
            # A mandate in force is a monitored one, but for suspended support: where monitoring cannot be paid, the
            # mandate is broken.
            monitored = school.mandated() and school.helped > 0
            stop *= n["stop.monitored_factor"] if monitored else n["stop.after_mandate_factor"]
        internalise = (
            n["internalise.rate"]
            * math.exp(n["stop.g_v"] * v)
            * (norm + n["internalise.norm_floor"])
            * (0.5 + self.of_district(school.district, "districts.autonomy"))
        )
        teacher.uses += n["learning.uses_per_week"] * self.intensity(teacher) * school.active
        if teacher.stop_wait.add(stop * DT):
            teacher.stage = DISCONTINUED
            teacher.stopped_week = self.week
            teacher.stop_wait = teacher.internalise_wait = None
            teacher.try_wait = self.person_wait(teacher, TRY_CLOCK, teacher.spells)
            return
        if (
            teacher.stage == TRIAL
            and teacher.uses >= n["learning.routine_uses"]
            and new_k > n["learning.routine_skill"]
        ):
            teacher.stage = ROUTINE
        if compliant and teacher.internalise_wait.add(internalise * DT):
            teacher.owned = True
            teacher.internalise_wait = None

    # ---------------------------------------------------------------------------------------- section 7: schools

    def leader_hours(self, school):
        """H_l, hours of each of a school's leaders."""
        hours = school.to_leaders * self.delivered(school) * (1 - school.mix[BUILDING])
        return hours * self.participants(school) / self.n["coaches.leaders_per_school"]

    def lead_rate(self, hours):
        return self.n["coaches.b_lead"] * self.sat(hours, self.n["coaches.h_lead"])

    def district_week(self, district):
        """Superintendents learn with their schools' leaders, departments align the lowest instrument."""
        n = self.n
        members = [school for school in district.schools if school.programme]
        if not members:
            return
        hours = sum(self.leader_hours(school) for school in members) / len(members)
        now = district.support
        change = self.lead_rate(hours) * (1 - now) - n["readiness.drift"] * (now - district.support0)
        district.support = clip01(now + change * DT)
        hours = sum(self.delivered_building(school) * school.departments for school in members) / len(members)
        lowest = district.alignment.index(min(district.alignment))
        value = district.alignment[lowest]
        change = n["coaches.b_align"] * self.sat(hours, n["coaches.h_lead"]) * (1 - value)
        district.alignment[lowest] = clip01(value + change * DT)

    def aim(self, school, j):
        """What a condition drifts to."""
        aim = school.condition_targets[j]
        if j == FOCUS:
            crowding = self.n["readiness.focus_crowding"]
            aim = min(1.0, aim * (1 + crowding * school.initiatives0) / (1 + crowding * school.initiatives))
        return aim

    def built(self, school, j):
        """s_j: what a school's building hours come to for a condition, or for trust (4)."""
        hours = self.delivered_building(school) * (1 - school.departments)
        part = 1 / 5 if school.target is None else float(school.target == j)
        return self.sat(hours, self.n["readiness.h_school"]) * part

    def leaving_share(self, school):
        """Lambda: the share of a school's principals who leave in a year."""
        n = self.n
        return self.exit_share(school, n["leaders.principal_exit"], n["leaders.principal_exit_ratio"])

    def kept_by_successors(self, school, j):
        """What a new principal leaves of a condition; what is embedded is not the principal's to take."""
        kept = {FOCUS: self.n["leaders.focus_kept"], TEAM: self.n["leaders.team_kept"]}
        return 1 - (1 - kept.get(j, 1.0)) * (1 - school.embedded)

    def school_week(self, school):
        n = self.n
        principal, trust = school.principal, school.trust
        lead = self.lead_rate(self.leader_hours(school))
        drift, build = n["readiness.drift"], n["readiness.build"]
        school.principal = clip01(principal + (lead * (1 - principal) - drift * (principal - school.principal0)) * DT)

        for j in range(4):
            value, aim = school.conditions[j], self.aim(school, j)
            held = 1 - school.embedded if j in (TIME, DISTRICT_SUPPORT) else 1.0
            change = build * self.built(school, j) * principal * (1 - value) - drift * held * (value - aim)
            change += self.leaving_share(school) * (1 - self.kept_by_successors(school, j)) * aim
            school.conditions[j] = clip01(value + change * DT)

        growth = n["trust.build"] + build * self.built(school, TRUST_AS_TARGET)
        change = growth * principal * (1 - trust) - n["trust.drift"] * (trust - school.trust0)
        change -= n["trust.build"] * self.usual_principal(school.district) * (1 - school.trust0)
        change += self.leaving_share(school) * n["trust.principal_leaves"]
        school.trust = clip01(trust + change * DT)
        school.norm = clip01(school.norm + n["norm.rate"] * (self.deep_share(school) - school.norm) * DT)
        self.embed(school)
        if school.mandate_weeks > 0:
            school.mandate_weeks -= 1
            if school.mandate_weeks == 0:
                school.mandate_spent = True
        school.principal_weeks += 1

    # ---------------------------------------------------------------------- section 8: enrolment, plan and money

    def fixed_cost(self, outreach):
        """One quarter's outreach and measurement of an enrolled school."""
        measured = self.n["money.price_measurement"] if self.supported() else 0.0
        return self.outreach_cost(outreach) + measured

    def outreach_cost(self, outreach):
        return self.n["money.outreach_hours"] * self.n["money.price_outreach"] * outreach

    def monitoring_cost(self):
        return self.n["money.monitoring_hours"] / 4 * self.n["money.price_monitoring"]

    def break_mandate(self, school):
        school.mandate_weeks = 0
        school.mandate_spent = True
        school.trust = max(0.0, school.trust - self.n["trust.broken_mandate"])

    def survey(self, school):
        noise = self.n["planner.survey_sd"] * (0.5 if school.looked_at else 1.0)
        # AMBIGUOUS: what superintendents on a team have just learnt is in the fourth condition as surveyed, though R
        # and C follow at the end of the week only.
        true = [*school.conditions[:3], self.felt_district(school), school.trust]
        *school.surveyed, school.surveyed_trust = [
            clip01(true[j] + noise * self.draws.normal(SURVEY, school.key, self.year(), j)) for j in range(5)
        ]
        school.surveyed_readiness = math.prod(school.surveyed) ** 0.25

    def pull(self, school):
        """Y, the log of a school's inclination to take part."""
        n = self.n
        users = [t for t in school.teaching() if t.is_user()] or school.teaching()
        conviction = sum(t.v for t in users) / len(users) if users else 0.0
        return (
            n["enrolment.e_v"] * conviction
            + n["enrolment.e_C"] * (2 * school.coherence - 1)
            + n["enrolment.e_R"] * (2 * school.readiness - 1)
            + school.openness
            - n["enrolment.e_P"] * self.risk(school)
            + n["enrolment.e_like"] * self.like_change(school)
        )

    def enrol(self, school):
        self.begin_enrolment(school)
        school.enrolled = True
        school.kept = not self.supported() and school.kept_once

    def begin_enrolment(self, school):
        self.flows["school_entries"] += 1
        school.exit_wait = Wait(self.draws.exponential(EXIT_CLOCK, school.key, 0, school.enrolments))
        school.enrolments += 1
        school.enrolled_week = self.week
        school.entry_wait = None

    def leave(self, school):
        self.flows["school_exits"] += 1
        school.enrolled = school.kept = school.on_team = False
        self.end_place(school)
        school.exit_wait = None
        school.entry_wait = Wait(self.draws.exponential(ENTER_CLOCK, school.key, 0, school.enrolments))

    def leave_of_itself(self, school):
        """Not released and not withdrawn by an event: something else takes the practice's place."""
        self.turns["left_in_support" if self.supported() else "left_after"] += 1
        self.turns["left_again"] += school.left_week is not None
        self.turns["replaced_anew"] += school.replaced > 0
        self.leave(school)
        school.left_week = self.week
        school.replaced = self.initiative_quarters()

    def end_place(self, school):
        school.hours = school.building = school.outreach = 0.0
        school.target = None
        school.to_leaders = 0.0
        school.by_name = False
        for teacher in school.present():
            teacher.invited = 0.0

    def held_fast(self, school):
        """What embedding and standing support add to Y where a school decides on going on, or after support."""
        return self.n["enrolment.e_embedded"] * school.embedded + self.n["enrolment.e_standing"] * school.standing

    def may_leave(self, school):
        """A year of the exit wait; whether the school left of itself."""
        if school.mandated():
            return False
        pull = self.pull(school) + self.held_fast(school)
        leaves = school.exit_wait.add(self.n["enrolment.e0"] * math.exp(-pull) * self.agenda(school))
        if leaves:
            self.leave_of_itself(school)
        return leaves

    def open_year(self):
        """The year's pots: of the programme, after support the districts' own."""
        n = self.n
        share = 1.0 if self.supported() else n["money.own_budget"]
        # Nothing goes from the last year of support to the first year after it.
        carries = n["money.unspent"] == "carried" and self.year() not in (0, n["programme.years_support"])
        for pot in self.pots:
            # AMBIGUOUS: what a cut has left of the year before is carried as it is, not cut once more.
            carried = pot.left_of_year if carries else 0.0
            pot.left_of_year = share * n["money.budget_per_teacher"] * pot.posts * pot.kept + carried
            pot.open_quarter(0)

    def look(self, plan):
        """A look at schools before the partnership; whether any was paid."""
        cost = self.n["planner.look_hours"] * self.n["money.price_coaching"]
        paid = []
        for pot in self.pots:
            for school in self.queue(pot.schools):
                if school not in plan.look or school.looked_at or self.suspended(school):
                    continue
                if affordable(cost, pot.left_of_year) and affordable(cost, pot.left):
                    pot.pay(cost)
                    self.book("measurement", cost)
                    school.looked_at = True
                    paid.append(school)
            # AMBIGUOUS: all looks of a quarter come to no more than its allowance as it was before them; what schools
            # need to start is held against a quarter of what the looks have left of the year's pot.
            pot.open_quarter(0)
        for school in paid:
            self.survey(school)
        return bool(paid)

    def enrol_year(self):
        n = self.n
        for school in self.programme:
            self.survey(school)
        left = set()
        for school in self.programme:
            if school.enrolled and self.may_leave(school):
                left.add(school.id)

        plan = self.plan()
        if self.look(plan):
            plan = self.plan()
        for school in plan.mandates:
            # A mandate already in force is left to run; a school already enrolled without one gets a mandate and pays
            # monitoring only. A school that left in this same summer may be mandated.
            # A mandate of no years is none: nobody is told to take part.
            if self.suspended(school) or (n["programme.mandate_years"] == 0 and not school.mandated()):
                continue
            if school.mandate_spent or (school.mandated() and school.enrolled):
                continue
            if not school.enrolled and sum(s.enrolled for s in self.programme) >= plan.places:
                continue
            if not self.start_affordable(school, plan, mandated=True):
                continue
            if not school.enrolled:
                self.enrol(school)
            if not school.mandated():  # one by an event stays as it is
                school.mandate_weeks = WEEKS * n["programme.mandate_years"]
                school.mandate_force = plan.force

        takers = []
        for row, school in enumerate(self.queue(plan.offered)):
            if school.enrolled or school.id in left or self.suspended(school):
                continue
            if not self.supported() and self.pot_of[school.id].left_of_year <= 0:
                continue
            hazard = n["enrolment.n0"] * math.exp(self.pull(school)) * self.agenda(school)
            before = school.entry_wait.sum
            at_once = school.id in plan.no_wait and school.enrolments == 0
            self.turns["without_waiting"] += at_once
            if school.entry_wait.add(hazard) or at_once:
                due = hazard > 0 and not at_once
                default = (school.entry_wait.draw - before) / hazard if due else -math.inf
                takers.append((plan.priority.get(school.id, default), row, school))
        for _, _, school in sorted(takers, key=lambda taker: taker[:2]):
            enrolled = sum(s.enrolled for s in self.programme)
            # A taker that cannot be paid is passed over and the next one is looked at.
            if enrolled < plan.places and self.start_affordable(school, plan, mandated=False):
                self.enrol(school)

    def queue(self, schools):
        """Schools in keyed turn, for where money or places do not suffice for all."""
        return sorted(schools, key=lambda s: self.draws.uniform(QUEUE, s.key, 0, 0))

    def start_affordable(self, school, plan, mandated):
        pot = self.pot_of[school.id]
        committed = 0.0
        for other in pot.schools:
            if other.enrolled and other is not school:
                committed += self.fixed_cost(plan.outreach[other.id])
            if other.mandated():
                committed += self.monitoring_cost()
        cost = self.fixed_cost(plan.outreach[school.id])
        if mandated and not school.mandated():
            cost += self.monitoring_cost()
        return affordable(committed + cost, pot.left)

    def plan(self):
        """The named strategies."""
        n = self.n
        recruitment, allocation, content, tempo = self.strategy[:4]
        plan = Plan()
        plan.staffing = (*self.strategy, plan.staffing)[4]
        if tempo == "at_once":
            plan.places = len(self.programme)
        else:
            plan.places = half_up(n[f"programme.wave_{min(3, self.year() + 1)}"] * len(self.programme))
        if recruitment == "none":
            plan.places = 0
        elif recruitment == "directed":
            # AMBIGUOUS: directed offers no place to volunteers, so a school whose mandate has ended and that leaves
            # does not come back.
            # AMBIGUOUS: "up to the places": a school that cannot be paid does not use one up; the next may.
            plan.mandates = self.queue(self.programme)
        elif recruitment == "ready_only":
            plan.offered = [s for s in self.programme if s.surveyed_readiness >= n["programme.ready_min"]]
        else:
            plan.offered = list(self.programme)
        if recruitment == "equity_first":
            plan.priority = {s.id: -s.poverty for s in self.programme}
        elif recruitment == "lottery":
            tag = text_tag("lottery")
            plan.priority = {
                s.id: self.draws.uniform(STRATEGY_DRAW, s.key, tag, self.quarter()) for s in self.programme
            }
        # AMBIGUOUS: no strategy states its outreach; 1 in every enrolled school.
        plan.outreach = {s.id: 1.0 if self.supported() else 0.0 for s in self.programme}
        plan.to_leaders = {s.id: float(self.option("to_leaders", 0.0)) for s in self.programme}
        plan.departments = {s.id: self.option("departments", 0.0) for s in self.programme}
        # AMBIGUOUS: "all recruitments" takes in none.
        plan.look = list(self.programme) if self.option("look", self.looks) else []
        self.narrow(plan)
        for pot in self.pots:
            enrolled = [s for s in pot.schools if s.enrolled]
            weights = {}
            for school in enrolled:
                if allocation == "readiness_gap":
                    weights[school.id] = 1 - school.surveyed_readiness
                elif allocation == "need_weighted":
                    weights[school.id] = school.poverty
                elif allocation == "by_hand":
                    weights[school.id] = self.hours_by_hand(school)
                else:
                    weights[school.id] = 1.0
            total = sum(s.teaching_posts() for s in enrolled)
            weighted = sum(weights[s.id] * s.teaching_posts() for s in enrolled)
            for school in enrolled:
                share = weights[school.id] * total / weighted if weighted > 0 else 1.0
                plan.hours[school.id] = self.hours_of_participant(school) * share
                if allocation == "by_hand" and not self.option("scaled", 0):
                    plan.hours[school.id] = weights[school.id]
                self.plan_content(plan, school, content)
                # A small school gets as much building as a large one.
                hours = plan.hours[school.id] * plan.mixes[school.id][BUILDING]
                plan.building[school.id] = hours * total / len(enrolled)
        return plan

    def plan_content(self, plan, school, content):
        """Shares of a school's hours, and what its building hours are for."""
        if content == "by_readiness":
            # AMBIGUOUS: the options' values where none is said are those of the ids.
            ready = school.surveyed_readiness >= self.option("cut", 0.5)
            content = self.option("above", "practice_first") if ready else self.option("below", "responsive")
        elif content == "by_year":
            content = self.content_of_year()
        # AMBIGUOUS: shares that are said take the place of those of every content, by_readiness and by_year too.
        plan.mixes[school.id] = self.mix or MIXES[content]
        if content == "responsive":
            seen = [*school.surveyed, school.surveyed_trust]
            plan.targets[school.id] = seen.index(min(seen))

    def content_of_year(self):
        """Option years: programme year (1, 2, ...) -> content."""
        named = {int(year): content for year, content in self.option("years", {}).items()}
        before = [year for year in named if year <= self.year() + 1]
        return named[max(before) if before else min(named)]

    def pay_quarter(self):
        quarter_of_year = self.quarter() % 4
        self.noting = True
        plan = self.plan()
        self.noting = False
        for school in plan.release:
            if school.enrolled and not school.mandated():
                self.leave(school)
        for school in plan.adapt:
            book = self.cycles.books[school.id]
            book.adapts = book.adapts or book.using is not None
        paid = {}
        for pot in self.pots:
            pot.open_quarter(quarter_of_year)
            self.settle_structures(pot, before=True, own=False)
            paid[pot] = self.pay_outreach(pot, plan)
            self.pay_monitoring(pot, "monitoring")
            # AMBIGUOUS: structures that are settled "after monitoring and before improvement cycles" come before
            # invitations by name, as they are named before them.
            self.settle_structures(pot, before=False, own=False)
            self.pay_invitations(pot, paid[pot], plan)
            self.cycles.pay(pot, paid[pot], affordable)
            self.set_hours(pot, paid[pot], plan)
        for provider in self.providers:
            self.reach(provider, [s for schools in paid.values() for s in schools if s in provider.schools])
        for pot in self.pots:
            self.pay_hours(pot, paid[pot])
            self.cycles.adapt(paid[pot])
        for provider in self.providers:
            served = [s for schools in paid.values() for s in schools if s in provider.schools]
            self.supply(provider, served, self.n["coaches.external_supply"] if self.supported() else 0.0)
        for pot in self.pots:
            self.train_coaches(pot, paid[pot])
            if quarter_of_year == 3 and self.supported() and not self.carries_on():
                # AMBIGUOUS: booked once a year, with the last quarter's payments; own_budget's rest is not counted.
                self.unspent += pot.left_of_year
        self.cycles.quarter_begins()  # partners' use is that of the end of last week: before anybody is appointed
        for school, teacher in plan.appoint:
            if any(school in schools for schools in paid.values()) and self.participates(teacher, school):
                self.put_to_use(teacher)
        self.appoint_teachers()
        for school in self.programme:
            hours = plan.hours.get(school.id, 0.0) if school.enrolled else 0.0
            invited = sum(teacher.invited > 0 for teacher in school.teaching())
            self.set_standing(school, hours * (invited if school.by_name else school.teaching_posts()))

    def carries_on(self):
        """Whether what this year of support leaves goes to the next one."""
        last = self.year() == self.n["programme.years_support"] - 1
        return self.n["money.unspent"] == "carried" and not last

    def pay_outreach(self, pot, plan):
        """Outreach and measurement; the schools for which they were paid, in keyed turn."""
        paid = []
        for school in [s for s in self.queue(pot.schools) if s.enrolled]:
            outreach = plan.outreach[school.id]
            school.outreach = school.hours = school.building = 0.0
            school.by_name = school.id in plan.invite
            for teacher in school.present():
                teacher.invited = 0.0
            school.structure.asked = plan.hours[school.id] * plan.mixes[school.id][PRACTICE]
            cost = self.fixed_cost(outreach)
            school.quarter_paid = not self.not_paid(school) and affordable(cost, pot.left)
            if school.quarter_paid:
                pot.pay(cost)
                self.book("outreach", self.outreach_cost(outreach))
                if self.supported():
                    self.ledger["measurement"] += self.n["money.price_measurement"]
                school.outreach = outreach
                paid.append(school)
        return paid

    def pay_monitoring(self, pot, column):
        """A mandate whose monitoring cannot be paid is broken."""
        for school in self.queue(pot.schools):
            if school.mandated() and not self.not_paid(school):
                if affordable(self.monitoring_cost(), pot.left):
                    pot.pay(self.monitoring_cost())
                    self.book(column, self.monitoring_cost())
                else:
                    self.break_mandate(school)

    def pay_invitations(self, pot, paid, plan):
        """All invitations of a school or none."""
        price = self.n["money.invite_hours"] * self.n["money.price_outreach"]
        for school in paid:
            named = [t for t in plan.invite.get(school.id, ()) if t.role != COACHES]
            if not named or not affordable(price * len(named), pot.left):
                continue
            pot.pay(price * len(named))
            self.book("outreach", price * len(named))
            for teacher in named:
                teacher.invited = 1.0
                if teacher.invited_first is None or teacher.invited_first[0] != self.year():
                    teacher.invited_first = (self.year(), self.quarter() % 4)

    def cost_of(self, school, hours, building, posts):
        """A quarter's cost of a school's hours for so many posts and of its building, by column of the ledger."""
        n = self.n
        coach, release = n["money.price_coaching"], n["money.price_released_time"]
        leaders = n["money.released_leaders"]
        taught = hours / 4 * posts * (school.mix[PRACTICE] + school.mix[EXPERTISE])
        capacity = hours / 4 * posts * school.mix[CAPACITY]
        released = 1 - school.to_leaders + school.to_leaders * leaders
        return {
            "coaching": (taught + building / 4) * coach,
            "released_time": (taught * released + building / 4 * leaders) * release,
            "capacity": capacity * (coach + leaders * release),
        }

    def set_hours(self, pot, paid, plan):
        """Hours and building of a pot that what is left of it pays for."""
        n = self.n
        planned = []
        for school in paid:
            school.mix = plan.mixes[school.id]
            school.target = plan.targets.get(school.id)
            school.to_leaders = plan.to_leaders.get(school.id, 0.0)
            school.departments = plan.departments.get(school.id, 0.0)
            hours, posts = plan.hours[school.id], self.participants(school)
            building = plan.building.get(school.id, hours * school.mix[BUILDING] * posts)
            planned.append([school, hours, building, posts])
        share = 1.0
        if not self.supported():  # nobody comes from outside
            asked = sum(hours * (1 - s.mix[BUILDING]) * posts + building for s, hours, building, posts in planned)
            time = n["staffing.coach_hours"] * self.trained[id(pot)]
            share = min(1.0, time / asked) if asked > 0 else 1.0
        for row in planned:
            row[1:] = share * row[1], share * row[2], row[3]
            row[3] = sum(self.cost_of(*row).values())
        if n["money.spend"] == "stretch":
            factor = self.stretch_factor(planned, max(0.0, pot.left))
            for school, hours, building, _ in planned:
                # AMBIGUOUS: planned hours above hours_max are cut to it, also where the offer would give more.
                if hours > 0:
                    school.hours = min(n["programme.hours_max"], factor * hours)
                    school.building = building * school.hours / hours
                else:
                    school.hours, school.building = 0.0, building * factor if building > 0 else 0.0
            return
        cost = sum(cost for *_, cost in planned)
        offer = min(1.0, max(0.0, pot.left) / cost) if cost > 0 else 1.0
        for school, hours, building, _ in planned:
            school.hours, school.building = offer * hours, offer * building

    def reach(self, provider, schools):
        """What a provider can deliver follows what is to be paid with a lag, and falls at once."""
        n = self.n
        asked = sum(s.hours * (1 - s.mix[BUILDING]) * self.participants(s) + s.building for s in schools)
        if asked < provider.reach or n["coaches.lag"] == 0:
            provider.reach = asked
        else:
            provider.reach += (asked - provider.reach) * (1 - math.exp(-0.25 / n["coaches.lag"]))
        share = min(1.0, provider.reach / asked) if asked > 0 else 1.0
        for school in schools:
            school.hours *= share
            school.building *= share

    def pay_hours(self, pot, paid):
        for school in paid:
            posts = self.participants(school)
            school.capacity_hours = school.hours / 4 * posts * school.mix[CAPACITY]  # also of hours that adapt
            for column, cost in self.cost_of(school, school.hours, school.building, posts).items():
                self.book(column, cost)
                pot.pay(cost)

    def trained_of(self, provider):
        """Trained coaches of a provider's schools: a pot's are shared out by programme posts."""
        return sum(
            self.trained[id(pot)] * sum(s.posts for s in pot.schools if s in provider.schools) / pot.posts
            for pot in self.pots
            if pot.posts
        )

    def supply(self, provider, schools, outside):
        """Quality falls where a provider serves more than it has coaches for."""
        n = self.n
        served = sum(self.participants(s) for s in schools if s.hours * (s.mix[PRACTICE] + s.mix[EXPERTISE]) > 0)
        factor = 1.0
        if served > 0:
            coaches = outside + n["coaches.caseload"] * self.trained_of(provider)
            factor = min(1.0, (coaches / served) ** n["coaches.supply_exponent"])
        for school in schools:
            school.supply_factor = factor

    def stretch_factor(self, planned, money):
        """The largest factor at which the hours, none above hours_max, and their building cost no more than money."""
        most = self.n["programme.hours_max"]
        rows = sorted((most / hours if hours > 0 else math.inf, cost) for _, hours, _, cost in planned if cost > 0)
        capped = 0.0
        for i, (cap, cost) in enumerate(rows):
            factor = (money - capped) / sum(c for _, c in rows[i:])
            if factor <= cap:
                return factor
            capped += cap * cost
        return math.inf

    def end_support(self):
        for school in self.programme:
            if school.enrolled:
                school.kept = school.kept_once = True
                self.schools_at_end += 1
                if not self.goes_on():
                    school.enrolled = school.on_team = False
                    self.end_place(school)

    def decide_after_support(self):
        """Kept schools may leave, those that left before may come back."""
        left = {school.id for school in self.programme if school.kept and self.may_leave(school)}
        for school in self.programme:
            if not school.kept_once or school.kept or school.id in left:
                continue
            coaches = self.trained[id(self.pot_of[school.id])]
            if coaches < 0.5:
                self.turns["not_quite_a_coach"] += coaches > 0
                continue
            pull = self.pull(school) + self.held_fast(school)
            if school.entry_wait.add(self.n["enrolment.n0"] * math.exp(pull) * self.agenda(school)):
                self.begin_enrolment(school)
                school.kept = True
                self.turns["came_back"] += 1

    def pay_own_quarter(self):
        quarter_of_year = self.quarter() % 4
        for pot in self.pots:
            pot.open_quarter(quarter_of_year)
            self.settle_structures(pot, before=True, own=True)
            self.pay_monitoring(pot, "own")
            self.settle_structures(pot, before=False, own=True)
            self.own_coaching(pot)
        for provider in self.providers:
            # AMBIGUOUS: "as in section 8" takes in that a provider's trained coaches are shared out by posts.
            self.supply(provider, [s for s in provider.schools if s.kept], 0.0)
        for school in self.programme:
            asked = school.structure.asked
            self.set_standing(school, asked * school.teaching_posts() if school.kept else 0.0)
        self.cycles.quarter_begins()

    # ----------------------------------------------------------------------------------------- section 9: summer

    def exit_share(self, school, level, ratio):
        return min(0.95, level * ratio ** ((school.poverty - self.mean_poverty) / 0.6))

    def exit_hazard(self, school, level, ratio):
        return -math.log(1 - self.exit_share(school, level, ratio))

    def summer(self):
        n = self.n
        for school in self.schools:
            school.weight = school.teaching_posts()  # of last week
        self.count_use_elsewhere()
        norm_mean = self.mean_by_teachers(self.programme, lambda school: school.norm)
        self.teachers_turn_over()
        for pot in self.pots:
            self.trained[id(pot)] *= 1 - n["turnover.exit"]
        for provider in self.providers:
            provider.reach *= 1 - n["turnover.exit"]
        self.current_ties = self.ties(self.year())
        for school in self.schools:
            self.principal_turns_over(school, norm_mean)
        for district in self.districts:
            hazard = -math.log(1 - n["leaders.superintendent_exit"])
            if district.superintendent_wait.add(hazard):
                self.new_superintendent(district, norm_mean)
        for school in self.schools:
            self.derive(school)

    def teachers_turn_over(self):
        n, year = self.n, self.year()
        vacant = {school.id: [] for school in self.schools}
        movers = {district.id: [] for district in self.districts}
        for school in self.schools:
            hazard = self.exit_hazard(school, n["turnover.exit"], n["turnover.exit_ratio"])
            for teacher in school.present():
                post = teacher.post
                teacher.years += 1
                if not teacher.leave_wait.add(hazard):
                    continue
                vacant[school.id].append(post)
                school.teachers[post] = None
                teacher.role, teacher.team_leader = TEACHES, None
                # AMBIGUOUS: a district's schools outside the programme count here and take movers like the others.
                kind = self.draws.uniform(MOVE_KIND, teacher.origin_key, teacher.tag, teacher.moves)
                if len(school.district.schools) >= 2 and kind < n["turnover.stay_in_district"]:
                    order = self.draws.uniform(MOVE_ORDER, teacher.origin_key, teacher.tag, teacher.moves)
                    movers[school.district.id].append((order, teacher.id, teacher))
                else:
                    self.flows["left"] += 1
                    self.flows["left_users"] += teacher.is_user()
        for district in self.districts:
            for _, _, teacher in sorted(movers[district.id], key=lambda mover: mover[:2]):
                self.move(teacher, district, vacant, year)
        for school in self.schools:
            for post in sorted(vacant[school.id]):
                school.teachers[post] = self.hire(school, post, year)

    def finds_in_school(self, teacher, school):
        """Who comes into the school finds the practice there, as far as it is part of the school."""
        u = self.draws.uniform(FINDS_IN_SCHOOL, teacher.origin_key, teacher.tag, teacher.moves)
        found = teacher.stage == UNAWARE and u < school.embedded
        self.turns["found_by_movers" if teacher.moves else "found_by_hires"] += found
        return found

    def move(self, teacher, district, vacant, year):
        # AMBIGUOUS: the lowest poverty is over all schools of the district, programme or not.
        lowest = min(school.poverty for school in district.schools)
        for attempt in range(20):  # AMBIGUOUS: attempts count from 0
            first, second = self.draws.uniforms(
                MOVE_PROPOSAL, teacher.origin_key, teacher.tag, 32 * teacher.moves + attempt
            )
            school = district.schools[math.floor(first * len(district.schools))]
            if school is teacher.school or not vacant[school.id]:
                continue
            if second < math.exp(-self.n["turnover.mover_poverty"] * (school.poverty - lowest)):
                post = min(vacant[school.id])
                vacant[school.id].remove(post)
                school.teachers[post] = teacher
                teacher.school, teacher.post = school, post
                teacher.moves += 1
                teacher.invited = 0.0
                self.named_no_more(teacher)
                teacher.leave_wait = self.person_wait(teacher, LEAVE_CLOCK, teacher.moves)
                teacher.year_of_entry = year
                if self.finds_in_school(teacher, school) or (school.mandated() and teacher.stage == UNAWARE):
                    self.become_aware(teacher)
                self.flows["moved"] += 1
                return
        self.flows["left"] += 1
        self.flows["left_users"] += teacher.is_user()

    def hire(self, school, post, year):
        n = self.n
        school.last_incumbent[post] += 1
        self.flows["hired"] += 1
        mean = n["teachers.conviction"] + n["teachers.conviction_norm"] * school.norm
        teacher = self.new_person(school, post, school.last_incumbent[post], mean)
        teacher.year_of_entry = year
        teacher.aware_wait = self.person_wait(teacher, AWARE_CLOCK, 0)
        if self.draws.uniform(ARRIVAL, teacher.origin_key, teacher.tag, 0) < self.experienced_share(school):
            school.comers += 1
            teacher.came_knowing = True
            teacher.k = teacher.k0 = n["teachers.experienced_skill"]
            self.become_aware(teacher)
        else:
            teacher.years = 0.0
            if self.finds_in_school(teacher, school) or school.mandated():
                self.become_aware(teacher)
        return teacher

    def count_use_elsewhere(self):
        """u_e of every district: users among the posts that teach in the world's other districts."""
        users = {d.id: sum(t.is_user() for s in d.schools for t in s.teaching()) for d in self.districts}
        posts = {d.id: sum(s.teaching_posts() for s in d.schools) for d in self.districts}
        for district in self.districts:
            there = sum(posts.values()) - posts[district.id]
            district.use_elsewhere = (sum(users.values()) - users[district.id]) / there if there else 0.0

    def experienced_share(self, school):
        """Chance that a hire of a school knows the practice: as many use it elsewhere, as far as there is one."""
        if len(self.districts) > 1 and self.n["structure.elsewhere"] == "districts":
            share = school.district.use_elsewhere
        else:
            given = [s for s in self.programme if s.own_initial_use is not None]
            share = self.n["initial_use.share"]
            if given:
                share = self.mean_by_posts(given, lambda school: float(school.own_initial_use))
        return min(1.0, self.n["teachers.experienced_ratio"] * share)

    def principal_turns_over(self, school, norm_mean):
        n = self.n
        hazard = self.exit_hazard(school, n["leaders.principal_exit"], n["leaders.principal_exit_ratio"])
        if school.principal_wait.add(hazard):
            self.new_principal(school, norm_mean)

    def new_principal(self, school, norm_mean):
        n, draws = self.n, self.draws
        school.principal_number += 1
        number = school.principal_number
        school.principal_wait = Wait(draws.exponential(PRINCIPAL_CLOCK, school.key, 0, number))
        school.principal = school.principal0 = clip01(
            n["schools.principal"]
            + n["schools.principal_sd"] * self.shared_score(school, PRINCIPALS_IN_COMMON, PRINCIPAL, number, 0)
            + n["leaders.successor_norm"] * (school.norm - norm_mean)
        )
        for j in (FOCUS, TEAM):
            school.conditions[j] *= self.kept_by_successors(school, j)
        school.trust = max(0.0, school.trust - n["trust.principal_leaves"])
        school.openness = n["enrolment.openness_sd"] * draws.normal(OPENNESS, school.key, number, 0)
        school.principal_weeks = 0

    def new_superintendent(self, district, norm_mean):
        n, draws = self.n, self.draws
        district.superintendent_number += 1
        number = district.superintendent_number
        district.superintendent_wait = Wait(draws.exponential(SUPERINTENDENT_CLOCK, district.key, 0, number))
        # AMBIGUOUS: N_d over the district's programme schools (a programme 0 school is in no mean that others depend
        # on); over all its schools where it has none in the programme.
        members = [s for s in district.schools if s.programme] or district.schools
        norm = self.mean_by_teachers(members, lambda school: school.norm)
        district.support = clip01(
            n["districts.superintendent"]
            + n["districts.superintendent_sd"] * draws.normal(SUPERINTENDENT, district.key, number, 0)
            + n["leaders.successor_norm"] * (norm - norm_mean)
        )
        district.support0 = district.support
        district.alignment = [
            start + n["leaders.alignment_kept"] * (now - start)
            for start, now in zip(district.alignment0, district.alignment, strict=True)
        ]
        embedded = self.mean_by_teachers(members, lambda school: school.embedded)
        u, chance = draws.uniform(MANDATE_DROPPED, district.key, number, 0), n["leaders.mandate_drop"]
        self.turns["not_dropped"] += chance * (1 - embedded) <= u < chance and any(s.mandated() for s in members)
        if u < chance * (1 - embedded):
            for school in district.schools:
                if school.mandated():
                    self.turns["dropped"] += 1
                    self.break_mandate(school)

    # ------------------------------------------------------------------------------------------------- reading off

    def kept_measures(self):
        """embedding, kept_schools and schools_at_end of docs/measures.md."""
        posts = sum(school.teaching_posts() for school in self.schools)
        # AMBIGUOUS: "when support ended" is the first week after it, not its last week.
        at_end = self.schools_at_end
        kept = sum(s.kept for s in self.programme)
        return {
            "embedding": sum(s.embedded * s.teaching_posts() for s in self.schools) / posts,
            "kept_schools": kept / at_end if at_end else math.nan,
            "schools_at_end": at_end,
        }

    def users(self):
        return {t.id for school in self.schools for t in school.teaching() if t.is_user()}

    def comers_met(self):
        """Comers that a low-income pupil and any other pupil meet on average, per post that teaches."""
        met = [(s.pupils, s.poverty, s.comers / s.teaching_posts()) for s in self.schools]
        low, other = sum(w * p for w, p, _ in met), sum(w * (1 - p) for w, p, _ in met)
        return (
            sum(w * p * u for w, p, u in met) / low if low else math.nan,
            sum(w * (1 - p) * u for w, p, u in met) / other if other else math.nan,
        )

    def snapshot(self):
        return {
            t.id: {
                "stage": t.stage,
                "owned": int(t.owned),
                "skill": t.k,
                "conviction": t.v,
                "skill_brought": t.k0,
                "uses": t.uses,
                "school": school.id,
                "post": t.post,
            }
            for school in self.schools
            for t in school.present()
        }

    def school_state(self):
        return {
            s.id: {
                "norm": s.norm,
                "embedded": s.embedded,
                "standing": s.standing,
                "kept": s.kept,
                "trust": s.trust,
                "conditions": list(s.conditions),
                "principal": s.principal,
                "enrolled": s.enrolled,
                "mandate_weeks": s.mandate_weeks,
                "hours": s.hours,
                "building": s.building,
                "initiatives": s.initiatives,
                "like": s.like,
                "readiness": s.readiness,
                "coherence": s.coherence,
                "gain": s.gain,
                "comers": s.comers,
            }
            for s in self.schools
        }
