"""Leaders and districts: every lever that the model names is there and moves what it should, week by week."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim.dynamics.coaches import CoachParams, alignment_change, leadership_change
from diffusion_sim.dynamics.readiness import ReadinessParams, coherence_index, focus_target
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import load_scenario
from diffusion_sim.state.codes import INSTRUMENTS

SMALL = {"population.schools": 6, "population.districts": 2, "programme.years_support": 1, "programme.years_after": 1}
COACHES = CoachParams(
    quality_sd=0.27, external_supply=100.0, lag=0.0, supply_exponent=0.3, caseload=15.0, train_hours=150.0,
    trained_share=1.0, b_lead=0.3, leaders_per_school=5.0, h_lead=11.0, b_align=0.4,
)  # fmt: skip


def make(strategy="directed_uniform", **numbers):
    numbers = {name.replace("__", "."): value for name, value in numbers.items()}
    return ReformModel("mid_size_district", rng=3, strategy=strategy, overrides=SMALL | numbers)


def content(**options):
    parts = {"recruitment.kind": "directed", **{f"content.{name}": value for name, value in options.items()}}
    return ReformModel(
        "mid_size_district", rng=3, overrides=SMALL | {f"strategy.{name}": value for name, value in parts.items()}
    )


def to(model, week):
    while model.week < week:
        model.step()
    return model


def test_rules_by_hand():
    assert alignment_change.py_func(0.5, 11.0, COACHES) == pytest.approx(0.4 * 0.5 * 0.5)
    assert alignment_change.py_func(0.5, 0.0, COACHES) == 0 == alignment_change.py_func(1.0, 9.0, COACHES)
    assert leadership_change.py_func(0.6, 0.5, 11.0, 0.15, COACHES) == pytest.approx(0.3 * 0.5 * 0.4 - 0.015)
    readiness = ReadinessParams(
        build=1.2, h_school=160.0, drift=0.15, focus_crowding=0.2, own_weight=0.5, focus_kept=0.85, team_kept=0.7
    )
    assert focus_target.py_func(0.5, 3, 4, readiness) == pytest.approx(0.5 * 1.6 / 1.8)
    assert focus_target.py_func(0.5, 3, 2, readiness) == pytest.approx(0.5 * 1.6 / 1.4)
    assert coherence_index.py_func(0.5, 0.8, 0.4) == pytest.approx(0.16 ** (1 / 3))


def test_hours_to_leaders_raise_principals_and_superintendents():
    """One week by hand: hours per leader are the mean over the district's schools for the superintendent."""
    model = content(to_leaders=1)
    before = model.state.districts.superintendent.copy()
    model.step()
    s, d, p = model.state.schools, model.state.districts, model.params
    hours = s.hours * (1 - s.mix[:, 2]) * s.participants / p.coaches.leaders_per_school
    assert (hours > 0).all()
    for row in range(d.size):
        mean = hours[s.district == row].mean()
        expected = before[row] + p.coaches.b_lead * mean / (mean + p.coaches.h_lead) * (1 - before[row]) / 36
        assert d.superintendent[row] == pytest.approx(expected) and expected > before[row]
    assert (d.superintendent_base == before).all() and (s.principal > s.principal_base).all()
    to(model, 36)
    top = d.superintendent.copy()
    to(model, 40)  # support is over: back to where they came from
    stayed = d.superintendent_number == 0
    assert stayed.any() and ((d.superintendent < top) & (d.superintendent > before))[stayed].all()


def test_a_school_whose_teachers_get_the_hours_dilutes_the_superintendents():
    whole, half = content(to_leaders=1), content(to_leaders=1)
    maker = half.maker

    class Half:
        def plan(self, view, draw):
            return dataclasses.replace(maker.plan(view, draw), recipient=(view.school_key % np.uint64(2)).astype(float))

    half.maker = Half()
    whole.step(), half.step()
    gain = [m.state.districts.superintendent - m.state.districts.superintendent_base for m in (whole, half)]
    shares = np.bincount(half.state.schools.district, weights=half.state.schools.to_leaders)
    assert ((gain[1] < gain[0]) == (shares < np.bincount(half.state.schools.district))).all()
    assert (gain[1] > 0).tolist() == (shares > 0).tolist()


