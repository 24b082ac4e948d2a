"""The figure of the answer on teams: where team teachers stand, what it costs, what is left of it, against coaches."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from diffusion_sim.systems.opportunity_culture_told import MATHS, READS
from diffusion_sim.viz.marks import FOOTNOTE, INK, plain, signed

if TYPE_CHECKING:
    from diffusion_sim.systems.results import Answer

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#6E6E6E"
SUBJECTS = (("maths", "mathematics", BLUE, MATHS), ("reading", "reading", ORANGE, READS))
LEFT = {
    "members_part": "than without teams",
    "naive_part": "than in schools without teams",
    "within_part": "than colleagues without a team,\nsame school and year",
}
ARMS = {
    "teams": "teams in all schools\nthat want them",
    "teams_in_some": "teams in half of them",
    "coaches_at_equal_net_spending": "coaches, as much\nmoney as teams",
    "coaches": "coaches, their own\nprice",
}


def draw(answer: Answer) -> Figure:
    """Four panels: percentile by year in a team; net cost by year; what is left of the gain; teams and coaches.

    answer : of opportunity_culture. Returns the figure.
    """
    found = answer.quantities.set_index("key")
    figure = Figure(figsize=(13.0, 8.0))
    _places(figure.add_axes((0.05, 0.115, 0.355, 0.65)), found)
    _money(figure.add_axes((0.5, 0.53, 0.185, 0.235)), found)
    _left(figure.add_axes((0.655, 0.115, 0.315, 0.215)), found)
    _arms(figure.add_axes((0.825, 0.53, 0.145, 0.235)), found)
    _words(figure, found, answer)
    return figure


def _words(figure: Figure, found: Any, answer: Answer) -> None:
    last = max(_years(found))
    at = found["mean"]
    head = (
        f"In the third year of a team its median teacher stands at percentile {at['maths_3']:.0f} in mathematics and "
        f"{at['reading_3']:.0f} in reading, from {at['before_3']:.0f} without teams; in year {last} at "
        f"{at[f'maths_{last}']:.0f} and {at[f'reading_{last}']:.0f}. The article says 75 to 85 and 66 to 72"
    )
    figure.text(0.012, 0.98, textwrap.fill(head, 108), fontsize=14, fontweight="bold", color=INK, va="top")
    told = (
        f"Scenario {answer.scenario.id}: means over {answer.provenance['replicates']} seeds, bars are 95 % intervals; "
        "the same schools, people and chances in every arm. Percentile: place among all teachers' pupils' gains of the "
        "same year in the run without teams."
    )
    figure.text(0.012, 0.895, textwrap.fill(told, 165), fontsize=9.5, color=INK, va="top")
    for x, y, text in (
        (0.012, 0.825, "Where the median team teacher's pupils' gain stands"),
        (0.445, 0.825, "What teams cost net"),
        (0.715, 0.825, "Pupils' gain over all years against\nno programme, and its net price"),
        (0.445, 0.405, "In year 3, where half of a school is in teams,\nteam teachers' pupils gain more …"),
    ):
        figure.text(x, y, text, fontsize=11, fontweight="bold", color=INK, va="top", linespacing=1.15)
    figure.text(0.012, 0.015, FOOTNOTE.partition(" Equity")[0], fontsize=8.5, color=INK)


def _years(found: Any) -> list[int]:
    """Years in a team that somebody came to."""
    return [k for k in range(1, 50) if f"maths_{k}" in found.index and found.loc[f"maths_{k}", "n"] > 0]


def _places(ax: Axes, found: Any) -> None:
    """Percentile by year in a team; the article's bands; the same teachers without teams."""
    years = _years(found)
    for shift, (subject, name, colour, (low, high)) in zip((-0.04, 0.04), SUBJECTS, strict=True):
        ax.axhspan(low, high, color=colour, alpha=0.13, linewidth=0)
        ax.text(0.62, (low + high) / 2, f"article: {name}", va="center", fontsize=9.5, color=colour)
        its = found.loc[[f"{subject}_{k}" for k in years]]
        ends = np.array([its["mean"] - its["low"], its["high"] - its["mean"]])
        ax.errorbar(np.array(years) + shift, its["mean"], yerr=ends, color=colour, marker="o", linewidth=2, capsize=2)
        up = 1.0 if subject == "maths" else -1.0
        ax.annotate(
            f"{name} {its['mean'].iloc[-1]:.0f}", (years[-1] + shift, its["mean"].iloc[-1]), (10, 6 * up),
            textcoords="offset points", color=colour, fontsize=10, fontweight="bold", va="center",
            annotation_clip=False,
        )  # fmt: skip
    before = found.loc[[f"before_{k}" for k in years], "mean"]
    ax.plot(years, before, color=GREY, linewidth=1.6, linestyle=(0, (4, 2)))
    ax.annotate(
        f"the same teachers\nwithout teams {before.iloc[-1]:.0f}", (years[-1], before.iloc[-1]), (10, -4),
        textcoords="offset points", color=GREY, fontsize=9.5, va="center", annotation_clip=False,
    )  # fmt: skip
    as_told = found.loc[[f"maths_article_{k}" for k in years], "mean"]
    ax.plot(years, as_told, color=BLUE, linewidth=1.3, linestyle=":", marker=".")
    middle = len(years) // 2
    ax.annotate(
        "mathematics, counted from the\n50th as the article does", (years[middle], as_told.iloc[middle]), (-120, 30),
        textcoords="offset points", color=BLUE, fontsize=9, arrowprops={"arrowstyle": "-", "color": BLUE, "lw": 0.8},
    )  # fmt: skip
    ax.set_xlim(0.55, years[-1] + 1.2)
    ax.set_ylim(30, 95)
    ax.set_xticks(years)
    ax.set_xlabel("year in a team", color=INK, fontsize=9.5)
    ax.set_ylabel("percentile of teachers without teams", color=INK, fontsize=9.5)
    plain(ax)


