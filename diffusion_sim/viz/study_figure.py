"""The figure of a study: what each strategy changes, by the levels of each factor, or over points that were drawn."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from diffusion_sim.analysis.cells import SCENARIO, direction
from diffusion_sim.errors import StudyError
from diffusion_sim.measures import MEASURE_INFO, compares
from diffusion_sim.measures.info import LARGER, SMALLER
from diffusion_sim.viz.colours import Look, dark, looks
from diffusion_sim.viz.marks import INK, plain, readable, scale_of, signed
from diffusion_sim.viz.study_columns import (
    ACROSS,
    MOST_STRATEGIES,
    Column,
    asked_for,
    columns_of,
    covered_by,
    not_shown,
    variants_of,
)
from diffusion_sim.viz.study_words import words

if TYPE_CHECKING:
    from diffusion_sim.analysis.studies import Study

# where neither the caller nor the study names measures: the first of these that are there
SHOWN = ("exposure_low_income", "poorest_quarter", "deep_use", "reach", "equity_gap")
MOST = 4  # measures
_WIDE = 13.0  # inches


Looked = list[tuple[str, Look]]  # strategies and how each looks


def study_figure(
    study: Study, measures: Sequence[str] | None = None, strategies: Sequence[str] | None = None
) -> Figure:
    """Draw a study; returns the figure.

    measures : up to 4 names, None = the study's outcomes, or the first three of SHOWN; against ``none`` those that say
    nothing there are left out, and the figure names them. strategies : which are
    compared with the baseline, None = all; over points that are chosen up to 7, so that each has a colour of its own,
    None = of more the ones that others are variants of (``a`` of ``a_coach``; then a panel of its own shows all
    variants), else the first 7, and the figure says so. Raises StudyError.
    """
    names = _chosen(study, measures)
    missing = left_out(study, measures)
    others = [name for name in study.strategies if name != study.spec.baseline]
    if not others:
        raise StudyError(f"the study has no strategy besides its baseline '{study.spec.baseline}'; nothing to draw")
    asked = None if strategies is None else asked_for(study, strategies, others)
    if study.design.drawn:
        return _over_points(study, names, asked or others, missing)
    if asked is not None and len(asked) > MOST_STRATEGIES:
        raise StudyError(f"strategies: found {len(asked)} names; 1 to {MOST_STRATEGIES} fit into the figure")
    variants = variants_of(others) if asked is None and len(others) > MOST_STRATEGIES else {}
    return _by_level(study, names, asked or list(variants) or others[:MOST_STRATEGIES], variants, missing)


def _chosen(study: Study, measures: Sequence[str] | None) -> list[str]:
    """Measures to show. Raises StudyError."""
    if measures is not None:
        asked = study._cells.measures(measures)
        if len(asked) > MOST:
            raise StudyError(f"measures: found {len(asked)} names; 1 to {MOST} fit into the figure")
        names = [name for name in asked if _says_something(study, name)]
        if not names:
            raise StudyError(
                f"measures: {', '.join(asked)} cannot be shown against '{study.spec.baseline}', where hardly anybody "
                "uses the practice; name others, or another baseline in the study file"
            )
        return names
    there = {str(name) for name in study.runs.columns}
    named = list(study.spec.outcomes or ())
    if study.spec.precision is not None:
        named = [study.spec.precision.measure, *(n for n in named or SHOWN if n != study.spec.precision.measure)]
    for some in (named, SHOWN, [name for name in MEASURE_INFO if name in there]):
        names = [name for name in some if name in there and _says_something(study, name)]
        if names:
            return names[:3]
    return []


def _says_something(study: Study, name: str) -> bool:
    return compares(name, study.spec.baseline, MEASURE_INFO)


def left_out(study: Study, asked: Sequence[str] | None) -> list[str]:
    """A line on what was asked for, or else of the study's outcomes, that says nothing against ``none``."""
    wanted = [name for name in asked or study.spec.outcomes or () if not _says_something(study, name)]
    if not wanted:
        return []
    told = ", ".join(scale_of(name).title for name in wanted)
    return [f"Not shown against {study.spec.baseline}, where hardly anybody uses the practice: {told}."]


# ---- by level --------------------------------------------------------------------------------------------------------


