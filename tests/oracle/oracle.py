"""A slow twin of the model, written from docs/model.md alone: one agent at a time, plain Python.

It shares no code with the simulator. Where the document leaves something open, the reading taken is marked AMBIGUOUS;
tests/oracle/test_twin.py shows that the simulator takes the same one.
The advice network is not rebuilt here: the ties in force in each school year are handed in.
"""

import hashlib
import math

from scipy import special

from .cycles import Cycles
from .staffing import COACHES, TEACHES, StaffingRules, Structure

UNAWARE, AWARE, TRIAL, ROUTINE, DISCONTINUED = range(5)
WEEKS = 36
QUARTER_WEEKS = 9
DT = 1 / WEEKS
EVALUATION = 4  # instrument number of the district's evaluation of teachers
FOCUS, TIME, TEAM, DISTRICT_SUPPORT = range(4)

EFFECTIVENESS, INNOVATIVENESS, CONVICTION, SKILL, EXPERIENCE = 1, 2, 3, 4, 5
INITIAL_USER, INITIAL_SKILL, INITIAL_CONVICTION, ARRIVAL = 6, 7, 8, 9
AWARE_CLOCK, TRY_CLOCK, STOP_CLOCK, INTERNALISE_CLOCK, LEAVE_CLOCK = 20, 21, 22, 23, 24
OWNERSHIP, VISIBILITY, PAYOFF_NOISE, MOVE_KIND, MOVE_ORDER, MOVE_PROPOSAL = 25, 26, 27, 28, 29, 30
INITIAL_USE, CONDITIONS, PRINCIPAL, TRUST, INITIATIVES, OPENNESS, COACH, SURVEY = 40, 41, 42, 43, 44, 45, 46, 47
QUEUE = 49
ENTER_CLOCK, EXIT_CLOCK, PRINCIPAL_CLOCK = 50, 51, 52
SUPERINTENDENT, SUPERINTENDENT_CLOCK, ALIGNMENT, ALIGNMENT_MEAN, MANDATE_DROPPED = 60, 61, 62, 63, 64
STRATEGY_DRAW = 70

# recruitment, allocation, content, tempo and, where it is not traditional, staffing
STRATEGIES = {
    # AMBIGUOUS: allocation, content and tempo of "none" are not stated; with no places they have no effect.
    "none": ("none", "uniform", "practice_first", "waves"),
    "volunteer_uniform": ("volunteer", "uniform", "practice_first", "waves"),
    "directed_uniform": ("directed", "uniform", "practice_first", "at_once"),
    "volunteer_differentiated": ("volunteer", "readiness_gap", "responsive", "waves"),
    "directed_differentiated": ("directed", "readiness_gap", "responsive", "at_once"),
    "equity_first": ("equity_first", "uniform", "practice_first", "waves"),
    "lottery": ("lottery", "uniform", "practice_first", "waves"),
    "ready_only": ("ready_only", "uniform", "practice_first", "waves"),
    "improvement_network": ("volunteer", "uniform", "mixed", "waves"),
    "multi_classroom_leader": ("volunteer", "uniform", "practice_first", "waves", "multi_classroom_leader"),
    "staged": ("team_outward", "uniform", "practice_first", "gated"),
}
MIXES = {  # practice, expertise, conditions, capacity
    "practice_first": (0.9, 0.0, 0.1, 0.0),
    "mixed": (0.6, 0.1, 0.2, 0.1),
    "responsive": (0.4, 0.2, 0.4, 0.0),
}


# ---------------------------------------------------------------------------------------------- section 3: keyed draws


def philox(counter, key):
    """Philox4x32-10: four counter words and two key words to four output words."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        first = 0xD2511F53 * c0
        second = 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (
            (second >> 32) ^ c1 ^ k0,
            second & 0xFFFFFFFF,
            (first >> 32) ^ c3 ^ k1,
            first & 0xFFFFFFFF,
        )
        k0 = (k0 + 0x9E3779B9) & 0xFFFFFFFF
        k1 = (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3


def unit(a, b):
    """A number in (0, 1) from two 32-bit words."""
    return min(((a >> 5) * 2**26 + (b >> 6) + 0.5) / 2**53, 1 - 2**-53)


def entity_key(*ids):
    return int.from_bytes(hashlib.blake2b("\x1f".join(ids).encode("utf-8"), digest_size=8).digest(), "little")


def text_tag(text):
    """Tag of a strategy's draws: low 32 bits of the key of the two texts "strategy" and the purpose."""
    return entity_key("strategy", text) & 0xFFFFFFFF


