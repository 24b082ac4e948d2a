"""Improvement cycles in whole runs: what must be equal, what must differ, and what the comparison says."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim.model import ReformModel

SMALL = {"population.schools": 16, "programme.years_support": 2, "programme.years_after": 1}
ALIKE = {"testing.menu_mean": 1, "testing.menu_sd": 0, "testing.context_sd": 0, "testing.positivity": 0}
MENU = {"strategy.recruitment.kind": "directed", "strategy.testing.kind": "menu"}


def run(overrides=None, strategy=None, seed=3, **parts):
    said = MENU | {f"strategy.testing.{name}": value for name, value in parts.items()} if strategy is None else {}
    return ReformModel("mid_size_district", rng=seed, strategy=strategy, overrides=SMALL | said | (overrides or {}))


@pytest.fixture
def same():
    """Names of the arrays in which two states differ, but for what only says that there are cycles."""

    def find(a, b, without=()):
        one, two = a.state.arrays(), b.state.arrays()
        return [
            name
            for name in one
            if name not in without and not np.array_equal(one[name], two[name], equal_nan=one[name].dtype.kind == "f")
        ]

    return find


def test_variants_that_are_all_alike_change_no_teacher(same):
    """All variants worth 1, free of charge, nobody to read from and nobody who acts or changes by habit: it is the run
    without testing."""
    free = {"testing.price_own": 0, "testing.price_common": 0, "testing.habit": 0, "experience.fit_sd": 0}
    tested = run(ALIKE | free, topology="isolated", study_act=0).run()
    directed = {"strategy.recruitment.kind": "directed", "experience.fit_sd": 0}
    plain = ReformModel("mid_size_district", rng=3, overrides=SMALL | directed).run()
    books = ("variant_rule", "variant_origin", "variant_number", "evidence", "series", "flow_series")
    columns = ("slot", "estimate", "fit_start", "claims", "testing", "designs", "network")
    assert same(tested, plain, (*books, *(f"schools.{name}" for name in columns))) == []
    assert tested.outcomes["testing_schools"] == 16 and plain.outcomes["testing_schools"] == 0
    assert tested.outcomes["mean_fit"] == plain.outcomes["mean_fit"] == 1


def test_fit_reaches_conviction_and_pupils():
    low, high = (run(ALIKE | {"testing.menu_mean": fit}, topology="isolated", study_act=0) for fit in (0.6, 1.2))
    low.run(), high.run()
    assert high.outcomes["mean_fit"] == pytest.approx(1.2) and low.outcomes["mean_fit"] == pytest.approx(0.6)
    assert high.state.teachers.conviction.mean() > low.state.teachers.conviction.mean() + 0.05
    assert high.outcomes["pupil_gain_sd"] > 1.5 * low.outcomes["pupil_gain_sd"]
    assert high.outcomes["deep_use"] > low.outcomes["deep_use"]


@pytest.mark.parametrize("kind", ["local", "menu"])
def test_plan_and_do_without_study_and_act(kind):
    """Everybody claims success; nothing is truly better, nothing was decided."""
    done = run({"strategy.testing.kind": kind, "strategy.testing.study_act": 0, "testing.habit": 0}).run()
    assert done.outcomes["claimed_success"] == 1 and done.outcomes["true_improvement"] == 0
    assert done.outcomes["testing_schools"] == 16 and done.outcomes["borrowed_variant"] == 0
    counts = ("study_acts", "variant_switches", "variant_borrowed", "variant_abandonments", "variant_adaptations")
    assert all(done.outcomes[f"flow_{name}"] == 0 for name in counts)


@pytest.mark.parametrize("kind", ["local", "menu"])
def test_without_study_habit_alone_changes_variants(kind):
    """16 schools in 8 quarters go over with chance .1: 12.8 times on average, SD 3.4; nothing is observed."""
    done = run({"strategy.testing.kind": kind, "strategy.testing.study_act": 0, "testing.habit": 0.1}).run()
    assert 0 < done.outcomes["flow_variant_switches"] < 12.8 + 5 * 3.4
    counts = ("study_acts", "variant_borrowed", "variant_abandonments", "variant_adaptations")
    assert all(done.outcomes[f"flow_{name}"] == 0 for name in counts)
    assert done.outcomes["claimed_success"] == 1 and not done.state.evidence.any()


def test_study_and_act_with_common_measures_raises_fit():
    done = run({"strategy.testing.study_act": 1}).run()
    plan_do = run({"strategy.testing.study_act": 0}).run()
    assert done.outcomes["mean_fit"] > plan_do.outcomes["mean_fit"] + 0.1
    assert done.outcomes["true_improvement"] > 0.5 and done.outcomes["borrowed_variant"] > 0.2
    assert done.outcomes["flow_variant_borrowed"] > 5
    assert done.outcomes["flow_study_acts"] == 8 * 16  # every school in every quarter of support


def test_compare_tells_claims_from_improvement(tmp_path):
    """The same network with and without studying and acting, through the public comparison."""
    text = """
