"""Improvement cycles of the slow twin, written from docs/model.md section 11 alone: one school at a time.

The twin asks `Cycles` when a quarter ends, when its money is paid and when it begins; everything a school knows of
variants lies here, in its `Book`.
"""

import math

MAIN_EFFECT, CONTEXT_EFFECT, FIRST_VARIANT, STUDIES, TEST_SHOWS = 90, 91, 92, 93, 94
PARTNER_READ, EXPLORES, ORDER_OF_PARTNERS, HABIT = 95, 96, 97, 98
PLACES = 8
MENU = 0  # maker key of the menu's variants
OWN_KINDS = {"local": ("own", "isolated"), "menu": ("common", "hub")}
# What ids say of testing.
TESTING_OF = {"improvement_network": {"kind": "menu", "measures": "common", "topology": "hub"}}
COUNTS = ("study_acts", "switches", "borrowings", "abandonments", "adaptations")


class Line:
    """What a school holds of one variant: own and read evidence, weights and sums of what tests showed."""

    def __init__(self, variant):
        self.variant = variant  # (maker, number)
        self.n_own = self.s_own = self.n_read = self.s_read = 0.0

    def tested(self):
        return self.n_own + self.n_read > 0


class Book:
    """Cycles of one school."""

    def __init__(self):
        self.lines = []  # in the order of their places
        self.using = None  # the line of the variant in use; None before the first cycle
        self.fit = self.fit_start = self.held = 0.0  # held: E_s
        self.claims = self.borrowed = False
        self.adapts = False  # decided at the quarter's end, or carried out in this quarter
        self.next_design = 0
        self.cycle = False  # has one this quarter
        self.partners = []
        self.partner_use = 0.0

    def line_of(self, variant):
        return next((line for line in self.lines if line.variant == variant), None)


