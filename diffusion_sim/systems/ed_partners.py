"""Ed Partners' question: how far staged districts get, what lasts, what slowness buys, which leadership it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from diffusion_sim.analysis import accounts
from diffusion_sim.errors import ScenarioError
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import NONE
from diffusion_sim.state.codes import LAST_STAGE
from diffusion_sim.state.tables import Floats
from diffusion_sim.systems.ed_partners_words import STATEMENTS, TEXT, say
from diffusion_sim.systems.partner_runs import HIGH, LEADERSHIP, LOW, Course, at_spending, follow, held
from diffusion_sim.systems.question import RUNS, Question, Row
from diffusion_sim.systems.tables import over_seeds, rows_in

ID = "ed_partners"
STAGED, HURRIED, BIG_BANG, SUPERFICIAL = "five_stages", "five_stages_hurried", "big_bang", "broad_superficial"
BIG_EQUAL, SUPERFICIAL_EQUAL = f"{BIG_BANG}_at_equal_spending", f"{SUPERFICIAL}_at_equal_spending"
EQUAL = {BIG_EQUAL: BIG_BANG, SUPERFICIAL_EQUAL: SUPERFICIAL}
ARMS = (STAGED, HURRIED, BIG_BANG, BIG_EQUAL, SUPERFICIAL_EQUAL)
GATED, DIRECTED = "gated_asked", "directed"
# Arm -> part of its strategy that the question rests on, and the word that it needs.
NEEDED = {
    STAGED: ("tempo.kind", GATED), HURRIED: ("tempo.kind", GATED), BIG_BANG: ("recruitment.kind", DIRECTED),
    SUPERFICIAL: ("recruitment.kind", DIRECTED),
}  # fmt: skip
AFTER = 2  # school years after support at which is asked what lasts
FEW = 0.005  # deep use that a programme brought, share of teachers, below which no share of it is kept
YEARLY = ("reach", "deep_use", "mean_depth", "owned_share", "embedding", "districts_at_80", "stage",
          "districts_complete", "pupil_gain_sd", "cost_per_pupil", "enrolled")  # fmt: skip
# Outcomes that RUNS keeps.
KEPT = (
    *("teachers", "users", "reach", "deep_use", "mean_depth", "pupil_gain_sd", "poorest_quarter_gain", "cost_total"),
    *("cost_own", "cost_pot", "cost_unspent", "cost_per_pupil", "cost_per_pupil_year"),
    *("verdicts_adopt", "verdicts_adapt", "verdicts_abandon"),
    *(f"flow_{flow}" for _, flows in accounts.PARTS.values() for flow in flows),
    *("flow_trial_compliant", "flow_internalised", "flow_routine", "flow_mandates_broken", "flow_skill_help"),
)
# Of five stages and an arm beside them, by when.
CONTRAST = (
    *("reach.first", "reach.end", "reach.after", "deep_use.first", "deep_use.end", "deep_use.after"),
    *("mean_depth.end", "mean_depth.after", "embedding.after", "kept", "users_kept", "gain"),
)
LEVERS = ("stage", "reach", "deep_use")  # of which leadership's effect is looked at when support ends
LEVERS_AFTER = ("deep_use", "pupil_gain_sd")  # and at the end
# Tables beside RUNS.
YEARS, STAGES, LEAD, SEEN, USERS = "years", "stages", "leadership", "seen_between_districts", "where_users_come_from"


# ---- can it be asked? ------------------------------------------------------------------------------------------------


def check(sc: Scenario) -> None:
    """Raises ScenarioError for arms that are not what the question compares, too few years, no money, leaders who do
    not differ."""
    where = f"scenario '{sc.id}'"
    for arm, (part, word) in NEEDED.items():
        path = f"strategies.{arm}.{part}"
        found = sc[path] if path in sc else None
        if found != word:
            shown = "nothing" if found is None else repr(found)
            raise ScenarioError(f"{where}, {path}: found {shown}; the question compares stages with gates and "
                                f"directives for all: {word} is allowed")  # fmt: skip
    if int(sc["programme.years_after"]) < AFTER:
        raise ScenarioError(
            f"{where}, programme.years_after: found {sc['programme.years_after']}; the question asks what lasts two "
            f"years after support: {AFTER} or more are allowed"
        )
    if not sc["money.budget_per_teacher"] > 0.0:
        raise ScenarioError(f"{where}, money.budget_per_teacher: found {sc['money.budget_per_teacher']:g}; without "
                            "money there is no equal spending; a number above 0 is allowed")  # fmt: skip
    for _, sd in LEADERSHIP.values():
        if not sc[sd] > 0.0:
            raise ScenarioError(f"{where}, {sd}: found {sc[sd]:g}; low and high leadership are one SD apart from the "
                                "mean; a number above 0 is allowed")  # fmt: skip


# ---- runs of one seed ------------------------------------------------------------------------------------------------


def run(sc: Scenario, seed: int) -> list[dict[str, Any]]:
    """Rows of one seed: RUNS, YEARS, STAGES, LEAD and SEEN."""
    end = int(sc["programme.years_support"])
    arms = {name: follow(sc, seed, name) for name in (NONE, STAGED, HURRIED, BIG_BANG)}
    staged, alike = arms[STAGED], {}
    for name, strategy in EQUAL.items():
        if staged.spent > 0.0:
            arms[name], alike[name] = at_spending(sc, seed, strategy, staged.spent, staged.posts)
        else:
            arms[name], alike[name] = arms[NONE], False
    rows: list[dict[str, Any]] = []
    for name, arm in arms.items():
        known = {"alike": float(alike.get(name, name in (NONE, STAGED)))}
        rows.append({"table": RUNS, "strategy": name, **{key: arm.outcomes[key] for key in KEPT}, **known})
        for year in range(len(arm.years)):
            rows.append({"table": YEARS, "strategy": name, "year": year, **{m: arm.at(m, year) for m in YEARLY}})
    for name in (STAGED, HURRIED):
        for year in (*range(1, end + 1), end + AFTER):
            rows += [{"table": STAGES, "strategy": name, **row} for row in stages_of(arms[name], year)]
    for who in LEADERSHIP:
        for level in (LOW, HIGH):
            arm = follow(held(sc, who, level), seed, STAGED)
            rows.append({"table": LEAD, "who": who, "level": level, **against(arm, staged, end)})
        rows.append({"table": SEEN, "who": who, **seen_between(staged, who, end)})
    return rows


def stages_of(arm: Course, year: int) -> list[dict[str, float]]:
    """One row a stage, 1 to 5 and -1 for abandoned, of a staged run at the end of a year: share of the districts that
    stand in it; of these the mean shares of teachers who use, who use deeply, and of those asked who use, and who use
    and are convinced; NaN where there is no district."""
    its = arm.years[year]
    rows = []
    for stage in (-1, *range(1, LAST_STAGE + 1)):
        here = its.stage == stage
        means = {name: mean(getattr(its, name)[here]) for name in ("reach", "deep", "asked_use", "asked_willing")}
        rows.append({"year": year, "stage": stage, "districts": float(here.mean()), **means})
    return rows


def against(arm: Course, staged: Course, end: int) -> dict[str, float]:
    """What a staged run has more than another when support ends and at the end, and how much more it spends, share."""
    found = {f"{name}_{end}": arm.at(name, end) - staged.at(name, end) for name in LEVERS}
    last = end + AFTER
    found |= {f"{name}_{last}": arm.at(name, last) - staged.at(name, last) for name in LEVERS_AFTER}
    found["spent"] = arm.spent / staged.spent - 1.0 if staged.spent > 0.0 else np.nan
    return found


def seen_between(staged: Course, who: str, end: int) -> dict[str, float]:
    """Rank correlation over districts of leadership at the start with the stage when support ends and with deep use at
    the end: what a study of the districts of one run would see."""
    first = staged.leaders[who]
    return {"stage": ranked(first, staged.years[end].stage), "deep_use": ranked(first, staged.years[end + AFTER].deep)}


def ranked(one: Floats, other: Floats) -> float:
    """Spearman's rank correlation; NaN for fewer than 3 or where one does not vary."""
    if one.size < 3 or np.ptp(one) == 0.0 or np.ptp(other) == 0.0:
        return float("nan")
    return float(pd.Series(one).corr(pd.Series(other), method="spearman"))


