"""What an answer is made of: five lines, cost, harm, quantities with intervals, tables, a figure."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
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
from diffusion_sim.systems.tables import rows_in

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COST = "cost_per_pupil_year"  # net, US dollars
DRAWS = re.compile(r"\bdraw(?=s?\b)")
FIGURES = "diffusion_sim.viz"  # room of the figures; loaded by name, since it lies above
SOMETIMES = ("draws.csv", "drivers.csv")
STATEMENT = [
    *("key", "text", "value", "low", "high", "holds", "told", "holds_in", "draws"),
    *("draws_low", "draws_median", "draws_high"),
]
DRIVERS = [
    *("key", "text", "number", "rank_correlation"),
    *("holds_lower", "lower", "holds_upper", "upper"),
]
DRIVERS_SHOWN, DRIVERS_FROM = 5, 30
LOOKS = 501  # places in an interval where a statement is tried: it may hold within a band only


@dataclass(frozen=True, eq=False)
class Answer:
    """The answer of a system.

    lines : five plain sentences. cost : of each arm, net US dollars a pupil and year. harm : for each arm, in how many
    draws pupils gain less than without a programme. quantities : key, mean, low, high (95 % t interval over seeds), n.
    statements : key, text, value, low, high (at the scenario's own numbers), holds, told (from chance), holds_in,
    draws, and 10th, 50th and 90th percentile of the quantity over draws. drivers : as ``drivers_of`` says. tables : by
    name, ``runs`` among them. draws : one row a draw, numbers as ``p.<path>`` and quantities by key. drivers and draws
    are empty without draws.
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
    drivers: pd.DataFrame
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
        drawn = {"draws": self.draws, "drivers": self.drivers} if len(self.draws) else {}
        for name, table in (found | drawn).items():
            write_csv(table, folder / f"{name}.csv")
        write_record(self.provenance, folder / "provenance.json")
        write_figure(self.plot, folder)

    def __repr__(self) -> str:
        return self.text()


def _held(row: Mapping[Any, Any]) -> str:
    here = "holds at the scenario's numbers" if row["holds"] else "does not hold at the scenario's numbers"
    here += "" if row["told"] else " (not told from chance)"
    return f"{here}, and in {row['holds_in']} of {row['draws']} draws" if row["draws"] else here


def answer_of(
    question: Question, sc: Scenario, rows: Sequence[Row], points: Sequence[Row], drawn: Sequence[Row],
    said: Mapping[str, Any],
) -> Answer:  # fmt: skip
    """The answer, from rows of all seeds and the quantities of draws."""
    quantities = estimates(question, rows)
    runs = pd.DataFrame(rows_in(rows, RUNS))
    own = [{f"p.{path}": value for path, value in point.items()} for point in points]
    draws = pd.DataFrame([where | dict(found) for where, found in zip(own, drawn, strict=True)])
    statements = statements_of(question, quantities, draws)
    return Answer(
        question.id, question.text, question.say(quantities, sc), cost_lines(runs), harm_lines(runs),
        pd.DataFrame([(key, *found) for key, found in quantities.items()], columns=["key", *Estimate._fields]),
        statements, {RUNS: runs, **question.tables(rows)}, draws, drivers_of(question, draws), sc,
        record(sc, system=question.id, draws=len(draws), **said),
    )  # fmt: skip


def record(sc: Scenario, **said: Any) -> dict[str, Any]:
    """Versions, command, scenario and the digest of all ranges. Command and scenario without the folders they lie in:
    who keeps an answer beside a page need not show them."""
    found = provenance(sc, **said)
    words = found.get("command")
    if sc.path is not None:
        found["scenario"]["canonical"]["location"] = f"scenarios/{sc.path.name}"
    named = {"command": [Path(words[0]).name, *words[1:]]} if words else {}
    return {**found, **named, "ranges": {"digest": digest()}}


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
    """Whether each statement holds at the scenario's numbers, told from chance where the whole interval says the
    same, and in how many draws; with the median of the quantity over draws and what 80 % of them lie between."""
    rows = []
    for key, text, holds in question.statements:
        found, among = quantities[key], draws[key].tolist() if len(draws) else []
        here, ends = bool(holds(found.mean)), (found.low, found.high)
        told = all(np.isfinite(one) and bool(holds(one)) == here for one in np.linspace(*ends, LOOKS))
        known = [one for one in among if np.isfinite(one)]
        spread = np.quantile(known, (0.1, 0.5, 0.9)).tolist() if known else [np.nan] * 3
        held = sum(bool(holds(one)) for one in among)
        rows.append((key, text, found.mean, *ends, here, told, held, len(among), *spread))
    return pd.DataFrame(rows, columns=STATEMENT)


def drivers_of(question: Question, draws: pd.DataFrame) -> pd.DataFrame:
    """The numbers and structures that go with each statement's quantity over draws: columns DRIVERS.

    rank_correlation : with the quantity; of a structure that of its words in the order of the alphabet. Of each
    quantity the strongest DRIVERS_SHOWN, those that chance alone hardly reaches among so many numbers. holds_lower,
    holds_upper : in how many of the draws in the lower and upper half of the number (first word, other words) the
    statement holds; lower, upper : how many these are. Empty below DRIVERS_FROM draws.
    """
    if len(draws) < DRIVERS_FROM:
        return pd.DataFrame(columns=DRIVERS)
    ranks = draws.filter(regex=r"^p[.]").apply(_coded).rank()
    least = NormalDist().inv_cdf(1.0 - 0.025 / max(1, ranks.shape[1])) / np.sqrt(len(draws) - 1)
    rows = []
    for key, text, holds in question.statements:
        with np.errstate(invalid="ignore", divide="ignore"):
            found = ranks.corrwith(draws[key].rank())
        found = found[found.abs() > least]
        held = draws[key].map(lambda value, holds=holds: bool(holds(value))).to_numpy(dtype=bool)
        for name in found.abs().sort_values(ascending=False, kind="stable").index[:DRIVERS_SHOWN]:
            lower = (ranks[name] <= ranks[name].mean()).to_numpy()
            counts = (int(held[lower].sum()), int(lower.sum()), int(held[~lower].sum()), int((~lower).sum()))
            rows.append((key, text, name.removeprefix("p."), found[name], *counts))
    return pd.DataFrame(rows, columns=DRIVERS)


def _coded(column: Any) -> Any:
    """A structure's words as numbers."""
    return column if pd.api.types.is_numeric_dtype(column) else pd.factorize(column, sort=True)[0]


def cost_lines(runs: pd.DataFrame) -> list[str]:
    """Net cost per pupil and year of each arm but ``none``."""
    found = []
    for arm, its in runs[runs["strategy"] != NONE].groupby("strategy", sort=False):
        mean, _, low, high, _ = mean_interval(its[COST].to_numpy(dtype=np.float64))
        own, less, more = (f"{value if abs(value) >= 0.5 else 0.0:,.0f}" for value in (mean, low, high))
        found.append(f"{arm}: {own} US dollars a pupil and year ({less} to {more})")
    return found


def harm_lines(runs: pd.DataFrame) -> list[str]:
    """Who is left worse off than without a programme, in how many seeds: an answer's draws are those of the plausible
    space."""
    said = harm.said(harm.harm(runs))
    if isinstance(said, str):
        return [said]
    return [f"{arm}: {DRAWS.sub('seed', line)}" for arm, line in said.items()]
