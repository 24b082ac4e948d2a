"""A whole state of the Common Core of Data: from the table to a run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import load_scenario

CASE = """\
id: one_state
title: Public schools of one state
question: Does a whole state run?
population:
  kind: table
  source: {path}
  preset: nces_ccd
  options: {{where: {{state: MI}}}}
initial_use: {{share: 0.05}}
strategy: {{recruitment: volunteer}}
"""


def test_a_year_in_michigan_2022(tmp_path):
    root = os.environ.get("DIFFUSION_SIM_REFERENCE_DATA")
    table = Path(root or "") / "ccd_states" / "ccd_schools.parquet"
    if not root or not table.exists():
        pytest.skip("reference data ccd_states/ccd_schools.parquet not there (DIFFUSION_SIM_REFERENCE_DATA)")
    (tmp_path / "one_state.yaml").write_text(CASE.format(path=table), encoding="utf-8")
    one_year = {"programme.years_support": 1, "programme.years_after": 0}
    case = load_scenario(tmp_path / "one_state.yaml").override(one_year)
    model = ReformModel(case, rng=1, strategy="directed_uniform")
    assert model.state.schools.size == 3235
    assert model.state.teachers.size == 80052
    assert model.state.districts.size == 862
    before = model.outcomes["reach"]
    model.run()
    assert model.outcomes["reach"] > before + 0.1
    assert model.outcomes["cost_total"] > 0
