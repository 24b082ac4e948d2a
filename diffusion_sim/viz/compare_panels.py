"""Panels of the figure of a comparison: a measure over time, and on its right what the strategies come to."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from numpy.typing import NDArray

from diffusion_sim.measures import SUPPORT_END
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.viz.colours import dark
from diffusion_sim.viz.compare_facts import NONE, PARTS, RATIO, Facts, Panel, level
from diffusion_sim.viz.marks import INK, plain, signed

SIGN = "*"  # no comparison with none here: a footnote says why
_FACTORS = (0.2, 0.25, 0.33, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 5.0)


def in_order(panel: Panel, facts: Facts) -> list[str]:
    """Strategies as they end on the left, highest first; those without a line last."""
    found = facts.series[(facts.series["measure"] == panel.measure) & (facts.series["week"] == facts.weeks)]
    end = found.set_index("strategy")["mean"]
    shown = {arm: end[arm] for arm in drawn(panel, facts) if np.isfinite(end[arm])}
    return sorted(facts.arms, key=lambda arm: (arm not in shown, -shown.get(arm, 0.0)))


def drawn(panel: Panel, facts: Facts) -> list[str]:
    """Strategies whose line is drawn: of the ratio not ``none``, where hardly anybody is in deep use."""
    return [arm for arm in facts.arms if panel.measure != RATIO or arm != NONE]


def lines(ax: Axes, panel: Panel, facts: Facts) -> dict[str, float]:
    """One measure over time, a line a strategy; returns where lines end."""
    ends = {}
    for arm in drawn(panel, facts):
        look = facts.looks[arm]
        rows = _of(facts.series, arm, panel)
        x = rows["week"].to_numpy() / WEEKS_PER_YEAR
        mean, low, high = (panel.scale * rows[name].to_numpy() for name in ("mean", "low", "high"))
        if rows["n"].max() > 1 and panel.measure != RATIO:
            ax.fill_between(x, low, high, color=look.colour, alpha=0.13, linewidth=0)
        ax.plot(x, mean, color=look.colour, linestyle=look.dash, linewidth=2)
        if facts.usual is not None:
            rows = _of(facts.usual, arm, panel)
            ax.plot(rows["week"].to_numpy() / WEEKS_PER_YEAR, panel.scale * rows["mean"].to_numpy(), color=look.colour,
                    linestyle=":", linewidth=1.5)  # fmt: skip
        if np.isfinite(mean[-1]):
            ends[arm] = float(mean[-1])
    years, support = facts.weeks / WEEKS_PER_YEAR, facts.support / WEEKS_PER_YEAR
    ax.set_xlim(0, years)
    ax.margins(y=0.08)
    if panel.measure == RATIO:
        ax.axhline(1.0, color=INK, linewidth=0.8)
    else:
        ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]) if panel.scale == 1.0 else 0.0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    plain(ax)
    if support < years:
        ax.axvline(support, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
    return ends


def _of(table: Any, arm: str, panel: Panel) -> Any:
    return table[(table["strategy"] == arm) & (table["measure"] == panel.measure)]


def right(ax: Axes, panel: Panel, facts: Facts, order: list[str]) -> str:
    """What the strategies come to, a row each; returns in words what the marks are."""
    if panel.measure == RATIO:
        said = _chain(ax, facts, order)
    elif facts.compared(panel):
        said = _differences(ax, panel, facts, order)
    else:
        said = _levels(ax, panel, facts, order)
    ax.set_ylim(len(order) - 0.5, -0.5)
    ax.set_yticks(range(len(order)), [""] * len(order))
    plain(ax)
    ax.tick_params(axis="y", length=0)
    return said


def _differences(ax: Axes, panel: Panel, facts: Facts, order: list[str]) -> str:
    """Paired differences to the baseline with 95 % intervals: at the end of support (hollow) and at the end (full)."""
    for row, arm in enumerate(order):
        look = facts.looks[arm]
        for (value, low, high), shift, marker, full in _marks(arm, panel, facts) if arm != facts.baseline else ():
            ax.plot([low, high], [row + shift] * 2, color=look.colour, linewidth=2, solid_capstyle="butt")
            ax.plot(value, row + shift, marker=marker, markersize=6.5, color=look.colour, markeredgewidth=1.5,
                    markerfacecolor=look.colour if full else "white")  # fmt: skip
    ax.axvline(0, color=INK, linewidth=0.9)
    ax.margins(x=0.1)
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(signed))
    own = "\n◇ own − usual rules" if len(facts.effect) else ""
    return f"difference to {facts.baseline.replace('_', ' ')}, {panel.points}\n○ support's end  ● run's end{own}"


def _marks(arm: str, panel: Panel, facts: Facts) -> list[tuple[NDArray[Any], float, str, bool]]:
    """What stands in an arm's row: difference, low and high; place; marker; whether it is full."""
    kinds = [(facts.differences, panel.right + SUPPORT_END, "o", False), (facts.differences, panel.right, "o", True)]
    kinds += [(facts.effect, panel.right, "D", False)] if len(facts.effect) else []
    places = (-0.26, 0.0, 0.26) if len(kinds) == 3 else (-0.16, 0.16)
    marks = []
    for place, (table, name, marker, full) in zip(places, kinds, strict=True):
        rows = table[table["strategy"].eq(arm) & table["measure"].eq(name)]
        for values in panel.scale * rows[["difference", "low", "high"]].to_numpy(float):
            if np.isfinite(values[0]):  # none where all runs of an arm failed
                marks.append((values, place, marker, full))
    return marks


