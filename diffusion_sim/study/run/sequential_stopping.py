"""Sequential stopping while a study runs: which cells have enough replicates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from diffusion_sim.study.plan.outcomes import COLUMNS
from diffusion_sim.study.plan.plan import Plan
from diffusion_sim.study.run.stopping_rule import decided
from diffusion_sim.study.run.worker import Batch
from diffusion_sim.study.store.store import Store

Cell = tuple[str, int]  # scenario, point


class Enough:
    """Takes results as they come, and says of each cell whether it is decided. Nothing is, without ``precision``.

    The rule sees replicates in their order only, so it says the same whatever the order of arrival.
    """

    def __init__(self, plan: Plan) -> None:
        self.precision = plan.spec.precision
        self._pairs: dict[Cell, dict[int, list[float | None]]] = {}  # waiting: replicate -> [strategy, baseline]
        self._differences: dict[Cell, list[float]] = {}  # of replicates 0, 1, 2, ... without a gap
        self._decided: dict[Cell, int] = {}

    def decided(self, scenario: str, point: int) -> bool:
        """Whether no more replicates of the cell are needed."""
        return (scenario, point) in self._decided

    def load(self, store: Store, due: Callable[[str], bool]) -> None:
        """Take what a store holds, but not runs whose key is ``due`` to be run again."""
        if self.precision is None:
            return
        measure = self.precision.measure
        table = store.load("runs", ["scenario", "point", "replicate", "strategy", measure, "status", "key"])
        names = {self.precision.strategy, self.precision.baseline}
        touched = set()
        for row in _rows(table):
            if row[3] in names and (row[5] == "ok" or not due(row[6])):
                self._put((row[0], row[1]), row[2], row[3], row[4])
                touched.add((row[0], row[1]))
        for cell in touched:
            self._look(cell)

    def add(self, batch: Batch) -> None:
        """Take the results of a task."""
        if self.precision is None:
            return
        column = COLUMNS.index(self.precision.measure)
        touched = set()
        for part, a, run in batch.rows():
            name = part.strategies[a]
            if name in (self.precision.strategy, self.precision.baseline):
                cell = part.scenario, part.point
                self._put(cell, part.replicate, name, float(run.outcomes[column]))
                touched.add(cell)
        for cell in touched:
            self._look(cell)

    def _put(self, cell: Cell, replicate: int, strategy: str, value: float | None) -> None:
        assert self.precision is not None
        if replicate < len(self._differences.get(cell, ())):
            return
        pair = self._pairs.setdefault(cell, {}).setdefault(replicate, [None, None])
        pair[strategy != self.precision.strategy] = np.nan if value is None else value

    def _look(self, cell: Cell) -> None:
        assert self.precision is not None
        waiting, found = self._pairs.get(cell, {}), self._differences.setdefault(cell, [])
        while len(found) in waiting and None not in waiting[len(found)]:
            one, other = waiting.pop(len(found))
            found.append(one - other)  # type: ignore[operator]
        if cell not in self._decided:
            enough = decided(found, self.precision)
            if enough is not None:
                self._decided[cell] = enough


def _rows(table: pa.Table) -> Any:
    return zip(*(table.column(name).to_pylist() for name in table.column_names), strict=True)
