"""Improvement cycles of the slow twin, written from docs/model.md section 11 alone: one school at a time.

The twin asks `Cycles` when a quarter ends, when its money is paid and when it begins; everything a school knows of
variants lies here, in its `Book`.
"""

import math
from collections import Counter

from .fares import Fares
from .reading import Reading
from .variants import MENU, Book, Rule, Variants

FIRST_VARIANT, STUDIES, TEST_SHOWS, EXPLORES, HABIT = 92, 93, 94, 96, 98
# What ids say of testing.
TESTING_OF = {
    "improvement_network": {"kind": "menu", "measures": "common", "topology": "groups_hub"},
    "improvement_network_first": {"kind": "menu", "measures": "common", "topology": "hub"},
}
COUNTS = ("study_acts", "switches", "borrowings", "abandonments", "adaptations")


class Cycles(Fares, Reading, Variants):
    def __init__(self, oracle, strategy, testing=None, networks=None):
        """testing: a mapping with kind and, where it says more, measures, topology, study_act; None: the id's own.
        networks: those that a scenario names, name to a mapping with schools ("school" or "district/school"), districts
        or network (a name in the table's column), and, where it has one, rule, as testing."""
        self.oracle = oracle
        self.draws = oracle.draws
        self.plan_rule = Rule.of(testing or TESTING_OF.get(strategy, {"kind": "none"}))
        self.named = dict(networks or {})
        self.rules = {}  # of the schools whose network has its own
        for school in oracle.schools:
            said = self.named.get(self.named_network(school), {}).get("rule")
            if said:
                self.rules[school.id] = Rule.of(said)
        self.books = {school.id: Book() for school in oracle.schools}
        self.counts = dict.fromkeys(COUNTS, 0)
        # Only so that tests can ask whether it happened.
        self.happened = Counter()
        self.circle_sizes = set()
        poverty = sorted(school.poverty for school in oracle.programme)
        middle = len(poverty) // 2
        if len(poverty) % 2:
            self.median_poverty = poverty[middle]
        else:
            self.median_poverty = (poverty[middle - 1] + poverty[middle]) / 2 if poverty else 0.0

    def rule(self, school):
        """Of a school: its network's own as long as the plan has schools test at all."""
        if self.plan_rule.kind == "none":
            return self.plan_rule
        return self.rules.get(school.id, self.plan_rule)

    def number(self, name):
        return self.oracle.n[f"testing.{name}"]

    # ------------------------------------------------------------------------------------- what others ask for

    def fit(self, school):
        """True fit of what the school uses."""
        book = self.books[school.id]
        return book.fit if book.using else self.oracle.of_district(school.district, "experience.fit")

    def partner_use(self, school):
        return self.books[school.id].partner_use

    def take_up(self, school, variant):
        book = self.books[school.id]
        # The variant that is given up is still the one in use while a place is looked for.
        line = self.enter(school, variant)
        book.using = line
        book.fit = self.fit_in(variant, self.context(school))
        book.held = self.estimate(school, line)
        if variant[0] == school.key:
            book.next_design = max(book.next_design, variant[1] + 1)

    def judge(self):
        if not any(book.cycle for book in self.books.values()):
            return
        above = self.number("claim_above")
        for book in self.books.values():
            if book.using:
                book.claims = book.held > above

    # ---------------------------------------------------------------------------------------- a quarter begins

    def pay(self, pot, schools, affordable):
        """Cycles of the schools that may get hours, in keyed turn, from what is left of their pot."""
        for school in schools:
            rule = self.rule(school)
            if rule.kind == "none":
                continue
            own = self.number("price_common" if rule.measures == "common" else "price_own")
            measurement = own + self.number("price_engaged") * self.number("district_engaged")
            hub = self.number("price_hub") if rule.has_hub() else 0.0
            if affordable(measurement + hub, pot.left):
                pot.pay(measurement + hub)
                self.oracle.book("measurement", measurement)
                self.oracle.book("hub", hub)
                self.books[school.id].cycle = True
                self.happened["paid"] += 1
            else:
                self.happened["not_paid"] += 1

    def adapt(self, schools):
        """The hours of schools that adapt are paid, and gone."""
        # AMBIGUOUS: its hours become 0; building, which a plan gives besides, stays.
        step, limit = self.number("adapt_step"), self.number("adapt_limit")
        for school in schools:
            book = self.books[school.id]
            book.adapts = book.adapts and book.cycle and school.hours > 0
            if not book.adapts:
                continue
            school.adapting_hours, school.hours = school.hours, 0.0
            line = book.using
            book.fit += step * (limit - book.fit)
            book.held += step * (limit - book.held)
            line.s_own += step * (limit * line.n_own - line.s_own)
            line.read = [(n, s + step * (limit * n - s)) for n, s in line.read]
            self.counts["adaptations"] += 1

    def quarter_begins(self):
        """After all pots are paid, after support too: decisions lapse, first variants, who is tied to whom."""
        for school in self.oracle.schools:
            book = self.books[school.id]
            self.happened["lapsed"] += book.adapts and not book.cycle
            book.adapts = book.adapts and book.cycle
            if book.cycle and book.using is None:
                self.first_variant(school)
        for circle in self.tie(self.networks()):
            for school in circle:
                book = self.books[school.id]
                shares = [self.share_who_use(other) for other in book.partners]
                book.partner_use = sum(shares) / len(shares) if shares else 0.0
        self.judge()

    @staticmethod
    def share_who_use(school):
        posts = school.teaching_posts()
        return sum(teacher.is_user() for teacher in school.teaching()) / posts if posts else 0.0

    def first_variant(self, school):
        if self.rule(school).kind == "local":
            variant = (school.key, 0)
        else:
            u = self.draws.uniform(FIRST_VARIANT, school.key, 0, 0)
            variant = (MENU, math.floor(u * self.number("menu_size")))
        self.take_up(school, variant)
        book = self.books[school.id]
        book.fit_start = book.fit

    # ------------------------------------------------------------------------------------------ a quarter ends

    def quarter_ends(self, quarter):
        """What came out of the quarter's cycles; then there is none until the next is paid."""
        acting = [s for s in self.oracle.schools if self.books[s.id].cycle]
        networks = self.networks()
        self.tie(networks)
        shown = {school.id: y for school in acting if (y := self.study(school, quarter)) is not None}
        for school, read in [(school, self.reports(school, quarter, shown)) for school in acting]:
            self.read(school, read)
        for school in acting:
            self.books[school.id].adapts = False
            if school.id in shown:
                switched = self.act(school, quarter)
                self.tell(school)
                if switched:
                    self.begin_anew(school)
        for school in acting:
            if school.id not in shown:
                self.by_habit(school, quarter)
        self.judge()
        if acting:
            self.judge_networks(networks)
        for book in self.books.values():
            book.cycle, book.partners, book.partner_use = False, [], 0.0

    def study(self, school, quarter):
        """What the school's test shows, None where it does not study."""
        rule = self.rule(school)
        chance = self.number("study_act") if rule.study_act is None else rule.study_act
        chance *= self.number("study_factor")
        chance *= 1 + (self.number("engaged_factor") - 1) * self.number("district_engaged")
        if not self.draws.uniform(STUDIES, school.key, 0, quarter) < min(1.0, chance):
            return None
        book = self.books[school.id]
        y = book.fit + self.bias(school) + self.noise(rule) * self.draws.normal(TEST_SHOWS, school.key, 0, quarter)
        book.using.n_own += 1
        book.using.s_own += y
        self.counts["study_acts"] += 1
        return y

    def act(self, school, quarter):
        """The decision of a school that studied; whether it took another variant up."""
        book = self.books[school.id]
        held = book.held = self.estimate(school, book.using)
        others = [line for line in book.lines if line.tested() and line is not book.using]
        best = max(others, key=lambda line: self.estimate(school, line), default=None)
        if best and self.estimate(school, best) - held > self.number("switch_margin"):
            self.take_up(school, best.variant)
            book.borrowed = best.n_own == 0
            self.counts["switches"] += 1
            self.counts["borrowings"] += book.borrowed
            return True
        drops = held < self.number("drop_below")
        if drops or self.draws.uniform(EXPLORES, school.key, 0, quarter) < self.number("explore"):
            variant = self.untested(school, quarter)
            if variant:
                self.take_up(school, variant)
                book.borrowed = False
                self.counts["switches"] += 1
                self.counts["abandonments"] += drops
                return True
        book.adapts = held < self.number("adapt_below")
        return False

    def untested(self, school, quarter):
        book = self.books[school.id]
        if self.rule(school).kind == "local":
            return school.key, book.next_design
        known = {line.variant for line in book.lines if line.tested() or line is book.using}
        left = [number for number in range(self.number("menu_size")) if (MENU, number) not in known]
        if not left:
            return None
        return MENU, left[math.floor(self.draws.uniform(EXPLORES, school.key, 1, quarter) * len(left))]

    def by_habit(self, school, quarter):
        """A school that did not study goes over to another variant all the same."""
        if not self.draws.uniform(HABIT, school.key, 0, quarter) < self.number("habit"):
            return
        book = self.books[school.id]
        if self.rule(school).kind == "local":
            variant = (school.key, book.next_design)
        else:
            numbers = range(self.number("menu_size"))
            left = [number for number in numbers if (MENU, number) != book.using.variant]
            if not left:
                return
            variant = (MENU, left[math.floor(self.draws.uniform(HABIT, school.key, 1, quarter) * len(left))])
        self.take_up(school, variant)
        book.borrowed = False
        self.counts["switches"] += 1
        self.happened["by_habit"] += 1
        self.begin_anew(school)

    def begin_anew(self, school):
        """What another variant costs its users."""
        for teacher in school.teaching():
            if teacher.is_user():
                teacher.uses = 0.0
                teacher.k *= self.number("skill_kept")

    def tell(self, school):
        held, rate = self.books[school.id].held, self.oracle.n["experience.eta_peer"] / 4
        for teacher in school.teaching():
            if teacher.is_user() or teacher.stage == 1:
                teacher.v = min(1.0, max(-1.0, teacher.v + rate * (held - teacher.v)))

    # --------------------------------------------------------------------------------------------- reading off

    def measures_row(self):
        """The measures of docs/measures.md that belong to cycles."""
        begun = [book for book in self.books.values() if book.using]
        users = [self.fit(school) for school in self.oracle.schools for t in school.teaching() if t.is_user()]

        def share(those):
            return len(those) / len(begun) if begun else math.nan

        return {
            "mean_fit": sum(users) / len(users) if users else math.nan,
            "testing_schools": len(begun),
            "claimed_success": share([b for b in begun if b.claims]),
            "true_improvement": share([b for b in begun if b.fit - b.fit_start > 1e-9]),
            "borrowed_variant": share([b for b in begun if b.borrowed]),
            **self.fare_measures(),
        }
