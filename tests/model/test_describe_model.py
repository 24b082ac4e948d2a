"""describe_network takes a model, at the start and later."""

from __future__ import annotations

import diffusion_sim as ds


def test_a_model_and_a_copy_of_it():
    model = ds.ReformModel("mid_size_district", rng=1, overrides={"population.schools": 4})
    at_start = ds.describe_network(model)
    value = dict(zip(at_start["statistic"], at_start["value"], strict=True))
    assert 1.0 < value["out_degree_mean"] < 6.0
    for _ in range(37):
        model.step()
    copy = model.copy()
    assert ds.describe_network(copy).equals(ds.describe_network(model))
    assert not ds.describe_network(model).equals(at_start), "a summer has passed"
    assert getattr(copy, "steps", 37) == 37
