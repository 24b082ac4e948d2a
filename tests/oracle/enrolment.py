"""Section 8 of docs/model.md in the slow twin: a year of support begins, schools enter and leave."""

import math

from .draws import Wait, affordable, clip01
from .numbers import ENTER_CLOCK, EXIT_CLOCK, QUEUE, SURVEY, WEEKS


class EnrolmentRules:
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
        first = self.set_aside(plan)
        for school in sorted(plan.mandates, key=lambda school: school.id not in first):
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
                takers.append((school.id not in first, plan.priority.get(school.id, default), row, school))
        for *_, school in sorted(takers, key=lambda taker: taker[:3]):
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
