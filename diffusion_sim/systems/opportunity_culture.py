"""Teams led by multi-classroom leaders: the question of the scenario opportunity_culture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from diffusion_sim.analysis import accounts
from diffusion_sim.analysis.robust.equalise import ALIKE, equalise
from diffusion_sim.errors import ScenarioError
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import NONE
from diffusion_sim.systems.opportunity_culture_told import MATHS, READS, STATEMENTS, say
from diffusion_sim.systems.question import RUNS, Question, Row
from diffusion_sim.systems.tables import rows_in
from diffusion_sim.systems.team_gains import READING, PupilSizes, Twin, between, by_year_in_team, within
from diffusion_sim.systems.team_runs import COSTS, Run, follow

TEAMS, IN_PART, IN_SOME, COACHES = "teams", "teams_in_part", "teams_in_some", "coaches"
HALF, AT_EQUAL = "teams_one_post_for_two_teams", "coaches_at_equal_net_spending"
YEARS = 3  # of a team, that the answer speaks of
SUBJECTS = ("maths", "reading")
STAFFING = {TEAMS: ("multi_classroom_leader",), IN_PART: ("multi_classroom_leader",),
            IN_SOME: ("multi_classroom_leader",), COACHES: ("coach",)}  # fmt: skip
CONTRAST = ("naive", "paired", "selection", "others", "members", "colleagues", "within")
# Outcomes that RUNS keeps.
KEPT = (
    *("teachers", "users", "reach", "deep_use", "pupil_gain_sd", "poorest_quarter_gain", "in_teams", "team_leaders"),
    *("leader_skill", "cost_total", "cost_gross", "cost_freed", "cost_transition", "cost_supplements", "cost_coaching"),
    *("cost_released_time", "cost_own", "cost_per_pupil", "cost_per_pupil_year"),
    *(f"flow_{flow}" for _, flows in accounts.PARTS.values() for flow in flows),
)
# Tables beside RUNS.
IN_TEAM, CONTRASTS, MONEY, EQUAL = "years_in_team", "contrasts", "money", "equal_spending"
USERS = "where_users_come_from"
_KEYS = ("table", "year", "seed")


# ---- can it be asked? ------------------------------------------------------------------------------------------------


def check(sc: Scenario) -> None:
    """Raises ScenarioError for a practice without effect, teachers who do not differ, and a scenario without teams."""
    where = f"scenario '{sc.id}'"
    for path, why in (
        (
            "pupils.effect",
            "a practice without effect size moves nobody's pupils, so there is no percentile to ask for",
        ),
        ("pupils.teacher_sd", "teachers who do not differ have no percentiles"),
    ):
        if not sc[path] > 0.0:
            raise ScenarioError(f"{where}, {path}: found {sc[path]:g}; {why}; a number above 0 is allowed")
    for arm, words in STAFFING.items():
        path = f"strategies.{arm}.staffing.kind"
        found = sc[path] if path in sc else None
        if found not in words:
            shown = "nothing" if found is None else repr(found)
            what = "the question is about teams" if arm != COACHES else "teams are compared with schools' own coaches"
            raise ScenarioError(f"{where}, {path}: found {shown}; {what}: {' or '.join(words)} is allowed")
    years = int(sc["programme.years_support"]) + int(sc["programme.years_after"])
    if years < YEARS:
        raise ScenarioError(
            f"{where}, programme.years_support and programme.years_after: found {years} school year"
            f"{'s' * (years != 1)} in all; the answer speaks of the third year of a team: {YEARS} or more are allowed"
        )


# ---- runs of one seed ------------------------------------------------------------------------------------------------


def run(sc: Scenario, seed: int) -> list[dict[str, Any]]:
    """Rows of one seed: RUNS (arms and AT_EQUAL), IN_TEAM, CONTRASTS, MONEY and EQUAL."""
    none, teams, part = (_twin(sc, seed, name) for name in (NONE, TEAMS, IN_PART))
    some, coaches = (follow(sc, seed, name) for name in (IN_SOME, COACHES))
    half = follow(sc.override({"staffing.trade": "half"}), seed, TEAMS)
    kept, equal, status = at_equal_net_spending(sc, seed, teams.maths, coaches)
    arms = {NONE: none.maths, TEAMS: teams.maths, HALF: half, IN_PART: part.maths, IN_SOME: some, COACHES: coaches,
            AT_EQUAL: equal}  # fmt: skip
    rows = [{"table": RUNS, "strategy": name, **{key: arm.outcomes[key] for key in KEPT}} for name, arm in arms.items()]
    rows += [{"table": MONEY, "strategy": name, **line} for name, arm in arms.items() for line in money_of(arm)]
    sizes = PupilSizes(float(sc["pupils.teacher_sd"]), float(sc["pupils.class_size"]))
    rows += [{"table": IN_TEAM, **line} for line in by_year_in_team(teams, none, sizes)]
    for subject in SUBJECTS:
        a, b, c = (getattr(twin, subject) for twin in (teams, part, none))
        rows.append({"table": CONTRASTS, "arm": TEAMS, "subject": subject, **between(a, c, YEARS)})
        rows.append({"table": CONTRASTS, "arm": IN_PART, "subject": subject, **within(b, c, YEARS)})
    rows.append({"table": CONTRASTS, "arm": IN_SOME, "subject": "maths", **between(some, none.maths, YEARS)})
    rows.append({"table": EQUAL, "spending": status, **equal_row(kept, equal, none.maths)})
    return rows


def _twin(sc: Scenario, seed: int, name: str) -> Twin:
    """The same run with the effect in mathematics and in reading."""
    reading = sc.override({"pupils.effect": READING.value * float(sc["pupils.effect"])})
    return Twin(follow(sc, seed, name), follow(reading, seed, name))


def at_equal_net_spending(sc: Scenario, seed: int, teams: Run, coaches: Run) -> tuple[Run, Run, str]:
    """(teams, coaches, where it stands): the one that spends more net over the whole run again with less money, until
    both spend the same within 2 % (as in ``analysis.robust.equalise``). Where they come to no agreement, or one frees
    money, the word is another than ALIKE and the runs are those that came nearest, or the first ones."""
    found: dict[tuple[int, int], Run] = {(0, 0): teams, (1, 0): coaches}

    def again(arm: int, turn: int, pots: Any) -> Any:
        pot = sc.override({"money.budget_per_teacher": float(pots[0])})
        found[arm, turn] = follow(pot, seed, (TEAMS, COACHES)[arm])
        return np.array([[found[arm, turn].spent]])

    post_years = np.array([teams.posts * int(sc["programme.years_support"])])
    own = np.array([float(sc["money.budget_per_teacher"])])
    spent = [np.array([[arm.spent]]) for arm in (teams, coaches)]
    equal = equalise(spent, post_years, own, again)
    return found[0, equal.taken[0, 0]], found[1, equal.taken[1, 0]], str(equal.table["spending"].iloc[0])


def money_of(arm: Run) -> list[dict[str, float]]:
    """One row a year: net, gross and freed US dollars of the year, per pupil of programme schools."""
    pupils = arm.outcomes["cost_total"] / arm.outcomes["cost_per_pupil"] if arm.spent else 1.0
    by_year = {name: np.diff(arm.costs[name]) / pupils for name in COSTS}
    return [
        {"year": y + 1, **{name.removeprefix("cost_"): float(values[y]) for name, values in by_year.items()}}
        for y in range(arm.years)
    ]


def equal_row(teams: Run, coaches: Run, none: Run) -> dict[str, float]:
    """What both leave at the end, against none, and how many schools have the structure in year YEARS."""
    found: dict[str, float] = {"spending_ratio": teams.spent / coaches.spent if coaches.spent else float("nan")}
    for name, arm in ((TEAMS, teams), (COACHES, coaches)):
        for what in ("pupil_gain_sd", "deep_use"):
            found[f"{name}_{what}"] = arm.outcomes[what] - none.outcomes[what]
        found[f"{name}_schools"] = float((arm.schools[YEARS].staffing > 0).sum())
    return found


# ---- quantities ------------------------------------------------------------------------------------------------------


def reckon(rows: Sequence[Row]) -> dict[str, float]:
    """Quantities of one seed by key."""
    its = {name: [row for row in rows if row["table"] == name] for name in (RUNS, IN_TEAM, CONTRASTS, MONEY, EQUAL)}
    found = _percentiles(its[IN_TEAM]) | _money(its[RUNS], its[MONEY])
    for row in its[CONTRASTS]:
        where = {TEAMS: "", IN_PART: "part_", IN_SOME: "some_"}[row["arm"]] + row["subject"]
        found |= {f"{name}_{where}": row[name] for name in CONTRAST if name in row}
    found["most_within"] = found["within_part_maths"] - found["members_part_maths"] / 2.0
    equal = its[EQUAL][0]
    counts = equal["spending"] == ALIKE
    found["equal_known"] = float(counts)
    for what in ("pupil_gain_sd", "deep_use"):
        short = what.removesuffix("_sd")
        more = equal[f"{TEAMS}_{what}"] - equal[f"{COACHES}_{what}"]
        found[f"equal_{short}"] = more if counts else float("nan")
    found["equal_schools"] = equal[f"{COACHES}_schools"] if counts else float("nan")
    arms = {row["strategy"]: row for row in its[RUNS]}
    for name, arm in ((name, arms[name]) for name in (TEAMS, HALF, IN_PART, IN_SOME, COACHES, AT_EQUAL)):
        found[f"gain_{name}"] = arm["pupil_gain_sd"] - arms[NONE]["pupil_gain_sd"]
    poor = arms[TEAMS]["poorest_quarter_gain"] - arms[NONE]["poorest_quarter_gain"]
    return found | {"poorest_more": poor - found[f"gain_{TEAMS}"]}


def _percentiles(rows: Sequence[Row]) -> dict[str, float]:
    """By year in a team, and the first year in which the article's lower end is reached, NaN where none does."""
    found = {f"{name}_{row['year']}": value for row in rows for name, value in row.items() if name not in _KEYS}
    for subject, low in zip(SUBJECTS, (MATHS[0], READS[0]), strict=True):
        reached = [row["year"] for row in rows if row[subject] >= low]
        found[f"first_year_{subject}"] = float(min(reached, default=np.nan))
    third = next(row for row in rows if row["year"] == YEARS)
    return found | {f"more_{subject}": third[subject] - third["before"] for subject in SUBJECTS}


