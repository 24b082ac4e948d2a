"""What figures share: inks, names, numbers on axes, the look of axes, places for names beside lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes

from diffusion_sim.measures import COMPARED, MEASURE_INFO, SUPPORT_END

INK, FAINT = "#333333", "#B8B8B8"
FOOTNOTE = (
    "Simulated teachers. Strategies are compared under stated assumptions; these are not forecasts. "
    "Equity is between schools: pupils of one school meet the same teachers."
)


def readable(name: str) -> str:
    """An id as words."""
    return name.replace("_", " ")


class Scale(NamedTuple):
    """How a measure is written. factor : of the values; title, unit, note : texts."""

    factor: float
    title: str
    unit: str
    note: str


def scale_of(name: str) -> Scale:
    """How figures write a measure, or its value at the end of support."""
    stem = name.removesuffix(SUPPORT_END)
    info = (MEASURE_INFO | COMPARED).get(stem)
    title = (info.title if info else readable(stem)) + (", end of support" if name != stem else "")
    title = title[0].upper() + title[1:]
    note = {"larger": "above 0: better", "smaller": "below 0: better"}.get(str(info and info.direction), "")
    if stem.startswith("equity_gap"):
        note = "above 0: better for low-income pupils"
    if info is not None and info.unit == "share":
        return Scale(100.0, title, "percentage points", note)
    return Scale(1.0, title, info.unit if info else "", note)


def signed(value: float, _: Any = None) -> str:
    """A tick of a difference."""
    return f"{value:+,g}".replace("-", "−") if value else "0"


def plain(ax: Axes) -> None:
    """No frame, faint lines across."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(FAINT)
    ax.tick_params(colors=INK, labelsize=9)
    ax.grid(axis="both", color="#E6E6E6", linewidth=0.7)
    ax.set_axisbelow(True)


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Ascending heights moved as little as needed so that neighbours are ``gap`` apart: groups around their means."""
    groups: list[tuple[float, int]] = []  # (mean, members)
    for height in heights:
        groups.append((height, 1))
        while len(groups) > 1:
            (low, few), (high, many) = groups[-2:]
            if high - (many - 1) / 2 * gap - (low + (few - 1) / 2 * gap) >= gap - 1e-12:
                break
            groups[-2:] = [((low * few + high * many) / (few + many), few + many)]
    return [mean + (i - (members - 1) / 2) * gap for mean, members in groups for i in range(members)]