class Draws:
    """All random numbers of one run."""

    def __init__(self, seed):
        self.key = (seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF)

    def words(self, purpose, entity, tag, occasion):
        return philox((entity & 0xFFFFFFFF, entity >> 32, tag, (purpose << 24) + occasion), self.key)

    def uniforms(self, purpose, entity, tag, occasion):
        x0, x1, x2, x3 = self.words(purpose, entity, tag, occasion)
        return unit(x0, x1), unit(x2, x3)

    def uniform(self, purpose, entity, tag, occasion):
        return self.uniforms(purpose, entity, tag, occasion)[0]

    def exponential(self, purpose, entity, tag, occasion):
        return -math.log(self.uniform(purpose, entity, tag, occasion))

    def normal(self, purpose, entity, tag, occasion):
        first, second = self.uniforms(purpose, entity, tag, occasion)
        return math.sqrt(-2 * math.log(first)) * math.cos(2 * math.pi * second)


class Wait:
    """One Exp(1) draw and the sum of hazard so far."""

    def __init__(self, draw):
        self.draw = draw
        self.sum = 0.0

    def add(self, amount):
        self.sum += amount
        return self.sum >= self.draw


class BetaScore:
    """G_{a,b}: the Beta quantile of a normal score, from a table with linear interpolation."""

    def __init__(self, a, b):
        self.table = [float(special.betaincinv(a, b, special.ndtr(-8 + i / 64))) for i in range(16 * 64 + 1)]

    def __call__(self, y):
        place = (min(8.0, max(-8.0, y)) + 8) * 64
        i = min(int(place), len(self.table) - 2)
        return self.table[i] + (self.table[i + 1] - self.table[i]) * (place - i)


def poisson(mean, u):
    """Smallest n with CDF(n) >= u."""
    n, term = 0, math.exp(-mean)
    total = term
    while total < u and n < 10_000:
        n += 1
        term *= mean / n
        total += term
    return n


def clip(value, low, high):
    return min(high, max(low, value))


def clip01(value):
    return min(1.0, max(0.0, value))


def logistic(value):
    return 1 / (1 + math.exp(-value))


def half_up(value):
    return math.floor(value + 0.5)


def affordable(cost, left):
    """Up to rounding: a pot that was shared out exactly must be enough."""
    return cost <= left * (1 + 1e-9)


# ----------------------------------------------------------------------------------------------------------- entities


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
        self.invited = 0.0
        self.role = TEACHES
        self.team_leader = None
        self.own_gain = 0.0  # of the own pupils, without what effectiveness adds
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
        self.pupils = row.get("pupils")
        self.poverty = float(row["poverty"])
        self.achievement = float(row["achievement"])
        self.programme = bool(row["programme"])
        self.level = row.get("level")
        self.locale = row.get("locale")
        self.network = row.get("network")
        self.own_survey = row.get("readiness")
        self.own_initial_use = row.get("initial_use")
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
        self.initiatives = self.initiatives0 = 0
        self.pressure = 0.0
        self.openness = 0.0
        self.coach_quality = 1.0
        self.enrolled = False
        self.enrolments = 0
        self.enrolled_week = None
        self.by_name = False  # invites by name: only the invited take part
        self.departments = 0.0  # share of the conditions' hours for the district's departments
        self.active = 1.0  # L, share of school time not lost this week
        self.helped = 1.0  # z, 0 while support is suspended
        self.entry_wait = self.exit_wait = None
        self.mandate_weeks = 0
        self.mandate_spent = False  # has run out or was broken: none follows
        self.outreach = 0.0
        self.hours = 0.0
        self.mix = (0.0, 0.0, 0.0, 0.0)
        self.target = None
        self.to_leaders = False
        self.supply_factor = 1.0
        self.surveyed = None
        self.surveyed_readiness = None
        self.gain = 0.0
        self.structure = Structure()
        self.quarter_paid = False
        self.weight = self.posts  # posts that taught before this summer
        # derived
        self.district_felt = self.readiness = self.coherence = 0.0

    def mandated(self):
        return self.mandate_weeks > 0

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
        self.superintendent_number = 0
        self.superintendent_wait = None


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


class Plan:
    """What a strategy asks for in one quarter."""

    def __init__(self):
        self.places = 0
        self.mandates = []
        self.offered = []
        self.priority = {}  # school id -> number; absent: default
        self.outreach = {}
        self.hours = {}
        self.mix = (0.0, 0.0, 0.0, 0.0)
        self.targets = {}
        self.to_leaders = {}
        self.staffing = "traditional"
        self.departments = {}
        self.release = []
        self.adapt = []
        self.invite = {}  # school id -> teachers invited by name; absent: all take part
        self.appoint = []  # (school, teacher)


# -------------------------------------------------------------------------------------------------------------- model


