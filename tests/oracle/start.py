"""Section 4 of docs/model.md in the slow twin: districts, schools and teachers before week 1."""

import math

from .draws import BetaScore, Wait, clip, clip01
from .entities import Teacher
from .numbers import (
    ASIDE,
    AWARE_CLOCK,
    COACH,
    CONDITIONS,
    CONVICTION,
    DIFFERING,
    DISTRICTS_DIFFER,
    DISTRICTS_PART,
    DISTRICTS_USE,
    EFFECTIVENESS,
    ENTER_CLOCK,
    EXPERIENCE,
    FOCUS,
    INITIAL_CONVICTION,
    INITIAL_SKILL,
    INITIAL_USE,
    INITIAL_USER,
    INNOVATIVENESS,
    LEAVE_CLOCK,
    OPENNESS,
    PRINCIPAL,
    PRINCIPAL_CLOCK,
    PRINCIPALS_IN_COMMON,
    ROUTINE,
    SKILL,
    STOP_CLOCK,
    SUPERINTENDENT,
    SUPERINTENDENT_CLOCK,
    TEACHES,
    TRUST,
    TRUST_IN_COMMON,
    WEEKS,
)


class StartRules:
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

    def start_embedding(self, school):
        """E before week 1: where it stands still without standing support."""
        share = self.embedding_share(school)
        gain = share**2 * school.coherence
        if self.n["structure.embedding"] != "off" and gain > 0:
            # AMBIGUOUS: where all use and coherence is 0 the fixed point is 0/0; 0 here.
            school.embedded = gain / (gain + 1 - share)

    def start_district(self, district):
        n, draws = self.n, self.draws
        district.support = clip01(
            n["districts.superintendent"]
            + n["districts.superintendent_sd"] * draws.normal(SUPERINTENDENT, district.key, 0, 0)
        )
        district.support0 = district.support
        self.start_instruments(district)
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
        teacher.role = TEACHES if post in school.concerned else ASIDE
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
                if post in school.concerned and draws.uniform(INITIAL_USER, key, tag, 0) < chance:
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
