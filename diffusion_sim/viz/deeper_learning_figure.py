"""The answer of the question on deeper learning as one figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from diffusion_sim.viz.marks import FOOTNOTE, INK

if TYPE_CHECKING:
    from diffusion_sim.systems.results import Answer

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#8A8A8A"
START, GOAL = 15.0, 80.0  # per cent of educators, the article's mandate
ARMS = {
    "volunteers": "volunteers",
    "together": "volunteers,\nall six levers",
    "told_everywhere": "all schools told",
    "told_and_together": "all told,\nall levers",
}
LEFT_OUT = {
    "volunteers": "volunteers",
    "equal_pressure": "were nobody\nunder pressure",
    "vision": "1 vision",
    "honest_look": "2 honest look,\nrelief",
    "together": "all six levers",
}
LEVERS = {
    "vision": "1 vision: invited by name,\nhours by poverty",
    "honest_look": "2 honest look, relief\nfor named schools",
    "all_levels": "3 all levels: a quarter of\nthe hours to leaders",
    "departments": "4 departments, evaluation\naligned",
    "power": "5 power: told, not asked,\nin the centralised half",
    "autonomy": "6 autonomy",
    "together": "all six",
}
EVENTS = {"pandemic": "pandemic in\nyear 2", "leaders": "all leaders leave\nafter year 1"}
Of = dict[str, dict[str, Any]]


def draw(answer: Answer) -> Figure:
    """Four panels: the chance of 80 %, who is left out, what levers buy, what events cost; returns the figure."""
    figure = Figure(figsize=(15.6, 8.0))
    grid = figure.add_gridspec(
        2, 3, width_ratios=[1.0, 0.8, 1.25], height_ratios=[1.0, 0.42], left=0.095, right=0.985, top=0.81, bottom=0.155,
        wspace=0.56, hspace=0.62,
    )  # fmt: skip
    of: Of = {row["key"]: row for row in answer.quantities.to_dict("records")}
    _chance(figure.add_subplot(grid[0, 0]), of, answer)
    _events(figure.add_subplot(grid[1, 0]), of)
    _left_out(figure.add_subplot(grid[:, 1]), of)
    _levers(figure.add_subplot(grid[:, 2]), of, answer)
    title = "From 15 % to 80 % of educators in three years: what is the chance, who is left out, what do levers buy?"
    figure.text(0.012, 0.975, title, fontsize=15, fontweight="bold", color=INK, va="top")
    figure.text(0.012, 0.928, _headline(of), fontsize=11, color=INK, va="top")
    note = f"Ten districts; means over {answer.provenance['replicates']} seeds with 95 % intervals. {FOOTNOTE}"
    figure.text(0.012, 0.012, note, fontsize=8.5, color=INK, va="bottom")
    return figure


def _headline(of: Of) -> str:
    goal = [100 * of[f"{arm}.goal"]["mean"] for arm in ARMS]
    return (
        f"Of 100 districts that ask for volunteers {goal[0]:.0f} have 80 % of teachers using the practice after three "
        f"years; {goal[1]:.0f} with all six levers; {goal[2]:.0f} where all schools are told to use it, {goal[3]:.0f} "
        "with both."
    )


def _chance(ax: Axes, of: Of, answer: Answer) -> None:
    """How districts stand after three years, by arm."""
    table = answer.tables["districts"]
    rows = table[table["which"] == "all"].set_index("strategy")
    for value, label in ((START, "start"), (GOAL, "goal")):
        ax.axvline(value, color=GREY, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
        ax.text(value, -0.68, f"{label}\n{value:.0f} %", ha="center", va="bottom", fontsize=9, color=INK)
    for n, arm in enumerate(ARMS):
        low, middle, high = (float(rows.loc[arm, name]) for name in ("p10", "p50", "p90"))
        ax.plot([low, high], [n, n], color=BLUE, linewidth=7, alpha=0.3, solid_capstyle="butt", zorder=2)
        ax.plot([middle], [n], marker="o", markersize=8, color=BLUE, zorder=3)
        ax.text(108, n, f"{100.0 * of[f'{arm}.goal']['mean']:.0f} %", ha="left", va="center", fontsize=11, color=INK,
                fontweight="bold", clip_on=False)  # fmt: skip
    ax.text(108, -0.68, "at the\ngoal", ha="left", va="bottom", fontsize=9, color=INK, clip_on=False)
    _finish(ax, "Where do districts stand?", "", list(ARMS.values()), 34)
    below = "% of teachers who use it after three years:\nmiddle district, and the middle 80 % of districts"
    ax.set_xlabel(below, fontsize=9.5, color=INK)
    ax.set_xlim(0, 100)
    ax.set_ylim(len(ARMS) - 0.5, -0.6)


def _events(ax: Axes, of: Of) -> None:
    """What events change in use after three years."""
    for arm, label, colour, marker, shift in (
        ("volunteers", "volunteers", GREY, "s", 0.16), ("together", "all six levers", BLUE, "o", -0.16),
    ):  # fmt: skip
        rows = [_hundred(of[f"{event}.{arm}.use"]) for event in EVENTS]
        _dots(ax, rows, [n - shift for n in range(len(rows))], colour, marker, label)
    ax.axvline(0.0, color=INK, linewidth=0.9)
    _finish(ax, "What do events cost?", "points of use after three years",
            list(EVENTS.values()), 8)  # fmt: skip
    ax.set_ylim(len(EVENTS) - 0.4, -0.6)
    ax.legend(loc="lower left", bbox_to_anchor=(-0.2, -0.72), ncols=2, frameon=False, fontsize=9, handletextpad=0.1)


def _left_out(ax: Axes, of: Of) -> None:
    """Use after three years in schools that accountability names and in others."""
    for n, arm in enumerate(LEFT_OUT):
        named, others = (_hundred(of[f"{arm}.{who}_use"]) for who in ("named", "others"))
        ax.plot([named["mean"], others["mean"]], [n, n], color=GREY, linewidth=2.2, alpha=0.6, zorder=1)
        middle = (named["mean"] + others["mean"]) / 2.0
        gap = 100.0 * of[f"{arm}.gap_use"]["mean"]
        ax.text(middle, n - 0.12, f"{gap:+.0f}".replace("-", "−"), ha="center", va="bottom", fontsize=10, color=INK)
    for who, label, colour, marker in (
        ("named", "schools that accountability names", ORANGE, "D"), ("others", "other schools", BLUE, "o"),
    ):  # fmt: skip
        rows = [_hundred(of[f"{arm}.{who}_use"]) for arm in LEFT_OUT]
        _dots(ax, rows, list(range(len(rows))), colour, marker, label)
    _finish(ax, "Who is left out?", "% of teachers who use it after three years;\nnumbers: the gap in points",
            list(LEFT_OUT.values()), 10)  # fmt: skip
    ax.set_ylim(len(LEFT_OUT) - 0.5, -0.6)
    ax.legend(loc="upper left", bbox_to_anchor=(-0.3, -0.105), frameon=False, fontsize=9, handletextpad=0.1)


def _levers(ax: Axes, of: Of, answer: Answer) -> None:
    """What each lever adds, alone and beside all others; cost, pupils' gain, in how many draws use rises."""
    single = [arm for arm in LEVERS if arm != "together"]
    alone = {arm: f"{arm}.{'more' if arm == 'together' else 'alone'}" for arm in LEVERS}
    _dots(ax, [_hundred(of[f"{key}.use"]) for key in alone.values()], [n - 0.15 for n in range(len(LEVERS))], BLUE, "o",
          "added to volunteers")  # fmt: skip
    _dots(ax, [_hundred(of[f"{arm}.last.use"]) for arm in single], [n + 0.15 for n in range(len(single))], GREY, "s",
          "added to the five others")  # fmt: skip
    ax.axvline(0.0, color=INK, linewidth=0.9)
    _finish(ax, "What does each lever buy?", "points of use after three years", list(LEVERS.values()), 8)
    ax.set_ylim(len(LEVERS) - 0.5, -1.0)
    low, high = ax.get_xlim()
    columns = [
        ("US $\na pupil\nand year", [f"{of[f'{key}.cost']['mean']:+.0f}" for key in alone.values()]),
        ("pupils'\ngain, SD,\nby the end", [f"{of[f'{key}.gain']['mean']:+.3f}" for key in alone.values()]),
    ]
    if len(answer.draws):
        counts = [str(int((answer.draws[f"{key}.use"] > 0.0).sum())) for key in alone.values()]
        columns.append((f"use rises,\nof {len(answer.draws)}\ndraws", counts))
    wide = 0.55 * (high - low)
    for n, (head, cells) in enumerate(columns):
        x = high + (n + 0.5) * wide
        ax.text(x, -0.72, head, ha="center", va="center", fontsize=9, color=INK)
        for row, cell in enumerate(cells):
            ax.text(x, row, _plain(cell), ha="center", va="center", fontsize=10, color=INK)
    ticks = [tick for tick in range(-100, 101, 10) if low <= tick <= high]
    ax.set_xticks(ticks, [_plain(f"{tick:+g}") if tick else "0" for tick in ticks])
    ax.set_xlim(low, high + wide * len(columns))
    ax.legend(loc="upper left", bbox_to_anchor=(-0.05, -0.075), ncols=2, frameon=False, fontsize=9, handletextpad=0.1)


