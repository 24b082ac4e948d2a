"""Section 8 of docs/model.md in the slow twin: what strategies plan."""

from .draws import half_up, text_tag
from .entities import Plan
from .numbers import BUILDING, STRATEGY_DRAW

# recruitment, allocation, content, tempo and, where it is not traditional, staffing
STRATEGIES = {
    # AMBIGUOUS: allocation, content and tempo of "none" are not stated; with no places they have no effect.
    "none": ("none", "uniform", "practice_first", "waves"),
    "volunteer_uniform": ("volunteer", "uniform", "practice_first", "waves"),
    "directed_uniform": ("directed", "uniform", "practice_first", "at_once"),
    "volunteer_differentiated": ("volunteer", "readiness_gap", "by_readiness", "waves"),
    "directed_differentiated": ("directed", "readiness_gap", "by_readiness", "at_once"),
    "volunteer_responsive": ("volunteer", "readiness_gap", "responsive", "waves"),
    "directed_responsive": ("directed", "readiness_gap", "responsive", "at_once"),
    "directed_need_weighted": ("directed", "need_weighted", "practice_first", "at_once"),
    "equity_first": ("equity_first", "uniform", "practice_first", "waves"),
    "lottery": ("lottery", "uniform", "practice_first", "waves"),
    "ready_only": ("ready_only", "uniform", "practice_first", "waves"),
    "improvement_network": ("volunteer", "uniform", "mixed", "waves"),
    "improvement_network_first": ("volunteer", "uniform", "mixed", "waves"),
    "multi_classroom_leader": ("volunteer", "uniform", "practice_first", "waves", "multi_classroom_leader"),
    "staged": ("improvement_team", "uniform", "mixed", "gated_asked"),
    "multi_classroom_leader_first": ("volunteer", "uniform", "practice_first", "waves", "multi_classroom_leader_first"),
    "staged_first": ("team_outward", "uniform", "practice_first", "gated"),
}
LOOK_AT_SCHOOLS = ("staged",)  # ids that look at every school before the partnership
MIXES = {  # practice, expertise, conditions, capacity
    "practice_first": (0.9, 0.0, 0.1, 0.0),
    "mixed": (0.6, 0.1, 0.2, 0.1),
    "conditions_first": (0.1, 0.0, 0.9, 0.0),
    "responsive": (0.4, 0.2, 0.4, 0.0),
}


class PlanRules:
    def plan(self):
        """The named strategies."""
        n = self.n
        recruitment, allocation, content, tempo = self.strategy[:4]
        plan = Plan()
        plan.staffing = (*self.strategy, plan.staffing)[4]
        if tempo == "at_once":
            plan.places = len(self.programme)
        else:
            plan.places = half_up(n[f"programme.wave_{min(3, self.year() + 1)}"] * len(self.programme))
        if recruitment == "none":
            plan.places = 0
        elif recruitment == "directed":
            # AMBIGUOUS: directed offers no place to volunteers, so a school whose mandate has ended and that leaves
            # does not come back.
            # AMBIGUOUS: "up to the places": a school that cannot be paid does not use one up; the next may.
            plan.mandates = self.queue(self.programme)
        elif recruitment == "ready_only":
            plan.offered = [s for s in self.programme if s.surveyed_readiness >= n["programme.ready_min"]]
        else:
            plan.offered = list(self.programme)
        if recruitment == "equity_first":
            plan.priority = {s.id: -s.poverty for s in self.programme}
        elif recruitment == "lottery":
            tag = text_tag("lottery")
            plan.priority = {
                s.id: self.draws.uniform(STRATEGY_DRAW, s.key, tag, self.quarter()) for s in self.programme
            }
        # AMBIGUOUS: no strategy states its outreach; 1 in every enrolled school.
        plan.outreach = {s.id: 1.0 if self.supported() else 0.0 for s in self.programme}
        plan.to_leaders = {s.id: float(self.option("to_leaders", 0.0)) for s in self.programme}
        plan.departments = {s.id: self.option("departments", 0.0) for s in self.programme}
        # AMBIGUOUS: "all recruitments" takes in none.
        plan.look = list(self.programme) if self.option("look", self.looks) else []
        self.narrow(plan)
        self.staffing_plan(plan)
        self.district_plan(plan)
        for pot in self.pots:
            enrolled = [s for s in pot.schools if s.enrolled]
            weights = {}
            for school in enrolled:
                if allocation == "readiness_gap":
                    weights[school.id] = 1 - school.surveyed_readiness
                elif allocation == "need_weighted":
                    weights[school.id] = school.poverty
                elif allocation == "by_hand":
                    weights[school.id] = self.hours_by_hand(school)
                else:
                    weights[school.id] = 1.0
            total = sum(s.teaching_posts() for s in enrolled)
            weighted = sum(weights[s.id] * s.teaching_posts() for s in enrolled)
            for school in enrolled:
                share = weights[school.id] * total / weighted if weighted > 0 else 1.0
                plan.hours[school.id] = self.hours_of_participant(school) * share
                if allocation == "by_hand" and not self.option("scaled", 0):
                    plan.hours[school.id] = weights[school.id]
                if not school.teaching():
                    plan.hours[school.id] = 0.0
                self.plan_content(plan, school, content)
                # A small school gets as much building as a large one.
                hours = plan.hours[school.id] * plan.mixes[school.id][BUILDING]
                plan.building[school.id] = hours * total / len(enrolled)
        return plan

    def plan_content(self, plan, school, content):
        """Shares of a school's hours, and what its building hours are for."""
        if content == "by_readiness":
            # AMBIGUOUS: the options' values where none is said are those of the ids.
            ready = school.surveyed_readiness >= self.option("cut", 0.5)
            content = self.option("above", "practice_first") if ready else self.option("below", "responsive")
        elif content == "by_year":
            content = self.content_of_year()
        # AMBIGUOUS: shares that are said take the place of those of every content, by_readiness and by_year too.
        plan.mixes[school.id] = self.mix or MIXES[content]
        if content == "responsive":
            seen = [*school.surveyed, school.surveyed_trust]
            plan.targets[school.id] = seen.index(min(seen))

    def content_of_year(self):
        """Option years: programme year (1, 2, ...) -> content."""
        named = {int(year): content for year, content in self.option("years", {}).items()}
        before = [year for year in named if year <= self.year() + 1]
        return named[max(before) if before else min(named)]
