"""What an answer is made of: five lines, cost, harm, quantities with intervals, tables, a figure."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from diffusion_sim.analysis import harm
from diffusion_sim.analysis.intervals import mean_interval
from diffusion_sim.analysis.results import save_into, write_csv, write_figure, write_record
from diffusion_sim.analysis.statements import STATEMENTS
from diffusion_sim.errors import StoreError, as_path
from diffusion_sim.scenario import Scenario
from diffusion_sim.scenario.ranges_lock import digest
from diffusion_sim.scenario.words import NONE
from diffusion_sim.study.provenance import provenance
from diffusion_sim.systems.question import RUNS, Estimate, Question, Row

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COST = "cost_per_pupil_year"  # net, US dollars
FIGURES = "diffusion_sim.viz"  # room of the figures; loaded by name, since it lies above
SOMETIMES = ("draws.csv",)


@dataclass(frozen=True, eq=False)
class Answer:
    """The answer of a system.

    lines : five plain sentences. cost : of each arm, net US dollars a pupil and year. harm : for each arm, in how many
    draws pupils gain less than without a programme. quantities : key, mean, low, high (95 % t interval over seeds), n.
    statements : key, text, value (at the scenario's own numbers), holds, holds_in, draws. tables : by name, ``runs``
    among them. draws : one row a draw, numbers as ``p.<path>`` and quantities by key; empty without draws.
    """

    system: str
    question: str
    lines: list[str]
    cost: list[str]
    harm: list[str]
    quantities: pd.DataFrame
    statements: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    draws: pd.DataFrame
    scenario: Scenario
    provenance: dict[str, Any]

    def text(self) -> str:
        """All of it in plain words."""
        held = [f"{row['text']}: {_held(row)}" for row in self.statements.to_dict("records")]
        parts = {
            "": self.lines,
            "Cost": self.cost,
            "Harm": self.harm,
            "Does it hold?": held,
            "Read this first": STATEMENTS,
        }
        said = [self.question]
        for title, lines in parts.items():
            said += ["", *([title] if title else []), *(f"  {line}" for line in lines)]
        return "\n".join(said) + "\n"

    def plot(self) -> Figure:
        """One figure that says the answer."""
        figure: Figure = importlib.import_module(f"{FIGURES}.{self.system}_figure").draw(self)
        return figure

    def save(self, dir: str | os.PathLike[str]) -> Path:
        """Write answer.txt, the tables as CSV, figure.png and figure.svg, and provenance.json into a folder. Raises
        StoreError."""
        return save_into(as_path(dir, "folder to save into", StoreError), self._write, SOMETIMES)

    def _write(self, folder: Path) -> None:
        (folder / "answer.txt").write_text(self.text(), encoding="utf-8", newline="\n")
        found = {"quantities": self.quantities, "statements": self.statements, **self.tables}
        for name, table in (found | ({"draws": self.draws} if len(self.draws) else {})).items():
            write_csv(table, folder / f"{name}.csv")
        write_record(self.provenance, folder / "provenance.json")
        write_figure(self.plot, folder)

    def __repr__(self) -> str:
        return self.text()


def _held(row: Mapping[Any, Any]) -> str:
    here = "holds at the scenario's numbers" if row["holds"] else "does not hold at the scenario's numbers"
    return f"{here}, and in {row['holds_in']} of {row['draws']} draws" if row["draws"] else here


def answer_of(
    question: Question, sc: Scenario, rows: Sequence[Row], points: Sequence[Row], drawn: Sequence[Row],
    said: Mapping[str, Any],
) -> Answer:  # fmt: skip
    """The answer, from rows of all seeds and the quantities of draws."""
    quantities = estimates(question, rows)
    runs = pd.DataFrame([{k: v for k, v in row.items() if k != "table"} for row in rows if row["table"] == RUNS])
    own = [{f"p.{path}": value for path, value in point.items()} for point in points]
    draws = pd.DataFrame([where | dict(found) for where, found in zip(own, drawn, strict=True)])
    return Answer(
        question.id, question.text, question.say(quantities, sc), cost_lines(runs), harm_lines(runs),
        pd.DataFrame([(key, *found) for key, found in quantities.items()], columns=["key", *Estimate._fields]),
        statements_of(question, quantities, draws), {RUNS: runs, **question.tables(rows)}, draws, sc,
        {**provenance(sc, system=question.id, draws=len(draws), **said), "ranges": {"digest": digest()}},
    )  # fmt: skip


def estimates(question: Question, rows: Sequence[Row]) -> dict[str, Estimate]:
    """Quantities with their intervals over seeds."""
    by_seed: dict[Any, list[Row]] = {}
    for row in rows:
        by_seed.setdefault(row["seed"], []).append(row)
    found = [question.reckon(its) for its in by_seed.values()]
    estimated = {}
    for key in found[0]:
        mean, _, low, high, n = mean_interval(np.array([one[key] for one in found], dtype=np.float64))
        estimated[key] = Estimate(mean, low, high, n)
    return estimated


def statements_of(question: Question, quantities: Mapping[str, Estimate], draws: pd.DataFrame) -> pd.DataFrame:
    """Whether each statement holds at the scenario's numbers, and in how many draws."""
    rows = []
    for key, text, holds in question.statements:
        value, among = quantities[key].mean, draws[key].tolist() if len(draws) else []
        rows.append((key, text, value, bool(holds(value)), sum(bool(holds(one)) for one in among), len(among)))
    return pd.DataFrame(rows, columns=["key", "text", "value", "holds", "holds_in", "draws"])


def cost_lines(runs: pd.DataFrame) -> list[str]:
    """Net cost per pupil and year of each arm but ``none``."""
    found = []
    for arm, its in runs[runs["strategy"] != NONE].groupby("strategy", sort=False):
        mean, _, low, high, _ = mean_interval(its[COST].to_numpy(dtype=np.float64))
        found.append(f"{arm}: {mean:,.0f} US dollars a pupil and year ({low:,.0f} to {high:,.0f})")
    return found


def harm_lines(runs: pd.DataFrame) -> list[str]:
    """Who is left worse off than without a programme."""
    said = harm.said(harm.harm(runs))
    return [said] if isinstance(said, str) else [f"{arm}: {line}" for arm, line in said.items()]
