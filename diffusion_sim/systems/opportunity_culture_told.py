"""What the answer on teams says: statements that can be false, and five lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from diffusion_sim.errors import ScenarioError
from diffusion_sim.scenario import Scenario
from diffusion_sim.systems.question import Estimate, Statement

# The article: team teachers were at the 50th percentile on average before; then at these.
MATHS, READS = (75.0, 85.0), (66.0, 72.0)


def _above_0(x: float) -> bool:
    return x > 0.0


# (quantity, what is said, when it holds)
_SAID: tuple[tuple[str, str, Callable[[float], bool]], ...] = (
    ("more_maths", "in the third year of a team its teachers stand higher in mathematics than without", _above_0),
    ("maths_3", "they stand at the 75th percentile or above, as in the article", lambda x: x >= MATHS[0]),
    ("maths_article_3", "counted as the article does, from the 50th, at the 75th or above", lambda x: x >= MATHS[0]),
    ("maths_5", "in the fifth year they stand at the 75th percentile or above", lambda x: x >= MATHS[0]),
    ("reading_3", "in the third year they stand at the 66th or above in reading", lambda x: x >= READS[0]),
    ("reading_article_3", "counted as the article does, from the 50th, at the 66th or above", lambda x: x >= READS[0]),
    ("reading_5", "in the fifth year they stand at the 66th or above in reading", lambda x: x >= READS[0]),
    ("gained_1", "in the first year of a team its pupils gain less than without", lambda x: x < 0.0),
    ("net_teams", "over all years teams cost more than they free", _above_0),
    ("net_last_year", "in the last year teams cost nothing net", lambda x: x <= 0.0),
    ("most_within", "more than half of team teachers' gain is left within school and year", _above_0),
    ("within_part_reading", "something is left within school and year in reading", _above_0),
    ("equal_pupil_gain", "pupils gain more than with coaches at equal net spending", _above_0),
    ("equal_known", "coaches can be had at the net spending of teams", lambda x: x > 0.5),
    ("others_some_maths", "a district's other schools lose nothing where it begins with some", lambda x: x >= 0.0),
    ("poorest_more", "the poorest quarter of schools gains at least as much as all", lambda x: x >= 0.0),
)
STATEMENTS = tuple(Statement(*said) for said in _SAID)


def say(found: Mapping[str, Estimate], sc: Scenario) -> list[str]:
    """Five plain lines. Raises ScenarioError where no team was formed."""
    if not found["maths_3"].n:
        raise ScenarioError(
            f"scenario '{sc.id}': on no seed was anybody in a team for three years, so nothing can be said of teams; "
            "look at staffing.smallest_team, enrolment.n0 and money.budget_per_teacher"
        )
    return [_where(found), _when(found), _money(found), _left(found), _against(found)]


def _where(found: Mapping[str, Estimate]) -> str:
    return (
        f"In the third year of a team the median team teacher stands at percentile {_of(found['maths_3'])} of teachers "
        f"without teams in mathematics and at {_of(found['reading_3'])} in reading; the same teachers stand at "
        f"{_of(found['before_3'])} without teams. The article says 75 to 85 and 66 to 72."
    )


def _when(found: Mapping[str, Estimate]) -> str:
    years = [k for k in range(1, 50) if f"maths_{k}" in found and found[f"maths_{k}"].n]
    maths, reading = (", ".join(f"{found[f'{s}_{k}'].mean:.0f}" for k in years) for s in ("maths", "reading"))
    first, all_of = found["first_year_maths"], found["maths_1"].n
    reached = (
        f"the 75th in mathematics is reached on {first.n} of {all_of} seeds, there in year {first.mean:.1f} on average"
        if first.n
        else f"the 75th in mathematics is reached on none of {all_of} seeds"
    )
    return f"By year in a team: mathematics {maths}; reading {reading}. Within {len(years)} years {reached}."


def _money(found: Mapping[str, Estimate]) -> str:
    last = max(k for k in range(1, 50) if f"net_year_{k}" in found)
    first, end = found["net_year_1"].mean, found[f"net_year_{last}"].mean
    later = f"frees {-end:,.0f}" if end < 0.0 else f"costs {end:,.0f}"
    return (
        f"Net of freed pay, teams cost {_of(found['net_teams'])} US dollars a pupil and year: {first:,.0f} in the "
        f"first year, and year {last} {later}. Traded posts pay for {found['freed_share'].mean:.0%} of what is spent."
    )


def _left(found: Mapping[str, Estimate]) -> str:
    return (
        "Where half of a school is in teams, in year 3, team teachers' pupils gain in mathematics "
        f"{_of(found['members_part_maths'], 3)} SD more than without teams, {_of(found['naive_part_maths'], 3)} more "
        f"than in other schools and {_of(found['within_part_maths'], 3)} more than their colleagues' in the same "
        f"school and year; in reading that last is {_of(found['within_part_reading'], 3)}."
    )


def _against(found: Mapping[str, Estimate]) -> str:
    equal, some, every = (found[key] for key in ("equal_pupil_gain", "gain_teams_in_some", "gain_teams"))
    first = (
        f"Over all years pupils gain {_of(equal, 2)} SD more than with a school's own coaches, who by rule ask nobody "
        f"to try, at equal net spending, which pays for coaches in {found['equal_schools'].mean:.0f} schools"
        if equal.n
        else "Coaches cannot be had at the net spending of teams"
    )
    return (
        f"{first}. Districts that begin with half of the schools pay {found['net_teams_in_some'].mean:,.0f} US dollars "
        f"a pupil and year, and their pupils gain {some.mean:.2f} SD instead of {every.mean:.2f}."
    )


def _of(found: Estimate, digits: int = 0) -> str:
    """``56 (49 to 62)``."""
    if math.isnan(found.low):
        return f"{found.mean:,.{digits}f}"
    return f"{found.mean:,.{digits}f} ({found.low:,.{digits}f} to {found.high:,.{digits}f})"