id: networks
title: Networks
question: Do networks that study learn more than networks that do not?
population: {kind: synthetic, districts: 1, schools: 16}
programme: {years_support: 2, years_after: 0}
initial_use: {share: 0.1}
testing: {habit: 0}
experience: {fit_sd: 0}
strategy: {recruitment: directed}
strategies:
  studies: {recruitment: directed, testing: {kind: menu, topology: hub, study_act: 0.6}}
  claims: {recruitment: directed, testing: {kind: menu, topology: hub, study_act: 0}}
  alone: {recruitment: directed, testing: {kind: local, study_act: 0.6}}
compare: [none, studies, claims, alone, improvement_network]
"""
    (tmp_path / "networks.yaml").write_text(text, encoding="utf-8")
    c = ds.compare(tmp_path / "networks.yaml", baseline="claims", replicates=6, workers=1)
    mean = c.table.set_index(["strategy", "measure"])["mean"]
    assert mean["claims", "claimed_success"] == 1 and mean["claims", "true_improvement"] == 0
    assert mean["studies", "true_improvement"] > 0.4
    found = c.differences.set_index(["strategy", "baseline", "measure"])
    for better in ("mean_fit", "true_improvement", "pupil_gain_sd"):
        assert found.loc[("studies", "claims", better), "low"] > 0, better
    assert mean["studies", "mean_fit"] > mean["alone", "mean_fit"] + 0.1  # own designs begin lower, and nobody reads
    assert mean["alone", "borrowed_variant"] == 0 < mean["studies", "borrowed_variant"]
    assert np.isnan(mean["none", "claimed_success"]) and mean["none", "mean_fit"] == 1
    assert mean["improvement_network", "cost_hub"] > 0 == mean["alone", "cost_hub"]
    assert mean["studies", "cost_measurement"] > mean["alone", "cost_measurement"]


@pytest.mark.parametrize(("measures", "moves"), [("common", False), ("own", True)])
def test_a_bias_of_own_measures_moves_what_is_measured_with_them_alone(same, measures, moves):
    on, off = (run(bias, study_act=0.5, measures=measures).run() for bias in ({}, {"testing.bias_own": 0}))
    assert (same(on, off) != []) is moves


def test_own_measures_carry_less_from_school_to_school():
    """A menu, groups with a hub, everybody studies: with common measures what is truly better spreads, with own ones,
    whose bias no number of reports of the same schools averages out, less. Mean of 6 seeds."""
    found = {m: np.mean([run(seed=seed, study_act=1, topology="groups_hub", measures=m).run().outcomes["mean_fit"]
                         for seed in range(6)]) for m in ("common", "own")}  # fmt: skip
    assert found["common"] > found["own"]


def test_who_reads_matters():
    """What others tested is taken up where somebody reads others' reports, and only there."""
    borrowed = {t: run(topology=t, study_act=0.5).run().outcomes["flow_variant_borrowed"]
                for t in ("isolated", "pairs", "groups", "hub", "all_to_all", "groups_hub", "pairs_hub")}  # fmt: skip
    assert borrowed["isolated"] == 0
    assert all(number > 0 for topology, number in borrowed.items() if topology != "isolated")


def test_engaged_district_staff_raise_study_and_act():
    alone = run({"testing.study_act": 0.15}).run()
    engaged = run({"testing.study_act": 0.15, "testing.district_engaged": 1}).run()
    assert engaged.outcomes["flow_study_acts"] > 1.3 * alone.outcomes["flow_study_acts"]
    paid = engaged.outcomes["cost_measurement"] - alone.outcomes["cost_measurement"]
    assert paid == pytest.approx(800 * 8 * 16)


def test_money_for_cycles_is_booked():
    done = run().run()
    assert done.outcomes["cost_hub"] == 3000 * 8 * 16
    assert done.outcomes["cost_measurement"] == (1200 + done.case["money.price_measurement"]) * 8 * 16


def test_a_cycle_that_cannot_be_paid_does_not_start():
    poor = {"money.budget_per_teacher": 3400, "money.unspent": "returned", "experience.fit_sd": 0}
    dear = run({"testing.price_hub": 1_000_000} | poor).run()
    assert dear.outcomes["testing_schools"] == 0 and dear.outcomes["cost_hub"] == 0
    assert dear.outcomes["flow_school_entries"] == 16  # the programme itself goes on
    assert dear.outcomes["mean_fit"] == 1


def test_adapting_costs_hours():
    """Schools of low fit that study all the time: the hours of their quarters go into adapting."""
    model = run(kind="local", topology="isolated", study_act=1)
    spent = 0
    while model.week < 72:
        model.step()
        schools = model.state.schools
        assert (schools.hours[schools.adapting_hours > 0] == 0).all()
        spent += int((schools.adapting_hours > 0).sum()) if model.week % 9 == 1 else 0
    assert spent == model.outcomes["flow_variant_adaptations"] > 20
    model.run()
    assert not model.state.schools.adapting_hours.any()


