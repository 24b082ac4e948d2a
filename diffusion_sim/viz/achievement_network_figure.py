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
QUARTERS = {"readiest": "readiest quarter", "third": "third", "second": "second", "least_ready": "least ready quarter"}
ARMS = {
    UNIFORM: "uniform 90/10",
    "unfitted_40_60": "40/60, the same for all",
    "differentiated_40_60": "40/60, differentiated",
    "fitted_by_readiness": "fitted by readiness",
    "ready_schools_only": "ready schools only",
    "conditions_first_year": "conditions first, by the network",
    "district_first_year": "conditions first, by the district",
}
SEEN = {
    "estimate": "what the trial sees",
    "true": "true effect",
    "matching": "matching",
    "spill": "spill-over to controls",
}


def draw(answer: Answer) -> Figure:
    """Three panels: for whom it works, what the trial sees of it, what each form of support leaves; returns the figure."""
    per_sd = float(answer.scenario["pupils.months_per_sd"])
    figure = Figure(figsize=(14.5, 6.6))
    left, middle, right = figure.subplots(1, 3, gridspec_kw={"width_ratios": [1.0, 0.72, 1.3]})
    figure.subplots_adjust(left=0.095, right=0.985, top=0.74, bottom=0.16, wspace=0.62)
    of = {row["key"]: row for row in answer.quantities.to_dict("records")}
    _for_whom(left, of)
    _seen_by_trial(middle, of, per_sd)
    _left_by_arms(right, of, per_sd, answer)
    figure.text(0.012, 0.965, answer.question, fontsize=15, fontweight="bold", color=INK, va="top")
    figure.text(0.012, 0.905, _headline(of), fontsize=11, color=INK, va="top")
    note = f"Dots: means over {answer.provenance['replicates']} seeds, lines: 95 % intervals. {FOOTNOTE}"
    figure.text(0.012, 0.025, note, fontsize=9, color=INK, va="bottom")
    return figure


def _headline(of: dict[str, Any]) -> str:
    ready, least = (of[f"{UNIFORM}.months.true.{group}"]["mean"] for group in ("readiest", "least_ready"))
    total = of[f"{UNIFORM}.months.true.all"]["mean"]
    return (
        f"The same interim tests and coaching for all move pupils by {total:+.1f} months in two years: "
        f"{ready:+.1f} in the readiest quarter of schools, {least:+.1f} in the least ready."
    )


def _for_whom(ax: Axes, of: dict[str, Any]) -> None:
    """Months by quarter of readiness."""
    ax.axvspan(*ARTICLE, color=BAND, zorder=0)
    ax.text(sum(ARTICLE) / 2, -0.62, "the article:\nready schools", ha="center", va="center", fontsize=8.5, color=INK)
    kinds = (
        (f"{UNIFORM}.months.true", "by true readiness", BLUE, "o", 0.17, True),
        (f"{UNIFORM}.months.surveyed", "by the survey", ORANGE, "s", 0.0, False),
        ("uniform_no_load.months.true", "if tests cost no school anything", GREY, "D", -0.17, False),
    )
    for key, label, colour, marker, shift, full in kinds:
        rows = [of[f"{key}.{group}"] for group in QUARTERS]
        _dots(ax, rows, [n - shift for n in range(len(rows))], colour, marker, full, label)
    _axes(ax, "For whom? Uniform 90/10, two years", "months of learning, with - without", list(QUARTERS.values()))
    ax.set_ylim(len(QUARTERS) - 0.5, -1.0)
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.13), ncols=3, frameon=False, fontsize=8.5, handletextpad=0.1,
              columnspacing=0.8)  # fmt: skip


