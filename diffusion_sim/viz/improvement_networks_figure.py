"""The figure of the answer on improvement networks: what they claim and what is true, and which lever decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from diffusion_sim.viz.marks import FOOTNOTE, INK, plain, signed

if TYPE_CHECKING:
    from diffusion_sim.systems.results import Answer

CLAIMED, WORTH, TRUE = "#C9C9C9", "#9BC4E2", "#0072B2"
BARS = (
    ("claimed", CLAIMED, "claim success"),
    ("works", WORTH, "use what is worth the claim"),
    ("scaled", TRUE, "truly scale it"),
)
ADDED, TAKEN = "#D55E00", "#1D1D87"
ARMS = {
    "as_they_are": "the nine as they are:\nseven like most,\ntwo like the effective",
    "typical": "if all nine worked\nlike most networks",
    "effective": "if all nine worked\nlike the effective two",
}
LEVERS = {
    "menu": "a menu of tested practices\n(instead of own designs)",
    "common_measures": "common measures\n(instead of own)",
    "study_act": "study and act in .3 of quarters\n(instead of .15)",
    "groups_hub": "small groups with a hub\n(instead of all with all)",
    "mixed_members": "members of mixed kinds of place\n(instead of alike)",
    "district_staff": "district staff engaged\n(instead of not)",
}


def draw(answer: Answer) -> Figure:
    """Three panels: claimed and true; what each lever changes; fit in new areas. Returns the figure."""
    found = answer.quantities.set_index("key")
    figure = Figure(figsize=(13.0, 7.0))
    left, middle, right = figure.subplots(1, 3, width_ratios=[0.9, 1.25, 0.85])
    figure.subplots_adjust(left=0.125, right=0.985, top=0.735, bottom=0.145, wspace=0.12)
    left.set_position([0.125, 0.145, 0.21, 0.59])
    middle.set_position([0.51, 0.145, 0.23, 0.59])
    right.set_position([0.805, 0.145, 0.145, 0.59])
    _counts(left, found)
    _levers(middle, answer, "scaled", "how many more of nine scale")
    _levers(right, answer, "new_area", "fit in new areas (payoff)")
    right.set_yticklabels([])
    _heads(figure, found, answer)
    return figure


def _heads(figure: Figure, found: Any, answer: Answer) -> None:
    true, claimed = (found.loc[f"as_they_are.{name}", "mean"] for name in ("scaled", "claimed"))
    head = f"Of nine improvement networks {count(claimed)} claim success and {count(true)} truly scale what works"
    figure.text(0.012, 0.975, head, fontsize=14, fontweight="bold", color=INK, va="top")
    seeds, drawn = answer.provenance["replicates"], len(answer.draws)
    told = f"Means over {seeds} seeds with 95 % intervals; the same schools, people and chances in every arm."
    told += (
        f" At the right of levers: in how many of {drawn} draws from the plausible ranges it is more." if drawn else ""
    )
    figure.text(0.012, 0.93, told, fontsize=9.5, color=INK, va="top")
    for x, text in ((0.012, "Claimed and true"), (0.36, "What one lever changes"),
                    (0.805, "… and in what would be\nrecommended in new areas")):  # fmt: skip
        figure.text(x, 0.855, text, fontsize=11, fontweight="bold", color=INK, va="top")
    bars = [Patch(color=colour, label=label) for _, colour, label in BARS]
    figure.legend(handles=bars, loc="upper left", bbox_to_anchor=(0.008, 0.83), ncols=2, frameon=False, fontsize=9.5)
    dots = [
        Line2D([], [], color=ADDED, marker="o", linestyle="none", label="added to most networks"),
        Line2D([], [], color=TAKEN, marker="s", linestyle="none", label="in the effective ones, against without it"),
    ]
    figure.legend(handles=dots, loc="upper left", bbox_to_anchor=(0.356, 0.825), ncols=1, frameon=False, fontsize=9.5)
    figure.text(
        0.012,
        0.018,
        "District staff: neither has them; added to both. " + FOOTNOTE.partition(" Equity")[0],
        fontsize=8.5,
        color=INK,
    )


def count(value: float) -> str:
    """A mean number of networks; without decimals where there are none."""
    return f"{value:.1f}".removesuffix(".0")


def _counts(ax: Axes, found: Any) -> None:
    """Claimed, worth it and truly scaled, an arm a row."""
    for row, arm in enumerate(ARMS):
        for shift, (name, colour, _) in zip((-0.27, 0.0, 0.27), BARS, strict=True):
            its = found.loc[f"{arm}.{name}"]
            ax.barh(row + shift, its["mean"], height=0.25, color=colour)
            ends = [[its["mean"] - max(its["low"], 0.0)], [min(its["high"], 9.0) - its["mean"]]]
            ax.errorbar(its["mean"], row + shift, xerr=ends, color=INK, linewidth=1.1, capsize=2)
            at = min(its["high"], 9.0) + 0.2 if its["high"] == its["high"] else its["mean"] + 0.2
            ax.text(at, row + shift, count(its["mean"]), va="center", fontsize=9, color=INK)
    ax.set_yticks(range(len(ARMS)), list(ARMS.values()))
    ax.set_ylim(2.6, -0.6)
    ax.set_xlim(0, 10.2)
    ax.set_xticks(range(0, 10, 3))
    ax.set_xlabel("networks of nine", color=INK, fontsize=9.5)
    plain(ax)
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)


def _levers(ax: Axes, answer: Answer, quantity: str, unit: str) -> None:
    """What a lever changes, added to most networks and taken from the effective ones; and in how many draws more."""
    found = answer.quantities.set_index("key")
    for row, lever in enumerate(LEVERS):
        for shift, way, colour, marker in ((-0.14, "add", ADDED, "o"), (0.14, "drop", TAKEN, "s")):
            its = found.loc[f"{way}.{lever}.{quantity}"]
            ends = [[its["mean"] - its["low"]], [its["high"] - its["mean"]]]
            ax.errorbar(its["mean"], row + shift, xerr=ends, color=colour, marker=marker, markersize=6, linewidth=1.6)
            if len(answer.draws):
                share = (answer.draws[f"{way}.{lever}.{quantity}"] > 0.0).mean()
                _beside(ax, row + shift, f"{share:.0%}", colour)
    if len(answer.draws):
        _beside(ax, -0.9, "more in\ndraws", INK)
    ax.axvline(0, color=INK, linewidth=0.9)
    ax.set_yticks(range(len(LEVERS)), list(LEVERS.values()))
    ax.set_ylim(len(LEVERS) - 0.5, -0.5)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(signed))
    ax.set_xlabel(unit, color=INK, fontsize=9.5)
    plain(ax)
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)


def _beside(ax: Axes, y: float, text: str, colour: str) -> None:
    """A text at the right of the axes."""
    ax.text(1.02, y, text, transform=ax.get_yaxis_transform(), va="center", fontsize=8.5, color=colour)