def test_after_support_what_is_in_use_stays():
    model = run(study_act=1)
    while model.week < 73:
        model.step()
    schools = model.state.schools
    fit, flows = schools.fit.copy(), model.flows.iloc[-1]
    assert not schools.testing.any() and not schools.partner_use.any() and (schools.slot >= 0).all()
    model.run()
    assert np.array_equal(model.state.schools.fit, fit)
    assert model.flows["study_acts"].iloc[-1] == flows["study_acts"]


def test_the_last_quarter_is_studied():
    model = run(study_act=1)
    while model.week < 72:
        model.step()
    assert model.outcomes["flow_study_acts"] == 7 * 16
    model.step()
    assert model.outcomes["flow_study_acts"] == 8 * 16


# ---- changing numbers, branching -------------------------------------------------------------------------------------
def steps(model, count):
    for _ in range(count):
        model.step()
    return model


CHANGES = [
    {"testing.study_act": 0.9}, {"testing.district_engaged": 1.0}, {"testing.noise_common": 0.9},
    {"testing.switch_margin": 0.0}, {"testing.price_hub": 10.0}, {"testing.reports": 0}, {"testing.network_size": 3},
    {"testing.positivity": 0.0, "testing.study_act": 0.9}, {"testing.menu_mean": 0.5, "testing.study_act": 0.9},
    {"testing.claim_above": 2.0}, {"testing.context_sd": 0.5, "testing.study_act": 0.9}, {"testing.setup_time": 100.0},
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=[",".join(change) for change in CHANGES])
def test_numbers_can_change_within_a_run(same, change):
    overrides = {"testing.study_act": 0.5}
    model, plain = steps(run(overrides), 20), steps(run(overrides), 20)
    model.intervene(change)
    assert same(model, plain) == []
    assert same(model.run(), plain.run()) != []


def test_changed_fit_is_that_of_schools_without_testing():
    model = steps(ReformModel("mid_size_district", rng=3, strategy="improvement_network", overrides=SMALL), 5)
    tested = model.state.schools.slot >= 0
    before = model.state.schools.fit.copy()
    assert 0 < tested.sum() < 16
    model.intervene({"experience.fit": 0.7})
    s, d = model.state.schools, model.state.districts
    assert d.fit == pytest.approx(0.7 + d.deviation[:, 3]), "the mean has moved"
    assert (s.fit[~tested] == d.fit[s.district[~tested]]).all() and (s.fit[~tested] != before[~tested]).all()
    assert np.array_equal(model.state.schools.fit[tested], before[tested])


@pytest.mark.parametrize("week", [4, 9, 18, 36, 60, 72])
def test_copies_and_files_go_on_alike(same, tmp_path, week):
    whole = run(study_act=0.7).run()
    half = steps(run(study_act=0.7), week)
    half.save(tmp_path / "m.npz")
    assert same(half.copy().run(), whole) == []
    assert same(ds.load_model(tmp_path / "m.npz").run(), whole) == []


def test_a_file_with_places_that_are_not_there_is_refused(tmp_path):
    half = steps(run(), 10)
    half.state.schools.slot[0] = 8
    half.save(tmp_path / "m.npz")
    with pytest.raises(ds.errors.StoreError, match="schools.slot', row 0: found 8"):
        ds.load_model(tmp_path / "m.npz")


def test_another_kind_within_a_run(tmp_path, same):
    """A plan may change its rule: schools keep what they use and try what the new rule offers."""
    code = """
from diffusion_sim import Plan
import numpy as np


class Changes:
    def plan(self, view, draw):
        schools = view.programme.size
        kind = "local" if view.quarter < 4 else "menu"
        rule = {"kind": kind, "topology": "hub", "study_act": 1.0}
        return Plan(mandate=view.programme, hours=np.full(schools, 8.0), variant_rule=rule,
                    mix=np.tile([1.0, 0, 0, 0], (schools, 1)))


class Stops(Changes):
    def plan(self, view, draw):
        rule = {"kind": "local", "study_act": 1.0} if view.quarter < 4 else {"kind": "none"}
        return Plan(mandate=view.programme, variant_rule=rule)
"""
    text = """
id: own
title: Own
question: May a plan change its rule?
population: {kind: synthetic, districts: 1, schools: 10}
programme: {years_support: 2, years_after: 0}
initial_use: {share: 0.1}
testing: {drop_below: 0.9}
strategy: {recruitment: none}
strategies:
  changes: {code: "own.py:Changes"}
  stops: {code: "own.py:Stops"}
"""
    (tmp_path / "own.py").write_text(code, encoding="utf-8")
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")

    def origins(name):
        model = ReformModel(ds.load_scenario(tmp_path / "own.yaml", allow_code=True), rng=1, strategy=name,
                            allow_code=True)  # fmt: skip
        steps(model, 37)
        first = model.state.variant_origin[np.arange(10), model.state.schools.slot] == 0
        model.run()
        return model, first, model.state.variant_origin[np.arange(10), model.state.schools.slot] == 0

    model, first, last = origins("changes")
    assert not first.any() and last.any()
    stopped, first, last = origins("stops")
    assert not last.any() and stopped.outcomes["flow_study_acts"] == 40
