"""What a strategy has districts change at their own level: who pays what and when, and what it does."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion_sim as ds
from diffusion_sim import Plan, rng
from diffusion_sim.dynamics.money import CAPACITY, DISTRICT, OUTREACH, OWN
from diffusion_sim.model import ReformModel
from diffusion_sim.programme.enrolment import enrolment_terms
from diffusion_sim.state.codes import INVITED
from diffusion_sim.week.school_conditions import climate_of
from tests.programme.conftest import Says
from tests.small_world import steps

CHEAP = {"money.price_coaching": 100.0}
ALIGN, RELIEF, AUTONOMY, VISION = 5000.0, 5000.0, 2500.0, 2500.0  # a quarter of 200, 200, 100, 100 hours at 100 dollars
LEAN = {**CHEAP, "money.price_measurement": 0, "money.outreach_hours": 0, "money.price_monitoring": 0}


class Plans:
    """Says what it is given, nothing else; a function is asked with the view."""

    plans_after_support = False

    def __init__(self, after=False, **fields):
        self.fields, self.plans_after_support = fields, after

    def plan(self, view, draw):
        said = {name: value(view) if callable(value) else value for name, value in self.fields.items()}
        size = view.programme.size
        arrays = {name: v if name == "places" else np.resize(np.asarray(v, float), size) for name, v in said.items()}
        return Plan(**arrays)


def quarters(model, column, count, of="schools"):
    """A column in the first week of so many quarters."""
    seen = []
    for q in range(count):
        steps(model, 1 if q == 0 and model.week == 0 else 9)
        seen.append(getattr(getattr(model.state, of), column).tolist())
    return seen


# ---- align -----------------------------------------------------------------------------------------------------------
def test_a_named_instrument_is_aligned_by_the_equation(world):
    """200 hours are shared by two leaders: a += b_align 100/(100 + h_lead) (1 - a)/36 a week; nothing else moves."""
    model = world({"d": [5, 5]}, Plans(align=4), CHEAP)
    p, a = model.params.coaches, model.state.districts.alignment[0].tolist()
    steps(model, 2)
    for _ in range(2):
        a[4] += p.b_align * 100 / (100 + p.h_lead) * (1 - a[4]) / 36
    assert model.state.districts.alignment[0].tolist() == pytest.approx(a, abs=1e-15)
    assert model.state.ledger[DISTRICT] == ALIGN == model.state.ledger.sum()
    assert model.state.districts.align_hours.tolist() == [100] and model.state.districts.aligning.tolist() == [4]
    steps(model, 34)
    assert model.state.ledger[DISTRICT] == 4 * ALIGN == model.outcomes["cost_district"] == model.outcomes["cost_total"]


def test_lost_time_is_lost_for_leaders_too(world):
    """Half of the time of one of two schools: three quarters of the hours arrive."""
    model = world({"d": [5, 5]}, Plans(align=2), CHEAP)
    model.intervene({"kind": "lost_time", "share": 0.5, "weeks": 3, "schools": ["s0"]})
    p, a = model.params.coaches, float(model.state.districts.alignment[0, 2])
    steps(model, 1)
    expected = a + p.b_align * 75 / (75 + p.h_lead) * (1 - a) / 36
    assert model.state.districts.alignment[0, 2] == pytest.approx(expected, abs=1e-15)


def test_the_largest_number_of_a_district_s_schools_counts(world):
    model = world({"d": [5, 5], "e": [5, 5, 5]}, Plans(align=[1, 3, -1, -1, -1]), CHEAP)
    steps(model, 1)
    assert model.state.districts.aligning.tolist() == [3, -1] and model.state.ledger[DISTRICT] == ALIGN
    assert model.state.districts.align_hours.tolist() == [100, 0]


def test_departments_move_the_lowest_instrument_before(world):
    """Both on the same instrument: departments first, the named hours from what they have left."""
    lean = LEAN | {"money.budget_per_teacher": 1e6}
    model = world({"d": [5]}, Says(hours=4.0, building=100.0, departments=0.5, align=4), lean)
    model.state.districts.alignment[0] = [0.5, 0.6, 0.7, 0.8, 0.2, 0.9]
    steps(model, 1)
    p, a = model.params.coaches, 0.2
    for hours in (50, 200):
        a += p.b_align * hours / (hours + p.h_lead) * (1 - a) / 36
    assert model.state.districts.alignment[0, 4] == pytest.approx(a, abs=1e-15)


# ---- relief, autonomy ------------------------------------------------------------------------------------------------
def test_relief_grows_by_quarters_and_lapses(world):
    """Asked for in quarters 0, 1, 3: 1, 2, 1, 2, 1, 0 quarters of relief, each an eighth of school 0's pressure."""
    ask = {0: [1, 0], 1: [1, 0], 3: [1, 0]}
    model = world({"d": [5, 5]}, Plans(relief=lambda v: ask.get(v.quarter, [0, 0])), CHEAP)
    seen = quarters(model, "relieved", 6)
    assert seen == [[r / 8, 0] for r in (1, 2, 1, 2, 1, 0)]
    assert model.state.ledger[DISTRICT] == 3 * RELIEF


