"""The figure of a comparison: three measures over time on the left, what each strategy changes on the right."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from diffusion_sim.analysis import paired
from diffusion_sim.analysis.over_time import over_time
from diffusion_sim.measures import SUPPORT_END
from diffusion_sim.school_year import WEEKS_PER_YEAR

if TYPE_CHECKING:
    from diffusion_sim.analysis.results import Comparison


class Panel(NamedTuple):
    """A row of the figure. points : unit of differences, percentage points; of the measure, per cent."""

    measure: str
    title: str
    axis: str


PANELS = (
    Panel("reach", "Reach: teachers who use the practice", "% of teachers"),
    Panel("deep_use", "Deep use: teachers who use it well", "% of teachers"),
    Panel(
        "equity_gap",
        "Equity gap in deep use: low-income pupils minus others (below 0: they meet less of it)",
        "percentage points",
    ),
)
FOOTNOTE = (
    "Simulated teachers. Strategies are compared under stated assumptions; these are not forecasts. "
    "Equity is between schools: pupils of one school meet the same teachers."
)
# Okabe and Ito's colours, told apart with any colour vision; neighbours in a list of strategies are of one family.
_COLOURS = ("#0072B2", "#56B4E9", "#D55E00", "#E69F00", "#009E73", "#CC79A7", "#000000")
_BASELINE = "#6E6E6E"
_INK, _FAINT = "#333333", "#B8B8B8"
_DASHES = ("-", (0, (4, 1.5)), (0, (1, 1)))


def compare_figure(comparison: Comparison, axes: Axes | Sequence[Axes] | None = None) -> Figure:
    """Draw a comparison; returns the figure.

    comparison : a Comparison with ``series``. axes : None = a figure of its own; six axes, left and right of each row,
    are filled in the same way; one Axes gets deep use over time.
    """
    facts = _facts(comparison)
    if isinstance(axes, Axes):
        _lines(axes, PANELS[1], facts)
        return axes.figure  # type: ignore[return-value]
    if axes is not None:
        cells = np.asarray(axes, dtype=object).reshape(len(PANELS), 2)
        figure = cells[0, 0].figure
    else:
        figure = Figure(figsize=(13.0, 11.5))
        cells = figure.subplots(len(PANELS), 2, width_ratios=[1.25, 1.0])
        longest = max(len(_readable(arm)) for arm in facts.arms)
        # Room between the columns for two names: the line's at its end, the difference's before it.
        between = 2 * 0.0054 * min(longest, 32) + 0.035
        top = 0.875 - 0.02 * (len(_under(facts)) - 1)
        figure.subplots_adjust(left=0.06, right=0.98, top=top, bottom=0.085, hspace=0.5)
        _columns(cells, 0.06, 0.98, between)
        _words(figure, facts)
    for row, panel in enumerate(PANELS):
        last = row == len(PANELS) - 1
        _lines(cells[row, 0], panel, facts, last)
        _dots(cells[row, 1], panel, facts, last)
    return figure


def _columns(cells: NDArray[Any], left: float, right: float, between: float) -> None:
    """Place the two columns, 1.25 to 1 in width, with ``between`` of the figure's width between them."""
    width = (right - left - between) / 2.25
    for row in cells:
        for ax, begin, share in ((row[0], left, 1.25 * width), (row[1], right - width, width)):
            box = ax.get_position()
            ax.set_position((begin, box.y0, share, box.height))


class _Facts(NamedTuple):
    arms: list[str]
    baseline: str
    colours: dict[str, str]
    dashes: dict[str, Any]
    series: pd.DataFrame  # over_time
    differences: pd.DataFrame
    weeks: int
    support: int  # weeks
    replicates: int
    scenario: str
    usual: pd.DataFrame | None  # over_time, with the usual rules
    own: bool  # rules of the user's own are in force
    effect: pd.DataFrame  # these against the usual ones
    said: list[str]  # what is otherwise than the scenario says, and what is missing


