"""Sections 2 and 7 of docs/model.md in the slow twin: what schools derive, and their week."""

import math

from .draws import clip01, half_up, poisson, quantile_of_thirds, usual
from .numbers import (
    BUILDING,
    DISTRICT_SUPPORT,
    DISTRICTS_INITIATIVES,
    DT,
    FOCUS,
    INITIATIVES,
    ROUTINE,
    TEAM,
    TIME,
    TRUST_AS_TARGET,
)


class SchoolRules:
    def derive(self, school):
        """Section 2, derived values; called only after the weekly update and after summer (and at the start)."""
        district = school.district
        school.district_felt = self.felt_district(school)
        school.readiness = (math.prod(school.conditions[:3]) * school.district_felt) ** 0.25
        supports = [school.principal, district.support, min(district.alignment)]
        if self.n["structure.board"] == "in_coherence":
            supports.append(self.of_district(district, "districts.board"))
        school.coherence = math.prod(supports) ** (1 / len(supports))

    def felt_district(self, school):
        """c_3*."""
        own = self.n["readiness.own_weight"]
        rest, district = (1 - own) / 2, school.district
        outside = rest * district.support + rest * sum(district.alignment) / 6
        return own * school.conditions[DISTRICT_SUPPORT] + outside

    def initiative_quarters(self):
        """m: quarters that an initiative lasts."""
        return max(1, half_up(4 * self.n["schools.initiative_years"]))

    def take_usual(self, school, quarter):
        """Usual initiatives of a quarter of the run: those that began in the last quarters, one count for each."""
        lasts = self.initiative_quarters()
        mean = self.n["schools.initiatives"] / lasts
        school.usual_initiatives = sum(
            poisson(
                self.icc * mean, self.draws.uniform(DISTRICTS_INITIATIVES, school.district.key, 0, j + 1000)
            )
            + poisson((1 - self.icc) * mean, self.draws.uniform(INITIATIVES, school.key, 0, j + 1000))
            for j in range(quarter - lasts + 1, quarter + 1)
        )

    @staticmethod
    def embedding_share(school):
        """Share in owned ROUTINE of the posts that teach."""
        teaching = school.teaching()
        return sum(t.stage == ROUTINE and t.owned for t in teaching) / len(teaching) if teaching else 0.0

    def embed(self, school):
        """A week of E, with the coherence of last week and the share of this week."""
        n = self.n
        if n["structure.embedding"] == "off":
            return
        share, now = self.embedding_share(school), school.embedded
        gain = share**2 * school.coherence * (1 - now)
        loss = (1 - share) * (1 - n["embedding.standing"] * school.standing) * now
        school.embedded = clip01(now + n["embedding.rate"] * (gain - loss) * DT)

    def take_like(self):
        """L_s of every school, from what is seen now."""
        weight = self.n["enrolment.like_district"]
        poverty = [school.poverty for school in self.programme]
        bounds = [quantile_of_thirds(poverty, thirds) for thirds in (1, 2)] if poverty else []
        for school in self.schools:
            school.third = sum(bound < school.poverty for bound in bounds)
        shown = {s.id: usual(s.visible_share(), self.n["enrolment.like_norm"]) for s in self.programme}
        for school in self.schools:
            near = [shown[s.id] for s in self.programme if s.district is school.district and s is not school]
            far = [
                shown[s.id]
                for s in self.programme
                if s.district is not school.district and s.level == school.level and s.third == school.third
            ]
            near = sum(near) / len(near) if near else 0.0
            far = sum(far) / len(far) if far else 0.0
            school.like = weight * near + (1 - weight) * far

    def like_change(self, school):
        """dL: what like schools' use has changed by since the start."""
        return 0.0 if self.n["structure.like"] == "off" else school.like - school.like_start

    def leader_hours(self, school):
        """H_l, hours of each of a school's leaders."""
        hours = school.to_leaders * self.delivered(school) * (1 - school.mix[BUILDING])
        return hours * self.participants(school) / self.n["coaches.leaders_per_school"]

    def lead_rate(self, hours):
        return self.n["coaches.b_lead"] * self.sat(hours, self.n["coaches.h_lead"])

    def district_week(self, district):
        """Superintendents learn with their schools' leaders, departments align the lowest instrument."""
        n = self.n
        members = [school for school in district.schools if school.programme]
        if not members:
            return
        hours = sum(self.leader_hours(school) for school in members) / len(members)
        now = district.support
        change = self.lead_rate(hours) * (1 - now) - n["readiness.drift"] * (now - district.support0)
        district.support = clip01(now + change * DT)
        hours = sum(self.delivered_building(school) * school.departments for school in members) / len(members)
        lowest = district.alignment.index(min(district.alignment))
        value = district.alignment[lowest]
        change = n["coaches.b_align"] * self.sat(hours, n["coaches.h_lead"]) * (1 - value)
        district.alignment[lowest] = clip01(value + change * DT)
        self.align_week(district, members)

    def aim(self, school, j):
        """What a condition drifts to."""
        aim = school.condition_targets[j]
        if j == FOCUS:
            crowding = self.n["readiness.focus_crowding"]
            aim = min(1.0, aim * (1 + crowding * school.initiatives0) / (1 + crowding * school.initiatives))
        return aim

    def built(self, school, j):
        """s_j: what a school's building hours come to for a condition, or for trust (4)."""
        hours = self.delivered_building(school) * (1 - school.departments)
        part = 1 / 5 if school.target is None else float(school.target == j)
        return self.sat(hours, self.n["readiness.h_school"]) * part

    def leaving_share(self, school):
        """Lambda: the share of a school's principals who leave in a year."""
        n = self.n
        return self.exit_share(school, n["leaders.principal_exit"], n["leaders.principal_exit_ratio"])

    def kept_by_successors(self, school, j):
        """What a new principal leaves of a condition; what is embedded is not the principal's to take."""
        kept = {FOCUS: self.n["leaders.focus_kept"], TEAM: self.n["leaders.team_kept"]}
        return 1 - (1 - kept.get(j, 1.0)) * (1 - school.embedded)

    def school_week(self, school):
        n = self.n
        principal, trust = school.principal, school.trust
        lead = self.lead_rate(self.leader_hours(school))
        drift, build = n["readiness.drift"], n["readiness.build"]
        school.principal = clip01(principal + (lead * (1 - principal) - drift * (principal - school.principal0)) * DT)

        for j in range(4):
            value, aim = school.conditions[j], self.aim(school, j)
            held = 1 - school.embedded if j in (TIME, DISTRICT_SUPPORT) else 1.0
            change = build * self.built(school, j) * principal * (1 - value) - drift * held * (value - aim)
            change += self.leaving_share(school) * (1 - self.kept_by_successors(school, j)) * aim
            school.conditions[j] = clip01(value + change * DT)

        growth = n["trust.build"] + build * self.built(school, TRUST_AS_TARGET)
        change = growth * principal * (1 - trust) - n["trust.drift"] * (trust - school.trust0)
        change -= n["trust.build"] * self.usual_principal(school.district) * (1 - school.trust0)
        change += self.leaving_share(school) * n["trust.principal_leaves"]
        school.trust = clip01(trust + change * DT)
        school.norm = clip01(school.norm + n["norm.rate"] * (self.deep_share(school) - school.norm) * DT)
        self.embed(school)
        if school.mandate_weeks > 0:
            school.mandate_weeks -= 1
            if school.mandate_weeks == 0:
                school.mandate_spent = True
        school.principal_weeks += 1
