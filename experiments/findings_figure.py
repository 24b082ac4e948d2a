"""The figures of the studies of this folder."""

import numpy as np
from findings_tables import interval
from matplotlib.figure import Figure

from diffusion_sim.viz.colours import dark, looks

NAMES = {
    "none": "no programme",
    "volunteer_uniform": "volunteers, uniform",
    "volunteer_differentiated": "volunteers, fitted",
    "volunteer_responsive": "volunteers, responsive",
    "directed_uniform": "directive, uniform",
    "directed_differentiated": "directive, fitted",
    "directed_responsive": "directive, responsive",
    "directed_need_weighted": "directive, by need",
    "staged": "staged",
    "improvement_network": "improvement network",
    "multi_classroom_leader": "teams with leaders",
}
ENDINGS = {
    "mid_size_district": "three years, two after",
    "promised_two_years": "two years as promised, three after",
    "withdrawn_after_two_years": "withdrawn after two of three",
}
SHOWN = {
    "deep_use": "Deep use",
    "exposure_low_income": "Deep use, low-income pupils",
    "poorest_quarter": "Deep use, poorest quarter of schools",
    "pupil_gain_sd": "Pupils' gain, SD",
}
WHITE = {"fc": "white", "ec": "none", "pad": 1}
SMALL = "Teachers are simulated; comparisons under stated assumptions, not forecasts. Not at equal spending."


DRAWN = [
    ("directed_uniform", "volunteer_uniform"),
    ("directed_differentiated", "directed_uniform"),
    ("volunteer_differentiated", "volunteer_uniform"),
    ("directed_responsive", "directed_uniform"),
    ("volunteer_responsive", "volunteer_uniform"),
    ("directed_need_weighted", "directed_uniform"),
]


def draws(study):
    """One row a contrast: the difference at each draw, the middle 90 % of them, and in how many it is above 0."""
    cells = study.differences(list(SHOWN), by="point", contrasts=[" - ".join(pair) for pair in DRAWN])
    figure = Figure(figsize=(14, 6.6), layout="constrained")
    heights = {"height_ratios": [1.35, len(DRAWN) - 1]}  # the first contrast on a scale of its own
    axes, scatter = figure.subplots(2, len(SHOWN), sharey="row", gridspec_kw=heights), np.random.default_rng(1)
    for part, contrasts in enumerate((DRAWN[:1], DRAWN[1:])):
        for axis, (measure, title) in zip(axes[part], SHOWN.items(), strict=True):
            for row, (a, b) in enumerate(contrasts):
                mine = (cells["strategy"] == a) & (cells["baseline"] == b) & (cells["measure"] == measure)
                strip(axis, cells[mine]["difference"].to_numpy(), -row, looks([a])[a].colour, scatter)
            axis.axvline(0, color="black", lw=0.8, zorder=0)
            axis.set_title(title if part == 0 else "", fontsize=10, loc="left")
            axis.spines[["top", "right", "left"]].set_visible(False)
            axis.tick_params(axis="y", length=0)
            axis.tick_params(axis="x", labelsize=8)
        names = [f"{NAMES[a]}\n- {NAMES[b]}" for a, b in contrasts]
        axes[part][0].set_yticks([-row for row in range(len(contrasts))], names)
        axes[part][0].set_ylim(-len(contrasts) + 0.5, 0.65)
    count = len(study.points)
    title = f"Differences two years after support in {count} draws of numbers and structures"
    dots = f"Each dot is a draw (mean of {study.spec.replicates} seeds); bar: the middle 90 % of them; ring: median."
    headed(figure, title, f"{dots} The first row has a scale of its own.")
    return figure


def strip(axis, values, place, colour, scatter):
    """The dots of a contrast, the bar, the ring and the words beside them."""
    heights = place + scatter.uniform(-0.28, 0.28, len(values))
    axis.plot(values, heights, ".", ms=2, alpha=0.4, color=colour, zorder=1)
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    axis.plot([low, high], [place, place], lw=3, color=dark(colour), zorder=2)
    axis.plot(middle, place, "o", ms=7, color="white", mec=dark(colour), mew=2, zorder=3)
    told = f"above 0 in {100 * np.mean(values > 0):.0f} %, below in {100 * np.mean(values < 0):.0f} % of draws"
    axis.annotate(told, (1, place + 0.36), xycoords=("axes fraction", "data"), ha="right", fontsize=8, bbox=WHITE)


def headed(figure, title, told):
    """A title above and what to know below."""
    figure.suptitle(title, x=0.01, ha="left")
    figure.supxlabel(f"{told} {SMALL}", fontsize=8, x=0.01, ha="left")


FACTORS = {
    "label.leaving": "how often people leave",
    "p.money.own_budget": "own budget after support",
    "structure.embedding": "the practice is held by",
}
HELD = {"schools": "schools and persons", "off": "persons only"}


def levels(study):
    """One column an ending, one row a factor: deep use five years on, by strategy."""
    runs = study.runs.sort_values("point", kind="stable")
    figure = Figure(figsize=(12, 9.5), layout="constrained")
    axes = figure.subplots(len(FACTORS), len(ENDINGS), sharey=True)
    for row, (column, told) in enumerate(FACTORS.items()):
        order = list(dict.fromkeys(runs[column]))
        for axis, (scenario, title) in zip(axes[row], ENDINGS.items(), strict=True):
            curves(axis, runs[runs["scenario"] == scenario], column, order)
            names = [f"{level:.0%}" if isinstance(level, float) else HELD.get(level, level) for level in order]
            axis.set_xticks(range(len(order)), names)
            axis.set_xlim(-0.25, len(order) - 0.75)
            axis.set_xlabel(told, fontsize=9)
            axis.spines[["top", "right"]].set_visible(False)
            axis.set_title(title if row == 0 else "", fontsize=10, loc="left")
        axes[row][0].set_ylabel("share of teachers in deep use")
    axes[0][0].set_ylim(bottom=0)
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside right upper", frameon=False, fontsize=9)
    told = f"Means over the other factors' levels with 95 % intervals over {study.spec.replicates} seeds."
    headed(figure, "Deep use five years after the start, by how support ends", told)
    return figure


def curves(axis, runs, column, order):
    """One line a strategy, a little beside the next: mean deep use at each level and its interval over replicates."""
    for number, (strategy, look) in enumerate(looks(dict.fromkeys(runs["strategy"].astype(str))).items()):
        mine = runs[runs["strategy"] == strategy].groupby([column, "replicate"])["deep_use"].mean()
        found = np.array([interval(mine[level].to_numpy()) for level in order])
        ends = [found[:, 0] - found[:, 1], found[:, 2] - found[:, 0]]
        shown = {"color": look.colour, "marker": look.marker, "ms": 5, "lw": 1.6, "elinewidth": 0.8}
        axis.errorbar(np.arange(len(order)) + (number - 2.5) * 0.05, found[:, 0], ends, label=NAMES[strategy], **shown)


STAFFED = [
    *("volunteer_uniform", "directed_uniform", "directed_differentiated"),
    *("volunteer_uniform_coach", "directed_uniform_coach", "volunteer_uniform_led", "directed_uniform_led"),
]


def conditions(study):
    """The study's own figure: differences to none by level of each condition, staffing as strategies."""
    return study.plot(["deep_use", "poorest_quarter"], STAFFED)


FIGURES = {
    "chance_and_parameters": draws,
    "leadership_pressure_networks_staffing": conditions,
    "withdrawal_and_turnover": levels,
}
