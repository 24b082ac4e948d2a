"""The question on deeper learning: from 15 % to 80 % of educators in three years, and what six levers buy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from diffusion_sim.analysis import accounts
from diffusion_sim.dynamics.districts import lowest
from diffusion_sim.errors import ScenarioError
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import NONE
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.systems.deeper_learning_words import GOAL, STATEMENTS, say
from diffusion_sim.systems.lever_plans import IN_SCENARIO, LEVERS, POWER, VOLUNTEERS, WithLevers, central_half
from diffusion_sim.systems.question import RUNS, Question, Row
from diffusion_sim.systems.results import COST
from diffusion_sim.systems.tables import over_seeds, rows_in

ID = "deeper_learning"
TEXT = (
    "What is the chance of 80 % of educators in three years, who is left out when volunteers are asked for, what does "
    "each of six levers buy alone and together, and what do a pandemic and leaders who leave cost?"
)
YEARS = 3  # that the mandate allowed
TOGETHER, IN_PARTS, TOLD, MOST = "together", "together_in_parts", "told_everywhere", "told_and_together"
LEAST_COST = 1.0  # US dollars a pupil and year, below which nothing is reckoned for a dollar


class Stated(NamedTuple):
    """A number of the question's own: value, plausible range, unit, source."""

    value: float
    low: float
    high: float
    unit: str
    source: str


LOST_SHARE = Stated(0.5, 0.25, 0.75, "share of school time", "assumption")
LOST_WEEKS = Stated(36, 18, 54, "school weeks", "assumption")
SUSPENDED_WEEKS = Stated(18, 9, 36, "school weeks", "assumption")
PANDEMIC: tuple[dict[str, Any], ...] = (
    {"kind": "lost_time", "year": 2, "week": 18, "share": LOST_SHARE.value, "weeks": int(LOST_WEEKS.value)},
    {"kind": "suspended_support", "year": 2, "week": 18, "weeks": int(SUSPENDED_WEEKS.value)},
)
LEADERS: tuple[dict[str, Any], ...] = (
    {"kind": "leader_leaves", "year": 2, "week": 0, "districts": "all"},
    {"kind": "leader_leaves", "year": 2, "week": 0, "schools": "all"},
)
EVENTS = {"pandemic": PANDEMIC, "leaders": LEADERS}
# Beside: an arm in a world, or of a strategy, that is changed in something.
EQUAL, HOURS_ONLY, INVITED_ONLY = "equal_pressure", "departments_without_align", "vision_without_hours_by_poverty"
WAVES, VISION_WAVES = "volunteers_in_waves", "vision_in_waves"
CHANGED: dict[str, tuple[str, dict[str, Any]]] = {
    EQUAL: (VOLUNTEERS, {"districts.regime": 0.0, "districts.regime_sd": 0.0}),  # accountability presses on nobody
    HOURS_ONLY: ("departments", {"strategies.departments.district.kind": "as_it_is"}),
    INVITED_ONLY: ("vision", {"strategies.vision.allocation.kind": "uniform"}),
    WAVES: (VOLUNTEERS, {f"strategies.{VOLUNTEERS}.tempo.kind": "waves"}),  # places for .3, .6, .9 of schools by year
    VISION_WAVES: ("vision", {"strategies.vision.tempo.kind": "waves"}),
}
# Outcomes at the end of the third year, under other names than at the end of the run.
AT_THIRD = ("reach", "deep_use", "owned_share", "enrolled", "takers", "equity_ratio", "districts_at_80")
AT_END = ("reach", "pupil_gain_sd", "poorest_quarter_gain", COST)
# Tables beside RUNS: all levers but one; other worlds and events; a district; where users come from.
LAST, BESIDE, DISTRICTS, USERS = "without_one", "beside", "districts", "where_users_come_from"
ACCOUNT = ("users", "teachers", *(f"flow_{flow}" for _, flows in accounts.PARTS.values() for flow in flows))
SHOWN = (
    NONE,
    VOLUNTEERS,
    *LEVERS,
    TOGETHER,
    TOLD,
    MOST,
    EQUAL,
    *(f"{a}_{e}" for a in (VOLUNTEERS, TOGETHER) for e in EVENTS),
)
STATED = ("population.districts", "population.schools", "programme.years_support", "programme.years_after")