def _by_level(
    study: Study, names: list[str], others: list[str], variants: dict[str, dict[str, str]], missing: list[str]
) -> Figure:
    """Rows of measures, a column a factor (and one of scenarios), strategies side by side at each level.

    More columns than fit side by side go on below, each block with all measures.
    """
    columns, notes, covers = columns_of(study, names, others, variants)
    notes, look = [*missing, *notes], looks(study.strategies)
    count = -(-len(columns) // ACROSS)
    across = -(-len(columns) // count)
    blocks = [columns[i : i + across] for i in range(0, len(columns), across)]
    gap = 0.6 + 0.17 * max(len(column.title) for column in columns)
    height = (2.1 * len(names) + gap) * len(blocks) + 2.1 - 0.5 * (len(blocks) - 1)
    height += 0.2 * sum(1 + note.count("\n") for note in notes)
    figure = Figure(figsize=(_WIDE, height))
    top = words(figure, study, others, height, covers, notes)
    top -= 0.17 * max(len(column.title) for column in columns) / height
    left, right, bottom = 0.185, 0.985, 1.15 / height
    tall = (top - bottom - gap / height * (len(blocks) - 1)) / len(blocks)
    widest = max(_room(block) for block in blocks)
    for number, block in enumerate(blocks):
        start = top - number * (tall + gap / height)
        grid = figure.add_gridspec(
            len(names), len(block), left=left, right=left + (right - left) * _room(block) / widest, top=start,
            bottom=start - tall, hspace=0.22, wspace=0.09, width_ratios=[_room([column]) for column in block],
        )  # fmt: skip
        _block(figure, grid.subplots(squeeze=False), names, block, [(arm, look[arm]) for arm in others], height)
    return figure


def _room(columns: Sequence[Column]) -> float:
    """Width of columns, in levels."""
    return sum(max(2.0, float(column.table["level"].nunique())) for column in columns)


def _block(
    figure: Figure, cells: Any, names: list[str], columns: Sequence[Column], others: Looked, height: float
) -> None:
    """Panels of some columns, with the measures' titles at their left."""
    for row, name in enumerate(names):
        scale = scale_of(name)
        for column, (title, table) in enumerate(columns):
            ax = cells[row, column]
            _level_panel(ax, table[table["measure"] == name], others, scale.factor)
            if row == 0:
                ax.set_title("\n".join(title), fontsize=10, fontweight="bold", color=INK, loc="left", pad=8)
            if row < len(names) - 1:
                ax.tick_params(axis="x", labelbottom=False)
        _same_height(cells[row])
        cells[row, 0].set_ylabel(scale.unit, color=INK, fontsize=9)
        box = cells[row, 0].get_position()
        title, note = textwrap.fill(scale.title, 19), textwrap.fill(scale.note, 21)
        lines = 1 + title.count("\n")
        figure.text(0.012, box.y1, title, fontsize=10, fontweight="bold", color=INK, va="top", linespacing=1.2)
        figure.text(0.012, box.y1 - 0.185 * lines / height, note, fontsize=8.5, color=INK, va="top")


def _level_panel(ax: Axes, table: pd.DataFrame, others: Looked, factor: float) -> None:
    levels = list(dict.fromkeys(table["level"]))
    step = 0.7 / max(len(others), 1)
    for number, (arm, (colour, _, mark)) in enumerate(others):
        rows = table[table["strategy"] == arm].set_index("level").reindex(levels)
        x = np.arange(len(levels)) + (number - (len(others) - 1) / 2.0) * step
        value, low, high = (factor * rows[name].to_numpy(dtype=float) for name in ("difference", "low", "high"))
        ax.plot(x, value, color=colour, linewidth=0.8, alpha=0.35)
        ax.vlines(x, low, high, color=colour, linewidth=2.2)
        ax.plot(x, value, linestyle="none", marker=mark, color=colour, markersize=6, markeredgecolor="white",
                markeredgewidth=0.7)  # fmt: skip
    ax.axhline(0, color=INK, linewidth=0.9)
    ax.set_xlim(-0.55, len(levels) - 0.45)
    ax.set_xticks(range(len(levels)), [textwrap.fill(str(level), 14) for level in levels])
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(signed))
    plain(ax)
    ax.grid(axis="x", visible=False)
    for edge in range(1, len(levels)):
        ax.axvline(edge - 0.5, color="#E6E6E6", linewidth=0.7)
    ax.tick_params(axis="x", length=0)


def _same_height(cells: Any) -> None:
    """One scale for a row; numbers at its first panel alone."""
    ends = [ax.get_ylim() for ax in cells]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    for ax in cells:
        ax.set_ylim(low, high)
        ax.tick_params(axis="y", labelleft=ax is cells[0])


# ---- over drawn points -----------------------------------------------------------------------------------------------


def _over_points(study: Study, names: list[str], others: list[str], missing: list[str]) -> Figure:
    """A column a measure, a row a strategy (and scenario): every point's difference, their mean and its interval."""
    pairs = [(name, study.spec.baseline) for name in others]
    points = study.differences(names, contrasts=pairs)
    means = study.differences(names, by=SCENARIO, contrasts=pairs)
    scenarios = list(dict.fromkeys(means["scenario"].astype(str)))
    lines = [(arm, scenario) for scenario in scenarios for arm in others]
    notes, look = [*missing, *not_shown(study, others, {}, [])], looks(study.strategies)
    height = 0.75 * len(lines) + 3.75 + 0.2 * len(notes)
    figure = Figure(figsize=(_WIDE, height))
    cells = figure.subplots(1, len(names), squeeze=False)[0]
    top = words(figure, study, others, height, covered_by(study, means), notes, points=True)
    figure.subplots_adjust(left=0.17, right=0.985, top=top - 0.6 / height, bottom=1.35 / height, wspace=0.08)
    for ax, name in zip(cells, names, strict=True):
        scale = scale_of(name)
        for row, (arm, scenario) in enumerate(lines):
            here = [t[(t["strategy"] == arm) & (t["measure"] == name) & (t["scenario"].astype(str) == scenario)]
                    for t in (points, means)]  # fmt: skip
            _strip(ax, row, look[arm], *here, scale.factor, direction(name))
        ax.axvline(0, color=INK, linewidth=0.9)
        ax.set_ylim(len(lines) - 0.4, -0.6)
        labels = [
            readable(arm) + (f"\n{readable(scenario)}" if len(scenarios) > 1 else "") for arm, scenario in lines
        ]
        ax.set_yticks(range(len(lines)), labels if ax is cells[0] else [""] * len(lines))
        ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        ax.xaxis.set_major_formatter(FuncFormatter(signed))
        ax.set_xlabel(scale.unit, color=INK)
        ax.set_title(textwrap.shorten(scale.title, 36, placeholder=" ..."), loc="left", fontsize=11,
                     fontweight="bold", color=INK, pad=20)  # fmt: skip
        ax.text(0, 1.0 + 0.06 / len(lines), scale.note, transform=ax.transAxes, fontsize=8.5, color=INK)
        plain(ax)
        ax.tick_params(axis="y", length=0)
    for label, (arm, _) in zip(cells[0].get_yticklabels(), lines, strict=True):
        label.set_color(dark(look[arm].colour))
    return figure


def _strip(
    ax: Axes, row: int, look: Look, points: pd.DataFrame, mean: pd.DataFrame, factor: float, way: str | None
) -> None:
    """One line: points as dots, their middle 80 % as a pale bar, the mean with its interval, share of points better."""
    values = factor * points["difference"].dropna().to_numpy(dtype=float)
    if not values.size:
        return
    colour, _, mark = look
    low, high = np.quantile(values, [0.1, 0.9])
    ax.plot([low, high], [row] * 2, color=colour, linewidth=11, alpha=0.22, solid_capstyle="butt")
    golden = (np.arange(values.size) * 0.6180339887) % 1.0  # spreads the dots evenly, without random numbers
    ax.plot(values, row + 0.32 * (golden - 0.5), linestyle="none", marker=".", color=colour, alpha=0.45, markersize=4,
            markeredgewidth=0)  # fmt: skip
    value, left, right = (factor * float(mean[name].iloc[0]) for name in ("difference", "low", "high"))
    ax.plot([left, right], [row] * 2, color=INK, linewidth=3.0, solid_capstyle="butt")
    ax.plot(value, row, marker=mark, markersize=5.5, color=colour, markeredgecolor=INK, markeredgewidth=0.9)
    share = 100.0 * np.mean(values < 0.0 if way == SMALLER else values > 0.0)
    word = "better" if way in (LARGER, SMALLER) else "above 0"
    ax.text(0.995, row - 0.36, f"{word} at {share:.0f} % of sets", transform=ax.get_yaxis_transform(), ha="right",
            va="center", fontsize=7.5, color=INK)  # fmt: skip