def test_what_cannot_be_paid_has_no_effect(world):
    """A quarter of relief costs 5,000; 10 teachers at 2,000 dollars give 5,000 a quarter. At 1,999 the first quarter
    has a little less, and what it leaves makes the next one's allowance larger."""
    for budget, expected in ((2000, [[0.125] * 2, [0.25] * 2]), (1999, [[0, 0], [0.125] * 2])):
        model = world({"d": [5, 5]}, Plans(relief=1), CHEAP | {"money.budget_per_teacher": budget})
        assert quarters(model, "relieved", 2) == expected
        assert model.state.ledger[DISTRICT] == (2 * RELIEF if budget == 2000 else RELIEF)


def test_a_district_pays_in_order_what_its_pot_holds(world):
    """12,500 a quarter: align and relief, 5,000 each, and autonomy; for the vision nothing is left."""
    everything = Plans(align=0, relief=1, autonomy=1, vision=1)
    model = world({"d": [5, 5]}, everything, CHEAP | {"money.budget_per_teacher": 5000})
    steps(model, 1)
    s, d = model.state.schools, model.state.districts
    assert model.state.ledger[DISTRICT] == ALIGN + RELIEF + AUTONOMY
    assert d.aligning[0] == 0 and s.relief_quarters.tolist() == [1, 1] and d.autonomy_quarters[0] == 1
    assert not s.vision.any()
    assert model.state.year_pot[0] == 50_000 - 12_500


def test_districts_pay_in_keyed_turn_out_of_one_pot(world):
    """Three districts, money for two: who comes first by the district's own key."""
    numbers = CHEAP | {"money.pool": "world", "money.budget_per_teacher": 2667}  # 15 teachers: 10,001 a quarter
    model = world({"d": [5], "e": [5], "f": [5]}, Plans(relief=1), numbers)
    steps(model, 1)
    turn = np.argsort(rng.uniforms(11, model.state.districts.key, 0, rng.QUEUE, 0))
    assert sorted(np.flatnonzero(model.state.schools.relief_quarters)) == sorted(turn[:2].tolist())


def test_autonomy_widens_for_the_district(world):
    model = world({"d": [5, 5], "e": [5]}, Plans(autonomy=[0, 1, 0]), CHEAP)
    seen = quarters(model, "autonomy_added", 6, "districts")
    assert seen == [[pytest.approx(0.05 * r, abs=1e-16), 0] for r in (1, 2, 3, 4, 4, 4)]
    assert model.state.ledger[DISTRICT] == 6 * AUTONOMY


def test_where_they_are_felt():
    """Relief in the risk of trying and of entering, autonomy (at most 1) where compliant use becomes one's own."""
    model = ReformModel("mid_size_district", rng=3, strategy="none", overrides={"population.schools": 6})
    s, d, p = model.state.schools, model.state.districts, model.params

    def climate():
        found = climate_of.py_func(s[0], d[s[0].district], 1, p)
        terms, agenda = np.zeros(s.size), np.ones(s.size)
        enrolment_terms.py_func(s, d, model.numbers.enrolment, p.trial, terms, agenda)
        return found.risk, found.autonomy, terms[0]

    before = climate()
    s.relieved[:], d.autonomy_added[:] = 0.4, 0.3
    after = climate()
    assert after[0] == pytest.approx(0.6 * before[0]) and before[0] > 0
    assert after[1] == pytest.approx(min(1.0, before[1] + 0.3)) and before[1] < 1
    assert after[2] - before[2] == pytest.approx(0.4 * before[0] * model.numbers.enrolment.e_P)
    d.autonomy_added[:] = 0.9
    assert climate()[1] == 1.0


