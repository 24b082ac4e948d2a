"""Worlds in which all is switched off but what a closed form speaks of."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from diffusion_sim import rng
from diffusion_sim.model import ReformModel
from diffusion_sim.network.given import from_edges
from diffusion_sim.scenario import load_scenario
from diffusion_sim.state.codes import AWARE
from diffusion_sim.world.run_state import RunState

CASE = """\
id: {name}
title: A world for closed forms
question: Does the model do what can be worked out by hand?
population:
  kind: table
  source: schools.csv
initial_use:
  share: 0
strategy:
  recruitment: {{kind: none}}
"""
OFF = {
    "trial.p": 0.0, "trial.q": 0.0, "trial.qN": 0.0, "trial.agenda": 0.0,
    **{f"trial.b_{name}": 0.0 for name in ("z", "v", "C", "R", "T", "P", "stopped")},
    "stop.d0": 0.0, "turnover.exit": 0.0, "turnover.exit_ratio": 1.0, "turnover.stay_in_district": 0.0,
    "network.nobody_share": 0.95, "leaders.principal_exit": 0.0, "leaders.superintendent_exit": 0.0,
    "programme.years_support": 1, "programme.years_after": 0,
}  # fmt: skip


class Bench:
    """Makes models of a table of schools with all submodels off but those switched on."""

    def __init__(self, folder):
        self.folder = folder
        self.made = 0

    def model(self, sizes, seed=1, initial_use=None, complete=False, **numbers):
        """Schools of ``sizes`` posts; section__key = value switches on. complete: in the one school everybody asks
        everybody, for good; else few ask anybody."""
        table = pd.DataFrame({"district_id": "d", "school_id": [f"s{i:04d}" for i in range(len(sizes))]})
        table = table.assign(teachers=sizes, poverty=0.5)
        if initial_use is not None:
            table["initial_use"] = initial_use
        table.to_csv(self.folder / "schools.csv", index=False)
        case = self.folder / "closed_form.yaml"
        self.made += 1
        case.write_text(CASE.format(name=f"closed_form_{self.made}"), encoding="utf-8")
        changed = {name.replace("__", "."): value for name, value in numbers.items()}
        model = ReformModel(load_scenario(case), rng=seed, strategy="none", overrides=OFF | changed)
        if complete:
            names = np.array([f"d/s0000/{post}" for post in range(sizes[0])])
            a, b = np.nonzero(~np.eye(sizes[0], dtype=bool))
            ties = from_edges(pd.DataFrame({"source": names[a], "target": names[b]}), names)
            first_row = model.state.series[0]
            model.world = replace(model.world, network=ties, renew_ties=False)
            model.state = RunState.start(model.world, model.numbers, copy=True)
            model.state.series[0] = first_row
        return model

    @staticmethod
    def make_aware(model):
        """Everybody knows the practice before week 1; the wait to try it starts with its own keyed draw."""
        teachers = model.state.teachers
        teachers.stage[:] = AWARE
        for i in range(teachers.size):
            who = np.uint64(model.seed), teachers.origin[i], teachers.tag[i]
            teachers.wait[i] = rng.exponential(*who, rng.TRY, 0)

    @staticmethod
    def z_of(error_rate):
        """Two-sided bound of a standard normal that a right model passes with probability 1 - error_rate."""
        return NormalDist().inv_cdf(1 - error_rate / 2)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return Bench(tmp_path_factory.mktemp("bench"))
