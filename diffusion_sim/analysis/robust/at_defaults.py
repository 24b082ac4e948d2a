"""One number at a time, all others as the scenario has them: the value at which a contrast's sign turns there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion_sim.analysis.cells import mean_intervals
from diffusion_sim.analysis.robust.asked import Asked
from diffusion_sim.analysis.robust.conditional_mean import crossings
from diffusion_sim.analysis.robust.draws import apart
from diffusion_sim.analysis.studies import Study
from diffusion_sim.study.plan.factor_columns import column_of
from diffusion_sim.study.plan.factors import clean

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


def line(study: Study, asked: Asked, path: str, first: str, second: str, measure: str) -> Line:
    """The line of a number, from the study of one number at a time."""
    found = base(study, first, second, measure)
    own = float(asked.scenario[path])
    values, means, half = [own], [found[0]], [found[1]]
    column = study.points.set_index("point")[column_of(path)].astype(float)
    numbers = study._cells.points
    runs = apart(study._cells, first, second, measure).runs
    for row, point in enumerate(numbers):
        if column[point] != own:
            mean, half_width = _mean(runs[row])
            values, means, half = [*values, float(column[point])], [*means, mean], [*half, half_width]
    order = np.argsort(values)
    return Line(*(np.asarray(column)[order] for column in (values, means, half)))


def base(study: Study, first: str, second: str, measure: str) -> tuple[float, float]:
    """(mean difference with everything at the scenario's own values, 95 % half width)."""
    return _mean(apart(study._cells, first, second, measure).runs[study._cells.points.index(0)])


def _mean(values: Floats) -> tuple[float, float]:
    found = mean_intervals(values[None, :])
    return float(found.mean[0]), float(found.high[0] - found.mean[0]) if found.n[0] > 1 else np.inf
