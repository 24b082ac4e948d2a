"""Whom the practice is for: who is concerned, by hand; what counts and what does not; what stands still."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import diffusion_sim as ds
from diffusion_sim.errors import PopulationError, ScenarioError
from diffusion_sim.state.codes import NO_TEAM, NOT_CONCERNED, ROUTINE, UNAWARE
from diffusion_sim.world import concern
from tests.small_world import steps, write_case

BANDS = {"practice.for": "bands"}
GIVEN = "network: {kind: given, file: ties.csv}\n"
STILL = {"pupils.shock": 0, "turnover.exit": 0, "network.grade_change": 0}


def rows(*sizes, **columns):
    return [
        {"district_id": "d", "school_id": f"s{i}", "teachers": n, "pupils": 20 * n, "poverty": 0.5, "achievement": 0}
        | {name: values[i] for name, values in columns.items()}
        for i, n in enumerate(sizes)
    ]


def small(tmp_path, sizes=(6, 4), ties=None, overrides=None, seed=1, **columns) -> ds.Scenario:
    if ties is not None:
        pairs = [(f"d/s0/{a}", f"d/s0/{b}") for a, b in ties]
        pd.DataFrame(pairs, columns=["source", "target"]).to_csv(tmp_path / "ties.csv", index=False)
    case = write_case(tmp_path, rows(*sizes, **columns), "bands", GIVEN if ties is not None else "")
    return case.override(BANDS | STILL | (overrides or {}))


@pytest.mark.parametrize(
    ("share", "chosen"),
    [(0.5, {1, 3}), (0.25, {1}), (0.26, {1, 3}), (0.75, {1, 3, 4}), (1.0, {1, 3, 4, 9}), (0.01, {1})],
)
def test_the_lowest_bands_that_a_school_has(share, chosen):
    """School 0 has the bands 1, 3, 4 and 9, school 1 has 7 alone, school 2 only staff of several grades."""
    school, grade = np.array([0] * 6 + [1] * 2 + [2]), np.array([9, 0, 3, 1, 4, 1, 0, 7, 0])
    found = concern.in_bands(school, grade, 3, share)
    assert found.tolist() == [g in chosen for g in grade[:6]] + [False, True, False]


def test_a_product_that_is_whole_but_for_rounding_is_whole():
    assert 7 * (1 / 7 + 3e-17) > 1.0
    assert concern.in_bands(np.zeros(7, int), np.arange(1, 8), 1, 1 / 7 + 3e-17).sum() == 1


def test_who_is_concerned_and_what_a_tie_is_worth(tmp_path):
    """Grades drawn are 4 1 0 3 0 5 and 0 3 1 0: of four bands the lowest two, 1 and 3, of two the lowest. Everybody
    whom it is for uses; post 1 asks 3 (concerned), 0 and 2; post 3 asks 4 alone; post 0 asks 1."""
    case = small(tmp_path, ties=[(1, 3), (1, 0), (1, 2), (3, 4), (0, 1)], overrides={"initial_use.share": 1})
    model = ds.ReformModel(case, rng=1, strategy="none")
    t, s = model.state.teachers, model.state.schools
    assert t.grade.tolist() == [4, 1, 0, 3, 0, 5, 0, 3, 1, 0]
    inside = [False, True, False, True, False, False, False, False, True, False]
    assert (t.leader == np.where(inside, NO_TEAM, NOT_CONCERNED)).all()
    assert (t.stage == np.where(inside, ROUTINE, UNAWARE)).all()
    for name, numbers in {"posts": [6, 4], "concerned": [2, 1], "concerned_start": [2, 1], "teaching": [2, 1],
                          "classes": [6, 4], "users": [2, 1]}.items():  # fmt: skip
        assert s[name].tolist() == numbers, name
    assert s.norm.tolist() == (s.deep / [2, 1]).tolist()
    assert (model.state.faces[0, : t.size, 0] == inside).all()
    # post 1 sees one adviser and that one uses; 3 and 0 have no tie that counts
    assert model.state.ties.share[:4].tolist() == [0.0, 1.0, 0.0, 0.0]
    frame = model.teachers_frame()
    assert frame.role.tolist() == np.where(inside, "teacher", "not concerned").tolist()
    assert frame.quality.notna().tolist() == inside and frame.team.notna().tolist() == inside
    assert [a.row for a in model.teacher_at(1).advisers] == [3] and model.teacher_at(0).role == "not concerned"
    assert model.series.loc[0, ["teachers", "users", "reach"]].tolist() == [3, 3, 1]


def test_money_and_weights_go_by_concerned_posts(tmp_path):
    """3 of 10 posts; 2/6 of 120 pupils and 1/4 of 80."""
    model = ds.ReformModel(small(tmp_path), rng=1, strategy="directed_uniform")
    assert model.world.pots.posts.tolist() == [3.0]
    assert model.world.basis.pupils == pytest.approx(120 * 2 / 6 + 80 / 4, abs=1e-12)
    assert model.world.basis.weights.pupils == pytest.approx([40 / 60, 20 / 60], abs=1e-12)
    model.step()
    assert model.state.filled == 3 * float(model.case["money.budget_per_teacher"])
    enrolled = model.state.schools.enrolled == 1
    assert enrolled.any() and (model.state.schools.participants == np.where(enrolled, [2, 1], 0)).all()


def test_pupils_gain_is_that_of_concerned_posts_and_classes_stay_as_large(tmp_path):
    case = small(tmp_path, overrides={"initial_use.share": 1, "pupils.class_size": 1})
    model = ds.ReformModel(case, rng=1, strategy="none")
    t, s, d = model.state.teachers, model.state.schools, model.state.districts
    sd, effect = float(case["pupils.teacher_sd"]), d.effect[0]
    by_person = sd * t.effectiveness + effect * s.fit[t.school] * t.skill  # owned routine use: q = k
    model.step()
    assert s.gain == pytest.approx([by_person[[1, 3]].mean() / 36, by_person[8] / 36], abs=1e-14)
    assert (t.gain[[0, 2, 4, 5, 6, 7, 9]] == 0).all() and (t.gain[[1, 3, 8]] != 0).all()


def test_a_school_for_nobody_is_outside_the_programme(tmp_path):
    """Seed 2: the third school has staff of several grades only."""
    model = ds.ReformModel(small(tmp_path, (6, 4, 2, 2)), rng=2, strategy="directed_uniform").run()
    s = model.state.schools
    assert s.first[2] == 10 and model.state.teachers.grade[10:12].tolist() == [0, 0]
    assert s.programme.tolist() == [1, 1, 0, 1] and s.concerned_start[2] == 0
    assert (s.spells > 0).tolist() == [True, True, False, True] and model.world.pots.pot.tolist() == [0, 0, -1, 0]
    assert s.gain[2] == 0 and s.norm[2] == 0
    assert not np.isnan(model.series[["reach", "deep_use", "poorest_quarter", "pupil_gain_sd"]].iloc[-1]).any()


def test_a_practice_for_nobody_is_an_error(tmp_path):
    case = small(tmp_path, (6, 4, 2, 2), programme=[0, 0, 1, 0])
    with pytest.raises(PopulationError, match=r"practice\.for: found 'bands', and no school .* 'all', or"):
        ds.ReformModel(case, rng=2)
    ds.ReformModel(case.override({"practice.for": "all"}), rng=2)


@pytest.mark.parametrize("plain", [False, True])
def test_a_school_that_loses_its_last_goes_on_with_nobody(tmp_path, plain):
    """Norm and embedding fall by themselves, its pupils' gain stands still, it is in no share of schools."""
    case = small(tmp_path, overrides={"initial_use.share": 1, "norm.rate": 0.9, "structure.embedding": "off"})
    model = ds.ReformModel(case, rng=1, strategy="directed_uniform", plain=plain)
    steps(model, 40)
    t, s = model.state.teachers, model.state.schools
    t.grade[6:] = 0
    concern.settle(t, s, 0.5)
    concern.count_teaching(t, s)
    norm, gain, users = s.norm[1], s.gain[1], s.users[0]
    model.step()
    assert (s.teaching[1], s.classes[1], s.enrolled[1]) == (0, 4, 1) and norm > 0
    assert s.users.tolist()[1] == 0 and s.gain[1] == gain
    assert s.norm[1] == pytest.approx(norm - 0.9 * norm / 36, abs=1e-15)
    row = model.series.loc[model.week]
    assert row.teachers == 2 and row.schools_saturated == (5 * s.users[0] >= 4 * 2) and users <= 2
    assert np.isfinite(model.run().series[["reach", "deep_use", "pupil_gain_sd"]]).all().all()