def _money(ax: Axes, found: Any) -> None:
    """Net cost of each year of the run."""
    years = [k for k in range(1, 50) if f"net_year_{k}" in found.index]
    its = found.loc[[f"net_year_{k}" for k in years]]
    ends = np.array([its["mean"] - its["low"], its["high"] - its["mean"]])
    ax.bar(years, its["mean"], yerr=ends, color=["#9BC4E2" if x > 0 else "#B5D8B0" for x in its["mean"]], capsize=2)
    for year, mean, high in zip(years, its["mean"], its["high"], strict=True):
        ax.text(year, max(high, 0) + 3, f"{mean:,.0f}".replace("-", "−"), ha="center", fontsize=9.5, color=INK)
    ax.axhline(0, color=INK, linewidth=0.9)
    ax.set_xticks(years)
    ax.set_ylim(min(its["low"].min(), 0) - 8, its["high"].max() + 18)
    ax.set_xlabel("school year (below 0: frees money)", color=INK, fontsize=9.5)
    ax.set_ylabel("US dollars a pupil", color=INK, fontsize=9.5)
    plain(ax)
    ax.grid(axis="x", visible=False)


def _left(ax: Axes, found: Any) -> None:
    """Team teachers against themselves, other schools, colleagues; both subjects."""
    for row, name in enumerate(LEFT):
        for shift, (subject, _, colour, _) in zip((-0.16, 0.16), SUBJECTS, strict=True):
            its = found.loc[f"{name}_{subject}"]
            ends = [[its["mean"] - its["low"]], [its["high"] - its["mean"]]]
            ax.errorbar(its["mean"], row + shift, xerr=ends, color=colour, marker="o", markersize=6, linewidth=1.7)
            told = f"{its['mean']:.3f}".lstrip("0")
            ax.text(its["high"] + 0.002, row + shift, told, va="center", fontsize=9, color=colour)
    ax.axvline(0, color=INK, linewidth=0.9)
    ax.set_yticks(range(len(LEFT)), [f"… {text}" for text in LEFT.values()])
    ax.set_ylim(len(LEFT) - 0.5, -0.5)
    ax.set_xlabel("SD of pupils a year (blue mathematics, orange reading)", color=INK, fontsize=9.5)
    ax.xaxis.set_major_formatter(lambda x, _: signed(round(x, 3)))
    plain(ax)
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)


def _arms(ax: Axes, found: Any) -> None:
    """Pupils' gain over all years against none, with what it costs."""
    for row, arm in enumerate(ARMS):
        its, price = found.loc[f"gain_{arm}"], found.loc[f"net_{arm}", "mean"]
        ends = [[its["mean"] - its["low"]], [its["high"] - its["mean"]]]
        colour = GREY if arm.startswith("coaches") else BLUE
        ax.errorbar(its["mean"], row, xerr=ends, color=colour, marker="o", markersize=6, linewidth=1.7)
        ax.text(its["high"] + 0.008, row - 0.12, f"${price:,.0f}", va="bottom", fontsize=9.5, color=colour)
    ax.axvline(0, color=INK, linewidth=0.9)
    ax.set_yticks(range(len(ARMS)), list(ARMS.values()))
    ax.set_ylim(len(ARMS) - 0.5, -0.75)
    ax.set_xlim(right=max(found.loc[f"gain_{arm}", "high"] for arm in ARMS) + 0.07)
    ax.set_xlabel("SD ($: a pupil and year)", color=INK, fontsize=9.5)
    plain(ax)
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