# ---- vision ----------------------------------------------------------------------------------------------------------
def test_a_vision_invites_all_who_teach_in_its_schools(world):
    """.3 hours at 100 dollars for each of four; in the other school nobody is invited, and all take part in both."""
    numbers = CHEAP | {"money.invite_hours": 0.3, "money.price_outreach": 100}
    model = world({"d": [4, 10]}, Says(hours=8.0, vision=[1, 0]), numbers)
    told = 2 * model.case["money.outreach_hours"] * 100
    steps(model, 1)
    s, t = model.state.schools, model.state.teachers
    assert model.state.ledger[OUTREACH] == pytest.approx(told + 4 * 30) and model.state.ledger[DISTRICT] == VISION
    assert s.by_name.tolist() == [1, 0] and s.participants.tolist() == [4, 10] and s.vision.tolist() == [1, 0]
    assert (t.invited & INVITED).tolist() == [1] * 4 + [0] * 10
    first = t.invited.copy()
    steps(model, 9)
    assert np.array_equal(t.invited, first), "invited anew each quarter, first in the first of the year"
    assert model.state.ledger[OUTREACH] == pytest.approx(2 * (told + 4 * 30))


def test_where_a_vision_s_invitations_cannot_be_paid_all_take_part(world):
    """10 teachers at 1,250 dollars: 3,125 a quarter, 2,500 for the vision; 625 pay 62 dollars for each, not 63."""
    for price, paid in ((62.0, 1), (63.0, 0)):
        numbers = LEAN | {"money.budget_per_teacher": 1250, "money.invite_hours": 1, "money.price_outreach": price}
        model = world({"d": [10]}, Says(hours=0.001, vision=1), numbers)
        steps(model, 1)
        s, t = model.state.schools, model.state.teachers
        assert s.by_name.tolist() == [paid] and s.participants.tolist() == [10] and s.vision.tolist() == [1]
        assert (t.invited & INVITED).sum() == 10 * paid and model.state.ledger[OUTREACH] == 10 * price * paid


def test_a_plan_s_own_invitations_stand(world):
    own = np.r_[1.0, np.zeros(13)]
    model = world({"d": [4, 10]}, Says(hours=8.0, vision=1, invite=lambda v: own), CHEAP)
    steps(model, 1)
    assert (model.state.teachers.invited & INVITED).tolist() == [1, 0, 0, 0] + [1] * 10
    assert model.state.schools.participants.tolist() == [1, 10]


@pytest.mark.parametrize("mandated", [False, True])
@pytest.mark.parametrize(("budget", "served"), [(1300, 1), (900, 0)])
def test_schools_of_a_vision_are_served_first(world, mandated, budget, served):
    """One place; by the plan's priority school 0 comes before school 1, for which the vision is. A quarter of ten
    teachers at 1,300 dollars holds 3,250, at 900 it holds 2,250: not the vision's 2,500."""
    numbers = LEAN | {"money.budget_per_teacher": budget, "enrolment.n0": 50}
    asked = {"mandate": 1} if mandated else {"enrol": 1}
    model = world({"d": [5, 5]}, Plans(places=1, priority=[0, 1], vision=[0, 1], **asked), numbers)
    steps(model, 1)
    assert np.flatnonzero(model.state.schools.enrolled).tolist() == [served]


def test_what_the_district_s_part_costs_is_set_aside_before_schools_enrol(world):
    """A place costs 1,000 dollars a quarter; of 6,500 relief takes 5,000, so one of five schools can start."""
    numbers = LEAN | {"money.price_measurement": 1000, "enrolment.n0": 50, "money.budget_per_teacher": 1040}
    alone = world({"d": [5] * 5}, Plans(enrol=1), numbers)
    both = world({"d": [5] * 5}, Plans(enrol=1, relief=1), numbers)
    assert [steps(model, 1).state.schools.enrolled.sum() for model in (alone, both)] == [5, 1]


# ---- time ------------------------------------------------------------------------------------------------------------
def test_a_district_whose_support_is_suspended_pays_nothing(world):
    model = world({"d": [5], "e": [5]}, Plans(relief=1, align=0), CHEAP)
    model.intervene({"kind": "suspended_support", "week": 9, "weeks": 9, "districts": ["d"]})
    seen = quarters(model, "relief_quarters", 3)
    assert seen == [[1, 1], [0, 2], [1, 3]] and model.state.ledger[DISTRICT] == 5 * (ALIGN + RELIEF)
    assert model.state.districts.aligning.tolist() == [0, 0]


