"""Small worlds in which every school takes part at once, of one or more districts, and plans written out."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from diffusion_sim import Plan
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import load_scenario

CASE = """\
id: {name}
title: A small world
question: Who pays what?
population: {{kind: table, source: {name}.csv}}
initial_use: {{share: 0.2}}
programme: {{years_support: 2, years_after: 2}}
money: {{budget_per_teacher: 20000}}
coaches: {{lag: 0}}
turnover: {{exit: 0}}
strategy: {{recruitment: {{kind: volunteer}}}}
"""
_made = itertools.count()


class Says:
    """Mandates every programme school and says ``fields(view)`` of the plan, which may be a function of the view."""

    def __init__(self, **fields):
        self.fields = fields

    def plan(self, view, draw):
        said = {name: value(view) if callable(value) else value for name, value in self.fields.items()}
        size = view.programme.size
        given = {name: np.full(size, value) if np.ndim(value) == 0 else np.array(value) for name, value in said.items()}
        mix = given.pop("mix", np.array((1.0, 0.0, 0.0, 0.0)))
        return Plan(mandate=view.programme, mix=np.tile(mix, (size, 1)), **given)


@pytest.fixture
def world(tmp_path):
    """world({district: sizes of its schools}, maker, overrides, seed) -> a model."""

    def make(districts, maker, overrides=None, seed=11, **options):
        name = f"paid_{next(_made)}"
        (tmp_path / f"{name}.yaml").write_text(CASE.format(name=name), encoding="utf-8")
        schools = [(d, f"s{i}", size) for d, sizes in districts.items() for i, size in enumerate(sizes)]
        table = pd.DataFrame(schools, columns=["district_id", "school_id", "teachers"])
        table.assign(poverty=0.5, achievement=0.0, pupils=100).to_csv(tmp_path / f"{name}.csv", index=False)
        case = load_scenario(tmp_path / f"{name}.yaml")
        model = ReformModel(case, rng=seed, strategy="none", overrides=overrides, **options)
        model.maker = maker
        return model

    return make