def _chain(ax: Axes, facts: Facts, order: list[str]) -> str:
    """The ratio as a product: three bars one after the other, from 1 to the ratio."""
    reached = [1.0]
    for row, arm in enumerate(order):
        factors = np.array([level(facts, arm, name)[0] for name in PARTS])
        if arm == NONE or not (np.isfinite(factors).all() and (factors > 0.0).all()):
            ax.text(0.5, row, SIGN if arm == NONE else "no value", transform=ax.get_yaxis_transform(), ha="center",
                    va="center", fontsize=11, color=INK)  # fmt: skip
            continue
        at = np.concatenate([[1.0], np.cumprod(factors)])
        colour = facts.looks[arm].colour
        for part, y in enumerate((row - 0.24, row, row + 0.24)):
            ax.plot(at[part : part + 2], [y, y], color=colour, linewidth=4, solid_capstyle="butt")
            if part < 2:
                ax.plot([at[part + 1]] * 2, [y, y + 0.24], color=colour, linewidth=0.8)
        ax.plot(at[-1], row + 0.24, marker="o", markersize=6, color=colour)
        reached += at.tolist()
    ax.set_xscale("log")
    low, high = min(reached) / 1.06, max(reached) * 1.06
    ax.set_xlim(low, high)
    inside = [f for f in _FACTORS if low <= f <= high]
    step = -(-len(inside) // 4)
    kept = [f for f in inside if (_FACTORS.index(f) - _FACTORS.index(1.0)) % max(step, 1) == 0]
    ax.xaxis.set_major_locator(FixedLocator(kept))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.axvline(1.0, color=INK, linewidth=0.9)
    return "bars from top: began × went on\n× came to deep use = ● ratio"


def _levels(ax: Axes, panel: Panel, facts: Facts, order: list[str]) -> str:
    """Levels at the end of the run with 95 % intervals; of spending also what .1 SD more of pupils' gain takes."""
    money = panel.right.startswith("cost_")
    for row, arm in enumerate(order):
        value, low, high = panel.scale * level(facts, arm, panel.right)
        look = facts.looks[arm]
        if np.isfinite(value):
            ax.plot([low, high], [row] * 2, color=look.colour, linewidth=2, solid_capstyle="butt")
            ax.plot(value, row, marker="o", markersize=6.5, color=look.colour)
        dear = facts.tenth.get(arm, np.nan)
        if money and np.isfinite(dear):
            ax.text(1.0, row, f"{dear:,.0f} ", transform=ax.get_yaxis_transform(), ha="right", va="center",
                    fontsize=9.5, color=dark(look.colour))  # fmt: skip
    ax.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    begin, end = ax.get_xlim()
    begin, room = min(0.0, begin), 1.45 if money and facts.tenth else 1.06
    ax.set_xlim(begin, begin + room * (end - begin))
    said = f"{panel.points}{SIGN}"
    return said + ("\nright: $ a pupil for .1 SD of gain" if money and facts.tenth else "")
