"""Points of a study that differ in structures alone: one set of numbers, run under several structures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diffusion_sim.study.plan.factor_columns import is_factor

Floats = NDArray[np.float64]


class Crossed(NamedTuple):
    """columns : of the structures that vary. table : places of points, (structures, sets of numbers), -1 = no run."""

    columns: list[str]
    table: NDArray[np.int64]

    def apart(self, values: Floats) -> Floats:
        """(scenarios, points) as (scenarios, structures, sets of numbers); NaN where there is no point."""
        return np.where(self.table >= 0, values[:, self.table], np.nan)

    def among(self, only: NDArray[np.bool_] | None) -> int:
        """Of how many structures there are points, or points of ``only``."""
        if only is None:
            return len(self.table)
        return int((only[self.table] & (self.table >= 0)).any(axis=1).sum())


def crossed(runs: pd.DataFrame, points: Sequence[int], columns: Sequence[str]) -> Crossed:
    """Which points of ``runs`` belong together; two with the same numbers and structures are two sets of numbers."""
    once = runs.drop_duplicates("point").set_index("point").reindex(points)
    others = [name for name in once.columns if is_factor(name) and name not in columns]
    words, numbers = (list(_texts(once[list(names)])) for names in (columns, others))
    structures = {said: row for row, said in enumerate(dict.fromkeys(words))}
    alike: Counter[tuple[str, ...]] = Counter()
    sets: dict[tuple[tuple[str, ...], int], int] = {}
    places = []
    for word, said in zip(words, numbers, strict=True):
        alike[word + said] += 1
        places.append((structures[word], sets.setdefault((said, alike[word + said]), len(sets))))
    table = np.full((len(structures), len(sets)), -1)
    for point, place in enumerate(places):
        table[place] = point
    return Crossed(list(columns), table)


def _texts(frame: pd.DataFrame) -> zip:
    """Rows as tuples of texts, undefined values alike."""
    columns = [[repr(value) if value == value else "" for value in frame[name].tolist()] for name in frame]
    return zip(*columns, strict=True) if columns else zip([()] * len(frame))
