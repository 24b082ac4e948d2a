"""How networks fare in the slow twin (docs/model.md, section 11): what they would recommend in new areas, and what has
come to schools that did not find it themselves."""

import math

SAME_FIT = 1e-12
BETTER_BY = 0.05
A_THIRD = 0.3


class Fares:
    """Asks its other half for ``oracle``, ``books``, ``rule`` and what variants.py has."""

    judged = ()  # per network: (schools, fit in new areas or None, the others, those of them who have taken it up)

    def judge_networks(self, networks):
        """When a quarter with cycles has ended."""
        self.judged = [self.judge_network(network) for network in networks if len(network) > 1]

    def judge_network(self, network):
        rule = self.rule(network[0])
        pooled = self.pooled(network, rule)
        recommended = {}
        for context in {self.context(school) for school in self.oracle.schools}:
            best = self.ranked(pooled, context, rule)
            if best:
                recommended[context] = best[0]
        if not recommended:
            return len(network), None, [], []
        fits = [self.fit_in(variant, context) for context, variant in recommended.items()]
        others = [s for s in network if not self.found_itself(s, recommended[self.context(s)])]
        taken_up = [s for s in others if self.has_taken_up(s, recommended[self.context(s)])]
        return len(network), sum(fits) / len(fits), others, taken_up

    def found_itself(self, school, variant):
        book = self.books[school.id]
        # AMBIGUOUS: the true fit of the first variant is what it was when the school began with it, whatever became of
        # the numbers since.
        began_with = abs(self.fit_in(variant, self.context(school)) - book.fit_start) <= SAME_FIT
        in_use = book.using.variant == variant and not book.borrowed
        return variant[0] == school.key or began_with or in_use

    def has_taken_up(self, school, variant):
        book = self.books[school.id]
        better = self.fit_in(variant, self.context(school)) - book.fit_start > BETTER_BY
        return book.using.variant == variant and better

    def fare_measures(self):
        fits = [fit for _, fit, _, _ in self.judged if fit is not None]
        scaled = [self.has_scaled(others, taken_up) for *_, others, taken_up in self.judged]
        return {
            "fit_new_area": sum(fits) / len(fits) if fits else math.nan,
            "networks_scaled": sum(scaled) / len(scaled) if scaled else math.nan,
        }

    def fares(self):
        """By network, in no order: schools, others, in how many of these it is used, scaled, fit in new areas."""
        return sorted(
            (schools, len(others), self.used(taken), self.has_scaled(others, taken), math.nan if fit is None else fit)
            for schools, fit, others, taken in self.judged
        )

    @staticmethod
    def used(taken_up):
        """In how many schools that have taken it up enough use the practice in this week."""
        used = 0
        for school in taken_up:
            users = sum(teacher.is_user() for teacher in school.teaching())
            used += users > 0 and users >= A_THIRD * school.teaching_posts()
        return used

    def has_scaled(self, others, taken_up):
        return self.used(taken_up) >= max(1, A_THIRD * len(others))
