"""The figure of a comparison: what it says first on top, a row a measure, over time and at the end.

One narrow column, so that it can be read on a small screen: names stand once a row, between the two panels.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from diffusion_sim.analysis.arms import NONE
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.viz import compare_panels as panels_of
from diffusion_sim.viz.colours import dark
from diffusion_sim.viz.compare_facts import DEEP, LOW, PANELS, RATIO, Facts, Panel, facts_of
from diffusion_sim.viz.marks import FOOTNOTE, INK, readable, spread

if TYPE_CHECKING:
    from diffusion_sim.analysis.results import Comparison

__all__ = ["PANELS", "compare_figure"]

# inches
_WIDE, _LEFT, _LINES, _GAP, _EDGE = 7.6, 0.55, 2.45, 0.2, 0.2
_HEAD, _FOOT, _ROW = 0.72, 0.4, 0.24
_NAME = 24  # letters in a line of a name
_LETTERS = 110  # in a line of words
_LETTERS_RIGHT = 38  # above what stands on the right
_NOT_AGAINST_NONE = (
    f"{panels_of.SIGN} no difference to none: hardly anybody uses the practice there, and nothing is spent on it."
)


def compare_figure(comparison: Comparison, axes: Axes | Sequence[Axes] | None = None) -> Figure:
    """Draw a comparison; returns the figure.

    comparison : a Comparison with ``series``. axes : None = a figure of its own; two axes, left and right, for each of
    PANELS, are filled in the same way; one Axes gets deep use over time.
    """
    facts = facts_of(comparison)
    if isinstance(axes, Axes):
        _one(axes, DEEP, facts)
        return axes.figure  # type: ignore[return-value]
    if axes is None:
        return _whole(facts)
    cells = np.asarray(axes, dtype=object).reshape(len(facts.panels), 2)
    for (left, right), panel in zip(cells, facts.panels, strict=True):
        panels_of.lines(left, panel, facts)
        order = panels_of.in_order(panel, facts)
        said = panels_of.right(right, panel, facts, order)
        left.set_title(f"{panel.title}\n{panel.unit}", loc="left", fontsize=9, color=INK)
        right.set_title(said, loc="left", fontsize=9, color=INK)
        right.set_yticks(range(len(order)), [readable(arm) for arm in order])
    return cells[0, 0].figure


def _one(ax: Axes, panel: Panel, facts: Facts) -> None:
    """One measure over time, with names beside the lines."""
    ends = panels_of.lines(ax, panel, facts)
    ax.set_title(panel.title, loc="left", fontsize=11, fontweight="bold", color=INK)
    ax.set_ylabel(panel.unit, color=INK)
    ax.set_xlabel("school years", color=INK)
    bottom, top = ax.get_ylim()
    order = sorted(ends, key=ends.__getitem__)
    heights = [(ends[arm] - bottom) / (top - bottom) for arm in order]
    for arm, own, height in zip(order, heights, spread(heights, 0.095), strict=True):
        _name(ax, arm, own, 1.04, height, facts)


def _name(ax: Axes, arm: str, end: float | None, x: float, height: float, facts: Facts, words: str = "") -> None:
    """A strategy's name right of the lines, led to from where its line ends (share of the axes' height; None: no line).
    """
    colour = facts.looks[arm].colour
    lead = {"arrowstyle": "-", "color": colour, "linewidth": 0.9, "shrinkA": 1, "shrinkB": 1, "relpos": (0, 0.5)}
    ax.annotate(
        words or readable(arm), xy=(1.0, height if end is None else end), xytext=(x, height), xycoords="axes fraction",
        textcoords="axes fraction", va="center", ha="left", fontsize=9, linespacing=0.95, color=dark(colour),
        annotation_clip=False, arrowprops=None if end is None else lead,
    )  # fmt: skip


# ---- the whole figure ------------------------------------------------------------------------------------------------


def _names(facts: Facts) -> dict[str, str]:
    """Strategy -> its name in one line or two."""
    found = {}
    for arm in facts.arms:
        said = textwrap.wrap(readable(arm), _NAME)
        rest = " ".join(said[1:])
        found[arm] = "\n".join([said[0], textwrap.shorten(rest, _NAME, placeholder=" ...")] if rest else said)
    return found


def _whole(facts: Facts) -> Figure:
    """A figure of its own, from the top down in inches."""
    names = _names(facts)
    letters = max(len(line) for name in names.values() for line in name.split("\n"))
    between = _GAP + 0.1 + 0.078 * letters
    wide = _WIDE - _LEFT - _LINES - between - _EDGE
    each = _ROW + 0.08 * any("\n" in name for name in names.values())
    tall = max(1.3, each * len(facts.arms))
    head, foot = _words(facts)
    top = 0.15 + sum(_height(size, text) for text, size, _ in head)
    bottom = 0.15 + sum(_height(size, text) for text, size, _ in foot)
    height = top + len(facts.panels) * (_HEAD + tall + _FOOT) + bottom
    figure = Figure(figsize=(_WIDE, height))
    _write(figure, head, height - 0.12, height)
    _write(figure, foot, bottom - 0.05, height)
    for row, panel in enumerate(facts.panels):
        y = height - top - row * (_HEAD + tall + _FOOT)
        _row(figure, panel, facts, names, (y, tall, height, between, wide), row == len(facts.panels) - 1)
    return figure


def _row(figure: Figure, panel: Panel, facts: Facts, names: dict[str, str], size: Any, last: bool) -> None:
    """Title, lines, names, and what the strategies come to."""
    y, tall, height, between, wide = size
    base = (y - _HEAD - tall) / height
    left = figure.add_axes((_LEFT / _WIDE, base, _LINES / _WIDE, tall / height))
    start = (_LEFT + _LINES + between) / _WIDE
    right = figure.add_axes((start, base, wide / _WIDE, tall / height))
    ends, order = panels_of.lines(left, panel, facts), panels_of.in_order(panel, facts)
    said = panels_of.right(right, panel, facts, order)
    said = "\n".join(textwrap.fill(line, _LETTERS_RIGHT) for line in said.split("\n"))
    figure.text(0.12 / _WIDE, (y - 0.1) / height, panel.title, fontsize=11.5, fontweight="bold", color=INK, va="top")
    figure.text(0.12 / _WIDE, (y - 0.35) / height, panel.unit, fontsize=9, color=INK, va="top")
    up = 0.04 if said.count("\n") < 2 else 0.02
    figure.text(start - 0.1 / _WIDE, base + (tall + up) / height, said, fontsize=9, color=INK, va="bottom",
                linespacing=1.15)  # fmt: skip
    bottom, top = left.get_ylim()
    for place, arm in enumerate(order):
        end = (ends[arm] - bottom) / (top - bottom) if arm in ends else None
        _name(left, arm, end, 1.0 + _GAP / _LINES, 1.0 - (place + 0.5) / len(order), facts, names[arm])
    if last:
        left.set_xlabel("school years", color=INK, fontsize=9)


# ---- words -----------------------------------------------------------------------------------------------------------

Words = list[tuple[str, float, bool]]  # text, size in points, bold


def _height(size: float, text: str) -> float:
    """Inches that lines take, with room below."""
    return size * 1.3 / 72.0 * (1 + text.count("\n")) + 0.06


def _write(figure: Figure, words: Words, y: float, height: float) -> None:
    """Words one below the other from y, in inches."""
    for text, size, bold in words:
        figure.text(0.12 / _WIDE, y / height, text, fontsize=size, fontweight="bold" if bold else "normal", color=INK,
                    va="top", linespacing=1.25)  # fmt: skip
        y -= _height(size, text)


def _words(facts: Facts) -> tuple[Words, Words]:
    """(above the panels, below them)."""
    runs = f"{facts.replicates} draws" if facts.replicates > 1 else "1 draw"
    band = "line = mean, band = middle 80 % of draws" if facts.replicates > 1 else "one run each"
    under = [f"Scenario {facts.scenario}, {runs}, the same for all; {band}, bar = 95 % interval"]
    after = facts.support < facts.weeks
    under += ["Broken upright line: support ends; then schools are on their own"] if after else []
    under += ["Dotted: the same with the usual rules"] if facts.usual is not None else []
    under += [line for line in facts.said if line]
    head = [(textwrap.fill(_headline(facts), 62), 13.5, True)]
    head += [(textwrap.fill(textwrap.shorten(line, 400, placeholder=" ..."), 104), 9.5, False) for line in under]
    head += [(textwrap.fill(facts.harm, 104), 9.5, False)]
    foot = [(textwrap.fill(FOOTNOTE, _LETTERS), 9.0, False)]
    if facts.baseline == NONE and any(p.measure == RATIO or not facts.compared(p) for p in facts.panels):
        foot.insert(0, (textwrap.fill(_NOT_AGAINST_NONE, _LETTERS), 9.0, False))
    return head, foot


def _headline(facts: Facts) -> str:
    """The most that low-income pupils meet at the end, against the baseline; of all teachers where it is not there."""
    low = (facts.series["measure"] == LOW).any()
    measure = LOW if low else DEEP.measure
    end = facts.series[(facts.series["week"] == facts.weeks) & (facts.series["measure"] == measure)]
    whose = "low-income pupils' teachers" if low else "teachers"
    level = end.set_index("strategy")["mean"]
    after = (facts.weeks - facts.support) / WEEKS_PER_YEAR
    when = f"{after:g} year{'s' * (after != 1)} after support" if after > 0 else "At the end of support"
    when = f"Under own rules, {when[0].lower()}{when[1:]}" if facts.own else when
    others = level.drop(facts.baseline, errors="ignore").dropna()
    if others.empty or facts.baseline not in level:
        return f"{when}, {level.iloc[0]:.0%} of {whose} are in deep use"
    best = str(others.idxmax())
    if others[best] <= level[facts.baseline]:
        return f"{when}, no strategy leaves more deep use than {readable(facts.baseline)} to {whose}"
    plain = "without a programme" if facts.baseline == NONE else f"under {readable(facts.baseline)}"
    return (
        f"{when}, at most {_percent(others[best])} of {whose} are in deep use ({readable(best)}), "
        f"{_percent(level[facts.baseline])} {plain}"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.1f} %"
