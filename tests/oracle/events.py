"""Dated events in the slow twin (docs/model.md, section 10): what comes in which week, and what it does."""

from .draws import affordable
from .numbers import QUARTER_WEEKS, WEEKS


class Events:
    """Given before the run: ``self.events``, mappings with kind, week and what the kind says, in their order.

    schools or districts: lists of ids ("school", "district/school"), "all" or absent.
    """

    events = ()

    def concerned(self, event):
        """Schools that an event concerns."""
        districts, schools = event.get("districts", "all"), event.get("schools", "all")
        return [
            school
            for school in self.schools
            if (districts == "all" or school.district.id in districts)
            and (schools == "all" or school.id[1] in schools or "/".join(school.id) in schools)
        ]

    def lasts(self, event, week):
        """Whether an event of n weeks lasts in a week; without n it lasts to the end."""
        end = event["week"] + event["weeks"] if event.get("weeks") else float("inf")
        return event["week"] < week <= end

    def events_come(self):
        for event in self.events:
            if event["week"] == self.week - 1:
                self.event_comes(event)
            over = event["week"] + event["weeks"] if event.get("weeks") else None
            if event["kind"] == "new_initiative" and over == self.week - 1:
                for school in self.concerned(event):
                    school.initiatives_by_events -= 1
                    self.happened["initiatives_over"] += 1
        for school in self.schools:
            school.active = 1.0
            school.helped = 0.0 if self.suspended(school) else 1.0
        for event in self.events:
            if event["kind"] == "lost_time" and self.lasts(event, self.week):
                for school in self.concerned(event):
                    school.active *= 1 - event["share"]
        self.happened["weeks_with_lost_time"] += sum(school.active < 1 for school in self.schools)
        self.happened["weeks_without_help"] += sum(school.enrolled and not school.helped for school in self.schools)

    def event_comes(self, event):
        kind = event["kind"]
        if kind == "leader_leaves":
            self.leaders_leave(event)
        elif kind == "budget_cut":
            self.cut(event)
        elif kind == "instrument":
            self.instrument_changes(event)
        elif kind == "new_initiative":
            for school in self.concerned(event):
                school.initiatives_by_events += 1
                self.happened["initiatives"] += 1
        elif kind == "suspended_support" and not event.get("weeks"):
            for school in self.concerned(event):
                if school.programme:
                    self.withdraw(school)

    def withdraw(self, school):
        if school.mandated():
            self.break_mandate(school)
        if school.enrolled:
            self.leave(school)
            self.happened["withdrawn"] += 1
            school.trust = max(0.0, school.trust - self.n["trust.withdrawn_early"])

    def leaders_leave(self, event):
        for school in self.schools:
            school.weight = school.teaching_posts()
        mean = self.mean_by_teachers(self.programme, lambda school: school.norm)
        if "schools" in event:
            for school in self.concerned(event):
                self.new_principal(school, mean)
                self.happened["principals"] += 1
        else:
            for district in self.districts:
                if event["districts"] == "all" or district.id in event["districts"]:
                    self.new_superintendent(district, mean)
                    self.happened["superintendents"] += 1
        for school in self.schools:
            self.derive(school)

    def cut(self, event):
        concerned = {school.id for school in self.concerned(event)}
        for pot in self.pots:
            if any(school.id in concerned for school in pot.schools):
                pot.kept *= 1 - event["share"]
                self.happened["money_cut"] += pot.left_of_year * event["share"]
                pot.left_of_year *= 1 - event["share"]

    def suspended_in(self, school, week):
        if week > WEEKS * self.n["programme.years_support"]:
            return False
        return any(
            event["kind"] == "suspended_support" and self.lasts(event, week) and school in self.concerned(event)
            for event in self.events
        )

    def suspended(self, school):
        return self.suspended_in(school, self.week)

    def not_paid(self, school):
        first = QUARTER_WEEKS * self.quarter() + 1
        return all(self.suspended_in(school, week) for week in range(first, first + QUARTER_WEEKS))

    def enrol(self, school):
        self.happened["enrolled_under_a_mandate_by_event"] += school.mandated()
        super().enrol(school)

    def mandates_by_events(self):
        for event in self.events:
            if event["kind"] != "new_mandate" or not self.week - 1 - QUARTER_WEEKS < event["week"] <= self.week - 1:
                continue
            for pot in self.pots:
                pot.open_quarter(self.quarter() % 4)
            weeks = WEEKS * event["years"]
            for school in self.queue(s for s in self.concerned(event) if s.programme):
                if school.mandated():
                    school.mandate_force = 1.0
                    self.happened["mandates_prolonged"] += weeks > school.mandate_weeks
                    school.mandate_weeks = max(school.mandate_weeks, weeks)
                elif not self.not_paid(school) and self.monitoring_affordable(school):
                    self.happened["mandates"] += 1
                    self.happened["mandates_anew"] += school.mandate_spent
                    school.mandate_weeks = weeks
                    school.mandate_force = 1.0
                    school.mandate_spent = False
                else:
                    self.happened["mandates_not_paid"] += 1

    def monitoring_affordable(self, school):
        pot = self.pot_of[school.id]
        committed = sum(self.fixed_cost(1.0) for other in pot.schools if other.enrolled)
        committed += sum(self.monitoring_cost() for other in pot.schools if other.mandated())
        return affordable(committed + self.monitoring_cost(), pot.left)