def check(sc: Scenario) -> None:
    """Raises ScenarioError where the question makes no sense: too short, one district, the goal reached at the start,
    nobody named by accountability."""
    for path, allowed, why, fits in (
        ("programme.years_support", f"{YEARS} or more", "the years of the mandate", lambda x: x >= YEARS),
        ("population.kind", "synthetic", "districts are made alike in size", lambda x: x == "synthetic"),
        ("population.districts", "2 or more", "half of them tell, half ask", lambda x: x >= 2),
        ("initial_use.share", f"below {GOAL:g}", "the goal", lambda x: x < GOAL),
        ("districts.designated", "above 0 and below 1", "accountability names some schools", lambda x: 0.0 < x < 1.0),
    ):
        if not fits(sc[path]):
            raise ScenarioError(f"scenario '{sc.id}', {path}: found {sc[path]!r}; {allowed} is allowed: {why}")


# ---- runs of one seed ------------------------------------------------------------------------------------------------


def arms() -> dict[str, tuple[tuple[str, ...], str]]:
    """Arm -> (levers, who is told: "" nobody, "half" the more centralised half of districts, "all"). What a strategy of
    the scenario says alone is not among them."""
    found: dict[str, tuple[tuple[str, ...], str]] = {POWER: ((POWER,), "half"), TOGETHER: (LEVERS, "half")}
    for lever in LEVERS:
        rest = tuple(other for other in LEVERS if other != lever)
        found[without(lever)] = (rest, "half" if lever != POWER else "")
    return {**found, TOLD: ((), "all"), MOST: (LEVERS, "all")}


def without(lever: str) -> str:
    """Id of the arm: all levers but this one."""
    return f"{TOGETHER}_without_{lever}"