def test_after_support_all_of_it_lapses(world):
    """Two years of support; then relief and autonomy go back by a quarter each."""
    model = world({"d": [5, 5]}, Plans(relief=1, autonomy=1, align=1, vision=1), CHEAP)
    steps(model, 72)
    spent = float(model.state.ledger[DISTRICT])
    assert spent == 8 * (ALIGN + RELIEF + AUTONOMY + VISION)
    seen = []
    for _ in range(5):
        steps(model, 1)
        s, d = model.state.schools, model.state.districts
        seen.append((s.relief_quarters.tolist(), d.autonomy_quarters[0], d.aligning[0], int(s.vision.sum())))
        steps(model, 8)
    assert seen == [([r, r], r, -1, 0) for r in (3, 2, 1, 0, 0)]
    assert model.state.ledger[DISTRICT] == spent and not model.state.schools.relieved.any()


def test_a_strategy_that_goes_on_pays_it_as_its_own(world):
    numbers = CHEAP | {"money.own_budget": 0.5}
    model = world({"d": [5, 5]}, Plans(after=True, relief=1), numbers)
    steps(model, 72 + 9)
    assert model.state.ledger[DISTRICT] == 8 * RELIEF and model.state.ledger[OWN] == RELIEF
    assert model.state.schools.relief_quarters.tolist() == [4, 4]


# ---- whole runs ------------------------------------------------------------------------------------------------------
SMALL = {"population.schools": 8, "population.districts": 2, "population.teachers_mean": 12,
         "programme.years_support": 2, "programme.years_after": 1}  # fmt: skip
KINDS = {"align": {"instrument": "evaluation"}, "relief": {"schools": "all"}, "autonomy": {}, "vision": {}}


def run(kind, tmp_path, plain=None, until=None, recruitment="volunteer", **more):
    said = "".join(f", {name}: {word}" for name, word in KINDS.get(kind, {}).items())
    path = tmp_path / f"{kind}.yaml"
    path.write_text(
        "id: whole\ntitle: Whole\nquestion: What comes of it?\npopulation: {kind: synthetic, population_seed: 4}\n"
        "initial_use: {share: 0.1}\n"
        f"strategy: {{recruitment: {recruitment}, district: {{kind: {kind}{said}}}}}\n"
    )
    model = ReformModel(ds.load_scenario(path), rng=5, overrides=SMALL | more, plain=plain)
    return model.run(until=until)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_costs_and_does_something(kind, tmp_path):
    recruitment = "directed" if kind == "autonomy" else "volunteer"  # it acts on use that is compliant
    plain, with_it = (run(word, tmp_path, recruitment=recruitment) for word in ("as_it_is", kind))
    assert plain.outcomes["cost_district"] == 0 < with_it.outcomes["cost_district"]
    assert not np.array_equal(plain.state.teachers.skill, with_it.state.teachers.skill)
    total = with_it.state.ledger.sum()
    assert with_it.outcomes["cost_pot"] == pytest.approx(
        total + sum(with_it.outcomes[f"cost_{name}"] for name in ("unspent", "unspent_own", "in_pots"))
    )
    assert with_it.state.ledger[CAPACITY] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_lanes_and_plain_weeks_have_the_same_users(kind, tmp_path):
    lanes, plain = (run(kind, tmp_path, plain=plain, until=50, recruitment="directed") for plain in (False, True))
    for column in ("stage", "owned", "spells", "invited", "tag"):
        np.testing.assert_array_equal(lanes.state.teachers[column], plain.state.teachers[column], err_msg=column)
    np.testing.assert_allclose(lanes.series, plain.series, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(lanes.state.districts.alignment, plain.state.districts.alignment)
    np.testing.assert_array_equal(lanes.state.schools.relieved, plain.state.schools.relieved)


def test_saved_and_copied_models_go_on(tmp_path):
    whole = run("vision", tmp_path)
    for week in (20, 80):
        begun = run("vision", tmp_path, until=week)
        begun.save(tmp_path / "m.npz")
        for other in (begun.copy(), ds.load_model(tmp_path / "m.npz")):
            other.run()
            assert other.series.equals(whole.series) and np.array_equal(other.state.ledger, whole.state.ledger)