class Oracle(StaffingRules):
    def __init__(
        self, *, numbers, schools, ties, strategy, seed, mix=None, testing=None, grades=None, appoint=None
    ):
        """One run from section 4 on.

        numbers: dotted path to value. schools: mappings with district_id, school_id, teachers, poverty, achievement,
        programme, optionally readiness (four) and initial_use. ties: called with the school year, gives
        (district, school, post) -> list of the posts asked for advice. mix: shares of hours, instead of the content's.
        testing: the rule of improvement cycles, see cycles.py.
        grades: called without arguments, gives (district, school, post) -> grade band. appoint: called with the quarter
        of the run, gives the posts that its plan appoints.
        """
        self.n = dict(numbers)
        self.mix = mix
        self.ties = ties
        # "recruitment+allocation+content+tempo" (and "+staffing") is accepted as well, for combinations without an id.
        self.strategy = STRATEGIES[strategy] if strategy in STRATEGIES else tuple(strategy.split("+"))
        self.draws = Draws(seed)
        self.week = 0
        self.ledger = dict.fromkeys(
            (
                *("coaching", "released_time", "outreach", "monitoring", "measurement", "own"),
                *("supplements", "transition", "capacity"),
            ),
            0.0,
        )
        self.unspent = 0.0
        self.flows = dict.fromkeys(
            (
                *("trial_own", "trial_outreach", "trial_peers", "trial_norm", "trial_invited", "trial_mandate"),
                *("learn_use", "learn_help", "learn_peers", "learn_expertise", "loss_drift", "loss_forgetting"),
                *("trial_appointed", "aware", "hired", "left", "left_users", "moved"),
            ),
            0.0,
        )
        self.deep_at_end_of_support = set()

        self.districts = [District(name) for name in sorted({str(row["district_id"]) for row in schools})]
        by_name = {district.id: district for district in self.districts}
        self.schools = []
        for row in sorted(schools, key=lambda row: (str(row["district_id"]), str(row["school_id"]))):
            school = School(row, by_name[str(row["district_id"])])
            school.district.schools.append(school)
            self.schools.append(school)
        self.by_id = {school.id: school for school in self.schools}
        self.programme = [school for school in self.schools if school.programme]
        if self.n["money.pool"] == "world":
            self.pots = [Pot(self.programme)]
        else:
            self.pots = [Pot([s for s in district.schools if s.programme]) for district in self.districts]
        self.pot_of = {school.id: pot for pot in self.pots for school in pot.schools}
        self.programme_posts = sum(school.posts for school in self.programme)
        self.mean_poverty = self.mean_by_posts(self.programme, lambda school: school.poverty)

        self.skill_score = BetaScore(self.n["teachers.skill_a"], self.n["teachers.skill_b"])
        self.initial_skill_score = BetaScore(self.n["initial_use.skill_a"], self.n["initial_use.skill_b"])
        for district in self.districts:
            self.start_district(district)
        for school in self.schools:
            self.start_school(school)
        self.start_teachers()
        self.cycles = Cycles(self, strategy, testing)
        self.start_staffing(grades, appoint)
        self.current_ties = self.ties(0)
        for school in self.schools:
            self.derive(school)

    # --------------------------------------------------------------------------------------------- small things

    @staticmethod
    def mean_by_posts(schools, value):
        posts = sum(school.posts for school in schools)
        return sum(school.posts * value(school) for school in schools) / posts if posts else 0.0

    @staticmethod
    def mean_by_teachers(schools, value):
        posts = sum(school.weight for school in schools)
        return sum(school.weight * value(school) for school in schools) / posts if posts else 0.0

    def sat(self, hours):
        return hours / (hours + self.n["learning.h"]) if hours > 0 else 0.0

    def year(self):
        return (self.week - 1) // WEEKS

    def quarter(self):
        return (self.week - 1) // QUARTER_WEEKS

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
        return school.enrolled if self.supported() else school.structure.kept

    def participates(self, teacher, school):
        return self.taught(school) and (teacher.invited > 0 or not school.by_name)

    def participants(self, school):
        return sum(self.participates(teacher, school) for teacher in school.teaching())

    def delivered(self, school):
        """Hours that arrive: none while support is suspended, less while school time is lost."""
        return school.hours * school.active * school.helped if self.taught(school) else 0.0

    def agenda(self, school):
        return 1 + self.n["trial.agenda"] * max(0.0, 1 - school.principal_weeks / WEEKS)

    def person_wait(self, teacher, purpose, occasion):
        return Wait(self.draws.exponential(purpose, teacher.origin_key, teacher.tag, occasion))

    def derive(self, school):
        """Section 2, derived values; called only after the weekly update and after summer (and at the start)."""
        district = school.district
        own = self.n["readiness.own_weight"]
        rest = (1 - own) / 2
        school.district_felt = (
            own * school.conditions[DISTRICT_SUPPORT] + rest * district.support + rest * sum(district.alignment) / 6
        )
        school.readiness = (math.prod(school.conditions[:3]) * school.district_felt) ** 0.25
        school.coherence = (school.principal * district.support * min(district.alignment)) ** (1 / 3)

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

    def start_school(self, school):
        n, draws, key = self.n, self.draws, school.key
        if school.own_survey is not None:
            # AMBIGUOUS: the table's own survey is taken as it stands, clipped, without noise.
            school.conditions = [clip01(float(value)) for value in school.own_survey]
        else:
            level = n["schools.readiness"] + n["schools.readiness_poverty"] * (school.poverty - 0.5)
            school.conditions = [
                clip01(level + n["schools.readiness_sd"] * draws.normal(CONDITIONS, key, 0, j)) for j in range(4)
            ]
        school.condition_targets = list(school.conditions)
        school.principal = clip01(
            n["schools.principal"] + n["schools.principal_sd"] * draws.normal(PRINCIPAL, key, 0, 0)
        )
        school.principal0 = school.principal
        school.trust = clip01(n["schools.trust"] + n["schools.trust_sd"] * draws.normal(TRUST, key, 0, 0))
        school.trust0 = school.trust
        school.initiatives = poisson(n["schools.initiatives"], draws.uniform(INITIATIVES, key, 0, 0))
        school.initiatives0 = school.initiatives
        school.openness = n["enrolment.openness_sd"] * draws.normal(OPENNESS, key, 0, 0)
        variance = math.log(1 + n["coaches.quality_sd"] ** 2)
        school.coach_quality = math.exp(math.sqrt(variance) * draws.normal(COACH, key, 0, 0) - variance / 2)
        school.pressure = n["districts.regime"] * logistic(-n["districts.pressure_slope"] * school.achievement)
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
                chance = use_score(draws.normal(INITIAL_USE, school.key, 0, 0))
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
        if (self.week - 1) % WEEKS == 0:
            self.open_year()
            if self.supported():
                self.enrol_year()
            elif self.year() == n["programme.years_support"]:
                self.end_support()
            self.form_structures()
        if (self.week - 1) % QUARTER_WEEKS == 0:
            self.mandates_by_events()
            if self.supported():
                self.pay_quarter()
            else:
                self.pay_own_quarter()
        exposures = self.exposures()  # appointed teachers are seen from their first week on
        self.lend()
        for school in self.schools:
            teaching_posts = school.teaching_posts()
            for teacher in school.present():
                if teacher.role == COACHES:
                    self.coach_week(teacher, school)
                else:
                    self.teacher_week(teacher, school, exposures[school.id, teacher.post], teaching_posts)
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

    def hours_by_hand(self, school):
        raise NotImplementedError

    def option(self, name, default):
        """An option of the strategy's parts."""
        return default

    # --------------------------------------------------------------------------------------- section 6: teachers

    def exposures(self):
        """(x, kbar, vbar) of every post, from the state in which the week begins."""
        visible, teach = {}, set()
        for school in self.schools:
            for teacher in school.teaching():
                teach.add((*school.id, teacher.post))
                if teacher.visibly_uses():
                    visible[(*school.id, teacher.post)] = (teacher.k, teacher.v)
        result = {}
        for school in self.schools:
            for post in range(school.posts):
                ties = [tuple(tie) for tie in self.current_ties.get((*school.id, post), ()) if tuple(tie) in teach]
                seen = [visible[tie] for tie in ties if tie in visible]
                if seen:
                    kbar = sum(k for k, _ in seen) / len(seen)
                    vbar = sum(v for _, v in seen) / len(seen)
                    result[school.id, post] = (len(seen) / len(ties), kbar, vbar)
                else:
                    result[school.id, post] = (0.0, 0.0, 0.0)
        return result

    def teacher_week(self, teacher, school, exposure, teaching_posts):
        n = self.n
        x, kbar, vbar = exposure
        k, k0, v, stage = teacher.k, teacher.k0, teacher.v, teacher.stage
        # AMBIGUOUS: a participant of a school that got no hours this quarter stays one, with dose 0.
        participant = self.participates(teacher, school)
        hours = self.delivered(school) if participant else 0.0
        dose = hours * school.mix[0]
        if school.to_leaders:
            dose *= school.conditions[TEAM] * school.principal
        g = self.sat(dose)

        gain = 0.0
        if teacher.is_user():
            gain += n["pupils.effect"] * self.cycles.fit(school) * self.quality(teacher)
        if stage == TRIAL:
            gain -= n["pupils.dip"] * (1 - k)
        if participant:
            gain -= n["pupils.displacement"] * g * max(0.0, 1 - school.readiness / n["pupils.ready_enough"])
        gain *= school.active
        teacher.own_gain += gain * DT
        effective = n["pupils.teacher_sd"] * teacher.effectiveness * school.active
        school.gain += (gain + effective) / teaching_posts * DT

        dk = dk0 = dv = 0.0
        if participant:
            saturation = n["learning.l_exp"] * self.sat(hours * school.mix[1])
            dk += saturation * (1 - k) * DT
            dk0 += saturation * (1 - k0) * DT
            self.flows["learn_expertise"] += saturation * (1 - k) * DT

        if stage in (TRIAL, ROUTINE):
            user_dk, user_dv = self.use_changes(teacher, school, x, kbar, g)
            dk += user_dk
            dv += user_dv
        else:
            forgotten = n["learning.forget"] * max(0.0, k - k0) * DT
            dk -= forgotten
            self.flows["loss_forgetting"] += forgotten
            # AMBIGUOUS: read as a rule of AWARE and DISCONTINUED only (the paragraph it stands in), not of UNAWARE.
            if stage != UNAWARE and x > 0:
                dv += n["experience.eta_peer"] * x * (vbar - v) * DT * school.active

        new_k = clip01(k + dk)
        if stage == UNAWARE:
            self.unaware_event(teacher, school, x)
        elif stage in (AWARE, DISCONTINUED):
            self.try_event(teacher, school, x)
        else:
            self.use_events(teacher, school, new_k)
        teacher.k = new_k
        teacher.k0 = clip01(k0 + dk0)
        teacher.v = clip(v + dv, -1.0, 1.0)

    def become_aware(self, teacher):
        teacher.stage = AWARE
        teacher.aware_wait = None
        teacher.try_wait = self.person_wait(teacher, TRY_CLOCK, teacher.spells)

    def unaware_event(self, teacher, school, x):
        n = self.n
        seen = x + self.cycles.partner_use(school)
        hazard = n["aware.a_0"] + n["aware.a_out"] * school.outreach * school.helped + n["aware.a_peer"] * seen
        if teacher.aware_wait.add(hazard * school.active * DT) or school.mandated():
            self.flows["aware"] += 1
            self.become_aware(teacher)

    def try_event(self, teacher, school, x):
        n = self.n
        risk = 0.0 if school.mandated() else self.risk(school)
        factor = math.exp(
            n["trial.b_z"] * teacher.innovativeness
            + n["trial.b_v"] * teacher.v
            + n["trial.b_C"] * (2 * school.coherence - 1)
            + n["trial.b_R"] * (2 * school.readiness - 1)
            + n["trial.b_T"] * (2 * school.trust - 1)
            - n["trial.b_P"] * risk
        )
        scale = self.agenda(school) * (1.0 if teacher.stage == AWARE else n["trial.rho"]) * school.active
        if school.enrolled and school.by_name and not teacher.invited:
            scale *= n["trial.uninvited"]
        mandate = 0.0
        if school.mandated():
            floor = n["trial.mandate_floor"]
            mandate = n["trial.mu"] * n["districts.centralisation"] * (floor + (1 - floor) * school.coherence)
            mandate *= school.active
        causes = {
            "trial_own": scale * n["trial.p"] * factor,
            "trial_outreach": scale * n["trial.p"] * school.outreach * school.helped * factor,
            "trial_peers": scale * n["trial.q"] * x ** n["trial.kappa"] * factor,
            "trial_norm": scale * n["trial.qN"] * school.norm * factor,
            "trial_invited": scale * n["trial.p_inv"] * teacher.invited,
            "trial_mandate": mandate,
        }
        hazard = sum(causes.values())
        if not teacher.try_wait.add(hazard * DT) or hazard <= 0:
            return
        self.begin_spell(teacher, mandate / hazard)
        # AMBIGUOUS: flows are summed over all teachers, those of schools outside the programme included.
        for cause, part in causes.items():
            self.flows[cause] += part / hazard

    def begin_spell(self, teacher, mandated_share):
        spell = teacher.spells
        teacher.spells += 1
        teacher.stage = TRIAL
        teacher.ever_used = True
        teacher.aware_wait = teacher.try_wait = None
        key, tag = teacher.origin_key, teacher.tag
        teacher.owned = not self.draws.uniform(OWNERSHIP, key, tag, spell) < mandated_share
        teacher.visible = self.draws.uniform(VISIBILITY, key, tag, spell) < self.n["trial.visibility"]
        teacher.uses = 0.0
        teacher.stop_wait = self.person_wait(teacher, STOP_CLOCK, spell)
        teacher.internalise_wait = None if teacher.owned else self.person_wait(teacher, INTERNALISE_CLOCK, spell)

    def use_changes(self, teacher, school, x, kbar, g):
        """dk and dv of a user's week (without expertise hours)."""
        n = self.n
        k, v = teacher.k, teacher.v
        coaching = n["learning.coaching_feedback"] * g
        skilled = n["learning.peer_feedback"] * x * kbar * k
        watched, helped = self.lent.get(teacher.id, (0.0, 0.0))
        fb0 = n["learning.fb0"]
        feedback = fb0 + (1 - fb0) * min(1.0, coaching + watched + skilled)
        ready = min(
            n["learning.ready_max"],
            max(0.0, (school.readiness - n["learning.ready_floor"]) / n["learning.ready_span"]),
        )
        coach = school.coach_quality * school.supply_factor
        by_use = (
            n["learning.l_use"]
            * (4 * k * (1 - k) + n["learning.use_floor"])
            * (0.5 + school.conditions[TIME])
            * teacher.drive
            * feedback
            * school.active
        )
        by_help = n["learning.l_help"] * (1 - k) * (g * coach * ready + helped)
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
        return (
            self.cycles.fit(school) * teacher.k * self.intensity(teacher)
            - n["experience.burden"] * n["experience.complexity"] * (1 - teacher.k) * (1.5 - school.conditions[TIME])
            + n["experience.noise"] * teacher.noise
        )

    def use_events(self, teacher, school, new_k):
        n = self.n
        k, v, norm = teacher.k, teacher.v, school.norm
        compliant = not teacher.owned
        risk = 0.0 if school.mandated() else self.risk(school)
        holding = norm**3 / (norm**3 + n["stop.critical_norm"] ** 3)
        stop = n["stop.d0"] * self.agenda(school)
        stop *= math.exp(
            -n["stop.g_v"] * v
            - n["stop.g_k"] * (2 * k - 1)
            - n["stop.g_N"] * holding
            + n["stop.g_R"] * (1 - school.readiness)
            + n["trial.b_P"] * risk * (1 - k)
        )
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
            * (0.5 + n["districts.autonomy"])
        )
        teacher.uses += n["learning.uses_per_week"] * self.intensity(teacher) * school.active
        if teacher.stop_wait.add(stop * DT):
            teacher.stage = DISCONTINUED
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
        if not school.to_leaders:
            return 0.0
        return self.delivered(school) * self.participants(school) / self.n["coaches.leaders_per_school"]

    def district_week(self, district):
        """Superintendents learn with their schools' leaders, departments align the lowest instrument."""
        n = self.n
        members = [school for school in district.schools if school.programme]
        if not members:
            return
        hours = sum(self.leader_hours(school) for school in members) / len(members)
        now = district.support
        change = n["coaches.b_lead"] * self.sat(hours) * (1 - now) - n["readiness.drift"] * (now - district.support0)
        district.support = clip01(now + change * DT)
        hours = sum(
            self.delivered(school) * self.participants(school) * school.mix[2] * school.departments
            for school in members
        ) / len(members)
        lowest = district.alignment.index(min(district.alignment))
        value = district.alignment[lowest]
        district.alignment[lowest] = clip01(value + n["coaches.b_align"] * self.sat(hours) * (1 - value) * DT)

    def school_week(self, school):
        n = self.n
        principal, trust = school.principal, school.trust
        hours = self.delivered(school)
        lead = n["coaches.b_lead"] * self.sat(self.leader_hours(school))
        drift = n["readiness.drift"]
        school.principal = clip01(principal + (lead * (1 - principal) - drift * (principal - school.principal0)) * DT)

        crowding = n["readiness.focus_crowding"]
        for j in range(4):
            part = hours * school.mix[2] * (1 - school.departments)
            if school.target is None:
                part /= 4
            elif school.target != j:
                part = 0.0
            aim = school.condition_targets[j]
            if j == FOCUS:
                aim = min(1.0, aim * (1 + crowding * school.initiatives0) / (1 + crowding * school.initiatives))
            value = school.conditions[j]
            change = n["readiness.build"] * self.sat(part) * principal * (1 - value) - drift * (value - aim)
            school.conditions[j] = clip01(value + change * DT)

        change = n["trust.build"] * principal * (1 - trust) - n["trust.drift"] * (trust - school.trust0)
        school.trust = clip01(trust + change * DT)
        school.norm = clip01(school.norm + n["norm.rate"] * (self.deep_share(school) - school.norm) * DT)
        if school.mandate_weeks > 0:
            school.mandate_weeks -= 1
            if school.mandate_weeks == 0:
                school.mandate_spent = True
        school.principal_weeks += 1

    # ---------------------------------------------------------------------- section 8: enrolment, plan and money

    def fixed_cost(self, outreach):
        """One quarter's outreach and measurement of an enrolled school."""
        return self.outreach_cost(outreach) + self.n["money.price_measurement"]

    def outreach_cost(self, outreach):
        return self.n["money.outreach_hours"] * self.n["money.price_outreach"] * outreach

    def monitoring_cost(self):
        return self.n["money.monitoring_hours"] / 4 * self.n["money.price_monitoring"]

    def break_mandate(self, school):
        school.mandate_weeks = 0
        school.mandate_spent = True
        school.trust = max(0.0, school.trust - self.n["trust.broken_mandate"])

    def survey(self, school):
        noise = self.n["planner.survey_sd"]
        true = [*school.conditions[:3], school.district_felt]
        school.surveyed = [
            clip01(true[j] + noise * self.draws.normal(SURVEY, school.key, self.year(), j)) for j in range(4)
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
        )

    def enrol(self, school):
        school.exit_wait = Wait(self.draws.exponential(EXIT_CLOCK, school.key, 0, school.enrolments))
        school.enrolments += 1
        school.enrolled_week = self.week
        school.entry_wait = None
        school.enrolled = True
        school.enrolled_week = self.week
        school.initiatives += 1

    def leave(self, school):
        school.enrolled = False
        school.initiatives -= 1
        school.hours = school.outreach = 0.0
        school.target = None
        school.to_leaders = False
        school.by_name = False
        for teacher in school.present():
            teacher.invited = 0.0
        school.exit_wait = None
        school.entry_wait = Wait(self.draws.exponential(ENTER_CLOCK, school.key, 0, school.enrolments))

    def open_year(self):
        """The year's pots: of the programme, after support the districts' own."""
        share = 1.0 if self.supported() else self.n["money.own_budget"]
        for pot in self.pots:
            pot.left_of_year = share * self.n["money.budget_per_teacher"] * pot.posts * pot.kept
            pot.open_quarter(0)

    def enrol_year(self):
        n = self.n
        for school in self.programme:
            self.survey(school)
        left = set()
        for school in self.programme:
            if school.enrolled and not school.mandated():
                hazard = n["enrolment.e0"] * math.exp(-self.pull(school)) * self.agenda(school)
                if school.exit_wait.add(hazard):
                    self.leave(school)
                    left.add(school.id)

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

        takers = []
        for row, school in enumerate(self.queue(plan.offered)):
            if school.enrolled or school.id in left or self.suspended(school):
                continue
            hazard = n["enrolment.n0"] * math.exp(self.pull(school)) * self.agenda(school)
            before = school.entry_wait.sum
            if school.entry_wait.add(hazard):
                default = (school.entry_wait.draw - before) / hazard if hazard > 0 else -math.inf
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
        plan.outreach = {s.id: 1.0 for s in self.programme}
        plan.to_leaders = {s.id: self.option("to_leaders", 0) > 0 for s in self.programme}
        plan.departments = {s.id: self.option("departments", 0.0) for s in self.programme}
        self.narrow(plan)
        plan.mix = self.mix or MIXES[content]
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
                plan.hours[school.id] = n["programme.hours"] * share
                if allocation == "by_hand" and not self.option("scaled", 0):
                    plan.hours[school.id] = weights[school.id]
                # AMBIGUOUS: for content "mixed" the spread of conditions hours is not said; over the four.
                if content == "responsive":
                    plan.targets[school.id] = school.surveyed.index(min(school.surveyed))
        return plan

    def pay_quarter(self):
        n = self.n
        quarter_of_year = self.quarter() % 4
        plan = self.plan()
        for school in plan.release:
            if school.enrolled and not school.mandated():
                self.leave(school)
        for school in plan.adapt:
            book = self.cycles.books[school.id]
            book.adapts = book.adapts or book.using is not None
        appointed = []
        for pot in self.pots:
            pot.open_quarter(quarter_of_year)
            self.settle_structures(pot, before=True, own=False)
            enrolled = [s for s in self.queue(pot.schools) if s.enrolled]
            paid = []
            for school in enrolled:
                outreach = plan.outreach[school.id]
                school.outreach = school.hours = 0.0
                school.by_name = school.id in plan.invite
                for teacher in school.present():
                    teacher.invited = 0.0
                school.structure.asked = plan.hours[school.id] * plan.mix[0]
                school.quarter_paid = False
                if self.not_paid(school):
                    continue
                school.quarter_paid = affordable(self.fixed_cost(outreach), pot.left)
                if affordable(self.fixed_cost(outreach), pot.left):
                    pot.pay(self.fixed_cost(outreach))
                    self.ledger["outreach"] += self.outreach_cost(outreach)
                    self.ledger["measurement"] += n["money.price_measurement"]
                    school.outreach = outreach
                    paid.append(school)
                    for teacher in plan.invite.get(school.id, ()):
                        teacher.invited = 1.0
            for school in self.queue(pot.schools):
                if school.mandated() and not self.not_paid(school):
                    if affordable(self.monitoring_cost(), pot.left):
                        pot.pay(self.monitoring_cost())
                        self.ledger["monitoring"] += self.monitoring_cost()
                    else:
                        self.break_mandate(school)
            self.settle_structures(pot, before=False, own=False)
            self.cycles.pay(pot, paid, affordable)
            self.pay_hours(pot, paid, plan)
            self.train_coaches(pot, paid)
            appointed += [(school, teacher) for school, teacher in plan.appoint if school in paid]
            if quarter_of_year == 3:
                # AMBIGUOUS: booked once a year, with the last quarter's payments; own_budget's rest is not counted.
                self.unspent += pot.left_of_year
        self.cycles.quarter_begins()  # partners' use is that of the end of last week: before anybody is appointed
        for _, teacher in appointed:
            self.put_to_use(teacher)
        self.appoint_teachers()

    def pay_hours(self, pot, paid, plan):
        n = self.n
        price = n["money.price_coaching"] + n["money.price_released_time"]
        planned = [(school, plan.hours[school.id]) for school in paid]
        taking = {school.id: self.participants(school) for school in paid}
        cost = sum(hours / 4 * taking[school.id] * price for school, hours in planned)
        offer = min(1.0, max(0.0, pot.left) / cost) if cost > 0 else 1.0
        for school, hours in planned:
            if n["money.spend"] == "stretch":
                factor = max(offer, self.stretch_factor(planned, taking, price, pot.left))
                # AMBIGUOUS: planned hours above hours_max are cut to it, also where the offer would give more.
                school.hours = min(n["programme.hours_max"], factor * hours) if hours > 0 else 0.0
            else:
                school.hours = offer * hours
            school.mix = plan.mix
            school.target = plan.targets.get(school.id)
            school.to_leaders = plan.to_leaders.get(school.id, False)
            school.departments = plan.departments.get(school.id, 0.0)
        for school in paid:
            teacher_hours = school.hours / 4 * taking[school.id]
            capacity = school.mix[3]
            school.capacity_hours = teacher_hours * capacity  # also where the rest goes into adapting
            self.ledger["coaching"] += (1 - capacity) * teacher_hours * n["money.price_coaching"]
            self.ledger["released_time"] += (1 - capacity) * teacher_hours * n["money.price_released_time"]
            self.ledger["capacity"] += capacity * teacher_hours * price
            pot.left_of_year -= teacher_hours * price
        pot.left -= sum(school.hours / 4 * taking[school.id] * price for school in paid)
        self.cycles.adapt(paid)
        served = sum(taking[school.id] for school in paid if school.hours * school.mix[0] > 0)
        supply = 1.0
        if served > 0:
            coaches = n["coaches.external_supply"] + n["coaches.caseload"] * self.trained[id(pot)]
            supply = min(1.0, (coaches / served) ** n["coaches.supply_exponent"])
        for school in paid:
            school.supply_factor = supply

    def stretch_factor(self, planned, taking, price, money):
        """The largest factor at which the hours, none above hours_max, still cost no more than the money."""
        cap = self.n["programme.hours_max"]
        rows = sorted(((hours, taking[school.id]) for school, hours in planned if hours > 0), reverse=True)
        if sum(cap / 4 * posts * price for _, posts in rows) <= money:
            return math.inf
        capped = 0.0
        for i, (hours, posts) in enumerate(rows):
            factor = (money - capped) / sum(h / 4 * p * price for h, p in rows[i:])
            if factor * hours <= cap:
                return factor
            capped += cap / 4 * posts * price
        return factor

    def end_support(self):
        for school in self.programme:
            school.structure.kept = school.enrolled
            if school.enrolled:
                self.leave(school)

    def pay_own_quarter(self):
        quarter_of_year = self.quarter() % 4
        for pot in self.pots:
            pot.open_quarter(quarter_of_year)
            self.settle_structures(pot, before=True, own=True)
            for school in self.queue(pot.schools):
                if school.mandated():
                    if affordable(self.monitoring_cost(), pot.left):
                        pot.pay(self.monitoring_cost())
                        self.ledger["own"] += self.monitoring_cost()
                    else:
                        self.break_mandate(school)
            self.settle_structures(pot, before=False, own=True)
            self.own_coaching(pot)
        self.cycles.quarter_begins()

    # ----------------------------------------------------------------------------------------- section 9: summer

    def exit_hazard(self, school, level, ratio):
        share = min(0.95, level * ratio ** ((school.poverty - self.mean_poverty) / 0.6))
        return -math.log(1 - share)

    def summer(self):
        n = self.n
        for school in self.schools:
            school.weight = school.teaching_posts()  # of last week
        norm_mean = self.mean_by_teachers(self.programme, lambda school: school.norm)
        self.teachers_turn_over()
        for pot in self.pots:
            self.trained[id(pot)] *= 1 - n["turnover.exit"]
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
                teacher.leave_wait = self.person_wait(teacher, LEAVE_CLOCK, teacher.moves)
                teacher.year_of_entry = year
                if school.mandated() and teacher.stage == UNAWARE:
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
        if self.draws.uniform(ARRIVAL, teacher.origin_key, teacher.tag, 0) < n["teachers.experienced_share"]:
            teacher.k = teacher.k0 = n["teachers.experienced_skill"]
            self.become_aware(teacher)
        else:
            teacher.years = 0.0
            if school.mandated():
                self.become_aware(teacher)
        return teacher

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
            + n["schools.principal_sd"] * draws.normal(PRINCIPAL, school.key, number, 0)
            + n["leaders.successor_norm"] * (school.norm - norm_mean)
        )
        school.conditions[FOCUS] *= n["leaders.focus_kept"]
        school.conditions[TEAM] *= n["leaders.team_kept"]
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
        if draws.uniform(MANDATE_DROPPED, district.key, number, 0) < n["leaders.mandate_drop"]:
            for school in district.schools:
                if school.mandated():
                    self.break_mandate(school)

    # ------------------------------------------------------------------------------------------------- reading off

    def users(self):
        return {t.id for school in self.schools for t in school.teaching() if t.is_user()}

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
                "trust": s.trust,
                "conditions": list(s.conditions),
                "principal": s.principal,
                "enrolled": s.enrolled,
                "mandate_weeks": s.mandate_weeks,
                "hours": s.hours,
                "readiness": s.readiness,
                "coherence": s.coherence,
                "gain": s.gain,
            }
            for s in self.schools
        }
