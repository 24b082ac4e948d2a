"""Staffing structures and internal capacity of the slow twin (docs/model.md, sections 12 and 13), agent at a time.

``StaffingRules`` is mixed into the twin; ``Structure`` is what a school carries. Written from the document alone.
"""

import math
from statistics import median

from .numbers import ASIDE, COACHES, LEADS, TEACHES
from .teams import TEAM_WORDS, TRADITIONAL, TeamRules

PRIOR_GROWTH = 10
COACH = "coach"
ROUNDING = 1e-9


class Structure:
    """The staffing structure of one school."""

    def __init__(self):
        self.word = TRADITIONAL
        self.share = 1.0  # of the posts, with which it began
        self.began = None  # school year
        self.traded = set()  # post numbers
        self.paid = False  # this quarter, or the last one there was
        self.asked = 0.0  # practice hours a teacher and year that the last plan asked for


class StaffingRules(TeamRules):
    """What the twin does when a year begins, each quarter and each week about structures and trained coaches."""

    def start_staffing(self, appoint):
        self.appoint = appoint
        self.trained = {id(pot): 0.0 for pot in self.pots}
        self.lent = {}
        self.leader_uses = {}  # of who is led, as the week begins
        self.replaced = dict.fromkeys((LEADS, COACHES), 0)  # leaders and coaches chosen after the first year
        self.ended = 0

    # ------------------------------------------------------------------------------------------------ how many

    def coaches(self, school):
        return math.floor(school.concerned_posts() / self.n["staffing.coach_ratio"] + 0.5)

    def helpers(self, school, word):
        """Leaders or coaches: those there are, or before a structure begins those there would be."""
        role = LEADS if word in TEAM_WORDS else COACHES
        if school.structure.word == word:
            return sum(teacher.role == role for teacher in school.present())
        return self.teams(school) if word in TEAM_WORDS else self.coaches(school)

    def structure_cost(self, school, word):
        """A quarter's cost and its column in the ledger."""
        pay = self.helpers(school, word) * self.n["money.mean_pay"] / 4
        return (pay * self.n["money.supplement"], "supplements") if word in TEAM_WORDS else (pay, "coaching")

    def structure_saving(self, school, word):
        """What a quarter frees: of the posts traded, or before it begins of those that will be."""
        traded = 0
        if word in TEAM_WORDS:
            traded = len(school.structure.traded) if school.structure.word == word else self.trades(school)
        return traded * self.n["money.traded_pay"] * self.n["money.mean_pay"] / 4

    # ------------------------------------------------------------------------------------------------ who is who

    def prior_growth(self, teacher):
        reliability = self.n["planner.growth_reliability"]
        noise = self.draws.normal(PRIOR_GROWTH, teacher.origin_key, teacher.tag, 0)
        return math.sqrt(reliability) * teacher.effectiveness + math.sqrt(1 - reliability) * noise

    def is_new(self, teacher):
        return self.year() > 0 and teacher.year_of_entry == self.year() and teacher.moves == 0

    def by_promise(self, school, role, posts):
        """Those present in some posts, in the order in which they become leaders or coaches."""
        return sorted(
            (t for t in school.present() if t.post in posts),
            key=lambda t: (t.role != role, self.is_new(t), -self.prior_growth(t), t.post),
        )

    def by_seniority(self, teachers):
        """In the order in which posts are traded."""
        return sorted(teachers, key=lambda t: (not self.is_new(t), 0.0 if self.is_new(t) else t.years, t.post))

    # --------------------------------------------------------------------------------------- when a year begins

    def form_structures(self):
        """Step 1c of a year's first week."""
        plan = self.plan() if self.planning() else None
        for school in self.programme:
            word = school.structure.word
            if word == TRADITIONAL:
                continue
            unwanted = not school.kept if plan is None else not school.enrolled or plan.staffing != word
            if unwanted or not school.structure.paid:
                self.end_structure(school)
        beginning = set()
        if plan is not None and plan.staffing != TRADITIONAL:
            for pot in self.pots:
                beginning |= self.begin_structures(pot, plan)
        for school in self.programme:
            if school.structure.word in TEAM_WORDS:
                self.form_teams(school, school.id in beginning)
            elif school.structure.word == COACH:
                self.choose(school, COACHES, self.coaches(school), school.concerned)
                self.settle_concerned(school)

    def end_structure(self, school):
        self.ended += 1
        for teacher in school.present():
            teacher.role = ASIDE if teacher.role == ASIDE else TEACHES
            teacher.team_leader = None
        vacant, school.structure.traded = sorted(school.structure.traded), set()
        self.settle_concerned(school)  # before anybody is hired
        for post in vacant:
            school.teachers[post] = self.hire(school, post, self.year())
        school.structure.word = TRADITIONAL
        school.structure.paid = False

    def begin_structures(self, pot, plan):
        left = pot.left_of_year / 4 - pot.set_aside
        for school in pot.schools:
            if school.enrolled:
                left -= self.fixed_cost(plan.outreach[school.id])
            left -= self.monitoring_cost() if school.mandated() else 0.0
        begun = set()
        most = math.ceil(plan.staffing_schools * sum(s.enrolled for s in pot.schools) - ROUNDING)
        for school in self.staffing_queue(pot, plan):
            if not school.enrolled or school.structure.word != TRADITIONAL or self.suspended(school):
                continue
            school.structure.share = plan.share
            number = self.helpers(school, plan.staffing)
            if number == 0:
                continue
            if sum(s.structure.word != TRADITIONAL for s in pot.schools) >= most:
                self.turns["no_structure_more"] += 1
                break
            transition = number * self.n["money.price_transition"]
            cost, _ = self.structure_cost(school, plan.staffing)
            needed = transition / 4 + max(0.0, cost - self.structure_saving(school, plan.staffing))
            if needed > left * (1 + ROUNDING):
                continue
            left -= needed
            pot.left_of_year -= transition
            self.book("transition", transition)
            school.structure.word = plan.staffing
            school.structure.began = self.year()
            begun.add(school.id)
        return begun

    def choose(self, school, role, number, posts):
        chosen = self.by_promise(school, role, posts)[:number]
        for teacher in school.present():
            if teacher.role == ASIDE:
                continue
            if teacher in chosen and teacher.role != role and school.structure.began < self.year():
                self.replaced[role] += 1
            teacher.role = role if teacher in chosen else TEACHES
            teacher.team_leader = None
        return chosen

    def put_to_use(self, teacher):
        """An owned spell without a choice."""
        if not teacher.is_user():
            self.flows["trial_appointed"] += 1
            self.flows["aware"] += teacher.stage == 0
            teacher.aware_wait = None
            self.begin_spell(teacher, 0.0)

    def appoint_teachers(self):
        """Those whom the quarter's plan appoints, once the quarter is paid."""
        for place in self.appoint(self.quarter()) if self.appoint else ():
            school = self.by_id[tuple(place[:2])]
            teacher = school.teachers[place[2]]
            # AMBIGUOUS: a school's quarter is paid where its outreach and measurement are.
            if teacher is None or teacher.role in (COACHES, ASIDE) or not school.enrolled or not school.quarter_paid:
                continue
            if self.participates(teacher, school):
                self.put_to_use(teacher)

    # ------------------------------------------------------------------------------------------- every quarter

    def settle_structures(self, pot, before, own):
        """Savings come in and helpers are paid: before=True those whose saving covers their cost, else the others."""
        for school in self.queue(pot.schools):
            word = school.structure.word
            if word == TRADITIONAL:
                continue
            cost, column = self.structure_cost(school, word)
            saving = self.structure_saving(school, word)
            # AMBIGUOUS: a saving that is the cost up to rounding covers it.
            if (cost <= saving * (1 + ROUNDING)) != before:
                continue
            if not own and self.not_paid(school):
                school.structure.paid = False
                continue
            pot.pay(-saving)
            # AMBIGUOUS: after support too what is freed is booked as freed, only the cost as own.
            self.ledger["freed"] -= saving
            school.structure.paid = cost <= pot.left * (1 + ROUNDING)
            if school.structure.paid:
                pot.pay(cost)
                self.book(column, cost)

    def train_coaches(self, pot, paid):
        for school in paid:
            hours = school.capacity_hours * self.n["coaches.trained_share"]
            self.trained[id(pot)] += hours / self.n["coaches.train_hours"]

    def own_coaching(self, pot):
        """A quarter of a district's own coaching after support."""
        n, trained = self.n, self.trained[id(pot)]
        kept = [school for school in pot.schools if school.kept]
        posts = sum(school.teaching_posts() for school in kept)
        for school in kept:
            school.hours = school.building = school.to_leaders = 0.0
            school.mix = (1.0, 0.0, 0.0, 0.0)
        if trained <= 0 or posts == 0:
            return
        most = n["staffing.coach_hours"] * trained / posts
        price = n["money.price_coaching"] + n["money.price_released_time"]
        cost = 0.0
        for school in kept:
            school.hours = min(school.structure.asked, most)
            cost += school.hours / 4 * school.teaching_posts() * price
        share = min(1.0, max(0.0, pot.left) / cost) if cost > 0 else 1.0
        for school in kept:
            school.hours *= share
        pot.pay(cost * share)
        self.ledger["own"] += cost * share

    def set_standing(self, school, planned):
        """s of this quarter: person-hours a year from within the district against those that were planned."""
        own = 0.0
        if school.structure.paid and school.structure.word in TEAM_WORDS:
            own += self.n["staffing.leader_hours"] * sum(t.team_leader is not None for t in school.teaching())
        if school.structure.paid and school.structure.word == COACH:
            own += self.n["staffing.coach_hours"] * sum(t.role == COACHES for t in school.present())
        if self.planning() and not self.supported():
            # AMBIGUOUS: "all hours paid" are hours a participant, of all kinds, without the building, and without those
            # that go into adapting a variant.
            own += (school.hours if school.enrolled else 0.0) * self.participants(school)
        elif not self.supported() and school.kept:
            own += school.hours * school.teaching_posts()
        inside = school.enrolled or (not self.supported() and school.kept)
        school.standing = own / max(own, planned) if own > 0 and inside else 0.0
        if own > 0:
            when = "in support" if self.supported() else "after"
            self.turns[f"{school.structure.word} {when}" + (" with hours" if school.hours else "")] += 1
            self.turns["standing in part"] += school.standing < 1
            self.turns["standing of nobody's"] += planned == 0

    # ---------------------------------------------------------------------------------------------- every week

    def reaching(self, hours):
        """What hours of a team leader or a school's own coach come to for one teacher, or a coach's training."""
        return self.hill(hours, self.n["staffing.h_team"])

    def worth(self, helper):
        """What a helper's skill is worth to others."""
        factor = 1 + self.n["staffing.effectiveness"] * helper.effectiveness
        return min(self.n["staffing.quality_max"], max(0.0, helper.k * factor))

    def lend(self):
        """What leaders and coaches give this week: teacher's id -> (watched, helped)."""
        self.lent = {}
        self.leader_uses = {}  # of who is led, as the week begins
        for school in self.programme:
            if not school.structure.paid:
                continue
            if school.structure.word in TEAM_WORDS:
                self.lend_by_leaders(school)
            elif school.structure.word == COACH:
                self.lend_by_coaches(school)

    def lend_by_coaches(self, school):
        coaches = [t for t in school.present() if t.role == COACHES]
        taught = school.teaching()
        if not taught or not coaches:
            return
        hours = self.n["staffing.coach_hours"] * school.active * school.helped
        g = self.n["staffing.help_factor"] * self.reaching(hours * len(coaches) / len(taught))
        watched = g * sum(t.k for t in coaches) / len(coaches)
        helped = g * sum(self.worth(t) for t in coaches) / len(coaches)
        for teacher in taught:
            self.lent[teacher.id] = (watched, helped)

    def coach_week(self, teacher, school):
        """A coach's skill grows by training; nothing else of a coach changes."""
        if school.structure.paid:
            hours = self.n["staffing.coach_training"] * school.active * school.helped
            rate = self.n["learning.l_help"] * self.n["learning.w_e"] * self.reaching(hours) / 36
            teacher.k = min(1.0, teacher.k + rate * (1 - teacher.k) ** 2)
            teacher.k0 = min(1.0, teacher.k0 + rate * (1 - teacher.k0) ** 2)

    # --------------------------------------------------------------------------------------------- reading off

    def stayers(self):
        """(mean yearly gain, member of a team led by somebody else) of the persons of the start who teach now."""
        return {
            (t.origin_key, t.tag): (
                self.n["pupils.teacher_sd"] * t.effectiveness + t.own_gain * 36 / self.week,
                t.team_leader is not None,
            )
            for school in self.schools
            for t in school.teaching()
            if t.tag % 2**16 == 0
        }


def gain_percentile(arm, none):
    """Median percentile of team teachers' gains among the gains of the same persons in the run of none."""
    here, there = arm.stayers(), none.stayers()
    both = here.keys() & there.keys()
    gains = [there[person][0] for person in both]
    ranks = []
    for person in both:
        gain, member = here[person]
        if member:
            below = sum(other < gain for other in gains) / len(gains)
            equal = sum(other == gain for other in gains) / len(gains)
            ranks.append(100 * (below + equal / 2))
    return median(ranks) if ranks else math.nan
