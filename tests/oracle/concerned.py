"""Whom the practice is for in the slow twin (docs/model.md, section 2): all posts, or those of the lowest grade bands.

``ConcernedRules`` is mixed into the twin. ``school.concerned`` holds the numbers of the posts that are concerned,
whatever their role; who sits in another one has the role ASIDE."""

import math

from .numbers import ASIDE, COACHES, TEACHES


class ConcernedRules:
    def low_bands(self, school, bands):
        """The bands that the practice is for, of those that stand among the school's posts."""
        single = sorted({bands[(*school.id, post)] for post in range(school.posts)} - {0})
        return single[: math.ceil(self.n["practice.bands"] * len(single) - 1e-9)]

    def concern(self, school):
        """The posts that are concerned now; a coach's and a traded one are as long as they are such."""
        if self.n["practice.for"] == "all":
            return set(range(school.posts))
        bands = self.grades()
        low = self.low_bands(school, bands)
        kept = {t.post for t in school.present() if t.role == COACHES} | school.structure.traded
        return {post for post in range(school.posts) if bands[(*school.id, post)] in low} | kept

    def start_concerned(self, school):
        """Before week 1; a school in which nobody is concerned is outside the programme for good."""
        school.concerned = self.concern(school)
        school.posts0 = len(school.concerned)
        school.programme = school.programme and school.posts0 > 0

    def settle_concerned(self, school):
        before = school.concerned
        school.concerned = self.concern(school)
        self.turns["concerned_anew"] += len(school.concerned - before)
        self.turns["concerned_no_more"] += len(before - school.concerned)
        for teacher in school.present():
            if teacher.post not in school.concerned:
                self.turns["users_stand_still"] += teacher.role != ASIDE and teacher.is_user()
                teacher.role, teacher.team_leader = ASIDE, None
            elif teacher.role == ASIDE:
                self.turns["users_go_on"] += teacher.is_user()
                teacher.role = TEACHES
        self.turns["nobody_concerned"] += not school.concerned
