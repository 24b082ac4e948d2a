"""What a robust run gives its user: tables, a figure, and a folder of files."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from diffusion_sim.analysis import results as saving
from diffusion_sim.errors import StoreError, as_path, check_flag
from diffusion_sim.scenario.ranges_lock import DRAWN

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FIGURE = "diffusion_sim.viz.robust_figure"  # drawn above us, loaded by name
SPENDING = "equal_spending"  # a table where something was asked at equal spending
_TABLES = ("summary", "numbers", "coefficients", "words", "harm", "inert", "draws", "curves")


@dataclass(frozen=True, eq=False, repr=False)
class Robust:
    """Whether contrasts hold over the draws. Columns: analysis/robust/tables.py.

    summary : one row a contrast and measure: signs, spread, parts of the variance. numbers : one row a contrast,
    measure and leading number: rank coefficient, PAWN, switch points, what a survey would change. coefficients : the
    rank coefficients of all that was drawn. words : signs under each word of each structure. harm : in how many draws
    an arm leaves pupils below ``none``. inert : what was drawn and moves no measure. draws : one row a draw. curves :
    what the figure draws. equal_spending : contrasts at equal spending, in how many draws both spent the same, and what
    stands apart; spending : contrast -> that in words. provenance : what was run, with the digest of the ranges;
    notes : what must be said with it.
    """

    summary: pd.DataFrame
    numbers: pd.DataFrame
    coefficients: pd.DataFrame
    words: pd.DataFrame
    harm: pd.DataFrame
    inert: pd.DataFrame
    draws: pd.DataFrame
    curves: pd.DataFrame
    provenance: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    equal_spending: pd.DataFrame = field(default_factory=pd.DataFrame)
    spending: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        about = {key: self.provenance[key] for key in ("version", "model_version", "ranges") if key in self.provenance}
        for name in self.tables:
            getattr(self, name).attrs.update(about)

    @property
    def tables(self) -> list[str]:
        """Names of the tables that there are."""
        return [*_TABLES, *([SPENDING] if self.spending else [])]

    @property
    def ranges(self) -> str:
        """Which plausible ranges were drawn from, in words."""
        said = self.provenance["ranges"]
        same = said["digest"] == said["locked"]
        text = "as locked" if same else f"NOT those locked before ({said['locked']})"
        return f"plausible ranges {said['digest']}, {text}"

    def sentences(self, contrast: str) -> list[str]:
        """One line a measure: in how many draws the contrast has its sign, ``summary``'s sign; before them, at equal
        spending, in how many draws spending is equal."""
        rows = self.summary[self.summary["contrast"] == contrast]
        first = [self.spending[contrast]] if contrast in self.spending else []
        return first + [f"{row.measure}: {held(row)}" for row in rows.itertuples(index=False)]

    @property
    def contrasts(self) -> list[str]:
        """Their names, those without enough draws at equal spending, too."""
        return list(dict.fromkeys([*self.summary["contrast"], *self.spending]))

    def plot(self, ax: Axes | None = None, contrast: str | None = None, measure: str | None = None) -> Axes | Figure:
        """Tornado of the leading numbers with their switch points: with ``ax``, ``contrast`` or ``measure`` one panel
        (those left out: the first there are), else a figure of all. Raises StudyError for a name that is not there."""
        module = importlib.import_module(FIGURE)
        if ax is None and contrast is None and measure is None:
            return module.robust_figure(self)
        return module.tornado(self, ax, contrast, measure)

    def save(self, dir: str | os.PathLike[str], plain_ids: bool = False) -> Path:
        """Write every table as CSV, figure.png, figure.svg (data: curves.csv and numbers.csv) and provenance.json.
        plain_ids : text in CSV as it is. Returns the folder. Raises StoreError."""
        check_flag(plain_ids, "plain_ids", StoreError)
        out = saving.outside_stores(as_path(dir, "folder to save into", StoreError))

        def write(folder: Path) -> None:
            for name in self.tables:
                saving.write_csv(getattr(self, name), folder / f"{name}.csv", plain_ids)
            saving.write_figure(lambda: importlib.import_module(FIGURE).robust_figure(self), folder)
            said = {**self.provenance, "notes": list(self.notes), **saving.text_in_csv(plain_ids)}
            saving.write_record(said, folder / "provenance.json")

        return saving.save_into(out, write, [])

    def __repr__(self) -> str:
        told = [f"{name}\n  " + "\n  ".join(self.sentences(name)) for name in self.contrasts]
        return "\n".join([*told, self.ranges])


def held(row: Any) -> str:
    """``above 0 in 84 of 100 draws from our own ranges (uniform, independent); 15 below 0, 1 tied``: its sign first."""
    counts = {1: ("above 0", row.above), -1: ("below 0", row.below), 0: ("tied", row.ties)}
    word, many = counts.pop(int(row.sign))
    others = [f"{number} {name}" for name, number in counts.values()]
    return f"{word} in {many} of {row.draws} {DRAWN}; {', '.join(others)}"
