"""The answer of the Achievement Network's question as one figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from diffusion_sim.viz.marks import FOOTNOTE, INK

if TYPE_CHECKING:
    from diffusion_sim.systems.results import Answer

UNIFORM, BLUE, ORANGE, GREY, BAND = "uniform_90_10", "#0072B2", "#D55E00", "#8A8A8A", "#F3DFA2"
ARTICLE = (4.0, 7.0)  # months that schools with the right conditions gained in two years, the article says
QUARTERS = {
    "readiest": "readiest\nquarter",
    "third": "third quarter",
    "second": "second quarter",
    "least_ready": "least ready\nquarter",
}
ARMS = {
    "unfitted_40_60": "40/60, the same for all",
    "differentiated_40_60": "40/60, hours for the\nschool's lowest condition",
    "fitted_by_readiness": "40/60 below readiness .5,\n90/10 above",
    "ready_schools_only": "90/10 in ready\nschools only",
    "conditions_first_year": "a year of conditions first,\nby the network",
    "district_first_year": "a year of conditions first,\nby the district",
}
SEEN = {
    "estimate": "what a trial sees",
    "true": "true effect",
    "matching": "matching",
    "spill": "spill-over\nto controls",
}
Rows = list[dict[str, float]]


def draw(answer: Answer) -> Figure:
    """Three panels: for whom it works, what a trial sees of it, what other forms add; returns the figure."""
    figure = Figure(figsize=(15.0, 6.8))
    left, middle, right = figure.subplots(1, 3, gridspec_kw={"width_ratios": [0.95, 0.62, 1.35]})
    figure.subplots_adjust(left=0.083, right=0.99, top=0.8, bottom=0.2, wspace=0.5)
    of = {row["key"]: row for row in answer.quantities.to_dict("records")}
    per_sd = float(answer.scenario["pupils.months_per_sd"])
    _for_whom(left, of)
    _seen_by_trial(middle, of, per_sd)
    _other_forms(right, of, per_sd, answer)
    figure.text(0.012, 0.97, answer.question, fontsize=15, fontweight="bold", color=INK, va="top")
    figure.text(0.012, 0.915, _headline(of), fontsize=11, color=INK, va="top")
    note = f"Means over {answer.provenance['replicates']} seeds with 95 % intervals; in months of learning. {FOOTNOTE}"
    figure.text(0.012, 0.02, note, fontsize=8.5, color=INK, va="bottom")
    return figure


def _headline(of: dict[str, Any]) -> str:
    total, ready, least = (of[f"{UNIFORM}.months.true.{g}"]["mean"] for g in ("all", "readiest", "least_ready"))
    return (
        f"The same interim tests and coaching of leaders for all (90/10) move pupils by {total:+.1f} months in two "
        f"years: {ready:+.1f} in the readiest quarter of schools, {least:+.1f} in the least ready."
    )


def _for_whom(ax: Axes, of: dict[str, Any]) -> None:
    """Months by quarter of readiness."""
    ax.axvspan(*ARTICLE, color=BAND, zorder=0)
    ax.text(
        sum(ARTICLE) / 2, -0.68, "ready schools,\nsays the article", ha="center", va="center", fontsize=9, color=INK
    )
    for key, label, colour, marker, shift, full in (
        (f"{UNIFORM}.months.true", "by true readiness at the start", BLUE, "o", 0.19, True),
        (f"{UNIFORM}.months.surveyed", "by surveyed readiness", ORANGE, "s", 0.0, False),
        ("uniform_no_load.months.true", "true readiness, were tests no burden", GREY, "D", -0.19, False),
    ):
        rows = [of[f"{key}.{group}"] for group in QUARTERS]
        _dots(ax, rows, [n - shift for n in range(len(rows))], colour, marker, full, label)
    _finish(ax, "For whom? 90/10 after two years", "months gained by the programme", list(QUARTERS.values()))
    ax.set_ylim(len(QUARTERS) - 0.5, -1.0)
    ax.legend(loc="upper left", bbox_to_anchor=(-0.12, -0.115), frameon=False, fontsize=9, handletextpad=0.1,
              labelspacing=0.25)  # fmt: skip


def _seen_by_trial(ax: Axes, of: dict[str, Any], per_sd: float) -> None:
    """Estimate, true effect, matching, spill-over, all supported schools."""
    keys = [f"{UNIFORM}.true.true.all" if name == "true" else f"{UNIFORM}.{name}" for name in SEEN]
    rows = [_times(of[key], per_sd) for key in keys]
    one = 1.96 * per_sd * of[f"{UNIFORM}.error"]["mean"]
    ax.plot([rows[0]["mean"] - one, rows[0]["mean"] + one], [0, 0], color=GREY, linewidth=6, alpha=0.35, zorder=1,
            solid_capstyle="butt")  # fmt: skip
    ax.text(
        rows[0]["mean"], 0.3, "grey: how far one\ntrial may be off", ha="center", va="center", fontsize=9, color=INK
    )
    _dots(ax, rows, [0, 1, 2, 3], BLUE, "o", True, "")
    _finish(ax, "What does a trial see of it?", "months, all supported schools", list(SEEN.values()))
    ax.set_ylim(3.5, -0.6)
    ax.text(0.5, -0.2, "what a trial sees =\ntrue effect + matching − spill-over", transform=ax.transAxes, ha="center",
            va="center", fontsize=9, color=INK)  # fmt: skip


def _other_forms(ax: Axes, of: dict[str, Any], per_sd: float, answer: Answer) -> None:
    """What each form of support does more than the uniform one, on the same seeds; what it costs; in how many draws."""
    sc = answer.scenario
    years = int(sc["programme.years_support"]) + int(sc["programme.years_after"])
    for when, label, colour, marker, shift, full in (
        ("trial", "after two years", GREY, "s", 0.15, False),
        ("end", f"after {years} years", BLUE, "o", -0.15, True),
    ):
        rows = [_times(of[f"{arm} - {UNIFORM}.{when}.all"], per_sd) for arm in ARMS]
        _dots(ax, rows, [n - shift for n in range(len(rows))], colour, marker, full, label)
    base = per_sd * of[f"{UNIFORM}.end.true.all"]["mean"]
    below = f"months more (right) or less (left) than 90/10 for all,\nwhich gains {base:+.1f} after {years} years"
    _finish(ax, "What do other forms buy?", below, list(ARMS.values()))
    ax.set_ylim(len(ARMS) - 0.5, -1.0)
    low, high = ax.get_xlim()
    columns = [("US $ a pupil\nand year\n(90/10: " + f"{of[f'{UNIFORM}.cost']['mean']:,.0f})", _costs(of))]
    if len(answer.draws):
        columns.append((f"ahead after\n{years} years, of\n{len(answer.draws)} draws", _ahead(answer)))
    wide = 0.4 * (high - low)
    for n, (head, cells) in enumerate(columns):
        x = high + (n + 0.5) * wide
        ax.text(x, -0.85, head, ha="center", va="center", fontsize=9, color=INK)
        for row, cell in enumerate(cells):
            ax.text(x, row, cell, ha="center", va="center", fontsize=10, color=INK)
    ticks = [tick for tick in ax.get_xticks() if low <= tick <= high]
    ax.set_xticks(ticks, [f"{tick:+g}".replace("-", "−") if tick else "0" for tick in ticks])
    ax.set_xlim(low, high + wide * len(columns))
    ax.legend(loc="upper left", bbox_to_anchor=(-0.1, -0.165), ncols=2, frameon=False, fontsize=9, handletextpad=0.1)


def _costs(of: dict[str, Any]) -> list[str]:
    return [f"{of[f'{arm}.cost']['mean']:,.0f}" for arm in ARMS]


def _ahead(answer: Answer) -> list[str]:
    return [f"{int((answer.draws[f'{arm} - {UNIFORM}.end.all'] > 0.0).sum())}" for arm in ARMS]


def _times(row: dict[str, Any], factor: float) -> dict[str, float]:
    return {end: factor * row[end] for end in ("mean", "low", "high")}


def _dots(ax: Axes, rows: Rows, places: list[Any], colour: str, marker: str, full: bool, label: str) -> None:
    """A dot with its interval for each row."""
    for row, place in zip(rows, places, strict=True):
        ax.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=1.6, zorder=2)
    ax.plot([row["mean"] for row in rows], places, linestyle="none", marker=marker, markersize=6.5, color=colour,
            markerfacecolor=colour if full else "white", label=label or None, zorder=3)  # fmt: skip


def _finish(ax: Axes, title: str, below: str, names: list[str]) -> None:
    """What all panels share."""
    ax.axvline(0.0, color=INK, linewidth=0.9, zorder=1)
    ax.set_title(title, fontsize=11.5, loc="left", color=INK, fontweight="bold")
    ax.set_xlabel(below, fontsize=9.5, color=INK)
    ax.set_yticks(range(len(names)), names, fontsize=9.5, color=INK)
    ax.tick_params(axis="x", labelsize=9, colors=INK)
    ax.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.grid(axis="x", color="#E4E4E4", linewidth=0.7)
    ax.set_axisbelow(True)