def _seen_by_trial(ax: Axes, of: dict[str, Any], per_sd: float) -> None:
    """Estimate, true effect, matching, spill-over, all supported schools."""
    rows = [of["uniform_90_10.true.true.all" if name == "true" else f"{UNIFORM}.{name}"] for name in SEEN]
    rows = [{end: per_sd * row[end] for end in ("mean", "low", "high")} for row in rows]
    error = 1.96 * per_sd * of[f"{UNIFORM}.error"]["mean"]
    ax.plot([rows[0]["mean"] - error, rows[0]["mean"] + error], [0, 0], color=GREY, linewidth=5, alpha=0.35, zorder=1,
            solid_capstyle="butt")  # fmt: skip
    ax.text(
        rows[0]["mean"], 0.26, "grey: one trial's own\n95 % interval", ha="center", va="center", fontsize=8.5, color=INK
    )
    _dots(ax, rows, [0, 1, 2, 3], BLUE, "o", True, "")
    _axes(ax, "What does a trial see of it?", "months, all supported schools", list(SEEN.values()))
    ax.set_ylim(3.5, -0.5)


def _left_by_arms(ax: Axes, of: dict[str, Any], per_sd: float, answer: Answer) -> None:
    """True effect of each arm after the trial and at the end, with its cost."""
    years = int(answer.scenario["programme.years_support"]) + int(answer.scenario["programme.years_after"])
    for key, label, colour, marker, shift, full in (
        ("true", "after two years", GREY, "s", 0.13, False),
        ("end", f"after {years} years", BLUE, "o", -0.13, True),
    ):
        rows = [of[f"{arm}.{key}.true.all"] for arm in ARMS]
        rows = [{end: per_sd * row[end] for end in ("mean", "low", "high")} for row in rows]
        _dots(ax, rows, [n - shift for n in range(len(rows))], colour, marker, full, label)
    _axes(ax, "What does each form of support leave?", "months of learning, with - without", list(ARMS.values()))
    ax.set_ylim(len(ARMS) - 0.5, -1.0)
    low, high = ax.get_xlim()
    ax.set_xlim(low, high + 0.62 * (high - low))
    ahead = {row["key"]: row for row in answer.statements.to_dict("records")}
    ax.text(
        high + 0.16 * (high - low), -0.62, "US $ a pupil\nand year", ha="center", va="center", fontsize=8.5, color=INK
    )
    drawn = len(answer.draws)
    if drawn:
        ax.text(high + 0.45 * (high - low), -0.62, "ahead of uniform\nin draws", ha="center", va="center", fontsize=8.5,
                color=INK)  # fmt: skip
    for n, arm in enumerate(ARMS):
        ax.text(high + 0.16 * (high - low), n, f"{of[f'{arm}.cost']['mean']:,.0f}", ha="center", va="center", fontsize=9,
                color=INK)  # fmt: skip
        if drawn and (key := f"{arm} - {UNIFORM}.end.all") in answer.draws:
            share = f"{int((answer.draws[key] > 0.0).sum())} of {drawn}"
            ax.text(high + 0.45 * (high - low), n, share, ha="center", va="center", fontsize=9, color=INK)
    del ahead
    ax.legend(loc="upper center", bbox_to_anchor=(0.3, -0.13), ncols=2, frameon=False, fontsize=8.5, handletextpad=0.1)


def _dots(ax: Axes, rows: list[Any], places: Any, colour: str, marker: str, full: bool, label: str) -> None:
    """A dot with its interval for each row."""
    for row, place in zip(rows, places, strict=True):
        ax.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=1.6, zorder=2)
    ax.plot([row["mean"] for row in rows], places, linestyle="none", marker=marker, markersize=6.5, color=colour,
            markerfacecolor=colour if full else "white", label=label or None, zorder=3)  # fmt: skip


def _axes(ax: Axes, title: str, below: str, names: list[str]) -> None:
    """What all panels share."""
    ax.axvline(0.0, color=INK, linewidth=0.8, zorder=1)
    ax.set_title(title, fontsize=11, loc="left", color=INK, fontweight="bold")
    ax.set_xlabel(below, fontsize=9.5, color=INK)
    ax.set_yticks(range(len(names)), names, fontsize=9.5, color=INK)
    ax.tick_params(axis="x", labelsize=9, colors=INK)
    ax.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.grid(axis="x", color="#E4E4E4", linewidth=0.7)
    ax.set_axisbelow(True)
