"""Dated events: nothing before their week, what they say from it on, and the run that goes on after save and copy."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim.errors import DiffusionSimError, ScenarioError
from diffusion_sim.model import ReformModel
from diffusion_sim.scenario import Scenario, from_canonical, load_scenario

CASE = """\
id: dated
title: Dated events
question: What do they change?
population: {kind: synthetic, districts: 2, schools: 6, population_seed: 4}
programme: {years_support: 2, years_after: 1, mandate_years: 1}
initial_use: {share: 0.15}
strategy: {recruitment: volunteer}
"""
# One event of every kind, weeks in the middle of a quarter, at a quarter's and at a year's start.
KINDS = {
    "lost_time": {"kind": "lost_time", "share": 0.6, "weeks": 12},
    "suspended_support": {"kind": "suspended_support", "weeks": 11},
    "withdrawn_support": {"kind": "suspended_support"},
    "principals": {"kind": "leader_leaves", "schools": "all"},
    "superintendents": {"kind": "leader_leaves", "districts": "all"},
    "new_mandate": {"kind": "new_mandate", "years": 2},
    "budget_cut": {"kind": "budget_cut", "share": 0.9},
    "new_initiative": {"kind": "new_initiative", "weeks": 30},
    "instrument": {"kind": "instrument", "instrument": "evaluation", "value": 0.9},
}
WEEKS = (0, 22, 36, 45)


@pytest.fixture
def case(tmp_path):
    def make(events=(), extra="") -> Scenario:
        rows = "".join(f"  - {event!r}\n" for event in events).replace("'", "")
        path = tmp_path / "dated.yaml"
        path.write_text(CASE + extra + (f"events:\n{rows}" if rows else ""), encoding="utf-8")
        return load_scenario(path)

    return make


def arrays(model):
    return {name: value.copy() for name, value in model.state.arrays().items()}


def differing(one, two):
    return [name for name in one if not np.array_equal(one[name], two[name], equal_nan=one[name].dtype.kind == "f")]


def to(model, week):
    while model.week < week:
        model.step()
    return model


@pytest.mark.parametrize("week", WEEKS)
@pytest.mark.parametrize("kind", KINDS)
def test_before_its_week_an_event_changes_nothing_and_then_something(case, kind, week):
    with_it = ReformModel(case([KINDS[kind] | {"week": week}]), rng=5, strategy="directed_uniform")
    without = ReformModel(case(), rng=5, strategy="directed_uniform")
    to(with_it, week), to(without, week)
    assert differing(arrays(with_it), arrays(without)) == [] and with_it.interventions == []
    with_it.run(), without.run()
    assert differing(arrays(with_it), arrays(without)) != []
    assert with_it.series.iloc[: week + 1].equals(without.series.iloc[: week + 1])
    assert [entry["week"] for entry in with_it.interventions] == [week]
    assert with_it.interventions[0]["event"]["kind"] == KINDS[kind]["kind"]


@pytest.mark.parametrize("kind", KINDS)
def test_steps_copies_and_files_go_on_alike(case, kind, tmp_path):
    sc = case([KINDS[kind] | {"week": 22}, KINDS[kind] | {"week": 40}])
    run = ReformModel(sc, rng=5, strategy="directed_uniform").run()
    model = to(ReformModel(sc, rng=5, strategy="directed_uniform"), 20)
    model.save(tmp_path / "m.npz")
    for other in (model.copy(), ds.load_model(tmp_path / "m.npz"), to(model, 108)):
        assert differing(arrays(other.run()), arrays(run)) == []
        assert other.interventions == run.interventions and len(run.interventions) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_an_intervention_is_the_same_event(case, kind, tmp_path):
    run = ReformModel(case([KINDS[kind] | {"week": 22}]), rng=5, strategy="directed_uniform").run()
    now = to(ReformModel(case(), rng=5, strategy="directed_uniform"), 22)
    now.intervene(KINDS[kind])
    ahead = to(ReformModel(case(), rng=5, strategy="directed_uniform"), 9)
    ahead.intervene(KINDS[kind], week=22)
    ahead.save(tmp_path / "m.npz")
    loaded, copied = ds.load_model(tmp_path / "m.npz"), ahead.copy()
    assert ahead.interventions == [{"week": 9, "event": loaded.interventions[0]["event"]}]
    for other in (now, ahead, loaded, copied):
        assert differing(arrays(other.run()), arrays(run)) == [], kind
        assert len(other.interventions) == 1, "noted when it was asked for, not again when it comes"


def test_a_branch_keeps_its_event_to_itself(case):
    model = to(ReformModel(case(), rng=5, strategy="directed_uniform"), 10)
    branch = model.copy()
    branch.intervene({"kind": "budget_cut", "share": 1})
    plain = ReformModel(case(), rng=5, strategy="directed_uniform").run()
    assert differing(arrays(model.run()), arrays(plain)) == [] and model.interventions == []
    assert differing(arrays(branch.run()), arrays(plain)) != []


# ---- what each does --------------------------------------------------------------------------------------------------
def test_lost_time_stops_what_needs_time(case):
    """With all time lost nobody hears, tries, practises or learns; skill drifts and users stop as ever."""
    event = {"kind": "lost_time", "share": 1, "weeks": 9, "week": 45}
    model = to(ReformModel(case([event]), rng=5, strategy="directed_uniform"), 45)
    uses, gain = model.state.teachers.uses.copy(), model.state.schools.gain.copy()
    stage = model.state.teachers.stage.copy()
    to(model, 54)
    now, before = model.flows.iloc[54], model.flows.iloc[45]
    lost = ["trial_initiative", "trial_peers", "trial_norm", "trial_mandate", "skill_use", "skill_help", "skill_peers"]
    assert (now[[*lost, "aware", "skill_expertise"]] == before[[*lost, "aware", "skill_expertise"]]).all()
    assert now["skill_drift"] > before["skill_drift"] and now.stop_owned + now.stop_compliant > before.stop_owned
    stayed = np.isin(stage, (2, 3)) & np.isin(model.state.teachers.stage, (2, 3))
    assert np.array_equal(model.state.teachers.uses[stayed], uses[stayed])
    assert np.array_equal(model.state.schools.gain, gain)


def test_half_of_the_time_halves_the_mandates_hazard(case):
    """A share s lost scales the whole hazard of trying by 1 - s, and only where time is lost. (What hours add to it
    falls by more, since fewer of them arrive: that part is off.)"""
    event = {"kind": "lost_time", "share": 0.5, "weeks": 1, "week": 45, "schools": ["S0001"]}
    how = {"rng": 5, "strategy": "directed_uniform", "overrides": {"structure.recruit": "none"}}
    with_it = to(ReformModel(case([event]), **how), 45)
    without = to(ReformModel(case(), **how), 45)
    before, stage = with_it.state.teachers.wait.copy(), with_it.state.teachers.stage.copy()
    with_it.step(), without.step()
    t, u = with_it.state.teachers, without.state.teachers
    row = with_it.world.table.school_id.index("S0001")
    here = (t.school == row) & (t.stage == 1) & (u.stage == 1) & (stage == 1) & (u.wait < before)
    assert here.sum() > 3
    assert (before - t.wait)[here] == pytest.approx(0.5 * (before - u.wait)[here])
    elsewhere = t.school != row
    assert np.array_equal(t.wait[elsewhere], u.wait[elsewhere])


def test_suspended_support_is_not_delivered_and_not_paid(case):
    event = {"kind": "suspended_support", "weeks": 23, "week": 13}
    model = to(ReformModel(case([event]), rng=5, strategy="directed_uniform"), 13)
    paid, trust = model.state.ledger.copy(), model.state.schools.trust.copy()
    help_before = model.flows.skill_help.iloc[13]
    to(model, 36)
    assert np.array_equal(model.state.ledger, paid), "two whole quarters are suspended: nothing is paid"
    assert model.flows.skill_help.iloc[36] == help_before > 0
    assert (model.state.schools.enrolled == 1).all() and model.flows.mandates_broken.iloc[36] == 0
    assert (model.state.schools.trust != trust).any()
    to(model, 40)
    assert model.flows.skill_help.iloc[40] > help_before and (model.state.ledger > paid).any()


def test_part_of_a_quarter_suspended_is_paid(case):
    event = {"kind": "suspended_support", "weeks": 4, "week": 18}
    with_it = to(ReformModel(case([event]), rng=5, strategy="directed_uniform"), 27)
    without = to(ReformModel(case(), rng=5, strategy="directed_uniform"), 27)
    assert np.array_equal(with_it.state.ledger, without.state.ledger)
    assert with_it.flows.skill_help.iloc[27] < without.flows.skill_help.iloc[27]
    assert with_it.flows.skill_help.iloc[22] == with_it.flows.skill_help.iloc[18]


def test_support_withdrawn_for_good_lowers_trust_and_ends_enrolment(case):
    event = {"kind": "suspended_support", "week": 20, "schools": ["S0001"]}
    model = to(ReformModel(case([event]), rng=5, strategy="volunteer_uniform", overrides={"enrolment.n0": 50}), 20)
    row = model.world.table.school_id.index("S0001")
    twin = to(ReformModel(case(), rng=5, strategy="volunteer_uniform", overrides={"enrolment.n0": 50}), 20)
    enrolled = model.state.schools.enrolled.copy()
    assert enrolled.sum() >= 2 and enrolled[row] == 1
    trust = model.state.schools.trust[row]
    model.step(), twin.step()
    p = model.params.trust
    expected = trust - p.withdrawn_early
    school = model.state.schools[row]
    expected += (p.build * school.principal * (1 - expected) - p.drift * (expected - school.trust_start)) / 36
    assert model.state.schools.trust[row] == pytest.approx(expected, abs=2e-3)
    others = np.arange(enrolled.size) != row
    assert np.array_equal(model.state.schools.trust[others], twin.state.schools.trust[others])
    assert model.state.schools.enrolled[row] == 0 and model.flows.school_exits.iloc[21] == 1
    to(model, 72)
    assert model.state.schools.enrolled[row] == 0, "it is not offered a place again"


def test_a_leaving_principal_is_a_summers_principal(case):
    """The next principal is the person that a summer would have brought: the same draws, the same losses."""
    event = {"kind": "leader_leaves", "week": 10, "schools": ["S0002"]}
    model = to(ReformModel(case([event]), rng=5, strategy="none", overrides={"leaders.successor_norm": 0}), 10)
    row = model.world.table.school_id.index("S0002")
    before = model.state.schools.copy()
    model.step()
    now = model.state.schools
    from diffusion_sim import rng

    own = rng.normal(np.uint64(5), now.key[row], 1, rng.PRINCIPAL_SUPPORT, 0)
    of_district = rng.normal(np.uint64(5), model.state.districts.key[now.district[row]], 0, rng.DISTRICT_PART, 5)
    case_ = model.case
    z = case_["districts.icc"] ** 0.5 * of_district + (1 - case_["districts.icc"]) ** 0.5 * own
    assert now.principal_base[row] == pytest.approx(
        np.clip(case_["schools.principal"] + case_["schools.principal_sd"] * z, 0, 1)
    )
    assert now.principal_number[row] == 1 and now.weeks_principal[row] == 1
    assert now.conditions[row, 2] == pytest.approx(before.conditions[row, 2] * case_["leaders.team_kept"], rel=0.02)
    assert model.flows.principals_left.iloc[11] == 1 and (np.delete(now.principal_number, row) == 0).all()


def test_a_leaving_superintendent_may_drop_the_mandate(case):
    event = {"kind": "leader_leaves", "week": 10, "districts": "all"}
    drop = {"leaders.mandate_drop": 1, "structure.embedding": "off"}
    model = to(ReformModel(case([event]), rng=5, strategy="directed_uniform", overrides=drop), 11)
    assert (model.state.schools.mandate_weeks == 0).all() and model.flows.mandates_broken.iloc[11] == 6
    assert (model.state.districts.superintendent_number == 1).all()
    kept = to(ReformModel(case([event]), rng=5, strategy="directed_uniform", overrides={"leaders.mandate_drop": 0}), 11)
    assert (kept.state.schools.mandate_weeks > 0).all()


def test_a_new_mandate_waits_for_the_quarter_and_for_the_money(case):
    event = {"kind": "new_mandate", "week": 12, "years": 2, "schools": ["S0003", "S0004"]}
    model = to(ReformModel(case([event]), rng=5, strategy="none"), 18)
    assert (model.state.schools.mandate_weeks == 0).all()
    model.step()
    rows = [model.world.table.school_id.index(name) for name in ("S0003", "S0004")]
    assert np.flatnonzero(model.state.schools.mandate_weeks).tolist() == rows
    assert (model.state.schools.mandate_weeks[rows] == 71).all() and (model.state.schools.monitored[rows] == 1).all()
    price = model.case["money.monitoring_hours"] / 4 * model.case["money.price_monitoring"]
    assert model.outcomes["cost_total"] == pytest.approx(2 * price)
    assert model.run().flows.trial_mandate.iloc[-1] > 0 and model.flows.school_entries.iloc[-1] == 0
    broke = ReformModel(case([event]), rng=5, strategy="none", overrides={"money.budget_per_teacher": 0}).run()
    none = ReformModel(case(), rng=5, strategy="none", overrides={"money.budget_per_teacher": 0}).run()
    assert differing(arrays(broke), arrays(none)) == []


def test_a_directive_still_enrols_a_school_that_is_mandated_already(case):
    event = {"kind": "new_mandate", "week": 9, "years": 2}
    late = ReformModel(case([event]), rng=5, strategy="directed_uniform", overrides={"programme.mandate_years": 0})
    assert (to(late, 10).state.schools.mandate_weeks > 0).all() and (late.state.schools.enrolled == 0).all()
    late.intervene({"programme.mandate_years": 1})
    assert (to(late, 37).state.schools.enrolled == 1).all()
    assert (late.state.schools.mandate_weeks == 2 * 36 - 28).all(), "the mandate in force goes on"


def test_a_cut_bites_from_the_next_quarter_on(case):
    event = {"kind": "budget_cut", "week": 12, "share": 0.25}
    model = ReformModel(case([event]), rng=5, strategy="none")
    whole = model.world.pots.posts * model.case["money.budget_per_teacher"]
    assert to(model, 12).state.year_pot == pytest.approx(whole)
    assert to(model, 13).state.year_pot == pytest.approx(0.75 * whole)
    assert to(model, 37).state.year_pot == pytest.approx(2 * 0.75 * whole), "the first year's money is carried"
    assert to(model, 73).state.year_pot == pytest.approx(0.75 * model.case["money.own_budget"] * whole)
    assert model.state.unspent == pytest.approx(2 * 0.75 * whole.sum())


def test_a_cut_of_one_district(case):
    event = {"kind": "budget_cut", "week": 0, "share": 1, "districts": ["D0001"]}
    model = to(ReformModel(case([event]), rng=5, strategy="directed_uniform"), 1)
    inside = model.state.schools.district == 0
    assert (model.state.schools.enrolled[inside] == 0).all() and (model.state.schools.enrolled[~inside] == 1).all()
    with pytest.raises(ScenarioError, match=r"events\.0 \(budget_cut\)\.districts: money\.pool is 'world'"):
        ReformModel(case([event]), rng=5, overrides={"money.pool": "world"})


def test_an_initiative_crowds_the_focus_and_ends(case):
    event = {"kind": "new_initiative", "week": 10, "weeks": 20, "schools": ["S0001"]}
    model, plain = ReformModel(case([event]), rng=5, strategy="none"), ReformModel(case(), rng=5, strategy="none")
    row = model.world.table.school_id.index("S0001")
    for week, more in ((10, 0), (11, 1), (30, 1), (31, 0), (108, 0)):
        to(model, week), to(plain, week)
        extra = model.state.schools.initiatives - plain.state.schools.initiatives
        assert extra[row] == more and (np.delete(extra, row) == 0).all()
    assert model.state.schools.conditions[row, 0] < plain.state.schools.conditions[row, 0]


def test_nobody_overspends_with_events(case):
    for week in (13, 40):
        sc = case([event | {"week": week} for event in KINDS.values()])
        model = ReformModel(sc, rng=5, strategy="directed_uniform").run()
        budget = model.world.pots.posts.sum() * model.case["money.budget_per_teacher"]
        assert model.state.ledger[:8].sum() + model.state.unspent <= 2 * budget * (1 + 1e-9)
        assert (model.state.year_pot >= -1e-6).all()


def test_an_instrument_is_set_or_moved_in_districts_named(case):
    """At once in risk, readiness and coherence; a new superintendent falls back to what was before."""
    first = {"kind": "instrument", "week": 3, "instrument": "evaluation", "value": 0.9, "districts": ["D0001"]}
    then = {"kind": "instrument", "week": 5, "instrument": "pacing", "change": -0.2}
    model = to(ReformModel(case([first, then]), rng=5, strategy="none"), 3)
    before, start = model.state.districts.alignment.copy(), model.state.districts.alignment_start.copy()
    model.step()
    after = model.state.districts.alignment.copy()
    assert after[0, 4] == 0.9 and (after != before).sum() == 1
    to(model, 6)
    assert model.state.districts.alignment[:, 1] == pytest.approx(np.clip(before[:, 1] - 0.2, 0, 1))
    assert (model.state.districts.alignment != after).sum() == 2
    assert np.array_equal(model.state.districts.alignment_start, start)
    model.intervene({"kind": "instrument", "instrument": "evaluation", "change": 0.5, "districts": ["D0001"]})
    model.step()
    assert model.state.districts.alignment[0, 4] == 1.0, "at most 1"
    assert [entry["event"]["kind"] for entry in model.interventions] == ["instrument"] * 3


def test_an_instrument_s_event_is_felt_at_once(case):
    """Leadership coherence of schools goes with the lowest instrument before anybody acts in that week."""
    model = to(ReformModel(case(), rng=5, strategy="none"), 4)
    other = model.copy()
    other.intervene({"kind": "instrument", "instrument": "evaluation", "value": 0.0})
    model.step(), other.step()
    assert (other.state.schools.coherence == 0).all() and (model.state.schools.coherence > 0).all()
    assert other.state.schools.readiness.mean() < model.state.schools.readiness.mean()


# ---- wrong ones ------------------------------------------------------------------------------------------------------
WRONG = {
    "no_mapping": ("[3]", "events.0: found 3"),
    "no_list": ("{kind: lost_time}", "events: found"),
    "no_kind": ("[{week: 3}]", "events.0.kind: the kind is missing; one of lost_time"),
    "kind": ("[{kind: lost_tme, week: 3}]", "did you mean 'lost_time'?"),
    "key": ("[{kind: lost_time, week: 3, share: 0.5, weeks: 3, hours: 2}]", "events.0.hours: unknown key"),
    "no_week": ("[{kind: new_initiative}]", "events.0.week: is missing"),
    "no_share": ("[{kind: budget_cut, week: 3}]", "events.0.share: is missing; budget_cut asks for share"),
    "share": ("[{kind: budget_cut, week: 3, share: 30}]", "looks like per cent, write unit: percent"),
    "unit": ("[{kind: budget_cut, week: 3, share: {value: 3, unit: dollars}}]", "unit is 'share' or percent"),
    "weeks": ("[{kind: lost_time, week: 3, share: 0.5, weeks: -2}]", "events.0.weeks: found -2"),
    "half": ("[{kind: lost_time, week: 3.5, share: 0.5, weeks: 2}]", "events.0.week: found 3.5; a whole number"),
    "negative": ("[{kind: new_initiative, week: -1}]", "events.0.week: found -1"),
    "late": ("[{kind: new_initiative, week: 108}]", "the run ends after 108 weeks, so 0 to 107 is allowed"),
    "late_support": ("[{kind: suspended_support, week: 72}]", "support ends after 72 weeks, so 0 to 71"),
    "late_mandate": ("[{kind: new_mandate, week: 100, years: 1}]", "a mandate begins with a quarter, so 0 to 99"),
    "late_year": ("[{kind: new_initiative, year: 4, week: 0}]", "found 108"),
    "year_week": ("[{kind: new_initiative, year: 2, week: 36}]", "with year, a whole number from 0 to 35"),
    "nobody": ("[{kind: leader_leaves, week: 3}]", "schools (their principals leave) or districts"),
    "both": ("[{kind: new_initiative, week: 3, schools: [a], districts: [b]}]", "schools or districts, not both"),
    "twice": ("[{kind: new_initiative, week: 3, schools: [a, a]}]", "'a' stands twice"),
    "numbers": ("[{kind: new_initiative, week: 3, schools: [1, 2]}]", "put ids of digits in quotes"),
    "no_instrument": ("[{kind: instrument, week: 3, value: 0.5}]", "events.0.instrument: is missing; instrument asks"),
    "instrument": (
        "[{kind: instrument, week: 3, instrument: evalution, value: 0.5}]",
        "events.0.instrument: found 'evalution' (text); one of standards, pacing, materials, assessment, evaluation, "
        "coaching is allowed; did you mean 'evaluation'",
    ),
    "neither": (
        "[{kind: instrument, week: 3, instrument: pacing}]",
        "events.0.value: found neither; value (what it is from then on)",
    ),
    "value_and_change": (
        "[{kind: instrument, week: 3, instrument: pacing, value: 0.5, change: 0.1}]", "found both; value",
    ),
    "value": ("[{kind: instrument, week: 3, instrument: pacing, value: 1.5}]", "found 1.5; a number from 0 to 1"),
    "change": ("[{kind: instrument, week: 3, instrument: pacing, change: -2}]", "found -2; a number from -1 to 1"),
    "instrument_of_schools": (
        "[{kind: instrument, week: 3, instrument: pacing, value: 1, schools: [a]}]", "events.0.schools: unknown key",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_one_clear_error(case, name):
    text, said = WRONG[name]
    with pytest.raises(ScenarioError) as error:
        case(extra=f"events: {text}\n")
    assert said in str(error.value) and "dated.yaml" in str(error.value)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"kind": "new_initiative", "schools": ["S0001", "S00O2"]}, "no school 'S00O2' among the 6"),
        ({"kind": "leader_leaves", "districts": ["D001"]}, "no district 'D001' .*did you mean 'D0001'"),
    ],
)
def test_unknown_schools_and_districts(case, event, text):
    with pytest.raises(ScenarioError, match=text):
        ReformModel(case([event | {"week": 3}]), rng=5)
    model = ReformModel(case(), rng=5)
    with pytest.raises(ScenarioError, match=text):
        model.intervene(event)
    assert model.interventions == [] and model.run().week == 108


@pytest.mark.parametrize(
    ("event", "week", "text"),
    [
        ({"kind": "new_initiative", "week": 4}, None, "found 4; 20 weeks are done already"),
        ({"kind": "new_initiative"}, 4, "found 4; 20 weeks are done already"),
        ({"kind": "new_initiative"}, -1, "week is -1; weeks done"),
        ({"kind": "new_initiative"}, 2.5, "week is 2.5"),
        ({"kind": "new_initiative", "week": 30}, 30, "give week once"),
        ({"kind": "new_initiative"}, 108, "the run ends after 108 weeks"),
        ({"kind": "new_inititive"}, None, "did you mean 'new_initiative'"),
    ],
)
def test_an_intervention_that_cannot_be(case, event, week, text):
    model = to(ReformModel(case(), rng=5), 20)
    with pytest.raises(ScenarioError, match=text):
        model.intervene(event, week=week)
    assert model.interventions == []


# ---- from end to end -------------------------------------------------------------------------------------------------
def test_compare_and_overrides(case):
    sc = case([{"kind": "lost_time", "week": 36, "share": 0.2, "weeks": 36}])
    assert sc["events.0.share"] == 0.2 and sc.canonical()["events"][0]["kind"] == "lost_time"
    more = sc.override({"events.0.share": 0.9, "events.0.schools": ["S0001", "S0002"]})
    assert more["events.0.share"] == 0.9 and more.overrides["events.0.share"] == 0.9 and more.digest != sc.digest
    assert from_canonical(more.canonical()) == more
    with pytest.raises(ScenarioError, match="override of programme|events.0 .lost_time.*week: found 36"):
        sc.override({"programme.years_support": 1, "programme.years_after": 0})
    for path in ("events.1.share", "events.0.kind", "events.x", "events.0"):
        with pytest.raises(ScenarioError, match="events"):
            sc.override({path: 1})
    reach = {}
    for share in (0.0, 1.0):
        made = sc.override({"events.0.share": share})
        c = ds.compare(made, ["none", "directed_uniform"], replicates=2, workers=1, rng=3)
        reach[share] = c.runs.set_index(["strategy", "replicate"])["mean_depth"]
        row = c.runs.iloc[1]
        again = ReformModel(made, rng=int(row["seed"]), strategy=row["strategy"]).run()
        assert again.outcomes["mean_depth"] == row["mean_depth"]
    assert (reach[1.0]["directed_uniform"] < reach[0.0]["directed_uniform"]).all()
    plain = ds.compare(case(), ["none", "directed_uniform"], replicates=2, workers=1, rng=3)
    assert plain.runs.set_index(["strategy", "replicate"])["mean_depth"].equals(reach[0.0])


def test_an_unknown_school_is_one_error_of_a_comparison(case):
    sc = case([{"kind": "new_initiative", "week": 3, "schools": ["nowhere"]}])
    with pytest.raises(DiffusionSimError, match="no school 'nowhere'"):
        ds.compare(sc, ["none"], replicates=2, workers=1)


def test_the_documented_example_runs(case):
    import re
    from pathlib import Path

    text = (Path(__file__).resolve().parents[2] / "docs" / "events.md").read_text("utf-8")
    block = re.search(r"<!-- example: events -->\n```yaml\n(.*?)```", text, re.DOTALL).group(1)
    sc = case(extra=block).override({"programme.years_support": 3})
    assert [event["week"] for event in sc.events] == [54, 54, 40, 36, 27, 72, 12, 36]
    assert sc.events[0]["share"] == 0.6
    kinds = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert kinds == {event["kind"] for event in sc.events}
    run = ReformModel(sc, rng=2, strategy="staged").run()
    assert len(run.interventions) == 8 and run.week == 144


@pytest.mark.parametrize("name", ["mid_size_district", pytest.param("michigan", marks=pytest.mark.slow)])
def test_events_in_the_shipped_scenarios(name, tmp_path):
    """A pandemic in the second year, then support that is withdrawn: less depth, less cost, in every pair of runs."""
    from diffusion_sim.scenario import scenario_folder

    text = (scenario_folder() / f"{name}.yaml").read_text("utf-8")
    dated = (
        "events:\n  - {kind: lost_time, year: 2, week: 0, share: 0.8, weeks: 36}\n"
        "  - {kind: suspended_support, year: 3, week: 0}\n  - {kind: leader_leaves, year: 2, week: 9, districts: all}\n"
    )
    runs = {}
    for label, more in (("plain", ""), ("dated", dated)):
        path = tmp_path / f"{label}.yaml"
        path.write_text(text + "\n" + more, "utf-8")
        c = ds.compare(path, ["none", "directed_uniform"], replicates=2, workers=2, rng=4)
        runs[label] = c.runs.set_index(["strategy", "seed"]).sort_index()
        assert [event["kind"] for event in load_scenario(path).events] == (
            ["lost_time", "suspended_support", "leader_leaves"] if more else []
        )
    directed = {label: found.loc["directed_uniform"] for label, found in runs.items()}
    for measure in ("deep_use", "cost_total", "pupil_gain_sd"):
        assert (directed["dated"][measure] < directed["plain"][measure]).all(), measure
    districts = 1 if name == "mid_size_district" else 537
    for label, least in (("plain", 0), ("dated", districts)):
        assert (directed[label]["flow_superintendents_left"] >= least).all()


def test_a_cut_that_finds_no_quarter_any_more_is_refused():
    m = ReformModel("mid_size_district", rng=1, overrides={"population.schools": 4})
    with pytest.raises(ScenarioError, match="a cut bites with a quarter, so 0 to 171 is allowed"):
        m.intervene({"kind": "budget_cut", "share": 0.3, "week": 178})
