"""A world of eleven schools in cycles, whose books can be filled by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import load_scenario
from diffusion_sim.strategies.testing import Rule

CASE = """\
id: {name}
title: Eleven schools
question: What do schools learn from each other?
population: {{kind: table, source: schools.csv}}
initial_use: {{share: 0.3}}
programme: {{years_support: 2, years_after: 1}}
strategy:
  recruitment: {{kind: directed}}
  testing: {{kind: menu, topology: pairs}}
"""


def rows_of(schools=11):
    return [
        {"district_id": "d", "school_id": f"s{i:02d}", "teachers": 12, "poverty": 0.05 * i, "achievement": 0.1 * i,
         "locale": 0 if i % 2 else 1}
        for i in range(schools)
    ]  # fmt: skip


@pytest.fixture
def make(tmp_path):
    """Make a model of a table of schools; ``extra`` is added to the scenario."""
    made = iter(range(100))

    def _make(overrides=None, rows=None, strategy=None, seed=4, extra="", **options) -> ReformModel:
        table = pd.DataFrame(rows_of() if rows is None else rows)
        table["locale"] = np.where(table["locale"] == 0, "city", "rural")
        table.to_csv(tmp_path / "schools.csv", index=False)
        path = tmp_path / "eleven.yaml"
        path.write_text(CASE.format(name=f"eleven_{next(made)}") + extra, encoding="utf-8")
        return ReformModel(
            load_scenario(path, allow_code=bool(extra)), rng=seed, strategy=strategy, overrides=overrides, **options
        )

    return _make


@pytest.fixture
def started(make):
    """A model after one week in which every school is in cycles, and its rule and numbers for direct calls."""

    def _started(kind="menu", topology="pairs", measures="common", **numbers):
        model = make(
            {
                "strategy.testing.kind": kind,
                "strategy.testing.topology": topology,
                "strategy.testing.measures": measures,
            }
            | {f"testing.{name}": value for name, value in numbers.items()}
        )
        model.step()
        assert model.state.schools.testing.all()
        return model, Rule(kind, measures, topology, np.nan), model.numbers.cycles

    return _started


@pytest.fixture
def books():
    """Fill one place of a school's books: (origin, number), own (count, sum), read (count, sum) from schools of its own
    context, or of a context that is named."""

    def fill(model, school, place, name, own=(0.0, 0.0), read=(0.0, 0.0), context=None):
        state, context = model.state, model.world.context[school] if context is None else context
        state.variant_origin[school, place], state.variant_number[school, place] = name
        state.evidence[school, place] = 0.0
        state.evidence[school, place, :2] = own
        state.evidence[school, place, [2 + context, 10 + context]] = read

    return fill


@pytest.fixture
def was_read():
    """What a school has read of a variant of the menu: context -> (weight, sum), empty where it knows none of it."""

    def find(model, school, number):
        state = model.state
        known = np.flatnonzero((state.variant_number[school] == number) & (state.variant_origin[school] == 0))
        if not known.size:
            return {}
        counts, sums = state.evidence[school, known[0], 2:10], state.evidence[school, known[0], 10:18]
        return {int(c): (counts[c], sums[c]) for c in np.flatnonzero(counts)}

    return find