def mean(values: Any) -> float:
    """Mean of the defined values, NaN without any."""
    known = np.asarray(values)[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


# ---- quantities ------------------------------------------------------------------------------------------------------


def reckon(rows: Sequence[Row]) -> dict[str, float]:
    """Quantities of one seed by key; years are named by what they are: ``first``, ``end`` of support, ``after``."""
    years = {(r["strategy"], r["year"]): r for r in rows if r["table"] == YEARS}
    runs = {r["strategy"]: r for r in rows if r["table"] == RUNS}
    after = max(r["year"] for r in rows if r["table"] == STAGES)
    when = {"first": 1, "end": after - AFTER, "after": after}
    found: dict[str, float] = {}
    for arm in ARMS:
        for word, year in when.items():
            for name in ("reach", "deep_use", "mean_depth", "embedding"):
                found[f"{arm}.{name}.{word}"] = years[arm, year][name]
        found[f"{arm}.at_80.end"] = years[arm, when["end"]]["districts_at_80"]
        found[f"{arm}.kept"] = kept(years, arm, when)
        found[f"{arm}.users_kept"] = kept(years, arm, when, "reach")
        found[f"{arm}.gain"] = runs[arm]["pupil_gain_sd"] - runs[NONE]["pupil_gain_sd"]
        found[f"{arm}.cost"] = runs[arm]["cost_per_pupil_year"]
        found[f"{arm}.spent"] = spent_ratio(runs, arm)
    found |= _stages(rows, when) | _slow(found, runs) | _leadership(rows, when)
    gates = {word: runs[STAGED][f"verdicts_{word}"] for word in ("adopt", "adapt", "abandon")}
    pot = runs[STAGED]["cost_pot"]
    found["five_stages.unspent"] = runs[STAGED]["cost_unspent"] / pot if pot > 0.0 else np.nan
    return found | {f"gates.{word}": count / max(1.0, sum(gates.values())) for word, count in gates.items()}


def kept(years: Mapping[Any, Row], arm: str, when: Mapping[str, int], what: str = "deep_use") -> float:
    """Of what a programme has brought when support ends (with it - none), the share that is there two years later."""
    end, after = (years[arm, when[w]][what] - years[NONE, when[w]][what] for w in ("end", "after"))
    return after / end if end > FEW else float("nan")


def spent_ratio(runs: Mapping[str, Row], arm: str) -> float:
    """Net spending of an arm, as a multiple of that of the five stages."""
    own = runs[STAGED]["cost_total"]
    return runs[arm]["cost_total"] / own if own > 0.0 else float("nan")


def _stages(rows: Sequence[Row], when: Mapping[str, int]) -> dict[str, float]:
    """Shares of districts by stage, mean stage (abandoned = 0), and what those asked make of it, by stage."""
    found: dict[str, float] = {}
    for name in (STAGED, HURRIED):
        for word, year in when.items():
            its = [r for r in rows if r["table"] == STAGES and r["strategy"] == name and r["year"] == year]
            for row in its:
                stage = row["stage"] if row["stage"] > 0 else "abandoned"
                found[f"{name}.districts.{stage}.{word}"] = row["districts"]
                if name == STAGED and stage != "abandoned":
                    found |= {f"{name}.{what}.{stage}.{word}": row[what] for what in ("reach", "deep", "asked_willing")}
            found[f"{name}.stage.{word}"] = sum(max(0, r["stage"]) * r["districts"] for r in its)
            found[f"{name}.to_schools.{word}"] = sum(r["districts"] for r in its if r["stage"] >= LAST_STAGE - 1)
    return found


def _slow(found: Mapping[str, float], runs: Mapping[str, Row]) -> dict[str, float]:
    """What the slow start buys: five stages - another arm; NaN where spending is not equal."""
    more: dict[str, float] = {}
    for short, arm in (("big_bang", BIG_EQUAL), ("superficial", SUPERFICIAL_EQUAL), ("hurried", HURRIED)):
        counts = arm == HURRIED or bool(runs[arm]["alike"])
        for what in CONTRAST:
            value = found[f"{STAGED}.{what}"] - found[f"{arm}.{what}"]
            more[f"slow - {short}.{what}"] = value if counts else float("nan")
    more["equal_known"] = float(all(runs[arm]["alike"] for arm in EQUAL))
    return more


def _leadership(rows: Sequence[Row], when: Mapping[str, int]) -> dict[str, float]:
    """``lead.<who>.<low or high>.<what>.<when>``, against leadership as it is; ``span`` high - low; ``seen.<who>``."""
    words = {str(year): word for word, year in when.items()}
    found: dict[str, float] = {}
    for row in (r for r in rows if r["table"] == LEAD):
        for name, value in row.items():
            what, _, year = name.rpartition("_")
            if year in words:
                found[f"lead.{row['who']}.{row['level']}.{what}.{words[year]}"] = value
        found[f"lead.{row['who']}.{row['level']}.spent"] = row["spent"]
    for who in LEADERSHIP:
        start = f"lead.{who}.{HIGH}."
        for key in [key for key in found if key.startswith(start)]:
            what = key.removeprefix(start)
            found[f"lead.{who}.span.{what}"] = found[key] - found[f"lead.{who}.{LOW}.{what}"]
    others = [found[f"lead.{who}.span.deep_use.after"] for who in LEADERSHIP if who != "teachers"]
    found["lead.teachers - all others"] = found["lead.teachers.span.deep_use.after"] - sum(others)
    above = found["lead.superintendent.span.deep_use.after"] + found["lead.board.span.deep_use.after"]
    found["lead.principals - superintendent and board"] = found["lead.principals.span.deep_use.after"] - above
    seen = [r for r in rows if r["table"] == SEEN]
    return found | {f"seen.{r['who']}.{what}": r[what] for r in seen for what in ("stage", "deep_use")}


def tables(rows: Sequence[Row]) -> dict[str, pd.DataFrame]:
    """YEARS, STAGES, LEAD and SEEN: mean and 95 % interval over seeds; USERS: where users come from, per 100 teachers,
    arms against none, and five stages against the others at equal spending."""
    found = {
        YEARS: over_seeds(rows_in(rows, YEARS), ("strategy", "year")),
        STAGES: over_seeds(rows_in(rows, STAGES), ("strategy", "year", "stage")),
        LEAD: over_seeds(rows_in(rows, LEAD), ("who", "level")),
        SEEN: over_seeds(rows_in(rows, SEEN), ("who",)),
    }
    runs = pd.DataFrame(rows_in(rows, RUNS))
    users = [accounts.users_account(runs)]
    users += [accounts.users_account(runs[runs["strategy"].isin([STAGED, arm])], arm) for arm in EQUAL]
    return {**found, USERS: pd.concat(users, ignore_index=True)}


QUESTION = Question(
    ID, TEXT, 30, check, run, reckon, STATEMENTS, say, tables,
    ("population.districts", "population.schools", "programme.years_support", "programme.years_after",
     "structure.board"),
)  # fmt: skip