def _plain(text: str) -> str:
    """No sign before zero, and a minus as wide as a plus."""
    return (text if text.strip("+-0.") else text.lstrip("+-")).replace("-", "−")


def _hundred(row: dict[str, Any]) -> dict[str, float]:
    return {end: 100.0 * row[end] for end in ("mean", "low", "high")}


def _dots(ax: Axes, rows: list[dict[str, float]], places: list[Any], colour: str, marker: str, label: str) -> None:
    """A dot with its interval for each row."""
    for row, place in zip(rows, places, strict=True):
        ax.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=1.6, zorder=2)
    ax.plot([row["mean"] for row in rows], places, linestyle="none", marker=marker, markersize=6.5, color=colour,
            label=label, zorder=3)  # fmt: skip


def _finish(ax: Axes, title: str, below: str, names: list[str], pad: float) -> None:
    """What all panels share."""
    ax.set_title(title, fontsize=11.5, loc="left", color=INK, fontweight="bold", pad=pad)
    ax.set_xlabel(below, fontsize=9.5, color=INK)
    ax.set_yticks(range(len(names)), names, fontsize=9.5, color=INK)
    ax.tick_params(axis="x", labelsize=9, colors=INK)
    ax.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.grid(axis="x", color="#E4E4E4", linewidth=0.7)
    ax.set_axisbelow(True)
