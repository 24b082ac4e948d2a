"""The comparison again, with as much money for each strategy as the thriftiest of them can spend.

B* is the smallest mean spending of the strategies (none aside) when hours stretch until the pot is used. All of them
run again with a pot of B* over the years of support, shared among districts as before, and stretched hours. Only
numbers of the scenario are overridden: money.spend and money.budget_per_teacher.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from diffusion_sim.analysis.arms import NONE
from diffusion_sim.errors import StudyError
from diffusion_sim.scenario import Scenario

COLUMNS = ["strategy", "stretched", "spending", "share_of_target", "differs"]
STRETCHED = "with stretched hours"  # what the runs that find the pot are called
TOLERANCE = 0.02  # a larger share of B* more or less is marked

Run = Callable[[Scenario, Iterable[str], int, str], Any]


class EqualSpending(NamedTuple):
    """runs : with the pot B*. table : COLUMNS, US dollars a run. notes : what is to be said with the table."""

    runs: Any
    table: pd.DataFrame
    notes: list[str]


def at_equal_spending(main: Any, run: Run) -> EqualSpending:
    """Find B* and run all strategies of ``main`` with it.

    table: stretched = mean spending with the pot as stated and stretched hours, spending = with the pot B*,
    share_of_target = spending / B*, differs = by more than TOLERANCE. A strategy whose runs all failed has no part
    in B* and NaN in the table. Raises StudyError where somebody spends nothing, or the runs of all failed.
    """
    sc = main.scenario
    spenders = [name for name in main.strategies if name != NONE]
    stretch = {"money.spend": "stretch"}
    wide, count = main, len(main.seeds)
    if sc["money.spend"] != "stretch":
        wide = run(sc.override(stretch), spenders, count, STRETCHED)
    stretched = _mean_costs(wide)
    known = [name for name in spenders if not np.isnan(stretched[name])]
    if not known:
        raise StudyError("equal_spending: all runs of the strategies other than none failed, so nothing was spent")
    target = min(stretched[name] for name in known)
    if not target > 0.0:
        nobody = min(known, key=stretched.__getitem__)
        raise StudyError(f"equal_spending: strategy '{nobody}' spends nothing, so there is no pot that all could spend")
    years = int(sc["programme.years_support"])
    budget = min(target / (years * float(np.nanmean(wide.posts))), float(sc["money.budget_per_teacher"]))
    equal_pot = sc.override({**stretch, "money.budget_per_teacher": budget})
    equal = run(equal_pot, main.strategies, count, "at equal spending")
    rows = []
    for name, mean in _mean_costs(equal).items():
        if name == NONE:
            rows.append((name, 0.0, mean, np.nan, False))
        else:
            rows.append((name, stretched[name], mean, mean / target, abs(mean / target - 1.0) > TOLERANCE))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return EqualSpending(equal, table, _notes(table, target, budget))


def _mean_costs(runs: Any) -> dict[str, float]:
    """Mean spending by strategy; NaN where all its runs failed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the mean of nothing
        return dict(zip(runs.strategies, np.nanmean(runs.outcome("cost_total"), axis=0).tolist(), strict=True))


def _notes(table: pd.DataFrame, target: float, budget: float) -> list[str]:
    lines = [f"equal spending: a pot of {target:,.0f} US dollars, {budget:,.0f} per teaching post and year of support"]
    for row in table[table["differs"]].itertuples():
        lines.append(
            f"equal spending: {row.strategy} spends {row.spending:,.0f} US dollars, {row.share_of_target - 1:+.0%} "
            "against that pot: its differences are not at equal spending"
        )
    return lines