def _facts(comparison: Comparison) -> _Facts:
    """What is drawn."""
    names = [panel.measure for panel in PANELS]
    series = over_time(comparison.series, names)
    arms = list(dict.fromkeys(series["strategy"]))
    said = comparison.provenance
    baseline = said.get("baseline", arms[0])
    weeks = int(series["week"].max())
    wanted = [name + end for name in names for end in (SUPPORT_END, "")]
    others = [arm for arm in arms if arm != baseline]
    colours = {baseline: _BASELINE}
    dashes: dict[str, Any] = {baseline: _DASHES[0]}
    for number, arm in enumerate(others):
        colours[arm] = _COLOURS[number % len(_COLOURS)]
        dashes[arm] = _DASHES[number // len(_COLOURS) % len(_DASHES)]
    return _Facts(
        arms, baseline, colours, dashes, series, paired.differences(comparison.runs, baseline, wanted), weeks,
        int(said.get("weeks_support", weeks)), comparison.runs["seed"].nunique(),
        str((said.get("scenario") or {}).get("id", "")),
        over_time(comparison.usual_series, names) if len(comparison.usual_series) else None,
        bool(said.get("rules")), comparison.against_usual, [comparison.failed, "; ".join(said.get("changed", []))],
    )  # fmt: skip


def _readable(arm: str) -> str:
    return arm.replace("_", " ")


# ---- words -----------------------------------------------------------------------------------------------------------


def _words(figure: Figure, facts: _Facts) -> None:
    """Title, what the marks mean, footnote."""
    title = textwrap.fill(_headline(facts), 105)
    figure.text(0.02, 0.982, title, fontsize=14, fontweight="bold", color=_INK, va="top", linespacing=1.25)
    under = "\n".join(_under(facts))
    figure.text(0.02, 0.955 - 0.025 * title.count("\n"), under, fontsize=10, color=_INK, va="top", linespacing=1.35)
    figure.text(0.02, 0.018, FOOTNOTE, fontsize=9, color=_INK, va="bottom")


def _under(facts: _Facts) -> list[str]:
    """The lines below the title."""
    runs = f"{facts.replicates} replicates" if facts.replicates > 1 else "1 replicate"
    band = "line = mean, band = middle 80 % of replicates" if facts.replicates > 1 else "one run each"
    under = [f"Scenario {facts.scenario}, {runs} on the same seeds; {band}"]
    under += ["Dotted: the same with the usual rules"] if facts.usual is not None else []
    return under + [textwrap.shorten(line, 175, placeholder=" ...") for line in facts.said if line]


def _headline(facts: _Facts) -> str:
    """The largest deep use at the end against the baseline's."""
    end = facts.series[(facts.series["week"] == facts.weeks) & (facts.series["measure"] == "deep_use")]
    level = end.set_index("strategy")["mean"]
    after = (facts.weeks - facts.support) / WEEKS_PER_YEAR
    when = f"{after:g} year{'s' * (after != 1)} after support" if after > 0 else "At the end of support"
    when = f"Under own rules, {when[0].lower()}{when[1:]}" if facts.own else when
    others = level.drop(facts.baseline, errors="ignore").dropna()
    if others.empty or facts.baseline not in level:
        return f"{when}, {level.iloc[0]:.0%} of teachers are in deep use"
    best = str(others.idxmax())
    if others[best] <= level[facts.baseline]:
        return f"{when}, no strategy leaves more deep use than {_readable(facts.baseline)}"
    plain = "without a programme" if facts.baseline == paired.NONE else f"under {_readable(facts.baseline)}"
    return (
        f"{when}, {_percent(others[best])} of teachers are in deep use under {_readable(best)}, "
        f"{_percent(level[facts.baseline])} {plain}"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.1f} %"


# ---- over time -------------------------------------------------------------------------------------------------------


def _lines(ax: Axes, panel: Panel, facts: _Facts, last: bool = True) -> None:
    """One measure over time, a line a strategy, named at its end."""
    years, support = facts.weeks / WEEKS_PER_YEAR, facts.support / WEEKS_PER_YEAR
    found = facts.series[facts.series["measure"] == panel.measure]
    ends = {}
    for arm in facts.arms:
        rows = found[found["strategy"] == arm]
        x, mean = rows["week"].to_numpy() / WEEKS_PER_YEAR, 100 * rows["mean"].to_numpy()
        if rows["n"].max() > 1:
            ax.fill_between(x, 100 * rows["low"].to_numpy(), 100 * rows["high"].to_numpy(), color=facts.colours[arm],
                            alpha=0.14, linewidth=0)
        ax.plot(x, mean, color=facts.colours[arm], linestyle=facts.dashes[arm], linewidth=2)
        if facts.usual is not None:
            rows = facts.usual[(facts.usual["strategy"] == arm) & (facts.usual["measure"] == panel.measure)]
            ax.plot(rows["week"].to_numpy() / WEEKS_PER_YEAR, 100 * rows["mean"].to_numpy(), color=facts.colours[arm],
                    linestyle=":", linewidth=1.5)  # fmt: skip
        if np.isfinite(mean[-1]):
            ends[arm] = mean[-1]
    ax.set_xlim(0, years)
    if panel.measure != "equity_gap":
        ax.set_ylim(bottom=0)
    else:
        ax.axhline(0, color=_INK, linewidth=0.8)
    ax.margins(y=0.08)
    ax.set_title(panel.title, loc="left", fontsize=11, fontweight="bold", color=_INK, pad=18)
    ax.set_ylabel(panel.axis, color=_INK)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    if last:
        ax.set_xlabel("school years", color=_INK)
    _plain(ax)
    if support < years:
        ax.axvline(support, color=_INK, linewidth=0.9, linestyle=(0, (2, 2)))
        over = ax.get_xaxis_transform()
        ax.text(support, 1.02, "with support ◂ ", transform=over, ha="right", fontsize=8.5, color=_INK)
        ax.text(support, 1.02, " ▸ on their own", transform=over, ha="left", fontsize=8.5, color=_INK)
    _name_ends(ax, ends, facts)


def _name_ends(ax: Axes, ends: dict[str, float], facts: _Facts) -> None:
    """Names to the right of the lines, moved apart where lines end close together."""
    bottom, top = ax.get_ylim()
    order = sorted(ends, key=ends.__getitem__)
    heights = [(ends[arm] - bottom) / (top - bottom) for arm in order]
    for arm, own, height in zip(order, heights, spread(heights, 0.095), strict=True):
        ax.annotate(
            _readable(arm), xy=(1.0, own), xytext=(1.04, height), xycoords="axes fraction", textcoords="axes fraction",
            va="center", ha="left", fontsize=9, color=_dark(facts.colours[arm]), annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": facts.colours[arm], "linewidth": 0.8, "shrinkA": 1, "shrinkB": 1},
        )  # fmt: skip


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Ascending heights moved as little as needed so that neighbours are ``gap`` apart: groups around their means."""
    groups: list[tuple[float, int]] = []  # (mean, members)
    for height in heights:
        groups.append((height, 1))
        while len(groups) > 1:
            (low, few), (high, many) = groups[-2:]
            if high - (many - 1) / 2 * gap - (low + (few - 1) / 2 * gap) >= gap - 1e-12:
                break
            groups[-2:] = [((low * few + high * many) / (few + many), few + many)]
    return [mean + (i - (members - 1) / 2) * gap for mean, members in groups for i in range(members)]


def _dark(colour: str) -> str:
    """A colour dark enough to read as text on white."""
    return {"#56B4E9": "#1C7FB8", "#E69F00": "#A87300", "#CC79A7": "#A8487F", "#009E73": "#00795A"}.get(colour, colour)


# ---- differences -----------------------------------------------------------------------------------------------------


def _dots(ax: Axes, panel: Panel, facts: _Facts, last: bool = True) -> None:
    """Paired differences to the baseline with 95 % intervals: at the end of support (hollow) and at the end (full)."""
    others = [arm for arm in facts.arms if arm != facts.baseline]
    for row, arm in enumerate(others):
        colour = facts.colours[arm]
        for (value, low, high), shift, marker, full in _marks(arm, panel.measure, facts):
            ax.plot([low, high], [row + shift] * 2, color=colour, linewidth=2, solid_capstyle="butt")
            ax.plot(value, row + shift, marker=marker, markersize=7, color=colour, markeredgewidth=1.6,
                    markerfacecolor=colour if full else "white")
    ax.axvline(0, color=_INK, linewidth=0.9)
    ax.set_ylim(len(others) - 0.5, -0.5)
    ax.set_yticks(range(len(others)), [_readable(arm) for arm in others])
    ax.margins(x=0.1)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+g}".replace("-", "−") if value else "0"))
    ax.set_title(f"Difference to {_readable(facts.baseline)}", loc="left", fontsize=11, fontweight="bold", color=_INK,
                 pad=18)
    own = "   ◇ own − usual rules" if len(facts.effect) else " interval"
    marks = f"○ end of support   ● end of run   bar = 95 %{own}"
    ax.text(0, 1.02, marks, transform=ax.transAxes, fontsize=8.5, color=_INK)
    if last:
        ax.set_xlabel("percentage points", color=_INK)
    _plain(ax)
    ax.tick_params(axis="y", length=0)
    for label, arm in zip(ax.get_yticklabels(), others, strict=True):
        label.set_color(_dark(facts.colours[arm]))


def _marks(arm: str, measure: str, facts: _Facts) -> list[tuple[NDArray[Any], float, str, bool]]:
    """What stands in an arm's row: difference, low and high in points; place; marker; whether it is full."""
    kinds = [(facts.differences, measure + SUPPORT_END, "o", False), (facts.differences, measure, "o", True)]
    kinds += [(facts.effect, measure, "D", False)] if len(facts.effect) else []
    places = (-0.26, 0.0, 0.26) if len(kinds) == 3 else (-0.16, 0.16)
    marks = []
    for place, (table, name, marker, full) in zip(places, kinds, strict=True):
        rows = table[table["strategy"].eq(arm) & table["measure"].eq(name)]
        for values in 100 * rows[["difference", "low", "high"]].to_numpy(float):
            if np.isfinite(values[0]):  # none where all runs of an arm failed
                marks.append((values, place, marker, full))
    return marks


def _plain(ax: Axes) -> None:
    """No frame, faint lines across."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(_FAINT)
    ax.tick_params(colors=_INK, labelsize=9)
    ax.grid(axis="both", color="#E6E6E6", linewidth=0.7)
    ax.set_axisbelow(True)
