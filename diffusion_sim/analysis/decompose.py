"""What part of an effect each mechanism carries: the same comparison with the mechanism switched off.

The effect of a strategy is its difference to a baseline. With a mechanism off, both arms run again on the same seeds;
what the effect loses is the mechanism's part. Mechanisms work together, so parts do not add up to the whole: a part
says what would be missing if nothing else changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from typing import Any

import numpy as np
import pandas as pd

from diffusion_sim.analysis.arms import NONE
from diffusion_sim.analysis.harm import harm, said
from diffusion_sim.analysis.intervals import mean_interval
from diffusion_sim.errors import StudyError, check_flag, nearest
from diffusion_sim.scenario import load_scenario
from diffusion_sim.scenario.mechanisms import mechanisms as known_mechanisms
from diffusion_sim.scenario.mechanisms import switch_path
from diffusion_sim.scenario.scenario import Scenario
from diffusion_sim.study.plan import arms_and_seeds
from diffusion_sim.study.run.places import check_sizes, place
from diffusion_sim.study.run.progress import make_progress

MEASURES = (
    "reach_support_end",
    "reach",
    "deep_use_support_end",
    "deep_use",
    "exposure_low_income",
    "poorest_quarter",
    "pupil_gain_sd",
)
COLUMNS = [
    "mechanism", "strategy", "baseline", "measure", "effect", "effect_without", "part", "low", "high", "level",
    "level_without", "change", "change_low", "change_high", "n",
]  # fmt: skip


def decompose(
    case: Any,
    strategies: Iterable[str] | None = None,
    *,
    mechanisms: Iterable[str] | None = None,
    baseline: str = NONE,
    replicates: int = 30,
    rng: int = 1,
    measures: Iterable[str] = MEASURES,
    workers: int | None = None,
    executor: Executor | None = None,
    allow_code: bool = False,
    overrides: Mapping[str, Any] | None = None,
    rules: Mapping[str, Any] | None = None,
    progress: bool | None = None,
    any_size: bool = False,
) -> pd.DataFrame:
    """Run strategies with everything on and with each mechanism off, on the same seeds; one row a mechanism, strategy
    and measure.

    case, strategies, baseline, replicates, rng, workers, executor, allow_code, overrides, rules, progress, any_size
    : as in ``compare``.
    mechanisms : ids of the scenario's section ``mechanisms``, None = all that the scenario has on.
    measures : outcomes to show.

    Columns: effect = mean of strategy - baseline; effect_without = the same with the mechanism off; part = effect -
    effect_without with a paired 95 % interval (low, high); level, level_without = the strategy's own means; change =
    level_without - level with its interval. Intervals cover chance between seeds only, not what is not known of the
    numbers. n = seeds on which all runs that a part is made of succeeded; ``.attrs["notes"]`` says which runs failed,
    ``.attrs["harm"]`` in how many draws a strategy, with everything on, leaves pupils worse off than ``none``.
    Raises ScenarioError or StudyError for what cannot be run as asked; StudyError where, with everything on, all runs
    fail, or all of ``baseline``.
    """
    from diffusion_sim.study.plan.outcomes import OUTCOMES
    from diffusion_sim.study.run.in_memory import run_design
    from diffusion_sim.study.run.warm_up import warm_up

    check_flag(allow_code, "allow_code", StudyError)
    check_flag(progress, "progress", StudyError, none=True)
    check_flag(any_size, "any_size", StudyError)
    many = arms_and_seeds.whole(replicates, "replicates", 1, arms_and_seeds.MOST_REPLICATES)
    seeds = arms_and_seeds.seeds_of(arms_and_seeds.checked_rng(rng), many)
    sc = case if isinstance(case, Scenario) else load_scenario(case, allow_code=allow_code)
    sc = arms_and_seeds.with_rules(sc.override(overrides), rules, allow_code)
    arms = arms_and_seeds.arms_of(sc, strategies, baseline, allow_code)
    names = list(arms_and_seeds.checked_measures(measures, list(OUTCOMES)) or [])
    chosen = checked_mechanisms(mechanisms, sc)
    apart = workers is None and arms_and_seeds.own_code(sc, arms)
    where, shown = place(workers, executor, apart), make_progress(progress)
    notes: list[str] = []

    def run(scenario: Scenario, what: str) -> Any:
        found = run_design(scenario, arms, seeds, where, shown, what=what, allow_code=allow_code)
        notes.extend(found.missing(f"{what}: "))
        return found

    try:
        check_sizes([sc], where, any_size)
        warm_up(shown.say, sc)
        whole = run(sc, "everything on")
        whole.refuse_all_failed(baseline)
        rows: list[tuple] = []
        for mechanism in chosen:
            without = run(sc.override({switch_path(mechanism): False}), f"without {mechanism}")
            rows += _rows(mechanism, whole, without, baseline, names)
    finally:
        shown.close()
    table = pd.DataFrame(rows, columns=COLUMNS)
    table.attrs["changed"] = sc.changed
    table.attrs["notes"] = notes
    table.attrs["harm"] = said(harm(whole.frame()))
    return table


def checked_mechanisms(asked: Iterable[str] | None, sc: Scenario) -> list[str]:
    """Ids of mechanisms to switch off. Raises StudyError: unknown, or off already."""
    on = [key for key in known_mechanisms() if sc[switch_path(key)]]
    if asked is None:
        return on
    found = list(dict.fromkeys(map(str, arms_and_seeds.listed(asked, "mechanisms", "ids"))))
    if not found:
        raise StudyError(f"mechanisms: none named; allowed: {', '.join(known_mechanisms())}")
    for key in found:
        if key not in known_mechanisms():
            hint = nearest(str(key), known_mechanisms())
            raise StudyError(f"mechanisms: found {key!r:.60}{hint or ';'} Allowed: {', '.join(known_mechanisms())}")
        if key not in on:
            raise StudyError(f"mechanisms: {key} is off in scenario '{sc.id}' already")
    return found


def _rows(mechanism: str, whole: Any, without: Any, baseline: str, measures: list[str]) -> list[tuple]:
    base = whole.strategies.index(baseline)
    rows = []
    for a, strategy in enumerate(whole.strategies):
        for measure in measures:
            with_it, lacking = whole.outcome(measure), without.outcome(measure)
            level, change = with_it[:, a], lacking[:, a] - with_it[:, a]
            effect, effect_without = level - with_it[:, base], lacking[:, a] - lacking[:, base]
            part, _, low, high, n = mean_interval(effect - effect_without)
            moved, _, moved_low, moved_high, count = mean_interval(change)
            if a == base:
                part = low = high = np.nan
                n = count
            means = [mean_interval(values)[0] for values in (effect, effect_without, level, lacking[:, a])]
            rows.append(
                (mechanism, strategy, baseline, measure, *means[:2], part, low, high, *means[2:], moved, moved_low,
                 moved_high, n)
            )  # fmt: skip
    return rows