def test_without_hours_superintendents_stay_as_they_came():
    model = make(leaders__superintendent_exit=0)
    start = model.state.districts.superintendent.copy()
    assert np.array_equal(model.run().state.districts.superintendent, start)


def test_hours_to_departments_raise_the_lowest_instrument():
    model = content(practice=0.5, conditions=0.5, departments=0.5)
    before = model.state.districts.alignment.copy()
    model.step()
    s, d, p = model.state.schools, model.state.districts, model.params
    for row in range(d.size):
        here = s.district == row
        hours = (s.building * 0.5)[here].sum() / here.sum()
        lowest = before[row].argmin()
        rise = p.coaches.b_align * hours / (hours + p.coaches.h_lead) * (1 - before[row, lowest]) / 36
        assert d.alignment[row, lowest] == pytest.approx(before[row, lowest] + rise) and rise > 0
        assert np.array_equal(np.delete(d.alignment[row], lowest), np.delete(before[row], lowest))
    to(model, 36)
    assert (d.alignment.min(axis=1) > before.min(axis=1)).all()
    assert ((d.alignment > before).sum(axis=1) >= 1).all()
    built = d.alignment.copy()
    to(model, 37)
    stayed = d.superintendent_number == 0
    assert stayed.any() and np.array_equal(d.alignment[stayed], built[stayed]), "what is built stays with its head"


def test_departments_take_their_hours_from_the_schools_conditions():
    all_own, half = content(practice=0.5, conditions=0.5), content(practice=0.5, conditions=0.5, departments=1)
    to(all_own, 20), to(half, 20)
    gap = all_own.state.schools.conditions - half.state.schools.conditions
    assert (gap > 0).all()
    assert np.array_equal(all_own.state.districts.alignment, all_own.world.districts.alignment)


def test_a_new_superintendent_keeps_part_of_what_was_built():
    model = to(content(practice=0.5, conditions=0.5, departments=1), 30)
    start, built = model.world.districts.alignment, model.state.districts.alignment.copy()
    model.intervene({"kind": "leader_leaves", "districts": "all"})
    model.intervene({"money.budget_per_teacher": 0})
    model.intervene({"coaches.b_align": 0})
    model.step()
    assert model.state.districts.alignment == pytest.approx(start + 0.85 * (built - start))
    assert (built > start).any()


@pytest.mark.parametrize("instrument", range(6))
def test_the_lowest_of_the_six_instruments_decides_coherence(instrument):
    model, plain = make("none"), make("none")
    for m in (model, plain):
        m.state.districts.alignment[:] = 0.5
    model.state.districts.alignment[:, instrument] = 0.1
    model.step(), plain.step()
    assert (model.state.schools.coherence < plain.state.schools.coherence).all()
    expected = model.state.schools.principal * model.state.districts.superintendent[model.state.schools.district] * 0.1
    assert model.state.schools.coherence == pytest.approx(expected ** (1 / 3))
    assert (model.state.schools.readiness < plain.state.schools.readiness).all(), "the mean of the six is felt too"
    assert len(INSTRUMENTS) == 6
    to(model, 12), to(plain, 12)
    assert (model.state.teachers.wait != plain.state.teachers.wait).any()


def test_evaluation_alone_makes_trying_a_risk():
    """Risk uses the instrument evaluation: with no weight of coherence and readiness no other instrument is felt."""
    numbers = {"trial__b_C": 0, "trial__b_R": 0, "stop__g_R": 0, "learning__l_help": 0, "network__cross_share": 0}
    waits = {}
    for name, instrument in (("evaluation", 4), ("pacing", 1)):
        plain = to(make("none", **numbers), 12)
        model = plain.copy()
        model.state.districts.alignment[:, instrument] = 0.0
        model.step(), plain.step()
        aware = (plain.state.teachers.stage == 1) & (model.state.teachers.stage == 1)
        waits[name] = (plain.state.teachers.wait - model.state.teachers.wait)[aware]
    assert (waits["evaluation"] <= 0).all() and (waits["evaluation"] < 0).any() and not waits["pacing"].any()