def follow(sc: Scenario, seed: int, arm: str, events: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """One run to its end: outcomes by name, those at the end of the third year with ``_3``; ``districts``, share of
    users by district then and at the start."""
    own = {NONE, VOLUNTEERS, IN_PARTS, *IN_SCENARIO}
    model = ReformModel(sc, rng=seed, strategy=arm if arm in own else VOLUNTEERS)
    schools, programme = model.state.schools, np.asarray(model.state.schools.programme) == 1
    if arm not in own:
        levers, who = arms()[arm]
        central = central_half(model.state.districts, schools) if who == "half" else np.full(schools.size, who == "all")
        model.maker = WithLevers(sc, levers, central & programme)
    for event in events:
        model.intervene(event)
    low = programme & lowest(schools.achievement, programme, float(sc["districts.designated"]))
    start, told = by_district(schools), by_district_told(model)
    found: dict[str, Any] = {"start": pooled(schools.users, schools, programme)}
    model.run(until=WEEKS_PER_YEAR)
    found |= standing(model.state.schools, low, programme, 1)
    model.run(until=YEARS * WEEKS_PER_YEAR)
    third = model.outcomes
    found |= {f"{name}_3": float(third[name]) for name in AT_THIRD} | {name: float(third[name]) for name in ACCOUNT}
    found |= standing(model.state.schools, low, programme, YEARS)
    found["districts"] = list(zip(start, by_district(model.state.schools), told, strict=True))
    model.run()
    return found | {name: float(model.outcomes[name]) for name in AT_END}


def by_district_told(model: ReformModel) -> list[bool]:
    """Whether a district is told in this run instead of asked."""
    told = getattr(model.maker, "told", np.zeros(model.state.schools.size))
    row = np.asarray(model.state.schools.district)
    return [bool(one) for one in np.bincount(row, told) > 0]


def pooled(counts: Any, schools: Any, who: Any) -> float:
    """Share of the teachers of some schools, NaN where there is none."""
    posts = float(np.asarray(schools.teaching)[who].sum())
    return float(np.asarray(counts)[who].sum()) / posts if posts else np.nan


def by_district(schools: Any) -> list[float]:
    """Share of users among the teachers of each district."""
    row = np.asarray(schools.district)
    posts = np.bincount(row, np.asarray(schools.teaching, float))
    return list(np.bincount(row, np.asarray(schools.users)) / np.maximum(1.0, posts))


def standing(schools: Any, low: Any, programme: Any, year: int) -> dict[str, float]:
    """Of the lowest schools by achievement, those that accountability names, and of the others: share that would come
    if places were not scarce, share in the programme, share of users; at the end of a year."""
    enrolled = np.asarray(schools.enrolled) == 1
    taker = enrolled | (np.asarray(schools.enter_sum) >= np.asarray(schools.enter_draw))
    found = {}
    for name, who in (("named", low), ("others", programme & ~low)):
        found[f"takers_{name}_{year}"] = float(taker[who].mean()) if who.any() else np.nan
        found[f"enrolled_{name}_{year}"] = float(enrolled[who].mean()) if who.any() else np.nan
        found[f"use_{name}_{year}"] = pooled(schools.users, schools, who)
    found[f"ever_{year}"] = pooled(schools.ever, schools, programme)
    return found


def run(sc: Scenario, seed: int) -> list[dict[str, Any]]:
    """All arms on one seed: RUNS, LAST, BESIDE, DISTRICTS and USERS."""
    its: dict[str, tuple[str, dict[str, Any]]] = {}
    one_less = {without(lever) for lever in LEVERS}
    for arm in (NONE, VOLUNTEERS, *IN_SCENARIO, IN_PARTS, *arms()):
        its[arm] = LAST if arm in one_less else RUNS, follow(sc, seed, arm)
    beside = {name: follow(sc.override(changes), seed, arm) for name, (arm, changes) in CHANGED.items()}
    for event, dated in EVENTS.items():
        beside |= {f"{arm}_{event}": follow(sc, seed, arm, dated) for arm in (VOLUNTEERS, TOGETHER)}
    its |= {name: (BESIDE, found) for name, found in beside.items()}
    return [row for arm, (table, found) in its.items() for row in rows_of(arm, table, found)]


def rows_of(arm: str, table: str, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of one run: its outcomes in ``table``, its part of the account of users, its districts."""
    rows = [{"table": table, "strategy": arm} | {k: v for k, v in found.items() if k not in (*ACCOUNT, "districts")}]
    if arm in SHOWN:
        rows.append({"table": USERS, "strategy": arm} | {name: found[name] for name in ACCOUNT})
    if arm in (VOLUNTEERS, TOGETHER, TOLD, MOST):
        rows += [
            {"table": DISTRICTS, "strategy": arm, "district": n, "start": start, "use": use, "told": told}
            for n, (start, use, told) in enumerate(found["districts"], 1)
        ]
    return rows


# ---- quantities ------------------------------------------------------------------------------------------------------


def reckon(rows: Sequence[Row]) -> dict[str, float]:
    """Quantities of one seed. Of an arm ``<arm>.use`` and ``.ever`` (share of teachers who use, ever used, year 3),
    ``.goal`` (share of districts at 80 % then), ``.owned``, ``.ratio`` (equity ratio of deep use), ``.cost``, ``.gain``
    and ``.poorest`` (end of the run, more than ``none``), ``.named_<what>`` and ``.others_<what>``; of a lever what it
    adds: ``<lever>.alone.<what>`` to volunteers, ``.last.<what>`` to all others, and ``.alone.per_100``, share of
    teachers for each 100 dollars a pupil and year."""
    its = {row["strategy"]: row for row in rows if row["table"] in (RUNS, LAST, BESIDE)}
    found: dict[str, float] = {}
    for arm, row in its.items():
        found |= {f"{arm}.use": row["reach_3"], f"{arm}.ever": row["ever_3"], f"{arm}.goal": row["districts_at_80_3"]}
        found |= {f"{arm}.owned": row["owned_share_3"], f"{arm}.ratio": row["equity_ratio_3"], f"{arm}.cost": row[COST]}
        found[f"{arm}.growth"], found[f"{arm}.times"] = row["reach_3"] - row["start"], row["reach_3"] / row["start"]
        found |= {
            f"{arm}.enrolled": row["enrolled_3"],
            f"{arm}.use_end": row["reach"],
            f"{arm}.deep": row["deep_use_3"],
        }
        for who in ("named", "others"):
            found |= {
                f"{arm}.{who}_takers_1": row[f"takers_{who}_1"],
                f"{arm}.{who}_enrolled_1": row[f"enrolled_{who}_1"],
            }
            found |= {f"{arm}.{who}_enrolled": row[f"enrolled_{who}_3"], f"{arm}.{who}_use": row[f"use_{who}_3"]}
        for what in ("takers_1", "enrolled_1", "enrolled", "use"):
            found[f"{arm}.gap_{what}"] = found[f"{arm}.named_{what}"] - found[f"{arm}.others_{what}"]
        if row["table"] != BESIDE:
            found[f"{arm}.gain"] = row["pupil_gain_sd"] - its[NONE]["pupil_gain_sd"]
            found[f"{arm}.poorest"] = row["poorest_quarter_gain"] - its[NONE]["poorest_quarter_gain"]
    return found | _levers(found) | _districts(rows) | _events(found)


def _levers(found: Mapping[str, float]) -> dict[str, float]:
    """What levers add, alone and last; what all add together, and more than the sum of each alone."""
    more: dict[str, float] = {}
    for what in ("use", "deep", "gain", "poorest", "cost", "named_enrolled", "named_use", "goal", "owned", "ratio"):
        for lever in LEVERS:
            more[f"{lever}.alone.{what}"] = found[f"{lever}.{what}"] - found[f"{VOLUNTEERS}.{what}"]
            more[f"{lever}.last.{what}"] = found[f"{TOGETHER}.{what}"] - found[f"{without(lever)}.{what}"]
        for arm in (TOGETHER, IN_PARTS, TOLD, MOST):
            more[f"{arm}.more.{what}"] = found[f"{arm}.{what}"] - found[f"{VOLUNTEERS}.{what}"]
        more[f"beyond_sum.{what}"] = more[f"{TOGETHER}.more.{what}"] - sum(more[f"{v}.alone.{what}"] for v in LEVERS)
    more["tailored - told.gain"] = found[f"{POWER}.gain"] - found[f"{TOLD}.gain"]
    more["tailored - told.owned"] = found[f"{POWER}.owned"] - found[f"{TOLD}.owned"]
    for lever in LEVERS:
        cost = more[f"{lever}.alone.cost"]
        more[f"{lever}.alone.per_100"] = 100.0 * more[f"{lever}.alone.use"] / cost if cost > LEAST_COST else np.nan
    more["departments - power.per_100"] = more["departments.alone.per_100"] - more[f"{POWER}.alone.per_100"]
    for what in ("use", "gain"):
        alone = {lever: more[f"{lever}.alone.{what}"] for lever in LEVERS}
        more[f"{POWER}.ahead.{what}"] = alone.pop(POWER) - max(alone.values())
    for what in ("takers_1", "enrolled", "use"):
        gap, equal = found[f"{VOLUNTEERS}.gap_{what}"], found[f"{EQUAL}.gap_{what}"]
        more |= {f"by_pressure.{what}": gap - equal, f"halved.{what}": gap - 2.0 * equal}
    more["align.use"] = found["departments.use"] - found[f"{HOURS_ONLY}.use"]
    for what in ("use", "named_use", "others_use"):
        more[f"by_poverty.{what}"] = found[f"vision.{what}"] - found[f"{INVITED_ONLY}.{what}"]
    for what in ("named_enrolled_1", "named_enrolled", "named_use", "use"):
        more[f"vision_in_waves.more.{what}"] = found[f"{VISION_WAVES}.{what}"] - found[f"{WAVES}.{what}"]
    return more


def _districts(rows: Sequence[Row]) -> dict[str, float]:
    """Best and middle district of an arm at the end of year 3, and whether any is at the goal."""
    found: dict[str, float] = {}
    for arm in (VOLUNTEERS, TOGETHER, TOLD, MOST):
        use = [row["use"] for row in rows if row["table"] == DISTRICTS and row["strategy"] == arm]
        found |= {f"{arm}.best": max(use), f"{arm}.middle": float(np.median(use)), f"{arm}.worst": min(use)}
        found[f"{arm}.any_at_goal"] = float(max(use) >= GOAL)
    return found


def _events(found: Mapping[str, float]) -> dict[str, float]:
    """What an event changes in use in year 3 and at the end, and how much more of it volunteers lose."""
    more = {}
    for event in EVENTS:
        for what in ("use", "use_end", "deep", "owned"):
            for arm in (VOLUNTEERS, TOGETHER):
                more[f"{event}.{arm}.{what}"] = found[f"{arm}_{event}.{what}"] - found[f"{arm}.{what}"]
        kept = [found[f"{arm}_{event}.use_end"] / max(1e-9, found[f"{arm}.use_end"]) for arm in (TOGETHER, VOLUNTEERS)]
        more[f"{event}.kept_more"] = kept[0] - kept[1]
    return more


def tables(rows: Sequence[Row]) -> dict[str, pd.DataFrame]:
    """LAST and BESIDE (mean and interval of each value), DISTRICTS (how districts stand, all seeds) and USERS, where
    users come from per 100 teachers at the end of year 3: arms against volunteers."""
    its = {name: rows_in(rows, name) for name in (LAST, BESIDE, DISTRICTS, USERS)}
    users = pd.DataFrame(its[USERS]).assign(status="ok")
    found = {name: over_seeds(its[name], ("strategy",)) for name in (LAST, BESIDE)}
    districts, account = share_at(pd.DataFrame(its[DISTRICTS])), accounts.users_account(users, VOLUNTEERS)
    return {**found, DISTRICTS: districts, USERS: account}


def share_at(districts: pd.DataFrame) -> pd.DataFrame:
    """Per arm: how many districts of all seeds, how many of them are at 20, 40, 60 and 80 % or above, and percentiles
    of use, whole per cent; of those in the lower and upper half at the start, told and asked, too."""
    rows = []
    upper = districts["start"] >= districts["start"].median()
    for arm, its in districts.groupby("strategy", sort=False):
        half, told = upper[its.index], its["told"].astype(bool)
        parts = {"all": its, "lower half at the start": its[~half], "upper half at the start": its[half]}
        if told.any() and not told.all():
            parts |= {"told": its[told], "asked": its[~told]}
        for which, chosen in parts.items():
            shares = {f"at_{cut}": int((chosen["use"] >= cut / 100.0).sum()) for cut in (20, 40, 60, 80)}
            spread = dict(
                zip(("p10", "p50", "p90"), (100.0 * chosen["use"].quantile([0.1, 0.5, 0.9])).round(), strict=True)
            )
            rows.append({"strategy": arm, "which": which, "districts": len(chosen), **shares, **spread})
    return pd.DataFrame(rows)


QUESTION = Question(ID, TEXT, 80, check, run, reckon, STATEMENTS, say, tables, STATED)
