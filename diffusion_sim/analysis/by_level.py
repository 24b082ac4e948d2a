"""Differences at the levels of a study's factors."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diffusion_sim.analysis.cells import SCENARIO, Cells
from diffusion_sim.analysis.study_tables import Design, differences, not_empty
from diffusion_sim.errors import StudyError
from diffusion_sim.study.plan.factor_columns import LABEL, PARAMETER, column_of

if TYPE_CHECKING:
    from diffusion_sim.study.plan.spec import StudySpec

MOST_LEVELS = 12
AS_IT_IS = "as it is"


class Level(NamedTuple):
    """A level of a factor. text : its label or value; value : NaN for labels; points : which points have it."""

    factor: str
    text: str
    value: Any
    points: NDArray[np.bool_]


def factor_column(factor: str, points: pd.DataFrame) -> str:
    """Column of a factor in ``Study.points``."""
    return LABEL + factor if LABEL + factor in points.columns else column_of(factor)


def levels(cells: Cells, points: pd.DataFrame, factors: Sequence[str], kind: str) -> Iterator[Level]:
    """Levels of the factors that have few, in ascending order (labels and structures in order of appearance)."""
    columns = [factor_column(factor, points) for factor in factors]
    if not columns:
        return
    # what a point states is the same in all scenarios; not all of them need have run it
    stated = points.groupby("point")[columns].first().reindex(cells.points)
    departs = _departures(cells, points, columns) if kind == "one_at_a_time" else None
    for factor, column in zip(factors, columns, strict=True):
        of = stated[column].to_numpy(dtype=object, copy=True)
        of[pd.isna(of)] = None
        if departs is not None:
            of[~(departs[column] & (departs.sum(axis=1) == 1)).to_numpy()] = None
            of[~departs.any(axis=1).to_numpy()] = _own(points, column, of.tolist())
        found = [level for level in dict.fromkeys(of.tolist()) if level is not None]
        if not 2 <= len(found) <= MOST_LEVELS:
            continue
        if column.startswith(PARAMETER):
            found = [level for level in found if level == AS_IT_IS] + sorted(x for x in found if x != AS_IT_IS)
        for level, text in zip(found, _texts(found), strict=True):
            value = np.nan if isinstance(level, str) else float(level)
            yield Level(factor, text, value, np.asarray(of == level, dtype=bool))


def _departures(cells: Cells, points: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """In which factors a point of one_at_a_time is not its scenario as it is, point 0: points x columns, truth values.

    A point that no scenario ran together with point 0 cannot be told, and counts as different in all.
    """
    scenario = points["scenario"].astype(str)
    start = points[points["point"] == 0].set_index(scenario[points["point"] == 0])
    known = scenario.isin(start.index)
    found = {}
    for column in columns:
        here, own = points.loc[known, column].astype(object), scenario[known].map(start[column].astype(object))
        same = (here == own) | (here.isna() & own.isna())
        found[column] = (~same).groupby(points.loc[known, "point"]).any()
    return pd.DataFrame(found).reindex(cells.points, fill_value=True)


def _own(points: pd.DataFrame, column: str, others: Sequence[Any]) -> Any:
    """The level of point 0: its value, or words where it has a level without a label, or scenarios differ."""
    own = points.loc[points["point"] == 0, column]
    if own.notna().all() and own.nunique() == 1:
        return own.tolist()[0]
    return AS_IT_IS if AS_IT_IS not in others else f"({AS_IT_IS})"


def _texts(found: Sequence[Any]) -> list[str]:
    """Labels, or values in as many digits as tell them apart, 6 or more."""
    texts: list[str] = []
    for digits in range(6, 18):
        texts = [level if isinstance(level, str) else f"{level:.{digits}g}" for level in found]
        if len(set(texts)) == len(found):
            break
    return texts


def by_level(
    cells: Cells,
    pairs: Sequence[tuple[str, str]],
    names: Sequence[str],
    design: Design,
    points: pd.DataFrame,
    spec: StudySpec,
) -> pd.DataFrame:
    """See ``Study.by_level``. The space and structures are each other's every combination, whatever each of them is."""
    found = []
    both = levels(cells, points, [factor.name for factor in spec.space], design.kind)
    if spec.structure is not None:
        names_of = [factor.name for factor in spec.structure.factors]
        both = itertools.chain(both, levels(cells, points, names_of, spec.structure.mode))
    for level in both:
        table = differences(cells, pairs, names, SCENARIO, design, points, only=level.points)
        for place, (name, value) in enumerate(
            (("factor", level.factor), ("level", level.text), ("value", level.value))
        ):
            table.insert(place, name, value)
        found.append(table)
    if not found:
        raise StudyError(f"no factor has 2 to {MOST_LEVELS} levels, so there are none to show differences at")
    some = [table for table in found if len(table)] or found[:1]
    return not_empty(pd.concat(some, ignore_index=True), names)
