"""The figure of a robust run: for each leading number, the difference from one end of its range to the other."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from diffusion_sim.errors import StudyError, nearest
from diffusion_sim.scenario.ranges_lock import DRAWN
from diffusion_sim.viz.marks import FOOTNOTE, INK, plain, readable, scale_of, signed

if TYPE_CHECKING:
    from diffusion_sim.analysis.robust.results import Robust

AVERAGED, AT_DEFAULTS, TURNS = "#9BC4E2", "#0072B2", "#D55E00"
_WIDE = 13.0  # inches


def robust_figure(found: Robust) -> Figure:
    """All contrasts and measures, a panel each, two side by side; returns the figure."""
    rows = list(found.summary[["contrast", "measure"]].itertuples(index=False, name=None))
    count = max(found.numbers.groupby(["contrast", "measure"]).size().max(), 1) if len(found.numbers) else 1
    down = -(-len(rows) // 2)
    tall = 0.34 * count + 1.25
    height = tall * down + 1.75
    figure = Figure(figsize=(_WIDE, height))
    cells = figure.subplots(down, 2, squeeze=False)
    figure.subplots_adjust(
        left=0.16, right=0.905, top=1 - 1.45 / height, bottom=0.85 / height, wspace=0.78, hspace=0.95 / (tall - 0.95)
    )
    for ax, (contrast, measure) in zip(cells.flat, rows, strict=False):
        tornado(found, ax, contrast, measure)
    for ax in list(cells.flat)[len(rows) :]:
        ax.set_axis_off()
    y = 1.0 - 0.12 / height
    figure.text(0.012, y, "Which numbers move the contrast, and where its sign turns", fontsize=14, fontweight="bold",
                color=INK, va="top")  # fmt: skip
    counts = f"{len(found.draws):,} {DRAWN}; {found.ranges}."
    figure.text(0.012, y - 0.3 / height, counts, fontsize=9.5, color=INK, va="top")
    figure.legend(handles=_keys(), loc="upper left", bbox_to_anchor=(0.005, y - 0.48 / height), ncols=3, frameon=False,
                  fontsize=9.5, borderaxespad=0)  # fmt: skip
    figure.text(0.012, 0.13 / height, FOOTNOTE, fontsize=9, color=INK, va="bottom")
    return figure


def _keys() -> list[Any]:
    """What marks mean."""
    return [
        Patch(color=AVERAGED, label="over the number's range, averaged over the draws"),
        Line2D([], [], color=AT_DEFAULTS, marker="o", markersize=4, label="all other numbers at their defaults"),
        Line2D([], [], color=TURNS, marker="$0.8$", linestyle="none", markersize=16,
               label="value at which the sign turns; in brackets: not told from chance"),
    ]  # fmt: skip


def tornado(found: Robust, ax: Axes | None = None, contrast: str | None = None, measure: str | None = None) -> Axes:
    """Draw one contrast and measure; returns the axes.

    A bar a leading number, largest first: differences that it goes through, low end of its range to high end (the ends
    marked - and +). Beside it the values at which the sign turns. Raises StudyError for a name that is not there.
    """
    contrast = _one(contrast, found.summary["contrast"], "contrast")
    here = found.summary[found.summary["contrast"] == contrast]
    measure = _one(measure, here["measure"], "measure")
    if ax is None:
        ax = Figure(figsize=(7.5, 4.5), layout="constrained").subplots()
    factor, title, unit, _ = scale_of(measure)
    mean = factor * float(here.loc[here["measure"] == measure, "mean"].iloc[0])
    numbers = found.numbers
    its = numbers[(numbers["contrast"] == contrast) & (numbers["measure"] == measure)] if len(numbers) else numbers
    for row, number in enumerate(its.itertuples(index=False)):
        curves = found.curves[
            (found.curves["contrast"] == contrast) & (found.curves["measure"] == measure)
            & (found.curves["path"] == number.path)
        ]  # fmt: skip
        _bar(ax, row, curves, factor)
        ax.text(1.01, row, _turns(number), transform=ax.get_yaxis_transform(), va="center", fontsize=7.5, color=TURNS)
    ax.axvline(0, color=INK, linewidth=0.9)
    ax.axvline(mean, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    ax.set_ylim(max(len(its), 1) - 0.4, -0.6)
    ax.set_yticks(range(len(its)), list(its["path"]) if len(its) else [])
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(signed))
    ax.set_xlabel(f"{unit}; dashed: mean of the draws", color=INK, fontsize=8.5)
    head = "\n".join(textwrap.shorten(line, 62) for line in (title, readable(contrast)))
    ax.set_title(head, loc="left", fontsize=9.5, fontweight="bold", color=INK)
    plain(ax)
    ax.tick_params(axis="both", labelsize=8)
    ax.tick_params(axis="y", length=0)
    return ax


def _bar(ax: Axes, row: int, curves: pd.DataFrame, factor: float) -> None:
    """One number: the averaged curve's reach as a bar with its ends, and the line at the defaults."""
    averaged, own = (curves[curves["kind"] == kind] for kind in ("averaged", "at_defaults"))
    y = factor * averaged["difference"].to_numpy()
    ax.barh(row - 0.14, y.max() - y.min(), left=y.min(), height=0.3, color=AVERAGED, edgecolor=AVERAGED)
    for value, word in ((y[0], "−"), (y[-1], "+")) if y.max() > y.min() else ():
        ax.text(value, row - 0.14, word, ha="center", va="center", fontsize=8.5, fontweight="bold", color=INK)
    x = factor * own["difference"].to_numpy()
    if not len(x):
        return
    ax.plot([x.min(), x.max()], [row + 0.22] * 2, color=AT_DEFAULTS, linewidth=1.4)
    ax.plot(x, [row + 0.22] * len(x), linestyle="none", marker="o", markersize=2.5, color=AT_DEFAULTS)


def _turns(number: Any) -> str:
    """Where the sign turns: averaged, and at the defaults."""
    told = []
    if pd.notna(number.switch_averaged):
        told.append(f"{number.switch_averaged:.3g} averaged")
    if pd.notna(number.switch_at_defaults):
        value = f"{number.switch_at_defaults:.3g}"
        told.append(f"{value if number.clear else f'({value})'} at defaults")
    return "\n".join(told)


def _one(asked: str | None, there: pd.Series, what: str) -> str:
    names = list(dict.fromkeys(there))
    if asked is None:
        return str(names[0])
    if asked not in names:
        raise StudyError(f"{what}: found {asked!r:.80}{nearest(str(asked), names) or ';'} there is {', '.join(names)}")
    return asked