class Cycles:
    def __init__(self, oracle, strategy, testing=None):
        """testing: a mapping with kind and, where it says more, measures, topology, study_act; None: the id's own."""
        self.oracle = oracle
        self.draws = oracle.draws
        rule = dict(testing or TESTING_OF.get(strategy, {"kind": "none"}))
        self.kind = rule["kind"]
        measures, topology = OWN_KINDS.get(self.kind, ("own", "isolated"))
        self.measures = rule.get("measures", measures)
        self.topology = rule.get("topology", topology)
        self.chance = rule.get("study_act")
        self.books = {school.id: Book() for school in oracle.schools}
        self.counts = dict.fromkeys(COUNTS, 0)
        # Only so that tests can ask whether it happened.
        self.happened = dict.fromkeys(("paid", "not_paid", "forgotten", "lapsed", "by_habit"), 0)
        self.circle_sizes = set()
        poverty = sorted(school.poverty for school in oracle.programme)
        middle = len(poverty) // 2
        if len(poverty) % 2:
            self.median_poverty = poverty[middle]
        else:
            self.median_poverty = (poverty[middle - 1] + poverty[middle]) / 2 if poverty else 0.0

    def number(self, name):
        return self.oracle.n[f"testing.{name}"]

    # ------------------------------------------------------------------------------------- what others ask for

    def fit(self, school):
        """True fit of what the school uses."""
        book = self.books[school.id]
        return book.fit if book.using else self.oracle.of_district(school.district, "experience.fit")

    def partner_use(self, school):
        return self.books[school.id].partner_use

    # ------------------------------------------------------------------------------------------------ variants

    def context(self, school):
        return 2 * school.locale + (school.poverty > self.median_poverty)

    def expected(self, variant):
        """m: the mean of a variant's kind."""
        return self.number("menu_mean" if variant[0] == MENU else "local_mean")

    def true_fit(self, variant, school):
        maker, number = variant
        context = self.context(school)
        spread = self.number("menu_sd" if maker == MENU else "local_sd")
        value = self.expected(variant) + spread * self.draws.normal(MAIN_EFFECT, maker, number, 0)
        value += self.number("context_sd") * self.draws.normal(CONTEXT_EFFECT, maker, number, context)
        return min(3.0, max(-2.0, value))

    def estimate(self, line):
        m, prior = self.expected(line.variant), self.number("prior_weight")
        if not line.tested():
            return m + self.number("positivity")
        return (prior * m + line.s_own + line.s_read) / (prior + line.n_own + line.n_read)

    def enter(self, book, variant):
        """The line of a variant, a new one if the books have none."""
        line = book.line_of(variant)
        if line:
            return line
        line = Line(variant)
        if len(book.lines) < PLACES:
            book.lines.append(line)
        else:
            place = min(
                (place for place in range(PLACES) if book.lines[place] is not book.using),
                key=lambda place: self.estimate(book.lines[place]),
            )
            book.lines[place] = line
            self.happened["forgotten"] += 1
        return line

    def take_up(self, school, variant):
        book = self.books[school.id]
        # The variant that is given up is still the one in use while a place is looked for.
        line = self.enter(book, variant)
        book.using = line
        book.fit = self.true_fit(variant, school)
        book.held = self.estimate(line)
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
        if self.kind == "none":
            return
        own = self.number("price_common" if self.measures == "common" else "price_own")
        measurement = own + self.number("price_engaged") * self.number("district_engaged")
        hub = self.number("price_hub") if self.topology == "hub" else 0.0
        for school in schools:
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
            line.s_read += step * (limit * line.n_read - line.s_read)
            self.counts["adaptations"] += 1

    def quarter_begins(self):
        """After all pots are paid, after support too: decisions lapse, first variants, who is tied to whom."""
        for school in self.oracle.schools:
            book = self.books[school.id]
            self.happened["lapsed"] += book.adapts and not book.cycle
            book.adapts = book.adapts and book.cycle
            if book.cycle and book.using is None:
                self.first_variant(school)
        for circle in self.circles():
            self.circle_sizes.add(len(circle))
            for school in circle:
                book = self.books[school.id]
                shares = [sum(t.is_user() for t in o.teaching()) / o.teaching_posts() for o in book.partners]
                book.partner_use = sum(shares) / len(shares) if shares else 0.0
        self.judge()

    def first_variant(self, school):
        if self.kind == "local":
            variant = (school.key, 0)
        else:
            u = self.draws.uniform(FIRST_VARIANT, school.key, 0, 0)
            variant = (MENU, math.floor(u * self.number("menu_size")))
        self.take_up(school, variant)
        book = self.books[school.id]
        book.fit_start = book.fit

    def circles(self):
        """All circles, by the numbers of now; every school is told its partners."""
        testing = [school for school in self.oracle.schools if self.books[school.id].cycle]
        testing.sort(key=lambda s: (s.enrolled_week, self.draws.uniform(ORDER_OF_PARTNERS, s.key, 0, 0)))
        circles = [circle for network in self.networks(testing) for circle in self.circles_of(network)]
        for circle in circles:
            for school in circle:
                self.books[school.id].partners = [other for other in circle if other is not school]
        return circles

    def networks(self, testing):
        if any(school.network for school in self.oracle.schools):
            named = {}
            for school in testing:
                named.setdefault(school.network or school.id, []).append(school)
            return list(named.values())
        groups = {}
        for school in testing:
            groups.setdefault("" if self.number("networks") == "world" else school.district.id, []).append(school)
        size = self.number("network_size")
        return [part for group in groups.values() for part in cut(group, math.ceil(len(group) / size))]

    def circles_of(self, network):
        n = len(network)
        if self.topology == "isolated":
            return [[school] for school in network]
        if self.topology == "pairs":
            return cut(network, max(1, n // 2))
        if self.topology == "groups":
            return cut(network, max(1, n // self.number("group_size")))
        return [network]

    # ------------------------------------------------------------------------------------------ a quarter ends

    def quarter_ends(self, quarter):
        """What came out of the quarter's cycles; then there is none until the next is paid."""
        self.circles()
        acting = [s for s in self.oracle.schools if self.books[s.id].cycle]
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
        for book in self.books.values():
            book.cycle, book.partners, book.partner_use = False, [], 0.0

    def study(self, school, quarter):
        """What the school's test shows, None where it does not study."""
        chance = self.number("study_act") if self.chance is None else self.chance
        chance *= self.number("study_factor")
        chance *= 1 + (self.number("engaged_factor") - 1) * self.number("district_engaged")
        if not self.draws.uniform(STUDIES, school.key, 0, quarter) < min(1.0, chance):
            return None
        book = self.books[school.id]
        noise = self.number("noise_common" if self.measures == "common" else "noise_own")
        y = book.fit + noise * self.draws.normal(TEST_SHOWS, school.key, 0, quarter)
        book.using.n_own += 1
        book.using.s_own += y
        self.counts["study_acts"] += 1
        return y

    def weight(self, reader, other):
        """Weight of a report."""
        time = self.number("network_time")
        if self.topology != "hub":
            time /= len(self.books[reader.id].partners)
        weight = time / (time + self.number("setup_time"))
        if self.context(reader) != self.context(other):
            weight *= self.number("relevance_other")
        if self.measures != "common":
            weight *= self.number("comparability_own")
        return weight

    def reports(self, school, quarter, shown):
        """What the school reads, in order: (variant, weight, weighted sum). Nothing is entered yet."""
        if not self.books[school.id].partners:
            return []
        return self.from_hub(school) if self.topology == "hub" else self.from_partners(school, quarter, shown)

    def from_partners(self, school, quarter, shown):
        partners, drawn, read = self.books[school.id].partners, [], []
        for r in range(min(self.number("reports"), len(partners))):
            u = self.draws.uniform(PARTNER_READ, school.key, r, quarter)
            place = math.floor(u * (len(partners) - r))
            for before in sorted(drawn):
                place += place >= before
            drawn.append(place)
            other = partners[place]
            if other.id in shown:
                weight = self.weight(school, other)
                read.append((self.books[other.id].using.variant, weight, weight * shown[other.id]))
        return read

    def from_hub(self, school):
        pooled = {}
        for other in self.books[school.id].partners:
            weight = self.weight(school, other)
            for line in self.books[other.id].lines:
                n, s = pooled.get(line.variant, (0.0, 0.0))
                pooled[line.variant] = (n + weight * line.n_own, s + weight * line.s_own)
        prior = self.number("prior_weight")
        ranked = sorted(
            (-(prior * self.expected(variant) + s) / (prior + n), variant, n, s)
            for variant, (n, s) in pooled.items()
            if n > 0
        )
        return [(variant, n, s) for _, variant, n, s in ranked[: self.number("reports")]]

    def read(self, school, reports):
        book = self.books[school.id]
        for variant, n, s in reports:
            line = self.enter(book, variant)
            if self.topology == "hub":
                line.n_read, line.s_read = n, s
            else:
                line.n_read += n
                line.s_read += s

    def act(self, school, quarter):
        """The decision of a school that studied; whether it took another variant up."""
        book = self.books[school.id]
        held = book.held = self.estimate(book.using)
        others = [line for line in book.lines if line.tested() and line is not book.using]
        best = max(others, key=self.estimate, default=None)
        if best and self.estimate(best) - held > self.number("switch_margin"):
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
        if self.kind == "local":
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
        if self.kind == "local":
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
        }


def cut(schools, parts):
    """Place r of n goes to part floor(r * parts / n)."""
    result = [[] for _ in range(parts)]
    for r, school in enumerate(schools):
        result[r * parts // len(schools)].append(school)
    return result
