"""One number at a time, all others as the scenario has them: the value at which a contrast's sign turns there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from diffusion_sim.analysis.cells import mean_intervals
from diffusion_sim.analysis.robust.asked import Asked
from diffusion_sim.analysis.robust.conditional_mean import crossings
from diffusion_sim.analysis.robust.draws import Apart, apart
from diffusion_sim.analysis.robust.equal import Found
from diffusion_sim.analysis.studies import Study
from diffusion_sim.study.plan.factor_columns import column_of
from diffusion_sim.study.plan.factors import clean
from diffusion_sim.study.plan.plan import make_plan
from diffusion_sim.study.plan.read_study import from_mapping

Floats = NDArray[np.float64]


def study_of(asked: Asked, numbers: Sequence[str], levels: int, seeds: int) -> dict[str, Any]:
    """The study, as a file says it: every number at levels of its range, on the same seeds throughout; where none is
    named, the scenario itself."""
    said = {**asked.common("robust_at_defaults"), "replicates": seeds, "seeds": "common"}
    if not numbers:  # words alone were drawn
        return said
    space = {path: _levels(asked, path, levels) for path in numbers}
    return {**said, "space": space, "design": {"kind": "one_at_a_time"}}


def _levels(asked: Asked, path: str, count: int) -> list[Any]:
    """Equally spaced values, both ends among them; of whole numbers all where there are no more than that."""
    number = asked.scenario.number(path)
    assert number.range is not None
    steps = np.linspace(*number.range, count).tolist()
    if number.integer:
        return sorted({round(step) for step in steps})
    return list(dict.fromkeys(clean(step) for step in steps))


def rows_of(asked: Asked, numbers: Sequence[str], levels: int, allow_code: bool) -> list[dict[str, Any]]:
    """The same values as rows: dotted path -> value of each number; the scenario itself is the first."""
    plan = make_plan(from_mapping(study_of(asked, numbers, levels, 1), "at defaults", None), allow_code)
    (name,) = plan.scenarios
    return [plan.values(name, point.number) for point in plan.points]


class Looks(NamedTuple):
    """What was run with one number at a time. levels : by point, ``p.<path>``; the scenario itself is point 0. apart :
    of a measure first - second, a row a point. kept : points; others, where spending is not equal, are left out."""

    levels: pd.DataFrame
    apart: Callable[[str, str, str], Apart]
    kept: Sequence[int]


def looks_of(study: Study) -> Looks:
    """Of the study of one number at a time."""
    cells = study._cells
    return Looks(study.points.set_index("point"), lambda *what: apart(cells, *what), cells.points)


def looks_at_equal(found: Found, rows: Sequence[Mapping[str, Any]]) -> Looks:
    """Of the same at equal spending."""
    levels = pd.DataFrame([{column_of(path): value for path, value in row.items()} for row in rows])
    return Looks(levels, lambda first, second, measure: found.apart(measure), np.flatnonzero(found.alike).tolist())


class Line(NamedTuple):
    """Mean differences at the levels of a number, ascending, its default among them. half : 95 % half widths."""

    values: Floats
    means: Floats
    half: Floats

    @property
    def switches(self) -> list[tuple[float, bool]]:
        """(value at which the sign turns, is it clear: on both sides there is a level whose interval leaves out 0)."""
        found = []
        for at in crossings(self.values, self.means):
            left = self.values <= at
            before = np.sign(self.means[left & (self.means != 0.0)][-1])
            clear = np.abs(self.means) > self.half
            sides = (left & (np.sign(self.means) == before), ~left & (np.sign(self.means) == -before))
            found.append((at, all(bool((side & clear).any()) for side in sides)))
        return found


def line(looks: Looks, asked: Asked, path: str, first: str, second: str, measure: str) -> Line:
    """The line of a number, over the levels that are there; it may have none."""
    own = float(asked.scenario[path])
    column = looks.levels[column_of(path)].astype(float)
    runs = looks.apart(first, second, measure).runs
    found = []
    for point in looks.kept:
        if point == 0 or column[point] != own:
            found.append((own if point == 0 else float(column[point]), *_mean(runs[point])))
    columns = np.array(sorted(found), dtype=np.float64).reshape(-1, 3).T
    return Line(*columns)


def base(looks: Looks, first: str, second: str, measure: str) -> tuple[float, float]:
    """(mean difference with everything at the scenario's own values, 95 % half width); NaN where it is left out."""
    if 0 not in looks.kept:
        return np.nan, np.nan
    return _mean(looks.apart(first, second, measure).runs[0])


def _mean(values: Floats) -> tuple[float, float]:
    found = mean_intervals(values[None, :])
    return float(found.mean[0]), float(found.high[0] - found.mean[0]) if found.n[0] > 1 else np.inf
