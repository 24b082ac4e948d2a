"""The figure of the answer on staged districts: stages year by year, reach and deep use, leadership."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from diffusion_sim.viz.marks import FOOTNOTE, INK, plain, signed, spread

if TYPE_CHECKING:
    from diffusion_sim.systems.results import Answer

# Light to dark as far as a district has come; abandoned grey.
STAGES = {
    -1: ("abandoned", "#BDBDBD"), 1: ("1 team", "#DCE9F5"), 2: ("2 willing colleagues", "#A6CBE6"),
    3: ("3 focal grades", "#5FA3D0"), 4: ("4 whole schools", "#1F6FAE"), 5: ("5 the district", "#08306B"),
}  # fmt: skip
ARMS = {
    "five_stages": ("five stages", "#00473C", "-"),
    "big_bang_at_equal_spending": ("big-bang", "#D55E00", "-"),
    "broad_superficial_at_equal_spending": ("superficial", "#977049", (0, (4, 1.5))),
    "none": ("no programme", "#6E6E6E", (0, (1, 1))),
}
WHO = {
    "teachers": "teachers'\nwill", "principals": "principals'\nsupport",
    "superintendent": "superintendent's\nsupport", "board": "board's\nsupport",
}  # fmt: skip
LOW, HIGH = "#B2182B", "#2166AC"


def draw(answer: Answer) -> Figure:
    """Four panels: districts by stage at the ends of years; reach and deep use by year at equal spending; deep use two
    years after where one leadership is low or high.

    answer : of ed_partners. Returns the figure.
    """
    found = answer.quantities.set_index("key")
    figure = Figure(figsize=(13.0, 8.0))
    _stages(figure.add_axes((0.05, 0.115, 0.36, 0.61)), answer.tables["stages"])
    years = answer.tables["years"]
    end = _end(answer.tables["stages"])
    _lines(figure.add_axes((0.475, 0.505, 0.155, 0.22)), years, "reach", end)
    _lines(figure.add_axes((0.755, 0.505, 0.125, 0.22)), years, "deep_use", end)
    _leaders(figure.add_axes((0.555, 0.115, 0.415, 0.24)), found)
    _words(figure, found, answer, end)
    return figure


def _end(stages: Any) -> int:
    """Year in which support ends: the last but one that the table has."""
    return int(sorted(stages["year"].unique())[-2])


def _words(figure: Figure, found: Any, answer: Answer, end: int) -> None:
    at = found["mean"]

    def deep(arm: str) -> str:
        return f"{100 * at[f'{arm}.deep_use.after']:.0f}"

    head = (
        f"After {end} years {100 * at['five_stages.to_schools.end']:.0f} of 100 districts have gone beyond their "
        f"pilot schools and {_few(100 * at['five_stages.districts.5.end'])} in the last stage. Of the deep use that "
        f"the stages brought {100 * at['five_stages.kept']:.0f} % is there two years after; at equal spending big-bang "
        f"leaves {deep('big_bang_at_equal_spending')} % of teachers in deep use then, the stages "
        f"{deep('five_stages')} %, broad superficial roll-out {deep('broad_superficial_at_equal_spending')} %"
    )
    figure.text(0.012, 0.98, textwrap.fill(head, 112), fontsize=13.5, fontweight="bold", color=INK, va="top")
    told = (
        f"Scenario {answer.scenario.id}: means over {answer.provenance['replicates']} seeds, bars are 95 % intervals; "
        "the same districts, people and chances in every arm. Support ends at the dotted line."
    )
    figure.text(0.012, 0.855, told, fontsize=9.5, color=INK, va="top")
    for x, y, text in (
        (0.012, 0.80, "Where districts stand, of 100"),
        (0.445, 0.80, "Teachers who use it, %,\nat equal spending"),
        (0.725, 0.80, "In deep use, %,\nat equal spending"),
        (0.445, 0.405, "Five stages: deep use two years after, one leadership one SD lower or higher"),
    ):
        figure.text(x, y, text, fontsize=11, fontweight="bold", color=INK, va="top", linespacing=1.15)
    figure.text(0.012, 0.015, FOOTNOTE.partition(" Equity")[0], fontsize=8.5, color=INK)


def _few(count: float) -> str:
    return "none is" if count < 0.5 else f"{count:.0f} stand" if count >= 1.5 else "1 stands"


def _stages(ax: Axes, table: Any) -> None:
    """One bar a year, its parts districts by stage."""
    its = table[(table["strategy"] == "five_stages") & (table["value"] == "districts")]
    years = sorted(its["year"].unique())
    for place, year in enumerate(years):
        below = 0.0
        share = its[its["year"] == year].set_index("stage")["mean"]
        for stage, (_, colour) in STAGES.items():
            tall = 100.0 * float(share.get(stage, 0.0))
            ax.bar(place, tall, bottom=below, color=colour, width=0.72, edgecolor="white", linewidth=0.8)
            if tall >= 3.0:
                ax.text(place, below + tall / 2, f"{tall:.0f}", ha="center", va="center", fontsize=10,
                        color="white" if stage >= 4 else INK)  # fmt: skip
            below += tall
    ends = 100.0 * its[its["year"] == years[-1]].set_index("stage")["mean"].reindex(list(STAGES)).fillna(0.0)
    middles = (ends.cumsum() - ends / 2).tolist()
    for (name, _), height in zip(STAGES.values(), spread(middles, 5.0), strict=True):
        ax.text(len(years) - 0.56, height, name, va="center", fontsize=9.5, color=INK)
    ax.axvline(len(years) - 1.5, color=INK, linewidth=1.2, linestyle=":")
    names = [f"end of\nyear {year}" for year in years[:-1]] + [f"two years after\n(year {years[-1]})"]
    ax.set_xticks(range(len(years)), names)
    ax.set_xlim(-0.5, len(years) + 0.75)
    ax.set_ylim(0, 103)
    plain(ax)
    ax.grid(visible=False)


def _lines(ax: Axes, table: Any, measure: str, end: int) -> None:
    """A measure at the ends of years, each arm."""
    its = table[table["value"] == measure]
    lasts: list[tuple[float, str, str]] = []
    for arm, (name, colour, dash) in ARMS.items():
        own = its[its["strategy"] == arm].sort_values("year")
        ends = np.array([own["mean"] - own["low"], own["high"] - own["mean"]]) * 100.0
        ax.errorbar(own["year"], 100 * own["mean"], yerr=ends, color=colour, linestyle=dash, linewidth=2, capsize=2)
        lasts.append((100 * float(own["mean"].iloc[-1]), name, colour))
    ax.axvline(end, color=INK, linewidth=1.2, linestyle=":")
    last = int(its["year"].max())
    top = 100 * float(its[its["strategy"].isin(list(ARMS))]["high"].max()) * 1.08
    lasts.sort()
    for (value, name, colour), height in zip(lasts, spread([one[0] for one in lasts], top / 9.0), strict=True):
        ax.text(last + 0.2, height, f"{name} {value:.0f}", va="center", fontsize=9.5, color=colour, clip_on=False)
    ax.set_xlim(-0.1, last + 0.1)
    ax.set_ylim(0, top)
    ax.set_xticks(range(last + 1))
    ax.set_xlabel("years", color=INK, fontsize=9.5)
    plain(ax)


def _leaders(ax: Axes, found: Any) -> None:
    """By who: change of deep use two years after where it is low and where it is high, points."""
    for row, who in enumerate(WHO):
        for level, colour in (("low", LOW), ("high", HIGH)):
            its = 100.0 * found.loc[f"lead.{who}.{level}.deep_use.after", ["mean", "low", "high"]].astype(float)
            ax.plot([0, its["mean"]], [row, row], color=colour, linewidth=5, alpha=0.35, solid_capstyle="butt")
            ends = [[its["mean"] - its["low"]], [its["high"] - its["mean"]]]
            ax.errorbar(its["mean"], row, xerr=ends, color=colour, marker="o", markersize=6, linewidth=1.7)
            place, side = (its["low"] - 0.15, "right") if level == "low" else (its["high"] + 0.15, "left")
            ax.text(place, row, signed(round(its["mean"], 1)), va="center", ha=side, fontsize=9.5, color=colour)
    ax.axvline(0, color=INK, linewidth=0.9)
    ax.text(0.0, -0.62, "low   ", color=LOW, fontsize=10, ha="right", fontweight="bold")
    ax.text(0.0, -0.62, "   high", color=HIGH, fontsize=10, ha="left", fontweight="bold")
    ax.set_yticks(range(len(WHO)), list(WHO.values()))
    ax.set_ylim(len(WHO) - 0.5, -1.0)
    low, high = ax.get_xlim()
    ax.set_xlim(low - 0.08 * (high - low), high + 0.08 * (high - low))
    ax.xaxis.set_major_formatter(lambda x, _: signed(round(x, 3)))
    ax.set_xlabel("percentage points of all teachers", color=INK, fontsize=9.5)
    plain(ax)
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
