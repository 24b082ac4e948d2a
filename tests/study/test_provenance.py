"""The record of what was run."""

from __future__ import annotations

import json

import numpy as np

from diffusion_sim.model_version import model_version
from diffusion_sim.scenario import from_canonical
from diffusion_sim.study.provenance import provenance, strict


def test_strict_json_that_gives_the_scenario_back(small):
    sc = small.override({"trial.q": 5.0})
    record = provenance(sc, seeds=np.array([1, 2], np.uint64), strategies=("none",), gap=float("nan"), most=np.inf)
    text = json.dumps(record, allow_nan=False)
    back = json.loads(text)
    assert back["seeds"] == [1, 2] and back["strategies"] == ["none"]
    assert back["gap"] is None and back["most"] is None
    assert back["model_version"] == model_version()
    assert from_canonical(back["scenario"]["canonical"]) == sc
    assert back["scenario"]["digest"] == sc.digest
    assert back["overrides"]["trial.q"] == 5.0
    assert any("trial.q = 5 is outside its plausible range" in line for line in back["out_of_range"])
    assert {"numpy", "numba", "mesa"} <= set(back["software"]) and all(back["software"].values())


def test_strict():
    assert strict({1: (np.float32(0.5), np.nan), "p": object}) == {"1": [0.5, None], "p": str(object)}
    assert strict(np.bool_(True)) is True