def test_autonomy_speeds_internalising_and_nothing_else_that_week():
    low, high = to(make(districts__autonomy=0.2), 20), to(make(districts__autonomy=0.8), 20)
    t, u = low.state.teachers, high.state.teachers
    same = (t.spells == u.spells) & (t.tag == u.tag) & np.isfinite(t.own_wait) & (t.owned == 0) & (t.stage == 2)
    same &= (u.owned == 0) & (u.stage == 2) & (t.uses > 0)  # in use for a week or more
    assert same.sum() > 20 and (u.own_wait[same] < t.own_wait[same]).all(), "less is left of the same draw"
    assert high.flows.internalised.iloc[20] >= low.flows.internalised.iloc[20]


def test_centralisation_is_the_weight_of_a_mandate():
    runs = [to(make(districts__centralisation=value, districts__centralisation_sd=0), 12) for value in (0.0, 0.2, 0.8)]
    trials = [m.flows.trial_mandate.iloc[12] for m in runs]
    assert trials[0] == 0 < trials[1] < trials[2]


def test_initiatives_crowd_the_focus_and_the_programme_is_one_more():
    free, crowded = make(), make(schools__initiatives=8)
    none, directed = to(make("none"), 30), to(make(), 30)
    s, n = directed.state.schools, none.state.schools
    assert np.array_equal(s.initiatives, n.initiatives + 1)
    with_hours = make(programme__hours=0)
    to(with_hours, 30)
    assert (with_hours.state.schools.conditions[:, 0] < n.conditions[:, 0]).all()
    assert crowded.state.schools.initiatives.mean() > free.state.schools.initiatives.mean()


def test_successors_are_tied_to_the_norm_they_find():
    numbers = {"leaders.principal_exit": 0.95, "leaders.superintendent_exit": 0.95, "schools.principal_sd": 0}
    runs = {}
    for weight in (0.0, 2.0):
        more = SMALL | numbers | {"leaders.successor_norm": weight, "initial_use.share": 0.4, "initial_use.icc": 0.5}
        run = ReformModel("mid_size_district", rng=3, strategy="none", overrides=more)
        norm = to(run, 36).state.schools.norm.copy()
        to(run, 37)
        runs[weight] = norm, run.state.schools.principal_base.copy(), run.state.schools.principal_number > 0
    norm, tied, left = runs[2.0]
    untied = runs[0.0][1]
    posts = run.state.schools.posts
    mean = (posts * norm).sum() / posts.sum()
    assert left.sum() >= 4 and norm[left].std() > 0.01
    assert tied[left] == pytest.approx(np.clip(untied + 2 * (norm - mean), 0, 1)[left], abs=1e-9)


LEVERS = """\
id: levers
title: Levers
question: What do hours for leaders and departments do?
population: {kind: synthetic, districts: 2, schools: 8, population_seed: 4}
initial_use: {share: 0.1}
strategy: {recruitment: volunteer}
strategies:
  leaders: {recruitment: directed, content: {kind: practice_first, to_leaders: 1}}
  departments: {recruitment: directed, content: {kind: practice_first, practice: 0.6, conditions: 0.4, departments: 1}}
  conditions: {recruitment: directed, content: {kind: practice_first, practice: 0.6, conditions: 0.4}}
"""


def test_compare_leaders_and_departments(tmp_path):
    (tmp_path / "levers.yaml").write_text(LEVERS, "utf-8")
    sc = load_scenario(tmp_path / "levers.yaml")
    names = ["none", "leaders", "departments", "conditions", "directed_uniform"]
    c = ds.compare(sc, names, replicates=3, workers=2, rng=2)
    mean = c.runs.groupby("strategy").mean(numeric_only=True)
    assert mean.loc["leaders", "flow_skill_help"] < mean.loc["directed_uniform", "flow_skill_help"]
    assert mean.loc["departments", "deep_use"] != mean.loc["conditions", "deep_use"]
    assert mean.loc["departments", "cost_coaching"] == pytest.approx(mean.loc["conditions", "cost_coaching"])
    assert sc.override({"strategy.content.to_leaders": 0.4})["strategy.content.to_leaders"] == 0.4
    with pytest.raises(ds.errors.ScenarioError, match="a number from 0 to 1"):
        sc.override({"strategy.content.to_leaders": 2})
