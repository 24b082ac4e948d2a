"""A slow twin of the model, written from docs/model.md alone: one agent at a time, plain Python.

It shares no code with the simulator. Where the document leaves something open, the reading taken is marked AMBIGUOUS;
tests/oracle/test_twin.py shows that the simulator takes the same one.
The advice network is not rebuilt here: the ties in force in each school year are handed in.
"""

import math
from collections import Counter

from .accountability import INSTRUMENTS, Accountability
from .concerned import ConcernedRules
from .cycles import Cycles
from .draws import BetaScore, Draws, Wait, clip
from .enrolment import EnrolmentRules
from .entities import District, Pot, Provider, School
from .numbers import ASIDE, COACHES, DIFFERING, QUARTER_WEEKS, WEEKS
from .plans import LOOK_AT_SCHOOLS, STRATEGIES, PlanRules
from .pupils import PupilRules
from .quarter import QuarterRules
from .schools import SchoolRules
from .staffing import StaffingRules
from .start import StartRules
from .summer import SummerRules
from .teachers import TeacherRules


class Oracle(
    Accountability,
    ConcernedRules,
    PupilRules,
    StaffingRules,
    StartRules,
    TeacherRules,
    SchoolRules,
    EnrolmentRules,
    PlanRules,
    QuarterRules,
    SummerRules,
):
    options = {}  # of the strategy's parts, by name
    networks = None  # that a scenario names, see cycles.py

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
        self.grades = grades
        self.ties = ties
        if isinstance(strategy, dict):
            parts = {part: word if isinstance(word, dict) else {"kind": word} for part, word in strategy.items()}
            own_testing = parts.pop("testing", None)
            testing = testing or own_testing
            self.district_part = parts.pop("district", self.district_part)
            self.staffing_part = parts.get("staffing", self.staffing_part)
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
                *("trial_invited", "trial_induction", "trial_team", "trial_mandate", "school_entries", "school_exits"),
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
            said = {name: row.get(f"alignment_{name}") for name in INSTRUMENTS}
            school.district.given_instruments |= {name: float(x) for name, x in said.items() if x is not None}
            self.schools.append(school)
        for school in self.schools:
            self.start_concerned(school)
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
        self.mean_poverty = self.mean_by_posts(self.programme, lambda school: school.poverty)

        self.icc = self.n["districts.icc"]  # settled at the start, as the districts' deviations are
        self.skill_score = BetaScore(self.n["teachers.skill_a"], self.n["teachers.skill_b"])
        self.initial_skill_score = BetaScore(self.n["initial_use.skill_a"], self.n["initial_use.skill_b"])
        for district in self.districts:
            self.start_district(district)
        self.designate()
        for school in self.schools:
            self.start_school(school)
        self.start_teachers()
        self.cycles = Cycles(self, strategy, testing, self.networks)
        self.start_staffing(appoint)
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

    def agenda(self, school):
        return 1 + self.n["trial.agenda"] * max(0.0, 1 - school.principal_weeks / WEEKS)

    def person_wait(self, teacher, purpose, occasion):
        return Wait(self.draws.exponential(purpose, teacher.origin_key, teacher.tag, occasion))

    def of_district(self, district, name):
        """A number in which districts differ: a mean that changes within a run moves all of them."""
        return clip(self.n[name] + district.deviations[name], *DIFFERING[name])

    def change(self, numbers):
        """Numbers change between two weeks."""
        self.n.update(numbers)
        # AMBIGUOUS: that R and C are felt anew at once is not said.
        self.designate()
        for school in self.schools:
            self.press(school)
            self.derive(school)

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
                if teacher.role == ASIDE:
                    continue  # the state of who is not concerned stands still
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

    # ------------------------------------------------------------------------------------------------- reading off

    def kept_measures(self):
        """embedding, kept_schools and schools_at_end of docs/measures.md."""
        posts = sum(school.teaching_posts() for school in self.schools) or 1
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
        met = [
            (s.pupils * s.posts0 / s.posts, s.poverty, s.comers / s.teaching_posts() if s.teaching() else 0.0)
            for s in self.schools
        ]
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
