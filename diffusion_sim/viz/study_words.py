"""Words of the figure of a study: title, legend, what marks mean, what intervals cover."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from diffusion_sim.viz.colours import looks
from diffusion_sim.viz.marks import FOOTNOTE, INK, readable

if TYPE_CHECKING:
    from diffusion_sim.analysis.studies import Study


def words(
    figure: Figure,
    study: Study,
    others: list[str],
    height: float,
    covers: str,
    notes: Sequence[str] = (),
    points: bool = False,
) -> float:
    """Title, legend, what the marks mean, footnote; returns how high panels may reach, as a share."""
    spec = study.spec
    y = 1.0 - 0.15 / height
    title = textwrap.fill(spec.title or readable(spec.id), 100)
    figure.text(0.012, y, title, fontsize=14, fontweight="bold", color=INK, va="top")
    y -= (0.27 * (1 + title.count("\n")) + 0.05) / height
    said = [f"Difference to {readable(spec.baseline)}, run by run on the same seeds. {_runs(study)}."]
    if points:
        said.append("Dot = one set of parameters, pale bar = middle 80 % of sets, mark and dark bar = mean and "
                    "95 % interval.")  # fmt: skip
    else:
        said.append("Mark = mean, bar = 95 % interval." + (" Each panel: over all levels of the other factors."
                    if spec.design["kind"] == "grid" and len(study.factors) > 1 else ""))  # fmt: skip
    for line in [*said, *notes]:
        figure.text(0.012, y, line, fontsize=9.5, color=INK, va="top")
        y -= 0.2 / height
    if not points:
        look = looks(study.strategies)
        keys = [Line2D([], [], color=look[arm].colour, marker=look[arm].marker, linewidth=2.2, markersize=6,
                       label=readable(arm)) for arm in others]  # fmt: skip
        columns = min(len(others), 5)
        figure.legend(handles=keys, loc="upper left", bbox_to_anchor=(0.005, y + 0.03 / height), ncols=columns,
                      frameon=False, fontsize=10, handletextpad=0.5, columnspacing=1.6, borderaxespad=0)  # fmt: skip
        y -= 0.24 * -(-len(others) // columns) / height
        y -= 0.2 / height
    covers = textwrap.fill(f"What the intervals cover: {covers}.", 160)
    figure.text(0.012, 0.38 / height, covers, fontsize=9, color=INK, va="bottom")
    figure.text(0.012, 0.13 / height, FOOTNOTE, fontsize=9, color=INK, va="bottom")
    return y


def _runs(study: Study) -> str:
    ok = study.counts["ok"]
    count = study.design.points
    replicates = study.runs.groupby(["scenario", "point"], observed=True)["replicate"].nunique()
    low, high = int(replicates.min()), int(replicates.max())
    each = f"{low}" if low == high else f"{low} to {high}"
    sets = f"{count:,} set{'s' * (count != 1)} of parameters"
    sets += f" under {study.design.structures} structures" if study.design.structures > 1 else ""
    return f"{ok:,} runs: {sets}, {each} replicate{'s' * (high != 1)} of each"
