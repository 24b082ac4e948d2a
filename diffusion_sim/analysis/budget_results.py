"""What ``budget`` gives: the table of points, its front, what they say in words, a figure, and a folder of files."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from diffusion_sim.analysis.arms import NONE
from diffusion_sim.analysis.budget_tables import FREES, LEFT, TOLERANCE
from diffusion_sim.analysis.per_pupil import in_words
from diffusion_sim.analysis.results import save_into, text_in_csv, write_csv, write_figure, write_record
from diffusion_sim.errors import StoreError, as_path, check_flag
from diffusion_sim.measures import COMPARED, MEASURE_INFO, SUPPORT_END
from diffusion_sim.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Drawn above us: an upward door, opened by name when a figure is asked for.
FIGURE = ("diffusion_sim.viz.budget_figure", "budget_figure")

HOW_CHANCE = (
    "A point (a strategy at a budget) is beaten where another point has more of the measure for no more net money and "
    "the 95 % interval of their difference, paired by seed, excludes 0; else it stays on the front. So fewer seeds "
    f"leave more points on it. Up to {100 * TOLERANCE:.0f} % more money counts as no more."
)
ONE_PAIR = "Each interval is of one pair of points; among many pairs some exclude 0 by chance."


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Budget:
    """Strategies at several budgets, on the same seeds.

    scenario : as run, with stretched hours. measure : which one. table : ``budget_tables.COLUMNS``, one row a point.
    runs : one row a run: scenario, strategy, budget (NaN of ``none``), replicate, seed, status, error, seconds,
    outcomes. provenance : what was run. warnings : texts for the user.
    """

    scenario: Scenario
    measure: str
    table: pd.DataFrame
    runs: pd.DataFrame
    provenance: Mapping[str, Any]
    warnings: tuple[str, ...]

    @property
    def front(self) -> pd.DataFrame:
        """Points that no other beats, by net spending; columns of ``table``."""
        return self.table[self.table["on_front"]].sort_values("net").reset_index(drop=True)

    @property
    def lines(self) -> list[str]:
        """The answer in words: who is not beaten at which budget, who never is on the front, who cannot spend or frees
        money."""
        return [*_fronts(self), *_never(self), *_marks(self.table)]

    @property
    def harm(self) -> list[str]:
        """Where pupils gain less than without a programme, at which budgets."""
        return _harms(self.table)

    @property
    def notes(self) -> list[str]:
        """How chance is treated, and what is to be said with the table."""
        spend = "Hours stretch until the pot is used; years after support get what the scenario says."
        return [HOW_CHANCE, ONE_PAIR, spend, *self.warnings]

    def say(self, value: float, signed: bool = False) -> str:
        """A value of the measure, as text."""
        if np.isnan(value):
            return "-"
        sign = "+" if signed else ""
        return f"{100 * value:{sign}.1f} %" if self.unit == "share" else f"{value:{sign},.3f}"

    @property
    def unit(self) -> str:
        """Of the measure."""
        return {**MEASURE_INFO, **COMPARED}[self.measure.removesuffix(SUPPORT_END)].unit

    def plot(self, ax: Axes | None = None) -> Figure:
        """The figure, drawn into ``ax`` where given. In a notebook, the last line of a cell shows it."""
        if "ipykernel" in sys.modules:
            with contextlib.suppress(ImportError):  # what is imported teaches the notebook to show figures
                importlib.import_module("matplotlib_inline.backend_inline")
        room, name = FIGURE
        return getattr(importlib.import_module(room), name)(self, ax)

    def save(self, dir: str | os.PathLike[str], plain_ids: bool = False) -> Path:
        """Write table.csv, runs.csv, budget.txt (the answer in words), figure.png, figure.svg and provenance.json.

        As ``Comparison.save``: all files or none. Returns the folder. Raises StoreError.
        """
        check_flag(plain_ids, "plain_ids", StoreError)
        return save_into(as_path(dir, "place to save to", StoreError), lambda aside: self._write(aside, plain_ids), ())

    def _write(self, folder: Path, plain: bool) -> None:
        write_csv(self.table, folder / "table.csv", plain)
        write_csv(self.runs, folder / "runs.csv", plain)
        said = "\n".join([*self.lines, *self.harm, *self.notes]) + "\n"
        (folder / "budget.txt").write_text(said, encoding="utf-8", newline="\n")
        record = {**self.provenance, "warnings": list(self.warnings), **text_in_csv(plain)}
        write_record(record, folder / "provenance.json")
        write_figure(self.plot, folder)

    def __repr__(self) -> str:
        return f"Budget: {self.measure} against net spending, {len(self.table)} points\n" + "\n".join(self.lines)


# ---- words -----------------------------------------------------------------------------------------------------------
def _fronts(found: Budget) -> list[str]:
    """A line a budget."""
    lines = []
    for budget, rows in found.table[found.table["strategy"] != NONE].groupby("budget"):
        there = rows[rows["on_front"]].sort_values("value", ascending=False)
        each = [f"{row.strategy} {found.say(row.value)} ({in_words(row.net)})" for row in there.itertuples()]
        said = "not beaten: " + ", ".join(each) if each else "every strategy is beaten"
        lines.append(f"{budget:,.0f} US dollars per post and year of support (net, a pupil and year): {said}")
    return lines


def _never(found: Budget) -> list[str]:
    groups = found.table.groupby("strategy", sort=False)
    without = [str(name) for name, rows in groups if rows["value"].isna().all() and name != NONE]
    never = [str(name) for name, rows in groups if not rows["on_front"].any() and rows["value"].notna().any()]
    said = [f"Beaten at every budget: {', '.join(never)}"] if never else []
    return said + ([f"Without a value of {found.measure}: {', '.join(without)}"] if without else [])


def _marks(table: pd.DataFrame) -> list[str]:
    lines = []
    for name, rows in table[table["mark"] == FREES].groupby("strategy", sort=False):
        each = ", ".join(f"at {row.budget:,.0f} {in_words(row.net)}" for row in rows.itertuples())
        lines.append(f"{name} frees as much money as it costs, or more: {each} US dollars a pupil and year")
    for name, rows in table[table["mark"] == LEFT].groupby("strategy", sort=False):
        each = ", ".join(f"{100 * row.left:.0f} % at {row.budget:,.0f}" for row in rows.itertuples())
        lines.append(f"{name} cannot spend its pot: of the money of the years of support it leaves {each}")
    return lines


def _harms(table: pd.DataFrame) -> list[str]:
    lines = []
    for name, rows in table[table["strategy"] != NONE].groupby("strategy", sort=False):
        told = []
        for column, whose in (("harm", "all pupils"), ("harm_poorest", "those of the poorest quarter of schools")):
            there = rows[rows[column] > 0.0]
            each = [f"{row[column] * row['draws']:.0f} of {row['draws']:.0f} at {row['budget']:,.0f}"
                    for row in there.to_dict("records")]  # fmt: skip
            told += [f"{whose} {', '.join(each)}"] if each else []
        if told:
            lines.append(f"{name}: pupils gain less than without a programme in these draws: {'; '.join(told)}")
    return lines or ["Pupils gain less than without a programme in no draw, at no budget."]
