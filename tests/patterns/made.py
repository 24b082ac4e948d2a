"""Runs made by hand, small enough to count: what rows read, without a model."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from diffusion_sim.measures import MEASURES
from diffusion_sim.patterns.catalogue import rows
from diffusion_sim.patterns.seen import Seen, Year
from diffusion_sim.school_year import WEEKS_PER_YEAR
from diffusion_sim.state.codes import FLOWS

SCHOOL = dict(
    pupils=1.0, teaching=10.0, users=0.0, gain=0.0, enrolled=1, district=0, achievement=0.0, staffing=0, designated=0,
    staffing_year=0, slot=-1, borrowed=0, fit=1.0, fit_start=1.0, claims=0, enter_sum=0.0, enter_draw=1.0,
    principal_number=0, spells=1, trust_start=0.5, coach_quality=1.0,
)  # fmt: skip
TEACHER = dict(school=0, stage=0, skill=0.0, owned=1, leader=-1, tag=0, origin=0, ever=0)


def table(defaults, size, said):
    """Columns of a table: a value stands for all rows."""
    columns = {name: np.full(size, value) for name, value in defaults.items()}
    for name, values in said.items():
        assert name in defaults, name
        columns[name] = np.broadcast_to(np.asarray(values), (size,)).copy()
    return SimpleNamespace(size=size, **columns)


def run(years, schools, teachers=None, size=2, posts=1, series=None, flows=None, readiness=None, memo=None,
        fit_anywhere=np.nan):
    """A run of some years. schools, teachers : column -> values, or year -> such a mapping (of years that differ from
    the common ones under None). series : measure -> one value a year; flows : name -> weekly increments."""
    made = object.__new__(Seen)
    weeks = WEEKS_PER_YEAR * years + 1

    def of(said, year):
        said = said or {}
        if any(key is None or isinstance(key, int) for key in said):
            return {**said.get(None, {}), **said.get(year, {})}
        return said

    made.years = tuple(
        Year(
            table(TEACHER, posts, of(teachers, year)),
            table(SCHOOL, size, of(schools, year)),
            np.zeros((size, 4)) if memo is None else np.column_stack([memo, *np.zeros((3, size))]),
        )
        for year in range(years + 1)
    )
    made.readiness = np.arange(size, dtype=float) if readiness is None else np.asarray(readiness, float)
    made.intensity, made.scenario = 0.5, {"money.budget_per_teacher": 1.0}
    made.fit_anywhere = fit_anywhere
    made._series = np.zeros((weeks, len(MEASURES)))
    for name, values in (series or {}).items():
        values = np.asarray(values, float)
        column = values if values.size == weeks else np.repeat(values, WEEKS_PER_YEAR)[: weeks - 1]
        column = column if column.size == weeks else np.r_[column, values[-1]]
        made._series[:, MEASURES.index(name)] = column
    made._flows = np.zeros((weeks, len(FLOWS)))
    for name, values in (flows or {}).items():
        made._flows[1 : len(values) + 1, FLOWS.index(name)] = np.cumsum(values)
        made._flows[len(values) + 1 :, FLOWS.index(name)] = np.sum(values)
    return made


class Given:
    """``At`` over runs made by hand."""

    seed = 1

    def __init__(self, **runs):
        self.runs = runs

    def __call__(self, name, more=None):
        return self.runs[name]

    def from_year(self, name, year, changes):
        return {change: self.runs[change] for change in changes}


def read(row, **runs):
    """What a row reads in runs made by hand; every value that its conditions name is there."""
    found = rows()[row].read(Given(**runs))
    assert set(rows()[row].values) <= set(found)
    return found
