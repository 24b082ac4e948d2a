"""The figure of a budget: the measure against net spending, a line a strategy, filled where no other point beats it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from diffusion_sim.analysis.arms import NONE
from diffusion_sim.analysis.budget_tables import LEFT
from diffusion_sim.measures import COMPARED, MEASURE_INFO, SUPPORT_END
from diffusion_sim.measures.info import SMALLER
from diffusion_sim.viz.colours import dark, looks
from diffusion_sim.viz.marks import FOOTNOTE, INK, plain, readable, scale_of, spread

if TYPE_CHECKING:
    from diffusion_sim.analysis.budget_results import Budget

MOST_LINES = 7  # beside none, which is a level
_READ = (
    "Each point is a strategy with one budget. Filled: not beaten. Hollow: another point has {} for no more net money "
    "(the 95 % interval of the difference, paired by seed, excludes 0)."
)
HOW_READ = {False: _READ.format("more"), True: _READ.format("less")}  # by whether less is better


def drawn(found: Budget) -> tuple[list[str], list[str]]:
    """(strategies that are drawn, those left out beyond MOST_LINES). First those with most points on the front, then
    with the best value; returned in the order of the table."""
    table = found.table[found.table["strategy"] != NONE]
    sign = -1.0 if _smaller(found) else 1.0
    ranked = table.assign(best=sign * table["value"]).groupby("strategy", sort=False)
    order = ranked.agg(points=("on_front", "sum"), best=("best", "max"))
    order = order.sort_values(["points", "best"], ascending=False, kind="stable")
    chosen = list(order.index[:MOST_LINES])
    names = [str(name) for name in table["strategy"].unique()]
    return [name for name in names if name in chosen], [name for name in names if name not in chosen]


def budget_figure(found: Budget, ax: Axes | None = None) -> Figure:
    """Draw it; returns the figure. ax : None = a figure of its own, with title and words below."""
    own = ax is None
    figure = Figure(figsize=(10.5, 6.6)) if ax is None else ax.figure
    ax = figure.add_axes((0.075, 0.155, 0.67, 0.605)) if ax is None else ax
    arms, left_out = drawn(found)
    _points(ax, found, arms)
    if own:
        figure.text(0.012, 0.975, textwrap.fill(title(found, arms), 88), fontsize=14, fontweight="bold", color=INK,
                    va="top", linespacing=1.2, parse_math=False)  # fmt: skip
        read = textwrap.fill(f"{HOW_READ[_smaller(found)]} {_verdicts(found, arms)}", 150)
        figure.text(0.012, 0.872, read, fontsize=9.5, color=INK, va="top",
                    linespacing=1.25, parse_math=False)  # fmt: skip
        figure.text(0.012, 0.02, textwrap.fill(_below(found, left_out), 158), fontsize=8.5, color=INK, linespacing=1.3,
                    parse_math=False)  # fmt: skip
    return figure  # type: ignore[return-value]


def title(found: Budget, arms: list[str]) -> str:
    """The best mean for the least and for the most money, and what each costs."""
    table = found.table[found.table["strategy"].isin(arms) & found.table["on_front"]]
    budgets = sorted(table["budget"].unique())
    what = scale_of(found.measure).title
    if not budgets:
        return f"{what}: no point is on the front"
    ends = list(dict.fromkeys([budgets[0], budgets[-1]]))
    best = [table[table["budget"] == one].sort_values("value", ascending=_smaller(found)).iloc[0] for one in ends]
    names = [f" ({readable(row['strategy'])})" for row in best]
    if len(set(names)) == 1 < len(names):
        names[0] = ""
    said = [f"{found.say(row['value'])} for {_dollars(row['net'])}" for row in best]
    said[0] += " net a pupil and year"
    return f"{what}, the best means: {' and '.join(map(str.__add__, said, names))}"


def _verdicts(found: Budget, arms: list[str]) -> str:
    """Who is on the front with every budget, and who never is."""
    there = found.table[found.table["strategy"].isin(arms) & found.table["value"].notna()].groupby(
        "strategy", sort=False
    )["on_front"]
    always, never = there.all(), ~there.any()
    said = [("Beaten at no budget", always), ("Beaten at every budget", never)]
    return " ".join(f"{words}: {', '.join(map(readable, its.index[its]))}." for words, its in said if its.any())


def _smaller(found: Budget) -> bool:
    return {**MEASURE_INFO, **COMPARED}[found.measure.removesuffix(SUPPORT_END)].direction == SMALLER


def _dollars(value: float) -> str:
    text = f"{abs(value):,.0f}"
    return f"−${text}" if value < 0 and text != "0" else f"${text}"


def _below(found: Budget, left_out: list[str]) -> str:
    seeds = found.provenance["replicates"]
    spend = "hours stretch until the pot is used"
    said = [f"Scenario {found.scenario.id}; means over {seeds} seeds, the same for all; {spend}."]
    if left_out:
        said.append(f"Left out, with fewer points on the front: {', '.join(map(readable, left_out))}.")
    return " ".join([*said, FOOTNOTE])


def _points(ax: Axes, found: Budget, arms: list[str]) -> None:
    """Lines, points, none's level, and names on the right."""
    scale, table, look = scale_of(found.measure), found.table, looks([NONE, *arms])
    ends: dict[str, tuple[float, float]] = {}
    for arm in arms:
        rows = table[(table["strategy"] == arm) & table["value"].notna() & table["net"].notna()].sort_values("budget")
        if rows.empty:
            continue
        y = rows["value"] * scale.factor
        ax.plot(rows["net"], y, color=look[arm].colour, linestyle=look[arm].dash, linewidth=1.5, zorder=3)
        for row, height in zip(rows.itertuples(), y, strict=True):
            face = look[arm].colour if row.on_front else "white"
            ax.plot(row.net, height, marker=look[arm].marker, markersize=8.5 if row.on_front else 6.5, color="none",
                    markerfacecolor=face, markeredgecolor=look[arm].colour, markeredgewidth=1.4,
                    zorder=5 if row.on_front else 4)  # fmt: skip
        ends[arm] = float(rows["net"].iloc[-1]), float(y.iloc[-1])
    none = table[table["strategy"] == NONE]
    if len(none) and none["value"].notna().all():
        level = float(none["value"].iloc[0]) * scale.factor
        ax.axhline(level, color=look[NONE].colour, linewidth=1.2, linestyle=(0, (4, 2)))
        ends[NONE] = ax.get_xlim()[1], level
    _axes(ax, found, scale)
    _names(ax, found, ends, look)


