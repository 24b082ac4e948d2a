"""Section 9 of docs/model.md in the slow twin: summer."""

import math

from .draws import Wait, clip01
from .numbers import (
    ARRIVAL,
    ASIDE,
    AWARE_CLOCK,
    FINDS_IN_SCHOOL,
    FOCUS,
    LEAVE_CLOCK,
    MANDATE_DROPPED,
    MOVE_KIND,
    MOVE_ORDER,
    MOVE_PROPOSAL,
    OPENNESS,
    PRINCIPAL,
    PRINCIPAL_CLOCK,
    PRINCIPALS_IN_COMMON,
    SUPERINTENDENT,
    SUPERINTENDENT_CLOCK,
    TEACHES,
    TEAM,
    UNAWARE,
)


class SummerRules:
    def exit_share(self, school, level, ratio):
        return min(0.95, level * ratio ** ((school.poverty - self.mean_poverty) / 0.6))

    def exit_hazard(self, school, level, ratio):
        return -math.log(1 - self.exit_share(school, level, ratio))

    def summer(self):
        n = self.n
        for school in self.schools:
            school.weight = school.teaching_posts()  # of last week
        self.count_use_elsewhere()
        norm_mean = self.mean_by_teachers(self.programme, lambda school: school.norm)
        self.teachers_turn_over()
        for pot in self.pots:
            self.trained[id(pot)] *= 1 - n["turnover.exit"]
        for provider in self.providers:
            provider.reach *= 1 - n["turnover.exit"]
        self.current_ties = self.ties(self.year())
        for school in self.schools:
            self.settle_concerned(school)  # by the bands of this summer
        for school in self.schools:
            self.principal_turns_over(school, norm_mean)
        for district in self.districts:
            hazard = -math.log(1 - n["leaders.superintendent_exit"])
            if district.superintendent_wait.add(hazard):
                self.new_superintendent(district, norm_mean)
        for school in self.schools:
            self.derive(school)

    def teachers_turn_over(self):
        n, year = self.n, self.year()
        vacant = {school.id: [] for school in self.schools}
        movers = {district.id: [] for district in self.districts}
        for school in self.schools:
            hazard = self.exit_hazard(school, n["turnover.exit"], n["turnover.exit_ratio"])
            for teacher in school.present():
                post = teacher.post
                teacher.years += 1
                if not teacher.leave_wait.add(hazard):
                    continue
                vacant[school.id].append(post)
                school.teachers[post] = None
                concerned = teacher.leaves_concerned = post in school.concerned
                teacher.role, teacher.team_leader = TEACHES, None
                # AMBIGUOUS: a district's schools outside the programme count here and take movers like the others.
                kind = self.draws.uniform(MOVE_KIND, teacher.origin_key, teacher.tag, teacher.moves)
                if len(school.district.schools) >= 2 and kind < n["turnover.stay_in_district"]:
                    order = self.draws.uniform(MOVE_ORDER, teacher.origin_key, teacher.tag, teacher.moves)
                    movers[school.district.id].append((order, teacher.id, teacher))
                else:
                    self.flows["left"] += concerned
                    self.flows["left_users"] += concerned and teacher.is_user()
        for district in self.districts:
            for _, _, teacher in sorted(movers[district.id], key=lambda mover: mover[:2]):
                self.move(teacher, district, vacant, year)
        for school in self.schools:
            for post in sorted(vacant[school.id]):
                school.teachers[post] = self.hire(school, post, year)

    def finds_in_school(self, teacher, school):
        """Who comes into the school finds the practice there, as far as it is part of the school."""
        u = self.draws.uniform(FINDS_IN_SCHOOL, teacher.origin_key, teacher.tag, teacher.moves)
        found = teacher.stage == UNAWARE and u < school.embedded
        self.turns["found_by_movers" if teacher.moves else "found_by_hires"] += found
        return found

    def move(self, teacher, district, vacant, year):
        # AMBIGUOUS: the lowest poverty is over all schools of the district, programme or not.
        lowest = min(school.poverty for school in district.schools)
        for attempt in range(20):  # AMBIGUOUS: attempts count from 0
            first, second = self.draws.uniforms(
                MOVE_PROPOSAL, teacher.origin_key, teacher.tag, 32 * teacher.moves + attempt
            )
            school = district.schools[math.floor(first * len(district.schools))]
            if school is teacher.school or not vacant[school.id]:
                continue
            if second < math.exp(-self.n["turnover.mover_poverty"] * (school.poverty - lowest)):
                post = min(vacant[school.id])
                vacant[school.id].remove(post)
                school.teachers[post] = teacher
                teacher.school, teacher.post = school, post
                teacher.moves += 1
                teacher.invited = 0.0
                self.named_no_more(teacher)
                teacher.leave_wait = self.person_wait(teacher, LEAVE_CLOCK, teacher.moves)
                teacher.year_of_entry = year
                if post not in school.concerned:
                    teacher.role = ASIDE
                elif self.finds_in_school(teacher, school) or (school.mandated() and teacher.stage == UNAWARE):
                    self.become_aware(teacher)
                self.flows["moved"] += teacher.leaves_concerned
                return
        self.flows["left"] += teacher.leaves_concerned
        self.flows["left_users"] += teacher.leaves_concerned and teacher.is_user()

    def hire(self, school, post, year):
        n = self.n
        school.last_incumbent[post] += 1
        concerned = post in school.concerned
        self.flows["hired"] += concerned
        mean = n["teachers.conviction"] + n["teachers.conviction_norm"] * school.norm
        teacher = self.new_person(school, post, school.last_incumbent[post], mean)
        teacher.year_of_entry = year
        teacher.aware_wait = self.person_wait(teacher, AWARE_CLOCK, 0)
        if not concerned:
            teacher.years = 0.0  # does not hear by coming
        elif self.draws.uniform(ARRIVAL, teacher.origin_key, teacher.tag, 0) < self.experienced_share(school):
            school.comers += 1
            teacher.came_knowing = True
            teacher.k = teacher.k0 = n["teachers.experienced_skill"]
            self.become_aware(teacher)
        else:
            teacher.years = 0.0
            if self.finds_in_school(teacher, school) or school.mandated():
                self.become_aware(teacher)
        return teacher

    def count_use_elsewhere(self):
        """u_e of every district: users among the posts that teach in the world's other districts."""
        users = {d.id: sum(t.is_user() for s in d.schools for t in s.teaching()) for d in self.districts}
        posts = {d.id: sum(s.teaching_posts() for s in d.schools) for d in self.districts}
        for district in self.districts:
            there = sum(posts.values()) - posts[district.id]
            district.use_elsewhere = (sum(users.values()) - users[district.id]) / there if there else 0.0

    def experienced_share(self, school):
        """Chance that a hire of a school knows the practice: as many use it elsewhere, as far as there is one."""
        if len(self.districts) > 1 and self.n["structure.elsewhere"] == "districts":
            share = school.district.use_elsewhere
        else:
            given = [s for s in self.programme if s.own_initial_use is not None]
            share = self.n["initial_use.share"]
            if given:
                posts = sum(school.posts0 for school in given)
                share = sum(school.posts0 * float(school.own_initial_use) for school in given) / posts
        return min(1.0, self.n["teachers.experienced_ratio"] * share)

    def principal_turns_over(self, school, norm_mean):
        n = self.n
        hazard = self.exit_hazard(school, n["leaders.principal_exit"], n["leaders.principal_exit_ratio"])
        if school.principal_wait.add(hazard):
            self.new_principal(school, norm_mean)

    def new_principal(self, school, norm_mean):
        n, draws = self.n, self.draws
        school.principal_number += 1
        number = school.principal_number
        school.principal_wait = Wait(draws.exponential(PRINCIPAL_CLOCK, school.key, 0, number))
        school.principal = school.principal0 = clip01(
            n["schools.principal"]
            + n["schools.principal_sd"] * self.shared_score(school, PRINCIPALS_IN_COMMON, PRINCIPAL, number, 0)
            + n["leaders.successor_norm"] * (school.norm - norm_mean)
        )
        for j in (FOCUS, TEAM):
            school.conditions[j] *= self.kept_by_successors(school, j)
        school.trust = max(0.0, school.trust - n["trust.principal_leaves"])
        school.openness = n["enrolment.openness_sd"] * draws.normal(OPENNESS, school.key, number, 0)
        school.principal_weeks = 0

    def new_superintendent(self, district, norm_mean):
        n, draws = self.n, self.draws
        district.superintendent_number += 1
        number = district.superintendent_number
        district.superintendent_wait = Wait(draws.exponential(SUPERINTENDENT_CLOCK, district.key, 0, number))
        # AMBIGUOUS: N_d over the district's programme schools (a programme 0 school is in no mean that others depend
        # on); over all its schools where it has none in the programme.
        members = [s for s in district.schools if s.programme] or district.schools
        norm = self.mean_by_teachers(members, lambda school: school.norm)
        district.support = clip01(
            n["districts.superintendent"]
            + n["districts.superintendent_sd"] * draws.normal(SUPERINTENDENT, district.key, number, 0)
            + n["leaders.successor_norm"] * (norm - norm_mean)
        )
        district.support0 = district.support
        district.alignment = [
            start + n["leaders.alignment_kept"] * (now - start)
            for start, now in zip(district.alignment0, district.alignment, strict=True)
        ]
        embedded = self.mean_by_teachers(members, lambda school: school.embedded)
        u, chance = draws.uniform(MANDATE_DROPPED, district.key, number, 0), n["leaders.mandate_drop"]
        self.turns["not_dropped"] += chance * (1 - embedded) <= u < chance and any(s.mandated() for s in members)
        if u < chance * (1 - embedded):
            for school in district.schools:
                if school.mandated():
                    self.turns["dropped"] += 1
                    self.break_mandate(school)
