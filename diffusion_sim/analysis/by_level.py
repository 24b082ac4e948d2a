"""Differences at the levels of a study's factors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diffusion_sim.analysis.cells import SCENARIO, Cells
from diffusion_sim.analysis.study_tables import Design, differences
from diffusion_sim.errors import StudyError

MOST_LEVELS = 12


class Level(NamedTuple):
    """A level of a factor. text : its label or value; value : NaN for labels; points : which points have it."""

    factor: str
    text: str
    value: Any
    points: NDArray[np.bool_]


def factor_column(factor: str, points: pd.DataFrame) -> str:
    """Column of a factor in ``Study.points``."""
    return f"label.{factor}" if f"label.{factor}" in points.columns else f"p.{factor}"


def levels(cells: Cells, points: pd.DataFrame, factors: Sequence[str], kind: str) -> Iterator[Level]:
    """Levels of the factors that have few, in ascending order (labels in order of appearance)."""
    own = points[points["scenario"].astype(str) == cells.scenarios[0]].set_index("point").reindex(cells.points)
    columns = [factor_column(factor, points) for factor in factors]
    start = own[columns].eq(own[columns].iloc[0])  # the first point of one_at_a_time is what the others depart from
    for factor, column in zip(factors, columns, strict=True):
        found = list(dict.fromkeys(own[column].dropna()))
        if not 2 <= len(found) <= MOST_LEVELS:
            continue
        if not column.startswith("label."):
            found = sorted(found)
        for level in found:
            there = (own[column] == level).to_numpy()
            if kind == "one_at_a_time":
                there = there & start.drop(columns=column).all(axis=1).to_numpy()
            number = not isinstance(level, str)
            yield Level(factor, f"{level:g}" if number else level, float(level) if number else np.nan, there)


def by_level(
    cells: Cells,
    pairs: Sequence[tuple[str, str]],
    names: Sequence[str],
    design: Design,
    points: pd.DataFrame,
    factors: Sequence[str],
) -> pd.DataFrame:
    """See ``Study.by_level``."""
    found = []
    for level in levels(cells, points, factors, design.kind):
        table = differences(cells, pairs, names, SCENARIO, design, points, only=level.points)
        for place, (name, value) in enumerate(
            (("factor", level.factor), ("level", level.text), ("value", level.value))
        ):
            table.insert(place, name, value)
        found.append(table)
    if not found:
        raise StudyError(f"no factor has 2 to {MOST_LEVELS} levels, so there are none to show differences at")
    return pd.concat(found, ignore_index=True)
