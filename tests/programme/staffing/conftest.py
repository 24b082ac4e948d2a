"""Small worlds in which every school takes part at once, and strategies given as objects."""

from __future__ import annotations

import dataclasses
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
question: What do team leaders do?
population: {{kind: table, source: {name}.csv}}
initial_use: {{share: 0.2}}
programme: {{years_support: 2, years_after: 2}}
strategy: {{recruitment: {{kind: volunteer}}}}
"""
_made = itertools.count()


class Asks:
    """Mandates every programme school and asks for ``staffing`` from ``year`` on."""

    def __init__(self, staffing=2, year=0, until=99, mix=(0.9, 0.0, 0.1, 0.0), hours=8.0, appoint=None):
        self.said = staffing, year, until, mix, hours, appoint

    def plan(self, view, draw):
        staffing, year, until, mix, hours, appoint = self.said
        size = view.programme.size
        return Plan(
            mandate=view.programme,
            hours=np.where(view.enrolled == 1, hours, 0.0),
            mix=np.tile(mix, (size, 1)),
            staffing=np.full(size, staffing if year <= view.year < until else 0),
            appoint=None if appoint is None or view.quarter != 1 else appoint,
        )


class Volunteers(Asks):
    """As Asks, with places offered in place of mandates and no hours."""

    def plan(self, view, draw):
        nothing = np.zeros(view.programme.size)
        return dataclasses.replace(super().plan(view, draw), enrol=view.programme, mandate=None, hours=nothing)


@pytest.fixture
def world(tmp_path):
    """world(sizes, maker, overrides, seed) -> a model of schools of ``sizes`` posts in one district."""

    def make(sizes, maker, overrides=None, seed=11, **options):
        name = f"small_{next(_made)}"
        (tmp_path / f"{name}.yaml").write_text(CASE.format(name=name), encoding="utf-8")
        pd.DataFrame(
            {
                "district_id": "d",
                "school_id": [f"s{i}" for i in range(len(sizes))],
                "teachers": sizes,
                "poverty": np.linspace(0.1, 0.9, len(sizes)),
                "achievement": np.linspace(1.0, -1.0, len(sizes)),
            }
        ).to_csv(tmp_path / f"{name}.csv", index=False)
        model = ReformModel(
            load_scenario(tmp_path / f"{name}.yaml"), rng=seed, strategy="none", overrides=overrides, **options
        )
        model.maker = maker
        return model

    return make
