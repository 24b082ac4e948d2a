"""Staged roll-outs in the slow twin (docs/model.md, section 8): gates of a district, teams, invitations by name, and
hours by hand."""

import math

from .draws import text_tag

PRIOR_GROWTH = 10
SEEN_PAYOFF, SEEN_WILLING, TEACHER_WILLING = 130, 131, 132
TEAM_STAGE, COLLEAGUES, FOCAL_GRADES, WHOLE_SCHOOL, WHOLE_DISTRICT, ABANDONED = 1, 2, 3, 4, 5, -1
ADOPT, ADAPT, ABANDON = 1, 2, 3
DISCONTINUED = 4
GATED = ("gated", "gated_asked")
TEAMS = ("team_outward", "improvement_team")


def ceil(product):
    return math.ceil(product - 1e-9)


class Staged:
    """Given before the run: ``self.hours_table``, ``self.grades`` (called without arguments: (district, school, post)
    -> grade band); options of the strategy's parts as in the twin."""

    hours_table = ()
    grades = None
    noting = False  # the quarter's last plan is made: whom it names is kept

    def hours_by_hand(self, school):
        for name, year, hours in self.hours_table:
            if name in (school.id[1], "/".join(school.id)) and year == self.year() + 1:
                return float(hours)
        return 0.0

    def narrow(self, plan):
        recruitment, _, _, tempo = self.strategy[:4]
        if tempo in GATED:
            plan.places = 0 if recruitment == "none" else len(self.programme)
            for district in self.districts:
                self.gate(district)
            is_open = {school.id for district in self.districts for school in self.open_schools(district)}
            plan.offered = [school for school in plan.offered if school.id in is_open]
            plan.mandates = [school for school in plan.mandates if school.id in is_open]
            plan.release = [s for s in self.programme if s.enrolled and s.district.memo[0] == ABANDONED]
            plan.adapt = [s for s in self.programme if s.district.memo[1:4:2] == (self.quarter(), ADAPT)]
        if recruitment in TEAMS:
            for school in self.programme:
                self.by_name(school, tempo, plan)
        if recruitment == "improvement_team":
            self.told_and_taken(plan)
        if tempo == "gated_asked" or recruitment == "improvement_team":
            # AMBIGUOUS: with a team whose leaders hear of it people are named in the same way under every tempo.
            if self.noting:
                self.name(plan)

    def told_and_taken(self, plan):
        """Who enters without waiting, and who is told in the last stage."""
        tempo = self.strategy[3]
        for school in self.programme:
            school.on_team = school.on_team and TEAM_STAGE <= self.stage(school, tempo) <= WHOLE_SCHOOL
        # AMBIGUOUS: without gates all programme schools are open.
        plan.no_wait = {school.id for school in plan.offered}
        plan.force = self.n["programme.staged_mandate"]
        if plan.force > 0:
            last = [school for school in plan.offered if self.stage(school, tempo) == WHOLE_DISTRICT]
            plan.mandates = self.queue(last)

    def name(self, plan):
        """Who has been asked in the stage so far, this plan's included."""
        for school in self.programme:
            stage = self.stage(school, self.strategy[3])
            if stage != school.named_in and self.strategy[3] in GATED:  # whom the next stage asks is asked anew
                # AMBIGUOUS: where stages follow the calendar nothing begins anew.
                school.named_in = stage
                for teacher in school.present():
                    teacher.named = False
            if not school.enrolled:
                # AMBIGUOUS: whom a school that has left had asked, and its team, count no more if it comes back.
                for teacher in school.present():
                    self.named_no_more(teacher)
            if not school.enrolled or not TEAM_STAGE <= stage <= WHOLE_SCHOOL:
                continue
            by_name = stage < WHOLE_SCHOOL and self.strategy[0] in TEAMS
            for teacher in plan.invite[school.id] if by_name else school.teaching():
                teacher.named = True

    def hours_of_participant(self, school):
        n, stage = self.n, 0
        if self.strategy[0] == "improvement_team":
            stage = self.stage(school, self.strategy[3])
        if TEAM_STAGE <= stage <= FOCAL_GRADES:
            return max(n["programme.hours"], n["programme.hours_max"])
        return n["programme.hours"]

    def enrol(self, school):
        super().enrol(school)
        if self.strategy[0] == "improvement_team":
            school.on_team = TEAM_STAGE <= self.stage(school, self.strategy[3]) <= FOCAL_GRADES

    def leaders_learn(self):
        """Support of leaders on the team moves to what its members find."""
        for district in self.districts:
            team = [s for s in district.schools if s.on_team and s.enrolled]
            # AMBIGUOUS: who is on the team was settled when the quarter before was planned.
            if not team:
                continue
            seen = [self.response(school) for school in team]
            ever = sum(m for _, m, *_ in seen)
            if ever == 0:
                continue
            self.turns["leaders_learnt"] += 1
            aim = min(1.0, max(0.0, 0.5 + sum(m * payoff for _, m, _, payoff in seen) / ever / 2))
            rate = self.n["leaders.eta_lead"] / 4
            district.support += rate * (aim - district.support)
            for school in team:
                school.principal += rate * (aim - school.principal)

    # ------------------------------------------------------------------------------------------------------ gates

    def gate(self, district):
        quarter = self.quarter()
        if not hasattr(district, "memo"):
            district.memo, district.verdicts = (TEAM_STAGE, quarter, 0, 0), []
        stage, last, misses, verdict = district.memo
        shown = [s for s in district.schools if s.programme and s.enrolled and s.enrolled_week < self.week]
        if stage == TEAM_STAGE and not shown:
            last, verdict = quarter, 0
        asked = self.strategy[3] == "gated_asked"
        signs = self.signs_of_asked(shown) if asked else self.signs_of_users(shown)
        begins = last
        if asked and stage == WHOLE_SCHOOL:  # its schools enter when a year begins
            begins = 4 * math.ceil(last / 4)
        if TEAM_STAGE <= stage <= WHOLE_SCHOOL and signs and quarter - begins >= self.least_quarters(stage):
            payoff, willing = signs
            enough = self.option("willing", self.n["programme.gate_willing"] if asked else 0.5)
            met = (payoff > self.option("payoff", 0.0)) + (willing > enough)
            last = quarter
            misses = misses + 1 if met == 0 else 0
            verdict = ADAPT
            if met == 2:
                stage, verdict = stage + 1, ADOPT
            elif misses == 2:
                stage, verdict = ABANDONED, ABANDON
            district.verdicts.append(verdict)
        district.memo = (stage, last, misses, verdict)

    def least_quarters(self, stage):
        if self.strategy[3] == "gated":
            return self.option("quarters", 2)
        said = self.option("min_quarters", [self.n[f"programme.min_quarters_{i}"] for i in (1, 2, 3, 4)])
        return said[stage - 1]

    def signs_of_users(self, schools):
        """Means over the schools that show signs, None where none does."""
        signs = [self.signs(school) for school in schools if any(t.is_user() for t in school.teaching())]
        if not signs:
            return None
        return tuple(sum(sign[i] for sign in signs) / len(signs) for i in (0, 1))

    def signs_of_asked(self, schools):
        """The same over all who were named in this stage and are still in post."""
        seen = [self.response(school) for school in schools]
        named, ever = sum(n for n, *_ in seen), sum(m for _, m, *_ in seen)
        if named == 0:
            return None
        payoff = sum(m * payoff for _, m, _, payoff in seen) / ever if ever else 0.0
        return payoff, sum(n * willing for n, _, willing, _ in seen) / named

    def response(self, school):
        """Of a school's named: their number, those who ever used, how willing they are, what they found."""
        noise, quarter = self.n["planner.gate_sd"], self.quarter()
        named = [teacher for teacher in school.teaching() if teacher.named]
        if not named:
            return 0, 0, 0.0, 0.0
        users = [teacher for teacher in named if teacher.is_user()]
        willing = sum(teacher.v > 0 for teacher in users) / len(named)
        willing += noise * self.draws.normal(SEEN_WILLING, school.key, 0, quarter)
        ever = sum(teacher.ever_used for teacher in named)
        if ever == 0:
            return len(named), 0, willing, 0.0
        found = sum(
            self.payoff(teacher, school, self.felt_quarter(teacher)) for teacher in users
        )
        found += sum(min(teacher.v, 0.0) for teacher in named if teacher.stage == DISCONTINUED)
        self.turns["stopped_among_named"] += any(teacher.stage == DISCONTINUED for teacher in named)
        payoff = found / ever + noise * self.draws.normal(SEEN_PAYOFF, school.key, 0, quarter)
        return len(named), ever, willing, payoff

    def felt_quarter(self, teacher):
        """The quarter whose noise a user's payoff has: the last in which the user taught."""
        return self.quarter() - 1 if teacher.felt_quarter is None else teacher.felt_quarter

    def signs(self, school):
        """Seen payoff and seen willingness of a school's users."""
        n, quarter = self.n, self.quarter()
        users = [teacher for teacher in school.teaching() if teacher.is_user()]
        # who begins this week, before the plan is made, has the noise of the quarter that begins
        ended = [(teacher, self.felt_quarter(teacher)) for teacher in users]
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
        if district.memo[0] >= (WHOLE_SCHOOL if self.strategy[3] == "gated_asked" else WHOLE_DISTRICT):
            return members
        inside = [school for school in members if school.enrolled]
        more = max(0, ceil(self.option("pilot_share", 0.25) * len(members)) - len(inside))
        tag = text_tag("pilot schools")
        rest = sorted(
            (school for school in members if not school.enrolled),
            key=lambda s: (-s.surveyed_readiness, self.draws.uniform(70, s.key, tag, self.quarter())),
        )
        return inside + rest[:more]

    def stage_measures(self):
        """Measures of stages of docs/measures.md, over the districts with programme schools."""
        members = [[s for s in district.schools if s.programme] for district in self.districts]
        members = [schools for schools in members if schools]
        shares = [
            sum(t.is_user() for s in schools for t in s.teaching()) / (sum(s.teaching_posts() for s in schools) or 1)
            for schools in members
        ]
        found = {"districts_at_80": sum(share >= 0.8 for share in shares) / len(members)}
        there = [schools[0].district for schools in members if hasattr(schools[0].district, "memo")]
        given = [verdict for district in there for verdict in district.verdicts]
        for name, verdict in (("adopt", ADOPT), ("adapt", ADAPT), ("abandon", ABANDON)):
            found[f"verdicts_{name}"] = given.count(verdict)
        found["stage"] = sum(max(0, district.memo[0]) for district in there) / len(members)
        found["districts_complete"] = sum(district.memo[0] == WHOLE_DISTRICT for district in there) / len(members)
        return found

    # ------------------------------------------------------------------------------------------------------- teams

    def stage(self, school, tempo):
        if tempo in GATED:
            return school.district.memo[0]
        return WHOLE_DISTRICT if tempo == "at_once" else min(WHOLE_DISTRICT, 1 + self.quarter() // 2)

    def by_name(self, school, tempo, plan):
        stage = self.stage(school, tempo)
        stays = self.strategy[0] == "improvement_team"
        if not school.enrolled or not TEAM_STAGE <= stage <= (FOCAL_GRADES if stays else WHOLE_SCHOOL):
            return
        grades = self.grades()
        for teacher in school.teaching():
            teacher.grade = grades[(*school.id, teacher.post)]
        team = self.lasting_team(school) if stays else self.team(school)
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

    def lasting_team(self, school):
        """Members stay; free places go to the next best, first of grade bands that have no member."""
        growth = self.standardised(school, self.prior_growth)
        willing = self.standardised(school, self.willing)
        for teacher in school.present():
            teacher.member = teacher.member and teacher in school.teaching()
        ranked = sorted(
            # AMBIGUOUS: of two who teach, growth and will often cancel; what is equal up to rounding goes by post.
            school.teaching(), key=lambda t: (not t.member, -round(growth[t.post] + willing[t.post], 9), t.post)
        )
        team = [teacher for teacher in ranked if teacher.member]
        first, rest, bands = [], [], {teacher.grade for teacher in team}
        for teacher in ranked[len(team) :]:
            (rest if teacher.grade in bands else first).append(teacher)
            bands.add(teacher.grade)
        more = max(0, int(self.option("team", 3)) - len(team))
        self.turns["places_filled_later"] += school.enrolled_week < self.week and more > 0
        team += (first + rest)[:more]
        for teacher in team:
            teacher.member = teacher.member or self.noting
        return team

    @staticmethod
    def standardised(school, value):
        """Post -> value less the mean of those who teach, in their SDs."""
        values = {teacher.post: value(teacher) for teacher in school.teaching()}
        if not values:
            return {}
        mean = sum(values.values()) / len(values)
        spread = math.sqrt(sum((x - mean) ** 2 for x in values.values()) / len(values))
        return {post: (x - mean) / spread if spread > 0 else 0.0 for post, x in values.items()}

    def prior_growth(self, teacher):
        """A sign of effectiveness, with a reliability below 1."""
        r = self.n["planner.growth_reliability"]
        noise = self.draws.normal(PRIOR_GROWTH, teacher.origin_key, teacher.tag, 0)
        return teacher.effectiveness + math.sqrt((1 - r) / r) * noise

    def willing(self, teacher):
        noise = self.draws.normal(TEACHER_WILLING, teacher.origin_key, teacher.tag, self.year())
        return teacher.v + self.n["planner.willing_sd"] * noise
