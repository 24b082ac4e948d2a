"""What money buys: a measure against net spending per pupil, for strategies at several budgets on the same seeds.

Hours stretch until the pot is used (``money.spend`` = stretch), so that budgets, not a strategy's stated hours, set
what is spent. Only these two numbers of the scenario are overridden: money.spend and money.budget_per_teacher.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from typing import Any

import numpy as np
import pandas as pd

from diffusion_sim.analysis import budget_tables as tables
from diffusion_sim.analysis.arms import NONE
from diffusion_sim.analysis.budget_results import Budget
from diffusion_sim.errors import StudyError, check_flag, nearest
from diffusion_sim.measures import COMPARED, MEASURE_INFO, SUPPORT_END, outcome_exists
from diffusion_sim.measures.info import LARGER, SMALLER
from diffusion_sim.scenario import Scenario, load_scenario
from diffusion_sim.study.plan import arms_and_seeds
from diffusion_sim.study.provenance import provenance
from diffusion_sim.study.run.executors import Place
from diffusion_sim.study.run.places import check_sizes, place
from diffusion_sim.study.run.progress import Silent, make_progress
from diffusion_sim.study.run.warm_up import warm_up
from diffusion_sim.world.size import counts, run_seconds

MEASURE = "exposure_low_income"
FRACTIONS = (0.125, 0.25, 0.5, 1.0, 2.0)  # of the scenario's budget, where none are given
REPLICATES = 20
MOST_BUDGETS = 20
_WORTH_WORKERS = 6.0  # seconds of work from which worker processes, which take seconds to start, save time
_POT = "money.budget_per_teacher"


def budget(
    case: Any,
    strategies: Iterable[str] | None = None,
    *,
    measure: str = MEASURE,
    budgets: Iterable[float] | None = None,
    replicates: int = REPLICATES,
    rng: int = 1,
    workers: int | None = None,
    executor: Executor | None = None,
    overrides: Mapping[str, Any] | None = None,
    allow_code: bool = False,
    any_size: bool = False,
    progress: bool | None = None,
) -> Budget:
    """A measure against net spending per pupil and year, for each strategy at each budget, and what is not beaten.

    case : Scenario, id or path. strategies : ids, two or more beside ``none``, which always runs; None = the
    scenario's ``compare`` list. measure : a measure, or one at the end of support, that is better where it is larger,
    or where it is smaller; none of money. budgets : US dollars per teaching post and year of support, from 1 to 20
    different ones, in any order; None = FRACTIONS of the scenario's. replicates : seeds, 2 or more, the same for all
    strategies and budgets, derived from ``rng``. workers, executor, overrides, allow_code, any_size, progress : as of
    ``compare``; money.spend and money.budget_per_teacher are set here.

    A point (a strategy at a budget) is beaten where another point has more of the measure for no more net money, and
    the 95 % interval of their paired difference excludes 0; up to 2 % more money counts as no more. Raises
    ScenarioError, PopulationError, StrategyError or StudyError before anything runs for what cannot be run as asked.
    """
    check_flag(progress, "progress", StudyError, none=True)
    check_flag(any_size, "any_size", StudyError)
    check_flag(allow_code, "allow_code", StudyError)
    seeds = arms_and_seeds.seeds_of(
        arms_and_seeds.checked_rng(rng),
        arms_and_seeds.whole(replicates, "replicates", 2, arms_and_seeds.MOST_REPLICATES),
    )
    check_measure(measure)
    sc = case if isinstance(case, Scenario) else load_scenario(case, allow_code=allow_code)
    sc = sc.override(overrides).override({"money.spend": "stretch"})
    arms = checked_arms(sc, strategies, allow_code)
    pots = checked_budgets(sc, budgets)
    where = _where(sc, arms, len(seeds) * len(pots), workers, executor)
    check_sizes([sc], where, any_size)
    runs, missing = _run(sc, arms, pots, seeds, measure, where, make_progress(progress), allow_code)
    table = tables.points_table(runs, measure, rng)
    record = provenance(
        sc, strategies=arms, measure=measure, budgets=pots, replicates=len(seeds), rng=rng, seeds=seeds,
        scenario_budget=float(sc[_POT]), failed_runs=int((runs["status"] != "ok").sum()),
        equal_money=tables.TOLERANCE,
    )  # fmt: skip
    warnings = (*sc.warnings, *missing)
    return Budget(scenario=sc, measure=measure, table=table, runs=runs, provenance=record, warnings=warnings)


# ---- what is asked ---------------------------------------------------------------------------------------------------
def check_measure(measure: Any) -> None:
    """Raise StudyError for what is no measure, is money itself, or says nothing about better."""
    known = {**MEASURE_INFO, **COMPARED}
    names = [name for name in (*known, *(name + SUPPORT_END for name in MEASURE_INFO)) if _can_stand(name)]
    if not isinstance(measure, str):
        raise StudyError(f"measure: found {measure!r:.60}; the name of one measure is allowed")
    info = known.get(measure.removesuffix(SUPPORT_END))
    if info is None or (measure.endswith(SUPPORT_END) and measure.removesuffix(SUPPORT_END) not in MEASURE_INFO):
        raise StudyError(f"measure: '{measure:.60}' is unknown{nearest(measure, names)}")
    if measure.startswith("cost_"):
        raise StudyError(f"measure: '{measure}' is money itself; a measure to hold against net spending is allowed")
    if not outcome_exists(measure, MEASURE_INFO):
        raise StudyError(f"measure: '{measure}' does not exist: it is counted after the end of support only")
    if info.direction not in (LARGER, SMALLER):
        raise StudyError(
            f"measure: '{measure}' says nothing about better where it is larger or smaller (direction: "
            f"{info.direction or 'none'}), so that no point could be beaten; take one that does, for example {MEASURE}"
        )


def _can_stand(name: str) -> bool:
    info = {**MEASURE_INFO, **COMPARED}[name.removesuffix(SUPPORT_END)]
    ranked = info.direction in (LARGER, SMALLER) and not name.startswith("cost_")
    return ranked and outcome_exists(name, MEASURE_INFO)


def checked_arms(sc: Scenario, strategies: Iterable[str] | None, allow_code: bool = False) -> list[str]:
    """The strategies, ``none`` first. Raises StudyError where they are fewer than two beside it."""
    arms = arms_and_seeds.arms_of(sc, strategies, NONE, allow_code)
    others = [name for name in arms if name != NONE]
    if len(others) < 2:
        found = f"found {others[0] if others else NONE} alone"
        raise StudyError(f"strategies: {found}; two or more beside {NONE} are allowed, to be held against each other")
    return [NONE, *others]


def checked_budgets(sc: Scenario, budgets: Iterable[float] | None) -> list[float]:
    """Budgets, US dollars per teaching post and year of support, ascending. Raises StudyError, or ScenarioError where
    one is outside what the scenario's number may be."""
    if budgets is None:
        own = float(sc[_POT])
        if not own > 0.0:
            raise StudyError(f"budgets: {_POT} is {own:g}, of which no part can be spent; name budgets")
        return [own * part for part in FRACTIONS]
    found = arms_and_seeds.listed(budgets, "budgets", "US dollars per teaching post and year of support")
    if not 1 <= len(found) <= MOST_BUDGETS:
        raise StudyError(f"budgets: found {len(found)}; from 1 to {MOST_BUDGETS} are allowed")
    for one in found:
        wrong = isinstance(one, bool) or not isinstance(one, int | float | np.number)
        if wrong or not np.isfinite(one) or one <= 0:
            raise StudyError(f"budgets: found {one!r:.60}; US dollars above 0, per teaching post and year, are allowed")
        sc.override({_POT: float(one)})
    pots = sorted(float(one) for one in found)
    if len(set(pots)) < len(pots):
        twice = next(one for one in pots if pots.count(one) > 1)
        raise StudyError(f"budgets: {twice:,g} is named more than once")
    return pots


