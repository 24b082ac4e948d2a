"""Parts of an effect: from runs with a mechanism off, on the same seeds."""

from __future__ import annotations

import pytest

import diffusion_sim as ds
from diffusion_sim.analysis import harm
from diffusion_sim.errors import StudyError

SMALL = {"population.schools": 12}


def test_parts_are_what_the_runs_say():
    found = ds.decompose("mid_size_district", ["directed_uniform"], mechanisms=["peers"], replicates=2, workers=1,
                         measures=["reach"], overrides=SMALL, progress=False)  # fmt: skip
    row = found[found["strategy"] == "directed_uniform"].iloc[0]

    def compared(**more):
        return ds.compare("mid_size_district", ["directed_uniform"], replicates=2, workers=1, progress=False,
                          overrides={**SMALL, **more})  # fmt: skip

    def effect(c):
        return c.differences.set_index("measure").loc["reach", "difference"]

    whole = compared()
    assert row["effect"] == pytest.approx(effect(whole))
    assert row["effect_without"] == pytest.approx(effect(compared(**{"mechanisms.peers": False})))
    assert row["part"] == pytest.approx(row["effect"] - row["effect_without"])
    assert found.attrs["harm"] == harm.lines(whole.harm)
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


def test_none_named_is_refused():
    with pytest.raises(StudyError, match="none named"):
        ds.decompose("mid_size_district", mechanisms=[], progress=False)


def test_studying_is_off_for_a_strategy_that_says_how_often_it_studies_itself():
    own = {**SMALL, "strategy.testing.kind": "menu", "strategy.testing.study_act": 0.9}
    on = ds.ReformModel("mid_size_district", rng=1, overrides=own).run()
    off = ds.ReformModel("mid_size_district", rng=1, overrides={**own, "mechanisms.study_act": False}).run()
    assert on.outcomes["flow_study_acts"] > 0 == off.outcomes["flow_study_acts"]
