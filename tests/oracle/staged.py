"""Staged roll-outs in the slow twin (docs/model.md, section 8): gates of a district, teams, invitations by name, and
hours by hand."""

import math

from .oracle import text_tag

PRIOR_GROWTH = 10
SEEN_PAYOFF, SEEN_WILLING, TEACHER_WILLING = 130, 131, 132
TEAM_STAGE, COLLEAGUES, FOCAL_GRADES, WHOLE_SCHOOL, WHOLE_DISTRICT, ABANDONED = 1, 2, 3, 4, 5, -1
ADOPT, ADAPT, ABANDON = 1, 2, 3


def ceil(product):
    return math.ceil(product - 1e-9)


class Staged:
    """Given before the run: ``self.hours_table``, ``self.grades`` (called without arguments: (district, school, post)
    -> grade band); options of the strategy's parts as in the twin."""

    hours_table = ()
    grades = None

    def hours_by_hand(self, school):
        for name, year, hours in self.hours_table:
            if name in (school.id[1], "/".join(school.id)) and year == self.year() + 1:
                return float(hours)
        return 0.0

    def narrow(self, plan):
        recruitment, _, _, tempo = self.strategy[:4]
        if tempo == "gated":
            plan.places = 0 if recruitment == "none" else len(self.programme)
            for district in self.districts:
                self.gate(district)
            is_open = {school.id for district in self.districts for school in self.open_schools(district)}
            plan.offered = [school for school in plan.offered if school.id in is_open]
            plan.mandates = [school for school in plan.mandates if school.id in is_open]
            plan.release = [s for s in self.programme if s.enrolled and s.district.memo[0] == ABANDONED]
            plan.adapt = [s for s in self.programme if s.district.memo[1:4:2] == (self.quarter(), ADAPT)]
        if recruitment == "team_outward":
            for school in self.programme:
                self.by_name(school, tempo, plan)

    # ------------------------------------------------------------------------------------------------------ gates

    def gate(self, district):
        quarter = self.quarter()
        if not hasattr(district, "memo"):
            district.memo, district.verdicts = (TEAM_STAGE, quarter, 0, 0), []
        stage, last, misses, verdict = district.memo
        shown = [s for s in district.schools if s.programme and s.enrolled and s.enrolled_week < self.week]
        if stage == TEAM_STAGE and not shown:
            last, verdict = quarter, 0
        signs = [self.signs(school) for school in shown if any(t.is_user() for t in school.teaching())]
        if TEAM_STAGE <= stage <= WHOLE_SCHOOL and signs and quarter - last >= self.option("quarters", 2):
            payoff = sum(sign[0] for sign in signs) / len(signs)
            willing = sum(sign[1] for sign in signs) / len(signs)
            met = (payoff > self.option("payoff", 0.0)) + (willing > self.option("willing", 0.5))
            last = quarter
            misses = misses + 1 if met == 0 else 0
            verdict = ADAPT
            if met == 2:
                stage, verdict = stage + 1, ADOPT
            elif misses == 2:
                stage, verdict = ABANDONED, ABANDON
            district.verdicts.append(verdict)
        district.memo = (stage, last, misses, verdict)

    def signs(self, school):
        """Seen payoff and seen willingness of a school's users."""
        n, quarter = self.n, self.quarter()
        users = [teacher for teacher in school.teaching() if teacher.is_user()]
        # who begins this week, before the plan is made, has the noise of the quarter that begins
        ended = [(teacher, quarter if teacher.began == self.week else quarter - 1) for teacher in users]
        payoff = sum(self.payoff(teacher, school, noise) for teacher, noise in ended) / len(users)
        willing = sum(teacher.v > 0 for teacher in users) / len(users)
        return (
            payoff + n["planner.gate_sd"] * self.draws.normal(SEEN_PAYOFF, school.key, 0, quarter),
            willing + n["planner.gate_sd"] * self.draws.normal(SEEN_WILLING, school.key, 0, quarter),
        )

    def open_schools(self, district):
        members = [school for school in district.schools if school.programme]
        if not members or district.memo[0] == ABANDONED:
            return []
        if district.memo[0] == WHOLE_DISTRICT:
            return members
        inside = [school for school in members if school.enrolled]
        more = max(0, ceil(self.option("pilot_share", 0.25) * len(members)) - len(inside))
        tag = text_tag("pilot schools")
        rest = sorted(
            (school for school in members if not school.enrolled),
            key=lambda s: (-s.surveyed_readiness, self.draws.uniform(70, s.key, tag, self.quarter())),
        )
        return inside + rest[:more]

    # ------------------------------------------------------------------------------------------------------- teams

    def stage(self, school, tempo):
        if tempo == "gated":
            return school.district.memo[0]
        return WHOLE_DISTRICT if tempo == "at_once" else min(WHOLE_DISTRICT, 1 + self.quarter() // 2)

    def by_name(self, school, tempo, plan):
        stage = self.stage(school, tempo)
        if not school.enrolled or not TEAM_STAGE <= stage <= WHOLE_SCHOOL:
            return
        grades = self.grades()
        for teacher in school.teaching():
            teacher.grade = grades[(*school.id, teacher.post)]
        team = self.team(school)
        if school.enrolled_week == self.week:
            plan.appoint += [(school, teacher) for teacher in team]
        if stage == WHOLE_SCHOOL:
            return
        invited = list(team)
        if stage >= COLLEAGUES:
            willing = [(self.willing(t), t) for t in school.teaching() if t not in team]
            willing = sorted((row for row in willing if row[0] > 0), key=lambda row: -row[0])
            invited += [t for _, t in willing[: int(self.option("colleagues", 2)) * len(team)]]
        if stage >= FOCAL_GRADES:
            bands = sorted({t.grade for t in school.teaching()} - {0})
            focal = bands[: ceil(self.option("focal", 0.5) * len(bands))]
            invited += [t for t in school.teaching() if t.grade in focal and t not in invited]
        plan.invite[school.id] = invited

    def team(self, school):
        """The best of each grade band, of these the best; where there are fewer bands the next best join."""
        ranked = sorted(school.teaching(), key=lambda teacher: -self.prior_growth(teacher))
        first, rest, bands = [], [], set()
        for teacher in ranked:
            (rest if teacher.grade in bands else first).append(teacher)
            bands.add(teacher.grade)
        return (first + rest)[: int(self.option("team", 3))]

    def prior_growth(self, teacher):
        """A sign of effectiveness, with a reliability below 1."""
        r = self.n["planner.growth_reliability"]
        noise = self.draws.normal(PRIOR_GROWTH, teacher.origin_key, teacher.tag, 0)
        return teacher.effectiveness + math.sqrt((1 - r) / r) * noise

    def willing(self, teacher):
        noise = self.draws.normal(TEACHER_WILLING, teacher.origin_key, teacher.tag, self.year())
        return teacher.v + self.n["planner.willing_sd"] * noise
