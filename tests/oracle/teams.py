"""Teams with leaders in the slow twin (docs/model.md, sections 6 and 12): who is in a team, whom a leader expects to
try, and how leaders are prepared. ``TeamRules`` is mixed into the twin."""

import math

from .draws import affordable, text_tag
from .numbers import LEADS

TRADITIONAL = "traditional"
MULTI_CLASSROOM, MULTI_CLASSROOM_FIRST = "multi_classroom_leader", "multi_classroom_leader_first"
TEAM_WORDS = (MULTI_CLASSROOM, MULTI_CLASSROOM_FIRST)
NOT_LED, BEING_PREPARED, HAS_LED = range(3)
STRATEGY_DRAW = 70


class TeamRules:
    """Given before the run: ``self.staffing_part``, options of a strategy's staffing part."""

    staffing_part = {}

    # ------------------------------------------------------------------------------------------ what a plan says

    def staffing_plan(self, plan):
        """For which part of a school teams are, in how many schools, and in which first."""
        plan.share = float(self.staffing_part.get("share", 1.0))
        plan.staffing_schools = float(self.staffing_part.get("schools", 1.0))
        by = self.staffing_part.get("by") if plan.staffing_schools < 1 else None
        if by == "readiness":
            plan.staffing_priority = {school.id: -school.surveyed_readiness for school in self.programme}
        elif by == "poverty":
            plan.staffing_priority = {school.id: -school.poverty for school in self.programme}
        elif by == "lottery":
            tag, quarter = text_tag("team schools"), self.quarter()
            plan.staffing_priority = {
                school.id: self.draws.uniform(STRATEGY_DRAW, school.key, tag, quarter) for school in self.programme
            }

    def staffing_queue(self, pot, plan):
        """Schools in the order of the plan, those of which it says nothing last."""
        return sorted(self.queue(pot.schools), key=lambda s: plan.staffing_priority.get(s.id, math.inf))

    # --------------------------------------------------------------------------------------------- who is in a team

    def team_posts(self, school):
        """n': how many posts teams are for."""
        return math.ceil(school.structure.share * school.concerned_posts() - 1e-9)

    def teams(self, school):
        posts = self.team_posts(school)
        if posts < self.n["staffing.smallest_team"]:
            return 0
        return max(1, math.floor(posts / self.n["staffing.team_size"] + 0.5))

    def trades(self, school):
        """Posts that are traded when teams begin."""
        teams = self.teams(school)
        if self.n["staffing.trade"] == "half":
            wanted = teams // 2
        else:
            wanted = math.ceil(teams * self.n["money.supplement"] / self.n["money.traded_pay"] - 1e-9)
        return min(wanted, self.team_posts(school) - teams)

    def posts_for_teams(self, school, bands):
        """Traded posts and those of leaders first."""
        fixed = school.structure.traded | {t.post for t in school.present() if t.role == LEADS}
        order = sorted(school.concerned, key=lambda post: (post not in fixed, bands[(*school.id, post)], post))
        return set(order[: self.team_posts(school)])

    def form_teams(self, school, begins):
        bands = self.grades()
        there = self.posts_for_teams(school, bands)
        self.turns["outside_teams"] += len(school.concerned) - len(there)
        leaders = self.choose(school, LEADS, self.teams(school), there)
        if begins:
            others = [t for t in school.present() if t.role != LEADS and t.post in there]
            for teacher in self.by_seniority(others)[: self.trades(school)]:
                self.trade(school, teacher)

        def place(teacher):
            return bands[(*school.id, teacher.post)], teacher.post

        leaders = sorted(leaders, key=place)
        members = sorted((t for t in school.present() if t.role != LEADS and t.post in there), key=place)
        for j, member in enumerate(members if leaders else ()):
            member.team_leader = leaders[j * len(leaders) // len(members)]
        for leader in leaders:
            self.put_to_use(leader)
        if school.structure.word == MULTI_CLASSROOM and leaders:
            for member in members:
                if member.stage == 0:
                    self.flows["aware"] += 1
                    self.turns["aware_by_team"] += 1
                    self.become_aware(member)

    def trade(self, school, teacher):
        school.structure.traded.add(teacher.post)
        school.teachers[teacher.post] = None
        if self.is_new(teacher):
            self.flows["hired"] -= 1
            school.comers -= teacher.came_knowing
        else:
            self.flows["left"] += 1
            self.flows["left_users"] += teacher.is_user()

    # ---------------------------------------------------------------------------------------------- what leaders do

    def team_reach(self, school):
        """m: how far a leader's help reaches, more from year to year."""
        age = self.year() - school.structure.began
        return min(1.0, self.n["staffing.reach_start"] + self.n["staffing.reach_growth"] * age)

    def expected(self, teacher, school):
        """tau: hazard of trying by which a leader expects a member to begin; led are those with one above 0."""
        if school.structure.word != MULTI_CLASSROOM or not school.structure.paid or teacher.team_leader is None:
            return 0.0
        if not self.leader_uses.get(teacher.id):
            return 0.0
        return self.n["trial.p_team"] * self.team_reach(school) * school.helped

    def lend_by_leaders(self, school):
        n = self.n
        reach = self.team_reach(school)
        g = n["staffing.help_factor"] * self.reaching(n["staffing.leader_hours"] * school.active * school.helped)
        prepared = self.hill(n["staffing.prep_hours"] * school.active * school.helped, n["learning.h"])
        for teacher in school.teaching():
            leader = teacher.team_leader
            if leader is not None:
                self.leader_uses[teacher.id] = leader.is_user()
                self.lent[teacher.id] = (g * reach * leader.k, g * reach * self.worth(leader))
            elif teacher.role == LEADS and teacher.prepared == BEING_PREPARED:
                quality = 1 + n["staffing.effectiveness"] * teacher.effectiveness
                self.lent[teacher.id] = (0.0, prepared * min(n["staffing.quality_max"], max(0.0, quality)))
                self.turns["weeks_of_preparation"] += teacher.is_user()

    # ------------------------------------------------------------------------------------------ how they are prepared

    def preparation_ends(self):
        """When a quarter's structures are settled."""
        for school in self.schools:
            for teacher in school.present():
                if teacher.prepared == BEING_PREPARED:
                    teacher.prepared = HAS_LED

    def prepare_leaders(self, pot):
        """Those who lead for the first time, as far as it can be paid."""
        n = self.n
        for school in self.queue(pot.schools):
            if school.structure.word != MULTI_CLASSROOM or not school.structure.paid:
                continue
            for leader in school.present():
                if leader.role != LEADS or leader.prepared != NOT_LED:
                    continue
                coaching = n["staffing.prep_hours"] * n["money.price_coaching"]
                released = n["staffing.prep_hours"] * n["money.released_leaders"] * n["money.price_released_time"]
                if affordable(coaching + released, pot.left):
                    leader.prepared = BEING_PREPARED
                    pot.pay(coaching + released)
                    self.book("coaching", coaching)
                    self.book("released_time", released)
                    self.turns["prepared" if self.supported() else "prepared_after"] += 1
                else:
                    leader.prepared = HAS_LED
                    self.turns["not_prepared"] += 1

    def preparing(self, school):
        """Hours a year of leaders who are being prepared this quarter."""
        leaders = sum(t.role == LEADS and t.prepared == BEING_PREPARED for t in school.present())
        return 4 * self.n["staffing.prep_hours"] * leaders
