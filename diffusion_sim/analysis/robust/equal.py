"""A contrast at equal net spending: the studies that find, draw by draw, pots with which both spend the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diffusion_sim.analysis.cells import Cells
from diffusion_sim.analysis.robust.asked import SPEND, Asked, Pair
from diffusion_sim.analysis.robust.draws import Apart, difference
from diffusion_sim.analysis.robust.equalise import ALIKE, equalise, means
from diffusion_sim.analysis.robust.folder import EQUAL, Rows, run_table
from diffusion_sim.analysis.studies import Study
from diffusion_sim.study.plan.factors import clean
from diffusion_sim.study.plan.spec import BY_POINT, COMMON

Floats = NDArray[np.float64]

BUDGET, YEARS = "money.budget_per_teacher", "programme.years_support"
SPENDING = "cost_total"
AT = " at equal spending"  # what a contrast's name ends in


class Source(NamedTuple):
    """Runs of a study. place : row of each draw in ``cells``."""

    cells: Cells
    place: Sequence[int]

    def values(self, strategy: str, measure: str) -> Floats:
        """By draw and seed."""
        return self.cells.column(measure)[0][list(self.place), self.cells.arm(strategy)]


class Found(NamedTuple):
    """A pair over some sets of values, the draws. rounds : (strategy, round) -> runs; 0 : with the draw's own pot.
    table, taken : ``Equalised``. lost : runs that failed."""

    pair: Pair
    rounds: Mapping[tuple[str, int], Source]
    table: pd.DataFrame
    taken: NDArray[np.int64]
    lost: int

    @property
    def name(self) -> str:
        """What the contrast is called."""
        return " - ".join(self.pair) + AT

    @property
    def alike(self) -> NDArray[np.bool_]:
        """By draw: do both spend the same there?"""
        return (self.table["spending"] == ALIKE).to_numpy()

    def apart(self, measure: str) -> Apart:
        """First - second in all draws, those that stand apart, too."""
        first, second = (self._values(self.pair[arm], self.taken[arm], measure) for arm in (0, 1))
        return difference(first, second)

    def _values(self, strategy: str, taken: NDArray[np.int64], measure: str) -> Floats:
        found = self.rounds[strategy, 0].values(strategy, measure).copy()
        for turn in set(taken.tolist()) - {0}:
            found[taken == turn] = self.rounds[strategy, turn].values(strategy, measure)[taken == turn]
        return found


def over_draws(asked: Asked, pair: Pair, rows: Rows, out: Path, how: Mapping[str, Any]) -> Found:
    """The pair in all draws, on the draws' own seeds. rows : what was drawn."""
    return _find(asked, pair, rows, out, how, "", {"replicates": asked.seeds, "seeds": BY_POINT})


def at_defaults(asked: Asked, pair: Pair, rows: Rows, seeds: int, out: Path, how: Mapping[str, Any]) -> Found:
    """The pair on values of one number at a time, on the same seeds throughout."""
    return _find(asked, pair, rows, out, how, "_at_defaults", {"replicates": seeds, "seeds": COMMON})


def _find(
    asked: Asked, pair: Pair, rows: Rows, out: Path, how: Mapping[str, Any], what: str, seeds: Mapping[str, Any]
) -> Found:
    given = [{BUDGET: asked.scenario[BUDGET], **row} for row in rows]
    studies: list[Study] = []

    def study(name: str, arms: Sequence[str], budgets: Floats) -> Source:
        said = {**asked.common(f"robust_{name}", arms, {SPEND: "stretch"}, free=(BUDGET,)), **seeds}
        table = [{**row, BUDGET: clean(budget)} for row, budget in zip(given, budgets.tolist(), strict=True)]
        table, place = _once(table) if seeds["seeds"] == COMMON else (table, list(range(len(table))))
        studies.append(run_table(out / EQUAL / "__".join(pair), name, said, table, how))
        return Source(studies[-1]._cells, place)

    def run(arm: int, turn: int, budgets: Floats) -> Floats:
        rounds[pair[arm], turn] = study(f"{pair[arm]}_round_{turn}{what}", (pair[arm],), budgets)
        return rounds[pair[arm], turn].values(pair[arm], SPENDING)

    own = np.array([float(row[BUDGET]) for row in given])
    wide = study(f"stretched{what}", pair, own)
    rounds = {(name, 0): wide for name in pair}
    years = np.array([float(row.get(YEARS, asked.scenario[YEARS])) for row in given])
    posts = means(np.hstack([wide.values(name, "posts") for name in pair]))
    found = equalise([wide.values(name, SPENDING) for name in pair], years * posts, own, run)
    lost = sum(int((study.runs["status"] != "ok").sum()) for study in studies)
    return Found(pair, rounds, found.table, found.taken, lost)


def _once(rows: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[int]]:
    """(rows, each once; place of each row there): several that differ in the own pot alone may come to the same."""
    found: list[dict[str, Any]] = []
    for row in rows:
        if row not in found:
            found.append(row)
    return found, [found.index(row) for row in rows]
