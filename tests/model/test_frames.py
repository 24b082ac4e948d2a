"""A model's tables: the fixed columns, and that they agree with each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from diffusion_sim.measures import MEASURES
from diffusion_sim.state.codes import FLOWS, STAGES

pytestmark = pytest.mark.mesa_versions

TEACHERS = ["teacher_id", "school_id", "team", "role", "stage", "skill", "conviction", "owned", "quality",
            "effectiveness", "years"]  # fmt: skip
SCHOOLS = ["school_id", "district_id", "locale", "pupils", "teachers", "poverty", "readiness", "leadership", "enrolled",
           "reach", "deep_use", "mean_depth", "pupil_gain_sd"]  # fmt: skip
FIXED = ["reach", "deep_use", "mean_depth", "owned_share", "schools_saturated", "discontinued", "exposure_low_income",
         "exposure_other", "equity_gap", "equity_ratio", "poverty_quartile_gap", "concentration_index",
         "concentration_erreygers", "theil_between", "theil_within", "equity_gap_reach", "sustained_deep_use_1y",
         "sustained_deep_use_2y", "retained_deep_users_1y", "retained_deep_users_2y", "pupil_gain_sd",
         "pupil_gain_months", "cost_total", "cost_unspent", "cost_per_sustained_user"]  # fmt: skip


def test_teachers(small):
    frame = small().run().teachers_frame()
    assert [name for name in frame.columns if name in TEACHERS] == TEACHERS
    assert frame["teacher_id"].is_unique and set(frame["stage"]) <= set(STAGES)
    assert set(frame["role"]) == {"teacher"}
    assert frame.groupby("school_id")["subject_leader"].sum().max() == 1
    using = frame["stage"].isin(["TRIAL", "ROUTINE"])
    assert 0 < using.sum() < len(frame)
    assert (frame["quality"].notna() == using).all() and (frame["owned"].notna() == using).all()
    assert frame["skill"].between(0, 1).all() and frame["conviction"].between(-1, 1).all()
    owned = using & frame["owned"].fillna(False).astype(bool)
    assert (frame.loc[owned, "quality"] == frame.loc[owned, "skill"]).all()
    assert (frame.loc[using & ~owned, "quality"] < frame.loc[using & ~owned, "skill"]).all()
    assert (frame["years"] >= 0).all()


def test_schools(small):
    model = small().run()
    frame, teachers = model.schools_frame(), model.teachers_frame()
    assert [name for name in frame.columns if name in SCHOOLS] == SCHOOLS
    by_school = teachers.assign(using=teachers["quality"].notna(), deep=teachers["quality"] >= 0.5)
    by_school = by_school.groupby(["district_id", "school_id"], sort=True)
    assert frame["teachers"].tolist() == by_school.size().tolist()
    assert frame["reach"].to_numpy() == pytest.approx(by_school["using"].mean().to_numpy())
    assert frame["deep_use"].to_numpy() == pytest.approx(by_school["deep"].mean().to_numpy())
    assert frame["mean_depth"].to_numpy() == pytest.approx(by_school["quality"].mean().to_numpy(), nan_ok=True)
    assert frame["poverty"].between(0, 1).all() and frame["readiness"].between(0, 1).all()
    assert frame["leadership"].between(0, 1).all()


def test_series_and_outcomes(small):
    model = small()
    assert list(model.series.index) == [0] and model.series.index.name == "week"
    model.run()
    series, flows, outcomes = model.series, model.flows, model.outcomes
    assert list(series.columns) == list(MEASURES) and list(flows.columns) == list(FLOWS)
    assert list(series.index) == list(flows.index) == list(range(73))
    assert set(FIXED) <= set(outcomes) and {f"{name}_support_end" for name in FIXED} <= set(outcomes)
    for name in MEASURES:
        assert outcomes[name] == series[name].iloc[-1] or np.isnan(outcomes[name])
        assert outcomes[f"{name}_support_end"] == series[name].iloc[36] or np.isnan(series[name].iloc[36])
    for name in FLOWS:
        assert outcomes[f"flow_{name}"] == flows[name].iloc[-1]
        assert (flows[name].diff().dropna() >= 0).all(), f"{name} is cumulative"
    assert outcomes["sustained_deep_use_1y"] > 0 and np.isnan(outcomes["sustained_deep_use_2y"])


def test_tables_are_copies(small):
    model = small().run()
    before = model.series.copy()
    for frame in (model.series, model.flows, model.teachers_frame(), model.schools_frame()):
        for name in frame.columns:
            if pd.api.types.is_float_dtype(frame[name]):
                frame[name] = -1.0
    assert model.series.equals(before) and (model.teachers_frame()["skill"] >= 0).all()
    assert (model.schools_frame()["reach"] >= 0).all()


def test_support_end_is_missing_until_then(small):
    model = small()
    for _ in range(35):
        model.step()
    assert np.isnan(model.outcomes["reach_support_end"])
    model.step()
    assert model.outcomes["reach_support_end"] == model.outcomes["reach"]
