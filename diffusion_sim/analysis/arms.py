"""Runs sorted by arm and seed: what tables of a comparison are computed from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from diffusion_sim.analysis.intervals import Parts, Vector
from diffusion_sim.errors import StudyError, nearest
from diffusion_sim.measures import COMPARED, MEASURE_INFO, SUPPORT_END, outcome_exists
from diffusion_sim.scenario.words import NONE

ADDITIONAL, PER_TENTH = "cost_per_additional_deep_user", "cost_per_tenth_sd"
# What a strategy costs beyond ``none`` for what it gives beyond ``none``; exists in comparisons only. Name -> (cost,
# good, how much of it).
BOUGHT = {ADDITIONAL: ("cost_total", "deep_users", 1.0), PER_TENTH: ("cost_per_pupil", "pupil_gain_sd", 0.1)}


_NOT_OUTCOMES = {"scenario", "strategy", "point", "replicate", "seed", "status", "error", "seconds"}


class Arms(NamedTuple):
    """Outcomes by arm and seed: rows = strategies in order of appearance, columns = seeds in ascending order."""

    strategies: list[str]
    seeds: list
    values: dict[str, Vector]  # outcome -> (strategies, seeds), NaN = undefined or not run

    def row(self, strategy: str, word: str = "strategy") -> int:
        """Row of ``strategy``. Raises StudyError."""
        if strategy not in self.strategies:
            raise StudyError(
                f"{word} '{strategy}' is not among the runs; they have {', '.join(self.strategies)}"
                + nearest(strategy, self.strategies)
            )
        return self.strategies.index(strategy)

    def column(self, name: str, wanted_by: str = "") -> Vector:
        """An outcome. Raises StudyError where the runs lack it."""
        if name not in self.values:
            reason = f", which '{wanted_by}' is computed from" if wanted_by else ""
            raise StudyError(f"the runs have no column '{name}'{reason}" + nearest(name, self.values))
        return self.values[name]

    def parts(self, name: str) -> Parts | None:
        """Numerators and denominators of a ratio, None for what is none. Raises StudyError where a part is missing."""
        return parts_of(name, self.column)


def parts_of(name: str, column: Callable[[str, str], Vector]) -> Parts | None:
    """Numerator and denominator, or two of each, of an outcome that is a ratio (``MeasureInfo.parts``), else None.

    column : (name, wanted by) -> an outcome's values.
    """
    stem = name.removesuffix(SUPPORT_END)
    info = MEASURE_INFO.get(stem)
    if info is None or info.parts is None:
        return None
    end = name[len(stem) :]
    said = [part if part == "" or part.endswith(SUPPORT_END) else part + end for part in info.parts]
    values = column(name, "")
    if said[0]:
        return tuple((column(top, name), column(bottom, name)) for top, bottom in _in_pairs(said))
    denominator = column(said[1], name)
    # A denominator of 0 makes the run's value NaN, but the part above is known: it counts the same persons.
    return ((np.where(denominator == 0.0, 0.0, values * denominator), denominator),)


def _in_pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """(first, second), (third, fourth), ..."""
    return list(zip(names[::2], names[1::2], strict=True))


def gather(runs: pd.DataFrame) -> Arms:
    """Sort runs by arm and seed. Raises StudyError: no rows, missing columns, several scenarios, a seed twice."""
    for column in ("strategy", "seed"):
        if column not in runs.columns:
            raise StudyError(f"the table of runs needs a column '{column}'; it has {', '.join(map(str, runs.columns))}")
    if runs.empty:
        raise StudyError("the table of runs has no rows")
    if "scenario" in runs.columns and runs["scenario"].nunique() > 1:
        raise StudyError(f"runs of one scenario are compared; found {', '.join(map(str, runs['scenario'].unique()))}")
    twice = runs.duplicated(["strategy", "seed"])
    if twice.any():
        row = runs[twice].iloc[0]
        raise StudyError(f"seed {row['seed']} occurs more than once in strategy '{row['strategy']}'")
    arm, strategies = pd.factorize(runs["strategy"])
    seed, seeds = pd.factorize(runs["seed"], sort=True)
    values = {}
    for name in runs.columns:
        if name in _NOT_OUTCOMES or name.startswith("p.") or not pd.api.types.is_numeric_dtype(runs[name]):
            continue
        values[name] = np.full((len(strategies), len(seeds)), np.nan)
        values[name][arm, seed] = runs[name].to_numpy(dtype=np.float64, na_value=np.nan)
    return Arms([str(strategy) for strategy in strategies], list(seeds), values)


def chosen(arms: Arms, measures: Sequence[str] | None) -> list[str]:
    """The measures to show; None = all that can have a value, but no flows.

    Raises StudyError with the nearest names for one that is unknown or not in the runs.
    """
    if measures is None:
        found = [
            name
            for name, values in arms.values.items()
            if not name.startswith("flow_")
            and outcome_exists(name, MEASURE_INFO)
            and (name not in COMPARED or np.isfinite(values).any())
        ]
        bought = [name for name, (spent, got, _) in BOUGHT.items() if {spent, got} <= set(arms.values)]
        return found + bought * (NONE in arms.strategies)
    known = [*MEASURE_INFO, *COMPARED, *(name + SUPPORT_END for name in MEASURE_INFO), *arms.values, *BOUGHT]
    known = [name for name in known if outcome_exists(name, MEASURE_INFO)]
    for name in measures:
        if name not in known:
            raise StudyError(f"measure '{name}' is unknown" + nearest(name, known))
        if name in BOUGHT:
            arms.row(NONE)
        else:
            arms.column(name)
    return list(measures)
