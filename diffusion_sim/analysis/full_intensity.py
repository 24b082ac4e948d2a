"""The same comparison with compliant use as intense as owned use.

How intensely a teacher uses a practice because of a mandate is an assumption (learning.compliant_intensity), and
whether a use counts as deep depends on it. So strategies that mandate are compared with strategies that do not at 1 as
well, and a conclusion that holds only below 1 is said to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from diffusion_sim.analysis import paired
from diffusion_sim.errors import StudyError
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.words import BUILT_IN, built_in_parts

PATH = "learning.compliant_intensity"
MEASURES = (
    "exposure_low_income",
    "exposure_low_income_support_end",
    "poorest_quarter",
    "deep_use_support_end",
    "mean_depth_support_end",
    "equity_gap_support_end",
    "deep_use",
    "mean_depth",
    "equity_gap",
    "sustained_deep_use_1y",
    "pupil_gain_sd",
)
COLUMNS = [
    "strategy", "baseline", "measure", "difference", "low", "high", "difference_full", "low_full", "high_full", "holds",
    "n",
]  # fmt: skip
WHAT = "at full intensity"  # what these runs are called
_RUN = ["strategy", "replicate"]
_SHOWN = ("exposure_low_income", "poorest_quarter", "deep_use", "mean_depth", "equity_gap", "pupil_gain_sd")
FEWEST = 5  # seeds: paired differences of strategies are many times larger than their spread (docs/variance.md)
HOLDS, ONLY_BELOW, ONLY_FULL, UNDECIDED = "at both", "only below 1", "only at 1", "undecided"

Run = Callable[[Scenario, Iterable[str], int, str], Any]


def replicates_for(replicates: int, wanted: bool | None) -> int:
    """How many replicates run at intensity 1: all where asked for; else a quarter, FEWEST at least."""
    return replicates if wanted else min(replicates, max(FEWEST, replicates // 4))


def at_full_intensity(main: Any, run: Run, *, wanted: bool | None) -> pd.DataFrame | None:
    """Differences of arms that mandate to arms that do not, as stated and at intensity 1; columns COLUMNS.

    main : Runs as stated. run : carries out further runs on the first seeds of the same. wanted : False = None is
    returned; None = also where there is nothing to compare; True = then StudyError. Both differences are of the same
    seeds (``replicates_for``), so that one is not surer than the other.

    Whether an arm mandates is seen in its runs: somebody tried because of a mandate. Whom coaches ask may comply
    without one; arms in which nobody tried as compliant are the same at any intensity, so only the others run again.
    """
    if wanted is False:
        return None
    told, compliant = main.outcome("flow_trial_mandate"), main.outcome("flow_trial_compliant")
    ran = [name for name, found in zip(main.strategies, np.isfinite(told).any(axis=0), strict=True) if found]
    many, comply = (dict(zip(main.strategies, np.nansum(flow, axis=0), strict=True)) for flow in (told, compliant))
    mandating = [name for name in ran if many[name] > 0]
    others = [name for name in ran if name not in mandating and name != paired.NONE]
    if not mandating or not others or float(main.scenario[PATH]) == 1.0:
        if wanted:
            raise StudyError(
                f"full_intensity: needs a strategy that mandates, one that does not, and {PATH} below 1; "
                f"mandating are {', '.join(mandating) or 'none'}, others {', '.join(others) or 'none'}"
            )
        return None
    count = replicates_for(len(main.seeds), wanted)
    again = [name for name in (*mandating, *others) if comply[name] > 0]
    full = run(main.scenario.override({PATH: 1}), again, count, WHAT).frame()
    stated = main.frame()
    stated = stated[stated["replicate"] < count].copy()
    _leave_out_lost(stated, full)
    unchanged = stated[~stated["strategy"].isin([*again, paired.NONE])]
    second = pd.concat([full, unchanged], ignore_index=True)
    pairs = [(a, b) for a in mandating for b in others]
    columns = ["strategy", "baseline", "measure"]
    below = paired.differences_between(stated, pairs, MEASURES)[[*columns, "difference", "low", "high", "n"]]
    at_one = paired.differences_between(second, pairs, MEASURES)[[*columns, "difference", "low", "high"]]
    table = below.merge(at_one, on=columns, suffixes=("", "_full"))
    table["holds"] = [_holds(row) for row in table.itertuples()]
    return table[COLUMNS]


def _leave_out_lost(stated: pd.DataFrame, full: pd.DataFrame) -> None:
    """Where one of a strategy's two runs on a seed failed, let neither count."""
    lost: set[tuple[Any, ...]] = set()
    for frame in (stated, full):
        lost |= set(frame.loc[frame["status"] != "ok", _RUN].itertuples(index=False, name=None))
    for frame in (stated, full) if lost else ():
        rows = [run in lost for run in frame[_RUN].itertuples(index=False, name=None)]
        frame.loc[rows, frame.columns[frame.columns.get_loc("seconds") + 1 :]] = np.nan