def _where(sc: Scenario, arms: list[str], each: int, workers: Any, executor: Any) -> Place:
    """Where it runs; each : runs of an arm."""
    apart = workers is None and arms_and_seeds.own_code(sc, arms)
    seconds = run_seconds(each * len(arms), counts(sc)[1], arms_and_seeds.weeks_of(sc))
    if workers is None and executor is None and not apart and seconds < _WORTH_WORKERS:
        return place(1, None)
    return place(workers, executor, apart)


# ---- runs ------------------------------------------------------------------------------------------------------------
def _run(
    sc: Scenario, arms: list[str], pots: list[float], seeds: list[int], measure: str, where: Place, shown: Silent,
    allow_code: bool,
) -> tuple[pd.DataFrame, list[str]]:  # fmt: skip
    """(one row a run with its budget, lines on runs that failed). ``none`` spends nothing: it runs once, at the first
    budget, but where the measure is a rank among its teachers, which each budget's runs need beside them."""
    from diffusion_sim.study.run.in_memory import run_design

    frames, missing = [], []
    try:
        warm_up(shown.say, sc)
        for number, pot in enumerate(pots):
            ids = arms if number == 0 or measure in COMPARED else arms[1:]
            what = f"at {pot:,.0f} US dollars"
            found = run_design(sc.override({_POT: pot}), ids, seeds, where, shown, what=what, allow_code=allow_code)
            missing += found.missing(f"{what}: ")
            if number == 0:
                found.refuse_all_failed(NONE)
            frame = found.frame()
            frame.insert(2, "budget", np.where(frame["strategy"] == NONE, np.nan, pot))
            frames.append(frame if number == 0 else frame[frame["strategy"] != NONE])
    except KeyboardInterrupt as stopped:
        raise KeyboardInterrupt(str(stopped) or "stopped before the first run; nothing was written") from None
    finally:
        shown.close()
    return pd.concat(frames, ignore_index=True), missing
