"""The comparison again, with as much money for each strategy as the thriftiest of them can spend.

B* is the smallest mean net spending of the strategies (none aside) when hours stretch until the pot is used. A strategy
that frees as much as it costs, or more, has no part in B*: it stands apart, and that is said. All of them run again
with a pot of B* over the years of support, shared among districts as before, and stretched hours. Only numbers of the
scenario are overridden: money.spend and money.budget_per_teacher.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from diffusion_sim.analysis.arms import NONE
from diffusion_sim.analysis.per_pupil import PER_YEAR
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

    table: stretched = mean net spending with the pot as stated and stretched hours, spending = with the pot B*,
    share_of_target = spending / B*, differs = by more than TOLERANCE. A strategy that stands apart has NaN for the
    share and differs. A strategy whose runs all failed has no part in B* and NaN in the table. Raises StudyError where
    nobody spends more than is freed, or the runs of all failed.
    """
    sc = main.scenario
    spenders = [name for name in main.strategies if name != NONE]
    stretch = {"money.spend": "stretch"}
    wide, count = main, len(main.seeds)
    if sc["money.spend"] != "stretch":
        wide = run(sc.override(stretch), spenders, count, STRETCHED)
    stretched = _means(wide, "cost_total")
    known = [name for name in spenders if not np.isnan(stretched[name])]
    if not known:
        raise StudyError("equal_spending: all runs of the strategies other than none failed, so nothing was spent")
    target = min((stretched[name] for name in known if stretched[name] > 0.0), default=0.0)
    apart = {name: value for name, value in _means(wide, PER_YEAR).items() if stretched[name] <= 0.0 and name in known}
    if not target > 0.0:
        raise StudyError(
            f"equal_spending: {'; '.join(f'{name} {_frees(value)}' for name, value in apart.items())}: "
            "no strategy spends more than it frees, so there is no pot that all could spend"
        )
    years = int(sc["programme.years_support"])
    budget = min(target / (years * float(np.nanmean(wide.posts))), float(sc["money.budget_per_teacher"]))
    equal_pot = sc.override({**stretch, "money.budget_per_teacher": budget})
    equal = run(equal_pot, main.strategies, count, "at equal spending")
    rows = []
    for name, mean in _means(equal, "cost_total").items():
        if name == NONE:
            rows.append((name, 0.0, mean, np.nan, False))
        elif name in apart:
            rows.append((name, stretched[name], mean, np.nan, True))
        else:
            rows.append((name, stretched[name], mean, mean / target, abs(mean / target - 1.0) > TOLERANCE))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return EqualSpending(equal, table, _notes(table, target, budget, apart))


def _means(runs: Any, outcome: str) -> dict[str, float]:
    """Mean of an outcome by strategy; NaN where all its runs failed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the mean of nothing
        return dict(zip(runs.strategies, np.nanmean(runs.outcome(outcome), axis=0).tolist(), strict=True))


def _frees(per_pupil: float) -> str:
    """What a strategy does that does not spend, in words; US dollars a pupil and year, not above 0."""
    return f"frees {-per_pupil:,.0f} US dollars a pupil and year" if per_pupil < 0.0 else "spends nothing"


def _notes(table: pd.DataFrame, target: float, budget: float, apart: dict[str, float]) -> list[str]:
    lines = [f"equal spending: a pot of {target:,.0f} US dollars, {budget:,.0f} per teaching post and year of support"]
    for name, per_pupil in apart.items():
        lines.append(
            f"equal spending: {name} {_frees(per_pupil)}, so it has no part in that pot: its differences are not at "
            "equal spending"
        )
    for row in table[table["differs"] & ~table["strategy"].isin(list(apart))].itertuples():
        lines.append(
            f"equal spending: {row.strategy} spends {row.spending:,.0f} US dollars, {row.share_of_target - 1:+.0%} "
            "against that pot: its differences are not at equal spending"
        )
    return lines
