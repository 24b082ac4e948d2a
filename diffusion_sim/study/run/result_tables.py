"""Results of tasks as Arrow tables: one table a flush, made of columns, never row by row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from diffusion_sim.errors import encodable
from diffusion_sim.school_year import WEEKS_PER_QUARTER
from diffusion_sim.study.plan.factor_columns import LABEL, column_of
from diffusion_sim.study.plan.outcomes import COLUMNS, SERIES
from diffusion_sim.study.plan.plan import Block, Plan
from diffusion_sim.study.run.one_seed import Run
from diffusion_sim.study.run.worker import Batch

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
        runs += [(column_of(path), kind) for path, kind in self._kinds.items()]
        runs += [(LABEL + factor, pa.string()) for factor in self.plan.factors]
        runs += [(name, pa.float64()) for name in ("posts", *COLUMNS)]
        series = [*_HEAD, ("week", pa.int32()), *((name, pa.float64()) for name in SERIES)]
        found = {"runs": pa.schema(runs)}
        return {**found, "series": pa.schema(series)} if self.plan.spec.series else found

    def make(self, batches: Sequence[Batch]) -> tuple[pa.Table, pa.Table | None, pa.Table | None]:
        """(runs, series, schools) of some tasks; None where there is nothing of a kind."""
        schemas = self.schemas()
        rows = [row for batch in batches for row in batch.rows()]
        runs = [run for _, _, run in rows]
        head = _head(rows)
        said = [[getattr(run, name) for run in runs] for name in ("status", "error", "seconds")]
        cells = list(zip(*(self._cell(part.scenario, part.point) for part, _, _ in rows), strict=True))
        outcomes = np.stack([run.outcomes for run in runs]).T
        columns = [*head, *said, *cells, [run.posts for run in runs], *outcomes]
        made = [_array(column, field.type) for column, field in zip(columns, schemas["runs"], strict=True)]
        series = _series(runs, head, schemas["series"]) if "series" in schemas else None
        return pa.table(made, schema=schemas["runs"]), series, _schools(runs, head)

    def _cell(self, scenario: str, point: int) -> tuple[Any, ...]:
        """A value for each path and each factor."""
        if (scenario, point) not in self._said:
            self._said[scenario, point] = self._say(scenario, point)
        return self._said[scenario, point]

    def _say(self, scenario: str, point: int) -> tuple[Any, ...]:
        values, labels = self.plan.values(scenario, point), self.plan.point(point).labels
        said = [values.get(path) for path in self.plan.paths]
        said = [_as(value, kind) for value, kind in zip(said, self._kinds.values(), strict=True)]
        return (*said, *(labels.get(factor) for factor in self.plan.factors))


def _head(rows: Sequence[tuple[Block, int, Run]]) -> list[NDArray[Any]]:
    said = ((p.scenario, p.strategies[a], p.point, p.replicate, p.seed, p.keys[a]) for p, a, _ in rows)
    kinds = (object, object, np.int32, np.int32, np.int64, object)
    return [np.array(column, kind) for column, kind in zip(zip(*said, strict=True), kinds, strict=True)]


def _series(runs: Sequence[Run], head: Sequence[NDArray[Any]], schema: pa.Schema) -> pa.Table | None:
    kept = [(row, run.series) for row, run in enumerate(runs) if run.series is not None]
    if not kept:
        return None
    run = np.repeat([row for row, _ in kept], [len(series) for _, series in kept])
    week = np.concatenate([np.arange(len(series)) for _, series in kept]) * WEEKS_PER_QUARTER
    columns = [*(column[run] for column in head), week, *np.concatenate([series for _, series in kept]).T]
    return pa.table([_array(c, field.type) for c, field in zip(columns, schema, strict=True)], schema=schema)


def _schools(runs: Sequence[Run], head: Sequence[NDArray[Any]]) -> pa.Table | None:
    kept = [(row, run.schools) for row, run in enumerate(runs) if run.schools is not None]
    if not kept:
        return None
    run = np.repeat([row for row, _ in kept], [len(schools["school_id"]) for _, schools in kept])
    columns = {name: _array(column[run], kind) for (name, kind), column in zip(_HEAD, head, strict=True)}
    for name in kept[0][1]:
        values = np.concatenate([schools[name] for _, schools in kept])
        columns[name] = _array(values, pa.string() if values.dtype == object else None)
    return pa.table(columns)


def _array(values: Any, kind: pa.DataType | None) -> pa.Array:
    """A column; ids and names of schools, and values of points, may hold what is no Unicode."""
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:
        return pa.array([encodable(text) if isinstance(text, str) else text for text in values], kind)


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
