"""Accountability in the slow twin, and what a strategy asks of districts (docs/model.md, sections 2, 4, 7, 8 and 10).

``Accountability`` is mixed into the twin: who is named, what pressure follows, instruments, and a strategy's seventh
part, which districts pay before anything else of a quarter.
"""

import math

from .draws import affordable, clip01, logistic

INSTRUMENTS = ("standards", "pacing", "materials", "assessment", "evaluation", "coaching")
EVALUATION = INSTRUMENTS.index("evaluation")
KEYED_TURN = 49
ALIGNMENT, ALIGNMENT_MEAN = 62, 63
FULL_YEAR = 4  # quarters after which relief and autonomy are all there
KINDS = ("align", "relief", "autonomy", "vision")  # in the order in which a district pays


def lowest(schools, share):
    """Achievement up to which a share of the schools lies, None for nobody: equal results are treated alike."""
    number = math.ceil(share - 1e-9)
    return sorted(school.achievement for school in schools)[number - 1] if number else None


class Accountability:
    """Given before the run: ``self.district_part``, kind and options of a strategy's seventh part."""

    district_part = {"kind": "as_it_is"}

    # ---------------------------------------------------------------------------------------------- section 4: start

    def designate(self):
        """Who is named by accountability: whom the table names, else the lowest programme schools and their equals."""
        bound = lowest(self.programme, self.n["districts.designated"] * len(self.programme))
        for school in self.schools:
            if school.own_designated is not None:
                school.designated = bool(school.own_designated)
            else:
                school.designated = bound is not None and school.achievement <= bound

    def press(self, school):
        regime = self.of_district(school.district, "districts.regime")
        if self.n["structure.accountability"] == "smooth":
            school.pressure = regime * logistic(-self.n["districts.pressure_slope"] * school.achievement)
        else:
            school.pressure = regime * (1.0 if school.designated else self.n["districts.others_pressure"])

    def start_instruments(self, district):
        n, draws = self.n, self.draws
        common = n["districts.alignment_sd_between"] * draws.normal(ALIGNMENT_MEAN, district.key, 0, 0)
        for j, name in enumerate(INSTRUMENTS):
            mean = n.get(f"districts.{name}")
            mean = n["districts.alignment"] if mean is None else mean
            own = n["districts.alignment_sd_within"] * draws.normal(ALIGNMENT, district.key, 0, j)
            district.alignment[j] = clip01(mean + common + own)
            if name in district.given_instruments:
                district.alignment[j] = district.given_instruments[name]
        district.alignment0 = list(district.alignment)

    @staticmethod
    def risk(school):
        """Felt risk, with the present trust: a broken mandate lowers it at once in every formula of that week."""
        safety = school.trust * school.principal
        felt = school.pressure * (1 - school.relieved)
        return felt * (1 - school.district.alignment[EVALUATION]) * (1 - safety)

    def autonomy(self, district):
        """Teachers' autonomy, with what the district has widened."""
        return min(1.0, self.of_district(district, "districts.autonomy") + district.widened)

    # ------------------------------------------------------------------------------------------- section 10: events

    def instrument_changes(self, event):
        """An instrument comes to a value or changes by so much; what a successor falls back to stays."""
        j = event["instrument"]
        j = INSTRUMENTS.index(j) if isinstance(j, str) else j
        for district in {school.district.id: school.district for school in self.concerned(event)}.values():
            value = event["value"] if event.get("value") is not None else district.alignment[j] + event["change"]
            district.alignment[j] = clip01(value)
            self.happened["instruments"] += 1
        for school in self.schools:
            self.derive(school)

    # ---------------------------------------------------------------------------------- section 8: what is asked for

    def district_plan(self, plan):
        """What the plan says of programme schools: numbers of instruments, and sets of ids."""
        plan.align, plan.relief, plan.autonomy, plan.vision = {}, set(), set(), set()
        kind, everybody = self.district_part["kind"], {school.id for school in self.programme}
        if kind == "align":
            j = self.district_part["instrument"]
            plan.align = dict.fromkeys(everybody, INSTRUMENTS.index(j) if isinstance(j, str) else j)
        elif kind == "relief":
            plan.relief = self.schools_of_part(self.district_part.get("schools", "designated"))
        elif kind == "autonomy":
            plan.autonomy = everybody
        elif kind == "vision":
            plan.vision = self.schools_of_part("designated") or self.schools_of_part("low")

    def schools_of_part(self, word):
        if word == "all":
            return {school.id for school in self.programme}
        if word == "designated":
            return {school.id for school in self.programme if school.designated}
        bound = lowest(self.programme, len(self.programme) / 3)
        return {school.id for school in self.programme if school.achievement <= bound}

    def districts_pay(self, pot, plan):
        """(district, kinds that the pot's allowance holds, their cost), districts in their turn."""
        left, found = pot.left, []
        for district in sorted(self.districts, key=lambda d: self.draws.uniform(KEYED_TURN, d.key, 0, 0)):
            members = [school for school in district.schools if school.programme and school in pot.schools]
            if not members or all(self.not_paid(school) for school in members):
                continue
            held, cost = [], 0.0
            for kind in KINDS:
                said = getattr(plan, kind)
                if kind == "align":
                    asked = max(said.get(school.id, -1) for school in members) >= 0
                else:
                    asked = any(school.id in said for school in members)
                price = self.n[f"district.{kind}_hours"] / 4 * self.n["money.price_coaching"]
                if asked and affordable(price, left):
                    left -= price
                    cost += price
                    held.append(kind)
                elif asked:
                    self.turns["district_part_not_paid"] += 1
            found.append((district, held, cost))
        return found

    def set_aside(self, plan):
        """The district's part of a year's first quarter; ids of the schools that are served first."""
        first = set()
        for pot in self.pots:
            pot.set_aside = 0.0
            for district, held, cost in self.districts_pay(pot, plan):
                pot.left -= cost
                pot.set_aside += cost
                if "vision" in held:
                    first |= {school.id for school in district.schools if school.id in plan.vision}
        return first

    # -------------------------------------------------------------------------------------------- what a quarter gives

    def open_district_quarter(self):
        """Before a quarter is paid: what is not paid in it ends, or takes a quarter of a year back."""
        self.paid_parts = {}

    def pay_district_part(self, pot, plan):
        for district, held, cost in self.districts_pay(pot, plan):
            if cost:
                pot.pay(cost)
                self.book("district", cost)
            self.paid_parts[district.id] = held

    def settle_district_part(self, plan):
        """Once all pots are asked: what holds in this quarter. Without a plan nothing is paid."""
        for district in self.districts:
            held = self.paid_parts.get(district.id, ())
            members = [school for school in district.schools if school.programme]
            district.aligned, district.align_hours = None, 0.0
            if "align" in held:
                district.aligned = max(plan.align.get(school.id, -1) for school in members)
                district.align_hours = self.n["district.align_hours"] / len(members)
                self.turns["aligned"] += 1
            district.autonomy_quarters = self.another_quarter(district.autonomy_quarters, "autonomy" in held)
            district.widened = self.n["district.autonomy_gain"] * district.autonomy_quarters / FULL_YEAR
            for school in district.schools:
                relieved = "relief" in held and school.id in plan.relief
                self.turns["relief_goes"] += bool(school.relief_quarters) and not relieved
                school.relief_quarters = self.another_quarter(school.relief_quarters, relieved)
                school.relieved = self.n["district.relief"] * school.relief_quarters / FULL_YEAR
                school.vision = "vision" in held and school.id in plan.vision

    @staticmethod
    def another_quarter(quarters, paid):
        return min(FULL_YEAR, quarters + 1) if paid else max(0, quarters - 1)

    def invite_for_vision(self, paid, plan):
        """All who teach in the schools of a vision are invited, where the plan itself invites nobody there."""
        named = {}
        for school in paid:
            if school.vision and school.id not in plan.invite:
                named[school.id] = school.teaching()
        return named

    def align_week(self, district, members):
        """After what departments do: the instrument that is aligned this quarter."""
        if district.aligned is None:
            return
        n, j = self.n, district.aligned
        there = sum(school.active * school.helped for school in members) / len(members)
        hours = district.align_hours * there
        rate = n["coaches.b_align"] * self.sat(hours, n["coaches.h_lead"])
        value = district.alignment[j]
        district.alignment[j] = clip01(value + rate * (1 - value) / 36)
