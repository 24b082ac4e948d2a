"""Sections 8 and 13 of docs/model.md in the slow twin: a quarter is paid."""

import math

from .draws import affordable
from .numbers import ASIDE, BUILDING, CAPACITY, COACHES, EXPERTISE, PRACTICE


class QuarterRules:
    def pay_quarter(self):
        quarter_of_year = self.quarter() % 4
        self.noting = True
        plan = self.plan()
        self.noting = False
        for school in plan.release:
            if school.enrolled and not school.mandated():
                coaches = not self.supported() and any(t.role == COACHES for t in school.present())
                self.turns["released with coaches"] += coaches
                self.leave(school)
        for school in plan.adapt:
            book = self.cycles.books[school.id]
            book.adapts = book.adapts or book.using is not None
        paid = {}
        self.preparation_ends()
        self.open_district_quarter()
        for pot in self.pots:
            pot.open_quarter(quarter_of_year)
            self.pay_district_part(pot, plan)
        self.settle_district_part(plan)
        for pot in self.pots:
            self.settle_structures(pot, before=True, own=False)
            paid[pot] = self.pay_outreach(pot, plan)
            self.pay_monitoring(pot, "monitoring")
            # AMBIGUOUS: structures that are settled "after monitoring and before improvement cycles" come before
            # invitations by name, as they are named before them.
            self.settle_structures(pot, before=False, own=False)
            self.prepare_leaders(pot)
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
            school.by_name = bool(plan.invite.get(school.id))
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
        asked = plan.invite | self.invite_for_vision(paid, plan)
        for school in paid:
            named = [t for t in asked.get(school.id, ()) if t.role not in (COACHES, ASIDE)]
            if not named or not affordable(price * len(named), pot.left):
                self.turns["vision_without_invitations"] += school.vision and bool(named)
                continue
            self.turns["invited_by_vision"] += not school.by_name
            school.by_name = True
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
            self.trained[id(pot)] * sum(s.posts0 for s in pot.schools if s in provider.schools) / pot.posts
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

    def pay_own_quarter(self):
        quarter_of_year = self.quarter() % 4
        self.preparation_ends()
        self.open_district_quarter()
        self.settle_district_part(None)
        for pot in self.pots:
            pot.open_quarter(quarter_of_year)
            self.settle_structures(pot, before=True, own=True)
            self.pay_monitoring(pot, "own")
            self.settle_structures(pot, before=False, own=True)
            self.prepare_leaders(pot)
            self.own_coaching(pot)
        for provider in self.providers:
            # AMBIGUOUS: "as in section 8" takes in that a provider's trained coaches are shared out by posts.
            self.supply(provider, [s for s in provider.schools if s.kept], 0.0)
        for school in self.programme:
            asked = school.structure.asked
            self.set_standing(school, asked * school.teaching_posts() if school.kept else 0.0)
        self.cycles.quarter_begins()
