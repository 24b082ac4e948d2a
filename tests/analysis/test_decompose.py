"""Parts of an effect: from runs with a mechanism off, on the same seeds."""

from __future__ import annotations

import pytest

import diffusion_sim as ds
from diffusion_sim.errors import StudyError

SMALL = {"population.schools": 12}


def test_parts_are_what_the_runs_say():
    found = ds.decompose("mid_size_district", ["directed_uniform"], mechanisms=["peers"], replicates=2, workers=1,
                         measures=["reach"], overrides=SMALL, progress=False)  # fmt: skip
    row = found[found["strategy"] == "directed_uniform"].iloc[0]

    def effect(**more):
        c = ds.compare("mid_size_district", ["directed_uniform"], replicates=2, workers=1, progress=False,
                       overrides={**SMALL, **more})  # fmt: skip
        return c.differences.set_index("measure").loc["reach", "difference"]

    assert row["effect"] == pytest.approx(effect())
    assert row["effect_without"] == pytest.approx(effect(**{"mechanisms.peers": False}))
    assert row["part"] == pytest.approx(row["effect"] - row["effect_without"])
    assert row["part"] != 0.0 and row["n"] == 2
    assert found[found["strategy"] == "none"]["part"].isna().all()


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (["pears"], "did you mean 'peers'"),
        ("peers", "a list of ids is allowed"),
        (["norm"], "norm is off in scenario 'mid_size_district' already"),
    ],
)
def test_wrong_mechanisms_are_refused_before_anything_runs(asked, text):
    with pytest.raises(StudyError, match=text):
        ds.decompose("mid_size_district", mechanisms=asked, overrides={"mechanisms.norm": False}, progress=False)