def _money(runs: Sequence[Row], money: Sequence[Row]) -> dict[str, float]:
    """Net cost per pupil: a year of the run, and in each year, of teams."""
    found = {f"net_{row['strategy']}": row["cost_per_pupil_year"] for row in runs if row["strategy"] != NONE}
    teams = [row for row in money if row["strategy"] == TEAMS]
    found |= {f"net_year_{row['year']}": row["total"] for row in teams}
    gross = sum(row["gross"] for row in teams)
    freed = -sum(row["freed"] for row in teams)
    return found | {"net_last_year": teams[-1]["total"], "freed_share": freed / gross if gross else float("nan")}


def tables(rows: Sequence[Row]) -> dict[str, pd.DataFrame]:
    """IN_TEAM, CONTRASTS, MONEY and EQUAL, a row a seed and line; USERS, where users come from, per 100 teachers: arms
    against none, and teams against AT_EQUAL."""
    found = {name: pd.DataFrame(rows_in(rows, name)) for name in (RUNS, IN_TEAM, CONTRASTS, MONEY, EQUAL)}
    runs = found.pop(RUNS)
    two = runs[runs["strategy"].isin([TEAMS, AT_EQUAL])]
    users = [accounts.users_account(runs), accounts.users_account(two, AT_EQUAL)]
    return {**found, USERS: pd.concat(users, ignore_index=True)}


QUESTION = Question(
    id="opportunity_culture",
    text=(
        "Where does the median team teacher's pupils' gain move, how long does it take, what does it cost net, and "
        "what is left of it between schools, within school and year, and against coaches at equal net spending?"
    ),
    replicates=40,
    check=check,
    run=run,
    reckon=reckon,
    statements=STATEMENTS,
    say=say,
    tables=tables,
    stated=("population.districts", "population.schools", "programme.years_support", "programme.years_after"),
)  # fmt: skip