def _sign(low: float, high: float) -> int:
    """1 or -1 where the interval excludes 0, else 0."""
    return int(low > 0) - int(high < 0)


def _holds(row: Any) -> str:
    stated, full = _sign(row.low, row.high), _sign(row.low_full, row.high_full)
    if stated == 0:
        return ONLY_FULL if full else UNDECIDED
    return HOLDS if stated == full else ONLY_BELOW


def alike(table: pd.DataFrame, sc: Scenario) -> list[tuple[str, str]]:
    """Pairs of strategies that differ in recruitment alone; all pairs where there are none."""
    pairs = sorted({(row.strategy, row.baseline) for row in table.itertuples()})
    return [pair for pair in pairs if _support(pair[0], sc) == _support(pair[1], sc)] or pairs


def summary(table: pd.DataFrame, sc: Scenario) -> list[str]:
    """A line for each pair of ``alike`` strategies: what the stated intensity and intensity 1 show."""
    lines = []
    for strategy, baseline in alike(table, sc):
        rows = table[(table["strategy"] == strategy) & (table["baseline"] == baseline)]
        if not rows["n"].max() > 0:
            continue  # all failed
        shown = [
            f"{row.measure} {row.difference:+.3g} (at 1 {row.difference_full:+.3g})"
            for row in rows.itertuples()
            if row.measure in _SHOWN
        ]
        lines.append(
            f"compliant use as intense as owned use, {strategy} against {baseline}, {_seeds(rows['n'].max())}: "
            + ", ".join(shown)
        )
    return lines


def notes(table: pd.DataFrame, sc: Scenario) -> list[str]:
    """A line for each conclusion that holds only below intensity 1, of the pairs of ``alike``."""
    value = float(sc[PATH])
    pairs = set(alike(table, sc))
    lines = []
    for row in table.itertuples():
        if row.holds != ONLY_BELOW or (row.strategy, row.baseline) not in pairs:
            continue
        lines.append(
            f"holds only while compliant use is less intense than owned use ({PATH} {value:g}, not 1): {row.strategy} "
            f"against {row.baseline}, {_seeds(row.n)}, {row.measure} {row.difference:+.3g} "
            f"({row.low:.3g} to {row.high:.3g}); "
            f"at 1 {row.difference_full:+.3g} ({row.low_full:.3g} to {row.high_full:.3g})"
        )
    return lines


def _seeds(n: Any) -> str:
    return f"{n:.0f} seed" + ("" if n == 1 else "s")


def _support(strategy: str, sc: Scenario) -> Any:
    """What a strategy gives those who take part: its parts but for recruitment and tempo; code is like nothing else."""
    if strategy in BUILT_IN:
        block: Any = built_in_parts(strategy)
    else:
        block = sc.section("strategies")[strategy]
        if "code" in block:
            return strategy
    return {part: block[part] for part in ("allocation", "content", "staffing", "testing")}