def runs(strategy="none", weeks=108, **overrides):
    both = []
    for extra in ({}, BANDS):
        model = ds.ReformModel("mid_size_district", rng=1, strategy=strategy, overrides=overrides | extra)
        both.append(model.run(until=weeks))
    return both


def test_people_grades_and_ties_are_those_of_the_practice_for_all():
    """Also under a directive, which makes hires and movers aware: who leaves and comes does not follow from use."""
    every, some = runs("directed_uniform", **{"population.schools": 8, "population.districts": 2})
    for column in ("tag", "origin", "moves", "entered", "grade", "leave_sum", "popularity", "effectiveness"):
        assert (every.state.teachers[column] == some.state.teachers[column]).all(), column
    for one, other in zip(every.state.network, some.state.network, strict=True):
        assert (one == other).all()
    assert (some.state.teachers.leader == NOT_CONCERNED).sum() > 0.5 * some.state.teachers.size
    assert every.state.filled > 2.5 * some.state.filled


def test_who_is_not_concerned_stands_still_and_nobody_hears_there():
    """A directive, hires who know the practice, E: over three years and two summers of moves and changes of grade."""
    overrides = {"population.schools": 8, "teachers.experienced_ratio": 3.0, "initial_use.share": 0.3}
    model = ds.ReformModel("mid_size_district", rng=4, strategy="directed_uniform", overrides=overrides | BANDS)
    t, s, columns = model.state.teachers, model.state.schools, ("stage", "skill", "conviction", "uses", "wait", "gain")
    flows = model.state.flow_rows
    heard_of_hires = unaware_movers = 0
    for year in range(3):
        before = {name: np.array(t[name]) for name in (*columns, "tag", "origin", "leader", "moves")}
        counted = {name: flows[name].sum() for name in ("hired", "left", "moved", "left_users", "moved_users")}
        steps(model, 36)
        there = concern.in_bands(t.school, t.grade, s.size, 0.5)  # no structures: by band alone
        assert (there == (t.leader == NO_TEAM)).all() and (~there == (t.leader == NOT_CONCERNED)).all()
        assert s.teaching.tolist() == np.bincount(t.school, there).tolist() == s.concerned.tolist()
        outside = before["leader"] == NOT_CONCERNED
        came = (before["tag"] != t.tag) | (before["origin"] != t.origin)
        hired = came & (t.entered == year) & (t.moves == 0)
        stayed = ~came & (t.leader == NOT_CONCERNED)
        if year == 0:  # no summer yet
            assert not came.any() and (before["stage"][outside] == UNAWARE).all()
            assert all((before[name][stayed] == t[name][stayed]).all() for name in columns)
            continue
        assert (t.stage[hired & outside & (t.leader == NOT_CONCERNED)] == UNAWARE).all()
        assert (t.years[hired & outside] == 0).all() and (t.years[hired & ~outside] > 0).any()
        heard_of_hires += (t.stage[hired & ~outside] > UNAWARE).sum()
        place = {
            who: row for row, who in enumerate(zip(before["origin"].tolist(), before["tag"].tolist(), strict=True))
        }
        movers = np.flatnonzero(came & (t.moves > 0) & (t.entered == year) & outside & (t.leader == NOT_CONCERNED))
        was = [before["stage"][place[int(t.origin[row]), int(t.tag[row])]] for row in movers]
        assert t.stage[movers].tolist() == was
        unaware_movers += was.count(UNAWARE)
        still = stayed & outside
        assert still.sum() > 50
        assert all((before[name][still] == t[name][still]).all() for name in columns)
        assert flows["hired"].sum() - counted["hired"] == (hired & ~outside).sum()
        gone = flows["left"].sum() - counted["left"] + flows["moved"].sum() - counted["moved"]
        assert gone == (came & ~outside).sum()
        used = np.isin(before["stage"], (2, 3)) & came & ~outside
        users = sum(flows[name].sum() - counted[name] for name in ("left_users", "moved_users"))
        assert users == used.sum() > 0
    assert heard_of_hires > 0 and unaware_movers > 0
    kept = (t.leader == NOT_CONCERNED) & (t.stage == ROUTINE)
    assert kept.any(), "who used the practice and changed to another grade keeps the stage"
    assert s.users.sum() == ((t.leader == NO_TEAM) & ((t.stage == 2) | (t.stage == 3))).sum()


def test_none_keeps_what_it_has_but_for_changes_of_grade():
    """On against off, without changes of grade: reach moves alike. With them those who come from other grades begin
    anew, so that a part of the use leaves the bands each summer."""
    found = {}
    for name, more in {"all": {}, "bands": BANDS}.items():
        changes = []
        for seed in range(1, 9):
            overrides = {"districts.icc": 0, "network.grade_change": 0} | more
            model = ds.ReformModel("mid_size_district", rng=seed, strategy="none", overrides=overrides)
            start = model.series.reach[0]
            changes.append(model.run().outcomes["reach"] - start)
        found[name] = np.mean(changes)
    assert abs(found["all"] - found["bands"]) < 0.01


def test_it_is_settled_before_the_run():
    model = ds.ReformModel("mid_size_district", rng=1)
    for path, value in {"practice.for": "bands", "practice.bands": 0.3}.items():
        with pytest.raises(ScenarioError, match=f"{path} is settled when the run is laid out"):
            model.intervene({path: value})
