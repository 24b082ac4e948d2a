"""Arguments of the wrong kind are one clear error of ours, never a TypeError."""

from __future__ import annotations

import pytest

import diffusion_sim as ds
from diffusion_sim.errors import DiffusionSimError

SMALL = {"population.schools": 4}
CALLS = {
    "strategy": lambda: ds.ReformModel("mid_size_district", rng=1, strategy=["none"]),
    "overrides": lambda: ds.ReformModel("mid_size_district", rng=1, overrides=[1]),
    "overrides_text": lambda: ds.ReformModel("mid_size_district", rng=1, overrides="x"),
    "threads": lambda: ds.ReformModel("mid_size_district", rng=1, threads=None),
    "threads_half": lambda: ds.ReformModel("mid_size_district", rng=1, threads=2.5),
    "rng": lambda: ds.ReformModel("mid_size_district", rng="one"),
    "intervene": lambda: ds.ReformModel("mid_size_district", rng=1, overrides=SMALL).intervene(3),
    "save": lambda: ds.ReformModel("mid_size_district", rng=1, overrides=SMALL).save(None),
    "load": lambda: ds.load_model(None),
    "new": lambda: ds.new_scenario(None),
    "compare_overrides": lambda: ds.compare("mid_size_district", overrides=3, replicates=1),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_clear_error(name):
    with pytest.raises(DiffusionSimError, match="found"):
        CALLS[name]()