def _axes(ax: Axes, found: Budget, scale: Any) -> None:
    net = found.table["net"].dropna()
    low, high = min(0.0, float(net.min())), max(0.0, float(net.max()))
    ax.set_xlim(low - 0.03 * (high - low), high + 0.03 * (high - low) or 1.0)
    if low < 0.0:
        ax.axvline(0.0, color=INK, linewidth=1.0)
        ax.text(0.0, 0.99, "frees money ← ", transform=ax.get_xaxis_transform(), ha="right", va="top", fontsize=9)
    if not _smaller(found) and ax.get_ylim()[0] > 0.0:
        ax.set_ylim(bottom=0.0)
    ax.set_xlabel("net spending, US dollars a pupil and year of the run", color=INK, fontsize=10)
    better = "less is better" if _smaller(found) else "more is better"
    unit = "%" if scale.factor == 100.0 else scale.unit
    ax.set_ylabel(f"{scale.title}, {unit}\n({better})", color=INK, fontsize=10)
    ax.xaxis.set_major_formatter(lambda x, _: _dollars(x))
    plain(ax)


def _names(ax: Axes, found: Budget, ends: dict[str, tuple[float, float]], look: Any) -> None:
    """Names beside the axes, led to from where each line ends; who cannot spend the pot is marked."""
    left = found.table[found.table["mark"] == LEFT].groupby("strategy")["left"].max()
    bottom, top = ax.get_ylim()
    order = sorted(ends, key=lambda arm: ends[arm][1])
    heights = spread([(ends[arm][1] - bottom) / (top - bottom) for arm in order], 0.085)
    for arm, height in zip(order, heights, strict=True):
        words = "no programme ($0)" if arm == NONE else readable(arm)
        if arm in left.index:
            words += f"\nleaves up to {left[arm]:.0%} of its pot".replace("%", " %")
        lead = {"arrowstyle": "-", "color": look[arm].colour, "linewidth": 0.8, "linestyle": ":", "relpos": (0, 0.5)}
        ax.annotate(words, xy=ends[arm], xytext=(1.03, height), textcoords="axes fraction", va="center", fontsize=9.5,
                    color=dark(look[arm].colour), arrowprops=lead, annotation_clip=False, linespacing=1.0,
                    parse_math=False)  # fmt: skip
