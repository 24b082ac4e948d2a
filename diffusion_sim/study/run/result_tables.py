"""Results of tasks as Arrow tables: one table a flush, made of columns, never row by row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from diffusion_sim.school_year import WEEKS_PER_QUARTER
from diffusion_sim.study.plan.outcomes import COLUMNS, SERIES
from diffusion_sim.study.plan.plan import Plan
from diffusion_sim.study.run.worker import STATUSES, Batch

PARAMETER, LABEL = "p.", "label."
_HEAD = (
    ("scenario", pa.string()), ("strategy", pa.string()), ("point", pa.int32()), ("replicate", pa.int32()),
    ("seed", pa.int64()), ("key", pa.string()),
)  # fmt: skip


class Tables:
    """Makes the tables of a study's store."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._kinds = {path: _kind(plan, path) for path in plan.paths}
        self._said: dict[tuple[str, int], tuple[Any, ...]] = {}  # cell -> values of paths, labels of factors

    def schemas(self) -> dict[str, pa.Schema]:
        """Columns of the tables; those of schools are told by their first rows."""
        runs = [*_HEAD, ("status", pa.string()), ("error", pa.string()), ("seconds", pa.float64())]
        runs += [(PARAMETER + path, kind) for path, kind in self._kinds.items()]
        runs += [(LABEL + factor, pa.string()) for factor in self.plan.factors]
        runs += [(name, pa.float64()) for name in ("posts", *COLUMNS)]
        series = [*_HEAD, ("week", pa.int32()), *((name, pa.float64()) for name in SERIES)]
        found = {"runs": pa.schema(runs)}
        return {**found, "series": pa.schema(series)} if self.plan.spec.series else found

    def make(self, batches: Sequence[Batch]) -> tuple[pa.Table, pa.Table | None, pa.Table | None]:
        """(runs, series, schools) of some tasks; None where there is nothing of a kind."""
        schemas = self.schemas()
        head = self._head(batches)
        count = len(head[0])
        errors: list[str | None] = [None] * count
        first = 0
        for batch in batches:
            for run, text in batch.errors.items():
                errors[first + run] = text
            first += len(batch.status)
        status = np.array(STATUSES, object)[np.concatenate([batch.status for batch in batches])]
        outcomes = np.concatenate([batch.outcomes for batch in batches])
        seconds, posts = (np.concatenate([getattr(b, name) for b in batches]) for name in ("seconds", "posts"))
        runs = schemas["runs"]
        columns = [*head, status, errors, seconds, *self._cells(batches), posts, *outcomes.T]
        made = [pa.array(column, field.type) for column, field in zip(columns, runs, strict=True)]
        return pa.table(made, schema=runs), self._series(batches, head, schemas), _schools(batches, head)

    def _head(self, batches: Sequence[Batch]) -> list[Any]:
        parts = [part for batch in batches for part in batch.parts]
        arms = np.array([len(part.strategies) for part in parts])
        return [
            np.repeat(np.array([part.scenario for part in parts], object), arms),
            np.array([name for part in parts for name in part.strategies], object),
            np.repeat(np.array([part.point for part in parts], np.int32), arms),
            np.repeat(np.array([part.replicate for part in parts], np.int32), arms),
            np.repeat(np.array([part.seed for part in parts], np.int64), arms),
            np.array([key for part in parts for key in part.keys], object),
        ]

    def _cells(self, batches: Sequence[Batch]) -> list[Any]:
        """A column for each path and each factor."""
        rows = []
        for batch in batches:
            for part in batch.parts:
                cell = part.scenario, part.point
                if cell not in self._said:
                    self._said[cell] = self._say(*cell)
                rows += [self._said[cell]] * len(part.strategies)
        return list(zip(*rows, strict=True))

    def _say(self, scenario: str, point: int) -> tuple[Any, ...]:
        values, labels = self.plan.values(scenario, point), self.plan.point(point).labels
        said = [values.get(path) for path in self.plan.paths]
        said = [_as(value, kind) for value, kind in zip(said, self._kinds.values(), strict=True)]
        return (*said, *(labels.get(factor) for factor in self.plan.factors))

    def _series(self, batches: Sequence[Batch], head: list[Any], schemas: dict[str, pa.Schema]) -> pa.Table | None:
        quarters = np.concatenate([batch.quarters for batch in batches])
        if "series" not in schemas or not quarters.any():
            return None
        values = np.concatenate([batch.series for batch in batches])
        run = np.repeat(np.arange(quarters.size), quarters)
        begin = np.cumsum(quarters) - quarters
        week = (np.arange(run.size) - begin[run]) * WEEKS_PER_QUARTER
        columns = [*(column[run] for column in head), week, *values.T]
        made = [pa.array(column, field.type) for column, field in zip(columns, schemas["series"], strict=True)]
        return pa.table(made, schema=schemas["series"])


def _schools(batches: Sequence[Batch], head: list[Any]) -> pa.Table | None:
    found, rows, first = [], [], 0
    for batch in batches:
        for run, columns in batch.schools:
            found.append(columns)
            rows.append(np.full(len(columns["school_id"]), first + run))
        first += len(batch.status)
    if not found:
        return None
    run = np.concatenate(rows)
    columns = {name: pa.array(column[run], kind) for (name, kind), column in zip(_HEAD, head, strict=True)}
    for name in found[0]:
        values = np.concatenate([columns[name] for columns in found])
        columns[name] = pa.array(values, pa.string() if values.dtype == object else None)
    return pa.table(columns)


def _kind(plan: Plan, path: str) -> pa.DataType:
    """The type of a parameter's column: truth values, whole numbers, numbers, or texts where some are neither."""
    values = [point.values[path] for point in plan.points if path in point.values]
    values += [
        plan.values(scenario, point.number).get(path) for scenario in plan.scenarios for point in plan.points[:1]
    ]
    values = [value for value in values if value is not None]
    if values and all(isinstance(value, bool) for value in values):
        return pa.bool_()
    if values and all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return pa.int64() if max(values) < 2**63 else pa.uint64()  # a seed may have all 64 bits
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return pa.float64()
    return pa.string()


def _as(value: Any, kind: pa.DataType) -> Any:
    return str(value) if kind == pa.string() and value is not None else value


def schemas(plan: Plan) -> dict[str, pa.Schema]:
    """Columns of the store of a study; those of schools are told by their first rows."""
    return Tables(plan).schemas()
