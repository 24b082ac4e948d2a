"""Variants of the practice, what tests of them show and what a school holds of them: the slow twin's improvement
cycles (docs/model.md, section 11), without anything that happens."""

from typing import NamedTuple

MAIN_EFFECT, CONTEXT_EFFECT, BIAS = 90, 91, 165
PLACES = 8
CONTEXTS = 8
MENU = 0  # maker key of the menu's variants
OWN_KINDS = {"local": ("own", "isolated"), "menu": ("common", "hub")}
HUBS = ("hub", "groups_hub", "pairs_hub")
LEAST_VARIANCE = 1e-12


class Rule(NamedTuple):
    """Of improvement cycles, left to itself where it says nothing."""

    kind: str
    measures: str
    topology: str
    study_act: float | None  # None: the scenario's

    @classmethod
    def of(cls, said):
        measures, topology = OWN_KINDS.get(said["kind"], ("own", "isolated"))
        return cls(said["kind"], said.get("measures", measures), said.get("topology", topology), said.get("study_act"))

    def has_hub(self):
        return self.topology in HUBS


class Line:
    """What a school holds of one variant: own evidence, and read evidence by the context it comes from, each with a
    weight and a sum of what tests showed."""

    def __init__(self, variant):
        self.variant = variant  # (maker, number)
        self.n_own = self.s_own = 0.0
        self.read = [(0.0, 0.0)] * CONTEXTS

    def tested(self):
        return self.n_own + sum(n for n, _ in self.read) > 0

    def evidence(self, context):
        """By context, the own evidence with what was read from the own context."""
        found = list(self.read)
        found[context] = found[context][0] + self.n_own, found[context][1] + self.s_own
        return found


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
        self.partners, self.network = [], []
        self.partner_use = 0.0

    def line_of(self, variant):
        return next((line for line in self.lines if line.variant == variant), None)


class Variants:
    """Asks its other half for ``draws``, ``number``, ``rule``, ``books`` and ``median_poverty``."""

    def context(self, school):
        return 2 * school.locale + (school.poverty > self.median_poverty)

    def expected(self, variant):
        """m: the mean of a variant's kind."""
        return self.number("menu_mean" if variant[0] == MENU else "local_mean")

    def spread(self, variant):
        return self.number("menu_sd" if variant[0] == MENU else "local_sd")

    def fit_in(self, variant, context):
        """True fit of a variant, as designed."""
        maker, number = variant
        value = self.expected(variant) + self.spread(variant) * self.draws.normal(MAIN_EFFECT, maker, number, 0)
        value += self.number("context_sd") * self.draws.normal(CONTEXT_EFFECT, maker, number, context)
        return min(3.0, max(-2.0, value))

    def noise(self, rule):
        return self.number("noise_common" if rule.measures == "common" else "noise_own")

    def variance(self, rule):
        """V: of one report about the mean of its school's reports."""
        return max(LEAST_VARIANCE, self.noise(rule) ** 2)

    def bias(self, school):
        """b_s: by how much the school's own measures show too much of any variant."""
        if self.rule(school).measures == "common":
            return 0.0
        return self.number("bias_own") * self.draws.normal(BIAS, school.key, 0, 0)

    def weight(self, rule, n):
        """w(n): of n reports of one school, for whoever else reads them."""
        if rule.measures == "common":
            return n
        return n / (1 + self.number("bias_own") ** 2 / self.variance(rule) * n)

    def predict(self, variant, evidence, context, rule):
        """The estimate in a context from what was seen in each."""
        m, k = self.expected(variant), self.spread(variant) ** 2
        c, v = self.number("context_sd") ** 2, self.variance(rule)
        seen = [(n / (c * n + v), s / n) for n, s in evidence if n > 0]
        main = k * sum(p * (y - m) for p, y in seen) / (1 + k * sum(p for p, _ in seen))
        n, s = evidence[context]
        if n <= 0:
            return m + main
        return m + main + c * n / (c * n + v) * (s / n - m - main)

    def estimate(self, school, line):
        """What the school holds of a variant in its books."""
        if not line.tested():
            return self.expected(line.variant) + self.number("positivity")
        context = self.context(school)
        return self.predict(line.variant, line.evidence(context), context, self.rule(school))

    def enter(self, school, variant):
        """The line of a variant, a new one if the books have none."""
        book = self.books[school.id]
        line = book.line_of(variant)
        if line:
            return line
        line = Line(variant)
        if len(book.lines) < PLACES:
            book.lines.append(line)
        else:
            place = min(
                (place for place in range(PLACES) if book.lines[place] is not book.using),
                key=lambda place: self.estimate(school, book.lines[place]),
            )
            book.lines[place] = line
            self.happened["forgotten"] += 1
        return line

    def pooled(self, schools, rule):
        """Variant -> evidence by context: what schools have observed themselves, each as much as it is worth."""
        found = {}
        for school in schools:
            for line in self.books[school.id].lines:
                if line.n_own > 0:
                    evidence = found.setdefault(line.variant, [(0.0, 0.0)] * CONTEXTS)
                    w, context = self.weight(rule, line.n_own), self.context(school)
                    n, s = evidence[context]
                    evidence[context] = n + w, s + w * line.s_own / line.n_own
        return found

    def ranked(self, pooled, context, rule):
        """Variants with evidence, the one that it alone holds to be best in a context first."""
        seen = [variant for variant, evidence in pooled.items() if sum(n for n, _ in evidence) > 0]
        return sorted(seen, key=lambda variant: (-self.predict(variant, pooled[variant], context, rule), variant))
