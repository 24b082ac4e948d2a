"""Who and what lives in the slow twin (docs/model.md, section 2)."""

from typing import NamedTuple

from .draws import entity_key
from .numbers import ASIDE, COACHES, ROUTINE, TEACHES, TRIAL, UNAWARE, WEEKS
from .staffing import Structure


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
        self.leaves_concerned = True  # of a leaver: the post was concerned
        self.ever_used = False
        self.years = 0.0
        self.year_of_entry = 0
        self.aware_wait = self.try_wait = self.stop_wait = self.internalise_wait = self.leave_wait = None
        self.noise_quarter = None
        self.felt_quarter = None  # the last one in which the teacher used the practice and taught
        self.noise = 0.0
        self.invited = 0.0  # by name, in this quarter
        self.invited_first = None  # (school year, quarter of it) of the last year's first invitation
        self.stopped_week = None  # of the last stop
        self.role = TEACHES
        self.team_leader = None
        self.own_gain = 0.0  # of the own pupils, without what effectiveness adds
        self.came_knowing = False  # hired with the practice known from elsewhere
        self.prepared = 0  # to lead: 0 has not led, 1 is being prepared in this quarter, 2 has led
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
        self.concerned, self.posts0 = set(), 0  # numbers of the posts concerned now, their number before week 1
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
        self.own_designated = row.get("designated")
        self.designated = False
        self.pressure = 0.0
        self.relief_quarters, self.relieved = 0, 0.0
        self.vision = False  # in force in this quarter
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
        return [t for t in self.present() if t.role not in (COACHES, ASIDE)]

    def teaching_posts(self):
        return len(self.teaching())

    def concerned_posts(self):
        """n_c: whatever their role."""
        return len(self.concerned)

    def classes(self):
        """Posts in which somebody teaches, concerned or not."""
        return sum(t.role != COACHES for t in self.present())


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
        self.given_instruments = {}
        self.aligned, self.align_hours = None, 0.0  # the instrument of this quarter, hours a year of each leader
        self.autonomy_quarters, self.widened = 0, 0.0
        self.deviations = {}  # from the means, settled at the start


class Pot:
    def __init__(self, schools):
        self.schools = schools  # programme schools, in row order
        self.posts = sum(school.posts0 for school in schools)
        self.left_of_year = 0.0
        self.left = 0.0  # of the quarter's allowance
        self.set_aside = 0.0  # of it when a year begins, for the district's part
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
        self.share = self.staffing_schools = 1.0  # teams: of a school's posts, of the enrolled schools
        self.staffing_priority = {}  # school id -> number; absent: last
        self.departments = {}
        self.force = 1.0  # share of a mandate's usual hazard
        self.no_wait = set()  # ids of schools that enter without waiting, if never in before
        self.release = []
        self.adapt = []
        self.align, self.relief, self.autonomy, self.vision = {}, set(), set(), set()
        self.invite = {}  # school id -> teachers invited by name; absent: all take part
        self.appoint = []  # (school, teacher)
