"""What the figure of a comparison shows, computed before anything is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from diffusion_sim.analysis import harm, paired
from diffusion_sim.analysis.arms import NONE, PER_TENTH
from diffusion_sim.analysis.over_time import BAND, over_time
from diffusion_sim.analysis.per_pupil import PER_YEAR, WHOLE
from diffusion_sim.measures import MEASURE_INFO, SUPPORT_END, compares
from diffusion_sim.viz.colours import Look, looks

if TYPE_CHECKING:
    from diffusion_sim.analysis.results import Comparison

LOW, OTHER, RATIO = "exposure_low_income", "exposure_other", "equity_ratio"
PARTS = ("ratio_ever", "ratio_kept", "ratio_deepened")


class Panel(NamedTuple):
    """A row of the figure. measure : over time, on the left; right : at the end, on the right. scale : of values; unit,
    points : what they are then, and their differences."""

    measure: str
    title: str
    unit: str
    right: str
    scale: float = 100.0
    points: str = "percentage points"


PANELS = (
    Panel(LOW, "Deep use that low-income pupils meet", "% of their teachers", LOW),
    Panel(RATIO, "Its ratio to what other pupils meet", "above 1: low-income pupils meet more", RATIO, 1.0, "ratio"),
    Panel("poorest_quarter", "Deep use in the poorest quarter of schools", "% of teachers", "poorest_quarter"),
    Panel("reach", "Reach: all teachers who use the practice", "% of teachers", "reach"),
    Panel(WHOLE, "Net spending per pupil", "US dollars a pupil, so far", PER_YEAR, 1.0, "US dollars a pupil and year"),
)
DEEP = Panel("deep_use", "Deep use: teachers who use it well", "% of teachers", "deep_use")


class Facts(NamedTuple):
    """series, usual : columns of ``over_time``. at_end : strategy, measure, mean, low, high. own : rules of the user's
    own are in force; effect : these against the usual ones. tenth : strategy -> dollars a pupil for .1 SD more. said :
    what is otherwise than the scenario says, and what is missing. harm : who is worse off, in words."""

    panels: tuple[Panel, ...]
    arms: list[str]
    baseline: str
    looks: dict[str, Look]
    series: pd.DataFrame
    differences: pd.DataFrame
    at_end: pd.DataFrame
    weeks: int
    support: int  # weeks
    replicates: int
    scenario: str
    usual: pd.DataFrame | None
    own: bool
    effect: pd.DataFrame
    tenth: dict[str, float]
    said: list[str]
    harm: str

    def compared(self, panel: Panel) -> bool:
        """Whether differences to the baseline stand on the right of a panel, and not levels."""
        return compares(panel.right, self.baseline, MEASURE_INFO)


def facts_of(comparison: Comparison) -> Facts:
    """What is drawn."""
    series = summary(comparison.series)
    present = set(series["measure"])
    panels = tuple(panel for panel in PANELS if panel.measure in present)
    arms = list(dict.fromkeys(series["strategy"]))
    said = comparison.provenance
    baseline = said.get("baseline", arms[0])
    weeks = int(series["week"].max())
    wanted = [p.right + end for p in panels for end in (SUPPORT_END, "") if p.right + end in comparison.runs.columns]
    table = comparison.table
    tenth = table[table["measure"] == PER_TENTH].set_index("strategy")["mean"].to_dict()
    return Facts(
        panels, arms, baseline, looks(arms), series,
        paired.differences(comparison.runs, baseline, wanted), _at_end(comparison, panels), weeks,
        int(said.get("weeks_support", weeks)), comparison.runs["seed"].nunique(),
        str((said.get("scenario") or {}).get("id", "")),
        summary(comparison.usual_series) if len(comparison.usual_series) else None,
        bool(said.get("rules")), comparison.against_usual, tenth,
        [comparison.failed, "; ".join(said.get("changed", []))], _harm(comparison),
    )  # fmt: skip


def summary(series: pd.DataFrame) -> pd.DataFrame:
    """``over_time`` of what panels show, as far as it is there."""
    if PER_YEAR in series:
        series = series.assign(**{WHOLE: (series[PER_YEAR] * series["week"] / 36.0).fillna(0.0)})
    if {LOW, OTHER} <= set(series.columns):
        other = series[OTHER].where(series[OTHER] > 0.0)
        series = series.assign(**{RATIO: series[LOW] / other})
    names = [name for name in dict.fromkeys([*(p.measure for p in PANELS), DEEP.measure, OTHER]) if name in series]
    found = over_time(series, names)
    ratio = found["measure"] == RATIO
    if ratio.any():  # a ratio of means, as in the tables
        means = found.set_index(["measure", "strategy", "week"])["mean"]
        top, bottom = means[LOW], means[OTHER]
        whole = (top / bottom.where(bottom > 0.0)).reindex(
            pd.MultiIndex.from_frame(found.loc[ratio, ["strategy", "week"]])
        )
        found.loc[ratio, "mean"] = whole.to_numpy()
    return found


def _at_end(comparison: Comparison, panels: tuple[Panel, ...]) -> pd.DataFrame:
    """Levels at the end of the run: of what panels show on the right, and of the parts of the ratio."""
    names = [*(panel.right for panel in panels), *PARTS]
    names = [name for name in names if name in comparison.runs.columns]
    return paired.table(comparison.runs, names)[["strategy", "measure", "mean", "low", "high"]]


def level(facts: Facts, arm: str, measure: str) -> np.ndarray[Any, Any]:
    """(mean, low, high) at the end of the run; NaN where there is none."""
    table = facts.at_end
    rows = table[table["strategy"].eq(arm) & table["measure"].eq(measure)]
    return rows[["mean", "low", "high"]].to_numpy(float)[0] if len(rows) else np.full(3, np.nan)


def _harm(comparison: Comparison) -> str:
    """Draws in which a strategy leaves pupils, of all schools or of the poorest quarter, below ``none``."""
    found = comparison.harm
    if found.empty:
        return harm.UNKNOWN
    draws = int(found["draws"].max())
    wide = found.pivot(index="strategy", columns="measure", values="worse").reindex(found["strategy"].unique())
    order = [name for name in harm.WHOSE if name in wide.columns]
    whose = " / ".join(harm.WHOSE[name] for name in order)
    each = [f"{arm.replace('_', ' ')} " + " / ".join(str(n) for n in row) for arm, row in wide[order].iterrows()]
    return f"Harm: {whose}, in so many of {draws} draw{'s' * (draws != 1)}: {', '.join(each)}"


__all__ = ["BAND", "DEEP", "LOW", "NONE", "PANELS", "PARTS", "RATIO", "Facts", "Panel", "facts_of", "level", "summary"]
